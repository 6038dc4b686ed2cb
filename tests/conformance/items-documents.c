/* SPDX-License-Identifier: MIT
 * Items 78 to 86: member documents.
 */
#include "conformance.h"

#define DOC(id) "/contracts/documents/memberdocuments/" id

static void
put (Conformance *it, const char *id)
{
  call (it, MEMBER_0, fmt (it, "PUT /memberdocuments/%s", id),
        js ("{'contractId':'documents','data':'text of %s'}", id), 200);
}

static const char *
propose_document (Conformance *it, const char *id)
{
  return propose (
      it, MEMBER_0, "set_member_document",
      js ("{'documentId':'%s','document':{'contractId':'documents','data':'text of %s'}}", id, id));
}

static const char *
life (Conformance *it)
{
  raw (it, 79);
  call (it, MEMBER_0, "PUT " DOC ("life"), js ("{'contractId':'documents','data':{'b':1,'a':2}}"), 200);
  const char *version = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  call (it, USER_0, "POST " DOC ("life"), NULL, 200);
  is_exactly (it, fmt (it,
                       "{'id':'life','state':'Draft','version':'%s','contractId':'documents','data':{'b':1,"
                       "'a':2},'proposalId':''}",
                       version));
  const char *id = propose (it, MEMBER_0, "set_member_document",
                            json_pack ("{sssO}", "documentId", "life", "document", conf_answer (it)));
  const char *proposed = fmt (it,
                              "{'id':'life','state':'Proposed','contractId':'documents','data':{'b':1,'a':2},"
                              "'version':'%s','proposalId':'%s'}",
                              version, id);
  call (it, MEMBER_1, "GET /memberdocuments/life", NULL, 200);
  is_exactly (it, proposed);
  vote (it, MEMBER_0, id, TRUE);
  vote (it, MEMBER_1, id, TRUE);
  call (it, MEMBER_1, "POST " DOC ("life"), NULL, 200);
  is_exactly (it, proposed);
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
  const char *accepted = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  call (it, MEMBER_1, "POST " DOC ("life"), NULL, 200);
  has (it, "state", "Accepted");
  has (it, "version", accepted);
  has (it, "contractId", "documents");
  has (it, "data", "{\"b\":1,\"a\":2}");
  has (it, "proposalId", id);
  has_size (it, "finalVotes", 3);
  for (guint i = 0; i < 3; i++)
    has (it, fmt (it, "finalVotes.%u.vote", i), "true");
  return fmt (it, "%s", conf_text (it));
}

static void
life_client (Conformance *it)
{
  CcfClient *member = as (it, MEMBER_0);
  client (it, 79);
  done (it, cgs_member_document_put (NULL, member, "documents", "life2", "text", NULL, out (it)));
  got (it, cgs_member_document_show (NULL, member, "life2", out (it)));
  has (it, "state", "Draft");
  g_autofree char *version = text_at (it, "version");
  client (it, 83);
  refused (it, cgs_member_document_propose (NULL, member, "life2", "2.1", out (it)), "DocumentModified");
  refused (it, cgs_member_document_propose (NULL, member, "life2", NULL, out (it)), "VersionMissing");
  refused (it, cgs_member_document_vote (NULL, member, "life2", "", TRUE, out (it)), "ProposalIdMissing");
  refused (it, cgs_member_document_vote (NULL, member, "life2", HOST_1, TRUE, out (it)),
           "DocumentNotProposed");
  client (it, 79);
  got (it, cgs_member_document_propose (NULL, member, "life2", version, out (it)));
  g_autofree char *id = text_at (it, "proposalId");
  client (it, 83);
  refused (it, cgs_member_document_vote (NULL, member, "life2", HOST_1, TRUE, out (it)),
           "ProposalIdMismatch");
  client (it, 82);
  got (it, cgs_member_document_vote (NULL, as (it, MEMBER_1), "life2", id, FALSE, out (it)));
  got (it, cgs_member_document_show (NULL, member, "life2", out (it)));
  has (it, "state", "Draft");
  client (it, 79);
  got (it, cgs_member_document_propose (NULL, member, "life2", version, out (it)));
  g_autofree char *second = text_at (it, "proposalId");
  for (Who who = MEMBER_0; who <= MEMBER_2; who++)
    got (it, cgs_member_document_vote (NULL, as (it, who), "life2", second, TRUE, out (it)));
  got (it, cgs_member_document_show (NULL, as (it, USER_0), "life2", out (it)));
  has (it, "state", "Accepted");
  has_size (it, "finalVotes", 3);
  client (it, 81);
  denied (it, cgs_member_document_put (NULL, member, "documents", "life2", "x", version, out (it)),
          "DocumentAlreadyAccepted");
}

