/* SPDX-License-Identifier: MIT
 * Documents of the governance service: member documents (agreed by members) and user documents (agreed by the
 * approvers named in their proposal), with the consent switches of user documents.
 *
 * Source: the CGS application manifest (memberdocuments, userdocuments, users/proposals). Results are given.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* ---- Member documents ---- */

json_t *cgs_member_document_list (CrJob *job, CcfClient *client, GError **error); /* [{"id"}] */
json_t *cgs_member_document_show (CrJob *job, CcfClient *client, const char *document_id, GError **error);
gboolean cgs_member_document_put (CrJob *job, CcfClient *client, const char *contract_id,
                                  const char *document_id, const char *data, const char *version,
                                  GError **error);
/* Propose what is stored; "VersionMissing", "DocumentModified". Does not vote. */
json_t *cgs_member_document_propose (CrJob *job, CcfClient *client, const char *document_id,
                                     const char *version, GError **error);
/* "ProposalIdMissing", "DocumentNotProposed", "ProposalIdMismatch". */
json_t *cgs_member_document_vote (CrJob *job, CcfClient *client, const char *document_id,
                                  const char *proposal_id, gboolean accept, GError **error);

/* ---- User documents ----
 *
 * CONTRACT_ID may be NULL where a document is read, proposed, voted on or switched: the service finds
 * documents by their id alone. */

/* [{"id","labels"?}]; LABEL_SELECTOR "name:value[,name:value]" or NULL. */
json_t *cgs_user_document_list (CrJob *job, CcfClient *client, const char *contract_id,
                                const char *label_selector, GError **error);
/* {id, version, state, contractId, data, labels?, approvers?, proposalId, proposerId, finalVotes?}.
 * CR_ERROR_NOT_FOUND "UserDocumentNotFound". */
json_t *cgs_user_document_show (CrJob *job, CcfClient *client, const char *contract_id,
                                const char *document_id, GError **error);
/* Write the draft. LABELS (object) and APPROVERS ([{approverId, approverIdType}]) are borrowed, NULL = none;
 * VERSION NULL or "" for a new document. */
gboolean cgs_user_document_put (CrJob *job, CcfClient *client, const char *contract_id,
                                const char *document_id, const char *data, const char *version,
                                const json_t *labels, const json_t *approvers, GError **error);
/* Propose what is stored. PROPOSAL_ID: 32 hex digits the caller chose and wrote down before (so that a lost
 * answer can be found again); an existing proposal of that id for this document counts as done. Approvers are
 * those of the draft, without any all active ordinary members. "VersionMissing", "UserDocumentModified".
 * Gives {"proposalId"}. */
json_t *cgs_user_document_propose (CrJob *job, CcfClient *client, const char *contract_id,
                                   const char *document_id, const char *version, const char *proposal_id,
                                   GError **error);
/* Cast the own ballot. PROPOSAL_ID NULL takes the one the document shows. "UserDocumentNotProposed",
 * "ProposalIdMismatch". The same ballot cast before is no failure. Gives {proposerId, state, ballots}. */
json_t *cgs_user_document_vote (CrJob *job, CcfClient *client, const char *contract_id,
                                const char *document_id, const char *proposal_id, gboolean accept,
                                GError **error);

/* From wherever it stands to Proposed (or Accepted): write the draft when it is absent or different, propose
 * it with PROPOSAL_ID. Safe to repeat after a kill at any point. CR_ERROR_REFUSED when another content was
 * already proposed or accepted under this id. Gives the document as read last. */
json_t *cgs_user_document_publish (CrJob *job, CcfClient *client, const char *contract_id,
                                   const char *document_id, const char *data, const json_t *labels,
                                   const json_t *approvers, const char *proposal_id, GError **error);

/* OPTION "execution" or "telemetry": {status, reason?}. */
json_t *cgs_user_document_option_status (CrJob *job, CcfClient *client, const char *contract_id,
                                         const char *document_id, const char *option, GError **error);
gboolean cgs_user_document_option_set (CrJob *job, CcfClient *client, const char *contract_id,
                                       const char *document_id, const char *option, gboolean enable,
                                       GError **error);

/* ---- User proposals ---- */

/* 32 hex digits for a new proposal. Gives. */
char *cgs_user_proposal_id_new (void);
/* PROPOSAL {name, args, approvers}, borrowed. Gives {"proposalId"}. */
json_t *cgs_user_proposal_put (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *proposal,
                               GError **error);
json_t *cgs_user_proposal_show (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);
json_t *cgs_user_proposal_status (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);
json_t *cgs_user_proposal_withdraw (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);
json_t *cgs_user_proposal_vote (CrJob *job, CcfClient *client, const char *proposal_id, gboolean accept,
                                GError **error);

G_END_DECLS
