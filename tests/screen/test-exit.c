/* SPDX-License-Identifier: MIT
 * The terminal after every end of the program: as it was. Started from a shell, as people do.
 */
#include "fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static Fixture *shared;

/* A shell with job control whose prompt is "ready> ", in which `app` starts the program. */
static Screen *
start_shell (void)
{
  static const char *const environment[] = { "PS1=ready> ", "HISTFILE=", "NO_COLOR", NULL };
  Screen *screen = screen_start (fixture_rig (shared), &(ScreenOptions){ .environment = environment },
                                 (const char *const[]){ "bash", "--norc", "--noprofile", "-i", NULL });
  screen_expect (screen, "ready>");
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  const char *folder = screen_rig_folder (fixture_rig (shared));
  g_autofree char *line = g_strdup_printf (
      "app() { ASAN_OPTIONS=handle_segv=0:handle_abort=0:log_path=%s/sanitizer UBSAN_OPTIONS=log_path=%s/sanitizer "
      "'%s/cleanroom' \"$@\" --state '%s'; }; stty -g > before; clear\r",
      folder, folder, build, fixture_state (shared));
  screen_type (screen, line);
  screen_wait_quiet (screen, 200, 5000);
  return screen;
}

static void
run (Screen *screen, const char *line)
{
  screen_type (screen, line);
  screen_type (screen, "\r");
}

static pid_t
child_of (Screen *screen)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/children", screen_pid (screen),
                                           screen_pid (screen));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return (pid_t) g_ascii_strtoll (text, NULL, 10);
}

static void
check_restored (Screen *screen)
{
  static const int modes[] = { 1000, 1002, 1003, 1006, 2004, 1049, 2026 };
  gboolean visible = FALSE;
  run (screen, "stty -g > after; cmp before after && echo the same\" terminal\"");
  screen_expect (screen, "the same terminal");
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    /* readline itself asks for bracketed paste while it reads a line */
    if (modes[i] != 2004 && screen_mode (screen, modes[i])) {
      g_test_message ("mode %d is still on", modes[i]);
      g_test_fail ();
    }
  }
  screen_cursor (screen, NULL, NULL, &visible);
  g_assert_true (visible);
  /* No colour or attribute is left in the pen. */
  int row, column;
  VTermScreenCell cell;
  g_assert_true (screen_find (screen, "the same terminal", &row, &column));
  screen_cell (screen, row, column, &cell);
  g_assert_true (VTERM_COLOR_IS_DEFAULT_FG (&cell.fg) && VTERM_COLOR_IS_DEFAULT_BG (&cell.bg));
  g_assert_false (cell.attrs.reverse || cell.attrs.bold);
}

static Screen *
start_app (void)
{
  Screen *screen = start_shell ();
  run (screen, "app northwind; echo code \"is $?\"");
  screen_expect (screen, "Prepare your cloud");
  g_assert_true (screen_mode (screen, 1049));
  return screen;
}

static void
test_quit (void)
{
  g_autoptr (Screen) screen = start_app ();
  screen_key (screen, "q");
  screen_expect (screen, "code is 0");
  check_restored (screen);
}

static void
end_by (int number)
{
  g_autoptr (Screen) screen = start_app ();
  kill (child_of (screen), number);
  screen_expect (screen, "code is");
  g_autofree char *code = g_strdup_printf ("code is %d", 128 + number);
  if (number == SIGSEGV || number == SIGABRT)
    g_assert_true (screen_contains (screen, code));
  check_restored (screen);
}

static void
test_signals (void)
{
  end_by (SIGTERM);
  end_by (SIGHUP);
  end_by (SIGSEGV);
  end_by (SIGABRT);
}

static void
test_suspend (void)
{
  g_autoptr (Screen) screen = start_app ();
  screen_wait_quiet (screen, 200, 3000);
  g_autofree char *before = screen_text (screen);
  screen_key (screen, "Ctrl-z");
  screen_expect (screen, "Stopped");
  check_restored (screen);
  run (screen, "fg");
  screen_expect (screen, "Prepare your cloud");
  screen_wait_quiet (screen, 200, 3000);
  g_assert_true (screen_mode (screen, 1049));
  g_autofree char *after = screen_text (screen);
  g_assert_cmpstr (before, ==, after);
  screen_key (screen, "q");
  screen_expect (screen, "ready>");
  check_restored (screen);
}

static gboolean
is_gone (Screen *screen, gpointer pid)
{
  (void) screen;
  return kill (*(pid_t *) pid, 0) != 0;
}

/* The window is closed: the program ends by itself, quickly. */
static void
test_hang_up (void)
{
  Screen *screen = fixture_open (shared, 80, 24, "northwind");
  screen_hang_up (screen);
  int status = 0;
  g_assert_true (screen_wait_exit (screen, &status, 3000));
  g_assert_false (WIFSIGNALED (status) && WTERMSIG (status) == SIGSEGV);
  screen_free (screen);

  /* Input ends without SIGHUP being seen: also an end. */
  static const char *const environment[] = { "PS1=ready> ", NULL };
  Screen *shell = screen_start (fixture_rig (shared), &(ScreenOptions){ .environment = environment },
                                (const char *const[]){ "bash", "--norc", "--noprofile", "-i", NULL });
  screen_expect (shell, "ready>");
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  g_autofree char *line = g_strdup_printf ("trap '' HUP; '%s/cleanroom' northwind --state '%s'", build,
                                           fixture_state (shared));
  run (shell, line);
  screen_expect (shell, "Prepare your cloud");
  pid_t pid = child_of (shell);
  screen_hang_up (shell);
  g_assert_true (screen_wait (shell, is_gone, &pid, 5000));
  screen_free (shell);
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/exit/quit", test_quit);
  g_test_add_func ("/screen/exit/signals", test_signals);
  g_test_add_func ("/screen/exit/suspend", test_suspend);
  g_test_add_func ("/screen/exit/hang-up", test_hang_up);
  return fixture_end (&shared, "/screen/exit/end");
}
