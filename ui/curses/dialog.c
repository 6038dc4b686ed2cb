/* SPDX-License-Identifier: MIT
 * A box over the screen that says or asks something (dialog.h).
 */
#include "ui/curses/dialog.h"

#include "ui/curses/hints.h"

#include "base/translate.h"

#include <string.h>

#define WIDTH 72 /* cells at most, unless the text is made for more */

struct UiDialog {
  char *title;
  UiRich *text;   /* or NULL */
  char *yes, *no; /* no = NULL: only one button */
  char *word;     /* that must be typed, or NULL */
  UiEdit *edit;   /* for the word */
  UiForm *form;
  gboolean on_yes; /* which button has the focus */
  gboolean wrong;  /* another word was entered */
  int scroll, lines, text_rows;
  UiRect yes_rect, no_rect;
};

static UiDialog *
dialog_new (const char *title, UiRich *text)
{
  UiDialog *dialog = g_new0 (UiDialog, 1);
  dialog->title = g_strdup (title);
  dialog->text = text != NULL ? ui_rich_ref (text) : NULL;
  return dialog;
}

UiDialog *
ui_dialog_message (const char *title, UiRich *text)
{
  UiDialog *dialog = dialog_new (title, text);
  dialog->yes = g_strdup (_ ("Close"));
  dialog->on_yes = TRUE;
  return dialog;
}

UiDialog *
ui_dialog_confirm (const char *title, UiRich *text, const char *yes, const char *no, gboolean safe)
{
  UiDialog *dialog = dialog_new (title, text);
  dialog->yes = g_strdup (yes);
  dialog->no = g_strdup (no);
  dialog->on_yes = safe;
  return dialog;
}

UiDialog *
ui_dialog_typed (const char *title, UiRich *text, const char *word, const char *yes)
{
  UiDialog *dialog = ui_dialog_confirm (title, text, yes, _ ("Cancel"), TRUE);
  dialog->word = g_strdup (word);
  dialog->edit = ui_edit_new (UI_EDIT_PLAIN);
  return dialog;
}

UiDialog *
ui_dialog_form (const char *title, UiRich *text, UiForm *form)
{
  UiDialog *dialog = dialog_new (title, text);
  dialog->form = form;
  return dialog;
}

void
ui_dialog_free (UiDialog *dialog)
{
  if (dialog == NULL)
    return;
  ui_rich_unref (dialog->text);
  ui_edit_free (dialog->edit);
  ui_form_free (dialog->form);
  g_free (dialog->title);
  g_free (dialog->yes);
  g_free (dialog->no);
  g_free (dialog->word);
  g_free (dialog);
}

UiForm *
ui_dialog_get_form (UiDialog *dialog)
{
  return dialog->form;
}

/* The word, and where it is typed. */
static void
draw_word (UiDialog *dialog, UiRect rect)
{
  g_autofree char *whole = g_strdup_printf (_ ("Type %s to go on:"), dialog->word);
  g_autofree char *brief = g_strdup_printf (_ ("Type %s"), dialog->word);
  /* What has to be typed is never cut. */
  const char *prompt = ui_cells_width (whole) <= rect.columns   ? whole
                       : ui_cells_width (brief) <= rect.columns ? brief
                                                                : dialog->word;
  int at = ui_draw_text (rect, 0, 0, dialog->wrong ? UI_STYLE_WARNING : UI_STYLE_LABEL, prompt) + 1;
  UiStyle style = dialog->wrong ? UI_STYLE_INPUT_BAD : UI_STYLE_INPUT_FOCUS;
  if (rect.columns - at >= 8)
    ui_edit_draw (dialog->edit, rect, 0, at, rect.columns - at, style, TRUE);
  else
    ui_edit_draw (dialog->edit, rect, 1, 0, rect.columns, style, TRUE);
}

static void
draw_buttons (UiDialog *dialog, UiRect rect)
{
  int yes = ui_cells_width (dialog->yes) + 4;
  int no = dialog->no != NULL ? ui_cells_width (dialog->no) + 4 : 0;
  int at = MAX (rect.columns - yes - (no > 0 ? no + 2 : 0), 0);
  dialog->yes_rect = ui_rect_sub (rect, 0, at, 1, yes);
  ui_draw_button (rect, 0, at, dialog->on_yes, dialog->yes);
  if (dialog->no == NULL)
    return;
  dialog->no_rect = ui_rect_sub (rect, 0, at + yes + 2, 1, no);
  ui_draw_button (rect, 0, at + yes + 2, !dialog->on_yes, dialog->no);
}

void
ui_dialog_draw (UiDialog *dialog, UiRect whole)
{
  int columns = MIN (whole.columns - 4, WIDTH);
  int inside_columns = columns - 4;
  dialog->lines = dialog->text != NULL ? ui_rich_lines (dialog->text, inside_columns) : 0;
  int below = dialog->form != NULL   ? ui_form_rows (dialog->form, inside_columns)
              : dialog->word != NULL ? 3
                                     : 1;
  int gap = dialog->lines > 0 ? 1 : 0;
  int rows = MIN (dialog->lines + gap + below + 2, whole.rows - 2);
  UiRect box = ui_rect_centre (whole, rows, columns);
  ui_draw_clear (box, UI_STYLE_OVERLAY);
  UiRect inside = ui_rect_inset (ui_draw_box (box, UI_STYLE_OVERLAY_BORDER, dialog->title), 0, 1);
  int text_rows = MAX (inside.rows - below - gap, dialog->lines > 0 ? MIN (3, dialog->lines) : 0);
  UiRect text = ui_rect_top (inside, text_rows, &inside);
  dialog->text_rows = text.rows;
  dialog->scroll = CLAMP (dialog->scroll, 0, MAX (dialog->lines - text.rows, 0));
  ui_draw_rich (text, 0, dialog->text, dialog->scroll);
  ui_draw_scroll (ui_rect_sub (box, 1, box.columns - 1, text.rows, 1), (guint64) dialog->scroll,
                  (guint64) dialog->lines);
  inside = ui_rect_sub (inside, MIN (gap, MAX (inside.rows - 1, 0)), 0, -1, -1);
  if (dialog->form != NULL) {
    ui_form_draw (dialog->form, inside, TRUE);
    return;
  }
  if (dialog->word != NULL)
    draw_word (dialog, inside);
  draw_buttons (dialog, ui_rect_bottom (inside, 1, NULL));
}

