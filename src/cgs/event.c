/* SPDX-License-Identifier: MIT
 * Audit events and proposal history read from the ledger (service.h).
 */
#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs-private.h"
#include "cgs/service.h"

#include <inttypes.h>
#include <string.h>

/* The stored data is base64 of JSON; anything else stays as it is. */
static void
decode_data (json_t *event)
{
  const char *text = cr_json_peek_string (event, "data");
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64_decode (text, "event data", NULL) : NULL;
  gsize length = 0;
  const char *decoded = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  json_t *data = decoded != NULL ? cr_json_parse_shown (decoded, length, "event data", NULL) : NULL;
  if (data != NULL)
    cr_json_set (event, "data", data);
}

/* Older services and the latest-event read spell the time field differently: both become timestampIso. */
static void
unify_time (json_t *event)
{
  const char *time = cr_json_peek_string (event, "timestamp_iso");
  if (time == NULL)
    return;
  g_autofree char *copy = g_strdup (time);
  json_object_del (event, "timestamp_iso");
  cr_json_set_string (event, "timestampIso", copy);
}

static void
append_query (GString *path, const char *name, const char *value)
{
  g_autofree char *encoded = cr_percent_encode (value, NULL);
  g_string_append_printf (path, "%c%s=%s", strchr (path->str, '?') != NULL ? '&' : '?', name, encoded);
}

static void
append_number (GString *path, const char *name, gint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" PRId64, value);
  append_query (path, name, text);
}

/* The path of QUERY. Gives. */
static char *
events_path (const char *contract_id, const CgsEventQuery *query, GError **error)
{
  g_autofree char *start = cgs_path (error, "/contracts/%s/events", contract_id);
  if (start == NULL || query == NULL)
    return g_steal_pointer (&start);
  g_autoptr (GString) path = g_string_new (start);
  if (query->id != NULL)
    append_query (path, "id", query->id);
  if (query->scope != NULL)
    append_query (path, "scope", query->scope);
  if (query->from_seqno > 0)
    append_number (path, "from_seqno", query->from_seqno);
  if (query->to_seqno > 0)
    append_number (path, "to_seqno", query->to_seqno);
  if (query->page_size > 0)
    append_number (path, "max_seqno_per_page", query->page_size);
  return g_string_free (g_steal_pointer (&path), FALSE);
}

typedef struct {
  CgsEventPage each;
  gpointer data;
} Pages;

static gboolean
readable_page (json_t *events, gpointer data, GError **error)
{
  const Pages *pages = data;
  gsize index;
  json_t *event;
  json_array_foreach (events, index, event) {
    decode_data (event);
    unify_time (event);
  }
  return pages->each (events, pages->data, error);
}

gboolean
cgs_events_each (CrJob *job, CcfClient *client, const char *contract_id, const CgsEventQuery *query,
                 CgsEventPage each, gpointer data, GError **error)
{
  Pages pages = { each, data };
  g_autofree char *path = events_path (contract_id, query, error);
  return path != NULL && cgs_each_page (job, client, path, readable_page, &pages, error);
}

static gboolean
collect (json_t *events, gpointer all, GError **error)
{
  (void) error;
  json_array_extend (all, events);
  return TRUE;
}

json_t *
cgs_events (CrJob *job, CcfClient *client, const char *contract_id, const CgsEventQuery *query,
            GError **error)
{
  g_autoptr (json_t) all = json_array ();
  return cgs_events_each (job, client, contract_id, query, collect, all, error) ? g_steal_pointer (&all)
                                                                                : NULL;
}

json_t *
cgs_proposal_history (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/proposals/%s/historical?from_seqno=1", proposal_id);
  return cgs_read_history (job, client, path, error);
}
