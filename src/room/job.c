/* SPDX-License-Identifier: MIT
 * Reading the job file, trusting nothing in it.
 */
#include "room/job.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT 3600
#define WHAT "the job file"

static void
dataset_free (gpointer data)
{
  RoomDataset *dataset = data;

  if (dataset == NULL)
    return;
  g_free (dataset->name);
  g_free (dataset->view);
  g_free (dataset->format);
  g_free (dataset->folder);
  g_clear_pointer (&dataset->schema, g_ptr_array_unref);
  g_clear_pointer (&dataset->allowed, g_ptr_array_unref);
  g_free (dataset);
}

static void
pre_condition_free (gpointer data)
{
  RoomPreCondition *condition = data;

  g_free (condition->view);
  g_free (condition);
}

static void
post_filter_free (gpointer data)
{
  RoomPostFilter *filter = data;

  g_free (filter->column);
  g_free (filter);
}

static void
segment_free (gpointer data)
{
  RoomSegment *segment = data;

  g_free (segment->text);
  g_ptr_array_unref (segment->pre_conditions);
  g_ptr_array_unref (segment->post_filters);
  g_free (segment);
}

void
room_job_free (RoomJob *job)
{
  if (job == NULL)
    return;
  g_free (job->job_id);
  g_free (job->contract_id);
  g_free (job->query_id);
  g_free (job->engine);
  g_free (job->start_date);
  g_free (job->end_date);
  g_free (job->run_folder);
  g_free (job->work_folder);
  g_ptr_array_unref (job->datasets);
  g_ptr_array_unref (job->segments);
  dataset_free (job->sink);
  g_free (job);
}

/* RELATIVE below RUN_FOLDER: plain names only, and every part that exists is a real folder. Gives. */
static char *
inside (const char *run_folder, const char *relative, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (relative, "/", -1);
  g_autofree char *path = g_strdup (run_folder);

  if (parts[0] == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "A dataset of the job file has no folder");
    return NULL;
  }
  for (char **part = parts; *part != NULL; part++) {
    char *next;

    if (!cr_name_valid (*part) || strcmp (*part, "..") == 0) {
      cr_set_error (error, CR_ERROR_INPUT, NULL,
                    "The folder '%s' of the job file leads out of the run folder", relative);
      return NULL;
    }
    next = g_build_filename (path, *part, NULL);
    g_free (path);
    path = next;
    if (g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "The folder '%s' of the job file is a symbolic link",
                    relative);
      return NULL;
    }
  }
  return g_steal_pointer (&path);
}

static gboolean
read_schema (RoomDataset *dataset, json_t *schema, GError **error)
{
  const char *name;
  json_t *entry;

  dataset->schema = room_columns_new ();
  json_object_foreach (schema, name, entry) {
    const char *type = json_is_string (entry) ? json_string_value (entry)
                                              : cr_json_peek_string (entry, "type");

    g_ptr_array_add (dataset->schema, room_column_new (name, room_type_from_name (type), NULL));
  }
  if (dataset->schema->len > 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, NULL, "Dataset %s has no schema", dataset->name);
  return FALSE;
}

static RoomDataset *
read_dataset (const char *run_folder, const json_t *json, gboolean input, GError **error)
{
  RoomDataset *dataset = g_new0 (RoomDataset, 1);
  const char *name = cr_json_get_string (json, "name", WHAT, error);
  const char *format = name != NULL ? cr_json_get_string (json, "format", WHAT, error) : NULL;
  const char *folder = format != NULL ? cr_json_get_string (json, "folder", WHAT, error) : NULL;
  const char *view = folder == NULL ? NULL : input ? cr_json_get_string (json, "viewName", WHAT, error) : "";
  json_t *schema = view != NULL ? cr_json_get_object (json, "schema", WHAT, error) : NULL;
  json_t *allowed = schema != NULL ? cr_json_get_array (json, "allowedFields", WHAT, error) : NULL;
  json_t *field;
  gsize index;

  dataset->name = g_strdup (name);
  dataset->view = g_strdup (view);
  dataset->format = g_strdup (format);
  dataset->allowed = g_ptr_array_new_with_free_func (g_free);
  json_array_foreach (allowed, index, field)
    if (json_is_string (field))
      g_ptr_array_add (dataset->allowed, g_strdup (json_string_value (field)));
  if (allowed != NULL)
    dataset->folder = inside (run_folder, folder, error);
  if (dataset->folder == NULL || !read_schema (dataset, schema, error)) {
    dataset_free (dataset);
    return NULL;
  }
  return dataset;
}

