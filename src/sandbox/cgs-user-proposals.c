/* SPDX-License-Identifier: MIT
 * User proposals: a document, named approvers, one ballot each. The only action is set_user_document.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

#define ACTION "set_user_document"

static json_t *
load_action (Store *store, const char *id)
{
  g_autoptr (json_t) proposal = store_get_json (store, CGS_USER_PROPOSALS, id);

  return json_incref (json_array_get (json_object_get (proposal, "actions"), 0));
}

static gboolean
is_open (const json_t *info)
{
  return g_strcmp0 (cr_json_peek_string (info, "state"), "Open") == 0;
}

/* Ids of user proposals in STATE whose set_user_document names DOCUMENT. Gives char*. */
static GPtrArray *
proposals_in_state (Store *store, const char *document, const char *state)
{
  g_autoptr (GPtrArray) ids = store_keys (store, CGS_USER_PROPOSALS);
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autoptr (json_t) info = store_get_json (store, CGS_USER_PROPOSALS_INFO, id);
    gboolean wanted = g_strcmp0 (cr_json_peek_string (info, "state"), state) == 0;
    g_autoptr (json_t) action = wanted ? load_action (store, id) : NULL;
    const json_t *args = json_object_get (action, "args");

    if (args && g_strcmp0 (cr_json_peek_string (action, "name"), ACTION) == 0
        && g_strcmp0 (cr_json_peek_string (args, "documentId"), document) == 0)
      g_ptr_array_add (found, g_strdup (id));
  }
  return found;
}

GPtrArray *
cgs_user_proposals_for (Store *store, const char *document)
{
  return proposals_in_state (store, document, "Open");
}

char *
cgs_user_document_rejected_by (Store *store, const char *document)
{
  if (!gov_rules_proposed (store))
    return NULL;

  g_autoptr (GPtrArray) rejected = proposals_in_state (store, document, "Rejected");

  return rejected->len ? g_strdup (g_ptr_array_index (rejected, 0)) : NULL;
}

gboolean
cgs_refuse_rejected (CcfCall *call, const char *document)
{
  g_autofree char *proposal = cgs_user_document_rejected_by (call->store, document);

  if (proposal)
    cgs_error (call, 405, "UserDocumentAlreadyRejected", "The specified document has already been rejected.");
  return proposal != NULL;
}

static gboolean
check_document (CcfCall *call, const json_t *body)
{
  const json_t *args = json_object_get (body, "args");
  const json_t *document = json_object_get (args, "documentId");

  if (!args || json_is_null (args)) {
    cgs_throw (call, "cannot read property 'documentId' of %s", args ? "null" : "undefined");
    return FALSE;
  }
  if (!document) {
    cgs_error (call, 400, "InvalidUserDocumentId", "The UserDocumentId is required for " ACTION " action.");
    return FALSE;
  }

  g_autofree char *id = cgs_js_text (document);

  if (store_has (call->store, CGS_ACCEPTED_USER_DOCUMENTS, id)) {
    cgs_error (call, 405, "UserDocumentAlreadyAccepted", "The specified document has already been accepted.");
    return FALSE;
  }
  if (cgs_refuse_rejected (call, id))
    return FALSE;

  g_autoptr (GPtrArray) open = cgs_user_proposals_for (call->store, id);

  if (open->len > 0) {
    g_autoptr (json_t) ids = cgs_strings (open);
    g_autofree char *text = cr_json_dump (ids);

    cgs_error (call, 409, "UserDocumentAlreadyProposed",
               "Proposal %s for the specified documentId already exists.", text);
    return FALSE;
  }
  return TRUE;
}

