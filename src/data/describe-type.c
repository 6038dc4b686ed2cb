/* SPDX-License-Identifier: MIT
 * What values look like, counted per column, and the type that all of them fit.
 */
#include "data/describe-private.h"

#include "base/clock.h"
#include "data/csv.h"

#include <inttypes.h>
#include <string.h>

#define SAMPLE_BYTES 60u

static void
tally_free (gpointer data)
{
  DataTally *tally = data;
  g_free (tally->name);
  for (guint i = 0; i < DATA_KINDS; i++)
    g_free (tally->first[i]);
  for (guint i = 0; i < DATA_SAMPLES; i++)
    g_free (tally->samples[i]);
  g_free (tally);
}

DataTable *
data_table_new (void)
{
  DataTable *table = g_new0 (DataTable, 1);
  table->columns = g_ptr_array_new_with_free_func (tally_free);
  table->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return table;
}

void
data_table_free (DataTable *table)
{
  if (table == NULL)
    return;
  g_hash_table_unref (table->by_name);
  g_ptr_array_unref (table->columns);
  g_free (table);
}

DataTally *
data_table_add (DataTable *table, const char *name)
{
  DataTally *tally = g_new0 (DataTally, 1);
  tally->name = g_strdup (name);
  g_ptr_array_add (table->columns, tally);
  return tally;
}

DataTally *
data_table_column (DataTable *table, const char *name)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (table->by_name, name));
  if (known != 0)
    return g_ptr_array_index (table->columns, known - 1);
  if (table->columns->len >= DATA_CSV_MAX_FIELDS)
    return NULL;
  DataTally *tally = data_table_add (table, name);
  g_hash_table_insert (table->by_name, tally->name, GUINT_TO_POINTER (table->columns->len));
  return tally;
}

static gboolean
has_sample (const DataTally *tally, const char *text)
{
  for (guint i = 0; i < DATA_SAMPLES && tally->samples[i] != NULL; i++)
    if (strcmp (tally->samples[i], text) == 0)
      return TRUE;
  return FALSE;
}

static void
take_sample (DataTally *tally, const char *text)
{
  for (guint i = 0; i < DATA_SAMPLES; i++)
    if (tally->samples[i] == NULL) {
      tally->samples[i] = g_strdup (text);
      return;
    }
}

static void
tally_merge (DataTally *total, DataTally *file)
{
  for (guint i = 0; i < DATA_KINDS; i++) {
    total->kinds[i] += file->kinds[i];
    if (total->first[i] == NULL)
      total->first[i] = g_steal_pointer (&file->first[i]);
  }
  for (guint i = 0; i < DATA_SAMPLES && file->samples[i] != NULL; i++)
    if (!has_sample (total, file->samples[i]))
      take_sample (total, file->samples[i]);
  if (total->fixed == NULL)
    total->fixed = file->fixed;
  if (total->name == NULL)
    total->name = g_steal_pointer (&file->name);
}

void
data_table_merge (DataTable *total, DataTable *file, gboolean by_name)
{
  for (guint i = 0; i < file->columns->len; i++) {
    DataTally *from = g_ptr_array_index (file->columns, i);
    DataTally *into = by_name                   ? data_table_column (total, from->name)
                      : i < total->columns->len ? g_ptr_array_index (total->columns, i)
                                                : data_table_add (total, NULL);
    if (into != NULL)
      tally_merge (into, from);
  }
  total->rows += file->rows;
  total->header = total->header || file->header;
}

/* --- one value --- */

static gboolean
digits (const char *text, guint count)
{
  for (guint i = 0; i < count; i++)
    if (!g_ascii_isdigit (text[i]))
      return FALSE;
  return TRUE;
}

