/* SPDX-License-Identifier: MIT
 * Drawing into a rectangle of cells. Screens and widgets draw with this and nothing else; nothing here needs
 * a terminal: a UiCanvas is memory, the terminal copies what changed (terminal.h), a test reads it as text.
 *
 * Rows and columns count from 0 inside of the rectangle; what lies outside is clipped, negative positions
 * too. Every text may come from anywhere: controls and escape sequences are shown as harmless replacements.
 */
#pragma once

#include "ui/curses/cells.h"
#include "ui/curses/rich.h"
#include "ui/curses/theme.h"

G_BEGIN_DECLS

typedef struct UiCanvas UiCanvas;

/* Passed by value. An empty rectangle (0 rows or columns) may be drawn into: nothing happens. */
typedef struct {
  UiCanvas *canvas;
  int row, column; /* of the upper left corner on the canvas */
  int rows, columns;
} UiRect;

/* --- the canvas (app, tests) --- */
UiCanvas *ui_canvas_new (int rows, int columns, gboolean ascii);
void ui_canvas_free (UiCanvas *canvas);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiCanvas, ui_canvas_free)
void ui_canvas_resize (UiCanvas *canvas, int rows, int columns);
/* Begin a picture: all spaces, no cursor, nothing asked for. */
void ui_canvas_begin (UiCanvas *canvas);
/* The same; BEFORE (borrowed until the picture is finished) is what the last one became: see
 * ui_draw_keep(). */
void ui_canvas_begin_after (UiCanvas *canvas, const UiCanvas *before);
/* Run what ui_draw_later() asked for, in order. */
void ui_canvas_finish (UiCanvas *canvas);
UiRect ui_canvas_rect (UiCanvas *canvas);
/* The picture as lines of text without trailing spaces. Gives. */
char *ui_canvas_text (const UiCanvas *canvas);
UiStyle ui_canvas_style_at (const UiCanvas *canvas, int row, int column);
/* Milliseconds until the picture changes by itself, as asked for since ui_canvas_begin; -1 = never. */
int ui_canvas_next_ms (const UiCanvas *canvas);

/* --- rectangles --- */
/* A part, clipped to RECT; rows or columns < 0 mean "up to the end". */
UiRect ui_rect_sub (UiRect rect, int row, int column, int rows, int columns);
/* RECT without this much on each side. */
UiRect ui_rect_inset (UiRect rect, int rows, int columns);
/* Cut off the first ROWS (or COLUMNS): gives them, *REST is what remains. REST may be NULL. */
UiRect ui_rect_top (UiRect rect, int rows, UiRect *rest);
UiRect ui_rect_bottom (UiRect rect, int rows, UiRect *rest);
UiRect ui_rect_right (UiRect rect, int columns, UiRect *rest);
/* The same with a vertical line drawn between the two (one column is used up by it). */
UiRect ui_rect_left_line (UiRect rect, int columns, UiRect *rest);
/* In the middle of RECT, not larger than it. */
UiRect ui_rect_centre (UiRect rect, int rows, int columns);
gboolean ui_rect_contains (UiRect rect, int canvas_row, int canvas_column);
/* TRUE when only ASCII may be drawn. */
gboolean ui_rect_ascii (UiRect rect);

/* --- drawing --- */
void ui_draw_clear (UiRect rect, UiStyle style);
/* What RECT showed in the last picture stays, for what will be there in a moment. FALSE: nothing can be kept
 * (first picture, other size, or something lay over the screen), and nothing was drawn. */
gboolean ui_draw_keep (UiRect rect);
/* Something is drawn over what screens drew: the next picture keeps nothing of this one. */
void ui_draw_cover (UiRect rect);
/* TEXT from COLUMN on; when it does not fit it is cut with an ellipsis. Gives the cells used. */
int ui_draw_text (UiRect rect, int row, int column, UiStyle style, const char *text);
int ui_draw_format (UiRect rect, int row, int column, UiStyle style, const char *format, ...)
    G_GNUC_PRINTF (5, 6);
/* Exactly CELLS cells: cut with an ellipsis or padded with spaces in STYLE. */
void ui_draw_field (UiRect rect, int row, int column, int cells, UiStyle style, const char *text);
/* Right-aligned so that the text ends before column END (exclusive; -1 = right edge). Gives the cells
 * used. */
int ui_draw_text_right (UiRect rect, int row, int end, UiStyle style, const char *text);
void ui_draw_text_centre (UiRect rect, int row, UiStyle style, const char *text);
/* Wrapped at spaces, from ROW on. Gives the rows used (also those clipped). */
int ui_draw_paragraph (UiRect rect, int row, UiStyle style, const char *text);
/* Lines of RICH (wrapped) from its wrapped line FIRST on. Gives the rows drawn. */
int ui_draw_rich (UiRect rect, int row, UiRich *rich, int first);
/* Change the style of cells that are drawn already. */
void ui_draw_restyle (UiRect rect, int row, int column, int cells, UiStyle style);

/* A box around RECT with TITLE in its upper line (may be NULL). Gives the inside. */
UiRect ui_draw_box (UiRect rect, UiStyle border, const char *title);
void ui_draw_line_across (UiRect rect, int row, UiStyle style);
void ui_draw_line_down (UiRect rect, int column, UiStyle style);
/* A heading with a line after it up to the right edge. */
void ui_draw_heading (UiRect rect, int row, const char *text);
/* The mark of STATE (glyph in its style) at ROW, COLUMN: one cell. */
void ui_draw_state (UiRect rect, int row, int column, UiState state);
/* A bar of CELLS cells with per cent behind it. TOTAL 0 = unknown: the bar wanders (asks for frames). */
void ui_draw_progress (UiRect rect, int row, int column, int cells, guint64 done, guint64 total);
/* One cell that turns while something runs (asks for frames). */
void ui_draw_spinner (UiRect rect, int row, int column, UiStyle style);
/* "[ Accept ]" with the key KEY marked. Gives the cells used. FOCUSED draws it selected. */
int ui_draw_button (UiRect rect, int row, int column, gboolean focused, const char *text);
/* Scroll mark at the right edge: FIRST of TOTAL lines with the rect's rows visible. Nothing when all is
 * visible. */
void ui_draw_scroll (UiRect rect, guint64 first, guint64 total);
/* The blinking cursor of the terminal goes here (at most one per picture; the last one wins). */
void ui_draw_cursor (UiRect rect, int row, int column);

/* --- asking --- */
/* The picture changes by itself after MS milliseconds (countdowns, ages, spinners): without a request nothing
 * is drawn again until an event comes, and the program does not wake up. */
void ui_draw_again_in (UiRect rect, int ms);
/* Draw over everything else when the screen is done; the callback gets the whole canvas. DATA must live until
 * the end of the frame. For popups of widgets. */
void ui_draw_later (UiRect rect, void (*draw) (UiRect whole, gpointer data), gpointer data);

G_END_DECLS
