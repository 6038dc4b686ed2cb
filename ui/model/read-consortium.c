/* SPDX-License-Identifier: MIT
 * Members, users, invitations, proposals, trust and switches of the consortium.
 */
#include "ui/model/session-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"
#include "cgs/cgs.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define PROPOSALS_MAX 50u
#define ACTION_MAX (64u * 1024)

/* ---- people ---- */

static char *
roles_of (UiArena *arena, const json_t *member)
{
  const json_t *data = json_object_get (member, "memberData"), *roles = json_object_get (data, "cgsRoles");
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  if (cgs_member_is_voter (member))
    g_strv_builder_add (words, _ ("voter"));
  if (cr_json_peek_bool (data, "isOperator", FALSE))
    g_strv_builder_add (words, _ ("operator"));
  if (cr_json_peek_bool (data, "isRecoveryOperator", FALSE))
    g_strv_builder_add (words, _ ("recovery operator"));
  if (g_strcmp0 (cr_json_peek_string (roles, "cgsOperator"), "true") == 0)
    g_strv_builder_add (words, _ ("application operator"));
  if (g_strcmp0 (cr_json_peek_string (roles, "contractOperator"), "true") == 0)
    g_strv_builder_add (words, _ ("contract operator"));
  const char *recovery = cr_json_peek_string (member, "recoveryRole");
  if (g_strcmp0 (recovery, "Participant") == 0)
    g_strv_builder_add (words, _ ("recovery participant"));
  else if (g_strcmp0 (recovery, "Owner") == 0)
    g_strv_builder_add (words, _ ("recovery owner"));
  g_auto (GStrv) list = g_strv_builder_end (words);
  g_autofree char *joined = g_strjoinv (", ", list);
  return ui_text (arena, joined);
}

static void
add_members (UiReading *reading, UiConsortium *it, const UiNames *names)
{
  size_t index;
  json_t *from;
  json_array_foreach (names->members, index, from) {
    UiMember *member = UI_TAKE (reading->arena, UiMember);
    member->id = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "memberId"));
    member->name = ui_text (reading->arena, cgs_member_name (from));
    member->status = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "status"));
    member->roles = roles_of (reading->arena, from);
    member->voter = cgs_member_is_voter (from);
    member->me = ui_names_is_me (names, member->id);
    member->certificate = ui_lines (reading->arena, cr_json_peek_string (from, "certificate"), 0, NULL);
    if (member->certificate == NULL)
      member->certificate = ui_text (reading->arena, "");
    member->data = ui_json_lines (reading->arena, json_object_get (from, "memberData"));
    g_ptr_array_add (it->members, member);
  }
}

static void
add_users (UiReading *reading, UiConsortium *it, const UiNames *names)
{
  size_t index;
  json_t *from;
  json_array_foreach (names->users, index, from) {
    const json_t *data = json_object_get (from, "data");
    UiUser *user = UI_TAKE (reading->arena, UiUser);
    user->id = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "id"));
    user->name = ui_text (reading->arena, ui_names_of (names, user->id));
    user->tenant = ui_text_or_empty (reading->arena, cr_json_peek_string (data, "tenantId"));
    user->account_type = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "accountType"));
    user->me = ui_names_is_me (names, user->id);
    g_ptr_array_add (it->users, user);
  }
}

/* Whom the claims of an invitation name: the first value of an address or client id. */
static const char *
invited (const json_t *claims)
{
  static const char *const keys[] = { "preferred_username", "email", "upn", "appid", "sub" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const json_t *value = json_object_get (claims, keys[i]);
    const json_t *first = json_is_array (value) ? json_array_get (value, 0) : value;
    if (json_is_string (first))
      return json_string_value (first);
  }
  return "";
}

