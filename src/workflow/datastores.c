/* SPDX-License-Identifier: MIT
 * Datastores opened and made (datastores.h).
 */
#include "workflow/datastores.h"

#include "base/error.h"
#include "base/fault.h"
#include "cloud/names.h"

#include <string.h>

#define STORAGE_API "2023-05-01"
#define VAULT_API_VERSION "2023-07-01"

json_t *
workflow_keyring_store (const char *persona)
{
  g_autofree char *name = g_strconcat (persona, "-local-store", NULL);
  g_autofree char *url = g_strconcat (SPEC_KEYRING_PREFIX, persona, NULL);
  const SpecSecretStore store = { .name = name, .type = SPEC_STORE_FOLDER, .url = url };
  return spec_secretstore_entry (&store);
}

/* --- keys --- */

static gboolean
is_vault (const json_t *store)
{
  return g_strcmp0 (cr_json_peek_string (store, "secretStoreType"), SPEC_STORE_FOLDER) != 0;
}

/* The entry of the secret store of a datastore. Gives. */
static json_t *
secretstore_of (const json_t *entry, const char *path, const char *secretstores, GError **error)
{
  const char *name = cr_json_peek_string (entry, "secretstore_name");
  g_autofree char *named = spec_datastore_secretstores (entry, path);
  const char *file = named != NULL ? named : secretstores;
  if (name != NULL && *name != '\0' && file != NULL)
    return spec_secretstore_load (file, name, error);
  cr_set_error (error, CR_ERROR_INPUT, "Correct the entry in the file: secretstore_config, secretstore_name.",
                "The datastore %s does not say where its key is.", cr_json_peek_string (entry, "name"));
  return NULL;
}

gboolean
workflow_datastore_needs_vault (const json_t *entry, const char *path)
{
  g_autoptr (json_t) store = secretstore_of (entry, path, NULL, NULL);
  return store != NULL && is_vault (store);
}

/* Get or (CREATE) make the key NAME in STORE. */
static GBytes *
key_in (const WorkflowOpener *by, const json_t *store, const char *name, gboolean create, CloudStore *place,
        GError **error)
{
  SpecDek dek = { .job = by->job, .store = store, .name = name };
  g_autoptr (VaultClient) vault = NULL;
  if (spec_secretstore_keyring (store) != NULL) {
    dek.keys = by->context != NULL ? workflow_context_keys (by->context, error) : by->keys;
    dek.collaboration = by->context != NULL ? workflow_context_collaboration (by->context)
                                            : by->collaboration;
    if (dek.keys == NULL)
      return NULL;
  } else if (is_vault (store)) {
    if (!spec_secretstore_holds (store, "Secret") || by->context == NULL) {
      cr_set_error (error, CR_ERROR_INPUT, "Keep it in the keyring, or in a vault (Azure_KeyVault).",
                    "The secret store %s cannot hold the key of a datastore.",
                    cr_json_peek_string (store, "name"));
      return NULL;
    }
    vault = workflow_context_vault (by->context, cr_json_peek_string (store, "storeProviderUrl"), error);
    if (vault == NULL)
      return NULL;
    dek.vault = vault;
  }
  return create ? spec_dek_ensure (&dek, place, error) : spec_dek_get (&dek, error);
}

GBytes *
workflow_datastore_dek (const WorkflowOpener *by, const json_t *entry, const char *path,
                        const char *secretstores, GError **error)
{
  g_autoptr (json_t) store = secretstore_of (entry, path, secretstores, error);
  return store != NULL ? key_in (by, store, cr_json_peek_string (entry, "name"), FALSE, NULL, error) : NULL;
}

/* --- places --- */

void
workflow_datastore_clear (WorkflowDatastore *opened)
{
  g_clear_pointer (&opened->store, cloud_store_free);
  g_clear_pointer (&opened->blob, blob_client_free);
  g_clear_pointer (&opened->s3, s3_client_free);
  g_clear_pointer (&opened->dek, g_bytes_unref);
  g_clear_pointer (&opened->entry, json_decref);
}

/* The client for a store of this TYPE at URL, and PLACE in it. */
static gboolean
open_place (const WorkflowOpener *by, const char *type, const char *url, const char *place,
            WorkflowDatastore *opened, GError **error)
{
  if (strcmp (type, "Aws_S3") == 0) {
    if (!s3_check_bucket_name (place, error))
      return FALSE;
    opened->s3 = workflow_context_s3 (by->context, url, error);
    opened->store = opened->s3 != NULL ? cloud_store_s3 (opened->s3, place) : NULL;
  } else if (strcmp (type, "Azure_OneLake") == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Move the files with azcopy, as the documentation of OneLake says; the clean room reads "
                  "them there.",
                  "Files cannot be moved to or from OneLake here.");
  } else if (cloud_check_container_name (place, error)) {
    opened->blob = workflow_context_blob (by->context, url, error);
    opened->store = opened->blob != NULL ? cloud_store_blob (opened->blob, place) : NULL;
  }
  return opened->store != NULL;
}

