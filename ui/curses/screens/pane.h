/* SPDX-License-Identifier: MIT
 * A list and the detail of its selected row: side by side where the screen is wide, one over the other
 * (Enter, Esc) where it is not.
 */
#pragma once

#include "ui/curses/list.h"
#include "ui/curses/rich.h"
#include "ui/curses/screen.h"
#include "ui/curses/text.h"
#include "ui/model/session.h"

G_BEGIN_DECLS

/* From this width on both are shown side by side; on narrower screens of at least this height the detail is
 * previewed under the list. */
#define UI_PANE_WIDE 100
#define UI_PANE_TALL 14

typedef struct {
  UiScreen *screen;
  UiList *list;
  UiTextView *detail;
  /* Fills RICH for the selected row; COLUMNS is the width it is for. */
  void (*describe) (UiScreen *screen, UiRich *rich, int columns);
  gboolean open;      /* the detail has the keys; on a narrow screen it covers the list */
  gboolean wide;      /* as last drawn */
  gboolean ascii;     /* as last drawn */
  gboolean dirty;     /* the detail has to be made again */
  int detail_columns; /* it was made for */
  char *wanted;       /* asked for by open() and not there yet */
  char *whole;        /* row that the session is told to read in full, or NULL */
  gboolean visible;   /* as told by shown() */
  int list_share;     /* per cent of a wide screen for the list; 0 = 42 */
  UiRect list_rect, detail_rect;
} UiPane;

void ui_pane_init (UiPane *pane, UiScreen *screen, const UiListColumn *columns, const UiListSource *source,
                   void (*describe) (UiScreen *screen, UiRich *rich, int columns));
void ui_pane_clear (UiPane *pane);
/* Rows or details changed. */
void ui_pane_refresh (UiPane *pane);
/* Another row is selected: the detail starts at its top. */
void ui_pane_restart (UiPane *pane);
void ui_pane_draw (UiPane *pane, UiRect rect);

typedef enum {
  UI_PANE_IGNORED,
  UI_PANE_HANDLED,
  UI_PANE_MOVED,  /* another row may be selected */
  UI_PANE_OPENED, /* Enter on a row: the detail has the keys now */
} UiPaneResult;
/* Tab changes sides, Enter opens, Esc goes back to the list. */
UiPaneResult ui_pane_event (UiPane *pane, const UiEvent *event);
/* TRUE while letters belong to a filter or search. */
gboolean ui_pane_typing (const UiPane *pane);
/* The detail as text when it is open, else the selected row. Gives. */
char *ui_pane_copy (UiPane *pane);

/* Entries for the table of actions of such a screen; ID is the name of the screen. */
/* clang-format off */
#define UI_PANE_ACTIONS(id) \
  { id ".open", N_ ("Open"), N_ ("Read the selected line in full."), "Enter", UI_ACTION_PLAIN, \
    ui_pane_why_not_open, ui_pane_run_open }, \
  { id ".list", N_ ("List"), N_ ("Go back to the list."), "Esc", UI_ACTION_PLAIN, \
    ui_pane_why_not_list, ui_pane_run_list }, \
  { id ".side", N_ ("Other side"), N_ ("Move between the list and the detail beside it."), "Tab", \
    UI_ACTION_HIDDEN, ui_pane_why_not_side, ui_pane_run_side }, \
  { id ".next", N_ ("Next"), N_ ("Read the next line of the list."), "]", UI_ACTION_HIDDEN, \
    ui_pane_why_not_list, ui_pane_run_next }, \
  { id ".previous", N_ ("Previous"), N_ ("Read the line of the list before."), "[", UI_ACTION_HIDDEN, \
    ui_pane_why_not_list, ui_pane_run_previous }
/* clang-format on */
/* NULL while a row is selected. */
const char *ui_pane_why_not_row (UiScreen *screen);
const char *ui_pane_why_not_open (UiScreen *screen);
const char *ui_pane_why_not_list (UiScreen *screen);
const char *ui_pane_why_not_side (UiScreen *screen);
void ui_pane_run_open (UiScreen *screen);
void ui_pane_run_list (UiScreen *screen);
void ui_pane_run_side (UiScreen *screen);
void ui_pane_run_next (UiScreen *screen);
void ui_pane_run_previous (UiScreen *screen);

