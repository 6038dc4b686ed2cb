/* SPDX-License-Identifier: MIT
 * The query process over run folders: events in order and number, output, refusals. Needs the program
 * cleanroom-room: CLEANROOM_ROOM, or beside or above this test.
 */
#include "base/file.h"
#include "base/json.h"
#include "room/write.h"

#include <gio/gio.h>
#include <string.h>

#define Q4                                                                                                             \
  "SELECT author, COUNT(*) AS Number_Of_Mentions, SUM(mentions) AS Restricted_Sum FROM (SELECT * FROM publisher_view " \
  "UNION ALL SELECT * FROM consumer_view) AS combine_data WHERE mentions LIKE '%MikeDoesBigData%' GROUP BY author "    \
  "ORDER BY Number_Of_Mentions DESC"
#define SUCCESS "1001 1001 1002 3001 1002 3001 1007 1007 1008 1008 1007 1008 1004 1005 3005 1011 3003 2001 "

typedef struct {
  char *folder;
  json_t *job;
  int exit_code;
  GString *ids;  /* "1001 1001 ..." without warnings */
  GString *text; /* everything the process said */
  GString *warnings;
} Run;

static char *
program (void)
{
  const char *chosen = g_getenv ("CLEANROOM_ROOM");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);

  if (chosen != NULL)
    return g_strdup (chosen);
  for (int up = 0; up < 5; up++) {
    g_autofree char *path = g_build_filename (folder, "cleanroom-room", NULL);
    char *parent;

    if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
      return g_steal_pointer (&path);
    parent = g_path_get_dirname (folder);
    g_free (folder);
    folder = parent;
  }
  return NULL;
}

static void
put (const Run *run, const char *relative, const char *text)
{
  g_autofree char *path = g_build_filename (run->folder, relative, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_dir_make (folder, 0700, &error));
  g_assert_true (cr_file_write (path, text, -1, 0600, &error));
}

static json_t *
dataset (const char *name, const char *view, const char *folder)
{
  return json_pack ("{ss ss ss s{s{ss} s{ss} s{ss} s{ss}} s[ssss] ss}", "name", name, "viewName", view,
                    "format", "csv", "schema", "date", "type", "date", "time", "type", "string", "author",
                    "type", "string", "mentions", "type", "string", "allowedFields", "date", "time", "author",
                    "mentions", "folder", folder);
}

static json_t *
segment (int sequence, const char *text)
{
  return json_pack ("{si ss sn sn}", "executionSequence", sequence, "data", text, "preConditions",
                    "postFilters");
}

static Run *
run_new (const char *engine)
{
  Run *run = g_new0 (Run, 1);

  run->folder = g_dir_make_tmp ("room-XXXXXX", NULL);
  run->ids = g_string_new (NULL);
  run->text = g_string_new (NULL);
  run->warnings = g_string_new (NULL);
  run->job = json_pack (
      "{ss ss ss ss ss ss s[o o] s{ss ss s{s{ss} s{ss} s{ss}} s[ss] ss} s[o o o]}", "jobId", "3f2a91bc",
      "contractId", "analytics-1", "queryId", "q", "engine", engine, "startDate", "", "endDate", "",
      "datasets", dataset ("northwind-input", "publisher_data", "in/0"),
      dataset ("woodgrove-input", "consumer_data", "in/1"), "datasink", "name", "woodgrove-output", "format",
      "csv", "schema", "author", "type", "string", "Number_Of_Mentions", "type", "long", "Restricted_Sum",
      "type", "number", "allowedFields", "author", "Number_Of_Mentions", "folder", "out", "segments",
      segment (1, "CREATE OR REPLACE TEMP VIEW publisher_view AS SELECT * FROM publisher_data"),
      segment (1, "CREATE OR REPLACE TEMP VIEW consumer_view AS SELECT * FROM consumer_data"),
      segment (2, Q4));
  g_assert_nonnull (run->job);
  return run;
}

