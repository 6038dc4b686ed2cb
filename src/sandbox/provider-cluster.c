/* SPDX-License-Identifier: MIT
 * The cluster half of the provider service: clusters as records, the analytics workload as the agent's
 * listener (cleanroom cluster provider client of Azure/azure-cleanroom).
 *
 * Everything here is done at once, so an operation that is asked for asynchronously has already ended when
 * its 202 is answered.
 */
#include "sandbox/provider-cluster.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define MANAGEMENT_AUDIENCE "https://management.azure.com"
#define NAMESPACE "cleanroom-spark-analytics-agent"

/* The agent of a caller who may manage clusters; NULL after answering. */
static Agent *
authorised (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *token = sandbox_request_bearer (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = token != NULL ? idp_check_token (sandbox, token, MANAGEMENT_AUDIENCE, &error)
                                            : NULL;
  Agent *agent = agent_get (sandbox);

  if (claims == NULL)
    sandbox_respond_error (
        response, 401, token != NULL ? "InvalidAuthenticationToken" : "AuthenticationFailed", "%s",
        error != NULL ? error->message : "Authentication failed. The 'Authorization' header is missing.");
  else if (agent == NULL)
    sandbox_respond_error (response, 503, "ServiceUnavailable", "The local environment is still starting.");
  else
    return agent;
  return NULL;
}

static const char *
missing_member (const json_t *config)
{
  static const struct {
    const char *member, *code;
  } required[] = { { "location", "LocationgMissing" },
                   { "subscriptionId", "SubscriptionIdMissing" },
                   { "resourceGroupName", "ResourceGroupNameMissing" },
                   { "tenantId", "TenantIdMissing" } };

  if (!json_is_object (config))
    return "ProviderConfigMissing";
  for (gsize i = 0; i < G_N_ELEMENTS (required); i++)
    if (cr_json_peek_string (config, required[i].member) == NULL)
      return required[i].code;
  return NULL;
}

/* The body of a call; NULL after answering. Gives. */
static json_t *
read_body (const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = sandbox_request_json (request, NULL);
  const char *infra = body != NULL ? cr_json_peek_string (body, "infraType") : NULL;
  const char *code = g_strcmp0 (infra, "aks") == 0 ? missing_member (json_object_get (body, "providerConfig"))
                                                   : NULL;

  if (g_strcmp0 (infra, "aks") != 0 && g_strcmp0 (infra, "virtual") != 0)
    code = "InvalidInput";
  if (code == NULL)
    return g_steal_pointer (&body);
  sandbox_respond_error (response, 400, code, "The body has no valid infraType and providerConfig.");
  return NULL;
}

static json_t *
load (Agent *agent, const char *table_query, const char *key)
{
  g_autofree char *text = NULL;
  sqlite3_stmt *row;

  cr_db_lock (agent->db);
  row = cr_db_query (agent->db, NULL, table_query, "s", key);
  if (row != NULL && cr_db_step (agent->db, row, NULL)) {
    text = cr_db_text (row, 0);
    cr_db_done (row);
  }
  cr_db_unlock (agent->db);
  return text != NULL ? cr_json_parse (text, strlen (text), "a stored record", NULL) : NULL;
}

static json_t *
load_cluster (Agent *agent, const char *name)
{
  return load (agent, "SELECT value FROM cluster WHERE name = ?", name);
}

static gboolean
store_cluster (Agent *agent, const char *name, const json_t *cluster, GError **error)
{
  g_autofree char *text = cr_json_dump (cluster);

  return cr_db_run (
      agent->db, error,
      "INSERT INTO cluster VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "ss", name,
      text);
}

/* The stored record with the address that the agent has now. Takes and gives. */
static json_t *
shown (Sandbox *sandbox, json_t *cluster)
{
  json_t *profile = json_object_get (cluster, "analyticsWorkloadProfile");
  const char *url = sandbox_url (sandbox, AGENT_LISTENER);

  if (json_is_object (profile) && cr_json_peek_bool (profile, "enabled", FALSE))
    cr_json_set (profile, "endpoint", url != NULL ? json_string (url) : json_null ());
  return cluster;
}

static void
respond_done (Agent *agent, const SandboxRequest *request, SandboxResponse *response, json_t *resource)
{
  g_autofree char *async = sandbox_request_query (request, "async");
  g_autofree char *uuid = cr_uuid_new ();
  g_autofree char *id = g_strconcat ("cluster-", uuid, NULL);
  g_autofree char *location = g_strconcat ("/operations/", id, NULL);
  g_autoptr (json_t) operation = NULL;
  g_autofree char *text = NULL;
  json_t *progress;

  if (g_strcmp0 (async, "true") != 0) {
    sandbox_respond_json (response, 200, resource);
    return;
  }
  operation = json_object ();
  progress = json_array ();
  json_array_append_new (progress, json_string ("Cluster creation completed."));
  cr_json_set_string (operation, "operationId", id);
  cr_json_set_string (operation, "status", "Succeeded");
  cr_json_set (operation, "progress", progress);
  cr_json_set_int (operation, "statusCode", 200);
  cr_json_set (operation, "resource", resource);
  text = cr_json_dump (operation);
  if (!cr_db_run (agent->db, NULL, "INSERT INTO operation VALUES (?, ?)", "ss", id, text)) {
    sandbox_respond_error (response, 500, "InternalError", "The operation could not be stored.");
    return;
  }
  sandbox_respond_empty (response, 202);
  sandbox_respond_header (response, "Operation-Location", location);
  sandbox_respond_header (response, "Retry-After", "1");
}

static void
get_operation (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = authorised (sandbox, request, response);
  const char *id = sandbox_request_parameter (request, 0);
  json_t *operation;

  if (agent == NULL)
    return;
  operation = load (agent, "SELECT value FROM operation WHERE id = ?", id);
  if (operation != NULL)
    sandbox_respond_json (response, 200, operation);
  else
    sandbox_respond_error (response, 404, "OperationNotFound", "There is no operation %s.", id);
}

/* A record without workload. Gives. */
static json_t *
new_cluster (const char *name, const json_t *body)
{
  json_t *cluster = json_object (), *properties = json_object (), *off = json_object ();
  g_autofree char *kind = g_strconcat (name, "-kind", NULL);

  cr_json_set_bool (off, "enabled", FALSE);
  cr_json_set_string (cluster, "name", name);
  cr_json_set_string (cluster, "infraType", cr_json_peek_string (body, "infraType"));
  cr_json_set (cluster, "observabilityProfile", off);
  cr_json_set (cluster, "analyticsWorkloadProfile", json_null ());
  cr_json_set_string (properties, "kindClusterName", kind);
  cr_json_set (cluster, "providerProperties", properties);
  return cluster;
}

/* Switch the workload on when BODY asks for it; CLUSTER is changed. */
static gboolean
apply_workload (Sandbox *sandbox, const json_t *body, json_t *cluster, GError **error)
{
  const json_t *profile = json_object_get (body, "analyticsWorkloadProfile");
  const char *url = cr_json_peek_string (profile, "configurationUrl");
  const char *ca = cr_json_peek_string (profile, "configurationUrlCaCert");
  g_autoptr (json_t) deployment = NULL;
  json_t *on, *pool;

  if (!cr_json_peek_bool (profile, "enabled", FALSE))
    return TRUE;
  if (url == NULL || *url == '\0')
    return agent_refuse (error, 400, "ConfigurationUrlMissing",
                         "The configuration URL of the workload is missing.");
  if (ca == NULL || *ca == '\0')
    return agent_refuse (
        error, 400, "InvalidInput",
        "BadInput: configurationUrlCaCert is missing: the local ledger has its own certificate.");
  deployment = provider_accepted_deployment (url, ca, error);
  if (deployment == NULL || !agent_enable (sandbox, deployment, url, ca, error))
    return FALSE;
  on = json_object ();
  pool = json_object ();
  cr_json_set (pool, "nodeCount", json_null ());
  cr_json_set_bool (on, "enabled", TRUE);
  cr_json_set_string (on, "namespace", NAMESPACE);
  cr_json_set (on, "endpoint", json_null ());
  cr_json_set (on, "poolProfile", pool);
  cr_json_set (cluster, "analyticsWorkloadProfile", on);
  return TRUE;
}

static void
put_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response, gboolean create)
{
  Agent *agent = authorised (sandbox, request, response);
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (json_t) body = agent != NULL ? read_body (request, response) : NULL;
  g_autoptr (json_t) cluster = NULL;
  g_autoptr (GError) error = NULL;

  if (body == NULL)
    return;
  cluster = load_cluster (agent, name);
  if (cluster == NULL && !create) {
    sandbox_respond_error (response, 404, "ClusterNotFound", "No cluster with name %s was found.", name);
    return;
  }
  if (cluster == NULL)
    cluster = new_cluster (name, body);
  if (!apply_workload (sandbox, body, cluster, &error) || !store_cluster (agent, name, cluster, &error)) {
    sandbox_log (sandbox, "cluster %s: %s", name, error->message);
    agent_respond_error (response, error);
    return;
  }
  respond_done (agent, request, response, shown (sandbox, g_steal_pointer (&cluster)));
}

