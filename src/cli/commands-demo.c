/* SPDX-License-Identifier: MIT
 * demo: every persona of a scenario in dependency order, unattended, with the answer at the end.
 */
#include "cli/answer.h"
#include "cli/consortium.h"
#include "cli/progress.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/translate.h"
#include "data/sample.h"
#include "keys/key-daemon.h"
#include "workflow/local-sandbox.h"
#include "workflow/state.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEP_DATA "an.user.data"
#define STEP_RUN "an.wg.run"
#define STEP_OUTPUT "an.wg.output"
#define RUNNER "woodgrove"
#define ROWS_SHOWN 10

typedef struct {
  Cli *cli;
  CliProgress progress;
  guint total, number, already;
  json_t *steps; /* array, owned */
  json_t *run;   /* result of the run step, owned, or NULL */
} Demo;

static void
demo_clear (Demo *demo)
{
  json_decref (demo->steps);
  json_decref (demo->run);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Demo, demo_clear)

static const char *
scenario_of (Cli *cli)
{
  const char *given = cli_argument (cli, 0) != NULL ? cli_argument (cli, 0) : cli_value (cli, "scenario");
  return given != NULL ? given : "analytics-sse";
}

/* What the options mean for the steps that take such inputs; others get their defaults. */
static GHashTable *
inputs_for (Cli *cli, const WorkflowStep *step)
{
  static const struct {
    const char *step, *option, *input;
  } rows[] = {
    { STEP_DATA, "data", "source" },
    { STEP_RUN, "from", "from" },
    { STEP_RUN, "to", "to" },
    { STEP_RUN, "engine", "engine" },
  };
  GHashTable *inputs = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *value = cli_value (cli, rows[i].option);
    if (strcmp (rows[i].step, step->id) != 0 || value == NULL || strcmp (value, "auto") == 0)
      continue;
    if (inputs == NULL)
      inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert (inputs, g_strdup (rows[i].input), g_strdup (value));
  }
  return inputs;
}

static GHashTable *
before (const char *persona, const WorkflowStep *step, gpointer data)
{
  Demo *demo = data;
  g_autofree char *phase = g_strdup_printf ("%s: %s", persona, step->title);
  cr_job_progress (cli_job (demo->cli), phase, 0, 0);
  return inputs_for (demo->cli, step);
}

static void
record (Demo *demo, const char *persona, const char *step, const char *state, gint64 ms)
{
  json_t *entry = json_object ();
  cr_json_set_string (entry, "persona", persona);
  cr_json_set_string (entry, "step", step);
  cr_json_set_string (entry, "state", state);
  cr_json_set_int (entry, "ms", ms);
  json_array_append_new (demo->steps, entry);
}

static void
say_step (Demo *demo, const char *persona, const WorkflowStep *step, const char *state, gint64 ms)
{
  cli_progress_end (&demo->progress);
  if (cli_flag (demo->cli, "quiet"))
    return;
  g_autofree char *title = cr_text_fit (step->title, 40);
  cli_say ("%2u/%u  %-10s %s %-8s %6" PRId64 " ms", demo->number, demo->total, persona, title, state, ms);
}

static void
after (const WorkflowOutcome *outcome, gpointer data)
{
  Demo *demo = data;
  /* A step that waits is taken up again later; it is told when it is done. */
  if (outcome->state == WORKFLOW_WAITING)
    return;
  demo->number++;
  demo->already += outcome->already;
  record (demo, outcome->persona, outcome->step->id, workflow_state_name (outcome->state),
          outcome->elapsed_ms);
  if (strcmp (outcome->step->id, STEP_RUN) == 0 && outcome->result != NULL) {
    json_decref (demo->run);
    demo->run = json_incref (outcome->result);
  }
  if (!outcome->already)
    say_step (demo, outcome->persona, outcome->step, workflow_state_name (outcome->state),
              outcome->elapsed_ms);
}

