/* SPDX-License-Identifier: MIT
 * What several actions need: ids from the public folder, clients, names.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/json.h"

#include <string.h>

char *
action_fact (WorkflowCall *call, const char *name, GError **error)
{
  return workflow_context_require (workflow_call_context (call), name, error);
}

char *
action_group (WorkflowCall *call, GError **error)
{
  return action_fact (call, "resource-group", error);
}

char *
action_contract (WorkflowCall *call, GError **error)
{
  return workflow_call_public (call, "analytics.contract-id", error);
}

CcfClient *
action_ledger (WorkflowCall *call, GError **error)
{
  return workflow_context_ccf (workflow_call_context (call), NULL, error);
}

char *
action_dataset_id (WorkflowCall *call, const char *dataset, GError **error)
{
  g_autofree char *name = g_strconcat (dataset, ".dataset-id", NULL);
  return workflow_call_public (call, name, error);
}

char *
action_dataset_folder (WorkflowCall *call, const WorkflowDataset *dataset)
{
  WorkflowContext *context = workflow_call_context (call);
  return g_build_filename (workflow_context_state_dir (context), workflow_context_persona (context),
                           dataset->output ? "datasink" : "datasource", dataset->folder, NULL);
}

char *
action_container (WorkflowCall *call, const WorkflowDataset *dataset)
{
  g_autofree char *name = g_strdup_printf ("%s-%s-%s", workflow_call_scenario (call)->name, dataset->owner,
                                           dataset->folder);
  return g_ascii_strdown (name, -1);
}

const char *
action_state (const json_t *document)
{
  const char *state = cr_json_peek_string (document, "state");
  return state != NULL ? state : "unknown";
}

const WorkflowQuery *
action_query (WorkflowCall *call, GError **error)
{
  const WorkflowScenario *scenario = workflow_call_scenario (call);
  if (scenario->queries->len > 0)
    return g_ptr_array_index (scenario->queries, 0);
  cr_set_error (error, CR_ERROR_INPUT, "Add 'queries' to the scenario file.", "The scenario %s has no query.",
                scenario->name);
  return NULL;
}

const char *
action_ballot (const json_t *ballots, const char *object_id)
{
  for (size_t i = 0; i < json_array_size (ballots); i++) {
    const json_t *ballot = json_array_get (ballots, i);
    if (g_strcmp0 (cr_json_peek_string (ballot, "approverId"), object_id) == 0)
      return cr_json_peek_string (ballot, "ballot");
  }
  return NULL;
}

json_t *
action_ballots (WorkflowCall *call, CcfClient *client, const json_t *document, GError **error)
{
  json_t *final = json_object_get (document, "finalVotes");
  if (json_is_array (final))
    return json_incref (final);
  const char *proposal = cr_json_peek_string (document, "proposalId");
  if (proposal == NULL || *proposal == '\0')
    return json_array ();
  g_autoptr (json_t) status = cgs_user_proposal_status (workflow_call_job (call), client, proposal, error);
  if (status == NULL)
    return NULL;
  json_t *ballots = json_object_get (status, "ballots");
  return json_is_array (ballots) ? json_incref (ballots) : json_array ();
}
