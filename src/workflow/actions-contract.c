/* SPDX-License-Identifier: MIT
 * The contract behind a clean room: text and votes, certificate authority, token issuer, deployment and
 * policy.
 */
#include "workflow/actions-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define HOST_DATA "x-ms-sevsnpvm-hostdata"
#define WEB_CONTAINER "$web"

gboolean
action_accept_own (WorkflowCall *call, json_t *proposal, const char *what, GError **error)
{
  g_autoptr (json_t) owned = proposal;
  (void) call;
  if (owned == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (owned, "proposalState"), "Open") != 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_WAITING, "Ask them to vote, then take this step again.",
                "Other members have to vote on %s.", what);
  return FALSE;
}

/* ---- The contract text ---- */

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Members that can recover the ledger, by id, in a fixed order. Gives. */
static json_t *
recovery_members (WorkflowCall *call, CcfClient *client, GError **error)
{
  g_autoptr (json_t) members = ccf_members_list (workflow_call_job (call), client, error);
  if (members == NULL)
    return NULL;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < json_array_size (members); i++) {
    json_t *member = json_array_get (members, i);
    const char *key = cr_json_peek_string (member, "publicEncryptionKey");
    const char *id = cr_json_peek_string (member, "memberId");
    if (key != NULL && *key != '\0' && id != NULL)
      g_ptr_array_add (ids, g_strdup (id));
  }
  g_ptr_array_sort (ids, compare_texts);
  json_t *list = json_array ();
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, json_string (g_ptr_array_index (ids, i)));
  return list;
}

/* What the members agree on, as compact JSON text. Gives. */
static char *
contract_text (WorkflowCall *call, CcfClient *client, const char *contract, GError **error)
{
  CrJob *job = workflow_call_job (call);
  g_autofree char *agent_text = workflow_call_public (call, "ccf.recovery-agent.json", error);
  g_autoptr (json_t) agent = agent_text != NULL ? cr_json_parse (agent_text, strlen (agent_text),
                                                                 "ccf.recovery-agent.json", error)
                                                : NULL;
  const char *endpoint = agent != NULL
                             ? cr_json_get_string (agent, "endpoint", "ccf.recovery-agent.json", error)
                             : NULL;
  const char *host_data = endpoint != NULL
                              ? cr_json_get_string (agent, "snpHostData", "ccf.recovery-agent.json", error)
                              : NULL;
  g_autoptr (json_t) version = host_data != NULL ? cgs_service_version (job, client, error) : NULL;
  json_t *members = version != NULL ? recovery_members (call, client, error) : NULL;
  if (members == NULL)
    return NULL;
  g_autofree char *report = g_strconcat (endpoint, "/network/report", NULL);
  g_autofree char *prefix = g_strconcat ("/app/contracts/", contract, NULL);
  json_t *discovery = json_object ();
  cr_json_set_string (discovery, "endpoint", report);
  cr_json_set_string (discovery, "snpHostData", host_data);
  cr_json_set_string (discovery, "constitutionDigest", cr_json_peek_string (version, "constitutionDigest"));
  cr_json_set_string (discovery, "jsappBundleDigest", cr_json_peek_string (version, "jsappBundleDigest"));
  g_autoptr (json_t) data = json_object ();
  cr_json_set_string (data, "ccrgovEndpoint", ccf_client_endpoint (client));
  cr_json_set_string (data, "ccrgovApiPathPrefix", prefix);
  cr_json_set (data, "ccrgovServiceCertDiscovery", discovery);
  cr_json_set (data, "ccfNetworkRecoveryMembers", members);
  return cr_json_dump (data);
}

/* From where the contract stands to the next state; *AGAIN when it has to be looked at once more. */
static gboolean
advance (WorkflowCall *call, CcfClient *client, const char *contract, const char *text, gboolean *again,
         GError **error)
{
  CrJob *job = workflow_call_job (call);
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) now = cgs_contract_show (job, client, contract, &problem);
  *again = TRUE;
  if (now == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    gboolean ok = cgs_contract_put (job, client, contract, text, NULL, error);
    cr_fault_point ("contract-draft");
    return ok;
  }
  if (now == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  const char *state = action_state (now), *version = cr_json_peek_string (now, "version");
  gboolean same = g_strcmp0 (cr_json_peek_string (now, "data"), text) == 0;
  if (g_str_equal (state, "Draft")) {
    if (!same)
      return cgs_contract_put (job, client, contract, text, version, error);
    g_autoptr (json_t) proposal = cgs_contract_propose (job, client, contract, version, error);
    cr_fault_point ("contract-proposed");
    return proposal != NULL;
  }
  if (!same) {
    cr_set_error (error, CR_ERROR_REFUSED,
                  "Take the step again with a new contract id: --force --set contract=analytics-<8 hex>. "
                  "Users then have to publish and grant anew.",
                  "The contract %s holds other terms than those of this consortium (%s).", contract, state);
    return FALSE;
  }
  if (g_str_equal (state, "Proposed")) {
    g_autoptr (json_t) vote = cgs_contract_vote (job, client, contract,
                                                 cr_json_peek_string (now, "proposalId"), TRUE, error);
    cr_fault_point ("contract-voted");
    if (vote == NULL)
      return FALSE;
    return action_accept_own (call, g_steal_pointer (&vote), "the contract", error);
  }
  *again = FALSE;
  return TRUE;
}

