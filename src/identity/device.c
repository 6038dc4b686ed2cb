/* SPDX-License-Identifier: MIT
 * The calls of the identity provider (identity.h): OAuth 2.0 device authorization grant (RFC 8628), refresh,
 * client assertion (RFC 7523), in the dialect of the Microsoft identity platform v2.0.
 */
#include "identity/identity.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/http-error.h"

#include <string.h>

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define DEFAULT_INTERVAL_S 5
#define DEFAULT_LIFE_S 900
#define SLOW_DOWN_S 5
#define MAX_INTERVAL_S 60
#define MAX_RESPONSE (1024u * 1024)

void
identity_device_code_free (IdentityDeviceCode *code)
{
  if (code == NULL)
    return;
  cr_secret_text_free (code->device_code);
  g_free (code->user_code);
  g_free (code->verification_uri);
  g_free (code->message);
  g_free (code);
}

void
identity_tokens_free (IdentityTokens *tokens)
{
  if (tokens == NULL)
    return;
  cr_secret_text_free (tokens->access_token);
  cr_secret_text_free (tokens->refresh_token);
  cr_secret_text_free (tokens->id_token);
  g_free (tokens);
}

/* POST FORM, which is wiped and freed. */
static HttpResponse *
post_form (const IdentityAuthority *authority, CrJob *job, const char *path, char *form, GError **error)
{
  g_autofree char *url = http_url_join (authority->authority, path);
  g_autoptr (GBytes) body = cr_secret_new (form, strlen (form));
  cr_wipe (form, strlen (form));
  g_free (form);
  HttpRequest request = { .method = "POST",
                          .url = url,
                          .content_type = "application/x-www-form-urlencoded",
                          .body = body,
                          .max_response = MAX_RESPONSE };
  return http_send (job, authority->http, &request, error);
}

static gboolean
is_success (const HttpResponse *response)
{
  return response->status >= 200 && response->status < 300;
}

IdentityDeviceCode *
identity_device_start (const IdentityAuthority *authority, CrJob *job, const char *scope, GError **error)
{
  char *form = http_form ("client_id", authority->client_id, "scope", scope, NULL);
  g_autoptr (HttpResponse) response = post_form (authority, job, "oauth2/v2.0/devicecode", form, error);
  if (response == NULL)
    return NULL;
  if (!is_success (response)) {
    http_error_set (error, "Starting the sign-in", response);
    return NULL;
  }
  g_autoptr (json_t) answer = http_response_json (response, error);
  static const char what[] = "the answer of the identity provider";
  const char *secret = answer != NULL ? cr_json_get_string (answer, "device_code", what, error) : NULL;
  const char *user_code = secret != NULL ? cr_json_get_string (answer, "user_code", what, error) : NULL;
  const char *uri = user_code != NULL ? cr_json_get_string (answer, "verification_uri", what, error) : NULL;
  if (uri == NULL)
    return NULL;

  IdentityDeviceCode *code = g_new0 (IdentityDeviceCode, 1);
  code->device_code = cr_secret_text_new (secret, -1);
  code->user_code = cr_text_safe (user_code);
  code->verification_uri = cr_text_safe (uri);
  const char *message = cr_json_peek_string (answer, "message");
  code->message = message != NULL ? cr_text_safe (message)
                                  : g_strdup_printf ("To sign in, open %s and enter the code %s.",
                                                     code->verification_uri, code->user_code);
  gint64 interval = cr_json_peek_int (answer, "interval", DEFAULT_INTERVAL_S);
  code->interval_s = (guint) CLAMP (interval, 1, MAX_INTERVAL_S);
  code->expires_at_s = cr_now_seconds ()
                       + CLAMP (cr_json_peek_int (answer, "expires_in", DEFAULT_LIFE_S), 1, 86400);
  return code;
}

