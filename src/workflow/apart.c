/* SPDX-License-Identifier: MIT
 * Facts and files of scenarios (apart.h).
 */
#include "workflow/apart.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "workflow/loader-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define SHARED "public/"
#define OLD_FILE_MAX (64u * 1024)
#define LAYOUT "layout"
#define LAYOUT_NOW "2"

/* What is remembered about one scenario, and the action that finds it out. */
static const struct {
  const char *name, *action;
  const char *result; /* member of the step's result that says the same; NULL = none does */
} facts[] = {
  { "identity-id", "data.publish", NULL }, { "identity-principal", "data.publish", NULL },
  { "kek", "data.publish", NULL },         { "run", "query.run", "id" },
  { "job", "query.run", "job_id" },
};
#define BUCKET "bucket-"

char *
workflow_fact_key (const WorkflowScenario *scenario, const char *name)
{
  gboolean own = g_str_has_prefix (name, BUCKET) || g_str_equal (name, LAYOUT);
  for (guint i = 0; i < G_N_ELEMENTS (facts) && !own; i++)
    own = g_str_equal (facts[i].name, name);
  return own ? g_strconcat (scenario->name, "/", name, NULL) : g_strdup (name);
}

/* --- files --- */

/* public/SCENARIO/NAME was public/NAME. */
static char *
old_path (const WorkflowContext *context, const char *path)
{
  g_autofree char *folder = g_strconcat (SHARED, workflow_context_scenario (context)->name, "/", NULL);
  return g_str_has_prefix (path, folder) ? g_strconcat (SHARED, path + strlen (folder), NULL) : NULL;
}

/* Is the file OLD of this scenario, as far as this persona can tell? */
static gboolean
is_own (WorkflowContext *context, const char *old)
{
  g_autofree char *full = workflow_context_path (context, old);
  g_autoptr (GBytes) bytes = cr_file_read (full, OLD_FILE_MAX, NULL);
  g_autofree char *text = cr_file_read_text (full, OLD_FILE_MAX, NULL);
  if (bytes == NULL || text == NULL)
    return FALSE;
  g_autofree char *sha256 = cr_sha256_hex (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autofree char *digest = cr_sha256_hex (text, strlen (text));
  g_autofree char *owner = workflow_journal_file_scenario (workflow_context_journal (context), old, sha256,
                                                           digest);
  return g_strcmp0 (owner, workflow_context_scenario (context)->name) == 0;
}

/* Another persona may do the same at this moment: whoever is first has moved it. A folder in which nothing
 * can be moved is left to the persona whose file it is. */
static void
move_file (WorkflowContext *context, const char *old, const char *path)
{
  g_autofree char *from = workflow_context_path (context, old);
  g_autofree char *to = workflow_context_path (context, path);
  if (g_file_test (to, G_FILE_TEST_EXISTS) || !g_file_test (from, G_FILE_TEST_IS_REGULAR)
      || !is_own (context, old))
    return;
  if (g_rename (from, to) != 0)
    g_debug ("%s was not moved", from);
}

/* --- facts --- */

static const char *
step_of (WorkflowContext *context, const char *action)
{
  const GPtrArray *steps = workflow_context_who (context)->steps;
  for (guint i = 0; i < steps->len; i++) {
    const WorkflowStep *step = g_ptr_array_index (steps, i);
    if (g_str_equal (step->action, action))
      return step->id;
  }
  return NULL;
}

/* A value kept for all scenarios is that of the scenario which took the step last. */
static gboolean
adopt_fact (WorkflowContext *context, const char *name, const char *action, const char *result,
            GError **error)
{
  WorkflowJournal *journal = workflow_context_journal (context);
  const char *scenario = workflow_context_scenario (context)->name, *step = step_of (context, action);
  g_autofree char *value = step != NULL ? workflow_journal_recall (journal, name, NULL) : NULL;
  g_autofree char *known = workflow_context_recall (context, name);
  if (value == NULL || *value == '\0' || known != NULL)
    return TRUE;
  g_autofree char *last = workflow_journal_last_scenario (journal, step);
  if (g_strcmp0 (last, scenario) == 0)
    return workflow_context_remember (context, name, value, error);
  g_autoptr (WorkflowEntry) entry = result != NULL ? workflow_journal_read (journal, scenario, step, NULL)
                                                   : NULL;
  const char *said = entry != NULL ? cr_json_peek_string (entry->result, result) : NULL;
  return said == NULL || workflow_context_remember (context, name, said, error);
}

static gboolean
adopt_facts (WorkflowContext *context, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    if (!adopt_fact (context, facts[i].name, facts[i].action, facts[i].result, error))
      return FALSE;
  const GPtrArray *datasets = workflow_context_scenario (context)->datasets;
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    g_autofree char *name = g_strconcat (BUCKET, dataset->name, NULL);
    if (dataset->bucket && !adopt_fact (context, name, "data.publish", NULL, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
workflow_adopt_names (WorkflowContext *context, GError **error)
{
  const WorkflowScenario *scenario = workflow_context_scenario (context);
  g_auto (GStrv) paths = workflow_scenario_scoped (scenario);
  if (paths[0] == NULL)
    return TRUE;
  g_autofree char *shared = workflow_context_path (context, "public");
  g_autofree char *folder = g_build_filename (shared, scenario->name, NULL);
  if (!cr_dir_make (folder, 0700, error))
    return FALSE;
  /* The journal says whose a file is, by its old name. */
  for (guint i = 0; paths[i] != NULL; i++) {
    g_autofree char *old = old_path (context, paths[i]);
    if (old != NULL)
      move_file (context, old, paths[i]);
  }
  g_autofree char *layout = workflow_context_recall (context, LAYOUT);
  if (g_strcmp0 (layout, LAYOUT_NOW) == 0)
    return TRUE;
  for (guint i = 0; paths[i] != NULL; i++) {
    g_autofree char *old = old_path (context, paths[i]);
    if (old != NULL
        && !workflow_journal_rename (workflow_context_journal (context), scenario->name, old, paths[i],
                                     error))
      return FALSE;
  }
  return adopt_facts (context, error) && workflow_context_remember (context, LAYOUT, LAYOUT_NOW, error);
}
