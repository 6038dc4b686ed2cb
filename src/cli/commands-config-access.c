/* SPDX-License-Identifier: MIT
 * config add-datasource|add-datasink|add-application|set-logging|set-telemetry: what the clean room reads,
 * writes and runs.
 */
#include "cli/spec-files.h"

#include "base/error.h"

#include <string.h>

static const char *const modes[] = { "CPK", "CSE", "SSE", NULL };

/* --- access points --- */

typedef struct {
  const char *datastore, *name; /* NAME NULL = as the datastore */
  const char *identity;
  DataAccess access;
} NewAccess;

/* The entry of the secret store of option NAME; NULL without an error when it is not given. Gives. */
static gboolean
secretstore (Cli *cli, const char *path, const char *name, json_t **entry, GError **error)
{
  const char *given = cli_value (cli, name);
  *entry = given != NULL && *given != '\0' ? spec_secretstore_load (path, given, error) : NULL;
  return given == NULL || *given == '\0' || *entry != NULL;
}

/* The key that wraps the others: one for a specification, unless it is named. Gives. */
static char *
kek_name (Cli *cli)
{
  const char *given = cli_value (cli, "kek-name");
  return given != NULL && *given != '\0' ? g_strdup (given)
                                         : spec_kek_name (cli_value (cli, "cleanroom-config"));
}

/* Build and put in. Gives the access point. */
static json_t *
put_access (Cli *cli, json_t *specification, const NewAccess *it, GError **error)
{
  g_autofree char *datastores = cli_datastores_path (cli), *secretstores = cli_secretstores_path (cli);
  g_autofree char *kek = kek_name (cli);
  g_autoptr (json_t) datastore = spec_datastore_load (datastores, it->datastore, error);
  g_autoptr (json_t) dek_store = NULL, kek_store = NULL;
  json_t *identity = NULL;
  if (datastore == NULL || !secretstore (cli, secretstores, "dek-secret-store", &dek_store, error)
      || !secretstore (cli, secretstores, "kek-secret-store", &kek_store, error))
    return NULL;
  if (it->identity != NULL && *it->identity != '\0') {
    identity = cli_spec_identity (specification, it->identity, "IdentityConfigurationNotFound", error);
    if (identity == NULL)
      return NULL;
  }
  const SpecAccess access = { .name = it->name,
                              .access = it->access,
                              .datastore = datastore,
                              .identity = identity,
                              .dek_store = dek_store,
                              .kek_store = kek_store,
                              .kek = kek,
                              .subdirectory = cli_value (cli, "subdirectory") };
  json_t *point = spec_access_point (&access, error);
  if (point != NULL)
    spec_put (specification, it->access == DATA_ACCESS_WRITE ? "datasinks" : "datasources",
              json_incref (point));
  return point;
}

static gboolean
add_access (Cli *cli, DataAccess access, GError **error)
{
  const NewAccess it = { .datastore = cli_require (cli, "datastore-name", error),
                         .name = cli_either (cli, "name", "access-name"),
                         .identity = cli_value (cli, "identity"),
                         .access = access };
  g_autoptr (json_t) specification = it.datastore != NULL ? cli_specification (cli, error) : NULL;
  json_t *point = specification != NULL ? put_access (cli, specification, &it, error) : NULL;
  if (point == NULL)
    return FALSE;
  g_autofree char *text = g_strdup_printf (access == DATA_ACCESS_WRITE ? _ ("The clean room writes to %s.")
                                                                       : _ ("The clean room reads %s."),
                                           cr_json_peek_string (point, "name"));
  return cli_specification_done (cli, specification, point, text, error);
}

static gboolean
add_datasource (Cli *cli, GError **error)
{
  return add_access (cli, DATA_ACCESS_READ, error);
}

static gboolean
add_datasink (Cli *cli, GError **error)
{
  return add_access (cli, DATA_ACCESS_WRITE, error);
}

/* --- telemetry --- */

