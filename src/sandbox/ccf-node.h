/* SPDX-License-Identifier: MIT
 * The inside of the ledger node: its keys, its store, its calls. Included by ccf-*.c, gov-*.c and
 * provider-network.c only.
 */
#pragma once

#include "cose/cose.h"
#include "sandbox/ccf-app.h"
#include "sandbox/gov-resolve.h"
#include "sandbox/store-private.h"

G_BEGIN_DECLS

/* Map names of the ledger. */
#define MAP_SERVICE "public:ccf.gov.service.info"
#define MAP_CONFIG "public:ccf.gov.service.config"
#define MAP_CONSTITUTION "public:ccf.gov.constitution"
#define MAP_MEMBER_CERTS "public:ccf.gov.members.certs"
#define MAP_MEMBER_INFO "public:ccf.gov.members.info"
#define MAP_MEMBER_KEYS "public:ccf.gov.members.encryption_public_keys"
#define MAP_MEMBER_ACKS "public:ccf.gov.members.acks"
#define MAP_USER_CERTS "public:ccf.gov.users.certs"
#define MAP_USER_INFO "public:ccf.gov.users.info"
#define MAP_NODES "public:ccf.gov.nodes.info"
#define MAP_MODULES "public:ccf.gov.modules"
#define MAP_ENDPOINTS "public:ccf.gov.endpoints"
#define MAP_JS_OPTIONS "public:ccf.gov.js_runtime_options"
#define MAP_BUNDLES "public:ccf.gov.tls.ca_cert_bundles"
#define MAP_JWT_ISSUERS "public:ccf.gov.jwt.issuers"
#define MAP_JWT_KEYS "public:ccf.gov.jwt.public_signing_keys"
#define MAP_PROPOSALS "public:ccf.gov.proposals"
#define MAP_PROPOSALS_INFO "public:ccf.gov.proposals_info"
#define MAP_RECENT "public:ccf.gov.cose_recent_proposals"
#define MAP_HISTORY "public:ccf.gov.cose_history"
#define MAP_SNP_HOST_DATA "public:ccf.gov.nodes.snp.host_data"
#define MAP_SNP_MEASUREMENTS "public:ccf.gov.nodes.snp.measurements"
#define MAP_SNP_UVM "public:ccf.gov.nodes.snp.uvm_endorsements"
#define MAP_SNP_TCB "public:ccf.gov.nodes.snp.tcb_versions"
#define MAP_CODE_IDS "public:ccf.gov.nodes.code_ids"
#define MAP_EXECUTOR_CODE_IDS "public:ccf.gov.nodes.executor_code_ids"
#define MAP_SIGNATURES "public:ccf.internal.signatures"
#define MAP_SHARES "public:ccf.internal.recovery_shares"
#define MAP_ENDORSEMENTS "public:ccf.internal.previous_service_identity_endorsement"
/* The single key of maps that hold one value. */
#define THE_KEY "the"

typedef struct CcfNode CcfNode;

CcfNode *ccf_node (Sandbox *sandbox); /* borrowed; set by ccf_start() */
Store *ccf_store (CcfNode *node);
const char *ccf_node_id (CcfNode *node); /* NULL before a network exists */
const char *ccf_node_cert_pem (CcfNode *node);
/* A certificate read from PEM, remembered; NULL when it is none. Gives a reference. Thread safe. */
X509 *ccf_node_parse_certificate (CcfNode *node, const char *pem);
EVP_PKEY *ccf_node_key (CcfNode *node);

/* ccf-network.c: the network of this sandbox; there is at most one. */
typedef struct {
  const char *name;
  const char *infra_type;
  json_t *members; /* [{certificate, encryptionPublicKey?, memberData?}] */
} CcfNetworkRequest;
gboolean ccf_network_create (Sandbox *sandbox, const CcfNetworkRequest *request, GError **error);
gboolean ccf_network_delete (Sandbox *sandbox, GError **error);
/* {name, infraType, nodeCount, endpoint, nodes}; NULL when there is none (or none of that NAME). Gives. */
json_t *ccf_network_describe (Sandbox *sandbox, const char *name);
/* The name of the existing network, NULL when there is none. Gives. */
char *ccf_network_name (Sandbox *sandbox);
/* Write the record of the present node; inside a transaction. */
void ccf_network_put_node (Sandbox *sandbox, const char *network);

/* ccf-recovery.c: the network is lost: node key, service key and ledger secret are gone, the ledger is
 * there. */
gboolean ccf_network_fail (Sandbox *sandbox, GError **error);
/* {code, message} of a lost network, NULL when it is not lost. Gives. */
json_t *ccf_network_lost (Sandbox *sandbox);
/* Start a new service over the ledger of a lost one: Recovering, until shares are submitted. */
gboolean ccf_network_recover_public (Sandbox *sandbox, const char *previous_pem, GError **error);

