/* SPDX-License-Identifier: MIT
 * Where blobs are kept: rows in SQLite that name files; a file is written whole before a row names it.
 *
 * A call that is killed leaves at most files that no row names; they go at the next start.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const migrations[] = {
  "CREATE TABLE services (instance TEXT PRIMARY KEY, enabled INTEGER NOT NULL, index_document TEXT,"
  " error_document TEXT);"
  "CREATE TABLE containers (instance TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL,"
  " modified_ms INTEGER NOT NULL, metadata TEXT, PRIMARY KEY (instance, name));"
  "CREATE TABLE blobs (instance TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT "
  "NULL,"
  " length INTEGER NOT NULL, etag TEXT NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL, "
  "type TEXT,"
  " encoding TEXT, language TEXT, cache TEXT, disposition TEXT, md5 TEXT, metadata TEXT,"
  " PRIMARY KEY (instance, container, name)) WITHOUT ROWID;"
  "CREATE TABLE blocks (instance TEXT NOT NULL, container TEXT NOT NULL, blob TEXT NOT NULL, id TEXT NOT "
  "NULL,"
  " file TEXT NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (instance, container, blob, id)) WITHOUT ROWID;"
  "CREATE TABLE committed (instance TEXT NOT NULL, container TEXT NOT NULL, blob TEXT NOT NULL, seq INTEGER "
  "NOT NULL,"
  " id TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,"
  " PRIMARY KEY (instance, container, blob, seq)) WITHOUT ROWID;",
  "ALTER TABLE blobs ADD COLUMN key_sha256 TEXT;"
  "ALTER TABLE blocks ADD COLUMN key_sha256 TEXT;",
  /* Blocks stay files of their own; NULL = a piece of the file of the blob. */
  "ALTER TABLE committed ADD COLUMN file TEXT;"
  "ALTER TABLE committed ADD COLUMN file_offset INTEGER NOT NULL DEFAULT 0;",
  NULL,
};

void
storage_blob_clear (StorageBlob *blob)
{
  char **texts[] = { &blob->file,  &blob->etag,        &blob->type, &blob->encoding, &blob->language,
                     &blob->cache, &blob->disposition, &blob->md5,  &blob->metadata, &blob->key_sha256 };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
}

/* Files that no row names: leftovers of calls that were killed. */
static void
remove_orphans (Storage *storage)
{
  g_autoptr (GDir) folder = g_dir_open (storage->folder, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    sqlite3_stmt *statement = cr_db_query (storage->db, NULL, "SELECT 1 FROM used_files WHERE file = ?", "s",
                                           name);
    if (statement == NULL)
      return;
    g_autoptr (GError) error = NULL;
    gboolean used = cr_db_step (storage->db, statement, &error);
    cr_db_done (statement);
    if (used || error != NULL)
      continue;
    g_autofree char *path = g_build_filename (storage->folder, name, NULL);
    g_unlink (path);
  }
}

Storage *
storage_open (const char *folder, GError **error)
{
  g_autoptr (Storage) storage = g_new0 (Storage, 1);
  g_autofree char *path = g_build_filename (folder, "blob.db", NULL);
  g_autofree char *files = g_build_filename (folder, "blobs", NULL);
  storage_files_init (storage, files);
  if (!cr_dir_make (storage->folder, 0700, error))
    return NULL;
  storage->db = cr_db_open (path, migrations, error);
  if (storage->db == NULL)
    return NULL;
  if (!cr_db_run (storage->db, error, "CREATE TEMP TABLE used_files (file TEXT PRIMARY KEY)", "")
      || !cr_db_run (
          storage->db, error,
          "INSERT OR IGNORE INTO used_files SELECT file FROM blobs UNION ALL SELECT file FROM blocks"
          " UNION ALL SELECT file FROM committed WHERE file IS NOT NULL",
          ""))
    return NULL;
  remove_orphans (storage);
  if (!cr_db_run (storage->db, error, "DROP TABLE used_files", ""))
    return NULL;
  return g_steal_pointer (&storage);
}

void
storage_close (Storage *storage)
{
  if (storage == NULL)
    return;
  cr_db_close (storage->db);
  storage_files_clear (storage);
  g_free (storage);
}

gboolean
storage_file_error (GError **error, const char *doing, int reason)
{
  cr_set_error (error, reason == ENOSPC || reason == EDQUOT ? CR_ERROR_ADMIN : CR_ERROR_FAILED, NULL,
                "cannot %s a blob file: %s", doing,
                reason == ENOSPC ? "the disk is full" : g_strerror (reason));
  return FALSE;
}

gboolean
storage_folder_sync (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return done;
}

gboolean
storage_begin_lazily (CrDb *db, GError **error)
{
  cr_db_lock (db);
  if (cr_db_run (db, error, "PRAGMA synchronous=NORMAL", "") && cr_db_begin (db, error))
    return TRUE;
  storage_end_lazily (db);
  return FALSE;
}

