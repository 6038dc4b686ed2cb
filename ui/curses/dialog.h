/* SPDX-License-Identifier: MIT
 * A box over the screen that says or asks something. Screens use ui_app_confirm() and its sisters (app.h).
 */
#pragma once

#include "ui/curses/edit.h"
#include "ui/curses/form.h"

G_BEGIN_DECLS

typedef struct UiDialog UiDialog;

/* TEXT is shown wrapped and scrolls when it is long; all texts are copied. */
UiDialog *ui_dialog_message (const char *title, UiRich *text);
/* Two buttons; Esc is no. SAFE: Enter means yes at once; otherwise "no" has the focus at the start. */
UiDialog *ui_dialog_confirm (const char *title, UiRich *text, const char *yes, const char *no, gboolean safe);
/* "Yes" needs WORD to be typed: for what cannot be undone. */
UiDialog *ui_dialog_typed (const char *title, UiRich *text, const char *word, const char *yes);
/* A form (taken) with a button. */
UiDialog *ui_dialog_form (const char *title, UiRich *text, UiForm *form);
void ui_dialog_free (UiDialog *dialog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiDialog, ui_dialog_free)
UiForm *ui_dialog_get_form (UiDialog *dialog);

/* What its keys do, for the last line: "y Accept  Esc Cancel". Gives. */
void ui_dialog_hints (UiDialog *dialog, GString *hints);
void ui_dialog_draw (UiDialog *dialog, UiRect whole);
typedef enum { UI_DIALOG_OPEN, UI_DIALOG_YES, UI_DIALOG_NO } UiDialogResult;
UiDialogResult ui_dialog_event (UiDialog *dialog, const UiEvent *event);

G_END_DECLS
