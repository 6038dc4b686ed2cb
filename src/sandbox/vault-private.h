/* SPDX-License-Identifier: MIT
 * The key vault of the sandbox, inside: keys with release policies, and secrets (prefix safe_: the client of
 * real vaults has vault_).
 *
 * Wire format: Key Vault REST 7.4, path style: {vault}/{name of the vault}/keys/... What is kept lies in
 * DIR/sandbox/vault.db under the instance of the vault's resource, so a vault that is made again starts
 * empty.
 */
#pragma once

#include "base/db.h"
#include "cose/openssl.h"
#include "sandbox/server.h"

G_BEGIN_DECLS

#define VAULT_ROLE_ADMINISTRATOR "00482a5a-887f-4fb3-b363-3b7fe8e74483"
#define VAULT_ROLE_CRYPTO_OFFICER "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
#define VAULT_ROLE_CRYPTO_USER "12338af0-0e69-4776-bea7-57ae8d297424"
#define VAULT_ROLE_SECRETS_OFFICER "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
#define VAULT_ROLE_SECRETS_USER "4633458b-17de-408a-b874-0445c86b69e6"
#define VAULT_ROLE_CERTIFICATES_OFFICER "a4417e6f-fecd-4de8-b567-7b0420556985"
#define VAULT_ROLE_READER "21090545-7ca7-4776-b22c-e363652d74d2"

typedef struct {
  CrDb *db;
} Safe;

/* One call that is being answered; borrowed from the dispatcher. */
typedef struct {
  Sandbox *sandbox;
  Safe *vault;
  const SandboxRequest *request;
  SandboxResponse *response;
  const char *name;     /* of the vault */
  const char *instance; /* of its resource */
  const char *object;   /* key or secret name; NULL for a listing */
  const char *version;  /* NULL = the newest */
} SafeCall;

/* {"error": {"code", "message", "innererror"?}}; INNER may be NULL. */
void safe_fail (SafeCall *call, guint status, const char *code, const char *inner, const char *format, ...)
    G_GNUC_PRINTF (5, 6);
void safe_broken (SafeCall *call, const GError *error);
/* "{url}/{vault}/KIND/{object}/{version}". Gives. */
char *safe_id (SafeCall *call, const char *kind, const char *object, const char *version);
/* The JSON object in the body; NULL after answering 400. Gives. */
json_t *safe_body (SafeCall *call);

/* vault-key.c */
void safe_key_import (SafeCall *call);
void safe_key_get (SafeCall *call);
void safe_key_list (SafeCall *call);
/* A stored key: its private part and its policy (NULL = none). FALSE after answering. */
gboolean safe_key_load (SafeCall *call, EVP_PKEY **key, json_t **policy, char **version);

/* Keep KEY as VERSION of the object of CALL; OPS (a list of key_ops) is taken. */
gboolean safe_key_keep (SafeCall *call, const char *version, EVP_PKEY *key, const char *type, json_t *ops,
                        GError **error);
/* The key_ops of a stored key; NULL when it is absent. Gives. */
json_t *safe_key_operations (SafeCall *call);

/* vault-use.c */
void safe_key_create (SafeCall *call);
void safe_key_sign (SafeCall *call);
void safe_key_decrypt (SafeCall *call);

/* vault-certificate.c */
void safe_certificate_create (SafeCall *call);
void safe_certificate_get (SafeCall *call);
void safe_certificate_pending (SafeCall *call);

/* vault-release.c */
void safe_key_release (SafeCall *call);

/* vault-policy.c: Key Vault secure key release policy grammar 1.0.0 */
/* FALSE and a reason when POLICY is not one. */
gboolean safe_policy_check (const json_t *policy, GError **error);
/* Do CLAIMS, issued by AUTHORITY, satisfy POLICY? */
gboolean safe_policy_allows (const json_t *policy, const char *authority, const json_t *claims);

/* vault-secret.c */
void safe_secret_set (SafeCall *call);
void safe_secret_get (SafeCall *call);
void safe_secret_list (SafeCall *call);

G_END_DECLS
