/* SPDX-License-Identifier: MIT
 * Sums of files here, and whether they are what the store has (transfer-private.h).
 */
#include "data/transfer-private.h"

#include "base/crc64.h"
#include "base/encode.h"
#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define MD5_BYTES 16u

guint64
transfer_sum_zeros (guint64 crc, guint64 length)
{
  static const guint8 zeros[4096];
  for (; length > 0; length -= MIN (length, sizeof zeros))
    crc = cr_crc64 (crc, zeros, (gsize) MIN (length, sizeof zeros));
  return crc;
}

gboolean
transfer_sum_file (TransferWorker *worker, const TransferFile *file, guint64 first, guint64 length,
                   guint64 filling, guint64 *sum, GError **error)
{
  *sum = 0;
  for (guint64 at = 0; at < length;) {
    gsize piece = (gsize) MIN (length - at, TRANSFER_SCRATCH);
    if (!cr_job_check (worker->transfer->job, error)
        || !transfer_read (file, first + at, worker->scratch, piece, error))
      return FALSE;
    *sum = cr_crc64 (*sum, worker->scratch, piece);
    transfer_look (worker, file, piece);
    at += piece;
  }
  *sum = transfer_sum_zeros (*sum, filling);
  return TRUE;
}

/* The MD5 of LENGTH bytes from FIRST on. */
static gboolean
md5_part (TransferWorker *worker, const TransferFile *file, guint64 first, guint64 length, guint8 *digest,
          GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  for (guint64 at = 0; at < length;) {
    gsize piece = (gsize) MIN (length - at, TRANSFER_SCRATCH);
    if (!cr_job_check (worker->transfer->job, error)
        || !transfer_read (file, first + at, worker->scratch, piece, error))
      return FALSE;
    g_checksum_update (sum, worker->scratch, (gssize) piece);
    transfer_look (worker, file, piece);
    at += piece;
  }
  gsize size = MD5_BYTES;
  g_checksum_get_digest (sum, digest, &size);
  return TRUE;
}

char *
transfer_md5_file (TransferWorker *worker, const TransferFile *file, GError **error)
{
  guint8 digest[MD5_BYTES];
  return md5_part (worker, file, 0, file->size, digest, error) ? cr_base64 (digest, sizeof digest) : NULL;
}

/* The tag of an object of many parts: MD5 of their MD5s, "-", their number. Ours are cut as this file would
 * be. */
static gboolean
is_same_parts (TransferWorker *worker, const TransferFile *file, gboolean *same, GError **error)
{
  g_autofree char *suffix = g_strdup_printf ("-%u\"", file->count);
  *same = FALSE;
  if (file->etag == NULL || file->count < 2 || !g_str_has_suffix (file->etag, suffix))
    return TRUE;
  g_autoptr (GChecksum) all = g_checksum_new (G_CHECKSUM_MD5);
  for (guint i = 0; i < file->count; i++) {
    TransferSpan span = transfer_span (file, i);
    guint8 digest[MD5_BYTES];
    if (!md5_part (worker, file, span.first, span.length, digest, error))
      return FALSE;
    g_checksum_update (all, digest, sizeof digest);
  }
  const char *tag = *file->etag == '"' ? file->etag + 1 : file->etag;
  *same = strncmp (tag, g_checksum_get_string (all), 2 * MD5_BYTES) == 0;
  return TRUE;
}

char *
transfer_seal (GBytes *key, guint64 plain, guint64 size)
{
  g_autofree char *text = g_strdup_printf ("cleanroom transfer %016" G_GINT64_MODIFIER "x %" G_GUINT64_FORMAT,
                                           plain, size);
  guint8 mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC (EVP_sha256 (), g_bytes_get_data (key, NULL), (int) g_bytes_get_size (key), (const guint8 *) text,
            strlen (text), mac, &length)
      == NULL)
    g_error ("HMAC-SHA256 is not available");
  return cr_hex (mac, length / 2);
}

gboolean
transfer_is_same (TransferWorker *worker, TransferFile *file, gboolean *same, GError **error)
{
  GBytes *key = worker->transfer->options.cse_key;
  *same = FALSE;
  if (key == NULL && file->crc64 == NULL && file->md5 == NULL) {
    if (!is_same_parts (worker, file, same, error))
      return FALSE;
    return !*same || transfer_sum_file (worker, file, 0, file->size, 0, &file->plain, error);
  }
  if ((key != NULL && file->seal == NULL)
      || !transfer_sum_file (worker, file, 0, file->size, 0, &file->plain, error))
    return key != NULL && file->seal == NULL;
  if (key != NULL) {
    g_autofree char *seal = transfer_seal (key, file->plain, file->size);
    *same = strcmp (seal, file->seal) == 0;
  } else if (file->crc64 != NULL) {
    g_autofree char *crc = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", file->plain);
    *same = g_ascii_strcasecmp (crc, file->crc64) == 0;
  } else {
    g_autofree char *md5 = transfer_md5_file (worker, file, error);
    *same = md5 != NULL && strcmp (md5, file->md5) == 0;
    return md5 != NULL;
  }
  return TRUE;
}

guint64
transfer_join (const TransferFile *file, gboolean plain)
{
  guint64 sum = 0;
  for (guint i = 0; i < file->count; i++) {
    TransferSpan span = transfer_span (file, i);
    const TransferBlock *block = &file->blocks[i];
    sum = plain ? cr_crc64_join (sum, block->plain, span.plain_length)
                : cr_crc64_join (sum, block->sum, span.length);
  }
  return sum;
}
