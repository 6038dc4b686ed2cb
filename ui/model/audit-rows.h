/* SPDX-License-Identifier: MIT
 * The events of the audit model in pages that snapshots share.
 */
#pragma once

#include "ui/model/audit.h"
#include "ui/model/model-private.h"

G_BEGIN_DECLS

/* An event; the texts are copied and made safe. ID, SCOPE and SOURCE are shared with equal ones. Gives. */
UiAuditEvent *ui_audit_event_new (gint64 seqno, gint64 at_ms, const char *id, const char *scope,
                                  const char *source, const char *text, const char *data);
UiAuditEvent *ui_audit_event_ref (UiAuditEvent *event);
void ui_audit_event_unref (UiAuditEvent *event);

/* Immutable once it is in a value. OLD (may be NULL) is shared, ADDED (UiAuditEvent*, references are taken)
 * comes after it; FILTER NULL or "" = all. A filter that is wrong gives *PROBLEM (given) and the filter of
 * OLD stays. *DROPPED counts the oldest that had to go. Gives. */
UiAuditRows *ui_audit_rows_new (const UiAuditRows *old, GPtrArray *added, const char *filter, char **problem,
                                guint64 *dropped);
void ui_audit_rows_unref (UiAuditRows *rows);
guint64 ui_audit_rows_total (const UiAuditRows *rows);
guint64 ui_audit_rows_count (const UiAuditRows *rows);
const UiAuditEvent *ui_audit_rows_event (const UiAuditRows *rows, guint64 index);
/* Ledger position up to which everything was read. */
gint64 ui_audit_rows_upto (const UiAuditRows *rows);
void ui_audit_rows_set_upto (UiAuditRows *rows, gint64 seqno);

G_END_DECLS