/* Members that count as voters: Active and without a role that takes the vote away. Gives the list. */
static json_t *
all_voters (Store *store)
{
  static const char *const roles[] = { "cgsOperator", "contractOperator" };
  g_autoptr (GPtrArray) ids = gov_member_ids (store);
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) member = gov_member (store, g_ptr_array_index (ids, i));
    const json_t *data = json_object_get (member, "memberData");
    gboolean counts = g_strcmp0 (cr_json_peek_string (member, "status"), "Active") == 0
                      && cgs_missing (json_object_get (data, "isOperator"))
                      && cgs_missing (json_object_get (data, "isRecoveryOperator"));

    for (guint j = 0; j < G_N_ELEMENTS (roles); j++)
      counts = counts
               && g_strcmp0 (cr_json_peek_string (json_object_get (data, "cgsRoles"), roles[j]), "true") != 0;
    if (counts)
      json_array_append_new (
          list, json_pack ("{ssss}", "approverId", g_ptr_array_index (ids, i), "approverIdType", "member"));
  }
  return list;
}

/* Under the proposed rules a document that names no approvers needs all members. */
static void
fill_approvers (Store *store, json_t *body)
{
  const json_t *approvers = json_object_get (body, "approvers");
  gboolean none = !approvers || json_is_null (approvers)
                  || (json_is_array (approvers) && json_array_size (approvers) == 0);

  if (none && json_is_object (body) && gov_rules_proposed (store))
    json_object_set_new (body, "approvers", all_voters (store));
}

void
app_user_proposal_put (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;
  if (store_has (call->store, CGS_USER_PROPOSALS, id)) {
    cgs_error (call, 409, "ProposalAlreadyExists", "The specified proposal already exists.");
    return;
  }

  g_autoptr (json_t) body = cgs_body (call);
  g_autofree char *name = cgs_js_text (json_object_get (body, "name"));

  fill_approvers (call->store, body);

  const json_t *approvers = json_object_get (body, "approvers");

  if (!body)
    return;
  if (!approvers)
    cgs_error (call, 400, "ApproversMissing", "The approvers field is required in the proposal.");
  else if (json_is_null (approvers))
    cgs_throw (call, "cannot read property 'length' of null");
  else if (json_is_array (approvers) && json_array_size (approvers) == 0)
    cgs_error (call, 400, "EmptyApprovers", "The approvers field cannot be empty.");
  else if (strcmp (name, ACTION) != 0)
    cgs_error (call, 400, "InvalidProposalType", "A proposal of type '%s' is not supported.", name);
  else if (check_document (call, body)) {
    g_autoptr (json_t) proposal = json_pack ("{s[O]}", "actions", body);
    g_autoptr (json_t) info = json_pack ("{sssss[]}", "proposerId", call->caller_id, "state", "Open",
                                         "ballots");

    store_put_json (call->store, CGS_USER_PROPOSALS, id, proposal);
    store_put_json (call->store, CGS_USER_PROPOSALS_INFO, id, info);
    cgs_answer (call, json_pack ("{ss}", "proposalId", id));
  }
}

static void
not_found (CcfCall *call)
{
  cgs_error (call, 404, "ProposalNotFound", "A proposal with the specified id was not found.");
}

void
app_user_proposal_get (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) action = load_action (call->store, id);

  if (!action) {
    not_found (call);
    return;
  }

  json_t *answer = json_pack ("{ss}", "proposalId", id);

  cgs_copy (answer, "name", action);
  cgs_copy (answer, "approvers", action);
  cgs_copy (answer, "args", action);
  cgs_answer (call, answer);
}

void
app_user_proposal_status (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  json_t *info = store_get_json (call->store, CGS_USER_PROPOSALS_INFO, cgs_parameter (call, 0));

  if (info)
    cgs_answer (call, info);
  else
    not_found (call);
}

static gboolean
need_open (CcfCall *call, const json_t *info)
{
  const char *state = cr_json_peek_string (info, "state");

  if (is_open (info))
    return TRUE;
  cgs_error (call, 409, "ProposalNotOpen", "The proposal is not in an open state. State is: '%s'.",
             state ? state : "undefined");
  return FALSE;
}

void
app_user_proposal_withdraw (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) info = store_get_json (call->store, CGS_USER_PROPOSALS_INFO, id);

  if (!info)
    not_found (call);
  else if (g_strcmp0 (cr_json_peek_string (info, "proposerId"), call->caller_id) != 0)
    cgs_error (call, 403, "NotProposalOwner", "Only the proposal owner can withdraw the proposal.");
  else if (need_open (call, info)) {
    cr_json_set_string (info, "state", "Withdrawn");
    store_put_json (call->store, CGS_USER_PROPOSALS_INFO, id, info);
    cgs_answer (call, json_incref (info));
  }
}

