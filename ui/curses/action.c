/* SPDX-License-Identifier: MIT
 * The table of what can be done anywhere, and the one place where actions are looked up, refused and run.
 */
#include "ui/curses/app-private.h"

#include "base/translate.h"
#include "ui/curses/screens/show.h"
#include "ui/model/operations.h"

#include <string.h>

static void
run_quit (UiScreen *screen)
{
  ui_app_quit (screen->app);
}

static void
run_back (UiScreen *screen)
{
  ui_app_back (screen->app);
}

static void
run_help (UiScreen *screen)
{
  ui_app_open_help (screen->app);
}

static void
run_palette (UiScreen *screen)
{
  ui_app_open_palette (screen->app);
}

static void
run_help_page (UiScreen *screen)
{
  ui_app_open (screen->app, "help", NULL);
}

static void
run_refresh (UiScreen *screen)
{
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++)
    if (screen->class->watches & UI_MODEL_BIT (kind))
      ui_session_refresh (screen->app->session, (UiModelKind) kind);
  ui_app_toast (screen->app, UI_STATE_INFO, "%s", _ ("Reading again."));
}

static const char *
nothing_to_copy (UiScreen *screen)
{
  return screen->class->copy == NULL ? "" : NULL;
}

static void
run_copy (UiScreen *screen)
{
  g_autofree char *text = screen->class->copy (screen);
  if (text == NULL || *text == '\0')
    ui_app_toast (screen->app, UI_STATE_INFO, "%s", _ ("There is nothing to copy here."));
  else
    ui_app_copy (screen->app, _ ("What is selected"), text);
}

static const char *
no_fields (UiScreen *screen)
{
  return ui_app_has_fields (screen) ? NULL : "";
}

static void
run_copy_field (UiScreen *screen)
{
  ui_app_copy_field (screen->app);
}

static const char *
nothing_to_undo (UiScreen *screen)
{
  return ui_undo_last (screen->app->undo) == NULL ? _ ("Nothing was done that can be taken back.") : NULL;
}

static void
run_undo (UiScreen *screen)
{
  ui_app_undo (screen->app);
}

static void
run_repaint (UiScreen *screen)
{
  ui_terminal_repaint (screen->app->terminal);
  ui_app_redraw (screen->app);
}

static void
run_suspend (UiScreen *screen)
{
  ui_terminal_suspend (screen->app->terminal);
  ui_app_redraw (screen->app);
}

gboolean
ui_app_stop_waiting (UiApp *app)
{
  gint64 since_ms = 0;
  const char *whom = ui_session_waits_for (app->session, &since_ms);
  if (whom == NULL || g_get_real_time () / 1000 - since_ms < UI_APP_WAIT_MS
      || !ui_session_stop_reading (app->session))
    return FALSE;
  g_autofree char *key = ui_app_action_key (app, "app.refresh");
  ui_app_toast (app, UI_STATE_CANCELLED, _ ("No longer waiting for it; %s reads it again."), key);
  return TRUE;
}

/* The first Ctrl-C stops what runs or is waited for, the next one leaves. */
static void
run_interrupt (UiScreen *screen)
{
  UiApp *app = screen->app;
  g_autoptr (GPtrArray) jobs = ui_session_jobs (app->session);
  if (jobs->len == 0 && !app->interrupted && ui_app_stop_waiting (app)) {
    app->interrupted = TRUE;
    return;
  }
  if (jobs->len == 0 || app->interrupted) {
    ui_app_quit (app);
    return;
  }
  app->interrupted = TRUE;
  for (guint i = 0; i < jobs->len; i++)
    ui_job_cancel (g_ptr_array_index (jobs, i));
  ui_app_toast (app, UI_STATE_CANCELLED, "%s", _ ("Stopping what runs. Ctrl-C again leaves the program."));
}

