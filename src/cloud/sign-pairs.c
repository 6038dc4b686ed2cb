/* SPDX-License-Identifier: MIT
 * HMAC and sorted pairs for request signatures (sign-private.h).
 */
#include "cloud/sign-private.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

void
cloud_hmac_sha256 (const void *key, gsize key_length, const void *data, gsize length, guint8 mac[32])
{
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_DIGEST, digest, 0),
                              OSSL_PARAM_construct_end () };
  EVP_MAC *algorithm = EVP_MAC_fetch (NULL, "HMAC", NULL);
  EVP_MAC_CTX *context = algorithm != NULL ? EVP_MAC_CTX_new (algorithm) : NULL;
  gsize written = 0;
  if (context == NULL || EVP_MAC_init (context, key, key_length, parameters) != 1
      || EVP_MAC_update (context, data, length) != 1 || EVP_MAC_final (context, mac, &written, 32) != 1)
    g_error ("HMAC is not available");
  EVP_MAC_CTX_free (context);
  EVP_MAC_free (algorithm);
}

static void
own_pair_free (gpointer data)
{
  CloudOwnPair *pair = data;
  g_free (pair->name);
  g_free (pair->value);
  g_free (pair);
}

static gint
compare (gconstpointer left, gconstpointer right)
{
  const CloudOwnPair *a = *(const CloudOwnPair *const *) left;
  const CloudOwnPair *b = *(const CloudOwnPair *const *) right;
  int names = strcmp (a->name, b->name);
  return names != 0 ? names : strcmp (a->value, b->value);
}

GPtrArray *
cloud_pairs_sorted (const CloudPair *pairs, guint count, CloudPairText name, CloudPairText value)
{
  GPtrArray *sorted = g_ptr_array_new_with_free_func (own_pair_free);
  for (guint i = 0; i < count; i++) {
    CloudOwnPair *pair = g_new (CloudOwnPair, 1);
    pair->name = name (pairs[i].name);
    pair->value = value (pairs[i].value != NULL ? pairs[i].value : "");
    g_ptr_array_add (sorted, pair);
  }
  g_ptr_array_sort (sorted, compare);
  return sorted;
}
