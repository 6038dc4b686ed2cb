/* SPDX-License-Identifier: MIT
 * governance deployment and governance contract secret: what runs under a contract, and what it is given.
 */
#include "cli/deployment.h"
#include "cli/network.h"
#include "cli/show.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "cgs/cgs.h"
#include "base/translate.h"

#include <string.h>

#define SECRET_MAX_BYTES (256u * 1024)

typedef json_t *(*ContractRead) (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
typedef json_t *(*ContractPropose) (CrJob *job, CcfClient *client, const char *contract_id,
                                    const json_t *data, GError **error);

static gboolean
show_read (Cli *cli, ContractRead read, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, read (cli_job (cli), client, contract, error), NULL);
}

/* DATA is taken. */
static gboolean
show_propose (Cli *cli, ContractPropose propose, json_t *data, GError **error)
{
  g_autoptr (json_t) owned = data;
  g_autofree char *contract = owned != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, propose (cli_job (cli), client, contract, owned, error), NULL);
}

/* ---- generate ---- */

static gboolean
policy_option (Cli *cli, const char **option, GError **error)
{
  const char *given = cli_value (cli, "security-policy-creation-option");
  gboolean debug = g_strcmp0 (given, "cached-debug") == 0, all = g_strcmp0 (given, "allow-all") == 0;
  *option = debug ? "cachedDebug" : all ? "allowAll" : "cached";
  if (given == NULL || debug || all || strcmp (given, "cached") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, NULL,
                "--security-policy-creation-option is one of: cached, cached-debug, allow-all.");
  return FALSE;
}

/* An accepted contract of the analytics workload (*ANALYTICS) says all that its deployment needs; others
 * need what the packing of their application made. */
static gboolean
check_contract (Cli *cli, CcfClient *client, const char *id, gboolean allow_all, gboolean *analytics,
                GError **error)
{
  g_autoptr (json_t) contract = cgs_contract_show (cli_job (cli), client, id, error);
  if (contract == NULL)
    return FALSE;
  const char *data = cr_json_peek_string (contract, "data");
  g_autoptr (json_t) agreed = data != NULL ? cr_json_parse (data, strlen (data), "the contract", NULL) : NULL;
  if (g_strcmp0 (cr_json_peek_string (contract, "state"), "Accepted") != 0)
    cr_set_error (error, CR_ERROR_REFUSED, "Let its members vote first: cleanroom governance contract vote.",
                  "The contract %s is not accepted yet.", id);
  else if ((*analytics = cr_json_peek_string (agreed, "ccrgovApiPathPrefix") != NULL) && allow_all)
    cr_set_error (error, CR_ERROR_USAGE, NULL,
                  "The analytics workload has a policy: allow-all is not for it.");
  else if (!*analytics && !allow_all && cli_value (cli, "template-file") == NULL)
    cr_set_error (
        error, CR_ERROR_INPUT,
        "Pack its application and give the container group template with its policy: --template-file "
        "FILE. To try things out: --security-policy-creation-option allow-all.",
        "The contract %s does not describe the analytics workload, whose images are known here.", id);
  else
    return TRUE;
  return FALSE;
}

static gboolean
write_generated (const char *folder, const char *name, json_t *value, json_t *files, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  json_array_append_new (files, json_string (path));
  return cr_json_save (value, path, 0644, error);
}

static gboolean
write_policy (const char *folder, const json_t *generated, json_t *files, GError **error)
{
  const char *text = cr_json_get_string (json_object_get (generated, "ccePolicy"), "value",
                                         "the policy of the clean room", error);
  g_autoptr (GBytes) rego = text != NULL ? cr_base64_decode (text, "the policy of the clean room", error)
                                         : NULL;
  if (rego == NULL)
    return FALSE;
  g_autofree char *path = g_build_filename (folder, "analytics-workload.cce-policy.rego", NULL);
  json_array_append_new (files, json_string (path));
  return cr_file_write (path, g_bytes_get_data (rego, NULL), (gssize) g_bytes_get_size (rego), 0644, error);
}

static gboolean
generate (Cli *cli, GError **error)
{
  const char *folder = cli_require (cli, "output-dir", error), *option = NULL;
  g_autofree char *contract = folder != NULL && policy_option (cli, &option, error)
                                  ? cli_contract_id (cli, error)
                                  : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  gboolean analytics = FALSE, allow_all = g_strcmp0 (option, "allowAll") == 0;
  if (client == NULL || !check_contract (cli, client, contract, allow_all, &analytics, error))
    return FALSE;
  if (!analytics)
    return cli_generate_packed (cli, folder, allow_all, error);
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  g_autofree char *url = g_strdup_printf ("%s/app/contracts/%s", ccf_client_endpoint (client), contract);
  g_autoptr (json_t) generated = provider != NULL
                                     ? provider_generate_deployment (provider->client, cli_job (cli), url,
                                                                     ccf_client_service_certificate (client),
                                                                     option, error)
                                     : NULL;
  g_autoptr (json_t) files = json_array ();
  if (generated == NULL || !cr_dir_make (folder, 0755, error)
      || !write_generated (folder, "analytics-workload.deployment-template.json",
                           json_object_get (generated, "deploymentTemplate"), files, error)
      || !write_generated (folder, "analytics-workload.governance-policy.json",
                           json_object_get (generated, "governancePolicy"), files, error)
      || !write_generated (folder, "analytics-workload.cce-policy.json",
                           json_object_get (generated, "ccePolicy"), files, error)
      || !write_policy (folder, generated, files, error))
    return FALSE;
  return cli_show (cli, json_pack ("{s:O}", "files", files), NULL);
}

