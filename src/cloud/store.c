/* SPDX-License-Identifier: MIT
 * Containers and buckets behind one set of functions (store.h).
 */
#include "cloud/store-private.h"

#include "base/error.h"
#include "cloud/blob-private.h"

#include <string.h>

#define RETRY_AFTER_MAX (24 * 3600)

struct CloudStore {
  const CloudStoreKind *kind;
  gpointer client;
  char *place, *name, *address;
};

static CloudStore *
store_new (const CloudStoreKind *kind, gpointer client, const char *place)
{
  CloudStore *store = g_new0 (CloudStore, 1);
  store->kind = kind;
  store->client = client;
  store->place = g_strdup (place);
  store->name = g_strdup_printf ("%s %s", kind->word, place);
  store->address = kind->address (client, place);
  return store;
}

CloudStore *
cloud_store_blob (BlobClient *client, const char *container)
{
  return store_new (&cloud_store_containers, client, container);
}

CloudStore *
cloud_store_s3 (S3Client *client, const char *bucket)
{
  return store_new (&cloud_store_buckets, client, bucket);
}

void
cloud_store_free (CloudStore *store)
{
  if (store == NULL)
    return;
  g_free (store->place);
  g_free (store->name);
  g_free (store->address);
  g_free (store);
}

const char *
cloud_store_name (const CloudStore *store)
{
  return store->name;
}

const char *
cloud_store_address (const CloudStore *store)
{
  return store->address;
}

const char *
cloud_store_key_digest (const CloudStore *store)
{
  return store->kind == &cloud_store_containers ? blob_client_key_digest (store->client) : NULL;
}

gboolean
cloud_store_wants_sha256 (const CloudStore *store, const char *upload)
{
  return store->kind->wants_sha256 != NULL && store->kind->wants_sha256 (store->client, upload);
}

gboolean
cloud_store_wants_md5 (const CloudStore *store)
{
  return store->kind->wants_md5 != NULL && store->kind->wants_md5 (store->client);
}

gboolean
cloud_store_answers_sums (const CloudStore *store)
{
  return store->kind->answers_sums != NULL && store->kind->answers_sums (store->client);
}

gboolean
cloud_store_marks_at_begin (const CloudStore *store)
{
  return store->kind->marks_at_begin;
}

guint
cloud_store_max_blocks (const CloudStore *store)
{
  return store->kind->max_blocks;
}

gboolean
cloud_store_create (CloudStore *store, CrJob *job, GError **error)
{
  return store->kind->create (store->client, job, store->place, error);
}

GPtrArray *
cloud_store_list (CloudStore *store, CrJob *job, const char *prefix, GError **error)
{
  return store->kind->list (store->client, job, store->place, prefix, error);
}

BlobItem *
cloud_store_head (CloudStore *store, CrJob *job, const char *name, GError **error)
{
  return store->kind->head (store->client, job, store->place, name, error);
}

/* --- pieces --------------------------------------------------------------------------------------------- */

/* Before a call: nothing is known, and what never gets an answer may be repeated. */
static void
begin_try (CloudTry *try)
{
  try->status = 0;
  try->retry_after_s = -1;
  try->may_succeed = FALSE;
}

/* After a failure without an answer, the kind of the error says whether it may be repeated. */
static gboolean
end_try (CloudTry *try, gboolean done, GError **error, GError *problem)
{
  if (done)
    return TRUE;
  if (try->status == 0)
    try->may_succeed = g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY);
  g_propagate_error (error, problem);
  return FALSE;
}

gboolean
cloud_store_put (CloudStore *store, CloudTry *try, const char *name, const CloudBody *body,
                 const CloudMarks *marks, GError **error)
{
  GError *problem = NULL;
  begin_try (try);
  gboolean done = store->kind->put (store->client, try, store->place, name, body, marks, &problem);
  return end_try (try, done, error, problem);
}

char *
cloud_store_begin (CloudStore *store, CloudTry *try, const char *name, const CloudMarks *marks,
                   GError **error)
{
  GError *problem = NULL;
  begin_try (try);
  char *upload = store->kind->begin (store->client, try, store->place, name, marks, &problem);
  end_try (try, upload != NULL, error, problem);
  return upload;
}

char *
cloud_store_put_block (CloudStore *store, CloudTry *try, const char *upload, const char *name, guint index,
                       const CloudBody *body, GError **error)
{
  GError *problem = NULL;
  begin_try (try);
  char *tag = store->kind->put_block (store->client, try, store->place, upload, name, index, body, &problem);
  end_try (try, tag != NULL, error, problem);
  return tag;
}

