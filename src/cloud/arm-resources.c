/* SPDX-License-Identifier: MIT
 * Storage accounts, key vaults, identities, roles, federated credentials (arm.h).
 */
#include "cloud/arm-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cloud/names.h"

#include <string.h>

#define STORAGE_VERSION "2023-05-01"
#define VAULT_VERSION "2023-07-01"
#define IDENTITY_VERSION "2023-01-31"
#define ROLE_VERSION "2022-04-01"
#define STORAGE_TYPE "Microsoft.Storage/storageAccounts"
#define VAULT_TYPE "Microsoft.KeyVault/vaults"
#define IDENTITY_TYPE "Microsoft.ManagedIdentity/userAssignedIdentities"
#define FEDERATION_AUDIENCE "api://AzureADTokenExchange"

#define PRINCIPAL_POLL_MS 5000u
#define PRINCIPAL_LIMIT_S 120

json_t *
arm_storage_account_ensure (ArmClient *client, CrJob *job, const char *group, const char *location,
                            const char *name, gboolean shared_key, GError **error)
{
  if (!cloud_check_storage_account_name (name, error))
    return NULL;
  g_autofree char *id = arm_resource_id (client, job, group, STORAGE_TYPE, name, error);
  if (id == NULL)
    return NULL;
  g_autoptr (json_t) body = json_pack ("{s:s, s:s, s:{s:s}, s:{s:s, s:b, s:b}}", "location", location, "kind",
                                       "StorageV2", "sku", "name", "Standard_LRS", "properties",
                                       "minimumTlsVersion", "TLS1_2", "allowSharedKeyAccess",
                                       shared_key ? 1 : 0, "allowBlobPublicAccess", 0);
  return arm_ensure (client, job, id, STORAGE_VERSION, body, error);
}

char *
arm_storage_endpoint (const json_t *account, const char *kind, GError **error)
{
  static const char what[] = "the storage account";
  json_t *properties = cr_json_get_object (account, "properties", what, error);
  json_t *endpoints = properties != NULL ? cr_json_get_object (properties, "primaryEndpoints", what, error)
                                         : NULL;
  const char *url = endpoints != NULL ? cr_json_get_string (endpoints, kind, what, error) : NULL;
  if (url == NULL)
    return NULL;
  return g_str_has_suffix (url, "/") ? g_strdup (url) : g_strconcat (url, "/", NULL);
}

json_t *
arm_vault_ensure (ArmClient *client, CrJob *job, const char *group, const char *location, const char *name,
                  const char *tenant, GError **error)
{
  if (!cloud_check_vault_name (name, error))
    return NULL;
  g_autofree char *id = arm_resource_id (client, job, group, VAULT_TYPE, name, error);
  if (id == NULL)
    return NULL;
  g_autoptr (json_t) body = json_pack ("{s:s, s:{s:s, s:{s:s, s:s}, s:b, s:b, s:[]}}", "location", location,
                                       "properties", "tenantId", tenant, "sku", "family", "A", "name",
                                       "premium", "enableRbacAuthorization", 1, "enablePurgeProtection", 1,
                                       "accessPolicies");
  return arm_ensure (client, job, id, VAULT_VERSION, body, error);
}

json_t *
arm_identity_ensure (ArmClient *client, CrJob *job, const char *group, const char *location, const char *name,
                     GError **error)
{
  g_autofree char *id = arm_resource_id (client, job, group, IDENTITY_TYPE, name, error);
  if (id == NULL)
    return NULL;
  g_autoptr (json_t) body = json_pack ("{s:s}", "location", location);
  return arm_ensure (client, job, id, IDENTITY_VERSION, body, error);
}

/* --- roles ---------------------------------------------------------------------------------------------- */

/* Does ASSIGNMENT give ROLE on SCOPE or on something above it? */
static gboolean
covers (const json_t *assignment, const char *scope, const char *role)
{
  const json_t *properties = json_object_get (assignment, "properties");
  const char *definition = cr_json_peek_string (properties, "roleDefinitionId");
  const char *on = cr_json_peek_string (properties, "scope");
  if (definition == NULL || on == NULL)
    return FALSE;
  const char *guid = strrchr (definition, '/');
  gsize length = strlen (on);
  return g_ascii_strcasecmp (guid != NULL ? guid + 1 : definition, role) == 0
         && g_ascii_strncasecmp (on, scope, length) == 0 && (scope[length] == '\0' || scope[length] == '/');
}

