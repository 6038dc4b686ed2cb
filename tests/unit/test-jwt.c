/* SPDX-License-Identifier: MIT
 * Tokens and JSON Web Keys: known answers of RFC 7515 and 7638, round trips, and tokens that must be refused.
 */
#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "cose/jwt.h"
#include "cose/x509.h"

/* RFC 7515 appendix A.3: ES256 token and public key. */
static const char es256_token[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char es256_key[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";
/* RFC 7638 section 3.1. */
static const char rsa_jwk[] =
    "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j"
    "F44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}";

static json_t *
parse (const char *text)
{
  json_t *value = json_loads (text, 0, NULL);
  g_assert_nonnull (value);
  return value;
}

static void
test_known_answers (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) jwk = parse (es256_key);
  g_autoptr (EVP_PKEY) key = cose_jwk_key (jwk, &error);
  g_assert_no_error (error);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (es256_token, &error);
  g_assert_no_error (error);
  g_assert_true (cose_jwt_verify (jwt, key, &error));
  g_assert_cmpstr (cose_jwt_text (jwt, "iss"), ==, "joe");
  gint64 expires;
  g_assert_true (cose_jwt_time (jwt, "exp", &expires));
  g_assert_cmpint (expires, ==, 1300819380);
  g_autoptr (json_t) rsa = parse (rsa_jwk);
  g_autofree char *thumbprint = cose_jwk_thumbprint (rsa);
  g_assert_cmpstr (thumbprint, ==, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

static void
test_round_trips (void)
{
  static const struct {
    const char *alg;
    CoseKeyType type;
  } cases[] = { { "RS256", COSE_KEY_RSA_2048 },
                { "PS256", COSE_KEY_RSA_2048 },
                { "ES256", COSE_KEY_P256 },
                { "ES384", COSE_KEY_P384 } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = cose_key_new (cases[i].type, &error);
    g_autoptr (EVP_PKEY) other = cose_key_new (cases[i].type, &error);
    g_autoptr (EVP_PKEY) foreign =
        cose_key_new (cases[i].type == COSE_KEY_P256 ? COSE_KEY_P384 : COSE_KEY_P256, &error);
    g_autoptr (X509) cert = cose_cert_new_member ("signer", key, 10, &error);
    g_autoptr (json_t) claims =
        parse ("{\"iss\":\"i\",\"aud\":[\"a\",\"b\"],\"exp\":2000000000,\"nbf\":1000}");
    g_auto (CrSecretText) token = cose_jwt_sign (key, cases[i].alg, "k1", claims, &error);
    g_assert_no_error (error);
    g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (cose_jwt_kid (jwt), ==, "k1");
    g_assert_cmpstr (cose_jwt_alg (jwt), ==, cases[i].alg);
    g_assert_true (cose_jwt_has_audience (jwt, "b"));
    g_assert_false (cose_jwt_has_audience (jwt, "c"));
    /* Through the JWK, by numbers and by certificate alone. */
    g_autoptr (json_t) jwk = cose_jwk_new (key, "k1", cases[i].alg, cert, &error);
    g_assert_no_error (error);
    g_autoptr (EVP_PKEY) by_numbers = cose_jwk_key (jwk, &error);
    g_assert_true (cose_key_equal (key, by_numbers));
    const char *numbers[] = { "n", "e", "crv", "x", "y" };
    for (guint j = 0; j < G_N_ELEMENTS (numbers); j++)
      json_object_del (jwk, numbers[j]);
    g_autoptr (EVP_PKEY) by_cert = cose_jwk_key (jwk, &error);
    g_assert_no_error (error);
    g_assert_true (cose_jwt_verify (jwt, by_cert, &error));
    g_assert_false (cose_jwt_verify (jwt, other, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
    g_clear_error (&error);
    g_assert_false (cose_jwt_verify (jwt, foreign, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
    g_clear_error (&error);
    g_autoptr (json_t) set = json_pack ("{s:[O]}", "keys", jwk);
    g_assert_true (cose_jwks_find (set, "k1") == jwk);
    g_assert_null (cose_jwks_find (set, "k2"));
    g_assert_null (cose_jwks_find (jwk, "k1"));
  }
}

static char *
token_of (const char *header, const char *claims, const char *signature)
{
  g_autofree char *first = cr_base64url (header, strlen (header));
  g_autofree char *second = cr_base64url (claims, strlen (claims));
  return g_strdup_printf ("%s.%s.%s", first, second, signature);
}

static void
test_refused (void)
{
  g_autofree char *huge = g_strnfill (COSE_JWT_MAX_BYTES + 1, 'A');
  g_autofree char *list = token_of ("[]", "{}", "AA");
  g_autofree char *text = token_of ("{}", "\"x\"", "AA");
  g_autofree char *twice = token_of ("{\"alg\":\"RS256\",\"alg\":\"none\"}", "{}", "AA");
  g_autofree char *padded = token_of ("{}", "{}", "AA==");
  g_autofree char *space = token_of ("{}", "{}", "A A");
  const char *cases[] = {
    NULL, "",   ".",  "..",  "a.b",  "a.b.c", "e30.e30",     "e30.e30.AA.AA", "e30.e30.A", "e30..AA",
    huge, list, text, twice, padded, space,   "e30=.e30.AA", "e3+.e30.AA",    "e30.e30.AB"
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (CoseJwt) jwt = cose_jwt_parse (cases[i], &error);
    if (jwt != NULL)
      g_error ("the token %u was taken", i);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  /* Algorithms that must never verify: none, and HMAC with the public key as the secret. */
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  const char *headers[] = { "{\"alg\":\"none\"}",
                            "{\"alg\":\"HS256\"}",
                            "{\"alg\":\"rs256\"}",
                            "{}",
                            "{\"alg\":1}",
                            "{\"alg\":\"ES256\"}",
                            "{\"alg\":\"RS256\",\"crit\":[\"x\"]}" };
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *token = token_of (headers[i], "{}", "");
    g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, NULL);
    if (jwt == NULL)
      continue;
    g_assert_false (cose_jwt_verify (jwt, key, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  }
  /* Every changed character breaks the signature or the form. */
  g_autoptr (json_t) jwk = parse (es256_key);
  g_autoptr (EVP_PKEY) ec = cose_jwk_key (jwk, NULL);
  for (gsize i = 0; es256_token[i] != '\0'; i++) {
    g_autofree char *changed = g_strdup (es256_token);
    changed[i] = changed[i] == 'A' ? 'Q' : 'A';
    g_autoptr (CoseJwt) jwt = cose_jwt_parse (changed, NULL);
    g_assert_false (jwt != NULL && cose_jwt_verify (jwt, ec, NULL));
    g_autofree char *cut = g_strndup (es256_token, i);
    g_autoptr (CoseJwt) shorter = cose_jwt_parse (cut, NULL);
    g_assert_false (shorter != NULL && cose_jwt_verify (shorter, ec, NULL));
  }
}

static void
test_times (void)
{
  static const struct {
    const char *claims;
    gint64 now;
    guint leeway;
    int code; /* -1 = good */
  } cases[] = {
    { "{\"exp\":1000}", 999, 0, -1 },
    { "{\"exp\":1000}", 1000, 0, CR_ERROR_SIGN_IN },
    { "{\"exp\":1000}", 1029, 30, -1 },
    { "{\"exp\":1000}", 1030, 30, CR_ERROR_SIGN_IN },
    { "{}", 1, 0, CR_ERROR_SIGN_IN },
    { "{\"exp\":\"1000\"}", 1, 0, CR_ERROR_SIGN_IN },
    { "{\"exp\":1000.5}", 999, 0, -1 },
    { "{\"exp\":1e300}", 999, 0, CR_ERROR_SIGN_IN },
    { "{\"exp\":-5}", 1, 0, CR_ERROR_SIGN_IN },
    { "{\"exp\":1000,\"nbf\":500}", 499, 0, CR_ERROR_RETRY },
    { "{\"exp\":1000,\"nbf\":500}", 500, 0, -1 },
    { "{\"exp\":1000,\"nbf\":500}", 470, 30, -1 },
    { "{\"exp\":1000,\"nbf\":\"x\"}", 600, 0, CR_ERROR_INPUT },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *token = token_of ("{}", cases[i].claims, "AA");
    g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, &error);
    g_assert_no_error (error);
    gboolean good = cose_jwt_check_times (jwt, cases[i].now, cases[i].leeway, &error);
    g_assert_cmpint (good, ==, cases[i].code == -1);
    g_assert_cmpint (error != NULL ? error->code : -1, ==, cases[i].code);
  }
}

static void
test_bad_keys (void)
{
  const char *cases[] = {
    "{}",
    "[]",
    "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
    "{\"kty\":\"RSA\"}",
    "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
    "{\"kty\":\"RSA\",\"n\":\"****\",\"e\":\"AQAB\"}",
    "{\"kty\":\"RSA\",\"n\":3,\"e\":\"AQAB\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
    "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
    /* A point that is not on the curve. */
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw\"}",
    "{\"kty\":\"RSA\",\"x5c\":[\"AAAA\"]}",
    "{\"kty\":\"RSA\",\"x5c\":\"AAAA\"}",
    "{\"kty\":\"RSA\",\"x5c\":[]}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) jwk = parse (cases[i]);
    g_autoptr (EVP_PKEY) key = cose_jwk_key (jwk, &error);
    if (key != NULL)
      g_error ("the key %u was taken", i);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jwt/known-answers", test_known_answers);
  g_test_add_func ("/jwt/round-trips", test_round_trips);
  g_test_add_func ("/jwt/refused", test_refused);
  g_test_add_func ("/jwt/times", test_times);
  g_test_add_func ("/jwt/bad-keys", test_bad_keys);
  return g_test_run ();
}
