/* SPDX-License-Identifier: MIT
 * The order of a run and its events, as the public Spark application has them.
 */
#include "room/run.h"

#include "base/clock.h"
#include "base/error.h"
#include "room/load.h"
#include "room/write.h"

#include <string.h>

typedef struct {
  const RoomJob *job;
  RoomEngine *engine;
  RoomEvents *events;
  gint64 rows_read, rows_written;
  char *body;         /* query of the last segment with its filters; NULL for DDL */
  GPtrArray *columns; /* its columns; an empty array for DDL */
} Run;

static gboolean
load_one (Run *run, const RoomDataset *dataset, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/mnt/remote/%s", dataset->name);
  GError *problem = NULL;
  gint64 rows = 0;

  if (room_load (run->job, dataset, run->engine, run->events, &rows, &problem)) {
    run->rows_read += rows;
    room_event (run->events, ROOM_LOAD_COMPLETED,
                "Dataset %s loaded successfully from %s with %" G_GINT64_FORMAT " rows", dataset->name, path,
                rows);
    room_event (run->events, ROOM_AUDIT_LOAD_COMPLETED,
                "Dataset: %s load completed successfully | job id: %s", dataset->name, run->job->job_id);
    return TRUE;
  }
  room_event (run->events, ROOM_LOAD_FAILED, "Failed to load dataset %s from %s: %s", dataset->name, path,
              problem->message);
  room_event (run->events, ROOM_AUDIT_LOAD_FAILED, "Dataset: %s load failed | job id: %s", dataset->name,
              run->job->job_id);
  g_propagate_error (error, problem);
  return FALSE;
}

static gboolean
load_all (Run *run, GError **error)
{
  const RoomJob *job = run->job;

  for (guint i = 0; i < job->datasets->len; i++) {
    const RoomDataset *dataset = g_ptr_array_index (job->datasets, i);

    room_event (run->events, ROOM_LOAD_STARTED,
                "Started loading dataset %s from /mnt/remote/%s for start_date: %s, end_date: %s",
                dataset->name, dataset->name, job->start_date != NULL ? job->start_date : "NA",
                job->end_date != NULL ? job->end_date : "NA");
  }
  for (guint i = 0; i < job->datasets->len; i++)
    if (!load_one (run, g_ptr_array_index (job->datasets, i), error))
      return FALSE;
  return run->engine->class->seal (run->engine, error);
}

static gboolean
check_pre_conditions (Run *run, const RoomSegment *segment, GError **error)
{
  for (guint i = 0; i < segment->pre_conditions->len; i++) {
    const RoomPreCondition *condition = g_ptr_array_index (segment->pre_conditions, i);
    gint64 rows;

    if (!room_engine_has_view (run->engine, condition->view)) {
      cr_set_error (error, CR_ERROR_INPUT, "Name a view of the query, in lower case.",
                    "View %s does not exist in the Spark catalog. Exiting", condition->view);
      return FALSE;
    }
    if (!room_engine_view_count (run->engine, condition->view, &rows, error))
      return FALSE;
    if (rows < condition->min_rows) {
      cr_set_error (error, CR_ERROR_REFUSED, "The protection worked: use more days or more data.",
                    "Pre-segment enforcement failed for view %s: row count %" G_GINT64_FORMAT
                    " is less than minRowCount %" G_GINT64_FORMAT,
                    condition->view, rows, condition->min_rows);
      return FALSE;
    }
  }
  return TRUE;
}

/* BODY with the thresholds of SEGMENT around it. Gives. */
static char *
add_post_filters (const RoomSegment *segment, const char *body, GPtrArray *columns, GError **error)
{
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autoptr (GString) sql = g_string_new (NULL);

  for (guint i = 0; i < segment->post_filters->len; i++) {
    const RoomPostFilter *filter = g_ptr_array_index (segment->post_filters, i);
    g_autofree char *name = room_sql_quote (filter->column);

    if (room_columns_find (columns, filter->column) == NULL)
      g_string_append_printf (missing, "%s'%s'", missing->len > 0 ? ", " : "", filter->column);
    g_string_append_printf (sql, "%s%s >= %" G_GINT64_FORMAT, i > 0 ? " AND " : "", name, filter->value);
  }
  if (missing->len > 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Put the column of the threshold into the result.",
                  "Required columns: {%s} missing in the output for PostSegmentFilteringEnforcement",
                  missing->str);
    return NULL;
  }
  if (segment->post_filters->len == 0)
    return g_strdup (body);
  return g_strdup_printf ("SELECT * FROM (%s) AS f WHERE %s", body, sql->str);
}

static gboolean
execute (Run *run, const RoomSegment *segment, gint64 *count, GError **error)
{
  g_autofree char *body = NULL, *filtered = NULL;
  g_autoptr (GPtrArray) columns = NULL;

  *count = 0;
  g_clear_pointer (&run->body, g_free);
  g_clear_pointer (&run->columns, g_ptr_array_unref);
  if (!check_pre_conditions (run, segment, error)
      || !room_engine_prepare (run->engine, segment->text, &body, error))
    return FALSE;
  columns = body != NULL ? run->engine->class->describe (run->engine, body, error) : room_columns_new ();
  if (columns == NULL || (body != NULL && !room_engine_count (run->engine, body, count, error)))
    return FALSE;
  filtered = add_post_filters (segment, body != NULL ? body : "", columns, error);
  if (filtered == NULL)
    return FALSE;
  if (segment->post_filters->len > 0 && !room_engine_count (run->engine, filtered, count, error))
    return FALSE;
  run->body = body != NULL ? g_steal_pointer (&filtered) : NULL;
  run->columns = g_steal_pointer (&columns);
  return TRUE;
}

