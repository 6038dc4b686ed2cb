/* SPDX-License-Identifier: MIT
 * Checks evidence: format, certificate chain, signature, claims, and the match against a policy.
 */
#include "sandbox/attestation-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "ccf/snp.h"
#include "cose/x509.h"
#include "sandbox/cgs-common.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

#define CHAIN_MAX 8u

/* Refusals carry the text that goes over the wire, nothing around it. */
gboolean
attestation_refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "%s", text);
  return FALSE;
}

static guint64
get_le (const guint8 *report, guint offset, guint bytes)
{
  guint64 value = 0;

  for (guint i = 0; i < bytes; i++)
    value |= (guint64) report[offset + i] << (8 * i);
  return value;
}

/* The decoder of the service is a tolerant JavaScript one: foreign characters are skipped, both alphabets
 * pass, and a value that is not text fails with the text of its first property access. */
GBytes *
attestation_decode (const json_t *object, const char *key, GError **error)
{
  GBytes *data = cgs_base64 (json_object_get (object, key));
  if (!data)
    attestation_refuse (error, "cannot read property 'replace' of undefined");
  return data;
}

static gboolean
check_format (GBytes *evidence, GError **error)
{
  gsize size;
  const guint8 *report = g_bytes_get_data (evidence, &size);

  if (size != ATTESTATION_REPORT_SIZE)
    return attestation_refuse (error, "SEV-SNP: Attestation report has an unexpected size");

  guint64 version = get_le (report, REPORT_VERSION, 4);

  if (version < 2 || version > 5)
    return attestation_refuse (error, "SEV-SNP: Attestation version is not supported");
  if (get_le (report, REPORT_SIGNATURE_ALGORITHM, 4) != 1)
    return attestation_refuse (error, "SEV-SNP: Unsupported signature algorithm");
  /* Not covered by the signature, so nothing may hide there. */
  for (guint i = REPORT_SIGNATURE_END; i < ATTESTATION_REPORT_SIZE; i++)
    if (report[i] != 0)
      return attestation_refuse (error, "SEV-SNP: Reserved bytes of the attestation report are not zero");
  return TRUE;
}

static gboolean
is_p384 (X509 *certificate)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  char group[32] = "";
  gsize length = 0;

  return key && EVP_PKEY_get_base_id (key) == EVP_PKEY_EC
         && EVP_PKEY_get_group_name (key, group, sizeof group, &length) == 1
         && strcmp (group, "secp384r1") == 0;
}

static gboolean
is_issued_by (X509 *certificate, X509 *issuer)
{
  return X509_NAME_cmp (X509_get_issuer_name (certificate), X509_get_subject_name (issuer)) == 0
         && X509_verify (certificate, X509_get0_pubkey (issuer)) == 1;
}

/* The certificate among CHAIN that ISSUER signed and that is neither OTHER nor ISSUER; borrowed. */
static X509 *
find_issued (GPtrArray *chain, X509 *issuer, X509 *other)
{
  for (guint i = 0; i < chain->len; i++)
    if (chain->pdata[i] != issuer && chain->pdata[i] != other && is_issued_by (chain->pdata[i], issuer))
      return chain->pdata[i];
  return NULL;
}

static X509 *
find_root (GPtrArray *chain)
{
  for (guint i = 0; i < chain->len; i++)
    if (is_issued_by (chain->pdata[i], chain->pdata[i]))
      return chain->pdata[i];
  return NULL;
}

X509 *
attestation_check_chain (AttestationPlatform *platform, GBytes *pem, gboolean any_order, gboolean *genuine,
                         GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (pem, &length);
  g_autoptr (GPtrArray) chain = text ? cose_certs_from_pem (text, (gssize) length, "the chain", NULL) : NULL;

  if (!chain || chain->len < 3 || (chain->len > 3 && !any_order) || chain->len > CHAIN_MAX) {
    attestation_refuse (error, "Expected 3 endorsement certificates but found another number");
    return NULL;
  }

  X509 *ark = any_order ? find_root (chain) : chain->pdata[2];
  X509 *ask = !ark ? NULL : any_order ? find_issued (chain, ark, NULL) : chain->pdata[1];
  X509 *vcek = !ask ? NULL : any_order ? find_issued (chain, ask, ark) : chain->pdata[0];
  EVP_PKEY *root = ark ? X509_get0_pubkey (ark) : NULL;
  gboolean of_amd = root && ccf_amd_root_known (root);

  if (ark && !of_amd && X509_cmp (ark, platform->ark) != 0) {
    attestation_refuse (
        error, "SEV-SNP: The root of trust public key for this attestation was not the expected one");
    return NULL;
  }
  if (!vcek || !is_p384 (vcek) || !is_issued_by (ark, ark) || !is_issued_by (ask, ark)
      || !is_issued_by (vcek, ask)) {
    attestation_refuse (
        error, "SEV-SNP: The chain of signatures from the root of trust to this attestation is broken");
    return NULL;
  }
  if (genuine)
    *genuine = of_amd;
  X509_up_ref (vcek);
  return vcek;
}

