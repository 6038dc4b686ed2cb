/* SPDX-License-Identifier: MIT
 * A form made from descriptions of its fields (form.h): fields, values and checks. Drawing and keys are
 * beside it.
 */
#include "ui/curses/form-private.h"

#include "base/text.h"
#include "base/translate.h"

#include <stdio.h>
#include <string.h>

static void
field_free (gpointer data)
{
  UiFormField *field = data;
  g_free (field->id);
  g_free (field->label);
  g_free (field->help);
  g_free (field->problem);
  g_strfreev (field->choices);
  g_strfreev (field->titles);
  ui_edit_free (field->edit);
  g_free (field);
}

UiForm *
ui_form_new (void)
{
  UiForm *form = g_new0 (UiForm, 1);
  form->fields = g_ptr_array_new_with_free_func (field_free);
  return form;
}

void
ui_form_free (UiForm *form)
{
  if (form == NULL)
    return;
  ui_form_close_popup (form);
  g_ptr_array_unref (form->fields);
  g_free (form->button);
  g_free (form);
}

UiFormField *
ui_form_field (UiForm *form, guint index)
{
  return index < form->fields->len ? g_ptr_array_index (form->fields, index) : NULL;
}

static UiFormField *
find_field (UiForm *form, const char *id)
{
  for (guint i = 0; i < form->fields->len; i++)
    if (strcmp (ui_form_field (form, i)->id, id) == 0)
      return ui_form_field (form, i);
  return NULL;
}

void
ui_form_add (UiForm *form, const UiFieldSpec *spec)
{
  UiFormField *field = g_new0 (UiFormField, 1);
  field->id = g_strdup (spec->id);
  field->label = g_strdup (spec->label != NULL ? spec->label : spec->id);
  field->help = g_strdup (spec->help);
  field->kind = spec->kind;
  field->required = spec->required;
  field->read_only = spec->read_only;
  field->choices = g_strdupv ((char **) (gsize) spec->choices);
  field->titles =
      g_strdupv ((char **) (gsize) (spec->choice_titles != NULL ? spec->choice_titles : spec->choices));
  field->edit = ui_edit_new (spec->kind == UI_FIELD_SECRET ? UI_EDIT_SECRET : UI_EDIT_PLAIN);
  const char *value = spec->value != NULL ? spec->value : "";
  if (spec->kind == UI_FIELD_BOOLEAN)
    value = strcmp (value, "yes") == 0 || strcmp (value, "true") == 0 ? "yes" : "no";
  if (spec->kind == UI_FIELD_DATE)
    ui_edit_set_placeholder (field->edit, _ ("YYYY-MM-DD"));
  ui_edit_set_text (field->edit, value);
  g_ptr_array_add (form->fields, field);
}

void
ui_form_set_button (UiForm *form, const char *text)
{
  g_free (form->button);
  form->button = g_strdup (text);
}

void
ui_form_set_check (UiForm *form, UiFormCheck check, gpointer data)
{
  form->check = check;
  form->check_data = data;
}

void
ui_form_set_changed (UiForm *form, void (*changed) (const char *id, const char *text, gpointer data),
                     gpointer data)
{
  form->changed = changed;
  form->changed_data = data;
}

static gboolean
is_date (const char *text)
{
  guint year, month, day;
  char more;
  return strlen (text) == 10 && sscanf (text, "%4u-%2u-%2u%c", &year, &month, &day, &more) == 3
         && g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

static gboolean
is_path (const UiFormField *field, const char *text)
{
  g_autofree char *path = text[0] == '~' && text[1] == '/'
                              ? g_build_filename (g_get_home_dir (), text + 1, NULL)
                              : g_strdup (text);
  if (field->kind == UI_FIELD_FOLDER)
    return !g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_DIR);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* What the kind of the field says about a text that is not empty. */
static const char *
kind_problem (const UiFormField *field, const char *text)
{
  switch (field->kind) {
  case UI_FIELD_EMAIL:
    return cr_email_valid (text) ? NULL : _ ("An e-mail address looks like name@example.com.");
  case UI_FIELD_NUMBER:
    return strspn (text, "0123456789") == strlen (text) ? NULL : _ ("A whole number, digits only.");
  case UI_FIELD_DATE:
    return is_date (text) ? NULL : _ ("A day that exists, as YYYY-MM-DD. Ctrl-o opens a calendar.");
  case UI_FIELD_CHOICE:
    return field->choices != NULL && g_strv_contains ((const char *const *) field->choices, text)
               ? NULL
               : _ ("One of the values of the list.");
  case UI_FIELD_FILE:
    return is_path (field, text) ? NULL : _ ("There is no such file. Tab completes, Ctrl-o opens a list.");
  case UI_FIELD_FOLDER:
    return is_path (field, text) ? NULL : _ ("That is a file, not a folder.");
  default:
    return NULL;
  }
}

static void
check_field (UiForm *form, UiFormField *field)
{
  const char *text = ui_edit_text (field->edit);
  g_clear_pointer (&field->problem, g_free);
  if (*text == '\0') {
    field->problem = field->required ? g_strdup (_ ("This is needed.")) : NULL;
    return;
  }
  field->problem = g_strdup (kind_problem (field, text));
  if (field->problem == NULL && form->check != NULL && field->kind != UI_FIELD_SECRET)
    field->problem = form->check (field->id, text, form->check_data);
}

void
ui_form_field_changed (UiForm *form, UiFormField *field)
{
  field->touched = TRUE;
  check_field (form, field);
  if (form->changed != NULL && field->kind != UI_FIELD_SECRET)
    form->changed (field->id, ui_edit_text (field->edit), form->changed_data);
}

const char *
ui_form_first_problem (UiForm *form, const char **message)
{
  for (guint i = 0; i < form->fields->len; i++) {
    UiFormField *field = ui_form_field (form, i);
    check_field (form, field);
    if (field->problem != NULL) {
      if (message != NULL)
        *message = field->problem;
      return field->id;
    }
  }
  return NULL;
}

gboolean
ui_form_valid (UiForm *form)
{
  return ui_form_first_problem (form, NULL) == NULL;
}

const char *
ui_form_value (UiForm *form, const char *id)
{
  UiFormField *field = find_field (form, id);
  return field != NULL && field->kind != UI_FIELD_SECRET ? ui_edit_text (field->edit) : NULL;
}

void
ui_form_set_value (UiForm *form, const char *id, const char *text)
{
  UiFormField *field = find_field (form, id);
  if (field == NULL || strcmp (ui_edit_text (field->edit), text != NULL ? text : "") == 0)
    return;
  ui_edit_set_text (field->edit, text);
  check_field (form, field);
}

CrSecretText
ui_form_secret (UiForm *form, const char *id)
{
  UiFormField *field = find_field (form, id);
  return field != NULL ? ui_edit_secret (field->edit) : NULL;
}

GHashTable *
ui_form_kept_values (UiForm *form)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < form->fields->len; i++) {
    UiFormField *field = ui_form_field (form, i);
    if (field->kind != UI_FIELD_SECRET)
      g_hash_table_insert (values, g_strdup (field->id), g_strdup (ui_edit_text (field->edit)));
  }
  return values;
}

void
ui_form_focus (UiForm *form, const char *id)
{
  form->focus = form->fields->len;
  for (guint i = 0; id != NULL && i < form->fields->len; i++)
    if (strcmp (ui_form_field (form, i)->id, id) == 0)
      form->focus = i;
}

const char *
ui_form_focused (UiForm *form)
{
  UiFormField *field = ui_form_field (form, form->focus);
  return field != NULL ? field->id : NULL;
}
