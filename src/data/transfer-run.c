/* SPDX-License-Identifier: MIT
 * The workers of a transfer: who takes which block of which file, repetitions, progress (transfer-private.h).
 *
 * One queue of pieces over all files: a piece is the beginning of a file (with all of it, when it is one
 * block) or one more block of a file that was begun. A piece may be begun only while fewer are under way than
 * the gate allows.
 */
#include "data/transfer-private.h"

#include "base/error.h"
#include "base/translate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SHOW_US 100000 /* between two words about the progress */
#define PAUSE_MAX_MS 60000u
#define RETRY_AFTER_MAX_S 60
#define MISMATCHES 2u /* attempts where the content itself was wrong */

typedef struct {
  TransferFile *file;
  guint index;
  gboolean begin;
} Piece;

/* --- files ---------------------------------------------------------------------------------------------- */

void
transfer_set_file_error (GError **error, const char *verb, const char *path, int code)
{
  gboolean full = code == ENOSPC || code == EDQUOT;
  cr_set_error (error, CR_ERROR_ADMIN,
                full             ? N_ ("Make room on the disk, then do this again.")
                : code == EACCES ? N_ ("Check the path and its permissions.")
                                 : NULL,
                "Cannot %s %s: %s.", verb, path, full ? "the disk is full" : g_strerror (code));
}

gboolean
transfer_changed (const TransferFile *file, GError **error)
{
  cr_set_error (error, CR_ERROR_RETRY, "Upload it again when nobody writes to it.",
                "The file for %s changed while it was uploaded.", file->name);
  return FALSE;
}

gboolean
transfer_read (const TransferFile *file, guint64 offset, guint8 *buffer, gsize length, GError **error)
{
  while (length > 0) {
    ssize_t n = pread (file->fd, buffer, length, (off_t) offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      transfer_set_file_error (error, "read", file->path, errno);
      return FALSE;
    }
    if (n == 0)
      return transfer_changed (file, error);
    buffer += n;
    offset += (guint64) n;
    length -= (gsize) n;
  }
  return TRUE;
}

static const TransferDoing *
doing_of (const Transfer *transfer)
{
  return transfer->mode == TRANSFER_UP     ? &transfer_up
         : transfer->mode == TRANSFER_DOWN ? &transfer_down
                                           : &transfer_check;
}

static void
forget_blocks (TransferFile *file)
{
  for (guint i = 0; file->blocks != NULL && i < file->count; i++)
    g_free (file->blocks[i].tag);
  g_clear_pointer (&file->blocks, g_free);
  g_clear_pointer (&file->upload, g_free);
}

/* --- progress ------------------------------------------------------------------------------------------- */

typedef enum { COUNT_SENT, COUNT_LOOKED, COUNT_KNOWN } CountKind;

static void
show (Transfer *transfer, const TransferFile *file, CountKind kind, guint64 done)
{
  gboolean compare = kind == COUNT_LOOKED || transfer->mode == TRANSFER_CHECK;
  g_autofree char *phase = compare                         ? g_strdup_printf (_ ("compare %s"), file->name)
                           : transfer->mode == TRANSFER_UP ? g_strdup_printf (_ ("upload %s"), file->name)
                                                           : g_strdup_printf (_ ("download %s"), file->name);
  cr_job_progress (transfer->job, phase, done, transfer->total);
}

/* Add BYTES, or take back what an attempt had added. */
static void
count (TransferWorker *worker, const TransferFile *file, gssize bytes, CountKind kind)
{
  Transfer *transfer = worker->transfer;
  gint64 now = g_get_monotonic_time ();
  g_mutex_lock (&transfer->lock);
  transfer->done = bytes >= 0 ? transfer->done + (guint64) bytes : transfer->done - (guint64) -bytes;
  if (kind == COUNT_SENT)
    transfer->result.sent += (guint64) bytes;
  guint64 done = transfer->done;
  gboolean due = now - transfer->shown_us >= SHOW_US;
  if (due)
    transfer->shown_us = now;
  g_mutex_unlock (&transfer->lock);
  if (due)
    show (transfer, file, kind, done);
}

void
transfer_count (TransferWorker *worker, const TransferFile *file, gsize bytes)
{
  worker->counted += bytes;
  count (worker, file, (gssize) bytes, COUNT_SENT);
}

