/* SPDX-License-Identifier: MIT
 * Steps that only look: health of the network, what the ledger holds, audit events.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

ACTION (action_health)
{
  WorkflowContext *context = workflow_call_context (call);
  ProviderClient *provider = workflow_context_provider (context, error);
  g_autofree char *name = workflow_context_value ("network", context);
  g_autoptr (json_t) health = provider != NULL
                                  ? provider_network_health (provider, workflow_call_job (call),
                                                             name != NULL ? name : "operator-ccf", error)
                                  : NULL;
  json_t *nodes = health != NULL ? cr_json_get_array (health, "nodeHealth", "the network health", error)
                                 : NULL;
  if (nodes == NULL)
    return FALSE;
  /* Every node counts, not only the first. */
  const char *worst = "Ok";
  for (size_t i = 0; i < json_array_size (nodes); i++) {
    const json_t *node = json_array_get (nodes, i);
    const char *status = cr_json_peek_string (node, "status"),
               *node_name = cr_json_peek_string (node, "name");
    g_autofree char *safe = cr_text_safe (node_name);
    workflow_call_say (call, "Node %s: %s.", safe, status != NULL ? status : "unknown");
    if (g_strcmp0 (status, "Ok") != 0)
      worst = status != NULL ? status : "unknown";
  }
  workflow_call_set (call, "health", json_array_size (nodes) > 0 ? worst : "no nodes");
  json_object_set (workflow_call_result (call), "nodes", nodes);
  return TRUE;
}

PROBE (probe_health)
{
  if (cr_json_peek_string (workflow_call_result (call), "health") == NULL && !action_health (call, error))
    return NULL;
  return g_strdup (cr_json_peek_string (workflow_call_result (call), "health"));
}

/* Put LIST into the result under KEY and say how many there are. */
static gboolean
keep_list (WorkflowCall *call, const char *key, const char *what, json_t *list)
{
  if (list == NULL)
    return FALSE;
  workflow_call_say (call, "%zu %s", json_array_size (list), what);
  cr_json_set (workflow_call_result (call), key, list);
  return TRUE;
}

ACTION (action_overview)
{
  CrJob *job = workflow_call_job (call);
  g_autofree char *contract = action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  return client != NULL
         && keep_list (call, "contracts", "contracts", cgs_contract_list (job, client, NULL, error))
         && keep_list (call, "users", "users", cgs_user_identity_list (job, client, error))
         && keep_list (call, "documents", "documents: datasets and queries",
                       cgs_user_document_list (job, client, contract, NULL, error));
}

/* One event as a line: time, source, message; the text is by others. */
static json_t *
event_line (const json_t *event)
{
  const json_t *data = json_object_get (event, "data");
  const char *source = cr_json_peek_string (data, "source"), *message = cr_json_peek_string (data, "message");
  g_autofree char *plain = data != NULL && message == NULL ? cr_json_dump (data) : NULL;
  g_autofree char *safe_source = cr_text_safe (source);
  g_autofree char *safe_message = cr_text_safe (message != NULL ? message : plain);
  json_t *line = json_object ();
  cr_json_set_string (line, "time", cr_json_peek_string (event, "timestampIso"));
  cr_json_set_int (line, "seqno", cr_json_peek_int (event, "seqno", 0));
  cr_json_set_string (line, "source", safe_source);
  cr_json_set_string (line, "message", safe_message);
  return line;
}

ACTION (action_audit)
{
  const char *given = workflow_call_input (call, "contract");
  g_autofree char *contract = *given != '\0' ? g_strdup (given) : action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  if (client == NULL)
    return FALSE;
  CgsEventQuery query = { .from_seqno = 1 };
  g_autoptr (json_t) events = cgs_events (workflow_call_job (call), client, contract, &query, error);
  if (events == NULL)
    return FALSE;
  json_t *lines = json_array ();
  for (size_t i = 0; i < json_array_size (events); i++)
    json_array_append_new (lines, event_line (json_array_get (events, i)));
  cr_json_set (workflow_call_result (call), "events", lines);
  workflow_call_set (call, "shown", "yes");
  workflow_call_say (call, "%zu audit events under the contract %s.", json_array_size (events), contract);
  if (json_array_size (events) == 0)
    workflow_call_wait_for_more (call);
  return TRUE;
}

PROBE (probe_shown)
{
  (void) call, (void) error;
  return g_strdup ("shown");
}
