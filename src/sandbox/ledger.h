/* SPDX-License-Identifier: MIT
 * The ledger's Merkle tree (SHA-256), grown one leaf at a time in constant memory.
 *
 * Shape: the left subtree of every node is full, a last node without sibling moves up unchanged. Leaf:
 * SHA-256(write set digest ++ SHA-256(commit evidence) ++ claims digest); CCF receipts, JSON format.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LEDGER_HASH 32
#define LEDGER_MAX_STATE (64 * LEDGER_HASH)

typedef struct {
  guint64 count;                 /* leaves */
  guint8 peaks[64][LEDGER_HASH]; /* root of a full subtree of 2^i leaves where bit i of count is set */
} Ledger;

void ledger_init (Ledger *ledger);
void ledger_append (Ledger *ledger, const guint8 leaf[LEDGER_HASH]);
/* Root over all leaves; zeros when there are none. */
void ledger_root (const Ledger *ledger, guint8 root[LEDGER_HASH]);

/* The peaks in use, smallest first, for storage. Returns the length. */
gsize ledger_save (const Ledger *ledger, guint8 state[LEDGER_MAX_STATE]);
/* FALSE when LENGTH does not fit COUNT. */
gboolean ledger_load (Ledger *ledger, guint64 count, const guint8 *state, gsize length);

/* One step of a proof from leaf to root. */
typedef struct {
  gboolean left; /* the sibling is on the left */
  guint8 hash[LEDGER_HASH];
} LedgerStep;

/* The proof of leaf INDEX in the tree over the COUNT leaves that lie one behind the other in LEAVES. Gives an
 * array of LedgerStep. */
GArray *ledger_path (const guint8 *leaves, guint64 count, guint64 index);

G_END_DECLS
