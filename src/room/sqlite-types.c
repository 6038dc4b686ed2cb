/* SPDX-License-Identifier: MIT
 * Type inference over the tokens of a select list.
 */
#include "room/sqlite-types.h"

#include "room/sql-check.h"
#include "room/sql-error.h"
#include "room/sql-lex.h"

#include <string.h>

#define MAX_DEPTH 16u
#define PROBE_ROWS 1000
#define UNKNOWN ((RoomType) -1)

static const struct {
  RoomType type;
  const char *declared;
} declared_types[] = {
  { ROOM_STRING, "TEXT" },
  { ROOM_INTEGER, "INTEGER" },
  { ROOM_LONG, "BIGINT" },
  { ROOM_NUMBER, "DOUBLE" },
  { ROOM_BOOLEAN, "BOOLEAN" },
  { ROOM_DATE, "DATE_TEXT" },
  { ROOM_TIMESTAMP, "TIMESTAMP_TEXT" },
};

/* One SELECT of the text: where its list and its FROM clause stand. */
typedef struct {
  sqlite3 *db;
  GPtrArray *tokens;
  guint list, list_end; /* select list */
  guint from, from_end; /* behind FROM; from == 0 when there is none */
  guint depth;
} Scope;

static RoomType infer (const Scope *scope, guint from, guint to);
static GPtrArray *describe (sqlite3 *db, const char *sql, guint depth, gboolean *exact, GError **error);

const char *
room_sqlite_declared (RoomType type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (declared_types); i++)
    if (declared_types[i].type == type)
      return declared_types[i].declared;
  return "TEXT";
}

static RoomType
type_of_declared (const char *declared)
{
  for (gsize i = 0; declared != NULL && i < G_N_ELEMENTS (declared_types); i++)
    if (g_ascii_strcasecmp (declared_types[i].declared, declared) == 0)
      return declared_types[i].type;
  return UNKNOWN;
}

static gboolean
find_scope (Scope *scope)
{
  static const char *const ends[] = { "WHERE", "GROUP",  "HAVING",    "ORDER",  "LIMIT",
                                      "UNION", "EXCEPT", "INTERSECT", "WINDOW", NULL };
  guint depth = 0;

  scope->list = scope->from = 0;
  scope->list_end = scope->from_end = scope->tokens->len;
  for (guint i = 0; i < scope->tokens->len; i++) {
    const RoomToken *token = room_token_at (scope->tokens, i);

    if (room_token_is_symbol (token, "("))
      depth++;
    else if (room_token_is_symbol (token, ")"))
      depth--;
    else if (depth != 0)
      continue;
    else if (scope->list == 0 && room_token_is_word (token, "SELECT")) {
      scope->list = i + 1;
      if (room_token_is_word (room_token_at (scope->tokens, i + 1), "DISTINCT"))
        scope->list++;
    } else if (scope->list != 0 && scope->from == 0 && room_token_is_word (token, "FROM")
               && room_sql_is_from_clause (scope->tokens, i)) {
      scope->list_end = i;
      scope->from = i + 1;
    } else if (scope->list != 0 && room_token_is_one_of (token, ends)) {
      if (scope->from == 0)
        scope->list_end = i;
      scope->from_end = i;
      return TRUE;
    }
  }
  return scope->list != 0;
}

/* End of the item that starts at FROM: the next comma of this level, or TO. */
static guint
item_end (GPtrArray *tokens, guint from, guint to)
{
  guint depth = 0;

  for (guint i = from; i < to; i++) {
    const RoomToken *token = room_token_at (tokens, i);

    depth += room_token_is_symbol (token, "(");
    depth -= room_token_is_symbol (token, ")");
    if (depth == 0 && room_token_is_symbol (token, ","))
      return i;
  }
  return to;
}

static gboolean
is_identifier (const RoomToken *token)
{
  return token != NULL && (token->type == ROOM_TOKEN_WORD || token->type == ROOM_TOKEN_NAME);
}

/* The tokens before "AS alias" or before an alias without AS. */
static guint
without_alias (GPtrArray *tokens, guint from, guint to)
{
  const RoomToken *before = to - from >= 2 ? room_token_at (tokens, to - 2) : NULL;

  if (before == NULL || !is_identifier (room_token_at (tokens, to - 1))
      || room_token_is_word (room_token_at (tokens, to - 1), "END"))
    return to;
  if (room_token_is_word (before, "AS"))
    return to - 2;
  if (before->type != ROOM_TOKEN_SYMBOL || room_token_is_symbol (before, ")"))
    return to - 1;
  return to;
}

