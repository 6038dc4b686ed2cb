/* SPDX-License-Identifier: MIT
 * Writing the result of the last segment to the data sink.
 */
#pragma once

#include "room/engine.h"
#include "room/job.h"

G_BEGIN_DECLS

/* "/mnt/remote/<sink>/<contract>/<day>/<run>": where the output goes as events name it. Gives. */
char *room_write_path (const RoomJob *job, const char *day);

/* Write the rows of BODY (columns COLUMNS): only allowed columns, exact types, one part file, atomically.
 * *ROWS is the number of rows written. *DETAIL (gives) compares the types when they do not fit. */
gboolean room_write (const RoomJob *job, RoomEngine *engine, const char *body, GPtrArray *columns,
                     const char *day, gint64 *rows, char **detail, GError **error);

/* One csv cell as Spark writes it; appended to OUT. */
void room_write_csv_cell (GString *out, const RoomValue *value);

G_END_DECLS
