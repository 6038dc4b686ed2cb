/* SPDX-License-Identifier: MIT
 * The filter of audit events (audit.h says how it is written).
 */
#include "ui/model/audit.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

typedef enum {
  TERM_ANY,
  TERM_PERSONA,
  TERM_ID,
  TERM_SINCE,
  TERM_UNTIL,
  TERM_SEQ,
  TERM_SOURCE,
  TERM_TEXT
} TermKind;

static const char *const names[] = { "persona", "id", "since", "until", "seq", "source", "text", NULL };
static const TermKind kinds[] = { TERM_PERSONA, TERM_ID,     TERM_SINCE, TERM_UNTIL,
                                  TERM_SEQ,     TERM_SOURCE, TERM_TEXT };

typedef struct {
  TermKind kind;
  gboolean negated;
  char *text;      /* what is looked for */
  char *folded;    /* the same for comparing beyond ASCII, or NULL */
  gint64 from, to; /* times or positions */
} Term;

struct UiAuditFilter {
  GPtrArray *terms;
};

static void
term_free (gpointer data)
{
  Term *term = data;
  g_free (term->text);
  g_free (term->folded);
  g_free (term);
}

void
ui_audit_filter_free (UiAuditFilter *filter)
{
  if (filter == NULL)
    return;
  g_ptr_array_unref (filter->terms);
  g_free (filter);
}

/* ---- times ---- */

static gint64
to_ms (GDateTime *time)
{
  return g_date_time_to_unix (time) * 1000;
}

/* "10m", "2h": that long ago. */
static gboolean
ago (const char *text, gint64 now_ms, gint64 *at)
{
  static const struct {
    char unit;
    gint64 ms;
  } units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 }, { 'w', 604800000 } };
  char *end = NULL;
  guint64 count = g_ascii_strtoull (text, &end, 10);
  if (end == text || !g_ascii_isdigit (*text) || count > 100000 || *end == '\0' || end[1] != '\0')
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (units[i].unit == *end) {
      *at = now_ms - (gint64) count * units[i].ms;
      return TRUE;
    }
  return FALSE;
}

static gboolean
on_day (const char *text, gint64 now_ms, gint64 *at)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_ms / 1000);
  if (strcmp (text, "now") == 0) {
    *at = now_ms;
    return TRUE;
  }
  int hour = 0, minute = 0, used = 0;
  g_autoptr (GDateTime) time = NULL;
  int back = strcmp (text, "yesterday") == 0 ? 1 : 0;
  if (back == 1 || strcmp (text, "today") == 0) {
    g_autoptr (GDateTime) day = g_date_time_add_days (now, -back);
    time = g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                                  g_date_time_get_day_of_month (day), 0, 0, 0);
  } else if (sscanf (text, "%2d:%2d%n", &hour, &minute, &used) == 2 && text[used] == '\0' && hour < 24
             && minute < 60 && hour >= 0 && minute >= 0) {
    time = g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                                  g_date_time_get_day_of_month (now), hour, minute, 0);
  }
  if (time != NULL)
    *at = to_ms (time);
  return time != NULL;
}

/* 2025-09-01, 2025-09-01T12:00, 2025-09-01T12:00:30, with or without Z. */
static gboolean
on_date (const char *text, gint64 *at)
{
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();
  gsize length = strlen (text);
  g_autofree char *whole = length == 10   ? g_strconcat (text, "T00:00:00", NULL)
                           : length == 16 ? g_strconcat (text, ":00", NULL)
                                          : g_strdup (text);
  g_autoptr (GDateTime) time = length >= 10 && text[4] == '-' ? g_date_time_new_from_iso8601 (whole, here)
                                                              : NULL;
  if (time != NULL)
    *at = to_ms (time);
  return time != NULL;
}

static gboolean
parse_time (const char *text, gint64 now_ms, gint64 *at, GError **error)
{
  if (ago (text, now_ms, at) || on_day (text, now_ms, at) || on_date (text, at))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT,
                _ ("Write 10m, 2h or 3d (ago), today, yesterday, 12:30, 2025-09-01 or 2025-09-01T12:00."),
                _ ("\"%s\" is no time."), text);
  return FALSE;
}

static gboolean
parse_range (const char *text, gint64 *from, gint64 *to, GError **error)
{
  const char *dash = strchr (text, '-');
  char *end = NULL;
  *from = dash == text ? 0 : g_ascii_strtoll (text, &end, 10);
  gboolean ok = dash == text || (end != text && (*end == '\0' || end == dash));
  *to = *from;
  if (ok && dash != NULL) {
    *to = dash[1] == '\0' ? G_MAXINT64 : g_ascii_strtoll (dash + 1, &end, 10);
    ok = dash[1] == '\0' || (end != dash + 1 && *end == '\0');
  }
  if (!ok)
    cr_set_error (error, CR_ERROR_INPUT, _ ("Write seq:120, seq:100-200, seq:100- or seq:-200."),
                  _ ("\"%s\" is no ledger position."), text);
  return ok;
}

