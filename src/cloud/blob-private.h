/* SPDX-License-Identifier: MIT
 * The blob client, inside: one call with its waiting, and files that are whole or absent.
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
  const char *content_type;
  const char *headers[8]; /* name, value, ..., NULL */
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

/* base64 of the MD5 of a file's content, as the service keeps it; NULL and an error when it cannot be read.
 * Gives. */
char *blob_file_md5 (const char *path, GError **error);
/* The type that a file's extension says; static. */
const char *blob_content_type (const char *path);

/* A file being written beside PATH; it takes its name in blob_file_commit and is gone after
 * blob_file_discard. */
typedef struct BlobFile BlobFile;
BlobFile *blob_file_create (const char *path, GError **error);
gboolean blob_file_append (BlobFile *file, const void *data, gsize length, GError **error);
/* Both free FILE. */
gboolean blob_file_commit (BlobFile *file, GError **error);
void blob_file_discard (BlobFile *file);

G_END_DECLS
