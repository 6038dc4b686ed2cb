/* SPDX-License-Identifier: MIT
 * environment.yaml (environment.h).
 */
#include "cloud/environment.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#include <openssl/pem.h>
#include <string.h>

#define FILE_MAX_BYTES (1024u * 1024)

static const char *const kind_names[] = { "sandbox", "azure", NULL };

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
  return cr_yaml_error (error, cr_yaml_get (root, "kind"), "unknown kind \"%s\": sandbox or azure", text);
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

static gboolean
read_endpoints (CrYaml *root, Environment *environment, GError **error)
{
  static const char *const known[] = { "identity", "management", "provider", "attestation", "s3", NULL };
  CrYaml *endpoints = cr_yaml_get (root, "endpoints");
  if (endpoints == NULL)
    return cr_yaml_error (error, root, "endpoints is missing");
  if (cr_yaml_type (endpoints) != CR_YAML_MAP)
    return cr_yaml_error (error, endpoints, "endpoints must be a mapping");
  if (!cr_yaml_check_keys (endpoints, known, error))
    return FALSE;
  environment->identity_url = read_url (endpoints, "identity", error);
  environment->management_url = environment->identity_url != NULL ? read_url (endpoints, "management", error)
                                                                  : NULL;
  environment->provider_url = environment->management_url != NULL ? read_url (endpoints, "provider", error)
                                                                  : NULL;
  if (environment->provider_url == NULL)
    return FALSE;
  environment->attestation_url = cr_yaml_get (endpoints, "attestation") != NULL
                                     ? read_url (endpoints, "attestation", error)
                                     : g_strdup (ENVIRONMENT_DEFAULT_ATTESTATION);
  if (environment->attestation_url == NULL)
    return FALSE;
  environment->s3_url = cr_yaml_get (endpoints, "s3") != NULL ? read_url (endpoints, "s3", error)
                                                              : g_strdup (ENVIRONMENT_DEFAULT_S3);
  return environment->s3_url != NULL;
}

/* Certificates in PEM, at least one; *VALUE is NULL when KEY is absent. */
static gboolean
read_certificates (CrYaml *root, const char *key, char **value, GError **error)
{
  const char *text = cr_yaml_optional (root, key);
  if (text == NULL)
    return TRUE;
  BIO *bio = BIO_new_mem_buf (text, -1);
  guint count = 0;
  for (X509 *cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL); cert != NULL;
       cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) {
    X509_free (cert);
    count++;
  }
  BIO_free (bio);
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
read_environment (CrYamlFile *file, GError **error)
{
  static const char *const known[] = { "name",
                                       "kind",
                                       "simulated-attestation",
                                       "subscription",
                                       "location",
                                       "client-id",
                                       "endpoints",
                                       "trust",
                                       "attestation-root",
                                       NULL };
  CrYaml *root = cr_yaml_root (file);
  if (cr_yaml_type (root) != CR_YAML_MAP) {
    cr_yaml_error (error, root, "a mapping is expected here");
    return NULL;
  }
  const char *name = cr_yaml_check_keys (root, known, error) ? cr_yaml_require (root, "name", error) : NULL;
  if (name == NULL)
    return NULL;
  if (!cr_name_valid (name)) {
    cr_yaml_error (error, cr_yaml_get (root, "name"), "\"%s\" is not a name", name);
    return NULL;
  }
  g_autoptr (Environment) environment = g_new0 (Environment, 1);
  environment->name = g_strdup (name);
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
  return parsed != NULL ? read_environment (parsed, error) : NULL;
}

Environment *
environment_load (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, ENVIRONMENT_FILE, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Start the local environment: cleanroom sandbox start.",
                  "There is no environment yet: %s does not exist.", path);
    return NULL;
  }
  g_autofree char *text = cr_file_read_text (path, FILE_MAX_BYTES, error);
  return text != NULL ? environment_parse (text, strlen (text), path, error) : NULL;
}
