/* SPDX-License-Identifier: MIT
 * The persona loader: what is shipped loads, and every kind of mistake is refused with file and line.
 */
#include "base/error.h"
#include "base/file.h"
#include "workflow/loader.h"

#include "engine-harness.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *const actions[] = { "do.one", "do.two", NULL };
static const char *const probes[] = { "made", "state", NULL };
static const WorkflowNames names = { actions, probes };

/* Line numbers below count from the first line of these texts. */
static const char anna[] = "name: anna\n"                              /* 1 */
                           "title: Anna\n"                             /* 2 */
                           "purpose: Begins.\n"                        /* 3 */
                           "kind: member\n"                            /* 4 */
                           "identities: [anna]\n"                      /* 5 */
                           "uses: [common]\n"                          /* 6 */
                           "steps:\n"                                  /* 7 */
                           "  - id: make\n"                            /* 8 */
                           "    title: Make it\n"                      /* 9 */
                           "    purpose: Makes a file.\n"              /* 10 */
                           "    takes: seconds\n"                      /* 11 */
                           "    needs:\n"                              /* 12 */
                           "      - step: start\n"                     /* 13 */
                           "    inputs:\n"                             /* 14 */
                           "      - name: day\n"                       /* 15 */
                           "        title: Day\n"                      /* 16 */
                           "        kind: date\n"                      /* 17 */
                           "        default: \"2025-09-01\"\n"         /* 18 */
                           "    action: do.one\n"                      /* 19 */
                           "    makes: [public/thing.id]\n"            /* 20 */
                           "    done-when: made in [present, kept]\n"  /* 21 */
                           "    calls:\n"                              /* 22 */
                           "      - PUT {ccf}/app/{document} (once)\n" /* 23 */
                           "    az: az make --day {day}\n"             /* 24 */
                           "    on-failure:\n"                         /* 25 */
                           "      Broken: Look at {contract}.\n";      /* 26 */
static const char bert[] = "name: bert\n"                              /* 1 */
                           "title: Bert\n"                             /* 2 */
                           "purpose: Follows.\n"                       /* 3 */
                           "kind: user\n"                              /* 4 */
                           "uses: [common]\n"                          /* 5 */
                           "steps:\n"                                  /* 6 */
                           "  - id: take\n"                            /* 7 */
                           "    title: Take it\n"                      /* 8 */
                           "    purpose: Takes the file.\n"            /* 9 */
                           "    takes: instant\n"                      /* 10 */
                           "    needs:\n"                              /* 11 */
                           "      - artefact: public/thing.id\n"       /* 12 */
                           "        from: anna/make\n"                 /* 13 */
                           "    action: do.two\n"                      /* 14 */
                           "    done-when: state in [ok]\n"            /* 15 */
                           "    on-failure:\n"                         /* 16 */
                           "      missing:thing.id: Anna first.\n";    /* 17 */
static const char common[] = "steps:\n"                                /* 1 */
                             "  - id: start\n"                         /* 2 */
                             "    title: Start\n"                      /* 3 */
                             "    purpose: Starts.\n"                  /* 4 */
                             "    takes: instant\n"                    /* 5 */
                             "    action: do.one\n"                    /* 6 */
                             "    makes: [\"{persona}/private/x\"]\n"  /* 7 */
                             "    done-when: made in [present]\n";     /* 8 */
