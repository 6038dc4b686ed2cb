/* SPDX-License-Identifier: MIT
 * Runs as they are kept: state, events, row counts, and the history object made from them.
 */
#include "sandbox/agent-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define HISTORY_LENGTH 20

/* A write whose failure can only be logged. */
static void
report (Agent *agent, const char *job_id, GError *error)
{
  if (error == NULL)
    return;
  sandbox_log (agent->sandbox, "run %s: %s", job_id, error->message);
  g_error_free (error);
}

static char *
column_of (Agent *agent, const char *sql, const char *job_id)
{
  sqlite3_stmt *statement;
  char *text = NULL;

  cr_db_lock (agent->db);
  statement = cr_db_query (agent->db, NULL, sql, "s", job_id);
  if (statement != NULL && cr_db_step (agent->db, statement, NULL)) {
    text = cr_db_text (statement, 0);
    cr_db_done (statement);
  }
  cr_db_unlock (agent->db);
  return text;
}

gboolean
agent_run_exists (Agent *agent, const char *job_id)
{
  g_autofree char *found = column_of (agent, "SELECT job_id FROM run WHERE job_id = ?", job_id);

  return found != NULL;
}

gboolean
agent_run_add (Agent *agent, const char *job_id, const char *run_id, const char *query_id, const json_t *spec,
               gboolean *is_new, GError **error)
{
  g_autofree char *text = cr_json_dump (spec);
  gboolean done;

  cr_db_lock (agent->db);
  done = cr_db_run (
      agent->db, error,
      "INSERT INTO run (job_id, run_id, query_id, state, spec, submitted) VALUES (?, ?, ?, 'SUBMITTED', ?, ?) "
      "ON CONFLICT DO NOTHING",
      "ssssi", job_id, run_id, query_id, text, cr_now_ms ());
  *is_new = done && sqlite3_changes (cr_db_handle (agent->db)) == 1;
  cr_db_unlock (agent->db);
  return done;
}

gboolean
agent_run_begin (Agent *agent, const char *job_id)
{
  GError *error = NULL;
  gboolean done;

  cr_db_lock (agent->db);
  done = cr_db_run (agent->db, &error,
                    "UPDATE run SET state = 'RUNNING', started = ? WHERE job_id = ? AND state = 'SUBMITTED'",
                    "is", cr_now_ms (), job_id)
         && sqlite3_changes (cr_db_handle (agent->db)) == 1;
  cr_db_unlock (agent->db);
  report (agent, job_id, error);
  return done;
}

void
agent_run_engine (Agent *agent, const char *job_id, const char *engine)
{
  GError *error = NULL;

  cr_db_run (agent->db, &error, "UPDATE run SET engine = ? WHERE job_id = ?", "ss", engine, job_id);
  report (agent, job_id, error);
}

void
agent_run_warning (Agent *agent, const char *job_id, const char *text)
{
  GError *error = NULL;

  cr_db_run (agent->db, &error, "INSERT INTO warning (job_id, text) VALUES (?, ?)", "ss", job_id, text);
  report (agent, job_id, error);
}

void
agent_run_event (Agent *agent, const char *job_id, int id, const char *reason, const char *message)
{
  g_autofree char *random = cr_random_hex (8);
  g_autofree char *name = strcmp (reason, "QUERY_STATISTICS") == 0
                              ? g_strdup_printf ("%s-statistics", job_id)
                              : g_strdup_printf ("%s-event-%d-%s", job_id, id, random);
  GError *error = NULL;

  cr_db_run (agent->db, &error,
             "INSERT INTO event (job_id, name, reason, message, time) VALUES (?, ?, ?, ?, ?)", "ssssi",
             job_id, name, reason, message, cr_now_ms ());
  report (agent, job_id, error);
}

void
agent_run_statistics (Agent *agent, const char *job_id, gint64 rows_read, gint64 rows_written)
{
  GError *error = NULL;

  cr_db_run (agent->db, &error, "UPDATE run SET rows_read = ?, rows_written = ? WHERE job_id = ?", "iis",
             rows_read, rows_written, job_id);
  report (agent, job_id, error);
}

void
agent_run_end (Agent *agent, const char *job_id, const char *error_text)
{
  GError *error = NULL;

  cr_db_run (
      agent->db, &error,
      "UPDATE run SET state = ?, error = ?, ended = ? WHERE job_id = ? AND state IN ('SUBMITTED', 'RUNNING')",
      "ssis", error_text == NULL ? "COMPLETED" : "FAILED", error_text, cr_now_ms (), job_id);
  report (agent, job_id, error);
}

json_t *
agent_run_spec (Agent *agent, const char *job_id)
{
  g_autofree char *text = column_of (agent, "SELECT spec FROM run WHERE job_id = ?", job_id);

  return text != NULL ? cr_json_parse (text, strlen (text), "the stored run", NULL) : NULL;
}

