/* SPDX-License-Identifier: MIT
 * Signatures and wrapping over plain bytes (crypto.h).
 */
#include "cose/crypto.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "cose/cose.h"

#define AES_KEY_BYTES 32
#define PSS_SALT_BYTES 32

static gboolean
refuse_signature (GError **error)
{
  ERR_clear_error ();
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "The signature does not match the data and the key.");
  return FALSE;
}

static gboolean
require_rsa (EVP_PKEY *key, GError **error)
{
  if (EVP_PKEY_is_a (key, "RSA"))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, NULL, "An RSA key is needed here.");
  return FALSE;
}

/* --- RSA-PSS --- */

static gboolean
set_pss (EVP_PKEY_CTX *context)
{
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, PSS_SALT_BYTES) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md (context, EVP_sha256 ()) > 0;
}

GBytes *
cose_pss_sign (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  if (!require_rsa (key, error))
    return NULL;
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *options = NULL;
  gsize size = (gsize) EVP_PKEY_get_size (key);
  g_autofree guint8 *signature = g_malloc (size);
  if (EVP_DigestSignInit (context, &options, EVP_sha256 (), NULL, key) <= 0 || !set_pss (options)
      || EVP_DigestSign (context, signature, &size, data, length) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "The data cannot be signed");
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&signature), size);
}

gboolean
cose_pss_verify (EVP_PKEY *key, const void *data, gsize length, GBytes *signature, GError **error)
{
  if (!require_rsa (key, error))
    return FALSE;
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *options = NULL;
  if (EVP_DigestVerifyInit (context, &options, EVP_sha256 (), NULL, key) <= 0 || !set_pss (options)
      || EVP_DigestVerify (context, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature), data,
                           length)
             != 1)
    return refuse_signature (error);
  return TRUE;
}

/* --- ECDSA --- */

static const EVP_MD *
ecdsa_digest (CoseAlgorithm algorithm, guint *width)
{
  *width = algorithm == COSE_ALG_ES256 ? 32 : algorithm == COSE_ALG_ES384 ? 48 : 66;
  return *width == 32 ? EVP_sha256 () : *width == 48 ? EVP_sha384 () : EVP_sha512 ();
}

GBytes *
cose_ecdsa_sign (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  CoseAlgorithm algorithm;
  guint width;
  if (!cose_algorithm_of_key (key, &algorithm, error))
    return NULL;
  const EVP_MD *digest = ecdsa_digest (algorithm, &width);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gsize size = (gsize) EVP_PKEY_get_size (key);
  g_autofree guint8 *der = g_malloc (size);
  if (EVP_DigestSignInit (context, NULL, digest, NULL, key) <= 0
      || EVP_DigestSign (context, der, &size, data, length) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "The data cannot be signed");
    return NULL;
  }
  return cose_ecdsa_to_raw (der, size, width, error);
}

gboolean
cose_ecdsa_verify (EVP_PKEY *key, const void *data, gsize length, GBytes *raw, GError **error)
{
  CoseAlgorithm algorithm;
  guint width;
  if (!cose_algorithm_of_key (key, &algorithm, error))
    return FALSE;
  const EVP_MD *digest = ecdsa_digest (algorithm, &width);
  g_autoptr (GBytes) der = cose_ecdsa_to_der (g_bytes_get_data (raw, NULL), g_bytes_get_size (raw), width,
                                              NULL);
  if (der == NULL)
    return refuse_signature (error);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  if (EVP_DigestVerifyInit (context, NULL, digest, NULL, key) <= 0
      || EVP_DigestVerify (context, g_bytes_get_data (der, NULL), g_bytes_get_size (der), data, length) != 1)
    return refuse_signature (error);
  return TRUE;
}

/* --- RSA-OAEP --- */

static gboolean
set_oaep (EVP_PKEY_CTX *context)
{
  /* OpenSSL's default hash for OAEP is SHA-1. */
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_oaep_md (context, EVP_sha256 ()) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md (context, EVP_sha256 ()) > 0;
}

