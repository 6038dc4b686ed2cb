/* SPDX-License-Identifier: MIT
 * Audit events for a person: time, source, message; oldest first.
 */
#pragma once

#include "cgs/service.h"
#include "cli/cli.h"

G_BEGIN_DECLS

/* Print EVENTS (taken; NULL gives FALSE) as a table or as JSON; CONTAINS (may be NULL) keeps only events
 * whose message holds that text. */
gboolean cli_show_events (Cli *cli, json_t *events, const char *contains);
/* Read and print the events of QUERY whose message holds CONTAINS (NULL = all), page by page, so that only
 * what is shown is kept. --json prints {"value":[...]}, the way the ledger answers. */
gboolean cli_show_event_list (Cli *cli, CcfClient *client, const char *contract_id,
                              const CgsEventQuery *query, const char *contains, GError **error);

G_END_DECLS