gboolean
action_contract_agree (WorkflowCall *call, const char *contract, GError **error)
{
  CcfClient *client = action_ledger (call, error);
  g_autofree char *text = client != NULL ? contract_text (call, client, contract, error) : NULL;
  if (text == NULL || !workflow_call_write (call, "operator/private/contract.json", text, -1, error))
    return FALSE;
  gboolean again = TRUE;
  for (guint turn = 0; again; turn++) {
    if (turn > 6) {
      cr_set_error (error, CR_ERROR_RETRY, "Take the step again.", "The contract %s keeps changing.",
                    contract);
      return FALSE;
    }
    if (!advance (call, client, contract, text, &again, error))
      return FALSE;
  }
  workflow_call_say (call, "The contract %s is accepted.", contract);
  return TRUE;
}

/* ---- Certificate authority ---- */

gboolean
action_contract_authority (WorkflowCall *call, const char *contract, GError **error)
{
  CrJob *job = workflow_call_job (call);
  CcfClient *client = action_ledger (call, error);
  g_autoptr (json_t) now = client != NULL ? cgs_ca_show (job, client, contract, error) : NULL;
  if (now == NULL)
    return FALSE;
  if (!cr_json_peek_bool (now, "enabled", FALSE)) {
    if (!action_accept_own (call, cgs_ca_propose_enable (job, client, contract, error),
                            "the certificate authority", error))
      return FALSE;
    cr_fault_point ("ca-enabled");
  }
  if (cr_json_peek_string (now, "caCert") == NULL) {
    g_autoptr (json_t) key = cgs_ca_generate_key (job, client, contract, error);
    if (key == NULL)
      return FALSE;
    cr_fault_point ("ca-key");
    json_decref (now);
    now = cgs_ca_show (job, client, contract, error);
  }
  const char *certificate = now != NULL
                                ? cr_json_get_string (now, "caCert", "the certificate authority", error)
                                : NULL;
  if (certificate == NULL)
    return FALSE;
  workflow_call_say (call, "The contract's certificate authority is ready.");
  return workflow_call_write (call, "public/cleanroomca.crt", certificate, -1, error);
}

/* ---- Token issuer ---- */

static json_t *
discovery_document (const char *issuer)
{
  g_autofree char *keys = g_strconcat (issuer, "/openid/v1/jwks", NULL);
  json_t *document = json_object ();
  static const char *const members[][2] = { { "response_types_supported", "id_token" },
                                            { "subject_types_supported", "public" },
                                            { "id_token_signing_alg_values_supported", "RS256" } };
  cr_json_set_string (document, "issuer", issuer);
  cr_json_set_string (document, "jwks_uri", keys);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    json_t *list = json_array ();
    json_array_append_new (list, json_string (members[i][1]));
    cr_json_set (document, members[i][0], list);
  }
  return document;
}

static gboolean
upload_document (WorkflowCall *call, BlobClient *blob, const char *file, const char *name,
                 const json_t *value, GError **error)
{
  g_autofree char *path = g_strconcat ("operator/private/", file, NULL);
  if (!workflow_call_write_json (call, path, value, error))
    return FALSE;
  g_autoptr (GBytes) bytes = cr_json_dump_bytes (value);
  gboolean ok = blob_put (blob, workflow_call_job (call), WEB_CONTAINER, name, bytes, "application/json",
                          error);
  cr_fault_point ("issuer-document");
  return ok;
}

/* Anybody must be able to read it, without a token. */
static gboolean
check_public (WorkflowCall *call, const char *issuer, GError **error)
{
  HttpClient *http = workflow_context_http (workflow_call_context (call), error);
  g_autofree char *url = g_strconcat (issuer, "/.well-known/openid-configuration", NULL);
  HttpRequest request = { .method = "GET", .url = url };
  g_autoptr (json_t) seen = http != NULL
                                ? http_call_json (workflow_call_job (call), http, &request, NULL, NULL, error)
                                : NULL;
  if (seen == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (seen, "issuer"), issuer) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Allow public reads of the static website of that storage account.",
                "%s does not serve the issuer document.", url);
  return FALSE;
}

