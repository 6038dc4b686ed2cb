/* SPDX-License-Identifier: MIT
 * One step of a persona file.
 */
#include "workflow/loader-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <string.h>

static const char *const step_keys[] = { "id",     "title", "purpose",    "takes",      "needs",    "inputs",
                                         "action", "makes", "done-when",  "when",       "optional", "each",
                                         "calls",  "az",    "on-failure", "renew-when", NULL };
static const char *const input_keys[] = { "name",    "title",   "kind", "default", "required",
                                          "pattern", "choices", "help", NULL };
static const char *const need_keys[] = { "artefact", "from", "step",   "party",
                                         "partial",  "soft", "follow", NULL };
static const char *const kind_names[] = { "text",   "email",  "date",    "choice", "folder",
                                          "number", "secret", "boolean", NULL };
static const char *const takes_names[] = { "instant", "seconds", "minutes", "long", NULL };

const char *
workflow_input_kind_name (WorkflowInputKind kind)
{
  return kind_names[kind];
}

const char *
workflow_takes_name (WorkflowTakes takes)
{
  return takes_names[takes];
}

static int
index_of (const char *const *names, const char *text)
{
  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], text))
      return i;
  return -1;
}

/* The text MAP[key] as an index into NAMES; -1 and an error when it is none of them. */
static int
read_word (const CrYaml *map, const char *key, const char *const *names, GError **error)
{
  const char *text = cr_yaml_require (map, key, error);
  if (text == NULL)
    return -1;
  int index = index_of (names, text);
  if (index >= 0)
    return index;
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; names[i] != NULL; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", names[i]);
  cr_yaml_error (error, cr_yaml_get (map, key), "'%s' must be one of: %s (not '%s').", key, list->str, text);
  return -1;
}

static void
input_free (gpointer data)
{
  WorkflowInput *input = data;
  g_free (input->name);
  g_free (input->title);
  g_free (input->initial);
  g_free (input->pattern);
  g_strfreev (input->choices);
  g_free (input->help);
  g_free (input);
}

void
workflow_need_free (WorkflowNeed *need)
{
  g_free (need->artefact);
  g_free (need->persona);
  g_free (need->step);
  g_free (need);
}

static void
remedy_free (gpointer data)
{
  WorkflowRemedy *remedy = data;
  g_free (remedy->code);
  g_free (remedy->text);
  g_free (remedy);
}

void
workflow_step_free (WorkflowStep *step)
{
  if (step == NULL)
    return;
  g_free (step->id);
  g_free (step->title);
  g_free (step->purpose);
  g_clear_pointer (&step->needs, g_ptr_array_unref);
  g_clear_pointer (&step->inputs, g_ptr_array_unref);
  g_free (step->action);
  g_free (step->renew_when);
  g_strfreev (step->makes);
  workflow_condition_free (step->done_when);
  workflow_condition_free (step->when);
  g_strfreev (step->calls);
  g_free (step->az);
  g_clear_pointer (&step->remedies, g_ptr_array_unref);
  g_free (step->file);
  g_free (step);
}

/* A literal default must itself be a value that the input takes. */
static gboolean
check_default (const WorkflowInput *input, const CrYaml *node, GError **error)
{
  const char *text = input->initial;
  if (text == NULL || *text == '\0' || strchr (text, '{') != NULL)
    return TRUE;
  if (input->kind == WORKFLOW_INPUT_SECRET)
    return cr_yaml_error (error, node, "a secret has no default.");
  if (input->kind == WORKFLOW_INPUT_EMAIL && !cr_email_valid (text))
    return cr_yaml_error (error, node, "the default '%s' is no e-mail address.", text);
  if (input->kind == WORKFLOW_INPUT_DATE) {
    g_autoptr (GDate) day = cr_day_parse (text, NULL);
    if (day == NULL)
      return cr_yaml_error (error, node, "the default '%s' is no day (YYYY-MM-DD).", text);
  }
  if (input->kind == WORKFLOW_INPUT_CHOICE && !g_strv_contains ((const char *const *) input->choices, text))
    return cr_yaml_error (error, node, "the default '%s' is none of the choices.", text);
  if (input->kind == WORKFLOW_INPUT_BOOLEAN && !g_str_equal (text, "yes") && !g_str_equal (text, "no"))
    return cr_yaml_error (error, node, "the default must be yes or no.");
  if (input->kind == WORKFLOW_INPUT_NUMBER && strspn (text, "0123456789") != strlen (text))
    return cr_yaml_error (error, node, "the default '%s' is no number.", text);
  return TRUE;
}

