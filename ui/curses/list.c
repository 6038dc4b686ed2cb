/* SPDX-License-Identifier: MIT
 * A table that asks for its rows (list.h): what it is told and what keys do. Drawing is in list-draw.c.
 */
#include "ui/curses/hints.h"
#include "ui/curses/list-private.h"

#include "base/translate.h"

#include <string.h>

UiList *
ui_list_new (const UiListColumn *columns, const UiListSource *source, gpointer data)
{
  UiList *list = g_new0 (UiList, 1);
  list->columns = columns;
  while (columns[list->column_count].title != NULL)
    list->column_count++;
  list->source = source;
  list->data = data;
  list->header = TRUE;
  list->edit = ui_edit_new (UI_EDIT_PLAIN);
  list->filter = g_strdup ("");
  list->rows = g_array_new (FALSE, FALSE, sizeof (guint));
  list->sort_column = -1;
  list->selected = -1;
  list->stale = TRUE;
  return list;
}

void
ui_list_free (UiList *list)
{
  if (list == NULL)
    return;
  ui_list_sort_clear (list);
  g_clear_pointer (&list->candidates, g_array_unref);
  g_array_unref (list->rows);
  ui_edit_free (list->edit);
  g_free (list->filter);
  g_free (list->message);
  g_free (list->empty);
  g_free (list->wanted);
  g_free (list);
}

/* The selection was moved by hand: from now on this id is wanted. */
static void
remember (UiList *list)
{
  g_autofree char *old = g_steal_pointer (&list->wanted);
  if (list->selected >= 0 && list->selected < (int) ui_list_shown (list))
    list->wanted = g_strdup (list->source->id (list->data, ui_list_row_at (list, (guint) list->selected)));
}

void
ui_list_refresh (UiList *list)
{
  if (list->ordered)
    ui_list_reorder (list, FALSE);
  list->stale = TRUE;
  if (list->follow && !list->ordered) {
    ui_list_choose (list, (int) ui_list_shown (list) - 1, -1);
    remember (list);
  }
}

void
ui_list_set_status (UiList *list, UiListStatus status, const char *message)
{
  if (list->status != status)
    list->status_since_us = g_get_monotonic_time ();
  list->status = status;
  g_free (list->message);
  list->message = g_strdup (message);
}

void
ui_list_set_empty (UiList *list, const char *text)
{
  g_free (list->empty);
  list->empty = g_strdup (text);
}

void
ui_list_set_header (UiList *list, gboolean header)
{
  list->header = header;
}

void
ui_list_set_follow (UiList *list, gboolean follow)
{
  list->follow = follow;
  if (follow)
    ui_list_refresh (list);
}

gboolean
ui_list_follows (const UiList *list)
{
  return list->follow;
}

int
ui_list_selected (UiList *list)
{
  if (list->scanning || list->sort.active)
    ui_list_work (list);
  ui_list_find_selection (list);
  if (!ui_list_selectable (list, list->selected))
    return -1;
  return (int) ui_list_row_at (list, (guint) list->selected);
}

const char *
ui_list_selected_id (UiList *list)
{
  int row = ui_list_selected (list);
  return row >= 0 ? list->source->id (list->data, (guint) row) : NULL;
}

void
ui_list_select_id (UiList *list, const char *id)
{
  g_free (list->wanted);
  list->wanted = g_strdup (id);
  list->stale = TRUE;
}

void
ui_list_select_first (UiList *list)
{
  g_clear_pointer (&list->wanted, g_free);
  list->selected = 0;
  list->first = 0;
  list->stale = TRUE;
}

const char *
ui_list_filter (const UiList *list)
{
  return list->filter;
}

static void
apply_filter (UiList *list, const char *text)
{
  if (strcmp (list->filter, text) == 0)
    return;
  if (*text == '\0' && ui_list_selected (list) >= 0)
    remember (list); /* what was found stays selected */
  gboolean narrower = *list->filter != '\0' && g_str_has_prefix (text, list->filter);
  g_free (list->filter);
  list->filter = g_strdup (text);
  if (list->filter_changed != NULL)
    list->filter_changed (text, list->filter_data);
  else
    ui_list_reorder (list, narrower);
  list->first = 0;
}

