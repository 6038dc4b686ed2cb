/* SPDX-License-Identifier: MIT
 * Opening, closing and painting the terminal with ncurses (terminal.h).
 */
#define NCURSES_WIDECHAR 1
#include "ui/curses/terminal-private.h"

#include "base/error.h"
#include "base/translate.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define FRAME_BEGIN "\033[?2026h" /* synchronized output: nothing is shown before the end */
#define FRAME_END "\033[?2026l"
#define ASK_BACKGROUND "\033]11;?\033\\"
#define FRAME_CELLS 400 /* smaller changes are not worth the bytes */
#define ROWS_MAX 500
#define COLUMNS_MAX 1000

static void
send_raw (const char *bytes)
{
  ui_write_all (STDOUT_FILENO, bytes, strlen (bytes));
}

gboolean
ui_terminal_possible (void)
{
  const char *term = g_getenv ("TERM");
  return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO) && term != NULL && *term != '\0'
         && strcmp (term, "dumb") != 0 && strcmp (term, "unknown") != 0;
}

/* Terminals that take private modes and string sequences of xterm, or ignore them silently. */
static gboolean
is_modern (const char *term)
{
  static const char *const families[] = { "xterm",   "tmux",    "screen", "rxvt",  "alacritty", "foot",
                                          "kitty",   "konsole", "vte",    "st",    "iterm",     "ghostty",
                                          "wezterm", "mintty",  "gnome",  "putty", "contour" };
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_has_prefix (term, families[i]))
      return TRUE;
  return FALSE;
}

static gboolean
in_multiplexer (const char *name)
{
  const char *term = g_getenv ("TERM");
  if (strcmp (name, "tmux") == 0)
    return g_getenv ("TMUX") != NULL;
  return g_getenv ("STY") != NULL || (g_getenv ("TMUX") == NULL && g_str_has_prefix (term, "screen"));
}

static void
read_size (int *rows, int *columns)
{
  struct winsize size = { 0 };
  *rows = LINES;
  *columns = COLS;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    *rows = size.ws_row;
    *columns = size.ws_col;
  }
  *rows = CLAMP (*rows, 1, ROWS_MAX);
  *columns = CLAMP (*columns, 1, COLUMNS_MAX);
}

/* What puts the terminal back, as one text, for the handlers that may not think. */
static void
arm (UiTerminal *terminal, const struct termios *before)
{
  g_autoptr (GString) reset = g_string_new (NULL);
  if (terminal->modern) {
    g_string_append (reset, FRAME_END PASTE_OFF "\033[23;2t");
    if (terminal->mouse)
      g_string_append (reset, MOUSE_OFF);
  }
  ui_terminfo_reset (reset);
  ui_restore_arm (reset->str, reset->len, before);
}

static void
choose_theme (UiTerminal *terminal, const char *id)
{
  const UiTheme *theme = ui_theme_find (id);
  terminal->automatic = theme == NULL;
  if (theme == NULL)
    theme = ui_theme_find (ui_colour_light_by_environment () ? "light" : "dark");
  if (theme != terminal->theme)
    terminal->repaint = terminal->theme_changed = TRUE;
  terminal->theme = theme;
}

static void
on_background (gint32 colour, gpointer data)
{
  UiTerminal *terminal = data;
  int brightness = ((colour >> 16) & 0xFF) * 299 + ((colour >> 8) & 0xFF) * 587 + (colour & 0xFF) * 114;
  const UiTheme *theme = ui_theme_find (brightness > 128 * 1000 ? "light" : "dark");
  if (!terminal->automatic || theme == terminal->theme)
    return;
  terminal->theme = theme;
  terminal->repaint = terminal->theme_changed = TRUE;
}

/* Modes that ncurses knows nothing of. */
static void
private_modes (UiTerminal *terminal, gboolean on)
{
  if (!terminal->modern)
    return;
  send_raw (on ? PASTE_ON : PASTE_OFF);
  if (terminal->mouse)
    send_raw (on ? MOUSE_ON : MOUSE_OFF);
}

static SCREEN *
new_screen (const char *term, FILE *stream)
{
  const char *with_colours = ui_colour_direct_term (term);
  SCREEN *screen = NULL;
  if (with_colours != NULL && ui_terminfo_exists (with_colours))
    screen = newterm (with_colours, stream, stdin);
  return screen != NULL ? screen : newterm (NULL, stream, stdin);
}

