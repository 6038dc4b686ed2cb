/* SPDX-License-Identifier: MIT
 * The governance application: contracts, options, deployment, policies, events, secrets. Numbers in test
 * names are those of the public suite's behaviours.
 */
#include "tests/unit/cgs-harness.h"

#include "base/clock.h"

/* --- Contracts --- */

static void
test_contract_credentials (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &anonymous, "PUT /contracts/c1", js ("{'data':1}"), 401, "InvalidAuthenticationInfo",
                NULL);
  expect_error (cgs, &anonymous, "POST /contracts/c1", NULL, 401, "InvalidAuthenticationInfo", NULL);
  expect_error (cgs, &user_1, "PUT /contracts/c1", js ("{'data':1}"), 401, "InvalidAuthenticationInfo", NULL);
}

static void
test_contract_unknown (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &member_0, "POST /contracts/c1", NULL, 404, "ContractNotFound",
                "A contract with the specified id was not found.");
  expect_json (cgs, &member_0, "POST /contracts/c1/runtimeoptions/execution/status", NULL,
               "{'status':'disabled','reason':{'code':'ContractNotAccepted','message':"
               "'Contract does not exist or has not been accepted.'}}");
}

static void
test_contract_draft (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':{'b':1.0,'1':2}}"));
  g_assert_cmpstr (cgs->txid, ==, "2.1");
  expect_json (cgs, &member_1, "POST /contracts/c1", NULL,
               "{'id':'c1','state':'Draft','version':'2.1','data':{'1':2,'b':1},'proposalId':''}");
}

static void
test_contract_life (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'d','version':'ignored'}"));
  g_autoptr (json_t) draft = expect (cgs, &member_0, "POST /contracts/c1", NULL);
  g_autofree char *id = propose (cgs, "set_contract",
                                 json_pack ("{sssO}", "contractId", "c1", "contract", draft));
  expect_json (cgs, &member_0, "POST /contracts/c1", NULL,
               "{'id':'c1','state':'Proposed','data':'d','version':'2.1','proposalId':'p1'}");
  expect_json (cgs, &member_0, "GET /contracts?state=Proposed", NULL, "{'value':[{'id':'c1'}]}");
  expect_json (cgs, &member_0, "GET /contracts?state=Draft", NULL, "{'value':[]}");

  /* A proposed contract can still be written; the proposal keeps its copy. */
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'later','version':'2.1'}"));
  g_autofree char *state = expect_text (cgs, &member_0, "POST /contracts/c1", "data");
  g_assert_cmpstr (state, ==, "d");
  g_assert_true (accept_proposal (cgs, id));
  expect_json (cgs, &member_0, "POST /contracts/c1", NULL,
               "{'id':'c1','version':'2.4','state':'Accepted','data':'d','proposalId':'p1','finalVotes':["
               "{'memberId':'m0','vote':true},{'memberId':'m1','vote':true},{'memberId':'m2','vote':true}]}");
  expect_json (cgs, &member_0, "POST /contracts/c1/runtimeoptions/execution/status", NULL,
               "{'status':'enabled'}");
  expect_error (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'d'}"), 405, "ContractAlreadyAccepted",
                "An accepted contract cannot be changed.");
  expect_json (cgs, &member_0, "GET /contracts?state=Accepted", NULL, "{'value':[{'id':'c1'}]}");
  expect_json (cgs, &member_0, "GET /contracts?state=Proposed", NULL, "{'value':[]}");
}

static void
test_contract_rejected (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'d'}"));
  g_autofree char *id = propose (cgs, "set_contract", js ("{'contractId':'c1','contract':{'data':'d'}}"));
  close_proposal (cgs, id, "Rejected");
  g_autofree char *state = expect_text (cgs, &member_0, "POST /contracts/c1", "state");
  g_assert_cmpstr (state, ==, "Draft");
}

static void
test_contract_versions (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'d'}"));
  expect_error (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'e'}"), 409, "ContractAlreadyExists",
                "The specified contract already exists. If the intent was to update the existing contract "
                "then retry "
                "the request after reading the latest version");
  expect_error (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'e','version':'2.7'}"), 412,
                "PreconditionFailed",
                "The operation specified a version that is different from the version available at the "
                "server, "
                "that is, an optimistic concurrency error.");
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'e','version':'2.1'}"));
  g_autofree char *version = expect_text (cgs, &member_0, "POST /contracts/c1", "version");
  g_assert_cmpstr (version, ==, "2.2");
  g_assert_cmpstr (cgs->txid, ==, "2.2");
}

