/* SPDX-License-Identifier: MIT
 * The output of a run as a table: files that were fetched before, else fetched now.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "base/file.h"
#include "data/csv.h"
#include "data/transfer.h"

#include <glib/gi18n.h>
#include <string.h>

#define ROWS_MAX 100000u

static gboolean
is_part (const char *name)
{
  return g_str_has_prefix (name, "part-") && g_str_has_suffix (name, ".csv");
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The part files of FOLDER in order. */
static GPtrArray *
parts_of (const char *folder)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir))
    if (is_part (name))
      g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (files, by_name);
  return files;
}

static const WorkflowDataset *
output_of (UiReading *reading, GError **error)
{
  for (guint i = 0; i < reading->scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (reading->scenario->datasets, i);
    if (dataset->output && g_str_equal (dataset->owner, reading->persona))
      return dataset;
  }
  cr_set_error (error, CR_ERROR_REFUSED, _ ("Whoever owns the output dataset can see it."),
                _ ("The output does not belong to %s."), reading->persona);
  return NULL;
}

/* "<contract>/<day>/<run>/" in the container. Gives. */
static char *
find_prefix (UiReading *reading, BlobClient *blob, const char *container, const char *run, GError **error)
{
  g_autofree char *contract = ui_reading_contract (reading, error);
  g_autofree char *start = g_strconcat (contract != NULL ? contract : "", "/", NULL);
  g_autoptr (GPtrArray) items = contract != NULL ? blob_list (blob, reading->job, container, start, error)
                                                 : NULL;
  if (items == NULL)
    return NULL;
  g_autofree char *part = g_strdup_printf ("/%s/", run);
  for (guint i = 0; i < items->len; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    const char *at = item->folder ? NULL : strstr (item->name, part);
    if (at != NULL)
      return g_strndup (item->name, (gsize) (at - item->name) + strlen (part));
  }
  cr_set_error (error, CR_ERROR_NOT_FOUND, _ ("Run the query again."),
                _ ("There is no output of the run %s in the storage."), run);
  return NULL;
}

static gboolean
fetch (UiReading *reading, const char *container, const char *run, const char *folder, GError **error)
{
  if (!ui_access_environment (reading->access, FALSE, error))
    return FALSE;
  g_autofree char *endpoint = workflow_context_require (reading->context, "blob", error);
  g_autoptr (BlobClient) blob = endpoint != NULL ? workflow_context_blob (reading->context, endpoint, error)
                                                 : NULL;
  g_autofree char *prefix = blob != NULL ? find_prefix (reading, blob, container, run, error) : NULL;
  g_autoptr (CloudStore) store = prefix != NULL ? cloud_store_blob (blob, container) : NULL;
  return store != NULL && cr_dir_make (folder, 0700, error)
         && transfer_download (store, reading->job, prefix, folder, NULL, NULL, error);
}

static gboolean
read_part (UiReading *reading, UiOutput *it, const char *path, GError **error)
{
  UiArena *arena = reading->arena;
  g_autoptr (DataCsv) csv = data_csv_open (path, NULL, DATA_CSV_SPARK, error);
  if (csv == NULL)
    return FALSE;
  const char *const *fields = NULL;
  guint count = 0;
  gboolean header = TRUE, first = it->columns->len == 0;
  g_autoptr (GError) problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (!header && it->rows->len >= ROWS_MAX) {
      it->truncated = TRUE;
      break;
    }
    if (header && !first) {
      header = FALSE;
      continue;
    }
    GPtrArray *row = header ? it->columns : ui_arena_list (arena);
    for (guint i = 0; i < count; i++)
      ui_add_text (arena, row, fields[i]);
    if (!header)
      g_ptr_array_add (it->rows, row);
    header = FALSE;
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
ui_read_output (UiReading *reading, GError **error)
{
  UiOutput *it = reading->value;
  const WorkflowDataset *dataset = output_of (reading, error);
  if (dataset == NULL)
    return FALSE;
  const char *object = reading->object;
  g_autofree char *last = *object == '\0' ? workflow_context_recall (reading->context, "run") : NULL;
  const char *run = *object != '\0' ? object : last;
  if (run == NULL) {
    cr_set_error (error, CR_ERROR_WAITING, _ ("Run the query first."), _ ("Nothing has been run yet."));
    return FALSE;
  }
  if (g_str_has_prefix (run, "cl-spark-"))
    run += strlen ("cl-spark-");
  g_autofree char *name = g_strdup_printf ("%s-%s-%s", reading->scenario_name, dataset->owner,
                                           dataset->folder);
  g_autofree char *container = g_ascii_strdown (name, -1);
  g_autofree char *below = g_build_filename ("datastores", container, run, NULL);
  g_autofree char *folder = workflow_context_private (reading->context, below);
  g_autoptr (GPtrArray) files = parts_of (folder);
  if (files->len == 0) {
    if (!fetch (reading, container, run, folder, error))
      return FALSE;
    g_ptr_array_unref (files);
    files = parts_of (folder);
  }
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *base = g_path_get_basename (g_ptr_array_index (files, i));
    ui_add_text (reading->arena, it->files, base);
    if (!read_part (reading, it, g_ptr_array_index (files, i), error))
      return FALSE;
  }
  it->run = ui_textf (reading->arena, "cl-spark-%s", run);
  it->row_count = it->rows->len;
  it->folder = ui_text (reading->arena, folder);
  return cr_job_check (reading->job, error);
}
