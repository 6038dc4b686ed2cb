/* SPDX-License-Identifier: MIT
 * The ledger's key-value store: opening, transactions, reading and writing (store.h, store-private.h).
 *
 * The writes of a running transaction are kept in memory until it commits, so that an aborted one leaves no
 * trace.
 */
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/receipt.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char *const migrations[] = {
  "CREATE TABLE map (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
  "CREATE TABLE kv (row INTEGER PRIMARY KEY, map INTEGER NOT NULL, key TEXT NOT NULL, seqno INTEGER NOT NULL,"
  " value TEXT NOT NULL);"
  "CREATE UNIQUE INDEX kv_key ON kv (map, key);"
  "CREATE TABLE hist (map INTEGER NOT NULL, key TEXT NOT NULL, seqno INTEGER NOT NULL,"
  " PRIMARY KEY (map, key, seqno)) WITHOUT ROWID;"
  "CREATE TABLE entry (seqno INTEGER PRIMARY KEY, leaf BLOB NOT NULL, sealed BLOB, body BLOB NOT NULL);"
  "CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,"
  " PRIMARY KEY (level, idx)) WITHOUT ROWID;"
  "CREATE TABLE view (first_seqno INTEGER PRIMARY KEY, view INTEGER NOT NULL);"
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
  NULL,
};

/* One process has the ledger open, so SQLite need not look for others; the log is synced by store-commit.c.
 * */
