/* SPDX-License-Identifier: MIT
 * Folders up and down: several files at a time, those that are there already left alone.
 */
#include "cloud/blob-private.h"
#include "cloud/store.h"

#include "base/error.h"
#include "base/translate.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FILES 1000000u
#define MAX_DEPTH 64u

/* One file to move. */
typedef struct {
  char *name; /* of the blob */
  char *path; /* of the file */
  guint64 length;
  char *md5; /* of the blob as it is now; NULL = unknown or absent */
} Piece;

/* What the workers share. */
typedef struct {
  CloudStore *store;
  CrJob *job;
  gboolean upload;
  GMutex lock;
  GError *error; /* the first; the others stop */
  guint moved;
  guint64 done, total; /* bytes */
} Transfer;

static void
piece_free (gpointer data)
{
  Piece *piece = data;
  g_free (piece->name);
  g_free (piece->path);
  g_free (piece->md5);
  g_free (piece);
}

/* Is the file on this side the blob on the other? */
static gboolean
is_same (const Transfer *transfer, const Piece *piece)
{
  if (piece->md5 == NULL)
    return FALSE;
  struct stat status;
  if (!transfer->upload
      && (lstat (piece->path, &status) != 0 || !S_ISREG (status.st_mode)
          || (guint64) status.st_size != piece->length))
    return FALSE;
  g_autofree char *md5 = blob_file_md5 (piece->path, NULL);
  return g_strcmp0 (md5, piece->md5) == 0;
}

static void
move_piece (gpointer data, gpointer user_data)
{
  const Piece *piece = data;
  Transfer *transfer = user_data;
  g_mutex_lock (&transfer->lock);
  gboolean failed = transfer->error != NULL;
  g_mutex_unlock (&transfer->lock);
  if (failed)
    return;

  GError *problem = NULL;
  gboolean same = is_same (transfer, piece);
  if (!same && cr_job_check (transfer->job, &problem)) {
    if (transfer->upload)
      cloud_store_put_file (transfer->store, transfer->job, piece->name, piece->path, &problem);
    else
      cloud_store_get_to_file (transfer->store, transfer->job, piece->name, piece->path, &problem);
  }
  g_mutex_lock (&transfer->lock);
  if (problem != NULL && transfer->error == NULL)
    transfer->error = g_steal_pointer (&problem);
  g_clear_error (&problem);
  transfer->moved += same || transfer->error != NULL ? 0 : 1;
  transfer->done += piece->length;
  guint64 done = transfer->done;
  g_mutex_unlock (&transfer->lock);

  g_autofree char *phase = g_strdup_printf (transfer->upload ? _ ("upload %s") : _ ("download %s"),
                                            piece->name);
  cr_job_progress (transfer->job, phase, done, transfer->total);
}

static gboolean
move_all (Transfer *transfer, GPtrArray *pieces, BlobTransfer *result, GError **error)
{
  g_mutex_init (&transfer->lock);
  for (guint i = 0; i < pieces->len; i++)
    transfer->total += ((const Piece *) g_ptr_array_index (pieces, i))->length;
  if (pieces->len > 0) {
    guint workers = MIN (BLOB_WORKERS, pieces->len);
    GThreadPool *pool = g_thread_pool_new (move_piece, transfer, (gint) workers, FALSE, NULL);
    for (guint i = 0; i < pieces->len; i++)
      g_thread_pool_push (pool, g_ptr_array_index (pieces, i), NULL);
    g_thread_pool_free (pool, FALSE, TRUE);
  }
  g_mutex_clear (&transfer->lock);
  if (transfer->error != NULL) {
    g_propagate_error (error, transfer->error);
    return FALSE;
  }
  if (result != NULL)
    *result = (BlobTransfer){ .files = pieces->len, .moved = transfer->moved, .bytes = transfer->total };
  return TRUE;
}

/* --- up ------------------------------------------------------------------------------------------------- */

