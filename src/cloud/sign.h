/* SPDX-License-Identifier: MIT
 * Signatures over HTTP requests that need no token: AWS Signature Version 4 and Azure Storage Shared Key.
 *
 * Pure functions of what is sent and when. Paths and queries are given decoded; what has to be encoded is
 * encoded here and handed out, so that the bytes on the wire are the bytes that were signed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A query parameter or a header; borrowed texts. VALUE "" = present without a value. */
typedef struct {
  const char *name;
  const char *value;
} CloudPair;

/* An AWS key pair. Borrowed; SECRET in secret memory. */
typedef struct {
  const char *id;
  const char *secret;
  const char *session_token; /* NULL = a long-lived key */
} CloudAwsKey;

#define CLOUD_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define CLOUD_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct {
  const char *method;
  const char *host;       /* with the port when it is not the usual one */
  const char *path;       /* decoded, starts with "/" */
  const CloudPair *query; /* decoded, in any order; may be NULL */
  guint query_count;
  const CloudPair *headers; /* to be signed besides host and x-amz-*; may be NULL */
  guint header_count;
  const char *payload_sha256; /* lower-case hex, or CLOUD_UNSIGNED_PAYLOAD */
  const char *region;
  const char *service; /* "s3" */
  gint64 when;         /* Unix seconds */
  gboolean in_query;   /* a presigned URL: of the headers, only host and HEADERS are signed */
} CloudAwsRequest;

/* What goes on the wire. All owned. */
typedef struct {
  char *target;        /* encoded path and, after "?", the encoded sorted query */
  char *authorization; /* value of Authorization */
  char *date;          /* value of x-amz-date */
  char *digest;        /* hex SHA-256 of the canonical request; for comparisons */
} CloudAwsSignature;
void cloud_aws_signature_clear (CloudAwsSignature *signature);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CloudAwsSignature, cloud_aws_signature_clear)

/* Sign REQUEST ("AWS Signature Version 4", with the rules of S3: the path is encoded once). The request must
 * then carry x-amz-date, x-amz-content-sha256 and, with a session token, x-amz-security-token. */
void cloud_aws_sign (const CloudAwsRequest *request, const CloudAwsKey *key, CloudAwsSignature *signature);

/* Sign TEXT, any string to sign, with the key that SECRET and SCOPE ("DAY/REGION/SERVICE/aws4_request")
 * make: pieces of a body. Gives hex. */
char *cloud_aws_sign_text (const char *scope, const char *secret, const char *text);

/* "Authorize with Shared Key", the form of Blob, Queue and File. KEY is the decoded account key. PATH is the
 * encoded path as it stands in the request line (emulators have the account in it once more); HEADERS holds
 * every header of the request, in any case and order; LENGTH is that of the body. Gives the value of
 * Authorization. */
char *cloud_shared_key_sign (const char *account, GBytes *key, const char *method, const char *path,
                             const CloudPair *query, guint query_count, const CloudPair *headers,
                             guint header_count, guint64 length);

G_END_DECLS
