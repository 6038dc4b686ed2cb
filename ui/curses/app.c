/* SPDX-License-Identifier: MIT
 * The app: start, stack of screens, dispatch of events, telling (app.h).
 */
#include "ui/curses/app-private.h"

#include "base/error.h"
#include "base/translate.h"
#include "ui/curses/screens/sign-in.h"
#include "ui/model/operations.h"

#include <stdarg.h>
#include <string.h>

#define TOAST_SECONDS 4
#define HOME "journey"

UiSession *
ui_app_session (UiApp *app)
{
  return app->session;
}

UiSettings *
ui_app_settings (UiApp *app)
{
  return app->settings;
}

gboolean
ui_app_read_only (UiApp *app)
{
  return app->options.read_only;
}

gboolean
ui_app_possible (void)
{
  return ui_terminal_possible ();
}

void
ui_app_redraw (UiApp *app)
{
  if (app->loop != NULL)
    ui_loop_dirty (app->loop);
}

UiScreen *
ui_app_screen (UiApp *app)
{
  return app->stack->len > 0 ? g_ptr_array_index (app->stack, app->stack->len - 1) : NULL;
}

/* --- the stack of screens --- */

static void
show_screen (UiScreen *screen, gboolean shown)
{
  if (screen != NULL && screen->class->shown != NULL)
    screen->class->shown (screen, shown);
}

static void
screen_free (gpointer data)
{
  UiScreen *screen = data;
  ui_undo_forget (screen->app->undo, screen);
  if (screen->class->close != NULL)
    screen->class->close (screen);
  g_free (screen->state);
  g_free (screen->object);
  g_free (screen);
}

static void
update_title (UiApp *app)
{
  UiScreen *screen = ui_app_screen (app);
  const char *persona = ui_session_persona (app->session);
  g_autofree char *title = g_strdup_printf ("cleanroom%s%s%s%s", persona != NULL ? " " : "",
                                            persona != NULL ? persona : "", screen != NULL ? ": " : "",
                                            screen != NULL ? cr_translate (screen->class->title) : "");
  ui_terminal_set_title (app->terminal, title);
}

static void
push_screen (UiApp *app, const UiScreenClass *class, const char *object)
{
  show_screen (ui_app_screen (app), FALSE);
  UiScreen *screen = g_new0 (UiScreen, 1);
  screen->class = class;
  screen->app = app;
  screen->object = g_strdup (object);
  screen->state = g_malloc0 (MAX (class->state_size, 1));
  g_ptr_array_add (app->stack, screen);
  if (class->open != NULL)
    class->open (screen, object);
  if (ui_app_screen (app) != screen)
    return; /* it opened another one at once */
  const char *place = object == NULL ? g_hash_table_lookup (app->places, class->id) : NULL;
  if (place != NULL)
    class->recall (screen, place);
  show_screen (screen, TRUE);
  if (class->update != NULL)
    class->update (screen, class->watches);
  update_title (app);
  ui_app_redraw (app);
}

/* It is freed later: one of its own functions may be running. */
static void
pop_screen (UiApp *app)
{
  UiScreen *screen = g_ptr_array_steal_index (app->stack, app->stack->len - 1);
  char *place = screen->class->remember != NULL ? screen->class->remember (screen) : NULL;
  if (place != NULL)
    g_hash_table_replace (app->places, g_strdup (screen->class->id), place);
  show_screen (screen, FALSE);
  g_ptr_array_add (app->closing, screen);
}

void
ui_app_open (UiApp *app, const char *id, const char *object)
{
  const UiScreenClass *class = ui_screen_find (id);
  UiScreen *screen = ui_app_screen (app);
  if (class == NULL) {
    ui_app_toast (app, UI_STATE_WARNING, _ ("There is no screen \"%s\"."), id);
    return;
  }
  if (screen != NULL && screen->class == class && g_strcmp0 (screen->object, object) == 0)
    return;
  push_screen (app, class, object);
}

