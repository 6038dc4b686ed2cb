/* SPDX-License-Identifier: MIT
 * Users of the local S3 service: each has one access key pair.
 */
#include "sandbox/s3-server.h"

#include "base/encode.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

/* "AKIA" and 16 capital letters and digits (base32). Gives. */
static char *
new_id (void)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  guint8 random[16];
  char id[21] = "AKIA";
  cr_random_bytes (random, sizeof random);
  for (guint i = 0; i < sizeof random; i++)
    id[4 + i] = letters[random[i] % 32];
  return g_strdup (id);
}

/* 30 random bytes are 40 characters. Gives. */
static char *
new_secret (void)
{
  guint8 random[30];
  cr_random_bytes (random, sizeof random);
  return cr_base64 (random, sizeof random);
}

void
s3_server_user_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  S3Server *server = sandbox_part (sandbox, "s3");
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = sandbox_request_json (request, &error);
  const char *name = cr_json_peek_string (body, "name");
  if (name == NULL || !cr_name_valid (name)) {
    sandbox_respond_error (response, 400, "InvalidName",
                           "A user has a name of letters, digits, '.', '_' and '-'.");
    return;
  }
  g_autofree char *id = new_id (), *secret = new_secret ();
  cr_db_lock (server->db);
  gboolean made = cr_db_run (server->db, &error,
                             "INSERT OR IGNORE INTO users (name, id, secret) VALUES (?, ?, ?)", "sss", name,
                             id, secret);
  gboolean is_new = made && sqlite3_changes (cr_db_handle (server->db)) == 1;
  cr_db_unlock (server->db);
  if (!made)
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
  else if (!is_new)
    sandbox_respond_error (response, 409, "UserAlreadyExists", "The user %s has an access key already.",
                           name);
  else
    sandbox_respond_json (response, 201,
                          json_pack ("{s:s, s:s}", "accessKeyId", id, "secretAccessKey", secret));
  cr_wipe (secret, strlen (secret));
}

gboolean
s3_server_user_find (S3Server *server, const char *id, char **user, CrSecretText *secret)
{
  cr_db_lock (server->db);
  sqlite3_stmt *statement = cr_db_query (server->db, NULL, "SELECT name, secret FROM users WHERE id = ?", "s",
                                         id);
  gboolean found = statement != NULL && cr_db_step (server->db, statement, NULL);
  if (found) {
    *user = cr_db_text (statement, 0);
    *secret = cr_secret_text_new ((const char *) sqlite3_column_text (statement, 1), -1);
  }
  cr_db_done (statement);
  cr_db_unlock (server->db);
  return found;
}
