/* SPDX-License-Identifier: MIT
 * Items 24 to 37: runtime options of contracts, deployment spec and info, clean room policy.
 */
#include "conformance.h"

#define STATUS(contract, option) "POST /contracts/" contract "/runtimeoptions/" option "/status"
static const char disabled_by[] = "Contract has been disabled by the following member(s): ";
static const char not_accepted[] = "{'status':'disabled','reason':{'code':'ContractNotAccepted','message':"
                                   "'Contract does not exist or has not been accepted.'}}";

static json_t *
consent (Conformance *it)
{
  return attestation_client_consent_body (room (it, 1));
}

static void
unknown_contract (Conformance *it)
{
  raw (it, 24);
  fails (it, MEMBER_0, "POST /contracts/unknown/runtimeoptions/execution/enable", NULL, 400,
         "ContractNotAccepted", "Contract does not exist or has not been accepted.");
  fails (it, MEMBER_0, "POST /contracts/unknown/runtimeoptions/execution/disable", NULL, 400,
         "ContractNotAccepted", NULL);
  fails (it, MEMBER_0, "POST /contracts/unknown/runtimeoptions/logging/enable", NULL, 400, "InvalidOption",
         "The option value logging is invalid. Use proposals for options other than 'execution'.");
  client (it, 24);
  denied (it, cgs_contract_execution_set (NULL, as (it, MEMBER_0), "unknown", TRUE, out (it)),
          "ContractNotAccepted");
  denied (it, cgs_contract_execution_set (NULL, as (it, MEMBER_0), "unknown", FALSE, out (it)),
          "ContractNotAccepted");
  raw (it, 30);
  call (it, MEMBER_0, STATUS ("unknown", "logging"), NULL, 200);
  is_exactly (it, not_accepted);
  call (it, USER_0, STATUS ("unknown", "telemetry"), NULL, 200);
  is_exactly (it, not_accepted);
  client (it, 30);
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_0), "unknown", "telemetry", out (it)));
  is_exactly (it, not_accepted);
  static const char *const words[] = { "enable_logging", "disable_logging", "enable_telemetry",
                                       "disable_telemetry" };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    const char *action = fmt (it, "set_contract_runtime_options_%s", words[i]);
    raw (it, 31);
    propose_refused (
        it, MEMBER_0, action, js ("{'contractId':'unknown'}"),
        fmt (it,
             "Proposal failed to validate: %s at position 0 failed validation: Error: Action can "
             "only be proposed once contract 'unknown' has been accepted.",
             action));
  }
  client (it, 31);
  refused (it, cgs_contract_option_propose (NULL, as (it, MEMBER_0), "unknown", "logging", TRUE, out (it)),
           "ProposalFailedToValidate");
}

static void
consent_checks (Conformance *it)
{
  static const char *const options[] = { "execution", "logging", "telemetry" };
  raw (it, 25);
  for (guint i = 0; i < 3; i++) {
    fails (it, ANYONE, fmt (it, "POST /contracts/options/runtimeoptions/%s/status", options[i]), consent (it),
           400, "VerifySnpAttestationFailed", POLICY_MISSING);
    fails (it, ANYONE, fmt (it, "POST /contracts/options/runtimeoptions/%s/status", options[i]), js ("{}"),
           400, "AttestationMissing", "Attestation payload must be supplied.");
  }
  accept_contract (it, "options");
  raw (it, 25);
  for (guint i = 0; i < 3; i++)
    fails (it, ANYONE, fmt (it, "POST /contracts/options/runtimeoptions/%s/status", options[i]), consent (it),
           400, "VerifySnpAttestationFailed", POLICY_MISSING);
  allow_all (it, "options");
  raw (it, 26);
  call (it, ANYONE, STATUS ("options", "execution"), consent (it), 200);
  is_exactly (it, "{'status':'enabled'}");
  fails (it, ANYONE, STATUS ("options", "execution"), attestation_client_consent_body (room (it, 2)), 400,
         "VerifySnpAttestationFailed", "Attestation claims do not match the contract policy.");
  fails (it, MEMBER_0, STATUS ("options", "other"), NULL, 400, "InvalidOption",
         "The option value other is invalid. Valid values are 'execution', 'logging' and 'telemetry'.");
}

