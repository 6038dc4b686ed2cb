/* SPDX-License-Identifier: MIT
 * Access points, applications and rules of a specification (stores.h).
 */
#include "spec/stores.h"

#include "spec/private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"
#include "cloud/vault.h"

#include <string.h>

static json_t *
refuse (GError **error, const char *code, const char *hint, const char *text, const char *name)
{
  cr_set_named_error (error, CR_ERROR_INPUT, code, hint, "%s (%s)", cr_translate (text), name);
  return NULL;
}

static const char *
entry_name (const json_t *entry)
{
  const char *name = cr_json_peek_string (entry, "name");
  return name != NULL ? name : "";
}

/* Can the two stores hold the keys of ACCESS? */
static gboolean
check_key_stores (const SpecAccess *access, const char *authority, GError **error)
{
  const char *mode = spec_datastore_mode (access->datastore);
  if (access->dek_store == NULL || access->kek_store == NULL || access->kek == NULL)
    refuse (error, "SecretStoreNotFound", N_ ("Say --dek-secret-store NAME and --kek-secret-store NAME."),
            N_ ("The secret stores for the wrapped key and for the key that wraps it have to be named"),
            mode);
  else if (!spec_secretstore_holds (access->dek_store, "Secret")
           || spec_secretstore_keyring (access->dek_store) != NULL
           || g_strcmp0 (cr_json_peek_string (access->dek_store, "secretStoreType"), SPEC_STORE_FOLDER) == 0)
    refuse (error, "UnsupportedDekSecretStore", N_ ("Use a secret store of the type Azure_KeyVault."),
            N_ ("The clean room cannot read secrets from this secret store"), entry_name (access->dek_store));
  else if (!spec_secretstore_holds (access->kek_store, "Key") || authority == NULL)
    refuse (
        error, "UnsupportedKekSecretStore",
        N_ ("Use a secret store of the type Azure_KeyVault_Managed_HSM (a managed HSM or a premium vault)."),
        N_ ("This secret store cannot release keys"), entry_name (access->kek_store));
  else
    return TRUE;
  return FALSE;
}

static gboolean
is_s3 (const SpecAccess *access)
{
  return g_strcmp0 (cr_json_peek_string (access->datastore, "storeType"), "Aws_S3") == 0;
}

static json_t *
build (const SpecAccess *access, const DataProtectionKeys *keys)
{
  const json_t *store = access->datastore;
  const json_t *identity = is_s3 (access) ? NULL : access->identity;
  g_autofree char *secret = spec_datastore_secret (store);
  const DataAccessPointSpec spec = {
    .name = access->name != NULL && *access->name != '\0' ? access->name : entry_name (store),
    .access = access->access,
    .container = cr_json_peek_string (store, "storeName"),
    .datastore = entry_name (store),
    .blob_url = cr_json_peek_string (store, "storeProviderUrl"),
    .identity = identity,
    .secret_id = secret,
    .store_type = cr_json_peek_string (store, "storeType"),
    .mode = spec_datastore_mode (store),
    .keys = keys,
    .subdirectory = access->subdirectory,
  };
  json_t *point = data_access_point (&spec);
  /* The clean room uses the same identity for the secrets, also where there are none. */
  if (identity != NULL)
    json_object_set_new (json_object_get (point, "protection"), "encryptionSecretAccessIdentity",
                         json_deep_copy (identity));
  return point;
}

