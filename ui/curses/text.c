/* SPDX-License-Identifier: MIT
 * A text that scrolls (text.h).
 */
#include "ui/curses/text.h"

#include "base/translate.h"
#include "ui/curses/edit.h"
#include "ui/curses/hints.h"
#include "ui/curses/list.h"
#include "ui/curses/rich-private.h"

#include <string.h>

struct UiTextView {
  UiRich *rich;
  int first;
  int offset; /* cells hidden at the left */
  UiEdit *edit;
  gboolean typing;
  char *needle; /* "" = no search */
  int found;    /* line of the match that is shown; -1 = none */
  int columns;  /* that the text was wrapped at */
  UiRect body;
};

UiTextView *
ui_text_new (void)
{
  UiTextView *view = g_new0 (UiTextView, 1);
  view->edit = ui_edit_new (UI_EDIT_PLAIN);
  view->needle = g_strdup ("");
  view->found = -1;
  view->columns = 80;
  return view;
}

void
ui_text_free (UiTextView *view)
{
  if (view == NULL)
    return;
  ui_rich_unref (view->rich);
  ui_edit_free (view->edit);
  g_free (view->needle);
  g_free (view);
}

void
ui_text_set (UiTextView *view, UiRich *rich)
{
  UiRich *old = view->rich;
  view->rich = rich != NULL ? ui_rich_ref (rich) : NULL;
  ui_rich_unref (old);
}

UiRich *
ui_text_rich (UiTextView *view)
{
  return view->rich;
}

void
ui_text_scroll_to_start (UiTextView *view)
{
  view->first = view->offset = 0;
  view->found = -1;
}

void
ui_text_hints (GString *hints)
{
  ui_hints_add (hints, "Enter", _ ("find"));
  ui_hints_add (hints, "Esc", _ ("close"));
}

gboolean
ui_text_searching (const UiTextView *view)
{
  return view->typing;
}

static int
count_lines (UiTextView *view)
{
  return view->rich != NULL ? ui_rich_lines (view->rich, view->columns) : 0;
}

static char *
line_text (UiTextView *view, int index)
{
  const UiRichLine *line = ui_rich_line_at (view->rich, (guint) index);
  const UiRichParagraph *paragraph = ui_rich_paragraph_at (view->rich, line->paragraph);
  return g_strndup (paragraph->text->str + line->start, line->length);
}

static const char *
find_in_line (UiTextView *view, const char *text, gsize *bytes)
{
  return ui_fuzzy_find (view->needle, strlen (view->needle), text, bytes);
}

/* The next line from FROM on that holds what is searched, going by STEP, around the end. */
static void
search (UiTextView *view, int from, int step)
{
  int count = count_lines (view);
  for (int tried = 0; *view->needle != '\0' && tried < count; tried++) {
    int at = (((from + tried * step) % count) + count) % count;
    g_autofree char *text = line_text (view, at);
    if (find_in_line (view, text, NULL) != NULL) {
      view->found = at;
      if (at < view->first || at >= view->first + view->body.rows)
        view->first = MAX (at - view->body.rows / 3, 0);
      return;
    }
  }
  view->found = -1;
}

static void
mark_line (UiTextView *view, UiRect rect, int row, int index)
{
  const UiRichLine *line = ui_rich_line_at (view->rich, (guint) index);
  g_autofree char *text = line_text (view, index);
  gsize bytes = 0;
  for (const char *at = find_in_line (view, text, &bytes), *from = text; at != NULL && bytes > 0;) {
    g_autofree char *before = g_strndup (text, (gsize) (at - text));
    g_autofree char *found = g_strndup (at, bytes);
    ui_draw_restyle (rect, row, line->indent + ui_cells_width (before) - view->offset, ui_cells_width (found),
                     index == view->found ? UI_STYLE_SELECTED : UI_STYLE_MATCH);
    from = at + bytes;
    at = find_in_line (view, from, &bytes);
  }
}

static void
draw_search_line (UiTextView *view, UiRect line)
{
  ui_draw_text (line, 0, 0, UI_STYLE_KEY, "/");
  if (view->typing)
    ui_edit_draw (view->edit, line, 0, 2, line.columns / 2, UI_STYLE_INPUT_FOCUS, TRUE);
  else
    ui_draw_text (ui_rect_sub (line, 0, 0, 1, line.columns / 2), 0, 2, UI_STYLE_MATCH, view->needle);
  if (*view->needle != '\0')
    ui_draw_text_right (line, 0, -1, view->found < 0 ? UI_STYLE_WARNING : UI_STYLE_DIM,
                        view->found < 0 ? _ ("not found") : _ ("n next, N back, Esc ends"));
}