static void
test_contract_bad_input (void)
{
  static const char *const missing[] = { "{}", "{'data':null}", "{'data':''}", "{'data':0}",
                                         "{'data':false}" };
  g_autoptr (Cgs) cgs = cgs_new ();
  for (guint i = 0; i < G_N_ELEMENTS (missing); i++)
    expect_error (cgs, &member_0, "PUT /contracts/c1", js (missing[i]), 400, "DataMissing",
                  "data key must be present in contract payload.");
  expect_error (cgs, &member_0, "PUT /contracts/c1", NULL, 500, "InternalError",
                "Exception thrown while executing.");
  expect_json (cgs, &member_0, "GET /contracts", NULL, "{'value':[]}");
}

static void
test_contract_list (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_ok (cgs, &member_0, "PUT /contracts/c2", js ("{'data':'d'}"));
  accepted_contract (cgs);
  expect_json (cgs, &member_0, "GET /contracts", NULL, "{'value':[{'id':'c2'},{'id':'c1'}]}");
  expect_json (cgs, &member_0, "GET /contracts?&state=Draft&api=1", NULL, "{'value':[{'id':'c2'}]}");
  /* The query is decoded before it is split, and a value ends at a second '='. */
  expect_json (cgs, &member_0, "GET /contracts?x=1%26state=Accepted=Draft", NULL, "{'value':[{'id':'c1'}]}");
  expect_error (cgs, &member_0, "GET /contracts?state=InvalidState", NULL, 400, "InvalidParameter",
                "The state query parameter must be either 'Draft', 'Accepted' or 'Proposed'.");
}

static void
test_callers (void)
{
  static const Caller other_tenant = { CCF_AUTH_JWT, "u1", "{'oid':'u1','tid':'t2'}" };
  static const Caller no_oid = { CCF_AUTH_JWT, NULL, "{'tid':'t1'}" };
  g_autoptr (Cgs) cgs = cgs_new ();
  register_users (cgs);
  expect_ok (cgs, &user_1, "GET /contracts", NULL);
  expect_error (cgs, &stranger, "GET /contracts", NULL, 403, "CallerNotAuthorized",
                "User u9 is not authorized to invoke this endpoint.");
  expect_error (cgs, &other_tenant, "GET /contracts", NULL, 403, "CallerTenantNotAuthorized",
                "Tenant t2 is not authorized to invoke this endpoint. Expected tenant ID is t1.");
  expect_error (cgs, &no_oid, "GET /contracts", NULL, 500, "InternalError", NULL);
  expect_ok (cgs, &stranger, "POST /contracts/c1/ca/status", NULL);
}

/* --- Runtime options --- */

#define EXECUTION "POST /contracts/c1/runtimeoptions/execution/"

static void
test_execution (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &member_0, EXECUTION "disable", NULL, 400, "ContractNotAccepted", NULL);
  expect_error (cgs, &member_0, EXECUTION "enable", NULL, 400, "ContractNotAccepted", NULL);
  expect_error (cgs, &member_0, "POST /contracts/c1/runtimeoptions/logging/enable", NULL, 400,
                "InvalidOption",
                "The option value logging is invalid. Use proposals for options other than 'execution'.");
  accepted_contract (cgs);
  expect_ok (cgs, &member_0, EXECUTION "disable", NULL);
  expect_ok (cgs, &member_0, EXECUTION "disable", NULL);
  expect_ok (cgs, &member_1, EXECUTION "disable", NULL);
  expect_ok (cgs, &member_2, EXECUTION "enable", NULL);
  expect_json (cgs, &member_2, EXECUTION "status", NULL,
               "{'status':'disabled','reason':{'code':'ContractDisabled','message':"
               "'Contract has been disabled by the following member(s): m[m0,m1].'}}");
  expect_ok (cgs, &member_0, EXECUTION "enable", NULL);
  expect_ok (cgs, &member_1, EXECUTION "enable", NULL);
  expect_json (cgs, &member_2, EXECUTION "status", NULL, "{'status':'enabled'}");
  expect_error (cgs, &member_0, "POST /contracts/c1/runtimeoptions/x/status", NULL, 400, "InvalidOption",
                "The option value x is invalid. Valid values are 'execution', 'logging' and 'telemetry'.");
}

