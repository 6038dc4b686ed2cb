/* SPDX-License-Identifier: MIT
 * Running steps, checking and planning them.
 */
#include "ui/model/session-private.h"

#include "base/error.h"

#include <glib/gi18n.h>
#include <string.h>

GHashTable *
ui_inputs_copy (GHashTable *inputs)
{
  if (inputs == NULL)
    return NULL;
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, inputs);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (copy, g_strdup (name), g_strdup (value));
  return copy;
}

typedef struct {
  UiAccess *access;
  WorkflowEngine *engine; /* the persona's; goes back when the thread has ended */
  char *engine_scenario;
  char *scenario, *persona, *step;
  GHashTable *inputs;
  gboolean force, automatic, unattended;
  GPtrArray *others; /* WorkflowEngine: of personas whose turn it is not */
  WorkflowOutcome *outcome;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;
  workflow_outcome_free (run->outcome);
  g_clear_pointer (&run->others, g_ptr_array_unref);
  g_clear_pointer (&run->engine, workflow_engine_close);
  g_clear_pointer (&run->inputs, g_hash_table_unref);
  ui_access_unref (run->access);
  g_free (run->engine_scenario);
  g_free (run->scenario);
  g_free (run->persona);
  g_free (run->step);
  g_free (run);
}

/* What was typed and not sent counts, where the caller says nothing. */
static void
add_draft (Run *run)
{
  if (run->inputs != NULL)
    return;
  run->inputs = ui_draft_load (ui_access_state_dir (run->access), run->persona, run->scenario, run->step);
}

/* The scenario's own answers, for a run without people. */
static void
add_answers (Run *run)
{
  GHashTable *fixed =
      run->unattended ? g_hash_table_lookup (workflow_engine_scenario (run->engine)->unattended, run->step)
                      : NULL;
  if (fixed == NULL)
    return;
  if (run->inputs == NULL)
    run->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, fixed);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    const char *given = g_hash_table_lookup (run->inputs, name);
    if (given == NULL || *given == '\0')
      g_hash_table_insert (run->inputs, g_strdup (name), g_strdup (value));
  }
}

static void
step_run (UiJob *job, gpointer input, GError **error)
{
  Run *run = input;
  CrJob *cr = ui_job_cr (job);
  g_clear_pointer (&run->others, g_ptr_array_unref);
  if (run->engine != NULL && g_strcmp0 (run->engine_scenario, run->scenario) != 0)
    g_clear_pointer (&run->engine, workflow_engine_close);
  if (run->engine == NULL) {
    run->engine = ui_access_engine (run->access, run->scenario, FALSE, error);
    g_free (run->engine_scenario);
    run->engine_scenario = g_strdup (run->scenario);
  }
  if (run->engine == NULL)
    return;
  add_draft (run);
  add_answers (run);
  /* Bad input is refused before anything is started. */
  g_autoptr (GHashTable) checked = workflow_engine_check_inputs (run->engine, run->persona, run->step,
                                                                 run->inputs, error);
  KeyStore *keys = checked != NULL ? ui_access_keys (run->access, error) : NULL;
  if (keys == NULL || !cr_job_check (cr, error) || !ui_access_environment (run->access, TRUE, error)
      || !cr_job_check (cr, error))
    return;
  WorkflowContext *context = workflow_engine_context (run->engine, run->persona, error);
  if (context == NULL)
    return;
  workflow_context_set_keys (context, keys);
  ui_memory_before_network ();
  run->outcome = workflow_engine_run (run->engine, cr, run->persona, run->step, run->inputs, run->force,
                                      error);
  /* Sign-in, keys, trust: whatever others opened before may have changed. */
  ui_access_renew (run->access);
}

/* ---- in the UI thread ---- */

static UiStepState
outcome_state (WorkflowState state)
{
  return state == WORKFLOW_WAITING   ? UI_STEP_WAITING
         : state == WORKFLOW_SKIPPED ? UI_STEP_SKIPPED
                                     : UI_STEP_DONE;
}

