/* SPDX-License-Identifier: MIT
 * Objects of S3: put, read, listed, removed (s3.h).
 */
#include "cloud/s3-private.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define MAX_KEYS 1000000u

gboolean
s3_put (S3Client *client, CrJob *job, const char *bucket, const char *key, GBytes *data,
        const char *content_type, GError **error)
{
  const S3Call call = {
    .method = "PUT", .bucket = bucket, .key = key, .body = data, .content_type = content_type
  };
  g_autoptr (HttpResponse) response = s3_call (client, job, &call, error);
  return response != NULL;
}

/* --- down --- */

static void
absent (GError **error, const S3Call *call, const HttpResponse *response)
{
  if (response->status == 404)
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "%s/%s does not exist.", call->bucket, call->key);
  else
    s3_set_error (error, call, response);
}

GBytes *
s3_get (S3Client *client, CrJob *job, const char *bucket, const char *key, gsize max, GError **error)
{
  const S3Call call = { .method = "GET", .bucket = bucket, .key = key, .max_response = MAX (max, 64 * 1024) };
  g_autoptr (HttpResponse) response = s3_send (client, job, &call, error);
  if (response == NULL)
    return NULL;
  if (response->status < 200 || response->status >= 300) {
    absent (error, &call, response);
    return NULL;
  }
  if (g_bytes_get_size (response->body) <= max)
    return g_bytes_ref (response->body);
  cr_set_error (error, CR_ERROR_INPUT, NULL, "%s/%s is larger than %zu bytes.", bucket, key, max);
  return NULL;
}

/* The checksum over the whole object as hex digits; NULL when the service has none. Gives. */
static char *
crc_of (const HttpResponse *response)
{
  const char *text = http_response_header (response, S3_CRC64_HEADER);
  const char *kind = http_response_header (response, S3_SUM_TYPE_HEADER);
  if (text == NULL || (kind != NULL && strcmp (kind, S3_SUM_WHOLE) != 0))
    return NULL;
  g_autoptr (GBytes) bytes = cr_base64_decode (text, S3_CRC64_HEADER, NULL);
  return bytes != NULL && g_bytes_get_size (bytes) == sizeof (guint64)
             ? cr_hex (g_bytes_get_data (bytes, NULL), sizeof (guint64))
             : NULL;
}

/* The MD5 that an ETag of an object put in one piece is, in base64; NULL when it is another kind. Gives. */
static char *
s3_md5_of_tag (const char *tag)
{
  if (!g_regex_match_simple ("^\"?[0-9a-f]{32}\"?$", tag, G_REGEX_DOLLAR_ENDONLY, 0))
    return NULL;
  g_autofree char *hex = g_strndup (*tag == '"' ? tag + 1 : tag, 32);
  g_autoptr (GBytes) bytes = cr_hex_decode (hex, NULL);
  return bytes != NULL ? cr_base64_bytes (bytes) : NULL;
}

BlobItem *
s3_head (S3Client *client, CrJob *job, const char *bucket, const char *key, GError **error)
{
  const CloudPair headers[] = { { "x-amz-checksum-mode", "ENABLED" } };
  const S3Call call = {
    .method = "HEAD", .bucket = bucket, .key = key, .headers = headers, .header_count = G_N_ELEMENTS (headers)
  };
  g_autoptr (HttpResponse) response = s3_send (client, job, &call, error);
  if (response == NULL)
    return NULL;
  if (response->status < 200 || response->status >= 300) {
    absent (error, &call, response);
    return NULL;
  }
  BlobItem *item = g_new0 (BlobItem, 1);
  const char *length = http_response_header (response, "content-length");
  const char *etag = http_response_header (response, "etag");
  item->name = g_strdup (key);
  item->length = length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0;
  item->etag = g_strdup (etag);
  item->md5 = etag != NULL ? s3_md5_of_tag (etag) : NULL;
  item->crc64 = crc_of (response);
  item->last_modified = g_strdup (http_response_header (response, "last-modified"));
  item->seal = g_strdup (http_response_header (response, S3_SEAL_HEADER));
  return item;
}

gboolean
s3_delete (S3Client *client, CrJob *job, const char *bucket, const char *key, GError **error)
{
  const S3Call call = { .method = "DELETE", .bucket = bucket, .key = key };
  g_autoptr (HttpResponse) response = s3_call (client, job, &call, error);
  return response != NULL;
}

/* --- listing --- */

typedef struct {
  GPtrArray *items;
  BlobItem *item; /* the one being read */
  char *next;
  gboolean encoded; /* keys are percent-encoded, as was asked for */
} Listing;

static BlobItem *
current (Listing *listing)
{
  if (listing->item == NULL)
    listing->item = g_new0 (BlobItem, 1);
  return listing->item;
}

static gboolean
take_leaf (const char *path, const char *text, gpointer data)
{
  Listing *listing = data;
  if (strcmp (path, "ListBucketResult/EncodingType") == 0)
    listing->encoded = strcmp (text, "url") == 0;
  else if (strcmp (path, "ListBucketResult/NextContinuationToken") == 0)
    listing->next = g_strdup (text);
  else if (strcmp (path, "ListBucketResult/Contents/Key") == 0 && current (listing)->name == NULL)
    current (listing)->name = g_strdup (text);
  else if (strcmp (path, "ListBucketResult/Contents/Size") == 0)
    current (listing)->length = g_ascii_strtoull (text, NULL, 10);
  else if (strcmp (path, "ListBucketResult/Contents/ETag") == 0 && current (listing)->etag == NULL) {
    current (listing)->etag = g_strdup (text);
    current (listing)->md5 = s3_md5_of_tag (text);
  }
  return TRUE;
}

static gboolean
take_end (const char *path, gpointer data)
{
  Listing *listing = data;
  if (strcmp (path, "ListBucketResult/Contents") != 0)
    return TRUE;
  if (listing->item == NULL || listing->item->name == NULL || listing->items->len >= MAX_KEYS)
    return FALSE;
  g_ptr_array_add (listing->items, g_steal_pointer (&listing->item));
  return TRUE;
}

static void
decode_names (Listing *listing, guint from)
{
  for (guint i = from; listing->encoded && i < listing->items->len; i++) {
    BlobItem *item = g_ptr_array_index (listing->items, i);
    /* This encoding writes a space as "+". */
    for (char *c = item->name; *c != '\0'; c++)
      if (*c == '+')
        *c = ' ';
    g_autofree char *decoded = cr_percent_decode (item->name, -1);
    g_free (item->name);
    item->name = g_utf8_make_valid (decoded, -1);
  }
}

GPtrArray *
s3_list (S3Client *client, CrJob *job, const char *bucket, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) blob_item_free);
  g_autofree char *token = NULL;
  do {
    const CloudPair query[] = { { "list-type", "2" },
                                { "encoding-type", "url" },
                                { "prefix", prefix != NULL ? prefix : "" },
                                { "continuation-token", token } };
    const S3Call call = {
      .method = "GET", .bucket = bucket, .query = query, .query_count = token != NULL ? 4 : 3
    };
    g_autoptr (HttpResponse) response = s3_call (client, job, &call, error);
    if (response == NULL)
      return NULL;
    Listing listing = { .items = items };
    guint before = items->len;
    const CrXml handlers = { .leaf = take_leaf, .after = take_end, .data = &listing };
    gboolean good = cr_xml_read (response->body, &handlers, error);
    blob_item_free (listing.item);
    decode_names (&listing, before);
    g_free (token);
    token = listing.next;
    if (!good)
      return NULL;
  } while (token != NULL && *token != '\0');
  return g_steal_pointer (&items);
}
