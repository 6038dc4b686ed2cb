/* SPDX-License-Identifier: MIT
 * JSON Web Keys (jwt.h).
 */
#include "cose/jwt.h"

#include <openssl/core_names.h>
#include <string.h>

#include "base/encode.h"
#include "cose/x509.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

static const struct {
  const char *name; /* in the JWK and at OpenSSL */
  guint width;
} curves[] = { { "P-256", 32 }, { "P-384", 48 }, { "P-521", 66 } };

/* --- EVP_PKEY to JWK --- */

/* KEY's number PARAM as base64url; WIDTH 0 = as short as possible. */
static gboolean
set_number (json_t *jwk, const char *member, const EVP_PKEY *key, const char *param, guint width)
{
  BIGNUM *raw = NULL;
  if (!EVP_PKEY_get_bn_param (key, param, &raw))
    return FALSE;
  g_autoptr (BIGNUM) number = raw;
  int size = width != 0 ? (int) width : BN_num_bytes (number);
  g_autofree guint8 *bytes = g_malloc ((gsize) size + 1);
  if (BN_bn2binpad (number, bytes, size) < 0)
    return FALSE;
  g_autofree char *text = cr_base64url (bytes, (gsize) size);
  cr_json_set_string (jwk, member, text);
  return TRUE;
}

static gboolean
set_public (json_t *jwk, const EVP_PKEY *key)
{
  if (EVP_PKEY_is_a (key, "RSA"))
    return set_number (jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0)
           && set_number (jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
  g_autofree char *name = cose_key_algorithm (key);
  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    if (g_str_equal (curves[i].name, name)) {
      cr_json_set_string (jwk, "crv", name);
      return set_number (jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, curves[i].width)
             && set_number (jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, curves[i].width);
    }
  return FALSE;
}

json_t *
cose_jwk_new (const EVP_PKEY *key, const char *kid, const char *alg, const X509 *cert, GError **error)
{
  g_autoptr (json_t) jwk = json_object ();
  cr_json_set_string (jwk, "kty", EVP_PKEY_is_a (key, "RSA") ? "RSA" : "EC");
  cr_json_set_string (jwk, "kid", kid);
  cr_json_set_string (jwk, "use", "sig");
  cr_json_set_string (jwk, "alg", alg);
  if (!set_public (jwk, key)) {
    cose_openssl_error (error, CR_ERROR_INPUT, "A key of this kind cannot be written as a JSON Web Key");
    return NULL;
  }
  if (cert != NULL) {
    g_autofree char *entry = cose_x5c_entry (cert);
    cr_json_set (jwk, "x5c", json_pack ("[s]", entry));
  }
  return g_steal_pointer (&jwk);
}

/* --- JWK to EVP_PKEY --- */

static GBytes *
read_number (const json_t *jwk, const char *member, gsize max, GError **error)
{
  const char *text = cr_json_get_string (jwk, member, "the JSON Web Key", error);
  if (text == NULL)
    return NULL;
  g_autoptr (GBytes) bytes = cr_base64url_decode (text, -1, "A number of the JSON Web Key", error);
  if (bytes == NULL)
    return NULL;
  if (g_bytes_get_size (bytes) == 0 || g_bytes_get_size (bytes) > max) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "A number of the JSON Web Key has an impossible length.");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

static EVP_PKEY *
key_from_params (const char *type, OSSL_PARAM *params, GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
  EVP_PKEY *key = NULL;
  /* fromdata checks that an EC point is on its curve. */
  if (params == NULL || EVP_PKEY_fromdata_init (context) <= 0
      || EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0) {
    cose_openssl_error (error, CR_ERROR_INPUT, "The JSON Web Key is not a valid public key");
    return NULL;
  }
  return key;
}

static EVP_PKEY *
rsa_key (const json_t *jwk, GError **error)
{
  g_autoptr (GBytes) n_bytes = read_number (jwk, "n", RSA_BITS_MAX / 8 + 1, error);
  g_autoptr (GBytes) e_bytes = n_bytes != NULL ? read_number (jwk, "e", 8, error) : NULL;
  if (e_bytes == NULL)
    return NULL;
  g_autoptr (BIGNUM) n = BN_bin2bn (g_bytes_get_data (n_bytes, NULL), (int) g_bytes_get_size (n_bytes), NULL);
  g_autoptr (BIGNUM) e = BN_bin2bn (g_bytes_get_data (e_bytes, NULL), (int) g_bytes_get_size (e_bytes), NULL);
  if (BN_num_bits (n) < RSA_BITS_MIN || BN_num_bits (n) > RSA_BITS_MAX || !BN_is_odd (e) || BN_is_one (e)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The JSON Web Key is not an RSA key of 2048 to 8192 bits.");
    return NULL;
  }
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, e);
  g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
  return key_from_params ("RSA", params, error);
}

