/* SPDX-License-Identifier: MIT
 * QR codes and large letters (qr.h).
 */
#include "ui/curses/qr.h"

#include <qrencode.h>
#include <string.h>

#define QUIET 2 /* light modules around the code; cameras need some */
#define TEXT_MAX 400

static QRcode *
encode (const char *text)
{
  if (text == NULL || *text == '\0' || strlen (text) > TEXT_MAX)
    return NULL;
  return QRcode_encodeString (text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
}

static void
measure (int width, gboolean ascii, int *rows, int *columns)
{
  int side = width + 2 * QUIET;
  *rows = ascii ? side : (side + 1) / 2;
  *columns = ascii ? side * 2 : side;
}

gboolean
ui_qr_size (const char *text, gboolean ascii, int *rows, int *columns)
{
  QRcode *code = encode (text);
  if (code == NULL)
    return FALSE;
  measure (code->width, ascii, rows, columns);
  QRcode_free (code);
  return TRUE;
}

/* Dark at ROW, COLUMN, counted with the quiet zone? */
static gboolean
is_dark (const QRcode *code, int row, int column)
{
  row -= QUIET;
  column -= QUIET;
  return row >= 0 && column >= 0 && row < code->width && column < code->width
         && (code->data[row * code->width + column] & 1) != 0;
}

static void
draw_row (UiRect rect, const QRcode *code, int row, gboolean ascii)
{
  static const char *const halves[] = { " ", "\xE2\x96\x84", "\xE2\x96\x80", "\xE2\x96\x88" };
  int side = code->width + 2 * QUIET;
  for (int column = 0; column < side; column++) {
    if (ascii) {
      ui_draw_text (rect, row, column * 2, UI_STYLE_QR, is_dark (code, row, column) ? "##" : "  ");
    } else {
      int upper = is_dark (code, row * 2, column), lower = is_dark (code, row * 2 + 1, column);
      ui_draw_text (rect, row, column, UI_STYLE_QR, halves[upper * 2 + lower]);
    }
  }
}

gboolean
ui_qr_draw (UiRect rect, const char *text)
{
  int rows, columns;
  QRcode *code = encode (text);
  if (code == NULL)
    return FALSE;
  gboolean ascii = ui_rect_ascii (rect);
  measure (code->width, ascii, &rows, &columns);
  gboolean fits = rows <= rect.rows && columns <= rect.columns;
  for (int row = 0; fits && row < rows; row++)
    draw_row (rect, code, row, ascii);
  QRcode_free (code);
  return fits;
}

/* Five rows of five bits for each character. */
typedef struct {
  char letter;
  guint8 rows[UI_LARGE_ROWS];
} Large;

static const Large large_letters[] = {
  { '0', { 14, 19, 21, 25, 14 } }, { '1', { 4, 12, 4, 4, 14 } },    { '2', { 30, 1, 14, 16, 31 } },
  { '3', { 30, 1, 14, 1, 30 } },   { '4', { 18, 18, 31, 2, 2 } },   { '5', { 31, 16, 30, 1, 30 } },
  { '6', { 14, 16, 30, 17, 14 } }, { '7', { 31, 1, 2, 4, 4 } },     { '8', { 14, 17, 14, 17, 14 } },
  { '9', { 14, 17, 15, 1, 14 } },  { 'A', { 14, 17, 31, 17, 17 } }, { 'B', { 30, 17, 30, 17, 30 } },
  { 'C', { 15, 16, 16, 16, 15 } }, { 'D', { 30, 17, 17, 17, 30 } }, { 'E', { 31, 16, 30, 16, 31 } },
  { 'F', { 31, 16, 30, 16, 16 } }, { 'G', { 15, 16, 19, 17, 15 } }, { 'H', { 17, 17, 31, 17, 17 } },
  { 'I', { 14, 4, 4, 4, 14 } },    { 'J', { 7, 2, 2, 18, 12 } },    { 'K', { 17, 18, 28, 18, 17 } },
  { 'L', { 16, 16, 16, 16, 31 } }, { 'M', { 17, 27, 21, 17, 17 } }, { 'N', { 17, 25, 21, 19, 17 } },
  { 'O', { 14, 17, 17, 17, 14 } }, { 'P', { 30, 17, 30, 16, 16 } }, { 'Q', { 14, 17, 21, 18, 13 } },
  { 'R', { 30, 17, 30, 18, 17 } }, { 'S', { 15, 16, 14, 1, 30 } },  { 'T', { 31, 4, 4, 4, 4 } },
  { 'U', { 17, 17, 17, 17, 14 } }, { 'V', { 17, 17, 17, 10, 4 } },  { 'W', { 17, 17, 21, 27, 17 } },
  { 'X', { 17, 10, 4, 10, 17 } },  { 'Y', { 17, 10, 4, 4, 4 } },    { 'Z', { 31, 2, 4, 8, 31 } },
  { '-', { 0, 0, 14, 0, 0 } },     { ' ', { 0, 0, 0, 0, 0 } },
};

static const Large *
find_letter (char letter)
{
  for (gsize i = 0; i < G_N_ELEMENTS (large_letters); i++)
    if (large_letters[i].letter == g_ascii_toupper (letter))
      return &large_letters[i];
  return NULL;
}

/* Columns that TEXT takes; 0 when it does not fit into ROWS rows from ROW on, or cannot be drawn. */
static int
large_width (UiRect rect, int row, int rows, const char *text)
{
  int width = (int) strlen (text) * 6 - 1;
  if (width > rect.columns || row + rows > rect.rows)
    return 0;
  for (const char *p = text; *p != '\0'; p++)
    if (find_letter (*p) == NULL)
      return 0;
  return width;
}

int
ui_draw_large_flat (UiRect rect, int row, UiStyle style, const char *text)
{
  int width = ui_rect_ascii (rect) ? 0 : large_width (rect, row, UI_LARGE_FLAT_ROWS, text);
  for (int i = 0; width > 0 && text[i] != '\0'; i++) {
    const Large *letter = find_letter (text[i]);
    for (int y = 0; y < UI_LARGE_FLAT_ROWS; y++)
      for (int x = 0; x < 5; x++) {
        guint bit = 1u << (4 - x), upper = letter->rows[y * 2] & bit,
              lower = y * 2 + 1 < UI_LARGE_ROWS ? letter->rows[y * 2 + 1] & bit : 0;
        if (upper != 0 || lower != 0)
          ui_draw_text (rect, row + y, i * 6 + x, style,
                        lower == 0   ? "\xE2\x96\x80"
                        : upper == 0 ? "\xE2\x96\x84"
                                     : "\xE2\x96\x88");
      }
  }
  return width;
}

int
ui_draw_large (UiRect rect, int row, UiStyle style, const char *text)
{
  int width = large_width (rect, row, UI_LARGE_ROWS, text);
  if (width == 0)
    return 0;
  const char *block = ui_rect_ascii (rect) ? "#" : "\xE2\x96\x88";
  for (int i = 0; text[i] != '\0'; i++) {
    const Large *letter = find_letter (text[i]);
    for (int y = 0; y < UI_LARGE_ROWS; y++)
      for (int x = 0; x < 5; x++)
        if (letter->rows[y] & (1u << (4 - x)))
          ui_draw_text (rect, row + y, i * 6 + x, style, block);
  }
  return width;
}
