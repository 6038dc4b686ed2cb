/* SPDX-License-Identifier: MIT
 * User documents: draft, proposal, votes, consent (document.h).
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"
#include "cgs/cgs-private.h"
#include "cgs/document.h"
#include "cgs/user.h"

#include <string.h>

/* Path of a document below its contract, or without it (CONTRACT_ID NULL). Gives. */
static char *
document_path (const char *contract_id, const char *document_id, GError **error)
{
  return contract_id != NULL ? cgs_path (error, "/contracts/%s/userdocuments/%s", contract_id, document_id)
                             : cgs_path (error, "/userdocuments/%s", document_id);
}

json_t *
cgs_user_document_list (CrJob *job, CcfClient *client, const char *contract_id, const char *label_selector,
                        GError **error)
{
  g_autofree char *path = contract_id != NULL ? cgs_path (error, "/contracts/%s/userdocuments", contract_id)
                                              : g_strdup ("/userdocuments");
  if (path == NULL)
    return NULL;
  /* The service decodes the query once and splits it then: ':' and ',' may stay as they are. */
  g_autofree char *selector = label_selector != NULL ? cr_percent_encode (label_selector, ":,") : NULL;
  g_autofree char *whole = selector != NULL ? g_strconcat (path, "?labelSelector=", selector, NULL)
                                            : g_strdup (path);
  return cgs_list (job, client, whole, error);
}

json_t *
cgs_user_document_show (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                        GError **error)
{
  g_autofree char *path = document_path (contract_id, document_id, error);
  return cgs_read (job, client, contract_id != NULL ? "POST" : "GET", path, error);
}

gboolean
cgs_user_document_put (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                       const char *data, const char *version, const json_t *labels, const json_t *approvers,
                       GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/userdocuments/%s", contract_id, document_id);
  g_autoptr (json_t) body = cgs_args ("contractId", contract_id);
  cr_json_set_string (body, "data", data);
  cr_json_set_string (body, "version", version != NULL ? version : "");
  if (labels != NULL)
    cr_json_set (body, "labels", json_deep_copy (labels));
  cr_json_set (body, "approvers", approvers != NULL ? json_deep_copy (approvers) : json_array ());
  return cgs_do (job, client, "PUT", path, body, error);
}

/* ---- Propose ---- */

/* The proposal of DOCUMENT as it was read, its approvers taken from it or from all voting members. Gives. */
static json_t *
proposal_of (CrJob *job, CcfClient *client, const char *document_id, json_t *document, GError **error)
{
  json_t *approvers = json_object_get (document, "approvers");
  g_autoptr (json_t) chosen = NULL;
  if (json_is_array (approvers) && json_array_size (approvers) > 0)
    chosen = json_incref (approvers);
  else
    chosen = cgs_default_approvers (job, client, error);
  if (chosen == NULL)
    return NULL;
  json_t *args = cgs_args ("documentId", document_id);
  cr_json_set (args, "document", json_incref (document));
  json_t *proposal = cgs_args ("name", "set_user_document");
  cr_json_set (proposal, "args", args);
  cr_json_set (proposal, "approvers", json_incref (chosen));
  return proposal;
}

/* After a lost answer or a restart: is PROPOSAL_ID ours for this document already? */
static gboolean
proposed_before (CrJob *job, CcfClient *client, const char *proposal_id, const char *document_id)
{
  g_autoptr (json_t) existing = cgs_user_proposal_show (job, client, proposal_id, NULL);
  return existing != NULL
         && g_strcmp0 (cr_json_peek_string (json_object_get (existing, "args"), "documentId"), document_id)
                == 0;
}

