/* SPDX-License-Identifier: MIT
 * Finding the ledger's certificate (rediscover.h).
 */
#include "workflow/rediscover.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cgs/service.h"
#include "cose/x509.h"

#include <string.h>

#define AGENT_MAX 65536

char *
workflow_discover_service (WorkflowContext *context, CrJob *job, const char *agent_text, gboolean *attested,
                           GError **error)
{
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return NULL;
  g_autoptr (json_t) agent = cr_json_parse (agent_text, strlen (agent_text), "ccf.recovery-agent.json",
                                            error);
  const char *endpoint = agent != NULL
                             ? cr_json_get_string (agent, "endpoint", "ccf.recovery-agent.json", error)
                             : NULL;
  const char *host_data = endpoint != NULL
                              ? cr_json_get_string (agent, "snpHostData", "ccf.recovery-agent.json", error)
                              : NULL;
  g_autofree char *folder = g_build_filename (workflow_context_scenario (context)->dir, "governance", NULL);
  g_autofree char *constitution = NULL, *bundle = NULL;
  if (host_data == NULL || !cgs_files_digests (folder, &constitution, &bundle, error))
    return NULL;
  g_autofree char *url = g_strconcat (endpoint, "/network/report", NULL);
  const char *const accepted[] = { host_data, NULL };
  CcfDiscovery discovery = { .url = url,
                             .host_data = accepted,
                             .constitution_digest = constitution,
                             .bundle_digest = bundle,
                             .simulated_root = environment->attestation_root };
  return ccf_discover (job, &discovery, attested, error);
}

/* Never silently: a person may want to compare the fingerprint. */
static gboolean
tell (CrJob *job, const char *pem, GError **error)
{
  g_autoptr (X509) certificate = cose_cert_from_pem (pem, -1, "the service certificate", error);
  if (certificate == NULL)
    return FALSE;
  g_autofree char *fingerprint = cose_cert_fingerprint (certificate);
  g_autofree char *text = g_strdup_printf (
      _ ("The ledger was recovered and has a new certificate, %s; its recovery agent proved it."),
      fingerprint);
  cr_job_notice (job, "warning", text);
  return TRUE;
}

/* By the rules that the environment's description has; the description is kept right. Gives. */
static char *
discover_as_described (WorkflowContext *context, CrJob *job, GError **error)
{
  const Environment *environment = workflow_context_environment (context, error);
  g_autofree char *state_dir = environment_state_dir (workflow_context_state_dir (context));
  g_autoptr (CcfConsortium) it = environment != NULL
                                     ? ccf_consortium_load (state_dir, environment->name, error)
                                     : NULL;
  CcfDiscovery discovery;
  gboolean attested = FALSE;
  g_autofree char *pem = it != NULL && ccf_consortium_discovery (it, &discovery, error)
                             ? ccf_discover (job, &discovery, &attested, error)
                             : NULL;
  if (pem == NULL)
    return NULL;
  g_free (it->service_certificate);
  it->service_certificate = g_strdup (pem);
  return ccf_consortium_save (it, state_dir, error) ? g_steal_pointer (&pem) : NULL;
}

static char *
follow (CrJob *job, gpointer data, GError **error)
{
  WorkflowContext *context = data;
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return NULL;
  g_autofree char *path = workflow_context_path (context, "public/ccf.recovery-agent.json");
  g_autofree char *pinned = workflow_context_private (context, "service_cert.pem");
  gboolean described = environment->ledger->discovery_url != NULL && !g_file_test (path, G_FILE_TEST_EXISTS)
                       && environment_is_added (workflow_context_state_dir (context));
  g_autofree char *agent_text = described ? NULL : cr_file_read_text (path, AGENT_MAX, error);
  g_autofree char *pem = NULL;
  if (described)
    pem = discover_as_described (context, job, error);
  else if (agent_text != NULL)
    pem = workflow_discover_service (context, job, agent_text, NULL, error);
  if (pem == NULL || !tell (job, pem, error) || !cr_file_write (pinned, pem, -1, 0600, error))
    return NULL;
  return g_steal_pointer (&pem);
}

void
workflow_context_follow_service (WorkflowContext *context, CcfClient *client)
{
  ccf_client_set_rediscovery (client, follow, context, NULL);
}
