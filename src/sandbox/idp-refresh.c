/* SPDX-License-Identifier: MIT
 * Refresh tokens: kept as hashes, replaced at each use.
 *
 * A token that was replaced works on for a minute: an answer that was cut, or cut again when it was asked for
 * again, costs nobody the sign-in. After that it works one more time if it was used once only: a client
 * that was killed between receiving the new one and storing it can go on. Then it is dead.
 */
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define LIFE_MS (90 * 24 * 3600 * (gint64) 1000)
#define USES 2
#define GRACE_MS (60 * (gint64) 1000)

CrSecretText
idp_refresh_new (Idp *idp, const IdpSubject *subject, GError **error)
{
  guint8 random[48];
  cr_random_bytes (random, sizeof random);
  g_autofree char *text = cr_base64url (random, sizeof random);
  cr_wipe (random, sizeof random);
  g_autofree char *hash = idp_secret_hash (text);
  CrSecretText token = cr_secret_text_new (text, -1);
  cr_wipe (text, strlen (text));
  if (cr_db_run (idp->db, error,
                 "INSERT INTO refresh_tokens (hash, oid, client_id, expires_ms) VALUES (?, ?, ?, ?)", "sssi",
                 hash, subject->oid, subject->client_id, cr_now_ms () + LIFE_MS))
    return token;
  cr_secret_text_free (token);
  return NULL;
}

/* Whose token this is; NULL when it is unknown, expired, used up or another application's. Gives. */
static char *
owner_of (Idp *idp, const char *hash, const char *client)
{
  gint64 now = cr_now_ms ();
  sqlite3_stmt *statement = cr_db_query (idp->db, NULL,
                                         "SELECT oid FROM refresh_tokens WHERE hash = ? AND client_id = ?"
                                         " AND expires_ms > ? AND (uses < ? OR replaced_ms > ?)",
                                         "ssiii", hash, client, now, (gint64) USES, now - GRACE_MS);
  char *oid = statement != NULL && cr_db_step (idp->db, statement, NULL) ? cr_db_text (statement, 0) : NULL;
  cr_db_done (statement);
  return oid;
}

/* Count the use, drop what has expired, make the replacement: one transaction. */
static CrSecretText
rotate (Idp *idp, const char *hash, const IdpSubject *subject, GError **error)
{
  if (!cr_db_begin (idp->db, error))
    return NULL;
  g_auto (CrSecretText) token = NULL;
  if (cr_db_run (idp->db, error,
                 "UPDATE refresh_tokens SET uses = uses + 1, replaced_ms = COALESCE (replaced_ms, ?)"
                 " WHERE hash = ?",
                 "is", cr_now_ms (), hash)
      && cr_db_run (idp->db, error, "DELETE FROM refresh_tokens WHERE expires_ms < ?", "i", cr_now_ms ()))
    token = idp_refresh_new (idp, subject, error);
  if (token == NULL) {
    cr_db_rollback (idp->db);
    return NULL;
  }
  return cr_db_commit (idp->db, error) ? g_steal_pointer (&token) : NULL;
}

void
idp_refresh_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  g_autoptr (GError) error = NULL;
  g_auto (IdpScope) scope = { 0 };
  g_autofree char *client = idp_require_client (request, response);
  g_autofree char *secret = client == NULL ? NULL : idp_require_form (request, response, "refresh_token");
  g_autofree char *text = secret == NULL ? NULL : idp_require_form (request, response, "scope");
  if (text == NULL)
    return;
  g_autofree char *hash = idp_secret_hash (secret);
  cr_wipe (secret, strlen (secret));
  if (!idp_scope_parse (response, text, &scope))
    return;
  cr_db_lock (idp->db);
  g_autofree char *oid = owner_of (idp, hash, client);
  g_autoptr (IdpAccount) account = oid == NULL ? NULL : idp_account_by_oid (idp, oid);
  IdpSubject subject = { .client_id = client };
  g_auto (CrSecretText) replacement = NULL;
  if (account != NULL) {
    subject.oid = account->oid;
    subject.tid = account->tid;
    subject.address = account->address;
    replacement = rotate (idp, hash, &subject, &error);
  }
  cr_db_unlock (idp->db);
  if (account == NULL)
    idp_fail (response, 400, "invalid_grant", 70000,
              "The provided value for the input parameter 'refresh_token' is not valid: it has expired, was "
              "replaced or "
              "was issued to another application.");
  else if (replacement == NULL)
    idp_fail (response, 500, "server_error", 90033, "A transient error has occurred: %s.", error->message);
  else
    idp_respond_tokens (sandbox, response, &subject, &scope, replacement);
}
