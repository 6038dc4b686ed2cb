/* SPDX-License-Identifier: MIT
 * What a person prefers (settings.h): reading with line numbers, checking, writing.
 */
#include "ui/curses/settings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/translate.h"
#include "base/yaml.h"
#include "ui/curses/event.h"

#include <string.h>

#define FILE_MAX (256 * 1024)
#define REFRESH_DEFAULT 2
#define REFRESH_MOST 3600

static const char *const theme_choices[] = { "auto",         "dark",       "light",      "high-contrast",
                                             "deuteranopia", "tritanopia", "monochrome", NULL };

static const char *const clipboard_choices[] = { "auto", "terminal", "native", NULL };

static const UiSettingInfo infos[] = {
  { "theme", N_ ("Colours"), N_ ("\"auto\" asks the terminal whether its background is light or dark."),
    UI_SETTING_CHOICE, theme_choices },
  { "mouse", N_ ("Mouse"), N_ ("Click and wheel. Off leaves the mouse to the terminal, for selecting text."),
    UI_SETTING_BOOLEAN, NULL },
  { "ascii", N_ ("Only ASCII"),
    N_ ("No lines, marks or letters beyond ASCII, for terminals that cannot show them."), UI_SETTING_BOOLEAN,
    NULL },
  { "clipboard", N_ ("Clipboard"),
    N_ ("How text is copied: by the desktop's own program (wl-copy, xclip, pbcopy) or through the terminal (OSC 52). "
        "\"auto\" takes the program where there is one."),
    UI_SETTING_CHOICE, clipboard_choices },
  { "refresh", N_ ("Look again after"),
    N_ ("Seconds between looks at the other side while it is shown, 1 to 3600."), UI_SETTING_NUMBER, NULL },
  { "environment", N_ ("Environment"), N_ ("Where the other side is when nothing else is said."),
    UI_SETTING_TEXT, NULL },
  { "scenario", N_ ("Scenario"), N_ ("The collaboration to open when nothing else is said."), UI_SETTING_TEXT,
    NULL },
  { NULL, NULL, NULL, UI_SETTING_TEXT, NULL },
};

const UiSettingInfo *
ui_settings_info (void)
{
  return infos;
}

UiSettings *
ui_settings_new (void)
{
  UiSettings *settings = g_new0 (UiSettings, 1);
  settings->theme = g_strdup ("auto");
  settings->clipboard = g_strdup ("auto");
  settings->mouse = TRUE;
  settings->refresh = REFRESH_DEFAULT;
  settings->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return settings;
}

void
ui_settings_free (UiSettings *settings)
{
  if (settings == NULL)
    return;
  g_free (settings->theme);
  g_free (settings->clipboard);
  g_free (settings->environment);
  g_free (settings->scenario);
  g_free (settings->path);
  g_hash_table_unref (settings->keys);
  g_free (settings);
}

char *
ui_settings_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "cleanroom", "settings.yaml", NULL);
}

/* --- one value: what is wrong with it as a sentence (gives), or NULL --- */

static char *
unknown_name (const char *name)
{
  const char *names[G_N_ELEMENTS (infos) + 1];
  gsize count = 0;
  for (const UiSettingInfo *info = infos; info->name != NULL; info++)
    names[count++] = info->name;
  names[count++] = "keys";
  names[count] = NULL;
  const char *near = cr_nearest (name, names);
  return near != NULL ? g_strdup_printf (_ ("unknown setting '%s'; did you mean '%s'?"), name, near)
                      : g_strdup_printf (_ ("unknown setting '%s'"), name);
}

static char *
wrong_choice (const UiSettingInfo *info, const char *value)
{
  if (g_strv_contains (info->choices, value))
    return NULL;
  g_autofree char *all = g_strjoinv (", ", (char **) (gsize) info->choices);
  const char *near = cr_nearest (value, info->choices);
  return near != NULL ? g_strdup_printf (_ ("'%s' is not one of %s; did you mean '%s'?"), value, all, near)
                      : g_strdup_printf (_ ("'%s' is not one of %s"), value, all);
}

