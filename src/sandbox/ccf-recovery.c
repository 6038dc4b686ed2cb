/* SPDX-License-Identifier: MIT
 * Disaster recovery: a network that is lost, its public part brought back, and the shares that open the
 * private one.
 *
 * Lost means what a stopped container means for an enclave: node key, service key and ledger secret are
 * gone, the ledger is there. A recovered network has a new service; its certificate over the key of the
 * former one lets receipts from before be checked. CCF disaster recovery; governance API, recovery.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"
#include "sandbox/sandbox-pki.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"

#include <glib/gstdio.h>
#include <string.h>

#define LOST_FILE "ccf-lost.json"
#define ENDORSEMENT_DAYS 3653

/* ---- Losing the network ---- */

static char *
lost_path (Sandbox *sandbox)
{
  return g_build_filename (sandbox_folder (sandbox), LOST_FILE, NULL);
}

json_t *
ccf_network_lost (Sandbox *sandbox)
{
  if (!ccf_node_is_lost (ccf_node (sandbox)))
    return NULL;
  g_autofree char *path = lost_path (sandbox);
  json_t *reason = cr_json_load (path, NULL);
  if (reason)
    return reason;
  /* The keys went some other way. */
  return json_pack ("{ssss}", "code", "ContainerRestarted", "message", "The node has lost its keys.");
}

gboolean
ccf_network_fail (Sandbox *sandbox, GError **error)
{
  CcfNode *node = ccf_node (sandbox);
  if (!ccf_node_service_pem (node)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "there is no running network");
    return FALSE;
  }
  g_autofree char *time = cr_iso8601 (cr_now_ms ());
  g_autofree char *message = g_strdup_printf ("The container of the node was terminated at %s.", time);
  g_autoptr (json_t) reason = json_pack ("{ssss}", "code", "ContainerTerminated", "message", message);
  g_autofree char *path = lost_path (sandbox);
  if (!cr_json_save (reason, path, 0600, error))
    return FALSE;
  ccf_node_forget (node);
  ccf_node_set_lost (node, TRUE);
  if (!store_lose_secret (ccf_store (node), error))
    return FALSE;
  sandbox_log (sandbox, "the network is lost");
  return TRUE;
}

/* ---- The public part ---- */

/* The former service key, certified by the new service. Gives PEM. */
static char *
endorse_previous (CcfNode *node, const char *previous_pem, GError **error)
{
  g_autoptr (X509) previous = cose_cert_from_pem (previous_pem, -1, "the previous service certificate",
                                                  error);
  g_autoptr (EVP_PKEY) key = previous ? cose_cert_key (previous, error) : NULL;
  g_autoptr (X509) endorsement = key ? ccf_node_endorse_service (node, key, ENDORSEMENT_DAYS, error) : NULL;
  return endorsement ? cose_cert_to_pem (endorsement) : NULL;
}

static void
retire_nodes (Store *store)
{
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_NODES);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autoptr (json_t) record = store_get_json (store, MAP_NODES, id);
    cr_json_set_string (record, "status", "Retired");
    cr_json_set_bool (record, "retiredCommitted", TRUE);
    store_put_json (store, MAP_NODES, id, record);
  }
}

/* The first transaction of the recovered service. */
static gboolean
write_recovery (Sandbox *sandbox, const char *previous_given, GError **error)
{
  CcfNode *node = ccf_node (sandbox);
  Store *store = ccf_store (node);
  if (!store_begin (store, error))
    return FALSE;
  g_autoptr (json_t) info = gov_service_info (store);
  g_autofree char *endorsement = endorse_previous (node, cr_json_peek_string (info, "cert"), error);
  if (!endorsement) {
    store_abort (store);
    return FALSE;
  }
  gint64 seqno = store_next_seqno (store), count = cr_json_peek_int (info, "recovery_count", 0) + 1;
  g_autofree char *txid = store_txid (store, seqno);
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT, count);
  g_autoptr (json_t) entry = json_object ();
  cr_json_set_string (entry, "endorsement", endorsement);
  cr_json_set_int (entry, "view", store_view_of (store, seqno));
  store_put_json (store, MAP_ENDORSEMENTS, key, entry);
  retire_nodes (store);
  ccf_network_put_node (sandbox, cr_json_peek_string (info, "network_name"));
  cr_json_set_string (info, "previous_create_txid", cr_json_peek_string (info, "create_txid"));
  cr_json_set_string (info, "create_txid", txid);
  cr_json_set_string (info, "previous_service_identity", previous_given);
  cr_json_set_string (info, "cert", ccf_node_service_pem (node));
  cr_json_set_string (info, "status", "Recovering");
  cr_json_set_int (info, "recovery_count", count);
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
  return store_commit (store, NULL, error);
}

