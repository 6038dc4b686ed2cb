/* SPDX-License-Identifier: MIT
 * Rules that all endpoints of the governance application (CGS) share: authorisation, bodies, queries,
 * versions, thrown exceptions, and the handling of attested clean rooms. Private to the cgs-*.c files.
 *
 * The behaviour is that of the public Clean Room Governance Service application; its odd corners (a query
 * that is decoded before it is split, exceptions that come back as 500) are part of the protocol and are
 * kept.
 */
#pragma once

#include "sandbox/ccf-app.h"

G_BEGIN_DECLS

/* Maps that more than one file uses. */
#define CGS_CONTRACTS "public:contracts"
#define CGS_ACCEPTED_CONTRACTS "public:ccf.gov.accepted_contracts"
#define CGS_ACCEPTED_DOCUMENTS "public:ccf.gov.accepted_member_documents"
#define CGS_ACCEPTED_USER_DOCUMENTS "public:accepted_user_documents"
#define CGS_DEPLOYMENT_SPECS "public:ccf.gov.deployment_specs"
#define CGS_DEPLOYMENT_INFO "public:ccf.gov.deployment_info"
#define CGS_LOGGING_STATUS "public:ccf.gov.contracts_logging_status"
#define CGS_TELEMETRY_STATUS "public:ccf.gov.contracts_telemetry_status"
#define CGS_RUNTIME_OPTIONS "public:ccf.gov.cgs_runtime_options"
#define CGS_OIDC "public:ccf.gov.oidc_issuer"
#define CGS_SIGNING "public:ccf.gov.signing"
#define CGS_CA "public:ccf.gov.ca"
#define CGS_USER_IDENTITIES "public:ccf.gov.user_identities"
#define CGS_USER_INVITATIONS "public:ccf.gov.user_invitations"
#define CGS_ACCEPTED_INVITATIONS "public:ccf.gov.accepted_user_invitations"

/* --- Requests --- */

/* The i-th path parameter, not decoded; borrowed. */
const char *cgs_parameter (const CcfCall *call, guint index);
/* A query value: the whole query is decoded first, then split on '&' and each part on '='; the last of
 * repeated names wins. NULL when absent, "" when empty. Gives. */
char *cgs_query (const CcfCall *call, const char *name);
/* The body as JSON, normalised by cgs_js_value; otherwise NULL after answering 500. Gives. */
json_t *cgs_body (CcfCall *call);
/* Absent, null, "", 0 or false: what the application takes as missing. */
gboolean cgs_missing (const json_t *value);
/* VALUE as JavaScript puts it into a text: undefined, null, [object Object], 1,2 for arrays. Gives. */
char *cgs_js_text (const json_t *value);
/* VALUE after a trip through JavaScript: 1.0 is 1, large integers lose precision, integer-like keys come
 * first. Takes VALUE, gives the result. */
json_t *cgs_js_value (json_t *value);
/* A tolerant base64 decoder; NULL when VALUE is not text. Gives. */
GBytes *cgs_base64 (const json_t *value);

/* --- Answers --- */

/* An exception in the script: 500 InternalError with the message in details. */
void cgs_throw (CcfCall *call, const char *format, ...) G_GNUC_PRINTF (2, 3);
void cgs_error (CcfCall *call, guint status, const char *code, const char *format, ...) G_GNUC_PRINTF (4, 5);
void cgs_answer (CcfCall *call, json_t *value); /* 200; takes VALUE */
void cgs_done (CcfCall *call);                  /* 200 without a body */
/* Copy SOURCE[key] when present, null included. */
void cgs_copy (json_t *target, const char *key, const json_t *source);
json_t *cgs_strings (const GPtrArray *texts); /* array of texts; gives */
json_t *cgs_id_list (const GPtrArray *ids);   /* [{"id": ...}]; gives */
json_t *cgs_value_list (json_t *array);       /* {"value": array}; takes, gives */
/* Keys of MAP, then those of MORE (may be NULL) that are not in MAP. Gives char*. */
GPtrArray *cgs_keys (Store *store, const char *map, const char *more);

/* --- Authorisation and versions --- */

