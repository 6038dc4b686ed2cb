/* SPDX-License-Identifier: MIT
 * Uploads in blocks: Put Block, Put Block List, Get Block List.
 *
 * A block is a file of its own. It is brought to the disk when a block list makes it part of a blob.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define MAX_BLOCKS 50000
#define MAX_ID_BYTES 64

/* The block id of the query: base64 of 1 to 64 bytes. NULL after answering. Gives. */
static char *
block_id (StorageCall *call)
{
  g_autofree char *id = sandbox_request_query (call->request, "blockid");
  g_autoptr (GBytes) bytes = id == NULL ? NULL : cr_base64_decode (id, "blockid", NULL);
  if (bytes != NULL && g_bytes_get_size (bytes) >= 1 && g_bytes_get_size (bytes) <= MAX_ID_BYTES)
    return g_steal_pointer (&id);
  storage_fail (call, 400, "InvalidQueryParameterValue",
                "Value for one of the query parameters specified in the request URI is invalid: blockid.");
  return NULL;
}

/* One text of the blocks of this blob; NULL when there is none. Gives. */
static char *
block_text (StorageCall *call, const char *sql, const char *id)
{
  sqlite3_stmt *statement = id == NULL ? cr_db_query (call->storage->db, NULL, sql, "sss", call->instance,
                                                      call->container, call->blob)
                                       : cr_db_query (call->storage->db, NULL, sql, "ssss", call->instance,
                                                      call->container, call->blob, id);
  char *text = statement != NULL && cr_db_step (call->storage->db, statement, NULL)
                   ? cr_db_text (statement, 0)
                   : NULL;
  cr_db_done (statement);
  return text;
}

/* Put the row; FALSE after answering. *REPLACED is the file of a block that had the same id. */
static gboolean
store_block (StorageCall *call, const char *id, const char *file, gint64 length, char **replaced)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = call->storage->db;
  if (!storage_begin_lazily (db, &error)) {
    storage_broken (call, error);
    return FALSE;
  }
  g_autofree char *other = block_text (
      call, "SELECT id FROM blocks WHERE instance = ? AND container = ? AND blob = ? LIMIT 1", NULL);
  gboolean there = storage_container_exists (call->storage, call->instance, call->container);
  gboolean fits = other == NULL || strlen (other) == strlen (id);
  if (!there)
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
  else if (!fits)
    storage_fail (call, 400, "InvalidBlobOrBlock",
                  "The specified blob or block content is invalid: all block ids of a "
                  "blob have the same length.");
  if (!there || !fits) {
    cr_db_rollback (db);
    storage_end_lazily (db);
    return FALSE;
  }
  *replaced = block_text (
      call, "SELECT file FROM blocks WHERE instance = ? AND container = ? AND blob = ? AND id = ?", id);
  gboolean done =
      cr_db_run (db, &error,
                 "INSERT OR REPLACE INTO blocks (instance, container, blob, id, file, length, key_sha256)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?)",
                 "sssssis", call->instance, call->container, call->blob, id, file, length, call->key_sha256);
  if (done)
    done = cr_db_commit (db, &error);
  else
    cr_db_rollback (db);
  storage_end_lazily (db);
  if (!done)
    storage_broken (call, error);
  return done;
}

void
storage_block_put (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = block_id (call);
  StorageUpload *upload = storage_upload_of (call->request); /* never NULL: blob-start.c asks for it */
  if (id == NULL || !storage_check_sums (call, upload, NULL))
    return;
  guint64 length = storage_upload_length (upload);
  if (length == 0) {
    storage_fail (call, 400, "InvalidHeaderValue", "A block holds at least one byte.");
    return;
  }
  if (!storage_container_exists (call->storage, call->instance, call->container)) {
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return;
  }
  g_autofree char *file = storage_upload_keep (upload, FALSE, &error);
  if (file == NULL) {
    storage_broken (call, error);
    return;
  }
  g_autofree char *replaced = NULL;
  gboolean done = store_block (call, id, file, (gint64) length, &replaced);
  g_autoptr (GPtrArray) unused = g_ptr_array_new ();
  if (!done)
    g_ptr_array_add (unused, file);
  else if (replaced != NULL)
    g_ptr_array_add (unused, replaced);
  storage_files_remove (call->storage, unused);
  if (!done)
    return;
  sandbox_respond_empty (call->response, 201);
  storage_key_respond (call, TRUE);
}

/* --- Put Block List --- */

typedef struct {
  char *id;
  char source; /* L, C or U */
  StoragePart *part;
  char *key_sha256; /* of the file that PART is in */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->id);
  g_clear_pointer (&entry->part, storage_part_free);
  g_free (entry->key_sha256);
  g_free (entry);
}