/* A column of one of the tables in FROM, asked of SQLite, or of the subquery that stands there. */
static RoomType
column_type (const Scope *scope, guint from, guint to)
{
  g_autofree char *column = room_sql_unlex (scope->tokens, from, to);
  g_autofree char *head = room_sql_unlex (scope->tokens, 0, scope->list - 1);
  g_autofree char *source = room_sql_unlex (scope->tokens, scope->from, scope->from_end);
  g_autofree char *sql = g_strdup_printf (
      "%s SELECT %s FROM %s", g_ascii_strncasecmp (head, "WITH", 4) == 0 ? head : "", column, source);
  sqlite3_stmt *statement = NULL;
  RoomType type = UNKNOWN;

  if (scope->from == 0)
    return UNKNOWN;
  if (sqlite3_prepare_v2 (scope->db, sql, -1, &statement, NULL) == SQLITE_OK)
    type = type_of_declared (sqlite3_column_decltype (statement, 0));
  sqlite3_finalize (statement);
  if (type == UNKNOWN && room_token_is_symbol (room_token_at (scope->tokens, scope->from), "(")) {
    guint close = room_tokens_close (scope->tokens, scope->from);
    g_autofree char *inner = room_sql_unlex (scope->tokens, scope->from + 1, close);
    g_autoptr (GPtrArray) columns = describe (scope->db, inner, scope->depth + 1, NULL, NULL);
    const char *name = room_token_at (scope->tokens, to - 1)->text;

    for (guint i = 0; columns != NULL && i < columns->len; i++)
      if (g_ascii_strcasecmp (((RoomColumn *) g_ptr_array_index (columns, i))->name, name) == 0)
        return ((RoomColumn *) g_ptr_array_index (columns, i))->type;
  }
  return type;
}

static RoomType
cast_type (const RoomToken *token)
{
  static const struct {
    const char *name;
    RoomType type;
  } types[] = { { "INT", ROOM_INTEGER },     { "INTEGER", ROOM_INTEGER }, { "BIGINT", ROOM_LONG },
                { "LONG", ROOM_LONG },       { "DOUBLE", ROOM_NUMBER },   { "STRING", ROOM_STRING },
                { "BOOLEAN", ROOM_BOOLEAN }, { "DATE", ROOM_DATE },       { "TIMESTAMP", ROOM_TIMESTAMP } };

  for (gsize i = 0; token != NULL && i < G_N_ELEMENTS (types); i++)
    if (g_ascii_strcasecmp (types[i].name, token->text) == 0)
      return types[i].type;
  return ROOM_OTHER;
}

static RoomType
call_type (const Scope *scope, guint from, guint to)
{
  static const char *const texts[] = {
    "upper", "lower", "substr", "trim", "ltrim", "rtrim", "replace", NULL
  };
  static const char *const whole[] = { "length",     "instr", "year",       "month", "day",
                                       "row_number", "rank",  "dense_rank", NULL };
  static const char *const same[] = { "min", "max", "coalesce", "ifnull", "nullif", "abs", NULL };
  const RoomToken *name = room_token_at (scope->tokens, from);
  guint first = from + 2 + room_token_is_word (room_token_at (scope->tokens, from + 2), "DISTINCT");
  guint argument_end = item_end (scope->tokens, first, to - 1);

  if (room_token_is_word (name, "count"))
    return ROOM_LONG;
  if (room_token_is_word (name, "avg") || room_token_is_word (name, "round"))
    return ROOM_NUMBER;
  if (room_token_is_one_of (name, texts))
    return ROOM_STRING;
  if (room_token_is_one_of (name, whole))
    return ROOM_INTEGER;
  if (room_token_is_word (name, "room_nonzero"))
    return infer (scope, first, argument_end);
  if (room_token_is_word (name, "room_cast"))
    return cast_type (room_token_at (scope->tokens, to - 2));
  if (room_token_is_word (name, "sum")) {
    RoomType type = infer (scope, first, argument_end);
    return type == ROOM_INTEGER || type == ROOM_LONG ? ROOM_LONG : type == UNKNOWN ? UNKNOWN : ROOM_NUMBER;
  }
  if (room_token_is_one_of (name, same) && first < argument_end)
    return infer (scope, first, argument_end);
  if (room_token_is_word (name, "iif"))
    return infer (scope, argument_end + 1, item_end (scope->tokens, argument_end + 1, to - 1));
  return UNKNOWN;
}

