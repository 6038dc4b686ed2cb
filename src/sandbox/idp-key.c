/* SPDX-License-Identifier: MIT
 * The key that signs tokens, and the two documents that tell others about it: discovery and JWKS.
 */
#include "sandbox/idp-private.h"

#include "base/file.h"
#include "cose/x509.h"

#include <string.h>

/* A key with a self-signed certificate, which goes into x5c; both in one file. Gives its text. */
static CrSecretText
make_key_file (const char *path, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, error);
  if (key == NULL)
    return NULL;
  CoseCertRequest request = {
    .common_name = "local identity provider", .days = 3650, .path_length = -1, .key = key
  };
  g_autoptr (X509) certificate = cose_cert_issue (&request, error);
  if (certificate == NULL)
    return NULL;
  g_auto (CrSecretText) private_pem = cose_key_private_pem (key);
  g_autofree char *certificate_pem = cose_cert_to_pem (certificate);
  g_autofree char *text = g_strconcat (private_pem, certificate_pem, NULL);
  CrSecretText secret = cr_secret_text_new (text, -1);
  cr_wipe (text, strlen (text));
  if (cr_file_write (path, secret, -1, 0600, error))
    return secret;
  cr_secret_text_free (secret);
  return NULL;
}

static CrSecretText
read_key_file (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read (path, 64 * 1024, error);
  if (bytes == NULL)
    return NULL;
  gsize length = 0;
  const char *data = g_bytes_get_data (bytes, &length);
  return cr_secret_text_new (data, (gssize) length);
}

gboolean
idp_key_load (Idp *idp, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "identity-key.pem", NULL);
  g_auto (CrSecretText) text = g_file_test (path, G_FILE_TEST_EXISTS) ? read_key_file (path, error)
                                                                      : make_key_file (path, error);
  if (text == NULL)
    return FALSE;
  idp->key = cose_key_from_private_pem (text, -1, "the key of the identity provider", error);
  if (idp->key == NULL)
    return FALSE;
  g_autoptr (X509) certificate = cose_cert_from_pem (text, -1, "the certificate of the identity provider",
                                                     error);
  if (certificate == NULL)
    return FALSE;
  g_autoptr (json_t) bare = cose_jwk_new (idp->key, NULL, NULL, NULL, error);
  if (bare == NULL)
    return FALSE;
  idp->kid = cose_jwk_thumbprint (bare);
  idp->jwk = cose_jwk_new (idp->key, idp->kid, "RS256", certificate, error);
  return idp->jwk != NULL;
}

/* The name of a tenant in a path: common, organizations, consumers, a GUID. */
static gboolean
tenant_valid (const char *tenant)
{
  return strcmp (tenant, "common") == 0 || strcmp (tenant, "organizations") == 0
         || strcmp (tenant, "consumers") == 0 || g_uuid_string_is_valid (tenant);
}

/* Issuer as the documents of TENANT show it; the shared tenants show a placeholder. NULL = unknown tenant.
 * Gives. */
static char *
issuer_of (Sandbox *sandbox, const char *tenant, SandboxResponse *response)
{
  if (!tenant_valid (tenant)) {
    idp_fail (response, 400, "invalid_tenant", 90002, "Tenant '%.64s' not found.", tenant);
    return NULL;
  }
  return g_strdup_printf ("%s/%s/v2.0", sandbox_url (sandbox, "identity"),
                          g_uuid_string_is_valid (tenant) ? tenant : "{tenantid}");
}

void
idp_keys_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  g_autofree char *issuer = issuer_of (sandbox, sandbox_request_parameter (request, 0), response);
  if (issuer == NULL)
    return;
  json_t *jwk = json_deep_copy (idp->jwk);
  cr_json_set_string (jwk, "issuer", issuer);
  sandbox_respond_json (response, 200, json_pack ("{s:[o]}", "keys", jwk));
}

void
idp_discovery_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *tenant = sandbox_request_parameter (request, 0);
  const char *base = sandbox_url (sandbox, "identity");
  g_autofree char *issuer = issuer_of (sandbox, tenant, response);
  if (issuer == NULL)
    return;
  g_autofree char *keys = g_strdup_printf ("%s/%s/discovery/v2.0/keys", base, tenant);
  g_autofree char *token = g_strdup_printf ("%s/%s/oauth2/v2.0/token", base, tenant);
  g_autofree char *device = g_strdup_printf ("%s/%s/oauth2/v2.0/devicecode", base, tenant);
  json_t *document = json_pack (
      "{s:s, s:s, s:s, s:s, s:[s], s:[s], s:[s], s:[s,s,s,s], s:[s,s], s:[s,s,s,s,s,s,s,s,s]}", "issuer",
      issuer, "token_endpoint", token, "device_authorization_endpoint", device, "jwks_uri", keys,
      "response_types_supported", "id_token", "subject_types_supported", "pairwise",
      "id_token_signing_alg_values_supported", "RS256", "scopes_supported", "openid", "profile", "email",
      "offline_access", "token_endpoint_auth_methods_supported", "none", "private_key_jwt",
      "claims_supported", "sub", "iss", "aud", "exp", "iat", "oid", "tid", "name", "preferred_username");
  sandbox_respond_json (response, 200, document);
}
