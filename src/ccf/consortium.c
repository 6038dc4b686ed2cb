/* SPDX-License-Identifier: MIT
 * Descriptions of consortia made elsewhere (consortium.h).
 */
#include "ccf/consortium.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cose/x509.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_MAX_BYTES (1024u * 1024)
#define FOLDER "environments"
#define CURRENT "current"

CcfConsortium *
ccf_consortium_new (const char *name)
{
  CcfConsortium *consortium = g_new0 (CcfConsortium, 1);
  consortium->name = g_strdup (name);
  return consortium;
}

void
ccf_consortium_free (CcfConsortium *consortium)
{
  if (consortium == NULL)
    return;
  g_free (consortium->name);
  g_free (consortium->url);
  g_free (consortium->service_certificate);
  g_free (consortium->account);
  g_free (consortium->discovery_url);
  g_strfreev (consortium->host_data);
  g_free (consortium->constitution_digest);
  g_free (consortium->bundle_digest);
  g_free (consortium->root);
  g_free (consortium->provider_url);
  g_free (consortium->provider_trust);
  g_free (consortium);
}

char *
ccf_consortium_path (const char *state_dir, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  return g_build_filename (state_dir, FOLDER, file, NULL);
}

gboolean
ccf_consortium_exists (const char *state_dir, const char *name)
{
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  return cr_name_valid (name) && g_file_test (path, G_FILE_TEST_EXISTS);
}

/* ---- Checks that reading and writing share ---- */

static gboolean
check_name (const char *name, GError **error)
{
  if (cr_name_valid (name) && strcmp (name, CCF_CONSORTIUM_LOCAL) != 0 && strcmp (name, CURRENT) != 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits, '.', '-' and '_'; \"local\" is taken.",
                "\"%s\" cannot be the name of an environment.", name);
  return FALSE;
}

static gboolean
check_url (const char *text, const char *what, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  if (uri != NULL && g_strcmp0 (g_uri_get_scheme (uri), "https") == 0 && g_uri_get_host (uri) != NULL
      && *g_uri_get_host (uri) != '\0' && g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL
      && g_uri_get_userinfo (uri) == NULL)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Write it as https://HOST:PORT.",
                "%s is not an address that starts with https://: \"%s\".", what, text);
  return FALSE;
}

static gboolean
check_pem (const char *text, const char *what, GError **error)
{
  g_autoptr (GPtrArray) certificates = cose_certs_from_pem (text, -1, what, error);
  return certificates != NULL;
}

static gboolean
is_hex (const char *text, gsize digits)
{
  return strlen (text) == digits && strspn (text, "0123456789abcdefABCDEF") == digits;
}

static gboolean
check_digest (const char *text, const char *what, GError **error)
{
  if (text == NULL || (g_str_has_prefix (text, "sha256:") && is_hex (text + 7, 64)))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Write it as sha256: and 64 hex digits.",
                "%s is not a digest: \"%s\".", what, text);
  return FALSE;
}

static gboolean
check_discovery (const CcfConsortium *it, GError **error)
{
  if (it->discovery_url == NULL)
    return TRUE;
  if (!check_url (it->discovery_url, "The discovery endpoint", error)
      || !check_digest (it->constitution_digest, "The constitution digest", error)
      || !check_digest (it->bundle_digest, "The bundle digest", error)
      || (it->root != NULL && !check_pem (it->root, "The hardware root", error)))
    return FALSE;
  gboolean good = it->host_data != NULL && it->host_data[0] != NULL;
  for (char **value = it->host_data; good && *value != NULL; value++)
    good = is_hex (*value, 64);
  if (!good)
    cr_set_error (error, CR_ERROR_INPUT, "Ask the operator for the host data: 64 hex digits.",
                  "Discovery needs the host data that is accepted.");
  else if ((it->constitution_digest == NULL) != (it->bundle_digest == NULL))
    cr_set_error (error, CR_ERROR_INPUT, "Give both digests, or none to skip that check.",
                  "Only one of the two digests is given.");
  else
    return TRUE;
  return FALSE;
}

static gboolean
check (const CcfConsortium *it, GError **error)
{
  if (!check_name (it->name, error))
    return FALSE;
  if (it->url == NULL && it->provider_url == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Give the address of the ledger, of a provider, or both.",
                  "The environment \"%s\" names no service.", it->name);
    return FALSE;
  }
  if ((it->url == NULL) != (it->service_certificate == NULL)) {
    cr_set_error (error, CR_ERROR_INPUT, "Give the address of the ledger and its service certificate.",
                  "The environment \"%s\" has the one without the other.", it->name);
    return FALSE;
  }
  return (it->url == NULL || check_url (it->url, "The address of the ledger", error))
         && (it->service_certificate == NULL
             || check_pem (it->service_certificate, "the service certificate", error))
         && check_discovery (it, error)
         && (it->provider_url == NULL || check_url (it->provider_url, "The address of the provider", error))
         && (it->provider_trust == NULL || check_pem (it->provider_trust, "the provider's trust", error));
}