static void
tell_outcome (UiSession *session, UiJob *job, const char *turn, const WorkflowOutcome *outcome)
{
  UiKeys *room = ui_keys_new ();
  UiArena *arena = ui_value_arena (room);
  UiResult result = { .ok = TRUE, .lines = ui_arena_list (arena), .state = outcome_state (outcome->state) };
  for (guint i = 0; i < outcome->happened->len; i++)
    ui_add_text (arena, result.lines, g_ptr_array_index (outcome->happened, i));
  const char *last = result.lines->len > 0 ? g_ptr_array_index (result.lines, result.lines->len - 1)
                                           : outcome->step->title;
  result.text = ui_text (arena, last);
  result.next = ui_text_or_null (arena, outcome->next);
  ui_job_tell (job, session, &result);
  ui_play_step_ended (session, turn, &result);
  ui_value_unref (room);
}

static void
tell_problem (UiSession *session, UiJob *job, const char *turn, const GError *error)
{
  UiKeys *room = ui_keys_new ();
  UiArena *arena = ui_value_arena (room);
  UiResult result = { .lines = ui_arena_list (arena), .state = ui_state_of (error) };
  result.cancelled = result.state == UI_STEP_CANCELLED;
  result.problem = ui_problem (arena, error);
  result.text = ui_text (arena, error->message);
  result.next = result.problem->next;
  ui_job_tell (job, session, &result);
  ui_play_step_ended (session, turn, &result);
  ui_value_unref (room);
}

/* Does it wait for somebody? Gives who and what. */
static char *
waits_of (const Run *run, const GError *error)
{
  if (error != NULL)
    return g_error_matches (error, CR_ERROR, CR_ERROR_WAITING) ? g_strdup (error->message) : NULL;
  if (run->outcome->state != WORKFLOW_WAITING)
    return NULL;
  char *text = ui_waits_text (run->outcome->waits, run->persona);
  return text != NULL ? text : g_strdup (run->outcome->next);
}

static void
step_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  Run *run = input;
  UiPerson *person = ui_person (session, run->persona);
  gboolean given_up = error != NULL && ui_job_cancelled (job);
  g_autofree char *waits = given_up ? NULL : waits_of (run, error);
  if (waits != NULL && run->automatic)
    ui_auto_add (person, run->step, run->inputs);
  else
    ui_auto_remove (person, run->step);
  ui_running_end (person, waits == NULL ? error : NULL, waits);
  if (error == NULL && run->outcome->state == WORKFLOW_DONE)
    ui_keep_draft_of (session, run->persona, run->step, NULL);
  ui_local_refresh (session, 0);
  /* Whatever is on screen of the other side may be changed by it. */
  ui_reread (session, run->persona, ~0u);
  g_autofree char *turn = g_strdup_printf ("%s/%s", run->persona, run->step);
  if (error == NULL)
    tell_outcome (session, job, turn, run->outcome);
  else
    tell_problem (session, job, turn, error);
}

static void
step_gone (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  (void) job, (void) error;
  Run *run = input;
  UiPerson *person = ui_person (session, run->persona);
  person->step_job = NULL;
  person->engine = g_steal_pointer (&run->engine);
  person->engine_scenario = g_steal_pointer (&run->engine_scenario);
  ui_running_touch (person);
  ui_local_refresh (session, 0);
}

static const char *
title_of (UiSession *session, UiPerson *person, const char *step, const UiStepDetail **detail)
{
  const UiJourney *journey = ui_slot_value (session, person, UI_MODEL_JOURNEY);
  const UiStep *row = ui_journey_step (journey, step);
  const UiStepDetail *shown = ui_slot_value (session, person, UI_MODEL_STEP);
  *detail = shown->step != NULL && strcmp (shown->step->id, step) == 0 ? shown : NULL;
  return row != NULL ? row->title : step;
}

