/* SPDX-License-Identifier: MIT
 * The endpoint table of the governance application: method, path, who may call, and the handler.
 */
#include "sandbox/cgs-common.h"

#define M CCF_AUTH_MEMBER
#define MUJ (CCF_AUTH_MEMBER | CCF_AUTH_USER | CCF_AUTH_JWT)
#define MUJN (MUJ | CCF_AUTH_NONE)
#define J CCF_AUTH_JWT
#define JN (CCF_AUTH_JWT | CCF_AUTH_NONE)
#define ANY 0 /* empty policy list: the handler decides from the body */

#define CONTRACT "/contracts/{contractId}"
#define DOCUMENT CONTRACT "/userdocuments/{documentId}"

const CcfEndpoint cgs_endpoints[] = {
  { "GET", "/contracts", MUJ, FALSE, cgs_contract_list },
  { "PUT", CONTRACT, M, TRUE, cgs_contract_put },
  { "POST", CONTRACT, MUJ, FALSE, cgs_contract_get },
  { "POST", CONTRACT "/runtimeoptions/{option}/status", MUJN, FALSE, cgs_contract_option_status },
  { "POST", CONTRACT "/runtimeoptions/{option}/enable", M, TRUE, cgs_contract_option_enable },
  { "POST", CONTRACT "/runtimeoptions/{option}/disable", M, TRUE, cgs_contract_option_disable },
  { "GET", CONTRACT "/events", MUJ, FALSE, cgs_event_list },
  { "PUT", CONTRACT "/events", JN, TRUE, cgs_event_put },
  { "GET", CONTRACT "/secrets", MUJ, FALSE, cgs_secret_list },
  { "PUT", CONTRACT "/secrets/{secretName}", MUJN, TRUE, cgs_secret_put },
  { "POST", CONTRACT "/secrets/{secretName}", ANY, FALSE, cgs_secret_get },
  { "POST", CONTRACT "/cleanroompolicy", MUJ, FALSE, cgs_policy_get },
  { "GET", CONTRACT "/cleanroompolicy/delegates", MUJ, FALSE, cgs_delegate_list },
  { "POST", CONTRACT "/cleanroompolicy/delegates/{delegateType}/{delegateId}", MUJ, FALSE, cgs_delegate_get },
  { "PUT", CONTRACT "/cleanroompolicy/delegates/{delegateType}/{delegateId}", ANY, TRUE, cgs_delegate_put },
  { "POST", CONTRACT "/deploymentspec", ANY, FALSE, cgs_deployment_spec_get },
  { "POST", CONTRACT "/deploymentinfo", ANY, FALSE, cgs_deployment_info_get },
  { "POST", CONTRACT "/oauth/token", ANY, FALSE, cgs_oidc_token },
  { "POST", CONTRACT "/signing/sign", ANY, FALSE, cgs_signing_sign },
  { "GET", CONTRACT "/memberdocuments", MUJ, FALSE, cgs_member_document_list },
  { "PUT", CONTRACT "/memberdocuments/{documentId}", M, TRUE, cgs_member_document_put },
  { "POST", CONTRACT "/memberdocuments/{documentId}", MUJ, FALSE, cgs_member_document_get },
  { "POST", CONTRACT "/memberdocuments/accepted/{documentId}", ANY, FALSE, cgs_member_document_accepted },
  { "GET", CONTRACT "/userdocuments", MUJ, FALSE, cgs_user_document_list },
  { "PUT", DOCUMENT, MUJ, TRUE, cgs_user_document_put },
  { "POST", DOCUMENT, MUJ, FALSE, cgs_user_document_get },
  { "POST", CONTRACT "/userdocuments/accepted/{documentId}", ANY, FALSE, cgs_user_document_accepted },
  { "POST", CONTRACT "/ca/generateSigningKey", M, TRUE, cgs_ca_generate },
  { "POST", CONTRACT "/ca/generateEndorsedCert", ANY, FALSE, cgs_ca_endorse },
  { "POST", CONTRACT "/ca/status", MUJ, FALSE, cgs_ca_status },
  { "GET", "/memberdocuments", MUJ, FALSE, cgs_member_document_list },
  { "PUT", "/memberdocuments/{documentId}", M, TRUE, cgs_member_document_put },
  { "GET", "/memberdocuments/{documentId}", MUJ, FALSE, cgs_member_document_get },
  { "GET", "/userdocuments", MUJ, FALSE, cgs_user_document_list },
  { "PUT", "/userdocuments/{documentId}", MUJ, TRUE, cgs_user_document_put },
  { "GET", "/userdocuments/{documentId}", MUJ, FALSE, cgs_user_document_get },
  { "POST", DOCUMENT "/runtimeoptions/{option}/status", MUJN, FALSE, cgs_document_option_status },
  { "POST", DOCUMENT "/runtimeoptions/{option}/enable", MUJ, TRUE, cgs_document_option_enable },
  { "POST", DOCUMENT "/runtimeoptions/{option}/disable", MUJ, TRUE, cgs_document_option_disable },
  { "GET", "/users/identities", MUJ, FALSE, cgs_user_list },
  { "POST", "/users/identities/self/status", J, FALSE, cgs_user_self },
  { "POST", "/users/identities/{identityId}", MUJ, FALSE, cgs_user_get },
  { "GET", "/users/invitations", MUJ, FALSE, cgs_invitation_list },
  { "POST", "/users/invitations/{invitationId}", MUJ, FALSE, cgs_invitation_get },
  { "POST", "/users/invitations/{invitationId}/accept", J, TRUE, cgs_invitation_accept },
  { "PUT", "/users/proposals/{proposalId}", MUJ, TRUE, cgs_user_proposal_put },
  { "POST", "/users/proposals/{proposalId}", MUJ, FALSE, cgs_user_proposal_get },
  { "POST", "/users/proposals/{proposalId}/status", MUJ, FALSE, cgs_user_proposal_status },
  { "POST", "/users/proposals/{proposalId}/withdraw", MUJ, TRUE, cgs_user_proposal_withdraw },
  { "POST", "/users/proposals/{proposalId}/ballots/submit", MUJ, TRUE, cgs_user_proposal_ballot },
  { "GET", "/proposals/{proposalId}/historical", MUJ, FALSE, cgs_proposal_history },
  { "GET", "/oidc/.well-known/openid-configuration", ANY, FALSE, cgs_oidc_discovery },
  { "GET", "/oidc/keys", ANY, FALSE, cgs_oidc_keys },
  { "POST", "/oidc/generateSigningKey", M, TRUE, cgs_oidc_generate },
  { "POST", "/oidc/setIssuerUrl", MUJ, TRUE, cgs_oidc_set_issuer_url },
  { "POST", "/oidc/issuerInfo", MUJ, FALSE, cgs_oidc_issuer_info },
  { "POST", "/signing/generateSigningKey", M, TRUE, cgs_signing_generate },
  { "POST", "/signing/info", MUJ, FALSE, cgs_signing_info },
  { "POST", "/runtimeoptions/{option}/status", MUJ, FALSE, cgs_service_option_status },
  { NULL, NULL, 0, FALSE, NULL },
};
