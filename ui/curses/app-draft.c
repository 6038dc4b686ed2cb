/* SPDX-License-Identifier: MIT
 * Forms in dialogs keep what was typed, as the forms of steps do: closed, cancelled or killed, the next one
 * of its name shows it again. Secrets are left out; what was sent is forgotten when it was taken (app.h).
 */
#include "ui/curses/app-private.h"

#include "ui/model/operations.h"

typedef struct {
  UiApp *app;
  UiForm *form; /* only compared: it may be gone */
  char *persona, *name;
} Draft;

static void
draft_free (gpointer data)
{
  Draft *draft = data;
  g_free (draft->persona);
  g_free (draft->name);
  g_free (draft);
}

static UiOverlay *
overlay_of (UiApp *app, const UiForm *form)
{
  for (guint i = 0; i < app->overlays->len; i++) {
    UiOverlay *overlay = g_ptr_array_index (app->overlays, i);
    if (overlay->dialog != NULL && ui_dialog_get_form (overlay->dialog) == form)
      return overlay;
  }
  return NULL;
}

static void
changed (const char *id, const char *text, gpointer data)
{
  UiOverlay *overlay = data;
  Draft *draft = overlay->draft;
  (void) id;
  (void) text;
  overlay->typed = TRUE;
  g_autoptr (GHashTable) values = ui_form_kept_values (draft->form);
  ui_keep_draft_of (draft->app->session, draft->persona, draft->name, values);
}

/* The draft has come: into the form, unless it is gone or was typed into meanwhile. */
static void
loaded (UiSession *session, GHashTable *values, gpointer data)
{
  Draft *draft = data;
  UiOverlay *overlay = overlay_of (draft->app, draft->form);
  (void) session;
  if (overlay != NULL && !overlay->typed && values != NULL) {
    GHashTableIter iter;
    gpointer name, text;
    g_hash_table_iter_init (&iter, values);
    while (g_hash_table_iter_next (&iter, &name, &text))
      ui_form_set_value (draft->form, name, text);
    ui_app_redraw (draft->app);
  }
}

static Draft *
draft_new (UiApp *app, UiForm *form, const char *name)
{
  Draft *draft = g_new0 (Draft, 1);
  draft->app = app;
  draft->form = form;
  draft->persona = g_strdup (ui_session_persona (app->session));
  draft->name = g_strconcat (UI_FORM_DRAFT, name, NULL);
  return draft;
}

void
ui_app_keep_typed (UiApp *app, const char *name)
{
  UiOverlay *overlay = app->overlays->len > 0 ? g_ptr_array_index (app->overlays, app->overlays->len - 1)
                                              : NULL;
  UiForm *form = overlay != NULL && overlay->dialog != NULL ? ui_dialog_get_form (overlay->dialog) : NULL;
  if (form == NULL || ui_session_persona (app->session) == NULL)
    return;
  overlay->draft = draft_new (app, form, name);
  overlay->free_draft = draft_free;
  ui_form_set_changed (form, changed, overlay);
  Draft *wanted = draft_new (app, form, name);
  ui_load_draft (app->session, wanted->persona, wanted->name, loaded, wanted, draft_free);
}

void
ui_app_draft_sent (UiApp *app, UiOverlay *overlay)
{
  const Draft *draft = overlay->draft;
  if (draft == NULL)
    return;
  g_clear_pointer (&app->sent_draft, draft_free);
  app->sent_draft = draft_new (app, NULL, draft->name + sizeof UI_FORM_DRAFT - 1);
}

void
ui_app_sent (UiApp *app, gboolean taken)
{
  Draft *draft = g_steal_pointer (&app->sent_draft);
  if (draft == NULL)
    return;
  if (taken)
    ui_keep_draft_of (app->session, draft->persona, draft->name, NULL);
  draft_free (draft);
}

void
ui_app_draft_close (UiApp *app)
{
  g_clear_pointer (&app->sent_draft, draft_free);
}
