/* SPDX-License-Identifier: MIT
 * environment.yaml, good and bad.
 */
#include "base/error.h"
#include "base/file.h"
#include "cloud/environment.h"

#include <string.h>

#define CERTIFICATE                                                                                          \
  "  -----BEGIN CERTIFICATE-----\n"                                                                          \
  "  MIIBdTCCARugAwIBAgIUOc0KFsXtORZkI8SGBOrTCHNz4WUwCgYIKoZIzj0EAwIw\n"                                     \
  "  DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIwNjQ0MjFaGA8yMTI2MTAyOTA2NDQy\n"                                     \
  "  MVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBYC\n"                                     \
  "  Grtf+i09cSf04songy6NbFq2QEAnCDkBW37kUdMlF9nCA+G7FmK+w/7APh0ww4D1\n"                                     \
  "  qDHGp7LFWSCUGafrgbujUzBRMB0GA1UdDgQWBBSa8iI0ZOnHQWVPEf3sxm+TrZ49\n"                                     \
  "  yzAfBgNVHSMEGDAWgBSa8iI0ZOnHQWVPEf3sxm+TrZ49yzAPBgNVHRMBAf8EBTAD\n"                                     \
  "  AQH/MAoGCCqGSM49BAMCA0gAMEUCIDsxBd+iRWblZ5auRZvZuICaQIXtQYYSE84Z\n"                                     \
  "  dujhTMFbAiEA/MrdQ0b4ThtjlJgZSpwDMlxA7n2RYqsjF7tRL8buBXE=\n"                                             \
  "  -----END CERTIFICATE-----\n"

#define ENDPOINTS                                                                                            \
  "endpoints: { identity: \"https://127.0.0.1:1/\", management: \"https://127.0.0.1:2\", "                   \
  "provider: \"https://127.0.0.1:3\" }\n"

static void
test_good (void)
{
  static const char text[] = "name: local\nkind: sandbox\nsimulated-attestation: true\n" ENDPOINTS
                             "trust: |\n" CERTIFICATE "attestation-root: |\n" CERTIFICATE;
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-env-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, ENVIRONMENT_FILE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Environment) absent = environment_load (dir, &error);
  g_assert_null (absent);
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autoptr (Environment) environment = environment_load (dir, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (environment->name, ==, "local");
  g_assert_cmpint (environment->kind, ==, ENVIRONMENT_SANDBOX);
  g_assert_cmpstr (environment_kind_name (environment->kind), ==, "sandbox");
  g_assert_true (environment->simulated_attestation);
  g_assert_cmpstr (environment->identity_url, ==, "https://127.0.0.1:1");
  g_assert_cmpstr (environment->provider_url, ==, "https://127.0.0.1:3");
  g_assert_true (g_str_has_prefix (environment->trust_pem, "-----BEGIN CERTIFICATE-----"));
  g_assert_true (g_str_has_prefix (environment->attestation_root, "-----BEGIN CERTIFICATE-----"));
  g_assert_null (environment->subscription);
  g_assert_cmpstr (environment->location, ==, ENVIRONMENT_DEFAULT_LOCATION);
  g_assert_true (cr_dir_remove (dir, NULL));
}

static void
test_azure (void)
{
  static const char text[] =
      "name: prod\nkind: azure\nsubscription: 6ba7b811-9dad-41d1-80b4-00c04fd430c8\n"
      "location: northeurope\nclient-id: 04b07795-8ddb-461a-bbee-02f9e1bf7b46\n" ENDPOINTS;
  g_autoptr (GError) error = NULL;
  g_autoptr (Environment) environment = environment_parse (text, strlen (text), "e.yaml", &error);
  g_assert_no_error (error);
  g_assert_cmpint (environment->kind, ==, ENVIRONMENT_AZURE);
  g_assert_null (environment->trust_pem);
  g_assert_null (environment->attestation_root);
  g_assert_cmpstr (environment->subscription, ==, "6ba7b811-9dad-41d1-80b4-00c04fd430c8");
  g_assert_cmpstr (environment->location, ==, "northeurope");
}

typedef struct {
  const char *text;
  const char *message; /* how the message starts */
} Bad;

static void
test_bad (void)
{
  static const Bad rows[] = {
    { "", "e.yaml" },
    { "- a\n", "e.yaml:1: a mapping is expected" },
    { "name: local\nkind: sandbox\n", "e.yaml:1: endpoints is missing" },
    { "kind: sandbox\n" ENDPOINTS, "e.yaml:1: 'name' is missing" },
    { "name: a b\nkind: sandbox\n" ENDPOINTS, "e.yaml:1: \"a b\" is not a name" },
    { "name: local\nkind: box\n" ENDPOINTS, "e.yaml:2: unknown kind" },
    { "name: local\nkind: sandbox\nkinds: 1\n" ENDPOINTS, "e.yaml:3: unknown key" },
    { "name: local\nkind: sandbox\nsimulated-attestation: maybe\n" ENDPOINTS,
      "e.yaml:3: simulated-attestation must" },
    { "name: local\nkind: sandbox\nsubscription: 12\n" ENDPOINTS, "e.yaml:3: subscription must be a GUID" },
    { "name: local\nkind: sandbox\nendpoints: here\n", "e.yaml:3: endpoints must be a mapping" },
    { "name: local\nkind: sandbox\nendpoints:\n  identity: https://a\n  management: http://b\n  provider: https://c\n",
      "e.yaml:5: management must be a URL" },
    { "name: local\nkind: sandbox\nendpoints:\n  identity: https://a\n  management: https://b\n",
      "e.yaml:4: 'provider' is missing" },
    { "name: local\nkind: sandbox\nendpoints:\n  identity: https://me@a\n  management: https://b\n  provider: https://c\n",
      "e.yaml:4: identity must be a URL" },
    { "name: local\nkind: sandbox\ntrust: nothing\n" ENDPOINTS, "e.yaml:3: trust holds no certificate" },
    { "name: local\nkind: sandbox\nattestation-root: no\n" ENDPOINTS,
      "e.yaml:3: attestation-root holds no certificate" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Environment) environment = environment_parse (rows[i].text, strlen (rows[i].text), "e.yaml",
                                                             &error);
    g_assert_null (environment);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    if (!g_str_has_prefix (error->message, rows[i].message))
      g_error ("row %zu: %s", i, error->message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/environment/good", test_good);
  g_test_add_func ("/cloud/environment/azure", test_azure);
  g_test_add_func ("/cloud/environment/bad", test_bad);
  return g_test_run ();
}
