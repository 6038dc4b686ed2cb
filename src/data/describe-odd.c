/* SPDX-License-Identifier: MIT
 * What is odd about data: every case that is known, what it means, and where it was seen.
 */
#include "data/describe-private.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define PLACES_MAX 5u

static const struct {
  const char *code;
  DataOddLevel level;
  const char *text;
} cases[] = {
  { "no-rows", DATA_ODD_ERROR, N_ ("There is no row of data.") },
  { "utf-16", DATA_ODD_ERROR, N_ ("The file is UTF-16 text; the clean room reads UTF-8.") },
  { "compressed", DATA_ODD_ERROR, N_ ("The file is compressed; the clean room reads plain files.") },
  { "broken-line", DATA_ODD_ERROR,
    N_ ("Lines with another number of columns than the first: the clean room fills them up or cuts them.") },
  { "broken-json", DATA_ODD_ERROR,
    N_ ("Lines that are no JSON object: the clean room reads them as empty.") },
  { "broken-parquet", DATA_ODD_ERROR, N_ ("The Parquet file cannot be read.") },
  { "json-array", DATA_ODD_ERROR,
    N_ ("The file is one JSON array; the clean room reads one object per line.") },
  { "bad-encoding", DATA_ODD_ERROR, N_ ("Lines that are not UTF-8 text.") },
  { "zero-byte", DATA_ODD_ERROR, N_ ("Lines with zero bytes.") },
  { "long-record", DATA_ODD_ERROR, N_ ("Lines that are too long (more than 16 MiB, or 20480 columns).") },
  { "too-many-columns", DATA_ODD_ERROR, N_ ("There are more than 20480 columns.") },
  { "quoted-line-break", DATA_ODD_ERROR,
    N_ ("A quoted text goes on in the next line: the clean room ends the row at the line end.") },
  { "schemas-differ", DATA_ODD_ERROR, N_ ("Files have other columns than the first file.") },
  { "mixed-formats", DATA_ODD_ERROR, N_ ("Files of another format than the first; they are left out here.") },
  { "duplicate-column", DATA_ODD_ERROR, N_ ("Two columns have the same name.") },
  { "nested", DATA_ODD_ERROR, N_ ("Columns of lists or objects: a dataset cannot declare them.") },
  { "no-type", DATA_ODD_ERROR, N_ ("Columns of a type that a dataset cannot declare.") },
  { "type-differs", DATA_ODD_ERROR, N_ ("The Parquet files say another type than schema.json.") },
  { "other-columns", DATA_ODD_ERROR, N_ ("There are more or fewer columns than in schema.json.") },
  { "header", DATA_ODD_WARNING,
    N_ ("The first line is a header: the clean room would read it as data. Take it out first.") },
  { "other-separator", DATA_ODD_WARNING,
    N_ ("The fields seem to be separated by semicolons, tabs or bars; the clean room reads commas.") },
  { "unfit", DATA_ODD_WARNING,
    N_ ("Values that do not fit the type in schema.json: the clean room reads them as empty.") },
  { "mixed-types", DATA_ODD_WARNING,
    N_ ("Most values are numbers, days or yes and no, but some are not; the column is text then.") },
  { "types-differ", DATA_ODD_WARNING, N_ ("The type of a column is not the same in all files.") },
  { "missing-columns", DATA_ODD_WARNING,
    N_ ("Columns that some files do not have are read as empty there.") },
  { "stray-quote", DATA_ODD_WARNING, N_ ("Text after a closing quote: the field is read with its quotes.") },
  { "mixed-line-ends", DATA_ODD_WARNING, N_ ("Some lines end with CRLF and others with LF.") },
  { "empty-file", DATA_ODD_WARNING, N_ ("Files without content.") },
  { "empty-name", DATA_ODD_WARNING, N_ ("Columns without a name; names were made up.") },
  { "other-files", DATA_ODD_WARNING,
    N_ ("Files that the clean room does not read: names have to end with .csv, .json or .parquet.") },
  { "left-out", DATA_ODD_WARNING, N_ ("Links and special files: they are not uploaded.") },
  { "schema-in-json", DATA_ODD_WARNING,
    N_ ("schema.json ends with .json like the data: a run without days reads it as data.") },
  { "undated", DATA_ODD_WARNING,
    N_ ("Files beside the day folders are left out by a run over a range of days.") },
  { "odd-folder", DATA_ODD_WARNING, N_ ("Folders that are almost named after days; write YYYY-MM-DD.") },
  { "empty-day", DATA_ODD_NOTE, N_ ("Day folders without data.") },
  { "no-names", DATA_ODD_NOTE,
    N_ ("The columns have no names; names were made up. Put the right ones into schema.json.") },
  { "possible-header", DATA_ODD_NOTE,
    N_ ("The first line may be a header; it was read as data. Say so with --header yes or no.") },
  { "other-dates", DATA_ODD_NOTE,
    N_ ("Days that are not written as YYYY-MM-DD: declared as a date they would be read as empty.") },
  { "empty-column", DATA_ODD_NOTE, N_ ("Columns without any value.") },
  { "byte-order-mark", DATA_ODD_NOTE, N_ ("The file starts with a byte order mark; it is passed by.") },
  { "crlf", DATA_ODD_NOTE, N_ ("Lines end with CRLF.") },
};

