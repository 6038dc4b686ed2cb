/* SPDX-License-Identifier: MIT
 * A menu that is typed into (menu.h).
 */
#include "ui/curses/menu.h"

#include "ui/curses/hints.h"

#include "base/translate.h"
#include "ui/curses/list.h"

#include <string.h>

typedef struct {
  char *id; /* NULL = heading */
  char *title, *key, *detail, *disabled;
  int score;
} Entry;

struct UiMenu {
  char *title, *text;
  GPtrArray *entries; /* Entry */
  GPtrArray *shown;   /* Entry, borrowed, in the order of the picture */
  UiEdit *edit;
  UiMenuLine line;
  Entry *command; /* what the typed line would do, or NULL */
  gboolean filter;
  gboolean adding; /* what is shown is found out at the end */
  char *kept;      /* what was selected before */
  int selected;    /* in shown; -1 = nothing */
  int first;
  UiRect rows; /* where the entries were drawn */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->id);
  g_free (entry->title);
  g_free (entry->key);
  g_free (entry->detail);
  g_free (entry->disabled);
  g_free (entry);
}

UiMenu *
ui_menu_new (const char *title, const char *placeholder)
{
  UiMenu *menu = g_new0 (UiMenu, 1);
  menu->title = g_strdup (title);
  menu->entries = g_ptr_array_new_with_free_func (entry_free);
  menu->shown = g_ptr_array_new ();
  menu->edit = ui_edit_new (UI_EDIT_PLAIN);
  ui_edit_set_placeholder (menu->edit, placeholder);
  menu->filter = TRUE;
  menu->selected = -1;
  return menu;
}

void
ui_menu_free (UiMenu *menu)
{
  if (menu == NULL)
    return;
  g_ptr_array_unref (menu->shown);
  g_ptr_array_unref (menu->entries);
  g_clear_pointer (&menu->command, entry_free);
  ui_edit_free (menu->edit);
  g_free (menu->title);
  g_free (menu->text);
  g_free (menu->kept);
  g_free (menu);
}

static gboolean
selectable (const UiMenu *menu, int index)
{
  return index >= 0 && index < (int) menu->shown->len
         && ((Entry *) g_ptr_array_index (menu->shown, index))->id != NULL;
}

static int
compare_scores (gconstpointer a, gconstpointer b)
{
  const Entry *first = *(Entry *const *) a, *second = *(Entry *const *) b;
  return second->score - first->score;
}

static void
select_near (UiMenu *menu, int index, int step)
{
  int count = (int) menu->shown->len;
  for (int tried = 0; tried < count; tried++, index += step) {
    int at = ((index % count) + count) % count;
    if (selectable (menu, at)) {
      menu->selected = at;
      return;
    }
  }
  menu->selected = -1;
}

