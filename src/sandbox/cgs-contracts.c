/* SPDX-License-Identifier: MIT
 * Contracts and the deployment documents that hang on an accepted contract.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

void
app_contract_put (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (cgs_contract_accepted (call->store, id)) {
    cgs_error (call, 405, "ContractAlreadyAccepted", "An accepted contract cannot be changed.");
    return;
  }

  g_autoptr (json_t) body = cgs_body (call);
  json_t *data = json_object_get (body, "data");

  if (!body)
    return;
  if (cgs_missing (data)) {
    cgs_error (call, 400, "DataMissing", "data key must be present in contract payload.");
    return;
  }
  if (!cgs_check_version (call, CGS_CONTRACTS, id, body, "ContractAlreadyExists", "contract"))
    return;

  g_autoptr (json_t) item = json_pack ("{sO}", "data", data);

  store_put_json (call->store, CGS_CONTRACTS, id, item);
  cgs_done (call);
}

static json_t *
accepted_contract (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_ACCEPTED_CONTRACTS, id);
  g_autofree char *version = cgs_version (store, CGS_ACCEPTED_CONTRACTS, id);
  json_t *answer = json_pack ("{ssssss}", "id", id, "version", version, "state", "Accepted");

  cgs_copy (answer, "data", item);
  cgs_copy (answer, "proposalId", item);
  cr_json_set (answer, "finalVotes", cgs_final_votes (json_object_get (item, "finalVotes")));
  return answer;
}

static json_t *
proposed_contract (Store *store, const char *id, const char *proposal)
{
  g_autoptr (json_t) args = gov_proposal_action_args (store, proposal, "set_contract", "contractId", id);
  const json_t *contract = json_object_get (args, "contract");
  json_t *answer = json_pack ("{ssss}", "id", id, "state", "Proposed");

  cgs_copy (answer, "data", contract);
  cgs_copy (answer, "version", contract);
  cr_json_set_string (answer, "proposalId", proposal);
  return answer;
}

static json_t *
draft_contract (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_CONTRACTS, id);
  g_autofree char *version = cgs_version (store, CGS_CONTRACTS, id);
  json_t *answer = json_pack ("{ssssss}", "id", id, "state", "Draft", "version", version);

  cgs_copy (answer, "data", item);
  cr_json_set_string (answer, "proposalId", "");
  return answer;
}

void
app_contract_get (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;
  if (cgs_contract_accepted (call->store, id)) {
    cgs_answer (call, accepted_contract (call->store, id));
    return;
  }

  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, "set_contract", "contractId", id);

  if (open->len > 0)
    /* With several open ones the last looked at wins; the rules of voting allow one only. */
    cgs_answer (call, proposed_contract (call->store, id, g_ptr_array_index (open, open->len - 1)));
  else if (store_has (call->store, CGS_CONTRACTS, id))
    cgs_answer (call, draft_contract (call->store, id));
  else
    cgs_error (call, 404, "ContractNotFound", "A contract with the specified id was not found.");
}

/* Drafts that are not accepted and have (PROPOSED) or have not an open proposal. Gives. */
static GPtrArray *
unaccepted_contracts (Store *store, gboolean proposed)
{
  g_autoptr (GPtrArray) drafts = store_keys (store, CGS_CONTRACTS);
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < drafts->len; i++) {
    const char *id = g_ptr_array_index (drafts, i);
    g_autoptr (GPtrArray) open = NULL;

    if (cgs_contract_accepted (store, id))
      continue;
    open = gov_open_proposals_with (store, "set_contract", "contractId", id);
    if ((open->len > 0) == proposed)
      g_ptr_array_add (found, g_strdup (id));
  }
  return found;
}

void
app_contract_list (CcfCall *call)
{
  g_autofree char *state = cgs_query (call, "state");
  g_autoptr (GPtrArray) ids = NULL;

  if (!cgs_authorized (call))
    return;
  if (!state || !*state)
    ids = cgs_keys (call->store, CGS_CONTRACTS, CGS_ACCEPTED_CONTRACTS);
  else if (strcmp (state, "Accepted") == 0)
    ids = cgs_keys (call->store, CGS_ACCEPTED_CONTRACTS, NULL);
  else if (strcmp (state, "Proposed") == 0 || strcmp (state, "Draft") == 0)
    ids = unaccepted_contracts (call->store, strcmp (state, "Proposed") == 0);
  else {
    cgs_error (call, 400, "InvalidParameter",
               "The state query parameter must be either 'Draft', 'Accepted' or 'Proposed'.");
    return;
  }
  cgs_answer (call, cgs_value_list (cgs_id_list (ids)));
}

static void
answer_deployment (CcfCall *call, const char *action, const char *map)
{
  const char *contract = cgs_parameter (call, 0);
  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, action, "contractId", contract);
  g_autoptr (json_t) item = store_get_json (call->store, map, contract);
  json_t *answer = json_pack ("{so}", "proposalIds", cgs_strings (open));

  if (item)
    cgs_copy (answer, "data", item);
  else
    cr_json_set (answer, "data", json_object ());
  cgs_answer (call, answer);
}

void
app_deployment_spec_get (CcfCall *call)
{
  answer_deployment (call, "set_deployment_spec", CGS_DEPLOYMENT_SPECS);
}

void
app_deployment_info_get (CcfCall *call)
{
  answer_deployment (call, "set_deployment_info", CGS_DEPLOYMENT_INFO);
}
