/* SPDX-License-Identifier: MIT
 * The sandbox's blob service and static websites: uploads, reads, listings, roles, refusals, restarts.
 */
#include "cloud-harness.h"

#include "base/crc64.h"
#include "base/db.h"
#include "cloud/blob.h"
#include "sandbox/arm-private.h"
#include "sandbox/blob-private.h"

typedef struct {
  Cloud *cloud;
  Person *alice, *eve;
  char *account;
} Fixture;

/* Account "datasa1" of alice, who may write, with the container "data". */
static Fixture *
fixture_new (void)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (NULL, NULL);
  f->alice = cloud_signed_in (f->cloud, "alice@northwind.example");
  f->eve = cloud_signed_in (f->cloud, "eve@woodgrove.example");
  f->account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  g_free (cloud_role (f->cloud, f->alice->management, f->account, ARM_ROLE_BLOB_CONTRIBUTOR, f->alice->oid));
  cloud_blob_expect (f->cloud, "PUT", "/datasa1/data?restype=container", f->alice->storage, NULL, NULL, NULL,
                     201, NULL);
  return f;
}

static void
fixture_free (Fixture *f)
{
  cloud_close (f->cloud);
  person_free (f->alice);
  person_free (f->eve);
  g_free (f->account);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
expect (Fixture *f, const char *method, const char *path, const char *name, const char *value,
        const char *body, guint status, const char *code)
{
  cloud_blob_expect (f->cloud, method, path, f->alice->storage, name, value, body, status, code);
}

static char *
read_blob (Fixture *f, const char *path, const char *name, const char *value, guint status)
{
  g_autoptr (HttpResponse) response = cloud_blob (f->cloud, "GET", path, f->alice->storage, name, value,
                                                  NULL);
  g_assert_cmpuint (response->status, ==, status);
  return cloud_text (response);
}

static void
assert_content (Fixture *f, const char *path, const char *text)
{
  g_autofree char *seen = read_blob (f, path, NULL, NULL, 200);
  g_assert_cmpstr (seen, ==, text);
}

/* Files below sandbox/blobs. */
static guint
count_files (Fixture *f)
{
  g_autofree char *path = g_build_filename (sandbox_folder (f->cloud->sandbox), "blobs", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  guint count = 0;
  while (g_dir_read_name (folder) != NULL)
    count++;
  return count;
}

static void
test_sign_in (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  const char *list = "/datasa1/data?restype=container&comp=list";
  cloud_blob_expect (f->cloud, "GET", list, NULL, NULL, NULL, NULL, 401, "NoAuthenticationInformation");
  cloud_blob_expect (f->cloud, "GET", list, f->alice->management, NULL, NULL, NULL, 401,
                     "InvalidAuthenticationInfo");
  cloud_blob_expect (f->cloud, "GET", list, "x.y.z", NULL, NULL, NULL, 401, "InvalidAuthenticationInfo");
  g_autoptr (HttpResponse) bare = cloud_send (f->cloud, "GET", "blob", list, f->alice->storage, NULL, NULL,
                                              NULL);
  g_assert_cmpuint (bare->status, ==, 400);
  g_assert_cmpstr (http_response_header (bare, "x-ms-error-code"), ==, "MissingRequiredHeader");
  static const char *const old[] = { "x-ms-version", "2015-02-21", NULL };
  g_autoptr (HttpResponse) version = cloud_send (f->cloud, "GET", "blob", list, f->alice->storage, old, NULL,
                                                 NULL);
  g_assert_cmpstr (http_response_header (version, "x-ms-error-code"), ==, "InvalidHeaderValue");
  g_autofree char *text = cloud_text (version);
  g_assert_nonnull (strstr (text, "<Error><Code>InvalidHeaderValue</Code>"));
}

static void
test_roles (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  const char *blob = "/datasa1/data/a.csv";
  expect (f, "PUT", blob, NULL, NULL, "1,2\n", 201, NULL);
  static const char *const methods[] = { "GET", "HEAD", "DELETE" };
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    cloud_blob_expect (f->cloud, methods[i], blob, f->eve->storage, NULL, NULL, NULL, 403,
                       "AuthorizationPermissionMismatch");
  g_autofree char *reader = cloud_role (f->cloud, f->alice->management, f->account, ARM_ROLE_BLOB_READER,
                                        f->eve->oid);
  cloud_blob_expect (f->cloud, "GET", blob, f->eve->storage, NULL, NULL, NULL, 200, NULL);
  cloud_blob_expect (f->cloud, "PUT", blob, f->eve->storage, NULL, NULL, "x", 403,
                     "AuthorizationPermissionMismatch");
  cloud_blob_expect (f->cloud, "PUT", "/datasa1/?restype=service&comp=properties", f->eve->storage, NULL,
                     NULL, "<StorageServiceProperties/>", 403, "AuthorizationPermissionMismatch");
  cloud_arm_expect (f->cloud, "DELETE", reader, f->alice->management, NULL, 200, NULL);
  cloud_blob_expect (f->cloud, "GET", blob, f->eve->storage, NULL, NULL, NULL, 403,
                     "AuthorizationPermissionMismatch");
  cloud_blob_expect (f->cloud, "GET", "/nosuchaccount/data/a", f->alice->storage, NULL, NULL, NULL, 404,
                     "ResourceNotFound");
}

static void
test_containers (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  expect (f, "PUT", "/datasa1/data?restype=container", NULL, NULL, NULL, 409, "ContainerAlreadyExists");
  static const char *const bad[] = { "ab", "Data", "a--b", "-ab", "ab-", "a_b", "$root" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *path = g_strdup_printf ("/datasa1/%s?restype=container", bad[i]);
    expect (f, "PUT", path, NULL, NULL, NULL, 400, "InvalidResourceName");
  }
  expect (f, "PUT", "/datasa1/pub?restype=container", "x-ms-blob-public-access", "blob", NULL, 409,
          "PublicAccessNotPermitted");
  expect (f, "PUT", "/datasa1/none/a", NULL, NULL, "x", 404, "ContainerNotFound");
  expect (f, "GET", "/datasa1/data?restype=container", NULL, NULL, NULL, 200, NULL);
  g_autofree char *list = read_blob (f, "/datasa1/?comp=list", NULL, NULL, 200);
  g_assert_nonnull (strstr (list, "<Name>data</Name>"));
  expect (f, "PUT", "/datasa1/data/a", NULL, NULL, "x", 201, NULL);
  g_assert_cmpuint (count_files (f), ==, 1);
  expect (f, "DELETE", "/datasa1/data?restype=container", NULL, NULL, NULL, 202, NULL);
  expect (f, "DELETE", "/datasa1/data?restype=container", NULL, NULL, NULL, 404, "ContainerNotFound");
  g_assert_cmpuint (count_files (f), ==, 0);
}

static void
test_put_get (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  const char *blob = "/datasa1/data/2025-09-01/a%20b.csv";
  expect (f, "PUT", blob, "content-md5", "XUFAKrxLKna5cZ2REBfFkg==", "hello", 201, NULL);
  expect (f, "PUT", blob, "content-md5", "XUFAKrxLKna5cZ2REBfFkQ==", "hello", 400, "Md5Mismatch");
  expect (f, "PUT", blob, "content-md5", "no", "hello", 400, "InvalidMd5");
  expect (f, "PUT", blob, "x-ms-content-crc64", "AAAAAAAAAAA=", "hello", 400, "Crc64Mismatch");
  expect (f, "PUT", blob, "if-none-match", "*", "again", 409, "BlobAlreadyExists");
  expect (f, "PUT", blob, "x-ms-encryption-scope", "AAAA", "again", 400, "UnsupportedHeader");
  expect (f, "GET", blob, "x-ms-encryption-key-sha256", "AAAA", NULL, 400, "MissingRequiredHeader");
  assert_content (f, blob, "hello");
  g_autoptr (HttpResponse) head = cloud_blob (f->cloud, "HEAD", blob, f->alice->storage, NULL, NULL, NULL);
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (http_response_header (head, "content-length"), ==, "5");
  g_assert_cmpstr (http_response_header (head, "content-type"), ==, "text/plain");
  g_assert_cmpstr (http_response_header (head, "content-md5"), ==, "XUFAKrxLKna5cZ2REBfFkg==");
  g_assert_nonnull (http_response_header (head, "last-modified"));
  const char *etag = http_response_header (head, "etag");
  expect (f, "GET", blob, "if-none-match", etag, NULL, 304, NULL);
  expect (f, "PUT", blob, "if-match", "\"0x0\"", "x", 412, "ConditionNotMet");
  expect (f, "PUT", blob, "if-match", etag, "newer", 201, NULL);
  assert_content (f, blob, "newer");
  g_assert_cmpuint (count_files (f), ==, 1);
  expect (f, "PUT", "/datasa1/data/empty", "x-ms-meta-hdi_isfolder", "true", "", 201, NULL);
  g_autoptr (HttpResponse) empty = cloud_blob (f->cloud, "GET", "/datasa1/data/empty", f->alice->storage,
                                               NULL, NULL, NULL);
  g_assert_cmpuint (g_bytes_get_size (empty->body), ==, 0);
  g_assert_cmpstr (http_response_header (empty, "x-ms-meta-hdi_isfolder"), ==, "true");
  expect (f, "DELETE", blob, NULL, NULL, NULL, 202, NULL);
  expect (f, "GET", blob, NULL, NULL, NULL, 404, "BlobNotFound");
  expect (f, "DELETE", blob, NULL, NULL, NULL, 404, "BlobNotFound");
  g_assert_cmpuint (count_files (f), ==, 1);
}

static void
test_ranges (void)
{
  static const struct {
    const char *range, *text;
    guint status;
  } cases[] = {
    { "bytes=0-3", "0123", 206 },      { "bytes=4-", "456789", 206 },      { "bytes=8-100", "89", 206 },
    { "bytes=9-9", "9", 206 },         { "bytes=5-4", "0123456789", 200 }, { "lines=1-2", "0123456789", 200 },
    { "bytes=-3", "0123456789", 200 },
  };
  g_autoptr (Fixture) f = fixture_new ();
  const char *blob = "/datasa1/data/digits";
  expect (f, "PUT", blob, NULL, NULL, "0123456789", 201, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *seen = read_blob (f, blob, "x-ms-range", cases[i].range, cases[i].status);
    g_assert_cmpstr (seen, ==, cases[i].text);
  }
  expect (f, "GET", blob, "range", "bytes=10-", NULL, 416, "InvalidRange");
  g_autoptr (HttpResponse) part = cloud_blob (f->cloud, "GET", blob, f->alice->storage, "range", "bytes=2-4",
                                              NULL);
  g_assert_cmpstr (http_response_header (part, "content-range"), ==, "bytes 2-4/10");
}

static void
test_paths (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  static const char *const bad[] = {
    "/datasa1/data/%2e%2e/secret", "/datasa1/data/a%2f..%2fb", "/datasa1/data/a/..",    "/datasa1/data/%00",
    "/datasa1/data/%ff",           "/datasa1/%2e%2e/x",        "/..%2fdatasa1/data/x",  "/datasa1//x",
    "/datasa1/data/a%5cb",         "/datasa1/da%2fta/x",       "/datasa1/data/line%0a", "/"
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i]);
    g_assert_cmpint (cloud_raw_get (f->cloud, "blob", bad[i], f->alice->storage), ==, 400);
  }
  expect (f, "PUT", "/datasa1/data/a%2fb", NULL, NULL, "same", 201, NULL);
  assert_content (f, "/datasa1/data/a/b", "same");
  expect (f, "GET", "/datasa1/data/a?comp=lease", NULL, NULL, NULL, 400, "InvalidQueryParameterValue");
  expect (f, "PATCH", "/datasa1/data/a", NULL, NULL, NULL, 405, "UnsupportedHttpVerb");
}

