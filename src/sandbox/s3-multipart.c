/* SPDX-License-Identifier: MIT
 * Multipart uploads: start, parts, complete, abort.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define PART_LEAST (5 * 1024 * 1024) /* bytes of every part but the last */
#define PARTS_MOST 10000u

void
s3_server_upload_start (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  if (!s3_server_bucket_check (call))
    return;
  g_autofree char *id = cr_random_hex (32);
  if (!cr_db_run (call->server->db, &error,
                  "INSERT INTO uploads (id, bucket, key, type, created_ms) VALUES (?, ?, ?, ?, ?)", "ssssi",
                  id, call->bucket, call->key, sandbox_request_header (call->request, "content-type"),
                  cr_now_ms ())) {
    s3_server_broken (call, error);
    return;
  }
  GString *xml =
      g_string_new ("<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "Key", call->key);
  storage_xml_element (xml, "UploadId", id);
  g_string_append (xml, "</InitiateMultipartUploadResult>");
  s3_server_respond_xml (call, 200, xml);
}

/* The upload that the query names, if it is one of this object; its type in *TYPE. NULL after answering. Gives. */
static char *
require_upload (S3ServerCall *call, char **type)
{
  if (!s3_server_bucket_check (call))
    return NULL;
  CrDb *db = call->server->db;
  g_autofree char *id = sandbox_request_query (call->request, "uploadId");
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, NULL,
                                         "SELECT type FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
                                         "sss", id, call->bucket, call->key);
  gboolean found = statement != NULL && cr_db_step (db, statement, NULL);
  if (found && type != NULL)
    *type = cr_db_text (statement, 0);
  cr_db_done (statement);
  cr_db_unlock (db);
  if (found)
    return g_steal_pointer (&id);
  s3_server_fail (
      call, 404, "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
      "aborted or completed.");
  return NULL;
}

/* Files of the parts of UPLOAD (NUMBER 0 = all). Gives char*. */
static GPtrArray *
part_files (S3ServerCall *call, const char *upload, gint64 number)
{
  CrDb *db = call->server->db;
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *statement = cr_db_query (db, NULL,
                                         "SELECT file FROM parts WHERE upload = ? AND (? = 0 OR number = ?)",
                                         "sii", upload, number, number);
  while (statement != NULL && cr_db_step (db, statement, NULL))
    g_ptr_array_add (files, cr_db_text (statement, 0));
  cr_db_done (statement);
  return files;
}

void
s3_server_upload_part (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  g_autoptr (GError) error = NULL;
  g_autofree char *upload = require_upload (call, NULL);
  g_autofree char *text = sandbox_request_query (call->request, "partNumber");
  guint64 number = 0;
  if (upload == NULL)
    return;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, PARTS_MOST, &number, NULL)) {
    s3_server_fail (call, 400, "InvalidArgument",
                    "Part number must be an integer between 1 and 10000, inclusive");
    return;
  }
  g_autofree char *hex = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, call->request->body);
  g_autofree char *etag = g_strdup_printf ("\"%s\"", hex);
  g_autofree char *file = storage_file_new (&call->server->files, call->request->body, &error);
  if (file == NULL) {
    s3_server_broken (call, error);
    return;
  }
  cr_db_lock (db);
  g_autoptr (GPtrArray) unused = part_files (call, upload, (gint64) number);
  gboolean done = cr_db_run (db, &error,
                             "INSERT OR REPLACE INTO parts (upload, number, file, length, etag)"
                             " VALUES (?, ?, ?, ?, ?)",
                             "sisis", upload, (gint64) number, file,
                             (gint64) g_bytes_get_size (call->request->body), etag);
  cr_db_unlock (db);
  if (!done) {
    g_ptr_array_set_size (unused, 0);
    g_ptr_array_add (unused, g_strdup (file));
  }
  storage_files_remove (&call->server->files, unused);
  if (!done) {
    s3_server_broken (call, error);
    return;
  }
  sandbox_respond_empty (call->response, 200);
  sandbox_respond_header (call->response, "ETag", etag);
}

/* --- complete --- */

typedef struct {
  GArray *numbers;  /* guint64 */
  GPtrArray *etags; /* char* */
} Wanted;

static gboolean
wanted_leaf (const char *path, const char *text, gpointer data)
{
  Wanted *wanted = data;
  guint64 number = 0;
  if (strcmp (path, "CompleteMultipartUpload/Part/PartNumber") == 0) {
    if (!g_ascii_string_to_unsigned (text, 10, 1, PARTS_MOST, &number, NULL))
      return FALSE;
    g_array_append_val (wanted->numbers, number);
  } else if (strcmp (path, "CompleteMultipartUpload/Part/ETag") == 0) {
    g_ptr_array_add (wanted->etags, g_strdup (text));
  }
  return TRUE;
}

static void
part_free (gpointer data)
{
  StoragePart *part = data;
  g_free (part->file);
  g_free (part);
}

