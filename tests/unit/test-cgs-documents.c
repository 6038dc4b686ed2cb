/* SPDX-License-Identifier: MIT
 * The governance application: documents, user proposals, users, tokens, signing, certificates. Numbers in
 * test names are those of the public suite's behaviours.
 */
#include "tests/unit/cgs-harness.h"

#include "cose/crypto.h"
#include "cose/jwt.h"
#include "cose/x509.h"

/* --- Member documents --- */

#define DOCUMENT "/contracts/c1/memberdocuments/d1"

static void
test_document_refusals (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &anonymous, "PUT " DOCUMENT, js ("{}"), 401, "InvalidAuthenticationInfo", NULL);
  expect_error (cgs, &member_0, "POST " DOCUMENT, NULL, 404, "DocumentNotFound",
                "A document with the specified id was not found.");
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'data':1}"), 400, "ContractIdMissing",
                "ContractId must be specified in document payload.");
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'contractId':'c1'}"), 400, "DataMissing",
                "data key must be present in document payload.");
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'contractId':'c1','data':1}"), 404, "ContractNotFound",
                NULL);
}

static void
test_document_life (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  check_attested_refusals (cgs, "POST /contracts/c1/memberdocuments/accepted/d1");
  expect_ok (cgs, &member_0, "PUT /memberdocuments/d1", js ("{'contractId':'c1','data':{'q':'select 1'}}"));
  g_autofree char *version = g_strdup (cgs->txid);
  g_autofree char *draft = g_strdup_printf ("{'id':'d1','state':'Draft','version':'%s','contractId':'c1',"
                                            "'data':{'q':'select 1'},'proposalId':''}",
                                            version);
  expect_json (cgs, &member_0, "GET /memberdocuments/d1", NULL, draft);
  expect_json (cgs, &member_0, "POST " DOCUMENT, NULL, draft);
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'contractId':'c1','data':1}"), 409,
                "DocumentAlreadyExists", "The specified document already exists.");
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'contractId':'c1','data':1,'version':'2.99'}"), 412,
                "PreconditionFailed", NULL);
  g_autoptr (json_t) read = expect (cgs, &member_0, "POST " DOCUMENT, NULL);
  g_autofree char *id = propose (cgs, "set_member_document",
                                 json_pack ("{sssO}", "documentId", "d1", "document", read));
  g_autofree char *proposed = g_strdup_printf ("{'id':'d1','state':'Proposed','contractId':'c1',"
                                               "'data':{'q':'select 1'},'version':'%s','proposalId':'%s'}",
                                               version, id);
  expect_json (cgs, &member_0, "POST " DOCUMENT, NULL, proposed);
  g_assert_true (accept_proposal (cgs, id));
  allow_all (cgs);
  g_autoptr (json_t) accepted = expect (cgs, &member_0, "POST " DOCUMENT, NULL);
  g_autofree char *text = cr_json_dump (accepted);
  g_autofree char *seen = attested_text (cgs, cgs->room, "POST /contracts/c1/memberdocuments/accepted/d1");
  g_assert_cmpstr (cr_json_peek_string (accepted, "state"), ==, "Accepted");
  g_assert_cmpuint (json_array_size (json_object_get (accepted, "finalVotes")), ==, 3);
  g_assert_cmpstr (seen, ==, text);
  check_key_binding (cgs, "POST /contracts/c1/memberdocuments/accepted/d1");
  expect_error (cgs, &anonymous, "POST /contracts/c1/memberdocuments/accepted/d2",
                attestation_client_encrypt_body (cgs->room), 404, "DocumentNotFound",
                "A document with the specified id was not found or has not been accepted.");
  expect_error (cgs, &member_0, "PUT " DOCUMENT, js ("{'contractId':'c1','data':1}"), 405,
                "DocumentAlreadyAccepted", "An accepted document cannot be changed.");
  /* The only list that is a bare array. */
  expect_json (cgs, &member_0, "GET /contracts/other/memberdocuments", NULL, "[{'id':'d1'}]");
}

static void
test_document_of_other_contract (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  allow_all (cgs);
  pass (cgs, "set_member_document", js ("{'documentId':'d1','document':{'contractId':'c2','data':1}}"));
  expect_error (cgs, &anonymous, "POST /contracts/c1/memberdocuments/accepted/d1",
                attestation_client_encrypt_body (cgs->room), 400, "ContractIdMismatch", NULL);
}

/* --- User documents --- */

#define USER_DOCUMENT "/contracts/c1/userdocuments/d1"
#define PROPOSAL "/users/proposals/up1"
#define PROPOSE                                                                                              \
  "{'name':'set_user_document','args':{'documentId':'d1','document':{'contractId':'c1','data':'d',"          \
  "'version':'2.9'}},'approvers':[{'approverId':'u1','approverIdType':'user'},"                              \
  "{'approverId':'m0','approverIdType':'member'}]}"

static Cgs *
with_user_document (void)
{
  Cgs *cgs = cgs_new ();
  accepted_contract (cgs);
  register_users (cgs);
  expect_ok (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1','data':'d'}"));
  return cgs;
}

static void
ballot (Cgs *cgs, const Caller *caller, const char *value)
{
  expect_ok (cgs, caller, "POST " PROPOSAL "/ballots/submit", jsf ("{'ballot':'%s'}", value));
}

static Cgs *
with_accepted_user_document (void)
{
  Cgs *cgs = with_user_document ();
  expect_ok (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE));
  ballot (cgs, &user_1, "accepted");
  ballot (cgs, &member_0, "accepted");
  return cgs;
}

