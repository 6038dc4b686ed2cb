/* SPDX-License-Identifier: MIT
 * The decision about a proposal: a pure function over plain values.
 */
#include "sandbox/gov-resolve.h"

#include <string.h>

static gboolean
is_in (const char *const *names, const char *name)
{
  return g_strv_contains (names, name);
}

gboolean
gov_is_operator_action (const char *name)
{
  static const char *const names[] = {
    "add_snp_uvm_endorsement",
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
    NULL,
  };
  return is_in (names, name);
}

static gboolean
is_vetoable (const char *name)
{
  static const char *const names[] = {
    "set_contract",
    "set_clean_room_policy",
    "set_deployment_spec",
    "set_deployment_info",
    "set_contract_runtime_options_enable_logging",
    "set_contract_runtime_options_enable_telemetry",
    "set_member_document",
    NULL,
  };
  return is_in (names, name);
}

static const GovMember *
find_member (const GovProposalView *view, const char *id)
{
  for (gsize i = 0; i < view->member_count; i++)
    if (strcmp (view->members[i].id, id) == 0)
      return &view->members[i];
  return NULL;
}

/* Would this member's yes be counted, once it is active? */
static gboolean
is_ordinary (const GovProposalView *view, const GovMember *member)
{
  if (member->is_operator || member->is_recovery_operator)
    return FALSE;
  return view->rules == GOV_RULES_STARTUP || (!member->is_cgs_operator && !member->is_contract_operator);
}

