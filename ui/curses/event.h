/* SPDX-License-Identifier: MIT
 * What comes in: keys, mouse, pasted text, a new size; and the names of keys, as settings and hints write
 * them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A Unicode character, or one of UI_KEY_UP.., with modifier bits. Ctrl and Alt with a letter: 'a' |
 * UI_KEY_CTRL. Shift is a bit only for special keys; letters come as typed ('A'). */
typedef guint32 UiKeyCode;

enum {
  UI_KEY_NONE = 0,
  UI_KEY_SPECIAL = 0x200000,
  UI_KEY_ENTER,
  UI_KEY_ESC,
  UI_KEY_TAB,
  UI_KEY_BACKSPACE,
  UI_KEY_UP,
  UI_KEY_DOWN,
  UI_KEY_LEFT,
  UI_KEY_RIGHT,
  UI_KEY_HOME,
  UI_KEY_END,
  UI_KEY_PAGE_UP,
  UI_KEY_PAGE_DOWN,
  UI_KEY_INSERT,
  UI_KEY_DELETE,
  UI_KEY_F1,
  UI_KEY_F12 = UI_KEY_F1 + 11,
  UI_KEY_LAST,
  UI_KEY_CTRL = 0x1000000,
  UI_KEY_ALT = 0x2000000,
  UI_KEY_SHIFT = 0x4000000,
};

typedef enum {
  UI_EVENT_KEY,
  UI_EVENT_CLICK, /* left button pressed */
  UI_EVENT_DOUBLE_CLICK,
  UI_EVENT_WHEEL, /* amount < 0 = up */
  UI_EVENT_PASTE, /* text pasted at once (bracketed paste) */
  UI_EVENT_RESIZE,
} UiEventKind;

#define UI_PASTE_MAX (256 * 1024) /* bytes; more is cut and the app says so */

typedef struct {
  UiEventKind kind;
  UiKeyCode key;   /* UI_EVENT_KEY */
  int row, column; /* mouse: cell on the whole screen; compare with ui_rect_contains() */
  int amount;      /* wheel: lines, negative = up */
  const char
      *text; /* paste: valid UTF-8, controls removed but line feeds and tabs kept; borrowed for the call */
  gsize length;
  gsize cut; /* bytes that were not taken */
} UiEvent;

/* TRUE for a key that types a character. */
gboolean ui_key_is_text (UiKeyCode key);
/* "a", "Ctrl-r", "Alt-x", "F1", "PgUp", "Enter", "Esc", "Space", "Shift-Tab". Gives. */
char *ui_key_name (UiKeyCode key);
/* The same, shorter, for hints: "^R", "Enter". Gives. */
char *ui_key_short (UiKeyCode key);
/* FALSE for a name that means nothing. Case of the words does not matter. */
gboolean ui_key_parse (const char *name, UiKeyCode *key);
/* TRUE when KEY is one of KEYS, a list of names parted by spaces ("j Down Ctrl-n"). KEYS may be NULL. */
gboolean ui_keys_match (const char *keys, UiKeyCode key);

/* True if EVENT is this key. */
static inline gboolean
ui_event_is (const UiEvent *event, UiKeyCode key)
{
  return event->kind == UI_EVENT_KEY && event->key == key;
}

G_END_DECLS
