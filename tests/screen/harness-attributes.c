/* SPDX-License-Identifier: MIT
 * How the cells look besides their text: a legend of the looks that occur, and for every row at which column
 * which of them begins.
 *
 * "4-9  .0 a12 b30": rows 4 to 9 begin plain, look "a" begins at column 12, look "b" at column 30. A blank
 * cell that shows nothing of its look belongs to what is before it. "~7  . a b" is a row in which something
 * of changing length is masked: only the order counts.
 */
#include "harness-private.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

typedef struct {
  GPtrArray *looks; /* of char *: "bold fg 75", in the order of their letters */
  GString *rows;
  GString *last; /* the runs of the rows FROM to TO */
  int from, to;
} Layer;

static void
append_colour (GString *out, const char *what, const VTermColor *colour)
{
  if (VTERM_COLOR_IS_INDEXED (colour))
    g_string_append_printf (out, " %s %d", what, colour->indexed.idx);
  else
    g_string_append_printf (out, " %s #%02x%02x%02x", what, colour->rgb.red, colour->rgb.green,
                            colour->rgb.blue);
}

/* Gives "" for a cell without any. */
static char *
look_of (const VTermScreenCell *cell)
{
  GString *out = g_string_new (NULL);
  if (cell->attrs.bold)
    g_string_append (out, " bold");
  if (cell->attrs.underline)
    g_string_append (out, " underline");
  if (cell->attrs.italic)
    g_string_append (out, " italic");
  if (cell->attrs.blink)
    g_string_append (out, " blink");
  if (cell->attrs.reverse)
    g_string_append (out, " reverse");
  if (!VTERM_COLOR_IS_DEFAULT_FG (&cell->fg))
    append_colour (out, "fg", &cell->fg);
  if (!VTERM_COLOR_IS_DEFAULT_BG (&cell->bg))
    append_colour (out, "bg", &cell->bg);
  if (out->len > 0)
    g_string_erase (out, 0, 1);
  return g_string_free (out, FALSE);
}

/* Can the look be seen on a blank. */
static gboolean
fills (const VTermScreenCell *cell)
{
  return cell->attrs.underline || cell->attrs.reverse || !VTERM_COLOR_IS_DEFAULT_BG (&cell->bg);
}

static char
letter_of (Layer *layer, const char *look)
{
  if (*look == '\0')
    return '.';
  guint i = 0;
  while (i < layer->looks->len && strcmp (g_ptr_array_index (layer->looks, i), look) != 0)
    i++;
  if (i == layer->looks->len)
    g_ptr_array_add (layer->looks, g_strdup (look));
  return i < strlen (LETTERS) ? LETTERS[i] : '?';
}

static char *
runs_of (Screen *screen, int row, const VTermRect *dialog, Layer *layer, gboolean order_only)
{
  GString *runs = g_string_new (NULL);
  char current = 0;
  gboolean filled = FALSE;
  for (int column = 0; column < screen->columns; column++) {
    VTermScreenCell cell;
    screen_cell (screen, row, column, &cell);
    if (screen_is_covered (screen, dialog, row, column))
      memset (&cell, 0, sizeof cell), cell.fg.type = VTERM_COLOR_DEFAULT_FG,
                                      cell.bg.type = VTERM_COLOR_DEFAULT_BG;
    gboolean blank = cell.chars[0] == 0 || cell.chars[0] == ' ';
    if (cell.chars[0] == (uint32_t) -1 || (blank && !fills (&cell) && !filled))
      continue;
    g_autofree char *look = blank && !fills (&cell) ? g_strdup ("") : look_of (&cell);
    char letter = letter_of (layer, look);
    filled = fills (&cell);
    if (letter == current)
      continue;
    g_string_append_printf (runs, " %c", letter);
    if (!order_only)
      g_string_append_printf (runs, "%d", column);
    current = letter;
  }
  return g_string_free (runs, FALSE);
}

static void
end_rows (Layer *layer, gboolean order_only)
{
  if (layer->from < 0)
    return;
  const char *mark = order_only ? "~" : "";
  g_autofree char *rows = layer->from == layer->to
                              ? g_strdup_printf ("%s%d", mark, layer->from)
                              : g_strdup_printf ("%s%d-%d", mark, layer->from, layer->to);
  g_string_append_printf (layer->rows, "%-5s%s\n", rows, layer->last->str);
  layer->from = -1;
}

static void
add_row (Layer *layer, int row, const char *runs, gboolean order_only)
{
  if (layer->from >= 0 && !order_only && strcmp (layer->last->str, runs) == 0) {
    layer->to = row;
    return;
  }
  end_rows (layer, FALSE);
  layer->from = layer->to = row;
  g_string_assign (layer->last, runs);
  if (order_only)
    end_rows (layer, TRUE);
}

char *
screen_attributes (Screen *screen)
{
  Layer layer = { g_ptr_array_new_with_free_func (g_free), g_string_new (NULL), g_string_new (NULL), -1, -1 };
  g_autoptr (GArray) lines = screen_masked_lines (screen);
  VTermRect box;
  const VTermRect *dialog = screen_find_dialog (screen, &box) ? &box : NULL;
  for (int row = 0; row < screen->rows; row++) {
    ScreenMasked how = g_array_index (lines, ScreenLine, row).how;
    gboolean order_only = how == SCREEN_MASKED_LENGTH;
    g_autofree char *runs = how == SCREEN_MASKED_ROW ? g_strdup ("")
                                                     : runs_of (screen, row, dialog, &layer, order_only);
    add_row (&layer, row, runs, order_only);
  }
  end_rows (&layer, FALSE);
  g_autoptr (GString) legend = g_string_new (NULL);
  for (guint i = 0; i < layer.looks->len; i++)
    g_string_append_printf (legend, "%c = %s\n", i < strlen (LETTERS) ? LETTERS[i] : '?',
                            (const char *) g_ptr_array_index (layer.looks, i));
  g_string_append (legend, layer.rows->str);
  g_ptr_array_unref (layer.looks);
  g_string_free (layer.rows, TRUE);
  g_string_free (layer.last, TRUE);
  return g_string_free (g_steal_pointer (&legend), FALSE);
}
