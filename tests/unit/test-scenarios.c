/* SPDX-License-Identifier: MIT
 * Two scenarios in one state folder: files, facts and identifiers apart, what is shared made once; folders of
 * before are put in order.
 */
#include "base/error.h"
#include "base/file.h"
#include "workflow/apart.h"
#include "workflow/engine.h"

#include "engine-harness.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/* Makes the file that all share, or one of the scenario; the identifier is drawn once. */
static gboolean
run_make (WorkflowCall *call, GError **error)
{
  const char *id = workflow_call_step (call)->id;
  g_autofree char *drawn = workflow_call_intent_id (call, "id", "id-", 8, error);
  g_autofree char *path = g_strdup_printf ("public/%s.id", id);
  g_autofree char *line = drawn != NULL ? g_strconcat (drawn, "\n", NULL) : NULL;
  return line != NULL && workflow_call_write (call, path, line, -1, error)
         && workflow_context_remember (workflow_call_context (call), "run", drawn, error);
}

static gboolean
run_take (WorkflowCall *call, GError **error)
{
  g_autofree char *id = workflow_call_public (call, "own.id", error);
  if (id != NULL)
    workflow_call_set (call, "took", id);
  return id != NULL;
}

static char *
read_ok (WorkflowCall *call, GError **error)
{
  (void) call, (void) error;
  return g_strdup ("ok");
}

static const WorkflowActionRecord actions[] = { { "query.run", run_make, NULL, FALSE, FALSE },
                                                { "do.take", run_take, NULL, FALSE, FALSE },
                                                { NULL, NULL, NULL, FALSE, FALSE } };
static const WorkflowProbeRecord probes[] = { { "state", read_ok }, { NULL, NULL } };
static const WorkflowTables tables = { actions, probes };

static const char anna[] = "name: anna\ntitle: A\npurpose: p.\nkind: user\nsteps:\n" STEP (
    "all",
    "query.run") "    makes: [public/all.id]\n" STEP ("own",
                                                      "query.run") "    makes: [\"public/{scenario}/own.id\"]\n";
static const char bert[] = "name: bert\ntitle: B\npurpose: p.\nkind: user\nsteps:\n" STEP (
    "take",
    "do.take") "    needs: [{artefact: \"public/{scenario}/own.id\", from: anna/own, follow: true}]\n";
#define PLAY(name)                                                                                           \
  "scenario: " name "\ntitle: P\npurpose: p.\ncollaborators: [bert]\njourneys:\n"                            \
  "  - {persona: anna, steps: [all, own]}\n  - {persona: bert, steps: [take]}\n"

typedef struct {
  char *dir, *state;
} Stage;

static void
set_up (Stage *stage, gconstpointer data)
{
  (void) data;
  stage->dir = g_dir_make_tmp ("scenarios-XXXXXX", NULL);
  stage->state = g_build_filename (stage->dir, "state", NULL);
  put (stage->dir, "personas/anna.yaml", anna);
  put (stage->dir, "personas/bert.yaml", bert);
  put (stage->dir, "personas/scenarios/one.yaml", PLAY ("one"));
  put (stage->dir, "personas/scenarios/two.yaml", PLAY ("two"));
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  (void) data;
  g_assert_true (cr_dir_remove (stage->dir, NULL));
  g_free (stage->dir);
  g_free (stage->state);
}

static WorkflowEngine *
open_engine (Stage *stage, const char *scenario)
{
  g_autofree char *personas = g_build_filename (stage->dir, "personas", NULL);
  WorkflowOptions options = {
    .state_dir = stage->state, .personas_dir = personas, .scenario = scenario, .tables = &tables
  };
  g_autoptr (GError) error = NULL;
  WorkflowEngine *engine = workflow_engine_open (&options, &error);
  g_assert_no_error (error);
  return engine;
}

/* The state of a step after it was taken, or why it was not. */
static char *
take (Stage *stage, const char *scenario, const char *persona, const char *step)
{
  g_autoptr (WorkflowEngine) engine = open_engine (stage, scenario);
  g_autoptr (GError) error = NULL;
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (engine, NULL, persona, step, NULL, FALSE,
                                                             &error);
  if (outcome == NULL)
    return g_strdup (cr_error_code_name (error));
  return g_strconcat (outcome->already ? "already " : "", workflow_state_name (outcome->state), NULL);
}