static gboolean
same_tag (const char *stored, const char *given)
{
  gsize length = strlen (stored);
  return strcmp (stored, given) == 0
         || (length > 2 && strlen (given) == length - 2 && strncmp (stored + 1, given, length - 2) == 0);
}

/* Part NUMBER with its file; its digest goes into SUM. NULL when it is not there or has another tag. Gives. */
static StoragePart *
find_part (S3ServerCall *call, const char *upload, guint64 number, const char *given, GChecksum *sum)
{
  CrDb *db = call->server->db;
  StoragePart *part = NULL;
  sqlite3_stmt *statement =
      cr_db_query (db, NULL, "SELECT file, length, etag FROM parts WHERE upload = ? AND number = ?", "si",
                   upload, (gint64) number);
  g_autofree char *etag = NULL;
  if (statement != NULL && cr_db_step (db, statement, NULL)
      && same_tag ((etag = cr_db_text (statement, 2)), given)) {
    part = g_new0 (StoragePart, 1);
    part->file = cr_db_text (statement, 0);
    part->length = sqlite3_column_int64 (statement, 1);
    g_autofree char *hex = g_strndup (etag + 1, 32);
    g_autoptr (GBytes) digest = cr_hex_decode (hex, NULL);
    if (digest != NULL)
      g_checksum_update (sum, g_bytes_get_data (digest, NULL), (gssize) g_bytes_get_size (digest));
  }
  cr_db_done (statement);
  return part;
}

/* The parts that WANTED names, in order. NULL after answering. Gives. */
static GPtrArray *
collect_parts (S3ServerCall *call, const char *upload, const Wanted *wanted, GChecksum *sum)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  for (guint i = 0; i < wanted->numbers->len; i++) {
    guint64 number = g_array_index (wanted->numbers, guint64, i);
    if (i > 0 && number <= g_array_index (wanted->numbers, guint64, i - 1)) {
      s3_server_fail (call, 400, "InvalidPartOrder", "The list of parts was not in ascending order.");
      return NULL;
    }
    StoragePart *part = find_part (call, upload, number, g_ptr_array_index (wanted->etags, i), sum);
    if (part == NULL) {
      s3_server_fail (call, 400, "InvalidPart", "One or more of the specified parts could not be found.");
      return NULL;
    }
    g_ptr_array_add (parts, part);
    if (i + 1 < wanted->numbers->len && part->length < PART_LEAST) {
      s3_server_fail (call, 400, "EntityTooSmall",
                      "Your proposed upload is smaller than the minimum allowed object size.");
      return NULL;
    }
  }
  return g_steal_pointer (&parts);
}

/* Forget UPLOAD and its parts; their files go too. */
static void
drop_upload (S3ServerCall *call, const char *upload)
{
  CrDb *db = call->server->db;
  cr_db_lock (db);
  g_autoptr (GPtrArray) unused = part_files (call, upload, 0);
  gboolean done = cr_db_run (db, NULL, "DELETE FROM parts WHERE upload = ?", "s", upload)
                  && cr_db_run (db, NULL, "DELETE FROM uploads WHERE id = ?", "s", upload);
  cr_db_unlock (db);
  if (done)
    storage_files_remove (&call->server->files, unused);
}

static void
complete (S3ServerCall *call, const char *upload, const char *type, const Wanted *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  cr_db_lock (call->server->db);
  g_autoptr (GPtrArray) parts = collect_parts (call, upload, wanted, sum);
  g_autofree char *file = parts != NULL ? storage_file_join (&call->server->files, parts, NULL, &error)
                                        : NULL;
  cr_db_unlock (call->server->db);
  if (parts == NULL)
    return;
  if (file == NULL) {
    s3_server_broken (call, error);
    return;
  }
  gint64 length = 0;
  for (guint i = 0; i < parts->len; i++)
    length += ((const StoragePart *) g_ptr_array_index (parts, i))->length;
  g_autofree char *etag = g_strdup_printf ("\"%s-%u\"", g_checksum_get_string (sum), parts->len);
  if (!s3_server_object_store (call, file, length, etag, type))
    return;
  drop_upload (call, upload);
  GString *xml =
      g_string_new ("<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "Key", call->key);
  storage_xml_element (xml, "ETag", etag);
  g_string_append (xml, "</CompleteMultipartUploadResult>");
  s3_server_respond_xml (call, 200, xml);
}

void
s3_server_upload_complete (S3ServerCall *call)
{
  g_autofree char *type = NULL;
  g_autofree char *upload = require_upload (call, &type);
  if (upload == NULL)
    return;
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GPtrArray) etags = g_ptr_array_new_with_free_func (g_free);
  Wanted wanted = { numbers, etags };
  if (!storage_xml_read (call->request->body, wanted_leaf, &wanted) || numbers->len == 0
      || numbers->len != etags->len)
    s3_server_fail (
        call, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema");
  else
    complete (call, upload, type, &wanted);
}

void
s3_server_upload_abort (S3ServerCall *call)
{
  g_autofree char *upload = require_upload (call, NULL);
  if (upload == NULL)
    return;
  drop_upload (call, upload);
  sandbox_respond_empty (call->response, 204);
}