void
ui_list_set_filter (UiList *list, const char *text)
{
  ui_edit_set_text (list->edit, text);
  apply_filter (list, text != NULL ? text : "");
}

void
ui_list_hints (GString *hints)
{
  ui_hints_add (hints, "Enter", _ ("keep"));
  ui_hints_add (hints, "Esc", _ ("clear"));
  ui_hints_add (hints, "Up Down", _ ("choose"));
}

gboolean
ui_list_filtering (const UiList *list)
{
  return list->typing;
}

void
ui_list_set_filter_callback (UiList *list, void (*changed) (const char *text, gpointer data), gpointer data)
{
  list->filter_changed = changed;
  list->filter_data = data;
}

char *
ui_list_copy_text (UiList *list)
{
  int row = ui_list_selected (list);
  if (row < 0)
    return NULL;
  GString *text = g_string_new (NULL);
  for (guint column = 0; column < list->column_count; column++) {
    g_autoptr (GString) cell = g_string_new (NULL);
    UiStyle style = UI_STYLE_TEXT;
    list->source->cell (list->data, (guint) row, column, cell, &style);
    g_string_append_printf (text, "%s%s", column > 0 ? "\t" : "", cell->str);
  }
  return g_string_free (text, FALSE);
}

char *
ui_list_copy_cell (UiList *list, guint column, const char **title)
{
  int row = ui_list_selected (list);
  *title = NULL;
  if (row < 0 || column >= list->column_count)
    return NULL;
  GString *cell = g_string_new (NULL);
  UiStyle style = UI_STYLE_TEXT;
  list->source->cell (list->data, (guint) row, column, cell, &style);
  *title = cr_translate (list->columns[column].title);
  return g_string_free (cell, FALSE);
}

static UiListResult
move_to (UiList *list, int index, int step)
{
  ui_list_find_selection (list);
  ui_list_choose (list, index, step);
  remember (list);
  if (list->follow)
    list->follow = list->selected == (int) ui_list_shown (list) - 1;
  return UI_LIST_MOVED;
}

static void
sort_by_next (UiList *list)
{
  for (int column = list->sort_column + 1; column < (int) list->column_count; column++)
    if (list->columns[column].sortable) {
      list->sort_column = column;
      ui_list_reorder (list, FALSE);
      return;
    }
  list->sort_column = -1;
  ui_list_reorder (list, FALSE);
}

int
ui_list_sort (const UiList *list, gboolean *descending)
{
  *descending = list->descending;
  return list->sort_column;
}

void
ui_list_set_sort (UiList *list, int column, gboolean descending)
{
  list->sort_column = column;
  list->descending = descending;
  ui_list_reorder (list, FALSE);
}

static gboolean
can_sort (const UiList *list)
{
  for (guint column = 0; column < list->column_count; column++)
    if (list->columns[column].sortable)
      return TRUE;
  return FALSE;
}

static UiListResult
scroll_sideways (UiList *list, int step)
{
  if (list->can_scroll_columns || (list->column_offset > 0 && step < 0)) {
    list->column_offset = MAX (list->column_offset + step, 0);
    return UI_LIST_MOVED;
  }
  if ((list->can_scroll_text && step > 0) || (list->text_offset > 0 && step < 0)) {
    list->text_offset = MAX (list->text_offset + step * 8, 0);
    return UI_LIST_MOVED;
  }
  return UI_LIST_IGNORED;
}

/* Moving that also works while the filter is typed. */
static gboolean
move_key (UiList *list, UiKeyCode key)
{
  int page = MAX (list->body.rows - 1, 1), last = (int) ui_list_shown (list) - 1;
  ui_list_find_selection (list);
  switch (key) {
  case UI_KEY_UP:
    move_to (list, list->selected - 1, -1);
    return TRUE;
  case UI_KEY_DOWN:
    move_to (list, list->selected + 1, 1);
    return TRUE;
  case UI_KEY_PAGE_UP:
    move_to (list, list->selected - page, -1);
    return TRUE;
  case UI_KEY_PAGE_DOWN:
    move_to (list, MIN (list->selected + page, last), 1);
    return TRUE;
  default:
    return FALSE;
  }
}

