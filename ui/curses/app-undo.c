/* SPDX-License-Identifier: MIT
 * Taking back what was done last: settings and keys, filters and orders of lists, operations (app.h).
 */
#include "ui/curses/app-private.h"
#include "ui/curses/list.h"

#include "base/translate.h"

#include <string.h>

void
ui_app_undoable (UiApp *app, const UiUndoStep *step)
{
  if (!ui_undo_push (app->undo, step))
    return;
  ui_app_activity (app, "%s", ui_undo_last (app->undo));
  app->activity_undo = TRUE;
}

void
ui_app_undo (UiApp *app)
{
  g_autofree char *done = ui_undo_run (app->undo, app);
  if (done == NULL)
    return;
  ui_app_activity (app, _ ("Undone: %s"), done);
  ui_app_toast (app, UI_STATE_DONE, _ ("Undone: %s"), done);
  /* What was done before it is the next that can be taken back. */
  app->activity_undo = ui_undo_last (app->undo) != NULL;
}

/* ---- operations ---- */

typedef struct {
  UiApp *app;
  UiInverse *inverse;
  char *done;
} Operation;

static Operation *
operation_new (UiApp *app, const UiInverse *inverse, const char *done)
{
  Operation *operation = g_new0 (Operation, 1);
  operation->app = app;
  operation->inverse = ui_inverse_copy (inverse);
  operation->done = g_strdup (done);
  return operation;
}

static void
operation_free (gpointer data)
{
  Operation *operation = data;
  ui_inverse_free (operation->inverse);
  g_free (operation->done);
  g_free (operation);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Operation, operation_free)

static void invert (gpointer host, gpointer owner, gconstpointer data);

void
ui_app_undoable_inverse (UiApp *app, const UiInverse *inverse, const char *done)
{
  ui_app_undoable (app, &(UiUndoStep){ .done = done,
                                       .run = invert,
                                       .data = operation_new (app, inverse, done),
                                       .free_data = operation_free });
}

/* It was taken back, or not: then it still can be. */
static void
inverted (UiSession *session, const UiResult *result, gpointer data)
{
  g_autoptr (Operation) operation = data;
  (void) session;
  UiApp *app = operation->app;
  if (result->ok || result->state == UI_STEP_WAITING) {
    ui_app_toast (app, UI_STATE_DONE, "%s", result->text);
    ui_app_activity (app, "%s", result->text);
    return;
  }
  ui_app_undoable_inverse (app, operation->inverse, operation->done);
  g_autoptr (UiRich) text = ui_rich_new ();
  ui_rich_line (text, UI_STYLE_FAILED, result->problem != NULL ? result->problem->what : result->text);
  if (result->problem != NULL && result->problem->next != NULL)
    ui_rich_line (text, UI_STYLE_STRONG, result->problem->next);
  ui_app_message (app, _ ("It was not undone"), text);
}

static void
invert (gpointer host, gpointer owner, gconstpointer data)
{
  const Operation *operation = data;
  (void) owner;
  ui_operate_inverse (ui_app_session (host), operation->inverse, inverted,
                      operation_new (host, operation->inverse, operation->done));
}

void
ui_app_undoable_result (UiApp *app, const UiResult *result)
{
  if (result->ok && result->inverse != NULL)
    ui_app_undoable_inverse (app, result->inverse, result->text);
}

/* ---- lists ---- */

void
ui_app_list_before (UiApp *app, UiListState *state)
{
  UiScreen *screen = ui_app_screen (app);
  UiList *list = screen != NULL && screen->class->list != NULL ? screen->class->list (screen) : NULL;
  memset (state, 0, sizeof *state);
  if (list == NULL)
    return;
  state->screen = screen;
  state->filter = g_strdup (ui_list_filter (list));
  state->sort = ui_list_sort (list, &state->descending);
}

static void
state_free (gpointer data)
{
  UiListState *state = data;
  g_free (state->filter);
  g_free (state);
}

static void
filter_again (gpointer host, gpointer owner, gconstpointer data)
{
  UiScreen *screen = owner;
  ui_list_set_filter (screen->class->list (screen), data);
  ui_app_redraw (host);
}

static void
sort_again (gpointer host, gpointer owner, gconstpointer data)
{
  UiScreen *screen = owner;
  const UiListState *state = data;
  ui_list_set_sort (screen->class->list (screen), state->sort, state->descending);
  ui_app_redraw (host);
}

static gboolean
is_open (UiApp *app, UiScreen *screen)
{
  return screen != NULL && g_ptr_array_find (app->stack, screen, NULL);
}

void
ui_app_list_after (UiApp *app, UiListState *state)
{
  g_autofree char *filter = g_steal_pointer (&state->filter);
  if (!is_open (app, state->screen))
    return;
  UiList *list = state->screen->class->list (state->screen);
  const char *title = cr_translate (state->screen->class->title);
  gboolean descending = FALSE;
  int sort = ui_list_sort (list, &descending);
  if (*filter != '\0' && *ui_list_filter (list) == '\0') {
    g_autofree char *done = g_strdup_printf (_ ("%s: the filter \"%s\" was cleared"), title, filter);
    ui_app_undoable (app, &(UiUndoStep){ .done = done,
                                         .run = filter_again,
                                         .data = g_steal_pointer (&filter),
                                         .free_data = g_free,
                                         .owner = state->screen });
  }
  if (sort != state->sort || descending != state->descending) {
    g_autofree char *done = g_strdup_printf (_ ("%s: sorted in another order"), title);
    UiListState *before = g_new0 (UiListState, 1);
    before->sort = state->sort;
    before->descending = state->descending;
    ui_app_undoable (app, &(UiUndoStep){ .done = done,
                                         .run = sort_again,
                                         .data = before,
                                         .free_data = state_free,
                                         .owner = state->screen,
                                         .merge = "sort" });
  }
}
