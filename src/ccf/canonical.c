/* SPDX-License-Identifier: MIT
 * The application bundle in canonical form, and the digests people agree on (ccf.h).
 *
 * Canonical form of the recovery agent protocol: modules sorted by name in byte order without leading
 * slashes, method names in lower case, "mode":"readwrite" on put and post entries that have none; then sorted
 * keys, two-space indent, raw UTF-8, no final newline.
 */
#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

char *
ccf_digest (const char *text, gssize length)
{
  g_autofree char *hex = cr_sha256_hex (text, length < 0 ? strlen (text) : (gsize) length);
  return g_strconcat ("sha256:", hex, NULL);
}

static const char *
without_slashes (const char *name)
{
  return name + strspn (name, "/");
}

static json_t *
normal_endpoint (const char *method, const json_t *endpoint)
{
  json_t *result = json_deep_copy (endpoint);
  const char *module = cr_json_peek_string (result, "js_module");
  if (module != NULL && *module == '/') {
    g_autofree char *copy = g_strdup (without_slashes (module));
    cr_json_set_string (result, "js_module", copy);
  }
  gboolean writes = strcmp (method, "put") == 0 || strcmp (method, "post") == 0;
  if (writes && json_object_get (result, "mode") == NULL)
    cr_json_set_string (result, "mode", "readwrite");
  return result;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static json_t *
sorted_modules (json_t *modules, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  json_t *source;
  json_object_foreach (modules, name, source) {
    if (!json_is_string (source)) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "A module of the application is not text.");
      return NULL;
    }
    g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  json_t *list = json_array ();
  for (guint i = 0; i < names->len; i++) {
    const char *key = names->pdata[i];
    json_t *item = json_object ();
    cr_json_set (item, "module", json_incref (json_object_get (modules, key)));
    cr_json_set_string (item, "name", without_slashes (key));
    json_array_append_new (list, item);
  }
  return list;
}

json_t *
ccf_bundle_build (const json_t *endpoints, const json_t *modules, GError **error)
{
  g_autoptr (json_t) module_copy = json_deep_copy (modules);
  g_autoptr (json_t) list = sorted_modules (module_copy, error);
  if (list == NULL)
    return NULL;
  json_t *paths = cr_json_get_object (endpoints, "endpoints", "the application", error);
  if (paths == NULL)
    return NULL;

  g_autoptr (json_t) normal = json_object ();
  const char *path;
  json_t *methods;
  json_object_foreach (paths, path, methods) {
    json_t *normal_methods = json_object ();
    const char *method;
    json_t *endpoint;
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *lower = g_ascii_strdown (method, -1);
      cr_json_set (normal_methods, lower, normal_endpoint (lower, endpoint));
    }
    cr_json_set (normal, path, normal_methods);
  }
  json_t *metadata = json_object ();
  cr_json_set (metadata, "endpoints", json_incref (normal));
  json_t *bundle = json_object ();
  cr_json_set (bundle, "metadata", metadata);
  cr_json_set (bundle, "modules", g_steal_pointer (&list));
  return bundle;
}

char *
ccf_bundle_canonical (const json_t *bundle)
{
  return cr_json_dump_canonical (bundle);
}

json_t *
ccf_bundle_fetch (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) names = ccf_js_modules (job, client, error);
  g_autoptr (json_t) endpoints = names != NULL ? ccf_js_endpoints (job, client, error) : NULL;
  if (endpoints == NULL)
    return NULL;
  g_autoptr (json_t) modules = json_object ();
  gsize index;
  json_t *name;
  json_array_foreach (names, index, name) {
    g_autofree char *source = ccf_js_module (job, client, json_string_value (name), error);
    if (source == NULL)
      return NULL;
    cr_json_set_string (modules, json_string_value (name), source);
  }
  return ccf_bundle_build (endpoints, modules, error);
}

char *
ccf_constitution_digest (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *text = ccf_constitution (job, client, error);
  return text != NULL ? ccf_digest (text, -1) : NULL;
}

char *
ccf_bundle_digest (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) bundle = ccf_bundle_fetch (job, client, error);
  if (bundle == NULL)
    return NULL;
  g_autofree char *text = ccf_bundle_canonical (bundle);
  return ccf_digest (text, -1);
}
