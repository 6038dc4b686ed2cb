/* SPDX-License-Identifier: MIT
 * A description for other programs, and what others will be able to see of the data.
 */
#include "data/describe.h"

#include "base/error.h"

#include <string.h>

static json_t *
samples_json (const DataColumn *column)
{
  json_t *samples = json_array ();
  for (guint i = 0; column != NULL && i < DATA_SAMPLES && column->samples[i] != NULL; i++)
    json_array_append_new (samples, json_string (column->samples[i]));
  return samples;
}

static json_t *
column_json (const DataColumn *column)
{
  json_t *item = json_object ();
  cr_json_set_string (item, "name", column->name);
  cr_json_set_string (item, "type", column->type);
  cr_json_set_string (item, "declared", column->declared);
  cr_json_set_int (item, "values", (gint64) column->values);
  cr_json_set_int (item, "empty", (gint64) column->empty);
  cr_json_set_int (item, "unfit", (gint64) column->unfit);
  cr_json_set (item, "samples", samples_json (column));
  return item;
}

static json_t *
oddity_json (const DataOddity *oddity)
{
  json_t *item = json_object ();
  cr_json_set_string (item, "level", data_odd_level_name (oddity->level));
  cr_json_set_string (item, "code", oddity->code);
  cr_json_set_int (item, "count", (gint64) oddity->count);
  json_t *places = json_array ();
  for (guint i = 0; i < oddity->places->len; i++)
    json_array_append_new (places, json_string (g_ptr_array_index (oddity->places, i)));
  cr_json_set (item, "places", places);
  cr_json_set_string (item, "text", oddity->text);
  return item;
}

json_t *
data_description_to_json (const DataDescription *description)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "path", description->path);
  cr_json_set_string (value, "format", description->format);
  cr_json_set_int (value, "files", description->files);
  cr_json_set_int (value, "rows", (gint64) description->rows);
  cr_json_set_int (value, "bytes", (gint64) description->bytes);
  cr_json_set_bool (value, "header", description->header);
  json_t *days = json_array (), *columns = json_array (), *oddities = json_array ();
  for (guint i = 0; i < description->days->len; i++) {
    const DataDay *day = g_ptr_array_index (description->days, i);
    json_t *item = json_object ();
    cr_json_set_string (item, "day", day->day);
    cr_json_set_int (item, "files", day->files);
    cr_json_set_int (item, "rows", (gint64) day->rows);
    cr_json_set_int (item, "bytes", (gint64) day->bytes);
    json_array_append_new (days, item);
  }
  for (guint i = 0; i < description->columns->len; i++)
    json_array_append_new (columns, column_json (g_ptr_array_index (description->columns, i)));
  for (guint i = 0; i < description->oddities->len; i++)
    json_array_append_new (oddities, oddity_json (g_ptr_array_index (description->oddities, i)));
  cr_json_set (value, "days", days);
  cr_json_set (value, "columns", columns);
  cr_json_set (value, "oddities", oddities);
  cr_json_set_bool (value, "publishable", data_description_problem (description) == NULL);
  cr_json_set (value, "schema", data_schema_to_json (description->schema));
  return value;
}

/* --- the preview --- */

static const DataColumn *
column_of (const DataDescription *description, const DataSchema *schema, guint index)
{
  const DataField *field = g_ptr_array_index (schema->fields, index);
  if (strcmp (description->format, "csv") == 0) /* by position, as they are read */
    return index < description->columns->len ? g_ptr_array_index (description->columns, index) : NULL;
  for (guint i = 0; i < description->columns->len; i++) {
    const DataColumn *column = g_ptr_array_index (description->columns, i);
    if (strcmp (column->name, field->name) == 0)
      return column;
  }
  return NULL;
}

static gssize
field_index (const DataSchema *schema, const char *name)
{
  for (guint i = 0; i < schema->fields->len; i++)
    if (strcmp (((const DataField *) g_ptr_array_index (schema->fields, i))->name, name) == 0)
      return (gssize) i;
  return -1;
}

static json_t *
field_json (const DataSchema *schema, guint index)
{
  const DataField *field = g_ptr_array_index (schema->fields, index);
  return json_pack ("{s:s, s:s}", "name", field->name, "type", field->type);
}

static gboolean
add_readable (json_t *readable, const DataDescription *description, const DataSchema *schema,
              const char *name, gboolean *shown, GError **error)
{
  gssize index = field_index (schema, name);
  if (index < 0) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The allowed field %s is not in the schema.", name);
    return FALSE;
  }
  if (shown[index]) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The allowed field %s is named twice.", name);
    return FALSE;
  }
  shown[index] = TRUE;
  json_t *item = field_json (schema, (guint) index);
  cr_json_set (item, "samples", samples_json (column_of (description, schema, (guint) index)));
  json_array_append_new (readable, item);
  return TRUE;
}

json_t *
data_preview (const DataDescription *description, const DataSchema *schema, const char *const *allowed,
              GError **error)
{
  const DataSchema *types = schema != NULL ? schema : description->schema;
  g_autofree gboolean *shown = g_new0 (gboolean, types->fields->len + 1);
  g_autoptr (json_t) readable = json_array ();
  g_autoptr (json_t) hidden = json_array ();
  for (guint i = 0; allowed != NULL && allowed[i] != NULL; i++)
    if (!add_readable (readable, description, types, allowed[i], shown, error))
      return NULL;
  for (guint i = 0; i < types->fields->len; i++) {
    const DataField *field = g_ptr_array_index (types->fields, i);
    if (allowed == NULL && !add_readable (readable, description, types, field->name, shown, error))
      return NULL;
    if (!shown[i])
      json_array_append_new (hidden, field_json (types, i));
  }
  return json_pack ("{s:O, s:O}", "readable", readable, "hidden", hidden);
}

char **
data_names_split (const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ",", -1);
  for (char **part = parts; *part != NULL; part++) {
    g_strstrip (*part);
    if (**part != '\0')
      g_ptr_array_add (names, g_strdup (*part));
  }
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
