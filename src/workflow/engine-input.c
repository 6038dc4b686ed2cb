/* SPDX-License-Identifier: MIT
 * Inputs of a step: defaults, and the rules a value must keep before anything changes.
 */
#include "workflow/engine-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <string.h>

#define TEXT_MAX_BYTES (64u * 1024)

typedef struct {
  WorkflowEngine *engine;
  WorkflowContext *context;
  const char *persona;
} Values;

/* Without a context (nothing was ever done) the scenario's constants and the persona are known. */
static char *
look_up (const char *name, gpointer data)
{
  const Values *values = data;
  if (values->context != NULL)
    return workflow_context_value (name, values->context);
  if (g_str_equal (name, "persona"))
    return g_strdup (values->persona);
  if (g_str_equal (name, "scenario"))
    return g_strdup (values->engine->scenario->name);
  return g_strdup (g_hash_table_lookup (values->engine->scenario->values, name));
}

/* What a step that can be done anew was done with stays: a restriction of before is not lifted by leaving
 * it out. */
static void
keep_inputs (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step, GHashTable *inputs)
{
  g_autoptr (WorkflowEntry) entry = workflow_journal_read (workflow_context_journal (context),
                                                           engine->scenario->name, step->id, NULL);
  const char *name;
  json_t *value;
  if (entry == NULL || entry->state != WORKFLOW_DONE)
    return;
  json_object_foreach (entry->inputs, name, value)
    if (g_hash_table_contains (inputs, name) && !g_str_equal (name, step->renew_when)
        && json_string_length (value) > 0)
      g_hash_table_insert (inputs, g_strdup (name), g_strdup (json_string_value (value)));
}

GHashTable *
workflow_inputs_defaults (WorkflowEngine *engine, WorkflowContext *context, const char *persona,
                          const WorkflowStep *step)
{
  Values values = { engine, context, persona };
  GHashTable *inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    g_autofree char *text = workflow_expand (input->initial, look_up, &values);
    /* A default that is not known yet is no default. */
    if (text == NULL || strchr (text, '{') != NULL) {
      g_free (text);
      text = g_strdup ("");
    }
    g_hash_table_insert (inputs, g_strdup (input->name), g_steal_pointer (&text));
  }
  if (context != NULL && step->renew_when != NULL)
    keep_inputs (engine, context, step, inputs);
  return inputs;
}

static gboolean
refuse (GError **error, const WorkflowInput *input, const char *reason)
{
  g_autofree char *hint = g_strdup_printf (_ ("Give another value: --set %s=..."), input->name);
  cr_set_error (error, CR_ERROR_INPUT, hint, "%s (%s): %s", input->title, input->name, reason);
  return FALSE;
}

static gboolean
check_text (const WorkflowInput *input, const char *text, GError **error)
{
  if (strlen (text) > TEXT_MAX_BYTES)
    return refuse (error, input, "the text is too long (at most 64 KiB).");
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, input, "the text is not UTF-8.");
  for (const char *at = text; *at != '\0'; at++)
    if (((guchar) *at < 0x20 && *at != '\n' && *at != '\t' && *at != '\r') || *at == 0x7f)
      return refuse (error, input, "the text holds control characters.");
  return TRUE;
}

gboolean
workflow_input_is_yes (const char *text)
{
  static const char *const yes[] = { "yes", "y", "true", "on", "1", NULL };
  g_autofree char *lower = g_ascii_strdown (text != NULL ? text : "", -1);
  return g_strv_contains (yes, lower);
}

/* yes and no in the spellings people use; the value in INPUTS becomes "yes" or "no". */
static gboolean
check_boolean (const WorkflowInput *input, GHashTable *inputs, const char *text, GError **error)
{
  static const char *const no[] = { "no", "n", "false", "off", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);
  if (!workflow_input_is_yes (text) && !g_strv_contains (no, lower))
    return refuse (error, input, "answer yes or no.");
  g_hash_table_insert (inputs, g_strdup (input->name),
                       g_strdup (workflow_input_is_yes (text) ? "yes" : "no"));
  return TRUE;
}

static gboolean
check_choice (const WorkflowInput *input, const char *text, GError **error)
{
  if (g_strv_contains ((const char *const *) input->choices, text))
    return TRUE;
  g_autofree char *list = g_strjoinv (", ", input->choices);
  g_autofree char *reason = g_strdup_printf ("'%s' is none of: %s.", text, list);
  return refuse (error, input, reason);
}

static gboolean
check_kind (const WorkflowInput *input, GHashTable *inputs, const char *text, GError **error)
{
  if (!check_text (input, text, error))
    return FALSE;
  switch (input->kind) {
  case WORKFLOW_INPUT_EMAIL:
    return cr_email_valid (text) || refuse (error, input, "this is no e-mail address.");
  case WORKFLOW_INPUT_DATE: {
    g_autoptr (GDate) day = cr_day_parse (text, NULL);
    return day != NULL || refuse (error, input, "this is no day; write it as YYYY-MM-DD.");
  }
  case WORKFLOW_INPUT_CHOICE:
    return check_choice (input, text, error);
  case WORKFLOW_INPUT_FOLDER:
    return g_file_test (text, G_FILE_TEST_IS_DIR) || refuse (error, input, "there is no such folder.");
  case WORKFLOW_INPUT_NUMBER:
    return (strlen (text) <= 18 && strspn (text, "0123456789") == strlen (text))
           || refuse (error, input, "this is no whole number.");
  case WORKFLOW_INPUT_BOOLEAN:
    return check_boolean (input, inputs, text, error);
  case WORKFLOW_INPUT_TEXT:
  case WORKFLOW_INPUT_SECRET:
    return TRUE;
  }
  return TRUE;
}

