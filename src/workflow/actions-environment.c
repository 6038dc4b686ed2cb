/* SPDX-License-Identifier: MIT
 * env.start and env.init: the persona's folders, sign-in and cloud resources.
 */
#include "workflow/actions-private.h"
#include "workflow/datastores.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "cloud/names.h"
#include "workflow/loader-private.h"

#include <string.h>

/* The resource group: as given, else what was chosen before, else PERSONA-<8 hex>, drawn once. */
static gboolean
choose_group (WorkflowCall *call, GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  const char *given = workflow_call_input (call, "resource-group");
  g_autofree char *group = *given != '\0' ? g_strdup (given)
                                          : workflow_context_recall (context, "resource-group");
  if (group == NULL) {
    g_autofree char *prefix = g_strconcat (workflow_context_persona (context), "-", NULL);
    group = workflow_call_intent_id (call, "resource-group", prefix, 8, error);
  }
  if (group == NULL)
    return FALSE;
  g_autofree char *line = g_strconcat (group, "\n", NULL);
  g_autofree char *path = g_strdup_printf ("%s/private/resourceGroup.name",
                                           workflow_context_persona (context));
  if (!workflow_context_remember (context, "resource-group", group, error)
      || !workflow_call_write (call, path, line, -1, error))
    return FALSE;
  workflow_call_set (call, "resource_group", group);
  return TRUE;
}

ACTION (action_env_start)
{
  WorkflowContext *context = workflow_call_context (call);
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return FALSE;
  const char *account = workflow_call_input (call, "account");
  const char *location = workflow_call_input (call, "location");
  if (!choose_group (call, error)
      || (*location != '\0' && !workflow_context_remember (context, "location", location, error))
      || !workflow_context_make_account (context, workflow_call_job (call), account, error))
    return FALSE;
  cr_fault_point ("account-made");
  if (!workflow_context_sign_in (context, workflow_call_job (call), account, error))
    return FALSE;
  cr_fault_point ("signed-in");
  workflow_call_set (call, "environment", environment->name);
  workflow_call_set (call, "account", account);
  workflow_call_say (call, "Signed in as %s in the environment %s.", account, environment->name);
  if (environment->simulated_attestation)
    workflow_call_say (call, "Attestation is simulated in this environment.");
  return TRUE;
}

PROBE (probe_session)
{
  IdentitySession *session = workflow_context_session (workflow_call_context (call), error);
  if (session == NULL)
    return NULL;
  return g_strdup (identity_session_is_signed_in (session) ? "signed-in" : "signed-out");
}

PROBE (probe_made)
{
  WorkflowContext *context = workflow_call_context (call);
  (void) error;
  g_auto (GStrv) makes = workflow_step_makes (workflow_call_scenario (call),
                                              workflow_context_persona (context), workflow_call_step (call));
  for (guint i = 0; makes[i] != NULL; i++) {
    g_autofree char *path = workflow_context_path (context, makes[i]);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return g_strdup ("missing");
  }
  return g_strdup ("present");
}

/* ---- env.init ---- */

typedef struct {
  WorkflowCall *call;
  ArmClient *arm;
  CrJob *job;
  char *group, *location, *user, *tenant, *letters;
  json_t *record; /* <group>.generated.json */
} Prepare;

static void
prepare_clear (Prepare *prepare)
{
  g_free (prepare->group);
  g_free (prepare->location);
  g_free (prepare->user);
  g_free (prepare->tenant);
  g_free (prepare->letters);
  json_decref (prepare->record);
}