static gboolean
read_input_rules (const CrYaml *node, WorkflowInput *input, GError **error)
{
  const CrYaml *choices = cr_yaml_get (node, "choices");
  if (input->kind == WORKFLOW_INPUT_CHOICE) {
    input->choices = workflow_read_strings (node, "choices", error);
    if (input->choices == NULL)
      return FALSE;
    if (input->choices[0] == NULL)
      return cr_yaml_error (error, node, "a choice needs 'choices'.");
  } else if (choices != NULL) {
    return cr_yaml_error (error, choices, "'choices' belongs to kind choice only.");
  }
  input->pattern = g_strdup (cr_yaml_optional (node, "pattern"));
  if (input->pattern != NULL) {
    g_autoptr (GError) problem = NULL;
    g_autoptr (GRegex) regex = g_regex_new (input->pattern, G_REGEX_ANCHORED, 0, &problem);
    if (regex == NULL)
      return cr_yaml_error (error, cr_yaml_get (node, "pattern"), "the pattern is wrong: %s.",
                            problem->message);
  }
  input->initial = g_strdup (cr_yaml_optional (node, "default"));
  input->help = g_strdup (cr_translate (cr_yaml_optional (node, "help")));
  const CrYaml *initial = cr_yaml_get (node, "default");
  return workflow_text_check (initial, input->initial, NULL, FALSE, error)
         && check_default (input, initial, error);
}

static WorkflowInput *
read_input (const CrYaml *node, GError **error)
{
  if (!cr_yaml_check_keys (node, input_keys, error))
    return NULL;
  WorkflowInput *input = g_new0 (WorkflowInput, 1);
  gboolean ok = workflow_read_name (node, "name", &input->name, error);
  const char *title = ok ? cr_yaml_require (node, "title", error) : NULL;
  int kind = title != NULL ? read_word (node, "kind", kind_names, error) : -1;
  if (kind >= 0) {
    input->title = g_strdup (cr_translate (title));
    input->kind = (WorkflowInputKind) kind;
    if (workflow_read_boolean (node, "required", &input->required, error)
        && read_input_rules (node, input, error))
      return input;
  }
  input_free (input);
  return NULL;
}

static gboolean
read_inputs (const CrYaml *node, WorkflowStep *step, GError **error)
{
  const CrYaml *list = cr_yaml_get (node, "inputs");
  if (list != NULL && cr_yaml_type (list) != CR_YAML_LIST)
    return cr_yaml_error (error, list, "'inputs' must be a list.");
  for (guint i = 0; list != NULL && i < cr_yaml_length (list); i++) {
    WorkflowInput *input = read_input (cr_yaml_item (list, i), error);
    if (input == NULL)
      return FALSE;
    for (guint k = 0; k < step->inputs->len; k++)
      if (g_str_equal (((WorkflowInput *) g_ptr_array_index (step->inputs, k))->name, input->name)) {
        cr_yaml_error (error, cr_yaml_item (list, i), "the input '%s' is there twice.", input->name);
        input_free (input);
        return FALSE;
      }
    g_ptr_array_add (step->inputs, input);
  }
  return TRUE;
}

/* The input that asks for the work to be done anew. */
static gboolean
read_renewal (const CrYaml *node, WorkflowStep *step, GError **error)
{
  step->renew_when = g_strdup (cr_yaml_optional (node, "renew-when"));
  for (guint i = 0; step->renew_when != NULL && i < step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (step->inputs, i);
    if (g_str_equal (input->name, step->renew_when) && input->kind == WORKFLOW_INPUT_BOOLEAN)
      return TRUE;
  }
  return step->renew_when == NULL
         || cr_yaml_error (error, cr_yaml_get (node, "renew-when"),
                           "'renew-when' must name an input of yes or no.");
}

/* "persona/step" or "step". */
static void
split_from (const char *from, WorkflowNeed *need)
{
  const char *slash = strchr (from, '/');
  need->persona = slash != NULL ? g_strndup (from, (gsize) (slash - from)) : NULL;
  need->step = g_strdup (slash != NULL ? slash + 1 : from);
}

