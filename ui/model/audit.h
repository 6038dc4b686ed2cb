/* SPDX-License-Identifier: MIT
 * The audit events of a contract: oldest first, at most UI_AUDIT_MAX kept (the oldest go), filtered on a job
 * thread. A new snapshot shares its events with the one before, so that it costs little.
 *
 * Filter: terms separated by spaces, all must hold; a term is a word (anywhere in the event, letter case does
 * not count), "quoted words", or name:value with the names
 *   persona:NAME  source or text names that persona        id:TEXT      event id or scope starts with TEXT
 *   since:WHEN    at or after                              until:WHEN   before
 *   seq:N, seq:N-M ledger positions                        source:TEXT, text:TEXT
 * and a leading ! or - turns a term round. WHEN is 10m, 2h, 3d (ago), today, yesterday, 2025-09-01,
 * 2025-09-01T12:00, or 12:30 (today). Times are local.
 */
#pragma once

#include "ui/model/value.h"

G_BEGIN_DECLS

#define UI_AUDIT_MAX 200000u

/* The texts of an event are shared where they repeat. */
typedef struct {
  gint64 seqno;
  gint64 at_ms; /* 0 = the event has no time */
  char *id, *scope;
  char *source; /* who reports, "" when it does not say */
  char *text;   /* one line */
  char *data;   /* the rest of it as compact JSON, or NULL; see ui_audit_detail */
} UiAuditEvent;

/* The whole event as JSON lines. Give it to g_free. */
char *ui_audit_detail (const UiAuditEvent *event);

typedef struct UiAuditRows UiAuditRows;

typedef struct {
  UiValue base;
  char *contract;
  char *filter;         /* as set */
  char *filter_problem; /* why the filter is wrong (the last good one is applied), or NULL */
  guint64 total;        /* events kept */
  guint64 dropped;      /* oldest ones that were dropped because there are more than UI_AUDIT_MAX */
  guint64 count;        /* events that the filter lets through */
  gboolean tail;        /* new ones are being watched for */
  gint64 last_seqno;
  const UiAuditRows *rows; /* see ui_audit_event */
} UiAudit;

/* The INDEXth event that the filter lets through, 0 = oldest, < count. Borrowed from AUDIT. */
const UiAuditEvent *ui_audit_event (const UiAudit *audit, guint64 index);
/* Where the event SEQNO stands among them; G_MAXUINT64 when it is not there. */
guint64 ui_audit_find (const UiAudit *audit, gint64 seqno);

/* A parsed filter, for tests and for pure use. */
typedef struct UiAuditFilter UiAuditFilter;
/* NOW_MS for the relative times. NULL and CR_ERROR_INPUT in words; "did you mean" for unknown names.
 * Gives. */
UiAuditFilter *ui_audit_filter_parse (const char *text, gint64 now_ms, GError **error);
gboolean ui_audit_filter_match (const UiAuditFilter *filter, const UiAuditEvent *event);
void ui_audit_filter_free (UiAuditFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiAuditFilter, ui_audit_filter_free)

G_END_DECLS
