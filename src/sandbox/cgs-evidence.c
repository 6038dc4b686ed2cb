/* SPDX-License-Identifier: MIT
 * Attested callers: evidence, then policy, then key binding, then signature, in this order, with the wire
 * texts.
 */
#include "sandbox/cgs-common.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/crypto.h"
#include "cose/x509.h"
#include "sandbox/attestation.h"

#include <string.h>

#define REPLACE_OF_UNDEFINED "cannot read property 'replace' of undefined"
#define POLICY_MISSING "The clean room policy is missing. Please propose a new clean room policy."
#define POLICY_MISMATCH "Attestation claims do not match the contract policy."
#define POLICY_MISMATCH_DELEGATES                                                                            \
  "Attestation claims do not match the contract policy, or the delegated policies."

gboolean
cgs_need_attestation (CcfCall *call, const json_t *body)
{
  if (!cgs_missing (json_object_get (body, "attestation")))
    return TRUE;
  cgs_error (call, 400, "AttestationMissing", "Attestation payload must be supplied.");
  return FALSE;
}

gboolean
cgs_need_encryption (CcfCall *call, const json_t *body)
{
  if (!cgs_missing (json_object_get (body, "encrypt")))
    return TRUE;
  cgs_error (call, 400, "EncryptionMissing", "Encrypt payload must be supplied.");
  return FALSE;
}

/* NULL when CLAIMS satisfy the contract policy or an applicable delegated one, else the reason (static).
 * The contract policy must exist even when a delegate would match: a delegate widens it, it never replaces
 * it. */
static const char *
match_policies (Store *store, const CgsEvidence *rule, const json_t *claims)
{
  g_autofree char *map = cgs_policy_map (rule->contract);
  g_autoptr (json_t) policy = cgs_policy (store, map);

  if (json_object_size (policy) == 0)
    return POLICY_MISSING;
  if (attestation_claims_match (policy, claims))
    return NULL;
  if (!rule->delegate_type)
    return POLICY_MISMATCH;

  g_autofree char *delegate_map = cgs_delegate_map (rule->contract, rule->delegate_type, rule->delegate_id);
  g_autoptr (json_t) delegated = cgs_policy (store, delegate_map);

  return attestation_claims_match (delegated, claims) ? NULL : POLICY_MISMATCH_DELEGATES;
}

/* The key of body[bound_key] must be the one whose digest the evidence carries as REPORTED; CVM evidence
 * carries it elsewhere, in capitals, and has a text of its own. */
static gboolean
check_binding (CcfCall *call, const json_t *body, const char *bound_key, const char *reported, gboolean cvm)
{
  const json_t *holder = json_object_get (body, bound_key);
  g_autoptr (GBytes) key = holder ? cgs_base64 (json_object_get (holder, "publicKey")) : NULL;

  if (!holder || !key) {
    cgs_error (call, 400, "ReportDataMismatch", "%s",
               holder ? REPLACE_OF_UNDEFINED : "cannot read property 'publicKey' of undefined");
    return FALSE;
  }

  gsize length;
  const char *pem = g_bytes_get_data (key, &length);
  g_autofree char *expected = attestation_report_data (pem ? pem : "", length);

  if (cvm && reported && strlen (reported) != strlen (expected))
    cgs_error (call, 400, "ReportDataMismatch", "Unexpected string length of runtimeClaims user-data: %zu",
               strlen (reported));
  else if (reported && (cvm ? g_ascii_strcasecmp (reported, expected) : strcmp (reported, expected)) == 0)
    return TRUE;
  else
    cgs_error (call, 400, "ReportDataMismatch", "Attestation %s value did not match calculated value.",
               cvm ? "runtimeClaims user-data" : "report_data");
  return FALSE;
}

/* *CVM tells which kind of evidence the body says it has. FALSE after answering. */
static gboolean
check_platform (CcfCall *call, const json_t *body, gboolean *cvm)
{
  const json_t *platform = json_object_get (body, "platform");
  g_autofree char *name = cgs_js_text (platform);

  *cvm = strcmp (name, "snp-cvm") == 0;
  if (*cvm || cgs_missing (platform) || strcmp (name, "snp-caci") == 0)
    return TRUE;
  cgs_error (call, 400, "UnsupportedPlatform",
             "Unknown TEE platform '%s'. Supported values: snp-caci, snp-cvm.", name);
  return FALSE;
}

gboolean
cgs_check_evidence (CcfCall *call, const json_t *body, const CgsEvidence *rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AttestationPlatform) platform = NULL;
  gboolean cvm = FALSE;

  if (rule->any_platform && !check_platform (call, body, &cvm))
    return FALSE;
  platform = attestation_platform_open (sandbox_folder (call->sandbox), &error);
  if (!platform) {
    cgs_throw (call, "%s", error->message);
    return FALSE;
  }

  const json_t *attestation = json_object_get (body, "attestation");
  g_autofree char *user_data = NULL;
  g_autoptr (json_t) claims = cvm ? attestation_cvm_verify (platform, attestation, &user_data, &error)
                                  : attestation_verify (platform, attestation, &error);
  const char *reason = claims ? match_policies (call->store, rule, claims) : error->message;

  if (reason) {
    cgs_error (call, 400, "VerifySnpAttestationFailed", "%s", reason);
    return FALSE;
  }
  if (!rule->bound_key)
    return TRUE;
  return check_binding (call, body, rule->bound_key,
                        cvm ? user_data : cr_json_peek_string (claims, "x-ms-sevsnpvm-reportdata"), cvm);
}

