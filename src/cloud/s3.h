/* SPDX-License-Identifier: MIT
 * S3 as a client: buckets, objects, multipart uploads, listings (Amazon S3 REST API 2006-03-01).
 *
 * Every request is signed by cloud/sign.h with the digest of its body; files, which go through cloud/store.h,
 * with their checksum instead as soon as the service has proven that it compares it. Against amazonaws.com
 * the bucket is part of the host, unless its name has dots; everywhere else it is the first part of the path.
 * A bucket that turns out to lie in another region is asked there from then on ("Redirection", S3 API).
 * Answers 503 SlowDown and 500 InternalError are retried with growing pauses. Calls may come from several
 * threads at once.
 */
#pragma once

#include "base/job.h"
#include "base/secret.h"
#include "cloud/blob.h"
#include "http/http.h"

G_BEGIN_DECLS

#define S3_MAX_PARTS 10000u

/* An access key pair; borrowed. SECRET in secret memory. */
typedef struct {
  const char *id;
  const char *secret;
  const char *session_token; /* NULL = a long-lived key */
} S3Credentials;

typedef struct S3Client S3Client;

/* ENDPOINT "https://s3.amazonaws.com" (the host of REGION is used then), "https://s3.eu-west-1.amazonaws.com"
 * (its region counts and not REGION), or any S3-compatible service. HTTP is borrowed; the other texts are
 * copied. Gives. */
S3Client *s3_client_new (HttpClient *http, const char *endpoint, const char *region,
                         const S3Credentials *credentials);
void s3_client_free (S3Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (S3Client, s3_client_free)

/* "us-west-1": may TEXT be a region, and so part of the name of a host? */
gboolean s3_is_region (const char *text);
/* 3-63 of a-z 0-9 . -, no two dots, no dot beside a hyphen, not an IP address. CR_ERROR_INPUT says what. */
gboolean s3_check_bucket_name (const char *name, GError **error);
/* Access key ids have 16 to 128 capital letters and digits, secrets 16 to 128 printable characters. */
gboolean s3_check_credentials (const char *id, const char *secret, GError **error);

/* Names of the caller's buckets. Proves the key pair. Gives an array of char*. */
GPtrArray *s3_buckets (S3Client *client, CrJob *job, GError **error);
/* One's own bucket that is there already is a success; somebody else's is CR_ERROR_REFUSED. */
gboolean s3_bucket_create (S3Client *client, CrJob *job, const char *bucket, GError **error);

gboolean s3_put (S3Client *client, CrJob *job, const char *bucket, const char *key, GBytes *data,
                 const char *content_type, GError **error);
/* At most MAX bytes into memory. CR_ERROR_NOT_FOUND when absent. Gives. */
GBytes *s3_get (S3Client *client, CrJob *job, const char *bucket, const char *key, gsize max, GError **error);
/* Properties of one object; CRC64 where the service computed one (CRC64NVME). CR_ERROR_NOT_FOUND when absent.
 * Gives. */
BlobItem *s3_head (S3Client *client, CrJob *job, const char *bucket, const char *key, GError **error);
/* An absent object is a success. */
gboolean s3_delete (S3Client *client, CrJob *job, const char *bucket, const char *key, GError **error);
/* Every object whose key starts with PREFIX (NULL = all), over all pages. Gives an array of BlobItem*. */
GPtrArray *s3_list (S3Client *client, CrJob *job, const char *bucket, const char *prefix, GError **error);

G_END_DECLS
