/* SPDX-License-Identifier: MIT
 * governance service|network|runtime-option|oidc-issuer|signing|ca: the governance service as a whole.
 */
#include "cli/network.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cgs/cgs.h"
#include "workflow/state.h"

#include <string.h>

#define CONSTITUTION_MAX (1024u * 1024)

typedef json_t *(*ServiceCall) (CrJob *job, CcfClient *client, GError **error);
typedef json_t *(*ContractCall) (CrJob *job, CcfClient *client, const char *contract_id, GError **error);

static gboolean
show_call (Cli *cli, ServiceCall call, GError **error)
{
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL && cli_show (cli, call (cli_job (cli), client, error), NULL);
}

static gboolean
show_contract_call (Cli *cli, ContractCall call, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, call (cli_job (cli), client, contract, error), NULL);
}

/* ---- service ---- */

/* Digests of releases that were published without a manifest; of each kind the newest comes last. */
static const struct {
  const char *digest, *version;
  gboolean constitution;
} known[] = {
  { "sha256:d1e339962fca8d92fe543617c89bb69127dd075feb3599d8a7c71938a0a6a29f", "1.0.6", TRUE },
  { "sha256:6b5961db2f6c0c9b0a1a640146dceac20e816225b29925891ecbb4b8e0aa9d02", "1.0.8", TRUE },
  { "sha256:01043eb27af3faa8f76c1ef3f95e516dcc0b2b78c71302a878ed968da62967b1", "1.0.6", FALSE },
  { "sha256:d42383b4a2d6c88c68cb1114e71da6ad0aa724e90297d1ad82db6206eb6fd417", "1.0.8", FALSE },
};

static const char *
known_version (const char *digest, gboolean constitution)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].constitution == constitution && strcmp (known[i].digest, digest) == 0)
      return known[i].version;
  return NULL;
}

/* A later release of the same kind than the one with DIGEST; NULL when there is none, or DIGEST is of no
 * release. */
static const char *
newer_version (const char *digest, gboolean constitution)
{
  const char *present = digest != NULL ? known_version (digest, constitution) : NULL;
  const char *newest = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].constitution == constitution)
      newest = known[i].version;
  return present != NULL && strcmp (present, newest) != 0 ? newest : NULL;
}

static json_t *
version_part (const char *digest, gboolean constitution)
{
  const char *version = digest != NULL ? known_version (digest, constitution) : NULL;
  g_autofree char *folder = version == NULL
                                ? workflow_data_dir ("personas", "governance/constitution.js", NULL)
                                : NULL;
  g_autofree char *files = folder != NULL ? g_build_filename (folder, "governance", NULL) : NULL;
  g_autofree char *own_constitution = NULL, *own_bundle = NULL;
  if (files != NULL && cgs_files_digests (files, &own_constitution, &own_bundle, NULL)
      && g_strcmp0 (constitution ? own_constitution : own_bundle, digest) == 0)
    version = PACKAGE_VERSION;
  return json_pack ("{s:s?,s:s?}", "digest", digest, "version", version);
}

static gboolean
service_version (Cli *cli, GError **error)
{
  CcfClient *client = cli_ccf (cli, error);
  g_autoptr (json_t) digests = client != NULL ? cgs_service_version (cli_job (cli), client, error) : NULL;
  if (digests == NULL)
    return FALSE;
  json_t *value = json_object ();
  cr_json_set (value, "constitution",
               version_part (cr_json_peek_string (digests, "constitutionDigest"), TRUE));
  cr_json_set (value, "jsapp", version_part (cr_json_peek_string (digests, "jsappBundleDigest"), FALSE));
  return cli_show (cli, value, NULL);
}

static void
add_part (json_t *value, const char *digest, gboolean constitution)
{
  const char *name = constitution ? "constitutionVersion" : "jsappVersion";
  const char *newer = newer_version (digest, constitution);
  g_autoptr (json_t) part = version_part (digest, constitution);
  json_object_set (value, name, json_object_get (part, "version"));
  if (newer != NULL)
    json_array_append_new (json_object_get (value, "upgrades"), json_pack ("{s:s}", name, newer));
}

/* Against the releases that this program knows of: no registry is asked. */
static gboolean
service_upgrades (Cli *cli, GError **error)
{
  CcfClient *client = cli_ccf (cli, error);
  g_autoptr (json_t) digests = client != NULL ? cgs_service_version (cli_job (cli), client, error) : NULL;
  if (digests == NULL)
    return FALSE;
  json_t *value = json_pack ("{s:n,s:n,s:[]}", "constitutionVersion", "jsappVersion", "upgrades");
  add_part (value, cr_json_peek_string (digests, "constitutionDigest"), TRUE);
  add_part (value, cr_json_peek_string (digests, "jsappBundleDigest"), FALSE);
  return cli_show (cli, value, NULL);
}

