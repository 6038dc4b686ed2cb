/* SPDX-License-Identifier: MIT
 * Transactions: status, commit, receipts, ledger entries; common calls of the three frontends and versioned
 * twins.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

#include <string.h>

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
  gint64 last = store_last_seqno (store);
  if (view < 1 || seqno < 1)
    return "Invalid";
  if (seqno > last)
    return view < store_view_of (store, last) ? "Invalid" : "Unknown";
  if (view != store_view_of (store, seqno))
    return view > store_view_of (store, last) ? "Unknown" : "Invalid";
  return seqno <= store_durable_seqno (store) ? "Committed" : "Pending";
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

static char *
commit_id (Store *store)
{
  return store_txid (store, store_durable_seqno (store));
}

/* The first transaction of every view, from the one asked for on. FALSE with the answer written. */
static gboolean
add_view_history (GovCall *call, json_t *body)
{
  g_autofree char *wanted = sandbox_request_query (call->request, "view_history");
  g_autofree char *since = sandbox_request_query (call->request, "view_history_since");
  gint64 first = 1;
  if (wanted && strcmp (wanted, "true") != 0 && strcmp (wanted, "false") != 0) {
    sandbox_respond_error (call->response, 400, "InvalidQueryParameterValue",
                           "Invalid value for view_history, must be one of [true, false] when present");
    return FALSE;
  }
  if (since) {
    char *end = NULL;
    first = g_ascii_isdigit (*since) ? g_ascii_strtoll (since, &end, 10) : 0;
    if (first < 1 || !end || *end || first > store_view_of (call->store, store_last_seqno (call->store))) {
      sandbox_respond_error (call->response, 404, "InvalidInput",
                             "Invalid view_history_since: '%s' is not a view of this ledger.", since);
      return FALSE;
    }
  }
  if (!since && g_strcmp0 (wanted, "true") != 0)
    return TRUE;
  json_t *history = json_array ();
  g_autoptr (GPtrArray) views = store_views (call->store);
  for (guint i = 0; i < views->len; i++)
    if (g_ascii_strtoll (g_ptr_array_index (views, i), NULL, 10) >= first)
      json_array_append_new (history, json_string (g_ptr_array_index (views, i)));
  cr_json_set (body, "view_history", history);
  return TRUE;
}

static void
get_commit (GovCall *call)
{
  g_autofree char *txid = commit_id (call->store);
  g_autoptr (json_t) body = json_object ();
  cr_json_set_string (body, "transaction_id", txid);
  if (add_view_history (call, body))
    sandbox_respond_json (call->response, 200, json_incref (body));
}

/* A committed transaction, or FALSE with the answer written. */
static gboolean
need_committed (GovCall *call, gint64 *seqno)
{
  g_autofree char *text = NULL;
  gint64 view = 0;
  if (!read_txid (call, &text, &view, seqno))
    return FALSE;
  const char *status = transaction_status (call->store, view, *seqno);
  if (strcmp (status, "Committed") == 0)
    return TRUE;
  gboolean invalid = strcmp (status, "Invalid") == 0;
  sandbox_respond_error (call->response, 404, invalid ? "TransactionInvalid" : "TransactionPendingOrUnknown",
                         "Transaction %s is %s.", text, invalid ? "invalid" : "not available");
  return FALSE;
}

/* The transaction of this call ends before the receipt is made, because that may need a signature
 * transaction. */
static void
get_receipt (GovCall *call)
{
  gint64 seqno = 0;
  if (!need_committed (call, &seqno))
    return;
  g_autoptr (GError) error = NULL;
  if (!ccf_historical_ready (ccf_node_historical (call->node), seqno, seqno)) {
    sandbox_respond_header (call->response, "Retry-After", "3");
    sandbox_respond_text (call->response, 202, "text/plain",
                          "Historical transaction is not currently available. Please retry.");
    return;
  }
  json_t *receipt = ccf_ledger_receipt (call->node, seqno, &error);
  if (receipt) {
    sandbox_respond_json (call->response, 200, receipt);
    return;
  }
  if (error) {
    sandbox_respond_error (call->response, 500, "InternalError", "%s", error->message);
    return;
  }
  ccf_ledger_hurry (ccf_node_ledger (call->node));
  sandbox_respond_header (call->response, "Retry-After", "1");
  sandbox_respond_text (call->response, 202, "text/plain",
                        "Historical transaction is not currently available. Please retry.");
}

/* The write set whose digest is in the receipt: what the files of the ledger hold. */
static void
get_entry (GovCall *call)
{
  gint64 seqno = 0;
  if (!need_committed (call, &seqno))
    return;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) entry = store_entry (call->store, seqno, &error);
  if (entry)
    sandbox_respond_bytes (call->response, 200, "application/octet-stream", entry);
  else
    sandbox_respond_error (call->response, 500, "InternalError", "%s",
                           error ? error->message : "the entry cannot be read");
}

static void
get_versioned_tx (GovCall *call)
{
  const char *text = sandbox_request_parameter (call->request, 0);
  gint64 view = 0, seqno = 0;
  json_t *body = json_object ();
  if (strcmp (text, "commit") == 0) {
    g_autofree char *txid = commit_id (call->store);
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

const GovRoute gov_transaction_routes[] = {
  { "GET", "/gov/service/transactions/{transactionId}", get_versioned_tx, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};

const GovRoute ccf_common_routes[] = {
  { "GET", "/tx", get_tx, NULL, FALSE },
  { "GET", "/commit", get_commit, NULL, FALSE },
  { "GET", "/receipt", get_receipt, NULL, FALSE },
  { "GET", "/ledger-entry", get_entry, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
