/* SPDX-License-Identifier: MIT
 * Bad input: pasted megabytes, control characters, half a UTF-8 sequence, a settings file with nonsense, a
 * second program on the same persona; questions, and what is never lost without one.
 */
#include "fixture.h"

#include <signal.h>
#include <string.h>

static Fixture *shared;

/* The program still lives and shows its journey. */
static void
check_alive (Screen *screen)
{
  screen_keys (screen, "Esc Esc Esc");
  screen_settle (screen, 5000);
  screen_key (screen, "1");
  g_assert_false (screen_exited (screen));
  screen_expect (screen, "Prepare your cloud");
  screen_settle (screen, 5000);
  screen_expect_sound (screen);
}

static void
test_paste (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  gsize length = 4 * 1024 * 1024;
  g_autofree char *text = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    text[i] = i % 61 == 60 ? '\n' : (char) ('a' + i % 26);
  g_assert_true (screen_mode (screen, 2004));
  /* Where nothing can be pasted: nothing happens, least of all the keys that the text contains. */
  screen_paste (screen, text, length);
  g_assert_true (screen_settle (screen, 30000));
  g_assert_false (screen_exited (screen));
  screen_expect (screen, "Prepare your cloud");
  /* Into a field: cut, with a word about it. */
  screen_key (screen, ":");
  screen_settle (screen, 5000);
  screen_paste (screen, text, length);
  g_assert_true (screen_settle (screen, 30000));
  check_alive (screen);
}

static void
test_bytes (void)
{
  static const char *const pieces[] = {
    "\xe6\x97",             /* half of a character */
    "\xff\xfe\xfd",         /* never UTF-8 */
    "\xc0\x80",             /* overlong */
    "\xed\xa0\x80",         /* half of a surrogate pair */
    "\x01\x02\x05\x06\x10", /* control characters */
    "\033[999999999999999;1m",
    "\033[",
    "\033[<99999;99999;99999M",
    "\033[200~never ended",
    "\033]52;c;AAAA\a",
    "\033[M\xff\xff\xff", /* a mouse report of old */
    "\033O",
    "\033\033\033\033",
    "\x9b"
    "31m",
    "\033[27;5;99~",
    "\033[?1;2c",
  };
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++) {
    screen_type (screen, pieces[i]);
    screen_wait_quiet (screen, 60, 1000);
    g_assert_false (screen_exited (screen));
    if (strstr (pieces[i], "200~") != NULL)
      screen_type (screen, "\033[201~");
    screen_keys (screen, ": Esc");
    screen_wait_quiet (screen, 40, 1000);
  }
  check_alive (screen);
}

/* Random bytes for a while: a monkey at the keyboard. Ctrl-C, Ctrl-Z and q are left out, they end it. */
static void
test_monkey (void)
{
  g_autoptr (Screen) screen = fixture_start (shared, NULL, "northwind", "--read-only", NULL);
  g_assert_true (screen_settle (screen, 15000));
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);
  for (int i = 0; i < fixture_rounds (3000) && !screen_exited (screen); i++) {
    char bytes[24];
    gsize length = (gsize) g_rand_int_range (random, 1, sizeof bytes);
    for (gsize j = 0; j < length; j++) {
      bytes[j] = (char) g_rand_int_range (random, 0, 256);
      if (bytes[j] == 3 || bytes[j] == 26 || bytes[j] == 'q' || bytes[j] == 28 || bytes[j] == 17
          || bytes[j] == 19)
        bytes[j] = 'j';
    }
    screen_send (screen, bytes, length);
    screen_pump (fixture_rig (shared), 0);
    if (i % 100 == 0)
      screen_wait_quiet (screen, 10, 2000);
  }
  screen_send (screen, "\033[201~", 6);
  screen_wait_quiet (screen, 200, 10000);
  g_assert_false (screen_exited (screen));
}

static void
test_settings (void)
{
  fixture_write_settings (shared, "theem: light\nrefresh: [never\n\x01\xff: }\n");
  {
    g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
    screen_expect (screen, "settings.yaml");
    check_alive (screen);
  }
  fixture_write_settings (shared, "theme: light\nrefesh: 2\n");
  {
    g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
    screen_expect (screen, "line 2");
    check_alive (screen);
  }
  /* The file is left alone. */
  g_autofree char *path = g_build_filename (screen_rig_folder (fixture_rig (shared)), ".config", "cleanroom",
                                            "settings.yaml", NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "theme: light\nrefesh: 2\n");
  fixture_write_settings (shared, "mouse: false\nkeys:\n  app.quit: Q\n");
  {
    g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
    g_assert_false (screen_mode_ever (screen, 1000));
    screen_key (screen, "Q");
    g_assert_true (screen_wait_exit (screen, NULL, 5000));
  }
  fixture_write_settings (shared, "");
}

/* Two windows on one persona, as people do: both work; a step that runs in one is said in the other one. */
static void
test_second (void)
{
  g_autoptr (Screen) first = fixture_open (shared, 80, 24, "northwind");
  g_autoptr (Screen) second = fixture_open (shared, 80, 24, "northwind");
  check_alive (first);
  check_alive (second);
}

static void
press (Screen *screen, const char *keys)
{
  screen_keys (screen, keys);
  g_assert_true (screen_settle (screen, 10000));
}

/* The palette has objects of screens that were never opened. */
static void
test_palette (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  screen_key (screen, ":");
  screen_type (screen, "query1");
  screen_expect (screen, "> Documents: woodgrove-query1");
  press (screen, "Enter");
  screen_expect (screen, "SQL");
}

/* While a question is open the last line says what its keys do; the screen's own keys do nothing. */
static void
test_question (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  press (screen, "0 x");
  screen_expect (screen, "Enter Cancel  Esc Cancel  y Stop  Tab other button");
  press (screen, "7");
  screen_expect (screen, "Stop the local environment");
  press (screen, "Esc");
  g_assert_true (screen_wait_gone (screen, "Stop the local environment", 5000));
  press (screen, "7 /");
  screen_expect (screen, "Esc clear");
  screen_expect (screen, "F1 help");
}

/* A file that exists is replaced only after a question; what was selected is selected again later. */
static void
test_no_surprise (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  press (screen, "6");
  screen_expect (screen, "s Save as...");
  screen_expect (screen, "The result is yours");
  press (screen, "s Enter");
  screen_expect (screen, "Written: ");
  press (screen, "s Enter");
  screen_expect (screen, "This file exists.");
  press (screen, "Esc 1 g Down Down");
  screen_expect (screen, "3  Share your sign-in");
  press (screen, "2 1");
  screen_expect (screen, "│ 3  Share your sign-in");
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/input/paste", test_paste);
  g_test_add_func ("/screen/input/bytes", test_bytes);
  g_test_add_func ("/screen/input/monkey", test_monkey);
  g_test_add_func ("/screen/input/settings", test_settings);
  g_test_add_func ("/screen/input/second", test_second);
  g_test_add_func ("/screen/input/palette", test_palette);
  g_test_add_func ("/screen/input/question", test_question);
  g_test_add_func ("/screen/input/no-surprise", test_no_surprise);
  return fixture_end (&shared, "/screen/input/end");
}
