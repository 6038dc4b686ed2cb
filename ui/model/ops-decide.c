/* SPDX-License-Identifier: MIT
 * Decisions: documents, proposals, contracts, switches.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs.h"

#include <glib/gi18n.h>
#include <string.h>

#define DECIDES (UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RUNNING)
#define BIT(name) UI_MODEL_BIT (UI_MODEL_##name)
#define DOCUMENT_MODELS (BIT (DOCUMENTS) | BIT (DOCUMENT) | BIT (RUNS) | BIT (JOURNEY))
#define CONTRACT_MODELS (BIT (CONTRACTS) | BIT (CONTRACT) | BIT (CONSORTIUM))
#define PROPOSAL_MODELS (CONTRACT_MODELS | DOCUMENT_MODELS)
/* Ids of governance proposals are digests, those of the application are chosen by the proposer. */
#define GOVERNANCE_ID 64

/* The ledger has no place for a reason; it stays with the person: PERSONA/private/decisions.json. */
static void
remember_reason (UiOp *op, const char *what, gboolean accept, const char *reason)
{
  if (reason == NULL || *reason == '\0')
    return;
  g_autofree char *path = workflow_context_private (op->context, "decisions.json");
  g_autoptr (json_t) all = g_file_test (path, G_FILE_TEST_EXISTS) ? cr_json_load (path, NULL) : NULL;
  if (!json_is_array (all)) {
    json_decref (all);
    all = json_array ();
  }
  g_autofree char *now = cr_iso8601_seconds (cr_now_ms ());
  json_t *entry = json_object ();
  cr_json_set_string (entry, "time", now);
  cr_json_set_string (entry, "about", what);
  cr_json_set_string (entry, "decision", accept ? "accepted" : "rejected");
  cr_json_set_string (entry, "reason", reason);
  json_array_append_new (all, entry);
  g_autoptr (GError) problem = NULL;
  if (!cr_json_save (all, path, 0600, &problem))
    g_ptr_array_add (op->lines, g_strdup_printf (_ ("Your reason was not kept: %s"), problem->message));
  else
    g_ptr_array_add (op->lines, g_strdup_printf (_ ("Your reason is kept in %s."), path));
}

/* Nobody agrees to something else than what was on screen. */
static gboolean
is_what_was_seen (const json_t *object, const char *digest, GError **error)
{
  const char *proposal = cr_json_peek_string (object, "proposalId");
  if (proposal == NULL || *proposal == '\0') {
    cr_set_error (error, CR_ERROR_REFUSED, _ ("Look at it again, then decide."),
                  _ ("It is no longer proposed; nothing was sent."));
    return FALSE;
  }
  g_autofree char *now = ui_content_digest (json_object_get (object, "data"));
  if (digest == NULL || *digest == '\0' || strcmp (now, digest) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, _ ("Look at it again, then decide."),
                _ ("The content has changed since you saw it; nothing was sent."));
  return FALSE;
}

/* What the ledger says under KEY. */
static const char *
word_of (const json_t *object, const char *key)
{
  const char *word = cr_json_peek_string (object, key);
  return word != NULL ? word : "?";
}

static gboolean
decide_document (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  g_autofree char *contract = client != NULL ? ui_op_contract (op, error) : NULL;
  g_autoptr (json_t) seen = contract != NULL
                                ? cgs_user_document_show (op->job, client, contract, op->a, error)
                                : NULL;
  if (seen == NULL || !is_what_was_seen (seen, op->b, error))
    return FALSE;
  const char *proposal = cr_json_peek_string (seen, "proposalId");
  g_autoptr (json_t) vote = cgs_user_document_vote (op->job, client, contract, op->a, proposal, op->yes,
                                                    error);
  if (vote == NULL || !workflow_context_remember_ballot (op->context, op->a, op->yes, error))
    return FALSE;
  remember_reason (op, op->a, op->yes, op->c);
  ui_op_say (op, op->yes ? _ ("You accepted %s; it is %s now.") : _ ("You rejected %s; it is %s now."), op->a,
             word_of (vote, "state"));
  return TRUE;
}

UiJob *
ui_decide_document (UiSession *session, const char *document, const char *digest, gboolean accept,
                    const char *reason, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = accept ? _ ("Accept the document") : _ ("Reject the document"),
                                   .run = decide_document,
                                   .flags = DECIDES,
                                   .models = DOCUMENT_MODELS,
                                   .a = document,
                                   .b = digest,
                                   .c = reason,
                                   .yes = accept },
                      done, data);
}

/* ---- proposals ---- */

