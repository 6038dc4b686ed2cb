/* SPDX-License-Identifier: MIT
 * Who is who at the ledger, and who voted what: members by the constitution, approvers of documents.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "cgs/cgs.h"

#include <glib/gi18n.h>
#include <string.h>

void
ui_names_read (UiNames *names, UiReading *reading, CcfClient *client, GError **users_problem)
{
  names->members = ccf_members_list (reading->job, client, NULL);
  names->users = cgs_user_identity_list (reading->job, client, users_problem);
  names->me = ui_context_me (reading->context, client);
  ui_reading_saw (reading, names->members);
  ui_reading_saw (reading, names->users);
}

void
ui_names_clear (UiNames *names)
{
  json_decref (names->members);
  json_decref (names->users);
  g_free (names->me);
}

const char *
ui_names_of (const UiNames *names, const char *id)
{
  size_t index;
  json_t *one;
  if (id == NULL)
    return "";
  json_array_foreach (names->members, index, one)
    if (g_strcmp0 (cr_json_peek_string (one, "memberId"), id) == 0)
      return cgs_member_name (one);
  json_array_foreach (names->users, index, one)
    if (g_strcmp0 (cr_json_peek_string (one, "id"), id) == 0) {
      const char *name = cr_json_peek_string (json_object_get (one, "data"), "identifier");
      return name != NULL && *name != '\0' ? name : id;
    }
  return id;
}

gboolean
ui_names_is_me (const UiNames *names, const char *id)
{
  return names->me != NULL && g_strcmp0 (names->me, id) == 0;
}

const char *
ui_ballot_word (UiBallotKind kind)
{
  static const char *const words[] = { N_ ("missing"), N_ ("accepted"), N_ ("rejected"),
                                       N_ ("own ballot program") };
  return _ (words[kind]);
}

static UiBallotKind
kind_of (const char *vote)
{
  if (vote == NULL)
    return UI_BALLOT_MISSING;
  if (strcmp (vote, "accepted") == 0)
    return UI_BALLOT_ACCEPTED;
  return strcmp (vote, "rejected") == 0 ? UI_BALLOT_REJECTED : UI_BALLOT_OTHER;
}

UiBallot *
ui_ballot_add (UiArena *arena, GPtrArray *list, const UiNames *names, const char *id, const char *vote,
               gboolean counts)
{
  UiBallot *ballot = UI_TAKE (arena, UiBallot);
  ballot->voter = ui_text_or_empty (arena, id);
  ballot->name = ui_text (arena, ui_names_of (names, id));
  ballot->kind = kind_of (vote);
  ballot->counts = counts;
  ballot->me = ui_names_is_me (names, id);
  g_ptr_array_add (list, ballot);
  return ballot;
}

char *
ui_ballots_missing (UiArena *arena, GPtrArray *ballots)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (ballots, i);
    if (ballot->kind == UI_BALLOT_MISSING && ballot->counts)
      g_ptr_array_add (names, ballot->name);
  }
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  g_autofree char *joined = g_strjoinv (", ", (char **) names->pdata);
  return ui_textf (arena, g_dngettext (NULL, "%s has to decide", "%s have to decide", names->len - 1),
                   joined);
}

guint
ui_ballots_count (GPtrArray *ballots, UiBallotKind kind)
{
  guint count = 0;
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (ballots, i);
    count += ballot->kind == kind && (ballot->counts || kind == UI_BALLOT_REJECTED);
  }
  return count;
}

const UiBallot *
ui_ballots_mine (GPtrArray *ballots)
{
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (ballots, i);
    if (ballot->me)
      return ballot;
  }
  return NULL;
}

/* ---- documents ---- */

static const char *
vote_in (const json_t *ballots, const char *key, const char *id)
{
  for (size_t i = 0; i < json_array_size (ballots); i++) {
    const json_t *ballot = json_array_get (ballots, i);
    if (g_strcmp0 (cr_json_peek_string (ballot, key), id) == 0)
      return cr_json_peek_string (ballot, "ballot");
  }
  return NULL;
}

