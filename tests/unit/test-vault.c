/* SPDX-License-Identifier: MIT
 * Keys of one's own: the vault and the attestation service of the sandbox, called by the client of the
 * program; release policies as a table; blobs that are encrypted with a key of the customer.
 */
#include "cloud-harness.h"

#include "base/error.h"
#include "cloud/blob.h"
#include "cloud/vault.h"
#include "data/transfer.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/jwk-private.h"
#include "cose/jwt.h"
#include "cose/x509.h"
#include "sandbox/arm-private.h"
#include "sandbox/attestation.h"
#include "sandbox/vault-private.h"

#define HOST "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"
#define OTHER_HOST "83973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"

typedef struct {
  Cloud *cloud;
  Person *alice, *eve;
  char *group, *vault_id, *url;
  VaultClient *vault, *of_eve;
} Fixture;

static CrSecretText
token_of (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  (void) job;
  (void) scope;
  (void) fresh;
  (void) error;
  return cr_secret_text_new (data, -1);
}

static VaultClient *
client_of (Fixture *f, Person *person)
{
  VaultClient *client = vault_client_new (f->cloud->http, f->url, token_of, person->vault);
  vault_client_set_role_wait (client, 20, 60);
  return client;
}

/* The vault "alice-kv" of alice, who administers it. */
static Fixture *
fixture_new (void)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (NULL, NULL);
  f->alice = cloud_signed_in (f->cloud, "alice@northwind.example");
  f->eve = cloud_signed_in (f->cloud, "eve@woodgrove.example");
  g_autofree char *account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  g_free (cloud_role (f->cloud, f->alice->management, account, ARM_ROLE_BLOB_CONTRIBUTOR, f->alice->oid));
  f->group = g_strndup (account, (gsize) (strstr (account, "/providers/") - account));
  f->vault_id = g_strconcat (f->group, "/providers/Microsoft.KeyVault/vaults/alice-kv", NULL);
  g_autofree char *body = g_strdup_printf (
      "{\"location\":\"westus\",\"properties\":{\"tenantId\":\"%s\",\"sku\":{\"family\":\"A\",\"name\":\"premium\"}}}",
      f->alice->tid);
  g_autoptr (HttpResponse) made = cloud_arm (f->cloud, "PUT", f->vault_id, f->alice->management, body);
  g_assert_cmpuint (made->status, ==, 200);
  g_autoptr (json_t) answer = http_response_json (made, NULL);
  f->url = g_strdup (cr_json_peek_string (json_object_get (answer, "properties"), "vaultUri"));
  g_assert_nonnull (f->url);
  g_free (cloud_role (f->cloud, f->alice->management, f->vault_id, VAULT_ROLE_ADMINISTRATOR, f->alice->oid));
  f->vault = client_of (f, f->alice);
  f->of_eve = client_of (f, f->eve);
  return f;
}

static void
fixture_free (Fixture *f)
{
  vault_client_free (f->vault);
  vault_client_free (f->of_eve);
  cloud_close (f->cloud);
  person_free (f->alice);
  person_free (f->eve);
  g_free (f->group);
  g_free (f->vault_id);
  g_free (f->url);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static json_t *
policy_for (Fixture *f, const char *host)
{
  const char *const hosts[] = { host, NULL };
  return vault_release_policy (sandbox_url (f->cloud->sandbox, "attestation"), hosts);
}

static EVP_PKEY *
import (Fixture *f, const char *name, const char *host)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) policy = policy_for (f, host);
  EVP_PKEY *key = cose_key_new (COSE_KEY_RSA_2048, &error);
  vault_key_import (f->vault, NULL, name, key, policy, &error);
  g_assert_no_error (error);
  return key;
}

/* A token of the attestation service about a clean room with HOST whose key is KEY. */
static CrSecretText
attested (Fixture *f, const char *host, EVP_PKEY *key, const char *runtime_sent, GError **error)
{
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (sandbox_folder (f->cloud->sandbox),
                                                                        error);
  g_assert_nonnull (platform);
  g_autoptr (json_t) jwk = cose_jwk_new (key, "k", NULL, NULL, error);
  g_autoptr (json_t) set = json_pack ("{s:[O]}", "keys", jwk);
  g_autofree char *text = cr_json_dump (set);
  g_autoptr (json_t) evidence = attestation_make (platform, host, text, error);
  g_assert_nonnull (evidence);
  g_autoptr (GBytes) report = cr_base64_decode (cr_json_peek_string (evidence, "evidence"), "e", error);
  g_autoptr (GBytes) chain = cr_base64_decode (cr_json_peek_string (evidence, "endorsements"), "e", error);
  const char *sent = runtime_sent != NULL ? runtime_sent : text;
  g_autoptr (GBytes) runtime = g_bytes_new (sent, strlen (sent));
  return vault_attest (f->cloud->http, NULL, sandbox_url (f->cloud->sandbox, "attestation"), report, chain,
                       runtime, error);
}

