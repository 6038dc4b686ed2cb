/* SPDX-License-Identifier: MIT
 * Chunks of client-side encryption (cse.h).
 */
#include "data/cse-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#define NONCE 12u
#define TAG 16u

static guint64
chunks_of (guint64 plain, guint block)
{
  return plain / block + (plain % block != 0 ? 1 : 0);
}

guint64
data_cse_size (guint64 plain, guint block)
{
  return chunks_of (plain, block) * ((guint64) block + DATA_CSE_OVERHEAD) + DATA_CSE_TRAILER;
}

gboolean
data_cse_chunks (guint64 size, guint block, guint64 *chunks, GError **error)
{
  guint64 chunk = (guint64) block + DATA_CSE_OVERHEAD;
  *chunks = 0;
  if (size == 0)
    return TRUE;
  if (size >= DATA_CSE_TRAILER && (size - DATA_CSE_TRAILER) % chunk == 0) {
    *chunks = (size - DATA_CSE_TRAILER) / chunk;
    return TRUE;
  }
  cr_set_error (error, CR_ERROR_INPUT,
                "Was the file encrypted with another block size, or only partly copied? Nothing was written.",
                "%" PRIu64 " bytes are not a whole number of encrypted blocks of %u bytes.", size, block);
  return FALSE;
}

DataCse *
data_cse_new (GBytes *dek, guint block, GError **error)
{
  if (g_bytes_get_size (dek) != DATA_CSE_KEY) {
    cr_set_error (error, CR_ERROR_INPUT, "Use the key that was made for this datastore.",
                  "An encryption key has %u bytes, this one has %zu.", DATA_CSE_KEY, g_bytes_get_size (dek));
    return NULL;
  }
  if (block == 0 || block > DATA_CSE_BLOCK_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, "Take the size that the other side uses; 16 MiB is usual.",
                  "A block of %u bytes is not possible.", block);
    return NULL;
  }
  DataCse *cse = g_new0 (DataCse, 1);
  cse->block = block;
  cse->sealing = EVP_CIPHER_CTX_new ();
  cse->opening = EVP_CIPHER_CTX_new ();
  const guint8 *key = g_bytes_get_data (dek, NULL);
  if (cse->sealing == NULL || cse->opening == NULL
      || EVP_EncryptInit_ex2 (cse->sealing, EVP_aes_256_gcm (), key, NULL, NULL) != 1
      || EVP_DecryptInit_ex2 (cse->opening, EVP_aes_256_gcm (), key, NULL, NULL) != 1)
    g_error ("AES-256-GCM is not available");
  return cse;
}

DataCse *
data_cse_twin (const DataCse *cse)
{
  DataCse *twin = g_new0 (DataCse, 1);
  twin->block = cse->block;
  twin->sealing = EVP_CIPHER_CTX_new ();
  twin->opening = EVP_CIPHER_CTX_new ();
  if (twin->sealing == NULL || twin->opening == NULL || EVP_CIPHER_CTX_copy (twin->sealing, cse->sealing) != 1
      || EVP_CIPHER_CTX_copy (twin->opening, cse->opening) != 1)
    g_error ("AES-256-GCM is not available");
  return twin;
}

void
data_cse_free (DataCse *cse)
{
  if (cse == NULL)
    return;
  EVP_CIPHER_CTX_free (cse->sealing); /* wipes the key schedule */
  EVP_CIPHER_CTX_free (cse->opening);
  g_free (cse);
}

void
data_cse_trailer (const DataCse *cse, guint64 plain, guint8 *out)
{
  guint64 padding = chunks_of (plain, cse->block) * cse->block - plain;
  guint64 wire = GUINT64_TO_BE (padding);
  memcpy (out, &wire, sizeof wire);
}

gboolean
data_cse_open (DataCse *cse, const guint8 *chunk, guint8 *out, GError **error)
{
  int written = 0;
  const guint8 *body = chunk + NONCE;
  guint8 tag[TAG];
  memcpy (tag, body + cse->block, TAG);
  if (EVP_DecryptInit_ex2 (cse->opening, NULL, NULL, chunk, NULL) == 1
      && EVP_DecryptUpdate (cse->opening, out, &written, body, (int) cse->block) == 1
      && EVP_CIPHER_CTX_ctrl (cse->opening, EVP_CTRL_AEAD_SET_TAG, (int) TAG, tag) == 1
      && EVP_DecryptFinal_ex (cse->opening, out + cse->block, &written) == 1)
    return TRUE;
  cr_wipe (out, cse->block);
  cr_set_error (error, CR_ERROR_INPUT, "Use the key of this datastore, or get the file anew.",
                "The block cannot be decrypted: the key is another one, or the file was changed.");
  return FALSE;
}

gboolean
data_cse_length (const DataCse *cse, guint64 chunks, const guint8 *trailer, guint64 *plain, GError **error)
{
  guint64 wire;
  memcpy (&wire, trailer, sizeof wire);
  guint64 padding = GUINT64_FROM_BE (wire);
  if (padding >= cse->block || (chunks == 0 && padding != 0)) {
    cr_set_error (error, CR_ERROR_INPUT, "Get the file anew; nothing was written.",
                  "The end of the encrypted file says that %" PRIu64
                  " bytes of its last block of %u are filling: that cannot be.",
                  padding, cse->block);
    return FALSE;
  }
  *plain = chunks * cse->block - padding;
  return TRUE;
}
