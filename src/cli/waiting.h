/* SPDX-License-Identifier: MIT
 * Showing something that is decided by votes: the thing itself, and whose votes are missing.
 */
#pragma once

#include "cgs/cgs.h"
#include "cli/show.h"

G_BEGIN_DECLS

#define CLI_WAITING_OPTION                                                                                   \
  {                                                                                                          \
    "waiting", CLI_FLAG, NULL, N_ ("only who has voted and whose votes are missing")                         \
  }

typedef json_t *(*CliWaiting) (CrJob *job, CcfClient *client, const json_t *value, GError **error);

/* Print VALUE (taken; NULL gives FALSE). For a person the missing votes follow; with --waiting they are all
 * that is printed, as JSON too. */
gboolean cli_show_decision (Cli *cli, CcfClient *client, json_t *value, CliWaiting waiting, GError **error);

G_END_DECLS