/* The caller check of most endpoints. FALSE after answering. */
gboolean cgs_authorized (CcfCall *call);
/* Tenant of the caller, NULL when unknown. Gives. */
char *cgs_caller_tenant (const CcfCall *call);
gboolean cgs_contract_accepted (Store *store, const char *contract);
/* Transaction id of the last write of KEY. Gives. */
char *cgs_version (Store *store, const char *map, const char *key);
/* Optimistic concurrency: FALSE after answering 409 EXISTS_CODE ("The specified NOUN already exists...") or
 * 412. */
gboolean cgs_check_version (CcfCall *call, const char *map, const char *key, const json_t *body,
                            const char *exists_code, const char *noun);
/* {memberId: bool} as [{"memberId","vote"}]. Gives. */
json_t *cgs_final_votes (const json_t *votes);

/* Per-approver switches, stored as a text of [[id, "enabled"], ...] under FIELD of the value at KEY. */
void cgs_switch_set (Store *store, const char *map, const char *key, const char *field, const char *id,
                     const char *status);
/* Ids whose switch is off, joined with ','; NULL when none. Gives. */
char *cgs_switch_disabled (Store *store, const char *map, const char *key, const char *field);

/* --- Ranges of the ledger (events, proposal history) --- */

typedef struct {
  gint64 from, to; /* inclusive */
  gint64 page_end; /* last one of this page */
} CgsRange;

/* --- Clean room policies --- */

char *cgs_policy_map (const char *contract);                                     /* gives */
char *cgs_delegate_map (const char *contract, const char *type, const char *id); /* gives */
/* {claim: [values]}; gives */
json_t *cgs_policy (Store *store, const char *map);
/* The reason why {type, policyType?, claims} is refused, NULL when fine. JWT_ALLOWED: policy type jwt.
 * Gives. */
char *cgs_policy_check (const json_t *change, gboolean jwt_allowed);
/* Merge or remove claims; NOUN names the thing in texts ("clean room policy"). FALSE with the exception's
 * text in *PROBLEM (given). */
gboolean cgs_policy_apply (Store *store, const char *map, const json_t *change, const char *noun,
                           char **problem);

/* --- Attested callers --- */

typedef struct {
  const char *contract;
  const char *bound_key;     /* "encrypt" or "sign": whose publicKey the report must bind; NULL = none */
  const char *delegate_type; /* NULL = delegated policies do not count */
  const char *delegate_id;
  gboolean any_platform; /* FALSE: CACI evidence whatever the platform field says */
} CgsEvidence;

/* 400 AttestationMissing or EncryptionMissing; FALSE after answering. */
gboolean cgs_need_attestation (CcfCall *call, const json_t *body);
gboolean cgs_need_encryption (CcfCall *call, const json_t *body);
/* Evidence, then policy, then key binding; FALSE after answering 400. */
gboolean cgs_check_evidence (CcfCall *call, const json_t *body, const CgsEvidence *rule);
/* Consent checks of anonymous callers: body, attestation, contract policy. FALSE after answering. */
gboolean cgs_check_consent (CcfCall *call, const char *contract);
/* Claims of a signed-in caller against policies of jwt claims; FALSE after answering. */
gboolean cgs_check_token_policy (CcfCall *call, const CgsEvidence *rule);
/* The signed data of BODY after its RSA-PSS check; NULL after answering. Gives. */
GBytes *cgs_signed_data (CcfCall *call, const json_t *body);
/* The same, parsed. Gives. */
json_t *cgs_signed_json (CcfCall *call, const json_t *body);
/* {"value": base64(wrapped TEXT)} for body.encrypt.publicKey. */
void cgs_answer_wrapped (CcfCall *call, const json_t *body, const char *text);

/* What differs between member and user documents when a clean room reads an accepted one. */
typedef struct {
  const char *map;                                /* of accepted documents */
  const char *not_found;                          /* error code */
  const char *word;                               /* in the text of ContractIdMismatch */
  json_t *(*read) (Store *store, const char *id); /* the Accepted read; gives */
} CgsAcceptedKind;
/* Evidence, existence, the contract of the path, then the wrapped text of the document. */
void cgs_answer_accepted (CcfCall *call, const CgsAcceptedKind *kind);

/* --- Service keys with request ids (OIDC, signing) --- */

/* {kid, reqId, publicKey, privateKey} of MAP, NULL when not generated. Gives. */
json_t *cgs_service_key (Store *store, const char *map);
/* Make a key when the governance request id of CONFIG_MAP is new; answers {reqId, kid} or 405. */
void cgs_service_key_generate (CcfCall *call, const char *config_map, const char *key_map, const char *code,
                               const char *message);
