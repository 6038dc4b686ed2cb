/* SPDX-License-Identifier: MIT
 * The clients of a persona, opened at first use.
 */
#include "workflow/context-private.h"

#include "workflow/local-sandbox.h"

#include "base/error.h"

#include <string.h>

const Environment *
workflow_context_environment (WorkflowContext *context, GError **error)
{
  if (context->environment == NULL)
    context->environment = environment_load (context->state_dir, error);
  return context->environment;
}

KeyStore *
workflow_context_keys (WorkflowContext *context, GError **error)
{
  if (context->keys == NULL)
    context->keys = key_store_secret_service_new (error);
  return context->keys;
}

HttpClient *
workflow_context_http (WorkflowContext *context, GError **error)
{
  if (context->http != NULL)
    return context->http;
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return NULL;
  context->http = environment->trust_pem != NULL ? http_client_new (environment->trust_pem, error)
                                                 : http_client_new_system (error);
  return context->http;
}

IdentitySession *
workflow_context_session (WorkflowContext *context, GError **error)
{
  if (context->session != NULL)
    return context->session;
  HttpClient *http = workflow_context_http (context, error);
  if (http == NULL || environment_require (context->environment, ENVIRONMENT_IDENTITY, error) == NULL)
    return NULL;
  KeyStore *keys = workflow_context_keys (context, error);
  if (keys == NULL)
    return NULL;
  g_autofree char *account = workflow_context_recall (context, "account");
  IdentityOptions options = {
    .keys = keys,
    .http = http,
    .collaboration = context->collaboration,
    .persona = context->persona->name,
    .identity_url = context->environment->identity_url,
    .client_id = context->environment->client_id,
    .account = account,
  };
  context->session = identity_session_open (&options, error);
  return context->session;
}

ArmClient *
workflow_context_arm (WorkflowContext *context, GError **error)
{
  if (context->arm != NULL)
    return context->arm;
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL || environment_require (environment, ENVIRONMENT_MANAGEMENT, error) == NULL
      || environment_require (environment, ENVIRONMENT_SUBSCRIPTION, error) == NULL)
    return NULL;
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  context->arm = arm_client_new (context->http, context->environment->management_url,
                                 context->environment->subscription, identity_session_token_callback,
                                 session);
  return context->arm;
}

ProviderClient *
workflow_context_provider (WorkflowContext *context, GError **error)
{
  if (context->provider != NULL)
    return context->provider;
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL || environment_require (environment, ENVIRONMENT_PROVIDER, error) == NULL)
    return NULL;
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  g_autofree char *group = workflow_context_require (context, "resource-group", error);
  g_autofree char *tenant = group != NULL ? workflow_context_require (context, "tenant", error) : NULL;
  if (tenant == NULL)
    return NULL;
  gboolean local = environment->kind == ENVIRONMENT_SANDBOX;
  g_autoptr (json_t) config = json_object ();
  g_autofree char *location = workflow_context_recall (context, "location");
  cr_json_set_string (config, "location", location != NULL ? location : environment->location);
  cr_json_set_string (config, "subscriptionId", environment->subscription);
  cr_json_set_string (config, "resourceGroupName", group);
  cr_json_set_string (config, "tenantId", tenant);
  g_autofree char *storage = workflow_context_recall (context, "ccf-account-id");
  if (storage != NULL) {
    json_t *files = json_object ();
    cr_json_set_string (files, "storageAccountId", storage);
    cr_json_set (config, "azureFiles", files);
  }
  ProviderOptions options = {
    .http = context->http,
    .url = environment->provider_url,
    .network_kind = local ? "virtual" : "caci",
    .cluster_kind = local ? "virtual" : "aks",
    .config = config,
    .token = identity_session_token_callback,
    .data = session,
  };
  context->provider = provider_client_new (&options);
  return context->provider;
}

MemberIdentity *
workflow_context_member (WorkflowContext *context, const char *name, gboolean create, gboolean recovery,
                         GError **error)
{
  MemberIdentity *member = g_hash_table_lookup (context->members, name);
  if (member != NULL)
    return member;
  KeyStore *keys = workflow_context_keys (context, error);
  if (keys == NULL)
    return NULL;
  g_autoptr (GError) problem = NULL;
  member = member_identity_load (keys, context->collaboration, context->persona->name, name, &problem);
  if (member == NULL && create && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_clear_error (&problem);
    member = member_identity_create (keys, context->collaboration, context->persona->name, name, recovery,
                                     &problem);
  }
  if (member == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_hash_table_insert (context->members, g_strdup (name), member);
  return member;
}

/* Roles have effect at once in the local environment, unless it was started otherwise; a refusal after that will
 * not go away. FALSE elsewhere, where clients know how long it takes. */
static gboolean
role_wait (const WorkflowContext *context, guint *every_ms, guint *limit_ms)
{
  if (context->environment->kind != ENVIRONMENT_SANDBOX)
    return FALSE;
  guint delay = local_sandbox_role_delay (context->state_dir);
  *every_ms = delay == 0 ? 100 : 1000;
  *limit_ms = delay == 0 ? 1000 : delay + 10000;
  return TRUE;
}

BlobClient *
workflow_context_blob (WorkflowContext *context, const char *endpoint, GError **error)
{
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  BlobClient *client = blob_client_new (context->http, endpoint, identity_session_token_callback, session);
  guint every_ms, limit_ms;
  if (role_wait (context, &every_ms, &limit_ms))
    blob_client_set_role_wait (client, every_ms, limit_ms);
  return client;
}

VaultClient *
workflow_context_vault (WorkflowContext *context, const char *url, GError **error)
{
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  VaultClient *client = vault_client_new (context->http, url, identity_session_token_callback, session);
  guint every_ms, limit_ms;
  if (role_wait (context, &every_ms, &limit_ms))
    vault_client_set_role_wait (client, every_ms, limit_ms);
  return client;
}
