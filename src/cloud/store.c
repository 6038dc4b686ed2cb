/* SPDX-License-Identifier: MIT
 * Containers and buckets behind one set of functions (store.h).
 */
#include "cloud/store.h"

/* What a kind of store does; CLIENT is its client, PLACE the container or bucket. */
typedef struct {
  const char *word;
  gboolean (*create) (gpointer client, CrJob *job, const char *place, GError **error);
  GPtrArray *(*list) (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error);
  gboolean (*put_file) (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
                        GError **error);
  gboolean (*get_to_file) (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
                           GError **error);
} StoreKind;

struct CloudStore {
  const StoreKind *kind;
  gpointer client;
  char *place, *name;
};

static gboolean
container_create (gpointer client, CrJob *job, const char *place, GError **error)
{
  return blob_container_create (client, job, place, error);
}

static GPtrArray *
container_list (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error)
{
  return blob_list (client, job, place, prefix, error);
}

static gboolean
container_put (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
               GError **error)
{
  return blob_put_file (client, job, place, name, path, NULL, error);
}

static gboolean
container_get (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
               GError **error)
{
  return blob_get_to_file (client, job, place, name, path, error);
}

static gboolean
bucket_create (gpointer client, CrJob *job, const char *place, GError **error)
{
  return s3_bucket_create (client, job, place, error);
}

static GPtrArray *
bucket_list (gpointer client, CrJob *job, const char *place, const char *prefix, GError **error)
{
  return s3_list (client, job, place, prefix, error);
}

static gboolean
bucket_put (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
            GError **error)
{
  return s3_put_file (client, job, place, name, path, error);
}

static gboolean
bucket_get (gpointer client, CrJob *job, const char *place, const char *name, const char *path,
            GError **error)
{
  return s3_get_to_file (client, job, place, name, path, error);
}

static const StoreKind container_kind = { "container", container_create, container_list, container_put,
                                          container_get };
static const StoreKind bucket_kind = { "bucket", bucket_create, bucket_list, bucket_put, bucket_get };

static CloudStore *
store_new (const StoreKind *kind, gpointer client, const char *place)
{
  CloudStore *store = g_new0 (CloudStore, 1);
  store->kind = kind;
  store->client = client;
  store->place = g_strdup (place);
  store->name = g_strdup_printf ("%s %s", kind->word, place);
  return store;
}

CloudStore *
cloud_store_blob (BlobClient *client, const char *container)
{
  return store_new (&container_kind, client, container);
}

CloudStore *
cloud_store_s3 (S3Client *client, const char *bucket)
{
  return store_new (&bucket_kind, client, bucket);
}

void
cloud_store_free (CloudStore *store)
{
  if (store == NULL)
    return;
  g_free (store->place);
  g_free (store->name);
  g_free (store);
}

const char *
cloud_store_name (const CloudStore *store)
{
  return store->name;
}

gboolean
cloud_store_create (CloudStore *store, CrJob *job, GError **error)
{
  return store->kind->create (store->client, job, store->place, error);
}

GPtrArray *
cloud_store_list (CloudStore *store, CrJob *job, const char *prefix, GError **error)
{
  return store->kind->list (store->client, job, store->place, prefix, error);
}

gboolean
cloud_store_put_file (CloudStore *store, CrJob *job, const char *name, const char *path, GError **error)
{
  return store->kind->put_file (store->client, job, store->place, name, path, error);
}

gboolean
cloud_store_get_to_file (CloudStore *store, CrJob *job, const char *name, const char *path, GError **error)
{
  return store->kind->get_to_file (store->client, job, store->place, name, path, error);
}

gboolean
blob_upload_folder (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                    const char *folder, BlobTransfer *result, GError **error)
{
  g_autoptr (CloudStore) store = cloud_store_blob (client, container);
  return cloud_store_upload (store, job, prefix, folder, result, error);
}

gboolean
blob_download_folder (BlobClient *client, CrJob *job, const char *container, const char *prefix,
                      const char *folder, BlobTransfer *result, GError **error)
{
  g_autoptr (CloudStore) store = cloud_store_blob (client, container);
  return cloud_store_download (store, job, prefix, folder, result, error);
}
