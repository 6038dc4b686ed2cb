/* SPDX-License-Identifier: MIT
 * From ballots to a decision to its effects: gather the values for gov_resolve(), apply the actions.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

#include <string.h>

#define MAP_CGS_OPTIONS "public:ccf.gov.cgs_runtime_options"
#define MAP_ACCEPTED_CONTRACTS "public:ccf.gov.accepted_contracts"
#define MAP_ACCEPTED_DOCUMENTS "public:ccf.gov.accepted_member_documents"

/* The text of an open proposal as JSON, NULL when it is not open. Gives. */
static json_t *
open_proposal (Store *store, const char *id)
{
  g_autoptr (json_t) info = store_get_json (store, MAP_PROPOSALS_INFO, id);
  if (g_strcmp0 (cr_json_peek_string (info, "state"), "Open") != 0)
    return NULL;
  return store_get_json (store, MAP_PROPOSALS, id);
}

/* Borrowed arguments of the first action NAME of PROPOSAL with args[KEY] = VALUE. */
static json_t *
find_args (const json_t *proposal, const char *name, const char *key, const char *value)
{
  const json_t *actions = json_object_get (proposal, "actions");
  for (gsize i = 0; i < json_array_size (actions); i++) {
    const json_t *action = json_array_get (actions, i);
    json_t *args = json_object_get (action, "args");
    if (g_strcmp0 (cr_json_peek_string (action, "name"), name) == 0
        && (!key || g_strcmp0 (cr_json_peek_string (args, key), value) == 0))
      return args;
  }
  return NULL;
}

GPtrArray *
gov_open_proposals_with (Store *store, const char *action, const char *key, const char *value)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_PROPOSALS_INFO);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) proposal = open_proposal (store, g_ptr_array_index (ids, i));
    if (proposal && find_args (proposal, action, key, value))
      g_ptr_array_add (found, g_strdup (g_ptr_array_index (ids, i)));
  }
  return found;
}

json_t *
gov_proposal_action_args (Store *store, const char *proposal_id, const char *action, const char *key,
                          const char *value)
{
  g_autoptr (json_t) proposal = store_get_json (store, MAP_PROPOSALS, proposal_id);
  return json_incref (find_args (proposal, action, key, value));
}

/* Is the subject of a set_contract or set_member_document already decided, or elsewhere up for decision? */
static void
fill_subject (Store *store, const json_t *args, GovProposedAction *action)
{
  gboolean contract = strcmp (action->name, "set_contract") == 0;
  if (!contract && strcmp (action->name, "set_member_document") != 0)
    return;
  const char *key = contract ? "contractId" : "documentId";
  action->subject = cr_json_peek_string (args, key);
  g_autoptr (GPtrArray) open = gov_open_proposals_with (store, action->name, key, action->subject);
  action->subject_taken =
      open->len > 1
      || (action->subject
          && store_has (store, contract ? MAP_ACCEPTED_CONTRACTS : MAP_ACCEPTED_DOCUMENTS, action->subject));
}

static gboolean
is_auto_approved (Store *store, const char *name)
{
  static const char *const options[][2] = {
    { "set_constitution", "autoapprove-constitution-proposal" },
    { "set_js_app", "autoapprove-jsapp-proposal" },
    { "set_deployment_spec", "autoapprove-deploymentspec-proposal" },
    { "set_deployment_info", "autoapprove-deploymentinfo-proposal" },
    { "set_clean_room_policy", "autoapprove-cleanroompolicy-proposal" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i][0], name) == 0) {
      g_autoptr (json_t) option = store_get_json (store, MAP_CGS_OPTIONS, options[i][1]);
      return g_strcmp0 (cr_json_peek_string (option, "status"), "enabled") == 0;
    }
  return FALSE;
}

static const GovMember *
find_member (GPtrArray *members, const char *id)
{
  for (guint i = 0; i < members->len; i++) {
    const GovMember *member = g_ptr_array_index (members, i);
    if (g_strcmp0 (member->id, id) == 0)
      return member;
  }
  return NULL;
}

/* The constitution finds the member of a remove_member through args.cert, although the action itself takes
 * member_id; without cert its resolve() throws as soon as it gets there. */