static RoomType
literal_type (const RoomToken *token)
{
  gint64 whole;

  if (token->type == ROOM_TOKEN_STRING)
    return ROOM_STRING;
  if (token->type != ROOM_TOKEN_NUMBER)
    return UNKNOWN;
  if (strpbrk (token->text, "eE") != NULL)
    return ROOM_NUMBER;
  if (strchr (token->text, '.') != NULL)
    return ROOM_OTHER;
  whole = g_ascii_strtoll (token->text, NULL, 10);
  return whole <= G_MAXINT32 ? ROOM_INTEGER : ROOM_LONG;
}

/* The type an operator at this level decides, UNKNOWN when there is none. */
static RoomType
operator_type (const Scope *scope, guint from, guint to)
{
  static const char *const logic[] = { "AND", "OR", "NOT", "LIKE", "IN", "IS", "BETWEEN", "EXISTS", NULL };
  RoomType best = UNKNOWN;
  guint depth = 0, start = from;
  gboolean arithmetic = FALSE, text = FALSE;

  for (guint i = from; i < to; i++) {
    const RoomToken *token = room_token_at (scope->tokens, i);
    gboolean symbol = token->type == ROOM_TOKEN_SYMBOL && depth == 0;

    depth += room_token_is_symbol (token, "(");
    depth -= room_token_is_symbol (token, ")");
    if (depth == 0
        && (room_token_is_one_of (token, logic) || (symbol && strpbrk (token->text, "<>=") != NULL)))
      return ROOM_BOOLEAN;
    text = text || (symbol && strcmp (token->text, "||") == 0);
    if (!symbol || strchr ("+-*/%", *token->text) == NULL || i == from)
      continue;
    RoomType left = infer (scope, start, i);
    arithmetic = TRUE;
    /* "* 1.0 /" is how a division is written, "/" alone is DIV */
    if (*token->text == '/')
      left = g_strcmp0 (room_token_at (scope->tokens, i - 1)->text, "1.0") == 0 ? ROOM_NUMBER : ROOM_LONG;
    best = left == ROOM_NUMBER || best == ROOM_NUMBER ? ROOM_NUMBER
           : left == ROOM_LONG || best == ROOM_LONG   ? ROOM_LONG
                                                      : left;
    start = i + 1;
  }
  if (text)
    return ROOM_STRING;
  if (!arithmetic)
    return UNKNOWN;
  RoomType last = infer (scope, start, to);
  return last == ROOM_NUMBER || best == ROOM_NUMBER ? ROOM_NUMBER
         : last == ROOM_LONG || best == ROOM_LONG   ? ROOM_LONG
                                                    : last;
}

static RoomType
case_type (const Scope *scope, guint from, guint to)
{
  guint then = 0;

  for (guint i = from + 1; i < to; i++) {
    const RoomToken *token = room_token_at (scope->tokens, i);

    if (room_token_is_word (token, "CASE"))
      return UNKNOWN;
    if (then == 0 && room_token_is_word (token, "THEN"))
      then = i + 1;
    else if (then != 0
             && (room_token_is_word (token, "WHEN") || room_token_is_word (token, "ELSE")
                 || room_token_is_word (token, "END")))
      return infer (scope, then, i);
  }
  return UNKNOWN;
}

/* The type of the expression in FROM..TO-1, UNKNOWN when the text does not tell. */
static RoomType
infer (const Scope *scope, guint from, guint to)
{
  const RoomToken *first = room_token_at (scope->tokens, from);
  gboolean plain = TRUE;
  RoomType type;

  if (from >= to)
    return UNKNOWN;
  if (room_token_is_symbol (first, "(") && room_tokens_close (scope->tokens, from) == to - 1)
    return room_token_is_word (room_token_at (scope->tokens, from + 1), "SELECT")
               ? UNKNOWN
               : infer (scope, from + 1, to - 1);
  if (room_token_is_word (first, "CASE"))
    return case_type (scope, from, to);
  if (to - from == 1 && (type = literal_type (first)) != UNKNOWN)
    return type;
  if (room_token_is_word (first, "TRUE") || room_token_is_word (first, "FALSE"))
    return ROOM_BOOLEAN;
  if (first->type == ROOM_TOKEN_WORD && room_token_is_symbol (room_token_at (scope->tokens, from + 1), "(")
      && room_tokens_close (scope->tokens, from + 1) == to - 1)
    return call_type (scope, from, to);
  if ((type = operator_type (scope, from, to)) != UNKNOWN)
    return type;
  for (guint i = from; i < to; i++)
    plain = plain
            && ((i - from) % 2 == 0 ? is_identifier (room_token_at (scope->tokens, i))
                                    : room_token_is_symbol (room_token_at (scope->tokens, i), "."));
  return plain ? column_type (scope, from, to) : UNKNOWN;
}

