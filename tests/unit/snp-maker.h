/* SPDX-License-Identifier: MIT
 * A processor made for a test: a chain in the form of AMD's (RSA-PSS SHA-384 for ARK and ASK, an EC P-384
 * VCEK with its extensions) and reports signed by it.
 */
#pragma once

#include "base/encode.h"
#include "base/json.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

typedef struct {
  EVP_PKEY *vcek_key;
  char *chain, *root; /* PEM */
} SnpMaker;

static const guint8 snp_maker_tcb[8] = { 4, 0, 0, 0, 0, 0, 24, 219 };
#define SNP_MAKER_CHIP 0x77

static inline void
snp_maker_add_extension (X509 *certificate, const char *oid, const guint8 *data, int length)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();
  g_assert_true (ASN1_OCTET_STRING_set (value, data, length));
  X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ (NULL, object, 0, value);
  g_assert_true (X509_add_ext (certificate, extension, -1));
  X509_EXTENSION_free (extension);
  ASN1_OCTET_STRING_free (value);
  ASN1_OBJECT_free (object);
}

static inline void
snp_maker_add_tcb (X509 *certificate, const char *oid, guint8 value)
{
  guint8 der[4] = { 2, 1, value, 0 };
  if (value > 127) {
    der[1] = 2;
    der[2] = 0;
    der[3] = value;
  }
  snp_maker_add_extension (certificate, oid, der, 2 + der[1]);
}

/* ISSUER NULL = self-signed. Signed with RSA-PSS, SHA-384, as AMD does. */
static inline X509 *
snp_maker_certificate (const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, gboolean vcek)
{
  static guint8 chip[64];
  X509 *certificate = X509_new ();
  X509_NAME *subject = X509_get_subject_name (certificate);
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guint8 *) name, -1, -1, 0);
  X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : subject);
  X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
  X509_set_pubkey (certificate, key);
  if (vcek) {
    memset (chip, SNP_MAKER_CHIP, sizeof chip);
    snp_maker_add_extension (certificate, "1.3.6.1.4.1.3704.1.4", chip, sizeof chip);
    snp_maker_add_tcb (certificate, "1.3.6.1.4.1.3704.1.3.1", snp_maker_tcb[0]);
    snp_maker_add_tcb (certificate, "1.3.6.1.4.1.3704.1.3.2", snp_maker_tcb[1]);
    snp_maker_add_tcb (certificate, "1.3.6.1.4.1.3704.1.3.3", snp_maker_tcb[6]);
    snp_maker_add_tcb (certificate, "1.3.6.1.4.1.3704.1.3.8", snp_maker_tcb[7]);
  }
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *options = NULL;
  g_assert_true (
      EVP_DigestSignInit (context, &options, EVP_sha384 (), NULL, issuer != NULL ? issuer_key : key) == 1);
  g_assert_true (EVP_PKEY_CTX_set_rsa_padding (options, RSA_PKCS1_PSS_PADDING) == 1);
  g_assert_true (EVP_PKEY_CTX_set_rsa_pss_saltlen (options, RSA_PSS_SALTLEN_DIGEST) == 1);
  g_assert_true (X509_sign_ctx (certificate, context) > 0);
  EVP_MD_CTX_free (context);
  return certificate;
}

static inline SnpMaker
snp_maker_new (void)
{
  g_autoptr (EVP_PKEY) ark_key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (EVP_PKEY) ask_key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  SnpMaker maker = { .vcek_key = cose_key_new (COSE_KEY_P384, NULL) };
  g_autoptr (X509) ark = snp_maker_certificate ("ARK-Test", ark_key, NULL, NULL, FALSE);
  g_autoptr (X509) ask = snp_maker_certificate ("SEV-Test", ask_key, ark, ark_key, FALSE);
  g_autoptr (X509) vcek = snp_maker_certificate ("SEV-VCEK", maker.vcek_key, ask, ask_key, TRUE);
  maker.root = cose_cert_to_pem (ark);
  g_autofree char *ask_pem = cose_cert_to_pem (ask), *vcek_pem = cose_cert_to_pem (vcek);
  maker.chain = g_strconcat (vcek_pem, ask_pem, maker.root, NULL);
  return maker;
}

static inline void
snp_maker_clear (SnpMaker *maker)
{
  EVP_PKEY_free (maker->vcek_key);
  g_free (maker->chain);
  g_free (maker->root);
}

/* A report with report data SHA-256(BOUND) and zeros, and host data of HOST_BYTE; not signed yet. */
static inline void
snp_maker_fill (guint8 report[1184], const char *bound, guint8 host_byte)
{
  memset (report, 0, 1184);
  report[0] = 2;
  report[0x0A] = 3; /* SMT, and the reserved bit that is always one */
  report[0x34] = 1;
  memcpy (report + 0x180, snp_maker_tcb, sizeof snp_maker_tcb);
  memset (report + 0x1A0, SNP_MAKER_CHIP, 64);
  memset (report + 0xC0, host_byte, 32);
  cr_sha256 (bound, strlen (bound), report + 0x50);
}

static inline void
snp_maker_sign (const SnpMaker *maker, guint8 report[1184])
{
  g_autoptr (GBytes) raw = cose_ecdsa_sign (maker->vcek_key, report, 0x2A0, NULL);
  const guint8 *signature = g_bytes_get_data (raw, NULL);
  for (guint i = 0; i < 48; i++) {
    report[0x2A0 + i] = signature[47 - i];
    report[0x2A0 + 72 + i] = signature[95 - i];
  }
}
