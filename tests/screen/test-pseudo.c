/* SPDX-License-Identifier: MIT
 * Every screen in a language that nobody speaks (po/pseudo): each translated text is accented, 40 % longer
 * and between marks. A plain word is one that nobody can translate; a text without its end mark was cut.
 */
#include "cases.h"

#include "base/file.h"

#include <gio/gio.h>

#include <string.h>

#define START 0x27E6 /* the marks of po/pseudo */
#define END 0x27E7
#define ELLIPSIS 0x2026

static Fixture *shared;

/* Words that are the same in every language: names, values, what stands in files and on the wire. Words with
 * a digit, an underscore, a dot, a slash or an inner capital, and those all in capitals, need no mention. */
static const char everywhere[] =
    "northwind woodgrove operator ccfoperator analytics sse local consortium example "
    "Enter Esc Tab Space Backspace Up Down PgUp PgDn Home End Ctrl Alt Shift Del Delete "
    "input output query dataset author date time mentions string csv contract cl spark az account cleanroom "
    "execution logging telemetry westus auto";

/* --- The catalogue --- */

static char *
source_file (const char *folder, const char *name)
{
  const char *source = g_getenv ("CLEANROOM_SRCDIR");
  return g_build_filename (source != NULL ? source : ".", folder, name, NULL);
}

/* Makes the catalogue in FOLDER; FALSE when a tool for it is missing here. */
static gboolean
make_catalogue (const char *folder)
{
  static const char *const tools[] = { "bash", "python3", "xgettext", "msgcat", "msgfmt" };
  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++) {
    g_autofree char *path = g_find_program_in_path (tools[i]);
    if (path == NULL) {
      g_print ("1..0 # SKIP no %s here\n", tools[i]);
      return FALSE;
    }
  }
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  g_autofree char *script = source_file ("po", "pseudo"), *source = source_file (".", NULL);
  g_autofree char *texts = g_build_filename (build != NULL ? build : ".", "po", "persona-texts", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "bash", script, source,
                                                      texts, folder, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
  return TRUE;
}

/* --- What is on the screen --- */

/* A piece of a row between borders. */
typedef struct {
  int row, from, to;
} Segment;

typedef struct {
  int rows, columns;
  gunichar *cells;
  gboolean *bold;
  Segment whole; /* what is looked at: everything, or the inside of the dialog on top */
  int last_row;
  GHashTable *words;
  GString *faults;
} Look;

static gunichar
at (const Look *look, int row, int column)
{
  return look->cells[row * look->columns + column];
}

static gboolean
is_border (gunichar c)
{
  return (c >= 0x2500 && c <= 0x259F);
}

static void
fault (Look *look, const Segment *segment, const char *what)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int column = segment->from; column < segment->to; column++)
    g_string_append_unichar (text, at (look, segment->row, column));
  g_string_append_printf (look->faults, "row %2d: %s: %s\n", segment->row, what, g_strstrip (text->str));
}

/* The next piece of ROW from column FROM on. */
static gboolean
next_segment (const Look *look, int row, int from, Segment *segment)
{
  int to = look->whole.to;
  while (from < to && is_border (at (look, row, from)))
    from++;
  *segment = (Segment){ row, from, from };
  while (segment->to < to && !is_border (at (look, row, segment->to)))
    segment->to++;
  return segment->from < to;
}

/* --- Plain words --- */

static gboolean
is_word_known (const Look *look, const char *word, gboolean cut)
{
  if (g_hash_table_contains (look->words, word))
    return TRUE;
  GHashTableIter iter;
  gpointer known;
  g_hash_table_iter_init (&iter, look->words);
  while (cut && g_hash_table_iter_next (&iter, &known, NULL))
    if (g_str_has_prefix (known, word))
      return TRUE;
  return FALSE;
}

/* Does TOKEN look like a name of something: an id, a path, an address, a name of code, an abbreviation. */
static gboolean
is_name (const char *token)
{
  return g_regex_match_simple ("[0-9_@/^]|[.:=][^.]|[a-z][A-Z]|--|[a-z]{15}|-[a-f]{1,8}$", token, 0, 0)
         || g_regex_match_simple ("^[^a-z]*$", token, 0, 0);
}

static void
check_token (Look *look, const Segment *segment, const char *token, gboolean cut)
{
  if (is_name (token))
    return;
  g_auto (GStrv) words = g_strsplit_set (token, "-.,:;()\"'?!+*[]{}<>|&#", -1);
  for (char **word = words; *word != NULL; word++)
    if (strlen (*word) > 1 && !is_word_known (look, *word, cut && word[1] == NULL)) {
      g_autofree char *what = g_strdup_printf ("not translated: \"%s\"", *word);
      fault (look, segment, what);
    }
}

