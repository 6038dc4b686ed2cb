/* SPDX-License-Identifier: MIT
 * Programs on pseudo terminals: start, read, write, wait, end.
 */
#include "harness-private.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

void
screen_test_init (const int *argc, char ***argv)
{
  if (setlocale (LC_ALL, "C.UTF-8") == NULL)
    setlocale (LC_ALL, "");
  /* One screen that is not as expected says nothing about the next: go on (-k) after a failed test. */
  static char program[] = "screen", keep_going[] = "-k";
  g_autofree char **all = g_new0 (char *, (gsize) *argc + 2);
  all[0] = *argc > 0 ? (*argv)[0] : program;
  all[1] = keep_going;
  for (int i = 1; i < *argc; i++)
    all[i + 1] = (*argv)[i];
  int count = MAX (*argc, 1) + 1;
  char **list = all;
  g_test_init (&count, &list, NULL);
}

ScreenRig *
screen_rig_new (void)
{
  ScreenRig *rig = g_new0 (ScreenRig, 1);
  /* Of the same length everywhere: paths below it are seen on screens, where they wrap. */
  rig->folder = g_mkdtemp (g_strdup ("/tmp/cleanroom-screen-XXXXXX"));
  g_assert_nonnull (rig->folder);
  rig->screens = g_ptr_array_new ();
  return rig;
}

void
screen_rig_free (ScreenRig *rig)
{
  while (rig->screens->len > 0)
    screen_free (g_ptr_array_index (rig->screens, 0));
  g_ptr_array_unref (rig->screens);
  if (!cr_dir_remove (rig->folder, NULL))
    g_printerr ("# %s could not be removed\n", rig->folder);
  g_free (rig->folder);
  g_free (rig);
}

const char *
screen_rig_folder (ScreenRig *rig)
{
  return rig->folder;
}

/* --- Start --- */

static char **
environment_of (Screen *screen, const ScreenOptions *options, int idle)
{
  static const char *const kept[] = { "PATH",         "TMPDIR",           "ASAN_OPTIONS",   "UBSAN_OPTIONS",
                                      "LSAN_OPTIONS", "CLEANROOM_DUCKDB", "LD_LIBRARY_PATH" };
  g_autofree char *descriptor = g_strdup_printf ("%d", idle);
  char **environment = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *value = g_getenv (kept[i]);
    if (value != NULL)
      environment = g_environ_setenv (environment, kept[i], value, TRUE);
  }
  environment = g_environ_setenv (environment, "HOME", screen->rig->folder, TRUE);
  environment = g_environ_setenv (environment, "TERM", screen->term, TRUE);
  environment = g_environ_setenv (environment, "LC_ALL", "C.UTF-8", TRUE);
  environment = g_environ_setenv (environment, "CLEANROOM_SCREEN_IDLE_FD", descriptor, TRUE);
  for (const char *const *item = options->environment; item != NULL && *item != NULL; item++) {
    const char *equals = strchr (*item, '=');
    g_autofree char *name = equals ? g_strndup (*item, (gsize) (equals - *item)) : g_strdup (*item);
    environment = equals ? g_environ_setenv (environment, name, equals + 1, TRUE)
                         : g_environ_unsetenv (environment, name);
  }
  return environment;
}

static void
child (char *const *argv, char **environment, const char *folder, int idle)
{
  static const int reset[] = {
    SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU
  };
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (reset); i++)
    signal (reset[i], SIG_DFL);
  fcntl (idle, F_SETFD, 0);
  if (chdir (folder) == 0) {
    environ = environment;
    execvp (argv[0], argv);
  }
  fprintf (stderr, "cannot start %s: %s\n", argv[0], strerror (errno));
  _exit (127);
}

