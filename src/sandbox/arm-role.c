/* SPDX-License-Identifier: MIT
 * Role assignments and the caller's permissions.
 */
#include "sandbox/arm-private.h"
#include "sandbox/idp-private.h"

#include "base/clock.h"

#include <string.h>

#define ROLE_COLUMNS "name, scope, role, principal, principal_type, created_ms, created_by"

static json_t *
read_role (ManagerCall *call, sqlite3_stmt *statement)
{
  g_autofree char *name = cr_db_text (statement, 0);
  g_autofree char *scope = cr_db_text (statement, 1);
  g_autofree char *role = cr_db_text (statement, 2);
  g_autofree char *principal = cr_db_text (statement, 3);
  g_autofree char *type = cr_db_text (statement, 4);
  g_autofree char *created = cr_iso8601 (sqlite3_column_int64 (statement, 5));
  g_autofree char *creator = cr_db_text (statement, 6);
  g_autofree char *id = g_strdup_printf ("%s/providers/Microsoft.Authorization/roleAssignments/%s", scope,
                                         name);
  g_autofree char *definition =
      g_strdup_printf ("/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
                       call->arm->subscription, role);
  return json_pack ("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "id", id, "name", name, "type",
                    "Microsoft.Authorization/roleAssignments", "properties", "roleDefinitionId", definition,
                    "principalId", principal, "principalType", type, "scope", scope, "createdOn", created,
                    "updatedOn", created, "createdBy", creator);
}

/* The one row that matches; NULL with the answer unset when there is none. Gives. */
static json_t *
find_role (ManagerCall *call, GError **error, const char *sql, const char *scope_key, const char *second,
           const char *third)
{
  sqlite3_stmt *statement = third == NULL
                                ? cr_db_query (call->arm->db, error, sql, "ss", scope_key, second)
                                : cr_db_query (call->arm->db, error, sql, "sss", scope_key, second, third);
  if (statement == NULL || !cr_db_step (call->arm->db, statement, error))
    return NULL;
  json_t *role = read_role (call, statement);
  cr_db_done (statement);
  return role;
}

static json_t *
role_by_name (ManagerCall *call, const char *name, GError **error)
{
  g_autofree char *key = g_ascii_strdown (call->scope, -1);
  return find_role (call, error, "SELECT " ROLE_COLUMNS " FROM roles WHERE scope_key = ? AND name = ?", key,
                    name, NULL);
}

/* "principalId eq 'x'", "assignedTo('x')" or "atScope()"; FALSE after answering 400. */
static gboolean
parse_filter (ManagerCall *call, char **principal, gboolean *at_scope)
{
  g_autofree char *filter = sandbox_request_query (call->request, "$filter");
  *at_scope = FALSE;
  if (filter == NULL || *filter == '\0')
    return TRUE;
  g_autoptr (GRegex) pattern = g_regex_new ("^\\s*(?:principalId\\s+eq\\s+'([0-9A-Fa-f-]{36})'|assignedTo\\('"
                                            "([0-9A-Fa-f-]{36})'\\)|(atScope\\(\\)))\\s*$",
                                            G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) found = NULL;
  if (!g_regex_match (pattern, filter, 0, &found)) {
    manager_fail (call, 400, "UnsupportedQuery",
                  "The filter is not supported. Supported filters are either 'atScope()' or \"principalId "
                  "eq '{value}'\".");
    return FALSE;
  }
  g_autofree char *first = g_match_info_fetch (found, 1);
  g_autofree char *second = g_match_info_fetch (found, 2);
  const char *given = first != NULL && *first != '\0' ? first : second;
  *at_scope = given == NULL || *given == '\0';
  if (!*at_scope)
    *principal = g_ascii_strdown (given, -1);
  return TRUE;
}