static gboolean
make_sink_store (Cli *cli, const char *name, const char *sink, const char *mode, GError **error)
{
  g_autofree char *datastores = cli_datastores_path (cli), *secretstores = cli_secretstores_path (cli);
  const char *suffix = cli_value (cli, "container-suffix");
  g_autofree char *place = suffix != NULL ? g_strdup_printf ("%s-%s", sink, suffix) : NULL;
  if (place != NULL && strlen (place) > 63)
    place[63] = '\0';
  const CliNewDatastore wanted = { .name = name,
                                   .type = "Azure_BlobStorage",
                                   .mode = mode,
                                   .place = place,
                                   .account = cli_value (cli, "storage-account"),
                                   .secretstore = cli_value (cli, "datastore-secret-store"),
                                   .datastores = datastores,
                                   .secretstores = secretstores };
  return cli_datastore_make (cli, &wanted, NULL, error);
}

/* A datastore, a datasink of the name SINK over it, and the same access point under governance. */
static gboolean
set_sink (Cli *cli, const char *sink, GError **error)
{
  const char *identity = cli_require (cli, "identity", error);
  const char *mode = identity != NULL && cli_require (cli, "encryption-mode", error) != NULL
                         ? cli_one_of (cli, "encryption-mode", modes, error)
                         : NULL;
  g_autoptr (json_t) specification = mode != NULL ? cli_specification (cli, error) : NULL;
  if (specification == NULL
      || cli_spec_identity (specification, identity, "IdentityConfigurationNotFound", error) == NULL)
    return FALSE;
  g_autofree char *name = spec_telemetry_name (sink, cli_value (cli, "cleanroom-config"));
  const NewAccess it = { .datastore = name, .name = sink, .identity = identity, .access = DATA_ACCESS_WRITE };
  g_autoptr (json_t) point = make_sink_store (cli, name, sink, mode, error)
                                 ? put_access (cli, specification, &it, error)
                                 : NULL;
  if (point == NULL || !spec_set_telemetry (specification, sink, error))
    return FALSE;
  g_autofree char *text = g_strdup_printf (_ ("The clean room writes to %s."), sink);
  return cli_specification_done (cli, specification, json_incref (point), text, error);
}

static gboolean
set_logging (Cli *cli, GError **error)
{
  return set_sink (cli, SPEC_SINK_LOGGING, error);
}

static gboolean
set_telemetry (Cli *cli, GError **error)
{
  return set_sink (cli, SPEC_SINK_TELEMETRY, error);
}

/* --- applications --- */

/* NAME=VALUE texts of option NAME as an object. Gives. */
static json_t *
pairs (Cli *cli, const char *name, gboolean needs_value, GError **error)
{
  GPtrArray *values = cli_values (cli, name);
  g_autoptr (json_t) object = json_object ();
  for (guint i = 0; values != NULL && i < values->len; i++) {
    const char *text = g_ptr_array_index (values, i), *equals = strchr (text, '=');
    if (equals == text || (needs_value && (equals == NULL || equals[1] == '\0'))) {
      cr_set_error (error, CR_ERROR_USAGE, "Write it as NAME=VALUE.",
                    "\"%s\" of --%s is not of the form NAME=VALUE.", text, name);
      return NULL;
    }
    g_autofree char *key = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : g_strdup (text);
    cr_json_set_string (object, key, equals != NULL ? equals + 1 : "");
  }
  return g_steal_pointer (&object);
}

static json_t *
ports (Cli *cli, GError **error)
{
  GPtrArray *values = cli_values (cli, "ports");
  g_autoptr (json_t) list = json_array ();
  for (guint i = 0; values != NULL && i < values->len; i++) {
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned (g_ptr_array_index (values, i), 10, 1, 65535, &port, NULL)) {
      cr_set_error (error, CR_ERROR_USAGE, NULL, "A port is a number from 1 to 65535, not \"%s\".",
                    (char *) g_ptr_array_index (values, i));
      return NULL;
    }
    json_array_append_new (list, json_integer ((json_int_t) port));
  }
  return g_steal_pointer (&list);
}

