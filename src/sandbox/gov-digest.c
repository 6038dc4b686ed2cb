/* SPDX-License-Identifier: MIT
 * State digests (activation of members). CCF governance API.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"

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

/* A recovery member gets its share when it becomes active, which a service without its secret cannot give. */
static gboolean
check_not_recovering (GovCall *call, const char *id)
{
  g_autofree char *service = gov_service_status (call->store);
  g_autofree char *status = gov_member_status (call->store, id);
  gboolean recovers = g_strcmp0 (service, "Recovering") == 0
                      || g_strcmp0 (service, "WaitingForRecoveryShares") == 0;
  if (!recovers || g_strcmp0 (status, "Active") == 0 || !store_has (call->store, MAP_MEMBER_KEYS, id))
    return TRUE;
  sandbox_respond_error (call->response, 400, "InvalidInput",
                         "Cannot activate a recovery member while the service is recovering.");
  return FALSE;
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
  if (!check_not_recovering (call, id))
    return;
  g_autoptr (json_t) info = store_get_json (call->store, MAP_MEMBER_INFO, id);
  gboolean was_active = g_strcmp0 (cr_json_peek_string (info, "status"), "Active") == 0;
  cr_json_set_string (info, "status", "Active");
  store_put_json (call->store, MAP_MEMBER_INFO, id, info);
  g_autoptr (GError) error = NULL;
  if (!was_active && store_has (call->store, MAP_MEMBER_KEYS, id) && !ccf_shares_issue (call->store, &error))
    sandbox_respond_error (call->response, 500, "InternalError", "Error issuing new recovery shares: %s",
                           error->message);
  else
    sandbox_respond_empty (call->response, 204);
}

const GovRoute gov_digest_routes[] = {
  { "GET", "/gov/members/state-digests/{memberId}", get_digest, NULL, FALSE },
  { "POST", "/gov/members/state-digests/{memberId}:update", update_digest, "state_digest", FALSE },
  { "POST", "/gov/members/state-digests/{memberId}:ack", acknowledge, "ack", FALSE },
  { NULL, NULL, NULL, NULL, FALSE },
};
