/* SPDX-License-Identifier: MIT
 * Drawing a list (list.h): which columns there is room for, the rows that are seen, what is said without
 * rows.
 */
#include "ui/curses/list-private.h"

#include "base/translate.h"

#include <string.h>

#define GAP 2 /* cells between columns */
#define COLUMNS_MAX 64
#define FIRST_LEAST 20 /* what names are cut to, so that short columns beside them are whole */
#define SAY_SECONDS_AFTER 1

typedef struct {
  guint column;
  int at, cells;
} Place;

typedef struct {
  Place places[COLUMNS_MAX];
  guint count;
} Layout;

static int
needed (const UiList *list, const gboolean *dropped)
{
  int cells = 0;
  for (guint i = 0; i < MIN (list->column_count, COLUMNS_MAX); i++)
    if (!dropped[i])
      cells += list->columns[i].least + GAP;
  return MAX (cells - GAP, 0);
}

/* Drop columns with the highest priority until the rest fits. */
static void
choose_columns (const UiList *list, int room, gboolean *dropped)
{
  while (needed (list, dropped) > room) {
    int worst = -1;
    for (guint i = 0; i < MIN (list->column_count, COLUMNS_MAX); i++)
      if (!dropped[i] && list->columns[i].priority > 0
          && (worst < 0 || list->columns[i].priority >= list->columns[worst].priority))
        worst = (int) i;
    if (worst < 0)
      return;
    dropped[worst] = TRUE;
  }
}

/* A heading of numbers may begin in the gap before them. */
static int
heading_gap (const UiListColumn *column, gboolean first)
{
  return column->right && !first ? GAP : 0;
}

/* Cells that the heading of PLACE is short of. */
static int
heading_lacks (const UiList *list, const Place *place, gboolean first)
{
  const UiListColumn *column = &list->columns[place->column];
  int width = ui_cells_width (cr_translate (column->title)) - heading_gap (column, first);
  return MAX (width - place->cells, 0);
}

/* Give away what is left: first to headings that are longer in this language, then up to what columns take at
 * most, then to those without a limit. */
static void
grow (const UiList *list, Layout *layout, int room)
{
  int left = room;
  guint open = 0;
  for (guint i = 0; i < layout->count; i++) {
    left -= layout->places[i].cells + (i > 0 ? GAP : 0);
    open += list->columns[layout->places[i].column].most == 0;
  }
  for (guint i = 0; i < layout->count && left > 0; i++) {
    int more = MIN (heading_lacks (list, &layout->places[i], i == 0), left);
    layout->places[i].cells += more;
    left -= more;
  }
  for (guint i = 0; i < layout->count && left > 0; i++) {
    const UiListColumn *column = &list->columns[layout->places[i].column];
    int more = CLAMP (column->most - layout->places[i].cells, 0, left);
    layout->places[i].cells += more;
    left -= more;
  }
  for (guint i = 0; i < layout->count && left > 0; i++)
    if (list->columns[layout->places[i].column].most == 0) {
      int share = left / (int) open--;
      layout->places[i].cells += share;
      left -= share;
    }
  int at = 0;
  for (guint i = 0; i < layout->count; i++) {
    layout->places[i].at = at;
    at += layout->places[i].cells + GAP;
  }
}

/* Cells that the first column gives away: a name that ends in "..." is better than a state that does. */
static int
first_gives (const UiList *list, int excess)
{
  const UiListColumn *first = &list->columns[0];
  return list->column_count > 1 && first->most == 0 && first->least - excess >= FIRST_LEAST ? MAX (excess, 0)
                                                                                            : 0;
}

static void
lay_out (UiList *list, int room, Layout *layout)
{
  gboolean dropped[COLUMNS_MAX] = { FALSE };
  choose_columns (list, room, dropped);
  int given = first_gives (list, needed (list, dropped) - room);
  gboolean too_wide = needed (list, dropped) - given > room;
  if (!too_wide)
    list->column_offset = 0;
  int hidden = 0, used = 0;
  layout->count = 0;
  list->can_scroll_columns = FALSE;
  for (guint i = 0; i < MIN (list->column_count, COLUMNS_MAX); i++) {
    if (dropped[i])
      continue;
    if (i > 0 && hidden < list->column_offset) { /* the first column always says which row it is */
      hidden++;
      continue;
    }
    if (used >= room) {
      list->can_scroll_columns = TRUE;
      break;
    }
    int least = list->columns[i].least - (i == 0 ? given : 0);
    Place place = { i, 0, MIN (least, room - used) };
    if (used + least > room)
      list->can_scroll_columns = TRUE;
    layout->places[layout->count++] = place;
    used += place.cells + GAP;
  }
  grow (list, layout, room);
}

