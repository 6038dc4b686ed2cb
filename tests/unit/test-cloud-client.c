/* SPDX-License-Identifier: MIT
 * Our sign-in, resource manager and storage clients against the sandbox's listeners, over TLS.
 */
#include "cloud-harness.h"
#include "memory-keys.h"

#include "base/error.h"
#include "cloud/arm.h"
#include "cloud/blob.h"
#include "cloud/names.h"
#include "data/transfer.h"
#include "identity/identity.h"
#include "identity/local.h"

#define ADDRESS "woodgrove@woodgrove.example"

typedef struct {
  Cloud *cloud;
  KeyStore *keys;
  CrJob *job;
  IdentityLocal local;
  IdentitySession *session;
  const char *approve_as; /* NULL = nobody answers the code */
  guint notices, codes;
} World;

static void
on_notice (const char *kind, const char *text, gpointer data)
{
  World *world = data;
  g_autoptr (GError) error = NULL;
  world->notices++;
  if (strcmp (kind, "sign-in") != 0 || world->approve_as == NULL)
    return;
  world->codes++;
  g_autoptr (json_t) notice = cr_json_parse (text, strlen (text), "notice", &error);
  g_assert_no_error (error);
  g_assert_nonnull (cr_json_peek_string (notice, "verification_uri"));
  g_assert_true (identity_local_approve (&world->local, NULL, world->approve_as,
                                         cr_json_peek_string (notice, "user_code"), &error));
  g_assert_no_error (error);
}

static IdentitySession *
open_session (World *world, const char *account)
{
  const IdentityOptions options = { .keys = world->keys,
                                    .http = world->cloud->http,
                                    .collaboration = "c",
                                    .persona = "woodgrove",
                                    .identity_url = sandbox_url (world->cloud->sandbox, "identity"),
                                    .account = account };
  return identity_session_open (&options, NULL);
}

