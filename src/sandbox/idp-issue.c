/* SPDX-License-Identifier: MIT
 * Tokens: what was asked for, what is answered, and the error body of the token endpoint.
 */
#include "sandbox/idp-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdarg.h>
#include <string.h>

static const char *const resources[] = {
  "https://management.azure.com", "https://storage.azure.com",   "https://vault.azure.net",
  "https://managedhsm.azure.net", "https://graph.microsoft.com", NULL,
};

void
idp_fail (SandboxResponse *response, guint status, const char *error, guint number, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *trace = cr_uuid_new ();
  g_autofree char *correlation = cr_uuid_new ();
  g_autofree char *iso = cr_iso8601_seconds (cr_now_ms ());
  g_autofree char *stamp = g_strdup_printf ("%.10s %.8sZ", iso, iso + 11);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *description = g_strdup_printf (
      "AADSTS%u: %s Trace ID: %s Correlation ID: %s Timestamp: %s", number, valid, trace, correlation, stamp);
  sandbox_respond_json (response, status,
                        json_pack ("{s:s, s:s, s:[i], s:s, s:s, s:s}", "error", error, "error_description",
                                   description, "error_codes", (int) number, "timestamp", stamp, "trace_id",
                                   trace, "correlation_id", correlation));
  sandbox_respond_header (response, "x-ms-request-id", trace);
  sandbox_respond_header (response, "Cache-Control", "no-store");
}

char *
idp_require_form (const SandboxRequest *request, SandboxResponse *response, const char *name)
{
  char *value = sandbox_request_form (request, name);
  if (value != NULL && *value != '\0' && g_utf8_validate (value, -1, NULL))
    return value;
  g_free (value);
  idp_fail (response, 400, "invalid_request", 900144,
            "The request body must contain the following parameter: '%s'.", name);
  return NULL;
}

char *
idp_require_client (const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *client = idp_require_form (request, response, "client_id");
  if (client == NULL)
    return NULL;
  if (g_uuid_string_is_valid (client))
    return g_ascii_strdown (client, -1);
  idp_fail (response, 400, "unauthorized_client", 700016,
            "Application with identifier '%.64s' was not found in the directory.", client);
  return NULL;
}

void
idp_scope_clear (IdpScope *scope)
{
  g_clear_pointer (&scope->audience, g_free);
  g_clear_pointer (&scope->granted, g_free);
}

/* The resource of one scope word ("https://storage.azure.com/.default"); NULL when it names none. */
static const char *
resource_of (const char *word)
{
  if (strcmp (word, "User.Read") == 0)
    return "https://graph.microsoft.com";
  for (guint i = 0; resources[i] != NULL; i++) {
    gsize length = strlen (resources[i]);
    if (strncmp (word, resources[i], length) != 0)
      continue;
    const char *rest = word + length;
    while (*rest == '/') /* "https://management.azure.com//.default" is the same resource */
      rest++;
    if (rest > word + length && (strcmp (rest, ".default") == 0 || strcmp (rest, "user_impersonation") == 0))
      return resources[i];
  }
  return NULL;
}

gboolean
idp_scope_parse (SandboxResponse *response, const char *text, IdpScope *scope)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  const char *audience = NULL;
  for (guint i = 0; words[i] != NULL; i++) {
    const char *word = words[i];
    scope->openid |= strcmp (word, "openid") == 0;
    scope->offline |= strcmp (word, "offline_access") == 0;
    if (*word == '\0' || strcmp (word, "openid") == 0 || strcmp (word, "offline_access") == 0
        || strcmp (word, "profile") == 0 || strcmp (word, "email") == 0)
      continue;
    const char *resource = resource_of (word);
    if (resource == NULL) {
      idp_fail (response, 400, "invalid_resource", 500011,
                "The resource principal named %.200s was not found in the tenant.", word);
      return FALSE;
    }
    if (audience != NULL && strcmp (audience, resource) != 0) {
      idp_fail (response, 400, "invalid_request", 28000,
                "Provided value for the input parameter scope is not valid "
                "because it contains more than one resource.");
      return FALSE;
    }
    audience = resource;
  }
  if (audience == NULL && !scope->openid) {
    idp_fail (response, 400, "invalid_scope", 70011,
              "The provided value for the input parameter 'scope' is not valid.");
    return FALSE;
  }
  scope->audience = g_strdup (audience == NULL ? "https://graph.microsoft.com" : audience);
  scope->granted = g_strdup (text);
  return TRUE;
}