typedef struct {
  gboolean force, automatic, unattended;
} How;

GPtrArray *
ui_take_engines (UiSession *session, const UiPerson *except)
{
  GPtrArray *others = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_engine_close);
  GHashTableIter people;
  gpointer each;
  g_hash_table_iter_init (&people, session->people);
  while (session->presenter && g_hash_table_iter_next (&people, NULL, &each)) {
    UiPerson *other = each;
    if (other != except && other->engine != NULL)
      g_ptr_array_add (others, g_steal_pointer (&other->engine));
  }
  return others;
}

static UiJob *
start_step (UiSession *session, UiPerson *person, const char *step, GHashTable *inputs, How how, UiDone done,
            gpointer data)
{
  const UiStepDetail *detail = NULL;
  const char *title = title_of (session, person, step, &detail);
  GError *problem = NULL;
  if (session->read_only)
    cr_set_error (&problem, CR_ERROR_REFUSED, _ ("Start the program without --read-only."),
                  _ ("Nothing may be changed: the program was started read-only."));
  else if (*person->name == '\0')
    cr_set_error (&problem, CR_ERROR_INPUT, _ ("Choose who you are first."), _ ("Nobody is chosen."));
  else if (person->step_job != NULL)
    cr_set_error (&problem, CR_ERROR_RETRY, _ ("Wait until it has ended, or stop it."),
                  ui_job_ended (person->step_job) ? _ ("\"%s\" is still being stopped.")
                                                  : _ ("\"%s\" is running."),
                  ui_job_title (person->step_job));
  if (problem != NULL)
    return ui_op_refuse (session, title, problem, done, data);
  ui_auto_remove (person, step);
  Run *run = g_new0 (Run, 1);
  run->access = ui_access_ref (session->access);
  /* A run by itself comes back to each of them soon. */
  run->others = session->playing ? NULL : ui_take_engines (session, person);
  run->engine = g_steal_pointer (&person->engine);
  run->engine_scenario = g_steal_pointer (&person->engine_scenario);
  run->scenario = g_strdup (session->scenario);
  run->persona = g_strdup (person->name);
  run->step = g_strdup (step);
  g_autofree char *key = g_strdup_printf ("%s/%s", person->name, step);
  run->inputs = ui_inputs_copy (inputs != NULL ? inputs : g_hash_table_lookup (session->drafts, key));
  run->force = how.force;
  /* What a person has to read is never done by itself. */
  run->automatic = how.automatic && !(detail != NULL && detail->decides);
  run->unattended = how.unattended;
  UiJobPlan plan = { .title = title,
                     .persona = person->name,
                     .az = detail != NULL ? detail->az : NULL,
                     .run = step_run,
                     .end = step_ended,
                     .gone = step_gone,
                     .input = run,
                     .free_input = run_free };
  ui_running_begin (person, step, title);
  person->step_job = ui_job_start (session, &plan);
  ui_job_set_done (person->step_job, done, data);
  return person->step_job;
}

UiJob *
ui_run_step_of (UiSession *session, UiPerson *person, const char *step, GHashTable *inputs, gboolean force,
                gboolean automatic, UiDone done, gpointer data)
{
  How how = { force, automatic, FALSE };
  return start_step (session, person, step, inputs, how, done, data);
}

UiJob *
ui_run_unattended (UiSession *session, UiPerson *person, const char *step, UiDone done, gpointer data)
{
  How how = { FALSE, FALSE, TRUE };
  return start_step (session, person, step, NULL, how, done, data);
}

UiJob *
ui_run_step (UiSession *session, const char *step, GHashTable *inputs, gboolean force, gboolean automatic,
             UiDone done, gpointer data)
{
  return ui_run_step_of (session, ui_current (session), step, inputs, force, automatic, done, data);
}

void
ui_stop_waiting (UiSession *session, const char *step)
{
  UiPerson *person = ui_current (session);
  ui_auto_remove (person, step);
  if (g_strcmp0 (person->run_step, step) == 0)
    person->run_waiting = FALSE;
  ui_running_touch (person);
  ui_local_refresh (session, 0);
}