static void
is_disabled (Conformance *it, const char *ids)
{
  has (it, "status", "disabled");
  has (it, "reason.code", "ContractDisabled");
  has (it, "reason.message", fmt (it, "%sm[%s].", disabled_by, ids));
}

static void
switching_raw (Conformance *it)
{
  raw (it, 27);
  call (it, MEMBER_0, "POST /contracts/options/runtimeoptions/execution/disable", NULL, 200);
  call (it, MEMBER_1, STATUS ("options", "execution"), NULL, 200);
  is_disabled (it, member_id (it, MEMBER_0));
  call (it, ANYONE, STATUS ("options", "execution"), consent (it), 200);
  is_disabled (it, member_id (it, MEMBER_0));
  raw (it, 28);
  call (it, MEMBER_0, "POST /contracts/options/runtimeoptions/execution/disable", NULL, 200);
  call (it, MEMBER_1, "POST /contracts/options/runtimeoptions/execution/disable", NULL, 200);
  call (it, MEMBER_2, STATUS ("options", "execution"), NULL, 200);
  is_disabled (it, fmt (it, "%s,%s", member_id (it, MEMBER_0), member_id (it, MEMBER_1)));
  call (it, MEMBER_2, "POST /contracts/options/runtimeoptions/execution/enable", NULL, 200);
  call (it, MEMBER_1, "POST /contracts/options/runtimeoptions/execution/enable", NULL, 200);
  call (it, MEMBER_1, STATUS ("options", "execution"), NULL, 200);
  is_disabled (it, member_id (it, MEMBER_0));
  raw (it, 29);
  call (it, MEMBER_0, "POST /contracts/options/runtimeoptions/execution/enable", NULL, 200);
  call (it, MEMBER_1, STATUS ("options", "execution"), NULL, 200);
  is_exactly (it, "{'status':'enabled'}");
}

static void
switching_client (Conformance *it)
{
  client (it, 27);
  done (it, cgs_contract_execution_set (NULL, as (it, MEMBER_0), "options", FALSE, out (it)));
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_1), "options", "execution", out (it)));
  is_disabled (it, member_id (it, MEMBER_0));
  client (it, 28);
  done (it, cgs_contract_execution_set (NULL, as (it, MEMBER_0), "options", FALSE, out (it)));
  done (it, cgs_contract_execution_set (NULL, as (it, MEMBER_1), "options", TRUE, out (it)));
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_1), "options", "execution", out (it)));
  is_disabled (it, member_id (it, MEMBER_0));
  client (it, 29);
  done (it, cgs_contract_execution_set (NULL, as (it, MEMBER_0), "options", TRUE, out (it)));
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_1), "options", "execution", out (it)));
  is_exactly (it, "{'status':'enabled'}");
}

