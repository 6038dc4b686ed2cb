/* SPDX-License-Identifier: MIT
 * Member documents and user proposals (document.h).
 */
#include "cgs/document.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs-private.h"

#include <string.h>

/* ---- Member documents ---- */

json_t *
cgs_member_document_list (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_list (job, client, "/memberdocuments", error);
}

json_t *
cgs_member_document_show (CrJob *job, CcfClient *client, const char *document_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/memberdocuments/%s", document_id);
  return cgs_read (job, client, "GET", path, error);
}

gboolean
cgs_member_document_put (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                         const char *data, const char *version, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/memberdocuments/%s", contract_id, document_id);
  g_autoptr (json_t) body = cgs_args ("contractId", contract_id);
  cr_json_set_string (body, "data", data);
  cr_json_set_string (body, "version", version != NULL ? version : "");
  return cgs_do (job, client, "PUT", path, body, error);
}

json_t *
cgs_member_document_propose (CrJob *job, CcfClient *client, const char *document_id, const char *version,
                             GError **error)
{
  if (version == NULL || *version == '\0') {
    cgs_refuse (error, "VersionMissing", "The version of document '%s' must be given.", document_id);
    return NULL;
  }
  g_autoptr (json_t) document = cgs_member_document_show (job, client, document_id, error);
  if (document == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (document, "version"), version) != 0) {
    cgs_refuse (error, "DocumentModified", "Document '%s' has changed since version %s.", document_id,
                version);
    return NULL;
  }
  json_t *args = cgs_args ("documentId", document_id);
  cr_json_set (args, "document", json_incref (document));
  g_autoptr (json_t) proposal = ccf_proposal_new ("set_member_document", args);
  return ccf_proposal_create (job, client, proposal, error);
}

json_t *
cgs_member_document_vote (CrJob *job, CcfClient *client, const char *document_id, const char *proposal_id,
                          gboolean accept, GError **error)
{
  if (proposal_id == NULL || *proposal_id == '\0') {
    cgs_refuse (error, "ProposalIdMissing", "The proposal to vote on must be given.");
    return NULL;
  }
  g_autoptr (json_t) document = cgs_member_document_show (job, client, document_id, error);
  if (document == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (document, "state"), "Proposed") != 0) {
    cgs_refuse (error, "DocumentNotProposed", "Document '%s' is not proposed: its state is %s.", document_id,
                cr_json_peek_string (document, "state"));
    return NULL;
  }
  if (g_strcmp0 (cr_json_peek_string (document, "proposalId"), proposal_id) != 0) {
    cgs_refuse (error, "ProposalIdMismatch", "Document '%s' is proposed by another proposal.", document_id);
    return NULL;
  }
  return ccf_proposal_vote (job, client, proposal_id, accept, error);
}

/* ---- User proposals ---- */

char *
cgs_user_proposal_id_new (void)
{
  return cr_random_hex (32);
}

json_t *
cgs_user_proposal_put (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *proposal,
                       GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/proposals/%s", proposal_id);
  return cgs_write (job, client, "PUT", path, proposal, error);
}

json_t *
cgs_user_proposal_show (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/proposals/%s", proposal_id);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_user_proposal_status (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/proposals/%s/status", proposal_id);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_user_proposal_withdraw (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/proposals/%s/withdraw", proposal_id);
  return cgs_write (job, client, "POST", path, NULL, error);
}

json_t *
cgs_user_proposal_vote (CrJob *job, CcfClient *client, const char *proposal_id, gboolean accept,
                        GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/proposals/%s/ballots/submit", proposal_id);
  g_autoptr (json_t) body = cgs_args ("ballot", accept ? "accepted" : "rejected");
  return cgs_write (job, client, "POST", path, body, error);
}
