/* SPDX-License-Identifier: MIT
 * One caller at one CCF service, and its plain calls (ccf.h).
 */
#include "ccf/ccf-private.h"

#include "base/error.h"
#include "cose/jwt.h"
#include "http/http-error.h"

#include <stdarg.h>
#include <string.h>

/* For both HTTP clients of CLIENT, whichever notices first. NULL without ERROR: what was found stays
 * untrusted. */
static char *
rediscover (CrJob *job, gpointer data, GError **error)
{
  CcfClient *client = data;
  char *pem = ccf_network_renewed (job, client->endpoint, client->service_certificate);
  if (pem == NULL && client->rediscover != NULL)
    pem = client->rediscover (job, client->rediscover_data, error);
  if (pem == NULL)
    return NULL;
  char *before = client->service_certificate;
  if (strcmp (before, pem) != 0) {
    g_ptr_array_add (client->former, before);
    client->service_certificate = g_strdup (pem); /* one pointer: readers see the old or the new one */
  }
  return pem;
}

CcfClient *
ccf_client_new (const char *endpoint, const char *service_certificate, GError **error)
{
  if (!g_str_has_prefix (endpoint, "https://")) {
    cr_set_error (error, CR_ERROR_INPUT, "Correct the address of the consortium.",
                  "'%s' is not an https address.", endpoint);
    return NULL;
  }
  g_autoptr (HttpClient) http = http_client_new (service_certificate, error);
  if (http == NULL)
    return NULL;
  CcfClient *client = g_new0 (CcfClient, 1);
  g_atomic_ref_count_init (&client->references);
  client->endpoint = g_strdup (endpoint);
  for (gsize length = strlen (client->endpoint); length > 0 && client->endpoint[length - 1] == '/'; length--)
    client->endpoint[length - 1] = '\0';
  client->service_certificate = g_strdup (service_certificate);
  client->open = g_steal_pointer (&http);
  client->former = g_ptr_array_new_with_free_func (g_free);
  http_client_set_retrust (client->open, rediscover, client);
  return client;
}

CcfClient *
ccf_client_ref (CcfClient *client)
{
  g_atomic_ref_count_inc (&client->references);
  return client;
}

static void
drop_provider (CcfClient *client)
{
  if (client->provider_destroy != NULL)
    client->provider_destroy (client->provider_data);
  client->provider_destroy = NULL;
}

void
ccf_client_unref (CcfClient *client)
{
  if (client == NULL || !g_atomic_ref_count_dec (&client->references))
    return;
  drop_provider (client);
  http_client_unref (client->open);
  http_client_unref (client->as_member);
  if (client->rediscover_destroy != NULL)
    client->rediscover_destroy (client->rediscover_data);
  g_ptr_array_unref (client->former);
  g_free (client->endpoint);
  g_free (client->service_certificate);
  g_free (client);
}

void
ccf_client_set_rediscovery (CcfClient *client, CcfRediscover func, gpointer data, GDestroyNotify destroy)
{
  client->rediscover = func;
  client->rediscover_data = data;
  client->rediscover_destroy = destroy;
}

gboolean
ccf_client_set_member (CcfClient *client, MemberIdentity *identity, GError **error)
{
  g_autoptr (HttpClient) http = http_client_new (client->service_certificate, error);
  if (http == NULL
      || !http_client_set_certificate (http, member_identity_certificate_pem (identity),
                                       member_identity_key (identity), error))
    return FALSE;
  http_client_unref (client->as_member);
  client->as_member = g_steal_pointer (&http);
  http_client_set_retrust (client->as_member, rediscover, client);
  client->identity = identity;
  return TRUE;
}

void
ccf_client_set_token_provider (CcfClient *client, CcfTokenProvider provider, gpointer data,
                               GDestroyNotify destroy)
{
  drop_provider (client);
  client->provider = provider;
  client->provider_data = data;
  client->provider_destroy = destroy;
}

void
ccf_client_set_proposes_only (CcfClient *client, gboolean only)
{
  client->proposes_only = only;
}

gboolean
ccf_client_proposes_only (const CcfClient *client)
{
  return client->proposes_only;
}

const char *
ccf_client_endpoint (const CcfClient *client)
{
  return client->endpoint;
}

const char *
ccf_client_service_certificate (const CcfClient *client)
{
  return client->service_certificate;
}

const char *
ccf_client_member_id (const CcfClient *client)
{
  return client->identity != NULL ? member_identity_id (client->identity) : NULL;
}

char *
ccf_client_caller (CrJob *job, CcfClient *client, GError **error)
{
  if (client->provider == NULL)
    return ccf_need_member (client, error) != NULL ? g_strdup (member_identity_id (client->identity)) : NULL;
  g_auto (CrSecretText) token = client->provider (job, FALSE, client->provider_data, error);
  g_autoptr (CoseJwt) jwt = token != NULL ? cose_jwt_parse (token, error) : NULL;
  if (jwt == NULL)
    return NULL;
  /* The signature is the service's business: this only compares with what the service answers. */
  const char *oid = cose_jwt_text (jwt, "oid");
  if (oid == NULL)
    cr_set_error (error, CR_ERROR_SIGN_IN, "Sign in with the invited account.",
                  "The token names no object id: this kind of account cannot take part.");
  return g_strdup (oid);
}

