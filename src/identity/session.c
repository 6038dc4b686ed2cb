/* SPDX-License-Identifier: MIT
 * A persona's session (identity.h): one refresh token in the key store, the tokens made from it in memory.
 */
#include "identity/identity.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/translate.h"
#include "cose/jwt.h"

#include <string.h>

#define RENEW_BEFORE_S 300
#define RENEW_TRIES 5
#define RELOAD_TRIES 3
#define RELOAD_PAUSE_MS 50
#define SIGN_IN_SCOPE IDENTITY_SCOPE_MANAGEMENT " openid profile offline_access"

struct IdentitySession {
  GRecMutex lock; /* a sign-in holds it for as long as it takes: others need its result */
  KeyStore *keys;
  HttpClient *http;
  char *collaboration, *persona, *authority, *client_id;
  char *account;        /* NULL until known */
  CrSecretText refresh; /* NULL until loaded or signed in */
  CrSecretText id_token;
  gint64 id_expires_at_s;
  char *oid;          /* of the first ID token seen */
  GHashTable *access; /* scope -> IdentityTokens */
};

IdentitySession *
identity_session_open (const IdentityOptions *options, GError **error)
{
  if (options->account != NULL && *options->account == '\0') {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The sign-in address of %s is empty.", options->persona);
    return NULL;
  }
  IdentitySession *session = g_new0 (IdentitySession, 1);
  g_rec_mutex_init (&session->lock);
  session->keys = options->keys;
  session->http = options->http;
  session->collaboration = g_strdup (options->collaboration);
  session->persona = g_strdup (options->persona);
  session->authority = http_url_join (options->identity_url,
                                      options->tenant != NULL ? options->tenant : "common");
  session->client_id = g_strdup (options->client_id != NULL ? options->client_id
                                                            : IDENTITY_DEFAULT_CLIENT_ID);
  session->account = g_strdup (options->account);
  session->access = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) identity_tokens_free);
  return session;
}

static void
forget_tokens (IdentitySession *session)
{
  g_hash_table_remove_all (session->access);
  cr_secret_text_free (g_steal_pointer (&session->id_token));
  session->id_expires_at_s = 0;
}

void
identity_session_free (IdentitySession *session)
{
  if (session == NULL)
    return;
  forget_tokens (session);
  cr_secret_text_free (session->refresh);
  g_hash_table_unref (session->access);
  g_free (session->collaboration);
  g_free (session->persona);
  g_free (session->authority);
  g_free (session->client_id);
  g_free (session->account);
  g_free (session->oid);
  g_rec_mutex_clear (&session->lock);
  g_free (session);
}

static IdentityAuthority
authority_of (const IdentitySession *session)
{
  return (IdentityAuthority){ .http = session->http,
                              .authority = session->authority,
                              .client_id = session->client_id };
}

static KeyAttributes
entry_of (const IdentitySession *session)
{
  return (KeyAttributes){ .collaboration = session->collaboration,
                          .persona = session->persona,
                          .kind = KEY_KIND_TOKEN,
                          .name = session->account };
}

static gboolean
not_signed_in (const IdentitySession *session, GError **error)
{
  static const char hint[] = N_ ("Sign in: run the step that needs it again and enter the code it shows.");
  if (session->account != NULL)
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "%s is not signed in as %s.", session->persona,
                  session->account);
  else
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "%s is not signed in.", session->persona);
  return FALSE;
}

/* Without an expected account, the only one that has a token is meant. */
static gboolean
find_account (IdentitySession *session, GError **error)
{
  if (session->account != NULL)
    return TRUE;
  const KeyAttributes filter = { .collaboration = session->collaboration,
                                 .persona = session->persona,
                                 .kind = KEY_KIND_TOKEN };
  g_autoptr (GPtrArray) entries = key_store_list (session->keys, &filter, error);
  if (entries == NULL)
    return FALSE;
  if (entries->len == 0)
    return not_signed_in (session, error);
  if (entries->len > 1) {
    cr_set_error (error, CR_ERROR_INPUT, "Say which address is meant.", "%s is signed in with %u accounts.",
                  session->persona, entries->len);
    return FALSE;
  }
  session->account = g_strdup (((const KeyEntry *) g_ptr_array_index (entries, 0))->name);
  return TRUE;
}