/* Tokens end at spaces and at everything that is not ASCII. */
static void
check_words (Look *look, const Segment *segment)
{
  g_autoptr (GString) token = g_string_new (NULL);
  gboolean accented = FALSE;
  for (int column = segment->from; column <= segment->to; column++) {
    gunichar c = column < segment->to ? at (look, segment->row, column) : ' ';
    if (c > ' ' && c < 0x7F) {
      g_string_append_c (token, (char) c);
      continue;
    }
    accented = accented || g_unichar_isalpha (c);
    if (token->len > 0 && !(accented && token->len < 2))
      check_token (look, segment, token->str, c == ELLIPSIS || column >= segment->to);
    g_string_truncate (token, 0);
    accented = g_unichar_isalpha (c);
  }
}

/* --- Cut texts --- */

/* Does a text of DEPTH open marks at the end of SEGMENT end further down in the same pane? A pane that goes
 * on below its last row has a scroll bar at its side. */
static gboolean
ends_below (const Look *look, const Segment *segment, int depth)
{
  for (int row = segment->row + 1; row <= look->last_row; row++) {
    Segment below = { row, segment->from, segment->from };
    gboolean blank = TRUE;
    if (is_border (at (look, row, segment->from)))
      return is_border (at (look, row - 1, segment->to < look->columns ? segment->to : segment->to - 1));
    while (below.to < look->whole.to && !is_border (at (look, row, below.to))) {
      gunichar c = at (look, row, below.to++);
      blank = blank && c == ' ';
      depth += c == START ? 1 : c == END ? -1 : 0;
      if (depth == 0)
        return TRUE;
    }
    if (blank)
      return FALSE;
  }
  return segment->to < look->columns && is_border (at (look, look->last_row, segment->to));
}

/* Where nothing may be cut: the title, the key hints, and what is in bold anywhere: headings, buttons. */
static gboolean
must_be_whole (const Look *look, int row, int column)
{
  return row == look->rows - 1 || (row != 0 && look->bold[row * look->columns + column]);
}

static void
check_marks (Look *look, const Segment *segment)
{
  int depth = 0, start = segment->from;
  for (int column = segment->from; column < segment->to; column++) {
    gunichar c = at (look, segment->row, column);
    if (c == START && depth++ == 0)
      start = column;
    else if (c == END)
      depth = MAX (depth - 1, 0);
    else if (c == ELLIPSIS && depth > 0) {
      if (must_be_whole (look, segment->row, start))
        fault (look, segment, "cut");
      depth = 0;
    }
  }
  if (depth > 0
      && (segment->row == 0 || segment->row == look->rows - 1 || !ends_below (look, segment, depth)))
    fault (look, segment, "no end");
}

/* --- One look --- */

static void
read_cells (Look *look, Screen *screen)
{
  screen_size (screen, &look->columns, &look->rows);
  look->cells = g_new0 (gunichar, look->rows * look->columns);
  look->bold = g_new0 (gboolean, look->rows * look->columns);
  look->whole = (Segment){ 0, 0, look->columns };
  look->last_row = look->rows - 3; /* activity and hints are below the panes */
  for (int row = 0; row < look->rows; row++)
    for (int column = 0; column < look->columns; column++) {
      VTermScreenCell cell;
      screen_cell (screen, row, column, &cell);
      gunichar c = cell.chars[0] == 0 || cell.chars[0] == (uint32_t) -1 ? ' ' : cell.chars[0];
      look->cells[row * look->columns + column] = c;
      /* The row that is selected is bold as well. */
      look->bold[row * look->columns + column] = cell.attrs.bold && VTERM_COLOR_IS_DEFAULT_BG (&cell.bg);
    }
}

/* The inside of the box that was opened last, which covers what is below. */
static void
find_box (Look *look)
{
  for (int row = 0; row < look->rows; row++)
    for (int column = 0; column < look->columns; column++)
      if (at (look, row, column) == 0x250C) {
        int right = column + 1, bottom = row + 1;
        while (right < look->columns && at (look, row, right) != 0x2510)
          right++;
        while (bottom < look->rows && at (look, bottom, column) != 0x2514)
          bottom++;
        look->whole = (Segment){ row, column, right };
        look->last_row = bottom - 1;
      }
}

static void
check_rows (Look *look)
{
  for (int row = look->whole.row; row <= look->last_row; row++) {
    Segment segment;
    for (int from = look->whole.from; next_segment (look, row, from, &segment); from = segment.to) {
      check_words (look, &segment);
      check_marks (look, &segment);
    }
  }
}

/* The first text of the title line, and the way to help at the end of the last one, are whole. */
static void
check_frame (Look *look, gboolean dialog)
{
  Segment title = { 0, 0, look->columns }, hints = { look->rows - 1, 0, look->columns };
  int column = 0;
  while (column < look->columns && at (look, 0, column) != END && at (look, 0, column) != ELLIPSIS)
    column++;
  if (column == look->columns || at (look, 0, column) != END)
    fault (look, &title, "the title of the screen is cut");
  check_words (look, &hints);
  check_marks (look, &hints);
  for (column = 0; column < look->columns - 2; column++) {
    gunichar key = at (look, hints.row, column); /* "?", or "F1" while something is typed */
    if ((key == '?' || (key == '1' && column > 0 && at (look, hints.row, column - 1) == 'F'))
        && at (look, hints.row, column + 2) == START)
      break;
  }
  if (!dialog && column == look->columns - 2)
    fault (look, &hints, "no hint for help");
}

