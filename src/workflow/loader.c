/* SPDX-License-Identifier: MIT
 * Persona files: one persona with its own steps and those it shares with others.
 */
#include "workflow/loader-private.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "workflow/action.h"
#include "workflow/state.h"

#include <string.h>

static const char *const persona_keys[] = { "name",  "title", "purpose", "kind", "identities",
                                            "texts", "uses",  "steps",   NULL };
static const char *const text_keys[] = { "welcome", "finished", NULL };
static const char *const shared_keys[] = { "steps", NULL };

void
workflow_persona_free (WorkflowPersona *persona)
{
  if (persona == NULL)
    return;
  g_free (persona->name);
  g_free (persona->title);
  g_free (persona->purpose);
  g_free (persona->welcome);
  g_free (persona->finished);
  g_strfreev (persona->identities);
  g_clear_pointer (&persona->steps, g_ptr_array_unref);
  g_free (persona);
}

void
workflow_reader_count (WorkflowReader *reader, const char *path)
{
  if (reader->files != NULL)
    g_hash_table_add (reader->files, g_strdup (path));
}

static gboolean
add_steps (WorkflowReader *reader, const CrYaml *root, WorkflowPersona *persona, GError **error)
{
  const CrYaml *list = cr_yaml_get (root, "steps");
  if (list == NULL)
    return TRUE;
  if (cr_yaml_type (list) != CR_YAML_LIST)
    return cr_yaml_error (error, list, "'steps' must be a list.");
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    WorkflowStep *step = workflow_read_step (reader, cr_yaml_item (list, i), error);
    if (step == NULL)
      return FALSE;
    g_ptr_array_add (persona->steps, step);
    for (guint k = 0; k + 1 < persona->steps->len; k++) {
      const WorkflowStep *other = g_ptr_array_index (persona->steps, k);
      if (g_str_equal (other->id, step->id))
        return cr_yaml_error (error, cr_yaml_item (list, i), "the step '%s' is also declared at %s:%u.",
                              step->id, other->file, other->line);
    }
  }
  return TRUE;
}

