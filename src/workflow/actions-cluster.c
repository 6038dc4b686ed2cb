/* SPDX-License-Identifier: MIT
 * an.op.cluster: confidential compute and the contract that says what may run there.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/translate.h"

#include <string.h>

#define READY_TIMEOUT_MS (10u * 60 * 1000)

static const char *
cluster_name (WorkflowCall *call)
{
  const char *name = g_hash_table_lookup (workflow_call_scenario (call)->values, "cluster");
  return name != NULL ? name : "operator-cluster";
}

/* The contract id: as given, else the published one, else analytics-<8 hex>, drawn once. Gives. */
static char *
choose_contract (WorkflowCall *call, GError **error)
{
  const char *given = workflow_call_input (call, "contract");
  g_autofree char *published = workflow_call_public (call, "analytics.contract-id", NULL);
  if (*given != '\0')
    return g_strdup (given);
  return published != NULL ? g_steal_pointer (&published)
                           : workflow_call_intent_id (call, "contract", "analytics-", 8, error);
}

static gboolean
make_cluster (WorkflowCall *call, ProviderClient *provider, GError **error)
{
  CrJob *job = workflow_call_job (call);
  const char *name = cluster_name (call);
  gboolean created = FALSE;
  g_autoptr (json_t) cluster = provider_cluster_ensure (provider, job, name, &created, error);
  if (cluster == NULL)
    return FALSE;
  cr_fault_point ("cluster-created");
  workflow_call_say (
      call, created ? N_ ("The cluster %s is there.") : N_ ("The cluster %s was there already."), name);
  workflow_call_set (call, "cluster", name);
  /* Full control of the cluster: it stays with the operator. */
  g_autoptr (GBytes) access = provider_cluster_kubeconfig (provider, job, name, "admin", error);
  if (access == NULL)
    return FALSE;
  return workflow_call_write (call, "operator/private/k8s-credentials.yaml", g_bytes_get_data (access, NULL),
                              (gssize) g_bytes_get_size (access), error);
}

/* Start the workload and tell the consortium where it is. */
static gboolean
start_workload (WorkflowCall *call, ProviderClient *provider, const char *contract, GError **error)
{
  CrJob *job = workflow_call_job (call);
  CcfClient *client = action_ledger (call, error);
  if (client == NULL)
    return FALSE;
  const char *name = cluster_name (call);
  g_autofree char *url = g_strdup_printf ("%s/app/contracts/%s/deploymentspec", ccf_client_endpoint (client),
                                          contract);
  g_autoptr (json_t) configuration = json_object ();
  cr_json_set_string (configuration, "url", url);
  cr_json_set_string (configuration, "caCert", ccf_client_service_certificate (client));
  if (!workflow_call_write_json (call, "operator/private/analytics-workload-config-endpoint.json",
                                 configuration, error))
    return FALSE;
  g_autoptr (json_t) cluster = provider_cluster_enable_analytics (
      provider, job, name, url, ccf_client_service_certificate (client), error);
  if (cluster == NULL || !workflow_call_write_json (call, "operator/private/cl-cluster.json", cluster, error))
    return FALSE;
  cr_fault_point ("workload-enabled");
  json_t *profile = cr_json_get_object (cluster, "analyticsWorkloadProfile", "the cluster", error);
  const char *endpoint = profile != NULL ? cr_json_get_string (profile, "endpoint", "the workload", error)
                                         : NULL;
  if (endpoint == NULL)
    return FALSE;
  g_autoptr (json_t) now = cgs_deployment_info_show (job, client, contract, NULL);
  if (g_strcmp0 (cr_json_peek_string (json_object_get (now, "data"), "url"), endpoint) != 0) {
    g_autoptr (json_t) info = json_object ();
    cr_json_set_string (info, "url", endpoint);
    json_t *proposal = cgs_deployment_info_propose (job, client, contract, info, error);
    if (!action_accept_own (call, proposal, "the deployment information", error))
      return FALSE;
    cr_fault_point ("deployment-info");
  }
  workflow_call_set (call, "agent", endpoint);
  return workflow_context_remember (workflow_call_context (call), "agent", endpoint, error);
}

/* GET /ready needs nobody's token. */
static CrSecretText
no_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job, (void) renew, (void) data;
  cr_set_error (error, CR_ERROR_BUG, "Report this.", "The readiness check must not ask for a token.");
  return NULL;
}

static gboolean
wait_for_workload (WorkflowCall *call, const char *contract, GError **error)
{
  CrJob *job = workflow_call_job (call);
  CcfClient *client = action_ledger (call, error);
  g_autofree char *endpoint = NULL, *trust = NULL;
  if (client == NULL || !query_agent_discover (job, client, contract, &endpoint, &trust, error))
    return FALSE;
  g_autoptr (QueryAgent) agent = query_agent_new (endpoint, trust, no_token, NULL, NULL, error);
  if (agent == NULL || !query_agent_wait_ready (job, agent, READY_TIMEOUT_MS, error))
    return FALSE;
  workflow_call_say (call, "The analytics workload is ready at %s.", endpoint);
  return TRUE;
}

ACTION (action_cluster)
{
  ProviderClient *provider = workflow_context_provider (workflow_call_context (call), error);
  g_autofree char *contract = provider != NULL ? choose_contract (call, error) : NULL;
  if (contract == NULL)
    return FALSE;
  if (!cr_name_valid (contract)) {
    cr_set_error (error, CR_ERROR_INPUT, "Choose letters, digits and hyphens.", "'%s' is no contract id.",
                  contract);
    return FALSE;
  }
  workflow_call_set (call, "contract", contract);
  g_autofree char *line = g_strconcat (contract, "\n", NULL);
  return make_cluster (call, provider, error) && action_contract_agree (call, contract, error)
         && action_contract_authority (call, contract, error) && action_contract_issuer (call, error)
         && workflow_call_write (call, "public/analytics.contract-id", line, -1, error)
         && action_contract_deployment (call, contract, error)
         && start_workload (call, provider, contract, error) && wait_for_workload (call, contract, error);
}

PROBE (probe_contract)
{
  g_autofree char *contract = action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  g_autoptr (json_t) document = client != NULL
                                    ? cgs_contract_show (workflow_call_job (call), client, contract, error)
                                    : NULL;
  return document != NULL ? g_strdup (action_state (document)) : NULL;
}
