/* SPDX-License-Identifier: MIT
 * generateDeployment: what the operator proposes to the consortium for the analytics workload (cluster
 * provider client of Azure/azure-cleanroom), and reading it back once it is accepted.
 */
#include "sandbox/provider-cluster.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define CONTRACTS "/app/contracts/"

/* "https://host:port" and "/app/contracts/id" of a contract URL. Gives both. */
static gboolean
split_contract_url (const char *url, char **endpoint, char **path, GError **error)
{
  const char *found = url != NULL ? strstr (url, CONTRACTS) : NULL;
  const char *id = found != NULL ? found + strlen (CONTRACTS) : NULL;

  if (found == NULL || !g_str_has_prefix (url, "https://") || *id == '\0' || strcspn (id, "/?#") == 0)
    return agent_refuse (error, 400, "InvalidInput",
                         "BadInput: contractUrl must be https://HOST/app/contracts/ID.");
  *endpoint = g_strndup (url, (gsize) (found - url));
  *path = g_strndup (found, strlen (CONTRACTS) + strcspn (id, "/?#"));
  return TRUE;
}

/* Base64 of the JSON array of members that hold a recovery key. Gives. */
static char *
recovery_members (const char *endpoint, const char *ca, GError **error)
{
  g_autofree char *url = g_strconcat (endpoint, "/gov/service/members?api-version=2024-07-01", NULL);
  g_autoptr (HttpClient) http = ca != NULL ? http_client_new (ca, error) : http_client_new_system (error);
  const HttpRequest request = { .method = "GET", .url = url };
  g_autoptr (json_t) answer = http != NULL ? http_call_json (NULL, http, &request, NULL, NULL, error) : NULL;
  g_autoptr (json_t) ids = json_array ();
  g_autofree char *text = NULL;
  json_t *member;
  gsize index;

  if (answer == NULL)
    return NULL;
  json_array_foreach (json_object_get (answer, "value"), index, member)
    if (cr_json_peek_string (member, "publicEncryptionKey") != NULL
        && cr_json_peek_string (member, "memberId") != NULL)
      json_array_append_new (ids, json_string (cr_json_peek_string (member, "memberId")));
  text = cr_json_dump (ids);
  return cr_base64 (text, strlen (text));
}

static json_t *
deployment_template (const char *endpoint, const char *path, const char *members, const char *ca,
                     gboolean telemetry, const char *host_data)
{
  json_t *template = json_object (), *chart = json_object (), *values = json_object ();

  cr_json_set_string (chart, "release", "cleanroom-spark-analytics-agent");
  cr_json_set_string (chart, "chart", "local/cleanroom-spark-analytics-agent");
  cr_json_set_string (chart, "version", PACKAGE_VERSION);
  cr_json_set_string (chart, "namespace", "cleanroom-spark-analytics-agent");
  cr_json_set_string (values, "ccrgovEndpoint", endpoint);
  cr_json_set_string (values, "ccrgovApiPathPrefix", path);
  cr_json_set_string (values, "ccrgovServiceCert", ca);
  cr_json_set_string (values, "ccfNetworkRecoveryMembers", members);
  cr_json_set_bool (values, "telemetryCollectionEnabled", telemetry);
  cr_json_set_string (values, "sparkFrontendEndpoint",
                      "https://cleanroom-spark-frontend.cleanroom-spark-frontend.svc");
  cr_json_set_string (values, "sparkFrontendSnpHostData", host_data);
  cr_json_set (template, "chartMetadata", chart);
  cr_json_set (template, "values", values);
  return template;
}

static json_t *
governance_policy (const char *host_data)
{
  json_t *policy = json_object (), *claims = json_object ();

  cr_json_set_bool (claims, "x-ms-sevsnpvm-is-debuggable", FALSE);
  cr_json_set_string (claims, "x-ms-sevsnpvm-hostdata", host_data);
  cr_json_set_string (policy, "type", "add");
  cr_json_set_string (policy, "policyType", "snp-caci");
  cr_json_set (policy, "claims", claims);
  return policy;
}

static json_t *
cce_policy (const char *path)
{
  g_autofree char *rego = agent_policy_rego (path);
  g_autofree char *base64 = cr_base64 (rego, strlen (rego));
  json_t *policy = json_object ();

  cr_json_set_string (policy, "value", base64);
  cr_json_set_string (policy, "documentUrl", "local://cleanroom-spark-analytics-agent/cce-policy.rego");
  return policy;
}

json_t *
provider_deployment (const json_t *body, GError **error)
{
  const json_t *telemetry = json_object_get (body, "telemetryProfile");
  const char *option = cr_json_peek_string (json_object_get (body, "securityPolicy"), "policyCreationOption");
  const char *ca = cr_json_peek_string (body, "contractUrlCaCert");
  g_autofree char *endpoint = NULL, *path = NULL, *members = NULL, *host_data = NULL;
  json_t *answer;

  if (!split_contract_url (cr_json_peek_string (body, "contractUrl"), &endpoint, &path, error))
    return NULL;
  if (g_strcmp0 (option, "userSupplied") == 0) {
    agent_refuse (error, 400, "InvalidInput",
                  "BadInput: policyCreationOption userSupplied is not supported.");
    return NULL;
  }
  members = recovery_members (endpoint, ca, error);
  if (members == NULL)
    return NULL;
  host_data = agent_policy_digest (path);
  answer = json_object ();
  cr_json_set (answer, "deploymentTemplate",
               deployment_template (endpoint, path, members, ca,
                                    cr_json_peek_bool (telemetry, "collectionEnabled", FALSE), host_data));
  cr_json_set (answer, "governancePolicy", governance_policy (host_data));
  cr_json_set (answer, "ccePolicy", cce_policy (path));
  cr_json_set_string (answer, "securityPolicyCreationOption", option != NULL ? option : "cached");
  return answer;
}

json_t *
provider_accepted_deployment (const char *url, const char *ca, GError **error)
{
  g_autoptr (HttpClient) http = ca != NULL ? http_client_new (ca, error) : http_client_new_system (error);
  const HttpRequest request = { .method = "POST", .url = url, .retry = HTTP_RETRY_SAFE };
  g_autoptr (json_t) answer = http != NULL ? http_call_json (NULL, http, &request, NULL, NULL, error) : NULL;
  json_t *data = answer != NULL ? json_object_get (answer, "data") : NULL;

  if (answer == NULL)
    return NULL;
  /* A template may have been proposed as text. */
  if (json_is_string (data))
    return cr_json_parse (json_string_value (data), json_string_length (data), "the deployment template",
                          error);
  if (json_is_object (json_object_get (data, "values")))
    return json_incref (data);
  agent_refuse (error, 400, "InvalidInput",
                "BadInput: the contract has no accepted deployment template for the analytics workload yet.");
  return NULL;
}
