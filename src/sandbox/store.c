/* SPDX-License-Identifier: MIT
 * The ledger's key-value store on SQLite: kv (now), kv_history (every write), tx (ledger entries).
 */
#include "sandbox/store-private.h"

#include "base/clock.h"
#include "base/db.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/openssl.h"
#include "cose/receipt.h"

#include <string.h>

struct Store {
  CrDb *db;
  Ledger ledger;
  gint64 last_seqno;
  gint64 next_order;
  char *secret;       /* makes commit evidence unpredictable */
  EVP_MD_CTX *digest; /* over the writes of the running transaction */
  gboolean written;
  GError *failure; /* the first error of the running transaction; its commit fails with it */
};

static const char *const migrations[] = {
  "CREATE TABLE kv (map TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, seqno INTEGER NOT NULL,"
  " ord INTEGER NOT NULL, PRIMARY KEY (map, key)) WITHOUT ROWID;"
  "CREATE INDEX kv_order ON kv (map, ord);"
  "CREATE TABLE kv_history (map TEXT NOT NULL, key TEXT NOT NULL, seqno INTEGER NOT NULL, value TEXT,"
  " PRIMARY KEY (map, key, seqno)) WITHOUT ROWID;"
  "CREATE TABLE tx (seqno INTEGER PRIMARY KEY, view INTEGER NOT NULL, time INTEGER NOT NULL,"
  " write_set_digest BLOB NOT NULL, evidence TEXT NOT NULL, leaf BLOB NOT NULL, root BLOB NOT NULL);"
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;",
  NULL,
};

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

static GBytes *
read_meta (Store *store, const char *name, GError **error)
{
  sqlite3_stmt *statement = cr_db_query (store->db, error, "SELECT value FROM meta WHERE name = ?", "s",
                                         name);
  GBytes *value = NULL;
  if (statement && cr_db_step (store->db, statement, error)) {
    value = cr_db_blob (statement, 0);
    cr_db_done (statement);
  }
  return value;
}

static gboolean
write_meta (Store *store, const char *name, GBytes *value, GError **error)
{
  return cr_db_run (store->db, error, "INSERT OR REPLACE INTO meta VALUES (?, ?)", "sb", name, value);
}

static gboolean
load_state (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  store->last_seqno = read_integer (store, "SELECT max(seqno) FROM tx", &problem);
  if (!problem)
    store->next_order = read_integer (store, "SELECT max(ord) FROM kv", &problem) + 1;
  g_autoptr (GBytes) peaks = problem ? NULL : read_meta (store, "peaks", &problem);
  g_autoptr (GBytes) secret = problem ? NULL : read_meta (store, "secret", &problem);
  if (!problem && !secret) {
    g_autofree char *fresh = cr_random_hex (64);
    secret = g_bytes_new (fresh, strlen (fresh));
    write_meta (store, "secret", secret, &problem);
  }
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  gsize length = 0;
  const char *text = g_bytes_get_data (secret, &length);
  g_free (store->secret);
  store->secret = g_strndup (text, length);
  length = 0;
  const guint8 *state = peaks ? g_bytes_get_data (peaks, &length) : NULL;
  if (ledger_load (&store->ledger, (guint64) store->last_seqno, state, length))
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Reset the local environment.", "the ledger database is damaged");
  return FALSE;
}

Store *
store_open (const char *path, GError **error)
{
  g_autoptr (Store) store = g_new0 (Store, 1);
  store->digest = EVP_MD_CTX_new ();
  store->db = cr_db_open (path, migrations, error);
  if (!store->db || !load_state (store, error))
    return NULL;
  return g_steal_pointer (&store);
}

void
store_close (Store *store)
{
  if (!store)
    return;
  g_clear_error (&store->failure);
  g_clear_pointer (&store->db, cr_db_close);
  EVP_MD_CTX_free (store->digest);
  g_free (store->secret);
  g_free (store);
}

