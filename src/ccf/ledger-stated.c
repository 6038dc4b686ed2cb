/* SPDX-License-Identifier: MIT
 * A bundle from a service that does not hand out its ledger entries: receipts, which prove that something was
 * recorded, and beside them what the service says that it was (ledger.h; layout in ledger-private.h).
 */
#include "ccf/ledger-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

static const char readme[] =
    "What this folder proves, what it only states, and how to check it without the program that wrote it\n"
    "==================================================================================================\n"
    "\n"
    "The service that it came from does not hand out the entries of its ledger. So there are two kinds "
    "of files.\n"
    "\n"
    "Proved, by the receipts in the folders TX (such as 2.17), listed in manifest.json:\n"
    "  each of these transactions is in the ledger of the service of service.pem, and the text that it "
    "wrote has\n"
    "  the digest write_set_digest of its receipt. Whoever gets the files of that ledger, from the "
    "operator or a\n"
    "  court, can compare them with these digests: nobody can replace them by others.\n"
    "\n"
    "Only stated, by the service, at the time of the export, in the folder stated:\n"
    "  history.json   the transactions that concern the proposal, with its state after each\n"
    "  proposal.json  the proposal; actions.json its text; ballots.json who voted what; members.json "
    "who they are\n"
    "  texts.json     the contract or document that the decision was about, as the application shows it\n"
    "  A file is missing where the service no longer had it. No signature of a member is in this folder.\n"
    "\n"
    "You need openssl, sha256sum, xxd and the service certificate, which you should have from a source "
    "that you\n"
    "trust: compare it with service.pem. `cleanroom ledger verify FOLDER` does all of the following.\n"
    "\n"
    "0. No file was changed since the export:      sha256sum -c SHA256SUMS\n"
    "\n"
    "1. The entry is in the ledger. The leaf is SHA-256(write_set_digest, SHA-256(commit_evidence),\n"
    "   claims_digest) of TX/receipt.json, digests as 32 bytes; the evidence names the transaction. "
    "Walk up the\n"
    "   proof: {\"left\":x} gives SHA-256(x, hash), {\"right\":x} gives SHA-256(hash, x). The result "
    "must be\n"
    "   TX/root.bin. The node signed that root:\n"
    "     openssl x509 -in node.pem -noout -pubkey > node.pub        (node.pem: \"cert\" of the receipt)\n"
    "     openssl pkeyutl -verify -pubin -inkey node.pub -in TX/root.bin -sigfile TX/root-signature.der\n"
    "\n"
    "2. The node belongs to the service (through the certificates in \"service_endorsements\", if there "
    "are any):\n"
    "     openssl verify -no_check_time -partial_chain -trusted service.pem node.pem\n";

/* ---- Writing ---- */

