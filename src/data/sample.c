/* SPDX-License-Identifier: MIT
 * Where the sample data comes from and where it goes (sample.h).
 */
#include "data/sample.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"
#include "data/csv.h"
#include "data/dataset.h"

#include <string.h>

#define PUBLIC_FOLDER "https://raw.githubusercontent.com/Azure-Samples/Synapse/main/Data/Tweets/"
#define FILE_MAX_BYTES (64u * 1024 * 1024)
#define COLUMNS 4u

static const DataSampleFile sample_files[] = {
  { "northwind", 0, "BrigitMurtaughTweets.csv", 392 },
  { "northwind", 1, "FranmerMSTweets.csv", 1077 },
  { "northwind", 2, "JeremyLiknessTweets.csv", 3981 },
  { "northwind", 3, "mwinkleTweets.csv", 3987 },
  { "woodgrove", 0, "RahulPotharajuTweets.csv", 147 },
  { "woodgrove", 1, "raghurwiTweets.csv", 48 },
  { "woodgrove", 2, "MikeDoesBigDataTweets.csv", 1885 },
  { "woodgrove", 3, "SQLCindyTweets.csv", 2355 },
  { NULL, 0, NULL, 0 },
};

const DataSampleFile *
data_sample_files (void)
{
  return sample_files;
}

/* Every record of CSV has COLUMNS fields and there is one at least; counts them in ROWS. */
static gboolean
check_records (DataCsv *csv, const char *name, guint64 *rows, GError **error)
{
  const char *const *fields;
  guint count;
  GError *problem = NULL;
  *rows = 0;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (count != COLUMNS)
      return data_csv_error (csv, error, "%u columns where %u are expected (date, time, author, mentions)",
                             count, COLUMNS);
    (*rows)++;
  }
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (*rows == 0) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s:1: the file has no rows", name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_file (const char *folder, const char *file, guint64 *rows, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (DataCsv) csv = data_csv_open (path, path, DATA_CSV_STRICT, error);
  return csv != NULL && check_records (csv, path, rows, error);
}

static gboolean
check_present (const char *folder, GError **error)
{
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    cr_set_error (error, CR_ERROR_INPUT, "Name a folder that holds the eight files of the sample.",
                  "%s is not a folder.", folder);
    return FALSE;
  }
  g_autoptr (GString) missing = g_string_new (NULL);
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++) {
    g_autofree char *path = g_build_filename (folder, file->file, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", file->file);
  }
  if (missing->len == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT,
                "Put the missing files there, or leave --data out to use the data that is built in.",
                "%s does not hold all eight files of the sample. Missing: %s.", folder, missing->str);
  return FALSE;
}

gboolean
data_sample_check (const char *folder, CrJob *job, GError **error)
{
  if (!check_present (folder, error))
    return FALSE;
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++) {
    guint64 rows;
    if (!cr_job_check (job, error) || !check_file (folder, file->file, &rows, error))
      return FALSE;
  }
  return TRUE;
}

/* --- download ------------------------------------------------------------------------------------------- */

static gboolean
download_file (HttpClient *http, CrJob *job, const char *folder, const char *file, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  guint64 rows;
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR) && check_file (folder, file, &rows, NULL))
    return TRUE;
  g_autofree char *url = g_strconcat (PUBLIC_FOLDER, file, NULL);
  g_autofree char *phase = g_strdup_printf (_ ("download %s"), file);
  HttpRequest request = { .method = "GET", .url = url, .max_response = FILE_MAX_BYTES, .phase = phase };
  g_autoptr (HttpResponse) response = http_call (job, http, &request, error);
  if (response == NULL)
    return FALSE;
  gsize length;
  const char *data = g_bytes_get_data (response->body, &length);
  g_autoptr (DataCsv) csv = data_csv_new (data, length, url, DATA_CSV_STRICT);
  return check_records (csv, url, &rows, error) && cr_file_write (path, data, (gssize) length, 0600, error);
}

gboolean
data_sample_download (HttpClient *http, CrJob *job, const char *folder, GError **error)
{
  if (!cr_dir_make (folder, 0700, error))
    return FALSE;
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++) {
    GError *problem = NULL;
    if (download_file (http, job, folder, file->file, &problem))
      continue;
    if (g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY))
      cr_error_set_hint (problem,
                         "The public files need a network. Try again, name a folder that holds them with "
                         "--data DIR, or leave --data out to use the data that is built in.");
    g_propagate_error (error, problem);
    return FALSE;
  }
  return TRUE;
}

/* --- layout --------------------------------------------------------------------------------------------- */

