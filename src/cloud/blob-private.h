/* SPDX-License-Identifier: MIT
 * The blob client, inside: one call with its waiting.
 */
#pragma once

#include "cloud/blob.h"

G_BEGIN_DECLS

/* All members borrowed; zero-initialise. NAME NULL = the container, CONTAINER NULL = the account. */
typedef struct {
  const char *method;
  const char *container;
  const char *name;
  const char *query; /* without '?', already encoded; NULL = none */
  GBytes *body;
  HttpSource source; /* in the place of BODY */
  gpointer source_data;
  guint64 source_length;
  const char *content_type;
  const char *headers[12]; /* name, value, ..., NULL */
  gboolean once;           /* the caller repeats it */
  gsize max_response;
  HttpSink sink;
  gpointer sink_data;
} BlobCall;

/* Send, and wait while a role has no effect yet. Gives the answer, whatever its status. */
HttpResponse *blob_send (BlobClient *client, CrJob *job, const BlobCall *call, GError **error);
/* The service's error code of a refusal; NULL when it has none. Gives. */
char *blob_error_code (const HttpResponse *response);
/* Set ERROR from a refusal of CALL. */
void blob_set_error (GError **error, const BlobCall *call, const HttpResponse *response);

const char *blob_client_endpoint (const BlobClient *client);
/* The service refused a CRC64 as something it does not know, or took no note of it; remembered for all further
 * calls. */
gboolean blob_client_lacks_crc64 (BlobClient *client);
void blob_client_set_lacks_crc64 (BlobClient *client);
/* blob-sign.c: the value of Authorization for REQUEST, whose headers are complete. Gives. */
char *blob_sign (const char *account, GBytes *key, const HttpRequest *request);

G_END_DECLS
