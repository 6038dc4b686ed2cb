/* SPDX-License-Identifier: MIT
 * S3: the client of the program against the service of the sandbox; refusals that the real service makes.
 */
#include "cloud-harness.h"

#include "base/error.h"
#include "cloud/s3-private.h"
#include "cloud/sign.h"
#include "data/transfer.h"
#include "hostile-server.h"

typedef struct {
  Cloud *cloud;
  char *id, *secret, *other_id, *other_secret;
  S3Client *mine, *other;
} Fixture;

static void
make_user (Fixture *f, const char *name, char **id, char **secret)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\"}", name);
  g_autoptr (HttpResponse) response = cloud_send (f->cloud, "POST", "s3", "/local/users", NULL, NULL,
                                                  "application/json", body);
  g_assert_cmpuint (response->status, ==, 201);
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  *id = g_strdup (cr_json_peek_string (answer, "accessKeyId"));
  *secret = g_strdup (cr_json_peek_string (answer, "secretAccessKey"));
  g_assert_true (s3_check_credentials (*id, *secret, NULL));
}

static S3Client *
client_of (Fixture *f, const char *region, const char *id, const char *secret)
{
  const S3Credentials credentials = { id, secret, NULL };
  return s3_client_new (f->cloud->http, sandbox_url (f->cloud->sandbox, "s3"), region, &credentials);
}

static Fixture *
fixture_new (void)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (NULL, NULL);
  make_user (f, "woodgrove", &f->id, &f->secret);
  make_user (f, "eve", &f->other_id, &f->other_secret);
  f->mine = client_of (f, "us-west-1", f->id, f->secret);
  f->other = client_of (f, "us-west-1", f->other_id, f->other_secret);
  return f;
}

static void
fixture_free (Fixture *f)
{
  s3_client_free (f->mine);
  s3_client_free (f->other);
  cloud_close (f->cloud);
  g_free (f->id);
  g_free (f->secret);
  g_free (f->other_id);
  g_free (f->other_secret);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
test_buckets (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (s3_bucket_create (f->mine, NULL, "demo-woodgrove-input", &error));
  g_assert_no_error (error);
  g_assert_true (s3_bucket_create (f->mine, NULL, "demo-woodgrove-input", &error));
  g_assert_false (s3_bucket_create (f->other, NULL, "demo-woodgrove-input", &error));
  cloud_expect_refused (&error, 409, "BucketAlreadyExists");
  g_assert_false (s3_bucket_create (f->mine, NULL, "No_Such", &error));
  g_assert_true (g_error_matches (error, CR_ERROR, CR_ERROR_INPUT));
  g_clear_error (&error);
  g_autoptr (GPtrArray) mine = s3_buckets (f->mine, NULL, &error);
  g_assert_cmpuint (mine->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (mine, 0), ==, "demo-woodgrove-input");
  g_autoptr (GPtrArray) none = s3_buckets (f->other, NULL, &error);
  g_assert_cmpuint (none->len, ==, 0);
}

/* Keys, signatures and regions that do not fit. */
static void
test_refused (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (s3_bucket_create (f->mine, NULL, "bucket-one", &error));
  g_autoptr (S3Client) forged = client_of (f, "us-west-1", f->id, "0123456789012345678901234567890123456789");
  g_assert_null (s3_buckets (forged, NULL, &error));
  cloud_expect_refused (&error, 403, "SignatureDoesNotMatch");
  g_autoptr (S3Client) unknown = client_of (f, "us-west-1", "AKIA0000000000000000", f->secret);
  g_assert_null (s3_buckets (unknown, NULL, &error));
  cloud_expect_refused (&error, 403, "InvalidAccessKeyId");
  g_autoptr (S3Client) nowhere = client_of (f, "nowhere", f->id, f->secret);
  g_assert_null (s3_buckets (nowhere, NULL, &error));
  cloud_expect_refused (&error, 400, "AuthorizationHeaderMalformed");
  g_autoptr (GBytes) data = g_bytes_new_static ("x", 1);
  g_assert_false (s3_put (f->other, NULL, "bucket-one", "a", data, NULL, &error));
  cloud_expect_refused (&error, 403, "AccessDenied");
  g_assert_null (s3_list (f->mine, NULL, "bucket-two", NULL, &error));
  cloud_expect_refused (&error, 404, "NoSuchBucket");
  g_assert_null (s3_get (f->mine, NULL, "bucket-one", "nothing", 10, &error));
  g_assert_true (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND));
  g_clear_error (&error);
  g_autoptr (HttpResponse) unsigned_call = cloud_send (f->cloud, "GET", "s3", "/", NULL, NULL, NULL, NULL);
  g_assert_cmpuint (unsigned_call->status, ==, 403);
}