static void
proposed_option (Conformance *it, const char *option)
{
  const char *status = fmt (it, "POST /contracts/options/runtimeoptions/%s/status", option);
  raw (it, 32);
  call (it, MEMBER_0, status, NULL, 200);
  is_exactly (it, "{'status':'disabled','proposalIds':[]}");
  client (it, 32);
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_0), "options", option, out (it)));
  has (it, "status", "disabled");
  has (it, "reason", NULL);

  raw (it, 33);
  const char *id = propose (it, MEMBER_0, fmt (it, "set_contract_runtime_options_enable_%s", option),
                            js ("{'contractId':'options'}"));
  vote (it, MEMBER_0, id, TRUE);
  call (it, MEMBER_1, status, NULL, 200);
  is_exactly (it, fmt (it, "{'status':'disabled','proposalIds':['%s']}", id));
  call (it, ANYONE, status, consent (it), 200);
  has (it, "status", "disabled");
  vote (it, MEMBER_1, id, TRUE);
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
  call (it, MEMBER_1, status, NULL, 200);
  is_exactly (it, "{'status':'enabled','proposalIds':[]}");
  call (it, ANYONE, status, consent (it), 200);
  has (it, "status", "enabled");

  raw (it, 34);
  propose (it, MEMBER_2, fmt (it, "set_contract_runtime_options_disable_%s", option),
           js ("{'contractId':'options'}"));
  state_is (it, "Accepted");
  call (it, MEMBER_1, status, NULL, 200);
  has (it, "status", "disabled");
  call (it, ANYONE, status, consent (it), 200);
  has (it, "status", "disabled");

  client (it, 33);
  got (it, cgs_contract_option_propose (NULL, as (it, MEMBER_0), "options", option, TRUE, out (it)));
  state_is (it, "Open");
  g_autofree char *second = text_at (it, "proposalId");
  for (Who who = MEMBER_1; who <= MEMBER_2; who++) /* the first yes is cast by the propose call */
    vote (it, who, second, TRUE);
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_0), "options", option, out (it)));
  has (it, "status", "enabled");
  client (it, 34);
  got (it, cgs_contract_option_propose (NULL, as (it, MEMBER_1), "options", option, FALSE, out (it)));
  state_is (it, "Accepted");
}

static void
deployment (Conformance *it)
{
  CcfClient *member = as (it, MEMBER_0);
  raw (it, 36);
  propose_refused (it, MEMBER_0, "set_deployment_spec",
                   js ("{'contractId':'unknown','spec':{'data':{'armTemplate':'something'}}}"),
                   "set_deployment_spec at position 0 failed validation: Error: Deployment spec can only be "
                   "proposed once contract 'unknown' has been accepted.");
  raw (it, 37);
  propose_refused (it, MEMBER_0, "set_clean_room_policy",
                   js ("{'contractId':'unknown','type':'add','claims':" ALLOW_ALL "}"),
                   "Clean Room Policy can only be proposed once contract 'unknown' has been accepted.");
  client (it, 36);
  g_autoptr (json_t) spec = js ("{'armTemplate':'something'}");
  refused (it, cgs_deployment_spec_propose (NULL, member, "unknown", spec, out (it)),
           "ProposalFailedToValidate");
  client (it, 37);
  g_autoptr (json_t) claims = js (ALLOW_ALL);
  refused (it, cgs_policy_propose (NULL, member, "unknown", "add", NULL, claims, out (it)),
           "ProposalFailedToValidate");

  raw (it, 35);
  call (it, ANYONE, "POST /contracts/options/deploymentspec", NULL, 200);
  is_exactly (it, "{'proposalIds':[],'data':{}}");
  const char *id = propose (it, MEMBER_0, "set_deployment_spec",
                            js ("{'contractId':'options','spec':{'data':{'armTemplate':'something'}}}"));
  call (it, ANYONE, "POST /contracts/options/deploymentspec", NULL, 200);
  is_exactly (it, fmt (it, "{'proposalIds':['%s'],'data':{}}", id));
  vote_all (it, id);
  call (it, ANYONE, "POST /contracts/options/deploymentspec", NULL, 200);
  is_exactly (it, "{'proposalIds':[],'data':{'armTemplate':'something'}}");
  pass (it, "set_deployment_info", js ("{'contractId':'options','info':{'data':{'armId':'something'}}}"));
  call (it, ANYONE, "POST /contracts/options/deploymentinfo", NULL, 200);
  is_exactly (it, "{'proposalIds':[],'data':{'armId':'something'}}");
  client (it, 35);
  got (it, cgs_deployment_spec_show (NULL, member, "options", out (it)));
  has (it, "data", "{\"armTemplate\":\"something\"}");
  got (it, cgs_deployment_info_show (NULL, member, "options", out (it)));
  has (it, "data", "{\"armId\":\"something\"}");
}

void
items_options (Conformance *it)
{
  unknown_contract (it);
  consent_checks (it);
  switching_raw (it);
  switching_client (it);
  proposed_option (it, "logging");
  proposed_option (it, "telemetry");
  deployment (it);
}
