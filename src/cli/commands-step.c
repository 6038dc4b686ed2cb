/* SPDX-License-Identifier: MIT
 * step list|status|run|check: the journey of a persona, one step at a time.
 */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/secret-input.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static json_t *
wait_json (const WorkflowWait *wait)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "persona", wait->persona);
  cr_json_set_string (value, "step", wait->step);
  cr_json_set_string (value, "artefact", wait->artefact);
  return value;
}

static json_t *
waits_json (GPtrArray *waits)
{
  json_t *list = json_array ();
  for (guint i = 0; waits != NULL && i < waits->len; i++)
    json_array_append_new (list, wait_json (g_ptr_array_index (waits, i)));
  return list;
}

/* "northwind: Share your address" (without the name for PERSONA's own steps), or the file that nobody
 * makes. */
static char *
wait_text (const WorkflowWait *wait, const char *persona)
{
  if (wait->title != NULL && g_strcmp0 (wait->persona, persona) == 0)
    return g_strdup (wait->title);
  if (wait->persona != NULL && wait->title != NULL)
    return g_strdup_printf ("%s: %s", wait->persona, wait->title);
  return g_strdup (wait->persona != NULL ? wait->persona : wait->artefact != NULL ? wait->artefact : "");
}

/* Several files may come from one step: it is named once. */
static char *
waits_text (GPtrArray *waits, const char *persona)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < waits->len; i++) {
    char *text = wait_text (g_ptr_array_index (waits, i), persona);
    if (g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL))
      g_free (text);
    else
      g_ptr_array_add (texts, text);
  }
  g_ptr_array_add (texts, NULL);
  g_autofree char *joined = g_strjoinv ("; ", (char **) texts->pdata);
  return g_strdup_printf (_ ("after %s"), joined);
}

static char *
note_of (const WorkflowStatus *status, const char *persona)
{
  if (status->note != NULL)
    return g_strdup (status->note);
  if (status->waits != NULL && status->waits->len > 0)
    return waits_text (status->waits, persona);
  return g_strdup (status->step->optional ? _ ("optional") : "");
}

static json_t *
status_json (const WorkflowStatus *status)
{
  json_t *value = json_object ();
  cr_json_set_int (value, "number", status->number);
  cr_json_set_string (value, "step", status->step->id);
  cr_json_set_string (value, "title", status->step->title);
  cr_json_set_string (value, "state", workflow_state_name (status->state));
  cr_json_set_string (value, "takes", workflow_takes_name (status->step->takes));
  cr_json_set_bool (value, "optional", status->step->optional);
  cr_json_set (value, "waits", waits_json (status->waits));
  cr_json_set_string (value, "note", status->note);
  if (status->entry != NULL) {
    cr_json_set_int (value, "attempts", status->entry->attempts);
    if (status->entry->result != NULL)
      cr_json_set (value, "result", json_incref (status->entry->result));
    if (status->entry->error_message != NULL)
      cr_json_set (value, "error",
                   json_pack ("{s:s?,s:s?,s:s?,s:s?}", "code", status->entry->error_name, "message",
                              status->entry->error_message, "next", status->entry->error_hint, "remoteCode",
                              status->entry->error_remote));
  }
  return value;
}

static gboolean
list (Cli *cli, GError **error)
{
  const char *persona = cli_argument (cli, 0);
  WorkflowEngine *engine = cli_engine_offline (cli, error);
  g_autoptr (GPtrArray) steps = engine != NULL ? workflow_engine_list (engine, persona, error) : NULL;
  if (steps == NULL)
    return FALSE;
  if (cli_json (cli)) {
    json_t *value = json_array ();
    for (guint i = 0; i < steps->len; i++)
      json_array_append_new (value, status_json (g_ptr_array_index (steps, i)));
    cli_out_json (value);
    return TRUE;
  }
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  const WorkflowStatus *next = workflow_engine_next (steps);
  for (guint i = 0; i < steps->len; i++) {
    const WorkflowStatus *status = g_ptr_array_index (steps, i);
    g_autofree char *number = g_strdup_printf ("%u", status->number);
    g_autofree char *note = note_of (status, persona);
    g_ptr_array_add (rows, cli_row (number, status->step->id, workflow_state_name (status->state),
                                    status->step->title, note, NULL));
  }
  static const char *const columns[] = {
    "", N_ ("Step"), N_ ("State"), N_ ("What it does"), N_ ("Note"), NULL
  };
  cli_out_table (columns, rows);
  if (next != NULL)
    cli_say ("next: cleanroom step run %s %s", persona, next->step->id);
  return TRUE;
}

