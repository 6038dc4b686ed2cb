/* SPDX-License-Identifier: MIT
 * What a folder of day folders holds (datastore.h).
 */
#include "data/datastore.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/translate.h"
#include "data/csv.h"

#include <string.h>
#include <sys/stat.h>

#define TELL_BYTES (256u * 1024) /* between two words about the progress */

void
data_folder_free (DataFolder *folder)
{
  if (folder == NULL)
    return;
  g_free (folder->first_day);
  g_free (folder->last_day);
  data_schema_free (folder->schema);
  g_free (folder);
}

/* One file that will be read. */
typedef struct {
  char *path, *name; /* name: "2025-09-01/orders.csv" */
  guint64 bytes;
} DayFile;

static void
day_file_free (gpointer data)
{
  DayFile *file = data;
  g_free (file->path);
  g_free (file->name);
  g_free (file);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  const DayFile *const *one = a, *const *two = b;
  return strcmp ((*one)->name, (*two)->name);
}

/* How far reading all files has come. */
typedef struct {
  CrJob *job;
  guint64 done, total; /* bytes */
} Reading;

static gboolean
tell (const Reading *reading, const DayFile *file, guint64 bytes, GError **error)
{
  if (!cr_job_check (reading->job, error))
    return FALSE;
  g_autofree char *phase = g_strdup_printf (_ ("reading %s"), file->name);
  cr_job_progress (reading->job, phase, MIN (reading->done + bytes, reading->total), reading->total);
  return TRUE;
}

static gboolean
describe_file (DataFolder *result, Reading *reading, const DayFile *file, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (file->path, file->path, DATA_CSV_STRICT, error);
  if (csv == NULL || !tell (reading, file, 0, error))
    return FALSE;
  const char *const *fields;
  guint count;
  guint expected = result->schema != NULL ? result->schema->fields->len : 0;
  guint64 told = 0;
  GError *problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (expected == 0)
      expected = count;
    if (count != expected)
      return data_csv_error (csv, error, "%u columns where %u are expected", count, expected);
    result->rows++;
    guint64 position = data_csv_position (csv);
    if (position < told + TELL_BYTES)
      continue;
    told = position;
    if (!tell (reading, file, position, error))
      return FALSE;
  }
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  result->bytes += file->bytes;
  result->files++;
  reading->done += file->bytes;
  return TRUE;
}

/* The CSV files of one day to FILES. */
static gboolean
collect_day (GPtrArray *files, const char *folder, const char *day, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  if (entries == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read the folder %s.", folder);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (entries); name != NULL; name = g_dir_read_name (entries)) {
    if (name[0] == '.' || !g_str_has_suffix (name, ".csv"))
      continue;
    DayFile *file = g_new0 (DayFile, 1);
    struct stat status;
    file->path = g_build_filename (folder, name, NULL);
    file->name = g_strdup_printf ("%s/%s", day, name);
    file->bytes = stat (file->path, &status) == 0 ? (guint64) status.st_size : 0;
    g_ptr_array_add (files, file);
  }
  return TRUE;
}

static gboolean
collect_days (DataFolder *result, GPtrArray *files, const char *folder, GError **error)
{
  g_autoptr (GDir) days = g_dir_open (folder, 0, NULL);
  if (days == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Run the step that gets the data first.",
                  "There is no folder %s.", folder);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (days); name != NULL; name = g_dir_read_name (days)) {
    g_autoptr (GDate) day = cr_day_parse (name, NULL);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (day == NULL || !g_file_test (path, G_FILE_TEST_IS_DIR))
      continue;
    if (!collect_day (files, path, name, error))
      return FALSE;
    result->days++;
    /* Days written as YYYY-MM-DD sort as text. */
    if (result->first_day == NULL || strcmp (name, result->first_day) < 0) {
      g_free (result->first_day);
      result->first_day = g_strdup (name);
    }
    if (result->last_day == NULL || strcmp (name, result->last_day) > 0) {
      g_free (result->last_day);
      result->last_day = g_strdup (name);
    }
  }
  g_ptr_array_sort (files, by_name);
  return TRUE;
}

static gboolean
describe_days (DataFolder *result, const char *folder, CrJob *job, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (day_file_free);
  if (!collect_days (result, files, folder, error))
    return FALSE;
  Reading reading = { .job = job };
  for (guint i = 0; i < files->len; i++)
    reading.total += ((const DayFile *) g_ptr_array_index (files, i))->bytes;
  for (guint i = 0; i < files->len; i++)
    if (!describe_file (result, &reading, g_ptr_array_index (files, i), error))
      return FALSE;
  return TRUE;
}

DataFolder *
data_describe (const char *folder, CrJob *job, GError **error)
{
  g_autoptr (DataFolder) result = g_new0 (DataFolder, 1);
  g_autofree char *schema_path = g_build_filename (folder, "schema.json", NULL);
  if (g_file_test (schema_path, G_FILE_TEST_EXISTS)) {
    g_autoptr (json_t) value = cr_json_load (schema_path, error);
    result->schema = value != NULL ? data_schema_from_json (value, schema_path, error) : NULL;
    if (result->schema == NULL)
      return NULL;
  }
  if (!describe_days (result, folder, job, error))
    return NULL;
  if (result->rows == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Put the files into folders named after days, such as 2025-09-01/orders.csv.",
                  "%s holds no day folder with rows.", folder);
    return NULL;
  }
  return g_steal_pointer (&result);
}
