/* SPDX-License-Identifier: MIT
 * Checksums in the place of signed digests: what the S3 client sends to services that check CRC64NVME, that
 * take no note of it, that refuse it, and that say something else each time. Nothing unverified may ever
 * count.
 */
#include "cloud-harness.h"

#include "base/crc64.h"
#include "base/error.h"
#include "cloud/s3-private.h"
#include "cloud/store.h"
#include "data/transfer.h"

#define PLACE "bucket-one"
#define BLOCK 100u
#define UNSIGNED "UNSIGNED-PAYLOAD"

/* --- a service ------------------------------------------------------------------------------------------ */

typedef enum {
  FAKE_GOOD,            /* checks and repeats, as Amazon does */
  FAKE_SILENT,          /* takes no note of any checksum */
  FAKE_SILENT_AT_BEGIN, /* of those of parts */
  FAKE_PROMISES,        /* agrees to checksums of parts, and takes no note of them (as moto does) */
  FAKE_REFUSES,         /* 400 for every call with a checksum */
  FAKE_CANNOT,          /* 501 */
  FAKE_REMOVES,         /* a stranger on the way takes the headers out, so that the signature is wrong */
  FAKE_WANTS_SIGNED,    /* a policy refuses unsigned payloads */
  FAKE_NONSENSE,        /* repeats another checksum than was sent */
  FAKE_FORGETS,         /* repeats only what was signed */
  FAKE_LIES,            /* agrees to checksums, repeats another one of unsigned payloads */
  FAKE_COMPOSITE,       /* knows none over the whole */
} FakeKind;

/* What was called, one letter each: a body "u"nsigned with its checksum, "s"igned with, "S"igned without; an
 * upload in parts "b"egun with, "B"egun without, "c"ompleted with, "C"ompleted without, "a"borted. */
typedef struct {
  FakeKind kind;
  GMutex lock;
  GString *log;
  GHashTable *parts; /* number -> GBytes, verified */
  GByteArray *whole; /* of the last completed upload */
  gboolean summed;   /* the upload was begun with checksums */
  guint refuse_part; /* this one, for good, with 403 */
  guint bad_wholes;  /* so many are said to be wrong */
} Fake;

static void
fake_fail (SandboxResponse *response, guint status, const char *code)
{
  g_autofree char *xml = g_strdup_printf ("<Error><Code>%s</Code><Message>m</Message></Error>", code);
  sandbox_respond_text (response, status, "application/xml", xml);
}

/* Does somebody vouch for BODY, and what would that be? */
static char
fake_letter (const SandboxRequest *request)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (request->body, &length);
  g_autofree char *digest = cr_sha256_hex (data != NULL ? data : "", length);
  g_autofree char *made = cr_crc64_base64_be (cr_crc64 (0, data, length));
  const char *payload = sandbox_request_header (request, "x-amz-content-sha256");
  const char *crc = sandbox_request_header (request, S3_CRC64_HEADER);
  if (crc != NULL)
    g_assert_cmpstr (crc, ==, made);
  if (strcmp (payload, UNSIGNED) != 0)
    g_assert_cmpstr (payload, ==, digest);
  else
    g_assert_nonnull (crc);
  return strcmp (payload, UNSIGNED) == 0 ? 'u' : crc != NULL ? 's' : 'S';
}

/* TRUE when the call was refused. */
static gboolean
fake_refuses (Fake *fake, const SandboxRequest *request, char letter, gboolean part,
              SandboxResponse *response)
{
  g_autofree char *number = sandbox_request_query (request, "partNumber");
  gboolean summed = strchr ("subc", letter) != NULL;
  if (summed && fake->kind == FAKE_REFUSES)
    fake_fail (response, 400, "InvalidArgument");
  else if (summed && fake->kind == FAKE_CANNOT)
    fake_fail (response, 501, "NotImplemented");
  else if (summed && fake->kind == FAKE_REMOVES)
    fake_fail (response, 403, "SignatureDoesNotMatch");
  else if (letter == 'u' && fake->kind == FAKE_WANTS_SIGNED)
    fake_fail (response, 403, "AccessDenied");
  else if (part && summed && !fake->summed) /* "expected checksum Type: null" */
    fake_fail (response, 400, "InvalidRequest");
  else if (number != NULL && (guint) atoi (number) == fake->refuse_part)
    fake_fail (response, 403, "AccessDenied");
  else
    return FALSE;
  return TRUE;
}

