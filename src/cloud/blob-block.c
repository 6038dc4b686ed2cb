/* SPDX-License-Identifier: MIT
 * Blobs as a store: Put Blob, Put Block, Put Block List and ranges of Get Blob (store.h).
 *
 * Every body is proved by a CRC64: it carries x-ms-content-crc64, which the service compares, or it is a block
 * without, and the service answers with the CRC64 that it has computed ("Put Block", response headers), which we
 * compare; what has come wrong is part of nothing until a block list names it. A service (an emulator) that refuses
 * the header or does not answer it gets Content-MD5 instead. The sum of the whole content is kept as metadata
 * "crc64" (hex), for files of many blocks as well, where the service computes no digest itself.
 */
#include "cloud/blob-private.h"
#include "cloud/store-private.h"

#include "base/crc64.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"

#include <string.h>

#define CRC64_HEADER "x-ms-content-crc64"
#define MD5_BYTES 16u

/* Is BODY proved by its MD5? */
static gboolean
uses_md5 (BlobClient *client, const CloudBody *body)
{
  return body->passed == NULL && body->md5 != NULL && blob_client_lacks_crc64 (client);
}

/* The sum of BODY as a header, to the front of HEADERS; gives its value, NULL when it is not known yet. */
static char *
set_sum (const CloudBody *body, gboolean md5, const char **headers)
{
  if (body->passed != NULL)
    return NULL;
  headers[0] = md5 ? "Content-MD5" : CRC64_HEADER;
  char *text = md5 ? cr_base64 (body->md5, MD5_BYTES) : cr_crc64_base64_le (body->crc64);
  headers[1] = text;
  return text;
}

static void
set_body (BlobCall *call, const CloudBody *body)
{
  call->body = body->read == NULL ? body->bytes : NULL;
  if (body->read == NULL || body->length == 0)
    return;
  call->source = body->read;
  call->source_data = body->data;
  call->source_length = body->length;
}

/* The answer of a call that must be 2xx; TRY is filled. */
static HttpResponse *
call_once (BlobClient *client, CloudTry *try, const BlobCall *call, GError **error)
{
  g_autoptr (HttpResponse) response = blob_send (client, try->job, call, error);
  cloud_try_take (try, response);
  if (response == NULL)
    return NULL;
  if (response->status >= 200 && response->status < 300)
    return g_steal_pointer (&response);
  blob_set_error (error, call, response);
  if (g_strcmp0 (call->headers[0], CRC64_HEADER) == 0 && cr_error_is_remote (*error, "FeatureNotSupported")) {
    blob_client_set_lacks_crc64 (client);
    try->may_succeed = TRUE;
  }
  return NULL;
}

/* Put BODY with CALL, and see whether the service has got what was given to it. One that does not say so took no
 * note of the sum. */
static gboolean
put_checked (BlobClient *client, CloudTry *try, BlobCall *call, const CloudBody *body, GError **error)
{
  gboolean md5 = uses_md5 (client, body);
  set_body (call, body);
  g_autofree char *sum = set_sum (body, md5, call->headers);
  g_autoptr (HttpResponse) response = call_once (client, try, call, error);
  if (response == NULL)
    return FALSE;
  g_autofree char *given = cr_crc64_base64_le (body->passed != NULL ? *body->passed : body->crc64);
  const char *got = http_response_header (response, CRC64_HEADER);
  if (md5 || g_strcmp0 (got, given) == 0)
    return TRUE;
  if (got == NULL)
    blob_client_set_lacks_crc64 (client);
  try->may_succeed = TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                got != NULL ? N_ ("The storage received other bytes of %s than were sent.")
                            : N_ ("The storage does not say what it received of %s."),
                call->name);
  return FALSE;
}

static gboolean
put_whole (gpointer client, CloudTry *try, const char *container, const char *name, const CloudBody *body,
           const CloudMarks *marks, GError **error)
{
  g_autofree char *crc = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", marks->crc64);
  BlobCall call = { .method = "PUT",
                    .container = container,
                    .name = name,
                    .content_type = marks->type,
                    .headers = { NULL, NULL, "x-ms-blob-type", "BlockBlob", "x-ms-meta-crc64", crc,
                                 marks->seal != NULL ? "x-ms-meta-seal" : NULL, marks->seal },
                    .once = TRUE };
  return put_checked (client, try, &call, body, error);
}

