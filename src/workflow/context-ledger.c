/* SPDX-License-Identifier: MIT
 * The ledger and the agent as a persona: where they are, and who signs or whose token is shown.
 */
#include "workflow/context-private.h"
#include "workflow/rediscover.h"
#include "workflow/state.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cgs/cgs.h"

#include <string.h>

#define CERTIFICATE_MAX (64u * 1024)

/* ---- Who acts ---- */

void
workflow_context_set_actor (WorkflowContext *context, const char *name)
{
  if (name == NULL || g_strcmp0 (context->as, name) == 0)
    return;
  g_free (context->as);
  context->as = g_strdup (name);
}

const char *
workflow_context_actor (WorkflowContext *context)
{
  const Environment *environment = workflow_context_environment (context, NULL);
  return context->as != NULL ? context->as : environment != NULL ? environment->ledger->account : NULL;
}

/* Who acts where no identity provider is known: whom the environment names, else whoever is called as the
 * persona is. They lie with the state folder, since they act in every such environment. */
static WorkflowActor *
actor_of (WorkflowContext *context, const char *name, GError **error)
{
  const char *account = workflow_context_actor (context);
  if (account == NULL)
    account = name;
  WorkflowActor *actor = g_hash_table_lookup (context->actors, account);
  KeyStore *keys = actor == NULL ? workflow_context_keys (context, error) : NULL;
  if (keys == NULL)
    return actor;
  g_autofree char *state_dir = environment_state_dir (context->state_dir);
  g_autofree char *collaboration = workflow_collaboration_id (state_dir, error);
  if (collaboration != NULL)
    actor = workflow_actor_find (keys, collaboration, context->environment->name, account, error);
  if (actor != NULL)
    g_hash_table_insert (context->actors, g_strdup (account), actor);
  return actor;
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

static gboolean
use_token (WorkflowContext *context, CcfTokenProvider *provider, gpointer *data, GError **error)
{
  if (context->environment->identity_url == NULL) {
    *provider = workflow_actor_token;
    *data = actor_of (context, context->persona->name, error);
  } else {
    *provider = user_token;
    *data = workflow_context_session (context, error);
  }
  return *data != NULL;
}

/* Whom --as names, else an identity that was made here, else whom the environment names. */
static gboolean
sign_as (WorkflowContext *context, CcfClient *client, const char *identity, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean named = context->as != NULL && context->environment->kind == ENVIRONMENT_CCF;
  MemberIdentity *member = named ? NULL : workflow_context_member (context, identity, FALSE, FALSE, &problem);
  if (member != NULL)
    return ccf_client_set_member (client, member, error);
  if (!named
      && (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)
          || !environment_is_added (context->state_dir))) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  WorkflowActor *actor = actor_of (context, identity, error);
  return actor != NULL && workflow_actor_use (actor, client, error);
}

static gboolean
authenticate (WorkflowContext *context, CcfClient *client, const char *identity, GError **error)
{
  if (*identity != '\0')
    return sign_as (context, client, identity, error);
  if (context->environment->identity_url == NULL) {
    WorkflowActor *actor = actor_of (context, context->persona->name, error);
    return actor != NULL && workflow_actor_use (actor, client, error);
  }
  IdentitySession *session = workflow_context_session (context, error);
  if (session != NULL)
    ccf_client_set_token_provider (client, user_token, session, NULL);
  return session != NULL;
}

/* ---- Where it is ---- */

static gboolean
unknown_ledger (WorkflowContext *context, GError **error)
{
  const Environment *environment = context->environment;
  if (environment->kind == ENVIRONMENT_CCF) {
    g_autofree char *hint = g_strdup_printf (_ ("Write 'ccf-url' and 'service-certificate' into %s."),
                                             environment->file);
    cr_set_error (error, CR_ERROR_INPUT, hint, _ ("The environment %s has no ledger yet."),
                  environment->name);
    return FALSE;
  }
  cr_set_error (error, CR_ERROR_INPUT,
                context->persona->member ? N_ ("Take the step an.op.consortium first.")
                                         : N_ ("Take the step an.user.accept first."),
                "%s is not connected to the consortium yet.", context->persona->name);
  return FALSE;
}

