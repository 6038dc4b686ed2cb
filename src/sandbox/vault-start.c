/* SPDX-License-Identifier: MIT
 * The key vault service: start, the table of operations, and what every call passes through.
 */
#include "sandbox/arm-private.h"
#include "sandbox/vault-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#define NAME_PATTERN "^[0-9a-zA-Z-]{1,127}$"

static const char *const migrations[] = {
  "CREATE TABLE keys (seq INTEGER PRIMARY KEY, instance TEXT NOT NULL, name TEXT NOT NULL,"
  " version TEXT NOT NULL, created_ms INTEGER NOT NULL, shown TEXT NOT NULL, private BLOB NOT NULL,"
  " UNIQUE (instance, name, version));"
  "CREATE TABLE secrets (seq INTEGER PRIMARY KEY, instance TEXT NOT NULL, name TEXT NOT NULL,"
  " version TEXT NOT NULL, created_ms INTEGER NOT NULL, value TEXT NOT NULL, type TEXT,"
  " UNIQUE (instance, name, version));",
  /* 2: certificates */
  "CREATE TABLE certificates (seq INTEGER PRIMARY KEY, instance TEXT NOT NULL, name TEXT NOT NULL,"
  " version TEXT NOT NULL, created_ms INTEGER NOT NULL, cer BLOB NOT NULL, policy TEXT NOT NULL,"
  " UNIQUE (instance, name, version));",
  NULL,
};

static const char *const key_writers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_CRYPTO_OFFICER, NULL };
static const char *const key_readers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_CRYPTO_OFFICER,
                                           VAULT_ROLE_CRYPTO_USER, VAULT_ROLE_READER, NULL };
static const char *const key_users[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_CRYPTO_OFFICER,
                                         VAULT_ROLE_CRYPTO_USER, NULL };
static const char *const certificate_writers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_CERTIFICATES_OFFICER,
                                                   NULL };
static const char *const certificate_readers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_CERTIFICATES_OFFICER,
                                                   VAULT_ROLE_READER, NULL };
static const char *const secret_writers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_SECRETS_OFFICER, NULL };
static const char *const secret_readers[] = { VAULT_ROLE_ADMINISTRATOR, VAULT_ROLE_SECRETS_OFFICER,
                                              VAULT_ROLE_SECRETS_USER, NULL };

/* "/{vault}/KIND[/{object}[/{version}]][/VERB]". */
static const struct {
  const char *method, *kind;
  guint least, most; /* names after KIND */
  const char *verb;  /* last segment, NULL = none */
  const char *const *roles;
  void (*handler) (SafeCall *call);
} operations[] = {
  { "POST", "keys", 1, 2, "release", key_writers, safe_key_release },
  { "POST", "keys", 1, 1, "create", key_writers, safe_key_create },
  { "POST", "keys", 1, 2, "sign", key_users, safe_key_sign },
  { "POST", "keys", 1, 2, "decrypt", key_users, safe_key_decrypt },
  { "PUT", "keys", 1, 1, NULL, key_writers, safe_key_import },
  { "GET", "keys", 1, 2, NULL, key_readers, safe_key_get },
  { "GET", "keys", 0, 0, NULL, key_readers, safe_key_list },
  { "POST", "certificates", 1, 1, "create", certificate_writers, safe_certificate_create },
  { "GET", "certificates", 1, 1, "pending", certificate_readers, safe_certificate_pending },
  { "GET", "certificates", 1, 2, NULL, certificate_readers, safe_certificate_get },
  { "PUT", "secrets", 1, 1, NULL, secret_writers, safe_secret_set },
  { "GET", "secrets", 1, 2, NULL, secret_readers, safe_secret_get },
  { "GET", "secrets", 0, 0, NULL, secret_readers, safe_secret_list },
};

void
safe_fail (SafeCall *call, guint status, const char *code, const char *inner, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_t *body = json_pack ("{s:s, s:s}", "code", code, "message", valid);
  if (inner != NULL)
    cr_json_set (body, "innererror", json_pack ("{s:s}", "code", inner));
  sandbox_respond_json (call->response, status, json_pack ("{s:o}", "error", body));
}

void
safe_broken (SafeCall *call, const GError *error)
{
  const char *reason = error != NULL ? error->message : "no reason is known";
  sandbox_log (call->sandbox, "vault: %s", reason);
  safe_fail (call, 500, "InternalServerError", NULL, "The vault cannot do this: %s", reason);
}

char *
safe_id (SafeCall *call, const char *kind, const char *object, const char *version)
{
  return g_strdup_printf ("%s/%s/%s%s%s%s%s", sandbox_url (call->sandbox, "vault"), call->name, kind,
                          object != NULL ? "/" : "", object != NULL ? object : "", version != NULL ? "/" : "",
                          version != NULL ? version : "");
}

json_t *
safe_body (SafeCall *call)
{
  g_autoptr (GError) error = NULL;
  json_t *body = sandbox_request_json (call->request, &error);
  if (json_is_object (body))
    return body;
  json_decref (body);
  safe_fail (call, 400, "BadParameter", NULL, "The request body must be a JSON object.");
  return NULL;
}

