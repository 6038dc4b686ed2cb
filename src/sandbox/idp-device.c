/* SPDX-License-Identifier: MIT
 * The device code flow (RFC 8628): a code for the program, a shorter one for the person.
 *
 * pending -> approved -> redeemed; or declined, or locked after too many wrong passwords; or expired.
 */
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define USER_CODE_LENGTH 9
#define INTERVAL_SECONDS 1
/* A client that keeps the interval may still be a little early by its own clock. */
#define SLOW_DOWN_MS 700
#define WRONG_PASSWORDS 10
#define KEEP_EXPIRED_MS (24 * 3600 * (gint64) 1000)

static gint64
life_seconds (Sandbox *sandbox)
{
  const char *text = sandbox_setting (sandbox, "device-code-seconds");
  return text == NULL ? 900 : CLAMP (g_ascii_strtoll (text, NULL, 10), 0, 900);
}

/* Letters and digits that people do not mix up. Gives. */
static char *
new_user_code (void)
{
  static const char alphabet[] = "BCDFGHJKLMNPQRSTVWXZ23456789ACEY"; /* 32: no bias */
  guint8 random[USER_CODE_LENGTH];
  cr_random_bytes (random, sizeof random);
  char *code = g_malloc0 (USER_CODE_LENGTH + 1);
  for (guint i = 0; i < USER_CODE_LENGTH; i++)
    code[i] = alphabet[random[i] % 32];
  return code;
}

/* As typed by a person: case, spaces and hyphens do not matter. Gives. */
static char *
normal_user_code (const char *text)
{
  g_autoptr (GString) code = g_string_new (NULL);
  for (const char *c = text; *c != '\0' && code->len < 32; c++)
    if (*c != ' ' && *c != '-')
      g_string_append_c (code, g_ascii_toupper (*c));
  return g_string_free (g_steal_pointer (&code), FALSE);
}

static gboolean
store_code (Idp *idp, const char *hash, const char *user_code, const char *client, const char *tenant,
            const char *scope, gint64 expires_ms, GError **error)
{
  if (!cr_db_begin (idp->db, error))
    return FALSE;
  if (cr_db_run (idp->db, error, "DELETE FROM device_codes WHERE expires_ms < ?", "i",
                 cr_now_ms () - KEEP_EXPIRED_MS)
      && cr_db_run (idp->db, error,
                    "INSERT INTO device_codes (hash, user_code, client_id, tenant, scope, state, expires_ms)"
                    " VALUES (?, ?, ?, ?, ?, 'pending', ?)",
                    "sssssi", hash, user_code, client, tenant, scope, expires_ms))
    return cr_db_commit (idp->db, error);
  cr_db_rollback (idp->db);
  return FALSE;
}

void
idp_devicecode_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  g_auto (IdpScope) scope = { 0 };
  const char *tenant = sandbox_request_parameter (request, 0);
  g_autofree char *client = idp_require_client (request, response);
  g_autofree char *text = client == NULL ? NULL : idp_require_form (request, response, "scope");
  if (text == NULL || !idp_scope_parse (response, text, &scope))
    return;
  g_autofree char *secret = cr_random_hex (64);
  g_autofree char *hash = idp_secret_hash (secret);
  g_autofree char *user_code = new_user_code ();
  gint64 life = life_seconds (sandbox);
  if (!store_code (sandbox_part (sandbox, "idp"), hash, user_code, client, tenant, text,
                   cr_now_ms () + life * 1000, &error)) {
    idp_fail (response, 500, "server_error", 90033, "A transient error has occurred: %s.", error->message);
    return;
  }
  g_autofree char *uri = g_strdup_printf ("%s/device", sandbox_url (sandbox, "identity"));
  g_autofree char *message = g_strdup_printf (
      "To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", uri,
      user_code);
  sandbox_respond_json (response, 200,
                        json_pack ("{s:s, s:s, s:s, s:I, s:i, s:s}", "user_code", user_code, "device_code",
                                   secret, "verification_uri", uri, "expires_in", (json_int_t) life,
                                   "interval", INTERVAL_SECONDS, "message", message));
  sandbox_respond_header (response, "Cache-Control", "no-store");
  cr_wipe (secret, strlen (secret));
}

/* One stored code. */
typedef struct {
  char *hash, *client_id, *tenant, *scope, *state, *oid;
  gint64 wrong, expires_ms, polled_ms;
} Code;

static void
code_clear (Code *code)
{
  g_free (code->hash);
  g_free (code->client_id);
  g_free (code->tenant);
  g_free (code->scope);
  g_free (code->state);
  g_free (code->oid);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Code, code_clear)

#define CODE_COLUMNS                                                                                         \
  "SELECT hash, client_id, tenant, scope, state, oid, wrong, expires_ms, polled_ms FROM device_codes"

static gboolean
read_code (Idp *idp, const char *sql, const char *key, Code *code)
{
  sqlite3_stmt *statement = cr_db_query (idp->db, NULL, sql, "s", key);
  if (statement == NULL || !cr_db_step (idp->db, statement, NULL))
    return FALSE;
  char **texts[] = { &code->hash, &code->client_id, &code->tenant, &code->scope, &code->state, &code->oid };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = cr_db_text (statement, (int) i);
  code->wrong = sqlite3_column_int64 (statement, 6);
  code->expires_ms = sqlite3_column_int64 (statement, 7);
  code->polled_ms = sqlite3_column_int64 (statement, 8);
  cr_db_done (statement);
  return TRUE;
}