void
storage_end_lazily (CrDb *db)
{
  cr_db_run (db, NULL, "PRAGMA synchronous=FULL", "");
  cr_db_unlock (db);
}

gboolean
storage_parts_sync (Storage *storage, GPtrArray *parts, gboolean encrypted, GError **error)
{
  gint64 prefix = encrypted ? STORAGE_KEY_PREFIX : 0;
  for (guint i = 0; i < parts->len; i++) {
    const StoragePart *part = g_ptr_array_index (parts, i);
    g_autofree char *path = g_build_filename (storage->folder, part->file, NULL);
    struct stat status;
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    errno = fd < 0 ? errno : EIO;
    gboolean done = fd >= 0 && fsync (fd) == 0 && fstat (fd, &status) == 0
                    && status.st_size >= prefix + part->offset + part->length;
    int reason = errno;
    if (fd >= 0)
      close (fd);
    if (!done)
      return storage_file_error (error, "keep", reason);
  }
  return storage_folder_sync (storage->folder) || storage_file_error (error, "keep", errno);
}

gboolean
storage_container_exists (Storage *storage, const char *instance, const char *container)
{
  cr_db_lock (storage->db);
  sqlite3_stmt *statement = cr_db_query (storage->db, NULL,
                                         "SELECT 1 FROM containers WHERE instance = ? AND name = ?", "ss",
                                         instance, container);
  gboolean found = statement != NULL && cr_db_step (storage->db, statement, NULL);
  cr_db_done (statement);
  cr_db_unlock (storage->db);
  return found;
}

void
storage_blob_fill (sqlite3_stmt *statement, int first_column, StorageBlob *blob)
{
  int column = first_column;
  blob->file = cr_db_text (statement, column++);
  blob->length = sqlite3_column_int64 (statement, column++);
  blob->etag = cr_db_text (statement, column++);
  blob->created_ms = sqlite3_column_int64 (statement, column++);
  blob->modified_ms = sqlite3_column_int64 (statement, column++);
  blob->type = cr_db_text (statement, column++);
  blob->encoding = cr_db_text (statement, column++);
  blob->language = cr_db_text (statement, column++);
  blob->cache = cr_db_text (statement, column++);
  blob->disposition = cr_db_text (statement, column++);
  blob->md5 = cr_db_text (statement, column++);
  blob->metadata = cr_db_text (statement, column++);
  blob->key_sha256 = cr_db_text (statement, column);
}

gboolean
storage_blob_read (Storage *storage, const char *instance, const char *container, const char *name,
                   StorageBlob *blob)
{
  cr_db_lock (storage->db);
  sqlite3_stmt *statement = cr_db_query (storage->db, NULL,
                                         "SELECT " STORAGE_BLOB_COLUMNS
                                         " FROM blobs WHERE instance = ? AND container = ? AND name = ?",
                                         "sss", instance, container, name);
  gboolean found = statement != NULL && cr_db_step (storage->db, statement, NULL);
  if (found)
    storage_blob_fill (statement, 0, blob);
  cr_db_done (statement);
  cr_db_unlock (storage->db);
  return found;
}

gboolean
storage_blob_write (Storage *storage, const char *instance, const char *container, const char *name,
                    const StorageBlob *blob, GError **error)
{
  return cr_db_run (storage->db, error,
                    "INSERT OR REPLACE INTO blobs (instance, container, name, " STORAGE_BLOB_COLUMNS
                    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    "ssssisiissssssss", instance, container, name, blob->file, blob->length, blob->etag,
                    blob->created_ms, blob->modified_ms, blob->type, blob->encoding, blob->language,
                    blob->cache, blob->disposition, blob->md5, blob->metadata, blob->key_sha256);
}

/* WHERE clause for one name, one container or the whole account, so that an index always fits. Gives. */
static char *
rows_of (const char *verb, const char *table, const char *column, const char *container, const char *name)
{
  return g_strdup_printf ("%s FROM %s WHERE instance = ?1%s%s%s%s", verb, table,
                          container == NULL ? "" : " AND container = ?2", name == NULL ? "" : " AND ",
                          name == NULL ? "" : column, name == NULL ? "" : " = ?3");
}

/* Run SQL, which uses as many of the three names as are not NULL. */
static sqlite3_stmt *
query_rows (Storage *storage, GError **error, const char *sql, const char *instance, const char *container,
            const char *name)
{
  const char *format = name != NULL ? "sss" : container != NULL ? "ss" : "s";
  return cr_db_query (storage->db, error, sql, format, instance, container, name);
}

static void
add_files (Storage *storage, const char *sql, const char *instance, const char *container, const char *name,
           GPtrArray *files)
{
  sqlite3_stmt *statement = query_rows (storage, NULL, sql, instance, container, name);
  while (statement != NULL && cr_db_step (storage->db, statement, NULL))
    if (sqlite3_column_bytes (statement, 0) > 0)
      g_ptr_array_add (files, cr_db_text (statement, 0));
}