static void
test_consent (void)
{
  static const char *const options[] = { "execution", "logging", "telemetry" };
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  expect_error (cgs, &anonymous, EXECUTION "status", js ("{}"), 400, "AttestationMissing", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    g_autofree char *line = g_strdup_printf ("POST /contracts/c1/runtimeoptions/%s/status", options[i]);
    expect_error (cgs, &anonymous, line, attestation_client_consent_body (cgs->room), 400,
                  "VerifySnpAttestationFailed", POLICY_MISSING);
  }
  allow_all (cgs);
  expect_json (cgs, &anonymous, EXECUTION "status", attestation_client_consent_body (cgs->room),
               "{'status':'enabled'}");
  expect_error (cgs, &anonymous, EXECUTION "status", attestation_client_consent_body (cgs->room_2), 400,
                "VerifySnpAttestationFailed", "Attestation claims do not match the contract policy.");
  expect_ok (cgs, &member_0, EXECUTION "disable", NULL);
  g_autoptr (json_t) answer = expect (cgs, &anonymous, EXECUTION "status",
                                      attestation_client_consent_body (cgs->room));
  g_assert_cmpstr (cr_json_peek_string (answer, "status"), ==, "disabled");
}

static void
test_logging (gconstpointer data)
{
  const char *option = data;
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *enable = g_strconcat ("set_contract_runtime_options_enable_", option, NULL);
  g_autofree char *disable = g_strconcat ("set_contract_runtime_options_disable_", option, NULL);
  g_autofree char *status = g_strdup_printf ("POST /contracts/c1/runtimeoptions/%s/status", option);
  g_autofree char *early = refusal (cgs, enable, js ("{'contractId':'c1'}"));
  g_autofree char *early_off = refusal (cgs, disable, js ("{'contractId':'c1'}"));
  g_assert_cmpstr (early, ==, "Action can only be proposed once contract 'c1' has been accepted.");
  g_assert_cmpstr (early_off, ==, early);
  g_autoptr (json_t) answer = expect (cgs, &member_0, status, NULL);
  g_assert_nonnull (json_object_get (answer, "reason"));

  accepted_contract (cgs);
  allow_all (cgs);
  expect_json (cgs, &member_0, status, NULL, "{'status':'disabled','proposalIds':[]}");
  g_autofree char *id = propose (cgs, enable, js ("{'contractId':'c1'}"));
  expect_json (cgs, &anonymous, status, attestation_client_consent_body (cgs->room),
               "{'status':'disabled','proposalIds':['p3']}");
  g_assert_true (accept_proposal (cgs, id));
  expect_json (cgs, &anonymous, status, attestation_client_consent_body (cgs->room),
               "{'status':'enabled','proposalIds':[]}");
  pass (cgs, disable, js ("{'contractId':'c1'}"));
  expect_json (cgs, &member_0, status, NULL, "{'status':'disabled','proposalIds':[]}");
}

static void
test_service_options (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *bad_option = refusal (cgs, "set_cgs_runtime_options",
                                         js ("{'option':'x','status':'enabled'}"));
  g_autofree char *bad_status = refusal (cgs, "set_cgs_runtime_options",
                                         js ("{'option':'autoapprove-jsapp-proposal','status':'on'}"));
  g_assert_cmpstr (bad_option, ==, "The option 'x' is not an allowed option");
  g_assert_cmpstr (bad_status, ==, "The value 'on' is not supported");
  expect_json (cgs, &member_0, "POST /runtimeoptions/autoapprove-jsapp-proposal/status", NULL,
               "{'status':'disabled'}");
  pass (cgs, "set_cgs_runtime_options", js ("{'option':'autoapprove-jsapp-proposal','status':'enabled'}"));
  expect_json (cgs, &member_0, "POST /runtimeoptions/autoapprove-jsapp-proposal/status", NULL,
               "{'status':'enabled'}");
  expect_error (cgs, &member_0, "POST /runtimeoptions/x/status", NULL, 400, "InvalidOption",
                "Option 'x' is not a valid value.");
}

/* --- Deployment and policy --- */

static void
test_deployment (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *early = refusal (cgs, "set_deployment_spec", js ("{'contractId':'c1','spec':{}}"));
  g_autofree char *early_info = refusal (cgs, "set_deployment_info", js ("{'contractId':'c1','info':{}}"));
  g_assert_cmpstr (early, ==, "Deployment spec can only be proposed once contract 'c1' has been accepted.");
  g_assert_cmpstr (early_info, ==,
                   "Deployment info can only be proposed once contract 'c1' has been accepted.");
  expect_json (cgs, &anonymous, "POST /contracts/c1/deploymentspec", NULL, "{'proposalIds':[],'data':{}}");
  accepted_contract (cgs);
  pass (cgs, "set_deployment_spec", js ("{'contractId':'c1','spec':{'data':{'armTemplate':'something'}}}"));
  pass (cgs, "set_deployment_info", js ("{'contractId':'c1','info':{'data':{'armId':'something'}}}"));
  g_autofree char *open = propose (cgs, "set_deployment_spec", js ("{'contractId':'c1','spec':{'data':{}}}"));
  expect_json (cgs, &anonymous, "POST /contracts/c1/deploymentspec", NULL,
               "{'proposalIds':['p4'],'data':{'armTemplate':'something'}}");
  expect_json (cgs, &anonymous, "POST /contracts/c1/deploymentinfo", NULL,
               "{'proposalIds':[],'data':{'armId':'something'}}");
}

