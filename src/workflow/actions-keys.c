/* SPDX-License-Identifier: MIT
 * Keys of data that its owner encrypts: the DEK in the owner's keyring, wrapped in the owner's vault.
 *
 * One DEK per container, made once and never made anew while the container holds data. The KEK exists in this
 * program only between its making and its import; from then on only the vault has it, and releases it to the
 * agreed clean room alone.
 */
#include "workflow/actions-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/secret.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/x509.h"
#include "data/cse.h"

#include <string.h>

gboolean
action_is_encrypted (WorkflowCall *call)
{
  const char *protection = g_hash_table_lookup (workflow_call_scenario (call)->values, "protection");
  return g_strcmp0 (protection, "CPK") == 0;
}

/* A lost key must not be replaced while anything that it encrypted is still there. */
static gboolean
check_empty (WorkflowCall *call, BlobClient *blob, const char *container, GError **error)
{
  g_autoptr (GPtrArray) items = blob_list (blob, workflow_call_job (call), container, NULL, error);
  if (items == NULL)
    return FALSE;
  if (items->len == 0)
    return TRUE;
  cr_set_error (
      error, CR_ERROR_ADMIN,
      "Restore the keyring from its backup. Without the key the data in the container is lost; to start "
      "over, delete the container and publish again.",
      "The container %s holds encrypted data, and its key is not in the keyring.", container);
  return FALSE;
}

static GBytes *
make_dek (KeyStore *keys, const KeyAttributes *attributes, GError **error)
{
  guint8 random[DATA_CSE_KEY];
  cr_random_bytes (random, sizeof random);
  g_autoptr (GBytes) dek = cr_secret_new (random, sizeof random);
  cr_wipe (random, sizeof random);
  if (!key_store_put (keys, attributes, dek, error))
    return NULL;
  cr_fault_point ("dek");
  return g_steal_pointer (&dek);
}

GBytes *
action_dek (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create, BlobClient *blob,
            GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  KeyStore *keys = workflow_context_keys (context, error);
  if (keys == NULL)
    return NULL;
  g_autofree char *container = action_container (call, dataset);
  const KeyAttributes attributes = { .collaboration = workflow_context_collaboration (context),
                                     .persona = workflow_context_persona (context),
                                     .kind = KEY_KIND_DEK,
                                     .name = container,
                                     .algorithm = "AES-256" };
  g_autoptr (GError) problem = NULL;
  g_autoptr (GBytes) dek = key_store_get (keys, &attributes, &problem);
  if (dek != NULL)
    return g_steal_pointer (&dek);
  if (!create || !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  return check_empty (call, blob, container, error) ? make_dek (keys, &attributes, error) : NULL;
}

/* The public part of the KEK; imported first when the vault has none with this policy. Gives. */
static EVP_PKEY *
ensure_kek (WorkflowCall *call, VaultClient *vault, const char *name, const json_t *policy, GError **error)
{
  CrJob *job = workflow_call_job (call);
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) kept = NULL;
  g_autoptr (EVP_PKEY) there = vault_key_show (vault, job, name, &kept, &problem);
  if (there != NULL && kept != NULL && json_equal (kept, policy))
    return g_steal_pointer (&there);
  if (there == NULL && cr_error_http_status (problem) != 404) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_autoptr (EVP_PKEY) kek = cose_key_new (COSE_KEY_RSA_2048, error);
  if (kek == NULL || !vault_key_import (vault, job, name, kek, policy, error))
    return NULL;
  cr_fault_point ("kek");
  workflow_call_say (call, "The key %s is in the vault; only the agreed clean room gets it.", name);
  return g_steal_pointer (&kek);
}

static gboolean
wrap_dek (WorkflowCall *call, VaultClient *vault, const WorkflowDataset *dataset, const char *kek_name,
          EVP_PKEY *kek, GError **error)
{
  g_autofree char *container = action_container (call, dataset);
  g_autofree char *name = vault_wrapped_name (container, kek_name, error);
  g_autoptr (GBytes) dek = name != NULL ? action_dek (call, dataset, FALSE, NULL, error) : NULL;
  g_autoptr (GBytes) wrapped = dek != NULL ? cose_oaep_encrypt (kek, g_bytes_get_data (dek, NULL),
                                                                g_bytes_get_size (dek), error)
                                           : NULL;
  if (wrapped == NULL)
    return FALSE;
  g_autofree char *text = cr_base64_bytes (wrapped);
  if (!vault_secret_put (vault, workflow_call_job (call), name, text, error))
    return FALSE;
  cr_fault_point ("wrapped");
  workflow_call_say (call, "The key of %s is in the vault, wrapped.", dataset->name);
  return TRUE;
}

gboolean
action_release_keys (WorkflowCall *call, const char *host_data, GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  const Environment *environment = workflow_context_environment (context, error);
  g_autofree char *url = environment != NULL ? action_fact (call, "vault-url", error) : NULL;
  g_autofree char *name = url != NULL ? action_fact (call, "kek", error) : NULL;
  g_autoptr (VaultClient) vault = name != NULL ? workflow_context_vault (context, url, error) : NULL;
  if (vault == NULL)
    return FALSE;
  const char *const hosts[] = { host_data, NULL };
  g_autoptr (json_t) policy = vault_release_policy (environment->attestation_url, hosts);
  g_autoptr (EVP_PKEY) kek = ensure_kek (call, vault, name, policy, error);
  if (kek == NULL)
    return FALSE;
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (g_str_equal (dataset->owner, workflow_context_persona (context))
        && !wrap_dek (call, vault, dataset, name, kek, error))
      return FALSE;
  }
  return TRUE;
}
