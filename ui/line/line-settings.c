/* SPDX-License-Identifier: MIT
 * Settings: preferences, and the keys of the screens. A change is checked, used at once and kept in the
 * settings file.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"
#include "ui/curses/action.h"
#include "ui/curses/settings.h"

#include <string.h>

/* The file as it is now; what is wrong with it is told. Gives. */
static UiSettings *
settings_now (Line *line)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *path = ui_settings_path ();
  UiSettings *settings = ui_settings_load (path, &problem);
  if (problem != NULL)
    line_say (line, _ ("The settings cannot be used: %s"), problem->message);
  return settings;
}

/* ---- changing ---- */

static void
use (Line *line, const UiSettings *settings, const char *name)
{
  if (strcmp (name, "refresh") == 0)
    ui_session_set_refresh (line->session, settings->refresh * 1000);
  if (strcmp (name, "environment") != 0)
    return;
  g_autofree char *before = g_strdup (ui_session_environment (line->session));
  g_autofree char *text = ui_session_environment_again (line->session);
  if (strcmp (before, ui_session_environment (line->session)) != 0)
    ui_undo_clear (line->undo);
  line_say (line, "%s", text);
}

typedef struct {
  char *name, *value;
} Before;

static void
before_free (gpointer data)
{
  Before *before = data;
  g_free (before->name);
  g_free (before->value);
  g_free (before);
}

static void change (Line *line, const char *name, const char *value);

static void
change_back (gpointer line, gpointer owner, gconstpointer data)
{
  const Before *before = data;
  (void) owner;
  change (line, before->name, before->value);
}

/* VALUE NULL or "" = the default. */
static void
change (Line *line, const char *name, const char *value)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (UiSettings) settings = settings_now (line);
  const char *wanted = value != NULL && *value != '\0' ? value : NULL;
  Before *before = g_new0 (Before, 1);
  before->name = g_strdup (name);
  before->value = ui_settings_get (settings, name);
  if (!ui_settings_set (settings, name, wanted, &problem) || !ui_settings_save (settings, &problem)) {
    line_say (line, _ ("This cannot be set: %s"), problem->message);
    line->bad_answer = TRUE;
    before_free (before);
    return;
  }
  use (line, settings, name);
  line_say (line, _ ("Kept in %s"), settings->path);
  g_autofree char *done = g_strdup_printf ("%s: %s", name,
                                           wanted != NULL ? wanted : _ ("as it is without a setting"));
  line_undoable (line,
                 &(UiUndoStep){ .done = done, .run = change_back, .data = before, .free_data = before_free });
}

static void
value_given (Line *line, const char *value, gpointer name)
{
  if (value != NULL)
    change (line, name, value);
}

/* The same check as when it is set, on settings that nobody uses. */
static char *
check_value (Line *line, const char *text, gpointer name)
{
  g_autoptr (UiSettings) scratch = ui_settings_new ();
  g_autoptr (GError) problem = NULL;
  (void) line;
  return *text == '\0' || ui_settings_set (scratch, name, text, &problem) ? NULL
                                                                          : g_strdup (problem->message);
}

static const UiSettingInfo *
find_info (const char *name)
{
  const UiSettingInfo *info = ui_settings_info ();
  while (info->name != NULL && strcmp (info->name, name) != 0)
    info++;
  return info;
}

/* What can be chosen; NULL = it is typed. Gives. */
static char **
choices_of (Line *line, const UiSettingInfo *info)
{
  static const char *const yes_no[] = { "true", "false", NULL };
  const UiOverview *overview = ui_session_overview (line->session);
  if (info->kind == UI_SETTING_CHOICE)
    return g_strdupv ((char **) (gsize) info->choices);
  if (info->kind == UI_SETTING_BOOLEAN)
    return g_strdupv ((char **) (gsize) yes_no);
  if (strcmp (info->name, "environment") == 0) {
    g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
    for (guint i = 0; i < overview->environments->len; i++)
      g_strv_builder_add (all, g_ptr_array_index (overview->environments, i));
    return overview->environments->len > 0 ? g_strv_builder_end (all) : NULL;
  }
  if (strcmp (info->name, "scenario") != 0 || overview->scenarios->len == 0)
    return NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 0; i < overview->scenarios->len; i++)
    g_strv_builder_add (names, ((const UiScenario *) g_ptr_array_index (overview->scenarios, i))->name);
  return g_strv_builder_end (names);
}

