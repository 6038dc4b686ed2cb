/* SPDX-License-Identifier: MIT
 * The inside of a styled text, for drawing (draw.c) and searching (text.c) only.
 */
#pragma once

#include "ui/curses/draw.h"

G_BEGIN_DECLS

typedef struct {
  gsize offset; /* from this byte on */
  UiStyle style;
} UiRichRun;

typedef struct {
  GString *text;
  GArray *runs; /* UiRichRun */
  int hang;
  gboolean no_wrap;
} UiRichParagraph;

typedef struct {
  guint paragraph;
  gsize start, length; /* bytes of its text */
  int indent;          /* cells */
} UiRichLine;

/* After ui_rich_lines(). Borrowed; NULL behind the end. */
const UiRichLine *ui_rich_line_at (UiRich *rich, guint index);
const UiRichParagraph *ui_rich_paragraph_at (UiRich *rich, guint index);

/* Lines of RICH from FIRST on in TEXT, whose left part may lie outside of CLIP. Lines are wrapped already. */
void ui_draw_rich_clipped (UiRect text, UiRect clip, UiRich *rich, int first);
/* Cells of the widest paragraph that is not wrapped. */
int ui_rich_widest (UiRich *rich);

G_END_DECLS
