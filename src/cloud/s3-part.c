/* SPDX-License-Identifier: MIT
 * Objects as a store: Put Object, multipart uploads and ranges of Get Object (store.h).
 *
 * Every body carries its CRC64NVME ("Checking object integrity", S3 User Guide). Until the service has proven
 * that it checks it (S3Sums), bodies are signed with their SHA-256 as well, so that it notices any other one;
 * from then on the signature covers the checksum and the payload is UNSIGNED-PAYLOAD, and each answer must
 * repeat the checksum. An upload in parts has checksums or has none: its id, as it is given out here, begins
 * with SUMMED_UPLOAD when the service agreed to them, which proves nothing yet: there are services that agree
 * and take no note. The parts of all others, such as those that an older version began, stay signed and go
 * without, for a part with another checksum than its upload is refused.
 * Metadata ("seal") is given with the whole object or when an upload begins; nothing can be added when it is
 * completed.
 */
#include "cloud/s3-private.h"
#include "cloud/store-private.h"

#include "base/crc64.h"
#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define SHA256_BYTES 32u
#define SUMMED_UPLOAD "crc64nvme:"
#define ALGORITHM_HEADER "x-amz-checksum-algorithm"
#define ALGORITHM "CRC64NVME"

/* --- checksums ------------------------------------------------------------------------------------------ */

/* The service's name of UPLOAD; borrowed. */
static const char *
id_of (const char *upload, gboolean *summed)
{
  *summed = g_str_has_prefix (upload, SUMMED_UPLOAD);
  return *summed ? upload + strlen (SUMMED_UPLOAD) : upload;
}

static gboolean
wants_sha256 (gpointer client, const char *upload)
{
  gboolean summed = TRUE;
  if (upload != NULL)
    id_of (upload, &summed);
  return !summed || s3_client_sums (client) != S3_SUMS_PROVEN;
}

/* The checksum of BODY into CALL, and into HEADER as one of its headers. Gives it; NULL when the service is
 * known to have none. */
static char *
set_sum (S3Client *client, const CloudBody *body, S3Call *call, CloudPair *header)
{
  if (s3_client_sums (client) == S3_SUMS_LACKING)
    return NULL;
  char *text = cr_crc64_base64_be (body->crc64);
  *header = (CloudPair){ S3_CRC64_HEADER, text };
  call->header_count++;
  call->crc64 = text;
  call->summed = TRUE;
  return text;
}

/* BODY into CALL, and what it is signed with; DIGEST owns that. */
static gboolean
set_body (S3Client *client, S3Call *call, const CloudBody *body, char **digest, GError **error)
{
  if (body->read != NULL && body->length > 0) {
    call->source = body->read;
    call->source_data = body->data;
    call->source_length = body->length;
  } else {
    call->body = body->bytes;
  }
  if (call->crc64 != NULL && s3_client_sums (client) == S3_SUMS_PROVEN) {
    call->sha256 = CLOUD_UNSIGNED_PAYLOAD;
    return TRUE;
  }
  if (body->sha256 != NULL)
    call->sha256 = *digest = cr_hex (body->sha256, SHA256_BYTES);
  if (call->sha256 != NULL || call->source == NULL)
    return TRUE;
  /* Another thread has just learnt that the service cannot be relied on. */
  cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                "%s has to be sent with another checksum.", call->key);
  return FALSE;
}

static gboolean
is_unsigned (const S3Call *call)
{
  return g_strcmp0 (call->sha256, CLOUD_UNSIGNED_PAYLOAD) == 0;
}

/* What a good answer tells of the service. FALSE when nobody vouches for the body. */
static gboolean
learn (S3Client *client, CloudTry *try, const S3Call *call, const HttpResponse *response, GError **error)
{
  const char *repeated = http_response_header (response, S3_CRC64_HEADER);
  if (call->crc64 == NULL)
    return TRUE;
  if (g_strcmp0 (repeated, call->crc64) == 0) {
    s3_client_set_sums (client, S3_SUMS_PROVEN);
    return TRUE;
  }
  if (repeated != NULL || is_unsigned (call))
    s3_client_set_sums (client, S3_SUMS_LACKING);
  if (!is_unsigned (call))
    return TRUE;
  try->may_succeed = TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                "The storage did not say that what it got of %s is what was sent.", call->key);
  return FALSE;
}

