/* SPDX-License-Identifier: MIT
 * The main loop of the UI thread (loop.h).
 *
 * Three sources: keys, signals, and the frame. The frame source has a time-out only when something asked for
 * one: a picture that changes by itself, a lone Esc, changes that came faster than they can be looked at.
 */
#include "ui/curses/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define KEY_FRAME_MS 4    /* pictures at least this far apart while keys come faster than they can be shown */
#define OTHER_FRAME_MS 33 /* while models go on changing */
#define BURST_MS                                                                                             \
  250 /* a few quick changes after some quiet are shown at once: nobody waits for the first screen */
#define BURST_FRAMES 8
#define HOLD_MS 6       /* so long a key waits for what it asked for: one picture then, not two */
#define IDLE_LOOK_MS 10 /* tests: how often to look whether work has ended */

typedef struct {
  GSource base;
  UiLoop *loop;
} FrameSource;

struct UiLoop {
  UiTerminal *terminal;
  const UiLoopClass *class;
  gpointer data;
  GMainLoop *main;
  GSource *frame, *keys, *signals;
  UiCanvas *canvas;
  gboolean dirty, urgent;
  gint64 drawn_us, again_us, escape_us;
  gint64 hold_us;  /* until then a picture waits for what was asked for */
  gint64 key_us;   /* the last key, until what it asked for is shown */
  gboolean slow;   /* what keys ask for takes longer than a picture waits: then none does */
  gint64 burst_us; /* when the present burst began */
  guint burst;     /* pictures in it */
  int idle_fd;
  gboolean idle_told;
  int signal_pipe[2];
  struct sigaction old_actions[5];
};

static const int watched_signals[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGCONT };

/* A handler gets no data: the write end of the pipe of the one loop that runs. */
static volatile sig_atomic_t signal_fd = -1;

static void
on_signal (int number)
{
  int saved = errno;
  char byte = (char) number;
  int fd = signal_fd;
  if (fd >= 0 && write (fd, &byte, 1) < 0)
    byte = 0; /* the pipe is full: the loop wakes up anyway */
  errno = saved;
}

static gboolean
is_settling (const UiLoop *loop)
{
  return loop->class->settling != NULL && loop->class->settling (loop->data);
}

/* How long did it take until what the last key asked for could be shown. */
static void
judge_pace (UiLoop *loop)
{
  if (loop->key_us == 0)
    return;
  gboolean settling = is_settling (loop);
  loop->slow = settling || loop->drawn_us - loop->key_us > (HOLD_MS + KEY_FRAME_MS) * 1000;
  if (!settling)
    loop->key_us = 0;
}

static void
draw (UiLoop *loop)
{
  int rows = ui_terminal_rows (loop->terminal), columns = ui_terminal_columns (loop->terminal);
  if (loop->canvas == NULL) {
    loop->canvas = ui_canvas_new (rows, columns, ui_terminal_ascii (loop->terminal));
  } else {
    UiRect whole = ui_canvas_rect (loop->canvas);
    if (whole.rows != rows || whole.columns != columns
        || ui_rect_ascii (whole) != ui_terminal_ascii (loop->terminal)) {
      ui_canvas_free (loop->canvas);
      loop->canvas = ui_canvas_new (rows, columns, ui_terminal_ascii (loop->terminal));
    } else {
      ui_canvas_begin_after (loop->canvas, ui_terminal_shown (loop->terminal));
    }
  }
  loop->dirty = loop->urgent = FALSE;
  loop->class->draw (ui_canvas_rect (loop->canvas), loop->data);
  ui_canvas_finish (loop->canvas);
  ui_terminal_show (loop->terminal, loop->canvas);
  loop->drawn_us = g_get_monotonic_time ();
  judge_pace (loop);
  if (loop->drawn_us - loop->burst_us > BURST_MS * 1000) {
    loop->burst_us = loop->drawn_us;
    loop->burst = 0;
  }
  loop->burst++;
  int next = ui_canvas_next_ms (loop->canvas);
  loop->again_us = next < 0 ? 0 : loop->drawn_us + (gint64) next * 1000;
  loop->idle_told = FALSE;
}

/* What the last key asked for is not there yet, but will be in a moment. */
static gboolean
holds (const UiLoop *loop)
{
  return loop->hold_us != 0 && is_settling (loop) && g_get_monotonic_time () < loop->hold_us;
}

