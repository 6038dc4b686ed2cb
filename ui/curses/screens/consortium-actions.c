/* SPDX-License-Identifier: MIT
 * What can be done on the Consortium screen: vote, withdraw, invite, admit, remove, propose.
 */
#include "ui/curses/screens/consortium-private.h"

#include "base/translate.h"

#include <string.h>

static UiSession *
session_of (UiScreen *screen)
{
  return ui_app_session (screen->app);
}

/* Why this persona cannot act as a member, or NULL. */
static const char *
why_no_member (UiScreen *screen)
{
  const UiConsortium *all = ui_session_consortium (session_of (screen));

  if (all->base.read_ms == 0)
    return _ ("The consortium has not been read yet.");
  for (guint i = 0; i < all->members->len; i++)
    if (((const UiMember *) all->members->pdata[i])->me)
      return NULL;
  return _ ("Only members can do this; you take part as a user.");
}

/* ---- votes ---- */

static const char *
why_not_vote (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);

  if (proposal == NULL)
    return "";
  if (proposal->i_can_vote)
    return NULL;
  if (!proposal->open)
    return _ ("It is decided already.");
  return proposal->why_not_vote != NULL ? proposal->why_not_vote
                                        : _ ("You have voted; a ballot cannot be changed.");
}

/* The proposal that is asked about, as it is known now; NULL when it is gone. */
static const UiProposal *
asked_about (UiApp *app, const UiAsked *asked)
{
  const UiConsortium *all = ui_session_consortium (ui_app_session (app));

  for (guint i = 0; i < all->proposals->len; i++)
    if (strcmp (((const UiProposal *) all->proposals->pdata[i])->id, asked->object) == 0)
      return all->proposals->pdata[i];
  return NULL;
}

/* What is voted on, in full: the text is longer than the dialog and can be scrolled. */
static void
say_actions (UiRich *rich, const UiProposal *proposal)
{
  ui_rich_heading (rich, _ ("What it does"));
  for (guint i = 0; i < proposal->actions->len; i++) {
    const UiPair *action = proposal->actions->pdata[i];

    ui_rich_line (rich, UI_STYLE_STRONG, action->name);
    ui_show_json (rich, action->text);
  }
}

static void
vote_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_vote (ui_app_session (app), asked->object, asked->flag, asked->text, ui_show_result, app);
}

static void
confirm_vote (UiApp *app, UiAsked *asked /* takes */)
{
  g_autoptr (UiRich) rich = ui_rich_new ();
  const UiProposal *proposal = asked_about (app, asked);
  g_autofree char *digest = proposal != NULL ? ui_show_digest (proposal->digest) : NULL;

  ui_rich_line (rich, UI_STYLE_STRONG, asked->name);
  ui_rich_end (rich);
  ui_rich_pair (rich, 12, _ ("Proposal"), UI_STYLE_TEXT, asked->object);
  ui_rich_pair (rich, 12, _ ("SHA-256"), UI_STYLE_TEXT, digest);
  ui_rich_pair (rich, 12, _ ("Your vote"), asked->flag ? UI_STYLE_OK : UI_STYLE_FAILED,
                asked->flag ? _ ("yes, accept it") : _ ("no, reject it"));
  ui_rich_pair (rich, 12, _ ("Reason"), UI_STYLE_TEXT, asked->text);
  ui_rich_end (rich);
  ui_rich_line (rich, UI_STYLE_WARNING,
                _ ("Your ballot is signed with your key and written to the ledger. It cannot be changed."));
  if (proposal != NULL)
    say_actions (rich, proposal);
  ui_app_confirm_typed (app, asked->flag ? _ ("Accept this proposal") : _ ("Reject this proposal"), rich,
                        asked->flag ? C_ ("typed to confirm; easy to type", "accept")
                                    : C_ ("typed to confirm; easy to type", "reject"),
                        asked->flag ? _ ("Accept") : _ ("Reject"), vote_confirmed, asked, ui_asked_free);
}

static void
run_accept (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);

  confirm_vote (screen->app, ui_asked_new (proposal->id, NULL, proposal->title, TRUE));
}

static void
reason_given (UiApp *app, const char *answer, gpointer data)
{
  const UiAsked *asked = data;
  UiAsked *next = ui_asked_new (asked->object, NULL, asked->name, FALSE);

  next->text = g_strdup (answer);
  confirm_vote (app, next);
}

static void
run_reject (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);

  ui_app_ask (screen->app, _ ("Reject this proposal"), _ ("Why (kept in your own folder)"), NULL, TRUE,
              reason_given, ui_asked_new (proposal->id, NULL, proposal->title, FALSE), ui_asked_free);
  ui_app_keep_typed (screen->app, "consortium.reject");
}

static const char *
why_not_withdraw (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);

  if (proposal == NULL || !proposal->open)
    return "";
  return proposal->mine ? NULL : _ ("Only who proposed it can withdraw it.");
}

static void
withdraw_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  ui_withdraw (ui_app_session (app), ((const UiAsked *) data)->object, ui_show_result, app);
}

