/* SPDX-License-Identifier: MIT
 * Output files: column choice, type check, csv and JSON lines in Spark's notation.
 */
#include "room/write.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

char *
room_write_path (const RoomJob *job, const char *day)
{
  return g_strdup_printf ("/mnt/remote/%s/%s/%s/%s", job->sink->name, job->contract_id, day, job->job_id);
}

/* Outer blanks go; quotes only when needed; inside quotes a backslash stands before quote and backslash. */
static void
append_text (GString *out, const char *text, gsize length)
{
  while (length > 0 && (guchar) text[0] <= ' ') {
    text++;
    length--;
  }
  while (length > 0 && (guchar) text[length - 1] <= ' ')
    length--;
  if (length == 0) {
    g_string_append (out, "\"\"");
    return;
  }
  if (memchr (text, ',', length) == NULL && memchr (text, '"', length) == NULL
      && memchr (text, '\n', length) == NULL && memchr (text, '\r', length) == NULL) {
    g_string_append_len (out, text, (gssize) length);
    return;
  }
  g_string_append_c (out, '"');
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '"' || text[i] == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, text[i]);
  }
  g_string_append_c (out, '"');
}

void
room_write_csv_cell (GString *out, const RoomValue *value)
{
  if (value->null)
    return;
  if (value->type == ROOM_STRING)
    append_text (out, value->text, value->length);
  else
    room_value_append (out, value);
}

typedef struct {
  GString *out;
  GPtrArray *columns;
  gboolean csv;
  gint64 rows;
} Writer;

static json_t *
json_cell (const RoomValue *value)
{
  g_autoptr (GString) text = NULL;

  switch (value->type) {
  case ROOM_INTEGER:
  case ROOM_LONG:
    return json_integer (value->whole);
  case ROOM_NUMBER:
    return json_real (value->real);
  case ROOM_BOOLEAN:
    return json_boolean (value->whole != 0);
  case ROOM_STRING:
    return json_stringn (value->text, value->length);
  case ROOM_DATE:
  case ROOM_TIMESTAMP:
  case ROOM_OTHER:
  default:
    text = g_string_new (NULL);
    room_value_append (text, value);
    return json_stringn (text->str, text->len);
  }
}

static gboolean
write_row (const RoomValue *values, guint count, gpointer data, GError **error)
{
  Writer *writer = data;
  g_autoptr (json_t) object = json_object ();

  (void) error;
  for (guint i = 0; i < count; i++) {
    const RoomColumn *column = g_ptr_array_index (writer->columns, i);

    if (!writer->csv && !values[i].null)
      cr_json_set (object, column->name, json_cell (&values[i]));
    if (writer->csv && i > 0)
      g_string_append_c (writer->out, ',');
    if (writer->csv)
      room_write_csv_cell (writer->out, &values[i]);
  }
  if (!writer->csv) {
    g_autofree char *line = cr_json_dump (object);
    g_string_append (writer->out, line);
  }
  g_string_append_c (writer->out, '\n');
  writer->rows++;
  return TRUE;
}

static void
write_header (Writer *writer)
{
  for (guint i = 0; i < writer->columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (writer->columns, i);

    if (i > 0)
      g_string_append_c (writer->out, ',');
    append_text (writer->out, column->name, strlen (column->name));
  }
  g_string_append_c (writer->out, '\n');
}

/* "author string, n long". Gives. */
static char *
describe_columns (GPtrArray *columns)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (columns, i);

    g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", column->name, column->type_name);
  }
  return g_string_free (text, FALSE);
}

/* Result columns that the sink allows, in the order of the allowed fields; borrowed columns. Gives. */
static GPtrArray *
choose_columns (const RoomJob *job, GPtrArray *columns, char **detail, GError **error)
{
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  gboolean match = TRUE;

  for (guint i = 0; i < job->sink->allowed->len; i++) {
    const char *name = g_ptr_array_index (job->sink->allowed, i);
    RoomColumn *column = room_columns_find (columns, name);
    RoomColumn *declared = room_columns_find (job->sink->schema, name);

    if (column == NULL)
      continue;
    g_ptr_array_add (chosen, column);
    match = match && declared != NULL && declared->type == column->type;
  }
  if (!match) {
    g_autofree char *result = describe_columns (chosen);
    g_autofree char *sink = describe_columns (job->sink->schema);

    *detail = g_strdup_printf ("The result has: %s. The data sink declares: %s.", result, sink);
    cr_set_error (error, CR_ERROR_INPUT, "Publish a data sink whose schema has the types of the result.",
                  "DataFrame schema does not match expected dataset schema.");
    return NULL;
  }
  if (chosen->len == 0) {
    cr_set_error (
        error, CR_ERROR_INPUT, "Name result columns that the data sink allows.",
        "[EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE] The %s datasource does not support writing empty or "
        "nested empty schemas. SQLSTATE: 0A000",
        job->sink->format);
    return NULL;
  }
  return g_steal_pointer (&chosen);
}

/* Gives. Only the chosen columns are asked for, so that the others are never computed. */
static char *
select_columns (GPtrArray *columns, const char *body)
{
  GString *sql = g_string_new ("SELECT ");

  for (guint i = 0; i < columns->len; i++) {
    g_autofree char *name = room_sql_quote (((const RoomColumn *) g_ptr_array_index (columns, i))->name);

    g_string_append_printf (sql, "%s%s", i > 0 ? ", " : "", name);
  }
  g_string_append_printf (sql, " FROM (%s) AS q", body);
  return g_string_free (sql, FALSE);
}

gboolean
room_write (const RoomJob *job, RoomEngine *engine, const char *body, GPtrArray *columns, const char *day,
            gint64 *rows, char **detail, GError **error)
{
  g_autofree char *folder = g_build_filename (job->sink->folder, job->contract_id, day, job->job_id, NULL);
  g_autofree char *uuid = cr_uuid_new ();
  g_autofree char *name = g_strdup_printf ("part-00000-%s-c000.%s", uuid, job->sink->format);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *sql = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) chosen = NULL;
  Writer writer = { .out = out, .csv = strcmp (job->sink->format, "csv") == 0 };

  *detail = NULL;
  if (!writer.csv && strcmp (job->sink->format, "json") != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Publish the data sink as csv or json.",
                  "Writing the format %s is not supported here", job->sink->format);
    return FALSE;
  }
  chosen = columns != NULL ? choose_columns (job, columns, detail, error) : NULL;
  if (chosen == NULL)
    return FALSE;
  writer.columns = chosen;
  if (writer.csv)
    write_header (&writer);
  sql = select_columns (chosen, body);
  if (!engine->class->query (engine, sql, chosen, write_row, &writer, error)
      || !cr_dir_make (folder, 0700, error)
      || !cr_file_write (path, out->str, (gssize) out->len, 0600, error))
    return FALSE;
  *rows = writer.rows;
  return TRUE;
}
