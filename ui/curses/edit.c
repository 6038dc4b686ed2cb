/* SPDX-License-Identifier: MIT
 * One line of text being typed (edit.h).
 */
#include "ui/curses/edit.h"

#include <string.h>

#define LIMIT 4096
#define UNDO_MAX 50

struct UiEdit {
  UiEditFlags flags;
  char *text; /* capacity bytes; wiped before it is freed */
  gsize length, capacity, cursor;
  char *placeholder;
  GPtrArray *undo; /* char*; never for secrets */
  int scroll;      /* cells hidden at the left */
};

UiEdit *
ui_edit_new (UiEditFlags flags)
{
  UiEdit *edit = g_new0 (UiEdit, 1);
  edit->flags = flags;
  edit->capacity = 64;
  edit->text = g_malloc0 (edit->capacity);
  edit->undo = g_ptr_array_new_with_free_func (g_free);
  return edit;
}

static void
free_text (UiEdit *edit)
{
  cr_wipe (edit->text, edit->capacity);
  g_free (edit->text);
}

void
ui_edit_free (UiEdit *edit)
{
  if (edit == NULL)
    return;
  free_text (edit);
  g_free (edit->placeholder);
  g_ptr_array_unref (edit->undo);
  g_free (edit);
}

const char *
ui_edit_text (const UiEdit *edit)
{
  return edit->text;
}

CrSecretText
ui_edit_secret (const UiEdit *edit)
{
  return cr_secret_text_new (edit->text, (gssize) edit->length);
}

static void
reserve (UiEdit *edit, gsize length)
{
  if (length + 1 <= edit->capacity)
    return;
  gsize capacity = MAX (edit->capacity * 2, length + 1);
  char *larger = g_malloc0 (capacity);
  memcpy (larger, edit->text, edit->length);
  free_text (edit);
  edit->text = larger;
  edit->capacity = capacity;
}

/* Insert LENGTH bytes of TEXT at the cursor, controls as spaces, as much as fits (whole characters). */
static gsize
insert (UiEdit *edit, const char *text, gsize length)
{
  gsize room = edit->length < LIMIT ? LIMIT - edit->length : 0;
  if (length > room) {
    length = room;
    while (length > 0 && ((guchar) text[length] & 0xC0) == 0x80)
      length--;
  }
  reserve (edit, edit->length + length);
  memmove (edit->text + edit->cursor + length, edit->text + edit->cursor, edit->length - edit->cursor);
  for (gsize i = 0; i < length; i++)
    edit->text[edit->cursor + i] = (guchar) text[i] < 0x20 || text[i] == 0x7F ? ' ' : text[i];
  edit->length += length;
  edit->cursor += length;
  edit->text[edit->length] = '\0';
  return length;
}

static void
erase (UiEdit *edit, gsize from, gsize to)
{
  memmove (edit->text + from, edit->text + to, edit->length - to);
  cr_wipe (edit->text + edit->length - (to - from), to - from);
  edit->length -= to - from;
  edit->text[edit->length] = '\0';
  edit->cursor = from;
}

static void
set_text (UiEdit *edit, const char *text)
{
  cr_wipe (edit->text, edit->capacity);
  edit->length = edit->cursor = 0;
  gsize length = text != NULL ? strlen (text) : 0;
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  insert (edit, text != NULL ? text : "", length);
}

void
ui_edit_set_text (UiEdit *edit, const char *text)
{
  set_text (edit, text);
  edit->scroll = 0;
  g_ptr_array_set_size (edit->undo, 0);
}

void
ui_edit_set_placeholder (UiEdit *edit, const char *text)
{
  g_free (edit->placeholder);
  edit->placeholder = g_strdup (text);
}

gsize
ui_edit_cursor (const UiEdit *edit)
{
  return edit->cursor;
}

static void
remember (UiEdit *edit)
{
  if (edit->flags & UI_EDIT_SECRET)
    return;
  if (edit->undo->len >= UNDO_MAX)
    g_ptr_array_remove_index (edit->undo, 0);
  g_ptr_array_add (edit->undo, g_strdup (edit->text));
}

static gsize
next_cell (const UiEdit *edit, gsize at)
{
  const char *p = edit->text + at;
  UiGlyph glyph;
  ui_glyph_next (&p, &glyph);
  return (gsize) (p - edit->text);
}

static gsize
previous_cell (const UiEdit *edit, gsize at)
{
  gsize before = 0;
  for (gsize p = 0; p < at; p = next_cell (edit, p))
    before = p;
  return before;
}

static gsize
previous_word (const UiEdit *edit, gsize at)
{
  if (edit->flags & UI_EDIT_SECRET)
    return 0;
  while (at > 0 && edit->text[at - 1] == ' ')
    at--;
  while (at > 0 && edit->text[at - 1] != ' ')
    at--;
  return at;
}

static gsize
next_word (const UiEdit *edit, gsize at)
{
  if (edit->flags & UI_EDIT_SECRET)
    return edit->length;
  while (at < edit->length && edit->text[at] == ' ')
    at++;
  while (at < edit->length && edit->text[at] != ' ')
    at++;
  return at;
}

static UiEditResult
cut (UiEdit *edit, gsize from, gsize to)
{
  if (from == to)
    return UI_EDIT_MOVED;
  remember (edit);
  erase (edit, from, to);
  return UI_EDIT_CHANGED;
}

static UiEditResult
move_to (UiEdit *edit, gsize at)
{
  edit->cursor = at;
  return UI_EDIT_MOVED;
}