static void
draw_header (UiList *list, UiRect line, const Layout *layout)
{
  ui_draw_field (line, 0, 0, line.columns, UI_STYLE_HEADING, "");
  for (guint i = 0; i < layout->count; i++) {
    const Place *place = &layout->places[i];
    const UiListColumn *column = &list->columns[place->column];
    gboolean sorted = list->sort_column == (int) place->column;
    const char *title = *column->title != '\0' ? cr_translate (column->title) : "";
    const char *mark = sorted ? list->descending ? " v" : " ^" : "";
    int gap = heading_gap (column, i == 0);
    UiRect cell = ui_rect_sub (line, 0, place->at - gap, 1, place->cells + gap);
    g_autofree char *cut = ui_cells_cut (title, MAX (cell.columns - (int) strlen (mark), 1),
                                         ui_rect_ascii (line));
    g_autofree char *text = g_strconcat (cut, mark, NULL);
    if (column->right)
      ui_draw_text_right (cell, 0, -1, UI_STYLE_HEADING, text);
    else
      ui_draw_text (cell, 0, 0, UI_STYLE_HEADING, text);
  }
}

/* Mark where words of the filter are in the text of a cell. */
static void
mark_matches (UiList *list, UiRect cell, const char *text)
{
  if (list->filter_changed != NULL)
    return;
  for (const char *word = list->filter; *word != '\0';) {
    gsize length = strcspn (word, " "), bytes = 0;
    const char *at = ui_fuzzy_find (word, length, text, &bytes);
    if (at != NULL) {
      g_autofree char *before = g_strndup (text, (gsize) (at - text));
      g_autofree char *found = g_strndup (at, bytes);
      ui_draw_restyle (cell, 0, ui_cells_width (before), ui_cells_width (found), UI_STYLE_MATCH);
    }
    word += length;
    word += strspn (word, " ");
  }
}

static void
draw_cell (UiList *list, UiRect cell, const UiListColumn *column, UiStyle style, const char *text)
{
  int width = ui_cells_width (text);
  gboolean open = column->most == 0 && !column->right;
  if (open && width > cell.columns)
    list->can_scroll_text = TRUE;
  if (open && list->text_offset > 0)
    text += ui_cells_prefix (text, list->text_offset);
  if (column->right && width <= cell.columns)
    ui_draw_text_right (cell, 0, -1, style, text);
  else
    ui_draw_text (cell, 0, 0, style, text);
}

static void
draw_row (UiList *list, UiRect line, const Layout *layout, guint row, gboolean selected, gboolean focused)
{
  gboolean heading = list->source->is_heading != NULL && list->source->is_heading (list->data, row);
  UiStyle whole = focused ? UI_STYLE_SELECTED : UI_STYLE_SELECTED_BLUR;
  g_autoptr (GString) text = g_string_sized_new (128);
  if (selected)
    ui_draw_field (line, 0, 0, line.columns, whole, "");
  for (guint i = 0; i < layout->count; i++) {
    const Place *place = &layout->places[i];
    UiStyle style = heading ? UI_STYLE_HEADING : UI_STYLE_TEXT;
    g_string_truncate (text, 0);
    list->source->cell (list->data, row, place->column, text, &style);
    UiRect cell = ui_rect_sub (line, 0, place->at, 1, heading ? -1 : place->cells);
    draw_cell (list, cell, &list->columns[place->column], selected ? whole : style, text->str);
    if (!selected && *list->filter != '\0')
      mark_matches (list, cell, text->str);
    if (heading && text->len > 0)
      break;
  }
}

static void
draw_filter_line (UiList *list, UiRect line, gboolean working)
{
  g_autofree char *count = NULL;
  guint all = ui_list_source_count (list);
  if (working && list->scanning)
    count = g_strdup_printf (_ ("searching, %u of %u"), list->scanned, list->to_scan);
  else if (working)
    count = g_strdup (_ ("sorting"));
  else if (list->filter_changed == NULL)
    count = g_strdup_printf (_ ("%u of %u"), ui_list_shown (list), all);
  else
    count = g_strdup_printf ("%u", all);
  int used = ui_draw_text_right (line, 0, -1, UI_STYLE_DIM, count);
  ui_draw_text (line, 0, 0, UI_STYLE_KEY, "/");
  int room = MAX (line.columns - used - 3, 8);
  if (list->typing)
    ui_edit_draw (list->edit, line, 0, 2, room, UI_STYLE_INPUT_FOCUS, TRUE);
  else
    ui_draw_text (ui_rect_sub (line, 0, 0, 1, room + 2), 0, 2, UI_STYLE_MATCH, list->filter);
}

