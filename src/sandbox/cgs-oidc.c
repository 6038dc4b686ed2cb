/* SPDX-License-Identifier: MIT
 * The service as an OpenID Connect issuer: discovery, keys, issuer urls, and tokens for clean rooms.
 */
#include "sandbox/cgs-common.h"

#include "cose/jwt.h"
#include "cose/x509.h"

#include <string.h>

#define MEMBER_URLS "public:oidc_issuer.tenantid_issuer_url"
#define USER_URLS "public:oidc_issuer.user_tenantid_issuer_url"
#define NO_KEY "Propose enable_oidc_issuer and generate signing key before attempting to fetch it."

void
app_oidc_discovery (CcfCall *call)
{
  g_autofree char *url = store_get (call->store, CGS_OIDC, "issuerUrl");
  const char *issuer = url ? url : "{placeholder}";
  g_autofree char *keys = g_strconcat (issuer, "/keys", NULL);

  /* The document says RS256 although tokens are signed with PS256; relying parties read it this way. */
  cgs_answer (call,
              json_pack ("{sssss[s]s[s]}", "issuer", issuer, "jwks_uri", keys, "response_types_supported",
                         "id_token", "id_token_signing_alg_values_supported", "RS256"));
}

void
app_oidc_keys (CcfCall *call)
{
  g_autoptr (json_t) key = cgs_service_key (call->store, CGS_OIDC_KEYS);
  const char *pem = cr_json_peek_string (key, "publicKey");
  g_autoptr (GError) error = NULL;

  if (!key) {
    cgs_error (call, 405, "SigningKeyNotAvailable", NO_KEY);
    return;
  }

  g_autoptr (EVP_PKEY) public_key = cose_key_from_public_pem (pem ? pem : "", -1, "the signing key", &error);
  g_autoptr (json_t) jwk = public_key ? cose_jwk_new (public_key, NULL, NULL, NULL, &error) : NULL;

  if (!jwk) {
    cgs_throw (call, "%s", error->message);
    return;
  }

  json_t *entry = json_pack ("{ssssss}", "alg", "RS256", "use", "sig", "kty", "RSA");

  cgs_copy (entry, "kid", key);
  cgs_copy (entry, "e", jwk);
  cgs_copy (entry, "n", jwk);
  cgs_answer (call, json_pack ("{s[o]}", "keys", entry));
}

void
app_oidc_generate (CcfCall *call)
{
  cgs_service_key_generate (call, CGS_OIDC, CGS_OIDC_KEYS, "OidcIssuerNotEnabled",
                            "Oidc issuer support has not been enabled.");
}

/* --- Issuer urls --- */

/* The scheme of URL (everything before the first ':' when no '/', '?' or '#' comes earlier), NULL when
 * none. Gives. */
static char *
url_scheme (const char *url)
{
  gsize length = strcspn (url, ":/?#");

  return url[length] == ':' && length > 0 ? g_strndup (url, length) : NULL;
}

/* FALSE after answering. */
static gboolean
check_url (CcfCall *call, const json_t *value)
{
  if (!json_is_string (value)) {
    if (!value || json_is_null (value))
      cgs_error (call, 400, "InvalidUrl", "cannot read property 'match' of %s", value ? "null" : "undefined");
    else
      cgs_error (call, 400, "InvalidUrl", "not a function");
    return FALSE;
  }

  g_autofree char *scheme = url_scheme (json_string_value (value));

  if (g_strcmp0 (scheme, "http") == 0 || g_strcmp0 (scheme, "https") == 0)
    return TRUE;
  cgs_error (call, 400, "InvalidUrl", "Url should have http or https as its scheme but scheme is %s.",
             scheme ? scheme : "undefined");
  return FALSE;
}

static const char *
url_map (const CcfCall *call)
{
  return call->policy == CCF_AUTH_MEMBER ? MEMBER_URLS : USER_URLS;
}

void
app_oidc_set_issuer_url (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) body = cgs_body (call);
  const json_t *url = json_object_get (body, "url");
  g_autofree char *tenant = cgs_caller_tenant (call);

  if (!body || !check_url (call, url))
    return;
  if (!tenant || !*tenant) {
    cgs_error (call, 400, "NoTenantId",
               "Cannot set issuer as tenantId information was not found in registered identity.");
    return;
  }
  store_put (call->store, url_map (call), tenant, json_string_value (url));
  cgs_done (call);
}