void
ui_dialog_hints (UiDialog *dialog, GString *hints)
{
  gboolean scrolls = dialog->lines > dialog->text_rows;
  if (dialog->form != NULL) {
    ui_form_hints (dialog->form, hints, _ ("cancel"));
    return;
  }
  ui_hints_add (hints, "Enter", dialog->on_yes ? dialog->yes : dialog->no);
  if (dialog->no != NULL) {
    ui_hints_add (hints, "Esc", dialog->no);
    if (dialog->word == NULL)
      ui_hints_add (hints, "y", dialog->yes);
    ui_hints_add (hints, "Tab", _ ("other button"));
  }
  if (scrolls)
    ui_hints_add (hints, "Up Down", _ ("scroll"));
}

static UiDialogResult
accept (UiDialog *dialog)
{
  if (!dialog->on_yes)
    return UI_DIALOG_NO;
  g_autofree char *typed = dialog->word != NULL ? g_strstrip (g_strdup (ui_edit_text (dialog->edit))) : NULL;
  if (g_strcmp0 (typed, dialog->word) != 0) {
    dialog->wrong = TRUE;
    return UI_DIALOG_OPEN;
  }
  return UI_DIALOG_YES;
}

static UiDialogResult
on_key (UiDialog *dialog, const UiEvent *event)
{
  switch (event->key) {
  case UI_KEY_ESC:
  case 'c' | UI_KEY_CTRL:
    return UI_DIALOG_NO;
  case UI_KEY_ENTER:
    return accept (dialog);
  case UI_KEY_TAB:
  case UI_KEY_TAB | UI_KEY_SHIFT:
    dialog->on_yes = dialog->no == NULL || !dialog->on_yes;
    return UI_DIALOG_OPEN;
  case UI_KEY_UP:
    dialog->scroll--;
    return UI_DIALOG_OPEN;
  case UI_KEY_DOWN:
    dialog->scroll++;
    return UI_DIALOG_OPEN;
  case UI_KEY_PAGE_UP:
    dialog->scroll -= MAX (dialog->text_rows - 1, 1);
    return UI_DIALOG_OPEN;
  case UI_KEY_PAGE_DOWN:
    dialog->scroll += MAX (dialog->text_rows - 1, 1);
    return UI_DIALOG_OPEN;
  default:
    break;
  }
  if (dialog->word != NULL) {
    dialog->on_yes = TRUE;
    if (ui_edit_event (dialog->edit, event) == UI_EDIT_CHANGED)
      dialog->wrong = FALSE;
    return UI_DIALOG_OPEN;
  }
  switch (event->key) {
  case UI_KEY_LEFT:
  case UI_KEY_RIGHT:
  case 'h':
  case 'l':
    dialog->on_yes = dialog->no == NULL || !dialog->on_yes;
    return UI_DIALOG_OPEN;
  case 'j':
    dialog->scroll++;
    return UI_DIALOG_OPEN;
  case 'k':
    dialog->scroll--;
    return UI_DIALOG_OPEN;
  case 'q':
  case 'n':
    return UI_DIALOG_NO;
  case ' ':
    return dialog->no == NULL ? UI_DIALOG_YES : UI_DIALOG_OPEN;
  case 'y':
    return dialog->no != NULL ? UI_DIALOG_YES : UI_DIALOG_OPEN;
  default:
    return UI_DIALOG_OPEN;
  }
}

UiDialogResult
ui_dialog_event (UiDialog *dialog, const UiEvent *event)
{
  if (dialog->form != NULL) {
    UiFormResult result = ui_form_event (dialog->form, event);
    if (result == UI_FORM_IGNORED && ui_event_is (event, 'c' | UI_KEY_CTRL))
      return UI_DIALOG_NO;
    return result == UI_FORM_SUBMIT   ? UI_DIALOG_YES
           : result == UI_FORM_CANCEL ? UI_DIALOG_NO
                                      : UI_DIALOG_OPEN;
  }
  switch (event->kind) {
  case UI_EVENT_KEY:
    return on_key (dialog, event);
  case UI_EVENT_PASTE:
    if (dialog->edit != NULL && ui_edit_event (dialog->edit, event) == UI_EDIT_CHANGED)
      dialog->wrong = FALSE;
    return UI_DIALOG_OPEN;
  case UI_EVENT_WHEEL:
    dialog->scroll += event->amount;
    return UI_DIALOG_OPEN;
  case UI_EVENT_CLICK:
    if (ui_rect_contains (dialog->yes_rect, event->row, event->column)) {
      dialog->on_yes = TRUE;
      return accept (dialog);
    }
    if (dialog->no != NULL && ui_rect_contains (dialog->no_rect, event->row, event->column))
      return UI_DIALOG_NO;
    return UI_DIALOG_OPEN;
  default:
    return UI_DIALOG_OPEN;
  }
}
