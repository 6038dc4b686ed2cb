/* SPDX-License-Identifier: MIT
 * Items 1 to 23: contracts.
 */
#include "conformance.h"

static void
without_credential (Conformance *it)
{
  raw (it, 1);
  fails (it, ANYONE, "PUT /contracts/c1", js ("{'data':'x'}"), 401, "InvalidAuthenticationInfo", NULL);
  has (it, "error.details.0.auth_policy", "member_cert");
  has_size (it, "error.details", 1);
  fails (it, ANYONE, "POST /contracts/c1", NULL, 401, "InvalidAuthenticationInfo", "Invalid info");
  has (it, "error.details.0.auth_policy", "member_cert");
  has (it, "error.details.1.auth_policy", "user_cert");
  has (it, "error.details.2.auth_policy", "jwt");

  raw (it, 2);
  fails (it, MEMBER_0, "POST /contracts/nowhere", NULL, 404, "ContractNotFound",
         "A contract with the specified id was not found.");
  client (it, 2);
  refused (it, cgs_contract_show (NULL, as (it, MEMBER_0), "nowhere", out (it)), "ContractNotFound");

  static const char unknown[] = "{'status':'disabled','reason':{'code':'ContractNotAccepted','message':"
                                "'Contract does not exist or has not been accepted.'}}";
  raw (it, 3);
  call (it, MEMBER_0, "POST /contracts/nowhere/runtimeoptions/execution/status", NULL, 200);
  is_exactly (it, unknown);
  client (it, 3);
  got (it, cgs_contract_option_status (NULL, as (it, MEMBER_0), "nowhere", "execution", out (it)));
  is_exactly (it, unknown);
}

/* 4 to 10: from draft to accepted, ways as raw HTTP. */
static void
life_raw (Conformance *it)
{
  raw (it, 4);
  call (it, MEMBER_0, "PUT /contracts/life", js ("{'data':{'b':1,'a':[true,null]},'version':''}"), 200);
  is_empty (it);
  const char *version = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  check (it, strchr (version, '.') != NULL, "no transaction id");

  raw (it, 5);
  call (it, MEMBER_1, "POST /contracts/life", NULL, 200);
  is_exactly (it, fmt (it,
                       "{'id':'life','state':'Draft','version':'%s','data':{'b':1,'a':[true,null]},"
                       "'proposalId':''}",
                       version));

  raw (it, 6);
  json_t *read = json_deep_copy (conf_answer (it));
  const char *id = propose (it, MEMBER_0, "set_contract",
                            json_pack ("{ssso}", "contractId", "life", "contract", read));
  state_is (it, "Open");
  const char *proposed = fmt (it,
                              "{'id':'life','state':'Proposed','data':{'b':1,'a':[true,null]},"
                              "'version':'%s','proposalId':'%s'}",
                              version, id);
  call (it, MEMBER_0, "POST /contracts/life", NULL, 200);
  is_exactly (it, proposed);

  raw (it, 7);
  vote (it, MEMBER_0, id, TRUE);
  state_is (it, "Open");
  call (it, MEMBER_0, "POST /contracts/life", NULL, 200);
  is_exactly (it, proposed);
  call (it, MEMBER_0, "POST /contracts/life/runtimeoptions/execution/status", NULL, 200);
  has (it, "status", "disabled");
  has (it, "reason.code", "ContractNotAccepted");

  raw (it, 8);
  vote (it, MEMBER_1, id, TRUE);
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
  const char *accepted = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  call (it, USER_0, "POST /contracts/life", NULL, 200);
  has (it, "state", "Accepted");
  has (it, "version", accepted);
  has (it, "data", "{\"b\":1,\"a\":[true,null]}");
  has (it, "proposalId", id);
  has_size (it, "finalVotes", 3);
  for (Who who = MEMBER_0; who <= MEMBER_2; who++)
    lists (it, "finalVotes", "memberId", member_id (it, who));
  has (it, "finalVotes.0.vote", "true");
  has (it, "finalVotes.1.vote", "true");
  has (it, "finalVotes.2.vote", "true");

  raw (it, 9);
  call (it, MEMBER_2, "POST /contracts/life/runtimeoptions/execution/status", NULL, 200);
  is_exactly (it, "{'status':'enabled'}");

  raw (it, 10);
  fails (it, MEMBER_0, "PUT /contracts/life", js ("{'data':'x','version':'%s'}", version), 405,
         "ContractAlreadyAccepted", "An accepted contract cannot be changed.");
}

