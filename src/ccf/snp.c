/* SPDX-License-Identifier: MIT
 * SEV-SNP attestation reports: chain, signature and the fields that are believed afterwards.
 *
 * Source: AMD SEV-SNP ABI (ATTESTATION_REPORT) and the VCEK certificate specification. Certificate dates are
 * not looked at: evidence is read long after it was made.
 */
#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <string.h>

#define REPORT_SIZE 1184u
#define SIGNED_SIZE 0x2A0u
#define REPORT_DATA_AT 0x050u
#define MEASUREMENT_AT 0x090u
#define HOST_DATA_AT 0x0C0u
#define SIGNATURE_ALGORITHM_AT 0x034u
#define HALF_FIELD 72u /* R and S are little endian in fields of this size; the first 48 bytes count */
#define HALF 48u

/* SHA-256 of the SubjectPublicKeyInfo of AMD's root keys (ARK). */
static const char *const amd_roots[] = {
  "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9", /* Milan */
  "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831", /* Genoa */
  "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08", /* Turin */
  NULL,
};

static gboolean
refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The attestation report is not valid: %s.", text);
  return FALSE;
}

/* The key of a simulated root given as certificate or public key. Gives NULL when it is neither. */
static EVP_PKEY *
simulated_key (const char *pem)
{
  g_autoptr (X509) certificate = cose_cert_from_pem (pem, -1, "the simulated root", NULL);
  return certificate != NULL ? cose_cert_key (certificate, NULL)
                             : cose_key_from_public_pem (pem, -1, "the simulated root", NULL);
}

static gboolean
root_known (EVP_PKEY *root, const char *simulated_root, gboolean *simulated)
{
  g_autofree char *digest = cose_key_digest (root);
  *simulated = FALSE;
  if (g_strv_contains (amd_roots, digest))
    return TRUE;
  g_autoptr (EVP_PKEY) other = simulated_root != NULL ? simulated_key (simulated_root) : NULL;
  *simulated = other != NULL && cose_key_equal (root, other);
  return *simulated;
}

/* VCEK, ASK, ARK: each signed by the next, the last by itself and known. Gives the VCEK's key. */
static EVP_PKEY *
check_chain (GBytes *pem, const char *simulated_root, gboolean *simulated, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (pem, &length);
  g_autoptr (GPtrArray) chain = cose_certs_from_pem (text, (gssize) length, "the platform certificates",
                                                     error);
  if (chain == NULL)
    return NULL;
  if (chain->len != 3) {
    refuse (error, "three platform certificates are needed");
    return NULL;
  }
  g_autoptr (EVP_PKEY) ask = cose_cert_key (chain->pdata[1], error);
  g_autoptr (EVP_PKEY) ark = ask != NULL ? cose_cert_key (chain->pdata[2], error) : NULL;
  if (ark == NULL)
    return NULL;
  if (!cose_cert_signed_by (chain->pdata[0], ask) || !cose_cert_signed_by (chain->pdata[1], ark)
      || !cose_cert_signed_by (chain->pdata[2], ark)) {
    refuse (error, "the platform certificates do not form a chain");
    return NULL;
  }
  if (!root_known (ark, simulated_root, simulated)) {
    refuse (error, "it was not made by known hardware");
    return NULL;
  }
  return cose_cert_key (chain->pdata[0], error);
}

static gboolean
check_signature (const guint8 *report, EVP_PKEY *key, GError **error)
{
  guint8 raw[2 * HALF];
  for (guint i = 0; i < HALF; i++) {
    raw[i] = report[SIGNED_SIZE + HALF - 1 - i];
    raw[HALF + i] = report[SIGNED_SIZE + HALF_FIELD + HALF - 1 - i];
  }
  g_autoptr (GBytes) signature = g_bytes_new (raw, sizeof raw);
  guint32 algorithm;
  memcpy (&algorithm, report + SIGNATURE_ALGORITHM_AT, sizeof algorithm);
  CoseAlgorithm key_algorithm;
  if (GUINT32_FROM_LE (algorithm) != 1 || !cose_algorithm_of_key (key, &key_algorithm, NULL)
      || key_algorithm != COSE_ALG_ES384)
    return refuse (error, "its signature is of an unknown kind");
  return cose_ecdsa_verify (key, report, SIGNED_SIZE, signature, NULL)
         || refuse (error, "its signature is wrong");
}

static GBytes *
decode_part (const json_t *report, const char *name, GError **error)
{
  const char *text = cr_json_get_string (report, name, "the attestation report", error);
  return text != NULL ? cr_base64_decode (text, name, error) : NULL;
}

gboolean
ccf_snp_verify (const json_t *report, const char *simulated_root, guint8 host_data[32],
                guint8 report_data[64], GError **error)
{
  g_autoptr (GBytes) evidence = decode_part (report, "attestation", error);
  g_autoptr (GBytes) certificates = evidence != NULL ? decode_part (report, "platformCertificates", error)
                                                     : NULL;
  if (certificates == NULL)
    return FALSE;
  gsize length;
  const guint8 *bytes = g_bytes_get_data (evidence, &length);
  if (length != REPORT_SIZE)
    return refuse (error, "it has the wrong size");
  gboolean simulated = FALSE;
  g_autoptr (EVP_PKEY) key = check_chain (certificates, simulated_root, &simulated, error);
  if (key == NULL || !check_signature (bytes, key, error))
    return FALSE;
  /* Simulated hardware has no utility VM that somebody could endorse. */
  if (!simulated) {
    g_autoptr (GBytes) endorsement = decode_part (report, "uvmEndorsements", error);
    if (endorsement == NULL || !ccf_uvm_verify (endorsement, bytes + MEASUREMENT_AT, error))
      return FALSE;
  }
  memcpy (host_data, bytes + HOST_DATA_AT, 32);
  memcpy (report_data, bytes + REPORT_DATA_AT, 64);
  return TRUE;
}
