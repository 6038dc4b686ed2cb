/* SPDX-License-Identifier: MIT
 * Workload identity federation: a token of a foreign issuer stands in for a managed identity's secret.
 *
 * OAuth 2.0 client credentials with a JWT client assertion (RFC 7523). The assertion must fit one federated
 * credential of the identity byte for byte (issuer, subject, audience) before its issuer is asked for keys.
 */
#include "sandbox/arm-private.h"
#include "sandbox/idp-private.h"

#include "base/clock.h"

#include <string.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define LEEWAY_SECONDS 60
#define ADVICE                                                                                               \
  "Check your federated identity credential Subject, Audience and Issuer against the presented assertion."

/* A time claim as a number or, as the governance service writes it, as decimal text. */
static gboolean
time_claim (const CoseJwt *jwt, const char *name, gint64 *seconds)
{
  if (cose_jwt_time (jwt, name, seconds))
    return TRUE;
  const char *text = cose_jwt_text (jwt, name);
  if (text == NULL || !g_regex_match_simple ("^[0-9]{1,12}$", text, G_REGEX_DOLLAR_ENDONLY, 0))
    return FALSE;
  *seconds = g_ascii_strtoll (text, NULL, 10);
  return TRUE;
}

static gboolean
check_times (const CoseJwt *jwt, SandboxResponse *response)
{
  gint64 now = cr_now_seconds (), expires = 0, begins = 0;
  gboolean has_begin = json_object_get (jwt->claims, "nbf") != NULL;
  if (time_claim (jwt, "exp", &expires) && expires + LEEWAY_SECONDS > now
      && (!has_begin || (time_claim (jwt, "nbf", &begins) && begins <= now + LEEWAY_SECONDS)))
    return TRUE;
  idp_fail (response, 401, "invalid_client", 700024, "Client assertion is not within its valid time range.");
  return FALSE;
}

/* Is ISSUER a plain URL below the static websites of this sandbox? Nothing else is ever fetched. */
static gboolean
issuer_allowed (Sandbox *sandbox, const char *issuer)
{
  const char *web = sandbox_url (sandbox, "web");
  g_autofree char *prefix = web == NULL ? NULL : g_strconcat (web, "/", NULL);
  return prefix != NULL && g_str_has_prefix (issuer, prefix) && strlen (issuer) <= 600
         && strstr (issuer, "..") == NULL
         && g_regex_match_simple ("^[A-Za-z0-9:/._~-]+$", issuer, G_REGEX_DOLLAR_ENDONLY, 0);
}

static json_t *
fetch (Sandbox *sandbox, const char *url, GError **error)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  HttpRequest request = {
    .method = "GET", .url = url, .retry = HTTP_RETRY_SAFE, .max_response = 1024 * 1024
  };
  return http_call_json (NULL, idp->http, &request, NULL, NULL, error);
}

/* The issuer's key with the assertion's key id; NULL and ERROR otherwise. Gives. */
static EVP_PKEY *
issuer_key (Sandbox *sandbox, const CoseJwt *jwt, const char *issuer, GError **error)
{
  g_autofree char *base = g_strdup (issuer);
  if (g_str_has_suffix (base, "/"))
    base[strlen (base) - 1] = '\0';
  g_autofree char *url = g_strconcat (base, "/.well-known/openid-configuration", NULL);
  g_autoptr (json_t) document = fetch (sandbox, url, error);
  if (document == NULL)
    return NULL;
  const char *named = cr_json_get_string (document, "issuer", "the issuer's discovery document", error);
  const char *keys_url = named == NULL
                             ? NULL
                             : cr_json_get_string (document, "jwks_uri", "the discovery document", error);
  if (keys_url == NULL)
    return NULL;
  if (strcmp (named, issuer) != 0 || !issuer_allowed (sandbox, keys_url)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  "its discovery document names another issuer or a foreign key set");
    return NULL;
  }
  g_autoptr (json_t) keys = fetch (sandbox, keys_url, error);
  if (keys == NULL)
    return NULL;
  const char *kid = cose_jwt_kid (jwt);
  json_t *jwk = kid == NULL ? NULL : cose_jwks_find (keys, kid);
  if (jwk == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "its key set has no key '%.64s'", kid == NULL ? "" : kid);
    return NULL;
  }
  return cose_jwk_key (jwk, error);
}

