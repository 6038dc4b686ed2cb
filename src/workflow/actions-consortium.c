/* SPDX-License-Identifier: MIT
 * an.op.consortium: the ledger network with the operator as its first member, and the governance application.
 */
#include "workflow/actions-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"

#include <string.h>

#define SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"
#define BUNDLE_NAME "trusted_root_cas"

/* Both identities of the operator: the first runs the network and holds the recovery key, the last votes. */
typedef struct {
  WorkflowCall *call;
  WorkflowContext *context;
  CrJob *job;
  ProviderClient *provider;
  const char *runner_name;
  MemberIdentity *runner, *voter; /* borrowed from the context */
  const char *network;            /* "operator-ccf" */
} Consortium;

static const char *
value_of (WorkflowCall *call, const char *name, const char *fallback)
{
  const char *value = g_hash_table_lookup (workflow_call_scenario (call)->values, name);
  return value != NULL ? value : fallback;
}

static gboolean
make_members (Consortium *it, GError **error)
{
  const WorkflowPersona *persona = workflow_context_who (it->context);
  guint count = g_strv_length (persona->identities);
  it->runner_name = persona->identities[0];
  it->runner = workflow_context_member (it->context, it->runner_name, TRUE, TRUE, error);
  if (it->runner == NULL)
    return FALSE;
  cr_fault_point ("member-key");
  it->voter = workflow_context_member (it->context, persona->identities[count - 1], TRUE, FALSE, error);
  if (it->voter == NULL)
    return FALSE;
  cr_fault_point ("member-key");
  workflow_call_say (it->call, "The member keys of %s and %s are in the keyring.",
                     member_identity_name (it->runner), member_identity_name (it->voter));
  g_autofree char *tenant = action_fact (it->call, "tenant", error);
  g_autofree char *line = g_strconcat (tenant != NULL ? tenant : "", "\n", NULL);
  return tenant != NULL
         && workflow_call_write (it->call, "public/operator_cert.pem",
                                 member_identity_certificate_pem (it->voter), -1, error)
         && workflow_call_write (it->call, "public/operator.tenantid", line, -1, error);
}

/* The members that the network starts with. Gives. */
static json_t *
first_members (Consortium *it)
{
  json_t *runner_data = json_object (), *voter_data = json_object ();
  cr_json_set_string (runner_data, "identifier", member_identity_name (it->runner));
  cr_json_set_bool (runner_data, "isOperator", TRUE);
  cr_json_set_string (voter_data, "identifier", member_identity_name (it->voter));
  json_t *runner = json_object (), *voter = json_object (), *members = json_array ();
  cr_json_set_string (runner, "certificate", member_identity_certificate_pem (it->runner));
  cr_json_set_string (runner, "encryptionPublicKey", member_identity_encryption_pem (it->runner));
  cr_json_set (runner, "memberData", runner_data);
  cr_json_set_string (voter, "certificate", member_identity_certificate_pem (it->voter));
  cr_json_set (voter, "memberData", voter_data);
  json_array_append_new (members, runner);
  json_array_append_new (members, voter);
  return members;
}