static void
assert_state (Cgs *cgs, const char *wanted)
{
  g_autofree char *state = expect_text (cgs, &member_0, "POST " USER_DOCUMENT, "state");
  g_assert_cmpstr (state, ==, wanted);
}

static void
test_user_document_put (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  register_users (cgs);
  expect_error (cgs, &user_1, "POST " USER_DOCUMENT, NULL, 404, "UserDocumentNotFound",
                "A document with the specified id was not found.");
  expect_error (cgs, &stranger, "PUT " USER_DOCUMENT, js ("{}"), 403, "CallerNotAuthorized", NULL);
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{}"), 400, "ContractIdMissing",
                "ContractId must be specified in UserDocument payload.");
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1'}"), 400, "DataMissing",
                "data key must be present in UserDocument payload.");
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1','data':1}"), 404,
                "ContractNotFound", NULL);
  accepted_contract (cgs);
  expect_ok (cgs, &user_1, "PUT " USER_DOCUMENT,
             js ("{'contractId':'c1','data':'d','labels':{'kind':'query'},'approvers':[]}"));
  g_autofree char *draft =
      g_strdup_printf ("{'id':'d1','state':'Draft','version':'%s','contractId':'c1','data':'d',"
                       "'labels':{'kind':'query'},'approvers':[],'proposalId':'',"
                       "'proposerId':''}",
                       cgs->txid);
  expect_json (cgs, &user_2, "POST " USER_DOCUMENT, NULL, draft);
  expect_json (cgs, &member_0, "GET /userdocuments/d1", NULL, draft);
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1','data':1}"), 409,
                "UserDocumentAlreadyExists", "The specified document already exists.");
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1','data':1,'version':'1.1'}"), 412,
                "PreconditionFailed", NULL);
  /* Another user may overwrite, and the whole document is replaced. */
  expect_ok (cgs, &user_2, "PUT " USER_DOCUMENT,
             jsf ("{'contractId':'c1','data':'e','version':'%s'}", cgs->txid));
  g_autofree char *second =
      g_strdup_printf ("{'id':'d1','state':'Draft','version':'%s','contractId':'c1','data':'e',"
                       "'proposalId':'','proposerId':''}",
                       cgs->txid);
  expect_json (cgs, &user_1, "POST " USER_DOCUMENT, NULL, second);
}

static void
test_user_document_life (void)
{
  g_autoptr (Cgs) cgs = with_user_document ();
  check_attested_refusals (cgs, "POST /contracts/c1/userdocuments/accepted/d1");
  expect_json (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE), "{'proposalId':'up1'}");
  expect_json (cgs, &user_2, "POST " USER_DOCUMENT, NULL,
               "{'id':'d1','state':'Proposed','contractId':'c1','data':'d','version':'2.9','approvers':["
               "{'approverId':'u1','approverIdType':'user'},{'approverId':'m0','approverIdType':'member'}],"
               "'proposalId':'up1','proposerId':'u1'}");
  ballot (cgs, &user_1, "accepted");
  assert_state (cgs, "Proposed");
  ballot (cgs, &member_0, "accepted");
  g_autofree char *expected = g_strdup_printf (
      "{'id':'d1','version':'%s','state':'Accepted','contractId':'c1','approvers':["
      "{'approverId':'u1','approverIdType':'user'},{'approverId':'m0','approverIdType':'member'}],'data':'d',"
      "'proposalId':'up1','proposerId':'u1','finalVotes':[{'approverId':'u1','ballot':'accepted'},"
      "{'approverId':'m0','ballot':'accepted'}]}",
      cgs->txid);
  expect_json (cgs, &user_1, "POST " USER_DOCUMENT, NULL, expected);
  allow_all (cgs);
  g_autofree char *wanted = g_strdelimit (g_strdup (expected), "'", '"');
  g_autofree char *seen = attested_text (cgs, cgs->room, "POST /contracts/c1/userdocuments/accepted/d1");
  g_assert_cmpstr (seen, ==, wanted);
  expect_error (cgs, &anonymous, "POST /contracts/c1/userdocuments/accepted/d9",
                attestation_client_encrypt_body (cgs->room), 404, "UserDocumentNotFound", NULL);
  expect_error (cgs, &user_1, "PUT " USER_DOCUMENT, js ("{'contractId':'c1','data':1}"), 405,
                "UserDocumentAlreadyAccepted", "The specified document has already been accepted.");
  expect_error (cgs, &user_1, "PUT /users/proposals/up2", js (PROPOSE), 405, "UserDocumentAlreadyAccepted",
                NULL);
}

static void
test_user_document_rejected (void)
{
  g_autoptr (Cgs) cgs = with_user_document ();
  expect_ok (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE));
  ballot (cgs, &user_1, "accepted");
  ballot (cgs, &member_0, "rejected");
  assert_state (cgs, "Draft");
  expect_error (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE), 409, "ProposalAlreadyExists",
                "The specified proposal already exists.");
  expect_ok (cgs, &user_1, "PUT /users/proposals/up2", js (PROPOSE));
  assert_state (cgs, "Proposed");
}

