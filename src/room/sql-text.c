/* SPDX-License-Identifier: MIT
 * One Spark SQL statement rewritten for DuckDB or SQLite, on tokens.
 */
#include "room/sql-text.h"

#include "base/error.h"
#include "room/sql-check.h"
#include "room/sql-lex.h"

#include <string.h>

static const char *const list_ends[] = { "FROM",  "WHERE",  "GROUP",     "HAVING", "ORDER",   "LIMIT",
                                         "UNION", "EXCEPT", "INTERSECT", "WINDOW", "QUALIFY", NULL };

/* Functions that need another name to give Spark's type or failure. NULL = the same name. */
static const struct {
  const char *spark, *duckdb, *sqlite;
} functions[] = {
  { "sum", "room_sum", NULL },
  { "avg", "room_avg", NULL },
  { "mean", "room_avg", "avg" },
  { "length", "room_length", NULL },
  { "char_length", "room_length", "length" },
  { "character_length", "room_length", "length" },
  { "len", "room_length", "length" },
  { "year", "room_year", NULL },
  { "month", "room_month", NULL },
  { "day", "room_day", NULL },
  { "dayofmonth", "room_day", "day" },
  { "nvl", "coalesce", "coalesce" },
  { "if", NULL, "iif" },
  { "ucase", "upper", "upper" },
  { "lcase", "lower", "lower" },
  { "substring", NULL, "substr" },
};

static void
insert_token (GPtrArray *tokens, guint index, RoomTokenType type, const char *text)
{
  g_ptr_array_insert (tokens, (gint) index, room_token_new (type, text));
}

static void
set_token (GPtrArray *tokens, guint index, RoomTokenType type, const char *text)
{
  RoomToken *token = g_ptr_array_index (tokens, index);

  g_free (token->text);
  token->text = g_strdup (text);
  token->type = type;
}

static gboolean
is_identifier (const RoomToken *token)
{
  return token != NULL && (token->type == ROOM_TOKEN_WORD || token->type == ROOM_TOKEN_NAME);
}

/* One behind the operand that starts at INDEX: signs, then a literal, a parenthesis, a call or a dotted
 * name. */
static guint
operand_end (GPtrArray *tokens, guint index)
{
  const RoomToken *token = room_token_at (tokens, index);

  while (room_token_is_symbol (token, "-") || room_token_is_symbol (token, "+"))
    token = room_token_at (tokens, ++index);
  if (token == NULL)
    return index;
  if (room_token_is_symbol (token, "("))
    return MIN (room_tokens_close (tokens, index) + 1, tokens->len);
  if (room_token_is_word (token, "CASE")) {
    guint depth = 0;

    for (; index < tokens->len; index++) {
      depth += room_token_is_word (room_token_at (tokens, index), "CASE");
      if (room_token_is_word (room_token_at (tokens, index), "END") && --depth == 0)
        return index + 1;
    }
    return index;
  }
  index++;
  if (!is_identifier (token))
    return index;
  while (room_token_is_symbol (room_token_at (tokens, index), ".")
         && is_identifier (room_token_at (tokens, index + 1)))
    index += 2;
  if (room_token_is_symbol (room_token_at (tokens, index), "("))
    index = MIN (room_tokens_close (tokens, index) + 1, tokens->len);
  return index;
}

/* The name Spark gives a result column without alias: "sum(sales)", "count(1)", "(a + 1)". Gives. */
static char *
spark_name (GPtrArray *tokens, guint from, guint to)
{
  GString *name = g_string_new (NULL);
  gboolean call = to - from > 2 && room_token_at (tokens, from)->type == ROOM_TOKEN_WORD
                  && room_token_is_symbol (room_token_at (tokens, from + 1), "(")
                  && room_tokens_close (tokens, from + 1) == to - 1;

  for (guint i = from; i < to; i++) {
    const RoomToken *token = room_token_at (tokens, i);
    const RoomToken *last = i > from ? room_token_at (tokens, i - 1) : NULL;
    gboolean glued = last == NULL || room_token_is_symbol (last, "(") || room_token_is_symbol (last, ".")
                     || room_token_is_symbol (token, "(") || room_token_is_symbol (token, ")")
                     || room_token_is_symbol (token, ",") || room_token_is_symbol (token, ".");

    if (!glued)
      g_string_append_c (name, ' ');
    if (call && i == from) {
      g_autofree char *lower = g_ascii_strdown (token->text, -1);
      g_string_append (name, lower);
    } else if (room_token_is_symbol (token, "*") && room_token_is_symbol (last, "("))
      g_string_append_c (name, '1');
    else
      g_string_append (name, token->text);
  }
  if (!call && to - from > 1) {
    g_string_prepend_c (name, '(');
    g_string_append_c (name, ')');
  }
  return g_string_free (name, FALSE);
}