static void
taken (Stage *stage, const char *scenario, const char *persona, const char *step, const char *wanted)
{
  g_autofree char *said = take (stage, scenario, persona, step);
  g_assert_cmpstr (said, ==, wanted);
}

/* "state" of the step, with a note when there is one. */
static char *
state_of (Stage *stage, const char *scenario, const char *persona, const char *step)
{
  g_autoptr (WorkflowEngine) engine = open_engine (stage, scenario);
  g_autoptr (WorkflowStatus) status = workflow_engine_status (engine, persona, step, NULL);
  g_assert_nonnull (status);
  return g_strconcat (workflow_state_name (status->state), status->note != NULL ? ": " : "", status->note,
                      NULL);
}

static char *
text_of (Stage *stage, const char *path)
{
  g_autofree char *full = g_build_filename (stage->state, path, NULL);
  return cr_file_read_text (full, 100, NULL);
}

/* {run} as anna's texts have it. */
static char *
run_of (Stage *stage, const char *scenario)
{
  g_autofree char *personas = g_build_filename (stage->dir, "personas", NULL);
  const WorkflowNames names = { (const char *const[]){ "query.run", "do.take", NULL },
                                (const char *const[]){ "state", NULL } };
  g_autoptr (WorkflowScenario) loaded = workflow_scenario_load (personas, scenario, &names, NULL);
  const WorkflowJourney *journey = workflow_scenario_journey (loaded, "anna", NULL);
  g_autoptr (WorkflowContext) context = workflow_context_open (stage->state, loaded, journey->persona, NULL);
  g_assert_nonnull (context);
  return workflow_context_value ("run", context);
}

static void
play (Stage *stage, const char *scenario)
{
  taken (stage, scenario, "anna", "all", "done");
  taken (stage, scenario, "anna", "own", "done");
  taken (stage, scenario, "bert", "take", "done");
}

static void
all_done (Stage *stage, const char *scenario)
{
  static const char *const steps[][2] = { { "anna", "all" }, { "anna", "own" }, { "bert", "take" } };
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *state = state_of (stage, scenario, steps[i][0], steps[i][1]);
    g_assert_cmpstr (state, ==, "done");
    taken (stage, scenario, steps[i][0], steps[i][1], "already done");
  }
}

static void
test_apart (Stage *stage, gconstpointer data)
{
  (void) data;
  play (stage, "one");
  g_autofree char *all = text_of (stage, "public/all.id"), *own = text_of (stage, "public/one/own.id");
  taken (stage, "two", "bert", "take", "waiting");
  play (stage, "two");
  g_autofree char *again = text_of (stage, "public/all.id"), *other = text_of (stage, "public/two/own.id"),
                  *kept = text_of (stage, "public/one/own.id");
  g_assert_cmpstr (all, ==, again);
  g_assert_cmpstr (own, ==, kept);
  g_assert_cmpstr (own, !=, other);
  g_autofree char *first = run_of (stage, "one"), *second = run_of (stage, "two");
  g_assert_cmpstr (first, ==, own);
  g_assert_cmpstr (second, ==, other);
  all_done (stage, "one");
  all_done (stage, "two");
}

/* --- folders of before --- */

