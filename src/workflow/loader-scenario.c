/* SPDX-License-Identifier: MIT
 * Scenario files: who takes part, in which order, over which datasets and queries.
 */
#include "workflow/loader-private.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <string.h>

/* How published data is encrypted; the analytics clean room reads no other. */
static const char *const protections[] = { "SSE", "CPK", NULL };
static const char *const scenario_keys[] = { "scenario", "title",    "purpose", "values",     "collaborators",
                                             "journeys", "datasets", "queries", "unattended", NULL };
static const char *const journey_keys[] = { "persona", "steps", NULL };
static const char *const dataset_keys[] = { "name", "owner", "folder", "direction", "schema", "store", NULL };
static const char *const query_keys[] = { "name", "proposer", "segments", "views", "output", NULL };
static const char *const segment_keys[] = { "sequence", "file", NULL };

static void
journey_free (gpointer data)
{
  WorkflowJourney *journey = data;
  g_clear_pointer (&journey->steps, g_ptr_array_unref);
  g_free (journey);
}

static void
dataset_free (gpointer data)
{
  WorkflowDataset *dataset = data;
  g_free (dataset->name);
  g_free (dataset->owner);
  g_free (dataset->folder);
  g_free (dataset->schema);
  g_free (dataset);
}

static void
segment_free (gpointer data)
{
  g_free (((WorkflowSegment *) data)->file);
  g_free (data);
}

static void
view_free (gpointer data)
{
  WorkflowView *view = data;
  g_free (view->view);
  g_free (view->dataset);
  g_free (view);
}

static void
query_free (gpointer data)
{
  WorkflowQuery *query = data;
  g_free (query->name);
  g_free (query->proposer);
  g_free (query->output);
  g_ptr_array_unref (query->segments);
  g_ptr_array_unref (query->views);
  g_free (query);
}

void
workflow_scenario_free (WorkflowScenario *scenario)
{
  if (scenario == NULL)
    return;
  g_free (scenario->dir);
  g_free (scenario->name);
  g_free (scenario->title);
  g_free (scenario->purpose);
  g_strfreev (scenario->collaborators);
  g_clear_pointer (&scenario->journeys, g_ptr_array_unref);
  g_clear_pointer (&scenario->personas, g_ptr_array_unref);
  g_clear_pointer (&scenario->datasets, g_ptr_array_unref);
  g_clear_pointer (&scenario->queries, g_ptr_array_unref);
  g_clear_pointer (&scenario->values, g_hash_table_unref);
  g_clear_pointer (&scenario->unattended, g_hash_table_unref);
  g_free (scenario);
}

static const WorkflowJourney *
find_journey (const WorkflowScenario *scenario, const char *persona)
{
  for (guint i = 0; i < scenario->journeys->len; i++) {
    const WorkflowJourney *journey = g_ptr_array_index (scenario->journeys, i);
    if (g_str_equal (journey->persona->name, persona))
      return journey;
  }
  return NULL;
}

const WorkflowJourney *
workflow_scenario_journey (const WorkflowScenario *scenario, const char *persona, GError **error)
{
  const WorkflowJourney *found = find_journey (scenario, persona);
  if (found != NULL)
    return found;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < scenario->journeys->len; i++)
    g_ptr_array_add (names, ((WorkflowJourney *) g_ptr_array_index (scenario->journeys, i))->persona->name);
  g_ptr_array_add (names, NULL);
  g_autofree char *list = g_strjoinv (", ", (char **) names->pdata);
  g_autofree char *hint = g_strdup_printf (_ ("Its personas are: %s."), list);
  cr_set_error (error, CR_ERROR_NOT_FOUND, hint, "The scenario %s has no persona '%s'.", scenario->name,
                persona);
  return NULL;
}

const WorkflowStep *
workflow_journey_step (const WorkflowJourney *journey, const char *id, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < journey->steps->len; i++) {
    WorkflowStep *step = g_ptr_array_index (journey->steps, i);
    if (g_str_equal (step->id, id))
      return step;
    g_ptr_array_add (names, step->id);
  }
  g_ptr_array_add (names, NULL);
  const char *near = cr_nearest (id, (const char *const *) names->pdata);
  g_autofree char *hint = near != NULL
                              ? g_strdup_printf ("Did you mean '%s'?", near)
                              : g_strdup_printf ("See: cleanroom step list %s", journey->persona->name);
  cr_set_error (error, CR_ERROR_NOT_FOUND, hint, "%s has no step '%s'.", journey->persona->name, id);
  return NULL;
}

