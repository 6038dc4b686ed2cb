/* SPDX-License-Identifier: MIT
 * The inside of a form; only form*.c include this.
 */
#pragma once

#include "ui/curses/calendar.h"
#include "ui/curses/edit.h"
#include "ui/curses/form.h"
#include "ui/curses/menu.h"
#include "ui/curses/picker.h"

G_BEGIN_DECLS

typedef struct {
  char *id, *label, *help;
  UiFieldKind kind;
  gboolean required, read_only;
  char **choices, **titles; /* or NULL */
  UiEdit *edit;
  gboolean touched; /* mistakes are shown only after something was typed or sent */
  char *problem;
  UiRect place; /* of the value, as drawn */
} UiFormField;

struct UiForm {
  GPtrArray *fields; /* UiFormField */
  char *button;
  UiRect button_place;
  guint focus; /* index of a field; the number of fields = the button */
  int scroll;
  UiFormCheck check;
  gpointer check_data;
  void (*changed) (const char *id, const char *text, gpointer data);
  gpointer changed_data;
  /* At most one popup is open, for the field that has the focus. */
  UiCalendar *calendar;
  UiMenu *menu;
  UiPicker *picker;
};

UiFormField *ui_form_field (UiForm *form, guint index); /* NULL behind the end */
void ui_form_field_changed (UiForm *form, UiFormField *field);
void ui_form_close_popup (UiForm *form);

G_END_DECLS
