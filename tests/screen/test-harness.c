/* SPDX-License-Identifier: MIT
 * The harness itself, on a tiny program that shows what it gets, and on less where it is installed.
 */
#include "harness.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static char *
probe_path (void)
{
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  return g_build_filename (build != NULL ? build : ".", "tests", "screen", "probe", NULL);
}

static Screen *
start_probe (ScreenRig *rig, const ScreenOptions *options)
{
  g_autofree char *path = probe_path ();
  Screen *screen = screen_start (rig, options, (const char *const[]){ path, NULL });
  g_assert_true (screen_settle (screen, 5000));
  return screen;
}

static void
test_keys (void)
{
  static const char *const pairs[][2] = {
    { "a", "key 1: a" },
    { "F1", "key 2: KEY_F(1)" },
    { "Up", "key 3: KEY_UP" },
    { "PgDn", "key 4: KEY_NPAGE" },
    { "Shift-Tab", "key 5: KEY_BTAB" },
    { "Ctrl-r", "key 6: ^R" },
    { "Backspace", "key 7: KEY_BACKSPACE" },
    { "Esc", "key 8: ^[" },
    { "Home", "key 9: KEY_HOME" },
    { "Delete", "key 10: KEY_DC" },
  };
  static const char *const terms[] = { "xterm-256color", "linux", "screen", "tmux-256color" };
  for (gsize t = 0; t < G_N_ELEMENTS (terms); t++) {
    g_autoptr (ScreenRig) rig = screen_rig_new ();
    Screen *screen = start_probe (rig, &(ScreenOptions){ .term = terms[t] });
    for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
      screen_key (screen, pairs[i][0]);
      g_assert_true (screen_settle (screen, 2000));
      if (!screen_contains (screen, pairs[i][1]))
        screen_dump (screen, pairs[i][1]);
      g_assert_true (screen_contains (screen, pairs[i][1]));
    }
  }
}

static void
test_cells (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Screen *screen = start_probe (rig, &(ScreenOptions){ .columns = 40, .rows = 8 });
  int row, column;
  VTermScreenCell cell;

  g_assert_false (screen_has_colour (screen));
  screen_keys (screen, "w r t c");
  g_assert_true (screen_settle (screen, 2000));
  screen_expect (screen, "日本|e\xcc\x81|end");
  g_assert_true (screen_find (screen, "end", &row, &column));
  g_assert_cmpint (row, ==, 4);
  g_assert_cmpint (column, ==, 7);
  screen_cell (screen, 4, 0, &cell);
  g_assert_cmpint (cell.width, ==, 2);
  screen_cell (screen, 3, 1, &cell);
  g_assert_true (cell.attrs.reverse);
  g_assert_true (screen_has_colour (screen));
  g_assert_cmpstr (screen_title (screen), ==, "a title");
  g_assert_cmpstr (screen_clipboard (screen), ==, "hello");
  g_assert_true (screen_mode (screen, 1049));
  g_assert_cmpuint (screen_bytes (screen), >, 100);
  g_autofree char *faults = screen_width_faults (screen);
  g_assert_null (faults);
  g_autofree char *first = screen_row (screen, 0);
  g_assert_cmpstr (first, ==, "probe 40x8");
}

static void
test_widths (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Screen *screen = start_probe (rig, NULL);
  screen_key (screen, "x");
  g_assert_true (screen_settle (screen, 2000));
  g_autofree char *faults = screen_width_faults (screen);
  g_assert_nonnull (faults);
  g_assert_nonnull (strstr (faults, "over the right edge"));
}

static void
test_mouse (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Screen *screen = start_probe (rig, NULL);
  screen_click (screen, 5, 9, 1);
  g_assert_false (screen_mode_ever (screen, 1000));
  screen_key (screen, "m");
  g_assert_true (screen_settle (screen, 2000));
  g_assert_true (screen_mode (screen, 1000));
  screen_wheel (screen, 6, 9, TRUE);
  screen_expect (screen, "mouse 6,9 wheel up");
}

static void
test_resize (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Screen *screen = start_probe (rig, NULL);
  screen_expect (screen, "probe 80x24");
  screen_resize (screen, 132, 50);
  screen_expect (screen, "probe 132x50");
}

static void
test_end (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Screen *screen = start_probe (rig, NULL), *other = start_probe (rig, NULL),
         *third = start_probe (rig, NULL);
  int status = 0;

  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, &status, 2000));
  g_assert_cmpint (WEXITSTATUS (status), ==, 7);
  g_assert_false (screen_mode (screen, 1049));

  screen_key (other, "v");
  g_assert_true (screen_wait_exit (other, &status, 2000));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
  g_assert_true (screen_mode (other, 1049));

  screen_hang_up (third);
  g_assert_true (screen_wait_exit (third, &status, 2000));
  g_assert_cmpint (WTERMSIG (status), ==, SIGHUP);
}

static void
test_snapshot (void)
{
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  g_autofree char *file = g_build_filename (screen_rig_folder (rig), "text", NULL);
  const char *text = "at 2026-01-02T10:11:12Z and 9:08, 12 ms | end\n"
                     "id 0f3a9c1e-aaaa-bbbb-cccc-0123456789ab, digest 0123abcdef, 127.0.0.1:40123\n"
                     "words such as defaced and feedback stay, and so do 80 and 1234\n";
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  Screen *screen = screen_start (rig, &(ScreenOptions){ .rows = 5 },
                                 (const char *const[]){ "cat", file, NULL });
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
  g_autofree char *masked = screen_masked (screen);
  g_assert_cmpstr (masked, ==,
                   "at ####-##-##T##:##:##Z and #:##, # s   | end\n"
                   "id ########-####-####-####-############, digest ##########, 127.0.0.1:#####\n"
                   "words such as defaced and feedback stay, and so do 80 and 1234\n\n\n");
  g_autofree char *picture = g_build_filename (screen_rig_folder (rig), "a.svg", NULL);
  g_autofree char *svg = NULL;
  g_assert_true (screen_write_svg (screen, picture, "a <caption>"));
  g_assert_true (g_file_get_contents (picture, &svg, NULL, NULL));
  g_assert_nonnull (strstr (svg, "a &lt;caption&gt;"));
  g_assert_nonnull (strstr (svg, "words such as defaced"));
}

static void
test_less (void)
{
  g_autofree char *less = g_find_program_in_path ("less");
  if (less == NULL) {
    g_test_skip ("less is not installed (Debian package less)");
    return;
  }
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  g_autofree char *file = g_build_filename (screen_rig_folder (rig), "lines", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 1; i <= 1000; i++)
    g_string_append_printf (text, "line %d\n", i);
  g_assert_true (g_file_set_contents (file, text->str, -1, NULL));
  Screen *screen = screen_start (rig, NULL, (const char *const[]){ less, file, NULL });
  screen_expect (screen, "line 23");
  screen_key (screen, "G");
  screen_expect (screen, "line 1000");
  screen_key (screen, "Up");
  screen_expect (screen, "line 977");
  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, NULL, 2000));
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  g_test_add_func ("/screen/harness/keys", test_keys);
  g_test_add_func ("/screen/harness/cells", test_cells);
  g_test_add_func ("/screen/harness/widths", test_widths);
  g_test_add_func ("/screen/harness/mouse", test_mouse);
  g_test_add_func ("/screen/harness/resize", test_resize);
  g_test_add_func ("/screen/harness/end", test_end);
  g_test_add_func ("/screen/harness/snapshot", test_snapshot);
  g_test_add_func ("/screen/harness/less", test_less);
  return g_test_run ();
}
