/* SPDX-License-Identifier: MIT
 * Objects: put, get (whole or a range), head, delete.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

StorageUpload *
s3_server_received (S3ServerCall *call, char **tag)
{
  const char *declared = sandbox_request_header (call->request, "content-md5");
  StorageUpload *upload = storage_upload_of (call->request);
  guint8 digest[16];
  if (s3_server_is_copy (call)) {
    if (!s3_server_copy (call))
      return NULL;
    upload = call->decoded;
  } else if (upload == NULL) {
    gsize length = 0;
    GBytes *plain = call->plain != NULL ? call->plain : call->request->body;
    const guint8 *body = g_bytes_get_data (plain, &length);
    if (!s3_server_check_sums (call, plain, NULL))
      return NULL;
    upload = call->decoded = storage_upload_new (call->server->files.folder, S3_SERVER_SUMS, NULL, length);
    storage_upload_write (upload, body, length);
  }
  storage_upload_md5 (upload, digest);
  call->crc64 = storage_upload_crc64 (upload);
  if (!s3_server_check_crc64 (call))
    return NULL;
  g_autofree char *computed = cr_base64 (digest, sizeof digest);
  if (declared != NULL && strcmp (declared, computed) != 0) {
    s3_server_fail (call, 400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
    return NULL;
  }
  g_autofree char *hex = cr_hex (digest, sizeof digest);
  *tag = g_strdup_printf ("\"%s\"", hex);
  return upload;
}

static void
add_files (CrDb *db, const char *sql, const char *bucket, const char *key, GPtrArray *files)
{
  sqlite3_stmt *statement = cr_db_query (db, NULL, sql, "ss", bucket, key);
  while (statement != NULL && cr_db_step (db, statement, NULL))
    if (sqlite3_column_bytes (statement, 0) > 0)
      g_ptr_array_add (files, cr_db_text (statement, 0));
  cr_db_done (statement);
}

/* The files of an object; none when it does not exist. Gives char*. */
static GPtrArray *
files_of (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  add_files (db, "SELECT file FROM objects WHERE bucket = ? AND key = ?", call->bucket, call->key, files);
  add_files (db, "SELECT file FROM pieces WHERE bucket = ? AND key = ?", call->bucket, call->key, files);
  return files;
}

/* The rows of the object; the caller holds the transaction. */
static gboolean
write_rows (S3ServerCall *call, GPtrArray *parts, const char *etag, GError **error)
{
  CrDb *db = call->server->db;
  gint64 length = 0;
  if (!cr_db_run (db, error, "DELETE FROM pieces WHERE bucket = ? AND key = ?", "ss", call->bucket,
                  call->key))
    return FALSE;
  for (guint i = 0; i < parts->len; i++) {
    const StoragePart *part = g_ptr_array_index (parts, i);
    if (parts->len > 1 && part->length > 0
        && !cr_db_run (db, error,
                       "INSERT INTO pieces (bucket, key, start, file, length) VALUES (?, ?, ?, ?, ?)",
                       "ssisi", call->bucket, call->key, length, part->file, part->length))
      return FALSE;
    length += part->length;
  }
  const char *file = parts->len == 1 ? ((const StoragePart *) g_ptr_array_index (parts, 0))->file : "";
  return cr_db_run (
      db, error,
      "INSERT OR REPLACE INTO objects (bucket, key, file, length, etag, modified_ms, type, meta, crc64)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "sssisissi", call->bucket, call->key, file, length, etag, cr_now_ms (), call->type, call->meta,
      (gint64) call->crc64);
}

gboolean
s3_server_object_store (S3ServerCall *call, GPtrArray *parts, const char *etag, const char *forget)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  if (!cr_db_begin (db, &error)) {
    s3_server_broken (call, error);
    return FALSE;
  }
  g_autoptr (GPtrArray) unused = files_of (call);
  gboolean done = write_rows (call, parts, etag, &error)
                  && (forget == NULL
                      || (cr_db_run (db, &error, "DELETE FROM parts WHERE upload = ?", "s", forget)
                          && cr_db_run (db, &error, "DELETE FROM uploads WHERE id = ?", "s", forget)));
  if (done)
    done = cr_db_commit (db, &error);
  else
    cr_db_rollback (db);
  if (done)
    storage_files_remove (&call->server->files, unused);
  else
    s3_server_broken (call, error);
  return done;
}

