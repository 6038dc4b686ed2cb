/* SPDX-License-Identifier: MIT
 * Client of a CCF service: pinned trust, versioned governance calls, signed proposals, commit tracking.
 *
 * Format: CCF governance API 2024-07-01 (never the unversioned calls), COSE_Sign1 for writes. A CcfClient is
 * one caller at one service: nobody (reads), a member (COSE on /gov, client certificate on /app) or a user
 * (bearer token on /app). It may be used by several threads. JOB may be NULL everywhere.
 *
 * Errors: as http_call(); CR_ERROR_REFUSED when governance said no; CR_ERROR_INPUT when the client lacks the
 * identity a call needs.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "http/http.h"
#include "keys/member.h"

#include <glib.h>

G_BEGIN_DECLS

#define CCF_API_VERSION "2024-07-01"

typedef struct CcfClient CcfClient;

/* A fresh bearer token for the user. RENEW: the last one was refused, do not answer from a cache. Gives
 * through cr_secret_text_free(); NULL and CR_ERROR_SIGN_IN. Called on the thread of the call. */
typedef CrSecretText (*CcfTokenProvider) (CrJob *job, gboolean renew, gpointer data, GError **error);

/* ENDPOINT "https://host:port"; SERVICE_CERTIFICATE the pinned PEM, the only trust anchor. Gives. */
CcfClient *ccf_client_new (const char *endpoint, const char *service_certificate, GError **error);
CcfClient *ccf_client_ref (CcfClient *client);
void ccf_client_unref (CcfClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CcfClient, ccf_client_unref)

/* Act as a member. IDENTITY is borrowed and must outlive the client. */
gboolean ccf_client_set_member (CcfClient *client, MemberIdentity *identity, GError **error);
/* Act as a user. DESTROY (may be NULL) frees DATA with the client. */
void ccf_client_set_token_provider (CcfClient *client, CcfTokenProvider provider, gpointer data,
                                    GDestroyNotify destroy);
/* Find the service certificate again when it is not the pinned one any more, as after a recovery: gives the
 * PEM, proved (ccf_discover) and pinned where it has to last; NULL and an error otherwise. Called on the
 * thread of the call, at most once per call. DESTROY (may be NULL) frees DATA with the client. Call before
 * the first request. */
typedef char *(*CcfRediscover) (CrJob *job, gpointer data, GError **error);
void ccf_client_set_rediscovery (CcfClient *client, CcfRediscover rediscover, gpointer data,
                                 GDestroyNotify destroy);
/* Whether cgs_*_propose() only creates proposals and leaves every ballot to the caller. FALSE at first. */
void ccf_client_set_proposes_only (CcfClient *client, gboolean only);
gboolean ccf_client_proposes_only (const CcfClient *client);
const char *ccf_client_endpoint (const CcfClient *client); /* borrowed */
const char *ccf_client_service_certificate (
    const CcfClient *client);                               /* borrowed, as received; the present one */
const char *ccf_client_member_id (const CcfClient *client); /* borrowed; NULL when not a member */

/* How the service names the caller: the member id, or the claim "oid" of the user's token. CR_ERROR_INPUT
 * when the client is nobody. Gives. */
char *ccf_client_caller (CrJob *job, CcfClient *client, GError **error);

/* ---- Trust (network.c, discover.c) ---- */

/* First use: read service_certificate from ENDPOINT/node/network without verification, repeat for up to
 * TIMEOUT_MS (0 = 300 s) while the endpoint warms up, then connect with it pinned and require the same
 * string. Gives the PEM unchanged, final newline included. */
char *ccf_network_fetch_service_certificate (CrJob *job, const char *endpoint, guint timeout_ms,
                                             GError **error);

