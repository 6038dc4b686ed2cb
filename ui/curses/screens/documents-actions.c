/* SPDX-License-Identifier: MIT
 * What can be done on the Documents screen: accept, reject, withdraw, switches, run, save.
 */
#include "ui/curses/screens/documents-private.h"

#include "base/translate.h"

#include <string.h>

static const char *
why_not_read (UiScreen *screen)
{
  if (ui_pane_selected_id (screen) == NULL)
    return "";
  return ui_documents_selected (screen) == NULL ? _ ("The document is being read.") : NULL;
}

static const char *
why_not_decide (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  if (document == NULL)
    return why_not_read (screen);
  if (document->i_can_vote)
    return NULL;
  return document->why_not_vote != NULL ? document->why_not_vote : _ ("Your decision is not asked for.");
}

/* What is decided, exactly. Gives. */
static UiRich *
subject_of (const UiDocument *document)
{
  UiRich *rich = ui_rich_new ();
  g_autofree char *digest = ui_show_digest (document->digest);

  ui_rich_pair (rich, 12, ui_document_kind_word (document->kind), UI_STYLE_STRONG, document->id);
  ui_rich_pair (rich, 12, _ ("Proposed by"), UI_STYLE_TEXT, document->proposer_name);
  ui_rich_pair (rich, 12, _ ("SHA-256"), UI_STYLE_TEXT, digest);
  ui_rich_end (rich);
  return rich;
}

static void
decision_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_decide_document (ui_app_session (app), asked->object, asked->digest, asked->flag, asked->text,
                      ui_show_result, app);
}

/* The document that is shown now, when it is still the one that was asked about. */
static const UiDocument *
still_shown (UiApp *app, const UiAsked *asked)
{
  const UiDocument *document = ui_session_document (ui_app_session (app));

  if (document->id != NULL && strcmp (document->id, asked->object) == 0
      && g_strcmp0 (document->digest, asked->digest) == 0)
    return document;
  ui_app_toast (app, UI_STATE_WARNING, "%s", _ ("The document changed while you decided; read it again."));
  return NULL;
}

static void
confirm_decision (UiApp *app, UiAsked *asked /* takes */)
{
  const UiDocument *document = still_shown (app, asked);
  g_autoptr (GPtrArray) remarks = NULL;
  g_autoptr (UiRich) rich = NULL;

  if (document == NULL) {
    ui_asked_free (asked);
    return;
  }
  rich = subject_of (document);
  remarks = ui_documents_remarks (document);
  for (guint i = 0; asked->flag && i < remarks->len; i++)
    ui_rich_item (rich, UI_STYLE_WARNING, "!", UI_STYLE_WARNING, remarks->pdata[i]);
  ui_rich_pair (rich, 12, _ ("Reason"), UI_STYLE_TEXT, asked->text);
  if (asked->flag && document->kind == UI_DOCUMENT_QUERY)
    ui_rich_line (rich, UI_STYLE_TEXT,
                  _ ("Once all owners have accepted, this query may run over your data."));
  ui_rich_line (rich, UI_STYLE_WARNING,
                asked->flag
                    ? _ ("An acceptance cannot be taken back. You can still stop runs with the switch "
                         "\"execution\" (x).")
                    : _ ("A rejection cannot be taken back: the author has to publish another document."));
  ui_app_confirm_typed (app, asked->flag ? _ ("Accept this document") : _ ("Reject this document"), rich,
                        asked->flag ? C_ ("typed to confirm; easy to type", "accept")
                                    : C_ ("typed to confirm; easy to type", "reject"),
                        asked->flag ? _ ("Accept") : _ ("Reject"), decision_confirmed, asked, ui_asked_free);
}

static void
run_accept (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  confirm_decision (screen->app, ui_asked_new (document->id, document->digest, NULL, TRUE));
}

static void
reason_given (UiApp *app, const char *answer, gpointer data)
{
  const UiAsked *asked = data;
  UiAsked *next = ui_asked_new (asked->object, asked->digest, NULL, FALSE);

  next->text = g_strdup (answer);
  confirm_decision (app, next);
}

static void
run_reject (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  ui_app_ask (screen->app, _ ("Reject this document"), _ ("Why (kept in your own folder)"), NULL, TRUE,
              reason_given, ui_asked_new (document->id, document->digest, NULL, FALSE), ui_asked_free);
  ui_app_keep_typed (screen->app, "document.reject");
}

static const char *
why_not_withdraw (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  if (document == NULL || strcmp (document->state, "Proposed") != 0 || document->proposal_id == NULL)
    return "";
  return document->i_can_withdraw ? NULL : _ ("Only who proposed it can withdraw it.");
}

static void
withdraw_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  ui_withdraw (ui_app_session (app), ((const UiAsked *) data)->object, ui_show_result, app);
}

