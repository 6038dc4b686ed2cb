/* SPDX-License-Identifier: MIT
 * Styled text (rich.h): a paragraph is its text and the places where the style changes.
 */
#include "ui/curses/rich-private.h"

#include "ui/curses/cells.h"

#include "base/translate.h"
#include <stdarg.h>
#include <string.h>

struct UiRich {
  gatomicrefcount references;
  GPtrArray *paragraphs; /* UiRichParagraph* */
  gboolean open;         /* the last paragraph takes more text */
  GArray *lines;         /* UiRichLine, wrapped at wrapped_at */
  int wrapped_at;        /* 0 = not wrapped yet */
};

static void
paragraph_free (gpointer data)
{
  UiRichParagraph *paragraph = data;
  g_string_free (paragraph->text, TRUE);
  g_array_unref (paragraph->runs);
  g_free (paragraph);
}

UiRich *
ui_rich_new (void)
{
  UiRich *rich = g_new0 (UiRich, 1);
  g_atomic_ref_count_init (&rich->references);
  rich->paragraphs = g_ptr_array_new_with_free_func (paragraph_free);
  rich->lines = g_array_new (FALSE, FALSE, sizeof (UiRichLine));
  return rich;
}

UiRich *
ui_rich_ref (UiRich *rich)
{
  g_atomic_ref_count_inc (&rich->references);
  return rich;
}

void
ui_rich_unref (UiRich *rich)
{
  if (rich == NULL || !g_atomic_ref_count_dec (&rich->references))
    return;
  g_ptr_array_unref (rich->paragraphs);
  g_array_unref (rich->lines);
  g_free (rich);
}

static UiRichParagraph *
current (UiRich *rich)
{
  rich->wrapped_at = 0;
  if (!rich->open) {
    UiRichParagraph *fresh = g_new0 (UiRichParagraph, 1);
    fresh->text = g_string_new (NULL);
    fresh->runs = g_array_new (FALSE, FALSE, sizeof (UiRichRun));
    g_ptr_array_add (rich->paragraphs, fresh);
    rich->open = TRUE;
  }
  return g_ptr_array_index (rich->paragraphs, rich->paragraphs->len - 1);
}

static void
add_run (UiRichParagraph *paragraph, UiStyle style, const char *text, gsize length)
{
  UiRichRun run = { paragraph->text->len, style };
  UiRichRun *last = paragraph->runs->len > 0
                        ? &g_array_index (paragraph->runs, UiRichRun, paragraph->runs->len - 1)
                        : NULL;
  if (last == NULL || last->style != style)
    g_array_append_val (paragraph->runs, run);
  g_string_append_len (paragraph->text, text, (gssize) length);
}

void
ui_rich_add (UiRich *rich, UiStyle style, const char *text)
{
  if (text == NULL)
    return;
  for (;;) {
    const char *end = strchrnul (text, '\n');
    add_run (current (rich), style, text, (gsize) (end - text));
    if (*end == '\0')
      return;
    ui_rich_end (rich);
    text = end + 1;
    if (*text == '\0')
      return;
  }
}

void
ui_rich_format (UiRich *rich, UiStyle style, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  ui_rich_add (rich, style, text);
}

void
ui_rich_end (UiRich *rich)
{
  current (rich);
  rich->open = FALSE;
}

void
ui_rich_line (UiRich *rich, UiStyle style, const char *text)
{
  if (rich->open)
    rich->open = FALSE;
  ui_rich_add (rich, style, text != NULL ? text : "");
  if (rich->open || text == NULL)
    ui_rich_end (rich);
}

void
ui_rich_heading (UiRich *rich, const char *text)
{
  rich->open = FALSE;
  if (rich->paragraphs->len > 0) {
    UiRichParagraph *last = g_ptr_array_index (rich->paragraphs, rich->paragraphs->len - 1);
    if (last->text->len > 0)
      ui_rich_end (rich);
  }
  ui_rich_line (rich, UI_STYLE_HEADING, text);
}

