/* SPDX-License-Identifier: MIT
 * JSON Web Tokens: parse, verify, sign (jwt.h).
 */
#include "cose/jwt.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#define RSA_BITS_MIN 2048

/* --- algorithms --- */

typedef struct {
  const char *name;
  const char *curve; /* NULL = RSA */
  gboolean pss;
} JwtAlgorithm;

static const JwtAlgorithm jwt_algorithms[] = {
  { "RS256", NULL, FALSE },
  { "PS256", NULL, TRUE },
  { "ES256", "P-256", FALSE },
  { "ES384", "P-384", FALSE },
};

/* The algorithm NAME when it exists and fits KEY: the name never chooses what kind of key is used. */
static const JwtAlgorithm *
find_algorithm (const char *name, const EVP_PKEY *key, GError **error)
{
  g_autofree char *kind = cose_key_algorithm (key);
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (jwt_algorithms); i++) {
    const JwtAlgorithm *algorithm = &jwt_algorithms[i];
    if (!g_str_equal (algorithm->name, name))
      continue;
    if (algorithm->curve != NULL ? g_str_equal (algorithm->curve, kind)
                                 : EVP_PKEY_is_a (key, "RSA") && EVP_PKEY_get_bits (key) >= RSA_BITS_MIN)
      return algorithm;
  }
  cr_set_error (error, CR_ERROR_REFUSED, NULL,
                "The token's algorithm is not allowed for a key of the kind %s.", kind);
  return NULL;
}

static GBytes *
rs256_sign (EVP_PKEY *key, const char *text, GError **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gsize size = (gsize) EVP_PKEY_get_size (key);
  g_autofree guint8 *signature = g_malloc (size);
  if (EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key) <= 0
      || EVP_DigestSign (context, signature, &size, (const guint8 *) text, strlen (text)) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "The token cannot be signed");
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&signature), size);
}

static gboolean
rs256_verify (EVP_PKEY *key, const char *text, GBytes *signature, GError **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gboolean good = EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key) > 0
                  && EVP_DigestVerify (context, g_bytes_get_data (signature, NULL),
                                       g_bytes_get_size (signature), (const guint8 *) text, strlen (text))
                         == 1;
  ERR_clear_error ();
  if (!good)
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The token's signature does not match.");
  return good;
}

/* The raw JWS signature over SIGNING_INPUT. Gives. */
static GBytes *
cose_jws_sign (EVP_PKEY *key, const char *alg, const char *signing_input, GError **error)
{
  const JwtAlgorithm *algorithm = find_algorithm (alg, key, error);
  if (algorithm == NULL)
    return NULL;
  if (algorithm->curve != NULL)
    return cose_ecdsa_sign (key, signing_input, strlen (signing_input), error);
  if (algorithm->pss)
    return cose_pss_sign (key, signing_input, strlen (signing_input), error);
  return rs256_sign (key, signing_input, error);
}

/* --- parsing --- */

void
cose_jwt_free (CoseJwt *jwt)
{
  if (jwt == NULL)
    return;
  g_clear_pointer (&jwt->header, json_decref);
  g_clear_pointer (&jwt->claims, json_decref);
  cr_secret_text_free (jwt->signing_input);
  g_clear_pointer (&jwt->signature, g_bytes_unref);
  g_free (jwt);
}

static json_t *
decode_object (const char *part, const char *what, GError **error)
{
  g_autoptr (GBytes) bytes = cr_base64url_decode (part, -1, what, error);
  g_autoptr (json_t) value = bytes != NULL ? cr_json_parse_bytes (bytes, what, error) : NULL;
  if (value == NULL)
    return NULL;
  if (!json_is_object (value)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is not a JSON object.", what);
    return NULL;
  }
  return g_steal_pointer (&value);
}