static void
run_free (Run *run)
{
  cr_dir_remove (run->folder, NULL);
  g_free (run->folder);
  json_decref (run->job);
  g_string_free (run->ids, TRUE);
  g_string_free (run->text, TRUE);
  g_string_free (run->warnings, TRUE);
  g_free (run);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static void
fill (Run *run)
{
  put (run, "in/0/2025-09-01/a.csv",
       "1/09/2025,10:00,ann,\"hi, @MikeDoesBigData\"\r\n2/09/2025,10:01,bob,nothing\r\n");
  put (run, "in/0/2025-09-02/b.csv", "1/09/2025,10:00,ann,again MikeDoesBigData\n");
  put (run, "in/1/2025-09-01/c.csv", "1/09/2025,10:00,cyd,a \\ MikeDoesBigData\n\n1/09/2025,10:00,cyd\n");
  put (run, "in/1/schema.json", "{}");
}

static void
take_line (Run *run, const char *line)
{
  g_autoptr (json_t) event = cr_json_parse (line, strlen (line), "an event", NULL);
  const char *kind = event != NULL ? cr_json_peek_string (event, "kind") : NULL;

  g_assert_nonnull (kind);
  if (json_object_get (event, "id") != NULL)
    g_string_append_printf (run->ids, "%d ", (int) cr_json_peek_int (event, "id", 0));
  if (strcmp (kind, "warning") == 0)
    g_string_append_printf (run->warnings, "%s\n", cr_json_peek_string (event, "message"));
}

/* FALSE when the test is skipped. */
static gboolean
run_go (Run *run)
{
  g_autofree char *room = program ();
  g_autofree char *job = g_build_filename (run->folder, "job.json", NULL);
  g_autofree char *said = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  char *arguments[] = { room, run->folder, NULL };
  int status;

  if (room == NULL) {
    g_test_skip ("the program cleanroom-room is not built");
    return FALSE;
  }
  g_assert_true (cr_json_save (run->job, job, 0600, &error));
  g_assert_true (
      g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, NULL, &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error) || error->domain == G_SPAWN_EXIT_ERROR);
  run->exit_code = error != NULL ? error->code : 0;
  g_string_assign (run->text, said);
  lines = g_strsplit (g_strchomp (said), "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    take_line (run, *line);
  if (run->exit_code == 3 && strstr (run->text->str, "DuckDB library") != NULL) {
    g_test_skip ("no DuckDB library");
    return FALSE;
  }
  return TRUE;
}

/* The text of the one output file. Gives. */
static char *
output (const Run *run)
{
  g_autofree char *day = g_build_filename (run->folder, "out", "analytics-1", NULL);
  g_autofree char *folder = NULL;
  const char *name;
  char *text = NULL;
  GDir *dir = g_dir_open (day, 0, NULL);

  g_assert_nonnull (dir);
  folder = g_build_filename (day, g_dir_read_name (dir), "3f2a91bc", NULL);
  g_dir_close (dir);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_assert_null (text);
    g_assert_true (g_regex_match_simple ("^part-00000-[0-9a-f-]{36}-c000\\.(csv|json)$", name, 0, 0));
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  }
  g_dir_close (dir);
  return text;
}

static void
test_success (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);
  g_autofree char *text = NULL;

  fill (run);
  if (!run_go (run))
    return;
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (run->ids->str, ==, SUCCESS);
  g_assert_cmpstr (run->warnings->str, ==, "");
  g_assert_nonnull (strstr (run->text->str, "Event_1002 | Dataset northwind-input loaded successfully from "
                                            "/mnt/remote/northwind-input with 3 rows"));
  g_assert_nonnull (strstr (run->text->str, "for start_date: NA, end_date: NA"));
  g_assert_nonnull (strstr (run->text->str, "\"rowsRead\":5,\"rowsWritten\":2"));
  g_assert_nonnull (strstr (run->text->str, "| dataset: woodgrove-output | rows: 2 | job id: 3f2a91bc"));
  text = output (run);
  g_assert_cmpstr (text, ==, "author,Number_Of_Mentions\nann,2\ncyd,1\n");
}