gboolean
cgs_check_consent (CcfCall *call, const char *contract)
{
  CgsEvidence rule = { .contract = contract };
  g_autoptr (json_t) body = cgs_body (call);

  return body && cgs_need_attestation (call, body) && cgs_check_evidence (call, body, &rule);
}

gboolean
cgs_check_token_policy (CcfCall *call, const CgsEvidence *rule)
{
  const char *reason = match_policies (call->store, rule, call->claims);

  if (!reason)
    return TRUE;
  cgs_error (call, 400, "VerifyJwtAttestationFailed", "%s", reason);
  return FALSE;
}

/* NULL when the signature of BODY over DATA is good, else the reason. Gives. */
static char *
check_signature (const json_t *body, GBytes *data)
{
  const json_t *sign = json_object_get (body, "sign");
  g_autoptr (GBytes) signature = sign ? cgs_base64 (json_object_get (sign, "signature")) : NULL;
  g_autoptr (GBytes) pem = sign ? cgs_base64 (json_object_get (sign, "publicKey")) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  gsize length;

  if (!sign)
    return g_strdup ("cannot read property 'signature' of undefined");
  if (!signature || !pem)
    return g_strdup (REPLACE_OF_UNDEFINED);

  const char *text = g_bytes_get_data (pem, &length);

  key = cose_key_from_public_pem (text ? text : "", (gssize) length, "the signing key", &error);
  if (!key)
    return g_strdup (error->message);

  gsize size;
  const void *bytes = g_bytes_get_data (data, &size);

  if (!cose_pss_verify (key, bytes ? bytes : "", size, signature, NULL))
    return g_strdup ("Signature verification was not successful.");
  return NULL;
}

GBytes *
cgs_signed_data (CcfCall *call, const json_t *body)
{
  g_autoptr (GBytes) data = cgs_base64 (json_object_get (body, "data"));

  if (!data) {
    cgs_throw (call, REPLACE_OF_UNDEFINED);
    return NULL;
  }

  g_autofree char *reason = check_signature (body, data);

  if (reason) {
    cgs_error (call, 400, "SignatureMismatch", "%s", reason);
    return NULL;
  }
  return g_steal_pointer (&data);
}

json_t *
cgs_signed_json (CcfCall *call, const json_t *body)
{
  g_autoptr (GBytes) data = cgs_signed_data (call, body);
  g_autoptr (GError) error = NULL;
  json_t *value = data ? cr_json_parse_bytes (data, "the signed data", &error) : NULL;

  if (data && !value)
    cgs_throw (call, "%s", error->message);
  return value ? cgs_js_value (value) : NULL;
}

void
cgs_answer_wrapped (CcfCall *call, const json_t *body, const char *text)
{
  g_autoptr (GBytes) pem = cgs_base64 (json_object_get (json_object_get (body, "encrypt"), "publicKey"));
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (GBytes) wrapped = NULL;
  gsize length = 0;
  const char *bytes = pem ? g_bytes_get_data (pem, &length) : NULL;

  key = cose_key_from_public_pem (bytes ? bytes : "", (gssize) length, "the encryption key", &error);
  if (key)
    wrapped = cose_kwp_wrap (key, text, strlen (text), &error);
  if (!wrapped) {
    cgs_throw (call, "%s", error->message);
    return;
  }

  g_autofree char *encoded = cr_base64_bytes (wrapped);

  cgs_answer (call, json_pack ("{ss}", "value", encoded));
}

void
cgs_answer_accepted (CcfCall *call, const CgsAcceptedKind *kind)
{
  const char *contract = cgs_parameter (call, 0), *id = cgs_last_parameter (call);
  CgsEvidence rule = { .contract = contract, .bound_key = "encrypt", .any_platform = TRUE };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_need_encryption (call, body)
      || !cgs_check_evidence (call, body, &rule))
    return;
  if (!store_has (call->store, kind->map, id)) {
    cgs_error (call, 404, kind->not_found,
               "A document with the specified id was not found or has not been accepted.");
    return;
  }

  g_autoptr (json_t) document = kind->read (call->store, id);
  g_autofree char *expected = cgs_js_text (json_object_get (document, "contractId"));

  if (strcmp (contract, expected) != 0) {
    cgs_error (call, 400, "ContractIdMismatch",
               "The contractId value specified in the URL %s and that in the %s %s don't match.", contract,
               kind->word, expected);
    return;
  }

  g_autofree char *text = cr_json_dump (document);

  cgs_answer_wrapped (call, body, text);
}
