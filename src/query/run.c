/* SPDX-License-Identifier: MIT
 * Running a query through the analytics agent (query.h; analytics agent REST API, release 8.0.0).
 */
#include "query/query.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"
#include "cgs/contract.h"
#include "cgs/service.h"
#include "http/http-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define READY_LIMIT_MS (60u * 1000)
#define WAIT_LIMIT_MS (30u * 60 * 1000)
#define OUTAGE_LIMIT_US (120 * G_USEC_PER_SEC)
/* A service of this machine that is gone does not come back by itself; a restart takes less. */
#define LOCAL_OUTAGE_LIMIT_US (5 * G_USEC_PER_SEC)
#define JOB_ID_MAX 63u
#define AUTHORITY_PAUSE_MS 1000u

struct QueryAgent {
  char *endpoint;
  HttpClient *http;
  CcfTokenProvider provider;
  gpointer data;
  GDestroyNotify destroy;
  CcfClient *client; /* with the contract: where its CA is found again */
  char *contract;
};

QueryAgent *
query_agent_new (const char *endpoint, const char *trust_pem, CcfTokenProvider provider, gpointer data,
                 GDestroyNotify destroy, GError **error)
{
  g_autoptr (HttpClient) http = http_client_new (trust_pem, error);
  if (http == NULL) {
    if (destroy != NULL)
      destroy (data);
    return NULL;
  }
  QueryAgent *agent = g_new0 (QueryAgent, 1);
  agent->endpoint = g_strdup (endpoint);
  agent->http = g_steal_pointer (&http);
  /* A run answers only after the agent has checked documents and granted access: that takes a while. */
  http_client_set_timeouts (agent->http, 0, 150 * 1000, 0);
  agent->provider = provider;
  agent->data = data;
  agent->destroy = destroy;
  return agent;
}

void
query_agent_free (QueryAgent *agent)
{
  if (agent == NULL)
    return;
  if (agent->destroy != NULL)
    agent->destroy (agent->data);
  http_client_unref (agent->http);
  if (agent->client != NULL)
    ccf_client_unref (agent->client);
  g_free (agent->contract);
  g_free (agent->endpoint);
  g_free (agent);
}

gboolean
query_agent_discover (CrJob *job, CcfClient *client, const char *contract_id, char **endpoint,
                      char **trust_pem, GError **error)
{
  g_autoptr (json_t) info = cgs_deployment_info_show (job, client, contract_id, error);
  if (info == NULL)
    return FALSE;
  const char *url = cr_json_peek_string (json_object_get (info, "data"), "url");
  if (url == NULL || *url == '\0') {
    cr_set_error (error, CR_ERROR_WAITING, "The operator creates the cluster first.",
                  "The operator has not published where the clean room of contract '%s' runs.", contract_id);
    return FALSE;
  }
  g_autoptr (json_t) ca = cgs_ca_show (job, client, contract_id, error);
  if (ca == NULL)
    return FALSE;
  const char *pem = cr_json_peek_string (ca, "caCert");
  if (pem == NULL) {
    cr_set_error (error, CR_ERROR_WAITING,
                  "The operator enables the CA of the contract and generates its key first.",
                  "Contract '%s' has no CA yet, so the clean room cannot prove itself.", contract_id);
    return FALSE;
  }
  *endpoint = g_strdup (url);
  *trust_pem = g_strdup (pem);
  return TRUE;
}

/* The present CA; the agent needs a moment to get a certificate from a new one. */
static char *
find_authority (CrJob *job, gpointer data, GError **error)
{
  QueryAgent *agent = data;
  g_autoptr (json_t) ca = cgs_ca_show (job, agent->client, agent->contract, error);
  const char *pem = cr_json_peek_string (ca, "caCert");
  if (pem == NULL || !cr_job_sleep (job, AUTHORITY_PAUSE_MS, error))
    return NULL;
  return g_strdup (pem);
}

void
query_agent_follow (QueryAgent *agent, CcfClient *client, const char *contract_id)
{
  agent->client = ccf_client_ref (client);
  agent->contract = g_strdup (contract_id);
  http_client_set_retrust (agent->http, find_authority, agent);
}

/* ---- Calls ---- */

