/* SPDX-License-Identifier: MIT
 * One run: load, segments, write, statistics, with the events of each step.
 */
#pragma once

#include "room/engine.h"
#include "room/events.h"
#include "room/job.h"

G_BEGIN_DECLS

/* Runs JOB on ENGINE. Every outcome is told through EVENTS. FALSE when the query failed. */
gboolean room_run (const RoomJob *job, RoomEngine *engine, RoomEvents *events, GError **error);

G_END_DECLS
