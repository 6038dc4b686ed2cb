/* SPDX-License-Identifier: MIT
 * Values of private maps: AES-256-GCM with the ledger secret, which lies in a file beside the ledger (0600)
 * as the enclave of a node would hold it. Whoever has only the ledger cannot read them.
 */
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "cose/openssl.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define NONCE_BYTES 12
#define TAG_BYTES 16

static gboolean
need_secret (Store *store, GError **error)
{
  if (store->secret)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Recover the network with the recovery shares of its members.",
                "the ledger secret is lost: private data can be neither read nor written");
  return FALSE;
}

char *
store_seal (Store *store, const char *value, GError **error)
{
  if (!need_secret (store, error))
    return NULL;
  int length = (int) strlen (value), written = 0, last = 0;
  gsize size = NONCE_BYTES + (gsize) length + TAG_BYTES;
  g_autofree guint8 *sealed = g_malloc (size);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  cr_random_bytes (sealed, NONCE_BYTES);
  if (EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, g_bytes_get_data (store->secret, NULL), sealed)
          <= 0
      || EVP_EncryptUpdate (context, sealed + NONCE_BYTES, &written, (const guint8 *) value, length) <= 0
      || EVP_EncryptFinal_ex (context, sealed + NONCE_BYTES + written, &last) <= 0
      || EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + NONCE_BYTES + length) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "private data cannot be encrypted");
    return NULL;
  }
  return cr_base64 (sealed, size);
}

char *
store_unseal (Store *store, const char *sealed, GError **error)
{
  g_autoptr (GBytes) bytes = need_secret (store, error)
                                 ? cr_base64_decode (sealed, "private data of the ledger", error)
                                 : NULL;
  if (!bytes)
    return NULL;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  int length = (int) size - NONCE_BYTES - TAG_BYTES, written = 0, last = 0;
  g_autofree guint8 *tag = length >= 0 ? g_memdup2 (data + NONCE_BYTES + length, TAG_BYTES) : NULL;
  g_autofree char *text = g_malloc0 ((gsize) MAX (length, 0) + 1);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  if (length >= 0
      && EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, g_bytes_get_data (store->secret, NULL), data)
             > 0
      && EVP_DecryptUpdate (context, (guint8 *) text, &written, data + NONCE_BYTES, length) > 0
      && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) > 0
      && EVP_DecryptFinal_ex (context, (guint8 *) text + written, &last) > 0)
    return g_steal_pointer (&text);
  cose_openssl_error (error, CR_ERROR_ADMIN, "private data of the ledger cannot be decrypted");
  return NULL;
}

static char *
secret_path (Store *store)
{
  return g_strconcat (store->path, ".secret", NULL);
}

static gboolean
write_secret (Store *store, GBytes *secret, GError **error)
{
  g_autofree char *path = secret_path (store);
  gsize length = 0;
  const void *data = g_bytes_get_data (secret, &length);
  return cr_file_write (path, data, (gssize) length, 0600, error);
}

gboolean
store_load_secret (Store *store, gboolean create, GError **error)
{
  g_autofree char *path = secret_path (store);
  g_clear_pointer (&store->secret, g_bytes_unref);
  if (!create && !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!create) {
    g_autoptr (GBytes) bytes = cr_file_read (path, STORE_SECRET_BYTES, error);
    if (!bytes)
      return FALSE;
    if (g_bytes_get_size (bytes) == STORE_SECRET_BYTES) {
      store->secret = cr_secret_new (g_bytes_get_data (bytes, NULL), STORE_SECRET_BYTES);
      return TRUE;
    }
    cr_set_error (error, CR_ERROR_ADMIN, "Reset the local environment.", "%s is damaged", path);
    return FALSE;
  }
  guint8 fresh[STORE_SECRET_BYTES];
  cr_random_bytes (fresh, sizeof fresh);
  g_autoptr (GBytes) secret = cr_secret_new (fresh, sizeof fresh);
  cr_wipe (fresh, sizeof fresh);
  return store_restore_secret (store, secret, error);
}

GBytes *
store_secret (Store *store)
{
  g_rec_mutex_lock (&store->lock);
  GBytes *secret = store->secret ? g_bytes_ref (store->secret) : NULL;
  g_rec_mutex_unlock (&store->lock);
  return secret;
}

gboolean
store_lose_secret (Store *store, GError **error)
{
  g_autofree char *path = secret_path (store);
  g_rec_mutex_lock (&store->lock);
  g_clear_pointer (&store->secret, g_bytes_unref);
  gboolean done = g_unlink (path) == 0 || errno == ENOENT;
  int reason = errno;
  g_rec_mutex_unlock (&store->lock);
  if (!done)
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "cannot remove %s: %s", path, g_strerror (reason));
  return done;
}

gboolean
store_restore_secret (Store *store, GBytes *secret, GError **error)
{
  if (g_bytes_get_size (secret) != STORE_SECRET_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "the ledger secret has the wrong size");
    return FALSE;
  }
  g_rec_mutex_lock (&store->lock);
  gboolean done = write_secret (store, secret, error);
  if (done) {
    g_clear_pointer (&store->secret, g_bytes_unref);
    store->secret = g_bytes_ref (secret);
  }
  g_rec_mutex_unlock (&store->lock);
  return done;
}
