/* SPDX-License-Identifier: MIT
 * What a running job says on stderr: sign-in codes, phases, and with --verbose each call.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct {
  gboolean terminal; /* stderr is one: a phase is drawn over the last one */
  gboolean quiet;
  gboolean verbose;
  gboolean drawn;
  gint64 last_ms;
  guint64 from, total; /* bytes: where the present phase stood when it BEGAN_MS, and where it ends */
  gint64 began_ms;
} CliProgress;

/* Hook PROGRESS (which must outlive the work) to the job of CLI. */
void cli_progress_attach (CliProgress *progress, Cli *cli);
/* Remove what is drawn and unhook nothing: the job may go on with other work. */
void cli_progress_end (CliProgress *progress);

G_END_DECLS
