/* SPDX-License-Identifier: MIT
 * Events as JSON lines, flushed one by one so that the agent sees them as they happen.
 */
#include "room/events.h"

#include "base/json.h"

#include <string.h>

static const struct {
  RoomEventId id;
  const char *name, *source; /* source only for audit events */
} names[] = {
  { ROOM_LOAD_STARTED, "DATASET_LOAD_STARTED", NULL },
  { ROOM_LOAD_COMPLETED, "DATASET_LOAD_COMPLETED", NULL },
  { ROOM_LOAD_FAILED, "DATASET_LOAD_FAILED", NULL },
  { ROOM_WRITE_STARTED, "DATASET_WRITE_STARTED", NULL },
  { ROOM_WRITE_COMPLETED, "DATASET_WRITE_COMPLETED", NULL },
  { ROOM_WRITE_FAILED, "DATASET_WRITE_FAILED", NULL },
  { ROOM_SEGMENT_STARTED, "QUERY_SEGMENT_EXECUTION_STARTED", NULL },
  { ROOM_SEGMENT_COMPLETED, "QUERY_SEGMENT_EXECUTION_COMPLETED", NULL },
  { ROOM_SEGMENT_FAILED, "QUERY_SEGMENT_EXECUTION_FAILED", NULL },
  { ROOM_EXECUTION_COMPLETED, "QUERY_EXECUTION_COMPLETED", NULL },
  { ROOM_EXECUTION_FAILED, "QUERY_EXECUTION_FAILED", NULL },
  { ROOM_STATISTICS, "QUERY_STATISTICS", NULL },
  { ROOM_AUDIT_LOAD_COMPLETED, "DATASET_LOAD_COMPLETED", "dataset_loader" },
  { ROOM_AUDIT_LOAD_FAILED, "DATASET_LOAD_FAILED", "dataset_loader" },
  { ROOM_AUDIT_QUERY_COMPLETED, "QUERY_COMPLETED", "run_query" },
  { ROOM_AUDIT_QUERY_FAILED, "QUERY_FAILED", "run_query" },
  { ROOM_AUDIT_WRITE_COMPLETED, "DATASET_WRITE_COMPLETED", "dataset_loader" },
  { ROOM_AUDIT_WRITE_FAILED, "DATASET_WRITE_FAILED", "dataset_loader" },
};

static void
put_line (RoomEvents *events, json_t *line)
{
  g_autofree char *text = cr_json_dump (line);

  fputs (text, events->out);
  fputc ('\n', events->out);
  fflush (events->out);
}

void
room_event (RoomEvents *events, RoomEventId id, const char *format, ...)
{
  g_autoptr (json_t) line = json_object ();
  g_autofree char *text = NULL, *valid = NULL, *message = NULL;
  gsize index = 0;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  valid = g_utf8_make_valid (text, -1);
  while (index + 1 < G_N_ELEMENTS (names) && names[index].id != id)
    index++;
  message = names[index].source != NULL
                ? g_strdup_printf ("Event_%s_%d | %s", names[index].name, (int) id, valid)
                : g_strdup_printf ("Event_%d | %s", (int) id, valid);
  cr_json_set_string (line, "kind", names[index].source != NULL ? "audit" : "operational");
  cr_json_set_int (line, "id", (gint64) id);
  cr_json_set_string (line, "name", names[index].name);
  if (names[index].source != NULL)
    cr_json_set_string (line, "source", names[index].source);
  cr_json_set_string (line, "message", message);
  put_line (events, line);
}

void
room_event_statistics (RoomEvents *events, double seconds, gint64 rows_read, gint64 rows_written)
{
  g_autoptr (json_t) line = json_object ();
  char duration[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *message = NULL;

  /* by hand: a JSON library prints 0.1 as 0.10000000000000001 */
  message = g_strdup_printf ("{\"duration_sec\":%s,\"num_rows_read\":%" G_GINT64_FORMAT
                             ",\"num_rows_written\":%" G_GINT64_FORMAT "}",
                             g_ascii_formatd (duration, sizeof duration, "%.6f", seconds), rows_read,
                             rows_written);
  cr_json_set_string (line, "kind", "statistics");
  cr_json_set_int (line, "id", ROOM_STATISTICS);
  cr_json_set_string (line, "name", "QUERY_STATISTICS");
  cr_json_set_string (line, "message", message);
  cr_json_set_int (line, "rowsRead", rows_read);
  cr_json_set_int (line, "rowsWritten", rows_written);
  put_line (events, line);
}

void
room_event_say (RoomEvents *events, const char *kind, const char *format, ...)
{
  g_autoptr (json_t) line = json_object ();
  g_autofree char *text = NULL, *valid = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  valid = g_utf8_make_valid (text, -1);
  cr_json_set_string (line, "kind", kind);
  cr_json_set_string (line, strcmp (kind, "engine") == 0 ? "name" : "message", valid);
  put_line (events, line);
}
