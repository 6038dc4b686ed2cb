/* SPDX-License-Identifier: MIT
 * Named maps of the ledger store: small ones are kept in memory as a whole, large ones are read from SQLite.
 */
#include "sandbox/store-private.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MAP_MAX_ITEMS 1024
#define MAP_MAX_BYTES (512u * 1024)
#define CACHE_MAX_BYTES (8u * 1024 * 1024)
#define ITEM_OVERHEAD 160

static void
item_free (gpointer data)
{
  StoreItem *item = data;
  store_item_clear (item);
  g_free (item);
}

void
store_item_clear (StoreItem *item)
{
  g_clear_pointer (&item->key, g_free);
  g_clear_pointer (&item->value, g_free);
}

static gsize
item_bytes (const StoreItem *item)
{
  return strlen (item->key) + strlen (item->value) + ITEM_OVERHEAD;
}

static void
unload (Store *store, StoreMap *map)
{
  if (!map->loaded)
    return;
  map->loaded = FALSE;
  store->cached_bytes -= map->bytes;
  map->bytes = 0;
  g_queue_init (&map->order); /* its links live in the items */
  g_hash_table_remove_all (map->items);
}

void
store_map_free (gpointer data)
{
  StoreMap *map = data;
  g_hash_table_unref (map->items);
  g_free (map->name);
  g_free (map);
}

void
store_maps_forget (Store *store)
{
  g_hash_table_remove_all (store->maps);
  store->cached_bytes = 0;
}

static gint64
read_id (Store *store, const char *name)
{
  gint64 id = 0;
  sqlite3_stmt *row = cr_db_query (store->db, NULL, "SELECT id FROM map WHERE name = ?", "s", name);
  if (row && cr_db_step (store->db, row, NULL)) {
    id = sqlite3_column_int64 (row, 0);
    cr_db_done (row);
  }
  return id;
}

StoreMap *
store_map (Store *store, const char *name)
{
  StoreMap *map = g_hash_table_lookup (store->maps, name);
  if (map)
    return map;
  map = g_new0 (StoreMap, 1);
  map->name = g_strdup (name);
  map->is_private = !g_str_has_prefix (name, STORE_PUBLIC);
  map->items = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, item_free);
  g_queue_init (&map->order);
  map->id = read_id (store, name);
  g_hash_table_insert (store->maps, map->name, map);
  return map;
}

static void
remember (Store *store, StoreMap *map, StoreItem *item)
{
  item->link.data = item;
  g_queue_push_tail_link (&map->order, &item->link);
  g_hash_table_insert (map->items, item->key, item);
  map->bytes += item_bytes (item);
  store->cached_bytes += item_bytes (item);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const StoreItem *first = *(const StoreItem *const *) a, *second = *(const StoreItem *const *) b;
  return first->row < second->row ? -1 : first->row > second->row;
}

static void
read_item (sqlite3_stmt *row, StoreItem *item)
{
  item->key = cr_db_text (row, 0);
  item->value = cr_db_text (row, 1);
  item->seqno = sqlite3_column_int64 (row, 2);
  item->row = sqlite3_column_int64 (row, 3);
}

/* Bring the whole map into memory, unless it is large. */
static gboolean
load (Store *store, StoreMap *map, GError **error)
{
  if (map->loaded || map->large)
    return TRUE;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  gsize bytes = 0;
  g_autoptr (GError) problem = NULL;
  sqlite3_stmt *row = map->id ? cr_db_query (store->db, &problem,
                                             "SELECT key, value, seqno, row FROM kv WHERE map = ? LIMIT ?",
                                             "ii", map->id, (gint64) MAP_MAX_ITEMS + 1)
                              : NULL;
  while (row && bytes <= MAP_MAX_BYTES && cr_db_step (store->db, row, &problem)) {
    StoreItem *item = g_new0 (StoreItem, 1);
    read_item (row, item);
    bytes += item_bytes (item);
    g_ptr_array_add (items, item);
  }
  if (row)
    cr_db_done (row);
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  map->large = items->len > MAP_MAX_ITEMS || bytes > MAP_MAX_BYTES;
  if (map->large)
    return TRUE;
  if (store->cached_bytes + bytes > CACHE_MAX_BYTES) {
    GHashTableIter iter;
    gpointer other;
    g_hash_table_iter_init (&iter, store->maps);
    while (g_hash_table_iter_next (&iter, NULL, &other))
      unload (store, other);
  }
  g_ptr_array_sort (items, compare_rows);
  g_ptr_array_set_free_func (items, NULL);
  for (guint i = 0; i < items->len; i++)
    remember (store, map, g_ptr_array_index (items, i));
  map->loaded = TRUE;
  return TRUE;
}

const StoreItem *
store_map_find (Store *store, StoreMap *map, const char *key, StoreItem *scratch, GError **error)
{
  if (!load (store, map, error))
    return NULL;
  if (map->loaded)
    return g_hash_table_lookup (map->items, key);
  store_item_clear (scratch);
  sqlite3_stmt *row = cr_db_query (store->db, error,
                                   "SELECT key, value, seqno, row FROM kv WHERE map = ? AND key = ?", "is",
                                   map->id, key);
  if (!row || !cr_db_step (store->db, row, error))
    return NULL;
  read_item (row, scratch);
  cr_db_done (row);
  return scratch;
}