static void
add_words (Look *look, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_hash_table_add (look->words, g_strdup (*word));
}

static void
check_screen (Screen *screen, const char *words)
{
  Look look = { .words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                .faults = g_string_new (NULL) };
  add_words (&look, everywhere);
  add_words (&look, words);
  read_cells (&look, screen);
  find_box (&look);
  check_rows (&look);
  check_frame (&look, look.whole.row > 0);
  if (look.faults->len > 0) {
    screen_dump (screen, look.faults->str);
    g_test_fail ();
  }
  g_hash_table_unref (look.words);
  g_string_free (look.faults, TRUE);
  g_free (look.cells);
  g_free (look.bold);
}

/* --- Tests --- */

static char *language, *catalogues;

static Screen *
start (Fixture *fixture, const char *argument)
{
  const char *const environment[] = { language, catalogues, NULL };
  ScreenOptions options = { .environment = environment };
  Screen *screen = fixture_start (fixture, &options, argument, "--own-keyring", NULL);
  g_assert_true (screen_settle (screen, 15000));
  return screen;
}

static void
look (Screen *screen, const ScreenCase *item)
{
  check_screen (screen, item->words);
}

/* A sign-in, the step that waits for it, and the same step cancelled. */
static void
test_sign_in (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = start (fixture, "operator");
  screen_keys (screen, "Enter Ctrl-s");
  g_assert_true (screen_wait_text (screen, "▀▀▀▀▀▀▀", 15000));
  screen_wait_quiet (screen, 60, 1000); /* the rest of the picture */
  check_screen (screen, "");
  screen_key (screen, "Esc");
  g_assert_true (screen_wait_gone (screen, "▀▀▀▀▀▀▀", 5000));
  screen_resize (screen, 200, 60); /* so that what is told for a moment covers nothing */
  g_assert_true (screen_wait_text (screen, "devicecode 200", 5000));
  screen_wait_quiet (screen, 50, 1000);
  check_screen (screen, "ms account not of devicecode");
  screen_key (screen, "x");
  g_assert_true (screen_settle (screen, 10000));
  check_screen (screen, "ms login devicecode");
}

/* A run that is refused because consent was withdrawn. */
static void
test_failed (void)
{
  g_autofree char *output = NULL;
  fixture_run (shared, &output, "query", "show", "--as", "northwind", NULL);
  g_autoptr (GRegex) regex = g_regex_new ("woodgrove-query1-[0-9a-f]+", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_assert_true (g_regex_match (regex, output, 0, &match));
  g_autofree char *id = g_match_info_fetch (match, 0);
  static const char *const actions[] = { "disable", "enable" };
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    int code = fixture_run (shared, NULL, "governance", "user-document", "runtime-option", "set",
                            "--document-id", id, "--option", "execution", "--action", actions[i], "--as",
                            "northwind", NULL);
    g_assert_cmpint (code, ==, 0);
    if (i > 0)
      break;
    g_autoptr (Screen) screen = start (shared, "woodgrove");
    screen_keys (screen, "g Down Down Down Down Down Down Down Down Down Down R");
    g_assert_true (screen_settle (screen, 10000));
    screen_key (screen, "Ctrl-s");
    g_assert_true (screen_settle (screen, 20000));
    check_screen (screen, "for document runtime option has been disabled by the following approver ed");
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_available ())
    return 0;
  g_autofree char *folder = g_dir_make_tmp ("cleanroom-pseudo-XXXXXX", NULL);
  if (!make_catalogue (folder)) {
    cr_dir_remove (folder, NULL);
    return 0;
  }
  /* What is run before the first screen speaks that language as well, and what it wrote is shown later. */
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_setenv ("LANGUAGE", "en_XA", TRUE);
  g_setenv ("CLEANROOM_LOCALE_DIR", folder, TRUE);
  language = g_strdup ("LANGUAGE=en_XA");
  catalogues = g_strconcat ("CLEANROOM_LOCALE_DIR=", folder, NULL);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  ScreenGallery gallery = { .fixture = &shared,
                            .path = "/screen/pseudo",
                            .pseudo = TRUE,
                            .environment = language,
                            .environment2 = catalogues,
                            .look = look };
  screen_gallery_add (&gallery);
  g_test_add_func ("/screen/pseudo/sign-in", test_sign_in);
  g_test_add_func ("/screen/pseudo/failed", test_failed);
  int code = fixture_end (&shared, "/screen/pseudo/end");
  g_free (language);
  g_free (catalogues);
  cr_dir_remove (folder, NULL);
  return code;
}
