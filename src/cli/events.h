/* SPDX-License-Identifier: MIT
 * Audit events for a person: time, source, message; oldest first.
 */
#pragma once

#include "cgs/service.h"
#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct {
  CgsEventQuery query;
  const char *contains; /* only events whose message holds this text; NULL = all */
  gboolean envelope;    /* --json prints {"value":[...]}, the way the ledger answers, not the bare list */
} CliEventList;

/* Read events and print them page by page: --json keeps nothing of what was printed, a table only its texts.
 * When a later page cannot be read, what was printed is closed, and the error follows. */
gboolean cli_show_events (Cli *cli, CcfClient *client, const char *contract_id, const CliEventList *list,
                          GError **error);

G_END_DECLS