static void
world_open (World *world, const char *setting, const char *value)
{
  g_autoptr (GError) error = NULL;
  *world = (World){ .cloud = cloud_open (setting, value), .keys = memory_keys_new (), .job = cr_job_new () };
  world->local = (IdentityLocal){ .keys = world->keys,
                                  .http = world->cloud->http,
                                  .collaboration = "c",
                                  .persona = "woodgrove",
                                  .identity_url = sandbox_url (world->cloud->sandbox, "identity"),
                                  .sandbox = TRUE };
  cr_job_on_notice (world->job, on_notice, world);
  g_autoptr (IdentityAccount) account = identity_local_create_account (&world->local, world->job, ADDRESS,
                                                                       &error);
  g_assert_no_error (error);
  g_assert_true (account->created);
  world->approve_as = ADDRESS;
  world->session = open_session (world, ADDRESS);
  g_assert_true (identity_session_ensure (world->session, world->job, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (world->codes, ==, 1);
}

static void
world_close (World *world)
{
  identity_session_free (world->session);
  cr_job_unref (world->job);
  key_store_free (world->keys);
  cloud_close (world->cloud);
}

static void
test_sign_in (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  g_autoptr (IdentityAccount) again = identity_local_create_account (&world.local, world.job, ADDRESS,
                                                                     &error);
  g_assert_no_error (error);
  g_assert_false (again->created);

  g_autoptr (IdentityPerson) person = identity_session_person (world.session, world.job, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (person->address, ==, ADDRESS);
  g_auto (CrSecretText) arm = identity_session_token (world.session, world.job, IDENTITY_SCOPE_MANAGEMENT,
                                                      &error);
  g_auto (CrSecretText) store = identity_session_token (world.session, world.job, IDENTITY_SCOPE_STORAGE,
                                                        &error);
  g_auto (CrSecretText) id = identity_session_id_token (world.session, world.job, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (arm, !=, store);
  g_assert_cmpstr (arm, !=, id);

  /* A new process: only the key store knows. No code is shown. */
  g_autoptr (IdentitySession) later = open_session (&world, NULL);
  g_assert_true (identity_session_ensure (later, world.job, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (world.codes, ==, 1);

  /* The refresh token is revoked or foreign: a new code. */
  const KeyAttributes entry = {
    .collaboration = "c", .persona = "woodgrove", .kind = KEY_KIND_TOKEN, .name = ADDRESS
  };
  g_assert_true (key_store_put_text (world.keys, &entry, "not-a-refresh-token", &error));
  g_autoptr (IdentitySession) stale = open_session (&world, ADDRESS);
  g_assert_null (identity_session_token (stale, world.job, IDENTITY_SCOPE_STORAGE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_clear_error (&error);
  g_assert_true (identity_session_ensure (stale, world.job, &error));
  g_assert_cmpuint (world.codes, ==, 2);

  g_assert_true (identity_session_sign_out (stale, &error));
  g_assert_false (identity_session_is_signed_in (stale));
  world_close (&world);
}

/* Somebody else answers the code: refused, nothing kept. */
static void
test_wrong_person (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  g_autoptr (IdentityAccount) other = identity_local_create_account (&world.local, world.job,
                                                                     "other@woodgrove.example", &error);
  g_assert_no_error (error);
  g_autoptr (IdentitySession) session = open_session (&world, "expected@woodgrove.example");
  world.approve_as = other->address;
  g_assert_false (identity_session_sign_in (session, world.job, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_assert_nonnull (strstr (error->message, "other@woodgrove.example"));
  g_clear_error (&error);
  g_assert_false (identity_session_is_signed_in (session));

  g_assert_false (identity_local_approve (&world.local, NULL, ADDRESS, "NOCODE99", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  world_close (&world);
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (cr_job_cancellable (data));
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  world.approve_as = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_soon, world.job);
  gint64 start = g_get_monotonic_time ();
  g_assert_false (identity_session_sign_in (world.session, world.job, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 3 * G_USEC_PER_SEC);
  g_thread_join (thread);
  world_close (&world);
}

/* --- resources ------------------------------------------------------------------------------------------ */

static ArmClient *
arm_of (World *world)
{
  return arm_client_new (world->cloud->http, sandbox_url (world->cloud->sandbox, "management"), NULL,
                         identity_session_token_callback, world->session);
}

/* Group, provider, account and the role on it; the blob endpoint. */
static char *
make_storage (World *world, ArmClient *arm, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IdentityPerson) person = identity_session_person (world->session, world->job, &error);
  g_autoptr (json_t) group = arm_group_ensure (arm, world->job, "rg-1", "westus", &error);
  g_assert_no_error (error);
  g_assert_true (arm_provider_register (arm, world->job, "Microsoft.Storage", &error));
  g_assert_no_error (error);
  g_autoptr (json_t) account = arm_storage_account_ensure (arm, world->job, "rg-1", "westus", name, FALSE,
                                                           &error);
  g_assert_no_error (error);
  const char *id = cr_json_peek_string (account, "id");
  gboolean created = FALSE;
  g_assert_true (arm_role_ensure (arm, world->job, id, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, person->oid, "User",
                                  &created, &error));
  g_assert_no_error (error);
  g_assert_true (created);
  g_assert_true (arm_role_ensure (arm, world->job, id, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, person->oid, "User",
                                  &created, &error));
  g_assert_false (created);
  return arm_storage_endpoint (account, "blob", &error);
}

static void
test_resources (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, "operation-ms", "300");
  g_autoptr (ArmClient) arm = arm_of (&world);
  g_autoptr (json_t) subscription = arm_subscription_get (arm, world.job, &error);
  g_assert_no_error (error);
  g_assert_nonnull (cr_json_peek_string (subscription, "tenantId"));
  g_autofree char *endpoint = make_storage (&world, arm, "datasaone");
  g_assert_true (g_str_has_suffix (endpoint, "/"));
  g_autoptr (json_t) account = arm_storage_account_ensure (arm, world.job, "rg-1", "westus", "datasaone",
                                                           FALSE, &error);
  g_assert_no_error (error);
  g_autofree char *web = arm_storage_endpoint (account, "web", &error);
  g_assert_no_error (error);
  g_assert_null (arm_storage_account_ensure (arm, world.job, "rg-1", "westus", "Not_Good", FALSE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);

  g_assert_true (arm_provider_register (arm, world.job, "Microsoft.KeyVault", &error));
  g_autoptr (json_t) vault = arm_vault_ensure (arm, world.job, "rg-1", "westus", "onekv",
                                               cr_json_peek_string (subscription, "tenantId"), &error);
  g_assert_no_error (error);
  g_assert_true (arm_provider_register (arm, world.job, "Microsoft.ManagedIdentity", &error));
  g_autoptr (json_t) identity = arm_identity_ensure (arm, world.job, "rg-1", "westus", "one-mi", &error);
  g_assert_no_error (error);
  const char *id = cr_json_peek_string (identity, "id");
  g_assert_nonnull (cr_json_peek_string (json_object_get (identity, "properties"), "clientId"));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (json_t) credential =
        arm_federated_credential_ensure (arm, world.job, id, "analytics-1-federation",
                                         "https://127.0.0.1:9/oidc", i == 0 ? "c-1" : "c-2", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (cr_json_peek_string (json_object_get (credential, "properties"), "subject"), ==,
                     i == 0 ? "c-1" : "c-2");
  }
  g_autofree char *absent = arm_resource_id (arm, world.job, "rg-1", "Microsoft.KeyVault/vaults", "nothere",
                                             &error);
  g_assert_null (arm_get (arm, world.job, absent, "2023-07-01", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  world_close (&world);
}

/* --- storage -------------------------------------------------------------------------------------------- */

static void
put_local (const char *folder, const char *name, const void *data, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_true (cr_dir_make (parent, 0700, NULL));
  g_assert_true (cr_file_write (path, data, (gssize) length, 0600, NULL));
}

static void
test_blobs (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  g_autoptr (ArmClient) arm = arm_of (&world);
  g_autofree char *endpoint = make_storage (&world, arm, "datasatwo");
  g_autoptr (BlobClient) blobs = blob_client_new (world.cloud->http, endpoint,
                                                  identity_session_token_callback, world.session);
  g_assert_true (blob_container_create (blobs, world.job, "cont-1", &error));
  g_assert_true (blob_container_create (blobs, world.job, "cont-1", &error));
  g_assert_no_error (error);

  g_autoptr (GBytes) text = g_bytes_new_static ("hello", 5);
  g_assert_true (blob_put (blobs, world.job, "cont-1", "a dir/ü & +%.txt", text, "text/plain", &error));
  g_assert_no_error (error);
  g_autoptr (GBytes) back = blob_get (blobs, world.job, "cont-1", "a dir/ü & +%.txt", 100, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (text, back));
  g_assert_null (blob_get (blobs, world.job, "cont-1", "a dir/ü & +%.txt", 4, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (BlobItem) head = blob_head (blobs, world.job, "cont-1", "a dir/ü & +%.txt", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (head->length, ==, 5);
  g_assert_cmpstr (head->md5, ==, "XUFAKrxLKna5cZ2REBfFkg==");
  g_assert_null (blob_get (blobs, world.job, "cont-1", "nothere", 100, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* A folder, one file of it larger than a block; twice; back again. */
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-transfer-XXXXXX", NULL);
  g_autofree char *up = g_build_filename (dir, "up", NULL);
  g_autofree char *down = g_build_filename (dir, "down", NULL);
  gsize big_length = 2 * 8 * 1024 * 1024 + 12345;
  g_autofree guint8 *big = g_malloc (big_length);
  for (gsize i = 0; i < big_length; i++)
    big[i] = (guint8) (i * 31 + i / 4093);
  put_local (up, "2025-09-01/a.csv", "1,2\r\n", 5);
  put_local (up, "2025-09-02/b.csv", "", 0);
  put_local (up, "big.bin", big, big_length);
  for (guint i = 0; i < 10; i++) {
    g_autofree char *name = g_strdup_printf ("many/%u.json", i);
    put_local (up, name, name, strlen (name));
  }
  g_autoptr (CloudStore) store = cloud_store_blob (blobs, "cont-1");
  TransferResult result;
  g_assert_true (transfer_upload (store, world.job, "in/", up, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.files, ==, 13);
  g_assert_cmpuint (result.moved, ==, 13);
  g_assert_true (transfer_upload (store, world.job, "in/", up, NULL, &result, &error));
  g_assert_cmpuint (result.moved, ==, 0);
  put_local (up, "2025-09-01/a.csv", "1,3\r\n", 5);
  g_assert_true (transfer_upload (store, world.job, "in/", up, NULL, &result, &error));
  g_assert_cmpuint (result.moved, ==, 1);

  g_autoptr (GPtrArray) items = blob_list (blobs, world.job, "cont-1", "in/", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, 13);
  g_assert_true (transfer_download (store, world.job, "in/", down, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.moved, ==, 13);
  g_autofree char *big_path = g_build_filename (down, "big.bin", NULL);
  g_autoptr (GBytes) big_back = cr_file_read (big_path, big_length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (big_back, NULL), g_bytes_get_size (big_back), big, big_length);
  g_assert_true (transfer_download (store, world.job, "in/", down, NULL, &result, &error));
  g_assert_cmpuint (result.moved, ==, 0);

  g_assert_true (blob_delete (blobs, world.job, "cont-1", "in/big.bin", &error));
  g_assert_true (blob_delete (blobs, world.job, "cont-1", "in/big.bin", &error));
  g_assert_no_error (error);
  g_assert_true (cr_dir_remove (dir, NULL));
  world_close (&world);
}

/* Names that must not become paths here. */
static void
test_hostile_names (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  g_autoptr (ArmClient) arm = arm_of (&world);
  g_autofree char *endpoint = make_storage (&world, arm, "datasathree");
  g_autoptr (BlobClient) blobs = blob_client_new (world.cloud->http, endpoint,
                                                  identity_session_token_callback, world.session);
  g_assert_true (blob_container_create (blobs, world.job, "cont-1", &error));
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-transfer-XXXXXX", NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);
  g_assert_true (blob_put (blobs, world.job, "cont-1", "out/deep//empty", text, "text/plain", &error));
  g_assert_no_error (error);
  g_autoptr (CloudStore) store = cloud_store_blob (blobs, "cont-1");
  g_assert_false (transfer_download (store, world.job, "out/", dir, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (GDir) left = g_dir_open (dir, 0, NULL);
  g_assert_null (g_dir_read_name (left));
  g_assert_true (cr_dir_remove (dir, NULL));
  world_close (&world);
}

static void
test_role_wait (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, "role-delay-ms", "700");
  g_autoptr (ArmClient) arm = arm_of (&world);
  g_autofree char *endpoint = make_storage (&world, arm, "datasafour");
  g_autoptr (BlobClient) blobs = blob_client_new (world.cloud->http, endpoint,
                                                  identity_session_token_callback, world.session);
  /* Without patience it is an error that says what to do; with it the call succeeds and tells what it waited
   * for. */
  blob_client_set_role_wait (blobs, 100, 0);
  guint before = world.notices;
  g_assert_false (blob_container_create (blobs, world.job, "cont-1", &error));
  g_assert_true (cr_error_is_remote (error, "AuthorizationPermissionMismatch"));
  g_assert_cmpuint (world.notices, ==, before);
  g_clear_error (&error);
  blob_client_set_role_wait (blobs, 100, 5000);
  g_assert_true (blob_container_create (blobs, world.job, "cont-1", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (world.notices, >, before);
  world_close (&world);
}

static void
test_website (void)
{
  g_autoptr (GError) error = NULL;
  World world;
  world_open (&world, NULL, NULL);
  g_autoptr (ArmClient) arm = arm_of (&world);
  g_autofree char *endpoint = make_storage (&world, arm, "oidcsafive");
  g_autoptr (json_t) account = arm_storage_account_ensure (arm, world.job, "rg-1", "westus", "oidcsafive",
                                                           FALSE, &error);
  g_autoptr (IdentityPerson) person = identity_session_person (world.session, world.job, &error);
  g_assert_true (arm_role_ensure (arm, world.job, cr_json_peek_string (account, "id"),
                                  CLOUD_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR, person->oid, "User", NULL, &error));
  g_autoptr (BlobClient) blobs = blob_client_new (world.cloud->http, endpoint,
                                                  identity_session_token_callback, world.session);
  g_assert_true (blob_static_website (blobs, world.job, &error));
  g_assert_no_error (error);
  g_autoptr (GBytes) text = g_bytes_new_static ("{}", 2);
  g_assert_true (blob_put (blobs, world.job, "$web", "p/.well-known/openid-configuration", text,
                           "application/json", &error));
  g_assert_no_error (error);
  /* Anybody can read it. */
  g_autofree char *web = arm_storage_endpoint (account, "web", &error);
  g_autofree char *url = http_url_join (web, "p/.well-known/openid-configuration");
  HttpRequest request = { .method = "GET", .url = url };
  g_autoptr (HttpResponse) response = http_call (NULL, world.cloud->http, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (response->body), ==, 2);
  world_close (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-client/sign-in", test_sign_in);
  g_test_add_func ("/cloud-client/wrong-person", test_wrong_person);
  g_test_add_func ("/cloud-client/cancel", test_cancel);
  g_test_add_func ("/cloud-client/resources", test_resources);
  g_test_add_func ("/cloud-client/blobs", test_blobs);
  g_test_add_func ("/cloud-client/hostile-names", test_hostile_names);
  g_test_add_func ("/cloud-client/role-wait", test_role_wait);
  g_test_add_func ("/cloud-client/website", test_website);
  return g_test_run ();
}
