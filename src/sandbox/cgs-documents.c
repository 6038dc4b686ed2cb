/* SPDX-License-Identifier: MIT
 * Member documents: texts about a contract that the members vote on. Two path families do the same work.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

#define DOCUMENTS "public:documents"

void
app_member_document_put (CcfCall *call)
{
  const char *id = cgs_last_parameter (call);

  if (store_has (call->store, CGS_ACCEPTED_DOCUMENTS, id)) {
    cgs_error (call, 405, "DocumentAlreadyAccepted", "An accepted document cannot be changed.");
    return;
  }

  g_autoptr (json_t) body = cgs_body (call);
  const json_t *contract = json_object_get (body, "contractId");
  const json_t *data = json_object_get (body, "data");

  if (!body)
    return;

  g_autofree char *contract_id = cgs_js_text (contract);

  if (cgs_missing (contract))
    cgs_error (call, 400, "ContractIdMissing", "ContractId must be specified in document payload.");
  else if (cgs_missing (data))
    cgs_error (call, 400, "DataMissing", "data key must be present in document payload.");
  else if (!store_has (call->store, CGS_CONTRACTS, contract_id))
    cgs_error (call, 404, "ContractNotFound", "A contract with the specified id was not found.");
  else if (cgs_check_version (call, DOCUMENTS, id, body, "DocumentAlreadyExists", "document")) {
    g_autoptr (json_t) item = json_pack ("{sOsO}", "contractId", contract, "data", data);

    store_put_json (call->store, DOCUMENTS, id, item);
    cgs_done (call);
  }
}

static json_t *
accepted_document (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_ACCEPTED_DOCUMENTS, id);
  g_autofree char *version = cgs_version (store, CGS_ACCEPTED_DOCUMENTS, id);
  json_t *answer = json_pack ("{ssssss}", "id", id, "version", version, "state", "Accepted");

  cgs_copy (answer, "contractId", item);
  cgs_copy (answer, "data", item);
  cgs_copy (answer, "proposalId", item);
  cr_json_set (answer, "finalVotes", cgs_final_votes (json_object_get (item, "finalVotes")));
  return answer;
}

static json_t *
proposed_document (Store *store, const char *id, const char *proposal)
{
  g_autoptr (json_t) args = gov_proposal_action_args (store, proposal, "set_member_document", "documentId",
                                                      id);
  const json_t *document = json_object_get (args, "document");
  json_t *answer = json_pack ("{ssss}", "id", id, "state", "Proposed");

  cgs_copy (answer, "contractId", document);
  cgs_copy (answer, "data", document);
  cgs_copy (answer, "version", document);
  cr_json_set_string (answer, "proposalId", proposal);
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
  cr_json_set_string (answer, "proposalId", "");
  return answer;
}

void
app_member_document_get (CcfCall *call)
{
  const char *id = cgs_last_parameter (call);

  if (!cgs_authorized (call))
    return;
  if (store_has (call->store, CGS_ACCEPTED_DOCUMENTS, id)) {
    cgs_answer (call, accepted_document (call->store, id));
    return;
  }

  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, "set_member_document", "documentId", id);

  if (open->len > 0)
    cgs_answer (call, proposed_document (call->store, id, g_ptr_array_index (open, open->len - 1)));
  else if (store_has (call->store, DOCUMENTS, id))
    cgs_answer (call, draft_document (call->store, id));
  else
    cgs_error (call, 404, "DocumentNotFound", "A document with the specified id was not found.");
}

/* A bare array, unlike every other list, and over all contracts. */
void
app_member_document_list (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  g_autoptr (GPtrArray) ids = cgs_keys (call->store, DOCUMENTS, CGS_ACCEPTED_DOCUMENTS);

  cgs_answer (call, cgs_id_list (ids));
}

void
app_member_document_accepted (CcfCall *call)
{
  static const CgsAcceptedKind kind = { CGS_ACCEPTED_DOCUMENTS, "DocumentNotFound", "document",
                                        accepted_document };

  cgs_answer_accepted (call, &kind);
}
