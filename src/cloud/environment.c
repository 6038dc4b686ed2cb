/* SPDX-License-Identifier: MIT
 * environment.yaml (environment.h).
 */
#include "cloud/environment.h"

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"

#include <string.h>

#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"
#define CERTIFICATE_END "-----END CERTIFICATE-----"

static const char *const kind_names[] = { "sandbox", "azure", CCF_CONSORTIUM_KIND, NULL };

const char *
environment_kind_name (EnvironmentKind kind)
{
  return kind_names[kind];
}

void
environment_free (Environment *environment)
{
  if (environment == NULL)
    return;
  g_free (environment->name);
  g_free (environment->file);
  ccf_consortium_free (environment->ledger);
  g_free (environment->identity_url);
  g_free (environment->management_url);
  g_free (environment->provider_url);
  g_free (environment->attestation_url);
  g_free (environment->s3_url);
  g_free (environment->trust_pem);
  g_free (environment->attestation_root);
  g_free (environment->subscription);
  g_free (environment->location);
  g_free (environment->client_id);
  g_free (environment);
}

static gboolean
read_kind (CrYaml *root, EnvironmentKind *kind, GError **error)
{
  const char *text = cr_yaml_require (root, "kind", error);
  if (text == NULL)
    return FALSE;
  for (guint i = 0; kind_names[i] != NULL; i++)
    if (strcmp (text, kind_names[i]) == 0) {
      *kind = (EnvironmentKind) i;
      return TRUE;
    }
  return cr_yaml_error (error, cr_yaml_get (root, "kind"), "unknown kind \"%s\": sandbox, azure or ccf",
                        text);
}

static gboolean
read_flag (CrYaml *root, const char *key, gboolean *flag, GError **error)
{
  const char *text = cr_yaml_optional (root, key);
  *flag = g_strcmp0 (text, "true") == 0;
  if (text == NULL || *flag || strcmp (text, "false") == 0)
    return TRUE;
  return cr_yaml_error (error, cr_yaml_get (root, key), "%s must be true or false", key);
}

/* An https URL without query; trailing slashes are dropped. */
static char *
read_url (CrYaml *map, const char *key, GError **error)
{
  const char *text = cr_yaml_require (map, key, error);
  if (text == NULL)
    return NULL;
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), "https") != 0 || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0' || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL
      || g_uri_get_userinfo (uri) != NULL) {
    cr_yaml_error (error, cr_yaml_get (map, key), "%s must be a URL that starts with https://", key);
    return NULL;
  }
  char *url = g_strdup (text);
  for (gsize length = strlen (url); length > 0 && url[length - 1] == '/'; length--)
    url[length - 1] = '\0';
  return url;
}

/* *URL of KEY; it may be absent when the whole environment is but a ledger. */
static gboolean
read_needed (CrYaml *endpoints, const char *key, gboolean needed, char **url, GError **error)
{
  if (!needed && cr_yaml_get (endpoints, key) == NULL)
    return TRUE;
  *url = read_url (endpoints, key, error);
  return *url != NULL;
}

static gboolean
read_or_default (CrYaml *endpoints, const char *key, const char *otherwise, char **url, GError **error)
{
  *url = cr_yaml_get (endpoints, key) != NULL ? read_url (endpoints, key, error) : g_strdup (otherwise);
  return *url != NULL;
}

static gboolean
read_endpoints (CrYaml *root, Environment *environment, GError **error)
{
  static const char *const known[] = { "identity", "management", "provider", "attestation", "s3", NULL };
  CrYaml *endpoints = cr_yaml_get (root, "endpoints");
  gboolean needed = environment->kind != ENVIRONMENT_CCF;
  if (endpoints == NULL && needed)
    return cr_yaml_error (error, root, "endpoints is missing");
  if (endpoints != NULL && cr_yaml_type (endpoints) != CR_YAML_MAP)
    return cr_yaml_error (error, endpoints, "endpoints must be a mapping");
  return (endpoints == NULL || cr_yaml_check_keys (endpoints, known, error))
         && read_needed (endpoints, "identity", needed, &environment->identity_url, error)
         && read_needed (endpoints, "management", needed, &environment->management_url, error)
         && read_needed (endpoints, "provider", needed, &environment->provider_url, error)
         && read_or_default (endpoints, "attestation", ENVIRONMENT_DEFAULT_ATTESTATION,
                             &environment->attestation_url, error)
         && read_or_default (endpoints, "s3", ENVIRONMENT_DEFAULT_S3, &environment->s3_url, error);
}

