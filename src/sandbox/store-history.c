/* SPDX-License-Identifier: MIT
 * What the ledger store remembers: earlier values of keys, views.
 */
#include "sandbox/store-private.h"

#include "base/error.h"

static void
version_free (gpointer data)
{
  StoreVersion *version = data;
  g_free (version->value);
  g_free (version);
}

/* The transactions that wrote KEY between FROM and TO, oldest first. */
static GArray *
find_writes (Store *store, StoreMap *map, const char *key, gint64 from, gint64 to, GError **error)
{
  GArray *seqnos = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) problem = NULL;
  sqlite3_stmt *row = cr_db_query (store->db, &problem,
                                   "SELECT seqno FROM hist WHERE map = ? AND key = ?"
                                   " AND seqno BETWEEN ? AND ? ORDER BY seqno",
                                   "isii", map->id, key, from, to);
  while (row && cr_db_step (store->db, row, &problem)) {
    gint64 seqno = sqlite3_column_int64 (row, 0);
    g_array_append_val (seqnos, seqno);
  }
  g_auto (StoreItemScratch) scratch = { 0 };
  const StoreItem *item = problem ? NULL : store_map_find (store, map, key, &scratch, &problem);
  if (item && item->seqno >= from && item->seqno <= to)
    g_array_append_val (seqnos, item->seqno);
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  return seqnos;
}

GPtrArray *
store_history (Store *store, const char *map_name, const char *key, gint64 from, gint64 to)
{
  GPtrArray *versions = g_ptr_array_new_with_free_func (version_free);
  g_autoptr (GError) problem = NULL;
  g_rec_mutex_lock (&store->lock);
  StoreMap *map = store_map (store, map_name);
  g_autoptr (GArray) seqnos = find_writes (store, map, key, from, to, &problem);
  for (guint i = 0; !problem && i < seqnos->len; i++) {
    char *value = NULL;
    gint64 seqno = g_array_index (seqnos, gint64, i);
    if (!store_entry_find (store, seqno, map, key, &value, &problem))
      continue;
    StoreVersion *version = g_new0 (StoreVersion, 1);
    version->seqno = seqno;
    version->value = value;
    g_ptr_array_add (versions, version);
  }
  if (problem && !store->failure)
    store->failure = g_steal_pointer (&problem);
  g_rec_mutex_unlock (&store->lock);
  return versions;
}

gint64
store_write_after (Store *store, const char *map_name, const char *key, gint64 seqno)
{
  gint64 found = 0;
  g_rec_mutex_lock (&store->lock);
  StoreMap *map = store_map (store, map_name);
  sqlite3_stmt *row = cr_db_query (store->db, NULL,
                                   "SELECT seqno FROM hist WHERE map = ? AND key = ? AND seqno > ?"
                                   " ORDER BY seqno LIMIT 1",
                                   "isi", map->id, key, seqno);
  if (row && cr_db_step (store->db, row, NULL)) {
    found = sqlite3_column_int64 (row, 0);
    cr_db_done (row);
  }
  g_auto (StoreItemScratch) scratch = { 0 };
  const StoreItem *item = found ? NULL : store_map_find (store, map, key, &scratch, NULL);
  if (item && item->seqno > seqno)
    found = item->seqno;
  g_rec_mutex_unlock (&store->lock);
  return found;
}

/* ---- Views ---- */

gint64
store_view_of (Store *store, gint64 seqno)
{
  gint64 view = STORE_FIRST_VIEW;
  g_rec_mutex_lock (&store->lock);
  for (guint i = 0; i < store->views->len; i++) {
    const StoreView *entry = &g_array_index (store->views, StoreView, i);
    if (entry->first_seqno <= seqno)
      view = entry->view;
  }
  g_rec_mutex_unlock (&store->lock);
  return view;
}

char *
store_txid (Store *store, gint64 seqno)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, store_view_of (store, seqno), seqno);
}

GPtrArray *
store_views (Store *store)
{
  GPtrArray *views = g_ptr_array_new_with_free_func (g_free);
  g_rec_mutex_lock (&store->lock);
  for (guint i = 0; i < store->views->len; i++)
    g_ptr_array_add (views, store_txid (store, g_array_index (store->views, StoreView, i).first_seqno));
  g_rec_mutex_unlock (&store->lock);
  return views;
}

gboolean
store_start_view (Store *store, gint64 view, GError **error)
{
  g_rec_mutex_lock (&store->lock);
  StoreView fresh = { store->last_seqno + 1, view };
  gboolean done = store_flush (store, error)
                  && cr_db_run (store->db, error, "INSERT OR REPLACE INTO view VALUES (?, ?)", "ii",
                                fresh.first_seqno, view);
  if (done)
    g_array_append_val (store->views, fresh);
  g_rec_mutex_unlock (&store->lock);
  return done;
}
