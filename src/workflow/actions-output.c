/* SPDX-License-Identifier: MIT
 * an.wg.output: fetch the result files of the last run and read them as a table.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/transfer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More rows than this stay in the files; the result then says so. */
#define ROWS_KEPT_MAX 100000u

static const WorkflowDataset *
output_dataset (WorkflowCall *call, GError **error)
{
  const WorkflowQuery *query = action_query (call, error);
  return query != NULL ? workflow_scenario_dataset (workflow_call_scenario (call), query->output) : NULL;
}

/* "<contract>/<day>/<run id>/": the folder of the run in the sink. Gives. */
static char *
find_prefix (WorkflowCall *call, CloudStore *store, const char *run_id, GError **error)
{
  g_autofree char *contract = action_contract (call, error);
  g_autofree char *start = g_strconcat (contract != NULL ? contract : "", "/", NULL);
  g_autoptr (GPtrArray) items = contract != NULL
                                    ? cloud_store_list (store, workflow_call_job (call), start, error)
                                    : NULL;
  if (items == NULL)
    return NULL;
  g_autofree char *part = g_strdup_printf ("/%s/", run_id);
  for (guint i = 0; i < items->len; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    const char *at = item->folder ? NULL : strstr (item->name, part);
    if (at != NULL)
      return g_strndup (item->name, (gsize) (at - item->name) + strlen (part));
  }
  cr_set_error (error, CR_ERROR_NOT_FOUND,
                "Run the query again: cleanroom step run woodgrove an.wg.run --force",
                "There is no output of the run %s in the %s.", run_id, cloud_store_name (store));
  return NULL;
}

static int
compare_paths (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The part files in FOLDER, sorted. Gives. */
static GPtrArray *
part_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir))
    if (g_str_has_prefix (name, "part-") && g_str_has_suffix (name, ".csv"))
      g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  if (files->len == 0) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Run the query again.", "There is no result file in %s.",
                  folder);
    return NULL;
  }
  g_ptr_array_sort (files, compare_paths);
  return g_steal_pointer (&files);
}

/* A field in the type of its column; what does not fit stays a text. Gives. */
static json_t *
to_value (const DataSchema *schema, const char *column, const char *text, gboolean quoted)
{
  const char *type = "string";
  for (guint i = 0; i < schema->fields->len; i++) {
    const DataField *field = g_ptr_array_index (schema->fields, i);
    if (g_str_equal (field->name, column))
      type = field->type;
  }
  if (*text == '\0' && !quoted)
    return json_null ();
  gint64 number = 0;
  if ((g_str_equal (type, "long") || g_str_equal (type, "integer"))
      && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_integer (number);
  char *end = NULL;
  double real = g_str_equal (type, "number") ? g_ascii_strtod (text, &end) : 0;
  if (end != NULL && end != text && *end == '\0')
    return json_real (real);
  return json_string (text);
}

/* A table while it is read. */
typedef struct {
  const DataSchema *schema;
  json_t *columns, *rows; /* borrowed arrays */
  gint64 count;
} Table;

static gboolean
read_part (Table *table, const char *path, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (path, NULL, DATA_CSV_SPARK, error);
  if (csv == NULL)
    return FALSE;
  const char *const *fields = NULL;
  guint count = 0;
  gboolean header = TRUE;
  g_autoptr (GError) problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (header) {
      header = FALSE;
      for (guint i = 0; json_array_size (table->columns) < count && i < count; i++)
        json_array_append_new (table->columns, json_string (fields[i]));
      continue;
    }
    table->count++;
    if (json_array_size (table->rows) >= ROWS_KEPT_MAX)
      continue;
    json_t *row = json_array ();
    for (guint i = 0; i < count && i < json_array_size (table->columns); i++)
      json_array_append_new (row,
                             to_value (table->schema, json_string_value (json_array_get (table->columns, i)),
                                       fields[i], data_csv_quoted (csv, i)));
    json_array_append_new (table->rows, row);
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
read_table (WorkflowCall *call, const WorkflowDataset *dataset, const char *folder, GError **error)
{
  g_autoptr (json_t) text = cr_json_load (dataset->schema, error);
  g_autoptr (DataSchema) schema = text != NULL ? data_schema_from_json (text, dataset->schema, error) : NULL;
  g_autoptr (GPtrArray) files = schema != NULL ? part_files (folder, error) : NULL;
  if (files == NULL)
    return FALSE;
  json_t *result = workflow_call_result (call), *names = json_array ();
  Table table = { schema, json_array (), json_array (), 0 };
  cr_json_set (result, "files", names);
  cr_json_set (result, "columns", table.columns);
  cr_json_set (result, "rows", table.rows);
  for (guint i = 0; i < files->len; i++) {
    if (!read_part (&table, g_ptr_array_index (files, i), error))
      return FALSE;
    json_array_append_new (names, json_string (g_ptr_array_index (files, i)));
  }
  cr_json_set_int (result, "row_count", table.count);
  cr_json_set_bool (result, "truncated", table.count > (gint64) json_array_size (table.rows));
  g_autofree char *said = g_strdup_printf (
      ngettext ("%" PRId64 " rows in %u file in %s.", "%" PRId64 " rows in %u files in %s.", files->len),
      table.count, files->len, folder);
  workflow_call_say (call, "%s", said);
  return TRUE;
}

ACTION (action_output)
{
  WorkflowContext *context = workflow_call_context (call);
  const WorkflowDataset *dataset = output_dataset (call, error);
  g_autofree char *run_id = dataset != NULL ? action_fact (call, "run", error) : NULL;
  g_auto (ActionStore) opened = { 0 };
  if (run_id == NULL || !action_store_open (call, dataset, FALSE, &opened, error))
    return FALSE;
  g_autofree char *container = action_container (call, dataset);
  g_autofree char *prefix = find_prefix (call, opened.store, run_id, error);
  if (prefix == NULL)
    return FALSE;
  const char *given = workflow_call_input (call, "folder");
  g_autofree char *below = g_build_filename ("datastores", container, run_id, NULL);
  g_autofree char *folder = *given != '\0' ? g_canonicalize_filename (given, NULL)
                                           : workflow_context_private (context, below);
  g_autofree char *plans = workflow_context_private (context, "transfers");
  const TransferOptions options = { .plan_folder = plans };
  if (!cr_dir_make (folder, 0700, error)
      || !transfer_download (opened.store, workflow_call_job (call), prefix, folder, &options, NULL, error))
    return FALSE;
  cr_fault_point ("downloaded");
  workflow_call_set (call, "run", run_id);
  workflow_call_set (call, "folder", folder);
  return read_table (call, dataset, folder, error);
}

PROBE (probe_output)
{
  g_autoptr (json_t) past = workflow_call_past (call, workflow_call_step (call)->id, error);
  json_t *files = json_object_get (workflow_call_result (call), "files");
  if (files == NULL)
    files = json_object_get (past, "files");
  for (size_t i = 0; i < json_array_size (files); i++)
    if (!g_file_test (json_string_value (json_array_get (files, i)), G_FILE_TEST_IS_REGULAR))
      return g_strdup ("missing");
  return g_strdup (json_array_size (files) > 0 ? "present" : "missing");
}