static void
list_documents (Cgs *cgs, const char *query, guint count)
{
  g_autofree char *line = g_strdup_printf ("GET /userdocuments%s", query);
  g_autoptr (json_t) answer = expect (cgs, &member_0, line, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (answer, "value")), ==, count);
}

static void
test_user_document_labels (void)
{
  static const char *const bad[] = { "name", ":value", "name:", "a:b:c", "a:b," };
  g_autoptr (Cgs) cgs = cgs_new ();
  accepted_contract (cgs);
  for (guint i = 1; i <= 5; i++) {
    g_autofree char *line = g_strdup_printf ("PUT /userdocuments/d%u", i);
    expect_ok (cgs, &member_0, line, jsf ("{'contractId':'c1','data':1,'labels':{'all':'x','n':'%u'}}", i));
  }
  list_documents (cgs, "", 5);
  list_documents (cgs, "?labelSelector=all:x", 5);
  list_documents (cgs, "?labelSelector=n:3", 1);
  list_documents (cgs, "?labelSelector=all:x,%20n%20:%203", 1);
  list_documents (cgs, "?labelSelector=unknown:x", 0);
  list_documents (cgs, "?labelSelector=all:y", 0);
  list_documents (cgs, "?labelSelector=all:x,n:1,n:2", 0);
  expect_json (cgs, &member_0, "GET /contracts/c1/userdocuments?labelSelector=n:2", NULL,
               "{'value':[{'id':'d2','labels':{'all':'x','n':'2'}}]}");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *line = g_strdup_printf ("GET /userdocuments?labelSelector=%s", bad[i]);
    expect_error (cgs, &member_0, line, NULL, 400, "InvalidParameter",
                  "labelSelector query parameter must be of the form labelName:labelValue.");
  }
}

static void
test_document_options (gconstpointer data)
{
  const char *option = data;
  g_autoptr (Cgs) cgs = with_user_document ();
  g_autofree char *status = g_strdup_printf ("POST " USER_DOCUMENT "/runtimeoptions/%s/status", option);
  g_autofree char *enable = g_strdup_printf ("POST " USER_DOCUMENT "/runtimeoptions/%s/enable", option);
  g_autofree char *disable = g_strdup_printf ("POST " USER_DOCUMENT "/runtimeoptions/%s/disable", option);
  expect_error (cgs, &anonymous, status, attestation_client_consent_body (cgs->room), 400,
                "VerifySnpAttestationFailed", POLICY_MISSING);
  expect_json (cgs, &user_1, status, NULL,
               "{'status':'disabled','reason':{'code':'UserDocumentNotAccepted','message':"
               "'UserDocument d1 does not exist or has not been accepted.'}}");
  expect_error (cgs, &user_1, disable, NULL, 400, "UserDocumentNotAccepted", NULL);
  expect_ok (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE));
  ballot (cgs, &user_1, "accepted");
  ballot (cgs, &member_0, "accepted");
  allow_all (cgs);
  expect_json (cgs, &anonymous, status, attestation_client_consent_body (cgs->room), "{'status':'enabled'}");
  expect_ok (cgs, &user_1, disable, NULL);
  expect_ok (cgs, &user_1, disable, NULL);
  expect_ok (cgs, &member_0, enable, NULL);
  g_autofree char *off =
      g_strdup_printf ("{'status':'disabled','reason':{'code':'UserDocumentRuntimeOptionDisabled',"
                       "'message':'UserDocument runtime option ^%s^ for document d1 has "
                       "been "
                       "disabled by the following approver(s): m[u1].'}}",
                       option);
  g_autoptr (json_t) answer = expect (cgs, &anonymous, status, attestation_client_consent_body (cgs->room));
  g_autofree char *text = g_strdelimit (cr_json_dump (answer), "'", '^');
  g_autofree char *wanted = g_strdelimit (off, "'", '"');
  off = NULL;
  g_assert_cmpstr (text, ==, wanted);
  expect_error (cgs, &user_2, enable, NULL, 403, "NotUserDocumentApprover",
                "The caller is not an approver for this UserDocument.");
  expect_ok (cgs, &user_1, enable, NULL);
  expect_json (cgs, &user_1, status, NULL, "{'status':'enabled'}");
}

static void
test_document_option_refusals (void)
{
  g_autoptr (Cgs) cgs = with_accepted_user_document ();
  expect_error (cgs, &user_1, "POST " USER_DOCUMENT "/runtimeoptions/logging/status", NULL, 400,
                "InvalidUserDocumentRuntimeOption",
                "UserDocument runtime option must be either 'execution' or 'telemetry'.");
  expect_error (cgs, &user_1, "POST " USER_DOCUMENT "/runtimeoptions/logging/disable", NULL, 400,
                "InvalidUserDocumentRuntimeOption", NULL);
  expect_error (cgs, &user_1, "POST /contracts/c2/userdocuments/d1/runtimeoptions/execution/status", NULL,
                400, "ContractIdMismatch", NULL);
  expect_ok (cgs, &user_1, "POST /contracts/c2/userdocuments/d1/runtimeoptions/execution/disable", NULL);
}

/* --- User proposals --- */