/* The entry of LIST whose approverId is ID; borrowed. */
static const json_t *
find_approver (const json_t *list, const char *id)
{
  gsize index;
  json_t *entry;

  json_array_foreach (list, index, entry)
    if (g_strcmp0 (cr_json_peek_string (entry, "approverId"), id) == 0)
      return entry;
  return NULL;
}

static gboolean
all_accepted (const json_t *approvers, const json_t *ballots)
{
  gsize index;
  json_t *approver;

  json_array_foreach (approvers, index, approver) {
    const char *id = cr_json_peek_string (approver, "approverId");
    const json_t *ballot = id ? find_approver (ballots, id) : NULL;

    if (!ballot || g_strcmp0 (cr_json_peek_string (ballot, "ballot"), "accepted") != 0)
      return FALSE;
  }
  return TRUE;
}

/* The document of the arguments, not the current draft, becomes the accepted one. */
static void
apply_document (Store *store, const json_t *action, const char *proposal, const json_t *info)
{
  const json_t *args = json_object_get (action, "args");
  const json_t *document = json_object_get (args, "document");
  g_autofree char *id = cgs_js_text (json_object_get (args, "documentId"));
  g_autoptr (json_t) item = json_object ();

  cgs_copy (item, "contractId", document);
  cgs_copy (item, "data", document);
  cgs_copy (item, "labels", document);
  cr_json_set_string (item, "proposalId", proposal);
  cgs_copy (item, "proposerId", info);
  cgs_copy (item, "approvers", action);
  json_object_set (item, "finalVotes", json_object_get (info, "ballots"));
  store_put_json (store, CGS_ACCEPTED_USER_DOCUMENTS, id, item);
}

/* FALSE after answering. */
static gboolean
check_ballot (CcfCall *call, const json_t *action, const json_t *info)
{
  if (!find_approver (json_object_get (action, "approvers"), call->caller_id)) {
    cgs_error (call, 403, "NotProposalApprover", "The caller is not an approver for this proposal.");
    return FALSE;
  }
  if (!need_open (call, info))
    return FALSE;
  if (find_approver (json_object_get (info, "ballots"), call->caller_id)) {
    cgs_error (call, 409, "BallotAlreadySubmitted", "The ballot has already been submitted.");
    return FALSE;
  }
  return TRUE;
}

void
app_user_proposal_ballot (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) info = store_get_json (call->store, CGS_USER_PROPOSALS_INFO, id);
  g_autoptr (json_t) action = load_action (call->store, id);

  if (!info || !action) {
    not_found (call);
    return;
  }
  if (!check_ballot (call, action, info))
    return;

  g_autoptr (json_t) body = cgs_body (call);
  const char *ballot = cr_json_peek_string (body, "ballot");
  gboolean rejected = g_strcmp0 (ballot, "rejected") == 0;
  json_t *ballots = json_object_get (info, "ballots");

  if (!body)
    return;
  if (!rejected && g_strcmp0 (ballot, "accepted") != 0) {
    cgs_error (call, 400, "InvalidBallotValue", "The ballot value must be either 'accepted' or 'rejected'.");
    return;
  }
  json_array_append_new (ballots, json_pack ("{ssss}", "approverId", call->caller_id, "ballot", ballot));
  if (rejected)
    cr_json_set_string (info, "state", "Rejected");
  else if (all_accepted (json_object_get (action, "approvers"), ballots)) {
    const json_t *document = json_object_get (json_object_get (action, "args"), "document");

    if (!json_is_object (document)) {
      cgs_throw (call, "cannot read property 'contractId' of undefined");
      return;
    }
    apply_document (call->store, action, id, info);
    cr_json_set_string (info, "state", "Accepted");
  }
  store_put_json (call->store, CGS_USER_PROPOSALS_INFO, id, info);
  cgs_answer (call, json_incref (info));
}