static gboolean
vote (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  gboolean governance = strlen (op->a) == GOVERNANCE_ID;
  g_autoptr (json_t) after = client == NULL ? NULL
                             : governance   ? ccf_proposal_vote (op->job, client, op->a, op->yes, error)
                                            : cgs_user_proposal_vote (op->job, client, op->a, op->yes, error);
  if (after == NULL)
    return FALSE;
  remember_reason (op, op->a, op->yes, op->b);
  ui_op_say (op,
             op->yes ? _ ("You accepted the proposal; it is %s now.")
                     : _ ("You rejected the proposal; it is %s now."),
             word_of (after, governance ? "proposalState" : "state"));
  return TRUE;
}

UiJob *
ui_vote (UiSession *session, const char *proposal, gboolean accept, const char *reason, UiDone done,
         gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = accept ? _ ("Accept the proposal") : _ ("Reject the proposal"),
                                   .run = vote,
                                   .flags = DECIDES,
                                   .models = PROPOSAL_MODELS,
                                   .a = proposal,
                                   .b = reason,
                                   .yes = accept },
                      done, data);
}

static gboolean
withdraw (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  g_autoptr (json_t) after = client == NULL ? NULL
                             : strlen (op->a) == GOVERNANCE_ID
                                 ? ccf_proposal_withdraw (op->job, client, op->a, error)
                                 : cgs_user_proposal_withdraw (op->job, client, op->a, error);
  if (after == NULL)
    return FALSE;
  ui_op_say (op, _ ("The proposal is withdrawn."));
  return TRUE;
}

UiJob *
ui_withdraw (UiSession *session, const char *proposal, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Withdraw the proposal"),
                                   .run = withdraw,
                                   .flags = DECIDES,
                                   .models = PROPOSAL_MODELS,
                                   .a = proposal },
                      done, data);
}

static gboolean
require_member (UiOp *op, GError **error)
{
  if (workflow_context_who (op->context)->member)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, _ ("A member has to do it."),
                _ ("%s is no member of the consortium."), op->persona);
  return FALSE;
}

static gboolean
propose (UiOp *op, GError **error)
{
  g_autoptr (json_t) content = cr_json_parse (op->a, strlen (op->a), _ ("The proposal"), error);
  if (content == NULL)
    return FALSE;
  if (json_array_size (json_object_get (content, "actions")) == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  _ ("It looks like {\"actions\":[{\"name\":\"...\",\"args\":{...}}]}."),
                  _ ("This is no proposal: it has no list \"actions\"."));
    return FALSE;
  }
  CcfClient *client = require_member (op, error) ? ui_op_ledger (op, error) : NULL;
  json_t *proposal = client != NULL ? ccf_propose_and_vote (op->job, client, content, error) : NULL;
  return ui_op_proposed (op, proposal, NULL);
}

UiJob *
ui_propose (UiSession *session, const char *actions, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){
          .title = _ ("Propose"), .run = propose, .flags = DECIDES, .models = PROPOSAL_MODELS, .a = actions },
      done, data);
}

/* ---- contracts ---- */

static gboolean
propose_contract (UiOp *op, GError **error)
{
  CcfClient *client = require_member (op, error) ? ui_op_ledger (op, error) : NULL;
  g_autoptr (json_t) draft = client != NULL ? cgs_contract_show (op->job, client, op->a, error) : NULL;
  json_t *proposal = draft != NULL ? cgs_contract_propose (op->job, client, op->a,
                                                           cr_json_peek_string (draft, "version"), error)
                                   : NULL;
  return ui_op_proposed (op, proposal, NULL);
}

UiJob *
ui_propose_contract (UiSession *session, const char *contract, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Propose the contract"),
                                   .run = propose_contract,
                                   .flags = DECIDES,
                                   .models = CONTRACT_MODELS,
                                   .a = contract },
                      done, data);
}

static gboolean
decide_contract (UiOp *op, GError **error)
{
  CcfClient *client = require_member (op, error) ? ui_op_ledger (op, error) : NULL;
  g_autoptr (json_t) seen = client != NULL ? cgs_contract_show (op->job, client, op->a, error) : NULL;
  if (seen == NULL || !is_what_was_seen (seen, op->b, error))
    return FALSE;
  g_autoptr (json_t) after = cgs_contract_vote (op->job, client, op->a,
                                                cr_json_peek_string (seen, "proposalId"), op->yes, error);
  g_autoptr (json_t) now = after != NULL ? cgs_contract_show (op->job, client, op->a, error) : NULL;
  if (now == NULL)
    return FALSE;
  ui_op_say (op, op->yes ? _ ("You accepted %s; it is %s now.") : _ ("You rejected %s; it is %s now."), op->a,
             word_of (now, "state"));
  return TRUE;
}

