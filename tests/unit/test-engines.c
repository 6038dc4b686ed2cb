/* SPDX-License-Identifier: MIT
 * The same queries on both engines: rows, names, Spark types, refusals.
 */
#include "base/error.h"
#include "room/engine.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  const char *name;
  const char *sql;
  const char *columns; /* "name type, name type" */
  const char *rows;    /* "a|b;c|d", NULL as ~ ; sorted by the query */
} Query;

/* t(author text, mentions text, n integer, big long, x double, flag boolean, day date) */
static const Query queries[] = {
  { "q1",
    "SELECT author, COUNT(*) AS Number_Of_Mentions FROM (SELECT * FROM publisher_data UNION ALL SELECT * FROM "
    "consumer_data) AS combine_data WHERE mentions LIKE '%MikeDoesBigData%' GROUP BY author ORDER BY "
    "Number_Of_Mentions DESC, author",
    "author string, Number_Of_Mentions long", "ann|3;bob|1" },
  { "q4",
    "SELECT author, COUNT(*) AS Number_Of_Mentions, SUM(mentions) AS Restricted_Sum FROM publisher_data GROUP BY "
    "author ORDER BY author",
    "author string, Number_Of_Mentions long, Restricted_Sum number", NULL },
  { "q5", "SELECT * FROM consumer_data", "author string, mentions string", "ann|hi @MikeDoesBigData" },
  { "q6", "SELECT region, SUM(sales) FROM transactions GROUP BY region ORDER BY region",
    "region string, sum(sales) long", "~|4;north|30;south|5" },
  { "q7", "SELECT * FROM transactions WHERE sales > 10 ORDER BY sales",
    "region string, sales integer, price number", "north|20|2.5" },
  { "q8",
    "SELECT author, COUNT(*) AS n FROM COMBINED_TWEETS WHERE mentions LIKE '%MikeDoesBigData%' GROUP BY author "
    "ORDER BY n DESC LIMIT 1",
    "author string, n long", "ann|2" },
  { "count name", "SELECT COUNT(*) FROM consumer_data", "count(1) long", "1" },
  { "like case", "SELECT author FROM publisher_data WHERE mentions LIKE '%mikedoesbigdata%'", "author string",
    "cyd" },
  { "like escape", "SELECT author FROM odd WHERE text LIKE '100\\% sure'", "author string", "ann" },
  { "like underscore", "SELECT author FROM odd WHERE text LIKE '100__sure' ORDER BY author", "author string",
    "ann;bob" },
  { "double quotes", "SELECT author FROM odd WHERE text = \"100% sure\"", "author string", "ann" },
  { "backticks", "SELECT `author` AS `my name` FROM `odd` ORDER BY `my name` LIMIT 1", "my name string",
    "ann" },
  { "escapes", "SELECT 'it\\'s' AS a, 'x''y' AS b, \"say \\\"hi\\\"\" AS c", "a string, b string, c string",
    "it's|x'y|say \"hi\"" },
  { "division", "SELECT 7/2 AS a, 7 DIV 2 AS b, 1 + 6 / 4 AS c", "a number, b long, c number", "3.5|3|2.5" },
  { "null order", "SELECT region FROM transactions ORDER BY region DESC", "region string",
    "south;north;north;~" },
  { "null order up", "SELECT region FROM transactions ORDER BY region", "region string",
    "~;north;north;south" },
  { "sums",
    "SELECT SUM(sales) AS a, SUM(price) AS b, AVG(sales) AS c, MIN(sales) AS d, MAX(region) AS e, COUNT(region) "
    "AS f FROM transactions",
    "a long, b number, c number, d integer, e string, f long", "39|5.5|9.75|4|south|3" },
  { "text sum", "SELECT SUM(text) AS s FROM numbers", "s number", "3.5" },
  { "literals", "SELECT 1 AS a, 10L AS b, 1.5D AS c, 'x' AS d, TRUE AS e",
    "a integer, b long, c number, d string, e boolean", "1|10|1.5|x|true" },
  { "nested", "SELECT n FROM (SELECT COUNT(*) AS n FROM publisher_data) AS q WHERE n > 100", "n long", "" },
  { "with", "WITH w AS (SELECT author FROM odd) SELECT author FROM w ORDER BY author", "author string",
    "ann;bob" },
  { "join", "SELECT o.author, p.mentions FROM odd o JOIN consumer_data p ON o.author = p.author",
    "author string, mentions string", "ann|hi @MikeDoesBigData" },
  { "operators", "SELECT author FROM odd WHERE author == 'ann' AND !(author = 'bob') AND author <=> 'ann'",
    "author string", "ann" },
  { "casts", "SELECT CAST('12' AS INT) AS a, CAST(12 AS STRING) AS b, CAST('1.5' AS DOUBLE) AS c",
    "a integer, b string, c number", "12|12|1.5" },
  { "unicode",
    "SELECT UPPER('stra\xc3\x9f"
    "e \xc3\xa9') AS u",
    "u string", NULL },
  { "concat", "SELECT concat(author, '-', text) AS c FROM odd WHERE author = 'ann'", "c string",
    "ann-100% sure" },
  { "comments", "SELECT author /* a; b */ FROM odd -- the end; really\n WHERE author = 'bob';",
    "author string", "bob" },
  { "union types",
    "SELECT sales FROM transactions WHERE sales = 20 UNION ALL SELECT sales FROM transactions WHERE "
    "sales = 20",
    "sales integer", "20;20" },
  { "empty", "SELECT author, COUNT(*) AS n FROM odd WHERE author = 'zed' GROUP BY author",
    "author string, n long", "" },
  { "is distinct", "SELECT COUNT(*) AS n FROM transactions WHERE region IS DISTINCT FROM 'north'", "n long",
    "2" },
  { "in", "SELECT author FROM odd WHERE author IN (SELECT author FROM consumer_data)", "author string",
    "ann" },
  { "case",
    "SELECT CASE WHEN sales > 10 THEN 'big' ELSE 'small' END AS size, COUNT(*) AS n FROM transactions GROUP BY 1 "
    "ORDER BY size",
    "size string, n long", "big|1;small|3" },
};

