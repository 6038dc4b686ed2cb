/* SPDX-License-Identifier: MIT
 * The parsers that take bytes from outside, as functions of bytes. Shared by the libFuzzer program and the
 * replay.
 */
#pragma once

#include <glib.h>

typedef struct {
  const char *name; /* and folder of its seeds: corpus/NAME */
  void (*run) (const guint8 *data, gsize size);
} FuzzTarget;

extern const FuzzTarget fuzz_targets[]; /* ends with a NULL name */