/* Does FROM..TO-1 need an alias? Not a star, not a plain column, not something that has one. */
static gboolean
needs_alias (GPtrArray *tokens, guint from, guint to)
{
  static const char *const value_words[] = { "END", "NULL", "TRUE", "FALSE", NULL };
  const RoomToken *last = room_token_at (tokens, to - 1);
  const RoomToken *before = to - from > 1 ? room_token_at (tokens, to - 2) : NULL;
  gboolean plain = TRUE;

  if (to <= from || room_token_is_symbol (last, "*"))
    return FALSE;
  for (guint i = from; i < to; i++)
    plain = plain
            && ((i - from) % 2 == 0 ? is_identifier (room_token_at (tokens, i))
                                    : room_token_is_symbol (room_token_at (tokens, i), "."));
  if (plain && !room_token_is_one_of (last, value_words))
    return FALSE;
  if (before == NULL || !is_identifier (last) || room_token_is_one_of (last, value_words))
    return TRUE;
  /* "expr name" and "expr AS name" have an alias; "a + name" has not. */
  return before->type == ROOM_TOKEN_SYMBOL && !room_token_is_symbol (before, ")");
}

/* Give every select item without alias the name that Spark would give it. */
static void
name_columns (GPtrArray *tokens)
{
  for (guint i = 0; i < tokens->len; i++) {
    guint depth = 0, start = i + 1;

    if (!room_token_is_word (room_token_at (tokens, i), "SELECT"))
      continue;
    if (room_token_is_word (room_token_at (tokens, start), "DISTINCT")
        || room_token_is_word (room_token_at (tokens, start), "ALL"))
      start++;
    for (guint k = start; k <= tokens->len; k++) {
      const RoomToken *token = room_token_at (tokens, k);
      gboolean stop = token == NULL || (depth == 0 && room_token_is_symbol (token, ")"))
                      || (depth == 0 && room_token_is_one_of (token, list_ends)
                          && (!room_token_is_word (token, "FROM") || room_sql_is_from_clause (tokens, k)));

      if (!stop && !(depth == 0 && room_token_is_symbol (token, ","))) {
        depth += room_token_is_symbol (token, "(");
        depth -= room_token_is_symbol (token, ")");
        continue;
      }
      if (k > start && needs_alias (tokens, start, k)) {
        g_autofree char *name = spark_name (tokens, start, k);

        insert_token (tokens, k, ROOM_TOKEN_WORD, "AS");
        insert_token (tokens, k + 1, ROOM_TOKEN_NAME, name);
        k += 2;
      }
      start = k + 1;
      if (stop)
        break;
    }
  }
}

/* SUM(DISTINCT x), SUM(x) OVER (...) and SUM(x) FILTER (...) have to stay with the engine's own function. */
static gboolean
plain_call (GPtrArray *tokens, guint index)
{
  guint close = room_tokens_close (tokens, index + 1);

  return !room_token_is_word (room_token_at (tokens, index + 2), "DISTINCT")
         && !room_token_is_word (room_token_at (tokens, close + 1), "OVER")
         && !room_token_is_word (room_token_at (tokens, close + 1), "FILTER");
}

