/* SPDX-License-Identifier: MIT
 * Attestation and key release: the clean room's side of a vault (vault.h).
 */
#include "cloud/vault-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/crypto.h"
#include "cose/jwt.h"
#include "cose/x509.h"

#include <string.h>

#define ATTEST_API "2022-08-01"
#define WRAP_ALGORITHM "RSA_AES_KEY_WRAP_256"

CrSecretText
vault_attest (HttpClient *http, CrJob *job, const char *authority, GBytes *report, GBytes *chain,
              GBytes *runtime, GError **error)
{
  g_autofree char *snp = cr_base64url (g_bytes_get_data (report, NULL), g_bytes_get_size (report));
  g_autofree char *vcek = cr_base64url (g_bytes_get_data (chain, NULL), g_bytes_get_size (chain));
  g_autofree char *data = cr_base64url (g_bytes_get_data (runtime, NULL), g_bytes_get_size (runtime));
  g_autoptr (json_t) inner = json_pack ("{s:s, s:s}", "SnpReport", snp, "VcekCertChain", vcek);
  g_autofree char *inner_text = cr_json_dump (inner);
  g_autofree char *outer = cr_base64url (inner_text, strlen (inner_text));
  g_autoptr (json_t) body = json_pack ("{s:s, s:{s:s, s:s}}", "report", outer, "runtimeData", "data", data,
                                       "dataType", "JSON");
  g_autofree char *base = http_url_join (authority, "attest/SevSnpVm");
  g_autofree char *url = g_strconcat (base, "?api-version=" ATTEST_API, NULL);
  const HttpRequest request = { .method = "POST", .url = url, .retry = HTTP_RETRY_SAFE };
  g_autoptr (json_t) answer = http_call_json (job, http, &request, body, NULL, error);
  const char *token = answer != NULL ? cr_json_get_string (answer, "token", "the attestation answer", error)
                                     : NULL;
  return token != NULL ? cr_secret_text_new (token, -1) : NULL;
}

/* The wrapped private key inside the signed answer. Gives. */
static GBytes *
ciphertext_of (const char *jws, GError **error)
{
  g_autoptr (CoseJwt) answer = cose_jwt_parse (jws, error);
  if (answer == NULL)
    return NULL;
  const json_t *outer = json_object_get (json_object_get (answer->claims, "response"), "key");
  const char *text = cr_json_get_string (json_object_get (outer, "key"), "key_hsm", "the released key",
                                         error);
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64url_decode (text, -1, "key_hsm", error) : NULL;
  g_autoptr (json_t) hsm = bytes != NULL ? cr_json_parse_bytes (bytes, "key_hsm", error) : NULL;
  const char *cipher = hsm != NULL ? cr_json_get_string (hsm, "ciphertext", "key_hsm", error) : NULL;
  return cipher != NULL ? cr_base64url_decode (cipher, -1, "the released key", error) : NULL;
}

EVP_PKEY *
vault_key_release (VaultClient *client, CrJob *job, const char *name, const char *token, EVP_PKEY *key,
                   GError **error)
{
  g_autoptr (json_t) wanted = json_pack ("{s:s, s:s}", "target", token, "enc", WRAP_ALGORITHM);
  g_autoptr (GBytes) body = cr_json_dump_bytes (wanted);
  g_autoptr (json_t) answer = vault_call (client, job, "POST", "keys", name, "/release", body, error);
  const char *jws = answer != NULL ? cr_json_get_string (answer, "value", "the released key", error) : NULL;
  g_autoptr (GBytes) wrapped = jws != NULL ? ciphertext_of (jws, error) : NULL;
  g_autoptr (GBytes) der = wrapped != NULL ? cose_kwp_unwrap (key, g_bytes_get_data (wrapped, NULL),
                                                              g_bytes_get_size (wrapped), error)
                                           : NULL;
  return der != NULL ? cose_key_from_private_der (der, "the released key", error) : NULL;
}