/* RSA-PSS, SHA-256, salt 32 with a private key PEM; NULL on failure. Gives. */
GBytes *cgs_service_key_sign (const json_t *key, const void *data, gsize length);

#define CGS_OIDC_KEYS "oidc_issuer.signing_keys"
#define CGS_SIGNING_KEYS "signing.signing_keys"
#define CGS_CA_KEYS "ca.signing_keys"

/* --- Handlers, by file; "app_" because the client of this application has the names with "cgs_" --- */

/* cgs-contracts.c */
void app_contract_list (CcfCall *call);
void app_contract_put (CcfCall *call);
void app_contract_get (CcfCall *call);
void app_deployment_spec_get (CcfCall *call);
void app_deployment_info_get (CcfCall *call);
/* cgs-options.c */
void app_contract_option_status (CcfCall *call);
void app_contract_option_enable (CcfCall *call);
void app_contract_option_disable (CcfCall *call);
void app_document_option_status (CcfCall *call);
void app_document_option_enable (CcfCall *call);
void app_document_option_disable (CcfCall *call);
void app_service_option_status (CcfCall *call);
/* cgs-events.c */
void app_event_list (CcfCall *call);
void app_event_put (CcfCall *call);
void app_proposal_history (CcfCall *call);
/* cgs-secrets.c */
void app_secret_list (CcfCall *call);
void app_secret_put (CcfCall *call);
void app_secret_get (CcfCall *call);
/* cgs-policy.c */
void app_policy_get (CcfCall *call);
void app_delegate_list (CcfCall *call);
void app_delegate_get (CcfCall *call);
void app_delegate_put (CcfCall *call);
/* cgs-oidc.c */
void app_oidc_discovery (CcfCall *call);
void app_oidc_keys (CcfCall *call);
void app_oidc_generate (CcfCall *call);
void app_oidc_set_issuer_url (CcfCall *call);
void app_oidc_issuer_info (CcfCall *call);
void app_oidc_token (CcfCall *call);
/* cgs-signing.c */
void app_signing_generate (CcfCall *call);
void app_signing_info (CcfCall *call);
void app_signing_sign (CcfCall *call);
/* cgs-ca.c */
void app_ca_generate (CcfCall *call);
void app_ca_endorse (CcfCall *call);
void app_ca_status (CcfCall *call);
/* cgs-documents.c: the contract-less aliases have one path parameter less */
void app_member_document_list (CcfCall *call);
void app_member_document_put (CcfCall *call);
void app_member_document_get (CcfCall *call);
void app_member_document_accepted (CcfCall *call);
/* cgs-user-documents.c */
void app_user_document_list (CcfCall *call);
void app_user_document_put (CcfCall *call);
void app_user_document_get (CcfCall *call);
void app_user_document_accepted (CcfCall *call);
/* cgs-users.c */
void app_user_list (CcfCall *call);
void app_user_self (CcfCall *call);
void app_user_get (CcfCall *call);
void app_invitation_list (CcfCall *call);
void app_invitation_get (CcfCall *call);
void app_invitation_accept (CcfCall *call);
/* cgs-user-proposals.c */
void app_user_proposal_put (CcfCall *call);
void app_user_proposal_get (CcfCall *call);
void app_user_proposal_status (CcfCall *call);
void app_user_proposal_withdraw (CcfCall *call);
void app_user_proposal_ballot (CcfCall *call);
/* Open user proposals whose set_user_document names DOCUMENT. Gives char*. */
GPtrArray *cgs_user_proposals_for (Store *store, const char *document);
/* Proposed rules: the proposal whose rejection closed DOCUMENT for good; NULL otherwise. Gives. */
char *cgs_user_document_rejected_by (Store *store, const char *document);
/* TRUE after answering 405, when DOCUMENT is closed in this way. */
gboolean cgs_refuse_rejected (CcfCall *call, const char *document);

/* The last path parameter: the document id in both path families; borrowed. */
const char *cgs_last_parameter (const CcfCall *call);

#define CGS_USER_PROPOSALS "public:user_proposals"
#define CGS_USER_PROPOSALS_INFO "public:user_proposals_info"

G_END_DECLS
