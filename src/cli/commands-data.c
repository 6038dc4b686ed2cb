/* SPDX-License-Identifier: MIT
 * data describe: what a file or folder of data holds, and what others would see of it.
 */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "data/describe.h"

#include <inttypes.h>
#include <string.h>

#define DAYS_SHOWN 31u

/* The folder's own name as the name of a dataset: a-z, 0-9 and hyphens. Gives. */
static char *
name_of (const char *path)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *base = g_path_get_basename (whole);
  char *dot = strrchr (base, '.');
  if (dot != NULL && dot != base)
    *dot = '\0';
  g_autoptr (GString) name = g_string_new (NULL);
  for (const char *p = base; *p != '\0' && name->len < 63; p++) {
    char c = g_ascii_isalnum (*p) ? g_ascii_tolower (*p) : '-';
    if (c != '-' || (name->len > 0 && name->str[name->len - 1] != '-'))
      g_string_append_c (name, c);
  }
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  return g_strdup (name->len > 0 ? name->str : "dataset");
}

/* The document in the form of today. Where the data lies is not known before it is published. */
static gboolean
write_document (Cli *cli, const DataDescription *found, const char *const *allowed, GError **error)
{
  g_autofree char *derived = name_of (found->path);
  const char *name = cli_value (cli, "name") != NULL ? cli_value (cli, "name") : derived;
  const DataAccessPointSpec spec = { .name = name,
                                     .access = DATA_ACCESS_READ,
                                     .container = name,
                                     .datastore = name,
                                     .blob_url = "",
                                     .identity_name = "",
                                     .client_id = "",
                                     .tenant_id = "",
                                     .issuer_url = "" };
  g_autoptr (json_t) point = data_access_point (&spec);
  const DataSchema *schema = found->declared != NULL ? found->declared : found->schema;
  g_autoptr (json_t) document = data_dataset_build (name, schema, DATA_ACCESS_READ, allowed, point, error);
  return document != NULL && cr_json_save (document, cli_value (cli, "write-document"), 0644, error);
}

static gboolean
write_schema (Cli *cli, const DataDescription *found, GError **error)
{
  /* What cannot be read back is not written: two columns of one name, say. */
  g_autoptr (json_t) value = data_schema_to_json (found->schema);
  g_autoptr (DataSchema) read = data_schema_from_json (value, found->path, error);
  return read != NULL && cr_json_save (value, cli_value (cli, "write-schema"), 0644, error);
}

/* --- for people --- */

static char *
samples_text (const json_t *samples)
{
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < json_array_size (samples); i++) {
    g_autofree char *safe = cr_text_safe (json_string_value (json_array_get (samples, i)));
    g_string_append_printf (text, "%s%s", i > 0 ? " | " : "", safe);
  }
  return g_string_free (text, FALSE);
}

static char *
rows_text (guint64 number)
{
  return g_strdup_printf ("%" PRIu64, number);
}

static void
show_columns (const DataDescription *found)
{
  static const char *const titles[] = { N_ ("Column"), N_ ("Type"),   N_ ("schema.json"),
                                        N_ ("Empty"),  N_ ("Values"), NULL };
  g_autoptr (json_t) value = data_description_to_json (found);
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  for (guint i = 0; i < found->columns->len; i++) {
    const DataColumn *column = g_ptr_array_index (found->columns, i);
    g_autofree char *empty = rows_text (column->empty);
    g_autofree char *samples =
        samples_text (json_object_get (json_array_get (json_object_get (value, "columns"), i), "samples"));
    g_ptr_array_add (rows, cli_row (column->name, column->type,
                                    column->declared != NULL ? column->declared : "", empty, samples, NULL));
  }
  cli_out_table (titles, rows);
}

static void
show_days (const DataDescription *found)
{
  static const char *const titles[] = { N_ ("Day"), N_ ("Files"), N_ ("Rows"), NULL };
  if (found->days->len == 0)
    return;
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  for (guint i = 0; i < MIN (found->days->len, DAYS_SHOWN); i++) {
    const DataDay *day = g_ptr_array_index (found->days, i);
    g_autofree char *files = rows_text (day->files), *count = rows_text (day->rows);
    g_ptr_array_add (rows, cli_row (day->day, files, count, NULL));
  }
  cli_out ("\n");
  cli_out_table (titles, rows);
  if (found->days->len > DAYS_SHOWN)
    cli_out ("...\n");
}

static void
show_oddities (const DataDescription *found)
{
  for (guint i = 0; i < found->oddities->len; i++) {
    const DataOddity *oddity = g_ptr_array_index (found->oddities, i);
    if (i == 0)
      cli_out ("\n");
    cli_out ("%-8s %s (%" PRIu64 ")\n", data_odd_level_name (oddity->level), cr_translate (oddity->text),
             oddity->count);
    for (guint k = 0; k < oddity->places->len; k++) {
      g_autofree char *safe = cr_text_safe (g_ptr_array_index (oddity->places, k));
      cli_out ("         %s\n", safe);
    }
  }
}