gboolean
attestation_check_signature (X509 *vcek, const guint8 *report, GError **error)
{
  ECDSA_SIG *signature = ECDSA_SIG_new ();
  BIGNUM *r = BN_lebin2bn (report + REPORT_SIGNATURE, REPORT_SIGNATURE_PART, NULL);
  BIGNUM *s = BN_lebin2bn (report + REPORT_SIGNATURE + REPORT_SIGNATURE_PART, REPORT_SIGNATURE_PART, NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  guint8 *der = NULL;
  int length = 0;
  gboolean ok = FALSE;

  if (signature && r && s && ECDSA_SIG_set0 (signature, r, s) == 1) {
    r = s = NULL; /* the signature owns them now */
    length = i2d_ECDSA_SIG (signature, &der);
    ok = context && length > 0
         && EVP_DigestVerifyInit (context, NULL, EVP_sha384 (), NULL, X509_get0_pubkey (vcek)) == 1
         && EVP_DigestVerify (context, der, (gsize) length, report, REPORT_SIGNATURE) == 1;
  }
  OPENSSL_free (der);
  BN_free (r);
  BN_free (s);
  ECDSA_SIG_free (signature);
  EVP_MD_CTX_free (context);
  return ok || attestation_refuse (error, "SEV-SNP: Signature verification failed");
}

static gboolean
check_guest (const guint8 *report, GError **error)
{
  guint64 flags = get_le (report, REPORT_FLAGS, 4);
  guint64 policy = get_le (report, REPORT_POLICY, 8);

  if ((flags >> 2 & 7) != 0)
    return attestation_refuse (error, "SEV-SNP: Attestation report must be signed by VCEK");
  if ((flags & 2) != 0)
    return attestation_refuse (error, "SEV-SNP: Mask chip key must not be set");
  if (get_le (report, REPORT_VMPL, 4) > 3)
    return attestation_refuse (error, "SEV-SNP: VMPL for guest attestations must be in 0-3 range");
  if (policy & POLICY_DEBUG)
    return attestation_refuse (error, "SEV-SNP: Debugging must be disabled for attested guests");
  if (policy & POLICY_MIGRATION)
    return attestation_refuse (error, "SEV-SNP: Migration agents must not be enabled");
  return TRUE;
}

/* The processor certificate names one chip and the firmware versions it was issued for. */
static gboolean
check_chip (X509 *vcek, const guint8 *report, GError **error)
{
  const ASN1_OCTET_STRING *chip = attestation_extension (vcek, VCEK_OID_CHIP_ID);

  if (!chip || ASN1_STRING_length (chip) != REPORT_CHIP_ID_SIZE
      || memcmp (ASN1_STRING_get0_data (chip), report + REPORT_CHIP_ID, REPORT_CHIP_ID_SIZE) != 0)
    return attestation_refuse (
        error, "SEV-SNP: Chip id of the attestation report differs from the processor certificate");
  for (guint i = 0; i < G_N_ELEMENTS (attestation_tcb_parts); i++) {
    const ASN1_OCTET_STRING *part = attestation_extension (vcek, attestation_tcb_parts[i].oid);
    const guint8 *der = part ? ASN1_STRING_get0_data (part) : NULL;
    int length = part ? ASN1_STRING_length (part) : 0;

    /* A small non-negative DER INTEGER has its value in the last byte. */
    if (length < 3 || length > 4 || der[0] != 2 || der[1] != length - 2
        || der[length - 1] != report[REPORT_REPORTED_TCB + attestation_tcb_parts[i].byte])
      return attestation_refuse (error,
                                 "SEV-SNP: Reported TCB version differs from the processor certificate");
  }
  return TRUE;
}

/* A TCB version as text is the number in hex, most significant byte first. */
static gboolean
check_endorsed_tcb (const json_t *attestation, const guint8 *report, GError **error)
{
  const char *endorsed = cr_json_peek_string (attestation, "endorsed_tcb");

  if (!endorsed || !*endorsed)
    return TRUE;

  g_autofree char *reported = g_strdup_printf ("%016" G_GINT64_MODIFIER "x",
                                               get_le (report, REPORT_REPORTED_TCB, 8));

  return g_ascii_strcasecmp (endorsed, reported) == 0
         || attestation_refuse (error, "SEV-SNP: Endorsed TCB does not match reported TCB");
}

static void
set_hex (json_t *claims, const char *name, const guint8 *data, gsize length)
{
  g_autofree char *text = cr_hex (data, length);

  cr_json_set_string (claims, name, text);
}

static json_t *
make_claims (const guint8 *report)
{
  json_t *claims = json_object ();
  guint64 policy = get_le (report, REPORT_POLICY, 8);
  g_autofree char *version = g_strdup_printf ("%u", (guint) get_le (report, REPORT_VERSION, 4));

  cr_json_set_string (claims, "x-ms-ver", version);
  cr_json_set_int (claims, "x-ms-sevsnpvm-guestsvn", (gint64) get_le (report, REPORT_GUEST_SVN, 4));
  cr_json_set_bool (claims, "x-ms-sevsnpvm-smt-allowed", (policy & POLICY_SMT) != 0);
  cr_json_set_bool (claims, "x-ms-sevsnpvm-is-debuggable", (policy & POLICY_DEBUG) != 0);
  set_hex (claims, "x-ms-sevsnpvm-familyId", report + REPORT_FAMILY_ID, 16);
  set_hex (claims, "x-ms-sevsnpvm-imageId", report + REPORT_IMAGE_ID, 16);
  cr_json_set_int (claims, "x-ms-sevsnpvm-vmpl", (gint64) get_le (report, REPORT_VMPL, 4));
  set_hex (claims, "x-ms-sevsnpvm-reportdata", report + REPORT_REPORT_DATA, 64);
  set_hex (claims, "x-ms-sevsnpvm-launchmeasurement", report + REPORT_MEASUREMENT, 48);
  set_hex (claims, "x-ms-sevsnpvm-hostdata", report + REPORT_HOST_DATA, 32);
  set_hex (claims, "x-ms-sevsnpvm-idkeydigest", report + REPORT_ID_KEY_DIGEST, 48);
  set_hex (claims, "x-ms-sevsnpvm-authorkeydigest", report + REPORT_AUTHOR_KEY_DIGEST, 48);
  set_hex (claims, "x-ms-sevsnpvm-reportid", report + REPORT_REPORT_ID, 32);
  return claims;
}

/* The launch measurement may be vouched for by who built the utility VM. The simulated platform has no such
 * endorsements, so what comes with its evidence cannot be right. */
static gboolean
check_uvm (const json_t *attestation, const guint8 *report, gboolean genuine, GError **error)
{
  const char *text = cr_json_peek_string (attestation, "uvm_endorsements");
  g_autoptr (GBytes) endorsement = text && *text ? attestation_decode (attestation, "uvm_endorsements", error)
                                                 : NULL;

  if (!text || !*text)
    return TRUE;
  return (genuine && ccf_uvm_verify (endorsement, report + REPORT_MEASUREMENT, NULL))
         || attestation_refuse (error, "UVM endorsements are not signed by a known root");
}

json_t *
attestation_verify (AttestationPlatform *platform, const json_t *attestation, GError **error)
{
  g_autoptr (GBytes) evidence = attestation_decode (attestation, "evidence", error);
  g_autoptr (GBytes) endorsements = evidence ? attestation_decode (attestation, "endorsements", error) : NULL;

  if (!endorsements || !check_format (evidence, error))
    return NULL;

  const guint8 *report = g_bytes_get_data (evidence, NULL);
  gboolean genuine = FALSE;
  g_autoptr (X509) vcek = attestation_check_chain (platform, endorsements, FALSE, &genuine, error);

  if (!vcek || !attestation_check_signature (vcek, report, error) || !check_guest (report, error)
      || !check_chip (vcek, report, error) || !check_endorsed_tcb (attestation, report, error)
      || !check_uvm (attestation, report, genuine, error))
    return NULL;
  return make_claims (report);
}

gboolean
attestation_claims_match (const json_t *policy, const json_t *claims)
{
  const char *name;
  json_t *allowed, *value;
  gsize index;

  if (json_object_size (policy) == 0)
    return FALSE;
  /* The macro of jansson takes no const object, but only reads it. */
  json_object_foreach ((json_t *) (guintptr) policy, name, allowed) {
    const json_t *claim = json_object_get (claims, name);
    gboolean found = FALSE;

    json_array_foreach (allowed, index, value)
      found = found || (claim && json_equal (claim, value));
    if (!found)
      return FALSE;
  }
  return TRUE;
}