/* Seconds that tokens live: setting "token-seconds", an hour when unset. */
static gint64
token_seconds (Sandbox *sandbox)
{
  const char *text = sandbox_setting (sandbox, "token-seconds");
  return text == NULL ? 3600 : CLAMP (g_ascii_strtoll (text, NULL, 10), 1, 24 * 3600);
}

/* Claims that both kinds of token carry. */
static json_t *
common_claims (Sandbox *sandbox, const IdpSubject *subject, const char *audience)
{
  gint64 now = cr_now_seconds ();
  g_autofree char *issuer = g_strdup_printf ("%s/%s/v2.0", sandbox_url (sandbox, "identity"), subject->tid);
  g_autofree char *unique = cr_random_hex (32);
  json_t *claims = json_object ();
  cr_json_set_string (claims, "aud", audience);
  cr_json_set_string (claims, "iss", issuer);
  cr_json_set_int (claims, "iat", now);
  cr_json_set_int (claims, "nbf", now);
  cr_json_set_int (claims, "exp", now + token_seconds (sandbox));
  cr_json_set_string (claims, "oid", subject->oid);
  cr_json_set_string (claims, "tid", subject->tid);
  cr_json_set_string (claims, "sub", subject->oid);
  cr_json_set_string (claims, "uti", unique);
  cr_json_set_string (claims, "ver", "2.0");
  if (subject->address != NULL) {
    const char *at = strchr (subject->address, '@');
    g_autofree char *name = g_strndup (subject->address, (gsize) (at - subject->address));
    cr_json_set_string (claims, "name", name);
    cr_json_set_string (claims, "preferred_username", subject->address);
  }
  return claims;
}

static CrSecretText
access_token (Sandbox *sandbox, const IdpSubject *subject, const char *audience, GError **error)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  g_autoptr (json_t) claims = common_claims (sandbox, subject, audience);
  cr_json_set_string (claims, "appid", subject->client_id);
  cr_json_set_string (claims, "azp", subject->client_id);
  cr_json_set_string (claims, "idtyp", subject->address == NULL ? "app" : "user");
  if (subject->address != NULL) {
    cr_json_set_string (claims, "scp", "user_impersonation");
    cr_json_set_string (claims, "unique_name", subject->address);
    cr_json_set_string (claims, "upn", subject->address);
  }
  return cose_jwt_sign (idp->key, "RS256", idp->kid, claims, error);
}

static CrSecretText
id_token (Sandbox *sandbox, const IdpSubject *subject, GError **error)
{
  Idp *idp = sandbox_part (sandbox, "idp");
  g_autoptr (json_t) claims = common_claims (sandbox, subject, subject->client_id);
  return cose_jwt_sign (idp->key, "RS256", idp->kid, claims, error);
}

void
idp_respond_tokens (Sandbox *sandbox, SandboxResponse *response, const IdpSubject *subject,
                    const IdpScope *scope, const char *refresh_token)
{
  g_autoptr (GError) error = NULL;
  g_auto (CrSecretText) access = access_token (sandbox, subject, scope->audience, &error);
  g_auto (CrSecretText) id = access != NULL && scope->openid && subject->address != NULL
                                 ? id_token (sandbox, subject, &error)
                                 : NULL;
  if (error != NULL) {
    idp_fail (response, 500, "server_error", 90033, "A transient error has occurred: %s.", error->message);
    return;
  }
  json_t *answer = json_object ();
  cr_json_set_string (answer, "token_type", "Bearer");
  cr_json_set_string (answer, "scope", scope->granted);
  cr_json_set_int (answer, "expires_in", token_seconds (sandbox));
  cr_json_set_int (answer, "ext_expires_in", token_seconds (sandbox));
  cr_json_set_string (answer, "access_token", access);
  cr_json_set_string (answer, "refresh_token", refresh_token);
  cr_json_set_string (answer, "id_token", id);
  sandbox_respond_json (response, 200, answer);
  sandbox_respond_header (response, "Cache-Control", "no-store");
}