const WorkflowDataset *
workflow_scenario_dataset (const WorkflowScenario *scenario, const char *name)
{
  for (guint i = 0; i < scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (scenario->datasets, i);
    if (g_str_equal (dataset->name, name))
      return dataset;
  }
  return NULL;
}

static gboolean
read_values (const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  const CrYaml *map = cr_yaml_get (root, "values");
  if (map != NULL && cr_yaml_type (map) != CR_YAML_MAP)
    return cr_yaml_error (error, map, "'values' must be a map of names and texts.");
  for (guint i = 0; map != NULL && i < cr_yaml_length (map); i++) {
    const CrYaml *item = cr_yaml_item (map, i);
    if (!workflow_is_value_name (cr_yaml_key (map, i)))
      return cr_yaml_error (error, item, "unknown value '%s'.", cr_yaml_key (map, i));
    if (cr_yaml_text (item) == NULL || *cr_yaml_text (item) == '\0')
      return cr_yaml_error (error, item, "'%s' must be a text.", cr_yaml_key (map, i));
    if (g_str_equal (cr_yaml_key (map, i), "protection")
        && !g_strv_contains (protections, cr_yaml_text (item)))
      return cr_yaml_error (error, item, "unknown protection '%s': SSE or CPK.", cr_yaml_text (item));
    g_hash_table_insert (scenario->values, g_strdup (cr_yaml_key (map, i)), g_strdup (cr_yaml_text (item)));
  }
  return TRUE;
}

/* Fill the steps of one journey from the list at NODE. */
static gboolean
read_journey_steps (const CrYaml *node, WorkflowJourney *journey, GError **error)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  for (guint k = 0; k < journey->persona->steps->len; k++)
    g_ptr_array_add (known, ((WorkflowStep *) g_ptr_array_index (journey->persona->steps, k))->id);
  g_ptr_array_add (known, NULL);
  g_auto (GStrv) ids = workflow_read_strings (node, "steps", error);
  if (ids == NULL)
    return FALSE;
  const CrYaml *list = cr_yaml_get (node, "steps");
  if (ids[0] == NULL)
    return cr_yaml_error (error, node, "a journey needs 'steps'.");
  for (guint i = 0; ids[i] != NULL; i++) {
    WorkflowStep *step = NULL;
    for (guint k = 0; k + 1 < known->len; k++)
      if (g_str_equal (known->pdata[k], ids[i]))
        step = g_ptr_array_index (journey->persona->steps, k);
    if (step == NULL) {
      const char *near = cr_nearest (ids[i], (const char *const *) known->pdata);
      return cr_yaml_error (error, cr_yaml_item (list, i), "%s has no step '%s'%s%s%s",
                            journey->persona->name, ids[i], near != NULL ? ", did you mean '" : ".",
                            near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    if (g_ptr_array_find (journey->steps, step, NULL))
      return cr_yaml_error (error, cr_yaml_item (list, i), "the step '%s' is there twice.", ids[i]);
    g_ptr_array_add (journey->steps, step);
  }
  return TRUE;
}

static gboolean
read_journeys (WorkflowReader *reader, const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  const CrYaml *list = cr_yaml_get (root, "journeys");
  if (list == NULL || cr_yaml_type (list) != CR_YAML_LIST || cr_yaml_length (list) == 0)
    return cr_yaml_error (error, list != NULL ? list : root,
                          "'journeys' must be a list of personas and steps.");
  g_auto (GStrv) names = workflow_yaml_names (reader->dir, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!cr_yaml_check_keys (item, journey_keys, error))
      return FALSE;
    const char *name = cr_yaml_require (item, "persona", error);
    if (name == NULL)
      return FALSE;
    if (!g_strv_contains ((const char *const *) names, name)) {
      const char *near = cr_nearest (name, (const char *const *) names);
      return cr_yaml_error (error, cr_yaml_get (item, "persona"), "unknown persona '%s'%s%s%s", name,
                            near != NULL ? ", did you mean '" : ".", near != NULL ? near : "",
                            near != NULL ? "'?" : "");
    }
    if (find_journey (scenario, name) != NULL)
      return cr_yaml_error (error, item, "the persona '%s' is there twice.", name);
    WorkflowPersona *persona = workflow_read_persona (reader, name, error);
    if (persona == NULL)
      return FALSE;
    g_ptr_array_add (scenario->personas, persona);
    WorkflowJourney *journey = g_new0 (WorkflowJourney, 1);
    journey->persona = persona;
    journey->steps = g_ptr_array_new ();
    g_ptr_array_add (scenario->journeys, journey);
    if (!read_journey_steps (item, journey, error))
      return FALSE;
  }
  return TRUE;
}

