/* SPDX-License-Identifier: MIT
 * GET /node/...: what the node says about itself and the network; and the common calls tx, commit, receipt.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/receipt.h"

#include <string.h>

static json_t *
service (GovCall *call)
{
  json_t *info = gov_service_info (call->store);
  if (!info)
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Network status not available");
  return info;
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
  cr_json_set_int (body, "current_view", STORE_VIEW);
  cr_json_set_string (body, "primary_id", ccf_node_id (call->node));
  cr_json_set_int (body, "recovery_count", 0);
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

static void
get_state (GovCall *call)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "node_id", ccf_node_id (call->node));
  cr_json_set_string (body, "state", "PartOfNetwork");
  cr_json_set_int (body, "last_signed_seqno", store_last_seqno (call->store));
  cr_json_set_int (body, "startup_seqno", 0);
  sandbox_respond_json (call->response, 200, body);
}

static json_t *
node_object (GovCall *call)
{
  g_autoptr (json_t) stored = store_get_json (call->store, MAP_NODES, ccf_node_id (call->node));
  json_t *interface = json_object ();
  g_autofree char *address = g_strdup (sandbox_url (call->sandbox, "ccf"));
  cr_json_set_string (interface, "published_address", address ? address + strlen ("https://") : "");
  json_t *interfaces = json_object ();
  cr_json_set (interfaces, "primary_rpc_interface", interface);
  json_t *data = json_object_get (stored, "nodeData");
  json_t *node = json_object ();
  cr_json_set_string (node, "node_id", ccf_node_id (call->node));
  cr_json_set_string (node, "status", "Trusted");
  cr_json_set_bool (node, "primary", TRUE);
  cr_json_set (node, "rpc_interfaces", interfaces);
  cr_json_set (node, "node_data", data ? json_incref (data) : json_null ());
  cr_json_set_int (node, "last_written", store_get_seqno (call->store, MAP_NODES, ccf_node_id (call->node)));
  return node;
}

static void
get_nodes (GovCall *call)
{
  g_autofree char *status = sandbox_request_query (call->request, "status");
  json_t *nodes = json_array ();
  if (!status || strcmp (status, "Trusted") == 0)
    json_array_append_new (nodes, node_object (call));
  json_t *body = json_object ();
  cr_json_set (body, "nodes", nodes);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_no_nodes (GovCall *call)
{
  json_t *body = json_object ();
  cr_json_set (body, "nodes", json_array ());
  sandbox_respond_json (call->response, 200, body);
}

static void
get_node (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (strcmp (id, "self") == 0 || strcmp (id, "primary") == 0
      || g_strcmp0 (id, ccf_node_id (call->node)) == 0)
    sandbox_respond_json (call->response, 200, node_object (call));
  else
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Node not found");
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
  cr_json_set_int (details, "current_view", STORE_VIEW);
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

/* "VIEW.SEQNO" as two numbers. */
static gboolean
parse_txid (const char *text, gint64 *view, gint64 *seqno)
{
  char *end = NULL;
  if (!text || !g_ascii_isdigit (*text))
    return FALSE;
  *view = g_ascii_strtoll (text, &end, 10);
  if (*end != '.' || !g_ascii_isdigit (end[1]))
    return FALSE;
  *seqno = g_ascii_strtoll (end + 1, &end, 10);
  return !*end;
}

static const char *
transaction_status (Store *store, gint64 view, gint64 seqno)
{
  if (view > STORE_VIEW || seqno > store_last_seqno (store))
    return "Unknown";
  return view == STORE_VIEW && seqno > 0 ? "Committed" : "Invalid";
}

/* The transaction_id of the query, or FALSE with the answer written. TEXT gives. */
static gboolean
read_txid (GovCall *call, char **text, gint64 *view, gint64 *seqno)
{
  *text = sandbox_request_query (call->request, "transaction_id");
  if (parse_txid (*text, view, seqno))
    return TRUE;
  if (*text)
    sandbox_respond_error (call->response, 400, "InvalidQueryParameterValue",
                           "The value '%s' in query parameter 'transaction_id' could not be converted to a "
                           "valid Tx ID.",
                           *text);
  else
    sandbox_respond_error (call->response, 400, "InvalidQueryParameterValue",
                           "Missing query parameter 'transaction_id'");
  return FALSE;
}

static void
get_tx (GovCall *call)
{
  g_autofree char *text = NULL;
  gint64 view = 0, seqno = 0;
  if (!read_txid (call, &text, &view, &seqno))
    return;
  json_t *body = json_object ();
  cr_json_set_string (body, "transaction_id", text);
  cr_json_set_string (body, "status", transaction_status (call->store, view, seqno));
  sandbox_respond_json (call->response, 200, body);
}

static void
get_commit (GovCall *call)
{
  g_autofree char *txid = store_txid (store_last_seqno (call->store));
  json_t *body = json_object ();
  cr_json_set_string (body, "transaction_id", txid);
  sandbox_respond_json (call->response, 200, body);
}

