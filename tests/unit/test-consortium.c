/* SPDX-License-Identifier: MIT
 * Consortia made elsewhere: their description survives writing and reading, mistakes are named, and
 * identities made by other programs come into the key store without overwriting anything.
 */
#include "base/error.h"
#include "base/file.h"
#include "ccf/consortium.h"
#include "keys/member.h"
#include "memory-keys.h"

#include <string.h>

#define HEX64 "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"

static char *folder;

static char *
certificate_pem (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, NULL);
  g_autoptr (X509) certificate = cose_cert_new_member ("service", key, 1, NULL);
  return cose_cert_to_pem (certificate);
}

static CcfConsortium *
whole (const char *name, const char *pem)
{
  CcfConsortium *it = ccf_consortium_new (name);
  it->url = g_strdup ("https://ledger.example:8080");
  it->service_certificate = g_strdup (pem);
  it->account = g_strdup ("members/tdp");
  it->discovery_url = g_strdup ("https://ledger.example:444/network/report");
  it->host_data = g_strsplit (HEX64 ",0000000000000000000000000000000000000000000000000000000000000000", ",",
                              -1);
  it->constitution_digest = g_strdup ("sha256:" HEX64);
  it->bundle_digest = g_strdup ("sha256:" HEX64);
  it->root = g_strdup (pem);
  it->provider_url = g_strdup ("https://provider.example");
  it->provider_trust = g_strdup (pem);
  return it;
}

/* The certificate is compared as text by the ledger: it must come back byte for byte. */
static void
test_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = certificate_pem (), *bare = g_strchomp (g_strdup (pem));
  const char *const forms[] = { pem, bare };
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autoptr (CcfConsortium) it = whole ("trials", forms[i]);
    g_assert_true (ccf_consortium_save (it, folder, &error));
    g_assert_no_error (error);
    g_autoptr (CcfConsortium) read = ccf_consortium_load (folder, "trials", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (read->url, ==, it->url);
    g_assert_cmpstr (read->service_certificate, ==, it->service_certificate);
    g_assert_cmpstr (read->account, ==, it->account);
    g_assert_cmpstr (read->discovery_url, ==, it->discovery_url);
    g_assert_true (g_strv_equal ((const char *const *) read->host_data, (const char *const *) it->host_data));
    g_assert_cmpstr (read->constitution_digest, ==, it->constitution_digest);
    g_assert_cmpstr (read->root, ==, it->root);
    g_assert_cmpstr (read->provider_trust, ==, it->provider_trust);
    CcfDiscovery discovery;
    g_assert_true (ccf_consortium_discovery (read, &discovery, &error));
    g_assert_false (discovery.skip_digest_check);
    g_autoptr (CcfClient) client = ccf_consortium_client (read, &error);
    g_assert_no_error (error);
    g_assert_null (ccf_client_member_id (client));
  }
}

