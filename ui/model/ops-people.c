/* SPDX-License-Identifier: MIT
 * Invitations, users, sign-in.
 */
#include "ui/model/session-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs.h"

#include <glib/gi18n.h>
#include <string.h>

#define DECIDES (UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RUNNING)
#define PEOPLE UI_MODEL_BIT (UI_MODEL_CONSORTIUM)

static gboolean
invite (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  op->made = cr_random_hex (32);
  return client != NULL
         && ui_op_proposed (op,
                            cgs_invitation_propose (op->job, client, op->made, op->a, "User", NULL, error),
                            _ ("The invitation is open."));
}

UiJob *
ui_invite_user (UiSession *session, const char *account, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){ .title = _ ("Invite"), .run = invite, .flags = DECIDES, .models = PEOPLE, .a = account },
      done, data);
}

static gboolean
remove_invitation (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  return client != NULL
         && ui_op_proposed (op, cgs_invitation_remove (op->job, client, op->a, error),
                            _ ("The invitation is gone."));
}

UiJob *
ui_remove_invitation (UiSession *session, const char *invitation, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Take back the invitation"),
                                   .run = remove_invitation,
                                   .flags = DECIDES,
                                   .models = PEOPLE,
                                   .a = invitation },
                      done, data);
}

static gboolean
accept_invitation (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  if (client == NULL || !cgs_invitation_accept (op->job, client, op->a, error))
    return FALSE;
  ui_op_say (op, _ ("You accepted the invitation; a member has to admit you."));
  return TRUE;
}

UiJob *
ui_accept_invitation (UiSession *session, const char *invitation, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Accept the invitation"),
                                   .run = accept_invitation,
                                   .flags = DECIDES,
                                   .models = PEOPLE,
                                   .a = invitation },
                      done, data);
}

static gboolean
admit (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  return client != NULL
         && ui_op_proposed (op, cgs_user_identity_propose_invited (op->job, client, op->a, error),
                            _ ("The user is admitted."));
}

UiJob *
ui_admit_user (UiSession *session, const char *invitation, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){
          .title = _ ("Admit the user"), .run = admit, .flags = DECIDES, .models = PEOPLE, .a = invitation },
      done, data);
}

static gboolean
remove_user (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  return client != NULL
         && ui_op_proposed (op, cgs_user_identity_remove (op->job, client, op->a, error),
                            _ ("The user is removed."));
}

UiJob *
ui_remove_user (UiSession *session, const char *user, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){
          .title = _ ("Remove the user"), .run = remove_user, .flags = DECIDES, .models = PEOPLE, .a = user },
      done, data);
}

/* ---- sign-in ---- */

static gboolean
sign_in (UiOp *op, GError **error)
{
  IdentitySession *session = workflow_context_session (op->context, error);
  if (session == NULL || (op->yes && !identity_session_sign_out (session, error)))
    return FALSE;
  g_autofree char *account = workflow_context_recall (op->context, "account");
  gboolean ok = account != NULL ? workflow_context_sign_in (op->context, op->job, account, error)
                                : identity_session_sign_in (session, op->job, error);
  g_autoptr (IdentityPerson) person =
      ok ? identity_session_person (workflow_context_session (op->context, NULL), op->job, error) : NULL;
  if (person == NULL)
    return FALSE;
  ui_op_say (op, _ ("Signed in as %s."), person->address);
  return TRUE;
}

UiJob *
ui_sign_in (UiSession *session, gboolean anew, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){ .title = _ ("Sign in"),
                   .run = sign_in,
                   .flags = UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RUNNING | UI_OP_RENEW,
                   .models = ~0u,
                   .yes = anew },
      done, data);
}

static gboolean
sign_out (UiOp *op, GError **error)
{
  IdentitySession *session = workflow_context_session (op->context, error);
  if (session == NULL || !identity_session_sign_out (session, error))
    return FALSE;
  ui_op_say (op, _ ("%s is signed out; the token is gone from the key store."), op->persona);
  return TRUE;
}

UiJob *
ui_sign_out (UiSession *session, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Sign out"),
                                   .run = sign_out,
                                   .flags = UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RENEW,
                                   .models = UI_MODEL_BIT (UI_MODEL_KEYS) | UI_MODEL_BIT (UI_MODEL_JOURNEY) },
                      done, data);
}

static gboolean
approve (UiOp *op, GError **error)
{
  const Environment *environment = workflow_context_environment (op->context, error);
  HttpClient *http = environment != NULL ? workflow_context_http (op->context, error) : NULL;
  KeyStore *keys = http != NULL ? workflow_context_keys (op->context, error) : NULL;
  if (keys == NULL)
    return FALSE;
  if (environment->kind != ENVIRONMENT_SANDBOX) {
    cr_set_error (error, CR_ERROR_REFUSED, _ ("Open the page that is shown and enter the code there."),
                  _ ("Only accounts of the local environment can be answered for from here."));
    return FALSE;
  }
  IdentityLocal local = {
    .keys = keys,
    .http = http,
    .collaboration = workflow_context_collaboration (op->context),
    .persona = op->persona,
    .identity_url = environment->identity_url,
    .sandbox = TRUE,
  };
  g_autofree char *known = op->b == NULL ? workflow_context_recall (op->context, "account") : NULL;
  if (!identity_local_approve (&local, op->job,
                               op->b != NULL   ? op->b
                               : known != NULL ? known
                                               : "",
                               op->a, error))
    return FALSE;
  ui_op_say (op, _ ("Approved; the sign-in goes on by itself."));
  return TRUE;
}

UiJob *
ui_approve_sign_in (UiSession *session, UiDone done, gpointer data)
{
  const UiSignIn *asked = ui_session_sign_in (session);
  if (!asked->asked) {
    GError *problem = NULL;
    cr_set_error (&problem, CR_ERROR_INPUT, NULL, _ ("No sign-in waits for an answer."));
    return ui_op_refuse (session, _ ("Approve the sign-in"), problem, done, data);
  }
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Approve the sign-in"),
                                   .run = approve,
                                   .flags = UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RUNNING,
                                   .a = asked->code,
                                   .b = asked->account },
                      done, data);
}
