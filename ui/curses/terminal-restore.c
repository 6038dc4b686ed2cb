/* SPDX-License-Identifier: MIT
 * The terminal is put back whatever happens: exit(), crashes, signals (terminal.h).
 *
 * Handlers of fatal signals may only read what was prepared before: this is the one place of the program with
 * variables of file scope, because a signal handler gets no other.
 */
#include "ui/curses/terminal-private.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RESET_MAX 1024
#define HELD_MAX (64 * 1024) /* bytes of stderr that are shown in the end */

static struct {
  volatile sig_atomic_t armed;
  char reset[RESET_MAX];
  gsize length;
  struct termios settings;
  volatile sig_atomic_t held; /* stderr is kept */
  int real_stderr, kept_stderr;
  gboolean installed;
  /* Aligned, or AddressSanitizer refuses to leave by it. */
  _Alignas(16) char stack[32 * 1024];
} restore;

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGSYS };
static struct sigaction old_actions[G_N_ELEMENTS (fatal_signals)];

/* Async-signal-safe. What was kept goes to the real stderr, from the end if it is much. */
static void
release_stderr (void)
{
  if (!restore.held)
    return;
  restore.held = 0;
  dup2 (restore.real_stderr, STDERR_FILENO);
  off_t size = lseek (restore.kept_stderr, 0, SEEK_END);
  lseek (restore.kept_stderr, size > HELD_MAX ? size - HELD_MAX : 0, SEEK_SET);
  char buffer[1024];
  for (;;) {
    ssize_t count = read (restore.kept_stderr, buffer, sizeof buffer);
    if (count <= 0)
      break;
    ui_write_all (STDERR_FILENO, buffer, (gsize) count);
  }
}

/* Async-signal-safe. */
static void
put_back (void)
{
  if (!restore.armed)
    return;
  restore.armed = 0;
  ui_write_all (STDOUT_FILENO, restore.reset, restore.length);
  tcsetattr (STDIN_FILENO, TCSANOW, &restore.settings);
}

static void
on_fatal (int number)
{
  put_back ();
  release_stderr ();
  for (gsize i = 0; i < G_N_ELEMENTS (fatal_signals); i++)
    if (fatal_signals[i] == number)
      sigaction (number, &old_actions[i], NULL);
  raise (number);
}

static void
on_exit_handler (void)
{
  put_back ();
  release_stderr ();
}

static void
install (void)
{
  stack_t stack = { .ss_sp = restore.stack, .ss_size = sizeof restore.stack };
  sigaltstack (&stack, NULL);
  struct sigaction action = { .sa_handler = on_fatal, .sa_flags = SA_ONSTACK };
  sigemptyset (&action.sa_mask);
  for (gsize i = 0; i < G_N_ELEMENTS (fatal_signals); i++)
    sigaction (fatal_signals[i], &action, &old_actions[i]);
  if (!restore.installed)
    atexit (on_exit_handler);
  restore.installed = TRUE;
}

void
ui_restore_arm (const char *reset, gsize length, const struct termios *settings)
{
  restore.length = MIN (length, sizeof restore.reset);
  memcpy (restore.reset, reset, restore.length);
  restore.settings = *settings;
  install ();
  restore.armed = 1;
}

void
ui_restore_disarm (void)
{
  if (!restore.installed)
    return;
  restore.armed = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (fatal_signals); i++)
    sigaction (fatal_signals[i], &old_actions[i], NULL);
}

void
ui_restore_hold_stderr (void)
{
  if (restore.held || !isatty (STDERR_FILENO))
    return;
  restore.kept_stderr = memfd_create ("stderr", MFD_CLOEXEC);
  if (restore.kept_stderr < 0)
    return;
  restore.real_stderr = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  if (restore.real_stderr < 0 || dup2 (restore.kept_stderr, STDERR_FILENO) < 0) {
    close (restore.kept_stderr);
    return;
  }
  restore.held = 1;
}

void
ui_restore_release_stderr (void)
{
  if (!restore.held)
    return;
  release_stderr ();
  close (restore.kept_stderr);
  close (restore.real_stderr);
}
