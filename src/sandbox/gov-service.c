/* SPDX-License-Identifier: MIT
 * GET /gov/service/...: what the service is, who takes part, which application runs.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"

#include <string.h>

json_t *
gov_service_info (Store *store)
{
  return store_get_json (store, MAP_SERVICE, THE_KEY);
}

char *
gov_service_status (Store *store)
{
  g_autoptr (json_t) info = gov_service_info (store);
  return g_strdup (cr_json_peek_string (info, "status"));
}

gint64
gov_config (Store *store, const char *name, gint64 fallback)
{
  g_autoptr (json_t) config = store_get_json (store, MAP_CONFIG, THE_KEY);
  return cr_json_peek_int (config, name, fallback);
}

static void
respond_list (GovCall *call, json_t *list)
{
  json_t *body = json_object ();
  cr_json_set (body, "value", list);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_info (GovCall *call)
{
  g_autoptr (json_t) info = gov_service_info (call->store);
  json_t *configuration = json_object ();
  cr_json_set_int (configuration, "recoveryThreshold", gov_config (call->store, "recovery_threshold", 1));
  cr_json_set_int (configuration, "maximumNodeCertificateValidityDays", 365);
  cr_json_set_int (configuration, "maximumServiceCertificateValidityDays", 365);
  cr_json_set_int (configuration, "recentCoseProposalsWindowSize",
                   gov_config (call->store, "recent_cose_proposals_window_size", 100));
  json_t *body = json_object ();
  json_t *data = json_object_get (info, "service_data");
  cr_json_set_string (body, "status", cr_json_peek_string (info, "status"));
  cr_json_set_string (body, "certificate", cr_json_peek_string (info, "cert"));
  cr_json_set_int (body, "recoveryCount", cr_json_peek_int (info, "recovery_count", 0));
  cr_json_set_string (body, "creationTransactionId", cr_json_peek_string (info, "create_txid"));
  if (json_object_get (info, "previous_create_txid"))
    cr_json_set_string (body, "previousServiceCreationTransactionId",
                        cr_json_peek_string (info, "previous_create_txid"));
  cr_json_set (body, "serviceData", data ? json_incref (data) : json_null ());
  cr_json_set (body, "configuration", configuration);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_constitution (GovCall *call)
{
  g_autofree char *text = store_get (call->store, MAP_CONSTITUTION, THE_KEY);
  if (text)
    sandbox_respond_text (call->response, 200, "text/javascript", text);
  else
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "The constitution has not been set.");
}

static void
get_members (GovCall *call)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) ids = gov_member_ids (call->store);
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, gov_member (call->store, g_ptr_array_index (ids, i)));
  respond_list (call, list);
}

static gboolean
check_id (GovCall *call, const char *id, const char *what)
{
  gboolean valid = strlen (id) == 64 && strspn (id, "0123456789abcdefABCDEF") == 64;
  if (!valid)
    sandbox_respond_error (call->response, 400, "InvalidResourceName",
                           "'%s' is not a valid hex-encoded %s ID", id, what);
  return valid;
}

static void
respond_one (GovCall *call, json_t *value, const char *what, const char *id)
{
  if (value)
    sandbox_respond_json (call->response, 200, value);
  else
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "No details found for %s %s.", what, id);
}

static void
get_member (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (check_id (call, id, "member"))
    respond_one (call, gov_member (call->store, id), "member", id);
}

static json_t *
user_view (Store *store, const char *id)
{
  g_autofree char *certificate = store_get (store, MAP_USER_CERTS, id);
  if (!certificate)
    return NULL;
  json_t *user = json_object ();
  cr_json_set_string (user, "userId", id);
  cr_json_set_string (user, "certificate", certificate);
  json_t *data = store_get_json (store, MAP_USER_INFO, id);
  cr_json_set (user, "userData", data ? data : json_null ());
  return user;
}

static void
get_users (GovCall *call)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) ids = store_keys (call->store, MAP_USER_CERTS);
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, user_view (call->store, g_ptr_array_index (ids, i)));
  respond_list (call, list);
}

static void
get_user (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (check_id (call, id, "user"))
    respond_one (call, user_view (call->store, id), "user", id);
}

static json_t *
node_view (GovCall *call, const char *id)
{
  json_t *node = store_get_json (call->store, MAP_NODES, id);
  if (node && g_strcmp0 (id, ccf_node_id (call->node)) == 0)
    cr_json_set_string (node, "certificate", ccf_node_cert_pem (call->node));
  return node;
}

static void
get_nodes (GovCall *call)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) ids = store_keys (call->store, MAP_NODES);
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, node_view (call, g_ptr_array_index (ids, i)));
  respond_list (call, list);
}

static void
get_node (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (check_id (call, id, "node"))
    respond_one (call, node_view (call, id), "node", id);
}

/* All of MAP as an object, or as the list of its keys. */
static json_t *
map_object (Store *store, const char *map)
{
  json_t *object = json_object ();
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  for (guint i = 0; i < keys->len; i++) {
    const char *key = g_ptr_array_index (keys, i);
    cr_json_set (object, key, store_get_json (store, map, key));
  }
  return object;
}

