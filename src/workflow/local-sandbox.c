/* SPDX-License-Identifier: MIT
 * The local environment as seen from outside (local-sandbox.h).
 */
#include "workflow/local-sandbox.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "cloud/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STOP_WAIT_MS 10000

void
local_sandbox_free (LocalSandbox *sandbox)
{
  if (sandbox == NULL)
    return;
  g_free (sandbox->folder);
  g_free (sandbox->rules);
  g_clear_pointer (&sandbox->endpoints, g_hash_table_unref);
  g_free (sandbox);
}

char *
local_program_find (const char *name, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");
  g_autofree char *beside = g_build_filename (folder, name, NULL);
  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  g_autofree char *moved = g_build_filename (folder, "..", "libexec", "cleanroom", name, NULL);
  if (g_file_test (moved, G_FILE_TEST_IS_EXECUTABLE))
    return g_canonicalize_filename (moved, NULL);
  g_autofree char *installed = g_build_filename (PKGLIBEXECDIR, name, NULL);
  if (g_file_test (installed, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&installed);
  char *found = g_find_program_in_path (name);
  if (found == NULL)
    cr_set_error (error, CR_ERROR_ADMIN, "Install the whole package, or run from the folder it was built in.",
                  "The program %s is not there.", name);
  return found;
}

/* The lock is the truth; the pid file only names who holds it. */
static gboolean
lock_is_held (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, "sandbox", "lock", NULL);
  int fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  gboolean held = flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close (fd);
  return held;
}

static gint64
read_pid (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, "sandbox", "pid", NULL);
  g_autofree char *text = cr_file_read_text (path, 32, NULL);
  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

/* Fault points count per process: a plan for this one is not for the sandbox, which has its own variable. */
static char **
sandbox_environment (void)
{
  g_auto (GStrv) variables = g_get_environ ();
  const char *own = g_environ_getenv (variables, "CLEANROOM_SANDBOX_FAULT");
  g_autofree char *plan = g_strdup (own);
  variables = plan != NULL ? g_environ_setenv (variables, "CLEANROOM_FAULT", plan, TRUE)
                           : g_environ_unsetenv (variables, "CLEANROOM_FAULT");
  return g_steal_pointer (&variables);
}

gboolean
local_sandbox_start (const char *state_dir, const char *engine, int role_delay_ms, gboolean *started,
                     GError **error)
{
  LocalSandboxOptions options = { .engine = engine, .role_delay_ms = role_delay_ms };
  return local_sandbox_start_with (state_dir, &options, started, error);
}

/* --- how long a new role takes: said at the start, waited for by whoever uses it --- */

static char *
delay_path (const char *state_dir)
{
  return g_build_filename (state_dir, "sandbox", "role-delay-ms", NULL);
}

static gboolean
remember_delay (const char *state_dir, int delay_ms, GError **error)
{
  g_autofree char *path = delay_path (state_dir), *text = g_strdup_printf ("%d\n", delay_ms);
  if (delay_ms > 0)
    return cr_file_write (path, text, -1, 0600, error);
  unlink (path);
  return TRUE;
}

guint
local_sandbox_role_delay (const char *state_dir)
{
  g_autofree char *path = delay_path (state_dir), *text = cr_file_read_text (path, 32, NULL);
  guint64 delay = text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
  return (guint) MIN (delay, G_MAXINT);
}

static GPtrArray *
make_arguments (const char *program, const char *state_dir, const LocalSandboxOptions *options)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (argv, g_strdup (program));
  g_ptr_array_add (argv, g_strdup ("--state"));
  g_ptr_array_add (argv, g_strdup (state_dir));
  if (options->engine != NULL)
    g_ptr_array_add (argv, g_strdup_printf ("--engine=%s", options->engine));
  if (options->role_delay_ms >= 0)
    g_ptr_array_add (argv, g_strdup_printf ("--role-delay-ms=%d", options->role_delay_ms));
  if (options->rules != NULL)
    g_ptr_array_add (argv, g_strdup_printf ("--rules=%s", options->rules));
  g_ptr_array_add (argv, NULL);
  return argv;
}

gboolean
local_sandbox_start_with (const char *state_dir, const LocalSandboxOptions *options, gboolean *started,
                          GError **error)
{
  if (started != NULL)
    *started = FALSE;
  g_autofree char *environment = g_build_filename (state_dir, "environment.yaml", NULL);
  if (lock_is_held (state_dir) && g_file_test (environment, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!cr_dir_make (state_dir, 0700, error))
    return FALSE;
  g_autofree char *program = local_program_find ("cleanroom-sandbox", error);
  if (program == NULL)
    return FALSE;

  g_autoptr (GPtrArray) argv = make_arguments (program, state_dir, options);
  g_autofree char *problem = NULL;
  int status = 0;
  g_autoptr (GError) spawn = NULL;
  g_auto (GStrv) environ_of_child = sandbox_environment ();
  if (!g_spawn_sync (NULL, (char **) argv->pdata, environ_of_child, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                     NULL, &problem, &status, &spawn)) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "The local environment cannot be started: %s.",
                  spawn->message);
    return FALSE;
  }
  if (g_spawn_check_wait_status (status, NULL)) {
    if (started != NULL)
      *started = TRUE;
    return remember_delay (state_dir, options->role_delay_ms, error);
  }
  /* Somebody else may have started it in the same moment. */
  for (int i = 0; i < 100 && lock_is_held (state_dir); i++) {
    if (g_file_test (environment, G_FILE_TEST_EXISTS))
      return TRUE;
    g_usleep (50 * 1000);
  }
  g_strchomp (problem);
  char *hint = strchr (problem, '\n');
  if (hint != NULL)
    *hint++ = '\0';
  const char *text = g_str_has_prefix (problem, "cleanroom-sandbox: ")
                         ? problem + strlen ("cleanroom-sandbox: ")
                         : problem;
  cr_set_error (error, CR_ERROR_ADMIN, hint, "The local environment did not start: %s",
                *text != '\0' ? text : "it ended without saying why.");
  return FALSE;
}

