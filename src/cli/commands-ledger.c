/* SPDX-License-Identifier: MIT
 * ledger receipt|verify|export: the ledger as proof.
 */
#include "cli/consortium.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "ccf/ledger.h"
#include "cgs/cgs.h"
#include "cgs/service.h"
#include "cose/x509.h"

#include <string.h>

#define RECEIPT_MAX (1024u * 1024)

/* The certificate of --service-cert, or the one pinned for --env; *SERVICE NULL when neither is known.
 * Gives. */
static gboolean
trusted_service (Cli *cli, X509 **service, GError **error)
{
  const char *path = cli_value (cli, "service-cert");
  const CcfConsortium *it = NULL;
  *service = NULL;
  if (path != NULL) {
    g_autofree char *pem = cr_file_read_text (path, COSE_PEM_MAX_BYTES, error);
    *service = pem != NULL ? cose_cert_from_pem (pem, -1, path, error) : NULL;
    return *service != NULL;
  }
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it == NULL || it->service_certificate == NULL)
    return TRUE;
  *service = cose_cert_from_pem (it->service_certificate, -1, "the service certificate", error);
  return *service != NULL;
}

static json_t *
receipt_report (const CoseReceipt *receipt)
{
  json_t *report = json_object ();
  cr_json_set_bool (report, "verified", TRUE);
  cr_json_set_string (report, "transactionId", receipt->transaction_id);
  cr_json_set_string (report, "leaf", receipt->leaf);
  cr_json_set_string (report, "root", receipt->root);
  cr_json_set_string (report, "claimsDigest", receipt->claims_digest);
  cr_json_set_string (report, "nodeId", receipt->node_id);
  cr_json_set_int (report, "endorsements", receipt->endorsements->len);
  cr_json_set_int (report, "nodeNotBefore", receipt->node_not_before);
  cr_json_set_int (report, "nodeNotAfter", receipt->node_not_after);
  return report;
}

static gboolean
save (Cli *cli, const char *option, const char *text, GError **error)
{
  const char *path = cli_value (cli, option);
  return path == NULL || cr_file_write (path, text, -1, 0644, error);
}

static gboolean
ledger_receipt (Cli *cli, GError **error)
{
  const char *txid = cli_require (cli, "transaction-id", error);
  CcfClient *client = txid != NULL ? cli_ccf (cli, error) : NULL;
  g_autoptr (json_t) receipt = client != NULL ? ccf_receipt_fetch (cli_job (cli), client, txid, error) : NULL;
  if (receipt == NULL)
    return FALSE;
  const char *pem = ccf_client_service_certificate (client);
  g_autoptr (X509) service = cose_cert_from_pem (pem, -1, "the service certificate", error);
  gboolean bound = json_object_get (receipt, "leaf_components") != NULL;
  g_autoptr (CoseReceipt) checked =
      service != NULL ? cose_receipt_verify (receipt, service, bound ? txid : NULL, NULL, error) : NULL;
  g_autofree char *text = cr_json_dump_pretty (receipt);
  if (checked == NULL || !save (cli, "output", text, error) || !save (cli, "save-service-cert", pem, error))
    return FALSE;
  if (cli_value (cli, "output") == NULL)
    cli_out ("%s\n", text);
  cli_say (bound ? _ ("Verified: transaction %s is in the ledger of this service.")
                 : _ ("Verified: %s is a signature transaction of this service."),
           txid);
  return TRUE;
}

static gboolean
verify_receipt (Cli *cli, const char *path, X509 *service, GError **error)
{
  if (service == NULL) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Add --service-cert FILE, or --env NAME of a consortium that was added.",
                  "A receipt proves something only against the certificate of a service that you trust.");
    return FALSE;
  }
  g_autoptr (GBytes) bytes = cr_file_read (path, RECEIPT_MAX, error);
  g_autoptr (json_t) receipt = bytes != NULL ? cr_json_parse_bytes (bytes, path, error) : NULL;
  g_autoptr (CoseReceipt) checked = receipt != NULL
                                        ? cose_receipt_verify (receipt, service,
                                                               cli_value (cli, "transaction-id"),
                                                               cli_value (cli, "claims-digest"), error)
                                        : NULL;
  if (checked == NULL)
    return FALSE;
  if (checked->transaction_id == NULL)
    cli_say (_ ("This receipt is of a signature transaction: it cannot be tied to a transaction id."));
  return cli_show (cli, receipt_report (checked), NULL);
}

static void
show_bundle (const json_t *report)
{
  static const char *const columns[] = { N_ ("Transaction"), N_ ("Kind"), N_ ("Member"),
                                         N_ ("Name"),        N_ ("Says"), NULL };
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *message;
  json_array_foreach (json_object_get (report, "messages"), i, message) {
    const char *ballot = cr_json_peek_string (message, "ballot");
    const char *says = ballot == NULL ? "" : strstr (ballot, "return true") != NULL ? _ ("yes") : _ ("no");
    g_autofree char *member = g_strndup (cr_json_peek_string (message, "member"), 12);
    g_ptr_array_add (rows, cli_row (cr_json_peek_string (message, "transaction"),
                                    cr_json_peek_string (message, "kind"), member,
                                    cr_json_peek_string (message, "name"), says, NULL));
  }
  const char *state = cr_json_peek_string (report, "state");
  cli_out (_ ("proposal  %s\nstate     %s\nservice   %s\n\n"), cr_json_peek_string (report, "proposal"),
           state != NULL ? state : "", cr_json_peek_string (report, "service"));
  cli_out_table (columns, rows);
  if (g_strcmp0 (cr_json_peek_string (report, "proved"), "receipts") == 0)
    cli_say (
        _ ("Proved is that the ledger has these transactions, by their digests. State, text and votes are "
           "what the "
           "service said: README.txt there tells them apart."));
}

