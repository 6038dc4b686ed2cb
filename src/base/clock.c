/* SPDX-License-Identifier: MIT
 * Time: UTC everywhere; days as YYYY-MM-DD (clock.h).
 */
#include "base/clock.h"

#include "base/error.h"
#include "base/translate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

gint64
cr_now_ms (void)
{
  return g_get_real_time () / 1000;
}

gint64
cr_now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static struct tm
utc (gint64 ms)
{
  time_t seconds = (time_t) (ms / 1000);
  struct tm parts;
  gmtime_r (&seconds, &parts);
  return parts;
}

char *
cr_iso8601 (gint64 ms)
{
  struct tm t = utc (ms);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                          t.tm_hour, t.tm_min, t.tm_sec, (int) (ms % 1000));
}

char *
cr_iso8601_seconds (gint64 ms)
{
  struct tm t = utc (ms);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                          t.tm_hour, t.tm_min, t.tm_sec);
}

char *
cr_http_date (gint64 ms)
{
  static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  struct tm t = utc (ms);
  return g_strdup_printf ("%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
                          t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

char *
cr_clock_text (gint64 ms)
{
  time_t seconds = (time_t) (ms / 1000);
  struct tm t;
  localtime_r (&seconds, &t);
  return g_strdup_printf ("%02d:%02d:%02d", t.tm_hour, t.tm_min, t.tm_sec);
}

GDate *
cr_day_parse (const char *text, GError **error)
{
  guint year = 0, month = 0, day = 0;
  gboolean shape = text != NULL && strlen (text) == 10 && text[4] == '-' && text[7] == '-';
  for (int i = 0; shape && i < 10; i++)
    shape = i == 4 || i == 7 || g_ascii_isdigit (text[i]);
  if (shape)
    shape = sscanf (text, "%4u-%2u-%2u", &year, &month, &day) == 3
            && g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
  if (!shape) {
    cr_set_error (error, CR_ERROR_INPUT, "Write the day as YYYY-MM-DD, for example 2025-09-01.",
                  "\"%s\" is not a calendar day.", text != NULL ? text : "");
    return NULL;
  }
  return g_date_new_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

char *
cr_day_text (const GDate *day)
{
  return g_strdup_printf ("%04u-%02u-%02u", (guint) g_date_get_year (day), (guint) g_date_get_month (day),
                          (guint) g_date_get_day (day));
}

char *
cr_today (void)
{
  struct tm t = utc (cr_now_ms ());
  return g_strdup_printf ("%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

gboolean
cr_day_range_check (const char *from, const char *to, GError **error)
{
  gboolean has_from = from != NULL && *from != '\0';
  gboolean has_to = to != NULL && *to != '\0';
  if (!has_from && !has_to)
    return TRUE;
  if (has_from != has_to) {
    cr_set_error (error, CR_ERROR_INPUT, "Give both days, or neither to read everything.",
                  has_from ? N_ ("Only the first day is given.") : N_ ("Only the last day is given."));
    return FALSE;
  }
  g_autoptr (GDate) first = cr_day_parse (from, error);
  if (first == NULL)
    return FALSE;
  g_autoptr (GDate) last = cr_day_parse (to, error);
  if (last == NULL)
    return FALSE;
  if (g_date_compare (first, last) > 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Swap the two days.", "The first day %s is after the last day %s.",
                  from, to);
    return FALSE;
  }
  return TRUE;
}
