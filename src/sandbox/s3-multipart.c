/* SPDX-License-Identifier: MIT
 * Multipart uploads: start, parts, complete, abort.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/crc64.h"
#include "base/encode.h"

#include <string.h>

#define PART_LEAST (5 * 1024 * 1024) /* bytes of every part but the last */
#define PARTS_MOST 10000u

void
s3_server_upload_start (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *algorithm = NULL, *sums = NULL;
  if (!s3_server_bucket_check (call) || !s3_server_take_headers (call)
      || !s3_server_take_sum_kind (call, &algorithm, &sums))
    return;
  g_autofree char *id = cr_random_hex (32);
  if (!cr_db_run (call->server->db, &error,
                  "INSERT INTO uploads (id, bucket, key, type, meta, created_ms, algorithm, sum_type)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  "sssssiss", id, call->bucket, call->key, call->type, call->meta, cr_now_ms (), algorithm,
                  sums)) {
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

char *
s3_server_upload_require (S3ServerCall *call)
{
  if (!s3_server_bucket_check (call))
    return NULL;
  CrDb *db = call->server->db;
  g_autofree char *id = sandbox_request_query (call->request, "uploadId");
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (
      db, NULL, "SELECT type, meta, algorithm, sum_type FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
      "sss", id, call->bucket, call->key);
  gboolean found = statement != NULL && cr_db_step (db, statement, NULL);
  if (found) {
    g_free (call->type);
    g_free (call->meta);
    g_free (call->algorithm);
    g_free (call->sums);
    call->type = cr_db_text (statement, 0);
    call->meta = cr_db_text (statement, 1);
    call->algorithm = cr_db_text (statement, 2);
    call->sums = cr_db_text (statement, 3);
  }
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
  g_autofree char *upload = s3_server_upload_require (call);
  g_autofree char *text = sandbox_request_query (call->request, "partNumber");
  guint64 number = 0;
  if (upload == NULL)
    return;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, PARTS_MOST, &number, NULL)) {
    s3_server_fail (call, 400, "InvalidArgument",
                    "Part number must be an integer between 1 and 10000, inclusive");
    return;
  }
  if (!s3_server_check_sum_kind (call, call->algorithm, call->sums))
    return;
  g_autofree char *etag = NULL;
  StorageUpload *received = s3_server_received (call, &etag);
  if (received == NULL)
    return;
  g_autofree char *file = storage_upload_keep (received, FALSE, &error);
  if (file == NULL) {
    s3_server_broken (call, error);
    return;
  }
  gboolean done = storage_begin_lazily (db, &error);
  g_autoptr (GPtrArray) unused = done ? part_files (call, upload, (gint64) number)
                                      : g_ptr_array_new_with_free_func (g_free);
  if (done) {
    done = cr_db_run (db, &error,
                      "INSERT OR REPLACE INTO parts (upload, number, file, length, etag, crc64)"
                      " VALUES (?, ?, ?, ?, ?, ?)",
                      "sisisi", upload, (gint64) number, file, (gint64) storage_upload_length (received),
                      etag, (gint64) call->crc64);
    if (done)
      done = cr_db_commit (db, &error);
    else
      cr_db_rollback (db);
    storage_end_lazily (db);
  }
  if (!done) {
    g_ptr_array_set_size (unused, 0);
    g_ptr_array_add (unused, g_strdup (file));
  }
  storage_files_remove (&call->server->files, unused);
  if (!done) {
    s3_server_broken (call, error);
    return;
  }
  s3_server_respond_stored (call, etag);
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

static gboolean
same_tag (const char *stored, const char *given)
{
  gsize length = strlen (stored);
  return strcmp (stored, given) == 0
         || (length > 2 && strlen (given) == length - 2 && strncmp (stored + 1, given, length - 2) == 0);
}

/* Part NUMBER with its file; its digest goes into SUM, its CRC behind the one of CALL. NULL when it is not
 * there or has another tag. Gives. */
static StoragePart *
find_part (S3ServerCall *call, const char *upload, guint64 number, const char *given, GChecksum *sum)
{
  CrDb *db = call->server->db;
  StoragePart *part = NULL;
  sqlite3_stmt *statement =
      cr_db_query (db, NULL, "SELECT file, length, etag, crc64 FROM parts WHERE upload = ? AND number = ?",
                   "si", upload, (gint64) number);
  g_autofree char *etag = NULL;
  if (statement != NULL && cr_db_step (db, statement, NULL)
      && same_tag ((etag = cr_db_text (statement, 2)), given)) {
    g_autofree char *file = cr_db_text (statement, 0);
    part = storage_part_new (file, 0, sqlite3_column_int64 (statement, 1));
    call->crc64 = cr_crc64_join (call->crc64, (guint64) sqlite3_column_int64 (statement, 3),
                                 (guint64) part->length);
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
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (storage_part_free);
  call->crc64 = 0;
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

/* Remove the files in ALL that are not in PARTS: parts that the client left out. */
static void
drop_others (S3ServerCall *call, GPtrArray *all, GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++) {
    guint index = 0;
    const StoragePart *part = g_ptr_array_index (parts, i);
    if (g_ptr_array_find_with_equal_func (all, part->file, g_str_equal, &index))
      g_ptr_array_remove_index_fast (all, index);
  }
  storage_files_remove (&call->server->files, all);
}

static void
complete (S3ServerCall *call, const char *upload, const Wanted *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  cr_db_lock (call->server->db);
  g_autoptr (GPtrArray) all = part_files (call, upload, 0);
  g_autoptr (GPtrArray) parts = collect_parts (call, upload, wanted, sum);
  if (parts != NULL && !s3_server_check_whole (call, call->sums))
    g_clear_pointer (&parts, g_ptr_array_unref);
  gboolean synced = parts != NULL && storage_parts_sync (&call->server->files, parts, FALSE, &error);
  g_autofree char *etag = parts == NULL
                              ? NULL
                              : g_strdup_printf ("\"%s-%u\"", g_checksum_get_string (sum), parts->len);
  gboolean done = synced && s3_server_object_store (call, parts, etag, upload);
  cr_db_unlock (call->server->db);
  if (parts != NULL && !synced)
    s3_server_broken (call, error);
  if (!done)
    return;
  drop_others (call, all, parts);
  GString *xml =
      g_string_new ("<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "Key", call->key);
  storage_xml_element (xml, "ETag", etag);
  g_autofree char *crc64 = cr_crc64_base64_be (call->crc64);
  storage_xml_element (xml, "ChecksumCRC64NVME", crc64);
  storage_xml_element (xml, "ChecksumType", "FULL_OBJECT");
  g_string_append (xml, "</CompleteMultipartUploadResult>");
  s3_server_respond_xml (call, 200, xml);
}

void
s3_server_upload_complete (S3ServerCall *call)
{
  g_autofree char *upload = s3_server_upload_require (call);
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
    complete (call, upload, &wanted);
}

void
s3_server_upload_abort (S3ServerCall *call)
{
  g_autofree char *upload = s3_server_upload_require (call);
  if (upload == NULL)
    return;
  drop_upload (call, upload);
  sandbox_respond_empty (call->response, 204);
}