static void
sql (Stage *stage, const char *persona, const char *text)
{
  g_autofree char *path = g_build_filename (stage->state, persona, "private", "journal.db", NULL);
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, text, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* As the program left it when it put the files of all scenarios into one folder. */
static void
make_old (Stage *stage, const char *scenario)
{
  g_autofree char *from = g_strdup_printf ("%s/public/%s/own.id", stage->state, scenario);
  g_autofree char *to = g_build_filename (stage->state, "public", "own.id", NULL);
  g_autofree char *folder = g_path_get_dirname (from);
  if (g_rename (from, to) == 0)
    g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_autofree char *text =
      g_strdup_printf ("UPDATE artefact SET path = replace (path, 'public/%1$s/', 'public/');"
                       "UPDATE fact SET name = replace (name, 'public/%1$s/', 'public/');"
                       "UPDATE step SET pending = replace (pending, 'public/%1$s/', 'public/');"
                       "DELETE FROM fact WHERE name = '%1$s/layout';"
                       "INSERT OR REPLACE INTO fact SELECT 'run', value FROM fact WHERE name = '%1$s/run';"
                       "DELETE FROM fact WHERE name = '%1$s/run';",
                       scenario);
  sql (stage, "anna", text);
  sql (stage, "bert", text);
}

static void
test_old (Stage *stage, gconstpointer data)
{
  (void) data;
  play (stage, "one");
  g_autofree char *own = text_of (stage, "public/one/own.id");
  make_old (stage, "one");
  /* Another scenario begins in the folder: the files are not its own, and stay. */
  g_autofree char *before = state_of (stage, "two", "anna", "own");
  g_assert_cmpstr (before, ==, "ready");
  taken (stage, "two", "bert", "take", "waiting");
  g_autofree char *still = text_of (stage, "public/own.id"), *run = run_of (stage, "two");
  g_assert_cmpstr (still, ==, own);
  g_assert_null (run);
  all_done (stage, "one");
  g_autofree char *moved = text_of (stage, "public/one/own.id"), *gone = text_of (stage, "public/own.id"),
                  *known = run_of (stage, "one");
  g_assert_cmpstr (moved, ==, own);
  g_assert_null (gone);
  g_assert_cmpstr (known, ==, own);
  taken (stage, "two", "anna", "own", "done");
  taken (stage, "two", "bert", "take", "done");
  all_done (stage, "one");
}

/* Whoever follows the file may come before its maker. */
static void
test_old_reader (Stage *stage, gconstpointer data)
{
  (void) data;
  play (stage, "one");
  make_old (stage, "one");
  g_autofree char *state = state_of (stage, "one", "bert", "take");
  g_assert_cmpstr (state, ==, "done");
  g_autofree char *moved = text_of (stage, "public/one/own.id");
  g_assert_nonnull (moved);
  all_done (stage, "one");
}

/* A step that waited for the file by its old name goes on when it is there by its new one. */
static void
test_old_waiting (Stage *stage, gconstpointer data)
{
  (void) data;
  taken (stage, "one", "bert", "take", "waiting");
  taken (stage, "one", "anna", "all", "done");
  make_old (stage, "one");
  taken (stage, "one", "anna", "own", "done");
  g_autofree char *state = state_of (stage, "one", "bert", "take");
  g_assert_cmpstr (state, ==, "ready");
  taken (stage, "one", "bert", "take", "done");
}

/* The second scenario had written over the files of the first: the first writes its own again, the same. */
static void
test_old_overwritten (Stage *stage, gconstpointer data)
{
  (void) data;
  play (stage, "one");
  g_autofree char *first = text_of (stage, "public/one/own.id");
  play (stage, "two");
  g_autofree char *second = text_of (stage, "public/two/own.id");
  make_old (stage, "one");
  make_old (stage, "two");
  g_autofree char *state = state_of (stage, "one", "anna", "own");
  g_assert_cmpstr (state, ==, "ready: public/one/own.id is gone; take the step again to write it.");
  taken (stage, "one", "anna", "own", "done");
  g_autofree char *again = text_of (stage, "public/one/own.id"), *run = run_of (stage, "one");
  g_assert_cmpstr (again, ==, first);
  g_assert_cmpstr (run, ==, first);
  all_done (stage, "one");
  all_done (stage, "two");
  g_autofree char *other = text_of (stage, "public/two/own.id"), *last = run_of (stage, "two");
  g_assert_cmpstr (other, ==, second);
  g_assert_cmpstr (last, ==, second);
}

#define ADD(name, test) g_test_add ("/scenarios/" name, Stage, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("apart", test_apart);
  ADD ("old", test_old);
  ADD ("old-reader", test_old_reader);
  ADD ("old-waiting", test_old_waiting);
  ADD ("old-overwritten", test_old_overwritten);
  return g_test_run ();
}