void
ui_app_switch (UiApp *app, const char *id, const char *object)
{
  const UiScreenClass *class = ui_screen_find (id);
  if (class == NULL) {
    ui_app_toast (app, UI_STATE_WARNING, _ ("There is no screen \"%s\"."), id);
    return;
  }
  UiScreen *screen = ui_app_screen (app);
  if (screen != NULL && screen->class->before_close != NULL && screen->class->before_close (screen))
    return;
  while (app->stack->len > 0)
    pop_screen (app);
  push_screen (app, class, object);
}

void
ui_app_back (UiApp *app)
{
  UiScreen *screen = ui_app_screen (app);
  if (screen->class->before_close != NULL && screen->class->before_close (screen))
    return;
  if (app->stack->len > 1) {
    pop_screen (app);
    UiScreen *below = ui_app_screen (app);
    show_screen (below, TRUE);
    if (below->class->update != NULL)
      below->class->update (below, below->class->watches);
    update_title (app);
    ui_app_redraw (app);
  } else if (ui_app_stop_waiting (app)) {
    return;
  } else if (strcmp (screen->class->id, HOME) != 0 && ui_session_persona (app->session) != NULL) {
    ui_app_switch (app, HOME, NULL);
  } else {
    g_autofree char *key = ui_app_action_key (app, "app.quit");
    ui_app_toast (app, UI_STATE_INFO, _ ("This is the first screen. %s leaves the program."), key);
  }
}

/* --- overlays --- */

void
ui_overlay_free (UiOverlay *overlay)
{
  if (overlay == NULL)
    return;
  ui_menu_free (overlay->menu);
  ui_dialog_free (overlay->dialog);
  ui_picker_free (overlay->picker);
  g_free (overlay->field);
  if (overlay->free_data != NULL)
    overlay->free_data (overlay->data);
  if (overlay->free_draft != NULL)
    overlay->free_draft (overlay->draft);
  g_free (overlay);
}

void
ui_app_push_overlay (UiApp *app, UiOverlay *overlay)
{
  g_ptr_array_add (app->overlays, overlay);
  ui_app_redraw (app);
}

/* --- telling --- */

void
ui_app_toast (UiApp *app, UiState state, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_free (app->toast);
  app->toast = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  app->toast_state = state;
  gint64 seconds = TOAST_SECONDS + (gint64) strlen (app->toast) / 40;
  app->toast_until_us = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  ui_app_redraw (app);
}

void
ui_app_activity (UiApp *app, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_free (app->activity);
  app->activity = g_strdup_vprintf (format, arguments);
  app->activity_undo = FALSE;
  va_end (arguments);
  ui_app_redraw (app);
}

/* --- events --- */

static gboolean
is_typing (UiScreen *screen)
{
  return screen != NULL && screen->class->typing != NULL && screen->class->typing (screen);
}

static gboolean
open_by_digit (UiApp *app, UiKeyCode key)
{
  const UiScreenClass *const *screens = ui_screens ();
  for (guint i = 0; screens[i] != NULL; i++)
    if (screens[i]->key != 0 && key == (UiKeyCode) screens[i]->key) {
      ui_app_switch (app, screens[i]->id, NULL);
      return TRUE;
    }
  return FALSE;
}

static void
on_key (UiApp *app, UiKeyCode key)
{
  UiScreen *screen = ui_app_screen (app);
  if (is_typing (screen) && ui_key_is_text (key))
    return;
  const UiAction *action = ui_action_for_key (app, key);
  if (action != NULL)
    ui_action_run (app, action);
  else
    open_by_digit (app, key);
}

static gboolean
on_hint_click (UiApp *app, const UiEvent *event)
{
  for (guint i = 0; i <= app->hints->len; i++) {
    UiHint hint = i < app->hints->len ? g_array_index (app->hints, UiHint, i) : app->undo_hint;
    if (hint.action != NULL && event->row == hint.row && event->column >= hint.from
        && event->column < hint.to) {
      ui_action_run (app, hint.action);
      return TRUE;
    }
  }
  return FALSE;
}

