/* SPDX-License-Identifier: MIT
 * The local identity provider, inside: accounts, device codes, tokens.
 *
 * Wire format: OAuth 2.0 device authorization grant (RFC 8628), JWT client assertions (RFC 7523) and
 * OpenID Connect discovery in the dialect of the Microsoft identity platform v2.0.
 */
#pragma once

#include "base/db.h"
#include "base/secret.h"
#include "cose/jwt.h"
#include "http/http.h"
#include "sandbox/server.h"

G_BEGIN_DECLS

typedef struct {
  CrDb *db;      /* DIR/sandbox/identity.db */
  EVP_PKEY *key; /* RSA-2048 that signs all tokens */
  char *kid;
  json_t *jwk;      /* its public half, without "issuer" */
  HttpClient *http; /* trusts the sandbox CA; reads documents of token issuers */
  GMutex verified_mutex;
  GHashTable *verified; /* SHA-256 of tokens whose signature is known to be good -> claims (json_t) */
} Idp;

/* Who a token is for. Texts are borrowed. */
typedef struct {
  const char *oid;
  const char *tid;
  const char *address;   /* NULL for a managed identity */
  const char *client_id; /* the application that asked */
} IdpSubject;

/* What a scope parameter asks for. */
typedef struct {
  char *audience; /* resource without final slash */
  char *granted;  /* the scope text of the answer */
  gboolean openid;
  gboolean offline;
} IdpScope;

/* A local account. */
typedef struct {
  char *address;
  char *oid;
  char *tid;
} IdpAccount;

void idp_account_free (IdpAccount *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdpAccount, idp_account_free)
void idp_scope_clear (IdpScope *scope);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IdpScope, idp_scope_clear)

/* idp-store.c */
CrDb *idp_store_open (const char *path, GError **error);
/* Hash under which a secret (device code, refresh token) is kept. Gives. */
char *idp_secret_hash (const char *secret);

/* idp-account.c */
/* The account if the password is right; NULL otherwise, after the same work for an unknown address. Gives. */
IdpAccount *idp_account_verify (Idp *idp, const char *address, const char *password);
IdpAccount *idp_account_by_oid (Idp *idp, const char *oid);
/* Does a person with this object id exist? Thread safe; takes only the identity provider's own lock. */
gboolean idp_account_exists (Sandbox *sandbox, const char *oid);
void idp_accounts_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* idp-key.c: the signing key and what is published about it */
gboolean idp_key_load (Idp *idp, const char *folder, GError **error);
void idp_keys_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
void idp_discovery_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* idp-issue.c */
/* What TEXT asks for; FALSE after answering invalid_scope or invalid_resource. */
gboolean idp_scope_parse (SandboxResponse *response, const char *text, IdpScope *scope);
/* Answer 200 with access token, ID token (openid) and, when REFRESH_TOKEN is not NULL, the refresh token. */
void idp_respond_tokens (Sandbox *sandbox, SandboxResponse *response, const IdpSubject *subject,
                         const IdpScope *scope, const char *refresh_token);
/* The error body of the token endpoint; NUMBER is the AADSTS number. */
void idp_fail (SandboxResponse *response, guint status, const char *error, guint number, const char *format,
               ...) G_GNUC_PRINTF (5, 6);
/* A required form field; NULL after answering AADSTS900144. Gives. */
char *idp_require_form (const SandboxRequest *request, SandboxResponse *response, const char *name);
/* client_id of the form, a GUID; NULL after answering. Gives. */
char *idp_require_client (const SandboxRequest *request, SandboxResponse *response);

/* idp-device.c */
void idp_devicecode_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
void idp_device_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
typedef enum {
  IDP_APPROVE_DONE,
  IDP_APPROVE_UNKNOWN_CODE,
  IDP_APPROVE_EXPIRED,
  IDP_APPROVE_USED,
  IDP_APPROVE_LOCKED,
  IDP_APPROVE_WRONG_PASSWORD,
  IDP_APPROVE_FAILED,
} IdpApproval;
/* Approve or, with DECLINE, refuse the sign-in shown under USER_CODE. */
IdpApproval idp_device_approve (Idp *idp, const char *user_code, const char *address, const char *password,
                                gboolean decline);

/* idp-page.c */
void idp_page_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
void idp_page_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* idp-refresh.c */
/* A new refresh token for SUBJECT, already stored; NULL and ERROR when it cannot be stored. */
CrSecretText idp_refresh_new (Idp *idp, const IdpSubject *subject, GError **error);
void idp_refresh_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* idp-federation.c */
void idp_federated_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

G_END_DECLS