/* concat(a, b) is a || b: NULL when one of them is. */
static void
rewrite_concat (GPtrArray *tokens, guint index)
{
  guint close = room_tokens_close (tokens, index + 1), depth = 0;

  for (guint i = index + 1; i < close; i++) {
    depth += room_token_is_symbol (room_token_at (tokens, i), "(");
    depth -= room_token_is_symbol (room_token_at (tokens, i), ")");
    if (depth == 1 && room_token_is_symbol (room_token_at (tokens, i), ","))
      set_token (tokens, i, ROOM_TOKEN_SYMBOL, "||");
  }
  g_ptr_array_remove_index (tokens, index);
}

/* CAST(e AS T) for SQLite, whose own CAST never fails: room_cast(e, 'T'). */
static void
rewrite_cast (GPtrArray *tokens, guint index)
{
  guint close = room_tokens_close (tokens, index + 1), depth = 0, as = 0;

  for (guint i = index + 1; i < close; i++) {
    depth += room_token_is_symbol (room_token_at (tokens, i), "(");
    depth -= room_token_is_symbol (room_token_at (tokens, i), ")");
    if (depth == 1 && room_token_is_word (room_token_at (tokens, i), "AS"))
      as = i;
  }
  if (as == 0 || as + 1 >= close)
    return;
  g_autofree char *type = g_ascii_strup (room_token_at (tokens, as + 1)->text, -1);
  set_token (tokens, as, ROOM_TOKEN_SYMBOL, ",");
  set_token (tokens, as + 1, ROOM_TOKEN_STRING, type);
  set_token (tokens, index, ROOM_TOKEN_WORD, "room_cast");
}

static void
rename_functions (GPtrArray *tokens, RoomSqlDialect dialect)
{
  for (guint i = 0; i + 1 < tokens->len; i++) {
    const RoomToken *token = room_token_at (tokens, i);

    if (token->type != ROOM_TOKEN_WORD || !room_token_is_symbol (room_token_at (tokens, i + 1), "("))
      continue;
    if (room_token_is_word (token, "concat")) {
      rewrite_concat (tokens, i);
      continue;
    }
    if (dialect == ROOM_SQL_SQLITE && room_token_is_word (token, "CAST")) {
      rewrite_cast (tokens, i);
      continue;
    }
    for (gsize k = 0; k < G_N_ELEMENTS (functions); k++) {
      const char *name = dialect == ROOM_SQL_DUCKDB ? functions[k].duckdb : functions[k].sqlite;

      if (name != NULL && room_token_is_word (token, functions[k].spark) && plain_call (tokens, i)) {
        set_token (tokens, i, ROOM_TOKEN_WORD, name);
        break;
      }
    }
  }
}

/* Spark's LIKE has the escape character \ unless another is named. */
static void
escape_like (GPtrArray *tokens)
{
  for (guint i = 0; i + 1 < tokens->len; i++) {
    const RoomToken *pattern = room_token_at (tokens, i + 1);
    guint end;

    if (!room_token_is_word (room_token_at (tokens, i), "LIKE")
        && !room_token_is_word (room_token_at (tokens, i), "ILIKE"))
      continue;
    end = operand_end (tokens, i + 1);
    while (room_token_is_symbol (room_token_at (tokens, end), "||"))
      end = operand_end (tokens, end + 1);
    if (room_token_is_word (room_token_at (tokens, end), "ESCAPE")
        || (pattern->type == ROOM_TOKEN_STRING && end == i + 2 && strchr (pattern->text, '\\') == NULL))
      continue;
    insert_token (tokens, end, ROOM_TOKEN_RAW, "ESCAPE '\\'");
  }
}

