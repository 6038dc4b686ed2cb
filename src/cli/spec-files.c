/* SPDX-License-Identifier: MIT
 * Files and openers of the commands config, datastore and secretstore (spec-files.h).
 */
#include "cli/spec-files.h"

#include "base/error.h"
#include "base/file.h"
#include "workflow/state.h"

#include <string.h>

const char *
cli_either (Cli *cli, const char *name, const char *other)
{
  const char *value = cli_value (cli, name);
  return value != NULL ? value : cli_value (cli, other);
}

const char *
cli_require_either (Cli *cli, const char *name, const char *other, GError **error)
{
  const char *value = cli_value (cli, other);
  return value != NULL && *value != '\0' ? value : cli_require (cli, name, error);
}

const char *
cli_one_of (Cli *cli, const char *name, const char *const *words, GError **error)
{
  const char *value = cli_value (cli, name);
  for (const char *const *word = words; value != NULL && *word != NULL; word++)
    if (g_ascii_strcasecmp (*word, value) == 0)
      return *word;
  if (value != NULL) {
    g_autofree char *all = g_strjoinv (", ", (char **) (gsize) words);
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s is one of: %s.", name, all);
  }
  return NULL;
}

/* --- files --- */

/* The persona whose private folder is meant; NULL when nobody is named. */
static const char *
persona_of (Cli *cli)
{
  return cli_either (cli, "as", "governance-client");
}

/* NAME of a persona in the environment in use; in the state folder while that is not known. Gives. */
static char *
in_private (Cli *cli, const char *persona, const char *name)
{
  const char *folder = cli_work_dir (cli, NULL);
  return g_build_filename (folder != NULL ? folder : cli_state_dir (cli), persona, "private", name, NULL);
}

static char *
default_path (Cli *cli, const char *variable, const char *own, const char *theirs)
{
  const char *given = g_getenv (variable);
  if (given != NULL && *given != '\0')
    return g_strdup (given);
  if (persona_of (cli) != NULL)
    return in_private (cli, persona_of (cli), own);
  const char *folder = g_getenv ("AZURE_CONFIG_DIR");
  return folder != NULL && *folder != '\0'
             ? g_build_filename (folder, "cleanroom", theirs, NULL)
             : g_build_filename (g_get_home_dir (), ".azure", "cleanroom", theirs, NULL);
}

char *
cli_datastores_path (Cli *cli)
{
  gboolean own = g_str_has_prefix (cli_command_path (cli), "datastore ");
  const char *given = cli_value (cli, "datastore-config");
  if (given == NULL && own)
    given = cli_either (cli, "config", "datastore-config-file");
  return given != NULL
             ? g_strdup (given)
             : default_path (cli, "CLEANROOM_DATASTORE_CONFIG_FILE", "datastores.config", "datastores.yaml");
}

char *
cli_secretstores_path (Cli *cli)
{
  gboolean own = g_str_has_prefix (cli_command_path (cli), "secretstore ");
  const char *given = cli_either (cli, "secretstore-config", "secretstore-config-file");
  if (given == NULL && own)
    given = cli_value (cli, "config");
  return given != NULL ? g_strdup (given)
                       : default_path (cli, "CLEANROOM_SECRETSTORE_CONFIG_FILE", "secretstores.config",
                                       "secretstores.yaml");
}

void
cli_say_findings (const GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++) {
    const SpecFinding *finding = g_ptr_array_index (findings, i);
    g_autofree char *text = spec_finding_text (finding);
    cli_say (finding->error ? _ ("error: %s") : _ ("warning: %s"), text);
  }
}

json_t *
cli_specification (Cli *cli, GError **error)
{
  const char *path = cli_require (cli, "cleanroom-config", error);
  g_autoptr (GPtrArray) warnings = spec_findings_new ();
  json_t *specification = path != NULL ? spec_load (path, SPEC_FILE_SPECIFICATION, warnings, error) : NULL;
  if (specification != NULL)
    cli_say_findings (warnings);
  return specification;
}

gboolean
cli_specification_done (Cli *cli, json_t *specification, json_t *entry, const char *text, GError **error)
{
  g_autoptr (json_t) owned = entry;
  const char *path = cli_value (cli, "cleanroom-config");
  if (!spec_save (path, SPEC_FILE_SPECIFICATION, specification, error))
    return FALSE;
  if (cli_json (cli) && owned != NULL)
    cli_out_json (json_incref (owned));
  else
    cli_say ("%s", text);
  return TRUE;
}

