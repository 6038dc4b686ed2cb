/* SPDX-License-Identifier: MIT
 * The real program for the screen tests: a state folder, its sandbox, and `cleanroom` on terminals.
 */
#include "fixture.h"

#include "base/file.h"

#include <gio/gio.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct Fixture {
  ScreenRig *rig;
  char *cleanroom, *state, *settings;
  char **environment;             /* NAME=value for every program started */
  pid_t stalled, stalled_keyring; /* 0: goes on */
  GSubprocess *watcher;
};

/* A shell that waits for the end of this process, however it comes, and cleans up after it. */
static void
watch (Fixture *fixture)
{
  static const char script[] = "trap '' INT TERM HUP; read line; [ -d \"$3\" ] || exit 0; "
                               "kill -CONT $(cat \"$2/sandbox/pid\") $(cat \"$2/keyring/daemon.pid\"); "
                               "\"$1\" sandbox stop --keyring --state \"$2\"; rm -rf \"$3\"";
  fixture->watcher = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                           | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                       NULL, "sh", "-c", script, "watcher", fixture->cleanroom,
                                       fixture->state, screen_rig_folder (fixture->rig), NULL);
}

static gboolean
has_screens (const char *cleanroom)
{
  g_autofree char *help = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                          | G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                                      NULL, cleanroom, "northwind", "--help", NULL);
  return process != NULL && g_subprocess_communicate_utf8 (process, NULL, NULL, &help, NULL, NULL)
         && g_subprocess_get_successful (process);
}

static char *
program (void)
{
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  return g_build_filename (build != NULL ? build : ".", "cleanroom", NULL);
}

Fixture *
fixture_new (FixtureState state)
{
  g_autofree char *cleanroom = program ();
  if (!has_screens (cleanroom))
    return NULL;
  Fixture *fixture = g_new0 (Fixture, 1);
  fixture->rig = screen_rig_new ();
  const char *folder = screen_rig_folder (fixture->rig);
  fixture->cleanroom = g_steal_pointer (&cleanroom);
  fixture->state = g_build_filename (folder, "state", NULL);
  fixture->settings = g_build_filename (folder, ".config", "cleanroom", "settings.yaml", NULL);
  /* What a sanitizer finds goes to files: the terminal belongs to the program. */
  fixture->environment = g_new0 (char *, 3);
  fixture->environment[0] = g_strdup_printf ("ASAN_OPTIONS=log_path=%s/sanitizer:detect_leaks=1", folder);
  fixture->environment[1] = g_strdup_printf ("UBSAN_OPTIONS=log_path=%s/sanitizer:print_stacktrace=1",
                                             folder);
  watch (fixture);
  if (state == FIXTURE_PLAYED) {
    int code = fixture_run (fixture, NULL, "demo", "analytics-sse", "--auto", "--quiet", "--engine", "sqlite",
                            NULL);
    g_assert_cmpint (code, ==, 0);
  }
  return fixture;
}

static void
report_sanitizers (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *text = NULL;
    if (!g_str_has_prefix (name, "sanitizer.") || !g_file_get_contents (path, &text, NULL, NULL)
        || *text == '\0')
      continue;
    g_auto (GStrv) lines = g_strsplit (text, "\n", 40);
    for (char **line = lines; *line != NULL && line < lines + 39; line++)
      g_test_message ("%s", *line);
    g_test_fail ();
  }
}

void
fixture_free (Fixture *fixture)
{
  fixture_stall (fixture, FALSE);
  fixture_stall_keyring (fixture, FALSE);
  fixture_run (fixture, NULL, "sandbox", "stop", "--keyring", NULL);
  report_sanitizers (screen_rig_folder (fixture->rig));
  screen_rig_free (fixture->rig);
  g_clear_object (&fixture->watcher);
  g_free (fixture->cleanroom);
  g_free (fixture->state);
  g_free (fixture->settings);
  g_strfreev (fixture->environment);
  g_free (fixture);
}

gboolean
fixture_available (void)
{
  g_autofree char *cleanroom = program ();
  gboolean available = has_screens (cleanroom);
  if (!available)
    printf ("1..0 # SKIP this build of cleanroom has no screens\n");
  return available;
}

gboolean
fixture_begin (Fixture **shared, FixtureState state)
{
  *shared = fixture_available () ? fixture_new (state) : NULL;
  return *shared != NULL;
}

static void
free_shared (gconstpointer data)
{
  Fixture *const *shared = data;
  fixture_free (*shared);
}

int
fixture_end (Fixture **shared, const char *name)
{
  g_test_add_data_func (name, shared, free_shared);
  int code = g_test_run ();
  *shared = NULL;
  return code;
}

ScreenRig *
fixture_rig (Fixture *fixture)
{
  return fixture->rig;
}

const char *
fixture_state (Fixture *fixture)
{
  return fixture->state;
}

void
fixture_write_settings (Fixture *fixture, const char *text)
{
  g_autofree char *folder = g_path_get_dirname (fixture->settings);
  g_assert_true (cr_dir_make (folder, 0700, NULL));
  g_assert_true (cr_file_write (fixture->settings, text, -1, 0600, NULL));
}

