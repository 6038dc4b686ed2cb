/* SPDX-License-Identifier: MIT
 * The persona's datasets: files on this machine, blobs in the storage, the document in the ledger.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs.h"
#include "data/dataset.h"
#include "data/datastore.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define BLOBS_MAX 1000u
/* Rows of more data than this are not counted while somebody looks on. */
#define COUNT_MAX_BYTES (64u * 1024 * 1024)

typedef struct {
  UiReading *reading;
  UiData *data;
  BlobClient *blob; /* NULL: the storage is not reached */
  CcfClient *ledger;
  char *contract;
} Work;

/* ---- on this machine ---- */

/* Files below FOLDER with their paths relative to it -> length. */
static void
walk (const char *folder, const char *below, guint depth, GHashTable *files)
{
  g_autofree char *path = *below != '\0' ? g_build_filename (folder, below, NULL) : g_strdup (folder);
  g_autoptr (GDir) dir = depth < 8 ? g_dir_open (path, 0, NULL) : NULL;
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir)) {
    g_autofree char *full = g_build_filename (path, name, NULL);
    g_autofree char *relative = *below != '\0' ? g_build_filename (below, name, NULL) : g_strdup (name);
    struct stat status;
    if (lstat (full, &status) != 0)
      continue;
    if (S_ISDIR (status.st_mode)) {
      walk (folder, relative, depth + 1, files);
    } else if (S_ISREG (status.st_mode)) {
      guint64 *length = g_new (guint64, 1);
      *length = (guint64) status.st_size;
      g_hash_table_insert (files, g_steal_pointer (&relative), length);
    }
  }
}

static const UiDataset *
before (const UiReading *reading, const char *name)
{
  const UiData *old = reading->old;
  for (guint i = 0; old != NULL && i < old->datasets->len; i++) {
    const UiDataset *dataset = g_ptr_array_index (old->datasets, i);
    if (strcmp (dataset->name, name) == 0)
      return dataset;
  }
  return NULL;
}

static void
count_rows (Work *work, UiDataset *dataset)
{
  UiArena *arena = work->reading->arena;
  const UiDataset *old = before (work->reading, dataset->name);
  if (old != NULL && old->present && old->files == dataset->files && old->bytes == dataset->bytes) {
    dataset->rows = old->rows;
    dataset->days = old->days;
    dataset->first_day = ui_text (arena, old->first_day);
    dataset->last_day = ui_text (arena, old->last_day);
    dataset->problem = ui_text (arena, old->problem);
    return;
  }
  g_autoptr (GError) problem = NULL;
  DataFolder *folder = dataset->bytes <= COUNT_MAX_BYTES ? data_describe (dataset->folder, NULL, &problem)
                                                         : NULL;
  if (folder == NULL) {
    dataset->problem = problem != NULL ? ui_text (arena, problem->message) : NULL;
    return;
  }
  dataset->rows = folder->rows;
  dataset->days = folder->days;
  dataset->first_day = ui_text (arena, folder->first_day);
  dataset->last_day = ui_text (arena, folder->last_day);
  data_folder_free (folder);
}

static void
look_at_files (Work *work, UiDataset *dataset, GHashTable *files)
{
  walk (dataset->folder, "", 0, files);
  GHashTableIter iter;
  gpointer name, length;
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &length)) {
    if (g_str_has_suffix (name, "schema.json"))
      continue;
    dataset->files++;
    dataset->bytes += *(const guint64 *) length;
  }
  dataset->present = dataset->files > 0;
  if (dataset->present && !dataset->output)
    count_rows (work, dataset);
}

static void
add_fields (Work *work, UiDataset *dataset, const char *schema)
{
  g_autoptr (json_t) text = cr_json_load (schema, NULL);
  g_autoptr (DataSchema) parsed = text != NULL ? data_schema_from_json (text, schema, NULL) : NULL;
  for (guint i = 0; parsed != NULL && i < parsed->fields->len; i++) {
    const DataField *field = g_ptr_array_index (parsed->fields, i);
    UiFieldRow *row = UI_TAKE (work->reading->arena, UiFieldRow);
    row->name = ui_text (work->reading->arena, field->name);
    row->type = ui_text (work->reading->arena, field->type);
    row->shared = TRUE;
    g_ptr_array_add (dataset->fields, row);
  }
}

/* ---- elsewhere ---- */

static void
add_blob (Work *work, UiDataset *dataset, const char *name, guint64 bytes, const char *modified,
          gboolean same, gboolean only_here)
{
  if (dataset->blobs->len >= BLOBS_MAX)
    return;
  UiBlob *blob = UI_TAKE (work->reading->arena, UiBlob);
  blob->name = ui_text (work->reading->arena, name);
  blob->bytes = bytes;
  blob->modified = ui_text (work->reading->arena, modified);
  blob->same = same;
  blob->only_here = only_here;
  g_ptr_array_add (dataset->blobs, blob);
}

