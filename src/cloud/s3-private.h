/* SPDX-License-Identifier: MIT
 * The S3 client, inside: one signed call, and XML answers.
 */
#pragma once

#include "base/xml.h"
#include "cloud/s3.h"
#include "cloud/sign.h"

G_BEGIN_DECLS

#define S3_SEAL_HEADER "x-amz-meta-seal" /* CloudMarks.seal */
#define S3_CRC64_HEADER "x-amz-checksum-crc64nvme"
#define S3_SUM_TYPE_HEADER "x-amz-checksum-type"
#define S3_SUM_WHOLE "FULL_OBJECT" /* one checksum over everything, also over what came in parts */

/* Does the service check x-amz-checksum-crc64nvme of what it is sent? A service that does not know the header
 * takes no note of it, so only its own word counts. Goes from the first to one of the others, and from the
 * second to the third. */
typedef enum {
  S3_SUMS_UNKNOWN, /* bodies are signed with their SHA-256; the checksum goes along, and the answer tells */
  S3_SUMS_PROVEN,  /* an answer repeated the checksum: bodies need no SHA-256 any more */
  S3_SUMS_LACKING  /* it refuses checksums, or one was not repeated that should have been: never again */
} S3Sums;

/* All members borrowed; zero-initialise. KEY NULL = the bucket, BUCKET NULL = the service. */
typedef struct {
  const char *method;
  const char *bucket;
  const char *key;
  const CloudPair *query;
  guint query_count;
  GBytes *body;      /* NULL = none */
  HttpSource source; /* in the place of BODY */
  gpointer source_data;
  guint64 source_length;
  const char *sha256; /* hex digest of the body, or CLOUD_UNSIGNED_PAYLOAD; NULL = that of BODY is made */
  const char *crc64;  /* the checksum of the body that is among HEADERS; NULL = none */
  gboolean summed;    /* HEADERS has something about checksums, which a service may refuse */
  const CloudPair *headers; /* signed as well; x-amz-..., range */
  guint header_count;       /* at most 4 */
  const char *content_type;
  gboolean once; /* the caller repeats it */
  gsize max_response;
  HttpSink sink;
  gpointer sink_data;
} S3Call;

/* Sign and send; 503 SlowDown and 500 InternalError are tried again. Gives the answer, whatever its
 * status. */
HttpResponse *s3_send (S3Client *client, CrJob *job, const S3Call *call, GError **error);
/* The same, a refusal being an error; also an <Error> body under status 200. Gives. */
HttpResponse *s3_call (S3Client *client, CrJob *job, const S3Call *call, GError **error);
/* Set ERROR from a refusal of CALL. */
void s3_set_error (GError **error, const S3Call *call, const HttpResponse *response);
/* What is known of the service by now; any thread. */
S3Sums s3_client_sums (S3Client *client);
void s3_client_set_sums (S3Client *client, S3Sums sums);
/* "https://host/bucket", whatever the region. Gives. */
char *s3_address (S3Client *client, const char *bucket);
/* s3-region.c: the region that RESPONSE, the answer to a request that was signed for USED, says a bucket lies
 * in; NULL when it says nothing else. Gives. */
char *s3_region_elsewhere (const HttpResponse *response, const char *used);
/* The region in a host of amazonaws.com; NULL when it names none. Gives. */
char *s3_region_of_host (const char *host);

/* The text of one leaf. NULL when it is not there. Gives. */
char *s3_xml_text (GBytes *xml, const char *path);

G_END_DECLS
