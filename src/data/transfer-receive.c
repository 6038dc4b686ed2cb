/* SPDX-License-Identifier: MIT
 * Files on their way down, and files that are read back to be compared (transfer-private.h).
 *
 * A file grows under another name beside its place, and gets its own name when it is whole and its sums are
 * right.
 */
#include "data/transfer-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* --- the file here -------------------------------------------------------------------------------------- */

/* A link in the folder of the download would lead what is written somewhere else. */
static gboolean
check_links (const Transfer *transfer, const char *folder, GError **error)
{
  gsize length = strlen (folder);
  for (gsize end = strlen (transfer->root); end < length;) {
    end += 1 + strcspn (folder + end + 1, "/");
    g_autofree char *path = g_strndup (folder, end);
    struct stat status;
    if (lstat (path, &status) != 0 || !S_ISLNK (status.st_mode))
      continue;
    cr_set_error (error, CR_ERROR_INPUT, "Move the link away, or choose another folder.",
                  "%s is a link, and nothing is written through it.", path);
    return FALSE;
  }
  return TRUE;
}

/* The folder that FILE goes to; made once. It is synced at the end. */
static gboolean
make_folder (Transfer *transfer, const TransferFile *file, GError **error)
{
  char *folder = g_path_get_dirname (file->path);
  g_mutex_lock (&transfer->lock);
  gboolean known = g_hash_table_contains (transfer->folders, folder);
  g_mutex_unlock (&transfer->lock);
  gboolean made = known || (check_links (transfer, folder, error) && cr_dir_make (folder, 0700, error));
  g_mutex_lock (&transfer->lock);
  if (made)
    g_hash_table_add (transfer->folders, g_steal_pointer (&folder));
  g_mutex_unlock (&transfer->lock);
  g_free (folder);
  return made;
}

/* Room for all of it now: a disk that is too small is noticed before anything is fetched. A file system in memory
 * would be busy with every page of it meanwhile; there it is enough to ask. */
static gboolean
reserve (const TransferFile *file, GError **error)
{
  struct statfs volume;
  if (file->count < 2)
    return TRUE;
  gboolean memory = fstatfs (file->fd, &volume) == 0 && volume.f_type == TMPFS_MAGIC && volume.f_blocks > 0;
  errno = ENOSPC;
  if (memory ? file->size / (guint64) volume.f_bsize <= volume.f_bavail
             : fallocate (file->fd, 0, 0, (off_t) file->size) == 0)
    return TRUE;
  if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG) /* the file system has no such call */
    return TRUE;
  transfer_set_file_error (error, "write", file->path, errno);
  return FALSE;
}

static gboolean
create_temp (TransferFile *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  g_autofree char *random = cr_random_hex (12);
  file->temp = g_strdup_printf ("%s/.tmp-%s", folder, random);
  file->fd = open (file->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file->fd < 0) {
    transfer_set_file_error (error, "write", file->path, errno);
    g_clear_pointer (&file->temp, g_free);
    return FALSE;
  }
  return reserve (file, error);
}

static void
drop (Transfer *transfer, TransferFile *file, gboolean forget)
{
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  if (forget || file->row == 0) {
    if (file->temp != NULL)
      g_unlink (file->temp);
    transfer_plan_forget (transfer->plan, file, NULL);
  }
  g_clear_pointer (&file->temp, g_free);
}

/* Of an encrypted file LENGTH bytes are filling, and do not count. */
static void
found_filling (Transfer *transfer, guint64 length)
{
  g_mutex_lock (&transfer->lock);
  transfer->result.bytes -= length;
  g_mutex_unlock (&transfer->lock);
}

/* Is a file of this content at its place already? */
static gboolean
look_before (TransferWorker *worker, TransferFile *file, gboolean *same, GError **error)
{
  struct stat status;
  *same = FALSE;
  if (lstat (file->path, &status) != 0 || !S_ISREG (status.st_mode))
    return TRUE;
  guint64 here = (guint64) status.st_size, most = file->size;
  guint block = worker->transfer->options.cse_key != NULL ? worker->transfer->options.cse_block : 1;
  if (here > most || most - here >= block || (file->seal == NULL && block > 1))
    return TRUE;
  file->fd = open (file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file->fd < 0)
    return TRUE;
  file->size = here;
  gboolean good = transfer_is_same (worker, file, same, error);
  file->size = most;
  if (good && *same)
    found_filling (worker->transfer, most - here);
  close (file->fd);
  file->fd = -1;
  return good;
}

/* --- going on where an earlier call stopped ------------------------------------------------------------- */