/* ---- Reading ---- */

static char *
url_member (const CrYaml *map, const char *key)
{
  char *url = g_strdup (cr_yaml_optional (map, key));
  for (gsize length = url != NULL ? strlen (url) : 0; length > 0 && url[length - 1] == '/'; length--)
    url[length - 1] = '\0';
  return url;
}

static gboolean
read_discovery (CrYaml *map, CcfConsortium *it, GError **error)
{
  static const char *const known[] = { "url",  "host-data", "constitution-digest", "jsapp-bundle-digest",
                                       "root", NULL };
  if (map == NULL)
    return TRUE;
  if (cr_yaml_type (map) != CR_YAML_MAP)
    return cr_yaml_error (error, map, "discovery must be a mapping");
  CrYaml *host_data = cr_yaml_get (map, "host-data");
  if (!cr_yaml_check_keys (map, known, error) || cr_yaml_require (map, "url", error) == NULL)
    return FALSE;
  if (host_data == NULL || cr_yaml_type (host_data) != CR_YAML_LIST)
    return cr_yaml_error (error, host_data != NULL ? host_data : map, "host-data must be a list");
  it->discovery_url = url_member (map, "url");
  it->constitution_digest = g_strdup (cr_yaml_optional (map, "constitution-digest"));
  it->bundle_digest = g_strdup (cr_yaml_optional (map, "jsapp-bundle-digest"));
  it->root = g_strdup (cr_yaml_optional (map, "root"));
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();
  for (guint i = 0; i < cr_yaml_length (host_data); i++) {
    const char *value = cr_yaml_text (cr_yaml_item (host_data, i));
    if (value == NULL)
      return cr_yaml_error (error, cr_yaml_item (host_data, i), "host data must be text");
    g_strv_builder_add (values, value);
  }
  it->host_data = g_strv_builder_end (values);
  return TRUE;
}

static gboolean
read_provider (CrYaml *map, CcfConsortium *it, GError **error)
{
  static const char *const known[] = { "url", "trust", NULL };
  if (map == NULL)
    return TRUE;
  if (cr_yaml_type (map) != CR_YAML_MAP)
    return cr_yaml_error (error, map, "provider must be a mapping");
  if (!cr_yaml_check_keys (map, known, error) || cr_yaml_require (map, "url", error) == NULL)
    return FALSE;
  it->provider_url = url_member (map, "url");
  it->provider_trust = g_strdup (cr_yaml_optional (map, "trust"));
  return TRUE;
}

CcfConsortium *
ccf_consortium_parse (const char *text, gsize length, const char *file, GError **error)
{
  static const char *const known[] = { "name",      "kind",     "ccf-url", "as", "service-certificate",
                                       "discovery", "provider", NULL };
  g_autoptr (CrYamlFile) yaml = cr_yaml_parse (text, length, file, error);
  if (yaml == NULL)
    return NULL;
  CrYaml *root = cr_yaml_root (yaml);
  if (root == NULL || cr_yaml_type (root) != CR_YAML_MAP) {
    cr_set_error (error, CR_ERROR_INPUT, "Add the environment again: cleanroom env add.",
                  "%s does not describe an environment.", file);
    return NULL;
  }
  const char *kind = cr_yaml_check_keys (root, known, error) ? cr_yaml_require (root, "kind", error) : NULL;
  const char *name = kind != NULL ? cr_yaml_require (root, "name", error) : NULL;
  if (name == NULL)
    return NULL;
  if (strcmp (kind, "ccf") != 0) {
    cr_yaml_error (error, cr_yaml_get (root, "kind"), "unknown kind \"%s\": only ccf is kept here", kind);
    return NULL;
  }
  g_autoptr (CcfConsortium) it = ccf_consortium_new (name);
  it->url = url_member (root, "ccf-url");
  it->service_certificate = g_strdup (cr_yaml_optional (root, "service-certificate"));
  it->account = g_strdup (cr_yaml_optional (root, "as"));
  if (!read_discovery (cr_yaml_get (root, "discovery"), it, error)
      || !read_provider (cr_yaml_get (root, "provider"), it, error))
    return NULL;
  g_autoptr (GError) problem = NULL;
  if (!check (it, &problem)) {
    cr_set_error (error, CR_ERROR_INPUT, cr_error_hint (problem), "%s: %s", file, problem->message);
    return NULL;
  }
  return g_steal_pointer (&it);
}

