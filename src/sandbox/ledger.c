/* SPDX-License-Identifier: MIT
 * The ledger's Merkle tree.
 */
#include "sandbox/ledger.h"

#include "cose/receipt.h"

#include <string.h>

void
ledger_init (Ledger *ledger)
{
  memset (ledger, 0, sizeof *ledger);
}

guint
ledger_append (Ledger *ledger, const guint8 leaf[LEDGER_HASH], guint8 made[64][LEDGER_HASH])
{
  guint level = 0;
  memcpy (made[0], leaf, LEDGER_HASH);
  for (; (ledger->count >> level) & 1; level++)
    cose_receipt_node (ledger->peaks[level], made[level], made[level + 1]);
  memcpy (ledger->peaks[level], made[level], LEDGER_HASH);
  ledger->count++;
  return level;
}

void
ledger_root (const Ledger *ledger, guint8 root[LEDGER_HASH])
{
  memset (root, 0, LEDGER_HASH);
  gboolean started = FALSE;
  for (guint level = 0; level < 64; level++) {
    if (!((ledger->count >> level) & 1))
      continue;
    if (started)
      cose_receipt_node (ledger->peaks[level], root, root);
    else
      memcpy (root, ledger->peaks[level], LEDGER_HASH);
    started = TRUE;
  }
}
