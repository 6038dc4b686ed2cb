/* SPDX-License-Identifier: MIT
 * Release of a key to an attested environment ("Release", Key Vault REST 7.4).
 */
#include "sandbox/vault-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/jwt.h"
#include "cose/x509.h"
#include "sandbox/maa.h"
#include "sandbox/sandbox-private.h"

#include <string.h>

#define WRAP_ALGORITHM "RSA_AES_KEY_WRAP_256"

static void
forbidden (SafeCall *call, const char *message)
{
  safe_fail (call, 403, "Forbidden", "AccessDenied", "%s", message);
}

/* The key that the attested environment made for this answer. NULL after answering. Gives. */
static EVP_PKEY *
environment_key (SafeCall *call, const json_t *claims)
{
  const json_t *keys = json_object_get (json_object_get (claims, "x-ms-runtime"), "keys");
  g_autoptr (GError) error = NULL;
  gsize index;
  json_t *jwk;
  json_array_foreach (keys, index, jwk) {
    g_autoptr (EVP_PKEY) key = cose_jwk_key (jwk, &error);
    if (key != NULL && EVP_PKEY_is_a (key, "RSA"))
      return g_steal_pointer (&key);
    g_clear_error (&error);
  }
  safe_fail (call, 400, "BadParameter", "AKV.SKR.1011",
             "Target environment attestation statement holds no RSA key to wrap with.");
  return NULL;
}

/* {"request": {"api-version", "enc", "kid", "nonce"?}, "response": {"key": {"key": jwk with key_hsm}}}.
 * Gives. */
static json_t *
statement (SafeCall *call, const json_t *body, GBytes *wrapped, const char *version)
{
  g_autofree char *ciphertext = cr_base64url (g_bytes_get_data (wrapped, NULL), g_bytes_get_size (wrapped));
  g_autoptr (json_t) hsm = json_pack ("{s:s, s:{s:s, s:s, s:s}, s:s}", "schema_version", "1.0", "header",
                                      "kid", "wrap", "alg", "dir", "enc", WRAP_ALGORITHM, "ciphertext",
                                      ciphertext);
  g_autofree char *hsm_text = cr_json_dump (hsm);
  g_autofree char *key_hsm = cr_base64url (hsm_text, strlen (hsm_text));
  g_autofree char *id = safe_id (call, "keys", call->object, version);
  g_autofree char *asked = sandbox_request_query (call->request, "api-version");
  return json_pack ("{s:{s:s, s:s, s:s, s:s?}, s:{s:{s:{s:s, s:s, s:s}}}}", "request", "api-version",
                    asked != NULL ? asked : "", "enc", WRAP_ALGORITHM, "kid", id, "nonce",
                    cr_json_peek_string (body, "nonce"), "response", "key", "key", "kid", id, "kty",
                    "RSA-HSM", "key_hsm", key_hsm);
}

/* The statement signed by this vault. Gives. */
static CrSecretText
sign (SafeCall *call, const json_t *payload, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_from_private_pem (sandbox_leaf_key_pem (call->sandbox), -1, "the key",
                                                        error);
  g_autoptr (X509) certificate = key != NULL ? cose_cert_from_pem (sandbox_leaf_chain_pem (call->sandbox), -1,
                                                                   "the certificate", error)
                                             : NULL;
  if (certificate == NULL)
    return NULL;
  g_autofree char *entry = cose_x5c_entry (certificate);
  g_autofree char *curve = cose_key_algorithm (key);
  const char *algorithm = strcmp (curve, "P-384") == 0   ? "ES384"
                          : strcmp (curve, "P-256") == 0 ? "ES256"
                                                         : "RS256";
  g_autoptr (json_t) header = json_pack ("{s:[s]}", "x5c", entry);
  return cose_jwt_sign_with_header (key, algorithm, "vault", header, payload, error);
}

static void
release (SafeCall *call, const json_t *body, EVP_PKEY *key, const json_t *claims, const char *version)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) target = environment_key (call, claims);
  if (target == NULL)
    return;
  g_autoptr (GBytes) der = cose_key_private_der (key);
  g_autoptr (GBytes) wrapped = der != NULL ? cose_kwp_wrap (target, g_bytes_get_data (der, NULL),
                                                            g_bytes_get_size (der), &error)
                                           : NULL;
  g_autoptr (json_t) payload = wrapped != NULL ? statement (call, body, wrapped, version) : NULL;
  g_auto (CrSecretText) jws = payload != NULL ? sign (call, payload, &error) : NULL;
  if (jws != NULL)
    sandbox_respond_json (call->response, 200, json_pack ("{s:s}", "value", jws));
  else
    safe_broken (call, error);
}

void
safe_key_release (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = safe_body (call);
  if (body == NULL)
    return;
  const char *target = cr_json_peek_string (body, "target"), *enc = cr_json_peek_string (body, "enc");
  if (target == NULL) {
    safe_fail (call, 400, "BadParameter", NULL, "Property target is required.");
    return;
  }
  if (enc == NULL || strcmp (enc, WRAP_ALGORITHM) != 0) {
    safe_fail (call, 400, "BadParameter", NULL, "Property enc must be " WRAP_ALGORITHM " here.");
    return;
  }
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (json_t) policy = NULL;
  g_autofree char *version = NULL;
  if (!safe_key_load (call, &key, &policy, &version))
    return;
  g_autoptr (json_t) claims = maa_check_token (call->sandbox, target, &error);
  if (policy == NULL)
    forbidden (call, "The key is not exportable.");
  else if (claims == NULL)
    forbidden (call, "Target environment attestation statement cannot be verified.");
  else if (!safe_policy_allows (policy, cr_json_peek_string (claims, "iss"), claims))
    forbidden (call, "Target environment does not meet key release policy requirements.");
  else
    release (call, body, key, claims, version);
}