static gboolean
has_action (const GovProposalView *view, const char *name)
{
  for (gsize i = 0; i < view->action_count; i++)
    if (strcmp (view->actions[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
operator_rule (const GovProposalView *view)
{
  const GovMember *proposer = find_member (view, view->proposer_id);
  if (!proposer || !proposer->is_operator)
    return FALSE;
  for (gsize i = 0; i < view->action_count; i++)
    if (!gov_is_operator_action (view->actions[i].name) && !view->actions[i].concerns_operator)
      return FALSE;
  return TRUE;
}

static const char *const *
required_of (const GovProposalView *view, const GovProposedAction *action)
{
  return view->rules == GOV_RULES_PROPOSED ? action->required : NULL;
}

/* A no of anybody, or, where an action names who decides, of one of these. */
static gboolean
is_vetoed_action (const GovProposalView *view, const GovProposedAction *action)
{
  const char *const *required = required_of (view, action);
  for (gsize i = 0; i < view->vote_count; i++)
    if (!view->votes[i].vote && (!required || is_in (required, view->votes[i].member_id)))
      return TRUE;
  return FALSE;
}

static gboolean
is_vetoed (const GovProposalView *view)
{
  for (gsize i = 0; i < view->action_count; i++)
    if (is_vetoable (view->actions[i].name) && is_vetoed_action (view, &view->actions[i]))
      return TRUE;
  return FALSE;
}

/* Every subject of the actions NAME appears once and is free. With ALONE, no other action may be there. */
static gboolean
subjects_are_free (const GovProposalView *view, const char *name, gboolean alone)
{
  for (gsize i = 0; i < view->action_count; i++) {
    const GovProposedAction *action = &view->actions[i];
    if (strcmp (action->name, name) != 0) {
      if (alone)
        return FALSE;
      continue;
    }
    if (action->subject_taken)
      return FALSE;
    for (gsize j = 0; j < i; j++)
      if (strcmp (view->actions[j].name, name) == 0
          && g_strcmp0 (view->actions[j].subject, action->subject) == 0)
        return FALSE;
  }
  return TRUE;
}

static gboolean
every_action_in (const GovProposalView *view, const char *const *names, gboolean need_auto_approve)
{
  for (gsize i = 0; i < view->action_count; i++)
    if (!is_in (names, view->actions[i].name) || (need_auto_approve && !view->actions[i].auto_approve))
      return FALSE;
  return TRUE;
}

/* All ordinary active members said yes; with none of them, that holds at once. */
static gboolean
is_unanimous (const GovProposalView *view)
{
  gsize voters = 0, yes = 0;
  for (gsize i = 0; i < view->member_count; i++)
    voters += view->members[i].active && is_ordinary (view, &view->members[i]);
  for (gsize i = 0; i < view->vote_count; i++) {
    const GovMember *member = find_member (view, view->votes[i].member_id);
    yes += view->votes[i].vote && member && is_ordinary (view, member); /* active or not */
  }
  return yes == voters;
}

static gboolean
somebody_is_not_active (const GovProposalView *view)
{
  for (gsize i = 0; i < view->member_count; i++)
    if (!view->members[i].active && is_ordinary (view, &view->members[i]))
      return TRUE;
  return FALSE;
}

static gboolean
voted_yes (const GovProposalView *view, const char *member)
{
  for (gsize i = 0; i < view->vote_count; i++)
    if (view->votes[i].vote && strcmp (view->votes[i].member_id, member) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
all_voted_yes (const GovProposalView *view, const char *const *members)
{
  for (; *members; members++)
    if (!voted_yes (view, *members))
      return FALSE;
  return TRUE;
}

/* Contracts wait for members that were invited and are not active yet; those that name their members do
 * not. */
static gboolean
contracts_are_agreed (const GovProposalView *view)
{
  for (gsize i = 0; i < view->action_count; i++) {
    const char *const *required = required_of (view, &view->actions[i]);
    if (required ? !all_voted_yes (view, required) : !is_unanimous (view) || somebody_is_not_active (view))
      return FALSE;
  }
  return TRUE;
}

static gboolean
role_rule (const GovProposalView *view)
{
  static const char *const for_cgs_operator[] = { "set_constitution", "set_js_app", NULL };
  static const char *const for_contract_operator[] = { "set_deployment_spec", "set_deployment_info",
                                                       "set_clean_room_policy", NULL };
  const GovMember *proposer = find_member (view, view->proposer_id);
  if (!proposer)
    return FALSE;
  return (proposer->is_cgs_operator && every_action_in (view, for_cgs_operator, TRUE))
         || (proposer->is_contract_operator && every_action_in (view, for_contract_operator, TRUE));
}

static GovDecision
resolve_cgs (const GovProposalView *view)
{
  static const char *const disabling[] = { "set_contract_runtime_options_disable_telemetry",
                                           "set_contract_runtime_options_disable_logging", NULL };
  gboolean contract = has_action (view, "set_contract");
  if (is_vetoed (view))
    return GOV_REJECTED;
  if (contract && !subjects_are_free (view, "set_contract", TRUE))
    return GOV_REJECTED;
  if (!subjects_are_free (view, "set_member_document", FALSE))
    return GOV_REJECTED;
  if (every_action_in (view, disabling, FALSE))
    return GOV_ACCEPTED;
  if (contract ? contracts_are_agreed (view) : is_unanimous (view))
    return GOV_ACCEPTED;
  return role_rule (view) ? GOV_ACCEPTED : GOV_OPEN;
}

GovDecision
gov_resolve (const GovProposalView *view)
{
  if (operator_rule (view))
    return GOV_ACCEPTED;
  if (view->rules == GOV_RULES_STARTUP)
    return is_unanimous (view) ? GOV_ACCEPTED : GOV_OPEN;
  return resolve_cgs (view);
}

int
gov_ballot_value (const char *text)
{
  g_autoptr (GString) packed = g_string_new (NULL);
  for (; *text; text++)
    if (!g_ascii_isspace (*text))
      g_string_append_c (packed, *text);
  const char *rest = packed->str;
  static const char head[] = "exportfunctionvote(";
  if (!g_str_has_prefix (rest, head))
    return -1;
  rest += strlen (head);
  while (g_ascii_isalnum (*rest) || *rest == '_' || *rest == ',')
    rest++;
  if (!g_str_has_prefix (rest, "){return"))
    return -1;
  rest += strlen ("){return");
  int value = g_str_has_prefix (rest, "true") ? 1 : g_str_has_prefix (rest, "false") ? 0 : -1;
  if (value < 0)
    return -1;
  rest += value ? strlen ("true") : strlen ("false");
  if (*rest == ';')
    rest++;
  return strcmp (rest, "}") == 0 ? value : -1;
}