static void
run_withdraw (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_rich_line (rich, UI_STYLE_STRONG, proposal->title);
  ui_rich_pair (rich, 12, _ ("Proposal"), UI_STYLE_TEXT, proposal->id);
  ui_rich_end (rich);
  ui_rich_line (rich, UI_STYLE_TEXT,
                _ ("The ballots that were cast are lost. The same thing can be proposed again."));
  ui_app_confirm (screen->app, _ ("Withdraw this proposal"), rich, _ ("Withdraw"), withdraw_confirmed,
                  ui_asked_new (proposal->id, NULL, NULL, FALSE), ui_asked_free);
}

/* ---- invitations ---- */

static const char *
why_not_join (UiScreen *screen)
{
  const UiInvitation *invitation = ui_consortium_invitation (screen);

  if (invitation == NULL || !invitation->mine)
    return "";
  return strcmp (invitation->status, "Open") == 0 ? NULL : _ ("It is accepted already.");
}

static void
run_join (UiScreen *screen)
{
  ui_accept_invitation (session_of (screen), ui_consortium_invitation (screen)->id, ui_show_result,
                        screen->app);
}

static void
invite_named (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  ui_invite_user (ui_app_session (app), answer, ui_show_result, app);
}

static void
run_invite (UiScreen *screen)
{
  ui_app_ask (screen->app, _ ("Invite a user"), _ ("Sign-in address"), NULL, TRUE, invite_named, NULL, NULL);
  ui_app_keep_typed (screen->app, "consortium.invite");
}

static const char *
why_not_admit (UiScreen *screen)
{
  const UiInvitation *invitation = ui_consortium_invitation (screen);

  if (invitation == NULL)
    return "";
  if (strcmp (invitation->status, "Open") == 0)
    return _ ("The invited person has to accept first.");
  if (strcmp (invitation->status, "Accepted") != 0)
    return _ ("This account is admitted already.");
  return why_no_member (screen);
}

static void
run_admit (UiScreen *screen)
{
  ui_admit_user (session_of (screen), ui_consortium_invitation (screen)->id, ui_show_result, screen->app);
}

static const char *
why_not_remove (UiScreen *screen)
{
  if (ui_consortium_user (screen) == NULL && ui_consortium_invitation (screen) == NULL)
    return "";
  return why_no_member (screen);
}

static void
remove_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  if (asked->flag)
    ui_remove_user (ui_app_session (app), asked->object, ui_show_result, app);
  else
    ui_remove_invitation (ui_app_session (app), asked->object, ui_show_result, app);
}

static void
run_remove (UiScreen *screen)
{
  const UiUser *user = ui_consortium_user (screen);
  const UiInvitation *invitation = ui_consortium_invitation (screen);
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_rich_line (rich, UI_STYLE_STRONG, user != NULL ? user->name : invitation->account);
  ui_rich_pair (rich, 12, user != NULL ? _ ("Object id") : _ ("Invitation"), UI_STYLE_TEXT,
                user != NULL ? user->id : invitation->id);
  ui_rich_end (rich);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      user != NULL
          ? _ ("The account can then neither read, publish, vote nor run anything in this consortium. "
               "What it published and voted stays. It takes a new invitation to come back.")
          : _ ("The invitation can no longer be accepted. The person can be invited again."));
  ui_rich_line (rich, UI_STYLE_TEXT, _ ("This is a proposal: it takes effect when the members have agreed."));
  if (user != NULL)
    ui_app_confirm_typed (screen->app, _ ("Remove a user"), rich,
                          C_ ("typed to confirm; easy to type", "remove"), _ ("Propose it"), remove_confirmed,
                          ui_asked_new (user->id, NULL, NULL, TRUE), ui_asked_free);
  else
    ui_app_confirm (screen->app, _ ("Take an invitation back"), rich, _ ("Propose it"), remove_confirmed,
                    ui_asked_new (invitation->id, NULL, NULL, FALSE), ui_asked_free);
}

const UiAction ui_consortium_actions[] = {
  { "consortium.accept", N_ ("Accept"), N_ ("Vote yes on the selected proposal; it cannot be taken back."),
    "a", UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE | UI_ACTION_MAIN, why_not_vote, run_accept },
  { "consortium.reject", N_ ("Reject..."),
    N_ ("Vote no on the selected proposal, with a reason for your own files."), "r",
    UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE, why_not_vote, run_reject },
  { "consortium.withdraw", N_ ("Withdraw"), N_ ("Take your own proposal back while it is open."), "w",
    UI_ACTION_CHANGES, why_not_withdraw, run_withdraw },
  { "consortium.join", N_ ("Accept invitation"),
    N_ ("Prove that you control the invited account and take part."), "a", UI_ACTION_CHANGES | UI_ACTION_MAIN,
    why_not_join, run_join },
  { "consortium.admit", N_ ("Admit"), N_ ("Propose to admit the account that accepted this invitation."), "m",
    UI_ACTION_CHANGES | UI_ACTION_MAIN, why_not_admit, run_admit },
  { "consortium.invite", N_ ("Invite..."), N_ ("Propose to invite a user by sign-in address."), "i",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, why_no_member, run_invite },
  { "consortium.remove", N_ ("Remove..."), N_ ("Propose to remove the selected user or invitation."),
    "d Delete", UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE, why_not_remove, run_remove },
  { "consortium.propose", N_ ("Propose..."), N_ ("Propose any other change of the consortium."), "n",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, why_no_member, ui_consortium_new_proposal },
  UI_PANE_ACTIONS ("consortium"),
  UI_ACTIONS_END,
};
