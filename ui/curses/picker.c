/* SPDX-License-Identifier: MIT
 * Choose a file or a folder from the disk (picker.h).
 */
#include "ui/curses/picker.h"

#include "ui/curses/hints.h"

#include "base/translate.h"
#include "ui/curses/edit.h"
#include "ui/curses/list.h"

#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 20000

typedef struct {
  char *name; /* with a slash for folders */
  gboolean folder;
  goffset size;
} Entry;

struct UiPicker {
  char *title;
  gboolean folders, new_file;
  char *folder; /* absolute */
  char *problem;
  GPtrArray *entries; /* Entry* */
  UiList *list;
  UiEdit *name;     /* new files: what it will be called */
  gboolean on_name; /* the name has the focus */
  char *path;       /* taken */
  char *asked;      /* exists; taken when it is entered once more */
  gboolean hidden;  /* names that begin with a dot are shown */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry);
}

static guint
row_count (gpointer data)
{
  return ((UiPicker *) data)->entries->len;
}

static const char *
row_id (gpointer data, guint row)
{
  return ((Entry *) g_ptr_array_index (((UiPicker *) data)->entries, row))->name;
}

static void
row_cell (gpointer data, guint row, guint column, GString *text, UiStyle *style)
{
  const Entry *entry = g_ptr_array_index (((UiPicker *) data)->entries, row);
  if (column == 0) {
    g_string_append (text, entry->name);
    *style = entry->folder ? UI_STYLE_LINK : UI_STYLE_TEXT;
  } else if (!entry->folder) {
    g_autofree char *size = g_format_size ((guint64) entry->size);
    g_string_append (text, size);
    *style = UI_STYLE_DIM;
  }
}

static const UiListColumn columns[] = { { N_ ("Name"), 16, 0, 0, FALSE, FALSE },
                                        { N_ ("Size"), 9, 9, 1, TRUE, FALSE },
                                        { NULL, 0, 0, 0, FALSE, FALSE } };
static const UiListSource source = { .count = row_count, .id = row_id, .cell = row_cell };

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *first = *(Entry *const *) a, *second = *(Entry *const *) b;
  if (strcmp (first->name, "../") == 0 || strcmp (second->name, "../") == 0)
    return strcmp (first->name, "../") == 0 ? -1 : 1;
  if (first->folder != second->folder)
    return first->folder ? -1 : 1;
  return strcmp (first->name, second->name);
}

static void
add_entry (UiPicker *picker, const char *name)
{
  g_autofree char *path = g_build_filename (picker->folder, name, NULL);
  struct stat info;
  gboolean there = stat (path, &info) == 0;
  gboolean folder = there && S_ISDIR (info.st_mode);
  if (!there || (name[0] == '.' && !picker->hidden) || (picker->folders && !folder))
    return;
  Entry *entry = g_new0 (Entry, 1);
  entry->name = g_strconcat (name, folder ? "/" : "", NULL);
  entry->folder = folder;
  entry->size = info.st_size;
  g_ptr_array_add (picker->entries, entry);
}

static void
read_folder (UiPicker *picker)
{
  g_autoptr (GError) error = NULL;
  g_ptr_array_set_size (picker->entries, 0);
  Entry *up = g_new0 (Entry, 1);
  up->name = g_strdup ("../");
  up->folder = TRUE;
  g_ptr_array_add (picker->entries, up);
  g_autoptr (GDir) dir = g_dir_open (picker->folder, 0, &error);
  const char *name;
  while (dir != NULL && picker->entries->len < ENTRIES_MAX && (name = g_dir_read_name (dir)) != NULL)
    add_entry (picker, name);
  g_ptr_array_sort (picker->entries, compare_entries);
  g_free (picker->problem);
  picker->problem = error != NULL ? g_strdup (error->message) : NULL;
  ui_list_set_status (picker->list, error != NULL ? UI_LIST_FAILED : UI_LIST_READY, picker->problem);
  ui_list_set_filter (picker->list, "");
  ui_list_refresh (picker->list);
}

static char *
expand (const char *text)
{
  if (text == NULL || *text == '\0')
    return g_get_current_dir ();
  if (text[0] == '~' && (text[1] == '/' || text[1] == '\0'))
    return g_build_filename (g_get_home_dir (), text + 1, NULL);
  return g_canonicalize_filename (text, NULL);
}

