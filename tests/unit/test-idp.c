/* SPDX-License-Identifier: MIT
 * The sandbox's identity provider: accounts, device code flow, refresh, federation, what it refuses.
 */
#include "cloud-harness.h"

#include "cose/jwt.h"
#include "cose/x509.h"
#include "sandbox/arm-private.h"
#include "sandbox/idp-private.h"

#define AUDIENCE_MANAGEMENT "https://management.azure.com"

static void
assert_refused (json_t *answer, guint status, guint expected_status, const char *error, int number)
{
  g_assert_cmpstr (cr_json_peek_string (answer, "error"), ==, error);
  g_assert_cmpuint (status, ==, expected_status);
  g_assert_cmpint (json_integer_value (json_array_get (json_object_get (answer, "error_codes"), 0)), ==,
                   number);
  g_assert_nonnull (cr_json_peek_string (answer, "trace_id"));
  g_assert_nonnull (cr_json_peek_string (answer, "correlation_id"));
}

static void
expect_poll (Cloud *cloud, const json_t *code, guint expected_status, const char *error, int number)
{
  guint status = 0;
  g_autoptr (json_t) answer = cloud_device_poll (cloud, code, &status);
  assert_refused (answer, status, expected_status, error, number);
}

static void
test_accounts (void)
{
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) first = cloud_person (cloud, "Alice@Northwind.example");
  g_autoptr (Person) second = cloud_person (cloud, "bob@northwind.example");
  g_autoptr (Person) third = cloud_person (cloud, "eve@woodgrove.example");
  g_assert_cmpstr (first->address, ==, "alice@northwind.example");
  g_assert_cmpstr (first->tid, ==, second->tid);
  g_assert_cmpstr (first->tid, !=, third->tid);
  g_assert_cmpstr (first->oid, !=, second->oid);
  g_autoptr (HttpResponse) again = cloud_send (cloud, "POST", "identity", "/local/accounts", NULL, NULL,
                                               "application/json",
                                               "{\"address\":\"ALICE@northwind.example\"}");
  g_assert_cmpuint (again->status, ==, 409);
  static const char *const bad[] = { "{\"address\":\"nobody\"}", "{\"address\":5}", "[]", "{", "" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (HttpResponse) response = cloud_send (cloud, "POST", "identity", "/local/accounts", NULL, NULL,
                                                    "application/json", bad[i]);
    g_assert_cmpuint (response->status, ==, 400);
  }
}

static void
test_device_flow (void)
{
  guint status = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, "User.Read openid profile offline_access");
  expect_poll (cloud, code, 400, "authorization_pending", 70016);
  expect_poll (cloud, code, 400, "slow_down", 70016);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, "wrong", "approve"), ==, 401);
  g_assert_cmpuint (cloud_device_page (cloud, code, "nobody@x.example", alice->password, "approve"), ==, 401);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, alice->password, "approve"), ==, 200);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, alice->password, "approve"), ==, 409);
  /* The first poll after the approval succeeds, however quick. */
  g_autoptr (json_t) tokens = cloud_device_poll (cloud, code, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpstr (cr_json_peek_string (tokens, "token_type"), ==, "Bearer");
  g_autoptr (CoseJwt) id = cose_jwt_parse (cr_json_peek_string (tokens, "id_token"), &error);
  g_assert_no_error (error);
  g_autofree char *issuer = g_strdup_printf ("%s/%s/v2.0", sandbox_url (cloud->sandbox, "identity"),
                                             alice->tid);
  g_assert_cmpstr (cose_jwt_text (id, "iss"), ==, issuer);
  g_assert_cmpstr (cose_jwt_text (id, "aud"), ==, CLOUD_CLIENT);
  g_assert_cmpstr (cose_jwt_text (id, "oid"), ==, alice->oid);
  g_assert_cmpstr (cose_jwt_text (id, "tid"), ==, alice->tid);
  g_assert_cmpstr (cose_jwt_text (id, "preferred_username"), ==, alice->address);
  g_assert_cmpstr (cose_jwt_text (id, "ver"), ==, "2.0");
  expect_poll (cloud, code, 400, "invalid_grant", 54005);
  cr_json_set_string (code, "device_code", "00");
  expect_poll (cloud, code, 400, "bad_verification_code", 70018);
}