/* What a step has pinned, else what the environment says. *PEM and *ENDPOINT are given. */
static gboolean
find_ledger (WorkflowContext *context, char **endpoint, char **pem, GError **error)
{
  const Environment *environment = workflow_context_environment (context, error);
  if (environment == NULL)
    return FALSE;
  g_autofree char *path = workflow_context_private (context, "service_cert.pem");
  *endpoint = workflow_context_recall (context, "ccf");
  g_autoptr (GBytes) certificate = *endpoint != NULL ? cr_file_read (path, CERTIFICATE_MAX, NULL) : NULL;
  if (certificate != NULL) {
    *pem = g_strndup (g_bytes_get_data (certificate, NULL), g_bytes_get_size (certificate));
    return TRUE;
  }
  if (environment->ledger->url == NULL)
    return unknown_ledger (context, error);
  g_free (*endpoint);
  *endpoint = g_strdup (environment->ledger->url);
  *pem = g_strdup (environment->ledger->service_certificate);
  return TRUE;
}

static CcfClient *
open_ledger (WorkflowContext *context, const char *identity, GError **error)
{
  g_autofree char *endpoint = NULL, *pem = NULL;
  if (!find_ledger (context, &endpoint, &pem, error))
    return NULL;
  g_autoptr (CcfClient) client = ccf_client_new (endpoint, pem, error);
  if (client == NULL || !authenticate (context, client, identity, error))
    return NULL;
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

/* ---- The contract and its agent ---- */

/* The id of the only contract in STATE (NULL = any); *COUNT says how many there are. Gives. */
static char *
only_contract (CrJob *job, CcfClient *client, const char *state, gsize *count, GError **error)
{
  g_autoptr (json_t) list = cgs_contract_list (job, client, state, error);
  *count = json_array_size (list);
  return *count == 1 ? g_strdup (cr_json_peek_string (json_array_get (list, 0), "id")) : NULL;
}

static char *
no_contract (GError **error)
{
  cr_set_error (error, CR_ERROR_WAITING, "The operator has to take the step an.op.cluster.",
                "There is no contract yet.");
  return NULL;
}

char *
workflow_context_contract (WorkflowContext *context, CrJob *job, CcfClient *client, GError **error)
{
  char *known = workflow_context_value ("contract", context);
  if (known != NULL)
    return known;
  if (!environment_is_added (context->state_dir))
    return no_contract (error);
  g_autoptr (GError) problem = NULL;
  gsize count = 1, accepted = 0;
  if (context->contract == NULL)
    context->contract = only_contract (job, client, NULL, &count, &problem);
  if (context->contract == NULL && count > 1)
    context->contract = only_contract (job, client, "Accepted", &accepted, &problem);
  if (context->contract != NULL)
    return g_strdup (context->contract);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (count == 0)
    return no_contract (error);
  g_autofree char *name = workflow_scenario_public (context->scenario, "analytics.contract-id");
  g_autofree char *file = workflow_context_path (context, name);
  g_autofree char *hint = g_strdup_printf (_ ("Write the id of the contract that you work on into %s."),
                                           file);
  cr_set_error (error, CR_ERROR_INPUT, hint, _ ("The ledger of %s has several contracts."),
                context->environment->name);
  return NULL;
}

QueryAgent *
workflow_context_agent (WorkflowContext *context, CrJob *job, GError **error)
{
  CcfClient *client = workflow_context_ccf (context, NULL, error);
  g_autofree char *contract = client != NULL ? workflow_context_contract (context, job, client, error) : NULL;
  if (contract == NULL)
    return NULL;
  g_autofree char *endpoint = NULL, *trust = NULL;
  CcfTokenProvider provider = NULL;
  gpointer bearer = NULL;
  if (!use_token (context, &provider, &bearer, error)
      || !query_agent_discover (job, client, contract, &endpoint, &trust, error))
    return NULL;
  /* Written only when it is news: whoever watches the journal is not woken up for nothing. */
  g_autofree char *known = workflow_context_recall (context, "agent");
  if (g_strcmp0 (known, endpoint) != 0 && !workflow_context_remember (context, "agent", endpoint, error))
    return NULL;
  QueryAgent *agent = query_agent_new (endpoint, trust, provider, bearer, NULL, error);
  if (agent != NULL)
    query_agent_follow (agent, client, contract);
  return agent;
}