static DataOddity *
oddity_of (DataDescription *result, const char *code)
{
  for (guint i = 0; i < result->oddities->len; i++) {
    DataOddity *known = g_ptr_array_index (result->oddities, i);
    if (strcmp (known->code, code) == 0)
      return known;
  }
  guint at = 0;
  while (at + 1 < G_N_ELEMENTS (cases) && strcmp (cases[at].code, code) != 0)
    at++;
  g_assert_cmpstr (cases[at].code, ==, code);
  DataOddity *oddity = g_new0 (DataOddity, 1);
  oddity->level = cases[at].level;
  oddity->code = cases[at].code;
  oddity->text = cases[at].text;
  oddity->places = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (result->oddities, oddity);
  return oddity;
}

void
data_odd (DataScan *scan, const char *code, const char *place)
{
  DataOddity *oddity = oddity_of (scan->result, code);
  if (oddity->count++ < PLACES_MAX && place != NULL)
    g_ptr_array_add (oddity->places, g_strdup (place));
}

void
data_odd_at (DataScan *scan, const char *code, const char *file, guint64 line)
{
  DataOddity *oddity = oddity_of (scan->result, code);
  if (oddity->count++ < PLACES_MAX)
    g_ptr_array_add (oddity->places, g_strdup_printf ("%s:%" PRIu64, file, line));
}

void
data_odd_lines (DataScan *scan, const char *code, const char *file, guint64 line, guint columns,
                guint expected)
{
  DataOddity *oddity = oddity_of (scan->result, code);
  if (oddity->count++ < PLACES_MAX)
    g_ptr_array_add (oddity->places, g_strdup_printf (_ ("%s:%" PRIu64 ": %u columns, not %u"), file, line,
                                                      columns, expected));
}

static guint
rank (const DataOddity *oddity)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (cases[i].code == oddity->code)
      return i;
  return G_N_ELEMENTS (cases);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  return (gint) rank (*(DataOddity *const *) a) - (gint) rank (*(DataOddity *const *) b);
}

/* The table goes from what prevents publishing to what is worth knowing. */
void
data_odd_sort (DataDescription *result)
{
  g_ptr_array_sort (result->oddities, compare);
}

const DataOddity *
data_description_problem (const DataDescription *description)
{
  for (guint i = 0; i < description->oddities->len; i++) {
    const DataOddity *oddity = g_ptr_array_index (description->oddities, i);
    if (oddity->level == DATA_ODD_ERROR)
      return oddity;
  }
  return NULL;
}

const char *
data_odd_level_name (DataOddLevel level)
{
  return level == DATA_ODD_ERROR ? "error" : level == DATA_ODD_WARNING ? "warning" : "note";
}
