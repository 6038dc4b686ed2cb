/* SPDX-License-Identifier: MIT
 * The clipboard of the desktop (clipboard.h).
 */
#include "ui/curses/clipboard.h"

#include "base/error.h"
#include "base/translate.h"

#include <string.h>

#define LIMIT_SECONDS 5

typedef struct {
  const char *display; /* set where it can be used; NULL = everywhere that has it */
  const char *words[4];
} Tool;

/* In the order of preference. They read the text from standard input. */
static const Tool tools[] = {
  { "WAYLAND_DISPLAY", { "wl-copy", NULL } },
  { "DISPLAY", { "xclip", "-selection", "clipboard", NULL } },
  { NULL, { "pbcopy", NULL } },
};

char **
ui_clipboard_tool (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++) {
    const char *display = tools[i].display != NULL ? g_getenv (tools[i].display) : "";
    if (display == NULL || (tools[i].display != NULL && *display == '\0'))
      continue;
    g_autofree char *path = g_find_program_in_path (tools[i].words[0]);
    if (path == NULL)
      continue;
    char **words = g_strdupv ((char **) (gsize) tools[i].words);
    g_free (words[0]);
    words[0] = g_steal_pointer (&path);
    return words;
  }
  return NULL;
}

static UiClipboardWay
too_large (gsize length, gsize most, GError **error)
{
  cr_set_error (error, CR_ERROR_INPUT, _ ("Save it to a file instead."),
                _ ("It is too large for the clipboard: %zu bytes, at most %zu."), length, most);
  return UI_CLIPBOARD_NONE;
}

UiClipboardWay
ui_clipboard_way (const char *choice, gboolean terminal, const char *const *tool, gsize length,
                  GError **error)
{
  gboolean want_native = g_strcmp0 (choice, "terminal") != 0 && tool != NULL;
  gboolean want_terminal = g_strcmp0 (choice, "native") != 0 && terminal;
  if (want_native && length <= UI_CLIPBOARD_MAX)
    return UI_CLIPBOARD_NATIVE;
  if (want_terminal && length <= UI_CLIPBOARD_TERMINAL_MAX)
    return UI_CLIPBOARD_TERMINAL;
  if (want_native || want_terminal)
    return too_large (length, want_native ? UI_CLIPBOARD_MAX : UI_CLIPBOARD_TERMINAL_MAX, error);
  if (g_strcmp0 (choice, "native") == 0)
    cr_set_error (error, CR_ERROR_INPUT,
                  _ ("Install wl-copy (Wayland) or xclip (X), or set \"clipboard\" to auto."),
                  _ ("There is no program here that fills the clipboard of the desktop."));
  else
    cr_set_error (error, CR_ERROR_INPUT, _ ("Save it to a file instead."),
                  _ ("This terminal has no clipboard that a program can fill."));
  return UI_CLIPBOARD_NONE;
}

/* ---- handing over ---- */

typedef struct {
  GSubprocess *process;
  char *name;
  guint limit;
  gboolean late;
  UiClipboardDone done;
  gpointer data;
  GDestroyNotify free_data;
} Handing;

static void
handing_free (Handing *handing)
{
  if (handing->limit != 0)
    g_source_remove (handing->limit);
  if (handing->free_data != NULL)
    handing->free_data (handing->data);
  g_clear_object (&handing->process);
  g_free (handing->name);
  g_free (handing);
}

static gboolean
limit_passed (gpointer data)
{
  Handing *handing = data;
  handing->limit = 0;
  handing->late = TRUE;
  g_subprocess_force_exit (handing->process);
  return G_SOURCE_REMOVE;
}

static void
handed (GObject *source, GAsyncResult *result, gpointer data)
{
  Handing *handing = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = g_subprocess_communicate_finish (G_SUBPROCESS (source), result, NULL, NULL, &error)
                && g_subprocess_get_successful (handing->process);
  if (!ok) {
    g_clear_error (&error);
    cr_set_error (&error, CR_ERROR_FAILED,
                  _ ("Set \"clipboard\" to terminal in the settings, or save it to a file."),
                  handing->late ? _ ("%s did not take it within some seconds.") : _ ("%s did not take it."),
                  handing->name);
  }
  handing->done (error, handing->data);
  handing_free (handing);
}

void
ui_clipboard_copy (const char *const *tool, const char *text, UiClipboardDone done, gpointer data,
                   GDestroyNotify free_data)
{
  g_autoptr (GError) error = NULL;
  /* Such a program goes on in the background: it must hold nothing of this terminal. */
  GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                           | G_SUBPROCESS_FLAGS_STDERR_SILENCE;
  GSubprocess *process = g_subprocess_newv (tool, flags, &error);
  if (process == NULL) {
    done (error, data);
    if (free_data != NULL)
      free_data (data);
    return;
  }
  Handing *handing = g_new0 (Handing, 1);
  handing->process = process;
  handing->name = g_path_get_basename (tool[0]);
  handing->done = done;
  handing->data = data;
  handing->free_data = free_data;
  handing->limit = g_timeout_add_seconds (LIMIT_SECONDS, limit_passed, handing);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_subprocess_communicate_async (process, bytes, NULL, handed, handing);
}
