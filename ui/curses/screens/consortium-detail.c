/* SPDX-License-Identifier: MIT
 * The right half of the Consortium screen: one member, user, invitation, proposal or the ledger itself.
 */
#include "ui/curses/screens/consortium-private.h"

#include "base/translate.h"

#include <string.h>

#define LABEL 14

static void
describe_ledger (const UiConsortium *all, UiRich *rich)
{
  g_autofree char *digest = ui_show_digest (all->fingerprint);
  g_autofree char *read = ui_show_time (all->base.read_ms);

  ui_rich_heading (rich, _ ("The ledger"));
  ui_rich_pair (rich, LABEL, _ ("Address"), UI_STYLE_LINK, all->endpoint);
  ui_rich_pair (rich, LABEL, _ ("Service"), UI_STYLE_TEXT, all->service_status);
  ui_rich_pair (rich, LABEL, _ ("Certificate"), UI_STYLE_TEXT, digest);
  ui_rich_pair (rich, LABEL, _ ("Recovery"), UI_STYLE_TEXT, all->recovery);
  ui_rich_pair (rich, LABEL, _ ("As of"), UI_STYLE_DIM, read);
  if (all->simulated)
    ui_rich_line (
        rich, UI_STYLE_WARNING,
        _ ("Attestation is simulated here: signatures, votes and keys are real, the hardware is not. "
           "Compare the certificate with the other parties before you trust it."));
  if (all->constitution_digest != NULL || all->bundle_digest != NULL) {
    g_autofree char *constitution = ui_show_digest (all->constitution_digest);
    g_autofree char *bundle = ui_show_digest (all->bundle_digest);

    ui_rich_heading (rich, _ ("What it runs (SHA-256)"));
    ui_rich_pair (rich, LABEL, _ ("Constitution"), UI_STYLE_TEXT, constitution);
    ui_rich_pair (rich, LABEL, _ ("Application"), UI_STYLE_TEXT, bundle);
  }
  if (all->options->len > 0) {
    ui_rich_heading (rich, _ ("Switches of the service"));
    ui_show_pairs (rich, all->options, 37);
  }
  if (all->issuers->len > 0) {
    ui_rich_heading (rich, _ ("Accounts it trusts"));
    for (guint i = 0; i < all->issuers->len; i++) {
      const UiPair *issuer = all->issuers->pdata[i];

      ui_rich_line (rich, UI_STYLE_LINK, issuer->name);
      ui_rich_format (rich, UI_STYLE_DIM, "  %s", issuer->text);
      ui_rich_hang (rich, 2);
      ui_rich_end (rich);
    }
  }
  if (all->certificate != NULL) {
    ui_rich_heading (rich, _ ("Certificate of the service"));
    ui_show_json (rich, all->certificate);
  }
}

static void
describe_member (const UiMember *member, UiRich *rich)
{
  ui_rich_heading (rich, member->name);
  ui_rich_pair (rich, LABEL, _ ("State"),
                strcmp (member->status, "Active") == 0 ? UI_STYLE_OK : UI_STYLE_WAITING,
                strcmp (member->status, "Active") == 0
                    ? _ ("active")
                    : _ ("added, but has not confirmed the state of the ledger yet (activate)"));
  ui_rich_pair (rich, LABEL, _ ("Roles"), UI_STYLE_TEXT, member->roles);
  ui_rich_pair (rich, LABEL, _ ("Vote"), UI_STYLE_TEXT,
                member->voter ? _ ("counts") : _ ("a yes is not counted; a no can still stop a proposal"));
  ui_rich_pair (rich, LABEL, _ ("Member id"), UI_STYLE_TEXT, member->id);
  if (member->me)
    ui_rich_line (rich, UI_STYLE_STRONG, _ ("This is you."));
  if (member->data != NULL) {
    ui_rich_heading (rich, _ ("What the ledger knows"));
    ui_show_json (rich, member->data);
  }
  if (member->certificate != NULL) {
    ui_rich_heading (rich, _ ("Certificate"));
    ui_show_json (rich, member->certificate);
  }
}

static void
describe_user (const UiUser *user, UiRich *rich)
{
  ui_rich_heading (rich, user->name);
  ui_rich_pair (rich, LABEL, _ ("State"), UI_STYLE_OK, _ ("admitted: may read, publish, vote and run"));
  ui_rich_pair (rich, LABEL, _ ("Object id"), UI_STYLE_TEXT, user->id);
  ui_rich_pair (rich, LABEL, _ ("Tenant"), UI_STYLE_TEXT, user->tenant);
  ui_rich_pair (rich, LABEL, _ ("Account"), UI_STYLE_TEXT, user->account_type);
  if (user->me)
    ui_rich_line (rich, UI_STYLE_STRONG, _ ("This is you."));
}

