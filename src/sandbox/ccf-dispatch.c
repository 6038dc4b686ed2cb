/* SPDX-License-Identifier: MIT
 * The node's one entry: prefixes /node, /gov, /app; api-version; signed calls; one transaction per call.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/error.h"

#include <string.h>

static gboolean
has_prefix (const char *path, const char *prefix)
{
  return g_str_has_prefix (path, prefix) && path[strlen (prefix)] == '/';
}

/* The first route of TABLES (NULL-terminated) that takes the call; *ALLOW collects the other methods. */
static const GovRoute *
find_route (const GovRoute *const *tables, const SandboxRequest *request, const char *path, GString *allow)
{
  for (; *tables; tables++)
    for (const GovRoute *route = *tables; route->method; route++) {
      if (!sandbox_route_match (route->pattern, path, request->parameters))
        continue;
      if (strcmp (route->method, request->method) == 0)
        return route;
      if (!strstr (allow->str, route->method))
        g_string_append_printf (allow, "%s%s", allow->len ? ", " : "", route->method);
    }
  return NULL;
}

static gboolean
check_api_version (const SandboxRequest *request, SandboxResponse *response)
{
  static const char *const known[] = { "2023-06-01-preview", "2024-07-01", "latest", NULL };
  g_autofree char *version = sandbox_request_query (request, "api-version");
  if (!version)
    sandbox_respond_error (response, 400, "MissingApiVersionParameter",
                           "The api-version query parameter (?api-version=) is required for all requests.");
  else if (!g_strv_contains (known, version))
    sandbox_respond_error (response, 400, "UnsupportedApiVersionValue",
                           "Unsupported api-version '%s'. The supported api-versions are: %s, %s", version,
                           known[0], known[1]);
  else if (strcmp (version, known[0]) == 0 && g_str_has_prefix (request->path, "/gov/service/javascript-"))
    sandbox_respond_error (response, 400, "UnsupportedApiVersionValue",
                           "Unsupported api-version '%s'. The supported api-versions are: %s", version,
                           known[1]);
  else
    return TRUE;
  return FALSE;
}

/* Commit or abort by the answer, and name the transaction. */
static void
finish (GovCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 seqno = 0;
  if (call->response->status >= 300) {
    store_abort (call->store);
    return;
  }
  if (!store_commit (call->store, &seqno, &error)) {
    sandbox_log (call->sandbox, "commit failed: %s", error->message);
    sandbox_response_reset (call->response);
    ccf_respond_unsaved (call->response, error);
    return;
  }
  g_autofree char *txid = store_txid (call->store, seqno);
  sandbox_respond_header (call->response, "x-ms-ccf-transaction-id", txid);
  if (call->message)
    ccf_ledger_note (ccf_node_ledger (call->node));
  ccf_key_refresh_settle (ccf_node_refresh (call->node));
  ccf_certificates_settle (call->node);
}

static void
run (GovCall *call, const GovRoute *route)
{
  g_autoptr (CoseSign1) message = NULL;
  if (route->message_type && !gov_cose_check (call->node, call->request, route, call->response, &message))
    return;
  g_autoptr (GError) error = NULL;
  if (!store_begin (call->store, &error)) {
    sandbox_respond_error (call->response, 500, "InternalError", "%s", error->message);
    return;
  }
  call->message = message;
  call->signer = message ? message->kid : NULL;
  if (!message || gov_cose_check_signer (call, route))
    route->handler (call);
  finish (call);
}

static void
unknown (const SandboxRequest *request, SandboxResponse *response, const char *allow)
{
  if (*allow) {
    sandbox_respond_header (response, "Allow", allow);
    sandbox_respond_error (response, 405, "UnsupportedHttpVerb", "Allowed methods for '%s' are: %s.",
                           request->path, allow);
  } else
    sandbox_respond_error (response, 404, "ResourceNotFound", "Unknown path: %s.", request->path);
}

static gboolean
is_open (CcfNode *node)
{
  Store *store = ccf_store (node);
  if (!store_begin (store, NULL))
    return FALSE;
  g_autofree char *status = gov_service_status (store);
  store_abort (store);
  return g_strcmp0 (status, "Open") == 0;
}

static void
dispatch (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  static const GovRoute *const node_tables[] = { ccf_node_routes, NULL };
  static const GovRoute *const gov_tables[] = { gov_proposal_routes,    gov_service_routes,
                                                gov_transaction_routes, gov_digest_routes,
                                                gov_recovery_routes,    NULL };
  static const GovRoute *const common_tables[] = { ccf_common_routes, NULL };
  static const char *const prefixes[] = { "/node", "/gov", "/app" };
  const GovRoute *const *tables[] = { node_tables, gov_tables, NULL };
  CcfNode *node = ccf_node (sandbox);
  guint frontend = 0;
  while (frontend < G_N_ELEMENTS (prefixes) && !has_prefix (request->path, prefixes[frontend]))
    frontend++;
  if (frontend == G_N_ELEMENTS (prefixes)) {
    unknown (request, response, "");
    return;
  }
  if (frontend == 2 && !is_open (node)) {
    sandbox_respond_error (response, 404, "FrontendNotOpen", "Frontend is not open.");
    return;
  }
  GovCall call = {
    .sandbox = sandbox, .node = node, .store = ccf_store (node), .request = request, .response = response
  };
  g_autoptr (GString) allow = g_string_new (NULL);
  const GovRoute *route = find_route (common_tables, request, request->path + strlen (prefixes[frontend]),
                                      allow);
  gboolean common = route != NULL;
  if (!route && tables[frontend])
    route = find_route (tables[frontend], request, request->path, allow);
  if (!route && frontend == 2 && !allow->len) {
    ccf_app_dispatch (sandbox, request, response);
    return;
  }
  if (!route)
    unknown (request, response, allow->str);
  else if (frontend != 1 || common || check_api_version (request, response))
    run (&call, route);
}

void
ccf_dispatch (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Store *store = ccf_store (ccf_node (sandbox));
  store_enter (store);
  dispatch (sandbox, request, response);
  store_leave (store);
}
