/* SPDX-License-Identifier: MIT
 * What a clean room does at the governance service: calls that are authorised by evidence instead of an
 * identity.
 *
 * Source: the CGS application manifest (endpoints without authentication policy) and its answers wrapped
 * with RSA-OAEP-AES-KWP. CLIENT is a CcfClient without identity, except where events are written by a user:
 * then it has the user's token, and EVIDENCE only signs. Refusals keep their codes
 * ("VerifySnpAttestationFailed", "ReportDataMismatch", "SignatureMismatch", "SecretNotFound", ...). Results
 * are given.
 */
#pragma once

#include "ccf/attestation.h"
#include "ccf/ccf.h"

G_BEGIN_DECLS

/* Write the event DATA (borrowed) under ID (NULL = the contract id) and SCOPE (NULL = none). */
gboolean cgs_attested_event (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                             const char *contract_id, const char *id, const char *scope, const json_t *data,
                             GError **error);
/* Store a secret of the clean room: its id "cleanroom_<name>". */
char *cgs_attested_secret_put (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                               const char *contract_id, const char *name, const char *value, GError **error);
/* The plain bytes of a secret, in secret memory. */
GBytes *cgs_attested_secret_get (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                 const char *contract_id, const char *secret_id, GError **error);
/* Let clean rooms with CLAIMS (object, borrowed) do the narrow thing DELEGATE_TYPE / DELEGATE_ID. TYPE "add"
 * or "remove"; POLICY_TYPE NULL = snp-caci. */
gboolean cgs_attested_delegate_put (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                    const char *contract_id, const char *delegate_type,
                                    const char *delegate_id, const char *type, const char *policy_type,
                                    const json_t *claims, GError **error);

/* What a token is asked for; NULL leaves a claim out. The service puts the texts into the token as they
 * are. */
typedef struct {
  const char *nbf, *exp, *iat, *jti, *sub, *tid, *aud, *iss;
} CgsTokenRequest;
/* A token of the consortium's issuer, in secret memory. */
GBytes *cgs_attested_token (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                            const char *contract_id, const CgsTokenRequest *request, GError **error);
/* RSA-PSS SHA-256 signature of the service's key over LENGTH bytes. */
GBytes *cgs_attested_sign (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                           const char *contract_id, const void *data, gsize length, GError **error);

/* An accepted document, as a member or a user reads it. */
json_t *cgs_attested_member_document (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                      const char *contract_id, const char *document_id, GError **error);
json_t *cgs_attested_user_document (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                    const char *contract_id, const char *document_id, GError **error);

/* A certificate of the contract's CA for PUBLIC_KEY_PEM. ALTERNATIVE_NAMES: NULL-terminated "dNSName:x",
 * "iPAddress:x", or NULL. Gives PEM. */
char *cgs_attested_certificate (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                const char *contract_id, const char *public_key_pem, const char *subject_name,
                                const char *const *alternative_names, guint days, GError **error);

/* Consent checks: {status, reason?}. OPTION as in contract.h and document.h. */
json_t *cgs_attested_consent (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                              const char *contract_id, const char *option, GError **error);
json_t *cgs_attested_document_consent (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                                       const char *contract_id, const char *document_id, const char *option,
                                       GError **error);

G_END_DECLS