static gboolean
amount (Cli *cli, const char *name, double *value, GError **error)
{
  const char *text = cli_require (cli, name, error);
  char *end = NULL;
  if (text == NULL)
    return FALSE;
  *value = g_ascii_strtod (text, &end);
  if (*end == '\0' && *value > 0 && *value < 1e6)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "For example 0.5.", "--%s is a number above 0, not \"%s\".", name,
                text);
  return FALSE;
}

static gboolean
command_line (Cli *cli, char ***words, GError **error)
{
  const char *text = cli_value (cli, "command-line");
  g_autoptr (GError) problem = NULL;
  if (text == NULL || *text == '\0' || g_shell_parse_argv (text, NULL, words, &problem))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Close every quote.", "--command-line cannot be split into words: %s",
                problem->message);
  return FALSE;
}

static gboolean
add_application (Cli *cli, GError **error)
{
  SpecApplication it = { .name = cli_require (cli, "name", error), .starts = cli_flag (cli, "auto-start") };
  it.image = it.name != NULL ? cli_require (cli, "image", error) : NULL;
  if (it.image == NULL || !amount (cli, "cpu", &it.cpu, error)
      || !amount (cli, "memory", &it.memory_gb, error))
    return FALSE;
  g_auto (GStrv) words = NULL;
  g_autoptr (json_t) sources = command_line (cli, &words, error) ? pairs (cli, "datasources", TRUE, error)
                                                                 : NULL;
  g_autoptr (json_t) sinks = sources != NULL ? pairs (cli, "datasinks", TRUE, error) : NULL;
  g_autoptr (json_t) environment = sinks != NULL ? pairs (cli, "env-vars", FALSE, error) : NULL;
  g_autoptr (json_t) opened = environment != NULL ? ports (cli, error) : NULL;
  g_autoptr (json_t) specification = opened != NULL ? cli_specification (cli, error) : NULL;
  if (specification == NULL)
    return FALSE;
  const char *puller = cli_value (cli, "acr-access-identity");
  if (puller != NULL) {
    it.identity = cli_spec_identity (specification, puller, "IdentityConfigurationNotFound", error);
    if (it.identity == NULL)
      return FALSE;
  }
  it.command = words;
  it.environment = environment;
  it.datasources = sources;
  it.datasinks = sinks;
  it.ports = opened;
  json_t *application = spec_application (&it);
  spec_put (specification, "applications", json_incref (application));
  g_autofree char *text = g_strdup_printf (_ ("The application %s is in the specification."), it.name);
  return cli_specification_done (cli, specification, application, text, error);
}

#define ACCESS_OPTIONS                                                                                       \
  CLI_CONFIG_OPTION, { "datastore-name", CLI_VALUE, "NAME", N_ ("the datastore") },                          \
      { "identity", CLI_VALUE, "NAME", N_ ("with which identity (none for buckets)") },                      \
      { "name", CLI_VALUE, "NAME", N_ ("what applications call it (default: as the datastore)") },           \
      { "access-name", CLI_VALUE, "NAME", N_ ("the same") },                                                 \
      { "dek-secret-store", CLI_VALUE, "NAME", N_ ("where the wrapped key goes (CPK, CSE)") },               \
      { "kek-secret-store", CLI_VALUE, "NAME", N_ ("where the key is that wraps it (CPK, CSE)") },           \
      { "kek-name", CLI_VALUE, "NAME", N_ ("name of that key (default: one for this specification)") },      \
      { "subdirectory", CLI_VALUE, "PATH", N_ ("only this part of the container") }, CLI_DATASTORES_OPTION,  \
      CLI_SECRETSTORES_OPTION,                                                                               \
  {                                                                                                          \
    "as", CLI_VALUE, "PERSONA", N_ ("whose files of datastores and secret stores")                           \
  }