static const char play[] =
    "scenario: play\n"             /* 1 */
    "title: Play\n"                /* 2 */
    "purpose: A play.\n"           /* 3 */
    "values: {location: westus}\n" /* 4 */
    "collaborators: [bert]\n"      /* 5 */
    "journeys:\n"                  /* 6 */
    "  - persona: anna\n"          /* 7 */
    "    steps: [start, make]\n"   /* 8 */
    "  - persona: bert\n"          /* 9 */
    "    steps: [start, take]\n"   /* 10 */
    "datasets:\n"                  /* 11 */
    "  - {name: in, owner: anna, folder: input, direction: input, schema: play/s.json}\n"
    "  - {name: out, owner: bert, folder: output, direction: output, schema: play/s.json}\n"
    "queries:\n"                                        /* 14 */
    "  - name: q\n"                                     /* 15 */
    "    proposer: bert\n"                              /* 16 */
    "    segments: [{sequence: 1, file: play/q.sql}]\n" /* 17 */
    "    views: {v: in}\n"                              /* 18 */
    "    output: out\n"                                 /* 19 */
    "unattended: {make: {day: \"2025-09-02\"}}\n";      /* 20 */

static char *
make_dir (void)
{
  char *dir = g_dir_make_tmp ("loader-XXXXXX", NULL);
  put (dir, "anna.yaml", anna);
  put (dir, "bert.yaml", bert);
  put (dir, "shared/common.yaml", common);
  put (dir, "scenarios/play.yaml", play);
  put (dir, "scenarios/play/s.json", "{}");
  put (dir, "scenarios/play/q.sql", "SELECT 1");
  return dir;
}

typedef struct {
  const char *file, *before, *after, *expected; /* EXPECTED follows "DIR/" */
} Broken;