static void
describe_invitation (const UiInvitation *invitation, UiRich *rich)
{
  const char *next = NULL;

  ui_rich_heading (rich, invitation->account);
  ui_rich_pair (rich, LABEL, _ ("State"), ui_state_style (ui_show_state_of (invitation->status)),
                ui_show_state_word (invitation->status));
  ui_rich_pair (rich, LABEL, _ ("Invitation"), UI_STYLE_TEXT, invitation->id);
  ui_rich_pair (rich, LABEL, _ ("Account"), UI_STYLE_TEXT, invitation->account_type);
  ui_rich_pair (rich, LABEL, _ ("Accepted by"), UI_STYLE_TEXT, invitation->accepted_by);
  if (strcmp (invitation->status, "Open") == 0)
    next = invitation->mine ? _ ("Accept it with the invited account to take part.")
                            : _ ("Waits for the invited person to sign in and accept it.");
  else if (strcmp (invitation->status, "Accepted") == 0)
    next = _ ("Waits for a member to admit the account (a proposal that the members vote on).");
  if (next != NULL) {
    ui_rich_heading (rich, _ ("Next"));
    ui_rich_line (rich, UI_STYLE_WAITING, next);
  }
}

static void
describe_proposal (const UiProposal *proposal, UiRich *rich, gboolean ascii)
{
  g_autoptr (GString) state = g_string_new (NULL);
  UiStyle style = ui_show_state_cell (state, proposal->state, ascii);

  ui_rich_heading (rich, proposal->title);
  ui_rich_pair (rich, LABEL, _ ("State"), style, state->str);
  ui_rich_pair (rich, LABEL, _ ("Proposed by"), UI_STYLE_TEXT, proposal->proposer_name);
  ui_rich_pair (rich, LABEL, _ ("Proposal"), UI_STYLE_TEXT, proposal->id);
  ui_rich_heading (rich, _ ("Ballots"));
  if (proposal->open)
    ui_rich_format (rich, UI_STYLE_TEXT, _ ("%u of %u votes that it takes, %u against"), proposal->accepted,
                    proposal->needed, proposal->rejected);
  else
    ui_rich_format (rich, UI_STYLE_TEXT, _ ("%u for it, %u against"), proposal->accepted, proposal->rejected);
  ui_rich_end (rich);
  ui_show_ballots (rich, proposal->ballots, proposal->open ? proposal->missing : NULL, ascii);
  ui_rich_heading (rich, _ ("What it would do"));
  for (guint i = 0; i < proposal->actions->len; i++) {
    const UiPair *action = proposal->actions->pdata[i];

    ui_rich_line (rich, UI_STYLE_STRONG, action->name);
    ui_show_json (rich, action->text);
  }
  if (proposal->truncated)
    ui_rich_line (
        rich, UI_STYLE_WARNING,
        _ ("Its text is longer than what is shown here; the command \"cleanroom governance proposal "
           "show-actions\" prints all of it."));
}

void
ui_consortium_describe (UiScreen *screen, UiRich *rich, int columns G_GNUC_UNUSED)
{
  const UiConsortium *all = ui_session_consortium (ui_app_session (screen->app));
  const UiConsortiumRow *row = ui_consortium_row (screen);
  gboolean ascii = UI_STATE (screen, UiConsortiumState)->pane.ascii;

  if (ui_show_not_ready (rich, &all->base))
    return;
  ui_show_stale (rich, &all->base);
  if (row == NULL || row->kind == UI_CONSORTIUM_HEADING || row->kind == UI_CONSORTIUM_NOTE) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a line to see more about it."));
    return;
  }
  if (row->kind == UI_CONSORTIUM_LEDGER)
    describe_ledger (all, rich);
  else if (ui_consortium_proposal (screen) != NULL)
    describe_proposal (ui_consortium_proposal (screen), rich, ascii);
  else if (ui_consortium_invitation (screen) != NULL)
    describe_invitation (ui_consortium_invitation (screen), rich);
  else if (ui_consortium_user (screen) != NULL)
    describe_user (ui_consortium_user (screen), rich);
  else if (ui_consortium_member (screen) != NULL)
    describe_member (ui_consortium_member (screen), rich);
}