char *
agent_run_raw_id (Agent *agent, const char *job_id)
{
  return column_of (agent, "SELECT run_id FROM run WHERE job_id = ?", job_id);
}

GPtrArray *
agent_runs_in (Agent *agent, const char *state)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *statement;

  cr_db_lock (agent->db);
  statement = cr_db_query (agent->db, NULL, "SELECT job_id FROM run WHERE state = ? ORDER BY submitted", "s",
                           state);
  while (statement != NULL && cr_db_step (agent->db, statement, NULL))
    g_ptr_array_add (ids, cr_db_text (statement, 0));
  cr_db_unlock (agent->db);
  return ids;
}

static json_t *
events_of (Agent *agent, const char *job_id)
{
  json_t *events = json_array ();
  sqlite3_stmt *statement = cr_db_query (
      agent->db, NULL, "SELECT name, reason, message, time FROM event WHERE job_id = ? ORDER BY rowid", "s",
      job_id);

  while (statement != NULL && cr_db_step (agent->db, statement, NULL)) {
    g_autofree char *time = cr_iso8601 (sqlite3_column_int64 (statement, 3));
    json_t *event = json_object ();

    cr_json_set_string (event, "name", (const char *) sqlite3_column_text (statement, 0));
    cr_json_set_string (event, "reason", (const char *) sqlite3_column_text (statement, 1));
    cr_json_set_string (event, "message", (const char *) sqlite3_column_text (statement, 2));
    cr_json_set_string (event, "type", "Normal");
    cr_json_set_string (event, "firstTimestamp", time);
    cr_json_set_string (event, "lastTimestamp", time);
    cr_json_set_int (event, "count", 1);
    json_array_append_new (events, event);
  }
  return events;
}

/* What only the local environment says about a run. */
static json_t *
local_part (Agent *agent, const char *job_id, const char *engine)
{
  json_t *part = json_object ();
  json_t *warnings = json_array ();
  sqlite3_stmt *statement =
      cr_db_query (agent->db, NULL, "SELECT text FROM warning WHERE job_id = ? ORDER BY rowid", "s", job_id);

  while (statement != NULL && cr_db_step (agent->db, statement, NULL))
    json_array_append_new (warnings, json_string ((const char *) sqlite3_column_text (statement, 0)));
  cr_json_set_string (part, "engine", engine);
  cr_json_set (part, "warnings", warnings);
  return part;
}

static void
set_time (json_t *object, const char *key, gint64 time)
{
  g_autofree char *text = time > 0 ? cr_iso8601_seconds (time) : NULL;

  cr_json_set (object, key, text != NULL ? json_string (text) : json_null ());
}

/* The driver exists from the moment the run begins. */
static json_t *
driver_of (const char *job_id)
{
  json_t *driver = json_object ();
  g_autofree char *pod = g_strdup_printf ("%s-driver", job_id);
  g_autofree char *service = g_strdup_printf ("%s-ui-svc", job_id);

  cr_json_set_string (driver, "podName", pod);
  cr_json_set_string (driver, "webUIServiceName", service);
  return driver;
}

/* Columns: state, error, submitted, started, ended, engine. */
static json_t *
status_from_row (Agent *agent, sqlite3_stmt *row, const char *job_id)
{
  json_t *status = json_object (), *details = json_object (), *application = json_object ();
  g_autofree char *state = cr_db_text (row, 0);
  g_autofree char *error = cr_db_text (row, 1);
  g_autofree char *engine = cr_db_text (row, 5);

  cr_json_set_string (application, "state", state);
  cr_json_set (application, "errorMessage", error != NULL ? json_string (error) : json_null ());
  cr_json_set (details, "applicationState", application);
  if (sqlite3_column_int64 (row, 3) > 0)
    cr_json_set (details, "driverInfo", driver_of (job_id));
  cr_json_set_int (details, "executionAttempts", sqlite3_column_int64 (row, 3) > 0);
  cr_json_set (details, "executorState", json_object ());
  cr_json_set_int (details, "submissionAttempts", 1);
  set_time (details, "lastSubmissionAttemptTime", sqlite3_column_int64 (row, 2));
  set_time (details, "terminationTime", sqlite3_column_int64 (row, 4));
  cr_db_done (row);
  cr_json_set_string (status, "id", job_id);
  cr_json_set (status, "status", details);
  cr_json_set (status, "events", events_of (agent, job_id));
  cr_json_set (status, "sandbox", local_part (agent, job_id, engine));
  return status;
}

