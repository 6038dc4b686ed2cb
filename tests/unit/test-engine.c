/* SPDX-License-Identifier: MIT
 * The step engine with actions of its own: states, needs, refusals before change, resume, order, plans.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "workflow/engine.h"

#include "engine-harness.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* What the actions of a test do and see. */
static struct {
  guint starts, makes, takes, asks;
  gboolean fail, hold, cut;
  char *last_id;
} seen;

static gboolean
run_start (WorkflowCall *call, GError **error)
{
  seen.starts++;
  g_autofree char *path = g_strdup_printf ("%s/private/x",
                                           workflow_context_persona (workflow_call_context (call)));
  return workflow_call_write (call, path, "x", 1, error);
}

static gboolean
run_make (WorkflowCall *call, GError **error)
{
  seen.makes++;
  g_free (seen.last_id);
  seen.last_id = workflow_call_intent_id (call, "id", "thing-", 8, error);
  if (seen.last_id == NULL)
    return FALSE;
  if (seen.cut) {
    cr_set_error (error, CR_ERROR_CANCELLED, NULL, "Cut.");
    return FALSE;
  }
  if (seen.fail) {
    CrRemote remote = { .http_status = 400, .code = "Broken", .message = "no" };
    cr_set_remote_error (error, CR_ERROR_REFUSED, &remote, "General advice.", "It is broken.");
    return FALSE;
  }
  workflow_call_say (call, "Made on %s.", workflow_call_input (call, "day"));
  workflow_call_set (call, "id", seen.last_id);
  return workflow_call_write (call, "public/thing.id", seen.last_id, -1, error);
}

static gboolean
run_take (WorkflowCall *call, GError **error)
{
  seen.takes++;
  g_autofree char *id = workflow_call_public (call, "thing.id", error);
  if (id == NULL)
    return FALSE;
  if (seen.hold)
    workflow_call_wait (call, "anna", "answer", NULL);
  workflow_call_set (call, "id", id);
  return TRUE;
}

static gboolean
run_answer (WorkflowCall *call, GError **error)
{
  (void) call, (void) error;
  seen.hold = FALSE;
  return TRUE;
}

static char *
read_ok (WorkflowCall *call, GError **error)
{
  (void) call, (void) error;
  seen.asks++;
  return g_strdup ("ok");
}

static gboolean
check_day (GHashTable *inputs, GError **error)
{
  if (g_strcmp0 (g_hash_table_lookup (inputs, "day"), "2025-12-31") != 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, NULL, "Not on that day.");
  return FALSE;
}

static const WorkflowActionRecord actions[] = { { "do.start", run_start, NULL, FALSE, FALSE },
                                                { "do.make", run_make, check_day, TRUE, FALSE },
                                                { "do.take", run_take, NULL, FALSE, FALSE },
                                                { "do.answer", run_answer, NULL, FALSE, FALSE },
                                                { NULL, NULL, NULL, FALSE, FALSE } };
static const WorkflowProbeRecord probes[] = { { "state", read_ok }, { NULL, NULL } };
static const WorkflowTables tables = { actions, probes };

static const char common[] = "steps:\n" STEP ("start", "do.start") "    makes: [\"{persona}/private/x\"]\n";
static const char anna[] = "name: anna\ntitle: A\npurpose: p.\nkind: user\nuses: [common]\nsteps:\n" STEP (
    "make",
    "do.make") "    needs: [{step: start}]\n    makes: [public/thing.id]\n"
               "    inputs: [{name: day, title: Day, kind: date, default: \"2025-09-01\", required: true},"
               " {name: pin, title: Pin, kind: secret}, {name: loud, title: Loud, kind: boolean, default: no}]\n"
               "    calls: [\"PUT {ccf}/app/{document} (once)\", \"GET {ccf}/day/{day}\"]\n    az: az make {day} {contract}\n"
               "    on-failure:\n      Broken: Look at {day}.\n" STEP (
                   "answer", "do.answer") "    needs: [{step: make}]\n";