static void
set_dates (Run *run, const char *start, const char *end)
{
  cr_json_set_string (run->job, "startDate", start);
  cr_json_set_string (run->job, "endDate", end);
}

static void
test_dates (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  set_dates (run, "2025-09-01", "2025-09-02");
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, SUCCESS);
  g_assert_nonnull (strstr (run->text->str, "start_date: 2025-09-01, end_date: 2025-09-02"));
  g_assert_nonnull (strstr (run->warnings->str, "woodgrove-input has no folder for 2025-09-02"));
  g_assert_null (strstr (run->warnings->str, "No data found"));
}

static void
test_no_day (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  set_dates (run, "2024-01-01", "2024-01-01");
  if (!run_go (run))
    return;
  g_assert_nonnull (strstr (run->warnings->str, "No data found for dataset northwind-input"));
  g_assert_nonnull (strstr (run->text->str, "\"rowsRead\":5"));
}

static void
expect_failure (Run *run, const char *ids, const char *reason)
{
  g_autofree char *failed = g_strdup_printf ("Event_1012 | Query execution failed: %s", reason);
  g_autofree char *audit = g_strdup_printf ("Query failed | job id: 3f2a91bc | reason: %s", reason);

  g_assert_cmpint (run->exit_code, ==, 1);
  g_assert_cmpstr (run->ids->str, ==, ids);
  g_assert_nonnull (strstr (run->text->str, failed));
  g_assert_nonnull (strstr (run->text->str, audit));
}

static json_t *
last_segment (Run *run)
{
  return json_array_get (json_object_get (run->job, "segments"), 2);
}

#define LOADED "1001 1001 1002 3001 1002 3001 "
#define STEPS LOADED "1007 1007 1008 1008 1007 "

static void
test_pre_condition (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  cr_json_set (last_segment (run), "preConditions",
               json_pack ("[{ss si}]", "viewName", "consumer_view", "minRowCount", 10000));
  if (run_go (run))
    expect_failure (
        run, STEPS "1009 1012 3004 ",
        "Pre-segment enforcement failed for view consumer_view: row count 2 is less than minRowCount 10000");
}

static void
test_pre_condition_view (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  cr_json_set (last_segment (run), "preConditions",
               json_pack ("[{ss si}]", "viewName", "Consumer_View", "minRowCount", 1));
  if (run_go (run))
    expect_failure (run, STEPS "1009 1012 3004 ",
                    "View Consumer_View does not exist in the Spark catalog. Exiting");
}

static void
test_post_filter (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);
  g_autofree char *text = NULL;

  fill (run);
  cr_json_set (last_segment (run), "postFilters",
               json_pack ("[{ss si}]", "columnName", "Number_Of_Mentions", "value", 2));
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, SUCCESS);
  text = output (run);
  g_assert_cmpstr (text, ==, "author,Number_Of_Mentions\nann,2\n");
}

static void
test_post_filter_column (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  cr_json_set (last_segment (run), "postFilters", json_pack ("[{ss si}]", "columnName", "n", "value", 2));
  if (run_go (run))
    expect_failure (run, STEPS "1009 1012 3004 ",
                    "Required columns: {'n'} missing in the output for PostSegmentFilteringEnforcement");
}

static void
test_schema (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);
  json_t *schema = json_object_get (json_object_get (run->job, "datasink"), "schema");

  fill (run);
  cr_json_set (schema, "Number_Of_Mentions", json_pack ("{ss}", "type", "integer"));
  if (run_go (run))
    expect_failure (run, STEPS "1008 1004 1006 3006 1012 3004 ",
                    "DataFrame schema does not match expected dataset schema.");
}

static void
test_text_sum (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  cr_json_set (json_object_get (run->job, "datasink"), "allowedFields",
               json_pack ("[s s]", "author", "Restricted_Sum"));
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, STEPS "1008 1004 1006 3006 1012 3004 ");
  g_assert_nonnull (strstr (run->text->str, "[CAST_INVALID_INPUT]"));
}

