/* SPDX-License-Identifier: MIT
 * What was typed into a form and not sent: PERSONA/private/drafts.json, {scenario: {step: {input: text}}};
 * "form.NAME" stands for a form that is no step's.
 * Inputs that are secret are never written.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "base/file.h"

#include <string.h>

#define DRAFTS_FILE "drafts.json"
#define TEXT_MAX (64u * 1024)

static char *
file_of (const char *state_dir, const char *persona)
{
  return g_build_filename (state_dir, persona, "private", DRAFTS_FILE, NULL);
}

GHashTable *
ui_draft_load (const char *state_dir, const char *persona, const char *scenario, const char *step)
{
  g_autofree char *path = file_of (state_dir, persona);
  g_autoptr (json_t) all = g_file_test (path, G_FILE_TEST_EXISTS) ? cr_json_load (path, NULL) : NULL;
  const json_t *draft = json_object_get (json_object_get (all, scenario), step);
  if (json_object_size (draft) == 0)
    return NULL;
  GHashTable *inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (void *at = json_object_iter (json_object_get (json_object_get (all, scenario), step)); at != NULL;
       at = json_object_iter_next (json_object_get (json_object_get (all, scenario), step), at)) {
    const json_t *value = json_object_iter_value (at);
    if (json_is_string (value))
      g_hash_table_insert (inputs, g_strdup (json_object_iter_key (at)),
                           g_strdup (json_string_value (value)));
  }
  return inputs;
}

/* ---- writing ---- */

typedef struct {
  UiAccess *access;
  char *scenario;
  GHashTable *drafts; /* "persona/step" -> GHashTable; an empty one is forgotten */
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;
  ui_access_unref (writing->access);
  g_hash_table_unref (writing->drafts);
  g_free (writing->scenario);
  g_free (writing);
}

/* Only what the step (NULL = none) really asks for, and no secret. */
static json_t *
to_json (const WorkflowStep *step, GHashTable *inputs)
{
  json_t *draft = json_object ();
  if (step == NULL) { /* a form that is no step's */
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init (&iter, inputs);
    while (g_hash_table_iter_next (&iter, &name, &value))
      if (strlen (value) <= TEXT_MAX)
        json_object_set_new (draft, name, json_string (value));
    return draft;
  }
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    const char *text = g_hash_table_lookup (inputs, input->name);
    if (text != NULL && input->kind != WORKFLOW_INPUT_SECRET && strlen (text) <= TEXT_MAX)
      json_object_set_new (draft, input->name, json_string (text));
  }
  return draft;
}

static gboolean
write_one (Writing *writing, const WorkflowScenario *scenario, const char *persona, const char *step,
           GHashTable *inputs, GError **error)
{
  gboolean form = g_str_has_prefix (step, UI_FORM_DRAFT);
  const WorkflowJourney *journey = form ? NULL : workflow_scenario_journey (scenario, persona, error);
  const WorkflowStep *found = journey != NULL ? workflow_journey_step (journey, step, error) : NULL;
  if (found == NULL && !form)
    return FALSE;
  g_autofree char *path = file_of (ui_access_state_dir (writing->access), persona);
  gboolean there = g_file_test (path, G_FILE_TEST_EXISTS);
  if (!there && g_hash_table_size (inputs) == 0)
    return TRUE;
  g_autoptr (json_t) all = there ? cr_json_load (path, NULL) : NULL;
  if (!json_is_object (all)) {
    json_decref (all);
    all = json_object ();
  }
  json_t *steps = json_object_get (all, writing->scenario);
  if (!json_is_object (steps)) {
    steps = json_object ();
    json_object_set_new (all, writing->scenario, steps);
  }
  g_autoptr (json_t) draft = to_json (found, inputs);
  if (json_object_size (draft) == 0 && json_object_get (steps, step) == NULL)
    return TRUE;
  if (json_object_size (draft) > 0)
    json_object_set (steps, step, draft);
  else
    json_object_del (steps, step);
  g_autofree char *folder = g_path_get_dirname (path);
  return cr_dir_make (folder, 0700, error) && cr_json_save (all, path, 0600, error);
}

static void
write_run (UiJob *job, gpointer input, GError **error)
{
  (void) job;
  Writing *writing = input;
  g_autoptr (WorkflowEngine) engine = ui_access_engine (writing->access, writing->scenario, TRUE, error);
  if (engine == NULL)
    return;
  GHashTableIter iter;
  gpointer key, inputs;
  g_hash_table_iter_init (&iter, writing->drafts);
  while (g_hash_table_iter_next (&iter, &key, &inputs)) {
    g_auto (GStrv) parts = g_strsplit (key, "/", 2);
    if (!write_one (writing, workflow_engine_scenario (engine), parts[0], parts[1], inputs, error))
      return;
  }
}

