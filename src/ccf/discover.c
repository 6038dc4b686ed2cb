/* SPDX-License-Identifier: MIT
 * The service certificate through an attested recovery agent (ccf.h; GET /network/report).
 *
 * The connection itself proves nothing: what is believed is what the evidence binds.
 */
#include "ccf/attestation.h"
#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

static gboolean
refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The recovery agent could not prove the consortium: %s.", text);
  return FALSE;
}

static gboolean
check_inputs (const CcfDiscovery *discovery, GError **error)
{
  gboolean digests = discovery->constitution_digest != NULL && discovery->bundle_digest != NULL;
  gboolean neither = discovery->constitution_digest == NULL && discovery->bundle_digest == NULL;
  if (discovery->host_data == NULL || discovery->host_data[0] == NULL
      || !(discovery->skip_digest_check ? neither : digests)) {
    cr_set_error (error, CR_ERROR_INPUT, "Ask the operator for the file that describes the consortium.",
                  "The description of the consortium lacks the accepted host data or the agreed digests.");
    return FALSE;
  }
  return TRUE;
}

/* Step 2: no report at all is accepted only where the caller expects exactly the allow-all value, and knows
 * of no simulated hardware that would send one. */
static gboolean
check_virtual (const CcfDiscovery *discovery, GError **error)
{
  const char *const *host_data = discovery->host_data;
  if (discovery->simulated_root == NULL && host_data[1] == NULL && ccf_host_data_allows_all (host_data[0]))
    return TRUE;
  return refuse (error, "it sent no attestation report");
}

/* Step 3 */
static gboolean
check_report (const CcfDiscovery *discovery, const json_t *report, GBytes *payload, gboolean *attested,
              GError **error)
{
  guint8 host_data[32], report_data[64], expected[64] = { 0 };
  gboolean simulated = FALSE;
  if (!ccf_snp_verify (report, discovery->simulated_root, host_data, report_data, &simulated, error))
    return FALSE;
  g_autofree char *host_hex = cr_hex (host_data, sizeof host_data);
  gboolean accepted = FALSE;
  for (const char *const *value = discovery->host_data; *value != NULL; value++)
    accepted = accepted || g_ascii_strcasecmp (*value, host_hex) == 0;
  if (!accepted)
    return refuse (error, "its host data is not among the accepted ones");
  *attested = !simulated && !ccf_host_data_allows_all (host_hex);

  gsize length;
  const void *data = g_bytes_get_data (payload, &length);
  cr_sha256 (data, length, expected);
  if (memcmp (report_data, expected, sizeof expected) != 0)
    return refuse (error, "its report vouches for another certificate or other digests");
  return TRUE;
}

/* Steps 4 and 5. Gives the certificate. */
static char *
take_payload (const CcfDiscovery *discovery, GBytes *bytes, GError **error)
{
  g_autoptr (json_t) payload = cr_json_parse_bytes (bytes, "the report payload", error);
  if (payload == NULL)
    return NULL;
  if (!discovery->skip_digest_check) {
    if (g_strcmp0 (cr_json_peek_string (payload, "constitutionDigest"), discovery->constitution_digest)
        != 0) {
      refuse (error, "another constitution is in force than the one agreed");
      return NULL;
    }
    if (g_strcmp0 (cr_json_peek_string (payload, "jsappBundleDigest"), discovery->bundle_digest) != 0) {
      refuse (error, "another governance application runs than the one agreed");
      return NULL;
    }
  }
  const char *pem = cr_json_get_string (payload, "serviceCert", "the report payload", error);
  g_autoptr (X509) certificate = pem != NULL ? cose_cert_from_pem (pem, -1, "the service certificate", error)
                                             : NULL;
  return certificate != NULL ? g_strdup (pem) : NULL;
}

char *
ccf_discover (CrJob *job, const CcfDiscovery *discovery, gboolean *attested, GError **error)
{
  gboolean proved = FALSE;
  if (attested != NULL)
    *attested = FALSE;
  if (!check_inputs (discovery, error))
    return NULL;
  g_autoptr (HttpResponse) response = http_fetch_unverified (job, discovery->url, 30 * 1000, error);
  if (response == NULL)
    return NULL;
  if (response->status != 200) {
    cr_set_error (error, CR_ERROR_RETRY, "Ask the operator to check the consortium, then try again.",
                  "%s: the recovery agent is not ready (%u).", response->url, response->status);
    return NULL;
  }
  g_autoptr (json_t) answer = http_response_json (response, error);
  const char *encoded = answer != NULL
                            ? cr_json_get_string (answer, "reportDataPayload", "the agent's answer", error)
                            : NULL;
  g_autoptr (GBytes) payload = encoded != NULL ? cr_base64_decode (encoded, "the report payload", error)
                                               : NULL;
  if (payload == NULL)
    return NULL;

  json_t *report = json_object_get (answer, "report");
  gboolean good = report == NULL || json_is_null (report)
                      ? check_virtual (discovery, error)
                      : check_report (discovery, report, payload, &proved, error);
  if (!good)
    return NULL;
  char *pem = take_payload (discovery, payload, error);
  if (attested != NULL)
    *attested = proved && pem != NULL;
  return pem;
}
