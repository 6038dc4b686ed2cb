/* SPDX-License-Identifier: MIT
 * Items 107 to 114: user proposals.
 */
#include "conformance.h"

#define PROPOSAL "/users/proposals/"

static json_t *
proposal (Conformance *it, const char *document, Who first, Who last)
{
  json_t *list = json_array ();
  for (Who who = first; who <= last; who++)
    json_array_append_new (
        list, json_pack ("{ssss}", "approverId", caller_id (it, who), "approverIdType", "member"));
  json_t *body = js ("{'name':'set_user_document','args':{'documentId':'%s','document':{'contractId':'props',"
                     "'data':'x'}}}",
                     document);
  cr_json_set (body, "approvers", list);
  return body;
}

static void
two_of_three (Conformance *it)
{
  raw (it, 107);
  call (it, MEMBER_0, "PUT " PROPOSAL "p1", proposal (it, "d1", MEMBER_0, MEMBER_1), 200);
  is_exactly (it, "{'proposalId':'p1'}");
  call (it, USER_0, "POST " PROPOSAL "p1", NULL, 200);
  has (it, "proposalId", "p1");
  has (it, "name", "set_user_document");
  has (it, "args.documentId", "d1");
  has_size (it, "approvers", 2);
  call (it, USER_0, "POST " PROPOSAL "p1/status", NULL, 200);
  is_exactly (it, fmt (it, "{'proposerId':'%s','state':'Open','ballots':[]}", member_id (it, MEMBER_0)));
  fails (it, USER_0, "POST " PROPOSAL "none", NULL, 404, "ProposalNotFound",
         "A proposal with the specified id was not found.");
  fails (it, MEMBER_0, "PUT " PROPOSAL "p1", proposal (it, "d1", MEMBER_0, MEMBER_1), 409,
         "ProposalAlreadyExists", "The specified proposal already exists.");
  raw (it, 108);
  fails (it, MEMBER_1, "PUT " PROPOSAL "p2", proposal (it, "d1", MEMBER_0, MEMBER_1), 409,
         "UserDocumentAlreadyProposed", "Proposal [\"p1\"] for the specified documentId already exists.");
  raw (it, 109);
  fails (it, MEMBER_2, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'accepted'}"), 403,
         "NotProposalApprover", "The caller is not an approver for this proposal.");
  raw (it, 110);
  call (it, MEMBER_0, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'accepted'}"), 200);
  is_exactly (
      it, fmt (it, "{'proposerId':'%s','state':'Open','ballots':[{'approverId':'%s','ballot':'accepted'}]}",
               member_id (it, MEMBER_0), member_id (it, MEMBER_0)));
  fails (it, MEMBER_0, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'accepted'}"), 409,
         "BallotAlreadySubmitted", "The ballot has already been submitted.");
  fails (it, MEMBER_1, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'yes'}"), 400,
         "InvalidBallotValue", "The ballot value must be either 'accepted' or 'rejected'.");
  raw (it, 111);
  call (it, MEMBER_1, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'accepted'}"), 200);
  has (it, "state", "Accepted");
  has_size (it, "ballots", 2);
  fails (it, MEMBER_1, "POST " PROPOSAL "p1/ballots/submit", js ("{'ballot':'accepted'}"), 409,
         "ProposalNotOpen", "The proposal is not in an open state. State is: 'Accepted'.");
}

static void
through_client (Conformance *it)
{
  CcfClient *first = as (it, MEMBER_0), *second = as (it, MEMBER_1);
  g_autoptr (json_t) body = proposal (it, "c1", MEMBER_0, MEMBER_1);
  client (it, 107);
  got (it, cgs_user_proposal_put (NULL, first, "cp1", body, out (it)));
  got (it, cgs_user_proposal_show (NULL, first, "cp1", out (it)));
  has (it, "name", "set_user_document");
  got (it, cgs_user_proposal_status (NULL, first, "cp1", out (it)));
  has (it, "state", "Open");
  has (it, "proposerId", member_id (it, MEMBER_0));
  client (it, 108);
  refused (it, cgs_user_proposal_put (NULL, first, "cp2", body, out (it)), "UserDocumentAlreadyProposed");
  client (it, 109);
  refused (it, cgs_user_proposal_vote (NULL, as (it, MEMBER_2), "cp1", TRUE, out (it)),
           "NotProposalApprover");
  client (it, 110);
  got (it, cgs_user_proposal_vote (NULL, first, "cp1", TRUE, out (it)));
  has (it, "state", "Open");
  client (it, 113);
  refused (it, cgs_user_proposal_withdraw (NULL, second, "cp1", out (it)), "NotProposalOwner");
  client (it, 111);
  got (it, cgs_user_proposal_vote (NULL, second, "cp1", TRUE, out (it)));
  has (it, "state", "Accepted");
  client (it, 113);
  refused (it, cgs_user_proposal_withdraw (NULL, first, "cp1", out (it)), "ProposalNotOpen");
}

