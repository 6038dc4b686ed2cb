/* SPDX-License-Identifier: MIT
 * Typed values: permissive casts as Spark does them, and the text forms it writes.
 */
#include "room/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  RoomType type;
} type_names[] = {
  { "string", ROOM_STRING },       { "integer", ROOM_INTEGER }, { "long", ROOM_LONG },
  { "number", ROOM_NUMBER },       { "boolean", ROOM_BOOLEAN }, { "date", ROOM_DATE },
  { "timestamp", ROOM_TIMESTAMP },
};

RoomType
room_type_from_name (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (type_names); i++)
    if (strcmp (type_names[i].name, name) == 0)
      return type_names[i].type;
  return ROOM_STRING;
}

static const char *
room_type_name (RoomType type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type_names[i].type == type)
      return type_names[i].name;
  return "other";
}

RoomColumn *
room_column_new (const char *name, RoomType type, const char *type_name)
{
  RoomColumn *column = g_new0 (RoomColumn, 1);

  column->name = g_strdup (name);
  column->type = type;
  column->type_name = g_strdup (type_name != NULL ? type_name : room_type_name (type));
  return column;
}

static void
room_column_free (RoomColumn *column)
{
  if (column == NULL)
    return;
  g_free (column->name);
  g_free (column->type_name);
  g_free (column);
}

GPtrArray *
room_columns_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) room_column_free);
}

RoomColumn *
room_columns_find (GPtrArray *columns, const char *name)
{
  for (guint i = 0; i < columns->len; i++) {
    RoomColumn *column = g_ptr_array_index (columns, i);

    if (strcmp (column->name, name) == 0)
      return column;
  }
  return NULL;
}

RoomValue
room_value_null (RoomType type)
{
  return (RoomValue){ .type = type, .null = TRUE };
}

/* [+-]digits that fit MIN..MAX, nothing else: what Integer.parseInt and Long.parseLong take. */
static gboolean
parse_whole (const char *text, gsize length, gint64 min, gint64 max, gint64 *value)
{
  char buffer[32];
  char *end = NULL;

  if (length == 0 || length >= sizeof buffer)
    return FALSE;
  memcpy (buffer, text, length);
  buffer[length] = '\0';
  if (!g_ascii_isdigit (buffer[0])
      && !((buffer[0] == '-' || buffer[0] == '+') && g_ascii_isdigit (buffer[1])))
    return FALSE;
  errno = 0;
  *value = g_ascii_strtoll (buffer, &end, 10);
  return errno == 0 && *end == '\0' && strlen (buffer) == length && *value >= min && *value <= max;
}

static gboolean
parse_real (const char *text, gsize length, double *value)
{
  static const struct {
    const char *word;
    double value;
  } words[] = { { "NaN", NAN },           { "Inf", INFINITY },       { "-Inf", -INFINITY },
                { "Infinity", INFINITY }, { "+Infinity", INFINITY }, { "-Infinity", -INFINITY } };
  g_autofree char *copy = g_strstrip (g_strndup (text, length));
  gsize size = strlen (copy);
  char *end = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (copy, words[i].word) == 0) {
      *value = words[i].value;
      return TRUE;
    }
  if (size > 1 && strchr ("fFdD", copy[size - 1]) != NULL)
    copy[--size] = '\0';
  if (size == 0 || strspn (copy, "0123456789+-.eE") != size)
    return FALSE;
  *value = g_ascii_strtod (copy, &end);
  return end != copy && *end == '\0';
}

/* COUNT digits at *TEXT as a number; moves on. -1 when there are fewer. */
static int
take_digits (const char **text, const char *end, int count)
{
  int value = 0;

  for (int i = 0; i < count; i++, (*text)++) {
    if (*text >= end || !g_ascii_isdigit (**text))
      return -1;
    value = value * 10 + (**text - '0');
  }
  return value;
}

static gboolean
take_char (const char **text, const char *end, char wanted)
{
  if (*text >= end || **text != wanted)
    return FALSE;
  (*text)++;
  return TRUE;
}

