/* SPDX-License-Identifier: MIT
 * Files on their way up (transfer-private.h).
 *
 * A body's sum goes ahead of it, so a block is read twice: once for the sum and once, from the page cache,
 * while it is sent; memory stays small whatever the size of a block. Encrypted blocks are sealed into memory
 * once instead, because the same nonce must never meet other content.
 */
#include "data/cse-private.h"
#include "data/transfer-private.h"

#include "base/crc64.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
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

/* --- one body ------------------------------------------------------------------------------------------- */

/* Bytes of a body as libcurl asks for them: from MEMORY, or from the file. */
typedef struct {
  TransferWorker *worker;
  const TransferFile *file;
  guint64 first; /* in the file */
  const guint8 *memory;
} Source;

static gssize
give_bytes (guint64 offset, void *buffer, gsize length, gpointer user_data, GError **error)
{
  Source *source = user_data;
  Transfer *transfer = source->worker->transfer;
  transfer_uncount (source->worker, source->file, (gsize) offset); /* a new token, another connection */
  gsize granted = transfer_bandwidth_take (&transfer->bandwidth, transfer->job, length, error);
  if (granted == 0)
    return -1;
  if (source->memory != NULL)
    memcpy (buffer, source->memory + offset, granted);
  else if (!transfer_read (source->file, source->first + offset, buffer, granted, error))
    return -1;
  transfer_count (source->worker, source->file, granted);
  return (gssize) granted;
}

/* The sums of a body while it passes; only the first is always wanted. */
typedef struct {
  guint64 crc64;
  EVP_MD_CTX *sha256, *md5;
  guint8 sha256_digest[32], md5_digest[16];
} Sums;

static EVP_MD_CTX *
digest_begin (gboolean wanted, const EVP_MD *kind)
{
  EVP_MD_CTX *context = wanted ? EVP_MD_CTX_new () : NULL;
  if (context != NULL && EVP_DigestInit_ex (context, kind, NULL) != 1)
    g_error ("a digest is not available");
  return context;
}

static void
sums_begin (Sums *sums, const Transfer *transfer)
{
  sums->crc64 = 0;
  sums->sha256 = digest_begin (cloud_store_wants_sha256 (transfer->store), EVP_sha256 ());
  sums->md5 = digest_begin (cloud_store_wants_md5 (transfer->store), EVP_md5 ());
}

static void
sums_add (Sums *sums, const guint8 *data, gsize length)
{
  sums->crc64 = cr_crc64 (sums->crc64, data, length);
  if (sums->sha256 != NULL)
    EVP_DigestUpdate (sums->sha256, data, length);
  if (sums->md5 != NULL)
    EVP_DigestUpdate (sums->md5, data, length);
}

static void
sums_end (Sums *sums, CloudBody *body)
{
  body->crc64 = sums->crc64;
  body->sha256 = sums->sha256 != NULL ? sums->sha256_digest : NULL;
  body->md5 = sums->md5 != NULL ? sums->md5_digest : NULL;
  if (sums->sha256 != NULL)
    EVP_DigestFinal_ex (sums->sha256, sums->sha256_digest, NULL);
  if (sums->md5 != NULL)
    EVP_DigestFinal_ex (sums->md5, sums->md5_digest, NULL);
  EVP_MD_CTX_free (sums->sha256);
  EVP_MD_CTX_free (sums->md5);
}

/* The plain sums of a span of the file; a short one stays in the scratch memory. */
static gboolean
sum_plain (TransferWorker *worker, const TransferFile *file, const TransferSpan *span, Sums *sums,
           GError **error)
{
  for (guint64 at = 0; at < span->length;) {
    gsize piece = (gsize) MIN (span->length - at, TRANSFER_SCRATCH);
    if (!cr_job_check (worker->transfer->job, error)
        || !transfer_read (file, span->first + at, worker->scratch, piece, error))
      return FALSE;
    sums_add (sums, worker->scratch, piece);
    at += piece;
  }
  return TRUE;
}