/* Bring the network up and pin its certificate: kept from before, else read on first use. */
static gboolean
start_network (Consortium *it, GError **error)
{
  g_autoptr (json_t) members = first_members (it);
  if (!workflow_call_write_json (it->call, "operator/private/ccfMembers.json", members, error))
    return FALSE;
  gboolean created = FALSE;
  g_autoptr (json_t) network = provider_network_ensure (it->provider, it->job, it->network, members, &created,
                                                        error);
  const char *endpoint = network != NULL ? cr_json_get_string (network, "endpoint", "the network", error)
                                         : NULL;
  if (endpoint == NULL)
    return FALSE;
  cr_fault_point ("network-created");
  g_autofree char *url = g_str_has_prefix (endpoint, "https://") ? g_strdup (endpoint)
                                                                 : g_strconcat ("https://", endpoint, NULL);
  g_autofree char *pinned = workflow_context_private (it->context, "service_cert.pem");
  g_autofree char *known = workflow_context_recall (it->context, "ccf");
  g_autofree char *certificate = NULL;
  if (g_strcmp0 (known, url) != 0 || !g_file_test (pinned, G_FILE_TEST_EXISTS)) {
    certificate = ccf_network_fetch_service_certificate (it->job, url, 0, error);
    if (certificate == NULL || !workflow_context_pin (it->context, url, certificate, error))
      return FALSE;
  } else {
    g_autoptr (GBytes) bytes = cr_file_read (pinned, 65536, error);
    if (bytes == NULL)
      return FALSE;
    certificate = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  }
  workflow_call_say (
      it->call, created ? N_ ("The network %s is up at %s.") : N_ ("Reconnected to the network %s at %s."),
      it->network, url);
  workflow_call_set (it->call, "network", it->network);
  workflow_call_set (it->call, "endpoint", url);
  g_autofree char *name = g_strdup_printf ("public/%s_service_cert.pem", it->network);
  return workflow_call_write (it->call, name, certificate, -1, error);
}

/* The anchors with which the ledger checks the identity provider. Gives. */
static char *
anchors (Consortium *it, GError **error)
{
  const Environment *environment = workflow_context_environment (it->context, error);
  if (environment == NULL)
    return NULL;
  if (environment->trust_pem != NULL)
    return g_strdup (environment->trust_pem);
  return cr_file_read_text (SYSTEM_ANCHORS, 4u * 1024 * 1024, error);
}

/* Users sign in with tokens: the ledger has to know issuer and anchors. */
static gboolean
trust_issuer (Consortium *it, CcfClient *runner, GError **error)
{
  g_autoptr (json_t) known = ccf_jwk (it->job, runner, error);
  if (known == NULL)
    return FALSE;
  g_autofree char *pem = anchors (it, error);
  if (pem == NULL)
    return FALSE;
  const char *bundle = cr_json_peek_string (json_object_get (known, "caCertBundles"), BUNDLE_NAME);
  if (g_strcmp0 (bundle, pem) != 0) {
    g_autoptr (json_t) proposal = cgs_ca_bundle_propose (it->job, runner, BUNDLE_NAME, pem, error);
    if (proposal == NULL)
      return FALSE;
    cr_fault_point ("ca-bundle");
  }
  const Environment *environment = workflow_context_environment (it->context, NULL);
  g_autofree char *issuer = g_strconcat (environment->identity_url, "/common/v2.0", NULL);
  if (json_object_get (json_object_get (known, "issuers"), issuer) == NULL) {
    g_autoptr (json_t) proposal = cgs_jwt_issuer_propose (it->job, runner, issuer, BUNDLE_NAME, error);
    if (proposal == NULL)
      return FALSE;
    cr_fault_point ("jwt-issuer");
  }
  workflow_call_say (it->call, "The ledger trusts sign-ins of %s.", environment->identity_url);
  return TRUE;
}

/* The operator opens the network with its own signature: the provider never gets a member's key. */
static gboolean
open_network (Consortium *it, CcfClient *runner, GError **error)
{
  g_autoptr (json_t) info = ccf_service_info (it->job, runner, error);
  if (info == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (info, "status"), "Open") != 0) {
    /* The service compares this certificate as text: it is passed on exactly as it was received. */
    g_autoptr (json_t) proposal = ccf_proposal_new (
        "transition_service_to_open",
        json_pack ("{s:s}", "next_service_identity", ccf_client_service_certificate (runner)));
    g_autoptr (json_t) result = ccf_propose_and_vote (it->job, runner, proposal, error);
    if (result == NULL)
      return FALSE;
  }
  cr_fault_point ("network-open");
  workflow_call_say (it->call, "The network is open.");
  return ccf_wait_ready (it->job, runner, "gov", 0, error);
}

