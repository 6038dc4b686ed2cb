/* SPDX-License-Identifier: MIT
 * The signing service: one key for the whole service, signatures for attested clean rooms.
 */
#include "sandbox/cgs-common.h"

#include "base/encode.h"

void
app_signing_generate (CcfCall *call)
{
  cgs_service_key_generate (call, CGS_SIGNING, CGS_SIGNING_KEYS, "SigningNotEnabled",
                            "Signing support has not been enabled.");
}

void
app_signing_info (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  g_autofree char *enabled = store_get (call->store, CGS_SIGNING, "enabled");
  g_autoptr (json_t) key = cgs_service_key (call->store, CGS_SIGNING_KEYS);
  const char *pem = cr_json_peek_string (key, "publicKey");

  cgs_answer (call, json_pack ("{sbss}", "enabled", g_strcmp0 (enabled, "true") == 0, "publicKeyPem",
                               pem ? pem : ""));
}

void
app_signing_sign (CcfCall *call)
{
  CgsEvidence rule = { .contract = cgs_parameter (call, 0),
                       .bound_key = "encrypt",
                       .any_platform = TRUE,
                       .delegate_type = "podpolicies",
                       .delegate_id = "admin" };
  g_autoptr (json_t) body = cgs_body (call);
  const json_t *encoded = json_object_get (body, "payload");
  g_autoptr (GBytes) payload = encoded ? cgs_base64 (encoded) : NULL;

  if (!body || !cgs_need_attestation (call, body) || !cgs_need_encryption (call, body))
    return;
  if (cgs_missing (encoded)) {
    cgs_error (call, 400, "PayloadMissing", "Payload to sign must be supplied.");
    return;
  }
  if (!payload) {
    cgs_error (call, 400, "PayloadInvalid", "Payload must be a valid base64 encoded string.");
    return;
  }
  if (!cgs_check_evidence (call, body, &rule))
    return;

  g_autoptr (json_t) key = cgs_service_key (call->store, CGS_SIGNING_KEYS);
  gsize length;
  const void *data = g_bytes_get_data (payload, &length);

  if (!key) {
    cgs_error (call, 405, "SigningKeyNotAvailable",
               "Propose enable_signing and generate signing key before attempting to sign.");
    return;
  }

  g_autoptr (GBytes) signature = cgs_service_key_sign (key, data ? data : "", length);

  if (!signature) {
    cgs_throw (call, "The signing key cannot be used");
    return;
  }

  g_autofree char *text = cr_base64_bytes (signature);

  cgs_answer_wrapped (call, body, text);
}
