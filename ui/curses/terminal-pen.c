/* SPDX-License-Identifier: MIT
 * A picture as ncurses writes it, made shorter (terminal.h).
 *
 * ncurses says how characters look by switching everything off and on again. Here what says so is sent only
 * when a character follows that shows it, and then only the difference; between coloured words blanks keep
 * the colour.
 */
#include "ui/curses/terminal-private.h"

#include <string.h>

#define COLOUR_MAX 24 /* "38;2;255;255;255" */

enum { LOOK_BOLD = 1 << 0, LOOK_UNDERLINE = 1 << 1, LOOK_REVERSE = 1 << 2 };

typedef struct {
  guint attributes;
  char foreground[COLOUR_MAX], background[COLOUR_MAX]; /* parameters; "" = the terminal's own */
} Look;

typedef struct {
  GString *out;
  Look wanted; /* what ncurses asked for */
  /* WANTED is all of it: there was a reset; until then parameters are passed on as they are. */
  gboolean known;
  Look now;      /* what the terminal has */
  gboolean sure; /* NOW is right */
  GString *raw;  /* not passed on yet */
} Pen;

/* --- the parameters of "ESC [ ... m" --- */

/* The length of the parameter or colour at TEXT, without the semicolon behind it. */
static gsize
parameter_length (const char *text, gsize length)
{
  guint semicolons = 0;
  if (length >= 4 && (text[0] == '3' || text[0] == '4') && text[1] == '8' && text[2] == ';')
    semicolons = text[3] == '5' ? 2 : 4;
  gsize i = 0;
  for (; i < length && (text[i] != ';' || semicolons > 0); i++)
    semicolons -= text[i] == ';';
  return i;
}

static gboolean
set_colour (char *colour, const char *text, gsize length)
{
  if (length >= COLOUR_MAX)
    return FALSE;
  memcpy (colour, text, length);
  colour[length] = '\0';
  return TRUE;
}

