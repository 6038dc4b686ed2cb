/* SPDX-License-Identifier: MIT
 * The governance service as a whole: deploy, versions, options, OIDC issuer, contract CA, signing, secrets,
 * events, updates.
 *
 * Source: the CGS application manifest; deployment order of "governance service deploy". Results are given;
 * "propose" functions cast the own accepting ballot while the proposal is Open.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* ---- Deploy ---- */

/* Constitution, JavaScript runtime options, application bundle, OIDC issuer and its signing key, from
 * FOLDER/constitution.js and FOLDER/app.json. What is there already (equal digest, issuer enabled) is left
 * alone, so the call can be repeated. CR_ERROR_WAITING when another member has to vote first. */
gboolean cgs_service_deploy_files (CrJob *job, CcfClient *client, const char *folder, GError **error);
/* "sha256:.." of what lies in FOLDER, as a discovery configuration needs them. Both are given. */
gboolean cgs_files_digests (const char *folder, char **constitution_digest, char **bundle_digest,
                            GError **error);
/* {"constitutionDigest","jsappBundleDigest"} of the running service. */
json_t *cgs_service_version (CrJob *job, CcfClient *client, GError **error);
/* Open proposals that change the service: [{proposalId, actionName}]. */
json_t *cgs_service_updates (CrJob *job, CcfClient *client, GError **error);

/* OPTION is one of the five autoapprove-* names: {status}. */
json_t *cgs_option_status (CrJob *job, CcfClient *client, const char *option, GError **error);
json_t *cgs_option_propose (CrJob *job, CcfClient *client, const char *option, gboolean enable,
                            GError **error);

/* How many recovery shares are enough: "set_recovery_threshold", 1 to 254. */
json_t *cgs_recovery_threshold_propose (CrJob *job, CcfClient *client, guint threshold, GError **error);

/* Sign-in of users: trust roots, then the issuer with automatic key refresh. Each is one proposal. */
json_t *cgs_ca_bundle_propose (CrJob *job, CcfClient *client, const char *name, const char *pem,
                               GError **error);
json_t *cgs_jwt_issuer_propose (CrJob *job, CcfClient *client, const char *issuer, const char *ca_bundle_name,
                                GError **error);

/* ---- OIDC issuer ---- */

json_t *cgs_oidc_info (CrJob *job, CcfClient *client,
                       GError **error); /* {enabled, issuerUrl?, tenantData?} */
json_t *cgs_oidc_keys (CrJob *job, CcfClient *client, GError **error);          /* {keys:[..]} */
json_t *cgs_oidc_propose_enable (CrJob *job, CcfClient *client, GError **error);
json_t *cgs_oidc_propose_rotate (CrJob *job, CcfClient *client, GError **error);
json_t *cgs_oidc_generate_key (CrJob *job, CcfClient *client, GError **error); /* {reqId, kid}; repeatable */
/* URL for the caller's tenant; for the whole service by proposal. */
gboolean cgs_oidc_set_issuer_url (CrJob *job, CcfClient *client, const char *url, GError **error);
json_t *cgs_oidc_propose_issuer_url (CrJob *job, CcfClient *client, const char *url, GError **error);

/* ---- Contract CA ---- */

json_t *cgs_ca_propose_enable (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
json_t *cgs_ca_propose_rotate (CrJob *job, CcfClient *client, const char *contract_id, GError **error);
json_t *cgs_ca_generate_key (CrJob *job, CcfClient *client, const char *contract_id,
                             GError **error); /* repeatable */
/* {enabled, proposalIds, caCert?, publicKey?} */
json_t *cgs_ca_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error);

/* ---- Signing service ---- */

json_t *cgs_signing_propose_enable (CrJob *job, CcfClient *client, GError **error);
json_t *cgs_signing_propose_rotate (CrJob *job, CcfClient *client, GError **error);
json_t *cgs_signing_generate_key (CrJob *job, CcfClient *client, GError **error);
json_t *cgs_signing_info (CrJob *job, CcfClient *client, GError **error); /* {enabled, publicKeyPem} */

/* ---- Secrets ---- */

/* Store a secret; at most 25,600 UTF-16 units. Gives the secret id "<caller>_<name>". */
char *cgs_secret_put (CrJob *job, CcfClient *client, const char *contract_id, const char *name,
                      const char *value, GError **error);
json_t *cgs_secret_list (CrJob *job, CcfClient *client, const char *contract_id,
                         GError **error); /* [{secretId}] */

/* ---- Events ---- */

typedef struct {
  const char *id;    /* NULL = the contract id */
  const char *scope; /* NULL = "" */
  gint64 from_seqno; /* 0 with to_seqno 0 = only the latest event */
  gint64 to_seqno;   /* 0 = up to the last */
  gint64 page_size;  /* sequence numbers per page; 0 = the service's (2000) */
} CgsEventQuery;

/* Events oldest first, all pages; waits while the ledger range is fetched (202). Each is
 * {scope, id, seqno, timestamp, timestampIso, data}; data is decoded JSON ({source, message}) where it was
 * base64 JSON, as stored otherwise. The text is by others: make it safe before showing. */
json_t *cgs_events (CrJob *job, CcfClient *client, const char *contract_id, const CgsEventQuery *query,
                    GError **error);
/* The same page by page, for ranges that do not fit into memory: EACH gets every page (an array, borrowed)
 * and may end the reading with FALSE and an error. */
typedef gboolean (*CgsEventPage) (json_t *events, gpointer data, GError **error);
gboolean cgs_events_each (CrJob *job, CcfClient *client, const char *contract_id, const CgsEventQuery *query,
                          CgsEventPage each, gpointer data, GError **error);
/* History of a governance proposal: [{seqno, proposalId, proposalState}], also of closed ones. */
json_t *cgs_proposal_history (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);
/* What the service says about it now: {"history","proposal"?,"actions"?,"ballots"?,"members","texts"};
 * HISTORY as above, "texts" the contracts and documents that it decided, as the application shows them.
 * Gives. */
json_t *cgs_proposal_stated (CrJob *job, CcfClient *client, const char *proposal_id, const json_t *history,
                             GError **error);

G_END_DECLS
