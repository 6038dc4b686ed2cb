/* SPDX-License-Identifier: MIT
 * Contracts: the list, and one with its votes, switches, policy and deployment.
 */
#include "ui/model/session-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs.h"

#include <glib/gi18n.h>
#include <string.h>

static int
by_id (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const UiContractRow *const *) a)->id, (*(const UiContractRow *const *) b)->id);
}

/* The ids in STATE. */
static gboolean
add_state (UiReading *reading, CcfClient *client, const char *state, GHashTable *states, GError **error)
{
  g_autoptr (json_t) list = cgs_contract_list (reading->job, client, state, error);
  if (list == NULL)
    return FALSE;
  ui_reading_saw (reading, list);
  for (size_t i = 0; i < json_array_size (list); i++) {
    const char *id = cr_json_peek_string (json_array_get (list, i), "id");
    if (id != NULL)
      g_hash_table_replace (states, g_strdup (id), g_strdup (state));
  }
  return TRUE;
}

/* A proposed contract that this member has not voted on. */
static gboolean
is_mine_to_decide (UiReading *reading, CcfClient *client, const char *id)
{
  const char *me = ccf_client_member_id (client);
  g_autoptr (json_t) contract = me != NULL ? cgs_contract_show (reading->job, client, id, NULL) : NULL;
  const char *proposal = cr_json_peek_string (contract, "proposalId");
  g_autoptr (json_t) ballots = proposal != NULL ? ccf_proposal_ballots (reading->job, client, proposal, NULL)
                                                : NULL;
  ui_reading_saw (reading, ballots);
  for (size_t i = 0; i < json_array_size (ballots); i++)
    if (g_strcmp0 (cr_json_peek_string (json_array_get (ballots, i), "memberId"), me) == 0)
      return FALSE;
  return ballots != NULL;
}

gboolean
ui_read_contracts (UiReading *reading, GError **error)
{
  static const char *const states[] = { "Draft", "Proposed", "Accepted" };
  UiContracts *it = reading->value;
  CcfClient *client = ui_reading_ledger (reading, error);
  if (client == NULL)
    return FALSE;
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (!add_state (reading, client, states[i], all, error))
      return FALSE;
  GHashTableIter iter;
  gpointer id, state;
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &id, &state)) {
    UiContractRow *row = UI_TAKE (reading->arena, UiContractRow);
    row->id = ui_text (reading->arena, id);
    row->state = ui_text (reading->arena, state);
    row->mine_to_decide = strcmp (state, "Proposed") == 0 && is_mine_to_decide (reading, client, id);
    g_ptr_array_add (it->contracts, row);
  }
  g_ptr_array_sort (it->contracts, by_id);
  return TRUE;
}

/* ---- one contract ---- */

static void
add_switch (UiReading *reading, UiContract *it, CcfClient *client, const char *name)
{
  g_autoptr (json_t) status = cgs_contract_option_status (reading->job, client, it->id, name, NULL);
  if (status == NULL)
    return;
  ui_reading_saw (reading, status);
  gboolean member = ccf_client_member_id (client) != NULL, execution = strcmp (name, "execution") == 0;
  UiSwitch *sw = UI_TAKE (reading->arena, UiSwitch);
  sw->name = ui_text (reading->arena, name);
  sw->status = ui_text_or_empty (reading->arena, cr_json_peek_string (status, "status"));
  sw->reason = ui_member (reading->arena, json_object_get (status, "reason"), "message");
  sw->proposals = ui_arena_list (reading->arena);
  const json_t *proposals = json_object_get (status, "proposalIds");
  for (size_t i = 0; i < json_array_size (proposals); i++)
    ui_add_text (reading->arena, sw->proposals, json_string_value (json_array_get (proposals, i)));
  sw->can_set = member && execution;
  sw->can_propose = member && !execution;
  g_ptr_array_add (it->switches, sw);
}

static void
add_votes (UiReading *reading, UiContract *it, CcfClient *client, const json_t *contract)
{
  g_auto (UiNames) names = { .members = ccf_members_list (reading->job, client, NULL),
                             .me = ui_context_me (reading->context, client) };
  const json_t *final = json_object_get (contract, "finalVotes");
  for (size_t i = 0; i < json_array_size (final); i++) {
    const json_t *vote = json_array_get (final, i);
    ui_ballot_add (reading->arena, it->ballots, &names, cr_json_peek_string (vote, "memberId"),
                   cr_json_peek_bool (vote, "vote", FALSE) ? "accepted" : "rejected", TRUE);
  }
  if (it->proposal_id == NULL || strcmp (it->state, "Proposed") != 0)
    return;
  g_autoptr (json_t) proposal = ccf_proposal_show (reading->job, client, it->proposal_id, NULL);
  if (proposal == NULL || !ui_proposal_ballots (reading, client, &names, proposal, it->ballots, NULL))
    return;
  it->missing = ui_ballots_missing (reading->arena, it->ballots);
}