static void
show_preview (const json_t *preview)
{
  const struct {
    const char *key, *title;
  } parts[] = { { "readable", _ ("Queries of others can read:") },
                { "hidden", _ ("Never shown to others:") } };
  for (guint p = 0; p < G_N_ELEMENTS (parts); p++) {
    const json_t *list = json_object_get (preview, parts[p].key);
    if (json_array_size (list) == 0)
      continue;
    cli_out ("\n%s\n", parts[p].title);
    for (size_t i = 0; i < json_array_size (list); i++) {
      const json_t *item = json_array_get (list, i);
      g_autofree char *name = cr_text_safe (cr_json_peek_string (item, "name"));
      g_autofree char *samples = samples_text (json_object_get (item, "samples"));
      cli_out ("  %s (%s)%s%s\n", name, cr_json_peek_string (item, "type"), *samples != '\0' ? "  " : "",
               samples);
    }
  }
}

static void
show (Cli *cli, const DataDescription *found, const json_t *preview)
{
  g_autofree char *path = cr_text_safe (found->path);
  g_autofree char *size = g_format_size (found->bytes);
  cli_out (_ ("%s: %s, rows: %" PRIu64 ", files: %u, %s\n\n"), path, found->format, found->rows, found->files,
           size);
  show_columns (found);
  show_days (found);
  show_oddities (found);
  if (preview != NULL)
    show_preview (preview);
  for (guint i = 0; i < 2; i++) {
    const char *file = cli_value (cli, i == 0 ? "write-schema" : "write-document");
    if (file != NULL)
      cli_say (_ ("%s was written."), file);
  }
}

static gboolean
read_options (Cli *cli, DataDescribeOptions *options, GError **error)
{
  const char *header = cli_value (cli, "header");
  gboolean writes = cli_value (cli, "write-schema") != NULL || cli_value (cli, "write-document") != NULL;
  if (writes && cli_flag (cli, "read-only")) {
    cr_set_error (error, CR_ERROR_REFUSED, "Leave out --read-only to do it.",
                  "\"%s\" changes things and --read-only is set.", "data describe --write");
    return FALSE;
  }
  if (header != NULL && strcmp (header, "yes") != 0 && strcmp (header, "no") != 0) {
    cr_set_error (error, CR_ERROR_USAGE, "Say yes or no; without it the data is looked at.",
                  "--header cannot be \"%s\".", header);
    return FALSE;
  }
  options->header = header == NULL ? DATA_HEADER_AUTO : *header == 'y' ? DATA_HEADER_YES : DATA_HEADER_NO;
  options->columns = data_names_split (cli_value (cli, "columns"));
  return TRUE;
}

static gboolean
describe (Cli *cli, GError **error)
{
  DataDescribeOptions options = { 0 };
  if (!read_options (cli, &options, error))
    return FALSE;
  CliProgress progress;
  cli_progress_attach (&progress, cli);
  g_autoptr (DataDescription) found = data_describe_path (cli_argument (cli, 0), &options, cli_job (cli),
                                                          error);
  cli_progress_end (&progress);
  g_strfreev (options.columns);
  if (found == NULL)
    return FALSE;
  g_auto (GStrv) allowed = data_names_split (cli_value (cli, "allowed"));
  g_autoptr (json_t) preview = NULL;
  if (allowed != NULL || cli_flag (cli, "preview")) {
    preview = data_preview (found, found->declared, (const char *const *) allowed, error);
    if (preview == NULL)
      return FALSE;
  }
  if ((cli_value (cli, "write-schema") != NULL && !write_schema (cli, found, error))
      || (cli_value (cli, "write-document") != NULL
          && !write_document (cli, found, (const char *const *) allowed, error)))
    return FALSE;
  if (!cli_json (cli)) {
    show (cli, found, preview);
    return TRUE;
  }
  json_t *value = data_description_to_json (found);
  if (preview != NULL)
    cr_json_set (value, "preview", json_incref (preview));
  cli_out_json (value);
  return TRUE;
}

static const CliOption describe_options[] = {
  { "preview", CLI_FLAG, NULL, N_ ("show what others would be able to see") },
  { "allowed", CLI_VALUE, "COLUMN,...", N_ ("columns that queries may read (default all)") },
  { "header", CLI_VALUE, "yes|no", N_ ("the first line of a CSV file names the columns, or does not") },
  { "columns", CLI_VALUE, "NAME,...", N_ ("names for the columns of CSV files without a header") },
  { "name", CLI_VALUE, "NAME", N_ ("name of the dataset in the document (default from the path)") },
  { "write-schema", CLI_VALUE, "FILE", N_ ("write the schema that was found") },
  { "write-document", CLI_VALUE, "FILE",
    N_ ("write the dataset document; where the data lies is filled in when it is published") },
  CLI_END,
};

const CliCommand cli_data_commands[] = {
  { "data describe", "FILE|FOLDER", N_ ("format, columns, types, rows, days and oddities of data"),
    "cleanroom data describe ./input --allowed author,mentions", 1, 1, describe_options, describe, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
