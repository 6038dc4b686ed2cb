/* SPDX-License-Identifier: MIT
 * A file or folder: typed, or chosen from a numbered list of what is there.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

#include <string.h>
#include <sys/stat.h>

#define SHOWN 30u
#define ENTRIES_MAX 20000u

typedef struct {
  char *name; /* with a slash for folders */
  gboolean folder;
  goffset size;
} Entry;

/* Belongs to the question that is open. */
typedef struct {
  char *text, *initial;
  LinePathKind kind;
  LinePathTaken taken;
  gpointer data;
  GDestroyNotify free_data;
  /* the list */
  gboolean listing;
  char *folder; /* absolute */
  char *filter; /* a part of a name, or NULL */
  guint first;
  GPtrArray *entries; /* Entry, those that the filter lets through */
} Path;

static void ask (Line *line, Path *path);

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry);
}

static void
path_free (Path *path)
{
  g_free (path->text);
  g_free (path->initial);
  g_free (path->folder);
  g_free (path->filter);
  g_ptr_array_unref (path->entries);
  if (path->free_data != NULL)
    path->free_data (path->data);
  g_free (path);
}

/* The path goes with the question where that is thrown away unanswered. */
static void
release (gpointer data)
{
  Path **path = data;
  if (*path != NULL)
    path_free (*path);
  g_free (path);
}

char *
line_path_read (const char *text)
{
  if (text[0] == '~' && (text[1] == '/' || text[1] == '\0'))
    return g_build_filename (g_get_home_dir (), text + 1, NULL);
  return g_strdup (text);
}

gboolean
line_is_list (const char *text)
{
  return g_ascii_strcasecmp (text, "list") == 0 || g_strcmp0 (text, _ ("list")) == 0;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *first = *(Entry *const *) a, *second = *(Entry *const *) b;
  if (first->folder != second->folder)
    return first->folder ? -1 : 1;
  return strcmp (first->name, second->name);
}

static void
add_entry (Path *path, const char *name)
{
  g_autofree char *full = g_build_filename (path->folder, name, NULL);
  struct stat info;
  if (*name == '.' || stat (full, &info) != 0 || (path->kind == LINE_PATH_FOLDER && !S_ISDIR (info.st_mode)))
    return;
  g_autofree char *shown = g_utf8_make_valid (name, -1);
  g_autofree char *folded = g_utf8_casefold (shown, -1);
  g_autofree char *part = path->filter != NULL ? g_utf8_casefold (path->filter, -1) : NULL;
  if (part != NULL && strstr (folded, part) == NULL)
    return;
  Entry *entry = g_new0 (Entry, 1);
  entry->folder = S_ISDIR (info.st_mode);
  entry->name = g_strconcat (name, entry->folder ? "/" : "", NULL);
  entry->size = info.st_size;
  g_ptr_array_add (path->entries, entry);
}

/* The folder as it is now. Why it cannot be read (gives), or NULL. */
static char *
read_folder (Path *path)
{
  g_autoptr (GError) error = NULL;
  g_ptr_array_set_size (path->entries, 0);
  g_autoptr (GDir) dir = g_dir_open (path->folder, 0, &error);
  if (dir == NULL)
    return g_strdup (error->message);
  for (const char *name = g_dir_read_name (dir); name != NULL && path->entries->len < ENTRIES_MAX;
       name = g_dir_read_name (dir))
    add_entry (path, name);
  g_ptr_array_sort (path->entries, compare_entries);
  return NULL;
}

/* ---- the list: 1 takes the folder, 2 goes up, then what is in it, then more ---- */

static guint
last_shown (const Path *path)
{
  return MIN (path->first + SHOWN, path->entries->len);
}

static char *
list_text (Path *path)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Folder %s:"), path->folder);
  g_string_append_printf (text, "\n1. %s",
                          path->kind == LINE_PATH_FOLDER ? _ ("Take this folder")
                                                         : _ ("Type a name for a file in this folder"));
  g_string_append_printf (text, "\n2. %s", _ (".. (the folder above)"));
  for (guint i = path->first; i < last_shown (path); i++) {
    const Entry *entry = g_ptr_array_index (path->entries, i);
    g_autofree char *size = entry->folder ? g_strdup (_ ("folder")) : g_format_size ((guint64) entry->size);
    g_autofree char *name = g_utf8_make_valid (entry->name, -1);
    g_string_append_printf (text, "\n%u. %s, %s", i - path->first + 3, name, size);
  }
  if (last_shown (path) < path->entries->len) {
    g_autofree char *more = g_strdup_printf (_ ("More: %u to %u of %u"), last_shown (path) + 1,
                                             MIN (last_shown (path) + SHOWN, path->entries->len),
                                             path->entries->len);
    g_string_append_printf (text, "\n%u. %s", last_shown (path) - path->first + 3, more);
  }
  if (path->entries->len == 0)
    g_string_append_printf (text, "\n%s", _ ("Nothing else is there."));
  if (path->filter != NULL)
    g_string_append_printf (text, _ ("\nOnly names with \"%s\"; = alone shows all."), path->filter);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
as_number (const Path *path, const char *text, guint64 *number)
{
  guint shown = last_shown (path) - path->first;
  guint more = last_shown (path) < path->entries->len ? 1 : 0;
  return g_ascii_string_to_unsigned (text, 10, 1, 2 + shown + more, number, NULL);
}

