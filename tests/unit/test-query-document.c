/* SPDX-License-Identifier: MIT
 * Query documents: both forms, and everything that is refused before it is sent.
 */
#include "base/encode.h"
#include "base/error.h"
#include "query/document.h"
#include "query/query.h"

#include <string.h>

#define LAST                                                                                                 \
  "SELECT author, COUNT(*) AS n FROM (SELECT * FROM pv UNION ALL SELECT * FROM cv) AS u GROUP BY author"

static QueryDocument *
example (void)
{
  g_autoptr (GError) error = NULL;
  QueryDocument *document = query_document_new ("woodgrove-query1");
  g_assert_true (query_document_add_inputs (
      document, "publisher_data:northwind-input, consumer_data:woodgrove-input", &error));
  query_document_set_output (document, "output", "woodgrove-output");
  g_assert_true (query_document_add_segment (
      document, 1, "CREATE OR REPLACE TEMP VIEW pv AS SELECT * FROM publisher_data", NULL, NULL, &error));
  g_assert_true (query_document_add_segment (
      document, 1, "CREATE OR REPLACE TEMP VIEW cv AS SELECT * FROM consumer_data;", NULL, "", &error));
  g_assert_true (query_document_add_segment (document, 2, LAST, "pv:100", "n:2", &error));
  g_assert_no_error (error);
  return document;
}

static void
test_current_form (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QueryDocument) document = example ();
  g_autoptr (json_t) value = query_document_to_json (document, &error);
  g_assert_no_error (error);
  json_t *application = json_object_get (value, "application");
  g_assert_cmpstr (cr_json_peek_string (application, "applicationType"), ==, "Spark-SQL");
  g_autoptr (GBytes) bytes = cr_base64_decode (cr_json_peek_string (application, "query"), "query", &error);
  g_autoptr (json_t) query = cr_json_parse_bytes (bytes, "query", &error);
  g_autofree char *last = cr_json_dump (json_array_get (json_object_get (query, "segments"), 2));
  g_assert_cmpstr (last, ==,
                   "{\"executionSequence\":2,\"data\":\"" LAST "\",\"preConditions\":[{\"viewName\":\"pv\","
                   "\"minRowCount\":100}],\"postFilters\":[{\"columnName\":\"n\",\"value\":2}]}");

  g_autofree char *text = query_document_to_text (document, &error);
  g_autoptr (QueryDocument) again = query_document_parse (text, &error);
  g_assert_no_error (error);
  g_assert_false (again->old_form);
  g_assert_cmpuint (again->inputs->len, ==, 2);
  g_assert_cmpuint (again->segments->len, ==, 3);
  g_autofree char *same = query_document_to_text (again, &error);
  g_assert_cmpstr (same, ==, text);
}

static void
test_old_form (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QueryDocument) document = query_document_parse (
      "{\"query\":\"SELECT 1 FROM "
      "publisher_data\",\"datasets\":{\"publisher_data\":\"n-1\",\"consumer_data\":\"w-1\"},\"datasink\":\"o-"
      "1\"}",
      &error);
  g_assert_no_error (error);
  g_assert_true (document->old_form);
  g_assert_cmpuint (document->inputs->len, ==, 2);
  g_assert_cmpstr (document->output_dataset, ==, "o-1");
  const QuerySegment *segment = document->segments->pdata[0];
  g_assert_cmpstr (segment->text, ==, "SELECT 1 FROM publisher_data");
}

