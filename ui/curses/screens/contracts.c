/* SPDX-License-Identifier: MIT
 * Contracts: what the parties agree to run, its ballots, policy, deployment, switches, secrets and delegates.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <string.h>

#define LABEL 14

enum { COLUMN_ID, COLUMN_STATE, COLUMN_MORE };

static const UiListColumn columns[] = {
  { N_ ("Contract"), 16, 0, 0, FALSE, TRUE },
  { N_ ("State"), 11, 13, 0, FALSE, TRUE },
  { N_ ("Remark"), 10, 20, 1, FALSE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiContractRow *row = ui_pane_row (data, i);

  if (row == NULL)
    return;
  if (column == COLUMN_ID)
    g_string_append (text, row->id);
  else if (column == COLUMN_STATE)
    *style = ui_show_state_cell (text, row->state, UI_STATE ((UiScreen *) data, UiPane)->ascii);
  else if (row->mine_to_decide) {
    *style = UI_STYLE_WARNING;
    g_string_append (text, _ ("your vote is missing"));
  }
}

static const UiListSource source = { ui_pane_count, ui_pane_id, list_cell, NULL, NULL, NULL };

/* The contract that is read in full; NULL until it is the selected one. */
static const UiContract *
contract_of (UiScreen *screen)
{
  const UiContract *contract = ui_session_contract (ui_pane_session (screen));

  return ui_pane_has_read (screen, &contract->base, contract->id) ? contract : NULL;
}

/* ---- detail ---- */

static void
describe_decision (const UiContract *contract, UiRich *rich, gboolean ascii)
{
  if (contract->ballots->len == 0 && contract->missing == NULL)
    return;
  ui_rich_heading (rich, strcmp (contract->state, "Accepted") == 0 ? _ ("Who agreed") : _ ("Ballots"));
  ui_show_ballots (rich, contract->ballots, contract->missing, ascii);
}

static void
describe_deployment (const UiContract *contract, UiRich *rich)
{
  ui_rich_heading (rich, _ ("Clean room policy"));
  if (contract->policy->len == 0)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("None yet: keys are released to nobody under this contract."));
  ui_rich_pair (rich, LABEL, _ ("Type"), UI_STYLE_TEXT, contract->policy_type);
  for (guint i = 0; i < contract->policy->len; i++) {
    const UiPair *claim = contract->policy->pdata[i];

    ui_rich_line (rich, UI_STYLE_LABEL, claim->name);
    ui_show_json (rich, claim->text);
  }
  ui_rich_heading (rich, _ ("Deployment"));
  if (contract->deployment_spec == NULL && contract->deployment_info == NULL)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Nothing is agreed yet about how the clean room is deployed."));
  ui_rich_pair (rich, LABEL, _ ("Clean room"), UI_STYLE_LINK, contract->agent_url);
  if (contract->deployment_info != NULL) {
    ui_rich_line (rich, UI_STYLE_LABEL, _ ("Information"));
    ui_show_json (rich, contract->deployment_info);
  }
  if (contract->deployment_spec != NULL) {
    ui_rich_line (rich, UI_STYLE_LABEL, _ ("Template"));
    ui_show_json (rich, contract->deployment_spec);
  }
}

