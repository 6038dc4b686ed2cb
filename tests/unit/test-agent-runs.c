/* SPDX-License-Identifier: MIT
 * The agent's record of runs: job ids, dates, states, status objects, the history rules.
 *
 * Linked with agent-runs.c, agent-check.c and stand-ins for the calls they would make over the network.
 */
#include "base/error.h"
#include "base/file.h"
#include "sandbox/agent-private.h"

#include <string.h>

static const char *const schema[] = {
  "CREATE TABLE run (job_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, query_id TEXT NOT NULL, state TEXT NOT NULL,"
  " error TEXT, spec TEXT NOT NULL, submitted INTEGER NOT NULL, started INTEGER, ended INTEGER, engine TEXT,"
  " rows_read INTEGER NOT NULL DEFAULT 0, rows_written INTEGER NOT NULL DEFAULT 0,"
  " recorded INTEGER NOT NULL DEFAULT 0);"
  "CREATE TABLE event (job_id TEXT, name TEXT, reason TEXT, message TEXT, time INTEGER);"
  "CREATE TABLE warning (job_id TEXT, text TEXT);",
  NULL,
};

/* Stand-ins; none of them may be reached by these tests except the log and the refusal. */
void
sandbox_log (Sandbox *sandbox, const char *format, ...)
{
  (void) sandbox;
  (void) format;
}

gboolean
agent_refuse (GError **error, guint status, const char *code, const char *format, ...)
{
  CrRemote remote = { .http_status = status, .code = code };

  cr_set_remote_error (error, CR_ERROR_REFUSED, &remote, NULL, "%s", format);
  return FALSE;
}

json_t *
agent_document (Agent *agent, const char *id, GError **error)
{
  (void) agent;
  agent_refuse (error, 404, "UserDocumentNotFound", "%s", id);
  return NULL;
}

gboolean
agent_consent (Agent *agent, const char *id, const char *option, gboolean *enabled, json_t **reason,
               GError **error)
{
  (void) agent;
  (void) id;
  (void) option;
  (void) error;
  *enabled = TRUE;
  *reason = NULL;
  return TRUE;
}

gboolean
agent_audit (Agent *agent, const char *source, const char *message, GError **error)
{
  (void) agent;
  (void) source;
  (void) message;
  (void) error;
  return TRUE;
}

static Agent *
open_agent (char **folder)
{
  Agent *agent = g_new0 (Agent, 1);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  *folder = g_dir_make_tmp ("agent-XXXXXX", NULL);
  path = g_build_filename (*folder, "runs.db", NULL);
  agent->db = cr_db_open (path, schema, &error);
  g_assert_no_error (error);
  return agent;
}

static void
close_agent (Agent *agent, char *folder)
{
  cr_db_close (agent->db);
  g_free (agent);
  cr_dir_remove (folder, NULL);
  g_free (folder);
}

static void
add_run (Agent *agent, const char *run_id, const char *failure)
{
  g_autofree char *job_id = agent_job_id (run_id);
  g_autoptr (json_t) spec = json_object ();
  gboolean is_new;

  g_assert_true (agent_run_add (agent, job_id, run_id, "q", spec, &is_new, NULL));
  g_assert_true (is_new);
  g_assert_true (agent_run_begin (agent, job_id));
  g_assert_false (agent_run_begin (agent, job_id));
  agent_run_statistics (agent, job_id, 100, 7);
  agent_run_event (agent, job_id, 1001, "DATASET_LOAD_STARTED", "Event_1001 | x");
  agent_run_end (agent, job_id, failure);
}

static const char *
state_of (const json_t *status)
{
  return cr_json_peek_string (json_object_get (json_object_get (status, "status"), "applicationState"),
                              "state");
}

static void
test_job_id (void)
{
  static const char *const ids[][2] = { { "3f2a91bc", "cl-spark-3f2a91bc" },
                                        { "AB_c.d", "cl-spark-ab-c-d" } };
  g_autofree char *wide = g_strnfill (100, 'x');
  g_autofree char *cut = agent_job_id (wide);

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree char *id = agent_job_id (ids[i][0]);
    g_assert_cmpstr (id, ==, ids[i][1]);
  }
  g_assert_cmpuint (strlen (cut), ==, 63);
}