/* FALSE for what is not known here. */
static gboolean
apply_one (Look *look, const char *text, gsize length)
{
  static const struct {
    int number;
    guint on, off;
  } switches[] = {
    { 1, LOOK_BOLD, 0 },  { 4, LOOK_UNDERLINE, 0 },  { 7, LOOK_REVERSE, 0 },
    { 22, 0, LOOK_BOLD }, { 24, 0, LOOK_UNDERLINE }, { 27, 0, LOOK_REVERSE },
  };
  int number = (int) g_ascii_strtoll (text, NULL, 10);
  if (length == 0 || number == 0) {
    memset (look, 0, sizeof *look);
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    if (switches[i].number == number) {
      look->attributes = (look->attributes | switches[i].on) & ~switches[i].off;
      return TRUE;
    }
  if (number == 39 || number == 49)
    return set_colour (number == 39 ? look->foreground : look->background, "", 0);
  if ((number >= 30 && number <= 38) || (number >= 90 && number <= 97))
    return set_colour (look->foreground, text, length);
  if ((number >= 40 && number <= 48) || (number >= 100 && number <= 107))
    return set_colour (look->background, text, length);
  return FALSE;
}

static gboolean
apply (Look *look, const char *text, gsize length)
{
  for (gsize at = 0; at <= length;) {
    gsize size = parameter_length (text + at, length - at);
    if (!apply_one (look, text + at, size))
      return FALSE;
    at += size + 1;
  }
  return TRUE;
}

/* --- the pen --- */

static gboolean
same (const Look *a, const Look *b)
{
  return a->attributes == b->attributes && strcmp (a->foreground, b->foreground) == 0
         && strcmp (a->background, b->background) == 0;
}

static void
add (GString *list, const char *parameters)
{
  if (list->len > 0)
    g_string_append_c (list, ';');
  g_string_append (list, parameters);
}

/* What switches everything of LOOK on. */
static void
add_look (GString *list, guint attributes, const char *foreground, const char *background)
{
  if ((attributes & LOOK_BOLD) != 0)
    add (list, "1");
  if ((attributes & LOOK_UNDERLINE) != 0)
    add (list, "4");
  if ((attributes & LOOK_REVERSE) != 0)
    add (list, "7");
  if (*foreground != '\0')
    add (list, foreground);
  if (*background != '\0')
    add (list, background);
}

/* From NOW to WANTED, either by the differences or from the beginning, whichever is shorter. */
static void
change (Pen *pen)
{
  const Look *now = &pen->now, *wanted = &pen->wanted;
  g_autoptr (GString) step = g_string_new (NULL), anew = g_string_new (NULL);
  guint off = now->attributes & ~wanted->attributes;
  if ((off & LOOK_BOLD) != 0)
    add (step, "22");
  if ((off & LOOK_UNDERLINE) != 0)
    add (step, "24");
  if ((off & LOOK_REVERSE) != 0)
    add (step, "27");
  const char *foreground = *wanted->foreground != '\0' ? wanted->foreground : "39";
  const char *background = *wanted->background != '\0' ? wanted->background : "49";
  add_look (step, wanted->attributes & ~now->attributes,
            strcmp (now->foreground, wanted->foreground) != 0 ? foreground : "",
            strcmp (now->background, wanted->background) != 0 ? background : "");
  add_look (anew, wanted->attributes, wanted->foreground, wanted->background);
  if (anew->len > 0)
    g_string_prepend (anew, "0;");
  gboolean shorter = pen->sure && step->len < anew->len;
  g_string_append_printf (pen->out, "\033[%sm", shorter ? step->str : anew->str);
}

static void
put_down (Pen *pen)
{
  if (!pen->known) {
    g_string_append_len (pen->out, pen->raw->str, (gssize) pen->raw->len);
    g_string_truncate (pen->raw, 0);
    return;
  }
  if (!pen->sure || !same (&pen->now, &pen->wanted))
    change (pen);
  pen->now = pen->wanted;
  pen->sure = TRUE;
}

/* Can LOOK be seen where nothing is written. */
static gboolean
shows_on_blank (const Look *look)
{
  return (look->attributes & (LOOK_UNDERLINE | LOOK_REVERSE)) != 0 || *look->background != '\0';
}

/* One "ESC [ parameters m", SEQUENCE bytes at TEXT. */
static void
take_look (Pen *pen, const char *text, gsize sequence)
{
  const char *parameters = text + 2;
  gsize length = sequence - 3;
  gboolean reset = length == 0 || (*parameters == '0' && (length == 1 || parameters[1] == ';'));
  Look look = pen->wanted;
  if (!apply (&look, parameters, length) || (!pen->known && !reset)) {
    /* Passed on as it is, and the terminal is no longer known. */
    put_down (pen);
    g_string_append_len (pen->raw, text, (gssize) sequence);
    pen->known = pen->sure = FALSE;
    return;
  }
  g_string_truncate (pen->raw, 0);
  pen->known = TRUE;
  pen->wanted = look;
}

/* Length of the sequence "ESC [ ... final" at TEXT, 0 = it is something else or cut off. */
static gsize
sequence_length (const char *text, gsize length)
{
  if (length < 3 || text[0] != '\033' || text[1] != '[')
    return 0;
  for (gsize i = 2; i < length; i++)
    if (text[i] >= 0x40 && text[i] <= 0x7E)
      return i + 1;
  return 0;
}

/* Does it not matter how characters look for what begins with BYTE and, when it is a sequence, ends with
 * FINAL. */
static gboolean
is_indifferent (const Pen *pen, char byte, char final)
{
  /* What moves the cursor. */
  if (byte == '\r' || byte == '\b' || (final != '\0' && strchr ("HGdABCD", final) != NULL))
    return TRUE;
  /* Blanks, and what clears, deletes and inserts in the background. */
  return (byte == ' ' || (final != '\0' && strchr ("KXJP@LM", final) != NULL)) && pen->sure
         && !shows_on_blank (&pen->now) && !shows_on_blank (&pen->wanted);
}

void
ui_writer_shorten (const char *text, gsize length, GString *out)
{
  g_autoptr (GString) raw = g_string_new (NULL);
  Pen pen = { .out = out, .raw = raw };
  for (gsize i = 0; i < length;) {
    gsize sequence = sequence_length (text + i, length - i);
    char final = sequence > 0 ? text[i + sequence - 1] : '\0';
    if (final == 'm') {
      take_look (&pen, text + i, sequence);
    } else if (length - i >= 3 && memcmp (text + i, "\033(B", 3) == 0) {
      sequence = 3; /* letters are letters: nothing here ever switches to another set */
    } else {
      if (!is_indifferent (&pen, text[i], final))
        put_down (&pen);
      sequence = MAX (sequence, 1);
      g_string_append_len (out, text + i, (gssize) sequence);
    }
    i += sequence;
  }
  put_down (&pen);
}
