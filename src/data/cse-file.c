/* SPDX-License-Identifier: MIT
 * Whole files of client-side encryption (cse.h), block by block. Blocks do not depend on each other, so several
 * threads work on those of one file; each block has its place in both files.
 */
#include "data/cse-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/translate.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (256u * 1024)            /* bytes that pass at a time */
#define LANES_MAX 4u                   /* threads for one file */
#define BEGIN_WRITE (8u * 1024 * 1024) /* bytes after which the disk is to begin, not only at the end */

/* One file on its way into another. */
typedef struct {
  DataCse *cse;
  CrJob *job;
  const char *from, *to;
  char *name;      /* FROM's last part, safe for a screen */
  char *temporary; /* beside TO; NULL when it does not exist */
  int in, out;
  guint64 size;  /* of FROM when it was opened */
  guint64 plain; /* bytes of the data */
  guint64 chunks;
  struct stat before;
  GMutex lock;    /* of everything below */
  GMutex writing; /* writers to one file would spin in the kernel */
  guint64 passed; /* bytes of the data */
  guint64 next;   /* chunk to be handed out */
  GError *error;  /* of the first chunk that failed: */
  guint64 error_index;
} Passage;

/* What one thread owns. */
typedef struct Lane Lane;
typedef gboolean (*LaneWork) (Lane *lane, guint64 index, GError **error);
struct Lane {
  Passage *passage;
  LaneWork work;
  DataCse *cse;
  guint8 *buffer, *result; /* PIECE and what a cipher may write beyond it */
};

static gboolean
failed (GError **error, const char *what, const char *path)
{
  int code = errno;
  g_autofree char *safe = cr_text_safe (path);
  cr_set_error (error, CR_ERROR_ADMIN,
                code == ENOSPC ? N_ ("Make room on the disk, then do it again.")
                               : N_ ("Check the path and its permissions."),
                "%s %s: %s.", what, safe, code == ENOSPC ? "the disk is full" : g_strerror (code));
  return FALSE;
}

static void
passage_clear (Passage *passage)
{
  if (passage->in >= 0)
    close (passage->in);
  if (passage->out >= 0)
    close (passage->out);
  if (passage->temporary != NULL)
    unlink (passage->temporary);
  g_clear_error (&passage->error);
  g_mutex_clear (&passage->lock);
  g_mutex_clear (&passage->writing);
  g_free (passage->temporary);
  g_free (passage->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Passage, passage_clear)

static gboolean
passage_open (Passage *passage, GError **error)
{
  g_autofree char *base = g_path_get_basename (passage->from);
  g_mutex_init (&passage->lock);
  g_mutex_init (&passage->writing);
  passage->name = cr_text_safe (base);
  passage->in = open (passage->from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (passage->in < 0 || fstat (passage->in, &passage->before) != 0)
    return failed (error, "Cannot read", passage->from);
  if (!S_ISREG (passage->before.st_mode)) {
    cr_set_error (error, CR_ERROR_INPUT, "Name a file.", "%s is not an ordinary file.", passage->name);
    return FALSE;
  }
  passage->size = (guint64) passage->before.st_size;
  g_autofree char *folder =
      g_path_get_dirname (passage->to); /* the name itself may be as long as names can be */
  char *temporary = g_build_filename (folder, ".tmp-XXXXXX", NULL);
  passage->out = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (passage->out < 0) {
    failed (error, "Cannot write beside", passage->to);
    g_free (temporary);
    return FALSE;
  }
  passage->temporary = temporary;
  return TRUE;
}

/* Exactly LENGTH bytes from OFFSET on to BUFFER; fewer mean that somebody cut the file meanwhile. */
static gboolean
read_exactly (const Passage *passage, guint64 offset, guint8 *buffer, gsize length, GError **error)
{
  gsize have = 0;
  while (have < length) {
    gssize got = pread (passage->in, buffer + have, length - have, (off_t) (offset + have));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failed (error, "Cannot read", passage->from);
    if (got == 0) {
      cr_set_error (error, CR_ERROR_RETRY, "Wait until nobody writes it, then do it again.",
                    "%s became shorter while it was read; nothing was written.", passage->name);
      return FALSE;
    }
    have += (gsize) got;
  }
  return TRUE;
}

static gboolean
write_all (Passage *passage, guint64 offset, const guint8 *data, gsize length, GError **error)
{
  if (cr_fault_write ()) {
    errno = ENOSPC;
    return failed (error, "Cannot write", passage->to);
  }
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&passage->writing);
  while (length > 0) {
    gssize put = pwrite (passage->out, data, length, (off_t) offset);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return failed (error, "Cannot write", passage->to);
    data += put;
    offset += (guint64) put;
    length -= (gsize) put;
  }
  return TRUE;
}

/* TO appears now, whole and on the disk, unless FROM has changed since it was opened. */
static gboolean
passage_finish (Passage *passage, GError **error)
{
  struct stat after;
  if (fstat (passage->in, &after) != 0)
    return failed (error, "Cannot read", passage->from);
  if (after.st_size != passage->before.st_size || after.st_mtim.tv_sec != passage->before.st_mtim.tv_sec
      || after.st_mtim.tv_nsec != passage->before.st_mtim.tv_nsec) {
    cr_set_error (error, CR_ERROR_RETRY, "Wait until nobody writes it, then do it again.",
                  "%s changed while it was read; nothing was written.", passage->name);
    return FALSE;
  }
  if (fsync (passage->out) != 0)
    return failed (error, "Cannot write", passage->to);
  cr_fault_point ("cse.before-rename");
  if (rename (passage->temporary, passage->to) != 0)
    return failed (error, "Cannot write", passage->to);
  g_clear_pointer (&passage->temporary, g_free);
  g_autofree char *folder = g_path_get_dirname (passage->to);
  int directory = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync (directory);
    close (directory);
  }
  return TRUE;
}

