/* SPDX-License-Identifier: MIT
 * Request signatures against vectors that other implementations agree on.
 */
#include "base/encode.h"
#include "cloud/sign.h"

#include <string.h>

#define WHEN 1767225600 /* 2026-01-01T00:00:00Z */

static const CloudAwsKey aws_key = { "FAKEID", "FAKE+secret/key0123456789abcdefghijklmno", NULL };

static void
check_aws (const CloudAwsRequest *request, const char *digest, const char *signature, const char *target)
{
  g_auto (CloudAwsSignature) made = { 0 };
  cloud_aws_sign (request, &aws_key, &made);
  g_assert_cmpstr (made.digest, ==, digest);
  g_autofree char *end = g_strconcat ("Signature=", signature, NULL);
  g_assert_true (g_str_has_suffix (made.authorization, end));
  g_assert_cmpstr (made.target, ==, target);
  g_assert_cmpstr (made.date, ==, "20260101T000000Z");
}

static CloudAwsRequest
aws_request (const char *method, const char *path)
{
  return (CloudAwsRequest){ .method = method,
                            .host = "fab-bucket.s3.us-west-1.amazonaws.com",
                            .path = path,
                            .payload_sha256 = CLOUD_EMPTY_SHA256,
                            .region = "us-west-1",
                            .service = "s3",
                            .when = WHEN };
}

/* The query is given unsorted on purpose. */
static void
test_aws_list (void)
{
  CloudAwsRequest request = aws_request ("GET", "/");
  CloudPair query[] = { { "prefix", "dt=2025-09-01/" }, { "list-type", "2" }, { "max-keys", "100" } };
  request.query = query;
  request.query_count = G_N_ELEMENTS (query);
  check_aws (&request, "a8444131a18619355242f81e006b0084440b8c94191315cad5600cd9d0b7316c",
             "5ea82c11691f09ab4b129def87a5953c76328f53b50664867d0aae2725bdde34",
             "/?list-type=2&max-keys=100&prefix=dt%3D2025-09-01%2F");
}

static void
test_aws_put (void)
{
  CloudAwsRequest request = aws_request ("PUT", "/out/dt=2025-09-01/part-0000.csv");
  CloudPair headers[] = { { "Content-Type", "text/csv" } };
  g_autofree char *hash = cr_sha256_hex ("hello", 5);
  request.headers = headers;
  request.header_count = 1;
  request.payload_sha256 = hash;
  check_aws (&request, "8fb68c8b116463e6cf42cc1221e704a93064a99e5fa423c0f6fa409e9a34ad3d",
             "ef7cfc8d22883e9b765b3124bd796740bf62f86afa556d63bb774a9722d03e32",
             "/out/dt%3D2025-09-01/part-0000.csv");
}

/* Spaces in header values, parameters without value and repeated names, names with every odd character. */
static void
test_aws_odd (void)
{
  CloudAwsRequest request = aws_request ("POST", "/a b/+%#\xc3\xa9~");
  CloudPair query[] = { { "uploads", NULL }, { "b", "2" }, { "b", "1" } };
  CloudPair plain[] = { { "X-Amz-Meta-Note", "two words" } };
  CloudPair padded[] = { { "x-amz-meta-note", "  two   words " } };
  request.query = query;
  request.query_count = G_N_ELEMENTS (query);
  request.headers = plain;
  request.header_count = 1;
  g_auto (CloudAwsSignature) one = { 0 };
  g_auto (CloudAwsSignature) two = { 0 };
  cloud_aws_sign (&request, &aws_key, &one);
  request.headers = padded;
  cloud_aws_sign (&request, &aws_key, &two);
  g_assert_cmpstr (one.authorization, ==, two.authorization);
  g_assert_cmpstr (one.target, ==, "/a%20b/%2B%25%23%C3%A9~?b=1&b=2&uploads=");
  CloudAwsKey temporary = aws_key;
  temporary.session_token = "session";
  g_auto (CloudAwsSignature) three = { 0 };
  cloud_aws_sign (&request, &temporary, &three);
  g_assert_nonnull (strstr (three.authorization, ";x-amz-security-token, "));
  g_assert_cmpstr (three.digest, !=, two.digest);
}

static GBytes *
account_key (void)
{
  guint8 key[64];
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) i;
  return g_bytes_new (key, sizeof key);
}

static void
test_shared_key (void)
{
  g_autoptr (GBytes) key = account_key ();
  CloudPair put[] = { { "x-ms-version", "2021-12-02" },
                      { "X-Ms-Date", "Thu, 01 Jan 2026 00:00:00 GMT" },
                      { "content-type", "text/plain" },
                      { "x-ms-blob-type", "BlockBlob" } };
  g_autofree char *one = cloud_shared_key_sign ("fabacct", key, "PUT", "/cont/dir/a.txt", NULL, 0, put,
                                                G_N_ELEMENTS (put), 5);
  g_assert_cmpstr (one, ==, "SharedKey fabacct:J+Pr8QYjDbMTIvW3Io7YLbu02pO5N0FytgqN1arSIiE=");
  CloudPair query[] = {
    { "restype", "container" }, { "prefix", "2025-09-01/" }, { "comp", "list" }, { "maxresults", "100" }
  };
  g_autofree char *two = cloud_shared_key_sign ("fabacct", key, "GET", "/cont", query, G_N_ELEMENTS (query),
                                                put, 2, 0);
  g_assert_cmpstr (two, ==, "SharedKey fabacct:wTbrmYK1QOVzlPkrpn8Iy40eo4KWDK3eHTyKlA9/UBo=");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sign/aws/list", test_aws_list);
  g_test_add_func ("/sign/aws/put", test_aws_put);
  g_test_add_func ("/sign/aws/odd", test_aws_odd);
  g_test_add_func ("/sign/shared-key", test_shared_key);
  return g_test_run ();
}
