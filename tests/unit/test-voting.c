/* SPDX-License-Identifier: MIT
 * The voting rules as a table: members x votes x actions -> state.
 */
#include "sandbox/gov-resolve.h"

#include <string.h>

/* Members and votes as text. Each word is one member: id, then letters for what it is:
 *   a active, o operator, r recovery operator, c CGS operator, d contract operator.
 * Votes: "x+" yes, "x-" no. Actions: name, then optional ":subject", "!" taken, "*" concerns an operator,
 * "^" auto-approved, "=a,b" the members that decide. */
typedef struct {
  const char *title;
  GovRules rules;
  const char *members;
  const char *proposer;
  const char *votes;
  const char *actions;
  GovDecision expected;
} Row;

#define S GOV_RULES_STARTUP
#define C GOV_RULES_CGS
#define P GOV_RULES_PROPOSED
#define TELEMETRY "set_contract_runtime_options_disable_telemetry"
#define LOGGING "set_contract_runtime_options_disable_logging"

static const Row rows[] = {
  /* start-up rules */
  { "operator passes operator actions", S, "p:ao m:a", "p", "", "set_ca_cert_bundle set_jwt_issuer",
    GOV_ACCEPTED },
  { "operator cannot pass a constitution", S, "p:ao m:a", "p", "", "set_constitution", GOV_OPEN },
  { "one other action spoils the operator rule", S, "p:ao m:a", "p", "", "set_jwt_issuer set_js_app",
    GOV_OPEN },
  { "member needs votes for operator actions", S, "p:ao m:a", "m", "", "set_jwt_issuer", GOV_OPEN },
  { "operator adds an operator", S, "p:ao m:a", "p", "", "set_member*", GOV_ACCEPTED },
  { "operator cannot add a member", S, "p:ao m:a", "p", "", "set_member", GOV_OPEN },
  { "operator removes an operator", S, "p:ao m:a", "p", "", "remove_member*", GOV_ACCEPTED },
  { "unanimous", S, "p:ao m:a n:a", "m", "m+ n+", "set_constitution", GOV_ACCEPTED },
  { "one yes of two", S, "m:a n:a", "m", "m+", "set_constitution", GOV_OPEN },
  { "a no never rejects", S, "m:a n:a", "m", "m+ n-", "set_constitution", GOV_OPEN },
  { "nobody votes: zero equals zero", S, "p:ao", "p", "", "set_constitution", GOV_ACCEPTED },
  { "recovery operators do not count", S, "m:a r:ar", "m", "m+", "set_js_app", GOV_ACCEPTED },
  { "CGS operators count before CGS", S, "m:a c:ac", "m", "m+", "set_js_app", GOV_OPEN },
  { "contract operators count before CGS", S, "m:a d:ad", "m", "m+", "set_js_app", GOV_OPEN },
  { "not yet active members do not count", S, "m:a n:", "m", "m+", "set_js_app", GOV_ACCEPTED },
  { "the yes of an operator is not counted", S, "p:ao m:a", "m", "p+", "set_js_app", GOV_OPEN },
  { "no veto before CGS", S, "m:a n:a", "m", "n-", "set_contract:x", GOV_OPEN },
  /* CGS: operator rule, veto */
  { "operator rule stays", C, "p:ao m:a", "p", "", "transition_service_to_open", GOV_ACCEPTED },
  { "veto", C, "m:a n:a", "m", "m+ n-", "set_contract:x", GOV_REJECTED },
  { "veto by an operator", C, "p:ao m:a", "m", "p-", "set_deployment_spec", GOV_REJECTED },
  { "veto by a recovery operator", C, "r:ar m:a", "m", "r- m+", "set_clean_room_policy", GOV_REJECTED },
  { "veto on deployment info", C, "m:a n:a", "m", "n-", "set_deployment_info", GOV_REJECTED },
  { "veto on enabling logging", C, "m:a n:a", "m", "n-", "set_contract_runtime_options_enable_logging",
    GOV_REJECTED },
  { "veto on enabling telemetry", C, "m:a n:a", "m", "n-", "set_contract_runtime_options_enable_telemetry",
    GOV_REJECTED },
  { "veto on a member document", C, "m:a n:a", "m", "n-", "set_member_document:d", GOV_REJECTED },
  { "veto on a mixed proposal", C, "m:a n:a", "m", "n-", "set_member set_clean_room_policy", GOV_REJECTED },
  { "no veto on set_member", C, "m:a n:a", "m", "m+ n-", "set_member", GOV_OPEN },
  { "no veto on set_js_app", C, "m:a n:a", "m", "n-", "set_js_app", GOV_OPEN },
  { "operator rule before veto", C, "p:ao m:a", "p", "m-", "set_ca_cert_bundle", GOV_ACCEPTED },
  /* CGS: subjects */
  { "contract mixed with another action", C, "m:a", "m", "m+", "set_contract:x set_member", GOV_REJECTED },
  { "contract id twice", C, "m:a", "m", "m+", "set_contract:x set_contract:x", GOV_REJECTED },
  { "two contracts", C, "m:a", "m", "m+", "set_contract:x set_contract:y", GOV_ACCEPTED },
  { "contract taken", C, "m:a", "m", "m+", "set_contract:x!", GOV_REJECTED },
  { "second contract taken", C, "m:a", "m", "", "set_contract:x set_contract:y!", GOV_REJECTED },
  { "document taken", C, "m:a", "m", "m+", "set_member_document:d!", GOV_REJECTED },
  { "document id twice", C, "m:a", "m", "m+", "set_member_document:d set_member_document:d", GOV_REJECTED },
  { "document with another action is fine", C, "m:a", "m", "m+", "set_member_document:d set_member",
    GOV_ACCEPTED },
  /* CGS: disabling needs nobody */
  { "disabling telemetry", C, "m:a n:a", "m", "", TELEMETRY, GOV_ACCEPTED },
  { "disabling both, against a no", C, "m:a n:a", "m", "n-", TELEMETRY " " LOGGING, GOV_ACCEPTED },
  { "disabling with something else", C, "m:a n:a", "m", "", LOGGING " set_member", GOV_OPEN },
  { "empty list of actions", C, "m:a", "m", "", "", GOV_ACCEPTED },
  /* CGS: counting */
  { "contract: all yes", C, "m:a n:a", "m", "m+ n+", "set_contract:x", GOV_ACCEPTED },
  { "contract: one missing", C, "m:a n:a", "m", "m+", "set_contract:x", GOV_OPEN },
  { "contract waits for the invited", C, "m:a n:", "m", "m+", "set_contract:x", GOV_OPEN },
  { "contract does not wait for an operator", C, "m:a o:o", "m", "m+", "set_contract:x", GOV_ACCEPTED },
  { "contract does not wait for a CGS operator", C, "m:a c:c", "m", "m+", "set_contract:x", GOV_ACCEPTED },
  { "others do not wait for the invited", C, "m:a n:", "m", "m+", "set_member", GOV_ACCEPTED },
  { "contract operator is not counted", C, "m:a n:a d:ad", "m", "m+ n+", "set_contract:x", GOV_ACCEPTED },
  { "its yes does not replace one", C, "m:a n:a d:ad", "m", "m+ d+", "set_contract:x", GOV_OPEN },
  { "no voters: contract", C, "p:ao", "p", "", "set_contract:x", GOV_ACCEPTED },
  { "no voters, one invited: contract", C, "p:ao n:", "p", "", "set_contract:x", GOV_OPEN },
  { "no voters: anything", C, "p:ao", "p", "", "set_member", GOV_ACCEPTED },
  { "proposer has no implied yes", C, "m:a", "m", "", "set_member", GOV_OPEN },
  /* CGS: roles with options */
  { "CGS operator with option", C, "m:a c:ac", "c", "", "set_js_app^", GOV_ACCEPTED },
  { "CGS operator without option", C, "m:a c:ac", "c", "", "set_js_app", GOV_OPEN },
  { "CGS operator, one option missing", C, "m:a c:ac", "c", "", "set_js_app^ set_constitution", GOV_OPEN },
  { "CGS operator, both", C, "m:a c:ac", "c", "", "set_js_app^ set_constitution^", GOV_ACCEPTED },
  { "ordinary member with option", C, "m:a c:ac", "m", "", "set_js_app^", GOV_OPEN },
  { "CGS operator, contract action", C, "m:a c:ac", "c", "", "set_deployment_spec^", GOV_OPEN },
  { "contract operator with options", C, "m:a d:ad", "d", "",
    "set_deployment_spec^ set_deployment_info^ set_clean_room_policy^", GOV_ACCEPTED },
  { "contract operator, veto first", C, "m:a d:ad", "d", "m-", "set_deployment_spec^", GOV_REJECTED },
  { "contract operator, application", C, "m:a d:ad", "d", "", "set_js_app^", GOV_OPEN },
  { "unknown proposer", C, "m:a", "z", "", "set_js_app^", GOV_OPEN },
  { "who became inactive after voting is counted, so nothing adds up", C, "m:a n:", "m", "m+ n+",
    "set_js_app", GOV_OPEN },
  { "operator rule needs every action", C, "p:ao m:a", "p", "", "set_jwt_issuer set_contract:x",
    GOV_REJECTED },
  { "operator with a role of CGS", C, "p:aoc m:a", "p", "", "set_js_app^", GOV_ACCEPTED },
  { "option of another role", C, "m:a d:ad", "d", "", "set_deployment_spec^ set_constitution^", GOV_OPEN },
  /* proposed: a contract names who decides */
  { "named members decide", P, "m:a n:a k:a", "k", "m+ n+", "set_contract:x=m,n", GOV_ACCEPTED },
  { "one of them is missing", P, "m:a n:a k:a", "k", "m+ k+", "set_contract:x=m,n", GOV_OPEN },
  { "nobody voted", P, "m:a n:a", "m", "", "set_contract:x=m", GOV_OPEN },
  { "the no of another does not matter", P, "m:a n:a k:a", "k", "m+ n+ k-", "set_contract:x=m,n",
    GOV_ACCEPTED },
  { "the no of another does not end it", P, "m:a n:a k:a", "k", "m+ k-", "set_contract:x=m,n", GOV_OPEN },
  { "the no of a named one ends it", P, "m:a n:a k:a", "k", "n-", "set_contract:x=m,n", GOV_REJECTED },
  { "it does not wait for the invited", P, "m:a n:", "m", "m+", "set_contract:x=m", GOV_ACCEPTED },
  { "without a list all voters", P, "m:a n:a", "m", "m+", "set_contract:x", GOV_OPEN },
  { "without a list all voters, all said yes", P, "m:a n:a", "m", "m+ n+", "set_contract:x", GOV_ACCEPTED },
  { "without a list it waits for the invited", P, "m:a n:", "m", "m+", "set_contract:x", GOV_OPEN },
  { "a named operator decides", P, "p:ao m:a", "m", "p+", "set_contract:x=p", GOV_ACCEPTED },
  { "two contracts, two lists", P, "m:a n:a k:a", "k", "m+ n+", "set_contract:x=m set_contract:y=n",
    GOV_ACCEPTED },
  { "two contracts, one list", P, "m:a n:a", "m", "m+", "set_contract:x=m set_contract:y", GOV_OPEN },
  { "two contracts, one list, all said yes", P, "m:a n:a", "m", "m+ n+", "set_contract:x=m set_contract:y",
    GOV_ACCEPTED },
  { "taken stays taken", P, "m:a", "m", "m+", "set_contract:x!=m", GOV_REJECTED },
  { "the list means nothing to the released rules", C, "m:a n:a", "m", "m+", "set_contract:x=m", GOV_OPEN },
  { "the list means nothing to the start-up rules", S, "m:a n:a", "m", "m+", "set_contract:x=m", GOV_OPEN },
  { "veto on other actions stays with all", P, "m:a n:a k:a", "k", "k-", "set_deployment_spec",
    GOV_REJECTED },
  { "other actions are as released", P, "m:a n:a", "m", "m+", "set_js_app", GOV_OPEN },
};