static gboolean
check_input (const WorkflowInput *input, GHashTable *inputs, GError **error)
{
  /* Kept: check_boolean may replace what the table holds. */
  g_autofree char *text = g_strdup (g_hash_table_lookup (inputs, input->name));
  if (text == NULL || *text == '\0')
    return !input->required || refuse (error, input, "a value is needed.");
  if (!check_kind (input, inputs, text, error))
    return FALSE;
  if (input->pattern == NULL)
    return TRUE;
  g_autofree char *whole = g_strdup_printf ("^(?:%s)$", input->pattern);
  if (g_regex_match_simple (whole, text, G_REGEX_DOLLAR_ENDONLY, 0))
    return TRUE;
  return refuse (error, input, input->help != NULL ? input->help : "the value has the wrong form.");
}

static gboolean
refuse_unknown (const WorkflowStep *step, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < step->inputs->len; i++)
    g_ptr_array_add (names, ((WorkflowInput *) g_ptr_array_index (step->inputs, i))->name);
  g_ptr_array_add (names, NULL);
  const char *near = cr_nearest (name, (const char *const *) names->pdata);
  g_autofree char *list = g_strjoinv (", ", (char **) names->pdata);
  g_autofree char *hint = near != NULL            ? g_strdup_printf ("Did you mean '%s'?", near)
                          : step->inputs->len > 0 ? g_strdup_printf ("Its inputs are: %s.", list)
                                                  : g_strdup ("It has no inputs.");
  cr_set_error (error, CR_ERROR_USAGE, hint, "The step %s has no input '%s'.", step->id, name);
  return FALSE;
}

GHashTable *
workflow_inputs_merge (const WorkflowStep *step, GHashTable *defaults, GHashTable *given, GError **error)
{
  g_autoptr (GHashTable) inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, defaults);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (inputs, g_strdup (name), g_strdup (value));
  if (given != NULL) {
    g_hash_table_iter_init (&iter, given);
    while (g_hash_table_iter_next (&iter, &name, &value)) {
      if (!g_hash_table_contains (inputs, name)) {
        refuse_unknown (step, name, error);
        return NULL;
      }
      g_hash_table_insert (inputs, g_strdup (name), g_strdup (value));
    }
  }
  return g_steal_pointer (&inputs);
}

static gboolean
is_day (const WorkflowStep *step, const char *name)
{
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    if (input->kind == WORKFLOW_INPUT_DATE && strcmp (input->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Two days called from and to are a range: both or neither, and in order. */
static gboolean
check_days (const WorkflowStep *step, GHashTable *inputs, GError **error)
{
  return !is_day (step, "from") || !is_day (step, "to")
         || cr_day_range_check (g_hash_table_lookup (inputs, "from"), g_hash_table_lookup (inputs, "to"),
                                error);
}

GHashTable *
workflow_inputs_check (const WorkflowStep *step, GHashTable *defaults, GHashTable *given, GError **error)
{
  g_autoptr (GHashTable) inputs = workflow_inputs_merge (step, defaults, given, error);
  for (guint i = 0; inputs != NULL && i < step->inputs->len; i++)
    if (!check_input (g_ptr_array_index (step->inputs, i), inputs, error))
      return NULL;
  return inputs != NULL && check_days (step, inputs, error) ? g_steal_pointer (&inputs) : NULL;
}

json_t *
workflow_inputs_to_json (const WorkflowStep *step, GHashTable *inputs)
{
  json_t *object = json_object ();
  for (guint i = 0; i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    const char *text = g_hash_table_lookup (inputs, input->name);
    if (input->kind != WORKFLOW_INPUT_SECRET && text != NULL)
      json_object_set_new (object, input->name, json_string (text));
  }
  return object;
}

GHashTable *
workflow_engine_defaults (WorkflowEngine *engine, const char *persona, const char *step, GError **error)
{
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, NULL, error);
  if (found == NULL)
    return NULL;
  WorkflowContext *context = workflow_engine_peek (engine, persona, NULL);
  return workflow_inputs_defaults (engine, context, persona, found);
}

GHashTable *
workflow_engine_check_inputs (WorkflowEngine *engine, const char *persona, const char *step,
                              GHashTable *inputs, GError **error)
{
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, NULL, error);
  g_autoptr (GHashTable) defaults = found != NULL ? workflow_engine_defaults (engine, persona, step, error)
                                                  : NULL;
  return defaults != NULL ? workflow_inputs_check (found, defaults, inputs, error) : NULL;
}
