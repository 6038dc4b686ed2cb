/* SPDX-License-Identifier: MIT
 * ccf network: networks that a provider makes, and what their operator does with them.
 *
 * What only the ledger has to know (opening, threshold, join policy, snapshots) is proposed there directly
 * when the environment names the ledger and a member; a provider is asked otherwise.
 */
#include "cli/network.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "ccf/attestation.h"
#include "ccf/ccf.h"
#include "cloud/environment.h"

#include <string.h>

#define PEM_MAX_BYTES (1024u * 1024)

/* {"policyCreationOption", "policy"?}. Gives. */
static json_t *
security_policy (Cli *cli, GError **error)
{
  static const CliWord words[] = { { "cached", "cached" },
                                   { "cached-debug", "cachedDebug" },
                                   { "allow-all", "allowAll" },
                                   { "user-supplied", "userSupplied" } };
  const char *policy = cli_value (cli, "security-policy");
  const char *option = cli_word (cli, "security-policy-creation-option", words, G_N_ELEMENTS (words),
                                 policy != NULL ? "userSupplied" : "cached", error);
  if (option == NULL)
    return NULL;
  if ((policy != NULL) != (strcmp (option, "userSupplied") == 0)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL,
                  "--security-policy goes together with --security-policy-creation-option user-supplied.");
    return NULL;
  }
  json_t *value = json_pack ("{s:s}", "policyCreationOption", option);
  if (policy != NULL) {
    g_autofree char *text = cli_base64_or_file (policy, error);
    if (text == NULL) {
      json_decref (value);
      return NULL;
    }
    cr_json_set_string (value, "policy", text);
  }
  return value;
}

/* nodeCount, nodeLogLevel and securityPolicy of a creation or a change. Gives. */
static json_t *
node_settings (Cli *cli, GError **error)
{
  static const CliWord levels[] = {
    { "Trace", "Trace" }, { "Debug", "Debug" }, { "Info", "Info" }, { "Fail", "Fail" }, { "Fatal", "Fatal" }
  };
  guint64 count = 1;
  const char *text = cli_value (cli, "node-count");
  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 99, &count, NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, "Give an odd number of nodes.", "\"%s\" is not a number of nodes.",
                  text);
    return NULL;
  }
  const char *level = cli_word (cli, "node-log-level", levels, G_N_ELEMENTS (levels), "Info", error);
  json_t *policy = level != NULL ? security_policy (cli, error) : NULL;
  if (policy == NULL)
    return NULL;
  return json_pack ("{s:I,s:s,s:o}", "nodeCount", (json_int_t) count, "nodeLogLevel", level, "securityPolicy",
                    policy);
}

/* A member's PEM, or the path of a file that holds it, becomes the PEM. */
static gboolean
expand_pem (json_t *member, const char *key, GError **error)
{
  const char *value = cr_json_peek_string (member, key);
  if (value == NULL || strstr (value, "-----BEGIN") != NULL)
    return TRUE;
  g_autofree char *text = cr_file_read_text (value, PEM_MAX_BYTES, error);
  if (text == NULL)
    return FALSE;
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  cr_json_set_string (member, key, line);
  return TRUE;
}