/* The tokens of a successful answer. */
static IdentityTokens *
read_tokens (const HttpResponse *response, GError **error)
{
  g_autoptr (json_t) answer = http_response_json (response, error);
  const char *access = answer != NULL ? cr_json_get_string (answer, "access_token",
                                                            "the answer of the identity provider", error)
                                      : NULL;
  if (access == NULL)
    return NULL;
  IdentityTokens *tokens = g_new0 (IdentityTokens, 1);
  tokens->access_token = cr_secret_text_new (access, -1);
  const char *refresh = cr_json_peek_string (answer, "refresh_token");
  const char *id = cr_json_peek_string (answer, "id_token");
  tokens->refresh_token = refresh != NULL ? cr_secret_text_new (refresh, -1) : NULL;
  tokens->id_token = id != NULL ? cr_secret_text_new (id, -1) : NULL;
  tokens->expires_at_s = cr_now_seconds () + CLAMP (cr_json_peek_int (answer, "expires_in", 0), 0, 7 * 86400);
  return tokens;
}

typedef enum { POLL_DONE, POLL_PENDING, POLL_SLOWER, POLL_FAILED } Poll;

/* What an answer outside 2xx means; sets ERROR for POLL_FAILED. */
static Poll
judge_refusal (const HttpResponse *response, GError **error)
{
  g_autoptr (json_t) body = cr_json_parse_bytes (response->body, "the answer of the identity provider", NULL);
  const char *code = cr_json_peek_string (body, "error");
  if (g_strcmp0 (code, "authorization_pending") == 0)
    return POLL_PENDING;
  if (g_strcmp0 (code, "slow_down") == 0)
    return POLL_SLOWER;
  http_error_set (error, "Waiting for the sign-in", response);
  return POLL_FAILED;
}

static Poll
poll_once (const IdentityAuthority *authority, CrJob *job, const IdentityDeviceCode *code,
           IdentityTokens **tokens, GError **error)
{
  char *form = http_form ("grant_type", DEVICE_GRANT, "client_id", authority->client_id, "device_code",
                          code->device_code, NULL);
  GError *problem = NULL;
  g_autoptr (HttpResponse) response = post_form (authority, job, "oauth2/v2.0/token", form, &problem);
  if (response == NULL) {
    /* A dropped connection says nothing about the sign-in; the code's life bounds how long we try. */
    if (g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)) {
      g_clear_error (&problem);
      return POLL_SLOWER;
    }
    g_propagate_error (error, problem);
    return POLL_FAILED;
  }
  if (!is_success (response))
    return judge_refusal (response, error);
  *tokens = read_tokens (response, error);
  return *tokens != NULL ? POLL_DONE : POLL_FAILED;
}

IdentityTokens *
identity_device_poll (const IdentityAuthority *authority, CrJob *job, const IdentityDeviceCode *code,
                      GError **error)
{
  guint interval = code->interval_s;
  for (;;) {
    IdentityTokens *tokens = NULL;
    switch (poll_once (authority, job, code, &tokens, error)) {
    case POLL_DONE:
      return tokens;
    case POLL_FAILED:
      return NULL;
    case POLL_SLOWER:
      interval = MIN (interval + SLOW_DOWN_S, MAX_INTERVAL_S);
      break;
    case POLL_PENDING:
      break;
    }
    if (cr_now_seconds () >= code->expires_at_s) {
      cr_set_error (error, CR_ERROR_SIGN_IN, "Start the sign-in again; it gives a new code.",
                    "The sign-in code %s has expired.", code->user_code);
      return NULL;
    }
    if (!cr_job_sleep (job, interval * 1000, error))
      return NULL;
  }
}

/* POST to the token endpoint and read the tokens. FORM is wiped and freed. */
static IdentityTokens *
token_call (const IdentityAuthority *authority, CrJob *job, const char *what, char *form, GError **error)
{
  g_autoptr (HttpResponse) response = post_form (authority, job, "oauth2/v2.0/token", form, error);
  if (response == NULL)
    return NULL;
  if (!is_success (response)) {
    http_error_set (error, what, response);
    return NULL;
  }
  return read_tokens (response, error);
}

IdentityTokens *
identity_refresh (const IdentityAuthority *authority, CrJob *job, const char *refresh_token,
                  const char *scope, GError **error)
{
  return token_call (authority, job, "Renewing the sign-in",
                     http_form ("grant_type", "refresh_token", "client_id", authority->client_id,
                                "refresh_token", refresh_token, "scope", scope, NULL),
                     error);
}
