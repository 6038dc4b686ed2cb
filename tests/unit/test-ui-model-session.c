/* SPDX-License-Identifier: MIT
 * A session on a state folder of its own, without environment and network: journey, detail, drafts, changes
 * by others through inotify, steps that go on by themselves, cancel, refusals, immutable values.
 */
#include "ui/model/operations.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "memory-keys.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* What the actions do; set before a step runs, read by its thread. */
static gint hang, hold, inside;

static gboolean
run_start (WorkflowCall *call, GError **error)
{
  cr_job_progress (workflow_call_job (call), "phase \x1b[31mone", 3, 10);
  cr_job_notice (workflow_call_job (call), "warning", "look out");
  workflow_call_say (call, "Started for %s.", workflow_call_input (call, "name"));
  g_autofree char *path = g_strdup_printf ("%s/private/x",
                                           workflow_context_persona (workflow_call_context (call)));
  return workflow_call_write (call, path, "x", 1, error);
}

static gboolean
run_make (WorkflowCall *call, GError **error)
{
  g_atomic_int_set (&inside, TRUE);
  /* Deaf: a cancel is not heard before this is over. */
  for (int i = 0; i < 500 && g_atomic_int_get (&hang); i++)
    g_usleep (10000);
  return workflow_call_write (call, "public/thing.id", "thing", -1, error);
}

static gboolean
run_take (WorkflowCall *call, GError **error)
{
  g_autofree char *id = workflow_call_public (call, "thing.id", error);
  if (id == NULL)
    return FALSE;
  if (g_atomic_int_get (&hold))
    workflow_call_wait (call, "anna", "make", NULL);
  return TRUE;
}

static gboolean
run_fail (WorkflowCall *call, GError **error)
{
  (void) call;
  CrRemote remote = { .http_status = 403, .code = "NotYou", .message = "go \x1b[2Jaway" };
  cr_set_remote_error (error, CR_ERROR_REFUSED, &remote, "Ask somebody.", "It was refused.");
  return FALSE;
}

static char *
read_ok (WorkflowCall *call, GError **error)
{
  (void) call, (void) error;
  return g_strdup ("ok");
}

static const WorkflowActionRecord actions[] = { { "do.start", run_start, NULL, FALSE, FALSE },
                                                { "do.make", run_make, NULL, FALSE, FALSE },
                                                { "do.take", run_take, NULL, FALSE, FALSE },
                                                { "do.fail", run_fail, NULL, FALSE, FALSE },
                                                { NULL, NULL, NULL, FALSE, FALSE } };
static const WorkflowProbeRecord probes[] = { { "state", read_ok }, { NULL, NULL } };
static const WorkflowTables tables = { actions, probes };

#define STEP(id, action)                                                                                     \
  "  - id: " id "\n    title: " id " it\n    purpose: Why " id ".\n    takes: instant\n"                     \
  "    action: " action "\n    done-when: state in [ok]\n"

static const char anna[] = "name: anna\ntitle: Anna\npurpose: p.\nkind: user\nsteps:\n" STEP (
    "start",
    "do.start") "    makes: [\"{persona}/private/x\"]\n"
                "    inputs: [{name: name, title: Name, kind: text, default: \"you\", required: true},"
                " {name: pin, title: Pin, kind: secret}, {name: day, title: Day, kind: date}]\n"
                "    calls: [\"PUT {ccf}/app/{name} (once)\"]\n    az: az start {name}\n" STEP (
                    "make",
                    "do.make") "    needs: [{step: start}]\n    makes: [public/thing.id]\n" STEP ("fail",
                                                                                                  "do.fail") "    needs: [{step: start}]\n    optional: true\n";
static const char bert[] =
    "name: bert\ntitle: Bert\npurpose: p.\nkind: user\ntexts: {finished: The end.}\nsteps:\n" STEP (
        "take", "do.take") "    needs: [{artefact: public/thing.id, from: anna/make}]\n";
static const char play[] =
    "scenario: play\ntitle: Play\npurpose: p.\ncollaborators: [bert]\njourneys:\n"
    "  - {persona: bert, steps: [take]}\n  - {persona: anna, steps: [start, make, fail]}\n";