/* What the client knows in advance about the recovery agent it asks. */
typedef struct {
  const char *url;                 /* https://.../network/report */
  const char *const *host_data;    /* accepted 64-hex values, NULL-terminated, not empty */
  const char *constitution_digest; /* "sha256:<hex>" */
  const char *bundle_digest;       /* "sha256:<hex>" */
  gboolean skip_digest_check;      /* only with both digests NULL */
  const char *simulated_root;      /* PEM of a simulated AMD root (certificate or public key) accepted besides
                                 AMD's own; NULL outside the sandbox */
} CcfDiscovery;

/* Ask the recovery agent for the service certificate and prove the answer by its attestation: host data,
 * report data = SHA-256(payload) and zeros, AMD chain, both digests. *ATTESTED (may be NULL) is FALSE when
 * the platform is "virtual" (which is refused where simulated_root promises a report), the hardware is
 * simulated, or the host data value allows everything: the caller must say so on screen.
 * Gives. */
char *ccf_discover (CrJob *job, const CcfDiscovery *discovery, gboolean *attested, GError **error);

/* ---- Node and commit (client.c, commit.c) ---- */

json_t *ccf_network_show (CrJob *job, CcfClient *client, GError **error); /* GET /node/network; gives */
json_t *ccf_nodes_list (CrJob *job, CcfClient *client, GError **error);   /* array of nodes; gives */

/* Wait for GET /node/ready/PART = 204; PART "gov" or "app". CR_ERROR_RETRY after TIMEOUT_MS (0 = 60 s). */
gboolean ccf_wait_ready (CrJob *job, CcfClient *client, const char *part, guint timeout_ms, GError **error);

/* Wait until TXID ("2.18"; NULL = nothing to wait for) is committed, polling fast first, for at most 60 s.
 * FALSE only for "Invalid" (CR_ERROR_RETRY: ask again) or a broken call. *COMMITTED (may be NULL) is FALSE
 * when the limit passed: not known to be committed, which is no failure. */
gboolean ccf_wait_commit (CrJob *job, CcfClient *client, const char *txid, gboolean *committed,
                          GError **error);

/* One call below /app. PATH starts with '/', already encoded, query allowed ("/contracts?state=Draft").
 * BODY is borrowed, NULL = none. A 401 is answered once with a renewed token. WRITE waits for the commit;
 * otherwise the call counts as repeatable. RESPONSE (may be NULL) gives the raw answer. Empty answers give
 * json null. Gives. */
typedef enum { CCF_READ, CCF_WRITE } CcfAccess;
json_t *ccf_app_call (CrJob *job, CcfClient *client, CcfAccess access, const char *method, const char *path,
                      const json_t *body, HttpResponse **response, GError **error);
/* The same without credentials on a path of any prefix ("/gov/...?api-version=..", "/node/.."). Gives. */
json_t *ccf_read (CrJob *job, CcfClient *client, const char *path, GError **error);
char *ccf_read_text (CrJob *job, CcfClient *client, const char *path, GError **error); /* raw text; gives */

/* ---- Service state (gov.c) ---- */

json_t *ccf_service_info (CrJob *job, CcfClient *client, GError **error); /* gives */
char *ccf_constitution (CrJob *job, CcfClient *client, GError **error);   /* unchanged bytes; gives */
json_t *ccf_join_policy (CrJob *job, CcfClient *client, GError **error);  /* JoinPolicies; gives */
json_t *ccf_jwk (CrJob *job, CcfClient *client, GError **error); /* issuers, keys, caCertBundles; gives */
json_t *ccf_members_list (CrJob *job, CcfClient *client, GError **error); /* array of Member; gives */
json_t *ccf_member_show (CrJob *job, CcfClient *client, const char *member_id, GError **error); /* gives */
json_t *ccf_js_endpoints (CrJob *job, CcfClient *client,
                          GError **error); /* {"endpoints":..} as stored; gives */
json_t *ccf_js_modules (CrJob *job, CcfClient *client, GError **error); /* array of names; gives */
char *ccf_js_module (CrJob *job, CcfClient *client, const char *name, GError **error); /* source; gives */

