/* SPDX-License-Identifier: MIT
 * Where blobs are kept: rows in SQLite that name files; a file is written whole before a row names it.
 *
 * A call that is killed leaves at most files that no row names; they go at the next start.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES (1024 * 1024)

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
  storage->folder = g_build_filename (folder, "blobs", NULL);
  if (!cr_dir_make (storage->folder, 0700, error))
    return NULL;
  storage->db = cr_db_open (path, migrations, error);
  if (storage->db == NULL)
    return NULL;
  if (!cr_db_run (storage->db, error, "CREATE TEMP TABLE used_files (file TEXT PRIMARY KEY)", "")
      || !cr_db_run (
          storage->db, error,
          "INSERT OR IGNORE INTO used_files SELECT file FROM blobs UNION ALL SELECT file FROM blocks", ""))
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
  g_free (storage->folder);
  g_free (storage);
}

char *
storage_file_new (Storage *storage, GBytes *data, GError **error)
{
  g_autofree char *name = cr_random_hex (32);
  g_autofree char *path = g_build_filename (storage->folder, name, NULL);
  gsize length = 0;
  const void *bytes = g_bytes_get_data (data, &length);
  if (!cr_file_write (path, bytes == NULL ? "" : bytes, (gssize) length, 0600, error))
    return NULL;
  return g_steal_pointer (&name);
}

static gboolean
file_error (GError **error, const char *doing)
{
  int reason = errno;
  cr_set_error (error, reason == ENOSPC || reason == EDQUOT ? CR_ERROR_ADMIN : CR_ERROR_FAILED, NULL,
                "cannot %s a blob file: %s", doing,
                reason == ENOSPC ? "the disk is full" : g_strerror (reason));
  return FALSE;
}

/* Write all of BUFFER; FALSE with errno set. */
static gboolean
write_all (int fd, const char *buffer, gsize length)
{
  while (length > 0) {
    gssize written = write (fd, buffer, length);
    if (written < 0 && errno != EINTR)
      return FALSE;
    buffer += MAX (written, 0);
    length -= (gsize) MAX (written, 0);
  }
  return TRUE;
}

/* A file being made of pieces. */
typedef struct {
  Storage *storage;
  int out;
  GBytes *key;           /* NULL = nothing is encrypted */
  StorageCipher *cipher; /* of the new file; NULL without KEY */
} Joint;

/* The cipher of a piece, from its first byte on. NULL with errno set. Gives. */
static StorageCipher *
part_cipher (int in, GBytes *key, const StoragePart *part)
{
  guint8 iv[STORAGE_KEY_PREFIX];
  errno = EIO;
  return pread (in, iv, sizeof iv, 0) == (gssize) sizeof iv
             ? storage_cipher_new (key, iv, (guint64) part->offset)
             : NULL;
}

/* Append PART. */
static gboolean
append_part (Joint *joint, const StoragePart *part, GError **error)
{
  Storage *storage = joint->storage;
  g_autofree char *path = g_build_filename (storage->folder, part->file, NULL);
  g_autofree char *buffer = g_malloc (COPY_BYTES);
  int in = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (in < 0)
    return file_error (error, "read");
  g_autoptr (StorageCipher) cipher = joint->key != NULL ? part_cipher (in, joint->key, part) : NULL;
  gint64 done = 0, skipped = joint->key != NULL ? STORAGE_KEY_PREFIX : 0;
  gboolean good = joint->key == NULL || cipher != NULL;
  while (good && done < part->length) {
    gssize got = pread (in, buffer, (gsize) MIN (part->length - done, COPY_BYTES),
                        skipped + part->offset + done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = EIO; /* the file is shorter than its row says */
    if (got > 0 && cipher != NULL) {
      storage_cipher_apply (cipher, (const guint8 *) buffer, (gsize) got, (guint8 *) buffer);
      storage_cipher_apply (joint->cipher, (const guint8 *) buffer, (gsize) got, (guint8 *) buffer);
    }
    good = got > 0 && write_all (joint->out, buffer, (gsize) got);
    done += MAX (got, 0);
  }
  if (!good)
    file_error (error, "copy");
  close (in);
  return good;
}

static gboolean
sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return done;
}