gboolean
store_reset (Store *store, GError **error)
{
  static const char *const statements[] = { "DELETE FROM kv", "DELETE FROM kv_history", "DELETE FROM tx",
                                            "DELETE FROM meta" };
  if (!cr_db_begin (store->db, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!cr_db_run (store->db, error, statements[i], "")) {
      cr_db_rollback (store->db);
      return FALSE;
    }
  /* One lock around commit and reload: nobody may see the old numbers over the new tables. */
  cr_db_lock (store->db);
  gboolean done = cr_db_commit (store->db, error) && load_state (store, error);
  cr_db_unlock (store->db);
  return done;
}

gboolean
store_begin (Store *store, GError **error)
{
  if (!cr_db_begin (store->db, error))
    return FALSE;
  store->written = FALSE;
  g_clear_error (&store->failure);
  return TRUE;
}

void
store_abort (Store *store)
{
  g_clear_error (&store->failure);
  store->written = FALSE;
  cr_db_rollback (store->db);
}

/* The ledger entry of this transaction: leaf, root and the tree's new state. */
static gboolean
append_entry (Store *store, Ledger *ledger, GError **error)
{
  gint64 seqno = store->last_seqno + 1;
  g_autofree char *txid = store_txid (seqno);
  g_autofree char *keyed = g_strconcat (store->secret, txid, NULL);
  g_autofree char *nonce = cr_sha256_hex (keyed, strlen (keyed));
  g_autofree char *evidence = g_strdup_printf ("ce:%s:%s", txid, nonce);
  guint8 write_set[LEDGER_HASH], claims[LEDGER_HASH] = { 0 }, leaf[LEDGER_HASH], root[LEDGER_HASH];
  EVP_DigestFinal_ex (store->digest, write_set, NULL);
  cose_receipt_leaf (write_set, evidence, claims, leaf);
  ledger_append (ledger, leaf);
  ledger_root (ledger, root);
  guint8 state[LEDGER_MAX_STATE];
  gsize length = ledger_save (ledger, state);
  g_autoptr (GBytes) write_set_bytes = g_bytes_new (write_set, LEDGER_HASH);
  g_autoptr (GBytes) leaf_bytes = g_bytes_new (leaf, LEDGER_HASH);
  g_autoptr (GBytes) root_bytes = g_bytes_new (root, LEDGER_HASH);
  g_autoptr (GBytes) state_bytes = g_bytes_new (state, length);
  return cr_db_run (store->db, error, "INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?)", "iiibsbb", seqno,
                    (gint64) STORE_VIEW, cr_now_ms (), write_set_bytes, evidence, leaf_bytes, root_bytes)
         && write_meta (store, "peaks", state_bytes, error);
}

gboolean
store_commit (Store *store, gint64 *seqno, GError **error)
{
  if (store->failure) {
    g_propagate_error (error, g_steal_pointer (&store->failure));
    store_abort (store);
    return FALSE;
  }
  if (!store->written) {
    if (seqno)
      *seqno = store->last_seqno;
    cr_db_rollback (store->db);
    return TRUE;
  }
  Ledger ledger = store->ledger;
  if (!append_entry (store, &ledger, error)) {
    store_abort (store);
    return FALSE;
  }
  /* Held beyond the commit, so that the next transaction sees the new sequence number. */
  cr_db_lock (store->db);
  gboolean done = cr_db_commit (store->db, error);
  if (done) {
    store->ledger = ledger;
    store->last_seqno++;
    if (seqno)
      *seqno = store->last_seqno;
  }
  store->written = FALSE;
  cr_db_unlock (store->db);
  return done;
}

gint64
store_next_seqno (Store *store)
{
  return store->last_seqno + 1;
}

gint64
store_last_seqno (Store *store)
{
  cr_db_lock (store->db);
  gint64 seqno = store->last_seqno;
  cr_db_unlock (store->db);
  return seqno;
}

char *
store_txid (gint64 seqno)
{
  return g_strdup_printf ("%d.%" G_GINT64_FORMAT, STORE_VIEW, seqno);
}

/* Keep the first problem of the transaction; its commit will report it. */
static void
keep_failure (Store *store, GError *problem)
{
  if (store->failure)
    g_error_free (problem);
  else
    store->failure = problem;
}

static void
digest_text (Store *store, const char *text)
{
  guint64 length = GUINT64_TO_LE ((guint64) strlen (text));
  EVP_DigestUpdate (store->digest, &length, sizeof length);
  EVP_DigestUpdate (store->digest, text, strlen (text));
}

/* Add one write to the digest and the history; VALUE NULL = deletion. */
static void
record_write (Store *store, const char *map, const char *key, const char *value)
{
  if (!store->written)
    EVP_DigestInit_ex (store->digest, EVP_sha256 (), NULL);
  store->written = TRUE;
  EVP_DigestUpdate (store->digest, value ? "W" : "D", 1);
  digest_text (store, map);
  digest_text (store, key);
  if (value)
    digest_text (store, value);
  GError *problem = NULL;
  if (!cr_db_run (store->db, &problem, "INSERT OR REPLACE INTO kv_history VALUES (?, ?, ?, ?)", "ssis", map,
                  key, store->last_seqno + 1, value))
    keep_failure (store, problem);
}

void
store_put (Store *store, const char *map, const char *key, const char *value)
{
  GError *problem = NULL;
  record_write (store, map, key, value);
  if (!cr_db_run (store->db, &problem,
                  "INSERT INTO kv VALUES (?, ?, ?, ?, ?) ON CONFLICT (map, key) DO UPDATE"
                  " SET value = excluded.value, seqno = excluded.seqno",
                  "sssii", map, key, value, store->last_seqno + 1, store->next_order++))
    keep_failure (store, problem);
}

void
store_put_json (Store *store, const char *map, const char *key, const json_t *value)
{
  g_autofree char *text = cr_json_dump (value);
  store_put (store, map, key, text);
}

void
store_delete (Store *store, const char *map, const char *key)
{
  if (!store_has (store, map, key))
    return;
  GError *problem = NULL;
  record_write (store, map, key, NULL);
  if (!cr_db_run (store->db, &problem, "DELETE FROM kv WHERE map = ? AND key = ?", "ss", map, key))
    keep_failure (store, problem);
}

void
store_clear (Store *store, const char *map)
{
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  for (guint i = 0; i < keys->len; i++)
    store_delete (store, map, g_ptr_array_index (keys, i));
}

/* The row of KEY in MAP, or NULL; finish with cr_db_done. */
static sqlite3_stmt *
find_row (Store *store, const char *map, const char *key)
{
  GError *problem = NULL;
  sqlite3_stmt *statement = cr_db_query (
      store->db, &problem, "SELECT value, seqno FROM kv WHERE map = ? AND key = ?", "ss", map, key);
  if (statement && cr_db_step (store->db, statement, &problem))
    return statement;
  if (problem)
    keep_failure (store, problem);
  return NULL;
}

char *
store_get (Store *store, const char *map, const char *key)
{
  sqlite3_stmt *row = find_row (store, map, key);
  char *value = row ? cr_db_text (row, 0) : NULL;
  if (row)
    cr_db_done (row);
  return value;
}

json_t *
store_get_json (Store *store, const char *map, const char *key)
{
  g_autofree char *text = store_get (store, map, key);
  return text ? cr_json_parse (text, strlen (text), "a stored value", NULL) : NULL;
}

gint64
store_get_seqno (Store *store, const char *map, const char *key)
{
  sqlite3_stmt *row = find_row (store, map, key);
  gint64 seqno = row ? sqlite3_column_int64 (row, 1) : 0;
  if (row)
    cr_db_done (row);
  return seqno;
}

gboolean
store_has (Store *store, const char *map, const char *key)
{
  return store_get_seqno (store, map, key) != 0;
}

GPtrArray *
store_keys (Store *store, const char *map)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  GError *problem = NULL;
  sqlite3_stmt *statement = cr_db_query (store->db, &problem, "SELECT key FROM kv WHERE map = ? ORDER BY ord",
                                         "s", map);
  while (statement && cr_db_step (store->db, statement, &problem))
    g_ptr_array_add (keys, cr_db_text (statement, 0));
  if (problem)
    keep_failure (store, problem);
  return keys;
}

