/* SPDX-License-Identifier: MIT
 * What a folder of day folders holds (datastore.h).
 */
#include "data/datastore.h"

#include "base/clock.h"
#include "base/error.h"
#include "data/csv.h"

#include <string.h>
#include <sys/stat.h>

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

static gboolean
describe_file (DataFolder *result, const char *path, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (path, path, DATA_CSV_STRICT, error);
  if (csv == NULL)
    return FALSE;
  const char *const *fields;
  guint count;
  guint expected = result->schema != NULL ? result->schema->fields->len : 0;
  GError *problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (expected == 0)
      expected = count;
    if (count != expected)
      return data_csv_error (csv, error, "%u columns where %u are expected", count, expected);
    result->rows++;
  }
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  struct stat status;
  if (stat (path, &status) == 0)
    result->bytes += (guint64) status.st_size;
  result->files++;
  return TRUE;
}

static gboolean
describe_day (DataFolder *result, const char *folder, GError **error)
{
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  if (files == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read the folder %s.", folder);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (files); name != NULL; name = g_dir_read_name (files)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (name[0] != '.' && g_str_has_suffix (name, ".csv") && !describe_file (result, path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
describe_days (DataFolder *result, const char *folder, GError **error)
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
    if (!describe_day (result, path, error))
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
  return TRUE;
}

DataFolder *
data_describe (const char *folder, GError **error)
{
  g_autoptr (DataFolder) result = g_new0 (DataFolder, 1);
  g_autofree char *schema_path = g_build_filename (folder, "schema.json", NULL);
  if (g_file_test (schema_path, G_FILE_TEST_EXISTS)) {
    g_autoptr (json_t) value = cr_json_load (schema_path, error);
    result->schema = value != NULL ? data_schema_from_json (value, schema_path, error) : NULL;
    if (result->schema == NULL)
      return NULL;
  }
  if (!describe_days (result, folder, error))
    return NULL;
  if (result->rows == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Put the files into folders named after days, such as 2025-09-01/orders.csv.",
                  "%s holds no day folder with rows.", folder);
    return NULL;
  }
  return g_steal_pointer (&result);
}
