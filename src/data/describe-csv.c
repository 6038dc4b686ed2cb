/* SPDX-License-Identifier: MIT
 * A CSV file as the clean room reads it, with every line that it would read otherwise than was meant.
 */
#include "data/describe-private.h"

#include "base/error.h"
#include "data/csv.h"

#include <string.h>
#include <sys/stat.h>

#define BYTES_BETWEEN_CHECKS (256u * 1024)

typedef struct {
  DataScan *scan;
  const char *file;
  DataTable *table;
  char **first; /* the first record: data, or a header */
  guint64 first_line;
  guint expected; /* columns of the first record */
  gboolean crlf, lf, mark;
} Csv;

/* A word that could be the name of a column: letters first, no sentence. */
static gboolean
is_name (const char *text)
{
  gunichar c = g_utf8_get_char (text);
  if (strlen (text) > 64 || !(g_unichar_isalpha (c) || c == '_'))
    return FALSE;
  for (const char *p = text; *p != '\0'; p += g_utf8_skip[*(const guchar *) p]) {
    c = g_utf8_get_char (p);
    if (!g_unichar_isalnum (c) && strchr ("_-. ", (int) (c < 128 ? c : '!')) == NULL)
      return FALSE;
  }
  return g_ascii_strcasecmp (text, "true") != 0 && g_ascii_strcasecmp (text, "false") != 0;
}

/* Are the fields of the first record the names that the schema, or the person, says? */
static gboolean
is_declared (const Csv *csv)
{
  const DataSchema *declared = csv->scan->result->declared;
  if (declared == NULL || declared->fields->len != csv->expected)
    return FALSE;
  for (guint i = 0; i < csv->expected; i++)
    if (g_ascii_strcasecmp (csv->first[i], ((DataField *) g_ptr_array_index (declared->fields, i))->name)
        != 0)
      return FALSE;
  return TRUE;
}

/* A header is made of names, and what stands below them is of another kind. *MAYBE: names, over texts. */
static gboolean
is_header (const Csv *csv, gboolean *maybe)
{
  *maybe = FALSE;
  if (csv->scan->options->header != DATA_HEADER_AUTO)
    return csv->scan->options->header == DATA_HEADER_YES;
  gboolean typed = FALSE;
  guint names = 0;
  for (guint i = 0; i < csv->expected; i++) {
    const DataTally *tally = g_ptr_array_index (csv->table->columns, i);
    gboolean blank = *csv->first[i] == '\0';
    if (tally->repeats > 0 || (!blank && !is_name (csv->first[i])))
      return FALSE;
    names += !blank;
    typed = typed
            || (!blank && data_tally_values (tally) > 0 && strcmp (data_tally_type (tally), "string") != 0);
  }
  if (names == 0)
    return FALSE;
  *maybe = !typed && names == csv->expected && names > 1 && csv->table->rows > 0;
  return typed || is_declared (csv);
}

static DataTally *
column (DataTable *table, guint index)
{
  while (table->columns->len <= index)
    data_table_add (table, NULL);
  return g_ptr_array_index (table->columns, index);
}

/* Values of a record that is whole; those of a broken one stand in the wrong columns. */
static void
count_values (Csv *csv, const char *const *fields, guint64 line)
{
  for (guint i = 0; i < csv->expected; i++) {
    DataTally *tally = column (csv->table, i);
    data_tally_count (tally, data_kind_of_text (fields[i]), fields[i], csv->file, line);
    if (*fields[i] != '\0' && strcmp (fields[i], csv->first[i]) == 0)
      tally->repeats++;
  }
}

/* The first record is kept until the others were seen. */
static void
keep_first (Csv *csv, const char *const *fields, guint count, guint64 line)
{
  csv->first = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++)
    csv->first[i] = g_strdup (fields[i]);
  csv->first_line = line;
  csv->expected = count;
  column (csv->table, count - 1);
}

/* Semicolons or tabs between the fields: to the clean room that is one column. */
static void
check_separator (Csv *csv)
{
  const char *text = csv->first[0];
  if (csv->expected == 1
      && (strchr (text, ';') != NULL || strchr (text, '\t') != NULL || strchr (text, '|') != NULL))
    data_odd_at (csv->scan, "other-separator", csv->file, csv->first_line);
}

