/* SPDX-License-Identifier: MIT
 * The sandbox's resource manager: resources, long operations, roles, and what one party cannot do to another.
 */
#include "cloud-harness.h"

#include "sandbox/arm-private.h"

typedef struct {
  Cloud *cloud;
  Person *alice, *eve;
  char *subscription;
  char *group; /* alice's */
} Fixture;

static Fixture *
fixture_new (const char *setting, const char *value)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (setting, value);
  f->alice = cloud_signed_in (f->cloud, "alice@northwind.example");
  f->eve = cloud_signed_in (f->cloud, "eve@woodgrove.example");
  f->subscription = cloud_subscription (f->cloud, f->alice->management);
  f->group = g_strdup_printf ("/subscriptions/%s/resourceGroups/alice-rg", f->subscription);
  cloud_arm_expect (f->cloud, "PUT", f->group, f->alice->management, "{\"location\":\"West US\"}", 201, NULL);
  return f;
}

static void
fixture_free (Fixture *f)
{
  cloud_close (f->cloud);
  person_free (f->alice);
  person_free (f->eve);
  g_free (f->subscription);
  g_free (f->group);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static char *
below (const Fixture *f, const char *rest)
{
  return g_strconcat (f->group, rest, NULL);
}

static void
expect (Fixture *f, const Person *who, const char *method, const char *rest, const char *body, guint status,
        const char *code)
{
  g_autofree char *path = below (f, rest);
  cloud_arm_expect (f->cloud, method, path, who->management, body, status, code);
}

static json_t *
get (Fixture *f, const Person *who, const char *path)
{
  g_autoptr (HttpResponse) response = cloud_arm (f->cloud, "GET", path, who->management, NULL);
  g_assert_cmpuint (response->status, ==, 200);
  return http_response_json (response, NULL);
}

static void
test_sign_in (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  cloud_arm_expect (f->cloud, "GET", f->group, NULL, NULL, 401, "AuthenticationFailed");
  cloud_arm_expect (f->cloud, "GET", f->group, "not.a.token", NULL, 401, "InvalidAuthenticationToken");
  cloud_arm_expect (f->cloud, "GET", f->group, f->alice->storage, NULL, 401, "InvalidAuthenticationToken");
  g_autoptr (HttpResponse) refused = cloud_arm (f->cloud, "GET", f->group, NULL, NULL);
  g_assert_nonnull (http_response_header (refused, "www-authenticate"));
  g_assert_nonnull (http_response_header (refused, "x-ms-request-id"));
  g_autoptr (HttpResponse) bare = cloud_send (f->cloud, "GET", "management", f->group, f->alice->management,
                                              NULL, NULL, NULL);
  g_autofree char *text = cloud_text (bare);
  g_assert_cmpuint (bare->status, ==, 400);
  g_assert_nonnull (strstr (text, "MissingApiVersionParameter"));
}

static void
test_paths (void)
{
  static const char *const bad[] = { "/providers/Microsoft.Storage/storageAccounts/..",
                                     "/providers/Microsoft.Storage/storageAccounts/%2e%2e",
                                     "/providers/Microsoft.Storage/storageAccounts/a%2fb",
                                     "/providers//storageAccounts/x", "/providers/Microsoft.Storage/x%00/y" };
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *path = g_strconcat (f->group, bad[i], "?api-version=2021-04-01", NULL);
    g_test_message ("%s", path);
    g_assert_cmpint (cloud_raw_get (f->cloud, "management", path, f->alice->management), ==, 400);
  }
  expect (f, f->alice, "GET", "/providers/Microsoft.Nothing/things/x", NULL, 404, "InvalidResourceType");
  expect (f, f->alice, "POST", "", "{}", 405, "MethodNotAllowed");
  cloud_arm_expect (f->cloud, "GET", "/subscriptions/00000000-0000-4000-8000-000000000000",
                    f->alice->management, NULL, 404, "SubscriptionNotFound");
}

