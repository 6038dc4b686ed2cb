/* SPDX-License-Identifier: MIT
 * Chunks of client-side encryption piece by piece, while the bytes pass (cse-private.h).
 */
#include "data/cse-private.h"

#include "base/encode.h"
#include "base/error.h"

void
data_cse_seal_begin (DataCse *cse, guint8 *nonce)
{
  cr_random_bytes (nonce, DATA_CSE_NONCE);
  if (EVP_EncryptInit_ex2 (cse->sealing, NULL, NULL, nonce, NULL) != 1)
    g_error ("AES-256-GCM failed");
}

void
data_cse_seal_part (DataCse *cse, guint8 *data, gsize length)
{
  int written = 0;
  if (length > 0 && EVP_EncryptUpdate (cse->sealing, data, &written, data, (int) length) != 1)
    g_error ("AES-256-GCM failed");
}

void
data_cse_seal_end (DataCse *cse, guint8 *tag)
{
  int written = 0;
  guint8 none[16];
  if (EVP_EncryptFinal_ex (cse->sealing, none, &written) != 1
      || EVP_CIPHER_CTX_ctrl (cse->sealing, EVP_CTRL_AEAD_GET_TAG, (int) DATA_CSE_TAG, tag) != 1)
    g_error ("AES-256-GCM failed");
}

void
data_cse_open_begin (DataCse *cse, const guint8 *nonce)
{
  if (EVP_DecryptInit_ex2 (cse->opening, NULL, NULL, nonce, NULL) != 1)
    g_error ("AES-256-GCM failed");
}

void
data_cse_open_part (DataCse *cse, const guint8 *in, gsize length, guint8 *out)
{
  int written = 0;
  if (length > 0 && EVP_DecryptUpdate (cse->opening, out, &written, in, (int) length) != 1)
    g_error ("AES-256-GCM failed");
}

gboolean
data_cse_open_end (DataCse *cse, guint8 *tag, GError **error)
{
  int written = 0;
  guint8 none[16];
  if (EVP_CIPHER_CTX_ctrl (cse->opening, EVP_CTRL_AEAD_SET_TAG, (int) DATA_CSE_TAG, tag) == 1
      && EVP_DecryptFinal_ex (cse->opening, none, &written) == 1)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Use the key of this datastore, or get the file anew.",
                "The block cannot be decrypted: the key is another one, or the file was changed.");
  return FALSE;
}
