/* SPDX-License-Identifier: MIT
 * The terminal of a test: libvterm keeps the cells; beside it go a scanner for private modes, the
 * clipboard (OSC 52), the background colour (OSC 11) and a watch for text that runs over the right edge.
 */
#include "harness-private.h"

#include <string.h>

/* --- Cells --- */

static int
on_cursor (VTermPos position, VTermPos old, int visible, void *data)
{
  Screen *screen = data;
  (void) old;
  (void) visible;
  screen->cursor = position;
  return 1;
}

static int
on_damage (VTermRect rect, void *data)
{
  (void) rect;
  ((Screen *) data)->drawn++;
  return 1;
}

static int
on_property (VTermProp property, VTermValue *value, void *data)
{
  Screen *screen = data;
  if (property == VTERM_PROP_TITLE) {
    g_free (screen->title);
    screen->title = g_strdup (value->string);
  } else if (property == VTERM_PROP_CURSORVISIBLE) {
    screen->cursor_visible = value->boolean != 0;
  }
  return 1;
}

static int
on_bell (void *data)
{
  ((Screen *) data)->bells++;
  return 1;
}

static const VTermScreenCallbacks callbacks = {
  .damage = on_damage,
  .movecursor = on_cursor,
  .settermprop = on_property,
  .bell = on_bell,
};

/* --- OSC: clipboard and background --- */

static void
take_clipboard (Screen *screen, const char *text)
{
  const char *data = strchr (text, ';');
  if (data == NULL || g_str_equal (data + 1, "?"))
    return;
  gsize length = 0;
  g_autofree guchar *decoded = g_base64_decode (data + 1, &length);
  g_free (screen->clipboard);
  screen->clipboard = g_strndup ((const char *) decoded, length);
}

static int
on_osc (const char *command, size_t length, void *data)
{
  Screen *screen = data;
  g_autofree char *text = g_strndup (command, length);
  if (g_str_has_prefix (text, "52;"))
    take_clipboard (screen, text + 3);
  if (g_str_equal (text, "11;?") && screen->background != NULL) {
    g_autofree char *answer = g_strdup_printf ("\033]11;%s\033\\", screen->background);
    screen_send (screen, answer, strlen (answer));
  }
  return 1;
}

/* tmux hands on what is wrapped as DCS tmux; ... with every escape doubled. */
static int
on_dcs (const char *command, size_t length, void *data)
{
  if (length < 5 || strncmp (command, "tmux;", 5) != 0)
    return 0;
  g_autoptr (GString) inner = g_string_new (NULL);
  for (gsize i = 5; i < length; i++) {
    if (command[i] == '\033' && i + 1 < length && command[i + 1] == '\033')
      i++;
    g_string_append_c (inner, command[i]);
  }
  const char *osc = strstr (inner->str, "\033]");
  if (osc == NULL)
    return 0;
  g_autofree char *text = g_strdup (osc + 2);
  g_strdelimit (text, "\a\033", '\0');
  return on_osc (text, strlen (text), data);
}

static const VTermParserCallbacks fallbacks = { .osc = on_osc, .dcs = on_dcs };

/* --- Text that runs over the right edge --- */

/* ncurses places the cursor after a full line; only text that is wider than the program believes makes the
 * terminal itself go on in the next line. */
static int
watch_glyph (VTermGlyphInfo *glyph, VTermPos position, void *data)
{
  Screen *screen = data;
  if (screen->watch_full && position.col == 0)
    screen->wraps++;
  screen->watch_full = position.col + glyph->width >= screen->columns;
  screen->watch_position = position;
  return 1;
}

static int
watch_cursor (VTermPos position, VTermPos old, int visible, void *data)
{
  Screen *screen = data;
  (void) old;
  (void) visible;
  if (position.row != screen->watch_position.row || position.col < screen->columns - 1)
    screen->watch_full = FALSE;
  return 1;
}

/* The watch keeps no cells; libvterm wants to be told that somebody does. */
static int
watch_scroll (VTermRect rect, int downward, int rightward, void *data)
{
  (void) rect;
  (void) downward;
  (void) rightward;
  (void) data;
  return 1;
}

static int
watch_move (VTermRect to, VTermRect from, void *data)
{
  (void) to;
  (void) from;
  (void) data;
  return 1;
}

static int
watch_erase (VTermRect rect, int selective, void *data)
{
  (void) rect;
  (void) selective;
  (void) data;
  return 1;
}

static const VTermStateCallbacks watching = {
  .putglyph = watch_glyph,
  .movecursor = watch_cursor,
  .scrollrect = watch_scroll,
  .moverect = watch_move,
  .erase = watch_erase,
};

/* --- Private modes --- */

static void
set_mode (Screen *screen, int number, gboolean on)
{
  if (number < 0 || number >= SCREEN_MODE_MAX)
    return;
  guint8 bit = (guint8) (1u << (number % 8));
  if (on)
    screen->modes[number / 8] |= bit, screen->modes_ever[number / 8] |= bit;
  else
    screen->modes[number / 8] &= (guint8) ~bit;
}

/* The numbers of "ESC [ ... m". */
static void
note_look (Screen *screen)
{
  for (int i = 0; i <= screen->scan_count; i++) {
    int number = screen->scan_numbers[i];
    if ((number >= 30 && number <= 49) || (number >= 90 && number <= 107))
      screen->colours++;
    if (number == 38 || number == 48)
      break; /* what follows is the colour */
  }
}