static void
test_groups (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  expect (f, f->alice, "PUT", "", "{\"location\":\"westus\"}", 200, NULL);
  expect (f, f->alice, "PUT", "", "{\"location\":\"eastus\"}", 409, "InvalidResourceGroupLocation");
  expect (f, f->alice, "PUT", "", "{}", 400, "LocationRequired");
  expect (f, f->alice, "PUT", "", "{", 400, "InvalidRequestContent");
  g_autofree char *upper = g_strdup_printf ("/SUBSCRIPTIONS/%s/resourcegroups/ALICE-RG", f->subscription);
  g_autoptr (json_t) shown = get (f, f->alice, upper);
  g_assert_cmpstr (cr_json_peek_string (shown, "id"), ==, f->group);
  g_assert_cmpstr (cr_json_peek_string (shown, "location"), ==, "westus");
  g_autofree char *none = g_strdup_printf ("/subscriptions/%s/resourceGroups/none", f->subscription);
  cloud_arm_expect (f->cloud, "GET", none, f->alice->management, NULL, 404, "ResourceGroupNotFound");
}

/* One party sees and changes nothing of the other's. */
static void
test_other_party (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  cloud_register (f->cloud, f->subscription, f->alice->management);
  expect (f, f->alice, "PUT", "/providers/Microsoft.Storage/storageAccounts/datasa1", CLOUD_ACCOUNT_BODY, 202,
          NULL);
  static const struct {
    const char *method, *rest, *body;
  } calls[] = {
    { "GET", "", NULL },
    { "PUT", "", "{\"location\":\"westus\"}" },
    { "DELETE", "", NULL },
    { "GET", "/resources", NULL },
    { "GET", "/providers/Microsoft.Storage/storageAccounts", NULL },
    { "GET", "/providers/Microsoft.Storage/storageAccounts/datasa1", NULL },
    { "PATCH", "/providers/Microsoft.Storage/storageAccounts/datasa1", "{}" },
    { "POST", "/providers/Microsoft.Storage/storageAccounts/datasa1/listKeys", NULL },
    { "DELETE", "/providers/Microsoft.Storage/storageAccounts/datasa1", NULL },
    { "PUT", "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/eve-mi",
      "{\"location\":\"westus\"}" },
    { "GET", "/providers/Microsoft.Authorization/roleAssignments", NULL },
    { "PUT", "/providers/Microsoft.Authorization/roleAssignments/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
      "{}" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    expect (f, f->eve, calls[i].method, calls[i].rest, calls[i].body, 403, "AuthorizationFailed");
  g_autofree char *list = g_strdup_printf ("/subscriptions/%s/resourceGroups", f->subscription);
  g_autoptr (json_t) hers = get (f, f->eve, list);
  g_assert_cmpuint (json_array_size (json_object_get (hers, "value")), ==, 0);
  /* The account's name is taken for everybody. */
  g_autofree char *group = g_strdup_printf ("/subscriptions/%s/resourceGroups/eve-rg", f->subscription);
  g_autofree char *same = g_strconcat (group, "/providers/Microsoft.Storage/storageAccounts/datasa1", NULL);
  cloud_arm_expect (f->cloud, "PUT", group, f->eve->management, "{\"location\":\"westus\"}", 201, NULL);
  cloud_arm_expect (f->cloud, "PUT", same, f->eve->management, CLOUD_ACCOUNT_BODY, 409,
                    "StorageAccountAlreadyTaken");
  /* Reader on the group opens reading, no more. */
  g_autofree char *role = cloud_role (f->cloud, f->alice->management, f->group, ARM_ROLE_READER, f->eve->oid);
  expect (f, f->eve, "GET", "/providers/Microsoft.Storage/storageAccounts/datasa1", NULL, 200, NULL);
  expect (f, f->eve, "DELETE", "", NULL, 403, "AuthorizationFailed");
  cloud_arm_expect (f->cloud, "DELETE", role, f->alice->management, NULL, 200, NULL);
  cloud_arm_expect (f->cloud, "DELETE", role, f->alice->management, NULL, 204, NULL);
  expect (f, f->eve, "GET", "", NULL, 403, "AuthorizationFailed");
}

static void
test_accounts (void)
{
  const char *account = "/providers/Microsoft.Storage/storageAccounts/datasa1";
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  expect (f, f->alice, "PUT", account, CLOUD_ACCOUNT_BODY, 409, "MissingSubscriptionRegistration");
  cloud_register (f->cloud, f->subscription, f->alice->management);
  expect (f, f->alice, "PUT", "/providers/Microsoft.Storage/storageAccounts/Data_SA", CLOUD_ACCOUNT_BODY, 400,
          "AccountNameInvalid");
  expect (f, f->alice, "PUT", account, "{\"location\":\"westus\"}", 400, "InvalidRequestPropertyValue");
  g_autofree char *id = below (f, account);
  g_autoptr (HttpResponse) made = cloud_arm (f->cloud, "PUT", id, f->alice->management, CLOUD_ACCOUNT_BODY);
  g_assert_cmpuint (made->status, ==, 202);
  g_assert_nonnull (http_response_header (made, "retry-after"));
  g_autoptr (HttpResponse) done = cloud_send (f->cloud, "GET", NULL, http_response_header (made, "location"),
                                              f->alice->management, NULL, NULL, NULL);
  g_assert_cmpuint (done->status, ==, 200);
  g_autoptr (json_t) shown = http_response_json (done, NULL);
  json_t *properties = json_object_get (shown, "properties");
  g_autofree char *blob = g_strdup_printf ("%s/datasa1/", sandbox_url (f->cloud->sandbox, "blob"));
  g_assert_cmpstr (cr_json_peek_string (properties, "provisioningState"), ==, "Succeeded");
  g_assert_cmpstr (cr_json_peek_string (json_object_get (properties, "primaryEndpoints"), "blob"), ==, blob);
  g_assert_false (cr_json_peek_bool (properties, "allowSharedKeyAccess", TRUE));
  expect (f, f->alice, "PUT", account, CLOUD_ACCOUNT_BODY, 200, NULL);
  expect (f, f->alice, "PATCH", account, "{\"properties\":{\"allowSharedKeyAccess\":true}}", 200, NULL);
  expect (f, f->alice, "PATCH", account, "{\"properties\":{\"allowSharedKeyAccess\":\"yes\"}}", 400,
          "InvalidRequestPropertyValue");
  g_autoptr (json_t) patched = get (f, f->alice, id);
  g_assert_true (cr_json_peek_bool (json_object_get (patched, "properties"), "allowSharedKeyAccess", FALSE));
  expect (f, f->alice, "POST", "/providers/Microsoft.Storage/storageAccounts/datasa1/listKeys", NULL, 200,
          NULL);
  expect (f, f->alice, "GET", "/providers/Microsoft.Storage/storageAccounts/other", NULL, 404,
          "ResourceNotFound");
  /* Somebody else cannot follow the operation. */
  g_autoptr (HttpResponse) spied = cloud_send (f->cloud, "GET", NULL, http_response_header (made, "location"),
                                               f->eve->management, NULL, NULL, NULL);
  g_assert_cmpuint (spied->status, ==, 404);
}

static void
test_slow_operations (void)
{
  g_autoptr (Fixture) f = fixture_new ("operation-ms", "1200");
  cloud_register (f->cloud, f->subscription, f->alice->management);
  g_autofree char *id = below (f, "/providers/Microsoft.Storage/storageAccounts/datasa1");
  g_autoptr (HttpResponse) made = cloud_arm (f->cloud, "PUT", id, f->alice->management, CLOUD_ACCOUNT_BODY);
  const char *status_url = http_response_header (made, "azure-asyncoperation");
  const char *result_url = http_response_header (made, "location");
  g_autoptr (HttpResponse) running = cloud_send (f->cloud, "GET", NULL, status_url, f->alice->management,
                                                 NULL, NULL, NULL);
  g_autoptr (json_t) state = http_response_json (running, NULL);
  g_assert_cmpstr (cr_json_peek_string (state, "status"), ==, "InProgress");
  g_assert_nonnull (http_response_header (running, "retry-after"));
  g_autoptr (HttpResponse) waiting = cloud_send (f->cloud, "GET", NULL, result_url, f->alice->management,
                                                 NULL, NULL, NULL);
  g_assert_cmpuint (waiting->status, ==, 202);
  g_autoptr (json_t) creating = get (f, f->alice, id);
  g_assert_cmpstr (cr_json_peek_string (json_object_get (creating, "properties"), "provisioningState"), ==,
                   "Creating");
  g_usleep (1300 * 1000);
  g_autoptr (HttpResponse) done = cloud_send (f->cloud, "GET", NULL, result_url, f->alice->management, NULL,
                                              NULL, NULL);
  g_assert_cmpuint (done->status, ==, 200);
}

#define VAULT(purge)                                                                                         \
  "{\"location\":\"westus\",\"properties\":{\"tenantId\":\"72f988bf-86f1-41af-91ab-2d7cd011db47\","          \
  "\"sku\":{\"family\":\"A\",\"name\":\"premium\"},\"enablePurgeProtection\":" purge                         \
  ",\"accessPolicies\":[]}}"

static void
test_vaults (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  cloud_register (f->cloud, f->subscription, f->alice->management);
  const char *vault = "/providers/Microsoft.KeyVault/vaults/alicekv";
  expect (f, f->alice, "GET", vault, NULL, 404, "ResourceNotFound");
  expect (f, f->alice, "PUT", vault, VAULT ("true"), 200, NULL);
  expect (f, f->alice, "PUT", vault, VAULT ("true"), 200, NULL);
  expect (f, f->alice, "PUT", vault, VAULT ("false"), 400, "BadRequest");
  expect (f, f->alice, "PUT", "/providers/Microsoft.KeyVault/vaults/1kv", VAULT ("true"), 400,
          "VaultNameNotValid");
  expect (f, f->alice, "PUT", "/providers/Microsoft.KeyVault/vaults/kv2", "{\"location\":\"westus\"}", 400,
          "BadRequest");
  g_autofree char *group = g_strdup_printf ("/subscriptions/%s/resourceGroups/eve-rg", f->subscription);
  g_autofree char *same = g_strconcat (group, vault, NULL);
  cloud_arm_expect (f->cloud, "PUT", group, f->eve->management, "{\"location\":\"westus\"}", 201, NULL);
  cloud_arm_expect (f->cloud, "PUT", same, f->eve->management, VAULT ("true"), 409, "VaultAlreadyExists");
}

#define MI "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/alice-mi"
#define CREDENTIAL(issuer, subject)                                                                          \
  "{\"properties\":{\"issuer\":\"" issuer "\",\"subject\":\"" subject "\",\"audiences\":[\"api://x\"]}}"

static void
test_identities (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  cloud_register (f->cloud, f->subscription, f->alice->management);
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/abc", CREDENTIAL ("https://a", "b"), 404,
          "ParentResourceNotFound");
  expect (f, f->alice, "PUT", MI, "{\"location\":\"westus\"}", 201, NULL);
  g_autofree char *path = below (f, MI);
  g_autoptr (json_t) first = get (f, f->alice, path);
  expect (f, f->alice, "PUT", MI, "{\"location\":\"westus\"}", 200, NULL);
  g_autoptr (json_t) second = get (f, f->alice, path);
  g_assert_true (json_equal (first, second));
  g_assert_cmpstr (cr_json_peek_string (json_object_get (first, "properties"), "tenantId"), ==,
                   f->alice->tid);
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/ab", CREDENTIAL ("https://a", "b"), 400,
          "BadRequest");
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/abc", CREDENTIAL ("http://a", "b"), 400,
          "BadRequest");
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/abc", CREDENTIAL ("https://a", "b"), 201,
          NULL);
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/abc", CREDENTIAL ("https://a", "c"), 200,
          NULL);
  expect (f, f->alice, "PUT", MI "/federatedIdentityCredentials/abd", CREDENTIAL ("https://a", "c"), 409,
          "Conflict");
  expect (f, f->eve, "PUT", MI "/federatedIdentityCredentials/abc", CREDENTIAL ("https://a", "e"), 403,
          "AuthorizationFailed");
  g_autofree char *name = g_strnfill (120, 'a');
  g_autofree char *longest = g_strdup_printf (MI "/federatedIdentityCredentials/%s", name);
  g_autofree char *longer = g_strdup_printf (MI "/federatedIdentityCredentials/%sa", name);
  expect (f, f->alice, "PUT", longest, CREDENTIAL ("https://a", "d"), 201, NULL);
  expect (f, f->alice, "PUT", longer, CREDENTIAL ("https://a", "e"), 400, "BadRequest");
  expect (f, f->alice, "DELETE", MI, NULL, 200, NULL);
  expect (f, f->alice, "GET", MI "/federatedIdentityCredentials/abc", NULL, 404, "ResourceNotFound");
}