/* YYYY-MM-DD at the start of TEXT, and a day that exists. */
static gboolean
starts_with_day (const char *text)
{
  if (!digits (text, 4) || text[4] != '-' || !digits (text + 5, 2) || text[7] != '-' || !digits (text + 8, 2))
    return FALSE;
  guint year = (guint) atoi (text), month = (guint) atoi (text + 5), day = (guint) atoi (text + 8);
  return year > 0 && month > 0 && month <= 12 && g_date_valid_dmy ((GDateDay) day, month, (GDateYear) year);
}

/* HH:MM[:SS[.digits]] and a zone, up to the end. */
static gboolean
is_time (const char *text)
{
  if (!digits (text, 2) || text[2] != ':' || !digits (text + 3, 2))
    return FALSE;
  text += 5;
  if (*text == ':') {
    if (!digits (text + 1, 2))
      return FALSE;
    text += 3;
    if (*text == '.') {
      gsize length = strspn (text + 1, "0123456789");
      if (length == 0 || length > 9)
        return FALSE;
      text += 1 + length;
    }
  }
  if (*text == '\0' || strcmp (text, "Z") == 0)
    return TRUE;
  if (*text != '+' && *text != '-')
    return FALSE;
  return digits (text + 1, 2) && text[3] == ':' && digits (text + 4, 2) && text[6] == '\0';
}

/* 31/12/2025, 31.12.2025, 12-31-2025, 2025/12/31: a day to people, text to the clean room. */
static gboolean
is_other_day (const char *text)
{
  static const char *const separators = "/.-";
  guint lengths[3] = { 0 };
  char separator = '\0';
  guint part = 0;
  for (const char *p = text; *p != '\0'; p++) {
    if (g_ascii_isdigit (*p)) {
      if (++lengths[part] > 4)
        return FALSE;
    } else {
      if (strchr (separators, *p) == NULL || (separator != '\0' && *p != separator) || part == 2)
        return FALSE;
      separator = *p;
      part++;
    }
  }
  gboolean small_first = lengths[0] >= 1 && lengths[0] <= 2 && lengths[2] == 4;
  gboolean year_first = lengths[0] == 4 && lengths[2] >= 1 && lengths[2] <= 2;
  return part == 2 && lengths[1] >= 1 && lengths[1] <= 2 && (small_first || year_first);
}

DataKind
data_kind_of_day (const char *text)
{
  gsize length = strnlen (text, 40);
  if (length < 8 || length >= 40 || !g_ascii_isdigit (text[0]))
    return DATA_KIND_TEXT;
  if (length >= 10 && starts_with_day (text)) {
    if (length == 10)
      return DATA_KIND_DATE;
    if ((text[10] == ' ' || text[10] == 'T') && is_time (text + 11))
      return DATA_KIND_TIMESTAMP;
    return DATA_KIND_TEXT;
  }
  return length <= 10 && is_other_day (text) ? DATA_KIND_OTHER_DATE : DATA_KIND_TEXT;
}

DataKind
data_kind_of_int (gint64 value)
{
  return value >= G_MININT32 && value <= G_MAXINT32 ? DATA_KIND_INTEGER : DATA_KIND_LONG;
}

/* -12, 1.5, 2e-3; not 007 (a leading zero would be lost), not "1,000". */
static DataKind
kind_of_number (const char *text)
{
  const char *p = text;
  if (*p == '-' || *p == '+')
    p++;
  gsize whole = strspn (p, "0123456789");
  if (whole > 1 && *p == '0')
    return DATA_KIND_TEXT;
  const char *after = p + whole;
  if (whole > 0 && *after == '\0') {
    gint64 value = 0;
    return g_ascii_string_to_signed (*text == '+' ? text + 1 : text, 10, G_MININT64, G_MAXINT64, &value, NULL)
               ? data_kind_of_int (value)
               : DATA_KIND_NUMBER;
  }
  gsize part = *after == '.' ? strspn (after + 1, "0123456789") : 0;
  if (*after == '.')
    after += 1 + part;
  if (whole + part == 0)
    return DATA_KIND_TEXT;
  if (*after == 'e' || *after == 'E') {
    after++;
    if (*after == '-' || *after == '+')
      after++;
    gsize exponent = strspn (after, "0123456789");
    if (exponent == 0 || exponent > 3)
      return DATA_KIND_TEXT;
    after += exponent;
  }
  return *after == '\0' ? DATA_KIND_NUMBER : DATA_KIND_TEXT;
}

