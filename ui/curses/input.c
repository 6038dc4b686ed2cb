/* SPDX-License-Identifier: MIT
 * Bytes from a terminal turned into events (input.h).
 */
#include "ui/curses/input.h"

#include <string.h>

#define SEQUENCE_MAX 64 /* bytes of an escape sequence; longer ones are thrown away */
#define REPORT_MAX 128  /* bytes of an OSC answer */
#define DOUBLE_CLICK_MS 400

struct UiInput {
  GString *waiting; /* the beginning of something */
  GHashTable *keys; /* sequence -> UiKeyCode */
  gboolean pasting;
  GString *paste;
  gsize paste_cut;
  void (*background) (gint32 colour, gpointer data);
  gpointer background_data;
  gint64 clicked_ms;
  int clicked_row, clicked_column;
  UiInputEvent event;
  gpointer data;
};

typedef struct {
  const char *sequence;
  UiKeyCode key;
} Known;

static const Known known[] = {
  { "\033[A", UI_KEY_UP },       { "\033[B", UI_KEY_DOWN },       { "\033[C", UI_KEY_RIGHT },
  { "\033[D", UI_KEY_LEFT },     { "\033OA", UI_KEY_UP },         { "\033OB", UI_KEY_DOWN },
  { "\033OC", UI_KEY_RIGHT },    { "\033OD", UI_KEY_LEFT },       { "\033[H", UI_KEY_HOME },
  { "\033[F", UI_KEY_END },      { "\033OH", UI_KEY_HOME },       { "\033OF", UI_KEY_END },
  { "\033[1~", UI_KEY_HOME },    { "\033[4~", UI_KEY_END },       { "\033[7~", UI_KEY_HOME },
  { "\033[8~", UI_KEY_END },     { "\033[2~", UI_KEY_INSERT },    { "\033[3~", UI_KEY_DELETE },
  { "\033[5~", UI_KEY_PAGE_UP }, { "\033[6~", UI_KEY_PAGE_DOWN }, { "\033OP", UI_KEY_F1 },
  { "\033OQ", UI_KEY_F1 + 1 },   { "\033OR", UI_KEY_F1 + 2 },     { "\033OS", UI_KEY_F1 + 3 },
  { "\033[11~", UI_KEY_F1 },     { "\033[12~", UI_KEY_F1 + 1 },   { "\033[13~", UI_KEY_F1 + 2 },
  { "\033[14~", UI_KEY_F1 + 3 }, { "\033[15~", UI_KEY_F1 + 4 },   { "\033[17~", UI_KEY_F1 + 5 },
  { "\033[18~", UI_KEY_F1 + 6 }, { "\033[19~", UI_KEY_F1 + 7 },   { "\033[20~", UI_KEY_F1 + 8 },
  { "\033[21~", UI_KEY_F1 + 9 }, { "\033[23~", UI_KEY_F1 + 10 },  { "\033[24~", UI_KEY_F12 },
  { "\033[[A", UI_KEY_F1 },      { "\033[[B", UI_KEY_F1 + 1 },    { "\033[[C", UI_KEY_F1 + 2 },
  { "\033[[D", UI_KEY_F1 + 3 },  { "\033[[E", UI_KEY_F1 + 4 },    { "\033[Z", UI_KEY_TAB | UI_KEY_SHIFT },
  { "\033OM", UI_KEY_ENTER },
};

UiInput *
ui_input_new (void)
{
  UiInput *input = g_new0 (UiInput, 1);
  input->waiting = g_string_new (NULL);
  input->paste = g_string_new (NULL);
  input->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    ui_input_add_key (input, known[i].sequence, known[i].key);
  return input;
}

void
ui_input_free (UiInput *input)
{
  if (input == NULL)
    return;
  g_string_free (input->waiting, TRUE);
  g_string_free (input->paste, TRUE);
  g_hash_table_unref (input->keys);
  g_free (input);
}

void
ui_input_add_key (UiInput *input, const char *sequence, UiKeyCode key)
{
  if (sequence != NULL && sequence[0] == '\033' && sequence[1] != '\0')
    g_hash_table_insert (input->keys, g_strdup (sequence), GUINT_TO_POINTER (key));
}

