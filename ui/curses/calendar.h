/* SPDX-License-Identifier: MIT
 * A month to choose a day from.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiCalendar UiCalendar;

/* DATE is YYYY-MM-DD; anything else starts at today. */
UiCalendar *ui_calendar_new (const char *date);
void ui_calendar_free (UiCalendar *calendar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiCalendar, ui_calendar_free)
const char *ui_calendar_date (UiCalendar *calendar); /* YYYY-MM-DD; borrowed */
#define UI_CALENDAR_ROWS 10
#define UI_CALENDAR_COLUMNS 26
void ui_calendar_draw (UiCalendar *calendar, UiRect rect);
typedef enum { UI_CALENDAR_OPEN, UI_CALENDAR_TAKEN, UI_CALENDAR_CANCEL } UiCalendarResult;
UiCalendarResult ui_calendar_event (UiCalendar *calendar, const UiEvent *event);

G_END_DECLS