void
transfer_uncount (TransferWorker *worker, const TransferFile *file, gsize keep)
{
  gsize bytes = worker->counted - MIN (keep, worker->counted);
  worker->counted -= bytes;
  if (bytes > 0)
    count (worker, file, -(gssize) bytes, COUNT_KNOWN);
}

void
transfer_look (TransferWorker *worker, const TransferFile *file, gsize bytes)
{
  if (worker->looked + bytes > file->stored) /* the next look at the same bytes */
    transfer_look_end (worker, file);
  bytes = (gsize) MIN (bytes, file->stored);
  worker->looked += bytes;
  count (worker, file, (gssize) bytes, COUNT_LOOKED);
}

void
transfer_look_end (TransferWorker *worker, const TransferFile *file)
{
  guint64 looked = worker->looked;
  worker->looked = 0;
  if (looked > 0)
    count (worker, file, -(gssize) looked, COUNT_LOOKED);
}

void
transfer_look_again (TransferWorker *worker, const TransferFile *file)
{
  worker->looked = 0;
  count (worker, file, -(gssize) file->stored, COUNT_LOOKED);
}

void
transfer_looked_again (TransferWorker *worker, const TransferFile *file)
{
  guint64 rest = file->stored - worker->looked;
  worker->looked = 0;
  count (worker, file, (gssize) rest, COUNT_LOOKED);
}

/* --- repeating ------------------------------------------------------------------------------------------ */

static gboolean
has_failed (Transfer *transfer)
{
  g_mutex_lock (&transfer->lock);
  gboolean failed = transfer->error != NULL;
  g_mutex_unlock (&transfer->lock);
  return failed;
}

/* Let others have the place while this one waits, and take one again. */
static gboolean
wait_before_retry (Transfer *transfer, guint pause_ms, GError **error)
{
  g_mutex_lock (&transfer->lock);
  transfer->active--;
  g_cond_broadcast (&transfer->changed);
  g_mutex_unlock (&transfer->lock);
  gboolean good = cr_job_sleep (transfer->job, pause_ms, error);
  g_mutex_lock (&transfer->lock);
  while (good && transfer->error == NULL && transfer->active >= transfer->gate.limit)
    g_cond_wait (&transfer->changed, &transfer->lock);
  transfer->active++;
  g_mutex_unlock (&transfer->lock);
  return good;
}

/* The service wants fewer calls at a time. */
static void
slow_down (Transfer *transfer, gint64 began_us)
{
  g_mutex_lock (&transfer->lock);
  transfer_gate_refused (&transfer->gate, began_us);
  gboolean tell = !transfer->told_busy;
  transfer->told_busy = TRUE;
  g_mutex_unlock (&transfer->lock);
  if (tell)
    cr_job_notice (transfer->job, "waiting", _ ("The storage is busy; it is asked again more slowly."));
}

static guint
pause_of (const Transfer *transfer, const CloudTry *try, guint attempt)
{
  guint64 pause = (guint64) transfer->options.first_pause_ms << MIN (attempt - 1, 10);
  pause = MIN (pause, PAUSE_MAX_MS);
  pause += (guint64) g_random_int_range (0, (gint32) (pause / 2) + 1);
  if (try->retry_after_s >= 0)
    pause = MAX (pause, (guint64) try->retry_after_s * 1000);
  return (guint) pause;
}

gboolean
transfer_repeat (TransferWorker *worker, TransferFile *file, guint index, TransferCall call, GError **error)
{
  Transfer *transfer = worker->transfer;
  for (guint attempt = 1;; attempt++) {
    if (!cr_job_hold (transfer->job, error))
      return FALSE;
    GError *problem = NULL;
    CloudTry try = { .job = transfer->job, .retry_after_s = -1 };
    gint64 began_us = g_get_monotonic_time ();
    worker->counted = 0;
    if (call (worker, file, index, &try, &problem)) {
      g_mutex_lock (&transfer->lock);
      transfer_gate_success (&transfer->gate);
      g_mutex_unlock (&transfer->lock);
      return TRUE;
    }
    transfer_uncount (worker, file, 0);
    guint most = try.status >= 200 && try.status < 300 ? MISMATCHES : transfer->options.attempts;
    if (!try.may_succeed || attempt >= most || try.retry_after_s > RETRY_AFTER_MAX_S
        || has_failed (transfer)) {
      g_propagate_error (error, problem);
      return FALSE;
    }
    g_clear_error (&problem);
    if (try.status == 429 || try.status == 503)
      slow_down (transfer, began_us);
    if (!wait_before_retry (transfer, pause_of (transfer, &try, attempt), error))
      return FALSE;
  }
}

