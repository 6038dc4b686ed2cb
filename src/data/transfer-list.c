/* SPDX-License-Identifier: MIT
 * Which files a transfer moves, and under which names: nothing is sent that could not come back, and nothing
 * is written outside of the folder that was chosen (transfer.h).
 */
#include "data/transfer-private.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 1000000u
#define MAX_DEPTH 64u
#define MAX_NAME 1024u
#define SHOWN_MAX 120u

const char *
transfer_content_type (const char *path)
{
  static const struct {
    const char *extension, *type;
  } rows[] = { { ".csv", "text/csv" },
               { ".json", "application/json" },
               { ".html", "text/html" },
               { ".txt", "text/plain" } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_has_suffix (path, rows[i].extension))
      return rows[i].type;
  return "application/octet-stream";
}

/* May NAME, relative to a folder, be a path below it, here and everywhere else? */
static gboolean
is_safe_path (const char *name)
{
  if (*name == '\0' || *name == '/' || strchr (name, '\\') != NULL)
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] == '\0' || strcmp (parts[i], ".") == 0 || strcmp (parts[i], "..") == 0)
      return FALSE;
  return TRUE;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  const TransferFile *const *one = a;
  const TransferFile *const *two = b;
  return strcmp ((*one)->name, (*two)->name);
}

/* --- up ------------------------------------------------------------------------------------------------- */

/* NAME for a message: control characters visible, letters of every script as they are, and its middle left out
 * when it is very long. Gives. */
static char *
escape (const char *name)
{
  char letters[129];
  for (guint i = 0; i < 128; i++)
    letters[i] = (char) (128 + i);
  letters[128] = '\0';
  g_autofree char *display = g_filename_display_name (name);
  g_autofree char *escaped = g_strescape (display, letters);
  g_autofree char *whole = cr_text_safe (escaped);
  glong length = g_utf8_strlen (whole, -1);
  if (length <= (glong) SHOWN_MAX)
    return g_steal_pointer (&whole);
  g_autofree char *start = g_utf8_substring (whole, 0, SHOWN_MAX / 2);
  return g_strdup_printf ("%s...%s", start, g_utf8_offset_to_pointer (whole, length - SHOWN_MAX / 2));
}

static gboolean
add_file (GPtrArray *files, const char *name, const char *relative, const char *path,
          const struct stat *status, GError **error)
{
  if (!g_utf8_validate (name, -1, NULL) || strlen (name) > MAX_NAME || !is_safe_path (relative)) {
    g_autofree char *escaped = escape (relative);
    cr_set_error (error, CR_ERROR_INPUT, "Rename the file. Nothing was uploaded.",
                  "\"%s\" cannot be the name of a file in a storage: names are UTF-8, at most %u bytes long, "
                  "without backslashes and control characters.",
                  escaped, MAX_NAME);
    return FALSE;
  }
  if (access (path, R_OK) != 0) {
    transfer_set_file_error (error, "read", path, errno);
    return FALSE;
  }
  TransferFile *file = transfer_file_new (name, path);
  file->size = file->stored = (guint64) status->st_size;
  file->mtime_ns = (gint64) status->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status->st_mtim.tv_nsec;
  file->inode = status->st_ino;
  g_ptr_array_add (files, file);
  return TRUE;
}

/* The files below a folder, and what is no file: symbolic links, sockets, pipes and devices. */
typedef struct {
  GPtrArray *files;
  const char *prefix;
  guint left_out;
  char *first_left_out;
} Found;

static void
found_clear (Found *found)
{
  g_free (found->first_left_out);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static void
leave_out (Found *found, const char *relative)
{
  if (found->left_out++ == 0)
    found->first_left_out = escape (relative);
}

/* Add the regular files below FOLDER; temp files of this program are passed by. */
static gboolean
collect (Found *found, const char *folder, const char *below, guint depth, GError **error)
{
  GError *problem = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &problem);
  if (dir == NULL || depth > MAX_DEPTH || found->files->len > MAX_FILES) {
    cr_set_error (error, CR_ERROR_INPUT, problem != NULL ? N_ ("Check the path and its permissions.") : NULL,
                  "Cannot upload the folder %s: %s.", folder,
                  problem != NULL ? problem->message : "it is nested too deeply or holds too many files");
    g_clear_error (&problem);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *relative = g_strconcat (below, name, NULL);
    struct stat status;
    if (g_str_has_prefix (name, ".tmp-") || lstat (path, &status) != 0)
      continue;
    if (S_ISDIR (status.st_mode)) {
      g_autofree char *deeper = g_strconcat (relative, "/", NULL);
      if (!collect (found, path, deeper, depth + 1, error))
        return FALSE;
    } else if (S_ISREG (status.st_mode)) {
      g_autofree char *full = g_strconcat (found->prefix, relative, NULL);
      if (!add_file (found->files, full, relative, path, &status, error))
        return FALSE;
    } else {
      leave_out (found, relative);
    }
  }
  return TRUE;
}