static void
life_client (Conformance *it)
{
  CcfClient *member = as (it, MEMBER_0);
  client (it, 4);
  done (it, cgs_contract_put (NULL, member, "life2", "terms", NULL, out (it)));
  client (it, 5);
  got (it, cgs_contract_show (NULL, member, "life2", out (it)));
  has (it, "state", "Draft");
  has (it, "data", "terms");
  g_autofree char *version = text_at (it, "version");
  client (it, 6);
  got (it, cgs_contract_propose (NULL, member, "life2", version, out (it)));
  g_autofree char *id = text_at (it, "proposalId");
  got (it, cgs_contract_show (NULL, member, "life2", out (it)));
  has (it, "state", "Proposed");
  has (it, "proposalId", id);
  has (it, "version", version);
  client (it, 7);
  got (it, cgs_contract_vote (NULL, member, "life2", id, TRUE, out (it)));
  got (it, cgs_contract_show (NULL, member, "life2", out (it)));
  has (it, "state", "Proposed");
  client (it, 8);
  got (it, cgs_contract_vote (NULL, as (it, MEMBER_1), "life2", id, TRUE, out (it)));
  got (it, cgs_contract_vote (NULL, as (it, MEMBER_2), "life2", id, TRUE, out (it)));
  got (it, cgs_contract_show (NULL, as (it, USER_1), "life2", out (it)));
  has (it, "state", "Accepted");
  has_size (it, "finalVotes", 3);
  client (it, 9);
  got (it, cgs_contract_option_status (NULL, member, "life2", "execution", out (it)));
  is_exactly (it, "{'status':'enabled'}");
  client (it, 10);
  denied (it, cgs_contract_put (NULL, member, "life2", "x", version, out (it)), "ContractAlreadyAccepted");
}

static void
rejected (Conformance *it)
{
  raw (it, 11);
  put_contract (it, "rejected");
  const char *id = propose (it, MEMBER_0, "set_contract",
                            js ("{'contractId':'rejected','contract':{'data':'x'}}"));
  vote (it, MEMBER_2, id, FALSE);
  state_is (it, "Rejected");
  call (it, MEMBER_0, "POST /contracts/rejected", NULL, 200);
  has (it, "state", "Draft");

  client (it, 11);
  g_autofree char *version = text_at (it, "version");
  got (it, cgs_contract_propose (NULL, as (it, MEMBER_0), "rejected", version, out (it)));
  g_autofree char *second = text_at (it, "proposalId");

  client (it, 13);
  refused (it, cgs_contract_vote (NULL, as (it, MEMBER_1), "rejected", "", TRUE, out (it)),
           "ProposalIdMissing");
  refused (it, cgs_contract_vote (NULL, as (it, MEMBER_1), "rejected", id, TRUE, out (it)),
           "ProposalIdMismatch");
  client (it, 11);
  got (it, cgs_contract_vote (NULL, as (it, MEMBER_1), "rejected", second, FALSE, out (it)));
  got (it, cgs_contract_show (NULL, as (it, MEMBER_0), "rejected", out (it)));
  has (it, "state", "Draft");
  client (it, 13);
  refused (it, cgs_contract_vote (NULL, as (it, MEMBER_1), "rejected", second, TRUE, out (it)),
           "ContractNotProposed");

  client (it, 12);
  refused (it, cgs_contract_propose (NULL, as (it, MEMBER_0), "rejected", "2.1", out (it)),
           "ContractModified");
  refused (it, cgs_contract_propose (NULL, as (it, MEMBER_0), "rejected", NULL, out (it)), "VersionMissing");
}

static void
versions (Conformance *it)
{
  put_contract (it, "versions");
  const char *first = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  raw (it, 14);
  fails (
      it, MEMBER_0, "PUT /contracts/versions", js ("{'data':'y'}"), 409, "ContractAlreadyExists",
      "The specified contract already exists. If the intent was to update the existing contract then retry "
      "the request after reading the latest version");
  client (it, 14);
  denied (it, cgs_contract_put (NULL, as (it, MEMBER_0), "versions", "y", NULL, out (it)),
          "ContractAlreadyExists");
  raw (it, 15);
  fails (
      it, MEMBER_0, "PUT /contracts/versions", js ("{'data':'y','version':'2.1'}"), 412, "PreconditionFailed",
      "The operation specified a version that is different from the version available at the server, that is, "
      "an optimistic concurrency error.");
  client (it, 15);
  denied (it, cgs_contract_put (NULL, as (it, MEMBER_0), "versions", "y", "2.1", out (it)),
          "PreconditionFailed");
  raw (it, 16);
  call (it, MEMBER_1, "PUT /contracts/versions", js ("{'data':'y','version':'%s'}", first), 200);
  const char *second = fmt (it, "%s", conf_header (it, "x-ms-ccf-transaction-id"));
  check (it, strcmp (first, second) != 0, "the version did not change");
  call (it, MEMBER_0, "POST /contracts/versions", NULL, 200);
  has (it, "state", "Draft");
  has (it, "version", second);
  has (it, "data", "y");
  client (it, 16);
  done (it, cgs_contract_put (NULL, as (it, MEMBER_0), "versions", "z", second, out (it)));
  got (it, cgs_contract_show (NULL, as (it, MEMBER_0), "versions", out (it)));
  has (it, "data", "z");
}

