/* SPDX-License-Identifier: MIT
 * Objects as a store: Put Object, multipart uploads and ranges of Get Object (store.h).
 *
 * Every body is signed with its SHA-256, so the service notices any other one. Metadata ("seal") is given
 * with the whole object or when an upload begins; nothing can be added when it is completed.
 */
#include "cloud/s3-private.h"
#include "cloud/store-private.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define SHA256_BYTES 32u

/* One call that must be 2xx; TRY is filled. */
static HttpResponse *
call_once (S3Client *client, CloudTry *try, S3Call *call, const CloudBody *body, GError **error)
{
  g_autofree char *digest = NULL;
  call->once = TRUE;
  if (body != NULL && body->read != NULL && body->length > 0) {
    digest = cr_hex (body->sha256, SHA256_BYTES);
    call->source = body->read;
    call->source_data = body->data;
    call->source_length = body->length;
    call->sha256 = digest;
  } else if (body != NULL) {
    call->body = body->bytes;
  }
  g_autoptr (HttpResponse) response = s3_send (client, try->job, call, error);
  cloud_try_take (try, response);
  if (response == NULL)
    return NULL;
  gboolean good = response->status >= 200 && response->status < 300;
  /* Completing an upload can fail after the status went out. */
  gsize length = 0;
  const char *text = g_bytes_get_data (response->body, &length);
  if (good && (length == 0 || g_strstr_len (text, (gssize) MIN (length, 512), "<Error>") == NULL))
    return g_steal_pointer (&response);
  if (good)
    try->status = 500; /* what it would have been */
  s3_set_error (error, call, response);
  return NULL;
}

static gboolean
put_whole (gpointer client, CloudTry *try, const char *bucket, const char *name, const CloudBody *body,
           const CloudMarks *marks, GError **error)
{
  const CloudPair headers[] = { { S3_SEAL_HEADER, marks->seal } };
  S3Call call = { .method = "PUT",
                  .bucket = bucket,
                  .key = name,
                  .headers = headers,
                  .header_count = marks->seal != NULL ? 1 : 0,
                  .content_type = marks->type };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, body, error);
  return response != NULL;
}

static char *
begin (gpointer client, CloudTry *try, const char *bucket, const char *name, const CloudMarks *marks,
       GError **error)
{
  const CloudPair query[] = { { "uploads", "" } };
  const CloudPair headers[] = { { S3_SEAL_HEADER, marks->seal } };
  S3Call call = { .method = "POST",
                  .bucket = bucket,
                  .key = name,
                  .query = query,
                  .query_count = G_N_ELEMENTS (query),
                  .headers = headers,
                  .header_count = marks->seal != NULL ? 1 : 0,
                  .content_type = marks->type };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, NULL, error);
  if (response == NULL)
    return NULL;
  char *upload = s3_xml_text (response->body, "InitiateMultipartUploadResult/UploadId");
  if (upload == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage named no upload for %s.", name);
  return upload;
}

static char *
put_block (gpointer client, CloudTry *try, const char *bucket, const char *upload, const char *name,
           guint index, const CloudBody *body, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%u", index + 1);
  const CloudPair query[] = { { "partNumber", number }, { "uploadId", upload } };
  S3Call call = {
    .method = "PUT", .bucket = bucket, .key = name, .query = query, .query_count = G_N_ELEMENTS (query)
  };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, body, error);
  const char *etag = response != NULL ? http_response_header (response, "etag") : NULL;
  if (response != NULL && etag == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage gave no tag for part %u of %s.", index + 1, name);
  return g_strdup (etag);
}

static gboolean
commit (gpointer client, CloudTry *try, const char *bucket, const char *upload, const char *name,
        const char *const *tags, guint count, const CloudMarks *marks, GError **error)
{
  (void) marks;
  g_autoptr (GString) xml = g_string_new ("<CompleteMultipartUpload>");
  for (guint i = 0; i < count; i++) {
    g_autofree char *tag = g_markup_escape_text (tags[i], -1);
    g_string_append_printf (xml, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", i + 1, tag);
  }
  g_string_append (xml, "</CompleteMultipartUpload>");
  g_autoptr (GBytes) bytes = g_bytes_new (xml->str, xml->len);
  const CloudPair query[] = { { "uploadId", upload } };
  S3Call call = { .method = "POST",
                  .bucket = bucket,
                  .key = name,
                  .query = query,
                  .query_count = G_N_ELEMENTS (query),
                  .body = bytes,
                  .content_type = "application/xml" };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, NULL, error);
  return response != NULL;
}

/* Parts of an upload that nobody completes would be paid for. */
static void
abandon (gpointer client, const char *bucket, const char *upload, const char *name)
{
  const CloudPair query[] = { { "uploadId", upload } };
  S3Call call = {
    .method = "DELETE", .bucket = bucket, .key = name, .query = query, .query_count = G_N_ELEMENTS (query)
  };
  CloudTry try = { 0 };
  g_autoptr (HttpResponse) response = call_once (client, &try, &call, NULL, NULL);
}

static gboolean
get (gpointer client, CloudTry *try, const char *bucket, const CloudRange *range, GError **error)
{
  g_autofree char *bytes = cloud_range_header (range);
  const CloudPair headers[] = { { "range", bytes } };
  CloudRangeSink sink = { .range = range };
  S3Call call = { .method = "GET",
                  .bucket = bucket,
                  .key = range->name,
                  .headers = headers,
                  .header_count = bytes != NULL ? 1 : 0,
                  .max_response = G_MAXSIZE,
                  .sink = cloud_range_take,
                  .sink_data = &sink };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, NULL, error);
  return response != NULL && cloud_range_check (try, range, response, sink.got, error);
}

static char *
address (gpointer client, const char *place)
{
  return s3_address (client, place);
}

static gboolean
create (gpointer client, CrJob *job, const char *place, GError **error)
{
  return s3_bucket_create (client, job, place, error);
}

static GPtrArray *
list (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error)
{
  return s3_list (client, job, place, prefix, error);
}

static BlobItem *
head (gpointer client, CrJob *job, const char *place, const char *name, GError **error)
{
  return s3_head (client, job, place, name, error);
}

const CloudStoreKind cloud_store_buckets = { .word = "bucket",
                                             .wants_sha256 = TRUE,
                                             .marks_at_begin = TRUE,
                                             .max_blocks = S3_MAX_PARTS,
                                             .address = address,
                                             .create = create,
                                             .list = list,
                                             .head = head,
                                             .put = put_whole,
                                             .begin = begin,
                                             .put_block = put_block,
                                             .commit = commit,
                                             .abort = abandon,
                                             .get = get };
