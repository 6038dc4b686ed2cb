/* SPDX-License-Identifier: MIT
 * What lies over a screen: drawing it, giving it events, passing on its answer.
 */
#include "ui/curses/app-private.h"

static void
draw_menu (UiOverlay *overlay, UiRect whole)
{
  int rows, columns;
  ui_menu_size (overlay->menu, &rows, &columns);
  if (!overlay->narrow) { /* searched menus keep their size while they are typed into */
    columns = MAX (columns, 60);
    rows = MAX (rows, whole.rows - 6);
  }
  ui_menu_draw (overlay->menu,
                ui_rect_centre (whole, MIN (rows, whole.rows - 2), MIN (columns, whole.columns - 4)));
}

void
ui_overlay_draw (UiOverlay *overlay, UiRect whole)
{
  if (overlay->menu != NULL)
    draw_menu (overlay, whole);
  if (overlay->dialog != NULL)
    ui_dialog_draw (overlay->dialog, whole);
  if (overlay->picker != NULL)
    ui_picker_draw (overlay->picker, whole);
}

/* Take OVERLAY off, then call back with the answer: the callback may open the next one. */
static void
finish (UiApp *app, UiOverlay *overlay, gboolean yes, const char *answer)
{
  g_autofree char *kept = g_strdup (answer);
  guint index;
  if (!g_ptr_array_find (app->overlays, overlay, &index))
    return;
  g_ptr_array_steal_index (app->overlays, index);
  if (yes)
    ui_app_draft_sent (app, overlay);
  if (yes && overlay->form_done != NULL)
    overlay->form_done (app, ui_dialog_get_form (overlay->dialog), overlay->data);
  else if (yes && overlay->done != NULL)
    overlay->done (app, kept, overlay->data);
  ui_overlay_free (overlay);
}

static void
menu_event (UiApp *app, UiOverlay *overlay, const UiEvent *event)
{
  switch (ui_menu_event (overlay->menu, event)) {
  case UI_MENU_TAKEN: {
    const char *reason = ui_menu_disabled (overlay->menu);
    if (reason != NULL)
      ui_app_toast (app, UI_STATE_WARNING, "%s", reason);
    else
      finish (app, overlay, TRUE, ui_menu_selected (overlay->menu));
    break;
  }
  case UI_MENU_CANCEL:
    finish (app, overlay, FALSE, NULL);
    break;
  default:
    break;
  }
}

static void
dialog_event (UiApp *app, UiOverlay *overlay, const UiEvent *event)
{
  UiDialogResult result = ui_dialog_event (overlay->dialog, event);
  if (result == UI_DIALOG_OPEN)
    return;
  UiForm *form = ui_dialog_get_form (overlay->dialog);
  const char *answer = form != NULL && overlay->field != NULL ? ui_form_value (form, overlay->field) : NULL;
  finish (app, overlay, result == UI_DIALOG_YES, answer);
}

void
ui_overlay_event (UiApp *app, UiOverlay *overlay, const UiEvent *event)
{
  if (overlay->menu != NULL) {
    menu_event (app, overlay, event);
  } else if (overlay->dialog != NULL) {
    dialog_event (app, overlay, event);
  } else if (overlay->picker != NULL) {
    UiPickerResult result = ui_picker_event (overlay->picker, event);
    if (result != UI_PICKER_OPEN)
      finish (app, overlay, result == UI_PICKER_TAKEN, ui_picker_path (overlay->picker));
  }
}