static json_t *
read_members (Cli *cli, GError **error)
{
  g_autoptr (json_t) members = cli_json_value (cli, "members", error);
  if (members == NULL)
    return NULL;
  size_t i;
  json_t *member;
  if (!json_is_array (members) || json_array_size (members) == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Write [{\"certificate\":FILE,\"encryptionPublicKey\":FILE,\"memberData\":{..}}].",
                  "--members is not a list of members.");
    return NULL;
  }
  json_array_foreach (members, i, member)
    if (!expand_pem (member, "certificate", error) || !expand_pem (member, "encryptionPublicKey", error))
      return NULL;
  return g_steal_pointer (&members);
}

/* ---- Made and removed by the provider ---- */

static gboolean
create (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  g_autoptr (json_t) members = name != NULL ? read_members (cli, error) : NULL;
  g_autoptr (json_t) body = members != NULL ? node_settings (cli, error) : NULL;
  if (body == NULL)
    return FALSE;
  cr_json_set (body, "members", json_incref (members));
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  if (provider == NULL)
    return FALSE;
  g_autoptr (json_t) made = provider_network_do (provider->client, cli_job (cli), name, "create",
                                                 g_steal_pointer (&body), "the creation of the network",
                                                 error);
  if (made == NULL)
    return FALSE;
  return cli_show (cli,
                   json_is_object (made)
                       ? g_steal_pointer (&made)
                       : provider_network_get (provider->client, cli_job (cli), name, error),
                   NULL);
}

static gboolean
update (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  const char *count = name != NULL ? cli_require (cli, "node-count", error) : NULL;
  json_t *body = count != NULL ? node_settings (cli, error) : NULL;
  if (body == NULL)
    return FALSE;
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  if (provider == NULL) {
    json_decref (body);
    return FALSE;
  }
  return cli_show (
      cli, provider_network_do (provider->client, cli_job (cli), name, "update", body, NULL, error), NULL);
}

static gboolean
delete_network (Cli *cli, GError **error)
{
  static const CliWord options[] = { { "delete-storage", "DeleteStorage" },
                                     { "retain-storage", "RetainStorage" } };
  const char *name = cli_require (cli, "name", error);
  const char *option = name != NULL
                           ? cli_word (cli, "delete-option", options, G_N_ELEMENTS (options), "", error)
                           : NULL;
  if (option == NULL)
    return FALSE;
  gboolean storage = strcmp (option, "RetainStorage") != 0;
  cli_say (storage ? _ ("This destroys the network %s and its ledger: every contract, vote and audit event.")
                   : _ ("This destroys the network %s; its ledger stays in storage."),
           name);
  if (!cli_flag (cli, "yes") && !cli_confirm (_ ("Destroy it?"))) {
    cr_set_error (error, CR_ERROR_CANCELLED, "Say --yes to do it without a question.",
                  "Nothing was destroyed.");
    return FALSE;
  }
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  json_t *body = json_object ();
  if (*option != '\0')
    cr_json_set_string (body, "deleteOption", option);
  if (provider == NULL) {
    json_decref (body);
    return FALSE;
  }
  g_autoptr (json_t) answer = provider_network_do (provider->client, cli_job (cli), name, "delete", body,
                                                   NULL, error);
  if (answer == NULL)
    return FALSE;
  cli_say (_ ("The network %s is gone."), name);
  return TRUE;
}

/* ---- Looked at ---- */

static gboolean
show_action (Cli *cli, const char *action, GError **error)
{
  return cli_show (cli, cli_network_do (cli, action, NULL, error), NULL);
}

static gboolean
show (Cli *cli, GError **error)
{
  CcfClient *client = NULL;
  if (!cli_direct_ledger (cli, &client, error))
    return FALSE;
  if (client == NULL)
    return show_action (cli, "get", error);
  g_autoptr (json_t) network = ccf_network_show (cli_job (cli), client, error);
  json_t *nodes = network != NULL ? ccf_nodes_list (cli_job (cli), client, error) : NULL;
  if (nodes == NULL)
    return FALSE;
  json_t *value = json_object ();
  cr_json_set_string (value, "name", cli_value (cli, "name"));
  cr_json_set_int (value, "nodeCount", (gint64) json_array_size (nodes));
  cr_json_set_string (value, "endpoint", ccf_client_endpoint (client));
  cr_json_set (value, "nodes", nodes);
  cr_json_set_string (value, "serviceStatus", cr_json_peek_string (network, "service_status"));
  cr_json_set (value, "recoveryCount", json_integer (cr_json_peek_int (network, "recovery_count", 0)));
  return cli_show (cli, value, NULL);
}

static gboolean
show_health (Cli *cli, GError **error)
{
  CcfClient *client = NULL;
  if (!cli_direct_ledger (cli, &client, error))
    return FALSE;
  return client != NULL ? cli_show (cli, cli_ledger_health (cli, client, error), NULL)
                        : show_action (cli, "health", error);
}

/* The hardware roots that are believed besides AMD's. Gives; *ROOTS NULL when there are none. */
static gboolean
extra_roots (Cli *cli, char **roots, GError **error)
{
  const CcfConsortium *it = NULL;
  *roots = NULL;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it != NULL) {
    *roots = g_strdup (it->root);
    return TRUE;
  }
  const char *folder = cli_work_dir (cli, error);
  g_autoptr (Environment) environment = folder != NULL ? environment_load (folder, error) : NULL;
  if (environment != NULL)
    *roots = g_strdup (environment->attestation_root);
  return environment != NULL;
}

/* What is proved about ENTRY of a report list is checked here, whatever the provider says about it. Gives
 * whether it is of simulated hardware. */
