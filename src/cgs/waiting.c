/* SPDX-License-Identifier: MIT
 * Who still has to vote (waiting.h).
 */
#include "cgs/waiting.h"

#include "base/error.h"
#include "base/yaml.h"
#include "cgs/cgs-private.h"
#include "cgs/document.h"
#include "cgs/user.h"

#include <string.h>

typedef struct {
  json_t *result;
  json_t *members; /* array of Member; NULL when it could not be read */
} Waiting;

/* ---- Required members of a contract ---- */

static json_t *
parse_data (const json_t *data)
{
  if (!json_is_string (data))
    return json_is_object (data) ? json_incref ((json_t *) (guintptr) data) : NULL;
  const char *text = json_string_value (data);
  json_t *value = cr_json_parse (text, strlen (text), "the contract", NULL);
  if (value != NULL)
    return value;
  g_autoptr (CrYamlFile) yaml = cr_yaml_parse (text, strlen (text), "the contract", NULL);
  return yaml != NULL && cr_yaml_root (yaml) != NULL ? cr_yaml_to_json (cr_yaml_root (yaml)) : NULL;
}

json_t *
cgs_required_members (const json_t *data)
{
  g_autoptr (json_t) value = parse_data (data);
  json_t *voters = json_object_get (json_object_get (value, "metadata"), "voters");
  json_t *listed = json_object_get (voters, "requiredMembers");
  if (!json_is_array (listed) || json_array_size (listed) == 0)
    return NULL;
  g_autoptr (json_t) ids = json_array ();
  gsize index;
  json_t *one;
  json_array_foreach (listed, index, one) {
    if (!json_is_string (one))
      return NULL;
    json_array_append (ids, one);
  }
  return g_steal_pointer (&ids);
}

const char *
cgs_rules (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) info = ccf_service_info (job, client, error);
  if (info == NULL)
    return NULL;
  const char *told = cr_json_peek_string (json_object_get (info, "serviceData"), "rules");
  if (told != NULL)
    return strcmp (told, "proposed") == 0 ? "proposed" : "released";
  g_autofree char *constitution = ccf_constitution (job, client, error);
  if (constitution == NULL)
    return NULL;
  return strstr (constitution, "requiredMembers") != NULL ? "proposed" : "released";
}

/* ---- People ---- */

static json_t *
member_of (const Waiting *waiting, const char *id)
{
  gsize index;
  json_t *member;
  json_array_foreach (waiting->members, index, member)
    if (g_strcmp0 (cr_json_peek_string (member, "memberId"), id) == 0)
      return member;
  return NULL;
}

/* {"id","name"}. Gives. */
static json_t *
person (const Waiting *waiting, const char *id)
{
  const json_t *member = member_of (waiting, id);
  json_t *value = cgs_args ("id", id);
  cr_json_set_string (value, "name", member != NULL ? cgs_member_name (member) : id);
  return value;
}

static void
add_person (Waiting *waiting, const char *list, const char *id, const char *vote)
{
  json_t *value = person (waiting, id);
  cr_json_set_string (value, "vote", vote);
  json_array_append_new (json_object_get (waiting->result, list), value);
}

static Waiting
waiting_new (CrJob *job, CcfClient *client, const char *decision, const char *state, const char *proposal_id)
{
  Waiting waiting = { json_object (), ccf_members_list (job, client, NULL) };
  cr_json_set_string (waiting.result, "decision", decision);
  cr_json_set_string (waiting.result, "rules", "released");
  cr_json_set_string (waiting.result, "state", state);
  cr_json_set_string (waiting.result, "proposalId", proposal_id);
  static const char *const lists[] = { "required", "voted", "missing", "notActive" };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    cr_json_set (waiting.result, lists[i], json_array ());
  return waiting;
}

