/* SPDX-License-Identifier: MIT
 * The recovery agent: tells the service certificate of the network, with the digests of what it runs.
 *
 * The platform is "virtual", so there is no hardware report: clients accept that only together with an
 * allow-all host data value.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"

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
  cr_json_set_string (body, "platform", "virtual");
  cr_json_set (body, "report", json_null ());
  cr_json_set_string (body, "reportDataPayload", encoded);
  sandbox_respond_json (response, 200, body);
}

static void
get_report (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  json_t *body = json_object ();
  cr_json_set_string (body, "platform", "virtual");
  cr_json_set (body, "report", json_null ());
  cr_json_set_string (body, "serviceCert", sandbox_ca_pem (sandbox));
  sandbox_respond_json (response, 200, body);
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
