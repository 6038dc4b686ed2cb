/* SPDX-License-Identifier: MIT
 * Steps done anew: new identifiers once, what stands on them is ready again with the reason, old decisions do
 * not count.
 */
#include "base/error.h"
#include "base/file.h"
#include "workflow/engine.h"

#include "engine-harness.h"

#include <string.h>

/* What the actions of a test do and see. */
static struct {
  gboolean cut;
  char *id, *only, *decision;
} seen;

static gboolean
run_make (WorkflowCall *call, GError **error)
{
  g_free (seen.id);
  g_free (seen.only);
  seen.only = g_strdup (workflow_call_input (call, "only"));
  seen.id = workflow_call_intent_id (call, "id", "thing-", 8, error);
  if (seen.id == NULL)
    return FALSE;
  if (seen.cut) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "Cut.");
    return FALSE;
  }
  return workflow_call_write (call, "public/thing.id", seen.id, -1, error);
}

static gboolean
run_take (WorkflowCall *call, GError **error)
{
  (void) error;
  g_free (seen.decision);
  seen.decision = g_strdup (workflow_call_input (call, "decision"));
  return TRUE;
}

static char *
read_ok (WorkflowCall *call, GError **error)
{
  (void) call, (void) error;
  return g_strdup ("ok");
}

static const WorkflowActionRecord actions[] = { { "do.make", run_make, NULL, FALSE, FALSE },
                                                { "do.take", run_take, NULL, FALSE, FALSE },
                                                { "do.look", run_take, NULL, FALSE, TRUE },
                                                { NULL, NULL, NULL, FALSE, FALSE } };
static const WorkflowProbeRecord probes[] = { { "state", read_ok }, { NULL, NULL } };
static const WorkflowTables tables = { actions, probes };

#define MAKE                                                                                                 \
  "    makes: [public/thing.id]\n    renew-when: anew\n"                                                     \
  "    inputs: [{name: only, title: Only, kind: text}, {name: anew, title: Anew, kind: boolean, default: \"no\"}]\n"
#define DECISION                                                                                             \
  "    inputs: [{name: decision, title: D, kind: choice, choices: [yes-please, no-thanks], required: true}]\n"

static const char anna[] = "name: anna\ntitle: A\npurpose: p.\nkind: user\nsteps:\n" STEP ("make", "do.make")
    MAKE STEP ("after", "do.take") "    needs: [{step: make}]\n" STEP (
        "look", "do.look") "    needs: [{step: make}]\n";
static const char bert[] = "name: bert\ntitle: B\npurpose: p.\nkind: user\nsteps:\n" STEP (
    "take", "do.take") "    needs: [{artefact: public/thing.id, from: anna/make, follow: true}]\n" DECISION
    STEP ("more", "do.take") "    needs: [{step: take}]\n";
static const char play[] = "scenario: play\ntitle: P\npurpose: p.\ncollaborators: [bert]\njourneys:\n"
                           "  - {persona: anna, steps: [make, after, look]}\n"
                           "  - {persona: bert, steps: [take, more]}\n";

typedef struct {
  char *dir;
  WorkflowEngine *engine;
} Stage;

static WorkflowEngine *
open_engine (const char *dir, GError **error)
{
  g_autofree char *personas = g_build_filename (dir, "personas", NULL);
  g_autofree char *state = g_build_filename (dir, "state", NULL);
  WorkflowOptions options = {
    .state_dir = state, .personas_dir = personas, .scenario = "play", .tables = &tables
  };
  return workflow_engine_open (&options, error);
}

static int
take (Stage *stage, const char *persona, const char *step, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (name != NULL)
    g_hash_table_insert (inputs, g_strdup (name), g_strdup (value));
  g_autoptr (WorkflowOutcome) outcome = workflow_engine_run (stage->engine, NULL, persona, step, inputs,
                                                             FALSE, &error);
  return outcome != NULL ? (int) outcome->state : -1;
}

static void
set_up (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  stage->dir = g_dir_make_tmp ("again-XXXXXX", NULL);
  put (stage->dir, "personas/anna.yaml", anna);
  put (stage->dir, "personas/bert.yaml", bert);
  put (stage->dir, "personas/scenarios/play.yaml", play);
  memset (&seen, 0, sizeof seen);
  stage->engine = open_engine (stage->dir, &error);
  g_assert_no_error (error);
  g_assert_cmpint (take (stage, "anna", "make", "only", "x"), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "anna", "after", NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "anna", "look", NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "bert", "take", "decision", "yes-please"), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "bert", "more", NULL, NULL), ==, WORKFLOW_DONE);
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  (void) data;
  workflow_engine_close (stage->engine);
  g_assert_true (cr_dir_remove (stage->dir, NULL));
  g_free (stage->dir);
  g_free (seen.id);
  g_free (seen.only);
  g_free (seen.decision);
}