static void
proposals (Conformance *it)
{
  static const char set[] = "{'name':'set_contract','args':{'contractId':'twice','contract':{'data':'x'}}}";
  put_contract (it, "twice");
  raw (it, 18);
  const char *same = propose_actions (it, MEMBER_0, js ("[%s,%s]", set, set));
  history_ends (it, same, "Rejected");
  call (it, MEMBER_0, "POST /contracts/twice", NULL, 200);
  has (it, "state", "Draft");
  raw (it, 19);
  const char *mixed =
      propose_actions (it, MEMBER_0,
                       js ("[%s,{'name':'set_member_data','args':{'member_id':'%s','member_data':{}}}]", set,
                           member_id (it, MEMBER_1)));
  history_ends (it, mixed, "Rejected");
  call (it, MEMBER_0, "POST /contracts/twice", NULL, 200);
  has (it, "state", "Draft");
  raw (it, 17);
  const char *first = propose_actions (it, MEMBER_0, js ("[%s]", set));
  const char *second = propose_actions (it, MEMBER_1, js ("[%s]", set));
  history_ends (it, second, "Rejected");
  call (it, ANYONE, fmt (it, "GET /gov/members/proposals/%s?api-version=2024-07-01", first), NULL, 200);
  state_is (it, "Open");
  call (it, MEMBER_0, "POST /contracts/twice", NULL, 200);
  has (it, "proposalId", first);

  raw (it, 21);
  vote_all (it, first);
  state_is (it, "Accepted");
  const char *again = propose_actions (it, MEMBER_0, js ("[%s]", set));
  history_ends (it, again, "Rejected");
  call (it, MEMBER_0, "POST /contracts/twice", NULL, 200);
  has (it, "state", "Accepted");
  has (it, "proposalId", first);
  accept_contract (it, "afterwards");
  client (it, 17);
  got (it, cgs_proposal_history (NULL, as (it, MEMBER_0), second, out (it)));
  has (it, "0.proposalState", "Rejected");
}

static void
check_state_list (Conformance *it, const char *state)
{
  call (it, MEMBER_0, fmt (it, "GET /contracts?state=%s", state), NULL, 200);
  g_autoptr (json_t) list = json_deep_copy (json_object_get (conf_answer (it), "value"));
  check (it, json_array_size (list) > 0, "no contract is %s", state);
  for (gsize i = 0; i < json_array_size (list); i++) {
    call (it, MEMBER_0, fmt (it, "POST /contracts/%s", cr_json_peek_string (json_array_get (list, i), "id")),
          NULL, 200);
    has (it, "state", state);
  }
}

static void
listing (Conformance *it)
{
  static const char *const ids[] = { "life", "rejected", "versions", "twice", "afterwards" };
  raw (it, 20);
  call (it, USER_2, "GET /contracts", NULL, 200);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    lists (it, "value", "id", ids[i]);
  client (it, 20);
  got (it, cgs_contract_list (NULL, as (it, MEMBER_0), NULL, out (it)));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    lists (it, "", "id", ids[i]);
  raw (it, 22);
  put_contract (it, "standing");
  propose (it, MEMBER_0, "set_contract", js ("{'contractId':'standing','contract':{'data':'x'}}"));
  check_state_list (it, "Draft");
  check_state_list (it, "Proposed");
  check_state_list (it, "Accepted");
  client (it, 22);
  got (it, cgs_contract_list (NULL, as (it, MEMBER_0), "Proposed", out (it)));
  lists (it, "", "id", "standing");
  raw (it, 23);
  fails (it, MEMBER_0, "GET /contracts?state=InvalidState", NULL, 400, "InvalidParameter",
         "The state query parameter must be either 'Draft', 'Accepted' or 'Proposed'.");
  client (it, 23);
  refused (it, cgs_contract_list (NULL, as (it, MEMBER_0), "InvalidState", out (it)), "InvalidParameter");
}

void
items_contracts (Conformance *it)
{
  without_credential (it);
  life_raw (it);
  life_client (it);
  rejected (it);
  versions (it);
  proposals (it);
  listing (it);
}
