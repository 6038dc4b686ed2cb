/* SPDX-License-Identifier: MIT
 * Bad input for a running sandbox: what the two halves of the HTTP fuzzer share.
 */
#pragma once

#include "../conformance/conformance-private.h"

/* A plain call answers within a moment: the sandbox is alive and does not hang. Noted for the current
 * item. */
void still_answers (Conformance *it, const char *after);
/* Resident memory of the sandbox in MiB; 0 when it is gone. */
guint resident_mib (const Conformance *it);

/* http-attacks.c: connections that are slow, half open, too many or too large; messages that are bombs. */
void attacks (Conformance *it);