/* "make:done after:ready ..." of everybody. */
static char *
states (Stage *stage)
{
  static const char *const names[] = { "anna", "bert" };
  GString *text = g_string_new (NULL);
  for (guint p = 0; p < G_N_ELEMENTS (names); p++) {
    g_autoptr (GPtrArray) list = workflow_engine_list (stage->engine, names[p], NULL);
    for (guint i = 0; i < list->len; i++) {
      const WorkflowStatus *status = g_ptr_array_index (list, i);
      g_string_append_printf (text, "%s%s:%s%s", text->len > 0 ? " " : "", status->step->id,
                              workflow_state_name (status->state), status->stale ? "!" : "");
    }
  }
  return g_string_free (text, FALSE);
}

#define ALL_DONE "make:done after:done look:done take:done more:done"

static void
test_anew (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autofree char *before = states (stage), *first = g_strdup (seen.id);
  g_assert_cmpstr (before, ==, ALL_DONE);
  /* Asked for again without more, nothing happens; with it, there is a new id, and the old restriction
   * stays. */
  g_assert_cmpint (take (stage, "anna", "make", NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.id, ==, first);
  g_assert_cmpint (take (stage, "anna", "make", "anew", "YES"), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.id, !=, first);
  g_assert_cmpstr (seen.only, ==, "x");
  g_autofree char *after = states (stage);
  g_assert_cmpstr (after, ==, "make:done after:ready! look:done take:ready! more:ready!");
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, "bert", "take", NULL);
  g_assert_cmpstr (status->note, ==, "anna: 'make it' was done again since.");
  /* A decision is asked for again; the rest is as it was. */
  g_assert_cmpint (take (stage, "bert", "take", NULL, NULL), ==, -1);
  g_assert_cmpint (take (stage, "bert", "take", "decision", "no-thanks"), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.decision, ==, "no-thanks");
  g_assert_cmpint (take (stage, "bert", "more", NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpint (take (stage, "anna", "after", NULL, NULL), ==, WORKFLOW_DONE);
  g_autofree char *end = states (stage);
  g_assert_cmpstr (end, ==, ALL_DONE);
}

/* Cut off in the middle, new work goes on with what it began, however it is asked for. */
static void
test_cut (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autofree char *first = g_strdup (seen.id);
  seen.cut = TRUE;
  g_assert_cmpint (take (stage, "anna", "make", "anew", "yes"), ==, -1);
  g_autofree char *second = g_strdup (seen.id), *during = states (stage);
  g_assert_cmpstr (second, !=, first);
  g_assert_cmpstr (during, ==, "make:failed after:done look:done take:done more:done");
  g_assert_cmpint (take (stage, "anna", "make", "anew", "yes"), ==, -1);
  g_assert_cmpstr (seen.id, ==, second);
  seen.cut = FALSE;
  g_assert_cmpint (take (stage, "anna", "make", NULL, NULL), ==, WORKFLOW_DONE);
  g_assert_cmpstr (seen.id, ==, second);
  g_autofree char *after = states (stage);
  g_assert_cmpstr (after, ==, "make:done after:ready! look:done take:ready! more:ready!");
}

/* Somebody else's hand on an own file: whoever follows it has to act again, its maker has not. */
static void
test_other_hand (Stage *stage, gconstpointer data)
{
  (void) data;
  put (stage->dir, "state/public/thing.id", "other");
  g_autoptr (GPtrArray) list = workflow_engine_list (stage->engine, "anna", NULL);
  g_assert_cmpint (((WorkflowStatus *) g_ptr_array_index (list, 1))->state, ==, WORKFLOW_DONE);
  /* Bert knows no better: to him it changed. */
  g_autoptr (WorkflowStatus) status = workflow_engine_status (stage->engine, "bert", "take", NULL);
  g_assert_true (status->stale);
}

static void
test_follows (Stage *stage, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) follows = workflow_engine_follows (stage->engine, "anna", "make", &error);
  g_assert_no_error (error);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < follows->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (follows, i);
    g_string_append_printf (text, "%s/%s ", turn->persona, turn->step->id);
  }
  g_assert_nonnull (strstr (text->str, "anna/after "));
  g_assert_nonnull (strstr (text->str, "bert/take bert/more "));
  g_assert_null (strstr (text->str, "look"));
  g_assert_null (workflow_engine_follows (stage->engine, "anna", "nothing", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* The two new words of a persona file, used wrongly. */
static void
test_files (Stage *stage, gconstpointer data)
{
  static const char *const wrong[][2] = { { "renew-when: anew", "renew-when: only" },
                                          { "renew-when: anew", "renew-when: nothing" },
                                          { "[{step: make}]", "[{step: make, follow: true}]" } };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_auto (GStrv) parts = g_strsplit (anna, wrong[i][0], -1);
    g_autofree char *text = g_strjoinv (wrong[i][1], parts);
    put (stage->dir, "personas/anna.yaml", text);
    g_autoptr (GError) error = NULL;
    g_assert_null (open_engine (stage->dir, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/engine-again/" name, Stage, NULL, set_up, function, tear_down)
  ADD ("anew", test_anew);
  ADD ("cut", test_cut);
  ADD ("other-hand", test_other_hand);
  ADD ("follows", test_follows);
  ADD ("files", test_files);
  return g_test_run ();
}
