/* SPDX-License-Identifier: MIT
 * The durable plan of transfers: per file of many blocks what exactly is moved and which blocks arrived
 * (transfer-private.h). One database in the caller's private folder; what is finished is forgotten.
 *
 * A block is written down only after it arrived, so a kill between the two sends it once more. Sums are kept
 * with each block: what is found later, here or at the store, is believed only when it still has them.
 */
#include "data/transfer-private.h"

#include "base/clock.h"
#include "base/db.h"
#include "base/file.h"

#include <string.h>

struct TransferPlan {
  CrDb *db;
};

static const char *const migrations[] = {
  "CREATE TABLE files (id INTEGER PRIMARY KEY, place TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL,"
  " identity TEXT NOT NULL, upload TEXT NOT NULL, began_ms INTEGER NOT NULL, UNIQUE (place, name, path));"
  "CREATE TABLE blocks (file INTEGER NOT NULL REFERENCES files (id), seq INTEGER NOT NULL, tag TEXT,"
  " sum INTEGER NOT NULL, plain INTEGER NOT NULL, PRIMARY KEY (file, seq)) WITHOUT ROWID;",
  NULL
};

TransferPlan *
transfer_plan_open (const char *folder, GError **error)
{
  if (!cr_dir_make (folder, 0700, error))
    return NULL;
  g_autofree char *path = g_build_filename (folder, "transfers.db", NULL);
  CrDb *db = cr_db_open (path, migrations, error);
  if (db == NULL)
    return NULL;
  TransferPlan *plan = g_new0 (TransferPlan, 1);
  plan->db = db;
  return plan;
}

void
transfer_plan_close (TransferPlan *plan)
{
  if (plan == NULL)
    return;
  cr_db_close (plan->db);
  g_free (plan);
}

static gboolean
remove_row (TransferPlan *plan, gint64 row, GError **error)
{
  if (!cr_db_begin (plan->db, error))
    return FALSE;
  if (cr_db_run (plan->db, error, "DELETE FROM blocks WHERE file = ?", "i", row)
      && cr_db_run (plan->db, error, "DELETE FROM files WHERE id = ?", "i", row))
    return cr_db_commit (plan->db, error);
  cr_db_rollback (plan->db);
  return FALSE;
}

/* The caller holds the database. */
static gboolean
read_blocks (TransferPlan *plan, TransferFile *file, GError **error)
{
  GError *problem = NULL;
  sqlite3_stmt *rows = cr_db_query (plan->db, error, "SELECT seq, tag, sum, plain FROM blocks WHERE file = ?",
                                    "i", file->row);
  if (rows == NULL)
    return FALSE;
  while (cr_db_step (plan->db, rows, &problem)) {
    gint64 index = sqlite3_column_int64 (rows, 0);
    if (index < 0 || index >= (gint64) file->count || file->blocks[index].done)
      continue;
    TransferBlock *block = &file->blocks[index];
    block->tag = cr_db_text (rows, 1);
    block->sum = (guint64) sqlite3_column_int64 (rows, 2);
    block->plain = (guint64) sqlite3_column_int64 (rows, 3);
    block->done = TRUE;
    file->left--;
  }
  cr_db_done (rows);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

gboolean
transfer_plan_find (TransferPlan *plan, const char *place, const char *identity, TransferFile *file,
                    char **stale, GError **error)
{
  *stale = NULL;
  if (plan == NULL)
    return TRUE;
  cr_db_lock (plan->db);
  GError *problem = NULL;
  sqlite3_stmt *row = cr_db_query (
      plan->db, &problem, "SELECT id, identity, upload FROM files WHERE place = ? AND name = ? AND path = ?",
      "sss", place, file->name, file->path);
  gint64 id = 0;
  g_autofree char *former = NULL;
  g_autofree char *upload = NULL;
  if (row != NULL && cr_db_step (plan->db, row, &problem)) {
    id = sqlite3_column_int64 (row, 0);
    former = cr_db_text (row, 1);
    upload = cr_db_text (row, 2);
  }
  if (row != NULL)
    cr_db_done (row);
  gboolean good = problem == NULL;
  if (good && id != 0 && strcmp (former, identity) != 0) {
    *stale = g_steal_pointer (&upload);
    good = remove_row (plan, id, &problem);
  } else if (good && id != 0) {
    file->row = id;
    file->upload = g_steal_pointer (&upload);
    good = read_blocks (plan, file, &problem);
  }
  cr_db_unlock (plan->db);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return good;
}

gboolean
transfer_plan_begin (TransferPlan *plan, const char *place, const char *identity, TransferFile *file,
                     GError **error)
{
  if (plan == NULL)
    return TRUE;
  const char *upload = file->temp != NULL ? file->temp : file->upload;
  cr_db_lock (plan->db);
  gboolean good = cr_db_run (plan->db, error,
                             "INSERT INTO files (place, name, path, identity, upload, began_ms)"
                             " VALUES (?, ?, ?, ?, ?, ?)",
                             "sssssi", place, file->name, file->path, identity, upload, cr_now_ms ());
  file->row = good ? sqlite3_last_insert_rowid (cr_db_handle (plan->db)) : 0;
  cr_db_unlock (plan->db);
  return good;
}

gboolean
transfer_plan_block (TransferPlan *plan, const TransferFile *file, guint index, GError **error)
{
  const TransferBlock *block = &file->blocks[index];
  return plan == NULL || file->row == 0
         || cr_db_run (plan->db, error,
                       "INSERT OR REPLACE INTO blocks (file, seq, tag, sum, plain) VALUES (?, ?, ?, ?, ?)",
                       "iisii", file->row, (gint64) index, block->tag, (gint64) block->sum,
                       (gint64) block->plain);
}

gboolean
transfer_plan_forget (TransferPlan *plan, TransferFile *file, GError **error)
{
  gint64 row = file->row;
  file->row = 0;
  return plan == NULL || row == 0 || remove_row (plan, row, error);
}