void
ui_input_set_background (UiInput *input, void (*background) (gint32 colour, gpointer data), gpointer data)
{
  input->background = background;
  input->background_data = data;
}

static void
send_key (UiInput *input, UiKeyCode key)
{
  UiEvent event = { .kind = UI_EVENT_KEY, .key = key };
  input->event (&event, input->data);
}

/* A byte below 0x20, or DEL. */
static UiKeyCode
control_key (guchar byte)
{
  switch (byte) {
  case '\r':
  case '\n':
    return UI_KEY_ENTER;
  case '\t':
    return UI_KEY_TAB;
  case 0x08:
  case 0x7F:
    return UI_KEY_BACKSPACE;
  case 0x1B:
    return UI_KEY_ESC;
  case 0x00:
    return ' ' | UI_KEY_CTRL;
  default:
    return (byte <= 0x1A ? (UiKeyCode) ('a' + byte - 1) : (UiKeyCode) (byte + 0x40)) | UI_KEY_CTRL;
  }
}

/* "\033[1;5A", "\033[3;2~": the modifiers as bits, and the sequence without them. */
static gboolean
modified_key (UiInput *input, const char *sequence, gsize length, UiKeyCode *key)
{
  const char *semicolon = memchr (sequence, ';', length);
  if (semicolon == NULL || sequence[1] != '[')
    return FALSE;
  guint modifier = (guint) g_ascii_strtoull (semicolon + 1, NULL, 10);
  char last = sequence[length - 1];
  g_autofree char *plain = NULL;
  if (last == '~')
    plain = g_strdup_printf ("%.*s~", (int) (semicolon - sequence), sequence);
  else if (last >= 'P' && last <= 'S')
    plain = g_strdup_printf ("\033O%c", last);
  else
    plain = g_strdup_printf ("\033[%c", last);
  gpointer found = g_hash_table_lookup (input->keys, plain);
  if (found == NULL || modifier < 2 || modifier > 16)
    return FALSE;
  modifier -= 1;
  *key = GPOINTER_TO_UINT (found) | (modifier & 1 ? UI_KEY_SHIFT : 0) | (modifier & 2 ? UI_KEY_ALT : 0)
         | (modifier & 4 ? UI_KEY_CTRL : 0);
  return TRUE;
}

static void
click (UiInput *input, UiEvent *event)
{
  gint64 now = g_get_monotonic_time () / 1000;
  gboolean again = now - input->clicked_ms < DOUBLE_CLICK_MS && event->row == input->clicked_row
                   && event->column == input->clicked_column;
  event->kind = again ? UI_EVENT_DOUBLE_CLICK : UI_EVENT_CLICK;
  input->clicked_ms = again ? 0 : now;
  input->clicked_row = event->row;
  input->clicked_column = event->column;
  input->event (event, input->data);
}

/* "\033[<0;12;5M" (SGR 1006). */
static void
mouse (UiInput *input, const char *sequence, gsize length)
{
  char *end = NULL;
  guint64 button = g_ascii_strtoull (sequence + 3, &end, 10);
  if (*end != ';')
    return;
  guint64 column = g_ascii_strtoull (end + 1, &end, 10);
  if (*end != ';')
    return;
  guint64 row = g_ascii_strtoull (end + 1, &end, 10);
  if (sequence[length - 1] != 'M' || row < 1 || column < 1 || row > 10000 || column > 10000)
    return;
  UiEvent event = { .row = (int) row - 1, .column = (int) column - 1 };
  if (button == 64 || button == 65) {
    event.kind = UI_EVENT_WHEEL;
    event.amount = button == 64 ? -3 : 3;
    input->event (&event, input->data);
  } else if (button == 0) {
    click (input, &event);
  }
}

/* "11;rgb:1e1e/1e1e/1e1e" */
static void
report (UiInput *input, const char *text)
{
  guint red, green, blue;
  if (!g_str_has_prefix (text, "11;rgb:") || input->background == NULL)
    return;
  g_auto (GStrv) parts = g_strsplit (text + strlen ("11;rgb:"), "/", 4);
  if (g_strv_length (parts) != 3)
    return;
  guint *channels[3] = { &red, &green, &blue };
  for (int i = 0; i < 3; i++) {
    gsize digits = strlen (parts[i]);
    if (digits < 1 || digits > 4)
      return;
    guint64 value = g_ascii_strtoull (parts[i], NULL, 16);
    *channels[i] = (guint) (value * 255 / ((1u << (4 * digits)) - 1));
  }
  input->background ((gint32) (red << 16 | green << 8 | blue), input->background_data);
}

