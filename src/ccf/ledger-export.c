/* SPDX-License-Identifier: MIT
 * Writing a proof bundle (ledger.h; layout in ledger-private.h).
 */
#include "ccf/ledger-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <glib/gstdio.h>
#include <string.h>

static const char ccf_bundle_readme[] =
    "What this folder proves, and how to check it without the program that wrote it\n"
    "===============================================================================\n"
    "\n"
    "It shows that members of a consortium proposed and approved an exact text (actions.json), and that the\n"
    "ledger of their service recorded it. manifest.json lists the transactions. You need openssl, "
    "sha256sum,\n"
    "xxd and the service certificate, which you should have from a source that you trust: compare it with\n"
    "service.pem. `cleanroom ledger verify FOLDER` does all of the following; here is how to do it by hand.\n"
    "\n"
    "0. No file was changed since the export:      sha256sum -c SHA256SUMS\n"
    "\n"
    "For each transaction folder TX (such as 2.17):\n"
    "\n"
    "1. Who signed what. The name of the member's certificate is the SHA-256 of its DER form, and it stands\n"
    "   in the message as key id:\n"
    "     openssl x509 -in members/ID.pem -outform der | sha256sum\n"
    "     openssl x509 -in members/ID.pem -noout -pubkey > member.pub\n"
    "     openssl dgst -sha384 -verify member.pub -signature TX/signature.der TX/to-be-signed.bin\n"
    "   (-sha256 for a P-256 key.) to-be-signed.bin holds the headers of TX/message.cose and "
    "TX/payload.json\n"
    "   (COSE_Sign1, RFC 9052 section 4.4). The payload of the proposal is actions.json; the "
    "payload of a ballot is\n"
    "   the vote, and its headers name the proposal.\n"
    "\n"
    "2. The ledger kept that message. TX/write-set.txt is the entry of the ledger; it contains the "
    "message in\n"
    "   base64 and the state of the proposal after it. Its digest is the write_set_digest of "
    "TX/receipt.json:\n"
    "     sha256sum TX/write-set.txt\n"
    "\n"
    "3. The entry is in the ledger. The leaf is SHA-256(write_set_digest, SHA-256(commit_evidence),\n"
    "   claims_digest), digests as 32 bytes. Walk up the proof: {\"left\":x} gives SHA-256(x, "
    "hash), {\"right\":x}\n"
    "   gives SHA-256(hash, x). The result must be TX/root.bin. The node signed that root:\n"
    "     openssl x509 -in node.pem -noout -pubkey > node.pub        (node.pem: \"cert\" of the receipt)\n"
    "     openssl pkeyutl -verify -pubin -inkey node.pub -in TX/root.bin -sigfile TX/root-signature.der\n"
    "\n"
    "4. The node belongs to the service (through the certificates in \"service_endorsements\", if "
    "there are any):\n"
    "     openssl verify -no_check_time -partial_chain -trusted service.pem node.pem\n"
    "\n"
    "The service takes ballots of active members only, and its constitution decides when a proposal "
    "is accepted.\n";

CoseSign1 *
ccf_bundle_message (GPtrArray *writes, GBytes **kept, GError **error)
{
  *kept = NULL;
  const CcfLedgerWrite *write = ccf_ledger_entry_find (writes, BUNDLE_MAP_MESSAGES, NULL);
  if (write == NULL || write->value == NULL)
    return NULL;
  g_autoptr (GBytes) bytes = cr_base64_decode (write->value, "the signed message in the ledger", error);
  CoseSign1 *message = bytes != NULL ? cose_sign1_parse (bytes, error) : NULL;
  if (message != NULL)
    *kept = g_steal_pointer (&bytes);
  return message;
}

/* ---- Files ---- */

static gboolean
write_file (const char *folder, const char *name, const void *data, gssize length, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return cr_file_write (path, data, length, 0644, error);
}

static gboolean
write_bytes (const char *folder, const char *name, GBytes *bytes, GError **error)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (bytes, &length);
  return write_file (folder, name, data != NULL ? data : "", (gssize) length, error);
}

