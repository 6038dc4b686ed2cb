/* SPDX-License-Identifier: MIT
 * Sizes: a storm of random ones, the smallest, the usual, the largest; at every screen, in the middle of
 * work.
 */
#include "fixture.h"

static Fixture *shared;

/* Another size than *COLUMNS x *ROWS, of which nobody would be told; now and then one as small as it gets. */
static void
draw_size (int *columns, int *rows)
{
  int before[] = { *columns, *rows };
  while (*columns == before[0] && *rows == before[1]) {
    gboolean small = g_test_rand_int_range (0, 4) == 0;
    *columns = g_test_rand_int_range (1, small ? 12 : 301);
    *rows = g_test_rand_int_range (1, small ? 6 : 101);
  }
}

/* Sizes that follow each other faster than they can be drawn, as while the edge of a window is dragged. */
static void
drag (Screen *screen, int *columns, int *rows)
{
  for (int i = 0; i < 20; i++) {
    draw_size (columns, rows);
    screen_resize_unseen (screen, *columns, *rows);
    screen_pump (fixture_rig (shared), 0);
  }
}

/* Random sizes from 1x1 to 300x100 with keys between them, each drawn to the end and looked at; afterwards
 * all is as before. 10,000 of them with SCREEN_FULL=1; otherwise some, other ones each time: --seed repeats
 * what was printed. */
static void
test_storm (void)
{
  static const char *const keys[] = { "2", "3",   "4", "5",    "6",    "7", "8",   "9",   "0",
                                      "?", "Esc", "1", "Down", "PgDn", ":", "Esc", "Tab", "Esc" };
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  int count = g_getenv ("SCREEN_FULL") != NULL ? 10000 : 300;
  int columns = 80, rows = 24;
  for (int i = 0; i < count && !g_test_failed (); i++) {
    if (i % 50 == 0)
      drag (screen, &columns, &rows);
    draw_size (&columns, &rows);
    if (i % 5 == 0)
      screen_key (screen, keys[g_test_rand_int_range (0, G_N_ELEMENTS (keys))]);
    screen_resize (screen, columns, rows);
    g_assert_true (screen_settle (screen, 20000));
    screen_take_wraps (screen); /* of what was on its way for the size before */
    g_autofree char *faults = screen_width_faults (screen);
    gboolean toast = screen_contains (screen, " i This"); /* what Esc brought, over the side of a box */
    if ((faults != NULL && !toast) || screen_exited (screen)) {
      screen_dump (screen, faults != NULL ? faults : "it ended");
      g_test_fail ();
    }
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