static gsize take_one (UiInput *input, const char *bytes, gsize length, gboolean final);

#define INCOMPLETE 0

/* Bytes of a string sequence (OSC, DCS, APC): up to BEL or ST. */
static gsize
take_string (UiInput *input, const char *bytes, gsize length)
{
  for (gsize i = 2; i < length; i++) {
    gboolean bell = bytes[i] == '\007';
    gboolean terminator = bytes[i] == '\033' && i + 1 < length && bytes[i + 1] == '\\';
    if (bell || terminator) {
      g_autofree char *text = g_strndup (bytes + 2, i - 2);
      if (bytes[1] == ']')
        report (input, text);
      return i + (bell ? 1 : 2);
    }
    if ((guchar) bytes[i] < 0x20 && bytes[i] != '\033')
      return i; /* not a string after all */
  }
  return length > REPORT_MAX ? length : INCOMPLETE;
}

static gsize
take_csi (UiInput *input, const char *bytes, gsize length)
{
  gsize end = 2;
  if (end < length && bytes[end] == '[') /* Linux console F1..F5 */
    end++;
  while (end < length && (guchar) bytes[end] >= 0x20 && (guchar) bytes[end] < 0x40)
    end++;
  if (end >= length)
    return length > SEQUENCE_MAX ? length : INCOMPLETE;
  gsize size = end + 1;
  if ((guchar) bytes[end] < 0x20 || (guchar) bytes[end] > 0x7E)
    return end; /* broken off: what follows is taken for itself */
  g_autofree char *sequence = g_strndup (bytes, size);
  UiKeyCode key;
  gpointer found = g_hash_table_lookup (input->keys, sequence);
  if (found != NULL) {
    send_key (input, GPOINTER_TO_UINT (found));
  } else if (strcmp (sequence, "\033[200~") == 0) {
    input->pasting = TRUE;
    g_string_truncate (input->paste, 0);
    input->paste_cut = 0;
  } else if (sequence[2] == '<') {
    mouse (input, sequence, size);
  } else if (modified_key (input, sequence, size, &key)) {
    send_key (input, key);
  }
  return size;
}

/* What begins with ESC. */
static gsize
take_escape (UiInput *input, const char *bytes, gsize length, gboolean final)
{
  if (length == 1 || final) {
    if (!final)
      return INCOMPLETE;
    send_key (input, UI_KEY_ESC);
    return 1;
  }
  switch (bytes[1]) {
  case '[':
    return take_csi (input, bytes, length);
  case ']':
  case 'P':
  case '_':
  case '^':
    return take_string (input, bytes, length);
  case 'O': {
    if (length < 3)
      return INCOMPLETE;
    g_autofree char *sequence = g_strndup (bytes, 3);
    gpointer found = g_hash_table_lookup (input->keys, sequence);
    if (found != NULL)
      send_key (input, GPOINTER_TO_UINT (found));
    return 3;
  }
  case '\033': /* Esc Esc */
    send_key (input, UI_KEY_ESC);
    return 1;
  default:
    break;
  }
  gpointer found = NULL;
  for (gsize size = 2; size <= MIN (length, 8) && found == NULL; size++) {
    g_autofree char *sequence = g_strndup (bytes, size);
    found = g_hash_table_lookup (input->keys, sequence);
    if (found != NULL) {
      send_key (input, GPOINTER_TO_UINT (found));
      return size;
    }
  }
  guchar byte = (guchar) bytes[1];
  if (byte >= 0x80) {
    send_key (input, UI_KEY_ESC);
    return 1;
  }
  UiKeyCode key = byte < 0x20 || byte == 0x7F ? control_key (byte) : byte;
  send_key (input, key | UI_KEY_ALT);
  return 2;
}

