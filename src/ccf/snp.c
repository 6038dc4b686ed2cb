/* SPDX-License-Identifier: MIT
 * Proving SEV-SNP attestation reports: chain, signature, guest, chip, utility VM (attestation.h).
 *
 * Source: AMD SEV-SNP ABI (ATTESTATION_REPORT) and the VCEK certificate specification.
 */
#include "ccf/attestation.h"

#include "base/encode.h"
#include "base/error.h"
#include "ccf/ccf-private.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <openssl/x509v3.h>
#include <string.h>

#define SIGNED_SIZE 0x2A0u
#define HALF_FIELD 72u /* R and S are little endian in fields of this size; the first 48 bytes count */
#define HALF 48u
#define FAMILY_TURIN 0x1Au

/* SHA-256 of the SubjectPublicKeyInfo of AMD's root keys (ARK). */
static const char *const amd_roots[] = {
  "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9", /* Milan */
  "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831", /* Genoa */
  "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08", /* Turin */
  NULL,
};

/* Host data of the two policies that allow everything: evidence with them shows the protocol, not its
 * safety. */
static const char *const allow_all[] = { "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20",
                                         "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af",
                                         NULL };

static gboolean
refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The attestation report is not valid: %s.", text);
  return FALSE;
}

/* ---- Chain ---- */

/* The key of ROOT is among those of PEM, which holds certificates or one public key. */
static gboolean
root_among (EVP_PKEY *root, const char *pem)
{
  g_autoptr (GPtrArray) certificates = cose_certs_from_pem (pem, -1, "the accepted roots", NULL);
  for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
    g_autoptr (EVP_PKEY) key = cose_cert_key (certificates->pdata[i], NULL);
    if (key != NULL && cose_key_equal (root, key))
      return TRUE;
  }
  g_autoptr (EVP_PKEY) key = certificates == NULL
                                 ? cose_key_from_public_pem (pem, -1, "the accepted root", NULL)
                                 : NULL;
  return key != NULL && cose_key_equal (root, key);
}

gboolean
ccf_amd_root_known (const EVP_PKEY *root)
{
  g_autofree char *digest = cose_key_digest (root);
  return g_strv_contains (amd_roots, digest);
}

static gboolean
root_known (EVP_PKEY *root, const char *roots, gboolean *simulated)
{
  *simulated = FALSE;
  if (ccf_amd_root_known (root))
    return TRUE;
  *simulated = roots != NULL && root_among (root, roots);
  return *simulated;
}

/* Names and signatures both: a certificate says who made it, and that one did. */
static gboolean
is_issued_by (X509 *certificate, X509 *issuer, EVP_PKEY *issuer_key)
{
  return X509_NAME_cmp (X509_get_issuer_name (certificate), X509_get_subject_name (issuer)) == 0
         && cose_cert_signed_by (certificate, issuer_key);
}

/* VCEK, ASK, ARK: each signed by the next, the last by itself and known. Gives the VCEK. */
static X509 *
check_chain (GBytes *pem, const char *roots, gboolean *simulated, GError **error)
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
  X509 *vcek = chain->pdata[0], *ask = chain->pdata[1], *ark = chain->pdata[2];
  g_autoptr (EVP_PKEY) ask_key = cose_cert_key (ask, error);
  g_autoptr (EVP_PKEY) ark_key = ask_key != NULL ? cose_cert_key (ark, error) : NULL;
  if (ark_key == NULL)
    return NULL;
  if (!is_issued_by (vcek, ask, ask_key) || !is_issued_by (ask, ark, ark_key)
      || !is_issued_by (ark, ark, ark_key)) {
    refuse (error, "the platform certificates do not form a chain");
    return NULL;
  }
  if (!root_known (ark_key, roots, simulated)) {
    refuse (error, "it was not made by known hardware");
    return NULL;
  }
  X509_up_ref (vcek);
  return vcek;
}

static gboolean
check_signature (GBytes *evidence, EVP_PKEY *key, GError **error)
{
  const guint8 *report = g_bytes_get_data (evidence, NULL);
  guint8 raw[2 * HALF];
  CoseAlgorithm algorithm;
  for (guint i = 0; i < HALF; i++) {
    raw[i] = report[SIGNED_SIZE + HALF - 1 - i];
    raw[HALF + i] = report[SIGNED_SIZE + HALF_FIELD + HALF - 1 - i];
  }
  for (guint i = HALF; i < HALF_FIELD; i++)
    if (report[SIGNED_SIZE + i] != 0 || report[SIGNED_SIZE + HALF_FIELD + i] != 0)
      return refuse (error, "its signature is wrong");
  g_autoptr (GBytes) signature = g_bytes_new (raw, sizeof raw);
  if (!cose_algorithm_of_key (key, &algorithm, NULL) || algorithm != COSE_ALG_ES384)
    return refuse (error, "its signature is of an unknown kind");
  return cose_ecdsa_verify (key, report, SIGNED_SIZE, signature, NULL)
         || refuse (error, "its signature is wrong");
}

