/* SPDX-License-Identifier: MIT
 * A program on a pseudo terminal whose screen is kept by libvterm, for tests: keys in, cells out.
 *
 * A ScreenRig owns a work folder and every terminal started in it; whatever waits on one terminal keeps
 * reading all of them, so that none blocks on a full pty. Nothing here sleeps: waiting means "until the
 * screen shows this", "until the program says that it is idle" or "until it is gone", with a deadline.
 *
 * Idle: the program finds the number of a pipe in CLEANROOM_SCREEN_IDLE_FD and writes one byte to it
 * whenever it has drawn everything and no job is running.
 *
 * Rows and columns count from 0; times are milliseconds; every returned char * is given to the caller.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>
#include <vterm.h>

G_BEGIN_DECLS

typedef struct ScreenRig ScreenRig;
typedef struct Screen Screen;

/* Instead of g_test_init(): also the locale, so that diagnostics show what the screen shows. */
void screen_test_init (const int *argc, char ***argv);

/* Makes a work folder below TMPDIR. Freeing kills what still runs in it and removes the folder. */
ScreenRig *screen_rig_new (void);
void screen_rig_free (ScreenRig *rig);
/* Borrowed: the work folder, HOME of everything started. */
const char *screen_rig_folder (ScreenRig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScreenRig, screen_rig_free)

typedef struct {
  int columns, rows;              /* 0: 80 and 24 */
  const char *term;               /* NULL: xterm-256color */
  const char *const *environment; /* "NAME=value" set, "NAME" removed; NULL: nothing more */
  const char *folder;             /* where it starts; NULL: the rig's folder */
  const char *background; /* what the terminal answers to OSC 11, "rgb:0000/0000/0000"; NULL: nothing */
} ScreenOptions;

/* Start ARGV on a terminal of its own. The program sees a small, fixed environment: PATH, HOME, a C.UTF-8
 * locale, TERM, the sanitizers' options and what OPTIONS adds. Aborts the test when it cannot start. */
Screen *screen_start (ScreenRig *rig, const ScreenOptions *options, const char *const *argv);
/* Kill it if it still runs, and forget it. */
void screen_free (Screen *screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Screen, screen_free)

pid_t screen_pid (Screen *screen);
/* The other end of the terminal goes away, as when a window is closed: the program gets SIGHUP. */
void screen_hang_up (Screen *screen);
void screen_signal (Screen *screen, int number);
void screen_resize (Screen *screen, int columns, int rows);
/* Only the program is told: what it draws is not looked at until screen_resize() follows. */
void screen_resize_unseen (Screen *screen, int columns, int rows);

/* --- Keys --- */

/* One key by name: "a", "Enter", "Esc", "Tab", "Shift-Tab", "Up", "PgDn", "F1", "Ctrl-r", "Alt-x", "Space".
 * The bytes are those that a terminal of this TERM sends. Unknown names abort the test. */
void screen_key (Screen *screen, const char *name);
/* Several, separated by spaces. */
void screen_keys (Screen *screen, const char *names);
/* Text as if typed, byte for byte. */
void screen_type (Screen *screen, const char *text);
void screen_send (Screen *screen, const void *bytes, gsize length);
/* Text as if pasted: bracketed when the program asked for that. */
void screen_paste (Screen *screen, const char *text, gsize length);
/* Mouse, reported only when the program asked for it. Buttons from 1. */
void screen_click (Screen *screen, int row, int column, int button);
void screen_wheel (Screen *screen, int row, int column, gboolean up);

/* --- Waiting --- */

typedef gboolean (*ScreenCondition) (Screen *screen, gpointer data);

