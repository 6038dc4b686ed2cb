/* SPDX-License-Identifier: MIT
 * The proposed rules: contracts that name who decides, user documents without approvers, rejected ones; and
 * that a sandbox remembers which rules it was started with. Last, a full disk on its side. TAP.
 */
#include "conformance-private.h"

#include <stdio.h>

const char *const conf_titles[ITEMS + 1] = {
  "",
  "the service says which rules it has",
  "the named members decide, the others do not matter",
  "the no of a member that is not named changes nothing",
  "the no of a named member rejects",
  "without a list every member decides",
  "data may be a text of JSON or YAML",
  "who is named must be a member",
  "a user document without approvers needs every member",
  "a rejected user document stays rejected",
  "our client knows who is missing",
  "the rules are remembered, until others are asked for",
  "a full disk is said as what it is",
};

static json_t *
contract_args (Conformance *it, const char *id, json_t *data)
{
  (void) it;
  return json_pack ("{sss{so}}", "contractId", id, "contract", "data", data);
}

/* Data that names the members FIRST to LAST. */
static json_t *
naming (Conformance *it, Who first, Who last)
{
  json_t *ids = json_array ();
  for (Who who = first; who <= last; who++)
    json_array_append_new (ids, json_string (member_id (it, who)));
  return json_pack ("{s{s{so}}s{ss}}", "metadata", "voters", "requiredMembers", ids, "properties", "hello",
                    "world");
}

static const char *
propose_naming (Conformance *it, const char *id, Who first, Who last)
{
  put_contract (it, id);
  return propose (it, MEMBER_0, "set_contract", contract_args (it, id, naming (it, first, last)));
}

static void
contracts (Conformance *it)
{
  raw (it, 1);
  call (it, ANYONE, "GET /gov/service/info?api-version=2024-07-01", NULL, 200);
  has (it, "serviceData.rules", "proposed");

  raw (it, 2);
  const char *id = propose_naming (it, "named", MEMBER_0, MEMBER_1);
  vote (it, MEMBER_0, id, TRUE);
  state_is (it, "Open");
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Open");
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Accepted");
  call (it, MEMBER_0, "POST /contracts/named", NULL, 200);
  has (it, "state", "Accepted");
  has_size (it, "finalVotes", 3);

  raw (it, 3);
  id = propose_naming (it, "ignored", MEMBER_0, MEMBER_1);
  vote (it, MEMBER_2, id, FALSE);
  state_is (it, "Open");
  vote (it, MEMBER_0, id, TRUE);
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Accepted");

  raw (it, 4);
  id = propose_naming (it, "vetoed", MEMBER_0, MEMBER_1);
  vote (it, MEMBER_1, id, FALSE);
  state_is (it, "Rejected");
  call (it, MEMBER_0, "POST /contracts/vetoed", NULL, 200);
  has (it, "state", "Draft");

  raw (it, 5);
  put_contract (it, "everybody");
  id = propose (it, MEMBER_0, "set_contract", js ("{'contractId':'everybody','contract':{'data':'x'}}"));
  vote (it, MEMBER_0, id, TRUE);
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Open");
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
}

static void
texts (Conformance *it)
{
  raw (it, 6);
  g_autoptr (json_t) data = naming (it, MEMBER_2, MEMBER_2);
  g_autofree char *text = cr_json_dump (data);
  put_contract (it, "json");
  const char *id = propose (it, MEMBER_0, "set_contract", contract_args (it, "json", json_string (text)));
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
  put_contract (it, "yaml");
  const char *yaml = fmt (it, "metadata:\n  voters:\n    requiredMembers:\n      - %s\n",
                          member_id (it, MEMBER_1));
  id = propose (it, MEMBER_0, "set_contract", contract_args (it, "yaml", json_string (yaml)));
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Accepted");

  raw (it, 7);
  propose_refused (
      it, MEMBER_0, "set_contract",
      js ("{'contractId':'x','contract':{'data':{'metadata':{'voters':{'requiredMembers':['m1']}}}}}"),
      "metadata.voters.requiredMembers names 'm1', which is not a member");
  propose_refused (
      it, MEMBER_0, "set_contract",
      js ("{'contractId':'x','contract':{'data':{'metadata':{'voters':{'requiredMembers':[1]}}}}}"),
      "metadata.voters.requiredMembers must be an array of member ids");
  propose_refused (
      it, MEMBER_0, "set_contract",
      js ("{'contractId':'x','contract':{'data':{'metadata':{'voters':{'requiredMembers':'m'}}}}}"),
      "metadata.voters.requiredMembers must be an array");
}

static json_t *
document (const char *id, const char *approvers)
{
  return js (
      "{'name':'set_user_document','args':{'documentId':'%s','document':{'contractId':'named','data':'x'}}%s}",
      id, approvers);
}

