/* SPDX-License-Identifier: MIT
 * A tiny full-screen program for the tests of the harness itself: it shows what it got, and can be told to
 * misbehave. Keys: q quit, t title, c clipboard, w wide text, x text that is wider than it says, m mouse on,
 * r reverse and red, z suspend, v die at once.
 */
#include <curses.h>

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
say_idle (int idle)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  if (idle >= 0 && poll (&input, 1, 0) == 0 && write (idle, ".", 1) != 1)
    exit (1);
}

static void
write_raw (const char *bytes)
{
  if (write (STDOUT_FILENO, bytes, strlen (bytes)) < 0)
    exit (1);
}

static void
show (int key, int count)
{
  MEVENT mouse;
  mvprintw (0, 0, "probe %dx%d", COLS, LINES);
  clrtoeol ();
  if (key == KEY_MOUSE && getmouse (&mouse) == OK)
    mvprintw (2, 0, "mouse %d,%d %s", mouse.y, mouse.x,
              mouse.bstate & BUTTON4_PRESSED ? "wheel up" : "button");
  else if (count > 0)
    mvprintw (1, 0, "key %d: %s", count, keyname (key));
  clrtoeol ();
}

static void
act (int key)
{
  switch (key) {
  case 't':
    write_raw ("\033]2;a title\a");
    break;
  case 'c':
    write_raw ("\033]52;c;aGVsbG8=\a");
    break;
  case 'w':
    mvaddstr (4, 0, "日本|e\xcc\x81|end");
    break;
  case 'x':
    refresh ();
    /* Behind the back of curses: wide characters at the right edge of the line. */
    printf ("\033[6;%dH日本", COLS - 1);
    fflush (stdout);
    break;
  case 'm':
    mousemask (ALL_MOUSE_EVENTS, NULL);
    break;
  case 'r':
    attron (A_REVERSE | COLOR_PAIR (1));
    mvaddstr (3, 0, "red");
    attroff (A_REVERSE | COLOR_PAIR (1));
    break;
  case 'v':
    raise (SIGKILL);
    break;
  default:
    break;
  }
}

int
main (void)
{
  const char *number = getenv ("CLEANROOM_SCREEN_IDLE_FD");
  int idle = number != NULL ? atoi (number) : -1;
  setlocale (LC_ALL, "");
  initscr ();
  raw ();
  noecho ();
  keypad (stdscr, TRUE);
  set_escdelay (25);
  start_color ();
  use_default_colors ();
  init_pair (1, COLOR_RED, -1);
  int key = 0, count = 0;
  do {
    show (key, count++);
    act (key);
    refresh ();
    say_idle (idle);
    key = getch ();
    if (key == 'L' - 64)
      clearok (stdscr, TRUE);
  } while (key != 'q');
  endwin ();
  return 7;
}
