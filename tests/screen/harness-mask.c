/* SPDX-License-Identifier: MIT
 * What changes from run to run is hidden: ids, times, ports, durations; also in the language of po/pseudo.
 *
 * A mask keeps the width of what it hides, so that columns stay where they are: digits become '#'. A number
 * with a unit is hidden together with the spaces around it, since its length changes from run to run. While a
 * dialog is open, what is left of the screen below it is not looked at: it has a text of its own, and ids
 * that the dialog cuts anywhere could not be told from words.
 */
#include "harness-private.h"

#include <string.h>

typedef struct {
  const char *pattern;
  const char *replacement; /* NULL: every digit and small letter becomes '#' */
} Mask;

static const Mask masks[] = {
  /* the last call, in the activity line: whether there is one, and which, depends on what was read last */
  { "^ \\d\\d:\\d\\d:\\d\\d (GET|POST|PUT|DELETE|HEAD|PATCH) .*$", "" },
  { "/[^ ]*cleanroom-screen-.*$", "(a path in the work folder)" },
  { " +(consortium (known|open)|⟦çóñšóŕţíüɱ (ķñóŵñ|óþéñ)·*⟧)$", "  consortium #" },
  { "\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d)?(\\.\\d+)?Z?)?", NULL },
  { "\\b\\d{1,2}:\\d\\d(:\\d\\d)?(\\.\\d+)?\\b", NULL },
  { "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]*", NULL },
  { "(\\b[0-9a-f]{8}\\b ?){2,}", NULL },
  { "(?<![0-9a-zA-Z])(?=[0-9a-f]*\\d)[0-9a-f]{7,}(?![0-9a-zA-Z])", NULL },
  { "(?<=(?:input|utput|uery1)-)[0-9a-f]{8}\\b", NULL }, /* one that happens to be all letters */
  { "(?<=-)[0-9a-f]{1,7}(?=\xe2\x80\xa6)", NULL },       /* an id that is cut */
  { "(?<=job id: )[0-9a-f]+", NULL },
  { "(?<=#{8} )[0-9a-f]{1,7}\\b", NULL },
  { "\\b(datasa|oidcsa|ccfsa)[a-z]+", NULL },
  { "\\b[a-z]{13}kv\\b", NULL },
  /* certificates and keys; a first line is not always mixed enough for what knows the others */
  { "\\bMII[A-Za-z0-9+/#]{12,}={0,2}", "(base64)" },
  { "(?=[A-Za-z0-9+/#]*\\d)(?=[A-Za-z0-9+/#]*[A-Z])(?=[A-Za-z0-9+/#]*[a-z])[A-Za-z0-9+/#]{16,}={0,2}",
    "(base64)" },
  { "(?<= )[A-Za-z0-9+/]+={1,2}$", "(base64)" },
  { "(?<=127\\.0\\.0\\.1:)\\d{4,5}|(?<=localhost:)\\d{4,5}", "#####" },
  { "(?<=pid |process |þŕóçéšš )\\d+", "#" },
  /* positions in the ledger, which also writes on its own account */
  { "(Version|Ṽéŕšíóñ·*⟧) +\\K\\d+\\.\\d+", "#.##" },
  { "^ ?##:##:## +\\K\\d+(?=  )", "##" },
  { "(Position|Þóšíţíóñ·*⟧|seqno\":) +\\K\\d+", "##" },
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

/* "  12 ms " and " 1.2 s  " become " # s   ": one sign, and the spaces that make up the same width at the
 * right. */
static gboolean
hide_duration (const GMatchInfo *match, GString *result, gpointer data)
{
  (void) data;
  g_autofree char *text = g_match_info_fetch (match, 0);
  const char *sign = text[0] == ' ' ? " # s" : "# s";
  glong width = g_utf8_strlen (text, -1);
  g_string_append (result, sign);
  for (glong at = (glong) strlen (sign); at < width; at++)
    g_string_append_c (result, ' ');
  return FALSE;
}

/* The first mask that needs to know what is wrapped; those before keep the width or hide a whole row. */
#define FIRST_AFTER_WRAPS "(?=[A-Za-z0-9+/#]*\\d)"

#define DURATION                                                                                             \
  " *(?<![\\w.])(just now|(under )?\\d+(\\.\\d+)? ?(ms|s|min|seconds?|minutes?))\\b *"                       \
  "| *⟦?(ĵüšţ ñóŵ|(üñđéŕ )?\\d+(\\.\\d+)? ?(ɱš|š|ɱíñ|šéçóñđš?|ɱíñüţéš?))[·⟧]+ *| *⟦üñđéŕ \\d[^ ]*… *"

/* Compiled once: a screen is masked again and again while it is waited for. */
static GRegex *const *
compiled (void)
{
  static GRegex *list[G_N_ELEMENTS (masks) + 1];
  static gsize once;
  if (g_once_init_enter (&once)) {
    for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
      list[i] = g_regex_new (masks[i].pattern, G_REGEX_OPTIMIZE, 0, NULL);
    list[G_N_ELEMENTS (masks)] = g_regex_new (DURATION, G_REGEX_OPTIMIZE, 0, NULL);
    g_once_init_leave (&once, 1);
  }
  return list;
}

/* The row is another one each time. */
static gboolean
is_whole (const Mask *mask)
{
  return mask != NULL && g_str_has_prefix (mask->pattern, "^") && g_str_has_suffix (mask->pattern, "$");
}

/* The masks FROM to TO, without the last. */
static void
apply (ScreenLine *line, gsize from, gsize to)
{
  GRegex *const *list = compiled ();
  for (gsize i = from; i < to; i++) {
    if (!g_regex_match (list[i], line->text, 0, NULL))
      continue;
    const Mask *mask = i < G_N_ELEMENTS (masks) ? &masks[i] : NULL;
    const char *text = line->text;
    gboolean same_width = mask != NULL && mask->replacement == NULL;
    char *next = mask == NULL ? g_regex_replace_eval (list[i], text, -1, 0, 0, hide_duration, NULL, NULL)
                 : same_width ? g_regex_replace_eval (list[i], text, -1, 0, 0, hide, NULL, NULL)
                              : g_regex_replace_literal (list[i], text, -1, 0, mask->replacement, 0, NULL);
    if (!same_width)
      line->how = MAX (line->how, is_whole (mask) ? SCREEN_MASKED_ROW : SCREEN_MASKED_LENGTH);
    g_free (line->text);
    line->text = next;
  }
}

/* --- Dialogs --- */

static gboolean
has_char (Screen *screen, int row, int column, gunichar wanted)
{
  VTermScreenCell cell;
  screen_cell (screen, row, column, &cell);
  return cell.chars[0] == wanted;
}

gboolean
screen_find_dialog (Screen *screen, VTermRect *box)
{
  gboolean found = FALSE;
  for (int row = 0; row < screen->rows; row++)
    for (int column = 0; column < screen->columns; column++) {
      if (!has_char (screen, row, column, 0x250C))
        continue;
      int right = column + 1, bottom = row + 1;
      while (right + 1 < screen->columns && !has_char (screen, row, right, 0x2510))
        right++;
      while (bottom + 1 < screen->rows && !has_char (screen, bottom, column, 0x2514))
        bottom++;
      *box = (VTermRect){ row, bottom + 1, column, right + 1 };
      found = TRUE;
    }
  return found;
}

gboolean
screen_is_covered (Screen *screen, const VTermRect *dialog, int row, int column)
{
  return dialog != NULL && row > 0 && row < screen->rows - 1
         && (row < dialog->start_row || row >= dialog->end_row || column < dialog->start_col
             || column >= dialog->end_col);
}

static char *
visible_row (Screen *screen, int row, const VTermRect *dialog)
{
  g_autoptr (GArray) columns = g_array_new (FALSE, FALSE, sizeof (int));
  g_autofree char *text = screen_row_cells (screen, row, columns);
  g_autoptr (GString) out = g_string_new (NULL);
  for (char *c = text; *c != '\0'; c = g_utf8_next_char (c)) {
    int column = g_array_index (columns, int, c - text);
    if (screen_is_covered (screen, dialog, row, column))
      g_string_append_c (out, ' ');
    else
      g_string_append_len (out, c, g_utf8_next_char (c) - c);
  }
  return g_strchomp (g_string_free (g_steal_pointer (&out), FALSE));
}

/* --- What is wrapped --- */

static gboolean
is_border (gunichar c)
{
  return c >= 0x2500 && c <= 0x259F;
}

static gboolean
is_hex (gunichar c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

typedef enum { CUT_NOT, CUT_HEX, CUT_NAME } Cut;

/* Is what stands in front of the border at the end of the piece of ROW the beginning of an id, or of a name
 * in the path of an address. */
static Cut
cut_of (const gunichar *row, glong length, glong from, glong to)
{
  glong end = MIN (to, length), start;
  while (end > from && (row[end - 1] == ' ' || is_border (row[end - 1])))
    end--;
  gboolean hash = FALSE, path = FALSE;
  for (start = end; start > from && row[start - 1] != ' '; start--) {
    hash = hash || row[start - 1] == '#';
    path = path || row[start - 1] == '/';
  }
  if (end - start < 2)
    return CUT_NOT;
  if (row[end - 1] == '#' && path)
    return CUT_NAME;
  return row[end - 1] == '-' || row[end - 1] == '#' || (hash && path) ? CUT_HEX : CUT_NOT;
}

/* Hide "b8e3-4ce8-87ee" at AT. */
static void
hide_run (gunichar *row, glong length, glong at, Cut cut)
{
  for (;;) {
    glong end = at;
    while (end < length
           && (is_hex (row[end]) || row[end] == '#' || (cut == CUT_NAME && g_unichar_islower (row[end]))))
      end++;
    if (end == at || (end < length && g_unichar_isalnum (row[end])))
      return;
    for (; at < end; at++)
      row[at] = '#';
    if (at >= length || row[at] != '-')
      return;
    at++;
    cut = CUT_HEX;
  }
}

/* A piece of a row that begins with blanks goes on with what the piece above it in the same pane left off. */
static char *
hide_wrapped (const char *above, const char *line)
{
  glong count = 0, length = 0;
  g_autofree gunichar *up = g_utf8_to_ucs4_fast (above, -1, &count);
  g_autofree gunichar *row = g_utf8_to_ucs4_fast (line, -1, &length);
  for (glong from = 0; from < length;) {
    glong to = from, at = from;
    while (to < length && !is_border (row[to]))
      to++;
    while (at < to && row[at] == ' ')
      at++;
    Cut cut = at < to && at > from ? cut_of (up, count, from, to < length ? to : count) : CUT_NOT;
    if (cut != CUT_NOT)
      hide_run (row, length, at, cut);
    from = to + 1;
  }
  return g_ucs4_to_utf8 (row, length, NULL, NULL, NULL);
}

/* The last line of a certificate may be short and look like a word. */
static void
hide_tail (const ScreenLine *above, ScreenLine *line)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=#";
  const char *start = strstr (above->text, "(base64)");
  glong column = start != NULL ? g_utf8_strlen (above->text, start - above->text) : 0;
  if (start == NULL || g_utf8_strlen (line->text, -1) <= column)
    return;
  char *at = g_utf8_offset_to_pointer (line->text, column);
  gsize length = strspn (at, letters);
  if (length == 0 || (at[length] != '\0' && at[length] != ' '))
    return;
  g_autofree char *before = g_strndup (line->text, (gsize) (at - line->text));
  char *next = g_strconcat (before, "(base64)", at + length, NULL);
  g_free (line->text);
  line->text = next;
  line->how = MAX (line->how, SCREEN_MASKED_LENGTH);
}

/* --- All of it --- */

static void
line_clear (gpointer data)
{
  g_free (((ScreenLine *) data)->text);
}

GArray *
screen_masked_lines (Screen *screen)
{
  gsize count = G_N_ELEMENTS (masks), wraps = 0;
  while (wraps < count && !g_str_has_prefix (masks[wraps].pattern, FIRST_AFTER_WRAPS))
    wraps++;
  VTermRect box;
  const VTermRect *dialog = screen_find_dialog (screen, &box) ? &box : NULL;
  GArray *lines = g_array_new (FALSE, TRUE, sizeof (ScreenLine));
  g_array_set_clear_func (lines, line_clear);
  for (int row = 0; row < screen->rows; row++) {
    ScreenLine line = { .text = visible_row (screen, row, dialog) };
    apply (&line, 0, wraps);
    if (row > 0) {
      char *next = hide_wrapped (g_array_index (lines, ScreenLine, row - 1).text, line.text);
      g_free (line.text);
      line.text = next;
    }
    g_array_append_val (lines, line);
  }
  for (guint row = 0; row < lines->len; row++) {
    ScreenLine *line = &g_array_index (lines, ScreenLine, row);
    apply (line, wraps, count + 1);
    if (row > 0)
      hide_tail (&g_array_index (lines, ScreenLine, row - 1), line);
    g_strchomp (line->text);
  }
  return lines;
}

char *
screen_masked (Screen *screen)
{
  g_autoptr (GArray) lines = screen_masked_lines (screen);
  GString *text = g_string_new (NULL);
  for (guint row = 0; row < lines->len; row++)
    g_string_append_printf (text, "%s\n", g_array_index (lines, ScreenLine, row).text);
  return g_string_free (text, FALSE);
}