UiTerminal *
ui_terminal_open (const UiTerminalOptions *options, GError **error)
{
  const char *term = g_getenv ("TERM");
  if (!ui_terminal_possible ()) {
    cr_set_error (error, CR_ERROR_USAGE, _ ("Use --plain for the same as lines of text."),
                  _ ("There is no terminal that can show a full screen here."));
    return NULL;
  }
  struct termios before;
  tcgetattr (STDIN_FILENO, &before);
  UiWriter *writer = ui_writer_new ();
  SCREEN *screen = writer != NULL ? new_screen (term, ui_writer_stream (writer)) : NULL;
  if (screen == NULL || !ui_terminfo_usable ()) {
    if (screen != NULL)
      endwin ();
    ui_writer_free (writer);
    cr_set_error (error, CR_ERROR_USAGE, _ ("Set TERM to what the terminal is, or use --plain."),
                  _ ("The terminal \"%s\" is not known on this machine."), term);
    return NULL;
  }
  UiTerminal *terminal = g_new0 (UiTerminal, 1);
  terminal->screen = screen;
  terminal->writer = writer;
  terminal->modern = is_modern (term);
  terminal->few_glyphs = strcmp (term, "linux") == 0 || g_str_has_prefix (term, "linux-");
  terminal->mouse = options->mouse;
  terminal->ascii = options->ascii || strcmp (nl_langinfo (CODESET), "UTF-8") != 0
                    || (!terminal->modern && g_str_has_prefix (term, "vt"));
  terminal->input = ui_input_new ();
  ui_input_set_background (terminal->input, on_background, terminal);
  ui_terminfo_add_keys (terminal->input);
  raw ();
  noecho ();
  nonl ();
  intrflush (stdscr, FALSE);
  idlok (stdscr, TRUE);
  leaveok (stdscr, FALSE);
  if (has_colors () && !ui_colour_refused ()) {
    start_color ();
    use_default_colors ();
  }
  terminal->colours = ui_colour_depth ();
  choose_theme (terminal, options->theme);
  ui_colour_apply (terminal);
  read_size (&terminal->rows, &terminal->columns);
  resizeterm (terminal->rows, terminal->columns);
  terminal->shown = ui_canvas_new (terminal->rows, terminal->columns, terminal->ascii);
  terminal->repaint = TRUE;
  terminal->screen_on = TRUE;
  arm (terminal, &before);
  ui_restore_hold_stderr ();
  private_modes (terminal, TRUE);
  if (terminal->modern && terminal->automatic && terminal->colours >= 8 && g_getenv ("COLORFGBG") == NULL
      && !in_multiplexer ("screen"))
    send_raw (ASK_BACKGROUND);
  return terminal;
}

static void
leave_screen (UiTerminal *terminal)
{
  private_modes (terminal, FALSE);
  if (terminal->modern && terminal->title != NULL)
    send_raw ("\033]2;\033\\\033[23;2t");
  curs_set (1);
  if (!ui_terminfo_has_alternate ()) { /* the picture would stay below what comes next */
    erase ();
    refresh ();
  }
  endwin ();
  ui_restore_disarm ();
  ui_restore_release_stderr ();
  terminal->screen_on = FALSE;
}

void
ui_terminal_close (UiTerminal *terminal)
{
  if (terminal == NULL)
    return;
  if (terminal->screen_on)
    leave_screen (terminal);
  delscreen (terminal->screen);
  ui_writer_free (terminal->writer);
  ui_input_free (terminal->input);
  ui_canvas_free (terminal->shown);
  g_free (terminal->title);
  g_free (terminal);
}

void
ui_terminal_suspend (UiTerminal *terminal)
{
  struct termios shell;
  leave_screen (terminal);
  struct sigaction action = { .sa_handler = SIG_DFL }, old;
  sigemptyset (&action.sa_mask);
  sigaction (SIGTSTP, &action, &old);
  kill (0, SIGTSTP); /* the whole job, as the terminal itself would do it */
  sigaction (SIGTSTP, &old, NULL);
  tcgetattr (STDIN_FILENO, &shell);
  ui_restore_hold_stderr ();
  raw ();
  noecho ();
  nonl ();
  g_autofree char *title = g_steal_pointer (&terminal->title);
  arm (terminal, &shell);
  clearok (stdscr, TRUE);
  refresh ();
  terminal->screen_on = TRUE;
  private_modes (terminal, TRUE);
  ui_terminal_set_title (terminal, title);
  ui_terminal_check_size (terminal);
  terminal->repaint = TRUE;
}

int
ui_terminal_rows (const UiTerminal *terminal)
{
  return terminal->rows;
}

int
ui_terminal_columns (const UiTerminal *terminal)
{
  return terminal->columns;
}

gboolean
ui_terminal_ascii (const UiTerminal *terminal)
{
  return terminal->ascii;
}

