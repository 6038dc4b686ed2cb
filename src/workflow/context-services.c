/* SPDX-License-Identifier: MIT
 * The clients of a persona, opened at first use.
 */
#include "workflow/context-private.h"
#include "workflow/rediscover.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"

#include <string.h>

#define CERTIFICATE_MAX (64u * 1024)

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
  KeyStore *keys = http != NULL ? workflow_context_keys (context, error) : NULL;
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
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  if (context->environment->subscription == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Write 'subscription: <id>' into environment.yaml.",
                  "The environment %s names no subscription.", context->environment->name);
    return NULL;
  }
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
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  const Environment *environment = context->environment;
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

/* A user's bearer for the ledger. */
static CrSecretText
user_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  IdentitySession *session = data;
  if (renew)
    identity_session_renew (session);
  return identity_session_id_token (session, job, error);
}

static CcfClient *
open_ledger (WorkflowContext *context, const char *identity, GError **error)
{
  g_autofree char *path = workflow_context_private (context, "service_cert.pem");
  g_autofree char *endpoint = workflow_context_recall (context, "ccf");
  g_autoptr (GBytes) certificate = endpoint != NULL ? cr_file_read (path, CERTIFICATE_MAX, NULL) : NULL;
  if (certificate == NULL) {
    cr_set_error (error, CR_ERROR_INPUT,
                  context->persona->member ? N_ ("Take the step an.op.consortium first.")
                                           : N_ ("Take the step an.user.accept first."),
                  "%s is not connected to the consortium yet.", context->persona->name);
    return NULL;
  }
  gsize length = 0;
  const char *data = g_bytes_get_data (certificate, &length);
  g_autofree char *pem = g_strndup (data, length);
  g_autoptr (CcfClient) client = ccf_client_new (endpoint, pem, error);
  if (client == NULL)
    return NULL;
  if (*identity != '\0') {
    MemberIdentity *member = workflow_context_member (context, identity, FALSE, FALSE, error);
    if (member == NULL || !ccf_client_set_member (client, member, error))
      return NULL;
  } else {
    IdentitySession *session = workflow_context_session (context, error);
    if (session == NULL)
      return NULL;
    ccf_client_set_token_provider (client, user_token, session, NULL);
  }
  workflow_context_follow_service (context, client);
  return g_steal_pointer (&client);
}

CcfClient *
workflow_context_ccf (WorkflowContext *context, const char *identity, GError **error)
{
  const WorkflowPersona *persona = context->persona;
  const char *name = identity;
  if (!persona->member)
    name = "";
  else if (name == NULL)
    name = persona->identities[g_strv_length (persona->identities) - 1];
  CcfClient *client = g_hash_table_lookup (context->ledgers, name);
  if (client != NULL)
    return client;
  client = open_ledger (context, name, error);
  if (client != NULL)
    g_hash_table_insert (context->ledgers, g_strdup (name), client);
  return client;
}

gboolean
workflow_context_pin (WorkflowContext *context, const char *endpoint, const char *service_certificate,
                      GError **error)
{
  g_autofree char *path = workflow_context_private (context, "service_cert.pem");
  g_autofree char *before = workflow_context_recall (context, "ccf");
  g_autoptr (GBytes) pinned = cr_file_read (path, CERTIFICATE_MAX, NULL);
  gsize length = strlen (service_certificate);
  if (pinned != NULL && g_strcmp0 (before, endpoint) == 0 && g_bytes_get_size (pinned) == length
      && memcmp (g_bytes_get_data (pinned, NULL), service_certificate, length) == 0)
    return TRUE;
  g_hash_table_remove_all (context->ledgers);
  return cr_file_write (path, service_certificate, (gssize) length, 0600, error)
         && workflow_context_remember (context, "ccf", endpoint, error);
}

QueryAgent *
workflow_context_agent (WorkflowContext *context, CrJob *job, GError **error)
{
  CcfClient *client = workflow_context_ccf (context, NULL, error);
  g_autofree char *contract = client != NULL ? workflow_context_value ("contract", context) : NULL;
  if (client == NULL)
    return NULL;
  if (contract == NULL) {
    cr_set_error (error, CR_ERROR_WAITING, "The operator has to take the step an.op.cluster.",
                  "There is no contract yet.");
    return NULL;
  }
  g_autofree char *endpoint = NULL, *trust = NULL;
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL || !query_agent_discover (job, client, contract, &endpoint, &trust, error))
    return NULL;
  /* Written only when it is news: whoever watches the journal is not woken up for nothing. */
  g_autofree char *known = workflow_context_recall (context, "agent");
  if (g_strcmp0 (known, endpoint) != 0 && !workflow_context_remember (context, "agent", endpoint, error))
    return NULL;
  QueryAgent *agent = query_agent_new (endpoint, trust, user_token, session, NULL, error);
  if (agent != NULL)
    query_agent_follow (agent, client, contract);
  return agent;
}

BlobClient *
workflow_context_blob (WorkflowContext *context, const char *endpoint, GError **error)
{
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  BlobClient *client = blob_client_new (context->http, endpoint, identity_session_token_callback, session);
  /* Roles have effect at once in the local environment; a refusal there will not go away. */
  if (context->environment->kind == ENVIRONMENT_SANDBOX)
    blob_client_set_role_wait (client, 100, 1000);
  return client;
}

VaultClient *
workflow_context_vault (WorkflowContext *context, const char *url, GError **error)
{
  IdentitySession *session = workflow_context_session (context, error);
  if (session == NULL)
    return NULL;
  VaultClient *client = vault_client_new (context->http, url, identity_session_token_callback, session);
  if (context->environment->kind == ENVIRONMENT_SANDBOX)
    vault_client_set_role_wait (client, 100, 1000);
  return client;
}
