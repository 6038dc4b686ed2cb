/* SPDX-License-Identifier: MIT
 * What keys and the mouse do in a form (form.h).
 */
#include "ui/curses/form-private.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define MENU_FROM 5 /* choices: more are offered as a menu */

void
ui_form_close_popup (UiForm *form)
{
  g_clear_pointer (&form->calendar, ui_calendar_free);
  g_clear_pointer (&form->menu, ui_menu_free);
  g_clear_pointer (&form->picker, ui_picker_free);
}

static void
set_value (UiForm *form, UiFormField *field, const char *text)
{
  ui_edit_set_text (field->edit, text);
  ui_form_field_changed (form, field);
}

/* Where a calendar begins: at the day of the field, or of the date before it ("first day", "last day"). */
static const char *
day_to_show (UiForm *form)
{
  for (guint i = form->focus + 1; i > 0; i--) {
    const UiFormField *field = ui_form_field (form, i - 1);
    if (field->kind == UI_FIELD_DATE && *ui_edit_text (field->edit) != '\0')
      return ui_edit_text (field->edit);
  }
  return "";
}

static void
open_popup (UiForm *form, UiFormField *field)
{
  const char *text = ui_edit_text (field->edit);
  if (field->read_only)
    return;
  switch (field->kind) {
  case UI_FIELD_DATE:
    form->calendar = ui_calendar_new (day_to_show (form));
    break;
  case UI_FIELD_CHOICE:
    form->menu = ui_menu_new (field->label, _ ("type to search"));
    ui_menu_set_filter (form->menu, g_strv_length (field->choices) > 9);
    for (guint i = 0; field->choices[i] != NULL; i++)
      ui_menu_add (form->menu, field->choices[i], field->titles[i], NULL, NULL, NULL);
    ui_menu_select (form->menu, text);
    break;
  case UI_FIELD_FILE:
  case UI_FIELD_FOLDER:
    form->picker = ui_picker_new (field->label, text, field->kind == UI_FIELD_FOLDER, FALSE);
    break;
  default:
    break;
  }
}

static UiFormResult
popup_event (UiForm *form, const UiEvent *event)
{
  UiFormField *field = ui_form_field (form, form->focus);
  g_autofree char *taken = NULL;
  gboolean close = FALSE;
  if (form->calendar != NULL) {
    UiCalendarResult result = ui_calendar_event (form->calendar, event);
    close = result != UI_CALENDAR_OPEN;
    if (result == UI_CALENDAR_TAKEN)
      taken = g_strdup (ui_calendar_date (form->calendar));
  } else if (form->menu != NULL) {
    UiMenuResult result = ui_menu_event (form->menu, event);
    close = result != UI_MENU_HANDLED;
    if (result == UI_MENU_TAKEN)
      taken = g_strdup (ui_menu_selected (form->menu));
  } else {
    UiPickerResult result = ui_picker_event (form->picker, event);
    close = result != UI_PICKER_OPEN;
    if (result == UI_PICKER_TAKEN)
      taken = g_strdup (ui_picker_path (form->picker));
  }
  if (close)
    ui_form_close_popup (form);
  if (taken != NULL && field != NULL)
    set_value (form, field, taken);
  return UI_FORM_HANDLED;
}

/* --- moving --- */

static guint
last_place (const UiForm *form)
{
  return form->button != NULL ? form->fields->len : MAX (form->fields->len, 1) - 1;
}

/* What was left is checked from now on. */
static void
leave_field (UiForm *form)
{
  UiFormField *field = ui_form_field (form, form->focus);
  if (field != NULL && *ui_edit_text (field->edit) != '\0')
    field->touched = TRUE;
  ui_form_first_problem (form, NULL);
}

static UiFormResult
move (UiForm *form, int step, gboolean around)
{
  leave_field (form);
  int last = (int) last_place (form), to = (int) form->focus + step;
  if (around)
    to = to < 0 ? last : to > last ? 0 : to;
  form->focus = (guint) CLAMP (to, 0, last);
  return UI_FORM_HANDLED;
}

static UiFormResult
submit (UiForm *form)
{
  for (guint i = 0; i < form->fields->len; i++)
    ui_form_field (form, i)->touched = TRUE;
  const char *problem = ui_form_first_problem (form, NULL);
  for (guint i = 0; i < form->fields->len && problem != NULL; i++) {
    UiFormField *field = ui_form_field (form, i);
    if (field->problem == NULL)
      continue;
    form->focus = i;
    return UI_FORM_HANDLED;
  }
  return UI_FORM_SUBMIT;
}

static void
step_choice (UiForm *form, UiFormField *field, int step)
{
  int count = (int) (field->choices != NULL ? g_strv_length (field->choices) : 0), at = -1;
  for (int i = 0; i < count; i++)
    if (strcmp (field->choices[i], ui_edit_text (field->edit)) == 0)
      at = i;
  if (count == 0)
    return;
  at = at < 0 ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
  set_value (form, field, field->choices[at]);
}

static void
step_number (UiForm *form, UiFormField *field, int step)
{
  gint64 value = g_ascii_strtoll (ui_edit_text (field->edit), NULL, 10) + step;
  g_autofree char *text = g_strdup_printf ("%" PRId64, MAX (value, 0));
  set_value (form, field, text);
}

static void
complete (UiForm *form, UiFormField *field)
{
  g_autofree char *whole = ui_path_complete (ui_edit_text (field->edit), field->kind == UI_FIELD_FOLDER);
  if (whole != NULL && strcmp (whole, ui_edit_text (field->edit)) != 0)
    set_value (form, field, whole);
  else
    move (form, 1, TRUE);
}

