/* SPDX-License-Identifier: MIT
 * Audit events of clean rooms, and what else is read from a range of the ledger: the history of a proposal.
 */
#include "sandbox/cgs-common.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_DEFAULT 2000
#define TIMESTAMP_MAX 9999999999999.0 /* November 2286, 13 digits */
#define TIME_VALUE_MAX 8.64e15        /* the largest time a script date can hold, in ms */

/* --- Ranges --- */

/* Leading decimal digits, as a lenient parseInt; FALSE when there are none. */
static gboolean
parse_int (const char *text, gint64 *value)
{
  char *end;

  while (g_ascii_isspace (*text))
    text++;
  errno = 0;
  *value = g_ascii_strtoll (text, &end, 10);
  return end != text && errno == 0;
}

static gboolean
query_int (CcfCall *call, const char *name, gint64 fallback, gint64 *value)
{
  g_autofree char *text = cgs_query (call, name);

  *value = fallback;
  if (!text || parse_int (text, value))
    return TRUE;
  cgs_throw (call, "%s is not an integer", name);
  return FALSE;
}

/* Read from_seqno, to_seqno and max_seqno_per_page; LAST_WRITE is the default end (0 = last committed).
 * FALSE after 500. */
static gboolean
cgs_range (CcfCall *call, gint64 last_write, CgsRange *range)
{
  gint64 committed = store_last_seqno (call->store);
  gint64 page;

  if (!query_int (call, "from_seqno", 1, &range->from)
      || !query_int (call, "to_seqno", last_write > 0 ? last_write : committed, &range->to))
    return FALSE;
  if (range->to < range->from) {
    cgs_throw (call, "to_seqno must be >= from_seqno");
    return FALSE;
  }
  if (!query_int (call, "max_seqno_per_page", PAGE_DEFAULT, &page))
    return FALSE;
  if (range->to > committed || range->to < 1) {
    cgs_throw (call, "End of range must be committed");
    return FALSE;
  }
  /* A page that ends before it begins would lead its reader round in circles. */
  range->page_end = page >= 0 && page < range->to - range->from ? range->from + page : range->to;
  return TRUE;
}

/* FALSE with the answer written: the range is being fetched. */
static gboolean
at_hand (CcfCall *call, const CgsRange *range)
{
  if (ccf_app_at_hand (call->sandbox, range->from, range->page_end))
    return TRUE;
  sandbox_respond_header (call->response, "retry-after", "1");
  sandbox_respond_empty (call->response, 202);
  return FALSE;
}

/* --- Events --- */

static char *
events_map (const char *contract, const char *scope)
{
  return scope && *scope ? g_strdup_printf ("public:events-%s-%s", contract, scope)
                         : g_strconcat ("public:events-", contract, NULL);
}

/* A text as JavaScript's Number() reads it; NAN when it is none. */
static double
js_number_of (const json_t *value)
{
  const char *text = json_string_value (value);
  char *end;

  if (!text)
    return json_is_number (value) ? json_number_value (value) : NAN;

  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  double number = g_ascii_strtod (trimmed, &end);

  return *end ? NAN : number;
}

/* The stored event in TEXT (may be NULL). Data is the clean room's own: it may hold NULs. Gives. */
static json_t *
stored_event (const char *text)
{
  return text ? cr_json_parse_kept (text, strlen (text), "the stored event", NULL) : NULL;
}

/* One event as both reads show it, ISO_NAME apart. FALSE after the exception of an unreadable time. */
static gboolean
append_event (CcfCall *call, json_t *list, const char *scope, const char *id, gint64 seqno,
              const json_t *item, const char *iso_name)
{
  double time = js_number_of (json_object_get (item, "timestamp"));

  if (!isfinite (time) || fabs (time) > TIME_VALUE_MAX) {
    cgs_throw (call, "Date value is NaN");
    return FALSE;
  }

  g_autofree char *iso = cr_iso8601 ((gint64) time);
  json_t *event = json_pack ("{sssssI}", "scope", scope, "id", id, "seqno", (json_int_t) seqno);

  cgs_copy (event, "timestamp", item);
  cr_json_set_string (event, iso_name, iso);
  cgs_copy (event, "data", item);
  json_array_append_new (list, event);
  return TRUE;
}

static void
answer_latest_event (CcfCall *call, const char *map, const char *scope, const char *id)
{
  g_autofree char *text = store_get (call->store, map, id);
  g_autoptr (json_t) item = stored_event (text);
  g_autoptr (json_t) list = json_array ();

  if (!item
      || append_event (call, list, scope, id, store_get_seqno (call->store, map, id), item, "timestamp_iso"))
    cgs_answer (call, cgs_value_list (json_incref (list)));
}

static void
answer_event_range (CcfCall *call, const char *map, const char *scope, const char *id)
{
  g_autoptr (json_t) list = json_array ();
  CgsRange range;

  if (!cgs_range (call, store_get_seqno (call->store, map, id), &range) || !at_hand (call, &range))
    return;

  g_autoptr (GPtrArray) versions = store_history (call->store, map, id, range.from, range.page_end);

  for (guint i = 0; i < versions->len; i++) {
    const StoreVersion *version = g_ptr_array_index (versions, i);
    g_autoptr (json_t) item = stored_event (version->value);

    if (item && !append_event (call, list, scope, id, version->seqno, item, "timestampIso"))
      return;
  }

  json_t *answer = cgs_value_list (json_incref (list));

  if (range.page_end != range.to) {
    g_autofree char *link = g_strdup_printf ("/app/contracts/%s/events?from_seqno=%" G_GINT64_FORMAT
                                             "&to_seqno=%" G_GINT64_FORMAT "&id=%s&scope=%s",
                                             cgs_parameter (call, 0), range.page_end + 1, range.to, id,
                                             scope);

    cr_json_set_string (answer, "nextLink", link);
  }
  cgs_answer (call, answer);
}