static void
test_two_last (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  fill (run);
  json_array_append_new (json_object_get (run->job, "segments"), segment (2, "SELECT 1 AS a"));
  if (run_go (run))
    expect_failure (run, LOADED "1012 3004 ", "There should be just 1 last segment but there are 2.");
}

static void
test_step_failure (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);
  json_t *first = json_array_get (json_object_get (run->job, "segments"), 0);

  fill (run);
  cr_json_set_string (first, "data", "CREATE OR REPLACE TEMP VIEW publisher_view AS SELECT * FROM nosuch");
  if (!run_go (run))
    return;
  /* the second segment of the step still runs, the next step does not */
  g_assert_cmpstr (run->ids->str, ==, LOADED "1007 1007 1009 1008 1012 3004 ");
  g_assert_nonnull (strstr (run->text->str, "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nosuch`"));
}

static void
test_load_failure (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);

  put (run, "in/0/a.csv", "x\n"); /* in/1 is not there */
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, "1001 1001 1002 3001 1003 3002 1012 3004 ");
}

static void
test_json_formats (gconstpointer engine)
{
  g_autoptr (Run) run = run_new (engine);
  json_t *input = json_array_get (json_object_get (run->job, "datasets"), 0);
  g_autofree char *text = NULL;

  fill (run);
  put (
      run, "in/0/x/d.json",
      "{\"mentions\":\"MikeDoesBigData \\u00e9\",\"author\":\"dan, \\\"d\\\"\",\"date\":\"2020-01-01\"}\nbroken\n\n");
  cr_json_set_string (input, "format", "json");
  cr_json_set_string (json_object_get (run->job, "datasink"), "format", "json");
  cr_json_set_string (
      last_segment (run), "data",
      "SELECT author, COUNT(date) AS Number_Of_Mentions FROM publisher_view GROUP BY author ORDER BY author");
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, SUCCESS);
  text = output (run);
  g_assert_cmpstr (text, ==,
                   "{\"Number_Of_Mentions\":0}\n{\"author\":\"dan, \\\"d\\\"\",\"Number_Of_Mentions\":1}\n");
}

static void
test_bad_jobs (void)
{
  static const struct {
    const char *member, *value;
  } bad[] = {
    { "startDate", "2025-09-31" }, { "startDate", "2025-09-02" }, { "jobId", "../x" }, { "contractId", "a/b" }
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Run) run = run_new ("sqlite");

    fill (run);
    set_dates (run, "2025-09-01", "2025-09-01");
    cr_json_set_string (run->job, bad[i].member, bad[i].value);
    if (!run_go (run))
      return;
    g_assert_cmpint (run->exit_code, ==, 2);
    g_assert_cmpstr (run->ids->str, ==, "");
  }
}

static void
test_escape (void)
{
  static const char *const folders[] = { "../x", "/etc", "in/../../x", "link", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autoptr (Run) run = run_new ("sqlite");
    g_autofree char *name = g_build_filename (run->folder, "link", NULL);
    g_autoptr (GFile) link = g_file_new_for_path (name);

    fill (run);
    g_assert_true (g_file_make_symbolic_link (link, "/etc", NULL, NULL));
    cr_json_set_string (json_array_get (json_object_get (run->job, "datasets"), 0), "folder", folders[i]);
    if (!run_go (run))
      return;
    g_assert_cmpint (run->exit_code, ==, 2);
  }
}