static gboolean
fill_operator (GPtrArray *members, const json_t *args, gboolean reached, GovProposedAction *action,
               GError **error)
{
  if (strcmp (action->name, "set_member") == 0)
    action->concerns_operator =
        gov_truthy (json_object_get (json_object_get (args, "member_data"), "isOperator"));
  if (strcmp (action->name, "remove_member") != 0 || !reached)
    return TRUE;
  g_autofree char *id = gov_certificate_id (cr_json_peek_string (args, "cert"));
  const GovMember *member = id ? find_member (members, id) : NULL;
  if (!member) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "Failed to resolve proposal: TypeError: %s",
                  id ? "cannot read property 'member_data' of undefined" : "args.cert is not a certificate");
    return FALSE;
  }
  action->concerns_operator = member->is_operator;
  return TRUE;
}

/* The members that a contract names, as GovProposedAction wants them; KEPT owns them. Borrowed, NULL =
 * none. */
static const char *const *
required_members (const json_t *args, const GovProposedAction *action, GPtrArray *kept)
{
  g_autoptr (json_t) list = strcmp (action->name, "set_contract") == 0 ? gov_required_members (args) : NULL;
  if (!list)
    return NULL;
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  for (gsize i = 0; i < json_array_size (list); i++)
    if (json_is_string (json_array_get (list, i)))
      g_strv_builder_add (ids, json_string_value (json_array_get (list, i)));
  char **array = g_strv_builder_end (ids);
  g_ptr_array_add (kept, array);
  return (const char *const *) array;
}

static GArray *
gather_actions (Store *store, const json_t *proposal, GPtrArray *members, GPtrArray *kept, GError **error)
{
  const json_t *actions = json_object_get (proposal, "actions");
  g_autoptr (GArray) gathered = g_array_new (FALSE, TRUE, sizeof (GovProposedAction));
  gboolean reached = TRUE; /* all actions so far are operator actions, so that this one is looked at */
  for (gsize i = 0; i < json_array_size (actions); i++) {
    const json_t *entry = json_array_get (actions, i);
    const json_t *args = json_object_get (entry, "args");
    GovProposedAction action = { .name = cr_json_peek_string (entry, "name") };
    fill_subject (store, args, &action);
    if (!fill_operator (members, args, reached, &action, error))
      return NULL;
    action.auto_approve = is_auto_approved (store, action.name);
    action.required = required_members (args, &action, kept);
    reached = reached && (action.concerns_operator || gov_is_operator_action (action.name));
    g_array_append_val (gathered, action);
  }
  return g_steal_pointer (&gathered);
}

/* Run the ballots. Members that are gone make resolve() throw, as it looks up whoever said yes. */
static GArray *
gather_votes (Store *store, json_t *info, json_t *final_votes, GError **error)
{
  g_autoptr (GArray) votes = g_array_new (FALSE, TRUE, sizeof (GovVote));
  json_t *failures = json_object ();
  const char *member;
  json_t *ballot;
  json_object_foreach (json_object_get (info, "ballots"), member, ballot) {
    int value = gov_ballot_value (json_string_value (ballot));
    if (value < 0) {
      json_t *failure = json_object ();
      cr_json_set_string (failure, "reason",
                          "Failed to vote(): this environment evaluates the two standard ballots only");
      cr_json_set (failures, member, failure);
      continue;
    }
    if (value == 1 && !store_has (store, MAP_MEMBER_INFO, member)) {
      json_decref (failures);
      cr_set_error (error, CR_ERROR_REFUSED, NULL,
                    "Failed to resolve proposal: a ballot was cast by a member that is no longer there");
      return NULL;
    }
    GovVote vote = { .member_id = member, .vote = value == 1 };
    g_array_append_val (votes, vote);
    cr_json_set_bool (final_votes, member, value == 1);
  }
  if (json_object_size (failures))
    cr_json_set (info, "vote_failures", failures);
  else
    json_decref (failures);
  return g_steal_pointer (&votes);
}

