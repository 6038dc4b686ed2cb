/* SPDX-License-Identifier: MIT
 * Storage accounts: the resource side. Their data is in blob-*.c.
 */
#include "sandbox/arm-private.h"
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"

#include <string.h>

/* Properties that a caller may set, with their defaults. */
static const struct {
  const char *name;
  const char *text; /* NULL = a boolean */
  gboolean flag;
} settable[] = {
  { "accessTier", "Hot", FALSE },
  { "minimumTlsVersion", "TLS1_2", FALSE },
  { "allowSharedKeyAccess", NULL, TRUE },
  { "allowBlobPublicAccess", NULL, FALSE },
  { "supportsHttpsTrafficOnly", NULL, TRUE },
  { "isHnsEnabled", NULL, FALSE },
};

void
manager_account_endpoints (ManagerCall *call, const char *name, json_t *properties)
{
  static const char *const kinds[] = { "blob", "web" };
  json_t *endpoints = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const char *base = sandbox_url (call->sandbox, kinds[i]);
    g_autofree char *url = base == NULL ? NULL : g_strdup_printf ("%s/%s/", base, name);
    cr_json_set_string (endpoints, kinds[i], url);
  }
  cr_json_set (properties, "primaryEndpoints", endpoints);
}

/* Take the settable members of WANTED over into PROPERTIES; FALSE after answering 400. */
static gboolean
take_properties (ManagerCall *call, const json_t *wanted, json_t *properties)
{
  for (guint i = 0; i < G_N_ELEMENTS (settable); i++) {
    json_t *value = json_object_get (wanted, settable[i].name);
    if (value == NULL || json_is_null (value))
      continue;
    if (settable[i].text != NULL ? !json_is_string (value) : !json_is_boolean (value)) {
      manager_fail (call, 400, "InvalidRequestPropertyValue", "The value of the property '%s' is invalid.",
                    settable[i].name);
      return FALSE;
    }
    json_object_set (properties, settable[i].name, value);
  }
  return TRUE;
}

static json_t *
default_properties (const char *location)
{
  json_t *properties = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (settable); i++)
    if (settable[i].text != NULL)
      cr_json_set_string (properties, settable[i].name, settable[i].text);
    else
      cr_json_set_bool (properties, settable[i].name, settable[i].flag);
  g_autofree char *now = cr_iso8601 (cr_now_ms ());
  cr_json_set_string (properties, "creationTime", now);
  cr_json_set_string (properties, "primaryLocation", location);
  cr_json_set_string (properties, "statusOfPrimary", "available");
  return properties;
}

gboolean
manager_account_name_valid (const char *name)
{
  gsize length = strspn (name, G_CSET_a_2_z G_CSET_DIGITS);
  return name[length] == '\0' && length >= 3 && length <= 24;
}

static gboolean
check_account_body (ManagerCall *call, const char *name, const json_t *body)
{
  if (!manager_account_name_valid (name)) {
    manager_fail (call, 400, "AccountNameInvalid",
                  "%s is not a valid storage account name. Storage account name must be "
                  "between 3 and 24 characters in length and use numbers and lower-case letters only.",
                  name);
    return FALSE;
  }
  const char *sku = cr_json_peek_string (json_object_get (body, "sku"), "name");
  const char *kind = cr_json_peek_string (body, "kind");
  if (sku != NULL && g_str_has_prefix (sku, "Standard_") && g_strcmp0 (kind, "StorageV2") == 0)
    return TRUE;
  manager_fail (call, 400, "InvalidRequestPropertyValue",
                "A storage account here has kind 'StorageV2' and a 'Standard_...' sku name.");
  return FALSE;
}

/* A storage account name is unique over all subscriptions. */
static gboolean
check_name_free (ManagerCall *call, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) other = manager_store_find (call->arm, ARM_TYPE_ACCOUNT, name, &error);
  if (manager_broken (call, error))
    return FALSE;
  if (other != NULL)
    manager_fail (call, 409, "StorageAccountAlreadyTaken", "The storage account named %s is already taken.",
                  name);
  return other == NULL;
}

static ManagerResource *
new_account (ManagerCall *call, const char *name, const char *location)
{
  ManagerResource *account = g_new0 (ManagerResource, 1);
  account->id = g_strdup (call->scope);
  account->type = g_strdup (ARM_TYPE_ACCOUNT);
  account->name = g_strdup (name);
  account->owner = g_strdup (call->oid);
  account->body = json_pack ("{s:s, s:o}", "location", location, "properties", default_properties (location));
  account->ready_ms = cr_now_ms () + manager_operation_ms (call->sandbox);
  return account;
}