/* A picture of its own: what lay over the screen when it was asked for is not part of it. */
void
ui_app_save_screen (UiApp *app, const char *path)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (ui_terminal_rows (app->terminal),
                                               ui_terminal_columns (app->terminal),
                                               ui_terminal_ascii (app->terminal));
  ui_app_draw (ui_canvas_rect (canvas), app);
  ui_canvas_finish (canvas);
  g_autofree char *picture = ui_canvas_text (canvas);
  ui_save_text (app->session, picture, path, ui_show_result, app);
}

static void
save_screen (UiApp *app, const char *path, gpointer data)
{
  (void) data;
  ui_app_save_screen (app, path);
}

static void
run_save_screen (UiScreen *screen)
{
  ui_app_ask_path (screen->app, _ ("Save this screen as text"), "screen.txt", FALSE, TRUE, save_screen, NULL,
                   NULL);
}

const UiAction ui_global_actions[] = {
  { "app.quit", N_ ("quit"),
    N_ ("Leave the program. It asks when work runs and says what goes on and what stops."), "q",
    UI_ACTION_PLAIN, NULL, run_quit },
  { "app.palette", N_ ("commands"),
    N_ ("Every action and every object by name: type a part of it, Enter takes it."), ":", UI_ACTION_PLAIN,
    NULL, run_palette },
  { "app.help", N_ ("help"), N_ ("What this screen is for and what can be done here."), "?", UI_ACTION_PLAIN,
    NULL, run_help },
  { "app.help-page", N_ ("all help"), N_ ("The whole help: keys, screens, words and files."), "F1",
    UI_ACTION_HIDDEN, NULL, run_help_page },
  { "app.back", N_ ("back"), N_ ("Close this screen and go back to the one before."), "Esc", UI_ACTION_HIDDEN,
    NULL, run_back },
  { "app.refresh", N_ ("read again"), N_ ("Read again what this screen shows."), "Ctrl-r F5",
    UI_ACTION_HIDDEN, NULL, run_refresh },
  { "app.copy", N_ ("copy"), N_ ("Copy what is selected to the clipboard, also through ssh and tmux."), "y",
    UI_ACTION_HIDDEN, nothing_to_copy, run_copy },
  { "app.copy-field", N_ ("copy a field..."),
    N_ ("Copy one field of what is selected: choose it by typing a part of it."), "Y", UI_ACTION_HIDDEN,
    no_fields, run_copy_field },
  { "app.undo", N_ ("undo"),
    N_ ("Take back what was done last: a setting, a key, a filter, an order, cleared answers, a switch, a proposal that "
        "is still open. A vote, a deleted key and what is published cannot be taken back."),
    "U Ctrl-_", UI_ACTION_HIDDEN, nothing_to_undo, run_undo },
  { "app.interrupt", N_ ("stop work"), N_ ("Stop what runs; once more leaves the program."), "Ctrl-c",
    UI_ACTION_HIDDEN, NULL, run_interrupt },
  { "app.repaint", N_ ("paint again"), N_ ("Paint the whole screen again, when other output has damaged it."),
    "Ctrl-l", UI_ACTION_HIDDEN, NULL, run_repaint },
  { "app.suspend", N_ ("suspend"), N_ ("Go back to the shell; \"fg\" returns."), "Ctrl-z", UI_ACTION_HIDDEN,
    NULL, run_suspend },
  { "app.save-screen", N_ ("save screen"), N_ ("Write this screen to a file as plain text."), NULL,
    UI_ACTION_HIDDEN, NULL, run_save_screen },
  UI_ACTIONS_END,
};

/* Keys as bound now; borrowed; NULL = none. */
static const char *
ui_action_keys (UiApp *app, const UiAction *action)
{
  const char *bound = g_hash_table_lookup (app->settings->keys, action->id);
  return bound != NULL ? bound : action->keys;
}