static const char environment[] = "name: test\nkind: azure\nendpoints:\n  identity: https://127.0.0.1:1\n"
                                  "  management: https://127.0.0.1:1\n  provider: https://127.0.0.1:1\n";

typedef struct {
  char *dir, *personas, *state;
  KeyStore *keys;
  UiSession *session;
  guint told;
  gboolean done, ok, cancelled;
  UiStepState outcome;
  char *text, *next;
  CrErrorCode code;
  gint64 done_us;
} Fixture;

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;
  cr_dir_make (parent, 0700, &error);
  g_assert_no_error (error);
  cr_file_write (path, text, -1, 0600, &error);
  g_assert_no_error (error);
}

static void
on_change (UiSession *session, guint models, gpointer data)
{
  (void) session;
  ((Fixture *) data)->told |= models;
}

static UiSession *
open_as (Fixture *it, const char *persona, gboolean presenter, gboolean read_only)
{
  UiSessionOptions options = { .state_dir = it->state,
                               .personas_dir = it->personas,
                               .scenario = "play",
                               .persona = persona,
                               .presenter = presenter,
                               .read_only = read_only,
                               .tables = &tables,
                               .keys = it->keys };
  UiSession *session = ui_session_new (&options);
  ui_session_on_change (session, on_change, it);
  return session;
}

static void
set_up (Fixture *it, gconstpointer data)
{
  (void) data;
  it->dir = g_dir_make_tmp ("ui-model-XXXXXX", NULL);
  it->personas = g_build_filename (it->dir, "personas", NULL);
  it->state = g_build_filename (it->dir, "state", NULL);
  put (it->personas, "anna.yaml", anna);
  put (it->personas, "bert.yaml", bert);
  put (it->personas, "scenarios/play.yaml", play);
  put (it->state, "environment.yaml", environment);
  it->keys = memory_keys_new ();
  g_atomic_int_set (&hang, FALSE);
  g_atomic_int_set (&hold, FALSE);
  g_atomic_int_set (&inside, FALSE);
}

static void
tear_down (Fixture *it, gconstpointer data)
{
  (void) data;
  ui_session_free (it->session);
  key_store_free (it->keys);
  g_autoptr (GError) error = NULL;
  cr_dir_remove (it->dir, &error);
  g_assert_no_error (error);
  g_free (it->dir);
  g_free (it->personas);
  g_free (it->state);
  g_free (it->text);
  g_free (it->next);
}

static void
on_done (UiSession *session, const UiResult *result, gpointer data)
{
  (void) session;
  Fixture *it = data;
  it->done = TRUE;
  it->ok = result->ok;
  it->cancelled = result->cancelled;
  it->outcome = result->state;
  it->code = result->problem != NULL ? result->problem->code : 0;
  g_free (it->text);
  it->text = g_strdup (result->text);
  g_free (it->next);
  it->next = g_strdup (result->problem != NULL ? result->problem->next : result->next);
  it->done_us = g_get_monotonic_time ();
}

static gboolean
give_up (gpointer data)
{
  (void) data;
  g_error ("What was waited for did not come.");
  return G_SOURCE_REMOVE;
}

#define UNTIL(condition)                                                                                     \
  do {                                                                                                       \
    guint patience = g_timeout_add_seconds (20, give_up, NULL);                                              \
    while (!(condition))                                                                                     \
      g_main_context_iteration (NULL, TRUE);                                                                 \
    g_source_remove (patience);                                                                              \
  } while (0)

static void
run (Fixture *it, const char *step, gboolean automatic)
{
  it->done = FALSE;
  ui_run_step (it->session, step, NULL, FALSE, automatic, on_done, it);
  g_assert_false (it->done);
  UNTIL (it->done);
}

static UiStepState
state_of (Fixture *it, const char *step)
{
  const UiStep *row = ui_journey_step (ui_session_journey (it->session), step);
  return row != NULL ? row->state : UI_STEP_TODO;
}