static void
on_event (const UiEvent *event, gpointer data)
{
  UiApp *app = data;
  if (event->kind == UI_EVENT_PASTE && event->cut > 0)
    ui_app_toast (app, UI_STATE_WARNING, _ ("Only the first %d KiB of what was pasted are taken."),
                  UI_PASTE_MAX / 1024);
  if (ui_event_is (event, 'z' | UI_KEY_CTRL)) {
    ui_terminal_suspend (app->terminal);
    return;
  }
  if (ui_event_is (event, 'l' | UI_KEY_CTRL))
    ui_terminal_repaint (app->terminal);
  if (app->overlays->len > 0) {
    ui_overlay_event (app, g_ptr_array_index (app->overlays, app->overlays->len - 1), event);
    return;
  }
  if (event->kind == UI_EVENT_CLICK && on_hint_click (app, event))
    return;
  UiScreen *screen = ui_app_screen (app);
  if (screen == NULL)
    return;
  UiListState before;
  ui_app_list_before (app, &before);
  gboolean handled = screen->class->event != NULL && screen->class->event (screen, event);
  ui_app_list_after (app, &before);
  if (!handled && event->kind == UI_EVENT_KEY)
    on_key (app, event->key);
}

static gboolean
is_busy (gpointer data)
{
  UiApp *app = data;
  return !ui_session_idle (app->session);
}

static gboolean
is_settling (gpointer data)
{
  UiApp *app = data;
  UiScreen *screen = ui_app_screen (app);
  return app->overlays->len == 0 && screen != NULL && screen->class->settling != NULL
         && screen->class->settling (screen);
}

static void
on_leave (gpointer data)
{
  UiApp *app = data;
  ui_loop_quit (app->loop);
}

static const UiLoopClass loop_class = {
  .draw = ui_app_draw, .event = on_event, .busy = is_busy, .settling = is_settling, .leave = on_leave
};

static void
on_change (UiSession *session, guint models, gpointer data)
{
  UiApp *app = data;
  (void) session;
  for (guint i = 0; i < app->stack->len; i++) {
    UiScreen *screen = g_ptr_array_index (app->stack, i);
    guint changed = models & screen->class->watches;
    if (changed != 0 && screen->class->update != NULL)
      screen->class->update (screen, changed);
  }
  ui_app_refresh_palette (app, models);
  if (models & UI_MODEL_BIT (UI_MODEL_SIGN_IN))
    ui_sign_in_watch (app, &app->sign_in_seen);
  ui_app_redraw (app);
}

/* --- start and end --- */

static void
leave (UiApp *app, const char *answer, gpointer data)
{
  (void) answer;
  (void) data;
  ui_loop_quit (app->loop);
}

void
ui_app_quit (UiApp *app)
{
  g_autofree char *text = ui_session_quit_text (app->session);
  if (text == NULL) {
    ui_loop_quit (app->loop);
    return;
  }
  g_autoptr (UiRich) rich = ui_rich_new ();
  ui_rich_add (rich, UI_STYLE_TEXT, text);
  ui_app_confirm (app, _ ("Leave while work runs?"), rich, _ ("Leave"), leave, NULL, NULL);
}

void
ui_app_settings_changed (UiApp *app)
{
  UiSettings *settings = app->settings;
  ui_terminal_set_theme (app->terminal, settings->theme);
  ui_terminal_set_mouse (app->terminal, settings->mouse && !app->options.no_mouse);
  ui_terminal_set_ascii (app->terminal, settings->ascii || app->options.ascii);
  ui_session_set_refresh (app->session, settings->refresh * 1000);
  ui_app_redraw (app);
}

void
ui_app_environment_changed (UiApp *app)
{
  g_autofree char *before = g_strdup (ui_session_environment (app->session));
  g_autofree char *text = ui_session_environment_again (app->session);
  if (strcmp (before, ui_session_environment (app->session)) != 0)
    ui_undo_clear (app->undo);
  ui_app_toast (app, UI_STATE_DONE, "%s", text);
}