void
app_event_list (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  g_autofree char *given_id = cgs_query (call, "id");
  g_autofree char *given_scope = cgs_query (call, "scope");
  g_autofree char *from = cgs_query (call, "from_seqno");
  g_autofree char *to = cgs_query (call, "to_seqno");
  const char *id = given_id ? given_id : contract;
  const char *scope = given_scope ? given_scope : "";
  g_autofree char *map = events_map (contract, scope);

  if (!cgs_authorized (call))
    return;
  if ((!from || !*from) && (!to || !*to))
    answer_latest_event (call, map, scope, id);
  else
    answer_event_range (call, map, scope, id);
}

/* Steps 2 to 4 of a new event; FALSE after answering. */
static gboolean
check_event (CcfCall *call, const json_t *body)
{
  const json_t *timestamp = json_object_get (body, "timestamp");

  if (cgs_missing (json_object_get (body, "sign")))
    cgs_error (call, 400, "SignatureMissing", "Signature payload must be supplied.");
  else if (cgs_missing (timestamp))
    cgs_error (call, 400, "TimestampMissing", "Timestamp must be supplied.");
  else if (js_number_of (timestamp) > TIMESTAMP_MAX)
    cgs_error (call, 400, "TimestampTooLarge", "Timestamp value is too large.");
  else
    return TRUE;
  return FALSE;
}

static char *
pad_timestamp (const char *text)
{
  glong length = g_utf8_strlen (text, -1);
  g_autofree char *zeros = g_strnfill (length < 13 ? (gsize) (13 - length) : 0, '0');

  return g_strconcat (zeros, text, NULL);
}

/* The signed data of BODY; NULL after the exception of a text that is not JSON. Gives. */
static json_t *
signed_event (CcfCall *call, const json_t *body)
{
  g_autoptr (GBytes) bytes = cgs_signed_data (call, body);
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  const char *text = bytes ? g_bytes_get_data (bytes, &length) : NULL;
  json_t *value = bytes ? cr_json_parse_kept (text, length, "the signed data", &error) : NULL;

  if (bytes && !value)
    cgs_throw (call, "%s", error->message);
  return value ? cgs_js_value (value) : NULL;
}

void
app_event_put (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  CgsEvidence rule = { .contract = contract,
                       .bound_key = "sign",
                       .delegate_type = "events",
                       .delegate_id = "writer",
                       .any_platform = TRUE };
  gboolean token = call->policy == CCF_AUTH_JWT;
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || (!token && !cgs_need_attestation (call, body)) || !check_event (call, body)
      || !(token ? cgs_check_token_policy (call, &rule) : cgs_check_evidence (call, body, &rule)))
    return;

  g_autoptr (json_t) data = signed_event (call, body);
  const char *timestamp = json_string_value (json_object_get (body, "timestamp"));

  if (!data)
    return;
  if (!timestamp) {
    cgs_throw (call, "not a function");
    return;
  }

  g_autofree char *given_id = cgs_query (call, "id");
  g_autofree char *scope = cgs_query (call, "scope");
  g_autofree char *map = events_map (contract, scope);
  g_autofree char *padded = pad_timestamp (timestamp);
  g_autoptr (json_t) item = json_pack ("{sssO}", "timestamp", padded, "data", data);

  store_put_json (call->store, map, given_id ? given_id : contract, item);
  sandbox_respond_empty (call->response, 204);
}

/* --- The history of a proposal --- */

#define PROPOSALS_INFO "public:ccf.gov.proposals_info"

void
app_proposal_history (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);
  CgsRange range;

  if (!cgs_authorized (call) || !cgs_range (call, store_get_seqno (call->store, PROPOSALS_INFO, id), &range)
      || !at_hand (call, &range))
    return;

  g_autoptr (GPtrArray) versions = store_history (call->store, PROPOSALS_INFO, id, range.from,
                                                  range.page_end);
  json_t *list = json_array ();

  for (guint i = 0; i < versions->len; i++) {
    const StoreVersion *version = g_ptr_array_index (versions, i);
    g_autoptr (json_t) item = version->value ? cr_json_parse (version->value, strlen (version->value),
                                                              "the stored proposal", NULL)
                                             : NULL;

    if (!item)
      continue;

    json_t *entry = json_pack ("{sIss}", "seqno", (json_int_t) version->seqno, "proposalId", id);

    cr_json_set_string (entry, "proposalState", cr_json_peek_string (item, "state"));
    json_array_append_new (list, entry);
  }

  json_t *answer = cgs_value_list (list);

  if (range.page_end != range.to) {
    g_autofree char *link = g_strdup_printf ("/app/proposals/%s/historical?from_seqno=%" G_GINT64_FORMAT
                                             "&to_seqno=%" G_GINT64_FORMAT,
                                             id, range.page_end + 1, range.to);

    cr_json_set_string (answer, "nextLink", link);
  }
  cgs_answer (call, answer);
}