GBytes *
cose_oaep_encrypt (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  if (!require_rsa (key, error))
    return NULL;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  gsize size = (gsize) EVP_PKEY_get_size (key);
  g_autofree guint8 *output = g_malloc (size);
  if (EVP_PKEY_encrypt_init (context) <= 0 || !set_oaep (context)
      || EVP_PKEY_encrypt (context, output, &size, data, length) <= 0) {
    cose_openssl_error (error, CR_ERROR_INPUT, "The data cannot be encrypted with this RSA key");
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&output), size);
}

GBytes *
cose_oaep_decrypt (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  if (!require_rsa (key, error))
    return NULL;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  gsize capacity = (gsize) EVP_PKEY_get_size (key), size = capacity;
  g_autofree guint8 *output = g_malloc0 (capacity);
  gboolean good = EVP_PKEY_decrypt_init (context) > 0 && set_oaep (context)
                  && EVP_PKEY_decrypt (context, output, &size, data, length) > 0;
  GBytes *bytes = good ? cr_secret_new (output, size) : NULL;
  cr_wipe (output, capacity);
  ERR_clear_error (); /* one wording for every reason: the differences would help an attacker */
  if (bytes == NULL)
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The encrypted data cannot be decrypted with this RSA key.");
  return bytes;
}

/* --- AES-KWP under RSA-OAEP --- */

/* RFC 5649 in one direction; OUTPUT has room for LENGTH + 16 bytes. */
static gboolean
aes_wrap (gboolean wrap, const guint8 *key, const guint8 *data, gsize length, guint8 *output, gsize *size)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  EVP_CIPHER_CTX_set_flags (context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int first = 0, last = 0;
  gboolean good = EVP_CipherInit_ex (context, EVP_aes_256_wrap_pad (), NULL, key, NULL, wrap) > 0
                  && EVP_CipherUpdate (context, output, &first, data, (int) length) > 0 && first >= 0
                  && EVP_CipherFinal_ex (context, output + first, &last) > 0;
  ERR_clear_error ();
  *size = good ? (gsize) first + (gsize) last : 0;
  return good;
}

GBytes *
cose_kwp_wrap (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  if (length == 0 || length > COSE_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "Only 1 byte to 2 MiB of data can be wrapped.");
    return NULL;
  }
  guint8 aes[AES_KEY_BYTES];
  cr_random_bytes (aes, sizeof aes);
  g_autoptr (GBytes) wrapped_key = cose_oaep_encrypt (key, aes, sizeof aes, error);
  g_autofree guint8 *output = g_malloc (length + 16);
  gsize size = 0;
  gboolean good = wrapped_key != NULL && aes_wrap (TRUE, aes, data, length, output, &size);
  cr_wipe (aes, sizeof aes);
  if (wrapped_key == NULL)
    return NULL;
  if (!good) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The data cannot be wrapped.");
    return NULL;
  }
  GByteArray *both = g_byte_array_new ();
  g_byte_array_append (both, g_bytes_get_data (wrapped_key, NULL), (guint) g_bytes_get_size (wrapped_key));
  g_byte_array_append (both, output, (guint) size);
  return g_byte_array_free_to_bytes (both);
}

GBytes *
cose_kwp_unwrap (EVP_PKEY *key, const void *data, gsize length, GError **error)
{
  if (!require_rsa (key, error))
    return NULL;
  gsize modulus = (gsize) EVP_PKEY_get_size (key);
  if (length < modulus + 16 || (length - modulus) % 8 != 0 || length > modulus + COSE_MAX_BYTES + 16) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The wrapped data has an impossible length.");
    return NULL;
  }
  g_autoptr (GBytes) aes = cose_oaep_decrypt (key, data, modulus, error);
  if (aes == NULL)
    return NULL;
  gsize body = length - modulus, size = 0;
  g_autofree guint8 *output = g_malloc0 (body + 16);
  GBytes *bytes = NULL;
  if (g_bytes_get_size (aes) == AES_KEY_BYTES
      && aes_wrap (FALSE, g_bytes_get_data (aes, NULL), (const guint8 *) data + modulus, body, output, &size))
    bytes = cr_secret_new (output, size);
  cr_wipe (output, body + 16);
  if (bytes == NULL)
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The wrapped data is damaged or was made for another key.");
  return bytes;
}
