/* SPDX-License-Identifier: MIT
 * Other ways to sign for S3, against published vectors and the service of the sandbox: presigned addresses,
 * bodies in pieces with checksums behind them. Copies, lists of uploads, buckets in the name of the host.
 */
#include "cloud-harness.h"

#include "base/crc64.h"
#include "base/error.h"
#include "cloud/s3.h"
#include "cloud/sign.h"
#include "cloud/store.h"

/* "Signature calculations for the Authorization header: transferring payload in multiple chunks", the
 * example. */
static void
test_chunk_vectors (void)
{
  static const char scope[] = "20130524/us-east-1/s3/aws4_request";
  static const char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  static const struct {
    gsize length;
    const char *signature;
  } chunks[] = { { 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648" },
                 { 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497" },
                 { 0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" } };
  g_autofree char *data = g_malloc (65536);
  memset (data, 'a', 65536);
  const char *previous = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    g_autofree char *digest = cr_sha256_hex (data, chunks[i].length);
    g_autofree char *text = g_strdup_printf ("AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n%s\n%s\n%s\n%s",
                                             scope, previous, CLOUD_EMPTY_SHA256, digest);
    g_autofree char *made = cloud_aws_sign_text (scope, secret, text);
    g_assert_cmpstr (made, ==, chunks[i].signature);
    previous = chunks[i].signature;
  }
}

/* "Authenticating requests: using query parameters", the example. */
static void
test_presigned_vector (void)
{
  const CloudPair query[] = { { "X-Amz-Algorithm", "AWS4-HMAC-SHA256" },
                              { "X-Amz-Credential",
                                "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request" },
                              { "X-Amz-Date", "20130524T000000Z" },
                              { "X-Amz-Expires", "86400" },
                              { "X-Amz-SignedHeaders", "host" } };
  const CloudAwsKey key = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };
  const CloudAwsRequest request = { .method = "GET",
                                    .host = "examplebucket.s3.amazonaws.com",
                                    .path = "/test.txt",
                                    .query = query,
                                    .query_count = G_N_ELEMENTS (query),
                                    .payload_sha256 = CLOUD_UNSIGNED_PAYLOAD,
                                    .region = "us-east-1",
                                    .service = "s3",
                                    .when = 1369353600,
                                    .in_query = TRUE };
  g_auto (CloudAwsSignature) signature = { 0 };
  cloud_aws_sign (&request, &key, &signature);
  g_assert_true (g_str_has_suffix (signature.authorization,
                                   "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

typedef struct {
  Cloud *cloud;
  char *id, *secret, *host;
  S3Client *client;
} Fixture;

static Fixture *
fixture_new (void)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (NULL, NULL);
  g_autoptr (HttpResponse) response = cloud_send (f->cloud, "POST", "s3", "/local/users", NULL, NULL,
                                                  "application/json", "{\"name\":\"woodgrove\"}");
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  f->id = g_strdup (cr_json_peek_string (answer, "accessKeyId"));
  f->secret = g_strdup (cr_json_peek_string (answer, "secretAccessKey"));
  const char *url = sandbox_url (f->cloud->sandbox, "s3");
  f->host = g_strdup (url + strlen ("https://"));
  const S3Credentials credentials = { f->id, f->secret, NULL };
  f->client = s3_client_new (f->cloud->http, url, "us-west-1", &credentials);
  g_assert_true (s3_bucket_create (f->client, NULL, "bucket-one", NULL));
  return f;
}

static void
fixture_free (Fixture *f)
{
  s3_client_free (f->client);
  cloud_close (f->cloud);
  g_free (f->id);
  g_free (f->secret);
  g_free (f->host);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static char *
code_of (const HttpResponse *response)
{
  g_autofree char *text = cloud_text (response);
  const char *start = text != NULL ? strstr (text, "<Code>") : NULL;
  return start != NULL ? g_strndup (start + 6, strcspn (start + 6, "<")) : NULL;
}

static void
check (HttpResponse *response, guint status, const char *code)
{
  g_autofree char *seen = code_of (response);
  g_assert_cmpstr (seen, ==, code);
  g_assert_cmpuint (response->status, ==, status);
  http_response_free (response);
}

/* Signed with the key of F; EXTRA are x-amz-* headers and others that are signed, at most four. */
static HttpResponse *
send_signed (Fixture *f, const char *method, const char *host, const char *path, const CloudPair *query,
             guint query_count, const CloudPair *extra, guint extra_count, const char *payload, GBytes *body,
             char **signature_made)
{
  const CloudAwsKey key = { f->id, f->secret, NULL };
  gsize length = 0;
  const void *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autofree char *digest = payload != NULL ? g_strdup (payload)
                                            : cr_sha256_hex (data != NULL ? data : "", length);
  const CloudAwsRequest wanted = { .method = method,
                                   .host = host,
                                   .path = path,
                                   .query = query,
                                   .query_count = query_count,
                                   .headers = extra,
                                   .header_count = extra_count,
                                   .payload_sha256 = digest,
                                   .region = "us-west-1",
                                   .service = "s3",
                                   .when = cr_now_seconds () };
  g_auto (CloudAwsSignature) signature = { 0 };
  cloud_aws_sign (&wanted, &key, &signature);
  const char *headers[20] = { "Authorization",
                              signature.authorization,
                              "x-amz-date",
                              signature.date,
                              "x-amz-content-sha256",
                              digest,
                              "Host",
                              host };
  guint count = 8;
  for (guint i = 0; i < extra_count; i++) {
    headers[count++] = extra[i].name;
    headers[count++] = extra[i].value;
  }
  if (signature_made != NULL)
    *signature_made = g_strdup (strstr (signature.authorization, "Signature=") + strlen ("Signature="));
  g_autofree char *url = g_strdup_printf ("https://%s%s", f->host, signature.target);
  HttpRequest request = {
    .method = method, .url = url, .headers = headers, .body = body, .retry = HTTP_RETRY_NEVER
  };
  g_autoptr (GError) error = NULL;
  HttpResponse *response = http_send (NULL, f->cloud->http, &request, &error);
  g_assert_no_error (error);
  return response;
}

static void
assert_object (Fixture *f, const char *key, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = s3_get (f->client, NULL, "bucket-one", key, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

static void
put (Fixture *f, const char *key, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_assert_true (s3_put (f->client, NULL, "bucket-one", key, bytes, "text/plain", &error));
  g_assert_no_error (error);
}

/* An address for KEY, signed WHEN for SECONDS. Gives path and query. */
static char *
presign (Fixture *f, const char *key, gint64 when, const char *seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (when);
  g_autofree char *date = g_date_time_format (time, "%Y%m%dT%H%M%SZ");
  g_autofree char *credential = g_strdup_printf ("%s/%.8s/us-west-1/s3/aws4_request", f->id, date);
  g_autofree char *path = g_strdup_printf ("/bucket-one/%s", key);
  const CloudPair query[] = { { "X-Amz-Algorithm", "AWS4-HMAC-SHA256" },
                              { "X-Amz-Credential", credential },
                              { "X-Amz-Date", date },
                              { "X-Amz-Expires", seconds },
                              { "X-Amz-SignedHeaders", "host" } };
  const CloudAwsKey secret = { f->id, f->secret, NULL };
  const CloudAwsRequest request = { .method = "GET",
                                    .host = f->host,
                                    .path = path,
                                    .query = query,
                                    .query_count = G_N_ELEMENTS (query),
                                    .payload_sha256 = CLOUD_UNSIGNED_PAYLOAD,
                                    .region = "us-west-1",
                                    .service = "s3",
                                    .when = when,
                                    .in_query = TRUE };
  g_auto (CloudAwsSignature) signature = { 0 };
  cloud_aws_sign (&request, &secret, &signature);
  return g_strdup_printf ("%s&X-Amz-Signature=%s", signature.target,
                          strstr (signature.authorization, "Signature=") + strlen ("Signature="));
}

static HttpResponse *
get_plain (Fixture *f, const char *target)
{
  return cloud_send (f->cloud, "GET", "s3", target, NULL, NULL, NULL, NULL);
}

static void
test_presigned (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  gint64 now = cr_now_seconds ();
  put (f, "a b", "content");
  g_autofree char *good = presign (f, "a b", now, "60");
  g_autoptr (HttpResponse) read = get_plain (f, good);
  g_autofree char *text = cloud_text (read);
  g_assert_cmpstr (text, ==, "content");
  g_autofree char *changed = g_strconcat (good, "0", NULL);
  check (get_plain (f, changed), 403, "AccessDenied");
  g_autofree char *other = g_strdup_printf ("/bucket-one/b%s", strchr (good, '?'));
  check (get_plain (f, other), 403, "SignatureDoesNotMatch");
  g_autofree char *over = presign (f, "a b", now - 100, "60");
  check (get_plain (f, over), 403, "AccessDenied");
  g_autofree char *early = presign (f, "a b", now + 3600, "60");
  check (get_plain (f, early), 403, "RequestTimeTooSkewed");
  g_autofree char *forever = presign (f, "a b", now, "604801");
  check (get_plain (f, forever), 403, "AccessDenied");
}

/* TEXT in pieces of five bytes, without signatures, SUM behind it. Gives. */
static GBytes *
in_pieces (const char *text, const char *trailer)
{
  GString *out = g_string_new (NULL);
  for (gsize at = 0, length = strlen (text); at < length; at += 5)
    g_string_append_printf (out, "%x\r\n%.5s\r\n", (guint) MIN (5, length - at), text + at);
  g_string_append_printf (out, "0\r\n%s\r\n\r\n", trailer);
  return g_string_free_to_bytes (out);
}

static HttpResponse *
put_pieces (Fixture *f, const char *key, const char *text, const char *trailer, const char *length)
{
  g_autoptr (GBytes) body = in_pieces (text, trailer);
  g_autofree char *path = g_strdup_printf ("/bucket-one/%s", key);
  const CloudPair extra[] = { { "content-encoding", "aws-chunked" },
                              { "x-amz-decoded-content-length", length },
                              { "x-amz-trailer", "x-amz-checksum-crc64nvme" } };
  return send_signed (f, "PUT", f->host, path, NULL, 0, extra, 3, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", body,
                      NULL);
}

static void
test_unsigned_pieces (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  static const char text[] = "twelve bytes";
  guint64 crc = GUINT64_TO_BE (cr_crc64 (0, text, strlen (text)));
  g_autofree char *sum = cr_base64 (&crc, sizeof crc);
  g_autofree char *trailer = g_strdup_printf ("x-amz-checksum-crc64nvme:%s", sum);
  g_autoptr (HttpResponse) response = put_pieces (f, "a", text, trailer, "12");
  g_assert_cmpuint (response->status, ==, 200);
  g_assert_cmpstr (http_response_header (response, "x-amz-checksum-crc64nvme"), ==, sum);
  assert_object (f, "a", text);
  check (put_pieces (f, "b", text, "x-amz-checksum-crc64nvme:AAAAAAAAAAA=", "12"), 400, "BadDigest");
  check (put_pieces (f, "b", text, "x-amz-checksum-crc32:qaPI5Q==", "12"), 400, "BadDigest");
  check (put_pieces (f, "b", text, trailer, "11"), 400, "IncompleteBody");
  check (put_pieces (f, "b", text, "no colon", "12"), 403, "SignatureDoesNotMatch");
  g_autoptr (GError) error = NULL;
  g_assert_null (s3_get (f->client, NULL, "bucket-one", "b", 100, &error));
  g_assert_true (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND));
}

/* Each piece signed over the one before; the seed is only known once the request is signed, so the client
 * signs twice here: once to learn it, once to send. */
static HttpResponse *
put_signed_pieces (Fixture *f, const char *spoil)
{
  static const char text[] = "twelve bytes";
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (cr_now_seconds ());
  g_autofree char *date = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *scope = g_strdup_printf ("%.8s/us-west-1/s3/aws4_request", date);
  const CloudPair extra[] = { { "x-amz-decoded-content-length", "12" } };
  const CloudAwsKey key = { f->id, f->secret, NULL };
  const CloudAwsRequest wanted = { .method = "PUT",
                                   .host = f->host,
                                   .path = "/bucket-one/c",
                                   .headers = extra,
                                   .header_count = 1,
                                   .payload_sha256 = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                   .region = "us-west-1",
                                   .service = "s3",
                                   .when = g_date_time_to_unix (now) };
  g_auto (CloudAwsSignature) signature = { 0 };
  cloud_aws_sign (&wanted, &key, &signature);
  g_autofree char *previous = g_strdup (strstr (signature.authorization, "Signature=") + 10);
  g_autoptr (GString) body = g_string_new (NULL);
  for (guint i = 0; i < 3; i++) {
    gsize length = i == 2 ? 0 : 6;
    g_autofree char *digest = cr_sha256_hex (text + i * 6, length);
    g_autofree char *to_sign = g_strdup_printf ("AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s\n%s\n%s\n%s", date, scope,
                                                previous, CLOUD_EMPTY_SHA256, digest);
    g_free (previous);
    previous = cloud_aws_sign_text (scope, f->secret, to_sign);
    g_string_append_printf (body, "%x;chunk-signature=%s\r\n", (guint) length, previous);
    g_string_append_len (body, text + i * 6, (gssize) length);
    g_string_append (body, "\r\n");
  }
  if (spoil != NULL)
    memcpy (strstr (body->str, spoil), "XXX", 3);
  g_autoptr (GBytes) bytes = g_bytes_new (body->str, body->len);
  const char *headers[] = {
    "Authorization",       signature.authorization,        "x-amz-date", date, "x-amz-content-sha256",
    wanted.payload_sha256, "x-amz-decoded-content-length", "12",         NULL
  };
  g_autofree char *url = g_strdup_printf ("https://%s/bucket-one/c", f->host);
  HttpRequest request = {
    .method = "PUT", .url = url, .headers = headers, .body = bytes, .retry = HTTP_RETRY_NEVER
  };
  HttpResponse *response = http_send (NULL, f->cloud->http, &request, NULL);
  g_assert_nonnull (response);
  return response;
}

static void
test_signed_pieces (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  check (put_signed_pieces (f, "twelve"), 403, "SignatureDoesNotMatch");
  check (put_signed_pieces (f, " bytes"), 403, "SignatureDoesNotMatch");
  check (put_signed_pieces (f, "chunk-sig"), 403, "SignatureDoesNotMatch");
  check (put_signed_pieces (f, NULL), 200, NULL);
  assert_object (f, "c", "twelve bytes");
}

static void
test_copies (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  put (f, "from here", "content");
  const CloudPair source[] = { { "x-amz-copy-source", "/bucket-one/from%20here" } };
  check (send_signed (f, "PUT", f->host, "/bucket-one/to", NULL, 0, source, 1, NULL, NULL, NULL), 200, NULL);
  assert_object (f, "to", "content");
  const CloudPair absent[] = { { "x-amz-copy-source", "bucket-one/nothing" } };
  check (send_signed (f, "PUT", f->host, "/bucket-one/to", NULL, 0, absent, 1, NULL, NULL, NULL), 404,
         "NoSuchKey");
  const CloudPair elsewhere[] = { { "x-amz-copy-source", "bucket-two/x" } };
  check (send_signed (f, "PUT", f->host, "/bucket-one/to", NULL, 0, elsewhere, 1, NULL, NULL, NULL), 404,
         "NoSuchBucket");
  const CloudPair nonsense[] = { { "x-amz-copy-source", "x" } };
  check (send_signed (f, "PUT", f->host, "/bucket-one/to", NULL, 0, nonsense, 1, NULL, NULL, NULL), 400,
         "InvalidArgument");
  assert_object (f, "to", "content");
}

/* The service keeps a checksum of whole objects, also of those that came in parts. */
static void
test_checksums (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  gsize length = 5 * 1024 * 1024;
  char *data = g_malloc (length);
  memset (data, 'a', length);
  g_autoptr (GBytes) first = g_bytes_new_take (data, length), second = g_bytes_new_static ("the end", 7);
  g_autoptr (CloudStore) store = cloud_store_s3 (f->client, "bucket-one");
  CloudTry try = { 0 };
  const CloudMarks begun = { .type = "text/plain", .seal = "0123abcd" };
  g_autofree char *upload = cloud_store_begin (store, &try, "parts", &begun, &error);
  g_assert_no_error (error);
  GBytes *const parts[] = { first, second };
  g_auto (GStrv) tags = g_new0 (char *, 3);
  guint64 crc = 0;
  for (guint i = 0; i < 2; i++) {
    guint8 digest[32];
    cr_sha256 (g_bytes_get_data (parts[i], NULL), g_bytes_get_size (parts[i]), digest);
    const CloudBody body = { .bytes = parts[i],
                             .length = g_bytes_get_size (parts[i]),
                             .crc64 = cr_crc64 (0, g_bytes_get_data (parts[i], NULL),
                                                g_bytes_get_size (parts[i])),
                             .sha256 = digest };
    tags[i] = cloud_store_put_block (store, &try, upload, "parts", i, &body, &error);
    g_assert_no_error (error);
    crc = cr_crc64 (crc, g_bytes_get_data (parts[i], NULL), g_bytes_get_size (parts[i]));
  }
  const CloudMarks marks = { .type = "text/plain", .crc64 = crc };
  g_assert_true (
      cloud_store_commit (store, &try, upload, "parts", (const char *const *) tags, 2, &marks, &error));
  g_assert_no_error (error);
  g_autoptr (BlobItem) item = s3_head (f->client, NULL, "bucket-one", "parts", &error);
  g_autofree char *expected = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", crc);
  g_assert_cmpstr (item->seal, ==, begun.seal);
  g_assert_cmpstr (item->crc64, ==, expected);
  put (f, "whole", "the end");
  g_autoptr (BlobItem) whole = s3_head (f->client, NULL, "bucket-one", "whole", &error);
  g_autofree char *sum = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", cr_crc64 (0, "the end", 7));
  g_assert_cmpstr (whole->crc64, ==, sum);
}

/* The kind of checksums that an upload is begun with, and parts and ends that do not fit it. */
static const struct {
  const char *algorithm, *type; /* of the beginning; NULL = not said */
  const char *kind;             /* what is agreed on; NULL = refused, "" = nothing */
  const char *part;             /* the header of a part; NULL = none */
  const char *part_sum;
  guint part_status;
  const char *end, *end_sum, *end_code; /* of the completion; "type" = only its type */
} sum_kinds[] = {
  { NULL, NULL, "", NULL, NULL, 200, NULL, NULL, NULL },
  { NULL, NULL, "", "crc64nvme", "Lb1nAmRU5LE=", 200, NULL, NULL, NULL },
  { NULL, NULL, "", "crc32", "AAAAAA==", 400, NULL, NULL, NULL },
  { NULL, NULL, "", NULL, NULL, 200, "crc64nvme", "Lb1nAmRU5LE=", "InvalidRequest" },
  { NULL, NULL, "", NULL, NULL, 200, "type", "FULL_OBJECT", "InvalidRequest" },
  { NULL, "FULL_OBJECT", NULL, NULL, NULL, 0, NULL, NULL, NULL },
  { "crc64nvme", NULL, "CRC64NVME FULL_OBJECT", NULL, NULL, 200, "crc64nvme", "Lb1nAmRU5LE=", NULL },
  { "CRC64NVME", "FULL_OBJECT", "CRC64NVME FULL_OBJECT", "crc64nvme", "Lb1nAmRU5LE=", 200, "crc64nvme",
    "AAAAAAAAAAA=", "BadDigest" },
  { "CRC64NVME", "FULL_OBJECT", "CRC64NVME FULL_OBJECT", "crc64nvme", "AAAAAAAAAAA=", 400, NULL, NULL, NULL },
  { "CRC64NVME", "FULL_OBJECT", "CRC64NVME FULL_OBJECT", "crc64nvme", "AAAA", 400, NULL, NULL, NULL },
  { "CRC64NVME", "FULL_OBJECT", "CRC64NVME FULL_OBJECT", "crc32", "jNwWgw==", 400, NULL, NULL, NULL },
  { "CRC64NVME", "FULL_OBJECT", "CRC64NVME FULL_OBJECT", NULL, NULL, 200, "type", "COMPOSITE",
    "InvalidRequest" },
  { "CRC64NVME", "COMPOSITE", NULL, NULL, NULL, 0, NULL, NULL, NULL },
  { "CRC64NVME", "SOMETHING", NULL, NULL, NULL, 0, NULL, NULL, NULL },
  { "SHA256", "FULL_OBJECT", NULL, NULL, NULL, 0, NULL, NULL, NULL },
  { "MD4", NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL },
  { "CRC32", NULL, "CRC32 COMPOSITE", "crc32", "jNwWgw==", 200, "type", "COMPOSITE", NULL },
  { "CRC32", NULL, "CRC32 COMPOSITE", NULL, NULL, 400, NULL, NULL, NULL },
  { "CRC32", "FULL_OBJECT", "CRC32 FULL_OBJECT", NULL, NULL, 200, "crc32", "jNwWgw==", "NotImplemented" },
  { "CRC32", "FULL_OBJECT", "CRC32 FULL_OBJECT", NULL, NULL, 200, "crc64nvme",
    "Lb1nAmRU5LE=", "InvalidRequest" },
};

/* NAME ("crc32", "type") and VALUE as a header of checksums; none with NAME NULL. */
static guint
sum_header (const char *name, const char *value, char **owned, CloudPair *header)
{
  *owned = name != NULL ? g_strconcat ("x-amz-checksum-", name, NULL) : NULL;
  *header = (CloudPair){ *owned, value };
  return name != NULL ? 1 : 0;
}

static void
test_sum_kinds (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  for (guint i = 0; i < G_N_ELEMENTS (sum_kinds); i++) {
    const CloudPair uploads[] = { { "uploads", "" } };
    const CloudPair kind[] = { { "x-amz-checksum-type", sum_kinds[i].type },
                               { "x-amz-checksum-algorithm", sum_kinds[i].algorithm } };
    guint from = sum_kinds[i].type != NULL ? 0 : 1, to = sum_kinds[i].algorithm != NULL ? 2 : 1;
    g_test_message ("row %u", i);
    g_autoptr (HttpResponse) begun = send_signed (f, "POST", f->host, "/bucket-one/k", uploads, 1,
                                                  &kind[from], to - from, NULL, NULL, NULL);
    g_assert_cmpuint (begun->status, ==, sum_kinds[i].kind != NULL ? 200 : 400);
    if (sum_kinds[i].kind == NULL)
      continue;
    const char *algorithm = http_response_header (begun, "x-amz-checksum-algorithm");
    g_autofree char *agreed = g_strjoin (" ", algorithm != NULL ? algorithm : "",
                                         http_response_header (begun, "x-amz-checksum-type"), NULL);
    g_assert_cmpstr (agreed, ==, sum_kinds[i].kind);
    g_autofree char *text = cloud_text (begun), *owned = NULL, *owned_end = NULL;
    g_autofree char *id = g_strndup (strstr (text, "<UploadId>") + 10, 64);
    id[strcspn (id, "<")] = '\0';
    const CloudPair query[] = { { "partNumber", "1" }, { "uploadId", id } };
    CloudPair header = { 0 };
    guint count = sum_header (sum_kinds[i].part, sum_kinds[i].part_sum, &owned, &header);
    g_autoptr (HttpResponse) part = send_signed (f, "PUT", f->host, "/bucket-one/k", query, 2, &header, count,
                                                 "UNSIGNED-PAYLOAD", body, NULL);
    g_assert_cmpuint (part->status, ==, sum_kinds[i].part_status);
    if (part->status != 200)
      continue;
    g_assert_cmpstr (http_response_header (part, owned != NULL ? owned : "x-amz-checksum-crc64nvme"), ==,
                     sum_kinds[i].part_sum);
    g_autofree char *xml = g_strdup_printf ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                                            "<ETag>%s</ETag></Part></CompleteMultipartUpload>",
                                            http_response_header (part, "etag"));
    g_autoptr (GBytes) list = g_bytes_new (xml, strlen (xml));
    count = sum_header (sum_kinds[i].end, sum_kinds[i].end_sum, &owned_end, &header);
    g_autoptr (HttpResponse) end = send_signed (f, "POST", f->host, "/bucket-one/k", &query[1], 1, &header,
                                                count, NULL, list, NULL);
    g_autofree char *code = code_of (end);
    g_assert_cmpstr (code, ==, sum_kinds[i].end_code);
  }
}

/* What is kept beside an object; what is not there is not taken for the object; many removed at once. */
static void
test_others (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  const CloudPair meta[] = { { "x-amz-meta-answer", "42" }, { "cache-control", "no-store" } };
  check (send_signed (f, "PUT", f->host, "/bucket-one/a", NULL, 0, meta, 2, NULL, body, NULL), 200, NULL);
  g_autoptr (HttpResponse) head = send_signed (f, "HEAD", f->host, "/bucket-one/a", NULL, 0, NULL, 0, NULL,
                                               NULL, NULL);
  g_assert_cmpstr (http_response_header (head, "x-amz-meta-answer"), ==, "42");
  g_assert_cmpstr (http_response_header (head, "cache-control"), ==, "no-store");
  static const char *const others[] = { "acl", "policy", "tagging", "versions" };
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    const CloudPair query[] = { { others[i], "" } };
    check (send_signed (f, "PUT", f->host, "/bucket-one/a", query, 1, NULL, 0, NULL, body, NULL), 501,
           "NotImplemented");
    check (send_signed (f, "DELETE", f->host, "/bucket-one", query, 1, NULL, 0, NULL, NULL, NULL), 501,
           "NotImplemented");
  }
  g_autofree char *host = g_strdup_printf ("bucket-one.s3.localhost%s", strchr (f->host, ':'));
  g_autoptr (HttpResponse) by_host = send_signed (f, "GET", host, "/a", NULL, 0, NULL, 0, NULL, NULL, NULL);
  g_autofree char *text = cloud_text (by_host);
  g_assert_cmpstr (text, ==, "x");
  put (f, "b", "y");
  static const char xml[] = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
  g_autoptr (GBytes) doomed = g_bytes_new_static (xml, sizeof xml - 1);
  const CloudPair query[] = { { "delete", "" } };
  check (send_signed (f, "POST", f->host, "/bucket-one", query, 1, NULL, 0, NULL, doomed, NULL), 200, NULL);
  g_autoptr (GPtrArray) left = s3_list (f->client, NULL, "bucket-one", NULL, NULL);
  g_assert_cmpuint (left->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3-signed/chunk-vectors", test_chunk_vectors);
  g_test_add_func ("/s3-signed/presigned-vector", test_presigned_vector);
  g_test_add_func ("/s3-signed/presigned", test_presigned);
  g_test_add_func ("/s3-signed/unsigned-pieces", test_unsigned_pieces);
  g_test_add_func ("/s3-signed/signed-pieces", test_signed_pieces);
  g_test_add_func ("/s3-signed/copies", test_copies);
  g_test_add_func ("/s3-signed/checksums", test_checksums);
  g_test_add_func ("/s3-signed/sum-kinds", test_sum_kinds);
  g_test_add_func ("/s3-signed/others", test_others);
  return g_test_run ();
}