/* Every word of NEEDLE is in TEXT as it stands. */
static gboolean
has_words (const char *needle, const char *text)
{
  g_auto (GStrv) words = g_strsplit (needle, " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && ui_fuzzy_find (words[i], strlen (words[i]), text, NULL) == NULL)
      return FALSE;
  return TRUE;
}

/* A title that fits comes first; explanations are searched for whole words only. */
static gboolean
entry_fits (Entry *entry, const char *needle, int place)
{
  if (!ui_fuzzy_match (needle, entry->title, &entry->score)) {
    g_autofree char *text = g_strjoin (" ", entry->title, entry->id, entry->detail, NULL);
    if (!has_words (needle, text))
      return FALSE;
    entry->score = 0;
  }
  entry->score = entry->score * 1000 - place; /* equal ones stay in order */
  return TRUE;
}

/* The typed line as a command is the first thing that is offered. */
static void
add_command (UiMenu *menu, const char *line)
{
  g_clear_pointer (&menu->command, entry_free);
  g_autofree char *title = menu->line != NULL ? menu->line (line) : NULL;
  if (title == NULL)
    return;
  menu->command = g_new0 (Entry, 1);
  menu->command->id = g_strconcat (UI_MENU_LINE, line, NULL);
  menu->command->title = g_steal_pointer (&title);
  menu->command->key = g_strdup ("");
  menu->command->detail = g_strdup ("");
  g_ptr_array_insert (menu->shown, 0, menu->command);
}

/* What is shown for the line typed so far. */
static void
search (UiMenu *menu)
{
  const char *needle = menu->filter ? ui_edit_text (menu->edit) : "";
  g_ptr_array_set_size (menu->shown, 0);
  for (guint i = 0; i < menu->entries->len; i++) {
    Entry *entry = g_ptr_array_index (menu->entries, i);
    if (*needle == '\0' || (entry->id != NULL && entry_fits (entry, needle, (int) i)))
      g_ptr_array_add (menu->shown, entry);
  }
  if (*needle != '\0')
    g_ptr_array_sort (menu->shown, compare_scores);
  add_command (menu, needle);
  menu->first = 0;
  select_near (menu, 0, 1);
}

void
ui_menu_add (UiMenu *menu, const char *id, const char *title, const char *key, const char *detail,
             const char *disabled)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->id = g_strdup (id);
  entry->title = g_strdup (title);
  entry->key = g_strdup (key != NULL ? key : "");
  entry->detail = g_strdup (detail != NULL ? detail : "");
  entry->disabled = g_strdup (disabled);
  g_ptr_array_add (menu->entries, entry);
  if (menu->adding)
    return;
  if (menu->filter && *ui_edit_text (menu->edit) != '\0') {
    search (menu);
    return;
  }
  g_ptr_array_add (menu->shown, entry);
  if (menu->selected < 0 && id != NULL)
    menu->selected = (int) menu->shown->len - 1;
}

void
ui_menu_add_heading (UiMenu *menu, const char *title)
{
  ui_menu_add (menu, NULL, title, NULL, NULL, NULL);
}

void
ui_menu_set_text (UiMenu *menu, const char *text)
{
  g_free (menu->text);
  menu->text = g_strdup (text);
}

static void
ui_menu_clear (UiMenu *menu)
{
  g_ptr_array_set_size (menu->shown, 0);
  g_ptr_array_set_size (menu->entries, 0);
  g_clear_pointer (&menu->command, entry_free);
  menu->selected = -1;
}

void
ui_menu_begin_again (UiMenu *menu)
{
  g_free (menu->kept);
  menu->kept = g_strdup (ui_menu_selected (menu));
  ui_menu_clear (menu);
  menu->adding = TRUE;
}

void
ui_menu_end_again (UiMenu *menu)
{
  int first = menu->first;
  menu->adding = FALSE;
  search (menu);
  menu->first = first;
  if (menu->kept != NULL)
    ui_menu_select (menu, menu->kept);
}

void
ui_menu_select (UiMenu *menu, const char *id)
{
  for (guint i = 0; i < menu->shown->len; i++)
    if (g_strcmp0 (((Entry *) g_ptr_array_index (menu->shown, i))->id, id) == 0)
      menu->selected = (int) i;
}

void
ui_menu_set_line (UiMenu *menu, UiMenuLine title)
{
  menu->line = title;
}

void
ui_menu_set_filter (UiMenu *menu, gboolean filter)
{
  menu->filter = filter;
}

static Entry *
selected_entry (UiMenu *menu)
{
  return selectable (menu, menu->selected) ? g_ptr_array_index (menu->shown, menu->selected) : NULL;
}

const char *
ui_menu_selected (UiMenu *menu)
{
  Entry *entry = selected_entry (menu);
  return entry != NULL ? entry->id : NULL;
}

const char *
ui_menu_disabled (UiMenu *menu)
{
  Entry *entry = selected_entry (menu);
  return entry != NULL ? entry->disabled : NULL;
}

void
ui_menu_hints (UiMenu *menu, GString *hints)
{
  ui_hints_add (hints, "Enter", _ ("take"));
  ui_hints_add (hints, "Esc", _ ("close"));
  ui_hints_add (hints, "Up Down", _ ("choose"));
  if (menu->filter)
    ui_hints_add (hints, "a-z", _ ("find"));
}

