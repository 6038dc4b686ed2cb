/* SPDX-License-Identifier: MIT
 * cleanroom-sandbox: the local environment as one process. Options, start, main loop, clean stop.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *state;
  gboolean foreground;
  char *engine;
  int role_delay_ms;
  char *rules;
  int ready_fd;
  gboolean version;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->state);
  g_free (options->engine);
  g_free (options->rules);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
is_one_of (const char *value, const char *const *known)
{
  return !value || g_strv_contains (known, value);
}

static gboolean
check_options (const Options *options, int rest, GError **error)
{
  static const char *const engines[] = { "auto", "duckdb", "sqlite", NULL };
  static const char *const rules[] = { "released", "proposed", NULL };
  if (rest > 1)
    cr_set_error (error, CR_ERROR_USAGE, NULL, "unexpected argument");
  else if (!options->state || !*options->state)
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--state DIR is missing");
  else if (!is_one_of (options->engine, engines))
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--engine is one of auto, duckdb, sqlite");
  else if (!is_one_of (options->rules, rules))
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--rules is one of released, proposed");
  else if (options->role_delay_ms < 0)
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--role-delay-ms must not be negative");
  else
    return TRUE;
  return FALSE;
}

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &options->state, "Folder that holds the state", "DIR" },
    { "foreground", 0, 0, G_OPTION_ARG_NONE, &options->foreground, "Stay in the foreground", NULL },
    { "engine", 0, 0, G_OPTION_ARG_STRING, &options->engine, "Query engine: auto, duckdb, sqlite", "NAME" },
    { "role-delay-ms", 0, 0, G_OPTION_ARG_INT, &options->role_delay_ms,
      "Time until a role assignment takes effect", "N" },
    { "rules", 0, 0, G_OPTION_ARG_STRING, &options->rules,
      "Governance rules: released, proposed (remembered)", "NAME" },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &options->ready_fd, "Write 'ready' to this file descriptor", "N" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "The other side of every protocol, on this machine only.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_autoptr (GError) problem = NULL;
  if (!g_option_context_parse (context, argc, argv, &problem)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "%s", problem->message);
    return FALSE;
  }
  if (options->version)
    return TRUE;
  if (!check_options (options, *argc, error))
    return FALSE;
  /* The background process leaves the working folder. */
  char *absolute = g_canonicalize_filename (options->state, NULL);
  g_free (options->state);
  options->state = absolute;
  return TRUE;
}

static void
report (const GError *error, FILE *stream)
{
  const char *hint = cr_error_hint (error);
  fprintf (stream, "cleanroom-sandbox: %s\n", error->message);
  if (hint)
    fprintf (stream, "%s\n", hint);
  fflush (stream);
}

static void
tell_ready (int fd)
{
  static const char text[] = "ready\n";
  if (fd >= 0 && write (fd, text, sizeof text - 1) < 0)
    return; /* whoever waited has gone */
}

