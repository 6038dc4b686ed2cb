/* SPDX-License-Identifier: MIT
 * What a kind of store has to offer (store.h), and what blobs and objects share.
 */
#pragma once

#include "cloud/store.h"

G_BEGIN_DECLS

/* CLIENT is the client of the kind, PLACE its container or bucket. */
typedef struct {
  const char *word;
  gboolean marks_at_begin;
  gboolean (*wants_sha256) (gpointer client, const char *upload); /* may be NULL */
  gboolean (*wants_md5) (gpointer client);                        /* may be NULL */
  gboolean (*answers_sums) (gpointer client);                     /* may be NULL */
  guint max_blocks;
  char *(*address) (gpointer client, const char *place);
  gboolean (*create) (gpointer client, CrJob *job, const char *place, GError **error);
  GPtrArray *(*list) (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error);
  BlobItem *(*head) (gpointer client, CrJob *job, const char *place, const char *name, GError **error);
  gboolean (*put) (gpointer client, CloudTry *try, const char *place, const char *name, const CloudBody *body,
                   const CloudMarks *marks, GError **error);
  char *(*begin) (gpointer client, CloudTry *try, const char *place, const char *name,
                  const CloudMarks *marks, GError **error);
  char *(*put_block) (gpointer client, CloudTry *try, const char *place, const char *upload, const char *name,
                      guint index, const CloudBody *body, GError **error);
  gboolean (*commit) (gpointer client, CloudTry *try, const char *place, const char *upload, const char *name,
                      const char *const *tags, guint count, const CloudMarks *marks, GError **error);
  void (*abort) (gpointer client, const char *place, const char *upload, const char *name); /* may be NULL */
  gboolean (*get) (gpointer client, CloudTry *try, const char *place, const CloudRange *range,
                   GError **error);
} CloudStoreKind;

extern const CloudStoreKind cloud_store_containers; /* BlobClient */
extern const CloudStoreKind cloud_store_buckets;    /* S3Client */

/* Fill TRY from an answer (NULL = none came). */
void cloud_try_take (CloudTry *try, const HttpResponse *response);
/* Is RESPONSE to a GET of RANGE what was asked for? The bytes that came are GOT. */
gboolean cloud_range_check (CloudTry *try, const CloudRange *range, const HttpResponse *response, guint64 got,
                            GError **error);
/* A sink that passes on what belongs to RANGE and refuses more; zero-initialise and set RANGE. */
typedef struct {
  const CloudRange *range;
  guint64 got;
} CloudRangeSink;
gboolean cloud_range_take (const void *data, gsize length, gpointer range_sink, GError **error);
/* "bytes=a-b", or NULL when the whole file is asked for. Gives. */
char *cloud_range_header (const CloudRange *range);

/* A single transfer call may take long on a slow line; only silence ends it. */
#define CLOUD_TRANSFER_TIMEOUT_MS (24u * 3600 * 1000)

G_END_DECLS
