/* SPDX-License-Identifier: MIT
 * What a step makes known to everybody for good, exactly: shown with its digest before a person says yes to
 * it.
 */
#include "ui/model/session-private.h"

#include "base/encode.h"
#include "base/file.h"

#include <string.h>

#define TEXT_MAX (64u * 1024)

/* The SQL of PERSONA's query in SCENARIO, its parts with an empty line between them. Gives; NULL when there
 * is none. */
static char *
query_text (const WorkflowScenario *scenario, const char *persona)
{
  const WorkflowQuery *query = NULL;
  for (guint i = 0; i < scenario->queries->len && query == NULL; i++) {
    const WorkflowQuery *each = g_ptr_array_index (scenario->queries, i);
    query = g_str_equal (each->proposer, persona) ? each : NULL;
  }
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; query != NULL && i < query->segments->len; i++) {
    const WorkflowSegment *segment = g_ptr_array_index (query->segments, i);
    g_autofree char *part = cr_file_read_text (segment->file, TEXT_MAX, NULL);
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", part != NULL ? part : "");
  }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* What PREVIEW says of the datasets and of what follows, without values: those are registered nowhere. Gives. */
static char *
datasets_text (const json_t *preview)
{
  static const char *const lists[] = { "readable", "hidden" };
  g_autoptr (json_t) shown = json_deep_copy (preview);
  size_t i, k;
  json_t *dataset, *column;
  json_array_foreach (json_object_get (shown, "datasets"), i, dataset)
    for (gsize l = 0; l < G_N_ELEMENTS (lists); l++)
      json_array_foreach (json_object_get (dataset, lists[l]), k, column)
        json_object_del (column, "samples");
  g_auto (GStrv) lines = workflow_preview_lines (shown);
  return g_strjoinv ("\n", lines);
}

static const char *
answer_of (const UiStepDetail *detail, const char *name)
{
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    if (g_str_equal (input->name, name))
      return input->value;
  }
  return NULL;
}

char *
ui_step_publishes (const UiStepDetail *detail, const char *query, char **digest)
{
  gboolean typed = detail->publishes != NULL && query != NULL && *query != '\0';
  *digest = typed ? cr_sha256_hex (query, strlen (query)) : g_strdup (detail->publishes_digest);
  return g_strdup (typed ? query : detail->publishes);
}

void
ui_say_publishes (UiStepDetail *detail, const WorkflowScenario *scenario, const char *persona,
                  const char *action, const json_t *preview)
{
  UiArena *arena = ui_value_arena (detail);
  g_autofree char *text = NULL, *digest = NULL;
  if (g_str_equal (action, "query.propose")) {
    const char *given = answer_of (detail, "query");
    text = given != NULL && *given != '\0' ? g_strdup (given) : query_text (scenario, persona);
    digest = text != NULL ? cr_sha256_hex (text, strlen (text)) : NULL;
  } else if (g_str_equal (action, "data.publish")
             && json_array_size (json_object_get (preview, "datasets")) > 0) {
    text = datasets_text (preview);
  }
  if (text == NULL)
    return;
  detail->publishes = ui_lines (arena, text, TEXT_MAX, NULL);
  detail->publishes_digest = ui_text (arena, digest);
}
