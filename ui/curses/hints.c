/* SPDX-License-Identifier: MIT
 * Hints as lines of "keys TAB word" (hints.h).
 */
#include "ui/curses/hints.h"

#include <string.h>

void
ui_hints_add (GString *hints, const char *keys, const char *word)
{
  g_string_append_printf (hints, "%s%s\t%s", hints->len > 0 ? "\n" : "", keys, word);
}

void
ui_hints_draw (UiRect line, const char *hints)
{
  g_auto (GStrv) lines = g_strsplit (hints, "\n", -1);
  int at = 1;
  for (guint i = 0; lines[i] != NULL; i++) {
    char *word = strchr (lines[i], '\t');
    if (word == NULL)
      continue;
    *word++ = '\0';
    if (at + ui_cells_width (lines[i]) + 1 + ui_cells_width (word) > line.columns)
      continue;
    at += ui_draw_text (line, 0, at, UI_STYLE_KEY, lines[i]) + 1;
    at += ui_draw_text (line, 0, at, UI_STYLE_HINT, word) + 2;
  }
}
