/* SPDX-License-Identifier: MIT
 * The memory that is drawn into (draw.h), and rectangles on it.
 */
#include "ui/curses/draw-private.h"

#include <string.h>
#include <utf8proc.h>

static const UiCell empty_cell = { { ' ' }, 1, UI_STYLE_TEXT, 0 };

UiCanvas *
ui_canvas_new (int rows, int columns, gboolean ascii)
{
  UiCanvas *canvas = g_new0 (UiCanvas, 1);
  canvas->ascii = ascii;
  canvas->later = g_array_new (FALSE, FALSE, sizeof (UiLater));
  ui_canvas_resize (canvas, rows, columns);
  return canvas;
}

void
ui_canvas_free (UiCanvas *canvas)
{
  if (canvas == NULL)
    return;
  g_array_unref (canvas->later);
  g_free (canvas->cells);
  g_free (canvas);
}

void
ui_canvas_resize (UiCanvas *canvas, int rows, int columns)
{
  canvas->rows = MAX (rows, 0);
  canvas->columns = MAX (columns, 0);
  g_free (canvas->cells);
  canvas->cells = g_new0 (UiCell, (gsize) canvas->rows * (gsize) canvas->columns + 1);
  ui_canvas_begin (canvas);
}

void
ui_canvas_begin (UiCanvas *canvas)
{
  gsize count = (gsize) canvas->rows * (gsize) canvas->columns;
  for (gsize i = 0; i < count; i++)
    canvas->cells[i] = empty_cell;
  canvas->cursor_row = canvas->cursor_column = -1;
  canvas->next_ms = -1;
  canvas->before = NULL;
  canvas->covered = FALSE;
  g_array_set_size (canvas->later, 0);
}

void
ui_canvas_begin_after (UiCanvas *canvas, const UiCanvas *before)
{
  gboolean covered = canvas->covered;
  ui_canvas_begin (canvas);
  canvas->before = covered ? NULL : before;
}

void
ui_canvas_finish (UiCanvas *canvas)
{
  canvas->covered = canvas->covered || canvas->later->len > 0;
  for (guint i = 0; i < canvas->later->len; i++) {
    UiLater later = g_array_index (canvas->later, UiLater, i);
    later.draw (ui_canvas_rect (canvas), later.data);
  }
  g_array_set_size (canvas->later, 0);
}

void
ui_draw_cover (UiRect rect)
{
  rect.canvas->covered = TRUE;
}

gboolean
ui_draw_keep (UiRect rect)
{
  const UiCanvas *before = rect.canvas->before;
  if (before == NULL || before->rows != rect.canvas->rows || before->columns != rect.canvas->columns)
    return FALSE;
  for (int row = rect.row; rect.columns > 0 && row < rect.row + rect.rows; row++)
    memcpy (ui_canvas_cell (rect.canvas, row, rect.column), ui_canvas_cell (before, row, rect.column),
            (gsize) rect.columns * sizeof (UiCell));
  return TRUE;
}

UiRect
ui_canvas_rect (UiCanvas *canvas)
{
  return (UiRect){ canvas, 0, 0, canvas->rows, canvas->columns };
}

char *
ui_canvas_text (const UiCanvas *canvas)
{
  GString *text = g_string_new (NULL);
  for (int row = 0; row < canvas->rows; row++) {
    gsize start = text->len;
    for (int column = 0; column < canvas->columns; column++) {
      const UiCell *cell = ui_canvas_cell (canvas, row, column);
      for (guint i = 0; cell->width > 0 && i < UI_CELL_CHARS && cell->chars[i] != 0; i++)
        g_string_append_unichar (text, cell->chars[i]);
    }
    while (text->len > start && text->str[text->len - 1] == ' ')
      g_string_truncate (text, text->len - 1);
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

UiStyle
ui_canvas_style_at (const UiCanvas *canvas, int row, int column)
{
  if (row < 0 || column < 0 || row >= canvas->rows || column >= canvas->columns)
    return UI_STYLE_TEXT;
  return ui_canvas_cell (canvas, row, column)->style;
}

int
ui_canvas_next_ms (const UiCanvas *canvas)
{
  return canvas->next_ms;
}

/* ASCII terminals: the nearest plain letter, so that a name stays readable. */
static gunichar
ascii_for (gunichar c)
{
  static const struct {
    gunichar from;
    char to;
  } known[] = { { 0x2026, '~' }, { 0x2013, '-' }, { 0x2014, '-' }, { 0x2018, '\'' }, { 0x2019, '\'' },
                { 0x201C, '"' }, { 0x201D, '"' }, { 0x00B7, '.' }, { 0x2022, '*' },  { 0x2192, '>' },
                { 0x2190, '<' }, { 0x2191, '^' }, { 0x2193, 'v' }, { 0x00D7, 'x' },  { 0x00AB, '"' },
                { 0x00BB, '"' }, { 0x2212, '-' }, { 0x00DF, 's' }, { 0x00F8, 'o' },  { 0x00D8, 'O' } };
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].from == c)
      return (gunichar) known[i].to;
  utf8proc_int32_t parts[8];
  int bound = UTF8PROC_BOUNDCLASS_START;
  utf8proc_ssize_t count = utf8proc_decompose_char ((utf8proc_int32_t) c, parts, 8, UTF8PROC_DECOMPOSE,
                                                    &bound);
  return count > 0 && parts[0] >= 0x20 && parts[0] < 0x7F ? (gunichar) parts[0] : '?';
}

