/* SPDX-License-Identifier: MIT
 * What commands stand on: options read back, keyring, environment, engine; each opened when first needed.
 */
#include "cli/cli-private.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "keys/key-daemon.h"
#include "workflow/local-sandbox.h"
#include "workflow/state.h"

#include <glib/gstdio.h>
#include <string.h>

#define TEXT_OPTION_MAX (4u * 1024 * 1024)

Cli *
cli_new (const CliCommand *command)
{
  Cli *cli = g_new0 (Cli, 1);
  cli->command = command;
  cli->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  cli->arguments = g_ptr_array_new_with_free_func (g_free);
  return cli;
}

void
cli_free (Cli *cli)
{
  if (cli == NULL)
    return;
  if (cli->signal_thread != NULL) {
    g_atomic_int_set (&cli->done, 1);
    g_main_context_wakeup (cli->signals);
    g_thread_join (cli->signal_thread);
    g_main_context_unref (cli->signals);
  }
  g_clear_pointer (&cli->remote, cli_remote_free);
  g_clear_pointer (&cli->place, workflow_place_free);
  g_clear_pointer (&cli->engine, workflow_engine_close);
  g_clear_pointer (&cli->keys, key_store_free);
  g_clear_pointer (&cli->job, cr_job_unref);
  g_hash_table_unref (cli->values);
  g_ptr_array_unref (cli->arguments);
  g_free (cli->state_dir);
  g_free (cli->identity);
  g_free (cli->scenario);
  json_decref (cli->failure);
  g_free (cli);
}

const char *
cli_command_path (Cli *cli)
{
  return cli->command->path;
}

const char *
cli_argument (Cli *cli, guint index)
{
  return index < cli->arguments->len ? g_ptr_array_index (cli->arguments, index) : NULL;
}

GPtrArray *
cli_values (Cli *cli, const char *name)
{
  return g_hash_table_lookup (cli->values, name);
}

const char *
cli_value (Cli *cli, const char *name)
{
  GPtrArray *values = cli_values (cli, name);
  return values != NULL && values->len > 0 ? g_ptr_array_index (values, 0) : NULL;
}

gboolean
cli_flag (Cli *cli, const char *name)
{
  return cli_values (cli, name) != NULL;
}

gboolean
cli_json (Cli *cli)
{
  return cli_flag (cli, "json");
}

const char *
cli_require (Cli *cli, const char *name, GError **error)
{
  const char *value = cli_value (cli, name);
  if (value != NULL && *value != '\0')
    return value;
  g_autofree char *hint = g_strdup_printf (_ ("For example: %s"), cli->command->example);
  cr_set_error (error, CR_ERROR_USAGE, hint, "--%s is missing.", name);
  return NULL;
}

GHashTable *
cli_pairs (Cli *cli, const char *name, GError **error)
{
  g_autoptr (GHashTable) pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GPtrArray *values = cli_values (cli, name);
  for (guint i = 0; values != NULL && i < values->len; i++) {
    const char *text = g_ptr_array_index (values, i);
    const char *equals = strchr (text, '=');
    if (equals == NULL || equals == text) {
      cr_set_error (error, CR_ERROR_USAGE, "Write it as --set name=value.",
                    "\"%s\" is not of the form name=value.", text);
      return NULL;
    }
    g_hash_table_insert (pairs, g_strndup (text, (gsize) (equals - text)), g_strdup (equals + 1));
  }
  return g_steal_pointer (&pairs);
}

gboolean
cli_check_engine (const char *engine, GError **error)
{
  static const char *const engines[] = { "auto", "duckdb", "sqlite", NULL };
  if (engine == NULL || g_strv_contains (engines, engine))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Use auto, duckdb or sqlite.", "There is no engine \"%s\".", engine);
  return FALSE;
}

char *
cli_text_value (Cli *cli, const char *name, GError **error)
{
  const char *value = cli_require (cli, name, error);
  if (value == NULL)
    return NULL;
  return value[0] == '@' ? cr_file_read_text (value + 1, TEXT_OPTION_MAX, error) : g_strdup (value);
}

json_t *
cli_json_value (Cli *cli, const char *name, GError **error)
{
  const char *value = cli_value (cli, name);
  gboolean file = value != NULL && *value != '@' && g_file_test (value, G_FILE_TEST_IS_REGULAR);
  g_autofree char *text = file ? cr_file_read_text (value, TEXT_OPTION_MAX, error)
                               : cli_text_value (cli, name, error);
  if (text == NULL)
    return NULL;
  g_autofree char *what = g_strdup_printf ("The value of --%s", name);
  return cr_json_parse (text, strlen (text), what, error);
}

const char *
cli_state_dir (Cli *cli)
{
  if (cli->state_dir == NULL)
    cli->state_dir = workflow_state_dir (cli_value (cli, "state"));
  return cli->state_dir;
}

/* Warnings reach the person even where a command shows no progress. */
static void
on_warning (const char *kind, const char *text, gpointer data)
{
  (void) data;
  if (strcmp (kind, "warning") == 0)
    cli_say ("%s", text);
}

CrJob *
cli_job (Cli *cli)
{
  if (cli->job == NULL) {
    cli->job = cr_job_new ();
    cr_job_on_notice (cli->job, on_warning, NULL);
  }
  return cli->job;
}

