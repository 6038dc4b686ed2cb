/* SPDX-License-Identifier: MIT
 * Descriptions of consortia made elsewhere (consortium.h).
 */
#include "ccf/consortium-private.h"

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cose/x509.h"

#include <string.h>

CcfConsortium *
ccf_consortium_new (const char *name)
{
  CcfConsortium *consortium = g_new0 (CcfConsortium, 1);
  consortium->name = g_strdup (name);
  consortium->kind = g_strdup (CCF_CONSORTIUM_KIND);
  consortium->services = json_object ();
  return consortium;
}

void
ccf_consortium_free (CcfConsortium *consortium)
{
  if (consortium == NULL)
    return;
  g_free (consortium->name);
  g_free (consortium->kind);
  json_decref (consortium->services);
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

/* ---- Checks that reading and writing share ---- */

static gboolean
check_name (const char *name, GError **error)
{
  if (cr_name_valid (name) && strcmp (name, CCF_CONSORTIUM_LOCAL) != 0
      && strcmp (name, CCF_CONSORTIUM_CURRENT) != 0)
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

/* Address and certificate go together, and something has to be named. */
static gboolean
check_whole (const CcfConsortium *it, GError **error)
{
  gboolean only_ledger = strcmp (it->kind, CCF_CONSORTIUM_KIND) == 0;
  if (only_ledger && it->url == NULL && it->provider_url == NULL)
    cr_set_error (error, CR_ERROR_INPUT, "Give the address of the ledger, of a provider, or both.",
                  "The environment \"%s\" names no service.", it->name);
  else if ((it->url == NULL) != (it->service_certificate == NULL))
    cr_set_error (error, CR_ERROR_INPUT, "Give the address of the ledger and its service certificate.",
                  "The environment \"%s\" has the one without the other.", it->name);
  else
    return TRUE;
  return FALSE;
}

/* All but the name; *KEY (may be NULL) is the member of the file that is wrong. */
static gboolean
check (const CcfConsortium *it, const char **key, GError **error)
{
  const char *unused;
  const char **wrong = key != NULL ? key : &unused;
  *wrong = it->url != NULL ? "ccf-url" : it->service_certificate != NULL ? "service-certificate" : "kind";
  if (!check_whole (it, error)
      || (it->url != NULL && !check_url (it->url, "The address of the ledger", error)))
    return FALSE;
  *wrong = "service-certificate";
  if (it->service_certificate != NULL
      && !check_pem (it->service_certificate, "the service certificate", error))
    return FALSE;
  *wrong = "discovery";
  if (!check_discovery (it, error))
    return FALSE;
  *wrong = "provider";
  return (it->provider_url == NULL || check_url (it->provider_url, "The address of the provider", error))
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

/* What describes services is read where they are used, and kept as it is. */
static void
keep_services (CrYaml *root, CcfConsortium *it)
{
  static const char *const ledger[] = { "name",      "kind",     "ccf-url", "as", "service-certificate",
                                        "discovery", "provider", NULL };
  for (guint i = 0; i < cr_yaml_length (root); i++)
    if (!g_strv_contains (ledger, cr_yaml_key (root, i)))
      json_object_set_new (it->services, cr_yaml_key (root, i), cr_yaml_to_json (cr_yaml_item (root, i)));
}

static const char *
read_kind (CrYaml *root, GError **error)
{
  static const char *const kinds[] = { CCF_CONSORTIUM_KIND, "sandbox", "azure", NULL };
  const char *kind = cr_yaml_require (root, "kind", error);
  if (kind == NULL || g_strv_contains (kinds, kind))
    return kind;
  cr_yaml_error (error, cr_yaml_get (root, "kind"), "unknown kind \"%s\": sandbox, azure or ccf", kind);
  return NULL;
}

/* PROBLEM as a mistake in the line of KEY. */
static void
blame (const CrYaml *root, const char *key, const GError *problem, GError **error)
{
  const CrYaml *node = cr_yaml_get (root, key);
  cr_set_error (error, CR_ERROR_INPUT, cr_error_hint (problem), "%s:%u: %s", cr_yaml_file_name (root),
                cr_yaml_line (node != NULL ? node : root), problem->message);
}

CcfConsortium *
ccf_consortium_read (CrYaml *root, GError **error)
{
  static const char *const known[] = { "name",
                                       "kind",
                                       "ccf-url",
                                       "as",
                                       "service-certificate",
                                       "discovery",
                                       "provider",
                                       "simulated-attestation",
                                       "subscription",
                                       "location",
                                       "client-id",
                                       "endpoints",
                                       "trust",
                                       "attestation-root",
                                       NULL };
  const char *name = cr_yaml_check_keys (root, known, error) ? cr_yaml_require (root, "name", error) : NULL;
  const char *kind = name != NULL ? read_kind (root, error) : NULL;
  if (kind == NULL)
    return NULL;
  g_autoptr (CcfConsortium) it = ccf_consortium_new (name);
  g_free (it->kind);
  it->kind = g_strdup (kind);
  it->url = url_member (root, "ccf-url");
  it->account = g_strdup (cr_yaml_optional (root, "as"));
  it->service_certificate = g_strdup (cr_yaml_optional (root, "service-certificate"));
  keep_services (root, it);
  if (!read_discovery (cr_yaml_get (root, "discovery"), it, error)
      || !read_provider (cr_yaml_get (root, "provider"), it, error))
    return NULL;
  g_autoptr (GError) problem = NULL;
  const char *key = NULL;
  if (check (it, &key, &problem))
    return g_steal_pointer (&it);
  blame (root, key, problem, error);
  return NULL;
}

CcfConsortium *
ccf_consortium_parse (const char *text, gsize length, const char *file, GError **error)
{
  g_autoptr (CrYamlFile) yaml = cr_yaml_parse (text, length, file, error);
  if (yaml == NULL)
    return NULL;
  CrYaml *root = cr_yaml_root (yaml);
  if (root == NULL || cr_yaml_type (root) != CR_YAML_MAP) {
    cr_set_error (error, CR_ERROR_INPUT, "Add the environment again: cleanroom env add.",
                  "%s does not describe an environment.", file);
    return NULL;
  }
  g_autoptr (CcfConsortium) it = ccf_consortium_read (root, error);
  g_autoptr (GError) problem = NULL;
  if (it == NULL || check_name (it->name, &problem))
    return g_steal_pointer (&it);
  blame (root, "name", problem, error);
  return NULL;
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
ccf_consortium_check (const CcfConsortium *it, GError **error)
{
  return check_name (it->name, error) && check (it, NULL, error);
}

char *
ccf_consortium_text (const CcfConsortium *it)
{
  g_autoptr (json_t) value = json_object ();
  cr_json_set_string (value, "name", it->name);
  cr_json_set_string (value, "kind", it->kind);
  json_object_update (value, it->services);
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
  return cr_yaml_dump (value);
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
