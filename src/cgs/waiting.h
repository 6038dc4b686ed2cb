/* SPDX-License-Identifier: MIT
 * Who still has to vote: on a governance proposal, a contract, a member document or a user document.
 *
 * Members decide by the constitution: every Active member that is neither operator, recovery operator, CGS
 * operator nor contract operator; a contract also waits for ordinary members that have not activated. A
 * service whose rules let a contract name its voters (data.metadata.voters.requiredMembers) needs just
 * those. User documents are decided by the approvers of their proposal. Source: resolve() of the CGS
 * constitution and the application's user proposals.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* What these functions give:
 *   {"decision": "members" or "approvers", "rules": "released" or "proposed", "state", "proposalId",
 *    "required": [{"id","name"}], "voted": [{"id","name","vote"}], "missing": [{"id","name"}],
 *    "notActive": [{"id","name"}]}
 * "missing" are the required ones whose accepting vote is not there yet (a rejecting one is in "voted");
 * "notActive" are members whose activation a contract waits for. Nothing is missing when there is no open
 * proposal. PROPOSAL, CONTRACT and DOCUMENT are what was read of it, borrowed. Give. */
json_t *cgs_waiting_proposal (CrJob *job, CcfClient *client, const json_t *proposal, GError **error);
json_t *cgs_waiting_contract (CrJob *job, CcfClient *client, const json_t *contract, GError **error);
json_t *cgs_waiting_member_document (CrJob *job, CcfClient *client, const json_t *document, GError **error);
json_t *cgs_waiting_user_document (CrJob *job, CcfClient *client, const json_t *document, GError **error);

/* The rules in force: "released", or "proposed" when the service says so (serviceData.rules) or its
 * constitution knows required members. Static; NULL and an error. */
const char *cgs_rules (CrJob *job, CcfClient *client, GError **error);
/* The member ids that the text (JSON or YAML) or object DATA of a contract names as voters; NULL when it
 * names none. Gives an array of strings. */
json_t *cgs_required_members (const json_t *data);

G_END_DECLS
