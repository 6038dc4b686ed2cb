/* SPDX-License-Identifier: MIT
 * Settings: preferences and keys. A change is used at once and written to the settings file.
 */
#include "ui/curses/screens/show.h"

#include "base/error.h"
#include "base/translate.h"

#include <string.h>

#define EXPLANATION_ROWS 4

typedef enum { ROW_HEADING, ROW_SETTING, ROW_KEY } RowKind;

typedef struct {
  RowKind kind;
  char *id; /* name of the setting; "keys.ACTION"; "h:..." */
  const UiSettingInfo *info;
  const UiAction *action;
  const char *heading; /* borrowed, translated */
} Row;

typedef struct {
  UiList *list;
  GArray *rows;  /* Row */
  char *capture; /* id of the action whose new key is waited for, or NULL */
} Settings;

enum { COLUMN_TITLE, COLUMN_VALUE, COLUMN_EXPLANATION };

static const UiListColumn columns[] = {
  { N_ ("Setting"), 18, 24, 0, FALSE, FALSE },
  { N_ ("Value"), 12, 16, 0, FALSE, FALSE },
  { N_ ("What it does"), 20, 0, 1, FALSE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static Settings *
of (gpointer screen)
{
  return UI_STATE ((UiScreen *) screen, Settings);
}

static void
row_clear (gpointer data)
{
  g_free (((Row *) data)->id);
}

static void
add_row (Settings *state, Row row)
{
  g_array_append_val (state->rows, row);
}

static void
make_rows (Settings *state)
{
  g_autoptr (GArray) actions = ui_actions_all ();
  const char *last = "";

  add_row (state, (Row){ ROW_HEADING, g_strdup ("h:preferences"), NULL, NULL, _ ("Preferences") });
  for (const UiSettingInfo *info = ui_settings_info (); info->name != NULL; info++)
    add_row (state, (Row){ ROW_SETTING, g_strdup (info->name), info, NULL, NULL });
  for (guint i = 0; i < actions->len; i++) {
    const UiActionEntry *entry = &g_array_index (actions, UiActionEntry, i);
    const char *screen = entry->screen != NULL ? entry->screen : "";

    if (i == 0 || strcmp (last, screen) != 0) {
      const UiScreenClass *class = entry->screen != NULL ? ui_screen_find (entry->screen) : NULL;

      add_row (state, (Row){ ROW_HEADING, g_strconcat ("h:", screen, NULL), NULL, NULL,
                             class != NULL ? cr_translate (class->title) : _ ("Keys everywhere") });
    }
    last = screen;
    add_row (state,
             (Row){ ROW_KEY, g_strconcat ("keys.", entry->action->id, NULL), NULL, entry->action, NULL });
  }
}

static const Row *
row_at (gpointer screen, guint i)
{
  Settings *state = of (screen);

  return i < state->rows->len ? &g_array_index (state->rows, Row, i) : NULL;
}

static const Row *
selected (UiScreen *screen)
{
  int row = ui_list_selected (of (screen)->list);

  return row >= 0 ? row_at (screen, (guint) row) : NULL;
}

static guint
list_count (gpointer data)
{
  return of (data)->rows->len;
}

static const char *
list_id (gpointer data, guint i)
{
  return row_at (data, i)->id;
}

static gboolean
list_is_heading (gpointer data, guint i)
{
  return row_at (data, i)->kind == ROW_HEADING;
}

static gboolean
is_changed_key (UiScreen *screen, const Row *row)
{
  return row->kind == ROW_KEY && g_hash_table_contains (ui_app_settings (screen->app)->keys, row->action->id);
}

static void
value_cell (UiScreen *screen, const Row *row, GString *text, UiStyle *style)
{
  g_autofree char *value = row->kind == ROW_KEY ? ui_app_action_key (screen->app, row->action->id)
                                                : ui_settings_get (ui_app_settings (screen->app), row->id);

  if (row->kind == ROW_KEY && g_strcmp0 (of (screen)->capture, row->action->id) == 0) {
    *style = UI_STYLE_WARNING;
    g_string_append (text, _ ("press a key"));
    return;
  }
  *style = row->kind == ROW_KEY ? UI_STYLE_KEY : UI_STYLE_STRONG;
  if (value == NULL || value[0] == '\0') {
    *style = UI_STYLE_DIM;
    g_string_append (text, row->kind == ROW_KEY ? _ ("no key") : _ ("not set"));
  } else if (row->kind == ROW_SETTING && row->info->kind == UI_SETTING_BOOLEAN)
    g_string_append (text, strcmp (value, "true") == 0 ? _ ("yes") : _ ("no"));
  else
    g_string_append (text, value);
  if (is_changed_key (screen, row))
    g_string_append (text, " *");
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const Row *row = row_at (data, i);

  if (row->kind == ROW_HEADING) {
    *style = UI_STYLE_HEADING;
    if (column == COLUMN_TITLE)
      g_string_append (text, row->heading);
  } else if (column == COLUMN_TITLE)
    g_string_append_printf (text, " %s",
                            cr_translate (row->info != NULL ? row->info->title : row->action->title));
  else if (column == COLUMN_VALUE)
    value_cell (data, row, text, style);
  else {
    *style = UI_STYLE_DIM;
    g_string_append (text,
                     cr_translate (row->info != NULL ? row->info->explanation : row->action->explanation));
  }
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, list_is_heading };

/* ---- changing ---- */

/* "Colours", or the title of the action whose key NAME is. */
static const char *
title_of (const char *name)
{
  g_autoptr (GArray) actions = ui_actions_all ();

  for (const UiSettingInfo *info = ui_settings_info (); info->name != NULL; info++)
    if (strcmp (info->name, name) == 0)
      return cr_translate (info->title);
  for (guint i = 0; i < actions->len; i++) {
    const UiAction *action = g_array_index (actions, UiActionEntry, i).action;

    if (g_str_has_prefix (name, "keys.") && strcmp (action->id, name + strlen ("keys.")) == 0)
      return cr_translate (action->title);
  }
  return name;
}

static void change (UiApp *app, const char *name, const char *value);

/* DATA: name and value of before, no value = the default. */
static void
change_back (gpointer app, gpointer owner G_GNUC_UNUSED, gconstpointer data)
{
  const UiAsked *before = data;

  change (app, before->object, before->text);
}

/* Use and keep a new value; VALUE NULL = the default. */
static void
change (UiApp *app, const char *name, const char *value)
{
  UiSettings *settings = ui_app_settings (app);
  UiAsked *before = ui_asked_new (name, NULL, NULL, FALSE);
  g_autofree char *done = NULL;
  g_autoptr (GError) error = NULL;

  before->text = ui_settings_get (settings, name);

  if (!ui_settings_set (settings, name, value, &error)) {
    ui_app_fail (app, _ ("This cannot be set"), error);
    ui_asked_free (before);
    return;
  }
  done = g_strdup_printf ("%s: %s", title_of (name),
                          value != NULL ? value : _ ("as it is without a setting"));
  ui_app_settings_changed (app);
  if (!ui_settings_save (settings, &error))
    ui_app_fail (app, _ ("Used now, but not kept for the next time"), error);
  else if (strcmp (name, "environment") == 0)
    ui_app_environment_changed (app);
  else
    ui_app_toast (app, UI_STATE_DONE, _ ("Kept in %s"), settings->path);
  ui_app_undoable (
      app, &(UiUndoStep){ .done = done, .run = change_back, .data = before, .free_data = ui_asked_free });
}

static void
value_given (UiApp *app, const char *answer, gpointer data)
{
  change (app, data, answer[0] != '\0' ? answer : NULL);
}

static void
choose_scenario (UiScreen *screen, const Row *row)
{
  const UiOverview *overview = ui_session_overview (ui_app_session (screen->app));
  g_autofree const char **ids = g_new0 (const char *, overview->scenarios->len + 1);
  g_autofree const char **titles = g_new0 (const char *, overview->scenarios->len + 1);

  for (guint i = 0; i < overview->scenarios->len; i++) {
    const UiScenario *scenario = overview->scenarios->pdata[i];

    ids[i] = scenario->name;
    titles[i] = scenario->title;
  }
  ui_app_choose (screen->app, cr_translate (row->info->title), ids, titles, value_given, g_strdup (row->id),
                 g_free);
}

static void
choose_environment (UiScreen *screen, const Row *row)
{
  const UiOverview *overview = ui_session_overview (ui_app_session (screen->app));
  g_autofree const char **names = g_new0 (const char *, overview->environments->len + 1);

  for (guint i = 0; i < overview->environments->len; i++)
    names[i] = overview->environments->pdata[i];
  ui_app_choose (screen->app, cr_translate (row->info->title), names, NULL, value_given, g_strdup (row->id),
                 g_free);
}

static const char *
why_not_change (UiScreen *screen)
{
  const Row *row = selected (screen);

  return row == NULL || row->kind == ROW_HEADING ? "" : NULL;
}

static void
run_change (UiScreen *screen)
{
  const Row *row = selected (screen);
  g_autofree char *value = NULL;

  if (row->kind == ROW_KEY) {
    g_free (of (screen)->capture);
    of (screen)->capture = g_strdup (row->action->id);
    ui_app_redraw (screen->app);
    return;
  }
  value = ui_settings_get (ui_app_settings (screen->app), row->id);
  if (row->info->kind == UI_SETTING_BOOLEAN)
    change (screen->app, row->id, g_strcmp0 (value, "true") == 0 ? "false" : "true");
  else if (row->info->kind == UI_SETTING_CHOICE)
    ui_app_choose (screen->app, cr_translate (row->info->title), row->info->choices, NULL, value_given,
                   g_strdup (row->id), g_free);
  else if (strcmp (row->id, "scenario") == 0
           && ui_session_overview (ui_app_session (screen->app))->scenarios->len > 0)
    choose_scenario (screen, row);
  else if (strcmp (row->id, "environment") == 0
           && ui_session_overview (ui_app_session (screen->app))->environments->len > 0)
    choose_environment (screen, row);
  else
    ui_app_ask (screen->app, cr_translate (row->info->title), cr_translate (row->info->explanation), value,
                FALSE, value_given, g_strdup (row->id), g_free);
}

static const char *
why_not_reset (UiScreen *screen)
{
  const Row *row = selected (screen);

  if (row == NULL || row->kind == ROW_HEADING)
    return "";
  return row->kind == ROW_KEY && !is_changed_key (screen, row) ? _ ("It has its usual key.") : NULL;
}

static void
run_reset (UiScreen *screen)
{
  g_autofree char *name = g_strdup (selected (screen)->id);

  change (screen->app, name, NULL);
}

static void
run_path (UiScreen *screen)
{
  ui_app_copy (screen->app, _ ("the path of the settings file"), ui_app_settings (screen->app)->path);
}

static const UiAction actions[] = {
  { "settings.change", N_ ("Change"),
    N_ ("Give the selected setting another value, or the action another key."), "Enter e", UI_ACTION_MAIN,
    why_not_change, run_change },
  { "settings.reset", N_ ("Default"), N_ ("Go back to what it is without a setting."), "d", UI_ACTION_PLAIN,
    why_not_reset, run_reset },
  { "settings.path", N_ ("Copy path"), N_ ("Copy the path of the settings file, to edit it by hand."), "p",
    UI_ACTION_PLAIN, NULL, run_path },
  UI_ACTIONS_END,
};

/* ---- a new key ---- */

/* Title of another action that KEY would do on the same screen or everywhere; NULL when there is none. */
static const char *
used_by (UiScreen *screen, const char *action, const char *key)
{
  g_autoptr (GArray) all = ui_actions_all ();
  const char *home = NULL;

  for (guint i = 0; i < all->len; i++) {
    const UiActionEntry *entry = &g_array_index (all, UiActionEntry, i);

    if (strcmp (entry->action->id, action) == 0)
      home = entry->screen;
  }
  for (guint i = 0; i < all->len; i++) {
    const UiActionEntry *entry = &g_array_index (all, UiActionEntry, i);
    const char *keys = g_hash_table_lookup (ui_app_settings (screen->app)->keys, entry->action->id);
    g_auto (GStrv) names = g_strsplit (keys != NULL                  ? keys
                                       : entry->action->keys != NULL ? entry->action->keys
                                                                     : "",
                                       " ", -1);

    if (strcmp (entry->action->id, action) != 0
        && (entry->screen == NULL || g_strcmp0 (entry->screen, home) == 0)
        && g_strv_contains ((const char *const *) names, key))
      return cr_translate (entry->action->title);
  }
  return NULL;
}

static void
key_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  change (app, asked->object, asked->name);
}

/* Every key is taken as it comes; Esc keeps the old one. */
static void
captured (UiScreen *screen, UiKeyCode code)
{
  Settings *state = of (screen);
  g_autofree char *action = g_steal_pointer (&state->capture);
  g_autofree char *name = g_strconcat ("keys.", action, NULL);
  g_autofree char *key = ui_key_name (code);
  const char *other = NULL;

  ui_app_redraw (screen->app);
  if (code == UI_KEY_ESC)
    return;
  other = used_by (screen, action, key);
  if (other == NULL)
    change (screen->app, name, key);
  else {
    g_autoptr (UiRich) rich = ui_rich_new ();

    ui_rich_format (rich, UI_STYLE_TEXT,
                    _ ("%s already means \"%s\" there. The screen's own actions come first."), key, other);
    ui_rich_end (rich);
    ui_app_confirm (screen->app, _ ("This key is in use"), rich, _ ("Use it anyway"), key_confirmed,
                    ui_asked_new (name, NULL, key, FALSE), ui_asked_free);
  }
}

/* ---- the screen ---- */

static void
screen_open (UiScreen *screen, const char *object)
{
  Settings *state = of (screen);

  state->rows = g_array_new (FALSE, TRUE, sizeof (Row));
  g_array_set_clear_func (state->rows, row_clear);
  make_rows (state);
  state->list = ui_list_new (columns, &source, screen);
  if (object != NULL)
    ui_list_select_id (state->list, object);
}

static void
screen_close (UiScreen *screen)
{
  Settings *state = of (screen);

  g_clear_pointer (&state->list, ui_list_free);
  g_clear_pointer (&state->rows, g_array_unref);
  g_clear_pointer (&state->capture, g_free);
}

static void
screen_update (UiScreen *screen, guint changed G_GNUC_UNUSED)
{
  ui_list_refresh (of (screen)->list);
}

static void
draw_explanation (UiScreen *screen, UiRect rect)
{
  const Row *row = selected (screen);

  ui_draw_line_across (rect, 0, UI_STYLE_BORDER);
  if (of (screen)->capture != NULL) {
    ui_draw_paragraph (ui_rect_inset (rect, 0, 1), 1, UI_STYLE_WARNING,
                       _ ("Press the new key for this action; Esc keeps the old one."));
    return;
  }
  if (row == NULL || row->kind == ROW_HEADING)
    return;
  ui_draw_format (rect, 1, 1, UI_STYLE_LABEL, "%s:", row->id);
  ui_draw_paragraph (ui_rect_inset (rect, 0, 1), 2, UI_STYLE_TEXT,
                     cr_translate (row->info != NULL ? row->info->explanation : row->action->explanation));
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  UiRect rest = rect;

  if (rect.rows > 12)
    draw_explanation (screen, ui_rect_bottom (rect, EXPLANATION_ROWS, &rest));
  if (rect.rows > 6)
    ui_draw_text (ui_rect_top (rest, 1, &rest), 0, 1, UI_STYLE_DIM, ui_app_settings (screen->app)->path);
  ui_list_draw (of (screen)->list, rest, TRUE);
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  if (of (screen)->capture != NULL && event->kind == UI_EVENT_KEY) {
    captured (screen, event->key);
    return TRUE;
  }
  switch (ui_list_event (of (screen)->list, event)) {
  case UI_LIST_OPENED:
    if (why_not_change (screen) == NULL)
      run_change (screen);
    return TRUE;
  case UI_LIST_MOVED:
    return TRUE;
  case UI_LIST_IGNORED:
    break;
  }
  return FALSE;
}

static gboolean
screen_typing (UiScreen *screen)
{
  return of (screen)->capture != NULL || ui_list_filtering (of (screen)->list);
}

static UiList *
screen_list (UiScreen *screen)
{
  return of (screen)->list;
}

static char *
screen_copy (UiScreen *screen)
{
  return ui_list_copy_text (of (screen)->list);
}

const UiScreenClass ui_screen_settings = {
  .id = "settings",
  .title = N_ ("Settings"),
  .explanation = N_ (
      "Theme, refresh, mouse, what a new session begins with, and the key of every action. A change is used "
      "at once and kept in the settings file, which can also be edited by hand."),
  .key = ',',
  .watches = UI_MODEL_BIT (UI_MODEL_OVERVIEW),
  .state_size = sizeof (Settings),
  .open = screen_open,
  .close = screen_close,
  .update = screen_update,
  .draw = screen_draw,
  .event = screen_event,
  .actions = actions,
  .typing = screen_typing,
  .list = screen_list,
  .copy = screen_copy,
};
