/* SPDX-License-Identifier: MIT
 * Keys of a vault: import with release policy, show, list ("Import Key", "Get Key", "Get Keys").
 */
#include "sandbox/vault-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/jwk-private.h"
#include "cose/jwt.h"
#include "cose/x509.h"

#include <string.h>

#define LIST_PAGE 25

/* What an import asks for, checked. */
typedef struct {
  EVP_PKEY *key;
  json_t *body; /* borrowed by the members below */
  json_t *policy;
  char *policy_data; /* as sent */
  gboolean exportable, immutable;
} Import;

static void
import_clear (Import *import)
{
  EVP_PKEY_free (import->key);
  json_decref (import->body);
  json_decref (import->policy);
  g_free (import->policy_data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

static gboolean
bad (SafeCall *call, const char *inner, const char *message)
{
  safe_fail (call, 400, "BadParameter", inner, "%s", message);
  return FALSE;
}

static gboolean
take_policy (SafeCall *call, Import *import)
{
  const json_t *wrapper = json_object_get (import->body, "release_policy");
  const char *data = cr_json_peek_string (wrapper, "data");
  import->exportable = cr_json_peek_bool (json_object_get (import->body, "attributes"), "exportable", FALSE);
  import->immutable = cr_json_peek_bool (wrapper, "immutable", FALSE);
  if (data == NULL)
    return !import->exportable || bad (call, "AKV.SKR.1004", "Exportable keys must have release policy.");
  if (!import->exportable)
    return bad (call, "AKV.SKR.1005", "Non-exportable keys must not have release policy.");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = cr_base64url_decode (data, -1, "release_policy.data", &error);
  import->policy = bytes != NULL ? cr_json_parse_bytes (bytes, "the release policy", &error) : NULL;
  if (import->policy == NULL || !safe_policy_check (import->policy, &error))
    return bad (call, "AKV.SKR.1002", error->message);
  import->policy_data = g_strdup (data);
  return TRUE;
}

static gboolean
take_import (SafeCall *call, Import *import)
{
  g_autoptr (GError) error = NULL;
  import->body = safe_body (call);
  if (import->body == NULL)
    return FALSE;
  const json_t *key = json_object_get (import->body, "key");
  const char *type = cr_json_peek_string (key, "kty");
  if (type == NULL || (strcmp (type, "RSA-HSM") != 0 && strcmp (type, "RSA") != 0))
    return bad (call, NULL, "Property key.kty must be RSA or RSA-HSM.");
  if (json_object_get (key, "key_ops") != NULL && !json_is_array (json_object_get (key, "key_ops")))
    return bad (call, NULL, "Property key.key_ops must be a list.");
  import->key = cose_jwk_private_key (key, &error);
  if (import->key == NULL)
    return bad (call, NULL, error->message);
  return take_policy (call, import);
}

/* What a vault shows of a key. Gives. */
static json_t *
bundle (SafeCall *call, const char *version, const json_t *shown)
{
  json_t *copy = json_deep_copy (shown);
  g_autofree char *id = safe_id (call, "keys", call->object, version);
  cr_json_set_string (json_object_get (copy, "key"), "kid", id);
  return copy;
}

static json_t *
shown_of (const Import *import)
{
  gint64 now = cr_now_ms () / 1000;
  const json_t *sent = json_object_get (import->body, "key");
  json_t *key = cose_jwk_new (import->key, NULL, NULL, NULL, NULL);
  json_t *ops = json_object_get (sent, "key_ops");
  json_t *shown = json_object ();
  json_object_del (key, "use");
  cr_json_set_string (key, "kty", cr_json_peek_string (sent, "kty"));
  cr_json_set (key, "key_ops",
               ops != NULL ? json_deep_copy (ops)
                           : json_pack ("[s,s,s,s,s,s]", "encrypt", "decrypt", "sign", "verify", "wrapKey",
                                        "unwrapKey"));
  cr_json_set (shown, "key", key);
  cr_json_set (shown, "attributes",
               json_pack ("{s:b, s:I, s:I, s:s, s:i, s:b}", "enabled", TRUE, "created", (json_int_t) now,
                          "updated", (json_int_t) now, "recoveryLevel", "Recoverable", "recoverableDays", 90,
                          "exportable", import->exportable));
  if (import->policy_data != NULL)
    cr_json_set (shown, "release_policy",
                 json_pack ("{s:s, s:s, s:b}", "contentType", "application/json; charset=utf-8", "data",
                            import->policy_data, "immutable", import->immutable));
  return shown;
}

static gboolean
put_key (SafeCall *call, const char *version, const EVP_PKEY *key, const json_t *shown, GError **error)
{
  g_autofree char *text = cr_json_dump (shown);
  g_autoptr (GBytes) private_der = cose_key_private_der (key);
  return private_der != NULL
         && cr_db_run (call->vault->db, error,
                       "INSERT INTO keys (instance, name, version, created_ms, shown, private)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       "sssisb", call->instance, call->object, version, cr_now_ms (), text, private_der);
}

gboolean
safe_key_keep (SafeCall *call, const char *version, EVP_PKEY *key, const char *type, json_t *ops,
               GError **error)
{
  g_autoptr (json_t) sent = json_pack ("{s:{s:s, s:o}}", "key", "kty", type, "key_ops", ops);
  Import import = { .key = key, .body = sent };
  g_autoptr (json_t) shown = shown_of (&import);
  return put_key (call, version, key, shown, error);
}

void
safe_key_import (SafeCall *call)
{
  g_auto (Import) import = { 0 };
  g_autoptr (GError) error = NULL;
  if (!take_import (call, &import))
    return;
  g_autofree char *version = cr_random_hex (32);
  g_autoptr (json_t) shown = shown_of (&import);
  if (!put_key (call, version, import.key, shown, &error)) {
    safe_broken (call, error);
    return;
  }
  sandbox_respond_json (call->response, 200, bundle (call, version, shown));
}

/* One version's row; NULL when absent. */
static sqlite3_stmt *
find_row (SafeCall *call, GError **error)
{
  CrDb *db = call->vault->db;
  sqlite3_stmt *statement =
      call->version != NULL
          ? cr_db_query (
              db, error,
              "SELECT version, shown, private FROM keys WHERE instance = ? AND name = ? AND version = ?",
              "sss", call->instance, call->object, call->version)
          : cr_db_query (db, error,
                         "SELECT version, shown, private FROM keys WHERE instance = ? AND name = ?"
                         " ORDER BY seq DESC LIMIT 1",
                         "ss", call->instance, call->object);
  if (statement != NULL && cr_db_step (db, statement, error))
    return statement;
  cr_db_done (statement);
  return NULL;
}

static void
absent (SafeCall *call, const GError *error)
{
  if (error != NULL)
    safe_broken (call, error);
  else
    safe_fail (call, 404, "KeyNotFound", NULL, "A key with (name/id) %s was not found in this key vault.",
               call->object);
}

void
safe_key_get (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  cr_db_lock (call->vault->db);
  sqlite3_stmt *statement = find_row (call, &error);
  g_autofree char *version = statement != NULL ? cr_db_text (statement, 0) : NULL;
  g_autofree char *text = statement != NULL ? cr_db_text (statement, 1) : NULL;
  cr_db_done (statement);
  cr_db_unlock (call->vault->db);
  g_autoptr (json_t) shown = text != NULL ? cr_json_parse (text, strlen (text), "a stored key", &error)
                                          : NULL;
  if (shown == NULL)
    absent (call, error);
  else
    sandbox_respond_json (call->response, 200, bundle (call, version, shown));
}

gboolean
safe_key_load (SafeCall *call, EVP_PKEY **key, json_t **policy, char **version)
{
  g_autoptr (GError) error = NULL;
  cr_db_lock (call->vault->db);
  sqlite3_stmt *statement = find_row (call, &error);
  g_autofree char *text = statement != NULL ? cr_db_text (statement, 1) : NULL;
  g_autoptr (GBytes) private_der = statement != NULL ? cr_db_blob (statement, 2) : NULL;
  *version = statement != NULL ? cr_db_text (statement, 0) : NULL;
  cr_db_done (statement);
  cr_db_unlock (call->vault->db);
  if (private_der == NULL) {
    absent (call, error);
    return FALSE;
  }
  g_autoptr (json_t) shown = cr_json_parse (text, strlen (text), "a stored key", NULL);
  const char *data = cr_json_peek_string (json_object_get (shown, "release_policy"), "data");
  g_autoptr (GBytes) bytes = data != NULL ? cr_base64url_decode (data, -1, "the policy", NULL) : NULL;
  *policy = bytes != NULL ? cr_json_parse_bytes (bytes, "the policy", NULL) : NULL;
  *key = cose_key_from_private_der (private_der, "a stored key", &error);
  if (*key == NULL)
    safe_broken (call, error);
  return *key != NULL;
}

json_t *
safe_key_operations (SafeCall *call)
{
  cr_db_lock (call->vault->db);
  sqlite3_stmt *statement = find_row (call, NULL);
  g_autofree char *text = statement != NULL ? cr_db_text (statement, 1) : NULL;
  cr_db_done (statement);
  cr_db_unlock (call->vault->db);
  g_autoptr (json_t) shown = text != NULL ? cr_json_parse (text, strlen (text), "a stored key", NULL) : NULL;
  return json_incref (json_object_get (json_object_get (shown, "key"), "key_ops"));
}

void
safe_key_list (SafeCall *call)
{
  g_autofree char *skip = sandbox_request_query (call->request, "$skiptoken");
  CrDb *db = call->vault->db;
  json_t *items = json_array ();
  g_autofree char *last = NULL;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (
      db, NULL, "SELECT DISTINCT name FROM keys WHERE instance = ? AND name > ? ORDER BY name LIMIT ?", "ssi",
      call->instance, skip != NULL ? skip : "", (gint64) LIST_PAGE + 1);
  while (statement != NULL && cr_db_step (db, statement, NULL)) {
    if (json_array_size (items) == LIST_PAGE)
      break;
    g_free (last);
    last = cr_db_text (statement, 0);
    g_autofree char *id = safe_id (call, "keys", last, NULL);
    json_array_append_new (items, json_pack ("{s:s, s:{s:b}}", "kid", id, "attributes", "enabled", TRUE));
  }
  gboolean more = statement != NULL && json_array_size (items) == LIST_PAGE
                  && sqlite3_data_count (statement) > 0;
  cr_db_done (statement);
  cr_db_unlock (db);
  g_autofree char *next = NULL;
  if (more) {
    g_autofree char *base = safe_id (call, "keys", NULL, NULL);
    g_autofree char *token = cr_percent_encode (last, NULL);
    next = g_strdup_printf ("%s?api-version=7.4&$skiptoken=%s", base, token);
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:o, s:s?}", "value", items, "nextLink", next));
}