static void
show_inputs (WorkflowEngine *engine, const char *persona, const WorkflowStep *step)
{
  g_autoptr (GHashTable) defaults = workflow_engine_defaults (engine, persona, step->id, NULL);
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    const char *value = defaults != NULL ? g_hash_table_lookup (defaults, input->name) : NULL;
    cli_out ("  --set %s=%s   %s (%s%s)\n", input->name, value != NULL ? value : "", input->title,
             workflow_input_kind_name (input->kind), input->required ? _ (", required") : "");
  }
}

static void
show_status (WorkflowEngine *engine, const char *persona, const WorkflowStatus *status)
{
  const WorkflowStep *step = status->step;
  cli_out ("%u  %s\n%s\n\nstate    %s\ntakes    %s\n", status->number, step->title, step->purpose,
           workflow_state_name (status->state), workflow_takes_name (step->takes));
  g_autofree char *note = note_of (status, persona);
  if (*note != '\0') {
    g_autofree char *safe = cr_text_safe (note);
    cli_out ("note     %s\n", safe);
  }
  if (status->entry != NULL && status->entry->finished_ms > 0) {
    g_autofree char *when = cr_iso8601_seconds (status->entry->finished_ms);
    cli_out ("last     %s, attempt %u\n", when, status->entry->attempts);
  }
  if (step->inputs->len > 0) {
    cli_out ("inputs\n");
    show_inputs (engine, persona, step);
  }
  g_autofree char *az = workflow_engine_az (engine, persona, step->id, NULL, NULL);
  if (az != NULL)
    cli_out ("stands for\n  %s\n", g_strchomp (az));
}

static gboolean
status (Cli *cli, GError **error)
{
  const char *persona = cli_argument (cli, 0);
  const char *step = cli_argument (cli, 1);
  if (step == NULL)
    return list (cli, error);
  WorkflowEngine *engine = cli_engine_offline (cli, error);
  g_autoptr (WorkflowStatus) found = engine != NULL ? workflow_engine_status (engine, persona, step, error)
                                                    : NULL;
  if (found == NULL)
    return FALSE;
  if (cli_json (cli))
    cli_out_json (status_json (found));
  else
    show_status (engine, persona, found);
  return TRUE;
}

static gboolean
plan (Cli *cli, const char *persona, const char *step, GHashTable *inputs, GError **error)
{
  WorkflowEngine *engine = cli_engine_offline (cli, error);
  g_auto (GStrv) calls = engine != NULL ? workflow_engine_plan (engine, persona, step, inputs, error) : NULL;
  if (calls == NULL)
    return FALSE;
  g_autofree char *az = workflow_engine_az (engine, persona, step, inputs, NULL);
  g_autoptr (json_t) preview = workflow_engine_preview (engine, persona, step, inputs, error);
  if (preview == NULL)
    return FALSE;
  if (cli_json (cli)) {
    json_t *value = json_object ();
    json_t *lines = json_array ();
    for (char **call = calls; *call != NULL; call++)
      json_array_append_new (lines, json_string (*call));
    cr_json_set_string (value, "persona", persona);
    cr_json_set_string (value, "step", step);
    cr_json_set (value, "calls", lines);
    cr_json_set_string (value, "az", az);
    cr_json_set (value, "preview", json_incref (preview));
    cli_out_json (value);
    return TRUE;
  }
  if (*calls == NULL)
    cli_out ("no calls: it only writes files\n");
  for (char **call = calls; *call != NULL; call++)
    cli_out ("%s\n", *call);
  if (az != NULL)
    cli_out ("\nstands for\n  %s\n", g_strchomp (az));
  g_auto (GStrv) lines = workflow_preview_lines (preview);
  for (char **line = lines; *line != NULL; line++)
    cli_out ("%s%s\n", line == lines ? "\n" : "", *line);
  cli_say ("Nothing was changed.");
  return TRUE;
}

