/* SPDX-License-Identifier: MIT
 * Calls below /app: find the endpoint, authenticate the caller, run the handler in a transaction.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

typedef struct {
  CcfAuth policy;
  char *caller_id;
  json_t *claims;
  json_t *details; /* one entry per policy that refused */
} Caller;

static void
caller_clear (Caller *caller)
{
  g_free (caller->caller_id);
  json_decref (caller->claims);
  json_decref (caller->details);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Caller, caller_clear)

static gboolean
refuse (Caller *caller, const char *policy, const char *reason)
{
  json_t *detail = json_object ();
  cr_json_set_string (detail, "auth_policy", policy);
  cr_json_set_string (detail, "code", "InvalidAuthenticationInfo");
  cr_json_set_string (detail, "message", reason);
  json_array_append_new (caller->details, detail);
  return FALSE;
}

static char *
certificate_id (const SandboxRequest *request)
{
  if (!request->client_certificate)
    return NULL;
  gsize length = 0;
  gconstpointer der = g_bytes_get_data (request->client_certificate, &length);
  return cr_sha256_hex (der, length);
}

/* Neither the dates nor the status of a member are looked at. */
static gboolean
try_member (Store *store, const SandboxRequest *request, Caller *caller)
{
  g_autofree char *id = certificate_id (request);
  if (!id)
    return refuse (caller, "member_cert", "No caller member certificate");
  if (!store_has (store, MAP_MEMBER_CERTS, id))
    return refuse (caller, "member_cert", "Could not find matching member certificate");
  caller->policy = CCF_AUTH_MEMBER;
  caller->caller_id = g_steal_pointer (&id);
  return TRUE;
}

static gboolean
try_user (Store *store, const SandboxRequest *request, Caller *caller)
{
  g_autofree char *id = certificate_id (request);
  if (!id)
    return refuse (caller, "user_cert", "No caller user certificate");
  if (!store_has (store, MAP_USER_CERTS, id))
    return refuse (caller, "user_cert", "Could not find matching user certificate");
  g_autoptr (X509) certificate = cose_cert_from_der (request->client_certificate, "the certificate", NULL);
  if (!certificate || !cose_cert_check_time (certificate, cr_now_seconds (), "the certificate", NULL))
    return refuse (caller, "user_cert", "User certificate is not valid at this time");
  caller->policy = CCF_AUTH_USER;
  caller->caller_id = g_steal_pointer (&id);
  return TRUE;
}

static gboolean
try_jwt (Store *store, const SandboxRequest *request, Caller *caller)
{
  const char *token = sandbox_request_bearer (request);
  if (!token)
    return refuse (caller, "jwt",
                   sandbox_request_header (request, "authorization")
                       ? "Authorization header does not have a Bearer token"
                       : "Missing Authorization header");
  g_autofree char *reason = NULL;
  json_t *claims = ccf_jwt_accept (store, token, &reason);
  if (!claims)
    return refuse (caller, "jwt", reason);
  caller->policy = CCF_AUTH_JWT;
  caller->claims = claims;
  caller->caller_id = g_strdup (cr_json_peek_string (claims, "oid"));
  return TRUE;
}

/* Policies are alternatives, tried in the order of the endpoint lists: member, user, token, nobody. */
static gboolean
authenticate (Store *store, const SandboxRequest *request, guint policies, Caller *caller)
{
  caller->details = json_array ();
  if (!policies)
    return TRUE;
  if ((policies & CCF_AUTH_MEMBER) && try_member (store, request, caller))
    return TRUE;
  if ((policies & CCF_AUTH_USER) && try_user (store, request, caller))
    return TRUE;
  if ((policies & CCF_AUTH_JWT) && try_jwt (store, request, caller))
    return TRUE;
  if (policies & CCF_AUTH_NONE)
    caller->policy = CCF_AUTH_NONE;
  return (policies & CCF_AUTH_NONE) != 0;
}

static void
respond_unauthenticated (SandboxResponse *response, guint policies, Caller *caller)
{
  json_t *error = json_object ();
  cr_json_set_string (error, "code", "InvalidAuthenticationInfo");
  cr_json_set_string (error, "message", "Invalid info");
  cr_json_set (error, "details", json_incref (caller->details));
  json_t *body = json_object ();
  cr_json_set (body, "error", error);
  sandbox_respond_json (response, 401, body);
  if (policies & CCF_AUTH_JWT)
    sandbox_respond_header (response, "WWW-Authenticate",
                            "Bearer realm=\"JWT bearer token access\", error=\"invalid_token\"");
}

/* Keep the writes of a successful handler; name the transaction. */
static void
finish (Sandbox *sandbox, Store *store, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  gint64 seqno = 0, before = store_last_seqno (store);
  if (response->status < 200 || response->status >= 300) {
    store_abort (store);
    return;
  }
  if (!store_commit (store, &seqno, &error)) {
    sandbox_log (sandbox, "commit failed: %s", error->message);
    sandbox_response_reset (response);
    ccf_respond_unsaved (response, error);
    return;
  }
  g_autofree char *txid = store_txid (store, seqno);
  sandbox_respond_header (response, "x-ms-ccf-transaction-id", txid);
  if (seqno > before)
    ccf_ledger_note (ccf_node_ledger (ccf_node (sandbox)));
}

static void
run (Sandbox *sandbox, Store *store, const CcfEndpoint *endpoint, const SandboxRequest *request,
     SandboxResponse *response)
{
  g_auto (Caller) caller = { 0 };
  if (!authenticate (store, request, endpoint->auth, &caller)) {
    respond_unauthenticated (response, endpoint->auth, &caller);
    return;
  }
  CcfCall call = {
    .sandbox = sandbox,
    .store = store,
    .request = request,
    .response = response,
    .policy = caller.policy,
    .caller_id = caller.caller_id,
    .claims = caller.claims,
  };
  endpoint->handler (&call);
}

static const CcfEndpoint *
find_endpoint (const SandboxRequest *request, const char *path, GString *allow)
{
  for (const CcfEndpoint *endpoint = cgs_endpoints; endpoint->method; endpoint++) {
    if (!sandbox_route_match (endpoint->pattern, path, request->parameters))
      continue;
    if (strcmp (endpoint->method, request->method) == 0)
      return endpoint;
    g_string_append_printf (allow, "%s%s", allow->len ? ", " : "", endpoint->method);
  }
  return NULL;
}

/* The application answers once its endpoints have been deployed by a proposal. */
static gboolean
is_deployed (Store *store)
{
  g_autoptr (GPtrArray) paths = store_keys (store, MAP_ENDPOINTS);
  return paths->len > 0;
}

void
ccf_app_dispatch (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Store *store = ccf_store (ccf_node (sandbox));
  g_autoptr (GString) allow = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  if (!store_begin (store, &error)) {
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
    return;
  }
  const CcfEndpoint *endpoint = is_deployed (store)
                                    ? find_endpoint (request, request->path + strlen ("/app"), allow)
                                    : NULL;
  if (endpoint)
    run (sandbox, store, endpoint, request, response);
  else if (allow->len) {
    sandbox_respond_header (response, "Allow", allow->str);
    sandbox_respond_error (response, 405, "UnsupportedHttpVerb", "Allowed methods for '%s' are: %s.",
                           request->path, allow->str);
  } else
    sandbox_respond_error (response, 404, "ResourceNotFound", "Unknown path: %s.", request->path);
  finish (sandbox, store, response);
}