static void
test_release (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) kek = import (f, "kek1", HOST);
  g_autoptr (json_t) policy = NULL;
  g_autoptr (EVP_PKEY) shown = vault_key_show (f->vault, NULL, "kek1", &policy, &error);
  g_assert_no_error (error);
  g_assert_true (EVP_PKEY_eq (shown, kek) == 1);
  g_autoptr (json_t) sent = policy_for (f, HOST);
  g_assert_true (json_equal (policy, sent));

  g_autoptr (EVP_PKEY) inside = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_auto (CrSecretText) token = attested (f, HOST, inside, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (EVP_PKEY) released = vault_key_release (f->vault, NULL, "kek1", token, inside, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) wrapped = cose_oaep_encrypt (shown, "secret", 6, &error);
  g_autoptr (GBytes) plain = cose_oaep_decrypt (released, g_bytes_get_data (wrapped, NULL),
                                                g_bytes_get_size (wrapped), &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), "secret", 6);
}

static void
assert_denied (EVP_PKEY *released, GError **error)
{
  g_assert_null (released);
  g_assert_cmpuint (cr_error_http_status (*error), ==, 403);
  g_clear_error (error);
}

/* Another clean room, a forged token, a stranger, evidence for somebody else's key: nothing is released. */
static void
test_not_released (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) kek = import (f, "kek1", HOST);
  g_autoptr (EVP_PKEY) inside = cose_key_new (COSE_KEY_RSA_2048, &error);

  g_auto (CrSecretText) other = attested (f, OTHER_HOST, inside, NULL, &error);
  g_assert_no_error (error);
  assert_denied (vault_key_release (f->vault, NULL, "kek1", other, inside, &error), &error);

  g_auto (CrSecretText) good = attested (f, HOST, inside, NULL, &error);
  g_assert_no_error (error);
  assert_denied (vault_key_release (f->of_eve, NULL, "kek1", good, inside, &error), &error);
  char *middle = strchr (good, '.') + 10;
  *middle = *middle == 'A' ? 'B' : 'A';
  assert_denied (vault_key_release (f->vault, NULL, "kek1", good, inside, &error), &error);

  g_auto (CrSecretText) swapped = attested (f, HOST, inside, "{\"keys\":[]}", &error);
  g_assert_null (swapped);
  g_assert_nonnull (strstr (error->message, "runtime data"));
}

static json_t *
put_key (Fixture *f, const char *body, guint status)
{
  g_autofree char *path = g_strconcat (f->url, "keys/raw?api-version=7.4", NULL);
  g_autoptr (HttpResponse) response = cloud_send (f->cloud, "PUT", NULL, path, f->alice->vault, NULL,
                                                  "application/json", body);
  g_assert_cmpuint (response->status, ==, status);
  return http_response_json (response, NULL);
}

