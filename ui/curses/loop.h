/* SPDX-License-Identifier: MIT
 * The main loop of the UI thread: draws when something changed, sleeps otherwise. Without a request for
 * another picture (ui_draw_again_in) there is no timer, so an idle program does not wake up.
 */
#pragma once

#include "ui/curses/terminal.h"

G_BEGIN_DECLS

typedef struct UiLoop UiLoop;

typedef struct {
  void (*draw) (UiRect whole, gpointer data);
  void (*event) (const UiEvent *event, gpointer data);
  /* TRUE while work runs in the background: not idle for tests. */
  gboolean (*busy) (gpointer data);
  /* TRUE: what a key asked for is here in a moment. May be NULL. */
  gboolean (*settling) (gpointer data);
  /* SIGTERM, SIGHUP or the terminal is gone: leave without asking. */
  void (*leave) (gpointer data);
} UiLoopClass;

/* TERMINAL and CLASS are borrowed. */
UiLoop *ui_loop_new (UiTerminal *terminal, const UiLoopClass *class, gpointer data);
void ui_loop_free (UiLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiLoop, ui_loop_free)
void ui_loop_run (UiLoop *loop); /* until ui_loop_quit() */
void ui_loop_quit (UiLoop *loop);
/* Draw before the next wait. */
void ui_loop_dirty (UiLoop *loop);
/* Feed an event as if it came from the terminal (scripts). */
void ui_loop_feed (UiLoop *loop, const UiEvent *event);

/* What was drawn last, as text. Gives. */
char *ui_loop_picture (UiLoop *loop);
/* Everything is drawn and nothing is busy. */
gboolean ui_loop_settled (UiLoop *loop);

/* Tests: when the environment has CLEANROOM_SCREEN_IDLE_FD=N, one byte is written to descriptor N each time
 * everything is drawn, no input is left and nothing is busy. */

G_END_DECLS
