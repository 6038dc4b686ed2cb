/* SPDX-License-Identifier: MIT
 * an.user.publish, before anything changes: is the data good, what will others see of it, what follows from
 * doing it anew.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/json.h"
#include "base/translate.h"
#include "data/datastore.h"
#include "data/describe.h"

#include <string.h>

#define LOOK_BYTES (1024u * 1024) /* a preview looks at the beginning of the data only */

DataSchema *
action_dataset_schema (WorkflowCall *call, const WorkflowDataset *dataset, GError **error)
{
  g_autofree char *folder = action_dataset_folder (call, dataset);
  g_autofree char *own = g_build_filename (folder, "schema.json", NULL);
  const char *path = g_file_test (own, G_FILE_TEST_EXISTS) ? own : dataset->schema;
  g_autoptr (json_t) value = cr_json_load (path, error);
  return value != NULL ? data_schema_from_json (value, path, error) : NULL;
}

char **
action_allowed (WorkflowCall *call, const WorkflowDataset *dataset)
{
  return dataset->output ? NULL : data_names_split (workflow_call_input (call, "allowed"));
}

/* What others will see of DATASET, from the beginning of its data. Gives. */
static json_t *
look (WorkflowCall *call, const WorkflowDataset *dataset, const DataSchema *schema, GError **error)
{
  const DataDescribeOptions options = { .most_bytes = LOOK_BYTES };
  g_autofree char *folder = action_dataset_folder (call, dataset);
  g_auto (GStrv) allowed = action_allowed (call, dataset);
  g_autoptr (DataDescription) found = data_describe_path (folder, &options, workflow_call_job (call), error);
  json_t *preview = found != NULL ? data_preview (found, schema, (const char *const *) allowed, error) : NULL;
  if (preview == NULL)
    return NULL;
  cr_json_set_string (preview, "dataset", dataset->name);
  cr_json_set_bool (preview, "header", found->header);
  return preview;
}

static gboolean
check_csv (CrJob *job, const char *folder, guint64 *rows, GError **error)
{
  g_autoptr (DataFolder) found = data_describe (folder, job, error);
  if (found == NULL)
    return FALSE;
  *rows += found->rows;
  return TRUE;
}

/* Data that is not CSV: nothing in it may keep it from being read. */
static gboolean
check_other (WorkflowCall *call, const char *folder, const DataSchema *schema, guint64 *rows, GError **error)
{
  g_autoptr (DataDescription) found = data_describe_path (folder, NULL, workflow_call_job (call), error);
  if (found == NULL)
    return FALSE;
  const DataOddity *problem = data_description_problem (found);
  gboolean other = strcmp (found->format, schema->format) != 0;
  if (problem == NULL && !other) {
    *rows += found->rows;
    return TRUE;
  }
  const char *place = problem != NULL && problem->places->len > 0 ? g_ptr_array_index (problem->places, 0)
                                                                  : folder;
  if (other)
    cr_set_error (error, CR_ERROR_INPUT, "Correct schema.json, or put the right files there.",
                  "%s holds %s, and its schema says %s.", folder, found->format, schema->format);
  else
    cr_set_error (error, CR_ERROR_INPUT, "Look at all of it with: cleanroom data describe FOLDER", "%s: %s",
                  place, cr_translate (problem->text));
  return FALSE;
}

static char *
names_text (const json_t *list)
{
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < json_array_size (list); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            cr_json_peek_string (json_array_get (list, i), "name"));
  return g_string_free (text, FALSE);
}

gboolean
action_data_check (WorkflowCall *call, const WorkflowDataset *dataset, const DataSchema *schema,
                   guint64 *rows, GError **error)
{
  g_autofree char *folder = action_dataset_folder (call, dataset);
  gboolean csv = strcmp (schema->format, "csv") == 0;
  if (csv ? !check_csv (workflow_call_job (call), folder, rows, error)
          : !check_other (call, folder, schema, rows, error))
    return FALSE;
  g_autoptr (json_t) preview = look (call, dataset, schema, error);
  if (preview == NULL)
    return FALSE;
  const json_t *hidden = json_object_get (preview, "hidden");
  if (cr_json_peek_bool (preview, "header", FALSE))
    workflow_call_say (call,
                       "%s: the first line of the files is a header, and the clean room reads it as data.",
                       dataset->name);
  g_autofree char *shown = names_text (json_object_get (preview, "readable"));
  workflow_call_say (call, "%s: queries of others can read %s.", dataset->name, shown);
  if (json_array_size (hidden) > 0) {
    g_autofree char *names = names_text (hidden);
    workflow_call_say (call, "%s: never shown to others: %s.", dataset->name, names);
  }
  return TRUE;
}

/* --- before the step --- */

static void
add_note (json_t *notes, const char *text)
{
  json_array_append_new (notes, json_string (text));
}

static gboolean
was_published (WorkflowCall *call)
{
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  const char *persona = workflow_context_persona (workflow_call_context (call));
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    g_autofree char *id = g_str_equal (dataset->owner, persona)
                              ? action_dataset_id (call, dataset->name, NULL)
                              : NULL;
    if (id != NULL)
      return TRUE;
  }
  return FALSE;
}

/* What publishing again means. */
static json_t *
notes_of (WorkflowCall *call)
{
  json_t *notes = json_array ();
  if (!was_published (call))
    return notes;
  if (!workflow_call_input_yes (call, "republish")) {
    add_note (
        notes,
        _ ("It was published before: changed files are uploaded again, and the registered documents stay. "
           "Publish anew to register other ones."));
    return notes;
  }
  add_note (
      notes,
      _ ("New documents are registered under new ids. Those of before stay in the ledger, and a query that "
         "names them still runs; withdraw your consent to them to stop that."));
  if (action_is_encrypted (call))
    add_note (
        notes,
        _ ("A new key wraps the keys of your data: the clean room cannot read the new documents until you "
           "have given it access again. The data itself keeps its key."));
  add_note (notes, _ ("The data stays where it is; only what changed is uploaded."));
  return notes;
}

json_t *
action_publish_preview (WorkflowCall *call, GError **error)
{
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  const char *persona = workflow_context_persona (workflow_call_context (call));
  g_autoptr (json_t) list = json_array ();
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    g_autofree char *folder = action_dataset_folder (call, dataset);
    if (dataset->output || !g_str_equal (dataset->owner, persona)
        || !g_file_test (folder, G_FILE_TEST_IS_DIR))
      continue;
    g_autoptr (DataSchema) schema = action_dataset_schema (call, dataset, error);
    json_t *preview = schema != NULL ? look (call, dataset, schema, error) : NULL;
    if (preview == NULL)
      return NULL;
    json_array_append_new (list, preview);
  }
  return json_pack ("{s:o, s:O}", "notes", notes_of (call), "datasets", list);
}
