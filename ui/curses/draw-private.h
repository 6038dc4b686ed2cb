/* SPDX-License-Identifier: MIT
 * The cells of a canvas, for drawing and for the terminal.
 */
#pragma once

#include "ui/curses/draw.h"

G_BEGIN_DECLS

typedef struct {
  gunichar chars[UI_CELL_CHARS];
  guint8 width; /* 0 = right half of the cell before */
  guint8 style;
  guint16 unused; /* 0: cells are compared as bytes */
} UiCell;

typedef struct {
  void (*draw) (UiRect whole, gpointer data);
  gpointer data;
} UiLater;

struct UiCanvas {
  int rows, columns;
  gboolean ascii;
  UiCell *cells;
  int cursor_row, cursor_column; /* -1 = hidden */
  int next_ms;
  GArray *later;          /* UiLater */
  const UiCanvas *before; /* the last picture while this one is drawn, or NULL; borrowed */
  gboolean covered;       /* something lies over what screens drew: no picture to keep parts of */
};

static inline UiCell *
ui_canvas_cell (const UiCanvas *canvas, int row, int column)
{
  return &canvas->cells[(gsize) row * (gsize) canvas->columns + (gsize) column];
}

/* Put one cell; what it covers half of a wide one, that one's other half becomes a space. */
void ui_canvas_put (UiCanvas *canvas, int row, int column, UiStyle style, const UiGlyph *glyph);

G_END_DECLS