static char *
role_body (const char *role, const char *principal, const char *type)
{
  return g_strdup_printf (
      "{\"properties\":{\"roleDefinitionId\":\"/subscriptions/x/providers/Microsoft.Authorization/"
      "roleDefinitions/%s\",\"principalId\":\"%s\",\"principalType\":\"%s\"}}",
      role, principal, type);
}

static void
test_roles (void)
{
  static const char *const contributor[] = { ARM_ROLE_BLOB_CONTRIBUTOR, NULL };
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autofree char *account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  g_autofree char *good = role_body (ARM_ROLE_BLOB_CONTRIBUTOR, f->eve->oid, "User");
  g_autofree char *wrong_type = role_body (ARM_ROLE_BLOB_CONTRIBUTOR, f->eve->oid, "ServicePrincipal");
  g_autofree char *nobody = role_body (ARM_ROLE_BLOB_CONTRIBUTOR, "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                                       "User");
  g_autofree char *no_role = role_body ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", f->eve->oid, "User");
  g_autofree char *other = role_body (ARM_ROLE_BLOB_READER, f->eve->oid, "User");
  g_autofree char *base = g_strconcat (account, "/providers/Microsoft.Authorization/roleAssignments/", NULL);
  g_autofree char *one = g_strconcat (base, "11111111-1111-4111-8111-111111111111", NULL);
  g_autofree char *two = g_strconcat (base, "22222222-2222-4222-8222-222222222222", NULL);
  g_autofree char *odd = g_strconcat (base, "not-a-guid", NULL);
  const char *token = f->alice->management;
  g_assert_false (arm_has_role (f->cloud->sandbox, f->eve->oid, account, contributor));
  cloud_arm_expect (f->cloud, "PUT", odd, token, good, 400, "InvalidRoleAssignmentId");
  cloud_arm_expect (f->cloud, "PUT", one, token, nobody, 400, "PrincipalNotFound");
  cloud_arm_expect (f->cloud, "PUT", one, token, no_role, 404, "RoleDefinitionDoesNotExist");
  cloud_arm_expect (f->cloud, "PUT", one, token, wrong_type, 400, "UnmatchedPrincipalType");
  cloud_arm_expect (f->cloud, "PUT", one, token, good, 201, NULL);
  cloud_arm_expect (f->cloud, "PUT", one, token, good, 200, NULL);
  cloud_arm_expect (f->cloud, "PUT", two, token, good, 409, "RoleAssignmentExists");
  cloud_arm_expect (f->cloud, "PUT", one, token, other, 400, "RoleAssignmentUpdateNotPermitted");
  g_assert_true (arm_has_role (f->cloud->sandbox, f->eve->oid, account, contributor));
  g_autofree char *inside = g_strconcat (account, "/blobServices/default/containers/c", NULL);
  g_autofree char *neighbour = g_strconcat (account, "2", NULL);
  g_assert_true (arm_has_role (f->cloud->sandbox, f->eve->oid, inside, contributor));
  g_assert_false (arm_has_role (f->cloud->sandbox, f->eve->oid, neighbour, contributor));
  g_assert_false (arm_has_role (f->cloud->sandbox, f->eve->oid, f->group, contributor));
  /* A data role opens no doors in the resource manager. */
  cloud_arm_expect (f->cloud, "GET", account, f->eve->management, NULL, 403, "AuthorizationFailed");
  g_autofree char *filter = g_strdup_printf (
      "%s/providers/Microsoft.Authorization/roleAssignments?$filter=principalId%%20eq%%20'%s'", account,
      f->eve->oid);
  g_autoptr (json_t) list = get (f, f->alice, filter);
  g_assert_cmpuint (json_array_size (json_object_get (list, "value")), ==, 1);
  g_autofree char *bad = g_strdup_printf ("%s/providers/Microsoft.Authorization/roleAssignments?$filter=x",
                                          account);
  cloud_arm_expect (f->cloud, "GET", bad, token, NULL, 400, "UnsupportedQuery");
  cloud_arm_expect (f->cloud, "DELETE", one, token, NULL, 200, NULL);
  g_assert_false (arm_has_role (f->cloud->sandbox, f->eve->oid, account, contributor));
}

static void
test_role_delay (void)
{
  static const char *const contributor[] = { ARM_ROLE_BLOB_CONTRIBUTOR, NULL };
  g_autoptr (Fixture) f = fixture_new ("role-delay-ms", "700");
  g_autofree char *account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  g_free (cloud_role (f->cloud, f->alice->management, account, ARM_ROLE_BLOB_CONTRIBUTOR, f->eve->oid));
  g_assert_false (arm_has_role (f->cloud->sandbox, f->eve->oid, account, contributor));
  g_usleep (800 * 1000);
  g_assert_true (arm_has_role (f->cloud->sandbox, f->eve->oid, account, contributor));
}

static void
test_permissions (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autofree char *path = below (f, "/providers/Microsoft.Authorization/permissions");
  g_autoptr (json_t) mine = get (f, f->alice, path);
  g_autoptr (json_t) hers = get (f, f->eve, path);
  g_assert_cmpuint (json_array_size (json_object_get (mine, "value")), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (hers, "value")), ==, 0);
}