static void
ask_setting (Line *line, const char *name)
{
  const UiSettingInfo *info = find_info (name);
  g_autoptr (UiSettings) settings = settings_now (line);
  g_autofree char *value = ui_settings_get (settings, name);
  g_auto (GStrv) choices = choices_of (line, info);
  g_autofree char *text = g_strdup_printf ("%s: %s\n%s", cr_translate (info->title),
                                           cr_translate (info->explanation),
                                           _ ("= alone goes back to what it is without a setting."));
  line_ask (line, &(LineQuestion){ .text = text,
                                   .initial = value,
                                   .choices = (const char *const *) choices,
                                   .optional = TRUE,
                                   .check = check_value,
                                   .answered = value_given,
                                   .data = g_strdup (name),
                                   .free_data = g_free });
}

/* ---- keys ---- */

static char *
keys_of (const UiSettings *settings, const UiAction *action)
{
  const char *own = g_hash_table_lookup (settings->keys, action->id);
  const char *keys = own != NULL ? own : action->keys;
  return g_strdup (keys != NULL && *keys != '\0' ? keys : _ ("no key"));
}

static const UiAction *
find_action (GArray *actions, const char *id)
{
  for (guint i = 0; i < actions->len; i++)
    if (strcmp (g_array_index (actions, UiActionEntry, i).action->id, id) == 0)
      return g_array_index (actions, UiActionEntry, i).action;
  return NULL;
}

static void
ask_key (Line *line, const char *id)
{
  g_autoptr (GArray) actions = ui_actions_all ();
  const UiAction *action = find_action (actions, id);
  g_autoptr (UiSettings) settings = settings_now (line);
  if (action == NULL)
    return;
  g_autofree char *keys = keys_of (settings, action);
  g_autofree char *text =
      g_strdup_printf ("%s: %s\n%s\n%s", cr_translate (action->title), cr_translate (action->explanation),
                       _ ("Names of keys, such as a, Ctrl-r or F5, with spaces between them."),
                       _ ("= alone goes back to what it is without a setting."));
  line_ask (line, &(LineQuestion){ .text = text,
                                   .initial = keys,
                                   .optional = TRUE,
                                   .check = check_value,
                                   .answered = value_given,
                                   .data = g_strconcat ("keys.", id, NULL),
                                   .free_data = g_free });
}

static char *
key_row (Line *line, guint index, char **object)
{
  g_autoptr (GArray) actions = ui_actions_all ();
  const UiAction *action = g_array_index (actions, UiActionEntry, index).action;
  g_autofree char *path = ui_settings_path ();
  g_autoptr (UiSettings) settings = ui_settings_load (path, NULL);
  g_autofree char *keys = keys_of (settings, action);
  (void) line;
  *object = g_strdup (action->id);
  return g_strdup_printf ("%s, %s: %s", action->id, cr_translate (action->title), keys);
}

static void
tell_keys (Line *line, const char *object)
{
  g_autoptr (GArray) actions = ui_actions_all ();
  (void) object;
  line_rows (line, actions->len, key_row, ask_key);
}

static const LinePage page_bindings = {
  N_ ("Keys of the screens."),
  N_ ("Every action of the full-screen mode with its keys. Choose one to change it."),
  UI_MODEL_LAST,
  tell_keys,
  FALSE,
};

static void
open_bindings (Line *line, const char *object)
{
  (void) object;
  line_open (line, &page_bindings, NULL);
}

/* ---- the page ---- */

static void
tell_settings (Line *line, const char *object)
{
  g_autoptr (UiSettings) settings = settings_now (line);
  (void) object;
  line_pair (line, _ ("Settings file"), settings->path);
  for (const UiSettingInfo *info = ui_settings_info (); info->name != NULL; info++) {
    g_autofree char *value = ui_settings_get (settings, info->name);
    g_autofree char *label = g_strdup_printf ("%s: %s", cr_translate (info->title),
                                              *value != '\0' ? value : _ ("not set"));
    line_choice (line, label, ask_setting, info->name);
  }
  line_choice (line, _ ("Keys of the screens"), open_bindings, NULL);
}

const LinePage line_page_settings = {
  N_ ("Settings."),
  N_ ("Theme, mouse, how often to look again, what a new session begins with. A change is used at once and kept in "
      "the settings file, which can also be edited by hand."),
  UI_MODEL_LAST,
  tell_settings,
  FALSE,
};