gboolean
cloud_store_commit (CloudStore *store, CloudTry *try, const char *upload, const char *name,
                    const char *const *tags, guint count, const CloudMarks *marks, GError **error)
{
  GError *problem = NULL;
  begin_try (try);
  gboolean done = store->kind->commit (store->client, try, store->place, upload, name, tags, count, marks,
                                       &problem);
  return end_try (try, done, error, problem);
}

void
cloud_store_abort (CloudStore *store, const char *upload, const char *name)
{
  if (store->kind->abort != NULL)
    store->kind->abort (store->client, store->place, upload, name);
}

gboolean
cloud_store_lost_blocks (const GError *error)
{
  static const char *const codes[] = { "InvalidBlockList", "InvalidBlockId", "InvalidBlobOrBlock",
                                       "NoSuchUpload",     "InvalidPart",    "BadDigest" };
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (cr_error_is_remote (error, codes[i]))
      return TRUE;
  return FALSE;
}

gboolean
cloud_store_get (CloudStore *store, CloudTry *try, const CloudRange *range, GError **error)
{
  GError *problem = NULL;
  begin_try (try);
  gboolean done = store->kind->get (store->client, try, store->place, range, &problem);
  return end_try (try, done, error, problem);
}

/* --- what blobs and objects share ----------------------------------------------------------------------- */

/* "What to retry": time-outs and servers that are busy or broken for a moment, bodies damaged on the way, and
 * a container or upload that somebody else is working on. */
void
cloud_try_take (CloudTry *try, const HttpResponse *response)
{
  if (response == NULL)
    return;
  try->status = response->status;
  const char *after = http_response_header (response, "retry-after");
  guint64 seconds = 0;
  if (after != NULL && g_ascii_string_to_unsigned (after, 10, 0, RETRY_AFTER_MAX, &seconds, NULL))
    try->retry_after_s = (gint) seconds;
  static const guint again[] = { 408, 429, 500, 502, 503, 504 };
  for (gsize i = 0; i < G_N_ELEMENTS (again); i++)
    try->may_succeed |= response->status == again[i];
  static const char *const codes[] = {
    "Crc64Mismatch",    "Md5Mismatch",    "BadDigest",     "RequestTimeout", "XAmzContentSHA256Mismatch",
    "OperationAborted", "IncompleteBody", "InternalError", "SlowDown"
  };
  g_autofree char *code = response->status >= 300 || g_bytes_get_size (response->body) > 0
                              ? blob_error_code (response)
                              : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (codes) && code != NULL; i++)
    try->may_succeed |= strcmp (codes[i], code) == 0;
  if (g_strcmp0 (code, "FeatureNotSupported") == 0)
    try->may_succeed = FALSE; /* an emulator that says 500 and means never */
}

char *
cloud_range_header (const CloudRange *range)
{
  if (range->whole)
    return NULL;
  return g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, range->first,
                          range->first + range->length - 1);
}

gboolean
cloud_range_take (const void *data, gsize length, gpointer range_sink, GError **error)
{
  CloudRangeSink *sink = range_sink;
  const CloudRange *range = sink->range;
  if (sink->got + length > range->length) {
    cr_set_error (error, CR_ERROR_ADMIN, "Check that the address belongs to the right service.",
                  "The storage sends more of %s than was asked for.", range->name);
    return FALSE;
  }
  sink->got += length;
  return range->sink (data, length, range->data, error);
}

/* Listings leave out the quotes that headers have. */
static gboolean
same_tag (const char *a, const char *b)
{
  gsize from_a = *a == '"' ? 1 : 0, from_b = *b == '"' ? 1 : 0;
  gsize length = strcspn (a + from_a, "\"");
  return length == strcspn (b + from_b, "\"") && strncmp (a + from_a, b + from_b, length) == 0;
}

gboolean
cloud_range_check (CloudTry *try, const CloudRange *range, const HttpResponse *response, guint64 got,
                   GError **error)
{
  const char *etag = http_response_header (response, "etag");
  const char *place = http_response_header (response, "content-range");
  g_autofree char *start = g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-", range->first);
  if (range->etag != NULL && etag != NULL && !same_tag (range->etag, etag)) {
    cr_set_error (error, CR_ERROR_RETRY, "Download it again when nobody writes to it.",
                  "%s changed while it was downloaded.", range->name);
    return FALSE;
  }
  if (!range->whole && (response->status != 206 || (place != NULL && !g_str_has_prefix (place, start)))) {
    cr_set_error (error, CR_ERROR_ADMIN, "Check that the address belongs to the right service.",
                  "The storage gives another part of %s than was asked for.", range->name);
    return FALSE;
  }
  if (got == range->length)
    return TRUE;
  try->may_succeed = TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Download it again when nobody writes to it.",
                "%s is shorter than the storage said.", range->name);
  return FALSE;
}
