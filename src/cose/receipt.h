/* SPDX-License-Identifier: MIT
 * CCF transaction receipts (JSON form): Merkle proof, signature of the node, endorsement by the service.
 *
 * All digests are SHA-256. Dates of the node certificate are reported, never a reason to refuse: node
 * certificates are short lived, receipts are not.
 */
#pragma once

#include "base/json.h"
#include "cose/openssl.h"

G_BEGIN_DECLS

typedef struct {
  char *transaction_id;  /* "view.seqno"; NULL for a signature transaction, which cannot be bound to an id */
  char *commit_evidence; /* NULL for a signature transaction */
  char *claims_digest;   /* hex64 or NULL */
  char *leaf;            /* hex64 */
  char *root;            /* hex64 */
  char *node_id;         /* hex64 */
  X509 *node_cert;
  GPtrArray *endorsements;                /* X509*, may be empty */
  gint64 node_not_before, node_not_after; /* seconds since 1970 */
} CoseReceipt;

void cose_receipt_free (CoseReceipt *receipt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CoseReceipt, cose_receipt_free)

/* Everything that needs no trust anchor: shape, leaf, root, node id, signature. Not a verdict on its own.
 * CR_ERROR_INPUT for a broken document, CR_ERROR_REFUSED when a digest or signature does not match. Gives. */
CoseReceipt *cose_receipt_open (const json_t *receipt, GError **error);
/* The chain node certificate -> endorsements -> SERVICE (the pinned service certificate). */
gboolean cose_receipt_check_service (const CoseReceipt *receipt, X509 *service, GError **error);
/* The whole verification: open, service, and when they are not NULL the expected transaction id and the
 * expected claims digest (hex64). Gives. */
CoseReceipt *cose_receipt_verify (const json_t *receipt, X509 *service, const char *transaction_id,
                                  const char *claims_digest, GError **error);

/* For a service that writes receipts: leaf = SHA-256(write_set ++ SHA-256(evidence text) ++ claims). */
void cose_receipt_leaf (const guint8 write_set[32], const char *commit_evidence, const guint8 claims[32],
                        guint8 leaf[32]);
/* parent = SHA-256(left ++ right); PARENT may be one of the two. */
void cose_receipt_node (const guint8 left[32], const guint8 right[32], guint8 parent[32]);
/* DER ECDSA by NODE_KEY with the root as the digest itself (not hashed again). Gives. */
GBytes *cose_receipt_sign_root (EVP_PKEY *node_key, const guint8 root[32], GError **error);

G_END_DECLS
