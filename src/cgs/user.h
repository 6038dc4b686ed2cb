/* SPDX-License-Identifier: MIT
 * Who takes part: user identities, invitations, members and their roles.
 *
 * Source: the CGS application manifest (users/identities, users/invitations) and the constitution actions
 * set_user_identity, set_user_invitation_by_jwt_claims, set_member. Results are given. "propose" functions
 * cast the own accepting ballot while the proposal is Open.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

json_t *cgs_user_identity_list (CrJob *job, CcfClient *client,
                                GError **error); /* [{id, accountType, data, ..}] */
json_t *cgs_user_identity_show (CrJob *job, CcfClient *client, const char *object_id, GError **error);
/* {"active":true} for an admitted user; CR_ERROR_SIGN_IN or CR_ERROR_WAITING "CallerNotAuthorized" otherwise.
 */
json_t *cgs_user_self_status (CrJob *job, CcfClient *client, GError **error);
/* Admit a user by object id; IDENTIFIER is the display name. */
json_t *cgs_user_identity_propose (CrJob *job, CcfClient *client, const char *object_id,
                                   const char *tenant_id, const char *identifier, GError **error);
/* Admit who accepted INVITATION_ID: id and tenant come from the accepted invitation. CR_ERROR_WAITING
 * "InvitationNotAccepted" when nobody accepted it yet. */
json_t *cgs_user_identity_propose_invited (CrJob *job, CcfClient *client, const char *invitation_id,
                                           GError **error);
json_t *cgs_user_identity_remove (CrJob *job, CcfClient *client, const char *object_id, GError **error);

json_t *cgs_invitation_list (CrJob *job, CcfClient *client, GError **error);
/* {invitationId, accountType, claims, userInfo?, status}; status Open, Accepted, Finalized. */
json_t *cgs_invitation_show (CrJob *job, CcfClient *client, const char *invitation_id, GError **error);
/* The invited person accepts with the own token; accepted before by the same person is no failure. */
gboolean cgs_invitation_accept (CrJob *job, CcfClient *client, const char *invitation_id, GError **error);
/* IDENTITY_TYPE "User" (USER_NAME is an e-mail address) or "ServicePrincipal" (USER_NAME is a GUID and
 * TENANT_ID is required). INVITATION_ID is chosen by the caller (cgs_user_proposal_id_new() will do).
 * "UserNameMissing", "InvalidUserName", "InvalidGuidUserName", "TenantIdMissing". */
json_t *cgs_invitation_propose (CrJob *job, CcfClient *client, const char *invitation_id,
                                const char *user_name, const char *identity_type, const char *tenant_id,
                                GError **error);
json_t *cgs_invitation_remove (CrJob *job, CcfClient *client, const char *invitation_id, GError **error);

/* Propose a member. ENCRYPTION_KEY_PEM and RECOVERY_ROLE may be NULL; MEMBER_DATA is borrowed. */
json_t *cgs_member_propose (CrJob *job, CcfClient *client, const char *certificate_pem,
                            const char *encryption_key_pem, const char *recovery_role,
                            const json_t *member_data, GError **error);
/* Change single keys of the member data and keep the others (roles, operator flag). PATCH is borrowed. */
json_t *cgs_member_data_patch (CrJob *job, CcfClient *client, const char *member_id, const json_t *patch,
                               GError **error);
/* Display name: memberData.identifier, else the id. Borrowed from MEMBER. */
const char *cgs_member_name (const json_t *member);
/* Counts as a voter: Active and none of operator, recovery operator, CGS operator, contract operator. */
gboolean cgs_member_is_voter (const json_t *member);
/* [{approverId, approverIdType:"member"}] of all voters. */
json_t *cgs_default_approvers (CrJob *job, CcfClient *client, GError **error);

G_END_DECLS