static void
test_journey (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  const UiJourney *empty = ui_session_journey (it->session);
  g_assert_cmpint (empty->base.status, ==, UI_MODEL_LOADING);
  g_assert_cmpuint (empty->steps->len, ==, 0);
  UiJourney *kept = ui_value_ref (empty);
  UNTIL (ui_session_journey (it->session)->base.status == UI_MODEL_READY);
  UNTIL (ui_session_idle (it->session));
  const UiJourney *journey = ui_session_journey (it->session);
  g_assert_cmpstr (journey->next, ==, "start");
  g_assert_cmpuint (journey->total, ==, 2);
  g_assert_cmpint (state_of (it, "start"), ==, UI_STEP_READY);
  g_assert_cmpint (state_of (it, "make"), ==, UI_STEP_TODO);
  /* What was given out before has not changed. */
  g_assert_cmpint (kept->base.status, ==, UI_MODEL_LOADING);
  ui_value_unref (kept);
  const UiOverview *overview = ui_session_overview (it->session);
  g_assert_cmpuint (overview->scenarios->len, ==, 1);
  g_assert_cmpuint (overview->personas->len, ==, 2);
  g_assert_cmpstr (overview->environment, ==, "test");
  g_assert_false (overview->local);
  /* Reading has made nothing. */
  g_autofree char *folder = g_build_filename (it->state, "anna", NULL);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_step (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  ui_session_show (it->session, UI_MODEL_STEP, "start");
  UNTIL (ui_session_step (it->session)->base.status == UI_MODEL_READY);
  const UiStepDetail *detail = ui_session_step (it->session);
  g_assert_cmpuint (detail->inputs->len, ==, 3);
  const UiStepInput *name = g_ptr_array_index (detail->inputs, 0),
                    *day = g_ptr_array_index (detail->inputs, 2);
  g_assert_cmpstr (name->value, ==, "you");
  g_assert_cmpstr (detail->az, ==, "az start you");
  g_autofree char *no = ui_step_input_problem (name, ""), *bad = ui_step_input_problem (day, "2025-02-30"),
                  *good = ui_step_input_problem (day, "2025-02-28");
  g_assert_nonnull (no);
  g_assert_nonnull (bad);
  g_assert_null (good);
  run (it, "start", FALSE);
  g_assert_true (it->ok);
  g_assert_cmpint (it->outcome, ==, UI_STEP_DONE);
  const UiRunningStep *running = ui_session_running (it->session);
  g_assert_cmpstr (running->step, ==, "start");
  g_assert_null (strchr (running->phase, '\x1b'));
  UNTIL (state_of (it, "start") == UI_STEP_DONE);
  UNTIL (ui_session_step (it->session)->happened->len > 0);
  detail = ui_session_step (it->session);
  g_assert_cmpstr (g_ptr_array_index (detail->happened, 0), ==, "Started for you.");
  g_assert_cmpstr (detail->next_step, ==, "make");
  g_assert_cmpuint (detail->artefacts->len, ==, 1);
}

static void
test_failure (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  run (it, "start", FALSE);
  ui_session_show (it->session, UI_MODEL_STEP, "fail");
  run (it, "fail", FALSE);
  g_assert_false (it->ok);
  g_assert_cmpint (it->code, ==, CR_ERROR_REFUSED);
  g_assert_cmpint (ui_session_running (it->session)->remedy, ==, UI_REMEDY_SHOW_CALL);
  UNTIL (ui_session_step (it->session)->failure != NULL);
  const UiStepDetail *detail = ui_session_step (it->session);
  g_assert_cmpstr (detail->failure->what, ==, "It was refused.");
  g_assert_cmpstr (detail->failure->next, ==, "Ask somebody.");
  g_assert_cmpint (detail->remedy, ==, UI_REMEDY_SHOW_CALL);
  /* Bad input is refused before anything happens and names the field. */
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (inputs, (gpointer) "day", (gpointer) "tomorrow");
  it->done = FALSE;
  ui_run_step (it->session, "start", inputs, TRUE, FALSE, on_done, it);
  UNTIL (it->done);
  g_assert_cmpint (it->code, ==, CR_ERROR_INPUT);
  g_assert_cmpstr (ui_session_running (it->session)->remedy_input, ==, "day");
}

static void
test_drafts (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (inputs, (gpointer) "name", (gpointer) "somebody");
  g_hash_table_insert (inputs, (gpointer) "pin", (gpointer) "1234567890");
  ui_keep_draft (it->session, "start", inputs);
  ui_session_free (it->session);
  g_autofree char *path = g_build_filename (it->state, "anna", "private", "drafts.json", NULL);
  g_autofree char *text = NULL;
  for (int i = 0; i < 200 && !g_file_get_contents (path, &text, NULL, NULL); i++)
    g_usleep (10000);
  g_assert_nonnull (text);
  g_assert_nonnull (strstr (text, "somebody"));
  g_assert_null (strstr (text, "1234567890"));
  it->session = open_as (it, "anna", FALSE, FALSE);
  ui_session_show (it->session, UI_MODEL_STEP, "start");
  UNTIL (ui_session_step (it->session)->base.status == UI_MODEL_READY);
  const UiStepInput *name = g_ptr_array_index (ui_session_step (it->session)->inputs, 0);
  g_assert_cmpstr (name->value, ==, "somebody");
  g_assert_true (name->draft);
  /* The draft counts where nothing else is said, and is gone when the step is done. */
  run (it, "start", FALSE);
  g_assert_cmpstr (it->text, ==, "Started for somebody.");
  UNTIL (ui_session_idle (it->session));
  g_autofree char *after = NULL;
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_null (strstr (after, "somebody"));
}

/* Another party's file appears: the journey changes, the waiting step goes on. */
static void
test_others (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "bert", FALSE, FALSE);
  run (it, "take", TRUE);
  g_assert_cmpint (it->outcome, ==, UI_STEP_WAITING);
  g_assert_true (ui_session_running (it->session)->waits_automatic);
  UNTIL (ui_session_idle (it->session));
  g_assert_cmpint (state_of (it, "take"), ==, UI_STEP_WAITING);
  g_assert_true (ui_journey_step (ui_session_journey (it->session), "take")->automatic);
  g_assert_cmpstr (ui_session_journey (it->session)->waiting_for, ==, "anna");
  gint64 began = g_get_monotonic_time ();
  g_autofree char *shared = g_build_filename (it->state, "public", NULL);
  put (shared, "thing.id", "thing");
  UNTIL (state_of (it, "take") == UI_STEP_DONE);
  g_test_message ("went on after %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - began) / 1000);
  g_assert_true (ui_session_journey (it->session)->complete);
}

/* It waits for something that leaves no file: the bell of the other party's step. */
static void
test_bell (Fixture *it, gconstpointer data)
{
  (void) data;
  g_autofree char *shared = g_build_filename (it->state, "public", NULL);
  put (shared, "thing.id", "thing");
  it->session = open_as (it, "bert", FALSE, FALSE);
  g_atomic_int_set (&hold, TRUE);
  run (it, "take", TRUE);
  g_assert_cmpint (it->outcome, ==, UI_STEP_WAITING);
  UNTIL (ui_session_idle (it->session));
  g_atomic_int_set (&hold, FALSE);
  UiSession *other = open_as (it, "anna", FALSE, FALSE);
  it->done = FALSE;
  ui_run_step (other, "start", NULL, FALSE, FALSE, on_done, it);
  UNTIL (state_of (it, "take") == UI_STEP_DONE);
  UNTIL (it->done);
  ui_session_free (other);
}

/* A step that does not listen: the person is free at once, the thread is let go. */
static void
test_cancel (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  run (it, "start", FALSE);
  g_atomic_int_set (&hang, TRUE);
  it->done = FALSE;
  UiJob *job = ui_run_step (it->session, "make", NULL, FALSE, FALSE, on_done, it);
  UNTIL (state_of (it, "make") == UI_STEP_RUNNING);
  while (!g_atomic_int_get (&inside))
    g_usleep (1000);
  g_autofree char *quit = ui_session_quit_text (it->session);
  g_assert_nonnull (quit);
  gint64 began = g_get_monotonic_time ();
  ui_job_cancel (job);
  UNTIL (it->done);
  g_assert_true (it->cancelled);
  g_assert_cmpint (it->outcome, ==, UI_STEP_CANCELLED);
  g_test_message ("free after %" G_GINT64_FORMAT " ms", (it->done_us - began) / 1000);
  /* The thread is still in it: another step is refused, reading goes on. */
  it->done = FALSE;
  ui_run_step (it->session, "make", NULL, FALSE, FALSE, on_done, it);
  UNTIL (it->done);
  g_assert_cmpint (it->code, ==, CR_ERROR_RETRY);
  g_atomic_int_set (&hang, FALSE);
  UNTIL (ui_session_idle (it->session));
  run (it, "make", FALSE);
  g_assert_true (it->ok);
}

static void
set_environment (const char *name)
{
  g_autofree char *line = name != NULL ? g_strdup_printf ("environment: %s\n", name) : g_strdup ("");
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "cleanroom", NULL);
  put (folder, "settings.yaml", line);
}

