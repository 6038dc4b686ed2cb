/* SPDX-License-Identifier: MIT
 * Drawing into a rectangle (draw.h).
 */
#include "ui/curses/draw-private.h"
#include "ui/curses/rich-private.h"

#include "base/translate.h"
#include <stdarg.h>
#include <string.h>

typedef struct {
  const char *unicode;
  const char *ascii;
} Sign;

static const char *
sign (UiRect rect, Sign of)
{
  return rect.canvas->ascii ? of.ascii : of.unicode;
}

/* TEXT up to END (NULL = all of it) in columns COLUMN..LIMIT. Gives the column after the last cell. */
static int
draw_glyphs (UiRect rect, int row, int column, int limit, UiStyle style, const char *text, const char *end)
{
  UiGlyph glyph;
  if (row < 0 || row >= rect.rows)
    return column;
  limit = MIN (limit, rect.columns);
  while ((end == NULL || text < end) && column < limit && ui_glyph_next (&text, &glyph)) {
    if (column + glyph.width > limit)
      break;
    if (column >= 0)
      ui_canvas_put (rect.canvas, rect.row + row, rect.column + column, style, &glyph);
    column += glyph.width;
  }
  return column;
}

static void
fill (UiRect rect, int row, int from, int to, UiStyle style)
{
  static const UiGlyph space = { { ' ' }, 1 };
  if (row < 0 || row >= rect.rows)
    return;
  for (int column = MAX (from, 0); column < MIN (to, rect.columns); column++)
    ui_canvas_put (rect.canvas, rect.row + row, rect.column + column, style, &space);
}

void
ui_draw_clear (UiRect rect, UiStyle style)
{
  for (int row = 0; row < rect.rows; row++)
    fill (rect, row, 0, rect.columns, style);
}

int
ui_draw_text (UiRect rect, int row, int column, UiStyle style, const char *text)
{
  if (text == NULL || row < 0 || row >= rect.rows || column >= rect.columns)
    return 0;
  int room = rect.columns - column;
  gsize whole = ui_cells_prefix (text, room);
  if (text[whole] == '\0' || ui_cells_width (text + whole) == 0)
    return draw_glyphs (rect, row, column, rect.columns, style, text, NULL) - column;
  const char *end = text + ui_cells_prefix (text, room - 1);
  int stop = draw_glyphs (rect, row, column, rect.columns, style, text, end);
  draw_glyphs (rect, row, stop, rect.columns, style, sign (rect, (Sign){ "\xE2\x80\xA6", "~" }), NULL);
  return room;
}

int
ui_draw_format (UiRect rect, int row, int column, UiStyle style, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return ui_draw_text (rect, row, column, style, text);
}

void
ui_draw_field (UiRect rect, int row, int column, int cells, UiStyle style, const char *text)
{
  UiRect field = ui_rect_sub (rect, 0, 0, -1, MAX (column + cells, 0));
  int used = ui_draw_text (field, row, column, style, text);
  fill (field, row, column + used, column + cells, style);
}

int
ui_draw_text_right (UiRect rect, int row, int end, UiStyle style, const char *text)
{
  if (text == NULL)
    return 0;
  if (end < 0 || end > rect.columns)
    end = rect.columns;
  int width = ui_cells_width (text);
  return ui_draw_text (ui_rect_sub (rect, 0, 0, -1, end), row, MAX (end - width, 0), style, text);
}

void
ui_draw_text_centre (UiRect rect, int row, UiStyle style, const char *text)
{
  int width = ui_cells_width (text);
  ui_draw_text (rect, row, MAX ((rect.columns - width) / 2, 0), style, text);
}

typedef struct {
  UiRect rect;
  int row, column;
  UiStyle style;
} Lines;

static void
draw_line (const char *start, gsize length, gpointer data)
{
  Lines *lines = data;
  draw_glyphs (lines->rect, lines->row++, lines->column, lines->rect.columns, lines->style, start,
               start + length);
}

int
ui_draw_paragraph (UiRect rect, int row, UiStyle style, const char *text)
{
  if (text == NULL || *text == '\0' || rect.columns <= 0)
    return 0;
  Lines lines = { rect, row, 0, style };
  return ui_cells_wrap (text, rect.columns, draw_line, &lines);
}

