/* SPDX-License-Identifier: MIT
 * What the screen shows: text, cells, and whether their widths agree.
 */
#include "harness-private.h"

#include <utf8proc.h>

#include <string.h>

void
screen_size (Screen *screen, int *columns, int *rows)
{
  *columns = screen->columns;
  *rows = screen->rows;
}

void
screen_cell (Screen *screen, int row, int column, VTermScreenCell *cell)
{
  memset (cell, 0, sizeof *cell);
  if (row >= 0 && column >= 0 && row < screen->rows && column < screen->columns)
    vterm_screen_get_cell (screen->cells, (VTermPos){ .row = row, .col = column }, cell);
}

static gboolean
is_right_half (const VTermScreenCell *cell)
{
  return cell->chars[0] == (uint32_t) -1;
}

char *
screen_row_cells (Screen *screen, int row, GArray *cells)
{
  GString *text = g_string_new (NULL);
  gsize end = 0;
  for (int column = 0; column < screen->columns; column++) {
    VTermScreenCell cell;
    screen_cell (screen, row, column, &cell);
    if (is_right_half (&cell))
      continue;
    if (cell.chars[0] == 0)
      g_string_append_c (text, ' ');
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
      g_string_append_unichar (text, cell.chars[i]);
    while (cells != NULL && cells->len < text->len)
      g_array_append_val (cells, column);
    if (cell.chars[0] != 0 && cell.chars[0] != ' ')
      end = text->len;
  }
  g_string_truncate (text, end);
  return g_string_free (text, FALSE);
}

char *
screen_row (Screen *screen, int row)
{
  return screen_row_cells (screen, row, NULL);
}

char *
screen_text (Screen *screen)
{
  GString *text = g_string_new (NULL);
  for (int row = 0; row < screen->rows; row++) {
    g_autofree char *line = screen_row (screen, row);
    g_string_append_printf (text, "%s\n", line);
  }
  return g_string_free (text, FALSE);
}

gboolean
screen_find (Screen *screen, const char *text, int *row, int *column)
{
  for (int i = 0; i < screen->rows; i++) {
    g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (int));
    g_autofree char *line = screen_row_cells (screen, i, cells);
    const char *at = strstr (line, text);
    if (at == NULL)
      continue;
    if (row != NULL)
      *row = i;
    if (column != NULL)
      *column = g_array_index (cells, int, at - line);
    return TRUE;
  }
  return FALSE;
}

gboolean
screen_contains (Screen *screen, const char *text)
{
  return screen_find (screen, text, NULL, NULL);
}

void
screen_cursor (Screen *screen, int *row, int *column, gboolean *visible)
{
  if (row != NULL)
    *row = screen->cursor.row;
  if (column != NULL)
    *column = screen->cursor.col;
  if (visible != NULL)
    *visible = screen->cursor_visible;
}

const char *
screen_title (Screen *screen)
{
  return screen->title;
}

const char *
screen_clipboard (Screen *screen)
{
  return screen->clipboard;
}

guint
screen_bells (Screen *screen)
{
  return screen->bells;
}

guint64
screen_drawn (Screen *screen)
{
  return screen->drawn;
}

gboolean
screen_has_colour (Screen *screen)
{
  for (int row = 0; row < screen->rows; row++)
    for (int column = 0; column < screen->columns; column++) {
      VTermScreenCell cell;
      screen_cell (screen, row, column, &cell);
      if (!VTERM_COLOR_IS_DEFAULT_FG (&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG (&cell.bg))
        return TRUE;
    }
  return FALSE;
}

/* --- Waiting for text --- */

/* Conditions get a pointer to the pointer of their text: nothing const is cast away. */
static gboolean
shows (Screen *screen, gpointer text)
{
  return screen_contains (screen, *(const char **) text);
}

static gboolean
shows_not (Screen *screen, gpointer text)
{
  return !screen_contains (screen, *(const char **) text);
}

static gboolean
matches (Screen *screen, gpointer regex)
{
  g_autofree char *text = screen_text (screen);
  return g_regex_match (regex, text, 0, NULL);
}

gboolean
screen_wait_text (Screen *screen, const char *text, int ms)
{
  return screen_wait (screen, shows, &text, ms);
}

gboolean
screen_wait_gone (Screen *screen, const char *text, int ms)
{
  return screen_wait (screen, shows_not, &text, ms);
}

gboolean
screen_wait_match (Screen *screen, const char *pattern, int ms)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, &error);
  g_assert_no_error (error);
  return screen_wait (screen, matches, regex, ms);
}

/* --- Widths --- */

