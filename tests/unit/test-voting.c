/* SPDX-License-Identifier: MIT
 * The voting rules as a table: members x votes x actions -> state.
 */
#include "sandbox/gov-resolve.h"

#include <string.h>

/* Members and votes as text. Each word is one member: id, then letters for what it is:
 *   a active, o operator, r recovery operator, c CGS operator, d contract operator.
 * Votes: "x+" yes, "x-" no. Actions: name, then optional ":subject", "!" taken, "*" concerns an operator,
 * "^" auto-approved. */
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
};

typedef struct {
  GArray *members, *votes, *actions;
  GPtrArray *texts;
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
    gsize name = strcspn (words[i], ":!*^");
    action.name = keep (parsed, g_strndup (words[i], name));
    if (words[i][name] == ':')
      action.subject = keep (parsed, g_strndup (words[i] + name + 1, strcspn (words[i] + name + 1, "!*^")));
    g_array_append_val (parsed->actions, action);
  }
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  Parsed parsed = { g_array_new (FALSE, TRUE, sizeof (GovMember)),
                    g_array_new (FALSE, TRUE, sizeof (GovVote)),
                    g_array_new (FALSE, TRUE, sizeof (GovProposedAction)),
                    g_ptr_array_new_with_free_func (g_free) };
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
  g_assert_cmpint (gov_resolve (&view), ==, row->expected);
  g_array_unref (parsed.members);
  g_array_unref (parsed.votes);
  g_array_unref (parsed.actions);
  g_ptr_array_unref (parsed.texts);
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
  g_test_add_func ("/voting/ballots", test_ballots);
  return g_test_run ();
}