gboolean
ccf_bundle_write_json (const char *folder, const char *name, const json_t *value, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return cr_json_save (value, path, 0644, error);
}

gboolean
ccf_bundle_write_text (const char *folder, const char *name, const char *text, GError **error)
{
  return write_file (folder, name, text, -1, error);
}

static gboolean
list_files (const char *root, const char *below, GPtrArray *files, GError **error)
{
  g_autofree char *path = g_build_filename (root, below, NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, error);
  if (folder == NULL)
    return FALSE;
  for (const char *name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder)) {
    g_autofree char *relative = *below != '\0' ? g_build_filename (below, name, NULL) : g_strdup (name);
    g_autofree char *full = g_build_filename (root, relative, NULL);
    if (g_file_test (full, G_FILE_TEST_IS_DIR) && !g_file_test (full, G_FILE_TEST_IS_SYMLINK)) {
      if (!list_files (root, relative, files, error))
        return FALSE;
    } else if (strcmp (relative, BUNDLE_SUMS) != 0)
      g_ptr_array_add (files, g_steal_pointer (&relative));
  }
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
ccf_bundle_sums (const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  if (!list_files (path, "", files, error))
    return NULL;
  g_ptr_array_sort (files, compare_names);
  g_autoptr (GString) sums = g_string_new (NULL);
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *full = g_build_filename (path, g_ptr_array_index (files, i), NULL);
    g_autoptr (GBytes) bytes = cr_file_read (full, BUNDLE_MAX_FILE, error);
    if (bytes == NULL)
      return NULL;
    g_autofree char *digest = cr_sha256_hex (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    g_string_append_printf (sums, "%s  %s\n", digest, (const char *) g_ptr_array_index (files, i));
  }
  return g_string_free (g_steal_pointer (&sums), FALSE);
}

/* ---- One transaction ---- */

static gboolean
write_message (const char *folder, const CoseSign1 *message, GBytes *kept, GError **error)
{
  guint width = (guint) g_bytes_get_size (message->signature) / 2;
  g_autoptr (GBytes) signed_bytes = cose_sign1_to_be_signed (message->protected_bytes, message->payload);
  g_autoptr (GBytes) der = cose_ecdsa_to_der (g_bytes_get_data (message->signature, NULL),
                                              g_bytes_get_size (message->signature), width, error);
  return der != NULL && write_bytes (folder, "message.cose", kept, error)
         && write_bytes (folder, "payload.json", message->payload, error)
         && write_bytes (folder, "to-be-signed.bin", signed_bytes, error)
         && write_bytes (folder, "signature.der", der, error);
}

gboolean
ccf_bundle_write_receipt (const char *folder, const json_t *receipt, X509 *service, const char *txid,
                          GError **error)
{
  g_autoptr (CoseReceipt) checked = cose_receipt_verify (receipt, service, txid, NULL, error);
  g_autoptr (GBytes) root = checked != NULL ? cr_hex_decode (checked->root, error) : NULL;
  g_autoptr (GBytes) signature = root != NULL ? cr_base64_decode (cr_json_peek_string (receipt, "signature"),
                                                                  "the receipt's signature", error)
                                              : NULL;
  return signature != NULL && ccf_bundle_write_json (folder, "receipt.json", receipt, error)
         && write_bytes (folder, "root.bin", root, error)
         && write_bytes (folder, "root-signature.der", signature, error);
}