static json_t *
proof_steps (const StoreProof *proof, gint64 seqno)
{
  g_autoptr (GArray) path = ledger_path (proof->leaves, proof->count, (guint64) seqno - 1);
  json_t *steps = json_array ();
  for (guint i = 0; i < path->len; i++) {
    const LedgerStep *step = &g_array_index (path, LedgerStep, i);
    g_autofree char *hash = cr_hex (step->hash, LEDGER_HASH);
    json_t *entry = json_object ();
    cr_json_set_string (entry, step->left ? "left" : "right", hash);
    json_array_append_new (steps, entry);
  }
  return steps;
}

static json_t *
make_receipt (GovCall *call, const StoreProof *proof, gint64 seqno, GError **error)
{
  static const guint8 no_claims[LEDGER_HASH];
  guint8 root[LEDGER_HASH];
  store_root (call->store, root);
  g_autoptr (GBytes) signature = cose_receipt_sign_root (ccf_node_key (call->node), root, error);
  if (!signature)
    return NULL;
  g_autofree char *write_set = cr_hex (proof->write_set_digest, LEDGER_HASH);
  g_autofree char *claims = cr_hex (no_claims, LEDGER_HASH);
  g_autofree char *signature_text = cr_base64_bytes (signature);
  json_t *leaf = json_object ();
  cr_json_set_string (leaf, "write_set_digest", write_set);
  cr_json_set_string (leaf, "commit_evidence", proof->evidence);
  cr_json_set_string (leaf, "claims_digest", claims);
  json_t *receipt = json_object ();
  cr_json_set_string (receipt, "cert", ccf_node_cert_pem (call->node));
  cr_json_set (receipt, "leaf_components", leaf);
  cr_json_set_string (receipt, "node_id", ccf_node_id (call->node));
  cr_json_set (receipt, "proof", proof_steps (proof, seqno));
  cr_json_set_string (receipt, "signature", signature_text);
  return receipt;
}

static void
get_receipt (GovCall *call)
{
  g_autofree char *text = NULL;
  gint64 view = 0, seqno = 0;
  if (!read_txid (call, &text, &view, &seqno))
    return;
  const char *status = transaction_status (call->store, view, seqno);
  if (strcmp (status, "Committed") != 0) {
    gboolean invalid = strcmp (status, "Invalid") == 0;
    sandbox_respond_error (call->response, 404,
                           invalid ? "TransactionInvalid" : "TransactionPendingOrUnknown",
                           "Transaction %s is %s.", text, invalid ? "invalid" : "not available");
    return;
  }
  g_autoptr (GError) error = NULL;
  g_auto (StoreProof) proof = { 0 };
  json_t *receipt = store_proof (call->store, seqno, &proof, &error)
                        ? make_receipt (call, &proof, seqno, &error)
                        : NULL;
  if (receipt)
    sandbox_respond_json (call->response, 200, receipt);
  else
    sandbox_respond_error (call->response, 500, "InternalError", "%s",
                           error ? error->message : "the transaction cannot be read");
}

static void
get_versioned_tx (GovCall *call)
{
  const char *text = sandbox_request_parameter (call->request, 0);
  gint64 view = 0, seqno = 0;
  json_t *body = json_object ();
  if (strcmp (text, "commit") == 0) {
    g_autofree char *txid = store_txid (store_last_seqno (call->store));
    cr_json_set_string (body, "transactionId", txid);
  } else if (parse_txid (text, &view, &seqno)) {
    cr_json_set_string (body, "status", transaction_status (call->store, view, seqno));
    cr_json_set_string (body, "transactionId", text);
  } else {
    json_decref (body);
    sandbox_respond_error (call->response, 400, "InvalidResourceName", "'%s' is not a valid transaction ID",
                           text);
    return;
  }
  sandbox_respond_json (call->response, 200, body);
}

const GovRoute ccf_node_routes[] = {
  { "GET", "/node/network", get_network, NULL, FALSE },
  { "GET", "/node/ready/gov", get_ready_gov, NULL, FALSE },
  { "GET", "/node/ready/app", get_ready_app, NULL, FALSE },
  { "GET", "/node/state", get_state, NULL, FALSE },
  { "GET", "/node/network/nodes", get_nodes, NULL, FALSE },
  { "GET", "/node/network/nodes/{nodeId}", get_node, NULL, FALSE },
  { "GET", "/node/network/removable_nodes", get_no_nodes, NULL, FALSE },
  { "GET", "/node/version", get_version, NULL, FALSE },
  { "GET", "/node/consensus", get_consensus, NULL, FALSE },
  { "GET", "/node/primary", get_primary, NULL, FALSE },
  { "HEAD", "/node/primary", get_primary, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};

const GovRoute gov_transaction_routes[] = {
  { "GET", "/gov/service/transactions/{transactionId}", get_versioned_tx, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};

const GovRoute ccf_common_routes[] = {
  { "GET", "/tx", get_tx, NULL, FALSE },
  { "GET", "/commit", get_commit, NULL, FALSE },
  { "GET", "/receipt", get_receipt, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