static gboolean
on_stop_signal (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

/* "cleanroom sandbox fail": whoever may send signals to this process may also break what it holds. */
static gboolean
on_fail_signal (gpointer data)
{
  g_autoptr (GError) problem = NULL;
  if (!ccf_network_fail (data, &problem))
    sandbox_log (data, "the network cannot be broken: %s", problem->message);
  return G_SOURCE_CONTINUE;
}

static char *
rules_path (const Options *options)
{
  return g_build_filename (options->state, "sandbox", "rules", NULL);
}

/* What was asked for, else what was asked for last time. Gives. */
static char *
read_rules (const Options *options)
{
  if (options->rules)
    return g_strdup (options->rules);
  g_autofree char *path = rules_path (options);
  g_autofree char *text = cr_file_read_text (path, 32, NULL);
  return g_strdup (g_strcmp0 (text, "proposed") == 0 ? "proposed" : "released");
}

static gboolean
remember_rules (const Options *options, GError **error)
{
  g_autofree char *path = rules_path (options);
  g_autofree char *text = g_strconcat (options->rules ? options->rules : "", "\n", NULL);
  return !options->rules || cr_file_write (path, text, -1, 0600, error);
}

static GHashTable *
make_settings (const Options *options)
{
  GHashTable *settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (settings, g_strdup ("engine"), g_strdup (options->engine ? options->engine : "auto"));
  g_hash_table_insert (settings, g_strdup ("role-delay-ms"), g_strdup_printf ("%d", options->role_delay_ms));
  g_hash_table_insert (settings, g_strdup ("rules"), read_rules (options));
  return settings;
}

/* Everything between start and stop. NOTIFY (may be -1) is told once all listeners answer; with
 * CLOSE_NOTIFY it is closed then, so that whoever reads it sees the end. */
static gboolean
serve (const Options *options, int notify, gboolean close_notify, GError **error)
{
  g_autoptr (GHashTable) settings = make_settings (options);
  SandboxOptions sandbox_options = { .state_folder = options->state, .settings = settings };
  g_autoptr (Sandbox) sandbox = sandbox_new (&sandbox_options, error);
  if (!sandbox)
    return FALSE;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint term = g_unix_signal_add (SIGTERM, on_stop_signal, loop);
  guint interrupt = g_unix_signal_add (SIGINT, on_stop_signal, loop);
  guint fail = g_unix_signal_add (SIGUSR1, on_fail_signal, sandbox);
  gboolean started = remember_rules (options, error) && sandbox_start (sandbox, error)
                     && sandbox_write_environment (sandbox, error);
  if (started) {
    tell_ready (notify);
    if (close_notify)
      close (notify);
    tell_ready (options->ready_fd);
    sandbox_log (sandbox, "ready");
    g_main_loop_run (loop);
    sandbox_log (sandbox, "stopping");
  }
  g_source_remove (term);
  g_source_remove (interrupt);
  g_source_remove (fail);
  return started;
}

/* In the parent: pass on what the child says until it is ready or gone. */
static int
wait_for_child (pid_t child, int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[512];
  ssize_t count;
  while ((count = read (fd, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))
    if (count > 0)
      g_string_append_len (text, buffer, count);
  close (fd);
  if (g_str_has_suffix (text->str, "ready\n"))
    return EXIT_SUCCESS;
  fputs (text->len ? text->str : "cleanroom-sandbox: it ended before it was ready\n", stderr);
  int status = 0;
  if (waitpid (child, &status, 0) == child && WIFEXITED (status) && WEXITSTATUS (status))
    return WEXITSTATUS (status);
  return EXIT_FAILURE;
}

static void
detach (void)
{
  setsid ();
  if (chdir ("/") != 0)
    return; /* only keeps a mount busy */
  int null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (null_fd < 0)
    return;
  for (int fd = 0; fd < 3; fd++)
    dup2 (null_fd, fd);
  if (null_fd > 2)
    close (null_fd);
}

static int
run_child (const Options *options, int fd)
{
  detach ();
  g_autoptr (GError) error = NULL;
  if (serve (options, fd, TRUE, &error))
    return EXIT_SUCCESS;
  const char *hint = cr_error_hint (error);
  g_autofree char *text = g_strdup_printf ("cleanroom-sandbox: %s\n%s%s", error->message, hint ? hint : "",
                                           hint ? "\n" : "");
  if (write (fd, text, strlen (text)) < 0)
    return EXIT_FAILURE;
  return cr_error_exit_code (error);
}

/* Start in the background; returns in both processes with the exit code. */
static int
run_background (const Options *options)
{
  int ends[2];
  if (!g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return EXIT_FAILURE;
  pid_t child = fork ();
  if (child < 0) {
    fprintf (stderr, "cleanroom-sandbox: cannot start a process: %s\n", g_strerror (errno));
    return EXIT_FAILURE;
  }
  if (child == 0) {
    close (ends[0]);
    return run_child (options, ends[1]);
  }
  close (ends[1]);
  return wait_for_child (child, ends[0]);
}

int
main (int argc, char **argv)
{
  cr_process_harden ();
  cr_json_wipe_freed ();
  signal (SIGPIPE, SIG_IGN);
  g_auto (Options) options = { .ready_fd = -1 };
  g_autoptr (GError) error = NULL;
  if (!parse_options (&argc, &argv, &options, &error)) {
    report (error, stderr);
    return cr_error_exit_code (error);
  }
  if (options.version) {
    printf ("cleanroom-sandbox %s\n", PACKAGE_VERSION);
    return EXIT_SUCCESS;
  }
  if (!options.foreground)
    return run_background (&options);
  if (serve (&options, STDOUT_FILENO, FALSE, &error))
    return EXIT_SUCCESS;
  report (error, stderr);
  return cr_error_exit_code (error);
}
