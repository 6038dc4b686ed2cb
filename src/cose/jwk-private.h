/* SPDX-License-Identifier: MIT
 * Private RSA keys as JSON Web Keys (RFC 7518, 6.3), the form in which key vaults import them.
 */
#pragma once

#include "base/json.h"
#include "base/secret.h"
#include "cose/openssl.h"

G_BEGIN_DECLS

/* The members "n", "e", "d", "p", "q", "dp", "dq", "qi" of KEY as JSON text without braces, ready to stand in
 * an object: "\"n\":\"...\",...". In wiped memory. NULL when KEY is no private RSA key. Gives. */
CrSecretText cose_jwk_private_members (const EVP_PKEY *key, GError **error);

/* A private RSA key of 2048 to 4096 bits from these members of JWK. The numbers must fit together.
 * CR_ERROR_INPUT otherwise. Gives. */
EVP_PKEY *cose_jwk_private_key (const json_t *jwk, GError **error);

G_END_DECLS