/* The vault called NAME: the id of its resource and its instance. FALSE when there is none. */
static gboolean
find_vault (Sandbox *sandbox, const char *name, char **id, char **instance)
{
  Manager *arm = sandbox_part (sandbox, "arm");
  g_autofree char *lookup = g_ascii_strdown (name, -1);
  cr_db_lock (arm->db);
  g_autoptr (ManagerResource) vault = manager_store_find (arm, "Microsoft.KeyVault/vaults", lookup, NULL);
  cr_db_unlock (arm->db);
  if (vault == NULL || vault->ready_ms > cr_now_ms ())
    return FALSE;
  *id = g_steal_pointer (&vault->id);
  *instance = g_steal_pointer (&vault->instance);
  return TRUE;
}

/* Claims of the caller's token; NULL after answering 401. Gives. */
static json_t *
signed_in (SafeCall *call)
{
  const char *token = sandbox_request_bearer (call->request);
  json_t *claims = token != NULL ? idp_check_token (call->sandbox, token, "https://vault.azure.net", NULL)
                                 : NULL;
  if (claims != NULL)
    return claims;
  safe_fail (call, 401, "Unauthorized", NULL, "AKV10000: Request is missing a valid Bearer token.");
  g_autofree char *challenge =
      g_strdup_printf ("Bearer authorization=\"%s/common\", resource=\"https://vault.azure.net\"",
                       sandbox_url (call->sandbox, "identity"));
  sandbox_respond_header (call->response, "WWW-Authenticate", challenge);
  return NULL;
}

/* The operation that method and SEGMENTS (after the vault's name) name; -1 after answering. */
static int
find_operation (SafeCall *call, char **segments)
{
  guint count = g_strv_length (segments);
  gboolean known = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++) {
    guint names = count - 1;
    if (operations[i].verb != NULL) {
      if (count < 2 || strcmp (segments[count - 1], operations[i].verb) != 0)
        continue;
      names--;
    }
    if (strcmp (segments[0], operations[i].kind) != 0 || names < operations[i].least
        || names > operations[i].most)
      continue;
    known = TRUE;
    if (strcmp (operations[i].method, call->request->method) == 0)
      return (int) i;
  }
  if (known)
    safe_fail (call, 405, "MethodNotAllowed", NULL, "This vault does not do that.");
  else
    safe_fail (call, 404, "ResourceNotFound", NULL, "There is no such resource.");
  return -1;
}

static gboolean
check_names (SafeCall *call)
{
  if ((call->object == NULL || g_regex_match_simple (NAME_PATTERN, call->object, G_REGEX_DOLLAR_ENDONLY, 0))
      && (call->version == NULL
          || g_regex_match_simple (NAME_PATTERN, call->version, G_REGEX_DOLLAR_ENDONLY, 0)))
    return TRUE;
  safe_fail (call, 400, "BadParameter", NULL, "A name has 1 to 127 characters of 0-9, a-z, A-Z and hyphen.");
  return FALSE;
}

static void
run_call (SafeCall *call, char **segments)
{
  g_autoptr (json_t) claims = signed_in (call);
  if (claims == NULL)
    return;
  g_autofree char *version = sandbox_request_query (call->request, "api-version");
  if (version == NULL) {
    safe_fail (call, 400, "BadParameter", NULL, "api-version must be specified.");
    return;
  }
  int operation = find_operation (call, segments);
  if (operation < 0)
    return;
  guint names = g_strv_length (segments) - 1 - (operations[operation].verb != NULL ? 1 : 0);
  call->object = names > 0 ? segments[1] : NULL;
  call->version = names > 1 ? segments[2] : NULL;
  g_autofree char *id = NULL, *instance = NULL;
  if (!check_names (call))
    return;
  if (!find_vault (call->sandbox, call->name, &id, &instance)) {
    safe_fail (call, 404, "VaultNotFound", NULL, "There is no vault %s.", call->name);
    return;
  }
  call->instance = instance;
  if (arm_has_role (call->sandbox, cr_json_peek_string (claims, "oid"), id, operations[operation].roles))
    operations[operation].handler (call);
  else
    safe_fail (call, 403, "Forbidden", "ForbiddenByRbac",
               "Caller is not authorized to perform action on resource. If role assignments were changed "
               "recently, please observe propagation time.");
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *id = cr_uuid_new ();
  sandbox_respond_header (response, "x-ms-request-id", id);
  sandbox_respond_header (response, "Cache-Control", "no-store");
  g_auto (GStrv) segments = g_strsplit (request->path + 1, "/", -1);
  guint count = 0;
  for (guint i = 0; segments[i] != NULL; i++) { /* an empty version stands for the newest */
    if (*segments[i] == '\0')
      g_free (segments[i]);
    else
      segments[count++] = segments[i];
  }
  segments[count] = NULL;
  SafeCall call = {
    .sandbox = sandbox,
    .vault = sandbox_part (sandbox, "vault"),
    .request = request,
    .response = response,
    .name = segments[0],
  };
  if (count >= 2 && count <= 5)
    run_call (&call, segments + 1);
  else
    safe_fail (&call, 404, "ResourceNotFound", NULL, "There is no such resource.");
}

static void
vault_free (gpointer data)
{
  Safe *vault = data;
  cr_db_close (vault->db);
  g_free (vault);
}

gboolean
vault_start (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = g_build_filename (sandbox_folder (sandbox), "vault.db", NULL);
  CrDb *db = cr_db_open (path, migrations, error);
  if (db == NULL)
    return FALSE;
  Safe *vault = g_new0 (Safe, 1);
  vault->db = db;
  sandbox_set_part (sandbox, "vault", vault, vault_free);
  SandboxListenerOptions options = { .name = "vault", .fallback = answer };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
