/* SPDX-License-Identifier: MIT
 * The resource manager: start, the table of operations, and what every call passes through.
 *
 * A call is checked in this order: token, api-version, path, subscription, resource group, permission,
 * registration of the provider. Only then its handler runs, with the database locked.
 */
#include "sandbox/arm-private.h"
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdarg.h>
#include <string.h>

typedef struct {
  const char *method;
  const char *pattern; /* segments compared without regard to case; {} matches one */
  const char *action;  /* as error texts and role definitions call it */
  ManagerAction needs;
  void (*handler) (ManagerCall *call);
} ManagerRoute;

#define GROUP "subscriptions/{}/resourceGroups/{}"
#define ACCOUNT GROUP "/providers/Microsoft.Storage/storageAccounts"
#define VAULT GROUP "/providers/Microsoft.KeyVault/vaults"
#define IDENTITY GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
#define CREDENTIAL IDENTITY "/{}/federatedIdentityCredentials"

static const ManagerRoute routes[] = {
  { "GET", "subscriptions", "Microsoft.Resources/subscriptions/read", ARM_ANYONE,
    manager_subscriptions_list },
  { "GET", "subscriptions/{}", "Microsoft.Resources/subscriptions/read", ARM_ANYONE,
    manager_subscription_get },
  { "GET", "subscriptions/{}/operationstatuses/{}", "operationstatuses/read", ARM_ANYONE,
    manager_operation_status },
  { "GET", "subscriptions/{}/operationresults/{}", "operationresults/read", ARM_ANYONE,
    manager_operation_result },
  { "GET", "subscriptions/{}/providers", "providers/read", ARM_ANYONE, manager_provider_list },
  { "GET", "subscriptions/{}/providers/{}", "providers/read", ARM_ANYONE, manager_provider_get },
  { "POST", "subscriptions/{}/providers/{}/register", "register/action", ARM_ANYONE,
    manager_provider_register },
  { "GET", "subscriptions/{}/resourceGroups", ARM_TYPE_GROUP "/read", ARM_ANYONE, manager_group_list },
  { "GET", GROUP, ARM_TYPE_GROUP "/read", ARM_READ, manager_group_get },
  { "HEAD", GROUP, ARM_TYPE_GROUP "/read", ARM_READ, manager_group_get },
  { "PUT", GROUP, ARM_TYPE_GROUP "/write", ARM_WRITE, manager_group_put },
  { "DELETE", GROUP, ARM_TYPE_GROUP "/delete", ARM_WRITE, manager_group_delete },
  { "GET", GROUP "/resources", ARM_TYPE_GROUP "/resources/read", ARM_READ, manager_group_resources },
  { "GET", ACCOUNT, ARM_TYPE_ACCOUNT "/read", ARM_READ, manager_account_list },
  { "GET", ACCOUNT "/{}", ARM_TYPE_ACCOUNT "/read", ARM_READ, manager_resource_show },
  { "PUT", ACCOUNT "/{}", ARM_TYPE_ACCOUNT "/write", ARM_WRITE, manager_account_put },
  { "PATCH", ACCOUNT "/{}", ARM_TYPE_ACCOUNT "/write", ARM_WRITE, manager_account_patch },
  { "DELETE", ACCOUNT "/{}", ARM_TYPE_ACCOUNT "/delete", ARM_WRITE, manager_account_delete },
  { "POST", ACCOUNT "/{}/listKeys", ARM_TYPE_ACCOUNT "/listKeys/action", ARM_WRITE, manager_account_keys },
  { "GET", VAULT "/{}", ARM_TYPE_VAULT "/read", ARM_READ, manager_resource_show },
  { "PUT", VAULT "/{}", ARM_TYPE_VAULT "/write", ARM_WRITE, manager_vault_put },
  { "DELETE", VAULT "/{}", ARM_TYPE_VAULT "/delete", ARM_WRITE, manager_vault_delete },
  { "GET", IDENTITY "/{}", ARM_TYPE_IDENTITY "/read", ARM_READ, manager_resource_show },
  { "PUT", IDENTITY "/{}", ARM_TYPE_IDENTITY "/write", ARM_WRITE, manager_identity_put },
  { "DELETE", IDENTITY "/{}", ARM_TYPE_IDENTITY "/delete", ARM_WRITE, manager_identity_delete },
  { "GET", CREDENTIAL, ARM_TYPE_CREDENTIAL "/read", ARM_READ, manager_credential_list },
  { "GET", CREDENTIAL "/{}", ARM_TYPE_CREDENTIAL "/read", ARM_READ, manager_resource_show },
  { "PUT", CREDENTIAL "/{}", ARM_TYPE_CREDENTIAL "/write", ARM_WRITE, manager_credential_put },
  { "DELETE", CREDENTIAL "/{}", ARM_TYPE_CREDENTIAL "/delete", ARM_WRITE, manager_identity_delete },
};

