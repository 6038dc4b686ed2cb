/* SPDX-License-Identifier: MIT
 * Contracts of the governance service: drafts, proposals, runtime options, deployment, clean room policy.
 *
 * Source: the CGS application manifest (paths below /app/contracts) and its constitution actions. Every call
 * takes the CcfClient of the caller (a member or a user); JOB may be NULL; results are given. Writes wait for
 * their commit. "propose" functions create the governance proposal, cast the own accepting ballot when it is
 * still Open, and give the Proposal object ("proposalState" Accepted or Open).
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* [{"id"}], all or those of STATE "Draft", "Proposed", "Accepted" (NULL = all). */
json_t *cgs_contract_list (CrJob *job, CcfClient *client, const char *state, GError **error);
/* {id, state, version, data, proposalId, finalVotes?}. CR_ERROR_NOT_FOUND "ContractNotFound". */
json_t *cgs_contract_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
/* Write the draft. VERSION NULL or "" for a new one, else the version that was read. Member only. */
gboolean cgs_contract_put (CrJob *job, CcfClient *client, const char *contract_id, const char *data,
                           const char *version, GError **error);
/* Propose what is stored. VERSION is the draft version the caller saw; another one now is refused with
 * "ContractModified", none with "VersionMissing". Does not vote. */
json_t *cgs_contract_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *version,
                              GError **error);
/* Vote. "ProposalIdMissing", "ContractNotProposed" and "ProposalIdMismatch" as the reference client. */
json_t *cgs_contract_vote (CrJob *job, CcfClient *client, const char *contract_id, const char *proposal_id,
                           gboolean accept, GError **error);

/* OPTION "execution", "logging" or "telemetry": {status, reason?, proposalIds?}. */
json_t *cgs_contract_option_status (CrJob *job, CcfClient *client, const char *contract_id,
                                    const char *option, GError **error);
/* The own consent to execution, at once; member only. */
gboolean cgs_contract_execution_set (CrJob *job, CcfClient *client, const char *contract_id, gboolean enable,
                                     GError **error);
/* Propose logging or telemetry on or off. */
json_t *cgs_contract_option_propose (CrJob *job, CcfClient *client, const char *contract_id,
                                     const char *option, gboolean enable, GError **error);

/* {proposalIds, data}. Readable by anybody. */
json_t *cgs_deployment_spec_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
json_t *cgs_deployment_info_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
/* DATA is borrowed. */
json_t *cgs_deployment_spec_propose (CrJob *job, CcfClient *client, const char *contract_id,
                                     const json_t *data, GError **error);
json_t *cgs_deployment_info_propose (CrJob *job, CcfClient *client, const char *contract_id,
                                     const json_t *data, GError **error);

/* {proposalIds, policy: {claim: [values]}}. */
json_t *cgs_policy_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
/* TYPE "add" or "remove"; POLICY_TYPE NULL = snp-caci; CLAIMS object, borrowed. "TypeMissing",
 * "ClaimsMissing". */
json_t *cgs_policy_propose (CrJob *job, CcfClient *client, const char *contract_id, const char *type,
                            const char *policy_type, const json_t *claims, GError **error);
/* [{delegateType, delegateId}] and {claims}. */
json_t *cgs_delegates_list (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
json_t *cgs_delegate_show (CrJob *job, CcfClient *client, const char *contract_id, const char *type,
                           const char *id, GError **error);

G_END_DECLS