static void
test_broken (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "[]",
    "7",
    "{}",
    "{\"query\":1}",
    "{\"query\":\"SELECT 1\"}",
    "{\"name\":\"a\",\"application\":7}",
    "{\"name\":\"a\",\"application\":{}}",
    "{\"name\":\"a\",\"application\":{\"applicationType\":\"Spark-ML\",\"payload\":{}}}",
    "{\"name\":\"a\",\"application\":{\"applicationType\":\"Spark-SQL\",\"query\":\"!!\"}}",
    "{\"name\":\"a\",\"application\":{\"applicationType\":\"Spark-SQL\",\"query\":\"e30=\",\"inputDataset\":["
    "],\"outputDataset\":{\"specification\":\"o\"}}}",
    "{\"name\":\"a\",\"application\":{\"applicationType\":\"Spark-SQL\",\"query\":\"e30=\",\"inputDataset\":["
    "7],\"outputDataset\":{}}}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (QueryDocument) document = query_document_parse (texts[i], &error);
    if (document != NULL)
      g_error ("accepted: %s", texts[i]);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void
test_statements (void)
{
  static const struct {
    const char *text;
    guint count;
  } table[] = {
    { "", 0 },
    { " ;; \n", 0 },
    { "-- only a comment\n", 0 },
    { "/* ; */", 0 },
    { "SELECT 1", 1 },
    { "SELECT 1;", 1 },
    { "SELECT ';' FROM t -- ; x", 1 },
    { "SELECT \"a;b\" FROM `c;d`;  -- end", 1 },
    { "SELECT 1; SELECT 2", 2 },
    { "SELECT 'it\\'s; fine'", 1 },
    { "SELECT 'open ; ", 1 },
    { "a;b;c", 3 },
    { "SELECT 4 / 2 - 1", 1 },
    { "'x'; 'y'", 2 },
    { "SELECT 'it''s; fine'", 1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_test_message ("%s", table[i].text);
    g_assert_cmpuint (query_count_statements (table[i].text), ==, table[i].count);
  }
}

static void
refused (QueryDocument *document, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (query_document_to_json (document, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  if (strstr (error->message, words) == NULL)
    g_error ("'%s' instead of '%s'", error->message, words);
  g_assert_nonnull (cr_error_hint (error));
  query_document_free (document);
}

static void
test_checks (void)
{
  g_autoptr (GError) error = NULL;
  QueryDocument *document = example ();
  g_free (document->name);
  document->name = g_strdup ("Woodgrove Query");
  refused (document, "cannot be the name");

  document = example ();
  query_document_add_input (document, "Publisher_Data", "x");
  refused (document, "Two datasets");
  document = example ();
  query_document_add_input (document, "1view", "x");
  refused (document, "name of a view");
  document = example ();
  query_document_add_input (document, "v", "../x");
  refused (document, "not a dataset id");
  document = example ();
  query_document_set_output (document, "output", "");
  refused (document, "no output dataset");

  document = example ();
  g_assert_true (query_document_add_segment (document, 2, "SELECT 2", NULL, NULL, &error));
  refused (document, "just 1 last segment but there are 2");
  document = example ();
  g_assert_true (query_document_add_segment (document, 0, "SELECT 2", NULL, NULL, &error));
  refused (document, "sequence number");
  document = example ();
  g_assert_true (query_document_add_segment (document, 3, "SELECT 2; DROP TABLE x", NULL, NULL, &error));
  refused (document, "2 statements");
  document = example ();
  g_assert_true (query_document_add_segment (document, 3, " -- nothing", NULL, NULL, &error));
  refused (document, "is empty");
  document = example ();
  g_assert_true (query_document_add_segment (document, 3, LAST, NULL, NULL, &error));
  refused (document, "same text");

  document = query_document_new ("q");
  query_document_set_output (document, "output", "o");
  refused (document, "reads no dataset");

  document = example ();
  g_assert_false (query_document_add_segment (document, 3, "SELECT 3", "pv", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (query_document_add_segment (document, 4, "SELECT 4", "pv:many", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  query_document_free (document);
}

static void
test_run_ids (void)
{
  g_autofree char *plain = query_job_id ("3f2a91bc");
  g_assert_cmpstr (plain, ==, "cl-spark-3f2a91bc");
  g_autofree char *odd = query_job_id ("Run_1.A");
  g_assert_cmpstr (odd, ==, "cl-spark-run-1-a");
  g_autofree char *long_id =
      query_job_id ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  g_assert_cmpuint (strlen (long_id), ==, 63);
  g_autofree char *run = query_run_id_new ();
  g_assert_cmpuint (strlen (run), ==, 8);

  g_assert_true (query_state_final ("SUBMISSION_FAILED"));
  g_assert_false (query_state_final ("RUNNING"));
  g_autoptr (json_t) early = json_pack ("{s:s, s:{s:{s:s}}}", "id", "x", "status", "applicationState",
                                        "state", "UNKNOWN");
  g_assert_cmpstr (query_state (early), ==, "UNKNOWN");
  g_autoptr (json_t) submitted = json_pack ("{s:s, s:s}", "status", "success", "id", "x");
  g_assert_cmpstr (query_state (submitted), ==, "UNKNOWN");
  g_assert_nonnull (query_failure_hint ("DataFrame schema does not match expected dataset schema."));
  g_assert_null (query_failure_hint ("something new"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query-document/current-form", test_current_form);
  g_test_add_func ("/query-document/old-form", test_old_form);
  g_test_add_func ("/query-document/broken", test_broken);
  g_test_add_func ("/query-document/statements", test_statements);
  g_test_add_func ("/query-document/checks", test_checks);
  g_test_add_func ("/query-document/run-ids", test_run_ids);
  return g_test_run ();
}