/* Below "<scope>/providers/Microsoft.Authorization/". */
static const ManagerRoute authorization_routes[] = {
  { "GET", "roleAssignments", "Microsoft.Authorization/roleAssignments/read", ARM_READ, manager_role_list },
  { "GET", "roleAssignments/{}", "Microsoft.Authorization/roleAssignments/read", ARM_READ, manager_role_get },
  { "PUT", "roleAssignments/{}", "Microsoft.Authorization/roleAssignments/write", ARM_ASSIGN,
    manager_role_put },
  { "DELETE", "roleAssignments/{}", "Microsoft.Authorization/roleAssignments/delete", ARM_ASSIGN,
    manager_role_delete },
  { "GET", "permissions", "Microsoft.Authorization/permissions/read", ARM_ANYONE, manager_permissions },
};

void
manager_fail (ManagerCall *call, guint status, const char *code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  sandbox_respond_error (call->response, status, code, "%s", message);
}

gboolean
manager_broken (ManagerCall *call, GError *error)
{
  if (error == NULL)
    return FALSE;
  sandbox_log (call->sandbox, "management: %s", error->message);
  manager_fail (call, 500, "InternalServerError", "The request could not be stored: %s", error->message);
  return TRUE;
}

json_t *
manager_body (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = sandbox_request_json (call->request, &error);
  if (json_is_object (body))
    return g_steal_pointer (&body);
  manager_fail (call, 400, "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: %s",
                error != NULL ? error->message : "it is not a JSON object.");
  return NULL;
}

const char *
manager_parameter (const ManagerCall *call, guint index)
{
  return index < call->parameters->len ? g_ptr_array_index (call->parameters, index) : "";
}

/* The path as decoded segments; NULL when one of them could name something else than it seems to. */
static GPtrArray *
split_path (const char *path)
{
  if (strstr (path, "%00") != NULL) /* decoded it would end the text */
    return NULL;
  g_autoptr (GPtrArray) segments = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (path + 1, "/", -1);
  guint count = g_strv_length (parts);
  if (count > 1 && *parts[count - 1] == '\0')
    count--; /* one final slash is customary */
  for (guint i = 0; i < count; i++) {
    char *segment = cr_percent_decode (parts[i], -1);
    g_ptr_array_add (segments, segment);
    if (*segment == '\0' || strcmp (segment, ".") == 0 || strcmp (segment, "..") == 0
        || strpbrk (segment, "/\\<>%&?#") != NULL || !g_utf8_validate (segment, -1, NULL))
      return NULL;
    for (const char *c = segment; *c != '\0'; c++)
      if (g_ascii_iscntrl (*c))
        return NULL;
  }
  return g_steal_pointer (&segments);
}

/* Do SEGMENTS from FIRST on match PATTERN? Fills PARAMETERS with what {} matched. */
static gboolean
match (const char *pattern, GPtrArray *segments, guint first, GPtrArray *parameters)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "/", -1);
  guint count = g_strv_length (parts);
  g_ptr_array_set_size (parameters, 0);
  if (count != segments->len - first)
    return FALSE;
  for (guint i = 0; i < count; i++) {
    const char *segment = g_ptr_array_index (segments, first + i);
    if (strcmp (parts[i], "{}") == 0)
      g_ptr_array_add (parameters, g_strdup (segment));
    else if (g_ascii_strcasecmp (parts[i], segment) != 0)
      return FALSE;
  }
  return TRUE;
}

/* Spelling of PATTERN's words with the values of SEGMENTS: "/subscriptions/x/resourceGroups/y". Gives. */
static char *
canonical (const char *pattern, GPtrArray *segments)
{
  g_autoptr (GString) id = g_string_new (NULL);
  g_auto (GStrv) parts = g_strsplit (pattern, "/", -1);
  for (guint i = 0; i < segments->len; i++) {
    const char *segment = g_ptr_array_index (segments, i);
    gboolean fixed = i < g_strv_length (parts) && strcmp (parts[i], "{}") != 0;
    g_string_append_printf (id, "/%s", fixed ? parts[i] : segment);
  }
  return g_string_free (g_steal_pointer (&id), FALSE);
}