static gboolean
check_report (json_t *entry, const char *roots)
{
  json_t *given = json_object_get (entry, "report");
  const char *host_data = cr_json_peek_string (entry, "hostData");
  const char *const accepted[] = { host_data, NULL };
  CcfAttestationTrust trust = { .roots = roots, .uvm_maybe = TRUE };
  CcfSnpReport report;
  gboolean simulated = FALSE;
  g_autoptr (GError) problem = NULL;
  if (!json_is_object (given))
    return FALSE;
  g_autoptr (json_t) evidence =
      json_pack ("{s:s*,s:s*,s:s*}", "evidence", cr_json_peek_string (given, "attestation"), "endorsements",
                 cr_json_peek_string (given, "platformCertificates"), "uvm_endorsements",
                 cr_json_peek_string (given, "uvmEndorsements"));
  gboolean proved = ccf_attestation_verify (evidence, &trust, &report, &simulated, &problem)
                    && host_data != NULL
                    && ccf_attestation_check_host_data (&report, accepted, NULL, &problem);
  cr_json_set_bool (entry, "verified", proved && !simulated);
  cr_json_set_bool (entry, "simulated", simulated);
  if (problem != NULL)
    cr_json_set_string (entry, "problem", problem->message);
  return simulated;
}

static gboolean
show_report (Cli *cli, GError **error)
{
  g_autofree char *roots = NULL;
  g_autoptr (json_t) answer = cli_network_do (cli, "report", NULL, error);
  if (answer == NULL || !extra_roots (cli, &roots, error))
    return FALSE;
  gboolean simulated = FALSE;
  size_t i;
  json_t *entry;
  json_array_foreach (json_object_get (answer, "reports"), i, entry)
    simulated = check_report (entry, roots) || simulated;
  if (simulated)
    cli_say (
        _ ("The hardware is simulated: such a report shows the form and proves nothing about a machine."));
  if (cli_json (cli))
    return cli_show (cli, g_steal_pointer (&answer), NULL);
  /* Reports are kilobytes of base64 that nobody reads on a terminal. */
  static const char *const columns[] = { "name", "endpoint", "hostData", "verified", "simulated", NULL };
  return cli_show_list (cli, json_incref (json_object_get (answer, "reports")), columns);
}

static gboolean
agent_show (Cli *cli, GError **error)
{
  return show_action (cli, "recoveryAgents/get", error);
}

static gboolean
agent_report (Cli *cli, GError **error)
{
  return show_action (cli, "recoveryAgents/report", error);
}

/* The service certificate with its proof; asked from the agent itself when the environment knows it. */
static gboolean
agent_network_report (Cli *cli, GError **error)
{
  const CcfConsortium *it = NULL;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it == NULL || it->discovery_url == NULL)
    return show_action (cli, "recoveryAgents/network/report", error);
  CcfDiscovery discovery;
  gboolean attested = FALSE;
  if (!ccf_consortium_discovery (it, &discovery, error))
    return FALSE;
  g_autofree char *pem = ccf_discover (cli_job (cli), &discovery, &attested, error);
  return pem != NULL
         && cli_show (cli,
                      json_pack ("{s:s,s:s?,s:s?,s:b}", "serviceCert", pem, "constitutionDigest",
                                 discovery.constitution_digest, "jsappBundleDigest", discovery.bundle_digest,
                                 "attested", attested),
                      NULL);
}

/* ---- Decided by the operator ---- */

static gboolean
transition_to_open (Cli *cli, GError **error)
{
  const char *path = cli_value (cli, "previous-service-cert");
  g_autoptr (GBytes) bytes = path != NULL ? cr_file_read (path, PEM_MAX_BYTES, error) : NULL;
  if (path != NULL && bytes == NULL)
    return FALSE;
  g_autoptr (json_t) args = json_object ();
  g_autoptr (json_t) extra = json_object ();
  if (bytes != NULL) {
    gsize length;
    const char *data = g_bytes_get_data (bytes, &length);
    cr_json_set (args, "previous_service_identity", json_stringn (data, length));
    cr_json_set (extra, "previousServiceCertificate", json_stringn (data, length));
  }
  return cli_network_decide (cli, "transition_service_to_open", json_incref (args), "transitionToOpen",
                             json_incref (extra), error);
}

static gboolean
set_threshold (Cli *cli, GError **error)
{
  guint64 threshold = cli_recovery_threshold (cli, error);
  return threshold != 0
         && cli_network_decide (
             cli, "set_recovery_threshold", json_pack ("{s:I}", "recovery_threshold", (json_int_t) threshold),
             "setRecoveryThreshold", json_pack ("{s:I}", "recoveryThreshold", (json_int_t) threshold), error);
}

static gboolean
trigger_snapshot (Cli *cli, GError **error)
{
  return cli_network_decide (cli, "trigger_snapshot", NULL, "snapshots/trigger", NULL, error);
}

