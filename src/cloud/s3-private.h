/* SPDX-License-Identifier: MIT
 * The S3 client, inside: one signed call, and XML answers.
 */
#pragma once

#include "cloud/s3.h"
#include "cloud/sign.h"

G_BEGIN_DECLS

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

/* Sign and send; 503 SlowDown and 500 InternalError are tried again. Gives the answer, whatever its status. */
HttpResponse *s3_send (S3Client *client, CrJob *job, const S3Call *call, GError **error);
/* The same, a refusal being an error; also an <Error> body under status 200. Gives. */
HttpResponse *s3_call (S3Client *client, CrJob *job, const S3Call *call, GError **error);
/* Set ERROR from a refusal of CALL. */
void s3_set_error (GError **error, const S3Call *call, const HttpResponse *response);
const char *s3_region (const S3Client *client);
/* "https://host/bucket". Gives. */
char *s3_address (S3Client *client, const char *bucket);
/* The MD5 that an ETag of an object put in one piece is, in base64; NULL when it is another kind. Gives. */
char *s3_md5_of_tag (const char *tag);

/* Called for each element without children; PATH is "ListBucketResult/Contents/Key", TEXT its text. FALSE
 * stops. AFTER is called when an element with children ends. */
typedef struct {
  gboolean (*leaf) (const char *path, const char *text, gpointer data);
  gboolean (*after) (const char *path, gpointer data); /* may be NULL */
  gpointer data;
} S3Xml;
/* CR_ERROR_RETRY when XML is no well-formed document without a document type, nested at most 8 deep. */
gboolean s3_xml_read (GBytes *xml, const S3Xml *handlers, GError **error);
/* The text of one leaf. NULL when it is not there. Gives. */
char *s3_xml_text (GBytes *xml, const char *path);

G_END_DECLS
