/* SPDX-License-Identifier: MIT
 * The fence around the query text: no files, no table functions, no qualified names, no statements inside.
 *
 * The engines refuse files and settings themselves once they are sealed; this check refuses earlier, in
 * Spark's words, and the same for both engines.
 */
#include "room/sql-check.h"

#include "base/error.h"
#include "room/sql-lex.h"

#include <string.h>

#define EDIT_HINT "Read only the views that the query document names."

static const char *const clause_ends[] = { "WHERE",   "GROUP",      "HAVING", "ORDER",   "LIMIT",  "UNION",
                                           "EXCEPT",  "INTERSECT",  "WINDOW", "QUALIFY", "SELECT", "SORT",
                                           "CLUSTER", "DISTRIBUTE", "OFFSET", NULL };
static const char *const statements[] = { "INSERT",   "UPDATE", "DELETE",    "MERGE", "COPY",    "ATTACH",
                                          "DETACH",   "PRAGMA", "CALL",      "SET",   "INSTALL", "LOAD",
                                          "EXPORT",   "IMPORT", "DROP",      "ALTER", "CREATE",  "VACUUM",
                                          "DESCRIBE", "SHOW",   "SUMMARIZE", "FROM",  NULL };
static const char *const functions[] = { "getenv",  "current_setting", "getvariable", "load_extension",
                                         "reflect", "java_method",     "glob",        "sniff_csv",
                                         "query",   "query_table",     "readfile",    "writefile",
                                         "edit",    "nextval",         "fts5",        "try_reflect",
                                         NULL };
static const char *const prefixes[] = { "read_", "duckdb_",  "sqlite_", "pragma_",
                                        "pg_",   "parquet_", "room_",   "information_schema",
                                        NULL };
static const char *const formats[] = { "csv",        "json",  "parquet", "text", "orc", "avro",
                                       "binaryFile", "delta", "xml",     "jdbc", NULL };

static gboolean
is_identifier (const RoomToken *token)
{
  return token != NULL && (token->type == ROOM_TOKEN_WORD || token->type == ROOM_TOKEN_NAME);
}

