/* SPDX-License-Identifier: MIT
 * The state of a step, computed from the journal and the files that are there.
 */
#include "workflow/engine-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"

void
workflow_wait_free (WorkflowWait *wait)
{
  g_free (wait->persona);
  g_free (wait->step);
  g_free (wait->title);
  g_free (wait->artefact);
  g_free (wait);
}

static WorkflowWait *
workflow_wait_new (WorkflowEngine *engine, const char *persona, const char *step, const char *artefact)
{
  WorkflowWait *wait = g_new0 (WorkflowWait, 1);
  wait->persona = g_strdup (persona);
  wait->step = g_strdup (step);
  wait->artefact = g_strdup (artefact);
  const WorkflowStep *found = step != NULL ? workflow_engine_find (engine, persona, step, NULL, NULL) : NULL;
  wait->title = found != NULL ? g_strdup (found->title) : NULL;
  return wait;
}

static GPtrArray *
waits_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_wait_free);
}

GPtrArray *
workflow_waits_from_json (WorkflowEngine *engine, const json_t *pending)
{
  GPtrArray *waits = waits_new ();
  for (size_t i = 0; i < json_array_size (pending); i++) {
    const json_t *item = json_array_get (pending, i);
    const char *persona = cr_json_peek_string (item, "persona");
    if (persona != NULL)
      g_ptr_array_add (waits, workflow_wait_new (engine, persona, cr_json_peek_string (item, "step"),
                                                 cr_json_peek_string (item, "artefact")));
  }
  return waits;
}

void
workflow_status_free (WorkflowStatus *status)
{
  if (status == NULL)
    return;
  g_clear_pointer (&status->waits, g_ptr_array_unref);
  g_free (status->note);
  workflow_entry_free (status->entry);
  g_free (status);
}

gboolean
workflow_condition_holds (const WorkflowCondition *condition, const char *value)
{
  return value != NULL && g_strv_contains ((const char *const *) condition->values, value);
}

static gboolean
exists (WorkflowEngine *engine, const char *path)
{
  g_autofree char *full = g_build_filename (engine->state_dir, path, NULL);
  return g_file_test (full, G_FILE_TEST_EXISTS);
}

/* A condition on something that is not known yet counts as holding. */
static gboolean
is_needed (WorkflowEngine *engine, WorkflowContext *context, const char *persona, const WorkflowStep *step)
{
  if (step->when == NULL)
    return TRUE;
  if (g_str_equal (step->when->name, "persona"))
    return workflow_condition_holds (step->when, persona);
  if (g_str_equal (step->when->name, "scenario"))
    return workflow_condition_holds (step->when, engine->scenario->name);
  g_autofree char *kind = context != NULL ? workflow_context_value ("environment", context) : NULL;
  return kind == NULL || workflow_condition_holds (step->when, kind);
}

/* What STEP lacks, from the needs that can be looked up. */
static GPtrArray *
missing_needs (WorkflowEngine *engine, WorkflowContext *context, const char *persona,
               const WorkflowStep *step)
{
  g_autoptr (GPtrArray) needs = workflow_step_needs (engine->scenario, persona, step);
  GPtrArray *waits = waits_new ();
  g_autoptr (GPtrArray) partial = waits_new ();
  gboolean some = FALSE;
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    gboolean there = TRUE;
    if (need->soft || need->kind == WORKFLOW_NEED_PARTY)
      continue;
    if (need->kind == WORKFLOW_NEED_ARTEFACT) {
      there = exists (engine, need->artefact);
    } else {
      g_autoptr (WorkflowEntry) entry = context != NULL
                                            ? workflow_journal_read (workflow_context_journal (context),
                                                                     engine->scenario->name, need->step, NULL)
                                            : NULL;
      there = entry != NULL && (entry->state == WORKFLOW_DONE || entry->state == WORKFLOW_SKIPPED);
    }
    some = some || (need->partial && there);
    if (!there)
      g_ptr_array_add (need->partial ? partial : waits,
                       workflow_wait_new (engine, need->persona, need->step, need->artefact));
  }
  /* With some of the partial ones there, the rest does not hold the step up. */
  while (!some && partial->len > 0)
    g_ptr_array_add (waits, g_ptr_array_steal_index (partial, 0));
  return waits;
}

/* A finished step: are its files still those that it wrote? */
static void
judge_done (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step,
            WorkflowStatus *status)
{
  g_autoptr (GPtrArray) artefacts = workflow_journal_artefacts (workflow_context_journal (context),
                                                                engine->scenario->name, step->id, NULL);
  for (guint i = 0; artefacts != NULL && i < artefacts->len; i++) {
    const WorkflowArtefact *artefact = g_ptr_array_index (artefacts, i);
    if (!exists (engine, artefact->path)) {
      status->state = WORKFLOW_READY;
      g_free (status->note);
      status->note = g_strdup_printf ("%s is gone; take the step again to write it.", artefact->path);
      return;
    }
    g_autoptr (WorkflowArtefact) now = workflow_artefact_new (engine->state_dir, artefact->path, NULL);
    /* What all scenarios share may have been written in another one since. */
    if (now == NULL
        || (!g_str_equal (now->sha256, artefact->sha256)
            && !workflow_journal_wrote (workflow_context_journal (context), now->path, now->sha256))) {
      g_free (status->note);
      status->note = g_strdup_printf ("%s was changed since this step wrote it.", artefact->path);
    }
  }
}