void
storage_files_of (Storage *storage, const char *instance, const char *container, const char *name,
                  gboolean with_blob, GPtrArray *files)
{
  g_autofree char *blocks = rows_of ("SELECT file", "blocks", "blob", container, name);
  g_autofree char *blobs = rows_of ("SELECT file", "blobs", "name", container, name);
  g_autofree char *committed = rows_of ("SELECT file", "committed", "blob", container, name);
  add_files (storage, blocks, instance, container, name, files);
  if (!with_blob)
    return;
  add_files (storage, blobs, instance, container, name, files);
  add_files (storage, committed, instance, container, name, files);
}

void
storage_blocks_settle (Storage *storage, const char *instance, const char *container, const char *name)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  cr_db_lock (storage->db);
  storage_files_of (storage, instance, container, name, FALSE, files);
  cr_db_unlock (storage->db);
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *path = g_build_filename (storage->folder, g_ptr_array_index (files, i), NULL);
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      continue; /* another call has removed it */
    fsync (fd); /* a failure is seen by storage_parts_sync */
    close (fd);
  }
}

gboolean
storage_rows_remove (Storage *storage, const char *instance, const char *container, const char *name,
                     GError **error)
{
  static const char *const tables[][2] = { { "blobs", "name" },
                                           { "blocks", "blob" },
                                           { "committed", "blob" } };
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autofree char *sql = rows_of ("DELETE", tables[i][0], tables[i][1], container, name);
    g_autoptr (GError) problem = NULL;
    sqlite3_stmt *statement = query_rows (storage, &problem, sql, instance, container, name);
    if (statement != NULL)
      cr_db_step (storage->db, statement, &problem);
    if (problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  if (name != NULL)
    return TRUE;
  if (container != NULL)
    return cr_db_run (storage->db, error, "DELETE FROM containers WHERE instance = ? AND name = ?", "ss",
                      instance, container);
  return cr_db_run (storage->db, error, "DELETE FROM containers WHERE instance = ?", "s", instance)
         && cr_db_run (storage->db, error, "DELETE FROM services WHERE instance = ?", "s", instance);
}

/* The pieces of BLOB from FIRST to LAST. Gives StoragePart*. */
static GPtrArray *
parts_of (Storage *storage, const char *instance, const char *container, const char *name,
          const StorageBlob *blob, guint64 first, guint64 last)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (storage_part_free);
  gint64 begin = (gint64) MIN (first, G_MAXINT64), end = (gint64) MIN (last, (guint64) blob->length - 1);
  if (blob->length == 0 || begin > end)
    return parts;
  if (*blob->file != '\0') {
    g_ptr_array_add (parts, storage_part_new (blob->file, begin, end - begin + 1));
    return parts;
  }
  sqlite3_stmt *statement = cr_db_query (
      storage->db, NULL,
      "SELECT offset, length, file, file_offset FROM committed WHERE instance = ? AND container = ?"
      " AND blob = ? AND offset + length > ? AND offset <= ? ORDER BY seq",
      "sssii", instance, container, name, begin, end);
  while (statement != NULL && cr_db_step (storage->db, statement, NULL)) {
    gint64 offset = sqlite3_column_int64 (statement, 0);
    gint64 skipped = MAX (begin - offset, 0);
    gint64 stop = MIN (offset + sqlite3_column_int64 (statement, 1), end + 1);
    g_autofree char *file = cr_db_text (statement, 2);
    g_ptr_array_add (parts, storage_part_new (file, sqlite3_column_int64 (statement, 3) + skipped,
                                              stop - offset - skipped));
  }
  return parts;
}

gboolean
storage_blob_open (Storage *storage, const char *instance, const char *container, const char *name,
                   guint64 first, guint64 last, StorageBlob *blob, StorageContent **content)
{
  /* Under the lock nobody replaces the blob between the look at the row and the hold on the files. */
  cr_db_lock (storage->db);
  gboolean found = storage_blob_read (storage, instance, container, name, blob);
  if (found)
    *content = storage_content_new (storage,
                                    parts_of (storage, instance, container, name, blob, first, last));
  cr_db_unlock (storage->db);
  return found;
}

gboolean
storage_remove (Storage *storage, const char *instance, const char *container, const char *name,
                GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  storage_files_of (storage, instance, container, name, TRUE, files);
  if (!storage_rows_remove (storage, instance, container, name, error)) {
    cr_db_rollback (storage->db);
    return FALSE;
  }
  if (!cr_db_commit (storage->db, error))
    return FALSE;
  storage_files_remove (storage, files);
  return TRUE;
}

gboolean
storage_remove_account (Sandbox *sandbox, const char *instance, GError **error)
{
  Storage *storage = sandbox_part (sandbox, "blob");
  if (storage == NULL) {
    cr_set_error (error, CR_ERROR_RETRY, NULL, "the blob service is not running yet");
    return FALSE;
  }
  return cr_db_begin (storage->db, error) && storage_remove (storage, instance, NULL, NULL, error);
}
