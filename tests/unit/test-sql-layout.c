/* SPDX-License-Identifier: MIT
 * The layout of queries: every public query shape, the same tokens before and after, hostile text, remarks.
 */
#include "ui/model/sql-layout.h"

#include "base/text.h"

#include <string.h>

#define Q1                                                                                                    \
  "SELECT author, COUNT(*) AS Number_Of_Mentions FROM (SELECT * FROM publisher_data UNION ALL SELECT * FROM " \
  "consumer_data) AS combine_data WHERE mentions LIKE '%MikeDoesBigData%' GROUP BY author ORDER BY "          \
  "Number_Of_Mentions DESC"

static const char *const queries[] = {
  Q1,
  "CREATE OR REPLACE TEMP VIEW publisher_view AS SELECT * FROM publisher_data",
  "SELECT author, COUNT(*) AS Number_Of_Mentions, SUM(mentions) AS Restricted_Sum FROM (SELECT * "
  "FROM publisher_view UNION ALL SELECT * FROM consumer_view) AS combine_data WHERE mentions LIKE '%MikeDoesBigData%' "
  "GROUP BY author",
  "SELECT * FROM publisher_data",
  "SELECT region, SUM(sales) FROM transactions GROUP BY region",
  "SELECT * FROM data WHERE amount > 1000",
  "WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT a.x, -1, - 1, 3-2, a . x FROM a LEFT OUTER "
  "JOIN b ON a.x = b.x AND b.x BETWEEN 1 AND 2 WHERE x IN (1,2,3) OR (x > 4 AND NOT EXISTS (SELECT 1 FROM c)) LIMIT 10;",
  "select case when a=1 then 'one' when a=2 then 'two' else 'many, very many, more than anybody counts' end, "
  "cast(b as double)::int, date'2025-09-01', r'\\', 1e3, 1.5BD, 12L, .5, 1_000, x'1F' from `my ``view` t",
  "SELECT 1 -- a comment, 'with' (everything\nFROM t /* and\n another\n\n one */ WHERE a = 'x\ny'",
  "",
  "   ",
  "(",
  ")",
  ")))(((",
  "'open",
  "`open",
  "/* open",
  "-- open",
  "- -1",
  "a - - b",
  "/ *",
  "a . 5",
  "1 . 5",
  "SELECT n\xc3\xa4me, \xe2\x80\xae evil FROM t",
  "\xff\xfe\x01",
  "a\rb",
  "SELECT '\xe4\xbd\xa0\xe5\xa5\xbd' , ' ''",
};

static char *
tokens_text (const char *text)
{
  g_autoptr (GPtrArray) tokens = ui_sql_tokens (text);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++) {
    const UiSqlToken *token = tokens->pdata[i];

    g_string_append_printf (out, "%d<%s>", token->class, token->text);
  }
  return g_string_free (out, FALSE);
}

static void
check_round_trip (const char *text, int width)
{
  g_autofree char *laid = ui_sql_layout_text (text, width);
  g_autofree char *before = tokens_text (text), *after = NULL;

  if (g_str_has_suffix (laid, "\n"))
    laid[strlen (laid) - 1] = '\0';
  after = tokens_text (laid);
  g_assert_cmpstr (after, ==, before);
}

static void
test_round_trip (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    for (int width = 0; width <= 120; width += 11)
      check_round_trip (queries[i], width);
}

static void
test_random (void)
{
  static const char *const pieces[] = {
    "SELECT", "FROM",     "(",    ")", ",", "'a'", "\"b\"", "`c`", "-",     "--", "\n",      " ",
    "/*",     "*/",       "1",    ".", "x", "AND", "OR",    "BY",  "GROUP", "ON", "JOIN",    "LEFT",
    "CASE",   "WHEN",     "END",  ";", "*", "/",   "\\",    "'",   "e",     "5",  "BETWEEN", "UNION",
    "ALL",    "\xc3\xa9", "\xff", ":", "=", "<",   ">",     "[",   "]",     "\r"
  };

  for (int round = 0; round < 3000; round++) {
    g_autoptr (GString) text = g_string_new (NULL);
    int length = g_test_rand_int_range (0, 40);

    for (int i = 0; i < length; i++) {
      g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
      if (g_test_rand_int_range (0, 3) == 0)
        g_string_append_c (text, ' ');
    }
    check_round_trip (text->str, g_test_rand_int_range (10, 60));
  }
}

