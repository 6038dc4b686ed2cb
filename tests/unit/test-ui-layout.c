/* SPDX-License-Identifier: MIT
 * Widths, cuts and wraps of any text; drawing with clipping; ASCII; the C library thinks the same of widths.
 */
#include "ui/curses/draw-private.h"
#include "ui/curses/terminal-private.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#define ACUTE "\xCC\x81"
#define KA "\xE3\x81\x8B"                                     /* hiragana, wide */
#define FAMILY "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7" /* woman, joiner, girl */
#define FLAG "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA"               /* D, E as regional indicators */
#define THUMB "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"              /* thumb, skin tone */
#define OVERRIDE "\xE2\x80\xAE"                               /* right-to-left override */
#define BAD "\xEF\xBF\xBD"

static void
test_width (void)
{
  static const struct {
    const char *text;
    int width;
  } cases[] = { { "", 0 },
                { "abc", 3 },
                { KA, 2 },
                { "e" ACUTE, 1 },
                { ACUTE, 1 },
                { FAMILY, 4 },
                { FLAG, 2 },
                { THUMB, 2 },
                { "\033[31m", 5 },
                { "a\tb\n", 4 },
                { "\xFF", 1 },
                { "\xE3\x81", 2 },
                { OVERRIDE "x", 2 },
                { "\xE2\x80\x8B", 0 },
                { "\xE0\xA4\x95\xE0\xA5\x8D", 1 },
                { "\xD7\x90\xD7\x91", 2 } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (ui_cells_width (cases[i].text), ==, cases[i].width);
  g_assert_cmpint (ui_cells_width (NULL), ==, 0);
}

static void
test_cut (void)
{
  static const struct {
    const char *text;
    int cells;
    const char *cut;
  } cases[] = { { "abcdef", 6, "abcdef" },          { "abcdef", 5, "abcd\xE2\x80\xA6" },
                { "abcdef", 1, "\xE2\x80\xA6" },    { "abcdef", 0, "" },
                { KA KA KA, 6, KA KA KA },          { KA KA KA, 5, KA KA "\xE2\x80\xA6" },
                { KA KA KA, 4, KA "\xE2\x80\xA6" }, { "e" ACUTE "x", 1, "\xE2\x80\xA6" },
                { "e" ACUTE, 1, "e" ACUTE } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *cut = ui_cells_cut (cases[i].text, cases[i].cells, FALSE);
    g_assert_cmpstr (cut, ==, cases[i].cut);
    g_assert_cmpint (ui_cells_width (cut), <=, cases[i].cells);
  }
  g_autofree char *ascii = ui_cells_cut ("abcdef", 4, TRUE);
  g_assert_cmpstr (ascii, ==, "abc~");
}

static void
add_line (const char *start, gsize length, gpointer data)
{
  g_string_append_len (data, start, (gssize) length);
  g_string_append_c (data, '|');
}

static void
test_wrap (void)
{
  static const struct {
    const char *text;
    int cells;
    const char *lines;
  } cases[] = { { "", 10, "|" },
                { "one two three", 20, "one two three|" },
                { "one two three", 7, "one two|three|" },
                { "one two three", 8, "one two|three|" },
                { "one two three", 3, "one|two|thr|ee|" },
                { "one\n\ntwo", 10, "one||two|" },
                { "one two ", 7, "one two|" },
                { "one two \nx", 7, "one two|x|" },
                { "abcdefghij", 4, "abcd|efgh|ij|" },
                { KA KA KA, 4, KA KA "|" KA "|" },
                { KA KA KA, 5, KA KA "|" KA "|" },
                { "a-b c", 3, "a-b|c|" },
                { "x", 0, "x|" },
                { KA, 1, KA "|" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) lines = g_string_new (NULL);
    int count = ui_cells_wrap (cases[i].text, cases[i].cells, add_line, lines);
    g_assert_cmpstr (lines->str, ==, cases[i].lines);
    int bars = 0;
    for (const char *p = lines->str; *p != '\0'; p++)
      bars += *p == '|';
    g_assert_cmpint (count, ==, bars);
  }
}

static void
assert_canvas (UiCanvas *canvas, const char *expected)
{
  g_autofree char *text = ui_canvas_text (canvas);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_clipping (void)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (3, 6, FALSE);
  UiRect whole = ui_canvas_rect (canvas);
  ui_draw_text (whole, 0, 0, UI_STYLE_TEXT, "longer than it");
  ui_draw_text (whole, 1, -2, UI_STYLE_TEXT, "abcd");
  ui_draw_text (whole, -1, 0, UI_STYLE_TEXT, "above");
  ui_draw_text (whole, 3, 0, UI_STYLE_TEXT, "below");
  ui_draw_text (whole, 2, 6, UI_STYLE_TEXT, "right");
  assert_canvas (canvas, "longe\xE2\x80\xA6\ncd\n\n");
  UiRect part = ui_rect_sub (whole, 1, 1, 5, 50);
  g_assert_cmpint (part.rows, ==, 2);
  g_assert_cmpint (part.columns, ==, 5);
  ui_canvas_begin (canvas);
  ui_draw_box (whole, UI_STYLE_BORDER, NULL);
  assert_canvas (canvas, "\xE2\x94\x8C\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x90\n"
                         "\xE2\x94\x82    \xE2\x94\x82\n"
                         "\xE2\x94\x94\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x98\n");
  UiRect empty = ui_rect_sub (whole, 9, 9, 9, 9);
  ui_draw_text (empty, 0, 0, UI_STYLE_TEXT, "x");
  ui_draw_clear (empty, UI_STYLE_TEXT);
  ui_draw_box (empty, UI_STYLE_TEXT, "x");
  ui_draw_progress (empty, 0, 0, 5, 1, 2);
}

static void
test_wide_overwritten (void)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (1, 8, FALSE);
  UiRect whole = ui_canvas_rect (canvas);
  ui_draw_text (whole, 0, 0, UI_STYLE_TEXT, KA KA KA);
  ui_draw_text (whole, 0, 1, UI_STYLE_TEXT, "xy"); /* right half of one, left half of the next */
  assert_canvas (canvas, " xy " KA "\n");
  ui_draw_text (ui_rect_sub (whole, 0, 0, 1, 7), 0, 6, UI_STYLE_TEXT, KA); /* only half a place is left */
  assert_canvas (canvas, " xy " KA "\xE2\x80\xA6\n");
}

