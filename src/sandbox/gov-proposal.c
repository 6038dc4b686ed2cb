/* SPDX-License-Identifier: MIT
 * /gov/members/proposals: create, list, read, withdraw, ballots. CCF governance API.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define MAX_CREATED_AT G_GINT64_CONSTANT (9999999999)

/* API object; gives */
static json_t *
gov_proposal_view (const char *id, const json_t *info)
{
  json_t *ballots = json_object_get (info, "ballots");
  json_t *submitters = json_array ();
  const char *member;
  json_t *ballot;
  json_object_foreach (ballots, member, ballot)
    json_array_append_new (submitters, json_string (member));
  json_t *view = json_object ();
  cr_json_set_string (view, "proposalId", id);
  cr_json_set_string (view, "proposerId", cr_json_peek_string (info, "proposer_id"));
  cr_json_set_string (view, "proposalState", cr_json_peek_string (info, "state"));
  cr_json_set_int (view, "ballotCount", (gint64) json_object_size (ballots));
  cr_json_set (view, "ballotSubmitters", submitters);
  static const char *const optional[][2] = { { "final_votes", "finalVotes" },
                                             { "vote_failures", "voteFailures" },
                                             { "failure", "failure" } };
  for (guint i = 0; i < G_N_ELEMENTS (optional); i++) {
    json_t *value = json_object_get (info, optional[i][0]);
    if (value)
      cr_json_set (view, optional[i][1], json_incref (value));
  }
  return view;
}

static gboolean
check_hex_id (GovCall *call, const char *id, const char *what)
{
  gboolean valid = strlen (id) == 64 && strspn (id, "0123456789abcdefABCDEF") == 64;
  if (!valid)
    sandbox_respond_error (call->response, 400, "InvalidResourceName",
                           "'%s' is not a valid hex-encoded %s ID", id, what);
  return valid;
}

static gboolean
check_signed_proposal (GovCall *call, const char *id)
{
  if (!check_hex_id (call, id, "proposal"))
    return FALSE;
  if (g_strcmp0 (call->message->proposal_id, id) == 0)
    return TRUE;
  sandbox_respond_error (call->response, 400, "InvalidResourceName",
                         "Authenticated proposal id does not match URL");
  return FALSE;
}

static json_t *
find_proposal (GovCall *call, const char *id)
{
  json_t *info = store_get_json (call->store, MAP_PROPOSALS_INFO, id);
  if (!info)
    sandbox_respond_error (call->response, 404, "ProposalNotFound", "Could not find proposal %s.", id);
  return info;
}

