/* SPDX-License-Identifier: MIT
 * What can be done, as tables: one per screen and a global one. Key hints, `?`, the palette, the dispatcher
 * and the documentation are made from them; nothing else says what a key does.
 */
#pragma once

#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiScreen UiScreen;

typedef enum {
  UI_ACTION_PLAIN = 0,
  UI_ACTION_CHANGES = 1,      /* changes something anywhere: refused under --read-only by the dispatcher */
  UI_ACTION_IRREVERSIBLE = 2, /* said in its explanation; the screen must ask before (ui_app_confirm_typed) */
  UI_ACTION_HIDDEN = 4,       /* not in the hints of the last line, still in `?` and the palette */
  UI_ACTION_PALETTE =
      8,               /* also offered in the palette while another screen is open: opens the screen first */
  UI_ACTION_MAIN = 16, /* first in the hints: what a person most likely wants now */
} UiActionFlags;

typedef struct {
  const char *id;          /* "document.accept"; the name in settings `keys:` */
  const char *title;       /* N_(): one to three words, for hints and menus */
  const char *explanation; /* N_(): one sentence */
  const char *keys;        /* "a", "Ctrl-r F5"; NULL = only through menus. Rebound by settings. */
  UiActionFlags flags;
  /* Why it cannot be done now, in the person's words (borrowed until the next call); NULL = it can. The
   * function may be NULL. An action that makes no sense at all here returns "" and is then not shown. */
  const char *(*why_not) (UiScreen *screen);
  void (*run) (UiScreen *screen);
} UiAction;

/* Tables end with a NULL id. */
#define UI_ACTIONS_END                                                                                       \
  {                                                                                                          \
    NULL, NULL, NULL, NULL, UI_ACTION_PLAIN, NULL, NULL                                                      \
  }

/* Everything that can be done anywhere, for the palette, documentation and tests. */
typedef struct {
  const char *screen; /* id of the screen, NULL for global actions */
  const UiAction *action;
} UiActionEntry;
/* Gives an array of UiActionEntry. */
GArray *ui_actions_all (void);

G_END_DECLS