static void
add_invitations (UiReading *reading, UiConsortium *it, CcfClient *client)
{
  g_autoptr (json_t) list = cgs_invitation_list (reading->job, client, NULL);
  g_autofree char *account = workflow_context_recall (reading->context, "account");
  ui_reading_saw (reading, list);
  size_t index;
  json_t *from;
  json_array_foreach (list, index, from) {
    UiInvitation *invitation = UI_TAKE (reading->arena, UiInvitation);
    invitation->id = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "invitationId"));
    invitation->status = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "status"));
    invitation->account = ui_text (reading->arena, invited (json_object_get (from, "claims")));
    invitation->account_type = ui_text_or_empty (reading->arena, cr_json_peek_string (from, "accountType"));
    invitation->accepted_by =
        ui_text_or_null (reading->arena, cr_json_peek_string (json_object_get (from, "userInfo"), "userId"));
    invitation->mine = account != NULL && g_ascii_strcasecmp (account, invitation->account) == 0;
    g_ptr_array_add (it->invitations, invitation);
  }
}

/* ---- proposals ---- */

static const struct {
  const char *name, *words, *argument; /* %s is the argument */
} actions[] = {
  { "set_contract", N_ ("Agree the contract %s"), "contractId" },
  { "set_member_document", N_ ("Agree the document %s"), "documentId" },
  { "set_user_identity", N_ ("Admit the user %s"), "id" },
  { "remove_user_identity", N_ ("Remove the user %s"), "id" },
  { "set_user_invitation_by_jwt_claims", N_ ("Invite %s"), "invitationId" },
  { "remove_user_invitation_by_jwt_claims", N_ ("Take back the invitation %s"), "invitationId" },
  { "set_member", N_ ("Add a member"), NULL },
  { "set_member_data", N_ ("Change the member %s"), "member_id" },
  { "remove_member", N_ ("Remove the member %s"), "member_id" },
  { "set_constitution", N_ ("Change the rules of voting"), NULL },
  { "set_js_app", N_ ("Install the governance application"), NULL },
  { "set_js_runtime_options", N_ ("Change limits of the application"), NULL },
  { "set_ca_cert_bundle", N_ ("Trust certificates (%s)"), "name" },
  { "set_jwt_issuer", N_ ("Trust sign-ins by %s"), "issuer" },
  { "set_deployment_spec", N_ ("Agree what is deployed for %s"), "contractId" },
  { "set_deployment_info", N_ ("Record where %s is deployed"), "contractId" },
  { "set_clean_room_policy", N_ ("Agree what the clean room of %s must prove"), "contractId" },
  { "set_contract_runtime_options_enable_logging", N_ ("Switch logging on for %s"), "contractId" },
  { "set_contract_runtime_options_disable_logging", N_ ("Switch logging off for %s"), "contractId" },
  { "set_contract_runtime_options_enable_telemetry", N_ ("Switch telemetry on for %s"), "contractId" },
  { "set_contract_runtime_options_disable_telemetry", N_ ("Switch telemetry off for %s"), "contractId" },
  { "enable_oidc_issuer", N_ ("Let the service issue tokens"), NULL },
  { "enable_ca", N_ ("Let the service issue certificates for %s"), "contractId" },
  { "transition_service_to_open", N_ ("Open the service"), NULL },
};

/* Whom or what an action is about, by name where one is known. */
static const char *
subject_of (const UiNames *names, const char *action, const json_t *args, const char *argument)
{
  if (strcmp (action, "set_user_invitation_by_jwt_claims") == 0)
    return invited (json_object_get (args, "claims"));
  const char *value = cr_json_peek_string (args, argument);
  const char *name = ui_names_of (names, value);
  const char *given = cr_json_peek_string (json_object_get (args, "data"), "identifier");
  if (value != NULL && strcmp (name, value) == 0 && given != NULL && *given != '\0')
    return given;
  return *name != '\0' ? name : "?";
}

static char *
words_of (const UiNames *names, const json_t *action)
{
  const char *name = cr_json_peek_string (action, "name");
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (actions); i++) {
    if (strcmp (actions[i].name, name) != 0)
      continue;
    const char *words = _ (actions[i].words);
    const char *at = strstr (words, "%s");
    if (at == NULL || actions[i].argument == NULL)
      return g_strdup (words);
    const char *subject = subject_of (names, name, json_object_get (action, "args"), actions[i].argument);
    return g_strdup_printf ("%.*s%s%s", (int) (at - words), words, subject, at + 2);
  }
  char *plain = g_strdup (name != NULL ? name : "?");
  return g_strdelimit (plain, "_", ' ');
}