static void
take_record (Csv *csv, DataCsv *reader, const char *const *fields, guint count)
{
  guint odd = data_csv_odd (reader);
  guint64 line = data_csv_line (reader);
  csv->crlf = csv->crlf || (odd & DATA_CSV_ODD_CRLF) != 0;
  csv->lf = csv->lf || (odd & DATA_CSV_ODD_LF) != 0;
  if ((odd & DATA_CSV_ODD_OPEN) != 0)
    data_odd_at (csv->scan, "quoted-line-break", csv->file, line);
  else if ((odd & DATA_CSV_ODD_QUOTE) != 0)
    data_odd_at (csv->scan, "stray-quote", csv->file, line);
  if (csv->first == NULL) {
    keep_first (csv, fields, count, line);
    check_separator (csv);
    return;
  }
  csv->table->rows++;
  if (count != csv->expected && (odd & DATA_CSV_ODD_OPEN) == 0)
    data_odd_lines (csv->scan, "broken-line", csv->file, line, count, csv->expected);
  else if ((odd & DATA_CSV_ODD_OPEN) == 0)
    count_values (csv, fields, line);
}

/* After an error: what it was about, and on to the next line. */
static gboolean
pass_broken (Csv *csv, DataCsv *reader, GError *problem, GError **error)
{
  guint odd = data_csv_odd (reader);
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_INPUT)) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  data_odd_at (csv->scan,
               (odd & DATA_CSV_ODD_ENCODING) != 0 ? "bad-encoding"
               : (odd & DATA_CSV_ODD_ZERO) != 0   ? "zero-byte"
                                                  : "long-record",
               csv->file, data_csv_line (reader));
  g_error_free (problem);
  data_csv_recover (reader);
  csv->table->rows++;
  return TRUE;
}

static gboolean
read_records (Csv *csv, DataCsv *reader, GError **error)
{
  const char *const *fields;
  guint count;
  guint64 checked = 0;
  for (;;) {
    GError *problem = NULL;
    if (data_csv_next (reader, &fields, &count, &problem)) {
      take_record (csv, reader, fields, count);
    } else if (problem == NULL) {
      return TRUE;
    } else if (!pass_broken (csv, reader, problem, error)) {
      return FALSE;
    }
    if (data_scan_enough (csv->scan, data_csv_position (reader)))
      return TRUE;
    if (data_csv_position (reader) < checked + BYTES_BETWEEN_CHECKS)
      continue;
    checked = data_csv_position (reader);
    if (!data_scan_progress (csv->scan, csv->file, checked, error))
      return FALSE;
  }
}

static void
judge_first (Csv *csv)
{
  gboolean maybe = FALSE;
  if (csv->first == NULL) {
    if (csv->table->rows == 0) /* else every line was broken, which was said */
      data_odd (csv->scan, "empty-file", csv->file);
    return;
  }
  if (is_header (csv, &maybe)) {
    csv->table->header = TRUE;
    for (guint i = 0; i < csv->expected; i++)
      column (csv->table, i)->name = g_strdup (csv->first[i]);
    data_odd_at (csv->scan, "header", csv->file, csv->first_line);
    return;
  }
  if (maybe)
    data_odd_at (csv->scan, "possible-header", csv->file, csv->first_line);
  csv->table->rows++;
  count_values (csv, (const char *const *) csv->first, csv->first_line);
}

gboolean
data_scan_csv (DataScan *scan, const char *path, const char *file, DataTable *table, GError **error)
{
  g_autoptr (DataCsv) reader = data_csv_open (path, file, DATA_CSV_SPARK, error);
  if (reader == NULL)
    return FALSE;
  Csv csv = { .scan = scan, .file = file, .table = table };
  csv.mark = (data_csv_odd (reader) & DATA_CSV_ODD_MARK) != 0;
  gboolean ok = read_records (&csv, reader, error);
  if (ok)
    judge_first (&csv);
  if (csv.mark)
    data_odd (scan, "byte-order-mark", file);
  if (csv.crlf)
    data_odd (scan, csv.lf ? "mixed-line-ends" : "crlf", file);
  g_strfreev (csv.first);
  return ok;
}
