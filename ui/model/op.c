/* SPDX-License-Identifier: MIT
 * The frame of every operation: refusals, context, result, models that are read again.
 */
#include "ui/model/session-private.h"
#include "ui/model/undo.h"

#include "base/error.h"
#include "base/text.h"

#include <glib/gi18n.h>

static void
op_free (gpointer data)
{
  UiOp *op = data;
  union {
    gconstpointer fixed;
    gpointer free;
  } value = { .fixed = op->value };
  ui_value_unref (value.free);
  ui_access_unref (op->access);
  g_ptr_array_unref (op->lines);
  g_free (op->a);
  g_free (op->b);
  g_free (op->c);
  g_free (op->d);
  g_free (op->scenario_name);
  g_free (op->persona);
  g_free (op->text);
  g_free (op->made);
  ui_inverse_free (op->inverse);
  g_free (op);
}

/* ---- on the job's thread ---- */

static gboolean
op_work (UiOp *op, GError **error)
{
  if ((op->flags & UI_OP_RUNNING) != 0 && !ui_access_environment (op->access, FALSE, error))
    return FALSE;
  if ((op->flags & UI_OP_LEASE) != 0) {
    op->lease = ui_access_lease (op->access, op->scenario_name, op->persona, (op->flags & UI_OP_KEYRING) != 0,
                                 error);
    if (op->lease == NULL)
      return FALSE;
    op->context = op->lease->context;
  }
  return op->run (op, error);
}

static void
op_run (UiJob *job, gpointer input, GError **error)
{
  UiOp *op = input;
  op->job = ui_job_cr (job);
  gboolean ok = op_work (op, error);
  if ((op->flags & UI_OP_RENEW) != 0)
    ui_access_renew (op->access);
  ui_access_give_back (op->access, g_steal_pointer (&op->lease), ok);
  op->context = NULL;
}

void
ui_op_say (UiOp *op, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_free (op->text);
  op->text = cr_text_safe (text);
}

void
ui_op_inverse (UiOp *op, UiInverseKind kind, const char *object, const char *text, gboolean on)
{
  ui_inverse_free (op->inverse);
  UiInverse inverse = { kind, op->persona, op->scenario_name, (char *) (gsize) object, (char *) (gsize) text,
                        on };
  op->inverse = ui_inverse_copy (&inverse);
}

CcfClient *
ui_op_ledger (UiOp *op, GError **error)
{
  return workflow_context_ccf (op->context, NULL, error);
}

char *
ui_op_contract (UiOp *op, GError **error)
{
  CcfClient *client = ui_op_ledger (op, error);
  return client != NULL ? workflow_context_contract (op->context, op->job, client, error) : NULL;
}

gboolean
ui_op_proposed (UiOp *op, json_t *proposal, const char *done)
{
  g_autoptr (json_t) owned = proposal;
  if (owned == NULL)
    return FALSE;
  const char *state = cr_json_peek_string (owned, "proposalState");
  if (op->made == NULL)
    op->made = g_strdup (cr_json_peek_string (owned, "proposalId"));
  const char *id = cr_json_peek_string (owned, "proposalId");
  if (g_strcmp0 (state, "Open") == 0 && id != NULL)
    ui_op_inverse (op, UI_INVERSE_WITHDRAW, id, NULL, FALSE);
  if (g_strcmp0 (state, "Open") == 0)
    ui_op_say (op, _ ("Proposed; others have to vote."));
  else if (done != NULL)
    ui_op_say (op, "%s", done);
  else
    ui_op_say (op, _ ("Proposed; it is %s."), state != NULL ? state : "?");
  return TRUE;
}

/* ---- in the UI thread ---- */

UiStepState
ui_state_of (const GError *error)
{
  return error == NULL                                           ? UI_STEP_DONE
         : g_error_matches (error, CR_ERROR, CR_ERROR_WAITING)   ? UI_STEP_WAITING
         : g_error_matches (error, CR_ERROR, CR_ERROR_CANCELLED) ? UI_STEP_CANCELLED
                                                                 : UI_STEP_FAILED;
}

void
ui_op_tell (UiSession *session, UiJob *job, const GError *error, const char *text, const char *value,
            GPtrArray *lines, const UiInverse *inverse)
{
  /* The texts live in the arena of an empty model for the time of the callback. */
  UiKeys *room = ui_keys_new ();
  UiArena *arena = ui_value_arena (room);
  UiResult result = { .ok = error == NULL, .lines = ui_arena_list (arena), .state = ui_state_of (error) };
  result.cancelled = result.state == UI_STEP_CANCELLED;
  result.problem = error != NULL ? ui_problem (arena, error) : NULL;
  result.text = ui_text (arena, text != NULL ? text : error != NULL ? error->message : ui_job_title (job));
  result.value = ui_text (arena, value);
  result.inverse = inverse;
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    ui_add_text (arena, result.lines, g_ptr_array_index (lines, i));
  ui_job_tell (job, session, &result);
  ui_value_unref (room);
}