typedef struct {
  GArray *members, *votes, *actions;
  GPtrArray *texts, *lists;
} Parsed;

static const char *
keep (Parsed *parsed, char *text)
{
  g_ptr_array_add (parsed->texts, text);
  return text;
}

static void
parse_members (Parsed *parsed, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (guint i = 0; words[i] && *words[i]; i++) {
    const char *flags = strchr (words[i], ':');
    g_assert_nonnull (flags);
    GovMember member = { .id = keep (parsed, g_strndup (words[i], (gsize) (flags - words[i]))),
                         .active = strchr (flags, 'a') != NULL,
                         .is_operator = strchr (flags, 'o') != NULL,
                         .is_recovery_operator = strchr (flags, 'r') != NULL,
                         .is_cgs_operator = strchr (flags, 'c') != NULL,
                         .is_contract_operator = strchr (flags, 'd') != NULL };
    g_array_append_val (parsed->members, member);
  }
}

static void
parse_votes (Parsed *parsed, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (guint i = 0; words[i] && *words[i]; i++) {
    gsize length = strlen (words[i]) - 1;
    GovVote vote = { .member_id = keep (parsed, g_strndup (words[i], length)),
                     .vote = words[i][length] == '+' };
    g_array_append_val (parsed->votes, vote);
  }
}

