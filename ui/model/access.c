/* SPDX-License-Identifier: MIT
 * How jobs come to a persona's context: scenarios read once, the key store made ready once, contexts lent to
 * one job at a time and kept for the next.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "cloud/environment.h"
#include "keys/key-daemon.h"
#include "workflow/local-sandbox.h"
#include "workflow/state.h"

#include <glib/gi18n.h>
#include <string.h>

#define POOL_MAX 3u

/* A scenario that outlives every context made from it. */
typedef struct {
  gatomicrefcount references;
  char *name;
  WorkflowScenario *scenario;
} World;

struct UiAccess {
  gatomicrefcount references;
  GMutex lock;
  WorkflowPlace *place;
  char *personas_given, *personas_dir, *as;
  const WorkflowTables *tables;
  KeyStore *keys; /* one for all: two that write the same entry would get in each other's way */
  gboolean keys_given;
  gboolean auto_approve, read_only;
  gint own_keyring;  /* atomic */
  GPtrArray *worlds; /* World */
  GQueue pool;       /* UiLease */
  guint generation;
  GMutex keyring_lock; /* held while the key store is made ready */
  GMutex sandbox_lock; /* held while the local environment starts */
};

static World *
world_ref (World *world)
{
  g_atomic_ref_count_inc (&world->references);
  return world;
}

static void
world_unref (World *world)
{
  if (!g_atomic_ref_count_dec (&world->references))
    return;
  workflow_scenario_free (world->scenario);
  g_free (world->name);
  g_free (world);
}

static void
lease_free (UiLease *lease)
{
  workflow_context_close (lease->context);
  world_unref (lease->world);
  g_free (lease->persona);
  g_free (lease);
}

/* A bus address of its own is written into the environment when the key store is made ready, on a job thread.
 * That is safe beside readers of the environment only when the variable exists already. */
static void
reserve_bus_variable (void)
{
  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL)
    return;
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *socket = runtime != NULL ? g_build_filename (runtime, "bus", NULL) : NULL;
  g_autofree char *escaped = socket != NULL ? g_dbus_address_escape_value (socket) : NULL;
  g_autofree char *address = escaped != NULL ? g_strconcat ("unix:path=", escaped, NULL) : g_strdup ("");
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

UiAccess *
ui_access_new (const UiSessionOptions *options, const WorkflowPlace *place)
{
  UiAccess *access = g_new0 (UiAccess, 1);
  g_atomic_ref_count_init (&access->references);
  g_mutex_init (&access->lock);
  g_mutex_init (&access->keyring_lock);
  g_mutex_init (&access->sandbox_lock);
  access->place = workflow_place_copy (place);
  access->personas_given = g_strdup (options->personas_dir);
  access->as = g_strdup (options->as);
  access->tables = options->tables != NULL ? options->tables : workflow_tables ();
  access->keys = options->keys;
  access->keys_given = options->keys != NULL;
  access->auto_approve = options->auto_approve;
  access->read_only = options->read_only;
  access->own_keyring = options->own_keyring;
  access->worlds = g_ptr_array_new_with_free_func ((GDestroyNotify) world_unref);
  g_queue_init (&access->pool);
  if (access->keys == NULL)
    reserve_bus_variable ();
  return access;
}

UiAccess *
ui_access_elsewhere (UiAccess *access, const WorkflowPlace *place)
{
  UiSessionOptions options = {
    .personas_dir = access->personas_given,
    .as = access->as,
    .tables = access->tables,
    .keys = access->keys_given ? access->keys : NULL,
    .auto_approve = access->auto_approve,
    .read_only = access->read_only,
    .own_keyring = g_atomic_int_get (&access->own_keyring),
  };
  return ui_access_new (&options, place);
}

UiAccess *
ui_access_ref (UiAccess *access)
{
  g_atomic_ref_count_inc (&access->references);
  return access;
}

