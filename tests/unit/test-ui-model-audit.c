/* SPDX-License-Identifier: MIT
 * The audit model without a ledger: grammar of the filter, shared pages, many rows.
 */
#include "ui/model/audit-rows.h"

#include "base/error.h"

#include <string.h>

#define NOW G_GINT64_CONSTANT (1764500000000)

static gboolean
matches (const char *filter, const UiAuditEvent *event)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UiAuditFilter) parsed = ui_audit_filter_parse (filter, NOW, &error);
  g_assert_no_error (error);
  return ui_audit_filter_match (parsed, event);
}

static void
test_words (void)
{
  UiAuditEvent *event = ui_audit_event_new (120, NOW - 60000, "contract-1", "runs", "northwind-agent",
                                            "Started the query Q1 for woodgrove", "{\"rows\":12}");
  g_assert_true (matches ("", event));
  g_assert_true (matches ("   ", event));
  g_assert_true (matches ("started", event));
  g_assert_true (matches ("STARTED q1", event));
  g_assert_false (matches ("started q2", event));
  g_assert_true (matches ("\"the query\"", event));
  g_assert_false (matches ("\"query the\"", event));
  g_assert_true (matches ("!failed", event));
  g_assert_false (matches ("-started", event));
  g_assert_true (matches ("rows", event));
  g_assert_true (matches ("persona:northwind", event));
  g_assert_true (matches ("persona:WOODGROVE", event));
  g_assert_false (matches ("persona:operator", event));
  g_assert_true (matches ("id:contract", event));
  g_assert_true (matches ("id:run", event));
  g_assert_false (matches ("id:ontract", event));
  g_assert_true (matches ("source:agent text:query", event));
  g_assert_false (matches ("source:query", event));
  g_assert_true (matches ("-persona:operator !id:x", event));
  /* Not typed to the end yet: no condition. */
  g_assert_true (matches ("persona:", event));
  ui_audit_event_unref (event);
}

static void
test_times (void)
{
  UiAuditEvent *event = ui_audit_event_new (120, NOW - 90 * 60000, "c", "", "", "x", NULL);
  g_assert_true (matches ("since:2h", event));
  g_assert_false (matches ("since:1h", event));
  g_assert_true (matches ("until:1h", event));
  g_assert_false (matches ("until:2h", event));
  g_assert_true (matches ("since:2025-01-01 until:2030-01-01T12:30", event));
  g_assert_false (matches ("since:2030-01-01", event));
  g_assert_true (matches ("since:7d -since:10m", event));
  g_assert_true (matches ("seq:120", event));
  g_assert_true (matches ("seq:100-200", event));
  g_assert_true (matches ("seq:-120 seq:120-", event));
  g_assert_false (matches ("seq:121-", event));
  ui_audit_event_unref (event);
}

static void
test_wrong (void)
{
  static const char *const wrong[] = { "persna:x", "since:soon", "until:99:99", "seq:a",
                                       "seq:3-b",  "since:5y",   "foo:bar" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (UiAuditFilter) parsed = ui_audit_filter_parse (wrong[i], NOW, &error);
    g_assert_null (parsed);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    g_assert_nonnull (cr_error_hint (error));
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (ui_audit_filter_parse ("persna:x", NOW, &error));
  g_assert_nonnull (strstr (cr_error_hint (error), "persona"));
  /* In quotes it is text. */
  UiAuditEvent *event = ui_audit_event_new (1, 0, "", "", "", "see http://x", NULL);
  g_assert_true (matches ("\"http://x\"", event));
  ui_audit_event_unref (event);
}

static void
test_wide (void)
{
  UiAuditEvent *event = ui_audit_event_new (1, 0, "", "", "Ärzte", "\x1b[31mrot\x1b[0m \xff\xe2\x80\xae",
                                            NULL);
  g_assert_true (matches ("source:ÄRZTE", event));
  g_assert_null (strchr (event->text, '\x1b'));
  g_assert_true (g_utf8_validate (event->text, -1, NULL));
  g_autofree char *detail = ui_audit_detail (event);
  g_assert_null (strchr (detail, '\x1b'));
  g_assert_nonnull (strstr (detail, "\"seqno\": 1"));
  ui_audit_event_unref (event);
}

static GPtrArray *
some (gint64 from, guint count)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) ui_audit_event_unref);
  for (guint i = 0; i < count; i++) {
    g_autofree char *text = g_strdup_printf ("event %" G_GINT64_FORMAT " %s", from + i,
                                             i % 10 == 0 ? "failed" : "ok");
    g_ptr_array_add (list, ui_audit_event_new (from + i, NOW, "contract", "", "agent", text, NULL));
  }
  return list;
}

