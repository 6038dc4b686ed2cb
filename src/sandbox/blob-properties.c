/* SPDX-License-Identifier: MIT
 * Set Blob Metadata, Set Blob Properties, Get Blob Metadata: what is kept beside the content of a blob.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"

static void
not_found (StorageCall *call)
{
  gboolean container = storage_container_exists (call->storage, call->instance, call->container);
  storage_fail (call, 404, container ? "BlobNotFound" : "ContainerNotFound",
                "The specified %s does not exist.", container ? "blob" : "container");
}

static void
set_metadata (StorageBlob *blob, gpointer data)
{
  char **metadata = data;
  g_free (blob->metadata);
  blob->metadata = g_steal_pointer (metadata);
}

static void
set_header (StorageCall *call, const char *name, char **value)
{
  g_free (*value);
  *value = g_strdup (storage_header (call, name));
}

/* All of them are replaced: one that is not sent is gone. */
static void
set_properties (StorageBlob *blob, gpointer data)
{
  StorageCall *call = data;
  set_header (call, "x-ms-blob-content-type", &blob->type);
  set_header (call, "x-ms-blob-content-encoding", &blob->encoding);
  set_header (call, "x-ms-blob-content-language", &blob->language);
  set_header (call, "x-ms-blob-cache-control", &blob->cache);
  set_header (call, "x-ms-blob-content-disposition", &blob->disposition);
  set_header (call, "x-ms-blob-content-md5", &blob->md5);
}

/* Read the row, change it, write it. FALSE after answering. */
static gboolean
change_locked (StorageCall *call, void (*change) (StorageBlob *blob, gpointer data), gpointer data,
               StorageBlob *blob)
{
  g_autoptr (GError) error = NULL;
  if (!storage_blob_read (call->storage, call->instance, call->container, call->blob, blob)) {
    not_found (call);
    return FALSE;
  }
  if (!storage_key_fits (call, blob->key_sha256) || !storage_check_conditions (call, blob->etag, FALSE))
    return FALSE;
  change (blob, data);
  g_free (blob->etag);
  blob->etag = storage_etag_new ();
  blob->modified_ms = cr_now_ms ();
  if (storage_blob_write (call->storage, call->instance, call->container, call->blob, blob, &error))
    return TRUE;
  storage_broken (call, error);
  return FALSE;
}

static void
change_blob (StorageCall *call, void (*change) (StorageBlob *blob, gpointer data), gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (StorageBlob) blob = { 0 };
  CrDb *db = call->storage->db;
  if (!cr_db_begin (db, &error)) {
    storage_broken (call, error);
    return;
  }
  if (!change_locked (call, change, data, &blob)) {
    cr_db_rollback (db);
    return;
  }
  if (!cr_db_commit (db, &error)) {
    storage_broken (call, error);
    return;
  }
  sandbox_respond_empty (call->response, 200);
  storage_respond_version (call, blob.etag, blob.modified_ms);
  storage_key_respond (call, TRUE);
}

void
storage_metadata_put (StorageCall *call)
{
  g_autofree char *metadata = NULL;
  if (storage_take_metadata (call, &metadata))
    change_blob (call, set_metadata, &metadata);
}

void
storage_properties_put (StorageCall *call)
{
  change_blob (call, set_properties, call);
}

void
storage_metadata_get (StorageCall *call)
{
  g_auto (StorageBlob) blob = { 0 };
  if (!storage_blob_read (call->storage, call->instance, call->container, call->blob, &blob)) {
    not_found (call);
    return;
  }
  if (!storage_key_fits (call, blob.key_sha256) || !storage_check_conditions (call, blob.etag, TRUE))
    return;
  sandbox_respond_empty (call->response, 200);
  storage_respond_version (call, blob.etag, blob.modified_ms);
  storage_respond_metadata (call, blob.metadata);
}
