/* SPDX-License-Identifier: MIT
 * datastore add|list|show: where data lies, and how it is encrypted.
 */
#include "cli/spec-files.h"

#include "base/error.h"

#include <string.h>

static const char *const columns[] = { "name",      "encryptionMode",   "storeType",
                                       "storeName", "storeProviderUrl", NULL };

static DataSchema *
schema_from_fields (const char *format, const char *fields, GError **error)
{
  g_autoptr (json_t) list = json_array ();
  g_auto (GStrv) parts = g_strsplit (fields, ",", -1);
  for (char **part = parts; *part != NULL; part++) {
    g_auto (GStrv) pair = g_strsplit (g_strstrip (*part), ":", 2);
    if (g_strv_length (pair) != 2) {
      cr_set_error (error, CR_ERROR_USAGE, "Write it as NAME:TYPE,NAME:TYPE.",
                    "\"%s\" of --schema-fields has no type.", *part);
      return NULL;
    }
    json_array_append_new (list, json_pack ("{s:s, s:s}", "fieldName", pair[0], "fieldType", pair[1]));
  }
  g_autoptr (json_t) value = json_pack ("{s:s, s:O}", "format", format, "fields", list);
  return data_schema_from_json (value, "--schema-fields", error);
}

/* What --schema-file or --schema-fields say; NULL without an error when neither is given. */
static gboolean
read_schema (Cli *cli, DataSchema **schema, GError **error)
{
  const char *file = cli_value (cli, "schema-file"), *fields = cli_value (cli, "schema-fields");
  const char *format = cli_value (cli, "schema-format");
  *schema = NULL;
  if (file != NULL) {
    g_autoptr (json_t) value = cr_json_load (file, error);
    *schema = value != NULL ? data_schema_from_json (value, file, error) : NULL;
  } else if (fields != NULL && format != NULL) {
    *schema = schema_from_fields (format, fields, error);
  } else if (fields != NULL || format != NULL) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "For example --schema-format csv --schema-fields date:date,who:string",
                  "--schema-format and --schema-fields belong together.");
  } else {
    return TRUE;
  }
  return *schema != NULL;
}

static gboolean
add (Cli *cli, GError **error)
{
  static const char *const types[] = { "Azure_BlobStorage", "Azure_BlobStorage_DataLakeGen2", "Azure_OneLake",
                                       "Aws_S3", NULL };
  static const char *const modes[] = { "SSE", "CPK", "CSE", NULL };
  GError *problem = NULL;
  CliNewDatastore wanted = { .name = cli_require_either (cli, "name", "datastore-name", error) };
  if (wanted.name == NULL || cli_require (cli, "backingstore-type", error) == NULL)
    return FALSE;
  wanted.type = cli_one_of (cli, "backingstore-type", types, error);
  wanted.mode = wanted.type != NULL ? cli_one_of (cli, "encryption-mode", modes, &problem) : NULL;
  g_autoptr (DataSchema) schema = NULL;
  if (problem != NULL)
    g_propagate_error (error, problem);
  if (wanted.type == NULL || problem != NULL || !read_schema (cli, &schema, error))
    return FALSE;
  g_autofree char *datastores = cli_datastores_path (cli), *secretstores = cli_secretstores_path (cli);
  wanted.mode = wanted.mode != NULL ? wanted.mode : "SSE";
  wanted.place = cli_either (cli, "container-name", "container");
  wanted.account = cli_either (cli, "backingstore-id", "storage-account");
  wanted.secret_id = cli_value (cli, "aws-config-cgs-secret-id");
  wanted.secretstore = cli_either (cli, "secretstore", "datastore-secretstore");
  wanted.datastores = datastores;
  wanted.secretstores = secretstores;
  wanted.schema = schema;
  wanted.bucket = cli_flag (cli, "create-bucket");
  gboolean added = FALSE;
  if (!cli_datastore_make (cli, &wanted, &added, error))
    return FALSE;
  if (!added)
    cli_say (_ ("There is an entry %s already; nothing was changed."), wanted.name);
  return cli_show (cli, spec_datastore_load (datastores, wanted.name, error), NULL);
}