static HttpResponse *
agent_send (CrJob *job, QueryAgent *agent, const HttpRequest *request, const char *engine, gboolean renew,
            GError **error)
{
  g_auto (CrSecretText) token = agent->provider (job, renew, agent->data, error);
  if (token == NULL)
    return NULL;
  char *value = g_strconcat ("Bearer ", token, NULL);
  const char *const headers[] = {
    /* Each generation of the agent reads one of the two; proxies drop a plain Authorization. */
    "x-ms-cleanroom-authorization",
    value,
    "Local-Authorization",
    value,
    engine != NULL ? "x-cleanroom-engine" : NULL,
    engine,
    NULL,
  };
  HttpRequest complete = *request;
  complete.headers = headers;
  HttpResponse *response = http_send (job, agent->http, &complete, error);
  cr_wipe (value, strlen (value));
  g_free (value);
  return response;
}

static json_t *
agent_call (CrJob *job, QueryAgent *agent, const char *method, const char *path, const json_t *body,
            const char *engine, HttpRetry retry, GError **error)
{
  g_autofree char *url = http_url_join (agent->endpoint, path);
  g_autoptr (GBytes) bytes = body != NULL ? cr_json_dump_bytes (body) : NULL;
  HttpRequest request = { .method = method,
                          .url = url,
                          .content_type = bytes != NULL ? "application/json" : NULL,
                          .body = bytes,
                          .retry = retry };
  g_autoptr (HttpResponse) response = agent_send (job, agent, &request, engine, FALSE, error);
  if (response != NULL && response->status == 401) {
    http_response_free (g_steal_pointer (&response));
    response = agent_send (job, agent, &request, engine, TRUE, error);
  }
  if (response == NULL)
    return NULL;
  if (response->status >= 200 && response->status < 300)
    return http_response_json (response, error);
  g_autofree char *what = g_strdup_printf ("%s %s", method, response->url);
  http_error_set (error, what, response);
  return NULL;
}

static char *
query_path (const char *id, const char *format, GError **error)
{
  if (!cr_name_valid (id)) {
    cr_set_error (error, CR_ERROR_INPUT, "Use the id that was published.", "'%s' is not a valid id.",
                  id != NULL ? id : "");
    return NULL;
  }
  GString *path = g_string_new (format);
  g_string_replace (path, "{id}", id, 1);
  return g_string_free (path, FALSE);
}

gboolean
query_agent_wait_ready (CrJob *job, QueryAgent *agent, guint timeout_ms, GError **error)
{
  g_autofree char *url = http_url_join (agent->endpoint, "ready");
  guint limit_ms = timeout_ms != 0 ? timeout_ms : READY_LIMIT_MS;
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  HttpRequest request = { .method = "GET", .url = url, .retry = HTTP_RETRY_NEVER, .total_timeout_ms = 30000 };
  for (guint pause_ms = 20;; pause_ms = MIN (pause_ms * 2, 2000)) {
    g_autoptr (GError) problem = NULL;
    g_autoptr (json_t) answer = http_call_json (job, agent->http, &request, NULL, NULL, &problem);
    if (answer != NULL && g_strcmp0 (cr_json_peek_string (answer, "status"), "up") == 0)
      return TRUE;
    gboolean again = (problem == NULL || g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)
                      || cr_error_http_status (problem) >= 500)
                     && g_get_monotonic_time () + (gint64) pause_ms * 1000 < end;
    if (!again && problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (!again)
      break;
    if (!cr_job_sleep (job, pause_ms, error))
      return FALSE;
  }
  cr_set_error (error, CR_ERROR_RETRY, "Ask the operator to check the cluster, then try again.",
                "The clean room at %s did not become ready in time.", agent->endpoint);
  return FALSE;
}

/* ---- Run ---- */

char *
query_run_id_new (void)
{
  return cr_random_hex (8);
}

char *
query_job_id (const char *run_id)
{
  g_autofree char *lower = g_ascii_strdown (run_id, -1);
  for (char *c = lower; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '-')
      *c = '-';
  g_autofree char *whole = g_strconcat ("cl-spark-", lower, NULL);
  return g_strndup (whole, JOB_ID_MAX);
}

/* A day as the agent wants it: midnight UTC. */
static void
set_day (json_t *body, const char *key, const char *day)
{
  if (day == NULL || *day == '\0')
    return;
  g_autofree char *text = g_strconcat (day, "T00:00:00+00:00", NULL);
  cr_json_set_string (body, key, text);
}

