/* SPDX-License-Identifier: MIT
 * The app: frame (title line, body, activity line, key hints), stack of screens, questions, palette, help,
 * toasts.
 *
 * UI thread only. The frame is drawn by the app; a screen draws the body.
 */
#pragma once

#include "ui/curses/form.h"
#include "ui/curses/screen.h"
#include "ui/curses/settings.h"
#include "ui/model/undo.h"

G_BEGIN_DECLS

typedef struct {
  const char *state_dir;
  const char *environment; /* --env; NULL = as the state folder and the settings say */
  const char *as;          /* who acts where only a ledger is known; NULL = whom the environment names */
  const char *scenario;    /* NULL = settings, then the default */
  const char *persona;     /* NULL = ask or go on where the person was */
  const char *screen;      /* first screen; NULL = journey */
  gboolean present;        /* all personas in one terminal */
  gboolean read_only;
  gboolean no_mouse, ascii;
  gboolean own_keyring; /* keep a keyring of the state folder's own where the machine has none */
  const char *theme;    /* NULL = settings, then by the terminal's background */
  const char *script;   /* file with key names, one per line, fed in when idle; NULL = none */
} UiAppOptions;

/* Open the terminal, run until the person leaves, restore the terminal. Gives the exit code; ERROR when it
 * could not start (no terminal). */
int ui_app_run (const UiAppOptions *options, GError **error);
/* TRUE when stdin and stdout are a terminal that can show screens (not TERM=dumb). */
gboolean ui_app_possible (void);

/* --- what a screen stands on --- */
UiSession *ui_app_session (UiApp *app);
UiSettings *ui_app_settings (UiApp *app);
/* After ui_settings_set() and ui_settings_save(): theme, mouse, ascii, keys and refresh are used at once. */
void ui_app_settings_changed (UiApp *app);
/* The setting "environment" was kept: use it where it counts, and say so. */
void ui_app_environment_changed (UiApp *app);
gboolean ui_app_read_only (UiApp *app);
/* The picture is no longer right: draw again before the next wait. Model changes and events do this
 * themselves. */
void ui_app_redraw (UiApp *app);

/* --- moving between screens --- */
/* Open a screen on top of the present one; Esc comes back. OBJECT may be NULL. */
void ui_app_open (UiApp *app, const char *screen, const char *object);
/* The same as the only one on the stack (digits, presenter). */
void ui_app_switch (UiApp *app, const char *screen, const char *object);
/* Leave the present screen. */
void ui_app_back (UiApp *app);
UiScreen *ui_app_screen (UiApp *app); /* on top */
void ui_app_quit (UiApp *app);        /* asks when work runs */

/* --- telling --- */
/* A few seconds over the last lines. */
void ui_app_toast (UiApp *app, UiState state, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The activity line: what happened last; stays until the next. */
void ui_app_activity (UiApp *app, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Something was done that one key takes back: says so on the activity line. The host of its function is the
 * app. */
void ui_app_undoable (UiApp *app, const UiUndoStep *step);
/* The same for something that INVERSE (copied) takes back; and for the result of an operation, nothing when
 * it has no inverse. */
void ui_app_undoable_inverse (UiApp *app, const UiInverse *inverse, const char *done);
void ui_app_undoable_result (UiApp *app, const UiResult *result);
/* A dialog with what happened, why, what the other side said and what to do. */
void ui_app_fail (UiApp *app, const char *title, const GError *error);
/* A dialog with text (a reference is taken). */
void ui_app_message (UiApp *app, const char *title, UiRich *text);
/* To the clipboard of the desktop or, through the terminal, of where the person sits (clipboard.h); says so.
 * WHAT names it: "the code". */
void ui_app_copy (UiApp *app, const char *what, const char *text);

/* --- asking: they return at once, DONE is called on a yes or with the answer; never when the person backs
 *  out.
 *     The screen may be closed by then: DONE gets the app. DATA is freed with FREE (may be NULL) in every
 *       case. --- */
typedef void (*UiAppDone) (UiApp *app, const char *answer, gpointer data);
/* TEXT (reference taken) says what will happen and whether it can be undone. */
void ui_app_confirm (UiApp *app, const char *title, UiRich *text, const char *yes, UiAppDone done,
                     gpointer data, GDestroyNotify free_data);
/* For what cannot be undone: WORD has to be typed. */
void ui_app_confirm_typed (UiApp *app, const char *title, UiRich *text, const char *word, const char *yes,
                           UiAppDone done, gpointer data, GDestroyNotify free_data);
/* One line of text. INITIAL may be NULL; REQUIRED: empty is not taken. */
void ui_app_ask (UiApp *app, const char *title, const char *label, const char *initial, gboolean required,
                 UiAppDone done, gpointer data, GDestroyNotify free_data);
/* A file to write to or read from. The answer is its path. */
void ui_app_ask_path (UiApp *app, const char *title, const char *initial, gboolean folder, gboolean new_file,
                      UiAppDone done, gpointer data, GDestroyNotify free_data);
/* One of IDS (NULL-terminated; TITLES of the same length or NULL). The answer is the id. */
void ui_app_choose (UiApp *app, const char *title, const char *const *ids, const char *const *titles,
                    UiAppDone done, gpointer data, GDestroyNotify free_data);
/* A form (taken) in a dialog; the answer is NULL, read the values with ui_form_value() from the form
 * given. */
typedef void (*UiAppFormDone) (UiApp *app, UiForm *form, gpointer data);
void ui_app_ask_form (UiApp *app, const char *title, UiRich *text, UiForm *form, UiAppFormDone done,
                      gpointer data, GDestroyNotify free_data);

/* The dialog that was just opened keeps what is typed into its form (never secrets) as a draft of the present
 * persona: closed or killed, the next one of this NAME ("contract.new") shows it again. */
void ui_app_keep_typed (UiApp *app, const char *name);
/* The operation of the form that was sent last has ended; TAKEN: its draft is forgotten. For
 * ui_show_result(). */
void ui_app_sent (UiApp *app, gboolean taken);

/* --- actions --- */
/* Run by id, of the present screen or global; FALSE (and a toast with the reason) when it cannot be done. */
gboolean ui_app_run_action (UiApp *app, const char *id);
/* Keys of an action as they are bound now ("a", "^R"), for texts. Gives; "" when it has none. */
char *ui_app_action_key (UiApp *app, const char *id);

/* Objects that the palette offers besides actions: called when it opens; ADD each. Registered by
 * screens.c. */
typedef void (*UiPaletteAdd) (gpointer palette, const char *screen, const char *object, const char *title,
                              const char *detail);

G_END_DECLS
