/* SPDX-License-Identifier: MIT
 * The provider listener: creates, shows and removes the network of this environment, and its operations.
 * Routes follow the upstream provider clients; the cluster routes are another file's.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/provider-operation.h"
#include "sandbox/sandbox-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

#define MANAGEMENT_AUDIENCE "https://management.azure.com"

typedef struct {
  GMutex mutex; /* one creation or removal at a time */
  ProviderOperations *operations;
  SandboxRoute *routes;
} Provider;

static void
provider_free (gpointer data)
{
  Provider *provider = data;
  provider_operations_free (provider->operations);
  g_mutex_clear (&provider->mutex);
  g_free (provider->routes);
  g_free (provider);
}

static Provider *
provider (Sandbox *sandbox)
{
  return sandbox_part (sandbox, "provider");
}

static gboolean
check_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *token = sandbox_request_bearer (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = token ? idp_check_token (sandbox, token, MANAGEMENT_AUDIENCE, &error) : NULL;
  if (claims)
    return TRUE;
  sandbox_respond_error (response, 401, token ? "InvalidAuthenticationToken" : "AuthenticationFailed", "%s",
                         error ? error->message
                               : "Authentication failed. The 'Authorization' header is missing.");
  return FALSE;
}

/* The body of a call, checked for what every call carries. NULL with the answer written. Gives. */
static json_t *
read_body (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  if (!check_token (sandbox, request, response))
    return NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = sandbox_request_json (request, &error);
  const char *infra = json_is_object (body) ? cr_json_peek_string (body, "infraType") : NULL;
  if (!json_is_object (body))
    sandbox_respond_error (response, 400, "InvalidRequestBody", "%s",
                           error ? error->message : "The request body is not a JSON object.");
  else if (!infra || (strcmp (infra, "virtual") != 0 && strcmp (infra, "caci") != 0))
    sandbox_respond_error (response, 400, "InvalidInfraType", "infraType must be 'virtual' or 'caci'.");
  else
    return json_incref (body);
  return NULL;
}

static void
get_ready (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) sandbox;
  (void) request;
  json_t *body = json_object ();
  cr_json_set_string (body, "status", "up");
  sandbox_respond_json (response, 200, body);
}

static void
get_show (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) sandbox;
  (void) request;
  json_t *body = json_object ();
  cr_json_set (body, "signingCert", json_null ());
  cr_json_set (body, "signingKey", json_null ());
  sandbox_respond_json (response, 200, body);
}

static gboolean
check_members (const json_t *members, SandboxResponse *response)
{
  if (!json_is_array (members) || !json_array_size (members)) {
    sandbox_respond_error (response, 400, "MembersMissing", "At least one member is required.");
    return FALSE;
  }
  for (gsize i = 0; i < json_array_size (members); i++) {
    const json_t *member = json_array_get (members, i);
    const char *key = cr_json_peek_string (member, "encryptionPublicKey");
    g_autofree char *id = gov_certificate_id (cr_json_peek_string (member, "certificate"));
    g_autoptr (EVP_PKEY) parsed = key ? cose_key_from_public_pem (key, -1, "the key", NULL) : NULL;
    if (!id)
      sandbox_respond_error (response, 400, "InvalidCertificate",
                             "The certificate of member %" G_GSIZE_FORMAT " is not valid.", i);
    else if (key && !parsed)
      sandbox_respond_error (response, 400, "InvalidEncryptionPublicKey",
                             "The encryption public key of member %" G_GSIZE_FORMAT " is not valid.", i);
    if (!id || (key && !parsed))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_create (const json_t *body, const char *name, SandboxResponse *response)
{
  static const char *const levels[] = { "Trace", "Debug", "Info", "Fail", "Fatal", NULL };
  const char *level = cr_json_peek_string (body, "nodeLogLevel");
  if (strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen (name)
      || strlen (name) > 64)
    sandbox_respond_error (response, 400, "InvalidNetworkName",
                           "A network name has at most 64 letters, digits and hyphens.");
  else if (level && !g_strv_contains (levels, level))
    sandbox_respond_error (response, 400, "InvalidNodeLogLevel", "Unknown log level '%s'.", level);
  else
    return check_members (json_object_get (body, "members"), response);
  return FALSE;
}

/* Make the network, or find that it exists: a repeated creation is not an error. Gives its description. */
static json_t *
create_or_find (Sandbox *sandbox, const char *name, const json_t *body, SandboxResponse *response)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&provider (sandbox)->mutex);
  g_autofree char *existing = ccf_network_name (sandbox);
  if (existing && strcmp (existing, name) != 0) {
    sandbox_respond_error (response, 409, "NetworkLimitReached",
                           "This environment has the network '%s' already and can hold one.", existing);
    return NULL;
  }
  CcfNetworkRequest network = { .name = name,
                                .infra_type = cr_json_peek_string (body, "infraType"),
                                .members = json_object_get (body, "members") };
  g_autoptr (GError) error = NULL;
  if (!existing && !ccf_network_create (sandbox, &network, &error)) {
    sandbox_respond_error (response, 500, "NetworkCreateFailed", "%s", error->message);
    return NULL;
  }
  return ccf_network_describe (sandbox, name);
}