char *
storage_file_join (Storage *storage, GPtrArray *parts, GBytes *key, GError **error)
{
  g_autofree char *name = cr_random_hex (32);
  g_autofree char *path = g_build_filename (storage->folder, name, NULL);
  /* No temporary name is needed: nobody looks at the file before a row names it. */
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && cr_fault_write ()) {
    close (fd);
    g_unlink (path);
    fd = -1;
    errno = ENOSPC;
  }
  if (fd < 0) {
    file_error (error, "make");
    return NULL;
  }
  guint8 iv[STORAGE_KEY_PREFIX];
  cr_random_bytes (iv, sizeof iv);
  g_autoptr (StorageCipher) cipher = key != NULL ? storage_cipher_new (key, iv, 0) : NULL;
  Joint joint = { storage, fd, key, cipher };
  gboolean good = key == NULL || write_all (fd, (const char *) iv, sizeof iv) || file_error (error, "write");
  for (guint i = 0; good && i < parts->len; i++)
    good = append_part (&joint, g_ptr_array_index (parts, i), error);
  cr_fault_point ("blob.before-sync");
  if (good && (fsync (fd) != 0 || !sync_folder (storage->folder)))
    good = file_error (error, "write");
  if (close (fd) != 0 && good)
    good = file_error (error, "write");
  if (!good)
    g_unlink (path);
  return good ? g_steal_pointer (&name) : NULL;
}

void
storage_files_remove (Storage *storage, GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *path = g_build_filename (storage->folder, g_ptr_array_index (files, i), NULL);
    g_unlink (path);
  }
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
    g_ptr_array_add (files, cr_db_text (statement, 0));
}

void
storage_files_of (Storage *storage, const char *instance, const char *container, const char *name,
                  gboolean with_blob, GPtrArray *files)
{
  g_autofree char *blocks = rows_of ("SELECT file", "blocks", "blob", container, name);
  g_autofree char *blobs = rows_of ("SELECT file", "blobs", "name", container, name);
  add_files (storage, blocks, instance, container, name, files);
  if (with_blob)
    add_files (storage, blobs, instance, container, name, files);
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

GBytes *
storage_blob_bytes (Storage *storage, const StorageBlob *blob, GError **error)
{
  g_autofree char *path = g_build_filename (storage->folder, blob->file, NULL);
  GMappedFile *mapped = g_mapped_file_new (path, FALSE, error);
  if (mapped == NULL)
    return NULL;
  g_autoptr (GBytes) bytes = g_mapped_file_get_bytes (mapped);
  g_mapped_file_unref (mapped);
  gsize prefix = blob->key_sha256 != NULL ? STORAGE_KEY_PREFIX : 0;
  if (g_bytes_get_size (bytes) == prefix + (gsize) blob->length)
    return g_steal_pointer (&bytes);
  cr_set_error (error, CR_ERROR_FAILED, NULL, "a blob file has another length than its record");
  return NULL;
}

gboolean
storage_blob_load (Storage *storage, const char *instance, const char *container, const char *name,
                   StorageBlob *blob, GBytes **bytes, GError **error)
{
  /* Under the lock nobody replaces the blob between the look at the row and the look at the file. */
  cr_db_lock (storage->db);
  gboolean found = storage_blob_read (storage, instance, container, name, blob);
  if (found)
    *bytes = storage_blob_bytes (storage, blob, error);
  cr_db_unlock (storage->db);
  return found && *bytes != NULL;
}

gboolean
storage_remove_account (Sandbox *sandbox, const char *instance, GError **error)
{
  Storage *storage = sandbox_part (sandbox, "blob");
  if (storage == NULL) {
    cr_set_error (error, CR_ERROR_RETRY, NULL, "the blob service is not running yet");
    return FALSE;
  }
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  if (!cr_db_begin (storage->db, error))
    return FALSE;
  storage_files_of (storage, instance, NULL, NULL, TRUE, files);
  if (!storage_rows_remove (storage, instance, NULL, NULL, error)) {
    cr_db_rollback (storage->db);
    return FALSE;
  }
  if (!cr_db_commit (storage->db, error))
    return FALSE;
  storage_files_remove (storage, files);
  return TRUE;
}
