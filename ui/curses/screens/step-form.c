/* SPDX-License-Identifier: MIT
 * The questions of a step as a form: made from its inputs, kept as a draft while it is typed into, checked as
 * a whole before the step is run.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"
#include <string.h>

gboolean
journey_is_decision (const UiStepDetail *detail)
{
  if (detail == NULL || !detail->decides || detail->inputs->len != 1)
    return FALSE;
  const UiStepInput *input = g_ptr_array_index (detail->inputs, 0);
  return input->kind == UI_INPUT_CHOICE && input->required;
}

/* Can the step be run with answers now, or be prepared for when it can? */
static gboolean
wants_form (Journey *journey, const UiStepDetail *detail)
{
  if (detail == NULL || detail->base.status == UI_MODEL_LOADING || detail->inputs->len == 0
      || journey_is_decision (detail) || journey_runs (journey))
    return FALSE;
  switch (detail->step->state) {
  case UI_STEP_DONE:
  case UI_STEP_SKIPPED:
    return journey->again;
  case UI_STEP_RUNNING:
    return FALSE;
  case UI_STEP_TODO:
  case UI_STEP_READY:
  case UI_STEP_INTERRUPTED:
  case UI_STEP_CANCELLED:
  case UI_STEP_WAITING:
  case UI_STEP_FAILED:
    break;
  }
  return TRUE;
}

static const UiStepInput *
find_input (const UiStepDetail *detail, const char *name)
{
  for (guint i = 0; detail != NULL && i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    if (g_str_equal (input->name, name))
      return input;
  }
  return NULL;
}

static char *
check (const char *id, const char *text, gpointer data)
{
  const UiStepInput *input = find_input (((Journey *) data)->form_detail, id);
  return input != NULL ? ui_step_input_problem (input, text) : NULL;
}

static void
wipe_value (gpointer text)
{
  cr_secret_text_free (text);
}

/* The answers that may be kept, secrets left out; the table wipes what it holds. Gives. */
static GHashTable *
kept_values (Journey *journey)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe_value);
  for (guint i = 0; i < journey->form_detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (journey->form_detail->inputs, i);
    const char *text = input->kind != UI_INPUT_SECRET ? ui_form_value (journey->form, input->name) : NULL;
    if (text != NULL)
      g_hash_table_insert (values, g_strdup (input->name), cr_secret_text_new (text, -1));
  }
  return values;
}

static void
changed (const char *id, const char *text, gpointer data)
{
  Journey *journey = data;
  (void) id;
  (void) text;
  journey->form_touched = TRUE;
  g_autoptr (GHashTable) values = kept_values (journey);
  ui_keep_draft (journey->session, journey->form_detail->step->id, values);
}

static UiFieldKind
field_kind (UiInputKind kind)
{
  static const UiFieldKind kinds[] = {
    [UI_INPUT_TEXT] = UI_FIELD_TEXT,     [UI_INPUT_EMAIL] = UI_FIELD_EMAIL,
    [UI_INPUT_DATE] = UI_FIELD_DATE,     [UI_INPUT_CHOICE] = UI_FIELD_CHOICE,
    [UI_INPUT_FOLDER] = UI_FIELD_FOLDER, [UI_INPUT_NUMBER] = UI_FIELD_NUMBER,
    [UI_INPUT_SECRET] = UI_FIELD_SECRET, [UI_INPUT_BOOLEAN] = UI_FIELD_BOOLEAN,
  };
  return kinds[kind];
}

