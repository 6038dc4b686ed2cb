/* SPDX-License-Identifier: MIT
 * The provider service: makes ledger networks and clean room clusters for the operator.
 *
 * Requests are POSTs with "infraType" and "providerConfig" beside the call's own members (CCF provider client
 * and cleanroom cluster provider client of Azure/azure-cleanroom). create and update run in the background:
 * the answer 202 names an operation that is polled to its end. Bearer token: management scope.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "cloud/token.h"
#include "http/http.h"

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

typedef struct ProviderClient ProviderClient;

typedef struct {
  HttpClient *http;         /* borrowed */
  const char *url;          /* copied */
  const char *network_kind; /* "virtual" or "caci"; copied */
  const char *cluster_kind; /* "virtual" or "aks"; copied */
  const json_t *config;     /* {location, subscriptionId, resourceGroupName, tenantId}; copied */
  CloudTokenFunc token;     /* NULL = calls without credential */
  gpointer data;            /* borrowed */
} ProviderOptions;

ProviderClient *provider_client_new (const ProviderOptions *options); /* gives */
void provider_client_free (ProviderClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProviderClient, provider_client_free)

/* --- ledger network; results {name, infraType, nodeCount, endpoint, nodes} ------------------------------ */

/* Get the network, or create it and wait. MEMBERS is the array [{certificate, encryptionPublicKey?,
 * memberData}] with PEM texts (borrowed). *CREATED may be NULL. Gives. */
json_t *provider_network_ensure (ProviderClient *client, CrJob *job, const char *name, const json_t *members,
                                 gboolean *created, GError **error);
json_t *provider_network_get (ProviderClient *client, CrJob *job, const char *name, GError **error);
/* Any other call: POST networks/NAME/ACTION (or networks/ACTION with NAME NULL) with the members of EXTRA
 * (taken, may be NULL) beside what every body carries. WHAT not NULL: work in the background, named so, that
 * is waited for. Gives the answer, JSON null when it is empty. */
json_t *provider_network_do (ProviderClient *client, CrJob *job, const char *name, const char *action,
                             json_t *extra, const char *what, GError **error);
/* {nodeHealth:[{name, endpoint, status, reasons}], loadBalancerHealth}. Gives. */
json_t *provider_network_health (ProviderClient *client, CrJob *job, const char *name, GError **error);
/* {reports:[{name, endpoint, report, hostData, verified}]}. Gives. */
json_t *provider_network_report (ProviderClient *client, CrJob *job, const char *name, GError **error);
/* Hand the operator's governance signing identity to the provider (multipart SigningCertPemFile,
 * SigningKeyPemFile), as transitionToOpen needs. The request is held in wiped memory. */
gboolean provider_configure (ProviderClient *client, CrJob *job, const char *certificate_pem, EVP_PKEY *key,
                             GError **error);
/* {signingCert, signingKey}: which identity it acts with, null when none. Gives. */
json_t *provider_show (ProviderClient *client, CrJob *job, GError **error);
const char *provider_url (const ProviderClient *client); /* borrowed */
/* {endpoint, agents:[{name, endpoint, serviceCert}]}. Gives. */
json_t *provider_recovery_agents_get (ProviderClient *client, CrJob *job, const char *network,
                                      GError **error);

/* --- clean room cluster; results {name, infraType, analyticsWorkloadProfile{enabled, endpoint}, ...} --- */

json_t *provider_cluster_ensure (ProviderClient *client, CrJob *job, const char *name, gboolean *created,
                                 GError **error);
/* Enable the analytics workload with the contract's deployment spec URL and the CA of that URL; waits, then
 * polls until the workload has an endpoint (at most 10 minutes). Gives the cluster. */
json_t *provider_cluster_enable_analytics (ProviderClient *client, CrJob *job, const char *name,
                                           const char *configuration_url, const char *configuration_url_ca,
                                           GError **error);
/* Decoded kubeconfig for ROLE ("admin", "readonly", "diagnostic"). Gives. */
GBytes *provider_cluster_kubeconfig (ProviderClient *client, CrJob *job, const char *name, const char *role,
                                     GError **error);
/* {deploymentTemplate, governancePolicy, ccePolicy, securityPolicyCreationOption}; refused with
 * CR_ERROR_INPUT when the SHA-256 of the decoded policy text is not the host data of the governance policy.
 * OPTION is "cached" or "cachedDebug"; CA may be NULL. Gives. */
json_t *provider_generate_deployment (ProviderClient *client, CrJob *job, const char *contract_url,
                                      const char *contract_url_ca, const char *option, GError **error);

G_END_DECLS
