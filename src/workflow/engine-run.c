/* SPDX-License-Identifier: MIT
 * One attempt at one step: inputs, needs, journal, action, probe, outcome.
 */
#include "workflow/engine-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

void
workflow_outcome_free (WorkflowOutcome *outcome)
{
  if (outcome == NULL)
    return;
  g_clear_pointer (&outcome->happened, g_ptr_array_unref);
  g_clear_pointer (&outcome->waits, g_ptr_array_unref);
  g_free (outcome->next);
  json_decref (outcome->result);
  g_free (outcome);
}

/* Everything about the attempt that is made; borrowed unless said otherwise. */
typedef struct {
  WorkflowEngine *engine;
  const WorkflowJourney *journey;
  const WorkflowStep *step;
  const WorkflowActionRecord *action;
  CrJob *job;
  int lock;      /* of the persona */
  gboolean anew; /* new work: the identifiers of before are forgotten */
} Attempt;

static WorkflowOutcome *
outcome_new (const Attempt *attempt, WorkflowState state)
{
  WorkflowOutcome *outcome = g_new0 (WorkflowOutcome, 1);
  outcome->persona = attempt->journey->persona->name;
  outcome->step = attempt->step;
  outcome->state = state;
  outcome->happened = g_ptr_array_new_with_free_func (g_free);
  outcome->waits = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_wait_free);
  return outcome;
}

/* "Waiting for operator: Invite the users." for the first of WAITS. */
static char *
waiting_text (GPtrArray *waits)
{
  const WorkflowWait *wait = g_ptr_array_index (waits, 0);
  if (wait->title == NULL)
    return g_strdup_printf ("Waiting for %s.", wait->persona);
  return g_strdup_printf ("Waiting for %s: %s.", wait->persona, wait->title);
}

/* The next thing this persona can do. */
static char *
next_text (const Attempt *attempt)
{
  const WorkflowPersona *persona = attempt->journey->persona;
  g_autoptr (GPtrArray) list = workflow_engine_list (attempt->engine, persona->name, NULL);
  const WorkflowStatus *waiting = NULL, *next = list != NULL ? workflow_engine_next (list) : NULL;
  if (next != NULL)
    return g_strdup_printf ("%s: cleanroom step run %s %s", next->step->title, persona->name, next->step->id);
  for (guint i = 0; list != NULL && waiting == NULL && i < list->len; i++) {
    const WorkflowStatus *status = g_ptr_array_index (list, i);
    if (!status->step->optional && status->state == WORKFLOW_WAITING)
      waiting = status;
  }
  if (waiting != NULL && waiting->waits->len > 0)
    return waiting_text (waiting->waits);
  return g_strdup (persona->finished != NULL ? persona->finished : "All steps are done.");
}

/* The step's own words for what went wrong replace the general hint. */
static void
apply_remedy (const Attempt *attempt, WorkflowCall *call, GError *problem)
{
  const char *reason = cr_error_reason (problem);
  for (guint i = 0; reason != NULL && i < attempt->step->remedies->len; i++) {
    const WorkflowRemedy *remedy = g_ptr_array_index (attempt->step->remedies, i);
    if (!g_str_equal (remedy->code, reason))
      continue;
    g_autofree char *text = workflow_expand (remedy->text, workflow_call_value, call);
    cr_error_set_hint (problem, text);
    return;
  }
}

static const char *
missing_remedy (const WorkflowStep *step, const WorkflowWait *wait)
{
  for (guint i = 0; wait->artefact != NULL && i < step->remedies->len; i++) {
    const WorkflowRemedy *remedy = g_ptr_array_index (step->remedies, i);
    if (g_str_has_prefix (remedy->code, "missing:") && strstr (wait->artefact, remedy->code + 8) != NULL)
      return remedy->text;
  }
  return NULL;
}