static const char bert[] =
    "name: bert\ntitle: B\npurpose: p.\nkind: user\nuses: [common]\ntexts: {finished: The end.}\nsteps:\n" STEP (
        "take",
        "do.take") "    needs: [{artefact: public/thing.id, from: anna/make}]\n    on-failure: {missing:thing.id: Anna first.}\n";
static const char play[] =
    "scenario: play\ntitle: P\npurpose: p.\ncollaborators: [bert]\njourneys:\n"
    "  - {persona: bert, steps: [start, take]}\n  - {persona: anna, steps: [start, make, answer]}\n";

typedef struct {
  char *dir, *state;
  WorkflowEngine *engine;
} Stage;

static void
open_engine (Stage *stage, gboolean read_only)
{
  g_autofree char *personas = g_build_filename (stage->dir, "personas", NULL);
  WorkflowOptions options = { .state_dir = stage->state,
                              .personas_dir = personas,
                              .scenario = "play",
                              .tables = &tables,
                              .read_only = read_only };
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&stage->engine, workflow_engine_close);
  stage->engine = workflow_engine_open (&options, &error);
  g_assert_no_error (error);
}

static void
set_up (Stage *stage, gconstpointer data)
{
  (void) data;
  stage->dir = g_dir_make_tmp ("engine-XXXXXX", NULL);
  stage->state = g_build_filename (stage->dir, "state", NULL);
  put (stage->dir, "personas/shared/common.yaml", common);
  put (stage->dir, "personas/anna.yaml", anna);
  put (stage->dir, "personas/bert.yaml", bert);
  put (stage->dir, "personas/scenarios/play.yaml", play);
  memset (&seen, 0, sizeof seen);
  open_engine (stage, FALSE);
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  (void) data;
  g_clear_pointer (&stage->engine, workflow_engine_close);
  g_assert_true (cr_dir_remove (stage->dir, NULL));
  g_free (stage->dir);
  g_free (stage->state);
  g_free (seen.last_id);
}

static gboolean
there (Stage *stage, const char *name)
{
  g_autofree char *path = g_build_filename (stage->state, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static WorkflowState
state_of (Stage *stage, const char *persona, const char *step)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, persona, step, &error);
  g_assert_no_error (error);
  return status->state;
}

/* Runs with inputs name, value, ..., NULL; the state of the outcome, or -1 and *ERROR. */
static int
take (Stage *stage, const char *persona, const char *step, gboolean force, gboolean *already, GError **error,
      const char *name, const char *value)
{
  g_autoptr (GHashTable) inputs = NULL;
  if (name != NULL) {
    inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert (inputs, g_strdup (name), g_strdup (value));
  }
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (stage->engine, NULL, persona, step, inputs,
                                                             force, error);
  if (outcome == NULL)
    return -1;
  if (already != NULL)
    *already = outcome->already;
  g_assert_nonnull (outcome->next);
  return (int) outcome->state;
}

