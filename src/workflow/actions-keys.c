/* SPDX-License-Identifier: MIT
 * Keys of data that its owner encrypts: the DEK in the owner's keyring, wrapped in the owner's vault.
 *
 * One DEK per container (spec/dek.h). The KEK exists in this program only between its making and its import;
 * from then on only the vault has it, and releases it to the agreed clean room alone (cloud/vault.h).
 */
#include "workflow/actions-private.h"

#include "spec/dek.h"
#include "workflow/datastores.h"

#include <string.h>

gboolean
action_is_encrypted (WorkflowCall *call)
{
  const char *protection = g_hash_table_lookup (workflow_call_scenario (call)->values, "protection");
  return g_strcmp0 (protection, "CPK") == 0;
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
  g_autoptr (json_t) store = workflow_keyring_store (workflow_context_persona (context));
  const SpecDek dek = { .job = workflow_call_job (call),
                        .store = store,
                        .name = container,
                        .keys = keys,
                        .collaboration = workflow_context_collaboration (context) };
  if (!create)
    return spec_dek_get (&dek, error);
  g_autoptr (CloudStore) place = cloud_store_blob (blob, container);
  return spec_dek_ensure (&dek, place, error);
}

static gboolean
wrap_dek (WorkflowCall *call, VaultClient *vault, const WorkflowDataset *dataset, const char *kek_name,
          EVP_PKEY *kek, GError **error)
{
  g_autofree char *container = action_container (call, dataset);
  g_autofree char *name = vault_wrapped_name (container, kek_name, error);
  g_autoptr (GBytes) dek = name != NULL ? action_dek (call, dataset, FALSE, NULL, error) : NULL;
  if (dek == NULL || !vault_wrap (vault, workflow_call_job (call), name, kek, dek, error))
    return FALSE;
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
  gboolean made = FALSE;
  g_autoptr (EVP_PKEY) kek = vault_kek_ensure (vault, workflow_call_job (call), name, policy, &made, error);
  if (kek == NULL)
    return FALSE;
  if (made)
    workflow_call_say (call, "The key %s is in the vault; only the agreed clean room gets it.", name);
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (g_str_equal (dataset->owner, workflow_context_persona (context))
        && !wrap_dek (call, vault, dataset, name, kek, error))
      return FALSE;
  }
  return TRUE;
}
