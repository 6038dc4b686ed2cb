/* SPDX-License-Identifier: MIT
 * Local accounts: made once with a random password, which is kept as a salted scrypt hash.
 */
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <string.h>

/* Tenants are named after mail domains: version 5 UUIDs in the DNS namespace (RFC 4122). */
#define DNS_NAMESPACE "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define HASH_BYTES 32
#define SALT_BYTES 16

void
idp_account_free (IdpAccount *account)
{
  if (account == NULL)
    return;
  g_free (account->address);
  g_free (account->oid);
  g_free (account->tid);
  g_free (account);
}

/* scrypt with a small cost (4 MiB, some milliseconds): the passwords are 144 random bits. */
static gboolean
hash_password (const char *password, const guint8 salt[SALT_BYTES], guint8 hash[HASH_BYTES])
{
  guint64 n = 4096, memory = 16u * 1024 * 1024;
  guint32 r = 8, p = 1;
  g_autofree char *secret = g_strdup (password);
  guint8 salt_copy[SALT_BYTES];
  memcpy (salt_copy, salt, SALT_BYTES);
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_PASSWORD, secret, strlen (secret)),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, salt_copy, SALT_BYTES),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_N, &n),
    OSSL_PARAM_construct_uint32 (OSSL_KDF_PARAM_SCRYPT_R, &r),
    OSSL_PARAM_construct_uint32 (OSSL_KDF_PARAM_SCRYPT_P, &p),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
    OSSL_PARAM_construct_end (),
  };
  EVP_KDF *kdf = EVP_KDF_fetch (NULL, "SCRYPT", NULL);
  EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new (kdf);
  gboolean done = context != NULL && EVP_KDF_derive (context, hash, HASH_BYTES, parameters) > 0;
  EVP_KDF_CTX_free (context);
  EVP_KDF_free (kdf);
  cr_wipe (secret, strlen (secret));
  return done;
}

static IdpAccount *
read_account (sqlite3_stmt *statement)
{
  IdpAccount *account = g_new0 (IdpAccount, 1);
  account->address = cr_db_text (statement, 0);
  account->oid = cr_db_text (statement, 1);
  account->tid = cr_db_text (statement, 2);
  return account;
}

IdpAccount *
idp_account_by_oid (Idp *idp, const char *oid)
{
  IdpAccount *account = NULL;
  cr_db_lock (idp->db);
  sqlite3_stmt *statement = cr_db_query (idp->db, NULL,
                                         "SELECT address, oid, tid FROM accounts WHERE oid = ?", "s", oid);
  if (statement != NULL && cr_db_step (idp->db, statement, NULL))
    account = read_account (statement);
  cr_db_done (statement);
  cr_db_unlock (idp->db);
  return account;
}

gboolean
idp_account_exists (Sandbox *sandbox, const char *oid)
{
  g_autoptr (IdpAccount) account = idp_account_by_oid (sandbox_part (sandbox, "idp"), oid);
  return account != NULL;
}

IdpAccount *
idp_account_verify (Idp *idp, const char *address, const char *password)
{
  g_autoptr (IdpAccount) account = NULL;
  g_autoptr (GBytes) salt = NULL;
  g_autoptr (GBytes) hash = NULL;
  g_autofree char *key = g_ascii_strdown (address, -1);
  cr_db_lock (idp->db);
  sqlite3_stmt *statement = cr_db_query (
      idp->db, NULL, "SELECT address, oid, tid, salt, hash FROM accounts WHERE address = ?", "s", key);
  if (statement != NULL && cr_db_step (idp->db, statement, NULL)) {
    account = read_account (statement);
    salt = cr_db_blob (statement, 3);
    hash = cr_db_blob (statement, 4);
  }
  cr_db_done (statement);
  cr_db_unlock (idp->db);
  /* An unknown address costs the same time, so that the form does not tell who has an account. */
  static const guint8 no_salt[SALT_BYTES] = { 0 };
  gboolean known = salt != NULL && hash != NULL && g_bytes_get_size (salt) == SALT_BYTES;
  guint8 digest[HASH_BYTES];
  if (!hash_password (password, known ? g_bytes_get_data (salt, NULL) : no_salt, digest))
    return NULL;
  gboolean right = known
                   && cr_secret_equal (digest, sizeof digest, g_bytes_get_data (hash, NULL),
                                       g_bytes_get_size (hash));
  cr_wipe (digest, sizeof digest);
  return right ? g_steal_pointer (&account) : NULL;
}

/* Insert unless the address is taken. */
static gboolean
insert_account (Idp *idp, const char *address, const char *tid, const char *oid, const char *password,
                gboolean *taken, GError **error)
{
  guint8 salt[SALT_BYTES], hash[HASH_BYTES];
  cr_random_bytes (salt, sizeof salt);
  if (!hash_password (password, salt, hash)) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "scrypt is not available");
    return FALSE;
  }
  g_autoptr (GBytes) salt_bytes = g_bytes_new (salt, sizeof salt);
  g_autoptr (GBytes) hash_bytes = g_bytes_new (hash, sizeof hash);
  cr_db_lock (idp->db);
  gboolean stored = cr_db_run (idp->db, error,
                               "INSERT OR IGNORE INTO accounts (address, oid, tid, salt, hash,"
                               " created_ms) VALUES (?, ?, ?, ?, ?, ?)",
                               "sssbbi", address, oid, tid, salt_bytes, hash_bytes, cr_now_ms ());
  *taken = stored && sqlite3_changes (cr_db_handle (idp->db)) == 0;
  cr_db_unlock (idp->db);
  return stored;
}

void
idp_accounts_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = sandbox_request_json (request, &error);
  const char *given = cr_json_peek_string (body, "address");
  if (given == NULL || strlen (given) > 254 || !cr_email_valid (given)) {
    sandbox_respond_error (response, 400, "InvalidAddress", "Send {\"address\": \"name@domain\"} as JSON.");
    return;
  }
  g_autofree char *address = g_ascii_strdown (given, -1);
  g_autofree char *tid = cr_uuid_v5 (DNS_NAMESPACE, strrchr (address, '@') + 1);
  g_autofree char *oid = cr_uuid_new ();
  /* A caller that chose the password itself has stored it already: killed in between, it still knows it. */
  const char *chosen = cr_json_peek_string (body, "password");
  guint8 random[18];
  cr_random_bytes (random, sizeof random);
  gboolean usable = chosen != NULL && strlen (chosen) >= 16 && strlen (chosen) <= 128;
  g_autofree char *password = usable ? g_strdup (chosen) : cr_base64url (random, sizeof random);
  cr_wipe (random, sizeof random);
  gboolean taken = FALSE;
  if (!insert_account (sandbox_part (sandbox, "idp"), address, tid, oid, password, &taken, &error))
    sandbox_respond_error (response, 500, "InternalServerError", "The account could not be stored: %s",
                           error->message);
  else if (taken)
    sandbox_respond_error (response, 409, "AccountExists", "The account '%s' exists already.", address);
  else {
    sandbox_respond_json (
        response, 201,
        json_pack ("{s:s, s:s, s:s, s:s}", "address", address, "password", password, "oid", oid, "tid", tid));
    sandbox_respond_header (response, "Cache-Control", "no-store");
    sandbox_log (sandbox, "identity: account %s made", address);
  }
  cr_wipe (password, strlen (password));
}