gboolean
action_contract_issuer (WorkflowCall *call, GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  CcfClient *client = action_ledger (call, error);
  g_autofree char *group = client != NULL ? action_group (call, error) : NULL;
  g_autofree char *web = group != NULL ? action_fact (call, "web", error) : NULL;
  g_autofree char *endpoint = web != NULL ? action_fact (call, "oidc-blob", error) : NULL;
  g_autoptr (BlobClient) blob = endpoint != NULL ? workflow_context_blob (context, endpoint, error) : NULL;
  g_autoptr (json_t) keys = blob != NULL ? cgs_oidc_keys (workflow_call_job (call), client, error) : NULL;
  if (keys == NULL)
    return FALSE;
  g_autofree char *folder = g_strdup_printf ("az-cleanroom-samples-%s-oidc", group);
  g_autofree char *issuer = g_strdup_printf ("%s/%s", web, folder);
  g_autofree char *first = g_strconcat (folder, "/.well-known/openid-configuration", NULL);
  g_autofree char *second = g_strconcat (folder, "/openid/v1/jwks", NULL);
  g_autoptr (json_t) document = discovery_document (issuer);
  g_autofree char *line = g_strconcat (issuer, "\n", NULL);
  if (!upload_document (call, blob, "openid-configuration.json", first, document, error)
      || !upload_document (call, blob, "jwks.json", second, keys, error)
      || !check_public (call, issuer, error))
    return FALSE;
  workflow_call_set (call, "issuer", issuer);
  workflow_call_say (call, "The token issuer is public at %s.", issuer);
  return workflow_call_write (call, "public/issuer.url", line, -1, error);
}

/* ---- Deployment ---- */

/* Keep the generated files as the command line extension names them. */
static gboolean
write_deployment (WorkflowCall *call, const json_t *generated, GError **error)
{
  static const char *const parts[][2] = { { "deploymentTemplate", "deployment-template.json" },
                                          { "governancePolicy", "governance-policy.json" },
                                          { "ccePolicy", "cce-policy.json" } };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    json_t *value = cr_json_get_object (generated, parts[i][0], "the generated deployment", error);
    g_autofree char *path = g_strconcat ("operator/private/deployments/analytics-workload.", parts[i][1],
                                         NULL);
    if (value == NULL || !workflow_call_write_json (call, path, value, error))
      return FALSE;
  }
  const char *encoded = cr_json_get_string (json_object_get (generated, "ccePolicy"), "value",
                                            "the policy of the clean room", error);
  g_autoptr (GBytes) rego = encoded != NULL
                                ? cr_base64_decode (encoded, "the policy of the clean room", error)
                                : NULL;
  return rego != NULL
         && workflow_call_write (call, "operator/private/deployments/analytics-workload.cce-policy.rego",
                                 g_bytes_get_data (rego, NULL), (gssize) g_bytes_get_size (rego), error);
}

/* Does the accepted POLICY allow the host data WANTED? */
static gboolean
policy_has (const json_t *policy, const char *wanted)
{
  const json_t *values = json_object_get (json_object_get (policy, "policy"), HOST_DATA);
  for (size_t i = 0; i < json_array_size (values); i++)
    if (g_strcmp0 (json_string_value (json_array_get (values, i)), wanted) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
propose_policy (WorkflowCall *call, CcfClient *client, const char *contract, const json_t *generated,
                GError **error)
{
  CrJob *job = workflow_call_job (call);
  json_t *policy = json_object_get (generated, "governancePolicy");
  json_t *claims = cr_json_get_object (policy, "claims", "the policy of the clean room", error);
  const char *host_data = claims != NULL ? cr_json_get_string (claims, HOST_DATA, "the policy claims", error)
                                         : NULL;
  g_autoptr (json_t) now = host_data != NULL ? cgs_policy_show (job, client, contract, error) : NULL;
  if (now == NULL)
    return FALSE;
  if (!policy_has (now, host_data)) {
    json_t *proposal = cgs_policy_propose (job, client, contract, "add",
                                           cr_json_peek_string (policy, "policyType"), claims, error);
    if (!action_accept_own (call, proposal, "the clean room policy", error))
      return FALSE;
    cr_fault_point ("policy");
  }
  workflow_call_set (call, "host_data", host_data);
  workflow_call_say (call, "The clean room policy is agreed: host data %.16s...", host_data);
  return TRUE;
}

gboolean
action_contract_deployment (WorkflowCall *call, const char *contract, GError **error)
{
  CrJob *job = workflow_call_job (call);
  CcfClient *client = action_ledger (call, error);
  ProviderClient *provider = client != NULL ? workflow_context_provider (workflow_call_context (call), error)
                                            : NULL;
  if (provider == NULL)
    return FALSE;
  g_autofree char *url = g_strdup_printf ("%s/app/contracts/%s", ccf_client_endpoint (client), contract);
  g_autoptr (json_t) generated = provider_generate_deployment (
      provider, job, url, ccf_client_service_certificate (client), "cachedDebug", error);
  if (generated == NULL || !write_deployment (call, generated, error))
    return FALSE;
  json_t *template = json_object_get (generated, "deploymentTemplate");
  g_autoptr (json_t) now = cgs_deployment_spec_show (job, client, contract, error);
  if (now == NULL)
    return FALSE;
  if (!json_equal (json_object_get (now, "data"), template)) {
    if (!action_accept_own (call, cgs_deployment_spec_propose (job, client, contract, template, error),
                            "the deployment", error))
      return FALSE;
    cr_fault_point ("deployment-spec");
  }
  workflow_call_say (call, "The deployment of the clean room is agreed.");
  return propose_policy (call, client, contract, generated, error);
}
