/* SPDX-License-Identifier: MIT
 * Text from outside made safe for a terminal, and text measured in terminal cells.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A copy in which control characters, escape sequences, bidi controls, invalid UTF-8 and line breaks are
 * shown as visible replacements (U+FFFD or \n -> space). Gives. NULL gives "". */
char *cr_text_safe (const char *text);
/* The same, but keeps line feeds and tabs. Gives. */
char *cr_text_safe_lines (const char *text);

/* Terminal cells that TEXT takes (wide = 2, combining = 0). */
int cr_text_width (const char *text);
/* TEXT cut or padded with spaces to exactly CELLS; a cut text ends with an ellipsis. Gives. */
char *cr_text_fit (const char *text, int cells);

/* A plain mailbox address: one @, no spaces or control characters, a domain with letters. */
gboolean cr_email_valid (const char *text);
/* [A-Za-z0-9][A-Za-z0-9._-]*, 1 to 64 characters: safe in paths, keyring attributes and URLs. */
gboolean cr_name_valid (const char *text);
/* The entry of NULL-terminated NAMES nearest to TEXT, for "did you mean"; NULL when nothing is near. */
const char *cr_nearest (const char *text, const char *const *names);

G_END_DECLS
