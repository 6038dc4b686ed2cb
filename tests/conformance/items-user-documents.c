/* SPDX-License-Identifier: MIT
 * Items 87 to 106: user documents and their runtime options.
 */
#include "conformance.h"

#define PATH "/contracts/userdocs/userdocuments"

static void
put (Conformance *it, const char *id, const char *labels)
{
  call (it, MEMBER_0, fmt (it, "PUT " PATH "/%s", id),
        js ("{'contractId':'userdocs','data':'text of %s'%s%s}", id, labels ? ",'labels':" : "",
            labels ? labels : ""),
        200);
}

static json_t *
approvers (const Conformance *it, Who first, Who last)
{
  json_t *list = json_array ();
  for (Who who = first; who <= last; who++)
    json_array_append_new (list, json_pack ("{ssss}", "approverId", caller_id (it, who), "approverIdType",
                                            who >= USER_0 ? "user" : "member"));
  return list;
}

/* A user proposal PROPOSAL for document ID. */
static void
propose_document (Conformance *it, Who who, const char *proposal, const char *id, json_t *list, guint wanted)
{
  json_t *body = js ("{'name':'set_user_document','args':{'documentId':'%s','document':"
                     "{'contractId':'userdocs','data':'text of %s','version':'9.9','labels':{'k':'v'}}}}",
                     id, id);
  cr_json_set (body, "approvers", list);
  call (it, who, fmt (it, "PUT /users/proposals/%s", proposal), body, wanted);
}

static void
ballot (Conformance *it, Who who, const char *proposal, const char *value)
{
  call (it, who, fmt (it, "POST /users/proposals/%s/ballots/submit", proposal), js ("{'ballot':'%s'}", value),
        200);
}

static void
draft (Conformance *it)
{
  raw (it, 87);
  fails (it, MEMBER_0, "POST " PATH "/life", NULL, 404, "UserDocumentNotFound",
         "A document with the specified id was not found.");
  fails (it, USER_0, "GET /userdocuments/life", NULL, 404, "UserDocumentNotFound", NULL);
  client (it, 87);
  refused (it, cgs_user_document_show (NULL, as (it, USER_0), "userdocs", "life", out (it)),
           "UserDocumentNotFound");
  raw (it, 88);
  call (it, MEMBER_0, "PUT " PATH "/life", js ("{'contractId':'userdocs','data':{'z':1,'y':2}}"), 200);
  is_empty (it);
  const char *version = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  call (it, USER_1, "POST " PATH "/life", NULL, 200);
  is_exactly (it, fmt (it,
                       "{'id':'life','state':'Draft','version':'%s','contractId':'userdocs','data':{'z':1,"
                       "'y':2},'proposalId':'','proposerId':''}",
                       version));
  client (it, 88);
  done (it, cgs_user_document_put (NULL, as (it, USER_0), "userdocs", "clientdoc", "text", NULL, NULL, NULL,
                                   out (it)));
  got (it, cgs_user_document_show (NULL, as (it, USER_0), "userdocs", "clientdoc", out (it)));
  has (it, "state", "Draft");
  has (it, "data", "text");
}

/* From proposed to accepted with approvers FIRST to LAST. Gives what the accepted read says. */
static const char *
agreement (Conformance *it, const char *id, Who first, Who last)
{
  const char *proposal = fmt (it, "proposal-%s", id);
  propose_document (it, first, proposal, id, approvers (it, first, last), 200);
  is_exactly (it, fmt (it, "{'proposalId':'%s'}", proposal));
  g_autoptr (json_t) list = approvers (it, first, last);
  g_autofree char *approver_text = cr_json_dump (list);
  const char *proposed = fmt (it,
                              "{'id':'%s','state':'Proposed','contractId':'userdocs','data':'text of %s',"
                              "'labels':{'k':'v'},'version':'9.9','approvers':%s,'proposalId':'%s',"
                              "'proposerId':'%s'}",
                              id, id, approver_text, proposal, caller_id (it, first));
  call (it, MEMBER_0, fmt (it, "POST " PATH "/%s", id), NULL, 200);
  is_exactly (it, proposed);
  ballot (it, first, proposal, "accepted");
  has (it, "state", "Open");
  call (it, MEMBER_0, fmt (it, "GET /userdocuments/%s", id), NULL, 200);
  is_exactly (it, proposed);
  for (Who who = first + 1; who <= last; who++)
    ballot (it, who, proposal, "accepted");
  has (it, "state", "Accepted");
  const char *version = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  call (it, first, fmt (it, "POST " PATH "/%s", id), NULL, 200);
  has (it, "state", "Accepted");
  has (it, "version", version);
  has_size (it, "finalVotes", last - first + 1);
  for (Who who = first; who <= last; who++) {
    has (it, fmt (it, "finalVotes.%u.approverId", who - first), caller_id (it, who));
    has (it, fmt (it, "finalVotes.%u.ballot", who - first), "accepted");
  }
  g_autofree char *start = g_strdup_printf (
      "{\"id\":\"%s\",\"version\":\"%s\",\"state\":\"Accepted\",\"contractId\":\"userdocs\",\"approvers\":%s,"
      "\"data\":\"text of %s\",\"labels\":{\"k\":\"v\"},\"proposalId\":\"%s\",\"proposerId\":\"%s\",\"finalVotes\":",
      id, version, approver_text, id, proposal, caller_id (it, first));
  check (it, g_str_has_prefix (conf_text (it), start), "the answer is %s, not %s...", conf_text (it), start);
  return fmt (it, "%s", conf_text (it));
}