#define NAME                                                                                                 \
  {                                                                                                          \
    "name", CLI_VALUE, "NAME", N_ ("the network")                                                            \
  }
#define NODES                                                                                                \
  { "node-count", CLI_VALUE, "N", N_ ("how many nodes (default 1); an odd number") },                        \
      { "node-log-level", CLI_VALUE, "LEVEL", N_ ("Trace, Debug, Info, Fail or Fatal") },                    \
      { "security-policy-creation-option", CLI_VALUE, "WORD",                                                \
        N_ ("cached (default), cached-debug, allow-all or user-supplied") },                                 \
  {                                                                                                          \
    "security-policy", CLI_VALUE, "FILE|BASE64", N_ ("the policy when it is user-supplied")                  \
  }

static const CliOption create_options[] = {
  NAME,
  { "members", CLI_VALUE, "JSON|FILE",
    N_ ("[{certificate, encryptionPublicKey?, memberData}], PEM or paths") },
  NODES,
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};
static const CliOption update_options[] = { NAME, NODES, CLI_PROVIDER_OPTIONS, CLI_END };
static const CliOption delete_options[] = {
  NAME,
  { "delete-option", CLI_VALUE, "WORD", N_ ("delete-storage or retain-storage") },
  { "yes", CLI_FLAG, NULL, N_ ("do not ask") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};
static const CliOption name_options[] = { CLI_NETWORK_NAME, CLI_PROVIDER_OPTIONS, CLI_END };
static const CliOption open_options[] = {
  CLI_NETWORK_NAME,
  { "previous-service-cert", CLI_VALUE, "FILE", N_ ("PEM certificate from before a recovery, unchanged") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};
static const CliOption threshold_options[] = { CLI_NETWORK_NAME,
                                               { "recovery-threshold", CLI_VALUE, "N",
                                                 N_ ("how many recovery shares are enough") },
                                               CLI_PROVIDER_OPTIONS,
                                               CLI_END };
const CliCommand cli_network_commands[] = {
  { "ccf network create", "", N_ ("have a provider make a network"),
    "cleanroom ccf network create --name trials --members members.json --provider-config p.json --env site --as ops",
    0, 0, create_options, create, TRUE },
  { "ccf network update", "", N_ ("change the number of its nodes or their settings"),
    "cleanroom ccf network update --name trials --node-count 3 --env site --as ops", 0, 0, update_options,
    update, TRUE },
  { "ccf network delete", "", N_ ("destroy it, after asking"),
    "cleanroom ccf network delete --name trials --delete-option retain-storage --env site --as ops", 0, 0,
    delete_options, delete_network, TRUE },
  { "ccf network show", "", N_ ("endpoint and nodes"), "cleanroom ccf network show --env trials", 0, 0,
    name_options, show, FALSE },
  { "ccf network show-health", "", N_ ("nodes with status and reasons"),
    "cleanroom ccf network show-health --env trials", 0, 0, name_options, show_health, FALSE },
  { "ccf network show-report", "", N_ ("attestation reports of the nodes"),
    "cleanroom ccf network show-report --name trials --env site --as ops", 0, 0, name_options, show_report,
    FALSE },
  { "ccf network transition-to-open", "", N_ ("open it for the application"),
    "cleanroom ccf network transition-to-open --env trials --as ops", 0, 0, open_options, transition_to_open,
    TRUE },
  { "ccf network set-recovery-threshold", "", N_ ("how many recovery shares are enough"),
    "cleanroom ccf network set-recovery-threshold --recovery-threshold 1 --env trials --as ops", 0, 0,
    threshold_options, set_threshold, TRUE },
  { "ccf network trigger-snapshot", "", N_ ("have the ledger write a snapshot"),
    "cleanroom ccf network trigger-snapshot --env trials --as ops", 0, 0, name_options, trigger_snapshot,
    TRUE },
  { "ccf network recovery-agent show", "", N_ ("where the recovery agent is"),
    "cleanroom ccf network recovery-agent show --name trials --env site --as ops", 0, 0, name_options,
    agent_show, FALSE },
  { "ccf network recovery-agent show-report", "", N_ ("the agent's own evidence"),
    "cleanroom ccf network recovery-agent show-report --name trials --env site --as ops", 0, 0, name_options,
    agent_report, FALSE },
  { "ccf network recovery-agent show-network-report", "", N_ ("the service certificate with its proof"),
    "cleanroom ccf network recovery-agent show-network-report --env trials", 0, 0, name_options,
    agent_network_report, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
