/* SPDX-License-Identifier: MIT
 * Keys of encrypted datasets: secure key release with the clean room's own evidence.
 *
 * 1 the attestation service turns a report about a new key set into a token, 2 the vault releases the KEK to
 * that token if it meets the key's policy, wrapped for the key of the set, 3 the KEK unwraps the DEK, which
 * is a secret of a vault. Nothing of it touches the disk.
 */
#include "sandbox/agent-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cloud/vault.h"
#include "cose/crypto.h"
#include "cose/jwt.h"
#include "data/cse.h"

#include <string.h>

#define ROLE_WAIT_MS 500
#define ROLE_LIMIT_MS 30000

static VaultClient *
open_vault (Agent *agent, const char *url, CloudTokenFunc token, gpointer data)
{
  VaultClient *client = vault_client_new (agent->cloud, url, token, data);
  vault_client_set_role_wait (client, ROLE_WAIT_MS, ROLE_LIMIT_MS);
  return client;
}

/* A token about KEY: evidence whose report data is the digest of a key set that holds it. */
static CrSecretText
attest (Agent *agent, const char *authority, EVP_PKEY *key, GError **error)
{
  g_autoptr (json_t) jwk = cose_jwk_new (key, "release", NULL, NULL, error);
  if (jwk == NULL)
    return NULL;
  cr_json_set_string (jwk, "use", "enc");
  g_autoptr (json_t) set = json_pack ("{s:[O]}", "keys", jwk);
  g_autofree char *text = cr_json_dump (set);
  g_autoptr (json_t) evidence = attestation_client_evidence (agent->attestation, text, error);
  if (evidence == NULL)
    return NULL;
  g_autoptr (GBytes) report = cr_base64_decode (cr_json_peek_string (evidence, "evidence"), "evidence",
                                                error);
  g_autoptr (GBytes) chain = report != NULL ? cr_base64_decode (
                                 cr_json_peek_string (evidence, "endorsements"), "endorsements", error)
                                            : NULL;
  g_autoptr (GBytes) runtime = g_bytes_new (text, strlen (text));
  return chain != NULL ? vault_attest (agent->cloud, NULL, authority, report, chain, runtime, error) : NULL;
}

static EVP_PKEY *
release_kek (Agent *agent, const json_t *keys, CloudTokenFunc token, gpointer data, GError **error)
{
  /* The clean room's key pair serves for every release of this process: it never leaves it. */
  EVP_PKEY *key = attestation_client_key (agent->attestation);
  g_auto (CrSecretText) statement = attest (agent, cr_json_peek_string (keys, "authority"), key, error);
  if (statement == NULL)
    return NULL;
  g_autoptr (VaultClient) vault = open_vault (agent, cr_json_peek_string (keys, "kekUrl"), token, data);
  return vault_key_release (vault, NULL, cr_json_peek_string (keys, "kekName"), statement, key, error);
}

GBytes *
agent_release_key (Agent *agent, const json_t *keys, CloudTokenFunc token, gpointer data, GError **error)
{
  g_autoptr (EVP_PKEY) kek = release_kek (agent, keys, token, data, error);
  if (kek == NULL) {
    g_prefix_error (error, "The key %s was not released: ", cr_json_peek_string (keys, "kekName"));
    return NULL;
  }
  g_autoptr (VaultClient) vault = open_vault (agent, cr_json_peek_string (keys, "dekUrl"), token, data);
  g_auto (CrSecretText) text = vault_secret_get (vault, NULL, cr_json_peek_string (keys, "dekName"), error);
  g_autoptr (GBytes) wrapped = text != NULL ? cr_base64_decode (text, "the wrapped key", error) : NULL;
  g_autoptr (GBytes) dek = wrapped != NULL ? cose_oaep_decrypt (kek, g_bytes_get_data (wrapped, NULL),
                                                                g_bytes_get_size (wrapped), error)
                                           : NULL;
  if (dek == NULL || g_bytes_get_size (dek) == DATA_CSE_KEY)
    return g_steal_pointer (&dek);
  cr_set_error (error, CR_ERROR_INPUT, "Grant access again.",
                "The unwrapped key of %s is not an AES-256 key.", cr_json_peek_string (keys, "dekName"));
  return NULL;
}
