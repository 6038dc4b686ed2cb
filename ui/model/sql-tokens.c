/* SPDX-License-Identifier: MIT
 * The tokens of a Spark SQL text, each exactly as written. Quotes, escapes, numbers follow Spark's grammar.
 */
#include "ui/model/sql-layout.h"

#include <string.h>

/* Words that are shown as keywords; a reader needs the shape of the query, not the whole grammar. */
static const char *const keywords[] = {
  "ALL",       "AND",       "ANTI",       "ANY",         "AS",     "ASC",       "BETWEEN",   "BY",
  "CASE",      "CAST",      "CLUSTER",    "CREATE",      "CROSS",  "CUBE",      "CURRENT",   "DELETE",
  "DESC",      "DISTINCT",  "DISTRIBUTE", "DIV",         "DROP",   "ELSE",      "END",       "ESCAPE",
  "EXCEPT",    "EXISTS",    "FALSE",      "FETCH",       "FILTER", "FIRST",     "FOLLOWING", "FOR",
  "FROM",      "FULL",      "GROUP",      "GROUPING",    "HAVING", "ILIKE",     "IN",        "INNER",
  "INSERT",    "INTERSECT", "INTERVAL",   "INTO",        "IS",     "JOIN",      "LAST",      "LATERAL",
  "LEFT",      "LIKE",      "LIMIT",      "MERGE",       "MINUS",  "NATURAL",   "NOT",       "NULL",
  "NULLS",     "OFFSET",    "ON",         "OR",          "ORDER",  "OUTER",     "OVER",      "OVERWRITE",
  "PARTITION", "PIVOT",     "PRECEDING",  "QUALIFY",     "RANGE",  "RECURSIVE", "REPLACE",   "RIGHT",
  "RLIKE",     "ROLLUP",    "ROW",        "ROWS",        "SELECT", "SEMI",      "SET",       "SETS",
  "SORT",      "SOME",      "TABLE",      "TABLESAMPLE", "TEMP",   "TEMPORARY", "THEN",      "TRUE",
  "UNBOUNDED", "UNION",     "UNPIVOT",    "UPDATE",      "USING",  "VALUES",    "VIEW",      "WHEN",
  "WHERE",     "WINDOW",    "WITH",
};

static void
token_free (gpointer data)
{
  UiSqlToken *token = data;

  g_free (token->text);
  g_free (token);
}

static gboolean
is_word_byte (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

static gboolean
is_keyword (const char *word, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strlen (keywords[i]) == length && g_ascii_strncasecmp (word, keywords[i], length) == 0)
      return TRUE;
  return FALSE;
}

/* Behind the quoted text that starts at AT; an open quote reaches to the end. */
static const char *
skip_quoted (const char *at, gboolean escapes)
{
  char quote = *at++;

  for (; *at != '\0'; at++) {
    if (escapes && *at == '\\' && at[1] != '\0')
      at++;
    else if (*at == quote && at[1] == quote)
      at++;
    else if (*at == quote)
      return at + 1;
  }
  return at;
}

static const char *
skip_raw_string (const char *at)
{
  const char *end = strchr (at + 1, *at);

  return end != NULL ? end + 1 : at + strlen (at);
}

static const char *
skip_block_comment (const char *at)
{
  const char *end = strstr (at + 2, "*/");

  return end != NULL ? end + 2 : at + strlen (at);
}

/* Behind the number at AT; AT itself when what stands there is a name that starts with a digit. */
static const char *
skip_number (const char *at)
{
  const char *end = at + strspn (at, "0123456789");

  if (*end == '.')
    end += 1 + strspn (end + 1, "0123456789");
  if ((*end == 'e' || *end == 'E')
      && (g_ascii_isdigit (end[1]) || ((end[1] == '-' || end[1] == '+') && g_ascii_isdigit (end[2]))))
    end += 2 + strspn (end + 2, "0123456789");
  if (g_ascii_strncasecmp (end, "BD", 2) == 0 && !is_word_byte (end[2]))
    return end + 2;
  if (*end != '\0' && strchr ("LlSsYyDdFf", *end) != NULL && !is_word_byte (end[1]))
    return end + 1;
  return is_word_byte (*end) && memchr (at, '.', (gsize) (end - at)) == NULL ? at : end;
}

static const char *
skip_symbol (const char *at)
{
  static const char *const longer[] = { "<=>", "<>", "!=", "<=", ">=", "==", "||",
                                        "::",  "->", "=>", "&&", "<<", ">>" };

  for (gsize i = 0; i < G_N_ELEMENTS (longer); i++)
    if (g_str_has_prefix (at, longer[i]))
      return at + strlen (longer[i]);
  return at + 1;
}

/* A run of bytes that are no part of SQL: whole UTF-8 characters where they are valid. */
static const char *
skip_odd (const char *at)
{
  gunichar c = g_utf8_get_char_validated (at, -1);

  return c == (gunichar) -1 || c == (gunichar) -2 ? at + 1 : at + g_unichar_to_utf8 (c, NULL);
}

static const char *
next_token (const char *at, UiSqlClass *class)
{
  const char *end;

  *class = UI_SQL_SYMBOL;
  if (at[0] == '-' && at[1] == '-') {
    *class = UI_SQL_COMMENT;
    return at + strcspn (at, "\r\n");
  }
  if (at[0] == '/' && at[1] == '*') {
    *class = UI_SQL_COMMENT;
    return skip_block_comment (at);
  }
  if (*at == '\'' || *at == '"' || *at == '`') {
    *class = *at == '`' ? UI_SQL_NAME : UI_SQL_STRING;
    return skip_quoted (at, *at != '`');
  }
  if ((*at == 'r' || *at == 'R') && (at[1] == '\'' || at[1] == '"')) {
    *class = UI_SQL_STRING;
    return skip_raw_string (at + 1);
  }
  if (g_ascii_isdigit (*at) || (*at == '.' && g_ascii_isdigit (at[1]))) {
    *class = UI_SQL_NUMBER;
    end = skip_number (at);
    if (end != at)
      return end;
  }
  if (is_word_byte (*at)) {
    for (end = at; is_word_byte (*end); end++)
      ;
    *class = is_keyword (at, (gsize) (end - at)) ? UI_SQL_KEYWORD : UI_SQL_NAME;
    return end;
  }
  if (g_ascii_isgraph (*at))
    return skip_symbol (at);
  *class = UI_SQL_ODD;
  return skip_odd (at);
}

/* A name directly before ( is a function; COUNT (*) with a blank is one too, IN ( is not. */
static void
mark_functions (GPtrArray *tokens)
{
  for (guint i = 0; i + 1 < tokens->len; i++) {
    UiSqlToken *token = tokens->pdata[i];
    const UiSqlToken *next = tokens->pdata[i + 1];

    if (token->class == UI_SQL_NAME && token->text[0] != '`' && strcmp (next->text, "(") == 0)
      token->class = UI_SQL_FUNCTION;
  }
}

GPtrArray *
ui_sql_tokens (const char *text)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (token_free);
  const char *at = text != NULL ? text : "";

  while (*at != '\0') {
    const char *start = at;
    UiSqlToken *token;

    while (g_ascii_isspace (*at))
      at++;
    if (*at == '\0')
      break;
    token = g_new0 (UiSqlToken, 1);
    token->glued = at == start && tokens->len > 0;
    start = at;
    at = next_token (at, &token->class);
    token->text = g_strndup (start, (gsize) (at - start));
    g_ptr_array_add (tokens, token);
  }
  mark_functions (tokens);
  return tokens;
}