static void
test_published_keys (void)
{
  guint status = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, "openid");
  cloud_device_page (cloud, code, alice->address, alice->password, NULL);
  g_autoptr (json_t) tokens = cloud_device_poll (cloud, code, &status);
  g_assert_null (cr_json_peek_string (tokens, "refresh_token"));
  g_autoptr (HttpResponse) found = cloud_send (
      cloud, "GET", "identity", "/common/v2.0/.well-known/openid-configuration", NULL, NULL, NULL, NULL);
  g_autoptr (json_t) document = http_response_json (found, NULL);
  const char *issuer = cr_json_peek_string (document, "issuer");
  g_assert_true (g_str_has_suffix (issuer, "/{tenantid}/v2.0"));
  g_autoptr (HttpResponse) keys = cloud_send (cloud, "GET", NULL, cr_json_peek_string (document, "jwks_uri"),
                                              NULL, NULL, NULL, NULL);
  g_autoptr (json_t) jwks = http_response_json (keys, NULL);
  g_autoptr (CoseJwt) id = cose_jwt_parse (cr_json_peek_string (tokens, "id_token"), &error);
  json_t *jwk = cose_jwks_find (jwks, cose_jwt_kid (id));
  g_assert_nonnull (jwk);
  g_assert_cmpstr (cr_json_peek_string (jwk, "issuer"), ==, issuer);
  g_assert_nonnull (json_array_get (json_object_get (jwk, "x5c"), 0));
  g_autoptr (EVP_PKEY) key = cose_jwk_key (jwk, &error);
  g_assert_true (cose_jwt_verify (id, key, &error));
  g_autoptr (X509) certificate =
      cose_x5c_cert (json_string_value (json_array_get (json_object_get (jwk, "x5c"), 0)), &error);
  g_autoptr (EVP_PKEY) certified = cose_cert_key (certificate, &error);
  g_assert_true (cose_key_equal (key, certified));
  g_autoptr (HttpResponse) none = cloud_send (cloud, "GET", "identity", "/%2e%2e/discovery/v2.0/keys", NULL,
                                              NULL, NULL, NULL);
  g_assert_cmpuint (none->status, ==, 400);
}

static void
test_lock_and_decline (void)
{
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, CLOUD_MANAGEMENT);
  for (guint i = 0; i < 9; i++)
    g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, "guess", "approve"), ==, 401);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, "guess", "approve"), ==, 429);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, alice->password, "approve"), ==, 429);
  expect_poll (cloud, code, 400, "authorization_declined", 50053);
  g_autoptr (json_t) other = cloud_device_start (cloud, CLOUD_MANAGEMENT);
  g_assert_cmpuint (cloud_device_page (cloud, other, alice->address, alice->password, "decline"), ==, 200);
  expect_poll (cloud, other, 400, "authorization_declined", 65004);
  cr_json_set_string (other, "user_code", "NOSUCHCOD");
  g_assert_cmpuint (cloud_device_page (cloud, other, alice->address, alice->password, "approve"), ==, 404);
}

static void
test_expired (void)
{
  g_autoptr (Cloud) cloud = cloud_open ("device-code-seconds", "0");
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, CLOUD_MANAGEMENT);
  g_assert_cmpuint (cloud_device_page (cloud, code, alice->address, alice->password, "approve"), ==, 410);
  expect_poll (cloud, code, 400, "expired_token", 70019);
}

static void
test_page_escapes (void)
{
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (HttpResponse) page =
      cloud_send (cloud, "GET", "identity", "/device?user_code=%22%3E%3Cscript%3Ex", NULL, NULL, NULL, NULL);
  g_autofree char *text = cloud_text (page);
  g_assert_nonnull (strstr (text, "simulated"));
  g_assert_nonnull (strstr (text, "&quot;&gt;&lt;script&gt;"));
  g_assert_null (strstr (text, "<script"));
  g_assert_nonnull (strstr (http_response_header (page, "content-security-policy"), "default-src 'none'"));
  g_autoptr (HttpResponse) posted = cloud_post (cloud, "/device",
                                                "user_code=%3Cscript%3E&address=a%40b.example&password=x");
  g_autofree char *answer = cloud_text (posted);
  g_assert_cmpuint (posted->status, ==, 404);
  g_assert_null (strstr (answer, "<script"));
  g_autoptr (HttpResponse) empty = cloud_post (cloud, "/device", "user_code=%FF&address=a&password=x");
  g_assert_cmpuint (empty->status, ==, 400);
}