void
ui_terminal_set_ascii (UiTerminal *terminal, gboolean ascii)
{
  terminal->ascii = ascii || strcmp (nl_langinfo (CODESET), "UTF-8") != 0;
  terminal->shown->ascii = terminal->ascii;
  terminal->repaint = TRUE;
}

int
ui_terminal_fd (const UiTerminal *terminal)
{
  (void) terminal;
  return STDIN_FILENO;
}

void
ui_terminal_set_theme (UiTerminal *terminal, const char *id)
{
  choose_theme (terminal, id);
}

void
ui_terminal_set_mouse (UiTerminal *terminal, gboolean on)
{
  if (terminal->mouse == on)
    return;
  terminal->mouse = on;
  if (terminal->modern)
    send_raw (on ? MOUSE_ON : MOUSE_OFF);
}

gboolean
ui_terminal_check_size (UiTerminal *terminal)
{
  int rows, columns;
  read_size (&rows, &columns);
  if (rows == terminal->rows && columns == terminal->columns)
    return FALSE;
  terminal->rows = rows;
  terminal->columns = columns;
  resizeterm (rows, columns);
  ui_canvas_resize (terminal->shown, rows, columns);
  terminal->repaint = TRUE;
  return TRUE;
}

/* What the 256 or 512 characters of a console font do not have, as the marks of ASCII terminals. */
static gunichar
plain_mark (gunichar c)
{
  static const struct {
    gunichar from;
    char to;
  } marks[] = {
    { 0x2713, 'v' }, { 0x2717, 'x' }, { 0x25CF, '*' }, { 0x2013, '-' }, { 0x2026, '~' }, { 0x2192, '>' },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    if (marks[i].from == c)
      return (gunichar) marks[i].to;
  return c;
}

/* The characters of CELL for ncurses. Where the C library thinks another width than we do, ncurses would draw
 * the rest of the line in other places: then the replacement is drawn. */
static int
cell_text (const UiCell *cell, wchar_t *text)
{
  int count = 0;
  if (cell->chars[0] < 0x7F || wcwidth ((wchar_t) cell->chars[0]) == cell->width) {
    for (; count < UI_CELL_CHARS && cell->chars[count] != 0; count++) {
      if (count > 0 && wcwidth ((wchar_t) cell->chars[count]) != 0)
        break;
      text[count] = (wchar_t) cell->chars[count];
    }
  } else {
    text[count++] = wcwidth (0xFFFD) == 1 ? 0xFFFD : L'?';
  }
  text[count] = L'\0';
  return count;
}

static void
put_cell (UiTerminal *terminal, int row, int column, const UiCell *cell)
{
  wchar_t text[UI_CELL_CHARS + 1];
  cchar_t complex;
  guint32 attributes;
  int pair;
  if (cell->width == 0)
    return;
  cell_text (cell, text);
  if (terminal->few_glyphs)
    text[0] = (wchar_t) plain_mark ((gunichar) text[0]);
  ui_colour_of (terminal, cell->style, &attributes, &pair);
  setcchar (&complex, text, attributes, (short) pair, NULL);
  mvadd_wch (row, column, &complex);
  if (cell->width == 2 && wcwidth (text[0]) == 1)
    mvadd_wch (row, column + 1, &complex); /* a replacement in both halves */
}

static gboolean
same_cell (const UiCell *a, const UiCell *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

/* Hand the changed part of a row to ncurses, at whole characters of the old and the new picture. */
static int
paint_row (UiTerminal *terminal, const UiCanvas *canvas, int row)
{
  const UiCell *new_cells = ui_canvas_cell (canvas, row, 0);
  const UiCell *old_cells = ui_canvas_cell (terminal->shown, row, 0);
  int first = 0, last = canvas->columns - 1;
  if (!terminal->repaint) {
    while (first <= last && same_cell (&new_cells[first], &old_cells[first]))
      first++;
    if (first > last)
      return 0;
    while (same_cell (&new_cells[last], &old_cells[last]))
      last--;
    while (first > 0 && (new_cells[first].width == 0 || old_cells[first].width == 0))
      first--;
    while (last + 1 < canvas->columns && (new_cells[last + 1].width == 0 || old_cells[last + 1].width == 0))
      last++;
  }
  for (int column = first; column <= last; column++)
    put_cell (terminal, row, column, &new_cells[column]);
  return last - first + 1;
}

void
ui_terminal_show (UiTerminal *terminal, UiCanvas *canvas)
{
  if (!terminal->screen_on || canvas->rows != terminal->rows || canvas->columns != terminal->columns)
    return;
  if (terminal->theme_changed)
    ui_colour_apply (terminal);
  terminal->theme_changed = FALSE;
  if (terminal->repaint)
    clearok (curscr, TRUE);
  int changed = 0;
  for (int row = 0; row < canvas->rows; row++)
    changed += paint_row (terminal, canvas, row);
  gboolean framed = terminal->modern && changed > FRAME_CELLS;
  gsize bytes = (gsize) canvas->rows * (gsize) canvas->columns * sizeof (UiCell);
  memcpy (terminal->shown->cells, canvas->cells, bytes);
  gboolean cursor = canvas->cursor_row >= 0;
  move (cursor ? canvas->cursor_row : 0, cursor ? canvas->cursor_column : 0);
  leaveok (stdscr, !cursor);
  ui_writer_begin (terminal->writer);
  if (cursor != (terminal->shown->cursor_row >= 0) || terminal->repaint)
    curs_set (cursor ? 1 : 0);
  terminal->shown->cursor_row = canvas->cursor_row;
  terminal->repaint = FALSE;
  wnoutrefresh (stdscr);
  doupdate ();
  ui_writer_end (terminal->writer, terminal->modern, framed ? FRAME_BEGIN : "", framed ? FRAME_END : "");
}

const UiCanvas *
ui_terminal_shown (const UiTerminal *terminal)
{
  return terminal->shown;
}

void
ui_terminal_repaint (UiTerminal *terminal)
{
  terminal->repaint = TRUE;
}

void
ui_terminal_set_title (UiTerminal *terminal, const char *title)
{
  if (title == NULL || g_strcmp0 (terminal->title, title) == 0 || !terminal->modern)
    return;
  if (terminal->title == NULL)
    send_raw ("\033[22;2t"); /* remember the title of before */
  g_free (terminal->title);
  terminal->title = g_strdup (title);
  g_autoptr (GString) sequence = g_string_new ("\033]2;");
  UiGlyph glyph;
  while (ui_glyph_next (&title, &glyph))
    for (guint i = 0; i < UI_CELL_CHARS && glyph.chars[i] != 0; i++)
      g_string_append_unichar (sequence, terminal->ascii && glyph.chars[i] > 0x7E ? '?' : glyph.chars[i]);
  g_string_append (sequence, "\033\\");
  send_raw (sequence->str);
}

gboolean
ui_terminal_copies (const UiTerminal *terminal)
{
  return terminal->modern;
}

#define COPY_MAX 74994 /* encoded bytes; what terminals are known to take */

gboolean
ui_terminal_copy (UiTerminal *terminal, const char *text, GError **error)
{
  if (!terminal->modern) {
    cr_set_error (error, CR_ERROR_INPUT, _ ("Save it to a file instead."),
                  _ ("This terminal has no clipboard that a program can fill."));
    return FALSE;
  }
  g_autofree char *encoded = g_base64_encode ((const guchar *) text, strlen (text));
  if (strlen (encoded) > COPY_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, _ ("Save it to a file instead."),
                  _ ("It is too large for the clipboard of a terminal: %zu bytes, at most %d."),
                  strlen (text), COPY_MAX / 4 * 3);
    return FALSE;
  }
  g_autoptr (GString) sequence = g_string_new (NULL);
  if (in_multiplexer ("tmux")) /* passed through, and taken by tmux itself where that is switched off */
    g_string_printf (sequence, "\033]52;c;%s\007\033Ptmux;\033\033]52;c;%s\007\033\\", encoded, encoded);
  else if (in_multiplexer ("screen")) {
    g_autofree char *whole = g_strdup_printf ("\033]52;c;%s\007", encoded);
    for (gsize i = 0; whole[i] != '\0'; i += MIN (strlen (whole + i), 700))
      g_string_append_printf (sequence, "\033P%.700s\033\\", whole + i);
  } else {
    g_string_printf (sequence, "\033]52;c;%s\007", encoded);
  }
  send_raw (sequence->str);
  return TRUE;
}

gboolean
ui_terminal_read (UiTerminal *terminal, UiTerminalEvent event, gpointer data)
{
  char buffer[64 * 1024];
  ssize_t count = read (STDIN_FILENO, buffer, sizeof buffer);
  if (count < 0)
    return errno == EINTR || errno == EAGAIN;
  if (count == 0)
    return FALSE;
  ui_input_feed (terminal->input, buffer, (gsize) count, event, data);
  memset (buffer, 0, (gsize) count); /* may have been a secret */
  return TRUE;
}

int
ui_terminal_pending_ms (const UiTerminal *terminal)
{
  return ui_input_pending (terminal->input) ? UI_ESC_MS : -1;
}

void
ui_terminal_flush_input (UiTerminal *terminal, UiTerminalEvent event, gpointer data)
{
  ui_input_flush (terminal->input, event, data);
}