static json_t *
map_keys (Store *store, const char *map)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  for (guint i = 0; i < keys->len; i++)
    json_array_append_new (list, json_string (g_ptr_array_index (keys, i)));
  return list;
}

static json_t *
map_texts (Store *store, const char *map)
{
  json_t *object = json_object ();
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  for (guint i = 0; i < keys->len; i++) {
    g_autofree char *text = store_get (store, map, g_ptr_array_index (keys, i));
    cr_json_set_string (object, g_ptr_array_index (keys, i), text);
  }
  return object;
}

static void
get_join_policy (GovCall *call)
{
  json_t *sgx = json_object ();
  cr_json_set (sgx, "measurements", json_array ());
  json_t *simulated = json_object ();
  cr_json_set (simulated, "measurements", json_array ());
  cr_json_set (simulated, "hostData", json_array ());
  json_t *snp = json_object ();
  cr_json_set (snp, "measurements", map_keys (call->store, MAP_SNP_MEASUREMENTS));
  cr_json_set (snp, "hostData", map_texts (call->store, MAP_SNP_HOST_DATA));
  cr_json_set (snp, "uvmEndorsements", map_object (call->store, MAP_SNP_UVM));
  cr_json_set (snp, "tcbVersions", map_object (call->store, MAP_SNP_TCB));
  json_t *body = json_object ();
  cr_json_set (body, "sgx", sgx);
  cr_json_set (body, "virtual", simulated);
  cr_json_set (body, "snp", snp);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_jwk (GovCall *call)
{
  json_t *issuers = json_object ();
  g_autoptr (GPtrArray) names = store_keys (call->store, MAP_JWT_ISSUERS);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autoptr (json_t) stored = store_get_json (call->store, MAP_JWT_ISSUERS, name);
    json_t *issuer = json_object ();
    cr_json_set_bool (issuer, "autoRefresh", cr_json_peek_bool (stored, "auto_refresh", FALSE));
    cr_json_set_string (issuer, "caCertBundleName", cr_json_peek_string (stored, "ca_cert_bundle_name"));
    cr_json_set (issuers, name, issuer);
  }
  json_t *body = json_object ();
  cr_json_set (body, "issuers", issuers);
  cr_json_set (body, "keys", map_object (call->store, MAP_JWT_KEYS));
  cr_json_set (body, "caCertBundles", map_texts (call->store, MAP_BUNDLES));
  sandbox_respond_json (call->response, 200, body);
}

/* snake_case to camelCase, as the versioned API writes names. */
static char *
camel (const char *name)
{
  GString *text = g_string_new (NULL);
  for (; *name; name++)
    if (*name == '_' && name[1])
      g_string_append_c (text, g_ascii_toupper (*++name));
    else
      g_string_append_c (text, *name);
  return g_string_free (text, FALSE);
}

static json_t *
camel_endpoint (const json_t *stored)
{
  json_t *endpoint = json_object ();
  const char *key;
  json_t *value;
  g_autoptr (json_t) source = json_deep_copy (stored); /* iteration takes no const */
  json_object_foreach (source, key, value) {
    g_autofree char *name = strcmp (key, "openapi") == 0 ? g_strdup ("openApi") : camel (key);
    cr_json_set (endpoint, name, json_incref (value));
  }
  return endpoint;
}