static void
test_user_proposal_refusals (void)
{
  g_autoptr (Cgs) cgs = with_user_document ();
  const char *line = "PUT " PROPOSAL;
  expect_error (cgs, &stranger, line, js (PROPOSE), 403, "CallerNotAuthorized", NULL);
  expect_error (cgs, &user_1, line, js ("{'name':'x'}"), 400, "ApproversMissing",
                "The approvers field is required in the proposal.");
  expect_error (cgs, &user_1, line, js ("{'name':'x','approvers':[]}"), 400, "EmptyApprovers",
                "The approvers field cannot be empty.");
  expect_error (cgs, &user_1, line, js ("{'name':'x','approvers':[{}]}"), 400, "InvalidProposalType",
                "A proposal of type 'x' is not supported.");
  expect_error (cgs, &user_1, line, js ("{'name':'set_user_document','approvers':[{}],'args':{}}"), 400,
                "InvalidUserDocumentId", NULL);
  expect_error (cgs, &user_1, "POST " PROPOSAL, NULL, 404, "ProposalNotFound",
                "A proposal with the specified id was not found.");
  expect_error (cgs, &user_1, "POST " PROPOSAL "/status", NULL, 404, "ProposalNotFound", NULL);
  expect_error (cgs, &user_1, "POST " PROPOSAL "/withdraw", NULL, 404, "ProposalNotFound", NULL);
  expect_error (cgs, &user_1, "POST " PROPOSAL "/ballots/submit", js ("{}"), 404, "ProposalNotFound", NULL);
}

static void
test_user_proposal_life (void)
{
  g_autoptr (Cgs) cgs = with_user_document ();
  const char *submit = "POST " PROPOSAL "/ballots/submit";
  expect_ok (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE));
  expect_json (cgs, &user_1, "POST " PROPOSAL "/status", NULL,
               "{'proposerId':'u1','state':'Open','ballots':[]}");
  expect_json (cgs, &user_1, "POST " PROPOSAL, NULL,
               "{'proposalId':'up1','name':'set_user_document','approvers':["
               "{'approverId':'u1','approverIdType':'user'},{'approverId':'m0',"
               "'approverIdType':'member'}],'args':"
               "{'documentId':'d1','document':{'contractId':'c1','data':'d','version':'2.9'}}}");
  expect_error (cgs, &user_1, "PUT /users/proposals/up2", js (PROPOSE), 409, "UserDocumentAlreadyProposed",
                "Proposal [\"up1\"] for the specified documentId already exists.");
  expect_error (cgs, &member_1, submit, js ("{'ballot':'accepted'}"), 403, "NotProposalApprover",
                "The caller is not an approver for this proposal.");
  expect_error (cgs, &user_1, submit, js ("{'ballot':'maybe'}"), 400, "InvalidBallotValue",
                "The ballot value must be either 'accepted' or 'rejected'.");
  expect_json (cgs, &user_1, submit, js ("{'ballot':'accepted'}"),
               "{'proposerId':'u1','state':'Open','ballots':[{'approverId':'u1','ballot':'accepted'}]}");
  expect_error (cgs, &user_1, submit, js ("{'ballot':'accepted'}"), 409, "BallotAlreadySubmitted",
                "The ballot has already been submitted.");
  expect_json (cgs, &member_0, submit, js ("{'ballot':'accepted'}"),
               "{'proposerId':'u1','state':'Accepted','ballots':[{'approverId':'u1','ballot':'accepted'},"
               "{'approverId':'m0','ballot':'accepted'}]}");
  expect_error (cgs, &member_0, submit, js ("{'ballot':'accepted'}"), 409, "ProposalNotOpen",
                "The proposal is not in an open state. State is: 'Accepted'.");
}

static void
test_user_proposal_withdraw (void)
{
  g_autoptr (Cgs) cgs = with_user_document ();
  expect_ok (cgs, &user_1, "PUT " PROPOSAL, js (PROPOSE));
  expect_error (cgs, &member_1, "POST " PROPOSAL "/withdraw", NULL, 403, "NotProposalOwner",
                "Only the proposal owner can withdraw the proposal.");
  expect_json (cgs, &user_1, "POST " PROPOSAL "/withdraw", NULL,
               "{'proposerId':'u1','state':'Withdrawn','ballots':[]}");
  expect_error (cgs, &user_1, "POST " PROPOSAL "/withdraw", NULL, 409, "ProposalNotOpen",
                "The proposal is not in an open state. State is: 'Withdrawn'.");
  assert_state (cgs, "Draft");
}

/* --- Users --- */

static void
test_identities (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autofree char *account = refusal (cgs, "set_user_identity",
                                      js ("{'id':'u1','accountType':'other','data':{'tenantId':'t1'}}"));
  g_autofree char *tenant = refusal (cgs, "set_user_identity",
                                     js ("{'id':'u1','accountType':'microsoft','data':{}}"));
  g_assert_cmpstr (account, ==, "User identity with account type 'other' is not supported");
  g_assert_cmpstr (tenant, ==, "data.tenantId must be of type string but is undefined");
  pass (cgs, "set_user_identity",
        js ("{'id':'u1','accountType':'microsoft','invitationId':null,'data':{'tenantId':'t1',"
            "'identifier':'a@b'}}"));
  expect_json (cgs, &member_0, "POST /users/identities/u1", NULL,
               "{'id':'u1','accountType':'microsoft','invitationId':null,'data':{'tenantId':'t1',"
               "'identifier':'a@b'}}");
  expect_json (cgs, &user_1, "POST /users/identities/self/status", NULL, "{'active':true}");
  expect_error (cgs, &stranger, "POST /users/identities/self/status", NULL, 403, "CallerNotAuthorized", NULL);
  expect_error (cgs, &member_0, "POST /users/identities/u7", NULL, 404, "UserIdentityNotFound",
                "User identity with ID u7 not found.");
  pass (cgs, "remove_user_identity", js ("{'id':'u1'}"));
  expect_json (cgs, &member_0, "GET /users/identities", NULL, "{'value':[]}");
}

