/* SPDX-License-Identifier: MIT
 * Where artefacts lie: what the consortium shares in public/, what belongs to one scenario in
 * public/{scenario}/.
 *
 * Several scenarios are played in one state folder, one after the other or side by side. A persona file says
 * of each file which of the two it is; everything else asks here and never puts such a path together itself.
 */
#include "workflow/loader-private.h"

#include "base/error.h"

#include <string.h>

#define SHARED "public/"
#define OF_SCENARIO "{scenario}/"

/* What is filled in when a scenario is read; anything else would stay in the name of the file. */
static const char *const made_names[] = { "persona", "scenario", "each", "dataset", NULL };

/* Does PATH, as it is written in a persona file, belong to one scenario? */
static gboolean
is_scoped (const char *path)
{
  return g_str_has_prefix (path, SHARED OF_SCENARIO);
}

static gboolean
makes_scoped (const WorkflowStep *step)
{
  for (guint i = 0; step->makes[i] != NULL; i++)
    if (is_scoped (step->makes[i]))
      return TRUE;
  return FALSE;
}

gboolean
workflow_step_is_shared (const WorkflowStep *step)
{
  return step->makes[0] != NULL && !makes_scoped (step);
}

/* Does STEP write a file that all scenarios share? */
static const char *
shared_file (const WorkflowStep *step)
{
  for (guint i = 0; step->makes[i] != NULL; i++)
    if (g_str_has_prefix (step->makes[i], SHARED) && !is_scoped (step->makes[i]))
      return step->makes[i];
  return NULL;
}

/* --- checks --- */

static char *
keep_known (const char *name, gpointer data)
{
  const char **stranger = data;
  if (!g_strv_contains (made_names, name))
    *stranger = g_intern_string (name);
  return NULL;
}

gboolean
workflow_check_artefact (const CrYaml *node, const char *path, GError **error)
{
  if (!g_str_has_prefix (path, SHARED) && !g_str_has_prefix (path, "{persona}/"))
    return cr_yaml_error (error, node, "an artefact lies in public/ or in {persona}/.");
  if (strstr (path, "..") != NULL)
    return cr_yaml_error (error, node, "an artefact must not leave its folder.");
  const char *stranger = NULL;
  g_free (workflow_expand (path, keep_known, &stranger));
  if (stranger != NULL)
    return cr_yaml_error (error, node, "the name of an artefact cannot have {%s} in it.", stranger);
  if (strstr (path, "{scenario}") != NULL && !is_scoped (path))
    return cr_yaml_error (error, node, "what belongs to a scenario lies in public/{scenario}/.");
  if (strstr (path, "{dataset}") != NULL && g_str_has_prefix (path, SHARED) && !is_scoped (path))
    return cr_yaml_error (error, node, "datasets belong to their scenario: public/{scenario}/%s",
                          path + strlen (SHARED));
  return TRUE;
}

gboolean
workflow_check_scope (const WorkflowScenario *scenario, const WorkflowStep *step, const WorkflowNeed *need,
                      const WorkflowStep *maker, GError **error)
{
  const char *file = shared_file (step);
  g_autofree char *folder = g_strconcat (SHARED, scenario->name, "/", NULL);
  gboolean scoped = need->kind == WORKFLOW_NEED_ARTEFACT ? g_str_has_prefix (need->artefact, folder)
                                                         : makes_scoped (maker);
  if (file == NULL || !scoped || need->soft)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Correct the file at that line.",
                "%s:%u: what is made of something that belongs to a scenario belongs to it too: "
                "public/{scenario}/%s",
                step->file, need->line, file + strlen (SHARED));
  return FALSE;
}

/* --- look-up --- */

/* Calls VISIT with each public artefact of SCENARIO, until it says TRUE. */
typedef gboolean (*Visit) (const WorkflowStep *step, const char *path, gpointer data);

static gboolean
each_public (const WorkflowScenario *scenario, Visit visit, gpointer data)
{
  for (guint i = 0; i < scenario->journeys->len; i++) {
    const WorkflowJourney *journey = g_ptr_array_index (scenario->journeys, i);
    for (guint k = 0; k < journey->steps->len; k++) {
      const WorkflowStep *step = g_ptr_array_index (journey->steps, k);
      g_auto (GStrv) makes = workflow_step_makes (scenario, journey->persona->name, step);
      for (guint n = 0; makes[n] != NULL; n++)
        if (g_str_has_prefix (makes[n], SHARED) && visit (step, makes[n], data))
          return TRUE;
    }
  }
  return FALSE;
}

typedef struct {
  const char *name;
  char *path;
} Search;

static gboolean
is_named (const WorkflowStep *step, const char *path, gpointer data)
{
  (void) step;
  Search *search = data;
  g_autofree char *name = g_path_get_basename (path);
  if (!g_str_equal (name, search->name))
    return FALSE;
  search->path = g_strdup (path);
  return TRUE;
}

char *
workflow_scenario_public (const WorkflowScenario *scenario, const char *name)
{
  Search search = { name, NULL };
  return each_public (scenario, is_named, &search) ? search.path : g_strconcat (SHARED, name, NULL);
}

static gboolean
add_scoped (const WorkflowStep *step, const char *path, gpointer data)
{
  (void) step;
  GPtrArray *list = data;
  if (strchr (path + strlen (SHARED), '/') != NULL
      && !g_ptr_array_find_with_equal_func (list, path, g_str_equal, NULL))
    g_ptr_array_add (list, g_strdup (path));
  return FALSE;
}

char **
workflow_scenario_scoped (const WorkflowScenario *scenario)
{
  GPtrArray *list = g_ptr_array_new ();
  each_public (scenario, add_scoped, list);
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

/* Two files of one name could not be told apart by it. */
typedef struct {
  GHashTable *seen; /* name -> path */
  GError **error;
} Names;

static gboolean
is_taken (const WorkflowStep *step, const char *path, gpointer data)
{
  Names *names = data;
  g_autofree char *name = g_path_get_basename (path);
  const char *other = g_hash_table_lookup (names->seen, name);
  if (other == NULL) {
    g_hash_table_insert (names->seen, g_steal_pointer (&name), g_strdup (path));
    return FALSE;
  }
  if (g_str_equal (other, path))
    return FALSE;
  cr_set_error (names->error, CR_ERROR_INPUT, "Give one of them another name.",
                "%s:%u: '%s' and '%s' have the same name.", step->file, step->line, path, other);
  return TRUE;
}

gboolean
workflow_scenario_check_names (const WorkflowScenario *scenario, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Names names = { seen, error };
  return !each_public (scenario, is_taken, &names);
}
