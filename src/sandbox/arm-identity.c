/* SPDX-License-Identifier: MIT
 * Managed identities and their federated credentials.
 *
 * A federated credential names the issuer, subject and audience of a foreign token that may stand in for
 * the identity's secret; the token endpoint compares the three byte for byte.
 */
#include "sandbox/arm-private.h"

#include "base/encode.h"

#include <string.h>

#define CREDENTIALS_PER_IDENTITY 20

static ManagerResource *
new_identity (ManagerCall *call, const char *name)
{
  g_autofree char *principal = cr_uuid_new ();
  g_autofree char *client = cr_uuid_new ();
  ManagerResource *identity = g_new0 (ManagerResource, 1);
  identity->id = g_strdup (call->scope);
  identity->type = g_strdup (ARM_TYPE_IDENTITY);
  identity->name = g_strdup (name);
  identity->owner = g_strdup (call->oid);
  identity->body = json_pack ("{s:{s:s, s:s, s:s}}", "properties", "tenantId", call->tid, "principalId",
                              principal, "clientId", client);
  return identity;
}

void
manager_identity_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = manager_parameter (call, 2);
  g_autoptr (json_t) body = manager_body (call);
  if (body == NULL)
    return;
  if (!g_regex_match_simple ("^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$", name, G_REGEX_DOLLAR_ENDONLY, 0)) {
    manager_fail (call, 400, "InvalidResourceName",
                  "The identity name '%s' must be 3 to 128 letters, digits, '-' or '_'.", name);
    return;
  }
  g_autofree char *location = manager_location (call, body);
  g_autoptr (ManagerResource) identity = location == NULL
                                             ? NULL
                                             : manager_store_get (call->arm, call->scope, &error);
  if (location == NULL || manager_broken (call, error)
      || (identity != NULL && !manager_same_location (call, identity, location)))
    return;
  gboolean fresh = identity == NULL;
  if (fresh)
    identity = new_identity (call, name);
  cr_json_set_string (identity->body, "location", location);
  if (!manager_tags (call, body, identity->body))
    return;
  const json_t *properties = json_object_get (identity->body, "properties");
  if (manager_store_put (call->arm, identity, cr_json_peek_string (properties, "clientId"),
                         cr_json_peek_string (properties, "principalId"), &error))
    sandbox_respond_json (call->response, fresh ? 201 : 200, manager_show (call, identity));
  else
    manager_broken (call, error);
}

/* Identities and credentials go at once; with an identity its credentials and the roles on it. */
void
manager_identity_delete (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) resource = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error))
    return;
  if (resource == NULL)
    sandbox_respond_empty (call->response, 204);
  else if (manager_store_delete (call->arm, call->scope, &error))
    sandbox_respond_empty (call->response, 200);
  else
    manager_broken (call, error);
}

/* The identity above a credential; NULL after answering 404. */
static ManagerResource *
parent_identity (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s/resourceGroups/%s/providers/" ARM_TYPE_IDENTITY
                                         "/%s",
                                         call->arm->subscription, call->group, manager_parameter (call, 2));
  ManagerResource *identity = manager_store_get (call->arm, id, &error);
  if (identity == NULL && !manager_broken (call, error))
    manager_fail (call, 404, "ParentResourceNotFound",
                  "Can not perform requested operation on nested resource. "
                  "Parent resource '%s' not found.",
                  manager_parameter (call, 2));
  return identity;
}

void
manager_credential_list (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) identity = parent_identity (call);
  if (identity == NULL)
    return;
  g_autoptr (GPtrArray) credentials = manager_store_list (call->arm, identity->id, ARM_TYPE_CREDENTIAL,
                                                          &error);
  if (manager_broken (call, error))
    return;
  json_t *list = json_array ();
  for (guint i = 0; i < credentials->len; i++)
    json_array_append_new (list, manager_show (call, g_ptr_array_index (credentials, i)));
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