static void
test_list (void)
{
  static const char *const names[] = { "a.csv", "day/1.csv", "day/2.csv", "day2/3.csv", "z%3C%26%3E.csv" };
  g_autoptr (Fixture) f = fixture_new ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strconcat ("/datasa1/data/", names[i], NULL);
    expect (f, "PUT", path, NULL, NULL, "x", 201, NULL);
  }
#define LIST "/datasa1/data?restype=container&comp=list"
  g_autofree char *all = read_blob (f, LIST, NULL, NULL, 200);
  g_assert_nonnull (strstr (all, "<Name>z&lt;&amp;&gt;.csv</Name>"));
  g_assert_nonnull (strstr (all, "<NextMarker />"));
  g_autofree char *day = read_blob (f, LIST "&prefix=day/", NULL, NULL, 200);
  g_assert_nonnull (strstr (day, "day/1.csv"));
  g_assert_null (strstr (day, "day2/3.csv"));
  g_autofree char *folders = read_blob (f, LIST "&delimiter=/", NULL, NULL, 200);
  g_assert_nonnull (
      strstr (folders, "<BlobPrefix><Name>day/</Name></BlobPrefix><BlobPrefix><Name>day2/</Name>"));
  g_assert_null (strstr (folders, "1.csv"));
  /* Page by page, one entry each: every name once, then the end. */
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autofree char *marker = g_strdup ("");
  for (guint page = 0; page < 10 && marker != NULL; page++) {
    g_autofree char *path = g_strdup_printf (LIST "&maxresults=1&delimiter=/&marker=%s", marker);
    g_autofree char *text = read_blob (f, path, NULL, NULL, 200);
    g_autoptr (GMatchInfo) match = NULL;
    g_autoptr (GRegex) name = g_regex_new ("<Name>([^<]*)</Name>", 0, 0, NULL);
    g_assert_true (g_regex_match (name, text, 0, &match));
    g_autofree char *found = g_match_info_fetch (match, 1);
    g_string_append_printf (seen, "%s ", found);
    g_autoptr (GMatchInfo) next = NULL;
    g_autoptr (GRegex) tag = g_regex_new ("<NextMarker>([^<]*)</NextMarker>", 0, 0, NULL);
    g_free (marker);
    marker = g_regex_match (tag, text, 0, &next) ? g_match_info_fetch (next, 1) : NULL;
  }
  g_assert_cmpstr (seen->str, ==, "a.csv day/ day2/ z&lt;&amp;&gt;.csv ");
  expect (f, "GET", LIST "&maxresults=0", NULL, NULL, NULL, 400, "OutOfRangeQueryParameterValue");
  expect (f, "GET", LIST "&marker=***", NULL, NULL, NULL, 400, "InvalidQueryParameterValue");
  expect (f, "GET", "/datasa1/none?restype=container&comp=list", NULL, NULL, NULL, 404, "ContainerNotFound");
}