/* The needs are not met: CR_ERROR_WAITING for others, CR_ERROR_INPUT for own steps. */
static void
refuse_missing (const Attempt *attempt, WorkflowCall *call, GPtrArray *waits, GError **error)
{
  const WorkflowWait *wait = g_ptr_array_index (waits, 0);
  const char *persona = attempt->journey->persona->name;
  for (guint i = 0; i < waits->len && g_str_equal (wait->persona, persona); i++)
    wait = g_ptr_array_index (waits, i);
  gboolean own = g_str_equal (wait->persona, persona);
  const char *remedy = missing_remedy (attempt->step, wait);
  g_autofree char *text = workflow_expand (remedy, workflow_call_value, call);
  g_autofree char *hint = text != NULL
                              ? g_strdup (text)
                              : g_strdup_printf ("%s has to take it: cleanroom step run %s %s", wait->persona,
                                                 wait->persona, wait->step != NULL ? wait->step : "");
  const char *title = wait->title != NULL ? wait->title : wait->artefact;
  if (own)
    cr_set_error (error, CR_ERROR_INPUT, hint, "'%s' comes first: %s.", title,
                  wait->step != NULL ? wait->step : "");
  else
    cr_set_error (error, CR_ERROR_WAITING, hint, "Waiting for %s: %s.", wait->persona, title);
}

/* A decision: asked for, with nothing to fall back to. An old one is none about something new. */
static gboolean
is_decision (const WorkflowStep *step, const char *name)
{
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    if (g_str_equal (input->name, name))
      return input->required && input->initial == NULL;
  }
  return FALSE;
}

/* What the journal keeps of an attempt that was not finished, or that something newer has outdated, comes
 * before the defaults. */
static GHashTable *
effective_inputs (const Attempt *attempt, WorkflowContext *context, const WorkflowStatus *status,
                  gboolean again, GHashTable *given, GError **error)
{
  const WorkflowEntry *entry = status->entry;
  g_autoptr (GHashTable) base = workflow_inputs_defaults (attempt->engine, context,
                                                          attempt->journey->persona->name, attempt->step);
  const char *name;
  json_t *value;
  if (!again)
    json_object_foreach (entry->inputs, name, value)
      if (g_hash_table_contains (base, name) && json_string_length (value) > 0
          && !(status->stale && is_decision (attempt->step, name))
          && !(entry->state == WORKFLOW_DONE && g_strcmp0 (attempt->step->renew_when, name) == 0))
        g_hash_table_insert (base, g_strdup (name), g_strdup (json_string_value (value)));
  g_autoptr (GHashTable) inputs = workflow_inputs_check (attempt->step, base, given, error);
  if (inputs == NULL || (attempt->action->check != NULL && !attempt->action->check (inputs, error)))
    return NULL;
  return g_steal_pointer (&inputs);
}

/* After the action: ask the probe, unless the action itself says that it waits. */
static gboolean
confirm (const Attempt *attempt, WorkflowCall *call, GError **error)
{
  const WorkflowCondition *done = attempt->step->done_when;
  const WorkflowProbeRecord *probe = workflow_tables_probe (attempt->engine->tables, done->name);
  g_autofree char *value = probe->read (call, error);
  if (value == NULL)
    return FALSE;
  if (workflow_condition_holds (done, value))
    return TRUE;
  g_autofree char *safe = cr_text_safe (value);
  g_autofree char *wanted = g_strjoinv (" or ", done->values);
  cr_set_error (error, CR_ERROR_FAILED,
                "Take the step again; if it stays like this, look at the calls it made.",
                "'%s' was done, but %s is '%s' and not %s.", attempt->step->title, done->name, safe, wanted);
  return FALSE;
}

/* A refusal of type "waiting": the outcome names the parties of the step's needs. */
static void
add_party_waits (const Attempt *attempt, WorkflowCall *call)
{
  if (json_array_size (call->pending) > 0)
    return;
  g_autoptr (GPtrArray) needs = workflow_step_needs (attempt->engine->scenario,
                                                     attempt->journey->persona->name, attempt->step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    if (need->kind == WORKFLOW_NEED_PARTY && !need->soft)
      workflow_call_wait (call, need->persona, need->step, NULL);
  }
}