static void
version_free (gpointer data)
{
  StoreVersion *version = data;
  g_free (version->value);
  g_free (version);
}

GPtrArray *
store_history (Store *store, const char *map, const char *key, gint64 from, gint64 to)
{
  GPtrArray *versions = g_ptr_array_new_with_free_func (version_free);
  GError *problem = NULL;
  sqlite3_stmt *statement = cr_db_query (store->db, &problem,
                                         "SELECT seqno, value FROM kv_history WHERE map = ? AND key = ?"
                                         " AND seqno BETWEEN ? AND ? ORDER BY seqno",
                                         "ssii", map, key, from, to);
  while (statement && cr_db_step (store->db, statement, &problem)) {
    StoreVersion *version = g_new0 (StoreVersion, 1);
    version->seqno = sqlite3_column_int64 (statement, 0);
    version->value = cr_db_text (statement, 1);
    g_ptr_array_add (versions, version);
  }
  if (problem)
    keep_failure (store, problem);
  return versions;
}

void
store_root (Store *store, guint8 root[32])
{
  cr_db_lock (store->db);
  ledger_root (&store->ledger, root);
  cr_db_unlock (store->db);
}

void
store_proof_clear (StoreProof *proof)
{
  g_clear_pointer (&proof->evidence, g_free);
  g_clear_pointer (&proof->leaves, g_free);
}

/* All leaves up to the last transaction, in order. */
static gboolean
read_leaves (Store *store, StoreProof *proof, GError **error)
{
  g_autoptr (GError) problem = NULL;
  proof->leaves = g_malloc0 ((gsize) store->last_seqno * LEDGER_HASH + 1);
  sqlite3_stmt *statement = cr_db_query (store->db, &problem, "SELECT leaf FROM tx ORDER BY seqno", "");
  while (statement && cr_db_step (store->db, statement, &problem))
    if (proof->count < (guint64) store->last_seqno && sqlite3_column_bytes (statement, 0) == LEDGER_HASH)
      memcpy (proof->leaves + proof->count++ * LEDGER_HASH, sqlite3_column_blob (statement, 0), LEDGER_HASH);
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
store_proof (Store *store, gint64 seqno, StoreProof *proof, GError **error)
{
  memset (proof, 0, sizeof *proof);
  cr_db_lock (store->db);
  sqlite3_stmt *statement =
      cr_db_query (store->db, error, "SELECT write_set_digest, evidence FROM tx WHERE seqno = ?", "i", seqno);
  gboolean found = statement && cr_db_step (store->db, statement, error);
  if (found) {
    if (sqlite3_column_bytes (statement, 0) == LEDGER_HASH)
      memcpy (proof->write_set_digest, sqlite3_column_blob (statement, 0), LEDGER_HASH);
    proof->evidence = cr_db_text (statement, 1);
    cr_db_done (statement);
    found = read_leaves (store, proof, error) && (guint64) seqno <= proof->count;
  }
  cr_db_unlock (store->db);
  return found;
}