void
data_sample_layout_free (DataSampleLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->input);
  g_free (layout->output);
  g_free (layout->first_day);
  g_free (layout->last_day);
  g_free (layout);
}

static gboolean
is_sample_name (const char *name)
{
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++)
    if (strcmp (file->file, name) == 0)
      return TRUE;
  return FALSE;
}

/* A day folder that holds nothing but files of the sample. */
static gboolean
is_sample_day (const char *folder)
{
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  if (files == NULL)
    return FALSE;
  for (const char *name = g_dir_read_name (files); name != NULL; name = g_dir_read_name (files))
    if (!is_sample_name (name) && !g_str_has_prefix (name, ".tmp-"))
      return FALSE;
  return TRUE;
}

/* Day folders that an earlier layout made would add their rows; folders with other files are left alone. */
static gboolean
remove_old_days (const char *input, GError **error)
{
  g_autoptr (GDir) days = g_dir_open (input, 0, NULL);
  if (days == NULL)
    return TRUE;
  for (const char *name = g_dir_read_name (days); name != NULL; name = g_dir_read_name (days)) {
    g_autoptr (GDate) day = cr_day_parse (name, NULL);
    g_autofree char *path = g_build_filename (input, name, NULL);
    if (day != NULL && is_sample_day (path) && !cr_dir_remove (path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_schema (const char *folder, DataSchema *schema, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "schema.json", NULL);
  g_autoptr (json_t) value = data_schema_to_json (schema);
  return cr_dir_make (folder, 0700, error) && cr_json_save (value, path, 0600, error);
}

static GBytes *
file_content (const char *source, const DataSampleFile *file, GError **error)
{
  if (source == NULL)
    return data_sample_generate (file);
  g_autofree char *path = g_build_filename (source, file->file, NULL);
  return cr_file_read (path, FILE_MAX_BYTES, error);
}

/* Write FILE to its day folder and add it to LAYOUT. */
static gboolean
lay_out_file (DataSampleLayout *layout, const char *source, const GDate *first, const DataSampleFile *file,
              GError **error)
{
  g_autoptr (GBytes) content = file_content (source, file, error);
  if (content == NULL)
    return FALSE;
  gsize length;
  const char *data = g_bytes_get_data (content, &length);
  guint64 rows;
  g_autoptr (DataCsv) csv = data_csv_new (data, length, file->file, DATA_CSV_STRICT);
  if (!check_records (csv, file->file, &rows, error))
    return FALSE;

  GDate day = *first;
  g_date_add_days (&day, file->day);
  g_autofree char *day_text = cr_day_text (&day);
  g_autofree char *folder = g_build_filename (layout->input, day_text, NULL);
  g_autofree char *path = g_build_filename (folder, file->file, NULL);
  if (!cr_dir_make (folder, 0700, error) || !cr_file_write (path, data, (gssize) length, 0600, error))
    return FALSE;
  if (layout->first_day == NULL)
    layout->first_day = g_strdup (day_text);
  g_free (layout->last_day);
  layout->last_day = g_steal_pointer (&day_text);
  layout->files++;
  layout->rows += rows;
  return TRUE;
}

static gboolean
has_data (const char *persona)
{
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++)
    if (g_strcmp0 (file->persona, persona) == 0)
      return TRUE;
  return FALSE;
}

DataSampleLayout *
data_sample_lay_out (const char *persona_dir, const char *persona, const char *source, const char *first_day,
                     CrJob *job, GError **error)
{
  g_autoptr (GDate) first = cr_day_parse (first_day, error);
  if (first == NULL)
    return NULL;
  if (!has_data (persona)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The sample has no data for %s.", persona);
    return NULL;
  }
  if (source != NULL && !data_sample_check (source, job, error))
    return NULL;

  g_autoptr (DataSampleLayout) layout = g_new0 (DataSampleLayout, 1);
  layout->input = g_build_filename (persona_dir, "datasource", "input", NULL);
  g_autoptr (DataSchema) input = data_schema_sample_input ();
  if (!remove_old_days (layout->input, error) || !write_schema (layout->input, input, error))
    return NULL;
  for (const DataSampleFile *file = sample_files; file->file != NULL; file++)
    if (strcmp (file->persona, persona) == 0
        && (!cr_job_check (job, error) || !lay_out_file (layout, source, first, file, error)))
      return NULL;
  if (strcmp (persona, "woodgrove") == 0) {
    g_autoptr (DataSchema) output = data_schema_sample_output ();
    layout->output = g_build_filename (persona_dir, "datasink", "output", NULL);
    if (!write_schema (layout->output, output, error))
      return NULL;
  }
  return g_steal_pointer (&layout);
}