typedef struct {
  const char *name, *sql, *message;
} Refusal;

static const Refusal refusals[] = {
  { "unknown view", "SELECT * FROM nosuch", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nosuch`" },
  { "unknown column", "SELECT nosuch FROM odd", "[UNRESOLVED_COLUMN" },
  { "unknown function", "SELECT nosuch(author) FROM odd",
    "[UNRESOLVED_ROUTINE] Cannot resolve routine `nosuch`" },
  { "syntax", "SELECT FROM WHERE", "[PARSE_SYNTAX_ERROR]" },
  { "quote", "SELECT 'abc", "[PARSE_SYNTAX_ERROR]" },
  { "two statements", "SELECT 1 AS a; SELECT 2 AS b", "one statement per segment" },
  { "insert", "INSERT INTO odd VALUES ('a', 'b')", "[PARSE_SYNTAX_ERROR]" },
  { "drop", "DROP TABLE odd", "[PARSE_SYNTAX_ERROR]" },
  { "attach", "ATTACH '/etc/passwd' AS p", "[PARSE_SYNTAX_ERROR]" },
  { "pragma", "PRAGMA database_list", "[PARSE_SYNTAX_ERROR]" },
  { "copy", "COPY odd TO '/tmp/x'", "[PARSE_SYNTAX_ERROR]" },
  { "create table", "CREATE TABLE x AS SELECT 1 AS a", "[PARSE_SYNTAX_ERROR]" },
  { "view over nothing", "CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM nosuch",
    "[TABLE_OR_VIEW_NOT_FOUND]" },
  { "existing view", "CREATE TEMP VIEW odd AS SELECT 1 AS a", "[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS]" },
  { "path", "SELECT * FROM csv.`/etc/passwd`", "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "path text", "SELECT * FROM '/etc/passwd'", "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "path name", "SELECT * FROM `/etc/passwd`", "[TABLE_OR_VIEW_NOT_FOUND]" },
  { "path after comma", "SELECT * FROM odd, \"/etc/passwd\"", "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "table function", "SELECT * FROM read_csv('/etc/passwd')", "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "scalar function", "SELECT getenv('HOME') AS h", "[UNRESOLVED_ROUTINE]" },
  { "nested path", "SELECT * FROM (SELECT * FROM read_text('/etc/passwd')) AS q",
    "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "join path", "SELECT * FROM odd JOIN parquet.`x` ON 1 = 1", "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY]" },
  { "catalog", "SELECT * FROM sqlite_master", "[TABLE_OR_VIEW_NOT_FOUND]" },
  { "catalog 2", "SELECT * FROM information_schema.tables", "[TABLE_OR_VIEW_NOT_FOUND]" },
  { "statement inside", "SELECT * FROM (DELETE FROM odd) AS q", "[PARSE_SYNTAX_ERROR]" },
  { "cast", "SELECT CAST(text AS INT) AS n FROM odd", "[CAST_INVALID_INPUT]" },
  { "text sum", "SELECT SUM(text) AS n FROM odd", "[CAST_INVALID_INPUT]" },
  { "zero", "SELECT sales / (sales - 20) AS q FROM transactions", "[DIVIDE_BY_ZERO]" },
};

static RoomEngine *
open_engine (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("engines-XXXXXX", NULL);
  RoomEngine *engine = room_engine_new (name, folder, &error);

  g_rmdir (folder);
  if (engine == NULL && strcmp (name, "duckdb") == 0) {
    g_autofree char *why = g_strdup_printf ("no DuckDB library: %s", error->message);
    g_test_skip (why);
  } else
    g_assert_no_error (error);
  return engine;
}

/* ROWS "a|b;c|d" with ~ for NULL. */
static void
add_table (RoomEngine *engine, const char *view, const char *const *columns, const RoomType *types,
           const char *rows)
{
  g_autoptr (GPtrArray) list = room_columns_new ();
  g_auto (GStrv) lines = g_strsplit (rows, ";", -1);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; columns[i] != NULL; i++)
    g_ptr_array_add (list, room_column_new (columns[i], types[i], NULL));
  g_assert_true (engine->class->table_begin (engine, view, list, &error));
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_auto (GStrv) cells = g_strsplit (*line, "|", -1);
    RoomValue values[8];

    for (guint i = 0; i < list->len; i++)
      values[i] = strcmp (cells[i], "~") == 0 ? room_value_null (types[i])
                                              : room_value_from_text (types[i], cells[i], strlen (cells[i]));
    g_assert_true (engine->class->table_row (engine, values, list->len, &error));
  }
  g_assert_true (engine->class->table_end (engine, &error));
  g_hash_table_add (engine->views, g_utf8_strdown (view, -1));
}

static RoomEngine *
filled_engine (const char *name)
{
  static const char *const tweets[] = { "author", "mentions", NULL };
  static const char *const odd[] = { "author", "text", NULL };
  static const char *const sales[] = { "region", "sales", "price", NULL };
  static const char *const numbers[] = { "text", NULL };
  static const RoomType texts[] = { ROOM_STRING, ROOM_STRING };
  static const RoomType mixed[] = { ROOM_STRING, ROOM_INTEGER, ROOM_NUMBER };
  RoomEngine *engine = open_engine (name);
  g_autoptr (GError) error = NULL;
  const char *publisher =
      "ann|RT @MikeDoesBigData: a;bob|@MikeDoesBigData b;ann|x MikeDoesBigData;cyd|mikedoesbigdata";

  if (engine == NULL)
    return NULL;
  add_table (engine, "publisher_data", tweets, texts, publisher);
  add_table (engine, "COMBINED_TWEETS", tweets, texts, publisher);
  add_table (engine, "consumer_data", tweets, texts, "ann|hi @MikeDoesBigData");
  add_table (engine, "odd", odd, texts, "ann|100% sure;bob|100x_sure");
  add_table (engine, "transactions", sales, mixed, "north|20|2.5;north|10|1.5;south|5|1.5;~|4|~");
  add_table (engine, "numbers", numbers, texts, "1.5;2;~");
  g_assert_true (engine->class->seal (engine, &error));
  return engine;
}

static gboolean
keep_row (const RoomValue *values, guint count, gpointer data, GError **error)
{
  GString *rows = data;

  (void) error;
  if (rows->len > 0)
    g_string_append_c (rows, ';');
  for (guint i = 0; i < count; i++) {
    g_string_append (rows, i > 0 ? "|" : "");
    if (values[i].null)
      g_string_append_c (rows, '~');
    else
      room_value_append (rows, &values[i]);
  }
  return TRUE;
}

static void
check_columns (const Query *query, GPtrArray *columns)
{
  g_auto (GStrv) wanted = g_strsplit (query->columns, ", ", -1);

  g_assert_cmpuint (g_strv_length (wanted), ==, columns->len);
  for (guint i = 0; i < columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (columns, i);
    g_autofree char *text = g_strdup_printf ("%s %s", column->name, column->type_name);

    g_assert_cmpstr (text, ==, wanted[i]);
  }
}

static void
test_query (gconstpointer data)
{
  g_auto (GStrv) parts = g_strsplit (data, "/", 2);
  const Query *query = &queries[g_ascii_strtoull (parts[1], NULL, 10)];
  g_autoptr (RoomEngine) engine = filled_engine (parts[0]);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) columns = NULL;
  g_autoptr (GString) rows = g_string_new (NULL);
  g_autofree char *body = NULL;
  gint64 count;

  if (engine == NULL)
    return;
  room_engine_prepare (engine, query->sql, &body, &error);
  g_assert_no_error (error);
  g_assert_nonnull (body);
  columns = engine->class->describe (engine, body, &error);
  g_assert_no_error (error);
  check_columns (query, columns);
  room_engine_count (engine, body, &count, &error); /* never computes what nobody reads */
  g_assert_no_error (error);
  if (query->rows == NULL)
    return;
  engine->class->query (engine, body, columns, keep_row, rows, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rows->str, ==, query->rows);
}

static void
test_refusal (gconstpointer data)
{
  g_auto (GStrv) parts = g_strsplit (data, "/", 2);
  const Refusal *refusal = &refusals[g_ascii_strtoull (parts[1], NULL, 10)];
  g_autoptr (RoomEngine) engine = filled_engine (parts[0]);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) columns = NULL;
  g_autoptr (GString) rows = g_string_new (NULL);
  g_autofree char *body = NULL;

  if (engine == NULL)
    return;
  if (room_engine_prepare (engine, refusal->sql, &body, &error) && body != NULL
      && (columns = engine->class->describe (engine, body, &error)) != NULL)
    engine->class->query (engine, body, columns, keep_row, rows, &error);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, refusal->message));
}

static void
test_views (gconstpointer data)
{
  g_autoptr (RoomEngine) engine = filled_engine (data);
  g_autoptr (GError) error = NULL;
  g_autofree char *body = NULL;
  gint64 count;

  if (engine == NULL)
    return;
  g_assert_true (room_engine_prepare (
      engine, "CREATE OR REPLACE TEMP VIEW Pv AS SELECT * FROM publisher_data", &body, &error));
  g_assert_null (body);
  g_assert_true (room_engine_has_view (engine, "pv"));
  g_assert_false (room_engine_has_view (engine, "Pv")); /* the catalog keeps lower case */
  g_assert_true (room_engine_view_count (engine, "pv", &count, &error));
  g_assert_cmpint (count, ==, 4);
  g_assert_true (room_engine_prepare (engine,
                                      "CREATE OR REPLACE TEMP VIEW pv AS SELECT author, COUNT(*) AS n, "
                                      "SUM(mentions) AS s FROM publisher_data GROUP BY author",
                                      &body, &error));
  g_assert_no_error (error);
  g_assert_true (room_engine_view_count (engine, "pv", &count, &error));
  g_assert_cmpint (count, ==, 3);
  g_assert_true (room_engine_prepare (engine, "SELECT author, n FROM pv WHERE n > 100", &body, &error));
  g_autoptr (GPtrArray) columns = engine->class->describe (engine, body, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((RoomColumn *) g_ptr_array_index (columns, 1))->type_name, ==, "long");
  g_free (g_steal_pointer (&body));
  g_assert_true (room_engine_prepare (engine, "CREATE OR REPLACE TEMP VIEW pv AS SELECT author FROM odd",
                                      &body, &error));
  g_assert_no_error (error);
  g_assert_true (room_engine_view_count (engine, "pv", &count, &error));
  g_assert_cmpint (count, ==, 2);
}

static void
test_values (void)
{
  static const struct {
    double number;
    const char *text;
  } numbers[] = { { 1, "1.0" },       { 0.1, "0.1" },       { 1e7, "1.0E7" }, { 12345678.9, "1.23456789E7" },
                  { 0.001, "0.001" }, { 0.0001, "1.0E-4" }, { -2.5, "-2.5" }, { 123456.75, "123456.75" },
                  { 0, "0.0" },       { 100, "100.0" } };
  static const struct {
    RoomType type;
    const char *text, *back; /* NULL = not taken */
  } casts[] = { { ROOM_INTEGER, "12", "12" },
                { ROOM_INTEGER, "2147483648", NULL },
                { ROOM_INTEGER, " 1", NULL },
                { ROOM_LONG, "+5", "5" },
                { ROOM_LONG, "1.0", NULL },
                { ROOM_NUMBER, "1e3", "1000.0" },
                { ROOM_NUMBER, "abc", NULL },
                { ROOM_BOOLEAN, "TRUE", "true" },
                { ROOM_BOOLEAN, "1", NULL },
                { ROOM_DATE, "2020-02-29", "2020-02-29" },
                { ROOM_DATE, "2019-02-29", NULL },
                { ROOM_DATE, "29/02/2020", NULL },
                { ROOM_DATE, "1969-12-31", "1969-12-31" },
                { ROOM_TIMESTAMP, "2020-01-02T03:04:05.678+01:00", "2020-01-02T02:04:05.678Z" },
                { ROOM_TIMESTAMP, "2020-01-02", "2020-01-02T00:00:00.000Z" },
                { ROOM_TIMESTAMP, "x", NULL } };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    room_append_double (text, numbers[i].number);
    g_assert_cmpstr (text->str, ==, numbers[i].text);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (casts); i++) {
    RoomValue value = room_value_from_text (casts[i].type, casts[i].text, strlen (casts[i].text));
    g_autoptr (GString) text = g_string_new (NULL);

    room_value_append (text, &value);
    g_assert_cmpint (value.null, ==, casts[i].back == NULL);
    g_assert_cmpstr (text->str, ==, casts[i].back != NULL ? casts[i].back : "");
  }
}

static void
add_tests (const char *engine)
{
  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++) {
    g_autofree char *path = g_strdup_printf ("/engines/%s/query/%s", engine, queries[i].name);
    g_test_add_data_func_full (path, g_strdup_printf ("%s/%" G_GSIZE_FORMAT, engine, i), test_query, g_free);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path = g_strdup_printf ("/engines/%s/refusal/%s", engine, refusals[i].name);
    g_test_add_data_func_full (path, g_strdup_printf ("%s/%" G_GSIZE_FORMAT, engine, i), test_refusal,
                               g_free);
  }
  g_autofree char *path = g_strdup_printf ("/engines/%s/views", engine);
  g_test_add_data_func (path, engine, test_views);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engines/values", test_values);
  add_tests ("duckdb");
  add_tests ("sqlite");
  return g_test_run ();
}
