/* SPDX-License-Identifier: MIT
 * `?` and `:`: menus made from the tables of actions, the table of screens and the objects of the models.
 */
#include "ui/curses/app-private.h"
#include "ui/curses/screens.h"

#include "base/translate.h"

#include <string.h>

#define RECENT_MAX 5

/* Ids of entries say what they are: "a" an action of this screen or a global one, "s" a screen, "o" an
 * object, "x" an action of another screen, "w" one that needs something selected there; parts are separated
 * by U+001F. */
#define SEPARATOR "\037"

static void
add_action (UiApp *app, UiMenu *menu, const UiAction *action)
{
  const char *reason = ui_action_why_not (app, action);
  if (reason != NULL && *reason == '\0')
    return;
  g_autofree char *id = g_strconcat ("a" SEPARATOR, action->id, NULL);
  g_autofree char *key = ui_action_key_text (app, action);
  ui_menu_add (menu, id, cr_translate (action->title), key, cr_translate (action->explanation), reason);
}

static void
add_screens (UiMenu *menu)
{
  const UiScreenClass *const *screens = ui_screens ();
  for (guint i = 0; screens[i] != NULL; i++) {
    char key[2] = { screens[i]->key, '\0' };
    g_autofree char *id = g_strconcat ("s" SEPARATOR, screens[i]->id, NULL);
    if (screens[i]->key != 0)
      ui_menu_add (menu, id, cr_translate (screens[i]->title), key, cr_translate (screens[i]->explanation),
                   NULL);
  }
}

static void
run_taken (UiApp *app, const char *id, gpointer data)
{
  (void) data;
  g_auto (GStrv) parts = g_strsplit (id, SEPARATOR, 3);
  guint count = g_strv_length (parts);
  if (count < 2)
    return;
  if (strcmp (parts[0], "s") == 0) {
    ui_app_switch (app, parts[1], NULL);
  } else if (strcmp (parts[0], "o") == 0 && count == 3) {
    ui_app_open (app, parts[1], parts[2]);
  } else if (strcmp (parts[0], "x") == 0 && count == 3) {
    ui_app_open (app, parts[1], NULL);
    ui_app_run_action (app, parts[2]);
  } else if (strcmp (parts[0], "w") == 0 && count == 3) {
    ui_app_switch (app, parts[1], NULL);
    g_autofree char *key = ui_app_action_key (app, parts[2]);
    ui_app_toast (app, UI_STATE_INFO, _ ("Select what it is for, then press %s."), key);
  } else {
    ui_app_run_action (app, parts[1]);
  }
}

/* ":save-screen FILE" */
#define SAVE_SCREEN "save-screen "

static char *
command_title (const char *typed)
{
  if (!g_str_has_prefix (typed, SAVE_SCREEN) || typed[strlen (SAVE_SCREEN)] == '\0')
    return NULL;
  return g_strdup_printf (_ ("Write this screen to %s"), typed + strlen (SAVE_SCREEN));
}

static void
run_from_palette (UiApp *app, const char *id, gpointer data)
{
  if (g_str_has_prefix (id, UI_MENU_LINE SAVE_SCREEN)) {
    ui_app_save_screen (app, id + strlen (UI_MENU_LINE SAVE_SCREEN));
    return;
  }
  for (guint i = 0; i < app->recent->len; i++)
    if (strcmp (g_ptr_array_index (app->recent, i), id) == 0)
      g_ptr_array_remove_index (app->recent, i);
  g_ptr_array_insert (app->recent, 0, g_strdup (id));
  if (app->recent->len > RECENT_MAX)
    g_ptr_array_set_size (app->recent, RECENT_MAX);
  run_taken (app, id, data);
}

void
ui_app_open_help (UiApp *app)
{
  UiScreen *screen = ui_app_screen (app);
  if (screen == NULL)
    return;
  g_autofree char *title = g_strdup_printf (_ ("%s: what can be done here"),
                                            cr_translate (screen->class->title));
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->menu = ui_menu_new (title, _ ("type to search"));
  ui_menu_set_text (overlay->menu, cr_translate (screen->class->explanation));
  ui_menu_add_heading (overlay->menu, _ ("Here"));
  for (const UiAction *action = screen->class->actions; action != NULL && action->id != NULL; action++)
    add_action (app, overlay->menu, action);
  ui_menu_add_heading (overlay->menu, _ ("Everywhere"));
  for (const UiAction *action = ui_global_actions; action->id != NULL; action++)
    add_action (app, overlay->menu, action);
  ui_menu_add_heading (overlay->menu, _ ("Screens"));
  add_screens (overlay->menu);
  overlay->done = run_taken;
  ui_app_push_overlay (app, overlay);
}

static void
add_object (gpointer palette, const char *screen, const char *object, const char *title, const char *detail)
{
  const UiScreenClass *class = ui_screen_find (screen);
  if (class == NULL || object == NULL)
    return;
  g_autofree char *id = g_strconcat ("o" SEPARATOR, screen, SEPARATOR, object, NULL);
  g_autofree char *label = g_strdup_printf ("%s: %s", cr_translate (class->title), title);
  ui_menu_add (palette, id, label, NULL, detail, NULL);
}

/* An action of another screen that is about something selected there: found here, done there. */
static void
add_elsewhere (UiApp *app, UiMenu *menu, const UiScreenClass *class, const UiAction *action)
{
  g_autofree char *key = ui_action_key_text (app, action);
  if ((action->flags & UI_ACTION_HIDDEN) || class->key == 0 || *key == '\0' || strcmp (key, "Enter") == 0
      || strcmp (key, "Esc") == 0)
    return;
  g_autofree char *id = g_strconcat ("w" SEPARATOR, class->id, SEPARATOR, action->id, NULL);
  g_autofree char *label = g_strdup_printf ("%s: %s", cr_translate (class->title),
                                            cr_translate (action->title));
  g_autofree char *keys = g_strdup_printf ("%c %s", class->key, key);
  ui_menu_add (menu, id, label, keys, cr_translate (action->explanation), NULL);
}