/* PREVIOUS must be the certificate of the service that wrote the end of the ledger, renewed or not. */
static gboolean
check_previous (CcfNode *node, const char *previous_pem, GError **error)
{
  Store *store = ccf_store (node);
  if (!store_begin (store, error))
    return FALSE;
  g_autoptr (json_t) info = gov_service_info (store);
  store_abort (store);
  const char *last_pem = cr_json_peek_string (info, "cert");
  g_autoptr (X509) given =
      previous_pem ? cose_cert_from_pem (previous_pem, -1, "the previous service certificate", error) : NULL;
  g_autoptr (X509) last = last_pem ? cose_cert_from_pem (last_pem, -1, "the ledger's service", error) : NULL;
  if (previous_pem && !given)
    return FALSE;
  if (given && last && cose_key_equal (X509_get0_pubkey (given), X509_get0_pubkey (last)))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, NULL,
                "The previous service certificate is not the one that the ledger ends with.");
  return FALSE;
}

gboolean
ccf_network_recover_public (Sandbox *sandbox, const char *previous_pem, GError **error)
{
  CcfNode *node = ccf_node (sandbox);
  Store *store = ccf_store (node);
  if (!ccf_node_is_lost (node)) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The network is running: there is nothing to recover.");
    return FALSE;
  }
  gint64 view = store_view_of (store, store_last_seqno (store));
  if (!check_previous (node, previous_pem, error) || !ccf_node_make_service (node, error))
    return FALSE;
  /* Two views, as an election in a new configuration takes. */
  if (!ccf_node_listen (node, error) || !store_start_view (store, view + 2, error)
      || !write_recovery (sandbox, previous_pem, error) || !ccf_agent_listen (sandbox, error)) {
    ccf_node_forget (node);
    return FALSE;
  }
  g_autofree char *path = lost_path (sandbox);
  g_unlink (path); /* keys and ledger agree again, and that is what counts at the next start */
  ccf_node_set_lost (node, FALSE);
  sandbox_log (sandbox, "the public part of the network is back");
  return TRUE;
}

/* ---- Shares ---- */

static gboolean
check_hex_id (GovCall *call, const char *id)
{
  gboolean valid = strlen (id) == 64 && strspn (id, "0123456789abcdefABCDEF") == 64;
  if (!valid)
    sandbox_respond_error (call->response, 400, "InvalidResourceName",
                           "'%s' is not a valid hex-encoded member ID", id);
  return valid;
}

static void
get_share (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_hex_id (call, id))
    return;
  g_autofree char *share = ccf_shares_encrypted (call->store, id);
  if (!share) {
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Recovery share not found for member %s.",
                           id);
    return;
  }
  json_t *body = json_object ();
  cr_json_set_string (body, "memberId", id);
  cr_json_set_string (body, "encryptedShare", share);
  sandbox_respond_json (call->response, 200, body);
}

/* The share of the signed payload; FALSE with the answer written. */
static gboolean
read_share (GovCall *call, CcfShare *share)
{
  g_autoptr (json_t) body = cr_json_parse_bytes (call->message->payload, "the share", NULL);
  const char *text = cr_json_peek_string (body, "share");
  g_autoptr (GBytes) bytes = text ? cr_base64_decode (text, "the share", NULL) : NULL;
  if (!text)
    sandbox_respond_error (
        call->response, 400, "InvalidInput",
        "Signed request body is not a JSON object containing required string field \"share\"");
  else if (!bytes || g_bytes_get_size (bytes) != SHARE_BYTES
           || !ccf_share_read (g_bytes_get_data (bytes, NULL), share))
    sandbox_respond_error (call->response, 500, "InternalError", "Error submitting recovery shares.");
  else
    return TRUE;
  return FALSE;
}