static gboolean
list (Cli *cli, GError **error)
{
  g_autofree char *path = cli_datastores_path (cli);
  g_autoptr (json_t) file = spec_load_or_new (path, SPEC_FILE_DATASTORES, NULL, error);
  return file != NULL && cli_show_list (cli, json_incref (json_object_get (file, "datastores")), columns);
}

static gboolean
show (Cli *cli, GError **error)
{
  const char *name = cli_require_either (cli, "name", "datastore-name", error);
  g_autofree char *path = cli_datastores_path (cli);
  return name != NULL && cli_show (cli, spec_datastore_load (path, name, error), NULL);
}

#define NAME_OPTIONS                                                                                         \
  { "name", CLI_VALUE, "NAME", N_ ("the datastore") },                                                       \
  {                                                                                                          \
    "datastore-name", CLI_VALUE, "NAME", N_ ("the same")                                                     \
  }
#define FILE_OPTIONS                                                                                         \
  { "config", CLI_VALUE, "FILE", N_ ("the file of datastores") },                                            \
  {                                                                                                          \
    "datastore-config-file", CLI_VALUE, "FILE", N_ ("the same")                                              \
  }
#define WHOSE_OPTION                                                                                         \
  {                                                                                                          \
    "as", CLI_VALUE, "PERSONA", N_ ("whose it is: its own files are used, its keyring, its account")         \
  }

static const CliOption add_options[] = {
  NAME_OPTIONS,
  { "backingstore-type", CLI_VALUE, "TYPE",
    N_ ("Azure_BlobStorage, Azure_BlobStorage_DataLakeGen2, Azure_OneLake or Aws_S3") },
  { "backingstore-id", CLI_VALUE, "ID",
    N_ ("resource id or address of the storage account (default: the own one)") },
  { "encryption-mode", CLI_VALUE, "MODE",
    N_ ("SSE: by the service (default); CPK: by the service with a key of your own; CSE: before it leaves") },
  { "secretstore", CLI_VALUE, "NAME", N_ ("where the key is kept (default: the own keyring)") },
  { "datastore-secretstore", CLI_VALUE, "NAME", N_ ("the same") },
  { "container-name", CLI_VALUE, "NAME", N_ ("container or bucket (default: as the datastore)") },
  { "container", CLI_VALUE, "NAME", N_ ("the same") },
  { "storage-account", CLI_VALUE, "ID", N_ ("the same as --backingstore-id") },
  { "aws-config-cgs-secret-id", CLI_VALUE, "ID",
    N_ ("the contract's secret with the key pair of the bucket") },
  { "create-bucket", CLI_FLAG, NULL, N_ ("make the bucket with your key pair, if it is not there") },
  { "schema-file", CLI_VALUE, "FILE", N_ ("schema.json: format and columns") },
  { "schema-format", CLI_VALUE, "FORMAT", N_ ("csv, json or parquet") },
  { "schema-fields", CLI_VALUE, "NAME:TYPE,...", N_ ("the columns") },
  FILE_OPTIONS,
  { "secretstore-config", CLI_VALUE, "FILE", N_ ("the file of secret stores") },
  { "secretstore-config-file", CLI_VALUE, "FILE", N_ ("the same") },
  WHOSE_OPTION,
  CLI_END,
};
static const CliOption list_options[] = { FILE_OPTIONS, WHOSE_OPTION, CLI_END };
static const CliOption show_options[] = { NAME_OPTIONS, FILE_OPTIONS, WHOSE_OPTION, CLI_END };

const CliCommand cli_datastore_commands[] = {
  { "datastore add", "", N_ ("make a container with its key, and note where it is"),
    "cleanroom datastore add --name sales --backingstore-type Azure_BlobStorage --encryption-mode CPK "
    "--as northwind",
    0, 0, add_options, add, TRUE },
  { "datastore list", "", N_ ("all of them"), "cleanroom datastore list --as northwind", 0, 0, list_options,
    list, FALSE },
  { "datastore show", "", N_ ("one of them"), "cleanroom datastore show --name sales --as northwind", 0, 0,
    show_options, show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