/* ---- terms ---- */

static gboolean
complete (Term *term, gint64 now_ms, GError **error)
{
  switch (term->kind) {
  case TERM_SINCE:
    term->to = G_MAXINT64;
    return parse_time (term->text, now_ms, &term->from, error);
  case TERM_UNTIL:
    return parse_time (term->text, now_ms, &term->to, error);
  case TERM_SEQ:
    return parse_range (term->text, &term->from, &term->to, error);
  case TERM_ANY:
  case TERM_PERSONA:
  case TERM_ID:
  case TERM_SOURCE:
  case TERM_TEXT:
    if (!g_str_is_ascii (term->text))
      term->folded = g_utf8_casefold (term->text, -1);
    return TRUE;
  }
  return TRUE;
}

/* WORD as it was typed; QUOTED: its beginning stood in quotes, so that it is no name. */
static gboolean
add_term (UiAuditFilter *filter, const char *word, gboolean negated, gboolean quoted, gint64 now_ms,
          GError **error)
{
  const char *colon = quoted ? NULL : strchr (word, ':');
  TermKind kind = TERM_ANY;
  if (colon != NULL && colon != word) {
    g_autofree char *name = g_ascii_strdown (word, colon - word);
    gboolean known = FALSE;
    for (guint i = 0; names[i] != NULL && !known; i++)
      if (strcmp (names[i], name) == 0) {
        kind = kinds[i];
        known = TRUE;
      }
    if (!known) {
      const char *near = cr_nearest (name, names);
      g_autofree char *hint = near != NULL ? g_strdup_printf (_ ("Did you mean %s: ?"), near)
                                           : g_strdup (_ ("Put the word in quotes to look for it as text."));
      cr_set_error (error, CR_ERROR_INPUT, hint, _ ("There is no term \"%s:\"."), name);
      return FALSE;
    }
    word = colon + 1;
  }
  /* Not typed to the end yet. */
  if (*word == '\0')
    return TRUE;
  Term *term = g_new0 (Term, 1);
  term->kind = kind;
  term->negated = negated;
  term->text = g_strdup (word);
  g_ptr_array_add (filter->terms, term);
  return complete (term, now_ms, error);
}

UiAuditFilter *
ui_audit_filter_parse (const char *text, gint64 now_ms, GError **error)
{
  g_autoptr (UiAuditFilter) filter = g_new0 (UiAuditFilter, 1);
  filter->terms = g_ptr_array_new_with_free_func (term_free);
  for (const char *at = text != NULL ? text : ""; *at != '\0';) {
    while (g_ascii_isspace (*at))
      at++;
    gboolean negated = (*at == '!' || *at == '-') && at[1] != '\0' && !g_ascii_isspace (at[1]);
    at += negated;
    gboolean quoted = *at == '"', open = FALSE;
    g_autoptr (GString) word = g_string_new (NULL);
    for (; *at != '\0' && (open || !g_ascii_isspace (*at)); at++) {
      if (*at == '"')
        open = !open;
      else
        g_string_append_c (word, *at);
    }
    if (word->len > 0 && !add_term (filter, word->str, negated, quoted, now_ms, error))
      return NULL;
  }
  return g_steal_pointer (&filter);
}

/* ---- matching ---- */

static gboolean
contains (const char *where, const Term *term)
{
  if (where == NULL)
    return FALSE;
  if (term->folded == NULL)
    return strcasestr (where, term->text) != NULL;
  g_autofree char *folded = g_utf8_casefold (where, -1);
  return strstr (folded, term->folded) != NULL;
}

static gboolean
holds (const Term *term, const UiAuditEvent *event)
{
  switch (term->kind) {
  case TERM_ANY:
    return contains (event->text, term) || contains (event->source, term) || contains (event->id, term)
           || contains (event->scope, term) || contains (event->data, term);
  case TERM_PERSONA:
    return contains (event->source, term) || contains (event->text, term) || contains (event->data, term);
  case TERM_ID:
    return g_ascii_strncasecmp (event->id, term->text, strlen (term->text)) == 0
           || g_ascii_strncasecmp (event->scope, term->text, strlen (term->text)) == 0;
  case TERM_SINCE:
    return event->at_ms >= term->from;
  case TERM_UNTIL:
    return event->at_ms < term->to;
  case TERM_SEQ:
    return event->seqno >= term->from && event->seqno <= term->to;
  case TERM_SOURCE:
    return contains (event->source, term);
  case TERM_TEXT:
    return contains (event->text, term);
  }
  return TRUE;
}

gboolean
ui_audit_filter_match (const UiAuditFilter *filter, const UiAuditEvent *event)
{
  for (guint i = 0; i < filter->terms->len; i++) {
    const Term *term = g_ptr_array_index (filter->terms, i);
    if (holds (term, event) == term->negated)
      return FALSE;
  }
  return TRUE;
}