/* MAP[key] must name a persona of the scenario. Gives. */
static char *
read_party (const CrYaml *map, const char *key, const WorkflowScenario *scenario, GError **error)
{
  const char *name = cr_yaml_require (map, key, error);
  if (name == NULL)
    return NULL;
  if (find_journey (scenario, name) != NULL)
    return g_strdup (name);
  cr_yaml_error (error, cr_yaml_get (map, key), "'%s' takes no part in this scenario.", name);
  return NULL;
}

/* A file beside the scenario file, MAP[key]; it must exist and stay below the folder. Gives its full path. */
static char *
read_path (WorkflowReader *reader, const CrYaml *map, const char *key, GError **error)
{
  const char *name = cr_yaml_require (map, key, error);
  if (name == NULL)
    return NULL;
  g_autofree char *path = g_build_filename (reader->dir, "scenarios", name, NULL);
  if (g_path_is_absolute (name) || strstr (name, "..") != NULL)
    cr_yaml_error (error, cr_yaml_get (map, key), "'%s' must lie below the folder of the scenarios.", name);
  else if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    cr_yaml_error (error, cr_yaml_get (map, key), "there is no file scenarios/%s.", name);
  else
    return g_steal_pointer (&path);
  return NULL;
}

static gboolean
read_datasets (WorkflowReader *reader, const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  const CrYaml *list = cr_yaml_get (root, "datasets");
  if (list != NULL && cr_yaml_type (list) != CR_YAML_LIST)
    return cr_yaml_error (error, list, "'datasets' must be a list.");
  for (guint i = 0; list != NULL && i < cr_yaml_length (list); i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!cr_yaml_check_keys (item, dataset_keys, error))
      return FALSE;
    WorkflowDataset *dataset = g_new0 (WorkflowDataset, 1);
    g_ptr_array_add (scenario->datasets, dataset);
    if (!workflow_read_name (item, "name", &dataset->name, error)
        || (dataset->owner = read_party (item, "owner", scenario, error)) == NULL
        || !workflow_read_name (item, "folder", &dataset->folder, error)
        || (dataset->schema = read_path (reader, item, "schema", error)) == NULL)
      return FALSE;
    const char *direction = cr_yaml_require (item, "direction", error);
    if (direction == NULL)
      return FALSE;
    if (!g_str_equal (direction, "input") && !g_str_equal (direction, "output"))
      return cr_yaml_error (error, cr_yaml_get (item, "direction"), "'direction' must be input or output.");
    dataset->output = g_str_equal (direction, "output");
    const char *store = cr_yaml_optional (item, "store");
    dataset->bucket = g_strcmp0 (store, "s3") == 0;
    if (store != NULL && !dataset->bucket && !g_str_equal (store, "blob"))
      return cr_yaml_error (error, cr_yaml_get (item, "store"), "'store' must be blob or s3.");
    if (workflow_scenario_dataset (scenario, dataset->name) != dataset)
      return cr_yaml_error (error, item, "the dataset '%s' is there twice.", dataset->name);
  }
  return TRUE;
}