/* Unused bits in the last character must be zero: otherwise one token has several spellings. */
static GBytes *
decode_signature (const char *part, GError **error)
{
  const char *what = "The token's signature";
  g_autoptr (GBytes) bytes = cr_base64url_decode (part, -1, what, error);
  if (bytes == NULL)
    return NULL;
  g_autofree char *again = cr_base64url (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (!g_str_equal (again, part)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is not valid base64url.", what);
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

static void
wiped_strv_free (char **parts)
{
  for (char **part = parts; *part != NULL; part++)
    cr_wipe (*part, strlen (*part));
  g_strfreev (parts);
}

CoseJwt *
cose_jwt_parse (const char *token, GError **error)
{
  gsize length = token != NULL ? strlen (token) : 0;
  const char *dot = length > 0 && length <= COSE_JWT_MAX_BYTES ? strrchr (token, '.') : NULL;
  char **parts = dot != NULL ? g_strsplit (token, ".", 5) : NULL;
  if (parts == NULL || g_strv_length (parts) != 3) {
    if (parts != NULL)
      wiped_strv_free (parts);
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The token is not a JSON Web Token of three parts.");
    return NULL;
  }
  g_autoptr (CoseJwt) jwt = g_new0 (CoseJwt, 1);
  jwt->header = decode_object (parts[0], "The token's header", error);
  if (jwt->header != NULL)
    jwt->claims = decode_object (parts[1], "The token's claim set", error);
  if (jwt->claims != NULL)
    jwt->signature = decode_signature (parts[2], error);
  wiped_strv_free (parts);
  if (jwt->signature == NULL)
    return NULL;
  jwt->signing_input = cr_secret_text_new (token, dot - token);
  return g_steal_pointer (&jwt);
}

gboolean
cose_jwt_verify (const CoseJwt *jwt, EVP_PKEY *key, GError **error)
{
  const JwtAlgorithm *algorithm = find_algorithm (cose_jwt_alg (jwt), key, error);
  if (algorithm == NULL)
    return FALSE;
  if (json_object_get (jwt->header, "crit") != NULL) {
    /* RFC 7515 4.1.11: extensions that are not understood make the token invalid. */
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The token demands an extension that is not supported.");
    return FALSE;
  }
  gsize length = strlen (jwt->signing_input);
  if (algorithm->curve != NULL)
    return cose_ecdsa_verify (key, jwt->signing_input, length, jwt->signature, error);
  if (algorithm->pss)
    return cose_pss_verify (key, jwt->signing_input, length, jwt->signature, error);
  return rs256_verify (key, jwt->signing_input, jwt->signature, error);
}

gboolean
cose_jwt_check_times (const CoseJwt *jwt, gint64 now_s, guint leeway_s, GError **error)
{
  gint64 expires, from;
  if (!cose_jwt_time (jwt, "exp", &expires)) {
    cr_set_error (error, CR_ERROR_SIGN_IN, "Sign in again.", "The token has no expiry time.");
    return FALSE;
  }
  if (now_s >= expires && now_s - expires >= (gint64) leeway_s) {
    cr_set_error (error, CR_ERROR_SIGN_IN, "Sign in again.", "The token has expired.");
    return FALSE;
  }
  if (json_object_get (jwt->claims, "nbf") == NULL)
    return TRUE;
  if (!cose_jwt_time (jwt, "nbf", &from)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The token's start time is not a number.");
    return FALSE;
  }
  if (now_s < from && from - now_s > (gint64) leeway_s) {
    cr_set_error (error, CR_ERROR_RETRY, "Check this machine's clock, then try again.",
                  "The token is not valid yet.");
    return FALSE;
  }
  return TRUE;
}

/* --- reading --- */

const char *
cose_jwt_kid (const CoseJwt *jwt)
{
  return cr_json_peek_string (jwt->header, "kid");
}

const char *
cose_jwt_alg (const CoseJwt *jwt)
{
  return cr_json_peek_string (jwt->header, "alg");
}

const char *
cose_jwt_text (const CoseJwt *jwt, const char *claim)
{
  return cr_json_peek_string (jwt->claims, claim);
}

gboolean
cose_jwt_time (const CoseJwt *jwt, const char *claim, gint64 *seconds)
{
  const json_t *value = json_object_get (jwt->claims, claim);
  if (json_is_integer (value)) {
    *seconds = json_integer_value (value);
  } else if (json_is_real (value)) {
    double number = json_real_value (value);
    if (!(number >= 0 && number < 9e15))
      return FALSE;
    *seconds = (gint64) number;
  } else {
    return FALSE;
  }
  return *seconds >= 0 && *seconds < G_GINT64_CONSTANT (9000000000000000);
}

gboolean
cose_jwt_has_audience (const CoseJwt *jwt, const char *audience)
{
  const json_t *value = json_object_get (jwt->claims, "aud"), *entry;
  gsize index;
  if (json_is_string (value))
    return g_str_equal (json_string_value (value), audience);
  json_array_foreach (value, index, entry) {
    if (json_is_string (entry) && g_str_equal (json_string_value (entry), audience))
      return TRUE;
  }
  return FALSE;
}

/* --- making --- */

CrSecretText
cose_jwt_sign_with_header (EVP_PKEY *key, const char *alg, const char *kid, json_t *header,
                           const json_t *claims, GError **error)
{
  if (!json_is_object (claims)) {
    cr_set_error (error, CR_ERROR_BUG, NULL, "A token's claim set must be a JSON object.");
    return NULL;
  }
  g_autoptr (json_t) full = json_object ();
  cr_json_set_string (full, "alg", alg);
  cr_json_set_string (full, "typ", "JWT");
  cr_json_set_string (full, "kid", kid);
  const char *name;
  json_t *value;
  json_object_foreach (header, name, value) {
    if (!g_str_equal (name, "alg") && !g_str_equal (name, "kid"))
      json_object_set (full, name, value);
  }
  g_autofree char *header_json = cr_json_dump (full);
  g_auto (CrSecretText) claims_json = cr_json_dump (claims);
  g_autofree char *header_part = cr_base64url (header_json, strlen (header_json));
  g_auto (CrSecretText) claims_part = cr_base64url (claims_json, strlen (claims_json));
  g_auto (CrSecretText) input = g_strconcat (header_part, ".", claims_part, NULL);
  g_autoptr (GBytes) signature = cose_jws_sign (key, alg, input, error);
  if (signature == NULL)
    return NULL;
  g_autofree char *last = cr_base64url (g_bytes_get_data (signature, NULL), g_bytes_get_size (signature));
  return g_strconcat (input, ".", last, NULL);
}

CrSecretText
cose_jwt_sign (EVP_PKEY *key, const char *alg, const char *kid, const json_t *claims, GError **error)
{
  return cose_jwt_sign_with_header (key, alg, kid, NULL, claims, error);
}
