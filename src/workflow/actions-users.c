/* SPDX-License-Identifier: MIT
 * Letting people in: address, invitation, acceptance, admission.
 */
#include "workflow/actions-private.h"
#include "workflow/rediscover.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define ACCEPT_STEP "an.user.accept"

ACTION (action_identity)
{
  WorkflowContext *context = workflow_call_context (call);
  const char *address = workflow_call_input (call, "email");
  g_autofree char *line = g_strconcat (address, "\n", NULL);
  g_autofree char *path = g_strdup_printf ("public/%s.email", workflow_context_persona (context));
  if (!workflow_call_write (call, path, line, -1, error))
    return FALSE;
  workflow_call_set (call, "email", address);
  workflow_call_say (call, "The operator can now invite %s.", address);
  return TRUE;
}

/* ---- The operator's side ---- */

/* The invitation of PERSONA for ADDRESS: its id is drawn once per address. */
static gboolean
invite_one (WorkflowCall *call, CcfClient *client, const char *persona, const char *address, GError **error)
{
  CrJob *job = workflow_call_job (call);
  g_autofree char *name = g_strdup_printf ("invitation:%s:%s", persona, address);
  g_autofree char *id = workflow_call_intent_id (call, name, "", 32, error);
  if (id == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) known = cgs_invitation_show (job, client, id, &problem);
  if (known == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (known == NULL) {
    g_autoptr (json_t) proposal = cgs_invitation_propose (job, client, id, address, "User", NULL, error);
    cr_fault_point ("invited");
    if (proposal == NULL)
      return FALSE;
    if (g_strcmp0 (cr_json_peek_string (proposal, "proposalState"), "Open") == 0) {
      cr_set_error (error, CR_ERROR_WAITING, "Ask them to vote, then take this step again.",
                    "Other members have to vote on the invitation of %s.", persona);
      return FALSE;
    }
  }
  g_autofree char *line = g_strconcat (id, "\n", NULL);
  g_autofree char *path = g_strdup_printf ("public/%s.invitation-id", persona);
  workflow_call_set (call, persona, id);
  workflow_call_say (call, "%s is invited as %s.", persona, address);
  return workflow_call_write (call, path, line, -1, error);
}

ACTION (action_invite)
{
  const WorkflowScenario *scenario = workflow_call_scenario (call);
  CcfClient *client = action_ledger (call, error);
  if (client == NULL)
    return FALSE;
  for (guint i = 0; scenario->collaborators[i] != NULL; i++) {
    const char *persona = scenario->collaborators[i];
    g_autofree char *file = g_strconcat (persona, ".email", NULL);
    g_autoptr (GError) problem = NULL;
    g_autofree char *address = workflow_call_public (call, file, &problem);
    /* The others can be invited in the meantime. */
    if (address == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING))
      continue;
    if (address == NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (!cr_email_valid (address)) {
      cr_set_error (error, CR_ERROR_INPUT, "Ask them to take the step an.user.identity again.",
                    "public/%s does not hold an e-mail address.", file);
      return FALSE;
    }
    if (!invite_one (call, client, persona, address, error))
      return FALSE;
  }
  return TRUE;
}

static char *
invitation_status (WorkflowCall *call, CcfClient *client, const char *id, GError **error)
{
  g_autoptr (json_t) invitation = cgs_invitation_show (workflow_call_job (call), client, id, error);
  if (invitation == NULL)
    return NULL;
  const char *status = cr_json_peek_string (invitation, "status");
  return g_strdup (status != NULL ? status : "unknown");
}

/* Admit PERSONA when the invitation ID was accepted. */
static gboolean
finalize_one (WorkflowCall *call, CcfClient *client, const char *persona, const char *id, GError **error)
{
  CrJob *job = workflow_call_job (call);
  g_autofree char *status = invitation_status (call, client, id, error);
  if (status == NULL)
    return FALSE;
  if (g_str_equal (status, "Accepted")) {
    json_t *proposal = cgs_user_identity_propose_invited (job, client, id, error);
    cr_fault_point ("admitted");
    if (!action_accept_own (call, proposal, "the admission", error))
      return FALSE;
  } else if (!g_str_equal (status, "Finalized")) {
    workflow_call_wait (call, persona, ACCEPT_STEP, NULL);
    return TRUE;
  }
  workflow_call_set (call, persona, "Finalized");
  workflow_call_say (call, "%s is now an active user.", persona);
  return TRUE;
}

ACTION (action_finalize)
{
  const WorkflowScenario *scenario = workflow_call_scenario (call);
  CcfClient *client = action_ledger (call, error);
  if (client == NULL)
    return FALSE;
  for (guint i = 0; scenario->collaborators[i] != NULL; i++) {
    g_autofree char *file = g_strconcat (scenario->collaborators[i], ".invitation-id", NULL);
    g_autoptr (GError) problem = NULL;
    g_autofree char *id = workflow_call_public (call, file, &problem);
    if (id == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING))
      continue;
    if (id == NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (!finalize_one (call, client, scenario->collaborators[i], id, error))
      return FALSE;
  }
  return TRUE;
}

/* The least advanced of all invitations: none, Open, Accepted, Finalized. */
PROBE (probe_invitations)
{
  static const char *const order[] = { "Open", "Accepted", "Finalized" };
  const WorkflowScenario *scenario = workflow_call_scenario (call);
  CcfClient *client = action_ledger (call, error);
  if (client == NULL)
    return NULL;
  guint lowest = G_N_ELEMENTS (order) - 1;
  for (guint i = 0; scenario->collaborators[i] != NULL; i++) {
    g_autofree char *path = g_strdup_printf ("public/%s.invitation-id", scenario->collaborators[i]);
    g_autofree char *full = workflow_context_path (workflow_call_context (call), path);
    g_autofree char *file = g_path_get_basename (path);
    if (!g_file_test (full, G_FILE_TEST_EXISTS))
      return g_strdup ("none");
    g_autofree char *id = workflow_call_public (call, file, error);
    g_autofree char *status = id != NULL ? invitation_status (call, client, id, error) : NULL;
    if (status == NULL)
      return NULL;
    for (guint k = 0; k < lowest; k++)
      if (g_str_equal (order[k], status))
        lowest = k;
  }
  return g_strdup (order[lowest]);
}

/* ---- The user's side ---- */

/* The agent says which certificate the ledger has; the file of the operator must not contradict it. Gives. */
static char *
discover_certificate (WorkflowCall *call, const char *agent_text, GError **error)
{
  gboolean attested = FALSE;
  g_autofree char *certificate = workflow_discover_service (
      workflow_call_context (call), workflow_call_job (call), agent_text, &attested, error);
  if (certificate == NULL)
    return NULL;
  if (!attested)
    workflow_call_say (
        call, "The hardware that vouches for the ledger is simulated here: its report proves nothing.");
  return g_steal_pointer (&certificate);
}

static gboolean
connect_to_ledger (WorkflowCall *call, GError **error)
{
  g_autofree char *endpoint_text = workflow_call_public (call, "ccfEndpoint.json", error);
  g_autofree char *agent_text = endpoint_text != NULL
                                    ? workflow_call_public (call, "ccf.recovery-agent.json", error)
                                    : NULL;
  if (agent_text == NULL)
    return FALSE;
  g_autoptr (json_t) endpoint = cr_json_parse (endpoint_text, strlen (endpoint_text), "ccfEndpoint.json",
                                               error);
  const char *url = endpoint != NULL ? cr_json_get_string (endpoint, "url", "ccfEndpoint.json", error) : NULL;
  g_autofree char *certificate = url != NULL ? discover_certificate (call, agent_text, error) : NULL;
  if (certificate == NULL || !workflow_context_pin (workflow_call_context (call), url, certificate, error))
    return FALSE;
  cr_fault_point ("pinned");
  workflow_call_say (call, "Connected to the consortium at %s.", url);
  return TRUE;
}

ACTION (action_accept)
{
  WorkflowContext *context = workflow_call_context (call);
  CrJob *job = workflow_call_job (call);
  g_autofree char *file = g_strconcat (workflow_context_persona (context), ".invitation-id", NULL);
  g_autofree char *id = workflow_call_public (call, file, error);
  if (id == NULL || !connect_to_ledger (call, error))
    return FALSE;
  CcfClient *client = action_ledger (call, error);
  g_autofree char *status = client != NULL ? invitation_status (call, client, id, error) : NULL;
  if (status == NULL)
    return FALSE;
  if (g_str_equal (status, "Open")) {
    if (!cgs_invitation_accept (job, client, id, error))
      return FALSE;
    cr_fault_point ("accepted");
  }
  workflow_call_set (call, "invitation", id);
  gboolean admitted = g_str_equal (status, "Finalized");
  if (admitted)
    workflow_call_say (call, "You are an active user.");
  else
    workflow_call_say (call, "Accepted; the operator has to admit you now.");
  return TRUE;
}

PROBE (probe_invitation)
{
  g_autofree char *file = g_strconcat (workflow_context_persona (workflow_call_context (call)),
                                       ".invitation-id", NULL);
  g_autofree char *id = workflow_call_public (call, file, error);
  CcfClient *client = id != NULL ? action_ledger (call, error) : NULL;
  return client != NULL ? invitation_status (call, client, id, error) : NULL;
}