static void
add_policy (UiReading *reading, UiContract *it, CcfClient *client)
{
  g_autoptr (json_t) policy = cgs_policy_show (reading->job, client, it->id, NULL);
  ui_reading_saw (reading, policy);
  const char *claim;
  json_t *values;
  json_object_foreach (json_object_get (policy, "policy"), claim, values) {
    g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
    for (size_t i = 0; i < json_array_size (values); i++) {
      const json_t *value = json_array_get (values, i);
      g_autofree char *plain = json_is_string (value) ? g_strdup (json_string_value (value))
                                                      : cr_json_dump (value);
      g_strv_builder_add (texts, plain);
    }
    g_auto (GStrv) list = g_strv_builder_end (texts);
    g_autofree char *joined = g_strjoinv (", ", list);
    ui_add_pair (reading->arena, it->policy, claim, joined);
    if (g_str_has_prefix (claim, "pcr"))
      it->policy_type = ui_text (reading->arena, "snp-cvm");
  }
  if (it->policy->len > 0 && *it->policy_type == '\0')
    it->policy_type = ui_text (reading->arena, "snp-caci");
  g_autoptr (json_t) delegates = cgs_delegates_list (reading->job, client, it->id, NULL);
  for (size_t i = 0; i < json_array_size (delegates); i++) {
    const json_t *delegate = json_array_get (delegates, i);
    ui_add_pair (reading->arena, it->delegates, cr_json_peek_string (delegate, "delegateType"),
                 cr_json_peek_string (delegate, "delegateId"));
  }
}

static void
add_deployment (UiReading *reading, UiContract *it, CcfClient *client)
{
  g_autoptr (json_t) spec = cgs_deployment_spec_show (reading->job, client, it->id, NULL);
  g_autoptr (json_t) info = cgs_deployment_info_show (reading->job, client, it->id, NULL);
  g_autoptr (json_t) authority = cgs_ca_show (reading->job, client, it->id, NULL);
  g_autoptr (json_t) secrets = cgs_secret_list (reading->job, client, it->id, NULL);
  ui_reading_saw (reading, spec);
  ui_reading_saw (reading, info);
  const json_t *spec_data = json_object_get (spec, "data"), *info_data = json_object_get (info, "data");
  it->deployment_spec = json_object_size (spec_data) > 0 || json_is_string (spec_data)
                            ? ui_json_lines (reading->arena, spec_data)
                            : NULL;
  it->deployment_info = json_object_size (info_data) > 0 || json_is_string (info_data)
                            ? ui_json_lines (reading->arena, info_data)
                            : NULL;
  it->agent_url = ui_member (reading->arena, info_data, "url");
  const char *certificate = cr_json_peek_string (authority, "caCert");
  it->ca_certificate = ui_lines (reading->arena, certificate, 0, NULL);
  for (size_t i = 0; i < json_array_size (secrets); i++)
    ui_add_text (reading->arena, it->secrets, cr_json_peek_string (json_array_get (secrets, i), "secretId"));
}

static void
judge (UiReading *reading, UiContract *it, CcfClient *client)
{
  gboolean member = ccf_client_member_id (client) != NULL;
  const UiBallot *own = ui_ballots_mine (it->ballots);
  if (!member)
    it->why_not = ui_text (reading->arena, _ ("Only members decide about contracts."));
  else if (strcmp (it->state, "Accepted") == 0)
    it->why_not = ui_text (reading->arena, _ ("It is agreed; an agreed contract cannot be changed."));
  else if (strcmp (it->state, "Proposed") == 0 && own != NULL && own->kind != UI_BALLOT_MISSING)
    it->why_not = ui_text (reading->arena, _ ("You have voted; a ballot cannot be changed."));
  it->i_can_propose = member && strcmp (it->state, "Draft") == 0;
  it->i_can_vote = member && strcmp (it->state, "Proposed") == 0 && it->why_not == NULL;
}

gboolean
ui_read_contract (UiReading *reading, GError **error)
{
  UiContract *it = reading->value;
  UiArena *arena = reading->arena;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autoptr (json_t) contract = client != NULL
                                    ? cgs_contract_show (reading->job, client, reading->object, error)
                                    : NULL;
  if (contract == NULL)
    return FALSE;
  ui_reading_saw (reading, contract);
  it->id = ui_text (arena, reading->object);
  it->state = ui_text_or_empty (arena, cr_json_peek_string (contract, "state"));
  it->version = ui_text_or_empty (arena, cr_json_peek_string (contract, "version"));
  it->proposal_id = ui_text_or_null (arena, cr_json_peek_string (contract, "proposalId"));
  const json_t *data = json_object_get (contract, "data");
  it->data = ui_json_lines (arena, data);
  if (it->data == NULL)
    it->data = ui_text (arena, "");
  g_autofree char *digest = ui_content_digest (data);
  it->digest = ui_text (arena, digest);
  add_votes (reading, it, client, contract);
  if (strcmp (it->state, "Accepted") == 0) {
    add_switch (reading, it, client, "execution");
    add_switch (reading, it, client, "logging");
    add_switch (reading, it, client, "telemetry");
  }
  add_policy (reading, it, client);
  add_deployment (reading, it, client);
  judge (reading, it, client);
  return cr_job_check (reading->job, error);
}

char *
ui_content_digest (const json_t *data)
{
  g_autofree char *text = json_is_string (data) ? g_strdup (json_string_value (data))
                          : data != NULL        ? cr_json_dump (data)
                                                : g_strdup ("");
  return cr_sha256_hex (text, strlen (text));
}
