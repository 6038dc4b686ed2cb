/* SPDX-License-Identifier: MIT
 * an.user.data: the sample files in day folders.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "data/sample.h"
#include "data/datastore.h"

#include <inttypes.h>

#define DOWNLOAD "download"

/* The folder the eight files come from; *SOURCE stays NULL for the built-in ones. */
static gboolean
find_source (WorkflowCall *call, char **source, GError **error)
{
  const char *given = workflow_call_input (call, "source");
  CrJob *job = workflow_call_job (call);
  if (*given == '\0' || g_str_equal (given, "built-in"))
    return TRUE;
  if (!g_str_equal (given, DOWNLOAD)) {
    *source = g_strdup (given);
    return data_sample_check (*source, job, error);
  }
  g_autoptr (HttpClient) http = http_client_new_system (error);
  if (http == NULL)
    return FALSE;
  *source = workflow_context_private (workflow_call_context (call), "samples");
  return data_sample_download (http, job, *source, error);
}

ACTION (action_data)
{
  WorkflowContext *context = workflow_call_context (call);
  const char *persona = workflow_context_persona (context);
  g_autofree char *source = NULL;
  if (!find_source (call, &source, error))
    return FALSE;
  g_autofree char *folder = workflow_context_path (context, persona);
  DataSampleLayout *layout = data_sample_lay_out (
      folder, persona, source, workflow_call_input (call, "start-date"), workflow_call_job (call), error);
  if (layout == NULL)
    return FALSE;
  cr_fault_point ("laid-out");
  json_t *result = workflow_call_result (call);
  workflow_call_set (call, "folder", layout->input);
  workflow_call_set (call, "first_day", layout->first_day);
  workflow_call_set (call, "last_day", layout->last_day);
  cr_json_set_int (result, "files", layout->files);
  cr_json_set_int (result, "rows", (gint64) layout->rows);
  workflow_call_say (call, "%u files with %" PRIu64 " rows, %s to %s, are in %s.", layout->files,
                     layout->rows, layout->first_day, layout->last_day, layout->input);
  data_sample_layout_free (layout);
  return TRUE;
}

/* "present" when every own input folder holds readable day folders. */
PROBE (probe_data)
{
  const WorkflowScenario *scenario = workflow_call_scenario (call);
  const char *persona = workflow_context_persona (workflow_call_context (call));
  (void) error;
  for (guint i = 0; i < scenario->datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (scenario->datasets, i);
    if (dataset->output || !g_str_equal (dataset->owner, persona))
      continue;
    g_autofree char *path = action_dataset_folder (call, dataset);
    g_autoptr (GError) problem = NULL;
    DataFolder *folder = data_describe (path, workflow_call_job (call), &problem);
    if (folder == NULL)
      return g_strdup ("missing");
    data_folder_free (folder);
  }
  return g_strdup ("present");
}
