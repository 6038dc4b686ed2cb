/* SPDX-License-Identifier: MIT
 * Lays a query out over lines: a clause per line, lists and conditions broken where a line would get too
 * long, sub-queries indented. Works on any tokens, also on those of a text that is no SQL.
 */
#include "ui/model/sql-layout.h"

#include "base/text.h"

#include <string.h>

#define INDENT 2
#define DEEPEST 24 /* no more indentation and no more recursion below this */
#define NARROWEST 20
#define SHORT_QUERY 48

typedef struct {
  GPtrArray *tokens; /* UiSqlToken */
  guint *close;      /* index of the token that closes the parenthesis at i, else the number of tokens */
  guint *before;     /* cells of tokens 0..i-1 with their blanks */
  guint *breaks;     /* tokens 0..i-1 that force a line break behind them */
  guint width;
  GPtrArray *lines; /* UiSqlLine */
  GArray *spans;
  guint cells;
} Layout;

static void
span_clear (gpointer data)
{
  g_free (((UiSqlSpan *) data)->text);
}

static void
line_free (gpointer data)
{
  UiSqlLine *line = data;

  g_array_unref (line->spans);
  g_free (line);
}

static GArray *
spans_new (void)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (UiSqlSpan));

  g_array_set_clear_func (spans, span_clear);
  return spans;
}

static const UiSqlToken *
token_at (const Layout *layout, guint i)
{
  return i < layout->tokens->len ? layout->tokens->pdata[i] : NULL;
}

static gboolean
is_symbol (const UiSqlToken *token, const char *symbol)
{
  return token != NULL && token->class == UI_SQL_SYMBOL && strcmp (token->text, symbol) == 0;
}

static gboolean
is_word (const UiSqlToken *token, const char *word)
{
  return token != NULL && token->class == UI_SQL_KEYWORD && g_ascii_strcasecmp (token->text, word) == 0;
}

static gboolean
is_one_of (const UiSqlToken *token, const char *const *words)
{
  for (; *words != NULL; words++)
    if (is_word (token, *words))
      return TRUE;
  return FALSE;
}

/* A comment to the end of the line, and everything that holds a line break, ends its line. */
static gboolean
ends_line (const UiSqlToken *token)
{
  return token->class == UI_SQL_COMMENT && (token->text[0] == '-' || strchr (token->text, '\n') != NULL);
}

static guint
text_cells (const char *text)
{
  g_autofree char *safe = NULL;

  if (g_str_is_ascii (text))
    return (guint) strlen (text);
  safe = cr_text_safe (text);
  return (guint) cr_text_width (safe);
}

/* TRUE when A directly followed by B reads as the same two tokens. */
static gboolean
may_touch (const UiSqlToken *a, const UiSqlToken *b)
{
  g_autofree char *both = g_strconcat (a->text, b->text, NULL);
  g_autoptr (GPtrArray) tokens = ui_sql_tokens (both);

  return tokens->len == 2 && strcmp (((UiSqlToken *) tokens->pdata[0])->text, a->text) == 0;
}

/* Whether the reader expects no blank between tokens I-1 and I. */
static gboolean
wants_touch (const Layout *layout, guint i)
{
  const UiSqlToken *before = token_at (layout, i - 1), *token = token_at (layout, i);

  if (token->class == UI_SQL_ODD || before->class == UI_SQL_ODD)
    return token->glued;
  if (token->class == UI_SQL_COMMENT || before->class == UI_SQL_COMMENT)
    return FALSE;
  if (is_symbol (token, ",") || is_symbol (token, ";") || is_symbol (token, ")") || is_symbol (token, "]")
      || is_symbol (before, "(") || is_symbol (before, "["))
    return TRUE;
  if (is_symbol (token, ".") || is_symbol (before, ".") || is_symbol (token, "::")
      || is_symbol (before, "::"))
    return token->glued;
  if (is_symbol (token, "(") || is_symbol (token, "["))
    return token->glued && (before->class == UI_SQL_FUNCTION || is_word (before, "CAST"));
  if (token->glued && i >= 2 && (is_symbol (before, "-") || is_symbol (before, "+"))) {
    const UiSqlToken *earlier = token_at (layout, i - 2);

    return earlier->class == UI_SQL_KEYWORD
           || (earlier->class == UI_SQL_SYMBOL && !is_symbol (earlier, ")") && !is_symbol (earlier, "]"));
  }
  return FALSE;
}

static gboolean
has_blank (const Layout *layout, guint i)
{
  return i > 0 && !(wants_touch (layout, i) && may_touch (token_at (layout, i - 1), token_at (layout, i)));
}

