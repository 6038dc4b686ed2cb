/* SPDX-License-Identifier: MIT
 * Text taken apart into terminal cells (cells.h).
 */
#include "ui/curses/cells.h"

#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT 0xFFFD

static gboolean
is_dropped (gunichar c)
{
  /* Joiners, variation selectors, skin tones, zero-width spaces: what terminals make of them differs. */
  return (c >= 0x200B && c <= 0x200D) || (c >= 0x2060 && c <= 0x2064) || (c >= 0xFE00 && c <= 0xFE0F)
         || c == 0xFEFF || (c >= 0x1F3FB && c <= 0x1F3FF) || c == 0x034F || c == 0x180E
         || (c >= 0x180B && c <= 0x180D);
}

static gboolean
is_unsafe (gunichar c, utf8proc_category_t category)
{
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || category == UTF8PROC_CATEGORY_CF
         || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CS
         || category == UTF8PROC_CATEGORY_CO || category == UTF8PROC_CATEGORY_CN
         || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/* The character at *TEXT and the pointer moved behind it; bytes that are not UTF-8 give the replacement. */
static gunichar
next_character (const char **text)
{
  guchar byte = (guchar) * *text;
  if (byte < 0x80) {
    (*text)++;
    return byte;
  }
  gunichar c = g_utf8_get_char_validated (*text, -1);
  if (c == (gunichar) -1 || c == (gunichar) -2) {
    (*text)++;
    return REPLACEMENT;
  }
  *text += g_utf8_skip[byte];
  return c;
}

static gboolean
is_mark (gunichar c)
{
  utf8proc_category_t category = utf8proc_category ((utf8proc_int32_t) c);
  return (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME
          || (c >= 0x1160 && c <= 0x11FF))
         && utf8proc_charwidth ((utf8proc_int32_t) c) == 0;
}

/* Base character C (not a mark) as what is shown for it. */
static gunichar
shown_as (gunichar c)
{
  if (c == '\t' || c == '\n')
    return ' ';
  if (c == 0x00AD)
    return '-';
  if (c == 0x00A0 || c == 0x202F || c == 0x2007)
    return ' ';
  if (c >= 0x1F1E6 && c <= 0x1F1FF) /* half of a flag: its letter */
    return 'A' + (c - 0x1F1E6);
  if (is_unsafe (c, utf8proc_category ((utf8proc_int32_t) c)))
    return REPLACEMENT;
  return c;
}

gboolean
ui_glyph_next (const char **text, UiGlyph *glyph)
{
  memset (glyph, 0, sizeof *glyph);
  const char *p = *text;
  guchar byte = (guchar) *p;
  if (byte >= 0x20 && byte < 0x7F && (guchar) p[1] < 0x80) { /* nearly every cell */
    glyph->chars[0] = byte;
    glyph->width = 1;
    *text = p + 1;
    return TRUE;
  }
  gunichar base = 0;
  while (*p != '\0' && base == 0) {
    const char *start = p;
    gunichar c = next_character (&p);
    if (is_dropped (c))
      continue;
    if (c >= 0x300 && is_mark (c)) {
      base = ' ';
      p = start;
    } else {
      base = shown_as (c);
    }
  }
  if (base == 0) {
    *text = p;
    return FALSE;
  }
  int width = utf8proc_charwidth ((utf8proc_int32_t) base);
  glyph->width = width == 2 ? 2 : 1;
  glyph->chars[0] = width <= 0 ? REPLACEMENT : base;
  guint count = 1;
  while ((guchar) *p >= 0x80) { /* marks on it */
    const char *start = p;
    gunichar c = next_character (&p);
    if (is_dropped (c))
      continue;
    if (!is_mark (c)) {
      p = start;
      break;
    }
    if (count < UI_CELL_CHARS)
      glyph->chars[count++] = c;
  }
  *text = p;
  return TRUE;
}

int
ui_cells_width (const char *text)
{
  int width = 0;
  UiGlyph glyph;
  if (text != NULL)
    while (ui_glyph_next (&text, &glyph))
      width += glyph.width;
  return width;
}

gsize
ui_cells_prefix (const char *text, int cells)
{
  const char *p = text;
  UiGlyph glyph;
  int used = 0;
  for (;;) {
    const char *start = p;
    if (!ui_glyph_next (&p, &glyph) || used + glyph.width > cells)
      return (gsize) (start - text);
    used += glyph.width;
  }
}

char *
ui_cells_cut (const char *text, int cells, gboolean ascii)
{
  if (text == NULL || cells <= 0)
    return g_strdup ("");
  gsize whole = ui_cells_prefix (text, cells);
  if (ui_cells_width (text + whole) == 0)
    return g_strdup (text);
  gsize length = ui_cells_prefix (text, cells - 1);
  return g_strdup_printf ("%.*s%s", (int) length, text, ascii ? "~" : "\xE2\x80\xA6");
}

typedef struct {
  int first, next;
  int limit; /* of the line being filled */
  int lines;
  UiWrapLine line;
  gpointer data;
} Wrap;

static void
emit (Wrap *wrap, const char *start, const char *end)
{
  while (end > start && end[-1] == ' ')
    end--;
  if (wrap->line != NULL)
    wrap->line (start, (gsize) (end - start), wrap->data);
  wrap->lines++;
}

static const char *
skip_spaces (const char *text)
{
  while (*text == ' ')
    text++;
  return text;
}

/* A word (an identifier, a digest) longer than a whole line: it is broken where it stands. */
static gboolean
fits_nowhere (const char *word, int cells)
{
  int used = 0;
  UiGlyph glyph;
  for (const char *p = word; *p != ' ' && *p != '\n' && ui_glyph_next (&p, &glyph);) {
    used += glyph.width;
    if (used > cells)
      return TRUE;
    if (glyph.width == 2 || p[-1] == '-')
      return FALSE;
  }
  return FALSE;
}

/* The end of the line that begins at START; *NEXT is where the next one begins; *MORE: it belongs to the same
 * paragraph. NULL *NEXT: that was all. */
static const char *
one_line (const Wrap *wrap, const char *start, const char **next, gboolean *more)
{
  const char *p = start, *stop = NULL, *resume = NULL, *slash = NULL;
  int used = 0;
  UiGlyph glyph;
  *more = TRUE;
  for (;;) {
    const char *here = p;
    if (!ui_glyph_next (&p, &glyph)) {
      *next = NULL;
      return here;
    }
    if (*here == '\n') {
      *next = here + 1;
      *more = FALSE;
      return here;
    }
    if (used + glyph.width > wrap->limit && here > start) {
      if (*here == ' ') {
        *next = skip_spaces (here);
        if (**next == '\n') {
          (*next)++;
          *more = FALSE;
        } else if (**next == '\0') {
          *next = NULL;
        }
        return here;
      }
      if (resume != NULL && !fits_nowhere (resume, wrap->next)) {
        *next = resume;
        return stop;
      }
      *next = slash != NULL ? slash : here;
      return *next;
    }
    used += glyph.width;
    if (*here == '/' && used > wrap->limit / 2) /* of an address that is longer than a line */
      slash = p;
    if (*here == ' ' || glyph.width == 2 || *here == '-') {
      resume = p;
      stop = *here == ' ' ? here : p;
    }
  }
}

int
ui_cells_wrap_hang (const char *text, int first, int next, UiWrapLine line, gpointer data)
{
  Wrap wrap = { MAX (first, 1), MAX (next, 1), MAX (first, 1), 0, line, data };
  const char *start = text != NULL ? text : "";
  while (start != NULL) {
    const char *begin = NULL;
    gboolean more = FALSE;
    const char *end = one_line (&wrap, start, &begin, &more);
    emit (&wrap, start, end);
    wrap.limit = more ? wrap.next : wrap.first;
    start = begin;
  }
  return wrap.lines;
}

int
ui_cells_wrap (const char *text, int cells, UiWrapLine line, gpointer data)
{
  return ui_cells_wrap_hang (text, cells, cells, line, data);
}