static void
fake_put (Fake *fake, const SandboxRequest *request, SandboxResponse *response)
{
  const char *crc = sandbox_request_header (request, S3_CRC64_HEADER);
  g_autofree char *number = sandbox_request_query (request, "partNumber");
  char letter = fake_letter (request);
  gboolean silent = fake->kind == FAKE_SILENT || fake->kind == FAKE_PROMISES
                    || (fake->kind == FAKE_FORGETS && letter == 'u');
  gboolean wrong = fake->kind == FAKE_NONSENSE || (fake->kind == FAKE_LIES && letter == 'u');
  g_string_append_c (fake->log, letter);
  if (fake_refuses (fake, request, letter, number != NULL, response))
    return;
  if (number != NULL && (letter != 'u' || !(silent || wrong)))
    g_hash_table_insert (fake->parts, GINT_TO_POINTER (atoi (number)), g_bytes_ref (request->body));
  sandbox_respond_empty (response, 200);
  sandbox_respond_header (response, "ETag", "\"0\"");
  if (crc != NULL && !silent)
    sandbox_respond_header (response, S3_CRC64_HEADER, wrong ? "AAAAAAAAAAE=" : crc);
}

static void
fake_begin (Fake *fake, const SandboxRequest *request, SandboxResponse *response)
{
  gboolean asked = sandbox_request_header (request, "x-amz-checksum-algorithm") != NULL;
  g_string_append_c (fake->log, asked ? 'b' : 'B');
  if (fake_refuses (fake, request, asked ? 'b' : 'B', FALSE, response))
    return;
  fake->summed = asked && fake->kind != FAKE_SILENT && fake->kind != FAKE_SILENT_AT_BEGIN;
  sandbox_respond_text (
      response, 200, "application/xml",
      "<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>");
  if (!fake->summed)
    return;
  g_assert_cmpstr (sandbox_request_header (request, S3_SUM_TYPE_HEADER), ==, S3_SUM_WHOLE);
  sandbox_respond_header (response, "x-amz-checksum-algorithm", "CRC64NVME");
  sandbox_respond_header (response, S3_SUM_TYPE_HEADER,
                          fake->kind == FAKE_COMPOSITE ? "COMPOSITE" : S3_SUM_WHOLE);
}

static void
fake_complete (Fake *fake, const SandboxRequest *request, SandboxResponse *response)
{
  const char *crc = sandbox_request_header (request, S3_CRC64_HEADER);
  g_autofree char *id = sandbox_request_query (request, "uploadId");
  g_assert_cmpstr (id, ==, "up");
  g_string_append_c (fake->log, crc != NULL ? 'c' : 'C');
  if (fake_refuses (fake, request, crc != NULL ? 'c' : 'C', FALSE, response))
    return;
  if (fake->bad_wholes > 0) {
    fake->bad_wholes--;
    fake_fail (response, 400, "BadDigest");
    return;
  }
  g_byte_array_set_size (fake->whole, 0);
  for (gint i = 1; g_hash_table_contains (fake->parts, GINT_TO_POINTER (i)); i++) {
    gsize length = 0;
    const guint8 *data = g_bytes_get_data (g_hash_table_lookup (fake->parts, GINT_TO_POINTER (i)), &length);
    g_byte_array_append (fake->whole, data, (guint) length);
  }
  g_hash_table_remove_all (fake->parts);
  g_autofree char *made = cr_crc64_base64_be (cr_crc64 (0, fake->whole->data, fake->whole->len));
  if (crc != NULL)
    g_assert_cmpstr (crc, ==, made);
  sandbox_respond_text (response, 200, "application/xml", "<CompleteMultipartUploadResult/>");
}

