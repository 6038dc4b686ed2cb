/* SPDX-License-Identifier: MIT
 * Entries of the datastore file and of the secret store file (stores.h).
 */
#include "spec/private.h"
#include "spec/stores.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"

#include <string.h>

/* NULL entry: CR_ERROR_NOT_FOUND with the code of the model layer. */
static json_t *
load_entry (const char *path, SpecFileKind kind, const char *section, const char *name, GError **error)
{
  g_autoptr (json_t) file = spec_load (path, kind, NULL, error);
  if (file == NULL)
    return NULL;
  json_t *entry = spec_entry (file, section, name);
  if (entry != NULL)
    return json_incref (entry);
  gboolean data = kind == SPEC_FILE_DATASTORES;
  cr_set_named_error (
      error, CR_ERROR_NOT_FOUND, data ? "DataStoreNotFound" : "SecretStoreNotFound",
      data ? N_ ("See cleanroom datastore list, or add it with cleanroom datastore add.")
           : N_ ("See cleanroom secretstore list, or add it with cleanroom secretstore add."),
      data ? N_ ("There is no datastore %s in %s.") : N_ ("There is no secret store %s in %s."), name, path);
  return NULL;
}

/* ENTRY is taken. */
static gboolean
add_entry (const char *path, SpecFileKind kind, const char *section, json_t *entry, gboolean *added,
           GError **error)
{
  g_autoptr (json_t) owned = entry;
  g_auto (SpecLock) lock = spec_lock (path);
  g_autoptr (json_t) file = spec_load_or_new (path, kind, NULL, error);
  if (file == NULL)
    return FALSE;
  gboolean is_new = spec_entry (file, section, cr_json_peek_string (owned, "name")) == NULL;
  if (added != NULL)
    *added = is_new;
  if (!is_new)
    return TRUE;
  spec_put (file, section, json_incref (owned));
  return spec_save (path, kind, file, error);
}

/* The text member NAME of the JSON that VALUE is in base64. Gives. */
static char *
decoded (const char *value, const char *name)
{
  g_autoptr (GBytes) bytes = value != NULL && *value != '\0' ? cr_base64_decode (value, name, NULL) : NULL;
  g_autoptr (json_t) object = bytes != NULL ? cr_json_parse_bytes (bytes, name, NULL) : NULL;
  return g_strdup (cr_json_peek_string (object, name));
}

/* --- secret stores --- */

json_t *
spec_secretstore_entry (const SpecSecretStore *store)
{
  g_autofree char *configuration = NULL;
  if (store->authority != NULL) {
    /* Written with the blank that others write too. */
    g_autoptr (json_t) name = json_string (store->authority);
    char *quoted = json_dumps (name, JSON_ENCODE_ANY);
    g_autofree char *text = g_strdup_printf ("{\"authority\": %s}", quoted);
    free (quoted);
    configuration = cr_base64 (text, strlen (text));
  }
  return json_pack ("{s:s, s:s, s:s, s:s, s:[s]}", "name", store->name, "secretStoreType", store->type,
                    "storeProviderUrl", store->url, "configuration",
                    configuration != NULL ? configuration : "", "supportedSecretTypes",
                    strcmp (store->type, SPEC_STORE_RELEASE) == 0 ? "Key" : "Secret");
}

gboolean
spec_secretstore_add (const char *path, const SpecSecretStore *store, gboolean *added, GError **error)
{
  return add_entry (path, SPEC_FILE_SECRETSTORES, "secretstores", spec_secretstore_entry (store), added,
                    error);
}

json_t *
spec_secretstore_load (const char *path, const char *name, GError **error)
{
  return load_entry (path, SPEC_FILE_SECRETSTORES, "secretstores", name, error);
}

char *
spec_secretstore_authority (const json_t *entry)
{
  return decoded (cr_json_peek_string (entry, "configuration"), "authority");
}

gboolean
spec_secretstore_holds (const json_t *entry, const char *kind)
{
  const json_t *kinds = json_object_get (entry, "supportedSecretTypes");
  for (gsize i = 0; i < json_array_size (kinds); i++)
    if (g_strcmp0 (json_string_value (json_array_get (kinds, i)), kind) == 0)
      return TRUE;
  return FALSE;
}