/* Takes a digit or what separates numbers; FALSE when BYTE ends them. */
static gboolean
scan_number (Screen *screen, unsigned char byte)
{
  if (g_ascii_isdigit (byte)) {
    int *number = &screen->scan_numbers[screen->scan_count];
    *number = *number < 100000 ? *number * 10 + (byte - '0') : *number;
    return TRUE;
  }
  if ((byte != ';' && byte != ':') || screen->scan_count + 1 >= (int) G_N_ELEMENTS (screen->scan_numbers))
    return FALSE;
  screen->scan_numbers[++screen->scan_count] = 0;
  return TRUE;
}

/* States: 0 text, 1 after ESC, 2 after CSI, 3 in the numbers after CSI ?, 4 in those after CSI alone. */
static void
scan (Screen *screen, unsigned char byte)
{
  switch (screen->scan_state) {
  case 1:
    screen->scan_state = byte == '[' ? 2 : byte == '\033' ? 1 : 0;
    break;
  case 2:
    screen->scan_state = byte == '?' ? 3 : 4;
    screen->scan_count = 0;
    screen->scan_numbers[0] = 0;
    if (byte != '?')
      scan (screen, byte);
    break;
  case 3:
    if (scan_number (screen, byte))
      break;
    for (int i = 0; (byte == 'h' || byte == 'l') && i <= screen->scan_count; i++)
      set_mode (screen, screen->scan_numbers[i], byte == 'h');
    screen->scan_state = 0;
    break;
  case 4:
    if (scan_number (screen, byte))
      break;
    if (byte == 'm')
      note_look (screen);
    screen->scan_state = byte == '\033' ? 1 : 0;
    break;
  default:
    screen->scan_state = byte == '\033' ? 1 : 0;
  }
}

gboolean
screen_mode (Screen *screen, int number)
{
  return (screen->modes[number / 8] >> (number % 8)) & 1;
}

guint64
screen_colours_sent (Screen *screen)
{
  return screen->colours;
}

gboolean
screen_mode_ever (Screen *screen, int number)
{
  return (screen->modes_ever[number / 8] >> (number % 8)) & 1;
}

/* --- Life --- */

static void
on_output (const char *bytes, size_t length, void *data)
{
  screen_send (data, bytes, length);
}

void
screen_terminal_init (Screen *screen)
{
  screen->split = g_byte_array_new ();
  screen->vt = vterm_new (screen->rows, screen->columns);
  vterm_set_utf8 (screen->vt, 1);
  vterm_output_set_callback (screen->vt, on_output, screen);
  screen->cells = vterm_obtain_screen (screen->vt);
  vterm_screen_enable_altscreen (screen->cells, 1);
  vterm_screen_set_callbacks (screen->cells, &callbacks, screen);
  vterm_screen_set_unrecognised_fallbacks (screen->cells, &fallbacks, screen);
  vterm_screen_reset (screen->cells, 1);

  screen->watch = vterm_new (screen->rows, screen->columns);
  vterm_set_utf8 (screen->watch, 1);
  VTermState *state = vterm_obtain_state (screen->watch);
  vterm_state_set_callbacks (state, &watching, screen);
  vterm_state_reset (state, 1);
  screen->cursor_visible = TRUE;
}

void
screen_terminal_clear (Screen *screen)
{
  g_clear_pointer (&screen->vt, vterm_free);
  g_clear_pointer (&screen->watch, vterm_free);
  g_clear_pointer (&screen->split, g_byte_array_unref);
}

/* libvterm loses a character of UTF-8 that comes in two pieces after ASCII: the length without the last one
 * when that is not complete. */
static guint
whole_characters (const GByteArray *bytes)
{
  guint start = bytes->len;
  while (start > 0 && bytes->len - start < 3 && (bytes->data[start - 1] & 0xC0) == 0x80)
    start--;
  if (start == 0 || bytes->data[start - 1] < 0xC0)
    return bytes->len;
  guint8 first = bytes->data[start - 1];
  guint wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  return bytes->len - start + 1 < wanted ? start - 1 : bytes->len;
}

void
screen_terminal_write (Screen *screen, const char *bytes, gsize length)
{
  screen->bytes += length;
  screen->last_output = g_get_monotonic_time ();
  g_byte_array_append (screen->raw, (const guint8 *) bytes, (guint) length);
  if (screen->raw->len > SCREEN_RAW_MAX)
    g_byte_array_remove_range (screen->raw, 0, screen->raw->len - SCREEN_RAW_MAX);
  for (gsize i = 0; i < length; i++)
    scan (screen, (unsigned char) bytes[i]);
  g_byte_array_append (screen->split, (const guint8 *) bytes, (guint) length);
  guint whole = whole_characters (screen->split);
  vterm_input_write (screen->vt, (const char *) screen->split->data, whole);
  vterm_input_write (screen->watch, (const char *) screen->split->data, whole);
  g_byte_array_remove_range (screen->split, 0, whole);
}

void
screen_terminal_resize (Screen *screen, int columns, int rows)
{
  screen->columns = columns;
  screen->rows = rows;
  vterm_set_size (screen->vt, rows, columns);
  vterm_set_size (screen->watch, rows, columns);
  screen->watch_full = FALSE;
}

guint
screen_take_wraps (Screen *screen)
{
  guint wraps = screen->wraps;
  screen->wraps = 0;
  return wraps;
}
