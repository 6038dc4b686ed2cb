/* SPDX-License-Identifier: MIT
 * The agent's REST calls (analytics agent REST API, release 8.0.0; headers of the older generation too).
 */
#include "sandbox/agent-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

gboolean
agent_refuse (GError **error, guint status, const char *code, const char *format, ...)
{
  g_autofree char *message = NULL;
  CrRemote remote = { .http_status = status, .code = code };
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  remote.message = message;
  cr_set_remote_error (error, CR_ERROR_REFUSED, &remote, NULL, "%s", message);
  return FALSE;
}

void
agent_respond_error (SandboxResponse *response, const GError *error)
{
  const char *code = cr_error_remote_code (error);
  const char *message = cr_error_remote_message (error);
  guint status = cr_error_http_status (error);

  sandbox_respond_error (response, status >= 400 ? status : 500, code != NULL ? code : "HttpRequestException",
                         "%s", message != NULL ? message : error->message);
}

/* The user's token from any of the three headers; NULL after answering. Borrowed from REQUEST. */
static const char *
user_token (const SandboxRequest *request, SandboxResponse *response)
{
  static const char *const headers[] = { "x-ms-cleanroom-authorization", "local-authorization",
                                         "authorization" };

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
    const char *value = sandbox_request_header (request, headers[i]);
    const char *space = value != NULL ? strchr (value, ' ') : NULL;

    if (space != NULL && space[1] != '\0' && strchr (space + 1, ' ') == NULL)
      return space + 1;
    if (value != NULL)
      break;
  }
  sandbox_respond_error (response, 500, "Exception", "Expecting Authorization header to be present.");
  return NULL;
}

static gboolean
signed_in (Agent *agent, const SandboxRequest *request, SandboxResponse *response, gboolean cached)
{
  g_autoptr (GError) error = NULL;
  const char *token = user_token (request, response);

  if (token == NULL)
    return FALSE;
  if (agent_user_active (agent, token, cached, &error))
    return TRUE;
  agent_respond_error (response, error);
  return FALSE;
}

static void
get_ready (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  json_t *answer = json_object ();

  (void) sandbox;
  (void) request;
  cr_json_set_string (answer, "status", "up");
  sandbox_respond_json (response, 200, answer);
}

static void
get_show (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = agent_get (sandbox);
  json_t *answer = json_object (), *variables = json_object ();

  (void) request;
  cr_json_set_string (variables, "CCRGOV_ENDPOINT", agent->ccf_url);
  cr_json_set_string (variables, "CCRGOV_API_PATH_PREFIX", agent->contract_path);
  cr_json_set_string (variables, "SNP_HOST_DATA", agent->host_data);
  cr_json_set (answer, "environmentVariables", variables);
  sandbox_respond_json (response, 200, answer);
}

static void
respond_detail (SandboxResponse *response, const char *format, const char *value)
{
  json_t *answer = json_object ();
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);
  g_autofree char *text = g_strconcat (parts[0], value, parts[1], NULL);

  cr_json_set_string (answer, "detail", text);
  sandbox_respond_json (response, 404, answer);
}

static void
get_status (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = agent_get (sandbox);
  const char *job_id = sandbox_request_parameter (request, 0);
  json_t *status;

  if (!signed_in (agent, request, response, TRUE))
    return;
  status = agent_run_status (agent, job_id);
  if (status != NULL)
    sandbox_respond_json (response, 200, status);
  else
    respond_detail (response, "Job with ID %s not found", job_id);
}

static void
get_runs (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = agent_get (sandbox);
  const char *query_id = sandbox_request_parameter (request, 0);
  json_t *history;

  if (!signed_in (agent, request, response, TRUE))
    return;
  history = agent_run_history (agent, query_id);
  if (history != NULL)
    sandbox_respond_json (response, 200, history);
  else
    respond_detail (response, "No run history found for query ID: %s", query_id);
}

static void
respond_validation (SandboxResponse *response, const char *field, const char *problem)
{
  json_t *answer = json_object (), *errors = json_array (), *entry = json_object ();

  cr_json_set_string (entry, "field", field);
  cr_json_set_string (entry, "message", problem);
  json_array_append_new (errors, entry);
  cr_json_set_string (answer, "message", "Validation Failed");
  cr_json_set (answer, "errors", errors);
  sandbox_respond_json (response, 422, answer);
}

/* Header x-cleanroom-engine, else the sandbox's setting. Static text or owned by the sandbox; NULL after
 * answering. */
static const char *
chosen_engine (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  static const char *const engines[] = { "auto", "duckdb", "sqlite" };
  const char *asked = sandbox_request_header (request, "x-cleanroom-engine");
  const char *setting = sandbox_setting (sandbox, "engine");

  if (asked == NULL)
    return setting != NULL ? setting : engines[0];
  for (gsize i = 0; i < G_N_ELEMENTS (engines); i++)
    if (strcmp (engines[i], asked) == 0)
      return engines[i];
  respond_validation (response, "x-cleanroom-engine", "the engine is one of auto, duckdb, sqlite");
  return NULL;
}

static json_t *
sku (double cores, const char *memory)
{
  json_t *settings = json_object ();

  cr_json_set (settings, "cores", json_real (cores));
  cr_json_set_string (settings, "memory", memory);
  return settings;
}

