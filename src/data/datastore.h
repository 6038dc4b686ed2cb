/* SPDX-License-Identifier: MIT
 * Folders of day folders: what is in them, before anything is published.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "data/dataset.h"

#include <glib.h>

G_BEGIN_DECLS

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
 * "FILE:LINE: reason" for the first that is not; also when there is no day folder or no row. JOB (may be
 * NULL) gets progress in bytes and can cancel. Gives. */
DataFolder *data_describe (const char *folder, CrJob *job, GError **error);

G_END_DECLS