/* Open what an earlier call has left, and count only blocks that are really there. */
static gboolean
reopen_temp (TransferWorker *worker, TransferFile *file, gboolean *good, GError **error)
{
  *good = FALSE;
  file->temp = g_steal_pointer (&file->upload);
  file->fd = open (file->temp, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file->fd < 0)
    return TRUE;
  if (flock (file->fd, LOCK_EX | LOCK_NB) != 0) {
    cr_set_error (error, CR_ERROR_RETRY, "Wait until it has finished.",
                  "Another program is downloading %s to the same place.", file->name);
    return FALSE;
  }
  struct stat status;
  *good = fstat (file->fd, &status) == 0 && S_ISREG (status.st_mode);
  for (guint i = 0; *good && i < file->count; i++) {
    TransferSpan span = transfer_span (file, i);
    TransferBlock *block = &file->blocks[i];
    guint64 sum = 0;
    if (!block->done)
      continue;
    gboolean there = span.plain_first + span.plain_length <= (guint64) status.st_size;
    /* The end of an encrypted file is fetched again for its trailer. */
    there = there && (worker->cse == NULL || i + 1 < file->count);
    if (there && !transfer_sum_file (worker, file, span.plain_first, span.plain_length, 0, &sum, error))
      return FALSE;
    if (there && sum == block->plain)
      continue;
    block->done = FALSE;
    file->left++;
  }
  return TRUE;
}

static gboolean
find_download (TransferWorker *worker, TransferFile *file, GError **error)
{
  Transfer *transfer = worker->transfer;
  g_autofree char *place = g_strconcat ("down ", cloud_store_address (transfer->store), NULL);
  g_autofree char *identity = g_strdup_printf ("%" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT " %s",
                                               file->stored, file->etag != NULL ? file->etag : "", file->step,
                                               transfer->protection);
  g_autofree char *stale = NULL;
  if (!transfer_plan_find (transfer->plan, place, identity, file, &stale, error))
    return FALSE;
  if (stale != NULL)
    g_unlink (stale);
  gboolean good = FALSE;
  if (file->row != 0 && !reopen_temp (worker, file, &good, error))
    return FALSE;
  if (good)
    return TRUE;
  if (file->row != 0) {
    drop (transfer, file, TRUE);
    for (guint i = 0; i < file->count; i++)
      file->blocks[i].done = FALSE;
    file->left = file->count;
  }
  if (!create_temp (file, error) || !transfer_plan_begin (transfer->plan, place, identity, file, error))
    return FALSE;
  flock (file->fd, LOCK_EX | LOCK_NB);
  return TRUE;
}

/* The file is here: killed between its last rename and forgetting it, or it came by another way. */
static gboolean
forget_download (TransferWorker *worker, TransferFile *file, GError **error)
{
  Transfer *transfer = worker->transfer;
  g_autofree char *place = g_strconcat ("down ", cloud_store_address (transfer->store), NULL);
  g_autofree char *stale = NULL;
  if (!transfer_plan_find (transfer->plan, place, "", file, &stale, error))
    return FALSE;
  if (stale != NULL)
    g_unlink (stale);
  return TRUE;
}

/* Is there more to know than what the listing said? Files of many blocks have no digest in a listing of S3,
 * and encrypted ones no seal, which only counts where a file is here already. */
static gboolean
hides_marks (const TransferWorker *worker, const TransferFile *file)
{
  const Transfer *transfer = worker->transfer;
  if (file->again)
    return FALSE;
  if (file->count > 1 && file->crc64 == NULL && file->md5 == NULL)
    return TRUE;
  return worker->cse != NULL && file->seal == NULL && cloud_store_marks_at_begin (transfer->store)
         && access (file->path, F_OK) == 0;
}