static void
refused (CcfConsortium *taken, const char *part)
{
  g_autoptr (CcfConsortium) it = taken;
  g_autoptr (GError) error = NULL;
  g_assert_false (ccf_consortium_save (it, folder, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  if (strstr (error->message, part) == NULL)
    g_error ("wanted \"%s\", got \"%s\"", part, error->message);
}

static void
test_refused (void)
{
  g_autofree char *pem = certificate_pem ();
#define WITH(member, value)                                                                                  \
  ({                                                                                                         \
    CcfConsortium *with_ = whole ("x", pem);                                                                 \
    g_free (with_->member);                                                                                  \
    with_->member = g_strdup (value);                                                                        \
    with_;                                                                                                   \
  })
  refused (WITH (name, "local"), "cannot be the name");
  refused (WITH (name, "current"), "cannot be the name");
  refused (WITH (name, "../x"), "cannot be the name");
  refused (WITH (url, "http://x"), "https://");
  refused (WITH (url, "https://user:secret@x"), "https://");
  refused (WITH (url, "https://x/?q=1"), "https://");
  refused (WITH (url, NULL), "the one without the other");
  refused (WITH (service_certificate, NULL), "the one without the other");
  refused (WITH (service_certificate, "no certificate"), "");
  refused (WITH (constitution_digest, "sha256:12"), "not a digest");
  refused (WITH (bundle_digest, NULL), "Only one of the two");
  refused (WITH (provider_url, "ftp://x"), "https://");
  refused (ccf_consortium_new ("x"), "names no service");
  CcfConsortium *without = whole ("x", pem);
  g_strfreev (without->host_data);
  without->host_data = g_strsplit ("nothex", ",", -1);
  refused (without, "host data");
  g_assert_false (ccf_consortium_exists (folder, "x"));
}

static void
test_files (void)
{
  static const struct {
    const char *text, *part;
  } files[] = {
    { "", "the file is empty" },
    { "- a\n", "does not describe" },
    { "name: f\n", "kind" },
    { "name: f\nkind: mesh\nccf-url: https://x\n", "f.yaml:2" },
    { "name: local\nkind: azure\n", "f.yaml:1" },
    { "name: f\nkind: azure\nccf-url: https://x\n", "f.yaml:3" },
    { "name: f\nkind: ccf\nccf-ulr: https://x\n", "ccf-url" },
    { "name: f\nkind: ccf\nccf-url: https://x\n", "without the other" },
    { "name: f\nkind: ccf\ndiscovery: x\n", "discovery" },
    { "name: f\nkind: ccf\ndiscovery:\n  url: https://x\n", "host-data" },
    { "name: f\nkind: ccf\nprovider: []\n", "provider" },
    { "name: f\nkind: ccf\nprovider:\n  trust: x\n", "url" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (ccf_consortium_parse (files[i].text, strlen (files[i].text), "f.yaml", &error));
    g_assert_nonnull (error);
    if (strstr (error->message, files[i].part) == NULL)
      g_error ("%" G_GSIZE_FORMAT ": wanted \"%s\", got \"%s\"", i, files[i].part, error->message);
  }
}

static void
test_in_use (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = certificate_pem ();
  g_autoptr (CcfConsortium) a = whole ("a", pem);
  g_autoptr (CcfConsortium) b = whole ("b", pem);
  g_assert_true (ccf_consortium_save (a, folder, NULL) && ccf_consortium_save (b, folder, NULL));
  g_assert_null (ccf_consortium_current (folder));
  g_assert_true (ccf_consortium_use (folder, "b", &error));
  g_autofree char *current = ccf_consortium_current (folder);
  g_assert_cmpstr (current, ==, "b");
  g_assert_false (ccf_consortium_use (folder, "none", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (ccf_consortium_remove (folder, "b", &error));
  g_autofree char *after = ccf_consortium_current (folder);
  g_assert_null (after);
  g_assert_false (ccf_consortium_remove (folder, "b", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_autoptr (GPtrArray) names = ccf_consortium_list (folder);
  g_assert_true (g_ptr_array_find_with_equal_func (names, "a", g_str_equal, NULL));
  g_assert_false (g_ptr_array_find_with_equal_func (names, "b", g_str_equal, NULL));
  g_assert_true (ccf_consortium_use (folder, CCF_CONSORTIUM_LOCAL, NULL));
}

/* What was done in an environment is kept, and never taken for work in another one of the same name. */
static void
test_other_place (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = certificate_pem (), *other_pem = certificate_pem ();
  g_autoptr (CcfConsortium) it = whole ("place", pem);
  g_autofree char *work = g_build_filename (folder, CCF_CONSORTIUM_FOLDER, "place", NULL);
  g_autofree char *where = NULL;
  g_assert_true (ccf_consortium_save (it, folder, NULL));
  g_assert_cmpint (g_mkdir_with_parents (work, 0700), ==, 0);

  /* The same ledger with a new certificate, as after a recovery. */
  g_free (it->service_certificate);
  it->service_certificate = g_strdup (other_pem);
  g_assert_true (ccf_consortium_make_way (it, folder, &where, &error));
  g_assert_null (where);
  g_assert_true (ccf_consortium_save (it, folder, &error));
  g_assert_true (g_file_test (work, G_FILE_TEST_IS_DIR));

  g_free (it->url);
  it->url = g_strdup ("https://elsewhere");
  g_assert_true (ccf_consortium_make_way (it, folder, &where, &error));
  g_assert_nonnull (where);
  g_assert_true (g_file_test (where, G_FILE_TEST_IS_DIR));
  g_assert_false (g_file_test (work, G_FILE_TEST_EXISTS));
  g_assert_true (ccf_consortium_save (it, folder, &error));

  g_assert_cmpint (g_mkdir_with_parents (work, 0700), ==, 0);
  g_assert_true (ccf_consortium_remove (folder, "place", &error));
  g_assert_false (g_file_test (work, G_FILE_TEST_EXISTS));
}

/* Services that stand beside the ledger are carried along. */
static void
test_services (void)
{
  static const char text[] = "name: site\nkind: azure\nendpoints:\n  identity: https://i\nlocation: westus\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (CcfConsortium) it = ccf_consortium_parse (text, strlen (text), "f.yaml", &error);
  g_assert_no_error (error);
  g_free (it->account);
  it->account = g_strdup ("tdp");
  g_assert_true (ccf_consortium_save (it, folder, &error));
  g_autoptr (CcfConsortium) again = ccf_consortium_load (folder, "site", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->kind, ==, "azure");
  g_assert_cmpstr (again->account, ==, "tdp");
  g_assert_true (json_equal (it->services, again->services));
}

/* ---- Identities made elsewhere ---- */

static MemberIdentity *
import (KeyStore *store, X509 *certificate, EVP_PKEY *key, EVP_PKEY *recovery, GError **error)
{
  return member_identity_import (store, "c", "members", "tdp", certificate, key, recovery, error);
}

static void
test_import (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) store = memory_keys_new ();
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, NULL);
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_P384, NULL);
  g_autoptr (EVP_PKEY) rsa = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (X509) certificate = cose_cert_new_member ("tdp", key, 1, NULL);
  g_autoptr (X509) renewed = cose_cert_new_member ("tdp", key, 2, NULL);

  g_assert_null (import (store, certificate, other, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (import (store, certificate, rsa, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (import (store, certificate, key, other, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);

  g_autoptr (MemberIdentity) first = import (store, certificate, key, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *id = cose_cert_id (certificate);
  g_assert_cmpstr (member_identity_id (first), ==, id);
  g_assert_null (member_identity_encryption_pem (first));
  /* The same again adds what was missing; anything else is refused. */
  g_autoptr (MemberIdentity) again = import (store, certificate, key, rsa, &error);
  g_assert_no_error (error);
  g_assert_nonnull (member_identity_encryption_pem (again));
  g_assert_null (import (store, renewed, key, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (EVP_PKEY) rsa2 = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_assert_null (import (store, certificate, key, rsa2, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_autoptr (MemberIdentity) loaded = member_identity_load (store, "c", "members", "tdp", NULL);
  g_assert_cmpstr (member_identity_id (loaded), ==, id);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("consortium-XXXXXX", NULL);
  g_test_add_func ("/consortium/round-trip", test_round_trip);
  g_test_add_func ("/consortium/refused", test_refused);
  g_test_add_func ("/consortium/files", test_files);
  g_test_add_func ("/consortium/in-use", test_in_use);
  g_test_add_func ("/consortium/other-place", test_other_place);
  g_test_add_func ("/consortium/services", test_services);
  g_test_add_func ("/consortium/import", test_import);
  int result = g_test_run ();
  g_assert_true (cr_dir_remove (folder, NULL));
  g_free (folder);
  return result;
}
