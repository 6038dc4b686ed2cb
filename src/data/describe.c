/* SPDX-License-Identifier: MIT
 * Finding the files of a dataset and its days, and reading them one after the other (describe.h).
 */
#include "data/describe-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "data/parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16u
#define SCHEMA_FILE "schema.json"

typedef struct {
  char *path, *name; /* name: below the described folder */
  guint64 bytes;
  int day; /* index in the days, -1 = none */
} DataFile;

static void
file_free (gpointer data)
{
  DataFile *file = data;
  g_free (file->path);
  g_free (file->name);
  g_free (file);
}

static void
day_free (gpointer data)
{
  DataDay *day = data;
  g_free (day->day);
  g_free (day);
}

static void
column_free (gpointer data)
{
  DataColumn *column = data;
  g_free (column->name);
  g_free (column->type);
  g_free (column->declared);
  for (guint i = 0; i < DATA_SAMPLES; i++)
    g_free (column->samples[i]);
  g_free (column);
}

static void
oddity_free (gpointer data)
{
  DataOddity *oddity = data;
  g_ptr_array_unref (oddity->places);
  g_free (oddity);
}

void
data_description_free (DataDescription *description)
{
  if (description == NULL)
    return;
  g_free (description->path);
  g_free (description->format);
  g_ptr_array_unref (description->days);
  g_ptr_array_unref (description->columns);
  g_ptr_array_unref (description->oddities);
  data_schema_free (description->schema);
  data_schema_free (description->declared);
  g_free (description);
}

/* --- which files --- */

static const char *
format_of_name (const char *name)
{
  static const char *const endings[][2] = { { ".csv", "csv" },
                                            { ".json", "json" },
                                            { ".parquet", "parquet" } };
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i][0]))
      return endings[i][1];
  return NULL;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names in FOLDER, sorted; those that start with "." or "_" are not read by the clean room either. */
static GPtrArray *
names_in (const char *folder, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &problem);
  if (dir == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, "Check the path and its permissions.", "Cannot read the folder %s.",
                  folder);
    return NULL;
  }
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (name[0] != '.' && name[0] != '_')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, by_name);
  return names;
}

/* 20250901, 2025-9-1, 2025_09_01: meant as a day, and not found by a run over days. */
static gboolean
looks_like_day (const char *name)
{
  return g_regex_match_simple ("^[12][0-9]{3}[-_.]?[0-9]{1,2}[-_.]?[0-9]{1,2}$", name, 0, 0);
}

/* A file of the folder: to be described, or odd. The first one decides about the format. */
static void
take_file (DataScan *scan, GPtrArray *files, const char *path, const char *name, guint64 bytes, int day)
{
  const char *base = strrchr (name, '/') != NULL ? strrchr (name, '/') + 1 : name;
  const char *format = format_of_name (base);
  gboolean schema = strcmp (base, SCHEMA_FILE) == 0;
  if (schema && strcmp (name, base) == 0)
    return;
  if (format == NULL || schema) {
    data_odd (scan, "other-files", name);
    return;
  }
  DataDescription *result = scan->result;
  if (result->format == NULL)
    result->format = g_strdup (format);
  if (strcmp (result->format, format) != 0) {
    data_odd (scan, "mixed-formats", name);
    return;
  }
  if (day < 0 && result->days->len > 0)
    data_odd (scan, "undated", name);
  DataFile *file = g_new0 (DataFile, 1);
  file->path = g_strdup (path);
  file->name = g_strdup (name);
  file->bytes = bytes;
  file->day = day;
  scan->bytes_all += bytes;
  g_ptr_array_add (files, file);
}

static gboolean collect (DataScan *scan, GPtrArray *files, const char *folder, const char *prefix, int day,
                         guint depth, GError **error);

static gboolean
collect_folder (DataScan *scan, GPtrArray *files, const char *path, const char *name, int day, guint depth,
                GError **error)
{
  DataDescription *result = scan->result;
  g_autoptr (GDate) date = depth == 0 ? cr_day_parse (name, NULL) : NULL;
  if (date != NULL) {
    DataDay *item = g_new0 (DataDay, 1);
    item->day = g_strdup (name);
    g_ptr_array_add (result->days, item);
    day = (int) result->days->len - 1;
  } else if (depth == 0 && looks_like_day (name)) {
    data_odd (scan, "odd-folder", name);
  }
  if (depth >= DEPTH_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The folders lie too deep in each other: %s.", name);
    return FALSE;
  }
  guint before = files->len;
  if (!collect (scan, files, path, name, day, depth + 1, error))
    return FALSE;
  if (date != NULL && files->len == before)
    data_odd (scan, "empty-day", name);
  return TRUE;
}