static WorkflowOutcome *
finish (const Attempt *attempt, WorkflowCall *call, WorkflowState state, GError **error)
{
  WorkflowJournal *journal = workflow_context_journal (call->context);
  json_t *lines = json_array ();
  for (guint i = 0; i < call->happened->len; i++)
    json_array_append_new (lines, json_string (g_ptr_array_index (call->happened, i)));
  json_object_set_new (call->result, "happened", lines);
  if (!workflow_journal_finish (journal, attempt->engine->scenario->name, attempt->step->id, state,
                                call->result, state == WORKFLOW_WAITING ? call->pending : NULL,
                                call->artefacts, error))
    return NULL;
  WorkflowOutcome *outcome = outcome_new (attempt, state);
  g_ptr_array_unref (outcome->happened);
  outcome->happened = g_steal_pointer (&call->happened);
  outcome->result = json_incref (call->result);
  g_ptr_array_unref (outcome->waits);
  outcome->waits = workflow_waits_from_json (attempt->engine, call->pending);
  outcome->next = state == WORKFLOW_WAITING && outcome->waits->len > 0 ? waiting_text (outcome->waits)
                                                                       : next_text (attempt);
  return outcome;
}

/* The action said CR_ERROR_WAITING: no failure, somebody else has to act. */
static WorkflowOutcome *
wait_for_others (const Attempt *attempt, WorkflowCall *call, GError *problem, GError **error)
{
  add_party_waits (attempt, call);
  if (!workflow_journal_fail (workflow_context_journal (call->context), attempt->engine->scenario->name,
                              attempt->step->id, problem, call->pending, error))
    return NULL;
  WorkflowOutcome *outcome = outcome_new (attempt, WORKFLOW_WAITING);
  g_ptr_array_add (outcome->happened, g_strdup (problem->message));
  g_ptr_array_unref (outcome->waits);
  outcome->waits = workflow_waits_from_json (attempt->engine, call->pending);
  outcome->result = json_object ();
  const char *hint = cr_error_hint (problem);
  outcome->next = hint != NULL              ? g_strdup (hint)
                  : outcome->waits->len > 0 ? waiting_text (outcome->waits)
                                            : g_strdup ("Somebody else has to act first.");
  return outcome;
}

/* Every step can be killed by its name when its attempt is in the journal and nothing else has happened
 * ("step/PERSONA/ID/begun"), and when all has happened and the journal does not know it yet (".../acted"). */
static void
fault_point (const Attempt *attempt, const char *where)
{
  g_autofree char *name = g_strdup_printf ("step/%s/%s/%s", attempt->journey->persona->name,
                                           attempt->step->id, where);
  cr_fault_point (name);
}

/* Do the inputs ask for new work? */
static gboolean
is_renewal (const Attempt *attempt, GHashTable *inputs)
{
  const char *name = attempt->step->renew_when;
  return name != NULL && inputs != NULL && workflow_input_is_yes (g_hash_table_lookup (inputs, name));
}

/* New work is asked for, and the attempt of before is not such a one that was cut off: that is gone on
 * with. */
static gboolean
begins_renewal (const Attempt *attempt, const WorkflowEntry *entry, GHashTable *given)
{
  if (entry->state == WORKFLOW_TODO || !is_renewal (attempt, given))
    return FALSE;
  const char *before = cr_json_peek_string (entry->inputs, attempt->step->renew_when);
  return entry->state == WORKFLOW_DONE || !workflow_input_is_yes (before);
}