#define INVITE                                                                                               \
  "{'invitationId':'i1','type':'add','accountType':'microsoft','claims':{'preferred_username':'%s'}}"

static void
assert_invitation (Cgs *cgs, const char *status)
{
  g_autofree char *actual = expect_text (cgs, &stranger, "POST /users/invitations/i1", "status");
  g_assert_cmpstr (actual, ==, status);
}

static void
test_invitation_life (void)
{
  static const Caller guest = { CCF_AUTH_JWT, "g1",
                                "{'oid':'g1','tid':'t1','iss':'https://x/','preferred_username':'a@b'}" };
  g_autoptr (Cgs) cgs = cgs_new ();
  pass (cgs, "set_user_invitation_by_jwt_claims",
        js ("{'invitationId':'i1','type':'add','accountType':'microsoft',"
            "'claims':{'preferred_username':'x@y'}}"));
  pass (cgs, "set_user_invitation_by_jwt_claims",
        js ("{'invitationId':'i1','type':'add','accountType':'microsoft',"
            "'claims':{'preferred_username':['a@b'],'tid':'t1'}}"));
  expect_json (cgs, &stranger, "GET /users/invitations", NULL,
               "{'value':[{'invitationId':'i1','accountType':'microsoft','claims':"
               "{'preferred_username':['x@y','a@b'],'tid':['t1']},'status':'Open'}]}");
  expect_ok (cgs, &guest, "POST /users/invitations/i1/accept", NULL);
  expect_json (cgs, &guest, "POST /users/invitations/i1", NULL,
               "{'invitationId':'i1','accountType':'microsoft','claims':{'preferred_username':['x@y','a@b'],"
               "'tid':['t1']},'userInfo':{'userId':'g1','data':{'tenantId':'t1'}},'status':'Accepted'}");
  expect_error (cgs, &guest, "POST /users/invitations/i1/accept", NULL, 409, "InvitationNotOpen",
                "Invitation with ID i1 is not open. Status is: Accepted");
  pass (cgs, "set_user_identity",
        js ("{'id':'g1','accountType':'microsoft','invitationId':'i1','data':{'tenantId':'t1'}}"));
  assert_invitation (cgs, "Finalized");
  g_autofree char *again = refusal (cgs, "set_user_invitation_by_jwt_claims",
                                    js ("{'invitationId':'i1','type':'add','accountType':'microsoft',"
                                        "'claims':{}}"));
  g_assert_cmpstr (again, ==, "Invitation with Id 'i1' has already been accepted.");
  pass (cgs, "remove_user_invitation_by_jwt_claims", js ("{'invitationId':'i1'}"));
  expect_error (cgs, &guest, "POST /users/invitations/i1", NULL, 404, "InvitationNotFound",
                "Invitation with ID i1 not found.");
}

static void
test_invitation_refusals (void)
{
  static const Caller no_name = { CCF_AUTH_JWT, "g1", "{'oid':'g1','tid':'t1'}" };
  static const Caller wrong_name = { CCF_AUTH_JWT, "g1", "{'oid':'g1','preferred_username':'A@b'}" };
  static const Caller no_oid = { CCF_AUTH_JWT, NULL, "{'preferred_username':'a@b'}" };
  static const Caller old_token = { CCF_AUTH_JWT, "g1",
                                    "{'oid':'g1','tid':'t','ver':'1.0','upn':'a@b',"
                                    "'iss':'https://sts.windows.net/t/'}" };
  g_autoptr (Cgs) cgs = cgs_new ();
  const char *line = "POST /users/invitations/i1/accept";
  expect_error (cgs, &no_name, line, NULL, 404, "InvitationNotFound", NULL);
  pass (cgs, "set_user_invitation_by_jwt_claims", jsf (INVITE, "a@b"));
  expect_error (cgs, &no_oid, line, NULL, 404, "OidClaimMissing", NULL);
  expect_error (cgs, &no_name, line, NULL, 403, "TokenClaimMissing",
                "Missing claim in incoming token: preferred_username");
  expect_error (cgs, &wrong_name, line, NULL, 403, "TokenClaimMismatch", NULL);
  assert_invitation (cgs, "Open");
  expect_ok (cgs, &old_token, line, NULL);
  pass (cgs, "set_user_invitation_by_jwt_claims",
        js ("{'invitationId':'i2','type':'add','accountType':'microsoft','claims':{}}"));
  expect_error (cgs, &no_name, "POST /users/invitations/i2/accept", NULL, 500, "InternalError", NULL);
}

/* --- Tokens --- */

#define TOKEN "POST /contracts/c1/oauth/token?nbf=1&exp=2&iat=1&jti=j&sub=s1&tid=tenant-0&aud=api"