/* {issuer, subject, audiences} of BODY; NULL after answering 400. Gives. */
static json_t *
credential_properties (ManagerCall *call, const char *name, const json_t *body)
{
  const json_t *properties = json_object_get (body, "properties");
  const char *issuer = cr_json_peek_string (properties, "issuer");
  const char *subject = cr_json_peek_string (properties, "subject");
  json_t *audiences = json_object_get (properties, "audiences");
  const char *audience = json_string_value (json_array_get (audiences, 0));
  if (!g_regex_match_simple ("^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$", name, G_REGEX_DOLLAR_ENDONLY, 0))
    manager_fail (call, 400, "BadRequest",
                  "The federated identity credential name '%s' is invalid: it must match "
                  "^[a-zA-Z0-9]{1}[a-zA-Z0-9-_]{2,119}$.",
                  name);
  else if (issuer == NULL || strlen (issuer) > 600 || !g_str_has_prefix (issuer, "https://"))
    manager_fail (call, 400, "BadRequest",
                  "The property 'issuer' must be an https URL of at most 600 characters.");
  else if (subject == NULL || *subject == '\0' || strlen (subject) > 600)
    manager_fail (call, 400, "BadRequest", "The property 'subject' must be a text of 1 to 600 characters.");
  else if (json_array_size (audiences) != 1 || audience == NULL || *audience == '\0'
           || strlen (audience) > 600)
    manager_fail (call, 400, "BadRequest",
                  "The property 'audiences' must have exactly one value of 1 to 600 characters.");
  else
    return json_pack ("{s:s, s:s, s:[s]}", "issuer", issuer, "subject", subject, "audiences", audience);
  return NULL;
}

/* The same issuer and subject under another name would be ambiguous; at most 20 per identity. */
static gboolean
check_credential_unique (ManagerCall *call, const ManagerResource *identity, const json_t *properties)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = manager_store_list (call->arm, identity->id, ARM_TYPE_CREDENTIAL, &error);
  if (manager_broken (call, error))
    return FALSE;
  gboolean exists = FALSE;
  for (guint i = 0; i < list->len; i++) {
    ManagerResource *other = g_ptr_array_index (list, i);
    const json_t *have = json_object_get (other->body, "properties");
    if (g_ascii_strcasecmp (other->id, call->scope) == 0)
      exists = TRUE;
    else if (json_equal (json_object_get (have, "issuer"), json_object_get (properties, "issuer"))
             && json_equal (json_object_get (have, "subject"), json_object_get (properties, "subject"))) {
      manager_fail (call, 409, "Conflict",
                    "Issuer and subject combination already exists for this Managed Identity.");
      return FALSE;
    }
  }
  if (exists || list->len < CREDENTIALS_PER_IDENTITY)
    return TRUE;
  manager_fail (call, 400, "BadRequest",
                "Too many federated identity credentials: at most %d for one identity.",
                CREDENTIALS_PER_IDENTITY);
  return FALSE;
}

void
manager_credential_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = manager_parameter (call, 3);
  g_autoptr (json_t) body = manager_body (call);
  g_autoptr (ManagerResource) identity = body == NULL ? NULL : parent_identity (call);
  g_autoptr (json_t) properties = identity == NULL ? NULL : credential_properties (call, name, body);
  if (properties == NULL || !check_credential_unique (call, identity, properties))
    return;
  g_autoptr (ManagerResource) credential = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error))
    return;
  gboolean fresh = credential == NULL;
  if (fresh) {
    credential = g_new0 (ManagerResource, 1);
    credential->id = g_strdup (call->scope);
    credential->type = g_strdup (ARM_TYPE_CREDENTIAL);
    credential->name = g_strdup (name);
    credential->owner = g_strdup (call->oid);
  }
  json_decref (credential->body);
  credential->body = json_pack ("{s:O}", "properties", properties);
  if (manager_store_put (call->arm, credential, NULL, NULL, &error))
    sandbox_respond_json (call->response, fresh ? 201 : 200, manager_show (call, credential));
  else
    manager_broken (call, error);
}