static gsize
take_character (UiInput *input, const char *bytes, gsize length, gboolean final)
{
  gunichar c = g_utf8_get_char_validated (bytes, (gssize) length);
  if (c == (gunichar) -2 && !final && length < 6)
    return INCOMPLETE;
  if (c == (gunichar) -1 || c == (gunichar) -2)
    return 1; /* not a character: dropped */
  if (c >= 0xA0)
    send_key (input, c);
  return g_utf8_skip[(guchar) *bytes];
}

static void
finish_paste (UiInput *input)
{
  input->pasting = FALSE;
  gsize length = input->paste->len;
  const char *end = NULL;
  /* Cut at a whole character, then replace what is not UTF-8. */
  if (input->paste_cut > 0 && !g_utf8_validate (input->paste->str, (gssize) length, &end)
      && length - (gsize) (end - input->paste->str) < 4)
    length = (gsize) (end - input->paste->str);
  g_autofree char *valid = g_utf8_make_valid (input->paste->str, (gssize) length);
  g_autoptr (GString) clean = g_string_sized_new (strlen (valid));
  for (const char *p = valid; *p != '\0'; p++) {
    if (*p == '\r') {
      if (p[1] != '\n')
        g_string_append_c (clean, '\n');
    } else if ((guchar) *p >= 0x20 ? *p != 0x7F : *p == '\n' || *p == '\t') {
      g_string_append_c (clean, *p);
    }
  }
  UiEvent event = {
    .kind = UI_EVENT_PASTE, .text = clean->str, .length = clean->len, .cut = input->paste_cut
  };
  input->event (&event, input->data);
  /* Wiped: it may have been a secret. */
  memset (clean->str, 0, clean->len);
  memset (valid, 0, strlen (valid));
  memset (input->paste->str, 0, input->paste->len);
  g_string_truncate (input->paste, 0);
}

/* While pasting: everything up to the end mark. */
static gsize
take_paste (UiInput *input, const char *bytes, gsize length)
{
  static const char mark[] = "\033[201~";
  const gsize size = sizeof mark - 1;
  const char *found = memmem (bytes, length, mark, size);
  gsize text = found != NULL ? (gsize) (found - bytes) : length;
  if (found == NULL) { /* a mark that has only begun stays waiting */
    for (gsize tail = MIN (size - 1, length); tail > 0; tail--)
      if (memcmp (bytes + length - tail, mark, tail) == 0) {
        text = length - tail;
        break;
      }
  }
  gsize room = UI_PASTE_MAX - input->paste->len;
  gsize taken = MIN (text, room);
  g_string_append_len (input->paste, bytes, (gssize) taken);
  input->paste_cut += text - taken;
  if (found == NULL)
    return text;
  finish_paste (input);
  return text + size;
}

/* Take one thing from BYTES; 0 = more bytes are needed. FINAL: there will be none. */
static gsize
take_one (UiInput *input, const char *bytes, gsize length, gboolean final)
{
  if (input->pasting)
    return take_paste (input, bytes, length);
  guchar byte = (guchar) bytes[0];
  if (byte == 0x1B)
    return take_escape (input, bytes, length, final);
  if (byte < 0x20 || byte == 0x7F) {
    send_key (input, control_key (byte));
    return 1;
  }
  if (byte < 0x7F) {
    send_key (input, byte);
    return 1;
  }
  return take_character (input, bytes, length, final);
}

static void
run (UiInput *input, gboolean final)
{
  gsize done = 0;
  while (done < input->waiting->len) {
    gsize taken = take_one (input, input->waiting->str + done, input->waiting->len - done, final);
    if (taken == INCOMPLETE)
      break;
    done += taken;
  }
  memset (input->waiting->str, 0, done); /* may have been a secret */
  g_string_erase (input->waiting, 0, (gssize) done);
}

void
ui_input_feed (UiInput *input, const char *bytes, gsize length, UiInputEvent event, gpointer data)
{
  input->event = event;
  input->data = data;
  g_string_append_len (input->waiting, bytes, (gssize) length);
  run (input, FALSE);
}

gboolean
ui_input_pending (const UiInput *input)
{
  return input->waiting->len > 0 && !input->pasting;
}

void
ui_input_flush (UiInput *input, UiInputEvent event, gpointer data)
{
  if (!ui_input_pending (input))
    return;
  input->event = event;
  input->data = data;
  run (input, TRUE);
}