static void
test_bad_requests (void)
{
  static const struct {
    const char *path, *form, *error;
    int number;
  } cases[] = {
    { "/common/oauth2/v2.0/devicecode", "", "invalid_request", 900144 },
    { "/common/oauth2/v2.0/devicecode", "client_id=x&scope=openid", "unauthorized_client", 700016 },
    { "/common/oauth2/v2.0/devicecode", "client_id=" CLOUD_CLIENT, "invalid_request", 900144 },
    { "/common/oauth2/v2.0/devicecode", "client_id=" CLOUD_CLIENT "&scope=profile", "invalid_scope", 70011 },
    { "/common/oauth2/v2.0/devicecode", "client_id=" CLOUD_CLIENT "&scope=https://evil.example/.default",
      "invalid_resource", 500011 },
    { "/common/oauth2/v2.0/devicecode",
      "client_id=" CLOUD_CLIENT "&scope=https://storage.azure.com.evil.example/.default", "invalid_resource",
      500011 },
    { "/common/oauth2/v2.0/devicecode",
      "client_id=" CLOUD_CLIENT "&scope=https://storage.azure.com/.default+https://vault.azure.net/.default",
      "invalid_request", 28000 },
    { "/common/oauth2/v2.0/token", "grant_type=password", "unsupported_grant_type", 70003 },
    { "/common/oauth2/v2.0/token", "client_id=x", "invalid_request", 900144 },
  };
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (HttpResponse) response = cloud_post (cloud, cases[i].path, cases[i].form);
    g_autoptr (json_t) answer = http_response_json (response, NULL);
    assert_refused (answer, response->status, 400, cases[i].error, cases[i].number);
  }
}

static void
refresh_tokens_age (Cloud *cloud, guint seconds)
{
  Idp *idp = sandbox_part (cloud->sandbox, "idp");
  g_assert_true (cr_db_run (idp->db, NULL, "UPDATE refresh_tokens SET replaced_ms = replaced_ms - ?", "i",
                            (gint64) seconds * 1000));
}

/* Answers that are cut, one after the other: the client still has the token of before, and may go on with
 * it. */
static void
test_refresh_cut (void)
{
  guint status = 0;
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, CLOUD_MANAGEMENT " offline_access");
  cloud_device_page (cloud, code, alice->address, alice->password, "approve");
  g_autoptr (json_t) tokens = cloud_device_poll (cloud, code, &status);
  const char *old = cr_json_peek_string (tokens, "refresh_token");
  for (guint i = 0; i < 4; i++) {
    g_autoptr (json_t) answer = cloud_refresh (cloud, old, CLOUD_STORAGE, &status);
    g_assert_cmpuint (status, ==, 200);
    g_assert_cmpstr (cr_json_peek_string (answer, "refresh_token"), !=, old);
  }
  refresh_tokens_age (cloud, 59);
  g_autoptr (json_t) late = cloud_refresh (cloud, old, CLOUD_STORAGE, &status);
  g_assert_cmpuint (status, ==, 200);
  refresh_tokens_age (cloud, 2);
  g_autoptr (json_t) dead = cloud_refresh (cloud, old, CLOUD_STORAGE, &status);
  assert_refused (dead, status, 400, "invalid_grant", 70000);
}

static void
test_refresh (void)
{
  guint status = 0;
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_person (cloud, "alice@northwind.example");
  g_autoptr (json_t) code = cloud_device_start (cloud, CLOUD_MANAGEMENT " offline_access");
  cloud_device_page (cloud, code, alice->address, alice->password, "approve");
  g_autoptr (json_t) tokens = cloud_device_poll (cloud, code, &status);
  const char *old = cr_json_peek_string (tokens, "refresh_token");
  g_autoptr (json_t) second = cloud_refresh (cloud, old, CLOUD_STORAGE, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) claims = idp_check_token (cloud->sandbox, cr_json_peek_string (second, "access_token"),
                                               "https://storage.azure.com", NULL);
  g_assert_cmpstr (cr_json_peek_string (claims, "oid"), ==, alice->oid);
  const char *fresh = cr_json_peek_string (second, "refresh_token");
  g_assert_cmpstr (fresh, !=, old);
  /* After a minute one more use is forgiven: the client may have been killed before it stored the new one.
   * Also after a restart. */
  refresh_tokens_age (cloud, 61);
  cloud_stop (cloud);
  cloud_start (cloud);
  g_autoptr (json_t) third = cloud_refresh (cloud, old, CLOUD_MANAGEMENT, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) replay = cloud_refresh (cloud, old, CLOUD_MANAGEMENT, &status);
  assert_refused (replay, status, 400, "invalid_grant", 70000);
  g_autoptr (json_t) good = cloud_refresh (cloud, fresh, CLOUD_MANAGEMENT, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autofree char *form = http_form (
      "grant_type", "refresh_token", "client_id", "8a3849c1-81c5-4d62-b83e-3bb2bb11251a", "refresh_token",
      cr_json_peek_string (good, "refresh_token"), "scope", CLOUD_MANAGEMENT, NULL);
  g_autoptr (json_t) foreign = cloud_grant (cloud, "common", form, &status);
  assert_refused (foreign, status, 400, "invalid_grant", 70000);
  /* Only hashes are stored. */
  g_autofree char *path = g_build_filename (sandbox_folder (cloud->sandbox), "identity.db", NULL);
  static const char *const suffixes[] = { "", "-wal" };
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *file = g_strconcat (path, suffixes[i], NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents (file, &text, &length, NULL))
      continue;
    g_assert_null (memmem (text, length, fresh, strlen (fresh)));
    g_assert_null (memmem (text, length, alice->password, strlen (alice->password)));
  }
}

