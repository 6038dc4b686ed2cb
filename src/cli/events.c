/* SPDX-License-Identifier: MIT
 * Audit events for a person (events.h).
 */
#include "cli/events.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

/* The ledger keeps event data as base64 of JSON; some answers carry it decoded already. Gives. */
static json_t *
event_data (json_t *event)
{
  json_t *data = json_object_get (event, "data");
  if (json_is_object (data))
    return json_incref (data);
  if (!json_is_string (data))
    return NULL;
  g_autoptr (GBytes) bytes = cr_base64_decode (json_string_value (data), "the event", NULL);
  return bytes != NULL ? cr_json_parse_bytes (bytes, "the event", NULL) : NULL;
}

static char *
event_time (json_t *event)
{
  const char *text = cr_json_peek_string (event, "timestamp");
  gint64 ms = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
  return ms > 0 ? cr_iso8601 (ms) : g_strdup ("");
}

static gboolean
is_wanted (json_t *event, const char *contains)
{
  if (contains == NULL)
    return TRUE;
  g_autoptr (json_t) data = event_data (event);
  const char *message = cr_json_peek_string (data, "message");
  return message != NULL && strstr (message, contains) != NULL;
}

/* The events that are wanted, their data decoded. Gives. */
static json_t *
decoded (json_t *events, const char *contains)
{
  json_t *kept = json_array ();
  size_t i;
  json_t *event;
  json_array_foreach (events, i, event) {
    if (!is_wanted (event, contains))
      continue;
    g_autoptr (json_t) data = event_data (event);
    json_t *copy = json_copy (event);
    if (data != NULL)
      json_object_set (copy, "data", data);
    json_array_append_new (kept, copy);
  }
  return kept;
}

static void
show_table (json_t *events)
{
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *event;
  json_array_foreach (events, i, event) {
    g_autofree char *time = event_time (event);
    json_t *data = json_object_get (event, "data");
    const char *source = cr_json_peek_string (data, "source");
    const char *message = cr_json_peek_string (data, "message");
    g_ptr_array_add (rows,
                     cli_row (time, source != NULL ? source : "", message != NULL ? message : "", NULL));
  }
  static const char *const columns[] = { "Time", "Source", "Message", NULL };
  if (rows->len > 0)
    cli_out_table (columns, rows);
  else
    cli_say ("Nothing has run under this contract yet.");
}

gboolean
cli_show_events (Cli *cli, json_t *events, const char *contains)
{
  if (events == NULL)
    return FALSE;
  g_autoptr (json_t) owned = events;
  g_autoptr (json_t) kept = decoded (owned, contains);
  if (cli_json (cli))
    cli_out_json (g_steal_pointer (&kept));
  else
    show_table (kept);
  return TRUE;
}

typedef struct {
  json_t *kept;
  const char *contains;
} Wanted;

static gboolean
keep_wanted (json_t *page, gpointer data, GError **error)
{
  Wanted *wanted = data;
  (void) error;
  g_autoptr (json_t) some = decoded (page, wanted->contains);
  json_array_extend (wanted->kept, some);
  return TRUE;
}

gboolean
cli_show_event_list (Cli *cli, CcfClient *client, const char *contract_id, const CgsEventQuery *query,
                     const char *contains, GError **error)
{
  g_autoptr (json_t) kept = json_array ();
  Wanted wanted = { kept, contains };
  if (!cgs_events_each (cli_job (cli), client, contract_id, query, keep_wanted, &wanted, error))
    return FALSE;
  if (cli_json (cli))
    cli_out_json (json_pack ("{s:O}", "value", kept));
  else
    show_table (kept);
  return TRUE;
}
