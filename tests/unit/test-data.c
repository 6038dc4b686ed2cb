/* SPDX-License-Identifier: MIT
 * Sample data, CSV, dataset documents, datastore files.
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/datastore.h"
#include "data/sample.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define SAMPLE_QUERY                                                                                          \
  "SELECT author, COUNT(*) AS Number_Of_Mentions FROM (SELECT * FROM publisher_data UNION ALL SELECT * FROM " \
  "consumer_data) AS combine_data WHERE mentions LIKE '%MikeDoesBigData%' GROUP BY author ORDER BY "          \
  "Number_Of_Mentions DESC"

/* --- the sample query over a layout, by SQLite ---------------------------------------------------------- */

static void
sql (sqlite3 *db, const char *text)
{
  char *message = NULL;
  if (sqlite3_exec (db, text, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", text, message);
}

static guint
load_file (sqlite3 *db, const char *table, const char *path, DataCsvMode mode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DataCsv) csv = data_csv_open (path, NULL, mode, &error);
  g_assert_no_error (error);
  g_autofree char *insert = g_strdup_printf ("INSERT INTO %s VALUES (?, ?, ?, ?)", table);
  sqlite3_stmt *statement;
  g_assert_cmpint (sqlite3_prepare_v2 (db, insert, -1, &statement, NULL), ==, SQLITE_OK);
  const char *const *fields;
  guint count, rows = 0;
  while (data_csv_next (csv, &fields, &count, &error)) {
    g_assert_cmpuint (count, ==, 4);
    for (guint i = 0; i < count; i++)
      sqlite3_bind_text (statement, (int) i + 1, fields[i], -1, SQLITE_TRANSIENT);
    g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_DONE);
    sqlite3_reset (statement);
    rows++;
  }
  g_assert_no_error (error);
  sqlite3_finalize (statement);
  return rows;
}

typedef struct {
  guint read, rows, total;
  guint top[10];
} Answer;