static void
draw_loading (UiList *list, UiRect rect)
{
  gint64 seconds = (g_get_monotonic_time () - list->status_since_us) / G_USEC_PER_SEC;
  g_autofree char *text = list->message != NULL ? g_strdup (list->message) : g_strdup (_ ("Reading"));
  ui_draw_spinner (rect, 0, 0, UI_STYLE_RUNNING);
  if (seconds >= SAY_SECONDS_AFTER)
    ui_draw_format (rect, 0, 2, UI_STYLE_RUNNING, _ ("%s (%d s)"), text, (int) seconds);
  else
    ui_draw_text (rect, 0, 2, UI_STYLE_RUNNING, text);
}

/* There are no rows to show: say which of the four cases it is. */
static void
draw_nothing (UiList *list, UiRect rect, gboolean working)
{
  UiRect inside = ui_rect_inset (rect, rect.rows > 6 ? 1 : 0, 1);
  if (working)
    return;
  if (list->status == UI_LIST_LOADING) {
    draw_loading (list, inside);
  } else if (list->status == UI_LIST_FAILED) {
    ui_draw_state (inside, 0, 0, UI_STATE_FAILED);
    ui_draw_paragraph (ui_rect_sub (inside, 0, 2, -1, -1), 0, UI_STYLE_FAILED,
                       list->message != NULL ? list->message : _ ("It could not be read."));
  } else if (*list->filter != '\0') {
    g_autofree char *text = g_strdup_printf (_ ("Nothing fits \"%s\". Esc shows everything again."),
                                             list->filter);
    ui_draw_paragraph (inside, 0, UI_STYLE_WARNING, text);
  } else {
    ui_draw_paragraph (inside, 0, UI_STYLE_DIM,
                       list->empty != NULL ? list->empty : _ ("There is nothing here yet."));
  }
}

static void
keep_in_view (UiList *list, int rows, int count)
{
  if (list->selected >= 0) {
    if (list->selected < list->first)
      list->first = list->selected;
    if (list->selected >= list->first + rows)
      list->first = list->selected - rows + 1;
    /* The heading above the first row is seen with it. */
    if (list->first == list->selected && list->first > 0 && !ui_list_selectable (list, list->first - 1)
        && rows > 1)
      list->first--;
  }
  list->first = CLAMP (list->first, 0, MAX (count - rows, 0));
}

static void
draw_rows (UiList *list, UiRect rect, const Layout *layout, gboolean focused)
{
  int count = (int) ui_list_shown (list);
  list->can_scroll_text = FALSE;
  keep_in_view (list, rect.rows, count);
  for (int i = 0; i < rect.rows && list->first + i < count; i++) {
    guint row = ui_list_row_at (list, (guint) (list->first + i));
    if (row < ui_list_source_count (list))
      draw_row (list, ui_rect_sub (rect, i, 0, 1, -1), layout, row, list->first + i == list->selected,
                focused);
  }
}

void
ui_list_draw (UiList *list, UiRect rect, gboolean focused)
{
  gboolean working = ui_list_work (list);
  if (working)
    ui_draw_again_in (rect, 0);
  ui_list_find_selection (list);
  guint count = ui_list_shown (list);
  gboolean filter_line = list->typing || *list->filter != '\0' || working;
  if (filter_line && rect.rows > 2)
    draw_filter_line (list, ui_rect_bottom (rect, 1, &rect), working);
  if (list->status == UI_LIST_FAILED && count > 0 && rect.rows > 2) {
    UiRect line = ui_rect_bottom (rect, 1, &rect);
    ui_draw_state (line, 0, 0, UI_STATE_FAILED);
    ui_draw_text (line, 0, 2, UI_STYLE_FAILED, list->message);
  }
  Layout layout;
  gboolean scrolls = (int) count > rect.rows - (list->header ? 1 : 0);
  lay_out (list, MAX (rect.columns - (scrolls ? 1 : 0), 1), &layout);
  if (list->header && rect.rows > 1 && count > 0) {
    UiRect header = ui_rect_top (rect, 1, &rect);
    draw_header (list, header, &layout);
    if (list->status == UI_LIST_LOADING)
      ui_draw_spinner (header, 0, header.columns - 1, UI_STYLE_RUNNING);
  }
  list->body = rect;
  if (count == 0) {
    draw_nothing (list, rect, working);
    return;
  }
  draw_rows (list, ui_rect_sub (rect, 0, 0, -1, rect.columns - (scrolls ? 1 : 0)), &layout, focused);
  ui_draw_scroll (rect, (guint64) list->first, count);
}