json_t *
query_run (CrJob *job, QueryAgent *agent, const char *query_id, const QueryRunRequest *request,
           GError **error)
{
  g_autofree char *path = query_path (query_id, "queries/{id}/run", error);
  if (path == NULL || !cr_day_range_check (request->start_date, request->end_date, error))
    return NULL;
  if (!cr_name_valid (request->run_id)) {
    cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits and hyphens.", "The run has no valid id.");
    return NULL;
  }
  g_autoptr (json_t) body = json_object ();
  cr_json_set_string (body, "runId", request->run_id);
  set_day (body, "startDate", request->start_date);
  set_day (body, "endDate", request->end_date);
  cr_json_set_bool (body, "useOptimizer", request->use_optimizer);
  cr_json_set_bool (body, "dryRun", request->dry_run);
  /* The agent looks the run id up first, so a repeat starts nothing twice. */
  return agent_call (job, agent, "POST", path, body, request->engine, HTTP_RETRY_SAFE, error);
}

json_t *
query_status (CrJob *job, QueryAgent *agent, const char *job_id, GError **error)
{
  g_autofree char *path = query_path (job_id, "status/{id}", error);
  return path != NULL ? agent_call (job, agent, "GET", path, NULL, NULL, HTTP_RETRY_AUTO, error) : NULL;
}

json_t *
query_runs (CrJob *job, QueryAgent *agent, const char *query_id, GError **error)
{
  g_autofree char *path = query_path (query_id, "queries/{id}/runs", error);
  return path != NULL ? agent_call (job, agent, "GET", path, NULL, NULL, HTTP_RETRY_AUTO, error) : NULL;
}

/* ---- Wait ---- */

static const json_t *
application_state (const json_t *status)
{
  return json_object_get (json_object_get (status, "status"), "applicationState");
}

const char *
query_state (const json_t *status)
{
  const char *state = cr_json_peek_string (application_state (status), "state");
  return state != NULL && *state != '\0' ? state : "UNKNOWN";
}

gboolean
query_state_final (const char *state)
{
  static const char *const final[] = { "COMPLETED", "FAILED", "SUBMISSION_FAILED", NULL };
  return state != NULL && g_strv_contains (final, state);
}

/* Tell every event once, by its unique name. */
static void
report_events (CrJob *job, const json_t *status, GHashTable *told)
{
  json_t *events = json_object_get (status, "events");
  guint64 total = json_array_size (events);
  gsize index;
  json_t *event;
  json_array_foreach (events, index, event) {
    const char *name = cr_json_peek_string (event, "name");
    const char *message = cr_json_peek_string (event, "message");
    if (name == NULL || message == NULL || !g_hash_table_add (told, g_strdup (name)))
      continue;
    g_autofree char *safe = cr_text_safe (message);
    cr_job_progress (job, safe, index + 1, total);
  }
}

/* Advice for texts of failed runs; the first match counts. */
static const struct {
  const char *part;
  const char *hint;
} failure_records[] = {
  { "schema does not match", N_ ("The result has other columns or types than the output dataset: a count is "
                                 "'long'. Publish the output dataset anew with matching types.") },
  { "Pre-segment enforcement failed",
    N_ ("The protection worked: a view has fewer rows than the query demands. Use more days or more data.") },
  { "PostSegmentFilteringEnforcement",
    N_ ("A post-filter names a column that the segment does not produce: correct the query.") },
  { "just 1 last segment",
    N_ ("Give exactly one segment the highest sequence number and propose the query again.") },
  { "does not exist in the Spark catalog",
    N_ ("A pre-condition names an unknown view: correct the query; write view names in lower case.") },
  { "Mount point for", N_ ("The storage of that dataset could not be reached: its owner checks the role, the "
                           "container and grants access again.") },
  { "DATASET_LOAD_FAILED",
    N_ ("The data of that dataset cannot be read: its owner looks at the file the message names.") },
  { "PARSE_SYNTAX_ERROR", N_ ("The SQL text has a mistake: correct the query and propose it again.") },
  { "TABLE_OR_VIEW_NOT_FOUND", N_ ("The SQL text names a view that the query does not declare: correct the "
                                   "query and propose it again.") },
  { "UNRESOLVED_COLUMN", N_ ("The SQL text names a column that is not among the allowed fields: correct the "
                             "query and propose it again.") },
  { "CAST_INVALID_INPUT",
    N_ ("The SQL text treats text as a number that is none: correct the query and propose it again.") },
  { "No nodes available", N_ ("The cluster has no room: the operator adds nodes, then run again.") },
  { "CSE is not supported", N_ ("Publish the dataset again with the encryption mode SSE or CPK.") },
};

