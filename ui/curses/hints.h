/* SPDX-License-Identifier: MIT
 * What the keys do in a widget that has them all (a dialog, a form, a menu), for the last line of the screen.
 */
#pragma once

#include "ui/curses/draw.h"

G_BEGIN_DECLS

/* Append to HINTS: KEYS ("Up Down") do WORD. The most important first: what does not fit is left out. */
void ui_hints_add (GString *hints, const char *keys, const char *word);
void ui_hints_draw (UiRect line, const char *hints);

G_END_DECLS