static void
test_shape (void)
{
  g_autofree char *narrow = ui_sql_layout_text (Q1, 50);
  g_autofree char *plain = ui_sql_layout_text (queries[5], 50);

  g_assert_cmpstr (narrow, ==,
                   "SELECT author, COUNT(*) AS Number_Of_Mentions\n"
                   "FROM (\n"
                   "  SELECT * FROM publisher_data\n"
                   "  UNION ALL\n"
                   "  SELECT * FROM consumer_data\n"
                   ") AS combine_data\n"
                   "WHERE mentions LIKE '%MikeDoesBigData%'\n"
                   "GROUP BY author\n"
                   "ORDER BY Number_Of_Mentions DESC\n");
  g_assert_cmpstr (plain, ==, "SELECT * FROM data WHERE amount > 1000\n");
}

static void
test_width (void)
{
  g_autoptr (GPtrArray) lines = ui_sql_layout (queries[6], 40);

  for (guint i = 0; i < lines->len; i++) {
    const UiSqlLine *line = lines->pdata[i];
    int cells = 0;

    for (guint k = 0; k < line->spans->len; k++)
      cells += cr_text_width (g_array_index (line->spans, UiSqlSpan, k).text);
    g_assert_cmpint (cells, <=, 44);
  }
}

/* A deep or long hostile text takes no noticeable time and no stack. */
static void
test_hostile_size (void)
{
  g_autofree char *deep = g_strnfill (100000, '(');
  g_autoptr (GString) list = g_string_new ("SELECT ");
  g_autofree char *flat = NULL;
  g_autoptr (GPtrArray) lines = ui_sql_layout (deep, 40);

  for (int i = 0; i < 20000; i++)
    g_string_append_printf (list, "f(a%d, (b)), ", i);
  g_assert_cmpuint (lines->len, >, 0);
  flat = ui_sql_layout_text (list->str, 40);
  g_assert_cmpuint (strlen (flat), >, list->len);
}

static char *
remarks (const char *text)
{
  static const char *const views[] = { "publisher_data", "consumer_data", NULL };
  g_autoptr (GPtrArray) all = ui_sql_remarks (text, views);

  g_ptr_array_add (all, NULL);
  return g_strjoinv ("\n", (char **) all->pdata);
}

static void
test_remarks (void)
{
  static const struct {
    const char *text, *expected;
  } cases[] = {
    { Q1, "" },
    { "WITH u AS (SELECT * FROM PUBLISHER_DATA) SELECT * FROM u, `consumer_data` WHERE EXTRACT(YEAR FROM d) = 1",
      "" },
    { "SELECT * FROM secrets, more JOIN secrets",
      "It reads secrets, which is not among the views of this query.\n"
      "It reads more, which is not among the views of this query." },
    { "SELECT * FROM csv.`/mnt/remote/x`",
      "It reads csv.`/mnt/remote/x`, which is a path or a table of another place, not a view of this query." },
    { "SELECT * FROM range(5)", "It reads from the function range (), not from a view of this query." },
    { "SELECT 1; SELECT 2;", "It is more than one statement." },
    { "SELECT 1 -- x", "It holds comments; they are not executed." },
    { "SELECT 1 /* /* */ + 2 */",
      "A comment in it ends at different places for different engines: read what follows it twice." },
    { "SELECT 1 -- x\r + 2",
      "A comment in it ends at different places for different engines: read what follows it twice.\n"
      "It holds invisible characters or letters of other alphabets outside of texts; they are shown marked." },
    { "SELECT 1 -- x\r\n + 2", "It holds comments; they are not executed." },
    { "SELECT \xd0\xb0uthor FROM publisher_data",
      "It holds invisible characters or letters of other alphabets outside of texts; they are shown marked." },
    { "SELECT 'a\xe2\x80\xae' FROM publisher_data",
      "It holds invisible characters or letters of other alphabets outside of texts; they are shown marked." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *said = remarks (cases[i].text);

    g_assert_cmpstr (said, ==, cases[i].expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sql-layout/round-trip", test_round_trip);
  g_test_add_func ("/sql-layout/random", test_random);
  g_test_add_func ("/sql-layout/shape", test_shape);
  g_test_add_func ("/sql-layout/width", test_width);
  g_test_add_func ("/sql-layout/hostile-size", test_hostile_size);
  g_test_add_func ("/sql-layout/remarks", test_remarks);
  return g_test_run ();
}
