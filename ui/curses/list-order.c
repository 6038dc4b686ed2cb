/* SPDX-License-Identifier: MIT
 * Which rows a list shows and in what order: filtering and sorting in slices, so that a picture is never
 * late.
 */
#include "ui/curses/list-private.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 64          /* rows around the old place that are looked at first */
#define ROWS_PER_LOOK 64 /* between looks at the clock */

guint
ui_list_source_count (UiList *list)
{
  return list->source->count (list->data);
}

guint
ui_list_shown (const UiList *list)
{
  return list->ordered ? list->rows->len : list->source->count (list->data);
}

guint
ui_list_row_at (UiList *list, guint index)
{
  return list->ordered ? g_array_index (list->rows, guint, index) : index;
}

static gboolean
is_heading (UiList *list, guint row)
{
  return list->source->is_heading != NULL && list->source->is_heading (list->data, row);
}

gboolean
ui_list_selectable (UiList *list, int index)
{
  return index >= 0 && index < (int) ui_list_shown (list)
         && !is_heading (list, ui_list_row_at (list, (guint) index));
}

/* --- filtering --- */

static gboolean
matches (UiList *list, guint row, GString *text)
{
  g_string_truncate (text, 0);
  if (list->source->words != NULL) {
    list->source->words (list->data, row, text);
  } else {
    g_autoptr (GString) cell = g_string_sized_new (64);
    for (guint column = 0; column < list->column_count; column++) {
      UiStyle style = UI_STYLE_TEXT;
      g_string_truncate (cell, 0);
      list->source->cell (list->data, row, column, cell, &style);
      g_string_append_len (text, cell->str, (gssize) cell->len);
      g_string_append_c (text, ' ');
    }
  }
  return ui_fuzzy_match (list->filter, text->str, NULL);
}

static void
take_row (UiList *list, guint row)
{
  if (list->pending_heading >= 0) {
    guint heading = (guint) list->pending_heading;
    g_array_append_val (list->rows, heading);
    list->pending_heading = -1;
  }
  g_array_append_val (list->rows, row);
}

static gboolean
scan (UiList *list, gint64 until)
{
  g_autoptr (GString) text = g_string_sized_new (256);
  guint count = ui_list_source_count (list);
  while (list->scanned < list->to_scan) {
    guint row = list->candidates != NULL ? g_array_index (list->candidates, guint, list->scanned)
                                         : list->scanned;
    list->scanned++;
    if (row < count) {
      if (is_heading (list, row))
        list->pending_heading = (int) row;
      else if (matches (list, row, text))
        take_row (list, row);
    }
    if (list->scanned % ROWS_PER_LOOK == 0 && g_get_monotonic_time () > until)
      return TRUE;
  }
  list->scanning = FALSE;
  g_clear_pointer (&list->candidates, g_array_unref);
  return FALSE;
}

/* --- sorting --- */

void
ui_list_sort_clear (UiList *list)
{
  UiListSort *sort = &list->sort;
  for (guint i = 0; sort->keys != NULL && i < sort->collected; i++)
    g_free (sort->keys[i].text);
  g_free (sort->keys);
  g_free (sort->from);
  g_free (sort->to);
  memset (sort, 0, sizeof *sort);
}

static void
start_sort (UiList *list)
{
  UiListSort *sort = &list->sort;
  ui_list_sort_clear (list);
  sort->active = TRUE;
  sort->count = ui_list_source_count (list);
  sort->length = list->rows->len;
  sort->from = g_new (guint, sort->length + 1);
  sort->to = g_new (guint, sort->length + 1);
  memcpy (sort->from, list->rows->data, sort->length * sizeof (guint));
  sort->width = 1;
  if (list->source->compare == NULL)
    sort->keys = g_new0 (UiListKey, sort->count + 1);
}

/* The text of a cell as something to compare. "1,234" and "12.5 MB" begin with numbers. */
static void
collect_key (UiList *list, guint row, GString *text)
{
  UiStyle style = UI_STYLE_TEXT;
  g_string_truncate (text, 0);
  list->source->cell (list->data, row, (guint) list->sort_column, text, &style);
  UiListKey *key = &list->sort.keys[row];
  key->number = 0;
  if (list->columns[list->sort_column].right) {
    g_autoptr (GString) digits = g_string_sized_new (text->len + 1);
    for (const char *p = text->str; *p != '\0'; p++)
      if (*p != ',' && *p != ' ')
        g_string_append_c (digits, *p);
    key->number = g_ascii_strtod (digits->str, NULL);
  }
  key->text = g_utf8_validate (text->str, -1, NULL) ? g_utf8_casefold (text->str, -1) : g_strdup (text->str);
}