/* What users need to find the service certificate by themselves. */
static gboolean
publish_agent (Consortium *it, GError **error)
{
  g_autoptr (json_t) agents = provider_recovery_agents_get (it->provider, it->job, it->network, error);
  const char *endpoint = agents != NULL ? cr_json_get_string (agents, "endpoint", "the recovery agent", error)
                                        : NULL;
  g_autoptr (json_t) report = endpoint != NULL
                                  ? provider_network_report (it->provider, it->job, it->network, error)
                                  : NULL;
  json_t *reports = report != NULL ? cr_json_get_array (report, "reports", "the network report", error)
                                   : NULL;
  const char *host_data = reports != NULL ? cr_json_get_string (json_array_get (reports, 0), "hostData",
                                                                "the network report", error)
                                          : NULL;
  if (host_data == NULL)
    return FALSE;
  g_autofree char *url = g_str_has_prefix (endpoint, "https://") ? g_strdup (endpoint)
                                                                 : g_strconcat ("https://", endpoint, NULL);
  g_autoptr (json_t) value = json_object ();
  cr_json_set_string (value, "endpoint", url);
  cr_json_set_string (value, "snpHostData", host_data);
  return workflow_call_write_json (it->call, "public/ccf.recovery-agent.json", value, error);
}

static gboolean
deploy_service (Consortium *it, GError **error)
{
  CcfClient *voter = workflow_context_ccf (it->context, NULL, error);
  if (voter == NULL || !ccf_member_activate (it->job, voter, error))
    return FALSE;
  cr_fault_point ("member-active");
  workflow_call_say (it->call, "%s is an active member.", member_identity_name (it->voter));
  g_autofree char *folder = g_build_filename (workflow_call_scenario (it->call)->dir, "governance", NULL);
  if (!cgs_service_deploy_files (it->job, voter, folder, error))
    return FALSE;
  cr_fault_point ("service-deployed");
  workflow_call_say (it->call, "The governance application runs, its token issuer has a key.");
  return TRUE;
}

static gboolean
publish_endpoint (Consortium *it, GError **error)
{
  g_autofree char *url = action_fact (it->call, "ccf", error);
  g_autofree char *certificate = g_strdup_printf ("%s_service_cert.pem", it->network);
  if (url == NULL)
    return FALSE;
  g_autoptr (json_t) value = json_object ();
  cr_json_set_string (value, "name", it->network);
  cr_json_set_string (value, "url", url);
  cr_json_set_string (value, "serviceCert", certificate);
  return workflow_call_write_json (it->call, "public/ccfEndpoint.json", value, error);
}

ACTION (action_consortium)
{
  Consortium it = { .call = call, .context = workflow_call_context (call), .job = workflow_call_job (call) };
  it.network = value_of (call, "network", "operator-ccf");
  if (!make_members (&it, error))
    return FALSE;
  it.provider = workflow_context_provider (it.context, error);
  if (it.provider == NULL || !start_network (&it, error))
    return FALSE;
  CcfClient *runner = workflow_context_ccf (it.context, it.runner_name, error);
  if (runner == NULL || !ccf_member_activate (it.job, runner, error))
    return FALSE;
  cr_fault_point ("member-active");
  return trust_issuer (&it, runner, error) && open_network (&it, runner, error) && publish_agent (&it, error)
         && deploy_service (&it, error) && publish_endpoint (&it, error);
}

PROBE (probe_member)
{
  CcfClient *client = action_ledger (call, error);
  if (client == NULL)
    return NULL;
  g_autoptr (json_t) member = ccf_member_show (workflow_call_job (call), client,
                                               ccf_client_member_id (client), error);
  if (member == NULL)
    return NULL;
  const char *status = cr_json_peek_string (member, "status");
  return g_strdup (status != NULL ? status : "unknown");
}
