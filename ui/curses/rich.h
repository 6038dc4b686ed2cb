/* SPDX-License-Identifier: MIT
 * Styled text: paragraphs made of spans, wrapped when it is known how wide they may be.
 */
#pragma once

#include "ui/curses/theme.h"

G_BEGIN_DECLS

typedef struct UiRich UiRich;

UiRich *ui_rich_new (void);
UiRich *ui_rich_ref (UiRich *rich);
void ui_rich_unref (UiRich *rich);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiRich, ui_rich_unref)

/* Add to the current paragraph; a line feed in TEXT ends it. TEXT may be NULL. */
void ui_rich_add (UiRich *rich, UiStyle style, const char *text);
void ui_rich_format (UiRich *rich, UiStyle style, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* End the paragraph (an empty one gives an empty line). */
void ui_rich_end (UiRich *rich);
/* TEXT as a paragraph of its own. */
void ui_rich_line (UiRich *rich, UiStyle style, const char *text);
/* An empty line unless the text is empty or ends with one, then a heading. */
void ui_rich_heading (UiRich *rich, const char *text);
/* "label   value", continued lines indented below the value. VALUE NULL or "" adds nothing. */
void ui_rich_pair (UiRich *rich, int label_cells, const char *label, UiStyle style, const char *value);
/* " MARK text", continued lines indented below the text. */
void ui_rich_item (UiRich *rich, UiStyle mark_style, const char *mark, UiStyle style, const char *text);
/* Indent of continued lines of the current paragraph, in cells. */
void ui_rich_hang (UiRich *rich, int cells);
/* The current paragraph is not wrapped (code); what does not fit is reached by scrolling sideways. */
void ui_rich_no_wrap (UiRich *rich);

/* Lines when wrapped at CELLS. Kept until the text or CELLS change. */
int ui_rich_lines (UiRich *rich, int cells);
/* Everything as plain text, one paragraph per line. Gives. */
char *ui_rich_text (const UiRich *rich);

G_END_DECLS
