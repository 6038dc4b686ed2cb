/* SPDX-License-Identifier: MIT
 * run start|status|list|output: run an approved query, follow it, see the answer.
 */
#include "cli/answer.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "query/query.h"

#include <string.h>

#define RUN_WAIT_MS (30u * 60 * 1000)

static char *
query_id (WorkflowContext *context, const char *given, GError **error)
{
  char *id = given != NULL ? g_strdup (given) : workflow_context_value ("query", context);
  if (id == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Name it: cleanroom run start QUERY --as NAME",
                  "No query is known here yet.");
  return id;
}

static void
show_warnings (json_t *status)
{
  size_t i;
  json_t *warning;
  json_array_foreach (json_object_get (json_object_get (status, "sandbox"), "warnings"), i, warning) {
    g_autofree char *safe = cr_text_safe (json_is_string (warning) ? json_string_value (warning) : "");
    cli_say ("warning: %s", safe);
  }
}

static gboolean
show_status (Cli *cli, json_t *status)
{
  if (cli_json (cli)) {
    cli_out_json (json_incref (status));
    return TRUE;
  }
  g_autofree char *message = cli_member_text (status, "status.applicationState.errorMessage");
  g_autofree char *engine = cli_member_text (status, "sandbox.engine");
  cli_out ("job     %s\nstate   %s\n", cr_json_peek_string (status, "id"), query_state (status));
  if (*engine != '\0')
    cli_out ("engine  %s\n", engine);
  if (*message != '\0')
    cli_say ("%s", message);
  show_warnings (status);
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *event;
  json_array_foreach (json_object_get (status, "events"), i, event) {
    g_autofree char *time = cli_member_text (event, "firstTimestamp");
    g_autofree char *reason = cli_member_text (event, "reason");
    g_autofree char *text = cli_member_text (event, "message");
    g_ptr_array_add (rows, cli_row (time, reason, text, NULL));
  }
  static const char *const columns[] = { N_ ("Time"), N_ ("Event"), N_ ("Message"), NULL };
  if (rows->len > 0)
    cli_out_table (columns, rows);
  return TRUE;
}

static gboolean
start (Cli *cli, GError **error)
{
  const char *from = cli_value (cli, "from"), *to = cli_value (cli, "to");
  if (!cr_day_range_check (from, to, error) || !cli_check_engine (cli_value (cli, "engine"), error))
    return FALSE;
  WorkflowContext *context = cli_context (cli, error);
  g_autofree char *query = context != NULL ? query_id (context, cli_argument (cli, 0), error) : NULL;
  g_autoptr (QueryAgent) agent = query != NULL ? workflow_context_agent (context, cli_job (cli), error)
                                               : NULL;
  if (agent == NULL)
    return FALSE;
  CliProgress progress;
  cli_progress_attach (&progress, cli);
  g_autofree char *drawn = query_run_id_new ();
  QueryRunRequest request = {
    .run_id = cli_value (cli, "run-id") != NULL ? cli_value (cli, "run-id") : drawn,
    .start_date = from,
    .end_date = to,
    .engine = cli_value (cli, "engine"),
  };
  g_autoptr (json_t) answer = query_run (cli_job (cli), agent, query, &request, error);
  if (answer == NULL)
    return FALSE;
  g_autofree char *job_id = query_job_id (request.run_id);
  g_autoptr (json_t) status = NULL;
  if (cli_flag (cli, "no-wait"))
    status = query_status (cli_job (cli), agent, job_id, error);
  else {
    g_autoptr (json_t) completed = query_wait (cli_job (cli), agent, job_id, RUN_WAIT_MS, &status, error);
    cli_progress_end (&progress);
    if (completed == NULL && status != NULL && cli_json (cli)) {
      /* One object on stdout: the last state and what went wrong. */
      json_t *failure = json_copy (status);
      json_object_update_new (failure,
                              error != NULL && *error != NULL ? cli_error_json (*error) : json_object ());
      cli_set_failure (cli, failure);
    } else if (status != NULL)
      show_status (cli, status);
    return completed != NULL;
  }
  return status != NULL && show_status (cli, status);
}

static gboolean
status (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  g_autoptr (QueryAgent) agent = context != NULL ? workflow_context_agent (context, cli_job (cli), error)
                                                 : NULL;
  if (agent == NULL)
    return FALSE;
  const char *given = cli_argument (cli, 0);
  g_autofree char *job_id = g_str_has_prefix (given, "cl-spark-") ? g_strdup (given) : query_job_id (given);
  g_autoptr (json_t) answer = query_status (cli_job (cli), agent, job_id, error);
  return answer != NULL && show_status (cli, answer);
}

static gboolean
list (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  g_autofree char *query = context != NULL ? query_id (context, cli_argument (cli, 0), error) : NULL;
  g_autoptr (QueryAgent) agent = query != NULL ? workflow_context_agent (context, cli_job (cli), error)
                                               : NULL;
  g_autoptr (json_t) history = agent != NULL ? query_runs (cli_job (cli), agent, query, error) : NULL;
  if (history == NULL)
    return FALSE;
  if (cli_json (cli)) {
    cli_out_json (json_incref (history));
    return TRUE;
  }
  static const char *const columns[] = { "runId",          "startTime",
                                         "endTime",        "isSuccessful",
                                         "stats.rowsRead", "stats.rowsWritten",
                                         "error.message",  NULL };
  return cli_show (cli, json_incref (json_object_get (history, "runs")), columns);
}

static gboolean
output (Cli *cli, GError **error)
{
  g_autoptr (Answer) answer = answer_load (cli, cli_argument (cli, 0), error);
  if (answer == NULL)
    return FALSE;
  if (cli_json (cli))
    cli_out_json (answer_json (answer));
  else
    answer_show (answer, 0);
  return TRUE;
}

static const CliOption start_options[] = {
  { "from", CLI_VALUE, "DAY", N_ ("first day folder to read") },
  { "to", CLI_VALUE, "DAY", N_ ("last day folder to read") },
  { "run-id", CLI_VALUE, "ID", N_ ("repeat a start whose answer was lost") },
  { "engine", CLI_VALUE, "NAME", N_ ("local environment: duckdb or sqlite") },
  { "no-wait", CLI_FLAG, NULL, N_ ("return as soon as it is submitted") },
  { "verbose", CLI_FLAG, NULL, N_ ("show each HTTP call on stderr") },
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption as_options[] = { CLI_AS_OPTIONS, CLI_END };

const CliCommand cli_run_commands[] = {
  { "run start", "[QUERY]", "run an approved query and wait for its end",
    "cleanroom run start --from 2025-09-01 --to 2025-09-02 --as woodgrove", 0, 1, start_options, start,
    TRUE },
  { "run status", "JOB", "state and events of a run", "cleanroom run status cl-spark-3f2a91bc --as woodgrove",
    1, 1, as_options, status, FALSE },
  { "run list", "[QUERY]", "the last runs of a query", "cleanroom run list --as woodgrove", 0, 1, as_options,
    list, FALSE },
  { "run output", "[RUN]", "the answer as a table", "cleanroom run output --as woodgrove", 0, 1, as_options,
    output, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