/* Spaces up to CELLS, at least one. */
static void
pad (UiRich *rich, int used, int cells)
{
  g_autofree char *spaces = g_strnfill ((gsize) MAX (1, cells - used), ' ');
  ui_rich_add (rich, UI_STYLE_TEXT, spaces);
}

void
ui_rich_pair (UiRich *rich, int label_cells, const char *label, UiStyle style, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  rich->open = FALSE;
  g_auto (GStrv) lines = g_strsplit (value, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (lines[i][0] == '\0' && lines[i + 1] == NULL && i > 0)
      break;
    ui_rich_add (rich, UI_STYLE_LABEL, i == 0 ? label : "");
    pad (rich, i == 0 ? ui_cells_width (label) : 0, label_cells);
    ui_rich_add (rich, style, lines[i]);
    ui_rich_hang (rich, label_cells);
    ui_rich_end (rich);
  }
}

void
ui_rich_item (UiRich *rich, UiStyle mark_style, const char *mark, UiStyle style, const char *text)
{
  rich->open = FALSE;
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  int cells = ui_cells_width (mark) + 2;
  for (guint i = 0; lines[i] != NULL; i++) {
    if (lines[i][0] == '\0' && lines[i + 1] == NULL && i > 0)
      break;
    ui_rich_add (rich, UI_STYLE_TEXT, " ");
    ui_rich_add (rich, mark_style, i == 0 ? mark : "");
    pad (rich, i == 0 ? cells - 1 : 1, cells);
    ui_rich_add (rich, style, lines[i]);
    ui_rich_hang (rich, cells);
    ui_rich_end (rich);
  }
}

void
ui_rich_hang (UiRich *rich, int cells)
{
  current (rich)->hang = cells;
}

void
ui_rich_no_wrap (UiRich *rich)
{
  current (rich)->no_wrap = TRUE;
}

typedef struct {
  UiRich *rich;
  guint index;
  guint line;
  int hang;
} Collect;

static void
collect (const char *start, gsize length, gpointer data)
{
  Collect *collect_data = data;
  UiRichParagraph *paragraph = g_ptr_array_index (collect_data->rich->paragraphs, collect_data->index);
  UiRichLine line = { collect_data->index, (gsize) (start - paragraph->text->str), length,
                      collect_data->line > 0 ? collect_data->hang : 0 };
  g_array_append_val (collect_data->rich->lines, line);
  collect_data->line++;
}

int
ui_rich_lines (UiRich *rich, int cells)
{
  cells = MAX (cells, 1);
  if (rich->wrapped_at == cells)
    return (int) rich->lines->len;
  g_array_set_size (rich->lines, 0);
  for (guint i = 0; i < rich->paragraphs->len; i++) {
    UiRichParagraph *paragraph = g_ptr_array_index (rich->paragraphs, i);
    Collect data = { rich, i, 0, MIN (paragraph->hang, cells / 2) };
    if (paragraph->no_wrap)
      collect (paragraph->text->str, paragraph->text->len, &data);
    else
      ui_cells_wrap_hang (paragraph->text->str, cells, cells - data.hang, collect, &data);
  }
  rich->wrapped_at = cells;
  return (int) rich->lines->len;
}

const UiRichLine *
ui_rich_line_at (UiRich *rich, guint index)
{
  return index < rich->lines->len ? &g_array_index (rich->lines, UiRichLine, index) : NULL;
}

const UiRichParagraph *
ui_rich_paragraph_at (UiRich *rich, guint index)
{
  return g_ptr_array_index (rich->paragraphs, index);
}

char *
ui_rich_text (const UiRich *rich)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < rich->paragraphs->len; i++) {
    const UiRichParagraph *paragraph = g_ptr_array_index (rich->paragraphs, i);
    g_string_append_len (text, paragraph->text->str, (gssize) paragraph->text->len);
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

int
ui_rich_widest (UiRich *rich)
{
  int widest = 0;
  for (guint i = 0; i < rich->paragraphs->len; i++) {
    const UiRichParagraph *paragraph = g_ptr_array_index (rich->paragraphs, i);
    if (paragraph->no_wrap)
      widest = MAX (widest, ui_cells_width (paragraph->text->str));
  }
  return widest;
}