/* ---- What the report says ---- */

static gboolean
check_guest (const CcfSnpReport *report, GError **error)
{
  if ((report->flags >> 2 & 7) != 0)
    return refuse (error, "it was not signed by the processor's own key");
  if ((report->flags & 2) != 0)
    return refuse (error, "it hides which chip made it");
  if (report->vmpl > 3)
    return refuse (error, "it comes from outside a guest");
  if (report->policy & CCF_SNP_POLICY_DEBUG)
    return refuse (error, "the guest can be debugged");
  if (report->policy & CCF_SNP_POLICY_MIGRATION)
    return refuse (error, "the guest can be migrated");
  return TRUE;
}

/* The contents of extension OID, NULL when absent; borrowed from CERTIFICATE. */
static const ASN1_OCTET_STRING *
extension (X509 *certificate, const char *oid)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  int index = object != NULL ? X509_get_ext_by_OBJ (certificate, object, -1) : -1;
  ASN1_OBJECT_free (object);
  return index >= 0 ? X509_EXTENSION_get_data (X509_get_ext (certificate, index)) : NULL;
}

/* A small non-negative DER INTEGER; -1 for anything else. */
static int
small_integer (const ASN1_OCTET_STRING *value)
{
  const guint8 *der = value != NULL ? ASN1_STRING_get0_data (value) : NULL;
  int length = value != NULL ? ASN1_STRING_length (value) : 0;
  if (length == 3 && der[0] == 2 && der[1] == 1 && der[2] < 128)
    return der[2];
  return length == 4 && der[0] == 2 && der[1] == 2 && der[2] == 0 && der[3] >= 128 ? der[3] : -1;
}

/* The processor certificate was issued for the firmware versions of the report. */
static gboolean
check_tcb (X509 *vcek, const CcfSnpReport *report, GError **error)
{
  static const struct {
    const char *oid;
    guint byte, byte_turin;
  } parts[] = {
    { "1.3.6.1.4.1.3704.1.3.1", 0, 1 }, /* boot loader */
    { "1.3.6.1.4.1.3704.1.3.2", 1, 2 }, /* TEE */
    { "1.3.6.1.4.1.3704.1.3.3", 6, 3 }, /* SNP firmware */
    { "1.3.6.1.4.1.3704.1.3.8", 7, 7 }, /* microcode */
  };
  gboolean turin = report->cpu_family == FAMILY_TURIN;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (small_integer (extension (vcek, parts[i].oid))
        != report->reported_tcb[turin ? parts[i].byte_turin : parts[i].byte])
      return refuse (error, "its firmware is not the one of the processor certificate");
  if (turin && small_integer (extension (vcek, "1.3.6.1.4.1.3704.1.3.9")) != report->reported_tcb[0])
    return refuse (error, "its firmware is not the one of the processor certificate");
  return TRUE;
}

/* The processor certificate names one chip: 64 bytes, of which newer processors use the first 8. */
static gboolean
check_chip (X509 *vcek, const CcfSnpReport *report, GError **error)
{
  const ASN1_OCTET_STRING *chip = extension (vcek, "1.3.6.1.4.1.3704.1.4");
  gsize length = chip != NULL ? (gsize) ASN1_STRING_length (chip) : 0;
  gboolean turin = report->cpu_family == FAMILY_TURIN;
  if (length != (turin ? 8u : sizeof report->chip_id)
      || memcmp (ASN1_STRING_get0_data (chip), report->chip_id, length) != 0)
    return refuse (error, "another chip made it than the processor certificate names");
  for (gsize i = length; i < sizeof report->chip_id; i++)
    if (report->chip_id[i] != 0)
      return refuse (error, "another chip made it than the processor certificate names");
  return check_tcb (vcek, report, error);
}

