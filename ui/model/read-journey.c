/* SPDX-License-Identifier: MIT
 * The journey as a plain value, from what the engine says.
 */
#include "ui/model/session-private.h"

#include <glib/gi18n.h>
#include <string.h>

const char *
ui_step_state_word (UiStepState state)
{
  static const char *const words[] = { N_ ("later"),       N_ ("ready"),      N_ ("running"),
                                       N_ ("interrupted"), N_ ("done"),       N_ ("waiting"),
                                       N_ ("failed"),      N_ ("not needed"), N_ ("cancelled") };
  return _ (words[state]);
}

const UiStep *
ui_journey_step (const UiJourney *journey, const char *id)
{
  for (guint i = 0; id != NULL && i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    if (strcmp (step->id, id) == 0)
      return step;
  }
  return NULL;
}

const UiStep *
ui_journey_step_after (const UiJourney *journey, const UiStep *selected, GHashTable *passed)
{
  const UiStep *next = ui_journey_step (journey, journey->next), *waiting = NULL;
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    if (step->state != UI_STEP_WAITING || step->optional || step == selected
        || (passed != NULL && g_hash_table_contains (passed, step->id)))
      continue;
    /* Who looks at a step that waits has seen the ones before it. */
    if (selected != NULL && selected->state == UI_STEP_WAITING && step->number < selected->number)
      continue;
    if (waiting == NULL || (waiting->automatic && !step->automatic))
      waiting = step;
  }
  if (next == NULL || next == selected)
    return waiting;
  return waiting != NULL && !waiting->automatic && !waiting->last && waiting->number < next->number ? waiting
                                                                                                    : next;
}

static const char *
takes_text (WorkflowTakes takes)
{
  switch (takes) {
  case WORKFLOW_TAKES_INSTANT:
    return _ ("a moment");
  case WORKFLOW_TAKES_SECONDS:
    return _ ("less than a minute");
  case WORKFLOW_TAKES_MINUTES:
    return _ ("minutes");
  case WORKFLOW_TAKES_LONG:
    return _ ("long");
  }
  return "";
}

static UiStepState
state_of (const WorkflowStatus *status)
{
  switch (status->state) {
  case WORKFLOW_TODO:
    return UI_STEP_TODO;
  case WORKFLOW_READY:
    return UI_STEP_READY;
  case WORKFLOW_RUNNING:
    /* The engine leaves a note when nobody holds the persona's lock. */
    return status->note == NULL ? UI_STEP_RUNNING : UI_STEP_INTERRUPTED;
  case WORKFLOW_DONE:
    return UI_STEP_DONE;
  case WORKFLOW_WAITING:
    return UI_STEP_WAITING;
  case WORKFLOW_FAILED:
    return UI_STEP_FAILED;
  case WORKFLOW_SKIPPED:
    return UI_STEP_SKIPPED;
  case WORKFLOW_CANCELLED:
    return UI_STEP_CANCELLED;
  }
  return UI_STEP_TODO;
}

char *
ui_waits_text (GPtrArray *waits, const char *persona)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; waits != NULL && i < waits->len; i++) {
    const WorkflowWait *wait = g_ptr_array_index (waits, i);
    gboolean mine = g_strcmp0 (wait->persona, persona) == 0;
    const char *what = wait->title != NULL ? wait->title : wait->artefact;
    char *text = what == NULL ? g_strdup (wait->persona)
                 : mine       ? g_strdup (what)
                              : g_strdup_printf ("%s: %s", wait->persona, what);
    if (g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL))
      g_free (text);
    else
      g_ptr_array_add (texts, text);
  }
  if (texts->len == 0)
    return NULL;
  g_ptr_array_add (texts, NULL);
  return g_strjoinv ("; ", (char **) texts->pdata);
}

static GPtrArray *
copy_waits (UiArena *arena, GPtrArray *waits, const char *persona)
{
  GPtrArray *list = ui_arena_list (arena);
  for (guint i = 0; waits != NULL && i < waits->len; i++) {
    const WorkflowWait *from = g_ptr_array_index (waits, i);
    UiWait *wait = UI_TAKE (arena, UiWait);
    wait->persona = ui_text_or_empty (arena, from->persona);
    wait->step = ui_text (arena, from->step);
    wait->title = ui_text (arena, from->title);
    wait->artefact = ui_text (arena, from->artefact);
    wait->mine = g_strcmp0 (from->persona, persona) == 0;
    g_ptr_array_add (list, wait);
  }
  return list;
}