static void
parse_actions (Parsed *parsed, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (guint i = 0; words[i] && *words[i]; i++) {
    GovProposedAction action = { .subject_taken = strchr (words[i], '!') != NULL,
                                 .concerns_operator = strchr (words[i], '*') != NULL,
                                 .auto_approve = strchr (words[i], '^') != NULL };
    gsize name = strcspn (words[i], ":!*^=");
    const char *named = strchr (words[i], '=');
    if (named) {
      char **required = g_strsplit (named + 1, ",", -1);
      g_ptr_array_add (parsed->lists, required);
      action.required = (const char *const *) required;
    }
    action.name = keep (parsed, g_strndup (words[i], name));
    if (words[i][name] == ':')
      action.subject = keep (parsed, g_strndup (words[i] + name + 1, strcspn (words[i] + name + 1, "!*^=")));
    g_array_append_val (parsed->actions, action);
  }
}

static GovDecision
decide (const Row *row)
{
  Parsed parsed = { g_array_new (FALSE, TRUE, sizeof (GovMember)),
                    g_array_new (FALSE, TRUE, sizeof (GovVote)),
                    g_array_new (FALSE, TRUE, sizeof (GovProposedAction)),
                    g_ptr_array_new_with_free_func (g_free),
                    g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev) };
  parse_members (&parsed, row->members);
  parse_votes (&parsed, row->votes);
  parse_actions (&parsed, row->actions);
  GovProposalView view = {
    .rules = row->rules,
    .proposer_id = row->proposer,
    .members = (const GovMember *) (gconstpointer) parsed.members->data,
    .member_count = parsed.members->len,
    .votes = (const GovVote *) (gconstpointer) parsed.votes->data,
    .vote_count = parsed.votes->len,
    .actions = (const GovProposedAction *) (gconstpointer) parsed.actions->data,
    .action_count = parsed.actions->len,
  };
  GovDecision decision = gov_resolve (&view);
  g_array_unref (parsed.members);
  g_array_unref (parsed.votes);
  g_array_unref (parsed.actions);
  g_ptr_array_unref (parsed.texts);
  g_ptr_array_unref (parsed.lists);
  return decision;
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_assert_cmpint (decide (row), ==, row->expected);
}