/* A TCB version as text is the number in hex, most significant byte first. */
static gboolean
check_endorsed_tcb (const json_t *attestation, const CcfSnpReport *report, GError **error)
{
  const char *endorsed = cr_json_peek_string (attestation, "endorsed_tcb");
  if (endorsed == NULL || *endorsed == '\0')
    return TRUE;
  guint8 big[8];
  for (guint i = 0; i < sizeof big; i++)
    big[i] = report->reported_tcb[sizeof big - 1 - i];
  g_autofree char *reported = cr_hex (big, sizeof big);
  return g_ascii_strcasecmp (endorsed, reported) == 0
         || refuse (error, "its firmware is not the one that was endorsed");
}

static GBytes *
decode_part (const json_t *attestation, const char *name, GError **error)
{
  const char *text = cr_json_get_string (attestation, name, "the attestation", error);
  return text != NULL ? cr_base64_decode (text, name, error) : NULL;
}

static gboolean
check_uvm (const json_t *attestation, const CcfAttestationTrust *trust, const CcfSnpReport *report,
           GError **error)
{
  const char *text = cr_json_peek_string (attestation, "uvm_endorsements");
  if ((text == NULL || *text == '\0') && trust != NULL && trust->uvm_maybe)
    return TRUE;
  g_autoptr (GBytes) endorsement = decode_part (attestation, "uvm_endorsements", error);
  return endorsement != NULL && ccf_uvm_verify (endorsement, report->measurement, error);
}

gboolean
ccf_attestation_verify (const json_t *attestation, const CcfAttestationTrust *trust, CcfSnpReport *report,
                        gboolean *simulated, GError **error)
{
  gboolean other_root = FALSE;
  g_autoptr (GBytes) evidence = decode_part (attestation, "evidence", error);
  g_autoptr (GBytes) endorsements = evidence != NULL ? decode_part (attestation, "endorsements", error)
                                                     : NULL;
  if (endorsements == NULL || !ccf_snp_report_parse (evidence, report, error))
    return FALSE;
  g_autoptr (X509) vcek = check_chain (endorsements, trust != NULL ? trust->roots : NULL, &other_root, error);
  g_autoptr (EVP_PKEY) key = vcek != NULL ? cose_cert_key (vcek, error) : NULL;
  if (key == NULL || !check_signature (evidence, key, error) || !check_guest (report, error)
      || !check_chip (vcek, report, error) || !check_endorsed_tcb (attestation, report, error))
    return FALSE;
  if (simulated != NULL)
    *simulated = other_root;
  /* Simulated hardware has no utility VM that somebody could endorse. */
  return other_root || check_uvm (attestation, trust, report, error);
}

/* ---- What it is bound to ---- */

gboolean
ccf_attestation_check_key (const CcfSnpReport *report, const char *public_key_pem, GError **error)
{
  guint8 expected[64] = { 0 };
  gsize length = strlen (public_key_pem);
  while (length > 0 && public_key_pem[length - 1] == '\n')
    length--;
  cr_sha256 (public_key_pem, length, expected);
  return memcmp (report->report_data, expected, sizeof expected) == 0
         || refuse (error, "it was made for another key");
}

gboolean
ccf_host_data_allows_all (const char *hex)
{
  for (guint i = 0; allow_all[i] != NULL; i++)
    if (g_ascii_strcasecmp (allow_all[i], hex) == 0)
      return TRUE;
  return FALSE;
}

gboolean
ccf_attestation_check_host_data (const CcfSnpReport *report, const char *const *accepted,
                                 gboolean *allows_all, GError **error)
{
  g_autofree char *hex = cr_hex (report->host_data, sizeof report->host_data);
  if (allows_all != NULL)
    *allows_all = ccf_host_data_allows_all (hex);
  for (; *accepted != NULL; accepted++)
    if (g_ascii_strcasecmp (*accepted, hex) == 0)
      return TRUE;
  return refuse (error, "its host data is not among the accepted ones");
}

gboolean
ccf_snp_verify (const json_t *report, const char *simulated_root, guint8 host_data[32],
                guint8 report_data[64], gboolean *simulated, GError **error)
{
  g_autoptr (json_t) attestation = json_object ();
  cr_json_set_string (attestation, "evidence", cr_json_peek_string (report, "attestation"));
  cr_json_set_string (attestation, "endorsements", cr_json_peek_string (report, "platformCertificates"));
  cr_json_set_string (attestation, "uvm_endorsements", cr_json_peek_string (report, "uvmEndorsements"));
  const CcfAttestationTrust trust = { .roots = simulated_root };
  CcfSnpReport parsed;
  if (!ccf_attestation_verify (attestation, &trust, &parsed, simulated, error))
    return FALSE;
  memcpy (host_data, parsed.host_data, sizeof parsed.host_data);
  memcpy (report_data, parsed.report_data, sizeof parsed.report_data);
  return TRUE;
}