UiJob *
ui_decide_contract (UiSession *session, const char *contract, const char *digest, gboolean accept,
                    UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = accept ? _ ("Accept the contract") : _ ("Reject the contract"),
                                   .run = decide_contract,
                                   .flags = DECIDES,
                                   .models = CONTRACT_MODELS,
                                   .a = contract,
                                   .b = digest,
                                   .yes = accept },
                      done, data);
}

static gboolean
write_contract (UiOp *op, GError **error)
{
  CcfClient *client = require_member (op, error) ? ui_op_ledger (op, error) : NULL;
  if (client == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) draft = cgs_contract_show (op->job, client, op->a, &problem);
  if (draft == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (!cgs_contract_put (op->job, client, op->a, op->b, cr_json_peek_string (draft, "version"), error))
    return FALSE;
  op->made = g_strdup (op->a);
  const char *before = cr_json_peek_string (draft, "data");
  if (before != NULL)
    ui_op_inverse (op, UI_INVERSE_CONTRACT_TEXT, op->a, before, FALSE);
  ui_op_say (op, draft != NULL ? _ ("The draft %s has a new text.") : _ ("The draft %s is written."), op->a);
  return TRUE;
}

UiJob *
ui_write_contract (UiSession *session, const char *contract, const char *text, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Write the contract"),
                                   .run = write_contract,
                                   .flags = DECIDES,
                                   .models = CONTRACT_MODELS,
                                   .a = contract,
                                   .b = text },
                      done, data);
}

/* ---- switches ---- */

/* BEFORE is the status of a switch that is set ON now: it was the other way round, so this persona can turn
 * it back. */
static gboolean
was_other (const json_t *before, gboolean on)
{
  return g_strcmp0 (cr_json_peek_string (before, "status"), on ? "disabled" : "enabled") == 0;
}

static gboolean
contract_switch (UiOp *op, GError **error)
{
  CcfClient *client = require_member (op, error) ? ui_op_ledger (op, error) : NULL;
  if (client == NULL)
    return FALSE;
  if (strcmp (op->b, "execution") != 0) {
    json_t *proposal = cgs_contract_option_propose (op->job, client, op->a, op->b, op->yes, error);
    return ui_op_proposed (op, proposal, NULL);
  }
  g_autoptr (json_t) before = cgs_contract_option_status (op->job, client, op->a, op->b, NULL);
  if (!cgs_contract_execution_set (op->job, client, op->a, op->yes, error))
    return FALSE;
  if (was_other (before, op->yes))
    ui_op_inverse (op, UI_INVERSE_CONTRACT_SWITCH, op->a, op->b, !op->yes);
  ui_op_say (op, op->yes ? _ ("You allow %s again.") : _ ("You stopped %s."), op->a);
  return TRUE;
}

UiJob *
ui_set_contract_switch (UiSession *session, const char *contract, const char *name, gboolean on, UiDone done,
                        gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Switch"),
                                   .run = contract_switch,
                                   .flags = DECIDES,
                                   .models = CONTRACT_MODELS,
                                   .a = contract,
                                   .b = name,
                                   .yes = on },
                      done, data);
}

static gboolean
document_switch (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  g_autofree char *contract = client != NULL ? ui_op_contract (op, error) : NULL;
  g_autoptr (json_t) before = contract != NULL ? cgs_user_document_option_status (op->job, client, contract,
                                                                                  op->a, op->b, NULL)
                                               : NULL;
  if (contract == NULL
      || !cgs_user_document_option_set (op->job, client, contract, op->a, op->b, op->yes, error))
    return FALSE;
  if (was_other (before, op->yes))
    ui_op_inverse (op, UI_INVERSE_DOCUMENT_SWITCH, op->a, op->b, !op->yes);
  g_autoptr (json_t) now = cgs_user_document_option_status (op->job, client, contract, op->a, op->b, error);
  if (now == NULL)
    return FALSE;
  ui_op_say (op, _ ("%s of %s is %s."), op->b, op->a, word_of (now, "status"));
  return TRUE;
}

UiJob *
ui_set_document_switch (UiSession *session, const char *document, const char *name, gboolean on, UiDone done,
                        gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Switch"),
                                   .run = document_switch,
                                   .flags = DECIDES,
                                   .models = DOCUMENT_MODELS,
                                   .a = document,
                                   .b = name,
                                   .yes = on },
                      done, data);
}