Screen *
screen_start (ScreenRig *rig, const ScreenOptions *options, const char *const *argv)
{
  static const ScreenOptions defaults = { 0 };
  if (options == NULL)
    options = &defaults;
  Screen *screen = g_new0 (Screen, 1);
  screen->rig = rig;
  screen->columns = options->columns > 0 ? options->columns : 80;
  screen->rows = options->rows > 0 ? options->rows : 24;
  screen->term = g_strdup (options->term != NULL ? options->term : "xterm-256color");
  screen->background = g_strdup (options->background);
  screen->unsent = g_byte_array_new ();
  screen->raw = g_byte_array_new ();
  screen_terminal_init (screen);

  int ends[2];
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
  g_auto (GStrv) environment = environment_of (screen, options, ends[1]);
  struct winsize size = { .ws_row = (unsigned short) screen->rows,
                          .ws_col = (unsigned short) screen->columns };
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *argument = argv; *argument != NULL; argument++)
    g_ptr_array_add (arguments, g_strdup (*argument));
  g_ptr_array_add (arguments, NULL);
  screen->pid = forkpty (&screen->master, NULL, NULL, &size);
  g_assert_cmpint (screen->pid, >=, 0);
  if (screen->pid == 0)
    child ((char *const *) arguments->pdata, environment,
           options->folder != NULL ? options->folder : rig->folder, ends[1]);
  close (ends[1]);
  screen->idle = ends[0];
  fcntl (screen->master, F_SETFD, FD_CLOEXEC);
  fcntl (screen->master, F_SETFL, O_NONBLOCK);
  g_ptr_array_add (rig->screens, screen);
  return screen;
}

static void
close_terminal (Screen *screen)
{
  if (screen->master >= 0)
    close (screen->master);
  screen->master = -1;
}

void
screen_free (Screen *screen)
{
  if (!screen->exited) {
    kill (screen->pid, SIGKILL);
    waitpid (screen->pid, NULL, 0);
  }
  close_terminal (screen);
  close (screen->idle);
  screen_terminal_clear (screen);
  g_byte_array_unref (screen->unsent);
  g_byte_array_unref (screen->raw);
  g_clear_pointer (&screen->raw_bytes, g_bytes_unref);
  g_ptr_array_remove (screen->rig->screens, screen);
  g_free (screen->term);
  g_free (screen->background);
  g_free (screen->title);
  g_free (screen->clipboard);
  g_free (screen);
}

pid_t
screen_pid (Screen *screen)
{
  return screen->pid;
}

void
screen_hang_up (Screen *screen)
{
  close_terminal (screen);
}

/* What is sent from now on must be answered by an idle signal of its own. */
static void
want_idle (Screen *screen)
{
  screen_pump (screen->rig, 0);
  screen->idle_wanted = screen->idle_bytes;
}

void
screen_signal (Screen *screen, int number)
{
  want_idle (screen);
  kill (screen->pid, number);
}

void
screen_resize_unseen (Screen *screen, int columns, int rows)
{
  struct winsize size = { .ws_row = (unsigned short) rows, .ws_col = (unsigned short) columns };
  want_idle (screen);
  ioctl (screen->master, TIOCSWINSZ, &size);
}

void
screen_resize (Screen *screen, int columns, int rows)
{
  screen_terminal_resize (screen, columns, rows);
  screen_resize_unseen (screen, columns, rows);
}

/* --- Reading and writing --- */

void
screen_flush (Screen *screen)
{
  while (screen->master >= 0 && screen->unsent->len > 0) {
    gssize n = write (screen->master, screen->unsent->data, screen->unsent->len);
    if (n <= 0)
      break;
    g_byte_array_remove_range (screen->unsent, 0, (guint) n);
  }
}

void
screen_send (Screen *screen, const void *bytes, gsize length)
{
  g_byte_array_append (screen->unsent, bytes, (guint) length);
  screen_flush (screen);
}

void
screen_type (Screen *screen, const char *text)
{
  want_idle (screen);
  screen_send (screen, text, strlen (text));
}

static gboolean
read_terminal (Screen *screen)
{
  gboolean any = FALSE;
  char buffer[16384];
  /* Bounded, so that a program that never stops writing cannot hold the test. */
  for (int rounds = 0; screen->master >= 0 && rounds < 64; rounds++) {
    gssize n = read (screen->master, buffer, sizeof buffer);
    if (n > 0) {
      screen_terminal_write (screen, buffer, (gsize) n);
      any = TRUE;
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      if (n < 0 && errno == EIO)
        close_terminal (screen);
      break;
    }
  }
  return any;
}