static void
describe_access (const UiContract *contract, UiRich *rich)
{
  if (contract->secrets->len > 0)
    ui_rich_heading (rich, _ ("Secrets (names only; only the clean room can read them)"));
  for (guint i = 0; i < contract->secrets->len; i++)
    ui_rich_line (rich, UI_STYLE_TEXT, contract->secrets->pdata[i]);
  if (contract->delegates->len > 0) {
    ui_rich_heading (rich, _ ("Delegated policies"));
    ui_show_pairs (rich, contract->delegates, LABEL);
  }
  if (contract->ca_certificate != NULL) {
    ui_rich_heading (rich, _ ("Certificate authority"));
    ui_show_json (rich, contract->ca_certificate);
  }
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiContract *contract = contract_of (screen);
  gboolean ascii = UI_STATE (screen, UiPane)->ascii;
  g_autoptr (GString) state = g_string_new (NULL);
  g_autofree char *digest = NULL;
  UiStyle style;

  if (ui_pane_selected_id (screen) == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a contract to see what it says."));
    return;
  }
  if (contract == NULL) {
    ui_show_not_ready (rich, &ui_session_contract (ui_pane_session (screen))->base);
    return;
  }
  ui_show_stale (rich, &contract->base);
  ui_rich_heading (rich, contract->id);
  style = ui_show_state_cell (state, contract->state, ascii);
  digest = ui_show_digest (contract->digest);
  ui_rich_pair (rich, LABEL, _ ("State"), style, state->str);
  ui_rich_pair (rich, LABEL, _ ("Version"), UI_STYLE_TEXT, contract->version);
  ui_rich_pair (rich, LABEL, _ ("Proposal"), UI_STYLE_TEXT, contract->proposal_id);
  ui_rich_pair (rich, LABEL, _ ("SHA-256"), UI_STYLE_TEXT, digest);
  if (contract->why_not != NULL && !contract->i_can_propose && !contract->i_can_vote)
    ui_rich_pair (rich, LABEL, _ ("You"), UI_STYLE_DIM, contract->why_not);
  describe_decision (contract, rich, ascii);
  if (contract->switches->len > 0) {
    ui_rich_heading (rich, _ ("Switches"));
    ui_show_switches (rich, contract->switches, ascii);
  }
  ui_rich_heading (rich, _ ("What it says"));
  ui_show_json (rich, contract->data);
  if (strcmp (contract->state, "Accepted") == 0) {
    describe_deployment (contract, rich);
    describe_access (contract, rich);
  }
}

/* ---- actions ---- */

static const char *
why_not_read (UiScreen *screen)
{
  if (ui_pane_selected_id (screen) == NULL)
    return "";
  return contract_of (screen) == NULL ? _ ("The contract is being read.") : NULL;
}

static const char *
why_not_propose (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  if (contract == NULL)
    return why_not_read (screen);
  if (strcmp (contract->state, "Draft") != 0)
    return "";
  return contract->i_can_propose     ? NULL
         : contract->why_not != NULL ? contract->why_not
                                     : _ ("Only members propose.");
}

static const char *
why_not_vote (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  if (contract == NULL)
    return why_not_read (screen);
  if (strcmp (contract->state, "Proposed") != 0)
    return "";
  return contract->i_can_vote        ? NULL
         : contract->why_not != NULL ? contract->why_not
                                     : _ ("Your vote is not asked for.");
}

/* What is decided, exactly. Gives. */
static UiRich *
subject_of (const UiContract *contract)
{
  UiRich *rich = ui_rich_new ();
  g_autofree char *digest = ui_show_digest (contract->digest);

  ui_rich_pair (rich, 12, _ ("Contract"), UI_STYLE_STRONG, contract->id);
  ui_rich_pair (rich, 12, _ ("Version"), UI_STYLE_TEXT, contract->version);
  ui_rich_pair (rich, 12, _ ("SHA-256"), UI_STYLE_TEXT, digest);
  ui_rich_end (rich);
  return rich;
}

static void
propose_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  ui_propose_contract (ui_app_session (app), ((const UiAsked *) data)->object, ui_show_result, app);
}

static void
run_propose (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);
  g_autoptr (UiRich) rich = subject_of (contract);

  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("Everybody is asked to vote on exactly this text. It takes effect when all members have agreed."));
  ui_app_confirm (screen->app, _ ("Propose this contract"), rich, _ ("Propose"), propose_confirmed,
                  ui_asked_new (contract->id, NULL, NULL, FALSE), ui_asked_free);
}

static void
decide_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_decide_contract (ui_app_session (app), asked->object, asked->digest, asked->flag, ui_show_result, app);
}

static void
decide (UiScreen *screen, gboolean accept)
{
  const UiContract *contract = contract_of (screen);
  g_autoptr (UiRich) rich = subject_of (contract);

  ui_rich_line (
      rich, UI_STYLE_WARNING,
      accept ? _ ("Your vote for it is signed with your key and written to the ledger. An accepted contract "
                  "can never be changed.")
             : _ ("One vote against it ends this proposal for everybody. The vote cannot be changed; the "
                  "contract can be proposed again."));
  ui_app_confirm_typed (screen->app, accept ? _ ("Accept this contract") : _ ("Reject this contract"), rich,
                        accept ? C_ ("typed to confirm; easy to type", "accept")
                               : C_ ("typed to confirm; easy to type", "reject"),
                        accept ? _ ("Accept") : _ ("Reject"), decide_confirmed,
                        ui_asked_new (contract->id, contract->digest, NULL, accept), ui_asked_free);
}

