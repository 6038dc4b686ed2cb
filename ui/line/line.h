/* SPDX-License-Identifier: MIT
 * The same journeys as numbered lines: for screen readers, dumb terminals and people who like it plain.
 *
 * No alternate screen, no drawing, no colour, no cursor movement: questions and whole lines only. Input may
 * be a terminal or a pipe; the next line is read when the next question is asked.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *state_dir;
  const char *environment; /* --env; NULL = as the state folder and the settings say */
  const char *as;          /* who acts where only a ledger is known; NULL = whom the environment names */
  const char *scenario; /* NULL = settings, then the default */
  const char *persona;  /* NULL = ask */
  gboolean own_keyring; /* keep an own keyring where the desktop has none */
  gboolean present;     /* all personas */
  gboolean read_only;
} UiLineOptions;

/* Ask and answer on stdin and stdout until the person leaves or the input ends. Gives the exit code: 0, or
 * that of the last step or operation when it failed (as "cleanroom step run" would end). */
int ui_line_run (const UiLineOptions *options, GError **error);

G_END_DECLS
