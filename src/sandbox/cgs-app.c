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
  { "GET", "/contracts", MUJ, FALSE, app_contract_list },
  { "PUT", CONTRACT, M, TRUE, app_contract_put },
  { "POST", CONTRACT, MUJ, FALSE, app_contract_get },
  { "POST", CONTRACT "/runtimeoptions/{option}/status", MUJN, FALSE, app_contract_option_status },
  { "POST", CONTRACT "/runtimeoptions/{option}/enable", M, TRUE, app_contract_option_enable },
  { "POST", CONTRACT "/runtimeoptions/{option}/disable", M, TRUE, app_contract_option_disable },
  { "GET", CONTRACT "/events", MUJ, FALSE, app_event_list },
  { "PUT", CONTRACT "/events", JN, TRUE, app_event_put },
  { "GET", CONTRACT "/secrets", MUJ, FALSE, app_secret_list },
  { "PUT", CONTRACT "/secrets/{secretName}", MUJN, TRUE, app_secret_put },
  { "POST", CONTRACT "/secrets/{secretName}", ANY, FALSE, app_secret_get },
  { "POST", CONTRACT "/cleanroompolicy", MUJ, FALSE, app_policy_get },
  { "GET", CONTRACT "/cleanroompolicy/delegates", MUJ, FALSE, app_delegate_list },
  { "POST", CONTRACT "/cleanroompolicy/delegates/{delegateType}/{delegateId}", MUJ, FALSE, app_delegate_get },
  { "PUT", CONTRACT "/cleanroompolicy/delegates/{delegateType}/{delegateId}", ANY, TRUE, app_delegate_put },
  { "POST", CONTRACT "/deploymentspec", ANY, FALSE, app_deployment_spec_get },
  { "POST", CONTRACT "/deploymentinfo", ANY, FALSE, app_deployment_info_get },
  { "POST", CONTRACT "/oauth/token", ANY, FALSE, app_oidc_token },
  { "POST", CONTRACT "/signing/sign", ANY, FALSE, app_signing_sign },
  { "GET", CONTRACT "/memberdocuments", MUJ, FALSE, app_member_document_list },
  { "PUT", CONTRACT "/memberdocuments/{documentId}", M, TRUE, app_member_document_put },
  { "POST", CONTRACT "/memberdocuments/{documentId}", MUJ, FALSE, app_member_document_get },
  { "POST", CONTRACT "/memberdocuments/accepted/{documentId}", ANY, FALSE, app_member_document_accepted },
  { "GET", CONTRACT "/userdocuments", MUJ, FALSE, app_user_document_list },
  { "PUT", DOCUMENT, MUJ, TRUE, app_user_document_put },
  { "POST", DOCUMENT, MUJ, FALSE, app_user_document_get },
  { "POST", CONTRACT "/userdocuments/accepted/{documentId}", ANY, FALSE, app_user_document_accepted },
  { "POST", CONTRACT "/ca/generateSigningKey", M, TRUE, app_ca_generate },
  { "POST", CONTRACT "/ca/generateEndorsedCert", ANY, FALSE, app_ca_endorse },
  { "POST", CONTRACT "/ca/status", MUJ, FALSE, app_ca_status },
  { "GET", "/memberdocuments", MUJ, FALSE, app_member_document_list },
  { "PUT", "/memberdocuments/{documentId}", M, TRUE, app_member_document_put },
  { "GET", "/memberdocuments/{documentId}", MUJ, FALSE, app_member_document_get },
  { "GET", "/userdocuments", MUJ, FALSE, app_user_document_list },
  { "PUT", "/userdocuments/{documentId}", MUJ, TRUE, app_user_document_put },
  { "GET", "/userdocuments/{documentId}", MUJ, FALSE, app_user_document_get },
  { "POST", DOCUMENT "/runtimeoptions/{option}/status", MUJN, FALSE, app_document_option_status },
  { "POST", DOCUMENT "/runtimeoptions/{option}/enable", MUJ, TRUE, app_document_option_enable },
  { "POST", DOCUMENT "/runtimeoptions/{option}/disable", MUJ, TRUE, app_document_option_disable },
  { "GET", "/users/identities", MUJ, FALSE, app_user_list },
  { "POST", "/users/identities/self/status", J, FALSE, app_user_self },
  { "POST", "/users/identities/{identityId}", MUJ, FALSE, app_user_get },
  { "GET", "/users/invitations", MUJ, FALSE, app_invitation_list },
  { "POST", "/users/invitations/{invitationId}", MUJ, FALSE, app_invitation_get },
  { "POST", "/users/invitations/{invitationId}/accept", J, TRUE, app_invitation_accept },
  { "PUT", "/users/proposals/{proposalId}", MUJ, TRUE, app_user_proposal_put },
  { "POST", "/users/proposals/{proposalId}", MUJ, FALSE, app_user_proposal_get },
  { "POST", "/users/proposals/{proposalId}/status", MUJ, FALSE, app_user_proposal_status },
  { "POST", "/users/proposals/{proposalId}/withdraw", MUJ, TRUE, app_user_proposal_withdraw },
  { "POST", "/users/proposals/{proposalId}/ballots/submit", MUJ, TRUE, app_user_proposal_ballot },
  { "GET", "/proposals/{proposalId}/historical", MUJ, FALSE, app_proposal_history },
  { "GET", "/oidc/.well-known/openid-configuration", ANY, FALSE, app_oidc_discovery },
  { "GET", "/oidc/keys", ANY, FALSE, app_oidc_keys },
  { "POST", "/oidc/generateSigningKey", M, TRUE, app_oidc_generate },
  { "POST", "/oidc/setIssuerUrl", MUJ, TRUE, app_oidc_set_issuer_url },
  { "POST", "/oidc/issuerInfo", MUJ, FALSE, app_oidc_issuer_info },
  { "POST", "/signing/generateSigningKey", M, TRUE, app_signing_generate },
  { "POST", "/signing/info", MUJ, FALSE, app_signing_info },
  { "POST", "/runtimeoptions/{option}/status", MUJ, FALSE, app_service_option_status },
  { NULL, NULL, 0, FALSE, NULL },
};