GPtrArray *
store_map_keys (Store *store, StoreMap *map, GError **error)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  if (!load (store, map, error))
    return keys;
  if (map->loaded) {
    for (GList *link = map->order.head; link; link = link->next)
      g_ptr_array_add (keys, g_strdup (((StoreItem *) link->data)->key));
    return keys;
  }
  sqlite3_stmt *row = cr_db_query (store->db, error, "SELECT key FROM kv WHERE map = ? ORDER BY row", "i",
                                   map->id);
  while (row && cr_db_step (store->db, row, error))
    g_ptr_array_add (keys, cr_db_text (row, 0));
  return keys;
}

/* ---- Writing ---- */

static gboolean
note_history (Store *store, const StoreWrite *write, gint64 seqno, GError **error)
{
  return cr_db_run (store->db, error, "INSERT INTO hist VALUES (?, ?, ?)", "isi", write->map->id, write->key,
                    seqno);
}

static gboolean
remove_item (Store *store, const StoreWrite *write, const StoreItem *old, gint64 seqno, GError **error)
{
  StoreMap *map = write->map;
  if (!cr_db_run (store->db, error, "DELETE FROM kv WHERE row = ?", "i", old->row)
      || !note_history (store, write, old->seqno, error)
      || (!write->value && !note_history (store, write, seqno, error)))
    return FALSE;
  StoreItem *kept = map->loaded ? g_hash_table_lookup (map->items, write->key) : NULL;
  if (kept) {
    map->bytes -= item_bytes (kept);
    store->cached_bytes -= item_bytes (kept);
    g_queue_unlink (&map->order, &kept->link);
    g_hash_table_remove (map->items, write->key);
  }
  return TRUE;
}

static gboolean
add_item (Store *store, const StoreWrite *write, const char *stored, gint64 seqno, GError **error)
{
  StoreMap *map = write->map;
  gint64 row = store->next_row;
  if (!cr_db_run (store->db, error, "INSERT INTO kv (row, map, key, value, seqno) VALUES (?, ?, ?, ?, ?)",
                  "iissi", row, map->id, write->key, stored, seqno))
    return FALSE;
  store->next_row++;
  if (!map->loaded)
    return TRUE;
  StoreItem *item = g_new0 (StoreItem, 1);
  item->key = g_strdup (write->key);
  item->value = g_strdup (stored);
  item->seqno = seqno;
  item->row = row;
  remember (store, map, item);
  if (map->bytes > MAP_MAX_BYTES || g_hash_table_size (map->items) > MAP_MAX_ITEMS) {
    unload (store, map);
    map->large = TRUE;
  }
  return TRUE;
}

static gboolean
change_item (Store *store, const StoreWrite *write, const StoreItem *old, const char *stored, gint64 seqno,
             GError **error)
{
  StoreMap *map = write->map;
  if (!cr_db_run (store->db, error, "UPDATE kv SET value = ?, seqno = ? WHERE row = ?", "sii", stored, seqno,
                  old->row)
      || !note_history (store, write, old->seqno, error))
    return FALSE;
  StoreItem *kept = map->loaded ? g_hash_table_lookup (map->items, write->key) : NULL;
  if (!kept)
    return TRUE;
  gsize before = item_bytes (kept);
  g_free (kept->value);
  kept->value = g_strdup (stored);
  kept->seqno = seqno;
  map->bytes += item_bytes (kept) - before;
  store->cached_bytes += item_bytes (kept) - before;
  return TRUE;
}

static gboolean
name_map (Store *store, StoreMap *map, GError **error)
{
  if (map->id)
    return TRUE;
  if (!cr_db_run (store->db, error, "INSERT INTO map (name) VALUES (?)", "s", map->name))
    return FALSE;
  map->id = sqlite3_last_insert_rowid (cr_db_handle (store->db));
  return TRUE;
}

gboolean
store_map_apply (Store *store, const StoreWrite *write, gint64 seqno, GError **error)
{
  g_auto (StoreItemScratch) scratch = { 0 };
  g_autoptr (GError) problem = NULL;
  if (!name_map (store, write->map, error))
    return FALSE;
  const StoreItem *old = store_map_find (store, write->map, write->key, &scratch, &problem);
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  g_autofree char *sealed = write->value && write->map->is_private ? store_seal (store, write->value, error)
                                                                   : NULL;
  if (write->value && write->map->is_private && !sealed)
    return FALSE;
  const char *stored = sealed ? sealed : write->value;
  if (old && (!write->value || write->fresh)) {
    if (!remove_item (store, write, old, seqno, error))
      return FALSE;
    old = NULL;
  }
  if (!write->value)
    return TRUE;
  return old ? change_item (store, write, old, stored, seqno, error)
             : add_item (store, write, stored, seqno, error);
}
