/* SPDX-License-Identifier: MIT
 * Screens as committed text: compared, shown as a unified diff, rewritten.
 */
#include "harness-private.h"

#include "base/file.h"

#include <gio/gio.h>

static char *
snapshot_path (const char *name)
{
  const char *source = g_getenv ("CLEANROOM_SRCDIR");
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  return g_build_filename (source != NULL ? source : ".", "tests", "screen", "snapshots", file, NULL);
}

typedef char *(*Describe) (Screen *screen, Screen *plain);

typedef struct {
  const char *wanted;
  char *got;
  Describe describe;
  Screen *plain;
} Comparison;

static gboolean
is_equal (Screen *screen, gpointer data)
{
  Comparison *comparison = data;
  g_free (comparison->got);
  comparison->got = comparison->describe (screen, comparison->plain);
  return g_str_equal (comparison->got, comparison->wanted);
}

static void
show_difference (Screen *screen, const char *path, const char *got)
{
  g_autofree char *file = g_build_filename (screen->rig->folder, "screen.txt", NULL);
  g_autofree char *difference = NULL;
  if (!cr_file_write (file, got, -1, 0600, NULL))
    return;
  g_autoptr (GSubprocess) diff = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "diff", "-u",
                                                   "--label", "committed", "--label", "now", path, file,
                                                   NULL);
  if (diff == NULL || !g_subprocess_communicate_utf8 (diff, NULL, NULL, &difference, NULL, NULL))
    return;
  g_auto (GStrv) lines = g_strsplit (difference, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_test_message ("%s", *line);
}

static gboolean
is_updating (void)
{
  return g_strcmp0 (g_getenv ("SCREEN_UPDATE"), "1") == 0;
}

static void
compare (Screen *screen, Screen *plain, Describe describe, const char *name)
{
  g_autofree char *path = snapshot_path (name);
  g_autofree char *wanted = NULL;
  if (is_updating ()) {
    g_autofree char *text = describe (screen, plain);
    g_autoptr (GError) error = NULL;
    if (!cr_file_write (path, text, -1, 0644, &error))
      g_error ("%s", error->message);
    return;
  }
  if (!g_file_get_contents (path, &wanted, NULL, NULL)) {
    g_test_message ("no snapshot %s; SCREEN_UPDATE=1 writes it", path);
    screen_dump (screen, name);
    g_test_fail ();
    return;
  }
  Comparison comparison = { wanted, NULL, describe, plain };
  if (!screen_wait (screen, is_equal, &comparison, 3000)) {
    g_test_message ("the screen is not as in snapshots/%s.txt (SCREEN_UPDATE=1 rewrites it)", name);
    show_difference (screen, path, comparison.got);
    g_test_fail ();
  }
  g_free (comparison.got);
}

static char *
describe_text (Screen *screen, Screen *plain)
{
  (void) plain;
  return screen_masked (screen);
}

void
screen_snapshot (Screen *screen, const char *name)
{
  compare (screen, NULL, describe_text, name);
}

static char *
describe_pair (Screen *screen, Screen *plain)
{
  g_autofree char *text = screen_masked (screen);
  g_autofree char *looks = screen_attributes (screen), *plain_looks = screen_attributes (plain);
  return g_strdup_printf ("%s\n[colours]\n%s\n[NO_COLOR]\n%s", text, looks, plain_looks);
}

static gboolean
is_same_text (Screen *screen, gpointer data)
{
  g_autofree char *text = screen_masked (screen), *other = screen_masked (data);
  return g_str_equal (text, other);
}

void
screen_snapshot_pair (Screen *colours, Screen *plain, const char *name)
{
  if (!screen_wait (colours, is_same_text, plain, 3000)) {
    screen_dump (colours, "with colours");
    screen_dump (plain, "another text without");
    g_test_fail ();
    return;
  }
  compare (colours, plain, describe_pair, name);
}