static void
test_oidc_setup (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &member_0, "POST /oidc/generateSigningKey", NULL, 405, "OidcIssuerNotEnabled",
                "Oidc issuer support has not been enabled.");
  expect_error (cgs, &anonymous, "GET /oidc/keys", NULL, 405, "SigningKeyNotAvailable", NULL);
  expect_json (cgs, &anonymous, "GET /oidc/.well-known/openid-configuration", NULL,
               "{'issuer':'{placeholder}','jwks_uri':'{placeholder}/keys',"
               "'response_types_supported':['id_token'],"
               "'id_token_signing_alg_values_supported':['RS256']}");
  expect_json (cgs, &member_0, "POST /oidc/issuerInfo", NULL, "{'enabled':false}");
  pass (cgs, "enable_oidc_issuer", js ("{'kid':'k'}"));
  expect_json (cgs, &member_0, "POST /oidc/generateSigningKey", NULL, "{'reqId':'1','kid':'k-1'}");
  g_autoptr (json_t) keys = expect (cgs, &anonymous, "GET /oidc/keys", NULL);
  g_autofree char *first = cr_json_dump (keys);
  expect_json (cgs, &member_0, "POST /oidc/generateSigningKey", NULL, "{'reqId':'1','kid':'k-1'}");
  g_autoptr (json_t) same = expect (cgs, &anonymous, "GET /oidc/keys", NULL);
  g_autofree char *second = cr_json_dump (same);
  g_assert_cmpstr (first, ==, second);
  g_assert_true (g_str_has_prefix (first, "{\"keys\":[{\"alg\":\"RS256\",\"use\":\"sig\",\"kty\":\"RSA\","
                                          "\"kid\":\"k-1\","
                                          "\"e\":\"AQAB\",\"n\":\""));
  pass (cgs, "oidc_issuer_enable_rotate_signing_key", js ("{}"));
  expect_json (cgs, &member_0, "POST /oidc/generateSigningKey", NULL, "{'reqId':'2','kid':'k-2'}");

  expect_error (cgs, &member_0, "POST /oidc/setIssuerUrl", js ("{'url':'ftp://x'}"), 400, "InvalidUrl",
                "Url should have http or https as its scheme but scheme is ftp.");
  expect_error (cgs, &member_0, "POST /oidc/setIssuerUrl", js ("{}"), 400, "InvalidUrl", NULL);
  expect_error (cgs, &member_1, "POST /oidc/setIssuerUrl", js ("{'url':'https://x'}"), 400, "NoTenantId",
                "Cannot set issuer as tenantId information was not found in registered identity.");
  expect_ok (cgs, &member_0, "POST /oidc/setIssuerUrl", js ("{'url':'https://foo.bar'}"));
  pass (cgs, "set_oidc_issuer_url", js ("{'issuer_url':'https://gov'}"));
  expect_json (cgs, &member_0, "POST /oidc/issuerInfo", NULL,
               "{'enabled':true,'issuerUrl':'https://gov','tenantData':{'tenantId':'tenant-0',"
               "'issuerUrl':'https://foo.bar'}}");
}

static char *
token_issuer (Cgs *cgs, const char *line)
{
  g_autofree char *token = attested_text (cgs, cgs->room, line);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, NULL);
  g_assert_nonnull (jwt);
  return g_strdup (cose_jwt_text (jwt, "iss"));
}

static void
test_token (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  check_attested_refusals (cgs, TOKEN);
  accepted_contract (cgs);
  allow_all (cgs);
  check_key_binding (cgs, TOKEN);
  expect_error (cgs, &anonymous, "POST /contracts/c1/oauth/token?iat=1",
                attestation_client_encrypt_body (cgs->room), 400, "InvalidInput",
                "Value for exp 'undefined' is invalid.");
  expect_error (cgs, &anonymous, TOKEN, attestation_client_encrypt_body (cgs->room), 405,
                "SigningKeyNotAvailable",
                "Propose enable_oidc_issuer and generate signing key before attempting to fetch it.");
  pass (cgs, "enable_oidc_issuer", js ("{'kid':'k'}"));
  expect_ok (cgs, &member_0, "POST /oidc/generateSigningKey", NULL);
  expect_error (cgs, &anonymous, TOKEN, attestation_client_encrypt_body (cgs->room), 405, "IssuerUrlNotSet",
                "Issuer url has not been supplied nor configured for tenant tenant-0. Either pass in");
  expect_ok (cgs, &member_0, "POST /oidc/setIssuerUrl", js ("{'url':'https://foo.bar'}"));

  g_autofree char *token = attested_text (cgs, cgs->room, TOKEN);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, NULL);
  g_autoptr (json_t) keys = expect (cgs, &anonymous, "GET /oidc/keys", NULL);
  g_autoptr (EVP_PKEY) key = cose_jwk_key (cose_jwks_find (keys, "k-1"), NULL);
  g_autofree char *claims = cr_json_dump (jwt->claims);
  g_assert_true (cose_jwt_verify (jwt, key, NULL));
  g_assert_cmpstr (cose_jwt_alg (jwt), ==, "PS256");
  g_assert_cmpstr (cose_jwt_kid (jwt), ==, "k-1");
  g_assert_cmpstr (claims, ==,
                   "{\"aud\":\"api\",\"exp\":\"2\",\"iss\":\"https://foo.bar\",\"jti\":\"j\",\"nbf\":\"1\","
                   "\"sub\":\"s1\",\"iat\":\"1\"}");
  g_autofree char *asked = token_issuer (cgs, TOKEN "&iss=https%3A%2F%2Fother");
  g_assert_cmpstr (asked, ==, "https://other");

  expect_error (cgs, &anonymous, TOKEN, attestation_client_encrypt_body (cgs->room_2), 400,
                "VerifySnpAttestationFailed", POLICY_MISMATCH);
  expect_ok (cgs, &anonymous, "PUT /contracts/c1/cleanroompolicy/delegates/oauth-federation-subjects/s1",
             signed_body (cgs->room, "{'type':'add','claims':{'x-ms-sevsnpvm-hostdata':'" HOST_2 "'}}"));
  g_autofree char *delegated = attested_text (cgs, cgs->room_2, TOKEN);
  g_assert_nonnull (delegated);
}