/* ---- template, information, policy ---- */

static gboolean
template_show (Cli *cli, GError **error)
{
  return show_read (cli, cgs_deployment_spec_show, error);
}

static gboolean
template_propose (Cli *cli, GError **error)
{
  const char *file = cli_require (cli, "template-file", error);
  return file != NULL && show_propose (cli, cgs_deployment_spec_propose, cr_json_load (file, error), error);
}

static gboolean
information_show (Cli *cli, GError **error)
{
  return show_read (cli, cgs_deployment_info_show, error);
}

static gboolean
information_propose (Cli *cli, GError **error)
{
  return show_propose (cli, cgs_deployment_info_propose,
                       cli_json_value (cli, "deployment-information", error), error);
}

static gboolean
policy_show (Cli *cli, GError **error)
{
  return show_read (cli, cgs_policy_show, error);
}

static json_t *
policy_file (Cli *cli, GError **error)
{
  const char *file = cli_value (cli, "policy-file");
  if ((file != NULL) == cli_flag (cli, "allow-all")) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "Give either --policy-file FILE or --allow-all.");
    return NULL;
  }
  if (file != NULL)
    return cr_json_load (file, error);
  return json_pack ("{s:s,s:s,s:{s:b,s:s}}", "type", "add", "policyType", "snp-caci", "claims",
                    "x-ms-sevsnpvm-is-debuggable", 0, "x-ms-sevsnpvm-hostdata", CLI_ALLOW_ALL_HOST_DATA);
}

static gboolean
policy_propose (Cli *cli, GError **error)
{
  g_autoptr (json_t) policy = policy_file (cli, error);
  g_autofree char *contract = policy != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli,
                      cgs_policy_propose (cli_job (cli), client, contract,
                                          cr_json_peek_string (policy, "type"),
                                          cr_json_peek_string (policy, "policyType"),
                                          json_object_get (policy, "claims"), error),
                      NULL);
}

static gboolean
delegate_list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "delegateType", "delegateId", NULL };
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show_list (cli, cgs_delegates_list (cli_job (cli), client, contract, error), columns);
}

static gboolean
delegate_show (Cli *cli, GError **error)
{
  const char *type = cli_require (cli, "type", error);
  const char *id = type != NULL ? cli_require (cli, "id", error) : NULL;
  g_autofree char *contract = id != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_delegate_show (cli_job (cli), client, contract, type, id, error), NULL);
}

/* ---- secrets ---- */

CrSecretText
cli_secret_value (Cli *cli, GError **error)
{
  const char *file = cli_value (cli, "value-file"), *value = cli_value (cli, "value");
  if ((file != NULL) == (value != NULL)) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Prefer the file: what stands on a command line can be seen by other users.",
                  "Give either --value-file FILE or --value TEXT.");
    return NULL;
  }
  if (value != NULL && *value != '@')
    return cr_secret_text_new (value, -1);
  g_autoptr (GBytes) bytes = cr_file_read_secret (file != NULL ? file : value + 1, SECRET_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  if (length > 0 && text[length - 1] == '\n')
    length--;
  return cr_secret_text_new (text != NULL ? text : "", (gssize) length);
}

static gboolean
secret_set (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "secret-name", error);
  g_auto (CrSecretText) value = name != NULL ? cli_secret_value (cli, error) : NULL;
  g_autofree char *contract = value != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  g_autofree char *id = client != NULL ? cgs_secret_put (cli_job (cli), client, contract, name, value, error)
                                       : NULL;
  return id != NULL && cli_show (cli, json_pack ("{s:s}", "secretId", id), NULL);
}

static gboolean
secret_list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "secretId", NULL };
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show_list (cli, cgs_secret_list (cli_job (cli), client, contract, error), columns);
}

/* The service keeps it among the delegated policies; the older path of its own is gone there. */
static gboolean
secret_policy (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "secret-name", error);
  g_autofree char *contract = id != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_delegate_show (cli_job (cli), client, contract, "secrets", id, error), NULL);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)")                  \
  }