static char *
wrong_keys (const char *action, const char *keys)
{
  g_auto (GStrv) names = g_strsplit (keys, " ", -1);
  UiKeyCode key;
  for (guint i = 0; names[i] != NULL; i++)
    if (*names[i] != '\0' && !ui_key_parse (names[i], &key))
      return g_strdup_printf (_ ("'%s' of %s is no key; write \"a\", \"Ctrl-r\", \"F5\", \"PgUp\""), names[i],
                              action);
  return NULL;
}

static char *
wrong_value (const UiSettingInfo *info, const char *value)
{
  static const char *const yes_no[] = { "true", "false", "yes", "no", "on", "off", NULL };
  guint64 number;
  switch (info->kind) {
  case UI_SETTING_CHOICE:
    return wrong_choice (info, value);
  case UI_SETTING_BOOLEAN:
    return g_strv_contains (yes_no, value) ? NULL : g_strdup_printf (_ ("'%s' is not true or false"), value);
  case UI_SETTING_NUMBER:
    return g_ascii_string_to_unsigned (value, 10, 1, REFRESH_MOST, &number, NULL)
               ? NULL
               : g_strdup_printf (_ ("'%s' is not a whole number from 1 to %d"), value, REFRESH_MOST);
  default:
    return cr_name_valid (value) ? NULL : g_strdup_printf (_ ("'%s' is not a name"), value);
  }
}

static const UiSettingInfo *
find_info (const char *name)
{
  for (const UiSettingInfo *info = infos; info->name != NULL; info++)
    if (strcmp (info->name, name) == 0)
      return info;
  return NULL;
}

static gboolean
is_true (const char *value)
{
  return strcmp (value, "true") == 0 || strcmp (value, "yes") == 0 || strcmp (value, "on") == 0;
}

/* VALUE is good. */
static void
assign (UiSettings *settings, const char *name, const char *value)
{
  if (strcmp (name, "theme") == 0) {
    g_free (settings->theme);
    settings->theme = g_strdup (value != NULL ? value : "auto");
  } else if (strcmp (name, "clipboard") == 0) {
    g_free (settings->clipboard);
    settings->clipboard = g_strdup (value != NULL ? value : "auto");
  } else if (strcmp (name, "mouse") == 0) {
    settings->mouse = value == NULL || is_true (value);
  } else if (strcmp (name, "ascii") == 0) {
    settings->ascii = value != NULL && is_true (value);
  } else if (strcmp (name, "refresh") == 0) {
    settings->refresh = value != NULL ? (guint) g_ascii_strtoull (value, NULL, 10) : REFRESH_DEFAULT;
  } else if (strcmp (name, "environment") == 0) {
    g_free (settings->environment);
    settings->environment = g_strdup (value);
  } else if (strcmp (name, "scenario") == 0) {
    g_free (settings->scenario);
    settings->scenario = g_strdup (value);
  }
}

/* --- the file --- */

typedef struct {
  UiSettings *settings; /* NULL = only check */
  GPtrArray *problems;  /* char*: "line N: ..." */
} Reading;

/* Takes TEXT (may be NULL). */
static void
add_problem (Reading *reading, guint line, char *text)
{
  g_autofree char *taken = text;
  if (taken != NULL)
    g_ptr_array_add (reading->problems, g_strdup_printf (_ ("line %u: %s"), line, taken));
}

static void
read_keys (Reading *reading, const CrYaml *map)
{
  if (cr_yaml_type (map) != CR_YAML_MAP) {
    if (!cr_yaml_is_null (map))
      add_problem (reading, cr_yaml_line (map),
                   g_strdup (_ ("'keys' needs lines such as \"document.accept: a\"")));
    return;
  }
  for (guint i = 0; i < cr_yaml_length (map); i++) {
    const CrYaml *node = cr_yaml_item (map, i);
    const char *action = cr_yaml_key (map, i);
    const char *value = cr_yaml_text (node);
    char *problem = value == NULL ? g_strdup_printf (_ ("%s needs the name of a key"), action)
                                  : wrong_keys (action, value);
    if (problem == NULL && reading->settings != NULL)
      g_hash_table_insert (reading->settings->keys, g_strdup (action), g_strdup (value));
    add_problem (reading, cr_yaml_line (node), problem);
  }
}