static void
create_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  put_cluster (sandbox, request, response, TRUE);
}

static void
update_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  put_cluster (sandbox, request, response, FALSE);
}

/* The cluster that a call names; NULL after answering. Gives. */
static json_t *
known_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = authorised (sandbox, request, response);
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (json_t) body = agent != NULL ? read_body (request, response) : NULL;
  json_t *cluster;

  if (body == NULL)
    return NULL;
  cluster = load_cluster (agent, name);
  if (cluster == NULL)
    sandbox_respond_error (response, 404, "ClusterNotFound", "No cluster with name %s was found.", name);
  return cluster;
}

static void
get_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  json_t *cluster = known_cluster (sandbox, request, response);

  if (cluster != NULL)
    sandbox_respond_json (response, 200, shown (sandbox, cluster));
}

/* The record goes; the agent, which belongs to the contract, stays until the environment is reset. */
static void
delete_cluster (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) cluster = known_cluster (sandbox, request, response);
  g_autoptr (GError) error = NULL;

  if (cluster == NULL)
    return;
  if (cr_db_run (agent_get (sandbox)->db, &error, "DELETE FROM cluster WHERE name = ?", "s",
                 sandbox_request_parameter (request, 0)))
    sandbox_respond_empty (response, 200);
  else
    agent_respond_error (response, error);
}