static void
failed (const char *persona, const WorkflowStep *step, const GError *problem, gint64 elapsed_ms,
        gpointer data)
{
  (void) problem;
  Demo *demo = data;
  demo->number++;
  record (demo, persona, step->id, "failed", elapsed_ms);
  say_step (demo, persona, step, "failed", elapsed_ms);
}

static json_t *
result_json (Demo *demo, const Environment *environment, const Answer *answer, gint64 elapsed_ms)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "scenario", scenario_of (demo->cli));
  cr_json_set_string (value, "environment", environment != NULL ? environment->name : "local");
  cr_json_set_string (value, "state_dir", cli_state_dir (demo->cli));
  cr_json_set (value, "steps", json_incref (demo->steps));
  if (demo->run != NULL) {
    static const char *const members[] = { "id",        "job_id",       "state", "engine",
                                           "rows_read", "rows_written", NULL };
    json_t *run = json_object ();
    for (const char *const *member = members; *member != NULL; member++)
      if (json_object_get (demo->run, *member) != NULL)
        json_object_set (run, *member, json_object_get (demo->run, *member));
    cr_json_set (value, "run", run);
  }
  if (answer != NULL) {
    json_t *output = answer_json (answer);
    json_object_del (output, "run");
    cr_json_set (value, "output", output);
  }
  cr_json_set_int (value, "elapsed_ms", elapsed_ms);
  return value;
}

static void
show_answer (Demo *demo, const Answer *answer, gint64 elapsed_ms)
{
  const char *state = cli_value (demo->cli, "state");
  const char *scenario = scenario_of (demo->cli);
  gboolean usual = strcmp (scenario, "analytics-sse") == 0;
  g_autofree char *suffix = g_strdup_printf ("%s%s%s%s", usual ? "" : " --scenario ", usual ? "" : scenario,
                                             state != NULL ? " --state " : "", state != NULL ? state : "");
  if (demo->already == demo->number)
    cli_say ("Everything was done already, nothing was changed; --fresh starts a new collaboration.");
  cli_out ("\n");
  answer_show (answer, ROWS_SHOWN);
  cli_out ("\n%u rows in %.1f s, from %" PRId64
           " rows that northwind and woodgrove never showed each other.\n"
           "(Attestation is simulated in the local environment.)\n",
           answer->rows->len, (double) elapsed_ms / 1000, cr_json_peek_int (demo->run, "rows_read", 0));
  cli_out ("Output: %s\n\nLook at next:\n", (char *) g_ptr_array_index (answer->files, 0));
  static const char *const next[] = { "audit list --as northwind", "query show --as northwind",
                                      "step list woodgrove", "keys list" };
  g_autofree char *program = cli_program ();
  for (gsize i = 0; i < G_N_ELEMENTS (next); i++)
    cli_out ("  %s %s%s\n", program, next[i], suffix);
}

/* --- a new beginning --- */

/* Other environments have entries in the same keyring, and people in the same collaboration. */
static gboolean
has_others (Cli *cli)
{
  g_autoptr (GPtrArray) names = ccf_consortium_list (cli_state_dir (cli));
  return names->len > 0;
}

/* Somebody who acts in other environments too. */
static gboolean
is_theirs (Cli *cli, const KeyEntry *entry)
{
  return strcmp (entry->persona, CLI_MEMBERS) == 0
         || ccf_consortium_exists (cli_state_dir (cli), entry->persona);
}

static gboolean
forget_keys (Cli *cli, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "collaboration-id", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (keyring_is_own (folder) && !has_others (cli))
    return keyring_destroy (folder, error);
  g_autofree char *collaboration = workflow_collaboration_id (folder, error);
  KeyStore *store = collaboration != NULL ? cli_key_store (cli, error) : NULL;
  KeyAttributes filter = { .collaboration = collaboration };
  g_autoptr (GPtrArray) entries = store != NULL ? key_store_list (store, &filter, error) : NULL;
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++) {
    const KeyEntry *entry = g_ptr_array_index (entries, i);
    if (is_theirs (cli, entry))
      continue;
    KeyAttributes one = { .collaboration = entry->collaboration,
                          .persona = entry->persona,
                          .kind = entry->kind,
                          .name = entry->name };
    if (!key_store_remove (store, &one, error))
      return FALSE;
  }
  return TRUE;
}