static const char settings[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=NORMAL;"
                               "PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY;"
                               "PRAGMA cache_size=-4096";

/* ---- Opening ---- */

static gint64
read_integer (Store *store, const char *sql, GError **error)
{
  sqlite3_stmt *statement = cr_db_query (store->db, error, sql, "");
  gint64 value = 0;
  if (statement && cr_db_step (store->db, statement, error)) {
    value = sqlite3_column_int64 (statement, 0);
    cr_db_done (statement);
  }
  return value;
}

static gboolean
load_views (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_array_set_size (store->views, 0);
  StoreView first = { 1, STORE_FIRST_VIEW };
  g_array_append_val (store->views, first);
  sqlite3_stmt *row = cr_db_query (store->db, &problem,
                                   "SELECT first_seqno, view FROM view ORDER BY first_seqno", "");
  while (row && cr_db_step (store->db, row, &problem)) {
    StoreView view = { sqlite3_column_int64 (row, 0), sqlite3_column_int64 (row, 1) };
    g_array_append_val (store->views, view);
  }
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
load_evidence (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_clear_pointer (&store->evidence, g_free);
  sqlite3_stmt *row = cr_db_query (store->db, &problem, "SELECT value FROM meta WHERE name = 'evidence'", "");
  if (row && cr_db_step (store->db, row, &problem)) {
    store->evidence = cr_db_text (row, 0);
    cr_db_done (row);
  }
  if (!problem && !store->evidence) {
    store->evidence = cr_random_hex (64);
    cr_db_run (store->db, &problem, "INSERT INTO meta VALUES ('evidence', ?)", "s", store->evidence);
  }
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
store_load_state (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  store->last_seqno = read_integer (store, "SELECT max(seqno) FROM entry", &problem);
  if (!problem)
    store->next_row = read_integer (store, "SELECT max(row) FROM kv", &problem) + 1;
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return load_views (store, error) && store_tree_load (store, error);
}

static void
write_free (gpointer data)
{
  StoreWrite *write = data;
  g_free (write->key);
  g_free (write->value);
  g_free (write);
}

static guint
write_hash (gconstpointer data)
{
  const StoreWrite *write = data;
  return g_str_hash (write->key) ^ g_direct_hash (write->map);
}

static gboolean
write_equal (gconstpointer a, gconstpointer b)
{
  const StoreWrite *first = a, *second = b;
  return first->map == second->map && strcmp (first->key, second->key) == 0;
}

static gboolean
prepare (Store *store, GError **error)
{
  char *problem = NULL;
  if (sqlite3_exec (cr_db_handle (store->db), settings, NULL, NULL, &problem) != SQLITE_OK) {
    cr_set_error (error, CR_ERROR_ADMIN, "Stop the other program that has the ledger open.",
                  "cannot use %s: %s", store->path, problem ? problem : "unknown reason");
    sqlite3_free (problem);
    return FALSE;
  }
  if (!store_load_state (store, error) || !load_evidence (store, error)
      || !store_load_secret (store, FALSE, error))
    return FALSE;
  store->durable_seqno = store->last_seqno;
  /* An empty ledger has no secret to lose yet. */
  return store->last_seqno || store->secret || store_load_secret (store, TRUE, error);
}

/* The first format kept digests of its entries only, not what they said: there is nothing to carry over
 * from it. */
static gboolean
check_format (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gint64 tables = read_integer (
      store, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('kv_history', 'tx')",
      &problem);
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (tables == 0)
    return TRUE;
  cr_set_error (
      error, CR_ERROR_ADMIN,
      "Begin again with an empty local environment: cleanroom sandbox reset. It names what is lost. To "
      "keep it, use the release that wrote it.",
      "The ledger %s was written by an earlier release, in a format that cannot be carried over.",
      store->path);
  return FALSE;
}

Store *
store_open (const char *path, GError **error)
{
  g_autoptr (Store) store = g_new0 (Store, 1);
  store->wal = -1;
  store->path = g_strdup (path);
  g_rec_mutex_init (&store->lock);
  g_mutex_init (&store->flush_lock);
  g_cond_init (&store->flushed);
  g_cond_init (&store->joined);
  store->maps = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, store_map_free);
  store->views = g_array_new (FALSE, FALSE, sizeof (StoreView));
  store->writes = g_ptr_array_new_with_free_func (write_free);
  store->index = g_hash_table_new (write_hash, write_equal);
  store->db = cr_db_open (path, migrations, error);
  if (!store->db || !check_format (store, error) || !prepare (store, error))
    return NULL;
  return g_steal_pointer (&store);
}

void
store_close (Store *store)
{
  if (!store)
    return;
  if (store->db)
    store_flush (store, NULL);
  g_clear_error (&store->failure);
  g_clear_pointer (&store->db, cr_db_close);
  if (store->wal >= 0)
    close (store->wal);
  g_hash_table_unref (store->index);
  g_ptr_array_unref (store->writes);
  g_hash_table_unref (store->maps);
  g_array_unref (store->views);
  g_clear_pointer (&store->secret, g_bytes_unref);
  g_cond_clear (&store->flushed);
  g_cond_clear (&store->joined);
  g_mutex_clear (&store->flush_lock);
  g_rec_mutex_clear (&store->lock);
  g_free (store->evidence);
  g_free (store->path);
  g_free (store);
}

static gboolean
delete_all (Store *store, GError **error)
{
  static const char *const statements[] = { "DELETE FROM kv",   "DELETE FROM hist", "DELETE FROM entry",
                                            "DELETE FROM node", "DELETE FROM view", "DELETE FROM map",
                                            "DELETE FROM meta" };
  if (!cr_db_begin (store->db, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!cr_db_run (store->db, error, statements[i], "")) {
      cr_db_rollback (store->db);
      return FALSE;
    }
  return cr_db_commit (store->db, error);
}

gboolean
store_reset (Store *store, GError **error)
{
  g_rec_mutex_lock (&store->lock);
  gboolean done = store_flush (store, error) && delete_all (store, error);
  store_maps_forget (store);
  done = done && store_load_state (store, error) && load_evidence (store, error)
         && store_load_secret (store, TRUE, error);
  if (done) {
    g_mutex_lock (&store->flush_lock);
    store->durable_seqno = 0;
    g_mutex_unlock (&store->flush_lock);
  }
  g_rec_mutex_unlock (&store->lock);
  return done;
}

/* ---- Transactions ---- */

static void
drop_writes (Store *store)
{
  g_hash_table_remove_all (store->index);
  g_ptr_array_set_size (store->writes, 0);
}

gboolean
store_begin (Store *store, GError **error)
{
  (void) error;
  g_rec_mutex_lock (&store->lock);
  drop_writes (store);
  g_clear_error (&store->failure);
  return TRUE;
}

void
store_abort (Store *store)
{
  g_clear_error (&store->failure);
  drop_writes (store);
  g_rec_mutex_unlock (&store->lock);
}

/* The ledger entry of this transaction: write set, leaf, and the tree's new state. */
static gboolean
append_entry (Store *store, Ledger *ledger, gint64 seqno, GError **error)
{
  static const guint8 no_claims[LEDGER_HASH];
  g_autoptr (GString) body = g_string_sized_new (2048);
  g_autoptr (GBytes) sealed = NULL;
  if (!store_entry_build (store, body, &sealed, error))
    return FALSE;
  guint8 digest[LEDGER_HASH], leaf[LEDGER_HASH];
  g_autofree char *evidence = store_evidence (store, seqno);
  cr_sha256 (body->str, body->len, digest);
  cose_receipt_leaf (digest, evidence, no_claims, leaf);
  g_autoptr (GBytes) body_bytes = g_string_free_to_bytes (g_steal_pointer (&body));
  g_autoptr (GBytes) leaf_bytes = g_bytes_new (leaf, LEDGER_HASH);
  return cr_db_run (store->db, error, "INSERT INTO entry (seqno, leaf, sealed, body) VALUES (?, ?, ?, ?)",
                    "ibbb", seqno, leaf_bytes, sealed, body_bytes)
         && store_tree_append (store, ledger, leaf, error);
}

/* Put the transaction into the open batch. */
static gboolean
add_to_batch (Store *store, GError **error)
{
  gint64 seqno = store->last_seqno + 1;
  Ledger ledger = store->ledger;
  if (!store_batch_open (store, error))
    return FALSE;
  g_autoptr (GError) problem = NULL;
  gboolean good = append_entry (store, &ledger, seqno, &problem);
  for (guint i = 0; good && i < store->writes->len; i++)
    good = store_map_apply (store, g_ptr_array_index (store->writes, i), seqno, &problem);
  if (!good) {
    store_batch_fail (store, problem);
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  store->ledger = ledger;
  store->last_seqno = seqno;
  store->batch->last_seqno = seqno;
  return TRUE;
}

/* End the transaction; *BATCH (may be NULL) gets what it waits for, with a reference. */
static gboolean
end_transaction (Store *store, gint64 *seqno, StoreBatch **batch, GError **error)
{
  gboolean good = TRUE;
  if (store->failure) {
    g_propagate_error (error, g_steal_pointer (&store->failure));
    good = FALSE;
  } else if (store->writes->len) {
    good = add_to_batch (store, error);
    if (good && batch) {
      *batch = store->batch;
      g_atomic_int_inc (&store->batch->references);
    }
  }
  if (good && seqno)
    *seqno = store->last_seqno;
  drop_writes (store);
  g_rec_mutex_unlock (&store->lock);
  return good;
}

gboolean
store_commit (Store *store, gint64 *seqno, GError **error)
{
  StoreBatch *batch = NULL;
  return end_transaction (store, seqno, &batch, error) && (!batch || store_batch_wait (store, batch, error));
}

gboolean
store_commit_later (Store *store, gint64 *seqno, GError **error)
{
  return end_transaction (store, seqno, NULL, error);
}

gint64
store_next_seqno (Store *store)
{
  return store->last_seqno + 1;
}

gint64
store_last_seqno (Store *store)
{
  g_rec_mutex_lock (&store->lock);
  gint64 seqno = store->last_seqno;
  g_rec_mutex_unlock (&store->lock);
  return seqno;
}

void
store_root (Store *store, guint8 root[32])
{
  g_rec_mutex_lock (&store->lock);
  ledger_root (&store->ledger, root);
  g_rec_mutex_unlock (&store->lock);
}

/* ---- Reading ---- */

/* Keep the first problem of the transaction; its commit will report it. */
static void
keep_failure (Store *store, GError *problem)
{
  if (!problem)
    return;
  if (store->failure)
    g_error_free (problem);
  else
    store->failure = problem;
}

/* What this transaction has written to KEY, borrowed; NULL when nothing. */
static StoreWrite *
own_write (Store *store, StoreMap *map, const char *key)
{
  if (!store->writes->len)
    return NULL;
  g_autofree char *copy = g_strdup (key);
  StoreWrite wanted = { .map = map, .key = copy };
  return g_hash_table_lookup (store->index, &wanted);
}

char *
store_get (Store *store, const char *map_name, const char *key)
{
  StoreMap *map = store_map (store, map_name);
  const StoreWrite *write = own_write (store, map, key);
  if (write)
    return g_strdup (write->value);
  GError *problem = NULL;
  g_auto (StoreItemScratch) scratch = { 0 };
  const StoreItem *item = store_map_find (store, map, key, &scratch, &problem);
  char *value = item && !map->is_private ? g_strdup (item->value) : NULL;
  if (item && map->is_private)
    value = store_unseal (store, item->value, &problem);
  keep_failure (store, problem);
  return value;
}

json_t *
store_get_json (Store *store, const char *map, const char *key)
{
  g_autofree char *text = store_get (store, map, key);
  return text ? cr_json_parse (text, strlen (text), "a stored value", NULL) : NULL;
}

gint64
store_get_seqno (Store *store, const char *map_name, const char *key)
{
  StoreMap *map = store_map (store, map_name);
  const StoreWrite *write = own_write (store, map, key);
  if (write)
    return write->value ? store->last_seqno + 1 : 0;
  GError *problem = NULL;
  g_auto (StoreItemScratch) scratch = { 0 };
  const StoreItem *item = store_map_find (store, map, key, &scratch, &problem);
  keep_failure (store, problem);
  return item ? item->seqno : 0;
}

gboolean
store_has (Store *store, const char *map, const char *key)
{
  return store_get_seqno (store, map, key) != 0;
}

GPtrArray *
store_keys (Store *store, const char *map_name)
{
  StoreMap *map = store_map (store, map_name);
  GError *problem = NULL;
  GPtrArray *keys = store_map_keys (store, map, &problem);
  keep_failure (store, problem);
  if (!store->writes->len)
    return keys;
  for (guint i = keys->len; i > 0; i--) {
    const StoreWrite *write = own_write (store, map, g_ptr_array_index (keys, i - 1));
    if (write && (!write->value || write->fresh))
      g_ptr_array_remove_index (keys, i - 1);
  }
  for (guint i = 0; i < store->writes->len; i++) {
    const StoreWrite *write = g_ptr_array_index (store->writes, i);
    if (write->map == map && write->value && write->fresh)
      g_ptr_array_add (keys, g_strdup (write->key));
  }
  return keys;
}

/* ---- Writing ---- */

static StoreWrite *
note_write (Store *store, StoreMap *map, const char *key)
{
  StoreWrite *write = own_write (store, map, key);
  if (write)
    return write;
  write = g_new0 (StoreWrite, 1);
  write->map = map;
  write->key = g_strdup (key);
  g_ptr_array_add (store->writes, write);
  g_hash_table_add (store->index, write);
  return write;
}

void
store_put (Store *store, const char *map_name, const char *key, const char *value)
{
  StoreMap *map = store_map (store, map_name);
  gboolean present = store_get_seqno (store, map_name, key) != 0;
  StoreWrite *write = note_write (store, map, key);
  if (!present)
    write->fresh = TRUE;
  g_free (write->value);
  write->value = g_strdup (value);
}

void
store_put_json (Store *store, const char *map, const char *key, const json_t *value)
{
  g_autofree char *text = cr_json_dump (value);
  store_put (store, map, key, text);
}

void
store_delete (Store *store, const char *map_name, const char *key)
{
  if (!store_has (store, map_name, key))
    return;
  StoreWrite *write = note_write (store, store_map (store, map_name), key);
  g_clear_pointer (&write->value, g_free);
}

void
store_clear (Store *store, const char *map)
{
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  for (guint i = 0; i < keys->len; i++)
    store_delete (store, map, g_ptr_array_index (keys, i));
}
