/* SPDX-License-Identifier: MIT
 * What an action uses while its step runs (action.h).
 */
#include "workflow/engine-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"

#include <string.h>

#define PUBLIC "public/"
#define PUBLIC_FILE_MAX (1024u * 1024)

void
workflow_call_init (WorkflowCall *call, WorkflowContext *context, const WorkflowStep *step, CrJob *job,
                    GHashTable *inputs)
{
  memset (call, 0, sizeof *call);
  call->context = context;
  call->step = step;
  call->job = job;
  call->inputs = inputs;
  call->result = json_object ();
  call->pending = json_array ();
  call->artefacts = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_artefact_free);
  call->happened = g_ptr_array_new_with_free_func (g_free);
}

void
workflow_call_clear (WorkflowCall *call)
{
  g_clear_pointer (&call->result, json_decref);
  g_clear_pointer (&call->pending, json_decref);
  g_clear_pointer (&call->artefacts, g_ptr_array_unref);
  g_clear_pointer (&call->happened, g_ptr_array_unref);
}

WorkflowContext *
workflow_call_context (WorkflowCall *call)
{
  return call->context;
}

CrJob *
workflow_call_job (WorkflowCall *call)
{
  return call->job;
}

const WorkflowStep *
workflow_call_step (WorkflowCall *call)
{
  return call->step;
}

const WorkflowScenario *
workflow_call_scenario (WorkflowCall *call)
{
  return workflow_context_scenario (call->context);
}

const char *
workflow_call_input (WorkflowCall *call, const char *name)
{
  const char *value = g_hash_table_lookup (call->inputs, name);
  return value != NULL ? value : "";
}

gboolean
workflow_call_input_yes (WorkflowCall *call, const char *name)
{
  return g_str_equal (workflow_call_input (call, name), "yes");
}

char *
workflow_call_value (const char *name, gpointer data)
{
  WorkflowCall *call = data;
  const char *input = call->inputs != NULL ? g_hash_table_lookup (call->inputs, name) : NULL;
  if (input != NULL && *input != '\0')
    return g_strdup (input);
  return call->context != NULL ? workflow_context_value (name, call->context) : NULL;
}

char *
workflow_call_intent (WorkflowCall *call, const char *name, const char *proposed, GError **error)
{
  WorkflowJournal *journal = workflow_context_journal (call->context);
  /* What all scenarios share is made once, whichever of them came to it first. */
  g_autofree char *shared = workflow_step_is_shared (call->step)
                                ? workflow_journal_intent_elsewhere (journal, call->step->id, name)
                                : NULL;
  return workflow_journal_intent (journal, workflow_call_scenario (call)->name, call->step->id, name,
                                  shared != NULL ? shared : proposed, error);
}

char *
workflow_call_intent_id (WorkflowCall *call, const char *name, const char *prefix, guint length,
                         GError **error)
{
  g_autofree char *digits = cr_random_hex (length);
  g_autofree char *proposed = g_strconcat (prefix, digits, NULL);
  return workflow_call_intent (call, name, proposed, error);
}

/* TRUE when FULL holds exactly DATA. */
static gboolean
is_unchanged (const char *full, const void *data, gsize length)
{
  g_autoptr (GBytes) now = cr_file_read (full, length + 1, NULL);
  return now != NULL && g_bytes_get_size (now) == length
         && memcmp (g_bytes_get_data (now, NULL), data, length) == 0;
}

/* Where the file PATH lies: those of the public folder as the persona files say. Gives. */
static char *
place_of (WorkflowCall *call, const char *path)
{
  return g_str_has_prefix (path, PUBLIC)
             ? workflow_scenario_public (workflow_call_scenario (call), path + strlen (PUBLIC))
             : g_strdup (path);
}

