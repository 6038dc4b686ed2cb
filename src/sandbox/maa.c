/* SPDX-License-Identifier: MIT
 * The attestation service (maa.h).
 */
#include "sandbox/maa.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/jwt.h"
#include "cose/x509.h"
#include "sandbox/attestation.h"

#include <string.h>

#define TOKEN_SECONDS (8 * 3600)
#define REPORT_DATA_OFFSET 0x50 /* of the report (AMD SEV-SNP ABI, ATTESTATION_REPORT) */

typedef struct {
  AttestationPlatform *platform;
  GMutex lock;
  EVP_PKEY *key; /* made at the first token: most collaborations never need one */
  char *kid;
  json_t *jwk;
} Maa;

static void
maa_free (gpointer data)
{
  Maa *maa = data;
  attestation_platform_free (maa->platform);
  EVP_PKEY_free (maa->key);
  g_free (maa->kid);
  json_decref (maa->jwk);
  g_mutex_clear (&maa->lock);
  g_free (maa);
}

/* With the lock held. Tokens live shorter than a sandbox runs, so the key is not kept on the disk. */
static gboolean
ensure_key (Maa *maa, GError **error)
{
  if (maa->key != NULL)
    return TRUE;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, error);
  CoseCertRequest request = {
    .common_name = "local attestation service", .days = 365, .path_length = -1, .key = key
  };
  g_autoptr (X509) certificate = key != NULL ? cose_cert_issue (&request, error) : NULL;
  g_autoptr (json_t) bare = certificate != NULL ? cose_jwk_new (key, NULL, NULL, NULL, error) : NULL;
  if (bare == NULL)
    return FALSE;
  maa->kid = cose_jwk_thumbprint (bare);
  maa->jwk = cose_jwk_new (key, maa->kid, "RS256", certificate, error);
  if (maa->jwk == NULL)
    return FALSE;
  maa->key = g_steal_pointer (&key);
  return TRUE;
}

static EVP_PKEY *
signing_key (Maa *maa, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&maa->lock);
  return ensure_key (maa, error) ? maa->key : NULL;
}

static void refuse (SandboxResponse *response, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
refuse (SandboxResponse *response, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  sandbox_respond_error (response, 400, "InvalidParameter", "%s", text);
}

/* The wire object of evidence from {"SnpReport", "VcekCertChain"}, both base64url. Gives. */
static json_t *
evidence_of (const json_t *body, GBytes **report, GError **error)
{
  const char *outer = cr_json_get_string (body, "report", "the request", error);
  g_autoptr (GBytes) text = outer != NULL ? cr_base64url_decode (outer, -1, "report", error) : NULL;
  g_autoptr (json_t) inner = text != NULL ? cr_json_parse_bytes (text, "the report", error) : NULL;
  const char *snp = inner != NULL ? cr_json_get_string (inner, "SnpReport", "the report", error) : NULL;
  const char *chain = snp != NULL ? cr_json_get_string (inner, "VcekCertChain", "the report", error) : NULL;
  g_autoptr (GBytes) chain_bytes = chain != NULL ? cr_base64url_decode (chain, -1, "VcekCertChain", error)
                                                 : NULL;
  *report = chain_bytes != NULL ? cr_base64url_decode (snp, -1, "SnpReport", error) : NULL;
  if (*report == NULL)
    return NULL;
  g_autofree char *evidence = cr_base64_bytes (*report);
  g_autofree char *endorsements = cr_base64_bytes (chain_bytes);
  json_t *wire = json_object ();
  cr_json_set_string (wire, "evidence", evidence);
  cr_json_set_string (wire, "endorsements", endorsements);
  return wire;
}

/* The runtime data, whose digest the report carries: nobody else can have asked for this report. Gives. */
static json_t *
runtime_of (const json_t *body, GBytes *report, GError **error)
{
  const json_t *runtime = cr_json_get_object (body, "runtimeData", "the request", error);
  const char *data = runtime != NULL ? cr_json_get_string (runtime, "data", "the runtime data", error) : NULL;
  g_autoptr (GBytes) bytes = data != NULL ? cr_base64url_decode (data, -1, "the runtime data", error) : NULL;
  if (bytes == NULL)
    return NULL;
  guint8 expected[64] = { 0 };
  cr_sha256 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected);
  const guint8 *raw = g_bytes_get_data (report, NULL);
  if (g_bytes_get_size (report) < REPORT_DATA_OFFSET + sizeof expected
      || memcmp (raw + REPORT_DATA_OFFSET, expected, sizeof expected) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "The report data does not match the SHA-256 of the runtime data.");
    return NULL;
  }
  return cr_json_parse_bytes (bytes, "the runtime data", error);
}

