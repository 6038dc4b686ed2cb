/* SPDX-License-Identifier: MIT
 * Settings: read with line numbers, refused as a whole when broken, never lost, written as a whole.
 */
#include "ui/curses/settings.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
folder (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("ui-settings-XXXXXX", &error);
  g_assert_no_error (error);
  return path;
}

static void
write_file (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_defaults (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, "settings.yaml", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (settings->theme, ==, "auto");
  g_assert_true (settings->mouse);
  g_assert_false (settings->ascii);
  g_assert_cmpuint (settings->refresh, ==, 2);
  g_assert_null (settings->scenario);
  g_rmdir (dir);
}

static void
test_read (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, "settings.yaml", NULL);
  write_file (path, "# mine\ntheme: light\nmouse: no\nascii: true\nrefresh: 30\nenvironment: local\n"
                    "scenario: analytics-sse\nkeys:\n  document.accept: a Ctrl-a\n  app.quit: Q\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (settings->theme, ==, "light");
  g_assert_false (settings->mouse);
  g_assert_true (settings->ascii);
  g_assert_cmpuint (settings->refresh, ==, 30);
  g_assert_cmpstr (settings->scenario, ==, "analytics-sse");
  g_assert_cmpstr (g_hash_table_lookup (settings->keys, "document.accept"), ==, "a Ctrl-a");
  g_autofree char *value = ui_settings_get (settings, "keys.app.quit");
  g_assert_cmpstr (value, ==, "Q");
  g_unlink (path);
  g_rmdir (dir);
}

/* What is said about a file with TEXT, a line for each mistake; "" when all is well. */
static char *
problems_of (const char *path, const char *text)
{
  write_file (path, text);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_nonnull (settings);
  const char *lines = error != NULL ? strchr (error->message, '\n') : NULL;
  g_assert_true (error == NULL || lines != NULL);
  return g_strdup (lines != NULL ? lines + 1 : "");
}

static void
test_problems (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, "settings.yaml", NULL);
  static const struct {
    const char *text, *problems; /* parted by | */
  } cases[] = {
    { "", "" },
    { "# nothing\n", "" },
    { "theme: dark\n", "" },
    { "theeme: dark\n", "line 1: unknown setting 'theeme'; did you mean 'theme'?" },
    { "mouse: true\n\ntheme: darg\n",
      "line 3: 'darg' is not one of auto, dark, light, high-contrast, deuteranopia, "
      "tritanopia, monochrome; did you mean 'dark'?" },
    { "mouse: maybe\n", "line 1: 'maybe' is not true or false" },
    { "refresh: 0\n", "line 1: '0' is not a whole number from 1 to 3600" },
    { "refresh: soon\n", "line 1: 'soon' is not a whole number from 1 to 3600" },
    { "theme:\n", "line 1: 'theme' needs a value" },
    { "theme: [dark]\n", "line 1: 'theme' needs a value" },
    { "- theme\n", "line 1: a settings file has lines such as \"theme: dark\"" },
    { "keys: x\n", "line 1: 'keys' needs lines such as \"document.accept: a\"" },
    { "keys:\n  app.quit: Hyper-q\n",
      "line 2: 'Hyper-q' of app.quit is no key; write \"a\", \"Ctrl-r\", \"F5\", \"PgUp\"" },
    { "scenario: ../../etc\n", "line 1: '../../etc' is not a name" },
    { "a: 1\nmouse: 2\n", "line 1: unknown setting 'a'|line 2: '2' is not true or false" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *all = g_strdelimit (problems_of (path, cases[i].text), "\n", '|');
    g_assert_cmpstr (all, ==, cases[i].problems);
  }
  g_autofree char *broken = problems_of (path, "theme: dark\nkeys: {a: [\n");
  g_assert_null (strchr (broken, '\n'));
  g_assert_true (g_str_has_prefix (broken, "line "));
  g_unlink (path);
  g_rmdir (dir);
}

/* A broken file: the defaults, a message with path and line, and the file as it was. */
static void
test_broken_file (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, "settings.yaml", NULL);
  const char *text = "theme: light\nrefrsh: 3\n";
  write_file (path, text);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "line 2: unknown setting 'refrsh'; did you mean 'refresh'?"));
  g_assert_cmpstr (settings->theme, ==, "auto");
  g_clear_error (&error);
  g_assert_true (ui_settings_set (settings, "theme", "dark", &error));
  g_assert_false (ui_settings_save (settings, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_autofree char *after = NULL;
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, text);
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_not_text (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, "settings.yaml", NULL);
  g_assert_true (g_file_set_contents (path, "theme: \xFF\xFE\0\0", 11, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_cmpstr (settings->theme, ==, "auto");
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_write (void)
{
  g_autofree char *dir = folder ();
  g_autofree char *sub = g_build_filename (dir, "cleanroom", NULL);
  g_autofree char *path = g_build_filename (sub, "settings.yaml", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSettings) settings = ui_settings_load (path, &error);
  g_assert_true (ui_settings_set (settings, "theme", "high-contrast", &error));
  g_assert_true (ui_settings_set (settings, "mouse", "false", &error));
  g_assert_true (ui_settings_set (settings, "refresh", "10", &error));
  g_assert_true (ui_settings_set (settings, "scenario", "analytics-sse", &error));
  g_assert_true (ui_settings_set (settings, "keys.document.accept", "A Enter", &error));
  g_assert_true (ui_settings_save (settings, &error));
  g_assert_no_error (error);
  GStatBuf info;
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_autoptr (GDir) listing = g_dir_open (sub, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (listing), ==, "settings.yaml"); /* nothing is left beside it */
  g_assert_null (g_dir_read_name (listing));
  g_autoptr (UiSettings) again = ui_settings_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->theme, ==, "high-contrast");
  g_assert_false (again->mouse);
  g_assert_cmpuint (again->refresh, ==, 10);
  g_assert_cmpstr (again->scenario, ==, "analytics-sse");
  g_assert_cmpstr (g_hash_table_lookup (again->keys, "document.accept"), ==, "A Enter");
  g_assert_true (ui_settings_set (again, "keys.document.accept", NULL, &error));
  g_assert_true (ui_settings_set (again, "scenario", "", &error)); /* empty = back to the default */
  g_assert_null (again->scenario);
  g_assert_cmpuint (g_hash_table_size (again->keys), ==, 0);
  g_unlink (path);
  g_rmdir (sub);
  g_rmdir (dir);
}

static void
test_set (void)
{
  g_autoptr (UiSettings) settings = ui_settings_new ();
  static const char *const wrong[][2] = { { "theme", "purple" }, { "mouse", "2" },
                                          { "refresh", "-1" },   { "nothing", "x" },
                                          { "keys.a", "Ctrl-" }, { "environment", "a b" } };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (ui_settings_set (settings, wrong[i][0], wrong[i][1], &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  for (const UiSettingInfo *info = ui_settings_info (); info->name != NULL; info++) {
    g_autofree char *value = ui_settings_get (settings, info->name);
    g_assert_nonnull (value);
    g_assert_true (info->kind != UI_SETTING_CHOICE || g_strv_contains (info->choices, value));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/settings/defaults", test_defaults);
  g_test_add_func ("/ui/settings/read", test_read);
  g_test_add_func ("/ui/settings/problems", test_problems);
  g_test_add_func ("/ui/settings/broken-file", test_broken_file);
  g_test_add_func ("/ui/settings/not-text", test_not_text);
  g_test_add_func ("/ui/settings/write", test_write);
  g_test_add_func ("/ui/settings/set", test_set);
  return g_test_run ();
}
