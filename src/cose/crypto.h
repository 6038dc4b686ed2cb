/* SPDX-License-Identifier: MIT
 * Signatures and wrapping over plain bytes, as CGS evidence and wrapped answers use them.
 */
#pragma once

#include "cose/openssl.h"

G_BEGIN_DECLS

/* RSA-PSS, SHA-256, MGF1 SHA-256, salt 32. Gives the signature. */
GBytes *cose_pss_sign (EVP_PKEY *key, const void *data, gsize length, GError **error);
/* CR_ERROR_REFUSED when the signature does not match. */
gboolean cose_pss_verify (EVP_PKEY *key, const void *data, gsize length, GBytes *signature, GError **error);

/* ECDSA over DATA hashed by curve (P-256 SHA-256, P-384 SHA-384, P-521 SHA-512), signature raw r || s. */
GBytes *cose_ecdsa_sign (EVP_PKEY *key, const void *data, gsize length, GError **error);
gboolean cose_ecdsa_verify (EVP_PKEY *key, const void *data, gsize length, GBytes *raw, GError **error);

/* RSA-OAEP with SHA-256 for hash and MGF1, no label. Decrypted bytes are in secret memory. Give. */
GBytes *cose_oaep_encrypt (EVP_PKEY *key, const void *data, gsize length, GError **error);
GBytes *cose_oaep_decrypt (EVP_PKEY *key, const void *data, gsize length, GError **error);

/* RSA-OAEP-AES-KWP: RSA-OAEP of a random 32-byte AES key, then AES-256 key wrap with padding (RFC 5649) of
 * DATA. Empty DATA cannot be wrapped. The unwrapped bytes are in secret memory. Give. */
GBytes *cose_kwp_wrap (EVP_PKEY *key, const void *data, gsize length, GError **error);
GBytes *cose_kwp_unwrap (EVP_PKEY *key, const void *data, gsize length, GError **error);

G_END_DECLS
