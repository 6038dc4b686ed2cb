/* SPDX-License-Identifier: MIT
 * The local environment as seen from outside: start it on demand, stop it, say how it is, throw it away.
 *
 * The process is cleanroom-sandbox; it holds a lock on DIR/sandbox/lock as long as it runs. None of these
 * functions talks to it over the network.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gboolean running;
  gint64 pid;             /* 0 when not running */
  guint64 resident_bytes; /* 0 when unknown */
  char *folder;           /* DIR/sandbox */
  char *rules;            /* "released" or "proposed", as it was started last */
  GHashTable *endpoints;  /* char* -> char*: name -> https URL, as recorded */
} LocalSandbox;

void local_sandbox_free (LocalSandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LocalSandbox, local_sandbox_free)

/* Start it for STATE_DIR unless it runs; returns when it is ready. ENGINE ("auto", "duckdb", "sqlite") and
 * ROLE_DELAY_MS (-1 = the default) only matter when it is started. *STARTED (may be NULL) tells whether it
 * was. */
gboolean local_sandbox_start (const char *state_dir, const char *engine, int role_delay_ms, gboolean *started,
                              GError **error);
/* How to start it; all only matter when it is started. Zero-initialise, ROLE_DELAY_MS -1 = the default. */
typedef struct {
  const char *engine;
  int role_delay_ms;
  const char *rules; /* "released" or "proposed"; NULL = as last time */
} LocalSandboxOptions;
gboolean local_sandbox_start_with (const char *state_dir, const LocalSandboxOptions *options,
                                   gboolean *started, GError **error);
/* Milliseconds that a new role takes there, as it was started; 0 = it has effect at once. */
guint local_sandbox_role_delay (const char *state_dir);
/* *OURS: the work in FOLDER is done in the local environment, which this machine starts when it does not run;
 *  FALSE
 * where services elsewhere are described. */
gboolean local_sandbox_is_ours (const char *folder, gboolean *ours, GError **error);
/* Stop it and wait until it is gone; fine when it does not run. */
gboolean local_sandbox_stop (const char *state_dir, gboolean *was_running, GError **error);
/* How it is. Never fails for a folder that has no sandbox yet. Gives. */
LocalSandbox *local_sandbox_status (const char *state_dir);
/* Break its ledger network, as a stopped container does; waits until it is done. CR_ERROR_NOT_FOUND when it
 * does not run or has no network. */
gboolean local_sandbox_fail (const char *state_dir, GError **error);
/* Stop it and remove DIR/sandbox and DIR/environment.yaml: ledger, accounts, storage, runs. */
gboolean local_sandbox_reset (const char *state_dir, GError **error);

/* A program of this package: beside the running one (uninstalled), else in the package's program folder, else
 * on PATH. Gives; CR_ERROR_ADMIN when it is nowhere. */
char *local_program_find (const char *name, GError **error);

G_END_DECLS
