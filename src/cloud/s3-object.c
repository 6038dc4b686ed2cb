/* SPDX-License-Identifier: MIT
 * Objects of S3: up, down, listed, removed (s3.h).
 */
#include "cloud/s3-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cloud/blob-private.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_PARTS 10000u
#define MAX_KEYS 1000000u
#define DOWNLOAD_ATTEMPTS 3u

static const char *
type_of (const char *path)
{
  return blob_content_type (path);
}

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

/* --- multipart --- */

typedef struct {
  S3Client *client;
  CrJob *job;
  const char *bucket, *key;
  char *upload_id;
  GString *list; /* <Part> elements */
} Multipart;

static void
multipart_clear (Multipart *multipart)
{
  g_free (multipart->upload_id);
  g_string_free (multipart->list, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Multipart, multipart_clear)

static gboolean
multipart_start (Multipart *multipart, const char *type, GError **error)
{
  const CloudPair query[] = { { "uploads", "" } };
  const S3Call call = { .method = "POST",
                        .bucket = multipart->bucket,
                        .key = multipart->key,
                        .query = query,
                        .query_count = 1,
                        .content_type = type };
  g_autoptr (HttpResponse) response = s3_call (multipart->client, multipart->job, &call, error);
  if (response == NULL)
    return FALSE;
  multipart->upload_id = s3_xml_text (response->body, "InitiateMultipartUploadResult/UploadId");
  if (multipart->upload_id == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage named no upload for %s.", multipart->key);
  return multipart->upload_id != NULL;
}

static gboolean
multipart_part (Multipart *multipart, guint number, GBytes *data, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  const CloudPair query[] = { { "partNumber", text }, { "uploadId", multipart->upload_id } };
  const S3Call call = { .method = "PUT",
                        .bucket = multipart->bucket,
                        .key = multipart->key,
                        .query = query,
                        .query_count = G_N_ELEMENTS (query),
                        .body = data };
  g_autoptr (HttpResponse) response = s3_call (multipart->client, multipart->job, &call, error);
  const char *etag = response != NULL ? http_response_header (response, "etag") : NULL;
  if (response != NULL && etag == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "The storage gave no tag for part %u of %s.", number, multipart->key);
  if (etag == NULL)
    return FALSE;
  g_autofree char *escaped = g_markup_escape_text (etag, -1);
  g_string_append_printf (multipart->list, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", number,
                          escaped);
  return TRUE;
}

static gboolean
multipart_finish (Multipart *multipart, gboolean complete, GError **error)
{
  const CloudPair query[] = { { "uploadId", multipart->upload_id } };
  g_autofree char *xml = g_strdup_printf ("<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
                                          multipart->list->str);
  g_autoptr (GBytes) body = complete ? g_bytes_new (xml, strlen (xml)) : NULL;
  const S3Call call = { .method = complete ? "POST" : "DELETE",
                        .bucket = multipart->bucket,
                        .key = multipart->key,
                        .query = query,
                        .query_count = 1,
                        .body = body,
                        .content_type = complete ? "application/xml" : NULL };
  g_autoptr (HttpResponse) response = s3_call (multipart->client, complete ? multipart->job : NULL, &call,
                                               error);
  return response != NULL;
}

static gboolean
send_parts (Multipart *multipart, GInputStream *stream, guint64 length, GError **error)
{
  const guint64 mebibyte = 1024 * 1024;
  guint64 needed = ((length + MAX_PARTS - 1) / MAX_PARTS + mebibyte - 1) / mebibyte * mebibyte;
  gsize size = (gsize) MAX (needed, S3_PART_BYTES);
  g_autofree guint8 *buffer = g_malloc (size);
  guint64 sent = 0;
  for (guint number = 1; sent < length; number++) {
    gsize got = 0;
    if (!g_input_stream_read_all (stream, buffer, size, &got, cr_job_cancellable (multipart->job), error))
      return FALSE;
    if (got == 0)
      break;
    g_autoptr (GBytes) data = g_bytes_new (buffer, got);
    if (!multipart_part (multipart, number, data, error))
      return FALSE;
    sent += got;
  }
  if (sent == length)
    return TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Upload it again when nobody writes to it.",
                "The file for %s changed while it was uploaded.", multipart->key);
  return FALSE;
}

gboolean
s3_put_file (S3Client *client, CrJob *job, const char *bucket, const char *key, const char *path,
             GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GFileInfo) info =
      stream != NULL ? g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, error)
                     : NULL;
  if (info == NULL)
    return FALSE;
  guint64 length = (guint64) g_file_info_get_size (info);
  if (length <= S3_PART_BYTES) {
    g_autofree guint8 *buffer = g_malloc (length + 1);
    gsize got = 0;
    if (!g_input_stream_read_all (G_INPUT_STREAM (stream), buffer, length + 1, &got, cr_job_cancellable (job),
                                  error))
      return FALSE;
    g_autoptr (GBytes) data = g_bytes_new (buffer, got);
    return s3_put (client, job, bucket, key, data, type_of (path), error);
  }
  g_auto (Multipart) multipart = {
    .client = client, .job = job, .bucket = bucket, .key = key, .list = g_string_new (NULL)
  };
  if (!multipart_start (&multipart, type_of (path), error))
    return FALSE;
  if (send_parts (&multipart, G_INPUT_STREAM (stream), length, error)
      && multipart_finish (&multipart, TRUE, error))
    return TRUE;
  /* Parts of an upload that nobody completes would be paid for. */
  multipart_finish (&multipart, FALSE, NULL);
  return FALSE;
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
  cr_set_error (error, CR_ERROR_INPUT, NULL, "%s/%s is larger than %zu bytes.", bucket, key,
                max);
  return NULL;
}

