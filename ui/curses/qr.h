/* SPDX-License-Identifier: MIT
 * A QR code: two modules per cell with half blocks, or "##" in ASCII; dark on light in every theme.
 */
#pragma once

#include "ui/curses/draw.h"

G_BEGIN_DECLS

/* Cells that TEXT takes as a code; FALSE when it cannot be one (too long, empty). */
gboolean ui_qr_size (const char *text, gboolean ascii, int *rows, int *columns);
/* Draw it at the upper left corner of RECT, nothing when it does not fit. Gives TRUE when drawn. */
gboolean ui_qr_draw (UiRect rect, const char *text);
#define UI_LARGE_ROWS 5 /* that ui_draw_large() takes */
/* TEXT in letters of 5 x 5 blocks (A-Z, 0-9, '-'); for sign-in codes. Gives columns used, 0 when it does not
 * fit. */
int ui_draw_large (UiRect rect, int row, UiStyle style, const char *text);

/* The same with two rows of blocks in a cell (not in ASCII): as wide, less high. */
#define UI_LARGE_FLAT_ROWS 3
int ui_draw_large_flat (UiRect rect, int row, UiStyle style, const char *text);

G_END_DECLS