void
manager_role_list (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *principal = NULL;
  gboolean at_scope = FALSE;
  if (!parse_filter (call, &principal, &at_scope))
    return;
  /* Assignments on the scope, on what is above it (they reach down) and, unless atScope(), below it. */
  g_autofree char *key = g_ascii_strdown (call->scope, -1);
  sqlite3_stmt *statement =
      cr_db_query (call->arm->db, &error,
                   "SELECT " ROLE_COLUMNS " FROM roles WHERE (scope_key = ?1"
                   " OR substr (?1, 1, length (scope_key) + 1) = scope_key || '/'"
                   " OR (?3 = 0 AND substr (scope_key, 1, length (?1) + 1) = ?1 || '/'))"
                   " AND (?2 IS NULL OR principal = ?2) ORDER BY created_ms, name",
                   "ssi", key, principal, (gint64) at_scope);
  if (statement == NULL) {
    manager_broken (call, error);
    return;
  }
  g_autoptr (json_t) list = json_array ();
  while (cr_db_step (call->arm->db, statement, &error))
    json_array_append_new (list, read_role (call, statement));
  if (!manager_broken (call, error))
    sandbox_respond_json (call->response, 200, json_pack ("{s:O}", "value", list));
}

static char *
role_name (ManagerCall *call)
{
  const char *name = manager_parameter (call, 0);
  if (g_uuid_string_is_valid (name))
    return g_ascii_strdown (name, -1);
  manager_fail (call, 400, "InvalidRoleAssignmentId",
                "The role assignment ID '%s' is not valid. The role assignment ID must "
                "be a GUID.",
                name);
  return NULL;
}

void
manager_role_get (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = role_name (call);
  if (name == NULL)
    return;
  json_t *role = role_by_name (call, name, &error);
  if (role != NULL)
    sandbox_respond_json (call->response, 200, role);
  else if (!manager_broken (call, error))
    manager_fail (call, 404, "RoleAssignmentNotFound", "The role assignment '%s' is not found.", name);
}

/* "User" or "ServicePrincipal" for a principal that exists here, NULL otherwise. */
static const char *
principal_type (ManagerCall *call, const char *oid)
{
  if (idp_account_exists (call->sandbox, oid))
    return "User";
  sqlite3_stmt *statement = cr_db_query (call->arm->db, NULL, "SELECT 1 FROM resources WHERE principal = ?",
                                         "s", oid);
  gboolean found = statement != NULL && cr_db_step (call->arm->db, statement, NULL);
  cr_db_done (statement);
  return found ? "ServicePrincipal" : NULL;
}

/* Role GUID, principal and its type from the body; FALSE after answering an error. */
static gboolean
parse_role (ManagerCall *call, const json_t *body, char **role, char **principal, const char **type)
{
  const json_t *properties = json_object_get (body, "properties");
  const char *definition = cr_json_peek_string (properties, "roleDefinitionId");
  const char *oid = cr_json_peek_string (properties, "principalId");
  const char *wanted = cr_json_peek_string (properties, "principalType");
  if (definition == NULL || oid == NULL) {
    manager_fail (call, 400, "InvalidRequestContent",
                  "'roleDefinitionId' and 'principalId' are required properties.");
    return FALSE;
  }
  const char *slash = strrchr (definition, '/');
  const char *guid = slash == NULL ? definition : slash + 1;
  if (!manager_role_known (guid) || (slash != NULL && strstr (definition, "/roleDefinitions/") == NULL)) {
    manager_fail (call, 404, "RoleDefinitionDoesNotExist",
                  "The specified role definition with ID '%s' does not exist.", guid);
    return FALSE;
  }
  *principal = g_ascii_strdown (oid, -1);
  *type = principal_type (call, *principal);
  if (*type == NULL) {
    manager_fail (call, 400, "PrincipalNotFound", "Principal %s does not exist in the directory %s.", oid,
                  call->tid);
    return FALSE;
  }
  if (wanted != NULL && strcmp (wanted, *type) != 0) {
    manager_fail (call, 400, "UnmatchedPrincipalType",
                  "The PrincipalId '%s' has type '%s', which is different from "
                  "specified PrincipalType '%s'.",
                  oid, *type, wanted);
    return FALSE;
  }
  *role = g_ascii_strdown (guid, -1);
  return TRUE;
}