/* Read what the programs say for at most MS, or until something arrived. FALSE when nothing did. */
gboolean screen_pump (ScreenRig *rig, int ms);
gboolean screen_wait (Screen *screen, ScreenCondition condition, gpointer data, int ms);
gboolean screen_wait_text (Screen *screen, const char *text, int ms);
gboolean screen_wait_gone (Screen *screen, const char *text, int ms);
gboolean screen_wait_match (Screen *screen, const char *regex, int ms);
/* Until the program has said "idle" after the last key, signal or resize that was sent, and is quiet. */
gboolean screen_settle (Screen *screen, int ms);
/* Until nothing arrived for QUIET ms: for programs that know nothing of the idle signal. */
gboolean screen_wait_quiet (Screen *screen, int quiet, int ms);
/* STATUS as of waitpid. */
gboolean screen_wait_exit (Screen *screen, int *status, int ms);
gboolean screen_exited (Screen *screen);

/* --- What the terminal shows --- */

void screen_size (Screen *screen, int *columns, int *rows);
/* Rows joined by newlines, spaces at their ends removed. */
char *screen_text (Screen *screen);
char *screen_row (Screen *screen, int row);
gboolean screen_contains (Screen *screen, const char *text);
gboolean screen_find (Screen *screen, const char *text, int *row, int *column);
void screen_cell (Screen *screen, int row, int column, VTermScreenCell *cell);
void screen_cursor (Screen *screen, int *row, int *column, gboolean *visible);
const char *screen_title (Screen *screen);
/* Is the DEC private mode NUMBER on: 1049 alternate screen, 1000 to 1006 mouse, 2004 bracketed paste. */
gboolean screen_mode (Screen *screen, int number);
/* Was it ever switched on since the start. */
gboolean screen_mode_ever (Screen *screen, int number);
/* What OSC 52 put on the clipboard last, decoded; NULL when nothing yet. Borrowed. */
const char *screen_clipboard (Screen *screen);
guint screen_bells (Screen *screen);
/* Grows whenever cells are written. */
guint64 screen_drawn (Screen *screen);
/* Bytes that the program wrote since the start. */
guint64 screen_bytes (Screen *screen);
/* The last bytes that it wrote, as they came; at most 64 KiB. Borrowed. */
GBytes *screen_raw (Screen *screen);
/* Does any cell have a colour that is not the default; attributes such as reverse do not count. */
gboolean screen_has_colour (Screen *screen);

/* Colours that the program asked the terminal for since the start (SGR 30 to 49 and 90 to 107). */
guint64 screen_colours_sent (Screen *screen);

/* What is wrong with the widths of cells: a character whose cell has another width than the character, half
 * of a wide one overwritten, text that ran over the right edge, a box whose sides are not in one column.
 * NULL when all is well. */
char *screen_width_faults (Screen *screen);
/* Text that ran over the right edge since the last call. */
guint screen_take_wraps (Screen *screen);

/* --- Comparing --- */

/* The screen as text with volatile parts (times, dates, hexadecimal ids, ports, durations) masked. */
char *screen_masked (Screen *screen);
/* Compare with snapshots/NAME.txt, waiting a while for the screen to become so; on a difference the test
 * fails and prints it as a unified diff. SCREEN_UPDATE=1 writes the file instead. */
void screen_snapshot (Screen *screen, const char *name);
/* The same for two terminals of one size, of which the second shows no colours: both must show the same text.
 * The file is that text, then the looks of the first and of the second as screen_attributes() says them. */
void screen_snapshot_pair (Screen *colours, Screen *plain, const char *name);
/* How the cells look besides their text: a legend, then for every row where which look begins. */
char *screen_attributes (Screen *screen);
/* The cells with their colours as a picture. FALSE with a message when the file cannot be written. */
gboolean screen_write_svg (Screen *screen, const char *path, const char *caption);

/* Test helpers: fail the running test, show the screen in its diagnostics, and go on. */
gboolean screen_expect_at (Screen *screen, const char *text, int ms, const char *file, int line);
#define screen_expect(screen, text) screen_expect_at (screen, text, 10000, __FILE__, __LINE__)
gboolean screen_expect_sound_at (Screen *screen, const char *file, int line);
/* No width fault, and a full redraw (Ctrl-L) shows the same cells: nothing is left over of earlier
 * screens. */
#define screen_expect_sound(screen) screen_expect_sound_at (screen, __FILE__, __LINE__)
void screen_dump (Screen *screen, const char *why);

G_END_DECLS
