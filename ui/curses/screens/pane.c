/* SPDX-License-Identifier: MIT
 * List and detail, see pane.h.
 */
#include "ui/curses/screens/pane.h"

#include <string.h>

#define LEAST_LIST 36

void
ui_pane_init (UiPane *pane, UiScreen *screen, const UiListColumn *columns, const UiListSource *source,
              void (*describe) (UiScreen *screen, UiRich *rich, int columns))
{
  pane->screen = screen;
  pane->list = ui_list_new (columns, source, screen);
  pane->detail = ui_text_new ();
  pane->describe = describe;
  pane->dirty = TRUE;
}

void
ui_pane_clear (UiPane *pane)
{
  g_clear_pointer (&pane->list, ui_list_free);
  g_clear_pointer (&pane->detail, ui_text_free);
  g_clear_pointer (&pane->wanted, g_free);
  g_clear_pointer (&pane->whole, g_free);
}

void
ui_pane_refresh (UiPane *pane)
{
  ui_list_refresh (pane->list);
  pane->dirty = TRUE;
}

void
ui_pane_restart (UiPane *pane)
{
  ui_text_scroll_to_start (pane->detail);
  pane->dirty = TRUE;
}

/* What is looked at stays selected, also when other rows come before it and nobody has moved yet. */
static void
keep_selection (UiPane *pane)
{
  g_autofree char *id = g_strdup (ui_list_selected_id (pane->list));

  if (id == NULL || ui_list_follows (pane->list))
    return;
  if (pane->wanted != NULL && strcmp (pane->wanted, id) != 0)
    return;
  g_clear_pointer (&pane->wanted, g_free);
  ui_list_select_id (pane->list, id);
}

static void
draw_detail (UiPane *pane, UiRect rect, gboolean focused)
{
  UiRect inside = rect.columns > 30 ? ui_rect_inset (rect, 0, 1) : rect;

  if (pane->dirty || pane->detail_columns != inside.columns) {
    g_autoptr (UiRich) rich = ui_rich_new ();

    keep_selection (pane);
    /* One column is kept for the scroll mark. */
    pane->describe (pane->screen, rich, MAX (inside.columns - 1, 10));
    ui_text_set (pane->detail, rich);
    pane->dirty = FALSE;
    pane->detail_columns = inside.columns;
  }
  ui_text_draw (pane->detail, inside, focused);
}

/* The list takes what it needs, at most some more than a half; below it the selected row is previewed. */
static void
draw_stacked (UiPane *pane, UiRect rect)
{
  int rows = CLAMP ((int) ui_list_shown (pane->list) + 2, 6, rect.rows * 55 / 100);
  UiRect rest = rect;

  if (rect.rows < UI_PANE_TALL || ui_list_selected (pane->list) < 0) {
    pane->list_rect = rect;
    ui_list_draw (pane->list, rect, TRUE);
    return;
  }
  pane->list_rect = ui_rect_top (rect, rows, &rest);
  ui_list_draw (pane->list, pane->list_rect, TRUE);
  ui_draw_line_across (rest, 0, UI_STYLE_BORDER);
  ui_rect_top (rest, 1, &pane->detail_rect);
  draw_detail (pane, pane->detail_rect, FALSE);
}

void
ui_pane_draw (UiPane *pane, UiRect rect)
{
  gboolean ascii = ui_rect_ascii (rect);

  if (pane->ascii != ascii)
    pane->dirty = TRUE;
  pane->ascii = ascii;
  pane->wide = rect.columns >= UI_PANE_WIDE;
  if (pane->wide) {
    int share = rect.columns * (pane->list_share > 0 ? pane->list_share : 42) / 100;

    pane->list_rect = ui_rect_left_line (rect, MAX (share, LEAST_LIST), &pane->detail_rect);
    ui_list_draw (pane->list, pane->list_rect, !pane->open);
    draw_detail (pane, pane->detail_rect, pane->open);
    return;
  }
  pane->list_rect = pane->detail_rect = (UiRect){ .canvas = rect.canvas };
  if (pane->open) {
    pane->detail_rect = rect;
    draw_detail (pane, rect, TRUE);
  } else
    draw_stacked (pane, rect);
}

static UiPaneResult
to_list (UiPane *pane, const UiEvent *event)
{
  switch (ui_list_event (pane->list, event)) {
  case UI_LIST_OPENED:
    pane->open = TRUE;
    return UI_PANE_OPENED;
  case UI_LIST_MOVED:
    return UI_PANE_MOVED;
  case UI_LIST_IGNORED:
    break;
  }
  return UI_PANE_IGNORED;
}

static UiPaneResult
mouse_event (UiPane *pane, const UiEvent *event)
{
  if (ui_rect_contains (pane->list_rect, event->row, event->column)) {
    if (event->kind != UI_EVENT_WHEEL)
      pane->open = FALSE;
    return to_list (pane, event);
  }
  if (!ui_rect_contains (pane->detail_rect, event->row, event->column))
    return UI_PANE_IGNORED;
  if (event->kind != UI_EVENT_WHEEL)
    pane->open = TRUE;
  ui_text_event (pane->detail, event);
  return UI_PANE_HANDLED;
}

UiPaneResult
ui_pane_event (UiPane *pane, const UiEvent *event)
{
  if (event->kind == UI_EVENT_CLICK || event->kind == UI_EVENT_DOUBLE_CLICK || event->kind == UI_EVENT_WHEEL)
    return mouse_event (pane, event);
  if (!pane->open) {
    if (ui_event_is (event, UI_KEY_TAB) && pane->wide && !ui_list_filtering (pane->list)) {
      pane->open = TRUE;
      return UI_PANE_HANDLED;
    }
    return to_list (pane, event);
  }
  if (!ui_text_searching (pane->detail)) {
    if (ui_event_is (event, UI_KEY_ESC) || ui_event_is (event, UI_KEY_BACKSPACE)
        || (ui_event_is (event, UI_KEY_TAB) && pane->wide)) {
      pane->open = FALSE;
      return UI_PANE_HANDLED;
    }
  }
  return ui_text_event (pane->detail, event) ? UI_PANE_HANDLED : UI_PANE_IGNORED;
}

gboolean
ui_pane_typing (const UiPane *pane)
{
  return pane->open ? ui_text_searching (pane->detail) : ui_list_filtering (pane->list);
}

char *
ui_pane_copy (UiPane *pane)
{
  if (pane->open && ui_text_rich (pane->detail) != NULL)
    return ui_rich_text (ui_text_rich (pane->detail));
  return ui_list_copy_text (pane->list);
}