static gboolean
list_leaf (const char *path, const char *text, gpointer data)
{
  GPtrArray *entries = data;
  if (strcmp (path, "BlockList") == 0)
    return TRUE; /* an empty list makes an empty blob */
  static const char *const paths[] = { "BlockList/Latest", "BlockList/Committed", "BlockList/Uncommitted" };
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    if (strcmp (path, paths[i]) == 0 && entries->len < MAX_BLOCKS && strlen (text) <= 2 * MAX_ID_BYTES) {
      Entry *entry = g_new0 (Entry, 1);
      entry->id = g_strdup (text);
      g_strstrip (entry->id);
      entry->source = "LCU"[i];
      g_ptr_array_add (entries, entry);
      return TRUE;
    }
  return FALSE;
}

/* Find what ENTRY names: an uncommitted block first, unless only committed ones are asked for. */
static gboolean
resolve (StorageCall *call, const StorageBlob *old, Entry *entry)
{
  CrDb *db = call->storage->db;
  gboolean found = FALSE;
  if (entry->source != 'C') {
    sqlite3_stmt *statement = cr_db_query (
        db, NULL,
        "SELECT file, length, key_sha256 FROM blocks WHERE instance = ? AND container = ? AND blob = ?"
        " AND id = ?",
        "ssss", call->instance, call->container, call->blob, entry->id);
    found = statement != NULL && cr_db_step (db, statement, NULL);
    if (found) {
      g_autofree char *file = cr_db_text (statement, 0);
      entry->part = storage_part_new (file, 0, sqlite3_column_int64 (statement, 1));
      entry->key_sha256 = cr_db_text (statement, 2);
    }
    cr_db_done (statement);
  }
  if (!found && entry->source != 'U' && old->file != NULL) {
    sqlite3_stmt *statement = cr_db_query (
        db, NULL,
        "SELECT offset, length, file, file_offset FROM committed WHERE instance = ? AND container = ?"
        " AND blob = ? AND id = ? LIMIT 1",
        "ssss", call->instance, call->container, call->blob, entry->id);
    found = statement != NULL && cr_db_step (db, statement, NULL);
    if (found) {
      g_autofree char *file = cr_db_text (statement, 2);
      entry->part = storage_part_new (file != NULL ? file : old->file,
                                      sqlite3_column_int64 (statement, file != NULL ? 3 : 0),
                                      sqlite3_column_int64 (statement, 1));
      entry->key_sha256 = g_strdup (old->key_sha256);
    }
    cr_db_done (statement);
  }
  return found;
}

/* Rows of the new blob; the caller holds the transaction. */
static gboolean
write_rows (StorageCall *call, const StorageBlob *blob, GPtrArray *entries, GError **error)
{
  if (!storage_rows_remove (call->storage, call->instance, call->container, call->blob, error)
      || !storage_blob_write (call->storage, call->instance, call->container, call->blob, blob, error))
    return FALSE;
  gint64 offset = 0;
  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = g_ptr_array_index (entries, i);
    if (!cr_db_run (call->storage->db, error,
                    "INSERT INTO committed (instance, container, blob, seq, id, offset, length, file,"
                    " file_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    "sssisiisi", call->instance, call->container, call->blob, (gint64) i, entry->id, offset,
                    entry->part->length, entry->part->file, entry->part->offset))
      return FALSE;
    offset += entry->part->length;
  }
  return TRUE;
}

/* Of FILES, which the blob has had, only what PARTS does not use any more. */
static void
leave_unused (GPtrArray *files, GPtrArray *parts)
{
  g_autoptr (GHashTable) used = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < parts->len; i++)
    g_hash_table_add (used, ((const StoragePart *) g_ptr_array_index (parts, i))->file);
  for (guint i = files->len; i > 0; i--)
    if (g_hash_table_contains (used, g_ptr_array_index (files, i - 1)))
      g_ptr_array_remove_index_fast (files, i - 1);
}

/* Everything between BEGIN and COMMIT; FALSE after answering. The database stays locked while the pieces
 * go to the disk, so that no other call can remove them. */
static gboolean
commit_locked (StorageCall *call, StorageBlob *blob, GPtrArray *entries, GPtrArray *old_files)
{
  g_autoptr (GError) error = NULL;
  g_auto (StorageBlob) old = { 0 };
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  Storage *storage = call->storage;
  gboolean had = storage_blob_read (storage, call->instance, call->container, call->blob, &old);
  if (!storage_container_exists (storage, call->instance, call->container)) {
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return FALSE;
  }
  if (!storage_check_conditions (call, had ? old.etag : NULL, FALSE))
    return FALSE;
  for (guint i = 0; i < entries->len; i++) {
    Entry *entry = g_ptr_array_index (entries, i);
    if (!resolve (call, &old, entry)) {
      storage_fail (call, 400, "InvalidBlockList",
                    "The specified block list is invalid: block %u is not there.", i);
      return FALSE;
    }
    if (!storage_key_fits (call, entry->key_sha256))
      return FALSE;
    g_ptr_array_add (parts, entry->part);
    blob->length += entry->part->length;
  }
  if (had)
    blob->created_ms = old.created_ms;
  storage_files_of (storage, call->instance, call->container, call->blob, TRUE, old_files);
  leave_unused (old_files, parts);
  if (storage_parts_sync (storage, parts, call->key != NULL, &error)
      && write_rows (call, blob, entries, &error))
    return TRUE;
  storage_broken (call, error);
  return FALSE;
}

