/* SPDX-License-Identifier: MIT
 * Screens as committed text: volatile parts masked, compared, shown as a unified diff.
 *
 * A mask keeps the width of what it hides, so that columns stay where they are: digits become '#'. A number
 * with a unit is hidden together with the spaces around it, since its length changes from run to run.
 */
#include "harness-private.h"

#include "base/file.h"

#include <gio/gio.h>

#include <string.h>

typedef struct {
  const char *pattern;
  const char *replacement; /* NULL: every digit and small letter becomes '#' */
} Mask;

static const Mask masks[] = {
  /* the last call, in the activity line: which one it is depends on what was read last */
  { "^ \\d\\d:\\d\\d:\\d\\d (GET|POST|PUT|DELETE|HEAD|PATCH) .*$", " ##:##:## (the last call)" },
  { "/[^ ]*cleanroom-screen-.*$", "(a path in the work folder)" },
  { " +consortium (known|open)$", "  consortium #" },
  { "\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d)?(\\.\\d+)?Z?)?", NULL },
  { "\\b\\d{1,2}:\\d\\d(:\\d\\d)?(\\.\\d+)?\\b", NULL },
  { "^ [0-2]\\d:(?=\xe2\x94\x94)", NULL }, /* a time under the corner of a box */
  { "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]*", NULL },
  { "(\\b[0-9a-f]{8}\\b ?){2,}", NULL },
  { "(?<![0-9a-zA-Z])(?=[0-9a-f]*\\d)[0-9a-f]{7,}(?![0-9a-zA-Z])", NULL },
  { "(?<=(?:input|utput|uery1)-)[0-9a-f]{8}\\b", NULL }, /* one that happens to be all letters */
  { "(?<=-)[0-9a-f]{1,7}(?=\xe2\x80\xa6)", NULL }, /* an id that is cut */
  { "(?<= {12})[0-9a-f]{1,6}(?= *(\xe2\x94\x82|\xe2\x96\x88|$))",
    NULL }, /* the rest of one that is wrapped */
  { "(?<=job id: )[0-9a-f]+", NULL },
  { "(?<=/)[0-9a-f]{1,6}$", NULL },
  { "\\bdatasa[a-z]+", NULL },
  /* certificates and keys */
  { "(?=[A-Za-z0-9+/#]*\\d)(?=[A-Za-z0-9+/#]*[A-Z])(?=[A-Za-z0-9+/#]*[a-z])[A-Za-z0-9+/#]{16,}={0,2}",
    "(base64)" },
  { "(?<= )[A-Za-z0-9+/]+={1,2}$", "(base64)" },
  { "(?<=127\\.0\\.0\\.1:)\\d{4,5}|(?<=localhost:)\\d{4,5}", "#####" },
  { "(?<=pid |process )\\d+", "#" },
  /* positions in the ledger, which also writes on its own account */
  { "Version +\\K\\d+\\.\\d+", "#.##" },
  { "^ ?##:##:## +\\K\\d+(?=  )", "##" },
  { "(Position|seqno\":) +\\K\\d+", "##" },
  { "(?<=\"duration_sec\":)[0-9.]+", "#" },
  { "\\d+(\\.\\d+)? [GM]B are free", "# GB are free" },
};

static gboolean
hide (const GMatchInfo *match, GString *result, gpointer data)
{
  (void) data;
  g_autofree char *text = g_match_info_fetch (match, 0);
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_isdigit (*c) || g_ascii_islower (*c))
      *c = '#';
  g_string_append (result, text);
  return FALSE;
}

/* "  12 ms " and " 1.2 s  " become " # s   ": one sign, and the spaces that make up the same width at the right. */
static gboolean
hide_duration (const GMatchInfo *match, GString *result, gpointer data)
{
  (void) data;
  g_autofree char *text = g_match_info_fetch (match, 0);
  gboolean spaced = text[0] == ' ';
  gsize start = result->len;
  g_string_append_printf (result, "%s# s", spaced ? " " : "");
  while (result->len - start < strlen (text))
    g_string_append_c (result, ' ');
  return FALSE;
}

static char *
mask_line (const char *line)
{
  char *text = g_strdup (line);
  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++) {
    g_autoptr (GRegex) regex = g_regex_new (masks[i].pattern, 0, 0, NULL);
    char *next = masks[i].replacement != NULL
                     ? g_regex_replace_literal (regex, text, -1, 0, masks[i].replacement, 0, NULL)
                     : g_regex_replace_eval (regex, text, -1, 0, 0, hide, NULL, NULL);
    g_free (text);
    text = next;
  }
  g_autoptr (GRegex) duration = g_regex_new (
      " *(?<![\\w.])(just now|(under )?\\d+(\\.\\d+)? ?(ms|s|min|seconds?|minutes?))\\b *", 0, 0, NULL);
  char *masked = g_regex_replace_eval (duration, text, -1, 0, 0, hide_duration, NULL, NULL);
  g_free (text);
  return g_strchomp (masked);
}

char *
screen_masked (Screen *screen)
{
  GString *text = g_string_new (NULL);
  for (int row = 0; row < screen->rows; row++) {
    g_autofree char *line = screen_row (screen, row);
    g_autofree char *masked = mask_line (line);
    g_string_append_printf (text, "%s\n", masked);
  }
  return g_string_free (text, FALSE);
}

static char *
snapshot_path (const char *name)
{
  const char *source = g_getenv ("CLEANROOM_SRCDIR");
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  return g_build_filename (source != NULL ? source : ".", "tests", "screen", "snapshots", file, NULL);
}

typedef struct {
  const char *wanted;
  char *got;
} Comparison;

static gboolean
is_equal (Screen *screen, gpointer data)
{
  Comparison *comparison = data;
  g_free (comparison->got);
  comparison->got = screen_masked (screen);
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

void
screen_snapshot (Screen *screen, const char *name)
{
  g_autofree char *path = snapshot_path (name);
  g_autofree char *wanted = NULL;
  if (g_strcmp0 (g_getenv ("SCREEN_UPDATE"), "1") == 0) {
    g_autofree char *text = screen_masked (screen);
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
  Comparison comparison = { .wanted = wanted };
  if (!screen_wait (screen, is_equal, &comparison, 3000)) {
    g_test_message ("the screen is not as in snapshots/%s.txt (SCREEN_UPDATE=1 rewrites it)", name);
    show_difference (screen, path, comparison.got);
    g_test_fail ();
  }
  g_free (comparison.got);
}