static json_t *
outcome_json (const WorkflowOutcome *outcome)
{
  json_t *happened = json_array ();
  for (guint i = 0; outcome->happened != NULL && i < outcome->happened->len; i++)
    json_array_append_new (happened, json_string (g_ptr_array_index (outcome->happened, i)));
  json_t *value = json_object ();
  cr_json_set_string (value, "persona", outcome->persona);
  cr_json_set_string (value, "step", outcome->step->id);
  cr_json_set_string (value, "state", workflow_state_name (outcome->state));
  cr_json_set_bool (value, "already", outcome->already);
  cr_json_set_int (value, "ms", outcome->elapsed_ms);
  cr_json_set (value, "happened", happened);
  cr_json_set (value, "waits", waits_json (outcome->waits));
  cr_json_set_string (value, "next", outcome->next);
  if (outcome->result != NULL)
    cr_json_set (value, "result", json_incref (outcome->result));
  return value;
}

static void
show_outcome (const WorkflowOutcome *outcome)
{
  cli_say ("%s %s: %s%s, %" PRId64 " ms", outcome->persona, outcome->step->id,
           workflow_state_name (outcome->state), outcome->already ? _ (" already, nothing was changed") : "",
           outcome->elapsed_ms);
  for (guint i = 0; outcome->happened != NULL && i < outcome->happened->len; i++)
    cli_say ("  %s", (char *) g_ptr_array_index (outcome->happened, i));
  for (guint i = 0; outcome->waits != NULL && i < outcome->waits->len; i++) {
    g_autofree char *text = wait_text (g_ptr_array_index (outcome->waits, i), outcome->persona);
    cli_say ("  waits for %s", text);
  }
  if (outcome->next != NULL)
    cli_say ("  next: %s", outcome->next);
}

/* Without a step: the one to take next, else the first one that waits (it may be over). Gives. */
static char *
next_step (WorkflowEngine *engine, const char *persona, GError **error)
{
  g_autoptr (GPtrArray) steps = workflow_engine_list (engine, persona, error);
  if (steps == NULL)
    return NULL;
  const WorkflowStatus *next = workflow_engine_next (steps);
  if (next != NULL)
    return g_strdup (next->step->id);
  for (guint i = 0; i < steps->len; i++) {
    const WorkflowStatus *each = g_ptr_array_index (steps, i);
    gboolean open = each->state != WORKFLOW_DONE && each->state != WORKFLOW_SKIPPED;
    if (open && !each->step->optional)
      return g_strdup (each->step->id);
  }
  cr_set_error (error, CR_ERROR_NOT_FOUND, "Name a step to do it again with --force.",
                "%s has finished every step.", persona);
  return NULL;
}

/* --again: the input of STEP that asks for new work. */
static gboolean
ask_anew (Cli *cli, WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs,
          GError **error)
{
  if (!cli_flag (cli, "again"))
    return TRUE;
  g_autoptr (WorkflowStatus) found = workflow_engine_status (engine, persona, step, error);
  if (found == NULL)
    return FALSE;
  if (found->step->renew_when == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "--force does a finished step again.",
                  "The step %s makes nothing new; --again is not for it.", step);
    return FALSE;
  }
  g_hash_table_insert (inputs, g_strdup (found->step->renew_when), g_strdup ("yes"));
  return TRUE;
}

/* Before anything changes: what follows from doing a finished step anew. A person at a terminal is asked. */
static gboolean
warn_anew (WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs, GError **error)
{
  g_autoptr (json_t) preview = workflow_engine_preview (engine, persona, step, inputs, error);
  if (preview == NULL)
    return FALSE;
  if (json_array_size (json_object_get (preview, "again")) == 0)
    return TRUE;
  g_auto (GStrv) lines = workflow_preview_lines (preview);
  for (char **line = lines; *line != NULL; line++)
    cli_say ("%s", *line);
  if (!isatty (STDIN_FILENO) || cli_confirm (_ ("Do it?")))
    return TRUE;
  cr_set_error (error, CR_ERROR_CANCELLED, NULL, "Nothing was changed.");
  return FALSE;
}

