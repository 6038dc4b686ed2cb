/* SPDX-License-Identifier: MIT
 * The subscription, provider registrations and resource groups.
 */
#include "sandbox/arm-private.h"
#include "sandbox/blob-private.h"

#include "base/clock.h"

#include <string.h>

static const char *const namespaces[] = {
  "Microsoft.Authorization",     "Microsoft.ContainerInstance",
  "Microsoft.ContainerRegistry", "Microsoft.ContainerService",
  "Microsoft.KeyVault",          "Microsoft.ManagedIdentity",
  "Microsoft.Network",           "Microsoft.Resources",
  "Microsoft.Storage",           NULL,
};

static json_t *
subscription (ManagerCall *call)
{
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s", call->arm->subscription);
  return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "id", id, "authorizationSource",
                    "RoleBased", "subscriptionId", call->arm->subscription, "tenantId", call->tid,
                    "displayName", "Local clean room environment", "subscriptionPolicies",
                    "locationPlacementId", "Local", "quotaId", "Local", "spendingLimit", "Off");
}

static json_t *
subscription_shown (ManagerCall *call)
{
  json_t *value = subscription (call);
  cr_json_set_string (value, "state", "Enabled");
  return value;
}

void
manager_subscriptions_list (ManagerCall *call)
{
  json_t *list = json_array ();
  json_array_append_new (list, subscription_shown (call));
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

void
manager_subscription_get (ManagerCall *call)
{
  sandbox_respond_json (call->response, 200, subscription_shown (call));
}

/* The provider's usual spelling, NULL when it does not exist here. */
static const char *
known_namespace (const char *name)
{
  for (guint i = 0; namespaces[i] != NULL; i++)
    if (g_ascii_strcasecmp (namespaces[i], name) == 0)
      return namespaces[i];
  return NULL;
}

gboolean
manager_provider_registered (Manager *arm, const char *namespace_name)
{
  const char *name = known_namespace (namespace_name);
  if (name == NULL)
    return FALSE;
  if (strcmp (name, "Microsoft.Authorization") == 0 || strcmp (name, "Microsoft.Resources") == 0)
    return TRUE; /* always there */
  sqlite3_stmt *statement = cr_db_query (arm->db, NULL, "SELECT 1 FROM registrations WHERE namespace = ?",
                                         "s", name);
  gboolean found = statement != NULL && cr_db_step (arm->db, statement, NULL);
  cr_db_done (statement);
  return found;
}

static json_t *
provider (ManagerCall *call, const char *name)
{
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s/providers/%s", call->arm->subscription, name);
  return json_pack ("{s:s, s:s, s:s, s:s}", "id", id, "namespace", name, "registrationPolicy",
                    "RegistrationRequired", "registrationState",
                    manager_provider_registered (call->arm, name) ? "Registered" : "NotRegistered");
}

void
manager_provider_list (ManagerCall *call)
{
  json_t *list = json_array ();
  for (guint i = 0; namespaces[i] != NULL; i++)
    json_array_append_new (list, provider (call, namespaces[i]));
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

static const char *
require_namespace (ManagerCall *call)
{
  const char *name = known_namespace (manager_parameter (call, 1));
  if (name == NULL)
    manager_fail (call, 404, "InvalidResourceNamespace", "The resource namespace '%s' is invalid.",
                  manager_parameter (call, 1));
  return name;
}

void
manager_provider_get (ManagerCall *call)
{
  const char *name = require_namespace (call);
  if (name != NULL)
    sandbox_respond_json (call->response, 200, provider (call, name));
}

void
manager_provider_register (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = require_namespace (call);
  if (name == NULL)
    return;
  if (cr_db_run (call->arm->db, &error, "INSERT OR IGNORE INTO registrations (namespace) VALUES (?)", "s",
                 name))
    sandbox_respond_json (call->response, 200, provider (call, name));
  else
    manager_broken (call, error);
}

json_t *
manager_show (ManagerCall *call, const ManagerResource *resource)
{
  json_t *shown = json_object ();
  cr_json_set_string (shown, "id", resource->id);
  cr_json_set_string (shown, "name", resource->name);
  cr_json_set_string (shown, "type", resource->type);
  g_autoptr (json_t) copy = json_deep_copy (resource->body);
  json_object_update (shown, copy);
  json_t *properties = json_object_get (shown, "properties");
  gboolean ready = resource->ready_ms <= cr_now_ms ();
  if (strcmp (resource->type, ARM_TYPE_ACCOUNT) == 0) {
    cr_json_set_string (properties, "provisioningState", ready ? "Succeeded" : "Creating");
    manager_account_endpoints (call, resource->name, properties);
  } else if (strcmp (resource->type, ARM_TYPE_VAULT) == 0)
    cr_json_set_string (properties, "provisioningState", ready ? "Succeeded" : "RegisteringDns");
  else if (strcmp (resource->type, ARM_TYPE_GROUP) == 0)
    cr_json_set_string (properties, "provisioningState", "Succeeded");
  return shown;
}

ManagerResource *
manager_require (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  ManagerResource *resource = manager_store_get (call->arm, call->scope, &error);
  if (resource == NULL && !manager_broken (call, error))
    manager_fail (call, 404, "ResourceNotFound", "The Resource '%s' under resource group '%s' was not found.",
                  call->scope, call->group);
  return resource;
}

void
manager_resource_show (ManagerCall *call)
{
  g_autoptr (ManagerResource) resource = manager_require (call);
  if (resource != NULL)
    sandbox_respond_json (call->response, 200, manager_show (call, resource));
}

char *
manager_location (ManagerCall *call, const json_t *body)
{
  const char *text = cr_json_peek_string (body, "location");
  if (text == NULL || *text == '\0') {
    manager_fail (call, 400, "LocationRequired", "The location property is required for this definition.");
    return NULL;
  }
  if (g_regex_match_simple ("^[A-Za-z][A-Za-z0-9 ]{2,39}$", text, G_REGEX_DOLLAR_ENDONLY, 0)) {
    g_auto (GStrv) words = g_strsplit (text, " ", -1);
    g_autofree char *joined = g_strjoinv ("", words);
    return g_ascii_strdown (joined, -1);
  }
  manager_fail (call, 400, "LocationNotAvailableForResourceType", "The provided location is not available.");
  return NULL;
}

gboolean
manager_tags (ManagerCall *call, const json_t *body, json_t *shown)
{
  json_t *tags = json_object_get (body, "tags");
  if (tags == NULL || json_is_null (tags))
    return TRUE;
  gboolean good = json_is_object (tags) && json_object_size (tags) <= 50;
  const char *name;
  json_t *value;
  json_object_foreach (tags, name, value)
    good = good && json_is_string (value) && strlen (name) <= 512 && json_string_length (value) <= 256;
  if (good)
    json_object_set (shown, "tags", tags);
  else
    manager_fail (call, 400, "InvalidTagNameCharacters",
                  "Tags are at most 50 names of 512 with text values of 256 bytes.");
  return good;
}

gboolean
manager_same_location (ManagerCall *call, const ManagerResource *existing, const char *location)
{
  const char *kept = cr_json_peek_string (existing->body, "location");
  if (g_strcmp0 (kept, location) == 0)
    return TRUE;
  gboolean group = strcmp (existing->type, ARM_TYPE_GROUP) == 0;
  manager_fail (call, 409, group ? "InvalidResourceGroupLocation" : "InvalidResourceLocation",
                "'%s' already exists in location '%s' and cannot be created in '%s'.", existing->name, kept,
                location);
  return FALSE;
}

void
manager_group_list (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = g_strdup_printf ("/subscriptions/%s/resourceGroups", call->arm->subscription);
  g_autoptr (GPtrArray) groups = manager_store_list (call->arm, prefix, ARM_TYPE_GROUP, &error);
  if (manager_broken (call, error))
    return;
  json_t *list = json_array ();
  for (guint i = 0; i < groups->len; i++) {
    ManagerResource *group = g_ptr_array_index (groups, i);
    if (manager_may (call->arm, call->oid, group->id, ARM_READ))
      json_array_append_new (list, manager_show (call, group));
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

void
manager_group_get (ManagerCall *call)
{
  g_autoptr (ManagerResource) group = manager_require (call);
  if (group == NULL)
    return;
  if (strcmp (call->request->method, "HEAD") == 0)
    sandbox_respond_empty (call->response, 204);
  else
    sandbox_respond_json (call->response, 200, manager_show (call, group));
}

void
manager_group_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = manager_body (call);
  if (body == NULL)
    return;
  if (!g_regex_match_simple ("^[-\\w._()]{0,89}[-\\w_()]$", call->group, G_REGEX_DOLLAR_ENDONLY, 0)) {
    manager_fail (call, 400, "InvalidResourceGroup", "The resource group name '%s' is invalid.", call->group);
    return;
  }
  g_autofree char *location = manager_location (call, body);
  if (location == NULL)
    return;
  g_autoptr (ManagerResource) group = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error) || (group != NULL && !manager_same_location (call, group, location)))
    return;
  gboolean fresh = group == NULL;
  if (fresh) {
    group = g_new0 (ManagerResource, 1);
    group->id = g_strdup (call->scope);
    group->type = g_strdup (ARM_TYPE_GROUP);
    group->name = g_strdup (call->group);
    group->owner = g_strdup (call->oid);
  }
  json_decref (group->body);
  group->body = json_pack ("{s:s, s:{}}", "location", location, "properties");
  if (!manager_tags (call, body, group->body))
    return;
  if (manager_store_put (call->arm, group, NULL, NULL, &error))
    sandbox_respond_json (call->response, fresh ? 201 : 200, manager_show (call, group));
  else
    manager_broken (call, error);
}

void
manager_group_resources (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", call->arm->subscription,
                                             call->group);
  g_autoptr (GPtrArray) resources = manager_store_list (call->arm, prefix, NULL, &error);
  if (manager_broken (call, error))
    return;
  json_t *list = json_array ();
  for (guint i = 0; i < resources->len; i++) {
    ManagerResource *resource = g_ptr_array_index (resources, i);
    if (strcmp (resource->type, ARM_TYPE_CREDENTIAL) == 0)
      continue; /* part of its identity, not listed on its own */
    json_t *shown = json_object ();
    cr_json_set_string (shown, "id", resource->id);
    cr_json_set_string (shown, "name", resource->name);
    cr_json_set_string (shown, "type", resource->type);
    cr_json_set_string (shown, "location", cr_json_peek_string (resource->body, "location"));
    json_array_append_new (list, shown);
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

void
manager_group_delete (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) accounts = manager_store_list (call->arm, call->scope, ARM_TYPE_ACCOUNT, &error);
  if (manager_broken (call, error))
    return;
  /* The data goes first: when we are killed in between, the group is still there to be deleted again. */
  for (guint i = 0; i < accounts->len; i++) {
    ManagerResource *account = g_ptr_array_index (accounts, i);
    if (!storage_remove_account (call->sandbox, account->instance, &error)) {
      manager_broken (call, error);
      return;
    }
  }
  if (manager_store_delete (call->arm, call->scope, &error))
    manager_operation_start (call, NULL);
  else
    manager_broken (call, error);
}
