/* SPDX-License-Identifier: MIT
 * SQLite functions with Spark's (ANSI) behaviour.
 */
#include "room/sqlite-functions.h"

#include "room/sql-error.h"
#include "room/value.h"

#include <string.h>

typedef struct {
  gint64 count, whole;
  double real;
  gboolean inexact, overflow;
  char *bad; /* the first text that is no number */
} Sum;

static void
sum_step (sqlite3_context *context, int count, sqlite3_value **values)
{
  Sum *sum = sqlite3_aggregate_context (context, sizeof *sum);
  RoomValue number;

  (void) count;
  if (sum == NULL || sqlite3_value_type (values[0]) == SQLITE_NULL)
    return;
  sum->count++;
  switch (sqlite3_value_type (values[0])) {
  case SQLITE_INTEGER:
    sum->overflow = sum->overflow
                    || __builtin_add_overflow (sum->whole, sqlite3_value_int64 (values[0]), &sum->whole);
    sum->real += sqlite3_value_double (values[0]);
    break;
  case SQLITE_FLOAT:
    sum->inexact = TRUE;
    sum->real += sqlite3_value_double (values[0]);
    break;
  default:
    sum->inexact = TRUE;
    number = room_value_from_text (ROOM_NUMBER, (const char *) sqlite3_value_text (values[0]),
                                   (gsize) sqlite3_value_bytes (values[0]));
    if (number.null && sum->bad == NULL)
      sum->bad = g_strdup ((const char *) sqlite3_value_text (values[0]));
    sum->real += number.real;
  }
}

static void
result_poison (sqlite3_context *context, const char *text)
{
  g_autofree char *blob = g_strdup_printf ("%c%s", ROOM_SQLITE_POISON, text);

  sqlite3_result_blob (context, blob, (int) strlen (blob), SQLITE_TRANSIENT);
}

/* TRUE when the aggregate cannot be given. */
static gboolean
sum_failed (sqlite3_context *context, Sum *sum)
{
  if (sum->bad == NULL)
    return FALSE;
  g_autofree char *value = g_steal_pointer (&sum->bad);
  g_autofree char *text = room_cast_error_text (value, "DOUBLE");
  result_poison (context, text);
  return TRUE;
}

static void
sum_final (sqlite3_context *context)
{
  Sum *sum = sqlite3_aggregate_context (context, 0);

  if (sum == NULL || sum->count == 0 || sum_failed (context, sum))
    return;
  if (sum->inexact)
    sqlite3_result_double (context, sum->real);
  else if (sum->overflow)
    sqlite3_result_error (context, "integer overflow", -1);
  else
    sqlite3_result_int64 (context, sum->whole);
}

static void
avg_final (sqlite3_context *context)
{
  Sum *sum = sqlite3_aggregate_context (context, 0);

  if (sum == NULL || sum->count == 0 || sum_failed (context, sum))
    return;
  sqlite3_result_double (context, sum->real / (double) sum->count);
}

static void
change_case (sqlite3_context *context, int count, sqlite3_value **values)
{
  gboolean up = GPOINTER_TO_INT (sqlite3_user_data (context));
  const char *text = (const char *) sqlite3_value_text (values[0]);

  (void) count;
  if (text == NULL)
    return;
  sqlite3_result_text (context, up ? g_utf8_strup (text, -1) : g_utf8_strdown (text, -1), -1, g_free);
}

static void
nonzero (sqlite3_context *context, int count, sqlite3_value **values)
{
  (void) count;
  if (sqlite3_value_numeric_type (values[0]) != SQLITE_NULL && sqlite3_value_double (values[0]) == 0)
    sqlite3_result_error (context, "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012", -1);
  else
    sqlite3_result_value (context, values[0]);
}

/* YEAR, MONTH, DAY of a text YYYY-MM-DD...; user data is the offset, the year has four digits. */
static void
date_part (sqlite3_context *context, int count, sqlite3_value **values)
{
  gsize offset = GPOINTER_TO_SIZE (sqlite3_user_data (context));
  const char *text = (const char *) sqlite3_value_text (values[0]);
  gint64 days;

  (void) count;
  if (text == NULL)
    return;
  if (strlen (text) < 10 || !room_parse_date (text, 10, &days)) {
    g_autofree char *said = room_cast_error_text (text, "DATE");
    result_poison (context, said);
    return;
  }
  g_autofree char *digits = g_strndup (text + offset, offset == 0 ? 4 : 2);
  sqlite3_result_int64 (context, g_ascii_strtoll (digits, NULL, 10));
}