void
manager_account_put (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = manager_parameter (call, 2);
  g_autoptr (json_t) body = manager_body (call);
  if (body == NULL || !check_account_body (call, name, body))
    return;
  g_autofree char *location = manager_location (call, body);
  if (location == NULL)
    return;
  g_autoptr (ManagerResource) account = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error) || (account != NULL && !manager_same_location (call, account, location)))
    return;
  gboolean fresh = account == NULL;
  if (fresh && !check_name_free (call, name))
    return;
  if (fresh)
    account = new_account (call, name, location);
  const char *sku = cr_json_peek_string (json_object_get (body, "sku"), "name");
  cr_json_set_string (account->body, "kind", "StorageV2");
  cr_json_set (account->body, "sku", json_pack ("{s:s, s:s}", "name", sku, "tier", "Standard"));
  if (!take_properties (call, json_object_get (body, "properties"),
                        json_object_get (account->body, "properties"))
      || !manager_tags (call, body, account->body))
    return;
  if (!manager_store_put (call->arm, account, name, NULL, &error))
    manager_broken (call, error);
  else if (fresh)
    manager_operation_start (call, account);
  else
    sandbox_respond_json (call->response, 200, manager_show (call, account));
}

void
manager_account_patch (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = manager_body (call);
  g_autoptr (ManagerResource) account = body == NULL ? NULL : manager_require (call);
  if (account == NULL)
    return;
  if (!take_properties (call, json_object_get (body, "properties"),
                        json_object_get (account->body, "properties"))
      || !manager_tags (call, body, account->body))
    return;
  if (manager_store_put (call->arm, account, account->name, NULL, &error))
    sandbox_respond_json (call->response, 200, manager_show (call, account));
  else
    manager_broken (call, error);
}

void
manager_account_list (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", call->arm->subscription,
                                             call->group);
  g_autoptr (GPtrArray) accounts = manager_store_list (call->arm, prefix, ARM_TYPE_ACCOUNT, &error);
  if (manager_broken (call, error))
    return;
  json_t *list = json_array ();
  for (guint i = 0; i < accounts->len; i++)
    json_array_append_new (list, manager_show (call, g_ptr_array_index (accounts, i)));
  sandbox_respond_json (call->response, 200, json_pack ("{s:o}", "value", list));
}

static const char *const key_names[] = { "key1", "key2" };

/* The account keys follow from the instance and one secret of the sandbox. Gives. */
static char *
account_key (Manager *arm, const ManagerResource *account, const char *key_name, GError **error)
{
  g_autofree char *first = cr_random_hex (64);
  g_autofree char *secret = manager_store_meta (arm->db, "account-key-secret", first, error);
  if (secret == NULL)
    return NULL;
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA512, (const guchar *) secret, strlen (secret));
  g_hmac_update (hmac, (const guchar *) account->instance, -1);
  g_hmac_update (hmac, (const guchar *) key_name, -1);
  guint8 digest[64];
  gsize length = sizeof digest;
  g_hmac_get_digest (hmac, digest, &length);
  char *text = cr_base64 (digest, length);
  cr_wipe (digest, sizeof digest);
  cr_wipe (secret, strlen (secret));
  return text;
}

void
manager_account_keys (ManagerCall *call)
{
  g_autoptr (ManagerResource) account = manager_require (call);
  if (account == NULL)
    return;
  g_autoptr (json_t) list = json_array ();
  for (guint i = 0; i < G_N_ELEMENTS (key_names); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *key = account_key (call->arm, account, key_names[i], &error);
    if (key == NULL) {
      manager_broken (call, error);
      return;
    }
    json_array_append_new (
        list, json_pack ("{s:s, s:s, s:s}", "keyName", key_names[i], "value", key, "permissions", "FULL"));
    cr_wipe (key, strlen (key));
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:O}", "keys", list));
}

gboolean
manager_storage_keys (Sandbox *sandbox, const char *name, GBytes *keys[2], gboolean *permitted)
{
  Manager *arm = sandbox_part (sandbox, "arm");
  cr_db_lock (arm->db);
  g_autoptr (ManagerResource) account = manager_store_find (arm, ARM_TYPE_ACCOUNT, name, NULL);
  gboolean good = account != NULL && account->ready_ms <= cr_now_ms ();
  for (guint i = 0; good && i < G_N_ELEMENTS (key_names); i++) {
    char *text = account_key (arm, account, key_names[i], NULL);
    g_autoptr (GBytes) plain = text != NULL ? cr_base64_decode (text, "the account key", NULL) : NULL;
    keys[i] = plain != NULL ? cr_secret_new (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain)) : NULL;
    good = keys[i] != NULL;
    if (text != NULL)
      cr_wipe (text, strlen (text));
    g_free (text);
  }
  cr_db_unlock (arm->db);
  *permitted = good
               && json_is_true (
                   json_object_get (json_object_get (account->body, "properties"), "allowSharedKeyAccess"));
  if (!good)
    g_clear_pointer (&keys[0], g_bytes_unref);
  return good;
}

void
manager_account_delete (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ManagerResource) account = manager_store_get (call->arm, call->scope, &error);
  if (manager_broken (call, error))
    return;
  if (account == NULL) {
    sandbox_respond_empty (call->response, 204);
    return;
  }
  if (storage_remove_account (call->sandbox, account->instance, &error)
      && manager_store_delete (call->arm, call->scope, &error))
    sandbox_respond_empty (call->response, 200);
  else
    manager_broken (call, error);
}
