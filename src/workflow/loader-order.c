/* SPDX-License-Identifier: MIT
 * What waits for what: needs with names filled in, and an order of all steps that satisfies them.
 */
#include "workflow/loader-private.h"

#include "base/error.h"

#include <string.h>

/* Names for {scenario}, {persona}, {each} and {dataset} while a step is looked at. */
typedef struct {
  const char *scenario, *persona, *each, *dataset;
} Names;

static char *
look_up (const char *name, gpointer data)
{
  const Names *names = data;
  if (g_str_equal (name, "scenario"))
    return g_strdup (names->scenario);
  if (g_str_equal (name, "persona"))
    return g_strdup (names->persona);
  if (g_str_equal (name, "dataset"))
    return g_strdup (names->dataset);
  return g_str_equal (name, "each") ? g_strdup (names->each) : NULL;
}

static gboolean
mentions_each (const char *text)
{
  return text != NULL && strstr (text, "{each}") != NULL;
}

static WorkflowNeed *
fill_need (const WorkflowScenario *scenario, const WorkflowNeed *need, const char *persona, const char *each)
{
  Names names = { scenario->name, persona, each, NULL };
  WorkflowNeed *filled = g_new0 (WorkflowNeed, 1);
  *filled = *need;
  filled->artefact = workflow_expand (need->artefact, look_up, &names);
  filled->persona = need->persona != NULL ? workflow_expand (need->persona, look_up, &names)
                                          : g_strdup (persona);
  filled->step = g_strdup (need->step);
  return filled;
}

GPtrArray *
workflow_step_needs (const WorkflowScenario *scenario, const char *persona, const WorkflowStep *step)
{
  GPtrArray *needs = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_need_free);
  for (guint i = 0; i < step->needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (step->needs, i);
    if (!mentions_each (need->artefact) && !mentions_each (need->persona)) {
      g_ptr_array_add (needs, fill_need (scenario, need, persona, NULL));
      continue;
    }
    for (guint k = 0; scenario->collaborators[k] != NULL; k++)
      g_ptr_array_add (needs, fill_need (scenario, need, persona, scenario->collaborators[k]));
  }
  return needs;
}

/* One artefact for every dataset that PERSONA owns. */
static void
add_per_dataset (const WorkflowScenario *scenario, const char *persona, const char *path, GPtrArray *makes)
{
  for (guint i = 0; i < scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (scenario->datasets, i);
    Names names = { scenario->name, persona, NULL, dataset->name };
    if (g_str_equal (dataset->owner, persona))
      g_ptr_array_add (makes, workflow_expand (path, look_up, &names));
  }
}

char **
workflow_step_makes (const WorkflowScenario *scenario, const char *persona, const WorkflowStep *step)
{
  GPtrArray *makes = g_ptr_array_new ();
  for (guint i = 0; step->makes[i] != NULL; i++) {
    if (strstr (step->makes[i], "{dataset}") != NULL) {
      add_per_dataset (scenario, persona, step->makes[i], makes);
      continue;
    }
    gboolean each = mentions_each (step->makes[i]);
    for (guint k = 0; each ? scenario->collaborators[k] != NULL : k < 1; k++) {
      Names names = { scenario->name, persona, each ? scenario->collaborators[k] : NULL, NULL };
      g_ptr_array_add (makes, workflow_expand (step->makes[i], look_up, &names));
    }
  }
  g_ptr_array_add (makes, NULL);
  return (char **) g_ptr_array_free (makes, FALSE);
}

static WorkflowTurnPlace *
find_place (GPtrArray *places, const char *persona, const char *step)
{
  for (guint i = 0; i < places->len; i++) {
    WorkflowTurnPlace *place = g_ptr_array_index (places, i);
    if (g_str_equal (place->journey->persona->name, persona) && g_str_equal (place->step->id, step))
      return place;
  }
  return NULL;
}

static GPtrArray *
all_places (const WorkflowScenario *scenario)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < scenario->journeys->len; i++) {
    const WorkflowJourney *journey = g_ptr_array_index (scenario->journeys, i);
    for (guint k = 0; k < journey->steps->len; k++) {
      WorkflowTurnPlace *place = g_new0 (WorkflowTurnPlace, 1);
      place->journey = journey;
      place->step = g_ptr_array_index (journey->steps, k);
      g_ptr_array_add (places, place);
    }
  }
  return places;
}