/* When the next picture is due: 0 = none is. */
static gint64
due (const UiLoop *loop)
{
  gint64 when = loop->again_us;
  if (loop->dirty) {
    gboolean soon = loop->urgent || loop->burst < BURST_FRAMES;
    gint64 frame = loop->drawn_us + (soon ? KEY_FRAME_MS : OTHER_FRAME_MS) * 1000;
    if (holds (loop))
      frame = MAX (frame, loop->hold_us);
    when = when == 0 ? frame : MIN (when, frame);
  }
  return when;
}

static gboolean
input_waits (const UiLoop *loop)
{
  struct pollfd poll_fd = { .fd = ui_terminal_fd (loop->terminal), .events = POLLIN };
  return poll (&poll_fd, 1, 0) > 0;
}

/* Tests wait for this byte instead of sleeping. */
static void
tell_idle (UiLoop *loop)
{
  if (loop->idle_fd < 0 || loop->idle_told || loop->dirty || loop->escape_us != 0 || input_waits (loop)
      || (loop->class->busy != NULL && loop->class->busy (loop->data)))
    return;
  loop->idle_told = TRUE;
  if (write (loop->idle_fd, "i", 1) < 0)
    loop->idle_fd = -1;
}

static gboolean
frame_prepare (GSource *source, gint *timeout)
{
  UiLoop *loop = ((FrameSource *) source)->loop;
  gint64 now = g_get_monotonic_time ();
  gint64 when = due (loop);
  if (loop->escape_us != 0)
    when = when == 0 ? loop->escape_us : MIN (when, loop->escape_us);
  if (loop->idle_fd >= 0 && !loop->idle_told) {
    gint64 look = now + IDLE_LOOK_MS * 1000;
    when = when == 0 ? look : MIN (when, look);
  }
  if (when == 0) {
    *timeout = -1;
    return FALSE;
  }
  *timeout = when <= now ? 0 : (gint) ((when - now + 999) / 1000);
  return *timeout == 0;
}

static gboolean
frame_check (GSource *source)
{
  UiLoop *loop = ((FrameSource *) source)->loop;
  gint64 now = g_get_monotonic_time (), when = due (loop);
  return (when != 0 && when <= now) || (loop->escape_us != 0 && loop->escape_us <= now)
         || (loop->idle_fd >= 0 && !loop->idle_told);
}

static void
on_event (const UiEvent *event, gpointer data)
{
  UiLoop *loop = data;
  ui_loop_feed (loop, event);
}

static gboolean
frame_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  (void) callback;
  (void) data;
  UiLoop *loop = ((FrameSource *) source)->loop;
  gint64 now = g_get_monotonic_time ();
  if (loop->escape_us != 0 && loop->escape_us <= now) {
    loop->escape_us = 0;
    ui_terminal_flush_input (loop->terminal, on_event, loop);
  }
  gint64 when = due (loop);
  if (when != 0 && when <= now)
    draw (loop);
  tell_idle (loop);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs frame_functions = { .prepare = frame_prepare,
                                        .check = frame_check,
                                        .dispatch = frame_dispatch };

static gboolean
on_keys (gint fd, GIOCondition condition, gpointer data)
{
  UiLoop *loop = data;
  (void) fd;
  gboolean there = (condition & G_IO_IN) != 0 && ui_terminal_read (loop->terminal, on_event, loop);
  if (!there) {
    loop->class->leave (loop->data);
    return G_SOURCE_REMOVE;
  }
  loop->dirty = loop->urgent = TRUE;
  int pending = ui_terminal_pending_ms (loop->terminal);
  loop->escape_us = pending < 0 ? 0 : g_get_monotonic_time () + (gint64) pending * 1000;
  loop->key_us = g_get_monotonic_time ();
  loop->hold_us = loop->slow ? 0 : loop->key_us + HOLD_MS * 1000;
  if (!input_waits (loop) && !holds (loop))
    draw (loop);
  return G_SOURCE_CONTINUE;
}

static void
resized (UiLoop *loop)
{
  if (!ui_terminal_check_size (loop->terminal))
    return;
  UiEvent event = { .kind = UI_EVENT_RESIZE };
  ui_loop_feed (loop, &event);
}