/* 1 = the role is there, 0 = it is not, -1 = ERROR. */
static int
role_is_there (ArmClient *client, CrJob *job, const char *scope, const char *role, const char *principal,
               GError **error)
{
  g_autofree char *id = g_strdup_printf ("%s/providers/Microsoft.Authorization/roleAssignments", scope);
  g_autofree char *filter = g_strdup_printf ("principalId eq '%s'", principal);
  g_autofree char *encoded = cr_percent_encode (filter, NULL);
  g_autofree char *query = g_strdup_printf ("$filter=%s", encoded);
  g_autoptr (json_t) answer = arm_call (client, job, "GET", id, ROLE_VERSION, query, error);
  json_t *list = answer != NULL ? cr_json_get_array (answer, "value", "the list of role assignments", error)
                                : NULL;
  if (list == NULL)
    return -1;
  gsize index;
  json_t *assignment;
  json_array_foreach (list, index, assignment)
    if (covers (assignment, scope, role))
      return 1;
  return 0;
}

/* PUT the assignment; a principal that the directory does not know yet is waited for. */
static gboolean
put_role (ArmClient *client, CrJob *job, const char *id, const json_t *body, GError **error)
{
  gint64 limit_s = cr_now_seconds () + PRINCIPAL_LIMIT_S;
  for (;;) {
    GError *problem = NULL;
    g_autoptr (json_t) made = arm_put (client, job, id, ROLE_VERSION, body, &problem);
    if (made != NULL)
      return TRUE;
    if (cr_error_is_remote (problem, "RoleAssignmentExists")) {
      g_clear_error (&problem);
      return TRUE;
    }
    if (!cr_error_is_remote (problem, "PrincipalNotFound") || cr_now_seconds () > limit_s) {
      g_propagate_error (error, problem);
      return FALSE;
    }
    g_clear_error (&problem);
    cr_job_notice (job, "waiting", "Waiting until the directory knows the new identity (up to two minutes).");
    if (!cr_job_sleep (job, PRINCIPAL_POLL_MS, error))
      return FALSE;
  }
}

static char *
assignment_id (const char *scope, const char *role, const char *principal)
{
  g_autofree char *name = cloud_role_assignment_name (scope, role, principal);
  return g_strdup_printf ("%s/providers/Microsoft.Authorization/roleAssignments/%s", scope, name);
}

gboolean
arm_role_ensure (ArmClient *client, CrJob *job, const char *scope, const char *role, const char *principal,
                 const char *type, gboolean *created, GError **error)
{
  if (created != NULL)
    *created = FALSE;
  int there = role_is_there (client, job, scope, role, principal, error);
  if (there != 0)
    return there > 0;
  const char *subscription = arm_subscription (client, job, error);
  if (subscription == NULL)
    return FALSE;
  g_autofree char *id = assignment_id (scope, role, principal);
  g_autofree char *definition = g_strdup_printf (
      "/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s", subscription, role);
  g_autoptr (json_t) body = json_pack ("{s:{s:s, s:s, s:s}}", "properties", "roleDefinitionId", definition,
                                       "principalId", principal, "principalType", type);
  if (!put_role (client, job, id, body, error))
    return FALSE;
  if (created != NULL)
    *created = TRUE;
  return TRUE;
}

/* --- federation ----------------------------------------------------------------------------------------- */

static gboolean
same_federation (const json_t *credential, const char *issuer, const char *subject)
{
  const json_t *properties = json_object_get (credential, "properties");
  const json_t *audiences = json_object_get (properties, "audiences");
  return g_strcmp0 (cr_json_peek_string (properties, "issuer"), issuer) == 0
         && g_strcmp0 (cr_json_peek_string (properties, "subject"), subject) == 0
         && json_array_size (audiences) == 1
         && g_strcmp0 (json_string_value (json_array_get (audiences, 0)), FEDERATION_AUDIENCE) == 0;
}

json_t *
arm_federated_credential_ensure (ArmClient *client, CrJob *job, const char *identity_id, const char *name,
                                 const char *issuer, const char *subject, GError **error)
{
  if (!cloud_check_credential_name (name, error))
    return NULL;
  g_autofree char *id = g_strdup_printf ("%s/federatedIdentityCredentials/%s", identity_id, name);
  GError *problem = NULL;
  g_autoptr (json_t) known = arm_get (client, job, id, IDENTITY_VERSION, &problem);
  if (known != NULL && same_federation (known, issuer, subject))
    return g_steal_pointer (&known);
  if (known == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_clear_error (&problem);
  /* The three values must equal those of the token byte for byte; nothing is normalised. */
  g_autoptr (json_t) body = json_pack ("{s:{s:s, s:s, s:[s]}}", "properties", "issuer", issuer, "subject",
                                       subject, "audiences", FEDERATION_AUDIENCE);
  return arm_put (client, job, id, IDENTITY_VERSION, body, error);
}
