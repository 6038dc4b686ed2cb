/* SPDX-License-Identifier: MIT
 * The local identity provider: start, routes, and the check of its own tokens for the other parts.
 */
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define MAX_VERIFIED 256u

static void
token_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  static const struct {
    const char *grant;
    SandboxHandler handler;
  } grants[] = {
    { "urn:ietf:params:oauth:grant-type:device_code", idp_device_token },
    { "device_code", idp_device_token },
    { "refresh_token", idp_refresh_token },
    { "client_credentials", idp_federated_token },
  };
  sandbox_respond_header (response, "Cache-Control", "no-store");
  g_autofree char *grant = idp_require_form (request, response, "grant_type");
  if (grant == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (grants); i++)
    if (strcmp (grants[i].grant, grant) == 0) {
      grants[i].handler (sandbox, request, response);
      return;
    }
  idp_fail (response, 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
}

static const SandboxRoute routes[] = {
  { "POST", "/local/accounts", idp_accounts_post },
  { "GET", "/device", idp_page_get },
  { "POST", "/device", idp_page_post },
  { "POST", "/{tenant}/oauth2/v2.0/devicecode", idp_devicecode_post },
  { "POST", "/{tenant}/oauth2/v2.0/token", token_post },
  { "GET", "/{tenant}/v2.0/.well-known/openid-configuration", idp_discovery_get },
  { "GET", "/{tenant}/discovery/v2.0/keys", idp_keys_get },
  { NULL, NULL, NULL },
};

static void
free_claims (gpointer data)
{
  json_decref (data);
}

static json_t *
refuse (GError **error, const char *reason)
{
  cr_set_error (error, CR_ERROR_SIGN_IN, "Sign in again.", "The access token is not accepted: %s.", reason);
  return NULL;
}

/* The claims of TOKEN, which must be signed by us. A transfer shows the same token with every call, so they are
 * remembered. Gives. */
static json_t *
verified_claims (Idp *idp, const char *token, GError **error)
{
  g_autofree char *digest = cr_sha256_hex (token, strlen (token));
  g_mutex_lock (&idp->verified_mutex);
  json_t *claims = json_incref (g_hash_table_lookup (idp->verified, digest));
  g_mutex_unlock (&idp->verified_mutex);
  if (claims != NULL)
    return claims;
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, NULL);
  if (jwt == NULL)
    return refuse (error, "it is not a token");
  if (g_strcmp0 (cose_jwt_alg (jwt), "RS256") != 0 || g_strcmp0 (cose_jwt_kid (jwt), idp->kid) != 0
      || !cose_jwt_verify (jwt, idp->key, NULL))
    return refuse (error, "it was not signed by this identity provider");
  g_mutex_lock (&idp->verified_mutex);
  if (g_hash_table_size (idp->verified) >= MAX_VERIFIED)
    g_hash_table_remove_all (idp->verified);
  g_hash_table_insert (idp->verified, g_steal_pointer (&digest), json_incref (jwt->claims));
  g_mutex_unlock (&idp->verified_mutex);
  return json_incref (jwt->claims);
}

json_t *
idp_check_token (Sandbox *sandbox, const char *token, const char *audience, GError **error)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  if (token == NULL)
    return refuse (error, "it is not a token");
  g_autoptr (json_t) claims = verified_claims (idp, token, error);
  if (claims == NULL)
    return NULL;
  const CoseJwt jwt = { .claims = claims };
  const char *tid = cose_jwt_text (&jwt, "tid");
  g_autofree char *issuer = g_strdup_printf ("%s/%s/v2.0", sandbox_url (sandbox, "identity"),
                                             tid == NULL ? "" : tid);
  if (tid == NULL || g_strcmp0 (cose_jwt_text (&jwt, "iss"), issuer) != 0)
    return refuse (error, "its issuer is another one");
  if (!cose_jwt_check_times (&jwt, cr_now_seconds (), 0, NULL))
    return refuse (error, "it has expired or is not valid yet");
  if (g_strcmp0 (cose_jwt_text (&jwt, "aud"), audience) != 0)
    return refuse (error, "it is for another audience");
  if (cose_jwt_text (&jwt, "oid") == NULL)
    return refuse (error, "it names nobody");
  return json_incref (claims);
}

static void
idp_free (gpointer data)
{
  Idp *idp = data;
  g_clear_pointer (&idp->db, cr_db_close);
  g_mutex_clear (&idp->verified_mutex);
  g_hash_table_unref (idp->verified);
  EVP_PKEY_free (idp->key);
  g_free (idp->kid);
  json_decref (idp->jwk);
  g_clear_pointer (&idp->http, http_client_unref);
  g_free (idp);
}

gboolean
idp_start (Sandbox *sandbox, GError **error)
{
  Idp *idp = g_new0 (Idp, 1);
  g_mutex_init (&idp->verified_mutex);
  idp->verified = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_claims);
  sandbox_set_part (sandbox, "idp", idp, idp_free);
  g_autofree char *path = g_build_filename (sandbox_folder (sandbox), "identity.db", NULL);
  idp->db = idp_store_open (path, error);
  if (idp->db == NULL || !idp_key_load (idp, sandbox_folder (sandbox), error))
    return FALSE;
  idp->http = http_client_new (sandbox_ca_pem (sandbox), error);
  if (idp->http == NULL)
    return FALSE;
  http_client_set_timeouts (idp->http, 3000, 5000, 10000);
  http_client_set_retries (idp->http, 2, 100);
  SandboxListenerOptions options = {
    .name = "identity", .routes = routes, .max_body = 256 * 1024, .threads = 2
  };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
