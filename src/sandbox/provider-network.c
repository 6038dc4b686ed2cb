/* SPDX-License-Identifier: MIT
 * The provider listener: creates, shows and removes the network of this environment, and its operations.
 * Routes follow the upstream provider clients; what the operator decides, recoveries, policies and clusters
 * are other files'.
 */
#include "sandbox/provider-private.h"
#include "sandbox/sandbox-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

#define MANAGEMENT_AUDIENCE "https://management.azure.com"

static void
provider_free (gpointer data)
{
  NetworkProvider *provider = data;
  provider_operations_free (provider->operations);
  g_mutex_clear (&provider->mutex);
  g_mutex_clear (&provider->identity_mutex);
  X509_free (provider->certificate);
  EVP_PKEY_free (provider->key);
  g_free (provider->routes);
  g_free (provider);
}

NetworkProvider *
network_provider (Sandbox *sandbox)
{
  return sandbox_part (sandbox, "provider");
}

gboolean
network_provider_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
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

json_t *
network_provider_body (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  if (!network_provider_token (sandbox, request, response))
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

void
network_provider_done (Sandbox *sandbox, const SandboxRequest *request, json_t *resource,
                       SandboxResponse *response)
{
  g_autofree char *async = sandbox_request_query (request, "async");
  if (async && g_ascii_strcasecmp (async, "true") == 0)
    provider_operation_succeed (network_provider (sandbox)->operations, resource, response);
  else
    sandbox_respond_json (response, 200, resource);
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
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&network_provider (sandbox)->mutex);
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
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !check_create (body, name, response))
    return;
  json_t *network = create_or_find (sandbox, name, body, response);
  if (network)
    network_provider_done (sandbox, request, network, response);
}

gboolean
network_provider_exists (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (json_t) network = ccf_network_describe (sandbox, name);
  if (!network)
    sandbox_respond_error (response, 404, "NetworkNotFound", "No endpoint found for network %s.", name);
  return network != NULL;
}

/* The network that the path names, or NULL with the answer written. Gives. */
static json_t *
find_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body)
    return NULL;
  return network_provider_exists (sandbox, request, response)
             ? ccf_network_describe (sandbox, sandbox_request_parameter (request, 0))
             : NULL;
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

static void
delete_network (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body)
    return;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&network_provider (sandbox)->mutex);
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
  if (!network_provider_token (sandbox, request, response)
      || provider_operation_respond (network_provider (sandbox)->operations, id, response))
    return;
  if (other)
    other->handler (sandbox, request, response);
  else
    sandbox_respond_error (response, 404, "OperationNotFound", "There is no operation %s.", id);
}

static const SandboxRoute network_routes[] = {
  { "GET", "/ready", get_ready },
  { "GET", "/operations/{operationId}", get_operation },
  { "POST", "/networks/{name}/create", create_network },
  { "POST", "/networks/{name}/get", get_network },
  { "POST", "/networks/{name}/health", get_health },
  { "POST", "/networks/{name}/delete", delete_network },
  { "POST", "/networks/{name}/recoveryAgents/get", get_recovery_agents },
  { NULL, NULL, NULL },
};

/* The routes of all files in one table. */
static SandboxRoute *
join_routes (void)
{
  const SandboxRoute *const tables[] = { network_routes, network_operator_routes, network_recover_routes,
                                         network_policy_routes, provider_cluster_routes };
  GArray *routes = g_array_new (TRUE, TRUE, sizeof (SandboxRoute));
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const SandboxRoute *route = tables[i]; route->pattern; route++)
      g_array_append_val (routes, *route);
  return (SandboxRoute *) (gpointer) g_array_free (routes, FALSE);
}

gboolean
provider_network_start (Sandbox *sandbox, GError **error)
{
  NetworkProvider *self = g_new0 (NetworkProvider, 1);
  g_mutex_init (&self->mutex);
  g_mutex_init (&self->identity_mutex);
  self->operations = provider_operations_new ();
  self->routes = join_routes ();
  sandbox_set_part (sandbox, "provider", self, provider_free);
  SandboxListenerOptions options = { .name = "provider", .routes = self->routes };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
