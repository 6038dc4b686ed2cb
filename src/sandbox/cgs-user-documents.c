/* SPDX-License-Identifier: MIT
 * User documents: texts about a contract with labels and approvers, accepted through user proposals.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

#define DOCUMENTS "public:user_documents"

void
app_user_document_put (CcfCall *call)
{
  const char *id = cgs_last_parameter (call);

  if (!cgs_authorized (call))
    return;
  if (store_has (call->store, CGS_ACCEPTED_USER_DOCUMENTS, id)) {
    cgs_error (call, 405, "UserDocumentAlreadyAccepted", "The specified document has already been accepted.");
    return;
  }
  if (cgs_refuse_rejected (call, id))
    return;

  g_autoptr (json_t) body = cgs_body (call);
  const json_t *contract = json_object_get (body, "contractId");
  g_autofree char *contract_id = cgs_js_text (contract);

  if (!body)
    return;
  if (cgs_missing (contract))
    cgs_error (call, 400, "ContractIdMissing", "ContractId must be specified in UserDocument payload.");
  else if (cgs_missing (json_object_get (body, "data")))
    cgs_error (call, 400, "DataMissing", "data key must be present in UserDocument payload.");
  else if (!store_has (call->store, CGS_CONTRACTS, contract_id))
    cgs_error (call, 404, "ContractNotFound", "A contract with the specified id was not found.");
  else if (cgs_check_version (call, DOCUMENTS, id, body, "UserDocumentAlreadyExists", "document")) {
    g_autoptr (json_t) item = json_object ();

    cgs_copy (item, "contractId", body);
    cgs_copy (item, "data", body);
    cgs_copy (item, "labels", body);
    cgs_copy (item, "approvers", body);
    store_put_json (call->store, DOCUMENTS, id, item);
    cgs_done (call);
  }
}

static json_t *
accepted_document (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_ACCEPTED_USER_DOCUMENTS, id);
  g_autofree char *version = cgs_version (store, CGS_ACCEPTED_USER_DOCUMENTS, id);
  json_t *answer = json_pack ("{ssssss}", "id", id, "version", version, "state", "Accepted");

  cgs_copy (answer, "contractId", item);
  cgs_copy (answer, "approvers", item);
  cgs_copy (answer, "data", item);
  cgs_copy (answer, "labels", item);
  cgs_copy (answer, "proposalId", item);
  cgs_copy (answer, "proposerId", item);
  cgs_copy (answer, "finalVotes", item);
  return answer;
}

/* STATE "Proposed"; "Rejected" exists under the proposed rules only. */
static json_t *
proposed_document (Store *store, const char *id, const char *proposal, const char *state)
{
  g_autoptr (json_t) stored = store_get_json (store, CGS_USER_PROPOSALS, proposal);
  g_autoptr (json_t) info = store_get_json (store, CGS_USER_PROPOSALS_INFO, proposal);
  const json_t *action = json_array_get (json_object_get (stored, "actions"), 0);
  const json_t *document = json_object_get (json_object_get (action, "args"), "document");
  json_t *answer = json_pack ("{ssss}", "id", id, "state", state);

  cgs_copy (answer, "contractId", document);
  cgs_copy (answer, "data", document);
  cgs_copy (answer, "labels", document);
  cgs_copy (answer, "version", document);
  cgs_copy (answer, "approvers", action);
  cr_json_set_string (answer, "proposalId", proposal);
  cgs_copy (answer, "proposerId", info);
  if (strcmp (state, "Rejected") == 0)
    cr_json_set (answer, "finalVotes", json_incref (json_object_get (info, "ballots")));
  return answer;
}

