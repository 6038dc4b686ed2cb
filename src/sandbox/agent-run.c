/* SPDX-License-Identifier: MIT
 * One run: a folder of its own, inputs in, the query process, output out, everything removed again.
 */
#include "sandbox/agent-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <string.h>

#define ROOM_PROGRAM "cleanroom-room"
#define SOURCE_AGENT "spark-analytics-agent"
#define MAX_LINE (1024 * 1024)
#define LOST_REASON                                                                                          \
  "The clean room was stopped while the run was going on. "                                                  \
  "Its output may be missing or incomplete; start the query again with a new run id."

/* What the query process said at its end. */
typedef struct {
  Agent *agent;
  const char *job_id;
  char *failure;    /* text of QUERY_EXECUTION_FAILED or of an "error" line */
  gboolean written; /* statistics came: the run is complete */
  json_t *late;     /* what success may only say once the output has arrived */
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->failure);
  json_decref (outcome->late);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
audit (Agent *agent, const char *job_id, const char *source, const char *message)
{
  g_autoptr (GError) error = NULL;

  /* As in the public application: an event that cannot be delivered is logged and does not fail the query. */
  if (!agent_audit (agent, source, message, &error))
    sandbox_log (agent->sandbox, "run %s: an audit event was not stored: %s", job_id, error->message);
}

/* Next to this program, or where it is installed. Gives. */
static char *
room_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  char *path = folder != NULL ? g_build_filename (folder, ROOM_PROGRAM, NULL) : NULL;

  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return path;
  g_free (path);
  return g_build_filename (PKGLIBEXECDIR, ROOM_PROGRAM, NULL);
}

/* The events of a finished output must not be told before the output is in the sink. */
static gboolean
is_late (int id)
{
  return id == 1005 || id == 3005 || id == 1011 || id == 3003 || id == 2001;
}

static void
deliver (Outcome *outcome, const json_t *line)
{
  const char *kind = cr_json_peek_string (line, "kind");
  const char *name = cr_json_peek_string (line, "name");
  const char *message = cr_json_peek_string (line, "message");
  int id = (int) cr_json_peek_int (line, "id", 0);

  if (kind == NULL || (message == NULL && name == NULL))
    return;
  if (strcmp (kind, "audit") == 0 && message != NULL)
    audit (outcome->agent, outcome->job_id, cr_json_peek_string (line, "source"), message);
  else if (strcmp (kind, "operational") == 0 && message != NULL && name != NULL)
    agent_run_event (outcome->agent, outcome->job_id, id, name, message);
  else if (strcmp (kind, "statistics") == 0 && message != NULL && name != NULL) {
    agent_run_event (outcome->agent, outcome->job_id, id, name, message);
    agent_run_statistics (outcome->agent, outcome->job_id, cr_json_peek_int (line, "rowsRead", 0),
                          cr_json_peek_int (line, "rowsWritten", 0));
  } else if (strcmp (kind, "engine") == 0 && name != NULL)
    agent_run_engine (outcome->agent, outcome->job_id, name);
  else if ((strcmp (kind, "warning") == 0 || strcmp (kind, "note") == 0) && message != NULL)
    agent_run_warning (outcome->agent, outcome->job_id, message);
}

static void
take_line (Outcome *outcome, const char *text, gsize length)
{
  static const char failed[] = "Event_1012 | Query execution failed: ";
  g_autoptr (json_t) line = length <= MAX_LINE ? cr_json_parse (text, length, "an event", NULL) : NULL;
  const char *kind = line != NULL ? cr_json_peek_string (line, "kind") : NULL;
  const char *message = line != NULL ? cr_json_peek_string (line, "message") : NULL;
  int id = line != NULL ? (int) cr_json_peek_int (line, "id", 0) : 0;

  if (line == NULL) {
    sandbox_log (outcome->agent->sandbox, "run %s: the query process wrote a line that is no event",
                 outcome->job_id);
    return;
  }
  if (message != NULL && outcome->failure == NULL
      && (g_strcmp0 (kind, "error") == 0 || g_str_has_prefix (message, failed)))
    outcome->failure = g_strdup (g_str_has_prefix (message, failed) ? message + strlen (failed) : message);
  outcome->written = outcome->written || g_strcmp0 (kind, "statistics") == 0;
  if (is_late (id))
    json_array_append (outcome->late, line);
  else
    deliver (outcome, line);
}

