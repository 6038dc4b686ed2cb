/* SPDX-License-Identifier: MIT
 * Keys by name, as the bytes that a terminal of the test's TERM sends; paste and mouse as libvterm encodes
 * them for the modes that the program switched on.
 */
#include "harness-private.h"

#include <curses.h>
#include <term.h>

#include <string.h>

typedef struct {
  const char *name;
  const char *capability; /* of terminfo */
  VTermKey key;           /* for terminals that libvterm speaks for itself; VTERM_KEY_NONE: plain BYTES */
  const char *bytes;
} Key;

static const Key keys[] = {
  { "Enter", NULL, VTERM_KEY_NONE, "\r" },        { "Tab", NULL, VTERM_KEY_NONE, "\t" },
  { "Esc", NULL, VTERM_KEY_NONE, "\033" },        { "Space", NULL, VTERM_KEY_NONE, " " },
  { "Backspace", "kbs", VTERM_KEY_NONE, "\177" }, { "Shift-Tab", "kcbt", VTERM_KEY_NONE, "\033[Z" },
  { "Up", "kcuu1", VTERM_KEY_UP, NULL },          { "Down", "kcud1", VTERM_KEY_DOWN, NULL },
  { "Left", "kcub1", VTERM_KEY_LEFT, NULL },      { "Right", "kcuf1", VTERM_KEY_RIGHT, NULL },
  { "Home", "khome", VTERM_KEY_HOME, NULL },      { "End", "kend", VTERM_KEY_END, NULL },
  { "PgUp", "kpp", VTERM_KEY_PAGEUP, NULL },      { "PgDn", "knp", VTERM_KEY_PAGEDOWN, NULL },
  { "Insert", "kich1", VTERM_KEY_INS, NULL },     { "Delete", "kdch1", VTERM_KEY_DEL, NULL },
};

/* Gives the string of a terminfo capability of TERM, NULL when it has none. */
static char *
capability (const char *term, const char *name)
{
  int error = 0;
  char *copy = NULL;
  TERMINAL *before = set_curterm (NULL);
  if (setupterm (term, 1, &error) == OK) {
    const char *value = tigetstr (name);
    copy = value != NULL && value != (char *) -1 ? g_strdup (value) : NULL;
    del_curterm (cur_term);
  }
  set_curterm (before);
  return copy;
}

static gboolean
send_named (Screen *screen, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    const Key *key = &keys[i];
    if (g_ascii_strcasecmp (key->name, name) != 0)
      continue;
    gboolean xterm = g_str_has_prefix (screen->term, "xterm");
    g_autofree char *sent = key->capability && !xterm ? capability (screen->term, key->capability) : NULL;
    if (sent != NULL)
      screen_send (screen, sent, strlen (sent));
    else if (key->bytes != NULL)
      screen_send (screen, key->bytes, strlen (key->bytes));
    else
      vterm_keyboard_key (screen->vt, key->key, VTERM_MOD_NONE);
    return TRUE;
  }
  return FALSE;
}

static gboolean
send_function (Screen *screen, const char *name)
{
  if ((name[0] != 'F' && name[0] != 'f') || !g_ascii_isdigit (name[1]))
    return FALSE;
  int number = (int) g_ascii_strtoll (name + 1, NULL, 10);
  g_autofree char *wanted = g_strdup_printf ("kf%d", number);
  g_autofree char *sent = capability (screen->term, wanted);
  if (sent != NULL)
    screen_send (screen, sent, strlen (sent));
  else
    vterm_keyboard_key (screen->vt, VTERM_KEY_FUNCTION (number), VTERM_MOD_NONE);
  return TRUE;
}

static gboolean
send_key (Screen *screen, const char *name)
{
  if (g_utf8_strlen (name, -1) == 1) {
    screen_send (screen, name, strlen (name));
    return TRUE;
  }
  if (g_ascii_strncasecmp (name, "Ctrl-", 5) == 0 && strlen (name) == 6) {
    char byte = (char) (g_ascii_toupper (name[5]) & 0x1f);
    screen_send (screen, &byte, 1);
    return TRUE;
  }
  if (g_ascii_strncasecmp (name, "Alt-", 4) == 0) {
    screen_send (screen, "\033", 1);
    return send_key (screen, name + 4);
  }
  return send_named (screen, name) || send_function (screen, name);
}

static void
want_idle (Screen *screen)
{
  screen_pump (screen->rig, 0);
  screen->idle_wanted = screen->idle_bytes;
}

void
screen_key (Screen *screen, const char *name)
{
  want_idle (screen);
  if (!send_key (screen, name))
    g_error ("no key is called \"%s\"", name);
  /* A person takes longer than a terminal does between the bytes of one key: Esc and x are not Alt-x. */
  if (g_ascii_strcasecmp (name, "Esc") == 0)
    for (gint64 until = g_get_monotonic_time () + 40000; g_get_monotonic_time () < until;)
      screen_pump (screen->rig, 5);
}

void
screen_keys (Screen *screen, const char *names)
{
  g_auto (GStrv) each = g_strsplit (names, " ", -1);
  for (char **name = each; *name != NULL; name++) {
    if (**name == '\0')
      continue;
    /* One after the other, as far as the program lets it be known. */
    if (screen->idle_bytes > 0)
      screen_settle (screen, 300);
    screen_key (screen, *name);
  }
}

void
screen_paste (Screen *screen, const char *text, gsize length)
{
  want_idle (screen);
  vterm_keyboard_start_paste (screen->vt);
  screen_send (screen, text, length);
  vterm_keyboard_end_paste (screen->vt);
}

void
screen_click (Screen *screen, int row, int column, int button)
{
  want_idle (screen);
  vterm_mouse_move (screen->vt, row, column, VTERM_MOD_NONE);
  vterm_mouse_button (screen->vt, button, true, VTERM_MOD_NONE);
  vterm_mouse_button (screen->vt, button, false, VTERM_MOD_NONE);
}

void
screen_wheel (Screen *screen, int row, int column, gboolean up)
{
  want_idle (screen);
  vterm_mouse_move (screen->vt, row, column, VTERM_MOD_NONE);
  vterm_mouse_button (screen->vt, up ? 4 : 5, true, VTERM_MOD_NONE);
}
