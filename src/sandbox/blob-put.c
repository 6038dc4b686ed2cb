/* SPDX-License-Identifier: MIT
 * Put Blob, Get Blob, Get Blob Properties, Delete Blob.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

static char *
header_copy (const StorageCall *call, const char *preferred, const char *fallback)
{
  const char *value = storage_header (call, preferred);
  return g_strdup (value != NULL || fallback == NULL ? value : storage_header (call, fallback));
}

/* Content-* properties of the request: x-ms-blob-... first, the plain header where the operation takes it. */
static void
take_properties (StorageCall *call, gboolean plain, StorageBlob *blob)
{
  blob->type = header_copy (call, "x-ms-blob-content-type", plain ? "content-type" : NULL);
  blob->encoding = header_copy (call, "x-ms-blob-content-encoding", plain ? "content-encoding" : NULL);
  blob->language = header_copy (call, "x-ms-blob-content-language", plain ? "content-language" : NULL);
  blob->cache = header_copy (call, "x-ms-blob-cache-control", plain ? "cache-control" : NULL);
  blob->disposition = header_copy (call, "x-ms-blob-content-disposition", NULL);
}

static gboolean
check_blob_type (StorageCall *call)
{
  const char *type = storage_header (call, "x-ms-blob-type");
  if (type == NULL)
    storage_fail (call, 400, "MissingRequiredHeader",
                  "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type.");
  else if (strcmp (type, "BlockBlob") != 0)
    storage_fail (
        call, 400, "InvalidHeaderValue",
        "The value for one of the HTTP headers is not supported: x-ms-blob-type must be BlockBlob.");
  return g_strcmp0 (type, "BlockBlob") == 0;
}

/* The digest that the client declares for the whole blob must be the one of what it sent. */
static gboolean
check_blob_md5 (StorageCall *call, const char *md5)
{
  const char *declared = storage_header (call, "x-ms-blob-content-md5");
  if (declared == NULL || strcmp (declared, md5) == 0)
    return TRUE;
  storage_fail (
      call, 400, "Md5Mismatch",
      "The MD5 value specified in the request did not match with the MD5 value calculated by the server.");
  return FALSE;
}

/* Put BLOB's row in place of what was there; its uncommitted blocks go too. FALSE after answering. */
static gboolean
replace_blob (StorageCall *call, StorageBlob *blob, GPtrArray *old_files)
{
  g_autoptr (GError) error = NULL;
  Storage *storage = call->storage;
  if (!cr_db_begin (storage->db, &error)) {
    storage_broken (call, error);
    return FALSE;
  }
  g_auto (StorageBlob) old = { 0 };
  gboolean had = storage_blob_read (storage, call->instance, call->container, call->blob, &old);
  gboolean there = storage_container_exists (storage, call->instance, call->container);
  if (!there)
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
  if (!there || !storage_check_conditions (call, had ? old.etag : NULL, FALSE)) {
    cr_db_rollback (storage->db);
    return FALSE;
  }
  if (had)
    blob->created_ms = old.created_ms;
  storage_files_of (storage, call->instance, call->container, call->blob, TRUE, old_files);
  gboolean done = storage_rows_remove (storage, call->instance, call->container, call->blob, &error)
                  && storage_blob_write (storage, call->instance, call->container, call->blob, blob, &error);
  if (done)
    done = cr_db_commit (storage->db, &error);
  else
    cr_db_rollback (storage->db);
  if (!done)
    storage_broken (call, error);
  return done;
}

void
storage_blob_put (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (StorageBlob) blob = { 0 };
  StorageUpload *upload = storage_upload_of (call->request); /* never NULL: blob-start.c asks for it */
  if (!check_blob_type (call) || !storage_check_sums (call, upload, &blob.md5)
      || !check_blob_md5 (call, blob.md5) || !storage_take_metadata (call, &blob.metadata))
    return;
  if (!storage_container_exists (call->storage, call->instance, call->container)) {
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return;
  }
  take_properties (call, TRUE, &blob);
  blob.key_sha256 = g_strdup (call->key_sha256);
  blob.file = storage_upload_keep (upload, TRUE, &error);
  if (blob.file == NULL) {
    storage_broken (call, error);
    return;
  }
  blob.length = (gint64) storage_upload_length (upload);
  blob.etag = storage_etag_new ();
  blob.created_ms = blob.modified_ms = cr_now_ms ();
  g_autoptr (GPtrArray) unused = g_ptr_array_new_with_free_func (g_free);
  if (replace_blob (call, &blob, unused)) {
    sandbox_respond_empty (call->response, 201);
    storage_respond_version (call, blob.etag, blob.modified_ms);
    sandbox_respond_header (call->response, "Content-MD5", blob.md5);
    storage_key_respond (call, TRUE);
  } else {
    g_ptr_array_set_size (unused, 0);
    g_ptr_array_add (unused, g_strdup (blob.file));
  }
  storage_files_remove (call->storage, unused);
}

static void
not_found (StorageCall *call)
{
  if (storage_container_exists (call->storage, call->instance, call->container))
    storage_fail (call, 404, "BlobNotFound", "The specified blob does not exist.");
  else
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
}

void
storage_blob_get (StorageCall *call)
{
  g_autoptr (StorageContent) content = NULL;
  g_auto (StorageBlob) blob = { 0 };
  guint64 first = 0, last = 0;
  storage_wanted_range (call, &first, &last);
  if (!storage_blob_open (call->storage, call->instance, call->container, call->blob, first, last, &blob,
                          &content)) {
    not_found (call);
    return;
  }
  if (!storage_key_fits (call, blob.key_sha256))
    return;
  storage_respond_blob (call, &blob, g_steal_pointer (&content), 200);
  if (call->response->status < 300)
    storage_key_respond (call, FALSE);
}

void
storage_blob_delete (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (StorageBlob) blob = { 0 };
  Storage *storage = call->storage;
  if (!cr_db_begin (storage->db, &error)) {
    storage_broken (call, error);
    return;
  }
  gboolean there = storage_blob_read (storage, call->instance, call->container, call->blob, &blob);
  if (!there)
    not_found (call);
  if (!there || !storage_check_conditions (call, blob.etag, FALSE)) {
    cr_db_rollback (storage->db);
    return;
  }
  if (!storage_remove (storage, call->instance, call->container, call->blob, &error)) {
    storage_broken (call, error);
    return;
  }
  sandbox_respond_empty (call->response, 202);
  sandbox_respond_header (call->response, "x-ms-delete-type-permanent", "true");
}
