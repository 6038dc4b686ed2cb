/* SPDX-License-Identifier: MIT
 * Azure Blob storage: containers, uploads, listings, downloads, the static website switch.
 *
 * Blobs put from memory carry Content-MD5; files go through cloud/store.h. A 403
 * AuthorizationPermissionMismatch, the sign of a role that has not come into effect yet, is retried every
 * BLOB_ROLE_WAIT_SECONDS for BLOB_ROLE_WAIT_LIMIT_SECONDS and told through cr_job_notice ("waiting"). Calls
 * may come from several threads at once.
 */
#pragma once

#include "base/job.h"
#include "cloud/token.h"
#include "http/http.h"

#include <glib.h>

G_BEGIN_DECLS

#define BLOB_SERVICE_VERSION "2021-12-02"
#define BLOB_MAX_BLOCKS 50000u
#define BLOB_ROLE_WAIT_SECONDS 10
#define BLOB_ROLE_WAIT_LIMIT_SECONDS 600

typedef struct BlobClient BlobClient;

typedef struct {
  char *name;
  guint64 length;      /* bytes */
  char *md5;           /* base64 as stored, NULL when the service keeps none */
  char *crc64;         /* 16 hex digits of the content's CRC64, NULL when unknown */
  char *seal;          /* CloudMarks.seal as stored, NULL when there is none */
  char *etag;          /* may be NULL */
  char *last_modified; /* HTTP date, may be NULL */
  gboolean folder;     /* a directory marker, not a file */
} BlobItem;
void blob_item_free (BlobItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BlobItem, blob_item_free)

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
/* base64 of the SHA-256 of that key; NULL = none. Borrowed. */
const char *blob_client_key_digest (const BlobClient *client);
/* Without a token: sign each call with the account's KEY ("Authorize with Shared Key"; decoded, copied to
 * wiped memory), or let each carry the query of a shared access signature as it was handed over, with or
 * without "?". */
void blob_client_set_account_key (BlobClient *client, const char *account, GBytes *key);
void blob_client_set_sas (BlobClient *client, const char *query);

/* One that is there already is a success. */
gboolean blob_container_create (BlobClient *client, CrJob *job, const char *container, GError **error);

gboolean blob_put (BlobClient *client, CrJob *job, const char *container, const char *name, GBytes *data,
                   const char *content_type, GError **error);
/* Every blob whose name starts with PREFIX (NULL = all), in the service's order, over all pages (at most
 * 1,000,000 names). Gives an array of BlobItem* that frees them. */
GPtrArray *blob_list (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                      GError **error);
/* One page of a listing, "List Blobs" XML. *NEXT_MARKER is NULL at the end. Gives as blob_list. */
GPtrArray *blob_list_parse (const char *xml, gsize length, char **next_marker, GError **error);

/* At most MAX bytes into memory. CR_ERROR_NOT_FOUND when absent. Gives. */
GBytes *blob_get (BlobClient *client, CrJob *job, const char *container, const char *name, gsize max,
                  GError **error);
/* Properties of one blob. CR_ERROR_NOT_FOUND when absent. Gives. */
BlobItem *blob_head (BlobClient *client, CrJob *job, const char *container, const char *name, GError **error);
/* An absent blob is a success. */
gboolean blob_delete (BlobClient *client, CrJob *job, const char *container, const char *name,
                      GError **error);

/* Switch the static website of the account on (index.html, error.html). */
gboolean blob_static_website (BlobClient *client, CrJob *job, GError **error);

G_END_DECLS