json_t *
spec_access_point (const SpecAccess *access, GError **error)
{
  const json_t *store = access->datastore;
  if (access->subdirectory != NULL && !spec_subdirectory_good (access->subdirectory)) {
    cr_set_error (error, CR_ERROR_USAGE, "Name it from the top of the container: 2025/09.",
                  "\"%s\" cannot be a subdirectory.", access->subdirectory);
    return NULL;
  }
  if (!is_s3 (access) && access->identity == NULL)
    return refuse (error, "IdentityConfigurationNotFound", N_ ("Add one: cleanroom config add-identity."),
                   N_ ("A store in Azure is reached with an identity, and none is named"),
                   entry_name (store));
  if (strcmp (spec_datastore_mode (store), "SSE") == 0)
    return build (access, NULL);
  g_autofree char *authority = spec_secretstore_authority (access->kek_store);
  g_autofree char *wrapped = check_key_stores (access, authority, error)
                                 ? vault_wrapped_name (entry_name (store), access->kek, error)
                                 : NULL;
  if (wrapped == NULL)
    return NULL;
  const DataProtectionKeys keys = {
    .dek_store = entry_name (access->dek_store),
    .dek_name = wrapped,
    .kek_store = entry_name (access->kek_store),
    .kek_name = access->kek,
    .vault_url = cr_json_peek_string (access->dek_store, "storeProviderUrl"),
    .kek_url = cr_json_peek_string (access->kek_store, "storeProviderUrl"),
    .authority = authority,
  };
  return build (access, &keys);
}

/* --- applications --- */

/* A resource of a container registry; URL is where it is asked for. */
static json_t *
registry_document (const char *id, const char *name, const char *url, const json_t *identity)
{
  return json_pack ("{s:s, s:s, s:O?, s:{s:s, s:s, s:s, s:{s:s, s:s, s:s}}}", "documentType", "OCI",
                    "authenticityReceipt", "", "identity", identity, "backingResource", "id", id, "name",
                    name, "type", "AzureContainerRegistry", "provider", "protocol", "AzureContainerRegistry",
                    "url", url, "configuration", "");
}

static json_t *
copy_or (const json_t *value, json_t *otherwise)
{
  if (value == NULL)
    return otherwise;
  json_decref (otherwise);
  return json_deep_copy (value);
}

json_t *
spec_application (const SpecApplication *it)
{
  static const char trust[] = "{\"trustType\": \"https\"}";
  g_autofree char *policy = cr_base64 (trust, strlen (trust));
  g_auto (GStrv) parts = g_strsplit (it->image, "/", 2);
  json_t *command = json_array ();
  for (char **word = it->command; word != NULL && *word != NULL; word++)
    json_array_append_new (command, json_string (*word));
  json_t *image = json_pack ("{s:o, s:n, s:{s:{s:s}}}", "executable",
                             registry_document (it->image, it->name, parts[0], it->identity), "protection",
                             "enforcementPolicy", "policy", "policyDocument", policy);
  json_t *runtime = json_pack ("{s:o, s:{s:{s:f, s:f}}}", "ports", copy_or (it->ports, json_array ()),
                               "resource", "requests", "cpu", it->cpu, "memoryInGB", it->memory_gb);
  return json_pack ("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name", it->name, "image", image, "startType",
                    it->starts ? "Auto" : "Manual", "command", command, "environmentVariables",
                    copy_or (it->environment, json_object ()), "datasources",
                    copy_or (it->datasources, json_object ()), "datasinks",
                    copy_or (it->datasinks, json_object ()), "runtimeSettings", runtime);
}

json_t *
spec_http_rule (const char *policy)
{
  json_t *document = json_null ();
  if (policy != NULL && *policy != '\0')
    document = json_pack ("{s:o}", "policy", registry_document (policy, policy, policy, NULL));
  return json_pack ("{s:b, s:{s:s, s:s, s:o}}", "enabled", TRUE, "policy", "proxyType", "API", "proxyMode",
                    "Open", "privacyPolicy", document);
}

gboolean
spec_set_telemetry (json_t *specification, const char *name, GError **error)
{
  json_t *sink = spec_entry (specification, "datasinks", name);
  if (sink == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Add it: cleanroom config add-datasink.",
                  "There is no datasink %s.", name);
    return FALSE;
  }
  json_t *telemetry = spec_part (spec_part (specification, "governance"), "telemetry");
  gboolean logging = strcmp (name, SPEC_SINK_LOGGING) == 0;
  json_t *places = json_object ();
  json_object_set_new (places, "logs", json_deep_copy (sink));
  if (!logging) {
    json_object_set_new (places, "metrics", json_deep_copy (sink));
    json_object_set_new (places, "traces", json_deep_copy (sink));
  }
  json_object_set_new (telemetry, logging ? "application" : "infrastructure", places);
  return TRUE;
}