gboolean
workflow_datastore_open (const WorkflowOpener *by, const char *path, const char *name,
                         WorkflowDatastore *opened, GError **error)
{
  opened->entry = spec_datastore_load (path, name, error);
  if (opened->entry == NULL
      || !open_place (by, cr_json_peek_string (opened->entry, "storeType"),
                      cr_json_peek_string (opened->entry, "storeProviderUrl"),
                      cr_json_peek_string (opened->entry, "storeName"), opened, error))
    return FALSE;
  const char *mode = spec_datastore_mode (opened->entry);
  if (strcmp (mode, "SSE") == 0)
    return TRUE;
  opened->dek = workflow_datastore_dek (by, opened->entry, path, NULL, error);
  if (opened->dek != NULL && strcmp (mode, "CPK") == 0 && opened->blob != NULL)
    blob_client_set_key (opened->blob, opened->dek);
  return opened->dek != NULL;
}

/* The place is made before the key, and the entry last: killed in between, the same call again finds what is
 * there and goes on. */
static gboolean
make (const WorkflowOpener *by, const SpecDatastore *store, gboolean bucket, GError **error)
{
  const char *type = store->type != NULL ? store->type : "Azure_BlobStorage";
  if (strcmp (type, "Azure_OneLake") == 0 && store->secretstore == NULL)
    return TRUE;
  g_auto (WorkflowDatastore) opened = { 0 };
  gboolean s3 = strcmp (type, "Aws_S3") == 0;
  if (s3 && !bucket)
    return s3_check_bucket_name (store->place, error);
  if (strcmp (type, "Azure_OneLake") != 0
      && (!open_place (by, type, store->url, store->place, &opened, error)
          || !cloud_store_create (opened.store, by->job, error)))
    return FALSE;
  cr_fault_point ("datastore-place");
  if (store->secretstore == NULL)
    return TRUE;
  g_autoptr (json_t) keeper = spec_secretstore_load (store->secretstore_file, store->secretstore, error);
  g_autoptr (GBytes) dek = keeper != NULL ? key_in (by, keeper, store->name, TRUE, opened.store, error)
                                          : NULL;
  return dek != NULL;
}

gboolean
workflow_datastore_add (const WorkflowOpener *by, const char *path, const SpecDatastore *store,
                        gboolean bucket, gboolean *added, GError **error)
{
  g_autoptr (json_t) file = spec_datastore_check (store, error)
                                ? spec_load_or_new (path, SPEC_FILE_DATASTORES, NULL, error)
                                : NULL;
  if (file == NULL)
    return FALSE;
  if (added != NULL)
    *added = FALSE;
  if (spec_entry (file, "datastores", store->name) != NULL)
    return TRUE;
  return make (by, store, bucket, error) && spec_datastore_add (path, store, added, error);
}

/* --- services of the persona --- */

static char *
with_slash (const char *url)
{
  return g_str_has_suffix (url, "/") ? g_strdup (url) : g_strconcat (url, "/", NULL);
}

/* What a resource id or a URL stands for: *URL for a URL, else the resource. */
static json_t *
resource (const WorkflowOpener *by, const char *id, const char *api, char **url, GError **error)
{
  if (g_str_has_prefix (id, "https://")) {
    *url = with_slash (id);
    return NULL;
  }
  if (*id != '/') {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Give its resource id (/subscriptions/...), its https:// address, or leave it out for the "
                  "own one.",
                  "\"%s\" is not the id of a resource.", id);
    return NULL;
  }
  ArmClient *arm = workflow_context_arm (by->context, error);
  return arm != NULL ? arm_get (arm, by->job, id, api, error) : NULL;
}

char *
workflow_blob_url (const WorkflowOpener *by, const char *id, GError **error)
{
  if (id == NULL)
    return workflow_context_require (by->context, "blob", error);
  char *url = NULL;
  g_autoptr (json_t) account = resource (by, id, STORAGE_API, &url, error);
  if (url != NULL || account == NULL)
    return url;
  g_autofree char *endpoint = arm_storage_endpoint (account, "blob", error);
  return endpoint != NULL ? with_slash (endpoint) : NULL;
}

char *
workflow_vault_url (const WorkflowOpener *by, const char *id, gboolean releases, GError **error)
{
  if (id == NULL)
    return workflow_context_require (by->context, "vault-url", error);
  char *url = NULL;
  g_autoptr (json_t) vault = resource (by, id, VAULT_API_VERSION, &url, error);
  if (url != NULL || vault == NULL)
    return url;
  const json_t *properties = json_object_get (vault, "properties");
  const char *kind = cr_json_peek_string (vault, "type");
  gboolean hsm = kind != NULL && g_ascii_strcasecmp (kind, "Microsoft.KeyVault/managedHSMs") == 0;
  const char *address = cr_json_peek_string (properties, hsm ? "hsmUri" : "vaultUri");
  const char *sku = cr_json_peek_string (json_object_get (properties, "sku"), "name");
  if (address == NULL || (hsm && !releases))
    cr_set_error (error, CR_ERROR_INPUT, "Name a key vault.", "%s is not a key vault that holds secrets.",
                  id);
  else if (releases && !hsm && (sku == NULL || g_ascii_strcasecmp (sku, "premium") != 0))
    cr_set_error (error, CR_ERROR_INPUT, "Use a premium vault or a managed HSM.",
                  "The vault %s is not a premium one and cannot release keys.", id);
  else
    return with_slash (address);
  return NULL;
}