static void
agreements (Conformance *it)
{
  static const char line[] = "POST /contracts/userdocs/userdocuments/accepted/life";
  raw (it, 89);
  const char *by_members = agreement (it, "life", MEMBER_0, MEMBER_2);
  raw (it, 91);
  attested_refusals (it, line);
  fails (it, ANYONE, line, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  raw (it, 103);
  fails (it, ANYONE, "POST " PATH "/life/runtimeoptions/execution/status",
         attestation_client_consent_body (room (it, 1)), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  fails (it, ANYONE, "POST " PATH "/life/runtimeoptions/telemetry/status", js ("{}"), 400,
         "AttestationMissing", NULL);
  allow_all (it, "userdocs");
  raw (it, 91);
  key_is_bound (it, line);
  g_autofree char *text = attested_text (it, 1, line, NULL);
  check (it, strcmp (text, by_members) == 0, "the clean room reads %s, the member %s", text, by_members);
  raw (it, 90);
  put (it, "byusers", NULL);
  const char *by_users = agreement (it, "byusers", USER_0, USER_2);
  raw (it, 91);
  g_autofree char *second = attested_text (it, 1, "POST " PATH "/accepted/byusers", NULL);
  check (it, strcmp (second, by_users) == 0, "the clean room reads %s, the user %s", second, by_users);
  accept_contract (it, "otherdocs");
  allow_all (it, "otherdocs");
  raw (it, 91);
  fails (it, ANYONE, "POST /contracts/otherdocs/userdocuments/accepted/life", attested (it, 1), 400,
         "ContractIdMismatch", NULL);
  raw (it, 92);
  g_autoptr (CcfClient) fresh = client_from_parts (it, USER_1, TRUE, out (it));
  call (it, USER_1, "POST " PATH "/life", NULL, 200);
  check (it, strcmp (conf_text (it), by_members) == 0, "another token reads another document");
  client (it, 92);
  got (it, cgs_user_document_show (NULL, fresh, "userdocs", "life", out (it)));
  check (it, strcmp (conf_text (it), by_members) == 0, "the client reads %s", conf_text (it));
  raw (it, 93);
  fails (it, MEMBER_0, "PUT " PATH "/life", js ("{'contractId':'userdocs','data':'x'}"), 405,
         "UserDocumentAlreadyAccepted", "The specified document has already been accepted.");
  client (it, 93);
  denied (it,
          cgs_user_document_put (NULL, as (it, USER_0), "userdocs", "life", "x", NULL, NULL, NULL, out (it)),
          "UserDocumentAlreadyAccepted");
}

static void
strangers (Conformance *it)
{
  raw (it, 94);
  fails (it, STRANGER, "POST " PATH "/life", NULL, 403, "CallerNotAuthorized",
         "User stranger is not authorized to invoke this endpoint.");
  fails (it, STRANGER, "PUT " PATH "/x", js ("{'contractId':'userdocs','data':'x'}"), 403,
         "CallerNotAuthorized", NULL);
  fails (it, STRANGER, "GET " PATH, NULL, 403, "CallerNotAuthorized", NULL);
  client (it, 94);
  refused (it, cgs_user_document_show (NULL, as (it, STRANGER), "userdocs", "life", out (it)),
           "CallerNotAuthorized");
}

static void
rejection (Conformance *it)
{
  raw (it, 95);
  put (it, "rejected", NULL);
  propose_document (it, MEMBER_0, "rejected-1", "rejected", approvers (it, MEMBER_0, MEMBER_2), 200);
  ballot (it, MEMBER_1, "rejected-1", "rejected");
  has (it, "state", "Rejected");
  call (it, MEMBER_0, "POST " PATH "/rejected", NULL, 200);
  has (it, "state", "Draft");

  raw (it, 98);
  propose_document (it, MEMBER_0, "rejected-2", "rejected", approvers (it, MEMBER_0, MEMBER_0), 200);
  json_t *again = js ("{'name':'set_user_document','args':{'documentId':'rejected','document':{}},"
                      "'approvers':[{'approverId':'x'}]}");
  fails (it, MEMBER_1, "PUT /users/proposals/rejected-3", json_incref (again), 409,
         "UserDocumentAlreadyProposed",
         "Proposal [\"rejected-2\"] for the specified documentId already exists.");
  ballot (it, MEMBER_0, "rejected-2", "accepted");
  has (it, "state", "Accepted");
  fails (it, MEMBER_1, "PUT /users/proposals/rejected-3", again, 405, "UserDocumentAlreadyAccepted",
         "The specified document has already been accepted.");
}

static void
client_checks (Conformance *it)
{
  CcfClient *user = as (it, USER_0);
  g_autoptr (json_t) list = approvers (it, USER_0, USER_1);
  client (it, 96);
  done (it, cgs_user_document_put (NULL, user, "userdocs", "checks", "text", NULL, NULL, list, out (it)));
  got (it, cgs_user_document_show (NULL, user, "userdocs", "checks", out (it)));
  g_autofree char *version = text_at (it, "version");
  g_autofree char *id = cgs_user_proposal_id_new (), *other = cgs_user_proposal_id_new ();
  refused (it, cgs_user_document_propose (NULL, user, "userdocs", "checks", "2.1", id, out (it)),
           "UserDocumentModified");
  refused (it, cgs_user_document_propose (NULL, user, "userdocs", "checks", NULL, id, out (it)),
           "VersionMissing");
  refused (it, cgs_user_document_vote (NULL, user, "userdocs", "checks", id, TRUE, out (it)),
           "UserDocumentNotProposed");
  client (it, 89);
  got (it, cgs_user_document_propose (NULL, user, "userdocs", "checks", version, id, out (it)));
  client (it, 96);
  refused (it, cgs_user_document_vote (NULL, user, "userdocs", "checks", other, TRUE, out (it)),
           "ProposalIdMismatch");
  refused (it, cgs_user_document_vote (NULL, user, "userdocs", "checks", "", TRUE, out (it)),
           "ProposalIdMissing");
  client (it, 98);
  refused (it, cgs_user_document_propose (NULL, user, "userdocs", "checks", version, other, out (it)),
           "UserDocumentAlreadyProposed");
  client (it, 90);
  got (it, cgs_user_document_vote (NULL, user, "userdocs", "checks", id, TRUE, out (it)));
  has (it, "state", "Open");
  got (it, cgs_user_document_vote (NULL, as (it, USER_1), "userdocs", "checks", NULL, TRUE, out (it)));
  has (it, "state", "Accepted");
  client (it, 89);
  got (it, cgs_user_document_show (NULL, user, "userdocs", "checks", out (it)));
  has (it, "state", "Accepted");
  has_size (it, "finalVotes", 2);
  client (it, 95);
  done (it, cgs_user_document_put (NULL, user, "userdocs", "checks2", "text", NULL, NULL, list, out (it)));
  got (it,
       cgs_user_document_publish (NULL, user, "userdocs", "checks2", "text", NULL, list, other, out (it)));
  got (it, cgs_user_document_vote (NULL, user, "userdocs", "checks2", other, FALSE, out (it)));
  has (it, "state", "Rejected");
  got (it, cgs_user_document_show (NULL, user, "userdocs", "checks2", out (it)));
  has (it, "state", "Draft");
}

static void
versions (Conformance *it)
{
  raw (it, 97);
  put (it, "versions", NULL);
  const char *version = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  fails (it, USER_0, "PUT " PATH "/versions", js ("{'contractId':'userdocs','data':'y'}"), 409,
         "UserDocumentAlreadyExists", "The specified document already exists.");
  fails (it, USER_0, "PUT " PATH "/versions", js ("{'contractId':'userdocs','data':'y','version':'2.1'}"),
         412, "PreconditionFailed", NULL);
  call (it, USER_0, "PUT /userdocuments/versions",
        js ("{'contractId':'userdocs','data':'y','version':'%s'}", version), 200);
  call (it, USER_0, "POST " PATH "/versions", NULL, 200);
  has (it, "data", "y");
  fails (it, USER_0, "PUT " PATH "/new", js ("{'data':'y'}"), 400, "ContractIdMissing",
         "ContractId must be specified in UserDocument payload.");
  fails (it, USER_0, "PUT " PATH "/new", js ("{'contractId':'userdocs'}"), 400, "DataMissing",
         "data key must be present in UserDocument payload.");
  fails (it, USER_0, "PUT " PATH "/new", js ("{'contractId':'nowhere','data':'y'}"), 404, "ContractNotFound",
         NULL);
  client (it, 97);
  CcfClient *user = as (it, USER_0);
  denied (it, cgs_user_document_put (NULL, user, "userdocs", "versions", "y", NULL, NULL, NULL, out (it)),
          "UserDocumentAlreadyExists");
  denied (it, cgs_user_document_put (NULL, user, "userdocs", "versions", "y", version, NULL, NULL, out (it)),
          "PreconditionFailed");
}

static void
select_labels (Conformance *it, const char *selector, gsize wanted)
{
  raw (it, 100);
  call (it, USER_0, fmt (it, "GET " PATH "?labelSelector=%s", selector), NULL, 200);
  has_size (it, "value", wanted);
  client (it, 100);
  got (it, cgs_user_document_list (NULL, as (it, USER_0), "userdocs", selector, out (it)));
  has_size (it, "", wanted);
}

static void
listing (Conformance *it)
{
  raw (it, 99);
  call (it, USER_0, "GET " PATH, NULL, 200);
  lists (it, "value", "id", "life");
  lists (it, "value", "id", "rejected");
  call (it, USER_0, "GET /userdocuments", NULL, 200);
  lists (it, "value", "id", "versions");
  client (it, 99);
  got (it, cgs_user_document_list (NULL, as (it, USER_0), "userdocs", NULL, out (it)));
  lists (it, "", "id", "versions");
  raw (it, 100);
  for (guint i = 0; i < 5; i++)
    put (it, fmt (it, "labelled%u", i), fmt (it, "{'shared':'s','own':'own%u'}", i));
  select_labels (it, "shared:s", 5);
  select_labels (it, "own:own3", 1);
  raw (it, 100);
  call (it, USER_0, "GET " PATH "?labelSelector=own:own3", NULL, 200);
  is_exactly (it, "{'value':[{'id':'labelled3','labels':{'shared':'s','own':'own3'}}]}");
  select_labels (it, "shared:s,own:own3", 1);
  select_labels (it, "unknown:s", 0);
  select_labels (it, "shared:unknown", 0);
  select_labels (it, "shared:s,own:own3,more:x", 0);
  static const char *const malformed[] = { "name", ":value", "a:b:c", "a:", "a:b,c" };
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++) {
    raw (it, 101);
    fails (it, USER_0, fmt (it, "GET " PATH "?labelSelector=%s", malformed[i]), NULL, 400, "InvalidParameter",
           "labelSelector query parameter must be of the form labelName:labelValue.");
    client (it, 101);
    refused (it, cgs_user_document_list (NULL, as (it, USER_0), "userdocs", malformed[i], out (it)),
             "InvalidParameter");
  }
}

static void
is_disabled (Conformance *it, const char *option, const char *ids)
{
  has (it, "status", "disabled");
  has (it, "reason.code", "UserDocumentRuntimeOptionDisabled");
  has (it, "reason.message",
       fmt (it,
            "UserDocument runtime option '%s' for document life has been disabled by the following "
            "approver(s): m[%s].",
            option, ids));
}

static void
option_raw (Conformance *it, const char *option)
{
  const char *status = fmt (it, "POST " PATH "/life/runtimeoptions/%s/status", option);
  const char *enable = fmt (it, "POST " PATH "/life/runtimeoptions/%s/enable", option);
  const char *disable = fmt (it, "POST " PATH "/life/runtimeoptions/%s/disable", option);
  const char *first = member_id (it, MEMBER_0), *second = member_id (it, MEMBER_1);
  raw (it, 104);
  call (it, ANYONE, status, attestation_client_consent_body (room (it, 1)), 200);
  is_exactly (it, "{'status':'enabled'}");
  raw (it, 105);
  call (it, MEMBER_0, disable, NULL, 200);
  call (it, MEMBER_2, status, NULL, 200);
  is_disabled (it, option, first);
  call (it, ANYONE, status, attestation_client_consent_body (room (it, 1)), 200);
  is_disabled (it, option, first);
  fails (it, USER_0, disable, NULL, 403, "NotUserDocumentApprover",
         "The caller is not an approver for this UserDocument.");
  raw (it, 106);
  call (it, MEMBER_0, disable, NULL, 200);
  call (it, MEMBER_1, disable, NULL, 200);
  call (it, MEMBER_2, enable, NULL, 200);
  call (it, MEMBER_2, status, NULL, 200);
  is_disabled (it, option, fmt (it, "%s,%s", first, second));
  call (it, MEMBER_1, enable, NULL, 200);
  call (it, MEMBER_2, status, NULL, 200);
  is_disabled (it, option, first);
  call (it, MEMBER_0, enable, NULL, 200);
  call (it, MEMBER_2, status, NULL, 200);
  is_exactly (it, "{'status':'enabled'}");
}

static void
option_client (Conformance *it, const char *option)
{
  CcfClient *member = as (it, MEMBER_0);
  client (it, 102);
  refused (it, cgs_user_document_option_status (NULL, member, "userdocs", "unknown", option, out (it)),
           "UserDocumentNotFound");
  denied (it, cgs_user_document_option_set (NULL, member, "userdocs", "unknown", option, TRUE, out (it)),
          "UserDocumentNotFound");
  denied (it, cgs_user_document_option_set (NULL, member, "userdocs", "unknown", option, FALSE, out (it)),
          "UserDocumentNotFound");
  client (it, 105);
  done (it, cgs_user_document_option_set (NULL, member, "userdocs", "life", option, FALSE, out (it)));
  got (it, cgs_user_document_option_status (NULL, as (it, MEMBER_1), "userdocs", "life", option, out (it)));
  is_disabled (it, option, member_id (it, MEMBER_0));
  client (it, 106);
  done (it, cgs_user_document_option_set (NULL, member, "userdocs", "life", option, TRUE, out (it)));
  client (it, 104);
  got (it, cgs_user_document_option_status (NULL, as (it, MEMBER_1), "userdocs", "life", option, out (it)));
  is_exactly (it, "{'status':'enabled'}");
}

/* The order of refusals of the application itself. */
static void
option_refusals (Conformance *it)
{
  raw (it, 102);
  call (it, MEMBER_0, "POST " PATH "/unknown/runtimeoptions/anything/status", NULL, 200);
  is_exactly (it, "{'status':'disabled','reason':{'code':'UserDocumentNotAccepted','message':'UserDocument "
                  "unknown does not exist or has not been accepted.'}}");
  fails (it, MEMBER_0, "POST " PATH "/unknown/runtimeoptions/execution/enable", NULL, 400,
         "UserDocumentNotAccepted", NULL);
  fails (it, MEMBER_0, "POST " PATH "/life/runtimeoptions/logging/status", NULL, 400,
         "InvalidUserDocumentRuntimeOption",
         "UserDocument runtime option must be either 'execution' or "
         "'telemetry'.");
  fails (it, MEMBER_0, "POST " PATH "/life/runtimeoptions/logging/enable", NULL, 400,
         "InvalidUserDocumentRuntimeOption", NULL);
  fails (it, MEMBER_0, "POST /contracts/otherdocs/userdocuments/life/runtimeoptions/execution/status", NULL,
         400, "ContractIdMismatch", NULL);
}

void
items_user_documents (Conformance *it)
{
  accept_contract (it, "userdocs");
  draft (it);
  agreements (it);
  strangers (it);
  rejection (it);
  client_checks (it);
  versions (it);
  listing (it);
  option_raw (it, "execution");
  option_raw (it, "telemetry");
  option_client (it, "execution");
  option_client (it, "telemetry");
  option_refusals (it);
}
