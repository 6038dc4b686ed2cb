/* SPDX-License-Identifier: MIT
 * One line of text being typed: UTF-8, wide characters, paste; or a secret that is never shown.
 */
#pragma once

#include "base/secret.h"
#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiEdit UiEdit;

typedef enum {
  UI_EDIT_PLAIN = 0,
  UI_EDIT_SECRET = 1, /* dots instead of letters; kept in wiped memory */
} UiEditFlags;

UiEdit *ui_edit_new (UiEditFlags flags);
void ui_edit_free (UiEdit *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiEdit, ui_edit_free)
/* The text; borrowed until the next change. For a secret: do not copy it into plain memory. */
const char *ui_edit_text (const UiEdit *edit);
CrSecretText ui_edit_secret (const UiEdit *edit); /* gives */
/* Cursor goes to the end. NULL = "". Controls become spaces; longer than 4,096 bytes is cut. */
void ui_edit_set_text (UiEdit *edit, const char *text);
/* Shown dim while empty. Copied. */
void ui_edit_set_placeholder (UiEdit *edit, const char *text);
gsize ui_edit_cursor (const UiEdit *edit); /* byte offset */

typedef enum {
  UI_EDIT_IGNORED, /* not for an editor: Tab, Enter, Esc, Up, Down, ... */
  UI_EDIT_MOVED,   /* cursor only */
  UI_EDIT_CHANGED, /* text changed */
} UiEditResult;
/* Letters, paste, Left/Right/Home/End, Ctrl-a/e, Alt-b/f and Ctrl-Left/Right (words), Backspace, Delete,
 * Ctrl-w/u/k, Ctrl-_ undo. */
UiEditResult ui_edit_event (UiEdit *edit, const UiEvent *event);
/* In CELLS cells; scrolls sideways; places the cursor when FOCUSED. STYLE is UI_STYLE_INPUT.. . */
void ui_edit_draw (UiEdit *edit, UiRect rect, int row, int column, int cells, UiStyle style,
                   gboolean focused);
/* Cursor to the cell that was clicked, COLUMN counted from where the field was drawn. */
void ui_edit_click (UiEdit *edit, int column);

G_END_DECLS