static gboolean
verify_bundle (Cli *cli, const char *path, X509 *service, GError **error)
{
  g_autoptr (json_t) report = ccf_bundle_verify (path, service, error);
  if (report == NULL)
    return FALSE;
  if (service == NULL)
    cli_say (_ (
        "Everything fits together. Compare the fingerprint of the service with one that you trust, or give "
        "--service-cert FILE."));
  if (cli_json (cli))
    cli_out_json (json_incref (report));
  else
    show_bundle (report);
  return TRUE;
}

static gboolean
ledger_verify (Cli *cli, GError **error)
{
  const char *path = cli_argument (cli, 0);
  g_autoptr (X509) service = NULL;
  if (!trusted_service (cli, &service, error))
    return FALSE;
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? verify_bundle (cli, path, service, error)
                                                : verify_receipt (cli, path, service, error);
}

/* What the service says, where it does not hand out the entries that would prove it; else *STATED is NULL. */
static gboolean
statements (Cli *cli, CcfClient *client, const char *id, const json_t *history, json_t **stated,
            GError **error)
{
  gint64 first = cr_json_peek_int (json_array_get (history, 0), "seqno", 0);
  gboolean has = FALSE;
  *stated = NULL;
  if (first > 0 && !cli_flag (cli, "receipts-only")
      && !ccf_ledger_has_entries (cli_job (cli), client, first, &has, error))
    return FALSE;
  if (has || first == 0)
    return TRUE;
  *stated = cgs_proposal_stated (cli_job (cli), client, id, history, error);
  return *stated != NULL;
}

static gboolean
ledger_export (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "proposal-id", error);
  const char *path = id != NULL ? cli_require (cli, "output", error) : NULL;
  CcfClient *client = path != NULL ? cli_ccf (cli, error) : NULL;
  g_autoptr (json_t) history = client != NULL ? cgs_proposal_history (cli_job (cli), client, id, error)
                                              : NULL;
  g_autoptr (json_t) stated = NULL;
  if (history == NULL || !statements (cli, client, id, history, &stated, error))
    return FALSE;
  g_autoptr (json_t) report = ccf_bundle_export (cli_job (cli), client, id, history, stated, path, error);
  if (report == NULL)
    return FALSE;
  cli_say (_ ("Written to %s; README.txt there says how to check it with openssl."), path);
  if (cli_json (cli))
    cli_out_json (json_incref (report));
  else
    show_bundle (report);
  return TRUE;
}

static const CliOption receipt_options[] = {
  { "transaction-id", CLI_VALUE, "ID", N_ ("transaction, such as 2.17") },
  { "output", CLI_VALUE, "FILE", N_ ("write the receipt there instead of printing it") },
  { "save-service-cert", CLI_VALUE, "FILE", N_ ("write the trusted service certificate there too") },
  CLI_WHO_OPTIONS,
  CLI_END,
};

static const CliOption verify_options[] = {
  { "service-cert", CLI_VALUE, "FILE", N_ ("service certificate that you trust") },
  { "env", CLI_VALUE, "NAME", N_ ("use the one that is pinned for this consortium") },
  { "transaction-id", CLI_VALUE, "ID", N_ ("a receipt must be for this transaction") },
  { "claims-digest", CLI_VALUE, "HEX", N_ ("a receipt must carry this claims digest") },
  CLI_END,
};

static const CliOption export_options[] = {
  { "proposal-id", CLI_VALUE, "ID", N_ ("proposal whose history is exported") },
  { "output", CLI_VALUE, "FOLDER", N_ ("folder to make") },
  { "receipts-only", CLI_FLAG, NULL,
    N_ ("do without the entries of the ledger, as with a service that does not hand them out") },
  CLI_WHO_OPTIONS,
  CLI_END,
};

const CliCommand cli_ledger_commands[] = {
  { "ledger receipt", "", N_ ("Fetch the receipt of a transaction and verify it"),
    "cleanroom ledger receipt --transaction-id 2.17 --output receipt.json", 0, 0, receipt_options,
    ledger_receipt, FALSE },
  { "ledger verify", "PATH", N_ ("Verify a receipt or an exported proof offline"),
    "cleanroom ledger verify receipt.json --service-cert service.pem", 1, 1, verify_options, ledger_verify,
    FALSE },
  { "ledger export", "", N_ ("Write what proves a decision: signed messages, receipts, certificates"),
    "cleanroom ledger export --proposal-id ID --output proof", 0, 0, export_options, ledger_export, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
