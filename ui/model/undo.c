/* SPDX-License-Identifier: MIT
 * The stack of what can be taken back, and the operations that do it (undo.h).
 */
#include "ui/model/undo.h"

#include "ui/model/session-private.h"

#include "base/error.h"

#include <glib/gi18n.h>
#include <string.h>

#define STEPS_MAX 100

typedef struct {
  UiUndoStep step; /* done is an own copy */
} Kept;

struct UiUndo {
  GPtrArray *steps; /* Kept*, the last one is taken back first */
  gboolean running;
};

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  if (kept->step.free_data != NULL)
    kept->step.free_data (kept->step.data);
  g_free ((gpointer) (gsize) kept->step.done);
  g_free (kept);
}

UiUndo *
ui_undo_new (void)
{
  UiUndo *undo = g_new0 (UiUndo, 1);
  undo->steps = g_ptr_array_new_with_free_func (kept_free);
  return undo;
}

void
ui_undo_free (UiUndo *undo)
{
  if (undo == NULL)
    return;
  g_ptr_array_unref (undo->steps);
  g_free (undo);
}

static Kept *
last_of (const UiUndo *undo)
{
  return undo->steps->len > 0 ? g_ptr_array_index (undo->steps, undo->steps->len - 1) : NULL;
}

gboolean
ui_undo_push (UiUndo *undo, const UiUndoStep *step)
{
  Kept *last = last_of (undo);
  gboolean same = step->merge != NULL && last != NULL && g_strcmp0 (last->step.merge, step->merge) == 0
                  && last->step.owner == step->owner;
  if (undo->running || same) {
    if (step->free_data != NULL)
      step->free_data (step->data);
    if (same && !undo->running) {
      g_free ((gpointer) (gsize) last->step.done);
      last->step.done = g_strdup (step->done);
    }
    return !undo->running;
  }
  Kept *kept = g_new0 (Kept, 1);
  kept->step = *step;
  kept->step.done = g_strdup (step->done);
  g_ptr_array_add (undo->steps, kept);
  if (undo->steps->len > STEPS_MAX)
    g_ptr_array_remove_index (undo->steps, 0);
  return TRUE;
}

const char *
ui_undo_last (const UiUndo *undo)
{
  const Kept *last = last_of (undo);
  return last != NULL ? last->step.done : NULL;
}

char *
ui_undo_run (UiUndo *undo, gpointer host)
{
  if (undo->steps->len == 0 || undo->running)
    return NULL;
  Kept *kept = g_ptr_array_steal_index (undo->steps, undo->steps->len - 1);
  undo->running = TRUE;
  kept->step.run (host, kept->step.owner, kept->step.data);
  undo->running = FALSE;
  char *done = g_strdup (kept->step.done);
  kept_free (kept);
  return done;
}

void
ui_undo_forget (UiUndo *undo, gconstpointer owner)
{
  for (guint i = undo->steps->len; i > 0; i--)
    if (((Kept *) g_ptr_array_index (undo->steps, i - 1))->step.owner == owner)
      g_ptr_array_remove_index (undo->steps, i - 1);
}

void
ui_undo_clear (UiUndo *undo)
{
  g_ptr_array_set_size (undo->steps, 0);
}

/* ---- answers ---- */

UiTyped *
ui_typed_new (const char *persona, const char *step, GHashTable *values)
{
  UiTyped *typed = g_new0 (UiTyped, 1);
  typed->persona = g_strdup (persona);
  typed->step = g_strdup (step);
  typed->values = values;
  return typed;
}

void
ui_typed_free (gpointer data)
{
  UiTyped *typed = data;
  g_hash_table_unref (typed->values);
  g_free (typed->persona);
  g_free (typed->step);
  g_free (typed);
}

void
ui_typed_keep (UiSession *session, const UiTyped *typed)
{
  ui_keep_draft_of (session, typed->persona, typed->step, typed->values);
}

/* ---- operations ---- */

UiInverse *
ui_inverse_copy (const UiInverse *inverse)
{
  UiInverse *copy = g_new0 (UiInverse, 1);
  copy->kind = inverse->kind;
  copy->persona = g_strdup (inverse->persona);
  copy->scenario = g_strdup (inverse->scenario);
  copy->object = g_strdup (inverse->object);
  copy->text = g_strdup (inverse->text);
  copy->on = inverse->on;
  return copy;
}

void
ui_inverse_free (gpointer data)
{
  UiInverse *inverse = data;
  if (inverse == NULL)
    return;
  g_free (inverse->persona);
  g_free (inverse->scenario);
  g_free (inverse->object);
  g_free (inverse->text);
  g_free (inverse);
}

UiJob *
ui_operate_inverse (UiSession *session, const UiInverse *inverse, UiDone done, gpointer data)
{
  if (inverse->kind != UI_INVERSE_START_SANDBOX
      && (g_strcmp0 (session->persona, inverse->persona) != 0
          || g_strcmp0 (session->scenario, inverse->scenario) != 0)) {
    GError *problem = NULL;
    cr_set_error (&problem, CR_ERROR_INPUT, _ ("Work as that persona again, then undo."),
                  _ ("It was done by %s in %s."), inverse->persona, inverse->scenario);
    return ui_op_refuse (session, _ ("Undo"), problem, done, data);
  }
  switch (inverse->kind) {
  case UI_INVERSE_WITHDRAW:
    return ui_withdraw (session, inverse->object, done, data);
  case UI_INVERSE_CONTRACT_SWITCH:
    return ui_set_contract_switch (session, inverse->object, inverse->text, inverse->on, done, data);
  case UI_INVERSE_DOCUMENT_SWITCH:
    return ui_set_document_switch (session, inverse->object, inverse->text, inverse->on, done, data);
  case UI_INVERSE_CONTRACT_TEXT:
    return ui_write_contract (session, inverse->object, inverse->text, done, data);
  case UI_INVERSE_WAIT:
    return ui_run_step (session, inverse->object, NULL, FALSE, TRUE, done, data);
  case UI_INVERSE_START_SANDBOX:
  default:
    return ui_start_sandbox (session, done, data);
  }
}