/* Keep the process where a stop of the sandbox finds it. FALSE when the sandbox is stopping. */
static gboolean
register_child (Agent *agent, const char *job_id, GSubprocess *child)
{
  gboolean go;

  g_mutex_lock (&agent->lock);
  go = !agent->stopping;
  if (child == NULL)
    g_hash_table_remove (agent->children, job_id);
  else if (go)
    g_hash_table_insert (agent->children, g_strdup (job_id), g_object_ref (child));
  g_mutex_unlock (&agent->lock);
  return go;
}

static gboolean
execute (Agent *agent, const char *job_id, const char *folder, Outcome *outcome, GError **error)
{
  g_autofree char *program = room_program ();
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  const char *const arguments[] = { program, folder, NULL };
  const char *library = g_getenv ("CLEANROOM_DUCKDB");
  const char *const nothing[] = { "LC_ALL=C.UTF-8", NULL };
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  char *line;
  gsize length;

  g_subprocess_launcher_set_environ (launcher, (char **) (guintptr) nothing);
  if (library != NULL)
    g_subprocess_launcher_setenv (launcher, "CLEANROOM_DUCKDB", library, TRUE);
  g_subprocess_launcher_set_cwd (launcher, folder);
  child = g_subprocess_launcher_spawnv (launcher, arguments, error);
  if (child == NULL) {
    g_prefix_error (error, "The query process %s does not start: ", program);
    return FALSE;
  }
  if (!register_child (agent, job_id, child))
    g_subprocess_force_exit (child);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  while ((line = g_data_input_stream_read_line (lines, &length, NULL, NULL)) != NULL) {
    take_line (outcome, line, length);
    g_free (line);
  }
  g_subprocess_wait (child, NULL, NULL);
  register_child (agent, job_id, NULL);
  if (g_subprocess_get_successful (child) && outcome->written)
    return TRUE;
  if (outcome->failure != NULL)
    cr_set_error (error, CR_ERROR_FAILED, NULL, "%s", outcome->failure);
  else if (g_subprocess_get_if_signaled (child))
    cr_set_error (error, CR_ERROR_FAILED, NULL, "%s",
                  g_subprocess_get_term_sig (child) == 14 ? "The query took longer than the clean room allows"
                                                          : "The query process was stopped");
  else
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The query process ended without an answer");
  return FALSE;
}

static gboolean
prepare (Agent *agent, const json_t *spec, const char *folder, GError **error)
{
  const json_t *stores = json_object_get (spec, "stores");
  g_autofree char *job_file = g_build_filename (folder, "job.json", NULL);
  json_t *store;
  gsize index;

  if (!cr_dir_remove (folder, error) || !cr_dir_make (folder, 0700, error))
    return FALSE;
  json_array_foreach (stores, index, store) {
    g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT, index);
    g_autofree char *into = g_build_filename (folder, "in", name, NULL);

    if (!cr_dir_make (into, 0700, error) || !agent_store_download (agent, store, into, error)) {
      g_prefix_error (error, "Mount point for %s is not available. Blobfuse exited with error : ",
                      cr_json_peek_string (store, "dataset"));
      return FALSE;
    }
  }
  return cr_json_save (json_object_get (spec, "job"), job_file, 0600, error);
}

/* The output is in the run folder: bring it to the sink, then say so. */
static gboolean
publish (Agent *agent, const json_t *spec, const char *folder, Outcome *outcome, GError **error)
{
  g_autofree char *out = g_build_filename (folder, "out", NULL);
  json_t *line;
  gsize index;

  if (!agent_store_upload (agent, json_object_get (spec, "sink"), out, error))
    return FALSE;
  cr_fault_point ("run-uploaded");
  json_array_foreach (outcome->late, index, line)
    deliver (outcome, line);
  return TRUE;
}

