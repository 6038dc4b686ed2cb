/* SPDX-License-Identifier: MIT
 * What the service says about one proposal, gathered for an auditor (service.h).
 */
#include "cgs/cgs-private.h"
#include "cgs/contract.h"
#include "cgs/document.h"
#include "cgs/service.h"

#include "base/error.h"

#include <string.h>

/* VALUE (taken) becomes the member NAME of STATED. What the service no longer has is left out; any other
 * problem is one. */
static gboolean
add (json_t *stated, const char *name, json_t *value, GError **problem, GError **error)
{
  if (value != NULL) {
    cr_json_set (stated, name, value);
    return TRUE;
  }
  if (g_error_matches (*problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_clear_error (problem);
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (problem));
  return FALSE;
}

typedef json_t *(*ShowText) (CrJob *job, CcfClient *client, const char *id, GError **error);

/* Those of the LIST ([{"id"}], taken, NULL = its error is set) that were decided by PROPOSAL_ID. */
static gboolean
add_texts (CrJob *job, CcfClient *client, json_t *list, ShowText show, const char *proposal_id, json_t *texts,
           GError **error)
{
  g_autoptr (json_t) taken = list;
  size_t i;
  json_t *item;
  if (taken == NULL)
    return FALSE;
  json_array_foreach (taken, i, item) {
    const char *id = cr_json_peek_string (item, "id");
    g_autoptr (GError) problem = NULL;
    g_autoptr (json_t) answer = id != NULL ? show (job, client, id, &problem) : NULL;
    if (answer == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (g_strcmp0 (cr_json_peek_string (answer, "proposalId"), proposal_id) == 0)
      json_array_append (texts, answer);
  }
  return TRUE;
}

json_t *
cgs_proposal_stated (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *history,
                     GError **error)
{
  g_autoptr (json_t) stated = json_object ();
  g_autoptr (GError) problem = NULL;
  json_t *texts = json_array ();
  cr_json_set (stated, "texts", texts);
  cr_json_set (stated, "history", json_deep_copy (history));
  if (!add (stated, "proposal", ccf_proposal_show (job, client, proposal_id, &problem), &problem, error)
      || !add (stated, "actions", ccf_proposal_actions (job, client, proposal_id, &problem), &problem, error)
      || !add (stated, "ballots", ccf_proposal_ballots (job, client, proposal_id, &problem), &problem, error)
      || !add (stated, "members", ccf_members_list (job, client, &problem), &problem, error)
      || !add_texts (job, client, cgs_contract_list (job, client, NULL, error), cgs_contract_show,
                     proposal_id, texts, error)
      || !add_texts (job, client, cgs_member_document_list (job, client, error), cgs_member_document_show,
                     proposal_id, texts, error))
    return NULL;
  return g_steal_pointer (&stated);
}