/* A step that waited: is there anything new to act upon? */
static void
judge_waiting (WorkflowEngine *engine, WorkflowStatus *status)
{
  gboolean news = FALSE, silent = FALSE;
  status->waits = workflow_waits_from_json (engine, status->entry->pending);
  for (guint i = 0; i < status->waits->len; i++) {
    const WorkflowWait *wait = g_ptr_array_index (status->waits, i);
    if (wait->artefact == NULL)
      silent = TRUE;
    else if (exists (engine, wait->artefact))
      news = TRUE;
  }
  status->state = news && !silent ? WORKFLOW_READY : WORKFLOW_WAITING;
  status->note = g_strdup (status->entry->error_message);
}

static void
judge (WorkflowEngine *engine, WorkflowContext *context, const char *persona, const WorkflowStep *step,
       WorkflowStatus *status)
{
  status->state = status->entry->state;
  if (!is_needed (engine, context, persona, step)) {
    status->state = WORKFLOW_SKIPPED;
  } else if (status->state == WORKFLOW_DONE) {
    judge_done (engine, context, step, status);
    workflow_again_judge (engine, context, step, status);
  } else if (status->state == WORKFLOW_WAITING) {
    judge_waiting (engine, status);
    if (status->state == WORKFLOW_WAITING && workflow_again_has_news (engine, context, step))
      status->state = WORKFLOW_READY;
  } else if (status->state == WORKFLOW_FAILED) {
    status->note = g_strdup (status->entry->error_message);
  } else if (status->state == WORKFLOW_CANCELLED) {
    status->note = g_strdup (_ ("It was cancelled; take the step again to go on."));
  } else if (status->state == WORKFLOW_RUNNING) {
    if (!workflow_engine_is_locked (engine, persona))
      status->note = g_strdup ("It was interrupted; take the step again to go on.");
  } else {
    status->waits = missing_needs (engine, context, persona, step);
    gboolean others = FALSE;
    for (guint i = 0; i < status->waits->len; i++)
      others = others
               || !g_str_equal (((WorkflowWait *) g_ptr_array_index (status->waits, i))->persona, persona);
    status->state = status->waits->len == 0 ? WORKFLOW_READY : others ? WORKFLOW_WAITING : WORKFLOW_TODO;
  }
  if (status->waits == NULL)
    status->waits = waits_new ();
}

static WorkflowStatus *
status_of (WorkflowEngine *engine, const WorkflowJourney *journey, guint index, GError **error)
{
  const char *persona = journey->persona->name;
  g_autoptr (GError) problem = NULL;
  WorkflowContext *context = workflow_engine_peek (engine, persona, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_autoptr (WorkflowStatus) status = g_new0 (WorkflowStatus, 1);
  status->step = g_ptr_array_index (journey->steps, index);
  status->number = index + 1;
  if (context != NULL) {
    status->entry = workflow_journal_read (workflow_context_journal (context), engine->scenario->name,
                                           status->step->id, error);
    if (status->entry == NULL)
      return NULL;
  } else {
    status->entry = g_new0 (WorkflowEntry, 1);
    status->entry->inputs = json_object ();
  }
  judge (engine, context, persona, status->step, status);
  return g_steal_pointer (&status);
}

GPtrArray *
workflow_engine_list (WorkflowEngine *engine, const char *persona, GError **error)
{
  const WorkflowJourney *journey = workflow_scenario_journey (engine->scenario, persona, error);
  if (journey == NULL)
    return NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_status_free);
  for (guint i = 0; i < journey->steps->len; i++) {
    WorkflowStatus *status = status_of (engine, journey, i, error);
    if (status == NULL)
      return NULL;
    g_ptr_array_add (list, status);
  }
  return g_steal_pointer (&list);
}

gboolean
workflow_step_is_last (const WorkflowStep *step)
{
  for (guint i = 0; i < step->needs->len; i++)
    if (((const WorkflowNeed *) g_ptr_array_index (step->needs, i))->soft)
      return TRUE;
  return FALSE;
}

static gboolean
can_be_taken (WorkflowState state)
{
  return state == WORKFLOW_READY || state == WORKFLOW_FAILED || state == WORKFLOW_RUNNING
         || state == WORKFLOW_CANCELLED;
}

const WorkflowStatus *
workflow_engine_next (GPtrArray *list)
{
  const WorkflowStatus *next = NULL, *failed = NULL, *last = NULL;
  gboolean waiting = FALSE;
  for (guint i = 0; i < list->len; i++) {
    const WorkflowStatus *status = g_ptr_array_index (list, i);
    if (status->step->optional)
      continue;
    waiting = waiting || status->state == WORKFLOW_WAITING;
    if (!can_be_taken (status->state))
      continue;
    const WorkflowStatus **place = workflow_step_is_last (status->step) ? &last
                                   : status->state == WORKFLOW_FAILED   ? &failed
                                                                        : &next;
    *place = *place != NULL ? *place : status;
  }
  if (next == NULL)
    next = failed;
  gboolean begun = last != NULL && last->state == WORKFLOW_RUNNING;
  return next == NULL && (!waiting || begun) ? last : next;
}

WorkflowStatus *
workflow_engine_status (WorkflowEngine *engine, const char *persona, const char *step, GError **error)
{
  const WorkflowJourney *journey = NULL;
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, &journey, error);
  guint index = 0;
  if (found == NULL || !g_ptr_array_find (journey->steps, found, &index))
    return NULL;
  return status_of (engine, journey, index, error);
}
