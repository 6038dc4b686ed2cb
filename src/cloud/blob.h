/* SPDX-License-Identifier: MIT
 * Azure Blob storage: containers, uploads, listings, downloads, the static website switch.
 *
 * Uploads carry Content-MD5 and are compared before they are made: a blob that is there with the same length
 * and digest is skipped, so an upload can be repeated. A 403 AuthorizationPermissionMismatch, the sign of a
 * role that has not come into effect yet, is retried every BLOB_ROLE_WAIT_SECONDS for
 * BLOB_ROLE_WAIT_LIMIT_SECONDS and told through cr_job_notice ("waiting"). Calls may come from several
 * threads at once.
 */
#pragma once

#include "base/job.h"
#include "cloud/token.h"
#include "http/http.h"

#include <glib.h>

G_BEGIN_DECLS

#define BLOB_SERVICE_VERSION "2021-12-02"
#define BLOB_BLOCK_BYTES (8u * 1024 * 1024) /* larger files go up in blocks of this size */
#define BLOB_ROLE_WAIT_SECONDS 10
#define BLOB_ROLE_WAIT_LIMIT_SECONDS 600
#define BLOB_WORKERS 4

typedef struct BlobClient BlobClient;

typedef struct {
  char *name;
  guint64 length;      /* bytes */
  char *md5;           /* base64 as stored, NULL when the service keeps none */
  char *etag;          /* may be NULL */
  char *last_modified; /* HTTP date, may be NULL */
  gboolean folder;     /* a directory marker, not a file */
} BlobItem;
void blob_item_free (BlobItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BlobItem, blob_item_free)

typedef struct {
  guint files;   /* files in the folder or blobs below the prefix */
  guint moved;   /* of these, transferred now; the rest was there already */
  guint64 bytes; /* bytes of all files */
} BlobTransfer;

/* ENDPOINT is primaryEndpoints.blob of the account, kept as it is. HTTP and DATA are borrowed; TOKEN NULL =
 * no credential (public website reads). Gives. */
BlobClient *blob_client_new (HttpClient *http, const char *endpoint, CloudTokenFunc token, gpointer data);
void blob_client_free (BlobClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BlobClient, blob_client_free)
/* Other waiting times for a role to come into effect, in milliseconds (tests, the local environment). */
void blob_client_set_role_wait (BlobClient *client, guint every_ms, guint limit_ms);

/* Encrypt and decrypt every blob that this client writes or reads with KEY (32 bytes, customer-provided key):
 * it goes along with each call and the service keeps only its digest. NULL = the service's own keys. */
void blob_client_set_key (BlobClient *client, GBytes *key);

/* One that is there already is a success. */
gboolean blob_container_create (BlobClient *client, CrJob *job, const char *container, GError **error);

gboolean blob_put (BlobClient *client, CrJob *job, const char *container, const char *name, GBytes *data,
                   const char *content_type, GError **error);
/* A file of any size; read in pieces. CONTENT_TYPE NULL = by the file's extension. */
gboolean blob_put_file (BlobClient *client, CrJob *job, const char *container, const char *name,
                        const char *path, const char *content_type, GError **error);

/* Every blob whose name starts with PREFIX (NULL = all), in the service's order, over all pages (at most
 * 1,000,000 names). Gives an array of BlobItem* that frees them. */
GPtrArray *blob_list (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                      GError **error);
/* One page of a listing, "List Blobs" XML. *NEXT_MARKER is NULL at the end. Gives as blob_list. */
GPtrArray *blob_list_parse (const char *xml, gsize length, char **next_marker, GError **error);

/* At most MAX bytes into memory. CR_ERROR_NOT_FOUND when absent. Gives. */
GBytes *blob_get (BlobClient *client, CrJob *job, const char *container, const char *name, gsize max,
                  GError **error);
/* To PATH (mode 0600), atomically; folders are made. The stored Content-MD5 is checked when there is one. */
gboolean blob_get_to_file (BlobClient *client, CrJob *job, const char *container, const char *name,
                           const char *path, GError **error);
/* Properties of one blob. CR_ERROR_NOT_FOUND when absent. Gives. */
BlobItem *blob_head (BlobClient *client, CrJob *job, const char *container, const char *name, GError **error);
/* An absent blob is a success. */
gboolean blob_delete (BlobClient *client, CrJob *job, const char *container, const char *name,
                      GError **error);

/* Switch the static website of the account on (index.html, error.html). */
gboolean blob_static_website (BlobClient *client, CrJob *job, GError **error);

/* Upload every regular file below FOLDER as PREFIX + relative path (PREFIX may be NULL), BLOB_WORKERS at a
 * time. Progress through cr_job_progress. RESULT may be NULL. */
gboolean blob_upload_folder (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                             const char *folder, BlobTransfer *result, GError **error);
/* Download every blob below PREFIX to FOLDER, keeping the full relative path (after PREFIX). Names with "..",
 * a leading "/" or control characters are refused. Files with the right length and MD5 are kept. */
gboolean blob_download_folder (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                               const char *folder, BlobTransfer *result, GError **error);

G_END_DECLS