MemberIdentity *
ccf_need_member (CcfClient *client, GError **error)
{
  if (client->identity == NULL)
    cr_set_error (error, CR_ERROR_INPUT, "Run it as a member of the consortium.",
                  "This can only be done by a member, and no member identity is in use.");
  return client->identity;
}

gboolean
ccf_check_id (const char *id, const char *what, GError **error)
{
  if (id != NULL && strlen (id) == 64 && strspn (id, "0123456789abcdef") == 64)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Copy the whole id: 64 digits and letters a to f.",
                "%s is not a valid id.", what);
  return FALSE;
}

char *
ccf_url (const CcfClient *client, const char *path)
{
  return g_strconcat (client->endpoint, path, NULL);
}

char *
ccf_gov_path (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_strconcat (path, strchr (path, '?') != NULL ? "&" : "?", "api-version=" CCF_API_VERSION, NULL);
}

json_t *
ccf_read (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  g_autofree char *url = ccf_url (client, path);
  HttpRequest request = { .method = "GET", .url = url, .final_500 = TRUE };
  return http_call_json (job, client->open, &request, NULL, NULL, error);
}

char *
ccf_read_text (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  g_autofree char *url = ccf_url (client, path);
  HttpRequest request = { .method = "GET", .url = url, .max_response = CR_JSON_MAX_BYTES };
  g_autoptr (HttpResponse) response = http_call (job, client->open, &request, error);
  if (response == NULL)
    return NULL;
  gsize length;
  const char *data = g_bytes_get_data (response->body, &length);
  if (length > 0 && (memchr (data, '\0', length) != NULL || !g_utf8_validate (data, (gssize) length, NULL))) {
    cr_set_error (error, CR_ERROR_RETRY, "Check that the address belongs to the right service.",
                  "The answer of %s is not text.", response->url);
    return NULL;
  }
  return g_strndup (length > 0 ? data : "", length);
}

json_t *
ccf_read_list (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  g_autoptr (json_t) all = json_array ();
  g_autofree char *next = g_strdup (path);
  for (guint page = 0; next != NULL && page < 1000; page++) {
    g_autoptr (json_t) answer = ccf_read (job, client, next, error);
    json_t *value = answer != NULL ? cr_json_get_array (answer, "value", "the list", error) : NULL;
    if (value == NULL)
      return NULL;
    json_array_extend (all, value);
    const char *link = cr_json_peek_string (answer, "nextLink");
    /* Only paths of this service: a full address must be ours. */
    if (link != NULL && g_str_has_prefix (link, client->endpoint))
      link += strlen (client->endpoint);
    char *follow = link != NULL && *link == '/' ? g_strdup (link) : NULL;
    g_free (next);
    next = follow;
  }
  return g_steal_pointer (&all);
}

HttpResponse *
ccf_post_cose (CrJob *job, CcfClient *client, const char *path, GBytes *message, GError **error)
{
  g_autofree char *url = ccf_url (client, path);
  /* A lost connection is repeated with the identical bytes by the callers that may; 500 never is: it is how a
   * failed resolve or apply is reported. */
  HttpRequest request = { .method = "POST", .url = url, .content_type = "application/cose", .body = message };
  return http_call (job, client->open, &request, error);
}

/* One request below /app with whatever identity the client has. */
static HttpResponse *
app_send (CrJob *job, CcfClient *client, const HttpRequest *request, gboolean renew, GError **error)
{
  if (client->provider == NULL)
    return http_send (job, client->as_member != NULL ? client->as_member : client->open, request, error);
  g_auto (CrSecretText) token = client->provider (job, renew, client->provider_data, error);
  if (token == NULL)
    return NULL;
  HttpRequest with_token = *request;
  with_token.bearer = token;
  return http_send (job, client->open, &with_token, error);
}

static json_t *
app_answer (CrJob *job, CcfClient *client, CcfAccess access, const HttpRequest *request,
            const HttpResponse *response, GError **error)
{
  if (response->status < 200 || response->status >= 300) {
    g_autofree char *what = g_strdup_printf ("%s %s", request->method, response->url);
    http_error_set (error, what, response);
    return NULL;
  }
  if (access == CCF_WRITE && !ccf_wait_response (job, client, response, error))
    return NULL;
  if (g_bytes_get_size (response->body) == 0)
    return json_null ();
  return http_response_json (response, error);
}

json_t *
ccf_app_call (CrJob *job, CcfClient *client, CcfAccess access, const char *method, const char *path,
              const json_t *body, HttpResponse **response, GError **error)
{
  g_autofree char *below = g_strconcat ("/app", path, NULL);
  g_autofree char *url = ccf_url (client, below);
  g_autoptr (GBytes) bytes = body != NULL ? cr_json_dump_bytes (body) : NULL;
  HttpRequest request = {
    .method = method,
    .url = url,
    .content_type = bytes != NULL ? "application/json" : NULL,
    .body = bytes,
    .retry = access == CCF_READ ? HTTP_RETRY_SAFE : HTTP_RETRY_AUTO,
    .final_500 = TRUE,
  };
  g_autoptr (HttpResponse) answer = app_send (job, client, &request, FALSE, error);
  if (answer != NULL && answer->status == 401 && client->provider != NULL) {
    http_response_free (g_steal_pointer (&answer));
    answer = app_send (job, client, &request, TRUE, error);
  }
  if (answer == NULL)
    return NULL;
  json_t *value = app_answer (job, client, access, &request, answer, error);
  if (response != NULL)
    *response = g_steal_pointer (&answer);
  return value;
}
