/* SPDX-License-Identifier: MIT
 * Users, invitations and members (user.h).
 */
#include "cgs/user.h"

#include "base/error.h"
#include "base/text.h"
#include "cgs/cgs-private.h"

#include <string.h>

json_t *
cgs_user_identity_list (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_list (job, client, "/users/identities", error);
}

json_t *
cgs_user_identity_show (CrJob *job, CcfClient *client, const char *object_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/identities/%s", object_id);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_user_self_status (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_read (job, client, "POST", "/users/identities/self/status", error);
}

static json_t *
propose_identity (CrJob *job, CcfClient *client, const char *object_id, const char *tenant_id,
                  const char *identifier, const char *invitation_id, GError **error)
{
  json_t *data = cgs_args ("tenantId", tenant_id);
  cr_json_set_string (data, "identifier", identifier);
  json_t *args = cgs_args ("id", object_id);
  cr_json_set_string (args, "accountType", "microsoft");
  /* An explicit null is what the reference client sends and what then reads back. */
  cr_json_set (args, "invitationId", invitation_id != NULL ? json_string (invitation_id) : json_null ());
  cr_json_set (args, "data", data);
  return cgs_propose (job, client, "set_user_identity", args, error);
}

json_t *
cgs_user_identity_propose (CrJob *job, CcfClient *client, const char *object_id, const char *tenant_id,
                           const char *identifier, GError **error)
{
  if (object_id == NULL || *object_id == '\0' || tenant_id == NULL || *tenant_id == '\0') {
    cgs_refuse (error, object_id == NULL || *object_id == '\0' ? "ObjectIdMissing" : "TenantIdNotSpecified",
                "Object id and tenant id of the user must be given.");
    return NULL;
  }
  return propose_identity (job, client, object_id, tenant_id, identifier, NULL, error);
}

/* First value of claim NAME of an invitation. Borrowed. */
static const char *
invited_claim (const json_t *invitation, const char *name)
{
  json_t *value = json_object_get (json_object_get (invitation, "claims"), name);
  return json_is_string (value) ? json_string_value (value) : json_string_value (json_array_get (value, 0));
}

json_t *
cgs_user_identity_propose_invited (CrJob *job, CcfClient *client, const char *invitation_id, GError **error)
{
  g_autoptr (json_t) invitation = cgs_invitation_show (job, client, invitation_id, error);
  if (invitation == NULL)
    return NULL;
  json_t *info = json_object_get (invitation, "userInfo");
  const char *object_id = cr_json_peek_string (info, "userId");
  const char *tenant_id = cr_json_peek_string (json_object_get (info, "data"), "tenantId");
  if (object_id == NULL || tenant_id == NULL) {
    cgs_refuse (error, "InvitationNotAccepted", "Nobody has accepted invitation '%s' yet.", invitation_id);
    return NULL;
  }
  const char *identifier = invited_claim (invitation, "preferred_username");
  if (identifier == NULL)
    identifier = invited_claim (invitation, "appid");
  return propose_identity (job, client, object_id, tenant_id, identifier, invitation_id, error);
}

json_t *
cgs_user_identity_remove (CrJob *job, CcfClient *client, const char *object_id, GError **error)
{
  return cgs_propose (job, client, "remove_user_identity", cgs_args ("id", object_id), error);
}

/* ---- Invitations ---- */

json_t *
cgs_invitation_list (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_list (job, client, "/users/invitations", error);
}

json_t *
cgs_invitation_show (CrJob *job, CcfClient *client, const char *invitation_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/invitations/%s", invitation_id);
  return cgs_read (job, client, "POST", path, error);
}