static void
respond_dry_run (SandboxResponse *response, const char *run_id)
{
  json_t *answer = json_object (), *settings = json_object (), *driver = sku (2, "2g"),
         *executor = sku (4, "8g");
  json_t *instances = json_object ();

  cr_json_set_string (driver, "serviceAccount", "spark-operator-spark");
  cr_json_set_int (instances, "min", 1);
  cr_json_set_int (instances, "max", 5);
  cr_json_set (executor, "instances", instances);
  cr_json_set_bool (executor, "deleteOnTermination", FALSE);
  cr_json_set (settings, "driver", driver);
  cr_json_set (settings, "executor", executor);
  cr_json_set_string (answer, "status", "success");
  cr_json_set_string (answer, "id", "none");
  cr_json_set_bool (answer, "dryRun", TRUE);
  cr_json_set_string (answer, "jobId", run_id);
  cr_json_set_bool (answer, "optimizationUsed", FALSE);
  cr_json_set (answer, "reasoning", json_null ());
  cr_json_set (answer, "skuSettings", settings);
  sandbox_respond_json (response, 200, answer);
}

/* The body of the run call; FALSE after answering. */
static gboolean
read_body (const SandboxRequest *request, AgentRunBody *body, SandboxResponse *response, GError **error)
{
  g_autoptr (json_t) json = sandbox_request_json (request, NULL);
  const char *run_id = json != NULL ? cr_json_peek_string (json, "runId") : NULL;

  if (!json_is_object (json)) {
    sandbox_respond_error (response, 400, "InvalidInput", "The body is not a JSON object.");
    return FALSE;
  }
  if (!agent_check_dates (cr_json_peek_string (json, "startDate"), cr_json_peek_string (json, "endDate"),
                          &body->start_date, &body->end_date, error)) {
    agent_respond_error (response, *error);
    return FALSE;
  }
  if (run_id == NULL || !cr_name_valid (run_id)) {
    respond_validation (response, "jobId",
                        run_id == NULL ? "Field required" : "letters, digits, hyphens, at most 64");
    return FALSE;
  }
  body->run_id = g_strdup (run_id);
  body->job_id = agent_job_id (run_id);
  body->dry_run = cr_json_peek_bool (json, "dryRun", FALSE);
  return TRUE;
}

/* The checks are passed: audit, store, start. */
static gboolean
submit (Agent *agent, const char *query_id, const AgentRunBody *body, const json_t *spec,
        SandboxResponse *response, GError **error)
{
  g_autofree char *text = g_strdup_printf ("Starting query execution for queryId: %s. | job id: %s.",
                                           query_id, body->run_id);
  gboolean is_new = FALSE;
  json_t *answer;

  if (body->dry_run) {
    respond_dry_run (response, body->run_id);
    return TRUE;
  }
  if (!agent_audit (agent, "spark-analytics-agent", text, error)
      || !agent_run_add (agent, body->job_id, body->run_id, query_id, spec, &is_new, error))
    return FALSE;
  if (is_new)
    agent_start_run (agent, body->job_id);
  answer = json_object ();
  cr_json_set_string (answer, "status", "success");
  cr_json_set_string (answer, "id", body->job_id);
  sandbox_respond_json (response, 200, answer);
  return TRUE;
}

static void
post_run (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = agent_get (sandbox);
  const char *query_id = sandbox_request_parameter (request, 0);
  g_auto (AgentRunBody) body = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) spec = NULL;

  if (!signed_in (agent, request, response, FALSE))
    return;
  if (!agent_check_recovery_members (agent, &error)) {
    agent_respond_error (response, error);
    return;
  }
  if (!read_body (request, &body, response, &error)
      || (body.engine = chosen_engine (sandbox, request, response)) == NULL)
    return;
  if (agent_run_exists (agent, body.job_id)) {
    sandbox_respond_json (response, 200, agent_run_status (agent, body.job_id));
    return;
  }
  spec = agent_check_run (agent, query_id, &body, &error);
  if (spec == NULL || !submit (agent, query_id, &body, spec, response, &error))
    agent_respond_error (response, error);
}

static json_t *
policy_entry (Agent *agent)
{
  g_autofree char *rego = agent_policy_rego (agent->contract_path);
  g_autofree char *base64 = cr_base64 (rego, strlen (rego));
  json_t *entry = json_object ();

  cr_json_set_string (entry, "rego", rego);
  cr_json_set_string (entry, "regoBase64", base64);
  cr_json_set_string (entry, "hostData", agent->host_data);
  return entry;
}

/* Driver and executor are the same process here, so both have the policy of the clean room. */
static void
post_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = agent_get (sandbox);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) document = NULL;
  json_t *answer;

  if (!signed_in (agent, request, response, FALSE))
    return;
  document = agent_document (agent, sandbox_request_parameter (request, 0), &error);
  if (document == NULL) {
    agent_respond_error (response, error);
    return;
  }
  answer = json_object ();
  cr_json_set (answer, "driver", policy_entry (agent));
  cr_json_set (answer, "executor", policy_entry (agent));
  sandbox_respond_json (response, 200, answer);
}

const SandboxRoute agent_routes[] = {
  { "GET", "/ready", get_ready },
  { "GET", "/show", get_show },
  { "POST", "/queries/{queryId}/run", post_run },
  { "POST", "/queries/{queryId}/generateSecurityPolicy", post_policy },
  { "GET", "/queries/{queryId}/runs", get_runs },
  { "GET", "/status/{jobId}", get_status },
  { NULL, NULL, NULL },
};
