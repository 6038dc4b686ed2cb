/* SPDX-License-Identifier: MIT
 * Audit events for a person: time, source, message; oldest first.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Print EVENTS (taken; NULL gives FALSE) as a table or as JSON; CONTAINS (may be NULL) keeps only events whose
 * message holds that text. */
gboolean cli_show_events (Cli *cli, json_t *events, const char *contains);

G_END_DECLS
