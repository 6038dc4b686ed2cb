/* SPDX-License-Identifier: MIT
 * The provider service (provider.h): clean room clusters and the analytics workload.
 */
#include "cloud/provider-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"

#include <string.h>

#define ENDPOINT_POLL_MS 5000u
#define ENDPOINT_LIMIT_S 600

static json_t *
cluster_call (ProviderClient *client, CrJob *job, const char *name, const char *action, GError **error)
{
  g_autofree char *path = provider_path ("clusters", name, action);
  return provider_post (client, job, path, provider_body (client, PROVIDER_CLUSTER), error);
}

static json_t *
provider_cluster_get (ProviderClient *client, CrJob *job, const char *name, GError **error)
{
  return cluster_call (client, job, name, "get", error);
}

json_t *
provider_cluster_ensure (ProviderClient *client, CrJob *job, const char *name, gboolean *created,
                         GError **error)
{
  if (created != NULL)
    *created = FALSE;
  GError *problem = NULL;
  json_t *known = provider_cluster_get (client, job, name, &problem);
  if (known != NULL)
    return known;
  if (!provider_is_absent (&problem)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_autofree char *path = provider_path ("clusters", name, "create");
  json_t *body = provider_body (client, PROVIDER_CLUSTER);
  g_autoptr (json_t) made = provider_run (client, job, path, body, "the creation of the cluster", error);
  if (made == NULL)
    return NULL;
  if (created != NULL)
    *created = TRUE;
  return json_is_object (made) ? g_steal_pointer (&made) : provider_cluster_get (client, job, name, error);
}

/* Ask for the cluster until its workload has an address. */
static json_t *
wait_endpoint (ProviderClient *client, CrJob *job, const char *name, GError **error)
{
  gint64 limit_s = cr_now_seconds () + ENDPOINT_LIMIT_S;
  for (;;) {
    g_autoptr (json_t) cluster = provider_cluster_get (client, job, name, error);
    if (cluster == NULL)
      return NULL;
    const char *endpoint = cr_json_peek_string (json_object_get (cluster, "analyticsWorkloadProfile"),
                                                "endpoint");
    if (endpoint != NULL && *endpoint != '\0')
      return g_steal_pointer (&cluster);
    if (cr_now_seconds () > limit_s) {
      cr_set_error (error, CR_ERROR_RETRY, "Look at the cluster's health, then run the step again.",
                    "The analytics workload of %s has no address after %d minutes.", name,
                    ENDPOINT_LIMIT_S / 60);
      return NULL;
    }
    cr_job_progress (job, _ ("waiting for the analytics workload's address"), 0, 0);
    if (!cr_job_sleep (job, ENDPOINT_POLL_MS, error))
      return NULL;
  }
}

json_t *
provider_cluster_enable_analytics (ProviderClient *client, CrJob *job, const char *name,
                                   const char *configuration_url, const char *configuration_url_ca,
                                   GError **error)
{
  json_t *profile = json_object ();
  cr_json_set_bool (profile, "enabled", TRUE);
  cr_json_set_string (profile, "configurationUrl", configuration_url);
  cr_json_set_string (profile, "configurationUrlCaCert", configuration_url_ca);
  cr_json_set (profile, "securityPolicy", json_pack ("{s:s}", "policyCreationOption", "cachedDebug"));
  json_t *body = provider_body (client, PROVIDER_CLUSTER);
  cr_json_set (body, "analyticsWorkloadProfile", profile);
  g_autofree char *path = provider_path ("clusters", name, "update");
  g_autoptr (json_t) updated = provider_run (client, job, path, body, "the start of the analytics workload",
                                             error);
  return updated != NULL ? wait_endpoint (client, job, name, error) : NULL;
}

GBytes *
provider_cluster_kubeconfig (ProviderClient *client, CrJob *job, const char *name, const char *role,
                             GError **error)
{
  json_t *body = provider_body (client, PROVIDER_CLUSTER);
  cr_json_set_string (body, "accessRole", role);
  g_autofree char *path = provider_path ("clusters", name, "getkubeconfig");
  g_autoptr (json_t) answer = provider_post (client, job, path, body, error);
  const char *text = answer != NULL
                         ? cr_json_get_string (answer, "kubeconfig", "the answer of the provider", error)
                         : NULL;
  return text != NULL ? cr_base64_decode (text, "kubeconfig", error) : NULL;
}

/* What is agreed (the host data) must be what would run (the policy text). */
static gboolean
check_policy (const json_t *answer, GError **error)
{
  static const char what[] = "the deployment of the provider";
  json_t *cce = cr_json_get_object (answer, "ccePolicy", what, error);
  const char *value = cce != NULL ? cr_json_get_string (cce, "value", what, error) : NULL;
  json_t *policy = value != NULL ? cr_json_get_object (answer, "governancePolicy", what, error) : NULL;
  json_t *claims = policy != NULL ? cr_json_get_object (policy, "claims", what, error) : NULL;
  if (claims == NULL || cr_json_get_object (answer, "deploymentTemplate", what, error) == NULL)
    return FALSE;
  const json_t *claim = json_object_get (claims, "x-ms-sevsnpvm-hostdata");
  const char *host_data = json_string_value (json_is_array (claim) ? json_array_get (claim, 0) : claim);
  g_autoptr (GBytes) rego = cr_base64_decode (value, "ccePolicy.value", error);
  if (rego == NULL)
    return FALSE;
  g_autofree char *digest = cr_sha256_hex (g_bytes_get_data (rego, NULL), g_bytes_get_size (rego));
  if (host_data != NULL && g_ascii_strcasecmp (host_data, digest) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT,
                "Do not propose it. Generate it again; if it stays so, ask who runs the provider.",
                "The generated policy (SHA-256 %s) is not the one that the governance policy names (%s).",
                digest, host_data != NULL ? host_data : "none");
  return FALSE;
}

json_t *
provider_generate_deployment (ProviderClient *client, CrJob *job, const char *contract_url,
                              const char *contract_url_ca, const char *option, GError **error)
{
  json_t *body = provider_body (client, PROVIDER_CLUSTER);
  cr_json_set_string (body, "contractUrl", contract_url);
  cr_json_set_string (body, "contractUrlCaCert", contract_url_ca);
  cr_json_set (body, "securityPolicy", json_pack ("{s:s}", "policyCreationOption", option));
  g_autoptr (json_t) answer = provider_post (client, job, "clusters/analyticsWorkload/generateDeployment",
                                             body, error);
  if (answer == NULL || !check_policy (answer, error))
    return NULL;
  return g_steal_pointer (&answer);
}