json_t *
cgs_user_document_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                           const char *version, const char *proposal_id, GError **error)
{
  if (version == NULL || *version == '\0') {
    cgs_refuse (error, "VersionMissing", "The version of document '%s' must be given.", document_id);
    return NULL;
  }
  g_autoptr (json_t) document = cgs_user_document_show (job, client, contract_id, document_id, error);
  if (document == NULL)
    return NULL;
  const char *state = cr_json_peek_string (document, "state");
  gboolean ours = g_strcmp0 (cr_json_peek_string (document, "proposalId"), proposal_id) == 0;
  if (ours && g_strcmp0 (state, "Draft") != 0)
    return cgs_args ("proposalId", proposal_id);
  if (g_strcmp0 (cr_json_peek_string (document, "version"), version) != 0) {
    cgs_refuse (error, "UserDocumentModified", "Document '%s' has changed since version %s.", document_id,
                version);
    return NULL;
  }
  g_autoptr (json_t) proposal = proposal_of (job, client, document_id, document, error);
  if (proposal == NULL)
    return NULL;
  g_autoptr (GError) problem = NULL;
  json_t *answer = cgs_user_proposal_put (job, client, proposal_id, proposal, &problem);
  if (answer != NULL)
    return answer;
  if ((cr_error_is_remote (problem, "ProposalAlreadyExists")
       || cr_error_is_remote (problem, "UserDocumentAlreadyProposed"))
      && proposed_before (job, client, proposal_id, document_id))
    return cgs_args ("proposalId", proposal_id);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

/* ---- Vote ---- */

/* The status when the caller's own ballot of before is the one wanted now; NULL otherwise. Gives. */
static json_t *
same_ballot_before (CrJob *job, CcfClient *client, const char *proposal_id, gboolean accept)
{
  g_autofree char *me = ccf_client_caller (job, client, NULL);
  g_autoptr (json_t) status = me != NULL ? cgs_user_proposal_status (job, client, proposal_id, NULL) : NULL;
  const char *wanted = accept ? "accepted" : "rejected";
  gsize index;
  json_t *ballot;
  json_array_foreach (json_object_get (status, "ballots"), index, ballot) {
    if (g_strcmp0 (cr_json_peek_string (ballot, "approverId"), me) == 0
        && g_strcmp0 (cr_json_peek_string (ballot, "ballot"), wanted) == 0)
      return g_steal_pointer (&status);
  }
  return NULL;
}

json_t *
cgs_user_document_vote (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                        const char *proposal_id, gboolean accept, GError **error)
{
  if (proposal_id != NULL && *proposal_id == '\0') {
    cgs_refuse (error, "ProposalIdMissing", "The proposal to vote on must be given.");
    return NULL;
  }
  g_autoptr (json_t) document = cgs_user_document_show (job, client, contract_id, document_id, error);
  if (document == NULL)
    return NULL;
  const char *state = cr_json_peek_string (document, "state");
  const char *current = cr_json_peek_string (document, "proposalId");
  if (g_strcmp0 (state, "Draft") == 0 || current == NULL || *current == '\0') {
    cgs_refuse (error, "UserDocumentNotProposed", "Document '%s' is not proposed: its state is %s.",
                document_id, state != NULL ? state : "unknown");
    return NULL;
  }
  if (proposal_id != NULL && strcmp (proposal_id, current) != 0) {
    cgs_refuse (error, "ProposalIdMismatch", "Document '%s' is proposed by another proposal.", document_id);
    return NULL;
  }
  g_autoptr (GError) problem = NULL;
  json_t *status = cgs_user_proposal_vote (job, client, current, accept, &problem);
  if (status != NULL)
    return status;
  gboolean decided = cr_error_is_remote (problem, "BallotAlreadySubmitted")
                     || cr_error_is_remote (problem, "ProposalNotOpen");
  status = decided ? same_ballot_before (job, client, current, accept) : NULL;
  if (status == NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return status;
}

/* ---- Publish ---- */

static gboolean
same_json (json_t *a, const json_t *b)
{
  g_autoptr (json_t) copy = b != NULL ? json_deep_copy (b) : NULL;
  gboolean a_empty = a == NULL || json_is_null (a)
                     || (!json_is_string (a) && json_object_size (a) + json_array_size (a) == 0);
  gboolean b_empty = copy == NULL || json_object_size (copy) + json_array_size (copy) == 0;
  return (a_empty && b_empty) || (!a_empty && !b_empty && json_equal (a, copy) == 1);
}

static gboolean
same_content (const json_t *document, const char *data, const json_t *labels, const json_t *approvers)
{
  return g_strcmp0 (cr_json_peek_string (document, "data"), data) == 0
         && same_json (json_object_get (document, "labels"), labels)
         && (json_object_get (document, "approvers") == NULL
             || same_json (json_object_get (document, "approvers"), approvers));
}

/* NULL without an error when the document does not exist. Gives. */
static json_t *
show_if_there (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
               GError **error)
{
  g_autoptr (GError) problem = NULL;
  json_t *document = cgs_user_document_show (job, client, contract_id, document_id, &problem);
  if (document == NULL && !cr_error_is_remote (problem, "UserDocumentNotFound"))
    g_propagate_error (error, g_steal_pointer (&problem));
  return document;
}

json_t *
cgs_user_document_publish (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                           const char *data, const json_t *labels, const json_t *approvers,
                           const char *proposal_id, GError **error)
{
  GError *problem = NULL;
  g_autoptr (json_t) document = show_if_there (job, client, contract_id, document_id, &problem);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return NULL;
  }
  const char *state = document != NULL ? cr_json_peek_string (document, "state") : NULL;
  gboolean same = document != NULL && same_content (document, data, labels, approvers);
  if (state != NULL && strcmp (state, "Rejected") == 0) { /* final where the service's rules say so */
    cr_set_error (error, CR_ERROR_REFUSED,
                  "Use another id for the document, or agree with the approvers first.",
                  "Document '%s' was rejected by its approvers.", document_id);
    return NULL;
  }
  if (state != NULL && strcmp (state, "Draft") != 0) {
    if (same)
      return g_steal_pointer (&document);
    cr_set_error (
        error, CR_ERROR_REFUSED, "Use another id for the new content, or have the proposal withdrawn first.",
        strcmp (state, "Accepted") == 0 ? N_ ("Document '%s' is already accepted with other content.")
                                        : N_ ("Document '%s' is already proposed with other content."),
        document_id);
    return NULL;
  }
  if (!same) {
    const char *version = document != NULL ? cr_json_peek_string (document, "version") : NULL;
    if (!cgs_user_document_put (job, client, contract_id, document_id, data, version, labels, approvers,
                                error))
      return NULL;
    json_decref (document);
    document = cgs_user_document_show (job, client, contract_id, document_id, error);
    if (document == NULL)
      return NULL;
  }
  g_autoptr (json_t) proposed = cgs_user_document_propose (
      job, client, contract_id, document_id, cr_json_peek_string (document, "version"), proposal_id, error);
  return proposed != NULL ? cgs_user_document_show (job, client, contract_id, document_id, error) : NULL;
}

/* ---- Consent ---- */

json_t *
cgs_user_document_option_status (CrJob *job, CcfClient *client, const char *contract_id,
                                 const char *document_id, const char *option, GError **error)
{
  /* An unknown document is told apart from one that is only switched off, as the reference client does. */
  g_autoptr (json_t) document = cgs_user_document_show (job, client, contract_id, document_id, error);
  if (document == NULL)
    return NULL;
  const char *contract = contract_id != NULL ? contract_id : cr_json_peek_string (document, "contractId");
  g_autofree char *path = cgs_path (error, "/contracts/%s/userdocuments/%s/runtimeoptions/%s/status",
                                    contract != NULL ? contract : "", document_id, option);
  return cgs_read (job, client, "POST", path, error);
}

gboolean
cgs_user_document_option_set (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                              const char *option, gboolean enable, GError **error)
{
  g_autoptr (json_t) document = cgs_user_document_show (job, client, contract_id, document_id, error);
  if (document == NULL)
    return FALSE;
  const char *contract = contract_id != NULL ? contract_id : cr_json_peek_string (document, "contractId");
  g_autofree char *path = cgs_path (error, "/contracts/%s/userdocuments/%s/runtimeoptions/%s/%s",
                                    contract != NULL ? contract : "", document_id, option,
                                    enable ? "enable" : "disable");
  return cgs_do (job, client, "POST", path, NULL, error);
}
