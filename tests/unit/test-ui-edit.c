/* SPDX-License-Identifier: MIT
 * The line editor: typing, moving by what is seen, words, paste, limits, history, undo, secrets.
 */
#include "ui/curses/edit.h"

#include <string.h>

/* Names of keys parted by spaces; "'text" pastes. */
static void
press (UiEdit *edit, const char *names)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    UiEvent event = { .kind = UI_EVENT_KEY };
    if (words[i][0] == '\'') {
      event = (UiEvent){ .kind = UI_EVENT_PASTE, .text = words[i] + 1, .length = strlen (words[i] + 1) };
    } else {
      g_assert_true (ui_key_parse (words[i], &event.key));
    }
    ui_edit_event (edit, &event);
  }
}

static void
test_typing (void)
{
  static const struct {
    const char *start, *keys, *text;
    gsize cursor;
  } cases[] = {
    { "", "a b c", "abc", 3 },
    { "abc", "Left Left X", "aXbc", 2 },
    { "abc", "Home X", "Xabc", 1 },
    { "abc", "Home Del", "bc", 0 },
    { "abc", "Backspace Backspace", "a", 1 },
    { "abc", "Home Backspace", "abc", 0 },
    { "abc", "End Del", "abc", 3 },
    { "one two  three", "Ctrl-w", "one two  ", 9 },
    { "one two  three", "Ctrl-w Ctrl-w", "one ", 4 },
    { "one two", "Ctrl-u", "", 0 },
    { "one two", "Home Alt-f Ctrl-k", "one", 3 },
    { "one two", "Ctrl-Left X", "one Xtwo", 5 },
    { "\xC3\xA4\xE3\x81\x82z", "Left Backspace", "\xC3\xA4z", 2 },
    { "e\xCC\x81x", "Left Backspace", "x", 0 }, /* letter and accent are one cell */
    { "a", "'b\tc\033[31m", "ab c [31m", 9 },
    { "a", "b Ctrl-_", "a", 1 },
    { "a b", "Ctrl-u Ctrl-_", "a b", 3 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (UiEdit) edit = ui_edit_new (UI_EDIT_PLAIN);
    ui_edit_set_text (edit, cases[i].start);
    press (edit, cases[i].keys);
    g_assert_cmpstr (ui_edit_text (edit), ==, cases[i].text);
    g_assert_cmpuint (ui_edit_cursor (edit), ==, cases[i].cursor);
  }
}

static void
test_results (void)
{
  g_autoptr (UiEdit) edit = ui_edit_new (UI_EDIT_PLAIN);
  static const struct {
    const char *key;
    UiEditResult result;
  } cases[] = { { "a", UI_EDIT_CHANGED },      { "Left", UI_EDIT_MOVED },     { "Enter", UI_EDIT_IGNORED },
                { "Esc", UI_EDIT_IGNORED },    { "Tab", UI_EDIT_IGNORED },    { "Up", UI_EDIT_IGNORED },
                { "Ctrl-z", UI_EDIT_IGNORED }, { "Ctrl-c", UI_EDIT_IGNORED }, { "Del", UI_EDIT_CHANGED },
                { "Del", UI_EDIT_MOVED },      { "F1", UI_EDIT_IGNORED } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    UiEvent event = { .kind = UI_EVENT_KEY };
    g_assert_true (ui_key_parse (cases[i].key, &event.key));
    g_assert_cmpint (ui_edit_event (edit, &event), ==, cases[i].result);
  }
}

static void
test_limit (void)
{
  g_autoptr (UiEdit) edit = ui_edit_new (UI_EDIT_PLAIN);
  g_autofree char *nearly = g_strnfill (4095, 'x');
  ui_edit_set_text (edit, nearly);
  UiEvent paste = { .kind = UI_EVENT_PASTE, .text = "\xE3\x81\x82x", .length = 4 };
  ui_edit_event (edit, &paste);
  g_assert_cmpstr (ui_edit_text (edit), ==, nearly); /* never half a character */
  g_autofree char *much = g_strnfill (300000, 'x');
  g_autoptr (UiEdit) other = ui_edit_new (UI_EDIT_PLAIN);
  UiEvent large = { .kind = UI_EVENT_PASTE, .text = much, .length = 300000 };
  ui_edit_event (other, &large);
  g_assert_cmpuint (strlen (ui_edit_text (other)), ==, 4096);
  ui_edit_set_text (other, much);
  g_assert_cmpuint (strlen (ui_edit_text (other)), ==, 4096);
}

static char *
draw (UiEdit *edit, int cells)
{
  UiCanvas *canvas = ui_canvas_new (1, cells, FALSE);
  ui_edit_draw (edit, ui_canvas_rect (canvas), 0, 0, cells, UI_STYLE_INPUT, TRUE);
  char *text = g_strchomp (ui_canvas_text (canvas));
  ui_canvas_free (canvas);
  return text;
}

static void
test_secret (void)
{
  g_autoptr (UiEdit) edit = ui_edit_new (UI_EDIT_SECRET);
  press (edit, "p \xC3\xA4 s s");
  g_autofree char *drawn = draw (edit, 10);
  g_assert_cmpstr (drawn, ==, "****");
  g_auto (CrSecretText) secret = ui_edit_secret (edit);
  g_assert_cmpstr (secret, ==, "p\xC3\xA4ss");
  press (edit, "Backspace Ctrl-_"); /* nothing remembers a secret */
  g_assert_cmpstr (ui_edit_text (edit), ==, "p\xC3\xA4s");
  press (edit, "Ctrl-w"); /* where words end is a secret as well */
  g_assert_cmpstr (ui_edit_text (edit), ==, "");
}

static void
test_drawing (void)
{
  g_autoptr (UiEdit) edit = ui_edit_new (UI_EDIT_PLAIN);
  ui_edit_set_placeholder (edit, "nothing");
  g_autofree char *empty = draw (edit, 10);
  g_assert_cmpstr (empty, ==, "nothing");
  ui_edit_set_text (edit, "0123456789abcdef");
  g_autofree char *end = draw (edit, 8);
  g_assert_cmpstr (end, ==, "9abcdef"); /* room for the cursor */
  press (edit, "Home");
  g_autofree char *start = draw (edit, 8);
  g_assert_cmpstr (start, ==, "01234567");
  ui_edit_set_text (edit, "\xE3\x81\x82\xE3\x81\x84\xE3\x81\x86");
  g_autofree char *wide = draw (edit, 6); /* half of a wide character is not shown */
  g_assert_cmpstr (wide, ==, " \xE3\x81\x84\xE3\x81\x86");
  ui_edit_set_text (edit, "abc");
  g_autofree char *shown = draw (edit, 10);
  g_assert_cmpstr (shown, ==, "abc");
  ui_edit_click (edit, 1);
  g_assert_cmpuint (ui_edit_cursor (edit), ==, 1);
  ui_edit_click (edit, 9);
  g_assert_cmpuint (ui_edit_cursor (edit), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/edit/typing", test_typing);
  g_test_add_func ("/ui/edit/results", test_results);
  g_test_add_func ("/ui/edit/limit", test_limit);
  g_test_add_func ("/ui/edit/secret", test_secret);
  g_test_add_func ("/ui/edit/drawing", test_drawing);
  return g_test_run ();
}