/* "/" is always division of doubles, DIV of whole numbers, and both refuse a zero. */
static void
rewrite_division (GPtrArray *tokens, RoomSqlDialect dialect)
{
  for (guint i = 0; i + 1 < tokens->len; i++) {
    const RoomToken *token = room_token_at (tokens, i);
    gboolean whole = room_token_is_word (token, "DIV") && i > 0
                     && !room_token_is_symbol (room_token_at (tokens, i + 1), "(");
    gboolean slash = room_token_is_symbol (token, "/") || room_token_is_symbol (token, "%");

    whole = whole
            || (room_token_is_word (token, "DIV") && i > 0
                && (room_token_at (tokens, i - 1)->type != ROOM_TOKEN_SYMBOL
                    || room_token_is_symbol (room_token_at (tokens, i - 1), ")")));
    if (!slash && !whole)
      continue;
    guint end = operand_end (tokens, i + 1);
    insert_token (tokens, end, ROOM_TOKEN_RAW, ")");
    insert_token (tokens, i + 1, ROOM_TOKEN_RAW,
                  whole && dialect == ROOM_SQL_DUCKDB ? "room_whole (" : "room_nonzero (");
    if (whole)
      set_token (tokens, i, ROOM_TOKEN_SYMBOL, dialect == ROOM_SQL_DUCKDB ? "//" : "/");
    else if (dialect == ROOM_SQL_SQLITE && room_token_is_symbol (token, "/"))
      insert_token (tokens, i, ROOM_TOKEN_RAW, "* 1.0");
    i += dialect == ROOM_SQL_SQLITE && !whole ? 2 : 1;
  }
}

static void
rewrite_operators (GPtrArray *tokens)
{
  for (guint i = 0; i < tokens->len; i++) {
    const RoomToken *token = room_token_at (tokens, i);

    if (room_token_is_symbol (token, "=="))
      set_token (tokens, i, ROOM_TOKEN_SYMBOL, "=");
    else if (room_token_is_symbol (token, "<=>"))
      set_token (tokens, i, ROOM_TOKEN_RAW, "IS NOT DISTINCT FROM");
    else if (room_token_is_symbol (token, "!"))
      set_token (tokens, i, ROOM_TOKEN_RAW, "NOT");
  }
}

/* CREATE [OR REPLACE] {TEMP|TEMPORARY} VIEW name AS; *AT is moved behind it. */
static gboolean
parse_create (GPtrArray *tokens, guint *at, RoomStatement *statement, GError **error)
{
  const RoomToken *token;

  if (!room_token_is_word (room_token_at (tokens, 0), "CREATE"))
    return TRUE;
  *at = 1;
  if (room_token_is_word (room_token_at (tokens, 1), "OR")
      && room_token_is_word (room_token_at (tokens, 2), "REPLACE")) {
    statement->replace = TRUE;
    *at = 3;
  }
  token = room_token_at (tokens, *at);
  if (!room_token_is_word (token, "TEMP") && !room_token_is_word (token, "TEMPORARY"))
    return room_sql_syntax_error (error, token, "only CREATE OR REPLACE TEMP VIEW is allowed");
  token = room_token_at (tokens, ++*at);
  if (!room_token_is_word (token, "VIEW"))
    return room_sql_syntax_error (error, token, "only CREATE OR REPLACE TEMP VIEW is allowed");
  token = room_token_at (tokens, ++*at);
  if (!is_identifier (token))
    return room_sql_syntax_error (error, token, NULL);
  statement->view = g_strdup (token->text);
  token = room_token_at (tokens, ++*at);
  if (!room_token_is_word (token, "AS"))
    return room_sql_syntax_error (error, token, NULL);
  ++*at;
  return TRUE;
}

RoomStatement *
room_sql_parse (const char *text, RoomSqlDialect dialect, GError **error)
{
  g_autoptr (RoomStatement) statement = g_new0 (RoomStatement, 1);
  g_autoptr (GPtrArray) tokens = room_sql_lex (text, TRUE, error);
  guint at = 0;

  if (tokens == NULL)
    return NULL;
  if (tokens->len > 0 && room_token_is_symbol (room_token_at (tokens, tokens->len - 1), ";"))
    g_ptr_array_set_size (tokens, (gint) tokens->len - 1);
  if (!parse_create (tokens, &at, statement, error) || !room_sql_check_query (tokens, at, error))
    return NULL;
  if (at > 0)
    g_ptr_array_remove_range (tokens, 0, at);
  name_columns (tokens);
  rename_functions (tokens, dialect);
  escape_like (tokens);
  rewrite_division (tokens, dialect);
  rewrite_operators (tokens);
  statement->body = room_sql_unlex (tokens, 0, tokens->len);
  return g_steal_pointer (&statement);
}

void
room_statement_free (RoomStatement *statement)
{
  if (statement == NULL)
    return;
  g_free (statement->view);
  g_free (statement->body);
  g_free (statement);
}