/* Each bucket lies somewhere, and is found from everywhere: by GET, HEAD and PUT, with and without a body in
 * the answer, and also through a transfer of many parts. */
static void
test_regions (void)
{
  static const char *const regions[] = { "us-east-1", "eu-west-1", "us-west-1" };
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = g_bytes_new_static ("text", 4);
  for (guint i = 0; i < G_N_ELEMENTS (regions); i++) {
    g_autoptr (S3Client) local = client_of (f, regions[i], f->id, f->secret);
    g_autofree char *bucket = g_strconcat ("in-", regions[i], NULL);
    g_assert_true (s3_bucket_create (local, NULL, bucket, &error));
    g_assert_true (s3_bucket_create (local, NULL, bucket, &error));
    g_assert_true (s3_put (local, NULL, bucket, "there", data, NULL, &error));
    g_assert_no_error (error);
  }
  for (guint i = 0; i < G_N_ELEMENTS (regions); i++)
    for (guint k = 0; k < 3 * G_N_ELEMENTS (regions); k++) {
      g_autoptr (S3Client) far = client_of (f, regions[i], f->id, f->secret);
      g_autofree char *bucket = g_strconcat ("in-", regions[k / 3], NULL);
      g_autoptr (BlobItem) item = k % 3 == 0 ? s3_head (far, NULL, bucket, "there", &error) : NULL;
      g_autoptr (GPtrArray) items = k % 3 == 1 ? s3_list (far, NULL, bucket, NULL, &error) : NULL;
      g_assert_true (k % 3 != 2 || s3_put (far, NULL, bucket, "there", data, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (item == NULL || item->length == 4);
      g_assert_true (items == NULL || items->len == 1);
    }
  const gsize size = 11 * 1024 * 1024;
  g_autofree char *content = g_malloc0 (size);
  g_autofree char *from = g_build_filename (f->cloud->folder, "from", NULL);
  g_autofree char *to = g_build_filename (f->cloud->folder, "to", NULL);
  g_assert_true (cr_file_write (from, content, (gssize) size, 0600, &error));
  for (guint way = 0; way < 2; way++) {
    g_autoptr (S3Client) far = client_of (f, "ap-south-2", f->id, f->secret);
    g_autoptr (CloudStore) store = cloud_store_s3 (far, "in-us-east-1");
    g_assert_true (way == 0 ? transfer_upload (store, NULL, "big", from, NULL, NULL, &error)
                            : transfer_download (store, NULL, "big", to, NULL, NULL, &error));
    g_assert_no_error (error);
  }
  /* An endpoint of Amazon names its region itself; no other host can be made of what a service answers. */
  g_autofree char *named = s3_region_of_host ("s3.eu-west-1.amazonaws.com"),
                  *older = s3_region_of_host ("b.s3-us-west-2.amazonaws.com:443"),
                  *none = s3_region_of_host ("s3.amazonaws.com"),
                  *odd = s3_region_of_host ("s3.evil/x.amazonaws.com");
  g_assert_cmpstr (named, ==, "eu-west-1");
  g_assert_cmpstr (older, ==, "us-west-2");
  g_assert_null (none);
  g_assert_null (odd);
  g_assert_false (s3_is_region ("evil.example/eu-west-1"));
}

/* Answers of services that only seem to know: the region is asked for once, the refusal is told. */
static void
test_redirected (void)
{
  static const struct {
    guint status, calls;
    const char *headers, *body, *code;
  } rows[] = {
    { 301, 2, "x-amz-bucket-region: eu-west-1\r\n", "<Error><Code>PermanentRedirect</Code></Error>",
      "PermanentRedirect" },
    { 307, 2, "Location: https://b.s3-eu-west-1.amazonaws.com/\r\n",
      "<Error><Code>TemporaryRedirect</Code><Endpoint>b.s3-eu-west-1.amazonaws.com</Endpoint></Error>",
      "TemporaryRedirect" },
    { 400, 2, "", "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
      "AuthorizationHeaderMalformed" },
    { 400, 1, "",
      "<Error><Code>AuthorizationHeaderMalformed</Code><Region>evil.example/eu-west-1</Region></Error>",
      "AuthorizationHeaderMalformed" },
    { 301, 1, "x-amz-bucket-region: us-west-1\r\n", "<Error><Code>PermanentRedirect</Code></Error>",
      "PermanentRedirect" },
  };
  g_autoptr (HostileServer) server = hostile_server_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpClient) http = http_client_new (hostile_server_trust (server), &error);
  const S3Credentials credentials = { "AKIA0000000000000000", "0123456789012345678901234567890123456789",
                                      NULL };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (S3Client) client = s3_client_new (http, hostile_server_url (server), "us-west-1",
                                                 &credentials);
    hostile_server_forget (server);
    hostile_server_script (server, "GET /b", rows[i].status, rows[i].headers, rows[i].body);
    g_assert_null (s3_list (client, NULL, "b", NULL, &error));
    cloud_expect_refused (&error, rows[i].status, rows[i].code);
    g_assert_cmpuint (hostile_server_count (server, "GET /b"), ==, rows[i].calls);
  }
}