static void
fake_answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Fake *fake = sandbox_part (sandbox, "fake");
  g_autofree char *upload = sandbox_request_query (request, "uploadId");
  g_mutex_lock (&fake->lock);
  if (strcmp (request->method, "PUT") == 0)
    fake_put (fake, request, response);
  else if (strcmp (request->method, "POST") == 0 && upload == NULL)
    fake_begin (fake, request, response);
  else if (strcmp (request->method, "POST") == 0)
    fake_complete (fake, request, response);
  else if (strcmp (request->method, "GET") == 0)
    sandbox_respond_text (response, 200, "application/xml", "<ListBucketResult/>");
  else if (strcmp (request->method, "DELETE") == 0) {
    g_assert_cmpstr (upload, ==, "up");
    g_string_append_c (fake->log, 'a');
    sandbox_respond_empty (response, 204);
  } else
    sandbox_respond_empty (response, 404);
  g_mutex_unlock (&fake->lock);
}

/* --- what all tests stand on ---------------------------------------------------------------------------- */

typedef struct {
  Cloud *cloud;
  Fake fake;
  char *id, *secret, *small, *big, *plans;
  GBytes *content; /* of BIG */
} World;

static World *
world_new (void)
{
  World *w = g_new0 (World, 1);
  g_autoptr (GError) error = NULL;
  w->cloud = cloud_open (NULL, NULL);
  g_mutex_init (&w->fake.lock);
  w->fake.log = g_string_new (NULL);
  w->fake.whole = g_byte_array_new ();
  w->fake.parts = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  sandbox_set_part (w->cloud->sandbox, "fake", &w->fake, NULL);
  const SandboxListenerOptions options = { .name = "fake", .fallback = fake_answer, .threads = 4 };
  g_assert_nonnull (sandbox_listen (w->cloud->sandbox, &options, &error));
  g_autoptr (HttpResponse) response = cloud_send (w->cloud, "POST", "s3", "/local/users", NULL, NULL,
                                                  "application/json", "{\"name\":\"woodgrove\"}");
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  w->id = g_strdup (cr_json_peek_string (answer, "accessKeyId"));
  w->secret = g_strdup (cr_json_peek_string (answer, "secretAccessKey"));
  w->small = g_build_filename (w->cloud->folder, "small", NULL);
  w->big = g_build_filename (w->cloud->folder, "big.bin", NULL);
  w->plans = g_build_filename (w->cloud->folder, "plans", NULL);
  guint8 bytes[3 * BLOCK - 7];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 7);
  w->content = g_bytes_new (bytes, sizeof bytes);
  g_assert_true (cr_dir_make (w->small, 0700, NULL));
  for (guint i = 0; i < 3; i++) {
    g_autofree char *path = g_strdup_printf ("%s/%u", w->small, i);
    g_assert_true (cr_file_write (path, bytes, 20 + i, 0600, NULL));
  }
  g_assert_true (cr_file_write (w->big, bytes, sizeof bytes, 0600, NULL));
  return w;
}