static gboolean
write_member (CrJob *job, CcfClient *client, const char *path, const char *id, GError **error)
{
  g_autofree char *name = g_strdup_printf ("members/%s.pem", id);
  g_autofree char *full = g_build_filename (path, name, NULL);
  if (g_file_test (full, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr (json_t) member = ccf_member_show (job, client, id, error);
  const char *pem = member != NULL ? cr_json_get_string (member, "certificate", "the member", error) : NULL;
  return pem != NULL && write_file (path, name, pem, -1, error);
}

static gboolean
write_transaction (CrJob *job, CcfClient *client, X509 *service, const char *path, const char *txid,
                   GError **error)
{
  g_autofree char *folder = g_build_filename (path, txid, NULL);
  g_autoptr (json_t) receipt = ccf_receipt_fetch (job, client, txid, error);
  g_autofree char *entry = receipt != NULL ? ccf_ledger_entry_fetch (job, client, txid, error) : NULL;
  g_autoptr (GPtrArray) writes = entry != NULL ? ccf_ledger_entry_parse (entry, strlen (entry), error) : NULL;
  if (writes == NULL || !cr_dir_make (folder, 0755, error)
      || !ccf_bundle_write_receipt (folder, receipt, service, txid, error)
      || !write_file (folder, "write-set.txt", entry, -1, error))
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (GBytes) kept = NULL;
  g_autoptr (CoseSign1) message = ccf_bundle_message (writes, &kept, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (message == NULL)
    return TRUE;
  if (strcmp (message->type, "proposal") == 0 && !write_bytes (path, "actions.json", message->payload, error))
    return FALSE;
  return write_message (folder, message, kept, error)
         && write_member (job, client, path, message->kid, error);
}

/* ---- The bundle ---- */

static gboolean
write_all (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *history, const char *path,
           GError **error)
{
  const char *pem = ccf_client_service_certificate (client);
  g_autoptr (X509) service = cose_cert_from_pem (pem, -1, "the service certificate", error);
  g_autofree char *members = g_build_filename (path, "members", NULL);
  if (service == NULL || !cr_dir_make (members, 0755, error))
    return FALSE;
  json_t *transactions = json_array ();
  g_autoptr (json_t) manifest = json_object ();
  cr_json_set_string (manifest, "format", BUNDLE_FORMAT);
  cr_json_set_string (manifest, "proposal", proposal_id);
  cr_json_set (manifest, "transactions", transactions);
  size_t i;
  const json_t *step;
  json_array_foreach (history, i, step) {
    g_autofree char *txid = ccf_ledger_txid (job, client, cr_json_peek_int (step, "seqno", 0), error);
    if (txid == NULL || !write_transaction (job, client, service, path, txid, error))
      return FALSE;
    json_array_append_new (transactions, json_string (txid));
  }
  return ccf_bundle_write_json (path, "manifest.json", manifest, error)
         && write_file (path, "service.pem", pem, -1, error)
         && write_file (path, "README.txt", ccf_bundle_readme, -1, error);
}

static gboolean
write_sums (const char *path, GError **error)
{
  g_autofree char *sums = ccf_bundle_sums (path, error);
  return sums != NULL && write_file (path, BUNDLE_SUMS, sums, -1, error);
}

json_t *
ccf_bundle_export (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *history,
                   const json_t *stated, const char *path, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    cr_set_error (error, CR_ERROR_INPUT, "Name a folder that does not exist yet.", "%s exists already.",
                  path);
    return NULL;
  }
  if (json_array_size (history) == 0) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom governance proposal list",
                  "The ledger shows no history of proposal %s.", proposal_id);
    return NULL;
  }
  /* Written beside and renamed at the end, so that a half-written bundle is never taken for one. */
  g_autofree char *draft = g_strconcat (path, ".partial", NULL);
  g_autoptr (X509) service = cose_cert_from_pem (ccf_client_service_certificate (client), -1,
                                                 "the service certificate", error);
  if (service == NULL || !cr_dir_remove (draft, error) || !cr_dir_make (draft, 0755, error))
    return NULL;
  gboolean written = stated != NULL ? ccf_stated_write (job, client, proposal_id, stated, draft, error)
                                    : write_all (job, client, proposal_id, history, draft, error);
  g_autoptr (json_t) report = written && write_sums (draft, error) ? ccf_bundle_verify (draft, service, error)
                                                                   : NULL;
  if (report == NULL || g_rename (draft, path) != 0) {
    if (report != NULL)
      cr_set_error (error, CR_ERROR_ADMIN, NULL, "The bundle cannot be moved to %s.", path);
    cr_dir_remove (draft, NULL);
    return NULL;
  }
  return g_steal_pointer (&report);
}
