/* SPDX-License-Identifier: MIT
 * The consortium: who takes part, invitations, proposals and votes.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

#include <string.h>

static const UiProposal *
find_proposal (Line *line, const char *id)
{
  GPtrArray *proposals = ui_session_consortium (line->session)->proposals;
  for (guint i = 0; i < proposals->len; i++)
    if (g_strcmp0 (((const UiProposal *) g_ptr_array_index (proposals, i))->id, id) == 0)
      return g_ptr_array_index (proposals, i);
  return NULL;
}

/* ---- one proposal ---- */

static void
vote_yes (Line *line, const char *id)
{
  line_job (line, ui_vote (line->session, id, TRUE, NULL, line_done, line), NULL, NULL);
}

/* "ID/REASON". */
static void
vote_no (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  line_job (line,
            ui_vote (line->session, parts[0], FALSE, *parts[1] != '\0' ? parts[1] : NULL, line_done, line),
            NULL, NULL);
}

static char *
ballot_words (Line *line, const char *id, const char *vote)
{
  const UiProposal *proposal = find_proposal (line, id);
  return g_strdup_printf (
      _ ("%s\nProposal: %s\nSHA-256: %s\nYour vote: %s\nYour ballot is signed with your key and written to the "
         "ledger. It cannot be changed."),
      proposal != NULL ? proposal->title : "", id, proposal != NULL ? proposal->digest : "", vote);
}

static void
accept (Line *line, const char *id)
{
  g_autofree char *text = ballot_words (line, id, _ ("yes, accept it"));
  line_confirm (line, C_ ("typed to confirm; easy to type", "accept"), text, vote_yes, id);
}

static void
reason_given (Line *line, const char *reason, gpointer id)
{
  if (reason == NULL)
    return;
  g_autofree char *text = ballot_words (line, id, _ ("no, reject it"));
  g_autofree char *object = g_strdup_printf ("%s/%s", (const char *) id, reason);
  line_confirm (line, C_ ("typed to confirm; easy to type", "reject"), text, vote_no, object);
}

static void
reject (Line *line, const char *id)
{
  line_ask (line,
            &(LineQuestion){ .text = _ ("Why do you reject it? The reason is kept in your own files only."),
                             .optional = TRUE,
                             .answered = reason_given,
                             .data = g_strdup (id),
                             .free_data = g_free });
}

static void
withdraw_now (Line *line, const char *id)
{
  line_job (line, ui_withdraw (line->session, id, line_done, line), NULL, NULL);
}

static void
withdraw (Line *line, const char *id)
{
  line_confirm (line, C_ ("typed to confirm; easy to type", "withdraw"),
                _ ("The ballots that were cast are lost. The same thing can be proposed again."),
                withdraw_now, id);
}

static void
tell_proposal (Line *line, const char *id)
{
  const UiProposal *proposal = find_proposal (line, id);
  if (proposal == NULL) {
    line_say (line, "%s", _ ("The ledger no longer lists it."));
    return;
  }
  line_pair (line, _ ("What"), proposal->title);
  line_pair (line, _ ("Proposal"), proposal->id);
  line_pair (line, _ ("State"), proposal->state);
  line_pair (line, _ ("Proposed by"), proposal->proposer_name);
  line_pairs (line, proposal->actions);
  if (proposal->truncated)
    line_say (line, "%s", _ ("It is longer than what is shown here."));
  line_tell_ballots (line, proposal->ballots, proposal->missing);
  if (proposal->needed > 0)
    line_say (line, _ ("Accepting votes: %u of %u needed; rejecting: %u."), proposal->accepted,
              proposal->needed, proposal->rejected);
  if (proposal->i_can_vote) {
    line_choice (line, _ ("Accept"), accept, id);
    line_choice (line, _ ("Reject"), reject, id);
  } else
    line_pair (line, _ ("You cannot vote"), proposal->why_not_vote);
  if (proposal->open && proposal->mine)
    line_choice (line, _ ("Withdraw"), withdraw, id);
}

const LinePage line_page_proposal = {
  N_ ("Proposal."),
  N_ ("What is proposed, who has voted, what is missing. A ballot cannot be changed."),
  UI_MODEL_CONSORTIUM,
  tell_proposal,
  FALSE,
};

