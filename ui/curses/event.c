/* SPDX-License-Identifier: MIT
 * Names of keys (event.h).
 */
#include "ui/curses/event.h"

#include <string.h>

typedef struct {
  UiKeyCode key;
  const char *name;
} KeyName;

/* The first name of a key is the one that is shown. */
static const KeyName key_names[] = {
  { UI_KEY_ENTER, "Enter" },
  { UI_KEY_ESC, "Esc" },
  { UI_KEY_TAB, "Tab" },
  { UI_KEY_BACKSPACE, "Backspace" },
  { UI_KEY_UP, "Up" },
  { UI_KEY_DOWN, "Down" },
  { UI_KEY_LEFT, "Left" },
  { UI_KEY_RIGHT, "Right" },
  { UI_KEY_HOME, "Home" },
  { UI_KEY_END, "End" },
  { UI_KEY_PAGE_UP, "PgUp" },
  { UI_KEY_PAGE_DOWN, "PgDn" },
  { UI_KEY_INSERT, "Ins" },
  { UI_KEY_DELETE, "Del" },
  { ' ', "Space" },
  { UI_KEY_ENTER, "Return" },
  { UI_KEY_ESC, "Escape" },
  { UI_KEY_PAGE_UP, "PageUp" },
  { UI_KEY_PAGE_DOWN, "PageDown" },
  { UI_KEY_DELETE, "Delete" },
  { UI_KEY_INSERT, "Insert" },
};

gboolean
ui_key_is_text (UiKeyCode key)
{
  return key >= 0x20 && key != 0x7F && key < UI_KEY_SPECIAL;
}

static char *
name_of (UiKeyCode key, const char *control)
{
  GString *name = g_string_new (NULL);
  UiKeyCode plain = key & ~(UiKeyCode) (UI_KEY_CTRL | UI_KEY_ALT | UI_KEY_SHIFT);
  if (key & UI_KEY_CTRL)
    g_string_append (name, control);
  if (key & UI_KEY_ALT)
    g_string_append (name, "Alt-");
  if (key & UI_KEY_SHIFT)
    g_string_append (name, "Shift-");
  for (gsize i = 0; i < G_N_ELEMENTS (key_names); i++)
    if (key_names[i].key == plain) {
      g_string_append (name, key_names[i].name);
      return g_string_free (name, FALSE);
    }
  if (plain >= UI_KEY_F1 && plain <= UI_KEY_F12)
    g_string_append_printf (name, "F%u", plain - UI_KEY_F1 + 1);
  else if (plain < 0x110000 && g_unichar_isprint (plain))
    g_string_append_unichar (name, plain);
  else
    g_string_append (name, "?");
  return g_string_free (name, FALSE);
}

char *
ui_key_name (UiKeyCode key)
{
  return name_of (key, "Ctrl-");
}

char *
ui_key_short (UiKeyCode key)
{
  return name_of (key, "^");
}

static gboolean
take_prefix (const char **name, const char *prefix)
{
  gsize length = strlen (prefix);
  if (g_ascii_strncasecmp (*name, prefix, length) != 0 || (*name)[length] == '\0')
    return FALSE;
  *name += length;
  return TRUE;
}

static gboolean
parse_plain (const char *name, UiKeyCode *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (key_names); i++)
    if (g_ascii_strcasecmp (key_names[i].name, name) == 0) {
      *key = key_names[i].key;
      return TRUE;
    }
  if (g_ascii_toupper (name[0]) == 'F' && g_ascii_isdigit (name[1])) {
    char *end = NULL;
    guint64 number = g_ascii_strtoull (name + 1, &end, 10);
    if (*end != '\0' || number < 1 || number > 12)
      return FALSE;
    *key = (UiKeyCode) (UI_KEY_F1 + number - 1);
    return TRUE;
  }
  gunichar c = g_utf8_get_char_validated (name, -1);
  if (c == (gunichar) -1 || c == (gunichar) -2 || !g_unichar_isgraph (c)
      || name[(guchar) g_utf8_skip[(guchar) *name]] != '\0')
    return FALSE;
  *key = c;
  return TRUE;
}

gboolean
ui_key_parse (const char *name, UiKeyCode *key)
{
  UiKeyCode modifiers = 0;
  if (name == NULL || *name == '\0')
    return FALSE;
  for (;;) {
    if (take_prefix (&name, "Ctrl-") || (name[0] == '^' && name[1] != '\0' && take_prefix (&name, "^")))
      modifiers |= UI_KEY_CTRL;
    else if (take_prefix (&name, "Alt-"))
      modifiers |= UI_KEY_ALT;
    else if (take_prefix (&name, "Shift-"))
      modifiers |= UI_KEY_SHIFT;
    else
      break;
  }
  UiKeyCode plain;
  if (!parse_plain (name, &plain))
    return FALSE;
  gboolean letter = plain < UI_KEY_SPECIAL;
  if (letter && (modifiers & UI_KEY_CTRL))
    plain = g_unichar_tolower (plain);
  if (letter && (modifiers & UI_KEY_SHIFT)) {
    if (modifiers & UI_KEY_CTRL)
      return FALSE; /* terminals cannot tell it from Ctrl alone */
    plain = g_unichar_toupper (plain);
    modifiers &= ~(UiKeyCode) UI_KEY_SHIFT;
  }
  *key = plain | modifiers;
  return TRUE;
}

gboolean
ui_keys_match (const char *keys, UiKeyCode key)
{
  while (keys != NULL && *keys != '\0') {
    const char *end = strchrnul (keys, ' ');
    char name[32];
    gsize length = (gsize) (end - keys);
    UiKeyCode parsed;
    if (length > 0 && length < sizeof name) {
      memcpy (name, keys, length);
      name[length] = '\0';
      if (ui_key_parse (name, &parsed) && parsed == key)
        return TRUE;
    }
    keys = *end == ' ' ? end + 1 : end;
  }
  return FALSE;
}
