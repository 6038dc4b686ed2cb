/* SPDX-License-Identifier: MIT
 * Keys: make, read, write, compare (x509.h).
 */
#include "cose/x509.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/encode.h"
#include "cose/pem-private.h"

/* --- PEM helpers --- */

BIO *
cose_pem_reader (const char *text, gssize length, const char *what, GError **error)
{
  gsize size = text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length;
  if (size == 0) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is empty.", what);
    return NULL;
  }
  if (size > COSE_PEM_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is larger than 1 MiB, which no PEM text should be.", what);
    return NULL;
  }
  ERR_clear_error ();
  return BIO_new_mem_buf (text, (int) size);
}

char *
cose_bio_text (BIO *bio)
{
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);
  return g_strndup (data, length > 0 ? (gsize) length : 0);
}

gboolean
cose_pem_refuse (const char *what, const char *expected, GError **error)
{
  ERR_clear_error ();
  cr_set_error (error, CR_ERROR_INPUT, "Check that the file is complete and of the right kind.",
                "%s is not %s.", what, expected);
  return FALSE;
}

/* --- making --- */

EVP_PKEY *
cose_key_new (CoseKeyType type, GError **error)
{
  EVP_PKEY *key = NULL;
  switch (type) {
  case COSE_KEY_P256:
    key = EVP_EC_gen ("P-256");
    break;
  case COSE_KEY_P384:
    key = EVP_EC_gen ("P-384");
    break;
  case COSE_KEY_P521:
    key = EVP_EC_gen ("P-521");
    break;
  case COSE_KEY_RSA_2048:
    key = EVP_RSA_gen (2048);
    break;
  case COSE_KEY_RSA_3072:
    key = EVP_RSA_gen (3072);
    break;
  case COSE_KEY_RSA_4096:
    key = EVP_RSA_gen (4096);
    break;
  default:
    break;
  }
  if (key == NULL)
    cose_openssl_error (error, CR_ERROR_FAILED, "A key cannot be made");
  return key;
}

char *
cose_key_algorithm (const EVP_PKEY *key)
{
  char group[64] = "";
  if (EVP_PKEY_is_a (key, "RSA") || EVP_PKEY_is_a (key, "RSA-PSS"))
    return g_strdup_printf ("RSA-%d", EVP_PKEY_get_bits (key));
  if (!EVP_PKEY_is_a (key, "EC")
      || !EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL)) {
    ERR_clear_error ();
    return g_strdup ("unknown");
  }
  /* One curve has many names: SEC, ANSI and NIST ones. */
  int nid = OBJ_txt2nid (group);
  const char *nist = nid != NID_undef ? EC_curve_nid2nist (nid) : NULL;
  return g_strdup (nist != NULL ? nist : group);
}

/* --- writing --- */

char *
cose_key_public_pem (const EVP_PKEY *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  if (!PEM_write_bio_PUBKEY (bio, key))
    g_error ("a public key cannot be written as PEM");
  return cose_bio_text (bio);
}

char *
cose_key_public_pem_trimmed (const EVP_PKEY *key)
{
  return g_strchomp (cose_key_public_pem (key));
}

GBytes *
cose_key_public_der (const EVP_PKEY *key)
{
  unsigned char *der = NULL;
  int length = i2d_PUBKEY (key, &der);
  if (length <= 0)
    g_error ("a public key cannot be written as DER");
  GBytes *bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

GBytes *
cose_key_private_der (const EVP_PKEY *key)
{
  PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8 (key);
  unsigned char *der = NULL;
  int length = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO (info, &der) : 0;
  if (length <= 0)
    g_error ("a private key cannot be written as DER");
  GBytes *bytes = cr_secret_new (der, (gsize) length);
  OPENSSL_clear_free (der, (gsize) length);
  PKCS8_PRIV_KEY_INFO_free (info);
  return bytes;
}

CrSecretText
cose_key_private_pem (const EVP_PKEY *key)
{
  /* The secure memory BIO wipes what it held when it is freed. */
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  if (!PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL))
    g_error ("a private key cannot be written as PEM");
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);
  return cr_secret_text_new (data, length);
}

/* --- reading --- */

EVP_PKEY *
cose_key_from_public_pem (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (BIO) bio = cose_pem_reader (text, length, what, error);
  if (bio == NULL)
    return NULL;
  EVP_PKEY *key = PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  if (key == NULL)
    cose_pem_refuse (what, "a public key in PEM form", error);
  return key;
}

/* OpenSSL would ask on the terminal; an encrypted key is refused instead. */
static int
no_passphrase (char *buffer, int size, int writing, void *data)
{
  (void) buffer, (void) size, (void) writing, (void) data;
  return -1;
}

EVP_PKEY *
cose_key_from_private_pem (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (BIO) bio = cose_pem_reader (text, length, what, error);
  if (bio == NULL)
    return NULL;
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, no_passphrase, NULL);
  if (key == NULL)
    cose_pem_refuse (what, "an unencrypted private key in PEM form", error);
  return key;
}

EVP_PKEY *
cose_key_from_private_der (GBytes *der, const char *what, GError **error)
{
  gsize length;
  const unsigned char *start = g_bytes_get_data (der, &length), *data = start;
  EVP_PKEY *key = NULL;
  if (length > 0 && length <= COSE_PEM_MAX_BYTES)
    key = d2i_AutoPrivateKey (NULL, &data, (long) length);
  if (key != NULL && data != start + length)
    g_clear_pointer (&key, EVP_PKEY_free);
  if (key == NULL)
    cose_pem_refuse (what, "a private key in DER form", error);
  return key;
}

/* --- identity of a key --- */

char *
cose_key_digest (const EVP_PKEY *key)
{
  g_autoptr (GBytes) der = cose_key_public_der (key);
  return cr_sha256_hex (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

gboolean
cose_key_equal (const EVP_PKEY *a, const EVP_PKEY *b)
{
  gboolean equal = EVP_PKEY_eq (a, b) == 1;
  ERR_clear_error ();
  return equal;
}