static gboolean
read_segments (WorkflowReader *reader, const CrYaml *node, WorkflowQuery *query, GError **error)
{
  const CrYaml *list = cr_yaml_get (node, "segments");
  if (list == NULL || cr_yaml_type (list) != CR_YAML_LIST || cr_yaml_length (list) == 0)
    return cr_yaml_error (error, list != NULL ? list : node, "a query needs 'segments'.");
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!cr_yaml_check_keys (item, segment_keys, error))
      return FALSE;
    WorkflowSegment *segment = g_new0 (WorkflowSegment, 1);
    g_ptr_array_add (query->segments, segment);
    const char *sequence = cr_yaml_require (item, "sequence", error);
    if (sequence == NULL)
      return FALSE;
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned (sequence, 10, 1, 1000, &number, NULL))
      return cr_yaml_error (error, cr_yaml_get (item, "sequence"),
                            "'sequence' must be a number from 1 to 1000.");
    segment->sequence = (gint64) number;
    segment->file = read_path (reader, item, "file", error);
    if (segment->file == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_views (const CrYaml *node, WorkflowScenario *scenario, WorkflowQuery *query, GError **error)
{
  const CrYaml *map = cr_yaml_get (node, "views");
  if (map == NULL || cr_yaml_type (map) != CR_YAML_MAP || cr_yaml_length (map) == 0)
    return cr_yaml_error (error, map != NULL ? map : node, "a query needs 'views': view name and dataset.");
  for (guint i = 0; i < cr_yaml_length (map); i++) {
    const CrYaml *item = cr_yaml_item (map, i);
    const char *name = cr_yaml_text (item);
    const WorkflowDataset *dataset = name != NULL ? workflow_scenario_dataset (scenario, name) : NULL;
    if (dataset == NULL || dataset->output)
      return cr_yaml_error (error, item, "'%s' is no input dataset of this scenario.",
                            name != NULL ? name : "");
    WorkflowView *view = g_new0 (WorkflowView, 1);
    view->view = g_strdup (cr_yaml_key (map, i));
    view->dataset = g_strdup (name);
    g_ptr_array_add (query->views, view);
  }
  return TRUE;
}

static gboolean
read_queries (WorkflowReader *reader, const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  const CrYaml *list = cr_yaml_get (root, "queries");
  if (list != NULL && cr_yaml_type (list) != CR_YAML_LIST)
    return cr_yaml_error (error, list, "'queries' must be a list.");
  for (guint i = 0; list != NULL && i < cr_yaml_length (list); i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!cr_yaml_check_keys (item, query_keys, error))
      return FALSE;
    WorkflowQuery *query = g_new0 (WorkflowQuery, 1);
    query->segments = g_ptr_array_new_with_free_func (segment_free);
    query->views = g_ptr_array_new_with_free_func (view_free);
    g_ptr_array_add (scenario->queries, query);
    if (!workflow_read_name (item, "name", &query->name, error)
        || (query->proposer = read_party (item, "proposer", scenario, error)) == NULL
        || !read_segments (reader, item, query, error) || !read_views (item, scenario, query, error))
      return FALSE;
    const char *output = cr_yaml_require (item, "output", error);
    if (output == NULL)
      return FALSE;
    const WorkflowDataset *dataset = workflow_scenario_dataset (scenario, output);
    if (dataset == NULL || !dataset->output)
      return cr_yaml_error (error, cr_yaml_get (item, "output"),
                            "'%s' is no output dataset of this scenario.", output);
    query->output = g_strdup (output);
  }
  return TRUE;
}

static const WorkflowStep *
find_step_anywhere (const WorkflowScenario *scenario, const char *id)
{
  for (guint i = 0; i < scenario->journeys->len; i++) {
    const WorkflowStep *step = workflow_journey_step (g_ptr_array_index (scenario->journeys, i), id, NULL);
    if (step != NULL)
      return step;
  }
  return NULL;
}

static gboolean
has_input (const WorkflowStep *step, const char *name)
{
  for (guint i = 0; i < step->inputs->len; i++)
    if (g_str_equal (((WorkflowInput *) g_ptr_array_index (step->inputs, i))->name, name))
      return TRUE;
  return FALSE;
}

static gboolean
read_unattended (const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  const CrYaml *map = cr_yaml_get (root, "unattended");
  if (map != NULL && cr_yaml_type (map) != CR_YAML_MAP)
    return cr_yaml_error (error, map, "'unattended' must be a map of steps and inputs.");
  for (guint i = 0; map != NULL && i < cr_yaml_length (map); i++) {
    const CrYaml *item = cr_yaml_item (map, i);
    const WorkflowStep *step = find_step_anywhere (scenario, cr_yaml_key (map, i));
    if (step == NULL)
      return cr_yaml_error (error, item, "no journey has the step '%s'.", cr_yaml_key (map, i));
    if (cr_yaml_type (item) != CR_YAML_MAP)
      return cr_yaml_error (error, item, "a map of inputs and values is expected here.");
    g_autoptr (GHashTable) inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    for (guint k = 0; k < cr_yaml_length (item); k++) {
      if (!has_input (step, cr_yaml_key (item, k)))
        return cr_yaml_error (error, cr_yaml_item (item, k), "the step '%s' has no input '%s'.", step->id,
                              cr_yaml_key (item, k));
      if (cr_yaml_text (cr_yaml_item (item, k)) == NULL)
        return cr_yaml_error (error, cr_yaml_item (item, k), "an input must be a text.");
      g_hash_table_insert (inputs, g_strdup (cr_yaml_key (item, k)),
                           g_strdup (cr_yaml_text (cr_yaml_item (item, k))));
    }
    g_hash_table_insert (scenario->unattended, g_strdup (step->id), g_steal_pointer (&inputs));
  }
  return TRUE;
}