void
ui_text_draw (UiTextView *view, UiRect rect, gboolean focused)
{
  (void) focused;
  if (view->typing || *view->needle != '\0')
    draw_search_line (view, ui_rect_bottom (rect, 1, &rect));
  view->body = rect;
  view->columns = MAX (rect.columns - 1, 1);
  int lines = count_lines (view);
  view->first = CLAMP (view->first, 0, MAX (lines - rect.rows, 0));
  UiRect text = ui_rect_sub (rect, 0, 0, -1, view->columns);
  if (view->rich == NULL)
    return;
  if (view->offset > 0) { /* drawn further left, what sticks out is clipped */
    text.column -= view->offset;
    text.columns += view->offset;
    ui_draw_rich_clipped (text, rect, view->rich, view->first);
  } else {
    ui_draw_rich (text, 0, view->rich, view->first);
  }
  for (int row = 0; *view->needle != '\0' && row < rect.rows && view->first + row < lines; row++)
    mark_line (view, ui_rect_sub (rect, 0, 0, -1, view->columns), row, view->first + row);
  ui_draw_scroll (rect, (guint64) view->first, (guint64) lines);
}

static gboolean
typing_event (UiTextView *view, const UiEvent *event)
{
  if (ui_event_is (event, UI_KEY_ENTER)) {
    view->typing = FALSE;
    return TRUE;
  }
  if (ui_event_is (event, UI_KEY_ESC)) {
    view->typing = FALSE;
    g_free (view->needle);
    view->needle = g_strdup ("");
    return TRUE;
  }
  if (ui_edit_event (view->edit, event) == UI_EDIT_CHANGED) {
    g_free (view->needle);
    view->needle = g_strdup (ui_edit_text (view->edit));
    search (view, view->first, 1);
  }
  return TRUE;
}

static gboolean
scroll_to (UiTextView *view, int first)
{
  view->first = CLAMP (first, 0, MAX (count_lines (view) - view->body.rows, 0));
  return TRUE;
}

static gboolean
search_key (UiTextView *view, UiKeyCode key)
{
  if (key == '/') {
    view->typing = TRUE;
    ui_edit_set_text (view->edit, "");
    return TRUE;
  }
  if (*view->needle == '\0')
    return FALSE;
  if (key == 'n')
    search (view, (view->found >= 0 ? view->found : view->first) + 1, 1);
  else if (key == 'N')
    search (view, (view->found >= 0 ? view->found : view->first) - 1, -1);
  else if (key == UI_KEY_ESC) {
    g_free (view->needle);
    view->needle = g_strdup ("");
    view->found = -1;
  } else
    return FALSE;
  return TRUE;
}

static gboolean
key_event (UiTextView *view, UiKeyCode key)
{
  int page = MAX (view->body.rows - 1, 1), lines = count_lines (view);
  gboolean scrolls = lines > view->body.rows;
  if (search_key (view, key))
    return TRUE;
  switch (key) {
  case UI_KEY_UP:
  case 'k':
    return scrolls && scroll_to (view, view->first - 1);
  case UI_KEY_DOWN:
  case 'j':
    return scrolls && scroll_to (view, view->first + 1);
  case UI_KEY_PAGE_UP:
  case 'b':
    return scrolls && scroll_to (view, view->first - page);
  case UI_KEY_PAGE_DOWN:
  case ' ':
    return scrolls && scroll_to (view, view->first + page);
  case 'u' | UI_KEY_CTRL:
    return scrolls && scroll_to (view, view->first - page / 2);
  case 'd' | UI_KEY_CTRL:
    return scrolls && scroll_to (view, view->first + page / 2);
  case UI_KEY_HOME:
  case 'g':
    return scrolls && scroll_to (view, 0);
  case UI_KEY_END:
  case 'G':
    return scrolls && scroll_to (view, lines);
  case UI_KEY_LEFT:
  case 'h':
    if (view->offset == 0)
      return FALSE;
    view->offset = MAX (view->offset - 8, 0);
    return TRUE;
  case UI_KEY_RIGHT:
  case 'l': {
    int widest = view->rich != NULL ? ui_rich_widest (view->rich) : 0;
    if (widest - view->offset <= view->columns)
      return FALSE;
    view->offset += 8;
    return TRUE;
  }
  default:
    return FALSE;
  }
}

gboolean
ui_text_event (UiTextView *view, const UiEvent *event)
{
  if (view->typing && (event->kind == UI_EVENT_KEY || event->kind == UI_EVENT_PASTE))
    return typing_event (view, event);
  if (event->kind == UI_EVENT_KEY)
    return key_event (view, event->key);
  if (event->kind == UI_EVENT_WHEEL && ui_rect_contains (view->body, event->row, event->column))
    return scroll_to (view, view->first + event->amount);
  return FALSE;
}