/* Folders first: whether there are days decides what is said about files beside them. */
static gboolean
collect (DataScan *scan, GPtrArray *files, const char *folder, const char *prefix, int day, guint depth,
         GError **error)
{
  g_autoptr (GPtrArray) names = names_in (folder, error);
  if (names == NULL)
    return FALSE;
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < names->len; i++) {
      const char *base = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (folder, base, NULL);
      g_autofree char *name = prefix != NULL ? g_strdup_printf ("%s/%s", prefix, base) : g_strdup (base);
      struct stat status;
      if (lstat (path, &status) != 0) {
        if (pass == 1)
          data_odd (scan, "other-files", name);
      } else if (S_ISDIR (status.st_mode)) {
        if (pass == 0 && !collect_folder (scan, files, path, name, day, depth, error))
          return FALSE;
      } else if (pass == 1 && S_ISREG (status.st_mode)) {
        take_file (scan, files, path, name, (guint64) status.st_size, day);
      } else if (pass == 1) {
        data_odd (scan, "left-out", name);
      }
    }
  return TRUE;
}

/* What a single file is: by its name, else by how it begins. */
static char *
format_of_file (const char *path)
{
  const char *known = format_of_name (path);
  char head[64] = "";
  int fd = known == NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  ssize_t n = fd >= 0 ? read (fd, head, sizeof head - 1) : 0;
  if (fd >= 0)
    close (fd);
  if (known != NULL)
    return g_strdup (known);
  if (n >= 4 && memcmp (head, "PAR1", 4) == 0)
    return g_strdup ("parquet");
  gsize blank = strspn (head, " \t\r\n\xef\xbb\xbf");
  return g_strdup (
      head[blank] == '{' || g_str_has_suffix (path, ".jsonl") || g_str_has_suffix (path, ".ndjson") ? "json"
                                                                                                    : "csv");
}

static gboolean
load_declared (DataScan *scan, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, SCHEMA_FILE, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr (json_t) value = cr_json_load (path, error);
  scan->result->declared = value != NULL ? data_schema_from_json (value, path, error) : NULL;
  return scan->result->declared != NULL;
}

static gboolean
find_one (DataScan *scan, GPtrArray *files, const char *path, guint64 bytes, GError **error)
{
  g_autofree char *base = g_path_get_basename (path), *folder = g_path_get_dirname (path);
  g_autofree char *above = g_path_get_dirname (folder), *parent = g_path_get_basename (folder);
  g_autoptr (GDate) day = cr_day_parse (parent, NULL);
  if (!load_declared (scan, folder, error)
      || (scan->result->declared == NULL && day != NULL && !load_declared (scan, above, error)))
    return FALSE;
  scan->result->format = format_of_file (path);
  take_file (scan, files, path, base, bytes, -1);
  if (files->len == 0) { /* a name of another kind */
    DataFile *file = g_new0 (DataFile, 1);
    file->path = g_strdup (path);
    file->name = g_strdup (base);
    file->bytes = bytes;
    file->day = -1;
    g_ptr_array_add (files, file);
    scan->bytes_all += bytes;
  }
  return TRUE;
}

static GPtrArray *
find_files (DataScan *scan, const char *path, GError **error)
{
  struct stat status;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (file_free);
  if (stat (path, &status) != 0) {
    cr_set_error (error, errno == ENOENT || errno == ENOTDIR ? CR_ERROR_NOT_FOUND : CR_ERROR_ADMIN, NULL,
                  "Cannot read %s: %s.", path, g_strerror (errno));
    return NULL;
  }
  if (!S_ISDIR (status.st_mode) && !S_ISREG (status.st_mode)) {
    cr_set_error (error, CR_ERROR_INPUT, "Name a file or a folder of files.",
                  "%s is neither file nor folder.", path);
    return NULL;
  }
  gboolean ok = S_ISDIR (status.st_mode)
                    ? load_declared (scan, path, error) && collect (scan, files, path, NULL, -1, 0, error)
                    : find_one (scan, files, path, (guint64) status.st_size, error);
  if (!ok)
    return NULL;
  if (files->len > 0)
    return g_steal_pointer (&files);
  cr_set_error (error, CR_ERROR_INPUT,
                "Put the files into folders named after days, such as 2025-09-01/orders.csv.",
                "%s holds no .csv, .json or .parquet file.", path);
  return NULL;
}