static void
run_withdraw (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);
  g_autoptr (UiRich) rich = subject_of (document);

  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("The ballots that were cast are lost; the document becomes a draft again and can be proposed "
         "again."));
  ui_app_confirm (screen->app, _ ("Withdraw this document"), rich, _ ("Withdraw"), withdraw_confirmed,
                  ui_asked_new (document->proposal_id, NULL, NULL, FALSE), ui_asked_free);
}

/* ---- switches ---- */

static const char *
why_not_switch (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  if (document == NULL)
    return why_not_read (screen);
  if (document->switches->len == 0)
    return _ ("Only an accepted document has switches.");
  for (guint i = 0; i < document->switches->len; i++)
    if (((const UiSwitch *) document->switches->pdata[i])->can_set)
      return NULL;
  return _ ("Only who was asked to approve this document can change its switches.");
}

static void
switch_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_set_document_switch (ui_app_session (app), asked->object, asked->name, asked->flag, ui_show_result, app);
}

static void
switch_chosen (UiApp *app, const char *answer, gpointer data)
{
  const UiDocument *document = ui_session_document (ui_app_session (app));

  if (document->id == NULL || strcmp (document->id, data) != 0)
    return;
  for (guint i = 0; i < document->switches->len; i++) {
    const UiSwitch *one = document->switches->pdata[i];
    gboolean on = strcmp (one->status, "enabled") != 0;
    g_autoptr (UiRich) rich = NULL;

    if (strcmp (one->name, answer) != 0)
      continue;
    rich = subject_of (document);
    ui_rich_pair (rich, 12, one->name, UI_STYLE_STRONG, on ? _ ("will be enabled") : _ ("will be disabled"));
    ui_rich_line (
        rich, UI_STYLE_TEXT,
        _ ("It takes effect at once. As long as any approver has it disabled it stays disabled for all; you "
           "can turn yours back here."));
    ui_app_confirm (app, _ ("Change a switch"), rich, on ? _ ("Enable") : _ ("Disable"), switch_confirmed,
                    ui_asked_new (document->id, NULL, one->name, on), ui_asked_free);
    return;
  }
}

static void
run_switch (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);
  const char *names[16] = { NULL };
  guint count = 0;

  for (guint i = 0; i < document->switches->len && count < G_N_ELEMENTS (names) - 1; i++)
    names[count++] = ((const UiSwitch *) document->switches->pdata[i])->name;
  ui_app_choose (screen->app, _ ("Which switch?"), names, NULL, switch_chosen, g_strdup (document->id),
                 g_free);
}

/* ---- looking and saving ---- */

static void
run_raw (UiScreen *screen)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);

  state->raw = !state->raw;
  state->pane.open = TRUE;
  ui_pane_restart (&state->pane);
  ui_app_redraw (screen->app);
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  ui_save_text (ui_app_session (app), data, answer, ui_show_result, app);
}

static void
run_save (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);
  g_autofree char *name = g_strconcat (document->id, ".json", NULL);

  ui_app_ask_path (screen->app, _ ("Save the document as"), name, FALSE, TRUE, path_given,
                   g_strdup (document->json), g_free);
}

static const char *
why_not_runs (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);

  if (document == NULL || document->kind != UI_DOCUMENT_QUERY)
    return "";
  return strcmp (document->state, "Accepted") == 0 ? NULL : _ ("Only an agreed query can run.");
}

static void
run_runs (UiScreen *screen)
{
  ui_app_open (screen->app, "runs", NULL);
}

const UiAction ui_documents_actions[] = {
  { "document.accept", N_ ("Accept"), N_ ("Agree to exactly this content; it cannot be taken back."), "a",
    UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE | UI_ACTION_MAIN, why_not_decide, run_accept },
  { "document.reject", N_ ("Reject..."), N_ ("Refuse this content, with a reason for your own files."), "r",
    UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE, why_not_decide, run_reject },
  { "document.withdraw", N_ ("Withdraw"), N_ ("Take your own proposal back while it is open."), "w",
    UI_ACTION_CHANGES, why_not_withdraw, run_withdraw },
  { "document.switch", N_ ("Switches..."), N_ ("Allow or stop runs over it, or its telemetry, at any time."),
    "x", UI_ACTION_CHANGES, why_not_switch, run_switch },
  { "document.raw", N_ ("JSON"),
    N_ ("Change between the reader's view and the content as it is in the ledger."), "v", UI_ACTION_PLAIN,
    why_not_read, run_raw },
  { "document.runs", N_ ("Runs"), N_ ("Show the runs of queries, and start one."), "u", UI_ACTION_PLAIN,
    why_not_runs, run_runs },
  { "document.save", N_ ("Save as..."), N_ ("Save the content to a file."), "s", UI_ACTION_PLAIN,
    why_not_read, run_save },
  UI_PANE_ACTIONS ("document"),
  UI_ACTIONS_END,
};