static gboolean
resolve (GovCall *call, const json_t *proposal, json_t *info, json_t *final_votes, GovDecision *decision,
         GError **error)
{
  const char *proposer = cr_json_peek_string (info, "proposer_id");
  g_autoptr (GPtrArray) members = gov_member_list (call->store);
  g_autoptr (GArray) votes = gather_votes (call->store, info, final_votes, error);
  if (!votes)
    return FALSE;
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GArray) actions = gather_actions (call->store, proposal, members, kept, error);
  if (!actions)
    return FALSE;
  g_autoptr (GArray) plain = g_array_new (FALSE, TRUE, sizeof (GovMember));
  for (guint i = 0; i < members->len; i++)
    g_array_append_vals (plain, g_ptr_array_index (members, i), 1);
  GovProposalView view = {
    .rules = gov_rules (call->store),
    .proposer_id = proposer,
    .members = (const GovMember *) (gconstpointer) plain->data,
    .member_count = plain->len,
    .votes = (const GovVote *) (gconstpointer) votes->data,
    .vote_count = votes->len,
    .actions = (const GovProposedAction *) (gconstpointer) actions->data,
    .action_count = actions->len,
  };
  *decision = gov_resolve (&view);
  return TRUE;
}

static gboolean
apply (GovCall *call, const char *id, const json_t *proposal, const json_t *final_votes, GError **error)
{
  const json_t *actions = json_object_get (proposal, "actions");
  for (gsize i = 0; i < json_array_size (actions); i++) {
    const json_t *entry = json_array_get (actions, i);
    const GovAction *action = gov_find_action (call->store, cr_json_peek_string (entry, "name"));
    g_autoptr (GError) problem = NULL;
    if (action
        && action->apply (call->sandbox, call->store, json_object_get (entry, "args"), id, final_votes,
                          &problem))
      continue;
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "Failed to apply(): Error: %s",
                  problem ? problem->message : "no such action");
    return FALSE;
  }
  return TRUE;
}

void
gov_remove_other_closed (Store *store, const char *kept)
{
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_PROPOSALS_INFO);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    if (strcmp (id, kept) == 0)
      continue;
    g_autoptr (json_t) info = store_get_json (store, MAP_PROPOSALS_INFO, id);
    if (g_strcmp0 (cr_json_peek_string (info, "state"), "Open") == 0)
      continue;
    store_delete (store, MAP_PROPOSALS, id);
    store_delete (store, MAP_PROPOSALS_INFO, id);
  }
}

/* These change what a vote means: everything else that is open falls. */
static gboolean
changes_rules (const json_t *proposal)
{
  static const char *const names[] = { "set_constitution",    "add_node_code",
                                       "add_snp_measurement", "add_snp_uvm_endorsement",
                                       "add_snp_host_data",   "set_snp_minimum_tcb_version_hex" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const json_t *actions = json_object_get (proposal, "actions");
    for (gsize j = 0; j < json_array_size (actions); j++)
      if (g_strcmp0 (cr_json_peek_string (json_array_get (actions, j), "name"), names[i]) == 0)
        return TRUE;
  }
  return FALSE;
}

static void
drop_other_open (Store *store, const char *kept)
{
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_PROPOSALS_INFO);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autoptr (json_t) info = store_get_json (store, MAP_PROPOSALS_INFO, id);
    if (strcmp (id, kept) == 0 || g_strcmp0 (cr_json_peek_string (info, "state"), "Open") != 0)
      continue;
    cr_json_set_string (info, "state", "Dropped");
    store_put_json (store, MAP_PROPOSALS_INFO, id, info);
  }
}

gboolean
gov_decide (GovCall *call, const char *id, json_t *info, GError **error)
{
  g_autoptr (json_t) proposal = store_get_json (call->store, MAP_PROPOSALS, id);
  g_autoptr (json_t) final_votes = json_object ();
  GovDecision decision = GOV_OPEN;
  if (!resolve (call, proposal, info, final_votes, &decision, error))
    return FALSE;
  if (decision != GOV_OPEN) {
    cr_json_set (info, "final_votes", json_incref (final_votes));
    cr_json_set_string (info, "state", decision == GOV_ACCEPTED ? "Accepted" : "Rejected");
    gov_remove_other_closed (call->store, id);
  }
  store_put_json (call->store, MAP_PROPOSALS_INFO, id, info);
  if (decision != GOV_ACCEPTED)
    return TRUE;
  if (!apply (call, id, proposal, final_votes, error))
    return FALSE;
  if (changes_rules (proposal))
    drop_other_open (call->store, id);
  return TRUE;
}
