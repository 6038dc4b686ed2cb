/* SPDX-License-Identifier: MIT
 * Opening the step engine, its personas and their locks.
 */
#include "workflow/engine-private.h"

#include "base/error.h"
#include "workflow/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

WorkflowEngine *
workflow_engine_open (const WorkflowOptions *options, GError **error)
{
  g_autofree char *dir = workflow_personas_dir (options->personas_dir, error);
  if (dir == NULL)
    return NULL;
  const WorkflowTables *tables = options->tables != NULL ? options->tables : workflow_tables ();
  g_autofree const char **actions = workflow_action_names (tables);
  g_autofree const char **probes = workflow_probe_names (tables);
  WorkflowNames names = { actions, probes };
  WorkflowScenario *scenario = workflow_scenario_load (dir, options->scenario, &names, error);
  if (scenario == NULL)
    return NULL;
  WorkflowEngine *engine = g_new0 (WorkflowEngine, 1);
  engine->state_dir = workflow_state_dir (options->state_dir);
  engine->scenario = scenario;
  engine->tables = tables;
  engine->auto_approve = options->auto_approve;
  engine->read_only = options->read_only;
  engine->contexts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) workflow_context_close);
  return engine;
}

void
workflow_engine_close (WorkflowEngine *engine)
{
  if (engine == NULL)
    return;
  g_hash_table_unref (engine->contexts);
  workflow_scenario_free (engine->scenario);
  g_free (engine->state_dir);
  g_free (engine);
}

const WorkflowScenario *
workflow_engine_scenario (WorkflowEngine *engine)
{
  return engine->scenario;
}

const char *
workflow_engine_state_dir (WorkflowEngine *engine)
{
  return engine->state_dir;
}

WorkflowContext *
workflow_engine_context (WorkflowEngine *engine, const char *persona, GError **error)
{
  WorkflowContext *context = g_hash_table_lookup (engine->contexts, persona);
  if (context != NULL)
    return context;
  const WorkflowJourney *journey = workflow_scenario_journey (engine->scenario, persona, error);
  if (journey == NULL)
    return NULL;
  context = workflow_context_open (engine->state_dir, engine->scenario, journey->persona, error);
  if (context == NULL)
    return NULL;
  workflow_context_set_auto_approve (context, engine->auto_approve);
  g_hash_table_insert (engine->contexts, g_strdup (persona), context);
  return context;
}

WorkflowContext *
workflow_engine_peek (WorkflowEngine *engine, const char *persona, GError **error)
{
  g_autofree char *path = g_build_filename (engine->state_dir, persona, "private", "journal.db", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  return workflow_engine_context (engine, persona, error);
}

const WorkflowStep *
workflow_engine_find (WorkflowEngine *engine, const char *persona, const char *step,
                      const WorkflowJourney **journey, GError **error)
{
  const WorkflowJourney *found = workflow_scenario_journey (engine->scenario, persona, error);
  if (found == NULL)
    return NULL;
  if (journey != NULL)
    *journey = found;
  return workflow_journey_step (found, step, error);
}

static char *
lock_path (WorkflowEngine *engine, const char *persona)
{
  return g_build_filename (engine->state_dir, persona, "private", "lock", NULL);
}

int
workflow_engine_lock (WorkflowEngine *engine, const char *persona, GError **error)
{
  g_autofree char *path = lock_path (engine, persona);
  int file = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    cr_set_error (error, CR_ERROR_ADMIN, "Give yourself write permission there.", "Cannot open %s: %s.", path,
                  g_strerror (errno));
    return -1;
  }
  if (flock (file, LOCK_EX | LOCK_NB) == 0)
    return file;
  close (file);
  cr_set_error (error, CR_ERROR_RETRY, "Wait until it has finished, or stop it.",
                "Another program is taking a step of %s right now.", persona);
  return -1;
}

gboolean
workflow_engine_is_locked (WorkflowEngine *engine, const char *persona)
{
  g_autofree char *path = lock_path (engine, persona);
  int file = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return FALSE;
  gboolean locked = flock (file, LOCK_EX | LOCK_NB) != 0;
  close (file);
  return locked;
}
