/* SPDX-License-Identifier: MIT
 * Whole folders encrypted and decrypted, file by file (cse.h).
 */
#include "data/cse.h"

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 64u

/* What is done with one file; TO is NULL where only FROM is looked at. FALSE ends the walk. */
typedef gboolean (*Visit) (gpointer data, const char *from, const char *to, GError **error);

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in a folder, sorted, without links and drafts of other files. */
static GPtrArray *
names_of (const char *folder, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  if (entries == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read the folder %s.", folder);
    return NULL;
  }
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (const char *name = g_dir_read_name (entries); name != NULL; name = g_dir_read_name (entries)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!g_str_has_prefix (name, ".tmp-") && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, by_name);
  return names;
}

static gboolean
walk (const char *from, const char *to, guint depth, Visit visit, gpointer data, GError **error)
{
  if (g_file_test (from, G_FILE_TEST_IS_REGULAR))
    return visit (data, from, to, error);
  if (!g_file_test (from, G_FILE_TEST_IS_DIR)) {
    if (depth > 0)
      return TRUE; /* a pipe, a socket */
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "There is no file or folder %s.", from);
    return FALSE;
  }
  if (depth > DEPTH_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is nested too deeply.", from);
    return FALSE;
  }
  g_autoptr (GPtrArray) names = names_of (from, error);
  if (names == NULL || (to != NULL && !cr_dir_make (to, 0700, error)))
    return FALSE;
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *one = g_build_filename (from, g_ptr_array_index (names, i), NULL);
    g_autofree char *other = to != NULL ? g_build_filename (to, g_ptr_array_index (names, i), NULL) : NULL;
    if (!walk (one, other, depth + 1, visit, data, error))
      return FALSE;
  }
  return TRUE;
}

typedef struct {
  DataCse *cse;
  CrJob *job;
  gboolean encrypt;
  guint files;
} Copy;

static gboolean
copy_file (gpointer data, const char *from, const char *to, GError **error)
{
  Copy *copy = data;
  gboolean good = copy->encrypt ? data_cse_encrypt_file (copy->cse, copy->job, from, to, error)
                                : data_cse_decrypt_file (copy->cse, copy->job, from, to, error);
  if (!good)
    g_prefix_error (error, "%s: ", from);
  copy->files += good;
  return good;
}

gboolean
data_cse_copy (DataCse *cse, CrJob *job, gboolean encrypt, const char *from, const char *to, guint *files,
               GError **error)
{
  Copy copy = { .cse = cse, .job = job, .encrypt = encrypt };
  g_autofree char *inside = NULL;
  if (g_file_test (from, G_FILE_TEST_IS_REGULAR)) {
    g_autofree char *name = g_path_get_basename (from);
    inside = g_build_filename (to, name, NULL);
    if (!cr_dir_make (to, 0700, error))
      return FALSE;
  }
  gboolean good = walk (from, inside != NULL ? inside : to, 0, copy_file, &copy, error);
  if (files != NULL)
    *files = copy.files;
  return good;
}

/* --- what is encrypted already --- */

typedef struct {
  DataCse *cse;
  guint block;
  char *found;
} Search;

static gboolean
is_sealed (Search *search, const char *path)
{
  guint64 chunks = 0;
  GStatBuf status;
  gsize length = (gsize) search->block + DATA_CSE_OVERHEAD;
  if (g_stat (path, &status) != 0 || status.st_size <= DATA_CSE_TRAILER
      || !data_cse_chunks ((guint64) status.st_size, search->block, &chunks, NULL) || chunks == 0)
    return FALSE;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autofree guint8 *chunk = g_malloc (length);
  g_autofree guint8 *plain = g_malloc (search->block);
  gsize read_bytes = 0;
  gssize got = 1;
  while (fd >= 0 && read_bytes < length && got > 0) {
    got = read (fd, chunk + read_bytes, length - read_bytes);
    read_bytes += got > 0 ? (gsize) got : 0;
  }
  if (fd >= 0)
    close (fd);
  gboolean sealed = read_bytes == length && data_cse_open (search->cse, chunk, plain, NULL);
  cr_wipe (plain, search->block);
  return sealed;
}

static gboolean
look_at (gpointer data, const char *from, const char *to, GError **error)
{
  (void) to;
  (void) error;
  Search *search = data;
  if (is_sealed (search, from))
    search->found = g_strdup (from);
  return search->found == NULL;
}

char *
data_cse_find_sealed (DataCse *cse, guint block, const char *path)
{
  Search search = { .cse = cse, .block = block };
  walk (path, NULL, 0, look_at, &search, NULL);
  return search.found;
}