gboolean
workflow_call_write (WorkflowCall *call, const char *name, const void *data, gssize length, GError **error)
{
  g_autofree char *path = place_of (call, name);
  gsize size = length < 0 ? strlen (data) : (gsize) length;
  g_autofree char *full = workflow_context_path (call->context, path);
  g_autofree char *folder = g_path_get_dirname (full);
  if (!cr_dir_make (folder, 0700, error))
    return FALSE;
  guint mode = g_str_has_prefix (path, PUBLIC) ? 0644 : 0600;
  if (size == 0 || !is_unchanged (full, data, size)) {
    cr_fault_point ("artefact-write");
    if (!cr_file_write (full, data, (gssize) size, mode, error))
      return FALSE;
    cr_fault_point ("artefact-written");
  }
  for (guint i = 0; i < call->artefacts->len; i++)
    if (g_str_equal (((WorkflowArtefact *) g_ptr_array_index (call->artefacts, i))->path, path)) {
      g_ptr_array_remove_index (call->artefacts, i);
      break;
    }
  WorkflowArtefact *artefact = g_new0 (WorkflowArtefact, 1);
  artefact->path = g_strdup (path);
  artefact->sha256 = cr_sha256_hex (data, size);
  g_ptr_array_add (call->artefacts, artefact);
  return TRUE;
}

gboolean
workflow_call_write_json (WorkflowCall *call, const char *path, const json_t *value, GError **error)
{
  g_autofree char *text = cr_json_dump_pretty (value);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return workflow_call_write (call, path, line, -1, error);
}

/* The need of the step that speaks of PATH; NULL when none does. Gives the whole list to keep it alive. */
static const WorkflowNeed *
need_of (WorkflowCall *call, const char *path, GPtrArray **needs)
{
  const char *persona = workflow_context_persona (call->context);
  *needs = workflow_step_needs (workflow_call_scenario (call), persona, call->step);
  for (guint i = 0; i < (*needs)->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (*needs, i);
    if (g_strcmp0 (need->artefact, path) == 0)
      return need;
  }
  return NULL;
}

char *
workflow_call_public (WorkflowCall *call, const char *name, GError **error)
{
  g_autofree char *path = workflow_scenario_public (workflow_call_scenario (call), name);
  g_autofree char *full = workflow_context_path (call->context, path);
  g_autoptr (GError) problem = NULL;
  char *text = cr_file_read_text (full, PUBLIC_FILE_MAX, &problem);
  if (text != NULL)
    return text;
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_autoptr (GPtrArray) needs = NULL;
  const WorkflowNeed *need = need_of (call, path, &needs);
  if (need != NULL)
    workflow_call_wait (call, need->persona, need->step, path);
  if (need != NULL)
    cr_set_error (error, CR_ERROR_WAITING, NULL, "%s is not there yet; it comes from %s.", path,
                  need->persona);
  else
    cr_set_error (error, CR_ERROR_WAITING, NULL, "%s is not there yet.", path);
  return NULL;
}

void
workflow_call_wait_for_more (WorkflowCall *call)
{
  const char *persona = workflow_context_persona (call->context);
  g_autoptr (GPtrArray) needs = workflow_step_needs (workflow_call_scenario (call), persona, call->step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    gboolean mine = g_str_equal (need->persona, persona);
    g_autoptr (json_t) past = need->soft && mine ? workflow_call_past (call, need->step, NULL) : NULL;
    if (need->soft && past == NULL)
      workflow_call_wait (call, need->persona, need->step, NULL);
  }
}

json_t *
workflow_call_past (WorkflowCall *call, const char *step, GError **error)
{
  g_autoptr (WorkflowEntry) entry = workflow_journal_read (workflow_context_journal (call->context),
                                                           workflow_call_scenario (call)->name, step, error);
  return entry != NULL && entry->state == WORKFLOW_DONE && entry->result != NULL ? json_incref (entry->result)
                                                                                 : NULL;
}

json_t *
workflow_call_result (WorkflowCall *call)
{
  return call->result;
}

void
workflow_call_set (WorkflowCall *call, const char *key, const char *value)
{
  cr_json_set_string (call->result, key, value);
}

void
workflow_call_say (WorkflowCall *call, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *line = g_strdup_vprintf (cr_translate (format), arguments);
  va_end (arguments);
  cr_job_progress (call->job, line, 0, 0);
  g_ptr_array_add (call->happened, line);
}

void
workflow_call_wait (WorkflowCall *call, const char *persona, const char *step, const char *artefact)
{
  json_t *item = json_object ();
  cr_json_set_string (item, "persona", persona);
  cr_json_set_string (item, "step", step);
  cr_json_set_string (item, "artefact", artefact);
  json_array_append_new (call->pending, item);
}