const char *
spec_secretstore_keyring (const json_t *entry)
{
  const char *url = cr_json_peek_string (entry, "storeProviderUrl");
  gboolean local = g_strcmp0 (cr_json_peek_string (entry, "secretStoreType"), SPEC_STORE_FOLDER) == 0;
  return local && url != NULL && g_str_has_prefix (url, SPEC_KEYRING_PREFIX)
             ? url + strlen (SPEC_KEYRING_PREFIX)
             : NULL;
}

/* --- datastores --- */

gboolean
spec_datastore_check (const SpecDatastore *store, GError **error)
{
  gboolean s3 = g_strcmp0 (store->type, "Aws_S3") == 0;
  gboolean own_key = store->mode != NULL && strcmp (store->mode, "SSE") != 0;
  if (s3 && own_key)
    cr_set_error (error, CR_ERROR_USAGE, "Say --encryption-mode SSE, or use a store in Azure.",
                  "Buckets are encrypted by their service only (SSE), not with %s.", store->mode);
  else if (s3 && store->secret_id == NULL)
    cr_set_error (error, CR_ERROR_USAGE,
                  "Keep the key pair as a secret of the contract (cleanroom governance contract secret "
                  "set) and say --aws-config-cgs-secret-id ID.",
                  "The clean room needs the key pair of the bucket, and no secret is named.");
  else if (own_key && store->secretstore == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Say --secretstore NAME.",
                  "The key of a datastore with %s has to be kept somewhere, and no secret store is named.",
                  store->mode);
  else
    return TRUE;
  return FALSE;
}

gboolean
spec_datastore_add (const char *path, const SpecDatastore *store, gboolean *added, GError **error)
{
  if (!spec_datastore_check (store, error))
    return FALSE;
  json_t *schema = store->schema != NULL ? data_schema_to_json (store->schema) : json_null ();
  g_autofree char *configuration = data_secret_reference (store->secret_id);
  const char *file = store->secretstore_file;
  const char *type = store->type != NULL ? store->type : "Azure_BlobStorage";
  /* Others put the name of the container right behind it. */
  gboolean slash = g_str_has_prefix (type, "Azure_Blob") && !g_str_has_suffix (store->url, "/");
  g_autofree char *url = g_strconcat (store->url, slash ? "/" : "", NULL);
  json_t *entry = json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "name", store->name, "secretstore_config",
      file != NULL ? file : "", "secretstore_name", store->secretstore != NULL ? store->secretstore : "",
      "encryptionMode", store->mode != NULL ? store->mode : "SSE", "storeType", type, "storeProviderUrl", url,
      "storeProviderConfiguration", configuration, "storeName", store->place, "datasetSchema", schema);
  return add_entry (path, SPEC_FILE_DATASTORES, "datastores", entry, added, error);
}

json_t *
spec_datastore_load (const char *path, const char *name, GError **error)
{
  return load_entry (path, SPEC_FILE_DATASTORES, "datastores", name, error);
}

const char *
spec_datastore_mode (const json_t *entry)
{
  const char *mode = cr_json_peek_string (entry, "encryptionMode");
  return mode != NULL ? mode : "SSE";
}

char *
spec_datastore_secret (const json_t *entry)
{
  return decoded (cr_json_peek_string (entry, "storeProviderConfiguration"), "secretId");
}

char *
spec_datastore_secretstores (const json_t *entry, const char *path)
{
  const char *named = cr_json_peek_string (entry, "secretstore_config");
  if (named == NULL || *named == '\0')
    return NULL;
  if (g_path_is_absolute (named))
    return g_strdup (named);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *beside = g_build_filename (folder, named, NULL);
  gboolean here = !g_file_test (beside, G_FILE_TEST_EXISTS) && g_file_test (named, G_FILE_TEST_EXISTS);
  return here ? g_strdup (named) : g_steal_pointer (&beside);
}