/* Last resort: what the first rows hold. */
static void
probe_rows (sqlite3_stmt *statement, RoomType *types, guint count)
{
  for (guint row = 0; row < PROBE_ROWS && sqlite3_step (statement) == SQLITE_ROW; row++)
    for (guint i = 0; i < count; i++) {
      int storage = sqlite3_column_type (statement, (int) i);

      if (types[i] == UNKNOWN && storage != SQLITE_NULL)
        types[i] = storage == SQLITE_INTEGER ? ROOM_LONG
                   : storage == SQLITE_FLOAT ? ROOM_NUMBER
                                             : ROOM_STRING;
    }
  sqlite3_reset (statement);
}

/* Fill in types from the text of the select list; TRUE when nothing is left unknown. */
static gboolean
infer_list (sqlite3 *db, const char *sql, RoomType *types, guint count, guint depth)
{
  g_autoptr (GPtrArray) tokens = room_sql_lex (sql, FALSE, NULL);
  Scope scope = { .db = db, .tokens = tokens, .depth = depth };
  guint index = 0;
  gboolean known = TRUE;

  if (tokens == NULL || depth > MAX_DEPTH || !find_scope (&scope))
    return FALSE;
  if (scope.list_end - scope.list == 1 && room_token_is_symbol (room_token_at (tokens, scope.list), "*")
      && room_token_is_symbol (room_token_at (tokens, scope.from), "(")) {
    g_autofree char *inner = room_sql_unlex (tokens, scope.from + 1, room_tokens_close (tokens, scope.from));
    g_autoptr (GPtrArray) columns = describe (db, inner, depth + 1, NULL, NULL);

    if (columns == NULL || columns->len != count)
      return FALSE;
    for (guint i = 0; i < count; i++)
      types[i] = ((RoomColumn *) g_ptr_array_index (columns, i))->type;
    return TRUE;
  }
  for (guint at = scope.list; at < scope.list_end && index < count; index++) {
    guint end = item_end (tokens, at, scope.list_end);

    if (room_token_is_symbol (room_token_at (tokens, end - 1), "*"))
      return FALSE; /* the items no longer match the columns */
    if (types[index] == UNKNOWN)
      types[index] = infer (&scope, at, without_alias (tokens, at, end));
    known = known && types[index] != UNKNOWN;
    at = end + 1;
  }
  return known && index == count;
}

static GPtrArray *
describe (sqlite3 *db, const char *sql, guint depth, gboolean *exact, GError **error)
{
  sqlite3_stmt *statement = NULL;
  GPtrArray *columns;
  gboolean all = TRUE;
  guint count;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK || statement == NULL) {
    room_sql_error (error, sqlite3_errmsg (db));
    sqlite3_finalize (statement);
    return NULL;
  }
  count = (guint) sqlite3_column_count (statement);
  g_autofree RoomType *types = g_new0 (RoomType, MAX (count, 1));
  for (guint i = 0; i < count; i++) {
    types[i] = type_of_declared (sqlite3_column_decltype (statement, (int) i));
    all = all && types[i] != UNKNOWN;
  }
  if (exact != NULL)
    *exact = all;
  if (!all && !infer_list (db, sql, types, count, depth))
    probe_rows (statement, types, count);
  columns = room_columns_new ();
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (columns, room_column_new (sqlite3_column_name (statement, (int) i),
                                               types[i] == UNKNOWN ? ROOM_STRING : types[i],
                                               types[i] == ROOM_OTHER ? "decimal" : NULL));
  sqlite3_finalize (statement);
  return columns;
}

GPtrArray *
room_sqlite_describe (sqlite3 *db, const char *sql, gboolean *exact, GError **error)
{
  return describe (db, sql, 0, exact, error);
}
