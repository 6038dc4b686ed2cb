/* SPDX-License-Identifier: MIT
 * The columns of all files together: names, types, the schema, and what is odd about them.
 */
#include "data/describe-private.h"

#include <inttypes.h>
#include <string.h>

/* NAME, or NAME_2 and so on when it is taken. Gives. */
static char *
free_name (GHashTable *taken, const char *name)
{
  if (!g_hash_table_contains (taken, name))
    return g_strdup (name);
  for (guint i = 2;; i++) {
    g_autofree char *other = g_strdup_printf ("%s_%u", name, i);
    if (!g_hash_table_contains (taken, other))
      return g_steal_pointer (&other);
  }
}

/* What a CSV column is called: its header, what the person or schema.json says, or something made up. */
static const char *
given_name (const DataScan *scan, const DataTally *tally, guint index)
{
  const DataSchema *declared = scan->result->declared;
  char **names = scan->options->columns;
  if (tally->name != NULL)
    return tally->name;
  if (names != NULL && index < g_strv_length (names))
    return names[index];
  if (declared != NULL && index < declared->fields->len)
    return ((const DataField *) g_ptr_array_index (declared->fields, index))->name;
  return NULL;
}

static char *
name_of (DataScan *scan, GHashTable *taken, const DataTally *tally, guint index)
{
  const char *given = given_name (scan, tally, index);
  g_autofree char *made = g_strdup_printf ("column%u", index + 1);
  if (given == NULL || *given == '\0') {
    data_odd (scan, given == NULL ? "no-names" : "empty-name", made);
    given = made;
  } else if (g_hash_table_contains (taken, given)) {
    data_odd (scan, "duplicate-column", given);
  }
  char *name = free_name (taken, given);
  g_hash_table_add (taken, g_strdup (name));
  return name;
}

static const DataField *
declared_field (const DataScan *scan, const char *name, guint index)
{
  const DataSchema *declared = scan->result->declared;
  if (declared == NULL)
    return NULL;
  if (strcmp (scan->result->format, "csv") == 0)
    return index < declared->fields->len ? g_ptr_array_index (declared->fields, index) : NULL;
  for (guint i = 0; i < declared->fields->len; i++) {
    const DataField *field = g_ptr_array_index (declared->fields, i);
    if (strcmp (field->name, name) == 0)
      return field;
  }
  return NULL;
}

/* Almost all values are of one kind: then the others are worth a look. */
static void
judge_mixture (DataScan *scan, const DataTally *tally, const char *name)
{
  static const char *const types[] = { "number", "timestamp", "boolean" };
  guint64 values = data_tally_values (tally);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    const char *place = NULL;
    guint64 unfit = data_tally_unfit (tally, types[i], &place);
    if (unfit == 0 || unfit * 2 > values)
      continue;
    g_autofree char *text = g_strdup_printf ("%s: %" PRIu64 "/%" PRIu64 ", %s", name, unfit, values, place);
    data_odd (scan, "mixed-types", text);
    return;
  }
}

static void
judge_column (DataScan *scan, const DataTally *tally, DataColumn *column)
{
  gboolean seen = column->values > 0;
  const char *place = NULL;
  if (tally->fixed == NULL && !seen)
    data_odd (scan, "empty-column", column->name);
  if (tally->kinds[DATA_KIND_NESTED] > 0) {
    g_autofree char *text = g_strdup_printf ("%s, %s", column->name, tally->first[DATA_KIND_NESTED]);
    data_odd (scan, "nested", text);
  }
  if (tally->kinds[DATA_KIND_OTHER_DATE] * 2 > column->values) {
    g_autofree char *text = g_strdup_printf ("%s, %s", column->name, tally->first[DATA_KIND_OTHER_DATE]);
    data_odd (scan, "other-dates", text);
  }
  if (seen && strcmp (column->type, "string") == 0)
    judge_mixture (scan, tally, column->name);
  if (column->declared == NULL)
    return;
  if (tally->fixed != NULL && strcmp (tally->fixed, column->declared) != 0) {
    g_autofree char *text = g_strdup_printf ("%s: %s (schema.json: %s)", column->name, tally->fixed,
                                             column->declared);
    data_odd (scan, "type-differs", text);
  }
  column->unfit = tally->fixed == NULL ? data_tally_unfit (tally, column->declared, &place) : 0;
  if (column->unfit > 0) {
    g_autofree char *text = g_strdup_printf ("%s: %" PRIu64 "/%" PRIu64 ", %s", column->name, column->unfit,
                                             column->values, place);
    data_odd (scan, "unfit", text);
  }
}

static void
finish_column (DataScan *scan, GHashTable *taken, DataTally *tally, guint index)
{
  DataDescription *result = scan->result;
  DataColumn *column = g_new0 (DataColumn, 1);
  column->name = name_of (scan, taken, tally, index);
  column->type = g_strdup (data_tally_type (tally));
  column->values = data_tally_values (tally);
  column->empty = tally->fixed != NULL ? 0 : result->rows - MIN (result->rows, column->values);
  for (guint i = 0; i < DATA_SAMPLES; i++)
    column->samples[i] = g_steal_pointer (&tally->samples[i]);
  const DataField *field = declared_field (scan, column->name, index);
  column->declared = field != NULL ? g_strdup (field->type) : NULL;
  g_ptr_array_add (result->columns, column);
  data_schema_add (result->schema, column->name, column->type);
  judge_column (scan, tally, column);
}

/* Columns that schema.json has and the data has not, or the other way round. */
static void
judge_declared (DataScan *scan)
{
  const DataDescription *result = scan->result;
  guint known = 0;
  if (result->declared == NULL || result->columns->len == 0)
    return;
  for (guint i = 0; i < result->columns->len; i++)
    known += ((const DataColumn *) g_ptr_array_index (result->columns, i))->declared != NULL;
  if (known == result->columns->len && known == result->declared->fields->len)
    return;
  g_autofree char *place = g_strdup_printf ("%u (schema.json: %u)", result->columns->len,
                                            result->declared->fields->len);
  data_odd (scan, "other-columns", place);
}

void
data_scan_finish (DataScan *scan)
{
  DataDescription *result = scan->result;
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  result->rows = scan->total->rows;
  result->header = scan->total->header;
  result->schema = data_schema_new (result->format);
  for (guint i = 0; i < scan->total->columns->len; i++)
    finish_column (scan, taken, g_ptr_array_index (scan->total->columns, i), i);
  judge_declared (scan);
  if (result->rows == 0)
    data_odd (scan, "no-rows", NULL);
  if (strcmp (result->format, "json") == 0 && result->declared != NULL)
    data_odd (scan, "schema-in-json", "schema.json");
  data_odd_sort (result);
}
