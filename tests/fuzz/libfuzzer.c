/* SPDX-License-Identifier: MIT
 * The libFuzzer program: CLEANROOM_FUZZ_TARGET names the parser. Built with clang -fsanitize=fuzzer only.
 *
 *   CLEANROOM_FUZZ_TARGET=cose tests/fuzz/libfuzzer tests/fuzz/corpus/cose
 */
#include "targets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const FuzzTarget *
chosen (void)
{
  static gsize target;
  if (g_once_init_enter (&target)) {
    const char *name = g_getenv ("CLEANROOM_FUZZ_TARGET");
    const FuzzTarget *at = fuzz_targets;
    while (at->name && g_strcmp0 (at->name, name) != 0)
      at++;
    if (!at->name)
      g_error ("CLEANROOM_FUZZ_TARGET is none of the targets in targets.c");
    g_once_init_leave (&target, (gsize) at);
  }
  return (const FuzzTarget *) target;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  chosen ()->run (data, size);
  return 0;
}