/* Is there already an assignment that decides the answer? */
static gboolean
answer_existing (ManagerCall *call, const char *name, const char *role, const char *principal)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = g_ascii_strdown (call->scope, -1);
  g_autoptr (json_t) same = role_by_name (call, name, &error);
  if (manager_broken (call, error))
    return TRUE;
  if (same != NULL) {
    const json_t *properties = json_object_get (same, "properties");
    const char *definition = cr_json_peek_string (properties, "roleDefinitionId");
    if (g_str_has_suffix (definition, role)
        && g_strcmp0 (cr_json_peek_string (properties, "principalId"), principal) == 0)
      sandbox_respond_json (call->response, 200, g_steal_pointer (&same));
    else
      manager_fail (call, 400, "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.");
    return TRUE;
  }
  g_autoptr (json_t) equal = find_role (
      call, &error, "SELECT " ROLE_COLUMNS " FROM roles WHERE scope_key = ? AND role = ? AND principal = ?",
      key, role, principal);
  if (equal != NULL) {
    g_autofree char *id = g_strdup (cr_json_peek_string (equal, "name"));
    manager_fail (call, 409, "RoleAssignmentExists",
                  "The role assignment already exists. The ID of the existing role assignment is %s.", id);
  }
  return equal != NULL || manager_broken (call, error);
}

void
manager_role_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *role = NULL;
  g_autofree char *principal = NULL;
  const char *type = NULL;
  g_autofree char *name = role_name (call);
  g_autoptr (json_t) body = name == NULL ? NULL : manager_body (call);
  if (body == NULL || !parse_role (call, body, &role, &principal, &type)
      || answer_existing (call, name, role, principal))
    return;
  g_autofree char *key = g_ascii_strdown (call->scope, -1);
  if (!cr_db_run (call->arm->db, &error,
                  "INSERT INTO roles (name, scope_key, scope, role, principal, principal_type, created_ms, "
                  "created_by)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  "ssssssis", name, key, call->scope, role, principal, type, cr_now_ms (), call->oid)) {
    manager_broken (call, error);
    return;
  }
  json_t *made = role_by_name (call, name, &error);
  if (made != NULL)
    sandbox_respond_json (call->response, 201, made);
  else
    manager_broken (call, error);
}

void
manager_role_delete (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = role_name (call);
  if (name == NULL)
    return;
  g_autofree char *key = g_ascii_strdown (call->scope, -1);
  g_autoptr (json_t) role = role_by_name (call, name, &error);
  if (manager_broken (call, error))
    return;
  if (role == NULL)
    sandbox_respond_empty (call->response, 204);
  else if (cr_db_run (call->arm->db, &error, "DELETE FROM roles WHERE scope_key = ? AND name = ?", "ss", key,
                      name))
    sandbox_respond_json (call->response, 200, g_steal_pointer (&role));
  else
    manager_broken (call, error);
}

void
manager_permissions (ManagerCall *call)
{
  json_t *list = json_array ();
  if (manager_may (call->arm, call->oid, call->scope, ARM_ASSIGN)
      && manager_may (call->arm, call->oid, call->scope, ARM_WRITE))
    json_array_append_new (list, json_pack ("{s:[s], s:[], s:[], s:[]}", "actions", "*", "notActions",
                                            "dataActions", "notDataActions"));
  else {
    if (manager_may (call->arm, call->oid, call->scope, ARM_ASSIGN))
      json_array_append_new (list, json_pack ("{s:[s,s], s:[], s:[], s:[]}", "actions", "*/read",
                                              "Microsoft.Authorization/*", "notActions", "dataActions",
                                              "notDataActions"));
    if (manager_may (call->arm, call->oid, call->scope, ARM_WRITE))
      json_array_append_new (list,
                             json_pack ("{s:[s], s:[s,s], s:[], s:[]}", "actions", "*", "notActions",
                                        "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
                                        "dataActions", "notDataActions"));
    else if (manager_may (call->arm, call->oid, call->scope, ARM_READ))
      json_array_append_new (list, json_pack ("{s:[s], s:[], s:[], s:[]}", "actions", "*/read", "notActions",
                                              "dataActions", "notDataActions"));
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}