json_t *
agent_run_status (Agent *agent, const char *job_id)
{
  json_t *status = NULL;
  sqlite3_stmt *row;

  cr_db_lock (agent->db);
  /* A run enters the history when somebody sees its final state for the first time. */
  cr_db_run (agent->db, NULL,
             "UPDATE run SET recorded = (SELECT COALESCE(MAX(recorded), 0) + 1 FROM run) "
             "WHERE job_id = ? AND recorded = 0 AND state IN ('COMPLETED', 'FAILED')",
             "s", job_id);
  row = cr_db_query (agent->db, NULL,
                     "SELECT state, error, submitted, started, ended, engine FROM run WHERE job_id = ?", "s",
                     job_id);
  if (row != NULL && cr_db_step (agent->db, row, NULL))
    status = status_from_row (agent, row, job_id);
  cr_db_unlock (agent->db);
  return status;
}

/* Columns: job_id, started, ended, state, error, rows_read, rows_written. */
static json_t *
history_entry (sqlite3_stmt *row)
{
  json_t *entry = json_object (), *stats = json_object ();
  g_autofree char *error = cr_db_text (row, 4);
  gboolean failed = strcmp ((const char *) sqlite3_column_text (row, 3), "COMPLETED") != 0;
  json_t *problem = json_null ();

  if (failed) {
    problem = json_object ();
    cr_json_set_string (problem, "code", "SPARK_JOB_FAILED");
    cr_json_set_string (problem, "message",
                        error != NULL ? error : "Spark job terminated with state: FAILED");
  }
  cr_json_set_string (entry, "runId", (const char *) sqlite3_column_text (row, 0));
  set_time (entry, "startTime", sqlite3_column_int64 (row, 1));
  set_time (entry, "endTime", sqlite3_column_int64 (row, 2));
  cr_json_set_bool (entry, "isSuccessful", !failed);
  cr_json_set (entry, "error", problem);
  cr_json_set_int (stats, "rowsRead", failed ? 0 : sqlite3_column_int64 (row, 5));
  cr_json_set_int (stats, "rowsWritten", failed ? 0 : sqlite3_column_int64 (row, 6));
  cr_json_set (entry, "stats", stats);
  return entry;
}

static json_t *
history_summary (Agent *agent, const char *query_id)
{
  sqlite3_stmt *row = cr_db_query (
      agent->db, NULL,
      "SELECT COUNT(*), COALESCE(SUM(state = 'COMPLETED'), 0), COALESCE(SUM(ended - COALESCE(started, submitted)), 0), "
      "COALESCE(SUM(CASE WHEN state = 'COMPLETED' THEN rows_read END), 0), "
      "COALESCE(SUM(CASE WHEN state = 'COMPLETED' THEN rows_written END), 0) "
      "FROM run WHERE query_id = ? AND recorded > 0",
      "s", query_id);
  json_t *summary = json_object ();
  gint64 total;
  double seconds;

  if (row == NULL || !cr_db_step (agent->db, row, NULL))
    return summary;
  total = sqlite3_column_int64 (row, 0);
  seconds = (double) sqlite3_column_int64 (row, 2) / 1000;
  cr_json_set_int (summary, "totalRuns", total);
  cr_json_set_int (summary, "successfulRuns", sqlite3_column_int64 (row, 1));
  cr_json_set_int (summary, "failedRuns", total - sqlite3_column_int64 (row, 1));
  cr_json_set (summary, "totalRuntimeSeconds", json_real (seconds));
  cr_json_set (summary, "avgDurationSeconds", json_real (total > 0 ? seconds / (double) total : 0));
  cr_json_set_int (summary, "totalRowsRead", sqlite3_column_int64 (row, 3));
  cr_json_set_int (summary, "totalRowsWritten", sqlite3_column_int64 (row, 4));
  cr_db_done (row);
  return summary;
}

json_t *
agent_run_history (Agent *agent, const char *query_id)
{
  g_autoptr (json_t) runs = json_array ();
  json_t *history = NULL;
  sqlite3_stmt *row;

  cr_db_lock (agent->db);
  row = cr_db_query (
      agent->db, NULL,
      "SELECT job_id, COALESCE(started, submitted), ended, state, error, rows_read, rows_written "
      "FROM run WHERE query_id = ? AND recorded > 0 ORDER BY recorded DESC LIMIT ?",
      "si", query_id, (gint64) HISTORY_LENGTH);
  while (row != NULL && cr_db_step (agent->db, row, NULL))
    json_array_insert_new (runs, 0, history_entry (row)); /* oldest first */
  if (json_array_size (runs) > 0) {
    history = json_object ();
    cr_json_set_string (history, "queryId", query_id);
    cr_json_set (history, "latestRun", json_deep_copy (json_array_get (runs, json_array_size (runs) - 1)));
    cr_json_set (history, "runs", json_incref (runs));
    cr_json_set (history, "summary", history_summary (agent, query_id));
  }
  cr_db_unlock (agent->db);
  return history;
}