/* ccf-node.c, for ccf-network.c: make the service identity of a new network, and start listening. */
gboolean ccf_node_make_service (CcfNode *node, GError **error);
const char *ccf_node_service_pem (CcfNode *node); /* with the final newline; NULL before */
gboolean ccf_node_listen (CcfNode *node, GError **error);
void ccf_node_forget (CcfNode *node); /* stop listening and remove the service identity */
gboolean ccf_node_is_lost (CcfNode *node);
void ccf_node_set_lost (CcfNode *node, gboolean lost);
/* The key of a former service, certified by this one. Gives. */
X509 *ccf_node_endorse_service (CcfNode *node, EVP_PKEY *key, guint days, GError **error);
GArray *ccf_node_submitted (CcfNode *node); /* CcfShare that members have submitted; under the store's lock */

/* ccf-certificates.c: new certificates for the same keys, with the "valid_from" and "validity_period_days"
 * of ARGS. Inside a transaction; FALSE and the text of the script's exception. */
gboolean ccf_certificates_renew_service (CcfNode *node, const json_t *args, GError **error);
gboolean ccf_certificates_renew_node (CcfNode *node, const char *id, const json_t *args, GError **error);
gboolean ccf_certificates_renew_nodes (CcfNode *node, const json_t *args, GError **error);
void ccf_certificates_settle (CcfNode *node); /* after a commit: take over what it wrote */
/* ccf-node.c, for them: certificates for the keys at hand, give; a note that there are new ones, and taking
 * it; the new texts (NULL = as before) in memory and in the files. */
X509 *ccf_node_issue_service (CcfNode *node, gint64 from, guint days, GError **error);
X509 *ccf_node_issue_node (CcfNode *node, gint64 from, guint days, GError **error);
void ccf_node_note_renewal (CcfNode *node);
gboolean ccf_node_take_renewal (CcfNode *node);
void ccf_node_adopt (CcfNode *node, const char *service_pem, const char *node_pem);

/* One call inside a transaction. The dispatcher commits when the answer is 2xx, and aborts otherwise. */
typedef struct {
  Sandbox *sandbox;
  CcfNode *node;
  Store *store;
  const SandboxRequest *request;
  SandboxResponse *response;
  const CoseSign1 *message; /* signed calls: verified */
  const char *signer;       /* signed calls: member id */
} GovCall;

typedef struct {
  const char *method;
  const char *pattern;
  void (*handler) (GovCall *call);
  const char *message_type; /* signed calls: required ccf.gov.msg.type; NULL = not signed */
  gboolean active_only;     /* signed calls: the signer must be Active */
} GovRoute;

extern const GovRoute ccf_node_routes[];        /* /node */
extern const GovRoute ccf_common_routes[];      /* ccf-tx.c: tx, commit, receipt; without the prefix */
extern const GovRoute gov_service_routes[];     /* /gov/service reads */
extern const GovRoute gov_transaction_routes[]; /* the versioned twins of tx and commit */
extern const GovRoute gov_proposal_routes[];    /* /gov/members/proposals */
extern const GovRoute gov_digest_routes[];      /* state digests */
extern const GovRoute gov_recovery_routes[];    /* ccf-recovery.c */

/* ccf-ledger.c: signature transactions and receipts. */
typedef struct CcfLedger CcfLedger;
CcfLedger *ccf_ledger_start (Sandbox *sandbox, CcfNode *node);
void ccf_ledger_stop (CcfLedger *ledger); /* may be NULL */
CcfLedger *ccf_node_ledger (CcfNode *node);
void ccf_ledger_note (CcfLedger *ledger);                 /* something was written: sign soon */
void ccf_ledger_hurry (CcfLedger *ledger);                /* somebody waits for a receipt: sign now */
gint64 ccf_ledger_signed_seqno (Store *store);            /* of the last signature; inside a transaction */
/* NULL without ERROR when no signature covers SEQNO yet. Outside a transaction. Gives. */
json_t *ccf_ledger_receipt (CcfNode *node, gint64 seqno, GError **error);

/* ccf-historical.c: FALSE when FROM to TO is not at hand yet: the answer is 202, and the next question
 * finds it. */
typedef struct CcfHistorical CcfHistorical;
CcfHistorical *ccf_historical_new (void);
void ccf_historical_free (CcfHistorical *self);
gboolean ccf_historical_ready (CcfHistorical *self, gint64 from, gint64 to);
CcfHistorical *ccf_node_historical (CcfNode *node);

/* ccf-agent.c: the recovery agent, which tells the service certificate of the network. */
gboolean ccf_agent_listen (Sandbox *sandbox, GError **error);
/* {serviceCert, constitutionDigest, jsappBundleDigest} of now; NULL without a network. Gives. */
json_t *ccf_agent_report (Sandbox *sandbox);
/* The security policy digest that stands for "every policy": the simulated hardware measures nothing. */
#define CCF_ALLOW_ALL_HOST_DATA "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"