static void
test_hostile (void)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (1, 40, FALSE);
  ui_draw_text (ui_canvas_rect (canvas), 0, 0, UI_STYLE_TEXT,
                "a\033]0;x\007\033[2J\r\n" OVERRIDE "z\xFF\x7F");
  assert_canvas (canvas, "a" BAD "]0;x" BAD BAD "[2J" BAD " " BAD "z" BAD BAD "\n");
}

static void
test_ascii (void)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (2, 20, TRUE);
  UiRect whole = ui_canvas_rect (canvas);
  ui_draw_text (whole, 0, 0, UI_STYLE_TEXT, "Jos\xC3\xA9 \xE2\x80\x94 " KA "x\xE2\x80\xA6");
  ui_draw_state (whole, 1, 0, UI_STATE_DONE);
  ui_draw_line_across (ui_rect_sub (whole, 0, 2, -1, 3), 1, UI_STYLE_BORDER);
  assert_canvas (canvas, "Jose - ??x~\nv ---\n");
}

static void
test_rich (void)
{
  g_autoptr (UiRich) rich = ui_rich_new ();
  ui_rich_heading (rich, "Head");
  ui_rich_pair (rich, 6, "Name", UI_STYLE_STRONG, "one two three");
  ui_rich_pair (rich, 6, "None", UI_STYLE_STRONG, NULL);
  ui_rich_item (rich, UI_STYLE_KEY, "-", UI_STYLE_TEXT, "some item");
  ui_rich_add (rich, UI_STYLE_TEXT, "plain ");
  ui_rich_add (rich, UI_STYLE_OK, "good");
  g_assert_cmpint (ui_rich_lines (rich, 13), ==, 5);
  g_autoptr (UiCanvas) canvas = ui_canvas_new (6, 13, FALSE);
  g_assert_cmpint (ui_draw_rich (ui_canvas_rect (canvas), 0, rich, 0), ==, 5);
  assert_canvas (canvas, "Head\nName  one two\n      three\n - some item\nplain good\n\n");
  g_assert_cmpint (ui_canvas_style_at (canvas, 2, 6), ==, UI_STYLE_STRONG);
  g_assert_cmpint (ui_canvas_style_at (canvas, 4, 7), ==, UI_STYLE_OK);
  g_autofree char *text = ui_rich_text (rich);
  g_assert_cmpstr (text, ==, "Head\nName  one two three\n - some item\nplain good\n");
}

/* What we think of a character the C library thinks as well, or drawing replaces it: nothing else may happen
 * on a terminal. Counted over the whole of Unicode. */
