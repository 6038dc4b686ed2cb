/* SPDX-License-Identifier: MIT
 * What a person should know before a step runs (workflow_engine_preview), as an object and as lines.
 */
#include "workflow/engine-private.h"

#include "base/json.h"
#include "base/text.h"
#include "base/translate.h"

/* Everybody's steps that have to be done again. */
static json_t *
again_json (WorkflowEngine *engine, const char *persona, const WorkflowStep *step)
{
  json_t *list = json_array ();
  g_autoptr (GPtrArray) follows = workflow_engine_follows (engine, persona, step->id, NULL);
  for (guint i = 0; follows != NULL && i < follows->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (follows, i);
    json_array_append_new (list, json_pack ("{s:s, s:s, s:s}", "persona", turn->persona, "step",
                                            turn->step->id, "title", turn->step->title));
  }
  return list;
}

json_t *
workflow_engine_preview (WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs,
                         GError **error)
{
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, NULL, error);
  if (found == NULL)
    return NULL;
  WorkflowContext *context = workflow_engine_peek (engine, persona, NULL);
  WorkflowPreviewFunc look = workflow_action_preview (found->action);
  if (context == NULL || look == NULL || engine->tables != workflow_tables ())
    return json_object ();
  g_autoptr (GHashTable) defaults = workflow_inputs_defaults (engine, context, persona, found);
  g_autoptr (GHashTable) merged = workflow_inputs_merge (found, defaults, inputs, error);
  g_autoptr (WorkflowEntry) entry = merged != NULL
                                        ? workflow_journal_read (workflow_context_journal (context),
                                                                 engine->scenario->name, found->id, error)
                                        : NULL;
  if (entry == NULL)
    return NULL;
  const char *renew = found->renew_when != NULL ? g_hash_table_lookup (merged, found->renew_when) : NULL;
  gboolean anew = workflow_input_is_yes (renew);
  if (anew)
    g_hash_table_insert (merged, g_strdup (found->renew_when), g_strdup ("yes"));
  WorkflowCall call;
  workflow_call_init (&call, context, found, NULL, merged);
  json_t *preview = look (&call, error);
  workflow_call_clear (&call);
  if (preview != NULL)
    cr_json_set (preview, "again",
                 anew && entry->state != WORKFLOW_TODO ? again_json (engine, persona, found) : json_array ());
  return preview;
}

/* --- lines --- */

static void
add_columns (GPtrArray *lines, const json_t *columns)
{
  for (size_t i = 0; i < json_array_size (columns); i++) {
    const json_t *column = json_array_get (columns, i);
    const json_t *samples = json_object_get (column, "samples");
    g_autoptr (GString) text = g_string_new (NULL);
    g_string_append_printf (text, "  %s (%s)", cr_json_peek_string (column, "name"),
                            cr_json_peek_string (column, "type"));
    for (size_t k = 0; k < json_array_size (samples); k++)
      g_string_append_printf (text, "%s%s", k > 0 ? " | " : "  ",
                              json_string_value (json_array_get (samples, k)));
    g_ptr_array_add (lines, cr_text_safe (text->str));
  }
}

static void
add_dataset (GPtrArray *lines, const json_t *dataset)
{
  const char *name = cr_json_peek_string (dataset, "dataset");
  const json_t *hidden = json_object_get (dataset, "hidden");
  if (cr_json_peek_bool (dataset, "header", FALSE))
    g_ptr_array_add (lines,
                     g_strdup_printf (_ ("%s: the first line of the files is a header, and the clean room "
                                         "reads it as data."),
                                      name));
  g_ptr_array_add (lines, g_strdup_printf (_ ("%s: queries of others can read"), name));
  add_columns (lines, json_object_get (dataset, "readable"));
  if (json_array_size (hidden) > 0)
    g_ptr_array_add (lines, g_strdup_printf (_ ("%s: never shown to others"), name));
  add_columns (lines, hidden);
}

char **
workflow_preview_lines (const json_t *preview)
{
  GPtrArray *lines = g_ptr_array_new ();
  const json_t *notes = json_object_get (preview, "notes"), *again = json_object_get (preview, "again"),
               *datasets = json_object_get (preview, "datasets");
  for (size_t i = 0; i < json_array_size (datasets); i++)
    add_dataset (lines, json_array_get (datasets, i));
  for (size_t i = 0; i < json_array_size (notes); i++)
    g_ptr_array_add (lines, g_strdup (json_string_value (json_array_get (notes, i))));
  if (json_array_size (again) > 0)
    g_ptr_array_add (lines, g_strdup (_ ("To be done again afterwards:")));
  for (size_t i = 0; i < json_array_size (again); i++) {
    const json_t *turn = json_array_get (again, i);
    g_ptr_array_add (lines, g_strdup_printf ("  %s: %s", cr_json_peek_string (turn, "persona"),
                                             cr_json_peek_string (turn, "title")));
  }
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (lines, FALSE);
}

/* "author (alice), age (30)" */
static char *
columns_text (const json_t *columns)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; i < json_array_size (columns); i++) {
    const json_t *column = json_array_get (columns, i);
    const char *sample = json_string_value (json_array_get (json_object_get (column, "samples"), 0));
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", cr_json_peek_string (column, "name"));
    if (sample != NULL)
      g_string_append_printf (text, " (%s)", sample);
  }
  return cr_text_safe (text->str);
}

char *
workflow_preview_text (const json_t *preview)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const json_t *notes = json_object_get (preview, "notes"), *again = json_object_get (preview, "again"),
               *datasets = json_object_get (preview, "datasets");
  for (size_t i = 0; i < json_array_size (datasets); i++) {
    const json_t *dataset = json_array_get (datasets, i), *hidden = json_object_get (dataset, "hidden");
    const char *name = cr_json_peek_string (dataset, "dataset");
    g_autofree char *shown = columns_text (json_object_get (dataset, "readable"));
    g_ptr_array_add (parts, g_strdup_printf (_ ("%s: queries of others can read %s."), name, shown));
    g_autofree char *kept = columns_text (hidden);
    if (json_array_size (hidden) > 0)
      g_ptr_array_add (parts, g_strdup_printf (_ ("%s: never shown to others: %s."), name, kept));
  }
  for (size_t i = 0; json_array_size (again) > 0 && i < json_array_size (notes); i++)
    g_ptr_array_add (parts, g_strdup (json_string_value (json_array_get (notes, i))));
  for (size_t i = 0; i < json_array_size (again); i++) {
    const json_t *turn = json_array_get (again, i);
    g_ptr_array_add (parts,
                     g_strdup_printf (_ ("To be done again: %s: %s."), cr_json_peek_string (turn, "persona"),
                                      cr_json_peek_string (turn, "title")));
  }
  if (parts->len == 0)
    return NULL;
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" ", (char **) parts->pdata);
}