/* Add the regular files below FOLDER; symbolic links and temp files are left out. */
static gboolean
collect (GPtrArray *pieces, const char *folder, const char *prefix, guint depth, GError **error)
{
  GError *problem = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &problem);
  if (dir == NULL || depth > MAX_DEPTH || pieces->len > MAX_FILES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "Cannot upload the folder %s: %s.", folder,
                  problem != NULL ? problem->message : "it is nested too deeply or holds too many files");
    g_clear_error (&problem);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *blob = g_strconcat (prefix, name, NULL);
    struct stat status;
    if (g_str_has_prefix (name, ".tmp-") || lstat (path, &status) != 0)
      continue;
    if (S_ISDIR (status.st_mode)) {
      g_autofree char *below = g_strconcat (blob, "/", NULL);
      if (!collect (pieces, path, below, depth + 1, error))
        return FALSE;
    } else if (S_ISREG (status.st_mode)) {
      if (!g_utf8_validate (blob, -1, NULL) || strlen (blob) > 1024) {
        cr_set_error (error, CR_ERROR_INPUT, "Rename the file.",
                      "The name of a file in %s cannot be a blob's name.", folder);
        return FALSE;
      }
      Piece *piece = g_new0 (Piece, 1);
      piece->name = g_steal_pointer (&blob);
      piece->path = g_steal_pointer (&path);
      piece->length = (guint64) status.st_size;
      g_ptr_array_add (pieces, piece);
    }
  }
  return TRUE;
}

/* Remember the digests of blobs that are there with the right length. */
static void
match_existing (GPtrArray *pieces, GPtrArray *existing)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < existing->len; i++) {
    BlobItem *item = g_ptr_array_index (existing, i);
    g_hash_table_insert (by_name, item->name, item);
  }
  for (guint i = 0; i < pieces->len; i++) {
    Piece *piece = g_ptr_array_index (pieces, i);
    const BlobItem *item = g_hash_table_lookup (by_name, piece->name);
    if (item != NULL && item->length == piece->length)
      piece->md5 = g_strdup (item->md5);
  }
}

gboolean
cloud_store_upload (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                    BlobTransfer *result, GError **error)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (piece_free);
  if (!collect (pieces, folder, prefix != NULL ? prefix : "", 0, error))
    return FALSE;
  g_autoptr (GPtrArray) existing = cloud_store_list (store, job, prefix, error);
  if (existing == NULL)
    return FALSE;
  match_existing (pieces, existing);
  Transfer transfer = { .store = store, .job = job, .upload = TRUE };
  return move_all (&transfer, pieces, result, error);
}

/* --- down ----------------------------------------------------------------------------------------------- */

/* May NAME, relative to the target folder, become a path below it? */
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

gboolean
cloud_store_download (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                      BlobTransfer *result, GError **error)
{
  g_autoptr (GPtrArray) items = cloud_store_list (store, job, prefix, error);
  if (items == NULL)
    return FALSE;
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (piece_free);
  gsize skip = prefix != NULL ? strlen (prefix) : 0;
  for (guint i = 0; i < items->len; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    if (item->folder || g_str_has_suffix (item->name, "/"))
      continue;
    gboolean below = prefix == NULL || g_str_has_prefix (item->name, prefix);
    const char *relative = below ? item->name + skip : "";
    while (skip > 0 && *relative == '/')
      relative++;
    if (!is_safe_path (relative)) {
      g_autofree char *shown = g_strescape (item->name, NULL);
      cr_set_error (error, CR_ERROR_INPUT, "Ask the owner of the storage to remove or rename it.",
                    "The file \"%s\" in the storage has a name that cannot be a file here.", shown);
      return FALSE;
    }
    Piece *piece = g_new0 (Piece, 1);
    piece->name = g_strdup (item->name);
    piece->path = g_build_filename (folder, relative, NULL);
    piece->length = item->length;
    piece->md5 = g_strdup (item->md5);
    g_ptr_array_add (pieces, piece);
  }
  Transfer transfer = { .store = store, .job = job };
  return move_all (&transfer, pieces, result, error);
}