static gboolean
on_signal_pipe (gint fd, GIOCondition condition, gpointer data)
{
  UiLoop *loop = data;
  (void) condition;
  char numbers[64];
  ssize_t count = read (fd, numbers, sizeof numbers);
  gboolean leave = FALSE;
  for (ssize_t i = 0; i < count; i++) {
    leave = leave || numbers[i] == SIGTERM || numbers[i] == SIGHUP || numbers[i] == SIGINT;
    /* A terminal that was another size for a moment has lost cells, even if it is the old size again. */
    if (numbers[i] == SIGCONT || numbers[i] == SIGWINCH)
      ui_terminal_repaint (loop->terminal);
  }
  loop->dirty = loop->urgent = TRUE;
  if (leave)
    loop->class->leave (loop->data);
  else
    resized (loop);
  return G_SOURCE_CONTINUE;
}

static void
watch_signals (UiLoop *loop)
{
  if (!g_unix_open_pipe (loop->signal_pipe, FD_CLOEXEC, NULL))
    return;
  g_unix_set_fd_nonblocking (loop->signal_pipe[0], TRUE, NULL);
  g_unix_set_fd_nonblocking (loop->signal_pipe[1], TRUE, NULL);
  loop->signals = g_unix_fd_source_new (loop->signal_pipe[0], G_IO_IN);
  g_source_set_callback (loop->signals, G_SOURCE_FUNC (on_signal_pipe), loop, NULL);
  g_source_set_priority (loop->signals, G_PRIORITY_HIGH);
  g_source_attach (loop->signals, NULL);
  signal_fd = loop->signal_pipe[1];
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  sigemptyset (&action.sa_mask);
  for (gsize i = 0; i < G_N_ELEMENTS (watched_signals); i++)
    sigaction (watched_signals[i], &action, &loop->old_actions[i]);
}

UiLoop *
ui_loop_new (UiTerminal *terminal, const UiLoopClass *class, gpointer data)
{
  UiLoop *loop = g_new0 (UiLoop, 1);
  loop->terminal = terminal;
  loop->class = class;
  loop->data = data;
  loop->main = g_main_loop_new (NULL, FALSE);
  loop->dirty = loop->urgent = TRUE;
  loop->signal_pipe[0] = loop->signal_pipe[1] = -1;
  const char *idle = g_getenv ("CLEANROOM_SCREEN_IDLE_FD");
  loop->idle_fd = idle != NULL && g_ascii_isdigit (*idle) ? (int) g_ascii_strtoull (idle, NULL, 10) : -1;
  loop->frame = g_source_new (&frame_functions, sizeof (FrameSource));
  ((FrameSource *) loop->frame)->loop = loop;
  g_source_attach (loop->frame, NULL);
  loop->keys = g_unix_fd_source_new (ui_terminal_fd (terminal), G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (loop->keys, G_SOURCE_FUNC (on_keys), loop, NULL);
  g_source_set_priority (loop->keys, G_PRIORITY_HIGH);
  g_source_attach (loop->keys, NULL);
  watch_signals (loop);
  return loop;
}

static void
drop_source (GSource *source)
{
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

void
ui_loop_free (UiLoop *loop)
{
  if (loop == NULL)
    return;
  if (loop->signals != NULL)
    for (gsize i = 0; i < G_N_ELEMENTS (watched_signals); i++)
      sigaction (watched_signals[i], &loop->old_actions[i], NULL);
  signal_fd = -1;
  drop_source (loop->frame);
  drop_source (loop->keys);
  drop_source (loop->signals);
  for (int i = 0; i < 2; i++)
    if (loop->signal_pipe[i] >= 0)
      close (loop->signal_pipe[i]);
  ui_canvas_free (loop->canvas);
  g_main_loop_unref (loop->main);
  g_free (loop);
}

void
ui_loop_run (UiLoop *loop)
{
  draw (loop); /* the first picture waits for nothing */
  g_main_loop_run (loop->main);
}

void
ui_loop_quit (UiLoop *loop)
{
  g_main_loop_quit (loop->main);
}

void
ui_loop_dirty (UiLoop *loop)
{
  loop->dirty = TRUE;
}

void
ui_loop_feed (UiLoop *loop, const UiEvent *event)
{
  loop->dirty = loop->urgent = TRUE;
  loop->class->event (event, loop->data);
}

char *
ui_loop_picture (UiLoop *loop)
{
  return loop->canvas != NULL ? ui_canvas_text (loop->canvas) : g_strdup ("");
}

gboolean
ui_loop_settled (UiLoop *loop)
{
  return !loop->dirty && !(loop->class->busy != NULL && loop->class->busy (loop->data));
}