/* Shares that were submitted are kept in memory only, as they are in an enclave. */
static guint
keep_share (GArray *submitted, const CcfShare *share)
{
  for (guint i = 0; i < submitted->len; i++)
    if (g_array_index (submitted, CcfShare, i).index == share->index)
      g_array_remove_index (submitted, i--);
  g_array_append_val (submitted, *share);
  return submitted->len;
}

static void
drop_shares (GArray *submitted)
{
  if (submitted->len)
    cr_wipe (submitted->data, submitted->len * sizeof (CcfShare));
  g_array_set_size (submitted, 0);
}

/* Open the private part with SECRET, and the service. */
static gboolean
open_private (GovCall *call, const CcfShare *secret, GError **error)
{
  g_autoptr (GBytes) ledger_secret = ccf_shares_unwrap (call->store, secret, error);
  if (!ledger_secret || !store_restore_secret (call->store, ledger_secret, error))
    return FALSE;
  g_autoptr (json_t) info = gov_service_info (call->store);
  cr_json_set_string (info, "status", "Open");
  store_put_json (call->store, MAP_SERVICE, THE_KEY, info);
  return ccf_shares_issue (call->store, error);
}

static void
respond_submitted (GovCall *call, guint count, gint64 threshold, gboolean full, gboolean done)
{
  g_autofree char *counted =
      g_strdup_printf ("%u/%" G_GINT64_FORMAT " recovery shares successfully submitted", count, threshold);
  g_autofree char *message = g_strconcat (full ? "Full recovery key successfully submitted" : counted,
                                          done ? "\nEnd of recovery procedure initiated" : "", NULL);
  json_t *body = json_object ();
  cr_json_set_string (body, "message", message);
  cr_json_set_int (body, "submittedCount", count);
  cr_json_set_int (body, "recoveryThreshold", threshold);
  cr_json_set_bool (body, "fullKeySubmitted", full);
  sandbox_respond_json (call->response, 200, body);
}

/* The shares are there: put them together. FALSE with the answer written. */
static gboolean
finish_recovery (GovCall *call, GArray *submitted, const CcfShare *last)
{
  CcfShare secret = *last;
  g_autoptr (GError) problem = NULL;
  if (last->index)
    ccf_shares_join ((const CcfShare *) (gconstpointer) submitted->data, submitted->len, &secret);
  gboolean done = open_private (call, &secret, &problem);
  cr_wipe (&secret, sizeof secret);
  drop_shares (submitted);
  if (!done)
    sandbox_respond_error (call->response, 500, "InternalError",
                           "Failed to initiate private recovery: %s. All shares are cleared.",
                           problem->message);
  return done;
}

static void
submit_share (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_hex_id (call, id))
    return;
  if (strcmp (id, call->signer) != 0) {
    sandbox_respond_error (call->response, 400, "InvalidAuthenticationInfo",
                           "Member ID in path (%s) does not match the member ID of the signer (%s).", id,
                           call->signer);
    return;
  }
  g_autofree char *status = gov_service_status (call->store);
  g_autofree char *issued = ccf_shares_encrypted (call->store, id);
  CcfShare share;
  if (g_strcmp0 (status, "WaitingForRecoveryShares") != 0) {
    sandbox_respond_error (call->response, 403, "ServiceNotWaitingForRecoveryShares",
                           "Service is not waiting for recovery shares");
    return;
  }
  if (!issued) {
    sandbox_respond_error (call->response, 500, "InternalError", "Error submitting recovery shares.");
    return;
  }
  if (!read_share (call, &share))
    return;
  g_autoptr (json_t) record = store_get_json (call->store, MAP_SHARES, THE_KEY);
  gint64 threshold = cr_json_peek_int (record, "recovery_threshold", 1);
  GArray *submitted = ccf_node_submitted (call->node);
  guint count = share.index ? keep_share (submitted, &share) : submitted->len;
  gboolean enough = !share.index || count >= threshold;
  if (!enough || finish_recovery (call, submitted, &share))
    respond_submitted (call, count, threshold, !share.index, enough);
  cr_wipe (&share, sizeof share);
}

const GovRoute gov_recovery_routes[] = {
  { "GET", "/gov/recovery/encrypted-shares/{memberId}", get_share, NULL, FALSE },
  { "POST", "/gov/recovery/members/{memberId}:recover", submit_share, "recovery_share", TRUE },
  { NULL, NULL, NULL, NULL, FALSE },
};