static void
waiting_clear (Waiting *waiting)
{
  g_clear_pointer (&waiting->result, json_decref);
  g_clear_pointer (&waiting->members, json_decref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Waiting, waiting_clear)

static const char *
vote_of (const json_t *ballots, const char *key, const char *id)
{
  gsize index;
  json_t *ballot;
  json_array_foreach (ballots, index, ballot)
    if (g_strcmp0 (cr_json_peek_string (ballot, key), id) == 0)
      return cr_json_peek_string (ballot, "ballot");
  return NULL;
}

/* ---- Governance proposals ---- */

/* The ids that must accept ACTIONS under the rules in force; *CONTRACT tells whether members that are not
 * active hold it up. Gives. */
static json_t *
required_of (CrJob *job, CcfClient *client, Waiting *waiting, const json_t *actions, gboolean *contract,
             GError **error)
{
  g_autoptr (json_t) named = NULL;
  gsize index;
  json_t *action;
  json_array_foreach (json_object_get (actions, "actions"), index, action) {
    const json_t *args = json_object_get (action, "args");
    if (g_strcmp0 (cr_json_peek_string (action, "name"), "set_contract") != 0)
      continue;
    *contract = TRUE;
    if (named == NULL)
      named = cgs_required_members (json_object_get (json_object_get (args, "contract"), "data"));
  }
  if (named != NULL) {
    const char *rules = cgs_rules (job, client, error);
    if (rules == NULL)
      return NULL;
    cr_json_set_string (waiting->result, "rules", rules);
    if (strcmp (rules, "proposed") == 0) {
      *contract = FALSE;
      return g_steal_pointer (&named);
    }
  }
  json_t *ids = json_array ();
  json_t *member;
  json_array_foreach (waiting->members, index, member)
    if (cgs_member_is_voter (member))
      json_array_append (ids, json_object_get (member, "memberId"));
  return ids;
}

/* A member that would be a voter once it is active. */
static gboolean
is_expected (const json_t *member)
{
  if (g_strcmp0 (cr_json_peek_string (member, "status"), "Accepted") != 0)
    return FALSE;
  g_autoptr (json_t) active = json_deep_copy (member);
  cr_json_set_string (active, "status", "Active");
  return cgs_member_is_voter (active);
}

static gboolean
count_members (CrJob *job, CcfClient *client, Waiting *waiting, const char *proposal_id, GError **error)
{
  g_autoptr (json_t) actions = ccf_proposal_actions (job, client, proposal_id, error);
  g_autoptr (json_t) ballots = actions != NULL ? ccf_proposal_ballots (job, client, proposal_id, error)
                                               : NULL;
  gboolean contract = FALSE;
  g_autoptr (json_t) required = ballots != NULL
                                    ? required_of (job, client, waiting, actions, &contract, error)
                                    : NULL;
  if (required == NULL)
    return FALSE;
  gsize index;
  json_t *one;
  json_array_foreach (required, index, one) {
    const char *id = json_string_value (one), *vote = vote_of (ballots, "memberId", id);
    add_person (waiting, "required", id, NULL);
    if (vote == NULL)
      add_person (waiting, "missing", id, NULL);
  }
  json_array_foreach (ballots, index, one)
    add_person (waiting, "voted", cr_json_peek_string (one, "memberId"), cr_json_peek_string (one, "ballot"));
  json_array_foreach (waiting->members, index, one)
    if (contract && is_expected (one))
      add_person (waiting, "notActive", cr_json_peek_string (one, "memberId"), NULL);
  return TRUE;
}

static json_t *
by_members (CrJob *job, CcfClient *client, const char *state, const char *open_state, const char *proposal_id,
            GError **error)
{
  g_auto (Waiting) waiting = waiting_new (job, client, "members", state, proposal_id);
  gboolean open = g_strcmp0 (state, open_state) == 0 && proposal_id != NULL && *proposal_id != '\0';
  if (open && !count_members (job, client, &waiting, proposal_id, error))
    return NULL;
  return g_steal_pointer (&waiting.result);
}

json_t *
cgs_waiting_proposal (CrJob *job, CcfClient *client, const json_t *proposal, GError **error)
{
  return by_members (job, client, cr_json_peek_string (proposal, "proposalState"), "Open",
                     cr_json_peek_string (proposal, "proposalId"), error);
}

json_t *
cgs_waiting_contract (CrJob *job, CcfClient *client, const json_t *contract, GError **error)
{
  return by_members (job, client, cr_json_peek_string (contract, "state"), "Proposed",
                     cr_json_peek_string (contract, "proposalId"), error);
}

json_t *
cgs_waiting_member_document (CrJob *job, CcfClient *client, const json_t *document, GError **error)
{
  return cgs_waiting_contract (job, client, document, error);
}

/* ---- User documents ---- */

/* Users have names too; whoever may not read them sees ids. */
static void
name_users (CrJob *job, CcfClient *client, json_t *list)
{
  g_autoptr (json_t) users = cgs_user_identity_list (job, client, NULL);
  gsize index, at;
  json_t *one, *user;
  json_array_foreach (list, index, one)
    json_array_foreach (users, at, user) {
      const char *name = cr_json_peek_string (json_object_get (user, "data"), "identifier");
      if (name != NULL && g_strcmp0 (cr_json_peek_string (user, "id"), cr_json_peek_string (one, "id")) == 0)
        cr_json_set_string (one, "name", name);
    }
}

json_t *
cgs_waiting_user_document (CrJob *job, CcfClient *client, const json_t *document, GError **error)
{
  const char *state = cr_json_peek_string (document, "state");
  const char *proposal_id = cr_json_peek_string (document, "proposalId");
  g_auto (Waiting) waiting = waiting_new (job, client, "approvers", state, proposal_id);
  if (g_strcmp0 (state, "Proposed") != 0 || proposal_id == NULL || *proposal_id == '\0')
    return g_steal_pointer (&waiting.result);
  g_autoptr (json_t) proposal = cgs_user_proposal_show (job, client, proposal_id, error);
  g_autoptr (json_t) status = proposal != NULL ? cgs_user_proposal_status (job, client, proposal_id, error)
                                               : NULL;
  if (status == NULL)
    return NULL;
  gsize index;
  json_t *one;
  const json_t *ballots = json_object_get (status, "ballots");
  json_array_foreach (json_object_get (proposal, "approvers"), index, one) {
    const char *id = cr_json_peek_string (one, "approverId");
    const char *vote = id != NULL ? vote_of (ballots, "approverId", id) : NULL;
    if (id == NULL)
      continue;
    add_person (&waiting, "required", id, NULL);
    add_person (&waiting, vote != NULL ? "voted" : "missing", id, vote);
  }
  static const char *const lists[] = { "required", "voted", "missing" };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    name_users (job, client, json_object_get (waiting.result, lists[i]));
  return g_steal_pointer (&waiting.result);
}
