/* SPDX-License-Identifier: MIT
 * What the nodes of a network prove: their report, the policy they run with, the policy for joining them.
 * Routes of the upstream CCF provider client.
 *
 * The nodes of this environment run no measured software. Their report comes from the simulated processor of
 * attestation.h and carries the host data that stands for "any software".
 */
#include "sandbox/provider-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "sandbox/attestation.h"

#include <string.h>

/* Evidence about the node's key, in the shape of a node's report. Gives. */
static json_t *
node_report (Sandbox *sandbox, GError **error)
{
  const char *pem = ccf_node_cert_pem (ccf_node (sandbox));
  g_autoptr (X509) certificate = pem ? cose_cert_from_pem (pem, -1, "the node certificate", error) : NULL;
  g_autoptr (EVP_PKEY) key = certificate ? cose_cert_key (certificate, error) : NULL;
  g_autoptr (GBytes) der = key ? cose_key_public_der (key) : NULL;
  g_autoptr (AttestationPlatform) platform = der ? attestation_platform_open (sandbox_folder (sandbox), error)
                                                 : NULL;
  g_autoptr (json_t) evidence = platform ? attestation_make_bound (platform, CCF_ALLOW_ALL_HOST_DATA,
                                                                   g_bytes_get_data (der, NULL),
                                                                   g_bytes_get_size (der), error)
                                         : NULL;
  return evidence ? json_pack ("{s:O,s:O,s:n}", "attestation", json_object_get (evidence, "evidence"),
                               "platformCertificates", json_object_get (evidence, "endorsements"),
                               "uvmEndorsements")
                  : NULL;
}

static void
post_report (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (json_t) network = ccf_network_describe (sandbox, name);
  g_autofree char *node = g_strconcat (name, "-0", NULL);
  g_autoptr (GError) problem = NULL;
  json_t *report = node_report (sandbox, &problem);
  gboolean simulated = report != NULL;
  json_t *entry = json_object ();
  cr_json_set_string (entry, "name", node);
  cr_json_set_string (entry, "endpoint", cr_json_peek_string (network, "endpoint"));
  cr_json_set (entry, "report", report ? report : json_null ()); /* a lost network has no key to report on */
  cr_json_set_string (entry, "hostData", CCF_ALLOW_ALL_HOST_DATA);
  /* Its root is not one of the makers of processors: whoever believes this provider must not be misled. */
  cr_json_set_bool (entry, "verified", FALSE);
  cr_json_set_bool (entry, "simulated", simulated);
  sandbox_respond_json (response, 200, json_pack ("{s:[o]}", "reports", entry));
}

static json_t *
join_policy (void)
{
  return json_pack ("{s:{s:[s]}}", "snp", "hostData", CCF_ALLOW_ALL_HOST_DATA);
}

/* What the ledger lets join. */
static void
get_join_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  const char *url = sandbox_url (sandbox, "ccf"), *pem = ccf_node_service_pem (ccf_node (sandbox));
  g_autoptr (GError) error = NULL;
  g_autoptr (CcfClient) client = url && pem ? ccf_client_new (url, pem, &error) : NULL;
  json_t *policy = client ? ccf_join_policy (NULL, client, &error) : NULL;
  if (policy)
    sandbox_respond_json (response, 200, policy);
  else if (error)
    network_provider_refused (response, error);
  else
    sandbox_respond_error (response, 503, "NetworkNotReady", "The network does not run: recover it.");
}

/* The join policy that fits the nodes of the network that runs. */
static void
post_running_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (body && network_provider_exists (sandbox, request, response))
    sandbox_respond_json (response, 200, join_policy ());
}

/* FALSE with the answer written. */
static gboolean
check_option (const json_t *body, SandboxResponse *response)
{
  static const char *const known[] = { "cached", "cachedDebug", "allowAll", NULL };
  const char *option = cr_json_peek_string (body, "securityPolicyCreationOption");
  if (!option || g_strv_contains (known, option))
    return TRUE;
  sandbox_respond_error (response, 400, "InvalidInput",
                         "securityPolicyCreationOption '%s' is not supported here.", option);
  return FALSE;
}

static void
post_join_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (body && check_option (body, response))
    sandbox_respond_json (response, 200, join_policy ());
}

/* No text has the digest of "any software" here, so there is a digest and no policy. */
static void
post_security_policy (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !check_option (body, response))
    return;
  sandbox_respond_json (response, 200,
                        json_pack ("{s:s,s:{s:n,s:s},s:b}", "securityPolicyCreationOption", "allowAll", "snp",
                                   "policy", "hostData", CCF_ALLOW_ALL_HOST_DATA, "simulated", 1));
}

const SandboxRoute network_policy_routes[] = {
  { "POST", "/networks/generateSecurityPolicy", post_security_policy },
  { "POST", "/networks/generateJoinPolicy", post_join_policy },
  { "POST", "/networks/{name}/report", post_report },
  { "POST", "/networks/{name}/getJoinPolicy", get_join_policy },
  { "POST", "/networks/{name}/generateJoinPolicy", post_running_policy },
  { NULL, NULL, NULL },
};