static void
measure (Layout *layout)
{
  guint n = layout->tokens->len, cells = 0, breaks = 0;
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));

  layout->close = g_new (guint, n + 1);
  layout->before = g_new (guint, n + 1);
  layout->breaks = g_new (guint, n + 1);
  for (guint i = 0; i < n; i++) {
    const UiSqlToken *token = token_at (layout, i);

    layout->close[i] = n;
    layout->before[i] = cells;
    layout->breaks[i] = breaks;
    cells += text_cells (token->text) + (has_blank (layout, i) ? 1 : 0);
    breaks += ends_line (token) || strchr (token->text, '\n') != NULL ? 1 : 0;
    if (is_symbol (token, "("))
      g_array_append_val (open, i);
    else if (is_symbol (token, ")") && open->len > 0) {
      layout->close[g_array_index (open, guint, open->len - 1)] = i;
      g_array_set_size (open, open->len - 1);
    }
  }
  layout->before[n] = cells;
  layout->breaks[n] = breaks;
}

/* ---- the open line ---- */

static void
end_line (Layout *layout)
{
  UiSqlLine *line;

  if (layout->spans->len == 0)
    return;
  line = g_new0 (UiSqlLine, 1);
  line->spans = g_steal_pointer (&layout->spans);
  g_ptr_array_add (layout->lines, line);
  layout->spans = spans_new ();
  layout->cells = 0;
}

static void
add_span (Layout *layout, UiSqlClass class, char *text /* takes */)
{
  UiSqlSpan span = { class, text };

  layout->cells += text_cells (text);
  g_array_append_val (layout->spans, span);
}

/* A line that holds nothing but indentation so far. */
static gboolean
at_line_start (const Layout *layout)
{
  for (guint i = 0; i < layout->spans->len; i++) {
    const UiSqlSpan *span = &g_array_index (layout->spans, UiSqlSpan, i);

    if (span->class != UI_SQL_SYMBOL || span->text[strspn (span->text, " ")] != '\0')
      return FALSE;
  }
  return TRUE;
}

static void
start_line (Layout *layout, guint indent)
{
  if (at_line_start (layout)) {
    g_array_set_size (layout->spans, 0);
    layout->cells = 0;
  }
  end_line (layout);
  if (indent > 0)
    add_span (layout, UI_SQL_SYMBOL, g_strnfill (indent, ' '));
}

/* Writes the text of a token; its line breaks become lines without indentation, so that nothing is added. */
static void
add_text (Layout *layout, const UiSqlToken *token)
{
  g_auto (GStrv) parts = g_strsplit (token->text, "\n", -1);

  for (guint i = 0; parts[i] != NULL; i++) {
    if (i > 0)
      end_line (layout);
    add_span (layout, token->class, g_strdup (parts[i]));
  }
}

static void
add_token (Layout *layout, guint i, guint indent)
{
  const UiSqlToken *token = token_at (layout, i);

  if (layout->spans->len == 0)
    start_line (layout, indent);
  else if (!at_line_start (layout) && has_blank (layout, i))
    add_span (layout, UI_SQL_SYMBOL, g_strdup (" "));
  add_text (layout, token);
  if (ends_line (token))
    end_line (layout);
}

/* ---- the structure ---- */

static void emit_query (Layout *layout, guint from, guint to, guint indent, guint depth);

static gboolean
fits (const Layout *layout, guint from, guint to, guint column)
{
  return layout->breaks[to] == layout->breaks[from]
         && column + layout->before[to] - layout->before[from] <= layout->width;
}

/* The token behind I on the same level. */
static guint
step_over (const Layout *layout, guint i, guint to)
{
  return layout->close[i] < to ? layout->close[i] + 1 : i + 1;
}

static gboolean
is_query_start (const UiSqlToken *token)
{
  static const char *const words[] = { "SELECT", "WITH", "FROM", "VALUES", NULL };

  return is_one_of (token, words);
}

static gboolean
is_set_operation (const UiSqlToken *token)
{
  static const char *const words[] = { "UNION", "INTERSECT", "EXCEPT", "MINUS", NULL };

  return is_one_of (token, words);
}

/* A sub-query is worth lines of its own when it is more than one short SELECT ... FROM .... */
static gboolean
holds_big_query (const Layout *layout, guint from, guint to)
{
  for (guint i = from; i < to; i++) {
    if (!is_symbol (token_at (layout, i), "(") || !is_query_start (token_at (layout, i + 1)))
      continue;
    for (guint k = i + 1; k < to; k++)
      if (is_set_operation (token_at (layout, k)))
        return TRUE;
    return layout->before[to] - layout->before[from] > SHORT_QUERY;
  }
  return FALSE;
}

