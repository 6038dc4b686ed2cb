/* SPDX-License-Identifier: MIT
 * The layout of a proof bundle, shared by its writer and its checker.
 *
 *   README.txt                          how to check all this with openssl and sha256sum only
 *   SHA256SUMS                          of every other file
 *   manifest.json                       {"format","proposal","transactions":["2.17",...]}
 *   service.pem                         the certificate of the ledger service
 *   actions.json                        the exact text that was proposed
 *   members/ID.pem                      certificates of the members that signed
 *   TXID/receipt.json                   the receipt of a transaction
 *   TXID/write-set.txt                  what it wrote; its SHA-256 is in the receipt
 *   TXID/message.cose                   the signed message (proposal or ballot) as it was sent
 *   TXID/payload.json                   what it says
 *   TXID/to-be-signed.bin, signature.der   for openssl
 *   TXID/root.bin, root-signature.der   the signed Merkle root, for openssl
 *
 * From a service that does not hand out entries ("cleanroom-receipts-1"): README.txt, SHA256SUMS,
 * manifest.json, service.pem, TXID/receipt.json, root.bin and root-signature.der as above, and what the
 * service only says:
 *
 *   stated/history.json, proposal.json, actions.json, ballots.json, members.json, texts.json
 */
#pragma once

#include "ccf/ledger.h"
#include "cose/cose.h"
#include "cose/x509.h"

G_BEGIN_DECLS

#define BUNDLE_FORMAT "cleanroom-proof-1"
#define BUNDLE_FORMAT_STATED "cleanroom-receipts-1"
#define BUNDLE_STATED "stated"
#define BUNDLE_MAX_FILE (16u * 1024 * 1024)
#define BUNDLE_SUMS "SHA256SUMS"
#define BUNDLE_MAP_MESSAGES "public:ccf.gov.cose_history"
#define BUNDLE_MAP_INFO "public:ccf.gov.proposals_info"
#define BUNDLE_MAP_PROPOSALS "public:ccf.gov.proposals"

/* The signed message that WRITES keep; NULL when the transaction carries none (CR_ERROR unset), or it is
 * broken.
 * *KEPT is its bytes. Gives both. */
CoseSign1 *ccf_bundle_message (GPtrArray *writes, GBytes **kept, GError **error);
/* "SHA256 of FILE" lines of every file below PATH but SHA256SUMS, sorted. Gives. */
char *ccf_bundle_sums (const char *path, GError **error);

/* Files of a bundle; FOLDER/NAME. */
gboolean ccf_bundle_write_text (const char *folder, const char *name, const char *text, GError **error);
gboolean ccf_bundle_write_json (const char *folder, const char *name, const json_t *value, GError **error);
/* RECEIPT, once it is verified, with its root and signature for openssl. */
gboolean ccf_bundle_write_receipt (const char *folder, const json_t *receipt, X509 *service, const char *txid,
                                   GError **error);

/* ledger-stated.c: all but SHA256SUMS of a bundle of receipts and statements; STATED as in
 * ccf_bundle_export(). */
gboolean ccf_stated_write (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *stated,
                           const char *path, GError **error);
/* Check it, its sums apart. Gives the report. */
json_t *ccf_stated_check (const char *path, const json_t *manifest, X509 *service, GError **error);

G_END_DECLS