static EVP_PKEY *
ec_key (const json_t *jwk, GError **error)
{
  const char *crv = cr_json_get_string (jwk, "crv", "the JSON Web Key", error);
  if (crv == NULL)
    return NULL;
  guint width = 0;
  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    if (g_str_equal (curves[i].name, crv))
      width = curves[i].width;
  g_autoptr (GBytes) x = read_number (jwk, "x", 66, error);
  g_autoptr (GBytes) y = x != NULL ? read_number (jwk, "y", 66, error) : NULL;
  if (y == NULL)
    return NULL;
  if (width == 0 || g_bytes_get_size (x) != width || g_bytes_get_size (y) != width) {
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  "The JSON Web Key has an unknown curve or coordinates of a wrong length.");
    return NULL;
  }
  guint8 point[1 + 2 * 66] = { 4 }; /* uncompressed */
  memcpy (point + 1, g_bytes_get_data (x, NULL), width);
  memcpy (point + 1 + width, g_bytes_get_data (y, NULL), width);
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, crv, 0);
  OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * (gsize) width);
  g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
  return key_from_params ("EC", params, error);
}

EVP_PKEY *
cose_jwk_key (const json_t *jwk, GError **error)
{
  const char *type = cr_json_get_string (jwk, "kty", "the JSON Web Key", error);
  if (type == NULL)
    return NULL;
  if (g_str_equal (type, "RSA") && json_object_get (jwk, "n") != NULL)
    return rsa_key (jwk, error);
  if (g_str_equal (type, "EC") && json_object_get (jwk, "crv") != NULL)
    return ec_key (jwk, error);
  const char *entry = json_string_value (json_array_get (json_object_get (jwk, "x5c"), 0));
  if (entry == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  "The JSON Web Key holds no RSA or EC public key and no certificate.");
    return NULL;
  }
  g_autoptr (X509) cert = cose_x5c_cert (entry, error);
  return cert != NULL ? cose_cert_key (cert, error) : NULL;
}

json_t *
cose_jwks_find (const json_t *jwks, const char *kid)
{
  gsize index;
  json_t *jwk;
  json_array_foreach (json_object_get (jwks, "keys"), index, jwk) {
    const char *name = cr_json_peek_string (jwk, "kid");
    if (name != NULL && kid != NULL && g_str_equal (name, kid))
      return jwk;
  }
  return NULL;
}

/* --- x5c and thumbprint --- */

char *
cose_x5c_entry (const X509 *cert)
{
  g_autoptr (GBytes) der = cose_cert_to_der (cert);
  return cr_base64_bytes (der);
}

X509 *
cose_x5c_cert (const char *entry, GError **error)
{
  if (entry == NULL || strlen (entry) > COSE_PEM_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The key's certificate (x5c) is missing or too large.");
    return NULL;
  }
  g_autoptr (GBytes) der = cr_base64_decode (entry, "The key's certificate (x5c)", error);
  return der != NULL ? cose_cert_from_der (der, "The key's certificate (x5c)", error) : NULL;
}

char *
cose_jwk_thumbprint (const json_t *jwk)
{
  static const char *const rsa[] = { "e", "kty", "n", NULL }, *const ec[] = { "crv", "kty", "x", "y", NULL };
  const char *type = cr_json_peek_string (jwk, "kty");
  const char *const *members = g_strcmp0 (type, "RSA") == 0 ? rsa : g_strcmp0 (type, "EC") == 0 ? ec : NULL;
  g_autoptr (json_t) required = json_object ();
  for (; members != NULL && *members != NULL; members++) {
    const char *value = cr_json_peek_string (jwk, *members);
    if (value == NULL)
      return NULL;
    cr_json_set_string (required, *members, value);
  }
  if (json_object_size (required) == 0)
    return NULL;
  g_autofree char *text = cr_json_dump (required);
  guint8 digest[32];
  cr_sha256 (text, strlen (text), digest);
  return cr_base64url (digest, sizeof digest);
}