/* A request that is signed and then changed, or sent a day later, is refused. */
static void
test_replayed (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  const char *url = sandbox_url (f->cloud->sandbox, "s3");
  const CloudAwsKey key = { f->id, f->secret, NULL };
  CloudAwsRequest request = { .method = "PUT",
                              .host = url + strlen ("https://"),
                              .path = "/bucket-one",
                              .payload_sha256 = CLOUD_EMPTY_SHA256,
                              .region = "us-west-1",
                              .service = "s3",
                              .when = cr_now_ms () / 1000 };
  for (guint i = 0; i < 3; i++) {
    if (i == 2)
      request.when -= 24 * 3600;
    g_auto (CloudAwsSignature) signature = { 0 };
    cloud_aws_sign (&request, &key, &signature);
    const char *headers[] = { "Authorization",        signature.authorization, "x-amz-date", signature.date,
                              "x-amz-content-sha256", CLOUD_EMPTY_SHA256,      NULL };
    g_autoptr (HttpResponse) response = cloud_send (f->cloud, "PUT", "s3",
                                                    i == 1 ? "/bucket-two" : "/bucket-one", NULL, headers,
                                                    i == 0 ? NULL : "text/plain", i == 0 ? "body" : NULL);
    g_autofree char *text = cloud_text (response);
    g_assert_cmpuint (response->status, ==, i == 0 ? 400 : 403);
    g_assert_nonnull (strstr (text, i == 0   ? "XAmzContentSHA256Mismatch"
                                    : i == 1 ? "SignatureDoesNotMatch"
                                             : "RequestTimeTooSkewed"));
  }
}

static void
test_objects (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  static const char *const keys[] = { "dt=2025-09-01/a b+c%.csv", "\xc3\xa9t\xc3\xa9/\xe6\x97\xa5.csv",
                                      "plain", "x&<y>" };
  g_assert_true (s3_bucket_create (f->mine, NULL, "bucket-one", &error));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GBytes) data = g_bytes_new (keys[i], strlen (keys[i]));
    g_assert_true (s3_put (f->mine, NULL, "bucket-one", keys[i], data, "text/csv", &error));
    g_autoptr (GBytes) back = s3_get (f->mine, NULL, "bucket-one", keys[i], 100, &error);
    g_assert_no_error (error);
    g_assert_true (g_bytes_equal (back, data));
  }
  g_autoptr (GPtrArray) all = s3_list (f->mine, NULL, "bucket-one", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, G_N_ELEMENTS (keys));
  for (guint i = 0; i < all->len; i++) {
    const BlobItem *item = g_ptr_array_index (all, i);
    g_assert_true (
        g_strv_contains ((const char *const[]){ keys[0], keys[1], keys[2], keys[3], NULL }, item->name));
    g_assert_cmpuint (item->length, ==, strlen (item->name));
    g_assert_nonnull (item->md5);
  }
  g_autoptr (GPtrArray) some = s3_list (f->mine, NULL, "bucket-one", "dt=", &error);
  g_assert_cmpuint (some->len, ==, 1);
  g_assert_true (s3_delete (f->mine, NULL, "bucket-one", "plain", &error));
  g_assert_true (s3_delete (f->mine, NULL, "bucket-one", "plain", &error));
  cloud_stop (f->cloud);
  cloud_start (f->cloud);
  s3_client_free (f->mine);
  f->mine = client_of (f, "us-west-1", f->id, f->secret);
  g_autoptr (GPtrArray) rest = s3_list (f->mine, NULL, "bucket-one", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rest->len, ==, 3);
}