/* The settings name another environment: what was done in the one is never shown as done in the other. */
static void
test_environments (Fixture *it, gconstpointer data)
{
  (void) data;
  g_autofree char *other = g_strconcat ("name: other\n", environment + strlen ("name: test\n"), NULL);
  put (it->state, "environments/other.yaml", other);
  it->session = open_as (it, "anna", FALSE, FALSE);
  g_assert_cmpstr (ui_session_environment (it->session), ==, "local");
  g_assert_null (ui_session_environment_problem (it->session));
  run (it, "start", FALSE);
  UNTIL (state_of (it, "start") == UI_STEP_DONE);
  g_assert_cmpuint (ui_session_overview (it->session)->environments->len, ==, 2);

  set_environment ("other");
  g_autofree char *now = ui_session_environment_again (it->session);
  g_assert_nonnull (strstr (now, "other"));
  g_assert_cmpstr (ui_session_environment (it->session), ==, "other");
  g_assert_cmpint (state_of (it, "start"), !=, UI_STEP_DONE);
  UNTIL (state_of (it, "start") == UI_STEP_READY);
  UNTIL (ui_session_idle (it->session));
  g_assert_cmpstr (ui_session_overview (it->session)->environment, ==, "other");
  g_autofree char *folder = g_build_filename (it->state, "environments", "other", "anna", "private", "x",
                                              NULL);
  run (it, "start", FALSE);
  UNTIL (state_of (it, "start") == UI_STEP_DONE);
  g_assert_true (g_file_test (folder, G_FILE_TEST_EXISTS));

  /* Not while something runs. */
  g_atomic_int_set (&hang, TRUE);
  it->done = FALSE;
  ui_run_step (it->session, "make", NULL, FALSE, FALSE, on_done, it);
  set_environment ("local");
  g_autofree char *later = ui_session_environment_again (it->session);
  g_assert_nonnull (strstr (later, "started next"));
  g_assert_cmpstr (ui_session_environment (it->session), ==, "other");
  g_atomic_int_set (&hang, FALSE);
  UNTIL (it->done);
  UNTIL (ui_session_idle (it->session));
  g_autofree char *back = ui_session_environment_again (it->session);
  g_assert_nonnull (strstr (back, "local"));
  UNTIL (state_of (it, "start") == UI_STEP_DONE);
  UNTIL (state_of (it, "make") == UI_STEP_READY);

  /* One that is not there: the local one, and a reason. */
  ui_session_free (it->session);
  set_environment ("nowhere");
  it->session = open_as (it, "anna", FALSE, FALSE);
  g_assert_cmpstr (ui_session_environment (it->session), ==, "local");
  g_assert_nonnull (strstr (ui_session_environment_problem (it->session)->message, "settings.yaml line 1"));
  set_environment (NULL);
}

