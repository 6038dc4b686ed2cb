/* SPDX-License-Identifier: MIT
 * The simulated confidential hardware: evidence shaped like an SEV-SNP attestation report, made and verified.
 *
 * The report has the 1184 bytes and field offsets of the AMD SEV-SNP ABI (ATTESTATION_REPORT), is signed with
 * ECDSA P-384 / SHA-384 by a simulated VCEK, and comes with the chain VCEK, ASK, ARK. The keys lie in the
 * sandbox folder (attestation.pem, 0600), so anybody who can read that folder can make evidence: it shows
 * the protocol, it protects nothing. Accepted roots are that folder's own ARK and those of AMD: the published
 * "insecure virtual" clean room sends a genuine report whose private key everybody knows, and a program that
 * brings it must find what it finds at the real service.
 *
 * All objects are immutable after they are made and may be used by several threads.
 */
#pragma once

#include "base/json.h"

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

#define ATTESTATION_REPORT_SIZE 1184u

/* The simulated processor with its keys and certificates. */
typedef struct AttestationPlatform AttestationPlatform;

/* Open FOLDER/attestation.pem, making it first when absent (safe against a second process or thread that does
 * the same). FOLDER is sandbox_folder(). Gives; NULL when the file cannot be made or is damaged. */
AttestationPlatform *attestation_platform_open (const char *folder, GError **error);
void attestation_platform_free (AttestationPlatform *platform);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AttestationPlatform, attestation_platform_free)

/* Make evidence for a clean room. HOST_DATA_HEX is 64 hex digits (the digest of the security policy);
 * PUBLIC_KEY_PEM is a SubjectPublicKeyInfo PEM, whose trailing line feeds are left out before it is hashed
 * into the report data. Gives {"evidence": base64 report, "endorsements": base64 PEM chain}. */
json_t *attestation_make (AttestationPlatform *platform, const char *host_data_hex,
                          const char *public_key_pem, GError **error);

/* The same about LENGTH bytes of DATA exactly as they are: report data = their SHA-256, then zeros. Gives. */
json_t *attestation_make_bound (AttestationPlatform *platform, const char *host_data_hex, const void *data,
                                gsize length, GError **error);
/* PEM of the ARK: what a client must be told to believe in before it believes in evidence of this platform.
 * Gives. */
char *attestation_root_pem (const AttestationPlatform *platform);

/* Check format, chain and signature of a wire object {evidence, endorsements, endorsed_tcb?,
 * uvm_endorsements?}. Gives the claims ("x-ms-sevsnpvm-hostdata": hex, ...). On failure NULL,
 * CR_ERROR_REFUSED, and a message that is the wire text ("cannot read property 'replace' of undefined" when
 * ATTESTATION is a plain text). UVM endorsements, when given, must be those of the vendor over the
 * measurement of a genuine report; the simulated platform issues none. */
json_t *attestation_verify (AttestationPlatform *platform, const json_t *attestation, GError **error);

/* The same for a confidential VM: {evidence: {tpmQuote, hclReport, snpReport, aikCert, pcrs}, nonce,
 * platformCertificates}. A TPM quote over the PCRs, signed by a key in the runtime claims, whose digest is
 * the report data of the processor's report. Gives the claims ("pcr4": base64, ...); *USER_DATA (given) is
 * the runtime claim "user-data". The text of a refusal lists the checks by position, as the service does. */
json_t *attestation_cvm_verify (AttestationPlatform *platform, const json_t *attestation, char **user_data,
                                GError **error);
/* Evidence of a simulated confidential VM that binds PUBLIC_KEY_PEM through "user-data". Costs an RSA key.
 * Gives. */
json_t *attestation_cvm_make (AttestationPlatform *platform, const char *public_key_pem, GError **error);

/* TRUE when every claim of POLICY ({"claim": [values]}) is among CLAIMS with one of the listed values, type
 * included. An empty policy matches nothing. */
gboolean attestation_claims_match (const json_t *policy, const json_t *claims);

/* Report data that binds PUBLIC_KEY_PEM exactly as it is: 128 hex digits, SHA-256 then zeros. Gives. */
char *attestation_report_data (const char *public_key_pem, gsize length);

/* The clean room's side: an RSA-2048 key pair made in memory, evidence for it, request bodies and answers. */
typedef struct AttestationClient AttestationClient;

/* FOLDER as in attestation_platform_open. The key is made in the background; the first use waits for
 * it. HOST_DATA_HEX: 64 hex digits. Gives. */
AttestationClient *attestation_client_new (const char *folder, const char *host_data_hex, GError **error);
void attestation_client_free (AttestationClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AttestationClient, attestation_client_free)

/* PEM text, no final newline; borrowed */
const char *attestation_client_public_key (const AttestationClient *client);
EVP_PKEY *attestation_client_key (const AttestationClient *client); /* borrowed */

/* Evidence about DATA instead of the client's key: {"evidence", "endorsements"}, report data = SHA-256 of
 * DATA. Gives. */
json_t *attestation_client_evidence (const AttestationClient *client, const char *data, GError **error);

/* Body of a consent check: {platform, attestation}. Gives. */
json_t *attestation_client_consent_body (const AttestationClient *client);
/* Body of a call with an encrypted answer (secret, token, accepted document; for signing add "payload"):
 * {encrypt, platform, attestation}. Gives. */
json_t *attestation_client_encrypt_body (const AttestationClient *client);
/* Body of a call with signed data (events, secret put, delegate put, endorsed certificate):
 * {data, timestamp, sign, encrypt, platform, attestation}; DATA is dumped compactly and borrowed. Gives. */
json_t *attestation_client_signed_body (const AttestationClient *client, const json_t *data, GError **error);
/* The two bodies as a confidential VM sends them (platform "snp-cvm"): with signed DATA, or with DATA NULL
 * only {encrypt, platform, attestation}. Gives. */
json_t *attestation_client_cvm_body (const AttestationClient *client, const json_t *data, GError **error);
/* The plain bytes of an answer {"value": base64(wrapped)}. Gives; CR_ERROR_REFUSED when it was not made for
 * this key. */
GBytes *attestation_client_unwrap (const AttestationClient *client, const json_t *answer, GError **error);
/* The same, parsed as JSON. Gives. */
json_t *attestation_client_unwrap_json (const AttestationClient *client, const json_t *answer,
                                        GError **error);

G_END_DECLS