static void
add_other_actions (UiApp *app, UiMenu *menu)
{
  const UiScreenClass *const *screens = ui_screens ();
  UiScreen *here = ui_app_screen (app);
  for (guint i = 0; screens[i] != NULL; i++)
    for (const UiAction *action = screens[i]->actions; action != NULL && action->id != NULL; action++) {
      if (here != NULL && here->class == screens[i])
        continue;
      if (!(action->flags & UI_ACTION_PALETTE)) {
        add_elsewhere (app, menu, screens[i], action);
        continue;
      }
      gboolean refused = (action->flags & UI_ACTION_CHANGES) && ui_app_read_only (app);
      g_autofree char *id = g_strconcat ("x" SEPARATOR, screens[i]->id, SEPARATOR, action->id, NULL);
      g_autofree char *label = g_strdup_printf ("%s: %s", cr_translate (screens[i]->title),
                                                cr_translate (action->title));
      ui_menu_add (menu, id, label, NULL, cr_translate (action->explanation),
                   refused ? _ ("The program was started with --read-only, which changes nothing.") : NULL);
    }
}

/* What the person read: the title of an action, or the name of an object. */
static const char *
name_of (const UiScreenClass *class, const char *kind, const char *id)
{
  for (const UiAction *action = class->actions; *kind != 'o' && action != NULL && action->id != NULL;
       action++)
    if (strcmp (action->id, id) == 0)
      return cr_translate (action->title);
  return id;
}

/* What was taken lately comes first, as long as it can be found again. */
static void
add_recent (UiApp *app, UiMenu *menu)
{
  gboolean heading = FALSE;
  for (guint i = 0; i < app->recent->len; i++) {
    const char *id = g_ptr_array_index (app->recent, i);
    g_auto (GStrv) parts = g_strsplit (id, SEPARATOR, 3);
    const UiAction *action = strcmp (parts[0], "a") == 0 ? ui_action_find (app, parts[1]) : NULL;
    const UiScreenClass *class = strcmp (parts[0], "a") != 0 ? ui_screen_find (parts[1]) : NULL;
    if (action == NULL && class == NULL)
      continue;
    if (!heading)
      ui_menu_add_heading (menu, _ ("Lately"));
    heading = TRUE;
    g_autofree char *label = class != NULL && parts[2] != NULL
                                 ? g_strdup_printf ("%s: %s", cr_translate (class->title),
                                                    name_of (class, parts[0], parts[2]))
                                 : g_strdup (cr_translate (class != NULL ? class->title : action->title));
    ui_menu_add (menu, id, label, NULL, action != NULL ? cr_translate (action->explanation) : NULL,
                 action != NULL ? ui_action_why_not (app, action) : NULL);
  }
}

/* What the palette offers objects of; read while it is open. */
static const UiModelKind palette_models[] = { UI_MODEL_CONSORTIUM, UI_MODEL_CONTRACTS, UI_MODEL_DOCUMENTS,
                                              UI_MODEL_DATA,       UI_MODEL_RUNS,      UI_MODEL_KEYS };

static void
fill_palette (UiApp *app, UiMenu *menu)
{
  UiScreen *screen = ui_app_screen (app);
  add_recent (app, menu);
  ui_menu_add_heading (menu, _ ("Here"));
  for (const UiAction *action = screen != NULL ? screen->class->actions : NULL;
       action != NULL && action->id != NULL; action++)
    add_action (app, menu, action);
  ui_menu_add_heading (menu, _ ("Screens"));
  add_screens (menu);
  ui_menu_add_heading (menu, _ ("Everywhere"));
  for (const UiAction *action = ui_global_actions; action->id != NULL; action++)
    add_action (app, menu, action);
  add_other_actions (app, menu);
  ui_menu_add_heading (menu, _ ("Objects"));
  ui_screens_palette (app->session, add_object, menu);
}

static void
palette_closed (gpointer data)
{
  UiApp *app = data;
  for (guint i = 0; i < G_N_ELEMENTS (palette_models); i++)
    ui_session_hide (app->session, palette_models[i]);
}

void
ui_app_refresh_palette (UiApp *app, guint models)
{
  UiOverlay *overlay = app->overlays->len > 0 ? g_ptr_array_index (app->overlays, app->overlays->len - 1)
                                              : NULL;
  gboolean concerned = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (palette_models); i++)
    concerned = concerned || (models & UI_MODEL_BIT (palette_models[i])) != 0;
  if (overlay == NULL || overlay->free_data != palette_closed || !concerned)
    return;
  ui_menu_begin_again (overlay->menu);
  fill_palette (app, overlay->menu);
  ui_menu_end_again (overlay->menu);
}

void
ui_app_open_palette (UiApp *app)
{
  UiOverlay *overlay = g_new0 (UiOverlay, 1);
  overlay->menu = ui_menu_new (_ ("Commands and objects"), _ ("type a part of the name"));
  ui_menu_set_line (overlay->menu, command_title);
  fill_palette (app, overlay->menu);
  overlay->done = run_from_palette;
  overlay->data = app;
  overlay->free_data = palette_closed;
  for (guint i = 0; i < G_N_ELEMENTS (palette_models); i++)
    ui_session_show (app->session, palette_models[i], NULL);
  ui_app_push_overlay (app, overlay);
}
