/* SPDX-License-Identifier: MIT
 * an.user.grant: only the agreed clean room may read the data.
 */
#include "workflow/actions-private.h"
#include "workflow/datastores.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "cloud/names.h"

/* A fresh federated credential takes a while to be known everywhere in the real cloud. */
#define SPREAD_MS (30 * 1000)
#define IDENTITY_API "2023-01-31"

/* What the agreed policy admits: the first host data value. Gives. */
static char *
agreed_host_data (WorkflowCall *call, const char *contract, GError **error)
{
  CcfClient *client = action_ledger (call, error);
  return client != NULL ? workflow_agreed_host_data (workflow_call_job (call), client, contract, error)
                        : NULL;
}

static gboolean
give_roles (WorkflowCall *call, ArmClient *arm, GError **error)
{
  g_autofree char *principal = action_fact (call, "identity-principal", error);
  g_autofree char *account = principal != NULL ? action_fact (call, "data-account-id", error) : NULL;
  g_autofree char *vault = account != NULL ? action_fact (call, "vault-id", error) : NULL;
  if (vault == NULL)
    return FALSE;
  const struct {
    const char *scope, *role, *name;
  } roles[] = { { account, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, "read and write the storage" },
                { vault, CLOUD_ROLE_KEY_VAULT_CRYPTO_OFFICER, "use the keys of the vault" },
                { vault, CLOUD_ROLE_KEY_VAULT_SECRETS_USER, "read the secrets of the vault" } };
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
    if (!arm_role_ensure (arm, workflow_call_job (call), roles[i].scope, roles[i].role, principal,
                          "ServicePrincipal", NULL, error))
      return FALSE;
    cr_fault_point ("granted-role");
    workflow_call_say (call, "The clean room's identity may %s.", roles[i].name);
  }
  return TRUE;
}

ACTION (action_grant)
{
  WorkflowContext *context = workflow_call_context (call);
  if (!action_uses_azure (call)) {
    workflow_call_say (call,
                       "Nothing to do: the clean room reads your buckets with the secret of the contract.");
    return TRUE;
  }
  g_autofree char *contract = action_contract (call, error);
  g_autofree char *host_data = contract != NULL ? agreed_host_data (call, contract, error) : NULL;
  g_autofree char *issuer = host_data != NULL ? workflow_call_public (call, "issuer.url", error) : NULL;
  g_autofree char *user = issuer != NULL ? action_fact (call, "user", error) : NULL;
  g_autofree char *identity = user != NULL ? action_fact (call, "identity-id", error) : NULL;
  ArmClient *arm = identity != NULL ? workflow_context_arm (context, error) : NULL;
  if (arm == NULL || (action_is_encrypted (call) && !action_release_keys (call, host_data, error))
      || !give_roles (call, arm, error))
    return FALSE;
  g_autofree char *subject = g_strdup_printf ("%s-%s", contract, user);
  g_autofree char *name = g_strconcat (subject, "-federation", NULL);
  if (!cloud_check_credential_name (name, error))
    return FALSE;
  g_autoptr (json_t) credential = arm_federated_credential_ensure (arm, workflow_call_job (call), identity,
                                                                   name, issuer, subject, error);
  if (credential == NULL)
    return FALSE;
  cr_fault_point ("federated");
  workflow_call_set (call, "subject", subject);
  workflow_call_set (call, "issuer", issuer);
  workflow_call_set (call, "host_data", host_data);
  workflow_call_say (call, "Tokens for %s of the agreed clean room are trusted.", subject);
  const Environment *environment = workflow_context_environment (context, NULL);
  return environment->kind == ENVIRONMENT_SANDBOX
         || cr_job_sleep (workflow_call_job (call), SPREAD_MS, error);
}

PROBE (probe_access)
{
  WorkflowContext *context = workflow_call_context (call);
  if (!action_uses_azure (call))
    return g_strdup ("granted");
  g_autofree char *contract = action_contract (call, error);
  g_autofree char *user = contract != NULL ? action_fact (call, "user", error) : NULL;
  g_autofree char *identity = user != NULL ? action_fact (call, "identity-id", error) : NULL;
  ArmClient *arm = identity != NULL ? workflow_context_arm (context, error) : NULL;
  if (arm == NULL)
    return NULL;
  g_autofree char *id = g_strdup_printf ("%s/federatedIdentityCredentials/%s-%s-federation", identity,
                                         contract, user);
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) credential = arm_get (arm, workflow_call_job (call), id, IDENTITY_API, &problem);
  if (credential != NULL)
    return g_strdup ("granted");
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return g_strdup ("missing");
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}