/* Days since 1970-01-01 of a Gregorian day (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static gint64
days_from_civil (int year, int month, int day)
{
  gint64 y = year - (month <= 2 ? 1 : 0);
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 yoe = y - era * 400;
  gint64 doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  gint64 doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

  return era * 146097 + doe - 719468;
}

static void
civil_from_days (gint64 days, int *year, int *month, int *day)
{
  gint64 z = days + 719468;
  gint64 era = (z >= 0 ? z : z - 146096) / 146097;
  gint64 doe = z - era * 146097;
  gint64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  gint64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  gint64 mp = (5 * doy + 2) / 153;

  *day = (int) (doy - (153 * mp + 2) / 5 + 1);
  *month = (int) (mp < 10 ? mp + 3 : mp - 9);
  *year = (int) (yoe + era * 400 + (*month <= 2 ? 1 : 0));
}

static gboolean
take_date (const char **text, const char *end, gint64 *days)
{
  int year = take_digits (text, end, 4);
  int month, day;

  if (year < 0 || !take_char (text, end, '-'))
    return FALSE;
  month = take_digits (text, end, 2);
  if (month < 0 || !take_char (text, end, '-'))
    return FALSE;
  day = take_digits (text, end, 2);
  if (year == 0 || day < 1 || month < 1 || month > 12
      || day > g_date_get_days_in_month ((GDateMonth) month, (GDateYear) year))
    return FALSE;
  *days = days_from_civil (year, month, day);
  return TRUE;
}

gboolean
room_parse_date (const char *text, gsize length, gint64 *days)
{
  const char *at = text;

  return take_date (&at, text + length, days) && at == text + length;
}

/* Z, +hh:mm, -hh:mm or nothing (UTC). */
static gboolean
take_zone (const char **text, const char *end, gint64 *offset_seconds)
{
  int sign, hours, minutes;

  *offset_seconds = 0;
  if (*text == end || (take_char (text, end, 'Z') && *text == end))
    return TRUE;
  if (take_char (text, end, '+'))
    sign = 1;
  else if (take_char (text, end, '-'))
    sign = -1;
  else
    return FALSE;
  hours = take_digits (text, end, 2);
  if (hours < 0 || hours > 18 || !take_char (text, end, ':'))
    return FALSE;
  minutes = take_digits (text, end, 2);
  if (minutes < 0 || minutes > 59)
    return FALSE;
  *offset_seconds = sign * (hours * 3600 + minutes * 60);
  return *text == end;
}

/* YYYY-MM-DDTHH:MM:SS.mmmZ. */
static gboolean
room_parse_timestamp (const char *text, gsize length, gint64 *micros)
{
  const char *at = text, *end = text + length;
  gint64 days, offset, fraction = 0;
  int hour, minute, second = 0;

  if (!take_date (&at, end, &days))
    return FALSE;
  if (at == end) {
    *micros = days * 86400 * G_USEC_PER_SEC;
    return TRUE;
  }
  if (!take_char (&at, end, 'T') && !take_char (&at, end, ' '))
    return FALSE;
  hour = take_digits (&at, end, 2);
  if (hour < 0 || hour > 23 || !take_char (&at, end, ':'))
    return FALSE;
  minute = take_digits (&at, end, 2);
  if (minute < 0 || minute > 59)
    return FALSE;
  if (take_char (&at, end, ':') && ((second = take_digits (&at, end, 2)) < 0 || second > 59))
    return FALSE;
  if (take_char (&at, end, '.'))
    for (gint64 unit = 100000; at < end && g_ascii_isdigit (*at); at++, unit /= 10)
      fraction += (*at - '0') * unit;
  if (!take_zone (&at, end, &offset))
    return FALSE;
  *micros = (days * 86400 + hour * 3600 + minute * 60 + second - offset) * G_USEC_PER_SEC + fraction;
  return TRUE;
}

static gboolean
text_is (const char *text, gsize length, const char *word)
{
  return strlen (word) == length && g_ascii_strncasecmp (text, word, length) == 0;
}

RoomValue
room_value_from_text (RoomType type, const char *text, gsize length)
{
  RoomValue value = { .type = type };

  switch (type) {
  case ROOM_INTEGER:
    value.null = !parse_whole (text, length, G_MININT32, G_MAXINT32, &value.whole);
    break;
  case ROOM_LONG:
    value.null = !parse_whole (text, length, G_MININT64, G_MAXINT64, &value.whole);
    break;
  case ROOM_NUMBER:
    value.null = !parse_real (text, length, &value.real);
    break;
  case ROOM_BOOLEAN:
    value.whole = text_is (text, length, "true");
    value.null = !value.whole && !text_is (text, length, "false");
    break;
  case ROOM_DATE:
    value.null = !room_parse_date (text, length, &value.whole);
    break;
  case ROOM_TIMESTAMP:
    value.null = !room_parse_timestamp (text, length, &value.whole);
    break;
  case ROOM_STRING:
  case ROOM_OTHER:
    value.type = ROOM_STRING;
    value.text = text;
    value.length = length;
    break;
  default:
    g_assert_not_reached ();
  }
  return value;
}

static RoomValue
string_from_json (const json_t *json, GStringChunk *arena)
{
  RoomValue value = { .type = ROOM_STRING };

  if (json_is_string (json)) {
    value.text = json_string_value (json);
    value.length = json_string_length (json);
    return value;
  }
  g_autofree char *text = cr_json_dump (json);
  value.text = g_string_chunk_insert (arena, text);
  value.length = strlen (value.text);
  return value;
}

