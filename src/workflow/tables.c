/* SPDX-License-Identifier: MIT
 * The built-in actions and probes by the names that persona files use.
 */
#include "workflow/actions-private.h"

static const WorkflowActionRecord actions[] = {
  { "environment.start", action_env_start, NULL, FALSE, FALSE },
  { "environment.prepare", action_env_init, NULL, FALSE, FALSE },
  { "consortium.create", action_consortium, NULL, FALSE, FALSE },
  { "consortium.check", action_health, NULL, FALSE, TRUE },
  { "consortium.invite", action_invite, NULL, FALSE, FALSE },
  { "consortium.finalize", action_finalize, NULL, FALSE, FALSE },
  { "consortium.accept-invitation", action_accept, NULL, FALSE, FALSE },
  { "consortium.overview", action_overview, NULL, FALSE, TRUE },
  { "cluster.create", action_cluster, NULL, FALSE, FALSE },
  { "user.share-address", action_identity, NULL, FALSE, FALSE },
  { "storage.aws-keys", action_aws_keys, NULL, FALSE, FALSE },
  { "data.sample", action_data, NULL, FALSE, FALSE },
  { "data.publish", action_publish, NULL, FALSE, FALSE },
  { "data.grant", action_grant, NULL, FALSE, FALSE },
  { "query.propose", action_query_add, NULL, FALSE, FALSE },
  { "query.decide", action_approve, NULL, FALSE, FALSE },
  { "query.consent", action_consent, NULL, FALSE, TRUE },
  { "query.run", action_run, action_run_check, TRUE, FALSE },
  { "query.output", action_output, NULL, FALSE, FALSE },
  { "audit.show", action_audit, NULL, FALSE, TRUE },
  { NULL, NULL, NULL, FALSE, FALSE },
};

static const WorkflowProbeRecord probes[] = {
  { "session", probe_session },
  { "made", probe_made },
  { "member-status", probe_member },
  { "network-health", probe_health },
  { "contract-state", probe_contract },
  { "invitations", probe_invitations },
  { "invitation-state", probe_invitation },
  { "aws-keys", probe_aws_keys },
  { "data", probe_data },
  { "datasets-state", probe_datasets },
  { "access", probe_access },
  { "query-state", probe_query },
  { "ballot", probe_ballot },
  { "consent", probe_consent },
  { "run-state", probe_run },
  { "output", probe_output },
  { "shown", probe_shown },
  { NULL, NULL },
};

static const struct {
  const char *name;
  WorkflowPreviewFunc look;
} previews[] = {
  { "data.publish", action_publish_preview },
};

WorkflowPreviewFunc
workflow_action_preview (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (previews); i++)
    if (g_str_equal (previews[i].name, name))
      return previews[i].look;
  return NULL;
}

static const WorkflowTables tables = { actions, probes };

const WorkflowTables *
workflow_tables (void)
{
  return &tables;
}

const WorkflowActionRecord *
workflow_tables_action (const WorkflowTables *given, const char *name)
{
  for (const WorkflowActionRecord *record = given->actions; record->name != NULL; record++)
    if (g_str_equal (record->name, name))
      return record;
  return NULL;
}

const WorkflowProbeRecord *
workflow_tables_probe (const WorkflowTables *given, const char *name)
{
  for (const WorkflowProbeRecord *record = given->probes; record->name != NULL; record++)
    if (g_str_equal (record->name, name))
      return record;
  return NULL;
}