static void
check_cell (Screen *screen, int row, int column, GString *faults)
{
  VTermScreenCell cell, next;
  screen_cell (screen, row, column, &cell);
  screen_cell (screen, row, column + 1, &next);
  if (is_right_half (&cell) || cell.chars[0] == 0)
    return;
  int width = utf8proc_charwidth ((utf8proc_int32_t) cell.chars[0]);
  if (width != cell.width)
    g_string_append_printf (faults, "row %d column %d: U+%04X is %d wide, its cell %d\n", row, column,
                            cell.chars[0], width, cell.width);
  if (cell.width == 2 && !is_right_half (&next))
    g_string_append_printf (faults, "row %d column %d: the right half of U+%04X is overwritten\n", row,
                            column, cell.chars[0]);
  if (cell.chars[0] < 0x20 || (cell.chars[0] >= 0x7f && cell.chars[0] < 0xa0))
    g_string_append_printf (faults, "row %d column %d: control character U+%04X\n", row, column,
                            cell.chars[0]);
}

static gboolean
is_one_of (Screen *screen, int row, int column, const char *set)
{
  VTermScreenCell cell;
  screen_cell (screen, row, column, &cell);
  return cell.chars[0] != 0 && !is_right_half (&cell) && g_utf8_strchr (set, -1, cell.chars[0]) != NULL;
}

/* From a top left corner along the top to its right corner, then down both sides together. */
static void
check_box (Screen *screen, int top, int start, GString *faults)
{
  int end = start + 1;
  while (end < screen->columns && !is_one_of (screen, top, end, "┐╮┌╭"))
    end++;
  if (end >= screen->columns || is_one_of (screen, top, end, "┌╭"))
    return; /* a frame that another one covers, or that the screen cuts */
  for (int row = top + 1; row < screen->rows; row++) {
    gboolean at_left = is_one_of (screen, row, start, "│├┤┼└╰");
    gboolean at_right = is_one_of (screen, row, end, "│├┤┼┘╯█"); /* or a scroll bar */
    if (!at_left || !at_right) {
      g_string_append_printf (faults, "row %d: a side of the box at column %d to %d is not there\n", row,
                              start, end);
      return;
    }
    if (is_one_of (screen, row, start, "└╰"))
      return;
  }
}

char *
screen_width_faults (Screen *screen)
{
  g_autoptr (GString) faults = g_string_new (NULL);
  for (int row = 0; row < screen->rows; row++)
    for (int column = 0; column < screen->columns; column++) {
      check_cell (screen, row, column, faults);
      if (is_one_of (screen, row, column, "┌╭"))
        check_box (screen, row, column, faults);
    }
  guint wraps = screen_take_wraps (screen);
  if (wraps > 0)
    g_string_append_printf (faults, "text ran over the right edge %u time(s)\n", wraps);
  return faults->len > 0 ? g_string_free (g_steal_pointer (&faults), FALSE) : NULL;
}

/* --- Expectations --- */

void
screen_dump (Screen *screen, const char *why)
{
  g_autofree char *text = screen_text (screen);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_test_message ("%s; the screen (%dx%d, TERM=%s%s):", why, screen->columns, screen->rows, screen->term,
                  screen->exited ? ", program ended" : "");
  for (char **line = lines; *line != NULL && line[1] != NULL; line++)
    g_test_message ("|%s", *line);
}

static void
fail_at (Screen *screen, const char *file, int line, const char *why)
{
  g_autofree char *message = g_strdup_printf ("%s:%d: %s", file, line, why);
  screen_dump (screen, message);
  g_test_fail ();
}

gboolean
screen_expect_at (Screen *screen, const char *text, int ms, const char *file, int line)
{
  if (screen_wait_text (screen, text, ms))
    return TRUE;
  g_autofree char *why = g_strdup_printf ("\"%s\" did not appear within %d ms", text, ms);
  fail_at (screen, file, line, why);
  return FALSE;
}

gboolean
screen_expect_sound_at (Screen *screen, const char *file, int line)
{
  g_autofree char *faults = screen_width_faults (screen);
  if (faults != NULL) {
    fail_at (screen, file, line, faults);
    return FALSE;
  }
  g_autofree char *before = screen_masked (screen);
  screen_key (screen, "Ctrl-l");
  screen_settle (screen, 5000);
  g_autofree char *after = screen_masked (screen);
  if (g_str_equal (before, after))
    return TRUE;
  g_test_message ("before the redraw:\n%s", before);
  fail_at (screen, file, line, "a full redraw shows another screen");
  return FALSE;
}