static gboolean
write_statements (const char *path, const json_t *stated, GError **error)
{
  static const char *const parts[] = { "history", "proposal", "actions", "ballots", "members", "texts" };
  g_autofree char *folder = g_build_filename (path, BUNDLE_STATED, NULL);
  if (!cr_dir_make (folder, 0755, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    const json_t *part = json_object_get (stated, parts[i]);
    g_autofree char *name = g_strconcat (parts[i], ".json", NULL);
    if (part != NULL && !json_is_null (part) && !ccf_bundle_write_json (folder, name, part, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_transaction (CrJob *job, CcfClient *client, X509 *service, const char *path, const char *txid,
                   GError **error)
{
  g_autofree char *folder = g_build_filename (path, txid, NULL);
  g_autoptr (json_t) receipt = ccf_receipt_fetch (job, client, txid, error);
  return receipt != NULL && cr_dir_make (folder, 0755, error)
         && ccf_bundle_write_receipt (folder, receipt, service, txid, error);
}

gboolean
ccf_stated_write (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *stated,
                  const char *path, GError **error)
{
  const char *pem = ccf_client_service_certificate (client);
  g_autoptr (X509) service = cose_cert_from_pem (pem, -1, "the service certificate", error);
  if (service == NULL)
    return FALSE;
  json_t *transactions = json_array ();
  g_autoptr (json_t) manifest = json_pack ("{s:s,s:s,s:o,s:[s],s:[s]}", "format", BUNDLE_FORMAT_STATED,
                                           "proposal", proposal_id, "transactions", transactions, "proved",
                                           "transactions", "stated", BUNDLE_STATED);
  size_t i;
  const json_t *step;
  json_array_foreach (json_object_get (stated, "history"), i, step) {
    g_autofree char *txid = ccf_ledger_txid (job, client, cr_json_peek_int (step, "seqno", 0), error);
    if (txid == NULL || !write_transaction (job, client, service, path, txid, error))
      return FALSE;
    json_array_append_new (transactions, json_string (txid));
  }
  return write_statements (path, stated, error)
         && ccf_bundle_write_json (path, "manifest.json", manifest, error)
         && ccf_bundle_write_text (path, "service.pem", pem, error)
         && ccf_bundle_write_text (path, "README.txt", readme, error);
}

/* ---- Checking ---- */

static GBytes *
read_file (const char *path, const char *folder, const char *name, GError **error)
{
  g_autofree char *full = g_build_filename (path, folder, name, NULL);
  return cr_file_read (full, BUNDLE_MAX_FILE, error);
}

/* A statement; NULL when the service made none, or one that is no JSON. Gives. */
static json_t *
statement (const char *path, const char *name)
{
  g_autoptr (GBytes) bytes = read_file (path, BUNDLE_STATED, name, NULL);
  return bytes != NULL ? cr_json_parse_bytes (bytes, name, NULL) : NULL;
}

static gboolean
check_transaction (const char *path, const char *txid, X509 *service, GError **error)
{
  g_autoptr (GBytes) text = read_file (path, txid, "receipt.json", error);
  g_autoptr (json_t) receipt = text != NULL ? cr_json_parse_bytes (text, "the receipt", error) : NULL;
  g_autoptr (CoseReceipt) checked = receipt != NULL
                                        ? cose_receipt_verify (receipt, service, txid, NULL, error)
                                        : NULL;
  g_autoptr (GBytes) root = checked != NULL ? cr_hex_decode (checked->root, error) : NULL;
  g_autoptr (GBytes) signature = root != NULL ? cr_base64_decode (cr_json_peek_string (receipt, "signature"),
                                                                  "the receipt's signature", error)
                                              : NULL;
  g_autoptr (GBytes) kept_root = signature != NULL ? read_file (path, txid, "root.bin", error) : NULL;
  g_autoptr (GBytes) kept_signature = kept_root != NULL ? read_file (path, txid, "root-signature.der", error)
                                                        : NULL;
  if (kept_signature == NULL)
    return FALSE;
  if (g_bytes_equal (root, kept_root) && g_bytes_equal (signature, kept_signature))
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, "Do not rely on this bundle: ask for a new one and compare.",
                "%s: root and signature are not those of the receipt.", txid);
  return FALSE;
}

/* Whoever is named in members.json. */
static const char *
name_of (const json_t *members, const char *id)
{
  size_t i;
  const json_t *member;
  json_array_foreach (members, i, member)
    if (g_strcmp0 (cr_json_peek_string (member, "memberId"), id) == 0)
      return cr_json_peek_string (json_object_get (member, "memberData"), "identifier");
  return NULL;
}

/* Who did what, as the service says. Gives. */
static json_t *
stated_messages (const char *path)
{
  g_autoptr (json_t) proposal = statement (path, "proposal.json");
  g_autoptr (json_t) ballots = statement (path, "ballots.json");
  g_autoptr (json_t) members = statement (path, "members.json");
  json_t *messages = json_array ();
  const char *proposer = cr_json_peek_string (proposal, "proposerId");
  if (proposer != NULL)
    json_array_append_new (messages,
                           json_pack ("{s:s,s:s,s:s,s:s*,s:b}", "transaction", "", "kind", "proposal",
                                      "member", proposer, "name", name_of (members, proposer), "stated", 1));
  size_t i;
  const json_t *ballot;
  json_array_foreach (ballots, i, ballot) {
    const char *member = cr_json_peek_string (ballot, "memberId");
    json_array_append_new (messages, json_pack ("{s:s,s:s,s:s,s:s*,s:s*,s:b}", "transaction", "", "kind",
                                                "ballot", "member", member != NULL ? member : "", "name",
                                                name_of (members, member), "ballot",
                                                cr_json_peek_string (ballot, "ballot"), "stated", 1));
  }
  return messages;
}

json_t *
ccf_stated_check (const char *path, const json_t *manifest, X509 *service, GError **error)
{
  const json_t *transactions = cr_json_get_array (manifest, "transactions", "manifest.json", error);
  if (transactions == NULL)
    return NULL;
  size_t i;
  const json_t *entry;
  json_array_foreach (transactions, i, entry) {
    const char *txid = json_string_value (entry);
    if (txid == NULL || strspn (txid, "0123456789.") != strlen (txid) || strstr (txid, "..") != NULL) {
      cr_set_error (error, CR_ERROR_REFUSED, NULL, "manifest.json names something that is no transaction.");
      return NULL;
    }
    if (!check_transaction (path, txid, service, error))
      return NULL;
  }
  g_autoptr (json_t) history = statement (path, "history.json");
  g_autoptr (json_t) actions = statement (path, "actions.json");
  const json_t *last = json_array_get (history, json_array_size (history) - 1);
  g_autofree char *text = actions != NULL ? cr_json_dump (actions) : NULL;
  json_t *report = json_object ();
  cr_json_set_string (report, "proposal", cr_json_peek_string (manifest, "proposal"));
  cr_json_set_string (report, "state", cr_json_peek_string (last, "proposalState"));
  cr_json_set_string (report, "text", text);
  cr_json_set (report, "transactions", json_deep_copy (transactions));
  cr_json_set (report, "messages", stated_messages (path));
  cr_json_set_string (report, "proved", "receipts");
  return report;
}
