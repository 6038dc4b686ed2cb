/* SPDX-License-Identifier: MIT
 * Derived names and the limits of cloud resource names.
 */
#include "base/error.h"
#include "cloud/names.h"

#include <string.h>

static void
test_u13 (void)
{
  static const struct {
    const char *text, *name;
  } vectors[] = { { "operator-1a2b3c4d", "ohnbuezjhxopn" }, { "fabrikam-0a1b2c3d", "uwkgwumdoqrsp" } };
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++) {
    g_autofree char *name = cloud_u13 (vectors[i].text);
    g_assert_cmpstr (name, ==, vectors[i].name);
  }
}

typedef gboolean (*Check) (const char *name, GError **error);

static void
test_limits (void)
{
  static const char long_64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  static const struct {
    Check check;
    const char *name;
    gboolean good;
  } rows[] = {
    { cloud_check_storage_account_name, "datasaohnbuezjhxopn", TRUE },
    { cloud_check_storage_account_name, "abc", TRUE },
    { cloud_check_storage_account_name, "ab", FALSE },
    { cloud_check_storage_account_name, "Abc", FALSE },
    { cloud_check_storage_account_name, "a-bc", FALSE },
    { cloud_check_storage_account_name, "abcdefghijklmnopqrstuvwxy", FALSE },
    { cloud_check_vault_name, "ohnbuezjhxopnkv", TRUE },
    { cloud_check_vault_name, "my_vault", FALSE },
    { cloud_check_container_name, "analytics-sse-woodgrove-input", TRUE },
    { cloud_check_container_name, "a--b", FALSE },
    { cloud_check_container_name, "-ab", FALSE },
    { cloud_check_container_name, "ab-", FALSE },
    { cloud_check_container_name, "Ab", FALSE },
    { cloud_check_container_name, long_64, FALSE },
    { cloud_check_container_name, long_64 + 1, TRUE },
    { cloud_check_credential_name, "analytics-1a2b3c4d-7b1f-federation", TRUE },
    { cloud_check_credential_name, "-abc", FALSE },
    { cloud_check_credential_name, "ab c", FALSE },
    { cloud_check_credential_name, "ab", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (rows[i].check (rows[i].name, &error), ==, rows[i].good);
    if (!rows[i].good) {
      g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
      g_assert_nonnull (strstr (error->message, rows[i].name));
    }
  }
}

/* The same question gives the same name, whatever the case of the ids; another question another name. */
static void
test_role_name (void)
{
  static const char scope[] =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
  g_autofree char *one = cloud_role_assignment_name (scope, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, "oid-1");
  g_autofree char *upper = g_ascii_strup (scope, -1);
  g_autofree char *same = cloud_role_assignment_name (upper, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, "OID-1");
  g_autofree char *other = cloud_role_assignment_name (scope, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, "oid-2");
  g_assert_true (g_uuid_string_is_valid (one));
  g_assert_cmpint (one[14], ==, '5');
  g_assert_cmpstr (one, ==, same);
  g_assert_cmpstr (one, !=, other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/names/u13", test_u13);
  g_test_add_func ("/cloud/names/limits", test_limits);
  g_test_add_func ("/cloud/names/role", test_role_name);
  return g_test_run ();
}