gboolean
cli_keyring (Cli *cli, gboolean allow_own, GError **error)
{
  if (cli->keyring_ready)
    return TRUE;
  const char *state_dir = cli_state_dir (cli);
  gboolean known = g_file_test (state_dir, G_FILE_TEST_EXISTS);
  if (!cr_dir_make (state_dir, 0700, error))
    return FALSE;
  if (!keyring_ensure (state_dir, allow_own || cli_flag (cli, "own-keyring"), error)) {
    if (!known)
      g_rmdir (state_dir); /* what is refused leaves nothing behind; a folder with anything in it stays */
    return FALSE;
  }
  cli->keyring_ready = TRUE;
  return TRUE;
}

gboolean
cli_environment (Cli *cli, GError **error)
{
  if (cli->environment_ready)
    return TRUE;
  const WorkflowPlace *place = cli_place (cli, error);
  if (place == NULL)
    return FALSE;
  gboolean started = FALSE, ours = TRUE;
  if (!local_sandbox_is_ours (place->folder, &ours, error))
    return FALSE;
  cli->environment_ready = !ours;
  if (!ours)
    return TRUE;
  if (!local_sandbox_start (cli_state_dir (cli), NULL, -1, &started, error))
    return FALSE;
  if (started && !cli_flag (cli, "quiet"))
    cli_say ("The local environment was started (cleanroom sandbox stop ends it).");
  cli->environment_ready = TRUE;
  return TRUE;
}

KeyStore *
cli_key_store (Cli *cli, GError **error)
{
  if (cli->keys == NULL && cli_keyring (cli, FALSE, error))
    cli->keys = key_store_secret_service_new (error);
  return cli->keys;
}

void
cli_set_exit_code (Cli *cli, int exit_code)
{
  cli->exit_code = exit_code;
}

void
cli_set_failure (Cli *cli, json_t *value)
{
  json_decref (cli->failure);
  cli->failure = value;
}

void
cli_set_scenario (Cli *cli, const char *scenario)
{
  g_free (cli->scenario);
  cli->scenario = g_strdup (scenario);
}

void
cli_forget (Cli *cli)
{
  g_clear_pointer (&cli->engine, workflow_engine_close);
  g_clear_pointer (&cli->keys, key_store_free);
  cli->keyring_ready = FALSE;
  cli->environment_ready = FALSE;
}

void
cli_set_auto_approve (Cli *cli)
{
  cli->auto_approve = TRUE;
}

WorkflowEngine *
cli_engine_offline (Cli *cli, GError **error)
{
  if (cli->engine != NULL)
    return cli->engine;
  const char *scenario = cli->scenario != NULL ? cli->scenario : cli_value (cli, "scenario");
  const char *folder = cli_work_dir (cli, error);
  if (folder == NULL)
    return NULL;
  WorkflowOptions options = {
    .state_dir = folder,
    .scenario = scenario != NULL ? scenario : "analytics-sse",
    .auto_approve = cli->auto_approve,
    .read_only = cli_flag (cli, "read-only"),
  };
  cli->engine = workflow_engine_open (&options, error);
  return cli->engine;
}

WorkflowEngine *
cli_engine (Cli *cli, GError **error)
{
  if (!cli_keyring (cli, FALSE, error) || !cli_environment (cli, error))
    return NULL;
  /* Threads may start now: from here on Ctrl-C cancels the job. */
  cli_watch_signals (cli);
  return cli_engine_offline (cli, error);
}

/* A member identity such as ccfoperator belongs to the persona that lists it. */
static const char *
persona_of_identity (const WorkflowScenario *scenario, const char *name)
{
  for (guint i = 0; i < scenario->personas->len; i++) {
    const WorkflowPersona *persona = g_ptr_array_index (scenario->personas, i);
    if (strcmp (persona->name, name) == 0
        || (persona->identities != NULL && g_strv_contains ((const char *const *) persona->identities, name)))
      return persona->name;
  }
  return NULL;
}

WorkflowContext *
cli_context (Cli *cli, GError **error)
{
  return cli_context_or (cli, NULL, error);
}

WorkflowContext *
cli_context_or (Cli *cli, const char *fallback, GError **error)
{
  const char *as = cli_value (cli, "as");
  if (as == NULL)
    as = cli_value (cli, "governance-client");
  if (as == NULL)
    as = fallback;
  if (as == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Say who you are: --as operator, --as northwind or --as woodgrove.",
                  "This command acts for somebody and --as is missing.");
    return NULL;
  }
  WorkflowEngine *engine = cli_engine (cli, error);
  if (engine == NULL)
    return NULL;
  const char *persona = persona_of_identity (workflow_engine_scenario (engine), as);
  if (persona == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND,
                  "Use a persona or one of its member identities, for example ccfoperator.",
                  "Nobody is called \"%s\" in this scenario.", as);
    return NULL;
  }
  const WorkflowJourney *journey = workflow_scenario_journey (workflow_engine_scenario (engine), persona,
                                                              error);
  if (journey == NULL)
    return NULL;
  g_free (cli->identity);
  cli->identity = NULL;
  if (journey->persona->member)
    cli->identity = g_strdup (as);
  return workflow_engine_context (engine, persona, error);
}

const char *
cli_identity (Cli *cli)
{
  return cli->identity;
}