/* A copy of TOKEN with one character of part PART changed. */
static char *
tamper (const char *token, guint part)
{
  g_auto (GStrv) parts = g_strsplit (token, ".", 3);
  char *c = parts[part] + strlen (parts[part]) / 2;
  *c = *c == 'A' ? 'B' : 'A';
  return g_strjoinv (".", parts);
}

static void
test_check_token (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Cloud) cloud = cloud_open (NULL, NULL);
  g_autoptr (Person) alice = cloud_signed_in (cloud, "alice@northwind.example");
  g_autoptr (json_t) claims = idp_check_token (cloud->sandbox, alice->management, AUDIENCE_MANAGEMENT,
                                               &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (claims, "upn"), ==, alice->address);
  g_assert_null (idp_check_token (cloud->sandbox, alice->storage, AUDIENCE_MANAGEMENT, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  for (guint part = 0; part < 3; part++) {
    g_autofree char *bad = tamper (alice->management, part);
    g_assert_null (idp_check_token (cloud->sandbox, bad, AUDIENCE_MANAGEMENT, NULL));
  }
  g_assert_null (idp_check_token (cloud->sandbox, "a.b.c", AUDIENCE_MANAGEMENT, NULL));
  /* Signed by somebody else, and not signed at all. */
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (alice->management, NULL);
  g_auto (CrSecretText) forged = cose_jwt_sign (key, "RS256", cose_jwt_kid (jwt), jwt->claims, NULL);
  g_assert_null (idp_check_token (cloud->sandbox, forged, AUDIENCE_MANAGEMENT, NULL));
  g_auto (GStrv) parts = g_strsplit (alice->management, ".", 3);
  g_autofree char *none = g_strdup_printf ("eyJhbGciOiJub25lIn0.%s.", parts[1]);
  g_assert_null (idp_check_token (cloud->sandbox, none, AUDIENCE_MANAGEMENT, NULL));
}

static void
test_token_expires (void)
{
  g_autoptr (Cloud) cloud = cloud_open ("token-seconds", "1");
  g_autoptr (Person) alice = cloud_signed_in (cloud, "alice@northwind.example");
  g_usleep (2100 * 1000);
  g_assert_null (idp_check_token (cloud->sandbox, alice->management, AUDIENCE_MANAGEMENT, NULL));
}

/* --- federation --- */

typedef struct {
  Cloud *cloud;
  Person *owner;
  EVP_PKEY *key;
  char *account;  /* resource id of the storage account with the issuer's website */
  char *issuer;   /* of the foreign tokens */
  char *identity; /* resource id */
  char *client, *principal;
} Federation;

static void
upload (Federation *f, const char *blob, const char *text)
{
  g_autofree char *path = g_strdup_printf ("/oidcsa1/%%24web/%s", blob);
  cloud_blob_expect (f->cloud, "PUT", path, f->owner->storage, NULL, NULL, text, 201, NULL);
}

static void
publish_issuer (Federation *f)
{
  g_autoptr (json_t) jwk = cose_jwk_new (f->key, "issuer-key", "PS256", NULL, NULL);
  g_autoptr (json_t) jwks = json_pack ("{s:[O]}", "keys", jwk);
  g_autofree char *keys = cr_json_dump (jwks);
  g_autofree char *document = g_strdup_printf ("{\"issuer\":\"%s\",\"jwks_uri\":\"%s/openid/v1/jwks\"}",
                                               f->issuer, f->issuer);
  upload (f, "oidc/.well-known/openid-configuration", document);
  upload (f, "oidc/openid/v1/jwks", keys);
}

static void
add_credential (Federation *f, const char *issuer, const char *subject, guint status)
{
  g_autofree char *path = g_strdup_printf ("%s/federatedIdentityCredentials/contract-federation",
                                           f->identity);
  g_autofree char *body =
      g_strdup_printf ("{\"properties\":{\"issuer\":\"%s\",\"subject\":\"%s\",\"audiences\":"
                       "[\"api://AzureADTokenExchange\"]}}",
                       issuer, subject);
  cloud_arm_expect (f->cloud, "PUT", path, f->owner->management, body, status, NULL);
}

static Federation *
federation_open (void)
{
  Federation *f = g_new0 (Federation, 1);
  f->cloud = cloud_open (NULL, NULL);
  f->owner = cloud_signed_in (f->cloud, "alice@northwind.example");
  f->key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  f->account = cloud_account (f->cloud, f->owner, "alice-rg", "oidcsa1");
  g_free (cloud_role (f->cloud, f->owner->management, f->account, ARM_ROLE_BLOB_CONTRIBUTOR, f->owner->oid));
  cloud_blob_expect (f->cloud, "PUT", "/oidcsa1/?restype=service&comp=properties", f->owner->storage, NULL,
                     NULL,
                     "<StorageServiceProperties><StaticWebsite><Enabled>true</Enabled></StaticWebsite>"
                     "</StorageServiceProperties>",
                     202, NULL);
  f->issuer = g_strdup_printf ("%s/oidcsa1/oidc", sandbox_url (f->cloud->sandbox, "web"));
  g_autofree char *subscription = cloud_subscription (f->cloud, f->owner->management);
  f->identity =
      g_strdup_printf ("/subscriptions/%s/resourceGroups/alice-rg/providers/Microsoft.ManagedIdentity/"
                       "userAssignedIdentities/alice-mi",
                       subscription);
  g_autoptr (HttpResponse) made = cloud_arm (f->cloud, "PUT", f->identity, f->owner->management,
                                             "{\"location\":\"westus\"}");
  g_assert_cmpuint (made->status, ==, 201);
  g_autoptr (json_t) identity = http_response_json (made, NULL);
  const json_t *properties = json_object_get (identity, "properties");
  f->client = g_strdup (cr_json_peek_string (properties, "clientId"));
  f->principal = g_strdup (cr_json_peek_string (properties, "principalId"));
  return f;
}

static void
federation_close (Federation *f)
{
  cloud_close (f->cloud);
  person_free (f->owner);
  EVP_PKEY_free (f->key);
  g_free (f->account);
  g_free (f->issuer);
  g_free (f->identity);
  g_free (f->client);
  g_free (f->principal);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Federation, federation_close)

/* Times as text, as the governance service writes them. */
static CrSecretText
assertion (Federation *f, EVP_PKEY *key, const char *algorithm, const char *issuer, const char *subject,
           const char *audience, gint64 expires_in)
{
  g_autofree char *expires = g_strdup_printf ("%" G_GINT64_FORMAT, cr_now_seconds () + expires_in);
  g_autofree char *begins = g_strdup_printf ("%" G_GINT64_FORMAT, cr_now_seconds () - 10);
  g_autoptr (json_t) claims = json_pack ("{s:s, s:s, s:s, s:s, s:s}", "iss", issuer, "sub", subject, "aud",
                                         audience, "exp", expires, "nbf", begins);
  (void) f;
  return cose_jwt_sign (key, algorithm, "issuer-key", claims, NULL);
}

static json_t *
exchange (Federation *f, const char *token, const char *tenant, guint *status)
{
  g_autofree char *form = http_form ("grant_type", "client_credentials", "client_id", f->client,
                                     "client_assertion_type",
                                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                                     "client_assertion", token, "scope", CLOUD_STORAGE, NULL);
  return cloud_grant (f->cloud, tenant, form, status);
}

static void
expect_exchange (Federation *f, const char *token, guint expected_status, const char *error, int number)
{
  guint status = 0;
  g_autoptr (json_t) answer = exchange (f, token, f->owner->tid, &status);
  assert_refused (answer, status, expected_status, error, number);
}

#define SUBJECT "analytics-1-oid"
#define EXCHANGE "api://AzureADTokenExchange"

static void
test_federation (void)
{
  guint status = 0;
  g_autoptr (Federation) f = federation_open ();
  g_auto (CrSecretText) good = assertion (f, f->key, "PS256", f->issuer, SUBJECT, EXCHANGE, 300);
  expect_exchange (f, good, 401, "invalid_client", 70025);
  add_credential (f, f->issuer, SUBJECT, 201);
  expect_exchange (f, good, 400, "invalid_request", 50166); /* nothing is published yet */
  publish_issuer (f);
  g_autoptr (json_t) answer = exchange (f, good, f->owner->tid, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) claims = idp_check_token (
      f->cloud->sandbox, cr_json_peek_string (answer, "access_token"), "https://storage.azure.com", NULL);
  g_assert_cmpstr (cr_json_peek_string (claims, "oid"), ==, f->principal);
  g_assert_cmpstr (cr_json_peek_string (claims, "tid"), ==, f->owner->tid);
  g_assert_null (cr_json_peek_string (answer, "refresh_token"));
  g_auto (CrSecretText) rs256 = assertion (f, f->key, "RS256", f->issuer, SUBJECT, EXCHANGE, 300);
  g_autoptr (json_t) second = exchange (f, rs256, f->owner->tid, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) elsewhere = exchange (f, good, "72f988bf-86f1-41af-91ab-2d7cd011db47", &status);
  assert_refused (elsewhere, status, 400, "unauthorized_client", 700016);
}

static void
test_federation_refused (void)
{
  g_autoptr (Federation) f = federation_open ();
  add_credential (f, f->issuer, SUBJECT, 201);
  publish_issuer (f);
  g_autofree char *slash = g_strconcat (f->issuer, "/", NULL);
  const struct {
    const char *issuer, *subject, *audience;
    gint64 expires_in;
    guint status;
    const char *error;
    int number;
  } cases[] = {
    { f->issuer, "analytics-1-OID", EXCHANGE, 300, 401, "invalid_client", 700213 },
    { f->issuer, SUBJECT, "api://azureadtokenexchange", 300, 401, "invalid_client", 700212 },
    { slash, SUBJECT, EXCHANGE, 300, 401, "invalid_client", 700211 },
    { "https://evil.example/oidc", SUBJECT, EXCHANGE, 300, 401, "invalid_client", 700211 },
    { f->issuer, SUBJECT, EXCHANGE, -300, 401, "invalid_client", 700024 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (CrSecretText) token = assertion (f, f->key, "PS256", cases[i].issuer, cases[i].subject,
                                             cases[i].audience, cases[i].expires_in);
    expect_exchange (f, token, cases[i].status, cases[i].error, cases[i].number);
  }
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_auto (CrSecretText) forged = assertion (f, other, "PS256", f->issuer, SUBJECT, EXCHANGE, 300);
  expect_exchange (f, forged, 401, "invalid_client", 700027);
  g_autoptr (EVP_PKEY) curve = cose_key_new (COSE_KEY_P256, NULL);
  g_auto (CrSecretText) ecdsa = assertion (f, curve, "ES256", f->issuer, SUBJECT, EXCHANGE, 300);
  expect_exchange (f, ecdsa, 401, "invalid_client", 5002738);
  expect_exchange (f, "no-token", 400, "invalid_request", 50027);
  /* A credential for a foreign issuer is kept, but its documents are never fetched. */
  add_credential (f, "https://evil.example/oidc", SUBJECT, 200);
  g_auto (CrSecretText) foreign = assertion (f, f->key, "PS256", "https://evil.example/oidc", SUBJECT,
                                             EXCHANGE, 300);
  expect_exchange (f, foreign, 400, "invalid_request", 50166);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/idp/accounts", test_accounts);
  g_test_add_func ("/idp/device-flow", test_device_flow);
  g_test_add_func ("/idp/published-keys", test_published_keys);
  g_test_add_func ("/idp/lock-and-decline", test_lock_and_decline);
  g_test_add_func ("/idp/expired-code", test_expired);
  g_test_add_func ("/idp/page-escapes", test_page_escapes);
  g_test_add_func ("/idp/bad-requests", test_bad_requests);
  g_test_add_func ("/idp/refresh", test_refresh);
  g_test_add_func ("/idp/refresh-cut", test_refresh_cut);
  g_test_add_func ("/idp/check-token", test_check_token);
  g_test_add_func ("/idp/token-expires", test_token_expires);
  g_test_add_func ("/idp/federation", test_federation);
  g_test_add_func ("/idp/federation-refused", test_federation_refused);
  return g_test_run ();
}
