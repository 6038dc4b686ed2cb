/* SPDX-License-Identifier: MIT
 * Loading: day folders, file selection, positional csv, JSON lines by name, allowed fields in their order.
 */
#include "room/load.h"

#include "base/clock.h"
#include "base/error.h"
#include "data/csv.h"

#include <stdio.h>
#include <string.h>

#define MAX_DAYS 36600
#define MAX_NESTING 32
#define MAX_JSON_LINE (16u * 1024 * 1024)

/* What a file reader needs: where each kept column comes from. */
typedef struct {
  RoomEngine *engine;
  const RoomDataset *dataset;
  GPtrArray *columns; /* RoomColumn that are kept; borrowed from the schema */
  guint *positions;   /* index of each kept column in the schema */
  RoomValue *values;
  gint64 rows;
} Loader;

static int
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Every file *SUFFIX below FOLDER, sorted, names with _ or . in front left out. Links are refused. */
static gboolean
find_files (const char *folder, const char *suffix, guint depth, GPtrArray *files, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (folder, 0, error);
  const char *entry;

  if (dir == NULL)
    return FALSE;
  while ((entry = g_dir_read_name (dir)) != NULL)
    if (*entry != '_' && *entry != '.')
      g_ptr_array_add (names, g_strdup (entry));
  g_dir_close (dir);
  g_ptr_array_sort (names, compare_text);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_SYMLINK) || depth > MAX_NESTING) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "'%s' is a symbolic link or nested too deeply", name);
      return FALSE;
    }
    if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
      if (!find_files (path, suffix, depth + 1, files, error))
        return FALSE;
    } else if (g_str_has_suffix (name, suffix))
      g_ptr_array_add (files, g_steal_pointer (&path));
  }
  return TRUE;
}

/* The files of the job's days; everything when no day folder is there at all. */
static gboolean
select_files (const RoomJob *job, const RoomDataset *dataset, RoomEvents *events, GPtrArray *files,
              GError **error)
{
  g_autofree char *suffix = g_strconcat (".", dataset->format, NULL);
  g_autoptr (GDate) day = NULL;
  g_autoptr (GDate) last = NULL;
  guint found = 0, seen = 0;

  if (job->start_date == NULL)
    return find_files (dataset->folder, suffix, 0, files, error);
  day = cr_day_parse (job->start_date, error);
  last = day != NULL ? cr_day_parse (job->end_date, error) : NULL;
  if (last == NULL)
    return FALSE;
  for (; g_date_compare (day, last) <= 0; g_date_add_days (day, 1)) {
    g_autofree char *text = cr_day_text (day);
    g_autofree char *folder = g_build_filename (dataset->folder, text, NULL);

    if (++seen > MAX_DAYS) {
      cr_set_error (error, CR_ERROR_INPUT, "Choose a shorter range of days.", "The range has over %d days",
                    MAX_DAYS);
      return FALSE;
    }
    if (!g_file_test (folder, G_FILE_TEST_IS_DIR) || g_file_test (folder, G_FILE_TEST_IS_SYMLINK)) {
      if (seen <= 366)
        room_event_say (events, "warning", "Dataset %s has no folder for %s; the day is skipped",
                        dataset->name, text);
      continue;
    }
    found++;
    if (!find_files (folder, suffix, 0, files, error))
      return FALSE;
  }
  if (found > 0)
    return TRUE;
  room_event_say (
      events, "warning",
      "No data found for dataset %s between %s and %s: it is not divided into days, all its data is used",
      dataset->name, job->start_date, job->end_date);
  return find_files (dataset->folder, suffix, 0, files, error);
}

static gboolean
load_csv (Loader *loader, const char *path, const char *name, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (path, name, DATA_CSV_SPARK, error);
  const char *const *fields;
  GError *problem = NULL;
  guint count;

  if (csv == NULL)
    return FALSE;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    for (guint i = 0; i < loader->columns->len; i++) {
      const RoomColumn *column = g_ptr_array_index (loader->columns, i);
      const char *text = loader->positions[i] < count ? fields[loader->positions[i]] : "";

      /* Spark's null value is the empty text, quoted or not */
      loader->values[i] = *text == '\0' ? room_value_null (column->type)
                                        : room_value_from_text (column->type, text, strlen (text));
    }
    if (!loader->engine->class->table_row (loader->engine, loader->values, loader->columns->len, error))
      return FALSE;
    loader->rows++;
  }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return problem == NULL;
}

