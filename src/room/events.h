/* SPDX-License-Identifier: MIT
 * What the query process tells the agent: one JSON object per line.
 *
 *   {"kind": "operational", "id": 1001, "name": "DATASET_LOAD_STARTED", "message": "Event_1001 | ..."}
 *   {"kind": "audit", "id": 3001, "name": "DATASET_LOAD_COMPLETED", "source": "dataset_loader", "message":
 *     "..."}
 *   {"kind": "statistics", "id": 2001, "name": "QUERY_STATISTICS", "message": "{...}", "rowsRead",
 *     "rowsWritten"}
 *   {"kind": "warning" | "note", "message": "..."}, {"kind": "engine", "name": "duckdb 1.5.6"}
 *
 * Ids, names and texts are those of the public Spark application.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef enum {
  ROOM_LOAD_STARTED = 1001,
  ROOM_LOAD_COMPLETED,
  ROOM_LOAD_FAILED,
  ROOM_WRITE_STARTED,
  ROOM_WRITE_COMPLETED,
  ROOM_WRITE_FAILED,
  ROOM_SEGMENT_STARTED,
  ROOM_SEGMENT_COMPLETED,
  ROOM_SEGMENT_FAILED,
  ROOM_EXECUTION_COMPLETED = 1011,
  ROOM_EXECUTION_FAILED,
  ROOM_STATISTICS = 2001,
  ROOM_AUDIT_LOAD_COMPLETED = 3001,
  ROOM_AUDIT_LOAD_FAILED,
  ROOM_AUDIT_QUERY_COMPLETED,
  ROOM_AUDIT_QUERY_FAILED,
  ROOM_AUDIT_WRITE_COMPLETED,
  ROOM_AUDIT_WRITE_FAILED,
} RoomEventId;

typedef struct {
  FILE *out; /* borrowed */
} RoomEvents;

/* Operational or audit event ID; FORMAT makes the text behind "Event_... | ". */
void room_event (RoomEvents *events, RoomEventId id, const char *format, ...) G_GNUC_PRINTF (3, 4);
void room_event_statistics (RoomEvents *events, double seconds, gint64 rows_read, gint64 rows_written);
/* KIND "warning", "note" (member message) or "engine" (member name). */
void room_event_say (RoomEvents *events, const char *kind, const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
