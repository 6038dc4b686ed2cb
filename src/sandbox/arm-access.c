/* SPDX-License-Identifier: MIT
 * Who may do what in the resource manager, and the questions other parts of the sandbox ask it.
 *
 * All parties share one subscription. Each may make resource groups and owns what it made: for others a
 * group is closed unless a role assignment on it, or on something inside it, says otherwise.
 */
#include "sandbox/arm-private.h"

#include "base/clock.h"

static const char *const read_roles[] = { ARM_ROLE_OWNER,
                                          ARM_ROLE_CONTRIBUTOR,
                                          ARM_ROLE_READER,
                                          ARM_ROLE_ACCESS_ADMINISTRATOR,
                                          ARM_ROLE_RBAC_ADMINISTRATOR,
                                          NULL };
static const char *const write_roles[] = { ARM_ROLE_OWNER, ARM_ROLE_CONTRIBUTOR, NULL };
static const char *const assign_roles[] = { ARM_ROLE_OWNER, ARM_ROLE_ACCESS_ADMINISTRATOR,
                                            ARM_ROLE_RBAC_ADMINISTRATOR, NULL };
static const char *const account_roles[] = { ARM_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR, NULL };

/* Built-in roles that can be assigned here. */
static const char *const known_roles[] = {
  "00482a5a-887f-4fb3-b363-3b7fe8e74483", /* Key Vault Administrator */
  "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", /* Key Vault Crypto Officer */
  "12338af0-0e69-4776-bea7-57ae8d297424", /* Key Vault Crypto User */
  "4633458b-17de-408a-b874-0445c86b69e6", /* Key Vault Secrets User */
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", /* Key Vault Secrets Officer */
  "21090545-7ca7-4776-b22c-e363652d74d2", /* Key Vault Reader */
  ARM_ROLE_BLOB_CONTRIBUTOR,
  ARM_ROLE_BLOB_OWNER,
  ARM_ROLE_BLOB_READER,
  ARM_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR,
  ARM_ROLE_OWNER,
  ARM_ROLE_CONTRIBUTOR,
  ARM_ROLE_READER,
  ARM_ROLE_ACCESS_ADMINISTRATOR,
  ARM_ROLE_RBAC_ADMINISTRATOR,
  "4d97b98b-1d4f-4787-a291-c67834d212e7", /* Network Contributor */
  "b12aa53e-6015-4669-85d0-8515ebb3ae7f", /* Private DNS Zone Contributor */
  NULL,
};

gboolean
manager_role_known (const char *guid)
{
  for (guint i = 0; known_roles[i] != NULL; i++)
    if (g_ascii_strcasecmp (known_roles[i], guid) == 0)
      return TRUE;
  return FALSE;
}

/* Is PLACE the scope SCOPE or above it? */
static gboolean
reaches (const char *place, const char *scope)
{
  gsize length = strlen (place);
  return length > 0 && strncmp (scope, place, length) == 0 && (scope[length] == '/' || scope[length] == '\0');
}

/* ROLE on SCOPE_KEY or anything above it, up to the subscription, given before the moment BEFORE_MS. */
static gboolean
has_one (Manager *arm, const char *principal, const char *scope_key, const char *role, gint64 before_ms)
{
  sqlite3_stmt *statement = cr_db_query (
      arm->db, NULL, "SELECT scope_key FROM roles WHERE principal = ? AND role = ? AND created_ms <= ?",
      "ssi", principal, role, before_ms);
  while (statement != NULL && cr_db_step (arm->db, statement, NULL)) {
    g_autofree char *place = cr_db_text (statement, 0);
    if (!reaches (place, scope_key))
      continue;
    cr_db_done (statement);
    return TRUE;
  }
  return FALSE;
}