static void
test_blocks (void)
{
  g_autoptr (Fixture) f = fixture_new ();
#define BLOB "/datasa1/data/big"
#define BLOCK(id) BLOB "?comp=block&blockid=" id "%3D%3D"
#define LATEST(id) "<Latest>" id "==</Latest>"
  expect (f, "PUT", BLOCK ("MDAwMQ"), NULL, NULL, "one ", 201, NULL);
  expect (f, "PUT", BLOCK ("MDAwMg"), NULL, NULL, "old ", 201, NULL);
  expect (f, "PUT", BLOCK ("MDAwMg"), NULL, NULL, "two ", 201, NULL);
  expect (f, "PUT", BLOCK ("MDAwMw"), "content-md5", "XUFAKrxLKna5cZ2REBfFkQ==", "bad", 400, "Md5Mismatch");
  expect (f, "PUT", BLOB "?comp=block&blockid=QQ%3D%3D", NULL, NULL, "x", 400, "InvalidBlobOrBlock");
  expect (f, "PUT", BLOB "?comp=block&blockid=***", NULL, NULL, "x", 400, "InvalidQueryParameterValue");
  g_assert_cmpuint (count_files (f), ==, 2);
  expect (f, "GET", BLOB, NULL, NULL, NULL, 404, "BlobNotFound");
  g_autofree char *open = read_blob (f, BLOB "?comp=blocklist&blocklisttype=uncommitted", NULL, NULL, 200);
  g_assert_nonnull (strstr (open, "<Name>MDAwMg==</Name><Size>4</Size>"));
  expect (f, "PUT", BLOB "?comp=blocklist", NULL, NULL, "<BlockList>" LATEST ("MDAwOQ") "</BlockList>", 400,
          "InvalidBlockList");
  expect (f, "PUT", BLOB "?comp=blocklist", "x-ms-blob-content-type", "text/csv",
          "<?xml version=\"1.0\"?><BlockList>" LATEST ("MDAwMQ") LATEST ("MDAwMg") "</BlockList>", 201, NULL);
  assert_content (f, BLOB, "one two ");
  g_assert_cmpuint (count_files (f), ==, 2);
  /* A later list may mix committed and new blocks. */
  expect (f, "PUT", BLOCK ("MDAwMw"), NULL, NULL, "three ", 201, NULL);
  expect (f, "PUT", BLOB "?comp=blocklist", NULL, NULL,
          "<BlockList><Uncommitted>MDAwMw==</Uncommitted><Committed>MDAwMQ==</Committed></BlockList>", 201,
          NULL);
  assert_content (f, BLOB, "three one ");
  g_autofree char *range = read_blob (f, BLOB, "x-ms-range", "bytes=4-7", 206);
  g_assert_cmpstr (range, ==, "e on");
  expect (f, "PUT", BLOB "?comp=blocklist", NULL, NULL,
          "<BlockList><Committed>MDAwMg==</Committed></BlockList>", 400, "InvalidBlockList");
  assert_content (f, BLOB, "three one ");
  g_assert_cmpuint (count_files (f), ==, 2);
  /* What is put in its place is one file; the blocks go. */
  expect (f, "PUT", BLOB, NULL, NULL, "whole", 201, NULL);
  assert_content (f, BLOB, "whole");
  g_assert_cmpuint (count_files (f), ==, 1);
}