static void
test_import_refused (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_auto (CrSecretText) members = cose_jwk_private_members (key, &error);
  g_autofree char *no_policy =
      g_strdup_printf ("{\"key\":{\"kty\":\"RSA-HSM\",%s},\"attributes\":{\"exportable\":true}}", members);
  g_autoptr (json_t) first = put_key (f, no_policy, 400);
  g_assert_nonnull (
      strstr (cr_json_peek_string (json_object_get (first, "error"), "message"), "release policy"));
  g_autoptr (json_t) second = put_key (f, "{\"key\":{\"kty\":\"RSA-HSM\",\"n\":\"AQAB\",\"e\":\"AQAB\"}}",
                                       400);
  g_autoptr (json_t) third = put_key (f, "[]", 400);
  g_autofree char *bad_policy = g_strdup_printf (
      "{\"key\":{\"kty\":\"RSA-HSM\",%s},\"attributes\":{\"exportable\":true},\"release_policy\":{\"data\":\"e30\"}}",
      members);
  g_autoptr (json_t) fourth = put_key (f, bad_policy, 400);
  g_assert_null (vault_key_show (f->vault, NULL, "raw", NULL, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 404);
  g_clear_error (&error);
  g_autoptr (json_t) policy = policy_for (f, HOST);
  g_assert_false (vault_key_import (f->of_eve, NULL, "raw", key, policy, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 403);
}

static void
test_secrets (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *name = vault_wrapped_name ("data", "abc-kek", &error);
  g_assert_cmpstr (name, ==, "wrapped-data-dek-abc-kek");
  g_assert_null (vault_secret_get (f->vault, NULL, name, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 404);
  g_clear_error (&error);
  g_assert_true (vault_secret_put (f->vault, NULL, name, "first", &error));
  g_assert_true (vault_secret_put (f->vault, NULL, name, "second", &error));
  cloud_stop (f->cloud);
  cloud_start (f->cloud);
  vault_client_free (f->vault);
  f->vault = client_of (f, f->alice);
  g_auto (CrSecretText) value = vault_secret_get (f->vault, NULL, name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "second");
  g_autoptr (VaultClient) eve = client_of (f, f->eve);
  g_assert_null (vault_secret_get (eve, NULL, name, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 403);
  g_clear_error (&error);
  g_assert_null (vault_wrapped_name ("with_underscore", "k", &error));
}

typedef struct {
  const char *conditions; /* of the one authority */
  gboolean valid, holds;
} PolicyRow;

static void
test_policies (void)
{
  static const PolicyRow rows[] = {
    { "\"allOf\":[{\"claim\":\"a\",\"equals\":\"x\"}]", TRUE, TRUE },
    { "\"allOf\":[{\"claim\":\"a\",\"equals\":\"y\"}]", TRUE, FALSE },
    { "\"allOf\":[{\"claim\":\"a\",\"equals\":\"x\"},{\"claim\":\"missing\",\"equals\":\"x\"}]", TRUE,
      FALSE },
    { "\"anyOf\":[{\"claim\":\"missing\",\"equals\":\"x\"},{\"claim\":\"n\",\"equals\":7}]", TRUE, TRUE },
    { "\"allOf\":[{\"claim\":\"n\",\"equals\":\"7\"}]", TRUE, FALSE },
    { "\"allOf\":[{\"claim\":\"n\",\"greater\":6},{\"claim\":\"n\",\"lessOrEquals\":7}]", TRUE, TRUE },
    { "\"allOf\":[{\"claim\":\"n\",\"less\":7}]", TRUE, FALSE },
    { "\"allOf\":[{\"claim\":\"a\",\"greater\":6}]", TRUE, FALSE },
    { "\"allOf\":[{\"claim\":\"a\",\"notEquals\":\"y\"}]", TRUE, TRUE },
    { "\"allOf\":[{\"claim\":\"missing\",\"exists\":false},{\"claim\":\"a\",\"exists\":true}]", TRUE, TRUE },
    { "\"allOf\":[{\"claim\":\"deep.b\",\"equals\":true}]", TRUE, TRUE },
    { "\"allOf\":[{\"anyOf\":[{\"claim\":\"a\",\"equals\":\"y\"},{\"claim\":\"a\",\"equals\":\"x\"}]}]", TRUE,
      TRUE },
    { "\"allOf\":[]", FALSE, TRUE },
    { "\"allOf\":[{\"claim\":\"a\"}]", FALSE, FALSE },
    { "\"allOf\":[{\"claim\":\"a\",\"like\":\"x\"}]", FALSE, FALSE },
    { "\"allOf\":[{\"claim\":\"a\",\"equals\":\"x\",\"exists\":true}]", FALSE, TRUE },
    { "\"allOf\":[{\"claim\":\"a\",\"equals\":\"x\"}],\"anyOf\":[{\"claim\":\"a\",\"equals\":\"x\"}]", FALSE,
      FALSE },
  };
  static const char claims_text[] = "{\"a\":\"x\",\"n\":7,\"deep\":{\"b\":true}}";
  g_autoptr (json_t) claims = cr_json_parse (claims_text, strlen (claims_text), "claims", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = g_strdup_printf (
        "{\"version\":\"1.0.0\",\"anyOf\":[{\"authority\":\"https://a/\",%s}]}", rows[i].conditions);
    g_autoptr (json_t) policy = cr_json_parse (text, strlen (text), "policy", NULL);
    g_test_message ("%s", text);
    g_assert_true (safe_policy_check (policy, NULL) == rows[i].valid);
    if (rows[i].valid) {
      g_assert_true (safe_policy_allows (policy, "https://a", claims) == rows[i].holds);
      g_assert_false (safe_policy_allows (policy, "https://b", claims));
    }
  }
}

/* --- blobs --- */

static BlobClient *
blobs (Fixture *f, guint8 first)
{
  g_autofree char *endpoint = g_strconcat (sandbox_url (f->cloud->sandbox, "blob"), "/datasa1/", NULL);
  BlobClient *client = blob_client_new (f->cloud->http, endpoint, token_of, f->alice->storage);
  guint8 key[32];
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) (first + i);
  g_autoptr (GBytes) bytes = g_bytes_new (key, sizeof key);
  blob_client_set_key (client, first != 0 ? bytes : NULL);
  return client;
}

static void
assert_unreadable (BlobClient *client, const char *name, const char *code)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (blob_get (client, NULL, "data", name, 100, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 409);
  g_assert_cmpstr (cr_error_remote_code (error), ==, code);
}

/* Is TEXT in any file of the blob store? */
static gboolean
on_disk (Fixture *f, const char *text)
{
  g_autofree char *path = g_build_filename (sandbox_folder (f->cloud->sandbox), "blobs", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *content = NULL;
    gsize length = 0;
    g_assert_true (g_file_get_contents (file, &content, &length, NULL));
    if (memmem (content, length, text, strlen (text)) != NULL)
      return TRUE;
  }
  return FALSE;
}

static void
test_customer_key (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BlobClient) mine = blobs (f, 1), none = blobs (f, 0), other = blobs (f, 2);
  g_autoptr (GBytes) text = g_bytes_new_static ("a very plain text", 17);
  g_assert_true (blob_container_create (mine, NULL, "data", &error));
  g_assert_true (blob_put (mine, NULL, "data", "sealed", text, "text/plain", &error));
  g_assert_false (on_disk (f, "very plain"));
  g_autoptr (GBytes) back = blob_get (mine, NULL, "data", "sealed", 100, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (back, text));
  assert_unreadable (none, "sealed", "BlobUsesCustomerSpecifiedEncryption");
  assert_unreadable (other, "sealed", "BlobCustomerSpecifiedEncryptionMismatch");
  g_autoptr (BlobItem) head = blob_head (mine, NULL, "data", "sealed", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (head->length, ==, 17);
  g_autoptr (GPtrArray) list = blob_list (none, NULL, "data", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_true (blob_put (none, NULL, "data", "open", text, "text/plain", &error));
  assert_unreadable (mine, "open", "BlobDoesNotUseCustomerSpecifiedEncryption");
}

/* A file of several blocks: every block encrypted, joined under one key, read as a whole and in the
 * middle. */
static void
test_customer_key_blocks (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BlobClient) mine = blobs (f, 9);
  gsize length = 8 * 1024 * 1024 + 12345;
  g_autofree guint8 *content = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    content[i] = (guint8) (i * 31 + i / 256);
  g_autofree char *from = g_build_filename (f->cloud->folder, "from", NULL);
  g_autofree char *to = g_build_filename (f->cloud->folder, "big", NULL);
  g_assert_true (cr_file_write (from, content, (gssize) length, 0600, &error));
  g_assert_true (blob_container_create (mine, NULL, "data", &error));
  g_autoptr (CloudStore) store = cloud_store_blob (mine, "data");
  g_assert_true (transfer_upload (store, NULL, "big", from, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (transfer_download (store, NULL, "big", f->cloud->folder, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (GBytes) back = cr_file_read (to, length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), content, length);

  guint8 key[32], digest[32];
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) (9 + i);
  cr_sha256 (key, sizeof key, digest);
  g_autofree char *key_text = cr_base64 (key, sizeof key), *sum = cr_base64 (digest, sizeof digest);
  const char *headers[] = { "x-ms-version",
                            "2021-12-02",
                            "x-ms-encryption-key",
                            key_text,
                            "x-ms-encryption-key-sha256",
                            sum,
                            "x-ms-range",
                            "bytes=8388603-8388620",
                            NULL };
  g_autoptr (HttpResponse) part = cloud_send (f->cloud, "GET", "blob", "/datasa1/data/big", f->alice->storage,
                                              headers, NULL, NULL);
  g_assert_cmpuint (part->status, ==, 206);
  g_assert_cmpmem (g_bytes_get_data (part->body, NULL), g_bytes_get_size (part->body), content + 8388603, 18);
}

/* Headers that do not fit together are refused before anything is stored. */
static void
test_customer_key_headers (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BlobClient) client = blobs (f, 0);
  g_assert_true (blob_container_create (client, NULL, "data", &error));
  static const char key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  static const char sum[] = "Yw3NKWbEM2aRElRIu7JbT/QSpJxzLbLIq8G4WBvXEN0=";
  static const struct {
    const char *key, *sum, *algorithm;
    guint status;
  } rows[] = { { key, sum, "AES256", 201 },  { key, sum, NULL, 400 },     { key, NULL, "AES256", 400 },
               { NULL, sum, "AES256", 400 }, { key, key, "AES256", 400 }, { "AAAA", sum, "AES256", 400 },
               { key, sum, "AES128", 400 } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *headers[12] = { "x-ms-version", "2021-12-02", "x-ms-blob-type", "BlockBlob" };
    guint count = 4;
    const char *const pairs[][2] = { { "x-ms-encryption-key", rows[i].key },
                                     { "x-ms-encryption-key-sha256", rows[i].sum },
                                     { "x-ms-encryption-algorithm", rows[i].algorithm } };
    for (guint k = 0; k < G_N_ELEMENTS (pairs); k++)
      if (pairs[k][1] != NULL) {
        headers[count++] = pairs[k][0];
        headers[count++] = pairs[k][1];
      }
    g_autofree char *path = g_strdup_printf ("/datasa1/data/row%u", i);
    g_autoptr (HttpResponse) response = cloud_send (f->cloud, "PUT", "blob", path, f->alice->storage, headers,
                                                    "text/plain", "x");
    g_assert_cmpuint (response->status, ==, rows[i].status);
  }
  g_autoptr (GPtrArray) list = blob_list (client, NULL, "data", NULL, &error);
  g_assert_cmpuint (list->len, ==, 1);
}

/* A member whose keys were made inside a vault: found again, usable there, the signing key taken out. */
static void
test_member (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL, *again_id = NULL;
  gboolean made = FALSE;
  g_autoptr (X509) certificate = vault_certificate_ensure (f->vault, NULL, "tdp-identity", "tdp", &id, &made,
                                                           &error);
  g_assert_no_error (error);
  g_assert_true (made);
  g_autofree char *name = cose_cert_common_name (certificate);
  g_assert_cmpstr (name, ==, "tdp");
  g_autoptr (X509) again = vault_certificate_ensure (f->vault, NULL, "tdp-identity", "tdp", &again_id, &made,
                                                     &error);
  g_assert_no_error (error);
  g_assert_false (made);
  g_assert_cmpint (X509_cmp (certificate, again), ==, 0);
  g_assert_cmpstr (id, ==, again_id);
  g_assert_true (vault_certificate_prove (f->vault, NULL, "tdp-identity", certificate, &error));
  g_assert_no_error (error);
  g_autoptr (EVP_PKEY) key = vault_certificate_key (f->vault, NULL, "tdp-identity", certificate, &error);
  g_assert_no_error (error);
  g_assert_nonnull (key);

  g_autoptr (EVP_PKEY) recovery = vault_recovery_key_ensure (f->vault, NULL, "tdp-encryption", &made, &error);
  g_assert_no_error (error);
  g_assert_true (made);
  g_assert_true (vault_recovery_key_prove (f->vault, NULL, "tdp-encryption", recovery, &error));
  g_assert_no_error (error);
  /* It decrypts and nothing else, and another key is not it. */
  g_assert_false (vault_certificate_prove (f->vault, NULL, "tdp-encryption", certificate, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 403);
  g_clear_error (&error);
  g_assert_false (vault_recovery_key_prove (f->vault, NULL, "tdp-identity", recovery, &error));
  g_clear_error (&error);
  g_free (g_steal_pointer (&again_id));
  g_assert_null (vault_certificate_ensure (f->of_eve, NULL, "tdp-identity", "tdp", &again_id, &made, &error));
  g_assert_cmpuint (cr_error_http_status (error), ==, 403);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/policies", test_policies);
  g_test_add_func ("/vault/member", test_member);
  g_test_add_func ("/vault/release", test_release);
  g_test_add_func ("/vault/not-released", test_not_released);
  g_test_add_func ("/vault/import-refused", test_import_refused);
  g_test_add_func ("/vault/secrets", test_secrets);
  g_test_add_func ("/customer-key/blob", test_customer_key);
  g_test_add_func ("/customer-key/blocks", test_customer_key_blocks);
  g_test_add_func ("/customer-key/headers", test_customer_key_headers);
  return g_test_run ();
}