/* A wide cell that is overwritten in part loses its other half. */
static void
split_wide (UiCanvas *canvas, int row, int column)
{
  UiCell *cell = ui_canvas_cell (canvas, row, column);
  if (cell->width == 0 && column > 0) {
    UiCell *left = cell - 1;
    guint8 style = left->style;
    *left = empty_cell;
    left->style = style;
  } else if (cell->width == 2 && column + 1 < canvas->columns) {
    UiCell *right = cell + 1;
    guint8 style = right->style;
    *right = empty_cell;
    right->style = style;
  }
}

void
ui_canvas_put (UiCanvas *canvas, int row, int column, UiStyle style, const UiGlyph *glyph)
{
  UiCell *cell = ui_canvas_cell (canvas, row, column);
  if (cell->width != 1)
    split_wide (canvas, row, column);
  if (glyph->width == 2)
    split_wide (canvas, row, column + 1);
  memset (cell, 0, sizeof *cell);
  cell->style = (guint8) style;
  cell->width = glyph->width;
  if (glyph->chars[0] < 0x7F && glyph->chars[1] == 0) {
    cell->chars[0] = glyph->chars[0];
  } else if (canvas->ascii) {
    cell->chars[0] = glyph->chars[0] < 0x7F ? glyph->chars[0] : ascii_for (glyph->chars[0]);
    cell->width = 1;
  } else {
    memcpy (cell->chars, glyph->chars, sizeof cell->chars);
  }
  if (glyph->width == 2) {
    UiCell *right = cell + 1;
    *right = empty_cell;
    right->style = (guint8) style;
    if (cell->width == 2) {
      memset (right->chars, 0, sizeof right->chars);
      right->width = 0;
    } else {
      right->chars[0] = cell->chars[0] == '?' ? '?' : ' ';
    }
  }
}

UiRect
ui_rect_sub (UiRect rect, int row, int column, int rows, int columns)
{
  if (row < 0) {
    rows = rows < 0 ? rows : MAX (rows + row, 0);
    row = 0;
  }
  if (column < 0) {
    columns = columns < 0 ? columns : MAX (columns + column, 0);
    column = 0;
  }
  int most_rows = MAX (rect.rows - row, 0), most_columns = MAX (rect.columns - column, 0);
  UiRect part = { rect.canvas, rect.row + row, rect.column + column,
                  rows < 0 ? most_rows : MIN (rows, most_rows),
                  columns < 0 ? most_columns : MIN (columns, most_columns) };
  return part;
}

UiRect
ui_rect_inset (UiRect rect, int rows, int columns)
{
  return ui_rect_sub (rect, rows, columns, MAX (rect.rows - 2 * rows, 0),
                      MAX (rect.columns - 2 * columns, 0));
}

UiRect
ui_rect_top (UiRect rect, int rows, UiRect *rest)
{
  rows = CLAMP (rows, 0, rect.rows);
  if (rest != NULL)
    *rest = ui_rect_sub (rect, rows, 0, -1, -1);
  return ui_rect_sub (rect, 0, 0, rows, -1);
}

UiRect
ui_rect_bottom (UiRect rect, int rows, UiRect *rest)
{
  rows = CLAMP (rows, 0, rect.rows);
  if (rest != NULL)
    *rest = ui_rect_sub (rect, 0, 0, rect.rows - rows, -1);
  return ui_rect_sub (rect, rect.rows - rows, 0, rows, -1);
}

static UiRect
ui_rect_left (UiRect rect, int columns, UiRect *rest)
{
  columns = CLAMP (columns, 0, rect.columns);
  if (rest != NULL)
    *rest = ui_rect_sub (rect, 0, columns, -1, -1);
  return ui_rect_sub (rect, 0, 0, -1, columns);
}

UiRect
ui_rect_right (UiRect rect, int columns, UiRect *rest)
{
  columns = CLAMP (columns, 0, rect.columns);
  if (rest != NULL)
    *rest = ui_rect_sub (rect, 0, 0, -1, rect.columns - columns);
  return ui_rect_sub (rect, 0, rect.columns - columns, -1, columns);
}

UiRect
ui_rect_left_line (UiRect rect, int columns, UiRect *rest)
{
  UiRect right;
  UiRect left = ui_rect_left (rect, columns, &right);
  ui_draw_line_down (right, 0, UI_STYLE_BORDER);
  if (rest != NULL)
    *rest = ui_rect_sub (right, 0, 1, -1, -1);
  return left;
}

UiRect
ui_rect_centre (UiRect rect, int rows, int columns)
{
  rows = CLAMP (rows, 0, rect.rows);
  columns = CLAMP (columns, 0, rect.columns);
  return ui_rect_sub (rect, (rect.rows - rows) / 2, (rect.columns - columns) / 2, rows, columns);
}

gboolean
ui_rect_contains (UiRect rect, int canvas_row, int canvas_column)
{
  return canvas_row >= rect.row && canvas_row < rect.row + rect.rows && canvas_column >= rect.column
         && canvas_column < rect.column + rect.columns;
}

gboolean
ui_rect_ascii (UiRect rect)
{
  return rect.canvas->ascii;
}