/* The same for any of ROLES. */
static gboolean
role_on (Manager *arm, const char *principal, const char *scope, const char *const *roles, gint64 before_ms)
{
  g_autofree char *key = g_ascii_strdown (scope, -1);
  g_autofree char *who = g_ascii_strdown (principal, -1);
  cr_db_lock (arm->db);
  gboolean found = FALSE;
  for (guint i = 0; !found && roles[i] != NULL; i++)
    found = has_one (arm, who, key, roles[i], before_ms);
  cr_db_unlock (arm->db);
  return found;
}

gboolean
arm_has_role (Sandbox *sandbox, const char *principal, const char *scope, const char *const *roles)
{
  const char *delay = sandbox_setting (sandbox, "role-delay-ms");
  gint64 lag = delay == NULL ? 0 : CLAMP (g_ascii_strtoll (delay, NULL, 10), 0, 3600 * 1000);
  return role_on (sandbox_part (sandbox, "arm"), principal, scope, roles, cr_now_ms () - lag);
}

/* The part of SCOPE that names its resource group, NULL above groups. Gives. */
static char *
group_of (const char *scope)
{
  g_auto (GStrv) parts = g_strsplit (scope, "/", 6); /* "", subscriptions, s, resourceGroups, g, rest */
  if (g_strv_length (parts) < 5 || g_ascii_strcasecmp (parts[3], "resourceGroups") != 0)
    return NULL;
  return g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", parts[2], parts[4]);
}

gboolean
manager_may (Manager *arm, const char *oid, const char *scope, ManagerAction action)
{
  g_autofree char *group = group_of (scope);
  if (action == ARM_ANYONE || (group == NULL && action != ARM_ASSIGN))
    return TRUE;
  if (group != NULL) {
    g_autoptr (ManagerResource) resource = manager_store_get (arm, group, NULL);
    if (resource != NULL && g_ascii_strcasecmp (resource->owner, oid) == 0)
      return TRUE;
  }
  const char *const *roles = action == ARM_READ    ? read_roles
                             : action == ARM_WRITE ? write_roles
                                                   : assign_roles;
  gint64 now = cr_now_ms ();
  if (role_on (arm, oid, scope, roles, now))
    return TRUE;
  g_autofree char *lower = g_ascii_strdown (scope, -1);
  return action != ARM_ASSIGN && strstr (lower, "/providers/microsoft.storage/storageaccounts/") != NULL
         && role_on (arm, oid, scope, account_roles, now);
}

gboolean
manager_check_action (Sandbox *sandbox, const char *oid, const char *scope, ManagerAction action)
{
  return manager_may (sandbox_part (sandbox, "arm"), oid, scope, action);
}

gboolean
manager_storage_account (Sandbox *sandbox, const char *name, char **id, char **instance)
{
  return manager_store_locate (sandbox_part (sandbox, "arm"), ARM_TYPE_ACCOUNT, name, id, instance);
}

gboolean
manager_identity_by_client (Sandbox *sandbox, const char *client_id, char **principal, char **tenant,
                            json_t **credentials)
{
  Manager *arm = sandbox_part (sandbox, "arm");
  g_autofree char *lookup = g_ascii_strdown (client_id, -1);
  cr_db_lock (arm->db);
  g_autoptr (ManagerResource) identity = manager_store_find (arm, ARM_TYPE_IDENTITY, lookup, NULL);
  g_autoptr (GPtrArray) list = identity == NULL
                                   ? NULL
                                   : manager_store_list (arm, identity->id, ARM_TYPE_CREDENTIAL, NULL);
  cr_db_unlock (arm->db);
  if (list == NULL)
    return FALSE;
  const json_t *properties = json_object_get (identity->body, "properties");
  *principal = g_strdup (cr_json_peek_string (properties, "principalId"));
  *tenant = g_strdup (cr_json_peek_string (properties, "tenantId"));
  *credentials = json_array ();
  for (guint i = 0; i < list->len; i++) {
    ManagerResource *credential = g_ptr_array_index (list, i);
    json_array_append (*credentials, json_object_get (credential->body, "properties"));
  }
  return TRUE;
}
