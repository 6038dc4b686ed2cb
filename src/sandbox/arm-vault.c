/* SPDX-License-Identifier: MIT
 * Key vaults: the resource side only.
 */
#include "sandbox/arm-private.h"

#include "base/clock.h"

#include <string.h>

static gboolean
check_vault_body (ManagerCall *call, const char *name, const json_t *body)
{
  if (!g_regex_match_simple ("^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$", name, G_REGEX_DOLLAR_ENDONLY,
                             0)) {
    manager_fail (call, 400, "VaultNameNotValid",
                  "The vault name '%s' is invalid. A vault's name must be between 3-24 "
                  "alphanumeric characters, begin with a letter and not contain consecutive hyphens.",
                  name);
    return FALSE;
  }
  const json_t *properties = json_object_get (body, "properties");
  const json_t *sku = json_object_get (properties, "sku");
  const char *level = cr_json_peek_string (sku, "name");
  const char *tenant = cr_json_peek_string (properties, "tenantId");
  if (g_strcmp0 (cr_json_peek_string (sku, "family"), "A") != 0
      || (g_strcmp0 (level, "standard") != 0 && g_strcmp0 (level, "premium") != 0))
    manager_fail (call, 400, "BadRequest",
                  "The property 'properties.sku' must be family A, name 'standard' or 'premium'.");
  else if (tenant == NULL || !g_uuid_string_is_valid (tenant))
    manager_fail (call, 400, "BadRequest", "The property 'properties.tenantId' must be the id of a tenant.");
  else
    return TRUE;
  return FALSE;
}

/* Purge protection is for good: once on, a later body cannot switch it off. */
static gboolean
check_purge (ManagerCall *call, const ManagerResource *vault, const json_t *wanted)
{
  const json_t *kept = json_object_get (vault->body, "properties");
  if (!cr_json_peek_bool (kept, "enablePurgeProtection", FALSE)
      || !json_is_false (json_object_get (wanted, "enablePurgeProtection")))
    return TRUE;
  manager_fail (call, 400, "BadRequest",
                "The property 'enablePurgeProtection' cannot be set to false once it is true.");
  return FALSE;
}

static json_t *
vault_properties (ManagerCall *call, const char *name, const json_t *wanted)
{
  static const char *const kept[] = { "sku",
                                      "tenantId",
                                      "enableRbacAuthorization",
                                      "enablePurgeProtection",
                                      "enabledForDeployment",
                                      "enabledForTemplateDeployment",
                                      "accessPolicies" };
  json_t *properties = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    json_t *value = json_object_get (wanted, kept[i]);
    if (value != NULL && !json_is_null (value))
      json_object_set (properties, kept[i], value);
  }
  cr_json_set_bool (properties, "enableSoftDelete", TRUE);
  cr_json_set_int (properties, "softDeleteRetentionInDays", 90);
  const char *base = sandbox_url (call->sandbox, "vault");
  g_autofree char *uri = base == NULL ? NULL : g_strdup_printf ("%s/%s/", base, name);
  cr_json_set_string (properties, "vaultUri", uri);
  return properties;
}

void
manager_vault_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = manager_parameter (call, 2);
  g_autofree char *lookup = g_ascii_strdown (name, -1);
  g_autoptr (json_t) body = manager_body (call);
  if (body == NULL || !check_vault_body (call, name, body))
    return;
  g_autofree char *location = manager_location (call, body);
  g_autoptr (ManagerResource) vault = location == NULL ? NULL
                                                       : manager_store_get (call->arm, call->scope, &error);
  if (location == NULL || manager_broken (call, error))
    return;
  const json_t *wanted = json_object_get (body, "properties");
  if (vault != NULL && (!manager_same_location (call, vault, location) || !check_purge (call, vault, wanted)))
    return;
  if (vault == NULL) {
    g_autoptr (ManagerResource) other = manager_store_find (call->arm, ARM_TYPE_VAULT, lookup, &error);
    if (other != NULL)
      manager_fail (call, 409, "VaultAlreadyExists", "The vault name '%s' is already in use.", name);
    if (other != NULL || manager_broken (call, error))
      return;
    vault = g_new0 (ManagerResource, 1);
    vault->id = g_strdup (call->scope);
    vault->type = g_strdup (ARM_TYPE_VAULT);
    vault->name = g_strdup (name);
    vault->owner = g_strdup (call->oid);
    vault->ready_ms = cr_now_ms () + manager_operation_ms (call->sandbox);
  }
  json_decref (vault->body);
  vault->body = json_pack ("{s:s, s:o}", "location", location, "properties",
                           vault_properties (call, vault->name, wanted));
  if (!manager_tags (call, body, vault->body))
    return;
  if (manager_store_put (call->arm, vault, lookup, NULL, &error))
    sandbox_respond_json (call->response, 200, manager_show (call, vault));
  else
    manager_broken (call, error);
}

void
manager_vault_delete (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) vault = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error))
    return;
  if (vault == NULL)
    sandbox_respond_empty (call->response, 204);
  else if (manager_store_delete (call->arm, call->scope, &error))
    sandbox_respond_empty (call->response, 200);
  else
    manager_broken (call, error);
}