static const Broken broken[] = {
  { "anna.yaml", "title: Make it", "titl: Make it",
    "anna.yaml:9: unknown key 'titl', did you mean 'title'?" },
  { "anna.yaml", "takes: seconds", "takes: ages",
    "anna.yaml:11: 'takes' must be one of: instant, seconds, minutes, long (not 'ages')." },
  { "anna.yaml", "action: do.one", "action: do.onee",
    "anna.yaml:19: unknown action 'do.onee', did you mean 'do.one'?" },
  { "anna.yaml", "made in", "mode in", "anna.yaml:21: unknown probe 'mode', did you mean 'made'?" },
  { "anna.yaml", "made in [present, kept]", "made = present",
    "anna.yaml:21: 'done-when' must read: NAME in [value, value]" },
  { "anna.yaml", "kind: date", "kind: daten",
    "anna.yaml:17: 'kind' must be one of: text, email, date, choice, folder, number, secret, boolean (not 'daten')." },
  { "anna.yaml", "2025-09-01", "2025-02-30",
    "anna.yaml:18: the default '2025-02-30' is no day (YYYY-MM-DD)." },
  { "anna.yaml", "{day}", "{dey}", "anna.yaml:24: unknown placeholder {dey}, did you mean {day}?" },
  { "anna.yaml", "{contract}", "{contrakt}",
    "anna.yaml:26: unknown placeholder {contrakt}, did you mean {contract}?" },
  { "anna.yaml", "{contract}", "{ contract",
    "anna.yaml:26: a '{' that is no placeholder; a placeholder looks like {persona}." },
  { "anna.yaml", "PUT {ccf}/app", "PUSH {ccf}/app",
    "anna.yaml:23: a call must read: METHOD {endpoint}/path (remark)" },
  { "anna.yaml", "public/thing.id", "../thing.id",
    "anna.yaml:20: an artefact lies in public/ or in {persona}/." },
  { "anna.yaml", "public/thing.id", "public/../thing.id",
    "anna.yaml:20: an artefact must not leave its folder." },
  { "anna.yaml", "public/thing.id", "\"public/{contract}.id\"",
    "anna.yaml:20: the name of an artefact cannot have {contract} in it." },
  { "anna.yaml", "public/thing.id", "\"public/{dataset}.id\"",
    "anna.yaml:20: datasets belong to their scenario: public/{scenario}/{dataset}.id" },
  { "anna.yaml", "public/thing.id", "\"public/thing.{scenario}\"",
    "anna.yaml:20: what belongs to a scenario lies in public/{scenario}/." },
  { "anna.yaml", "[public/thing.id]", "[public/thing.id, \"public/{scenario}/thing.id\"]",
    "anna.yaml:8: 'public/play/thing.id' and 'public/thing.id' have the same name." },
  { "bert.yaml", "    action: do.two\n", "    action: do.two\n    makes: [public/other.id]\n", NULL },
  { "anna.yaml", "id: make", "id: start",
    "anna.yaml:8: the step 'start' is also declared at DIR/shared/common.yaml:2." },
  { "anna.yaml", "- step: start", "- step: sturt",
    "anna.yaml:13: in the scenario 'play', anna takes no step 'sturt'." },
  { "anna.yaml", "- step: start", "- stop: start", "anna.yaml:13: unknown key 'stop', did you mean 'step'?" },
  { "anna.yaml", "- step: start", "- {step: start, party: a/b}",
    "anna.yaml:13: a need is exactly one of 'artefact', 'step' and 'party'." },
  { "anna.yaml", "name: day", "name: ../day",
    "anna.yaml:15: '../day' is no name: letters, digits, '.', '_' and '-' are, at most 64 of them." },
  { "anna.yaml", "    done-when: made in [present, kept]\n", "", "anna.yaml:8: 'done-when' is missing." },
  { "anna.yaml", "name: anna", "name: hanna",
    "anna.yaml:1: the persona 'hanna' must be in a file 'hanna.yaml'." },
  { "anna.yaml", "kind: member", "kind: user", "anna.yaml:1: a member has identities, a user has none." },
  { "anna.yaml", "kind: member", "kind: guest", "anna.yaml:4: 'kind' must be member or user (not 'guest')." },
  { "anna.yaml", "uses: [common]", "uses: [commun]", "anna.yaml:6: there is no file shared/commun.yaml." },
  { "anna.yaml", "title: Make it", "title: Make it\n    title: Twice",
    "anna.yaml:10: the key 'title' is there twice." },
  { "bert.yaml", "from: anna/make", "from: anna/start",
    "bert.yaml:12: the step 'start' of anna does not make 'public/thing.id'." },
  { "bert.yaml", "missing:thing.id", "missing:other.id", "bert.yaml:17: the step does not need 'other.id'." },
  { "bert.yaml", "        from: anna/make\n", "",
    "bert.yaml:12: 'from' is missing: which step makes 'public/thing.id'?" },
  { "shared/common.yaml", "takes: instant", "takes: [a]", "shared/common.yaml:5: 'takes' must be a text." },
  { "shared/common.yaml", "    action: do.one\n", "    needs: [{party: bert/take}]\n    action: do.one\n",
    "scenarios/play.yaml:1: the needs go round in a circle: anna/start -> bert/take -> anna/make -> anna/start." },
  { "scenarios/play.yaml", "persona: bert", "persona: bort",
    "scenarios/play.yaml:9: unknown persona 'bort', did you mean 'bert'?" },
  { "scenarios/play.yaml", "[start, take]", "[start, tuke]",
    "scenarios/play.yaml:10: bert has no step 'tuke', did you mean 'take'?" },
  { "scenarios/play.yaml", "[start, take]", "[start, start]",
    "scenarios/play.yaml:10: the step 'start' is there twice." },
  { "scenarios/play.yaml", "collaborators: [bert]", "collaborators: [carl]",
    "scenarios/play.yaml:5: 'carl' takes no part in this scenario." },
  { "scenarios/play.yaml", "location: westus", "place: westus",
    "scenarios/play.yaml:4: unknown value 'place'." },
  { "scenarios/play.yaml", "play/q.sql", "play/r.sql",
    "scenarios/play.yaml:17: there is no file scenarios/play/r.sql." },
  { "scenarios/play.yaml", "play/q.sql", "../anna.yaml",
    "scenarios/play.yaml:17: '../anna.yaml' must lie below the folder of the scenarios." },
  { "scenarios/play.yaml", "sequence: 1", "sequence: 0",
    "scenarios/play.yaml:17: 'sequence' must be a number from 1 to 1000." },
  { "scenarios/play.yaml", "{v: in}", "{v: out}",
    "scenarios/play.yaml:18: 'out' is no input dataset of this scenario." },
  { "scenarios/play.yaml", "output: out", "output: in",
    "scenarios/play.yaml:19: 'in' is no output dataset of this scenario." },
  { "scenarios/play.yaml",
    "{make: {day:", "{make: {dag:", "scenarios/play.yaml:20: the step 'make' has no input 'dag'." },
  { "scenarios/play.yaml",
    "{make: {day:", "{moke: {day:", "scenarios/play.yaml:20: no journey has the step 'moke'." },
};

