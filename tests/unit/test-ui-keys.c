/* SPDX-License-Identifier: MIT
 * Keys: names both ways, and bytes of a terminal turned into events, in pieces of any size.
 */
#include "ui/curses/input.h"

#include <locale.h>
#include <string.h>

typedef struct {
  GString *log;
  gsize cut;
} Seen;

static void
on_event (const UiEvent *event, gpointer data)
{
  Seen *seen = data;
  g_autofree char *name = NULL;
  switch (event->kind) {
  case UI_EVENT_KEY:
    name = ui_key_name (event->key);
    g_string_append_printf (seen->log, "%s ", name);
    break;
  case UI_EVENT_CLICK:
    g_string_append_printf (seen->log, "click@%d,%d ", event->row, event->column);
    break;
  case UI_EVENT_DOUBLE_CLICK:
    g_string_append_printf (seen->log, "double@%d,%d ", event->row, event->column);
    break;
  case UI_EVENT_WHEEL:
    g_string_append_printf (seen->log, "wheel%+d ", event->amount);
    break;
  case UI_EVENT_PASTE:
    g_assert_cmpuint (event->length, ==, strlen (event->text));
    g_assert_true (g_utf8_validate (event->text, -1, NULL));
    g_string_append_printf (seen->log, "paste(%.40s) ", event->text);
    seen->cut = event->cut;
    break;
  default:
    g_assert_not_reached ();
  }
}

/* BYTES in pieces of SIZE; what came out, with a lone Esc flushed at the end. */
static char *
decode (const char *bytes, gsize length, gsize size)
{
  g_autoptr (UiInput) input = ui_input_new ();
  Seen seen = { g_string_new (NULL), 0 };
  for (gsize at = 0; at < length; at += size)
    ui_input_feed (input, bytes + at, MIN (size, length - at), on_event, &seen);
  ui_input_flush (input, on_event, &seen);
  g_strchomp (seen.log->str);
  return g_string_free (seen.log, FALSE);
}

static void
test_names (void)
{
  static const struct {
    const char *name;
    const char *shown; /* NULL = the same */
  } cases[] = {
    { "a", NULL },
    { "Z", NULL },
    { "?", NULL },
    { ":", NULL },
    { "^", NULL },
    { "-", NULL },
    { "Ctrl-r", NULL },
    { "ctrl-R", "Ctrl-r" },
    { "^r", "Ctrl-r" },
    { "Alt-x", NULL },
    { "F1", NULL },
    { "f12", "F12" },
    { "PgUp", NULL },
    { "pagedown", "PgDn" },
    { "Enter", NULL },
    { "return", "Enter" },
    { "Esc", NULL },
    { "Space", NULL },
    { "Tab", NULL },
    { "Shift-Tab", NULL },
    { "Shift-a", "A" },
    { "Ctrl-Left", NULL },
    { "Ctrl-Alt-Del", NULL },
    { "\xC3\xA4", NULL },
    { "\xE3\x81\x82", NULL },
    { "Backspace", NULL },
    { "Ctrl-Space", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    UiKeyCode key = 0;
    g_assert_true (ui_key_parse (cases[i].name, &key));
    g_autofree char *name = ui_key_name (key);
    g_assert_cmpstr (name, ==, cases[i].shown != NULL ? cases[i].shown : cases[i].name);
    UiKeyCode again = 0;
    g_assert_true (ui_key_parse (name, &again));
    g_assert_cmpuint (again, ==, key);
  }
  static const char *const wrong[] = { "",      "ab",      "F0",           "F13",  "Fx",
                                       "Ctrl-", "Hyper-x", "Ctrl-Shift-a", "\xC3", "\t" };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    UiKeyCode key = 0;
    g_assert_false (ui_key_parse (wrong[i], &key));
  }
  g_autofree char *hint = ui_key_short ('r' | UI_KEY_CTRL);
  g_assert_cmpstr (hint, ==, "^r");
}

static void
test_match (void)
{
  g_assert_true (ui_keys_match ("j Down Ctrl-n", 'j'));
  g_assert_true (ui_keys_match ("j Down Ctrl-n", UI_KEY_DOWN));
  g_assert_true (ui_keys_match ("j  Down Ctrl-n", 'n' | UI_KEY_CTRL));
  g_assert_false (ui_keys_match ("j Down", 'k'));
  g_assert_false (ui_keys_match (NULL, 'k'));
  g_assert_false (ui_keys_match ("", 'k'));
  g_assert_false (ui_keys_match ("nonsense-of-more-than-thirty-two-bytes j", 'n'));
}