static void
documents (Conformance *it)
{
  raw (it, 8);
  call (it, USER_0, "PUT /users/proposals/none", document ("all", ""), 200);
  call (it, USER_0, "POST /users/proposals/none", NULL, 200);
  has_size (it, "approvers", 3);
  for (Who who = MEMBER_0; who <= MEMBER_2; who++) {
    call (it, who, "POST /users/proposals/none/ballots/submit", js ("{'ballot':'accepted'}"), 200);
    has (it, "state", who == MEMBER_2 ? "Accepted" : "Open");
  }
  call (it, USER_0, "PUT /users/proposals/empty", document ("empty", ",'approvers':[]"), 200);
  call (it, USER_0, "POST /users/proposals/empty", NULL, 200);
  has_size (it, "approvers", 3);

  raw (it, 9);
  const char *named = fmt (it, ",'approvers':[{'approverId':'%s'}]", caller_id (it, USER_1));
  call (it, USER_0, "PUT /userdocuments/no", js ("{'contractId':'named','data':'x'}"), 200);
  call (it, USER_0, "PUT /users/proposals/no", document ("no", named), 200);
  call (it, USER_1, "POST /users/proposals/no/ballots/submit", js ("{'ballot':'rejected'}"), 200);
  call (it, USER_0, "GET /userdocuments/no", NULL, 200);
  has (it, "state", "Rejected");
  has (it, "proposalId", "no");
  has (it, "finalVotes.0.ballot", "rejected");
  fails (it, USER_0, "PUT /userdocuments/no", js ("{'contractId':'named','data':'y'}"), 405,
         "UserDocumentAlreadyRejected", "The specified document has already been rejected.");
  fails (it, USER_0, "PUT /users/proposals/again", document ("no", named), 405, "UserDocumentAlreadyRejected",
         NULL);
  call (it, USER_0, "PUT /users/proposals/back", document ("back", named), 200);
  call (it, USER_0, "POST /users/proposals/back/withdraw", NULL, 200);
  call (it, USER_0, "PUT /users/proposals/back2", document ("back", named), 200);
}

static void
waiting (Conformance *it)
{
  const char *id = propose_naming (it, "waiting", MEMBER_0, MEMBER_1);
  vote (it, MEMBER_0, id, TRUE);
  client (it, 10);
  g_autoptr (json_t) contract = cgs_contract_show (NULL, as (it, MEMBER_0), "waiting", out (it));
  got (it, cgs_waiting_contract (NULL, as (it, MEMBER_0), contract, out (it)));
  has (it, "rules", "proposed");
  has_size (it, "required", 2);
  has_size (it, "missing", 1);
  has (it, "missing.0.id", member_id (it, MEMBER_1));
}

static void
remembered (Conformance *it)
{
  static const char info[] = "GET /gov/service/info?api-version=2024-07-01";
  raw (it, 11);
  network_restart (it, NULL, NULL);
  call (it, ANYONE, info, NULL, 200);
  has (it, "serviceData.rules", "proposed");
  network_restart (it, "released", NULL);
  call (it, ANYONE, info, NULL, 200);
  has (it, "serviceData", "null");
  call (it, USER_0, "GET /userdocuments/no", NULL, 200);
  has (it, "state", "Draft");
  fails (it, USER_0, "PUT /users/proposals/released", document ("x", ""), 400, "ApproversMissing", NULL);
}

/* Some write after the start fails, and all later ones. */
static void
full_disk (Conformance *it)
{
  raw (it, 12);
  network_restart (it, NULL, "enospc:40");
  guint number = 0;
  do
    done (it, cgs_contract_put (NULL, as (it, MEMBER_0), fmt (it, "disk%u", number), "x", NULL, out (it))
                  || it->error != NULL);
  while (!it->error && ++number < 200);
  check (it, it->error && cr_error_is_remote (it->error, "InsufficientStorage"), "the error is %s",
         it->error ? it->error->message : "none");
  check (it,
         it->error && it->error->code == CR_ERROR_ADMIN && cr_error_hint (it->error)
             && strstr (cr_error_hint (it->error), "make room"),
         "the hint is %s", it->error && cr_error_hint (it->error) ? cr_error_hint (it->error) : "none");
  call (it, MEMBER_0, "POST /contracts/named", NULL, 200);
  has (it, "state", "Accepted");
  call (it, MEMBER_0, fmt (it, "PUT /contracts/disk%u", number), js ("{'data':'x'}"), 507);
  fails (it, MEMBER_0, fmt (it, "POST /contracts/disk%u", number), NULL, 404, "ContractNotFound", NULL);
}

static gboolean
print (const Conformance *it)
{
  gboolean good = TRUE;
  guint number = 0;
  for (; number < ITEMS && conf_titles[number + 1]; number++) {
    const Outcome *outcome = &it->outcomes[number + 1][number + 1 == 10];
    gboolean ok = outcome->checks && !outcome->failures;
    printf ("%s %u - %s\n", ok ? "ok" : "not ok", number + 1, conf_titles[number + 1]);
    if (outcome->failures)
      printf ("# %s\n", outcome->first_failure);
    good = good && ok;
  }
  printf ("1..%u\n", number);
  return good;
}

int
main (void)
{
  Conformance it = { .texts = g_ptr_array_new_with_free_func (g_free), .rules = "proposed" };
  gboolean ready = network_start (&it);
  if (ready) {
    contracts (&it);
    texts (&it);
    documents (&it);
    waiting (&it);
    remembered (&it);
    full_disk (&it);
    ready = print (&it);
  } else
    printf ("Bail out! the network cannot be set up: %s\n",
            it.outcomes[1][0].first_failure ? it.outcomes[1][0].first_failure : "unknown");
  network_stop (&it);
  conf_clear (&it);
  return ready ? 0 : 1;
}
