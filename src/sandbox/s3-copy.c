/* SPDX-License-Identifier: MIT
 * Copies inside the service: CopyObject and UploadPartCopy take their content from another object.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define PIECE (256u * 1024)

gboolean
s3_server_is_copy (const S3ServerCall *call)
{
  return sandbox_request_header (call->request, "x-amz-copy-source") != NULL;
}

/* "/bucket/key" or "bucket/key", percent-encoded. FALSE for anything else. */
static gboolean
read_source (const char *text, char **bucket, char **key)
{
  g_autofree char *path = g_strndup (text, strcspn (text, "?"));
  const char *start = *path == '/' ? path + 1 : path;
  const char *slash = strchr (start, '/');
  if (slash == NULL || slash == start || slash[1] == '\0' || strstr (path, "%00") != NULL)
    return FALSE;
  *bucket = cr_percent_decode (start, (gssize) (slash - start));
  *key = cr_percent_decode (slash + 1, -1);
  return g_utf8_validate (*bucket, -1, NULL) && g_utf8_validate (*key, -1, NULL);
}

/* The bytes of x-amz-copy-source-range ("bytes=a-b"), all of LENGTH without one. FALSE after answering. */
static gboolean
wanted_part (S3ServerCall *call, guint64 length, guint64 *first, guint64 *count)
{
  const char *header = sandbox_request_header (call->request, "x-amz-copy-source-range");
  *first = 0;
  *count = length;
  if (header == NULL)
    return TRUE;
  guint64 last = 0;
  if (g_regex_match_simple ("^bytes=[0-9]{1,18}-[0-9]{1,18}$", header, G_REGEX_DOLLAR_ENDONLY, 0)) {
    char *end = NULL;
    *first = g_ascii_strtoull (header + strlen ("bytes="), &end, 10);
    last = g_ascii_strtoull (end + 1, NULL, 10);
    if (*first <= last && last < length) {
      *count = last - *first + 1;
      return TRUE;
    }
  }
  s3_server_fail (
      call, 400, "InvalidArgument",
      "The x-amz-copy-source-range value must be of the form bytes=first-last within the source.");
  return FALSE;
}

/* Where the content comes from, open; NULL after answering. Gives. */
static StorageContent *
open_source (S3ServerCall *call, S3ServerObject *object)
{
  g_autofree char *bucket = NULL, *key = NULL;
  if (!read_source (sandbox_request_header (call->request, "x-amz-copy-source"), &bucket, &key)) {
    s3_server_fail (call, 400, "InvalidArgument", "Invalid copy source object key");
    return NULL;
  }
  S3ServerCall source = *call;
  source.bucket = bucket;
  source.key = key;
  source.region = NULL; /* the service fetches it from wherever it is */
  StorageContent *content = NULL;
  guint64 first = 0, count = 0;
  if (!s3_server_bucket_check (&source))
    return NULL;
  cr_db_lock (call->server->db);
  if (s3_server_object_find (&source, object) && wanted_part (call, (guint64) object->length, &first, &count))
    content = s3_server_object_open (&source, object, first, count);
  cr_db_unlock (call->server->db);
  return content;
}

/* Type and headers stay those of the source, unless new ones are wanted. FALSE after answering. */
static gboolean
take_properties (S3ServerCall *call, const S3ServerObject *object)
{
  const char *directive = sandbox_request_header (call->request, "x-amz-metadata-directive");
  if (directive != NULL && strcmp (directive, "REPLACE") == 0)
    return TRUE;
  if (directive != NULL && strcmp (directive, "COPY") != 0) {
    s3_server_fail (call, 400, "InvalidArgument", "Unknown metadata directive.");
    return FALSE;
  }
  g_free (call->type);
  g_free (call->meta);
  call->type = g_strdup (object->type);
  call->meta = g_strdup (object->meta);
  return TRUE;
}

gboolean
s3_server_copy (S3ServerCall *call)
{
  g_auto (S3ServerObject) object = { 0 };
  g_autoptr (StorageContent) content = open_source (call, &object);
  if (content == NULL || !take_properties (call, &object))
    return FALSE;
  guint64 length = storage_content_length (content);
  g_autofree char *piece = g_malloc (PIECE);
  call->decoded = storage_upload_new (call->server->files.folder, S3_SERVER_SUMS, NULL, length);
  for (guint64 done = 0; done < length;) {
    gssize got = storage_content_read (content, done, piece, (gsize) MIN (PIECE, length - done));
    if (got <= 0) {
      s3_server_broken (call, NULL);
      return FALSE;
    }
    storage_upload_write (call->decoded, (const guint8 *) piece, (gsize) got);
    done += (guint64) got;
  }
  return TRUE;
}

void
s3_server_respond_stored (S3ServerCall *call, const char *etag)
{
  if (!s3_server_is_copy (call)) {
    sandbox_respond_empty (call->response, 200);
    sandbox_respond_header (call->response, "ETag", etag);
    if (!s3_server_has_query (call, "uploadId"))
      s3_server_respond_crc64 (call, call->crc64);
    return;
  }
  const char *name = s3_server_has_query (call, "uploadId") ? "CopyPartResult" : "CopyObjectResult";
  g_autofree char *now = cr_iso8601 (cr_now_ms ());
  GString *xml = g_string_new (NULL);
  g_string_append_printf (xml, "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", name);
  storage_xml_element (xml, "LastModified", now);
  storage_xml_element (xml, "ETag", etag);
  g_string_append_printf (xml, "</%s>", name);
  s3_server_respond_xml (call, 200, xml);
}
