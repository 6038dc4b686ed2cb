/* SPDX-License-Identifier: MIT
 * Secrets of a vault ("Set Secret", "Get Secret", "Get Secrets").
 */
#include "sandbox/vault-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define SECRET_MAX (25u * 1024)
#define LIST_PAGE 25

/* What a vault shows of a secret; VALUE NULL in listings. Gives. */
static json_t *
shown (SafeCall *call, const char *name, const char *version, const char *value, const char *type,
       gint64 created_ms)
{
  g_autofree char *id = safe_id (call, "secrets", name, version);
  json_t *secret = json_object ();
  cr_json_set_string (secret, "value", value);
  cr_json_set_string (secret, "contentType", type);
  cr_json_set_string (secret, "id", id);
  cr_json_set (secret, "attributes",
               json_pack ("{s:b, s:I, s:I, s:s, s:i}", "enabled", TRUE, "created",
                          (json_int_t) (created_ms / 1000), "updated", (json_int_t) (created_ms / 1000),
                          "recoveryLevel", "Recoverable", "recoverableDays", 90));
  return secret;
}

void
safe_secret_set (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = safe_body (call);
  if (body == NULL)
    return;
  const char *value = cr_json_peek_string (body, "value");
  const char *type = cr_json_peek_string (body, "contentType");
  if (value == NULL || strlen (value) > SECRET_MAX) {
    safe_fail (call, 400, "BadParameter", NULL, "The secret value must be a text of at most %u bytes.",
               SECRET_MAX);
    return;
  }
  g_autofree char *version = cr_random_hex (32);
  gint64 now = cr_now_ms ();
  if (cr_db_run (
          call->vault->db, &error,
          "INSERT INTO secrets (instance, name, version, created_ms, value, type) VALUES (?, ?, ?, ?, ?, ?)",
          "sssiss", call->instance, call->object, version, now, value, type))
    sandbox_respond_json (call->response, 200, shown (call, call->object, version, value, type, now));
  else
    safe_broken (call, error);
}

void
safe_secret_get (SafeCall *call)
{
  CrDb *db = call->vault->db;
  g_autoptr (GError) error = NULL;
  json_t *secret = NULL;
  cr_db_lock (db);
  sqlite3_stmt *statement = call->version != NULL
                                ? cr_db_query (db, &error,
                                               "SELECT version, value, type, created_ms FROM secrets"
                                               " WHERE instance = ? AND name = ? AND version = ?",
                                               "sss", call->instance, call->object, call->version)
                                : cr_db_query (db, &error,
                                               "SELECT version, value, type, created_ms FROM secrets"
                                               " WHERE instance = ? AND name = ? ORDER BY seq DESC LIMIT 1",
                                               "ss", call->instance, call->object);
  if (statement != NULL && cr_db_step (db, statement, &error)) {
    g_autofree char *version = cr_db_text (statement, 0);
    g_autofree char *value = cr_db_text (statement, 1);
    g_autofree char *type = cr_db_text (statement, 2);
    secret = shown (call, call->object, version, value, type, sqlite3_column_int64 (statement, 3));
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  if (secret != NULL)
    sandbox_respond_json (call->response, 200, secret);
  else if (error != NULL)
    safe_broken (call, error);
  else
    safe_fail (call, 404, "SecretNotFound", NULL,
               "A secret with (name/id) %s was not found in this key vault.", call->object);
}

void
safe_secret_list (SafeCall *call)
{
  g_autofree char *skip = sandbox_request_query (call->request, "$skiptoken");
  CrDb *db = call->vault->db;
  json_t *items = json_array ();
  g_autofree char *last = NULL, *next = NULL;
  gboolean more = FALSE;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, NULL,
                                         "SELECT name, MAX (created_ms) FROM secrets WHERE instance = ?"
                                         " AND name > ? GROUP BY name ORDER BY name LIMIT ?",
                                         "ssi", call->instance, skip != NULL ? skip : "",
                                         (gint64) LIST_PAGE + 1);
  while (statement != NULL && cr_db_step (db, statement, NULL)) {
    more = json_array_size (items) == LIST_PAGE;
    if (more)
      break;
    g_free (last);
    last = cr_db_text (statement, 0);
    json_array_append_new (items, shown (call, last, NULL, NULL, NULL, sqlite3_column_int64 (statement, 1)));
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  if (more) {
    g_autofree char *base = safe_id (call, "secrets", NULL, NULL);
    g_autofree char *token = cr_percent_encode (last, NULL);
    next = g_strdup_printf ("%s?api-version=7.4&$skiptoken=%s", base, token);
  }
  sandbox_respond_json (call->response, 200, json_pack ("{s:o, s:s?}", "value", items, "nextLink", next));
}