/* A storage account with the signed-in person as its blob contributor; recorded under KEY. Gives its id. */
static char *
make_account (Prepare *prepare, const char *key, gboolean shared_key, gboolean manager, GError **error)
{
  g_autofree char *name = g_strconcat (key, prepare->letters, NULL);
  if (!cloud_check_storage_account_name (name, error))
    return NULL;
  g_autoptr (json_t) account = arm_storage_account_ensure (prepare->arm, prepare->job, prepare->group,
                                                           prepare->location, name, shared_key, error);
  if (account == NULL)
    return NULL;
  cr_fault_point ("storage-account");
  const char *id = cr_json_get_string (account, "id", "the storage account", error);
  if (id == NULL
      || !arm_role_ensure (prepare->arm, prepare->job, id, CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR, prepare->user,
                           "User", NULL, error)
      || (manager
          && !arm_role_ensure (prepare->arm, prepare->job, id, CLOUD_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR,
                               prepare->user, "User", NULL, error)))
    return NULL;
  cr_fault_point ("role");
  char *copy = g_strdup (id);
  json_object_set (prepare->record, key, account);
  workflow_call_say (prepare->call, "Storage account %s is ready.", name);
  return copy;
}

static gboolean
remember_endpoint (Prepare *prepare, const char *key, const char *kind, const char *fact, GError **error)
{
  g_autofree char *url = arm_storage_endpoint (json_object_get (prepare->record, key), kind, error);
  if (url == NULL)
    return FALSE;
  if (g_str_has_suffix (url, "/"))
    url[strlen (url) - 1] = '\0';
  return workflow_context_remember (workflow_call_context (prepare->call), fact, url, error);
}

static gboolean
prepare_operator (Prepare *prepare, GError **error)
{
  WorkflowContext *context = workflow_call_context (prepare->call);
  g_autofree char *oidc = make_account (prepare, "oidcsa", FALSE, TRUE, error);
  if (oidc == NULL || !remember_endpoint (prepare, "oidcsa", "blob", "oidc-blob", error)
      || !remember_endpoint (prepare, "oidcsa", "web", "web", error))
    return FALSE;
  g_autofree char *endpoint = action_fact (prepare->call, "oidc-blob", error);
  g_autoptr (BlobClient) blob = endpoint != NULL ? workflow_context_blob (context, endpoint, error) : NULL;
  if (blob == NULL || !blob_static_website (blob, prepare->job, error))
    return FALSE;
  workflow_call_say (prepare->call, "The static website for the token issuer is on.");
  g_autofree char *files = make_account (prepare, "ccfsa", TRUE, FALSE, error);
  return files != NULL && workflow_context_remember (context, "ccf-account-id", files, error);
}

/* The three secret stores, in the file that the Azure command line extension also reads. */
static gboolean
write_secret_stores (Prepare *prepare, const char *vault_url, GError **error)
{
  const char *persona = workflow_context_persona (workflow_call_context (prepare->call));
  const Environment *environment = workflow_context_environment (workflow_call_context (prepare->call),
                                                                 error);
  if (environment == NULL)
    return FALSE;
  g_autofree char *dek = g_strconcat (persona, "-dek-store", NULL);
  g_autofree char *kek = g_strconcat (persona, "-kek-store", NULL);
  const SpecSecretStore stores[] = {
    { .name = dek, .type = SPEC_STORE_VAULT, .url = vault_url },
    { .name = kek, .type = SPEC_STORE_RELEASE, .url = vault_url, .authority = environment->attestation_url },
  };
  g_autofree char *present = workflow_context_private (workflow_call_context (prepare->call),
                                                       "secretstores.config");
  /* Stores that the person added stay. */
  g_autoptr (json_t) root = spec_load_or_new (present, SPEC_FILE_SECRETSTORES, NULL, error);
  if (root == NULL)
    return FALSE;
  spec_put (root, "secretstores", workflow_keyring_store (persona));
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    spec_put (root, "secretstores", spec_secretstore_entry (&stores[i]));
  g_autofree char *text = spec_text (SPEC_FILE_SECRETSTORES, root, error);
  g_autofree char *path = g_strdup_printf ("%s/private/secretstores.config", persona);
  return text != NULL && workflow_call_write (prepare->call, path, text, -1, error);
}

