/* SPDX-License-Identifier: MIT
 * Where the datasets of a persona lie: containers of Azure Blob storage, or S3 buckets.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "cloud/names.h"

#include <string.h>

void
action_store_clear (ActionStore *opened)
{
  g_clear_pointer (&opened->store, cloud_store_free);
  g_clear_pointer (&opened->blob, blob_client_free);
  g_clear_pointer (&opened->s3, s3_client_free);
  g_clear_pointer (&opened->place, g_free);
}

static gboolean
uses (WorkflowCall *call, gboolean bucket)
{
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  const char *persona = workflow_context_persona (workflow_call_context (call));
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (g_str_equal (dataset->owner, persona) && dataset->bucket == bucket)
      return TRUE;
  }
  return FALSE;
}

gboolean
action_uses_azure (WorkflowCall *call)
{
  return workflow_context_who (workflow_call_context (call))->member || uses (call, FALSE);
}

gboolean
action_uses_buckets (WorkflowCall *call)
{
  return uses (call, TRUE);
}

/* A name that is somebody else's is not tried again. */
static gboolean
create_bucket (WorkflowCall *call, const ActionStore *opened, const char *fact, GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  g_autoptr (GError) problem = NULL;
  if (cloud_store_create (opened->store, workflow_call_job (call), &problem))
    return workflow_context_remember (context, fact, opened->place, error);
  if (cr_error_is_remote (problem, "BucketAlreadyExists")
      && (!workflow_journal_intent_forget (workflow_context_journal (context),
                                           workflow_call_scenario (call)->name, workflow_call_step (call)->id,
                                           fact, error)
          || !workflow_context_remember (context, fact, "", error)))
    return FALSE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Names of buckets are everybody's: a random end keeps two demos apart. Kept as a fact once the bucket is
 * there. */
static gboolean
open_bucket (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create, ActionStore *opened,
             GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  g_autofree char *fact = g_strconcat ("bucket-", dataset->name, NULL);
  opened->place = workflow_context_recall (context, fact);
  gboolean known = opened->place != NULL && *opened->place != '\0';
  if (!known)
    g_clear_pointer (&opened->place, g_free);
  if (!known && create) {
    g_autofree char *container = action_container (call, dataset);
    g_autofree char *prefix = g_strconcat (container, "-", NULL);
    opened->place = workflow_call_intent_id (call, fact, prefix, 6, error);
  } else if (!known) {
    opened->place = workflow_context_require (context, fact, error);
  }
  opened->s3 = opened->place != NULL ? action_s3 (call, error) : NULL;
  if (opened->s3 == NULL)
    return FALSE;
  opened->store = cloud_store_s3 (opened->s3, opened->place);
  return !create || create_bucket (call, opened, fact, error);
}

static gboolean
open_container (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create, ActionStore *opened,
                GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  opened->place = action_container (call, dataset);
  g_autofree char *endpoint = cloud_check_container_name (opened->place, error)
                                  ? action_fact (call, "blob", error)
                                  : NULL;
  opened->blob = endpoint != NULL ? workflow_context_blob (context, endpoint, error) : NULL;
  if (opened->blob == NULL)
    return FALSE;
  opened->store = cloud_store_blob (opened->blob, opened->place);
  if (create && !cloud_store_create (opened->store, workflow_call_job (call), error))
    return FALSE;
  if (!action_is_encrypted (call))
    return TRUE;
  g_autoptr (GBytes) dek = action_dek (call, dataset, create, opened->blob, error);
  if (dek != NULL)
    blob_client_set_key (opened->blob, dek);
  return dek != NULL;
}

gboolean
action_store_open (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create, ActionStore *opened,
                   GError **error)
{
  return dataset->bucket ? open_bucket (call, dataset, create, opened, error)
                         : open_container (call, dataset, create, opened, error);
}