static json_t *
claims_of (Sandbox *sandbox, const json_t *verified, json_t *runtime)
{
  gint64 now = cr_now_ms () / 1000;
  json_t *claims = json_deep_copy (verified);
  cr_json_set_string (claims, "iss", sandbox_url (sandbox, "attestation"));
  cr_json_set_int (claims, "iat", now);
  cr_json_set_int (claims, "nbf", now);
  cr_json_set_int (claims, "exp", now + TOKEN_SECONDS);
  cr_json_set_string (claims, "x-ms-attestation-type", "sevsnpvm");
  cr_json_set_string (claims, "x-ms-compliance-status", "azure-compliant-uvm");
  cr_json_set_string (claims, "x-ms-ver", "1.0");
  json_object_set (claims, "x-ms-runtime", runtime);
  return claims;
}

static void
attest_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Maa *maa = sandbox_part (sandbox, "maa");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) report = NULL;
  g_autofree char *version = sandbox_request_query (request, "api-version");
  if (version == NULL) {
    refuse (response, "The query parameter api-version is required.");
    return;
  }
  g_autoptr (json_t) body = sandbox_request_json (request, &error);
  g_autoptr (json_t) evidence = body != NULL ? evidence_of (body, &report, &error) : NULL;
  g_autoptr (json_t) verified = evidence != NULL ? attestation_verify (maa->platform, evidence, &error)
                                                 : NULL;
  g_autoptr (json_t) runtime = verified != NULL ? runtime_of (body, report, &error) : NULL;
  EVP_PKEY *key = runtime != NULL ? signing_key (maa, &error) : NULL;
  if (key == NULL) {
    refuse (response, "%s", error->message);
    return;
  }
  g_autofree char *keys = g_strconcat (sandbox_url (sandbox, "attestation"), "/certs", NULL);
  g_autoptr (json_t) claims = claims_of (sandbox, verified, runtime);
  g_autoptr (json_t) header = json_pack ("{s:s}", "jku", keys);
  g_auto (CrSecretText) token = cose_jwt_sign_with_header (key, "RS256", maa->kid, header, claims, &error);
  if (token == NULL)
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
  else
    sandbox_respond_json (response, 200, json_pack ("{s:s}", "token", token));
}

static void
certs_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  Maa *maa = sandbox_part (sandbox, "maa");
  g_autoptr (GError) error = NULL;
  if (signing_key (maa, &error) == NULL)
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
  else
    sandbox_respond_json (response, 200, json_pack ("{s:[O]}", "keys", maa->jwk));
}

static void
discovery_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  const char *base = sandbox_url (sandbox, "attestation");
  g_autofree char *keys = g_strconcat (base, "/certs", NULL);
  sandbox_respond_json (response, 200,
                        json_pack ("{s:s, s:s, s:[s], s:[s]}", "issuer", base, "jwks_uri", keys,
                                   "response_types_supported", "token",
                                   "id_token_signing_alg_values_supported", "RS256"));
}

json_t *
maa_check_token (Sandbox *sandbox, const char *token, GError **error)
{
  Maa *maa = sandbox_part (sandbox, "maa");
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, error);
  if (jwt == NULL)
    return NULL;
  EVP_PKEY *key = signing_key (maa, error);
  if (key == NULL)
    return NULL;
  if (g_strcmp0 (cose_jwt_kid (jwt), maa->kid) != 0
      || g_strcmp0 (cose_jwt_text (jwt, "iss"), sandbox_url (sandbox, "attestation")) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, "Ask the attestation service for a new token.",
                  "The attestation token was not issued by this attestation service.");
    return NULL;
  }
  if (!cose_jwt_verify (jwt, key, error) || !cose_jwt_check_times (jwt, cr_now_ms () / 1000, 0, error))
    return NULL;
  return json_incref (jwt->claims);
}

static const SandboxRoute routes[] = {
  { "POST", "/attest/SevSnpVm", attest_post },
  { "GET", "/certs", certs_get },
  { "GET", "/.well-known/openid-configuration", discovery_get },
  { NULL, NULL, NULL },
};

gboolean
maa_start (Sandbox *sandbox, GError **error)
{
  AttestationPlatform *platform = attestation_platform_open (sandbox_folder (sandbox), error);
  if (platform == NULL)
    return FALSE;
  Maa *maa = g_new0 (Maa, 1);
  maa->platform = platform;
  g_mutex_init (&maa->lock);
  sandbox_set_part (sandbox, "maa", maa, maa_free);
  SandboxListenerOptions options = { .name = "attestation", .routes = routes };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
