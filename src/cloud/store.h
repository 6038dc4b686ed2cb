/* SPDX-License-Identifier: MIT
 * A place for files in a cloud: a container of a blob service or a bucket of an S3 service, behind one set of
 * functions, so that files move the same way (data/transfer.h moves them).
 *
 * A store borrows its client, which must outlive it. Calls may come from several threads at once.
 */
#pragma once

#include "base/job.h"
#include "cloud/blob.h"
#include "cloud/s3.h"

G_BEGIN_DECLS

typedef struct CloudStore CloudStore;

CloudStore *cloud_store_blob (BlobClient *client, const char *container); /* gives */
CloudStore *cloud_store_s3 (S3Client *client, const char *bucket);        /* gives */
void cloud_store_free (CloudStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CloudStore, cloud_store_free)

/* "container x" or "bucket x", for messages; borrowed. */
const char *cloud_store_name (const CloudStore *store);
/* "https://host/x", the same for every client of this place; borrowed. */
const char *cloud_store_address (const CloudStore *store);
/* The digest of the key that the store encrypts with (customer-provided key); NULL = its own keys.
 * Borrowed. */
const char *cloud_store_key_digest (const CloudStore *store);

/* Make the container or bucket; one of one's own that is there already is a success. */
gboolean cloud_store_create (CloudStore *store, CrJob *job, GError **error);
/* Every file whose name starts with PREFIX (NULL = all). Gives an array of BlobItem* that frees them. */
GPtrArray *cloud_store_list (CloudStore *store, CrJob *job, const char *prefix, GError **error);
/* What is known of one file, with the sums that a listing leaves out. CR_ERROR_NOT_FOUND when absent.
 * Gives. */
BlobItem *cloud_store_head (CloudStore *store, CrJob *job, const char *name, GError **error);

/* --- pieces of files ---
 * Each of these is one call that is not repeated, apart from a token that ran out and a role that has no
 * effect yet. The caller repeats it when CloudTry says so. */

typedef struct {
  CrJob *job;
  guint status;         /* set: of the answer; 0 = there was none */
  gint retry_after_s;   /* set: seconds that the service asks for; -1 = it does not say */
  gboolean may_succeed; /* set on failure: the same call may succeed later */
} CloudTry;

/* Bytes to send: BYTES, or READ for streaming. All borrowed. */
typedef struct {
  GBytes *bytes;
  HttpSource read;
  gpointer data;
  guint64 length;
  guint64 crc64; /* of all bytes (base/crc64.h) */
  const guint64
      *passed; /* instead, where the store answers sums: READ keeps it of the bytes that it has given */
  const guint8 *sha256; /* of all bytes, 32; needed where cloud_store_wants_sha256 says so; may be NULL */
  const guint8 *md5;    /* of all bytes, 16; needed where cloud_store_wants_md5 says so */
} CloudBody;

/* What is kept with a file. All borrowed. */
typedef struct {
  const char *type; /* content type */
  guint64 crc64;    /* of the whole content */
  const char *seal; /* a keyed sum of the content before it was encrypted, token characters; NULL = none */
} CloudMarks;

/* Does a block of UPLOAD (NULL = a whole file) have to be signed with its SHA-256? A service that has proven
 * that it checks CRC64 does not need it. That may turn out wrong any time, also between this and the call:
 * the call is refused then, and may be repeated. */
gboolean cloud_store_wants_sha256 (const CloudStore *store, const char *upload);
/* A service that turned out not to know CRC64: the call that found out may be repeated. */
gboolean cloud_store_wants_md5 (const CloudStore *store);
/* Does the service say of every block which sum it has computed? Then CloudBody.passed serves for a block. One
 * that turns out not to say it is answered FALSE for from then on; the call that found out may be repeated. */
gboolean cloud_store_answers_sums (const CloudStore *store);
/* Marks of a file of many blocks are wanted by cloud_store_begin, not by cloud_store_commit; a listing does
 * not have them, only cloud_store_head does. */
gboolean cloud_store_marks_at_begin (const CloudStore *store);
/* Blocks that one file may have at most. */
guint cloud_store_max_blocks (const CloudStore *store);

/* A whole file in one call. */
gboolean cloud_store_put (CloudStore *store, CloudTry *try, const char *name, const CloudBody *body,
                          const CloudMarks *marks, GError **error);
/* Begin an upload in blocks; of MARKS type and seal count here. Gives its id, which cloud_store_put_block
 * wants. */
char *cloud_store_begin (CloudStore *store, CloudTry *try, const char *name, const CloudMarks *marks,
                         GError **error);
/* Block INDEX (from 0 on), at least 5 MiB unless it is the last. Gives the tag that cloud_store_commit
 * wants. */
char *cloud_store_put_block (CloudStore *store, CloudTry *try, const char *upload, const char *name,
                             guint index, const CloudBody *body, GError **error);
/* Make the blocks of TAGS, COUNT of them in order, the content of the file. */
gboolean cloud_store_commit (CloudStore *store, CloudTry *try, const char *upload, const char *name,
                             const char *const *tags, guint count, const CloudMarks *marks, GError **error);
/* Forget an upload that nobody will go on with. */
void cloud_store_abort (CloudStore *store, const char *upload, const char *name);
/* Was this refusal of a commit or block because the service does not have the upload or its blocks any
 * more, or has something else in their place? */
gboolean cloud_store_lost_blocks (const GError *error);

/* LENGTH bytes from FIRST on to SINK; WHOLE = that is all of the file. With ETAG the file must still be that
 * one, else CR_ERROR_RETRY. Short answers are an error, long ones are cut and an error. */
typedef struct {
  const char *name;
  const char *etag; /* NULL = any */
  guint64 first, length;
  gboolean whole;
  HttpSink sink;
  gpointer data;
} CloudRange;
gboolean cloud_store_get (CloudStore *store, CloudTry *try, const CloudRange *range, GError **error);

G_END_DECLS
