/* SPDX-License-Identifier: MIT
 * Opening the step engine, its personas and their locks.
 */
#include "workflow/engine-private.h"

#include "base/error.h"
#include "base/text.h"
#include "workflow/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_TRIES 20
#define LOCK_PAUSE_US 5000

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
  engine->as = g_strdup (options->as);
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
  g_free (engine->as);
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
  workflow_context_set_actor (context, engine->as);
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

/* What the holder of the lock wrote into it. Gives; NULL when there is nothing. */
static char *
read_holder (int file, gint64 *pid)
{
  char text[128] = { 0 };
  if (pread (file, text, sizeof text - 1, 0) <= 0)
    return NULL;
  char *space = strchr (text, ' ');
  gint64 process = g_ascii_strtoll (text, NULL, 10);
  if (space == NULL || process <= 0)
    return NULL;
  text[strcspn (text, "\n")] = '\0';
  if (pid != NULL)
    *pid = process;
  g_autofree char *program = cr_text_safe (space + 1);
  return g_strdup_printf ("%s (process %" PRId64 ")", program, process);
}

/* For those who find the lock held. That it cannot be written is no reason not to go on. */
void
workflow_engine_hold (int file)
{
  const char *program = g_get_prgname ();
  g_autofree char *text = g_strdup_printf ("%d %s\n", (int) getpid (),
                                           program != NULL ? program : "cleanroom");
  if (ftruncate (file, 0) != 0 || pwrite (file, text, strlen (text), 0) < 0)
    g_debug ("The lock does not say who holds it: %s", g_strerror (errno));
}

void
workflow_engine_unlock (WorkflowEngine *engine, int lock, gboolean ring)
{
  /* A face that watches sees the end of it. */
  if (ftruncate (lock, 0) != 0)
    g_debug ("The lock still names its holder: %s", g_strerror (errno));
  close (lock);
  if (!ring)
    return;
  g_autofree char *bell = g_build_filename (engine->state_dir, WORKFLOW_BELL, NULL);
  int file = open (bell, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0)
    return;
  if (pwrite (file, "\n", 1, 0) < 0)
    g_debug ("Nobody is told that a step has ended: %s", g_strerror (errno));
  close (file);
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
  /* Somebody who only looks whether it is held has it for a moment. */
  for (int i = 0; i < LOCK_TRIES; i++) {
    if (flock (file, LOCK_EX | LOCK_NB) == 0) {
      workflow_engine_hold (file);
      return file;
    }
    g_usleep (LOCK_PAUSE_US);
  }
  g_autofree char *holder = read_holder (file, NULL);
  close (file);
  cr_set_error (error, CR_ERROR_RETRY, "Wait until it has finished, or stop it.",
                "%s is taking a step of %s right now.", holder != NULL ? holder : "Another program", persona);
  return -1;
}

char *
workflow_engine_holder (WorkflowEngine *engine, const char *persona, gint64 *pid)
{
  g_autofree char *path = lock_path (engine, persona);
  if (pid != NULL)
    *pid = 0;
  int file = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return NULL;
  char *holder = NULL;
  if (flock (file, LOCK_SH | LOCK_NB) != 0) {
    holder = read_holder (file, pid);
    holder = holder != NULL ? holder : g_strdup ("another program");
  }
  close (file);
  return holder;
}

gboolean
workflow_engine_is_locked (WorkflowEngine *engine, const char *persona)
{
  g_autofree char *path = lock_path (engine, persona);
  int file = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return FALSE;
  gboolean locked = flock (file, LOCK_SH | LOCK_NB) != 0;
  close (file);
  return locked;
}