static gboolean
fill_need (const CrYaml *node, WorkflowStep *step, WorkflowNeed *need, GError **error)
{
  const char *artefact = cr_yaml_optional (node, "artefact"), *own = cr_yaml_optional (node, "step"),
             *party = cr_yaml_optional (node, "party"), *from = cr_yaml_optional (node, "from");
  if ((artefact != NULL) + (own != NULL) + (party != NULL) != 1)
    return cr_yaml_error (error, node, "a need is exactly one of 'artefact', 'step' and 'party'.");
  if (from != NULL && artefact == NULL)
    return cr_yaml_error (error, cr_yaml_get (node, "from"), "'from' belongs to an artefact.");
  need->line = cr_yaml_line (node);
  need->kind = artefact != NULL ? WORKFLOW_NEED_ARTEFACT
               : own != NULL    ? WORKFLOW_NEED_STEP
                                : WORKFLOW_NEED_PARTY;
  need->artefact = g_strdup (artefact);
  if (artefact != NULL && from == NULL)
    return cr_yaml_error (error, node, "'from' is missing: which step makes '%s'?", artefact);
  if (need->kind == WORKFLOW_NEED_STEP && strchr (own, '/') != NULL)
    return cr_yaml_error (error, cr_yaml_get (node, "step"),
                          "'step' is an own step; use 'party' for others.");
  if (need->kind == WORKFLOW_NEED_PARTY && strchr (party, '/') == NULL)
    return cr_yaml_error (error, cr_yaml_get (node, "party"), "'party' must read PERSONA/STEP.");
  split_from (artefact != NULL ? from : own != NULL ? own : party, need);
  return workflow_read_boolean (node, "partial", &need->partial, error)
         && workflow_read_boolean (node, "soft", &need->soft, error)
         && workflow_read_boolean (node, "follow", &need->follow, error)
         && (!need->follow || artefact != NULL
             || cr_yaml_error (error, cr_yaml_get (node, "follow"), "'follow' belongs to an artefact."))
         && workflow_text_check (node, artefact, NULL, step->each, error)
         && workflow_text_check (node, need->persona, NULL, step->each, error);
}

static gboolean
read_needs (const CrYaml *node, WorkflowStep *step, GError **error)
{
  const CrYaml *list = cr_yaml_get (node, "needs");
  if (list != NULL && cr_yaml_type (list) != CR_YAML_LIST)
    return cr_yaml_error (error, list, "'needs' must be a list.");
  for (guint i = 0; list != NULL && i < cr_yaml_length (list); i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!cr_yaml_check_keys (item, need_keys, error))
      return FALSE;
    WorkflowNeed *need = g_new0 (WorkflowNeed, 1);
    g_ptr_array_add (step->needs, need);
    if (!fill_need (item, step, need, error))
      return FALSE;
  }
  return TRUE;
}

/* The last part of "missing:X" must be part of an artefact that the step needs. */
static gboolean
check_missing (const WorkflowStep *step, const char *code, const CrYaml *node, GError **error)
{
  if (!g_str_has_prefix (code, "missing:"))
    return TRUE;
  for (guint i = 0; i < step->needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (step->needs, i);
    if (need->artefact != NULL && strstr (need->artefact, code + strlen ("missing:")) != NULL)
      return TRUE;
  }
  return cr_yaml_error (error, node, "the step does not need '%s'.", code + strlen ("missing:"));
}

static gboolean
read_remedies (const CrYaml *node, WorkflowStep *step, GError **error)
{
  const CrYaml *map = cr_yaml_get (node, "on-failure");
  if (map != NULL && cr_yaml_type (map) != CR_YAML_MAP)
    return cr_yaml_error (error, map, "'on-failure' must be a map of codes and texts.");
  for (guint i = 0; map != NULL && i < cr_yaml_length (map); i++) {
    const CrYaml *item = cr_yaml_item (map, i);
    const char *text = cr_yaml_text (item);
    if (text == NULL || *text == '\0')
      return cr_yaml_error (error, item, "'on-failure' must be a map of codes and texts.");
    if (!workflow_text_check (item, text, step->inputs, step->each, error)
        || !check_missing (step, cr_yaml_key (map, i), item, error))
      return FALSE;
    WorkflowRemedy *remedy = g_new0 (WorkflowRemedy, 1);
    remedy->code = g_strdup (cr_yaml_key (map, i));
    remedy->text = g_strdup (cr_translate (text));
    g_ptr_array_add (step->remedies, remedy);
  }
  return TRUE;
}

