/* SPDX-License-Identifier: MIT
 * One body on its way up: a block of a file, or all of a small one, as libcurl asks for its bytes.
 *
 * Where the store answers every block with the sum that it has computed, a block is read once, while it is sent,
 * and both sums are compared afterwards. Elsewhere the sum goes ahead of the bytes, so that a block is read
 * twice: once for the sum and once, from the page cache, while it is sent; memory stays small whatever the size
 * of a block. Encrypted blocks whose sum goes ahead are sealed into memory once instead, because the same nonce
 * must never meet other content. One that is sealed while it is sent gets new nonces whenever it is begun again.
 */
#include "data/cse-private.h"
#include "data/transfer-private.h"

#include "base/crc64.h"
#include "base/error.h"

#include <openssl/evp.h>
#include <string.h>

#define CIPHER_BLOCK 16u /* bytes of which pieces are multiples as long as possible */

struct TransferBody {
  TransferWorker *worker;
  const TransferFile *file;
  TransferBlock *block;
  TransferSpan span;
  guint64 cipher_length;          /* encrypted: without the trailer */
  const guint8 *memory;           /* all of it; NULL = made while it is given */
  guint64 at;                     /* bytes made */
  guint64 sum, plain;             /* CRC64 of these, and of the file's content in them */
  guint8 edge[DATA_CSE_OVERHEAD]; /* encrypted: nonce, then tag, of the present chunk */
  EVP_MD_CTX *sha256, *md5;
  guint8 sha256_digest[32], md5_digest[16];
  CloudBody cloud;
};

/* --- making its bytes ----------------------------------------------------------------------------------- */

/* From BYTES of SIZE, of which AT are used up, as much as fits. */
static gsize
copy_some (guint8 *out, gsize room, const guint8 *bytes, gsize size, gsize at)
{
  gsize piece = MIN (room, size - at);
  memcpy (out, bytes + at, piece);
  return piece;
}

/* Bytes from AT on of the content of chunk CHUNK, sealed in place; where the file ends the filling begins. */
static gboolean
seal_content (TransferBody *body, guint64 chunk, gsize at, guint8 *out, gsize room, gsize *made,
              GError **error)
{
  TransferWorker *worker = body->worker;
  gsize block = worker->transfer->options.cse_block, piece = MIN (room, block - at);
  guint64 place = chunk * block + at, there = body->span.plain_length;
  if (piece > CIPHER_BLOCK && piece < block - at)
    piece -= piece % CIPHER_BLOCK;
  gsize real = place < there ? (gsize) MIN (piece, there - place) : 0;
  if (real > 0 && !transfer_read (body->file, body->span.plain_first + place, out, real, error))
    return FALSE;
  memset (out + real, 0, piece - real);
  body->plain = cr_crc64 (body->plain, out, real);
  data_cse_seal_part (worker->cse, out, piece);
  if (at + piece == block)
    data_cse_seal_end (worker->cse, body->edge);
  *made = piece;
  return TRUE;
}

/* The next bytes of an encrypted body, at least one and at most ROOM: chunks, and after the last the trailer. */
static gboolean
seal_some (TransferBody *body, guint8 *out, gsize room, gsize *made, GError **error)
{
  gsize block = body->worker->transfer->options.cse_block;
  if (body->at >= body->cipher_length) {
    guint8 trailer[DATA_CSE_TRAILER];
    data_cse_trailer (body->worker->cse, body->file->size, trailer);
    *made = copy_some (out, room, trailer, sizeof trailer, (gsize) (body->at - body->cipher_length));
    return TRUE;
  }
  guint64 chunk = body->at / (block + DATA_CSE_OVERHEAD);
  gsize within = (gsize) (body->at % (block + DATA_CSE_OVERHEAD));
  if (within >= DATA_CSE_NONCE && within < DATA_CSE_NONCE + block)
    return seal_content (body, chunk, within - DATA_CSE_NONCE, out, room, made, error);
  if (within == 0)
    data_cse_seal_begin (body->worker->cse, body->edge);
  if (within < DATA_CSE_NONCE)
    *made = copy_some (out, room, body->edge, DATA_CSE_NONCE, within);
  else
    *made = copy_some (out, room, body->edge, DATA_CSE_TAG, within - DATA_CSE_NONCE - block);
  return TRUE;
}

/* The next LENGTH bytes, all of them. */
static gboolean
make (TransferBody *body, guint8 *out, gsize length, GError **error)
{
  gboolean sealed = body->worker->cse != NULL;
  while (length > 0) {
    gsize made = length;
    if (sealed ? !seal_some (body, out, length, &made, error)
               : !transfer_read (body->file, body->span.first + body->at, out, length, error))
      return FALSE;
    body->sum = cr_crc64 (body->sum, out, made);
    body->at += made;
    out += made;
    length -= made;
  }
  if (!sealed)
    body->plain = body->sum;
  return TRUE;
}

static void
rewind_body (TransferBody *body)
{
  body->at = 0;
  body->sum = 0;
  body->plain = 0;
}

/* --- giving them ---------------------------------------------------------------------------------------- */