/* Nothing is asked for: an upload is the random part of its block ids, so that two uploads of one name cannot
 * mix their blocks. */
static char *
begin (gpointer client, CloudTry *try, const char *container, const char *name, const CloudMarks *marks,
       GError **error)
{
  (void) client, (void) try, (void) container, (void) name, (void) marks, (void) error;
  return cr_random_hex (16);
}

static char *
put_block (gpointer client, CloudTry *try, const char *container, const char *upload, const char *name,
           guint index, const CloudBody *body, GError **error)
{
  g_autofree char *plain = g_strdup_printf ("%08u-%s", index, upload);
  g_autofree char *id = cr_base64 (plain, strlen (plain));
  g_autofree char *encoded = cr_percent_encode (id, NULL);
  g_autofree char *query = g_strdup_printf ("comp=block&blockid=%s", encoded);
  BlobCall call = { .method = "PUT",
                    .container = container,
                    .name = name,
                    .query = query,
                    .content_type = "application/octet-stream",
                    .once = TRUE };
  return put_checked (client, try, &call, body, error) ? g_steal_pointer (&id) : NULL;
}

static gboolean
commit (gpointer client, CloudTry *try, const char *container, const char *upload, const char *name,
        const char *const *tags, guint count, const CloudMarks *marks, GError **error)
{
  (void) upload;
  g_autoptr (GString) xml = g_string_new ("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
  for (guint i = 0; i < count; i++)
    g_string_append_printf (xml, "<Latest>%s</Latest>", tags[i]);
  g_string_append (xml, "</BlockList>");
  g_autoptr (GBytes) body = g_bytes_new (xml->str, xml->len);
  g_autofree char *crc = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", marks->crc64);
  const BlobCall call = { .method = "PUT",
                          .container = container,
                          .name = name,
                          .query = "comp=blocklist",
                          .body = body,
                          .content_type = "application/xml",
                          .headers = { "x-ms-blob-content-type", marks->type, "x-ms-meta-crc64", crc,
                                       marks->seal != NULL ? "x-ms-meta-seal" : NULL, marks->seal },
                          .once = TRUE };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, error);
  return response != NULL;
}

static gboolean
get (gpointer client, CloudTry *try, const char *container, const CloudRange *range, GError **error)
{
  g_autofree char *bytes = cloud_range_header (range);
  CloudRangeSink sink = { .range = range };
  const BlobCall call = { .method = "GET",
                          .container = container,
                          .name = range->name,
                          .headers = { bytes != NULL ? "x-ms-range" : NULL, bytes },
                          .max_response = G_MAXSIZE,
                          .sink = cloud_range_take,
                          .sink_data = &sink,
                          .once = TRUE };
  g_autoptr (HttpResponse) response = call_once (client, try, &call, error);
  return response != NULL && cloud_range_check (try, range, response, sink.got, error);
}

static char *
address (gpointer client, const char *place)
{
  return http_url_join (blob_client_endpoint (client), place);
}

static gboolean
wants_md5 (gpointer client)
{
  return blob_client_lacks_crc64 (client);
}

static gboolean
answers_sums (gpointer client)
{
  return !blob_client_lacks_crc64 (client);
}

static gboolean
create (gpointer client, CrJob *job, const char *place, GError **error)
{
  return blob_container_create (client, job, place, error);
}

static GPtrArray *
list (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error)
{
  return blob_list (client, job, place, prefix, error);
}

static BlobItem *
head (gpointer client, CrJob *job, const char *place, const char *name, GError **error)
{
  return blob_head (client, job, place, name, error);
}

const CloudStoreKind cloud_store_containers = { .word = "container",
                                                .wants_md5 = wants_md5,
                                                .answers_sums = answers_sums,
                                                .max_blocks = BLOB_MAX_BLOCKS,
                                                .address = address,
                                                .create = create,
                                                .list = list,
                                                .head = head,
                                                .put = put_whole,
                                                .begin = begin,
                                                .put_block = put_block,
                                                .commit = commit,
                                                .get = get };
