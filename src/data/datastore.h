/* SPDX-License-Identifier: MIT
 * private/datastores.config and the specification fragment: YAML files that keep the names and members that
 * the Azure command line extension gives them, so that either tool can read the other's.
 */
#pragma once

#include "base/json.h"
#include "data/dataset.h"

#include <glib.h>

G_BEGIN_DECLS

/* A datastore over blob storage; all borrowed. */
typedef struct {
  const char *name;
  const char *container;
  const char *blob_url;
  const DataSchema *schema; /* may be NULL */
  const char *mode;         /* "SSE" (also NULL), "CPK" */
  const char *secret_store; /* where the DEK is kept; NULL with SSE */
  const char *secret_id;    /* S3: as in DataAccessPointSpec; NULL = blob storage */
} DataStoreEntry;

/* Add the entry to the file at PATH (0600, made when absent). An existing name is left alone and *ADDED (may
 * be NULL) is FALSE. CR_ERROR_INPUT "FILE:LINE: reason" when the file is not a datastore file. */
gboolean data_datastore_add (const char *path, const DataStoreEntry *entry, gboolean *added, GError **error);
/* The entries as JSON objects, an empty array when the file is absent. Gives. */
json_t *data_datastore_list (const char *path, GError **error);

/* Add or replace in the specification fragment at PATH (0600): an identity, a datasource or a datasink by
 * "name". SECTION is "identities", "datasources" or "datasinks"; ENTRY is borrowed. */
gboolean data_specification_set (const char *path, const char *section, const json_t *entry, GError **error);
/* The identity federated through cleanroom_cgs_oidc, as it stands in an access point and in "identities".
 * Gives. */
json_t *data_federated_identity (const char *name, const char *client_id, const char *tenant_id,
                                 const char *issuer_url);

/* What a folder of day folders holds. */
typedef struct {
  guint days, files;
  guint64 rows, bytes;
  char *first_day, *last_day; /* NULL when no day folder is there */
  DataSchema *schema;         /* schema.json of the folder; NULL when absent */
} DataFolder;
void data_folder_free (DataFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataFolder, data_folder_free)

/* Look at every FOLDER/<YYYY-MM-DD>/<file>.csv: CSV, UTF-8, as many columns as the schema has. CR_ERROR_INPUT
 * "FILE:LINE: reason" for the first that is not; also when there is no day folder or no row. Gives. */
DataFolder *data_describe (const char *folder, GError **error);

G_END_DECLS