static gboolean
give (TransferBody *body, guint64 offset, guint8 *buffer, gsize length, GError **error)
{
  if (body->memory != NULL) {
    memcpy (buffer, body->memory + offset, length);
    return TRUE;
  }
  if (body->cloud.passed == NULL) /* its sum went ahead */
    return transfer_read (body->file, body->span.first + offset, buffer, length, error);
  if (offset == 0)
    rewind_body (body);
  if (offset == body->at)
    return make (body, buffer, length, error);
  cr_set_error (error, CR_ERROR_RETRY, "Try again.", "The connection for %s was lost while sending.",
                body->file->name);
  return FALSE;
}

static gssize
give_bytes (guint64 offset, void *buffer, gsize length, gpointer user_data, GError **error)
{
  TransferBody *body = user_data;
  TransferWorker *worker = body->worker;
  transfer_uncount (worker, body->file, (gsize) offset); /* a new token, another connection */
  gsize granted = transfer_bandwidth_take (&worker->transfer->bandwidth, worker->transfer->job, length,
                                           error);
  if (granted == 0 || !give (body, offset, buffer, granted, error))
    return -1;
  transfer_count (worker, body->file, granted);
  return (gssize) granted;
}

/* --- sums that go ahead --------------------------------------------------------------------------------- */

static EVP_MD_CTX *
digest_begin (gboolean wanted, const EVP_MD *kind)
{
  EVP_MD_CTX *context = wanted ? EVP_MD_CTX_new () : NULL;
  if (context != NULL && EVP_DigestInit_ex (context, kind, NULL) != 1)
    g_error ("a digest is not available");
  return context;
}

static const guint8 *
digest_end (EVP_MD_CTX **context, guint8 *digest)
{
  if (*context == NULL)
    return NULL;
  if (EVP_DigestFinal_ex (*context, digest, NULL) != 1)
    g_error ("a digest failed");
  g_clear_pointer (context, EVP_MD_CTX_free);
  return digest;
}

/* Where all of the body may stay; NULL when it is read again. */
static guint8 *
memory_for (const TransferBody *body)
{
  TransferWorker *worker = body->worker;
  if (worker->cse == NULL)
    return body->span.length <= TRANSFER_SCRATCH ? worker->scratch : NULL;
  if (worker->sealed == NULL || worker->sealed_size < body->span.length) {
    g_free (worker->sealed);
    worker->sealed_size = (gsize) body->span.length;
    worker->sealed = g_malloc (worker->sealed_size);
  }
  return worker->sealed;
}

static gboolean
sum_ahead (TransferBody *body, GError **error)
{
  TransferWorker *worker = body->worker;
  CloudStore *store = worker->transfer->store;
  guint8 *memory = memory_for (body);
  body->sha256 = digest_begin (cloud_store_wants_sha256 (store, body->file->upload), EVP_sha256 ());
  body->md5 = digest_begin (cloud_store_wants_md5 (store), EVP_md5 ());
  while (body->at < body->span.length) {
    guint8 *out = memory != NULL ? memory + body->at : worker->scratch;
    gsize piece = (gsize) MIN (body->span.length - body->at, TRANSFER_SCRATCH);
    if (!cr_job_check (worker->transfer->job, error) || !make (body, out, piece, error))
      return FALSE;
    if ((body->sha256 != NULL && EVP_DigestUpdate (body->sha256, out, piece) != 1)
        || (body->md5 != NULL && EVP_DigestUpdate (body->md5, out, piece) != 1))
      g_error ("a digest failed");
  }
  body->memory = memory;
  body->cloud.crc64 = body->sum;
  body->cloud.sha256 = digest_end (&body->sha256, body->sha256_digest);
  body->cloud.md5 = digest_end (&body->md5, body->md5_digest);
  return TRUE;
}

/* --- one body ------------------------------------------------------------------------------------------- */

TransferBody *
transfer_body_new (TransferWorker *worker, TransferFile *file, guint index, gboolean ahead, GError **error)
{
  g_autoptr (TransferBody) body = g_new0 (TransferBody, 1);
  body->worker = worker;
  body->file = file;
  body->block = &file->blocks[index];
  body->span = transfer_span (file, index);
  if (worker->cse != NULL)
    body->cipher_length = body->span.length - (index + 1 == file->count ? DATA_CSE_TRAILER : 0);
  body->cloud = (CloudBody){ .read = give_bytes, .data = body, .length = body->span.length };
  if (!ahead && cloud_store_answers_sums (worker->transfer->store))
    body->cloud.passed = &body->sum;
  else if (!sum_ahead (body, error))
    return NULL;
  return g_steal_pointer (&body);
}

const CloudBody *
transfer_body_cloud (const TransferBody *body)
{
  return &body->cloud;
}

void
transfer_body_note (const TransferBody *body)
{
  body->block->sum = body->sum;
  body->block->plain = body->plain;
}

void
transfer_body_free (TransferBody *body)
{
  if (body == NULL)
    return;
  EVP_MD_CTX_free (body->sha256);
  EVP_MD_CTX_free (body->md5);
  g_free (body);
}