/* Effects and their end in the journal. */
static WorkflowOutcome *
act (const Attempt *attempt, WorkflowCall *call, GError **error)
{
  WorkflowJournal *journal = workflow_context_journal (call->context);
  const char *scenario = attempt->engine->scenario->name;
  g_autoptr (json_t) recorded = workflow_inputs_to_json (attempt->step, call->inputs);
  g_autoptr (json_t) seen = workflow_again_read (attempt->engine, attempt->journey->persona->name,
                                                 attempt->step);
  if (!(attempt->anew ? workflow_journal_begin_anew
                      : workflow_journal_begin) (journal, scenario, attempt->step->id, recorded, error))
    return NULL;
  /* Whoever watches the lock can read that it runs only now: writes to the journal are seen before its
   * commit. */
  workflow_engine_hold (attempt->lock);
  g_autoptr (GError) problem = NULL;
  fault_point (attempt, "begun");
  gboolean ok = cr_job_check (attempt->job, &problem) && attempt->action->run (call, &problem);
  fault_point (attempt, "acted");
  gboolean waiting = ok && json_array_size (call->pending) > 0;
  if (ok && !waiting)
    ok = confirm (attempt, call, &problem);
  ok = ok
       && (waiting
           || workflow_again_remember (attempt->engine, call->context, attempt->step, seen, &problem));
  if (ok && !waiting && is_renewal (attempt, call->inputs))
    workflow_again_tell (attempt->engine, call);
  if (ok)
    return finish (attempt, call, waiting ? WORKFLOW_WAITING : WORKFLOW_DONE, error);
  if (problem == NULL)
    cr_set_error (&problem, CR_ERROR_BUG, "Report this.", "The action %s failed and does not say why.",
                  attempt->step->action);
  apply_remedy (attempt, call, problem);
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING)
      && !workflow_again_remember (attempt->engine, call->context, attempt->step, seen, error))
    return NULL;
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING))
    return wait_for_others (attempt, call, problem, error);
  g_autoptr (GError) second = NULL;
  if (!workflow_journal_fail (journal, scenario, attempt->step->id, problem, NULL, &second))
    g_warning ("The journal could not record a failure: %s", second->message);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static WorkflowOutcome *
already_done (const Attempt *attempt, const WorkflowEntry *entry)
{
  WorkflowOutcome *outcome = outcome_new (attempt, WORKFLOW_DONE);
  outcome->already = TRUE;
  g_ptr_array_add (outcome->happened, g_strdup_printf ("'%s' is already done.", attempt->step->title));
  outcome->result = entry->result != NULL ? json_incref (entry->result) : json_object ();
  outcome->next = next_text (attempt);
  return outcome;
}

static WorkflowOutcome *
not_needed (const Attempt *attempt)
{
  WorkflowOutcome *outcome = outcome_new (attempt, WORKFLOW_SKIPPED);
  g_ptr_array_add (outcome->happened, g_strdup_printf ("'%s' is not needed here.", attempt->step->title));
  outcome->result = json_object ();
  outcome->next = next_text (attempt);
  return outcome;
}

/* Did the attempt change anything since the one before? An attempt that only found out that it still has to
 * wait did not. */
static gboolean
has_news (const WorkflowEntry *before, const WorkflowOutcome *outcome)
{
  return !outcome->already
         && (outcome->state != WORKFLOW_WAITING
             || (json_object_size (outcome->result) > 0 && !json_equal (before->result, outcome->result)));
}

