/* SPDX-License-Identifier: MIT
 * What was done last and can be taken back: a stack that both faces share. It knows no screen and no
 * terminal; a step is a sentence and a function.
 *
 * UI thread only. What cannot be taken back (a vote, a deleted key) is never put on it.
 */
#pragma once

#include "ui/model/operations.h"

G_BEGIN_DECLS

typedef struct UiUndo UiUndo;

typedef struct {
  const char *done; /* what was done, one line: "Colours: dark"; copied */
  /* Take it back. HOST is what ui_undo_run() got, OWNER that of the step; DATA stays with the stack and is
   * freed after the call. */
  void (*run) (gpointer host, gpointer owner, gconstpointer data);
  gpointer data; /* taken */
  GDestroyNotify free_data;
  gpointer owner; /* what it is about: the step is forgotten with it (ui_undo_forget); or NULL */
  /* Steps of this name and owner that follow each other are one: the first is kept; static, or NULL. */
  const char *merge;
} UiUndoStep;

UiUndo *ui_undo_new (void);
void ui_undo_free (UiUndo *undo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiUndo, ui_undo_free)
/* The oldest of many is dropped. FALSE while a step is being taken back: nothing is put on the stack then. */
gboolean ui_undo_push (UiUndo *undo, const UiUndoStep *step);
/* What would be taken back now; NULL = nothing. Borrowed until the stack changes. */
const char *ui_undo_last (const UiUndo *undo);
/* Take the last step back. Gives what it had done, or NULL when there was nothing. */
char *ui_undo_run (UiUndo *undo, gpointer host);
/* OWNER goes: its steps can no longer be taken back. */
void ui_undo_forget (UiUndo *undo, gconstpointer owner);
/* Everything: it was done in an environment that is no longer in use. */
void ui_undo_clear (UiUndo *undo);

/* --- what was typed into the form of a step, before it was cleared --- */

typedef struct {
  char *persona, *step;
  GHashTable *values; /* name -> text, no secrets */
} UiTyped;
/* Takes VALUES. */
UiTyped *ui_typed_new (const char *persona, const char *step, GHashTable *values);
void ui_typed_free (gpointer typed);
/* It is the draft again. */
void ui_typed_keep (UiSession *session, const UiTyped *typed);

/* --- what takes back an operation (UiResult.inverse) --- */

UiInverse *ui_inverse_copy (const UiInverse *inverse);
void ui_inverse_free (gpointer inverse);
/* Do it. CR_ERROR_INPUT when another persona or scenario is chosen by now: nobody acts in another's name. */
UiJob *ui_operate_inverse (UiSession *session, const UiInverse *inverse, UiDone done, gpointer data);

G_END_DECLS