/* LENGTH more bytes have passed: say so, and see whether to go on. */
static gboolean
passed (Passage *passage, gsize length, GError **error)
{
  g_mutex_lock (&passage->lock);
  passage->passed += length;
  gboolean due = passage->passed / BEGIN_WRITE != (passage->passed - length) / BEGIN_WRITE;
  cr_job_progress (passage->job, passage->name, passage->passed, passage->plain);
  g_mutex_unlock (&passage->lock);
  if (due)
    sync_file_range (passage->out, 0, 0, SYNC_FILE_RANGE_WRITE);
  return cr_job_check (passage->job, error);
}

/* --- threads -------------------------------------------------------------------------------------------- */

/* The next chunk for a thread; FALSE when there is none, or one before it has failed. */
static gboolean
take_chunk (Passage *passage, guint64 *index)
{
  g_mutex_lock (&passage->lock);
  gboolean more = passage->error == NULL && passage->next < passage->chunks;
  *index = passage->next;
  passage->next += more;
  g_mutex_unlock (&passage->lock);
  return more;
}

/* Chunks are begun in order, so the first that fails is known when all threads have ended. */
static void
keep_error (Passage *passage, guint64 index, GError *problem)
{
  g_mutex_lock (&passage->lock);
  if (passage->error == NULL || index < passage->error_index) {
    g_clear_error (&passage->error);
    passage->error = g_steal_pointer (&problem);
    passage->error_index = index;
  }
  g_mutex_unlock (&passage->lock);
  g_clear_error (&problem);
}

static gpointer
lane_run (gpointer data)
{
  Lane *lane = data;
  guint64 index = 0;
  GError *problem = NULL;
  lane->buffer = g_malloc (PIECE);
  lane->result = g_malloc (PIECE + DATA_CSE_TAG);
  while (problem == NULL && take_chunk (lane->passage, &index))
    if (cr_job_check (lane->passage->job, &problem))
      lane->work (lane, index, &problem);
  if (problem != NULL)
    keep_error (lane->passage, index, problem);
  cr_wipe (lane->buffer, PIECE);
  cr_wipe (lane->result, PIECE + DATA_CSE_TAG);
  g_free (lane->buffer);
  g_free (lane->result);
  return NULL;
}

/* WORK for every chunk. */
static gboolean
run_lanes (Passage *passage, LaneWork work, GError **error)
{
  Lane lanes[LANES_MAX];
  GThread *threads[LANES_MAX] = { NULL };
  guint count = (guint) MIN (passage->chunks, MIN (g_get_num_processors (), LANES_MAX));
  for (guint i = 0; i < count; i++) {
    lanes[i] = (Lane){ .passage = passage, .work = work };
    lanes[i].cse = i == 0 ? passage->cse : data_cse_twin (passage->cse);
    if (i > 0)
      threads[i] = g_thread_try_new ("cse", lane_run, &lanes[i], NULL);
  }
  if (count > 0)
    lane_run (&lanes[0]);
  for (guint i = 1; i < count; i++) {
    if (threads[i] != NULL)
      g_thread_join (threads[i]);
    data_cse_free (lanes[i].cse);
  }
  if (passage->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&passage->error));
  return FALSE;
}

/* --- encrypting ----------------------------------------------------------------------------------------- */