static void
test_policy_refusals (void)
{
  static const struct {
    const char *args, *text;
  } cases[] = {
    { "{'contractId':'c1','type':'set','claims':{}}", "Clean Room Policy with type 'set' is not supported" },
    { "{'contractId':'c1','type':'add','claims':{'x':1}}", "The claim 'x' is not an allowed snp-caci claim" },
    { "{'contractId':'c1','type':'add','policyType':'jwt','claims':{'pcr0':1}}",
      "The claim 'pcr0' is not an allowed jwt claim" },
    { "{'contractId':'c1','type':'add','policyType':'snp-cvm','claims':{'oid':1}}",
      "The claim 'oid' is not an allowed snp-cvm claim" },
    { "{'contractId':'c1','type':'add','policyType':'sgx','claims':{}}", "Unknown policyType 'sgx'" },
    { "{'contractId':'c1','type':'add','claims':{'x-ms-ver':'2'}}",
      "Clean Room Policy can only be proposed once contract 'c1' has been accepted." },
    { "{'type':'add','claims':{}}", "contractId must be of type string but is undefined" },
  };
  g_autoptr (Cgs) cgs = cgs_new ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = refusal (cgs, "set_clean_room_policy", js (cases[i].args));
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
change_policy (Cgs *cgs, const char *type, const char *claims)
{
  pass (cgs, "set_clean_room_policy", jsf ("{'contractId':'c1','type':'%s','claims':%s}", type, claims));
}

static void
test_policy_merge (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  expect_json (cgs, &member_0, "POST /contracts/c1/cleanroompolicy", NULL, "{'proposalIds':[],'policy':{}}");
  change_policy (cgs, "add", "{'x-ms-ver':['2','2','3'],'x-ms-sevsnpvm-is-debuggable':false}");
  change_policy (cgs, "add", "{'x-ms-ver':['3','4'],'x-ms-sevsnpvm-is-debuggable':true}");
  expect_json (cgs, &member_0, "POST /contracts/c1/cleanroompolicy", NULL,
               "{'proposalIds':[],'policy':{'x-ms-ver':['2','3','4'],'x-ms-sevsnpvm-is-debuggable':[true]}}");
  change_policy (cgs, "remove", "{'x-ms-ver':'3','x-ms-sevsnpvm-is-debuggable':false}");
  g_autofree char *bad = propose (cgs, "set_clean_room_policy",
                                  js ("{'contractId':'c1','type':'remove','claims':{'x-ms-ver':['2','9']}}"));
  g_assert_false (accept_proposal (cgs, bad));
  close_proposal (cgs, bad, "Failed");
  g_autofree char *half = propose (cgs, "set_clean_room_policy",
                                   js ("{'contractId':'c1','type':'remove','claims':"
                                       "{'x-ms-ver':'2','x-ms-policy-hash':'x'}}"));
  g_assert_true (store_begin (cgs->store, NULL));
  g_autoptr (json_t) args = gov_proposal_action_args (cgs->store, half, "set_clean_room_policy", NULL, NULL);
  g_autoptr (GError) error = NULL;
  gint64 seqno;
  g_assert_false (
      find_action ("set_clean_room_policy")->apply (&cgs->sandbox, cgs->store, args, half, NULL, &error));
  g_assert_cmpstr (error->message, ==,
                   "Cannot remove values of x-ms-policy-hash because the key does not exist in "
                   "the clean room policy claims");
  put_proposal_state (cgs, half, "Failed");
  g_assert_true (store_commit (cgs->store, &seqno, NULL));
  expect_json (cgs, &member_0, "POST /contracts/c1/cleanroompolicy", NULL,
               "{'proposalIds':[],'policy':{'x-ms-ver':['2','4']}}");
  change_policy (cgs, "remove", "{'x-ms-ver':['2','4']}");
  expect_json (cgs, &member_0, "POST /contracts/c1/cleanroompolicy", NULL, "{'proposalIds':[],'policy':{}}");
}

#define DELEGATE "/contracts/c1/cleanroompolicy/delegates/events/writer"

static void
set_delegate (Cgs *cgs, const char *path, const char *type)
{
  g_autofree char *data = g_strdup_printf ("{'type':'%s','claims':{'x-ms-sevsnpvm-hostdata':['%s','%s']}}",
                                           type, HOST_2, HOST_2);
  g_autofree char *line = g_strconcat ("PUT ", path, NULL);
  if (strcmp (type, "remove") == 0) {
    g_free (data);
    data = g_strdup_printf ("{'type':'remove','claims':{'x-ms-sevsnpvm-hostdata':'%s'}}", HOST_2);
  }
  expect_ok (cgs, &anonymous, line, signed_body (cgs->room, data));
}

static void
test_delegates (void)
{
  static const char *const bad[] = {
    "{'type':'set','claims':{}}",
    "{'type':'add','claims':{'x':1}}",
    "{'type':'add','policyType':'jwt','claims':{'oid':'x'}}",
    "{'type':'remove','claims':{'x-ms-ver':'2'}}",
    "{'type':'add'}",
  };
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  expect_error (cgs, &anonymous, "PUT " DELEGATE, js ("{}"), 400, "AttestationMissing", NULL);
  expect_error (cgs, &anonymous, "PUT " DELEGATE, signed_body (cgs->room, "{}"), 400,
                "VerifySnpAttestationFailed", POLICY_MISSING);
  allow_all (cgs);
  expect_json (cgs, &member_0, "POST " DELEGATE, NULL, "{'claims':{}}");
  expect_json (cgs, &member_0, "GET /contracts/c1/cleanroompolicy/delegates", NULL, "{'value':[]}");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    expect_error (cgs, &anonymous, "PUT " DELEGATE, signed_body (cgs->room, bad[i]), 500, "InternalError",
                  NULL);
  expect_json (cgs, &member_0, "GET /contracts/c1/cleanroompolicy/delegates", NULL, "{'value':[]}");

  set_delegate (cgs, DELEGATE, "add");
  expect_json (cgs, &member_0, "POST " DELEGATE, NULL,
               "{'claims':{'x-ms-sevsnpvm-hostdata':['" HOST_2 "']}}");
  expect_json (cgs, &member_0, "GET /contracts/c1/cleanroompolicy/delegates", NULL,
               "{'value':[{'delegateType':'events','delegateId':'writer'}]}");
  expect_ok (cgs, &anonymous, "PUT /contracts/c1/events", signed_body (cgs->room_2, "{'n':1}"));
  expect_ok (cgs, &anonymous, "PUT /contracts/c1/events", signed_body (cgs->room, "{'n':2}"));
  /* A delegate may not delegate, and not do anything else. */
  expect_error (cgs, &anonymous, "PUT " DELEGATE, signed_body (cgs->room_2, "{}"), 400,
                "VerifySnpAttestationFailed", "Attestation claims do not match the contract policy.");
  expect_error (cgs, &anonymous, "PUT /contracts/c1/secrets/s", signed_body (cgs->room_2, "{'value':'x'}"),
                400, "VerifySnpAttestationFailed", "Attestation claims do not match the contract policy.");

  set_delegate (cgs, DELEGATE, "remove");
  expect_json (cgs, &member_0, "POST " DELEGATE, NULL, "{'claims':{}}");
  expect_error (cgs, &anonymous, "PUT /contracts/c1/events", signed_body (cgs->room_2, "{'n':3}"), 400,
                "VerifySnpAttestationFailed", POLICY_MISMATCH);
  expect_ok (cgs, &anonymous, "PUT /contracts/c1/events", signed_body (cgs->room, "{'n':4}"));
  g_autoptr (json_t) events = expect (cgs, &member_0, "GET /contracts/c1/events?from_seqno=1", NULL);
  g_assert_cmpuint (json_array_size (json_object_get (events, "value")), ==, 3);
}

/* --- Events --- */

#define EVENTS "/contracts/c1/events"

static void
test_event_refusals (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autoptr (json_t) body = signed_body (cgs->room, "{'n':1}");
  g_autoptr (json_t) other = signed_body (cgs->room_2, "{'n':1}");
  g_autoptr (json_t) late = json_copy (body);
  g_autoptr (json_t) foreign = json_copy (body);
  g_autoptr (json_t) forged = json_copy (body);
  g_autoptr (json_t) numeric = json_copy (body);
  g_autoptr (json_t) text = json_copy (body);
  g_autoptr (json_t) cvm = json_copy (body);
  g_autoptr (json_t) sgx = json_copy (body);
  g_autoptr (json_t) no_data = json_copy (body);
  cr_json_set_string (late, "timestamp", "10000000000000");
  json_object_set (foreign, "sign", json_object_get (other, "sign"));
  cr_json_set_string (forged, "data", "eyJuIjoyfQ==");
  cr_json_set_int (numeric, "timestamp", 1700000000000);
  cr_json_set_string (text, "attestation", "invalidinput");
  cr_json_set_string (cvm, "platform", "snp-cvm");
  cr_json_set_string (sgx, "platform", "sgx");
  json_object_del (no_data, "data");
#define REFUSED(body, status, code, message)                                                                 \
  expect_error (cgs, &anonymous, "PUT " EVENTS, body, status, code, message)
  expect_json (cgs, &member_0, "GET " EVENTS, NULL, "{'value':[]}");
  REFUSED (js ("{}"), 400, "AttestationMissing", "Attestation payload must be supplied.");
  REFUSED (js ("{'attestation':'x'}"), 400, "SignatureMissing", "Signature payload must be supplied.");
  REFUSED (js ("{'attestation':'x','sign':{'a':1}}"), 400, "TimestampMissing", "Timestamp must be supplied.");
  REFUSED (json_incref (late), 400, "TimestampTooLarge", NULL);
  REFUSED (json_incref (text), 400, "VerifySnpAttestationFailed",
           "cannot read property 'replace' of undefined");
  REFUSED (json_incref (body), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  REFUSED (json_incref (cvm), 400, "VerifySnpAttestationFailed", NULL);
  REFUSED (json_incref (sgx), 400, "UnsupportedPlatform",
           "Unknown TEE platform 'sgx'. Supported values: snp-caci, snp-cvm.");
  accepted_contract (cgs);
  allow_all (cgs);
  REFUSED (json_incref (foreign), 400, "ReportDataMismatch",
           "Attestation report_data value did not match calculated value.");
  REFUSED (json_incref (forged), 400, "SignatureMismatch", "Signature verification was not successful.");
  REFUSED (json_incref (numeric), 500, "InternalError", NULL);
  REFUSED (json_incref (no_data), 500, "InternalError", NULL);
  expect_json (cgs, &member_0, "GET " EVENTS, NULL, "{'value':[]}");
  guint status;
  g_autoptr (json_t) empty = request (cgs, &anonymous, "PUT " EVENTS, json_incref (body), &status);
  g_assert_cmpuint (status, ==, 204);
  g_assert_true (json_is_null (empty));
}

static void
put_event (Cgs *cgs, const char *query, int number)
{
  g_autofree char *line = g_strconcat ("PUT " EVENTS, query, NULL);
  g_autofree char *data = g_strdup_printf ("{'n':%d}", number);
  expect_ok (cgs, &anonymous, line, signed_body (cgs->room, data));
}

static int
event_number (const json_t *list, gsize index)
{
  return (int) cr_json_peek_int (json_object_get (json_array_get (list, index), "data"), "n", -1);
}

static void
test_event_reads (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  allow_all (cgs);
  for (int i = 1; i <= 5; i++)
    put_event (cgs, "", i);
  put_event (cgs, "?id=other", 7);
  put_event (cgs, "?scope=s", 8);

  g_autoptr (json_t) latest = expect (cgs, &member_0, "GET " EVENTS, NULL);
  const json_t *event = json_array_get (json_object_get (latest, "value"), 0);
  g_autofree char *today = cr_today ();
  g_assert_cmpuint (json_array_size (json_object_get (latest, "value")), ==, 1);
  g_assert_cmpint (event_number (json_object_get (latest, "value"), 0), ==, 5);
  g_assert_true (g_str_has_prefix (cr_json_peek_string (event, "timestamp_iso"), today));
  g_assert_cmpuint (strlen (cr_json_peek_string (event, "timestamp")), ==, 13);
  g_assert_cmpstr (cr_json_peek_string (event, "id"), ==, "c1");
  g_assert_cmpstr (cr_json_peek_string (event, "scope"), ==, "");

  g_autofree char *last = g_strdup_printf ("GET " EVENTS "?from_seqno=%d",
                                           (int) cr_json_peek_int (event, "seqno", 0));
  g_autoptr (json_t) one = expect (cgs, &member_0, last, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (one, "value")), ==, 1);
  g_assert_nonnull (json_object_get (json_array_get (json_object_get (one, "value"), 0), "timestampIso"));
  g_assert_null (json_object_get (one, "nextLink"));

  g_autoptr (json_t) scoped = expect (cgs, &member_0, "GET " EVENTS "?scope=s", NULL);
  g_autoptr (json_t) other = expect (cgs, &member_0, "GET " EVENTS "?id=other", NULL);
  g_assert_cmpint (event_number (json_object_get (scoped, "value"), 0), ==, 8);
  g_assert_cmpint (event_number (json_object_get (other, "value"), 0), ==, 7);
  /* Bytes that are no UTF-8 become replacement characters; nothing breaks. */
  put_event (cgs, "?id=%ff&scope=%c3", 9);
  g_autoptr (json_t) odd = expect (cgs, &member_0, "GET " EVENTS "?id=%ff&scope=%c3", NULL);
  g_assert_cmpint (event_number (json_object_get (odd, "value"), 0), ==, 9);
}

static void
test_event_pages (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *line = g_strdup ("GET " EVENTS "?from_seqno=1&max_seqno_per_page=2");
  int found = 0;
  guint calls = 0;
  accepted_contract (cgs);
  allow_all (cgs);
  for (int i = 1; i <= 5; i++)
    put_event (cgs, "", i);
  while (line) {
    g_autoptr (json_t) page = expect (cgs, &member_0, line, NULL);
    const json_t *list = json_object_get (page, "value");
    const char *next = cr_json_peek_string (page, "nextLink");
    for (gsize i = 0; i < json_array_size (list); i++)
      g_assert_cmpint (event_number (list, i), ==, ++found);
    g_assert_true (!next || g_str_has_prefix (next, "/app" EVENTS "?from_seqno="));
    g_free (line);
    line = next ? g_strconcat ("GET ", next + strlen ("/app"), "&max_seqno_per_page=2", NULL) : NULL;
    calls++;
  }
  g_assert_cmpint (found, ==, 5);
  g_assert_cmpuint (calls, >, 1);
  expect_error (cgs, &member_0, "GET " EVENTS "?from_seqno=x", NULL, 500, "InternalError", NULL);
  expect_error (cgs, &member_0, "GET " EVENTS "?from_seqno=5&to_seqno=4", NULL, 500, "InternalError", NULL);
  expect_error (cgs, &member_0, "GET " EVENTS "?to_seqno=9999", NULL, 500, "InternalError", NULL);
}

static void
test_event_token (void)
{
  static const Caller writer = { CCF_AUTH_JWT, "w", "{'oid':'w','tid':'t'}" };
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autoptr (json_t) body = signed_body (cgs->room, "{'n':1}");
  json_object_del (body, "attestation");
  accepted_contract (cgs);
  expect_error (cgs, &writer, "PUT " EVENTS, json_incref (body), 400, "VerifyJwtAttestationFailed",
                POLICY_MISSING);
  pass (cgs, "set_clean_room_policy",
        js ("{'contractId':'c1','type':'add','policyType':'jwt','claims':{'oid':'w'}}"));
  expect_ok (cgs, &writer, "PUT " EVENTS, json_incref (body));
  pass (cgs, "set_clean_room_policy",
        js ("{'contractId':'c1','type':'add','policyType':'jwt','claims':{'oid':'x'}}"));
  pass (cgs, "set_clean_room_policy",
        js ("{'contractId':'c1','type':'remove','policyType':'jwt','claims':{'oid':'w'}}"));
  expect_error (cgs, &writer, "PUT " EVENTS, json_incref (body), 400, "VerifyJwtAttestationFailed",
                POLICY_MISMATCH);
}

static void
test_proposal_history (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *id = propose (cgs, "set_contract", js ("{'contractId':'c','contract':{}}"));
  close_proposal (cgs, id, "Rejected");
  expect_json (cgs, &member_0, "GET /proposals/p1/historical", NULL,
               "{'value':[{'seqno':1,'proposalId':'p1','proposalState':'Open'},"
               "{'seqno':2,'proposalId':'p1','proposalState':'Rejected'}]}");
  expect_json (cgs, &member_0, "GET /proposals/p1/historical?max_seqno_per_page=0", NULL,
               "{'value':[{'seqno':1,'proposalId':'p1','proposalState':'Open'}],"
               "'nextLink':'/app/proposals/p1/historical?from_seqno=2&to_seqno=2'}");
  expect_json (cgs, &member_0, "GET /proposals/nope/historical", NULL, "{'value':[]}");
}

/* --- Secrets --- */

#define SECRET "/contracts/c1/secrets/m0_key"

static void
test_secrets (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_json (cgs, &member_0, "PUT /contracts/c1/secrets/key", js ("{'value':'s3cret'}"),
               "{'secretId':'m0_key'}");
  check_attested_refusals (cgs, "POST " SECRET);
  accepted_contract (cgs);
  allow_all (cgs);
  check_key_binding (cgs, "POST " SECRET);
  g_autofree char *text = attested_text (cgs, cgs->room, "POST " SECRET);
  g_assert_cmpstr (text, ==, "s3cret");
  expect_error (cgs, &anonymous, "POST /contracts/c1/secrets/none",
                attestation_client_encrypt_body (cgs->room), 404, "SecretNotFound",
                "A secret with the specified id 'none' was not found.");
  expect_error (cgs, &member_0, "PUT /contracts/c1/secrets/key", js ("{}"), 400, "ValueMissing",
                "Value must be supplied.");
  expect_json (cgs, &member_0, "GET /contracts/c1/secrets", NULL, "{'value':[{'secretId':'m0_key'}]}");

  expect_json (cgs, &anonymous, "PUT /contracts/c1/secrets/own", signed_body (cgs->room, "{'value':'mine'}"),
               "{'secretId':'cleanroom_own'}");
  g_autofree char *own = attested_text (cgs, cgs->room, "POST /contracts/c1/secrets/cleanroom_own");
  g_assert_cmpstr (own, ==, "mine");
  register_users (cgs);
  expect_json (cgs, &user_1, "PUT /contracts/c1/secrets/key", js ("{'value':'x'}"), "{'secretId':'u1_key'}");
}

static void
test_secret_delegate (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  allow_all (cgs);
  expect_ok (cgs, &member_0, "PUT /contracts/c1/secrets/key", js ("{'value':'s3cret'}"));
  expect_error (cgs, &anonymous, "POST " SECRET, attestation_client_encrypt_body (cgs->room_2), 400,
                "VerifySnpAttestationFailed", POLICY_MISMATCH);
  set_delegate (cgs, "/contracts/c1/cleanroompolicy/delegates/secrets/m0_key", "add");
  g_autofree char *text = attested_text (cgs, cgs->room_2, "POST " SECRET);
  g_autofree char *text_1 = attested_text (cgs, cgs->room, "POST " SECRET);
  g_assert_cmpstr (text, ==, "s3cret");
  g_assert_cmpstr (text_1, ==, "s3cret");
  set_delegate (cgs, "/contracts/c1/cleanroompolicy/delegates/secrets/m0_key", "remove");
  expect_error (cgs, &anonymous, "POST " SECRET, attestation_client_encrypt_body (cgs->room_2), 400,
                "VerifySnpAttestationFailed", POLICY_MISMATCH);
}

static void
test_secret_size (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *fits = g_strnfill (25600, 'x');
  g_autofree char *wide = g_strnfill (25599, 'x');
  g_autofree char *with_emoji = g_strconcat (wide, "\xF0\x9F\x98\x80", NULL); /* counts twice */
  accepted_contract (cgs);
  allow_all (cgs);
  expect_error (cgs, &member_0, "PUT /contracts/c1/secrets/key", json_pack ("{ss}", "value", with_emoji), 400,
                "ValueTooLarge",
                "Length of the value should not exceed 25600 characters. Input is 25601 characters.");
  expect_ok (cgs, &member_0, "PUT /contracts/c1/secrets/key", json_pack ("{ss}", "value", fits));
  g_autofree char *text = attested_text (cgs, cgs->room, "POST " SECRET);
  g_assert_cmpstr (text, ==, fits);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/cgs/" path, function)
  ADD ("001-credentials-401", test_contract_credentials);
  ADD ("002-003-unknown-contract-404", test_contract_unknown);
  ADD ("004-005-draft", test_contract_draft);
  ADD ("006-010-contract-life-and-accepted-405", test_contract_life);
  ADD ("011-rejected-is-draft", test_contract_rejected);
  ADD ("014-016-contract-versions", test_contract_versions);
  ADD ("contract-bad-input", test_contract_bad_input);
  ADD ("020-022-023-contract-list", test_contract_list);
  ADD ("094-callers", test_callers);
  ADD ("024-027-029-execution", test_execution);
  ADD ("025-026-consent", test_consent);
  g_test_add_data_func ("/cgs/030-034-logging", "logging", test_logging);
  g_test_add_data_func ("/cgs/030-034-telemetry", "telemetry", test_logging);
  ADD ("121-service-options", test_service_options);
  ADD ("035-036-deployment", test_deployment);
  ADD ("037-policy-refusals", test_policy_refusals);
  ADD ("060-policy-merge", test_policy_merge);
  ADD ("056-058-delegates", test_delegates);
  ADD ("038-039-047-053-event-refusals", test_event_refusals);
  ADD ("041-044-046-event-reads", test_event_reads);
  ADD ("045-event-pages", test_event_pages);
  ADD ("054-event-token", test_event_token);
  ADD ("proposal-history", test_proposal_history);
  ADD ("059-062-064-068-secrets", test_secrets);
  ADD ("066-067-secret-delegate", test_secret_delegate);
  ADD ("064-secret-size", test_secret_size);
  return g_test_run ();
}
