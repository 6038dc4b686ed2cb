/* SPDX-License-Identifier: MIT
 * Signing in with a code: shown large and as a QR code, copied through the terminal, cancelled; quitting and
 * a second window while the step waits for it.
 */
#include "fixture.h"

#include <string.h>

static const char type_this[] = "Type this code";

/* Run the first step of the operator until it asks to sign in. */
static Screen *
start_step (Fixture *fixture, int columns, int rows)
{
  ScreenOptions options = { .columns = columns, .rows = rows };
  Screen *screen = fixture_start (fixture, &options, "operator", "--own-keyring", NULL);
  g_assert_true (screen_settle (screen, 15000));
  for (int i = 0; i < 12 && !screen_wait_text (screen, type_this, i == 0 ? 0 : 700); i++)
    screen_key (screen, "Enter");
  screen_expect (screen, type_this);
  return screen;
}

/* The code as the screen shows it in plain letters. */
static char *
shown_code (Screen *screen)
{
  g_autofree char *text = screen_text (screen);
  g_autoptr (GRegex) regex = g_regex_new ("^ +([A-Z0-9-]{8,})\\b", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  return g_regex_match (regex, text, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

static gboolean
has_code (Screen *screen, gpointer data)
{
  (void) data;
  g_autofree char *code = shown_code (screen);
  return code != NULL;
}

static gboolean
has_clipboard (Screen *screen, gpointer data)
{
  (void) data;
  return screen_clipboard (screen) != NULL;
}

static void
test_code (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = start_step (fixture, 80, 24);
  /* The sentence above it may be read before the rest of the screen has come. */
  g_assert_true (screen_wait (screen, has_code, NULL, 5000));
  g_autofree char *code = shown_code (screen);
  screen_expect (screen, "/device");
  screen_expect (screen, "operator@operator.example");
  screen_expect (screen, " left");
  screen_expect (screen, "▀▀▀▀▀▀▀"); /* a corner of the QR code */
  g_autofree char *faults = screen_width_faults (screen);
  g_assert_null (faults);

  screen_key (screen, "y");
  g_assert_true (screen_wait (screen, has_clipboard, NULL, 5000));
  g_assert_cmpstr (screen_clipboard (screen), ==, code);

  /* Every size down to a small one shows the code. */
  static const int sizes[][2] = { { 200, 60 }, { 60, 20 }, { 40, 12 } };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    screen_resize (screen, sizes[i][0], sizes[i][1]);
    screen_expect (screen, code);
  }
  screen_resize (screen, 80, 24);
  screen_expect (screen, type_this);
  screen_key (screen, "x");
  g_assert_true (screen_wait_gone (screen, type_this, 5000));
  screen_expect (screen, "Cancelled. What was done");
}

/* Quitting in the middle says what stops; the answer can be "no". */
static void
test_quit (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = start_step (fixture, 80, 24);
  screen_key (screen, "q");
  screen_expect (screen, "[ Cancel ]");
  screen_key (screen, "Esc");
  g_assert_true (screen_wait_gone (screen, "[ Cancel ]", 5000));
  g_assert_false (screen_exited (screen));
  screen_key (screen, "q");
  screen_expect (screen, "[ Cancel ]");
  screen_key (screen, "y");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
  g_assert_false (screen_mode (screen, 1049));
}

/* The persona is held by the first window: the second one says by whom and loses nothing. */
static void
test_second (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) first = start_step (fixture, 80, 24);
  g_autoptr (Screen) second = fixture_start (fixture, NULL, "operator", "--own-keyring", NULL);
  screen_wait_quiet (second, 300, 5000);
  screen_key (second, "Enter");
  screen_wait_quiet (second, 300, 2000);
  screen_key (second, "Ctrl-s");
  g_autofree char *pid = g_strdup_printf ("%d", screen_pid (first));
  screen_expect (second, pid);
  g_assert_false (screen_exited (first));
  screen_expect (first, type_this);
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_available ())
    return 0;
  g_test_add_func ("/screen/sign-in/code", test_code);
  g_test_add_func ("/screen/sign-in/quit", test_quit);
  g_test_add_func ("/screen/sign-in/second", test_second);
  return g_test_run ();
}
