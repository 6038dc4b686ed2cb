/* SPDX-License-Identifier: MIT
 * What the command line needs to know of the full screen to open it without a command.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE when WORD is the name of a persona of the installed files. */
gboolean cli_ui_is_persona (const char *word);
/* Somebody sits at a terminal. */
gboolean cli_ui_possible (void);

G_END_DECLS
