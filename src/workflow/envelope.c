/* SPDX-License-Identifier: MIT
 * The keys of a whole specification, wrapped for the clean room that was agreed upon (datastores.h).
 */
#include "workflow/datastores.h"

#include "base/error.h"

#include <string.h>

#define HOST_DATA "x-ms-sevsnpvm-hostdata"

const char *
workflow_policy_host_data (const json_t *policy)
{
  const json_t *values = json_object_get (json_object_get (policy, "policy"), HOST_DATA);
  return json_string_value (json_array_get (values, 0));
}

char *
workflow_agreed_host_data (CrJob *job, CcfClient *ledger, const char *contract, GError **error)
{
  g_autoptr (json_t) policy = cgs_policy_show (job, ledger, contract, error);
  if (policy == NULL)
    return NULL;
  const char *value = workflow_policy_host_data (policy);
  if (value == NULL) { /* the service says the same of a contract that does not exist */
    g_autoptr (GError) problem = NULL;
    g_autoptr (json_t) known = cgs_contract_show (job, ledger, contract, &problem);
    if (g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  }
  if (value == NULL)
    cr_set_error (error, CR_ERROR_WAITING, "The operator has to take the step an.op.cluster.",
                  "There is no accepted clean room policy yet.");
  return g_strdup (value);
}

typedef struct {
  const WorkflowOpener *by;
  const WorkflowEnvelope *envelope;
  GHashTable *keks;   /* "URL\nNAME" -> EVP_PKEY* */
  GHashTable *vaults; /* URL -> VaultClient* */
  json_t *made, *wrapped;
} Work;

/* Borrowed. */
static VaultClient *
vault_at (Work *work, const char *url, GError **error)
{
  VaultClient *vault = g_hash_table_lookup (work->vaults, url);
  if (vault != NULL)
    return vault;
  vault = workflow_context_vault (work->by->context, url, error);
  if (vault != NULL)
    g_hash_table_insert (work->vaults, g_strdup (url), vault);
  return vault;
}

static gboolean
make_kek (Work *work, const DataProtection *keys, GError **error)
{
  g_autofree char *where = g_strdup_printf ("%s\n%s", keys->kek_url, keys->kek_name);
  if (g_hash_table_contains (work->keks, where))
    return TRUE;
  VaultClient *vault = vault_at (work, keys->kek_url, error);
  if (vault == NULL)
    return FALSE;
  gboolean made = FALSE;
  const char *const hosts[] = { work->envelope->host_data, NULL };
  g_autoptr (json_t) policy = hosts[0] != NULL ? vault_release_policy (keys->authority, hosts) : NULL;
  EVP_PKEY *kek = policy != NULL
                      ? vault_kek_ensure (vault, work->by->job, keys->kek_name, policy, &made, error)
                      : vault_key_show (vault, work->by->job, keys->kek_name, NULL, error);
  if (kek == NULL)
    return FALSE;
  g_hash_table_insert (work->keks, g_steal_pointer (&where), kek);
  json_array_append_new (work->made, json_pack ("{s:s, s:s, s:b}", "name", keys->kek_name, "vault",
                                                keys->kek_url, "made", made));
  return TRUE;
}

static gboolean
wrap_dek (Work *work, const json_t *point, const DataProtection *keys, GError **error)
{
  const WorkflowEnvelope *envelope = work->envelope;
  const char *datastore = cr_json_peek_string (json_object_get (point, "store"), "id");
  g_autofree char *where = g_strdup_printf ("%s\n%s", keys->kek_url, keys->kek_name);
  EVP_PKEY *kek = g_hash_table_lookup (work->keks, where);
  g_autoptr (json_t) entry = spec_datastore_load (envelope->datastores, datastore, error);
  g_autoptr (GBytes) dek = entry != NULL ? workflow_datastore_dek (work->by, entry, envelope->datastores,
                                                                   envelope->secretstores, error)
                                         : NULL;
  VaultClient *vault = dek != NULL ? vault_at (work, keys->dek_url, error) : NULL;
  if (vault == NULL || !vault_wrap (vault, work->by->job, keys->dek_name, kek, dek, error))
    return FALSE;
  json_array_append_new (work->wrapped, json_pack ("{s:s, s:s, s:s}", "datastore", datastore, "secret",
                                                   keys->dek_name, "vault", keys->dek_url));
  return TRUE;
}

typedef gboolean (*Visit) (Work *work, const json_t *point, const DataProtection *keys, GError **error);

static gboolean
visit_kek (Work *work, const json_t *point, const DataProtection *keys, GError **error)
{
  (void) point;
  return make_kek (work, keys, error);
}

/* Every access point whose data its owner encrypts. */
static gboolean
each (Work *work, Visit visit, GError **error)
{
  static const char *const sections[] = { "datasources", "datasinks" };
  for (gsize s = 0; s < G_N_ELEMENTS (sections); s++) {
    const json_t *list = json_object_get (work->envelope->specification, sections[s]);
    for (gsize i = 0; i < json_array_size (list); i++) {
      const json_t *point = json_array_get (list, i);
      g_auto (DataProtection) keys = { 0 };
      if (!data_protection_read (point, &keys, error)
          || (keys.kek_name != NULL && !visit (work, point, &keys, error)))
        return FALSE;
    }
  }
  return TRUE;
}

json_t *
workflow_wrap_keys (const WorkflowOpener *by, const WorkflowEnvelope *envelope, GError **error)
{
  g_autoptr (GHashTable) keks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                       (GDestroyNotify) EVP_PKEY_free);
  g_autoptr (GHashTable) vaults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                         (GDestroyNotify) vault_client_free);
  g_autoptr (json_t) made = json_array (), wrapped = json_array ();
  Work work = {
    .by = by, .envelope = envelope, .keks = keks, .vaults = vaults, .made = made, .wrapped = wrapped
  };
  if (!each (&work, visit_kek, error) || (!envelope->keks_only && !each (&work, wrap_dek, error)))
    return NULL;
  return json_pack ("{s:O, s:O}", "keks", made, "deks", wrapped);
}
