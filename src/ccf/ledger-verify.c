/* SPDX-License-Identifier: MIT
 * Checking a proof bundle with nothing but its files (ledger.h; layout in ledger-private.h).
 */
#include "ccf/ledger-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

typedef struct {
  const char *path;
  const char *proposal;
  X509 *service;
  GBytes *text;   /* actions.json */
  json_t *report; /* of messages */
  const char *state;
  json_t *last_info; /* owns STATE */
} Check;

static gboolean
refuse (GError **error, const char *file, const char *what)
{
  cr_set_error (error, CR_ERROR_REFUSED, "Do not rely on this bundle: ask for a new one and compare.",
                "%s: %s.", file, what);
  return FALSE;
}

static GBytes *
read_file (const Check *check, const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (check->path, folder, name, NULL);
  return cr_file_read (path, BUNDLE_MAX_FILE, error);
}

/* Does the file hold exactly EXPECTED? */
static gboolean
same (const Check *check, const char *folder, const char *name, GBytes *expected, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (check, folder, name, error);
  g_autofree char *file = g_build_filename (folder, name, NULL);
  if (bytes == NULL)
    return FALSE;
  return g_bytes_equal (bytes, expected) || refuse (error, file, "is not what the ledger proves");
}

static gboolean
check_sums (const Check *check, GError **error)
{
  g_autoptr (GBytes) kept = read_file (check, "", BUNDLE_SUMS, error);
  g_autofree char *sums = kept != NULL ? ccf_bundle_sums (check->path, error) : NULL;
  if (sums == NULL)
    return FALSE;
  gsize length = g_bytes_get_size (kept);
  if (length == strlen (sums) && memcmp (g_bytes_get_data (kept, NULL), sums, length) == 0)
    return TRUE;
  g_autofree char *text = g_strndup (g_bytes_get_data (kept, NULL), length);
  g_auto (GStrv) now = g_strsplit (sums, "\n", -1), then = g_strsplit (text, "\n", -1);
  for (guint i = 0; now[i] != NULL; i++)
    if (*now[i] != '\0' && !g_strv_contains ((const char *const *) then, now[i]))
      return refuse (error, strlen (now[i]) > 66 ? now[i] + 66 : now[i],
                     "was changed or added after the export");
  return refuse (error, BUNDLE_SUMS, "was changed, or a file is missing");
}

/* ---- One transaction ---- */

static gboolean
check_member (const Check *check, const CoseSign1 *message, char **name, GError **error)
{
  g_autofree char *file = g_strdup_printf ("members/%s.pem", message->kid);
  g_autoptr (GBytes) pem = message->kid != NULL && strspn (message->kid, "0123456789abcdef") == 64
                               ? read_file (check, "", file, error)
                               : NULL;
  if (pem == NULL)
    return message->kid != NULL || refuse (error, "message.cose", "names no signer");
  g_autoptr (X509) certificate = cose_cert_from_pem (g_bytes_get_data (pem, NULL),
                                                     (gssize) g_bytes_get_size (pem), file, error);
  g_autofree char *id = certificate != NULL ? cose_cert_id (certificate) : NULL;
  if (id == NULL)
    return FALSE;
  if (strcmp (id, message->kid) != 0)
    return refuse (error, file, "is the certificate of another member");
  *name = cose_cert_common_name (certificate);
  return cose_sign1_verify_cert (message, certificate, error);
}

static gboolean
check_copies (const Check *check, const char *txid, const CoseSign1 *message, GBytes *kept, GError **error)
{
  guint width = (guint) g_bytes_get_size (message->signature) / 2;
  g_autoptr (GBytes) signed_bytes = cose_sign1_to_be_signed (message->protected_bytes, message->payload);
  g_autoptr (GBytes) der = cose_ecdsa_to_der (g_bytes_get_data (message->signature, NULL),
                                              g_bytes_get_size (message->signature), width, error);
  return der != NULL && same (check, txid, "message.cose", kept, error)
         && same (check, txid, "payload.json", message->payload, error)
         && same (check, txid, "to-be-signed.bin", signed_bytes, error)
         && same (check, txid, "signature.der", der, error);
}

