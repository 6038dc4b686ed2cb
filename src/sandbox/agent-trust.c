/* SPDX-License-Identifier: MIT
 * How the agent follows a recovered ledger: by the report of the recovery agent, against what it was set up
 * with.
 */
#include "sandbox/agent-private.h"
#include "sandbox/ccf-node.h"

#include "ccf/ccf.h"
#include "sandbox/attestation.h"

static char *
follow (CrJob *job, gpointer data, GError **error)
{
  Agent *agent = data;
  const char *address = sandbox_url (agent->sandbox, "recovery-agent");
  static const char *const accepted[] = { CCF_ALLOW_ALL_HOST_DATA, NULL };
  g_autoptr (AttestationPlatform) platform =
      address ? attestation_platform_open (sandbox_folder (agent->sandbox), error) : NULL;
  if (!platform)
    return NULL;
  g_autofree char *root = attestation_root_pem (platform);
  g_autofree char *url = g_strconcat (address, "/network/report", NULL);
  CcfDiscovery discovery = { .url = url,
                             .host_data = accepted,
                             .constitution_digest = agent->constitution_digest,
                             .bundle_digest = agent->bundle_digest,
                             .simulated_root = root };
  char *pem = ccf_discover (job, &discovery, NULL, error);
  sandbox_log (agent->sandbox, pem ? "the agent trusts the recovered ledger"
                                   : "the agent does not trust the ledger that answers now");
  return pem;
}

void
agent_follow_ledger (Agent *agent)
{
  g_autoptr (json_t) report = ccf_agent_report (agent->sandbox);
  g_free (agent->constitution_digest);
  g_free (agent->bundle_digest);
  agent->constitution_digest = g_strdup (cr_json_peek_string (report, "constitutionDigest"));
  agent->bundle_digest = g_strdup (cr_json_peek_string (report, "jsappBundleDigest"));
  http_client_set_retrust (agent->ccf, follow, agent);
}