static gboolean
starts_clause (const Layout *layout, guint i, guint from)
{
  static const char *const always[] = { "SELECT", "FROM",      "WHERE",   "HAVING", "LIMIT",
                                        "UNION",  "INTERSECT", "EXCEPT",  "MINUS",  "OFFSET",
                                        "WINDOW", "LATERAL",   "QUALIFY", NULL };
  static const char *const with_by[] = { "GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", NULL };
  static const char *const before_join[] = { "LEFT",  "RIGHT",   "FULL", "INNER", "OUTER",
                                             "CROSS", "NATURAL", "SEMI", "ANTI",  NULL };
  const UiSqlToken *token = token_at (layout, i), *before = i > from ? token_at (layout, i - 1) : NULL;
  guint k;

  if (is_word (token, "WITH"))
    return i == from || !is_word (before, "GROUP");
  if (is_one_of (token, always))
    return !(is_word (token, "FROM") && is_word (before, "DISTINCT"));
  if (is_one_of (token, with_by))
    return is_word (token_at (layout, i + 1), "BY");
  if (is_word (token, "JOIN"))
    return before == NULL || !is_one_of (before, before_join);
  if (!is_one_of (token, before_join) || (before != NULL && is_one_of (before, before_join)))
    return FALSE;
  for (k = i + 1; is_one_of (token_at (layout, k), before_join); k++)
    ;
  return is_word (token_at (layout, k), "JOIN");
}

/* Tokens one after the other; a parenthesis that does not fit is opened over lines. */
static void
emit_item (Layout *layout, guint from, guint to, guint indent, guint depth)
{
  static const char *const case_words[] = { "WHEN", "ELSE", NULL };
  gboolean whole = fits (layout, from, to, layout->cells);

  for (guint i = from; i < to; i++) {
    const UiSqlToken *token = token_at (layout, i);
    guint end = layout->close[i];

    if (!whole && i > from && (is_one_of (token, case_words) || is_word (token, "ON")))
      start_line (layout, indent + INDENT);
    else if (!whole && i > from && is_word (token, "END"))
      start_line (layout, indent);
    else if (!at_line_start (layout) && i > from
             && layout->cells + 1 + text_cells (token->text) > layout->width + INDENT)
      start_line (layout, indent + 2 * INDENT);
    add_token (layout, i, indent);
    if (end >= to || depth >= DEEPEST
        || (fits (layout, i + 1, MIN (end + 2, to), layout->cells) && !holds_big_query (layout, i, end)))
      continue;
    start_line (layout, indent + INDENT);
    emit_query (layout, i + 1, end, indent + INDENT, depth + 1);
    start_line (layout, indent);
    i = end;
    add_token (layout, i, indent);
  }
}

/* AND and OR that are no part of BETWEEN or CASE. */
static gboolean
breaks_condition (const Layout *layout, guint i, gboolean *between, guint *cases)
{
  const UiSqlToken *token = token_at (layout, i);

  if (is_word (token, "CASE"))
    (*cases)++;
  else if (is_word (token, "END") && *cases > 0)
    (*cases)--;
  else if (is_word (token, "BETWEEN"))
    *between = TRUE;
  else if (is_word (token, "AND") && *between)
    *between = FALSE;
  else
    return *cases == 0 && (is_word (token, "AND") || is_word (token, "OR"));
  return FALSE;
}

/* Items of a list, a line each, or conditions, AND and OR in front. */
static void
emit_parts (Layout *layout, guint from, guint to, guint indent, guint depth, gboolean list)
{
  gboolean between = FALSE;
  guint start = from, cases = 0;

  for (guint i = from; i < to; i = step_over (layout, i, to)) {
    gboolean comma = list && is_symbol (token_at (layout, i), ",");
    gboolean word = !list && i > start && breaks_condition (layout, i, &between, &cases);

    if (!comma && !word)
      continue;
    emit_item (layout, start, i + (comma ? 1 : 0), indent, depth);
    start = i + (comma ? 1 : 0);
    /* A comment behind the comma belongs to the item before it. */
    while (start < to && token_at (layout, start)->class == UI_SQL_COMMENT && !at_line_start (layout)
           && comma)
      add_token (layout, start++, indent);
    if (start < to)
      start_line (layout, indent);
    if (start > i + 1)
      i = start - 1;
  }
  if (start < to)
    emit_item (layout, start, to, indent, depth);
}

static gboolean
has_comma (const Layout *layout, guint from, guint to)
{
  for (guint i = from; i < to; i = step_over (layout, i, to))
    if (is_symbol (token_at (layout, i), ","))
      return TRUE;
  return FALSE;
}