/* The message is about this proposal, and the entry acted on it. */
static gboolean
check_subject (Check *check, const char *txid, const CoseSign1 *message, GPtrArray *writes, GError **error)
{
  if (g_strcmp0 (message->labels, COSE_LABELS_GOVERNANCE) != 0 || message->type == NULL)
    return refuse (error, txid, "the message is not a governance message");
  if (strcmp (message->type, "proposal") != 0)
    return g_strcmp0 (message->proposal_id, check->proposal) == 0
           || refuse (error, txid, "the message is about another proposal");
  const CcfLedgerWrite *text = ccf_ledger_entry_find (writes, BUNDLE_MAP_PROPOSALS, check->proposal);
  gsize length = g_bytes_get_size (message->payload);
  if (text == NULL || text->value == NULL || strlen (text->value) != length
      || memcmp (text->value, g_bytes_get_data (message->payload, NULL), length) != 0)
    return refuse (error, txid, "the ledger recorded another text than was signed");
  if (check->text != NULL)
    return refuse (error, txid, "the proposal was made twice");
  check->text = g_bytes_ref (message->payload);
  return same (check, "", "actions.json", message->payload, error);
}

static json_t *
describe (const char *txid, const CoseSign1 *message, const char *name)
{
  json_t *entry = json_object ();
  cr_json_set_string (entry, "transaction", txid);
  cr_json_set_string (entry, "kind", message->type);
  cr_json_set_string (entry, "member", message->kid);
  cr_json_set_string (entry, "name", name);
  cr_json_set_int (entry, "createdAt", message->created_at);
  if (strcmp (message->type, "ballot") == 0) {
    g_autoptr (json_t) payload = cr_json_parse_bytes (message->payload, "the ballot", NULL);
    cr_json_set_string (entry, "ballot", cr_json_peek_string (payload, "ballot"));
  }
  return entry;
}