/* Was CALL refused because of its checksums? Then it may be repeated without, as all further calls are. The
 * signature seems wrong where somebody on the way removes headers that he does not know, and the policy of a
 * bucket may want signed bodies (condition key s3:x-amz-content-sha256). */
static void
learn_refusal (S3Client *client, CloudTry *try, const S3Call *call, const GError *refusal)
{
  static const char *const codes[] = { "InvalidRequest", "InvalidArgument", "NotImplemented",
                                       "SignatureDoesNotMatch" };
  static const char *const unsigned_codes[] = { "AccessDenied", "XAmzContentSHA256Mismatch" };
  gboolean because = try->status == 501;
  if (!call->summed)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    because |= cr_error_is_remote (refusal, codes[i]);
  for (gsize i = 0; is_unsigned (call) && i < G_N_ELEMENTS (unsigned_codes); i++)
    because |= cr_error_is_remote (refusal, unsigned_codes[i]);
  if (!because)
    return;
  s3_client_set_sums (client, S3_SUMS_LACKING);
  try->may_succeed = TRUE;
}

/* --- calls ---------------------------------------------------------------------------------------------- */

/* One call that must be 2xx; TRY is filled. */
static HttpResponse *
call_once (S3Client *client, CloudTry *try, S3Call *call, const CloudBody *body, GError **error)
{
  g_autofree char *digest = NULL;
  call->once = TRUE;
  if (body != NULL && !set_body (client, call, body, &digest, error))
    return NULL;
  g_autoptr (HttpResponse) response = s3_send (client, try->job, call, error);
  cloud_try_take (try, response);
  if (response == NULL)
    return NULL;
  gboolean good = response->status >= 200 && response->status < 300;
  /* Completing an upload can fail after the status went out. */
  gsize length = 0;
  const char *text = g_bytes_get_data (response->body, &length);
  if (good && (length == 0 || g_strstr_len (text, (gssize) MIN (length, 512), "<Error>") == NULL))
    return learn (client, try, call, response, error) ? g_steal_pointer (&response) : NULL;
  if (good)
    try->status = 500; /* what it would have been */
  g_autoptr (GError) refusal = NULL;
  s3_set_error (&refusal, call, response);
  learn_refusal (client, try, call, refusal);
  g_propagate_error (error, g_steal_pointer (&refusal));
  return NULL;
}

static gboolean
put_whole (gpointer client, CloudTry *try, const char *bucket, const char *name, const CloudBody *body,
           const CloudMarks *marks, GError **error)
{
  CloudPair headers[2] = { { S3_SEAL_HEADER, marks->seal } };
  S3Call call = { .method = "PUT",
                  .bucket = bucket,
                  .key = name,
                  .headers = headers,
                  .header_count = marks->seal != NULL ? 1 : 0,
                  .content_type = marks->type };
  g_autofree char *sum = set_sum (client, body, &call, &headers[call.header_count]);
  g_autoptr (HttpResponse) response = call_once (client, try, &call, body, error);
  return response != NULL;
}

static void abandon (gpointer client, const char *bucket, const char *upload, const char *name);

/* The upload that RESPONSE names, with what was agreed on. Gives; NULL when it is no good. */
static char *
agreed (S3Client *client, CloudTry *try, const S3Call *call, const HttpResponse *response, GError **error)
{
  g_autofree char *id = s3_xml_text (response->body, "InitiateMultipartUploadResult/UploadId");
  const char *algorithm = call->summed ? http_response_header (response, ALGORITHM_HEADER) : NULL;
  if (id == NULL) {
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage named no upload for %s.", call->key);
    return NULL;
  }
  if (algorithm == NULL)
    return g_steal_pointer (&id);
  if (g_ascii_strcasecmp (algorithm, ALGORITHM) == 0
      && g_strcmp0 (http_response_header (response, S3_SUM_TYPE_HEADER), S3_SUM_WHOLE) == 0)
    return g_strconcat (SUMMED_UPLOAD, id, NULL); /* a promise; only parts prove it */
  /* Checksums of another kind, which its parts would have to have. */
  abandon (client, call->bucket, id, call->key);
  s3_client_set_sums (client, S3_SUMS_LACKING);
  try->may_succeed = TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                "The storage wants other checksums of %s than it was offered.", call->key);
  return NULL;
}

