/* SPDX-License-Identifier: MIT
 * Fuzzy match of lists, menus and the palette (list.h): words first, letters in order second.
 */
#include "ui/curses/list.h"

#include <string.h>

static gunichar
lower_at (const char **p)
{
  guchar byte = (guchar) * *p;
  if (byte < 0x80) {
    (*p)++;
    return (gunichar) g_ascii_tolower ((char) byte);
  }
  gunichar c = g_utf8_get_char_validated (*p, -1);
  if (c == (gunichar) -1 || c == (gunichar) -2) {
    (*p)++;
    return 0xFFFD;
  }
  *p += g_utf8_skip[byte];
  return g_unichar_tolower (c);
}

/* WORD (LENGTH bytes) at TEXT, case ignored: the bytes of TEXT it covers, 0 when it is not there. */
static gsize
same_here (const char *word, gsize length, const char *text)
{
  const char *w = word, *t = text;
  while (w < word + length) {
    if (*t == '\0' || lower_at (&w) != lower_at (&t))
      return 0;
  }
  return (gsize) (t - text);
}

/* Where WORD is in TEXT; NULL = nowhere. */
static const char *
find_word (const char *word, gsize length, const char *text)
{
  if ((guchar) word[0] < 0x80) { /* most rows are refused here, quickly */
    char set[3] = { g_ascii_tolower (word[0]), g_ascii_toupper (word[0]), '\0' };
    for (const char *p = strpbrk (text, set); p != NULL; p = strpbrk (p + 1, set))
      if (same_here (word, length, p) > 0)
        return p;
    return NULL;
  }
  for (const char *p = text; *p != '\0'; p++)
    if (((guchar) *p & 0xC0) != 0x80 && same_here (word, length, p) > 0)
      return p;
  return NULL;
}

const char *
ui_fuzzy_find (const char *word, gsize length, const char *text, gsize *bytes)
{
  const char *at = length > 0 ? find_word (word, length, text) : NULL;
  if (bytes != NULL)
    *bytes = at != NULL ? same_here (word, length, at) : 0;
  return at;
}

static gboolean
word_starts (const char *text, const char *at)
{
  return at == text || !g_ascii_isalnum (at[-1]);
}

/* Letters left out between those of WORD when it is looked for from START on; -1 = it is not there. */
static int
gaps_from (const char *word, gsize length, const char *start)
{
  const char *w = word, *t = start;
  int gaps = 0;
  while (w < word + length) {
    gunichar wanted = lower_at (&w);
    gboolean found = FALSE;
    int skipped = 0;
    while (*t != '\0' && !found) {
      gboolean begins = word_starts (start, t);
      found = lower_at (&t) == wanted;
      skipped = found && begins ? MIN (skipped, 1)
                                : skipped + !found; /* the first letter of a word is near */
    }
    if (!found)
      return -1;
    gaps += skipped;
  }
  return gaps;
}

/* The letters of WORD in order, beginning where a word begins and not too far apart: fewer gaps score more. 0
 * = not there. */
static int
letters_in_order (const char *word, gsize length, const char *text)
{
  int best = -1, most = (int) length * 3;
  for (const char *p = text; *p != '\0'; p++) {
    const char *w = word, *t = p;
    if (((guchar) *p & 0xC0) == 0x80 || !word_starts (text, p) || lower_at (&w) != lower_at (&t))
      continue;
    int gaps = gaps_from (word, length, p);
    if (gaps >= 0 && gaps <= most && (best < 0 || gaps < best))
      best = gaps;
  }
  return best < 0 ? 0 : MAX (1, 40 - best);
}

/* Numbers mean themselves: "0999" is not "0x9y99". One letter is no abbreviation either. */
static gboolean
means_itself (const char *word, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (g_ascii_isdigit (word[i]))
      return TRUE;
  return length < 2;
}

gboolean
ui_fuzzy_match (const char *needle, const char *text, int *score)
{
  int total = 0;
  if (score != NULL)
    *score = 0;
  while (needle != NULL && *needle != '\0') {
    const char *end = strchrnul (needle, ' ');
    gsize length = (gsize) (end - needle);
    if (length > 0) {
      const char *at = find_word (needle, length, text);
      if (at != NULL) {
        total += 100 + (word_starts (text, at) ? 50 : 0) + (at == text ? 50 : 0);
      } else {
        int points = means_itself (needle, length) ? 0 : letters_in_order (needle, length, text);
        if (points == 0)
          return FALSE;
        total += points;
      }
    }
    needle = *end == ' ' ? end + 1 : end;
  }
  if (score != NULL)
    *score = total;
  return TRUE;
}