static void
test_restart_and_delete (void)
{
  static const char *const contributor[] = { ARM_ROLE_BLOB_CONTRIBUTOR, NULL };
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autofree char *account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  g_free (cloud_role (f->cloud, f->alice->management, account, ARM_ROLE_BLOB_CONTRIBUTOR, f->alice->oid));
  g_autoptr (json_t) before = get (f, f->alice, account);
  cloud_stop (f->cloud);
  cloud_start (f->cloud);
  g_autoptr (json_t) after = get (f, f->alice, account);
  g_assert_true (json_equal (before, after));
  g_autofree char *subscription = cloud_subscription (f->cloud, f->alice->management);
  g_assert_cmpstr (subscription, ==, f->subscription);
  cloud_blob_expect (f->cloud, "PUT", "/datasa1/c01?restype=container", f->alice->storage, NULL, NULL, NULL,
                     201, NULL);
  cloud_arm_expect (f->cloud, "DELETE", f->group, f->alice->management, NULL, 202, NULL);
  cloud_arm_expect (f->cloud, "GET", f->group, f->alice->management, NULL, 404, "ResourceGroupNotFound");
  g_assert_false (arm_has_role (f->cloud->sandbox, f->alice->oid, account, contributor));
  /* Whoever takes the name next finds nothing of the old data. */
  g_autofree char *taken = cloud_account (f->cloud, f->eve, "eve-rg", "datasa1");
  g_free (cloud_role (f->cloud, f->eve->management, taken, ARM_ROLE_BLOB_CONTRIBUTOR, f->eve->oid));
  cloud_blob_expect (f->cloud, "GET", "/datasa1/c01?restype=container", f->eve->storage, NULL, NULL, NULL,
                     404, "ContainerNotFound");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/sign-in", test_sign_in);
  g_test_add_func ("/arm/paths", test_paths);
  g_test_add_func ("/arm/groups", test_groups);
  g_test_add_func ("/arm/other-party", test_other_party);
  g_test_add_func ("/arm/accounts", test_accounts);
  g_test_add_func ("/arm/slow-operations", test_slow_operations);
  g_test_add_func ("/arm/vaults", test_vaults);
  g_test_add_func ("/arm/identities", test_identities);
  g_test_add_func ("/arm/roles", test_roles);
  g_test_add_func ("/arm/role-delay", test_role_delay);
  g_test_add_func ("/arm/permissions", test_permissions);
  g_test_add_func ("/arm/restart-and-delete", test_restart_and_delete);
  return g_test_run ();
}