/* TRUE when the path's method exists; otherwise the answer (404 or 405) is set. */
static const ManagerRoute *
find_route (ManagerCall *call, const ManagerRoute *table, guint count, GPtrArray *segments, guint first)
{
  gboolean known = FALSE;
  for (guint i = 0; i < count; i++)
    if (match (table[i].pattern, segments, first, call->parameters)) {
      known = TRUE;
      if (strcmp (table[i].method, call->request->method) == 0)
        return &table[i];
    }
  if (known)
    manager_fail (call, 405, "MethodNotAllowed", "The method %s is not allowed here.", call->request->method);
  else
    manager_fail (call, 404, "InvalidResourceType", "The resource type of '%s' is not known here.",
                  call->request->path);
  return NULL;
}

/* Index of the first segment after "providers/Microsoft.Authorization", 0 when there is none. */
static guint
authorization_part (GPtrArray *segments)
{
  for (guint i = 0; i + 2 < segments->len; i++)
    if (g_ascii_strcasecmp (g_ptr_array_index (segments, i), "providers") == 0
        && g_ascii_strcasecmp (g_ptr_array_index (segments, i + 1), "Microsoft.Authorization") == 0)
      return i + 2;
  return 0;
}

/* The scope of a role call, spelled as its resource is stored. NULL after answering 404. Gives. */
static char *
role_scope (ManagerCall *call, GPtrArray *segments, guint count)
{
  g_autoptr (GString) id = g_string_new (NULL);
  for (guint i = 0; i < count; i++)
    g_string_append_printf (id, "/%s", (char *) g_ptr_array_index (segments, i));
  if (count == 2 && g_ascii_strcasecmp (g_ptr_array_index (segments, 0), "subscriptions") == 0)
    return g_strdup_printf ("/subscriptions/%s", call->arm->subscription);
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) resource = manager_store_get (call->arm, id->str, &error);
  if (resource != NULL)
    return g_strdup (resource->id);
  if (!manager_broken (call, error))
    manager_fail (call, 404, "ResourceNotFound", "The resource '%s' under scope was not found.", id->str);
  return NULL;
}

static gboolean
check_api_version (ManagerCall *call)
{
  g_autofree char *version = sandbox_request_query (call->request, "api-version");
  if (version == NULL || *version == '\0') {
    manager_fail (call, 400, "MissingApiVersionParameter",
                  "The api-version query parameter (?api-version=) is required for all requests.");
    return FALSE;
  }
  if (g_regex_match_simple ("^20[0-9]{2}-[01][0-9]-[0-3][0-9](-preview|-privatepreview)?$", version,
                            G_REGEX_DOLLAR_ENDONLY, 0))
    return TRUE;
  manager_fail (call, 400, "InvalidApiVersionParameter", "The api-version '%.40s' is invalid.", version);
  return FALSE;
}

/* Subscription and group of the path: they exist, and the group is kept for the handler. */
static gboolean
check_container (ManagerCall *call, GPtrArray *segments, gboolean makes_group)
{
  if (segments->len >= 2
      && g_ascii_strcasecmp (g_ptr_array_index (segments, 1), call->arm->subscription) != 0) {
    manager_fail (call, 404, "SubscriptionNotFound", "The subscription '%s' could not be found.",
                  (char *) g_ptr_array_index (segments, 1));
    return FALSE;
  }
  if (segments->len < 4 || g_ascii_strcasecmp (g_ptr_array_index (segments, 2), "resourceGroups") != 0)
    return TRUE;
  call->group = g_ptr_array_index (segments, 3);
  if (makes_group)
    return TRUE;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", call->arm->subscription,
                                         call->group);
  g_autoptr (ManagerResource) group = manager_store_get (call->arm, id, &error);
  if (group == NULL && !manager_broken (call, error))
    manager_fail (call, 404, "ResourceGroupNotFound", "Resource group '%s' could not be found.", call->group);
  return group != NULL;
}

/* New things of a provider need its registration, as in the real service. */
static gboolean
check_registered (ManagerCall *call, GPtrArray *segments)
{
  if (strcmp (call->request->method, "PUT") != 0 || segments->len < 6)
    return TRUE;
  const char *namespace_name = g_ptr_array_index (segments, 5);
  if (g_ascii_strcasecmp (namespace_name, "Microsoft.Authorization") == 0
      || manager_provider_registered (call->arm, namespace_name))
    return TRUE;
  manager_fail (call, 409, "MissingSubscriptionRegistration",
                "The subscription is not registered to use namespace '%s'.", namespace_name);
  return FALSE;
}