static void
default_approvers (Conformance *it)
{
  CcfClient *member = as (it, MEMBER_0);
  client (it, 112);
  done (it, cgs_user_document_put (NULL, member, "props", "defaults", "x", NULL, NULL, NULL, out (it)));
  got (it, cgs_user_document_show (NULL, member, "props", "defaults", out (it)));
  g_autofree char *version = text_at (it, "version"), *id = cgs_user_proposal_id_new ();
  got (it, cgs_user_document_propose (NULL, member, "props", "defaults", version, id, out (it)));
  got (it, cgs_user_proposal_show (NULL, member, id, out (it)));
  has_size (it, "approvers", 3);
  for (Who who = MEMBER_0; who <= MEMBER_2; who++)
    lists (it, "approvers", "approverId", member_id (it, who));
  for (Who who = MEMBER_0; who <= MEMBER_2; who++) {
    got (it, cgs_user_document_vote (NULL, as (it, who), "props", "defaults", id, TRUE, out (it)));
    has (it, "state", who == MEMBER_2 ? "Accepted" : "Open");
  }
}

static void
withdrawal (Conformance *it)
{
  raw (it, 113);
  call (it, MEMBER_0, "PUT " PROPOSAL "w1", proposal (it, "w", MEMBER_0, MEMBER_1), 200);
  fails (it, MEMBER_1, "POST " PROPOSAL "w1/withdraw", NULL, 403, "NotProposalOwner",
         "Only the proposal owner can withdraw the proposal.");
  call (it, MEMBER_0, "POST " PROPOSAL "w1/withdraw", NULL, 200);
  has (it, "state", "Withdrawn");
  fails (it, MEMBER_0, "POST " PROPOSAL "w1/withdraw", NULL, 409, "ProposalNotOpen",
         "The proposal is not in an open state. State is: 'Withdrawn'.");
  fails (it, MEMBER_0, "POST " PROPOSAL "none/withdraw", NULL, 404, "ProposalNotFound", NULL);
  call (it, MEMBER_0, "PUT " PROPOSAL "w2", proposal (it, "w", MEMBER_0, MEMBER_1), 200);

  raw (it, 114);
  fails (it, MEMBER_0, "PUT " PROPOSAL "x1",
         js ("{'name':'other','args':{},'approvers':[{'approverId':'x'}]}"), 400, "InvalidProposalType",
         "A proposal of type 'other' is not supported.");
  fails (it, MEMBER_0, "PUT " PROPOSAL "x1", js ("{'name':'other','args':{}}"), 400, "ApproversMissing",
         "The approvers field is required in the proposal.");
  fails (it, MEMBER_0, "PUT " PROPOSAL "x1", js ("{'name':'other','approvers':[]}"), 400, "EmptyApprovers",
         "The approvers field cannot be empty.");
  fails (it, MEMBER_0, "PUT " PROPOSAL "x1",
         js ("{'name':'set_user_document','args':{},'approvers':[{'approverId':'x'}]}"), 400,
         "InvalidUserDocumentId", NULL);
  g_autoptr (json_t) body = js ("{'name':'other','args':{},'approvers':[{'approverId':'x'}]}");
  client (it, 114);
  refused (it, cgs_user_proposal_put (NULL, as (it, MEMBER_0), "x2", body, out (it)), "InvalidProposalType");
}

void
items_user_proposals (Conformance *it)
{
  put_contract (it, "props");
  two_of_three (it);
  through_client (it);
  default_approvers (it);
  withdrawal (it);
}