/* Member m proposes and says yes; member k, of some kind, says nothing, yes or no: three letters, (O)pen,
 * (A)ccepted, (R)ejected, for each class of actions. */
typedef struct {
  const char *kind;
  GovRules rules;
  const char *vetoable, *contract, *plain, *operational, *disabling;
} Kind;

static const Kind kinds[] = {
  { "k:a", C, "OAR", "OAR", "OAO", "OAO", "AAA" },  /* ordinary */
  { "k:", C, "AOR", "OOR", "AOA", "AOA", "AAA" },   /* invited; a ballot was cast before that */
  { "k:ao", C, "AAR", "AAR", "AAA", "AAA", "AAA" }, /* operator */
  { "k:o", C, "AAR", "AAR", "AAA", "AAA", "AAA" },  /* operator, not active */
  { "k:ar", C, "AAR", "AAR", "AAA", "AAA", "AAA" }, /* recovery operator */
  { "k:ac", C, "AAR", "AAR", "AAA", "AAA", "AAA" }, /* CGS operator */
  { "k:ad", C, "AAR", "AAR", "AAA", "AAA", "AAA" }, /* contract operator */
  { "k:c", C, "AAR", "AAR", "AAA", "AAA", "AAA" },  /* the same two, not active */
  { "k:d", C, "AAR", "AAR", "AAA", "AAA", "AAA" },
  { "k:aor", C, "AAR", "AAR", "AAA", "AAA", "AAA" }, /* several roles */
  { "k:a", P, "OAR", "OAR", "OAO", "OAO", "AAA" },
  { "k:", P, "AOR", "OOR", "AOA", "AOA", "AAA" },
  { "k:ao", P, "AAR", "AAR", "AAA", "AAA", "AAA" },
  { "k:a", S, "OAO", "OAO", "OAO", "OAO", "OAO" },
  { "k:", S, "AOA", "AOA", "AOA", "AOA", "AOA" },
  { "k:ao", S, "AAA", "AAA", "AAA", "AAA", "AAA" },
  { "k:ar", S, "AAA", "AAA", "AAA", "AAA", "AAA" },
  { "k:ac", S, "OAO", "OAO", "OAO", "OAO", "OAO" }, /* roles of CGS mean nothing yet */
  { "k:ad", S, "OAO", "OAO", "OAO", "OAO", "OAO" },
};

static const char *const vetoable[] = { "set_clean_room_policy",
                                        "set_deployment_spec",
                                        "set_deployment_info",
                                        "set_contract_runtime_options_enable_logging",
                                        "set_contract_runtime_options_enable_telemetry",
                                        "set_member_document:d",
                                        "set_js_app set_deployment_spec",
                                        NULL };