gboolean
local_sandbox_is_ours (const char *folder, gboolean *ours, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (Environment) environment = environment_load (folder, &problem);
  if (environment == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  *ours = environment == NULL || (environment->kind == ENVIRONMENT_SANDBOX && !environment_is_added (folder));
  return TRUE;
}

gboolean
local_sandbox_stop (const char *state_dir, gboolean *was_running, GError **error)
{
  gboolean running = lock_is_held (state_dir);
  if (was_running != NULL)
    *was_running = running;
  if (!running)
    return TRUE;
  gint64 pid = read_pid (state_dir);
  if (pid <= 1 || (kill ((pid_t) pid, SIGTERM) != 0 && errno != ESRCH)) {
    cr_set_error (error, CR_ERROR_ADMIN, "Stop the process cleanroom-sandbox by hand.",
                  "The local environment runs, but its process cannot be reached.");
    return FALSE;
  }
  for (int waited = 0; waited < STOP_WAIT_MS; waited += 10) {
    if (!lock_is_held (state_dir))
      return TRUE;
    g_usleep (10 * 1000);
  }
  cr_set_error (error, CR_ERROR_RETRY, "Wait a moment and stop it again.",
                "The local environment (process %" PRId64 ") has not ended within %d s.", pid,
                STOP_WAIT_MS / 1000);
  return FALSE;
}

gboolean
local_sandbox_fail (const char *state_dir, GError **error)
{
  /* The service key says that there is a network; the ledger secret is the last thing that goes. */
  g_autofree char *service = g_build_filename (state_dir, "sandbox", "ccf-service-key.pem", NULL);
  g_autofree char *secret = g_build_filename (state_dir, "sandbox", "ledger.db.secret", NULL);
  if (!lock_is_held (state_dir) || !g_file_test (service, G_FILE_TEST_EXISTS)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom sandbox status",
                  "There is no running network to break.");
    return FALSE;
  }
  gint64 pid = read_pid (state_dir);
  if (pid <= 1 || kill ((pid_t) pid, SIGUSR1) != 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL,
                  "The local environment runs, but its process cannot be reached.");
    return FALSE;
  }
  for (int waited = 0; waited < STOP_WAIT_MS; waited += 10) {
    if (!g_file_test (service, G_FILE_TEST_EXISTS) && !g_file_test (secret, G_FILE_TEST_EXISTS))
      return TRUE;
    g_usleep (10 * 1000);
  }
  cr_set_error (error, CR_ERROR_RETRY, "Look into the log of the local environment.",
                "The network is still there after %d s.", STOP_WAIT_MS / 1000);
  return FALSE;
}

static guint64
resident_bytes (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" PRId64 "/statm", pid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  char *second = strchr (text, ' ');
  return second != NULL ? g_ascii_strtoull (second, NULL, 10) * (guint64) sysconf (_SC_PAGESIZE) : 0;
}

static void
read_endpoints (LocalSandbox *sandbox)
{
  g_autofree char *path = g_build_filename (sandbox->folder, "endpoints.json", NULL);
  g_autoptr (json_t) record = cr_json_load (path, NULL);
  const char *name;
  json_t *value;
  json_object_foreach (record, name, value) {
    gint64 port = json_is_integer (value) ? json_integer_value (value) : cr_json_peek_int (value, "port", 0);
    if (port > 0)
      g_hash_table_insert (sandbox->endpoints, g_strdup (name),
                           g_strdup_printf ("https://127.0.0.1:%" PRId64, port));
  }
}

LocalSandbox *
local_sandbox_status (const char *state_dir)
{
  LocalSandbox *sandbox = g_new0 (LocalSandbox, 1);
  sandbox->folder = g_build_filename (state_dir, "sandbox", NULL);
  g_autofree char *rules_path = g_build_filename (sandbox->folder, "rules", NULL);
  g_autofree char *rules = cr_file_read_text (rules_path, 32, NULL);
  sandbox->rules = g_strdup (g_strcmp0 (rules, "proposed") == 0 ? "proposed" : "released");
  sandbox->endpoints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sandbox->running = lock_is_held (state_dir);
  if (sandbox->running) {
    sandbox->pid = read_pid (state_dir);
    sandbox->resident_bytes = resident_bytes (sandbox->pid);
  }
  read_endpoints (sandbox);
  return sandbox;
}

gboolean
local_sandbox_reset (const char *state_dir, GError **error)
{
  if (!local_sandbox_stop (state_dir, NULL, error))
    return FALSE;
  g_autofree char *environment = g_build_filename (state_dir, "environment.yaml", NULL);
  if (unlink (environment) != 0 && errno != ENOENT) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot remove %s: %s.", environment, g_strerror (errno));
    return FALSE;
  }
  g_autofree char *folder = g_build_filename (state_dir, "sandbox", NULL);
  return cr_dir_remove (folder, error);
}
