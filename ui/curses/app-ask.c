/* SPDX-License-Identifier: MIT
 * Messages and questions of screens as overlays (app.h).
 */
#include "ui/curses/app-private.h"

#include "base/error.h"
#include "base/translate.h"

static void
push_dialog (UiApp *app, UiDialog *dialog, UiAppDone done, gpointer data, GDestroyNotify free_data)
{
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->dialog = dialog;
  overlay->done = done;
  overlay->data = data;
  overlay->free_data = free_data;
  ui_app_push_overlay (app, overlay);
}

void
ui_app_message (UiApp *app, const char *title, UiRich *text)
{
  push_dialog (app, ui_dialog_message (title, text), NULL, NULL, NULL);
}

void
ui_app_fail (UiApp *app, const char *title, const GError *error)
{
  g_autoptr (UiRich) text = ui_rich_new ();
  ui_rich_line (text, UI_STYLE_FAILED,
                error != NULL ? error->message : _ ("It failed for an unknown reason."));
  const char *remote = cr_error_remote_message (error), *code = cr_error_remote_code (error);
  const char *hint = cr_error_hint (error), *correlation = cr_error_correlation_id (error);
  if (remote != NULL || code != NULL) {
    ui_rich_end (text);
    ui_rich_pair (text, 16, _ ("It answered"), UI_STYLE_TEXT, remote != NULL ? remote : code);
    ui_rich_pair (text, 16, _ ("Code"), UI_STYLE_CODE, code);
    ui_rich_pair (text, 16, _ ("Correlation"), UI_STYLE_CODE, correlation);
  }
  if (hint != NULL) {
    ui_rich_end (text);
    ui_rich_pair (text, 16, _ ("What to do"), UI_STYLE_STRONG, hint);
  }
  ui_app_message (app, title, text);
}

void
ui_app_confirm (UiApp *app, const char *title, UiRich *text, const char *yes, UiAppDone done, gpointer data,
                GDestroyNotify free_data)
{
  push_dialog (app, ui_dialog_confirm (title, text, yes, _ ("Cancel"), FALSE), done, data, free_data);
}

void
ui_app_confirm_typed (UiApp *app, const char *title, UiRich *text, const char *word, const char *yes,
                      UiAppDone done, gpointer data, GDestroyNotify free_data)
{
  push_dialog (app, ui_dialog_typed (title, text, word, yes), done, data, free_data);
}

void
ui_app_ask_form (UiApp *app, const char *title, UiRich *text, UiForm *form, UiAppFormDone done, gpointer data,
                 GDestroyNotify free_data)
{
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->dialog = ui_dialog_form (title, text, form);
  overlay->form_done = done;
  overlay->data = data;
  overlay->free_data = free_data;
  ui_app_push_overlay (app, overlay);
}

void
ui_app_ask (UiApp *app, const char *title, const char *label, const char *initial, gboolean required,
            UiAppDone done, gpointer data, GDestroyNotify free_data)
{
  UiForm *form = ui_form_new ();
  UiFieldSpec field = {
    .id = "answer", .label = label, .kind = UI_FIELD_TEXT, .required = required, .value = initial
  };
  ui_form_add (form, &field);
  ui_form_set_button (form, _ ("OK"));
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->dialog = ui_dialog_form (title, NULL, form);
  overlay->field = g_strdup ("answer");
  overlay->done = done;
  overlay->data = data;
  overlay->free_data = free_data;
  ui_app_push_overlay (app, overlay);
}

void
ui_app_ask_path (UiApp *app, const char *title, const char *initial, gboolean folder, gboolean new_file,
                 UiAppDone done, gpointer data, GDestroyNotify free_data)
{
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->picker = ui_picker_new (title, initial, folder, new_file);
  overlay->done = done;
  overlay->data = data;
  overlay->free_data = free_data;
  ui_app_push_overlay (app, overlay);
}

void
ui_app_choose (UiApp *app, const char *title, const char *const *ids, const char *const *titles,
               UiAppDone done, gpointer data, GDestroyNotify free_data)
{
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  guint count = g_strv_length ((char **) (gsize) ids);
  overlay->menu = ui_menu_new (title, _ ("type to search"));
  ui_menu_set_filter (overlay->menu, count > 9);
  for (guint i = 0; i < count; i++)
    ui_menu_add (overlay->menu, ids[i], titles != NULL ? titles[i] : ids[i], NULL, NULL, NULL);
  overlay->narrow = TRUE;
  overlay->done = done;
  overlay->data = data;
  overlay->free_data = free_data;
  ui_app_push_overlay (app, overlay);
}
