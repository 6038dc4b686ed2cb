/* SPDX-License-Identifier: MIT
 * Customer-provided keys (CPK): taken from the request, compared with the blob's, used, forgotten.
 *
 * The service keeps the SHA-256 of the key and nothing else of it ("Provide an encryption key on a request to
 * Blob storage"). What lies on the disk is encrypted with it: 16 random bytes, then AES-256-CTR that starts
 * from them, so that any range can be read by itself.
 */
#include "sandbox/blob-private.h"

#include "base/encode.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <string.h>

#define KEY_BYTES 32u

static gboolean
header_missing (StorageCall *call, const char *name)
{
  storage_fail (call, 400, "MissingRequiredHeader",
                "An HTTP header that's mandatory for this request is not specified: %s.", name);
  return FALSE;
}

static gboolean
header_wrong (StorageCall *call, const char *name, const char *why)
{
  storage_fail (call, 400, "InvalidHeaderValue",
                "The value for one of the HTTP headers is not in the correct format: %s: %s", name, why);
  return FALSE;
}

gboolean
storage_key_take (StorageCall *call, gboolean writing)
{
  const char *key = storage_header (call, "x-ms-encryption-key");
  const char *sum = storage_header (call, "x-ms-encryption-key-sha256");
  const char *algorithm = storage_header (call, "x-ms-encryption-algorithm");
  if (key == NULL && sum == NULL && algorithm == NULL)
    return TRUE;
  if (key == NULL || sum == NULL)
    return header_missing (call, key == NULL ? "x-ms-encryption-key" : "x-ms-encryption-key-sha256");
  if (algorithm == NULL && writing)
    return header_missing (call, "x-ms-encryption-algorithm");
  if (algorithm != NULL && strcmp (algorithm, "AES256") != 0)
    return header_wrong (call, "x-ms-encryption-algorithm", "only AES256 is supported.");
  g_autoptr (GBytes) plain = cr_base64_decode (key, "the key", NULL);
  if (plain == NULL || g_bytes_get_size (plain) != KEY_BYTES)
    return header_wrong (call, "x-ms-encryption-key", "it must be 32 bytes in base64.");
  guint8 digest[32];
  cr_sha256 (g_bytes_get_data (plain, NULL), KEY_BYTES, digest);
  g_autofree char *expected = cr_base64 (digest, sizeof digest);
  if (strcmp (expected, sum) != 0)
    return header_wrong (call, "x-ms-encryption-key-sha256", "it is not the digest of the key.");
  call->key = cr_secret_new (g_bytes_get_data (plain, NULL), KEY_BYTES);
  call->key_sha256 = g_strdup (sum);
  return TRUE;
}

void
storage_key_forget (StorageCall *call)
{
  g_clear_pointer (&call->key, g_bytes_unref);
  g_clear_pointer (&call->key_sha256, g_free);
}

gboolean
storage_key_fits (StorageCall *call, const char *stored)
{
  if (g_strcmp0 (stored, call->key_sha256) == 0)
    return TRUE;
  if (call->key_sha256 == NULL)
    storage_fail (call, 409, "BlobUsesCustomerSpecifiedEncryption",
                  "The blob is encrypted with customer specified encryption, but it was not provided in the "
                  "request.");
  else if (stored == NULL)
    storage_fail (call, 409, "BlobDoesNotUseCustomerSpecifiedEncryption",
                  "The blob is not encrypted with customer specified encryption, but it was provided in the "
                  "request.");
  else
    storage_fail (call, 409, "BlobCustomerSpecifiedEncryptionMismatch",
                  "The given customer specified encryption does not match the encryption used to encrypt the "
                  "blob.");
  return FALSE;
}

void
storage_key_respond (StorageCall *call, gboolean writing)
{
  sandbox_respond_header (call->response, writing ? "x-ms-request-server-encrypted" : "x-ms-server-encrypted",
                          "true");
  if (call->key_sha256 != NULL)
    sandbox_respond_header (call->response, "x-ms-encryption-key-sha256", call->key_sha256);
}

/* --- the bytes on the disk --- */

struct StorageCipher {
  EVP_CIPHER_CTX *context;
};

/* The counter block of byte OFFSET of a stream that starts from IV. */
static void
counter_at (const guint8 *iv, guint64 offset, guint8 *counter)
{
  guint64 carry = offset / STORAGE_KEY_PREFIX;
  memcpy (counter, iv, STORAGE_KEY_PREFIX);
  for (int i = STORAGE_KEY_PREFIX - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i];
    counter[i] = (guint8) carry;
    carry >>= 8;
  }
}

StorageCipher *
storage_cipher_new (GBytes *key, const guint8 *iv, guint64 offset)
{
  guint8 counter[STORAGE_KEY_PREFIX], skipped[STORAGE_KEY_PREFIX] = { 0 };
  counter_at (iv, offset, counter);
  StorageCipher *cipher = g_new0 (StorageCipher, 1);
  cipher->context = EVP_CIPHER_CTX_new ();
  if (cipher->context == NULL
      || EVP_EncryptInit_ex2 (cipher->context, EVP_aes_256_ctr (), g_bytes_get_data (key, NULL), counter,
                              NULL)
             != 1)
    g_error ("AES-256-CTR is not available");
  storage_cipher_apply (cipher, skipped, offset % STORAGE_KEY_PREFIX, skipped);
  return cipher;
}

void
storage_cipher_free (StorageCipher *cipher)
{
  if (cipher == NULL)
    return;
  EVP_CIPHER_CTX_free (cipher->context);
  g_free (cipher);
}

void
storage_cipher_apply (StorageCipher *cipher, const guint8 *from, gsize length, guint8 *to)
{
  const gsize most = 1u << 30; /* OpenSSL counts in int */
  while (length > 0) {
    gsize piece = MIN (length, most);
    int written = 0;
    if (EVP_EncryptUpdate (cipher->context, to, &written, from, (int) piece) != 1)
      g_error ("AES-256-CTR failed");
    from += piece;
    to += piece;
    length -= piece;
  }
}