static gboolean
ask_for_marks (TransferWorker *worker, TransferFile *file, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (BlobItem) item = cloud_store_head (worker->transfer->store, worker->transfer->job, file->name,
                                                &problem);
  if (item == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  transfer_take_sums (file, item);
  return TRUE;
}

static gboolean
prepare (TransferWorker *worker, TransferFile *file, gboolean *done, GError **error)
{
  *done = FALSE;
  if (!make_folder (worker->transfer, file, error)
      || (hides_marks (worker, file) && !ask_for_marks (worker, file, error))
      || (!file->again && !look_before (worker, file, done, error)))
    return FALSE;
  if (*done && file->count > 1)
    return forget_download (worker, file, error);
  if (*done)
    return TRUE;
  return file->count > 1 ? find_download (worker, file, error) : create_temp (file, error);
}

/* --- blocks --------------------------------------------------------------------------------------------- */

/* Fetch block INDEX to FD (-1 = nowhere). */
static gboolean
fetch (TransferWorker *worker, TransferFile *file, guint index, int fd, CloudTry *try, GError **error)
{
  TransferSpan span = transfer_span (file, index);
  TransferSink *sink = transfer_sink_new (worker, file, index, fd);
  const CloudRange range = { .name = file->name,
                             .etag = file->etag,
                             .first = span.first,
                             .length = span.length,
                             .whole = file->count == 1,
                             .sink = transfer_sink_take,
                             .data = sink };
  gboolean good = cloud_store_get (worker->transfer->store, try, &range, error);
  guint64 filling = 0;
  if (good) {
    good = transfer_sink_end (sink, &filling, error);
    try->may_succeed = !good && file->count == 1;
  }
  if (good && index + 1 == file->count)
    file->filling = filling;
  transfer_sink_free (sink);
  return good;
}

static gboolean
fetch_to_file (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  return fetch (worker, file, index, file->fd, try, error);
}

static gboolean
fetch_to_compare (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  return fetch (worker, file, index, -1, try, error);
}

static gboolean
receive_block (TransferWorker *worker, TransferFile *file, guint index, GError **error)
{
  if (!transfer_repeat (worker, file, index, fetch_to_file, error)
      || !transfer_plan_block (worker->transfer->plan, file, index, error))
    return FALSE;
  TransferSpan span = transfer_span (file, index);
  if (file->count > 1) /* let the disk begin now, and not when the last block is here */
    sync_file_range (file->fd, (off_t) span.plain_first, (off_t) span.plain_length, SYNC_FILE_RANGE_WRITE);
  cr_fault_point ("block-received");
  return TRUE;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static gboolean
wrong_sum (const TransferFile *file, GError **error)
{
  cr_set_error (error, CR_ERROR_RETRY, "Download it again; if it stays so, publish the data again.",
                "The content of %s does not match its checksum.", file->name);
  return FALSE;
}

/* The filling of an encrypted file must be zeros; an earlier call may have read the trailer. */
static gboolean
cut_filling (TransferWorker *worker, TransferFile *file, GError **error)
{
  guint64 filling = file->filling, size = file->size - filling;
  for (guint64 at = size; at < file->size;) {
    gsize piece = (gsize) MIN (file->size - at, TRANSFER_SCRATCH);
    if (!transfer_read (file, at, worker->scratch, piece, error))
      return FALSE;
    for (gsize i = 0; i < piece; i++)
      if (worker->scratch[i] != 0) {
        cr_set_error (error, CR_ERROR_INPUT, "Get the file anew; nothing was written.",
                      "The last block of %s is not filled with zeros.", file->name);
        return FALSE;
      }
    at += piece;
  }
  if (ftruncate (file->fd, (off_t) size) == 0) {
    found_filling (worker->transfer, filling);
    return TRUE;
  }
  transfer_set_file_error (error, "write", file->path, errno);
  return FALSE;
}

/* Compare with the sums that the store keeps. */
static gboolean
check_sums (TransferWorker *worker, TransferFile *file, GError **error)
{
  if (file->crc64 != NULL) {
    g_autofree char *sum = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", transfer_join (file, FALSE));
    return g_ascii_strcasecmp (sum, file->crc64) == 0 || wrong_sum (file, error);
  }
  if (file->md5 == NULL || file->count == 1 || worker->cse != NULL)
    return TRUE;
  transfer_look_again (worker, file);
  g_autofree char *md5 = transfer_md5_file (worker, file, error);
  transfer_looked_again (worker, file);
  return md5 != NULL && (strcmp (md5, file->md5) == 0 || wrong_sum (file, error));
}

/* Read the file here once more. */
static gboolean
check_written (TransferWorker *worker, const TransferFile *file, GError **error)
{
  guint64 sum = 0;
  if (!worker->transfer->options.verify)
    return TRUE;
  posix_fadvise (file->fd, 0, 0, POSIX_FADV_DONTNEED);
  transfer_look_again (worker, file);
  gboolean good = transfer_sum_file (worker, file, 0, file->size, 0, &sum, error);
  transfer_looked_again (worker, file);
  if (!good)
    return FALSE;
  return sum == transfer_join (file, TRUE) || wrong_sum (file, error);
}

static gboolean
finish (TransferWorker *worker, TransferFile *file, GError **error)
{
  if (!check_sums (worker, file, error) || !check_written (worker, file, error)) {
    drop (worker->transfer, file, TRUE);
    return FALSE;
  }
  if (worker->cse != NULL && !cut_filling (worker, file, error)) {
    drop (worker->transfer, file, TRUE);
    return FALSE;
  }
  if (fdatasync (file->fd) != 0 || rename (file->temp, file->path) != 0) {
    transfer_set_file_error (error, "write", file->path, errno);
    return FALSE;
  }
  cr_fault_point ("file-received");
  g_clear_pointer (&file->temp, g_free);
  close (file->fd);
  file->fd = -1;
  return transfer_plan_forget (worker->transfer->plan, file, error);
}

const TransferDoing transfer_down = { prepare, receive_block, finish, drop };

/* --- reading back --------------------------------------------------------------------------------------- */

static gboolean
prepare_check (TransferWorker *worker, TransferFile *file, gboolean *done, GError **error)
{
  (void) worker, (void) file, (void) error;
  *done = FALSE;
  return TRUE;
}

static gboolean
check_block (TransferWorker *worker, TransferFile *file, guint index, GError **error)
{
  return transfer_repeat (worker, file, index, fetch_to_compare, error);
}

static gboolean
finish_check (TransferWorker *worker, TransferFile *file, GError **error)
{
  guint64 filling = worker->cse != NULL ? file->filling : 0;
  if (transfer_join (file, TRUE) == file->plain && filling == file->expected_filling)
    return TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Upload it again; if it stays so, ask whoever runs the storage.",
                "What the storage gives back of %s is not what was sent.", file->name);
  return FALSE;
}

static void
drop_check (Transfer *transfer, TransferFile *file, gboolean forget)
{
  (void) transfer, (void) file, (void) forget;
}

const TransferDoing transfer_check = { prepare_check, check_block, finish_check, drop_check };
