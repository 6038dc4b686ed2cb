/* SPDX-License-Identifier: MIT
 * Opening the ledger store, and what only the node itself reads: transactions and leaves.
 */
#pragma once

#include "sandbox/ledger.h"
#include "sandbox/store.h"

G_BEGIN_DECLS

#define STORE_VIEW 2

/* Open or create the database PATH. Gives. */
Store *store_open (const char *path, GError **error);
void store_close (Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_close)

/* Forget everything: the next write is 2.1 of a new ledger. */
gboolean store_reset (Store *store, GError **error);

/* What a receipt of transaction SEQNO needs. All of it belongs to the caller. */
typedef struct {
  guint8 write_set_digest[LEDGER_HASH];
  char *evidence; /* "ce:2.17:<hex64>" */
  guint8 *leaves; /* of all transactions up to the last one */
  guint64 count;
} StoreProof;
/* FALSE without ERROR when there is no such transaction. */
gboolean store_proof (Store *store, gint64 seqno, StoreProof *proof, GError **error);
void store_proof_clear (StoreProof *proof);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreProof, store_proof_clear)

G_END_DECLS
