/* SPDX-License-Identifier: MIT
 * The conformance list of the governance service: 123 behaviours, by number, asserted against the real
 * cleanroom-sandbox over TLS, through raw HTTP and, where our client has the call, through it as well.
 *
 * One network for the whole run: members 0, 1, 2 with the application deployed, an operator that opened it,
 * three registered users and a stranger with tokens of a registered issuer, two simulated clean rooms. Every
 * topic uses contracts and documents of its own. Checks never stop the program: they are noted for the item
 * that is being looked at, and the table at the end says which pass.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "ccf/ccf.h"
#include "cgs/cgs.h"
#include "cgs/waiting.h"
#include "sandbox/attestation.h"

#include <string.h>

G_BEGIN_DECLS

#define ITEMS 123
#define HOST_1 "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"
#define HOST_2 "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af"
#define POLICY_MISSING "The clean room policy is missing. Please propose a new clean room policy."
#define POLICY_MISMATCH "Attestation claims do not match the contract policy, or the delegated policies."
#define ALLOW_ALL "{'x-ms-sevsnpvm-is-debuggable':false,'x-ms-sevsnpvm-hostdata':'" HOST_1 "'}"

typedef enum {
  ANYONE,
  MEMBER_0,
  MEMBER_1,
  MEMBER_2,
  OPERATOR,
  USER_0, /* registered, tokens of the local issuer */
  USER_1,
  USER_2,
  STRANGER,   /* a valid token of nobody registered */
  ENTRA_USER, /* a token of an issuer with a tenant rule; not registered */
  WHO_COUNT
} Who;

typedef struct Conformance Conformance;

/* The last answer; borrowed, valid until the next call. */
guint conf_status (const Conformance *it);
const json_t *conf_answer (const Conformance *it);
const char *conf_header (const Conformance *it, const char *name);
gboolean conf_waited (const Conformance *it);  /* some answer was 202 first */
const char *conf_text (const Conformance *it); /* the body as it came */

/* --- items and checks --- */

/* What follows belongs to item NUMBER, looked at through raw HTTP or through our client. */
void raw (Conformance *it, guint number);
void client (Conformance *it, guint number);
/* Note a failure of the current item when not OK. Gives OK. */
gboolean check (Conformance *it, gboolean ok, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The member PATH ("finalVotes.0.vote") of the last answer as text is WANTED; NULL = absent. */
gboolean has (Conformance *it, const char *path, const char *wanted);
/* The last answer is exactly WANTED (' for "), property order included. */
gboolean is_exactly (Conformance *it, const char *wanted);
gboolean is_empty (Conformance *it); /* no body */
/* Members of the array PATH of the last answer ("" = the answer itself). */
gboolean has_size (Conformance *it, const char *path, gsize wanted);
/* A list that has an object with KEY = VALUE. */
gboolean lists (Conformance *it, const char *path, const char *key, const char *value);
/* The text at PATH of the last answer, "" when none. Gives. */
char *text_at (const Conformance *it, const char *path);

/* --- raw calls: "PUT /contracts/c1?x=y" below /app, BODY taken, NULL = none --- */

gboolean call (Conformance *it, Who who, const char *line, json_t *body, guint wanted);
gboolean fails (Conformance *it, Who who, const char *line, json_t *body, guint status, const char *code,
                const char *message /* the beginning; NULL = any */);
/* JSON with ' for ", formatted. Gives. */
json_t *js (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* printf into a text that lives as long as the run. */
const char *fmt (Conformance *it, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* --- governance over raw HTTP --- */

const char *member_id (const Conformance *it, Who who);
const char *caller_id (const Conformance *it, Who who); /* member id or oid */
/* Create a proposal with ACTIONS ([{name, args}], taken). Gives its id, NULL (noted) when it was refused. */
const char *propose_actions (Conformance *it, Who who, json_t *actions);
const char *propose (Conformance *it, Who who, const char *action, json_t *args);
/* The create call with its refusal: 400 ProposalFailedToValidate whose message holds TEXT. */
void propose_refused (Conformance *it, Who who, const char *action, json_t *args, const char *text);
/* A ballot that must be taken; conf_answer() is the proposal. */
gboolean vote (Conformance *it, Who who, const char *proposal, gboolean accept);
void vote_all (Conformance *it, const char *proposal);
gboolean state_is (Conformance *it, const char *state); /* of the last proposal answer */
/* The proposal ended in STATE, by its history. */
gboolean history_ends (Conformance *it, const char *proposal, const char *state);
/* Propose by member 0 and accept by all three. */
void pass (Conformance *it, const char *action, json_t *args);

/* --- things most topics need --- */

void put_contract (Conformance *it, const char *id);
/* An accepted contract ID. */
void accept_contract (Conformance *it, const char *id);
void allow_all (Conformance *it, const char *contract);
void set_policy (Conformance *it, const char *contract, const char *type, const char *claims);

/* --- clean rooms --- */

AttestationClient *room (Conformance *it, guint number);                 /* 1 or 2 */
json_t *attested (Conformance *it, guint number);                        /* body with encrypt; gives */
json_t *attested_data (Conformance *it, guint number, const char *data); /* signed body; gives */
/* The four refusals every encrypted call shares before a policy exists, or after it (BOUND: the key). */
void attested_refusals (Conformance *it, const char *line);
void key_is_bound (Conformance *it, const char *line);
/* The clear text of the encrypted answer to clean room NUMBER; gives, "" (noted) on failure. */
char *attested_text (Conformance *it, guint number, const char *line, json_t *extra);

/* --- our client --- */

CcfClient *as (Conformance *it, Who who); /* borrowed */
/* One more client from its parts, as a caller that keeps no configuration would make it. Gives. */
CcfClient *client_from_parts (Conformance *it, Who who, gboolean with_trust, GError **error);
GError **out (Conformance *it);                /* cleared error slot for the next client call */
gboolean got (Conformance *it, json_t *value); /* takes; becomes the last answer */
gboolean done (Conformance *it, gboolean ok);  /* a call without a result */
gboolean refused (Conformance *it, json_t *value, const char *code); /* takes; must be NULL with CODE */
gboolean denied (Conformance *it, gboolean ok, const char *code);
/* A token of WHO with further CLAIMS (object, taken, NULL = none). Gives. */
char *make_token (Conformance *it, Who who, json_t *claims);

/* --- the topics --- */

void items_contracts (Conformance *it);
void items_options (Conformance *it);
void items_events (Conformance *it);
void items_secrets (Conformance *it);
void items_tokens (Conformance *it);
void items_member_documents (Conformance *it);
void items_user_documents (Conformance *it);
void items_user_proposals (Conformance *it);
void items_roles (Conformance *it);

G_END_DECLS
