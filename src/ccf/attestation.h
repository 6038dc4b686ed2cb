/* SPDX-License-Identifier: MIT
 * Attestation evidence on the client side: reading and proving SEV-SNP reports, and acting as a clean room.
 *
 * Sources: AMD SEV-SNP ABI (ATTESTATION_REPORT) and VCEK certificate specification; CGS evidence {evidence,
 * endorsements, uvm_endorsements?, endorsed_tcb?} of platform "snp-caci"; answers wrapped with
 * RSA-OAEP-AES-KWP. Certificate dates are not looked at: evidence is read long after it was made. Evidence
 * carries no freshness: it says what machine made a key, not when.
 */
#pragma once

#include "base/json.h"

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

#define CCF_SNP_REPORT_SIZE 1184u

/* The fields of a report. Integers in host order; TCB versions and digests as they stand in the report. */
typedef struct {
  guint32 version, guest_svn, vmpl, signature_algorithm, flags;
  guint64 policy;
  guint8 family_id[16], image_id[16];
  guint8 current_tcb[8], reported_tcb[8];
  guint8 cpu_family, cpu_model; /* 0 before version 3 */
  guint8 report_data[64], measurement[48], host_data[32];
  guint8 id_key_digest[48], author_key_digest[48], report_id[32], chip_id[64];
} CcfSnpReport;

#define CCF_SNP_POLICY_SMT (G_GUINT64_CONSTANT (1) << 16)
#define CCF_SNP_POLICY_MIGRATION (G_GUINT64_CONSTANT (1) << 18)
#define CCF_SNP_POLICY_DEBUG (G_GUINT64_CONSTANT (1) << 19)

/* Size, version (2 to 5), signature algorithm and reserved bytes; nothing is proved yet. CR_ERROR_REFUSED. */
gboolean ccf_snp_report_parse (GBytes *bytes, CcfSnpReport *report, GError **error);
/* The claims that policies are written in: "x-ms-sevsnpvm-hostdata": hex, ... Gives. */
json_t *ccf_snp_report_claims (const CcfSnpReport *report);

typedef struct {
  const char *roots;  /* PEM certificates or public keys accepted as roots besides AMD's; NULL = none */
  gboolean uvm_maybe; /* the endorsement of the utility VM may be absent, and nothing is known of it then */
} CcfAttestationTrust;

/* Prove {evidence, endorsements, uvm_endorsements?, endorsed_tcb?} (base64 texts): chain VCEK, ASK, ARK to a
 * known root; signature; signed by the VCEK of this chip and firmware; guest without debugging and
 * migration; endorsed TCB when given; utility VM. Fills REPORT. *SIMULATED (may be NULL): the root is one of
 * TRUST, not AMD's; then there is no utility VM to be endorsed. CR_ERROR_REFUSED names the first check that
 * failed. */
gboolean ccf_attestation_verify (const json_t *attestation, const CcfAttestationTrust *trust,
                                 CcfSnpReport *report, gboolean *simulated, GError **error);
/* REPORT was made for PUBLIC_KEY_PEM: report data = SHA-256 of the text without final line feeds, then
 * zeros. */
gboolean ccf_attestation_check_key (const CcfSnpReport *report, const char *public_key_pem, GError **error);
/* REPORT's host data is one of the NULL-terminated list of 64 hex digits. *ALLOWS_ALL (may be NULL): it is
 * one of the two values that stand for "any software". */
gboolean ccf_attestation_check_host_data (const CcfSnpReport *report, const char *const *accepted,
                                          gboolean *allows_all, GError **error);
/* HEX is one of those two values. */
gboolean ccf_host_data_allows_all (const char *hex);

/* ---- Evidence of the own side: a key pair and the report that binds it ---- */

typedef struct CcfEvidence CcfEvidence;

/* ATTESTATION (borrowed) as it goes over the wire, for PLATFORM ("snp-caci", "snp-cvm"); both NULL for a
 * caller that proves itself by a token and only signs. KEY is the private RSA key that it binds; its
 * reference is taken. Gives. */
CcfEvidence *ccf_evidence_new (const char *platform, const json_t *attestation, EVP_PKEY *key);
/* The "insecure virtual" evidence: a file {publicKey, privateKey (PEM), report: {snpCACI: {attestation,
 * platformCertificates, uvmEndorsements}}} or {snpCvm}, recorded once, whose private key is public. The
 * report must belong to the key. Everybody can act with it: it shows the protocol and protects nothing.
 * Gives. */
CcfEvidence *ccf_evidence_load (const char *path, GError **error);
void ccf_evidence_free (CcfEvidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CcfEvidence, ccf_evidence_free)

const char *ccf_evidence_public_key (const CcfEvidence *evidence);    /* PEM, no final newline; borrowed */
const json_t *ccf_evidence_attestation (const CcfEvidence *evidence); /* borrowed, may be NULL */

/* Bodies of attested calls: {platform, attestation}; {encrypt, platform, attestation}; {data, timestamp,
 * sign, encrypt, platform, attestation}. DATA is dumped compactly and borrowed. Give. */
json_t *ccf_evidence_consent_body (const CcfEvidence *evidence);
json_t *ccf_evidence_encrypt_body (const CcfEvidence *evidence);
json_t *ccf_evidence_signed_body (const CcfEvidence *evidence, const json_t *data, GError **error);
/* The plain bytes of {"value": base64(RSA-OAEP-AES-KWP)}, in secret memory. Gives; CR_ERROR_REFUSED when it
 * was not made for this key. */
GBytes *ccf_evidence_unwrap (const CcfEvidence *evidence, const json_t *answer, GError **error);

G_END_DECLS