static gboolean need_error (GError **error, const WorkflowStep *step, const WorkflowNeed *need,
                            const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
need_error (GError **error, const WorkflowStep *step, const WorkflowNeed *need, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  cr_set_error (error, CR_ERROR_INPUT, "Correct the file at that line.", "%s:%u: %s", step->file, need->line,
                reason);
  return FALSE;
}

static gboolean
check_need (const WorkflowScenario *scenario, GPtrArray *places, const WorkflowTurnPlace *place,
            const WorkflowNeed *need, GError **error)
{
  const WorkflowTurnPlace *maker = find_place (places, need->persona, need->step);
  if (maker == NULL)
    return need_error (error, place->step, need, "in the scenario '%s', %s takes no step '%s'.",
                       scenario->name, need->persona, need->step);
  if (maker->step->optional && !place->step->optional && !need->soft)
    return need_error (error, place->step, need, "a step that is not optional needs the optional step '%s'.",
                       need->step);
  if (!workflow_check_scope (scenario, place->step, need, maker->step, error))
    return FALSE;
  if (need->kind != WORKFLOW_NEED_ARTEFACT)
    return TRUE;
  g_auto (GStrv) makes = workflow_step_makes (scenario, need->persona, maker->step);
  if (g_strv_contains ((const char *const *) makes, need->artefact))
    return TRUE;
  return need_error (error, place->step, need, "the step '%s' of %s does not make '%s'.", need->step,
                     need->persona, need->artefact);
}

gboolean
workflow_scenario_check_needs (const WorkflowScenario *scenario, GError **error)
{
  g_autoptr (GPtrArray) places = all_places (scenario);
  for (guint i = 0; i < places->len; i++) {
    const WorkflowTurnPlace *place = g_ptr_array_index (places, i);
    g_autoptr (GPtrArray) needs = workflow_step_needs (scenario, place->journey->persona->name, place->step);
    for (guint k = 0; k < needs->len; k++)
      if (!check_need (scenario, places, place, g_ptr_array_index (needs, k), error))
        return FALSE;
  }
  return workflow_scenario_check_names (scenario, error);
}

/* The steps that must come before PLACE: what it needs, and the step before it in its journey. */
static GPtrArray *
before (const WorkflowScenario *scenario, GPtrArray *places, const WorkflowTurnPlace *place)
{
  GPtrArray *list = g_ptr_array_new ();
  g_autoptr (GPtrArray) needs = workflow_step_needs (scenario, place->journey->persona->name, place->step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    WorkflowTurnPlace *maker = find_place (places, need->persona, need->step);
    if (maker != NULL)
      g_ptr_array_add (list, maker);
  }
  guint index = 0;
  if (g_ptr_array_find (place->journey->steps, place->step, &index) && index > 0) {
    const WorkflowStep *previous = g_ptr_array_index (place->journey->steps, index - 1);
    g_ptr_array_add (list, find_place (places, place->journey->persona->name, previous->id));
  }
  return list;
}

/* Depth first. STATE: place -> 1 while on the way, 2 when in ORDER. FALSE when a circle was found; TRAIL then
 * holds the way round it. */
static gboolean
visit (const WorkflowScenario *scenario, GPtrArray *places, WorkflowTurnPlace *place, GHashTable *state,
       GPtrArray *order, GPtrArray *trail)
{
  int seen = GPOINTER_TO_INT (g_hash_table_lookup (state, place));
  if (seen == 2)
    return TRUE;
  g_ptr_array_add (trail, place);
  if (seen == 1)
    return FALSE;
  g_hash_table_insert (state, place, GINT_TO_POINTER (1));
  g_autoptr (GPtrArray) list = before (scenario, places, place);
  for (guint i = 0; i < list->len; i++)
    if (!visit (scenario, places, g_ptr_array_index (list, i), state, order, trail))
      return FALSE;
  g_hash_table_insert (state, place, GINT_TO_POINTER (2));
  g_ptr_array_set_size (trail, (int) trail->len - 1);
  g_ptr_array_add (order, g_memdup2 (place, sizeof *place));
  return TRUE;
}

static char *
describe_circle (GPtrArray *trail)
{
  GString *text = g_string_new (NULL);
  const WorkflowTurnPlace *last = g_ptr_array_index (trail, trail->len - 1);
  gboolean inside = FALSE;
  for (guint i = 0; i < trail->len; i++) {
    const WorkflowTurnPlace *place = g_ptr_array_index (trail, i);
    inside = inside || place == last;
    if (inside)
      g_string_append_printf (text, "%s%s/%s", text->len > 0 ? " -> " : "", place->journey->persona->name,
                              place->step->id);
  }
  return g_string_free (text, FALSE);
}

GPtrArray *
workflow_scenario_order (const WorkflowScenario *scenario, char **circle)
{
  g_autoptr (GPtrArray) places = all_places (scenario);
  g_autoptr (GPtrArray) order = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) trail = g_ptr_array_new ();
  g_autoptr (GHashTable) state = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < places->len; i++)
    if (!visit (scenario, places, g_ptr_array_index (places, i), state, order, trail)) {
      if (circle != NULL)
        *circle = describe_circle (trail);
      return NULL;
    }
  return g_steal_pointer (&order);
}
