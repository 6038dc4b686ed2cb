/* SPDX-License-Identifier: MIT
 * The other side is slow, silent or gone: the program answers keys, says what is the matter, and goes on.
 */
#include "fixture.h"

#include <signal.h>
#include <string.h>

static Fixture *shared;

/* Milliseconds until KEY changed the screen; -1 when it did not within a second. */
static gboolean
has_drawn (Screen *screen, gpointer before)
{
  return screen_drawn (screen) > *(guint64 *) before;
}

static double
answer_ms (Screen *screen, const char *key)
{
  guint64 before = screen_drawn (screen);
  gint64 begin = g_get_monotonic_time ();
  screen_key (screen, key);
  if (!screen_wait (screen, has_drawn, &before, 1000))
    return -1;
  return (double) (g_get_monotonic_time () - begin) / 1000;
}

static void
check_answers (Screen *screen)
{
  static const char *const keys[] = { "2", "3", "4",   "5",  "6",    "7", "8",  "9",
                                      "1", "?", "Esc", "Up", "Down", ":", "Esc" };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    double ms = answer_ms (screen, keys[i]);
    if (ms < 0) {
      g_autofree char *why = g_strdup_printf ("no answer to %s", keys[i]);
      screen_dump (screen, why);
      g_test_fail ();
    }
    screen_wait_quiet (screen, 20, 500);
  }
}

/* Every endpoint takes connections and never answers. */
static void
test_stalled (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  fixture_stall (shared, TRUE);
  check_answers (screen);
  /* A wait is named after a moment, and Ctrl-C or leaving ends it. */
  screen_key (screen, "2");
  screen_wait_quiet (screen, 500, 1500);
  g_autofree char *text = screen_text (screen);
  g_assert_cmpuint (strlen (text), >, 100);
  screen_key (screen, "1");
  screen_expect (screen, "Prepare your cloud");
  fixture_stall (shared, FALSE);
  screen_key (screen, "2");
  screen_expect (screen, "Invitations");
  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
}

/* A network that delivers in bursts: 40 ms in every 200 ms. The screen fills, and keys are answered
 * between. */
static void
test_slow (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  screen_key (screen, "2");
  for (int i = 0; i < 60 && !screen_contains (screen, "Invitations"); i++) {
    fixture_stall (shared, TRUE);
    for (gint64 until = g_get_monotonic_time () + 160000; g_get_monotonic_time () < until;)
      screen_pump (fixture_rig (shared), 10);
    double ms = answer_ms (screen, "?");
    g_assert_cmpfloat (ms, >=, 0);
    screen_key (screen, "Esc");
    fixture_stall (shared, FALSE);
    for (gint64 until = g_get_monotonic_time () + 40000; g_get_monotonic_time () < until;)
      screen_pump (fixture_rig (shared), 10);
  }
  screen_expect (screen, "Invitations");
  screen_settle (screen, 5000);
  screen_expect_sound (screen);
}

/* The key store asks somebody who is not there: everything goes on that does not need a key. */
static void
test_keyring (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  fixture_stall_keyring (shared, TRUE);
  check_answers (screen);
  screen_key (screen, "8");
  screen_wait_quiet (screen, 300, 1500);
  screen_key (screen, "1");
  screen_expect (screen, "Prepare your cloud");
  fixture_stall_keyring (shared, FALSE);
  screen_key (screen, "8");
  screen_expect (screen, "Password of northwind");
  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
}

/* It can be left while everything hangs. */
static void
test_leave_stalled (void)
{
  fixture_stall (shared, TRUE);
  g_autoptr (Screen) screen = fixture_start (shared, NULL, "northwind", NULL);
  screen_expect (screen, "Prepare your cloud");
  screen_keys (screen, "2 6 7");
  screen_wait_quiet (screen, 100, 1000);
  screen_key (screen, "q");
  gboolean gone = screen_wait_exit (screen, NULL, 1000);
  if (!gone) {
    screen_key (screen, "Enter");
    gone = screen_wait_exit (screen, NULL, 3000);
  }
  if (!gone)
    screen_dump (screen, "cannot be left while the other side hangs");
  fixture_stall (shared, FALSE);
  g_assert_true (gone);
}

/* The sandbox is killed under the program's feet. */
static void
test_killed (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  fixture_kill_sandbox (shared);
  check_answers (screen);
  screen_key (screen, "0");
  screen_wait_quiet (screen, 300, 3000);
  screen_expect_sound (screen);
  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
  fixture_start_sandbox (shared);
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/network/stalled", test_stalled);
  g_test_add_func ("/screen/network/slow", test_slow);
  g_test_add_func ("/screen/network/keyring", test_keyring);
  g_test_add_func ("/screen/network/leave-stalled", test_leave_stalled);
  g_test_add_func ("/screen/network/killed", test_killed);
  return fixture_end (&shared, "/screen/network/end");
}