/* The words that introduce a clause: SELECT DISTINCT, GROUP BY, LEFT OUTER JOIN, CREATE ... AS. */
static guint
head_end (const Layout *layout, guint from, guint to)
{
  static const char *const more[] = { "ALL",  "DISTINCT", "BY",        "JOIN", "OUTER",
                                      "SEMI", "ANTI",     "RECURSIVE", NULL };
  static const char *const sides[] = { "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", NULL };
  guint i = from + 1;

  while (i < to && (is_one_of (token_at (layout, i), more) || is_one_of (token_at (layout, i), sides)))
    i++;
  return i;
}

static void
emit_clause (Layout *layout, guint from, guint to, guint indent, guint depth)
{
  static const char *const conditions[] = { "WHERE", "HAVING", "QUALIFY", NULL };
  const UiSqlToken *first = token_at (layout, from);
  guint body = head_end (layout, from, to);

  if ((fits (layout, from, to, indent) && !holds_big_query (layout, from, to)) || body >= to) {
    emit_item (layout, from, to, indent, depth);
    return;
  }
  if (is_one_of (first, conditions) || (starts_clause (layout, from, from) && has_comma (layout, body, to))) {
    gboolean list = !is_one_of (first, conditions);

    for (guint i = from; i < body; i++)
      add_token (layout, i, indent);
    if (list)
      start_line (layout, indent + INDENT);
    emit_parts (layout, body, to, indent + (list ? INDENT : INDENT), depth, list);
  } else if (!starts_clause (layout, from, from) && has_comma (layout, from, to))
    emit_parts (layout, from, to, indent, depth, TRUE);
  else
    emit_item (layout, from, to, indent, depth);
}

/* The end of a SELECT that is short enough for a line of its own; FROM when it is not. */
static guint
short_query_end (const Layout *layout, guint from, guint to)
{
  guint end = from;

  if (!is_query_start (token_at (layout, from)))
    return from;
  for (; end < to && !is_set_operation (token_at (layout, end)); end = step_over (layout, end, to)) {
    if (layout->close[end] < to && is_query_start (token_at (layout, end + 1)))
      return from;
    if (is_symbol (token_at (layout, end), ";")) {
      end++;
      break;
    }
  }
  return layout->before[end] - layout->before[from] <= SHORT_QUERY ? end : from;
}

/* A query, or any other sequence: one clause after the other, each on a line of its own. */
static void
emit_query (Layout *layout, guint from, guint to, guint indent, guint depth)
{
  guint start = from;

  for (guint i = from; i < to;) {
    gboolean semicolon = is_symbol (token_at (layout, i), ";");
    guint line = i == start ? short_query_end (layout, i, to) : i;

    if (line > i && fits (layout, i, line, indent)) {
      emit_item (layout, i, line, indent, depth);
      start_line (layout, indent);
      start = i = line;
      continue;
    }
    if (semicolon || (i > start && starts_clause (layout, i, start))
        || (i > start && is_set_operation (token_at (layout, start))
            && is_symbol (token_at (layout, i), "("))) {
      guint end = semicolon ? i + 1 : i;

      if (start < end)
        emit_clause (layout, start, end, indent, depth);
      start_line (layout, indent);
      start = end;
      if (!semicolon)
        line = short_query_end (layout, i, to);
      if (!semicolon && line > i && fits (layout, i, line, indent))
        continue;
    }
    i = step_over (layout, i, to);
  }
  if (start < to)
    emit_clause (layout, start, to, indent, depth);
}

GPtrArray *
ui_sql_layout (const char *text, int width)
{
  Layout layout = { .tokens = ui_sql_tokens (text),
                    .width = (guint) MAX (width, NARROWEST),
                    .lines = g_ptr_array_new_with_free_func (line_free),
                    .spans = spans_new () };

  measure (&layout);
  emit_query (&layout, 0, layout.tokens->len, 0, 0);
  if (at_line_start (&layout))
    g_array_set_size (layout.spans, 0);
  end_line (&layout);
  g_array_unref (layout.spans);
  g_ptr_array_unref (layout.tokens);
  g_free (layout.close);
  g_free (layout.before);
  g_free (layout.breaks);
  return layout.lines;
}

char *
ui_sql_layout_text (const char *text, int width)
{
  g_autoptr (GPtrArray) lines = ui_sql_layout (text, width);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++) {
    const UiSqlLine *line = lines->pdata[i];

    for (guint k = 0; k < line->spans->len; k++)
      g_string_append (out, g_array_index (line->spans, UiSqlSpan, k).text);
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}
