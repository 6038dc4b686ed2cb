/* SPDX-License-Identifier: MIT
 * The real program for the screen tests: a state folder, its sandbox, and `cleanroom` on terminals.
 */
#pragma once

#include "harness.h"

G_BEGIN_DECLS

typedef struct Fixture Fixture;

typedef enum {
  FIXTURE_EMPTY,  /* nothing was done yet */
  FIXTURE_PLAYED, /* the scenario analytics-sse was played to the end; the sandbox runs */
} FixtureState;

/* NULL when the build has no screens. Whatever becomes of the test, the sandbox is stopped and the folder
 * removed: a watcher does it when the test is killed. */
Fixture *fixture_new (FixtureState state);
/* Ends everything, stops the sandbox, fails the running test when a sanitizer had something to say. */
void fixture_free (Fixture *fixture);

/* Does the build have screens; prints that all is skipped when not. */
gboolean fixture_available (void);
/* For a whole test program with one fixture: make it in *SHARED, or print that all is skipped and give
 * FALSE. */
gboolean fixture_begin (Fixture **shared, FixtureState state);
/* Run the tests that were added, and as the last one NAME, which frees *SHARED. */
int fixture_end (Fixture **shared, const char *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

ScreenRig *fixture_rig (Fixture *fixture);
const char *fixture_state (Fixture *fixture); /* the state folder */
/* $XDG_CONFIG_HOME/cleanroom/settings.yaml of what is started. */
void fixture_write_settings (Fixture *fixture, const char *text);
/* Gives the bytes of a file below the state folder; NULL when it is not there. */
char *fixture_read (Fixture *fixture, const char *path);

/* `cleanroom ARGUMENT... --state FOLDER` on a terminal; OPTIONS may be NULL, its environment is added to. */
Screen *fixture_start (Fixture *fixture, const ScreenOptions *options, ...) G_GNUC_NULL_TERMINATED;
/* The same without a terminal; gives the exit code, OUTPUT (may be NULL) gets stdout. */
int fixture_run (Fixture *fixture, char **output, ...) G_GNUC_NULL_TERMINATED;
/* Start it, wait for the first complete screen, abort the test when none comes. */
Screen *fixture_open (Fixture *fixture, int columns, int rows, const char *persona);

pid_t fixture_sandbox (Fixture *fixture);
/* Stop answering without closing anything, as a network that swallows packets; and go on. */
void fixture_stall (Fixture *fixture, gboolean stalled);
/* The same for the key store: as while its prompt is open and nobody answers it. */
void fixture_stall_keyring (Fixture *fixture, gboolean stalled);
void fixture_kill_sandbox (Fixture *fixture);
/* Orderly, by the command, until the process is gone; and start it again. */
void fixture_stop_sandbox (Fixture *fixture);
void fixture_start_sandbox (Fixture *fixture);

/* N, or a hundredth part of it (at least one) when the environment has SCREEN_QUICK or sanitizers run; with
 * SCREEN_FULL always N. */
int fixture_rounds (int n);

G_END_DECLS
