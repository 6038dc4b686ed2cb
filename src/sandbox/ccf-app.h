/* SPDX-License-Identifier: MIT
 * How the governance application (CGS) plugs into the ledger node: endpoint table and proposal actions.
 */
#pragma once

#include "sandbox/server.h"
#include "sandbox/store.h"

G_BEGIN_DECLS

typedef enum {
  CCF_AUTH_MEMBER = 1 << 0, /* client certificate of a member */
  CCF_AUTH_USER = 1 << 1,   /* client certificate of a user */
  CCF_AUTH_JWT = 1 << 2,
  CCF_AUTH_NONE = 1 << 3, /* no_auth after the others failed */
} CcfAuth;

/* One call of an application endpoint. The node has begun a store transaction; it commits when the handler
 * answers 2xx and aborts otherwise, and adds x-ms-ccf-transaction-id. */
typedef struct {
  Sandbox *sandbox;
  Store *store;
  const SandboxRequest *request;
  SandboxResponse *response;
  CcfAuth policy;        /* which policy let the caller in; 0 for endpoints with an empty policy list */
  const char *caller_id; /* member/user id (hex), or claim oid (NULL when missing); borrowed */
  json_t *claims;        /* JWT payload, NULL otherwise; borrowed */
} CcfCall;

typedef struct {
  const char *method;
  const char *pattern; /* without /app, "/contracts/{contractId}" */
  guint auth;          /* CcfAuth flags; 0 = empty policy list */
  gboolean write;
  void (*handler) (CcfCall *call);
} CcfEndpoint;

/* The governance application. Ends with a NULL method. */
extern const CcfEndpoint cgs_endpoints[];

/* The member record as the gov API shows it:
 * {memberId,status,memberData,certificate,publicEncryptionKey?,recoveryRole}; NULL
 * when unknown. Gives. Inside a transaction. */
json_t *gov_member (Store *store, const char *member_id);
GPtrArray *gov_member_ids (Store *store); /* gives */
/* Ids of Open proposals that hold an action NAME whose args[KEY] equals VALUE (KEY NULL = any). Gives char*.
 * */
GPtrArray *gov_open_proposals_with (Store *store, const char *action, const char *key, const char *value);
/* The args of the first such action of proposal ID, NULL when none. Gives. */
json_t *gov_proposal_action_args (Store *store, const char *proposal_id, const char *action, const char *key,
                                  const char *value);

/* TRUE when the proposed rules are in force: contracts may name who decides, user documents without approvers
 * need all active members, a rejected document stays rejected. */
gboolean gov_rules_proposed (Store *store);
/* What is wrong with the members that a set_contract names, NULL when nothing or none. Gives. */
char *gov_check_required_members (Store *store, const json_t *args);

/* A proposal action. VALIDATE returns NULL or the reason text (given). APPLY runs inside the transaction. */
typedef struct {
  const char *name;
  char *(*validate) (Store *store, const json_t *args);
  gboolean (*apply) (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes /* {memberId: bool} */, GError **error);
} GovAction;

extern const GovAction gov_cgs_actions[]; /* ends with NULL name */

/* Argument checks with the constitution's texts ("contractId must be of type string but is undefined").
 * Gives or NULL. */
char *gov_check_type (const json_t *args, const char *field,
                      const char *type /* "string", "string?", "object", "boolean?" ... */);

/* ccf-historical.c: FALSE when FROM to TO of the ledger is not at hand yet: the answer is 202. */
gboolean ccf_app_at_hand (Sandbox *sandbox, gint64 from, gint64 to);
/* agent-renew.c: the CA of some contract gets another key in this transaction. */
void agent_ca_changed (Sandbox *sandbox);
/* cgs-ca.c: public key (PEM) of the CA of CONTRACT, NULL when it has none. Inside a transaction. Gives. */
char *cgs_ca_public_key (Store *store, const char *contract);

G_END_DECLS
