/* SPDX-License-Identifier: MIT
 * GET /node/...: what the node says about itself and the network; and the common calls tx, commit, receipt.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

#include <string.h>

static json_t *
service (GovCall *call)
{
  json_t *info = gov_service_info (call->store);
  if (!info)
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Network status not available");
  return info;
}

static gint64
current_view (Store *store)
{
  return store_view_of (store, store_last_seqno (store));
}

static void
get_network (GovCall *call)
{
  g_autoptr (json_t) info = service (call);
  if (!info)
    return;
  json_t *data = json_object_get (info, "service_data");
  json_t *body = json_object ();
  cr_json_set_string (body, "service_status", cr_json_peek_string (info, "status"));
  cr_json_set_string (body, "service_certificate", cr_json_peek_string (info, "cert"));
  cr_json_set_int (body, "current_view", current_view (call->store));
  cr_json_set_string (body, "primary_id", ccf_node_id (call->node));
  cr_json_set_int (body, "recovery_count", cr_json_peek_int (info, "recovery_count", 0));
  cr_json_set (body, "service_data", data ? json_incref (data) : json_null ());
  cr_json_set_string (body, "current_service_create_txid", cr_json_peek_string (info, "create_txid"));
  sandbox_respond_json (call->response, 200, body);
}

static void
get_ready_gov (GovCall *call)
{
  g_autoptr (json_t) info = gov_service_info (call->store);
  sandbox_respond_empty (call->response, info ? 204 : 503);
}

static void
get_ready_app (GovCall *call)
{
  g_autofree char *status = gov_service_status (call->store);
  sandbox_respond_empty (call->response, g_strcmp0 (status, "Open") == 0 ? 204 : 503);
}

static gboolean
is_recovering (GovCall *call)
{
  g_autofree char *status = gov_service_status (call->store);
  return g_strcmp0 (status, "Recovering") == 0 || g_strcmp0 (status, "WaitingForRecoveryShares") == 0;
}

/* The private part is read in the transaction that gets the last share, so no state lies between. */
static void
get_state (GovCall *call)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "node_id", ccf_node_id (call->node));
  cr_json_set_string (body, "state", is_recovering (call) ? "PartOfPublicNetwork" : "PartOfNetwork");
  cr_json_set_int (body, "last_signed_seqno", ccf_ledger_signed_seqno (call->store));
  cr_json_set_int (body, "startup_seqno", 0);
  sandbox_respond_json (call->response, 200, body);
}

static json_t *
node_object (GovCall *call, const char *id)
{
  gboolean own = g_strcmp0 (id, ccf_node_id (call->node)) == 0;
  g_autoptr (json_t) stored = store_get_json (call->store, MAP_NODES, id);
  json_t *interface = json_object ();
  g_autofree char *address = g_strdup (sandbox_url (call->sandbox, "ccf"));
  cr_json_set_string (interface, "published_address", address ? address + strlen ("https://") : "");
  json_t *interfaces = json_object ();
  cr_json_set (interfaces, "primary_rpc_interface", interface);
  json_t *data = json_object_get (stored, "nodeData");
  const char *status = cr_json_peek_string (stored, "status");
  json_t *node = json_object ();
  cr_json_set_string (node, "node_id", id);
  cr_json_set_string (node, "status", status ? status : "Trusted");
  cr_json_set_bool (node, "primary", own);
  cr_json_set (node, "rpc_interfaces", interfaces);
  cr_json_set (node, "node_data", data ? json_incref (data) : json_null ());
  cr_json_set_int (node, "last_written", store_get_seqno (call->store, MAP_NODES, id));
  return node;
}

/* The nodes of STATUS (NULL = all) as the answer. */
static void
respond_nodes (GovCall *call, const char *status)
{
  json_t *nodes = json_array ();
  g_autoptr (GPtrArray) ids = store_keys (call->store, MAP_NODES);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) node = node_object (call, g_ptr_array_index (ids, i));
    if (!status || g_strcmp0 (cr_json_peek_string (node, "status"), status) == 0)
      json_array_append (nodes, node);
  }
  json_t *body = json_object ();
  cr_json_set (body, "nodes", nodes);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_nodes (GovCall *call)
{
  g_autofree char *status = sandbox_request_query (call->request, "status");
  respond_nodes (call, status);
}