static gboolean
check_message (Check *check, const char *txid, GPtrArray *writes, GError **error)
{
  g_autoptr (GBytes) kept = NULL;
  g_autoptr (GError) problem = NULL;
  g_autoptr (CoseSign1) message = ccf_bundle_message (writes, &kept, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (message == NULL)
    return TRUE; /* dropped by another proposal: nobody signed anything about this one */
  g_autofree char *name = NULL;
  if (!check_member (check, message, &name, error) || !check_copies (check, txid, message, kept, error)
      || !check_subject (check, txid, message, writes, error))
    return FALSE;
  json_array_append_new (check->report, describe (txid, message, name));
  return TRUE;
}

/* Receipt, root and write set. Gives the writes. */
static GPtrArray *
check_entry (Check *check, const char *txid, GError **error)
{
  g_autoptr (GBytes) text = read_file (check, txid, "receipt.json", error);
  g_autoptr (json_t) receipt = text != NULL ? cr_json_parse_bytes (text, "the receipt", error) : NULL;
  g_autoptr (CoseReceipt) checked = receipt != NULL
                                        ? cose_receipt_verify (receipt, check->service, txid, NULL, error)
                                        : NULL;
  g_autoptr (GBytes) root = checked != NULL ? cr_hex_decode (checked->root, error) : NULL;
  g_autoptr (GBytes) signature = root != NULL ? cr_base64_decode (cr_json_peek_string (receipt, "signature"),
                                                                  "the receipt's signature", error)
                                              : NULL;
  g_autoptr (GBytes) entry = signature != NULL && same (check, txid, "root.bin", root, error)
                                     && same (check, txid, "root-signature.der", signature, error)
                                 ? read_file (check, txid, "write-set.txt", error)
                                 : NULL;
  if (entry == NULL)
    return NULL;
  gsize length = 0;
  const char *data = g_bytes_get_data (entry, &length);
  g_autofree char *digest = cr_sha256_hex (data, length);
  const char *expected = cr_json_peek_string (json_object_get (receipt, "leaf_components"),
                                              "write_set_digest");
  if (g_strcmp0 (digest, expected) == 0)
    return ccf_ledger_entry_parse (data, length, error);
  g_autofree char *file = g_build_filename (txid, "write-set.txt", NULL);
  refuse (error, file, "is not the entry that the receipt is for");
  return NULL;
}

static gboolean
check_transaction (Check *check, const char *txid, GError **error)
{
  if (txid == NULL || strspn (txid, "0123456789.") != strlen (txid) || strstr (txid, "..") != NULL)
    return refuse (error, "manifest.json", "names something that is no transaction");
  g_autoptr (GPtrArray) writes = check_entry (check, txid, error);
  if (writes == NULL)
    return FALSE;
  const CcfLedgerWrite *info = ccf_ledger_entry_find (writes, BUNDLE_MAP_INFO, check->proposal);
  if (info == NULL || info->value == NULL)
    return refuse (error, txid, "the entry does not concern the proposal");
  g_clear_pointer (&check->last_info, json_decref);
  check->last_info = cr_json_parse (info->value, strlen (info->value), "the state of the proposal", error);
  check->state = cr_json_peek_string (check->last_info, "state");
  return check->last_info != NULL && check_message (check, txid, writes, error);
}

/* ---- The whole ---- */

static gboolean
check_all (Check *check, const json_t *manifest, GError **error)
{
  const json_t *transactions = cr_json_get_array (manifest, "transactions", "manifest.json", error);
  if (transactions == NULL)
    return FALSE;
  gint64 last = 0;
  size_t i;
  const json_t *entry;
  json_array_foreach (transactions, i, entry) {
    const char *txid = json_string_value (entry), *dot = txid != NULL ? strchr (txid, '.') : NULL;
    gint64 seqno = dot != NULL ? g_ascii_strtoll (dot + 1, NULL, 10) : 0;
    if (seqno <= last)
      return refuse (error, "manifest.json", "the transactions are not in order");
    last = seqno;
    if (!check_transaction (check, txid, error))
      return FALSE;
  }
  return check->text != NULL || refuse (error, "manifest.json", "the transaction of the proposal is missing");
}

static X509 *
choose_service (const Check *check, X509 *trusted, GError **error)
{
  g_autoptr (GBytes) pem = read_file (check, "", "service.pem", error);
  g_autoptr (X509) own = pem != NULL
                             ? cose_cert_from_pem (g_bytes_get_data (pem, NULL),
                                                   (gssize) g_bytes_get_size (pem), "service.pem", error)
                             : NULL;
  if (own == NULL || trusted == NULL)
    return g_steal_pointer (&own);
  /* A renewed certificate of the same service is as good: the receipts only need its key. */
  EVP_PKEY *key = X509_get0_pubkey (own), *trusted_key = X509_get0_pubkey (trusted);
  if (key == NULL || trusted_key == NULL || !cose_key_equal (key, trusted_key)) {
    refuse (error, "service.pem", "is not the service that you trust");
    return NULL;
  }
  X509_up_ref (trusted);
  return trusted;
}

/* A bundle whose entries are there: what they prove. Gives the report. */
static json_t *
report_entries (Check *check, const json_t *manifest, GError **error)
{
  g_autoptr (json_t) messages = json_array ();
  check->report = messages;
  gboolean good = check_all (check, manifest, error);
  g_autoptr (json_t) report = json_object ();
  cr_json_set_string (report, "proposal", check->proposal);
  cr_json_set_string (report, "state", check->state);
  if (check->text != NULL) {
    g_autofree char *words = g_strndup (g_bytes_get_data (check->text, NULL), g_bytes_get_size (check->text));
    cr_json_set_string (report, "text", words);
  }
  cr_json_set (report, "messages", json_incref (messages));
  cr_json_set_string (report, "proved", "entries");
  g_clear_pointer (&check->text, g_bytes_unref);
  g_clear_pointer (&check->last_info, json_decref);
  return good ? g_steal_pointer (&report) : NULL;
}

json_t *
ccf_bundle_verify (const char *path, X509 *trusted, GError **error)
{
  Check check = { .path = path };
  if (!check_sums (&check, error))
    return NULL;
  g_autoptr (GBytes) text = read_file (&check, "", "manifest.json", error);
  g_autoptr (json_t) manifest = text != NULL ? cr_json_parse_bytes (text, "manifest.json", error) : NULL;
  if (manifest == NULL)
    return NULL;
  const char *format = cr_json_peek_string (manifest, "format");
  gboolean entries = g_strcmp0 (format, BUNDLE_FORMAT) == 0;
  check.proposal = cr_json_peek_string (manifest, "proposal");
  if ((!entries && g_strcmp0 (format, BUNDLE_FORMAT_STATED) != 0) || check.proposal == NULL) {
    refuse (error, "manifest.json", "is of another format");
    return NULL;
  }
  g_autoptr (X509) service = choose_service (&check, trusted, error);
  if (service == NULL)
    return NULL;
  check.service = service;
  json_t *report = entries ? report_entries (&check, manifest, error)
                           : ccf_stated_check (path, manifest, service, error);
  if (report == NULL)
    return NULL;
  g_autofree char *fingerprint = cose_cert_fingerprint (service);
  cr_json_set_bool (report, "anchored", trusted != NULL);
  cr_json_set_string (report, "service", fingerprint);
  return report;
}