/* The part START..END of PARAGRAPH in its styles. */
static void
draw_runs (UiRect rect, int row, int column, const UiRichParagraph *paragraph, gsize start, gsize end)
{
  for (guint i = 0; i < paragraph->runs->len; i++) {
    UiRichRun run = g_array_index (paragraph->runs, UiRichRun, i);
    gsize from = MAX (run.offset, start);
    gsize to = i + 1 < paragraph->runs->len ? g_array_index (paragraph->runs, UiRichRun, i + 1).offset : end;
    to = MIN (to, end);
    if (from < to)
      column = draw_glyphs (rect, row, column, rect.columns, run.style, paragraph->text->str + from,
                            paragraph->text->str + to);
  }
}

int
ui_draw_rich (UiRect rect, int row, UiRich *rich, int first)
{
  if (rich == NULL || rect.columns <= 0)
    return 0;
  int lines = ui_rich_lines (rich, rect.columns);
  int drawn = 0;
  for (int i = MAX (first, 0); i < lines && row + drawn < rect.rows; i++, drawn++) {
    const UiRichLine *line = ui_rich_line_at (rich, (guint) i);
    draw_runs (rect, row + drawn, line->indent, ui_rich_paragraph_at (rich, line->paragraph), line->start,
               line->start + line->length);
  }
  return drawn;
}

void
ui_draw_rich_clipped (UiRect text, UiRect clip, UiRich *rich, int first)
{
  int hidden = clip.column - text.column;
  for (int row = 0; row < clip.rows; row++) {
    const UiRichLine *line = ui_rich_line_at (rich, (guint) (first + row));
    if (line == NULL)
      return;
    UiRect part = ui_rect_sub (clip, 0, 0, -1, text.columns - hidden);
    draw_runs (part, row, line->indent - hidden, ui_rich_paragraph_at (rich, line->paragraph), line->start,
               line->start + line->length);
  }
}

void
ui_draw_restyle (UiRect rect, int row, int column, int cells, UiStyle style)
{
  if (row < 0 || row >= rect.rows)
    return;
  for (int i = MAX (column, 0); i < MIN (column + cells, rect.columns); i++)
    ui_canvas_cell (rect.canvas, rect.row + row, rect.column + i)->style = (guint8) style;
}

void
ui_draw_line_across (UiRect rect, int row, UiStyle style)
{
  const char *line = sign (rect, (Sign){ "\xE2\x94\x80", "-" });
  for (int column = 0; column < rect.columns; column++)
    draw_glyphs (rect, row, column, rect.columns, style, line, NULL);
}

void
ui_draw_line_down (UiRect rect, int column, UiStyle style)
{
  const char *line = sign (rect, (Sign){ "\xE2\x94\x82", "|" });
  for (int row = 0; row < rect.rows; row++)
    draw_glyphs (rect, row, column, rect.columns, style, line, NULL);
}

UiRect
ui_draw_box (UiRect rect, UiStyle border, const char *title)
{
  if (rect.rows < 2 || rect.columns < 2)
    return ui_rect_sub (rect, 0, 0, 0, 0);
  static const Sign corners[] = {
    { "\xE2\x94\x8C", "+" }, { "\xE2\x94\x90", "+" }, { "\xE2\x94\x94", "+" }, { "\xE2\x94\x98", "+" }
  };
  int bottom = rect.rows - 1, right = rect.columns - 1;
  ui_draw_line_across (rect, 0, border);
  ui_draw_line_across (rect, bottom, border);
  ui_draw_line_down (rect, 0, border);
  ui_draw_line_down (rect, right, border);
  draw_glyphs (rect, 0, 0, rect.columns, border, sign (rect, corners[0]), NULL);
  draw_glyphs (rect, 0, right, rect.columns, border, sign (rect, corners[1]), NULL);
  draw_glyphs (rect, bottom, 0, rect.columns, border, sign (rect, corners[2]), NULL);
  draw_glyphs (rect, bottom, right, rect.columns, border, sign (rect, corners[3]), NULL);
  if (title != NULL && *title != '\0' && rect.columns > 6) {
    UiRect top = ui_rect_sub (rect, 0, 2, 1, rect.columns - 4);
    g_autofree char *text = g_strdup_printf (" %s ", title);
    ui_draw_text (top, 0, 0, UI_STYLE_HEADING, text);
  }
  return ui_rect_inset (rect, 1, 1);
}

