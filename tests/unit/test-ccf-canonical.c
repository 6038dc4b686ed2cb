/* SPDX-License-Identifier: MIT
 * Canonical bundles and the digests that parties compare; the shipped application against the rules of
 * set_js_app.
 */
#include "base/error.h"
#include "base/file.h"
#include "ccf/ccf.h"
#include "cgs/service.h"

#include <string.h>

/* Test programs run from the top of the source tree, or with its path in the environment. */
static char *
data_folder (void)
{
  const char *top = g_getenv ("top_srcdir");
  return g_build_filename (top != NULL ? top : ".", "personas", "governance", NULL);
}

static void
test_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) endpoints = json_pack ("{s:{}}", "endpoints");
  g_autoptr (json_t) modules = json_object ();
  g_autoptr (json_t) bundle = ccf_bundle_build (endpoints, modules, &error);
  g_assert_no_error (error);
  g_autofree char *text = ccf_bundle_canonical (bundle);
  g_assert_cmpuint (strlen (text), ==, 60);
  g_autofree char *digest = ccf_digest (text, -1);
  g_assert_cmpstr (digest, ==, "sha256:f655aad4dc7e7710aaa4758ad43886bb482cc87b2f0aa3e2f780ada9bcb2b675");
}

static void
test_rebuild (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) endpoints = json_pack ("{s:{s:{s:{s:s,s:s},s:{s:s},s:{s:s}}}}", "endpoints", "/a", "GET",
                                            "js_module", "/dir/b.js", "mode", "readonly", "PUT", "js_module",
                                            "/dir/b.js", "POST", "js_module", "a.js");
  g_autoptr (json_t) modules = json_pack ("{s:s,s:s,s:s}", "/dir/b.js", "// \xC3\xA4", "/a.js", "x/y",
                                          "/B.js", "\x1b");
  g_autoptr (json_t) bundle = ccf_bundle_build (endpoints, modules, &error);
  g_assert_no_error (error);
  g_autofree char *text = ccf_bundle_canonical (bundle);
  static const char expected[] =
      "{\n  \"metadata\": {\n    \"endpoints\": {\n      \"/a\": {\n"
      "        \"get\": {\n          \"js_module\": \"dir/b.js\",\n          \"mode\": \"readonly\"\n      "
      "  },\n"
      "        \"post\": {\n          \"js_module\": \"a.js\",\n          \"mode\": \"readwrite\"\n        "
      "},\n"
      "        \"put\": {\n          \"js_module\": \"dir/b.js\",\n          \"mode\": \"readwrite\"\n     "
      "   }\n"
      "      }\n    }\n  },\n  \"modules\": [\n"
      "    {\n      \"module\": \"\\u001B\",\n      \"name\": \"B.js\"\n    },\n"
      "    {\n      \"module\": \"x/y\",\n      \"name\": \"a.js\"\n    },\n"
      "    {\n      \"module\": \"// \xC3\xA4\",\n      \"name\": \"dir/b.js\"\n    }\n  ]\n}";
  g_assert_cmpstr (text, ==, expected);
}

