/* SPDX-License-Identifier: MIT
 * Reading the audit events of the contract, piece by piece, and filtering them while somebody types.
 */
#include "ui/model/audit-rows.h"
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "cgs/cgs.h"

#include <inttypes.h>
#include <string.h>

/* Ledger positions that one reading covers; more follow at once, so that the first rows come early. */
#define STRIDE 20000

static gint64
time_of (const json_t *event)
{
  const char *text = cr_json_peek_string (event, "timestamp");
  return text != NULL ? MAX (g_ascii_strtoll (text, NULL, 10), 0) : 0;
}

/* What the event says besides source and message, or the whole of it when it has no message. Gives or
 * NULL. */
static char *
rest_of (const json_t *data, const char *message)
{
  if (data == NULL || json_is_null (data))
    return NULL;
  if (message == NULL)
    return cr_json_dump (data);
  g_autoptr (json_t) rest = json_deep_copy (data);
  json_object_del (rest, "source");
  json_object_del (rest, "message");
  return json_object_size (rest) > 0 ? cr_json_dump (rest) : NULL;
}

static UiAuditEvent *
event_of (const json_t *from)
{
  const json_t *data = json_object_get (from, "data");
  const char *message = cr_json_peek_string (data, "message"), *source = cr_json_peek_string (data, "source");
  g_autofree char *rest = rest_of (data, message);
  g_autofree char *plain = message == NULL && json_is_string (data) ? g_strdup (json_string_value (data))
                                                                    : NULL;
  const char *text = message != NULL ? message : plain != NULL ? plain : rest != NULL ? rest : "";
  return ui_audit_event_new (cr_json_peek_int (from, "seqno", 0), time_of (from),
                             cr_json_peek_string (from, "id"), cr_json_peek_string (from, "scope"), source,
                             text, rest);
}

/* The last position at which something was written; 0 = nothing yet, -1 = error. */
static gint64
last_position (UiReading *reading, CcfClient *client, const char *contract, GError **error)
{
  CgsEventQuery latest = { 0 };
  g_autoptr (json_t) events = cgs_events (reading->job, client, contract, &latest, error);
  if (events == NULL)
    return -1;
  size_t size = json_array_size (events);
  return size > 0 ? cr_json_peek_int (json_array_get (events, size - 1), "seqno", 0) : 0;
}

static GPtrArray *
read_range (UiReading *reading, CcfClient *client, const char *contract, gint64 from, gint64 to,
            GError **error)
{
  CgsEventQuery query = { .from_seqno = from, .to_seqno = to };
  g_autoptr (json_t) events = cgs_events (reading->job, client, contract, &query, error);
  if (events == NULL)
    return NULL;
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) ui_audit_event_unref);
  for (size_t i = 0; i < json_array_size (events); i++) {
    const json_t *event = json_array_get (events, i);
    if (cr_json_peek_int (event, "seqno", 0) >= from)
      g_ptr_array_add (list, event_of (event));
  }
  return list;
}

static void
fill (UiAudit *it, UiAuditRows *rows, const char *filter, char *problem, guint64 dropped)
{
  UiArena *arena = ui_value_arena (it);
  ui_arena_own (arena, rows, (GDestroyNotify) ui_audit_rows_unref);
  it->rows = rows;
  it->filter = ui_text_or_empty (arena, filter);
  it->filter_problem = ui_text (arena, problem);
  it->total = ui_audit_rows_total (rows);
  it->count = ui_audit_rows_count (rows);
  it->dropped = dropped;
  it->last_seqno = ui_audit_rows_upto (rows);
  g_free (problem);
}

gboolean
ui_read_audit (UiReading *reading, GError **error)
{
  UiAudit *it = reading->value;
  const UiAudit *old = reading->old;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autofree char *contract = client != NULL ? ui_reading_contract (reading, error) : NULL;
  gint64 last = contract != NULL ? last_position (reading, client, contract, error) : -1;
  if (last < 0)
    return FALSE;
  gboolean same = old != NULL && strcmp (old->contract, contract) == 0;
  const UiAuditRows *before = same ? old->rows : NULL;
  gint64 from = ui_audit_rows_upto (before) + 1, to = MIN (from + STRIDE - 1, last);
  g_autoptr (GPtrArray) added = from <= last ? read_range (reading, client, contract, from, to, error) : NULL;
  if (from <= last && added == NULL)
    return FALSE;
  char *problem = NULL;
  guint64 dropped = 0;
  UiAuditRows *rows = ui_audit_rows_new (before, added, reading->filter, &problem, &dropped);
  ui_audit_rows_set_upto (rows, MAX (to, from - 1));
  it->contract = ui_text (reading->arena, contract);
  fill (it, rows, reading->filter, problem, (same ? old->dropped : 0) + dropped);
  reading->more = to < last;
  g_autofree char *mark = g_strdup_printf ("%s %" PRId64 " %s %" PRIu64, contract, it->last_seqno, it->filter,
                                           it->total);
  ui_reading_saw_text (reading, mark);
  return TRUE;
}