static void
run_accept (UiScreen *screen)
{
  decide (screen, TRUE);
}

static void
run_reject (UiScreen *screen)
{
  decide (screen, FALSE);
}

static const char *
why_not_switch (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  if (contract == NULL)
    return why_not_read (screen);
  if (strcmp (contract->state, "Accepted") != 0)
    return _ ("Only an accepted contract has switches.");
  for (guint i = 0; i < contract->switches->len; i++) {
    const UiSwitch *one = contract->switches->pdata[i];

    if (one->can_set || one->can_propose)
      return NULL;
  }
  return _ ("Only members can change the switches of a contract.");
}

static void
switch_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_set_contract_switch (ui_app_session (app), asked->object, asked->name, asked->flag, ui_show_result, app);
}

static void
switch_chosen (UiApp *app, const char *answer, gpointer data)
{
  const UiContract *contract = ui_session_contract (ui_app_session (app));

  if (contract->id == NULL || strcmp (contract->id, data) != 0)
    return;
  for (guint i = 0; i < contract->switches->len; i++) {
    const UiSwitch *one = contract->switches->pdata[i];
    gboolean on = strcmp (one->status, "enabled") != 0;
    g_autoptr (UiRich) rich = NULL;

    if (strcmp (one->name, answer) != 0)
      continue;
    rich = subject_of (contract);
    ui_rich_pair (rich, 12, one->name, UI_STYLE_STRONG, on ? _ ("will be enabled") : _ ("will be disabled"));
    ui_rich_end (rich);
    ui_rich_line (rich, UI_STYLE_TEXT,
                  one->can_set ? _ ("It takes effect at once and can be turned back here.")
                               : _ ("This is a proposal: it takes effect when the members have agreed."));
    ui_app_confirm (app, _ ("Change a switch"), rich, on ? _ ("Enable") : _ ("Disable"), switch_confirmed,
                    ui_asked_new (contract->id, NULL, one->name, on), ui_asked_free);
    return;
  }
}

static void
run_switch (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);
  const char *names[16] = { NULL };
  guint count = 0;

  for (guint i = 0; i < contract->switches->len && count < G_N_ELEMENTS (names) - 1; i++)
    names[count++] = ((const UiSwitch *) contract->switches->pdata[i])->name;
  ui_app_choose (screen->app, _ ("Which switch?"), names, NULL, switch_chosen, g_strdup (contract->id),
                 g_free);
}

static const char *
why_not_edit (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  if (contract == NULL)
    return why_not_read (screen);
  return strcmp (contract->state, "Accepted") == 0 ? _ ("An accepted contract cannot be changed.") : NULL;
}

static void
text_given (UiApp *app, const char *answer, gpointer data)
{
  ui_write_contract (ui_app_session (app), data, answer, ui_show_result, app);
}

static void
run_edit (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  ui_app_ask (screen->app, _ ("Another text for this draft"), _ ("Text"), contract->data, TRUE, text_given,
              g_strdup (contract->id), g_free);
  g_autofree char *name = g_strconcat ("contract.edit.", contract->id, NULL);
  ui_app_keep_typed (screen->app, name);
}

static void
new_filled (UiApp *app, UiForm *form, gpointer data G_GNUC_UNUSED)
{
  ui_write_contract (ui_app_session (app), ui_form_value (form, "id"), ui_form_value (form, "text"),
                     ui_show_result, app);
}