static void
read_root (Reading *reading, const CrYaml *root)
{
  if (cr_yaml_type (root) != CR_YAML_MAP) {
    if (!cr_yaml_is_null (root))
      add_problem (reading, cr_yaml_line (root),
                   g_strdup (_ ("a settings file has lines such as \"theme: dark\"")));
    return;
  }
  for (guint i = 0; i < cr_yaml_length (root); i++) {
    const CrYaml *node = cr_yaml_item (root, i);
    const char *name = cr_yaml_key (root, i);
    const UiSettingInfo *info = find_info (name);
    if (strcmp (name, "keys") == 0) {
      read_keys (reading, node);
      continue;
    }
    const char *value = cr_yaml_text (node);
    char *problem = info == NULL ? unknown_name (name)
                    : value == NULL || cr_yaml_is_null (node)
                        ? g_strdup_printf (_ ("'%s' needs a value"), name)
                        : wrong_value (info, value);
    if (problem == NULL && reading->settings != NULL)
      assign (reading->settings, name, value);
    add_problem (reading, cr_yaml_key_line (root, i), problem);
  }
}

/* Nothing but remarks and empty lines. */
static gboolean
is_blank (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    const char *line = g_strstrip (lines[i]);
    if (*line != '\0' && *line != '#')
      return FALSE;
  }
  return TRUE;
}

/* Every mistake of TEXT. Gives. */
static GPtrArray *
read_text (const char *text, UiSettings *settings)
{
  Reading reading = { settings, g_ptr_array_new_with_free_func (g_free) };
  if (is_blank (text))
    return reading.problems;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrYamlFile) file = cr_yaml_parse (text, strlen (text), "settings.yaml", &error);
  if (file == NULL) { /* "settings.yaml:LINE: reason" */
    const char *colon = strchr (error->message, ':');
    char *end = NULL;
    guint64 line = colon != NULL ? g_ascii_strtoull (colon + 1, &end, 10) : 0;
    const char *reason = end != NULL && *end == ':' ? end + 1 : error->message;
    add_problem (&reading, (guint) line, g_strstrip (g_strdup (reason)));
    return reading.problems;
  }
  read_root (&reading, cr_yaml_root (file));
  return reading.problems;
}

UiSettings *
ui_settings_load (const char *path, GError **error)
{
  g_autoptr (UiSettings) settings = ui_settings_new ();
  g_autoptr (GError) problem = NULL;
  settings->path = g_strdup (path);
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&settings);
  g_autofree char *text = cr_file_read_text (path, FILE_MAX, &problem);
  if (text == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, _ ("The defaults are used; the file is left as it is."), "%s",
                  problem->message);
    return g_steal_pointer (&settings);
  }
  g_autoptr (GPtrArray) problems = read_text (text, settings);
  if (problems->len == 0)
    return g_steal_pointer (&settings);
  g_ptr_array_add (problems, NULL);
  g_autofree char *all = g_strjoinv ("\n", (char **) problems->pdata);
  cr_set_error (error, CR_ERROR_INPUT,
                _ ("Put the file right, or remove it. Until then the defaults are used and the "
                   "file is left as it is."),
                _ ("%s has mistakes:\n%s"), path, all);
  UiSettings *defaults = ui_settings_new ();
  defaults->path = g_strdup (path);
  return defaults;
}

static void
add_keys (json_t *root, UiSettings *settings)
{
  if (g_hash_table_size (settings->keys) == 0)
    return;
  json_t *keys = json_object ();
  g_autoptr (GList) actions = g_list_sort (g_hash_table_get_keys (settings->keys), (GCompareFunc) strcmp);
  for (GList *at = actions; at != NULL; at = at->next)
    json_object_set_new (keys, at->data, json_string (g_hash_table_lookup (settings->keys, at->data)));
  json_object_set_new (root, "keys", keys);
}