static gboolean
has_denied_prefix (const char *name)
{
  for (const char *const *p = prefixes; *p != NULL; p++)
    if (g_ascii_strncasecmp (name, *p, strlen (*p)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
name_in (const char *name, const char *const *list)
{
  for (; *list != NULL; list++)
    if (g_ascii_strcasecmp (name, *list) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
refuse_path (GError **error, const char *what)
{
  cr_set_error (
      error, CR_ERROR_INPUT, EDIT_HINT,
      "[UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY] Reading files or table functions is not allowed in a "
      "clean room query: %s. SQLSTATE: 0A000",
      what);
  return FALSE;
}

static gboolean
check_table (GPtrArray *tokens, guint i, GError **error)
{
  const RoomToken *table = room_token_at (tokens, i);
  const RoomToken *next = room_token_at (tokens, i + 1);

  if (table == NULL || room_token_is_symbol (table, "("))
    return table != NULL || room_sql_syntax_error (error, NULL, NULL);
  if (table->type == ROOM_TOKEN_STRING)
    return refuse_path (error, table->text);
  if (!is_identifier (table))
    return room_sql_syntax_error (error, table, NULL);
  if (room_token_is_symbol (next, "("))
    return room_token_is_word (table, "VALUES") || refuse_path (error, table->text);
  if (room_token_is_symbol (next, ".") && name_in (table->text, formats))
    return refuse_path (error, table->text);
  if (room_token_is_symbol (next, ".") || has_denied_prefix (table->text)
      || (table->type == ROOM_TOKEN_NAME && strpbrk (table->text, "./\\*") != NULL)) {
    cr_set_error (error, CR_ERROR_INPUT, EDIT_HINT,
                  "[TABLE_OR_VIEW_NOT_FOUND] The table or view `%s` cannot be found. Verify the spelling and "
                  "correctness of the schema and catalog. SQLSTATE: 42P01",
                  table->text);
    return FALSE;
  }
  return TRUE;
}

gboolean
room_sql_is_from_clause (GPtrArray *tokens, guint index)
{
  guint depth = 0;

  if (index > 1 && room_token_is_word (room_token_at (tokens, index - 1), "DISTINCT")
      && (room_token_is_word (room_token_at (tokens, index - 2), "IS")
          || room_token_is_word (room_token_at (tokens, index - 2), "NOT")))
    return FALSE;
  for (guint i = index; i-- > 0;) {
    const RoomToken *token = room_token_at (tokens, i);

    if (room_token_is_symbol (token, ")"))
      depth++;
    else if (room_token_is_symbol (token, "(") && depth-- == 0)
      return room_token_is_word (room_token_at (tokens, i + 1), "SELECT")
             || room_token_is_word (room_token_at (tokens, i + 1), "WITH");
  }
  return TRUE;
}

static gboolean
check_call (GPtrArray *tokens, guint i, GError **error)
{
  const RoomToken *token = room_token_at (tokens, i);

  if (!is_identifier (token) || !room_token_is_symbol (room_token_at (tokens, i + 1), "("))
    return TRUE;
  if (!name_in (token->text, functions) && !has_denied_prefix (token->text))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, EDIT_HINT,
                "[UNRESOLVED_ROUTINE] Cannot resolve routine `%s` on search path [`system`.`builtin`, "
                "`system`.`session`, `spark_catalog`.`default`]. SQLSTATE: 42883",
                token->text);
  return FALSE;
}

/* Walks the tokens with one "are we in a FROM clause" mark per level of parentheses. */
gboolean
room_sql_check_query (GPtrArray *tokens, guint from, GError **error)
{
  g_autoptr (GByteArray) in_from = g_byte_array_new ();
  const guint8 no = 0;
  const RoomToken *first = room_token_at (tokens, from);

  if (!room_token_is_word (first, "SELECT") && !room_token_is_word (first, "WITH")
      && !room_token_is_symbol (first, "("))
    return room_sql_syntax_error (error, first,
                                  "only SELECT, WITH and CREATE OR REPLACE TEMP VIEW are allowed");
  g_byte_array_append (in_from, &no, 1);
  for (guint i = from; i < tokens->len; i++) {
    const RoomToken *token = room_token_at (tokens, i);
    guint8 *mark = &in_from->data[in_from->len - 1];
    gboolean table = FALSE;

    if (room_token_is_symbol (token, ";"))
      return room_sql_syntax_error (error, token, "one statement per segment");
    if (room_token_is_symbol (token, "(")) {
      gboolean group = *mark != 0
                       && (room_token_is_word (room_token_at (tokens, i - 1), "FROM")
                           || room_token_is_word (room_token_at (tokens, i - 1), "JOIN")
                           || room_token_is_symbol (room_token_at (tokens, i - 1), ",")
                           || room_token_is_symbol (room_token_at (tokens, i - 1), "("));
      guint8 inner = group && !room_token_is_word (room_token_at (tokens, i + 1), "SELECT")
                     && !room_token_is_word (room_token_at (tokens, i + 1), "WITH");

      if (room_token_is_one_of (room_token_at (tokens, i + 1), statements))
        return room_sql_syntax_error (error, room_token_at (tokens, i + 1), NULL);
      g_byte_array_append (in_from, &inner, 1);
      if (inner != 0 && !check_table (tokens, i + 1, error)) /* (a JOIN b) */
        return FALSE;
      continue;
    }
    if (room_token_is_symbol (token, ")")) {
      if (in_from->len == 1)
        return room_sql_syntax_error (error, token, NULL);
      g_byte_array_set_size (in_from, in_from->len - 1);
      continue;
    }
    if (room_token_is_word (token, "FROM") && room_sql_is_from_clause (tokens, i))
      *mark = table = TRUE;
    else if (room_token_is_word (token, "JOIN") || (*mark != 0 && room_token_is_symbol (token, ",")))
      table = TRUE;
    else if (room_token_is_one_of (token, clause_ends))
      *mark = 0;
    if (table && room_token_is_word (room_token_at (tokens, i + 1), "LATERAL"))
      continue;
    if (table && !check_table (tokens, i + 1, error))
      return FALSE;
    if (!check_call (tokens, i, error))
      return FALSE;
  }
  if (in_from->len != 1)
    return room_sql_syntax_error (error, NULL, NULL);
  return TRUE;
}
