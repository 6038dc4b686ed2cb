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

void
ledger_append (Ledger *ledger, const guint8 leaf[LEDGER_HASH])
{
  guint8 hash[LEDGER_HASH];
  memcpy (hash, leaf, LEDGER_HASH);
  guint level = 0;
  for (; (ledger->count >> level) & 1; level++)
    cose_receipt_node (ledger->peaks[level], hash, hash);
  memcpy (ledger->peaks[level], hash, LEDGER_HASH);
  ledger->count++;
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

gsize
ledger_save (const Ledger *ledger, guint8 state[LEDGER_MAX_STATE])
{
  gsize length = 0;
  for (guint level = 0; level < 64; level++)
    if ((ledger->count >> level) & 1) {
      memcpy (state + length, ledger->peaks[level], LEDGER_HASH);
      length += LEDGER_HASH;
    }
  return length;
}

gboolean
ledger_load (Ledger *ledger, guint64 count, const guint8 *state, gsize length)
{
  ledger_init (ledger);
  if (length != (gsize) __builtin_popcountll (count) * LEDGER_HASH)
    return FALSE;
  ledger->count = count;
  for (guint level = 0; level < 64; level++)
    if ((count >> level) & 1) {
      memcpy (ledger->peaks[level], state, LEDGER_HASH);
      state += LEDGER_HASH;
    }
  return TRUE;
}

GArray *
ledger_path (const guint8 *leaves, guint64 count, guint64 index)
{
  GArray *path = g_array_new (FALSE, TRUE, sizeof (LedgerStep));
  g_return_val_if_fail (index < count, path);
  g_autofree guint8 *row = g_memdup2 (leaves, count * LEDGER_HASH);
  while (count > 1) {
    guint64 sibling = index ^ 1;
    if (sibling < count) {
      LedgerStep step = { .left = sibling < index };
      memcpy (step.hash, row + sibling * LEDGER_HASH, LEDGER_HASH);
      g_array_append_val (path, step);
    }
    for (guint64 i = 0; i + 1 < count; i += 2)
      cose_receipt_node (row + i * LEDGER_HASH, row + (i + 1) * LEDGER_HASH, row + (i / 2) * LEDGER_HASH);
    if (count & 1)
      memmove (row + (count / 2) * LEDGER_HASH, row + (count - 1) * LEDGER_HASH, LEDGER_HASH);
    count = (count + 1) / 2;
    index /= 2;
  }
  return path;
}
