/* SPDX-License-Identifier: MIT
 * Whole files of client-side encryption (cse.h), block by block.
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
#define BEGIN_WRITE (8u * 1024 * 1024) /* bytes after which the disk is to begin, not only at the end */

/* One file on its way into another. */
typedef struct {
  DataCse *cse;
  CrJob *job;
  const char *from, *to;
  char *name;      /* FROM's last part, safe for a screen */
  char *temporary; /* beside TO; NULL when it does not exist */
  int in, out;
  guint64 size;   /* of FROM when it was opened */
  guint64 passed; /* bytes of the data */
  struct stat before;
  guint8 *buffer, *result; /* PIECE and what a cipher may write beyond it */
} Passage;

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
  if (passage->buffer != NULL)
    cr_wipe (passage->buffer, PIECE);
  if (passage->result != NULL)
    cr_wipe (passage->result, PIECE + DATA_CSE_TAG);
  g_free (passage->buffer);
  g_free (passage->result);
  g_free (passage->temporary);
  g_free (passage->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Passage, passage_clear)

static gboolean
passage_open (Passage *passage, GError **error)
{
  g_autofree char *base = g_path_get_basename (passage->from);
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
  passage->buffer = g_malloc (PIECE);
  passage->result = g_malloc (PIECE + DATA_CSE_TAG);
  return TRUE;
}

/* Exactly LENGTH bytes to BUFFER; fewer mean that somebody cut the file meanwhile. */
static gboolean
read_exactly (Passage *passage, guint8 *buffer, gsize length, GError **error)
{
  gsize have = 0;
  while (have < length) {
    gssize got = read (passage->in, buffer + have, length - have);
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
write_all (Passage *passage, const guint8 *data, gsize length, GError **error)
{
  if (cr_fault_write ()) {
    errno = ENOSPC;
    return failed (error, "Cannot write", passage->to);
  }
  while (length > 0) {
    gssize put = write (passage->out, data, length);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return failed (error, "Cannot write", passage->to);
    data += put;
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
passed (Passage *passage, gsize length, guint64 total, GError **error)
{
  passage->passed += length;
  if (passage->passed / BEGIN_WRITE != (passage->passed - length) / BEGIN_WRITE)
    sync_file_range (passage->out, 0, 0, SYNC_FILE_RANGE_WRITE);
  cr_job_progress (passage->job, passage->name, MIN (passage->passed, total), total);
  return cr_job_check (passage->job, error);
}

/* The next LENGTH bytes as one chunk, filled with zero bytes. */
static gboolean
seal_next (Passage *passage, gsize length, GError **error)
{
  DataCse *cse = passage->cse;
  guint8 nonce[DATA_CSE_NONCE], tag[DATA_CSE_TAG];
  data_cse_seal_begin (cse, nonce);
  if (!write_all (passage, nonce, sizeof nonce, error))
    return FALSE;
  for (gsize at = 0; at < cse->block;) {
    gsize piece = MIN (cse->block - at, PIECE);
    gsize real = at < length ? MIN (piece, length - at) : 0;
    if (!read_exactly (passage, passage->buffer, real, error))
      return FALSE;
    memset (passage->buffer + real, 0, piece - real);
    data_cse_seal_part (cse, passage->buffer, piece);
    if (!write_all (passage, passage->buffer, piece, error) || !passed (passage, real, passage->size, error))
      return FALSE;
    at += piece;
  }
  data_cse_seal_end (cse, tag);
  return write_all (passage, tag, sizeof tag, error);
}

gboolean
data_cse_encrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error)
{
  g_auto (Passage) passage = { .cse = cse, .job = job, .from = from, .to = to, .in = -1, .out = -1 };
  if (!passage_open (&passage, error))
    return FALSE;
  for (guint64 done = 0; done < passage.size; done += cse->block)
    if (!cr_job_check (job, error)
        || !seal_next (&passage, (gsize) MIN ((guint64) cse->block, passage.size - done), error))
      return FALSE;
  guint8 trailer[DATA_CSE_TRAILER];
  data_cse_trailer (cse, passage.size, trailer);
  return write_all (&passage, trailer, sizeof trailer, error) && passage_finish (&passage, error);
}

/* The trailer comes last in the file and is needed first. */
static gboolean
read_length (Passage *passage, guint64 chunks, guint64 *plain, GError **error)
{
  *plain = 0;
  if (passage->size == 0)
    return TRUE;
  guint8 trailer[DATA_CSE_TRAILER];
  gssize got = pread (passage->in, trailer, sizeof trailer, (off_t) (passage->size - sizeof trailer));
  if (got != (gssize) sizeof trailer)
    return failed (error, "Cannot read", passage->from);
  return data_cse_length (passage->cse, chunks, trailer, plain, error);
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

/* The next chunk, of which USED bytes are data of a file of TOTAL. It lies in the draft until its tag is
 * right. */
static gboolean
open_next (Passage *passage, gsize used, guint64 total, GError **error)
{
  DataCse *cse = passage->cse;
  guint8 nonce[DATA_CSE_NONCE], tag[DATA_CSE_TAG], filling = 0;
  if (!read_exactly (passage, nonce, sizeof nonce, error))
    return FALSE;
  data_cse_open_begin (cse, nonce);
  for (gsize at = 0; at < cse->block;) {
    gsize piece = MIN (cse->block - at, PIECE);
    gsize real = at < used ? MIN (piece, used - at) : 0;
    if (!read_exactly (passage, passage->buffer, piece, error))
      return FALSE;
    data_cse_open_part (cse, passage->buffer, piece, passage->result);
    for (gsize i = real; i < piece; i++)
      filling |= passage->result[i];
    if (!write_all (passage, passage->result, real, error) || !passed (passage, real, total, error))
      return FALSE;
    at += piece;
  }
  return read_exactly (passage, tag, sizeof tag, error) && data_cse_open_end (cse, tag, error)
         && check_filling (passage, filling, error);
}

gboolean
data_cse_decrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error)
{
  g_auto (Passage) passage = { .cse = cse, .job = job, .from = from, .to = to, .in = -1, .out = -1 };
  if (!passage_open (&passage, error))
    return FALSE;
  guint64 chunks = 0, plain = 0;
  if (!data_cse_chunks (passage.size, cse->block, &chunks, error)
      || !read_length (&passage, chunks, &plain, error))
    return FALSE;
  for (guint64 index = 0, done = 0; index < chunks; index++) {
    gsize used = (gsize) MIN ((guint64) cse->block, plain - done);
    GError *problem = NULL;
    if (!cr_job_check (job, error))
      return FALSE;
    if (!open_next (&passage, used, plain, &problem)) {
      if (g_error_matches (problem, CR_ERROR, CR_ERROR_INPUT))
        g_prefix_error (&problem, "%s, block %" PRIu64 ": ", passage.name, index + 1);
      g_propagate_error (error, problem);
      return FALSE;
    }
    done += used;
  }
  return passage_finish (&passage, error);
}
