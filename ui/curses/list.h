/* SPDX-License-Identifier: MIT
 * A table that asks for its rows: 100,000 of them cost as much as the 20 that are seen.
 *
 * Selection is kept by id over refreshes. `/` filters (each word must be found, or its letters in order), `o`
 * sorts, `h`/`l` scroll sideways. Loading, empty, failed and filtered to nothing are four different displays.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct {
  const char *title; /* N_(); NULL ends the table of columns */
  int least;         /* cells it needs at least */
  int most;          /* cells it takes at most; 0 = shares what is left */
  int priority;      /* 0 = always there; the highest is dropped first when the screen is narrow */
  gboolean right;    /* numbers */
  gboolean sortable;
} UiListColumn;

/* Where the rows come from. DATA is what ui_list_new() got. All are called on the UI thread while drawing or
 * filtering and must be quick: no calls, no files. */
typedef struct {
  guint (*count) (gpointer data);
  /* A name of the row that stays the same over refreshes; borrowed until the next call. */
  const char *(*id) (gpointer data, guint row);
  /* Append the text of a cell to TEXT (empty when called); *STYLE is UI_STYLE_TEXT, change it if it means
   * something. */
  void (*cell) (gpointer data, guint row, guint column, GString *text, UiStyle *style);
  /* Less than, equal, greater for sorting by COLUMN; NULL = compare the texts (numbers as numbers). */
  int (*compare) (gpointer data, guint a, guint b, guint column);
  /* Text that the filter looks at, appended to TEXT; NULL = all cells. */
  void (*words) (gpointer data, guint row, GString *text);
  /* TRUE for a row that cannot be selected (a heading in the table); NULL = every row can. */
  gboolean (*is_heading) (gpointer data, guint row);
} UiListSource;

typedef enum { UI_LIST_READY, UI_LIST_LOADING, UI_LIST_FAILED } UiListStatus;

typedef struct UiList UiList;

/* COLUMNS and SOURCE are borrowed for the life of the list. */
UiList *ui_list_new (const UiListColumn *columns, const UiListSource *source, gpointer data);
void ui_list_free (UiList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiList, ui_list_free)

/* The rows changed: selection, filter and sorting are kept. Cheap; call it from update(). */
void ui_list_refresh (UiList *list);
/* LOADING without rows shows that and how long, with rows a small mark; MESSAGE (may be NULL) names what is
 * read. FAILED shows MESSAGE: whole without rows, as one line below the rows. Copied. */
void ui_list_set_status (UiList *list, UiListStatus status, const char *message);
/* What is shown when there are no rows: what this is and how to get some. Copied. */
void ui_list_set_empty (UiList *list, const char *text);
/* Table header on or off (on). */
void ui_list_set_header (UiList *list, gboolean header);
/* Keep the last row selected when rows are added and it was selected (live tail). */
void ui_list_set_follow (UiList *list, gboolean follow);
gboolean ui_list_follows (const UiList *list);

/* Row of the source that is selected; -1 when there is none. */
int ui_list_selected (UiList *list);
/* Its id; borrowed until the next refresh; NULL when there is none. */
const char *ui_list_selected_id (UiList *list);
/* Select by id (at once if it is there, else as soon as it comes). */
void ui_list_select_id (UiList *list, const char *id);
void ui_list_select_first (UiList *list);

/* What the keys do while the filter is typed, appended to HINTS (hints.h). */
void ui_list_hints (GString *hints);
/* The filter as typed; "" = none. */
const char *ui_list_filter (const UiList *list);
void ui_list_set_filter (UiList *list, const char *text);
/* TRUE while the filter line is being typed into (keys belong to it). */
gboolean ui_list_filtering (const UiList *list);
/* One cell of the selected row: its text (gives) and the heading of the column (translated, borrowed).
 * Without a selected row or that column both are NULL. */
char *ui_list_copy_cell (UiList *list, guint column, const char **title);
/* The column that the rows are sorted by; -1 = as the source has them. */
int ui_list_sort (const UiList *list, gboolean *descending);
void ui_list_set_sort (UiList *list, int column, gboolean descending);
/* The filter is answered by somebody else (a screen with its own grammar): the list only keeps the line and
 * calls back when it changed; all rows of the source are shown. */
void ui_list_set_filter_callback (UiList *list, void (*changed) (const char *text, gpointer data),
                                  gpointer data);
guint ui_list_shown (const UiList *list); /* rows after filtering */

void ui_list_draw (UiList *list, UiRect rect, gboolean focused);
typedef enum {
  UI_LIST_IGNORED, /* not for a list */
  UI_LIST_MOVED,   /* handled; selection or view changed */
  UI_LIST_OPENED,  /* Enter or double click on the selected row */
} UiListResult;
/* Handles moving (arrows, hjkl, g G Home End PgUp PgDn Ctrl-d Ctrl-u), `/`, Esc (clears a filter), `o` (sort
 * by the next column) and `O` (turn round), mouse, paste into the filter. */
UiListResult ui_list_event (UiList *list, const UiEvent *event);
/* The selected row as tab-separated text, for copying. Gives; NULL when there is none. */
char *ui_list_copy_text (UiList *list);

/* TRUE when each word of NEEDLE (case is ignored) is in TEXT or its letters are there in order. SCORE (may be
 * NULL): higher is better. Used by lists, menus and the palette. */
gboolean ui_fuzzy_match (const char *needle, const char *text, int *score);
/* Where the word at WORD (LENGTH bytes, case ignored) is in TEXT; *BYTES (may be NULL) that it covers there.
 * NULL = nowhere. */
const char *ui_fuzzy_find (const char *word, gsize length, const char *text, gsize *bytes);

G_END_DECLS