static const char *const contract[] = { "set_contract:x", "set_contract:x set_contract:y", NULL };
static const char *const plain[] = { "set_member",
                                     "set_member_data",
                                     "remove_member",
                                     "set_user",
                                     "remove_user",
                                     "set_js_app",
                                     "set_constitution",
                                     "set_js_runtime_options",
                                     "set_jwt_public_signing_keys",
                                     "add_snp_host_data",
                                     "set_all_nodes_certificate_validity",
                                     "enable_oidc_issuer",
                                     "enable_signing",
                                     "enable_ca",
                                     "set_cgs_runtime_options",
                                     "set_user_identity",
                                     "remove_user_identity",
                                     "set_user_invitation_by_jwt_claims",
                                     "set_member set_js_app",
                                     NULL };
static const char *const operational[] = { "add_snp_uvm_endorsement",
                                           "remove_ca_cert_bundle",
                                           "remove_jwt_issuer",
                                           "remove_node",
                                           "remove_snp_minimum_tcb_version",
                                           "remove_snp_uvm_endorsement",
                                           "set_ca_cert_bundle",
                                           "set_jwt_issuer",
                                           "set_node_certificate_validity",
                                           "set_node_data",
                                           "set_service_certificate_validity",
                                           "set_recovery_threshold",
                                           "set_snp_minimum_tcb_version_hex",
                                           "transition_node_to_trusted",
                                           "transition_service_to_open",
                                           "trigger_ledger_chunk",
                                           "trigger_snapshot",
                                           "set_member*",
                                           NULL };
static const char *const disabling[] = { TELEMETRY, LOGGING, TELEMETRY " " LOGGING, NULL };

static void
check_actions (const Kind *kind, const char *const *actions, const char *expected)
{
  static const char *const votes[] = { "m+", "m+ k+", "m+ k-" };
  g_autofree char *members = g_strconcat ("m:a ", kind->kind, NULL);
  for (; *actions; actions++)
    for (guint i = 0; i < G_N_ELEMENTS (votes); i++) {
      Row row = {
        .rules = kind->rules, .members = members, .proposer = "m", .votes = votes[i], .actions = *actions
      };
      char letter = "OAR"[decide (&row)];
      if (letter != expected[i])
        g_error ("%s, votes %s, %s: %c, not %c", members, votes[i], *actions, letter, expected[i]);
    }
}

static void
test_kinds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    check_actions (&kinds[i], vetoable, kinds[i].vetoable);
    check_actions (&kinds[i], contract, kinds[i].contract);
    check_actions (&kinds[i], plain, kinds[i].plain);
    check_actions (&kinds[i], operational, kinds[i].operational);
    check_actions (&kinds[i], disabling, kinds[i].disabling);
  }
}

/* Every operator action passes alone for an operator, whoever says no, under all rules. */
static void
test_operators (void)
{
  static const GovRules all[] = { S, C, P };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (const char *const *action = operational; *action; action++) {
      Row row = {
        .rules = all[i], .members = "p:ao m:a n:a", .proposer = "p", .votes = "m- n-", .actions = *action
      };
      g_assert_cmpint (decide (&row), ==, GOV_ACCEPTED);
      row.members = "p:a m:a n:a";
      g_assert_cmpint (decide (&row), ==, GOV_OPEN);
    }
}

static void
test_ballots (void)
{
  static const struct {
    const char *text;
    int value;
  } cases[] = {
    { "export function vote (proposal, proposerId) { return true }", 1 },
    { "export function vote (proposal, proposerId) { return false }", 0 },
    { "export function vote(rawProposal, proposerId) {\n  return true;\n}\n", 1 },
    { "export  function\tvote ( proposal , proposerId )\n{ return false ; }", 0 },
    { "export function vote (proposal, proposerId) { return proposal }", -1 },
    { "export function vote (proposal, proposerId) { return true || steal () }", -1 },
    { "export function vote (proposal, proposerId) { return !true }", -1 },
    { "export function vote (proposal, proposerId) { return true } steal ()", -1 },
    { "true", -1 },
    { "", -1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (gov_ballot_value (cases[i].text), ==, cases[i].value);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/voting/%02u %s", i + 1, rows[i].title);
    g_test_add_data_func (path, &rows[i], test_row);
  }
  g_test_add_func ("/voting/kinds of members x votes x actions", test_kinds);
  g_test_add_func ("/voting/operators", test_operators);
  g_test_add_func ("/voting/ballots", test_ballots);
  return g_test_run ();
}
