/* SPDX-License-Identifier: MIT
 * The events of the audit model in pages that snapshots share (audit-rows.h).
 */
#include "ui/model/audit-rows.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define PAGE 512u

struct UiAuditRows {
  gatomicrefcount references;
  GPtrArray *pages; /* GPtrArray of UiAuditEvent; all but the last hold PAGE of them */
  guint64 total;
  char *filter;   /* the one that is applied; "" = all */
  guint32 *index; /* positions that it lets through; NULL = all */
  guint64 count;
  gint64 upto;
};

static void
event_clear (gpointer data)
{
  UiAuditEvent *event = data;
  g_ref_string_release (event->id);
  g_ref_string_release (event->scope);
  g_ref_string_release (event->source);
  g_free (event->text);
  g_free (event->data);
}

static char *
shared (const char *text)
{
  g_autofree char *safe = cr_text_safe (text);
  return g_ref_string_new_intern (safe);
}

UiAuditEvent *
ui_audit_event_new (gint64 seqno, gint64 at_ms, const char *id, const char *scope, const char *source,
                    const char *text, const char *data)
{
  UiAuditEvent *event = g_atomic_rc_box_new0 (UiAuditEvent);
  event->seqno = seqno;
  event->at_ms = at_ms;
  event->id = shared (id);
  event->scope = shared (scope);
  event->source = shared (source);
  event->text = cr_text_safe (text);
  event->data = data != NULL ? cr_text_safe (data) : NULL;
  return event;
}

UiAuditEvent *
ui_audit_event_ref (UiAuditEvent *event)
{
  return g_atomic_rc_box_acquire (event);
}

void
ui_audit_event_unref (UiAuditEvent *event)
{
  g_atomic_rc_box_release_full (event, event_clear);
}

char *
ui_audit_detail (const UiAuditEvent *event)
{
  g_autoptr (json_t) object = json_object ();
  cr_json_set_int (object, "seqno", event->seqno);
  g_autofree char *time = event->at_ms > 0 ? cr_iso8601 (event->at_ms) : NULL;
  cr_json_set_string (object, "time", time);
  cr_json_set_string (object, "id", event->id);
  cr_json_set_string (object, "scope", event->scope);
  cr_json_set_string (object, "source", event->source);
  cr_json_set_string (object, "message", event->text);
  json_t *data = event->data != NULL ? cr_json_parse (event->data, strlen (event->data), "data", NULL) : NULL;
  if (data != NULL)
    cr_json_set (object, "data", data);
  else
    cr_json_set_string (object, "data", event->data);
  g_autofree char *text = cr_json_dump_pretty (object);
  return cr_text_safe_lines (text);
}

/* ---- rows ---- */

void
ui_audit_rows_unref (UiAuditRows *rows)
{
  if (rows == NULL || !g_atomic_ref_count_dec (&rows->references))
    return;
  g_ptr_array_unref (rows->pages);
  g_free (rows->filter);
  g_free (rows->index);
  g_free (rows);
}

static GPtrArray *
page_new (void)
{
  return g_ptr_array_new_full (PAGE, (GDestroyNotify) ui_audit_event_unref);
}

static gpointer
copy_event (gconstpointer event, gpointer data)
{
  (void) data;
  union {
    gconstpointer fixed;
    UiAuditEvent *counted;
  } at = { .fixed = event };
  return ui_audit_event_ref (at.counted);
}

/* The pages of OLD, shared; the last one, when it is not full, as a copy that may grow. */
static GPtrArray *
share_pages (const UiAuditRows *old)
{
  GPtrArray *pages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; old != NULL && i < old->pages->len; i++) {
    GPtrArray *page = g_ptr_array_index (old->pages, i);
    if (page->len == PAGE) {
      g_ptr_array_add (pages, g_ptr_array_ref (page));
      continue;
    }
    GPtrArray *copy = page_new ();
    for (guint k = 0; k < page->len; k++)
      g_ptr_array_add (copy, copy_event (g_ptr_array_index (page, k), NULL));
    g_ptr_array_add (pages, copy);
  }
  return pages;
}