const char *
query_failure_hint (const char *message)
{
  for (gsize i = 0; message != NULL && i < G_N_ELEMENTS (failure_records); i++)
    if (strstr (message, failure_records[i].part) != NULL)
      return g_dgettext (GETTEXT_PACKAGE, failure_records[i].hint);
  return NULL;
}

/* The run's own words: the operator's message, else the last warning event. Borrowed. */
static const char *
failure_text (const json_t *status)
{
  const char *text = cr_json_peek_string (application_state (status), "errorMessage");
  if (text != NULL && *text != '\0')
    return text;
  gsize index;
  json_t *event;
  json_array_foreach (json_object_get (status, "events"), index, event)
    if (g_strcmp0 (cr_json_peek_string (event, "type"), "Warning") == 0)
      text = cr_json_peek_string (event, "message");
  return text != NULL && *text != '\0' ? text : NULL;
}

static void
set_failure (GError **error, const char *job_id, const json_t *status)
{
  const char *state = query_state (status);
  const char *text = failure_text (status);
  g_autofree char *safe = cr_text_safe (text != NULL ? text : "no reason was given");
  const char *hint = query_failure_hint (text);
  CrRemote remote = { .code = state, .message = safe, .correlation_id = job_id };
  cr_set_remote_error (error, CR_ERROR_FAILED, &remote,
                       hint != NULL ? hint : "Look at the audit events of the run ('cleanroom audit list').",
                       "Run %s ended as %s: %s", job_id, state, safe);
}

static gint64
outage_limit (const QueryAgent *agent)
{
  return g_str_has_prefix (agent->endpoint, "https://127.0.0.1:") ? LOCAL_OUTAGE_LIMIT_US : OUTAGE_LIMIT_US;
}

/* FALSE: the problem is one that waiting does not cure, or it has lasted too long. */
static gboolean
sit_out (const QueryAgent *agent, const GError *problem, gint64 *outage_since)
{
  gint64 now = g_get_monotonic_time ();
  if (*outage_since == 0)
    *outage_since = now;
  guint status = cr_error_http_status (problem);
  gboolean transient = status >= 500 || g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY);
  return transient && now - *outage_since < outage_limit (agent);
}

json_t *
query_wait (CrJob *job, QueryAgent *agent, const char *job_id, guint timeout_ms, json_t **status,
            GError **error)
{
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (json_t) last = NULL;
  gint64 end = g_get_monotonic_time () + (gint64) (timeout_ms != 0 ? timeout_ms : WAIT_LIMIT_MS) * 1000;
  gint64 outage_since = 0;
  for (guint pause_ms = 50;; pause_ms = MIN (pause_ms + pause_ms / 2, 2000)) {
    g_autoptr (GError) problem = NULL;
    json_t *answer = query_status (job, agent, job_id, &problem);
    if (answer == NULL && !sit_out (agent, problem, &outage_since)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      break;
    }
    if (answer != NULL) {
      outage_since = 0;
      json_decref (last);
      last = answer;
      report_events (job, last, told);
      if (query_state_final (query_state (last)))
        break;
    }
    if (g_get_monotonic_time () > end) {
      cr_set_error (error, CR_ERROR_RETRY,
                    "It may still run: ask for its status later ('cleanroom run status').",
                    "Run %s did not end in time.", job_id);
      break;
    }
    if (!cr_job_sleep (job, pause_ms, error))
      break;
  }
  if (status != NULL)
    *status = json_incref (last);
  if (last == NULL || !query_state_final (query_state (last)))
    return NULL;
  if (strcmp (query_state (last), "COMPLETED") == 0)
    return g_steal_pointer (&last);
  set_failure (error, job_id, last);
  return NULL;
}