static void
test_bytes (void)
{
  static const struct {
    const char *bytes, *events;
  } cases[] = {
    { "aZ?", "a Z ?" },
    { "\r\t\x7F\x08\n", "Enter Tab Backspace Backspace Enter" },
    { "\x01\x12\x1A\x1F", "Ctrl-a Ctrl-r Ctrl-z Ctrl-_" },
    { "\033", "Esc" },
    { "\033\033", "Esc Esc" },
    { "\033x", "Alt-x" },
    { "\033[A\033OB\033[C\033OD", "Up Down Right Left" },
    { "\033[1~\033[4~\033[H\033OF", "Home End Home End" },
    { "\033[5~\033[6~\033[3~\033[2~", "PgUp PgDn Del Ins" },
    { "\033OP\033[15~\033[[A\033[24~", "F1 F5 F1 F12" },
    { "\033[1;5C\033[1;2A\033[3;3~\033[Z", "Ctrl-Right Shift-Up Alt-Del Shift-Tab" },
    { "\xC3\xA4\xE3\x81\x82\xF0\x9F\x98\x80", "\xC3\xA4 \xE3\x81\x82 \xF0\x9F\x98\x80" },
    { "a\xFF\xFEz", "a z" },
    { "\xC3z", "z" },
    { "\033[<0;12;5M\033[<0;12;5m", "click@4,11" },
    { "\033[<0;12;5M\033[<0;12;5m\033[<0;12;5M", "click@4,11 double@4,11" },
    { "\033[<64;1;1M\033[<65;1;1M\033[<2;1;1M", "wheel-3 wheel+3" },
    { "\033[<0;0;5M\033[<0;99999;5M\033[<;M", "" },
    { "\033[200~one\r\ntwo\033[31m\x07\033[201~q", "paste(one\ntwo[31m) q" },
    { "\033[999;999zq", "q" },
    { "\033]11;rgb:1e1e/1e1e/1e1e\033\\q", "q" },
    { "\033]0;evil\007q", "q" },
    { "\033P1$r0m\033\\q", "q" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize size = 1; size <= 64; size = size < 5 ? size + 1 : size * 4) {
      g_autofree char *events = decode (cases[i].bytes, strlen (cases[i].bytes), size);
      g_assert_cmpstr (events, ==, cases[i].events);
    }
}

static void
test_pending (void)
{
  g_autoptr (UiInput) input = ui_input_new ();
  Seen seen = { g_string_new (NULL), 0 };
  ui_input_feed (input, "\033", 1, on_event, &seen);
  g_assert_true (ui_input_pending (input));
  g_assert_cmpstr (seen.log->str, ==, "");
  ui_input_flush (input, on_event, &seen);
  g_assert_cmpstr (seen.log->str, ==, "Esc ");
  g_assert_false (ui_input_pending (input));
  ui_input_feed (input, "\xE3\x81", 2, on_event, &seen); /* half a character: nobody waits for the rest */
  g_assert_true (ui_input_pending (input));
  ui_input_flush (input, on_event, &seen);
  g_assert_false (ui_input_pending (input));
  g_assert_cmpstr (seen.log->str, ==, "Esc ");
  g_string_free (seen.log, TRUE);
}

static void
test_large_paste (void)
{
  g_autoptr (UiInput) input = ui_input_new ();
  Seen seen = { g_string_new (NULL), 0 };
  const gsize size = 3 * 1024 * 1024;
  g_autofree char *megabytes = g_malloc (size);
  for (gsize i = 0; i < size; i += 2)
    memcpy (megabytes + i, "\xC3\xA4", 2);
  ui_input_feed (input, "\033[200~x", 7, on_event, &seen);
  for (gsize at = 0; at < size; at += 65536)
    ui_input_feed (input, megabytes + at, MIN (65536, size - at), on_event, &seen);
  g_assert_false (ui_input_pending (input)); /* a paste may take its time, it is no half key */
  ui_input_feed (input, "\033[20", 4, on_event, &seen);
  ui_input_feed (input, "1~q", 3, on_event, &seen);
  g_assert_true (g_str_has_prefix (seen.log->str, "paste(x\xC3\xA4"));
  g_assert_true (g_str_has_suffix (seen.log->str, ") q "));
  g_assert_cmpuint (seen.cut, ==, size + 1 - UI_PASTE_MAX);
  g_string_free (seen.log, TRUE);
}

static void
on_background (gint32 colour, gpointer data)
{
  *(gint32 *) data = colour;
}

static void
test_background (void)
{
  g_autoptr (UiInput) input = ui_input_new ();
  Seen seen = { g_string_new (NULL), 0 };
  gint32 colour = -1;
  ui_input_set_background (input, on_background, &colour);
  static const char *const wrong[] = { "\033]11;rgb:1/2\007", "\033]11;rgb:fffff/0/0\007", "\033]11;?\007" };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    ui_input_feed (input, wrong[i], strlen (wrong[i]), on_event, &seen);
  g_assert_cmpint (colour, ==, -1);
  const char *answer = "\033]11;rgb:ffff/8080/00\033\\";
  ui_input_feed (input, answer, strlen (answer), on_event, &seen);
  g_assert_cmphex ((guint) colour, ==, 0xFF8000);
  g_assert_cmpstr (seen.log->str, ==, "");
  g_string_free (seen.log, TRUE);
}

/* Any bytes in any pieces: nothing breaks, nothing is kept for ever. */
static void
test_noise (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  static const char alphabet[] = "\033\033[O]P<;0129~mMabc\xC3\xA4\xFF\x07\\\r";
  for (int round = 0; round < 300; round++) {
    char bytes[400];
    for (gsize i = 0; i < sizeof bytes; i++)
      bytes[i] = alphabet[g_rand_int_range (rand, 0, (gint32) sizeof alphabet - 1)];
    g_autofree char *events = decode (bytes, sizeof bytes, (gsize) g_rand_int_range (rand, 1, 50));
    g_assert_nonnull (events);
  }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/keys/names", test_names);
  g_test_add_func ("/ui/keys/match", test_match);
  g_test_add_func ("/ui/keys/bytes", test_bytes);
  g_test_add_func ("/ui/keys/pending", test_pending);
  g_test_add_func ("/ui/keys/large-paste", test_large_paste);
  g_test_add_func ("/ui/keys/background", test_background);
  g_test_add_func ("/ui/keys/noise", test_noise);
  return g_test_run ();
}