static void
op_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  UiOp *op = input;
  if (error != NULL) {
    ui_op_tell (session, job, error, NULL, NULL, NULL, NULL);
    return;
  }
  if (op->persona != NULL)
    ui_reread (session, op->persona, op->models);
  if ((op->models & UI_MODEL_BIT (UI_MODEL_JOURNEY)) != 0)
    ui_local_refresh (session, 0);
  ui_op_tell (session, job, NULL, op->text, op->made, op->lines, op->inverse);
}

static void
refuse_run (UiJob *job, gpointer input, GError **error)
{
  (void) job;
  g_propagate_error (error, g_error_copy (input));
}

static void
refuse_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  (void) input;
  ui_op_tell (session, job, error, NULL, NULL, NULL, NULL);
}

UiJob *
ui_op_refuse (UiSession *session, const char *title, GError *problem, UiDone done, gpointer data)
{
  UiJobPlan plan = { .title = title,
                     .run = refuse_run,
                     .end = refuse_ended,
                     .input = problem,
                     .free_input = (GDestroyNotify) g_error_free };
  UiJob *job = ui_job_start (session, &plan);
  ui_job_set_done (job, done, data);
  return job;
}

UiJob *
ui_op_begin (UiSession *session, const UiOpPlan *wanted, UiDone done, gpointer data)
{
  GError *problem = NULL;
  if (session->read_only && (wanted->flags & UI_OP_CHANGES) != 0)
    cr_set_error (&problem, CR_ERROR_REFUSED, _ ("Start the program without --read-only."),
                  _ ("Nothing may be changed: the program was started read-only."));
  else if (session->persona == NULL && (wanted->flags & UI_OP_NO_PERSONA) == 0)
    cr_set_error (&problem, CR_ERROR_INPUT, _ ("Choose who you are first."), _ ("Nobody is chosen."));
  if (problem != NULL)
    return ui_op_refuse (session, wanted->title, problem, done, data);
  UiOp *op = g_new0 (UiOp, 1);
  op->run = wanted->run;
  op->flags = wanted->flags;
  op->models = wanted->models;
  op->a = g_strdup (wanted->a);
  op->b = g_strdup (wanted->b);
  op->c = g_strdup (wanted->c);
  op->d = g_strdup (wanted->d);
  op->yes = wanted->yes;
  op->value = ui_value_ref (wanted->value);
  op->lines = g_ptr_array_new_with_free_func (g_free);
  op->access = ui_access_ref (session->access);
  op->scenario_name = g_strdup (session->scenario);
  op->persona = g_strdup (session->persona);
  UiJobPlan plan = { .title = wanted->title,
                     .persona = session->persona,
                     .run = op_run,
                     .end = op_ended,
                     .input = op,
                     .free_input = op_free };
  UiJob *job = ui_job_start (session, &plan);
  ui_job_set_done (job, done, data);
  return job;
}

/* ---- about operations ---- */

void
ui_session_forget (UiSession *session, gpointer data)
{
  for (guint i = 0; i < session->jobs->len; i++)
    ui_job_forget (g_ptr_array_index (session->jobs, i), data);
}

GPtrArray *
ui_session_jobs (UiSession *session)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) ui_job_unref);
  for (guint i = 0; i < session->jobs->len; i++) {
    UiJob *job = g_ptr_array_index (session->jobs, i);
    if (ui_job_listed (job))
      g_ptr_array_add (list, ui_job_ref (job));
  }
  return list;
}

char *
ui_session_quit_text (UiSession *session)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer each;
  guint waiting = 0;
  for (guint i = 0; i < session->jobs->len; i++) {
    const UiJob *job = g_ptr_array_index (session->jobs, i);
    if (!ui_job_listed (job))
      continue;
    const UiPerson *person = ui_job_persona (job) != NULL ? ui_person (session, ui_job_persona (job)) : NULL;
    gboolean step = person != NULL && person->step_job == job;
    g_string_append_printf (
        text, step ? _ ("\"%s\" stops; run again, it goes on where it was.\n") : _ ("\"%s\" stops.\n"),
        ui_job_title (job));
  }
  g_hash_table_iter_init (&iter, session->people);
  while (g_hash_table_iter_next (&iter, NULL, &each))
    waiting += g_hash_table_size (((UiPerson *) each)->autos);
  if (waiting > 0)
    g_string_append_printf (text,
                            g_dngettext (NULL, "%u step that waits no longer goes on by itself.\n",
                                         "%u steps that wait no longer go on by themselves.\n", waiting),
                            waiting);
  if (text->len == 0)
    return NULL;
  if (session->local_overview != NULL && session->local_overview->local)
    g_string_append (text, _ ("The local environment goes on running, and so does a query that it runs."));
  else
    g_string_append (text, _ ("A query that runs in the clean room goes on there."));
  return g_string_free (g_steal_pointer (&text), FALSE);
}