/* --- keys of the kinds of fields; FALSE = not theirs --- */

static gboolean
choice_key (UiForm *form, UiFormField *field, UiKeyCode key)
{
  switch (key) {
  case ' ':
  case UI_KEY_RIGHT:
  case 'l':
    step_choice (form, field, 1);
    return TRUE;
  case UI_KEY_LEFT:
  case 'h':
    step_choice (form, field, -1);
    return TRUE;
  case UI_KEY_ENTER: /* nothing is chosen yet: show what there is */
    if (field->choices == NULL
        || (g_strv_length (field->choices) < MENU_FROM && *ui_edit_text (field->edit) != '\0'))
      return FALSE;
    open_popup (form, field);
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
boolean_key (UiForm *form, UiFormField *field, UiKeyCode key)
{
  gboolean yes = strcmp (ui_edit_text (field->edit), "yes") == 0;
  if (key == ' ' || key == UI_KEY_LEFT || key == UI_KEY_RIGHT || key == 'x')
    set_value (form, field, yes ? "no" : "yes");
  else if (key == 'y' || key == 'n')
    set_value (form, field, key == 'y' ? "yes" : "no");
  else
    return FALSE;
  return TRUE;
}

static gboolean
kind_key (UiForm *form, UiFormField *field, UiKeyCode key)
{
  if (key == ('o' | UI_KEY_CTRL)) {
    open_popup (form, field);
    return TRUE;
  }
  switch (field->kind) {
  case UI_FIELD_CHOICE:
    return choice_key (form, field, key);
  case UI_FIELD_BOOLEAN:
    return boolean_key (form, field, key);
  case UI_FIELD_NUMBER:
    if (key != '+' && key != '-')
      return FALSE;
    step_number (form, field, key == '+' ? 1 : -1);
    return TRUE;
  case UI_FIELD_DATE:
    if (key != ' ')
      return FALSE;
    open_popup (form, field);
    return TRUE;
  case UI_FIELD_FILE:
  case UI_FIELD_FOLDER:
    if (key != UI_KEY_TAB || *ui_edit_text (field->edit) == '\0')
      return FALSE;
    complete (form, field);
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
is_typed (const UiFormField *field)
{
  return field->kind != UI_FIELD_CHOICE && field->kind != UI_FIELD_BOOLEAN;
}

static UiFormResult
field_key (UiForm *form, const UiEvent *event)
{
  UiFormField *field = ui_form_field (form, form->focus);
  if (field == NULL) {
    if (event->key == UI_KEY_ENTER || event->key == ' ')
      return submit (form);
    return UI_FORM_IGNORED;
  }
  if (!field->read_only && kind_key (form, field, event->key))
    return UI_FORM_HANDLED;
  if (event->key == UI_KEY_ENTER)
    return form->button == NULL && form->focus + 1 == form->fields->len ? submit (form)
                                                                        : move (form, 1, FALSE);
  if (field->read_only || !is_typed (field))
    return UI_FORM_IGNORED;
  UiEditResult result = ui_edit_event (field->edit, event);
  if (result == UI_EDIT_CHANGED)
    ui_form_field_changed (form, field);
  return result == UI_EDIT_IGNORED ? UI_FORM_IGNORED : UI_FORM_HANDLED;
}

static UiFormResult
on_key (UiForm *form, const UiEvent *event)
{
  switch (event->key) {
  case UI_KEY_ESC:
    return UI_FORM_CANCEL;
  case 's' | UI_KEY_CTRL:
    return submit (form);
  case UI_KEY_UP:
  case UI_KEY_TAB | UI_KEY_SHIFT:
    return move (form, -1, event->key != UI_KEY_UP);
  case UI_KEY_DOWN:
    return move (form, 1, FALSE);
  default:
    break;
  }
  UiFormResult result = field_key (form, event);
  if (result == UI_FORM_IGNORED && event->key == UI_KEY_TAB)
    return move (form, 1, TRUE);
  return result;
}

static UiFormResult
on_click (UiForm *form, const UiEvent *event)
{
  if (ui_rect_contains (form->button_place, event->row, event->column)) {
    leave_field (form);
    form->focus = form->fields->len;
    return submit (form);
  }
  for (guint i = 0; i < form->fields->len; i++) {
    UiFormField *field = ui_form_field (form, i);
    if (!ui_rect_contains (field->place, event->row, event->column))
      continue;
    leave_field (form);
    form->focus = i;
    if (field->read_only)
      return UI_FORM_HANDLED;
    if (field->kind == UI_FIELD_BOOLEAN)
      boolean_key (form, field, ' ');
    else if (field->kind == UI_FIELD_CHOICE)
      open_popup (form, field);
    else
      ui_edit_click (field->edit, event->column - field->place.column);
    return UI_FORM_HANDLED;
  }
  return UI_FORM_IGNORED;
}

UiFormResult
ui_form_event (UiForm *form, const UiEvent *event)
{
  if (form->calendar != NULL || form->menu != NULL || form->picker != NULL)
    return popup_event (form, event);
  UiFormField *field = ui_form_field (form, form->focus);
  switch (event->kind) {
  case UI_EVENT_KEY:
    return on_key (form, event);
  case UI_EVENT_PASTE:
    if (field == NULL || field->read_only || !is_typed (field))
      return UI_FORM_IGNORED;
    if (ui_edit_event (field->edit, event) == UI_EDIT_CHANGED)
      ui_form_field_changed (form, field);
    return UI_FORM_HANDLED;
  case UI_EVENT_CLICK:
  case UI_EVENT_DOUBLE_CLICK:
    return on_click (form, event);
  default:
    return UI_FORM_IGNORED;
  }
}
