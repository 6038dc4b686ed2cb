/* SPDX-License-Identifier: MIT
 * The word undo: takes back what was done last, where that can be (ui/model/undo.h).
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

void
line_undoable (Line *line, const UiUndoStep *step)
{
  if (ui_undo_push (line->undo, step))
    line_say (line, "%s", _ ("Type undo to take it back."));
}

void
line_undo (Line *line)
{
  g_autofree char *done = ui_undo_run (line->undo, line);
  if (done == NULL) {
    line_say (line, "%s", _ ("Nothing was done that can be taken back."));
    line->bad_answer = TRUE;
    line_prompt_again (line);
    return;
  }
  line_say (line, _ ("Undone: %s"), done);
  if (line->job == NULL)
    line_again (line, NULL);
}

/* ---- operations ---- */

static void
invert (gpointer host, gpointer owner, gconstpointer data)
{
  Line *line = host;
  (void) owner;
  line->undoing = TRUE;
  line_job (line, ui_operate_inverse (line->session, data, line_done, line), NULL, NULL);
}

void
line_undoable_inverse (Line *line, const UiInverse *inverse, const char *done)
{
  line_undoable (line, &(UiUndoStep){ .done = done,
                                      .run = invert,
                                      .data = ui_inverse_copy (inverse),
                                      .free_data = ui_inverse_free });
}

void
line_undoable_result (Line *line, const UiResult *result)
{
  if (result->ok && result->inverse != NULL)
    line_undoable_inverse (line, result->inverse, result->text);
}