UiPicker *
ui_picker_new (const char *title, const char *start, gboolean folders, gboolean new_file)
{
  UiPicker *picker = g_new0 (UiPicker, 1);
  picker->title = g_strdup (title);
  picker->folders = folders;
  picker->new_file = new_file;
  picker->entries = g_ptr_array_new_with_free_func (entry_free);
  picker->list = ui_list_new (columns, &source, picker);
  ui_list_set_header (picker->list, FALSE);
  picker->name = ui_edit_new (UI_EDIT_PLAIN);
  picker->on_name = new_file;
  g_autofree char *whole = start != NULL && *start != '\0' ? expand (start) : g_strdup (g_get_home_dir ());
  if (g_file_test (whole, G_FILE_TEST_IS_DIR)) {
    picker->folder = g_strdup (whole);
  } else {
    picker->folder = g_path_get_dirname (whole);
    g_autofree char *name = g_path_get_basename (whole);
    ui_edit_set_text (picker->name, name);
    ui_list_select_id (picker->list, name);
  }
  if (!g_file_test (picker->folder, G_FILE_TEST_IS_DIR)) {
    g_free (picker->folder);
    picker->folder = g_get_current_dir ();
  }
  read_folder (picker);
  return picker;
}

void
ui_picker_free (UiPicker *picker)
{
  if (picker == NULL)
    return;
  ui_list_free (picker->list);
  ui_edit_free (picker->name);
  g_ptr_array_unref (picker->entries);
  g_free (picker->title);
  g_free (picker->folder);
  g_free (picker->problem);
  g_free (picker->path);
  g_free (picker->asked);
  g_free (picker);
}

const char *
ui_picker_path (UiPicker *picker)
{
  return picker->path;
}

void
ui_picker_draw (UiPicker *picker, UiRect whole)
{
  UiRect box = ui_rect_centre (whole, MIN (whole.rows - 2, 20), MIN (whole.columns - 4, 76));
  ui_draw_clear (box, UI_STYLE_OVERLAY);
  UiRect inside = ui_rect_inset (ui_draw_box (box, UI_STYLE_OVERLAY_BORDER, picker->title), 0, 1);
  ui_draw_text (ui_rect_top (inside, 1, &inside), 0, 0, UI_STYLE_LINK, picker->folder);
  if (picker->asked != NULL)
    ui_draw_text (ui_rect_bottom (inside, 1, &inside), 0, 0, UI_STYLE_WARNING,
                  _ ("This file exists. Enter again replaces it."));
  if (picker->new_file) {
    UiRect line = ui_rect_bottom (inside, 1, &inside);
    int used = ui_draw_text (line, 0, 0, UI_STYLE_LABEL, _ ("Name")) + 1;
    ui_edit_draw (picker->name, line, 0, used, line.columns - used,
                  picker->on_name ? UI_STYLE_INPUT_FOCUS : UI_STYLE_INPUT, picker->on_name);
  }
  ui_list_draw (picker->list, inside, !picker->on_name);
}

static void
go_to (UiPicker *picker, const char *name)
{
  g_autofree char *from = g_path_get_basename (picker->folder);
  gboolean up = strcmp (name, "../") == 0;
  char *folder = up ? g_path_get_dirname (picker->folder) : g_build_filename (picker->folder, name, NULL);
  gsize length = strlen (folder);
  if (length > 1 && folder[length - 1] == '/')
    folder[length - 1] = '\0';
  g_free (picker->folder);
  picker->folder = folder;
  read_folder (picker);
  g_autofree char *id = g_strconcat (from, "/", NULL);
  if (up)
    ui_list_select_id (picker->list, id);
  else
    ui_list_select_first (picker->list);
}

static UiPickerResult
take (UiPicker *picker, const char *name)
{
  g_free (picker->path);
  picker->path = name != NULL ? g_build_filename (picker->folder, name, NULL) : g_strdup (picker->folder);
  return UI_PICKER_TAKEN;
}

static UiPickerResult
open_selected (UiPicker *picker)
{
  int row = ui_list_selected (picker->list);
  if (row < 0)
    return UI_PICKER_OPEN;
  const Entry *entry = g_ptr_array_index (picker->entries, (guint) row);
  if (entry->folder) {
    g_autofree char *name = g_strdup (entry->name);
    go_to (picker, name);
    return UI_PICKER_OPEN;
  }
  if (!picker->new_file)
    return take (picker, entry->name);
  ui_edit_set_text (picker->name, entry->name);
  picker->on_name = TRUE;
  return UI_PICKER_OPEN;
}

/* The name as a path; one that exists is asked about, a folder is opened. */
static UiPickerResult
take_name (UiPicker *picker)
{
  g_autofree char *name = g_strstrip (g_strdup (ui_edit_text (picker->name)));
  gboolean plain = *name != '/' && *name != '~' && strchr (name, '/') == NULL;
  g_autofree char *path = plain ? g_build_filename (picker->folder, name, NULL) : expand (name);
  if (*name == '\0')
    return UI_PICKER_OPEN;
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_free (picker->folder);
    picker->folder = g_steal_pointer (&path);
    ui_edit_set_text (picker->name, "");
    read_folder (picker);
    return UI_PICKER_OPEN;
  }
  if (g_file_test (path, G_FILE_TEST_EXISTS) && g_strcmp0 (path, picker->asked) != 0) {
    g_free (picker->asked);
    picker->asked = g_steal_pointer (&path);
    return UI_PICKER_OPEN;
  }
  g_free (picker->path);
  picker->path = g_steal_pointer (&path);
  return UI_PICKER_TAKEN;
}

