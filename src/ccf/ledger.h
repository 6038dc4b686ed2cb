/* SPDX-License-Identifier: MIT
 * The ledger as proof: receipts, ledger entries, and bundles that show an auditor what was decided.
 *
 * Receipts: CCF, JSON format (src/cose/receipt.h). Ledger entries are the write sets whose SHA-256 is the
 * write set digest of the receipt, one write after the other:
 *
 *   put MAPLENGTH KEYLENGTH VALUELENGTH, MAP, KEY, VALUE   or   delete MAPLENGTH KEYLENGTH, MAP, KEY
 *
 * each part ended by a newline, lengths in bytes. Not every service hands them out.
 */
#pragma once

#include "ccf/ccf.h"
#include "cose/receipt.h"

G_BEGIN_DECLS

/* The receipt of TXID ("2.17") as the service sends it, waited for while it is fetched from the ledger. Not
 * verified. CR_ERROR_NOT_FOUND when there is no such transaction. Gives. */
json_t *ccf_receipt_fetch (CrJob *job, CcfClient *client, const char *txid, GError **error);
/* The write set of TXID; CR_ERROR_NOT_FOUND when the service does not hand it out. Gives. */
char *ccf_ledger_entry_fetch (CrJob *job, CcfClient *client, const char *txid, GError **error);
/* "VIEW.SEQNO" of SEQNO. Gives. */
char *ccf_ledger_txid (CrJob *job, CcfClient *client, gint64 seqno, GError **error);

/* One write of an entry; KEY and VALUE point into the text. VALUE NULL = deleted. */
typedef struct {
  char *map, *key, *value;
} CcfLedgerWrite;
/* CR_ERROR_INPUT for a text that is not an entry. Gives an array of CcfLedgerWrite*. */
GPtrArray *ccf_ledger_entry_parse (const char *text, gsize length, GError **error);
/* The value written to KEY (NULL = any) of MAP; NULL when there is none. Borrowed. */
const CcfLedgerWrite *ccf_ledger_entry_find (GPtrArray *writes, const char *map, const char *key);

/* Whether the service hands out the entry of SEQNO at all. */
gboolean ccf_ledger_has_entries (CrJob *job, CcfClient *client, gint64 seqno, gboolean *has, GError **error);

/* Write what proves the decision on PROPOSAL_ID into the folder PATH, which must not exist. HISTORY is the
 * history of the proposal: an array of {"seqno","proposalState"}. STATED is NULL where the service hands
 * out its entries; otherwise receipts alone are proved, and this is written beside them as what the service
 * says: {"history","proposal"?,"actions"?,"ballots"?,"members"?,"texts"?}. What was written is verified
 * before this returns. Gives the report of ccf_bundle_verify(). */
json_t *ccf_bundle_export (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *history,
                           const json_t *stated, const char *path, GError **error);
/* Check the bundle in PATH; needs no network and nothing but the files. SERVICE (may be NULL) is the
 * certificate that the checker trusts; without it the one in the bundle is used, and the report says so in
 * "anchored".
 * CR_ERROR_REFUSED names the file and what is wrong. Gives
 * {"proposal","state","anchored","service","text","proved",
 * "messages":[{"transaction","kind","member","name","ballot"?}]}; "proved" is "entries", or "receipts" for a
 * bundle whose state, text and messages are only stated. */
json_t *ccf_bundle_verify (const char *path, X509 *service, GError **error);

G_END_DECLS
