/* SPDX-License-Identifier: MIT
 * What the files of the screen harness share.
 */
#pragma once

#include "harness.h"

struct ScreenRig {
  char *folder;
  GPtrArray *screens; /* of Screen, borrowed */
};

enum { SCREEN_MODE_MAX = 4096, SCREEN_RAW_MAX = 64 * 1024 };

struct Screen {
  ScreenRig *rig;
  char *term, *background;
  pid_t pid;
  int master, idle; /* -1 when closed */
  gboolean exited;
  int status;

  VTerm *vt;
  VTermScreen *cells;
  GByteArray *unsent; /* keys that the pty did not take yet */

  VTerm *watch; /* the same bytes once more, to notice text that runs over the right edge */
  VTermPos watch_position;
  gboolean watch_full; /* the last glyph ended at the right edge, and the cursor was not moved since */
  guint wraps;

  int rows, columns;
  GByteArray *split; /* the beginning of a character whose end was not read yet */
  VTermPos cursor;
  gboolean cursor_visible;
  char *title;
  char *clipboard;
  GString *osc; /* a sequence that arrives in pieces */
  guint bells;
  guint64 drawn; /* how often cells were written */
  guint64 bytes, idle_bytes;
  guint64 idle_wanted; /* idle_bytes must grow above this for the program to be settled */
  gint64 last_output;  /* monotonic us */
  GByteArray *raw;
  GBytes *raw_bytes;

  guint8 modes[SCREEN_MODE_MAX / 8], modes_ever[SCREEN_MODE_MAX / 8];
  int scan_state; /* of the small scanner for CSI ? ... h and l, and CSI ... m */
  int scan_numbers[8];
  int scan_count;
  guint64 colours; /* colours asked for since the start */
};

/* harness-terminal.c */
void screen_terminal_init (Screen *screen);
void screen_terminal_clear (Screen *screen);
void screen_terminal_write (Screen *screen, const char *bytes, gsize length);
void screen_terminal_resize (Screen *screen, int columns, int rows);

/* harness-mask.c: what became of a row whose volatile parts were masked. */
typedef enum {
  SCREEN_MASKED_WIDTH,  /* every character is where it was */
  SCREEN_MASKED_LENGTH, /* something stands for a text of changing length */
  SCREEN_MASKED_ROW,    /* the row is another one each time, and left out */
} ScreenMasked;
typedef struct {
  char *text;
  ScreenMasked how;
} ScreenLine;
/* Gives an array of ScreenLine, one for each row. */
GArray *screen_masked_lines (Screen *screen);
/* The dialog that was opened last. */
gboolean screen_find_dialog (Screen *screen, VTermRect *box);
/* Is the cell one of the screen below DIALOG (may be NULL), which is not looked at. */
gboolean screen_is_covered (Screen *screen, const VTermRect *dialog, int row, int column);

/* harness.c */
void screen_flush (Screen *screen);

/* harness-check.c: the text of one row; CELLS, when not NULL, gets the column of every byte. */
char *screen_row_cells (Screen *screen, int row, GArray *cells);