static void
test_bad_xml (void)
{
  static const char *const bad[] = {
    "",
    "x",
    "<BlockList>",
    "<BlockList><Other>a</Other></BlockList>",
    "<Wrong/>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><BlockList><Latest>&b;</Latest></BlockList>",
    "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><BlockList/>",
    "<BlockList><a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a></BlockList>",
  };
  g_autoptr (Fixture) f = fixture_new ();
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    expect (f, "PUT", "/datasa1/data/x?comp=blocklist", NULL, NULL, bad[i], 400, "InvalidXmlDocument");
    expect (f, "PUT", "/datasa1/?restype=service&comp=properties", NULL, NULL, bad[i], 400,
            "InvalidXmlDocument");
  }
  g_autoptr (GString) deep = g_string_new (NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "<a>");
  expect (f, "PUT", "/datasa1/data/x?comp=blocklist", NULL, NULL, deep->str, 400, "InvalidXmlDocument");
}

static HttpResponse *
browse (Fixture *f, const char *path)
{
  return cloud_send (f->cloud, "GET", "web", path, NULL, NULL, NULL, NULL);
}

static void
expect_page (Fixture *f, const char *path, guint status, const char *text)
{
  g_autoptr (HttpResponse) response = browse (f, path);
  g_autofree char *seen = cloud_text (response);
  g_assert_cmpuint (response->status, ==, status);
  if (text != NULL)
    g_assert_cmpstr (seen, ==, text);
}

