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

typedef struct {
  guint64 count;                 /* leaves */
  guint8 peaks[64][LEDGER_HASH]; /* root of a full subtree of 2^i leaves where bit i of count is set */
} Ledger;

void ledger_init (Ledger *ledger);
/* Add LEAF. MADE gets the roots of the subtrees that end with this leaf: MADE[0] is the leaf, MADE[l] covers
 * 2^l leaves. Returns the highest level. */
guint ledger_append (Ledger *ledger, const guint8 leaf[LEDGER_HASH], guint8 made[64][LEDGER_HASH]);
/* Root over all leaves; zeros when there are none. */
void ledger_root (const Ledger *ledger, guint8 root[LEDGER_HASH]);

/* One step of a proof from leaf to root. */
typedef struct {
  gboolean left; /* the sibling is on the left */
  guint8 hash[LEDGER_HASH];
} LedgerStep;

G_END_DECLS