static gboolean
read_collaborators (const CrYaml *root, WorkflowScenario *scenario, GError **error)
{
  g_clear_pointer (&scenario->collaborators, g_strfreev);
  scenario->collaborators = workflow_read_strings (root, "collaborators", error);
  if (scenario->collaborators == NULL)
    return FALSE;
  for (guint i = 0; scenario->collaborators[i] != NULL; i++)
    if (find_journey (scenario, scenario->collaborators[i]) == NULL)
      return cr_yaml_error (error, cr_yaml_item (cr_yaml_get (root, "collaborators"), i),
                            "'%s' takes no part in this scenario.", scenario->collaborators[i]);
  return TRUE;
}

static gboolean
fill_scenario (WorkflowReader *reader, const CrYaml *root, const char *name, WorkflowScenario *scenario,
               GError **error)
{
  if (!cr_yaml_check_keys (root, scenario_keys, error)
      || !workflow_read_name (root, "scenario", &scenario->name, error))
    return FALSE;
  if (!g_str_equal (scenario->name, name))
    return cr_yaml_error (error, cr_yaml_get (root, "scenario"),
                          "the scenario '%s' must be in a file '%s.yaml'.", scenario->name, scenario->name);
  const char *title = cr_yaml_require (root, "title", error);
  const char *purpose = title != NULL ? cr_yaml_require (root, "purpose", error) : NULL;
  if (purpose == NULL)
    return FALSE;
  scenario->title = g_strdup (cr_translate (title));
  scenario->purpose = g_strdup (cr_translate (purpose));
  return read_values (root, scenario, error) && read_journeys (reader, root, scenario, error)
         && read_collaborators (root, scenario, error) && read_datasets (reader, root, scenario, error)
         && read_queries (reader, root, scenario, error) && read_unattended (root, scenario, error)
         && workflow_scenario_check_needs (scenario, error);
}

static WorkflowScenario *
scenario_new (void)
{
  WorkflowScenario *scenario = g_new0 (WorkflowScenario, 1);
  scenario->collaborators = g_new0 (char *, 1);
  scenario->personas = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_persona_free);
  scenario->journeys = g_ptr_array_new_with_free_func (journey_free);
  scenario->datasets = g_ptr_array_new_with_free_func (dataset_free);
  scenario->queries = g_ptr_array_new_with_free_func (query_free);
  scenario->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  scenario->unattended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                (GDestroyNotify) g_hash_table_unref);
  return scenario;
}

WorkflowScenario *
workflow_read_scenario (WorkflowReader *reader, const char *name, GError **error)
{
  g_auto (GStrv) names = workflow_scenario_names (reader->dir, error);
  if (names == NULL)
    return NULL;
  if (!g_strv_contains ((const char *const *) names, name)) {
    const char *near = cr_nearest (name, (const char *const *) names);
    g_autofree char *list = g_strjoinv (", ", names);
    g_autofree char *hint = near != NULL ? g_strdup_printf ("Did you mean '%s'?", near)
                                         : g_strdup_printf ("The scenarios are: %s.", list);
    cr_set_error (error, CR_ERROR_NOT_FOUND, hint, "There is no scenario '%s'.", name);
    return NULL;
  }
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  g_autofree char *path = g_build_filename (reader->dir, "scenarios", file, NULL);
  g_autoptr (CrYamlFile) yaml = cr_yaml_load (path, error);
  if (yaml == NULL)
    return NULL;
  workflow_reader_count (reader, path);
  g_autoptr (WorkflowScenario) scenario = scenario_new ();
  scenario->dir = g_strdup (reader->dir);
  if (!fill_scenario (reader, cr_yaml_root (yaml), name, scenario, error))
    return NULL;
  /* A circle is a property of the whole; it is reported at the top of the scenario. */
  g_autofree char *circle = NULL;
  g_autoptr (GPtrArray) order = workflow_scenario_order (scenario, &circle);
  if (order == NULL) {
    cr_yaml_error (error, cr_yaml_root (yaml), "the needs go round in a circle: %s.", circle);
    return NULL;
  }
  return g_steal_pointer (&scenario);
}