/* Certificates in PEM, at least one; *VALUE is NULL when KEY is absent. */
/* Is what stands in TEXT up to END one DER sequence in base64. What is in it is looked at when it is used:
 * this is read at every start, where the first use of OpenSSL would take longer than all the rest. */
static gboolean
is_certificate (const char *text, const char *end)
{
  g_autofree char *encoded = g_strndup (text, (gsize) (end - text));
  gsize size = 0;
  g_autofree guchar *der = g_base64_decode (encoded, &size);
  return size > 4 && der[0] == 0x30
         && ((der[1] == 0x82 && size == 4 + ((gsize) der[2] << 8 | der[3]))
             || (der[1] == 0x81 && size == 3 + (gsize) der[2]));
}

static guint
count_certificates (const char *text)
{
  guint count = 0;
  const char *end;
  for (const char *at = strstr (text, CERTIFICATE_BEGIN); at != NULL; at = strstr (end, CERTIFICATE_BEGIN)) {
    at += strlen (CERTIFICATE_BEGIN);
    end = strstr (at, CERTIFICATE_END);
    if (end == NULL || !is_certificate (at, end))
      break;
    count++;
  }
  return count;
}

static gboolean
read_certificates (CrYaml *root, const char *key, char **value, GError **error)
{
  const char *text = cr_yaml_optional (root, key);
  if (text == NULL)
    return TRUE;
  /* Descriptions are passed on to others. */
  if (strstr (text, "PRIVATE KEY-----") != NULL)
    return cr_yaml_error (error, cr_yaml_get (root, key),
                          "%s holds a private key; only certificates belong here", key);
  guint count = count_certificates (text);
  if (count == 0)
    return cr_yaml_error (error, cr_yaml_get (root, key), "%s holds no certificate in PEM form", key);
  *value = g_strdup (text);
  return TRUE;
}

static gboolean
read_guid (CrYaml *root, const char *key, char **value, GError **error)
{
  const char *text = cr_yaml_optional (root, key);
  if (text != NULL && !g_uuid_string_is_valid (text))
    return cr_yaml_error (error, cr_yaml_get (root, key), "%s must be a GUID", key);
  *value = g_strdup (text);
  return TRUE;
}

static Environment *
read_environment (CrYamlFile *file, const char *path, GError **error)
{
  CrYaml *root = cr_yaml_root (file);
  if (cr_yaml_type (root) != CR_YAML_MAP) {
    cr_yaml_error (error, root, "a mapping is expected here");
    return NULL;
  }
  g_autoptr (Environment) environment = g_new0 (Environment, 1);
  environment->file = g_strdup (path);
  environment->ledger = ccf_consortium_read (root, error);
  if (environment->ledger == NULL)
    return NULL;
  environment->name = g_strdup (environment->ledger->name);
  if (!cr_name_valid (environment->name)) {
    cr_yaml_error (error, cr_yaml_get (root, "name"), "\"%s\" is not a name", environment->name);
    return NULL;
  }
  const char *location = cr_yaml_optional (root, "location");
  environment->location = g_strdup (location != NULL ? location : ENVIRONMENT_DEFAULT_LOCATION);
  if (!read_kind (root, &environment->kind, error)
      || !read_flag (root, "simulated-attestation", &environment->simulated_attestation, error)
      || !read_guid (root, "subscription", &environment->subscription, error)
      || !read_guid (root, "client-id", &environment->client_id, error)
      || !read_endpoints (root, environment, error)
      || !read_certificates (root, "trust", &environment->trust_pem, error)
      || !read_certificates (root, "attestation-root", &environment->attestation_root, error))
    return NULL;
  return g_steal_pointer (&environment);
}

Environment *
environment_parse (const char *text, gsize length, const char *file, GError **error)
{
  g_autoptr (CrYamlFile) parsed = cr_yaml_parse (text, length, file, error);
  return parsed != NULL ? read_environment (parsed, file, error) : NULL;
}