static char *
begin (gpointer client, CloudTry *try, const char *bucket, const char *name, const CloudMarks *marks,
       GError **error)
{
  const CloudPair query[] = { { "uploads", "" } };
  gboolean summed = s3_client_sums (client) != S3_SUMS_LACKING;
  const CloudPair headers[] = { { ALGORITHM_HEADER, ALGORITHM },
                                { S3_SUM_TYPE_HEADER, S3_SUM_WHOLE },
                                { S3_SEAL_HEADER, marks->seal } };
  S3Call call = { .method = "POST",
                  .bucket = bucket,
                  .key = name,
                  .query = query,
                  .query_count = G_N_ELEMENTS (query),
                  .summed = summed,
                  .headers = summed ? headers : &headers[2],
                  .header_count = (summed ? 2 : 0) + (marks->seal != NULL ? 1 : 0),
                  .content_type = marks->type };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, NULL, error);
  return response != NULL ? agreed (client, try, &call, response, error) : NULL;
}

static char *
put_block (gpointer client, CloudTry *try, const char *bucket, const char *upload, const char *name,
           guint index, const CloudBody *body, GError **error)
{
  gboolean summed = FALSE;
  g_autofree char *number = g_strdup_printf ("%u", index + 1);
  const CloudPair query[] = { { "partNumber", number }, { "uploadId", id_of (upload, &summed) } };
  CloudPair header = { 0 };
  S3Call call = { .method = "PUT",
                  .bucket = bucket,
                  .key = name,
                  .query = query,
                  .query_count = G_N_ELEMENTS (query),
                  .headers = &header };
  g_autofree char *sum = summed ? set_sum (client, body, &call, &header) : NULL;
  g_autoptr (HttpResponse) response = call_once (client, try, &call, body, error);
  const char *etag = response != NULL ? http_response_header (response, "etag") : NULL;
  if (response != NULL && etag == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage gave no tag for part %u of %s.", index + 1, name);
  return g_strdup (etag);
}

/* The checksum of the whole goes along, so that the service compares what it has joined; those of the parts
 * need not be listed for that. */
static gboolean
commit (gpointer client, CloudTry *try, const char *bucket, const char *upload, const char *name,
        const char *const *tags, guint count, const CloudMarks *marks, GError **error)
{
  gboolean summed = FALSE;
  g_autoptr (GString) xml = g_string_new ("<CompleteMultipartUpload>");
  for (guint i = 0; i < count; i++) {
    g_autofree char *tag = g_markup_escape_text (tags[i], -1);
    g_string_append_printf (xml, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", i + 1, tag);
  }
  g_string_append (xml, "</CompleteMultipartUpload>");
  g_autoptr (GBytes) bytes = g_bytes_new (xml->str, xml->len);
  const CloudPair query[] = { { "uploadId", id_of (upload, &summed) } };
  g_autofree char *sum = cr_crc64_base64_be (marks->crc64);
  const CloudPair headers[] = { { S3_CRC64_HEADER, sum }, { S3_SUM_TYPE_HEADER, S3_SUM_WHOLE } };
  summed = summed && s3_client_sums (client) != S3_SUMS_LACKING;
  S3Call call = { .method = "POST",
                  .bucket = bucket,
                  .key = name,
                  .query = query,
                  .query_count = G_N_ELEMENTS (query),
                  .body = bytes,
                  .summed = summed,
                  .headers = headers,
                  .header_count = summed ? G_N_ELEMENTS (headers) : 0,
                  .content_type = "application/xml" };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, NULL, error);
  if (response == NULL && error != NULL && cr_error_is_remote (*error, "BadDigest"))
    try->may_succeed = FALSE; /* the parts are what they are */
  return response != NULL;
}

/* Parts of an upload that nobody completes would be paid for. */
static void
abandon (gpointer client, const char *bucket, const char *upload, const char *name)
{
  gboolean summed = FALSE;
  const CloudPair query[] = { { "uploadId", id_of (upload, &summed) } };
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
                                             .marks_at_begin = TRUE,
                                             .wants_sha256 = wants_sha256,
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
