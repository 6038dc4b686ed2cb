/* SPDX-License-Identifier: MIT
 * secretstore add|get|list: where keys and secrets lie.
 */
#include "cli/spec-files.h"

#include "base/error.h"
#include "base/file.h"

#include <string.h>

static const char *const columns[] = { "name", "secretStoreType", "storeProviderUrl", NULL };

static gboolean
add_folder (Cli *cli, SpecSecretStore *store, char **url, GError **error)
{
  const char *folder = cli_value (cli, "backingstore-path");
  const char *as = cli_value (cli, "as");
  if (folder == NULL) {
    *url = g_strconcat (SPEC_KEYRING_PREFIX, as != NULL ? as : g_get_user_name (), NULL);
    store->url = *url;
    return TRUE;
  }
  if (g_str_has_prefix (folder, SPEC_KEYRING_PREFIX)) {
    cr_set_error (error, CR_ERROR_USAGE, "Leave --backingstore-path out: the keyring is used then.",
                  "\"%s\" is not a folder.", folder);
    return FALSE;
  }
  store->url = folder;
  cli_say (_ ("Keys in this folder are plain files: whoever reads them can decrypt the data."));
  return cr_dir_make (folder, 0700, error);
}

static gboolean
add_vault (Cli *cli, SpecSecretStore *store, char **url, GError **error)
{
  gboolean releases = strcmp (store->type, SPEC_STORE_RELEASE) == 0;
  const char *given = cli_value (cli, "attestation-endpoint");
  if (!releases && given != NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Leave --attestation-endpoint out.",
                  "Only a store that releases keys has an attestation service.");
    return FALSE;
  }
  g_auto (WorkflowOpener) opener = { 0 };
  if (!cli_opener (cli, TRUE, &opener, error))
    return FALSE;
  if (releases && given == NULL) {
    const Environment *environment = workflow_context_environment (opener.context, error);
    if (environment == NULL)
      return FALSE;
    given = environment->attestation_url;
  }
  store->authority = releases ? given : NULL;
  *url = workflow_vault_url (&opener, cli_value (cli, "backingstore-id"), releases, error);
  store->url = *url;
  return *url != NULL;
}

static gboolean
add (Cli *cli, GError **error)
{
  static const char *const types[] = { SPEC_STORE_VAULT, SPEC_STORE_RELEASE, SPEC_STORE_FOLDER, NULL };
  g_autofree char *url = NULL;
  SpecSecretStore store = { .name = cli_require_either (cli, "name", "secretstore-name", error) };
  if (store.name == NULL || cli_require (cli, "backingstore-type", error) == NULL)
    return FALSE;
  store.type = cli_one_of (cli, "backingstore-type", types, error);
  if (store.type == NULL)
    return FALSE;
  g_autofree char *path = cli_secretstores_path (cli);
  g_autoptr (json_t) file = spec_load_or_new (path, SPEC_FILE_SECRETSTORES, NULL, error);
  if (file == NULL)
    return FALSE;
  json_t *known = spec_entry (file, "secretstores", store.name);
  if (known != NULL) {
    cli_say (_ ("There is an entry %s already; nothing was changed."), store.name);
    return cli_show (cli, json_incref (known), NULL);
  }
  gboolean local = strcmp (store.type, SPEC_STORE_FOLDER) == 0;
  g_autofree char *folder = g_path_get_dirname (path);
  if (!(local ? add_folder (cli, &store, &url, error) : add_vault (cli, &store, &url, error))
      || !cr_dir_make (folder, 0700, error) || !spec_secretstore_add (path, &store, NULL, error))
    return FALSE;
  return cli_show (cli, spec_secretstore_entry (&store), NULL);
}

static gboolean
get (Cli *cli, GError **error)
{
  const char *name = cli_require_either (cli, "name", "secretstore-name", error);
  g_autofree char *path = cli_secretstores_path (cli);
  return name != NULL && cli_show (cli, spec_secretstore_load (path, name, error), NULL);
}

static gboolean
list (Cli *cli, GError **error)
{
  g_autofree char *path = cli_secretstores_path (cli);
  g_autoptr (json_t) file = spec_load_or_new (path, SPEC_FILE_SECRETSTORES, NULL, error);
  return file != NULL && cli_show_list (cli, json_incref (json_object_get (file, "secretstores")), columns);
}

#define NAME_OPTIONS                                                                                         \
  { "name", CLI_VALUE, "NAME", N_ ("the secret store") },                                                    \
  {                                                                                                          \
    "secretstore-name", CLI_VALUE, "NAME", N_ ("the same")                                                   \
  }
#define FILE_OPTIONS                                                                                         \
  { "config", CLI_VALUE, "FILE", N_ ("the file of secret stores") },                                         \
      { "secretstore-config", CLI_VALUE, "FILE", N_ ("the same") },                                          \
  {                                                                                                          \
    "as", CLI_VALUE, "PERSONA", N_ ("whose it is: its own files are used, its keyring, its account")         \
  }

static const CliOption add_options[] = {
  NAME_OPTIONS,
  { "backingstore-type", CLI_VALUE, "TYPE",
    N_ ("Local_File (the keyring, or a folder), Azure_KeyVault, Azure_KeyVault_Managed_HSM") },
  { "backingstore-id", CLI_VALUE, "ID", N_ ("resource id or address of the vault (default: the own one)") },
  { "backingstore-path", CLI_VALUE, "FOLDER", N_ ("Local_File: keys as plain files there, not the keyring") },
  { "attestation-endpoint", CLI_VALUE, "URL",
    N_ ("whose word releases keys (default: that of the environment)") },
  FILE_OPTIONS,
  CLI_END,
};
static const CliOption get_options[] = { NAME_OPTIONS, FILE_OPTIONS, CLI_END };
static const CliOption list_options[] = { FILE_OPTIONS, CLI_END };

const CliCommand cli_secretstore_commands[] = {
  { "secretstore add", "", N_ ("name a place for keys and secrets"),
    "cleanroom secretstore add --name keys --backingstore-type Local_File --as northwind", 0, 0, add_options,
    add, TRUE },
  { "secretstore get", "", N_ ("one of them"), "cleanroom secretstore get --name keys --as northwind", 0, 0,
    get_options, get, FALSE },
  { "secretstore list", "", N_ ("all of them"), "cleanroom secretstore list --as northwind", 0, 0,
    list_options, list, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
