/* SPDX-License-Identifier: MIT
 * The ledger as proof: signature transactions over the Merkle root, and receipts from them.
 *
 * A second after the first transaction that is not covered yet, the node signs the root over everything so
 * far and writes the signature as a transaction of its own. A receipt leads from a transaction to the first
 * root that was signed after it. CCF receipts, JSON format.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/receipt.h"

#include <string.h>

#define INTERVAL_US G_USEC_PER_SEC

struct CcfLedger {
  CcfNode *node;
  Sandbox *sandbox;
  GThread *thread;
  GMutex mutex;
  GCond changed;
  gboolean stop, hurry;
  int dirty; /* something is not covered by a signature; atomic */
};

/* ---- Signature transactions ---- */

static gboolean
put_signature (CcfNode *node, GError **error)
{
  Store *store = ccf_store (node);
  guint8 root[LEDGER_HASH];
  store_root (store, root);
  g_autoptr (GBytes) signature = cose_receipt_sign_root (ccf_node_key (node), root, error);
  if (!signature)
    return FALSE;
  gint64 seqno = store_next_seqno (store);
  g_autofree char *root_text = cr_hex (root, LEDGER_HASH);
  g_autofree char *signature_text = cr_base64_bytes (signature);
  g_autoptr (json_t) record = json_object ();
  cr_json_set_int (record, "seqno", seqno);
  cr_json_set_int (record, "view", store_view_of (store, seqno));
  cr_json_set_string (record, "node", ccf_node_id (node));
  cr_json_set_string (record, "root", root_text);
  cr_json_set_string (record, "sig", signature_text);
  cr_json_set_string (record, "cert", ccf_node_cert_pem (node));
  store_put_json (store, MAP_SIGNATURES, THE_KEY, record);
  return TRUE;
}

/* sign now, outside a transaction */
static gboolean
ccf_ledger_sign (CcfNode *node, GError **error)
{
  Store *store = ccf_store (node);
  if (!store_begin (store, error))
    return FALSE;
  gint64 last = store_last_seqno (store);
  if (!last || !ccf_node_key (node) || store_get_seqno (store, MAP_SIGNATURES, THE_KEY) == last) {
    store_abort (store);
    return TRUE;
  }
  if (put_signature (node, error))
    return store_commit (store, NULL, error);
  store_abort (store);
  return FALSE;
}

gint64
ccf_ledger_signed_seqno (Store *store)
{
  return store_get_seqno (store, MAP_SIGNATURES, THE_KEY);
}

void
ccf_ledger_note (CcfLedger *ledger)
{
  if (!ledger || g_atomic_int_get (&ledger->dirty))
    return;
  g_mutex_lock (&ledger->mutex);
  g_atomic_int_set (&ledger->dirty, TRUE);
  g_cond_signal (&ledger->changed);
  g_mutex_unlock (&ledger->mutex);
}

void
ccf_ledger_hurry (CcfLedger *ledger)
{
  if (!ledger)
    return;
  g_mutex_lock (&ledger->mutex);
  g_atomic_int_set (&ledger->dirty, TRUE);
  ledger->hurry = TRUE;
  g_cond_signal (&ledger->changed);
  g_mutex_unlock (&ledger->mutex);
}

static gpointer
sign_regularly (gpointer data)
{
  CcfLedger *ledger = data;
  g_mutex_lock (&ledger->mutex);
  while (!ledger->stop) {
    if (!g_atomic_int_get (&ledger->dirty)) {
      g_cond_wait (&ledger->changed, &ledger->mutex);
      continue;
    }
    gint64 end = g_get_monotonic_time () + INTERVAL_US;
    while (!ledger->stop && !ledger->hurry && g_cond_wait_until (&ledger->changed, &ledger->mutex, end))
      continue;
    if (ledger->stop)
      break;
    ledger->hurry = FALSE;
    g_atomic_int_set (&ledger->dirty, FALSE);
    g_mutex_unlock (&ledger->mutex);
    g_autoptr (GError) problem = NULL;
    if (!ccf_ledger_sign (ledger->node, &problem))
      sandbox_log (ledger->sandbox, "the ledger cannot be signed: %s", problem->message);
    g_mutex_lock (&ledger->mutex);
  }
  g_mutex_unlock (&ledger->mutex);
  return NULL;
}

CcfLedger *
ccf_ledger_start (Sandbox *sandbox, CcfNode *node)
{
  CcfLedger *ledger = g_new0 (CcfLedger, 1);
  ledger->node = node;
  ledger->sandbox = sandbox;
  ledger->dirty = TRUE;
  g_mutex_init (&ledger->mutex);
  g_cond_init (&ledger->changed);
  ledger->thread = g_thread_new ("ledger", sign_regularly, ledger);
  return ledger;
}