/* Only what this program made goes; other files in the folder stay. */
static gboolean
remove_collaboration (Cli *cli, const WorkflowScenario *scenario, GError **error)
{
  const char *folder = cli_work_dir (cli, error);
  gboolean ours = FALSE;
  if (folder == NULL || !local_sandbox_is_ours (folder, &ours, error)
      || (ours && !local_sandbox_reset (folder, error)) || !forget_keys (cli, folder, error))
    return FALSE;
  for (guint i = 0; i < scenario->personas->len; i++) {
    const WorkflowPersona *persona = g_ptr_array_index (scenario->personas, i);
    g_autofree char *own = g_build_filename (folder, persona->name, NULL);
    if (!cr_dir_remove (own, error))
      return FALSE;
  }
  g_autofree char *shared = g_build_filename (folder, "public", NULL);
  g_autofree char *id = g_build_filename (folder, "collaboration-id", NULL);
  if (!cr_dir_remove (shared, error))
    return FALSE;
  if (!has_others (cli) || strcmp (folder, cli_state_dir (cli)) != 0)
    g_unlink (id);
  return workflow_place_is_local (cli_place (cli, NULL))
         || workflow_place_publish (cli_place (cli, NULL), error);
}

static gboolean
start_afresh (Cli *cli, const WorkflowScenario *scenario, GError **error)
{
  const char *folder = cli_work_dir (cli, error);
  if (folder == NULL)
    return FALSE;
  g_autofree char *id = g_build_filename (folder, "collaboration-id", NULL);
  g_autofree char *sandbox = g_build_filename (folder, "sandbox", NULL);
  if (!g_file_test (id, G_FILE_TEST_EXISTS) && !g_file_test (sandbox, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!workflow_place_is_local (cli_place (cli, NULL)))
    cli_say (
        _ ("--fresh forgets what was done in %s: the folders of every persona and their keys in the keyring.\n"
           "What lies in the services of this environment stays there."),
        folder);
  else
    cli_say ("--fresh replaces the collaboration in %s:\n"
             "  the ledger with its contract, votes and audit events; accounts, published data and runs;\n"
             "  the folders of every persona with what was fetched into them; their keys in the keyring.",
             folder);
  if (isatty (STDIN_FILENO) && !cli_flag (cli, "auto") && !cli_flag (cli, "yes")
      && !cli_confirm ("Replace it?")) {
    cr_set_error (error, CR_ERROR_CANCELLED, "Say --yes to do it without a question.",
                  "Nothing was replaced.");
    return FALSE;
  }
  return remove_collaboration (cli, scenario, error);
}

/* --- the run --- */

/* Everything that can be wrong with the options is said before anything is started. */
static gboolean
check_options (Cli *cli, GError **error)
{
  if (!cli_check_engine (cli_value (cli, "engine"), error)
      || !cr_day_range_check (cli_value (cli, "from"), cli_value (cli, "to"), error))
    return FALSE;
  const char *data = cli_value (cli, "data");
  return data == NULL || strcmp (data, "download") == 0 || data_sample_check (data, cli_job (cli), error);
}

/* A finished scenario with other days asked for: only the run is done again, as a new run. */
static gboolean
run_again (Demo *demo, WorkflowEngine *engine, GError **error)
{
  Cli *cli = demo->cli;
  if (demo->already != demo->number || (cli_value (cli, "from") == NULL && cli_value (cli, "engine") == NULL))
    return TRUE;
  g_autoptr (WorkflowStatus) status = workflow_engine_status (engine, RUNNER, STEP_RUN, error);
  if (status == NULL)
    return FALSE;
  g_autoptr (GHashTable) inputs = inputs_for (cli, status->step);
  GHashTableIter iter;
  gpointer name, value;
  gboolean same = TRUE;
  g_hash_table_iter_init (&iter, inputs);
  while (g_hash_table_iter_next (&iter, &name, &value))
    same = same && g_strcmp0 (cr_json_peek_string (status->entry->inputs, name), value) == 0;
  if (same)
    return TRUE;
  static const char *const steps[] = { STEP_RUN, STEP_OUTPUT };
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (engine, cli_job (cli), RUNNER, steps[i],
                                                               i == 0 ? inputs : NULL, TRUE, error);
    if (outcome == NULL)
      return FALSE;
    after (outcome, demo);
  }
  return TRUE;
}