/* Segments START..END-1 share a step: all are started, all finish, then the first failure counts. */
static gboolean
run_step (Run *run, GPtrArray *segments, guint start, guint end, GError **error)
{
  GError *first = NULL;

  for (guint i = start; i < end; i++) {
    const RoomSegment *segment = g_ptr_array_index (segments, i);

    room_event (run->events, ROOM_SEGMENT_STARTED,
                "Started executing query segment in step %" G_GINT64_FORMAT, segment->sequence);
  }
  for (guint i = start; i < end; i++) {
    const RoomSegment *segment = g_ptr_array_index (segments, i);
    GError *problem = NULL;
    gint64 count;

    if (execute (run, segment, &count, &problem)) {
      room_event (run->events, ROOM_SEGMENT_COMPLETED,
                  "Query segment in step %" G_GINT64_FORMAT " completed with %" G_GINT64_FORMAT " rows",
                  segment->sequence, count);
      continue;
    }
    room_event (run->events, ROOM_SEGMENT_FAILED,
                "Query segment in step %" G_GINT64_FORMAT " failed with error: %s", segment->sequence,
                problem->message);
    if (first == NULL)
      first = problem;
    else
      g_error_free (problem);
  }
  if (first != NULL)
    g_propagate_error (error, first);
  return first == NULL;
}

static int
compare_sequence (gconstpointer a, gconstpointer b)
{
  const RoomSegment *left = *(RoomSegment *const *) a, *right = *(RoomSegment *const *) b;

  return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

static gboolean
run_segments (Run *run, GError **error)
{
  g_autoptr (GPtrArray) segments = g_ptr_array_new ();
  guint last = 0;

  for (guint i = 0; i < run->job->segments->len; i++)
    g_ptr_array_add (segments, g_ptr_array_index (run->job->segments, i));
  g_ptr_array_sort (segments, compare_sequence); /* stable: g_ptr_array_sort is a merge sort */
  for (guint i = 0; i < segments->len; i++)
    last += compare_sequence (&segments->pdata[i], &segments->pdata[segments->len - 1]) == 0;
  if (last > 1) {
    cr_set_error (error, CR_ERROR_INPUT, "Give the last step one segment only.",
                  "There should be just 1 last segment but there are %u.", last);
    return FALSE;
  }
  for (guint start = 0, end; start < segments->len; start = end) {
    for (end = start + 1; end < segments->len; end++)
      if (compare_sequence (&segments->pdata[start], &segments->pdata[end]) != 0)
        break;
    if (!run_step (run, segments, start, end, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_result (Run *run, GError **error)
{
  const RoomJob *job = run->job;
  g_autofree char *day = cr_today ();
  g_autofree char *path = room_write_path (job, day);
  g_autofree char *detail = NULL;
  GError *problem = NULL;

  if (job->segments->len == 0)
    return TRUE;
  room_event (run->events, ROOM_WRITE_STARTED, "Started writing dataset %s to %s", job->sink->name, path);
  if (room_write (job, run->engine, run->body, run->columns, day, &run->rows_written, &detail, &problem)) {
    room_event (run->events, ROOM_WRITE_COMPLETED,
                "Output to datasink %s written successfully at %s with %" G_GINT64_FORMAT " rows",
                job->sink->name, path, run->rows_written);
    room_event (run->events, ROOM_AUDIT_WRITE_COMPLETED,
                "Dataset write completed successfully to %s | dataset: %s | rows: %" G_GINT64_FORMAT
                " | job id: %s",
                path, job->sink->name, run->rows_written, job->job_id);
    return TRUE;
  }
  if (detail != NULL)
    room_event_say (run->events, "note", "%s", detail);
  room_event (run->events, ROOM_WRITE_FAILED, "Failed to write dataset %s to %s: %s", job->sink->name, path,
              problem->message);
  room_event (run->events, ROOM_AUDIT_WRITE_FAILED,
              "Dataset write failed to %s | dataset: %s | job id: %s | reason: %s", path, job->sink->name,
              job->job_id, problem->message);
  g_propagate_error (error, problem);
  return FALSE;
}

gboolean
room_run (const RoomJob *job, RoomEngine *engine, RoomEvents *events, GError **error)
{
  Run run = { .job = job, .engine = engine, .events = events };
  gint64 started = g_get_monotonic_time ();
  GError *problem = NULL;
  gboolean done;

  room_event_say (events, "engine", "%s", engine->version);
  done = load_all (&run, &problem) && run_segments (&run, &problem) && write_result (&run, &problem);
  if (done) {
    double seconds = (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC;

    room_event (events, ROOM_EXECUTION_COMPLETED, "Query execution completed successfully in %.6f seconds",
                seconds);
    room_event (events, ROOM_AUDIT_QUERY_COMPLETED, "Query execution completed successfully | job id: %s",
                job->job_id);
    room_event_statistics (events, seconds, run.rows_read, run.rows_written);
  } else {
    room_event (events, ROOM_EXECUTION_FAILED, "Query execution failed: %s", problem->message);
    room_event (events, ROOM_AUDIT_QUERY_FAILED, "Query failed | job id: %s | reason: %s", job->job_id,
                problem->message);
    g_propagate_error (error, problem);
  }
  g_free (run.body);
  g_clear_pointer (&run.columns, g_ptr_array_unref);
  return done;
}