static char *
check_listing (Line *line, const char *text, gpointer data)
{
  Path *path = *(Path **) data;
  guint64 number = 0;
  (void) line;
  if (*text == '\0' || as_number (path, text, &number))
    return NULL;
  if (text[strspn (text, "0123456789")] == '\0')
    return g_strdup (_ ("Type one of the numbers."));
  g_autofree char *before = g_steal_pointer (&path->filter);
  path->filter = g_strdup (text);
  g_autofree char *problem = read_folder (path);
  gboolean none = path->entries->len == 0;
  g_free (path->filter);
  path->filter = g_steal_pointer (&before);
  g_free (problem);
  problem = read_folder (path);
  return none ? g_strdup (_ ("No name there has that in it.")) : NULL;
}

static void
enter (Path *path, const char *folder)
{
  g_autofree char *full = g_canonicalize_filename (folder, path->folder);
  g_free (path->folder);
  path->folder = g_steal_pointer (&full);
  g_clear_pointer (&path->filter, g_free);
  path->first = 0;
}

/* Takes PATH: TEXT (may be NULL) is what came of it. */
static void
end (Line *line, Path *path, const char *text)
{
  path->taken (line, text, path->data);
  path_free (path);
}

/* Takes PATH. */
static void
chosen (Line *line, Path *path, guint64 number)
{
  guint index = (guint) number - 3 + path->first;
  if (number == 1 && path->kind == LINE_PATH_FOLDER) {
    end (line, path, path->folder);
    return;
  }
  if (number == 1) {
    g_autofree char *name = g_path_get_basename (path->initial != NULL ? path->initial : "file");
    g_free (path->initial);
    path->initial = g_build_filename (path->folder, name, NULL);
    path->listing = FALSE;
  } else if (number == 2)
    enter (path, "..");
  else if (index >= last_shown (path))
    path->first = index;
  else {
    const Entry *entry = g_ptr_array_index (path->entries, index);
    g_autofree char *full = g_build_filename (path->folder, entry->name, NULL);
    if (!entry->folder) {
      end (line, path, full);
      return;
    }
    enter (path, full);
  }
  ask (line, path);
}

static void
listing_answered (Line *line, const char *text, gpointer data)
{
  Path *path = g_steal_pointer ((Path **) data);
  guint64 number = 0;
  if (text != NULL && as_number (path, text, &number)) {
    chosen (line, path, number);
    return;
  }
  if (text == NULL)
    path->listing = FALSE;
  else {
    g_free (path->filter);
    path->filter = *text != '\0' ? g_strdup (text) : NULL;
    path->first = 0;
  }
  ask (line, path);
}

/* ---- typing ---- */

static char *
check_typed (Line *line, const char *text, gpointer data)
{
  const Path *path = *(Path **) data;
  g_autofree char *full = line_path_read (text);
  (void) line;
  if (line_is_list (text))
    return NULL;
  if (path->kind == LINE_PATH_FOLDER)
    return g_file_test (full, G_FILE_TEST_IS_DIR) ? NULL : g_strdup (_ ("There is no such folder."));
  if (g_file_test (full, G_FILE_TEST_IS_DIR))
    return g_strdup (_ ("This is a folder; type a name for the file, or list."));
  g_autofree char *parent = g_path_get_dirname (full);
  return g_file_test (parent, G_FILE_TEST_IS_DIR) ? NULL
                                                  : g_strdup_printf (_ ("There is no folder %s."), parent);
}

static void
typed (Line *line, const char *text, gpointer data)
{
  Path *path = g_steal_pointer ((Path **) data);
  if (text == NULL || !line_is_list (text)) {
    g_autofree char *full = text != NULL ? line_path_read (text) : NULL;
    end (line, path, full);
    return;
  }
  path->listing = TRUE;
  ask (line, path);
}

/* Takes PATH. */
static void
ask (Line *line, Path *path)
{
  g_autofree char *text = NULL;
  if (path->listing) {
    g_autofree char *problem = read_folder (path);
    text = list_text (path);
    line_text (line, 0, problem);
  } else
    text = g_strdup_printf ("%s\n%s", path->text, _ ("Type a path, or list to choose from what is there."));
  Path **holder = g_new (Path *, 1);
  *holder = path;
  line_ask (line, &(LineQuestion){ .text = text,
                                   .initial = path->listing ? NULL : path->initial,
                                   .prompt = path->listing ? _ ("Number or a part of a name") : NULL,
                                   .optional = path->listing,
                                   .check = path->listing ? check_listing : check_typed,
                                   .answered = path->listing ? listing_answered : typed,
                                   .data = holder,
                                   .free_data = release });
}

void
line_ask_path (Line *line, const LinePath *wanted)
{
  Path *path = g_new0 (Path, 1);
  path->text = g_strdup (wanted->text);
  path->initial = g_strdup (wanted->initial);
  path->kind = wanted->kind;
  path->taken = wanted->taken;
  path->data = wanted->data;
  path->free_data = wanted->free_data;
  path->entries = g_ptr_array_new_with_free_func (entry_free);
  path->listing = wanted->listing;
  /* It opens where the default points to, as far as that is there. */
  g_autofree char *start = line_path_read (wanted->initial != NULL ? wanted->initial : ".");
  g_autofree char *full = g_canonicalize_filename (start, NULL);
  path->folder = g_file_test (full, G_FILE_TEST_IS_DIR) ? g_strdup (full) : g_path_get_dirname (full);
  if (!g_file_test (path->folder, G_FILE_TEST_IS_DIR)) {
    g_free (path->folder);
    path->folder = g_get_current_dir ();
  }
  ask (line, path);
}

void
line_ask_file (Line *line, const char *name, LinePathTaken taken, gpointer data, GDestroyNotify free_data)
{
  line_ask_path (line, &(LinePath){ .text = _ ("Save it to which file? One that is there is replaced."),
                                    .initial = name,
                                    .kind = LINE_PATH_NEW_FILE,
                                    .taken = taken,
                                    .data = data,
                                    .free_data = free_data });
}
