/* SPDX-License-Identifier: MIT
 * What the terminfo entry of the terminal says (terminal-private.h).
 */
#define NCURSES_WIDECHAR 1
#include "ui/curses/terminal-private.h"

/* After ours: term.h defines macros such as "columns". */
#include <curses.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

gboolean
ui_terminfo_exists (const char *term)
{
  int status = 0;
  TERMINAL *before = cur_term;
  if (setupterm (term, STDOUT_FILENO, &status) != OK)
    return FALSE;
  del_curterm (set_curterm (before));
  return TRUE;
}

gboolean
ui_terminfo_usable (void)
{
  return cursor_address != NULL;
}

gboolean
ui_terminfo_has_alternate (void)
{
  return exit_ca_mode != NULL;
}

/* SEQUENCE without the delays that only tputs() understands. */
static void
append_plain (GString *sequence, const char *capability)
{
  for (const char *p = capability; *p != '\0'; p++) {
    const char *end = p[0] == '$' && p[1] == '<' ? strchr (p, '>') : NULL;
    if (end != NULL)
      p = end;
    else
      g_string_append_c (sequence, *p);
  }
}

void
ui_terminfo_reset (GString *sequence)
{
  const char *const strings[] = { exit_attribute_mode, orig_pair, cursor_normal, exit_ca_mode };
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    if (strings[i] != NULL)
      append_plain (sequence, strings[i]);
  if (exit_ca_mode == NULL)
    g_string_append (sequence, "\r\n");
}

void
ui_terminfo_add_keys (UiInput *input)
{
  const struct {
    const char *sequence;
    UiKeyCode key;
  } keys[] = {
    { key_up, UI_KEY_UP },
    { key_down, UI_KEY_DOWN },
    { key_left, UI_KEY_LEFT },
    { key_right, UI_KEY_RIGHT },
    { key_home, UI_KEY_HOME },
    { key_end, UI_KEY_END },
    { key_ppage, UI_KEY_PAGE_UP },
    { key_npage, UI_KEY_PAGE_DOWN },
    { key_ic, UI_KEY_INSERT },
    { key_dc, UI_KEY_DELETE },
    { key_btab, UI_KEY_TAB | UI_KEY_SHIFT },
    { key_f1, UI_KEY_F1 },
    { key_f2, UI_KEY_F1 + 1 },
    { key_f3, UI_KEY_F1 + 2 },
    { key_f4, UI_KEY_F1 + 3 },
    { key_f5, UI_KEY_F1 + 4 },
    { key_f6, UI_KEY_F1 + 5 },
    { key_f7, UI_KEY_F1 + 6 },
    { key_f8, UI_KEY_F1 + 7 },
    { key_f9, UI_KEY_F1 + 8 },
    { key_f10, UI_KEY_F1 + 9 },
    { key_f11, UI_KEY_F1 + 10 },
    { key_f12, UI_KEY_F12 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    ui_input_add_key (input, keys[i].sequence, keys[i].key);
}
