/* SPDX-License-Identifier: MIT
 * Objects: put, get (whole or a range), head, delete.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

static char *
hex_tag (GBytes *bytes)
{
  g_autofree char *hex = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes);
  return g_strdup_printf ("\"%s\"", hex);
}

/* Content-MD5 against the body; FALSE after answering 400. */
static gboolean
check_md5 (S3ServerCall *call)
{
  const char *declared = sandbox_request_header (call->request, "content-md5");
  if (declared == NULL)
    return TRUE;
  g_autofree char *computed = storage_md5 (call->request->body);
  if (strcmp (declared, computed) == 0)
    return TRUE;
  s3_server_fail (call, 400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
  return FALSE;
}

/* The file of an object; NULL when it does not exist. Gives. */
static char *
file_of (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  sqlite3_stmt *statement = cr_db_query (db, NULL, "SELECT file FROM objects WHERE bucket = ? AND key = ?",
                                         "ss", call->bucket, call->key);
  char *file = statement != NULL && cr_db_step (db, statement, NULL) ? cr_db_text (statement, 0) : NULL;
  cr_db_done (statement);
  return file;
}

gboolean
s3_server_object_store (S3ServerCall *call, const char *file, gint64 length, const char *etag,
                        const char *type)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) unused = g_ptr_array_new_with_free_func (g_free);
  cr_db_lock (db);
  char *old = file_of (call);
  gboolean done =
      cr_db_run (db, &error,
                 "INSERT OR REPLACE INTO objects (bucket, key, file, length, etag, modified_ms, type)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?)",
                 "sssisis", call->bucket, call->key, file, length, etag, cr_now_ms (), type);
  cr_db_unlock (db);
  g_ptr_array_add (unused, done ? old : g_strdup (file));
  if (!done)
    g_free (old);
  if (g_ptr_array_index (unused, 0) == NULL)
    g_ptr_array_set_size (unused, 0);
  storage_files_remove (&call->server->files, unused);
  if (!done)
    s3_server_broken (call, error);
  return done;
}

void
s3_server_object_put (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  if (!s3_server_bucket_check (call) || !check_md5 (call))
    return;
  g_autofree char *etag = hex_tag (call->request->body);
  g_autofree char *file = storage_file_new (&call->server->files, call->request->body, &error);
  if (file == NULL) {
    s3_server_broken (call, error);
    return;
  }
  if (!s3_server_object_store (call, file, (gint64) g_bytes_get_size (call->request->body), etag,
                               sandbox_request_header (call->request, "content-type")))
    return;
  sandbox_respond_empty (call->response, 200);
  sandbox_respond_header (call->response, "ETag", etag);
}

/* One object as it is read. */
typedef struct {
  char *etag, *type;
  gint64 length, modified_ms;
  GBytes *bytes;
} Object;

static void
object_clear (Object *object)
{
  g_free (object->etag);
  g_free (object->type);
  g_clear_pointer (&object->bytes, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Object, object_clear)

/* Row and content together, also while the object is being replaced. FALSE after answering. */
static gboolean
load_object (S3ServerCall *call, Object *object)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, &error,
                                         "SELECT file, length, etag, modified_ms, type FROM objects"
                                         " WHERE bucket = ? AND key = ?",
                                         "ss", call->bucket, call->key);
  if (statement != NULL && cr_db_step (db, statement, &error)) {
    StorageBlob blob = { .file = cr_db_text (statement, 0), .length = sqlite3_column_int64 (statement, 1) };
    object->length = blob.length;
    object->etag = cr_db_text (statement, 2);
    object->modified_ms = sqlite3_column_int64 (statement, 3);
    object->type = cr_db_text (statement, 4);
    object->bytes = storage_blob_bytes (&call->server->files, &blob, &error);
    g_free (blob.file);
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  if (error != NULL)
    s3_server_broken (call, error);
  else if (object->bytes == NULL)
    s3_server_fail (call, 404, "NoSuchKey", "The specified key does not exist.");
  return object->bytes != NULL;
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
respond_object (S3ServerCall *call, const Object *object)
{
  guint64 first = 0, count = (guint64) object->length;
  gboolean bad = FALSE;
  gboolean part = wanted_range (call, (guint64) object->length, &first, &count, &bad);
  if (bad) {
    s3_server_fail (call, 416, "InvalidRange", "The requested range is not satisfiable");
    return;
  }
  g_autoptr (GBytes) bytes = g_bytes_new_from_bytes (object->bytes, first, count);
  g_autofree char *modified = cr_http_date (object->modified_ms);
  sandbox_respond_bytes (call->response, part ? 206 : 200,
                         object->type != NULL ? object->type : "binary/octet-stream", bytes);
  sandbox_respond_header (call->response, "ETag", object->etag);
  sandbox_respond_header (call->response, "Last-Modified", modified);
  sandbox_respond_header (call->response, "Accept-Ranges", "bytes");
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
  g_auto (Object) object = { 0 };
  if (s3_server_bucket_check (call) && load_object (call, &object))
    respond_object (call, &object);
}

void
s3_server_object_delete (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) unused = g_ptr_array_new_with_free_func (g_free);
  if (!s3_server_bucket_check (call))
    return;
  cr_db_lock (db);
  char *file = file_of (call);
  gboolean done = cr_db_run (db, &error, "DELETE FROM objects WHERE bucket = ? AND key = ?", "ss",
                             call->bucket, call->key);
  cr_db_unlock (db);
  if (file != NULL)
    g_ptr_array_add (unused, file);
  if (!done) {
    s3_server_broken (call, error);
    return;
  }
  storage_files_remove (&call->server->files, unused);
  sandbox_respond_empty (call->response, 204);
}
