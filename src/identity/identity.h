/* SPDX-License-Identifier: MIT
 * Signing people in: OAuth 2.0 device authorization grant (RFC 8628) against Microsoft Entra or a provider
 * that speaks the same, token renewal, and what the tokens say about the person.
 *
 * The refresh token is kept in the key store (kind "token", one entry per persona and account); access tokens
 * and the ID token live in wiped memory and are renewed when less than five minutes are left. No token is
 * ever logged.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "base/secret.h"
#include "http/http.h"
#include "keys/keys.h"

#include <glib.h>

G_BEGIN_DECLS

/* Public client used when the environment names none (the one of the Azure command line). */
#define IDENTITY_DEFAULT_CLIENT_ID "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
#define IDENTITY_SCOPE_MANAGEMENT "https://management.azure.com/.default"
#define IDENTITY_SCOPE_STORAGE "https://storage.azure.com/.default"
#define IDENTITY_SCOPE_VAULT "https://vault.azure.net/.default"
/* The scope of the sign-in whose ID token the governance service takes. */
#define IDENTITY_SCOPE_PROFILE "User.Read openid profile offline_access"

/* --- the device code flow, call by call ----------------------------------------------------------------- */

typedef struct {
  HttpClient *http;      /* borrowed */
  const char *authority; /* "{identity}/{tenant}", without a trailing slash */
  const char *client_id;
} IdentityAuthority;

typedef struct {
  CrSecretText device_code;
  char *user_code;
  char *verification_uri;
  char *message;       /* a ready sentence with both; made safe for a terminal */
  guint interval_s;    /* between polls */
  gint64 expires_at_s; /* seconds since 1970 */
} IdentityDeviceCode;
void identity_device_code_free (IdentityDeviceCode *code);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdentityDeviceCode, identity_device_code_free)

typedef struct {
  CrSecretText access_token;
  CrSecretText refresh_token; /* NULL when none came */
  CrSecretText id_token;      /* NULL when none came */
  gint64 expires_at_s;        /* of the access token */
} IdentityTokens;
void identity_tokens_free (IdentityTokens *tokens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdentityTokens, identity_tokens_free)

IdentityDeviceCode *identity_device_start (const IdentityAuthority *authority, CrJob *job, const char *scope,
                                           GError **error); /* gives */
/* Ask until the person has answered: at once, then every interval, slower when told to. CR_ERROR_SIGN_IN when
 * the person declined or the code expired, CR_ERROR_CANCELLED. Gives. */
IdentityTokens *identity_device_poll (const IdentityAuthority *authority, CrJob *job,
                                      const IdentityDeviceCode *code, GError **error);
/* Exchange a refresh token for tokens of SCOPE. CR_ERROR_SIGN_IN when it is no longer good. Gives. */
IdentityTokens *identity_refresh (const IdentityAuthority *authority, CrJob *job, const char *refresh_token,
                                  const char *scope, GError **error);

/* --- a persona's session -------------------------------------------------------------------------------- */

typedef struct IdentitySession IdentitySession;

typedef struct {
  KeyStore *keys;            /* borrowed */
  HttpClient *http;          /* borrowed; trusts the identity provider */
  const char *collaboration; /* as in KeyAttributes */
  const char *persona;
  const char *identity_url; /* endpoint of the environment */
  const char *tenant;       /* NULL = "common" */
  const char *client_id;    /* NULL = IDENTITY_DEFAULT_CLIENT_ID */
  const char *account;      /* expected sign-in address; NULL = whoever signed in last */
} IdentityOptions;

/* Makes no call; texts are copied. A session may be used by several threads. Gives. */
IdentitySession *identity_session_open (const IdentityOptions *options, GError **error);
void identity_session_free (IdentitySession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdentitySession, identity_session_free)

/* TRUE when a refresh token is stored. Says nothing about whether it is still good. */
gboolean identity_session_is_signed_in (IdentitySession *session);

/* The device code flow, whole: raises cr_job_notice (job, "sign-in", TEXT) with the JSON text {"user_code",
 * "verification_uri", "message", "persona", "account", "expires_at"} (the handler may approve headless, see
 * identity_local_approve), waits, checks that the right person signed in (CR_ERROR_SIGN_IN otherwise), stores
 * the refresh token. */
gboolean identity_session_sign_in (IdentitySession *session, CrJob *job, GError **error);
/* Sign in only when no refresh token is stored or the stored one is no longer good. */
gboolean identity_session_ensure (IdentitySession *session, CrJob *job, GError **error);

/* An access token for SCOPE. CR_ERROR_SIGN_IN when nobody is signed in or the sign-in has run out. Gives. */
CrSecretText identity_session_token (IdentitySession *session, CrJob *job, const char *scope, GError **error);
/* The ID token (bearer for the governance service), of the expected account, valid for minutes. Gives. */
CrSecretText identity_session_id_token (IdentitySession *session, CrJob *job, GError **error);
/* Forget tokens in memory, so that the next ones are fresh (after a 401). */
void identity_session_renew (IdentitySession *session);
/* The shape of CloudTokenFunc (cloud/token.h); DATA is the IdentitySession. */
CrSecretText identity_session_token_callback (gpointer data, CrJob *job, const char *scope, gboolean fresh,
                                              GError **error);

/* Who is signed in, from the ID token. */
typedef struct {
  char *oid;     /* object id */
  char *tid;     /* tenant id */
  char *address; /* preferred_username, for old tokens upn */
  char *name;    /* display name, may be NULL */
} IdentityPerson;
void identity_person_free (IdentityPerson *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdentityPerson, identity_person_free)
IdentityPerson *identity_session_person (IdentitySession *session, CrJob *job, GError **error); /* gives */
/* The same from any token text, unverified (it came over TLS from its issuer). CR_ERROR_INPUT. Gives. */
IdentityPerson *identity_person_from_token (const char *token, GError **error);

/* Remove the refresh token from the key store and forget everything. Fine when nobody is signed in. */
gboolean identity_session_sign_out (IdentitySession *session, GError **error);

G_END_DECLS
