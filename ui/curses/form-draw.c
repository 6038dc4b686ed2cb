/* SPDX-License-Identifier: MIT
 * Drawing a form (form.h): label and value of each field, what is wrong below it, help of the one with the
 * focus.
 */
#include "ui/curses/form-private.h"

#include "base/translate.h"

#include <string.h>

#define LABEL_LEAST 12
#define LABEL_MOST 32
#define VALUE_LEAST 20
#define NARROW 56 /* below this labels stand above their values */

/* Title of the chosen value of a choice or boolean. Borrowed. */
static const char *
ui_form_field_title (const UiFormField *field)
{
  const char *value = ui_edit_text (field->edit);
  if (field->kind == UI_FIELD_BOOLEAN)
    return strcmp (value, "yes") == 0 ? _ ("yes") : _ ("no");
  if (*value == '\0')
    return field->required ? _ ("choose...") : _ ("none");
  for (guint i = 0; field->choices != NULL && field->choices[i] != NULL; i++)
    if (strcmp (field->choices[i], value) == 0)
      return field->titles[i];
  return value;
}

typedef struct {
  int label; /* cells; 0 = above */
  int value; /* cells of the value */
} Columns;

static Columns
measure (UiForm *form, int columns)
{
  int widest = LABEL_LEAST;
  for (guint i = 0; i < form->fields->len; i++)
    widest = MAX (widest, ui_cells_width (ui_form_field (form, i)->label) + 4);
  Columns result = { 0, columns - 4 };
  if (columns >= NARROW) {
    result.label = MIN (widest, LABEL_MOST);
    result.value = columns - result.label - 2;
  }
  result.value = MAX (result.value, MIN (VALUE_LEAST, columns - 2));
  return result;
}

/* Lines below a field: what is wrong, or the help of the one with the focus. */
static const char *
note (UiForm *form, guint index, UiStyle *style)
{
  UiFormField *field = ui_form_field (form, index);
  if (field->problem != NULL && field->touched) {
    *style = UI_STYLE_FAILED;
    return field->problem;
  }
  *style = UI_STYLE_DIM;
  return index == form->focus ? field->help : NULL;
}

static int
field_rows (UiForm *form, guint index, Columns columns)
{
  UiStyle style;
  const char *text = note (form, index, &style);
  int rows = columns.label > 0 ? 1 : 2;
  return rows + (text != NULL ? ui_cells_wrap (text, columns.value - 2, NULL, NULL) : 0);
}

int
ui_form_rows (UiForm *form, int columns)
{
  Columns measured = measure (form, columns);
  int rows = 0;
  for (guint i = 0; i < form->fields->len; i++)
    rows += field_rows (form, i, measured);
  /* One more line, so that a help text that comes up does not move what is below the form. */
  return rows + (form->button != NULL ? 2 : 0);
}

static void
draw_value (UiForm *form, UiRect rect, int row, int column, int cells, guint index, gboolean focused)
{
  UiFormField *field = ui_form_field (form, index);
  gboolean here = focused && index == form->focus;
  gboolean bad = field->problem != NULL && field->touched;
  UiStyle style = bad ? UI_STYLE_INPUT_BAD : here ? UI_STYLE_INPUT_FOCUS : UI_STYLE_INPUT;
  if (field->read_only)
    style = UI_STYLE_TEXT;
  field->place = ui_rect_sub (rect, row, column, row < 0 ? 0 : 1, cells);
  if (field->kind == UI_FIELD_BOOLEAN) {
    gboolean yes = strcmp (ui_edit_text (field->edit), "yes") == 0;
    g_autofree char *box = g_strdup_printf ("[%s] %s", yes ? "x" : " ", ui_form_field_title (field));
    ui_draw_field (rect, row, column, MIN (cells, 14), style, box);
  } else if (field->kind == UI_FIELD_CHOICE) {
    g_autofree char *box = g_strdup_printf ("< %s >", ui_form_field_title (field));
    ui_draw_field (rect, row, column, MIN (cells, MAX (ui_cells_width (box), 20)), style, box);
  } else {
    int most = field->kind == UI_FIELD_DATE ? 14 : field->kind == UI_FIELD_NUMBER ? 20 : cells;
    ui_edit_draw (field->edit, rect, row, column, MIN (cells, most), style,
                  here && !field->read_only && form->menu == NULL && form->calendar == NULL
                      && form->picker == NULL);
  }
}