DataKind
data_kind_of_text (const char *text)
{
  char c = text[0];
  if (c == '\0')
    return DATA_KIND_EMPTY;
  if (g_ascii_isdigit (c) || c == '-' || c == '+' || c == '.') {
    DataKind number = kind_of_number (text);
    return number != DATA_KIND_TEXT ? number : data_kind_of_day (text);
  }
  if ((c == 't' || c == 'T' || c == 'f' || c == 'F')
      && (g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "false") == 0))
    return DATA_KIND_BOOLEAN;
  return DATA_KIND_TEXT;
}

void
data_tally_count (DataTally *tally, DataKind kind, const char *text, const char *file, guint64 line)
{
  if (tally->kinds[kind]++ == 0)
    tally->first[kind] = g_strdup_printf ("%s:%" PRIu64, file, line);
  if (kind == DATA_KIND_EMPTY || text == NULL || tally->samples[DATA_SAMPLES - 1] != NULL)
    return;
  gsize length = strlen (text);
  const char *end = text + length;
  if (length > SAMPLE_BYTES) {
    end = g_utf8_find_prev_char (text, text + SAMPLE_BYTES + 1);
    end = end != NULL ? end : text;
  }
  g_autofree char *sample = g_strdup_printf ("%.*s%s", (int) (end - text), text,
                                             length > SAMPLE_BYTES ? "\xe2\x80\xa6" : "");
  if (!has_sample (tally, sample))
    take_sample (tally, sample);
}

/* --- a whole column --- */

guint64
data_tally_values (const DataTally *tally)
{
  guint64 values = 0;
  for (guint i = 1; i < DATA_KINDS; i++)
    values += tally->kinds[i];
  return values;
}

const char *
data_tally_type (const DataTally *tally)
{
  static const char *const order[] = { "boolean", "integer", "long", "number", "date", "timestamp" };
  if (tally->fixed != NULL)
    return tally->fixed;
  if (data_tally_values (tally) == 0)
    return "string";
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (data_tally_unfit (tally, order[i], NULL) == 0)
      return order[i];
  return "string";
}

static gboolean
fits (DataKind kind, const char *type)
{
  switch (kind) {
  case DATA_KIND_BOOLEAN:
    return strcmp (type, "boolean") == 0;
  case DATA_KIND_INTEGER:
    return strcmp (type, "integer") == 0 || strcmp (type, "long") == 0 || strcmp (type, "number") == 0;
  case DATA_KIND_LONG:
    return strcmp (type, "long") == 0 || strcmp (type, "number") == 0;
  case DATA_KIND_NUMBER:
    return strcmp (type, "number") == 0;
  case DATA_KIND_DATE:
    return strcmp (type, "date") == 0 || strcmp (type, "timestamp") == 0;
  case DATA_KIND_TIMESTAMP:
    return strcmp (type, "timestamp") == 0;
  case DATA_KIND_OTHER_DATE:
  case DATA_KIND_NESTED:
  case DATA_KIND_TEXT:
    return FALSE;
  case DATA_KIND_EMPTY:
  case DATA_KINDS:
    break;
  }
  return TRUE;
}

guint64
data_tally_unfit (const DataTally *tally, const char *type, const char **place)
{
  guint64 unfit = 0;
  if (place != NULL)
    *place = NULL;
  if (strcmp (type, "string") == 0)
    return 0;
  for (guint i = 1; i < DATA_KINDS; i++) {
    if (tally->kinds[i] == 0 || fits ((DataKind) i, type))
      continue;
    unfit += tally->kinds[i];
    if (place != NULL && *place == NULL)
      *place = tally->first[i];
  }
  return unfit;
}