/* Another program has the persona: reading works, a step says who it is. */
static void
test_holder (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  run (it, "start", FALSE);
  UNTIL (ui_session_idle (it->session));
  g_autofree char *path = g_build_filename (it->state, "anna", "private", "lock", NULL);
  int lock = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (lock, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_cmpint (write (lock, "4711 other-program\n", 19), ==, 19);
  UNTIL (ui_session_overview (it->session)->holder != NULL);
  g_assert_cmpstr (ui_session_overview (it->session)->holder, ==, "other-program (process 4711)");
  g_assert_cmpint (state_of (it, "start"), ==, UI_STEP_DONE);
  run (it, "make", FALSE);
  g_assert_cmpint (it->code, ==, CR_ERROR_RETRY);
  g_assert_nonnull (strstr (it->text, "other-program (process 4711)"));
  close (lock);
  run (it, "make", FALSE);
  g_assert_true (it->ok);
}

static void
test_read_only (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, TRUE);
  run (it, "start", FALSE);
  g_assert_cmpint (it->code, ==, CR_ERROR_REFUSED);
  it->done = FALSE;
  ui_vote (it->session, "x", TRUE, NULL, on_done, it);
  UNTIL (it->done);
  g_assert_cmpint (it->code, ==, CR_ERROR_REFUSED);
  g_autofree char *folder = g_build_filename (it->state, "anna", NULL);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

/* A remote model of somebody who has not begun, and one without a server: clear failures. */
static void
test_remote (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  ui_session_show (it->session, UI_MODEL_CONSORTIUM, NULL);
  UNTIL (ui_session_consortium (it->session)->base.status == UI_MODEL_FAILED);
  g_assert_cmpint (ui_session_consortium (it->session)->base.problem->code, ==, CR_ERROR_WAITING);
  run (it, "start", FALSE);
  ui_session_refresh (it->session, UI_MODEL_CONSORTIUM);
  UNTIL (!ui_session_consortium (it->session)->base.refreshing);
  g_assert_cmpint (ui_session_consortium (it->session)->base.status, ==, UI_MODEL_FAILED);
  g_assert_nonnull (ui_session_consortium (it->session)->base.problem->next);
  ui_session_hide (it->session, UI_MODEL_CONSORTIUM);
  ui_session_show (it->session, UI_MODEL_KEYS, NULL);
  UNTIL (ui_session_keys (it->session)->base.status == UI_MODEL_READY);
  g_assert_cmpuint (ui_session_keys (it->session)->keys->len, ==, 0);
}

static gboolean
count_turn (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Nothing is shown, nothing changes: nothing wakes up. */
static void
test_quiet (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", FALSE, FALSE);
  UNTIL (ui_session_journey (it->session)->base.status == UI_MODEL_READY);
  UNTIL (ui_session_idle (it->session));
  it->told = 0;
  gboolean over = FALSE;
  guint turns = 0;
  g_timeout_add (300, count_turn, &over);
  while (!over) {
    g_main_context_iteration (NULL, TRUE);
    turns++;
  }
  g_assert_cmpuint (turns, <=, 2);
  g_assert_cmpuint (it->told, ==, 0);
}

static void
test_presenter (Fixture *it, gconstpointer data)
{
  (void) data;
  it->session = open_as (it, "anna", TRUE, FALSE);
  UNTIL (ui_session_overview (it->session)->turn_step != NULL);
  g_assert_cmpstr (ui_session_overview (it->session)->turn_persona, ==, "anna");
  g_assert_cmpstr (ui_session_overview (it->session)->turn_step, ==, "start");
  it->done = FALSE;
  ui_play (it->session, on_done, it);
  UNTIL (it->done);
  g_assert_true (it->ok);
  UNTIL (ui_session_overview (it->session)->complete);
  ui_session_set_persona (it->session, "bert");
  UNTIL (ui_session_journey (it->session)->complete);
  g_assert_cmpstr (ui_session_journey (it->session)->next_text, ==, "The end.");
}

static void
test_broken (Fixture *it, gconstpointer data)
{
  (void) data;
  put (it->personas, "scenarios/play.yaml", "scenario: play\nnonsense: [\n");
  it->session = open_as (it, "anna", FALSE, FALSE);
  UNTIL (ui_session_journey (it->session)->base.status == UI_MODEL_FAILED);
  g_assert_nonnull (strstr (ui_session_journey (it->session)->base.problem->what, "play.yaml:"));
  UNTIL (ui_session_overview (it->session)->problem_text != NULL);
}

#define TEST(name) g_test_add ("/ui-session/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *config = g_dir_make_tmp ("ui-model-config-XXXXXX", NULL);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_test_init (&argc, &argv, NULL);
  TEST (journey);
  TEST (step);
  TEST (failure);
  TEST (drafts);
  TEST (others);
  TEST (bell);
  TEST (cancel);
  TEST (environments);
  TEST (holder);
  TEST (read_only);
  TEST (remote);
  TEST (quiet);
  TEST (presenter);
  TEST (broken);
  int failed = g_test_run ();
  cr_dir_remove (config, NULL);
  return failed;
}
