/* SPDX-License-Identifier: MIT
 * A place for files in a cloud: a container of a blob service or a bucket of an S3 service, behind one set of
 * functions, so that whole folders move the same way.
 *
 * A store borrows its client, which must outlive it. Calls may come from several threads at once.
 */
#pragma once

#include "base/job.h"
#include "cloud/blob.h"
#include "cloud/s3.h"

G_BEGIN_DECLS

typedef struct CloudStore CloudStore;

CloudStore *cloud_store_blob (BlobClient *client, const char *container); /* gives */
CloudStore *cloud_store_s3 (S3Client *client, const char *bucket);        /* gives */
void cloud_store_free (CloudStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CloudStore, cloud_store_free)

/* "container x" or "bucket x", for messages; borrowed. */
const char *cloud_store_name (const CloudStore *store);

/* Make the container or bucket; one of one's own that is there already is a success. */
gboolean cloud_store_create (CloudStore *store, CrJob *job, GError **error);
/* Every file whose name starts with PREFIX (NULL = all). Gives an array of BlobItem* that frees them. */
GPtrArray *cloud_store_list (CloudStore *store, CrJob *job, const char *prefix, GError **error);
/* One file up, one file down (atomically, 0600). */
gboolean cloud_store_put_file (CloudStore *store, CrJob *job, const char *name, const char *path,
                               GError **error);
gboolean cloud_store_get_to_file (CloudStore *store, CrJob *job, const char *name, const char *path,
                                  GError **error);

/* Upload every regular file below FOLDER as PREFIX + relative path (PREFIX may be NULL), BLOB_WORKERS at a
 * time; what is there with the same length and MD5 is left alone. Progress through JOB. RESULT may be NULL. */
gboolean cloud_store_upload (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                             BlobTransfer *result, GError **error);
/* Download every file below PREFIX to FOLDER, keeping the full relative path (after PREFIX). Names with "..",
 * a leading "/" or control characters are refused. Files with the right length and MD5 are kept. */
gboolean cloud_store_download (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                               BlobTransfer *result, GError **error);

G_END_DECLS
