/* SPDX-License-Identifier: MIT
 * A form as questions one after the other. Back goes to the question before and keeps every answer; what was answered
 * is kept as a draft, secrets are not.
 */
#include "ui/line/line-private.h"

#include "base/secret.h"
#include "base/translate.h"

typedef struct {
  GPtrArray *inputs; /* const UiStepInput* */
  gpointer owner;    /* a reference to the value they live in, or NULL */
  char *step;
  GHashTable *values;
  guint at;
  LineFilled filled;
  gpointer data;
  GDestroyNotify free_data;
} Form;

static void ask_field (Line *line, Form *form);

static void
form_free (Form *form)
{
  g_ptr_array_unref (form->inputs);
  ui_value_unref (form->owner);
  g_free (form->step);
  g_hash_table_unref (form->values);
  if (form->free_data != NULL)
    form->free_data (form->data);
  g_free (form);
}

/* The form goes with the question where that is thrown away unanswered. */
static void
release (gpointer data)
{
  Form **form = data;
  if (*form != NULL)
    form_free (*form);
  g_free (form);
}

static void
wipe (gpointer text)
{
  cr_secret_text_free (text);
}

static void
keep_draft (Line *line, Form *form)
{
  if (form->step == NULL)
    return;
  g_autoptr (GHashTable) kept = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < form->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (form->inputs, i);
    gpointer value = g_hash_table_lookup (form->values, input->name);
    if (input->kind != UI_INPUT_SECRET && value != NULL)
      g_hash_table_insert (kept, input->name, value);
  }
  ui_keep_draft (line->session, form->step, kept);
}

static char *
check_field (Line *line, const char *text, gpointer data)
{
  Form *form = *(Form **) data;
  (void) line;
  return ui_step_input_problem (g_ptr_array_index (form->inputs, form->at), text);
}

static void
field_answered (Line *line, const char *text, gpointer data)
{
  Form *form = g_steal_pointer ((Form **) data);
  const UiStepInput *input = g_ptr_array_index (form->inputs, form->at);
  if (text == NULL && form->at == 0) {
    line_say (line, "%s", _ ("Nothing was started; the answers are kept."));
    form_free (form);
    return;
  }
  if (text == NULL) {
    form->at--;
    ask_field (line, form);
    return;
  }
  g_hash_table_replace (form->values, g_strdup (input->name), cr_secret_text_new (text, -1));
  keep_draft (line, form);
  if (++form->at < form->inputs->len) {
    ask_field (line, form);
    return;
  }
  form->filled (line, form->values, form->data);
  form_free (form);
}

static const char *
kind_help (UiInputKind kind)
{
  switch (kind) {
  case UI_INPUT_EMAIL:
    return _ ("An e-mail address.");
  case UI_INPUT_DATE:
    return _ ("A day as YYYY-MM-DD.");
  case UI_INPUT_FOLDER:
    return _ ("The path of a folder.");
  case UI_INPUT_NUMBER:
    return _ ("A number.");
  case UI_INPUT_SECRET:
    return _ ("It is not shown and not kept in any file.");
  case UI_INPUT_TEXT:
  case UI_INPUT_CHOICE:
  case UI_INPUT_BOOLEAN:
    break;
  }
  return NULL;
}

/* Takes FORM. */
static void
ask_field (Line *line, Form *form)
{
  static const char *const yes_no[] = { "yes", "no", NULL };
  const UiStepInput *input = g_ptr_array_index (form->inputs, form->at);
  const char *given = g_hash_table_lookup (form->values, input->name);
  const char *kind = kind_help (input->kind);
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Question %u of %u: %s"), form->at + 1, form->inputs->len, input->title);
  if (input->help != NULL)
    g_string_append_printf (text, "\n%s", input->help);
  if (kind != NULL)
    g_string_append_printf (text, "\n%s", kind);
  Form **holder = g_new (Form *, 1);
  *holder = form;
  line_ask (line, &(LineQuestion){ .text = text->str,
                                   .initial = given != NULL || input->kind == UI_INPUT_SECRET ? given
                                                                                              : input->value,
                                   .hidden = input->kind == UI_INPUT_SECRET,
                                   .optional = !input->required,
                                   .choices = input->kind == UI_INPUT_BOOLEAN  ? yes_no
                                              : input->kind == UI_INPUT_CHOICE ? input->choices
                                                                               : NULL,
                                   .check = check_field,
                                   .answered = field_answered,
                                   .data = holder,
                                   .free_data = release });
}

void
line_form (Line *line, GPtrArray *inputs, gconstpointer owner, const char *step, LineFilled filled,
           gpointer data, GDestroyNotify free_data)
{
  Form *form = g_new0 (Form, 1);
  form->inputs = g_ptr_array_ref (inputs);
  form->owner = ui_value_ref (owner);
  form->step = g_strdup (step);
  form->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  form->filled = filled;
  form->data = data;
  form->free_data = free_data;
  ask_field (line, form);
}