static const CliOption contract_options[] = { CONTRACT, CLI_WHO_OPTIONS, CLI_END };
static const CliOption generate_options[] = {
  { "output-dir", CLI_VALUE, "FOLDER", N_ ("where template and policies are written; made when absent") },
  { "security-policy-creation-option", CLI_VALUE, "WORD",
    N_ ("cached (default), cached-debug or allow-all") },
  { "template-file", CLI_VALUE, "FILE",
    N_ ("template of the packed application, for other than the analytics workload") },
  { "provider-client", CLI_VALUE, "NAME", N_ ("environment that names the provider (default: --env)") },
  { "provider-config", CLI_VALUE, "JSON|FILE", N_ ("what the provider needs to know of its cloud") },
  { "infra-type", CLI_VALUE, "WORD", N_ ("caci (default) or virtual") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption template_options[] = { { "template-file", CLI_VALUE, "FILE",
                                                N_ ("JSON of what is deployed") },
                                              CONTRACT,
                                              CLI_PROPOSE_OPTIONS,
                                              CLI_END };
static const CliOption information_options[] = {
  { "deployment-information", CLI_VALUE, "JSON|@FILE", N_ ("where the clean room can be reached") },
  CONTRACT,
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption policy_options[] = {
  { "policy-file", CLI_VALUE, "FILE", N_ ("{\"type\":\"add\",\"policyType\":\"snp-caci\",\"claims\":{..}}") },
  { "allow-all", CLI_FLAG, NULL, N_ ("let everything run (insecure, for trying things out)") },
  CONTRACT,
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption delegate_options[] = {
  { "type", CLI_VALUE, "TYPE", N_ ("secrets, events, oauth-federation-subjects, podpolicies or ca") },
  { "id", CLI_VALUE, "ID", N_ ("what of it: a secret id, writer, a subject, admin or endorsed-cert") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption set_options[] = {
  { "secret-name", CLI_VALUE, "NAME", N_ ("what it is called") },
  { "value-file", CLI_VALUE, "FILE", N_ ("holds the secret; one final line feed is left out") },
  { "value", CLI_VALUE, "TEXT|@FILE", N_ ("the secret itself, which other users of the machine could see") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption secret_policy_options[] = { { "secret-name", CLI_VALUE, "ID",
                                                     N_ ("the secret id that set has given") },
                                                   CONTRACT,
                                                   CLI_WHO_OPTIONS,
                                                   CLI_END };

const CliCommand cli_deployment_commands[] = {
  { "governance deployment generate", "", N_ ("template and policies of the analytics workload, to propose"),
    "cleanroom governance deployment generate --output-dir deployments --as operator", 0, 0, generate_options,
    generate, TRUE },
  { "governance deployment template show", "", N_ ("what is deployed under a contract, and open proposals"),
    "cleanroom governance deployment template show --as northwind", 0, 0, contract_options, template_show,
    FALSE },
  { "governance deployment template propose", "", N_ ("propose what is deployed"),
    "cleanroom governance deployment template propose --template-file t.json --contract-id c1 --env trials --as tdp",
    0, 0, template_options, template_propose, TRUE },
  { "governance deployment information show", "", N_ ("where the clean room runs"),
    "cleanroom governance deployment information show --as northwind", 0, 0, contract_options,
    information_show, FALSE },
  { "governance deployment information propose", "", N_ ("propose where it can be reached"),
    "cleanroom governance deployment information propose --deployment-information @info.json --contract-id c1 --env trials --as tdp",
    0, 0, information_options, information_propose, TRUE },
  { "governance deployment policy show", "", N_ ("what the clean room must prove"),
    "cleanroom governance deployment policy show --as northwind", 0, 0, contract_options, policy_show,
    FALSE },
  { "governance deployment policy propose", "", N_ ("propose what it must prove"),
    "cleanroom governance deployment policy propose --policy-file p.json --contract-id c1 --env trials --as tdp",
    0, 0, policy_options, policy_propose, TRUE },
  { "governance deployment policy delegate list", "", N_ ("policies that the clean room added for others"),
    "cleanroom governance deployment policy delegate list --contract-id c1 --env trials --as tdp", 0, 0,
    contract_options, delegate_list, FALSE },
  { "governance deployment policy delegate show", "", N_ ("one of them"),
    "cleanroom governance deployment policy delegate show --type events --id writer --contract-id c1 --env trials --as tdp",
    0, 0, delegate_options, delegate_show, FALSE },
  { "governance contract secret set", "", N_ ("store a secret that only the clean room can read"),
    "cleanroom governance contract secret set --secret-name wrapped-key --value-file key.txt --contract-id c1 --as northwind",
    0, 0, set_options, secret_set, TRUE },
  { "governance contract secret list", "", N_ ("ids of the secrets, never their values"),
    "cleanroom governance contract secret list --contract-id c1 --as northwind", 0, 0, contract_options,
    secret_list, FALSE },
  { "governance contract secret get-cleanroom-policy", "", N_ ("which other clean rooms may read a secret"),
    "cleanroom governance contract secret get-cleanroom-policy --secret-name ID --contract-id c1 --as northwind",
    0, 0, secret_policy_options, secret_policy, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
