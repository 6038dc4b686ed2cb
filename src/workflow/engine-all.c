/* SPDX-License-Identifier: MIT
 * A whole scenario without people: every step of every persona, in an order that satisfies all needs.
 */
#include "workflow/engine-private.h"

#include "base/clock.h"
#include "base/error.h"

GPtrArray *
workflow_engine_order (WorkflowEngine *engine, gboolean with_optional)
{
  g_autoptr (GPtrArray) places = workflow_scenario_order (engine->scenario, NULL);
  GPtrArray *order = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; places != NULL && i < places->len; i++) {
    const WorkflowTurnPlace *place = g_ptr_array_index (places, i);
    if (place->step->optional && !with_optional)
      continue;
    WorkflowTurn *turn = g_new0 (WorkflowTurn, 1);
    turn->persona = place->journey->persona->name;
    turn->step = place->step;
    g_ptr_array_add (order, turn);
  }
  return order;
}

/* The scenario's answers for a run without people, overlaid by what the face adds. Gives; may be NULL. */
static GHashTable *
inputs_for (WorkflowEngine *engine, const WorkflowTurn *turn, const WorkflowRunHandlers *handlers)
{
  GHashTable *inputs = NULL;
  if (handlers != NULL && handlers->before != NULL)
    inputs = handlers->before (turn->persona, turn->step, handlers->data);
  GHashTable *fixed = g_hash_table_lookup (engine->scenario->unattended, turn->step->id);
  if (fixed == NULL)
    return inputs;
  if (inputs == NULL)
    inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, fixed);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (!g_hash_table_contains (inputs, name))
      g_hash_table_insert (inputs, g_strdup (name), g_strdup (value));
  return inputs;
}

/* A step whose record says done, with its files in place, is not asked again. */
static WorkflowOutcome *
pass_by (WorkflowEngine *engine, const WorkflowTurn *turn)
{
  g_autoptr (WorkflowStatus) status = workflow_engine_status (engine, turn->persona, turn->step->id, NULL);
  if (status == NULL || status->state != WORKFLOW_DONE)
    return NULL;
  WorkflowOutcome *outcome = g_new0 (WorkflowOutcome, 1);
  outcome->persona = turn->persona;
  outcome->step = turn->step;
  outcome->state = WORKFLOW_DONE;
  outcome->already = TRUE;
  outcome->happened = g_ptr_array_new_with_free_func (g_free);
  outcome->waits = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_wait_free);
  outcome->result = status->entry->result != NULL ? json_incref (status->entry->result) : json_object ();
  outcome->next = g_strdup ("");
  g_ptr_array_add (outcome->happened, g_strdup_printf ("'%s' is already done.", turn->step->title));
  return outcome;
}

/* One turn. *WAITING receives why it could not be finished yet, when that is because of somebody else. */
static gboolean
take_turn (WorkflowEngine *engine, CrJob *job, const WorkflowTurn *turn, const WorkflowRunHandlers *handlers,
           GError **waiting, GError **error)
{
  g_autoptr (WorkflowOutcome) outcome = pass_by (engine, turn);
  gint64 started = cr_now_ms ();
  if (outcome == NULL) {
    g_autoptr (GHashTable) inputs = inputs_for (engine, turn, handlers);
    g_autoptr (GError) problem = NULL;
    outcome = workflow_engine_run (engine, job, turn->persona, turn->step->id, inputs, FALSE, &problem);
    if (outcome == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING)) {
      *waiting = g_steal_pointer (&problem);
      return TRUE;
    }
    if (outcome == NULL) {
      if (handlers != NULL && handlers->failed != NULL)
        handlers->failed (turn->persona, turn->step, problem, cr_now_ms () - started, handlers->data);
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  if (handlers != NULL && handlers->after != NULL)
    handlers->after (outcome, handlers->data);
  if (outcome->state == WORKFLOW_WAITING)
    cr_set_error (waiting, CR_ERROR_WAITING, outcome->next, "%s: %s: %s", turn->persona, turn->step->title,
                  outcome->happened->len > 0
                      ? (char *) g_ptr_array_index (outcome->happened, outcome->happened->len - 1)
                      : outcome->next);
  return TRUE;
}

gboolean
workflow_engine_run_all (WorkflowEngine *engine, CrJob *job, const WorkflowRunHandlers *handlers,
                         GError **error)
{
  g_autoptr (GPtrArray) turns = workflow_engine_order (engine, FALSE);
  /* A step that has to wait is tried again as long as the others get on. */
  while (turns->len > 0) {
    guint before = turns->len;
    g_autoptr (GError) first = NULL;
    for (guint i = 0; i < turns->len;) {
      g_autoptr (GError) waiting = NULL;
      if (!cr_job_check (job, error)
          || !take_turn (engine, job, g_ptr_array_index (turns, i), handlers, &waiting, error))
        return FALSE;
      if (waiting == NULL)
        g_ptr_array_remove_index (turns, i);
      else
        i++;
      if (waiting != NULL && first == NULL)
        first = g_steal_pointer (&waiting);
    }
    if (turns->len == before) {
      g_propagate_error (error, g_steal_pointer (&first));
      return FALSE;
    }
  }
  return TRUE;
}