static void
add_actions (UiReading *reading, const UiNames *names, UiProposal *proposal, const json_t *content)
{
  const json_t *list = json_object_get (content, "actions");
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (size_t i = 0; i < json_array_size (list); i++) {
    const json_t *action = json_array_get (list, i);
    const json_t *args = json_object_get (action, "args");
    g_autofree char *text = words_of (names, action);
    g_strv_builder_add (words, text);
    UiPair *pair = UI_TAKE (reading->arena, UiPair);
    pair->name = ui_text_or_empty (reading->arena, cr_json_peek_string (action, "name"));
    g_autofree char *laid_out = args != NULL && !json_is_null (args) ? cr_json_dump_pretty (args)
                                                                     : g_strdup ("");
    gboolean cut = FALSE;
    pair->text = ui_lines (reading->arena, laid_out, ACTION_MAX, &cut);
    proposal->truncated = proposal->truncated || cut;
    g_ptr_array_add (proposal->actions, pair);
  }
  g_autofree char *digest = ui_content_digest (list);
  proposal->digest = ui_text (reading->arena, digest);
  g_auto (GStrv) all = g_strv_builder_end (words);
  g_autofree char *joined = g_strjoinv ("; ", all);
  proposal->title = ui_text (reading->arena, *joined != '\0' ? joined : _ ("nothing"));
}

static void
judge (UiReading *reading, UiProposal *proposal)
{
  UiArena *arena = reading->arena;
  const UiBallot *own = ui_ballots_mine (proposal->ballots);
  proposal->accepted = ui_ballots_count (proposal->ballots, UI_BALLOT_ACCEPTED);
  proposal->rejected = ui_ballots_count (proposal->ballots, UI_BALLOT_REJECTED);
  for (guint i = 0; i < proposal->ballots->len; i++)
    proposal->needed += ((const UiBallot *) g_ptr_array_index (proposal->ballots, i))->counts;
  proposal->missing = proposal->open ? ui_ballots_missing (arena, proposal->ballots) : NULL;
  if (!proposal->open)
    proposal->why_not_vote = ui_text (arena, _ ("It is decided."));
  else if (own != NULL && own->kind != UI_BALLOT_MISSING)
    proposal->why_not_vote = ui_text (arena, _ ("You have voted; a ballot cannot be changed."));
  else if (!workflow_context_who (reading->context)->member)
    proposal->why_not_vote = ui_text (arena, _ ("Only members vote on this."));
  else
    proposal->i_can_vote = TRUE;
}

/* A copy in ARENA, so that no value keeps the one before it. */
static UiProposal *
copy_proposal (UiArena *arena, const UiProposal *from)
{
  UiProposal *copy = UI_TAKE (arena, UiProposal);
  *copy = *from;
  copy->id = ui_text (arena, from->id);
  copy->state = ui_text (arena, from->state);
  copy->proposer = ui_text (arena, from->proposer);
  copy->proposer_name = ui_text (arena, from->proposer_name);
  copy->title = ui_text (arena, from->title);
  copy->digest = ui_text (arena, from->digest);
  copy->missing = ui_text (arena, from->missing);
  copy->why_not_vote = ui_text (arena, from->why_not_vote);
  copy->actions = ui_arena_list (arena);
  for (guint i = 0; i < from->actions->len; i++) {
    const UiPair *pair = g_ptr_array_index (from->actions, i);
    ui_add_pair (arena, copy->actions, pair->name, pair->text);
  }
  copy->ballots = ui_arena_list (arena);
  for (guint i = 0; i < from->ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (from->ballots, i);
    UiBallot *own = UI_TAKE (arena, UiBallot);
    *own = *ballot;
    own->voter = ui_text (arena, ballot->voter);
    own->name = ui_text (arena, ballot->name);
    g_ptr_array_add (copy->ballots, own);
  }
  return copy;
}