static void
add_field (UiForm *form, const UiStepInput *input)
{
  UiFieldSpec spec = {
    .id = input->name,
    .label = input->title,
    .help = input->help,
    .kind = field_kind (input->kind),
    .required = input->required,
    .value = input->kind != UI_INPUT_SECRET ? input->value : NULL,
    .choices = input->choices,
  };
  if (input->kind != UI_INPUT_CHOICE || input->required) {
    ui_form_add (form, &spec);
    return;
  }
  /* A choice that may be left open has a way to say so. */
  guint count = 0;
  while (input->choices[count] != NULL)
    count++;
  g_autofree const char **choices = g_new0 (const char *, count + 2);
  g_autofree const char **titles = g_new0 (const char *, count + 2);
  choices[0] = "";
  titles[0] = _ ("not set");
  for (guint i = 0; i < count; i++)
    choices[i + 1] = titles[i + 1] = input->choices[i];
  spec.choices = choices;
  spec.choice_titles = titles;
  ui_form_add (form, &spec);
}

void
journey_form_drop (Journey *journey)
{
  g_clear_pointer (&journey->form, ui_form_free);
  ui_value_unref (journey->form_detail);
  journey->form_detail = NULL;
  g_clear_pointer (&journey->form_persona, g_free);
  ui_value_unref (journey->stale);
  journey->stale = NULL;
  journey->form_touched = FALSE;
}

static const char *
button_text (const UiStep *step)
{
  switch (step->state) {
  case UI_STEP_INTERRUPTED:
  case UI_STEP_CANCELLED:
    return _ ("Go on");
  case UI_STEP_FAILED:
    return _ ("Try again");
  case UI_STEP_WAITING:
    return _ ("Go on by itself when it can");
  case UI_STEP_DONE:
  case UI_STEP_SKIPPED:
    return _ ("Do it again");
  case UI_STEP_TODO:
  case UI_STEP_READY:
  case UI_STEP_RUNNING:
    break;
  }
  return _ ("Run it");
}

/* The form still asks the same questions: only its button may have to say something else. */
static gboolean
still_fits (Journey *journey, const UiStepDetail *detail)
{
  if (journey->form == NULL
      || g_strcmp0 (journey->form_persona, ui_session_journey (journey->session)->persona) != 0
      || !g_str_equal (journey->form_detail->step->id, detail->step->id)
      || journey->form_detail->inputs->len != detail->inputs->len)
    return FALSE;
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *a = g_ptr_array_index (detail->inputs, i);
    const UiStepInput *b = find_input (journey->form_detail, a->name);
    if (b == NULL || b->kind != a->kind || g_strcmp0 (a->initial, b->initial) != 0)
      return FALSE;
  }
  return TRUE;
}

void
journey_form_update (Journey *journey)
{
  const UiStepDetail *detail = journey_detail (journey);
  if (detail == journey->form_detail && (journey->form != NULL) == wants_form (journey, detail))
    return;
  /* A detail that is being read again: what is typed stays in place meanwhile. */
  if (detail != NULL && detail->base.status == UI_MODEL_LOADING && journey->form != NULL)
    return;
  if (!wants_form (journey, detail)) {
    journey_form_drop (journey);
    if (journey->focus == JOURNEY_FORM)
      journey_set_focus (journey, JOURNEY_STEPS);
    return;
  }
  if (still_fits (journey, detail) && (journey->form_touched || journey->focus == JOURNEY_FORM)) {
    ui_value_unref (journey->form_detail);
    journey->form_detail = ui_value_ref (detail);
    ui_form_set_button (journey->form, button_text (detail->step));
    return;
  }
  journey_form_drop (journey);
  journey->form_detail = ui_value_ref (detail);
  journey->form_persona = g_strdup (ui_session_journey (journey->session)->persona);
  journey->form = ui_form_new ();
  for (guint i = 0; i < detail->inputs->len; i++)
    add_field (journey->form, g_ptr_array_index (detail->inputs, i));
  ui_form_set_check (journey->form, check, journey);
  ui_form_set_changed (journey->form, changed, journey);
  ui_form_set_button (journey->form, button_text (detail->step));
  ui_form_focus (journey->form, NULL);
}

gboolean
journey_form_complete (Journey *journey)
{
  return journey->form == NULL || ui_form_valid (journey->form);
}