static void
open_proposal (Line *line, const char *id)
{
  line_open (line, &line_page_proposal, id);
}

static char *
proposal_row (Line *line, guint index, char **object)
{
  const UiProposal *proposal = g_ptr_array_index (ui_session_consortium (line->session)->proposals, index);
  *object = g_strdup (proposal->id);
  return g_strdup_printf ("%s: %s.%s", proposal->title, proposal->state,
                          proposal->i_can_vote ? _ (" Your vote is missing.") : "");
}

static void
tell_proposals (Line *line, const char *object)
{
  const UiConsortium *consortium = ui_session_consortium (line->session);
  (void) object;
  if (!line_ready (line, &consortium->base))
    return;
  if (consortium->proposals->len == 0)
    line_say (line, "%s", _ ("Nothing was proposed yet."));
  line_rows (line, consortium->proposals->len, proposal_row, open_proposal);
}

static const LinePage page_proposals = {
  N_ ("Proposals."),
  N_ ("Open ones first. Choose one to read it and to vote."),
  UI_MODEL_CONSORTIUM,
  tell_proposals,
  FALSE,
};

static void
open_proposals (Line *line, const char *object)
{
  (void) object;
  line_open (line, &page_proposals, NULL);
}

/* ---- people ---- */

static void
account_given (Line *line, const char *account, gpointer data)
{
  (void) data;
  if (account != NULL)
    line_job (line, ui_invite_user (line->session, account, line_done, line), NULL, NULL);
}

static void
invite (Line *line, const char *object)
{
  (void) object;
  line_ask (line, &(LineQuestion){ .text = _ ("Invite whom? The address of the account."),
                                   .answered = account_given });
}

static void
join_now (Line *line, const char *id)
{
  line_job (line, ui_accept_invitation (line->session, id, line_done, line), NULL, NULL);
}

static void
admit (Line *line, const char *id)
{
  line_job (line, ui_admit_user (line->session, id, line_done, line), NULL, NULL);
}

static void
remove_invitation_now (Line *line, const char *id)
{
  line_job (line, ui_remove_invitation (line->session, id, line_done, line), NULL, NULL);
}

static void
remove_invitation (Line *line, const char *id)
{
  line_confirm (line, C_ ("typed to confirm; easy to type", "remove"),
                _ ("The invitation is removed; the account can be invited again."), remove_invitation_now,
                id);
}

static void
remove_user_now (Line *line, const char *id)
{
  line_job (line, ui_remove_user (line->session, id, line_done, line), NULL, NULL);
}

static void
remove_user (Line *line, const char *id)
{
  line_confirm (line, C_ ("typed to confirm; easy to type", "remove"),
                _ ("The user can no longer use the ledger. What was published and voted stays."),
                remove_user_now, id);
}

static void
offer_people (Line *line, const UiConsortium *consortium, gboolean member)
{
  for (guint i = 0; i < consortium->invitations->len; i++) {
    const UiInvitation *invitation = g_ptr_array_index (consortium->invitations, i);
    gboolean open = g_strcmp0 (invitation->status, "Open") == 0;
    g_autofree char *join = g_strdup_printf (_ ("Accept the invitation of %s"), invitation->account);
    g_autofree char *admitting = g_strdup_printf (_ ("Admit %s"), invitation->account);
    g_autofree char *removing = g_strdup_printf (_ ("Remove the invitation of %s"), invitation->account);
    if (invitation->mine && open)
      line_choice (line, join, join_now, invitation->id);
    if (member && g_strcmp0 (invitation->status, "Accepted") == 0)
      line_choice (line, admitting, admit, invitation->id);
    if (member)
      line_choice (line, removing, remove_invitation, invitation->id);
  }
  for (guint i = 0; member && i < consortium->users->len; i++) {
    const UiUser *user = g_ptr_array_index (consortium->users, i);
    g_autofree char *label = g_strdup_printf (_ ("Remove the user %s"), user->name);
    line_choice (line, label, remove_user, user->id);
  }
  if (member)
    line_choice (line, _ ("Invite a user"), invite, NULL);
}

