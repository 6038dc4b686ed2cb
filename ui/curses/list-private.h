/* SPDX-License-Identifier: MIT
 * The inside of a list; only list*.c include this.
 */
#pragma once

#include "ui/curses/edit.h"
#include "ui/curses/list.h"

G_BEGIN_DECLS

/* Work that takes longer is cut into slices of this length, one per picture. */
#define UI_LIST_SLICE_US 3000

typedef struct {
  double number;
  char *text;
} UiListKey;

/* Sorting in slices: keys are collected, then runs of growing length are merged. */
typedef struct {
  gboolean active;
  UiListKey *keys; /* by row of the source; NULL when the source compares */
  guint count;     /* rows of the source when it began */
  guint collected;
  guint *from, *to; /* rows; length rows */
  guint length;
  guint width, at;
} UiListSort;

struct UiList {
  const UiListColumn *columns;
  guint column_count;
  const UiListSource *source;
  gpointer data;
  UiListStatus status;
  char *message, *empty;
  gint64 status_since_us;
  gboolean header, follow;

  UiEdit *edit; /* the filter line */
  gboolean typing;
  char *filter; /* in force; "" = none */
  void (*filter_changed) (const char *text, gpointer data);
  gpointer filter_data;

  gboolean ordered;   /* rows holds what is shown; else every row of the source is */
  GArray *rows;       /* guint */
  GArray *candidates; /* guint, or NULL = all: what the running filter looks at */
  guint scanned, to_scan;
  gboolean scanning;
  int pending_heading;
  int sort_column; /* -1 = as the source has them */
  gboolean descending;
  UiListSort sort;

  char *wanted;   /* id that is (or is to be) selected */
  int selected;   /* among the rows shown; -1 = none */
  gboolean stale; /* look for the selection before anything is shown */
  int first;
  int text_offset;   /* cells hidden in wide columns */
  int column_offset; /* columns hidden */
  gboolean can_scroll_text, can_scroll_columns;
  UiRect body; /* where the rows were drawn */
};

/* --- list-order.c --- */
guint ui_list_source_count (UiList *list);
/* Row of the source shown at INDEX. */
guint ui_list_row_at (UiList *list, guint index);
/* The filter or the sorting or the rows changed: begin anew. NARROWER: the new filter only takes away. */
void ui_list_reorder (UiList *list, gboolean narrower);
/* Go on filtering and sorting for a slice. TRUE when more is left. */
gboolean ui_list_work (UiList *list);
void ui_list_sort_clear (UiList *list);
/* Put the selection where the wanted id is. */
void ui_list_find_selection (UiList *list);
gboolean ui_list_selectable (UiList *list, int index);
void ui_list_choose (UiList *list, int index, int step);

G_END_DECLS
