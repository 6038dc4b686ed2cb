/* SPDX-License-Identifier: MIT
 * Bringing a query before those who must agree (query.h).
 */
#include "base/error.h"
#include "cgs/document.h"
#include "query/query.h"

#include <string.h>

/* Append the proposer of accepted dataset DATASET unless already there. */
static gboolean
add_owner (CrJob *job, CcfClient *client, const char *contract_id, const char *dataset, json_t *approvers,
           GError **error)
{
  g_autoptr (json_t) document = cgs_user_document_show (job, client, contract_id, dataset, error);
  if (document == NULL)
    return FALSE;
  const char *state = cr_json_peek_string (document, "state");
  if (g_strcmp0 (state, "Accepted") != 0) {
    cr_set_error (
        error, CR_ERROR_WAITING, "Its owner publishes it first (step 'Publish data'); then propose again.",
        "Dataset '%s' is not accepted yet: its state is %s.", dataset, state != NULL ? state : "unknown");
    return FALSE;
  }
  if (g_strcmp0 (cr_json_peek_string (document, "contractId"), contract_id) != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Use datasets that were published under this contract.",
                  "Dataset '%s' belongs to another contract.", dataset);
    return FALSE;
  }
  const char *owner = cr_json_get_string (document, "proposerId", "the dataset document", error);
  if (owner == NULL)
    return FALSE;
  gsize index;
  json_t *approver;
  json_array_foreach (approvers, index, approver)
    if (g_strcmp0 (cr_json_peek_string (approver, "approverId"), owner) == 0)
      return TRUE;
  json_array_append_new (approvers, json_pack ("{s:s, s:s}", "approverId", owner, "approverIdType", "user"));
  return TRUE;
}

json_t *
query_approvers (CrJob *job, CcfClient *client, const char *contract_id, const QueryDocument *document,
                 GError **error)
{
  g_autoptr (json_t) approvers = json_array ();
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = document->inputs->pdata[i];
    if (!add_owner (job, client, contract_id, input->dataset, approvers, error))
      return NULL;
  }
  if (!add_owner (job, client, contract_id, document->output_dataset, approvers, error))
    return NULL;
  return g_steal_pointer (&approvers);
}

json_t *
query_publish (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
               const QueryDocument *document, const char *proposal_id, GError **error)
{
  g_autofree char *data = query_document_to_text (document, error);
  if (data == NULL)
    return NULL;
  g_autoptr (json_t) approvers = query_approvers (job, client, contract_id, document, error);
  if (approvers == NULL)
    return NULL;
  g_autoptr (json_t) labels = json_pack ("{s:s}", "type", "spark-application");
  return cgs_user_document_publish (job, client, contract_id, document_id, data, labels, approvers,
                                    proposal_id, error);
}
