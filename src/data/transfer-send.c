/* SPDX-License-Identifier: MIT
 * Files on their way up (transfer-private.h).
 */
#include "data/transfer-private.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the file ------------------------------------------------------------------------------------------- */

/* Is the open file still the one that was found? */
static gboolean
check_unchanged (const TransferFile *file, GError **error)
{
  struct stat status;
  if (fstat (file->fd, &status) != 0) {
    transfer_set_file_error (error, "read", file->path, errno);
    return FALSE;
  }
  gint64 mtime_ns = (gint64) status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec;
  if ((guint64) status.st_size == file->size && mtime_ns == file->mtime_ns && status.st_ino == file->inode)
    return TRUE;
  return transfer_changed (file, error);
}

static gboolean
open_file (TransferFile *file, GError **error)
{
  file->fd = open (file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file->fd >= 0)
    return check_unchanged (file, error);
  transfer_set_file_error (error, "read", file->path, errno);
  return FALSE;
}

/* --- calls ---------------------------------------------------------------------------------------------- */

/* Must the seal of a file of many blocks be known before its first block is sent? */
static gboolean
seals_first (const Transfer *transfer)
{
  return transfer->options.cse_key != NULL && cloud_store_marks_at_begin (transfer->store);
}

static CloudMarks
marks_of (const TransferWorker *worker, const TransferFile *file, char **seal)
{
  GBytes *key = worker->transfer->options.cse_key;
  *seal = key != NULL ? transfer_seal (key, file->plain, file->size) : NULL;
  return (CloudMarks){ .type = key == NULL ? transfer_content_type (file->path) : "application/octet-stream",
                       .crc64 = transfer_join (file, FALSE),
                       .seal = *seal };
}

/* A file of one block. Its marks hold its sum, which is therefore known before. */
static gboolean
put_whole (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  g_autoptr (TransferBody) body = transfer_body_new (worker, file, index, TRUE, error);
  if (body == NULL)
    return FALSE;
  transfer_body_note (body);
  file->plain = file->blocks[0].plain;
  g_autofree char *seal = NULL;
  const CloudMarks marks = marks_of (worker, file, &seal);
  return cloud_store_put (worker->transfer->store, try, file->name, transfer_body_cloud (body), &marks, error)
         && check_unchanged (file, error);
}

static gboolean
put_block (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  g_autoptr (TransferBody) body = transfer_body_new (worker, file, index, FALSE, error);
  if (body == NULL)
    return FALSE;
  g_autofree char *tag = cloud_store_put_block (worker->transfer->store, try, file->upload, file->name, index,
                                                transfer_body_cloud (body), error);
  if (tag == NULL)
    return FALSE;
  transfer_body_note (body);
  file->blocks[index].tag = g_steal_pointer (&tag);
  return TRUE;
}

static gboolean
begin_upload (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  (void) index;
  g_autofree char *seal = NULL;
  const CloudMarks marks = marks_of (worker, file, &seal);
  file->upload = cloud_store_begin (worker->transfer->store, try, file->name, &marks, error);
  return file->upload != NULL;
}

static gboolean
commit (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  (void) index;
  g_autofree const char **tags = g_new0 (const char *, file->count);
  for (guint i = 0; i < file->count; i++)
    tags[i] = file->blocks[i].tag;
  g_autofree char *seal = NULL;
  const CloudMarks marks = marks_of (worker, file, &seal);
  return cloud_store_commit (worker->transfer->store, try, file->upload, file->name, tags, file->count,
                             &marks, error);
}

/* --- doing ---------------------------------------------------------------------------------------------- */