/* --- Signing --- */

static json_t *
sign_body (AttestationClient *room)
{
  json_t *body = attestation_client_encrypt_body (room);
  cr_json_set_string (body, "payload", "aGVsbG8=");
  return body;
}

#define SIGN "POST /contracts/c1/signing/sign"

static void
test_signing (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  expect_error (cgs, &anonymous, SIGN, js ("{}"), 400, "AttestationMissing", NULL);
  expect_error (cgs, &anonymous, SIGN, js ("{'attestation':1}"), 400, "EncryptionMissing", NULL);
  expect_error (cgs, &anonymous, SIGN, js ("{'attestation':1,'encrypt':1}"), 400, "PayloadMissing",
                "Payload to sign must be supplied.");
  expect_error (cgs, &anonymous, SIGN, js ("{'attestation':1,'encrypt':1,'payload':1}"), 400,
                "PayloadInvalid", NULL);
  expect_error (cgs, &anonymous, SIGN, sign_body (cgs->room), 400, "VerifySnpAttestationFailed",
                POLICY_MISSING);
  accepted_contract (cgs);
  allow_all (cgs);
  expect_error (cgs, &anonymous, SIGN, sign_body (cgs->room), 405, "SigningKeyNotAvailable",
                "Propose enable_signing and generate signing key before attempting to sign.");
  expect_error (cgs, &member_0, "POST /signing/generateSigningKey", NULL, 405, "SigningNotEnabled",
                "Signing support has not been enabled.");
  expect_json (cgs, &member_0, "POST /signing/info", NULL, "{'enabled':false,'publicKeyPem':''}");
  pass (cgs, "enable_signing", js ("{'kid':'s'}"));
  expect_json (cgs, &member_0, "POST /signing/generateSigningKey", NULL, "{'reqId':'1','kid':'s-1'}");
  g_autofree char *pem = expect_text (cgs, &member_0, "POST /signing/info", "publicKeyPem");
  g_autoptr (EVP_PKEY) key = cose_key_from_public_pem (pem, -1, "key", NULL);
  g_autoptr (json_t) answer = expect (cgs, &anonymous, SIGN, sign_body (cgs->room));
  g_autoptr (GBytes) plain = attestation_client_unwrap (cgs->room, answer, NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
  g_autoptr (GBytes) signature = cr_base64_decode (text, "signature", NULL);
  g_assert_true (cose_pss_verify (key, "hello", 5, signature, NULL));
  pass (cgs, "signing_enable_rotate_signing_key", js ("{}"));
  expect_json (cgs, &member_0, "POST /signing/generateSigningKey", NULL, "{'reqId':'2','kid':'s-2'}");
}

/* --- The certificate authority --- */

#define ENDORSE "POST /contracts/c1/ca/generateEndorsedCert"

static json_t *
endorse_body (Cgs *cgs, EVP_PKEY *key, const char *name)
{
  g_autofree char *pem = cose_key_public_pem (key);
  g_autoptr (json_t) data = json_pack ("{sssss[ss]si}", "publicKey", pem, "subjectName", "CN=agent",
                                       "subjectAlternateNames", name, "iPAddress:127.0.0.1",
                                       "validityPeriodDays", 10);
  return attestation_client_signed_body (cgs->room, data, NULL);
}

static void
test_ca_refusals (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, NULL);
  g_autofree char *early = refusal (cgs, "enable_ca", js ("{'contractId':'c1'}"));
  g_assert_cmpstr (early, ==, "Enabling the CA can only be proposed once contract 'c1' has been accepted.");
  expect_error (cgs, &member_0, "POST /contracts/c1/ca/generateSigningKey", NULL, 405, "CANotEnabled",
                "CA support has not been enabled for this contract.");
  accepted_contract (cgs);
  g_autofree char *rotate = refusal (cgs, "ca_enable_rotate_signing_key", js ("{'contractId':'c1'}"));
  g_assert_cmpstr (rotate, ==, "Cannot rotate the CA signing key as CA is not enabled for the contract.");
  check_attested_refusals (cgs, ENDORSE);
  allow_all (cgs);
  check_key_binding (cgs, ENDORSE);
  expect_error (cgs, &anonymous, ENDORSE, endorse_body (cgs, key, "dNSName:a"), 404, "NoCASigningKey",
                "Cannot generate endorsed certificate as there is no CA signing key for this contract.");
  pass (cgs, "enable_ca", js ("{'contractId':'c1'}"));
  expect_ok (cgs, &member_0, "POST /contracts/c1/ca/generateSigningKey", NULL);
  expect_error (cgs, &anonymous, ENDORSE, endorse_body (cgs, key, "email:a"), 500, "InternalError", NULL);
}