static void
get_javascript_app (GovCall *call)
{
  g_autofree char *mode = sandbox_request_query (call->request, "case");
  if (mode && strcmp (mode, "original") != 0) {
    sandbox_respond_error (call->response, 400, "InvalidQueryParameterValue",
                           "Accepted values for the 'case' query parameter are: original");
    return;
  }
  json_t *endpoints = json_object ();
  g_autoptr (GPtrArray) paths = store_keys (call->store, MAP_ENDPOINTS);
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (json_t) methods = store_get_json (call->store, MAP_ENDPOINTS, g_ptr_array_index (paths, i));
    json_t *view = json_object ();
    const char *method;
    json_t *endpoint;
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *verb = g_ascii_strup (method, -1);
      cr_json_set (view, verb, mode ? json_incref (endpoint) : camel_endpoint (endpoint));
    }
    cr_json_set (endpoints, g_ptr_array_index (paths, i), view);
  }
  json_t *body = json_object ();
  cr_json_set (body, "endpoints", endpoints);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_modules (GovCall *call)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) names = store_keys (call->store, MAP_MODULES);
  for (guint i = 0; i < names->len; i++) {
    json_t *module = json_object ();
    cr_json_set_string (module, "moduleName", g_ptr_array_index (names, i));
    json_array_append_new (list, module);
  }
  respond_list (call, list);
}

static void
get_module (GovCall *call)
{
  g_autofree char *name = cr_percent_decode (sandbox_request_parameter (call->request, 0), -1);
  g_autofree char *text = store_get (call->store, MAP_MODULES, name);
  if (text)
    sandbox_respond_text (call->response, 200, "text/javascript", text);
  else
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Module %s does not exist.", name);
}

/* Undo what the node adds to a module reference. */
static void
original_form (json_t *endpoint, const char *method)
{
  const char *module = cr_json_peek_string (endpoint, "js_module");
  if (module && *module == '/') {
    g_autofree char *name = g_strdup (module + 1);
    cr_json_set_string (endpoint, "js_module", name);
  }
  if (!json_object_get (endpoint, "mode") && (strcmp (method, "put") == 0 || strcmp (method, "post") == 0))
    cr_json_set_string (endpoint, "mode", "readwrite");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

json_t *
gov_js_bundle (Store *store)
{
  json_t *endpoints = json_object ();
  g_autoptr (GPtrArray) paths = store_keys (store, MAP_ENDPOINTS);
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (json_t) methods = store_get_json (store, MAP_ENDPOINTS, g_ptr_array_index (paths, i));
    json_t *view = json_object ();
    const char *method;
    json_t *endpoint;
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *verb = g_ascii_strdown (method, -1);
      original_form (endpoint, verb);
      cr_json_set (view, verb, json_incref (endpoint));
    }
    cr_json_set (endpoints, g_ptr_array_index (paths, i), view);
  }
  json_t *modules = json_array ();
  g_autoptr (GPtrArray) names = store_keys (store, MAP_MODULES);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *text = store_get (store, MAP_MODULES, name);
    json_t *module = json_object ();
    cr_json_set_string (module, "module", text);
    cr_json_set_string (module, "name", *name == '/' ? name + 1 : name);
    json_array_append_new (modules, module);
  }
  json_t *metadata = json_object ();
  cr_json_set (metadata, "endpoints", endpoints);
  json_t *bundle = json_object ();
  cr_json_set (bundle, "metadata", metadata);
  cr_json_set (bundle, "modules", modules);
  return bundle;
}

const GovRoute gov_service_routes[] = {
  { "GET", "/gov/service/info", get_info, NULL, FALSE },
  { "GET", "/gov/service/constitution", get_constitution, NULL, FALSE },
  { "GET", "/gov/service/members", get_members, NULL, FALSE },
  { "GET", "/gov/service/members/{memberId}", get_member, NULL, FALSE },
  { "GET", "/gov/service/users", get_users, NULL, FALSE },
  { "GET", "/gov/service/users/{userId}", get_user, NULL, FALSE },
  { "GET", "/gov/service/nodes", get_nodes, NULL, FALSE },
  { "GET", "/gov/service/nodes/{nodeId}", get_node, NULL, FALSE },
  { "GET", "/gov/service/join-policy", get_join_policy, NULL, FALSE },
  { "GET", "/gov/service/jwk", get_jwk, NULL, FALSE },
  { "GET", "/gov/service/javascript-app", get_javascript_app, NULL, FALSE },
  { "GET", "/gov/service/javascript-modules", get_modules, NULL, FALSE },
  { "GET", "/gov/service/javascript-modules/{name}", get_module, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
