/* SPDX-License-Identifier: MIT
 * Days as words, and a month as lines: what a calendar is on a screen.
 */
#include "ui/line/line-private.h"

#include "base/clock.h"
#include "base/translate.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_MAX 36525 /* +N and -N */

static const char *const weekdays[] = { N_ ("Monday"), N_ ("Tuesday"),  N_ ("Wednesday"), N_ ("Thursday"),
                                        N_ ("Friday"), N_ ("Saturday"), N_ ("Sunday") };
static const char *const months[] = { N_ ("January"),   N_ ("February"), N_ ("March"),    N_ ("April"),
                                      N_ ("May"),       N_ ("June"),     N_ ("July"),     N_ ("August"),
                                      N_ ("September"), N_ ("October"),  N_ ("November"), N_ ("December") };

static gboolean
is_name (const char *text, const char *name)
{
  g_autofree char *typed = g_utf8_casefold (text, -1), *english = g_utf8_casefold (name, -1),
                  *here = g_utf8_casefold (cr_translate (name), -1);
  return strcmp (typed, english) == 0 || strcmp (typed, here) == 0;
}

/* DAY moved by COUNT. Gives; NULL when there is no such day. */
static char *
moved (const GDate *day, gint64 count)
{
  gint64 julian = (gint64) g_date_get_julian (day) + count;
  if (count < -DAYS_MAX || count > DAYS_MAX || julian < 1)
    return NULL;
  g_autoptr (GDate) there = g_date_new_julian ((guint32) julian);
  return cr_day_text (there);
}

/* "15": that day of the month of DAY. */
static char *
in_month (const GDate *day, guint64 number)
{
  if (number < 1 || number > 31
      || !g_date_valid_dmy ((GDateDay) number, g_date_get_month (day), g_date_get_year (day)))
    return NULL;
  g_autoptr (GDate) there = g_date_new_dmy ((GDateDay) number, g_date_get_month (day), g_date_get_year (day));
  return cr_day_text (there);
}

/* The last day of that name, up to TODAY. */
static char *
last_weekday (const GDate *today, const char *text)
{
  for (int i = 0; i < 7; i++)
    if (is_name (text, weekdays[i]))
      return moved (today, -(((int) g_date_get_weekday (today) - (i + 1) + 7) % 7));
  return NULL;
}

char *
line_day_read (const char *text, const char *from, const char *today)
{
  g_autoptr (GDate) now = cr_day_parse (today, NULL), start = from != NULL ? cr_day_parse (from, NULL) : NULL;
  const GDate *base = start != NULL ? start : now;
  guint64 number = 0;
  if (is_name (text, N_ ("today")))
    return moved (now, 0);
  if (is_name (text, N_ ("yesterday")))
    return moved (now, -1);
  if (is_name (text, N_ ("tomorrow")))
    return moved (now, 1);
  if ((*text == '+' || *text == '-') && g_ascii_string_to_unsigned (text + 1, 10, 0, DAYS_MAX, &number, NULL))
    return moved (base, *text == '+' ? (gint64) number : -(gint64) number);
  if (g_ascii_string_to_unsigned (text, 10, 1, 31, &number, NULL))
    return in_month (base, number);
  return last_weekday (now, text);
}

gboolean
line_is_calendar (const char *text, char **month)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  if (words[0] == NULL || !is_name (words[0], N_ ("calendar")))
    return FALSE;
  if (month != NULL)
    *month = g_strdup (words[1] != NULL ? g_strstrip (words[1]) : "");
  return TRUE;
}

/* A week as one line: "Monday 1, Tuesday 2, ...". */
static void
say_week (Line *line, const GDate *first, guint from, guint to)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint day = from; day <= to; day++) {
    guint weekday = ((guint) g_date_get_weekday (first) - 1 + day - 1) % 7;
    g_string_append_printf (text, "%s%s %u", day > from ? ", " : "", cr_translate (weekdays[weekday]), day);
  }
  line_say (line, "%s.", text->str);
}

char *
line_month (Line *line, const char *month, const char *from)
{
  g_autofree char *today = cr_today ();
  g_autofree char *wanted = g_strconcat (month, "-01", NULL);
  g_autoptr (GDate) day = *month != '\0' ? cr_day_parse (wanted, NULL)
                          : from != NULL ? cr_day_parse (from, NULL)
                                         : NULL;
  if (*month != '\0' && day == NULL)
    line_say (line, "%s", _ ("This is no month; write it as YYYY-MM."));
  if (day == NULL)
    day = cr_day_parse (today, NULL);
  g_date_set_day (day, 1);
  line_say (line, _ ("%s %u, today is %s:"), cr_translate (months[g_date_get_month (day) - 1]),
            (guint) g_date_get_year (day), today);
  guint days = g_date_get_days_in_month (g_date_get_month (day), g_date_get_year (day));
  guint begin = 1;
  for (guint each = 1; each <= days; each++) {
    gboolean sunday = ((guint) g_date_get_weekday (day) - 1 + each) % 7 == 0;
    if (!sunday && each != days)
      continue;
    say_week (line, day, begin, each);
    begin = each + 1;
  }
  return cr_day_text (day);
}
