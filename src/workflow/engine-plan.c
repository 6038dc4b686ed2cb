/* SPDX-License-Identifier: MIT
 * What a step would do, as text: its calls and the command it stands for.
 */
#include "workflow/engine-private.h"

#include "base/error.h"
#include "base/translate.h"

#include <string.h>

typedef struct {
  WorkflowEngine *engine;
  WorkflowContext *context; /* or NULL */
  const char *persona;
  GHashTable *inputs;
} Values;

static char *
look_up (const char *name, gpointer data)
{
  const Values *values = data;
  const char *input = g_hash_table_lookup (values->inputs, name);
  if (input != NULL && *input != '\0')
    return g_strdup (input);
  if (values->context != NULL)
    return workflow_context_value (name, values->context);
  if (g_str_equal (name, "persona"))
    return g_strdup (values->persona);
  if (g_str_equal (name, "scenario"))
    return g_strdup (values->engine->scenario->name);
  return g_strdup (g_hash_table_lookup (values->engine->scenario->values, name));
}

/* Values for the texts of STEP; NULL when GIVEN has an unknown name. A plan may be asked for before
 * everything that
 * the step needs to know is decided. */
static const WorkflowStep *
prepare (Values *values, WorkflowEngine *engine, const char *persona, const char *step, GHashTable *given,
         GError **error)
{
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, NULL, error);
  if (found == NULL)
    return NULL;
  values->engine = engine;
  values->persona = persona;
  values->context = workflow_engine_peek (engine, persona, NULL);
  values->inputs = workflow_inputs_defaults (engine, values->context, persona, found);
  if (given == NULL)
    return found;
  g_autoptr (GHashTable) checked = workflow_inputs_merge (found, values->inputs, given, error);
  if (checked == NULL) {
    g_clear_pointer (&values->inputs, g_hash_table_unref);
    return NULL;
  }
  g_hash_table_unref (values->inputs);
  values->inputs = g_steal_pointer (&checked);
  return found;
}

/* CALL with its remark in the language of the person. */
static char *
with_remark (const char *call)
{
  const char *open = strstr (call, " (");
  if (open == NULL)
    return g_strdup (call);
  g_autofree char *remark = g_strndup (open + 2, strcspn (open + 2, ")"));
  return g_strdup_printf ("%.*s (%s)", (int) (open - call), call, cr_translate (remark));
}

char **
workflow_engine_plan (WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs,
                      GError **error)
{
  Values values = { 0 };
  const WorkflowStep *found = prepare (&values, engine, persona, step, inputs, error);
  if (found == NULL)
    return NULL;
  GPtrArray *lines = g_ptr_array_new ();
  for (guint i = 0; found->calls[i] != NULL; i++) {
    g_autofree char *call = with_remark (found->calls[i]);
    g_ptr_array_add (lines, workflow_expand (call, look_up, &values));
  }
  g_ptr_array_add (lines, NULL);
  g_hash_table_unref (values.inputs);
  return (char **) g_ptr_array_free (lines, FALSE);
}

char *
workflow_engine_az (WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs,
                    GError **error)
{
  Values values = { 0 };
  const WorkflowStep *found = prepare (&values, engine, persona, step, inputs, error);
  if (found == NULL)
    return NULL;
  char *text = workflow_expand (found->az, look_up, &values);
  g_hash_table_unref (values.inputs);
  return text;
}