gboolean
ui_document_ballots (UiReading *reading, CcfClient *client, const UiNames *names, const json_t *document,
                     GPtrArray *list, GError **error)
{
  const char *state = cr_json_peek_string (document, "state"),
             *proposal = cr_json_peek_string (document, "proposalId");
  json_t *ballots = json_object_get (document, "finalVotes");
  g_autoptr (json_t) status = NULL;
  if (!json_is_array (ballots) && g_strcmp0 (state, "Proposed") == 0 && proposal != NULL
      && *proposal != '\0') {
    status = cgs_user_proposal_status (reading->job, client, proposal, error);
    if (status == NULL)
      return FALSE;
    ui_reading_saw (reading, status);
    ballots = json_object_get (status, "ballots");
  }
  const json_t *approvers = json_object_get (document, "approvers");
  for (size_t i = 0; i < json_array_size (approvers); i++) {
    const char *id = cr_json_peek_string (json_array_get (approvers, i), "approverId");
    if (id != NULL)
      ui_ballot_add (reading->arena, list, names, id, vote_in (ballots, "approverId", id), TRUE);
  }
  /* Ballots of people who are no longer named as approvers are shown all the same. */
  for (size_t i = 0; i < json_array_size (ballots); i++) {
    const json_t *ballot = json_array_get (ballots, i);
    const char *id = cr_json_peek_string (ballot, "approverId");
    gboolean known = id == NULL;
    for (guint k = 0; k < list->len && !known; k++)
      known = g_strcmp0 (((const UiBallot *) g_ptr_array_index (list, k))->voter, id) == 0;
    if (!known)
      ui_ballot_add (reading->arena, list, names, id, cr_json_peek_string (ballot, "ballot"), FALSE);
  }
  return TRUE;
}

/* ---- governance proposals ---- */

/* Final votes are {id: accepted?}. */
static void
add_final_votes (UiReading *reading, const UiNames *names, json_t *votes, GPtrArray *list)
{
  const char *id;
  json_t *vote;
  json_object_foreach (votes, id, vote)
    ui_ballot_add (reading->arena, list, names, id, json_is_true (vote) ? "accepted" : "rejected", TRUE);
}

gboolean
ui_proposal_ballots (UiReading *reading, CcfClient *client, const UiNames *names, const json_t *proposal,
                     GPtrArray *list, GError **error)
{
  const char *id = cr_json_peek_string (proposal, "proposalId");
  json_t *final = json_object_get (proposal, "finalVotes");
  if (g_strcmp0 (cr_json_peek_string (proposal, "proposalState"), "Open") != 0) {
    if (json_object_size (final) > 0) {
      add_final_votes (reading, names, final, list);
      return TRUE;
    }
    g_autoptr (json_t) ballots = id != NULL ? ccf_proposal_ballots (reading->job, client, id, NULL) : NULL;
    for (size_t i = 0; i < json_array_size (ballots); i++) {
      const json_t *ballot = json_array_get (ballots, i);
      ui_ballot_add (reading->arena, list, names, cr_json_peek_string (ballot, "memberId"),
                     cr_json_peek_string (ballot, "ballot"), TRUE);
    }
    return TRUE;
  }
  g_autoptr (json_t) waiting = cgs_waiting_proposal (reading->job, client, proposal, error);
  if (waiting == NULL)
    return FALSE;
  ui_reading_saw (reading, waiting);
  const json_t *required = json_object_get (waiting, "required"), *voted = json_object_get (waiting, "voted");
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < json_array_size (required); i++) {
    const char *member = cr_json_peek_string (json_array_get (required, i), "id");
    const char *vote = NULL;
    for (size_t k = 0; k < json_array_size (voted); k++)
      if (g_strcmp0 (cr_json_peek_string (json_array_get (voted, k), "id"), member) == 0)
        vote = cr_json_peek_string (json_array_get (voted, k), "vote");
    if (member == NULL)
      continue;
    UiBallot *ballot = ui_ballot_add (reading->arena, list, names, member, vote, TRUE);
    g_hash_table_add (seen, ballot->voter);
  }
  for (size_t i = 0; i < json_array_size (voted); i++) {
    const char *member = cr_json_peek_string (json_array_get (voted, i), "id");
    if (member != NULL && !g_hash_table_contains (seen, member))
      ui_ballot_add (reading->arena, list, names, member,
                     cr_json_peek_string (json_array_get (voted, i), "vote"), FALSE);
  }
  /* A contract also waits for members that have not become active yet. */
  const json_t *expected = json_object_get (waiting, "notActive");
  for (size_t i = 0; i < json_array_size (expected); i++) {
    const char *member = cr_json_peek_string (json_array_get (expected, i), "id");
    if (member != NULL && !g_hash_table_contains (seen, member))
      ui_ballot_add (reading->arena, list, names, member, NULL, TRUE);
  }
  return TRUE;
}
