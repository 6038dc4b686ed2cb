/* SPDX-License-Identifier: MIT
 * The cells with their colours as an SVG picture, for README and for people who look at a failure.
 */
#include "harness-private.h"

#include "base/file.h"

#include <string.h>

enum { CELL_WIDTH = 8, CELL_HEIGHT = 17, BASELINE = 13, MARGIN = 10, BAR = 26 };

typedef struct {
  guint8 fg[3], bg[3];
  gboolean bold, underline, italic, bg_default;
} Look;

static const guint8 paper[3] = { 0x12, 0x16, 0x1c }, ink[3] = { 0xd8, 0xde, 0xe9 };

static void
colour (Screen *screen, VTermColor value, gboolean is_default, const guint8 *fallback, guint8 *rgb)
{
  /* The sixteen base colours as current terminals draw them, not libvterm's CGA ones. */
  static const guint8 base[16][3] = {
    { 0x1d, 0x22, 0x2a }, { 0xe0, 0x5f, 0x65 }, { 0x78, 0xb8, 0x6b }, { 0xd9, 0xb0, 0x55 },
    { 0x5f, 0x9d, 0xe0 }, { 0xb4, 0x7e, 0xd6 }, { 0x4f, 0xb4, 0xbf }, { 0xd0, 0xd4, 0xdc },
    { 0x6c, 0x75, 0x83 }, { 0xf2, 0x7e, 0x84 }, { 0x95, 0xd3, 0x87 }, { 0xef, 0xca, 0x74 },
    { 0x83, 0xb9, 0xf2 }, { 0xcc, 0x9c, 0xea }, { 0x72, 0xcf, 0xd9 }, { 0xf4, 0xf6, 0xf9 },
  };
  if (is_default) {
    memcpy (rgb, fallback, 3);
  } else if (VTERM_COLOR_IS_INDEXED (&value) && value.indexed.idx < 16) {
    memcpy (rgb, base[value.indexed.idx], 3);
  } else {
    vterm_screen_convert_color_to_rgb (screen->cells, &value);
    rgb[0] = value.rgb.red, rgb[1] = value.rgb.green, rgb[2] = value.rgb.blue;
  }
}

static Look
look_of (Screen *screen, const VTermScreenCell *cell)
{
  Look look = { .bold = cell->attrs.bold,
                .underline = cell->attrs.underline != 0,
                .italic = cell->attrs.italic };
  colour (screen, cell->fg, VTERM_COLOR_IS_DEFAULT_FG (&cell->fg), ink, look.fg);
  colour (screen, cell->bg, VTERM_COLOR_IS_DEFAULT_BG (&cell->bg), paper, look.bg);
  look.bg_default = VTERM_COLOR_IS_DEFAULT_BG (&cell->bg) && !cell->attrs.reverse;
  if (cell->attrs.reverse)
    for (int i = 0; i < 3; i++) {
      guint8 swap = look.fg[i];
      look.fg[i] = look.bg[i], look.bg[i] = swap;
    }
  return look;
}

static gboolean
same (const Look *a, const Look *b)
{
  return memcmp (a->fg, b->fg, 3) == 0 && memcmp (a->bg, b->bg, 3) == 0 && a->bold == b->bold
         && a->underline == b->underline && a->italic == b->italic && a->bg_default == b->bg_default;
}

static void
append_run (GString *svg, const Look *look, int row, int start, int width, const char *text)
{
  int x = MARGIN + start * CELL_WIDTH, y = BAR + MARGIN + row * CELL_HEIGHT;
  if (!look->bg_default)
    g_string_append_printf (svg,
                            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%02x%02x%02x\"/>\n",
                            x, y, width * CELL_WIDTH, CELL_HEIGHT, look->bg[0], look->bg[1], look->bg[2]);
  const char *first = text;
  while (*first == ' ')
    first++;
  if (*first == '\0' && !look->underline)
    return;
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append_printf (svg, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%02x%02x%02x\"", x,
                          y + BASELINE, width * CELL_WIDTH, look->fg[0], look->fg[1], look->fg[2]);
  g_string_append_printf (svg, "%s%s%s>%s</text>\n", look->bold ? " font-weight=\"bold\"" : "",
                          look->italic ? " font-style=\"italic\"" : "",
                          look->underline ? " text-decoration=\"underline\"" : "", escaped);
}

static void
append_row (Screen *screen, GString *svg, int row)
{
  g_autoptr (GString) run = g_string_new (NULL);
  Look current = { 0 };
  int start = 0;
  for (int column = 0; column < screen->columns; column++) {
    VTermScreenCell cell;
    screen_cell (screen, row, column, &cell);
    if (cell.chars[0] == (uint32_t) -1)
      continue;
    Look look = look_of (screen, &cell);
    if (column > start && !same (&look, &current)) {
      append_run (svg, &current, row, start, column - start, run->str);
      g_string_truncate (run, 0);
      start = column;
    }
    current = look;
    if (cell.chars[0] == 0)
      g_string_append_c (run, ' ');
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
      g_string_append_unichar (run, cell.chars[i]);
  }
  append_run (svg, &current, row, start, screen->columns - start, run->str);
}

static void
append_frame (GString *svg, int width, int height, const char *caption)
{
  g_autofree char *escaped = g_markup_escape_text (caption != NULL ? caption : "", -1);
  g_string_append_printf (svg,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                          "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
                          width, height, width, height, escaped);
  g_string_append_printf (svg, "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#%02x%02x%02x\"/>\n", width,
                          height, paper[0], paper[1], paper[2]);
  g_string_append_printf (svg,
                          "<text x=\"%d\" y=\"18\" text-anchor=\"middle\" font-family=\"sans-serif\" "
                          "font-size=\"12\" fill=\"#8b95a5\">%s</text>\n",
                          width / 2, escaped);
  g_string_append (svg,
                   "<g font-family=\"'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace\" "
                   "font-size=\"13\" xml:space=\"preserve\">\n");
}

gboolean
screen_write_svg (Screen *screen, const char *path, const char *caption)
{
  int width = screen->columns * CELL_WIDTH + 2 * MARGIN;
  int height = screen->rows * CELL_HEIGHT + 2 * MARGIN + BAR;
  g_autoptr (GString) svg = g_string_new (NULL);
  append_frame (svg, width, height, caption);
  for (int row = 0; row < screen->rows; row++)
    append_row (screen, svg, row);
  g_string_append (svg, "</g>\n</svg>\n");
  g_autoptr (GError) error = NULL;
  if (cr_file_write (path, svg->str, (gssize) svg->len, 0644, &error))
    return TRUE;
  g_test_message ("%s", error->message);
  return FALSE;
}
