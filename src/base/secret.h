/* SPDX-License-Identifier: MIT
 * Bytes and strings that must not leak: wiped when freed, kept out of core dumps and swap if possible.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A copy of DATA in wiped memory. Gives a GBytes; g_bytes_unref wipes when the last reference goes. */
GBytes *cr_secret_new (const void *data, gsize length);

/* A text whose memory is wiped on free; use g_auto(CrSecretText). */
typedef char *CrSecretText;
CrSecretText cr_secret_text_new (const char *text, gssize length);
void cr_secret_text_free (CrSecretText text);
static inline void
cr_secret_text_clear (CrSecretText *text)
{
  cr_secret_text_free (*text);
  *text = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrSecretText, cr_secret_text_clear)

/* Wipe LENGTH bytes in a way the compiler keeps. */
void cr_wipe (void *data, gsize length);

/* Constant-time comparison. */
gboolean cr_secret_equal (const void *a, gsize a_length, const void *b, gsize b_length);

/* Call first in main(): no core dumps, not traceable, umask 077. */
void cr_process_harden (void);

G_END_DECLS
