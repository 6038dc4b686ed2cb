/* SPDX-License-Identifier: MIT
 * Engine messages in Spark's words (error classes of Spark 4.0).
 */
#include "room/sql-error.h"

#include "base/error.h"

#include <string.h>

/* Text between BEFORE and AFTER; %s of FORMAT is that text. The first pattern that fits is taken. */
static const struct {
  const char *before, *after, *format;
} patterns[] = {
  { "Table with name ", " does not exist",
    "[TABLE_OR_VIEW_NOT_FOUND] The table or view `%s` cannot be found. Verify the spelling and correctness of the "
    "schema and catalog. SQLSTATE: 42P01" },
  { "no such table: ", NULL,
    "[TABLE_OR_VIEW_NOT_FOUND] The table or view `%s` cannot be found. Verify the spelling and correctness of the "
    "schema and catalog. SQLSTATE: 42P01" },
  { "Referenced column \"", "\" not found",
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `%s` cannot be "
    "resolved. SQLSTATE: 42703" },
  { "does not have a column named \"", "\"",
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `%s` cannot be "
    "resolved. SQLSTATE: 42703" },
  { "Referenced table \"", "\" not found",
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `%s` cannot be "
    "resolved. SQLSTATE: 42703" },
  { "no such column: ", NULL,
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `%s` cannot be "
    "resolved. SQLSTATE: 42703" },
  { "syntax error at or near \"", "\"",
    "[PARSE_SYNTAX_ERROR] Syntax error at or near '%s'. SQLSTATE: 42601" },
  { "near \"", "\": syntax error", "[PARSE_SYNTAX_ERROR] Syntax error at or near '%s'. SQLSTATE: 42601" },
  { "Parser Error: ", NULL, "[PARSE_SYNTAX_ERROR] Syntax error: %s. SQLSTATE: 42601" },
  { "incomplete input", NULL,
    "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input%s. SQLSTATE: 42601" },
  { "Function with name ", " does not exist",
    "[UNRESOLVED_ROUTINE] Cannot resolve routine `%s` on search path. SQLSTATE: 42883" },
  { "no such function: ", NULL,
    "[UNRESOLVED_ROUTINE] Cannot resolve routine `%s` on search path. SQLSTATE: 42883" },
  { "mbiguous reference to column name \"", "\"",
    "[AMBIGUOUS_REFERENCE] Reference `%s` is ambiguous. SQLSTATE: 42704" },
  { "ambiguous column name: ", NULL, "[AMBIGUOUS_REFERENCE] Reference `%s` is ambiguous. SQLSTATE: 42704" },
  { "column \"", "\" must appear in the GROUP BY",
    "[MISSING_AGGREGATION] The non-aggregating expression \"%s\" is based on columns which are not participating "
    "in the GROUP BY clause. SQLSTATE: 42803" },
  { "Set operations can only apply to expressions with the same number", "",
    "[NUM_COLUMNS_MISMATCH] UNION can only be performed on inputs with the same number of columns%s. "
    "SQLSTATE: 42826" },
  { "do not have the same number of result columns", "",
    "[NUM_COLUMNS_MISMATCH] UNION can only be performed on inputs with the same number of columns%s. "
    "SQLSTATE: 42826" },
  { "Out of Range Error: ", NULL, "[ARITHMETIC_OVERFLOW] %s. SQLSTATE: 22003" },
  { "integer overflow", "", "[ARITHMETIC_OVERFLOW] long overflow%s. SQLSTATE: 22003" },
};

static const char hint[] = "Correct the query text and publish the query again.";

char *
room_cast_error_text (const char *value, const char *type)
{
  return g_strdup_printf (
      "[CAST_INVALID_INPUT] The value '%s' of the type \"STRING\" cannot be cast to \"%s\" "
      "because it is malformed. SQLSTATE: 22018",
      value, type);
}

/* First line of MESSAGE without the trailing dot. */
static char *
first_line (const char *message)
{
  g_autofree char *line = g_strndup (message, strcspn (message, "\n"));

  g_strchomp (line);
  if (g_str_has_suffix (line, "."))
    line[strlen (line) - 1] = '\0';
  return g_steal_pointer (&line);
}

/* Could not convert string 'x' to DOUBLE when casting from source column s */
static gboolean
conversion_error (GError **error, const char *message)
{
  static const char start[] = "Could not convert string '";
  const char *value = strstr (message, start);
  const char *end = value != NULL ? strstr (value + strlen (start), "' to ") : NULL;

  if (end == NULL)
    return FALSE;
  value += strlen (start);
  g_autofree char *text = g_strndup (value, (gsize) (end - value));
  g_autofree char *type = g_strndup (end + 5, strspn (end + 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"));
  g_autofree char *said = room_cast_error_text (text, strcmp (type, "INT32") == 0   ? "INT"
                                                      : strcmp (type, "INT64") == 0 ? "BIGINT"
                                                                                    : type);
  cr_set_error (error, CR_ERROR_INPUT, hint, "%s", said);
  return TRUE;
}

gboolean
room_sql_error (GError **error, const char *message)
{
  const char *ours = message != NULL ? strchr (message, '[') : NULL;

  if (message == NULL)
    message = "the engine gave no reason";
  if (ours != NULL && g_ascii_isupper (ours[1]) && strstr (ours, "SQLSTATE") != NULL) {
    g_autofree char *line = first_line (ours);
    cr_set_error (error, CR_ERROR_INPUT, hint, "%s", line);
    return FALSE;
  }
  if (conversion_error (error, message))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++) {
    const char *at = strstr (message, patterns[i].before);
    const char *end;
    g_autofree char *name = NULL;
    g_auto (GStrv) parts = NULL;

    if (at == NULL)
      continue;
    at += strlen (patterns[i].before);
    end = patterns[i].after != NULL ? strstr (at, patterns[i].after) : NULL;
    if (patterns[i].after != NULL && end == NULL)
      continue;
    name = end != NULL ? g_strndup (at, (gsize) (end - at)) : first_line (at);
    if (patterns[i].after != NULL && *patterns[i].after == '\0')
      *name = '\0';
    parts = g_strsplit (patterns[i].format, "%s", 2);
    cr_set_error (error, CR_ERROR_INPUT, hint, "%s%s%s", parts[0], name, parts[1] != NULL ? parts[1] : "");
    return FALSE;
  }
  g_autofree char *line = first_line (message);
  cr_set_error (error, CR_ERROR_INPUT, hint, "%s", line);
  return FALSE;
}
