/* SPDX-License-Identifier: MIT
 * The answer of a run as a table (answer.h).
 */
#include "cli/answer.h"

#include "base/error.h"
#include "base/translate.h"
#include "data/csv.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
answer_free (Answer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->run_id);
  g_clear_pointer (&answer->files, g_ptr_array_unref);
  g_clear_pointer (&answer->columns, g_ptr_array_unref);
  g_clear_pointer (&answer->rows, g_ptr_array_unref);
  g_free (answer);
}

/* Output lies in .../<contract>/<day>/<run>/part-*.csv; the run with the newest file wins. */
typedef struct {
  const char *run_id; /* wanted, or NULL */
  char *folder;
  gint64 changed_ns;
} Search;

static gboolean
is_part (const char *name)
{
  return g_str_has_prefix (name, "part-") && g_str_has_suffix (name, ".csv");
}

static void
consider (Search *search, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *run = g_path_get_basename (folder);
  struct stat status;
  if (stat (path, &status) != 0 || (search->run_id != NULL && strcmp (run, search->run_id) != 0))
    return;
  gint64 changed = status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec;
  if (search->folder != NULL && changed <= search->changed_ns)
    return;
  g_free (search->folder);
  search->folder = g_strdup (folder);
  search->changed_ns = changed;
}

static void
walk (Search *search, const char *folder, guint depth)
{
  g_autoptr (GDir) entries = depth < 8 ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      walk (search, path, depth + 1);
    else if (is_part (name))
      consider (search, folder, name);
  }
}

static GPtrArray *
copy_record (const char *const *fields, guint count)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (copy, g_strdup (fields[i]));
  return copy;
}

static gboolean
read_part (Answer *answer, const char *path, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (path, NULL, DATA_CSV_SPARK, error);
  if (csv == NULL)
    return FALSE;
  const char *const *fields;
  guint count;
  gboolean header = TRUE;
  GError *problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (!header)
      g_ptr_array_add (answer->rows, copy_record (fields, count));
    else if (answer->columns == NULL)
      answer->columns = copy_record (fields, count);
    header = FALSE;
  }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return problem == NULL;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
parts_of (const char *folder)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (is_part (name))
      g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (files, by_name);
  return files;
}

Answer *
answer_load (Cli *cli, const char *run_id, GError **error)
{
  const char *as = cli_value (cli, "as"), *folder = cli_work_dir (cli, error);
  if (folder == NULL)
    return NULL;
  g_autofree char *root = g_build_filename (folder, as != NULL ? as : "woodgrove", "private", NULL);
  Search search = { .run_id = run_id };
  walk (&search, root, 0);
  if (search.folder == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Fetch it first: cleanroom step run woodgrove an.wg.output",
                  run_id != NULL ? N_ ("No output of the run %s has been fetched.")
                                 : N_ ("No output has been fetched yet."),
                  run_id);
    return NULL;
  }
  g_autoptr (Answer) answer = g_new0 (Answer, 1);
  answer->run_id = g_path_get_basename (search.folder);
  answer->files = parts_of (search.folder);
  answer->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_free (search.folder);
  for (guint i = 0; i < answer->files->len; i++)
    if (!read_part (answer, g_ptr_array_index (answer->files, i), error))
      return NULL;
  if (answer->columns == NULL)
    answer->columns = g_ptr_array_new_with_free_func (g_free);
  return g_steal_pointer (&answer);
}

static json_t *
cell_json (const char *text)
{
  gint64 number;
  if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_integer (number);
  json_t *value = json_string (text);
  return value != NULL ? value : json_null ();
}

static json_t *
texts_json (GPtrArray *texts, gboolean numbers)
{
  json_t *list = json_array ();
  for (guint i = 0; i < texts->len; i++) {
    const char *text = g_ptr_array_index (texts, i);
    json_array_append_new (list, numbers ? cell_json (text) : json_string (text));
  }
  return list;
}

json_t *
answer_json (const Answer *answer)
{
  json_t *rows = json_array ();
  for (guint i = 0; i < answer->rows->len; i++)
    json_array_append_new (rows, texts_json (g_ptr_array_index (answer->rows, i), TRUE));
  json_t *value = json_object ();
  cr_json_set_string (value, "run", answer->run_id);
  cr_json_set (value, "files", texts_json (answer->files, FALSE));
  cr_json_set (value, "columns", texts_json (answer->columns, FALSE));
  cr_json_set_int (value, "row_count", answer->rows->len);
  cr_json_set (value, "rows", rows);
  return value;
}

void
answer_show (const Answer *answer, guint limit)
{
  g_autoptr (GPtrArray) shown = cli_rows_new ();
  for (guint i = 0; i < answer->rows->len && (limit == 0 || i < limit); i++) {
    GPtrArray *from = g_ptr_array_index (answer->rows, i);
    GPtrArray *row = g_ptr_array_new_with_free_func (g_free);
    for (guint c = 0; c < from->len; c++) {
      g_autoptr (GPtrArray) one = cli_row (g_ptr_array_index (from, c), NULL);
      g_ptr_array_add (row, g_strdup (g_ptr_array_index (one, 0)));
    }
    g_ptr_array_add (shown, row);
  }
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();
  for (guint c = 0; c < answer->columns->len; c++)
    g_ptr_array_add (columns, g_ptr_array_index (answer->columns, c));
  g_ptr_array_add (columns, NULL);
  cli_out_table ((const char *const *) columns->pdata, shown);
  if (shown->len < answer->rows->len)
    cli_out ("... and %u more rows\n", answer->rows->len - shown->len);
}
