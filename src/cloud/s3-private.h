/* SPDX-License-Identifier: MIT
 * The S3 client, inside: one signed call, and XML answers.
 */
#pragma once

#include "base/xml.h"
#include "cloud/s3.h"
#include "cloud/sign.h"

G_BEGIN_DECLS

#define S3_SEAL_HEADER "x-amz-meta-seal" /* CloudMarks.seal */

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
  const char *sha256;       /* hex digest of what SOURCE gives */
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