/* Storage failed after the query: the same events as a failed write. */
static void
tell_write_failed (Agent *agent, const char *job_id, const char *run_id, const json_t *spec,
                   const char *reason)
{
  const json_t *sink = json_object_get (json_object_get (spec, "job"), "datasink");
  const char *name = cr_json_peek_string (sink, "name");
  g_autofree char *path = g_strdup_printf ("/mnt/remote/%s/%s", name, agent->contract_id);
  g_autofree char *event = g_strdup_printf ("Event_1006 | Failed to write dataset %s to %s: %s", name, path,
                                            reason);
  g_autofree char *failed = g_strdup_printf ("Event_1012 | Query execution failed: %s", reason);
  g_autofree char *write = g_strdup_printf (
      "Event_DATASET_WRITE_FAILED_3006 | Dataset write failed to %s | dataset: %s | job id: %s | reason: %s",
      path, name, run_id, reason);
  g_autofree char *query =
      g_strdup_printf ("Event_QUERY_FAILED_3004 | Query failed | job id: %s | reason: %s", run_id, reason);

  agent_run_event (agent, job_id, 1006, "DATASET_WRITE_FAILED", event);
  audit (agent, job_id, "dataset_loader", write);
  agent_run_event (agent, job_id, 1012, "QUERY_EXECUTION_FAILED", failed);
  audit (agent, job_id, "run_query", query);
}

static void
run_one (Agent *agent, const char *job_id)
{
  g_autoptr (json_t) spec = agent_run_spec (agent, job_id);
  g_autofree char *run_id = agent_run_raw_id (agent, job_id);
  g_autofree char *folder = g_build_filename (sandbox_folder (agent->sandbox), "runs", job_id, NULL);
  g_auto (Outcome) outcome = { .agent = agent, .job_id = job_id, .late = json_array () };
  g_autoptr (GError) error = NULL;
  gboolean executed;

  if (spec == NULL || !agent_run_begin (agent, job_id))
    return;
  sandbox_log (agent->sandbox, "run %s begins", job_id);
  executed = prepare (agent, spec, folder, &error) && execute (agent, job_id, folder, &outcome, &error);
  if (executed && !publish (agent, spec, folder, &outcome, &error))
    tell_write_failed (agent, job_id, run_id, spec, error->message);
  if (!cr_dir_remove (folder, error == NULL ? &error : NULL))
    sandbox_log (agent->sandbox, "run %s: its folder could not be removed", job_id);
  agent_run_end (agent, job_id, error != NULL ? error->message : NULL);
  sandbox_log (agent->sandbox, "run %s ends: %s", job_id, error != NULL ? error->message : "completed");
}

/* A run that was going on when the sandbox died: its state becomes final and the ledger learns why. */
static void
close_lost (Agent *agent, const char *job_id)
{
  g_autofree char *run_id = agent_run_raw_id (agent, job_id);
  g_autofree char *folder = g_build_filename (sandbox_folder (agent->sandbox), "runs", job_id, NULL);
  g_autofree char *event = g_strdup_printf ("Event_1012 | Query execution failed: %s", LOST_REASON);
  g_autofree char *text = g_strdup_printf ("Event_QUERY_FAILED_3004 | Query failed | job id: %s | reason: %s",
                                           run_id, LOST_REASON);

  cr_dir_remove (folder, NULL);
  agent_run_event (agent, job_id, 1012, "QUERY_EXECUTION_FAILED", event);
  agent_run_end (agent, job_id, LOST_REASON);
  audit (agent, job_id, "run_query", text);
}

void
agent_worker (gpointer data, gpointer user_data)
{
  g_autofree char *job_id = data;
  Agent *agent = user_data;

  if (*job_id == '!')
    close_lost (agent, job_id + 1);
  else
    run_one (agent, job_id);
}

void
agent_start_run (Agent *agent, const char *job_id)
{
  g_mutex_lock (&agent->lock);
  if (!agent->stopping)
    g_thread_pool_push (agent->workers, g_strdup (job_id), NULL);
  g_mutex_unlock (&agent->lock);
}