static int
compare_rows (UiList *list, guint a, guint b)
{
  int order;
  if (list->source->compare != NULL) {
    order = list->source->compare (list->data, a, b, (guint) list->sort_column);
  } else {
    const UiListKey *first = &list->sort.keys[a], *second = &list->sort.keys[b];
    order = first->number < second->number ? -1 : first->number > second->number ? 1 : 0;
    if (order == 0)
      order = strcmp (first->text, second->text);
  }
  return list->descending ? -order : order;
}

/* Merge the two runs of WIDTH at AT. */
static void
merge (UiList *list)
{
  UiListSort *sort = &list->sort;
  guint left = sort->at, middle = MIN (left + sort->width, sort->length);
  guint end = MIN (middle + sort->width, sort->length);
  guint right = middle, out = left;
  while (out < end) {
    gboolean take_left = left < middle
                         && (right >= end || compare_rows (list, sort->from[left], sort->from[right]) <= 0);
    sort->to[out++] = take_left ? sort->from[left++] : sort->from[right++];
  }
  sort->at = end;
}

static gboolean
sort_slice (UiList *list, gint64 until)
{
  UiListSort *sort = &list->sort;
  g_autoptr (GString) text = g_string_sized_new (128);
  if (sort->count != ui_list_source_count (list)) { /* rows came or went: the source tells by refresh */
    ui_list_sort_clear (list);
    return FALSE;
  }
  while (sort->keys != NULL && sort->collected < sort->count) {
    collect_key (list, sort->collected++, text);
    if (sort->collected % ROWS_PER_LOOK == 0 && g_get_monotonic_time () > until)
      return TRUE;
  }
  while (sort->width < sort->length) {
    merge (list);
    if (sort->at >= sort->length) {
      guint *swap = sort->from;
      sort->from = sort->to;
      sort->to = swap;
      sort->at = 0;
      sort->width *= 2;
    }
    if (g_get_monotonic_time () > until)
      return TRUE;
  }
  g_array_set_size (list->rows, 0);
  g_array_append_vals (list->rows, sort->from, sort->length);
  ui_list_sort_clear (list);
  list->stale = TRUE;
  return FALSE;
}

/* --- both --- */

void
ui_list_reorder (UiList *list, gboolean narrower)
{
  gboolean filtered = *list->filter != '\0' && list->filter_changed == NULL;
  guint count = ui_list_source_count (list);
  ui_list_sort_clear (list);
  g_clear_pointer (&list->candidates, g_array_unref);
  gboolean complete = list->ordered && !list->scanning && list->source->is_heading == NULL;
  if (narrower && filtered && complete)
    list->candidates = g_array_copy (list->rows);
  list->ordered = filtered || list->sort_column >= 0;
  list->scanning = filtered;
  list->scanned = 0;
  list->to_scan = list->candidates != NULL ? list->candidates->len : count;
  list->pending_heading = -1;
  list->stale = TRUE;
  g_array_set_size (list->rows, 0);
  if (filtered || !list->ordered)
    return;
  for (guint row = 0; row < count; row++)
    if (!is_heading (list, row))
      g_array_append_val (list->rows, row);
  start_sort (list);
}

gboolean
ui_list_work (UiList *list)
{
  gint64 until = g_get_monotonic_time () + UI_LIST_SLICE_US;
  if (list->scanning) {
    list->stale = TRUE;
    if (scan (list, until))
      return TRUE;
    if (list->sort_column >= 0)
      start_sort (list);
  }
  return list->sort.active && sort_slice (list, until);
}

/* --- the selection --- */

static gboolean
has_id (UiList *list, int index, const char *id)
{
  if (index < 0 || index >= (int) ui_list_shown (list))
    return FALSE;
  return g_strcmp0 (list->source->id (list->data, ui_list_row_at (list, (guint) index)), id) == 0;
}

static int
search_id (UiList *list, const char *id)
{
  int count = (int) ui_list_shown (list), old = list->selected;
  for (int distance = 0; distance < NEAR; distance++) {
    if (has_id (list, old + distance, id))
      return old + distance;
    if (has_id (list, old - distance, id))
      return old - distance;
  }
  for (int index = 0; index < count; index++)
    if (has_id (list, index, id))
      return index;
  return -1;
}

void
ui_list_choose (UiList *list, int index, int step)
{
  int count = (int) ui_list_shown (list);
  index = CLAMP (index, 0, MAX (count - 1, 0));
  for (int at = index; at >= 0 && at < count; at += step)
    if (ui_list_selectable (list, at)) {
      list->selected = at;
      return;
    }
  for (int at = index; at >= 0 && at < count; at -= step)
    if (ui_list_selectable (list, at)) {
      list->selected = at;
      return;
    }
  list->selected = -1;
}

void
ui_list_find_selection (UiList *list)
{
  if (!list->stale)
    return;
  list->stale = FALSE;
  int found = list->wanted != NULL ? search_id (list, list->wanted) : -1;
  if (found >= 0)
    list->selected = found;
  else
    ui_list_choose (list, MAX (list->selected, 0), 1);
}