static void
drop (Transfer *transfer, TransferFile *file, gboolean forget)
{
  if (forget && file->upload != NULL)
    cloud_store_abort (transfer->store, file->upload, file->name);
  if (forget)
    transfer_plan_forget (transfer->plan, file, NULL);
  g_clear_pointer (&file->upload, g_free);
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

/* Blocks of an earlier call count only while the file still has their content. */
static gboolean
check_resumed (TransferWorker *worker, TransferFile *file, gboolean *good, GError **error)
{
  *good = TRUE;
  for (guint i = 0; *good && i < file->count; i++) {
    TransferSpan span = transfer_span (file, i);
    guint64 sum = 0;
    if (!file->blocks[i].done)
      continue;
    if (!transfer_sum_file (worker, file, span.plain_first, span.plain_length, 0, &sum, error))
      return FALSE;
    *good = sum == file->blocks[i].plain && file->blocks[i].tag != NULL;
  }
  return TRUE;
}

static void
forget_blocks (TransferFile *file)
{
  for (guint i = 0; i < file->count; i++) {
    g_free (file->blocks[i].tag);
    file->blocks[i] = (TransferBlock){ 0 };
  }
  file->left = file->count;
}

/* What exactly is sent; with a seal that is the content itself. Gives. */
static char *
identity_of (const Transfer *transfer, const TransferFile *file)
{
  g_autofree char *seal = seals_first (transfer)
                              ? transfer_seal (transfer->options.cse_key, file->plain, file->size)
                              : NULL;
  return g_strdup_printf ("%" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %s%s%s", file->size,
                          file->mtime_ns, file->inode, file->step, transfer->protection,
                          seal != NULL ? " " : "", seal != NULL ? seal : "");
}

/* Find what an earlier call began, or begin. */
static gboolean
find_upload (TransferWorker *worker, TransferFile *file, GError **error)
{
  Transfer *transfer = worker->transfer;
  g_autofree char *place = g_strconcat ("up ", cloud_store_address (transfer->store), NULL);
  g_autofree char *stale = NULL;
  if (seals_first (transfer) && !transfer_sum_file (worker, file, 0, file->size, 0, &file->plain, error))
    return FALSE;
  g_autofree char *identity = identity_of (transfer, file);
  gboolean good = TRUE;
  if (!transfer_plan_find (transfer->plan, place, identity, file, &stale, error)
      || !check_resumed (worker, file, &good, error))
    return FALSE;
  if (stale != NULL)
    cloud_store_abort (transfer->store, stale, file->name);
  if (file->row != 0 && good)
    return TRUE;
  if (file->row != 0) {
    cloud_store_abort (transfer->store, file->upload, file->name);
    g_clear_pointer (&file->upload, g_free);
    forget_blocks (file);
    if (!transfer_plan_forget (transfer->plan, file, error))
      return FALSE;
  }
  return transfer_repeat (worker, file, 0, begin_upload, error)
         && transfer_plan_begin (transfer->plan, place, identity, file, error);
}

/* A commit whose answer was lost looks like blocks that were lost: see what the store has by now. */
static gboolean
look_again (TransferWorker *worker, TransferFile *file, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (BlobItem) item = cloud_store_head (worker->transfer->store, worker->transfer->job, file->name,
                                                &problem);
  file->there = item != NULL && item->length == file->stored;
  if (file->there)
    transfer_take_marks (file, item);
  if (problem == NULL || g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Has the store marks of FILE that its listing does not show? Of files of many blocks that may be a sum which
 * is quickly compared with. */
static gboolean
hides_marks (const TransferWorker *worker, const TransferFile *file)
{
  const Transfer *transfer = worker->transfer;
  if (!file->there || !cloud_store_marks_at_begin (transfer->store))
    return FALSE;
  return transfer->options.cse_key != NULL ? file->seal == NULL
                                           : file->count > 1 && file->crc64 == NULL && file->md5 == NULL;
}

static gboolean
prepare (TransferWorker *worker, TransferFile *file, gboolean *done, GError **error)
{
  *done = FALSE;
  if (!open_file (file, error)
      || ((file->again || hides_marks (worker, file)) && !look_again (worker, file, error)))
    return FALSE;
  if (file->there && !transfer_is_same (worker, file, done, error))
    return FALSE;
  if (!*done)
    return file->count == 1 || find_upload (worker, file, error);
  if (worker->transfer->plan == NULL || file->count == 1)
    return TRUE;
  /* Killed between the last call and forgetting it. */
  g_autofree char *place = g_strconcat ("up ", cloud_store_address (worker->transfer->store), NULL);
  g_autofree char *stale = NULL;
  return transfer_plan_find (worker->transfer->plan, place, "", file, &stale, error);
}

static gboolean
send_block (TransferWorker *worker, TransferFile *file, guint index, GError **error)
{
  if (!check_unchanged (file, error))
    return FALSE;
  if (file->count == 1)
    return transfer_repeat (worker, file, index, put_whole, error);
  posix_fadvise (file->fd, (off_t) (index * file->plain_step), (off_t) file->plain_step, POSIX_FADV_WILLNEED);
  if (!transfer_repeat (worker, file, index, put_block, error) || !check_unchanged (file, error)
      || !transfer_plan_block (worker->transfer->plan, file, index, error))
    return FALSE;
  cr_fault_point ("block-sent");
  return TRUE;
}

static gboolean
finish (TransferWorker *worker, TransferFile *file, GError **error)
{
  if (file->count > 1) {
    guint64 looked = file->plain;
    file->plain = transfer_join (file, TRUE);
    if (seals_first (worker->transfer) && looked != file->plain)
      return transfer_changed (file, error);
    if (!transfer_repeat (worker, file, 0, commit, error))
      return FALSE;
    cr_fault_point ("blocks-committed");
    g_clear_pointer (&file->upload, g_free);
    if (!transfer_plan_forget (worker->transfer->plan, file, error))
      return FALSE;
  }
  drop (worker->transfer, file, FALSE);
  return TRUE;
}

const TransferDoing transfer_up = { prepare, send_block, finish, drop };