/* Still pending: tell the client to wait, and to wait longer when it asks too often. */
static void
answer_pending (Idp *idp, const Code *code, SandboxResponse *response)
{
  gint64 now = cr_now_ms ();
  gboolean hasty = now - code->polled_ms < SLOW_DOWN_MS;
  cr_db_run (idp->db, NULL, "UPDATE device_codes SET polled_ms = ? WHERE hash = ?", "is", now, code->hash);
  if (hasty)
    idp_fail (response, 400, "slow_down", 70016,
              "The client polls too often: wait longer between the calls.");
  else
    idp_fail (response, 400, "authorization_pending", 70016,
              "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
}

/* Turn an approved code into tokens: once. */
static void
redeem (Sandbox *sandbox, Idp *idp, const Code *code, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  g_auto (IdpScope) scope = { 0 };
  g_autoptr (IdpAccount) account = idp_account_by_oid (idp, code->oid);
  if (account == NULL || !idp_scope_parse (response, code->scope, &scope))
    return;
  if (g_uuid_string_is_valid (code->tenant) && g_ascii_strcasecmp (code->tenant, account->tid) != 0) {
    idp_fail (response, 400, "invalid_grant", 50020,
              "User account '%s' does not exist in tenant '%s' and cannot access the application.",
              account->address, code->tenant);
    return;
  }
  IdpSubject subject = {
    .oid = account->oid, .tid = account->tid, .address = account->address, .client_id = code->client_id
  };
  g_auto (CrSecretText) refresh = NULL;
  if (!cr_db_begin (idp->db, &error)) {
    idp_fail (response, 500, "server_error", 90033, "A transient error has occurred: %s.", error->message);
    return;
  }
  gboolean stored = cr_db_run (idp->db, &error, "UPDATE device_codes SET state = 'redeemed' WHERE hash = ?",
                               "s", code->hash);
  if (stored && scope.offline)
    stored = (refresh = idp_refresh_new (idp, &subject, &error)) != NULL;
  if (stored)
    stored = cr_db_commit (idp->db, &error);
  else
    cr_db_rollback (idp->db);
  if (stored)
    idp_respond_tokens (sandbox, response, &subject, &scope, refresh);
  else
    idp_fail (response, 500, "server_error", 90033, "A transient error has occurred: %s.", error->message);
}

/* The answer for a code in its present state; the database is locked. */
static void
answer_code (Sandbox *sandbox, Idp *idp, const Code *code, SandboxResponse *response)
{
  if (strcmp (code->state, "redeemed") == 0)
    idp_fail (response, 400, "invalid_grant", 54005,
              "OAuth2 Authorization code was already redeemed, please retry with "
              "a new valid code.");
  else if (strcmp (code->state, "declined") == 0)
    idp_fail (response, 400, "authorization_declined", 65004, "User declined to consent to access the app.");
  else if (strcmp (code->state, "locked") == 0)
    idp_fail (response, 400, "authorization_declined", 50053,
              "The sign-in was locked because the wrong password was entered too many times.");
  else if (cr_now_ms () >= code->expires_ms)
    idp_fail (response, 400, "expired_token", 70019,
              "Verification code expired. Have the user retry the sign-in.");
  else if (strcmp (code->state, "approved") == 0)
    redeem (sandbox, idp, code, response);
  else
    answer_pending (idp, code, response);
}

void
idp_device_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  g_autofree char *client = idp_require_client (request, response);
  g_autofree char *secret = client == NULL ? NULL : idp_require_form (request, response, "device_code");
  if (secret == NULL)
    return;
  g_autofree char *hash = idp_secret_hash (secret);
  cr_wipe (secret, strlen (secret));
  g_auto (Code) code = { 0 };
  cr_db_lock (idp->db);
  if (!read_code (idp, CODE_COLUMNS " WHERE hash = ?", hash, &code) || strcmp (code.client_id, client) != 0)
    idp_fail (response, 400, "bad_verification_code", 70018, "Invalid verification code.");
  else
    answer_code (sandbox, idp, &code, response);
  cr_db_unlock (idp->db);
}

/* Count a wrong password; the last one locks the code. */
static IdpApproval
wrong_password (Idp *idp, const Code *code)
{
  gboolean last = code->wrong + 1 >= WRONG_PASSWORDS;
  cr_db_run (idp->db, NULL, "UPDATE device_codes SET wrong = wrong + 1, state = ? WHERE hash = ?", "ss",
             last ? "locked" : "pending", code->hash);
  return last ? IDP_APPROVE_LOCKED : IDP_APPROVE_WRONG_PASSWORD;
}

IdpApproval
idp_device_approve (Idp *idp, const char *user_code, const char *address, const char *password,
                    gboolean decline)
{
  g_autofree char *key = normal_user_code (user_code);
  g_auto (Code) code = { 0 };
  IdpApproval result = IDP_APPROVE_DONE;
  /* One at a time: parallel guesses must not get past the count. */
  cr_db_lock (idp->db);
  if (!read_code (idp, CODE_COLUMNS " WHERE user_code = ?", key, &code))
    result = IDP_APPROVE_UNKNOWN_CODE;
  else if (strcmp (code.state, "locked") == 0)
    result = IDP_APPROVE_LOCKED;
  else if (cr_now_ms () >= code.expires_ms)
    result = IDP_APPROVE_EXPIRED;
  else if (strcmp (code.state, "pending") != 0)
    result = IDP_APPROVE_USED;
  else {
    g_autoptr (IdpAccount) account = idp_account_verify (idp, address, password);
    if (account == NULL)
      result = wrong_password (idp, &code);
    else if (!cr_db_run (idp->db, NULL, "UPDATE device_codes SET state = ?, oid = ? WHERE hash = ?", "sss",
                         decline ? "declined" : "approved", account->oid, code.hash))
      result = IDP_APPROVE_FAILED;
  }
  cr_db_unlock (idp->db);
  return result;
}
