/* SPDX-License-Identifier: MIT
 * Sizes: a storm of random ones, the smallest, the usual, the largest; at every screen, in the middle of work.
 */
#include "fixture.h"

static Fixture *shared;

/* 10,000 random sizes from 1x1 to 300x100 with keys between them; afterwards all is as before. */
static void
test_storm (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  static const char *const keys[] = { "2", "3",   "4", "5",    "6",    "7", "8",   "9",   "0",
                                      "?", "Esc", "1", "Down", "PgDn", ":", "Esc", "Tab", "Esc" };
  int rounds = fixture_rounds (10000);
  g_autoptr (GRand) random = g_rand_new_with_seed (20250901);
  for (int i = 0; i < rounds; i++) {
    int columns = g_rand_int_range (random, 1, 301), rows = g_rand_int_range (random, 1, 101);
    if (g_rand_int_range (random, 0, 4) == 0)
      columns = g_rand_int_range (random, 1, 12), rows = g_rand_int_range (random, 1, 6);
    gboolean looked_at = i % 200 == 0;
    if (looked_at)
      screen_resize (screen, columns, rows);
    else
      screen_resize_unseen (screen, columns, rows);
    if (i % 10 == 0)
      screen_key (screen, keys[g_rand_int_range (random, 0, G_N_ELEMENTS (keys))]);
    if (looked_at) {
      g_assert_true (screen_settle (screen, 20000));
      screen_take_wraps (screen);
    }
    screen_pump (fixture_rig (shared), 0);
    g_assert_false (screen_exited (screen));
  }
  screen_resize (screen, 80, 24);
  g_assert_true (screen_settle (screen, 20000));
  screen_keys (screen, "Esc Esc Esc Esc Esc 1 g");
  g_assert_true (screen_settle (screen, 20000));
  g_assert_true (screen_wait_gone (screen, "first screen", 10000)); /* the toast that Esc brought */
  screen_take_wraps (screen);
  screen_expect_sound (screen);
  screen_expect (screen, "Prepare your cloud");
}

/* Every width from 1 to 130 and every height from 1 to 40: nothing overlaps, nothing runs over. */
static void
test_every_size (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  for (int columns = 1; columns <= 130; columns += 3) {
    screen_resize (screen, columns, 24);
    g_assert_true (screen_settle (screen, 10000));
    screen_take_wraps (screen);
    screen_expect_sound (screen);
  }
  for (int rows = 1; rows <= 40; rows++) {
    screen_resize (screen, 80, rows);
    g_assert_true (screen_settle (screen, 10000));
    screen_take_wraps (screen);
    screen_expect_sound (screen);
  }
}

static void
test_small (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 2, 2 }, { 10, 3 }, { 20, 5 }, { 40, 12 }, { 300, 100 } };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (Screen) screen = fixture_open (shared, sizes[i][0], sizes[i][1], "woodgrove");
    screen_take_wraps (screen);
    if (sizes[i][0] >= 40)
      screen_expect_sound (screen);
    screen_keys (screen, "2 ? Esc 1 q");
    g_assert_true (screen_wait_exit (screen, NULL, 5000));
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/resize/small", test_small);
  g_test_add_func ("/screen/resize/every-size", test_every_size);
  g_test_add_func ("/screen/resize/storm", test_storm);
  return fixture_end (&shared, "/screen/resize/end");
}