/* Bring the refresh token into memory. CR_ERROR_SIGN_IN when there is none. */
static gboolean
load_refresh (IdentitySession *session, GError **error)
{
  if (session->refresh != NULL)
    return TRUE;
  if (!find_account (session, error))
    return FALSE;
  const KeyAttributes entry = entry_of (session);
  GError *problem = NULL;
  session->refresh = key_store_get_text (session->keys, &entry, &problem);
  if (session->refresh != NULL)
    return TRUE;
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  g_clear_error (&problem);
  return not_signed_in (session, error);
}

static gboolean
store_refresh (IdentitySession *session, const char *token, GError **error)
{
  if (session->refresh != NULL && strcmp (session->refresh, token) == 0)
    return TRUE;
  const KeyAttributes entry = entry_of (session);
  g_autoptr (GError) problem = NULL;
  if (!key_store_put_text (session->keys, &entry, token, &problem)) {
    /* Another program of this persona may have renewed it in the same moment: then what is kept now is
     * good. */
    g_auto (CrSecretText) kept = key_store_get_text (session->keys, &entry, NULL);
    if (kept == NULL || (session->refresh != NULL && strcmp (kept, session->refresh) == 0)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  cr_secret_text_free (session->refresh);
  session->refresh = cr_secret_text_new (token, -1);
  return TRUE;
}

/* --- who the tokens are for ----------------------------------------------------------------------------- */

/* The signature is not looked at: the token came from its issuer over TLS (OpenID Connect Core 3.1.3.7). */
static gboolean
check_id_token (IdentitySession *session, const char *token, gint64 *expires_at_s, GError **error)
{
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, error);
  g_autoptr (IdentityPerson) person = jwt != NULL ? identity_person_from_token (token, error) : NULL;
  if (person == NULL || !cose_jwt_check_times (jwt, cr_now_seconds (), RENEW_BEFORE_S, error))
    return FALSE;
  if (!cose_jwt_has_audience (jwt, session->client_id)) {
    cr_set_error (error, CR_ERROR_SIGN_IN, "Check the client-id of the environment, then sign in again.",
                  "The identity provider gave an ID token that is for another program.");
    return FALSE;
  }
  if ((session->account != NULL && g_ascii_strcasecmp (session->account, person->address) != 0)
      || (session->oid != NULL && strcmp (session->oid, person->oid) != 0)) {
    cr_set_error (error, CR_ERROR_SIGN_IN, "Sign out and sign in with the expected account.",
                  "%s signed in as %s, but the account %s is expected.", session->persona, person->address,
                  session->account != NULL ? session->account : "of before");
    return FALSE;
  }
  if (session->account == NULL)
    session->account = g_strdup (person->address);
  if (session->oid == NULL)
    session->oid = g_strdup (person->oid);
  cose_jwt_time (jwt, "exp", expires_at_s);
  return TRUE;
}

/* Take what came with SCOPE into the session; TOKENS is taken. The person is checked before anything is
 * kept. */
static gboolean
adopt (IdentitySession *session, const char *scope, IdentityTokens *tokens, GError **error)
{
  g_autoptr (IdentityTokens) owned = tokens;
  gint64 id_expires = 0;
  if (owned->id_token != NULL && !check_id_token (session, owned->id_token, &id_expires, error))
    return FALSE;
  if (owned->refresh_token != NULL && !store_refresh (session, owned->refresh_token, error))
    return FALSE;
  if (owned->id_token != NULL) {
    cr_secret_text_free (session->id_token);
    session->id_token = cr_secret_text_new (owned->id_token, -1);
    session->id_expires_at_s = id_expires;
  }
  g_hash_table_insert (session->access, g_strdup (scope), g_steal_pointer (&owned));
  return TRUE;
}

/* Others of this persona, in this program or another one, renew too, and every renewal replaces the token
 * that it used. TRUE when the key store holds another one than the one in memory, which is then taken. */
static gboolean
reload_refresh (IdentitySession *session, CrJob *job)
{
  const KeyAttributes entry = entry_of (session);
  /* Whoever replaced it writes it down a moment later. */
  for (guint i = 0; i < RELOAD_TRIES; i++) {
    g_auto (CrSecretText) kept = key_store_get_text (session->keys, &entry, NULL);
    if (kept == NULL)
      return FALSE;
    if (session->refresh == NULL || strcmp (kept, session->refresh) != 0) {
      cr_secret_text_free (session->refresh);
      session->refresh = g_steal_pointer (&kept);
      return TRUE;
    }
    if (!cr_job_sleep (job, RELOAD_PAUSE_MS, NULL))
      return FALSE;
  }
  return FALSE;
}

static gboolean
renew (IdentitySession *session, CrJob *job, const char *scope, GError **error)
{
  if (!load_refresh (session, error))
    return FALSE;
  const IdentityAuthority authority = authority_of (session);
  for (guint i = 0;; i++) {
    g_autoptr (GError) problem = NULL;
    IdentityTokens *tokens = identity_refresh (&authority, job, session->refresh, scope, &problem);
    if (tokens != NULL)
      return adopt (session, scope, tokens, error);
    if (i == RENEW_TRIES || !g_error_matches (problem, CR_ERROR, CR_ERROR_SIGN_IN)
        || !reload_refresh (session, job)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}

/* --- sign-in -------------------------------------------------------------------------------------------- */

gboolean
identity_session_is_signed_in (IdentitySession *session)
{
  g_rec_mutex_lock (&session->lock);
  gboolean there = load_refresh (session, NULL);
  g_rec_mutex_unlock (&session->lock);
  return there;
}

static void
tell_code (IdentitySession *session, CrJob *job, const IdentityDeviceCode *code)
{
  g_autoptr (json_t) notice = json_object ();
  cr_json_set_string (notice, "user_code", code->user_code);
  cr_json_set_string (notice, "verification_uri", code->verification_uri);
  cr_json_set_string (notice, "message", code->message);
  cr_json_set_string (notice, "persona", session->persona);
  cr_json_set_string (notice, "account", session->account);
  cr_json_set_int (notice, "expires_at", code->expires_at_s);
  g_autofree char *text = cr_json_dump (notice);
  cr_job_notice (job, "sign-in", text);
}

static gboolean
sign_in (IdentitySession *session, CrJob *job, GError **error)
{
  const IdentityAuthority authority = authority_of (session);
  g_autoptr (IdentityDeviceCode) code = identity_device_start (&authority, job, SIGN_IN_SCOPE, error);
  if (code == NULL)
    return FALSE;
  tell_code (session, job, code);
  IdentityTokens *tokens = identity_device_poll (&authority, job, code, error);
  if (tokens == NULL)
    return FALSE;
  if (tokens->id_token == NULL || tokens->refresh_token == NULL) {
    identity_tokens_free (tokens);
    cr_set_error (error, CR_ERROR_ADMIN,
                  "Ask its administrator to allow openid and offline_access for the client id.",
                  "The identity provider gave no ID token or no refresh token.");
    return FALSE;
  }
  forget_tokens (session);
  g_clear_pointer (&session->oid, g_free);
  return adopt (session, IDENTITY_SCOPE_MANAGEMENT, tokens, error);
}

gboolean
identity_session_sign_in (IdentitySession *session, CrJob *job, GError **error)
{
  g_rec_mutex_lock (&session->lock);
  gboolean ok = sign_in (session, job, error);
  g_rec_mutex_unlock (&session->lock);
  return ok;
}

gboolean
identity_session_ensure (IdentitySession *session, CrJob *job, GError **error)
{
  g_rec_mutex_lock (&session->lock);
  GError *problem = NULL;
  g_auto (CrSecretText) token = identity_session_id_token (session, job, &problem);
  gboolean ok = token != NULL;
  if (!ok && g_error_matches (problem, CR_ERROR, CR_ERROR_SIGN_IN)) {
    g_clear_error (&problem);
    ok = sign_in (session, job, error);
  } else if (!ok) {
    g_propagate_error (error, problem);
  }
  g_rec_mutex_unlock (&session->lock);
  return ok;
}

/* --- tokens --------------------------------------------------------------------------------------------- */

CrSecretText
identity_session_token (IdentitySession *session, CrJob *job, const char *scope, GError **error)
{
  CrSecretText token = NULL;
  g_rec_mutex_lock (&session->lock);
  const IdentityTokens *known = g_hash_table_lookup (session->access, scope);
  if ((known != NULL && known->expires_at_s - cr_now_seconds () > RENEW_BEFORE_S)
      || renew (session, job, scope, error)) {
    known = g_hash_table_lookup (session->access, scope);
    token = cr_secret_text_new (known->access_token, -1);
  }
  g_rec_mutex_unlock (&session->lock);
  return token;
}

CrSecretText
identity_session_id_token (IdentitySession *session, CrJob *job, GError **error)
{
  CrSecretText token = NULL;
  g_rec_mutex_lock (&session->lock);
  gboolean ok = TRUE;
  if (session->id_token == NULL || session->id_expires_at_s - cr_now_seconds () <= RENEW_BEFORE_S)
    ok = renew (session, job, IDENTITY_SCOPE_PROFILE, error);
  if (ok && session->id_token == NULL)
    cr_set_error (error, CR_ERROR_SIGN_IN, "Sign in again.", "The identity provider gave no ID token for %s.",
                  session->persona);
  else if (ok)
    token = cr_secret_text_new (session->id_token, -1);
  g_rec_mutex_unlock (&session->lock);
  return token;
}

void
identity_session_renew (IdentitySession *session)
{
  g_rec_mutex_lock (&session->lock);
  forget_tokens (session);
  g_rec_mutex_unlock (&session->lock);
}

CrSecretText
identity_session_token_callback (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  IdentitySession *session = data;
  if (fresh) {
    g_rec_mutex_lock (&session->lock);
    g_hash_table_remove (session->access, scope);
    g_rec_mutex_unlock (&session->lock);
  }
  return identity_session_token (session, job, scope, error);
}

/* --- the person ----------------------------------------------------------------------------------------- */

void
identity_person_free (IdentityPerson *person)
{
  if (person == NULL)
    return;
  g_free (person->oid);
  g_free (person->tid);
  g_free (person->address);
  g_free (person->name);
  g_free (person);
}

IdentityPerson *
identity_person_from_token (const char *token, GError **error)
{
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, error);
  if (jwt == NULL)
    return NULL;
  const char *oid = cose_jwt_text (jwt, "oid");
  const char *tid = cose_jwt_text (jwt, "tid");
  const char *address = cose_jwt_text (jwt, "preferred_username");
  if (address == NULL)
    address = cose_jwt_text (jwt, "upn");
  if (oid == NULL || tid == NULL || address == NULL) {
    const char *missing = oid == NULL   ? "who signed in (oid)"
                          : tid == NULL ? "from which organisation (tid)"
                                        : "the address (preferred_username)";
    cr_set_error (error, CR_ERROR_INPUT,
                  "Sign in with a work, school or personal account that has an address.",
                  "The token does not say %s.", missing);
    return NULL;
  }
  IdentityPerson *person = g_new0 (IdentityPerson, 1);
  person->oid = g_strdup (oid);
  person->tid = g_strdup (tid);
  person->address = g_strdup (address);
  person->name = g_strdup (cose_jwt_text (jwt, "name"));
  return person;
}

IdentityPerson *
identity_session_person (IdentitySession *session, CrJob *job, GError **error)
{
  g_auto (CrSecretText) token = identity_session_id_token (session, job, error);
  return token != NULL ? identity_person_from_token (token, error) : NULL;
}

gboolean
identity_session_sign_out (IdentitySession *session, GError **error)
{
  g_rec_mutex_lock (&session->lock);
  GError *problem = NULL;
  gboolean found = find_account (session, &problem);
  if (found) {
    const KeyAttributes entry = entry_of (session);
    found = key_store_remove (session->keys, &entry, &problem);
  }
  gboolean ok = found || g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)
                || g_error_matches (problem, CR_ERROR, CR_ERROR_SIGN_IN);
  if (ok) {
    g_clear_error (&problem);
    forget_tokens (session);
    cr_secret_text_free (g_steal_pointer (&session->refresh));
    g_clear_pointer (&session->oid, g_free);
  } else {
    g_propagate_error (error, problem);
  }
  g_rec_mutex_unlock (&session->lock);
  return ok;
}
