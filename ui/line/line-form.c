/* SPDX-License-Identifier: MIT
 * A form as questions one after the other. Back goes to the question before and keeps every answer; what was
 * answered is kept as a draft, secrets are not.
 */
#include "ui/line/line-private.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/translate.h"

typedef struct {
  LineForm wanted; /* inputs, owner: references; step: a copy */
  GHashTable *values;
  guint at;
  char *month; /* a day of the month that was told for this question, or NULL */
} Form;

static void ask_field (Line *line, Form *form);

static void
form_free (Form *form)
{
  union {
    gconstpointer fixed;
    gpointer free;
  } owner = { .fixed = form->wanted.owner };
  g_ptr_array_unref (form->wanted.inputs);
  ui_value_unref (owner.free);
  g_free ((gpointer) (gsize) form->wanted.step);
  g_free (form->month);
  g_hash_table_unref (form->values);
  if (form->wanted.free_data != NULL)
    form->wanted.free_data (form->wanted.data);
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

static const UiStepInput *
input_of (const Form *form)
{
  return g_ptr_array_index (form->wanted.inputs, form->at);
}

static void
keep_draft (Line *line, Form *form)
{
  if (form->wanted.step == NULL)
    return;
  g_autoptr (GHashTable) kept = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < form->wanted.inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (form->wanted.inputs, i);
    gpointer value = g_hash_table_lookup (form->values, input->name);
    if (input->kind != UI_INPUT_SECRET && value != NULL)
      g_hash_table_insert (kept, input->name, value);
  }
  ui_keep_draft (line->session, form->wanted.step, kept);
}

/* What stands in brackets. */
static const char *
shown_value (const Form *form)
{
  const UiStepInput *input = input_of (form);
  const char *given = g_hash_table_lookup (form->values, input->name);
  return given != NULL || input->kind == UI_INPUT_SECRET ? given : input->value;
}

/* The day that +1 counts from: the one in brackets, else the one that was answered before; NULL = today. */
static const char *
day_before (const Form *form)
{
  const char *day = shown_value (form);
  for (guint i = form->at; (day == NULL || *day == '\0') && i > 0; i--) {
    const UiStepInput *input = g_ptr_array_index (form->wanted.inputs, i - 1);
    if (input->kind == UI_INPUT_DATE)
      day = g_hash_table_lookup (form->values, input->name);
  }
  return day != NULL && *day != '\0' ? day : NULL;
}

/* What TEXT stands for. Gives (cr_secret_text_free). */
static char *
meaning (const Form *form, const char *text)
{
  g_autofree char *today = cr_today ();
  g_autofree char *day = NULL;
  if (input_of (form)->kind == UI_INPUT_DATE)
    day = line_day_read (
        text, form->month != NULL && g_ascii_isdigit (*text) ? form->month : day_before (form), today);
  else if (input_of (form)->kind == UI_INPUT_FOLDER)
    day = line_path_read (text);
  return cr_secret_text_new (day != NULL ? day : text, -1);
}

/* It asks to see something instead of answering. */
static gboolean
is_look (const Form *form, const char *text)
{
  UiInputKind kind = input_of (form)->kind;
  return (kind == UI_INPUT_DATE && line_is_calendar (text, NULL))
         || (kind == UI_INPUT_FOLDER && line_is_list (text));
}

static char *
check_field (Line *line, const char *text, gpointer data)
{
  Form *form = *(Form **) data;
  const UiStepInput *input = input_of (form);
  if (is_look (form, text))
    return NULL;
  g_auto (CrSecretText) meant = meaning (form, text);
  char *problem = ui_step_input_problem (input, meant);
  return problem == NULL && form->wanted.check != NULL
             ? form->wanted.check (line, input, meant, form->values, form->wanted.data)
             : problem;
}

/* Takes FORM; TEXT is good. */
static void
take (Line *line, Form *form, const char *text)
{
  g_hash_table_replace (form->values, g_strdup (input_of (form)->name), cr_secret_text_new (text, -1));
  g_clear_pointer (&form->month, g_free);
  keep_draft (line, form);
  if (++form->at < form->wanted.inputs->len) {
    ask_field (line, form);
    return;
  }
  form->wanted.filled (line, form->values, form->wanted.data);
  form_free (form);
}

static void
folder_taken (Line *line, const char *path, gpointer data)
{
  Form *form = g_steal_pointer ((Form **) data);
  if (path != NULL)
    take (line, form, path);
  else
    ask_field (line, form);
}

/* Takes FORM. */
static void
look (Line *line, Form *form, const char *text)
{
  g_autofree char *month = NULL;
  if (line_is_calendar (text, &month)) {
    g_free (form->month);
    form->month = line_month (line, month, day_before (form));
    ask_field (line, form);
    return;
  }
  Form **holder = g_new (Form *, 1);
  *holder = form;
  line_ask_path (line, &(LinePath){ .text = input_of (form)->title,
                                    .initial = shown_value (form),
                                    .kind = LINE_PATH_FOLDER,
                                    .listing = TRUE,
                                    .taken = folder_taken,
                                    .data = holder,
                                    .free_data = release });
}

static void
field_answered (Line *line, const char *text, gpointer data)
{
  Form *form = g_steal_pointer ((Form **) data);
  if (text == NULL && form->at == 0) {
    line_say (line, "%s", _ ("Nothing was started; the answers are kept."));
    form_free (form);
  } else if (text == NULL) {
    form->at--;
    g_clear_pointer (&form->month, g_free);
    ask_field (line, form);
  } else if (is_look (form, text))
    look (line, form, text);
  else {
    g_auto (CrSecretText) meant = meaning (form, text);
    take (line, form, meant);
  }
}

static const char *
kind_help (UiInputKind kind)
{
  switch (kind) {
  case UI_INPUT_EMAIL:
    return _ ("An e-mail address.");
  case UI_INPUT_DATE:
    return _ ("A day as YYYY-MM-DD, or today, yesterday, friday, +1, -7; calendar tells the month.");
  case UI_INPUT_FOLDER:
    return _ ("The path of a folder, or list to choose from what is there.");
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
  const UiStepInput *input = input_of (form);
  const char *kind = kind_help (input->kind);
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Question %u of %u: %s"), form->at + 1, form->wanted.inputs->len,
                          input->title);
  if (input->help != NULL)
    g_string_append_printf (text, "\n%s", input->help);
  if (kind != NULL)
    g_string_append_printf (text, "\n%s", kind);
  Form **holder = g_new (Form *, 1);
  *holder = form;
  line_ask (line, &(LineQuestion){ .text = text->str,
                                   .initial = shown_value (form),
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
line_form (Line *line, const LineForm *wanted)
{
  Form *form = g_new0 (Form, 1);
  form->wanted = *wanted;
  form->wanted.inputs = g_ptr_array_ref (wanted->inputs);
  form->wanted.owner = ui_value_ref (wanted->owner);
  form->wanted.step = g_strdup (wanted->step);
  form->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  if (form->wanted.inputs->len > 0) {
    ask_field (line, form);
    return;
  }
  form->wanted.filled (line, form->values, form->wanted.data);
  form_free (form);
}

GPtrArray *
line_form_inputs (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

UiStepInput *
line_form_add (GPtrArray *inputs, const char *name, const char *title, const char *help, UiInputKind kind)
{
  UiStepInput *input = g_new0 (UiStepInput, 1);
  input->name = (char *) (gsize) name;
  input->title = (char *) (gsize) title;
  input->help = (char *) (gsize) help;
  input->kind = kind;
  g_ptr_array_add (inputs, input);
  return input;
}
