/* SPDX-License-Identifier: MIT
 * The signature check of governance messages. P-384 goes through GnuTLS, which the sandbox's TLS stands on
 * anyway: its verification takes less than half of the time of OpenSSL 3.0's, and is most of what a proposal
 * or a ballot costs here. Every other curve goes through OpenSSL.
 */
#include "sandbox/ccf-node.h"

#include "cose/crypto.h"
#include "cose/x509.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#define P384_BYTES 48u

static gboolean
verify_p384 (const gnutls_datum_t *key, const gnutls_datum_t *data, const gnutls_datum_t *signature)
{
  gnutls_pubkey_t public_key = NULL;
  if (gnutls_pubkey_init (&public_key) < 0)
    return FALSE;
  gboolean good = gnutls_pubkey_import (public_key, key, GNUTLS_X509_FMT_DER) >= 0
                  && gnutls_pubkey_verify_data2 (public_key, GNUTLS_SIGN_ECDSA_SHA384, 0, data, signature)
                         >= 0;
  gnutls_pubkey_deinit (public_key);
  return good;
}

/* GnuTLS's type for bytes is not const: BYTES, taken over, become memory of one's own. */
static gnutls_datum_t
take (GBytes *bytes)
{
  gsize length = 0;
  guint8 *data = g_bytes_unref_to_data (bytes, &length);
  return (gnutls_datum_t){ data, (unsigned) length };
}

static gboolean
check_p384 (const CoseSign1 *message, EVP_PKEY *key)
{
  gsize length = 0;
  const void *raw = g_bytes_get_data (message->signature, &length);
  GBytes *der = cose_ecdsa_to_der (raw, length, P384_BYTES, NULL);
  if (!der)
    return FALSE;
  gnutls_datum_t signature = take (der);
  gnutls_datum_t data = take (cose_sign1_to_be_signed (message->protected_bytes, message->payload));
  gnutls_datum_t info = { NULL, 0 };
  int size = i2d_PUBKEY (key, &info.data);
  info.size = size > 0 ? (unsigned) size : 0;
  gboolean good = size > 0 && verify_p384 (&info, &data, &signature);
  OPENSSL_free (info.data);
  g_free (data.data);
  g_free (signature.data);
  return good;
}

gboolean
gov_signature_check (const CoseSign1 *message, const X509 *certificate)
{
  g_autoptr (EVP_PKEY) key = cose_cert_key (certificate, NULL);
  CoseAlgorithm algorithm;
  if (!key || !cose_algorithm_of_key (key, &algorithm, NULL))
    return FALSE;
  return algorithm == COSE_ALG_ES384 && message->algorithm == (gint64) algorithm
             ? check_p384 (message, key)
             : cose_sign1_verify (message, key, NULL);
}
