/* SPDX-License-Identifier: MIT
 * A month to choose a day from (calendar.h).
 */
#include "ui/curses/calendar.h"

#include "base/translate.h"

#include <stdio.h>
#include <string.h>

struct UiCalendar {
  GDate date;
  char text[16];
  UiRect days;
  int first_weekday; /* of the month, 0 = Monday */
};

UiCalendar *
ui_calendar_new (const char *date)
{
  UiCalendar *calendar = g_new0 (UiCalendar, 1);
  guint year, month, day;
  char more;
  if (date != NULL && strlen (date) == 10 && sscanf (date, "%4u-%2u-%2u%c", &year, &month, &day, &more) == 3
      && g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year)) {
    g_date_set_dmy (&calendar->date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
    return calendar;
  }
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_date_set_dmy (&calendar->date, (GDateDay) g_date_time_get_day_of_month (now),
                  (GDateMonth) g_date_time_get_month (now), (GDateYear) g_date_time_get_year (now));
  return calendar;
}

void
ui_calendar_free (UiCalendar *calendar)
{
  g_free (calendar);
}

const char *
ui_calendar_date (UiCalendar *calendar)
{
  g_snprintf (calendar->text, sizeof calendar->text, "%04u-%02u-%02u", g_date_get_year (&calendar->date),
              (guint) g_date_get_month (&calendar->date), g_date_get_day (&calendar->date));
  return calendar->text;
}

static int
days_in_month (const UiCalendar *calendar)
{
  return g_date_get_days_in_month (g_date_get_month (&calendar->date), g_date_get_year (&calendar->date));
}

static void
draw_days (UiCalendar *calendar, UiRect rect)
{
  int today = g_date_get_day (&calendar->date);
  for (int day = 1; day <= days_in_month (calendar); day++) {
    int cell = calendar->first_weekday + day - 1;
    UiStyle style = day == today ? UI_STYLE_SELECTED : UI_STYLE_TEXT;
    ui_draw_format (rect, cell / 7, (cell % 7) * 3, style, "%2d", day);
  }
}

void
ui_calendar_draw (UiCalendar *calendar, UiRect rect)
{
  static const char *const weekdays[] = { N_ ("Mo"), N_ ("Tu"), N_ ("We"), N_ ("Th"),
                                          N_ ("Fr"), N_ ("Sa"), N_ ("Su") };
  static const char *const months[] = { N_ ("January"),   N_ ("February"), N_ ("March"),    N_ ("April"),
                                        N_ ("May"),       N_ ("June"),     N_ ("July"),     N_ ("August"),
                                        N_ ("September"), N_ ("October"),  N_ ("November"), N_ ("December") };
  ui_draw_clear (rect, UI_STYLE_OVERLAY);
  UiRect inside = ui_rect_inset (ui_draw_box (rect, UI_STYLE_OVERLAY_BORDER, ui_calendar_date (calendar)), 0,
                                 1);
  g_autofree char *heading = g_strdup_printf ("< %s %u >",
                                              cr_translate (months[g_date_get_month (&calendar->date) - 1]),
                                              g_date_get_year (&calendar->date));
  ui_draw_text_centre (inside, 0, UI_STYLE_HEADING, heading);
  for (int i = 0; i < 7; i++)
    ui_draw_text (inside, 1, i * 3, UI_STYLE_LABEL, cr_translate (weekdays[i]));
  GDate first = calendar->date;
  g_date_set_day (&first, 1);
  calendar->first_weekday = (int) g_date_get_weekday (&first) - 1;
  calendar->days = ui_rect_sub (inside, 2, 0, 6, 21);
  draw_days (calendar, calendar->days);
}

static void
move_days (UiCalendar *calendar, int days)
{
  GDate moved = calendar->date;
  if (days < 0 && g_date_get_julian (&moved) > (guint32) -days)
    g_date_subtract_days (&moved, (guint) -days);
  else if (days > 0)
    g_date_add_days (&moved, (guint) days);
  if (g_date_get_year (&moved) >= 1 && g_date_get_year (&moved) <= 9999)
    calendar->date = moved;
}

static void
move_months (UiCalendar *calendar, int months)
{
  GDate moved = calendar->date;
  int index = g_date_get_year (&moved) * 12 + (int) g_date_get_month (&moved) - 1 + months;
  int year = index / 12;
  if (year < 1 || year > 9999)
    return;
  GDateMonth month = (GDateMonth) (index % 12 + 1);
  guint8 last = g_date_get_days_in_month (month, (GDateYear) year);
  g_date_set_dmy (&calendar->date, MIN (g_date_get_day (&moved), last), month, (GDateYear) year);
}

static UiCalendarResult
on_key (UiCalendar *calendar, UiKeyCode key)
{
  static const struct {
    UiKeyCode key;
    int days, months;
  } moves[] = {
    { UI_KEY_LEFT, -1, 0 },
    { 'h', -1, 0 },
    { UI_KEY_RIGHT, 1, 0 },
    { 'l', 1, 0 },
    { UI_KEY_UP, -7, 0 },
    { 'k', -7, 0 },
    { UI_KEY_DOWN, 7, 0 },
    { 'j', 7, 0 },
    { UI_KEY_PAGE_UP, 0, -1 },
    { '<', 0, -1 },
    { UI_KEY_PAGE_DOWN, 0, 1 },
    { '>', 0, 1 },
    { UI_KEY_PAGE_UP | UI_KEY_CTRL, 0, -12 },
    { UI_KEY_PAGE_DOWN | UI_KEY_CTRL, 0, 12 },
    { '-', -1, 0 },
    { '+', 1, 0 },
  };
  if (key == UI_KEY_ESC || key == ('c' | UI_KEY_CTRL))
    return UI_CALENDAR_CANCEL;
  if (key == UI_KEY_ENTER || key == ' ')
    return UI_CALENDAR_TAKEN;
  if (key == 't') { /* today */
    UiCalendar *today = ui_calendar_new (NULL);
    calendar->date = today->date;
    ui_calendar_free (today);
  }
  if (key == UI_KEY_HOME)
    g_date_set_day (&calendar->date, 1);
  if (key == UI_KEY_END)
    g_date_set_day (&calendar->date, (GDateDay) days_in_month (calendar));
  for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
    if (moves[i].key == key) {
      move_days (calendar, moves[i].days);
      move_months (calendar, moves[i].months);
    }
  return UI_CALENDAR_OPEN;
}

UiCalendarResult
ui_calendar_event (UiCalendar *calendar, const UiEvent *event)
{
  if (event->kind == UI_EVENT_KEY)
    return on_key (calendar, event->key);
  if (event->kind == UI_EVENT_WHEEL)
    move_months (calendar, event->amount < 0 ? -1 : 1);
  if (event->kind == UI_EVENT_CLICK && ui_rect_contains (calendar->days, event->row, event->column)) {
    int day = (event->row - calendar->days.row) * 7 + (event->column - calendar->days.column) / 3
              - calendar->first_weekday + 1;
    if (day >= 1 && day <= days_in_month (calendar)) {
      g_date_set_day (&calendar->date, (GDateDay) day);
      return UI_CALENDAR_TAKEN;
    }
  }
  return UI_CALENDAR_OPEN;
}