RoomValue
room_value_from_json (RoomType type, const json_t *json, GStringChunk *arena)
{
  RoomValue value = { .type = type };

  if (json == NULL || json_is_null (json))
    return room_value_null (type);
  switch (type) {
  case ROOM_STRING:
  case ROOM_OTHER:
    return string_from_json (json, arena);
  case ROOM_INTEGER:
  case ROOM_LONG:
    value.whole = json_integer_value (json);
    value.null = !json_is_integer (json)
                 || (type == ROOM_INTEGER && (value.whole < G_MININT32 || value.whole > G_MAXINT32));
    break;
  case ROOM_NUMBER:
    value.real = json_number_value (json);
    value.null = !json_is_number (json);
    break;
  case ROOM_BOOLEAN:
    value.whole = json_is_true (json);
    value.null = !json_is_boolean (json);
    break;
  case ROOM_DATE:
  case ROOM_TIMESTAMP:
    if (!json_is_string (json))
      return room_value_null (type);
    return room_value_from_text (type, json_string_value (json), json_string_length (json));
  default:
    g_assert_not_reached ();
  }
  return value;
}

/* Digits and decimal exponent of the shortest text that reads back as NUMBER: 0.d1d2d3 x 10^exponent. */
static void
shortest_digits (double number, char digits[32], int *exponent)
{
  char text[40];
  char *mark;
  gsize n = 0;

  for (int precision = 0; precision <= 16; precision++) {
    g_snprintf (text, sizeof text, "%.*e", precision, number);
    if (strtod (text, NULL) == number)
      break;
  }
  mark = strchr (text, 'e');
  *exponent = atoi (mark + 1) + 1;
  for (const char *p = text; p < mark; p++)
    if (g_ascii_isdigit (*p))
      digits[n++] = *p;
  while (n > 1 && digits[n - 1] == '0')
    n--;
  digits[n] = '\0';
}

void
room_append_double (GString *out, double number)
{
  char digits[32];
  int exponent, count;

  if (isnan (number) || isinf (number)) {
    g_string_append (out, isnan (number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    return;
  }
  if (signbit (number))
    g_string_append_c (out, '-');
  number = fabs (number);
  if (number == 0) {
    g_string_append (out, "0.0");
    return;
  }
  shortest_digits (number, digits, &exponent);
  count = (int) strlen (digits);
  if (number >= 1e7 || number < 1e-3) {
    g_string_append_printf (out, "%c.%sE%d", digits[0], count > 1 ? digits + 1 : "0", exponent - 1);
    return;
  }
  if (exponent <= 0)
    g_string_append (out, "0");
  for (int i = 0; i < exponent; i++)
    g_string_append_c (out, i < count ? digits[i] : '0');
  g_string_append_c (out, '.');
  for (int i = exponent; i < 0; i++)
    g_string_append_c (out, '0');
  g_string_append (out, exponent >= count ? "0" : digits + MAX (exponent, 0));
}

static void
room_append_date (GString *out, gint64 days)
{
  int year, month, day;

  civil_from_days (days, &year, &month, &day);
  g_string_append_printf (out, "%04d-%02d-%02d", year, month, day);
}

static void
room_append_timestamp (GString *out, gint64 micros)
{
  gint64 day_length = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
  gint64 days = micros / day_length;
  gint64 rest = micros % day_length;

  if (rest < 0) {
    days--;
    rest += day_length;
  }
  room_append_date (out, days);
  g_string_append_printf (out, "T%02d:%02d:%02d.%03dZ", (int) (rest / G_USEC_PER_SEC / 3600),
                          (int) (rest / G_USEC_PER_SEC / 60 % 60), (int) (rest / G_USEC_PER_SEC % 60),
                          (int) (rest % G_USEC_PER_SEC / 1000));
}

void
room_value_append (GString *out, const RoomValue *value)
{
  if (value->null)
    return;
  switch (value->type) {
  case ROOM_STRING:
  case ROOM_OTHER:
    g_string_append_len (out, value->text, (gssize) value->length);
    break;
  case ROOM_INTEGER:
  case ROOM_LONG:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, value->whole);
    break;
  case ROOM_NUMBER:
    room_append_double (out, value->real);
    break;
  case ROOM_BOOLEAN:
    g_string_append (out, value->whole ? "true" : "false");
    break;
  case ROOM_DATE:
    room_append_date (out, value->whole);
    break;
  case ROOM_TIMESTAMP:
    room_append_timestamp (out, value->whole);
    break;
  default:
    g_assert_not_reached ();
  }
}