static void
world_free (World *w)
{
  cloud_close (w->cloud);
  g_string_free (w->fake.log, TRUE);
  g_byte_array_unref (w->fake.whole);
  g_hash_table_unref (w->fake.parts);
  g_mutex_clear (&w->fake.lock);
  g_bytes_unref (w->content);
  g_free (w->id);
  g_free (w->secret);
  g_free (w->small);
  g_free (w->big);
  g_free (w->plans);
  g_free (w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* "s3" or "fake". */
static S3Client *
client_of (World *w, const char *service)
{
  const S3Credentials credentials = { w->id, w->secret, NULL };
  return s3_client_new (w->cloud->http, sandbox_url (w->cloud->sandbox, service), "us-west-1", &credentials);
}

static void
fake_reset (World *w, FakeKind kind)
{
  w->fake.kind = kind;
  w->fake.refuse_part = 0;
  g_string_truncate (w->fake.log, 0);
  g_hash_table_remove_all (w->fake.parts);
}

static gboolean
upload (S3Client *client, const char *path, guint parallel, const char *plans, GError **error)
{
  const TransferOptions options = {
    .block = BLOCK, .parallel = parallel, .attempts = 3, .first_pause_ms = 1, .plan_folder = plans
  };
  g_autoptr (CloudStore) store = cloud_store_s3 (client, PLACE);
  return transfer_upload (store, NULL, "in/", path, &options, NULL, error);
}

static void
assert_whole (World *w)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (w->content, &length);
  g_assert_cmpmem (w->fake.whole->data, w->fake.whole->len, data, length);
}

/* --- services of every kind ----------------------------------------------------------------------------- */

/* Three files in one piece, then one in three parts; and the latter alone. */
static const struct {
  FakeKind kind;
  const char *small, *big, *alone;
} kinds[] = {
  { FAKE_GOOD, "suu", "buuuc", "bsuuc" },
  { FAKE_SILENT, "sss", "bSSSC", "bSSSC" },
  { FAKE_SILENT_AT_BEGIN, "suu", "bSSSC", "bSSSC" },
  { FAKE_PROMISES, "sss", "bsssc", "bsssc" },
  { FAKE_REFUSES, "sSSS", "BSSSC", "bBSSSC" },
  { FAKE_CANNOT, "sSSS", "BSSSC", "bBSSSC" },
  { FAKE_REMOVES, "sSSS", "BSSSC", "bBSSSC" },
  { FAKE_WANTS_SIGNED, "suSS", "BSSSC", "bsuSSC" },
  { FAKE_NONSENSE, "sSS", "BSSSC", "bsSSC" },
  { FAKE_FORGETS, "suSS", "BSSSC", "bsuSSC" },
  { FAKE_LIES, "suSS", "BSSSC", "bsuSSC" },
  { FAKE_COMPOSITE, "suu", "baBSSSC", "baBSSSC" },
};

static void
test_kinds (void)
{
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (S3Client) client = client_of (w, "fake"), another = client_of (w, "fake");
    g_test_message ("kind %u", kinds[i].kind);
    fake_reset (w, kinds[i].kind);
    g_assert_true (upload (client, w->small, 1, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (w->fake.log->str, ==, kinds[i].small);
    fake_reset (w, kinds[i].kind);
    g_assert_true (upload (client, w->big, 1, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (w->fake.log->str, ==, kinds[i].big);
    assert_whole (w);
    fake_reset (w, kinds[i].kind);
    g_assert_true (upload (another, w->big, 1, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (w->fake.log->str, ==, kinds[i].alone);
    assert_whole (w);
  }
}

/* A service that worked and then does not any more, met by several threads at once: each part that counts was
 * signed or repeated, and nothing is lost. */
static void
test_threads (void)
{
  static const FakeKind later[] = { FAKE_FORGETS, FAKE_LIES, FAKE_WANTS_SIGNED, FAKE_REFUSES };
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *bytes = g_malloc0 (50 * BLOCK);
  for (guint i = 0; i < 50 * BLOCK; i++)
    bytes[i] = (guint8) (i * 13 + i / 256);
  g_bytes_unref (w->content);
  w->content = g_bytes_new (bytes, 50 * BLOCK);
  g_assert_true (cr_file_write (w->big, bytes, 50 * BLOCK, 0600, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (later); i++) {
    g_autoptr (S3Client) client = client_of (w, "fake");
    fake_reset (w, FAKE_GOOD);
    g_assert_true (upload (client, w->small, 1, NULL, &error));
    g_assert_true (s3_client_sums (client) == S3_SUMS_PROVEN);
    fake_reset (w, later[i]);
    g_assert_true (upload (client, w->big, 4, NULL, &error));
    g_assert_no_error (error);
    g_assert_true (s3_client_sums (client) == S3_SUMS_LACKING);
    assert_whole (w);
  }
}

/* What the service has put together is not what was sent: all of it goes up once more. */
static void
test_bad_whole (void)
{
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (S3Client) client = client_of (w, "fake");
  fake_reset (w, FAKE_GOOD);
  w->fake.bad_wholes = 1;
  g_assert_true (upload (client, w->big, 1, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (w->fake.log->str, ==, "bsuucabuuuc");
  assert_whole (w);
  w->fake.bad_wholes = 9;
  g_assert_false (upload (client, w->big, 1, NULL, &error));
  cloud_expect_refused (&error, 400, "BadDigest");
}

/* An upload that another process began goes on the way it was begun, whatever the service does by now. */
static void
test_resumed (void)
{
  static const struct {
    FakeKind first, then;
    const char *begun, *resumed;
  } rows[] = {
    { FAKE_GOOD, FAKE_GOOD, "bsu", "suc" },     { FAKE_SILENT_AT_BEGIN, FAKE_GOOD, "bSS", "SSC" },
    { FAKE_GOOD, FAKE_SILENT, "bsu", "ssc" },   { FAKE_GOOD, FAKE_REFUSES, "bsu", "sSSC" },
    { FAKE_REFUSES, FAKE_GOOD, "bBSS", "SSC" },
  };
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (S3Client) client = client_of (w, "fake"), another = client_of (w, "fake");
    g_test_message ("row %u", i);
    fake_reset (w, rows[i].first);
    w->fake.refuse_part = 2;
    g_assert_false (upload (client, w->big, 1, w->plans, &error));
    cloud_expect_refused (&error, 403, "AccessDenied");
    g_assert_true (g_str_has_prefix (w->fake.log->str, rows[i].begun));
    w->fake.kind = rows[i].then;
    w->fake.refuse_part = 0;
    g_string_truncate (w->fake.log, 0);
    g_assert_true (upload (another, w->big, 1, w->plans, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (w->fake.log->str, ==, rows[i].resumed);
    assert_whole (w);
  }
}

/* --- single calls --------------------------------------------------------------------------------------- */

static gssize
give (guint64 offset, void *buffer, gsize length, gpointer data, GError **error)
{
  (void) error;
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  gsize piece = MIN (length, size - (gsize) offset);
  memcpy (buffer, bytes + offset, piece);
  return (gssize) piece;
}

/* DATA, said to be what SUMMED is; DIGEST NULL = without SHA-256. */
static CloudBody
body_of (GBytes *data, GBytes *summed, guint8 *digest)
{
  gsize length = 0;
  const void *bytes = g_bytes_get_data (summed, &length);
  if (digest != NULL)
    cr_sha256 (bytes, length, digest);
  return (CloudBody){ .read = give,
                      .data = data,
                      .length = g_bytes_get_size (data),
                      .crc64 = cr_crc64 (0, bytes, length),
                      .sha256 = digest };
}

/* Let the service prove that it checks, with a file of its own. */
static void
prove (S3Client *client, CloudStore *store)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = g_bytes_new_static ("x", 1);
  guint8 digest[32];
  CloudTry try = { 0 };
  const CloudMarks marks = { .type = "text/plain" };
  const CloudBody body = body_of (data, data, digest);
  g_assert_true (cloud_store_wants_sha256 (store, NULL));
  g_assert_true (cloud_store_put (store, &try, "proof", &body, &marks, &error));
  g_assert_no_error (error);
  g_assert_true (s3_client_sums (client) == S3_SUMS_PROVEN);
}

/* The proof is lost between the sum and the call. */
static void
test_race (void)
{
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (S3Client) client = client_of (w, "fake");
  g_autoptr (CloudStore) store = cloud_store_s3 (client, PLACE);
  CloudTry try = { 0 };
  const CloudMarks marks = { .type = "text/plain" };
  const CloudBody body = body_of (w->content, w->content, NULL);
  fake_reset (w, FAKE_GOOD);
  prove (client, store);
  g_autofree char *id = cloud_store_begin (store, &try, "a", &marks, &error);
  g_assert_no_error (error);
  g_assert_false (cloud_store_wants_sha256 (store, NULL));
  g_assert_false (cloud_store_wants_sha256 (store, id));
  g_assert_true (cloud_store_wants_sha256 (store, "one that an older version began"));
  g_autofree char *tag = cloud_store_put_block (store, &try, id, "a", 0, &body, &error);
  g_assert_no_error (error);
  s3_client_set_sums (client, S3_SUMS_LACKING);
  s3_client_set_sums (client, S3_SUMS_PROVEN); /* too late */
  g_assert_true (cloud_store_wants_sha256 (store, id));
  g_assert_null (cloud_store_put_block (store, &try, id, "a", 1, &body, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_true (try.may_succeed);
  g_clear_error (&error);
  g_assert_false (cloud_store_put (store, &try, "a", &body, &marks, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_true (try.may_succeed);
  g_assert_cmpstr (w->fake.log->str, ==, "sbu"); /* nothing was sent */
}

/* Bytes that turn over on the way to the sandbox's own service, under an unsigned payload. */
static void
test_damaged (void)
{
  g_autoptr (World) w = world_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (S3Client) client = client_of (w, "s3");
  g_autoptr (CloudStore) store = cloud_store_s3 (client, PLACE);
  g_autoptr (GBytes) damaged = g_bytes_new_from_bytes (w->content, 1, BLOCK);
  g_autoptr (GBytes) right = g_bytes_new_from_bytes (w->content, 0, BLOCK);
  CloudTry try = { 0 };
  CloudMarks marks = { .type = "text/plain" };
  const CloudBody bad = body_of (damaged, right, NULL), good = body_of (right, right, NULL);
  g_assert_true (cloud_store_create (store, NULL, &error));
  prove (client, store);
  g_autofree char *id = cloud_store_begin (store, &try, "parts", &marks, &error);
  g_assert_no_error (error);
  g_assert_null (cloud_store_put_block (store, &try, id, "parts", 0, &bad, &error));
  cloud_expect_refused (&error, 400, "BadDigest");
  g_assert_true (try.may_succeed);
  g_assert_false (cloud_store_put (store, &try, "whole", &bad, &marks, &error));
  cloud_expect_refused (&error, 400, "BadDigest");
  g_assert_true (try.may_succeed);
  g_assert_null (cloud_store_head (store, NULL, "whole", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_autofree char *tag = cloud_store_put_block (store, &try, id, "parts", 0, &good, &error);
  g_assert_no_error (error);
  const char *const tags[] = { tag };
  marks.crc64 = bad.crc64 ^ 1;
  g_assert_false (cloud_store_commit (store, &try, id, "parts", tags, 1, &marks, &error));
  g_assert_true (cloud_store_lost_blocks (error));
  g_assert_false (try.may_succeed);
  cloud_expect_refused (&error, 400, "BadDigest");
  marks.crc64 = good.crc64;
  g_assert_true (cloud_store_commit (store, &try, id, "parts", tags, 1, &marks, &error));
  g_assert_no_error (error);
  g_assert_true (s3_client_sums (client) == S3_SUMS_PROVEN);
  g_autoptr (GBytes) back = s3_get (client, NULL, PLACE, "parts", 1000, &error);
  g_assert_true (g_bytes_equal (back, right));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3-sums/kinds", test_kinds);
  g_test_add_func ("/s3-sums/threads", test_threads);
  g_test_add_func ("/s3-sums/bad-whole", test_bad_whole);
  g_test_add_func ("/s3-sums/resumed", test_resumed);
  g_test_add_func ("/s3-sums/race", test_race);
  g_test_add_func ("/s3-sums/damaged", test_damaged);
  return g_test_run ();
}