static gboolean
read_idle (Screen *screen)
{
  char buffer[256];
  gboolean any = FALSE;
  gssize n;
  while ((n = read (screen->idle, buffer, sizeof buffer)) > 0) {
    screen->idle_bytes += (guint64) n;
    any = TRUE;
  }
  return any;
}

static gboolean
reap (Screen *screen)
{
  if (screen->exited || waitpid (screen->pid, &screen->status, WNOHANG) != screen->pid)
    return FALSE;
  screen->exited = TRUE;
  read_terminal (screen);
  return TRUE;
}

gboolean
screen_pump (ScreenRig *rig, int ms)
{
  g_autofree struct pollfd *polls = g_new0 (struct pollfd, rig->screens->len * 2 + 1);
  nfds_t count = 0;
  gboolean any = FALSE;
  for (guint i = 0; i < rig->screens->len; i++) {
    Screen *screen = g_ptr_array_index (rig->screens, i);
    any = reap (screen) || any;
    polls[count++] = (struct pollfd){ .fd = screen->master,
                                      .events = (short) (POLLIN | (screen->unsent->len > 0 ? POLLOUT : 0)) };
    polls[count++] = (struct pollfd){ .fd = screen->exited ? -1 : screen->idle, .events = POLLIN };
  }
  /* An end without output is noticed within 20 ms. */
  poll (polls, count, any ? 0 : MIN (ms, 20));
  for (guint i = 0; i < rig->screens->len; i++) {
    Screen *screen = g_ptr_array_index (rig->screens, i);
    screen_flush (screen);
    any = read_terminal (screen) || any;
    any = read_idle (screen) || any;
    any = reap (screen) || any;
  }
  return any;
}

/* --- Waiting --- */

static int
left (gint64 until)
{
  gint64 us = until - g_get_monotonic_time ();
  return us > 0 ? (int) (us / 1000) + 1 : 0;
}

gboolean
screen_wait (Screen *screen, ScreenCondition condition, gpointer data, int ms)
{
  gint64 until = g_get_monotonic_time () + (gint64) ms * 1000;
  screen_pump (screen->rig, 0);
  while (!condition (screen, data)) {
    if (g_get_monotonic_time () >= until)
      return FALSE;
    screen_pump (screen->rig, left (until));
  }
  return TRUE;
}

static gboolean
is_settled (Screen *screen, gpointer data)
{
  (void) data;
  return screen->exited || (screen->unsent->len == 0 && screen->idle_bytes > screen->idle_wanted);
}

gboolean
screen_settle (Screen *screen, int ms)
{
  gboolean settled = screen_wait (screen, is_settled, NULL, ms);
  /* What it drew before it said so may still be on its way. */
  return settled && screen_wait_quiet (screen, 2, ms);
}

gboolean
screen_wait_quiet (Screen *screen, int quiet, int ms)
{
  gint64 until = g_get_monotonic_time () + (gint64) ms * 1000;
  gint64 since = g_get_monotonic_time ();
  do {
    if (!screen->exited && g_get_monotonic_time () >= until)
      return FALSE;
    screen_pump (screen->rig, quiet);
    since = MAX (since, screen->last_output);
  } while (!screen->exited && g_get_monotonic_time () - since < (gint64) quiet * 1000);
  return TRUE;
}

static gboolean
has_exited (Screen *screen, gpointer data)
{
  (void) data;
  return screen->exited;
}

gboolean
screen_wait_exit (Screen *screen, int *status, int ms)
{
  gboolean gone = screen_wait (screen, has_exited, NULL, ms);
  if (gone && status != NULL)
    *status = screen->status;
  return gone;
}

gboolean
screen_exited (Screen *screen)
{
  return screen->exited;
}

guint64
screen_bytes (Screen *screen)
{
  return screen->bytes;
}

GBytes *
screen_raw (Screen *screen)
{
  g_clear_pointer (&screen->raw_bytes, g_bytes_unref);
  screen->raw_bytes = g_bytes_new (screen->raw->data, screen->raw->len);
  return screen->raw_bytes;
}