static void
test_dates (void)
{
  static const struct {
    const char *start, *end, *code;
  } dates[] = {
    { NULL, NULL, NULL },
    { "2025-09-01T00:00:00+00:00", "2025-09-02T00:00:00Z", NULL },
    { "2025-09-01", "2025-09-01", NULL },
    { "2025-09-01", NULL, "InvalidDateRange" },
    { NULL, "2025-09-01", "InvalidDateRange" },
    { "2025-09-02", "2025-09-01", "InvalidDateRange" },
    { "2025-09-01T10:00:00+00:00", "2025-09-02", "InvalidDateFormat" },
    { "2025-09-31", "2025-10-01", "InvalidDateFormat" },
    { "tomorrow", "2025-10-01", "InvalidDateFormat" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (dates); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *start = NULL, *end = NULL;
    gboolean good = agent_check_dates (dates[i].start, dates[i].end, &start, &end, &error);

    g_assert_cmpint (good, ==, dates[i].code == NULL);
    g_assert_cmpstr (error != NULL ? cr_error_remote_code (error) : NULL, ==, dates[i].code);
    if (good && dates[i].start != NULL)
      g_assert_cmpstr (start, ==, "2025-09-01");
  }
}

static void
test_states (void)
{
  char *folder;
  Agent *agent = open_agent (&folder);
  g_autoptr (json_t) spec = json_object ();
  gboolean is_new;

  g_assert_true (agent_run_add (agent, "j", "r", "q", spec, &is_new, NULL));
  g_assert_true (agent_run_add (agent, "j", "r", "other", spec, &is_new, NULL));
  g_assert_false (is_new); /* the same run id again */
  json_t *status = agent_run_status (agent, "j");
  g_assert_cmpstr (state_of (status), ==, "SUBMITTED");
  g_assert_null (json_object_get (json_object_get (status, "status"), "driverInfo"));
  json_decref (status);
  g_assert_true (agent_run_begin (agent, "j"));
  agent_run_engine (agent, "j", "duckdb 1");
  agent_run_end (agent, "j", "no luck");
  agent_run_end (agent, "j", NULL); /* final stays final */
  status = agent_run_status (agent, "j");
  g_assert_cmpstr (state_of (status), ==, "FAILED");
  g_assert_cmpstr (cr_json_peek_string (json_object_get (status, "sandbox"), "engine"), ==, "duckdb 1");
  json_decref (status);
  g_assert_null (agent_run_status (agent, "unknown"));
  close_agent (agent, folder);
}

static void
test_history (void)
{
  char *folder;
  Agent *agent = open_agent (&folder);
  json_t *history;

  for (int i = 0; i < 25; i++) {
    g_autofree char *run_id = g_strdup_printf ("run%02d", i);
    add_run (agent, run_id, i == 3 ? "broken" : NULL);
  }
  g_assert_null (agent_run_history (agent, "q")); /* nobody has looked at a final state yet */
  for (int i = 0; i < 25; i++) {
    g_autofree char *job_id = g_strdup_printf ("cl-spark-run%02d", i);
    json_decref (agent_run_status (agent, job_id));
    json_decref (agent_run_status (agent, job_id)); /* counted once */
  }
  history = agent_run_history (agent, "q");
  const json_t *runs = json_object_get (history, "runs"), *summary = json_object_get (history, "summary");
  g_assert_cmpuint (json_array_size (runs), ==, 20);
  g_assert_cmpstr (cr_json_peek_string (json_array_get (runs, 0), "runId"), ==, "cl-spark-run05");
  g_assert_cmpstr (cr_json_peek_string (json_object_get (history, "latestRun"), "runId"), ==,
                   "cl-spark-run24");
  g_assert_cmpint (cr_json_peek_int (summary, "totalRuns", 0), ==, 25);
  g_assert_cmpint (cr_json_peek_int (summary, "failedRuns", 0), ==, 1);
  g_assert_cmpint (cr_json_peek_int (summary, "totalRowsRead", 0), ==, 2400);
  g_assert_cmpint (cr_json_peek_int (summary, "totalRowsWritten", 0), ==, 168);
  json_decref (history);
  close_agent (agent, folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/job-id", test_job_id);
  g_test_add_func ("/agent/dates", test_dates);
  g_test_add_func ("/agent/states", test_states);
  g_test_add_func ("/agent/history", test_history);
  return g_test_run ();
}