static void
test_website (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  expect_page (f, "/datasa1/", 404, NULL);
  expect (f, "PUT", "/datasa1/%24web/index.html", NULL, NULL, "home", 404, "ContainerNotFound");
  expect (f, "PUT", "/datasa1/?restype=service&comp=properties", NULL, NULL,
          "<?xml version=\"1.0\" "
          "encoding=\"utf-8\"?><StorageServiceProperties><StaticWebsite><Enabled>true</Enabled>"
          "<IndexDocument>index.html</IndexDocument><ErrorDocument404Path>error.html</ErrorDocument404Path>"
          "</StaticWebsite></StorageServiceProperties>",
          202, NULL);
  g_autofree char *properties = read_blob (f, "/datasa1/?restype=service&comp=properties", NULL, NULL, 200);
  g_assert_nonnull (strstr (properties, "<Enabled>true</Enabled><IndexDocument>index.html</IndexDocument>"));
  expect (f, "PUT", "/datasa1/%24web/index.html", NULL, NULL, "home", 201, NULL);
  expect (f, "PUT", "/datasa1/%24web/error.html", NULL, NULL, "lost", 201, NULL);
  expect (f, "PUT", "/datasa1/%24web/rg-oidc/.well-known/openid-configuration", NULL, NULL, "{}", 201, NULL);
  expect_page (f, "/datasa1/", 200, "home");
  expect_page (f, "/datasa1", 200, "home");
  expect_page (f, "/datasa1/rg-oidc/.well-known/openid-configuration", 200, "{}");
  expect_page (f, "/datasa1/none", 404, "lost");
  /* Only $web is public; the rest cannot be reached through it. */
  expect (f, "PUT", "/datasa1/data/secret", NULL, NULL, "secret", 201, NULL);
  static const char *const tricks[] = { "/datasa1/../data/secret", "/datasa1/%2e%2e/data/secret",
                                        "/datasa1/..%2fdata%2fsecret", "/datasa1/x/../../data/secret" };
  for (guint i = 0; i < G_N_ELEMENTS (tricks); i++)
    g_assert_cmpint (cloud_raw_get (f->cloud, "web", tricks[i], NULL), ==, 404);
  expect_page (f, "/datasa1/data/secret", 404, "lost");
  g_autoptr (HttpResponse) posted = cloud_send (f->cloud, "PUT", "web", "/datasa1/x", NULL, NULL, NULL, "x");
  g_assert_cmpuint (posted->status, ==, 405);
  expect (f, "PUT", "/datasa1/?restype=service&comp=properties", NULL, NULL,
          "<StorageServiceProperties><StaticWebsite><Enabled>false</Enabled></StaticWebsite></"
          "StorageServiceProperties>",
          202, NULL);
  expect_page (f, "/datasa1/", 404, NULL);
}

