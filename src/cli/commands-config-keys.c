/* SPDX-License-Identifier: MIT
 * config create-kek|wrap-deks|wrap-secret: the keys that only the agreed clean room gets.
 */
#include "cli/spec-files.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

/* The host data of the policy that the members of the contract agreed upon. Gives. */
static char *
agreed (Cli *cli, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL ? workflow_agreed_host_data (cli_job (cli), client, contract, error) : NULL;
}

/* The same from --cleanroom-policy: the policy as the ledger shows it, in base64. Gives. */
static char *
given (Cli *cli, GError **error)
{
  const char *text = cli_value (cli, "cleanroom-policy");
  g_autoptr (GBytes) bytes = cr_base64_decode (text, "--cleanroom-policy", error);
  g_autoptr (json_t) policy = bytes != NULL ? cr_json_parse_bytes (bytes, "--cleanroom-policy", error) : NULL;
  const char *value = policy != NULL ? workflow_policy_host_data (policy) : NULL;
  if (policy != NULL && value == NULL)
    cr_set_error (error, CR_ERROR_INPUT,
                  "Take it from: cleanroom governance deployment policy show --json, in base64.",
                  "The policy names no host data of a clean room.");
  return g_strdup (value);
}

/* The clean room of this machine is nobody's hardware anyway. */
static void
warn_about (const WorkflowOpener *opener, const char *host_data)
{
  const Environment *environment = workflow_context_environment (opener->context, NULL);
  if (g_strcmp0 (host_data, CLI_ALLOW_ALL_HOST_DATA) == 0 && environment != NULL
      && environment->kind != ENVIRONMENT_SANDBOX)
    cli_say (_ ("The agreed policy lets everything run: whatever is started there gets these keys."));
}

/* The wrapped keys as a table. */
static gboolean
show_wrapped (Cli *cli, json_t *done)
{
  static const char *const columns[] = { "datastore", "secret", "vault", NULL };
  static const char *const kek_columns[] = { "name", "vault", "made", NULL };
  g_autoptr (json_t) owned = done;
  json_t *keks = json_object_get (owned, "keks"), *deks = json_object_get (owned, "deks");
  if (cli_json (cli) || json_array_size (keks) == 0)
    return cli_json (cli) ? cli_show (cli, json_incref (owned), NULL) : TRUE;
  return cli_show (cli, json_incref (keks), kek_columns)
         && (json_array_size (deks) == 0 || cli_show (cli, json_incref (deks), columns));
}

static gboolean
wrap (Cli *cli, const char *host_data, gboolean keks_only, GError **error)
{
  g_autoptr (json_t) specification = cli_specification (cli, error);
  g_auto (WorkflowOpener) opener = { 0 };
  if (specification == NULL || !cli_opener (cli, TRUE, &opener, error))
    return FALSE;
  g_autofree char *datastores = cli_datastores_path (cli), *secretstores = cli_secretstores_path (cli);
  const WorkflowEnvelope envelope = { .specification = specification,
                                      .datastores = datastores,
                                      .secretstores = secretstores,
                                      .host_data = host_data,
                                      .keks_only = keks_only };
  warn_about (&opener, host_data);
  json_t *done = workflow_wrap_keys (&opener, &envelope, error);
  if (done == NULL)
    return FALSE;
  if (json_array_size (json_object_get (done, "keks")) == 0)
    cli_say (_ ("Nothing in the specification is encrypted with a key of its own (CPK, CSE)."));
  return show_wrapped (cli, done);
}

static gboolean
create_kek (Cli *cli, GError **error)
{
  g_autofree char *host_data = cli_value (cli, "cleanroom-policy") != NULL ? given (cli, error)
                                                                           : agreed (cli, error);
  return host_data != NULL && wrap (cli, host_data, TRUE, error);
}

static gboolean
wrap_deks (Cli *cli, GError **error)
{
  if (cli_flag (cli, "existing-kek"))
    return wrap (cli, NULL, FALSE, error);
  g_autofree char *host_data = agreed (cli, error);
  return host_data != NULL && wrap (cli, host_data, FALSE, error);
}

/* --- any other secret --- */