/* Details of one that is closed never change: they are taken over from the reading before. */
static const UiProposal *
known (UiReading *reading, const char *id, const char *state)
{
  const UiConsortium *old = reading->old;
  for (guint i = 0; old != NULL && i < old->proposals->len; i++) {
    const UiProposal *proposal = g_ptr_array_index (old->proposals, i);
    if (strcmp (proposal->id, id) == 0 && !proposal->open && strcmp (proposal->state, state) == 0)
      return proposal;
  }
  return NULL;
}

static gboolean
add_proposal (UiReading *reading, UiConsortium *it, CcfClient *client, const UiNames *names,
              const json_t *from, GError **error)
{
  UiArena *arena = reading->arena;
  const char *id = cr_json_peek_string (from, "proposalId"),
             *state = cr_json_peek_string (from, "proposalState");
  if (id == NULL || state == NULL)
    return TRUE;
  const UiProposal *before = known (reading, id, state);
  if (before != NULL) {
    g_ptr_array_add (it->proposals, copy_proposal (arena, before));
    return TRUE;
  }
  UiProposal *proposal = UI_TAKE (arena, UiProposal);
  proposal->id = ui_text (arena, id);
  proposal->state = ui_text (arena, state);
  proposal->open = strcmp (state, "Open") == 0;
  proposal->proposer = ui_text_or_empty (arena, cr_json_peek_string (from, "proposerId"));
  proposal->proposer_name = ui_text (arena, ui_names_of (names, proposal->proposer));
  proposal->mine = ui_names_is_me (names, proposal->proposer);
  proposal->actions = ui_arena_list (arena);
  proposal->ballots = ui_arena_list (arena);
  g_autoptr (json_t) content = ccf_proposal_actions (reading->job, client, id, error);
  if (content == NULL)
    return FALSE;
  add_actions (reading, names, proposal, content);
  if (!ui_proposal_ballots (reading, client, names, from, proposal->ballots, error))
    return FALSE;
  judge (reading, proposal);
  it->to_vote += proposal->i_can_vote && proposal->needed > 0 && ui_ballots_mine (proposal->ballots) != NULL;
  g_ptr_array_add (it->proposals, proposal);
  return TRUE;
}

static int
open_first (gconstpointer a, gconstpointer b)
{
  const UiProposal *left = *(const UiProposal *const *) a, *right = *(const UiProposal *const *) b;
  if (left->open != right->open)
    return left->open ? -1 : 1;
  return 0;
}

static gboolean
add_proposals (UiReading *reading, UiConsortium *it, CcfClient *client, const UiNames *names, GError **error)
{
  g_autoptr (json_t) list = ccf_proposals_list (reading->job, client, error);
  if (list == NULL)
    return FALSE;
  ui_reading_saw (reading, list);
  /* Newest last in the service's list; the last ones are those that matter. */
  size_t size = json_array_size (list);
  for (size_t i = size; i > 0 && size - i < PROPOSALS_MAX; i--)
    if (!add_proposal (reading, it, client, names, json_array_get (list, i - 1), error))
      return FALSE;
  g_ptr_array_sort (it->proposals, open_first);
  return TRUE;
}

/* ---- the service ---- */

static void
add_service (UiReading *reading, UiConsortium *it, CcfClient *client, const json_t *info)
{
  UiArena *arena = reading->arena;
  const char *certificate = ccf_client_service_certificate (client);
  it->endpoint = ui_text (arena, ccf_client_endpoint (client));
  it->service_status = ui_text_or_empty (arena, cr_json_peek_string (info, "status"));
  it->certificate = ui_lines (arena, certificate, 0, NULL);
  g_autofree char *digest = cr_sha256_hex (certificate, strlen (certificate));
  it->fingerprint = ui_text (arena, digest);
  const Environment *environment = workflow_context_environment (reading->context, NULL);
  it->simulated = environment != NULL && environment->simulated_attestation;
  guint recovery = 0;
  for (guint i = 0; i < it->members->len; i++)
    recovery += strstr (((const UiMember *) g_ptr_array_index (it->members, i))->roles,
                        _ ("recovery participant"))
                != NULL;
  const json_t *configuration = json_object_get (info, "configuration");
  gint64 threshold = cr_json_peek_int (configuration, "recoveryThreshold", 0);
  if (threshold > 0)
    it->recovery = ui_textf (arena, _ ("%" PRId64 " of %u recovery members"), threshold, recovery);
}