/* ccf-dispatch.c: the one handler of the node's listener. */
void ccf_dispatch (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
/* ccf-app.c: a call below /app, PATH without the prefix. */
void ccf_app_dispatch (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* ccf-unsaved.c: 507 InsufficientStorage when the disk is to blame, else 500. */
void ccf_respond_unsaved (SandboxResponse *response, const GError *error);

/* gov-signature.c: is MESSAGE signed by the key of CERTIFICATE, with the algorithm of that key? */
gboolean gov_signature_check (const CoseSign1 *message, const X509 *certificate);
/* gov-cose.c: check the frame of a signed call. FALSE: the answer is written (401 ...). */
gboolean gov_cose_check (CcfNode *node, const SandboxRequest *request, const GovRoute *route,
                         SandboxResponse *response, CoseSign1 **message);
/* Does the signer (still) qualify? Inside the transaction. FALSE: the answer is written. */
gboolean gov_cose_check_signer (GovCall *call, const GovRoute *route);

/* ccf-jwt.c: claims of an accepted bearer token, or NULL and the reason. Gives. */
json_t *ccf_jwt_accept (Store *store, const char *token, char **reason);
/* May a key of ISSUER carry CONSTRAINT? */
gboolean ccf_jwt_constraint_fits (const char *issuer, const char *constraint);
/* Does a token with ISS and TID (may be NULL) satisfy CONSTRAINT (NULL = none)? */
gboolean ccf_jwt_constraint_holds (const char *constraint, const char *iss, const char *tid);
/* Store the signing keys of ISSUER from a JWKS, replacing its former ones. Inside a transaction. */
gboolean ccf_jwt_set_keys (Store *store, const char *issuer, const json_t *jwks, GError **error);
void ccf_jwt_remove_keys (Store *store, const char *issuer);

/* ccf-jwks.c: fetches keys of auto-refreshed issuers, at once when told and every 30 minutes. */
typedef struct CcfKeyRefresh CcfKeyRefresh;
CcfKeyRefresh *ccf_key_refresh_new (Sandbox *sandbox, Store *store);
void ccf_key_refresh_free (CcfKeyRefresh *refresh);
CcfKeyRefresh *ccf_node_refresh (CcfNode *node);
void ccf_key_refresh_mark (CcfKeyRefresh *refresh);   /* issuers change in this transaction */
void ccf_key_refresh_settle (CcfKeyRefresh *refresh); /* after commit: fetch if marked; waits a moment */

/* gov-members.c */
GPtrArray *gov_member_list (Store *store);              /* GovMember* with owned ids; gives */
char *gov_member_status (Store *store, const char *id); /* "Active", ...; NULL when unknown; gives */
gboolean gov_truthy (const json_t *value);              /* as JavaScript sees it */
guint gov_active_recovery_members (Store *store);
char *gov_certificate_id (const char *pem); /* NULL when PEM is no certificate; gives */

/* gov-service.c */
json_t *gov_service_info (Store *store); /* stored record {status, cert, ...}; gives */
char *gov_service_status (Store *store); /* gives; NULL when there is no service */
gint64 gov_config (Store *store, const char *name, gint64 fallback);
/* {"metadata":{"endpoints"},"modules"} rebuilt from the store, in the canonical form. Gives. */
json_t *gov_js_bundle (Store *store);

/* Run resolve (and apply) on proposal ID whose INFO is up to date; writes INFO. FALSE and ERROR = 500. */
gboolean gov_decide (GovCall *call, const char *id, json_t *info, GError **error);

/* gov-rules.c. The rules in force, by what the ledger says. */
GovRules gov_rules (Store *store);
/* Make the ledger say what the sandbox was started with (setting "rules": "released" or "proposed"), if there
 * is a service. Inside a transaction. */
void gov_rules_settle (Sandbox *sandbox, Store *store);
/* The list metadata.voters.requiredMembers of a set_contract, NULL when absent or empty. Gives. */
json_t *gov_required_members (const json_t *args);
/* Closed proposals other than KEPT leave the live maps; their last state stays in the history. */
void gov_remove_other_closed (Store *store, const char *kept);

/* gov-actions.c: look up an action under the rules in force; NULL when there is no such action. */
const GovAction *gov_find_action (Store *store, const char *name);
/* Description of what is wrong with PROPOSAL, NULL when nothing is. Gives. */
char *gov_validate (Store *store, const json_t *proposal);
/* For actions without arguments, and for those that have nothing to do here: snapshots, chunks, re-keying and
 * bytecode do not exist in one node with one database. */
char *gov_validate_none (Store *store, const json_t *args);
char *gov_validate_any (Store *store, const json_t *args); /* takes whatever arguments there are */
gboolean gov_apply_nothing (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                            const json_t *final_votes, GError **error);
char *gov_check_entity_id (const json_t *args, const char *field);
char *gov_check_certificates (const json_t *args, const char *field);
char *gov_check_public_key (const json_t *args, const char *field);
/* LABEL names the value in the text. */
char *gov_check_value (const json_t *value, const char *type, const char *label);
char *gov_check_among (const json_t *value, const char *const *values, const char *label);
char *gov_check_bounds (const json_t *value, gint64 low, gint64 high, const char *label);
char *gov_check_jwks (const json_t *args, const char *field);
/* The action groups; each ends with a NULL name. */
extern const GovAction gov_member_actions[];
extern const GovAction gov_jwt_actions[];
extern const GovAction gov_js_actions[];
extern const GovAction gov_node_actions[];
extern const GovAction gov_join_actions[];

G_END_DECLS