static UiPickerResult
name_event (UiPicker *picker, const UiEvent *event)
{
  if (ui_event_is (event, UI_KEY_ENTER))
    return take_name (picker);
  if (ui_event_is (event, UI_KEY_TAB) || ui_event_is (event, UI_KEY_UP) || ui_event_is (event, UI_KEY_DOWN))
    picker->on_name = FALSE;
  else if (ui_edit_event (picker->name, event) == UI_EDIT_CHANGED)
    g_clear_pointer (&picker->asked, g_free);
  return UI_PICKER_OPEN;
}

UiPickerResult
ui_picker_event (UiPicker *picker, const UiEvent *event)
{
  if (picker->on_name && ui_event_is (event, UI_KEY_ESC))
    return UI_PICKER_CANCEL;
  if (picker->on_name && (event->kind == UI_EVENT_KEY || event->kind == UI_EVENT_PASTE))
    return name_event (picker, event);
  gboolean typing = ui_list_filtering (picker->list);
  UiListResult result = ui_list_event (picker->list, event);
  if (result == UI_LIST_OPENED)
    return open_selected (picker);
  if (result == UI_LIST_MOVED || typing || event->kind != UI_EVENT_KEY)
    return UI_PICKER_OPEN;
  switch (event->key) {
  case UI_KEY_ESC:
  case 'c' | UI_KEY_CTRL:
    return UI_PICKER_CANCEL;
  case UI_KEY_BACKSPACE:
  case UI_KEY_LEFT:
  case 'h':
    go_to (picker, "../");
    return UI_PICKER_OPEN;
  case UI_KEY_RIGHT:
  case 'l':
    return open_selected (picker);
  case UI_KEY_TAB:
    picker->on_name = picker->new_file;
    return UI_PICKER_OPEN;
  case '.':
    picker->hidden = !picker->hidden;
    read_folder (picker);
    return UI_PICKER_OPEN;
  case ' ':
    return picker->folders ? take (picker, NULL) : UI_PICKER_OPEN;
  default:
    return UI_PICKER_OPEN;
  }
}

void
ui_picker_hints (UiPicker *picker, GString *hints)
{
  if (picker->on_name) {
    ui_hints_add (hints, "Enter", picker->asked != NULL ? _ ("replace it") : _ ("save"));
    ui_hints_add (hints, "Esc", _ ("cancel"));
    ui_hints_add (hints, "Tab", _ ("folders"));
    return;
  }
  ui_hints_add (hints, "Enter", _ ("open"));
  ui_hints_add (hints, "Esc", _ ("cancel"));
  if (picker->folders)
    ui_hints_add (hints, "Space", _ ("take this folder"));
  if (picker->new_file)
    ui_hints_add (hints, "Tab", _ ("name"));
  ui_hints_add (hints, "Left", _ ("folder above"));
  ui_hints_add (hints, "/", _ ("find"));
  ui_hints_add (hints, ".", _ ("hidden files"));
}

/* Bytes that A and B begin with in common, at whole characters. */
static gsize
common (const char *a, const char *b)
{
  gsize length = 0;
  while (a[length] != '\0' && a[length] == b[length])
    length++;
  while (length > 0 && ((guchar) a[length] & 0xC0) == 0x80)
    length--;
  return length;
}

char *
ui_path_complete (const char *text, gboolean folders)
{
  g_autofree char *whole = NULL;
  if (text[0] == '~' && text[1] == '/')
    whole = g_build_filename (g_get_home_dir (), text + 1, NULL);
  else
    whole = g_strdup (text);
  const char *slash = strrchr (whole, '/');
  g_autofree char *folder = slash == NULL    ? g_strdup (".")
                            : slash == whole ? g_strdup ("/")
                                             : g_strndup (whole, (gsize) (slash - whole));
  const char *begin = slash != NULL ? slash + 1 : whole;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *best = NULL;
  guint count = 0;
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!g_str_has_prefix (name, begin) || (*begin == '\0' && *name == '.')
        || (folders && !g_file_test (path, G_FILE_TEST_IS_DIR)))
      continue;
    if (best == NULL)
      best = g_strdup (name);
    else
      best[common (best, name)] = '\0';
    count++;
  }
  if (best == NULL)
    return NULL;
  g_autofree char *path = slash != NULL ? g_strdup_printf ("%.*s/%s", (int) (slash - whole), whole, best)
                                        : g_strdup (best);
  return g_strconcat (path, count == 1 && g_file_test (path, G_FILE_TEST_IS_DIR) ? "/" : "", NULL);
}