/* Activate the own membership: update the state digest, sign exactly that, acknowledge, wait until the member
 * reads Active. Harmless when active already. */
gboolean ccf_member_activate (CrJob *job, CcfClient *client, GError **error);

/* ---- Proposals (proposals.c) ---- */

json_t *ccf_proposals_list (CrJob *job, CcfClient *client, GError **error); /* array; gives */
json_t *ccf_proposal_show (CrJob *job, CcfClient *client, const char *proposal_id,
                           GError **error); /* gives */
/* {"actions":[...]} as its proposer signed it: untrusted text. Gives. */
json_t *ccf_proposal_actions (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);
/* Array of {"memberId","ballot"}: "accepted", "rejected" or the raw JavaScript; members without a ballot are
 * left out. Gives. */
json_t *ccf_proposal_ballots (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);

/* {"actions":[{"name","args"}]}; ARGS is taken and may be NULL. Gives. */
json_t *ccf_proposal_new (const char *action, json_t *args);
/* Append another action; ARGS is taken. */
void ccf_proposal_add (json_t *proposal, const char *action, json_t *args);

/* The signed bytes of PROPOSAL. A caller that journals them before ccf_proposal_submit() can send the very
 * same message again after a lost answer. Gives. */
GBytes *ccf_proposal_sign (CcfClient *client, const json_t *proposal, GError **error);
/* Send MESSAGE. A replay (lost answer, restart) gives the proposal that the first sending made. Waits for the
 * commit. Gives the Proposal object; look at "proposalState", which is "Closed" when the replayed proposal
 * was decided so long ago that the service no longer lists it. */
json_t *ccf_proposal_submit (CrJob *job, CcfClient *client, GBytes *message, GError **error);
/* Sign and submit. Gives. */
json_t *ccf_proposal_create (CrJob *job, CcfClient *client, const json_t *proposal, GError **error);
json_t *ccf_proposal_withdraw (CrJob *job, CcfClient *client, const char *proposal_id,
                               GError **error); /* gives */
/* Send MESSAGE, a signed ballot. Gives. */
json_t *ccf_ballot_submit (CrJob *job, CcfClient *client, const char *proposal_id, GBytes *message,
                           GError **error);
/* Own ballot with the standard text that every client shows as accepted or rejected. Gives the Proposal. */
json_t *ccf_proposal_vote (CrJob *job, CcfClient *client, const char *proposal_id, gboolean accept,
                           GError **error);

/* Create PROPOSAL; when it is still Open, cast the own accepting ballot; wait for the
 * commit. Gives the last Proposal object: "Accepted", "Open" while others have to vote, or "Closed" as above.
 * "Rejected", "Dropped", "Failed" and "Withdrawn" are CR_ERROR_REFUSED. */
json_t *ccf_propose_and_vote (CrJob *job, CcfClient *client, const json_t *proposal, GError **error);

/* ---- Digests (canonical.c) ---- */

/* "sha256:<hex>" of LENGTH bytes (-1 = strlen). Gives. */
char *ccf_digest (const char *text, gssize length);
/* The JS application bundle of the service, rebuilt: modules sorted by name, methods in lower case, leading
 * slashes dropped, "mode" filled in for put and post. Gives. */
json_t *ccf_bundle_fetch (CrJob *job, CcfClient *client, GError **error);
/* The same normalisation from its parts: ENDPOINTS as in the service answer, MODULES an object name ->
 * source. Both borrowed. Gives. */
json_t *ccf_bundle_build (const json_t *endpoints, const json_t *modules, GError **error);
/* Canonical text: keys sorted, two-space indent, raw UTF-8, no final newline. Gives. */
char *ccf_bundle_canonical (const json_t *bundle);
/* Digests of what the service runs now. Give. */
char *ccf_constitution_digest (CrJob *job, CcfClient *client, GError **error);
char *ccf_bundle_digest (CrJob *job, CcfClient *client, GError **error);

G_END_DECLS
