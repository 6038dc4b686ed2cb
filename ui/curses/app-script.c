/* SPDX-License-Identifier: MIT
 * --script FILE: the app is driven by a file instead of fingers; a line is done when the one before has
 *  settled.
 *
 *   keys Down Down Enter      key names, as settings write them
 *   type some text            as if pasted
 *   wait some text            until it is on the screen (30 seconds, then the program ends with 1)
 *   save FILE                 the screen as text
 *   # a remark
 */
#include "ui/curses/app-private.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"

#include <string.h>

#define LOOK_MS 10
#define WAIT_SECONDS 30
#define SCRIPT_MAX (256 * 1024)

static gboolean
feed_keys (UiApp *app, const char *names)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    UiEvent event = { .kind = UI_EVENT_KEY };
    if (*words[i] == '\0')
      continue;
    if (!ui_key_parse (words[i], &event.key))
      return FALSE;
    ui_loop_feed (app->loop, &event);
  }
  return TRUE;
}

typedef enum { LINE_DONE, LINE_WAITS, LINE_FAILED } LineResult;

static LineResult
run_line (UiApp *app, const char *line)
{
  if (g_str_has_prefix (line, "keys "))
    return feed_keys (app, line + 5) ? LINE_DONE : LINE_FAILED;
  if (g_str_has_prefix (line, "type ")) {
    UiEvent event = { .kind = UI_EVENT_PASTE, .text = line + 5, .length = strlen (line + 5) };
    ui_loop_feed (app->loop, &event);
    return LINE_DONE;
  }
  if (g_str_has_prefix (line, "save ")) {
    g_autofree char *picture = ui_loop_picture (app->loop);
    return cr_file_write (line + 5, picture, -1, 0600, NULL) ? LINE_DONE : LINE_FAILED;
  }
  if (g_str_has_prefix (line, "wait ")) {
    g_autofree char *picture = ui_loop_picture (app->loop);
    if (strstr (picture, line + 5) != NULL)
      return LINE_DONE;
    return g_get_monotonic_time () < app->script_until_us ? LINE_WAITS : LINE_FAILED;
  }
  return *line == '\0' || *line == '#' ? LINE_DONE : LINE_FAILED;
}

static gboolean
stop (UiApp *app)
{
  app->script_timer = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_look (gpointer data)
{
  UiApp *app = data;
  if (app->loop == NULL)
    return G_SOURCE_CONTINUE;
  if (app->script->len == 0)
    return stop (app);
  const char *line = g_ptr_array_index (app->script, 0);
  if (!g_str_has_prefix (line, "wait ") && !ui_loop_settled (app->loop))
    return G_SOURCE_CONTINUE;
  LineResult result = run_line (app, line);
  if (result == LINE_WAITS)
    return G_SOURCE_CONTINUE;
  if (result == LINE_FAILED) {
    app->exit_code = 1;
    ui_loop_quit (app->loop);
    return stop (app);
  }
  g_ptr_array_remove_index (app->script, 0);
  app->script_until_us = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  return G_SOURCE_CONTINUE;
}

gboolean
ui_app_start_script (UiApp *app, GError **error)
{
  if (app->options.script == NULL)
    return TRUE;
  g_autofree char *text = cr_file_read_text (app->options.script, SCRIPT_MAX, error);
  if (text == NULL)
    return FALSE;
  app->script = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_ptr_array_add (app->script, g_strdup (g_strstrip (lines[i])));
  app->script_until_us = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  app->script_timer = g_timeout_add (LOOK_MS, on_look, app);
  return TRUE;
}