void
app_oidc_issuer_info (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  g_autofree char *enabled = store_get (call->store, CGS_OIDC, "enabled");
  g_autofree char *issuer = store_get (call->store, CGS_OIDC, "issuerUrl");
  g_autofree char *tenant = cgs_caller_tenant (call);
  g_autofree char *url = tenant && *tenant ? store_get (call->store, url_map (call), tenant) : NULL;
  json_t *answer = json_pack ("{sb}", "enabled", g_strcmp0 (enabled, "true") == 0);

  cr_json_set_string (answer, "issuerUrl", issuer);
  if (url)
    cr_json_set (answer, "tenantData", json_pack ("{ssss}", "tenantId", tenant, "issuerUrl", url));
  cgs_answer (call, answer);
}

/* --- Tokens --- */

/* FALSE after answering. */
static gboolean
check_token_query (CcfCall *call)
{
  static const char *const required[] = { "exp", "iat", "jti", "sub", "tid", "aud" };

  for (guint i = 0; i < G_N_ELEMENTS (required); i++) {
    g_autofree char *value = cgs_query (call, required[i]);

    if (value && *value)
      continue;
    cgs_error (call, 400, "InvalidInput", "Value for %s '%s' is invalid.", required[i],
               value ? value : "undefined");
    return FALSE;
  }
  return TRUE;
}

/* Issuer of a token: asked for, of the tenant (members before users), of the service. NULL when none is
 * set. Gives. */
static char *
choose_issuer (CcfCall *call, const char *tenant)
{
  char *issuer = cgs_query (call, "iss");

  if (issuer && *issuer)
    return issuer;
  g_free (issuer);
  issuer = store_get (call->store, MEMBER_URLS, tenant);
  if (!issuer)
    issuer = store_get (call->store, USER_URLS, tenant);
  return issuer ? issuer : store_get (call->store, CGS_OIDC, "issuerUrl");
}

/* All claims are the texts of the query, times included. */
static void
answer_token (CcfCall *call, const json_t *body, const json_t *key, const char *issuer)
{
  static const char *const order[] = { "aud", "exp", "iss", "jti", "nbf", "sub", "iat" };
  g_autoptr (json_t) claims = json_object ();
  const char *pem = cr_json_peek_string (key, "privateKey");
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) private_key = cose_key_from_private_pem (pem ? pem : "", -1, "the signing key",
                                                                &error);
  g_auto (CrSecretText) token = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    g_autofree char *value = strcmp (order[i], "iss") == 0 ? g_strdup (issuer) : cgs_query (call, order[i]);

    cr_json_set_string (claims, order[i], value);
  }
  if (private_key)
    token = cose_jwt_sign (private_key, "PS256", cr_json_peek_string (key, "kid"), claims, &error);
  if (token)
    cgs_answer_wrapped (call, body, token);
  else
    cgs_throw (call, "%s", error->message);
}

void
app_oidc_token (CcfCall *call)
{
  g_autofree char *subject = cgs_query (call, "sub");
  g_autofree char *tenant = cgs_query (call, "tid");
  CgsEvidence rule = { .contract = cgs_parameter (call, 0),
                       .bound_key = "encrypt",
                       .any_platform = TRUE,
                       .delegate_type = "oauth-federation-subjects",
                       .delegate_id = subject };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_need_encryption (call, body)
      || !check_token_query (call) || !cgs_check_evidence (call, body, &rule))
    return;

  g_autoptr (json_t) key = cgs_service_key (call->store, CGS_OIDC_KEYS);
  g_autofree char *issuer = choose_issuer (call, tenant);

  if (!key)
    cgs_error (call, 405, "SigningKeyNotAvailable", NO_KEY);
  else if (!issuer || !*issuer)
    cgs_error (call, 405, "IssuerUrlNotSet",
               "Issuer url has not been supplied nor configured for tenant %s. Either pass in the 'iss' "
               "value or propose set_oidc_issuer_url or set the issuer at the tenant level.",
               tenant);
  else
    answer_token (call, body, key, issuer);
}