/* --folder, or what this package brings. Gives. */
static char *
service_folder (Cli *cli, GError **error)
{
  const char *given = cli_value (cli, "folder");
  if (given != NULL)
    return g_strdup (given);
  g_autofree char *personas = workflow_data_dir ("personas", "governance/constitution.js", error);
  return personas != NULL ? g_build_filename (personas, "governance", NULL) : NULL;
}

static gboolean
service_deploy (Cli *cli, GError **error)
{
  g_autofree char *folder = service_folder (cli, error);
  CcfClient *client = folder != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL || !cgs_service_deploy_files (cli_job (cli), client, folder, error))
    return FALSE;
  cli_say (_ ("Constitution, application and token issuer are in place."));
  return service_version (cli, error);
}

/* An upgrade is refused while another one of its kind is open: the digests would change twice. */
static gboolean
propose_upgrade (Cli *cli, CcfClient *client, const char *action, json_t *args, GError **error)
{
  g_autoptr (json_t) owned = args;
  g_autoptr (json_t) open = cgs_service_updates (cli_job (cli), client, error);
  if (open == NULL)
    return FALSE;
  size_t i;
  json_t *one;
  json_array_foreach (open, i, one)
    if (g_strcmp0 (cr_json_peek_string (one, "actionName"), action) == 0) {
      cr_set_error (error, CR_ERROR_REFUSED,
                    "Vote on it or have it withdrawn: cleanroom governance service upgrade status",
                    "An upgrade of this kind is proposed already: %s.",
                    cr_json_peek_string (one, "proposalId"));
      return FALSE;
    }
  g_autoptr (json_t) proposal = ccf_proposal_new (action, json_incref (owned));
  return cli_show (cli,
                   cli_flag (cli, "accept") ? ccf_propose_and_vote (cli_job (cli), client, proposal, error)
                                            : ccf_proposal_create (cli_job (cli), client, proposal, error),
                   NULL);
}

static gboolean
upgrade_constitution (Cli *cli, GError **error)
{
  const char *file = cli_require (cli, "constitution-file", error);
  g_autoptr (GBytes) bytes = file != NULL ? cr_file_read (file, CONSTITUTION_MAX, error) : NULL;
  CcfClient *client = bytes != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL)
    return FALSE;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  /* The digest is over the text as it is: the final line feed belongs to it. */
  json_t *constitution = json_stringn (text, length);
  if (constitution == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is not UTF-8 text.", file);
    return FALSE;
  }
  return propose_upgrade (cli, client, "set_constitution", json_pack ("{s:o}", "constitution", constitution),
                          error);
}

static gboolean
upgrade_js_app (Cli *cli, GError **error)
{
  const char *file = cli_require (cli, "js-app-file", error);
  json_t *bundle = file != NULL ? cr_json_load (file, error) : NULL;
  CcfClient *client = bundle != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL) {
    json_decref (bundle);
    return FALSE;
  }
  return propose_upgrade (cli, client, "set_js_app", json_pack ("{s:o}", "bundle", bundle), error);
}

static gboolean
upgrade_status (Cli *cli, GError **error)
{
  CcfClient *client = cli_ccf (cli, error);
  json_t *open = client != NULL ? cgs_service_updates (cli_job (cli), client, error) : NULL;
  return open != NULL && cli_show (cli, json_pack ("{s:o}", "proposals", open), NULL);
}

/* ---- network ---- */

static gboolean
network_show (Cli *cli, GError **error)
{
  return show_call (cli, ccf_service_info, error);
}

static gboolean
network_threshold (Cli *cli, GError **error)
{
  guint64 threshold = cli_recovery_threshold (cli, error);
  CcfClient *client = threshold != 0 ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_recovery_threshold_propose (cli_job (cli), client, (guint) threshold, error),
                      NULL);
}

/* ---- options of the whole service ---- */

static gboolean
option_get (Cli *cli, GError **error)
{
  const char *option = cli_require (cli, "option", error);
  CcfClient *client = option != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, cgs_option_status (cli_job (cli), client, option, error), NULL);
}

static gboolean
option_propose (Cli *cli, GError **error)
{
  gboolean enable = FALSE;
  const char *option = cli_require (cli, "option", error);
  CcfClient *client = option != NULL && cli_switch (cli, &enable, error) ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_option_propose (cli_job (cli), client, option, enable, error), NULL);
}

/* ---- token issuer ---- */

static gboolean
oidc_enable (Cli *cli, GError **error)
{
  return show_call (cli, cgs_oidc_propose_enable, error);
}

static gboolean
oidc_generate (Cli *cli, GError **error)
{
  return show_call (cli, cgs_oidc_generate_key, error);
}