static void
tell_member (Line *line, const char *id)
{
  GPtrArray *members = ui_session_consortium (line->session)->members;
  for (guint i = 0; i < members->len; i++) {
    const UiMember *member = g_ptr_array_index (members, i);
    if (g_strcmp0 (member->id, id) != 0)
      continue;
    line_say (line, _ ("Member %s%s: %s; %s."), member->name, member->me ? _ (" (you)") : "", member->status,
              member->roles);
    line_pair (line, _ ("Member id"), member->id);
    line_pair (line, _ ("Certificate"), member->certificate);
    line_pair (line, _ ("Member data"), member->data);
  }
}

static const LinePage page_member = {
  N_ ("Member."), N_ ("What the ledger knows about one member."), UI_MODEL_CONSORTIUM, tell_member, FALSE,
};

static void
open_member (Line *line, const char *id)
{
  line_open (line, &page_member, id);
}

static char *
member_row (Line *line, guint index, char **object)
{
  const UiMember *member = g_ptr_array_index (ui_session_consortium (line->session)->members, index);
  *object = g_strdup (member->id);
  return g_strdup_printf ("%s: %s", member->name, member->id);
}

static void
tell_members (Line *line, const char *object)
{
  const UiConsortium *consortium = ui_session_consortium (line->session);
  (void) object;
  if (line_ready (line, &consortium->base))
    line_rows (line, consortium->members->len, member_row, open_member);
}

static const LinePage page_members = {
  N_ ("Members."), N_ ("Choose one to read all about it."), UI_MODEL_CONSORTIUM, tell_members, FALSE,
};

static void
open_members (Line *line, const char *object)
{
  (void) object;
  line_open (line, &page_members, NULL);
}

static void
tell_certificate (Line *line, const char *object)
{
  (void) object;
  line_text (line, 0, ui_session_consortium (line->session)->certificate);
  line_choices_put (line);
  line->told = TRUE;
}

static void
tell_people (Line *line, const UiConsortium *consortium)
{
  for (guint i = 0; i < consortium->members->len; i++) {
    const UiMember *member = g_ptr_array_index (consortium->members, i);
    line_say (line, _ ("Member %s%s: %s; %s."), member->name, member->me ? _ (" (you)") : "", member->status,
              member->roles);
  }
  for (guint i = 0; i < consortium->users->len; i++) {
    const UiUser *user = g_ptr_array_index (consortium->users, i);
    line_say (line, _ ("User %s%s."), user->name, user->me ? _ (" (you)") : "");
  }
  for (guint i = 0; i < consortium->invitations->len; i++) {
    const UiInvitation *invitation = g_ptr_array_index (consortium->invitations, i);
    line_say (line, _ ("Invitation of %s: %s."), invitation->account, invitation->status);
  }
  line_text (line, 0, consortium->users_note);
}

static void
tell_consortium (Line *line, const char *object)
{
  const UiConsortium *consortium = ui_session_consortium (line->session);
  (void) object;
  if (!line_ready (line, &consortium->base))
    return;
  line_pair (line, _ ("Ledger"), consortium->endpoint);
  line_pair (line, _ ("State"), consortium->service_status);
  line_pair (line, _ ("Fingerprint"), consortium->fingerprint);
  line_pair (line, _ ("Recovery"), consortium->recovery);
  if (consortium->simulated)
    line_say (line, "%s", _ ("Attestation is simulated."));
  tell_people (line, consortium);
  line_pair (line, _ ("Constitution"), consortium->constitution_digest);
  line_pair (line, _ ("Application"), consortium->bundle_digest);
  line_pairs (line, consortium->issuers);
  line_pairs (line, consortium->options);
  gboolean member = ui_session_journey (line->session)->member;
  g_autofree char *label = g_strdup_printf (_ ("Proposals: %u, %u without your vote"),
                                            consortium->proposals->len, consortium->to_vote);
  line_choice (line, label, open_proposals, NULL);
  line_choice (line, _ ("Members in detail"), open_members, NULL);
  line_choice (line, _ ("Certificate of the ledger"), tell_certificate, NULL);
  offer_people (line, consortium, member);
  if (member)
    line_choice (line, _ ("Propose something"), line_propose, NULL);
  line_choice (line, _ ("Read it again"), line_again, NULL);
}

const LinePage line_page_consortium = {
  N_ ("Consortium."),
  N_ ("Who takes part, who is invited, what is proposed and decided."),
  UI_MODEL_CONSORTIUM,
  tell_consortium,
  FALSE,
};