static gboolean
check_open (GovCall *call, const char *id, const json_t *info)
{
  const char *state = cr_json_peek_string (info, "state");
  if (g_strcmp0 (state, "Open") == 0)
    return TRUE;
  sandbox_respond_error (call->response, 400, "ProposalNotOpen",
                         "Proposal %s is currently in state %s - only %s proposals can be changed.", id,
                         state, "Open");
  return FALSE;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The replay window: kept keys are "<created_at, 10 digits>:<digest of the signature>", newest 100. */
static gboolean
check_replay (GovCall *call, const char *signature_digest, const char *proposal_id)
{
  gint64 created_at = call->message->created_at;
  if (created_at > MAX_CREATED_AT) {
    sandbox_respond_error (call->response, 400, "InvalidCreatedAt",
                           "Header parameter created_at value is too large");
    return FALSE;
  }
  g_autofree char *key = g_strdup_printf ("%010" G_GINT64_FORMAT ":%s", created_at, signature_digest);
  g_autofree char *existing = store_get (call->store, MAP_RECENT, key);
  if (existing) {
    sandbox_respond_error (call->response, 400, "ProposalReplay",
                           "Proposal submission replay, already exists as proposal %s", existing);
    return FALSE;
  }
  g_autoptr (GPtrArray) keys = store_keys (call->store, MAP_RECENT);
  g_ptr_array_sort (keys, compare_texts);
  if (keys->len) {
    gint64 oldest = g_ascii_strtoll (g_ptr_array_index (keys, keys->len / 2), NULL, 10);
    if (created_at < oldest) {
      sandbox_respond_error (
          call->response, 400, "ProposalCreatedTooLongAgo",
          "Proposal created too long ago, created_at must be greater than %" G_GINT64_FORMAT, oldest);
      return FALSE;
    }
  }
  store_put (call->store, MAP_RECENT, key, proposal_id);
  guint window = (guint) gov_config (call->store, "recent_cose_proposals_window_size", 100);
  for (guint i = 0; keys->len + 1 - i > window; i++)
    store_delete (call->store, MAP_RECENT, g_ptr_array_index (keys, i));
  return TRUE;
}

/* hex(SHA-256(root ++ SHA-256(signature))) */
static char *
make_proposal_id (GovCall *call, char **signature_digest)
{
  guint8 bytes[64];
  gsize length = 0;
  gconstpointer signature = g_bytes_get_data (call->message->signature, &length);
  store_root (call->store, bytes);
  cr_sha256 (signature, length, bytes + 32);
  *signature_digest = cr_hex (bytes + 32, 32);
  return cr_sha256_hex (bytes, sizeof bytes);
}

static void
decide_and_respond (GovCall *call, const char *id, json_t *info)
{
  g_autoptr (GError) error = NULL;
  if (gov_decide (call, id, info, &error))
    sandbox_respond_json (call->response, 200, gov_proposal_view (id, info));
  else
    sandbox_respond_error (call->response, 500, "InternalError", "%s", error->message);
}

static void
create (GovCall *call)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (call->message->payload, &length);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) proposal = cr_json_parse (data ? data : "", length, "the proposal", &error);
  const json_t *actions = json_object_get (proposal, "actions");
  if (!json_is_array (actions)) {
    /* The constitution's validate() cannot go through this at all. */
    sandbox_respond_error (call->response, 500, "InternalError", "Failed to execute validation: %s",
                           proposal ? "TypeError: value is not iterable" : error->message);
    return;
  }
  g_autofree char *problem = gov_validate (call->store, proposal);
  if (problem) {
    sandbox_respond_error (call->response, 400, "ProposalFailedToValidate", "Proposal failed to validate: %s",
                           problem);
    return;
  }
  g_autofree char *digest = NULL;
  g_autofree char *id = make_proposal_id (call, &digest);
  if (!check_replay (call, digest, id))
    return;
  g_autofree char *text = g_strndup (data, length);
  g_autoptr (json_t) info = json_object ();
  cr_json_set_string (info, "proposer_id", call->signer);
  cr_json_set_string (info, "state", "Open");
  cr_json_set (info, "ballots", json_object ());
  store_put (call->store, MAP_PROPOSALS, id, text);
  store_put_json (call->store, MAP_PROPOSALS_INFO, id, info);
  g_autofree char *message = cr_base64_bytes (call->request->body);
  store_put (call->store, MAP_HISTORY, call->signer, message);
  decide_and_respond (call, id, info);
}

static void
list (GovCall *call)
{
  json_t *value = json_array ();
  g_autoptr (GPtrArray) ids = store_keys (call->store, MAP_PROPOSALS_INFO);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autoptr (json_t) info = store_get_json (call->store, MAP_PROPOSALS_INFO, id);
    json_array_append_new (value, gov_proposal_view (id, info));
  }
  json_t *body = json_object ();
  cr_json_set (body, "value", value);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_one (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  g_autoptr (json_t) info = check_hex_id (call, id, "proposal") ? find_proposal (call, id) : NULL;
  if (info)
    sandbox_respond_json (call->response, 200, gov_proposal_view (id, info));
}

static void
get_actions (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_hex_id (call, id, "proposal"))
    return;
  g_autofree char *text = store_get (call->store, MAP_PROPOSALS, id);
  if (text)
    sandbox_respond_text (call->response, 200, "application/json", text);
  else
    sandbox_respond_error (call->response, 404, "ProposalNotFound", "Could not find proposal %s.", id);
}