static UiListResult
typing_event (UiList *list, const UiEvent *event)
{
  if (event->kind == UI_EVENT_KEY) {
    if (move_key (list, event->key))
      return UI_LIST_MOVED;
    if (event->key == UI_KEY_ENTER || event->key == UI_KEY_TAB) {
      list->typing = FALSE;
      return UI_LIST_MOVED;
    }
    if (event->key == UI_KEY_ESC || (event->key == UI_KEY_BACKSPACE && *ui_edit_text (list->edit) == '\0')) {
      list->typing = FALSE;
      ui_list_set_filter (list, "");
      return UI_LIST_MOVED;
    }
  }
  UiEditResult result = ui_edit_event (list->edit, event);
  if (result == UI_EDIT_CHANGED)
    apply_filter (list, ui_edit_text (list->edit));
  return result == UI_EDIT_IGNORED ? UI_LIST_IGNORED : UI_LIST_MOVED;
}

static UiListResult
key_event (UiList *list, UiKeyCode key)
{
  int half = MAX (list->body.rows / 2, 1), last = (int) ui_list_shown (list) - 1;
  if (move_key (list, key))
    return UI_LIST_MOVED;
  switch (key) {
  case 'k':
  case 'p' | UI_KEY_CTRL:
    return move_to (list, list->selected - 1, -1);
  case 'j':
  case 'n' | UI_KEY_CTRL:
    return move_to (list, list->selected + 1, 1);
  case 'u' | UI_KEY_CTRL:
    return move_to (list, list->selected - half, -1);
  case 'd' | UI_KEY_CTRL:
    return move_to (list, MIN (list->selected + half, last), 1);
  case 'g':
  case UI_KEY_HOME:
    return move_to (list, 0, 1);
  case 'G':
  case UI_KEY_END:
    return move_to (list, last, -1);
  case 'h':
  case UI_KEY_LEFT:
    return scroll_sideways (list, -1);
  case 'l':
  case UI_KEY_RIGHT:
    return scroll_sideways (list, 1);
  case '/':
    list->typing = TRUE;
    return UI_LIST_MOVED;
  case UI_KEY_ESC:
    if (*list->filter == '\0')
      return UI_LIST_IGNORED;
    ui_list_set_filter (list, "");
    return UI_LIST_MOVED;
  case UI_KEY_ENTER:
    return ui_list_selected (list) >= 0 ? UI_LIST_OPENED : UI_LIST_IGNORED;
  case 'o':
    if (can_sort (list))
      sort_by_next (list);
    return can_sort (list) ? UI_LIST_MOVED : UI_LIST_IGNORED;
  case 'O':
    if (list->sort_column < 0)
      return UI_LIST_IGNORED;
    list->descending = !list->descending;
    ui_list_reorder (list, FALSE);
    return UI_LIST_MOVED;
  default:
    return UI_LIST_IGNORED;
  }
}

static UiListResult
mouse_event (UiList *list, const UiEvent *event)
{
  if (!ui_rect_contains (list->body, event->row, event->column))
    return UI_LIST_IGNORED;
  ui_list_find_selection (list);
  if (event->kind == UI_EVENT_WHEEL) {
    int last = (int) ui_list_shown (list) - 1;
    return move_to (list, CLAMP (list->selected + event->amount, 0, MAX (last, 0)),
                    event->amount < 0 ? -1 : 1);
  }
  int index = list->first + event->row - list->body.row;
  if (!ui_list_selectable (list, index))
    return UI_LIST_IGNORED;
  move_to (list, index, 1);
  return event->kind == UI_EVENT_DOUBLE_CLICK ? UI_LIST_OPENED : UI_LIST_MOVED;
}

UiListResult
ui_list_event (UiList *list, const UiEvent *event)
{
  switch (event->kind) {
  case UI_EVENT_KEY:
    return list->typing ? typing_event (list, event) : key_event (list, event->key);
  case UI_EVENT_PASTE:
    return list->typing ? typing_event (list, event) : UI_LIST_IGNORED;
  case UI_EVENT_CLICK:
  case UI_EVENT_DOUBLE_CLICK:
  case UI_EVENT_WHEEL:
    return mouse_event (list, event);
  default:
    return UI_LIST_IGNORED;
  }
}