/* Chunk INDEX, where the file ends filled with zero bytes. */
static gboolean
seal_one (Lane *lane, guint64 index, GError **error)
{
  Passage *passage = lane->passage;
  DataCse *cse = lane->cse;
  guint64 from = index * cse->block, to = index * (cse->block + (guint64) DATA_CSE_OVERHEAD);
  gsize length = (gsize) MIN ((guint64) cse->block, passage->size - from);
  guint8 nonce[DATA_CSE_NONCE], tag[DATA_CSE_TAG];
  data_cse_seal_begin (cse, nonce);
  if (!write_all (passage, to, nonce, sizeof nonce, error))
    return FALSE;
  to += sizeof nonce;
  for (gsize at = 0; at < cse->block;) {
    gsize piece = MIN (cse->block - at, PIECE);
    gsize real = at < length ? MIN (piece, length - at) : 0;
    if (!read_exactly (passage, from + at, lane->buffer, real, error))
      return FALSE;
    memset (lane->buffer + real, 0, piece - real);
    data_cse_seal_part (cse, lane->buffer, piece);
    if (!write_all (passage, to + at, lane->buffer, piece, error) || !passed (passage, real, error))
      return FALSE;
    at += piece;
  }
  data_cse_seal_end (cse, tag);
  return write_all (passage, to + cse->block, tag, sizeof tag, error);
}

gboolean
data_cse_encrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error)
{
  g_auto (Passage) passage = { .cse = cse, .job = job, .from = from, .to = to, .in = -1, .out = -1 };
  if (!passage_open (&passage, error))
    return FALSE;
  passage.plain = passage.size;
  passage.chunks = (passage.size + cse->block - 1) / cse->block;
  guint8 trailer[DATA_CSE_TRAILER];
  data_cse_trailer (cse, passage.size, trailer);
  return run_lanes (&passage, seal_one, error)
         && write_all (&passage, passage.chunks * (cse->block + (guint64) DATA_CSE_OVERHEAD), trailer,
                       sizeof trailer, error)
         && passage_finish (&passage, error);
}

/* --- decrypting ----------------------------------------------------------------------------------------- */

/* The trailer comes last in the file and is needed first. */
static gboolean
read_length (Passage *passage, GError **error)
{
  if (passage->size == 0)
    return TRUE;
  guint8 trailer[DATA_CSE_TRAILER];
  return read_exactly (passage, passage->size - sizeof trailer, trailer, sizeof trailer, error)
         && data_cse_length (passage->cse, passage->chunks, trailer, &passage->plain, error);
}

/* What was filled in must be zero: the trailer is not authenticated, these bytes are. */
static gboolean
check_filling (const Passage *passage, guint8 all, GError **error)
{
  if (all == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Get the file anew; nothing was written.",
                "The end of %s was changed: it hides bytes of the data.", passage->name);
  return FALSE;
}

/* The bytes of a chunk, which begins at FROM, to TO on: USED of them are data. They lie in the draft until its tag
 * is right. */
static gboolean
open_chunk (Lane *lane, guint64 from, guint64 to, gsize used, GError **error)
{
  Passage *passage = lane->passage;
  DataCse *cse = lane->cse;
  guint8 nonce[DATA_CSE_NONCE], tag[DATA_CSE_TAG], filling = 0;
  if (!read_exactly (passage, from, nonce, sizeof nonce, error))
    return FALSE;
  from += sizeof nonce;
  data_cse_open_begin (cse, nonce);
  for (gsize at = 0; at < cse->block;) {
    gsize piece = MIN (cse->block - at, PIECE);
    gsize real = at < used ? MIN (piece, used - at) : 0;
    if (!read_exactly (passage, from + at, lane->buffer, piece, error))
      return FALSE;
    data_cse_open_part (cse, lane->buffer, piece, lane->result);
    for (gsize i = real; i < piece; i++)
      filling |= lane->result[i];
    if (!write_all (passage, to + at, lane->result, real, error) || !passed (passage, real, error))
      return FALSE;
    at += piece;
  }
  return read_exactly (passage, from + cse->block, tag, sizeof tag, error)
         && data_cse_open_end (cse, tag, error) && check_filling (passage, filling, error);
}

static gboolean
open_one (Lane *lane, guint64 index, GError **error)
{
  Passage *passage = lane->passage;
  guint64 block = lane->cse->block, to = index * block;
  GError *problem = NULL;
  if (open_chunk (lane, index * (block + DATA_CSE_OVERHEAD), to, (gsize) MIN (block, passage->plain - to),
                  &problem))
    return TRUE;
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_INPUT))
    g_prefix_error (&problem, "%s, block %" PRIu64 ": ", passage->name, index + 1);
  g_propagate_error (error, problem);
  return FALSE;
}

gboolean
data_cse_decrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error)
{
  g_auto (Passage) passage = { .cse = cse, .job = job, .from = from, .to = to, .in = -1, .out = -1 };
  return passage_open (&passage, error) && data_cse_chunks (passage.size, cse->block, &passage.chunks, error)
         && read_length (&passage, error) && run_lanes (&passage, open_one, error)
         && passage_finish (&passage, error);
}