static void
write_gone (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  (void) job;
  Writing *writing = input;
  session->draft_job = NULL;
  if (error != NULL)
    g_debug ("A draft was not kept: %s", error->message);
  /* What was typed meanwhile is another table and stays. */
  GHashTableIter iter;
  gpointer key, inputs;
  g_hash_table_iter_init (&iter, writing->drafts);
  while (g_hash_table_iter_next (&iter, &key, &inputs))
    if (g_hash_table_lookup (session->drafts, key) == inputs)
      g_hash_table_remove (session->drafts, key);
  ui_drafts_flush (session);
}

void
ui_drafts_flush (UiSession *session)
{
  if (session->draft_job != NULL || g_hash_table_size (session->drafts) == 0 || session->read_only)
    return;
  Writing *writing = g_new0 (Writing, 1);
  writing->access = ui_access_ref (session->access);
  writing->scenario = g_strdup (session->scenario);
  writing->drafts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_hash_table_unref);
  GHashTableIter iter;
  gpointer key, inputs;
  g_hash_table_iter_init (&iter, session->drafts);
  while (g_hash_table_iter_next (&iter, &key, &inputs))
    g_hash_table_insert (writing->drafts, g_strdup (key), g_hash_table_ref (inputs));
  UiJobPlan plan = {
    .why = "", .run = write_run, .gone = write_gone, .input = writing, .free_input = writing_free
  };
  session->draft_job = ui_job_start (session, &plan);
}

void
ui_keep_draft_of (UiSession *session, const char *persona, const char *step, GHashTable *inputs)
{
  if (session->read_only || *persona == '\0')
    return;
  GHashTable *copy = inputs != NULL ? ui_inputs_copy (inputs)
                                    : g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (session->drafts, g_strdup_printf ("%s/%s", persona, step), copy);
  ui_drafts_flush (session);
}

/* ---- fetching ---- */

typedef struct {
  UiAccess *access;
  char *scenario, *persona, *step;
  GHashTable *inputs;
  UiDraftLoaded loaded;
  gpointer data;
  GDestroyNotify free_data;
} Fetching;

static void
fetching_free (gpointer data)
{
  Fetching *fetching = data;
  ui_access_unref (fetching->access);
  g_clear_pointer (&fetching->inputs, g_hash_table_unref);
  if (fetching->free_data != NULL)
    fetching->free_data (fetching->data);
  g_free (fetching->scenario);
  g_free (fetching->persona);
  g_free (fetching->step);
  g_free (fetching);
}

static void
fetch_run (UiJob *job, gpointer input, GError **error)
{
  Fetching *fetching = input;
  (void) job;
  (void) error;
  fetching->inputs = ui_draft_load (ui_access_state_dir (fetching->access), fetching->persona,
                                    fetching->scenario, fetching->step);
}

static void
fetch_gone (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  Fetching *fetching = input;
  (void) job;
  g_autofree char *key = g_strdup_printf ("%s/%s", fetching->persona, fetching->step);
  GHashTable *newer = g_hash_table_lookup (session->drafts, key);
  GHashTable *inputs = newer != NULL ? newer : fetching->inputs;
  if (error == NULL)
    fetching->loaded (session, inputs != NULL && g_hash_table_size (inputs) > 0 ? inputs : NULL,
                      fetching->data);
}

void
ui_load_draft (UiSession *session, const char *persona, const char *step, UiDraftLoaded loaded, gpointer data,
               GDestroyNotify free_data)
{
  Fetching *fetching = g_new0 (Fetching, 1);
  fetching->access = ui_access_ref (session->access);
  fetching->scenario = g_strdup (session->scenario);
  fetching->persona = g_strdup (persona);
  fetching->step = g_strdup (step);
  fetching->loaded = loaded;
  fetching->data = data;
  fetching->free_data = free_data;
  UiJobPlan plan = {
    .why = "", .run = fetch_run, .gone = fetch_gone, .input = fetching, .free_input = fetching_free
  };
  ui_job_start (session, &plan);
}

void
ui_keep_draft (UiSession *session, const char *step, GHashTable *inputs)
{
  ui_keep_draft_of (session, ui_current (session)->name, step, inputs);
}