static gboolean
oidc_rotate (Cli *cli, GError **error)
{
  return show_call (cli, cgs_oidc_propose_rotate, error);
}

static gboolean
oidc_show (Cli *cli, GError **error)
{
  return show_call (cli, cgs_oidc_info, error);
}

static gboolean
oidc_set_url (Cli *cli, GError **error)
{
  const char *url = cli_require (cli, "url", error);
  CcfClient *client = url != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cgs_oidc_set_issuer_url (cli_job (cli), client, url, error)
         && oidc_show (cli, error);
}

static gboolean
oidc_propose_url (Cli *cli, GError **error)
{
  const char *url = cli_require (cli, "url", error);
  CcfClient *client = url != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_oidc_propose_issuer_url (cli_job (cli), client, url, error), NULL);
}

/* ---- signing service ---- */

static gboolean
signing_enable (Cli *cli, GError **error)
{
  return show_call (cli, cgs_signing_propose_enable, error);
}

static gboolean
signing_generate (Cli *cli, GError **error)
{
  return show_call (cli, cgs_signing_generate_key, error);
}

static gboolean
signing_rotate (Cli *cli, GError **error)
{
  return show_call (cli, cgs_signing_propose_rotate, error);
}

static gboolean
signing_show (Cli *cli, GError **error)
{
  return show_call (cli, cgs_signing_info, error);
}

/* ---- contract CA ---- */

static gboolean
ca_enable (Cli *cli, GError **error)
{
  return show_contract_call (cli, cgs_ca_propose_enable, error);
}

static gboolean
ca_generate (Cli *cli, GError **error)
{
  return show_contract_call (cli, cgs_ca_generate_key, error);
}

static gboolean
ca_rotate (Cli *cli, GError **error)
{
  return show_contract_call (cli, cgs_ca_propose_rotate, error);
}

static gboolean
ca_show (Cli *cli, GError **error)
{
  return show_contract_call (cli, cgs_ca_show, error);
}