/* There is no Kubernetes behind the local cluster: the file names the agent and holds no credential. */
static void
get_kubeconfig (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) cluster = known_cluster (sandbox, request, response);
  g_autoptr (json_t) body = cluster != NULL ? sandbox_request_json (request, NULL) : NULL;
  const char *role = body != NULL ? cr_json_peek_string (body, "accessRole") : NULL;
  const char *name = sandbox_request_parameter (request, 0);
  const char *url = sandbox_url (sandbox, AGENT_LISTENER);
  g_autofree char *text = NULL, *base64 = NULL;
  json_t *answer;

  if (cluster == NULL)
    return;
  if (role != NULL && strcmp (role, "admin") != 0 && strcmp (role, "readonly") != 0
      && strcmp (role, "diagnostic") != 0) {
    sandbox_respond_error (response, 400, "InvalidInput",
                           "accessRole is one of admin, readonly, diagnostic.");
    return;
  }
  text = g_strdup_printf (
      "apiVersion: v1\nkind: Config\nclusters:\n- name: %s\n  cluster:\n    server: %s\n"
      "contexts:\n- name: %s\n  context:\n    cluster: %s\n    user: %s\nusers:\n- name: %s\n"
      "  user: {}\ncurrent-context: %s\n",
      name, url != NULL ? url : sandbox_url (sandbox, "provider"), name, name, role != NULL ? role : "admin",
      role != NULL ? role : "admin", name);
  base64 = cr_base64 (text, strlen (text));
  answer = json_object ();
  cr_json_set_string (answer, "kubeconfig", base64);
  sandbox_respond_json (response, 200, answer);
}

static void
get_health (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) cluster = known_cluster (sandbox, request, response);
  const json_t *profile = json_object_get (cluster, "analyticsWorkloadProfile");
  json_t *answer, *pods, *pod, *reasons, *reason;

  if (cluster == NULL)
    return;
  answer = json_object ();
  pods = json_array ();
  if (cr_json_peek_bool (profile, "enabled", FALSE)) {
    gboolean up = sandbox_url (sandbox, AGENT_LISTENER) != NULL;

    pod = json_object ();
    reasons = json_array ();
    cr_json_set_string (pod, "namespace", NAMESPACE);
    cr_json_set_string (pod, "name", NAMESPACE "-0");
    cr_json_set_string (pod, "status", up ? "Ok" : "Error");
    if (!up) {
      reason = json_object ();
      cr_json_set_string (reason, "code", "CrashLoopBackOff");
      cr_json_set_string (reason, "message", "The analytics agent does not run. Enable the workload again.");
      json_array_append_new (reasons, reason);
    }
    cr_json_set (pod, "reasons", reasons);
    json_array_append_new (pods, pod);
  }
  cr_json_set (answer, "podHealth", pods);
  sandbox_respond_json (response, 200, answer);
}

static void
generate_deployment (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Agent *agent = authorised (sandbox, request, response);
  g_autoptr (json_t) body = agent != NULL ? read_body (request, response) : NULL;
  g_autoptr (GError) error = NULL;
  json_t *answer;

  if (body == NULL)
    return;
  answer = provider_deployment (body, &error);
  if (answer != NULL)
    sandbox_respond_json (response, 200, answer);
  else
    agent_respond_error (response, error);
}

const SandboxRoute provider_cluster_routes[] = {
  { "POST", "/clusters/analyticsWorkload/generateDeployment", generate_deployment },
  { "POST", "/clusters/{name}/create", create_cluster },
  { "POST", "/clusters/{name}/update", update_cluster },
  { "POST", "/clusters/{name}/get", get_cluster },
  { "POST", "/clusters/{name}/delete", delete_cluster },
  { "POST", "/clusters/{name}/getkubeconfig", get_kubeconfig },
  { "POST", "/clusters/{name}/health", get_health },
  { "GET", "/operations/{operationId}", get_operation },
  { NULL, NULL, NULL },
};