static gboolean
run (Cli *cli, GError **error)
{
  const char *persona = cli_argument (cli, 0);
  g_autoptr (GHashTable) inputs = cli_pairs (cli, "set", error);
  WorkflowEngine *engine = inputs != NULL ? cli_engine_offline (cli, error) : NULL;
  if (engine == NULL)
    return FALSE;
  g_autofree char *step = cli_argument (cli, 1) != NULL ? g_strdup (cli_argument (cli, 1))
                                                        : next_step (engine, persona, error);
  if (step == NULL || !ask_anew (cli, engine, persona, step, inputs, error)
      || !cli_secret_inputs (cli, engine, persona, step, inputs, error))
    return FALSE;
  gboolean only_plan = cli_flag (cli, "plan");
  if (!only_plan && cli_flag (cli, "read-only")) {
    cr_set_error (error, CR_ERROR_REFUSED, "Leave out --read-only, or add --plan to see the calls.",
                  "\"step run\" changes things and --read-only is set.");
    return FALSE;
  }
  /* Bad input is refused before anything is started; a plan may leave required inputs open. */
  gboolean check_them = !only_plan || g_hash_table_size (inputs) > 0;
  g_autoptr (GHashTable) checked = check_them
                                       ? workflow_engine_check_inputs (engine, persona, step, inputs, error)
                                       : NULL;
  if (check_them && checked == NULL)
    return FALSE;
  if (only_plan)
    return plan (cli, persona, step, inputs, error);
  if (!warn_anew (engine, persona, step, inputs, error) || cli_engine (cli, error) == NULL)
    return FALSE;
  CliProgress progress;
  cli_progress_attach (&progress, cli);
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (engine, cli_job (cli), persona, step, inputs,
                                                             cli_flag (cli, "force"), error);
  cli_progress_end (&progress);
  if (outcome == NULL)
    return FALSE;
  if (cli_json (cli))
    cli_out_json (outcome_json (outcome));
  if (!cli_flag (cli, "quiet")) {
    show_outcome (outcome);
    if (outcome->already && g_hash_table_size (inputs) > 0)
      cli_say ("  %s", _ ("What you gave was not looked at, since the step is done: --force does it again."));
  }
  if (outcome->state == WORKFLOW_WAITING)
    cli_set_exit_code (cli, 4);
  return TRUE;
}

static gboolean
check (Cli *cli, GError **error)
{
  g_autofree char *folder = workflow_personas_dir (cli_argument (cli, 0), error);
  guint files = 0;
  if (folder == NULL || !workflow_check (folder, NULL, &files, error))
    return FALSE;
  if (cli_json (cli))
    cli_out_json (json_pack ("{s:s,s:i}", "folder", folder, "files", (int) files));
  else
    cli_out ("%u files in %s are correct\n", files, folder);
  return TRUE;
}

static const CliOption run_options[] = {
  { "set", CLI_MANY, "NAME=VALUE", N_ ("an input of the step") },
  { "plan", CLI_FLAG, NULL, N_ ("show the calls it would make, and change nothing") },
  { "force", CLI_FLAG, NULL, N_ ("do a finished step again") },
  { "again", CLI_FLAG, NULL, N_ ("do it anew: publish under new ids (--plan says what follows)") },
  { "verbose", CLI_FLAG, NULL, N_ ("show each HTTP call on stderr") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_step_commands[] = {
  { "step list", "PERSONA", N_ ("the journey: done, ready, waiting for whom"),
    "cleanroom step list northwind", 1, 1, NULL, list, FALSE },
  { "step status", "PERSONA [STEP]", N_ ("one step: purpose, inputs, state"),
    "cleanroom step status northwind an.user.publish", 1, 2, NULL, status, FALSE },
  { "step run", "PERSONA [STEP]", N_ ("do a step (without STEP: the next one)"),
    "cleanroom step run woodgrove an.wg.run --set from=2025-09-01 --set to=2025-09-02", 1, 2, run_options,
    run, FALSE },
  { "step check", "[FOLDER]", N_ ("check persona and scenario files"), "cleanroom step check personas", 0, 1,
    NULL, check, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