/* --- a screen that is nothing but a pane: what is particular to it as a value, the rest is shared --- */

typedef struct {
  const UiListColumn *columns;
  const UiListSource *source; /* the data of its functions is the UiScreen */
  int list_share;             /* as in UiPane */
  void (*describe) (UiScreen *screen, UiRich *rich, int columns);
  UiModelKind list_model; /* of the rows: read while the screen is seen */
  gboolean kept;          /* the session always keeps it: it is never read */
  UiModelKind one_model;  /* of the selected row in full, by its id; 0 = the rows say everything */
  const char *empty;      /* N_(): shown when there are no rows */
  /* The same, when it depends: gives. May be NULL. */
  char *(*say_empty) (UiScreen *screen);
  /* Rows that are records: where their array is in the model, and the id in each. For ui_pane_count(), _id(),
   * _row(), _selected(). */
  gsize rows_offset, id_offset;
  gboolean own_object; /* opened() knows what the object means; it is not a row to select */
  /* Hooks, may be NULL: after opening; before closing; before rows are drawn anew; a line above the list
   * (FALSE = there is nothing to say). */
  void (*opened) (UiScreen *screen, const char *object);
  void (*closed) (UiScreen *screen);
  void (*updated) (UiScreen *screen);
  gboolean (*above) (UiScreen *screen, UiRect line);
} UiPaneSpec;

/* Members of the UiScreenClass of such a screen. Its state begins with a UiPane. */
#define UI_PANE_SCREEN(spec)                                                                                 \
  .particular = (spec), .open = ui_pane_screen_open, .close = ui_pane_screen_close,                          \
  .shown = ui_pane_screen_shown, .update = ui_pane_screen_update, .draw = ui_pane_screen_draw,               \
  .event = ui_pane_screen_event, .typing = ui_pane_screen_typing, .hints = ui_pane_screen_hints,             \
  .remember = ui_pane_screen_remember, .recall = ui_pane_screen_recall, .list = ui_pane_screen_list,         \
  .detail = ui_pane_screen_detail
char *ui_pane_screen_detail (UiScreen *screen);
UiList *ui_pane_screen_list (UiScreen *screen);
void ui_pane_screen_open (UiScreen *screen, const char *object);
void ui_pane_screen_close (UiScreen *screen);
void ui_pane_screen_shown (UiScreen *screen, gboolean shown);
void ui_pane_screen_update (UiScreen *screen, guint changed);
void ui_pane_screen_draw (UiScreen *screen, UiRect rect);
gboolean ui_pane_screen_event (UiScreen *screen, const UiEvent *event);
gboolean ui_pane_screen_typing (UiScreen *screen);
char *ui_pane_screen_remember (UiScreen *screen);
void ui_pane_screen_recall (UiScreen *screen, const char *place);
void ui_pane_screen_hints (UiScreen *screen, GString *hints);
char *ui_pane_screen_copy (UiScreen *screen);
char *ui_pane_screen_subject (UiScreen *screen); /* id of the selected row */
/* Select OBJECT as soon as it is there. */
void ui_pane_want (UiPane *pane, const char *object);

UiSession *ui_pane_session (UiScreen *screen);
/* For UiListSource. */
guint ui_pane_count (gpointer screen);
const char *ui_pane_id (gpointer screen, guint i);
gconstpointer ui_pane_row (UiScreen *screen, guint i);
/* The selected record, NULL when there is none. */
gconstpointer ui_pane_selected (UiScreen *screen);
const char *ui_pane_selected_id (UiScreen *screen);
/* VALUE, which is about ID, has been read and is about the selected row. */
gboolean ui_pane_has_read (UiScreen *screen, const UiValue *value, const char *id);

G_END_DECLS