/* --- reading them --- */

gboolean
data_scan_progress (DataScan *scan, const char *file, guint64 bytes, GError **error)
{
  if (!cr_job_check (scan->job, error))
    return FALSE;
  g_autofree char *phase = g_strdup_printf (_ ("reading %s"), file);
  cr_job_progress (scan->job, phase, scan->bytes_done + bytes, scan->bytes_all);
  return TRUE;
}

gboolean
data_scan_enough (const DataScan *scan, guint64 bytes)
{
  return scan->options->most_bytes > 0 && scan->bytes_done + bytes >= scan->options->most_bytes;
}

/* What no reader of ours can make anything of. */
static const char *
odd_beginning (const char *path)
{
  guint8 head[4] = { 0 };
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, head, sizeof head) : 0;
  if (fd >= 0)
    close (fd);
  if (n >= 2 && ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff)))
    return "utf-16";
  if ((n >= 2 && head[0] == 0x1f && head[1] == 0x8b) || (n >= 4 && memcmp (head, "PK\3\4", 4) == 0)
      || (n >= 4 && memcmp (head, "\x28\xb5\x2f\xfd", 4) == 0))
    return "compressed";
  return NULL;
}

gboolean
data_scan_parquet (DataScan *scan, const char *path, const char *file, DataTable *table, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (DataParquet) parquet = data_parquet_read (path, file, &problem);
  if (parquet == NULL) {
    if (!g_error_matches (problem, CR_ERROR, CR_ERROR_INPUT)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    data_odd (scan, "broken-parquet", problem->message);
    return TRUE;
  }
  for (guint i = 0; i < parquet->columns->len; i++) {
    const DataParquetColumn *column = g_ptr_array_index (parquet->columns, i);
    guint before = table->columns->len;
    DataTally *tally = data_table_column (table, column->name);
    if (table->columns->len == before)
      data_odd (scan, "duplicate-column", column->name);
    if (tally != NULL)
      tally->fixed = column->type != NULL ? column->type : "string";
    if (column->type == NULL) {
      g_autofree char *place = g_strdup_printf ("%s: %s (%s)", file, column->name, column->what);
      gboolean nested = g_str_equal (column->what, "group") || g_str_equal (column->what, "LIST");
      data_odd (scan, nested ? "nested" : "no-type", place);
    }
  }
  table->rows = parquet->rows;
  return TRUE;
}

/* Numbers, words, days: integer beside long is no difference that matters. */
static const char *
family (const char *type)
{
  gboolean number = strcmp (type, "integer") == 0 || strcmp (type, "long") == 0
                    || strcmp (type, "number") == 0;
  return number ? "number" : strcmp (type, "timestamp") == 0 ? "date" : type;
}

static void
compare_column (DataScan *scan, const char *file, const DataTally *here, const DataTally *first, guint index)
{
  gboolean known = (here->fixed != NULL || data_tally_values (here) > 0)
                   && (first->fixed != NULL || data_tally_values (first) > 0);
  const char *type = data_tally_type (here), *other = data_tally_type (first);
  if (!known
      || (here->fixed != NULL ? strcmp (type, other) == 0 : strcmp (family (type), family (other)) == 0))
    return;
  g_autofree char *place =
      here->name != NULL
          ? g_strdup_printf ("%s: %s: %s (%s: %s)", file, here->name, type, scan->first_file, other)
          : g_strdup_printf ("%s: %u: %s (%s: %s)", file, index + 1, type, scan->first_file, other);
  data_odd (scan, "types-differ", place);
}

/* The columns of TABLE beside those of the first file. */
static void
compare_first (DataScan *scan, const char *file, DataTable *table)
{
  gboolean csv = strcmp (scan->result->format, "csv") == 0;
  DataTable *first = scan->first;
  gboolean differs = csv && (table->columns->len != first->columns->len || table->header != first->header);
  for (guint i = 0; csv && !differs && i < table->columns->len; i++) {
    DataTally *here = g_ptr_array_index (table->columns, i), *other = g_ptr_array_index (first->columns, i);
    differs = g_strcmp0 (here->name, other->name) != 0;
    if (!differs)
      compare_column (scan, file, here, other, i);
  }
  if (differs)
    data_odd (scan, "schemas-differ", file);
  if (csv)
    return;
  guint shared = 0;
  for (guint i = 0; i < table->columns->len; i++) {
    DataTally *here = g_ptr_array_index (table->columns, i);
    guint at = GPOINTER_TO_UINT (g_hash_table_lookup (first->by_name, here->name));
    shared += at != 0;
    if (at != 0)
      compare_column (scan, file, here, g_ptr_array_index (first->columns, at - 1), i);
  }
  if (shared < table->columns->len || shared < first->columns->len)
    data_odd (scan, "missing-columns", file);
}

/* Names and what decides about types, for later comparisons. */
static DataTable *
outline (const DataTable *table)
{
  DataTable *copy = data_table_new ();
  copy->header = table->header;
  for (guint i = 0; i < table->columns->len; i++) {
    const DataTally *from = g_ptr_array_index (table->columns, i);
    DataTally *into = data_table_add (copy, from->name);
    memcpy (into->kinds, from->kinds, sizeof into->kinds);
    into->fixed = from->fixed;
    if (into->name != NULL)
      g_hash_table_insert (copy->by_name, into->name, GUINT_TO_POINTER (i + 1));
  }
  return copy;
}

static gboolean
scan_file (DataScan *scan, const DataFile *file, GError **error)
{
  DataDescription *result = scan->result;
  g_autoptr (DataTable) table = data_table_new ();
  const char *odd = odd_beginning (file->path);
  gboolean csv = strcmp (result->format, "csv") == 0;
  if (odd != NULL)
    data_odd (scan, odd, file->name);
  else if (!(csv ? data_scan_csv (scan, file->path, file->name, table, error)
             : strcmp (result->format, "json") == 0
                 ? data_scan_json (scan, file->path, file->name, table, error)
                 : data_scan_parquet (scan, file->path, file->name, table, error)))
    return FALSE;
  result->files++;
  result->bytes += file->bytes;
  scan->bytes_done += file->bytes;
  if (file->day >= 0) {
    DataDay *day = g_ptr_array_index (result->days, file->day);
    day->files++;
    day->rows += table->rows;
    day->bytes += file->bytes;
  }
  if (table->columns->len == 0)
    return data_scan_progress (scan, file->name, 0, error);
  if (scan->first != NULL) {
    compare_first (scan, file->name, table);
  } else {
    scan->first = outline (table);
    scan->first_file = g_strdup (file->name);
  }
  data_table_merge (scan->total, table, !csv);
  return data_scan_progress (scan, file->name, 0, error);
}

DataDescription *
data_describe_path (const char *path, const DataDescribeOptions *options, CrJob *job, GError **error)
{
  static const DataDescribeOptions none = { 0 };
  g_autoptr (DataDescription) result = g_new0 (DataDescription, 1);
  result->path = g_strdup (path);
  result->days = g_ptr_array_new_with_free_func (day_free);
  result->columns = g_ptr_array_new_with_free_func (column_free);
  result->oddities = g_ptr_array_new_with_free_func (oddity_free);
  DataScan scan = {
    .result = result, .options = options != NULL ? options : &none, .job = job, .total = data_table_new ()
  };
  g_autoptr (GPtrArray) files = find_files (&scan, path, error);
  gboolean ok = files != NULL;
  for (guint i = 0; ok && i < files->len && !data_scan_enough (&scan, 0); i++)
    ok = scan_file (&scan, g_ptr_array_index (files, i), error);
  if (ok)
    data_scan_finish (&scan);
  data_table_free (scan.total);
  data_table_free (scan.first);
  g_free (scan.first_file);
  return ok ? g_steal_pointer (&result) : NULL;
}
