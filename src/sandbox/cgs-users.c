/* SPDX-License-Identifier: MIT
 * Users: registered identities, and invitations that a token with the right claims accepts.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

#define INVITATIONS_INFO "public:user_invitations_info"

static json_t *
identity (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_USER_IDENTITIES, id);
  json_t *answer;

  if (!item)
    return NULL;
  answer = json_pack ("{ss}", "id", id);
  cgs_copy (answer, "accountType", item);
  cgs_copy (answer, "invitationId", item);
  cgs_copy (answer, "data", item);
  return answer;
}

void
app_user_list (CcfCall *call)
{
  if (!cgs_authorized (call))
    return;

  g_autoptr (GPtrArray) ids = store_keys (call->store, CGS_USER_IDENTITIES);
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, identity (call->store, g_ptr_array_index (ids, i)));
  cgs_answer (call, cgs_value_list (list));
}

void
app_user_get (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;

  json_t *answer = identity (call->store, id);

  if (answer)
    cgs_answer (call, answer);
  else
    cgs_error (call, 404, "UserIdentityNotFound", "User identity with ID %s not found.", id);
}

void
app_user_self (CcfCall *call)
{
  if (cgs_authorized (call))
    cgs_answer (call, json_pack ("{sb}", "active", 1));
}

/* --- Invitations --- */

static json_t *
invitation_claims (Store *store, const char *id)
{
  g_autofree char *map = g_strconcat ("public:ccf.gov.user_invitations-", id, NULL);

  return cgs_policy (store, map);
}

static json_t *
invitation (Store *store, const char *id)
{
  g_autoptr (json_t) item = store_get_json (store, CGS_USER_INVITATIONS, id);
  g_autoptr (json_t) info = store_get_json (store, INVITATIONS_INFO, id);
  json_t *answer;

  if (!item)
    return NULL;
  answer = json_pack ("{ss}", "invitationId", id);
  cgs_copy (answer, "accountType", item);
  cr_json_set (answer, "claims", invitation_claims (store, id));
  cgs_copy (answer, "userInfo", info);
  if (store_has (store, CGS_ACCEPTED_INVITATIONS, id))
    cr_json_set_string (answer, "status", "Finalized");
  else if (info)
    cgs_copy (answer, "status", info);
  else
    cr_json_set_string (answer, "status", "Open");
  return answer;
}

/* Invitees are not users yet, so these two have no further check. */
void
app_invitation_list (CcfCall *call)
{
  g_autoptr (GPtrArray) ids = store_keys (call->store, CGS_USER_INVITATIONS);
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, invitation (call->store, g_ptr_array_index (ids, i)));
  cgs_answer (call, cgs_value_list (list));
}

void
app_invitation_get (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);
  json_t *answer = invitation (call->store, id);

  if (answer)
    cgs_answer (call, answer);
  else
    cgs_error (call, 404, "InvitationNotFound", "Invitation with ID %s not found.", id);
}

/* Issuers of organisations at the public sign-in service; personal accounts and all others do not count. */
static gboolean
is_entra_issuer (const char *issuer, const char *tenant)
{
  if (!issuer)
    return FALSE;
  if (strcmp (issuer, "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0") == 0)
    return FALSE;
  if (strcmp (issuer, "https://login.microsoftonline.com/organizations/v2.0") == 0
      || strcmp (issuer, "https://login.microsoftonline.com/common/v2.0") == 0)
    return TRUE;
  if (!tenant)
    return FALSE;

  g_autofree char *current = g_strdup_printf ("https://login.microsoftonline.com/%s/v2.0", tenant);
  g_autofree char *older = g_strdup_printf ("https://sts.windows.net/%s/", tenant);

  return strcmp (issuer, current) == 0 || strcmp (issuer, older) == 0;
}

/* Every claim of the invitation must be in the token with a listed value. FALSE after answering. */
static gboolean
check_claims (CcfCall *call, json_t *expected)
{
  const char *tenant = cr_json_peek_string (call->claims, "tid");
  gboolean version_1 = g_strcmp0 (cr_json_peek_string (call->claims, "ver"), "1.0") == 0
                       && is_entra_issuer (cr_json_peek_string (call->claims, "iss"), tenant);
  const char *claim;
  json_t *allowed, *value;
  gsize index;

  json_object_foreach (expected, claim, allowed) {
    /* Tokens of version 1.0 name the person differently. */
    const char *name = version_1 && strcmp (claim, "preferred_username") == 0 ? "upn" : claim;
    const json_t *incoming = json_object_get (call->claims, name);
    gboolean found = FALSE;

    if (!incoming) {
      cgs_error (call, 403, "TokenClaimMissing", "Missing claim in incoming token: %s", name);
      return FALSE;
    }
    json_array_foreach (allowed, index, value)
      found = found || json_equal (value, incoming);
    if (!found) {
      g_autofree char *actual = cgs_js_text (incoming);
      g_autofree char *list = cgs_js_text (allowed);

      cgs_error (call, 403, "TokenClaimMismatch",
                 "Incoming claim %s, value %s does not match expected values: %s", claim, actual, list);
      return FALSE;
    }
  }
  return TRUE;
}

void
app_invitation_accept (CcfCall *call)
{
  const char *id = cgs_parameter (call, 0);
  g_autoptr (json_t) info = store_get_json (call->store, INVITATIONS_INFO, id);
  const char *status = cr_json_peek_string (info, "status");
  g_autoptr (json_t) claims = invitation_claims (call->store, id);

  if (!store_has (call->store, CGS_USER_INVITATIONS, id))
    cgs_error (call, 404, "InvitationNotFound", "Invitation with ID %s not found.", id);
  else if (info && g_strcmp0 (status, "Open") != 0)
    cgs_error (call, 409, "InvitationNotOpen", "Invitation with ID %s is not open. Status is: %s", id,
               status ? status : "undefined");
  else if (!call->caller_id)
    cgs_error (call, 404, "OidClaimMissing", "Incoming token must have oid claim.");
  else if (json_object_size (claims) == 0)
    cgs_throw (call, "The invitation claims is missing. Please update the invitation with a few claims.");
  else if (check_claims (call, claims)) {
    g_autoptr (json_t) accepted = json_pack ("{sss{sss{}}}", "status", "Accepted", "userInfo", "userId",
                                             call->caller_id, "data");
    json_t *tenant = json_object_get (call->claims, "tid");

    if (tenant)
      json_object_set (json_object_get (json_object_get (accepted, "userInfo"), "data"), "tenantId", tenant);
    store_put_json (call->store, INVITATIONS_INFO, id, accepted);
    cgs_done (call);
  }
}