char *
fixture_read (Fixture *fixture, const char *path)
{
  g_autofree char *full = g_build_filename (fixture->state, path, NULL);
  char *text = NULL;
  g_file_get_contents (full, &text, NULL, NULL);
  return text;
}

/* --- Programs --- */

static GPtrArray *
command (Fixture *fixture, va_list arguments)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (argv, g_strdup (fixture->cleanroom));
  const char *argument;
  while ((argument = va_arg (arguments, const char *)) != NULL)
    g_ptr_array_add (argv, g_strdup (argument));
  g_ptr_array_add (argv, g_strdup ("--state"));
  g_ptr_array_add (argv, g_strdup (fixture->state));
  g_ptr_array_add (argv, NULL);
  return argv;
}

Screen *
fixture_start (Fixture *fixture, const ScreenOptions *options, ...)
{
  va_list arguments;
  va_start (arguments, options);
  g_autoptr (GPtrArray) argv = command (fixture, arguments);
  va_end (arguments);
  g_autoptr (GPtrArray) environment = g_ptr_array_new_with_free_func (g_free);
  for (char **item = fixture->environment; *item != NULL; item++)
    g_ptr_array_add (environment, g_strdup (*item));
  ScreenOptions all = options != NULL ? *options : (ScreenOptions){ 0 };
  for (const char *const *item = all.environment; item != NULL && *item != NULL; item++)
    g_ptr_array_add (environment, g_strdup (*item));
  g_ptr_array_add (environment, NULL);
  all.environment = (const char *const *) environment->pdata;
  return screen_start (fixture->rig, &all, (const char *const *) argv->pdata);
}

int
fixture_run (Fixture *fixture, char **output, ...)
{
  va_list arguments;
  va_start (arguments, output);
  g_autoptr (GPtrArray) argv = command (fixture, arguments);
  va_end (arguments);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  for (char **item = fixture->environment; *item != NULL; item++) {
    g_auto (GStrv) pair = g_strsplit (*item, "=", 2);
    g_subprocess_launcher_setenv (launcher, pair[0], pair[1], TRUE);
  }
  g_subprocess_launcher_setenv (launcher, "HOME", screen_rig_folder (fixture->rig), TRUE);
  g_subprocess_launcher_unsetenv (launcher, "DBUS_SESSION_BUS_ADDRESS");
  g_subprocess_launcher_unsetenv (launcher, "XDG_CONFIG_HOME");
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata,
                                                                  &error);
  g_assert_no_error (error);
  g_autofree char *text = NULL;
  g_subprocess_communicate_utf8 (process, NULL, NULL, &text, NULL, NULL);
  if (output != NULL)
    *output = g_steal_pointer (&text);
  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;
}

Screen *
fixture_open (Fixture *fixture, int columns, int rows, const char *persona)
{
  Screen *screen = fixture_start (fixture, &(ScreenOptions){ .columns = columns, .rows = rows }, persona,
                                  NULL);
  if (!screen_settle (screen, 15000)) {
    screen_dump (screen, "no complete screen within 15 s");
    g_assert_not_reached ();
  }
  return screen;
}

/* --- The sandbox --- */

static pid_t
read_pid (Fixture *fixture, const char *path)
{
  g_autofree char *text = fixture_read (fixture, path);
  return text != NULL ? (pid_t) g_ascii_strtoll (text, NULL, 10) : 0;
}

pid_t
fixture_sandbox (Fixture *fixture)
{
  return read_pid (fixture, "sandbox/pid");
}

static void
stall (Fixture *fixture, pid_t *process, const char *path, gboolean stalled)
{
  if (stalled)
    *process = read_pid (fixture, path);
  if (*process > 0)
    kill (*process, stalled ? SIGSTOP : SIGCONT);
  if (!stalled)
    *process = 0;
}

void
fixture_stall (Fixture *fixture, gboolean stalled)
{
  stall (fixture, &fixture->stalled, "sandbox/pid", stalled);
}

void
fixture_stall_keyring (Fixture *fixture, gboolean stalled)
{
  stall (fixture, &fixture->stalled_keyring, "keyring/daemon.pid", stalled);
}

static void
wait_gone (pid_t pid)
{
  for (int i = 0; i < 1000 && kill (pid, 0) == 0; i++)
    g_usleep (5000);
  g_assert_cmpint (kill (pid, 0), ==, -1);
}

void
fixture_kill_sandbox (Fixture *fixture)
{
  pid_t pid = fixture_sandbox (fixture);
  g_assert_cmpint (pid, >, 0);
  kill (pid, SIGKILL);
  wait_gone (pid);
}

void
fixture_stop_sandbox (Fixture *fixture)
{
  pid_t pid = fixture_sandbox (fixture);
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (fixture_run (fixture, NULL, "sandbox", "stop", NULL), ==, 0);
  wait_gone (pid);
}

void
fixture_start_sandbox (Fixture *fixture)
{
  g_assert_cmpint (fixture_run (fixture, NULL, "sandbox", "start", NULL), ==, 0);
}

int
fixture_rounds (int n)
{
#if defined(__SANITIZE_ADDRESS__)
  gboolean quick = TRUE;
#else
  gboolean quick = g_getenv ("SCREEN_QUICK") != NULL;
#endif
  return quick && g_getenv ("SCREEN_FULL") == NULL ? MAX (1, n / 100) : n;
}