/* What a killed process leaves: files without rows go at the next start, everything acknowledged stays. */
static void
test_restart (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  expect (f, "PUT", "/datasa1/data/kept", NULL, NULL, "kept", 201, NULL);
  expect (f, "PUT", "/datasa1/data/open?comp=block&blockid=MDAwMQ%3D%3D", NULL, NULL, "part", 201, NULL);
  g_autofree char *folder = g_build_filename (sandbox_folder (f->cloud->sandbox), "blobs", NULL);
  g_autofree char *orphan = g_build_filename (folder, "0123456789abcdef0123456789abcdef", NULL);
  g_assert_true (g_file_set_contents (orphan, "half", 4, NULL));
  g_assert_cmpuint (count_files (f), ==, 3);
  cloud_stop (f->cloud);
  cloud_start (f->cloud);
  g_assert_cmpuint (count_files (f), ==, 2);
  assert_content (f, "/datasa1/data/kept", "kept");
  expect (f, "PUT", "/datasa1/data/open?comp=blocklist", NULL, NULL,
          "<BlockList><Latest>MDAwMQ==</Latest></BlockList>", 201, NULL);
  assert_content (f, "/datasa1/data/open", "part");
  cloud_stop (f->cloud);
  cloud_start (f->cloud);
  assert_content (f, "/datasa1/data/open", "part");
}