/* Wrap VALUE with the KEK of STORE and put it into the vault at URL. Gives what unwraps it. */
static json_t *
wrap_value (const WorkflowOpener *opener, const json_t *store, const char *kek_name, const char *host_data,
            const char *url, const char *name, const char *value, GError **error)
{
  const char *kek_url = cr_json_peek_string (store, "storeProviderUrl");
  g_autofree char *authority = spec_secretstore_authority (store);
  if (!spec_secretstore_holds (store, "Key") || authority == NULL) {
    cr_set_named_error (error, CR_ERROR_INPUT, "UnsupportedKekSecretStore",
                        "Use a secret store of the type Azure_KeyVault_Managed_HSM.",
                        "The secret store %s cannot release keys.", cr_json_peek_string (store, "name"));
    return NULL;
  }
  const char *const hosts[] = { host_data, NULL };
  g_autoptr (json_t) policy = vault_release_policy (authority, hosts);
  g_autoptr (VaultClient) keys = workflow_context_vault (opener->context, kek_url, error);
  g_autoptr (VaultClient) secrets = keys != NULL ? workflow_context_vault (opener->context, url, error)
                                                 : NULL;
  g_autoptr (EVP_PKEY) kek = secrets != NULL
                                 ? vault_kek_ensure (keys, opener->job, kek_name, policy, NULL, error)
                                 : NULL;
  g_autoptr (GBytes) bytes = cr_secret_new (value, strlen (value));
  if (kek == NULL || !vault_wrap (secrets, opener->job, name, kek, bytes, error))
    return NULL;
  return json_pack ("{s:s, s:s, s:{s:s, s:s, s:s}}", "kid", name, "akvEndpoint", url, "kek", "kid", kek_name,
                    "akvEndpoint", kek_url, "maaEndpoint", authority);
}

static gboolean
wrap_secret (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  const char *store_name = name != NULL ? cli_require (cli, "kek-secretstore-name", error) : NULL;
  const char *path = store_name != NULL ? cli_require (cli, "cleanroom-config", error) : NULL;
  g_auto (CrSecretText) value = path != NULL ? cli_secret_value (cli, error) : NULL;
  g_autofree char *secretstores = cli_secretstores_path (cli);
  g_autoptr (json_t) store = value != NULL ? spec_secretstore_load (secretstores, store_name, error) : NULL;
  g_auto (WorkflowOpener) opener = { 0 };
  if (store == NULL || !cli_opener (cli, TRUE, &opener, error))
    return FALSE;
  g_autofree char *host_data = agreed (cli, error);
  g_autofree char *url = host_data != NULL
                             ? workflow_vault_url (&opener, cli_value (cli, "secret-key-vault"), FALSE, error)
                             : NULL;
  if (url == NULL)
    return FALSE;
  warn_about (&opener, host_data);
  /* A key of its own: the name differs from the one that wraps the DEKs. */
  g_autofree char *other = g_strconcat (path, "-1", NULL);
  const char *chosen = cli_value (cli, "kek-name");
  g_autofree char *kek = chosen != NULL ? g_strdup (chosen) : spec_kek_name (other);
  return cli_show (cli, wrap_value (&opener, store, kek, host_data, url, name, value, error), NULL);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)")                  \
  }
static const CliOption kek_options[] = {
  CLI_CONFIG_OPTION,
  CONTRACT,
  { "cleanroom-policy", CLI_VALUE, "BASE64", N_ ("the agreed policy (default: asked from the ledger)") },
  CLI_SECRETSTORES_OPTION,
  CLI_DATASTORES_OPTION,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption wrap_options[] = {
  CLI_CONFIG_OPTION,
  CONTRACT,
  { "existing-kek", CLI_FLAG, NULL, N_ ("use the wrapping keys that are in the vault; make none") },
  CLI_SECRETSTORES_OPTION,
  CLI_DATASTORES_OPTION,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption secret_options[] = {
  CLI_CONFIG_OPTION,
  CONTRACT,
  { "name", CLI_VALUE, "NAME", N_ ("name of the secret in the vault") },
  { "value-file", CLI_VALUE, "FILE", N_ ("file with its value") },
  { "value", CLI_VALUE, "TEXT", N_ ("its value, or @FILE") },
  { "kek-secretstore-name", CLI_VALUE, "NAME", N_ ("where the key is that wraps it") },
  { "kek-name", CLI_VALUE, "NAME", N_ ("name of that key") },
  { "secret-key-vault", CLI_VALUE, "ID", N_ ("the vault for the secret (default: the own one)") },
  CLI_SECRETSTORES_OPTION,
  CLI_AS_OPTIONS,
  CLI_END,
};

const CliCommand cli_config_keys_commands[] = {
  { "config create-kek", "", N_ ("make the keys that wrap others; only the agreed clean room gets them"),
    "cleanroom config create-kek --cleanroom-config northwind.config --as northwind", 0, 0, kek_options,
    create_kek, TRUE },
  { "config wrap-deks", "", N_ ("wrap the keys of all its data for the agreed clean room"),
    "cleanroom config wrap-deks --cleanroom-config northwind.config --as northwind", 0, 0, wrap_options,
    wrap_deks, TRUE },
  { "config wrap-secret", "", N_ ("wrap any other secret for it"),
    "cleanroom config wrap-secret --cleanroom-config northwind.config --name db --value-file FILE "
    "--kek-secretstore-name northwind-kek-store --as northwind",
    0, 0, secret_options, wrap_secret, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
