/* SPDX-License-Identifier: MIT
 * The sandbox's ledger from outside, for tests: events that no honest clean room would report, and the proof
 * that nothing was written. The sandbox is stopped for the moment and started again.
 */
#pragma once

#include "fixture.h"

G_BEGIN_DECLS

/* Append COUNT audit events (JSON objects with "timestamp" and "data") to the scenario's contract. */
void ledger_add_events (Fixture *fixture, const char *const *events, gsize count);
/* Number of the last transaction in which somebody proposed, voted, wrote or accepted something. */
gint64 ledger_end (Fixture *fixture);

G_END_DECLS
