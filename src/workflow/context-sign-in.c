/* SPDX-License-Identifier: MIT
 * Signing a persona in, and standing in for the person where nobody is there.
 */
#include "workflow/context-private.h"

#include "base/error.h"
#include "base/json.h"

#include <string.h>

static IdentityLocal
local_identity (WorkflowContext *context)
{
  IdentityLocal local = {
    .keys = context->keys,
    .http = context->http,
    .collaboration = context->collaboration,
    .persona = context->persona->name,
    .identity_url = context->environment->identity_url,
    .sandbox = context->environment->kind == ENVIRONMENT_SANDBOX,
  };
  return local;
}

gboolean
workflow_context_make_account (WorkflowContext *context, CrJob *job, const char *account, GError **error)
{
  HttpClient *http = workflow_context_http (context, error);
  if (http == NULL || workflow_context_keys (context, error) == NULL)
    return FALSE;
  if (environment_require (context->environment, ENVIRONMENT_IDENTITY, error) == NULL)
    return FALSE;
  if (context->environment->kind != ENVIRONMENT_SANDBOX)
    return TRUE;
  IdentityLocal local = local_identity (context);
  g_autoptr (IdentityAccount) made = identity_local_create_account (&local, job, account, error);
  return made != NULL;
}

/* A job between the session and the face: everything is passed on, but the sign-in is also approved. */
typedef struct {
  WorkflowContext *context;
  CrJob *outer;
  CrJob *inner;
  char *account;
  GError *problem;
} Approval;

static void
pass_call (const CrCall *call, gpointer data)
{
  cr_job_call (((Approval *) data)->outer, call);
}

static void
pass_progress (const char *phase, guint64 done, guint64 total, gpointer data)
{
  cr_job_progress (((Approval *) data)->outer, phase, done, total);
}

static void
approve (const char *kind, const char *text, gpointer data)
{
  Approval *approval = data;
  if (!g_str_equal (kind, "sign-in")) {
    cr_job_notice (approval->outer, kind, text);
    return;
  }
  g_autoptr (json_t) notice = cr_json_parse (text, strlen (text), "the sign-in notice", NULL);
  const char *code = notice != NULL ? cr_json_peek_string (notice, "user_code") : NULL;
  if (code == NULL)
    return;
  IdentityLocal local = local_identity (approval->context);
  g_clear_error (&approval->problem);
  /* Without approval the poll would go on until the code expires. */
  if (!identity_local_approve (&local, approval->outer, approval->account, code, &approval->problem))
    g_cancellable_cancel (cr_job_cancellable (approval->inner));
}

static void
pass_cancel (GCancellable *outer, gpointer data)
{
  (void) outer;
  g_cancellable_cancel (cr_job_cancellable (((Approval *) data)->inner));
}

static gboolean
sign_in_unattended (WorkflowContext *context, CrJob *job, const char *account, GError **error)
{
  g_autoptr (CrJob) inner = cr_job_new ();
  Approval approval = { context, job, inner, g_strdup (account), NULL };
  cr_job_on_call (inner, pass_call, &approval);
  cr_job_on_progress (inner, pass_progress, &approval);
  cr_job_on_notice (inner, approve, &approval);
  gulong handler = 0;
  if (job != NULL)
    handler = g_cancellable_connect (cr_job_cancellable (job), G_CALLBACK (pass_cancel), &approval, NULL);
  g_autoptr (GError) problem = NULL;
  gboolean ok = identity_session_ensure (context->session, inner, &problem);
  if (handler != 0)
    g_cancellable_disconnect (cr_job_cancellable (job), handler);
  if (!ok)
    g_propagate_error (error, approval.problem != NULL ? g_steal_pointer (&approval.problem)
                                                       : g_steal_pointer (&problem));
  g_clear_error (&approval.problem);
  g_free (approval.account);
  return ok;
}

gboolean
workflow_context_sign_in (WorkflowContext *context, CrJob *job, const char *account, GError **error)
{
  g_autofree char *known = workflow_context_recall (context, "account");
  if (g_strcmp0 (known, account) != 0) {
    /* Another account: whatever was opened with the old one is dropped. */
    g_hash_table_remove_all (context->ledgers);
    g_clear_pointer (&context->arm, arm_client_free);
    g_clear_pointer (&context->provider, provider_client_free);
    g_clear_pointer (&context->session, identity_session_free);
    if (!workflow_context_remember (context, "account", account, error))
      return FALSE;
  }
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return FALSE;
  gboolean unattended = context->auto_approve && context->environment->kind == ENVIRONMENT_SANDBOX;
  if (!(unattended ? sign_in_unattended (context, job, account, error)
                   : identity_session_ensure (session, job, error)))
    return FALSE;
  g_autoptr (IdentityPerson) person = identity_session_person (session, job, error);
  return person != NULL && workflow_context_remember (context, "user", person->oid, error)
         && workflow_context_remember (context, "tenant", person->tid, error);
}