const char *
ui_action_why_not (UiApp *app, const UiAction *action)
{
  UiScreen *screen = ui_app_screen (app);
  const char *reason = action->why_not != NULL && screen != NULL ? action->why_not (screen) : NULL;
  if (reason != NULL && *reason == '\0')
    return reason;
  if ((action->flags & UI_ACTION_CHANGES) && ui_app_read_only (app))
    return _ ("The program was started with --read-only, which changes nothing.");
  return reason;
}

/* The action of KEY in TABLE; one that cannot be done now is second choice. */
static const UiAction *
search_key (UiApp *app, const UiAction *table, UiKeyCode key)
{
  const UiAction *second = NULL;
  for (const UiAction *action = table; action != NULL && action->id != NULL; action++) {
    if (!ui_keys_match (ui_action_keys (app, action), key))
      continue;
    const char *reason = ui_action_why_not (app, action);
    if (reason == NULL)
      return action;
    if (*reason != '\0' && second == NULL)
      second = action;
  }
  return second;
}

const UiAction *
ui_action_for_key (UiApp *app, UiKeyCode key)
{
  UiScreen *screen = ui_app_screen (app);
  const UiAction *found = screen != NULL ? search_key (app, screen->class->actions, key) : NULL;
  return found != NULL ? found : search_key (app, ui_global_actions, key);
}

const UiAction *
ui_action_find (UiApp *app, const char *id)
{
  UiScreen *screen = ui_app_screen (app);
  for (const UiAction *action = screen != NULL ? screen->class->actions : NULL;
       action != NULL && action->id != NULL; action++)
    if (strcmp (action->id, id) == 0)
      return action;
  for (const UiAction *action = ui_global_actions; action->id != NULL; action++)
    if (strcmp (action->id, id) == 0)
      return action;
  return NULL;
}

gboolean
ui_action_run (UiApp *app, const UiAction *action)
{
  const char *reason = ui_action_why_not (app, action);
  if (reason != NULL) {
    ui_app_toast (app, UI_STATE_WARNING, "%s: %s", cr_translate (action->title),
                  *reason != '\0' ? reason : _ ("it makes no sense here."));
    return FALSE;
  }
  if (strcmp (action->id, "app.interrupt") != 0)
    app->interrupted = FALSE;
  UiListState before = { 0 };
  if (action->run != run_undo)
    ui_app_list_before (app, &before);
  action->run (ui_app_screen (app));
  ui_app_list_after (app, &before);
  return TRUE;
}

char *
ui_action_key_text (UiApp *app, const UiAction *action)
{
  const char *keys = ui_action_keys (app, action);
  if (keys == NULL || *keys == '\0')
    return g_strdup ("");
  g_autofree char *first = g_strndup (keys, strcspn (keys, " "));
  UiKeyCode key;
  return ui_key_parse (first, &key) ? ui_key_short (key) : g_strdup ("");
}

gboolean
ui_app_run_action (UiApp *app, const char *id)
{
  const UiAction *action = ui_action_find (app, id);
  if (action == NULL) {
    ui_app_toast (app, UI_STATE_WARNING, _ ("There is no action \"%s\" here."), id);
    return FALSE;
  }
  return ui_action_run (app, action);
}

char *
ui_app_action_key (UiApp *app, const char *id)
{
  const UiAction *action = ui_action_find (app, id);
  return action != NULL ? ui_action_key_text (app, action) : g_strdup ("");
}

GArray *
ui_actions_all (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (UiActionEntry));
  for (const UiAction *action = ui_global_actions; action->id != NULL; action++) {
    UiActionEntry entry = { NULL, action };
    g_array_append_val (all, entry);
  }
  const UiScreenClass *const *screens = ui_screens ();
  for (guint i = 0; screens[i] != NULL; i++)
    for (const UiAction *action = screens[i]->actions; action != NULL && action->id != NULL; action++) {
      UiActionEntry entry = { screens[i]->id, action };
      g_array_append_val (all, entry);
    }
  return all;
}