static void
test_agreement (void)
{
  if (setlocale (LC_CTYPE, "C.UTF-8") == NULL) {
    g_test_skip ("no UTF-8 locale");
    return;
  }
  guint shown = 0, other = 0;
  for (gunichar c = 0x20; c < 0x110000; c++) {
    char bytes[8] = { 0 };
    if (c >= 0xD800 && c < 0xE000)
      continue;
    bytes[g_unichar_to_utf8 (c, bytes)] = '\0';
    const char *p = bytes;
    UiGlyph glyph;
    if (!ui_glyph_next (&p, &glyph))
      continue;
    g_assert_true (glyph.width == 1 || glyph.width == 2);
    g_assert_cmpint (*p, ==, '\0');
    shown++;
    other += glyph.chars[0] >= 0x7F && wcwidth ((wchar_t) glyph.chars[0]) != glyph.width;
  }
  g_assert_cmpuint (shown, >, 100000);
  g_test_message ("%u of %u characters are replaced because the C library measures them differently", other,
                  shown);
  g_assert_cmpuint (other, <, shown / 50);
}

static void
test_asking (void)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (2, 20, FALSE);
  g_assert_cmpint (ui_canvas_next_ms (canvas), ==, -1); /* nothing moves: nobody wakes up */
  ui_draw_again_in (ui_canvas_rect (canvas), 500);
  ui_draw_spinner (ui_canvas_rect (canvas), 0, 0, UI_STYLE_TEXT);
  ui_draw_again_in (ui_canvas_rect (canvas), 900);
  g_assert_cmpint (ui_canvas_next_ms (canvas), ==, 120);
  ui_canvas_begin (canvas);
  ui_draw_progress (ui_canvas_rect (canvas), 0, 0, 15, 50, 100);
  g_assert_cmpint (ui_canvas_next_ms (canvas), ==, -1);
  g_autofree char *text = ui_canvas_text (canvas);
  g_assert_nonnull (strstr (text, " 50 %"));
}

/* What says nothing new about the looks of characters is left out; everything else stays in order. */
static void
test_shorten (void)
{
  static const struct {
    const char *text, *shorter;
  } cases[] = {
    { "abc", "abc" },
    { "\033(B\033[0;1m\033[38;5;231m\033[48;5;24mx", "\033[0;1;38;5;231;48;5;24mx" },
    { "a\033[39m\033(B\033[mb", "a\033[mb" },
    { "a\033[39mb", "a\033[39mb" },
    { "\033[m\033[5;1Ha\033[m\033[6;1Hb", "\033[5;1H\033[ma\033[6;1Hb" },
    { "\033[31ma\033[m\033[31mb", "\033[31ma\033[0;31mb" },
    { "\033[0;31ma\033[m\033[31mb", "\033[0;31mab" },
    { "\033[m\033[K", "\033[m\033[K" }, /* clears in the present colours */
    { "a\033[1m", "a\033[1m" },         /* what comes later finds the terminal as ncurses left it */
    { "\033[?25l\033[", "\033[?25l\033[" },
    /* only the difference */
    { "\033[0;38;5;114ma\033[m\033[1m\033[38;5;117mb", "\033[0;38;5;114ma\033[1;38;5;117mb" },
    { "\033[0;1;38;5;117ma\033[m\033[38;5;117mb", "\033[0;1;38;5;117ma\033[22mb" },
    { "\033[0;4;48;5;24ma\033[mb", "\033[0;4;48;5;24ma\033[mb" },
    { "\033[ma\033[0;1mb", "\033[ma\033[1mb" },
    /* blanks that show nothing are as good in another colour, unless there is a background */
    { "\033[0;38;5;114ma\033[m \033[K\033[38;5;114mb", "\033[0;38;5;114ma \033[Kb" },
    { "\033[0;48;5;24ma\033[m b", "\033[0;48;5;24ma\033[m b" },
    { "\033[ma\033[0;7m b", "\033[ma\033[7m b" },
    /* what is not understood is passed on, and then nothing is known any more */
    { "\033[0;1ma\033[53mb\033[0;1mc", "\033[0;1ma\033[53mb\033[0;1mc" },
    { "\033", "\033" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) out = g_string_new (NULL);
    ui_writer_shorten (cases[i].text, strlen (cases[i].text), out);
    g_assert_cmpstr (out->str, ==, cases[i].shorter);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/layout/width", test_width);
  g_test_add_func ("/ui/layout/cut", test_cut);
  g_test_add_func ("/ui/layout/wrap", test_wrap);
  g_test_add_func ("/ui/layout/clipping", test_clipping);
  g_test_add_func ("/ui/layout/wide-overwritten", test_wide_overwritten);
  g_test_add_func ("/ui/layout/hostile", test_hostile);
  g_test_add_func ("/ui/layout/ascii", test_ascii);
  g_test_add_func ("/ui/layout/rich", test_rich);
  g_test_add_func ("/ui/layout/agreement", test_agreement);
  g_test_add_func ("/ui/layout/asking", test_asking);
  g_test_add_func ("/ui/layout/shorten", test_shorten);
  return g_test_run ();
}
