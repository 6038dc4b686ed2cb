/* SPDX-License-Identifier: MIT
 * an.wg.run: start the agreed query in the clean room and wait for its end.
 */
#include "workflow/actions-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define READY_TIMEOUT_MS (60u * 1000)

gboolean
action_run_check (GHashTable *inputs, GError **error)
{
  return cr_day_range_check (g_hash_table_lookup (inputs, "from"), g_hash_table_lookup (inputs, "to"), error);
}

/* Everybody must have agreed; who has not is named by the step's needs. */
static gboolean
check_agreed (WorkflowCall *call, CcfClient *client, const char *contract, const char *query, GError **error)
{
  g_autoptr (json_t) document = cgs_user_document_show (workflow_call_job (call), client, contract, query,
                                                        error);
  if (document == NULL)
    return FALSE;
  if (g_str_equal (action_state (document), "Accepted"))
    return TRUE;
  if (g_str_equal (action_state (document), "Proposed"))
    cr_set_error (error, CR_ERROR_WAITING, "They have to take the step an.user.approve.",
                  "Not everybody has agreed to the query %s yet.", query);
  else
    cr_set_error (error, CR_ERROR_REFUSED,
                  "Propose the query again: cleanroom step run woodgrove an.wg.query-add --force",
                  "The query %s was rejected or withdrawn.", query);
  return FALSE;
}

/* Does FOLDER have a day folder from FROM to TO? */
static gboolean
has_day (const char *folder, const char *from, const char *to)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir)) {
    g_autoptr (GDate) day = cr_day_parse (name, NULL);
    if (day != NULL && strcmp (name, from) >= 0 && strcmp (name, to) <= 0)
      return TRUE;
  }
  return FALSE;
}

/* A range that no day folder of a dataset matches makes the clean room read all of it. */
static void
warn_about_days (WorkflowCall *call, const char *from, const char *to)
{
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  const char *persona = workflow_context_persona (workflow_call_context (call));
  for (guint i = 0; *from != '\0' && i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (dataset->output || !g_str_equal (dataset->owner, persona))
      continue;
    g_autofree char *folder = action_dataset_folder (call, dataset);
    if (!has_day (folder, from, to)) {
      g_autofree char *text = g_strdup_printf (
          _ ("No day folder of %s lies between %s and %s: all of it will be read."), dataset->name, from, to);
      cr_job_notice (workflow_call_job (call), "warning", text);
      workflow_call_say (call, "%s", text);
    }
  }
}

/* The record of JOB_ID in the history of a query; NULL when it is not there. Borrowed. */
static const json_t *
find_run (const json_t *history, const char *job_id)
{
  const json_t *runs = json_object_get (history, "runs");
  for (size_t i = json_array_size (runs); i > 0; i--) {
    const json_t *run = json_array_get (runs, i - 1);
    if (g_strcmp0 (cr_json_peek_string (run, "runId"), job_id) == 0)
      return run;
  }
  const json_t *latest = json_object_get (history, "latestRun");
  return g_strcmp0 (cr_json_peek_string (latest, "runId"), job_id) == 0 ? latest : NULL;
}

/* Rows and engine, from what the agent says about the run. */
static gboolean
record_statistics (WorkflowCall *call, QueryAgent *agent, const char *query, const char *job_id,
                   const json_t *status, GError **error)
{
  g_autoptr (json_t) history = query_runs (workflow_call_job (call), agent, query, error);
  if (history == NULL)
    return FALSE;
  const json_t *run = find_run (history, job_id);
  const json_t *stats = json_object_get (run, "stats");
  json_t *result = workflow_call_result (call);
  cr_json_set_int (result, "rows_read", cr_json_peek_int (stats, "rowsRead", 0));
  cr_json_set_int (result, "rows_written", cr_json_peek_int (stats, "rowsWritten", 0));
  /* Only the local environment says which engine ran; elsewhere it is Spark. */
  const char *engine = cr_json_peek_string (json_object_get (status, "sandbox"), "engine");
  workflow_call_set (call, "engine", engine != NULL ? engine : "spark");
  workflow_call_say (call, "%" PRId64 " rows read, %" PRId64 " rows written.",
                     cr_json_peek_int (stats, "rowsRead", 0), cr_json_peek_int (stats, "rowsWritten", 0));
  return TRUE;
}

/* Wait for the end. A run that failed for good must not be taken up again: the next attempt is a new run. */
static json_t *
wait_for_end (WorkflowCall *call, QueryAgent *agent, const char *job_id, GError **error)
{
  g_autoptr (json_t) status = NULL;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) last = query_wait (workflow_call_job (call), agent, job_id, 0, &status, &problem);
  if (last != NULL)
    return g_steal_pointer (&last);
  if (status != NULL && query_state_final (query_state (status)))
    workflow_journal_renew (workflow_context_journal (workflow_call_context (call)),
                            workflow_call_scenario (call)->name, workflow_call_step (call)->id, NULL);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

ACTION (action_run)
{
  WorkflowContext *context = workflow_call_context (call);
  CrJob *job = workflow_call_job (call);
  const char *from = workflow_call_input (call, "from"), *to = workflow_call_input (call, "to");
  const char *engine = workflow_call_input (call, "engine");
  g_autofree char *contract = action_contract (call, error);
  g_autofree char *query = contract != NULL ? workflow_call_public (call, "analytics.query-id", error) : NULL;
  CcfClient *client = query != NULL ? action_ledger (call, error) : NULL;
  if (client == NULL || !check_agreed (call, client, contract, query, error))
    return FALSE;
  warn_about_days (call, from, to);
  g_autoptr (QueryAgent) agent = workflow_context_agent (context, job, error);
  if (agent == NULL || !query_agent_wait_ready (job, agent, READY_TIMEOUT_MS, error))
    return FALSE;
  g_autofree char *run_id = workflow_call_intent_id (call, "run", "", 8, error);
  if (run_id == NULL)
    return FALSE;
  QueryRunRequest request = {
    .run_id = run_id,
    .start_date = *from != '\0' ? from : NULL,
    .end_date = *to != '\0' ? to : NULL,
    .engine = *engine != '\0' ? engine : NULL,
  };
  g_autoptr (json_t) answer = query_run (job, agent, query, &request, error);
  if (answer == NULL)
    return FALSE;
  cr_fault_point ("run-started");
  g_autofree char *job_id = query_job_id (run_id);
  workflow_call_set (call, "id", run_id);
  workflow_call_set (call, "job_id", job_id);
  workflow_call_set (call, "query", query);
  workflow_call_say (call, "The run %s has started.", job_id);
  g_autoptr (json_t) status = wait_for_end (call, agent, job_id, error);
  if (status == NULL)
    return FALSE;
  cr_fault_point ("run-ended");
  workflow_call_set (call, "state", query_state (status));
  return record_statistics (call, agent, query, job_id, status, error)
         && workflow_context_remember (context, "run", run_id, error)
         && workflow_context_remember (context, "job", job_id, error);
}

PROBE (probe_run)
{
  const char *state = cr_json_peek_string (workflow_call_result (call), "state");
  if (state != NULL)
    return g_strdup (state);
  WorkflowContext *context = workflow_call_context (call);
  g_autofree char *job_id = workflow_context_recall (context, "job");
  if (job_id == NULL)
    return g_strdup ("none");
  g_autoptr (QueryAgent) agent = workflow_context_agent (context, workflow_call_job (call), error);
  g_autoptr (json_t) status = agent != NULL ? query_status (workflow_call_job (call), agent, job_id, error)
                                            : NULL;
  return status != NULL ? g_strdup (query_state (status)) : NULL;
}