static void
withdraw (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_signed_proposal (call, id))
    return;
  g_autoptr (json_t) info = store_get_json (call->store, MAP_PROPOSALS_INFO, id);
  if (!info) {
    sandbox_respond_empty (call->response, 204);
    return;
  }
  if (g_strcmp0 (cr_json_peek_string (info, "proposer_id"), call->signer) != 0) {
    sandbox_respond_error (call->response, 403, "AuthorizationFailed",
                           "Proposal %s can only be withdrawn by proposer, not caller %s.", id, call->signer);
    return;
  }
  if (!check_open (call, id, info))
    return;
  cr_json_set_string (info, "state", "Withdrawn");
  store_put_json (call->store, MAP_PROPOSALS_INFO, id, info);
  gov_remove_other_closed (call->store, id);
  sandbox_respond_json (call->response, 200, gov_proposal_view (id, info));
}

/* The "ballot" text of the signed payload, or NULL with the answer written. Gives. */
static char *
read_ballot (GovCall *call)
{
  g_autoptr (json_t) body = cr_json_parse_bytes (call->message->payload, "the ballot", NULL);
  const char *text = json_string_value (json_object_get (body, "ballot"));
  if (!text)
    sandbox_respond_error (
        call->response, 400, "InvalidInput",
        "Signed request body is not a JSON object containing required string field \"ballot\"");
  return g_strdup (text);
}

static void
submit_ballot (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  const char *member = sandbox_request_parameter (call->request, 1);
  if (!check_signed_proposal (call, id) || !check_hex_id (call, member, "member"))
    return;
  if (strcmp (member, call->signer) != 0) {
    sandbox_respond_error (call->response, 400, "InvalidResourceName",
                           "Authenticated member id does not match URL");
    return;
  }
  g_autoptr (json_t) info = find_proposal (call, id);
  if (!info || !check_open (call, id, info))
    return;
  g_autofree char *ballot = read_ballot (call);
  if (!ballot)
    return;
  json_t *ballots = json_object_get (info, "ballots");
  const char *earlier = cr_json_peek_string (ballots, member);
  if (earlier) {
    if (strcmp (earlier, ballot) == 0)
      sandbox_respond_json (call->response, 200, gov_proposal_view (id, info));
    else
      sandbox_respond_error (call->response, 400, "VoteAlreadyExists",
                             "Different ballot already submitted by %s for %s.", member, id);
    return;
  }
  cr_json_set_string (ballots, member, ballot);
  g_autofree char *message = cr_base64_bytes (call->request->body);
  store_put (call->store, MAP_HISTORY, call->signer, message);
  decide_and_respond (call, id, info);
}

static void
get_ballot (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  const char *member = sandbox_request_parameter (call->request, 1);
  if (!check_hex_id (call, id, "proposal") || !check_hex_id (call, member, "member"))
    return;
  g_autoptr (json_t) info = find_proposal (call, id);
  if (!info)
    return;
  const char *ballot = cr_json_peek_string (json_object_get (info, "ballots"), member);
  if (ballot)
    sandbox_respond_text (call->response, 200, "text/javascript", ballot);
  else
    sandbox_respond_error (call->response, 404, "VoteNotFound", "Member %s has not voted for proposal %s.",
                           member, id);
}

const GovRoute gov_proposal_routes[] = {
  { "POST", "/gov/members/proposals:create", create, "proposal", TRUE },
  { "GET", "/gov/members/proposals", list, NULL, FALSE },
  { "POST", "/gov/members/proposals/{proposalId}:withdraw", withdraw, "withdrawal", TRUE },
  { "GET", "/gov/members/proposals/{proposalId}", get_one, NULL, FALSE },
  { "GET", "/gov/members/proposals/{proposalId}/actions", get_actions, NULL, FALSE },
  { "POST", "/gov/members/proposals/{proposalId}/ballots/{memberId}:submit", submit_ballot, "ballot", TRUE },
  { "GET", "/gov/members/proposals/{proposalId}/ballots/{memberId}", get_ballot, NULL, FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