static void
add_trust (UiReading *reading, UiConsortium *it, CcfClient *client)
{
  g_autoptr (json_t) jwk = ccf_jwk (reading->job, client, NULL);
  ui_reading_saw (reading, jwk);
  const char *issuer;
  json_t *value;
  json_object_foreach (json_object_get (jwk, "issuers"), issuer, value) {
    gboolean fresh = cr_json_peek_bool (value, "autoRefresh", FALSE);
    ui_add_pair (reading->arena, it->issuers, issuer, fresh ? _ ("keys are renewed by themselves") : "");
  }
}

/* Digests and switches change by proposal only: what was read is good as long as no proposal is new. */
static void
add_rules (UiReading *reading, UiConsortium *it, CcfClient *client)
{
  static const char *const options[] = { "autoapprove-constitution-proposal", "autoapprove-jsapp-proposal",
                                         "autoapprove-deploymentspec-proposal",
                                         "autoapprove-deploymentinfo-proposal",
                                         "autoapprove-cleanroompolicy-proposal" };
  const UiConsortium *old = reading->old;
  gboolean same = old != NULL && old->constitution_digest != NULL && old->proposals->len == it->proposals->len
                  && (it->proposals->len == 0
                      || strcmp (((const UiProposal *) g_ptr_array_index (it->proposals, 0))->id,
                                 ((const UiProposal *) g_ptr_array_index (old->proposals, 0))->id)
                             == 0);
  if (same) {
    it->constitution_digest = ui_text (reading->arena, old->constitution_digest);
    it->bundle_digest = ui_text (reading->arena, old->bundle_digest);
    for (guint i = 0; i < old->options->len; i++) {
      const UiPair *pair = g_ptr_array_index (old->options, i);
      ui_add_pair (reading->arena, it->options, pair->name, pair->text);
    }
    return;
  }
  g_autofree char *rules = ccf_constitution_digest (reading->job, client, NULL);
  g_autofree char *bundle = ccf_bundle_digest (reading->job, client, NULL);
  it->constitution_digest = ui_text (reading->arena, rules);
  it->bundle_digest = ui_text (reading->arena, bundle);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    g_autoptr (json_t) status = cgs_option_status (reading->job, client, options[i], NULL);
    const char *text = cr_json_peek_string (status, "status");
    if (text != NULL)
      ui_add_pair (reading->arena, it->options, options[i], text);
  }
}

gboolean
ui_read_consortium (UiReading *reading, GError **error)
{
  UiConsortium *it = reading->value;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autoptr (json_t) info = client != NULL ? ccf_service_info (reading->job, client, error) : NULL;
  if (info == NULL)
    return FALSE;
  ui_reading_saw (reading, info);
  g_auto (UiNames) names = { 0 };
  g_autoptr (GError) why = NULL;
  ui_names_read (&names, reading, client, &why);
  if (names.members == NULL) {
    /* Once more, for the words. */
    names.members = ccf_members_list (reading->job, client, error);
    if (names.members == NULL)
      return FALSE;
  }
  it->users_note = why != NULL ? ui_text (reading->arena, why->message) : NULL;
  add_members (reading, it, &names);
  add_users (reading, it, &names);
  add_invitations (reading, it, client);
  add_service (reading, it, client, info);
  if (!add_proposals (reading, it, client, &names, error))
    return FALSE;
  add_trust (reading, it, client);
  add_rules (reading, it, client);
  return cr_job_check (reading->job, error);
}