static gpointer
upload_many (gpointer data)
{
  Fixture *f = data;
  for (guint i = 0; i < 15; i++) {
    expect (f, "PUT", "/datasa1/data/contended", NULL, NULL, i % 2 == 0 ? "even" : "odd odd", 201, NULL);
    g_autofree char *seen = read_blob (f, "/datasa1/data/contended", NULL, NULL, 200);
    g_assert_true (strcmp (seen, "even") == 0 || strcmp (seen, "odd odd") == 0);
  }
  return NULL;
}

static void
test_parallel (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("upload", upload_many, f);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  /* The last reader of a replaced file removes it just after its last byte. */
  for (guint i = 0; i < 200 && count_files (f) != 1; i++)
    g_usleep (10000);
  g_assert_cmpuint (count_files (f), ==, 1);
}

static void
test_crc (void)
{
  /* The check value of CRC-64/NVME, the service's polynomial. */
  g_assert_cmphex (cr_crc64 (0, "123456789", 9), ==, G_GUINT64_CONSTANT (0xAE8B14860A799888));
}

static CrSecretText
give_token (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  (void) job;
  (void) scope;
  (void) fresh;
  (void) error;
  const Person *person = data;
  return cr_secret_text_new (person->storage, -1);
}

/* Page after page, every name once and in order, also those that an address has to escape. */
static void
test_many_names (void)
{
  enum { COUNT = 100000 };
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  expect (f, "PUT", "/datasa1/data/one", NULL, NULL, "1", 201, NULL);
  const Storage *storage = sandbox_part (f->cloud->sandbox, "blob");
  g_assert_true (cr_db_begin (storage->db, NULL));
  g_assert_true (cr_db_run (
      storage->db, NULL,
      "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
      " INSERT INTO blobs (instance, container, name, " STORAGE_BLOB_COLUMNS ")"
      " SELECT instance, container, printf ('many/%06d %%41 #&+\u00fc?.csv', i), " STORAGE_BLOB_COLUMNS
      " FROM n, blobs WHERE name = 'one'",
      "i", (gint64) COUNT));
  g_assert_true (cr_db_commit (storage->db, NULL));
  g_autofree char *endpoint = g_strconcat (sandbox_url (f->cloud->sandbox, "blob"), "/datasa1", NULL);
  g_autoptr (BlobClient) client = blob_client_new (f->cloud->http, endpoint, give_token, f->alice);
  g_autoptr (GPtrArray) items = blob_list (client, NULL, "data", "many/", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, COUNT);
  for (guint i = 0; i < COUNT; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    g_autofree char *name = g_strdup_printf ("many/%06u %%41 #&+\u00fc?.csv", i);
    g_assert_cmpstr (item->name, ==, name);
    g_assert_cmpuint (item->length, ==, 1);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/blob-service/sign-in", test_sign_in);
  g_test_add_func ("/blob-service/roles", test_roles);
  g_test_add_func ("/blob-service/containers", test_containers);
  g_test_add_func ("/blob-service/put-get", test_put_get);
  g_test_add_func ("/blob-service/ranges", test_ranges);
  g_test_add_func ("/blob-service/paths", test_paths);
  g_test_add_func ("/blob-service/list", test_list);
  g_test_add_func ("/blob-service/blocks", test_blocks);
  g_test_add_func ("/blob-service/bad-xml", test_bad_xml);
  g_test_add_func ("/blob-service/website", test_website);
  g_test_add_func ("/blob-service/restart", test_restart);
  g_test_add_func ("/blob-service/parallel", test_parallel);
  g_test_add_func ("/blob-service/crc", test_crc);
  g_test_add_func ("/blob-service/many-names", test_many_names);
  return g_test_run ();
}
