/* SPDX-License-Identifier: MIT
 * The recovery agent: tells the service certificate of the network, with the digests of what it runs.
 *
 * Its hardware is the simulated processor of attestation.h, whose root clients find in environment.yaml; the
 * host data is the value that allows every software, as nothing measures what runs here.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"
#include "sandbox/attestation.h"

#include <string.h>

static char *
digest_text (const char *text)
{
  g_autofree char *hex = cr_sha256_hex (text, strlen (text));
  return g_strconcat ("sha256:", hex, NULL);
}

static void
get_ready (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) sandbox;
  (void) request;
  json_t *body = json_object ();
  cr_json_set_string (body, "status", "up");
  sandbox_respond_json (response, 200, body);
}

/* What the report binds: service certificate and digests, read in one moment. */
json_t *
ccf_agent_report (Sandbox *sandbox)
{
  CcfNode *node = ccf_node (sandbox);
  Store *store = ccf_store (node);
  if (!store_begin (store, NULL))
    return NULL;
  g_autofree char *constitution = store_get (store, MAP_CONSTITUTION, THE_KEY);
  g_autoptr (json_t) bundle = gov_js_bundle (store);
  g_autoptr (json_t) info = gov_service_info (store);
  store_abort (store);
  if (!info)
    return NULL;
  g_autofree char *bundle_text = cr_json_dump_canonical (bundle);
  g_autofree char *constitution_digest = digest_text (constitution ? constitution : "");
  g_autofree char *bundle_digest = digest_text (bundle_text);
  json_t *payload = json_object ();
  cr_json_set_string (payload, "serviceCert", cr_json_peek_string (info, "cert"));
  cr_json_set_string (payload, "constitutionDigest", constitution_digest);
  cr_json_set_string (payload, "jsappBundleDigest", bundle_digest);
  return payload;
}

/* Answer BODY (taken) together with a report that binds TEXT, byte for byte. */
static void
respond_attested (Sandbox *sandbox, json_t *body, const char *text, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) owned = body;
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (sandbox_folder (sandbox), &error);
  g_autoptr (json_t) evidence = platform ? attestation_make_bound (platform, CCF_ALLOW_ALL_HOST_DATA, text,
                                                                   strlen (text), &error)
                                         : NULL;
  if (!evidence) {
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
    return;
  }
  json_t *report = json_object ();
  cr_json_set_string (report, "attestation", cr_json_peek_string (evidence, "evidence"));
  cr_json_set_string (report, "platformCertificates", cr_json_peek_string (evidence, "endorsements"));
  cr_json_set (report, "uvmEndorsements", json_null ());
  json_t *answer = json_object ();
  cr_json_set_string (answer, "platform", "snp");
  cr_json_set (answer, "report", report);
  json_object_update (answer, owned);
  sandbox_respond_json (response, 200, answer);
}

static void
get_network_report (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  g_autoptr (json_t) payload = ccf_agent_report (sandbox);
  if (!payload) {
    sandbox_respond_error (response, 404, "NetworkNotFound", "There is no network.");
    return;
  }
  g_autofree char *text = cr_json_dump (payload);
  g_autofree char *encoded = cr_base64 (text, strlen (text));
  json_t *body = json_object ();
  cr_json_set_string (body, "reportDataPayload", encoded);
  respond_attested (sandbox, body, text, response);
}

static void
get_report (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  const char *certificate = sandbox_ca_pem (sandbox);
  json_t *body = json_object ();
  cr_json_set_string (body, "serviceCert", certificate);
  respond_attested (sandbox, body, certificate, response);
}

static void
get_bundle (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  Store *store = ccf_store (ccf_node (sandbox));
  g_autoptr (GError) error = NULL;
  if (!store_begin (store, &error)) {
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
    return;
  }
  g_autoptr (json_t) bundle = gov_js_bundle (store);
  store_abort (store);
  g_autofree char *text = cr_json_dump_canonical (bundle);
  sandbox_respond_text (response, 200, "application/json", text);
}

gboolean
ccf_agent_listen (Sandbox *sandbox, GError **error)
{
  static const SandboxRoute routes[] = {
    { "GET", "/ready", get_ready },
    { "GET", "/report", get_report },
    { "GET", "/network/report", get_network_report },
    { "GET", "/jsapp/bundle/canonical", get_bundle },
    { NULL, NULL, NULL },
  };
  SandboxListenerOptions options = { .name = "recovery-agent", .routes = routes };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