static json_t *
draft_document (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, DOCUMENTS, id);
  g_autofree char *version = cgs_version (store, DOCUMENTS, id);
  json_t *answer = json_pack ("{ssssss}", "id", id, "state", "Draft", "version", version);

  cgs_copy (answer, "contractId", item);
  cgs_copy (answer, "data", item);
  cgs_copy (answer, "labels", item);
  cgs_copy (answer, "approvers", item);
  cr_json_set_string (answer, "proposalId", "");
  cr_json_set_string (answer, "proposerId", "");
  return answer;
}

void
app_user_document_get (CcfCall *call)
{
  const char *id = cgs_last_parameter (call);

  if (!cgs_authorized (call))
    return;
  if (store_has (call->store, CGS_ACCEPTED_USER_DOCUMENTS, id)) {
    cgs_answer (call, accepted_document (call->store, id));
    return;
  }

  g_autoptr (GPtrArray) open = cgs_user_proposals_for (call->store, id);
  g_autofree char *rejected = cgs_user_document_rejected_by (call->store, id);

  if (open->len > 0)
    cgs_answer (call,
                proposed_document (call->store, id, g_ptr_array_index (open, open->len - 1), "Proposed"));
  else if (rejected)
    cgs_answer (call, proposed_document (call->store, id, rejected, "Rejected"));
  else if (store_has (call->store, DOCUMENTS, id))
    cgs_answer (call, draft_document (call->store, id));
  else
    cgs_error (call, 404, "UserDocumentNotFound", "A document with the specified id was not found.");
}

/* "name:value,name:value" as [[name, value], ...]; NULL when a pair is malformed. Gives. */
static json_t *
parse_label_selector (const char *selector)
{
  g_auto (GStrv) pairs = g_strsplit (selector, ",", -1);
  g_autoptr (json_t) wanted = json_array ();

  for (guint i = 0; pairs[i]; i++) {
    g_auto (GStrv) sides = g_strsplit (pairs[i], ":", -1);

    if (g_strv_length (sides) != 2 || !*g_strstrip (sides[0]) || !*g_strstrip (sides[1]))
      return NULL;
    json_array_append_new (wanted, json_pack ("[ss]", sides[0], sides[1]));
  }
  return g_steal_pointer (&wanted);
}

static gboolean
labels_match (const json_t *labels, const json_t *wanted)
{
  gsize index;
  json_t *pair;

  json_array_foreach (wanted, index, pair) {
    const char *value = cr_json_peek_string (labels, json_string_value (json_array_get (pair, 0)));

    if (g_strcmp0 (value, json_string_value (json_array_get (pair, 1))) != 0)
      return FALSE;
  }
  return TRUE;
}

void
app_user_document_list (CcfCall *call)
{
  g_autofree char *selector = cgs_query (call, "labelSelector");
  g_autoptr (json_t) wanted = NULL;

  if (!cgs_authorized (call))
    return;
  wanted = selector && *selector ? parse_label_selector (selector) : json_array ();
  if (!wanted) {
    cgs_error (call, 400, "InvalidParameter",
               "labelSelector query parameter must be of the form labelName:labelValue.");
    return;
  }

  g_autoptr (GPtrArray) ids = cgs_keys (call->store, DOCUMENTS, CGS_ACCEPTED_USER_DOCUMENTS);
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    gboolean draft = store_has (call->store, DOCUMENTS, id);
    g_autoptr (json_t) item = store_get_json (call->store, draft ? DOCUMENTS : CGS_ACCEPTED_USER_DOCUMENTS,
                                              id);
    json_t *entry;

    if (!labels_match (json_object_get (item, "labels"), wanted))
      continue;
    entry = json_pack ("{ss}", "id", id);
    cgs_copy (entry, "labels", item);
    json_array_append_new (list, entry);
  }
  cgs_answer (call, cgs_value_list (list));
}

void
app_user_document_accepted (CcfCall *call)
{
  static const CgsAcceptedKind kind = { CGS_ACCEPTED_USER_DOCUMENTS, "UserDocumentNotFound", "UserDocument",
                                        accepted_document };

  cgs_answer_accepted (call, &kind);
}