/* DAYS: NULL = all; otherwise the day folders to read. */
static Answer
ask (const char *northwind, const char *woodgrove, const char *const *days, gboolean case_sensitive,
     DataCsvMode mode)
{
  Answer answer = { 0 };
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  sql (db, "CREATE TABLE publisher_data (date, time, author, mentions);"
           "CREATE TABLE consumer_data (date, time, author, mentions); BEGIN");
  if (case_sensitive)
    sql (db, "PRAGMA case_sensitive_like = 1");
  const char *const all[] = { "2025-09-01", "2025-09-02", "2025-09-03", "2025-09-04", NULL };
  for (guint i = 0; (days != NULL ? days : all)[i] != NULL; i++)
    for (const DataSampleFile *file = data_sample_files (); file->file != NULL; file++) {
      gboolean publisher = strcmp (file->persona, "northwind") == 0;
      g_autofree char *path = g_build_filename (publisher ? northwind : woodgrove, "datasource", "input",
                                                (days != NULL ? days : all)[i], file->file, NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        answer.read += load_file (db, publisher ? "publisher_data" : "consumer_data", path, mode);
    }
  sqlite3_stmt *statement;
  g_assert_cmpint (sqlite3_prepare_v2 (db, SAMPLE_QUERY, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW) {
    guint count = (guint) sqlite3_column_int (statement, 1);
    if (answer.rows < G_N_ELEMENTS (answer.top))
      answer.top[answer.rows] = count;
    answer.rows++;
    answer.total += count;
  }
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return answer;
}

static void
assert_answers (const char *source)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-data-XXXXXX", &error);
  g_autofree char *northwind = g_build_filename (dir, "northwind", NULL);
  g_autofree char *woodgrove = g_build_filename (dir, "woodgrove", NULL);
  g_autoptr (DataSampleLayout) one = data_sample_lay_out (northwind, "northwind", source, "2025-09-01", NULL,
                                                          &error);
  g_assert_no_error (error);
  g_autoptr (DataSampleLayout) two = data_sample_lay_out (woodgrove, "woodgrove", source, "2025-09-01", NULL,
                                                          &error);
  g_assert_no_error (error);
  g_assert_cmpuint (one->rows, ==, 9437);
  g_assert_cmpuint (two->rows, ==, 4435);
  g_assert_null (one->output);
  g_assert_nonnull (two->output);
  g_assert_cmpstr (one->first_day, ==, "2025-09-01");
  g_assert_cmpstr (one->last_day, ==, "2025-09-04");

  for (DataCsvMode mode = DATA_CSV_STRICT; mode <= DATA_CSV_SPARK; mode++) {
    Answer all = ask (northwind, woodgrove, NULL, TRUE, mode);
    g_assert_cmpuint (all.read, ==, 13872);
    g_assert_cmpuint (all.rows, ==, 248);
    g_assert_cmpuint (all.total, ==, 786);
    const guint top[10] = { 28, 27, 25, 20, 19, 17, 17, 15, 15, 15 };
    g_assert_cmpmem (all.top, sizeof all.top, top, sizeof top);
  }
  Answer loose = ask (northwind, woodgrove, NULL, FALSE, DATA_CSV_STRICT);
  g_assert_cmpuint (loose.rows, ==, 252);
  g_assert_cmpuint (loose.total, ==, 799);
  g_assert_cmpuint (loose.top[0], ==, 29);

  const char *const two_days[] = { "2025-09-01", "2025-09-02", NULL };
  const guint few[10] = { 16, 12, 2, 2, 1, 1, 1, 1, 1, 1 };
  Answer range = ask (northwind, woodgrove, two_days, TRUE, DATA_CSV_STRICT);
  g_assert_cmpuint (range.read, ==, 1664);
  g_assert_cmpuint (range.rows, ==, 10);
  g_assert_cmpuint (range.total, ==, 38);
  g_assert_cmpmem (range.top, sizeof range.top, few, sizeof few);
  const char *const first[] = { "2025-09-01", NULL };
  Answer day_one = ask (northwind, woodgrove, first, TRUE, DATA_CSV_STRICT);
  g_assert_cmpuint (day_one.read, ==, 539);
  g_assert_cmpmem (day_one.top, sizeof day_one.top, few, sizeof few);
  const char *const second[] = { "2025-09-02", NULL };
  g_assert_cmpuint (ask (northwind, woodgrove, second, TRUE, DATA_CSV_STRICT).rows, ==, 0);

  g_autofree char *input = g_build_filename (woodgrove, "datasource", "input", NULL);
  g_autoptr (DataFolder) folder = data_describe (input, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (folder->days, ==, 4);
  g_assert_cmpuint (folder->rows, ==, 4435);
  g_assert_cmpuint (folder->schema->fields->len, ==, 4);
  g_assert_true (cr_dir_remove (dir, NULL));
}

static void
test_built_in (void)
{
  assert_answers (NULL);
}

static void
test_public_files (void)
{
  const char *folder = g_getenv ("CLEANROOM_TWEETS");
  if (folder == NULL)
    folder = "../shared/data/tweets";
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_test_skip ("the public files are not here (set CLEANROOM_TWEETS)");
    return;
  }
  assert_answers (folder);
}

/* What the built-in text must have so that it tests what real text would. */
static void
test_built_in_text (void)
{
  static const guint hits[] = { 22, 0, 0, 4, 16, 0, 744, 0 };
  guint ampersands = 0, backslashes = 0, quotes = 0, accents = 0, index = 0;
  for (const DataSampleFile *file = data_sample_files (); file->file != NULL; file++, index++) {
    g_autoptr (GBytes) bytes = data_sample_generate (file);
    g_autoptr (GBytes) again = data_sample_generate (file);
    g_assert_true (g_bytes_equal (bytes, again));
    gsize length;
    const char *text = g_bytes_get_data (bytes, &length);
    g_assert_true (g_utf8_validate_len (text, length, NULL));
    g_assert_cmpint (text[length - 2], ==, '\r');
    guint found = 0, rows = 0;
    for (const char *p = text; p < text + length; p++) {
      rows += *p == '\n';
      backslashes += *p == '\\';
      quotes += *p == '"';
      accents += (guchar) *p >= 0xc2;
      ampersands += strncmp (p, "&amp;", 5) == 0;
      found += strncmp (p, DATA_SAMPLE_WORD, strlen (DATA_SAMPLE_WORD)) == 0;
      g_assert_true (*p != '\n' || p[-1] == '\r');
    }
    g_assert_cmpuint (rows, ==, file->rows);
    g_assert_cmpuint (found, ==, hits[index]);
  }
  g_assert_cmpuint (ampersands, >, 50);
  g_assert_cmpuint (backslashes, >, 5);
  g_assert_cmpuint (quotes, >, 4000);
  g_assert_cmpuint (accents, >, 3000);
}

/* The same bytes on every machine: a dataset that was published stays comparable. */
static void
test_built_in_digest (void)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (const DataSampleFile *file = data_sample_files (); file->file != NULL; file++) {
    g_autoptr (GBytes) bytes = data_sample_generate (file);
    g_checksum_update (sum, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  }
  g_assert_cmpstr (g_checksum_get_string (sum), ==,
                   "d672e793ff44ad3a6ba7cbb3cac6714c9c7b873eab243e18536a1303cee1aa88");
  g_checksum_free (sum);
}

/* --- CSV ------------------------------------------------------------------------------------------------ */

typedef struct {
  const char *text;
  DataCsvMode mode;
  const char *fields; /* fields joined by '|', records by '/'; NULL = an error */
  const char *problem;
} CsvCase;

static const CsvCase csv_cases[] = {
  { "a,b\r\nc,d\n", DATA_CSV_STRICT, "a|b/c|d", NULL },
  { "\xef\xbb\xbf"
    "a,b",
    DATA_CSV_STRICT, "a|b", NULL },
  { "a,\"b, \"\"c\"\"\"\n", DATA_CSV_STRICT, "a|b, \"c\"", NULL },
  { "a,\"b\nc\"\nd,e\n", DATA_CSV_STRICT, "a|b\nc/d|e", NULL },
  { "a,,\n\n\nb\n", DATA_CSV_STRICT, "a||/b", NULL },
  { ",\n", DATA_CSV_STRICT, "|", NULL },
  { "a\\,b\n", DATA_CSV_STRICT, "a\\|b", NULL },
  { "", DATA_CSV_STRICT, "", NULL },
  { "a,b\nx\"y,z\n", DATA_CSV_STRICT, NULL, "t.csv:2: a quote inside a field" },
  { "a,b\n\"x\"y,z\n", DATA_CSV_STRICT, NULL, "t.csv:2: text after the closing quote" },
  { "a\n\n\"x,z\nq\n", DATA_CSV_STRICT, NULL, "t.csv:3: the quoted field that starts here has no end" },
  { "a,\"l\n\"\nb\xff\n", DATA_CSV_STRICT, NULL, "t.csv:3: field 1 is not UTF-8" },
  { "a,\"b \\\"c\\\" d\",e\n", DATA_CSV_SPARK, "a|b \"c\" d|e", NULL },
  { "a,\"C:\\data\\in, x\"\n", DATA_CSV_SPARK, "a|C:\\data\\in, x", NULL },
  { "a,\"b \"\"c\"\" d\",e\n", DATA_CSV_SPARK, "a|\"b \"\"c\"\" d\"|e", NULL },
  { "a,\"open\nb\n", DATA_CSV_SPARK, "a|open/b", NULL },
  { "a,x\"y\n", DATA_CSV_SPARK, "a|x\"y", NULL },
  { "\"a\\\\\",b\n", DATA_CSV_SPARK, "a\\|b", NULL },
};

static void
test_csv (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (csv_cases); i++) {
    const CsvCase *c = &csv_cases[i];
    g_autoptr (DataCsv) csv = data_csv_new (c->text, strlen (c->text), "t.csv", c->mode);
    g_autoptr (GString) got = g_string_new (NULL);
    g_autoptr (GError) error = NULL;
    const char *const *fields;
    guint count;
    for (guint record = 0; data_csv_next (csv, &fields, &count, &error); record++)
      for (guint f = 0; f < count; f++)
        g_string_append_printf (got, "%s%s", f > 0 ? "|" : record > 0 ? "/" : "", fields[f]);
    if (c->fields != NULL) {
      g_assert_no_error (error);
      g_assert_cmpstr (got->str, ==, c->fields);
    } else {
      g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
      g_assert_true (g_str_has_prefix (error->message, c->problem));
    }
  }
  g_autoptr (DataCsv) zero = data_csv_new ("a\0b\n", 4, "t.csv", DATA_CSV_STRICT);
  g_autoptr (GError) error = NULL;
  const char *const *fields;
  guint count;
  g_assert_false (data_csv_next (zero, &fields, &count, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_csv_append (void)
{
  g_autoptr (GString) out = g_string_new (NULL);
  data_csv_append (out, "plain");
  data_csv_append (out, "a \"b\", c");
  g_assert_cmpstr (out->str, ==, "plain\"a \"\"b\"\", c\"");
}

/* Quoted fields and line numbers across the edge of the read buffer. */
static void
test_csv_large (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "%u,\"a,%u\"\r\n", i, i);
  g_string_append (text, "bad\"\r\n");
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-csv-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "big.csv", NULL);
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (DataCsv) csv = data_csv_open (path, "big.csv", DATA_CSV_STRICT, &error);
  const char *const *fields;
  guint count, rows = 0;
  while (data_csv_next (csv, &fields, &count, &error)) {
    g_autofree char *expected = g_strdup_printf ("a,%u", rows);
    g_assert_cmpstr (fields[1], ==, expected);
    g_assert_true (data_csv_quoted (csv, 1));
    g_assert_false (data_csv_quoted (csv, 0));
    rows++;
  }
  g_assert_cmpuint (rows, ==, 20000);
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_true (g_str_has_prefix (error->message, "big.csv:20001: "));
  g_assert_true (cr_dir_remove (dir, NULL));
}

/* --- --data DIR ----------------------------------------------------------------------------------------- */

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_check (void)
{
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-check-XXXXXX", NULL);
  for (const DataSampleFile *file = data_sample_files (); file->file != NULL; file++)
    if (!g_str_has_prefix (file->file, "mwinkle") && !g_str_has_prefix (file->file, "SQL"))
      put (dir, file->file, "1/01/2020,10:00,a,\"b, c\"\r\n");
  g_autoptr (GError) error = NULL;
  g_assert_false (data_sample_check (dir, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "Missing: mwinkleTweets.csv, SQLCindyTweets.csv."));
  g_clear_error (&error);

  put (dir, "mwinkleTweets.csv", "1/01/2020,10:00,a,b\n2/01/2020,10:00,a,b,c\n");
  put (dir, "SQLCindyTweets.csv", "1/01/2020,10:00,a,b\n");
  g_assert_false (data_sample_check (dir, NULL, &error));
  g_assert_nonnull (strstr (error->message, "mwinkleTweets.csv:2: 5 columns where 4 are expected"));
  g_clear_error (&error);
  /* Nothing is written from a wrong source. */
  g_autofree char *persona = g_build_filename (dir, "northwind", NULL);
  g_assert_null (data_sample_lay_out (persona, "northwind", dir, "2025-09-01", NULL, &error));
  g_assert_false (g_file_test (persona, G_FILE_TEST_EXISTS));
  g_clear_error (&error);

  put (dir, "mwinkleTweets.csv", "");
  g_assert_false (data_sample_check (dir, NULL, &error));
  g_assert_nonnull (strstr (error->message, "the file has no rows"));
  g_clear_error (&error);
  put (dir, "mwinkleTweets.csv", "1/01/2020,10:00,a,b\n");
  g_assert_true (data_sample_check (dir, NULL, &error));
  g_assert_no_error (error);

  g_assert_null (data_sample_lay_out (persona, "operator", NULL, "2025-09-01", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (data_sample_lay_out (persona, "northwind", NULL, "2025-02-30", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_true (cr_dir_remove (dir, NULL));
}

/* Another start day replaces the days of the layout before, but not a day with other files. */
static void
test_layout_again (void)
{
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-again-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DataSampleLayout) first = data_sample_lay_out (dir, "woodgrove", NULL, "2025-09-01", NULL,
                                                            &error);
  g_assert_no_error (error);
  g_autofree char *own = g_build_filename (first->input, "2025-08-01", NULL);
  g_assert_cmpint (g_mkdir (own, 0700), ==, 0);
  put (own, "mine.csv", "1,2,3,4\n");
  g_autoptr (DataSampleLayout) second = data_sample_lay_out (dir, "woodgrove", NULL, "2025-12-30", NULL,
                                                             &error);
  g_assert_no_error (error);
  g_assert_cmpstr (second->last_day, ==, "2026-01-02");
  g_autoptr (DataFolder) folder = data_describe (first->input, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (folder->days, ==, 5);
  g_assert_cmpuint (folder->rows, ==, 4436);
  g_assert_cmpstr (folder->first_day, ==, "2025-08-01");

  put (own, "mine.csv", "1,2,3\n");
  g_autoptr (DataFolder) bad = data_describe (first->input, NULL, &error);
  g_assert_null (bad);
  g_assert_nonnull (strstr (error->message, "mine.csv:1: 3 columns where 4 are expected"));
  g_assert_true (cr_dir_remove (dir, NULL));
}

typedef struct {
  CrJob *job;
  guint64 last, total, stop_at; /* 0 = never */
  guint calls;
} Watch;

static void
watch (const char *phase, guint64 done, guint64 total, gpointer data)
{
  Watch *it = data;
  g_assert_true (g_str_has_prefix (phase, "reading 2025-09-0"));
  g_assert_cmpuint (done, >=, it->last);
  g_assert_cmpuint (done, <=, total);
  it->last = done;
  it->total = total;
  it->calls++;
  if (it->stop_at > 0 && done >= it->stop_at)
    g_cancellable_cancel (cr_job_cancellable (it->job));
}

/* Reading much data says how far it is, and ends when it is told to. */
static void
test_reading (void)
{
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-reading-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  const guint64 bytes = 2 * 1024 * 1024;
  while (text->len < bytes)
    g_string_append (text, "2025-09-01T00:00:00,author,words and more words,1\n");
  for (guint day = 1; day <= 2; day++) {
    g_autofree char *folder = g_strdup_printf ("%s/2025-09-0%u", dir, day);
    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    put (folder, "a.csv", text->str);
  }
  for (guint way = 0; way < 2; way++) {
    g_autoptr (CrJob) job = cr_job_new ();
    Watch it = { .job = job, .stop_at = way == 0 ? 0 : bytes / 2 };
    cr_job_on_progress (job, watch, &it);
    g_autoptr (DataFolder) folder = data_describe (dir, job, &error);
    g_assert_cmpuint (it.total, ==, 2 * text->len);
    if (way == 0) {
      g_assert_no_error (error);
      g_assert_cmpuint (folder->bytes, ==, it.total);
      g_assert_cmpuint (it.last, >, text->len);
      g_assert_cmpuint (it.calls, >, 8);
    } else {
      g_assert_null (folder);
      g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
      g_assert_cmpuint (it.last, <, bytes);
      g_clear_error (&error);
    }
  }
  g_assert_true (cr_dir_remove (dir, NULL));
}

/* --- documents ------------------------------------------------------------------------------------------ */

static json_t *
sample_access_point (const char *name, DataAccess access)
{
  const DataAccessPointSpec spec = {
    .name = name,
    .access = access,
    .container = "c1",
    .datastore = "d1",
    .blob_url = "https://127.0.0.1:9/acct/",
    .identity_name = "woodgrove-identity",
    .client_id = "client-1",
    .tenant_id = "tenant-1",
    .issuer_url = "https://127.0.0.1:9/oidc/path",
  };
  return data_access_point (&spec);
}

static void
test_dataset (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DataSchema) schema = data_schema_sample_output ();
  g_autoptr (json_t) point = sample_access_point ("woodgrove-output-9f8e7d6c", DATA_ACCESS_WRITE);
  g_autoptr (json_t) document = data_dataset_build ("woodgrove-output-9f8e7d6c", schema, DATA_ACCESS_WRITE,
                                                    NULL, point, &error);
  g_assert_no_error (error);
  g_autofree char *text = cr_json_dump (document);
  g_assert_nonnull (strstr (
      text, "\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"author\",\"fieldType\":"
            "\"string\"},{\"fieldName\":\"Number_Of_Mentions\",\"fieldType\":\"long\"}]}"));
  g_assert_nonnull (
      strstr (text, "\"accessMode\":\"write\",\"allowedFields\":[\"author\",\"Number_Of_Mentions\"]"));
  g_assert_nonnull (strstr (text, "SecureVolume__ReadWrite__Azure__BlobStorage"));
  g_assert_nonnull (strstr (text, "eyJLZXlUeXBlIjoiS0VLIiwiRW5jcnlwdGlvbk1vZGUiOiJTU0UifQ=="));

  g_autoptr (DataDataset) dataset = data_dataset_read_text (text, &error);
  g_assert_no_error (error);
  g_assert_false (dataset->old_form);
  g_assert_cmpstr (dataset->name, ==, "woodgrove-output-9f8e7d6c");
  g_assert_cmpint (dataset->access, ==, DATA_ACCESS_WRITE);
  g_assert_cmpstr (dataset->container, ==, "c1");
  g_assert_cmpstr (dataset->store_url, ==, "https://127.0.0.1:9/acct/");
  g_assert_cmpstr (dataset->encryption_mode, ==, "SSE");
  g_assert_cmpstr (dataset->client_id, ==, "client-1");
  g_assert_cmpstr (dataset->issuer_url, ==, "https://127.0.0.1:9/oidc/path");
  g_assert_cmpuint (g_strv_length (dataset->allowed), ==, 2);

  /* Names that the clean room could not mount, and fields that do not exist. */
  g_assert_null (data_dataset_build ("other", schema, DATA_ACCESS_WRITE, NULL, point, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (json_t) upper = sample_access_point ("Bad_Name", DATA_ACCESS_READ);
  g_assert_null (data_dataset_build ("Bad_Name", schema, DATA_ACCESS_READ, NULL, upper, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  const char *const unknown[] = { "author", "nobody", NULL };
  g_assert_null (
      data_dataset_build ("woodgrove-output-9f8e7d6c", schema, DATA_ACCESS_WRITE, unknown, point, &error));
  g_assert_nonnull (strstr (error->message, "nobody"));
  g_clear_error (&error);
  const char *const nothing[] = { NULL };
  g_assert_null (
      data_dataset_build ("woodgrove-output-9f8e7d6c", schema, DATA_ACCESS_WRITE, nothing, point, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_dataset_old_form (void)
{
  static const char text[] =
      "{\"name\":\"northwind-input-1a2b3c4d\",\"format\":\"csv\",\"schema\":{\"date\":{\"type\":\"date\"},"
      "\"time\":{\"type\":\"string\"},\"author\":{\"type\":\"string\"},\"mentions\":{\"type\":\"string\"}},"
      "\"accessPoint\":{\"name\":\"northwind-input\",\"type\":\"Volume_ReadOnly\",\"path\":\"\","
      "\"store\":{\"name\":\"c\",\"type\":\"Azure_BlobStorage\"},\"identity\":null,\"protection\":{}}}";
  g_autoptr (GError) error = NULL;
  g_autoptr (DataDataset) dataset = data_dataset_read_text (text, &error);
  g_assert_no_error (error);
  g_assert_true (dataset->old_form);
  g_assert_null (dataset->allowed);
  g_assert_cmpint (dataset->access, ==, DATA_ACCESS_READ);
  g_assert_cmpuint (dataset->schema->fields->len, ==, 4);
  const DataField *last = g_ptr_array_index (dataset->schema->fields, 3);
  g_assert_cmpstr (last->name, ==, "mentions");
  g_assert_null (dataset->encryption_mode);
}

/* schema.json as the public samples have it: columns alone, or below "schema". */
static void
test_schema_old_form (void)
{
  static const struct {
    const char *text, *format;
  } good[] = {
    { "{\"date\":{\"type\":\"date\"},\"author\":{\"type\":\"string\"}}", "csv" },
    { "{\"format\":\"json\",\"schema\":{\"date\":{\"type\":\"date\"},\"author\":{\"type\":\"string\"}}}",
      "json" },
    { "{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"date\",\"fieldType\":\"date\"},"
      "{\"fieldName\":\"author\",\"fieldType\":\"string\"}]}",
      "csv" },
  };
  static const char *const bad[] = { "{}", "[]", "{\"schema\":{}}", "{\"a\":{\"type\":\"word\"}}",
                                     "{\"a\":{\"type\":\"date\"},\"b\":\"date\"}" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) value = cr_json_parse (good[i].text, strlen (good[i].text), "schema.json", &error);
    g_autoptr (DataSchema) schema = data_schema_from_json (value, "schema.json", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (schema->format, ==, good[i].format);
    g_assert_cmpuint (schema->fields->len, ==, 2);
    const DataField *first = g_ptr_array_index (schema->fields, 0),
                    *last = g_ptr_array_index (schema->fields, 1);
    g_assert_cmpstr (first->name, ==, "date");
    g_assert_cmpstr (last->type, ==, "string");
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) value = cr_json_parse (bad[i], strlen (bad[i]), "schema.json", NULL);
    g_assert_null (data_schema_from_json (value, "schema.json", &error));
    g_assert_nonnull (error);
  }
}

static void
test_dataset_bad (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{",
    "{\"name\":\"x\"}",
    "{\"name\":1,\"datasetSchema\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"xml\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"string\"}]},"
    "\"datasetAccessPolicy\":{\"accessMode\":\"read\",\"allowedFields\":[\"a\"]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"word\"}]},"
    "\"datasetAccessPolicy\":{\"accessMode\":\"read\",\"allowedFields\":[\"a\"]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"date\"},"
    "{\"fieldName\":\"a\",\"fieldType\":\"date\"}]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"date\"}]},"
    "\"datasetAccessPolicy\":{\"accessMode\":\"peek\",\"allowedFields\":[\"a\"]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"date\"}]},"
    "\"datasetAccessPolicy\":{\"accessMode\":\"read\",\"allowedFields\":[1]},\"datasetAccessPoint\":{}}",
    "{\"name\":\"x\",\"datasetSchema\":{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"date\"}]},"
    "\"datasetAccessPolicy\":{\"accessMode\":\"read\",\"allowedFields\":[\"a\"]},\"datasetAccessPoint\":{\"store\":1}}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (DataDataset) dataset = data_dataset_read_text (bad[i], &error);
    g_assert_null (dataset);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/csv/table", test_csv);
  g_test_add_func ("/data/csv/append", test_csv_append);
  g_test_add_func ("/data/csv/large", test_csv_large);
  g_test_add_func ("/data/sample/built-in", test_built_in);
  g_test_add_func ("/data/sample/text", test_built_in_text);
  g_test_add_func ("/data/sample/digest", test_built_in_digest);
  g_test_add_func ("/data/sample/public-files", test_public_files);
  g_test_add_func ("/data/sample/check", test_check);
  g_test_add_func ("/data/sample/layout-again", test_layout_again);
  g_test_add_func ("/data/reading", test_reading);
  g_test_add_func ("/data/dataset/current-form", test_dataset);
  g_test_add_func ("/data/dataset/old-form", test_dataset_old_form);
  g_test_add_func ("/data/schema/old-form", test_schema_old_form);
  g_test_add_func ("/data/dataset/bad", test_dataset_bad);
  return g_test_run ();
}
