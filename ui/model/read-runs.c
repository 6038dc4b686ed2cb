/* SPDX-License-Identifier: MIT
 * Runs of the agreed queries and one run in detail, from the analytics agent.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "query/query.h"

#include <glib/gi18n.h>
#include <string.h>

static gint64
time_of (const json_t *object, const char *key)
{
  const char *text = cr_json_peek_string (object, key);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, zone) : NULL;
  return time != NULL ? g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000 : 0;
}

static UiRunRow *
row_from_history (UiReading *reading, const char *query, const json_t *from)
{
  UiArena *arena = reading->arena;
  const json_t *stats = json_object_get (from, "stats");
  UiRunRow *row = UI_TAKE (arena, UiRunRow);
  row->id = ui_text_or_empty (arena, cr_json_peek_string (from, "runId"));
  row->query = ui_text_or_empty (arena, query);
  row->final = TRUE;
  row->ok = cr_json_peek_bool (from, "isSuccessful", FALSE);
  row->state = ui_text (arena, row->ok ? "COMPLETED" : "FAILED");
  row->started_ms = time_of (from, "startTime");
  row->ended_ms = time_of (from, "endTime");
  row->rows_read = cr_json_peek_int (stats, "rowsRead", -1);
  row->rows_written = cr_json_peek_int (stats, "rowsWritten", -1);
  row->error = ui_member (arena, json_object_get (from, "error"), "message");
  return row;
}

static UiRunRow *
row_from_status (UiReading *reading, const json_t *status)
{
  UiArena *arena = reading->arena;
  const json_t *details = json_object_get (status, "status");
  UiRunRow *row = UI_TAKE (arena, UiRunRow);
  row->id = ui_text_or_empty (arena, cr_json_peek_string (status, "id"));
  row->query = ui_text (arena, "");
  row->state = ui_text (arena, query_state (status));
  row->final = query_state_final (row->state);
  row->ok = strcmp (row->state, "COMPLETED") == 0;
  row->started_ms = time_of (details, "lastSubmissionAttemptTime");
  row->ended_ms = time_of (details, "terminationTime");
  row->rows_read = row->rows_written = -1;
  row->error = ui_member (arena, json_object_get (details, "applicationState"), "errorMessage");
  return row;
}

static gboolean
has_run (const UiRuns *it, const char *id)
{
  for (guint i = 0; i < it->runs->len; i++)
    if (strcmp (((const UiRunRow *) g_ptr_array_index (it->runs, i))->id, id) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
add_history (UiReading *reading, UiRuns *it, QueryAgent *agent, const char *query, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) history = query_runs (reading->job, agent, query, &problem);
  if (history == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE; /* it never ran */
  if (history == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  ui_reading_saw (reading, history);
  const json_t *runs = json_object_get (history, "runs");
  for (size_t i = 0; i < json_array_size (runs); i++)
    g_ptr_array_add (it->runs, row_from_history (reading, query, json_array_get (runs, i)));
  const char *name;
  json_t *value;
  json_object_foreach (json_object_get (history, "summary"), name, value) {
    g_autofree char *text = json_is_string (value) ? g_strdup (json_string_value (value))
                                                   : cr_json_dump (value);
    ui_add_pair (reading->arena, it->summary, name, text);
  }
  return TRUE;
}

/* A run enters the history when it has ended: the one of this persona may still be on its way. */
static void
add_present (UiReading *reading, UiRuns *it, QueryAgent *agent)
{
  g_autofree char *job_id = workflow_context_recall (reading->context, "job");
  if (job_id == NULL || has_run (it, job_id))
    return;
  g_autoptr (json_t) status = query_status (reading->job, agent, job_id, NULL);
  if (status == NULL)
    return;
  ui_reading_saw (reading, status);
  UiRunRow *row = row_from_status (reading, status);
  g_autofree char *query = workflow_context_value ("query", reading->context);
  row->query = ui_text_or_empty (reading->arena, query);
  g_ptr_array_add (it->runs, row);
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  const UiRunRow *left = *(const UiRunRow *const *) a, *right = *(const UiRunRow *const *) b;
  return (left->started_ms < right->started_ms) - (left->started_ms > right->started_ms);
}

static gboolean
add_queries (UiReading *reading, UiRuns *it, CcfClient *client, const char *contract, GError **error)
{
  g_autoptr (json_t) list = cgs_user_document_list (reading->job, client, contract, "type:spark-application",
                                                    error);
  if (list == NULL)
    return FALSE;
  for (size_t i = 0; i < json_array_size (list); i++) {
    const char *id = cr_json_peek_string (json_array_get (list, i), "id");
    g_autoptr (json_t) document = id != NULL
                                      ? cgs_user_document_show (reading->job, client, contract, id, NULL)
                                      : NULL;
    if (g_strcmp0 (cr_json_peek_string (document, "state"), "Accepted") == 0)
      ui_add_text (reading->arena, it->queries, id);
    ui_reading_saw_text (reading, cr_json_peek_string (document, "state"));
  }
  return TRUE;
}