static void
run_route (ManagerCall *call, GPtrArray *segments)
{
  guint role_part = authorization_part (segments);
  const ManagerRoute *route = role_part != 0
                                  ? find_route (call, authorization_routes,
                                                G_N_ELEMENTS (authorization_routes), segments, role_part)
                                  : find_route (call, routes, G_N_ELEMENTS (routes), segments, 0);
  if (route == NULL)
    return;
  gboolean makes_group = route->handler == manager_group_put;
  if (!check_container (call, segments, makes_group))
    return;
  g_autofree char *scope = role_part != 0 ? role_scope (call, segments, role_part - 2)
                                          : canonical (route->pattern, segments);
  if (scope == NULL)
    return;
  if (strcmp (route->method, "POST") == 0) /* the last segment is what to do, not what to do it to */
    *strrchr (scope, '/') = '\0';
  call->scope = scope;
  if (makes_group) {
    g_autoptr (ManagerResource) group = manager_store_get (call->arm, scope, NULL);
    if (group == NULL) /* everybody may make groups */
    {
      route->handler (call);
      return;
    }
  }
  if (!manager_may (call->arm, call->oid, scope, route->needs))
    manager_fail (call, 403, "AuthorizationFailed",
                  "The client with object id '%s' does not have authorization to perform action '%s' over "
                  "scope '%s' or the "
                  "scope is invalid. If access was recently granted, please refresh your credentials.",
                  call->oid, route->action, scope);
  else if (check_registered (call, segments))
    route->handler (call);
}

static void
not_signed_in (Sandbox *sandbox, SandboxResponse *response, const char *code, const char *message)
{
  g_autofree char *challenge = g_strdup_printf (
      "Bearer authorization_uri=\"%s/common\", error=\"invalid_token\", error_description=\"%s\"",
      sandbox_url (sandbox, "identity"), message);
  sandbox_respond_error (response, 401, code, "%s", message);
  sandbox_respond_header (response, "WWW-Authenticate", challenge);
}

static void
respond_ids (const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *id = cr_uuid_new ();
  sandbox_respond_header (response, "x-ms-request-id", id);
  sandbox_respond_header (response, "x-ms-correlation-request-id", id);
  sandbox_respond_header (response, "Cache-Control", "no-store");
  const char *client = sandbox_request_header (request, "x-ms-client-request-id");
  if (client != NULL && strlen (client) <= 64)
    sandbox_respond_header (response, "x-ms-client-request-id", client);
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const char *token = sandbox_request_bearer (request);
  g_autoptr (GError) error = NULL;
  if (token == NULL) {
    not_signed_in (sandbox, response, "AuthenticationFailed",
                   "Authentication failed. The 'Authorization' header is missing.");
    respond_ids (request, response);
    return;
  }
  g_autoptr (json_t) claims = idp_check_token (sandbox, token, "https://management.azure.com", &error);
  if (claims == NULL) {
    not_signed_in (sandbox, response, "InvalidAuthenticationToken", "The access token is invalid.");
    respond_ids (request, response);
    return;
  }
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (g_free);
  ManagerCall call = {
    .sandbox = sandbox,
    .arm = sandbox_part (sandbox, "arm"),
    .request = request,
    .response = response,
    .oid = cr_json_peek_string (claims, "oid"),
    .tid = cr_json_peek_string (claims, "tid"),
    .parameters = parameters,
  };
  g_autoptr (GPtrArray) segments = split_path (request->path);
  if (segments == NULL || segments->len == 0)
    manager_fail (&call, 400, "InvalidResourceName", "The path of the request is not a valid resource id.");
  else if (check_api_version (&call)) {
    cr_db_lock (call.arm->db);
    run_route (&call, segments);
    cr_db_unlock (call.arm->db);
  }
  respond_ids (request, response);
}

static void
manager_free (gpointer data)
{
  Manager *arm = data;
  cr_db_close (arm->db);
  g_free (arm->subscription);
  g_free (arm);
}

gboolean
arm_start (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = g_build_filename (sandbox_folder (sandbox), "cloud.db", NULL);
  CrDb *db = manager_store_open (path, error);
  if (db == NULL)
    return FALSE;
  g_autofree char *fresh = cr_uuid_new ();
  Manager *arm = g_new0 (Manager, 1);
  arm->db = db;
  arm->subscription = manager_store_meta (db, "subscription", fresh, error);
  if (arm->subscription == NULL) {
    manager_free (arm);
    return FALSE;
  }
  sandbox_set_part (sandbox, "arm", arm, manager_free);
  SandboxListenerOptions options = { .name = "management", .fallback = answer, .threads = 2 };
  return sandbox_listen (sandbox, &options, error) != NULL;
}

const char *
arm_subscription_id (Sandbox *sandbox)
{
  const Manager *arm = sandbox_part (sandbox, "arm");
  return arm != NULL ? arm->subscription : NULL;
}