static void
test_ca (void)
{
  g_autoptr (Cgs) cgs = cgs_new ();
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, NULL);
  accepted_contract (cgs);
  allow_all (cgs);
  g_autofree char *id = propose (cgs, "enable_ca", js ("{'contractId':'c1'}"));
  expect_json (cgs, &stranger, "POST /contracts/c1/ca/status", NULL,
               "{'enabled':false,'proposalIds':['p3']}");
  g_assert_true (accept_proposal (cgs, id));
  expect_json (cgs, &member_0, "POST /contracts/c1/ca/generateSigningKey", NULL, "{'requestId':'1'}");
  g_autofree char *ca_pem = expect_text (cgs, &member_0, "POST /contracts/c1/ca/status", "caCert");
  expect_json (cgs, &member_0, "POST /contracts/c1/ca/generateSigningKey", NULL, "{'requestId':'1'}");
  g_autofree char *same_pem = expect_text (cgs, &member_0, "POST /contracts/c1/ca/status", "caCert");
  g_assert_cmpstr (ca_pem, ==, same_pem);

  g_autoptr (json_t) answer = expect (cgs, &anonymous, ENDORSE, endorse_body (cgs, key, "dNSName:localhost"));
  g_autoptr (json_t) plain = attestation_client_unwrap_json (cgs->room, answer, NULL);
  g_autoptr (X509) ca = cose_cert_from_pem (ca_pem, -1, "CA", NULL);
  g_autoptr (X509) certificate = cose_cert_from_pem (cr_json_peek_string (plain, "cert"), -1, "certificate",
                                                     NULL);
  g_autoptr (EVP_PKEY) certified = cose_cert_key (certificate, NULL);
  g_autoptr (GPtrArray) anchors = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *name = cose_cert_common_name (ca);
  g_ptr_array_add (anchors, ca);
  g_assert_true (
      cose_cert_verify_chain (certificate, NULL, anchors, g_get_real_time () / G_USEC_PER_SEC, &error));
  g_assert_true (cose_cert_matches_host (certificate, "localhost"));
  g_assert_true (cose_cert_matches_host (certificate, "127.0.0.1"));
  g_assert_false (cose_cert_matches_host (certificate, "example.org"));
  g_assert_true (cose_key_equal (certified, key));
  g_assert_cmpstr (name, ==, "Azure Clean Room CA");
  g_assert_cmpint (X509_check_ca (certificate), ==, 0);
  g_assert_cmpint (cose_cert_not_after (ca) - cose_cert_not_before (ca), ==, 101 * 86400 - 1);

  pass (cgs, "ca_enable_rotate_signing_key", js ("{'contractId':'c1'}"));
  expect_json (cgs, &member_0, "POST /contracts/c1/ca/generateSigningKey", NULL, "{'requestId':'2'}");
  g_autofree char *next_pem = expect_text (cgs, &member_0, "POST /contracts/c1/ca/status", "caCert");
  g_assert_cmpstr (ca_pem, !=, next_pem);
}

/* The table has all endpoints, each once, and writers are the ones that write. */
static void
test_endpoint_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint writers = 0;
  for (const CcfEndpoint *endpoint = cgs_endpoints; endpoint->method; endpoint++) {
    g_assert_true (g_hash_table_add (seen, g_strconcat (endpoint->method, " ", endpoint->pattern, NULL)));
    g_assert_nonnull (endpoint->handler);
    writers += endpoint->write ? 1 : 0;
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 59);
  g_assert_cmpuint (writers, ==, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/cgs/" path, function)
  ADD ("078-084-document-refusals", test_document_refusals);
  ADD ("079-081-document-life", test_document_life);
  ADD ("document-of-other-contract", test_document_of_other_contract);
  ADD ("087-088-097-user-document-put", test_user_document_put);
  ADD ("089-091-093-098-user-document-life", test_user_document_life);
  ADD ("095-user-document-rejected", test_user_document_rejected);
  ADD ("099-101-labels", test_user_document_labels);
  g_test_add_data_func ("/cgs/103-106-document-execution", "execution", test_document_options);
  g_test_add_data_func ("/cgs/103-106-document-telemetry", "telemetry", test_document_options);
  ADD ("document-option-refusals", test_document_option_refusals);
  ADD ("114-user-proposal-refusals", test_user_proposal_refusals);
  ADD ("107-111-user-proposal-life", test_user_proposal_life);
  ADD ("113-user-proposal-withdraw", test_user_proposal_withdraw);
  ADD ("identities", test_identities);
  ADD ("invitation-life", test_invitation_life);
  ADD ("invitation-refusals", test_invitation_refusals);
  ADD ("oidc-setup", test_oidc_setup);
  ADD ("069-073-token", test_token);
  ADD ("074-077-signing", test_signing);
  ADD ("ca-refusals", test_ca_refusals);
  ADD ("ca", test_ca);
  ADD ("endpoint-table", test_endpoint_table);
  return g_test_run ();
}