json_t *
cli_spec_identity (json_t *specification, const char *name, const char *code, GError **error)
{
  json_t *identity = spec_entry (specification, "identities", name);
  if (identity != NULL)
    return identity;
  cr_set_named_error (error, CR_ERROR_INPUT, code, "Add it first: cleanroom config add-identity.",
                      "There is no identity %s in the specification.", name);
  return NULL;
}

/* --- who opens --- */

gboolean
cli_opener (Cli *cli, gboolean vault, WorkflowOpener *opener, GError **error)
{
  opener->job = cli_job (cli);
  if (vault) {
    opener->context = cli_context (cli, error);
    return opener->context != NULL;
  }
  opener->keys = cli_key_store (cli, error);
  opener->collaboration = opener->keys != NULL ? cli_collaboration (cli, error) : NULL;
  return opener->collaboration != NULL;
}

void
cli_opener_clear (WorkflowOpener *opener)
{
  g_free ((gpointer) (gsize) opener->collaboration);
  opener->collaboration = NULL;
}

/* --- new datastores --- */

/* A key is kept in the own keyring unless a store is named; the entry of the keyring is written when it is
 * new. */
static gboolean
choose_keeper (Cli *cli, const CliNewDatastore *wanted, char **name, GError **error)
{
  if (wanted->secretstore != NULL && *wanted->secretstore != '\0') {
    *name = g_strdup (wanted->secretstore);
    g_autoptr (json_t) known = spec_secretstore_load (wanted->secretstores, *name, error);
    return known != NULL;
  }
  const char *persona = persona_of (cli) != NULL ? persona_of (cli) : g_get_user_name ();
  *name = g_strconcat (persona, "-local-store", NULL);
  g_autofree char *url = g_strconcat (SPEC_KEYRING_PREFIX, persona, NULL);
  g_autofree char *folder = g_path_get_dirname (wanted->secretstores);
  const SpecSecretStore store = { .name = *name, .type = SPEC_STORE_FOLDER, .url = url };
  return cr_dir_make (folder, 0700, error)
         && spec_secretstore_add (wanted->secretstores, &store, NULL, error);
}

/* The address of the service. Gives. */
static char *
service_url (const WorkflowOpener *opener, const CliNewDatastore *wanted, GError **error)
{
  if (g_str_equal (wanted->type, "Aws_S3")) {
    if (wanted->account != NULL)
      return g_strdup (wanted->account);
    const Environment *environment = workflow_context_environment (opener->context, error);
    return environment != NULL ? g_strdup (environment->s3_url) : NULL;
  }
  if (!g_str_equal (wanted->type, "Azure_OneLake"))
    return workflow_blob_url (opener, wanted->account, error);
  if (wanted->account == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Say --backingstore-id URL.", "The address in OneLake is missing.");
  return g_strdup (wanted->account);
}

gboolean
cli_datastore_make (Cli *cli, const CliNewDatastore *wanted, gboolean *added, GError **error)
{
  g_autofree char *keeper = NULL;
  gboolean keyed = strcmp (wanted->mode, "SSE") != 0;
  SpecDatastore store = { .name = wanted->name,
                          .type = wanted->type,
                          .mode = wanted->mode,
                          .url = "",
                          .place = wanted->place != NULL ? wanted->place : wanted->name,
                          .secret_id = wanted->secret_id,
                          .secretstore_file = keyed ? wanted->secretstores : NULL,
                          .secretstore = keyed ? "checked below" : NULL,
                          .schema = wanted->schema };
  if (!spec_datastore_check (&store, error))
    return FALSE;
  g_auto (WorkflowOpener) opener = { 0 };
  g_autofree char *folder = g_path_get_dirname (wanted->datastores);
  if (!cli_opener (cli, TRUE, &opener, error) || !cr_dir_make (folder, 0700, error)
      || (keyed && !choose_keeper (cli, wanted, &keeper, error)))
    return FALSE;
  g_autofree char *url = service_url (&opener, wanted, error);
  if (url == NULL)
    return FALSE;
  store.url = url;
  store.secretstore = keeper;
  if (strcmp (wanted->type, "Azure_OneLake") == 0)
    store.place = "";
  return workflow_datastore_add (&opener, wanted->datastores, &store, wanted->bucket, added, error);
}