static void
test_broken (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) nothing = json_object ();
  g_assert_null (ccf_bundle_build (nothing, nothing, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (json_t) endpoints = json_pack ("{s:{}}", "endpoints");
  g_autoptr (json_t) modules = json_pack ("{s:i}", "/a.js", 7);
  g_assert_null (ccf_bundle_build (endpoints, modules, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static gboolean
one_of (const char *value, const char *const *values)
{
  return value != NULL && g_strv_contains (values, value);
}

static void
check_endpoint (const json_t *endpoint, json_t *modules)
{
  static const char *const modes[] = { "readwrite", "readonly", "historical", NULL };
  static const char *const forwarding[] = { "sometimes", "always", "never", NULL };
  const char *module = cr_json_peek_string (endpoint, "js_module");
  const char *function = cr_json_peek_string (endpoint, "js_function");
  g_assert_nonnull (function);
  g_assert_true (one_of (cr_json_peek_string (endpoint, "mode"), modes));
  g_assert_true (one_of (cr_json_peek_string (endpoint, "forwarding_required"), forwarding));
  g_assert_true (json_is_array (json_object_get (endpoint, "authn_policies")));
  const char *source = json_string_value (json_object_get (modules, module));
  g_assert_nonnull (source);
  g_autofree char *exported = g_strconcat ("export const ", function, " ", NULL);
  g_assert_nonnull (strstr (source, exported));
}

/* The service gives modules and methods back in its own spelling; the digest must survive that. */
static void
test_shipped_application (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = data_folder ();
  g_autofree char *path = g_build_filename (folder, "app.json", NULL);
  g_autoptr (json_t) bundle = cr_json_load (path, &error);
  g_assert_no_error (error);

  g_autoptr (json_t) by_name = json_object ();
  g_autoptr (json_t) stored_modules = json_object ();
  gsize index;
  json_t *module;
  json_array_foreach (json_object_get (bundle, "modules"), index, module) {
    const char *name = cr_json_peek_string (module, "name");
    g_autofree char *stored = g_strconcat ("/", name, NULL);
    json_object_set (by_name, name, json_object_get (module, "module"));
    json_object_set (stored_modules, stored, json_object_get (module, "module"));
  }

  g_autoptr (json_t) stored = json_object ();
  guint count = 0;
  const char *endpoint_path, *method;
  json_t *methods, *endpoint;
  json_object_foreach (json_object_get (json_object_get (bundle, "metadata"), "endpoints"), endpoint_path,
                       methods) {
    json_t *stored_methods = json_object ();
    json_object_foreach (methods, method, endpoint) {
      check_endpoint (endpoint, by_name);
      count++;
      json_t *copy = json_deep_copy (endpoint);
      g_autofree char *slashed = g_strconcat ("/", cr_json_peek_string (endpoint, "js_module"), NULL);
      cr_json_set_string (copy, "js_module", slashed);
      g_autofree char *upper = g_ascii_strup (method, -1);
      cr_json_set (stored_methods, upper, copy);
    }
    cr_json_set (stored, endpoint_path, stored_methods);
  }
  g_assert_cmpuint (count, ==, 59);

  g_autoptr (json_t) answer = json_object ();
  cr_json_set (answer, "endpoints", json_incref (stored));
  g_autoptr (json_t) rebuilt = ccf_bundle_build (answer, stored_modules, &error);
  g_assert_no_error (error);
  g_autofree char *ours = ccf_bundle_canonical (bundle);
  g_autofree char *theirs = ccf_bundle_canonical (rebuilt);
  g_assert_cmpstr (ours, ==, theirs);
  /* Both proposals must fit into the 1 MB body of the service. */
  g_assert_cmpuint (strlen (ours), <, 500000);
}

static void
test_file_digests (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = data_folder (), *constitution = NULL, *application = NULL;
  g_assert_true (cgs_files_digests (folder, &constitution, &application, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (constitution), ==, 71);
  g_assert_true (g_str_has_prefix (application, "sha256:"));
  g_autofree char *path = g_build_filename (folder, "constitution.js", NULL);
  g_autoptr (GBytes) bytes = cr_file_read (path, 1 << 20, &error);
  g_autofree char *direct = ccf_digest (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  g_assert_cmpstr (constitution, ==, direct);
  g_assert_false (cgs_files_digests ("/nonexistent", &constitution, &application, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ccf-canonical/vector", test_vector);
  g_test_add_func ("/ccf-canonical/rebuild", test_rebuild);
  g_test_add_func ("/ccf-canonical/broken", test_broken);
  g_test_add_func ("/ccf-canonical/shipped-application", test_shipped_application);
  g_test_add_func ("/ccf-canonical/file-digests", test_file_digests);
  return g_test_run ();
}