/* "METHOD {endpoint}/path" with an optional "(remark)". */
static gboolean
check_calls (const CrYaml *node, WorkflowStep *step, GError **error)
{
  const CrYaml *list = cr_yaml_get (node, "calls");
  g_autoptr (GRegex) form = g_regex_new (
      "^(GET|HEAD|PUT|POST|PATCH|DELETE) \\{[a-z0-9-]+\\}(/[^ ?]*)?( \\([^()]+\\))?$", 0, 0, NULL);
  for (guint i = 0; step->calls[i] != NULL; i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    if (!g_regex_match (form, step->calls[i], 0, NULL))
      return cr_yaml_error (error, item, "a call must read: METHOD {endpoint}/path (remark)");
    if (!workflow_text_check (item, step->calls[i], step->inputs, step->each, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_makes (const CrYaml *node, WorkflowStep *step, GError **error)
{
  const CrYaml *list = cr_yaml_get (node, "makes");
  for (guint i = 0; step->makes[i] != NULL; i++) {
    const CrYaml *item = cr_yaml_item (list, i);
    const char *path = step->makes[i];
    if (!workflow_text_check (item, path, NULL, step->each, error)
        || !workflow_check_artefact (item, path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_action (WorkflowReader *reader, const CrYaml *node, WorkflowStep *step, GError **error)
{
  const char *action = cr_yaml_require (node, "action", error);
  if (action == NULL)
    return FALSE;
  if (!g_strv_contains (reader->actions, action)) {
    const char *near = cr_nearest (action, reader->actions);
    if (near != NULL)
      return cr_yaml_error (error, cr_yaml_get (node, "action"), "unknown action '%s', did you mean '%s'?",
                            action, near);
    return cr_yaml_error (error, cr_yaml_get (node, "action"), "unknown action '%s'.", action);
  }
  step->action = g_strdup (action);
  g_autoptr (GError) problem = NULL;
  step->when = workflow_read_condition (node, "when", workflow_when_names, "condition", &problem);
  if (problem == NULL) {
    if (cr_yaml_get (node, "done-when") == NULL)
      return cr_yaml_error (error, node, "'done-when' is missing.");
    step->done_when = workflow_read_condition (node, "done-when", reader->probes, "probe", &problem);
  }
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_texts (const CrYaml *node, WorkflowStep *step, GError **error)
{
  if (!workflow_read_name (node, "id", &step->id, error))
    return FALSE;
  const char *title = cr_yaml_require (node, "title", error);
  const char *purpose = title != NULL ? cr_yaml_require (node, "purpose", error) : NULL;
  int takes = purpose != NULL ? read_word (node, "takes", takes_names, error) : -1;
  if (takes < 0)
    return FALSE;
  step->title = g_strdup (cr_translate (title));
  step->purpose = g_strdup (cr_translate (purpose));
  step->takes = (WorkflowTakes) takes;
  return workflow_read_boolean (node, "optional", &step->optional, error)
         && workflow_read_boolean (node, "each", &step->each, error)
         && workflow_text_check (cr_yaml_get (node, "title"), title, NULL, FALSE, error)
         && workflow_text_check (cr_yaml_get (node, "purpose"), purpose, NULL, FALSE, error);
}

static gboolean
read_lists (const CrYaml *node, WorkflowStep *step, GError **error)
{
  step->makes = workflow_read_strings (node, "makes", error);
  if (step->makes == NULL)
    return FALSE;
  step->calls = workflow_read_strings (node, "calls", error);
  if (step->calls == NULL)
    return FALSE;
  step->az = g_strdup (cr_yaml_optional (node, "az"));
  return check_makes (node, step, error) && check_calls (node, step, error)
         && workflow_text_check (cr_yaml_get (node, "az"), step->az, step->inputs, step->each, error);
}

WorkflowStep *
workflow_read_step (WorkflowReader *reader, const CrYaml *node, GError **error)
{
  if (!cr_yaml_check_keys (node, step_keys, error))
    return NULL;
  WorkflowStep *step = g_new0 (WorkflowStep, 1);
  step->file = g_strdup (cr_yaml_file_name (node));
  step->line = cr_yaml_line (node);
  step->needs = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_need_free);
  step->inputs = g_ptr_array_new_with_free_func (input_free);
  step->remedies = g_ptr_array_new_with_free_func (remedy_free);
  if (read_texts (node, step, error) && read_action (reader, node, step, error)
      && read_inputs (node, step, error) && read_renewal (node, step, error) && read_needs (node, step, error)
      && read_lists (node, step, error) && read_remedies (node, step, error))
    return step;
  workflow_step_free (step);
  return NULL;
}