/* --- pieces --------------------------------------------------------------------------------------------- */

/* The next block of a file that was begun; FALSE when all are handed out. The lock is held. */
static gboolean
next_block (Transfer *transfer, Piece *piece)
{
  TransferFile *file;
  while ((file = g_queue_peek_head (&transfer->open)) != NULL) {
    while (file->next < file->count && file->blocks[file->next].done)
      file->next++;
    if (file->next < file->count && !file->restart) {
      *piece = (Piece){ .file = file, .index = file->next++ };
      file->busy++;
      return TRUE;
    }
    g_queue_pop_head (&transfer->open);
  }
  return FALSE;
}

/* What to do next; waits for it. FALSE when nothing is left. */
static gboolean
next_piece (Transfer *transfer, Piece *piece)
{
  gboolean found = FALSE;
  g_mutex_lock (&transfer->lock);
  while (transfer->error == NULL) {
    if (transfer->active < transfer->gate.limit) {
      TransferFile *anew = NULL;
      found = next_block (transfer, piece);
      if (!found && (anew = g_queue_pop_head (&transfer->anew)) == NULL
          && transfer->cursor < transfer->files->len)
        anew = g_ptr_array_index (transfer->files, transfer->cursor++);
      if (anew != NULL)
        *piece = (Piece){ .file = anew, .begin = TRUE };
      found |= anew != NULL;
      if (found || transfer->active == 0)
        break;
    }
    g_cond_wait (&transfer->changed, &transfer->lock);
  }
  transfer->active += found ? 1 : 0;
  g_mutex_unlock (&transfer->lock);
  return found;
}

/* May all of FILE be tried once more? Its blocks at the store are lost, or what came was not what is kept. */
static gboolean
may_restart (Transfer *transfer, const TransferFile *file, const GError *error)
{
  if (file->again || file->count == 1 || transfer->mode == TRANSFER_CHECK)
    return FALSE;
  return cloud_store_lost_blocks (error)
         || (transfer->mode == TRANSFER_DOWN && file->left == 0
             && g_error_matches (error, CR_ERROR, CR_ERROR_RETRY));
}

static void
restart (TransferWorker *worker, TransferFile *file)
{
  Transfer *transfer = worker->transfer;
  guint64 done = 0;
  for (guint i = 0; i < file->count; i++)
    done += file->blocks[i].done ? transfer_span (file, i).length : 0;
  doing_of (transfer)->drop (transfer, file, TRUE);
  forget_blocks (file);
  file->again = TRUE;
  file->restart = FALSE;
  count (worker, file, -(gssize) done, COUNT_KNOWN);
  g_mutex_lock (&transfer->lock);
  g_queue_push_tail (&transfer->anew, file);
  g_mutex_unlock (&transfer->lock);
}

static void
file_done (Transfer *transfer, TransferFile *file, gboolean moved)
{
  forget_blocks (file);
  g_mutex_lock (&transfer->lock);
  transfer->result.moved += moved ? 1 : 0;
  g_mutex_unlock (&transfer->lock);
}

/* Every block is there. */
static gboolean
finish_file (TransferWorker *worker, TransferFile *file, GError **error)
{
  Transfer *transfer = worker->transfer;
  GError *problem = NULL;
  if (doing_of (transfer)->finish (worker, file, &problem)) {
    file_done (transfer, file, TRUE);
    return TRUE;
  }
  if (!may_restart (transfer, file, problem)) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  g_clear_error (&problem);
  restart (worker, file);
  return TRUE;
}