static gboolean
read_conditions (RoomSegment *segment, const json_t *json, GError **error)
{
  json_t *entry;
  gsize index;

  json_array_foreach (json_object_get (json, "preConditions"), index, entry) {
    const char *view = cr_json_get_string (entry, "viewName", WHAT, error);
    RoomPreCondition *condition;
    gint64 rows;

    if (view == NULL || !cr_json_get_int (entry, "minRowCount", WHAT, &rows, error))
      return FALSE;
    condition = g_new0 (RoomPreCondition, 1);
    condition->view = g_strdup (view);
    condition->min_rows = rows;
    g_ptr_array_add (segment->pre_conditions, condition);
  }
  json_array_foreach (json_object_get (json, "postFilters"), index, entry) {
    const char *column = cr_json_get_string (entry, "columnName", WHAT, error);
    RoomPostFilter *filter;
    gint64 value;

    if (column == NULL || !cr_json_get_int (entry, "value", WHAT, &value, error))
      return FALSE;
    filter = g_new0 (RoomPostFilter, 1);
    filter->column = g_strdup (column);
    filter->value = value;
    g_ptr_array_add (segment->post_filters, filter);
  }
  return TRUE;
}

static gboolean
read_segments (RoomJob *job, const json_t *root, GError **error)
{
  json_t *segments = cr_json_get_array (root, "segments", WHAT, error);
  json_t *entry;
  gsize index;

  if (segments == NULL)
    return FALSE;
  json_array_foreach (segments, index, entry) {
    const char *text = cr_json_get_string (entry, "data", WHAT, error);
    RoomSegment *segment;
    gint64 sequence;

    if (text == NULL || !cr_json_get_int (entry, "executionSequence", WHAT, &sequence, error))
      return FALSE;
    segment = g_new0 (RoomSegment, 1);
    segment->sequence = sequence;
    segment->text = g_strdup (text);
    segment->pre_conditions = g_ptr_array_new_with_free_func (pre_condition_free);
    segment->post_filters = g_ptr_array_new_with_free_func (post_filter_free);
    g_ptr_array_add (job->segments, segment);
    if (!read_conditions (segment, entry, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_head (RoomJob *job, const json_t *root, GError **error)
{
  const char *job_id = cr_json_get_string (root, "jobId", WHAT, error);
  const char *contract_id = job_id != NULL ? cr_json_get_string (root, "contractId", WHAT, error) : NULL;
  const char *query_id = contract_id != NULL ? cr_json_get_string (root, "queryId", WHAT, error) : NULL;
  const char *start = cr_json_peek_string (root, "startDate");
  const char *end = cr_json_peek_string (root, "endDate");
  gint64 timeout = cr_json_peek_int (root, "timeoutSeconds", DEFAULT_TIMEOUT);

  if (query_id == NULL || !cr_day_range_check (start, end, error))
    return FALSE;
  if (!cr_name_valid (job_id) || !cr_name_valid (contract_id)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  "The run id or the contract id of the job file cannot be a folder");
    return FALSE;
  }
  job->job_id = g_strdup (job_id);
  job->contract_id = g_strdup (contract_id);
  job->query_id = g_strdup (query_id);
  job->engine = g_strdup (cr_json_peek_string (root, "engine"));
  job->start_date = start != NULL && *start != '\0' ? g_strdup (start) : NULL;
  job->end_date = end != NULL && *end != '\0' ? g_strdup (end) : NULL;
  job->timeout_seconds = timeout > 0 && timeout < G_MAXINT32 ? (guint) timeout : DEFAULT_TIMEOUT;
  return TRUE;
}

static gboolean
read_job (RoomJob *job, const json_t *root, GError **error)
{
  json_t *datasets, *sink, *entry;
  gsize index;

  if (!read_head (job, root, error) || (datasets = cr_json_get_array (root, "datasets", WHAT, error)) == NULL)
    return FALSE;
  json_array_foreach (datasets, index, entry) {
    RoomDataset *dataset = read_dataset (job->run_folder, entry, TRUE, error);

    if (dataset == NULL)
      return FALSE;
    g_ptr_array_add (job->datasets, dataset);
  }
  sink = cr_json_get_object (root, "datasink", WHAT, error);
  return sink != NULL && (job->sink = read_dataset (job->run_folder, sink, FALSE, error)) != NULL
         && read_segments (job, root, error);
}

RoomJob *
room_job_load (const char *run_folder, GError **error)
{
  g_autoptr (RoomJob) job = g_new0 (RoomJob, 1);
  g_autoptr (json_t) root = NULL;
  g_autofree char *path = NULL;
  char *real = realpath (run_folder, NULL);

  job->datasets = g_ptr_array_new_with_free_func (dataset_free);
  job->segments = g_ptr_array_new_with_free_func (segment_free);
  if (real == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "There is no run folder %s", run_folder);
    return NULL;
  }
  job->run_folder = g_strdup (real);
  free (real);
  job->work_folder = g_build_filename (job->run_folder, "work", NULL);
  path = g_build_filename (job->run_folder, "job.json", NULL);
  root = cr_json_load (path, error);
  if (root == NULL || !cr_dir_make (job->work_folder, 0700, error) || !read_job (job, root, error))
    return NULL;
  return g_steal_pointer (&job);
}