void
s3_server_object_put (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *etag = NULL;
  if (!s3_server_bucket_check (call) || !s3_server_take_headers (call))
    return;
  StorageUpload *upload = s3_server_received (call, &etag);
  if (upload == NULL)
    return;
  g_autofree char *file = storage_upload_keep (upload, TRUE, &error);
  if (file == NULL) {
    s3_server_broken (call, error);
    return;
  }
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (storage_part_free);
  g_ptr_array_add (parts, storage_part_new (file, 0, (gint64) storage_upload_length (upload)));
  if (!s3_server_object_store (call, parts, etag, NULL)) {
    g_autoptr (GPtrArray) unused = g_ptr_array_new ();
    g_ptr_array_add (unused, file);
    storage_files_remove (&call->server->files, unused);
    return;
  }
  s3_server_respond_stored (call, etag);
}

void
s3_server_object_clear (S3ServerObject *object)
{
  g_free (object->file);
  g_free (object->etag);
  g_free (object->type);
  g_free (object->meta);
}

gboolean
s3_server_object_find (S3ServerCall *call, S3ServerObject *object)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *statement =
      cr_db_query (db, &error,
                   "SELECT file, length, etag, modified_ms, type, meta, crc64 FROM objects"
                   " WHERE bucket = ? AND key = ?",
                   "ss", call->bucket, call->key);
  if (statement != NULL && cr_db_step (db, statement, &error)) {
    object->file = cr_db_text (statement, 0);
    object->length = sqlite3_column_int64 (statement, 1);
    object->etag = cr_db_text (statement, 2);
    object->modified_ms = sqlite3_column_int64 (statement, 3);
    object->type = cr_db_text (statement, 4);
    object->meta = cr_db_text (statement, 5);
    object->has_crc64 = sqlite3_column_type (statement, 6) == SQLITE_INTEGER;
    object->crc64 = (guint64) sqlite3_column_int64 (statement, 6);
  }
  cr_db_done (statement);
  if (error != NULL)
    s3_server_broken (call, error);
  else if (object->file == NULL)
    s3_server_fail (call, 404, "NoSuchKey", "The specified key does not exist.");
  return object->file != NULL;
}

StorageContent *
s3_server_object_open (S3ServerCall *call, const S3ServerObject *object, guint64 first, guint64 count)
{
  CrDb *db = call->server->db;
  GPtrArray *parts = g_ptr_array_new_with_free_func (storage_part_free);
  gint64 begin = (gint64) first, end = (gint64) (first + count);
  if (*object->file != '\0' && count > 0)
    g_ptr_array_add (parts, storage_part_new (object->file, begin, end - begin));
  sqlite3_stmt *statement =
      *object->file != '\0' || count == 0
          ? NULL
          : cr_db_query (db, NULL,
                         "SELECT start, length, file FROM pieces WHERE bucket = ? AND key = ?"
                         " AND start + length > ? AND start < ? ORDER BY start",
                         "ssii", call->bucket, call->key, begin, end);
  while (statement != NULL && cr_db_step (db, statement, NULL)) {
    gint64 start = sqlite3_column_int64 (statement, 0);
    gint64 skipped = MAX (begin - start, 0);
    gint64 stop = MIN (start + sqlite3_column_int64 (statement, 1), end);
    g_autofree char *file = cr_db_text (statement, 2);
    g_ptr_array_add (parts, storage_part_new (file, skipped, stop - start - skipped));
  }
  if (statement != NULL)
    cr_db_done (statement);
  return storage_content_new (&call->server->files, parts);
}

/* "bytes=a-b", "bytes=a-", "bytes=-n" within LENGTH. FALSE when there is no range to serve; *BAD when it lies
 * behind the end. */