static void
compare (Work *work, UiDataset *dataset, GPtrArray *items, GHashTable *files)
{
  guint same = 0;
  for (guint i = 0; i < items->len; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    if (item->folder)
      continue;
    const guint64 *length = g_hash_table_lookup (files, item->name);
    gboolean equal = length != NULL && *length == item->length;
    same += equal;
    dataset->remote_files++;
    dataset->remote_bytes += item->length;
    add_blob (work, dataset, item->name, item->length, item->last_modified, equal, FALSE);
    ui_reading_saw_text (work->reading, item->name);
    ui_reading_saw_text (work->reading, item->md5 != NULL ? item->md5 : "");
    g_hash_table_remove (files, item->name);
  }
  GHashTableIter iter;
  gpointer name, length;
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &length))
    add_blob (work, dataset, name, *(const guint64 *) length, NULL, FALSE, TRUE);
  if (dataset->output)
    dataset->remote = ui_textf (work->reading->arena,
                                g_dngettext (NULL, "%u file written by the clean room",
                                             "%u files written by the clean room", dataset->remote_files),
                                dataset->remote_files);
  else if (same == dataset->remote_files && g_hash_table_size (files) == 0)
    dataset->remote = ui_textf (work->reading->arena,
                                g_dngettext (NULL, "%u file, as here", "%u files, all as here", same), same);
  else
    dataset->remote = ui_textf (work->reading->arena, _ ("%u files, %u as here, %u only here"),
                                dataset->remote_files, same, g_hash_table_size (files));
}

static void
look_at_storage (Work *work, UiDataset *dataset, GHashTable *files)
{
  UiArena *arena = work->reading->arena;
  if (work->blob == NULL || dataset->document == NULL) {
    dataset->remote = ui_text (arena, dataset->document == NULL ? _ ("not published yet") : _ ("not read"));
    return;
  }
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) items = blob_list (work->blob, work->reading->job, dataset->container, NULL,
                                           &problem);
  if (items != NULL)
    compare (work, dataset, items, files);
  else
    dataset->remote = ui_text (arena, problem->message);
}

static void
look_at_ledger (Work *work, UiDataset *dataset)
{
  UiArena *arena = work->reading->arena;
  g_autofree char *name = g_strconcat (dataset->name, ".dataset-id", NULL);
  g_autofree char *file = workflow_scenario_public (work->reading->scenario, name);
  g_autofree char *path = workflow_context_path (work->reading->context, file);
  g_autofree char *id = cr_file_read_text (path, 4096, NULL);
  dataset->document = ui_text_or_null (arena, id);
  dataset->state = ui_text (arena, id != NULL ? _ ("published") : _ ("not published"));
  dataset->protection = ui_text (arena, _ ("none yet"));
  if (id == NULL || work->ledger == NULL)
    return;
  g_autoptr (json_t) document = cgs_user_document_show (work->reading->job, work->ledger, work->contract, id,
                                                        NULL);
  const char *state = cr_json_peek_string (document, "state"), *data = cr_json_peek_string (document, "data");
  DataDataset *described = data != NULL ? data_dataset_read_text (data, NULL) : NULL;
  ui_reading_saw (work->reading, document);
  if (state != NULL)
    dataset->state = ui_text (arena, state);
  if (described == NULL)
    return;
  dataset->store_url = ui_text (arena, described->store_url);
  dataset->protection = g_strcmp0 (described->encryption_mode, "SSE") == 0
                            ? ui_text (arena, _ ("SSE (by the storage service)"))
                            : ui_text (arena, described->encryption_mode);
  data_dataset_free (described);
}

static void
add_dataset (Work *work, const WorkflowDataset *from)
{
  UiReading *reading = work->reading;
  UiArena *arena = reading->arena;
  UiDataset *dataset = UI_TAKE (arena, UiDataset);
  dataset->fields = ui_arena_list (arena);
  dataset->blobs = ui_arena_list (arena);
  dataset->name = ui_text (arena, from->name);
  dataset->output = from->output;
  g_autofree char *below = g_build_filename (reading->persona, from->output ? "datasink" : "datasource",
                                             from->folder, NULL);
  g_autofree char *folder = workflow_context_path (reading->context, below);
  dataset->folder = ui_text (arena, folder);
  g_autofree char *container = g_strdup_printf ("%s-%s-%s", reading->scenario_name, from->owner,
                                                from->folder);
  g_autofree char *lower = g_ascii_strdown (container, -1);
  dataset->container = ui_text (arena, lower);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  look_at_files (work, dataset, files);
  add_fields (work, dataset, from->schema);
  look_at_ledger (work, dataset);
  look_at_storage (work, dataset, files);
  g_autofree char *mark = g_strdup_printf ("%s %u %" PRIu64, dataset->name, dataset->files, dataset->bytes);
  ui_reading_saw_text (reading, mark);
  ui_reading_saw_text (reading, dataset->remote);
  g_ptr_array_add (work->data->datasets, dataset);
}

gboolean
ui_read_data (UiReading *reading, GError **error)
{
  UiData *it = reading->value;
  Work work = { .reading = reading, .data = it };
  g_autoptr (GError) why = NULL;
  g_autofree char *endpoint = workflow_context_recall (reading->context, "blob");
  g_autoptr (BlobClient) blob = NULL;
  if (endpoint != NULL && ui_access_environment (reading->access, FALSE, &why)) {
    blob = workflow_context_blob (reading->context, endpoint, &why);
    work.contract = workflow_context_value ("contract", reading->context);
    work.ledger = work.contract != NULL ? workflow_context_ccf (reading->context, NULL, NULL) : NULL;
  }
  work.blob = blob;
  if (why != NULL)
    it->note = ui_text (reading->arena, why->message);
  for (guint i = 0; i < reading->scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (reading->scenario->datasets, i);
    if (g_str_equal (dataset->owner, reading->persona))
      add_dataset (&work, dataset);
  }
  ui_reading_saw_text (reading, it->note);
  g_free (work.contract);
  return cr_job_check (reading->job, error);
}
