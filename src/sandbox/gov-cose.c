/* SPDX-License-Identifier: MIT
 * Signed governance calls: frame, signer, signature, message type. CCF governance protocol, COSE_Sign1.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

static gboolean
refuse (SandboxResponse *response, const GovRoute *route, const char *reason)
{
  json_t *detail = json_object ();
  cr_json_set_string (detail, "auth_policy",
                      route->active_only ? "active_member_cose_sign1" : "member_cose_sign1");
  cr_json_set_string (detail, "code", "InvalidAuthenticationInfo");
  cr_json_set_string (detail, "message", reason);
  json_t *details = json_array ();
  json_array_append_new (details, detail);
  json_t *error = json_object ();
  cr_json_set_string (error, "code", "InvalidAuthenticationInfo");
  cr_json_set_string (error, "message", "Invalid info");
  cr_json_set (error, "details", details);
  json_t *body = json_object ();
  cr_json_set (body, "error", error);
  sandbox_respond_json (response, 401, body);
  sandbox_respond_header (response, "WWW-Authenticate", "COSE-SIGN1 realm=\"Signed request access\"");
  return FALSE;
}

/* The certificate of a member in a read-only moment of its own, so that the costly signature check runs
 * outside the store's lock. */
static char *
read_certificate (CcfNode *node, const char *member_id)
{
  Store *store = ccf_store (node);
  if (!store_begin (store, NULL))
    return NULL;
  char *pem = store_get (store, MAP_MEMBER_CERTS, member_id);
  store_abort (store);
  return pem;
}

static const char *
check_header (const CoseSign1 *message)
{
  if (!cose_algorithm_name ((CoseAlgorithm) message->algorithm))
    return "Unsupported algorithm";
  if (!message->kid)
    return "Missing kid";
  if (!message->has_created_at || message->created_at < 0)
    return "Missing or invalid ccf.gov.msg.created_at";
  return NULL;
}

gboolean
gov_cose_check (CcfNode *node, const SandboxRequest *request, const GovRoute *route,
                SandboxResponse *response, CoseSign1 **message)
{
  const char *type = sandbox_request_header (request, "content-type");
  if (!type)
    return refuse (response, route, "Missing content-type header");
  if (strcmp (type, "application/cose") != 0)
    return refuse (response, route, "Content type is not set to application/cose");
  g_autoptr (GError) error = NULL;
  g_autoptr (CoseSign1) parsed = cose_sign1_parse (request->body, &error);
  if (!parsed)
    return refuse (response, route, error->message);
  const char *problem = check_header (parsed);
  if (problem)
    return refuse (response, route, problem);
  g_autofree char *pem = read_certificate (node, parsed->kid);
  if (!pem)
    return refuse (response, route, "Signer is not a known member");
  g_autoptr (X509) certificate = ccf_node_parse_certificate (node, pem);
  if (!certificate || !gov_signature_check (parsed, certificate))
    return refuse (response, route, "Failed to validate COSE_Sign1");
  if (g_strcmp0 (parsed->labels, COSE_LABELS_GOVERNANCE) != 0
      || g_strcmp0 (parsed->type, route->message_type) != 0) {
    g_autofree char *text = g_strdup_printf ("Unexpected message type: '%s', expected '%s'",
                                             parsed->type ? parsed->type : "", route->message_type);
    return refuse (response, route, text);
  }
  *message = g_steal_pointer (&parsed);
  return TRUE;
}

gboolean
gov_cose_check_signer (GovCall *call, const GovRoute *route)
{
  g_autofree char *status = gov_member_status (call->store, call->signer);
  if (!status)
    return refuse (call->response, route, "Signer is not a known member");
  if (route->active_only && strcmp (status, "Active") != 0)
    return refuse (call->response, route, "Signer is not an ACTIVE member");
  return TRUE;
}