gboolean
ui_read_runs (UiReading *reading, GError **error)
{
  UiRuns *it = reading->value;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autofree char *contract = client != NULL ? ui_reading_contract (reading, error) : NULL;
  if (contract == NULL || !add_queries (reading, it, client, contract, error))
    return FALSE;
  if (workflow_context_who (reading->context)->member) {
    it->note = ui_text (reading->arena,
                        _ ("Runs belong to the users; members see them in the audit events."));
    it->why_not_start = it->note;
    return TRUE;
  }
  if (it->queries->len == 0) {
    it->note = ui_text (reading->arena, _ ("No query is agreed yet."));
    it->why_not_start = it->note;
    return TRUE;
  }
  g_autoptr (QueryAgent) agent = workflow_context_agent (reading->context, reading->job, error);
  if (agent == NULL)
    return FALSE;
  for (guint i = 0; i < it->queries->len; i++)
    if (!add_history (reading, it, agent, g_ptr_array_index (it->queries, i), error))
      return FALSE;
  add_present (reading, it, agent);
  g_ptr_array_sort (it->runs, newest_first);
  it->can_start = TRUE;
  return cr_job_check (reading->job, error);
}

/* ---- one run ---- */

static void
add_events (UiReading *reading, UiRun *it, const json_t *status)
{
  const json_t *events = json_object_get (status, "events");
  for (size_t i = 0; i < json_array_size (events); i++) {
    const json_t *from = json_array_get (events, i);
    UiRunEvent *event = UI_TAKE (reading->arena, UiRunEvent);
    event->at_ms = time_of (from, "firstTimestamp");
    event->type = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "type"));
    event->reason = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "reason"));
    event->text = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "message"));
    g_ptr_array_add (it->history, event);
  }
}

static void
add_statistics (UiReading *reading, UiRun *it, UiRunRow *row, QueryAgent *agent, const json_t *status)
{
  const char *name;
  json_t *value;
  json_object_foreach (json_object_get (status, "sandbox"), name, value) {
    if (json_is_array (value)) {
      for (size_t i = 0; i < json_array_size (value); i++)
        ui_add_pair (reading->arena, it->statistics, name, json_string_value (json_array_get (value, i)));
      continue;
    }
    g_autofree char *text = json_is_string (value) ? g_strdup (json_string_value (value))
                                                   : cr_json_dump (value);
    ui_add_pair (reading->arena, it->statistics, name, text);
  }
  g_autofree char *query = workflow_context_value ("query", reading->context);
  g_autoptr (json_t) history = query != NULL && row->final ? query_runs (reading->job, agent, query, NULL)
                                                           : NULL;
  const json_t *runs = json_object_get (history, "runs");
  for (size_t i = 0; i < json_array_size (runs); i++) {
    const json_t *run = json_array_get (runs, i);
    if (g_strcmp0 (cr_json_peek_string (run, "runId"), row->id) != 0)
      continue;
    row->query = ui_text_or_empty (reading->arena, query);
    row->started_ms = time_of (run, "startTime");
    row->ended_ms = time_of (run, "endTime");
    json_object_foreach (json_object_get (run, "stats"), name, value) {
      g_autofree char *text = cr_json_dump (value);
      ui_add_pair (reading->arena, it->statistics, name, text);
    }
    row->rows_read = cr_json_peek_int (json_object_get (run, "stats"), "rowsRead", -1);
    row->rows_written = cr_json_peek_int (json_object_get (run, "stats"), "rowsWritten", -1);
  }
}

static gboolean
owns_output (UiReading *reading)
{
  for (guint i = 0; i < reading->scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (reading->scenario->datasets, i);
    if (dataset->output && g_str_equal (dataset->owner, reading->persona))
      return TRUE;
  }
  return FALSE;
}

gboolean
ui_read_run (UiReading *reading, GError **error)
{
  UiRun *it = reading->value;
  g_autoptr (QueryAgent) agent = workflow_context_agent (reading->context, reading->job, error);
  g_autofree char *job_id = g_str_has_prefix (reading->object, "cl-spark-") ? g_strdup (reading->object)
                                                                            : query_job_id (reading->object);
  g_autoptr (json_t) status = agent != NULL ? query_status (reading->job, agent, job_id, error) : NULL;
  if (status == NULL)
    return FALSE;
  ui_reading_saw (reading, status);
  UiRunRow *row = row_from_status (reading, status);
  add_events (reading, it, status);
  add_statistics (reading, it, row, agent, status);
  it->run = row;
  it->has_output = row->ok && owns_output (reading);
  if (row->final && !row->ok) {
    const char *hint = query_failure_hint (row->error);
    UiProblem *problem = UI_TAKE (reading->arena, UiProblem);
    problem->code = CR_ERROR_FAILED;
    problem->what = ui_text (reading->arena, _ ("The run failed."));
    problem->why = row->error;
    problem->next = ui_text (reading->arena, hint != NULL ? hint : _ ("The audit events tell more."));
    problem->remote_code = ui_text (reading->arena, "SPARK_JOB_FAILED");
    it->failure = problem;
  }
  return cr_job_check (reading->job, error);
}