void
ui_draw_heading (UiRect rect, int row, const char *text)
{
  int used = ui_draw_text (rect, row, 0, UI_STYLE_HEADING, text);
  UiRect rest = ui_rect_sub (rect, 0, used + 1, -1, -1);
  ui_draw_line_across (rest, row, UI_STYLE_BORDER);
}

void
ui_draw_state (UiRect rect, int row, int column, UiState state)
{
  draw_glyphs (rect, row, column, rect.columns, ui_state_style (state),
               ui_state_glyph (state, rect.canvas->ascii), NULL);
}

#define FRAME_MS 120

void
ui_draw_progress (UiRect rect, int row, int column, int cells, guint64 done, guint64 total)
{
  const char *full = sign (rect, (Sign){ "\xE2\x96\x88", "#" });
  const char *rest = sign (rect, (Sign){ "\xE2\x96\x91", "." });
  int bar = MAX (cells - 5, 1);
  int from = 0, to = 0;
  if (total == 0) {
    int step = (int) ((g_get_monotonic_time () / 1000 / FRAME_MS) % (bar * 2));
    from = step < bar ? step : bar * 2 - 1 - step;
    to = MIN (from + MAX (bar / 6, 1), bar);
    ui_draw_again_in (rect, FRAME_MS);
  } else {
    done = MIN (done, total);
    to = (int) ((double) done / (double) total * bar);
    g_autofree char *percent = g_strdup_printf ("%3d %%", (int) ((double) done / (double) total * 100));
    ui_draw_text (rect, row, column + bar, UI_STYLE_TEXT, percent);
  }
  for (int i = 0; i < bar; i++) {
    gboolean filled = i >= from && i < to;
    draw_glyphs (rect, row, column + i, rect.columns, filled ? UI_STYLE_PROGRESS : UI_STYLE_PROGRESS_REST,
                 filled ? full : rest, NULL);
  }
}

void
ui_draw_spinner (UiRect rect, int row, int column, UiStyle style)
{
  static const char *const frames[] = { "|", "/", "-", "\\" };
  gint64 frame = g_get_monotonic_time () / 1000 / FRAME_MS;
  ui_draw_text (rect, row, column, style, frames[frame % 4]);
  ui_draw_again_in (rect, FRAME_MS);
}

int
ui_draw_button (UiRect rect, int row, int column, gboolean focused, const char *text)
{
  g_autofree char *button = g_strdup_printf ("[ %s ]", text);
  return ui_draw_text (rect, row, column, focused ? UI_STYLE_SELECTED : UI_STYLE_KEY, button);
}

void
ui_draw_scroll (UiRect rect, guint64 first, guint64 total)
{
  if (rect.rows < 2 || rect.columns < 1 || total <= (guint64) rect.rows)
    return;
  guint64 hidden = total - (guint64) rect.rows;
  first = MIN (first, hidden);
  int size = MAX (1, (int) ((double) rect.rows * rect.rows / (double) total));
  int start = (int) ((double) (rect.rows - size) * (double) first / (double) hidden);
  for (int row = 0; row < rect.rows; row++) {
    gboolean inside = row >= start && row < start + size;
    const char *mark = inside ? sign (rect, (Sign){ "\xE2\x96\x88", "#" })
                              : sign (rect, (Sign){ "\xE2\x94\x82", "|" });
    draw_glyphs (rect, row, rect.columns - 1, rect.columns, UI_STYLE_BORDER, mark, NULL);
  }
}

void
ui_draw_cursor (UiRect rect, int row, int column)
{
  if (row < 0 || column < 0 || row >= rect.rows || column >= rect.columns)
    return;
  rect.canvas->cursor_row = rect.row + row;
  rect.canvas->cursor_column = rect.column + column;
}

void
ui_draw_again_in (UiRect rect, int ms)
{
  ms = MAX (ms, 0);
  if (rect.canvas->next_ms < 0 || ms < rect.canvas->next_ms)
    rect.canvas->next_ms = ms;
}

void
ui_draw_later (UiRect rect, void (*draw) (UiRect whole, gpointer data), gpointer data)
{
  UiLater later = { draw, data };
  g_array_append_val (rect.canvas->later, later);
}