/* The public tweets, when they are there. */
static char *
tweets (void)
{
  const char *chosen = g_getenv ("CLEANROOM_TWEETS");
  g_autofree char *folder = g_strdup (chosen != NULL ? chosen : "../shared/data/tweets");
  g_autofree char *probe = g_build_filename (folder, "mwinkleTweets.csv", NULL);

  if (g_file_test (probe, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&folder);
  g_test_skip ("no public tweets (CLEANROOM_TWEETS)");
  return NULL;
}

static gboolean
fill_tweets (Run *run)
{
  static const char *const names[2][4] = { { "BrigitMurtaugh", "FranmerMS", "JeremyLikness", "mwinkle" },
                                           { "RahulPotharaju", "raghurwi", "MikeDoesBigData", "SQLCindy" } };
  g_autofree char *from = tweets ();

  for (int side = 0; from != NULL && side < 2; side++)
    for (int day = 0; day < 4; day++) {
      g_autofree char *name = g_strdup_printf ("%sTweets.csv", names[side][day]);
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_strdup_printf ("in/%d/2025-09-0%d/%s", side, day + 1, name);
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (source, &text, NULL, NULL));
      put (run, target, text);
    }
  return from != NULL;
}

static void
check_tweets (gconstpointer engine, const char *start, const char *end, gint64 read, guint rows,
              gint64 mentions)
{
  g_autoptr (Run) run = run_new (engine);
  g_autofree char *text = NULL, *statistics = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 sum = 0;

  if (!fill_tweets (run))
    return;
  set_dates (run, start, end);
  if (!run_go (run))
    return;
  g_assert_cmpstr (run->ids->str, ==, SUCCESS);
  statistics = g_strdup_printf ("\"rowsRead\":%" G_GINT64_FORMAT ",\"rowsWritten\":%u", read, rows);
  g_assert_nonnull (strstr (run->text->str, statistics));
  text = output (run);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, rows + 1);
  for (guint i = 1; i <= rows; i++)
    sum += g_ascii_strtoll (strrchr (lines[i], ',') + 1, NULL, 10);
  g_assert_cmpint (sum, ==, mentions);
  g_assert_cmpstr (lines[1], ==, *start == '\0' ? "DamianWidera,28" : "BrigitMurtaugh,16");
}

static void
test_tweets (gconstpointer engine)
{
  check_tweets (engine, "", "", 13872, 248, 786);
}

static void
test_tweets_days (gconstpointer engine)
{
  check_tweets (engine, "2025-09-01", "2025-09-02", 1664, 10, 38);
}

static void
test_cells (void)
{
  static const struct {
    const char *text, *cell;
  } cells[] = { { "plain", "plain" },
                { "a,b", "\"a,b\"" },
                { "say \"x\"", "\"say \\\"x\\\"\"" },
                { "", "\"\"" },
                { " x ", "x" },
                { "back\\slash", "back\\slash" },
                { "a,\\", "\"a,\\\\\"" },
                { "two\nlines", "\"two\nlines\"" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cells); i++) {
    RoomValue value = { .type = ROOM_STRING, .text = cells[i].text, .length = strlen (cells[i].text) };
    g_autoptr (GString) out = g_string_new (NULL);

    room_write_csv_cell (out, &value);
    g_assert_cmpstr (out->str, ==, cells[i].cell);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc function;
  } tests[] = {
    { "success", test_success },
    { "dates", test_dates },
    { "no-day", test_no_day },
    { "pre-condition", test_pre_condition },
    { "pre-condition-view", test_pre_condition_view },
    { "post-filter", test_post_filter },
    { "post-filter-column", test_post_filter_column },
    { "schema", test_schema },
    { "text-sum", test_text_sum },
    { "two-last", test_two_last },
    { "step-failure", test_step_failure },
    { "load-failure", test_load_failure },
    { "json", test_json_formats },
    { "tweets", test_tweets },
    { "tweets-days", test_tweets_days },
  };
  static const char *const engines[] = { "duckdb", "sqlite" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/room/cells", test_cells);
  g_test_add_func ("/room/bad-jobs", test_bad_jobs);
  g_test_add_func ("/room/escape", test_escape);
  for (gsize e = 0; e < G_N_ELEMENTS (engines); e++)
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path = g_strdup_printf ("/room/%s/%s", engines[e], tests[i].name);
      g_test_add_data_func (path, engines[e], tests[i].function);
    }
  return g_test_run ();
}
