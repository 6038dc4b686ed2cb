/* SPDX-License-Identifier: MIT
 * Text measured in terminal cells: the one opinion about widths that drawing, wrapping and ncurses share.
 *
 * A text is taken apart into cells. A cell holds one base character and the combining marks on it; its width
 * is 1 or 2. What terminals do not agree about is made plain here: joined emoji are shown one after the
 * other, variation selectors, joiners and controls are dropped or replaced, marks without a base get a space.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UI_CELL_CHARS 4 /* base character and at most three marks; further marks are dropped */

typedef struct {
  gunichar chars[UI_CELL_CHARS]; /* unused ones are 0 */
  guint8 width;                  /* 1 or 2 */
} UiGlyph;

/* The next cell of *TEXT (any bytes, need not be valid UTF-8), which is moved behind it. FALSE at the end.
 * Line feeds, tabs and other controls come out as a visible replacement or a space. */
gboolean ui_glyph_next (const char **text, UiGlyph *glyph);

/* Cells that TEXT takes when drawn. NULL is 0. */
int ui_cells_width (const char *text);
/* Bytes of TEXT that fit into CELLS (never half a cell). */
gsize ui_cells_prefix (const char *text, int cells);
/* TEXT cut to at most CELLS, with an ellipsis ("~" when ASCII) when something is missing. Gives. */
char *ui_cells_cut (const char *text, int cells, gboolean ascii);

/* Called for each line of a wrapped text: LENGTH bytes at START (no trailing spaces). */
typedef void (*UiWrapLine) (const char *start, gsize length, gpointer data);
/* Break TEXT at spaces (and between wide characters) into lines of at most CELLS; a line feed always ends a
 * line, a word longer than CELLS is broken. Gives the number of lines; LINE may be NULL to count only. */
int ui_cells_wrap (const char *text, int cells, UiWrapLine line, gpointer data);
/* The same with other room for continued lines: FIRST cells for the first line of a paragraph, NEXT for the
 * rest. */
int ui_cells_wrap_hang (const char *text, int first, int next, UiWrapLine line, gpointer data);

G_END_DECLS