GHashTable *
journey_form_values (Journey *journey)
{
  if (journey->form == NULL)
    return NULL;
  GHashTable *values = kept_values (journey);
  for (guint i = 0; i < journey->form_detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (journey->form_detail->inputs, i);
    if (input->kind != UI_INPUT_SECRET)
      continue;
    CrSecretText secret = ui_form_secret (journey->form, input->name);
    if (secret != NULL)
      g_hash_table_insert (values, g_strdup (input->name), secret);
  }
  return values;
}

/* --- forgetting what was typed --- */

gboolean
journey_form_differs (Journey *journey)
{
  for (guint i = 0; journey->form != NULL && i < journey->form_detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (journey->form_detail->inputs, i);
    const char *text = input->kind != UI_INPUT_SECRET ? ui_form_value (journey->form, input->name) : NULL;
    if (text != NULL && strcmp (text, input->initial) != 0)
      return TRUE;
  }
  return FALSE;
}

/* What was typed is in the form again, or in the draft of a step that is not shown now. */
static void
type_again (gpointer host, gpointer owner, gconstpointer data)
{
  const UiTyped *typed = data;
  UiScreen *screen = ui_app_screen (host);
  Journey *journey = screen->class == &ui_screen_journey ? UI_STATE (screen, Journey) : NULL;
  GHashTableIter values;
  gpointer name, text;
  (void) owner;
  g_hash_table_iter_init (&values, typed->values);
  ui_typed_keep (ui_app_session (host), typed);
  if (journey == NULL || journey->form == NULL || g_strcmp0 (journey->form_persona, typed->persona) != 0
      || strcmp (journey->form_detail->step->id, typed->step) != 0)
    return;
  while (g_hash_table_iter_next (&values, &name, &text))
    ui_form_set_value (journey->form, name, text);
  journey->form_touched = TRUE;
  ui_app_redraw (host);
}

void
journey_form_clear (Journey *journey)
{
  const UiStep *step = journey->form_detail->step;
  UiTyped *typed = ui_typed_new (journey->form_persona, step->id, kept_values (journey));
  for (guint i = 0; i < journey->form_detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (journey->form_detail->inputs, i);
    ui_form_set_value (journey->form, input->name, input->kind != UI_INPUT_SECRET ? input->initial : "");
  }
  journey->form_touched = TRUE; /* the draft of before, which is still being read, stays out */
  ui_keep_draft (journey->session, step->id, NULL);
  g_autofree char *done = g_strdup_printf (_ ("%s: the answers were cleared"), step->title);
  ui_app_undoable (
      journey->screen->app,
      &(UiUndoStep){ .done = done, .run = type_again, .data = typed, .free_data = ui_typed_free });
}

/* --- the whole form at once --- */

static void
checked (UiSession *session, const UiResult *result, gpointer data)
{
  Journey *journey = data;
  (void) session;
  if (result->cancelled || journey->form == NULL)
    return;
  if (result->ok) {
    journey_run (journey);
    return;
  }
  const UiProblem *problem = result->problem;
  ui_app_toast (journey->screen->app, UI_STATE_FAILED, "%s", problem != NULL ? problem->what : result->text);
  if (result->value != NULL && find_input (journey->form_detail, result->value) != NULL) {
    journey_set_focus (journey, JOURNEY_FORM);
    ui_form_focus (journey->form, result->value);
  }
}

void
journey_form_submit (Journey *journey)
{
  const char *message = NULL, *field = ui_form_first_problem (journey->form, &message);
  if (field != NULL) {
    journey_set_focus (journey, JOURNEY_FORM);
    ui_form_focus (journey->form, field);
    ui_app_toast (journey->screen->app, UI_STATE_WARNING, "%s", message);
    return;
  }
  g_autoptr (GHashTable) inputs = journey_form_values (journey);
  ui_check_inputs (journey->session, journey->form_detail->step->id, inputs, checked, journey);
}