void
ccf_ledger_stop (CcfLedger *ledger)
{
  if (!ledger)
    return;
  g_mutex_lock (&ledger->mutex);
  ledger->stop = TRUE;
  g_cond_signal (&ledger->changed);
  g_mutex_unlock (&ledger->mutex);
  g_thread_join (ledger->thread);
  g_cond_clear (&ledger->changed);
  g_mutex_clear (&ledger->mutex);
  g_free (ledger);
}

/* ---- Receipts ---- */

/* What was signed by transaction SEQNO, a signature transaction. Gives. */
static json_t *
read_signature (Store *store, gint64 seqno)
{
  g_autoptr (GPtrArray) versions = store_history (store, MAP_SIGNATURES, THE_KEY, seqno, seqno);
  const StoreVersion *version = versions->len ? g_ptr_array_index (versions, 0) : NULL;
  return version && version->value
             ? cr_json_parse (version->value, strlen (version->value), "a ledger signature", NULL)
             : NULL;
}

static json_t *
proof_steps (const StoreProof *proof)
{
  json_t *steps = json_array ();
  for (guint i = 0; i < proof->path->len; i++) {
    const LedgerStep *step = &g_array_index (proof->path, LedgerStep, i);
    g_autofree char *hash = cr_hex (step->hash, LEDGER_HASH);
    json_t *entry = json_object ();
    cr_json_set_string (entry, step->left ? "left" : "right", hash);
    json_array_append_new (steps, entry);
  }
  return steps;
}

static json_t *
leaf_components (const StoreProof *proof)
{
  static const guint8 no_claims[LEDGER_HASH];
  g_autofree char *write_set = cr_hex (proof->write_set_digest, LEDGER_HASH);
  g_autofree char *claims = cr_hex (no_claims, LEDGER_HASH);
  json_t *leaf = json_object ();
  cr_json_set_string (leaf, "claims_digest", claims);
  cr_json_set_string (leaf, "commit_evidence", proof->evidence);
  cr_json_set_string (leaf, "write_set_digest", write_set);
  return leaf;
}

/* After a recovery: from the service that endorsed the node of SIGNATURE to the one of today. NULL = the
 * same. */
static json_t *
endorsements (Store *store, const json_t *signature)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) keys = store_keys (store, MAP_ENDORSEMENTS);
  for (guint i = 0; i < keys->len; i++) {
    g_autoptr (json_t) entry = store_get_json (store, MAP_ENDORSEMENTS, g_ptr_array_index (keys, i));
    if (cr_json_peek_int (entry, "view", 0) > cr_json_peek_int (signature, "view", 0))
      json_array_append_new (list, json_string (cr_json_peek_string (entry, "endorsement")));
  }
  if (json_array_size (list))
    return list;
  json_decref (list);
  return NULL;
}

/* Gives; NULL and ERROR when the ledger cannot be read. */
static json_t *
make_receipt (Store *store, gint64 seqno, gint64 signed_by, const json_t *signature, GError **error)
{
  json_t *receipt = json_object ();
  cr_json_set_string (receipt, "cert", cr_json_peek_string (signature, "cert"));
  if (signed_by == seqno) {
    cr_json_set_string (receipt, "leaf", cr_json_peek_string (signature, "root"));
    cr_json_set (receipt, "proof", json_array ());
  } else {
    g_auto (StoreProof) proof = { 0 };
    if (!store_proof (store, seqno, signed_by - 1, &proof, error)) {
      json_decref (receipt);
      return NULL;
    }
    cr_json_set (receipt, "leaf_components", leaf_components (&proof));
    cr_json_set (receipt, "proof", proof_steps (&proof));
  }
  cr_json_set_string (receipt, "node_id", cr_json_peek_string (signature, "node"));
  cr_json_set_string (receipt, "signature", cr_json_peek_string (signature, "sig"));
  json_t *chain = endorsements (store, signature);
  if (chain)
    cr_json_set (receipt, "service_endorsements", chain);
  return receipt;
}

json_t *
ccf_ledger_receipt (CcfNode *node, gint64 seqno, GError **error)
{
  Store *store = ccf_store (node);
  gint64 signed_by = store_write_after (store, MAP_SIGNATURES, THE_KEY, seqno - 1);
  g_autoptr (json_t) signature = signed_by ? read_signature (store, signed_by) : NULL;
  return signature ? make_receipt (store, seqno, signed_by, signature, error) : NULL;
}