void
ui_menu_size (UiMenu *menu, int *rows, int *columns)
{
  int widest = ui_cells_width (menu->title) + 6;
  for (guint i = 0; i < menu->entries->len; i++) {
    Entry *entry = g_ptr_array_index (menu->entries, i);
    int key = ui_cells_width (entry->key);
    int width = ui_cells_width (entry->title) + (key > 0 ? key + 3 : 0) + 4;
    widest = MAX (widest, MIN (width, 60));
    widest = MAX (widest, MIN (ui_cells_width (entry->detail) + 4, 70));
  }
  *columns = widest + 2;
  if (menu->text != NULL)
    *columns = MAX (*columns, 64);
  *rows = (int) menu->entries->len + 4 + (menu->filter ? 1 : 0) + (menu->text != NULL ? 3 : 0);
}

static void
draw_entry (UiMenu *menu, UiRect rect, int row, const Entry *entry, gboolean selected)
{
  (void) menu;
  if (entry->id == NULL) {
    ui_draw_text (rect, row, 1, UI_STYLE_HEADING, entry->title);
    return;
  }
  UiStyle style = selected ? UI_STYLE_SELECTED : entry->disabled != NULL ? UI_STYLE_DIM : UI_STYLE_TEXT;
  int key = ui_cells_width (entry->key);
  ui_draw_field (rect, row, 0, rect.columns, style, "");
  ui_draw_text (rect, row, 0, style, selected ? ">" : " ");
  ui_draw_text (ui_rect_sub (rect, 0, 0, -1, rect.columns - (key > 0 ? key + 2 : 1)), row, 2, style,
                entry->title);
  ui_draw_text_right (rect, row, rect.columns - 1, selected ? style : UI_STYLE_KEY, entry->key);
}

static void
draw_detail (UiMenu *menu, UiRect rect)
{
  Entry *entry = selected_entry (menu);
  if (entry == NULL)
    return;
  if (entry->disabled != NULL && *entry->disabled != '\0')
    ui_draw_paragraph (rect, 0, UI_STYLE_WARNING, entry->disabled);
  else
    ui_draw_paragraph (rect, 0, UI_STYLE_OVERLAY_DIM, entry->detail);
}

void
ui_menu_draw (UiMenu *menu, UiRect rect)
{
  ui_draw_clear (rect, UI_STYLE_OVERLAY);
  UiRect inside = ui_draw_box (rect, UI_STYLE_OVERLAY_BORDER, menu->title);
  if (menu->filter) {
    UiRect line = ui_rect_top (inside, 1, &inside);
    ui_draw_text (line, 0, 0, UI_STYLE_KEY, ">");
    ui_edit_draw (menu->edit, line, 0, 2, line.columns - 2, UI_STYLE_INPUT_FOCUS, TRUE);
  }
  if (menu->text != NULL && *ui_edit_text (menu->edit) == '\0' && inside.rows > 10) {
    int most = MAX (inside.rows / 3, 4);
    int used = ui_draw_paragraph (ui_rect_sub (inside, 0, 1, most, inside.columns - 2), 0,
                                  UI_STYLE_OVERLAY_DIM, menu->text);
    inside = ui_rect_sub (inside, MIN (used, most), 0, -1, -1);
  }
  if (inside.rows > 5)
    draw_detail (menu, ui_rect_bottom (inside, 2, &inside));
  menu->rows = inside;
  int count = (int) menu->shown->len;
  if (count == 0) {
    ui_draw_paragraph (ui_rect_inset (inside, 0, 1), 0, UI_STYLE_OVERLAY_DIM,
                       _ ("Nothing fits. Backspace shows more, Esc closes."));
    return;
  }
  if (menu->selected < menu->first)
    menu->first = MAX (menu->selected, 0);
  if (menu->selected >= menu->first + inside.rows)
    menu->first = menu->selected - inside.rows + 1;
  if (menu->first == 1 && !selectable (menu, 0))
    menu->first = inside.rows > menu->selected ? 0 : 1;
  for (int row = 0; row < inside.rows && menu->first + row < count; row++)
    draw_entry (menu, inside, row, g_ptr_array_index (menu->shown, menu->first + row),
                menu->first + row == menu->selected);
  ui_draw_scroll (inside, (guint64) menu->first, (guint64) count);
}