/* Read one chunk's LENGTH bytes from OFFSET on, and seal them with the filling to OUT. */
static gboolean
seal_chunk (TransferWorker *worker, const TransferFile *file, guint64 offset, gsize length, guint8 *out,
            Sums *sums, guint64 *plain, GError **error)
{
  gsize block = worker->transfer->options.cse_block;
  guint8 *body = out + DATA_CSE_NONCE;
  data_cse_seal_begin (worker->cse, out);
  sums_add (sums, out, DATA_CSE_NONCE);
  for (gsize at = 0; at < block;) {
    gsize piece = MIN (block - at, TRANSFER_SCRATCH);
    gsize real = at < length ? MIN (piece, length - at) : 0;
    if (!cr_job_check (worker->transfer->job, error)
        || (real > 0 && !transfer_read (file, offset + at, body + at, real, error)))
      return FALSE;
    memset (body + at + real, 0, piece - real);
    *plain = cr_crc64 (*plain, body + at, real);
    data_cse_seal_part (worker->cse, body + at, piece);
    sums_add (sums, body + at, piece);
    at += piece;
  }
  data_cse_seal_end (worker->cse, body + block);
  sums_add (sums, body + block, DATA_CSE_TAG);
  return TRUE;
}

/* The whole block INDEX sealed in the worker's memory. */
static gboolean
seal_block (TransferWorker *worker, const TransferFile *file, guint index, Sums *sums, guint64 *plain,
            GError **error)
{
  gsize block = worker->transfer->options.cse_block;
  TransferSpan span = transfer_span (file, index);
  if (worker->sealed == NULL || worker->sealed_size < span.length) {
    g_free (worker->sealed);
    worker->sealed_size = (gsize) span.length;
    worker->sealed = g_malloc (worker->sealed_size);
  }
  guint8 *out = worker->sealed;
  *plain = 0;
  for (guint64 at = 0; at < span.plain_length; at += block, out += block + DATA_CSE_OVERHEAD)
    if (!seal_chunk (worker, file, span.plain_first + at, (gsize) MIN (span.plain_length - at, block), out,
                     sums, plain, error))
      return FALSE;
  if (index + 1 == file->count) {
    data_cse_trailer (worker->cse, file->size, out);
    sums_add (sums, out, DATA_CSE_TRAILER);
  }
  return TRUE;
}

/* Sums of block INDEX into it, and what sends its bytes. */
static gboolean
make_body (TransferWorker *worker, TransferFile *file, guint index, Sums *sums, Source *source,
           CloudBody *body, GError **error)
{
  TransferSpan span = transfer_span (file, index);
  TransferBlock *block = &file->blocks[index];
  *source = (Source){ .worker = worker, .file = file, .first = span.first };
  sums_begin (sums, worker->transfer);
  gboolean good;
  if (worker->cse != NULL) {
    good = seal_block (worker, file, index, sums, &block->plain, error);
    source->memory = worker->sealed;
  } else {
    good = sum_plain (worker, file, &span, sums, error);
    block->plain = sums->crc64;
    source->memory = span.length <= TRANSFER_SCRATCH ? worker->scratch : NULL;
  }
  block->sum = sums->crc64;
  *body = (CloudBody){ .read = give_bytes, .data = source, .length = span.length };
  sums_end (sums, body);
  return good;
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

/* A file of one block. */
static gboolean
put_whole (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  Sums sums;
  Source source;
  CloudBody body;
  if (!make_body (worker, file, index, &sums, &source, &body, error))
    return FALSE;
  file->plain = file->blocks[0].plain;
  g_autofree char *seal = NULL;
  const CloudMarks marks = marks_of (worker, file, &seal);
  gboolean done = cloud_store_put (worker->transfer->store, try, file->name, &body, &marks, error);
  return done && check_unchanged (file, error);
}

static gboolean
put_block (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try, GError **error)
{
  Sums sums;
  Source source;
  CloudBody body;
  if (!make_body (worker, file, index, &sums, &source, &body, error))
    return FALSE;
  g_autofree char *tag = cloud_store_put_block (worker->transfer->store, try, file->upload, file->name, index,
                                                &body, error);
  if (tag == NULL)
    return FALSE;
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
