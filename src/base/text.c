/* SPDX-License-Identifier: MIT
 * Text from outside made safe for a terminal, and text measured in terminal cells (text.h).
 */
#include "base/text.h"

#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS "\xE2\x80\xA6"    /* U+2026 */

/* GLib's macro of this kind casts const away. */
static const char *
next_char (const char *p)
{
  return p + g_utf8_skip[(guchar) *p];
}

/* Characters that change what a terminal shows without being seen themselves. */
static gboolean
is_bidi_control (gunichar c)
{
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E)
         || (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_unsafe (gunichar c)
{
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || is_bidi_control (c) || c == 0x2028 || c == 0x2029
         || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE0FFF) || (c >= 0xFFF9 && c <= 0xFFFB);
}

static char *
make_safe (const char *text, gboolean keep_lines)
{
  if (text == NULL)
    return g_strdup ("");
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *safe = g_string_sized_new (strlen (valid));
  for (const char *p = valid; *p != '\0'; p = next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c == '\n' || c == '\t')
      g_string_append_c (safe, keep_lines ? (char) c : ' ');
    else if (c == '\r' && p[1] == '\n')
      continue;
    else if (is_unsafe (c))
      g_string_append (safe, REPLACEMENT);
    else
      g_string_append_unichar (safe, c);
  }
  return g_string_free (safe, FALSE);
}

char *
cr_text_safe (const char *text)
{
  return make_safe (text, FALSE);
}

char *
cr_text_safe_lines (const char *text)
{
  return make_safe (text, TRUE);
}

static int
cell_width (gunichar c)
{
  int width = utf8proc_charwidth ((utf8proc_int32_t) c);
  return width < 0 ? 0 : width;
}

int
cr_text_width (const char *text)
{
  int width = 0;
  for (const char *p = text; *p != '\0'; p = next_char (p))
    width += cell_width (g_utf8_get_char (p));
  return width;
}

char *
cr_text_fit (const char *text, int cells)
{
  GString *fitted = g_string_new (NULL);
  int width = cr_text_width (text);
  gboolean cut = width > cells;
  int limit = cut ? cells - 1 : cells;
  int used = 0;
  for (const char *p = text; *p != '\0'; p = next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    int w = cell_width (c);
    if (used + w > limit)
      break;
    g_string_append_unichar (fitted, c);
    used += w;
  }
  if (cut && cells > 0) {
    g_string_append (fitted, ELLIPSIS);
    used++;
  }
  for (; used < cells; used++)
    g_string_append_c (fitted, ' ');
  return g_string_free (fitted, FALSE);
}

gboolean
cr_email_valid (const char *text)
{
  if (text == NULL || strlen (text) > 254)
    return FALSE;
  const char *at = strchr (text, '@');
  if (at == NULL || at == text || strchr (at + 1, '@') != NULL || at - text > 64)
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr (c < at ? "@.!#$%&'*+/=?^_`{|}~-" : "@.-", *c) == NULL)
      return FALSE;
  const char *domain = at + 1;
  const char *dot = strrchr (domain, '.');
  gboolean dots = text[0] != '.' && at[-1] != '.' && strstr (text, "..") == NULL;
  return dots && g_ascii_isalnum (domain[0]) && dot != NULL && strlen (dot) >= 3 && g_ascii_isalpha (dot[1]);
}

gboolean
cr_name_valid (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;
  if (length < 1 || length > 64 || !g_ascii_isalnum (text[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("._-", text[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Levenshtein distance over bytes, for short names only. */
static gsize
distance (const char *a, const char *b)
{
  gsize a_length = strlen (a), b_length = strlen (b);
  if (a_length > 63 || b_length > 63)
    return G_MAXSIZE;
  gsize row[64];
  for (gsize j = 0; j <= b_length; j++)
    row[j] = j;
  for (gsize i = 1; i <= a_length; i++) {
    gsize diagonal = row[0];
    row[0] = i;
    for (gsize j = 1; j <= b_length; j++) {
      gsize above = row[j];
      gsize change = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = MIN (MIN (row[j] + 1, row[j - 1] + 1), change);
      diagonal = above;
    }
  }
  return row[b_length];
}

const char *
cr_nearest (const char *text, const char *const *names)
{
  const char *best = NULL;
  gsize best_distance = MAX ((gsize) 1, strlen (text) / 3) + 1;
  for (gsize i = 0; names[i] != NULL; i++) {
    gsize d = distance (text, names[i]);
    if (d < best_distance) {
      best = names[i];
      best_distance = d;
    }
  }
  return best;
}