static void
create_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (json_t) body = read_body (sandbox, request, response);
  if (!body || !check_create (body, name, response))
    return;
  json_t *network = create_or_find (sandbox, name, body, response);
  if (!network)
    return;
  g_autofree char *async = sandbox_request_query (request, "async");
  if (async && g_ascii_strcasecmp (async, "true") == 0)
    provider_operation_succeed (provider (sandbox)->operations, network, response);
  else
    sandbox_respond_json (response, 200, network);
}

/* The network that the path names, or NULL with the answer written. Gives. */
static json_t *
find_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = read_body (sandbox, request, response);
  if (!body)
    return NULL;
  const char *name = sandbox_request_parameter (request, 0);
  json_t *network = ccf_network_describe (sandbox, name);
  if (!network)
    sandbox_respond_error (response, 404, "NetworkNotFound", "No endpoint found for network %s.", name);
  return network;
}

static void
get_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  json_t *network = find_network (sandbox, request, response);
  if (network)
    sandbox_respond_json (response, 200, network);
}

static json_t *
health_entry (const char *name, const char *endpoint, const json_t *reason)
{
  json_t *reasons = json_array ();
  if (reason)
    json_array_append_new (reasons, json_deep_copy (reason));
  json_t *entry = json_object ();
  cr_json_set_string (entry, "name", name);
  cr_json_set_string (entry, "endpoint", endpoint);
  cr_json_set_string (entry, "status", reason ? "NeedsReplacement" : "Ok");
  cr_json_set (entry, "reasons", reasons);
  return entry;
}

static void
get_health (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) network = find_network (sandbox, request, response);
  if (!network)
    return;
  g_autoptr (json_t) lost = ccf_network_lost (sandbox);
  const char *endpoint = cr_json_peek_string (network, "endpoint");
  g_autofree char *node = g_strconcat (sandbox_request_parameter (request, 0), "-0", NULL);
  g_autofree char *balancer = g_strconcat (sandbox_request_parameter (request, 0), "-lb", NULL);
  json_t *nodes = json_array ();
  json_array_append_new (nodes, health_entry (node, endpoint, lost));
  json_t *body = json_object ();
  cr_json_set (body, "nodeHealth", nodes);
  cr_json_set (body, "loadBalancerHealth", health_entry (balancer, endpoint, NULL));
  sandbox_respond_json (response, 200, body);
}

/* A new service over the ledger of the lost network; what opens it again is governance. */
static void
recover_public_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = read_body (sandbox, request, response);
  if (!body)
    return;
  const char *target = cr_json_peek_string (body, "targetNetworkName");
  const char *previous = cr_json_peek_string (body, "previousServiceCertificate");
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&provider (sandbox)->mutex);
  g_autofree char *existing = ccf_network_name (sandbox);
  g_autoptr (GError) error = NULL;
  if (!previous)
    sandbox_respond_error (response, 400, "InputMissing", "previousServiceCertificate is required.");
  else if (g_strcmp0 (existing, target ? target : name) != 0)
    sandbox_respond_error (response, 404, "NetworkNotFound", "No ledger found for network %s.",
                           target ? target : name);
  else if (g_strcmp0 (existing, name) != 0)
    sandbox_respond_error (response, 409, "NetworkLimitReached",
                           "This environment recovers a network under its own name, %s.", existing);
  else if (!ccf_network_recover_public (sandbox, previous, &error)) {
    gboolean input = g_error_matches (error, CR_ERROR, CR_ERROR_INPUT);
    gboolean healthy = g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED);
    sandbox_respond_error (response,
                           input     ? 400
                           : healthy ? 409
                                     : 500,
                           input     ? "InvalidServiceCertificate"
                           : healthy ? "NetworkHealthy"
                                     : "NetworkRecoverFailed",
                           "%s", error->message);
  } else
    sandbox_respond_json (response, 200, ccf_network_describe (sandbox, name));
}