static void
test_first_look (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = workflow_engine_list (stage->engine, "anna", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 3);
  g_assert_cmpint (((WorkflowStatus *) list->pdata[0])->state, ==, WORKFLOW_READY);
  g_assert_cmpint (((WorkflowStatus *) list->pdata[1])->state, ==, WORKFLOW_TODO);
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, "bert", "take", &error);
  g_assert_cmpint (status->state, ==, WORKFLOW_WAITING);
  const WorkflowWait *wait = g_ptr_array_index (status->waits, 0);
  g_assert_cmpstr (wait->persona, ==, "anna");
  g_assert_cmpstr (wait->title, ==, "make it");
  g_assert_cmpstr (wait->artefact, ==, "public/thing.id");
  g_assert_false (there (stage, ""));
  g_assert_null (workflow_engine_list (stage->engine, "ana", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
expect_refusal (Stage *stage, const char *step, const char *name, const char *value, CrErrorCode code)
{
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (take (stage, "anna", step, FALSE, NULL, &error, name, value), ==, -1);
  g_assert_error (error, CR_ERROR, (int) code);
}

static void
test_refusals (Stage *stage, gconstpointer data)
{
  (void) data;
  expect_refusal (stage, "make", "day", "2025-02-30", CR_ERROR_INPUT);
  expect_refusal (stage, "make", "day", "", CR_ERROR_INPUT);
  expect_refusal (stage, "make", "dai", "2025-02-03", CR_ERROR_USAGE);
  expect_refusal (stage, "make", "loud", "perhaps", CR_ERROR_INPUT);
  expect_refusal (stage, "make", "pin", "a\033[2J", CR_ERROR_INPUT);
  expect_refusal (stage, "mike", NULL, NULL, CR_ERROR_NOT_FOUND);
  g_assert_false (there (stage, ""));
  g_assert_cmpint (take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  expect_refusal (stage, "make", "day", "2025-12-31", CR_ERROR_INPUT);
  expect_refusal (stage, "answer", NULL, NULL, CR_ERROR_INPUT);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (take (stage, "bert", "take", FALSE, NULL, &error, NULL, NULL), ==, -1);
  g_assert_error (error, CR_ERROR, CR_ERROR_WAITING);
  g_assert_cmpstr (cr_error_hint (error), ==, "Anna first.");
  g_assert_cmpuint (seen.makes + seen.takes, ==, 0);
  open_engine (stage, TRUE);
  expect_refusal (stage, "make", NULL, NULL, CR_ERROR_REFUSED);
  g_assert_cmpint (state_of (stage, "anna", "make"), ==, WORKFLOW_READY);
}

static void
test_done (Stage *stage, gconstpointer data)
{
  (void) data;
  gboolean already = TRUE;
  g_assert_cmpint (take (stage, "anna", "start", FALSE, &already, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_false (already);
  /* Nobody else's folder was touched. */
  g_assert_true (there (stage, "anna/private/journal.db"));
  g_assert_false (there (stage, "bert"));
  g_assert_cmpint (take (stage, "anna", "make", FALSE, &already, NULL, "day", "2025-09-03"), ==,
                   WORKFLOW_DONE);
  g_autofree char *id = g_strdup (seen.last_id);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, &already, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_true (already);
  g_assert_cmpuint (seen.makes, ==, 1);
  /* A new engine knows it too. */
  open_engine (stage, FALSE);
  g_assert_cmpint (state_of (stage, "anna", "make"), ==, WORKFLOW_DONE);
  g_assert_cmpint (state_of (stage, "bert", "take"), ==, WORKFLOW_READY);
  /* Lost: the same identifier is written again. */
  g_autofree char *path = g_build_filename (stage->state, "public", "thing.id", NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (state_of (stage, "anna", "make"), ==, WORKFLOW_READY);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, &already, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.last_id, ==, id);
  /* Changed by somebody: still done, but said. */
  put (stage->state, "public/thing.id", "other");
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, "anna", "make", NULL);
  g_assert_cmpint (status->state, ==, WORKFLOW_DONE);
  g_assert_nonnull (status->note);
  /* By force: new work, new identifier; what builds on it is to be done again. */
  g_assert_cmpint (take (stage, "anna", "answer", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_usleep (2000);
  g_assert_cmpint (take (stage, "anna", "make", TRUE, &already, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_false (already);
  g_assert_cmpstr (seen.last_id, !=, id);
  g_assert_cmpint (state_of (stage, "anna", "answer"), ==, WORKFLOW_READY);
  g_assert_cmpint (take (stage, "anna", "answer", FALSE, &already, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_false (already);
}

static void
test_failure_and_resume (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  seen.fail = TRUE;
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, &error, "day", "2025-09-04"), ==, -1);
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_cmpstr (cr_error_hint (error), ==, "Look at 2025-09-04.");
  g_assert_cmpint (state_of (stage, "anna", "make"), ==, WORKFLOW_FAILED);
  g_autofree char *id = g_strdup (seen.last_id);
  /* The next attempt goes on with the same identifier and inputs. */
  seen.fail = FALSE;
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (stage->engine, NULL, "anna", "make", NULL, FALSE,
                                                             NULL);
  g_assert_cmpint (outcome->state, ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.last_id, ==, id);
  g_assert_cmpstr (outcome->happened->pdata[0], ==, "Made on 2025-09-04.");
  g_assert_cmpstr (cr_json_peek_string (outcome->result, "id"), ==, id);
}

/* A secret is used and not written down. */
static void
test_secret (Stage *stage, gconstpointer data)
{
  (void) data;
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, NULL, "pin", "hunter2-hunter2"), ==,
                   WORKFLOW_DONE);
  g_clear_pointer (&stage->engine, workflow_engine_close);
  g_autofree char *path = g_build_filename (stage->state, "anna", "private", "journal.db", NULL);
  g_autofree char *text = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_null (memmem (text, length, "hunter2-hunter2", 15));
}

static void
test_interrupted (Stage *stage, gconstpointer data)
{
  (void) data;
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  WorkflowContext *context = workflow_engine_context (stage->engine, "anna", NULL);
  g_assert_true (workflow_journal_begin (workflow_context_journal (context), "play", "make", NULL, NULL));
  g_autofree char *id = workflow_journal_intent (workflow_context_journal (context), "play", "make", "id",
                                                 "thing-drawn", NULL);
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, "anna", "make", NULL);
  g_assert_cmpint (status->state, ==, WORKFLOW_RUNNING);
  g_assert_nonnull (status->note);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.last_id, ==, "thing-drawn");
}

static void
test_waiting (Stage *stage, gconstpointer data)
{
  (void) data;
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  take (stage, "anna", "make", FALSE, NULL, NULL, NULL, NULL);
  seen.hold = TRUE;
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (stage->engine, NULL, "bert", "take", NULL, FALSE,
                                                             NULL);
  g_assert_cmpint (outcome->state, ==, WORKFLOW_WAITING);
  g_assert_cmpstr (outcome->next, ==, "Waiting for anna: answer it.");
  g_assert_cmpint (state_of (stage, "bert", "take"), ==, WORKFLOW_WAITING);
  /* Tried again it still waits; when the other has acted, it is done. */
  g_assert_cmpint (take (stage, "bert", "take", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_WAITING);
  g_assert_cmpint (take (stage, "anna", "answer", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "bert", "take", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
}

static void
test_lock (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  g_autofree char *path = g_build_filename (stage->state, "anna", "private", "lock", NULL);
  int file = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (file, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, &error, NULL, NULL), ==, -1);
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_cmpuint (seen.makes, ==, 0);
  close (file);
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
}

static void
note_after (const WorkflowOutcome *outcome, gpointer data)
{
  g_string_append_printf (data, "%s/%s:%s%s ", outcome->persona, outcome->step->id,
                          workflow_state_name (outcome->state), outcome->already ? "!" : "");
}

static void
test_run_all (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  WorkflowRunHandlers handlers = { .after = note_after, .data = log };
  seen.hold = TRUE;
  g_assert_true (workflow_engine_run_all (stage->engine, NULL, &handlers, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (log->str, ==,
                   "bert/start:done anna/start:done anna/make:done bert/take:waiting anna/answer:done "
                   "bert/take:done ");
  g_string_truncate (log, 0);
  guint before = seen.starts + seen.makes + seen.takes;
  g_assert_true (workflow_engine_run_all (stage->engine, NULL, &handlers, &error));
  g_assert_cmpstr (log->str, ==,
                   "bert/start:done! anna/start:done! anna/make:done! bert/take:done! anna/answer:done! ");
  g_assert_cmpuint (seen.starts + seen.makes + seen.takes, ==, before);
}

static void
test_cancel (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrJob) job = cr_job_new ();
  g_cancellable_cancel (cr_job_cancellable (job));
  g_assert_false (workflow_engine_run_all (stage->engine, job, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
  g_assert_cmpuint (seen.starts, ==, 0);
  g_clear_error (&error);
  take (stage, "anna", "start", FALSE, NULL, NULL, NULL, NULL);
  seen.cut = TRUE;
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, &error, NULL, NULL), ==, -1);
  g_assert_cmpint (cr_error_exit_code (error), ==, 130);
  g_autoptr (GPtrArray) list = workflow_engine_list (stage->engine, "anna", NULL);
  const WorkflowStatus *stopped = workflow_engine_next (list);
  g_assert_cmpstr (stopped->step->id, ==, "make");
  g_assert_cmpint (stopped->state, ==, WORKFLOW_CANCELLED);
  g_assert_cmpstr (workflow_state_name (stopped->state), ==, "cancelled");
  g_assert_nonnull (stopped->note);
  seen.cut = FALSE;
  g_assert_cmpint (take (stage, "anna", "make", FALSE, NULL, NULL, NULL, NULL), ==, WORKFLOW_DONE);
}

static WorkflowState
state_of_letter (char letter)
{
  static const char letters[] = "TRUDWFSC"; /* in the order of WorkflowState */
  return (WorkflowState) (strchr (letters, letter) - letters);
}

/* One letter for each step: L only shows (it has a soft need), + is optional. */
static const char *
next_of (const char *kinds, const char *states)
{
  static const char *const names[] = { "0", "1", "2", "3" };
  g_autoptr (GPtrArray) none = g_ptr_array_new (), soft = g_ptr_array_new (), list = g_ptr_array_new ();
  WorkflowNeed need = { .soft = TRUE };
  WorkflowStep steps[4] = { 0 };
  WorkflowStatus rows[4] = { 0 };
  g_ptr_array_add (soft, &need);
  for (guint i = 0; kinds[i] != '\0'; i++) {
    steps[i].needs = kinds[i] == 'L' ? soft : none;
    steps[i].optional = kinds[i] == '+';
    rows[i].step = &steps[i];
    rows[i].state = state_of_letter (states[i]);
    g_ptr_array_add (list, &rows[i]);
  }
  const WorkflowStatus *next = workflow_engine_next (list);
  return next != NULL ? names[next - rows] : "-";
}

static void
test_next (Stage *stage, gconstpointer data)
{
  static const struct {
    const char *kinds, *states, *next;
  } cases[] = {
    { "sss", "DRT", "1" }, { "Lss", "RDR", "2" }, /* what moves on before what only shows */
    { "ssL", "DDR", "2" }, { "ssL", "DWR", "-" }, /* which is not shown while somebody else has to act */
    { "ssL", "DWU", "2" },                        /* but goes on when it was begun */
    { "sss", "FRT", "1" },                        /* what failed does not hide the others */
    { "sss", "FDT", "0" }, { "ssL", "DFR", "1" }, { "sss", "CRT", "0" },
    { "s+s", "DRT", "-" }, { "s+L", "DRR", "2" }, { "sss", "DSD", "-" },
  };
  (void) stage, (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("case %u", i);
    g_assert_cmpstr (next_of (cases[i].kinds, cases[i].states), ==, cases[i].next);
  }
}

static void
test_plan (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = workflow_engine_plan (stage->engine, "anna", "make", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lines[0], ==, "PUT {ccf}/app/{document} (once)");
  g_assert_cmpstr (lines[1], ==, "GET {ccf}/day/2025-09-01");
  g_autofree char *az = workflow_engine_az (stage->engine, "anna", "make", NULL, &error);
  g_assert_cmpstr (az, ==, "az make 2025-09-01 {contract}");
  g_assert_false (there (stage, ""));
}

#define ADD(name, function) g_test_add ("/engine/" name, Stage, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("first-look", test_first_look);
  ADD ("refusals", test_refusals);
  ADD ("done", test_done);
  ADD ("failure-and-resume", test_failure_and_resume);
  ADD ("secret", test_secret);
  ADD ("interrupted", test_interrupted);
  ADD ("waiting", test_waiting);
  ADD ("lock", test_lock);
  ADD ("run-all", test_run_all);
  ADD ("cancel", test_cancel);
  ADD ("next", test_next);
  ADD ("plan", test_plan);
  return g_test_run ();
}