static UiEditResult
undo (UiEdit *edit)
{
  if (edit->undo->len == 0)
    return UI_EDIT_MOVED;
  set_text (edit, g_ptr_array_index (edit->undo, edit->undo->len - 1));
  g_ptr_array_set_size (edit->undo, (int) edit->undo->len - 1);
  return UI_EDIT_CHANGED;
}

static UiEditResult
type (UiEdit *edit, UiKeyCode key)
{
  char bytes[8];
  int length = g_unichar_to_utf8 (key, bytes);
  remember (edit);
  return insert (edit, bytes, (gsize) length) > 0 ? UI_EDIT_CHANGED : UI_EDIT_MOVED;
}

static UiEditResult
on_key (UiEdit *edit, UiKeyCode key)
{
  switch (key) {
  case UI_KEY_LEFT:
    return move_to (edit, previous_cell (edit, edit->cursor));
  case UI_KEY_RIGHT:
    return move_to (edit, next_cell (edit, edit->cursor));
  case UI_KEY_HOME:
  case 'a' | UI_KEY_CTRL:
    return move_to (edit, 0);
  case UI_KEY_END:
  case 'e' | UI_KEY_CTRL:
    return move_to (edit, edit->length);
  case UI_KEY_LEFT | UI_KEY_CTRL:
  case 'b' | UI_KEY_ALT:
    return move_to (edit, previous_word (edit, edit->cursor));
  case UI_KEY_RIGHT | UI_KEY_CTRL:
  case 'f' | UI_KEY_ALT:
    return move_to (edit, next_word (edit, edit->cursor));
  case UI_KEY_BACKSPACE:
    return cut (edit, previous_cell (edit, edit->cursor), edit->cursor);
  case UI_KEY_DELETE:
    return cut (edit, edit->cursor, next_cell (edit, edit->cursor));
  case 'w' | UI_KEY_CTRL:
  case UI_KEY_BACKSPACE | UI_KEY_ALT:
    return cut (edit, previous_word (edit, edit->cursor), edit->cursor);
  case 'u' | UI_KEY_CTRL:
    return cut (edit, 0, edit->cursor);
  case 'k' | UI_KEY_CTRL:
    return cut (edit, edit->cursor, edit->length);
  case '_' | UI_KEY_CTRL:
    return undo (edit);
  default:
    return ui_key_is_text (key) ? type (edit, key) : UI_EDIT_IGNORED;
  }
}

UiEditResult
ui_edit_event (UiEdit *edit, const UiEvent *event)
{
  if (event->kind == UI_EVENT_KEY)
    return on_key (edit, event->key);
  if (event->kind != UI_EVENT_PASTE)
    return UI_EDIT_IGNORED;
  gsize length = event->length;
  while (length > 0 && event->text[length - 1] == '\n')
    length--;
  remember (edit);
  return insert (edit, event->text, length) > 0 ? UI_EDIT_CHANGED : UI_EDIT_MOVED;
}

static int
cells_before (const UiEdit *edit, gsize at)
{
  int cells = 0;
  const char *p = edit->text;
  UiGlyph glyph;
  while (p < edit->text + at && ui_glyph_next (&p, &glyph))
    cells += edit->flags & UI_EDIT_SECRET ? 1 : glyph.width;
  return cells;
}

/* The text from the SCROLL-th cell on; dots for a secret. */
static void
draw_text (const UiEdit *edit, UiRect field, UiStyle style)
{
  const char *p = edit->text;
  UiGlyph glyph;
  int at = -edit->scroll;
  while (at < field.columns) {
    const char *start = p;
    if (!ui_glyph_next (&p, &glyph))
      break;
    gboolean secret = edit->flags & UI_EDIT_SECRET;
    int width = secret ? 1 : glyph.width;
    if (at >= 0 && at + width <= field.columns) {
      char bytes[32];
      gsize length = secret ? 1 : MIN ((gsize) (p - start), sizeof bytes - 1);
      memcpy (bytes, secret ? "*" : start, length);
      bytes[length] = '\0';
      ui_draw_text (field, 0, at, style, bytes);
    }
    at += width;
  }
}

void
ui_edit_draw (UiEdit *edit, UiRect rect, int row, int column, int cells, UiStyle style, gboolean focused)
{
  UiRect field = ui_rect_sub (rect, row, column, 1, MAX (cells, 0));
  if (row < 0 || field.rows == 0 || field.columns <= 0)
    return;
  int cursor = cells_before (edit, edit->cursor);
  if (cursor < edit->scroll)
    edit->scroll = cursor;
  if (cursor - edit->scroll >= field.columns)
    edit->scroll = cursor - field.columns + 1;
  int whole = cells_before (edit, edit->length);
  if (whole - edit->scroll < field.columns - 1)
    edit->scroll = MAX (0, whole - field.columns + 1);
  ui_draw_clear (field, style);
  if (edit->length == 0 && edit->placeholder != NULL)
    ui_draw_text (field, 0, 0, style, edit->placeholder);
  else
    draw_text (edit, field, style);
  if (focused)
    ui_draw_cursor (field, 0, cursor - edit->scroll);
}

void
ui_edit_click (UiEdit *edit, int column)
{
  int target = column + edit->scroll, cells = 0;
  const char *p = edit->text;
  UiGlyph glyph;
  edit->cursor = 0;
  while (cells < target && ui_glyph_next (&p, &glyph)) {
    cells += edit->flags & UI_EDIT_SECRET ? 1 : glyph.width;
    edit->cursor = (gsize) (p - edit->text);
  }
}