/* Nobody should believe that what a link leads to has arrived. */
static void
tell_left_out (const Found *found, CrJob *job)
{
  if (found->left_out == 0)
    return;
  g_autofree char *text =
      found->left_out == 1
          ? g_strdup_printf (_ ("%s is a link or a special file and is not uploaded."), found->first_left_out)
          : g_strdup_printf (_ ("%u links and special files are not uploaded; the first of them is %s."),
                             found->left_out, found->first_left_out);
  cr_job_notice (job, "warning", text);
}

gboolean
transfer_collect (GPtrArray *files, const char *prefix, const char *path, CrJob *job, guint *left_out,
                  GError **error)
{
  struct stat status;
  if (stat (path, &status) != 0) {
    transfer_set_file_error (error, "read", path, errno);
    return FALSE;
  }
  if (S_ISREG (status.st_mode)) {
    char *real = realpath (path, NULL); /* a link may lead to it */
    g_autofree char *target = g_strdup (real != NULL ? real : path);
    free (real);
    g_autofree char *base = g_path_get_basename (path);
    gboolean folder = *prefix == '\0' || g_str_has_suffix (prefix, "/");
    g_autofree char *name = g_strconcat (prefix, folder ? base : "", NULL);
    return add_file (files, name, base, target, &status, error);
  }
  g_auto (Found) found = { .files = files, .prefix = prefix };
  if (!collect (&found, path, "", 0, error))
    return FALSE;
  tell_left_out (&found, job);
  *left_out = found.left_out;
  g_ptr_array_sort (files, by_name);
  return TRUE;
}

void
transfer_take_marks (TransferFile *file, BlobItem *item)
{
  g_free (file->etag);
  file->etag = g_steal_pointer (&item->etag);
  transfer_take_sums (file, item);
}

void
transfer_take_sums (TransferFile *file, BlobItem *item)
{
  g_free (file->md5);
  g_free (file->crc64);
  g_free (file->seal);
  file->crc64 = g_steal_pointer (&item->crc64);
  file->md5 = file->crc64 == NULL ? g_steal_pointer (&item->md5) : NULL; /* one sum is enough */
  file->seal = g_steal_pointer (&item->seal);
}

void
transfer_match (GPtrArray *files, GPtrArray *items)
{
  g_autoptr (GHashTable) by = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < items->len; i++) {
    BlobItem *item = g_ptr_array_index (items, i);
    g_hash_table_insert (by, item->name, item);
  }
  for (guint i = 0; i < files->len; i++) {
    TransferFile *file = g_ptr_array_index (files, i);
    BlobItem *item = g_hash_table_lookup (by, file->name);
    file->there = item != NULL && item->length == file->stored;
    if (file->there)
      transfer_take_marks (file, item);
  }
}

/* --- down ----------------------------------------------------------------------------------------------- */

/* A file cannot be a folder of another one. FILES are sorted by name. */
static gboolean
check_collisions (GPtrArray *files, GError **error)
{
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < files->len; i++) {
    TransferFile *file = g_ptr_array_index (files, i);
    g_hash_table_insert (paths, file->path, file);
  }
  for (guint i = 0; i < files->len; i++) {
    const TransferFile *file = g_ptr_array_index (files, i);
    g_autofree char *parent = g_strdup (file->path);
    for (char *slash = strrchr (parent, '/'); slash != NULL && slash != parent;
         slash = strrchr (parent, '/')) {
      *slash = '\0';
      const TransferFile *other = g_hash_table_lookup (paths, parent);
      if (other == NULL)
        continue;
      g_autofree char *shown = escape (other->name);
      cr_set_error (error, CR_ERROR_INPUT, "Ask the owner of the storage to remove or rename one of them.",
                    "\"%s\" in the storage is a file, and there are files below it.", shown);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
transfer_choose (GPtrArray *files, GPtrArray *items, const char *prefix, const char *folder, GError **error)
{
  gsize skip = prefix != NULL ? strlen (prefix) : 0;
  for (guint i = 0; i < items->len; i++) {
    BlobItem *item = g_ptr_array_index (items, i);
    if (item->folder || g_str_has_suffix (item->name, "/"))
      continue;
    gboolean below = prefix == NULL || g_str_has_prefix (item->name, prefix);
    const char *relative = below ? item->name + skip : "";
    if (below && *relative == '\0') { /* PREFIX is the file itself */
      const char *slash = strrchr (item->name, '/');
      relative = slash != NULL ? slash + 1 : item->name;
    }
    while (skip > 0 && *relative == '/')
      relative++;
    if (!is_safe_path (relative)) {
      g_autofree char *shown = escape (item->name);
      cr_set_error (error, CR_ERROR_INPUT, "Ask the owner of the storage to remove or rename it.",
                    "The file \"%s\" in the storage has a name that cannot be a file here.", shown);
      return FALSE;
    }
    g_autofree char *path = g_build_filename (folder, relative, NULL);
    TransferFile *file = transfer_file_new (item->name, path);
    file->size = file->stored = item->length;
    transfer_take_marks (file, item);
    g_ptr_array_add (files, file);
  }
  g_ptr_array_sort (files, by_name);
  return check_collisions (files, error);
}