static void
get_removable_nodes (GovCall *call)
{
  respond_nodes (call, "Retired");
}

/* "self", "primary" or an id that is known; NULL with the answer written. */
static const char *
find_node (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (strcmp (id, "self") == 0 || strcmp (id, "primary") == 0)
    return ccf_node_id (call->node);
  if (store_has (call->store, MAP_NODES, id))
    return id;
  sandbox_respond_error (call->response, 404, "ResourceNotFound", "Node not found");
  return NULL;
}

static void
get_node (GovCall *call)
{
  const char *id = find_node (call);
  if (id)
    sandbox_respond_json (call->response, 200, node_object (call, id));
}

/* Nodes from before a recovery, once their retirement is committed. Anybody may: CCF asks for no credential.
 * */
static void
delete_node (GovCall *call)
{
  const char *id = find_node (call);
  if (!id)
    return;
  g_autoptr (json_t) stored = store_get_json (call->store, MAP_NODES, id);
  if (!cr_json_peek_bool (stored, "retiredCommitted", FALSE)) {
    sandbox_respond_error (call->response, 400, "NodeNotRetiredCommitted",
                           "Node %s is not completely retired", id);
    return;
  }
  store_delete (call->store, MAP_NODES, id);
  sandbox_respond_json (call->response, 200, json_true ());
}

static void
get_previous_identity (GovCall *call)
{
  g_autoptr (json_t) info = service (call);
  const char *previous = cr_json_peek_string (info, "previous_service_identity");
  if (!info)
    return;
  if (!previous) {
    sandbox_respond_error (call->response, 404, "ResourceNotFound",
                           "This service is not a recovery of a previous service.");
    return;
  }
  json_t *body = json_object ();
  cr_json_set_string (body, "previous_service_identity", previous);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_own_certificate (GovCall *call)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "self_signed_certificate", ccf_node_cert_pem (call->node));
  sandbox_respond_json (call->response, 200, body);
}

static void
get_version (GovCall *call)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "ccf_version", "ccf-6.0.26");
  cr_json_set_string (body, "quickjs_version", "none");
  cr_json_set_bool (body, "unsafe", FALSE);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_consensus (GovCall *call)
{
  json_t *details = json_object ();
  cr_json_set_string (details, "primary_id", ccf_node_id (call->node));
  cr_json_set_int (details, "current_view", current_view (call->store));
  cr_json_set_string (details, "leadership_state", "Leader");
  cr_json_set_string (details, "membership_state", "Active");
  cr_json_set (details, "acks", json_object ());
  cr_json_set (details, "configs", json_array ());
  json_t *body = json_object ();
  cr_json_set (body, "details", details);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_primary (GovCall *call)
{
  sandbox_respond_empty (call->response, 200);
}

const GovRoute ccf_node_routes[] = {
  { "GET", "/node/network", get_network, NULL, FALSE },
  { "GET", "/node/ready/gov", get_ready_gov, NULL, FALSE },
  { "GET", "/node/ready/app", get_ready_app, NULL, FALSE },
  { "GET", "/node/state", get_state, NULL, FALSE },
  { "GET", "/node/network/nodes", get_nodes, NULL, FALSE },
  { "GET", "/node/network/nodes/{nodeId}", get_node, NULL, FALSE },
  { "DELETE", "/node/network/nodes/{nodeId}", delete_node, NULL, FALSE },
  { "GET", "/node/network/removable_nodes", get_removable_nodes, NULL, FALSE },
  { "GET", "/node/service/previous_identity", get_previous_identity, NULL, FALSE },
  { "GET", "/node/self_signed_certificate", get_own_certificate, NULL, FALSE },
  { "GET", "/node/version", get_version, NULL, FALSE },
  { "GET", "/node/consensus", get_consensus, NULL, FALSE },
  { "GET", "/node/primary", get_primary, NULL, FALSE },
  { "HEAD", "/node/primary", get_primary, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
