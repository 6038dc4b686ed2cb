/* SPDX-License-Identifier: MIT
 * The inside of the app; only app*.c and action.c include this.
 */
#pragma once

#include "ui/curses/app.h"
#include "ui/curses/dialog.h"
#include "ui/curses/loop.h"
#include "ui/curses/menu.h"
#include "ui/curses/picker.h"
#include "ui/model/session.h"
#include "ui/model/undo.h"

G_BEGIN_DECLS

#define UI_APP_LEAST_ROWS 10
#define UI_APP_LEAST_COLUMNS 40

/* Something over the screen that gets every event. Exactly one of the widgets is set. */
typedef struct UiOverlay UiOverlay;
struct UiOverlay {
  UiMenu *menu;
  UiDialog *dialog;
  UiPicker *picker;
  gboolean narrow;         /* a menu in the middle, as large as its entries; else as large as may be */
  UiAppDone done;          /* with the answer */
  UiAppFormDone form_done; /* for a dialog with a form */
  char *field;             /* the answer is the value of this field of the form */
  gpointer data;
  GDestroyNotify free_data;
  gpointer draft; /* app-draft.c: under which name its form is kept, or NULL */
  GDestroyNotify free_draft;
  gboolean typed;
};

typedef struct {
  int row, from, to; /* cells of the canvas */
  const UiAction *action;
} UiHint;

struct UiApp {
  UiAppOptions options;
  UiSettings *settings;
  UiTerminal *terminal;
  UiLoop *loop;
  UiSession *session;
  GPtrArray *stack;    /* UiScreen*, the last one is seen */
  GPtrArray *closing;  /* UiScreen*: freed before the next picture */
  GPtrArray *overlays; /* UiOverlay*, the last one gets the events */
  GArray *hints;       /* UiHint: where they were drawn, for the mouse */
  UiRect body;
  char *toast;
  UiState toast_state;
  gint64 toast_until_us;
  char *activity;
  gboolean activity_undo; /* it is what can be taken back now */
  UiUndo *undo;
  UiHint undo_hint;   /* where the key of it was drawn; action NULL = nowhere */
  GHashTable *places; /* id of a screen -> what its remember() gave */
  GPtrArray *recent;  /* ids of what was taken from the palette, newest first */
  gboolean interrupted;
  char *sign_in_seen; /* of ui_sign_in_watch() */
  int exit_code;
  gpointer sent_draft; /* app-draft.c: of the form whose operation runs, or NULL */
  GPtrArray *script;   /* lines left, or NULL */
  gint64 script_until_us;
  guint script_timer; /* 0 = none */
};

/* --- app.c --- */
void ui_app_push_overlay (UiApp *app, UiOverlay *overlay); /* takes */
void ui_overlay_free (UiOverlay *overlay);

/* --- app-frame.c --- */
void ui_app_draw (UiRect whole, gpointer data);

/* --- app-overlay.c --- */
void ui_overlay_draw (UiOverlay *overlay, UiRect whole);
void ui_overlay_event (UiApp *app, UiOverlay *overlay, const UiEvent *event);

/* --- app-menu.c --- */
void ui_app_open_help (UiApp *app);
void ui_app_open_palette (UiApp *app);
/* MODELS changed: when the palette is open, its objects may be others. */
void ui_app_refresh_palette (UiApp *app, guint models);

/* --- app-draft.c --- */
/* The form of OVERLAY is sent; ui_app_sent() says whether it was taken. */
void ui_app_draft_sent (UiApp *app, UiOverlay *overlay);
void ui_app_draft_close (UiApp *app);

/* --- app-copy.c --- */
gboolean ui_app_has_fields (UiScreen *screen);
void ui_app_copy_field (UiApp *app);

/* --- action.c --- */
/* The screen as text, without what lies over it now, to PATH ("~/x" as a shell would take it). */
void ui_app_save_screen (UiApp *app, const char *path);
/* What is being read does not come: give it up and say so. FALSE when nobody has waited for long. */
gboolean ui_app_stop_waiting (UiApp *app);
#define UI_APP_WAIT_MS 150 /* so long nothing is said about a wait */

/* --- app-undo.c --- */
/* What the list of the present screen is filtered and sorted by, before something that may lose it. */
typedef struct {
  UiScreen *screen; /* NULL = it has no list */
  char *filter;
  int sort;
  gboolean descending;
} UiListState;
void ui_app_list_before (UiApp *app, UiListState *state);
/* What was lost can be had back. Clears STATE. */
void ui_app_list_after (UiApp *app, UiListState *state);
void ui_app_undo (UiApp *app);

/* --- app-script.c --- */
gboolean ui_app_start_script (UiApp *app, GError **error);

/* --- action.c --- */
extern const UiAction ui_global_actions[];
/* NULL = can be done; "" = makes no sense here; else the reason. Looks at --read-only first. */
const char *ui_action_why_not (UiApp *app, const UiAction *action);
/* The action of this key on the present screen or anywhere; NULL when there is none. */
const UiAction *ui_action_for_key (UiApp *app, UiKeyCode key);
const UiAction *ui_action_find (UiApp *app, const char *id);
/* Run, or tell why not. */
gboolean ui_action_run (UiApp *app, const UiAction *action);
/* The first of its keys, short, for hints. Gives. */
char *ui_action_key_text (UiApp *app, const UiAction *action);

G_END_DECLS