/* ---- questions about a step ---- */

typedef struct {
  UiAccess *access;
  char *scenario, *persona, *step, *text, *field;
  GHashTable *inputs;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *ask = data;
  ui_access_unref (ask->access);
  g_clear_pointer (&ask->inputs, g_hash_table_unref);
  g_free (ask->scenario);
  g_free (ask->persona);
  g_free (ask->step);
  g_free (ask->text);
  g_free (ask->field);
  g_free (ask);
}

/* The field of a message "Title (name): reason". Gives. */
static char *
field_of (GHashTable *inputs, const char *message)
{
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, inputs);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    g_autofree char *mark = g_strdup_printf ("(%s):", (char *) name);
    if (strstr (message, mark) != NULL)
      return g_strdup (name);
  }
  return NULL;
}

static void
check_run (UiJob *job, gpointer input, GError **error)
{
  (void) job;
  Ask *ask = input;
  g_autoptr (WorkflowEngine) engine = ui_access_engine (ask->access, ask->scenario, TRUE, error);
  if (engine == NULL)
    return;
  g_autoptr (GError) problem = NULL;
  g_autoptr (GHashTable) checked = workflow_engine_check_inputs (engine, ask->persona, ask->step, ask->inputs,
                                                                 &problem);
  if (checked != NULL) {
    ask->text = g_strdup (_ ("Everything is filled in correctly."));
    return;
  }
  ask->field = ask->inputs != NULL ? field_of (ask->inputs, problem->message) : NULL;
  g_propagate_error (error, g_steal_pointer (&problem));
}

static void
ask_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  Ask *ask = input;
  /* After a problem the input may still belong to the thread when the job was given up. */
  gboolean mine = error == NULL || !ui_job_cancelled (job);
  ui_op_tell (session, job, error, error == NULL ? ask->text : NULL, mine ? ask->field : NULL, NULL, NULL);
}

UiJob *
ui_check_inputs (UiSession *session, const char *step, GHashTable *inputs, UiDone done, gpointer data)
{
  Ask *ask = g_new0 (Ask, 1);
  ask->access = ui_access_ref (session->access);
  ask->scenario = g_strdup (session->scenario);
  ask->persona = g_strdup (session->persona != NULL ? session->persona : "");
  ask->step = g_strdup (step);
  ask->inputs = ui_inputs_copy (inputs);
  UiJobPlan plan = { .title = _ ("Check the form"),
                     .persona = session->persona,
                     .run = check_run,
                     .end = ask_ended,
                     .input = ask,
                     .free_input = ask_free };
  UiJob *job = ui_job_start (session, &plan);
  ui_job_set_done (job, done, data);
  return job;
}

static gboolean
probe_run (UiOp *op, GError **error)
{
  g_autoptr (WorkflowEngine) engine = ui_access_engine (op->access, op->scenario_name, TRUE, error);
  WorkflowContext *context = engine != NULL ? workflow_engine_context (engine, op->persona, error) : NULL;
  KeyStore *keys = context != NULL ? ui_access_keys (op->access, error) : NULL;
  if (keys == NULL)
    return FALSE;
  workflow_context_set_keys (context, keys);
  gboolean done = FALSE;
  g_autofree char *value = workflow_engine_probe (engine, op->job, op->persona, op->a, &done, error);
  if (value == NULL)
    return FALSE;
  ui_op_say (op, done ? _ ("Done: the other side says \"%s\".") : _ ("Not done: the other side says \"%s\"."),
             value);
  return TRUE;
}

UiJob *
ui_probe_step (UiSession *session, const char *step, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Ask the other side"),
                                   .run = probe_run,
                                   .flags = UI_OP_RUNNING | UI_OP_KEYRING | UI_OP_LEASE,
                                   .a = step },
                      done, data);
}
