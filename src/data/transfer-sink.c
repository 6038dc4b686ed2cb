/* SPDX-License-Identifier: MIT
 * Where received bytes go: decrypted while they pass, summed, and written to their place
 * (transfer-private.h).
 */
#include "data/cse-private.h"
#include "data/transfer-private.h"

#include "base/crc64.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct TransferSink {
  TransferWorker *worker;
  TransferFile *file;
  guint index;
  int fd; /* -1 = only the sums are wanted */
  TransferSpan span;
  guint64 sum; /* of stored bytes; of what is not encrypted the other one is the same */
  guint64 plain;
  guint64 taken;   /* stored bytes of an encrypted file */
  guint64 written; /* plain bytes */
  gsize gathered;  /* plain bytes in the worker's scratch memory */
  GChecksum *md5;  /* of stored bytes; where nothing else proves them */
  /* of encrypted files */
  guint8 edge[DATA_CSE_TAG]; /* nonce, tag or trailer while it comes */
};

TransferSink *
transfer_sink_new (TransferWorker *worker, TransferFile *file, guint index, int fd)
{
  TransferSink *sink = g_new0 (TransferSink, 1);
  sink->worker = worker;
  sink->file = file;
  sink->index = index;
  sink->fd = fd;
  sink->span = transfer_span (file, index);
  if (file->count == 1 && file->crc64 == NULL && file->md5 != NULL)
    sink->md5 = g_checksum_new (G_CHECKSUM_MD5);
  return sink;
}

void
transfer_sink_free (TransferSink *sink)
{
  g_clear_pointer (&sink->md5, g_checksum_free);
  g_free (sink);
}

/* What has gathered in the scratch memory to its place. Few large writes: they lock the file. */
static gboolean
flush (TransferSink *sink, GError **error)
{
  const guint8 *data = sink->worker->scratch;
  gsize length = sink->gathered;
  off_t at = (off_t) (sink->span.plain_first + sink->written);
  sink->plain = cr_crc64 (sink->plain, data, length);
  sink->written += length;
  sink->gathered = 0;
  if (sink->fd < 0 || length == 0)
    return TRUE;
  if (cr_fault_write ()) {
    transfer_set_file_error (error, "write", sink->file->path, ENOSPC);
    return FALSE;
  }
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sink->file->writing);
  while (length > 0) {
    ssize_t n = pwrite (sink->fd, data, length, at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      transfer_set_file_error (error, "write", sink->file->path, errno);
      return FALSE;
    }
    data += n;
    at += n;
    length -= (gsize) n;
  }
  return TRUE;
}

/* Room for at most LENGTH bytes in the scratch memory; *ROOM of them, at least one. NULL = it could not be
 * written. */
static guint8 *
room_for (TransferSink *sink, gsize length, gsize *room, GError **error)
{
  if (sink->gathered == TRANSFER_SCRATCH && !flush (sink, error))
    return NULL;
  guint8 *place = sink->worker->scratch + sink->gathered;
  *room = MIN (length, TRANSFER_SCRATCH - sink->gathered);
  sink->gathered += *room;
  return place;
}

/* Bytes of the nonce, tag or trailer, whose first byte came at BEGAN of WANTED. TRUE when it is complete. */
static gboolean
gather (TransferSink *sink, const guint8 **data, gsize *length, gsize began, gsize wanted)
{
  gsize piece = MIN (*length, wanted - began);
  memcpy (sink->edge + began, *data, piece);
  *data += piece;
  *length -= piece;
  sink->taken += piece;
  return began + piece == wanted;
}