static void
append (UiAuditRows *rows, GPtrArray *added)
{
  for (guint i = 0; added != NULL && i < added->len; i++) {
    GPtrArray *last = rows->pages->len > 0 ? g_ptr_array_index (rows->pages, rows->pages->len - 1) : NULL;
    if (last == NULL || last->len == PAGE) {
      last = page_new ();
      g_ptr_array_add (rows->pages, last);
    }
    g_ptr_array_add (last, ui_audit_event_ref (g_ptr_array_index (added, i)));
    rows->total++;
  }
}

/* Whole pages at the beginning go; how many events that were. */
static guint64
drop_oldest (UiAuditRows *rows)
{
  guint64 dropped = 0;
  while (rows->total > UI_AUDIT_MAX + PAGE && rows->pages->len > 1) {
    g_ptr_array_remove_index (rows->pages, 0);
    rows->total -= PAGE;
    dropped += PAGE;
  }
  return dropped;
}

static const UiAuditEvent *
event_at (const UiAuditRows *rows, guint64 position)
{
  const GPtrArray *page = g_ptr_array_index (rows->pages, (guint) (position / PAGE));
  return g_ptr_array_index (page, (guint) (position % PAGE));
}

/* Positions below FROM are taken over from OLD, those at and after it are tried. */
static void
apply (UiAuditRows *rows, const UiAuditFilter *filter, const UiAuditRows *old, guint64 from, guint64 dropped)
{
  rows->index = g_new (guint32, rows->total + 1);
  for (guint64 i = 0; from > 0 && i < old->count; i++)
    if (old->index[i] >= dropped)
      rows->index[rows->count++] = old->index[i] - (guint32) dropped;
  for (guint64 position = from > dropped ? from - dropped : 0; position < rows->total; position++)
    if (ui_audit_filter_match (filter, event_at (rows, position)))
      rows->index[rows->count++] = (guint32) position;
}

UiAuditRows *
ui_audit_rows_new (const UiAuditRows *old, GPtrArray *added, const char *filter, char **problem,
                   guint64 *dropped)
{
  UiAuditRows *rows = g_new0 (UiAuditRows, 1);
  g_atomic_ref_count_init (&rows->references);
  rows->pages = share_pages (old);
  rows->total = old != NULL ? old->total : 0;
  rows->upto = old != NULL ? old->upto : 0;
  append (rows, added);
  *dropped = drop_oldest (rows);
  const char *applied = old != NULL ? old->filter : "";
  g_autoptr (GError) wrong = NULL;
  g_autoptr (UiAuditFilter) parsed = ui_audit_filter_parse (filter, cr_now_ms (), &wrong);
  *problem = wrong != NULL ? g_strdup (wrong->message) : NULL;
  if (parsed == NULL)
    parsed = ui_audit_filter_parse (applied, cr_now_ms (), NULL);
  else
    applied = filter != NULL ? filter : "";
  rows->filter = g_strdup (applied);
  if (*applied == '\0' || parsed == NULL) {
    rows->count = rows->total;
    return rows;
  }
  gboolean same = old != NULL && strcmp (old->filter, applied) == 0 && old->index != NULL;
  apply (rows, parsed, old, same ? old->total : 0, *dropped);
  return rows;
}

guint64
ui_audit_rows_total (const UiAuditRows *rows)
{
  return rows != NULL ? rows->total : 0;
}

guint64
ui_audit_rows_count (const UiAuditRows *rows)
{
  return rows != NULL ? rows->count : 0;
}

const UiAuditEvent *
ui_audit_rows_event (const UiAuditRows *rows, guint64 index)
{
  if (rows == NULL || index >= rows->count)
    return NULL;
  return event_at (rows, rows->index != NULL ? rows->index[index] : index);
}

gint64
ui_audit_rows_upto (const UiAuditRows *rows)
{
  return rows != NULL ? rows->upto : 0;
}

void
ui_audit_rows_set_upto (UiAuditRows *rows, gint64 seqno)
{
  rows->upto = seqno;
}

const UiAuditEvent *
ui_audit_event (const UiAudit *audit, guint64 index)
{
  return ui_audit_rows_event (audit->rows, index);
}

guint64
ui_audit_find (const UiAudit *audit, gint64 seqno)
{
  guint64 low = 0, high = audit->count;
  while (low < high) {
    guint64 middle = low + (high - low) / 2;
    if (ui_audit_event (audit, middle)->seqno < seqno)
      low = middle + 1;
    else
      high = middle;
  }
  return low < audit->count && ui_audit_event (audit, low)->seqno == seqno ? low : G_MAXUINT64;
}