static const CliOption who_options[] = { CLI_WHO_OPTIONS, CLI_END };
static const CliOption propose_options[] = { CLI_PROPOSE_OPTIONS, CLI_END };
static const CliOption deploy_options[] = {
  { "folder", CLI_VALUE, "DIR", N_ ("holds constitution.js and app.json (default: those of this package)") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption constitution_options[] = {
  { "constitution-file", CLI_VALUE, "FILE", N_ ("JavaScript text of the new constitution") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption app_options[] = {
  { "js-app-file", CLI_VALUE, "FILE", N_ ("JSON {metadata:{endpoints}, modules} of the new application") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption threshold_options[] = {
  { "recovery-threshold", CLI_VALUE, "N", N_ ("how many recovery shares are enough") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption option_options[] = {
  { "option", CLI_VALUE, "NAME",
    N_ ("autoapprove-{constitution,jsapp,deploymentspec,deploymentinfo,cleanroompolicy}-proposal") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption option_propose_options[] = {
  { "option", CLI_VALUE, "NAME",
    N_ ("autoapprove-{constitution,jsapp,deploymentspec,deploymentinfo,cleanroompolicy}-proposal") },
  { "action", CLI_VALUE, "SWITCH", N_ ("enable or disable") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption url_options[] = { { "url", CLI_VALUE, "URL", N_ ("where the issuer is published") },
                                         CLI_WHO_OPTIONS,
                                         CLI_END };
static const CliOption url_propose_options[] = {
  { "url", CLI_VALUE, "URL", N_ ("where the issuer is published") }, CLI_PROPOSE_OPTIONS, CLI_END
};
#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)")                  \
  }
static const CliOption contract_options[] = { CONTRACT, CLI_WHO_OPTIONS, CLI_END };
static const CliOption contract_propose_options[] = { CONTRACT, CLI_PROPOSE_OPTIONS, CLI_END };

const CliCommand cli_service_commands[] = {
  { "governance service deploy", "", N_ ("constitution, limits, application and token issuer"),
    "cleanroom governance service deploy --env trials --as tdp", 0, 0, deploy_options, service_deploy, TRUE },
  { "governance service version", "", N_ ("digests and versions of constitution and application"),
    "cleanroom governance service version --env trials --as tdp", 0, 0, who_options, service_version, FALSE },
  { "governance service get-upgrades", "", N_ ("newer releases of both that this program knows of"),
    "cleanroom governance service get-upgrades --env trials --as tdp", 0, 0, who_options, service_upgrades,
    FALSE },
  { "governance service upgrade-constitution", "", N_ ("propose a new constitution"),
    "cleanroom governance service upgrade-constitution --constitution-file constitution.js --env trials --as tdp",
    0, 0, constitution_options, upgrade_constitution, TRUE },
  { "governance service upgrade-js-app", "", N_ ("propose a new application"),
    "cleanroom governance service upgrade-js-app --js-app-file app.json --env trials --as tdp", 0, 0,
    app_options, upgrade_js_app, TRUE },
  { "governance service upgrade status", "", N_ ("open proposals that change the service"),
    "cleanroom governance service upgrade status --env trials --as tdp", 0, 0, who_options, upgrade_status,
    FALSE },
  { "governance network show", "", N_ ("status, certificate, recovery threshold"),
    "cleanroom governance network show --env trials", 0, 0, who_options, network_show, FALSE },
  { "governance network set-recovery-threshold", "", N_ ("propose how many recovery shares are enough"),
    "cleanroom governance network set-recovery-threshold --recovery-threshold 2 --env trials --as tdp", 0, 0,
    threshold_options, network_threshold, TRUE },
  { "governance runtime-option get", "", N_ ("whether proposals of a kind need no votes"),
    "cleanroom governance runtime-option get --option autoapprove-jsapp-proposal --as operator", 0, 0,
    option_options, option_get, FALSE },
  { "governance runtime-option propose", "", N_ ("propose that they need none, or that they do"),
    "cleanroom governance runtime-option propose --option autoapprove-jsapp-proposal --action enable --as operator",
    0, 0, option_propose_options, option_propose, TRUE },
  { "governance oidc-issuer propose-enable", "", N_ ("propose that the ledger issues tokens"),
    "cleanroom governance oidc-issuer propose-enable --env trials --as tdp", 0, 0, propose_options,
    oidc_enable, TRUE },
  { "governance oidc-issuer generate-signing-key", "", N_ ("make the key that was agreed upon"),
    "cleanroom governance oidc-issuer generate-signing-key --env trials --as tdp", 0, 0, who_options,
    oidc_generate, TRUE },
  { "governance oidc-issuer propose-rotate-signing-key", "", N_ ("propose a new key"),
    "cleanroom governance oidc-issuer propose-rotate-signing-key --env trials --as tdp", 0, 0,
    propose_options, oidc_rotate, TRUE },
  { "governance oidc-issuer set-issuer-url", "", N_ ("where the own tenant finds the issuer"),
    "cleanroom governance oidc-issuer set-issuer-url --url https://issuer.example --env trials --as tdp", 0,
    0, url_options, oidc_set_url, TRUE },
  { "governance oidc-issuer propose-set-issuer-url", "", N_ ("propose where everybody finds it"),
    "cleanroom governance oidc-issuer propose-set-issuer-url --url https://issuer.example --env trials --as tdp",
    0, 0, url_propose_options, oidc_propose_url, TRUE },
  { "governance oidc-issuer show", "", N_ ("whether it is enabled, and its addresses"),
    "cleanroom governance oidc-issuer show --env trials --as tdp", 0, 0, who_options, oidc_show, FALSE },
  { "governance signing propose-enable", "", N_ ("propose that the ledger signs payloads"),
    "cleanroom governance signing propose-enable --env trials --as tdp", 0, 0, propose_options,
    signing_enable, TRUE },
  { "governance signing generate-signing-key", "", N_ ("make the key that was agreed upon"),
    "cleanroom governance signing generate-signing-key --env trials --as tdp", 0, 0, who_options,
    signing_generate, TRUE },
  { "governance signing propose-rotate-signing-key", "", N_ ("propose a new key"),
    "cleanroom governance signing propose-rotate-signing-key --env trials --as tdp", 0, 0, propose_options,
    signing_rotate, TRUE },
  { "governance signing show", "", N_ ("whether it is enabled, and the public key"),
    "cleanroom governance signing show --env trials --as tdp", 0, 0, who_options, signing_show, FALSE },
  { "governance ca propose-enable", "", N_ ("propose a certificate authority for a contract"),
    "cleanroom governance ca propose-enable --contract-id c1 --env trials --as tdp", 0, 0,
    contract_propose_options, ca_enable, TRUE },
  { "governance ca generate-key", "", N_ ("make its key and certificate"),
    "cleanroom governance ca generate-key --contract-id c1 --env trials --as tdp", 0, 0, contract_options,
    ca_generate, TRUE },
  { "governance ca propose-rotate-key", "", N_ ("propose a new key"),
    "cleanroom governance ca propose-rotate-key --contract-id c1 --env trials --as tdp", 0, 0,
    contract_propose_options, ca_rotate, TRUE },
  { "governance ca show", "", N_ ("whether it is enabled, its certificate, open proposals"),
    "cleanroom governance ca show --contract-id c1 --env trials --as tdp", 0, 0, contract_options, ca_show,
    FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