/* With the persona locked. *NEWS: others should look. */
static WorkflowOutcome *
run_locked (Attempt *attempt, GHashTable *given, gboolean force, gboolean *news, GError **error)
{
  const char *persona = attempt->journey->persona->name;
  WorkflowContext *context = workflow_engine_context (attempt->engine, persona, error);
  g_autoptr (WorkflowStatus) status =
      context != NULL ? workflow_engine_status (attempt->engine, persona, attempt->step->id, error) : NULL;
  if (status == NULL)
    return NULL;
  if (status->state == WORKFLOW_SKIPPED)
    return not_needed (attempt);
  gboolean again = status->entry->state == WORKFLOW_DONE;
  if (status->state == WORKFLOW_DONE && !force && !attempt->action->always && !is_renewal (attempt, given))
    return already_done (attempt, status->entry);
  /* An artefact that was lost is written again from the old inputs; asked for anew, the defaults count. */
  gboolean anew = again && (status->state == WORKFLOW_DONE || status->stale);
  g_autoptr (GHashTable) inputs = effective_inputs (attempt, context, status, anew && !status->stale, given,
                                                    error);
  if (inputs == NULL)
    return NULL;
  WorkflowCall call;
  workflow_call_init (&call, context, attempt->step, attempt->job, inputs);
  WorkflowOutcome *outcome = NULL;
  attempt->anew = (anew && attempt->action->renews) || begins_renewal (attempt, status->entry, given);
  if (status->waits->len > 0 && status->entry->state == WORKFLOW_TODO)
    refuse_missing (attempt, &call, status->waits, error);
  else
    outcome = act (attempt, &call, error);
  workflow_call_clear (&call);
  *news = outcome != NULL && has_news (status->entry, outcome);
  return outcome;
}

WorkflowOutcome *
workflow_engine_run (WorkflowEngine *engine, CrJob *job, const char *persona, const char *step,
                     GHashTable *inputs, gboolean force, GError **error)
{
  Attempt attempt = { .engine = engine, .job = job };
  attempt.step = workflow_engine_find (engine, persona, step, &attempt.journey, error);
  if (attempt.step == NULL)
    return NULL;
  attempt.action = workflow_tables_action (engine->tables, attempt.step->action);
  if (engine->read_only) {
    cr_set_error (error, CR_ERROR_REFUSED, "Start the program without --read-only.",
                  "Nothing may be changed: the program was started read-only.");
    return NULL;
  }
  /* Everything that can be refused without a trace is refused before the persona's folder is made. */
  WorkflowContext *seen = workflow_engine_peek (engine, persona, NULL);
  if (seen == NULL) {
    g_autoptr (GHashTable) first = workflow_inputs_defaults (engine, NULL, persona, attempt.step);
    g_autoptr (GHashTable) checked = workflow_inputs_check (attempt.step, first, inputs, error);
    if (checked == NULL)
      return NULL;
  }
  if (workflow_engine_context (engine, persona, error) == NULL)
    return NULL;
  int lock = workflow_engine_lock (engine, persona, error);
  if (lock < 0)
    return NULL;
  attempt.lock = lock;
  gint64 started = cr_now_ms ();
  gboolean news = FALSE;
  WorkflowOutcome *outcome = run_locked (&attempt, inputs, force, &news, error);
  if (outcome != NULL)
    outcome->elapsed_ms = cr_now_ms () - started;
  workflow_engine_unlock (engine, lock, news);
  return outcome;
}

char *
workflow_engine_probe (WorkflowEngine *engine, CrJob *job, const char *persona, const char *step,
                       gboolean *done, GError **error)
{
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, NULL, error);
  if (found == NULL)
    return NULL;
  g_autoptr (GError) problem = NULL;
  WorkflowContext *context = workflow_engine_peek (engine, persona, &problem);
  if (context == NULL) {
    if (problem != NULL)
      g_propagate_error (error, g_steal_pointer (&problem));
    else
      cr_set_error (error, CR_ERROR_INPUT, "Take its first step.", "%s has not done anything yet.", persona);
    return NULL;
  }
  g_autoptr (GHashTable) inputs = workflow_inputs_defaults (engine, context, persona, found);
  WorkflowCall call;
  workflow_call_init (&call, context, found, job, inputs);
  char *value = workflow_tables_probe (engine->tables, found->done_when->name)->read (&call, error);
  workflow_call_clear (&call);
  if (done != NULL)
    *done = workflow_condition_holds (found->done_when, value);
  return value;
}