static void
clean_room_copy (Conformance *it, const char *expected)
{
  static const char line[] = "POST /contracts/documents/memberdocuments/accepted/life";
  raw (it, 80);
  attested_refusals (it, line);
  fails (it, ANYONE, line, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  allow_all (it, "documents");
  raw (it, 80);
  key_is_bound (it, line);
  g_autofree char *text = attested_text (it, 1, line, NULL);
  check (it, strcmp (text, expected) == 0, "the clean room reads %s, the member %s", text, expected);
  fails (it, ANYONE, "POST /contracts/documents/memberdocuments/accepted/none", attested (it, 1), 404,
         "DocumentNotFound", "A document with the specified id was not found or has not been accepted.");
  raw (it, 81);
  fails (it, MEMBER_0, "PUT " DOC ("life"), js ("{'contractId':'documents','data':'x'}"), 405,
         "DocumentAlreadyAccepted", "An accepted document cannot be changed.");
}

static void
rules (Conformance *it)
{
  put (it, "rejected");
  raw (it, 82);
  const char *id = propose_document (it, "rejected");
  vote (it, MEMBER_1, id, FALSE);
  state_is (it, "Rejected");
  call (it, MEMBER_0, "GET /memberdocuments/rejected", NULL, 200);
  has (it, "state", "Draft");

  raw (it, 84);
  const char *version = fmt (it, "%s", cr_json_peek_string (conf_answer (it), "version"));
  fails (it, MEMBER_0, "PUT " DOC ("rejected"), js ("{'contractId':'documents','data':'y'}"), 409,
         "DocumentAlreadyExists", "The specified document already exists.");
  fails (it, MEMBER_0, "PUT " DOC ("rejected"), js ("{'contractId':'documents','data':'y','version':'2.1'}"),
         412, "PreconditionFailed", NULL);
  call (it, MEMBER_0, "PUT " DOC ("rejected"),
        js ("{'contractId':'documents','data':'y','version':'%s'}", version), 200);
  fails (it, MEMBER_0, "PUT " DOC ("new"), js ("{'data':'y'}"), 400, "ContractIdMissing",
         "ContractId must be specified in document payload.");
  fails (it, MEMBER_0, "PUT " DOC ("new"), js ("{'contractId':'documents'}"), 400, "DataMissing",
         "data key must be present in document payload.");
  fails (it, MEMBER_0, "PUT " DOC ("new"), js ("{'contractId':'nowhere','data':'y'}"), 404,
         "ContractNotFound", "A contract with the specified id was not found.");
  client (it, 84);
  CcfClient *member = as (it, MEMBER_0);
  denied (it, cgs_member_document_put (NULL, member, "documents", "rejected", "y", NULL, out (it)),
          "DocumentAlreadyExists");
  denied (it, cgs_member_document_put (NULL, member, "documents", "rejected", "y", version, out (it)),
          "PreconditionFailed");

  raw (it, 85);
  const char *first = propose_document (it, "rejected");
  const char *second = propose_document (it, "rejected");
  history_ends (it, second, "Rejected");
  history_ends (it, first, "Open");
  vote_all (it, first);
  history_ends (it, propose_document (it, "rejected"), "Rejected");
}

static void
listing (Conformance *it)
{
  raw (it, 86);
  put (it, "listed");
  call (it, USER_0, "GET /contracts/documents/memberdocuments", NULL, 200);
  lists (it, "", "id", "life");
  lists (it, "", "id", "rejected");
  lists (it, "", "id", "listed");
  call (it, USER_0, "GET /memberdocuments", NULL, 200);
  lists (it, "", "id", "listed");
  client (it, 86);
  got (it, cgs_member_document_list (NULL, as (it, MEMBER_0), out (it)));
  lists (it, "", "id", "life");
  lists (it, "", "id", "listed");
}

void
items_member_documents (Conformance *it)
{
  put_contract (it, "documents");
  raw (it, 78);
  fails (it, ANYONE, "PUT " DOC ("life"), js ("{}"), 401, "InvalidAuthenticationInfo", NULL);
  fails (it, ANYONE, "POST " DOC ("life"), NULL, 401, "InvalidAuthenticationInfo", NULL);
  fails (it, MEMBER_0, "POST " DOC ("life"), NULL, 404, "DocumentNotFound",
         "A document with the specified id was not found.");
  fails (it, MEMBER_0, "GET /memberdocuments/life", NULL, 404, "DocumentNotFound", NULL);
  client (it, 78);
  refused (it, cgs_member_document_show (NULL, as (it, MEMBER_0), "life", out (it)), "DocumentNotFound");
  const char *accepted = life (it);
  accept_contract (it, "documents2");
  call (it, MEMBER_0, "POST /contracts/documents", NULL, 200);
  pass (it, "set_contract", js ("{'contractId':'documents','contract':{'data':'x'}}"));
  clean_room_copy (it, accepted);
  life_client (it);
  rules (it);
  listing (it);
}
