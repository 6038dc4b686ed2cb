/* SPDX-License-Identifier: MIT
 * The terminal: the only file set that knows ncurses. Opened late, always put back: at the end, on SIGTERM
 * and SIGHUP, on Ctrl-Z, and by a handler on crashes.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiTerminal UiTerminal;

typedef struct {
  gboolean mouse;    /* FALSE: mouse reporting is never switched on */
  gboolean ascii;    /* also chosen when the locale is not UTF-8 or the terminal cannot */
  const char *theme; /* id; NULL or "auto" = by the background of the terminal */
} UiTerminalOptions;

/* TRUE when stdin and stdout are terminals and TERM can address the cursor. */
gboolean ui_terminal_possible (void);
/* CR_ERROR_USAGE when there is no usable terminal. At most one is open at a time. */
UiTerminal *ui_terminal_open (const UiTerminalOptions *options, GError **error);
/* Puts everything back; also on NULL. */
void ui_terminal_close (UiTerminal *terminal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiTerminal, ui_terminal_close)
/* Put back, stop the process (SIGTSTP), and open again when it goes on. */
void ui_terminal_suspend (UiTerminal *terminal);

int ui_terminal_rows (const UiTerminal *terminal);
int ui_terminal_columns (const UiTerminal *terminal);
gboolean ui_terminal_ascii (const UiTerminal *terminal);
void ui_terminal_set_ascii (UiTerminal *terminal, gboolean ascii);
int ui_terminal_fd (const UiTerminal *terminal); /* where keys come from */
void ui_terminal_set_theme (UiTerminal *terminal, const char *id);
void ui_terminal_set_mouse (UiTerminal *terminal, gboolean on);

/* Look at the size again; TRUE when it changed. */
gboolean ui_terminal_check_size (UiTerminal *terminal);
/* Send what differs from the last picture. */
void ui_terminal_show (UiTerminal *terminal, UiCanvas *canvas);
/* What it shows now. Borrowed; changes with every ui_terminal_show(). */
const UiCanvas *ui_terminal_shown (const UiTerminal *terminal);
/* Forget the last picture: the next one is sent whole (Ctrl-L). */
void ui_terminal_repaint (UiTerminal *terminal);
/* Text for the title of the window; made safe. */
void ui_terminal_set_title (UiTerminal *terminal, const char *title);
/* Does it have a clipboard that a program can fill. */
gboolean ui_terminal_copies (const UiTerminal *terminal);
/* OSC 52, wrapped for tmux and screen. CR_ERROR_INPUT when the text is larger than terminals take (74,994
 * bytes encoded). */
gboolean ui_terminal_copy (UiTerminal *terminal, const char *text, GError **error);

/* Read what is there; calls EVENT for each whole event. FALSE when the terminal is gone. */
typedef void (*UiTerminalEvent) (const UiEvent *event, gpointer data);
gboolean ui_terminal_read (UiTerminal *terminal, UiTerminalEvent event, gpointer data);
/* Milliseconds until a lone Esc must be taken for one: -1 = nothing waits. Then call
 * ui_terminal_flush_input(). */
int ui_terminal_pending_ms (const UiTerminal *terminal);
void ui_terminal_flush_input (UiTerminal *terminal, UiTerminalEvent event, gpointer data);

G_END_DECLS
