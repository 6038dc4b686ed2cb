/* SPDX-License-Identifier: MIT
 * Contracts, their options, deployment and policies (contract.h).
 */
#include "cgs/contract.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs-private.h"

json_t *
cgs_contract_list (CrJob *job, CcfClient *client, const char *state, GError **error)
{
  g_autofree char *encoded = state != NULL ? cr_percent_encode (state, NULL) : NULL;
  g_autofree char *path = state != NULL ? g_strdup_printf ("/contracts?state=%s", encoded)
                                        : g_strdup ("/contracts");
  return cgs_list (job, client, path, error);
}

json_t *
cgs_contract_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s", contract_id);
  return cgs_read (job, client, "POST", path, error);
}

gboolean
cgs_contract_put (CrJob *job, CcfClient *client, const char *contract_id, const char *data,
                  const char *version, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s", contract_id);
  g_autoptr (json_t) body = cgs_args ("data", data);
  cr_json_set_string (body, "version", version != NULL ? version : "");
  return cgs_do (job, client, "PUT", path, body, error);
}

/* The proposal for cgs_contract_propose() unsigned, for callers that journal the signed bytes first. */
static json_t *
cgs_contract_proposal (CrJob *job, CcfClient *client, const char *contract_id, const char *version,
                       GError **error)
{
  if (version == NULL || *version == '\0') {
    cgs_refuse (error, "VersionMissing", "The version of contract '%s' must be given.", contract_id);
    return NULL;
  }
  g_autoptr (json_t) contract = cgs_contract_show (job, client, contract_id, error);
  if (contract == NULL)
    return NULL;
  const char *current = cr_json_peek_string (contract, "version");
  if (g_strcmp0 (current, version) != 0) {
    cgs_refuse (error, "ContractModified", "Contract '%s' has changed: it is now version %s, not %s.",
                contract_id, current != NULL ? current : "unknown", version);
    return NULL;
  }
  json_t *args = cgs_args ("contractId", contract_id);
  cr_json_set (args, "contract", json_incref (contract));
  return ccf_proposal_new ("set_contract", args);
}

json_t *
cgs_contract_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *version,
                      GError **error)
{
  g_autoptr (json_t) proposal = cgs_contract_proposal (job, client, contract_id, version, error);
  return proposal != NULL ? ccf_proposal_create (job, client, proposal, error) : NULL;
}

json_t *
cgs_contract_vote (CrJob *job, CcfClient *client, const char *contract_id, const char *proposal_id,
                   gboolean accept, GError **error)
{
  if (proposal_id == NULL || *proposal_id == '\0') {
    cgs_refuse (error, "ProposalIdMissing", "The proposal to vote on must be given.");
    return NULL;
  }
  g_autoptr (json_t) contract = cgs_contract_show (job, client, contract_id, error);
  if (contract == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (contract, "state"), "Proposed") != 0) {
    cgs_refuse (error, "ContractNotProposed", "Contract '%s' is not proposed: its state is %s.", contract_id,
                cr_json_peek_string (contract, "state"));
    return NULL;
  }
  if (g_strcmp0 (cr_json_peek_string (contract, "proposalId"), proposal_id) != 0) {
    cgs_refuse (error, "ProposalIdMismatch", "Contract '%s' is proposed by another proposal.", contract_id);
    return NULL;
  }
  return ccf_proposal_vote (job, client, proposal_id, accept, error);
}

/* ---- Options ---- */

json_t *
cgs_contract_option_status (CrJob *job, CcfClient *client, const char *contract_id, const char *option,
                            GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/runtimeoptions/%s/status", contract_id, option);
  return cgs_read (job, client, "POST", path, error);
}

gboolean
cgs_contract_execution_set (CrJob *job, CcfClient *client, const char *contract_id, gboolean enable,
                            GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/runtimeoptions/execution/%s", contract_id,
                                    enable ? "enable" : "disable");
  return cgs_do (job, client, "POST", path, NULL, error);
}

json_t *
cgs_contract_option_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *option,
                             gboolean enable, GError **error)
{
  if (g_strcmp0 (option, "logging") != 0 && g_strcmp0 (option, "telemetry") != 0) {
    cgs_refuse (error, "InvalidOption", "Only 'logging' and 'telemetry' are switched by proposal, not '%s'.",
                option);
    return NULL;
  }
  g_autofree char *action = g_strdup_printf ("set_contract_runtime_options_%s_%s",
                                             enable ? "enable" : "disable", option);
  return cgs_propose (job, client, action, cgs_args ("contractId", contract_id), error);
}

/* ---- Deployment ---- */

json_t *
cgs_deployment_spec_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/deploymentspec", contract_id);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_deployment_info_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/deploymentinfo", contract_id);
  return cgs_read (job, client, "POST", path, error);
}

static json_t *
propose_deployment (CrJob *job, CcfClient *client, const char *action, const char *key,
                    const char *contract_id, const json_t *data, GError **error)
{
  json_t *inner = json_object ();
  cr_json_set (inner, "data", json_deep_copy (data));
  json_t *args = cgs_args ("contractId", contract_id);
  cr_json_set (args, key, inner);
  return cgs_propose (job, client, action, args, error);
}

json_t *
cgs_deployment_spec_propose (CrJob *job, CcfClient *client, const char *contract_id, const json_t *data,
                             GError **error)
{
  return propose_deployment (job, client, "set_deployment_spec", "spec", contract_id, data, error);
}

json_t *
cgs_deployment_info_propose (CrJob *job, CcfClient *client, const char *contract_id, const json_t *data,
                             GError **error)
{
  return propose_deployment (job, client, "set_deployment_info", "info", contract_id, data, error);
}

/* ---- Policies ---- */

json_t *
cgs_policy_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/cleanroompolicy", contract_id);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_policy_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *type,
                    const char *policy_type, const json_t *claims, GError **error)
{
  if (type == NULL || *type == '\0') {
    cgs_refuse (error, "TypeMissing", "Whether claims are added or removed must be given.");
    return NULL;
  }
  if (!json_is_object (claims) || json_object_size (claims) == 0) {
    cgs_refuse (error, "ClaimsMissing", "The claims of the clean room policy must be given.");
    return NULL;
  }
  json_t *args = cgs_args ("contractId", contract_id);
  cr_json_set_string (args, "type", type);
  cr_json_set_string (args, "policyType", policy_type);
  cr_json_set (args, "claims", json_deep_copy (claims));
  return cgs_propose (job, client, "set_clean_room_policy", args, error);
}

json_t *
cgs_delegates_list (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/cleanroompolicy/delegates", contract_id);
  return path != NULL ? cgs_list (job, client, path, error) : NULL;
}

json_t *
cgs_delegate_show (CrJob *job, CcfClient *client, const char *contract_id, const char *type, const char *id,
                   GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/cleanroompolicy/delegates/%s/%s", contract_id, type,
                                    id);
  return cgs_read (job, client, "POST", path, error);
}