static char *
replace (const char *text, const char *before, const char *after)
{
  const char *at = strstr (text, before);
  g_assert_nonnull (at);
  return g_strdup_printf ("%.*s%s%s", (int) (at - text), text, after, at + strlen (before));
}

static const char *
text_of (const char *file)
{
  return g_str_has_prefix (file, "anna")     ? anna
         : g_str_has_prefix (file, "bert")   ? bert
         : g_str_has_prefix (file, "shared") ? common
                                             : play;
}

static void
test_broken (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *dir = make_dir ();
    g_autofree char *text = replace (text_of (broken[i].file), broken[i].before, broken[i].after);
    put (dir, broken[i].file, text);
    if (broken[i].expected == NULL) {
      /* Right as it is; wrong as soon as what it is made of belongs to a scenario. */
      g_assert_true (workflow_check (dir, &names, NULL, NULL));
      g_autofree char *maker = replace (anna, "public/thing.id", "\"public/{scenario}/thing.id\"");
      g_autofree char *taker = replace (text, "public/thing.id", "public/{scenario}/thing.id");
      put (dir, "anna.yaml", maker);
      put (dir, "bert.yaml", taker);
    }
    g_autoptr (GError) error = NULL;
    g_assert_false (workflow_check (dir, &names, NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    g_autofree char *folder = g_strconcat (dir, "/", NULL);
    g_assert_true (g_str_has_prefix (error->message, folder));
    g_auto (GStrv) parts = g_strsplit (error->message, dir, -1);
    g_autofree char *said = g_strjoinv ("DIR", parts);
    g_assert_cmpstr (said + strlen ("DIR/"), ==,
                     broken[i].expected != NULL
                         ? broken[i].expected
                         : "bert.yaml:12: what is made of something that belongs to a scenario belongs to it "
                           "too: public/{scenario}/other.id");
    g_assert_true (cr_dir_remove (dir, NULL));
  }
}

static void
test_valid (void)
{
  g_autofree char *dir = make_dir ();
  g_autoptr (GError) error = NULL;
  guint checked = 0;
  g_assert_true (workflow_check (dir, &names, &checked, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (checked, ==, 4);
  g_autoptr (WorkflowScenario) scenario = workflow_scenario_load (dir, "play", &names, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scenario->journeys->len, ==, 2);
  const WorkflowJourney *journey = workflow_scenario_journey (scenario, "anna", &error);
  const WorkflowStep *step = workflow_journey_step (journey, "make", &error);
  g_assert_cmpstr (step->title, ==, "Make it");
  g_assert_cmpuint (step->line, ==, 8);
  g_assert_cmpstr (step->done_when->values[1], ==, "kept");
  g_assert_null (workflow_journey_step (journey, "mike", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_cmpstr (cr_error_hint (error), ==, "Did you mean 'make'?");
  g_clear_error (&error);
  g_assert_null (workflow_scenario_load (dir, "ploy", &names, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_true (cr_dir_remove (dir, NULL));
}

/* Where files lie, by their names. */
static void
test_places (void)
{
  g_autofree char *dir = make_dir ();
  g_autofree char *maker = replace (anna, "[public/thing.id]",
                                    "[public/all.id, \"public/{scenario}/{dataset}.id\"]");
  g_autofree char *taker = replace (bert, "public/thing.id", "public/{scenario}/in.id");
  g_autofree char *said = replace (taker, "missing:thing.id", "missing:in.id");
  put (dir, "anna.yaml", maker);
  put (dir, "bert.yaml", said);
  g_autoptr (GError) error = NULL;
  g_autoptr (WorkflowScenario) scenario = workflow_scenario_load (dir, "play", &names, &error);
  g_assert_no_error (error);
  static const char *const places[][2] = { { "in.id", "public/play/in.id" },
                                           { "all.id", "public/all.id" },
                                           { "unknown", "public/unknown" } };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = workflow_scenario_public (scenario, places[i][0]);
    g_assert_cmpstr (path, ==, places[i][1]);
  }
  g_auto (GStrv) scoped = workflow_scenario_scoped (scenario);
  g_assert_cmpuint (g_strv_length (scoped), ==, 1);
  g_assert_cmpstr (scoped[0], ==, "public/play/in.id");
  const WorkflowJourney *journey = workflow_scenario_journey (scenario, "anna", NULL);
  g_assert_false (workflow_step_is_shared (workflow_journey_step (journey, "make", NULL)));
  g_assert_true (workflow_step_is_shared (workflow_journey_step (journey, "start", NULL)));
  g_assert_true (cr_dir_remove (dir, NULL));
}

static char *
shipped (void)
{
  g_autofree char *here = g_path_get_dirname (__FILE__);
  g_autofree char *source = g_build_filename (here, "..", "..", "personas", NULL);
  const char *top = g_getenv ("top_srcdir");
  char *dir = top != NULL ? g_build_filename (top, "personas", NULL) : g_strdup (source);
  return dir;
}

/* The real folder, with the real actions and probes. */
static void
test_shipped (void)
{
  g_autofree char *dir = shipped ();
  g_autoptr (GError) error = NULL;
  g_assert_true (workflow_check (dir, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (WorkflowScenario) scenario = workflow_scenario_load (dir, "analytics-sse", NULL, &error);
  g_assert_no_error (error);
  static const char *const operator_steps[] = { "env.start",      "env.init",      "an.op.consortium",
                                                "an.op.check",    "an.op.cluster", "an.op.invite",
                                                "an.op.finalize", "an.any.audit" };
  const WorkflowJourney *journey = workflow_scenario_journey (scenario, "operator", &error);
  g_assert_cmpuint (journey->steps->len, ==, G_N_ELEMENTS (operator_steps));
  for (guint i = 0; i < G_N_ELEMENTS (operator_steps); i++)
    g_assert_cmpstr (((WorkflowStep *) g_ptr_array_index (journey->steps, i))->id, ==, operator_steps[i]);
  g_assert_cmpuint (scenario->datasets->len, ==, 3);
  g_autofree char *query = workflow_scenario_public (scenario, "analytics.query-id");
  g_assert_cmpstr (query, ==, "public/analytics-sse/analytics.query-id");
  g_autofree char *contract = workflow_scenario_public (scenario, "analytics.contract-id");
  g_assert_cmpstr (contract, ==, "public/analytics.contract-id");
  g_autofree char *governance = g_build_filename (scenario->dir, "governance", "constitution.js", NULL);
  g_assert_true (g_file_test (governance, G_FILE_TEST_IS_REGULAR));
}

static char *
look_up (const char *name, gpointer data)
{
  (void) data;
  return g_str_equal (name, "a") ? g_strdup ("1") : NULL;
}

static void
test_expand (void)
{
  g_autofree char *text = workflow_expand ("{a}/{b}{", look_up, NULL);
  g_assert_cmpstr (text, ==, "1/{b}{");
  g_assert_null (workflow_expand (NULL, look_up, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/valid", test_valid);
  g_test_add_func ("/loader/broken", test_broken);
  g_test_add_func ("/loader/places", test_places);
  g_test_add_func ("/loader/shipped", test_shipped);
  g_test_add_func ("/loader/expand", test_expand);
  return g_test_run ();
}