/* More names than a page holds. */
static void
test_pages (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = g_bytes_new_static ("x", 1);
  const guint count = 1203;
  g_assert_true (s3_bucket_create (f->mine, NULL, "bucket-one", &error));
  for (guint i = 0; i < count; i++) {
    g_autofree char *key = g_strdup_printf ("n/%05u", i);
    g_assert_true (s3_put (f->mine, NULL, "bucket-one", key, data, NULL, &error));
  }
  g_autoptr (GPtrArray) all = s3_list (f->mine, NULL, "bucket-one", "n/", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, count);
  for (guint i = 0; i < count; i++) {
    g_autofree char *key = g_strdup_printf ("n/%05u", i);
    g_assert_cmpstr (((const BlobItem *) g_ptr_array_index (all, i))->name, ==, key);
  }
}

static void
test_multipart (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  gsize length = 2 * 8 * 1024 * 1024 + 12345;
  g_autofree guint8 *content = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    content[i] = (guint8) (i * 31 + i / 256);
  g_autofree char *from = g_build_filename (f->cloud->folder, "from", NULL);
  g_autofree char *to = g_build_filename (f->cloud->folder, "big", NULL);
  g_assert_true (cr_file_write (from, content, (gssize) length, 0600, &error));
  g_assert_true (s3_bucket_create (f->mine, NULL, "bucket-one", &error));
  g_autoptr (CloudStore) store = cloud_store_s3 (f->mine, "bucket-one");
  g_assert_true (transfer_upload (store, NULL, "big", from, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (transfer_download (store, NULL, "big", f->cloud->folder, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (GBytes) back = cr_file_read (to, length, &error);
  g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), content, length);
  g_autoptr (GPtrArray) all = s3_list (f->mine, NULL, "bucket-one", NULL, &error);
  const BlobItem *item = g_ptr_array_index (all, 0);
  g_assert_cmpuint (item->length, ==, length);
  g_assert_true (g_str_has_suffix (item->etag, "-3\""));
  g_assert_null (item->md5);
}

/* Whole folders, there and back, through the same functions as blob containers. */
static void
test_folders (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CloudStore) store = cloud_store_s3 (f->mine, "bucket-one");
  g_assert_true (cloud_store_create (store, NULL, &error));
  g_assert_cmpstr (cloud_store_name (store), ==, "bucket bucket-one");
  g_autofree char *from = g_build_filename (f->cloud->folder, "from", NULL);
  for (guint i = 0; i < 5; i++) {
    g_autofree char *folder = g_strdup_printf ("%s/day-%u", from, i % 2);
    g_autofree char *path = g_strdup_printf ("%s/file %u.csv", folder, i);
    g_assert_true (cr_dir_make (folder, 0700, &error));
    g_assert_true (cr_file_write (path, path, -1, 0600, &error));
  }
  TransferResult first = { 0 }, second = { 0 }, down = { 0 };
  g_assert_true (transfer_upload (store, NULL, "p/", from, NULL, &first, &error));
  g_assert_true (transfer_upload (store, NULL, "p/", from, NULL, &second, &error));
  g_assert_cmpuint (first.moved, ==, 5);
  g_assert_cmpuint (second.moved, ==, 0);
  g_autofree char *to = g_build_filename (f->cloud->folder, "to", NULL);
  g_assert_true (transfer_download (store, NULL, "p/", to, NULL, &down, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (down.moved, ==, 5);
  g_autofree char *one = g_build_filename (to, "day-0", "file 4.csv", NULL);
  g_assert_true (g_file_test (one, G_FILE_TEST_IS_REGULAR));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3/buckets", test_buckets);
  g_test_add_func ("/s3/refused", test_refused);
  g_test_add_func ("/s3/regions", test_regions);
  g_test_add_func ("/s3/redirected", test_redirected);
  g_test_add_func ("/s3/replayed", test_replayed);
  g_test_add_func ("/s3/objects", test_objects);
  g_test_add_func ("/s3/pages", test_pages);
  g_test_add_func ("/s3/multipart", test_multipart);
  g_test_add_func ("/s3/folders", test_folders);
  return g_test_run ();
}
