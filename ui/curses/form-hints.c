/* SPDX-License-Identifier: MIT
 * What the keys do in the field that has the focus (form.h).
 */
#include "ui/curses/form-private.h"
#include "ui/curses/hints.h"

#include "base/translate.h"

#include <string.h>

static void
popup_hints (UiForm *form, GString *hints)
{
  if (form->calendar != NULL) {
    ui_hints_add (hints, "Enter", _ ("take"));
    ui_hints_add (hints, "Esc", _ ("close"));
    ui_hints_add (hints, "PgUp PgDn", _ ("month"));
    ui_hints_add (hints, "t", _ ("today"));
  } else if (form->menu != NULL) {
    ui_menu_hints (form->menu, hints);
  } else {
    ui_picker_hints (form->picker, hints);
  }
}

/* Keys that only fields of this kind have. */
static void
kind_hints (const UiFormField *field, GString *hints)
{
  switch (field->kind) {
  case UI_FIELD_NUMBER:
    ui_hints_add (hints, "+ -", _ ("more or less"));
    break;
  case UI_FIELD_DATE:
    ui_hints_add (hints, "Space", _ ("calendar"));
    break;
  case UI_FIELD_CHOICE:
    ui_hints_add (hints, "Space", _ ("next choice"));
    ui_hints_add (hints, "^o", _ ("all choices"));
    break;
  case UI_FIELD_BOOLEAN:
    ui_hints_add (hints, "Space", _ ("change"));
    break;
  case UI_FIELD_FILE:
  case UI_FIELD_FOLDER:
    ui_hints_add (hints, "^o", _ ("choose"));
    ui_hints_add (hints, "Tab", _ ("complete"));
    break;
  default:
    break;
  }
}

void
ui_form_hints (UiForm *form, GString *hints, const char *out)
{
  if (form->calendar != NULL || form->menu != NULL || form->picker != NULL) {
    popup_hints (form, hints);
    return;
  }
  const UiFormField *field = ui_form_field (form, form->focus);
  const char *done = form->button != NULL ? form->button : _ ("done");
  if (field == NULL) {
    ui_hints_add (hints, "Enter", done);
    ui_hints_add (hints, "Esc", out);
    ui_hints_add (hints, "Tab", _ ("other field"));
    return;
  }
  ui_hints_add (hints, "Enter", _ ("next field"));
  ui_hints_add (hints, "Esc", out);
  ui_hints_add (hints, "^s", done);
  if (!field->read_only)
    kind_hints (field, hints);
}