static gboolean
wanted_range (S3ServerCall *call, guint64 length, guint64 *first, guint64 *count, gboolean *bad)
{
  const char *header = sandbox_request_header (call->request, "range");
  *bad = FALSE;
  if (header == NULL
      || !g_regex_match_simple ("^bytes=([0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})$", header,
                                G_REGEX_DOLLAR_ENDONLY, 0))
    return FALSE;
  const char *text = header + strlen ("bytes=");
  char *end = NULL;
  if (*text == '-') {
    guint64 tail = MIN (g_ascii_strtoull (text + 1, NULL, 10), length);
    *bad = tail == 0;
    *first = length - tail;
    *count = tail;
    return TRUE;
  }
  *first = g_ascii_strtoull (text, &end, 10);
  guint64 last = end[1] == '\0' ? G_MAXUINT64 : g_ascii_strtoull (end + 1, NULL, 10);
  *bad = *first >= length || last < *first;
  *count = *bad ? 0 : MIN (last, length - 1) - *first + 1;
  return TRUE;
}

static void
respond_object (S3ServerCall *call, const S3ServerObject *object)
{
  guint64 first = 0, count = (guint64) object->length;
  gboolean bad = FALSE;
  gboolean part = wanted_range (call, (guint64) object->length, &first, &count, &bad);
  if (bad) {
    s3_server_fail (call, 416, "InvalidRange", "The requested range is not satisfiable");
    return;
  }
  g_autofree char *modified = cr_http_date (object->modified_ms);
  sandbox_respond_stream (call->response, part ? 206 : 200,
                          object->type != NULL ? object->type : "binary/octet-stream", count,
                          storage_content_read, s3_server_object_open (call, object, first, count),
                          (GDestroyNotify) storage_content_free);
  s3_server_respond_headers (call, object->meta);
  sandbox_respond_header (call->response, "ETag", object->etag);
  sandbox_respond_header (call->response, "Last-Modified", modified);
  sandbox_respond_header (call->response, "Accept-Ranges", "bytes");
  const char *mode = sandbox_request_header (call->request, S3_SERVER_SUM "mode");
  if (!part && object->has_crc64 && mode != NULL && g_ascii_strcasecmp (mode, "enabled") == 0)
    s3_server_respond_crc64 (call, object->crc64);
  if (!part)
    return;
  g_autofree char *range = g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
                                            "/%" G_GINT64_FORMAT,
                                            first, first + count - 1, object->length);
  sandbox_respond_header (call->response, "Content-Range", range);
}

void
s3_server_object_get (S3ServerCall *call)
{
  g_auto (S3ServerObject) object = { 0 };
  if (!s3_server_bucket_check (call))
    return;
  /* Under the lock nobody replaces the object between the look at the row and the hold on its files. */
  cr_db_lock (call->server->db);
  if (s3_server_object_find (call, &object))
    respond_object (call, &object);
  cr_db_unlock (call->server->db);
}

void
s3_server_object_tagging (S3ServerCall *call)
{
  g_auto (S3ServerObject) object = { 0 };
  if (s3_server_bucket_check (call) && s3_server_object_find (call, &object))
    s3_server_respond_xml (call, 200,
                           g_string_new ("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                                         "<TagSet></TagSet></Tagging>"));
}

gboolean
s3_server_object_remove (S3ServerCall *call, GError **error)
{
  CrDb *db = call->server->db;
  if (!cr_db_begin (db, error))
    return FALSE;
  g_autoptr (GPtrArray) unused = files_of (call);
  gboolean done = cr_db_run (db, error, "DELETE FROM objects WHERE bucket = ? AND key = ?", "ss",
                             call->bucket, call->key)
                  && cr_db_run (db, error, "DELETE FROM pieces WHERE bucket = ? AND key = ?", "ss",
                                call->bucket, call->key);
  if (done)
    done = cr_db_commit (db, error);
  else
    cr_db_rollback (db);
  if (done)
    storage_files_remove (&call->server->files, unused);
  return done;
}

void
s3_server_object_delete (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  if (!s3_server_bucket_check (call))
    return;
  if (s3_server_object_remove (call, &error))
    sandbox_respond_empty (call->response, 204);
  else
    s3_server_broken (call, error);
}
