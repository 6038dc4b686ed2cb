/* SPDX-License-Identifier: MIT
 * Copying: the whole of what is selected, or one field of it; by the desktop's own program or by the terminal
 * (app.h).
 */
#include "ui/curses/app-private.h"
#include "ui/curses/clipboard.h"
#include "ui/curses/list.h"

#include "base/error.h"
#include "base/translate.h"

#include <string.h>

#define FIELDS_MAX 200u

typedef struct {
  UiApp *app;
  char *what, *text;
} Copying;

static void
copying_free (gpointer data)
{
  Copying *copying = data;
  g_free (copying->what);
  g_free (copying->text);
  g_free (copying);
}

static void
tell (UiApp *app, const char *what, const GError *error)
{
  if (error == NULL)
    ui_app_toast (app, UI_STATE_DONE, _ ("%s: copied."), what);
  else
    ui_app_toast (app, UI_STATE_FAILED, "%s %s", error->message,
                  cr_error_hint (error) != NULL ? cr_error_hint (error) : "");
}

/* Where the desktop's program does not do it, the terminal may. */
static void
copied (const GError *error, gpointer data)
{
  const Copying *copying = data;
  UiApp *app = copying->app;
  gboolean other = error != NULL && g_strcmp0 (app->settings->clipboard, "native") != 0
                   && ui_terminal_copy (app->terminal, copying->text, NULL);
  tell (app, copying->what, other ? NULL : error);
}

void
ui_app_copy (UiApp *app, const char *what, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) tool = ui_clipboard_tool ();
  const char *const *words = (const char *const *) tool;
  switch (ui_clipboard_way (app->settings->clipboard, ui_terminal_copies (app->terminal), words,
                            strlen (text), &error)) {
  case UI_CLIPBOARD_NATIVE: {
    Copying *copying = g_new0 (Copying, 1);
    copying->app = app;
    copying->what = g_strdup (what);
    copying->text = g_strdup (text);
    ui_clipboard_copy (words, text, copied, copying, copying_free);
    return;
  }
  case UI_CLIPBOARD_TERMINAL:
    ui_terminal_copy (app->terminal, text, &error);
    break;
  case UI_CLIPBOARD_NONE:
  default:
    break;
  }
  tell (app, what, error);
}

/* ---- one field ---- */

typedef struct {
  GPtrArray *ids, *titles; /* char*, NULL-terminated when they are offered */
  GPtrArray *values;
} Fields;

static void
fields_free (gpointer data)
{
  Fields *fields = data;
  g_ptr_array_unref (fields->ids);
  g_ptr_array_unref (fields->titles);
  g_ptr_array_unref (fields->values);
  g_free (fields);
}

static Fields *
fields_new (void)
{
  Fields *fields = g_new0 (Fields, 1);
  fields->ids = g_ptr_array_new_with_free_func (g_free);
  fields->titles = g_ptr_array_new_with_free_func (g_free);
  fields->values = g_ptr_array_new_with_free_func (g_free);
  return fields;
}

static void
add_field (Fields *fields, const char *title, const char *text)
{
  g_autofree char *value = g_strstrip (g_strdup (text != NULL ? text : ""));
  if (*value == '\0' || fields->values->len >= FIELDS_MAX)
    return;
  g_ptr_array_add (fields->ids, g_strdup_printf ("%u", fields->values->len));
  g_ptr_array_add (fields->titles,
                   *title != '\0' ? g_strdup_printf ("%s: %s", title, value) : g_strdup (value));
  g_ptr_array_add (fields->values, g_steal_pointer (&value));
}

/* "Label   value" as it stands in a detail; a line without a label is a field as it is. */
static void
add_line (Fields *fields, const char *line)
{
  const char *gap = strstr (line, "  ");
  if (gap == NULL || gap == line || *line == ' ') {
    add_field (fields, "", line);
    return;
  }
  g_autofree char *label = g_strndup (line, (gsize) (gap - line));
  add_field (fields, label, gap);
}

static Fields *
fields_of (UiScreen *screen)
{
  Fields *fields = fields_new ();
  UiList *list = screen->class->list != NULL ? screen->class->list (screen) : NULL;
  for (guint column = 0; list != NULL; column++) {
    const char *title = NULL;
    g_autofree char *text = ui_list_copy_cell (list, column, &title);
    if (title == NULL)
      break;
    add_field (fields, title, text);
  }
  g_autofree char *detail = screen->class->detail != NULL ? screen->class->detail (screen) : NULL;
  g_auto (GStrv) lines = g_strsplit (detail != NULL ? detail : "", "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (fields, lines[i]);
  return fields;
}

static void
field_chosen (UiApp *app, const char *answer, gpointer data)
{
  const Fields *fields = data;
  guint64 number = g_ascii_strtoull (answer, NULL, 10);
  if (number < fields->values->len)
    ui_app_copy (app, _ ("The field"), g_ptr_array_index (fields->values, number));
}

gboolean
ui_app_has_fields (UiScreen *screen)
{
  return screen->class->list != NULL || screen->class->detail != NULL;
}

void
ui_app_copy_field (UiApp *app)
{
  Fields *fields = fields_of (ui_app_screen (app));
  if (fields->values->len == 0) {
    ui_app_toast (app, UI_STATE_INFO, "%s", _ ("There is nothing to copy here."));
    fields_free (fields);
    return;
  }
  g_ptr_array_add (fields->ids, NULL);
  g_ptr_array_add (fields->titles, NULL);
  ui_app_choose (app, _ ("Copy which field?"), (const char *const *) fields->ids->pdata,
                 (const char *const *) fields->titles->pdata, field_chosen, fields, fields_free);
}