static gboolean
check_signature (Sandbox *sandbox, const CoseJwt *jwt, const char *issuer, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  const char *algorithm = cose_jwt_alg (jwt);
  if (g_strcmp0 (algorithm, "PS256") != 0 && g_strcmp0 (algorithm, "RS256") != 0) {
    idp_fail (response, 401, "invalid_client", 5002738,
              "Invalid JWT token. '%.16s' is not a supported signature algorithm. Supported signing "
              "algorithms are: "
              "'RS256, PS256'.",
              algorithm == NULL ? "none" : algorithm);
    return FALSE;
  }
  g_autoptr (EVP_PKEY) key = issuer_allowed (sandbox, issuer) ? issuer_key (sandbox, jwt, issuer, &error)
                                                              : NULL;
  if (key == NULL) {
    idp_fail (response, 400, "invalid_request", 50166, "Request to External OIDC endpoint failed: %.300s.",
              error != NULL ? error->message : "the issuer is not a static website of this environment");
    return FALSE;
  }
  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA && EVP_PKEY_get_bits (key) >= 2048
      && cose_jwt_verify (jwt, key, NULL))
    return TRUE;
  idp_fail (
      response, 401, "invalid_client", 700027,
      "Client assertion failed signature validation. The key was found, but the signature does not match.");
  return FALSE;
}

/* Does one credential fit? Otherwise the answer names the first of issuer, audience, subject that fits none.
 */
static gboolean
match_credential (const json_t *credentials, const CoseJwt *jwt, SandboxResponse *response)
{
  const char *issuer = cose_jwt_text (jwt, "iss");
  const char *subject = cose_jwt_text (jwt, "sub");
  gboolean issuer_fits = FALSE, audience_fits = FALSE;
  size_t i;
  json_t *credential;
  json_array_foreach (credentials, i, credential) {
    const char *audience = json_string_value (json_array_get (json_object_get (credential, "audiences"), 0));
    if (g_strcmp0 (cr_json_peek_string (credential, "issuer"), issuer) != 0)
      continue;
    issuer_fits = TRUE;
    if (audience == NULL || !cose_jwt_has_audience (jwt, audience))
      continue;
    audience_fits = TRUE;
    if (g_strcmp0 (cr_json_peek_string (credential, "subject"), subject) == 0)
      return TRUE;
  }
  if (!issuer_fits)
    idp_fail (response, 401, "invalid_client", 700211,
              "No matching federated identity record found for presented assertion issuer '%.600s'. " ADVICE,
              issuer == NULL ? "" : issuer);
  else if (!audience_fits)
    idp_fail (response, 401, "invalid_client", 700212,
              "No matching federated identity record found for presented assertion audience. " ADVICE);
  else
    idp_fail (response, 401, "invalid_client", 700213,
              "No matching federated identity record found for presented assertion subject '%.600s'. " ADVICE,
              subject == NULL ? "" : subject);
  return FALSE;
}

/* The identity behind CLIENT in TENANT with at least one credential; FALSE after answering. */
static gboolean
find_identity (Sandbox *sandbox, const SandboxRequest *request, const char *client, SandboxResponse *response,
               char **principal, char **tenant, json_t **credentials)
{
  const char *asked = sandbox_request_parameter (request, 0);
  if (sandbox_part (sandbox, "arm") == NULL
      || !manager_identity_by_client (sandbox, client, principal, tenant, credentials)
      || g_ascii_strcasecmp (asked, *tenant) != 0) {
    idp_fail (response, 400, "unauthorized_client", 700016,
              "Application with identifier '%s' was not found in the directory '%.64s'.", client, asked);
    return FALSE;
  }
  if (json_array_size (*credentials) > 0)
    return TRUE;
  idp_fail (response, 401, "invalid_client", 70025,
            "The client '%s' has no configured federated identity credentials.", client);
  return FALSE;
}

void
idp_federated_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *principal = NULL;
  g_autofree char *tenant = NULL;
  g_autoptr (json_t) credentials = NULL;
  g_auto (IdpScope) scope = { 0 };
  g_autofree char *client = idp_require_client (request, response);
  g_autofree char *type = client == NULL ? NULL
                                         : idp_require_form (request, response, "client_assertion_type");
  g_autofree char *assertion = type == NULL ? NULL : idp_require_form (request, response, "client_assertion");
  g_autofree char *text = assertion == NULL ? NULL : idp_require_form (request, response, "scope");
  if (text == NULL || !idp_scope_parse (response, text, &scope))
    return;
  if (strcmp (type, ASSERTION_TYPE) != 0 || scope.openid || !g_str_has_suffix (text, "/.default")) {
    idp_fail (response, 400, "invalid_request", 1002012,
              "The assertion type must be '" ASSERTION_TYPE "' and the scope one resource with '/.default'.");
    return;
  }
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (assertion, NULL);
  if (jwt == NULL || cose_jwt_text (jwt, "iss") == NULL) {
    idp_fail (response, 400, "invalid_request", 50027, "JWT token is invalid or malformed.");
    return;
  }
  if (!find_identity (sandbox, request, client, response, &principal, &tenant, &credentials)
      || !match_credential (credentials, jwt, response)
      || !check_signature (sandbox, jwt, cose_jwt_text (jwt, "iss"), response)
      || !check_times (jwt, response))
    return;
  IdpSubject subject = { .oid = principal, .tid = tenant, .client_id = client };
  idp_respond_tokens (sandbox, response, &subject, &scope, NULL);
}