static UiStep *
copy_step (UiArena *arena, const WorkflowStatus *status, const char *persona, GHashTable *autos)
{
  UiStep *step = UI_TAKE (arena, UiStep);
  step->id = ui_text (arena, status->step->id);
  step->title = ui_text (arena, status->step->title);
  step->number = status->number;
  step->state = state_of (status);
  step->optional = status->step->optional;
  step->takes = ui_text (arena, takes_text (status->step->takes));
  step->note = ui_text_or_null (arena, status->note);
  g_autofree char *waits = ui_waits_text (status->waits, persona);
  step->waits_text = ui_text (arena, waits);
  step->waits = copy_waits (arena, status->waits, persona);
  step->last = workflow_step_is_last (status->step);
  step->attempts = status->entry->attempts;
  step->started_ms = status->entry->started_ms;
  step->finished_ms = status->entry->finished_ms;
  step->automatic = autos != NULL && g_hash_table_contains (autos, status->step->id)
                    && step->state != UI_STEP_DONE && step->state != UI_STEP_SKIPPED;
  return step;
}

/* Counts, and the step to take NEXT. */
static void
sum_up (UiJourney *journey, const UiStep *next)
{
  const UiStep *waiting = NULL;
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    if (step->optional || step->state == UI_STEP_SKIPPED)
      continue;
    journey->total++;
    journey->done += step->state == UI_STEP_DONE;
    journey->ready += step->state == UI_STEP_READY;
    journey->failed += step->state == UI_STEP_FAILED;
    journey->others += step->state == UI_STEP_WAITING;
    if (step->state == UI_STEP_WAITING && waiting == NULL)
      waiting = step;
  }
  UiArena *arena = ui_value_arena (journey);
  journey->complete = journey->total > 0 && journey->done == journey->total;
  journey->next = next != NULL ? next->id : NULL;
  if (next != NULL) {
    journey->next_text = ui_text (arena, next->title);
  } else if (waiting != NULL) {
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    for (guint i = 0; i < waiting->waits->len; i++) {
      const UiWait *wait = g_ptr_array_index (waiting->waits, i);
      if (!wait->mine && !g_ptr_array_find_with_equal_func (names, wait->persona, g_str_equal, NULL))
        g_ptr_array_add (names, wait->persona);
    }
    g_ptr_array_add (names, NULL);
    g_autofree char *joined = g_strjoinv (", ", (char **) names->pdata);
    journey->waiting_for = ui_text_or_null (arena, joined);
    journey->next_text = waiting->waits_text != NULL
                             ? ui_textf (arena, _ ("Waiting for %s"), waiting->waits_text)
                             : ui_text (arena, waiting->note != NULL ? waiting->note : waiting->title);
  } else {
    journey->next_text = ui_text (arena,
                                  journey->finished != NULL ? journey->finished : _ ("All steps are done."));
  }
}

UiJourney *
ui_build_journey (WorkflowEngine *engine, const char *persona, GHashTable *autos, GError **error)
{
  const WorkflowScenario *scenario = workflow_engine_scenario (engine);
  const WorkflowJourney *way = workflow_scenario_journey (scenario, persona, error);
  g_autoptr (GPtrArray) list = way != NULL ? workflow_engine_list (engine, persona, error) : NULL;
  if (list == NULL)
    return NULL;
  UiJourney *journey = ui_journey_new ();
  UiArena *arena = ui_value_arena (journey);
  journey->persona = ui_text (arena, persona);
  journey->persona_title = ui_text (arena, way->persona->title);
  journey->persona_purpose = ui_text_or_empty (arena, way->persona->purpose);
  journey->welcome = ui_text (arena, way->persona->welcome);
  journey->finished = ui_text (arena, way->persona->finished);
  journey->scenario = ui_text (arena, scenario->name);
  journey->scenario_title = ui_text_or_empty (arena, scenario->title);
  journey->scenario_purpose = ui_text_or_empty (arena, scenario->purpose);
  journey->member = way->persona->member;
  for (guint i = 0; i < list->len; i++)
    g_ptr_array_add (journey->steps, copy_step (arena, g_ptr_array_index (list, i), persona, autos));
  const WorkflowStatus *next = workflow_engine_next (list);
  sum_up (journey, next != NULL ? g_ptr_array_index (journey->steps, next->number - 1) : NULL);
  journey->base.status = UI_MODEL_READY;
  return journey;
}
