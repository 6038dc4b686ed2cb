/* SPDX-License-Identifier: MIT
 * What can be said about a query before it is sent (document.h).
 */
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "query/document.h"

#include <inttypes.h>
#include <string.h>

#define SEGMENTS_MAX 1000u
#define TEXT_MAX (256u * 1024)

/* The end of a quoted text, identifier or comment that starts at TEXT; TEXT itself when none starts there. */
static const char *
skip_quoted (const char *text)
{
  if (*text == '\'' || *text == '"' || *text == '`') {
    char quote = *text;
    const char *c = text + 1;
    while (*c != '\0' && *c != quote)
      c += *c == '\\' && quote != '`' && c[1] != '\0' ? 2 : 1;
    return *c != '\0' ? c + 1 : c;
  }
  if (text[0] == '-' && text[1] == '-')
    return text + strcspn (text, "\n");
  if (text[0] == '/' && text[1] == '*') {
    const char *end = strstr (text + 2, "*/");
    return end != NULL ? end + 2 : text + strlen (text);
  }
  return text;
}

guint
query_count_statements (const char *text)
{
  guint statements = 0;
  gboolean inside = FALSE;
  for (const char *c = text; *c != '\0';) {
    const char *end = skip_quoted (c);
    if (end != c) {
      gboolean comment = *c == '-' || *c == '/';
      if (!comment && !inside) {
        inside = TRUE;
        statements++;
      }
      c = end;
      continue;
    }
    if (*c == ';')
      inside = FALSE;
    else if (!inside && !g_ascii_isspace (*c)) {
      inside = TRUE;
      statements++;
    }
    c++;
  }
  return statements;
}

/* Both texts are translated where they are written. */
static gboolean refuse (GError **error, const char *hint, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, const char *hint, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  cr_set_error (error, CR_ERROR_INPUT, hint, "%s", text);
  return FALSE;
}

/* The document id becomes a Kubernetes label and object name when the query runs on a cluster. */
static gboolean
check_name (const char *name, GError **error)
{
  gsize length = name != NULL ? strlen (name) : 0;
  if (length == 0 || length > 63)
    return refuse (error, _ ("Give a name of 1 to 63 characters."),
                   _ ("The query has no name, or one that is too long."));
  if (strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length || name[0] == '-'
      || name[length - 1] == '-')
    return refuse (error, _ ("Use lower-case letters, digits and inner hyphens."),
                   _ ("'%s' cannot be the name of a query."), name);
  return TRUE;
}

static gboolean
check_view (const char *view, GError **error)
{
  gboolean valid = view != NULL && (g_ascii_isalpha (*view) || *view == '_') && strlen (view) <= 128;
  for (const char *c = view; valid && *c != '\0'; c++)
    valid = g_ascii_isalnum (*c) || *c == '_';
  if (valid)
    return TRUE;
  return refuse (error, _ ("Use letters, digits and '_', beginning with a letter."),
                 _ ("'%s' cannot be the name of a view."), view != NULL ? view : "");
}

static gboolean
check_inputs (const QueryDocument *document, GError **error)
{
  if (document->inputs->len == 0)
    return refuse (error, _ ("Name at least one dataset as view:dataset."),
                   _ ("The query reads no dataset."));
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = document->inputs->pdata[i];
    if (!check_view (input->view, error))
      return FALSE;
    if (!cr_name_valid (input->dataset))
      return refuse (error, _ ("Give the id of a published dataset."), _ ("'%s' is not a dataset id."),
                     input->dataset);
    for (guint j = 0; j < i; j++) {
      const QueryInput *other = document->inputs->pdata[j];
      /* View names are compared without case by every engine. */
      if (g_ascii_strcasecmp (other->view, input->view) == 0)
        return refuse (error, _ ("Give every dataset its own view name."),
                       _ ("Two datasets are called '%s'."), input->view);
    }
  }
  if (document->output_dataset == NULL || !cr_name_valid (document->output_dataset))
    return refuse (error, _ ("Name the dataset that takes the answer."),
                   _ ("The query has no output dataset."));
  return check_view (document->output_view, error);
}

static gboolean
check_limits (const QuerySegment *segment, guint number, GError **error)
{
  for (guint i = 0; i < segment->pre_conditions->len; i++) {
    const QueryPreCondition *condition = segment->pre_conditions->pdata[i];
    if (!check_view (condition->view, error))
      return FALSE;
    if (condition->minimum < 0)
      return refuse (error, _ ("Give 0 or more rows."), _ ("Segment %u demands fewer than no rows of '%s'."),
                     number, condition->view);
  }
  for (guint i = 0; i < segment->post_filters->len; i++) {
    const QueryPostFilter *filter = segment->post_filters->pdata[i];
    if (filter->column == NULL || *filter->column == '\0')
      return refuse (error, _ ("Name the column."), _ ("A post-filter of segment %u names no column."),
                     number);
  }
  return TRUE;
}

static gboolean
check_segment (const QueryDocument *document, guint index, GError **error)
{
  const QuerySegment *segment = document->segments->pdata[index];
  guint number = index + 1;
  if (segment->sequence < 1 || segment->sequence > G_MAXINT32)
    return refuse (error, _ ("Count the steps from 1."),
                   _ ("The sequence number of segment %u is %" PRId64 "."), number, segment->sequence);
  if (segment->text == NULL || !g_utf8_validate (segment->text, -1, NULL)
      || strlen (segment->text) > TEXT_MAX)
    return refuse (error, _ ("Shorten it, or save it as UTF-8."),
                   _ ("Segment %u is too long or not UTF-8 text."), number);
  guint statements = query_count_statements (segment->text);
  if (statements == 0)
    return refuse (error, _ ("Write one SQL statement."), _ ("Segment %u is empty."), number);
  if (statements > 1)
    return refuse (error, _ ("Make one segment per statement, numbered in their order."),
                   _ ("Segment %u has %u statements; only one is run."), number, statements);
  for (guint i = 0; i < index; i++) {
    const QuerySegment *other = document->segments->pdata[i];
    if (strcmp (other->text, segment->text) == 0)
      return refuse (error, _ ("Remove one of them, or change its text."),
                     _ ("Segments %u and %u have the same text."), i + 1, number);
  }
  return check_limits (segment, number, error);
}

static gboolean
check_last (const QueryDocument *document, GError **error)
{
  gint64 highest = 0;
  guint holders = 0;
  for (guint i = 0; i < document->segments->len; i++) {
    const QuerySegment *segment = document->segments->pdata[i];
    holders = segment->sequence > highest ? 1 : holders + (segment->sequence == highest);
    highest = MAX (highest, segment->sequence);
  }
  if (holders == 1)
    return TRUE;
  return refuse (error, _ ("Give the segment whose rows are the answer the highest number, alone."),
                 _ ("There should be just 1 last segment but there are %u."), holders);
}

gboolean
query_document_check (const QueryDocument *document, GError **error)
{
  if (!check_name (document->name, error) || !check_inputs (document, error))
    return FALSE;
  if (document->segments->len == 0 || document->segments->len > SEGMENTS_MAX)
    return refuse (error, _ ("Give 1 to 1000 segments."), _ ("The query has %u segments."),
                   document->segments->len);
  for (guint i = 0; i < document->segments->len; i++)
    if (!check_segment (document, i, error))
      return FALSE;
  return check_last (document, error);
}