static gboolean
load_json_line (Loader *loader, const char *line, gsize length, GError **error)
{
  g_autoptr (json_t) object = cr_json_parse (line, length, "a line", NULL);
  g_autoptr (GStringChunk) arena = g_string_chunk_new (256);

  /* A line that is no object gives a row of NULLs, as in Spark's permissive mode. */
  for (guint i = 0; i < loader->columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (loader->columns, i);

    loader->values[i] = room_value_from_json (column->type, json_object_get (object, column->name), arena);
  }
  loader->rows++;
  return loader->engine->class->table_row (loader->engine, loader->values, loader->columns->len, error);
}

static gboolean
load_json (Loader *loader, const char *path, const char *name, GError **error)
{
  FILE *file = fopen (path, "re");
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  gboolean done = TRUE;

  if (file == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s cannot be opened", name);
    return FALSE;
  }
  while (done && (length = getline (&line, &room, file)) >= 0) {
    if (length > (ssize_t) MAX_JSON_LINE) {
      cr_set_error (error, CR_ERROR_INPUT, "Write one JSON object per line.", "%s has a line over 16 MiB",
                    name);
      done = FALSE;
    } else if (strspn (line, " \t\r\n") != (gsize) length)
      done = load_json_line (loader, line, (gsize) length, error);
  }
  free (line);
  fclose (file);
  return done;
}

/* Allowed fields that the schema has, in the order of the allowed fields; unknown names are left out. */
static gboolean
choose_columns (Loader *loader, GError **error)
{
  const RoomDataset *dataset = loader->dataset;

  loader->positions = g_new0 (guint, MAX (dataset->allowed->len, 1));
  for (guint i = 0; i < dataset->allowed->len; i++)
    for (guint k = 0; k < dataset->schema->len; k++) {
      RoomColumn *column = g_ptr_array_index (dataset->schema, k);

      if (strcmp (column->name, g_ptr_array_index (dataset->allowed, i)) != 0)
        continue;
      loader->positions[loader->columns->len] = k;
      g_ptr_array_add (loader->columns, column);
      break;
    }
  loader->values = g_new0 (RoomValue, MAX (loader->columns->len, 1));
  if (loader->columns->len > 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Publish the dataset with allowed fields that its schema has.",
                "None of the allowed fields of dataset %s is in its schema", dataset->name);
  return FALSE;
}

static gboolean
load_files (Loader *loader, GPtrArray *files, GError **error)
{
  const RoomDataset *dataset = loader->dataset;
  const RoomEngineClass *class = loader->engine->class;
  gboolean csv = strcmp (dataset->format, "csv") == 0;

  if (strcmp (dataset->format, "parquet") == 0) {
    if (class->table_parquet == NULL) {
      cr_set_error (error, CR_ERROR_INPUT, "Use the engine duckdb, or publish the data as csv or json.",
                    "The engine %s cannot read parquet files", class->name);
      return FALSE;
    }
    if (files->len > 0)
      return class->table_parquet (loader->engine, dataset->view, loader->columns, files, error);
  } else if (!csv && strcmp (dataset->format, "json") != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Publish the dataset as csv, json or parquet.",
                  "Unsupported dataset format: %s", dataset->format);
    return FALSE;
  }
  if (!class->table_begin (loader->engine, dataset->view, loader->columns, error))
    return FALSE;
  for (guint i = 0; i < files->len; i++) {
    const char *path = g_ptr_array_index (files, i);
    const char *name = g_str_has_prefix (path, dataset->folder) ? path + strlen (dataset->folder) + 1 : path;

    if (!(csv ? load_csv (loader, path, name, error) : load_json (loader, path, name, error)))
      return FALSE;
  }
  return class->table_end (loader->engine, error);
}

gboolean
room_load (const RoomJob *job, const RoomDataset *dataset, RoomEngine *engine, RoomEvents *events,
           gint64 *rows, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();
  Loader loader = { .engine = engine, .dataset = dataset, .columns = columns };
  gboolean done;

  done = choose_columns (&loader, error) && select_files (job, dataset, events, files, error)
         && load_files (&loader, files, error);
  if (done) {
    g_hash_table_add (engine->views, g_utf8_strdown (dataset->view, -1));
    done = room_engine_view_count (engine, dataset->view, rows, error);
  }
  g_free (loader.positions);
  g_free (loader.values);
  return done;
}