static int
draw_field (UiForm *form, UiRect rect, int row, guint index, Columns columns, gboolean focused)
{
  UiFormField *field = ui_form_field (form, index);
  gboolean here = focused && index == form->focus;
  g_autofree char *label = g_strdup_printf ("%s%s", field->label, field->required ? " *" : "");
  ui_draw_text (rect, row, 0, UI_STYLE_KEY, here ? ">" : " ");
  UiStyle style = here ? UI_STYLE_STRONG : UI_STYLE_LABEL;
  int used = 1;
  int value_column = 2;
  if (columns.label > 0) {
    ui_draw_text (ui_rect_sub (rect, 0, 0, -1, columns.label + 1), row, 2, style, label);
    value_column = columns.label + 2;
    draw_value (form, rect, row, value_column, columns.value, index, focused);
  } else {
    ui_draw_text (rect, row, 2, style, label);
    draw_value (form, rect, row + 1, value_column, columns.value, index, focused);
    used = 2;
  }
  const char *text = note (form, index, &style);
  if (text != NULL && rect.columns - value_column > 2) {
    if (style == UI_STYLE_FAILED && row + used >= 0)
      ui_draw_state (rect, row + used, value_column - 1, UI_STATE_FAILED);
    UiRect below = ui_rect_sub (rect, 0, value_column + 1, -1, columns.value - 2);
    used += ui_draw_paragraph (below, row + used, style, text);
  }
  return used;
}

/* Keep the field with the focus, and its note, in view. */
static void
scroll_to_focus (UiForm *form, UiRect rect, Columns columns)
{
  int at = 0, height = 1, all = ui_form_rows (form, rect.columns);
  for (guint i = 0; i < form->fields->len; i++) {
    if (i == form->focus) {
      height = field_rows (form, i, columns);
      break;
    }
    at += field_rows (form, i, columns);
  }
  if (form->focus >= form->fields->len)
    at = all - 1;
  if (at + height > form->scroll + rect.rows)
    form->scroll = at + height - rect.rows;
  if (at < form->scroll)
    form->scroll = at;
  form->scroll = CLAMP (form->scroll, 0, MAX (all - rect.rows, 0));
}

static void
ui_form_draw_popup (UiRect whole, gpointer data)
{
  UiForm *form = data;
  UiFormField *field = ui_form_field (form, form->focus);
  if (form->picker != NULL)
    ui_picker_draw (form->picker, whole);
  if (field == NULL || (form->calendar == NULL && form->menu == NULL))
    return;
  int rows = UI_CALENDAR_ROWS, columns = UI_CALENDAR_COLUMNS;
  if (form->menu != NULL)
    ui_menu_size (form->menu, &rows, &columns);
  rows = MIN (rows, whole.rows);
  columns = MIN (columns, whole.columns);
  int row = field->place.row + 1;
  if (row + rows > whole.rows)
    row = MAX (field->place.row - rows, 0);
  int column = MIN (field->place.column, whole.columns - columns);
  UiRect box = ui_rect_sub (whole, row, column, rows, columns);
  if (form->calendar != NULL)
    ui_calendar_draw (form->calendar, box);
  else
    ui_menu_draw (form->menu, box);
}

void
ui_form_draw (UiForm *form, UiRect rect, gboolean focused)
{
  Columns columns = measure (form, rect.columns);
  if (form->focus > form->fields->len || (form->focus == form->fields->len && form->button == NULL))
    form->focus = 0;
  scroll_to_focus (form, rect, columns);
  int row = -form->scroll;
  for (guint i = 0; i < form->fields->len; i++)
    row += draw_field (form, rect, row, i, columns, focused);
  form->button_place = ui_rect_sub (rect, 0, 0, 0, 0);
  if (form->button != NULL) {
    gboolean here = focused && form->focus == form->fields->len;
    int used = ui_draw_button (rect, row + 1, 2, here, form->button);
    form->button_place = ui_rect_sub (rect, row + 1, 2, 1, used);
    ui_draw_text (rect, row + 1, used + 4, UI_STYLE_DIM, _ ("Ctrl-s"));
  }
  ui_draw_scroll (rect, (guint64) form->scroll, (guint64) ui_form_rows (form, rect.columns));
  if (form->calendar != NULL || form->menu != NULL || form->picker != NULL)
    ui_draw_later (rect, ui_form_draw_popup, form);
}
