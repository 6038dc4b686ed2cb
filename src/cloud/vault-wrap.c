/* SPDX-License-Identifier: MIT
 * Envelopes: keys that only a vault has, and secrets wrapped with them (vault.h).
 */
#include "cloud/vault.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/x509.h"

EVP_PKEY *
vault_kek_ensure (VaultClient *client, CrJob *job, const char *name, const json_t *policy, gboolean *made,
                  GError **error)
{
  if (made != NULL)
    *made = FALSE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) kept = NULL;
  g_autoptr (EVP_PKEY) there = vault_key_show (client, job, name, &kept, &problem);
  if (there != NULL && kept != NULL && json_equal (kept, policy))
    return g_steal_pointer (&there);
  if (there == NULL && cr_error_http_status (problem) != 404) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_autoptr (EVP_PKEY) kek = cose_key_new (COSE_KEY_RSA_2048, error);
  if (kek == NULL || !vault_key_import (client, job, name, kek, policy, error))
    return NULL;
  cr_fault_point ("kek");
  if (made != NULL)
    *made = TRUE;
  return g_steal_pointer (&kek);
}

gboolean
vault_wrap (VaultClient *client, CrJob *job, const char *name, EVP_PKEY *kek, GBytes *secret, GError **error)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (secret, &length);
  g_autoptr (GBytes) wrapped = cose_oaep_encrypt (kek, data, length, error);
  if (wrapped == NULL)
    return FALSE;
  g_autofree char *text = cr_base64_bytes (wrapped);
  if (!vault_secret_put (client, job, name, text, error))
    return FALSE;
  cr_fault_point ("wrapped");
  return TRUE;
}
