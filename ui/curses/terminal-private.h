/* SPDX-License-Identifier: MIT
 * The inside of the terminal; only terminal*.c include this.
 */
#pragma once

#include "ui/curses/draw-private.h"
#include "ui/curses/input.h"
#include "ui/curses/terminal.h"

#include <stdio.h>
#include <termios.h>

G_BEGIN_DECLS

typedef struct UiWriter UiWriter;

struct UiTerminal {
  gboolean screen_on; /* between ui_terminal_enter and leave */
  gboolean modern;    /* understands private modes and OSC of xterm */
  gboolean ascii;
  gboolean few_glyphs; /* the font of the Linux console: letters, lines and blocks, no marks */
  gboolean mouse;
  gboolean automatic; /* theme by background */
  int colours;
  int rows, columns;
  gpointer screen; /* SCREEN* of ncurses */
  UiWriter *writer;
  const UiTheme *theme;
  UiCanvas *shown; /* what the terminal shows */
  gboolean repaint;
  gboolean theme_changed;
  UiInput *input;
  char *title;
};

/* --- terminal-write.c: a picture reaches the terminal in one piece --- */
/* NULL when there are no descriptors left. */
UiWriter *ui_writer_new (void);
void ui_writer_free (UiWriter *writer);
FILE *ui_writer_stream (UiWriter *writer); /* for ncurses; borrowed */
/* Between the two ncurses writes into memory; then all of it goes to the terminal between BEFORE and AFTER.
 * SHORTER: the terminal takes the sequences of xterm, so that what says nothing new can be left out. */
void ui_writer_begin (UiWriter *writer);
void ui_writer_end (UiWriter *writer, gboolean shorter, const char *before, const char *after);
/* All of it, as far as FD takes it. Async-signal-safe. */
void ui_write_all (int fd, const char *bytes, gsize length);
/* TEXT without what says nothing new about the looks of characters, appended to OUT. */
void ui_writer_shorten (const char *text, gsize length, GString *out);

/* --- terminal-restore.c: what must be undone whatever happens --- */
/* Remember terminal settings and catch fatal signals and exit. RESET is written to the terminal to put it
 * back. */
void ui_restore_arm (const char *reset, gsize length, const struct termios *settings);
/* It was put back in an orderly way. */
void ui_restore_disarm (void);
/* What libraries write to stderr would destroy the picture: keep it until the end. */
void ui_restore_hold_stderr (void);
void ui_restore_release_stderr (void);

/* --- terminal-info.c: what the terminfo entry says (its header claims words such as "columns") --- */
gboolean ui_terminfo_exists (const char *term);
gboolean ui_terminfo_usable (void);        /* the cursor can be put anywhere */
gboolean ui_terminfo_has_alternate (void); /* what was on the screen before comes back */
void ui_terminfo_reset (GString *sequence);
void ui_terminfo_add_keys (UiInput *input);

/* --- terminal-colour.c --- */
/* NO_COLOR says so: then not even the default colours are asked for. */
gboolean ui_colour_refused (void);
/* 0, 8, 16, 256 or 1<<24. */
int ui_colour_depth (void);
/* Allot pairs for every style of the theme; also when it changes. */
void ui_colour_apply (UiTerminal *terminal);
/* Attributes and pair of a style. */
void ui_colour_of (const UiTerminal *terminal, UiStyle style, guint32 *attributes, int *pair);
/* The entry of terminfo with true colour for this TERM, or NULL. */
const char *ui_colour_direct_term (const char *term);
/* By COLORFGBG: TRUE when the background is said to be light. */
gboolean ui_colour_light_by_environment (void);

G_END_DECLS