typedef struct {
  BlobFile *file;
  GChecksum *sum;
} Download;

static gboolean
take_bytes (const void *data, gsize length, gpointer user_data, GError **error)
{
  Download *download = user_data;
  g_checksum_update (download->sum, data, (gssize) length);
  return blob_file_append (download->file, data, length, error);
}

/* The ETag of an object that was put in one piece is the MD5 of its content. */
static gboolean
check_digest (GChecksum *sum, const HttpResponse *response, const char *key, GError **error)
{
  const char *etag = http_response_header (response, "etag");
  if (etag == NULL || !g_regex_match_simple ("^\"[0-9a-f]{32}\"$", etag, G_REGEX_DOLLAR_ENDONLY, 0)
      || strncmp (etag + 1, g_checksum_get_string (sum), 32) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Download it again; if it stays so, publish the data again.",
                "The content of %s does not match its checksum.", key);
  return FALSE;
}

static gboolean
download_once (S3Client *client, CrJob *job, const char *bucket, const char *key, const char *path,
               GError **error)
{
  BlobFile *file = blob_file_create (path, error);
  if (file == NULL)
    return FALSE;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  Download download = { file, sum };
  const S3Call call = { .method = "GET",
                        .bucket = bucket,
                        .key = key,
                        .max_response = G_MAXSIZE,
                        .sink = take_bytes,
                        .sink_data = &download };
  g_autoptr (HttpResponse) response = s3_send (client, job, &call, error);
  gboolean good = response != NULL && response->status >= 200 && response->status < 300;
  if (response != NULL && !good)
    absent (error, &call, response);
  if (good && check_digest (sum, response, key, error))
    return blob_file_commit (file, error);
  blob_file_discard (file);
  return FALSE;
}

gboolean
s3_get_to_file (S3Client *client, CrJob *job, const char *bucket, const char *key, const char *path,
                GError **error)
{
  for (guint attempt = 1;; attempt++) {
    GError *problem = NULL;
    if (download_once (client, job, bucket, key, path, &problem))
      return TRUE;
    if (attempt == DOWNLOAD_ATTEMPTS || !g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)) {
      g_propagate_error (error, problem);
      return FALSE;
    }
    g_clear_error (&problem);
    if (!cr_job_sleep (job, 500 * attempt, error))
      return FALSE;
  }
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

/* The hexadecimal MD5 in quotes as the base64 text that blobs have; NULL when it is another kind of tag. */
static char *
md5_of_tag (const char *tag)
{
  if (!g_regex_match_simple ("^\"?[0-9a-f]{32}\"?$", tag, G_REGEX_DOLLAR_ENDONLY, 0))
    return NULL;
  g_autofree char *hex = g_strndup (*tag == '"' ? tag + 1 : tag, 32);
  g_autoptr (GBytes) bytes = cr_hex_decode (hex, NULL);
  return bytes != NULL ? cr_base64_bytes (bytes) : NULL;
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
    current (listing)->md5 = md5_of_tag (text);
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
    const S3Xml handlers = { .leaf = take_leaf, .after = take_end, .data = &listing };
    gboolean good = s3_xml_read (response->body, &handlers, error);
    blob_item_free (listing.item);
    decode_names (&listing, before);
    g_free (token);
    token = listing.next;
    if (!good)
      return NULL;
  } while (token != NULL && *token != '\0');
  return g_steal_pointer (&items);
}