/* ---- the filter ---- */

typedef struct {
  UiAudit *old; /* a reference */
  char *filter;
  UiAudit *made;
} Refilter;

static void
refilter_free (gpointer data)
{
  Refilter *it = data;
  ui_value_unref (it->old);
  ui_value_unref (it->made);
  g_free (it->filter);
  g_free (it);
}

static void
refilter_run (UiJob *job, gpointer input, GError **error)
{
  (void) job, (void) error;
  Refilter *it = input;
  char *problem = NULL;
  guint64 dropped = 0;
  UiAuditRows *rows = ui_audit_rows_new (it->old->rows, NULL, it->filter, &problem, &dropped);
  it->made = ui_audit_new ();
  it->made->base = it->old->base;
  it->made->contract = ui_text (ui_value_arena (it->made), it->old->contract);
  it->made->tail = it->old->tail;
  fill (it->made, rows, it->filter, problem, it->old->dropped + dropped);
}

static void
refilter_gone (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  (void) error;
  Refilter *it = input;
  session->filter_job = NULL;
  UiPerson *person = ui_person (session, ui_job_persona (job));
  const UiAudit *now = ui_slot_value (session, person, UI_MODEL_AUDIT);
  gboolean fresh = now->rows == it->old->rows;
  if (fresh && g_strcmp0 (it->filter, session->audit_filter) == 0) {
    /* The problem of a failed reading lives in the value that goes. */
    gboolean failed = now->base.problem != NULL;
    g_autoptr (GError) problem = failed ? ui_problem_error (now->base.problem) : NULL;
    it->made->base.problem = NULL;
    it->made->tail = !session->audit_hold;
    UiAudit *made = g_steal_pointer (&it->made);
    if (failed) {
      UiAudit *copy = ui_value_with (made, UI_MODEL_FAILED, FALSE, problem);
      ui_value_unref (made);
      made = copy;
    }
    person->slots[UI_MODEL_AUDIT].seen = 0;
    ui_publish (session, person, UI_MODEL_AUDIT, made, TRUE);
    return;
  }
  ui_audit_refilter (session);
}

void
ui_audit_refilter (UiSession *session)
{
  if (session->filter_job != NULL)
    return;
  UiPerson *person = ui_current (session);
  Refilter *it = g_new0 (Refilter, 1);
  it->old = ui_value_ref (ui_slot_value (session, person, UI_MODEL_AUDIT));
  it->filter = g_strdup (session->audit_filter);
  UiJobPlan plan = { .persona = person->name,
                     .why = "",
                     .run = refilter_run,
                     .gone = refilter_gone,
                     .input = it,
                     .free_input = refilter_free };
  session->filter_job = ui_job_start (session, &plan);
}

void
ui_session_set_audit_filter (UiSession *session, const char *filter)
{
  const char *wanted = filter != NULL ? filter : "";
  if (g_strcmp0 (session->audit_filter != NULL ? session->audit_filter : "", wanted) == 0)
    return;
  g_free (session->audit_filter);
  session->audit_filter = g_strdup (wanted);
  ui_audit_refilter (session);
}

void
ui_session_set_audit_tail (UiSession *session, gboolean tail)
{
  session->audit_hold = !tail;
  UiPerson *person = ui_current (session);
  const UiAudit *old = ui_slot_value (session, person, UI_MODEL_AUDIT);
  UiAudit *copy = ui_value_with (old, old->base.status, old->base.refreshing, NULL);
  copy->tail = tail;
  if (old->base.problem == NULL)
    ui_publish (session, person, UI_MODEL_AUDIT, copy, TRUE);
  else
    ui_value_unref (copy);
  if (tail && session->shown[UI_MODEL_AUDIT] > 0)
    ui_slot_read (session, person, UI_MODEL_AUDIT, FALSE);
  else
    ui_slot_arm (session, person, UI_MODEL_AUDIT);
}
