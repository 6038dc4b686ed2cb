/* SPDX-License-Identifier: MIT
 * Keys of a vault that never leave it: made there, used there ("Create Key", "Sign", "Decrypt").
 */
#include "sandbox/vault-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <string.h>

void
safe_key_create (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = safe_body (call);
  if (body == NULL)
    return;
  const char *type = cr_json_peek_string (body, "kty"), *curve = cr_json_peek_string (body, "crv");
  const json_t *ops = json_object_get (body, "key_ops");
  gboolean rsa = g_strcmp0 (type, "RSA") == 0 || g_strcmp0 (type, "RSA-HSM") == 0;
  gboolean ec = g_strcmp0 (type, "EC") == 0 || g_strcmp0 (type, "EC-HSM") == 0;
  if ((!rsa && !ec) || (rsa && cr_json_peek_int (body, "key_size", 2048) != 2048)
      || (ec && g_strcmp0 (curve, "P-384") != 0) || (ops != NULL && !json_is_array (ops))) {
    safe_fail (call, 400, "BadParameter", NULL,
               "This vault makes RSA keys of 2048 bits and EC keys on P-384.");
    return;
  }
  g_autofree char *version = cr_random_hex (32);
  g_autoptr (EVP_PKEY) key = cose_key_new (rsa ? COSE_KEY_RSA_2048 : COSE_KEY_P384, &error);
  json_t *kept = ops != NULL ? json_deep_copy (ops)
                             : json_pack ("[s,s,s,s]", "encrypt", "decrypt", "sign", "verify");
  if (key == NULL)
    json_decref (kept);
  if (key == NULL || !safe_key_keep (call, version, key, type, kept, &error)) {
    safe_broken (call, error);
    return;
  }
  call->version = version;
  safe_key_get (call);
}

/* The bytes of "value"; NULL after answering. */
static GBytes *
take_value (SafeCall *call, char **algorithm)
{
  g_autoptr (json_t) body = safe_body (call);
  if (body == NULL)
    return NULL;
  const char *value = cr_json_peek_string (body, "value");
  GBytes *bytes = value != NULL ? cr_base64url_decode (value, -1, "value", NULL) : NULL;
  *algorithm = g_strdup (cr_json_peek_string (body, "alg"));
  if (bytes == NULL)
    safe_fail (call, 400, "BadParameter", NULL, "Property value must be base64url.");
  return bytes;
}

static void
respond_value (SafeCall *call, const char *version, GBytes *bytes)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (bytes, &length);
  g_autofree char *text = cr_base64url (data, length);
  g_autofree char *id = safe_id (call, "keys", call->object, version);
  sandbox_respond_json (call->response, 200, json_pack ("{s:s, s:s}", "kid", id, "value", text));
}

/* Does KEY have OPERATION among its key_ops? FALSE after answering. */
static gboolean
check_operation (SafeCall *call, const char *operation)
{
  g_autoptr (json_t) ops = safe_key_operations (call);
  size_t i;
  const json_t *entry;
  json_array_foreach (ops, i, entry)
    if (g_strcmp0 (json_string_value (entry), operation) == 0)
      return TRUE;
  safe_fail (call, 403, "Forbidden", "KeyOperationForbidden", "Operation %s is not permitted on this key.",
             operation);
  return FALSE;
}

/* ECDSA over a digest: r and s one after the other. Gives. */
static GBytes *
sign_digest (EVP_PKEY *key, GBytes *digest, GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  guint8 der[256];
  size_t length = sizeof der, size = g_bytes_get_size (digest);
  if (context == NULL || EVP_PKEY_sign_init (context) <= 0
      || EVP_PKEY_sign (context, der, &length, g_bytes_get_data (digest, NULL), size) <= 0) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "the key does not sign");
    return NULL;
  }
  return cose_ecdsa_to_raw (der, length, (guint) (EVP_PKEY_get_bits (key) + 7) / 8, error);
}

void
safe_key_sign (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *algorithm = NULL, *version = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (json_t) policy = NULL;
  g_autoptr (GBytes) digest = take_value (call, &algorithm);
  if (digest == NULL || !safe_key_load (call, &key, &policy, &version) || !check_operation (call, "sign"))
    return;
  int bits = EVP_PKEY_get_bits (key);
  const char *wanted = EVP_PKEY_is_a (key, "EC") ? bits == 256 ? "ES256" : "ES384" : "";
  if (g_strcmp0 (algorithm, wanted) != 0 || g_bytes_get_size (digest) * 8 != (gsize) bits) {
    safe_fail (call, 400, "BadParameter", NULL, "This key signs digests of %d bits with %s only.", bits,
               *wanted != '\0' ? wanted : "nothing");
    return;
  }
  g_autoptr (GBytes) signature = sign_digest (key, digest, &error);
  if (signature != NULL)
    respond_value (call, version, signature);
  else
    safe_broken (call, error);
}

void
safe_key_decrypt (SafeCall *call)
{
  g_autofree char *algorithm = NULL, *version = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (json_t) policy = NULL;
  g_autoptr (GBytes) sealed = take_value (call, &algorithm);
  if (sealed == NULL || !safe_key_load (call, &key, &policy, &version) || !check_operation (call, "decrypt"))
    return;
  g_autoptr (GBytes) plain = g_strcmp0 (algorithm, "RSA-OAEP-256") == 0 && EVP_PKEY_is_a (key, "RSA")
                                 ? cose_oaep_decrypt (key, g_bytes_get_data (sealed, NULL),
                                                      g_bytes_get_size (sealed), NULL)
                                 : NULL;
  if (plain != NULL)
    respond_value (call, version, plain);
  else
    safe_fail (call, 400, "BadParameter", NULL,
               "The value cannot be decrypted with this key and RSA-OAEP-256.");
}
