/* SPDX-License-Identifier: MIT
 * The Merkle tree in the database: leaves are in the ledger entries, roots of full subtrees of 2^8, 2^16,
 * ... leaves in a table of their own. So a proof reads some hundred rows and a start a few, however long the
 * ledger is.
 */
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/receipt.h"

#include <string.h>

#define STEP_LEVELS 8 /* every eighth level is stored */

gboolean
store_tree_append (Store *store, Ledger *ledger, const guint8 leaf[LEDGER_HASH], GError **error)
{
  guint8 made[64][LEDGER_HASH];
  guint levels = ledger_append (ledger, leaf, made);
  for (guint level = STEP_LEVELS; level <= levels; level += STEP_LEVELS) {
    g_autoptr (GBytes) hash = g_bytes_new (made[level], LEDGER_HASH);
    if (!cr_db_run (store->db, error, "INSERT INTO node VALUES (?, ?, ?)", "iib", (gint64) level,
                    (gint64) (ledger->count >> level) - 1, hash))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_hash (Store *store, sqlite3_stmt *row, guint8 hash[LEDGER_HASH], GError **error)
{
  if (!row)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  gboolean found = cr_db_step (store->db, row, &problem);
  gboolean good = found && sqlite3_column_bytes (row, 0) == LEDGER_HASH;
  if (good)
    memcpy (hash, sqlite3_column_blob (row, 0), LEDGER_HASH);
  if (found)
    cr_db_done (row);
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (!good)
    cr_set_error (error, CR_ERROR_ADMIN, "Reset the local environment.", "the ledger database is damaged");
  return good;
}

static gboolean
read_leaf (Store *store, guint64 index, guint8 hash[LEDGER_HASH], GError **error)
{
  return read_hash (
      store,
      cr_db_query (store->db, error, "SELECT leaf FROM entry WHERE seqno = ?", "i", (gint64) index + 1), hash,
      error);
}

static guint64
left_part (guint64 count)
{
  guint64 left = 1;
  while (left * 2 < count)
    left *= 2;
  return left;
}

/* The root over COUNT leaves from FIRST on, which a full subtree of at least COUNT leaves could begin with.
 * */
static gboolean
subtree_root (Store *store, guint64 first, guint64 count, guint8 root[LEDGER_HASH], GError **error)
{
  if (count == 1)
    return read_leaf (store, first, root, error);
  guint level = (guint) __builtin_ctzll (count);
  if ((count & (count - 1)) == 0 && level % STEP_LEVELS == 0)
    return read_hash (store,
                      cr_db_query (store->db, error, "SELECT hash FROM node WHERE level = ? AND idx = ?",
                                   "ii", (gint64) level, (gint64) (first >> level)),
                      root, error);
  guint64 left = left_part (count);
  guint8 right_root[LEDGER_HASH];
  if (!subtree_root (store, first, left, root, error)
      || !subtree_root (store, first + left, count - left, right_root, error))
    return FALSE;
  cose_receipt_node (root, right_root, root);
  return TRUE;
}

/* Steps from leaf INDEX up to the root of the COUNT leaves from FIRST on. */
static gboolean
add_path (Store *store, guint64 first, guint64 count, guint64 index, GArray *path, GError **error)
{
  if (count == 1)
    return TRUE;
  guint64 left = left_part (count);
  LedgerStep step = { .left = index >= first + left };
  gboolean good = step.left ? add_path (store, first + left, count - left, index, path, error)
                                  && subtree_root (store, first, left, step.hash, error)
                            : add_path (store, first, left, index, path, error)
                                  && subtree_root (store, first + left, count - left, step.hash, error);
  if (good)
    g_array_append_val (path, step);
  return good;
}

gboolean
store_tree_load (Store *store, GError **error)
{
  Ledger *ledger = &store->ledger;
  ledger_init (ledger);
  guint64 count = (guint64) store->last_seqno, first = 0;
  for (int level = 63; level >= 0; level--) {
    if (!((count >> level) & 1))
      continue;
    if (!subtree_root (store, first, (guint64) 1 << level, ledger->peaks[level], error))
      return FALSE;
    first += (guint64) 1 << level;
  }
  ledger->count = count;
  return TRUE;
}

void
store_proof_clear (StoreProof *proof)
{
  g_clear_pointer (&proof->evidence, g_free);
  g_clear_pointer (&proof->path, g_array_unref);
}

gboolean
store_proof (Store *store, gint64 seqno, gint64 covered, StoreProof *proof, GError **error)
{
  memset (proof, 0, sizeof *proof);
  g_autoptr (GBytes) body = store_entry (store, seqno, error);
  if (!body || covered < seqno)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_rec_mutex_lock (&store->lock);
  proof->path = g_array_new (FALSE, TRUE, sizeof (LedgerStep));
  gboolean found = covered <= store->last_seqno
                   && add_path (store, 0, (guint64) covered, (guint64) seqno - 1, proof->path, &problem);
  g_rec_mutex_unlock (&store->lock);
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  gsize length = 0;
  gconstpointer text = g_bytes_get_data (body, &length);
  cr_sha256 (text, length, proof->write_set_digest);
  proof->evidence = store_evidence (store, seqno);
  return found;
}
