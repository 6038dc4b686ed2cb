/* SPDX-License-Identifier: MIT
 * Reading one input dataset into a table of the engine.
 */
#pragma once

#include "room/engine.h"
#include "room/events.h"
#include "room/job.h"

G_BEGIN_DECLS

/* Load DATASET as the view DATASET->view: the day folders of the job's range, or everything. *ROWS is the
 * number of rows read. Missing days are told as warnings. */
gboolean room_load (const RoomJob *job, const RoomDataset *dataset, RoomEngine *engine, RoomEvents *events,
                    gint64 *rows, GError **error);

G_END_DECLS
