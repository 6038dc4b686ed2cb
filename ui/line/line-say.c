/* SPDX-License-Identifier: MIT
 * Lines on standard output: wrapped, made safe, nothing but text and line ends.
 */
#include "ui/line/line-private.h"

#include "base/text.h"
#include "base/translate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A prompt that has no line end yet gets one. */
static void
leave_prompt (Line *line)
{
  if (line->at_prompt)
    putchar ('\n');
  line->at_prompt = FALSE;
}

/* Cells of "- " or "12. " at the start: the rest of the paragraph stands below the text behind it. */
static int
marker_width (const char *text)
{
  gsize digits = strspn (text, "0123456789");
  if (g_str_has_prefix (text, "- "))
    return 2;
  return digits > 0 && g_str_has_prefix (text + digits, ". ") ? (int) digits + 2 : 0;
}

/* One line of text, wrapped. */
static void
put_wrapped (int width, int indent, const char *text)
{
  gsize blanks = strspn (text, " ");
  int start = indent + (int) blanks, used = start, hang = start + marker_width (text + blanks);
  gboolean first = TRUE;
  g_auto (GStrv) words = g_strsplit (text + blanks, " ", -1);
  printf ("%*s", start, "");
  for (char **word = words; *word != NULL; word++) {
    int cells = cr_text_width (*word);
    if (!first && used + 1 + cells > width) {
      printf ("\n%*s", hang, "");
      used = hang;
      first = TRUE;
      if (**word == '\0')
        continue;
    }
    if (!first)
      putchar (' ');
    used += (first ? 0 : 1) + cells;
    fputs (*word, stdout);
    first = FALSE;
  }
  putchar ('\n');
}

void
line_text (Line *line, int indent, const char *text)
{
  if (text == NULL)
    return;
  leave_prompt (line);
  g_autofree char *safe = cr_text_safe_lines (text);
  g_auto (GStrv) lines = g_strsplit (g_strdelimit (safe, "\t", ' '), "\n", -1);
  for (char **each = lines; *each != NULL; each++)
    if (each[1] != NULL || **each != '\0' || each == lines)
      put_wrapped (line->width, indent, *each);
  fflush (stdout);
}

void
line_say (Line *line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line_text (line, 0, text);
}

void
line_pair (Line *line, const char *label, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  if (strchr (text, '\n') != NULL) {
    line_say (line, "%s:", label);
    line_text (line, 2, text);
  } else
    line_say (line, "%s: %s", label, text);
}

void
line_item (Line *line, const char *text)
{
  g_autofree char *item = g_strconcat ("- ", text, NULL);
  line_text (line, 2, item);
}

void
line_heading (Line *line, const char *text)
{
  line_gap (line);
  line_say (line, "%s:", text);
}

void
line_gap (Line *line)
{
  leave_prompt (line);
  putchar ('\n');
}

void
line_pairs (Line *line, GPtrArray *pairs)
{
  for (guint i = 0; i < pairs->len; i++) {
    const UiPair *pair = g_ptr_array_index (pairs, i);
    line_pair (line, pair->name, pair->text);
  }
}

void
line_texts (Line *line, GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++)
    line_item (line, g_ptr_array_index (texts, i));
}

void
line_problem (Line *line, const UiProblem *problem)
{
  if (problem == NULL)
    return;
  line_pair (line, _ ("What happened"), problem->what);
  line_pair (line, _ ("Why"), problem->why);
  line_pair (line, _ ("What to do"), problem->next);
  if (problem->remote_code != NULL && problem->http_status > 0)
    line_say (line, _ ("Answer: %s (%u)"), problem->remote_code, problem->http_status);
  line_pair (line, _ ("Correlation"), problem->correlation_id);
}

static char *
joined (GPtrArray *cells)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < cells->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", (const char *) g_ptr_array_index (cells, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
line_table (Line *line, GPtrArray *columns, GPtrArray *rows, guint64 first, guint64 shown, guint64 count)
{
  g_autofree char *names = joined (columns);
  line_say (line, _ ("Columns: %s"), names);
  guint64 last = MIN (first + shown, rows->len);
  for (guint64 i = first; i < last; i++) {
    g_autofree char *row = joined (g_ptr_array_index (rows, i));
    line_text (line, 2, row);
  }
  if (first == 0 && last == count)
    line_say (line, _ ("Rows: %" PRIu64), count);
  else
    line_say (line, _ ("Rows %" PRIu64 " to %" PRIu64 " of %" PRIu64), MIN (first + 1, last), last, count);
}

void
line_prompt (Line *line, const char *text)
{
  g_autofree char *safe = cr_text_safe (text);
  leave_prompt (line);
  fputs (safe, stdout);
  if (line_input_is_terminal (line->input)) {
    putchar (' ');
    line->at_prompt = TRUE;
  } else
    putchar ('\n');
  fflush (stdout);
}

char *
line_time (gint64 ms)
{
  if (ms <= 0)
    return g_strdup ("");
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (ms / 1000);
  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

gboolean
line_ready (Line *line, const UiValue *value)
{
  if (value->status == UI_MODEL_LOADING)
    line_say (line, "%s", _ ("It is still being read."));
  else if (value->status == UI_MODEL_FAILED) {
    line_say (line, "%s", _ ("It could not be read."));
    line_problem (line, value->problem);
    if (value->read_ms > 0)
      line_say (line, "%s", _ ("What was read before:"));
  }
  return value->status == UI_MODEL_READY || (value->status == UI_MODEL_FAILED && value->read_ms > 0);
}