static const CliOption access_options[] = { ACCESS_OPTIONS, CLI_END };
static const CliOption sink_options[] = {
  CLI_CONFIG_OPTION,
  { "encryption-mode", CLI_VALUE, "MODE", N_ ("CPK, CSE or SSE") },
  { "storage-account", CLI_VALUE, "ID",
    N_ ("resource id or address of the storage account (default: the own one)") },
  { "identity", CLI_VALUE, "NAME", N_ ("with which identity the clean room writes") },
  { "datastore-secret-store", CLI_VALUE, "NAME", N_ ("where the key is kept (default: the own keyring)") },
  { "dek-secret-store", CLI_VALUE, "NAME", N_ ("where the wrapped key goes (CPK, CSE)") },
  { "kek-secret-store", CLI_VALUE, "NAME", N_ ("where the key is that wraps it (CPK, CSE)") },
  { "kek-name", CLI_VALUE, "NAME", N_ ("name of that key (default: one for this specification)") },
  { "container-suffix", CLI_VALUE, "TEXT", N_ ("end of the container's name") },
  CLI_DATASTORES_OPTION,
  CLI_SECRETSTORES_OPTION,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption application_options[] = {
  CLI_CONFIG_OPTION,
  { "name", CLI_VALUE, "NAME", N_ ("the application") },
  { "image", CLI_VALUE, "IMAGE", N_ ("REGISTRY/NAME@sha256:DIGEST") },
  { "command-line", CLI_VALUE, "TEXT", N_ ("the command to run, split as a shell does") },
  { "auto-start", CLI_FLAG, NULL, N_ ("start it with the clean room") },
  { "datasources", CLI_LIST, "NAME=PATH", N_ ("what it reads, and where it finds it") },
  { "datasinks", CLI_LIST, "NAME=PATH", N_ ("what it writes to, and where it finds it") },
  { "env-vars", CLI_LIST, "NAME=VALUE", N_ ("environment variables") },
  { "ports", CLI_LIST, "PORT", N_ ("ports that it listens on") },
  { "cpu", CLI_VALUE, "N", N_ ("processor cores it needs") },
  { "memory", CLI_VALUE, "GB", N_ ("memory it needs, in GB") },
  { "acr-access-identity", CLI_VALUE, "NAME", N_ ("the identity that pulls the image") },
  CLI_END,
};

const CliCommand cli_config_access_commands[] = {
  { "config add-datasource", "", N_ ("data that the clean room reads; replaces the entry of this name"),
    "cleanroom config add-datasource --cleanroom-config tdp.config --datastore-name cowin "
    "--identity tdp-identity --dek-secret-store tdp-dek-store --kek-secret-store tdp-kek-store",
    0, 0, access_options, add_datasource, TRUE },
  { "config add-datasink", "", N_ ("a place that it writes to; replaces the entry of this name"),
    "cleanroom config add-datasink --cleanroom-config tdc.config --datastore-name output "
    "--identity tdc-identity",
    0, 0, access_options, add_datasink, TRUE },
  { "config add-application", "", N_ ("what runs; replaces the entry of this name"),
    "cleanroom config add-application --cleanroom-config tdc.config --name train "
    "--image registry.example/train@sha256:DIGEST --datasources cowin=/mnt/in --datasinks output=/mnt/out "
    "--cpu 0.5 --memory 4 --auto-start",
    0, 0, application_options, add_application, TRUE },
  { "config set-logging", "", N_ ("where the application's logs go"),
    "cleanroom config set-logging --cleanroom-config tdp.config --encryption-mode SSE "
    "--identity tdp-identity --as northwind",
    0, 0, sink_options, set_logging, TRUE },
  { "config set-telemetry", "", N_ ("where the clean room's own logs and metrics go"),
    "cleanroom config set-telemetry --cleanroom-config tdp.config --encryption-mode SSE "
    "--identity tdp-identity --as northwind",
    0, 0, sink_options, set_telemetry, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
