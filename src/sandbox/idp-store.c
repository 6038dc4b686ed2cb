/* SPDX-License-Identifier: MIT
 * What the identity provider keeps. Secrets that clients hold are kept as hashes only.
 */
#include "sandbox/idp-private.h"

#include "base/encode.h"

#include <string.h>

static const char *const migrations[] = {
  "CREATE TABLE accounts (address TEXT PRIMARY KEY, oid TEXT NOT NULL UNIQUE, tid TEXT NOT NULL, salt BLOB "
  "NOT NULL,"
  " hash BLOB NOT NULL, created_ms INTEGER NOT NULL);"
  "CREATE TABLE device_codes (hash TEXT PRIMARY KEY, user_code TEXT NOT NULL UNIQUE, client_id TEXT NOT NULL,"
  " tenant TEXT NOT NULL, scope TEXT NOT NULL, state TEXT NOT NULL, oid TEXT, wrong INTEGER NOT NULL DEFAULT "
  "0,"
  " expires_ms INTEGER NOT NULL, polled_ms INTEGER NOT NULL DEFAULT 0);"
  "CREATE TABLE refresh_tokens (hash TEXT PRIMARY KEY, oid TEXT NOT NULL, client_id TEXT NOT NULL,"
  " uses INTEGER NOT NULL DEFAULT 0, expires_ms INTEGER NOT NULL);"
  "CREATE INDEX refresh_expires ON refresh_tokens (expires_ms);",
  /* 2: when a refresh token was first replaced */
  "ALTER TABLE refresh_tokens ADD COLUMN replaced_ms INTEGER;",
  NULL,
};

CrDb *
idp_store_open (const char *path, GError **error)
{
  return cr_db_open (path, migrations, error);
}

char *
idp_secret_hash (const char *secret)
{
  return cr_sha256_hex (secret, strlen (secret));
}
