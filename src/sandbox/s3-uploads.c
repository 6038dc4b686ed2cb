/* SPDX-License-Identifier: MIT
 * What is on its way: ListMultipartUploads, ListParts. And many objects removed at once: DeleteObjects.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"

#include <string.h>

#define NAMESPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
#define DELETE_MOST 1000u

void
s3_server_upload_list (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  if (!s3_server_bucket_check (call))
    return;
  g_autofree char *prefix = sandbox_request_query (call->request, "prefix");
  GString *xml = g_string_new ("<ListMultipartUploadsResult" NAMESPACE ">");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "Prefix", prefix);
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (
      db, NULL,
      "SELECT key, id, created_ms FROM uploads WHERE bucket = ? ORDER BY key, created_ms LIMIT 1000", "s",
      call->bucket);
  while (statement != NULL && cr_db_step (db, statement, NULL)) {
    g_autofree char *key = cr_db_text (statement, 0), *id = cr_db_text (statement, 1);
    g_autofree char *created = cr_iso8601 (sqlite3_column_int64 (statement, 2));
    if (prefix != NULL && !g_str_has_prefix (key, prefix))
      continue;
    g_string_append (xml, "<Upload>");
    storage_xml_element (xml, "Key", key);
    storage_xml_element (xml, "UploadId", id);
    storage_xml_element (xml, "StorageClass", "STANDARD");
    storage_xml_element (xml, "Initiated", created);
    g_string_append (xml, "</Upload>");
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  g_string_append (xml, "<MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>"
                        "</ListMultipartUploadsResult>");
  s3_server_respond_xml (call, 200, xml);
}

void
s3_server_part_list (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  g_autofree char *upload = s3_server_upload_require (call);
  g_autofree char *marker = sandbox_request_query (call->request, "part-number-marker");
  gint64 after = marker != NULL ? g_ascii_strtoll (marker, NULL, 10) : 0, last = 0;
  guint count = 0;
  if (upload == NULL)
    return;
  GString *xml = g_string_new ("<ListPartsResult" NAMESPACE ">");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "Key", call->key);
  storage_xml_element (xml, "UploadId", upload);
  cr_db_lock (db);
  sqlite3_stmt *statement =
      cr_db_query (db, NULL,
                   "SELECT number, length, etag FROM parts WHERE upload = ? AND number > ?"
                   " ORDER BY number LIMIT 1001",
                   "si", upload, after);
  while (statement != NULL && cr_db_step (db, statement, NULL) && count++ < S3_SERVER_PAGE) {
    g_autofree char *etag = cr_db_text (statement, 2);
    last = sqlite3_column_int64 (statement, 0);
    g_string_append_printf (
        xml, "<Part><PartNumber>%" G_GINT64_FORMAT "</PartNumber><Size>%" G_GINT64_FORMAT "</Size>", last,
        (gint64) sqlite3_column_int64 (statement, 1));
    storage_xml_element (xml, "ETag", etag);
    g_string_append (xml, "</Part>");
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  g_string_append_printf (xml,
                          "<NextPartNumberMarker>%" G_GINT64_FORMAT
                          "</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>%s</IsTruncated>"
                          "</ListPartsResult>",
                          last, count > S3_SERVER_PAGE ? "true" : "false");
  s3_server_respond_xml (call, 200, xml);
}

/* --- DeleteObjects --- */

typedef struct {
  GPtrArray *keys; /* char* */
  gboolean quiet;
} Doomed;

static gboolean
doomed_leaf (const char *path, const char *text, gpointer data)
{
  Doomed *doomed = data;
  if (strcmp (path, "Delete/Object/Key") == 0 && doomed->keys->len < DELETE_MOST)
    g_ptr_array_add (doomed->keys, g_strdup (text));
  else if (strcmp (path, "Delete/Quiet") == 0)
    doomed->quiet = strcmp (text, "true") == 0;
  else
    return strcmp (path, "Delete/Object/Key") != 0;
  return TRUE;
}

/* Content-MD5 or the checksum that newer clients send instead must fit. FALSE after answering. */
static gboolean
check_body (S3ServerCall *call)
{
  const char *declared = sandbox_request_header (call->request, "content-md5");
  if (declared == NULL)
    return s3_server_check_sums (call, call->request->body, NULL);
  g_autofree char *computed = storage_md5 (call->request->body);
  if (strcmp (declared, computed) == 0)
    return TRUE;
  s3_server_fail (call, 400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
  return FALSE;
}

void
s3_server_delete_many (S3ServerCall *call)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  Doomed doomed = { keys, FALSE };
  if (!s3_server_bucket_check (call) || !check_body (call))
    return;
  if (!storage_xml_read (call->request->body, doomed_leaf, &doomed) || keys->len == 0) {
    s3_server_fail (
        call, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema");
    return;
  }
  GString *xml = g_string_new ("<DeleteResult" NAMESPACE ">");
  for (guint i = 0; i < keys->len; i++) {
    g_autoptr (GError) error = NULL;
    S3ServerCall one = *call;
    one.key = g_ptr_array_index (keys, i);
    gboolean done = s3_server_object_remove (&one, &error);
    if (done && doomed.quiet)
      continue;
    g_string_append (xml, done ? "<Deleted>" : "<Error>");
    storage_xml_element (xml, "Key", one.key);
    if (!done) {
      storage_xml_element (xml, "Code", "InternalError");
      storage_xml_element (xml, "Message", error->message);
    }
    g_string_append (xml, done ? "</Deleted>" : "</Error>");
  }
  g_string_append (xml, "</DeleteResult>");
  s3_server_respond_xml (call, 200, xml);
}