void
storage_block_commit (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GPtrArray) unused = g_ptr_array_new_with_free_func (g_free);
  g_auto (StorageBlob) blob = { 0 };
  if (!storage_check_sums (call, NULL, NULL) || !storage_take_metadata (call, &blob.metadata))
    return;
  if (!storage_xml_read (call->request->body, list_leaf, entries)) {
    storage_fail (call, 400, "InvalidXmlDocument",
                  "The specified XML is not a block list of at most %d blocks.", MAX_BLOCKS);
    return;
  }
  blob.type = g_strdup (storage_header (call, "x-ms-blob-content-type"));
  blob.encoding = g_strdup (storage_header (call, "x-ms-blob-content-encoding"));
  blob.language = g_strdup (storage_header (call, "x-ms-blob-content-language"));
  blob.cache = g_strdup (storage_header (call, "x-ms-blob-cache-control"));
  blob.disposition = g_strdup (storage_header (call, "x-ms-blob-content-disposition"));
  blob.md5 =
      g_strdup (storage_header (call, "x-ms-blob-content-md5")); /* stored as told, as the service does */
  blob.key_sha256 = g_strdup (call->key_sha256);
  blob.file = g_strdup ("");
  blob.etag = storage_etag_new ();
  blob.created_ms = blob.modified_ms = cr_now_ms ();
  storage_blocks_settle (call->storage, call->instance, call->container, call->blob);
  if (!cr_db_begin (call->storage->db, &error)) {
    storage_broken (call, error);
    return;
  }
  gboolean done = commit_locked (call, &blob, entries, unused);
  if (!done)
    cr_db_rollback (call->storage->db);
  else if (!cr_db_commit (call->storage->db, &error)) {
    storage_broken (call, error);
    done = FALSE;
  }
  if (!done)
    return;
  storage_files_remove (call->storage, unused);
  sandbox_respond_empty (call->response, 201);
  storage_respond_version (call, blob.etag, blob.modified_ms);
  storage_key_respond (call, TRUE);
}

/* --- Get Block List --- */

static void
add_blocks (StorageCall *call, GString *xml, const char *element, const char *sql)
{
  g_string_append_printf (xml, "<%s>", element);
  sqlite3_stmt *statement = cr_db_query (call->storage->db, NULL, sql, "sss", call->instance, call->container,
                                         call->blob);
  while (statement != NULL && cr_db_step (call->storage->db, statement, NULL)) {
    g_autofree char *id = cr_db_text (statement, 0);
    g_string_append (xml, "<Block>");
    storage_xml_element (xml, "Name", id);
    g_string_append_printf (xml, "<Size>%" G_GINT64_FORMAT "</Size></Block>",
                            (gint64) sqlite3_column_int64 (statement, 1));
  }
  g_string_append_printf (xml, "</%s>", element);
}

void
storage_block_list (StorageCall *call)
{
  g_autofree char *type = sandbox_request_query (call->request, "blocklisttype");
  gboolean committed = type == NULL || strcmp (type, "committed") == 0 || strcmp (type, "all") == 0;
  gboolean uncommitted = type != NULL && (strcmp (type, "uncommitted") == 0 || strcmp (type, "all") == 0);
  if (!committed && !uncommitted) {
    storage_fail (
        call, 400, "InvalidQueryParameterValue",
        "Value for one of the query parameters specified in the request URI is invalid: blocklisttype.");
    return;
  }
  g_auto (StorageBlob) blob = { 0 };
  g_autoptr (GString) xml = g_string_new ("<BlockList>");
  cr_db_lock (call->storage->db);
  gboolean had = storage_blob_read (call->storage, call->instance, call->container, call->blob, &blob);
  g_autofree char *block = block_text (
      call, "SELECT id FROM blocks WHERE instance = ? AND container = ? AND blob = ? LIMIT 1", NULL);
  if (committed)
    add_blocks (call, xml, "CommittedBlocks",
                "SELECT id, length FROM committed WHERE instance = ? AND container = ?"
                " AND blob = ? ORDER BY seq");
  if (uncommitted)
    add_blocks (call, xml, "UncommittedBlocks",
                "SELECT id, length FROM blocks WHERE instance = ? AND container = ?"
                " AND blob = ? ORDER BY id");
  cr_db_unlock (call->storage->db);
  if (!had && block == NULL) {
    storage_fail (call, 404, "BlobNotFound", "The specified blob does not exist.");
    return;
  }
  g_string_append (xml, "</BlockList>");
  storage_respond_xml (call, xml);
  if (!had)
    return;
  g_autofree char *length = g_strdup_printf ("%" G_GINT64_FORMAT, blob.length);
  sandbox_respond_header (call->response, "x-ms-blob-content-length", length);
  storage_respond_version (call, blob.etag, blob.modified_ms);
}