static gboolean
prepare_collaborator (Prepare *prepare, GError **error)
{
  WorkflowContext *context = workflow_call_context (prepare->call);
  g_autofree char *name = g_strconcat (prepare->letters, "kv", NULL);
  g_autoptr (json_t) vault = arm_vault_ensure (prepare->arm, prepare->job, prepare->group, prepare->location,
                                               name, prepare->tenant, error);
  const char *id = vault != NULL ? cr_json_get_string (vault, "id", "the key vault", error) : NULL;
  if (id == NULL
      || !arm_role_ensure (prepare->arm, prepare->job, id, CLOUD_ROLE_KEY_VAULT_ADMINISTRATOR, prepare->user,
                           "User", NULL, error))
    return FALSE;
  workflow_call_say (prepare->call, "Key vault %s is ready.", name);
  json_object_set (prepare->record, "kek", vault);
  json_object_set (prepare->record, "dek", vault);
  const char *url = cr_json_peek_string (json_object_get (vault, "properties"), "vaultUri");
  g_autofree char *data = make_account (prepare, "datasa", FALSE, FALSE, error);
  return data != NULL && remember_endpoint (prepare, "datasa", "blob", "blob", error)
         && workflow_context_remember (context, "data-account-id", data, error)
         && workflow_context_remember (context, "vault-id", id, error)
         && (url == NULL || workflow_context_remember (context, "vault-url", url, error))
         && write_secret_stores (prepare, url != NULL ? url : "", error);
}

static gboolean
prepare_group (Prepare *prepare, GError **error)
{
  static const char *const providers[] = { "Microsoft.Storage",           "Microsoft.ContainerInstance",
                                           "Microsoft.ContainerRegistry", "Microsoft.KeyVault",
                                           "Microsoft.ManagedIdentity",   "Microsoft.ContainerService" };
  g_autoptr (json_t) subscription = arm_subscription_get (prepare->arm, prepare->job, error);
  if (subscription == NULL)
    return FALSE;
  g_autoptr (json_t) group = arm_group_ensure (prepare->arm, prepare->job, prepare->group, prepare->location,
                                               error);
  if (group == NULL)
    return FALSE;
  cr_fault_point ("resource-group");
  for (guint i = 0; i < G_N_ELEMENTS (providers); i++)
    if (!arm_provider_register (prepare->arm, prepare->job, providers[i], error))
      return FALSE;
  workflow_call_say (prepare->call, "Resource group %s in %s is ready.", prepare->group, prepare->location);
  return TRUE;
}

static gboolean
prepare_all (Prepare *prepare, GError **error)
{
  static const char *const keys[] = { "kek", "dek", "datasa", "oidcsa", "ccfsa", "acr" };
  WorkflowContext *context = workflow_call_context (prepare->call);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    json_object_set_new (prepare->record, keys[i], json_object ());
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return FALSE;
  json_object_set_new (prepare->record, "maa_endpoint", json_string (environment->attestation_url));
  gboolean member = workflow_context_who (context)->member;
  if (!prepare_group (prepare, error)
      || !(member ? prepare_operator (prepare, error) : prepare_collaborator (prepare, error)))
    return FALSE;
  g_autofree char *path = g_strdup_printf ("%s/private/%s.generated.json", workflow_context_persona (context),
                                           prepare->group);
  return workflow_call_write_json (prepare->call, path, prepare->record, error);
}

ACTION (action_env_init)
{
  WorkflowContext *context = workflow_call_context (call);
  Prepare prepare = { .call = call, .job = workflow_call_job (call), .record = json_object () };
  gboolean ok = FALSE;
  if (!action_uses_azure (call)) {
    workflow_call_say (call,
                       "Nothing to prepare: your data lies in buckets, and no Azure account is needed.");
    prepare_clear (&prepare);
    return TRUE;
  }
  prepare.arm = workflow_context_arm (context, error);
  if (prepare.arm != NULL && (prepare.group = action_group (call, error)) != NULL
      && (prepare.user = action_fact (call, "user", error)) != NULL
      && (prepare.tenant = action_fact (call, "tenant", error)) != NULL) {
    const Environment *environment = workflow_context_environment (context, NULL);
    prepare.location = workflow_context_recall (context, "location");
    if (prepare.location == NULL)
      prepare.location = g_strdup (environment->location);
    prepare.letters = cloud_u13 (prepare.group);
    ok = prepare_all (&prepare, error);
  }
  prepare_clear (&prepare);
  return ok;
}