static void
test_rows (void)
{
  char *problem = NULL;
  guint64 dropped = 0;
  g_autoptr (GPtrArray) first = some (1, 1000), second = some (1001, 700);
  UiAuditRows *one = ui_audit_rows_new (NULL, first, NULL, &problem, &dropped);
  UiAuditRows *two = ui_audit_rows_new (one, second, "failed", &problem, &dropped);
  g_assert_null (problem);
  /* The older snapshot is as it was. */
  g_assert_cmpuint (ui_audit_rows_total (one), ==, 1000);
  g_assert_cmpuint (ui_audit_rows_count (one), ==, 1000);
  g_assert_null (ui_audit_rows_event (one, 1000));
  g_assert_cmpuint (ui_audit_rows_total (two), ==, 1700);
  g_assert_cmpuint (ui_audit_rows_count (two), ==, 170);
  g_assert_cmpint (ui_audit_rows_event (two, 100)->seqno, ==, 1001);
  /* A wrong filter leaves the one before. */
  g_autoptr (GPtrArray) third = some (1701, 10);
  UiAuditRows *three = ui_audit_rows_new (two, third, "nonsense:x", &problem, &dropped);
  g_assert_nonnull (problem);
  g_free (problem);
  problem = NULL;
  g_assert_cmpuint (ui_audit_rows_count (three), ==, 171);
  ui_audit_rows_unref (one);
  g_assert_cmpint (ui_audit_rows_event (three, 0)->seqno, ==, 1);
  UiAudit view = { .rows = three, .count = ui_audit_rows_count (three) };
  g_assert_cmpuint (ui_audit_find (&view, 1001), ==, 100);
  g_assert_true (ui_audit_find (&view, 1002) == G_MAXUINT64);
  ui_audit_rows_unref (two);
  ui_audit_rows_unref (three);
}

/* More than are kept: the oldest go, what is there stays right. */
static void
test_many (void)
{
  char *problem = NULL;
  guint64 dropped = 0, lost = 0;
  UiAuditRows *rows = NULL;
  for (guint round = 0; round < 11; round++) {
    g_autoptr (GPtrArray) more = some (1 + round * 20000, 20000);
    UiAuditRows *next = ui_audit_rows_new (rows, more, "failed", &problem, &dropped);
    lost += dropped;
    ui_audit_rows_unref (rows);
    rows = next;
  }
  g_assert_cmpuint (lost, >, 0);
  g_assert_cmpuint (ui_audit_rows_total (rows), ==, 220000 - lost);
  g_assert_cmpuint (ui_audit_rows_total (rows), <=, UI_AUDIT_MAX + 512);
  for (guint64 i = 0; i < ui_audit_rows_count (rows); i++)
    g_assert_nonnull (strstr (ui_audit_rows_event (rows, i)->text, "failed"));
  g_assert_cmpint (ui_audit_rows_event (rows, ui_audit_rows_count (rows) - 1)->seqno, ==, 219991);
  ui_audit_rows_unref (rows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui-audit/words", test_words);
  g_test_add_func ("/ui-audit/times", test_times);
  g_test_add_func ("/ui-audit/wrong", test_wrong);
  g_test_add_func ("/ui-audit/wide", test_wide);
  g_test_add_func ("/ui-audit/rows", test_rows);
  g_test_add_func ("/ui-audit/many", test_many);
  return g_test_run ();
}