void
ui_access_unref (UiAccess *access)
{
  if (access == NULL || !g_atomic_ref_count_dec (&access->references))
    return;
  g_queue_clear_full (&access->pool, (GDestroyNotify) lease_free);
  if (!access->keys_given)
    g_clear_pointer (&access->keys, key_store_free);
  g_ptr_array_unref (access->worlds);
  g_mutex_clear (&access->lock);
  g_mutex_clear (&access->keyring_lock);
  g_mutex_clear (&access->sandbox_lock);
  workflow_place_free (access->place);
  g_free (access->personas_given);
  g_free (access->as);
  g_free (access->personas_dir);
  g_free (access);
}

const char *
ui_access_state_dir (UiAccess *access)
{
  return access->place->folder;
}

const WorkflowPlace *
ui_access_place (UiAccess *access)
{
  return access->place;
}

const char *
ui_access_personas_dir (UiAccess *access, GError **error)
{
  g_mutex_lock (&access->lock);
  if (access->personas_dir == NULL)
    access->personas_dir = workflow_personas_dir (access->personas_given, error);
  const char *dir = access->personas_dir;
  g_mutex_unlock (&access->lock);
  return dir;
}

void
ui_access_set_own_keyring (UiAccess *access, gboolean own)
{
  g_atomic_int_set (&access->own_keyring, own);
}

KeyStore *
ui_access_keys (UiAccess *access, GError **error)
{
  if (access->keys_given)
    return access->keys;
  g_mutex_lock (&access->keyring_lock);
  gboolean own = g_atomic_int_get (&access->own_keyring);
  if (access->keys == NULL && keyring_ensure (access->place->state_dir, own, error))
    access->keys = key_store_secret_service_new (error);
  KeyStore *keys = access->keys;
  g_mutex_unlock (&access->keyring_lock);
  return keys;
}

gboolean
ui_access_environment (UiAccess *access, gboolean start, GError **error)
{
  const WorkflowPlace *place = access->place;
  gboolean ours = FALSE;
  if (!local_sandbox_is_ours (place->folder, &ours, error))
    return FALSE;
  if (!ours)
    return TRUE;
  if (start) {
    g_mutex_lock (&access->sandbox_lock);
    gboolean ok = local_sandbox_start (place->folder, NULL, -1, NULL, error);
    g_mutex_unlock (&access->sandbox_lock);
    return ok;
  }
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (place->folder);
  if (sandbox->running)
    return TRUE;
  if (!g_file_test (place->file, G_FILE_TEST_EXISTS))
    cr_set_error (error, CR_ERROR_WAITING,
                  _ ("Take the first step of the journey; it starts the environment."),
                  _ ("Nothing has been started here yet."));
  else
    cr_set_error (error, CR_ERROR_RETRY, _ ("Start it (Health), or run a step: that starts it too."),
                  _ ("The local environment does not run."));
  return FALSE;
}

/* The scenario NAME, read at most once. Gives a reference. */
static World *
find_world (UiAccess *access, const char *name, GError **error)
{
  const char *dir = ui_access_personas_dir (access, error);
  if (dir == NULL)
    return NULL;
  g_mutex_lock (&access->lock);
  World *found = NULL;
  for (guint i = 0; i < access->worlds->len && found == NULL; i++) {
    World *world = g_ptr_array_index (access->worlds, i);
    if (g_str_equal (world->name, name))
      found = world_ref (world);
  }
  g_mutex_unlock (&access->lock);
  if (found != NULL)
    return found;
  g_autofree const char **actions = workflow_action_names (access->tables);
  g_autofree const char **probes = workflow_probe_names (access->tables);
  WorkflowNames names = { actions, probes };
  WorkflowScenario *scenario = workflow_scenario_load (dir, name, &names, error);
  if (scenario == NULL)
    return NULL;
  World *world = g_new0 (World, 1);
  g_atomic_ref_count_init (&world->references);
  world->name = g_strdup (name);
  world->scenario = scenario;
  g_mutex_lock (&access->lock);
  g_ptr_array_add (access->worlds, world_ref (world));
  g_mutex_unlock (&access->lock);
  return world;
}