static char *
check_new (const char *id, const char *text, gpointer data G_GNUC_UNUSED)
{
  if (strcmp (id, "id") == 0
      && text[strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
    return g_strdup (_ ("Letters, digits, dots, hyphens and underscores only."));
  return NULL;
}

static void
run_new (UiScreen *screen)
{
  UiForm *form = ui_form_new ();
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_form_set_check (form, check_new, NULL);
  ui_form_add (form, &(UiFieldSpec){ .id = "id",
                                     .label = _ ("Name"),
                                     .kind = UI_FIELD_TEXT,
                                     .required = TRUE,
                                     .help = _ ("Letters, digits, dots, hyphens and underscores.") });
  ui_form_add (form, &(UiFieldSpec){ .id = "text",
                                     .label = _ ("Text"),
                                     .kind = UI_FIELD_TEXT,
                                     .required = TRUE,
                                     .help = _ ("What the parties agree to, as text or JSON.") });
  ui_form_set_button (form, _ ("Write the draft"));
  ui_rich_line (rich, UI_STYLE_TEXT, _ ("A draft binds nobody. It can be changed until it is accepted."));
  ui_app_ask_form (screen->app, _ ("New contract"), rich, form, new_filled, NULL, NULL);
  ui_app_keep_typed (screen->app, "contract.new");
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  ui_save_text (ui_app_session (app), data, answer, ui_show_result, app);
}

static void
run_save (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);
  gboolean spec = contract->deployment_spec != NULL;
  g_autofree char *name = g_strconcat (contract->id, spec ? "-deployment.json" : ".json", NULL);

  ui_app_ask_path (screen->app, spec ? _ ("Save the deployment template as") : _ ("Save the contract as"),
                   name, FALSE, TRUE, path_given,
                   g_strdup (spec ? contract->deployment_spec : contract->data), g_free);
}

static const char *
why_not_proposal (UiScreen *screen)
{
  const UiContract *contract = contract_of (screen);

  return contract == NULL || contract->proposal_id == NULL ? "" : NULL;
}

static void
run_proposal (UiScreen *screen)
{
  g_autofree char *id = g_strconcat ("p:", contract_of (screen)->proposal_id, NULL);

  ui_app_open (screen->app, "consortium", id);
}

static const UiAction actions[] = {
  { "contract.accept", N_ ("Accept"), N_ ("Vote for the proposed contract; it cannot be taken back."), "a",
    UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE | UI_ACTION_MAIN, why_not_vote, run_accept },
  { "contract.reject", N_ ("Reject..."), N_ ("Vote against the proposed contract; that ends the proposal."),
    "r", UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE, why_not_vote, run_reject },
  { "contract.propose", N_ ("Propose"), N_ ("Ask everybody to vote on this draft."), "p",
    UI_ACTION_CHANGES | UI_ACTION_MAIN, why_not_propose, run_propose },
  { "contract.switch", N_ ("Switches..."), N_ ("Allow or stop execution, logging and telemetry."), "x",
    UI_ACTION_CHANGES, why_not_switch, run_switch },
  { "contract.edit", N_ ("Edit"), N_ ("Give a draft another text."), "e",
    UI_ACTION_CHANGES | UI_ACTION_HIDDEN, why_not_edit, run_edit },
  { "contract.new", N_ ("New..."), N_ ("Write the draft of another contract."), "n",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, NULL, run_new },
  { "contract.proposal", N_ ("Its proposal"), N_ ("Show the proposal of this contract with its ballots."),
    "v", UI_ACTION_PLAIN, why_not_proposal, run_proposal },
  { "contract.save", N_ ("Save as..."), N_ ("Save the deployment template, or else the contract, to a file."),
    "s", UI_ACTION_PLAIN, why_not_read, run_save },
  UI_PANE_ACTIONS ("contract"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 34,
  .describe = describe,
  .list_model = UI_MODEL_CONTRACTS,
  .one_model = UI_MODEL_CONTRACT,
  .empty = N_ ("There is no contract yet.\n\nThe operator writes and proposes the contract in "
               "the journey (key 1). A member can write another one here with n."),
  .rows_offset = G_STRUCT_OFFSET (UiContracts, contracts),
  .id_offset = G_STRUCT_OFFSET (UiContractRow, id),
};

const UiScreenClass ui_screen_contracts = {
  .id = "contracts",
  .title = N_ ("Contracts"),
  .explanation = N_ (
      "What the parties agree to run: the text, who agreed, which clean room may get keys, how it is "
      "deployed, and the switches that allow or stop it."),
  .key = '3',
  .watches = UI_MODEL_BIT (UI_MODEL_CONTRACTS) | UI_MODEL_BIT (UI_MODEL_CONTRACT),
  .state_size = sizeof (UiPane),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .subject = ui_pane_screen_subject,
  .copy = ui_pane_screen_copy,
};