/* The next bytes of one chunk; AT is the place in it. */
static gboolean
take_chunk (TransferSink *sink, const guint8 **data, gsize *length, gsize at, GError **error)
{
  DataCse *cse = sink->worker->cse;
  gsize block = cse->block;
  if (at < DATA_CSE_NONCE) {
    if (gather (sink, data, length, at, DATA_CSE_NONCE))
      data_cse_open_begin (cse, sink->edge);
    return TRUE;
  }
  if (at < DATA_CSE_NONCE + block) {
    gsize piece = 0;
    guint8 *place = room_for (sink, MIN (*length, DATA_CSE_NONCE + block - at), &piece, error);
    if (place == NULL)
      return FALSE;
    data_cse_open_part (cse, *data, piece, place);
    *data += piece;
    *length -= piece;
    sink->taken += piece;
    return TRUE;
  }
  if (!gather (sink, data, length, at - DATA_CSE_NONCE - block, DATA_CSE_TAG)
      || data_cse_open_end (cse, sink->edge, error))
    return TRUE;
  g_prefix_error (error, "%s: ", sink->file->name);
  return FALSE;
}

static gboolean
take_sealed (TransferSink *sink, const guint8 *data, gsize length, GError **error)
{
  gsize chunk = (gsize) sink->worker->cse->block + DATA_CSE_OVERHEAD;
  guint64 chunks = sink->span.plain_length / sink->worker->cse->block * chunk;
  while (length > 0) {
    if (sink->taken >= chunks) {
      gather (sink, &data, &length, (gsize) (sink->taken - chunks), DATA_CSE_TRAILER);
      if (length > 0) /* cannot be: the length of a block is checked before */
        return FALSE;
    } else if (!take_chunk (sink, &data, &length, (gsize) (sink->taken % chunk), error)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
transfer_sink_take (const void *data, gsize length, gpointer user_data, GError **error)
{
  TransferSink *sink = user_data;
  Transfer *transfer = sink->worker->transfer;
  for (gsize left = length; left > 0;) {
    gsize granted = transfer_bandwidth_take (&transfer->bandwidth, transfer->job, left, error);
    if (granted == 0)
      return FALSE;
    left -= granted;
  }
  transfer_count (sink->worker, sink->file, length);
  if (sink->md5 != NULL)
    g_checksum_update (sink->md5, data, (gssize) length);
  if (sink->worker->cse != NULL) {
    sink->sum = cr_crc64 (sink->sum, data, length);
    return take_sealed (sink, data, length, error);
  }
  for (const guint8 *from = data; length > 0;) {
    gsize piece = 0;
    guint8 *place = room_for (sink, length, &piece, error);
    if (place == NULL)
      return FALSE;
    memcpy (place, from, piece);
    from += piece;
    length -= piece;
  }
  return TRUE;
}

/* The sum that the store keeps of a file of one block. */
static gboolean
check_md5 (TransferSink *sink)
{
  guint8 digest[16];
  gsize length = sizeof digest;
  if (sink->md5 == NULL)
    return TRUE;
  g_checksum_get_digest (sink->md5, digest, &length);
  g_autofree guchar *wanted = g_base64_decode (sink->file->md5, &length);
  return length == sizeof digest && memcmp (digest, wanted, length) == 0;
}

gboolean
transfer_sink_end (TransferSink *sink, guint64 *filling, GError **error)
{
  TransferFile *file = sink->file;
  TransferBlock *block = &file->blocks[sink->index];
  if (!flush (sink, error))
    return FALSE;
  block->sum = sink->worker->cse != NULL ? sink->sum : sink->plain;
  block->plain = sink->plain;
  if (!check_md5 (sink)) {
    cr_set_error (error, CR_ERROR_RETRY, "Download it again; if it stays so, publish the data again.",
                  "The content of %s does not match its checksum.", file->name);
    return FALSE;
  }
  *filling = 0;
  if (sink->worker->cse == NULL || sink->index + 1 != file->count || file->stored == 0)
    return TRUE;
  guint64 size = 0;
  if (!data_cse_length (sink->worker->cse, file->size / sink->worker->cse->block, sink->edge, &size, error)) {
    g_prefix_error (error, "%s: ", file->name);
    return FALSE;
  }
  *filling = file->size - size;
  return TRUE;
}
