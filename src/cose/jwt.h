/* SPDX-License-Identifier: MIT
 * JSON Web Tokens (RFC 7515, 7519) and keys (RFC 7517): RS256, PS256, ES256, ES384.
 *
 * A token is a secret: hold it in secret memory, never log it.
 */
#pragma once

#include "base/json.h"
#include "base/secret.h"
#include "cose/openssl.h"

G_BEGIN_DECLS

#define COSE_JWT_MAX_BYTES (64u * 1024)

typedef struct {
  json_t *header;      /* object */
  json_t *claims;      /* object */
  char *signing_input; /* "<header>.<claims>" as received */
  GBytes *signature;
} CoseJwt;

void cose_jwt_free (CoseJwt *jwt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CoseJwt, cose_jwt_free)

/* Exactly three strict base64url parts, JSON objects, at most COSE_JWT_MAX_BYTES. The signature is NOT looked
 * at: call cose_jwt_verify before believing a claim. Gives. CR_ERROR_INPUT. */
CoseJwt *cose_jwt_parse (const char *token, GError **error);
/* The header's alg must be one of the four and fit KEY ("none" never does). CR_ERROR_REFUSED otherwise. */
gboolean cose_jwt_verify (const CoseJwt *jwt, EVP_PKEY *key, GError **error);
/* exp required and in the future, nbf (when there) not in the future; LEEWAY_S in seconds, 0 as CCF does.
 * CR_ERROR_SIGN_IN when expired, CR_ERROR_RETRY when not yet valid. */
gboolean cose_jwt_check_times (const CoseJwt *jwt, gint64 now_s, guint leeway_s, GError **error);

const char *cose_jwt_kid (const CoseJwt *jwt); /* borrowed or NULL */
const char *cose_jwt_alg (const CoseJwt *jwt); /* borrowed or NULL */
/* borrowed or NULL when absent or not text */
const char *cose_jwt_text (const CoseJwt *jwt, const char *claim);
/* A NumericDate claim in seconds (fractions cut); FALSE when absent or no number. */
gboolean cose_jwt_time (const CoseJwt *jwt, const char *claim, gint64 *seconds);
/* TRUE when aud is AUDIENCE or a list that has it. */
gboolean cose_jwt_has_audience (const CoseJwt *jwt, const char *audience);

/* Header {"alg","typ":"JWT","kid"} (KID may be NULL). ALG: RS256, PS256, ES256, ES384. Give;
 * g_auto(CrSecretText). */
CrSecretText cose_jwt_sign (EVP_PKEY *key, const char *alg, const char *kid, const json_t *claims,
                            GError **error);
/* The same with further header members (x5t, x5c, typ overrides) in HEADER, which may be NULL. */
CrSecretText cose_jwt_sign_with_header (EVP_PKEY *key, const char *alg, const char *kid, json_t *header,
                                        const json_t *claims, GError **error);

/* --- keys --- */

/* Public JWK {kty,kid,use:"sig",alg,n,e|crv,x,y,x5c}; KID, ALG and CERT may be NULL. Gives a reference. */
json_t *cose_jwk_new (const EVP_PKEY *key, const char *kid, const char *alg, const X509 *cert,
                      GError **error);
/* From n/e, else crv/x/y, else the first x5c certificate. Private members are ignored. Gives. */
EVP_PKEY *cose_jwk_key (const json_t *jwk, GError **error);
/* The JWK of {"keys":[...]} with this kid; borrowed or NULL. */
json_t *cose_jwks_find (const json_t *jwks, const char *kid);
/* base64 DER of CERT as an x5c entry, and back. */
char *cose_x5c_entry (const X509 *cert); /* gives */
X509 *cose_x5c_cert (const char *entry, GError **error);
/* RFC 7638 thumbprint, base64url(SHA-256): a good kid. Gives; NULL when the JWK has no known kty. */
char *cose_jwk_thumbprint (const json_t *jwk);

G_END_DECLS