static void
result_cast (sqlite3_context *context, RoomType type, const RoomValue *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  switch (type) {
  case ROOM_NUMBER:
    sqlite3_result_double (context, value->real);
    break;
  case ROOM_DATE:
  case ROOM_TIMESTAMP:
  case ROOM_STRING:
  case ROOM_OTHER:
    room_value_append (text, value);
    sqlite3_result_text (context, text->str, (int) text->len, SQLITE_TRANSIENT);
    break;
  case ROOM_INTEGER:
  case ROOM_LONG:
  case ROOM_BOOLEAN:
  default:
    sqlite3_result_int64 (context, value->whole);
  }
}

/* room_cast(value, 'TYPE'): a text that does not fit is an error, a double loses its fraction. */
static void
cast (sqlite3_context *context, int count, sqlite3_value **values)
{
  static const struct {
    const char *name;
    RoomType type;
  } types[] = { { "INT", ROOM_INTEGER },     { "INTEGER", ROOM_INTEGER },     { "BIGINT", ROOM_LONG },
                { "LONG", ROOM_LONG },       { "DOUBLE", ROOM_NUMBER },       { "FLOAT", ROOM_NUMBER },
                { "STRING", ROOM_STRING },   { "VARCHAR", ROOM_STRING },      { "BOOLEAN", ROOM_BOOLEAN },
                { "DATE", ROOM_DATE },       { "TIMESTAMP", ROOM_TIMESTAMP }, { "SMALLINT", ROOM_INTEGER },
                { "TINYINT", ROOM_INTEGER }, { "DECIMAL", ROOM_NUMBER } };
  const char *name = (const char *) sqlite3_value_text (values[1]);
  int storage = sqlite3_value_type (values[0]);
  RoomType type = ROOM_OTHER;
  RoomValue value;

  (void) count;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (types[i].name, name) == 0)
      type = types[i].type;
  if (type == ROOM_OTHER) {
    sqlite3_result_error (context, "[UNSUPPORTED_DATATYPE] Unsupported data type in CAST. SQLSTATE: 0A000",
                          -1);
    return;
  }
  if (storage == SQLITE_NULL)
    return;
  if (storage == SQLITE_FLOAT && (type == ROOM_INTEGER || type == ROOM_LONG)) {
    sqlite3_result_int64 (context, (gint64) sqlite3_value_double (values[0]));
    return;
  }
  if (storage == SQLITE_FLOAT && type == ROOM_STRING)
    value = (RoomValue){ .type = ROOM_NUMBER, .real = sqlite3_value_double (values[0]) };
  else {
    const char *text = (const char *) sqlite3_value_text (values[0]);
    g_autofree char *stripped = type == ROOM_STRING ? g_strdup (text) : g_strstrip (g_strdup (text));

    value = room_value_from_text (type, stripped, strlen (stripped));
    if (value.null) {
      g_autofree char *said = room_cast_error_text (text, type == ROOM_LONG ? "BIGINT" : name);
      result_poison (context, said);
      return;
    }
    result_cast (context, type, &value);
    return;
  }
  result_cast (context, type, &value);
}

gboolean
room_sqlite_add_functions (sqlite3 *db)
{
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  static const struct {
    const char *name;
    int arguments;
    gsize data;
    void (*function) (sqlite3_context *, int, sqlite3_value **);
    void (*final) (sqlite3_context *);
  } functions[] = {
    { "sum", 1, 0, sum_step, sum_final },    { "avg", 1, 0, sum_step, avg_final },
    { "upper", 1, 1, change_case, NULL },    { "lower", 1, 0, change_case, NULL },
    { "room_nonzero", 1, 0, nonzero, NULL }, { "room_cast", 2, 0, cast, NULL },
    { "year", 1, 0, date_part, NULL },       { "month", 1, 5, date_part, NULL },
    { "day", 1, 8, date_part, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    if (sqlite3_create_function_v2 (
            db, functions[i].name, functions[i].arguments, flags, GSIZE_TO_POINTER (functions[i].data),
            functions[i].final != NULL ? NULL : functions[i].function,
            functions[i].final != NULL ? functions[i].function : NULL, functions[i].final, NULL)
        != SQLITE_OK)
      return FALSE;
  return TRUE;
}
