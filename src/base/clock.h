/* SPDX-License-Identifier: MIT
 * Time: UTC everywhere; days as YYYY-MM-DD.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gint64 cr_now_ms (void);              /* wall clock, milliseconds since 1970 */
gint64 cr_now_seconds (void);         /* wall clock, seconds since 1970 */
char *cr_iso8601 (gint64 ms);         /* 2026-01-31T12:00:00.123Z; gives */
char *cr_iso8601_seconds (gint64 ms); /* 2026-01-31T12:00:00Z; gives */
char *cr_http_date (gint64 ms);       /* Thu, 01 Jan 2026 00:00:00 GMT, in every locale; gives */
char *cr_clock_text (gint64 ms);      /* HH:MM:SS local time; gives */

/* A calendar day. TEXT must be exactly YYYY-MM-DD and exist ("2025-02-30" is refused). */
GDate *cr_day_parse (const char *text, GError **error); /* gives; g_date_free */
char *cr_day_text (const GDate *day);                   /* gives */
char *cr_today (void);                                  /* UTC; gives */

/* Both ends given, or neither (both NULL or ""); FROM <= TO. CR_ERROR_INPUT otherwise. */
gboolean cr_day_range_check (const char *from, const char *to, GError **error);

G_END_DECLS
