/* SPDX-License-Identifier: MIT
 * Contracts: their text, who has agreed, their switches; drafts.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

#include <string.h>

static void
contract_vote (Line *line, gboolean accepts)
{
  const UiContract *contract = ui_session_contract (line->session);
  line_job (line, ui_decide_contract (line->session, contract->id, line->digest, accepts, line_done, line),
            NULL, NULL);
}

static void
contract_yes (Line *line, const char *object)
{
  (void) object;
  contract_vote (line, TRUE);
}

static void
contract_no (Line *line, const char *object)
{
  (void) object;
  contract_vote (line, FALSE);
}

static void
contract_accept (Line *line, const char *id)
{
  g_autofree char *text = g_strdup_printf (
      _ ("Contract: %s\nSHA-256: %s\nYour vote for it is signed with your key and written to the ledger. An accepted "
         "contract can never be changed."),
      id, line->digest);
  line_confirm (line, C_ ("typed to confirm; easy to type", "accept"), text, contract_yes, NULL);
}

static void
contract_reject (Line *line, const char *id)
{
  g_autofree char *text = g_strdup_printf (
      _ ("Contract: %s\nSHA-256: %s\nOne vote against it ends this proposal for everybody. The vote cannot be changed; "
         "the contract can be proposed again."),
      id, line->digest);
  line_confirm (line, C_ ("typed to confirm; easy to type", "reject"), text, contract_no, NULL);
}

static void
contract_propose_now (Line *line, const char *id)
{
  line_job (line, ui_propose_contract (line->session, id, line_done, line), NULL, NULL);
}

static void
contract_propose (Line *line, const char *id)
{
  line_confirm (
      line, C_ ("typed to confirm; easy to type", "propose"),
      _ ("Everybody is asked to vote on exactly this text. It takes effect when all members have agreed."),
      contract_propose_now, id);
}

static void
contract_switch (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  line_job (line,
            ui_set_contract_switch (line->session, ui_session_contract (line->session)->id, parts[0],
                                    g_str_equal (parts[1], "on"), line_done, line),
            NULL, NULL);
}

static void
contract_proposal (Line *line, const char *proposal)
{
  line_open (line, &line_page_proposal, proposal);
}

static void
contract_save_template (Line *line, const char *id)
{
  g_autofree char *name = g_strconcat (id, "-deployment.json", NULL);
  line_save_text (line, name, ui_session_contract (line->session)->deployment_spec);
}

static void
contract_save (Line *line, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".json", NULL);
  line_save_text (line, name, ui_session_contract (line->session)->data);
}

static void
text_given (Line *line, const char *text, gpointer id)
{
  if (text != NULL)
    line_job (line, ui_write_contract (line->session, id, text, line_done, line), NULL, NULL);
}

static void
contract_write (Line *line, const char *id)
{
  line_ask (line, &(LineQuestion){ .text = _ ("The text of the draft, in one line. A draft binds nobody."),
                                   .answered = text_given,
                                   .data = g_strdup (id),
                                   .free_data = g_free });
}

static void
tell_contract (Line *line, const char *id)
{
  const UiContract *contract = ui_session_contract (line->session);
  if (!line_ready (line, &contract->base))
    return;
  line_say (line, _ ("Contract %s: %s."), contract->id, contract->state);
  line_pair (line, _ ("Text"), contract->data);
  line_pair (line, _ ("SHA-256 of this content"), contract->digest);
  line_tell_ballots (line, contract->ballots, contract->missing);
  line_pairs (line, contract->policy);
  line_pair (line, _ ("Deployment"), contract->deployment_spec != NULL ? _ ("agreed") : NULL);
  line_pair (line, _ ("Clean room"), contract->agent_url);
  line_pair (line, _ ("It was deployed as"), contract->deployment_info);
  if (contract->secrets->len > 0)
    line_heading (line, _ ("Secrets"));
  line_texts (line, contract->secrets);
  line_pairs (line, contract->delegates);
  line_pair (line, _ ("Certificate authority"), contract->ca_certificate);
  g_free (line->digest);
  line->digest = g_strdup (contract->digest);
  if (contract->i_can_vote) {
    line_choice (line, _ ("Accept"), contract_accept, id);
    line_choice (line, _ ("Reject"), contract_reject, id);
  }
  if (contract->i_can_propose)
    line_choice (line, _ ("Propose it"), contract_propose, id);
  if (!contract->i_can_vote && !contract->i_can_propose)
    line_pair (line, _ ("No vote from you"), contract->why_not);
  if (g_strcmp0 (contract->state, "Draft") == 0)
    line_choice (line, _ ("Another text for this draft"), contract_write, id);
  line_offer_switches (line, contract->switches, contract_switch);
  if (contract->proposal_id != NULL)
    line_choice (line, _ ("Its proposal"), contract_proposal, contract->proposal_id);
  line_choice (line, _ ("Save it to a file"), contract_save, id);
  if (contract->deployment_spec != NULL)
    line_choice (line, _ ("Save the deployment template to a file"), contract_save_template, id);
}

const LinePage line_page_contract = {
  NULL, N_ ("One contract: its text, who has agreed, its switches."), UI_MODEL_CONTRACT, tell_contract, TRUE,
};

static void
open_contract (Line *line, const char *id)
{
  line_open (line, &line_page_contract, id);
}

static void
name_given (Line *line, const char *name, gpointer data)
{
  (void) data;
  if (name != NULL)
    contract_write (line, name);
}

static char *
check_name (Line *line, const char *name, gpointer data)
{
  (void) line, (void) data;
  if (name[strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
    return g_strdup (_ ("Letters, digits, dots, hyphens and underscores only."));
  return NULL;
}

static void
contract_new (Line *line, const char *object)
{
  (void) object;
  line_ask (line, &(LineQuestion){
                      .text = _ ("Name of the new contract?"), .check = check_name, .answered = name_given });
}

static char *
contract_row (Line *line, guint index, char **object)
{
  const UiContractRow *row = g_ptr_array_index (ui_session_contracts (line->session)->contracts, index);
  *object = g_strdup (row->id);
  return g_strdup_printf ("%s: %s.%s", row->id, row->state, row->mine_to_decide ? _ (" You are asked.") : "");
}

static void
tell_contracts (Line *line, const char *object)
{
  const UiContracts *contracts = ui_session_contracts (line->session);
  (void) object;
  if (!line_ready (line, &contracts->base))
    return;
  if (contracts->contracts->len == 0)
    line_say (line, "%s", _ ("There are no contracts yet."));
  line_rows (line, contracts->contracts->len, contract_row, open_contract);
  line_choice (line, _ ("New contract"), contract_new, NULL);
  line_choice (line, _ ("Read them again"), line_again, NULL);
}

const LinePage line_page_contracts = {
  N_ ("Contracts."),
  N_ ("What the parties agreed to, and what is still a draft or proposed."),
  UI_MODEL_CONTRACTS,
  tell_contracts,
  FALSE,
};
