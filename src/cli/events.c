/* SPDX-License-Identifier: MIT
 * Audit events for a person (events.h).
 */
#include "cli/events.h"

#include "base/clock.h"
#include "base/translate.h"

#include <string.h>

/* Event data that is no object is shown as it is, as a message. Gives. */
static json_t *
event_data (json_t *event)
{
  json_t *data = json_object_get (event, "data");
  if (data == NULL || json_is_object (data))
    return json_incref (data);
  g_autofree char *text = json_is_string (data) ? g_strdup (json_string_value (data)) : cr_json_dump (data);
  return json_pack ("{s:s}", "message", text);
}

static char *
event_time (json_t *event)
{
  const char *text = cr_json_peek_string (event, "timestamp");
  gint64 ms = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
  return ms > 0 ? cr_iso8601 (ms) : g_strdup ("");
}

static gboolean
is_wanted (json_t *data, const char *contains)
{
  const char *message = contains != NULL ? cr_json_peek_string (data, "message") : NULL;
  return contains == NULL || (message != NULL && strstr (message, contains) != NULL);
}

/* ---- One after another ---- */

typedef struct {
  const CliEventList *list;
  GPtrArray *rows; /* NULL under --json */
  guint shown;
} Output;

static void
add_row (Output *output, json_t *event, json_t *data)
{
  g_autofree char *time = event_time (event);
  const char *source = cr_json_peek_string (data, "source");
  const char *message = cr_json_peek_string (data, "message");
  g_ptr_array_add (output->rows,
                   cli_row (time, source != NULL ? source : "", message != NULL ? message : "", NULL));
}

static const char *
margin (const Output *output)
{
  return output->list->envelope ? "    " : "  ";
}

/* As if the whole list were printed at once: what stands before the event depends on whether it is the
 * first. */
static void
print_event (Output *output, json_t *event)
{
  g_autofree char *text = cr_json_dump_pretty (event);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  cli_out ("%s", output->shown > 0 ? ",\n" : output->list->envelope ? "{\n  \"value\": [\n" : "[\n");
  for (char **line = lines; *line != NULL; line++)
    cli_out ("%s%s%s", line > lines ? "\n" : "", margin (output), *line);
}

static void
print_end (const Output *output)
{
  if (output->list->envelope)
    cli_out ("%s", output->shown > 0 ? "\n  ]\n}\n" : "{\n  \"value\": []\n}\n");
  else
    cli_out ("%s", output->shown > 0 ? "\n]\n" : "[]\n");
}

static gboolean
show_page (json_t *page, gpointer user_data, GError **error)
{
  Output *output = user_data;
  size_t i;
  json_t *event;
  (void) error;
  json_array_foreach (page, i, event) {
    g_autoptr (json_t) data = event_data (event);
    if (!is_wanted (data, output->list->contains))
      continue;
    if (output->rows != NULL)
      add_row (output, event, data);
    else
      print_event (output, event);
    output->shown++;
  }
  return TRUE;
}

gboolean
cli_show_events (Cli *cli, CcfClient *client, const char *contract_id, const CliEventList *list,
                 GError **error)
{
  static const char *const columns[] = { N_ ("Time"), N_ ("Source"), N_ ("Message"), NULL };
  g_autoptr (GPtrArray) rows = cli_json (cli) ? NULL : cli_rows_new ();
  Output output = { list, rows, 0 };
  gboolean whole = cgs_events_each (cli_job (cli), client, contract_id, &list->query, show_page, &output,
                                    error);
  if (rows == NULL && (whole || output.shown > 0))
    print_end (&output); /* what was printed stays readable; the error says that it is not all */
  else if (whole && output.shown > 0)
    cli_out_table (columns, rows);
  else if (whole)
    cli_say ("Nothing has run under this contract yet.");
  return whole;
}