CcfConsortium *
ccf_consortium_load (const char *state_dir, const char *name, GError **error)
{
  if (!ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return NULL;
  }
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  g_autoptr (GBytes) bytes = cr_file_read (path, FILE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (CcfConsortium) it = ccf_consortium_parse (text != NULL ? text : "", length, path, error);
  if (it != NULL && strcmp (it->name, name) != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Give file and environment the same name.",
                  "%s describes the environment \"%s\".", path, it->name);
    return NULL;
  }
  return g_steal_pointer (&it);
}

/* ---- Writing ---- */

static json_t *
discovery_json (const CcfConsortium *it)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "url", it->discovery_url);
  json_t *host_data = json_array ();
  for (char **one = it->host_data; *one != NULL; one++)
    json_array_append_new (host_data, json_string (*one));
  cr_json_set (value, "host-data", host_data);
  cr_json_set_string (value, "constitution-digest", it->constitution_digest);
  cr_json_set_string (value, "jsapp-bundle-digest", it->bundle_digest);
  cr_json_set_string (value, "root", it->root);
  return value;
}

gboolean
ccf_consortium_save (const CcfConsortium *it, const char *state_dir, GError **error)
{
  if (!check (it, error))
    return FALSE;
  g_autoptr (json_t) value = json_object ();
  cr_json_set_string (value, "name", it->name);
  cr_json_set_string (value, "kind", "ccf");
  cr_json_set_string (value, "ccf-url", it->url);
  cr_json_set_string (value, "as", it->account);
  cr_json_set_string (value, "service-certificate", it->service_certificate);
  if (it->discovery_url != NULL)
    cr_json_set (value, "discovery", discovery_json (it));
  if (it->provider_url != NULL) {
    json_t *provider = json_object ();
    cr_json_set_string (provider, "url", it->provider_url);
    cr_json_set_string (provider, "trust", it->provider_trust);
    cr_json_set (value, "provider", provider);
  }
  g_autofree char *text = cr_yaml_dump (value);
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autofree char *path = ccf_consortium_path (state_dir, it->name);
  return cr_dir_make (state_dir, 0700, error) && cr_dir_make (folder, 0700, error)
         && cr_file_write (path, text, -1, 0600, error);
}

static gboolean
delete_file (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  int number = errno;
  cr_set_error (error, CR_ERROR_ADMIN, "Check the permissions of the folder.", "%s cannot be removed: %s",
                path, g_strerror (number));
  return FALSE;
}

gboolean
ccf_consortium_remove (const char *state_dir, const char *name, GError **error)
{
  if (!ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return FALSE;
  }
  g_autofree char *current = ccf_consortium_current (state_dir);
  if (g_strcmp0 (current, name) == 0 && !ccf_consortium_use (state_dir, CCF_CONSORTIUM_LOCAL, error))
    return FALSE;
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  return delete_file (path, error);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
ccf_consortium_list (const char *state_dir)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *entry = dir != NULL ? g_dir_read_name (dir) : NULL; entry != NULL;
       entry = g_dir_read_name (dir)) {
    if (!g_str_has_suffix (entry, ".yaml"))
      continue;
    g_autofree char *name = g_strndup (entry, strlen (entry) - strlen (".yaml"));
    if (cr_name_valid (name))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  g_ptr_array_sort (names, by_name);
  return names;
}

/* ---- The one in use ---- */

char *
ccf_consortium_current (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, FOLDER, CURRENT, NULL);
  return cr_file_read_text (path, 256, NULL);
}

gboolean
ccf_consortium_use (const char *state_dir, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autofree char *path = g_build_filename (folder, CURRENT, NULL);
  if (strcmp (name, CCF_CONSORTIUM_LOCAL) == 0)
    return delete_file (path, error);
  if (!ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return FALSE;
  }
  g_autofree char *line = g_strconcat (name, "\n", NULL);
  return cr_file_write (path, line, -1, 0600, error);
}

gboolean
ccf_consortium_discovery (const CcfConsortium *it, CcfDiscovery *discovery, GError **error)
{
  if (it->discovery_url == NULL) {
    cr_set_error (
        error, CR_ERROR_INPUT,
        "Give the new certificate itself: cleanroom env add NAME --replace --ccf-service-cert FILE.",
        "The environment \"%s\" does not say how its certificate is found.", it->name);
    return FALSE;
  }
  *discovery = (CcfDiscovery){ .url = it->discovery_url,
                               .host_data = (const char *const *) it->host_data,
                               .constitution_digest = it->constitution_digest,
                               .bundle_digest = it->bundle_digest,
                               .skip_digest_check = it->constitution_digest == NULL,
                               .simulated_root = it->root };
  return TRUE;
}

CcfClient *
ccf_consortium_client (const CcfConsortium *it, GError **error)
{
  if (it->url == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Make the network first: cleanroom ccf network create.",
                  "The environment \"%s\" has no ledger yet.", it->name);
    return NULL;
  }
  return ccf_client_new (it->url, it->service_certificate, error);
}