/* What a person would write: only what differs from the defaults, and the theme. */
static char *
dump (UiSettings *settings)
{
  json_t *root = json_object ();
  json_object_set_new (root, "theme", json_string (settings->theme));
  json_object_set_new (root, "mouse", json_boolean (settings->mouse));
  json_object_set_new (root, "ascii", json_boolean (settings->ascii));
  if (strcmp (settings->clipboard, "auto") != 0)
    json_object_set_new (root, "clipboard", json_string (settings->clipboard));
  json_object_set_new (root, "refresh", json_integer (settings->refresh));
  if (settings->environment != NULL)
    json_object_set_new (root, "environment", json_string (settings->environment));
  if (settings->scenario != NULL)
    json_object_set_new (root, "scenario", json_string (settings->scenario));
  add_keys (root, settings);
  char *text = cr_yaml_dump (root);
  json_decref (root);
  return text;
}

/* A file that a person has broken by hand still holds what they meant. */
static gboolean
may_replace (UiSettings *settings, GError **error)
{
  g_autofree char *text = NULL;
  if (!g_file_test (settings->path, G_FILE_TEST_EXISTS))
    return TRUE;
  text = cr_file_read_text (settings->path, FILE_MAX, error);
  if (text == NULL)
    return FALSE;
  g_autoptr (GPtrArray) problems = read_text (text, NULL);
  if (problems->len == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, _ ("Put it right or remove it, then change the setting again."),
                _ ("%s has a mistake (%s) and would be lost."), settings->path,
                (char *) g_ptr_array_index (problems, 0));
  return FALSE;
}

gboolean
ui_settings_save (UiSettings *settings, GError **error)
{
  if (settings->path == NULL)
    settings->path = ui_settings_path ();
  if (!may_replace (settings, error))
    return FALSE;
  g_autofree char *folder = g_path_get_dirname (settings->path);
  g_autofree char *text = dump (settings);
  return cr_dir_make (folder, 0700, error) && cr_file_write (settings->path, text, -1, 0600, error);
}

gboolean
ui_settings_set (UiSettings *settings, const char *name, const char *value, GError **error)
{
  g_autofree char *problem = NULL;
  if (g_str_has_prefix (name, "keys.")) {
    const char *action = name + strlen ("keys.");
    problem = value != NULL ? wrong_keys (action, value) : NULL;
    if (problem == NULL && value == NULL)
      g_hash_table_remove (settings->keys, action);
    else if (problem == NULL)
      g_hash_table_insert (settings->keys, g_strdup (action), g_strdup (value));
  } else {
    const UiSettingInfo *info = find_info (name);
    if (value != NULL && *value == '\0')
      value = NULL;
    problem = info == NULL ? unknown_name (name) : value != NULL ? wrong_value (info, value) : NULL;
    if (problem == NULL)
      assign (settings, name, value);
  }
  if (problem == NULL)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, NULL, "%s.", problem);
  return FALSE;
}

char *
ui_settings_get (UiSettings *settings, const char *name)
{
  if (g_str_has_prefix (name, "keys."))
    return g_strdup (g_hash_table_lookup (settings->keys, name + strlen ("keys.")));
  if (strcmp (name, "theme") == 0)
    return g_strdup (settings->theme);
  if (strcmp (name, "clipboard") == 0)
    return g_strdup (settings->clipboard);
  if (strcmp (name, "mouse") == 0)
    return g_strdup (settings->mouse ? "true" : "false");
  if (strcmp (name, "ascii") == 0)
    return g_strdup (settings->ascii ? "true" : "false");
  if (strcmp (name, "refresh") == 0)
    return g_strdup_printf ("%u", settings->refresh);
  if (strcmp (name, "environment") == 0)
    return g_strdup (settings->environment != NULL ? settings->environment : "");
  if (strcmp (name, "scenario") == 0)
    return g_strdup (settings->scenario != NULL ? settings->scenario : "");
  return NULL;
}
