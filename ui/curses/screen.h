/* SPDX-License-Identifier: MIT
 * A screen: one file with a UiScreenClass, and one line in screens.c.
 *
 * A screen draws models (plain values of ui/model) and starts operations of the session; it holds no logic,
 * makes no calls, and never waits. All of its functions are called on the UI thread.
 */
#pragma once

#include "ui/curses/action.h"
#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiApp UiApp;
typedef struct UiList UiList;
typedef struct UiScreenClass UiScreenClass;

struct UiScreen {
  const UiScreenClass *class;
  UiApp *app;
  gpointer state; /* state_size bytes, zeroed before open(), freed after close() */
  char *object;   /* id of what is shown, or NULL */
};

struct UiScreenClass {
  const char *id;          /* "documents" */
  const char *title;       /* N_() */
  const char *explanation; /* N_(): what this screen is for, two or three sentences; shown by `?` */
  char key;                /* digit that opens it from anywhere ('1'..'9', '0'), or 0 */
  guint watches;           /* mask of model kinds (ui/model/session.h): update() is called when one changed */
  gsize state_size;
  /* OBJECT may be NULL. Called once; also tell the session what is shown. */
  void (*open) (UiScreen *screen, const char *object);
  void (*close) (UiScreen *screen);
  /* It is (or is no longer) the one that is seen: start or stop watching remote models. May be NULL. */
  void (*shown) (UiScreen *screen, gboolean shown);
  /* Models in CHANGED have new values. Also called once after open with all of `watches`. */
  void (*update) (UiScreen *screen, guint changed);
  void (*draw) (UiScreen *screen, UiRect rect);
  /* TRUE when handled. What is not handled is looked up in the tables of actions. */
  gboolean (*event) (UiScreen *screen, const UiEvent *event);
  const UiAction *actions;
  /* TRUE while typed letters belong to a field (form, filter): single-letter actions and digits are then not
   * looked up. May be NULL. */
  gboolean (*typing) (UiScreen *screen);
  /* The object shown or selected, for the title line ("documents > query1"). Gives, or NULL. May be NULL. */
  char *(*subject) (UiScreen *screen);
  /* The list of the screen: a filter or an order that is lost can be had back. NULL when it has none. May be
   * NULL. */
  UiList *(*list) (UiScreen *screen);
  /* What is read about the selected object, a field a line, for copying one of them. Gives, or NULL. May be
   * NULL. */
  char *(*detail) (UiScreen *screen);
  /* Text for `y` copy. Gives, or NULL. May be NULL. */
  char *(*copy) (UiScreen *screen);
  /* TRUE: `Esc` would lose something and asks by itself; the screen handles it. May be NULL. */
  gboolean (*before_close) (UiScreen *screen);
  /* TRUE: what was asked for is here in a moment; until then hints stay what they were. May be NULL. */
  gboolean (*settling) (UiScreen *screen);
  /* Where the person was when the screen was left (gives), and going there when it is opened again without an
   * object. May be NULL. */
  char *(*remember) (UiScreen *screen);
  void (*recall) (UiScreen *screen, const char *place);
  /* While typed letters belong to a field: what the keys do there, appended to HINTS (hints.h). NULL: it is
   * the filter of a list. */
  void (*hints) (UiScreen *screen, GString *hints);
  /* For functions that several screens share: what is particular to this one. May be NULL. */
  gconstpointer particular;
};

/* The state as its type. */
#define UI_STATE(screen, Type) ((Type *) (screen)->state)

/* All screens, NULL-terminated, in the order of the menu. */
const UiScreenClass *const *ui_screens (void);
const UiScreenClass *ui_screen_find (const char *id);

G_END_DECLS