static gboolean
run_scenario (Demo *demo, GError **error)
{
  Cli *cli = demo->cli;
  WorkflowEngine *engine = cli_engine (cli, error);
  if (engine == NULL)
    return FALSE;
  g_autoptr (GPtrArray) turns = workflow_engine_order (engine, FALSE);
  demo->total = turns->len;
  WorkflowRunHandlers handlers = { before, after, failed, demo };
  gboolean ok = workflow_engine_run_all (engine, cli_job (cli), &handlers, error)
                && run_again (demo, engine, error);
  cli_progress_end (&demo->progress);
  return ok;
}

static gboolean
finish (Demo *demo, gint64 started_us, GError **error)
{
  Cli *cli = demo->cli;
  g_autoptr (Answer) answer = answer_load (cli, cr_json_peek_string (demo->run, "id"), error);
  if (answer == NULL)
    return FALSE;
  gint64 elapsed_ms = (g_get_monotonic_time () - started_us) / 1000;
  g_autoptr (Environment) environment = environment_load (cli_work_dir (cli, NULL), NULL);
  if (cli_json (cli))
    cli_out_json (result_json (demo, environment, answer, elapsed_ms));
  else
    show_answer (demo, answer, elapsed_ms);
  return TRUE;
}

static gboolean
demo (Cli *cli, GError **error)
{
  gint64 started_us = g_get_monotonic_time ();
  if (!check_options (cli, error))
    return FALSE;
  cli_set_scenario (cli, scenario_of (cli));
  cli_set_auto_approve (cli);
  WorkflowEngine *offline = cli_engine_offline (cli, error);
  if (offline == NULL)
    return FALSE;
  if (cli_flag (cli, "fresh")) {
    if (!cli_keyring (cli, TRUE, error) || !start_afresh (cli, workflow_engine_scenario (offline), error))
      return FALSE;
    cli_forget (cli);
  }
  if (!cli_keyring (cli, TRUE, error))
    return FALSE;
  g_auto (Demo) state = { .cli = cli, .steps = json_array () };
  cli_progress_attach (&state.progress, cli);
  if (run_scenario (&state, error))
    return finish (&state, started_us, error);
  if (cli_json (cli)) {
    json_t *value = result_json (&state, NULL, NULL, (g_get_monotonic_time () - started_us) / 1000);
    json_t *problem = error != NULL && *error != NULL ? cli_error_json (*error) : json_object ();
    json_object_update_new (value, problem);
    cli_set_failure (cli, value);
  }
  return FALSE;
}

static const CliOption demo_options[] = {
  { "auto", CLI_FLAG, NULL, N_ ("without any question (the default where there is no terminal)") },
  { "data", CLI_VALUE, "DIR|download",
    N_ ("the eight tweet files in DIR, or fetch them (default: built-in data)") },
  { "from", CLI_VALUE, "DAY", N_ ("first day folder the query reads") },
  { "to", CLI_VALUE, "DAY", N_ ("last day folder the query reads") },
  { "engine", CLI_VALUE, "NAME", N_ ("auto (default), duckdb or sqlite") },
  { "fresh", CLI_FLAG, NULL, N_ ("replace what is there by a new collaboration") },
  { "yes", CLI_FLAG, NULL, N_ ("do not ask") },
  { "verbose", CLI_FLAG, NULL, N_ ("show each HTTP call on stderr") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_demo_commands[] = {
  { "demo", "[SCENARIO]", N_ ("run a scenario from start to answer"),
    "cleanroom demo analytics-sse --from 2025-09-01 --to 2025-09-02", 0, 1, demo_options, demo, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