static void
get_report (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) network = find_network (sandbox, request, response);
  if (!network)
    return;
  g_autofree char *node = g_strconcat (sandbox_request_parameter (request, 0), "-0", NULL);
  json_t *report = json_object ();
  cr_json_set_string (report, "name", node);
  cr_json_set_string (report, "endpoint", cr_json_peek_string (network, "endpoint"));
  cr_json_set (report, "report", json_null ());
  cr_json_set_string (report, "hostData", CCF_ALLOW_ALL_HOST_DATA);
  cr_json_set_bool (report, "verified", FALSE);
  json_t *reports = json_array ();
  json_array_append_new (reports, report);
  json_t *body = json_object ();
  cr_json_set (body, "reports", reports);
  sandbox_respond_json (response, 200, body);
}

static void
delete_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = read_body (sandbox, request, response);
  if (!body)
    return;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&provider (sandbox)->mutex);
  g_autofree char *existing = ccf_network_name (sandbox);
  g_autoptr (GError) error = NULL;
  if (g_strcmp0 (existing, sandbox_request_parameter (request, 0)) == 0
      && !ccf_network_delete (sandbox, &error))
    sandbox_respond_error (response, 500, "NetworkDeleteFailed", "%s", error->message);
  else
    sandbox_respond_json (response, 200, json_object ());
}

static void
get_recovery_agents (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) network = find_network (sandbox, request, response);
  if (!network)
    return;
  const char *url = sandbox_url (sandbox, "recovery-agent");
  g_autofree char *name = g_strconcat (sandbox_request_parameter (request, 0), "-0", NULL);
  json_t *agent = json_object ();
  cr_json_set_string (agent, "name", name);
  cr_json_set_string (agent, "endpoint", url);
  cr_json_set_string (agent, "serviceCert", sandbox_ca_pem (sandbox));
  json_t *agents = json_array ();
  json_array_append_new (agents, agent);
  json_t *body = json_object ();
  cr_json_set_string (body, "endpoint", url);
  cr_json_set (body, "agents", agents);
  sandbox_respond_json (response, 200, body);
}

static void
get_join_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) network = find_network (sandbox, request, response);
  if (!network)
    return;
  json_t *host_data = json_array ();
  json_array_append_new (host_data, json_string (CCF_ALLOW_ALL_HOST_DATA));
  json_t *snp = json_object ();
  cr_json_set (snp, "hostData", host_data);
  json_t *body = json_object ();
  cr_json_set (body, "snp", snp);
  sandbox_respond_json (response, 200, body);
}

/* Operations of clusters are kept by the cluster routes, under the same path. */
static const SandboxRoute *
cluster_route (const SandboxRequest *request)
{
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (g_free);
  for (const SandboxRoute *route = provider_cluster_routes; route->pattern; route++)
    if (strcmp (route->method, request->method) == 0
        && sandbox_route_match (route->pattern, request->path, parameters))
      return route;
  return NULL;
}

static void
get_operation (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *id = sandbox_request_parameter (request, 0);
  const SandboxRoute *other = cluster_route (request);
  if (!check_token (sandbox, request, response)
      || provider_operation_respond (provider (sandbox)->operations, id, response))
    return;
  if (other)
    other->handler (sandbox, request, response);
  else
    sandbox_respond_error (response, 404, "OperationNotFound", "There is no operation %s.", id);
}

static const SandboxRoute network_routes[] = {
  { "GET", "/ready", get_ready },
  { "GET", "/show", get_show },
  { "GET", "/operations/{operationId}", get_operation },
  { "POST", "/networks/{name}/create", create_network },
  { "POST", "/networks/{name}/get", get_network },
  { "POST", "/networks/{name}/health", get_health },
  { "POST", "/networks/{name}/report", get_report },
  { "POST", "/networks/{name}/recoverPublicNetwork", recover_public_network },
  { "POST", "/networks/{name}/delete", delete_network },
  { "POST", "/networks/{name}/getJoinPolicy", get_join_policy },
  { "POST", "/networks/{name}/generateJoinPolicy", get_join_policy },
  { "POST", "/networks/{name}/recoveryAgents/get", get_recovery_agents },
};

/* The network routes, then those of the clusters, in one table. */
static SandboxRoute *
join_routes (void)
{
  gsize clusters = 0;
  while (provider_cluster_routes[clusters].pattern)
    clusters++;
  SandboxRoute *routes = g_new0 (SandboxRoute, G_N_ELEMENTS (network_routes) + clusters + 1);
  memcpy (routes, network_routes, sizeof network_routes);
  memcpy (routes + G_N_ELEMENTS (network_routes), provider_cluster_routes, clusters * sizeof *routes);
  return routes;
}

gboolean
provider_network_start (Sandbox *sandbox, GError **error)
{
  Provider *self = g_new0 (Provider, 1);
  g_mutex_init (&self->mutex);
  self->operations = provider_operations_new ();
  self->routes = join_routes ();
  sandbox_set_part (sandbox, "provider", self, provider_free);
  SandboxListenerOptions options = { .name = "provider", .routes = self->routes };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