static UiLease *
from_pool (UiAccess *access, const World *world, const char *persona)
{
  GQueue stale = G_QUEUE_INIT;
  UiLease *found = NULL;
  g_mutex_lock (&access->lock);
  for (GList *at = access->pool.head; at != NULL;) {
    GList *next = at->next;
    UiLease *lease = at->data;
    gboolean old = lease->generation != access->generation;
    if (old || (found == NULL && lease->world == world && g_str_equal (lease->persona, persona))) {
      g_queue_delete_link (&access->pool, at);
      if (old)
        g_queue_push_tail (&stale, lease);
      else
        found = lease;
    }
    at = next;
  }
  g_mutex_unlock (&access->lock);
  g_queue_clear_full (&stale, (GDestroyNotify) lease_free);
  return found;
}

static gboolean
has_begun (UiAccess *access, const char *persona, GError **error)
{
  g_autofree char *path = g_build_filename (access->place->folder, persona, "private", "journal.db", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  /* Where the ledger is known already there is something to look at before the first step. */
  g_autoptr (Environment) environment = environment_is_added (access->place->folder)
                                            ? environment_load (access->place->folder, NULL)
                                            : NULL;
  if (environment != NULL && environment->ledger->url != NULL)
    return TRUE;
  cr_set_error (error, CR_ERROR_WAITING, _ ("Take the first step of the journey."),
                _ ("%s has not done anything yet."), persona);
  return FALSE;
}

UiLease *
ui_access_lease (UiAccess *access, const char *scenario, const char *persona, gboolean keyring,
                 GError **error)
{
  KeyStore *keys = NULL;
  if (!has_begun (access, persona, error) || (keyring && (keys = ui_access_keys (access, error)) == NULL))
    return NULL;
  World *world = find_world (access, scenario, error);
  const WorkflowJourney *journey = world != NULL ? workflow_scenario_journey (world->scenario, persona, error)
                                                 : NULL;
  UiLease *lease = journey != NULL ? from_pool (access, world, persona) : NULL;
  if (lease != NULL && keys != NULL)
    workflow_context_set_keys (lease->context, keys);
  if (journey == NULL || lease != NULL) {
    g_clear_pointer (&world, world_unref);
    return lease;
  }
  g_mutex_lock (&access->lock);
  guint generation = access->generation;
  g_mutex_unlock (&access->lock);
  WorkflowContext *context = workflow_context_open (access->place->folder, world->scenario, journey->persona,
                                                    error);
  if (context == NULL) {
    world_unref (world);
    return NULL;
  }
  workflow_context_set_auto_approve (context, access->auto_approve);
  workflow_context_set_actor (context, access->as);
  if (keys != NULL)
    workflow_context_set_keys (context, keys);
  ui_memory_before_network ();
  lease = g_new0 (UiLease, 1);
  lease->persona = g_strdup (persona);
  lease->context = context;
  lease->scenario = world->scenario;
  lease->world = world;
  lease->generation = generation;
  return lease;
}

void
ui_access_give_back (UiAccess *access, UiLease *lease, gboolean good)
{
  if (lease == NULL)
    return;
  g_mutex_lock (&access->lock);
  gboolean keep = good && lease->generation == access->generation && access->pool.length < POOL_MAX;
  if (keep)
    g_queue_push_head (&access->pool, lease);
  g_mutex_unlock (&access->lock);
  if (!keep)
    lease_free (lease);
}

void
ui_access_renew (UiAccess *access)
{
  g_mutex_lock (&access->lock);
  access->generation++;
  g_mutex_unlock (&access->lock);
}

WorkflowEngine *
ui_access_engine (UiAccess *access, const char *scenario, gboolean local, GError **error)
{
  const char *dir = ui_access_personas_dir (access, error);
  if (dir == NULL)
    return NULL;
  WorkflowOptions options = {
    .state_dir = access->place->folder,
    .as = access->as,
    .personas_dir = dir,
    .scenario = scenario,
    .tables = access->tables,
    .auto_approve = access->auto_approve,
    .read_only = local || access->read_only,
  };
  return workflow_engine_open (&options, error);
}