gboolean
cgs_invitation_accept (CrJob *job, CcfClient *client, const char *invitation_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/users/invitations/%s/accept", invitation_id);
  if (path == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  if (cgs_do (job, client, "POST", path, NULL, &problem))
    return TRUE;
  gboolean mine = FALSE;
  if (cr_error_is_remote (problem, "InvitationNotOpen")) {
    /* Accepted before, perhaps by this very call whose answer was lost: then it carries the own object id. */
    g_autoptr (json_t) invitation = cgs_invitation_show (job, client, invitation_id, NULL);
    g_autofree char *me = ccf_client_caller (job, client, NULL);
    json_t *info = json_object_get (invitation, "userInfo");
    mine = me != NULL && g_strcmp0 (cr_json_peek_string (info, "userId"), me) == 0;
  }
  if (!mine)
    g_propagate_error (error, g_steal_pointer (&problem));
  return mine;
}

static gboolean
is_guid (const char *text)
{
  if (text == NULL || strlen (text) != 36)
    return FALSE;
  for (gsize i = 0; i < 36; i++) {
    gboolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !g_ascii_isxdigit (text[i]))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_invitee (const char *user_name, const char *identity_type, const char *tenant_id, GError **error)
{
  gboolean service = g_strcmp0 (identity_type, "ServicePrincipal") == 0;
  if (user_name == NULL || *user_name == '\0')
    cgs_refuse (error, "UserNameMissing", "The name of the person or program to invite must be given.");
  else if (!service && g_strcmp0 (identity_type, "User") != 0)
    cgs_refuse (error, "InvalidParameter", "The identity type is 'User' or 'ServicePrincipal', not '%s'.",
                identity_type);
  else if (!service && !cr_email_valid (user_name))
    cgs_refuse (error, "InvalidUserName", "'%s' is not an e-mail address.", user_name);
  else if (service && !is_guid (user_name))
    cgs_refuse (error, "InvalidGuidUserName", "'%s' is not the id of an application.", user_name);
  else if (service && !is_guid (tenant_id))
    cgs_refuse (error, "TenantIdMissing", "The tenant id of the application must be given.");
  else
    return TRUE;
  return FALSE;
}

json_t *
cgs_invitation_propose (CrJob *job, CcfClient *client, const char *invitation_id, const char *user_name,
                        const char *identity_type, const char *tenant_id, GError **error)
{
  if (!check_invitee (user_name, identity_type, tenant_id, error))
    return NULL;
  g_autofree char *path = cgs_path (error, "/users/invitations/%s", invitation_id);
  if (path == NULL)
    return NULL;
  json_t *claims = json_object ();
  gboolean service = strcmp (identity_type, "ServicePrincipal") == 0;
  cr_json_set (claims, service ? "appid" : "preferred_username", json_pack ("[s]", user_name));
  if (tenant_id != NULL && *tenant_id != '\0')
    cr_json_set (claims, "tid", json_pack ("[s]", tenant_id));
  json_t *args = cgs_args ("invitationId", invitation_id);
  cr_json_set_string (args, "type", "add");
  cr_json_set_string (args, "accountType", "microsoft");
  cr_json_set (args, "claims", claims);
  return cgs_propose (job, client, "set_user_invitation_by_jwt_claims", args, error);
}

json_t *
cgs_invitation_remove (CrJob *job, CcfClient *client, const char *invitation_id, GError **error)
{
  return cgs_propose (job, client, "remove_user_invitation_by_jwt_claims",
                      cgs_args ("invitationId", invitation_id), error);
}

/* ---- Members ---- */

json_t *
cgs_member_propose (CrJob *job, CcfClient *client, const char *certificate_pem,
                    const char *encryption_key_pem, const char *recovery_role, const json_t *member_data,
                    GError **error)
{
  json_t *args = cgs_args ("cert", certificate_pem);
  cr_json_set_string (args, "encryption_pub_key", encryption_key_pem);
  cr_json_set_string (args, "recovery_role", recovery_role);
  if (member_data != NULL)
    cr_json_set (args, "member_data", json_deep_copy (member_data));
  return cgs_propose (job, client, "set_member", args, error);
}

/* Replaces the whole member data: "set_member_data". */
static json_t *
cgs_member_data_propose (CrJob *job, CcfClient *client, const char *member_id, const json_t *member_data,
                         GError **error)
{
  json_t *args = cgs_args ("member_id", member_id);
  cr_json_set (args, "member_data", json_deep_copy (member_data));
  return cgs_propose (job, client, "set_member_data", args, error);
}

json_t *
cgs_member_data_patch (CrJob *job, CcfClient *client, const char *member_id, const json_t *patch,
                       GError **error)
{
  g_autoptr (json_t) member = ccf_member_show (job, client, member_id, error);
  if (member == NULL)
    return NULL;
  json_t *present = json_object_get (member, "memberData");
  g_autoptr (json_t) data = json_is_object (present) ? json_deep_copy (present) : json_object ();
  g_autoptr (json_t) changes = json_deep_copy (patch);
  json_object_update (data, changes);
  return cgs_member_data_propose (job, client, member_id, data, error);
}

const char *
cgs_member_name (const json_t *member)
{
  const char *name = cr_json_peek_string (json_object_get (member, "memberData"), "identifier");
  if (name == NULL || *name == '\0')
    name = cr_json_peek_string (member, "memberId");
  return name != NULL ? name : "";
}

/* True as JavaScript sees it. */
static gboolean
truthy (const json_t *value)
{
  if (json_is_string (value))
    return *json_string_value (value) != '\0';
  if (json_is_number (value))
    return json_number_value (value) != 0;
  return value != NULL && !json_is_null (value) && !json_is_false (value);
}

gboolean
cgs_member_is_voter (const json_t *member)
{
  const json_t *data = json_object_get (member, "memberData");
  const json_t *roles = json_object_get (data, "cgsRoles");
  return g_strcmp0 (cr_json_peek_string (member, "status"), "Active") == 0
         && !truthy (json_object_get (data, "isOperator"))
         && !truthy (json_object_get (data, "isRecoveryOperator"))
         && g_strcmp0 (cr_json_peek_string (roles, "cgsOperator"), "true") != 0
         && g_strcmp0 (cr_json_peek_string (roles, "contractOperator"), "true") != 0;
}

json_t *
cgs_default_approvers (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) members = ccf_members_list (job, client, error);
  if (members == NULL)
    return NULL;
  json_t *approvers = json_array ();
  gsize index;
  json_t *member;
  json_array_foreach (members, index, member) {
    if (!cgs_member_is_voter (member))
      continue;
    json_t *approver = cgs_args ("approverId", cr_json_peek_string (member, "memberId"));
    cr_json_set_string (approver, "approverIdType", "member");
    json_array_append_new (approvers, approver);
  }
  return approvers;
}