static UiMenuResult
jump_to_letter (UiMenu *menu, UiKeyCode key)
{
  if (key == 'j' || key == 'k') {
    select_near (menu, menu->selected + (key == 'j' ? 1 : -1), key == 'j' ? 1 : -1);
    return UI_MENU_HANDLED;
  }
  for (guint step = 1; step <= menu->shown->len; step++) {
    guint at = (guint) (MAX (menu->selected, 0) + (int) step) % menu->shown->len;
    Entry *entry = g_ptr_array_index (menu->shown, at);
    if (entry->id != NULL && g_unichar_tolower (g_utf8_get_char (entry->title)) == g_unichar_tolower (key)) {
      menu->selected = (int) at;
      break;
    }
  }
  return UI_MENU_HANDLED;
}

static UiMenuResult
on_mouse (UiMenu *menu, const UiEvent *event)
{
  if (event->kind == UI_EVENT_WHEEL) {
    int target = CLAMP (menu->selected + event->amount, 0, (int) menu->shown->len - 1);
    select_near (menu, target, event->amount < 0 ? -1 : 1);
    return UI_MENU_HANDLED;
  }
  if (!ui_rect_contains (menu->rows, event->row, event->column))
    return UI_MENU_HANDLED;
  int index = menu->first + event->row - menu->rows.row;
  if (!selectable (menu, index))
    return UI_MENU_HANDLED;
  menu->selected = index;
  return UI_MENU_TAKEN;
}

static UiMenuResult
on_key (UiMenu *menu, const UiEvent *event)
{
  int page = MAX (menu->rows.rows - 1, 1), last = (int) menu->shown->len - 1;
  switch (event->key) {
  case UI_KEY_ESC:
  case 'c' | UI_KEY_CTRL:
    return UI_MENU_CANCEL;
  case UI_KEY_ENTER:
    return menu->selected >= 0 ? UI_MENU_TAKEN : UI_MENU_HANDLED;
  case UI_KEY_UP:
  case 'p' | UI_KEY_CTRL:
  case UI_KEY_TAB | UI_KEY_SHIFT:
    select_near (menu, menu->selected - 1, -1);
    return UI_MENU_HANDLED;
  case UI_KEY_DOWN:
  case 'n' | UI_KEY_CTRL:
  case UI_KEY_TAB:
    select_near (menu, menu->selected + 1, 1);
    return UI_MENU_HANDLED;
  case UI_KEY_PAGE_UP:
    select_near (menu, MAX (menu->selected - page, 0), 1);
    return UI_MENU_HANDLED;
  case UI_KEY_PAGE_DOWN:
    select_near (menu, MIN (menu->selected + page, last), -1);
    return UI_MENU_HANDLED;
  default:
    break;
  }
  if (!menu->filter)
    return ui_key_is_text (event->key) && menu->shown->len > 0 ? jump_to_letter (menu, event->key)
                                                               : UI_MENU_HANDLED;
  if (event->key == UI_KEY_BACKSPACE && *ui_edit_text (menu->edit) == '\0')
    return UI_MENU_CANCEL;
  if (ui_edit_event (menu->edit, event) == UI_EDIT_CHANGED)
    search (menu);
  return UI_MENU_HANDLED;
}

UiMenuResult
ui_menu_event (UiMenu *menu, const UiEvent *event)
{
  switch (event->kind) {
  case UI_EVENT_KEY:
    return on_key (menu, event);
  case UI_EVENT_PASTE:
    if (menu->filter && ui_edit_event (menu->edit, event) == UI_EDIT_CHANGED)
      search (menu);
    return UI_MENU_HANDLED;
  case UI_EVENT_CLICK:
  case UI_EVENT_DOUBLE_CLICK:
  case UI_EVENT_WHEEL:
    return on_mouse (menu, event);
  default:
    return UI_MENU_HANDLED;
  }
}