static void
app_free (UiApp *app)
{
  if (app == NULL)
    return;
  if (app->script_timer != 0)
    g_source_remove (app->script_timer);
  g_ptr_array_unref (app->overlays);
  while (app->stack->len > 0)
    pop_screen (app);
  g_ptr_array_unref (app->stack);
  g_ptr_array_unref (app->closing);
  ui_loop_free (app->loop);
  /* The terminal is back before the session ends: it may have to wait for a job. */
  ui_terminal_close (app->terminal);
  ui_session_free (app->session);
  ui_settings_free (app->settings);
  g_array_unref (app->hints);
  g_ptr_array_unref (app->recent);
  g_hash_table_unref (app->places);
  g_clear_pointer (&app->script, g_ptr_array_unref);
  g_free (app->toast);
  ui_undo_free (app->undo);
  ui_app_draft_close (app);
  g_free (app->activity);
  g_free (app->sign_in_seen);
  g_free (app);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiApp, app_free)

static UiApp *
app_new (const UiAppOptions *options)
{
  UiApp *app = g_new0 (UiApp, 1);
  app->options = *options;
  app->stack = g_ptr_array_new_with_free_func (screen_free);
  app->closing = g_ptr_array_new_with_free_func (screen_free);
  app->overlays = g_ptr_array_new_with_free_func ((GDestroyNotify) ui_overlay_free);
  app->hints = g_array_new (FALSE, FALSE, sizeof (UiHint));
  app->undo = ui_undo_new ();
  app->recent = g_ptr_array_new_with_free_func (g_free);
  app->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return app;
}

static gboolean
open_terminal (UiApp *app, GError **error)
{
  UiTerminalOptions options = {
    .mouse = app->settings->mouse && !app->options.no_mouse,
    .ascii = app->settings->ascii || app->options.ascii,
    .theme = app->options.theme != NULL ? app->options.theme : app->settings->theme,
  };
  app->terminal = ui_terminal_open (&options, error);
  return app->terminal != NULL;
}

static void
open_session (UiApp *app)
{
  const UiAppOptions *options = &app->options;
  UiSessionOptions session = {
    .state_dir = options->state_dir,
    .environment = options->environment,
    .as = options->as,
    .scenario = options->scenario != NULL ? options->scenario : app->settings->scenario,
    .persona = options->persona,
    .read_only = options->read_only,
    .presenter = options->present,
    .auto_approve = options->present,
    .own_keyring = options->own_keyring || options->present,
    .refresh_ms = app->settings->refresh * 1000,
  };
  app->session = ui_session_new (&session);
  ui_session_on_change (app->session, on_change, app);
}

int
ui_app_run (const UiAppOptions *options, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *path = ui_settings_path ();
  g_autoptr (UiApp) app = app_new (options);
  app->settings = ui_settings_load (path, &problem);
  if (options->theme != NULL && strcmp (options->theme, "auto") != 0
      && ui_theme_find (options->theme) == NULL) {
    cr_set_error (error, CR_ERROR_USAGE,
                  _ ("Themes: auto, dark, light, high-contrast, deuteranopia, tritanopia, monochrome."),
                  _ ("There is no theme \"%s\"."), options->theme);
    return cr_error_exit_code (error != NULL ? *error : NULL);
  }
  if (!open_terminal (app, error) || !ui_app_start_script (app, error))
    return cr_error_exit_code (error != NULL ? *error : NULL);
  app->loop = ui_loop_new (app->terminal, &loop_class, app);
  open_session (app);
  const char *first = options->screen != NULL                        ? options->screen
                      : options->persona != NULL || options->present ? HOME
                                                                     : "choose";
  push_screen (app, ui_screen_find (first) != NULL ? ui_screen_find (first) : ui_screens ()[0], NULL);
  if (problem != NULL)
    ui_app_fail (app, _ ("Your settings are not used"), problem);
  else if (ui_session_environment_problem (app->session) != NULL)
    ui_app_fail (app, _ ("The local environment is used"), ui_session_environment_problem (app->session));
  ui_loop_run (app->loop);
  return app->exit_code;
}