static gboolean
add_shared (WorkflowReader *reader, const CrYaml *root, WorkflowPersona *persona, GError **error)
{
  g_auto (GStrv) uses = workflow_read_strings (root, "uses", error);
  if (uses == NULL)
    return FALSE;
  for (guint i = 0; uses[i] != NULL; i++) {
    const CrYaml *node = cr_yaml_item (cr_yaml_get (root, "uses"), i);
    if (!cr_name_valid (uses[i]))
      return cr_yaml_error (error, node, "'%s' is no name of a file in shared/.", uses[i]);
    g_autofree char *file = g_strconcat (uses[i], ".yaml", NULL);
    g_autofree char *path = g_build_filename (reader->dir, "shared", file, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return cr_yaml_error (error, node, "there is no file shared/%s.", file);
    g_autoptr (CrYamlFile) shared = cr_yaml_load (path, error);
    if (shared == NULL)
      return FALSE;
    workflow_reader_count (reader, path);
    if (!cr_yaml_check_keys (cr_yaml_root (shared), shared_keys, error)
        || !add_steps (reader, cr_yaml_root (shared), persona, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_kind (const CrYaml *root, WorkflowPersona *persona, GError **error)
{
  const char *kind = cr_yaml_require (root, "kind", error);
  if (kind == NULL)
    return FALSE;
  if (!g_str_equal (kind, "member") && !g_str_equal (kind, "user"))
    return cr_yaml_error (error, cr_yaml_get (root, "kind"), "'kind' must be member or user (not '%s').",
                          kind);
  persona->member = g_str_equal (kind, "member");
  persona->identities = workflow_read_strings (root, "identities", error);
  if (persona->identities == NULL)
    return FALSE;
  for (guint i = 0; persona->identities[i] != NULL; i++)
    if (!cr_name_valid (persona->identities[i]))
      return cr_yaml_error (error, cr_yaml_item (cr_yaml_get (root, "identities"), i), "'%s' is no name.",
                            persona->identities[i]);
  if (persona->member != (persona->identities[0] != NULL))
    return cr_yaml_error (error, root, "a member has identities, a user has none.");
  return TRUE;
}

static gboolean
read_head (const CrYaml *root, const char *name, WorkflowPersona *persona, GError **error)
{
  if (!cr_yaml_check_keys (root, persona_keys, error)
      || !workflow_read_name (root, "name", &persona->name, error))
    return FALSE;
  if (!g_str_equal (persona->name, name))
    return cr_yaml_error (error, cr_yaml_get (root, "name"), "the persona '%s' must be in a file '%s.yaml'.",
                          persona->name, persona->name);
  const char *title = cr_yaml_require (root, "title", error);
  const char *purpose = title != NULL ? cr_yaml_require (root, "purpose", error) : NULL;
  if (purpose == NULL)
    return FALSE;
  persona->title = g_strdup (cr_translate (title));
  persona->purpose = g_strdup (cr_translate (purpose));
  const CrYaml *texts = cr_yaml_get (root, "texts");
  if (texts != NULL && !cr_yaml_check_keys (texts, text_keys, error))
    return FALSE;
  persona->welcome = g_strdup (cr_translate (cr_yaml_optional (texts, "welcome")));
  persona->finished = g_strdup (cr_translate (cr_yaml_optional (texts, "finished")));
  return read_kind (root, persona, error);
}

WorkflowPersona *
workflow_read_persona (WorkflowReader *reader, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  g_autofree char *path = g_build_filename (reader->dir, file, NULL);
  g_autoptr (CrYamlFile) yaml = cr_yaml_load (path, error);
  if (yaml == NULL)
    return NULL;
  workflow_reader_count (reader, path);
  WorkflowPersona *persona = g_new0 (WorkflowPersona, 1);
  persona->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_step_free);
  const CrYaml *root = cr_yaml_root (yaml);
  if (read_head (root, name, persona, error) && add_shared (reader, root, persona, error)
      && add_steps (reader, root, persona, error))
    return persona;
  workflow_persona_free (persona);
  return NULL;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
workflow_yaml_names (const char *folder, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &problem);
  if (dir == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Name the folder of the personas with --personas.",
                  "Cannot read the folder %s: %s", folder, problem->message);
    return NULL;
  }
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (g_str_has_suffix (name, ".yaml") && name[0] != '.')
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (".yaml")));
  qsort (names->pdata, names->len, sizeof (gpointer), compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

char *
workflow_personas_dir (const char *given, GError **error)
{
  if (given == NULL)
    return workflow_data_dir ("personas", "scenarios", error);
  g_autofree char *scenarios = g_build_filename (given, "scenarios", NULL);
  if (g_file_test (scenarios, G_FILE_TEST_IS_DIR))
    return g_canonicalize_filename (given, NULL);
  cr_set_error (error, CR_ERROR_NOT_FOUND, "Name a folder that holds scenarios/ and the persona files.",
                "There are no personas in %s.", given);
  return NULL;
}

char **
workflow_scenario_names (const char *dir, GError **error)
{
  g_autofree char *folder = g_build_filename (dir, "scenarios", NULL);
  return workflow_yaml_names (folder, error);
}

/* The names of the built-in tables, for a caller that gave none. */
static const char **
table_names (gboolean probes)
{
  const WorkflowTables *tables = workflow_tables ();
  return probes ? workflow_probe_names (tables) : workflow_action_names (tables);
}

const char **
workflow_action_names (const WorkflowTables *tables)
{
  guint count = 0;
  while (tables->actions[count].name != NULL)
    count++;
  const char **names = g_new0 (const char *, count + 1);
  for (guint i = 0; i < count; i++)
    names[i] = tables->actions[i].name;
  return names;
}

const char **
workflow_probe_names (const WorkflowTables *tables)
{
  guint count = 0;
  while (tables->probes[count].name != NULL)
    count++;
  const char **names = g_new0 (const char *, count + 1);
  for (guint i = 0; i < count; i++)
    names[i] = tables->probes[i].name;
  return names;
}

WorkflowScenario *
workflow_scenario_load (const char *dir, const char *name, const WorkflowNames *names, GError **error)
{
  g_autofree const char **actions = table_names (FALSE);
  g_autofree const char **probes = table_names (TRUE);
  WorkflowReader reader = { dir, names != NULL ? names->actions : actions,
                            names != NULL ? names->probes : probes, NULL };
  return workflow_read_scenario (&reader, name, error);
}

gboolean
workflow_check (const char *dir, const WorkflowNames *names, guint *checked, GError **error)
{
  g_autofree const char **actions = table_names (FALSE);
  g_autofree const char **probes = table_names (TRUE);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WorkflowReader reader = { dir, names != NULL ? names->actions : actions,
                            names != NULL ? names->probes : probes, files };
  g_auto (GStrv) personas = workflow_yaml_names (dir, error);
  if (personas == NULL)
    return FALSE;
  for (guint i = 0; personas[i] != NULL; i++) {
    WorkflowPersona *persona = workflow_read_persona (&reader, personas[i], error);
    if (persona == NULL)
      return FALSE;
    workflow_persona_free (persona);
  }
  g_auto (GStrv) scenarios = workflow_scenario_names (dir, error);
  if (scenarios == NULL)
    return FALSE;
  for (guint i = 0; scenarios[i] != NULL; i++) {
    g_autoptr (WorkflowScenario) scenario = workflow_read_scenario (&reader, scenarios[i], error);
    if (scenario == NULL)
      return FALSE;
  }
  if (checked != NULL)
    *checked = g_hash_table_size (files);
  return TRUE;
}
