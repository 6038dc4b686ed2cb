/* SPDX-License-Identifier: MIT
 * State digests (activation of members) and recovery shares. CCF governance API.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

static gboolean
check_member_id (GovCall *call, const char *id)
{
  gboolean valid = strlen (id) == 64 && strspn (id, "0123456789abcdefABCDEF") == 64;
  if (!valid)
    sandbox_respond_error (call->response, 400, "InvalidResourceName",
                           "'%s' is not a valid hex-encoded member ID", id);
  return valid;
}

static gboolean
check_signer_is (GovCall *call, const char *id)
{
  if (!check_member_id (call, id))
    return FALSE;
  if (strcmp (id, call->signer) == 0)
    return TRUE;
  sandbox_respond_error (call->response, 400, "InvalidAuthenticationInfo",
                         "Member ID in path (%s) does not match the member ID of the signer (%s).", id,
                         call->signer);
  return FALSE;
}

static void
respond_digest (GovCall *call, const char *id, const char *digest)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "memberId", id);
  cr_json_set_string (body, "stateDigest", digest);
  sandbox_respond_json (call->response, 200, body);
}

static void
get_digest (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_member_id (call, id))
    return;
  g_autofree char *digest = store_get (call->store, MAP_MEMBER_ACKS, id);
  if (digest)
    respond_digest (call, id, digest);
  else
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "No ACK record exists for member %s.",
                           id);
}

static void
update_digest (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_signer_is (call, id))
    return;
  guint8 root[LEDGER_HASH];
  store_root (call->store, root);
  g_autofree char *digest = cr_hex (root, sizeof root);
  store_put (call->store, MAP_MEMBER_ACKS, id, digest);
  respond_digest (call, id, digest);
}

static void
acknowledge (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (!check_signer_is (call, id))
    return;
  g_autofree char *expected = store_get (call->store, MAP_MEMBER_ACKS, id);
  if (!expected) {
    sandbox_respond_error (call->response, 403, "AuthorizationFailed", "No ACK record exists for member %s.",
                           id);
    return;
  }
  g_autoptr (json_t) body = cr_json_parse_bytes (call->message->payload, "the acknowledgement", NULL);
  const char *digest = json_string_value (json_object_get (body, "stateDigest"));
  if (!digest) {
    sandbox_respond_error (call->response, 400, "InvalidInput",
                           "Signed request body is not a JSON object containing required string field "
                           "\"stateDigest\"");
    return;
  }
  if (strcmp (digest, expected) != 0) {
    sandbox_respond_error (call->response, 400, "StateDigestMismatch",
                           "Submitted state digest is not valid.");
    return;
  }
  g_autoptr (json_t) info = store_get_json (call->store, MAP_MEMBER_INFO, id);
  cr_json_set_string (info, "status", "Active");
  store_put_json (call->store, MAP_MEMBER_INFO, id, info);
  sandbox_respond_empty (call->response, 204);
}

/* This environment never needs a disaster recovery, so no shares are kept. */
static void
get_share (GovCall *call)
{
  const char *id = sandbox_request_parameter (call->request, 0);
  if (check_member_id (call, id))
    sandbox_respond_error (call->response, 404, "ResourceNotFound", "Recovery share not found for member %s.",
                           id);
}

static void
submit_share (GovCall *call)
{
  if (check_signer_is (call, sandbox_request_parameter (call->request, 0)))
    sandbox_respond_error (call->response, 403, "ServiceNotWaitingForRecoveryShares",
                           "Service is not waiting for recovery shares");
}

const GovRoute gov_digest_routes[] = {
  { "GET", "/gov/members/state-digests/{memberId}", get_digest, NULL, FALSE },
  { "POST", "/gov/members/state-digests/{memberId}:update", update_digest, "state_digest", FALSE },
  { "POST", "/gov/members/state-digests/{memberId}:ack", acknowledge, "ack", FALSE },
  { "GET", "/gov/recovery/encrypted-shares/{memberId}", get_share, NULL, FALSE },
  { "POST", "/gov/recovery/members/{memberId}:recover", submit_share, "recovery_share", TRUE },
  { NULL, NULL, NULL, NULL, FALSE },
};