static gboolean
begin_file (TransferWorker *worker, TransferFile *file, GError **error)
{
  Transfer *transfer = worker->transfer;
  gboolean done = FALSE;
  file->blocks = g_new0 (TransferBlock, file->count);
  file->left = file->count;
  file->next = 0;
  gboolean good = cr_job_hold (transfer->job, error)
                  && doing_of (transfer)->prepare (worker, file, &done, error);
  transfer_look_end (worker, file);
  if (!good)
    return FALSE;
  if (done) {
    doing_of (transfer)->drop (transfer, file, FALSE);
    file_done (transfer, file, FALSE);
    count (worker, file, (gssize) file->stored, COUNT_KNOWN);
    return TRUE;
  }
  if (file->count == 1)
    return doing_of (transfer)->block (worker, file, 0, error) && finish_file (worker, file, error);
  guint64 resumed = 0;
  for (guint i = 0; i < file->count; i++)
    resumed += file->blocks[i].done ? transfer_span (file, i).length : 0;
  count (worker, file, (gssize) resumed, COUNT_KNOWN);
  g_mutex_lock (&transfer->lock);
  transfer->result.resumed += resumed;
  gboolean whole = file->left == 0;
  if (!whole)
    g_queue_push_tail (&transfer->open, file);
  g_cond_broadcast (&transfer->changed);
  g_mutex_unlock (&transfer->lock);
  return !whole || finish_file (worker, file, error);
}

static gboolean
move_block (TransferWorker *worker, const Piece *piece, GError **error)
{
  Transfer *transfer = worker->transfer;
  TransferFile *file = piece->file;
  GError *problem = NULL;
  gboolean good = doing_of (transfer)->block (worker, file, piece->index, &problem);
  g_mutex_lock (&transfer->lock);
  if (good) {
    file->blocks[piece->index].done = TRUE;
    file->left--;
  } else if (may_restart (transfer, file, problem)) {
    file->restart = TRUE;
    g_clear_error (&problem);
  }
  file->busy--;
  gboolean last = file->busy == 0, again = last && file->restart, whole = last && file->left == 0;
  g_mutex_unlock (&transfer->lock);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (again)
    restart (worker, file);
  return again || !whole || finish_file (worker, file, error);
}

/* --- workers -------------------------------------------------------------------------------------------- */

static gpointer
work (gpointer data)
{
  Transfer *transfer = data;
  TransferWorker worker = { .transfer = transfer, .scratch = g_malloc (TRANSFER_SCRATCH) };
  if (transfer->options.cse_key != NULL)
    worker.cse = data_cse_new (transfer->options.cse_key, transfer->options.cse_block, NULL);
  Piece piece;
  while (next_piece (transfer, &piece)) {
    GError *problem = NULL;
    gboolean good = piece.begin ? begin_file (&worker, piece.file, &problem)
                                : move_block (&worker, &piece, &problem);
    g_mutex_lock (&transfer->lock);
    if (!good && transfer->error == NULL)
      transfer->error = g_steal_pointer (&problem);
    transfer->active--;
    g_cond_broadcast (&transfer->changed);
    g_mutex_unlock (&transfer->lock);
    g_clear_error (&problem);
  }
  data_cse_free (worker.cse);
  g_free (worker.sealed);
  g_free (worker.scratch);
  return NULL;
}

/* What was under way when the run ended stays for the next one, if there is a plan that knows of it. */
static void
drop_all (Transfer *transfer)
{
  for (guint i = 0; i < transfer->cursor; i++) {
    TransferFile *file = g_ptr_array_index (transfer->files, i);
    if (file->blocks != NULL)
      doing_of (transfer)->drop (transfer, file, transfer->plan == NULL);
    forget_blocks (file);
  }
}

/* Names of files last only when their folders are written. */
static void
sync_folders (Transfer *transfer)
{
  GHashTableIter iterator;
  gpointer folder;
  g_hash_table_iter_init (&iterator, transfer->folders);
  while (g_hash_table_iter_next (&iterator, &folder, NULL)) {
    int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
      continue;
    fsync (fd);
    close (fd);
  }
}

gboolean
transfer_run (Transfer *transfer, GError **error)
{
  guint pieces = 0;
  for (guint i = 0; i < transfer->files->len && pieces < transfer->gate.most; i++)
    pieces += ((const TransferFile *) g_ptr_array_index (transfer->files, i))->count;
  guint workers = MIN (pieces, transfer->gate.most);
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  for (guint i = 0; i < workers; i++)
    g_ptr_array_add (threads, g_thread_new ("transfer", work, transfer));
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  drop_all (transfer);
  sync_folders (transfer);
  if (transfer->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&transfer->error));
  return FALSE;
}
