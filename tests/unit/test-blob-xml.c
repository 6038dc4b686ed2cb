/* SPDX-License-Identifier: MIT
 * Listings of the storage service, good and bad.
 */
#include "base/error.h"
#include "cloud/blob.h"

#include <string.h>

static GPtrArray *
parse (const char *xml, char **marker, GError **error)
{
  return blob_list_parse (xml, strlen (xml), marker, error);
}

static void
test_page (void)
{
  static const char xml[] =
      "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"
      "<EnumerationResults ServiceEndpoint=\"https://a/\" ContainerName=\"c\"><Prefix>in/</Prefix><Blobs>"
      "<Blob><Name>in/2025-09-01/a &amp; b.csv</Name><Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT"
      "</Last-Modified><Etag>0x1</Etag><Content-Length>60024</Content-Length><Content-MD5>AAAA==</Content-MD5>"
      "<BlobType>BlockBlob</BlobType></Properties></Blob>"
      "<Blob><Name Encoded=\"true\">in/x%20y%ef%bf%bf.csv</Name><Properties><Content-Length>0</Content-Length>"
      "<Content-MD5/></Properties></Blob>"
      "<BlobPrefix><Name>in/deep/</Name></BlobPrefix>"
      "<Blob><Name>in/dir</Name><Properties><Content-Length>0</Content-Length><ResourceType>directory</ResourceType>"
      "</Properties></Blob></Blobs><NextMarker>2!abc</NextMarker></EnumerationResults>";
  g_autoptr (GError) error = NULL;
  g_autofree char *marker = NULL;
  g_autoptr (GPtrArray) items = parse (xml, &marker, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, 3);
  g_assert_cmpstr (marker, ==, "2!abc");
  const BlobItem *first = g_ptr_array_index (items, 0);
  g_assert_cmpstr (first->name, ==, "in/2025-09-01/a & b.csv");
  g_assert_cmpuint (first->length, ==, 60024);
  g_assert_cmpstr (first->md5, ==, "AAAA==");
  g_assert_cmpstr (first->etag, ==, "0x1");
  g_assert_false (first->folder);
  const BlobItem *second = g_ptr_array_index (items, 1);
  g_assert_true (g_str_has_prefix (second->name, "in/x y"));
  g_assert_null (second->md5);
  const BlobItem *third = g_ptr_array_index (items, 2);
  g_assert_true (third->folder);
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *marker = NULL;
  g_autoptr (GPtrArray) items = parse ("<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>",
                                       &marker, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, 0);
  g_assert_null (marker);
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    "not xml",
    "<html><body>proxy</body></html>",
    "<EnumerationResults><Blobs>",
    "<EnumerationResults><Blobs><Blob><Name></Name></Blob></Blobs></EnumerationResults>",
    "<EnumerationResults><Blobs><Blob></Blob></Blobs></EnumerationResults>",
    "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Content-Length>-1</Content-Length></Properties></Blob>"
    "</Blobs></EnumerationResults>",
    "<!DOCTYPE x [<!ENTITY e \"eeeeeeeeee\">]><EnumerationResults><Blobs><Blob><Name>&e;</Name></Blob></Blobs>"
    "</EnumerationResults>",
    "<EnumerationResults><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a></a>"
    "</a></a></a></a></a></a></EnumerationResults>",
    "<EnumerationResults>\xff</EnumerationResults>",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    char *marker = NULL;
    g_assert_null (parse (bad[i], &marker, &error));
    g_assert_null (marker);
    g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  }
  /* A text that never ends. */
  g_autoptr (GString) big = g_string_new ("<EnumerationResults><Blobs><Blob><Name>");
  for (guint i = 0; i < 70000; i++)
    g_string_append_c (big, 'x');
  g_string_append (big, "</Name></Blob></Blobs></EnumerationResults>");
  g_autoptr (GError) error = NULL;
  char *marker = NULL;
  g_assert_null (parse (big->str, &marker, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/blob/page", test_page);
  g_test_add_func ("/cloud/blob/empty", test_empty);
  g_test_add_func ("/cloud/blob/bad", test_bad);
  return g_test_run ();
}
