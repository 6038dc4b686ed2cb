/* SPDX-License-Identifier: MIT
 * The provider service (provider.h): requests, operations, the ledger network.
 */
#include "cloud/provider-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "http/http-error.h"

#include <openssl/pem.h>
#include <string.h>

#define FIRST_POLL_MS 50u
#define POLL_MS 2000u
#define OPERATION_LIMIT_S (30 * 60)

struct ProviderClient {
  HttpClient *http;
  char *url;
  char *network_kind, *cluster_kind;
  json_t *config;
  CloudTokenFunc token;
  gpointer data;
};

ProviderClient *
provider_client_new (const ProviderOptions *options)
{
  ProviderClient *client = g_new0 (ProviderClient, 1);
  client->http = options->http;
  client->url = g_strdup (options->url);
  client->network_kind = g_strdup (options->network_kind);
  client->cluster_kind = g_strdup (options->cluster_kind);
  client->config = options->config != NULL ? json_deep_copy (options->config) : json_object ();
  client->token = options->token;
  client->data = options->data;
  return client;
}

void
provider_client_free (ProviderClient *client)
{
  if (client == NULL)
    return;
  g_free (client->url);
  g_free (client->network_kind);
  g_free (client->cluster_kind);
  json_decref (client->config);
  g_free (client);
}

const char *
provider_url (const ProviderClient *client)
{
  return client->url;
}

json_t *
provider_body (ProviderClient *client, ProviderPart part)
{
  return json_pack ("{s:s, s:O}", "infraType",
                    part == PROVIDER_NETWORK ? client->network_kind : client->cluster_kind, "providerConfig",
                    client->config);
}

/* --- requests ------------------------------------------------------------------------------------------- */

/* Send BODY (may be NULL) to PATH. RETRY as in HttpRequest. Gives the answer, whatever its status. */
static HttpResponse *
send_path (ProviderClient *client, CrJob *job, const char *method, const char *path, const char *content_type,
           GBytes *body, HttpRetry retry, GError **error)
{
  const CloudCaller caller = { client->http, client->token, client->data, CLOUD_SCOPE_MANAGEMENT };
  g_autofree char *url = http_url_join (client->url, path);
  HttpRequest request = {
    .method = method, .url = url, .content_type = content_type, .body = body, .retry = retry
  };
  return cloud_send (&caller, job, &request, error);
}

static gboolean
is_success (const HttpResponse *response)
{
  return response->status >= 200 && response->status < 300;
}

/* POST BODY (taken) and want a 2xx answer. */
static HttpResponse *
post (ProviderClient *client, CrJob *job, const char *path, json_t *body, GError **error)
{
  g_autoptr (json_t) owned = body;
  g_autoptr (GBytes) bytes = cr_json_dump_bytes (owned);
  /* The service looks before it makes something, so that all of these may be repeated. */
  g_autoptr (HttpResponse) response = send_path (client, job, "POST", path, "application/json", bytes,
                                                 HTTP_RETRY_SAFE, error);
  if (response == NULL || is_success (response))
    return g_steal_pointer (&response);
  g_autofree char *what = g_strdup_printf ("POST %s", path);
  http_error_set (error, what, response);
  return NULL;
}

json_t *
provider_post (ProviderClient *client, CrJob *job, const char *path, json_t *body, GError **error)
{
  g_autoptr (HttpResponse) response = post (client, job, path, body, error);
  return response != NULL ? http_response_json (response, error) : NULL;
}

char *
provider_path (const char *collection, const char *name, const char *action)
{
  g_autofree char *encoded = cr_percent_encode (name, NULL);
  return g_strdup_printf ("%s/%s/%s", collection, encoded, action);
}

/* --- operations ----------------------------------------------------------------------------------------- */

static void
set_operation_error (GError **error, const char *what, const json_t *operation)
{
  const json_t *details = json_object_get (operation, "error");
  /* The service may wrap the error of the cloud once more. */
  if (json_is_object (json_object_get (details, "error")))
    details = json_object_get (details, "error");
  const CrRemote remote = { .http_status = (guint) cr_json_peek_int (operation, "statusCode", 0),
                            .code = cr_json_peek_string (details, "code"),
                            .message = cr_json_peek_string (details, "message") };
  cr_set_remote_error (error, CR_ERROR_FAILED, &remote,
                       "Look at the message of the provider, then run the step again.",
                       "The provider could not finish %s%s%s.", what, remote.message != NULL ? ": " : "",
                       remote.message != NULL ? remote.message : "");
}

typedef enum { OPERATION_RUNNING, OPERATION_DONE, OPERATION_FORGOTTEN, OPERATION_FAILED } OperationState;

/* One poll. RESOURCE gets the result (may stay NULL) when it is done. */
static OperationState
poll_operation (ProviderClient *client, CrJob *job, const char *path, const char *what, json_t **resource,
                guint *pause_ms, GError **error)
{
  g_autoptr (HttpResponse) response = send_path (client, job, "GET", path, NULL, NULL, HTTP_RETRY_SAFE,
                                                 error);
  if (response == NULL)
    return OPERATION_FAILED;
  if (response->status == 404)
    return OPERATION_FORGOTTEN;
  if (!is_success (response)) {
    http_error_set (error, what, response);
    return OPERATION_FAILED;
  }
  g_autoptr (json_t) operation = http_response_json (response, error);
  if (operation == NULL)
    return OPERATION_FAILED;
  const char *status = cr_json_peek_string (operation, "status");
  if (g_strcmp0 (status, "Failed") == 0) {
    set_operation_error (error, what, operation);
    return OPERATION_FAILED;
  }
  if (g_strcmp0 (status, "Succeeded") == 0) {
    json_t *value = json_object_get (operation, "resource");
    *resource = json_is_object (value) ? json_incref (value) : NULL;
    return OPERATION_DONE;
  }
  const json_t *progress = json_object_get (operation, "progress");
  const char *line = json_string_value (json_array_get (progress, json_array_size (progress) - 1));
  cr_job_progress (job, line != NULL ? line : what, 0, 0);
  *pause_ms = cloud_retry_after_ms (response, POLL_MS);
  return OPERATION_RUNNING;
}

/* The path of an operation URL, which must be on the provider itself. */
static char *
operation_path (ProviderClient *client, const char *location, GError **error)
{
  if (*location == '/' && location[1] != '/')
    return g_strdup (location);
  g_autoptr (GUri) uri = cloud_same_host (client->url, location)
                             ? g_uri_parse (location, G_URI_FLAGS_ENCODED, NULL)
                             : NULL;
  if (uri != NULL)
    return g_strdup (g_uri_get_path (uri));
  cr_set_error (error, CR_ERROR_ADMIN, "Report this: the program does not send its token to other hosts.",
                "The provider names a place outside itself for the progress of its work.");
  return NULL;
}

json_t *
provider_run (ProviderClient *client, CrJob *job, const char *path, json_t *body, const char *what,
              GError **error)
{
  g_autofree char *async = g_strconcat (path, "?async=true", NULL);
  g_autoptr (HttpResponse) started = post (client, job, async, body, error);
  if (started == NULL)
    return NULL;
  const char *location = http_response_header (started, "operation-location");
  if (location == NULL)
    return started->status == 202 ? json_null () : http_response_json (started, error);
  g_autofree char *operation = operation_path (client, location, error);
  if (operation == NULL)
    return NULL;
  /* Much work is done by the time the first question is asked; only later ones keep to the service's pace. */
  guint pause_ms = FIRST_POLL_MS;
  gint64 limit_s = cr_now_seconds () + OPERATION_LIMIT_S;
  while (cr_now_seconds () <= limit_s) {
    json_t *resource = NULL;
    if (!cr_job_sleep (job, pause_ms, error))
      return NULL;
    switch (poll_operation (client, job, operation, what, &resource, &pause_ms, error)) {
    case OPERATION_DONE:
      return resource != NULL ? resource : json_null ();
    case OPERATION_FORGOTTEN:
      return json_null ();
    case OPERATION_FAILED:
      return NULL;
    case OPERATION_RUNNING:
      break;
    }
  }
  cr_set_error (error, CR_ERROR_RETRY, "Run the step again later; it goes on where the provider is.",
                "The provider is still working on %s after %d minutes.", what, OPERATION_LIMIT_S / 60);
  return NULL;
}

/* --- ledger network ------------------------------------------------------------------------------------- */

static json_t *
network_call (ProviderClient *client, CrJob *job, const char *name, const char *action, GError **error)
{
  g_autofree char *path = provider_path ("networks", name, action);
  return provider_post (client, job, path, provider_body (client, PROVIDER_NETWORK), error);
}

json_t *
provider_network_do (ProviderClient *client, CrJob *job, const char *name, const char *action, json_t *extra,
                     const char *what, GError **error)
{
  g_autoptr (json_t) more = extra;
  json_t *body = provider_body (client, PROVIDER_NETWORK);
  if (more != NULL)
    json_object_update (body, more);
  g_autofree char *path = name != NULL ? provider_path ("networks", name, action)
                                       : g_strconcat ("networks/", action, NULL);
  if (what != NULL)
    return provider_run (client, job, path, body, what, error);
  g_autoptr (HttpResponse) response = post (client, job, path, body, error);
  if (response == NULL)
    return NULL;
  return g_bytes_get_size (response->body) > 0 ? http_response_json (response, error) : json_null ();
}

json_t *
provider_network_get (ProviderClient *client, CrJob *job, const char *name, GError **error)
{
  return network_call (client, job, name, "get", error);
}

json_t *
provider_network_health (ProviderClient *client, CrJob *job, const char *name, GError **error)
{
  return network_call (client, job, name, "health", error);
}

json_t *
provider_network_report (ProviderClient *client, CrJob *job, const char *name, GError **error)
{
  return network_call (client, job, name, "report", error);
}

json_t *
provider_recovery_agents_get (ProviderClient *client, CrJob *job, const char *network, GError **error)
{
  return network_call (client, job, network, "recoveryAgents/get", error);
}

gboolean
provider_is_absent (GError **problem)
{
  if (cr_error_http_status (*problem) != 404 && !g_error_matches (*problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return FALSE;
  g_clear_error (problem);
  return TRUE;
}

json_t *
provider_network_ensure (ProviderClient *client, CrJob *job, const char *name, const json_t *members,
                         gboolean *created, GError **error)
{
  if (created != NULL)
    *created = FALSE;
  GError *problem = NULL;
  json_t *known = provider_network_get (client, job, name, &problem);
  if (known != NULL)
    return known;
  if (!provider_is_absent (&problem)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  json_t *body = provider_body (client, PROVIDER_NETWORK);
  cr_json_set_int (body, "nodeCount", 1);
  cr_json_set_string (body, "nodeLogLevel", "Info");
  cr_json_set (body, "securityPolicy", json_pack ("{s:s}", "policyCreationOption", "cachedDebug"));
  cr_json_set (body, "members", json_deep_copy (members));
  g_autofree char *path = provider_path ("networks", name, "create");
  g_autoptr (json_t) made = provider_run (client, job, path, body, "the creation of the network", error);
  if (made == NULL)
    return NULL;
  if (created != NULL)
    *created = TRUE;
  return json_is_object (made) ? g_steal_pointer (&made) : provider_network_get (client, job, name, error);
}

/* --- the operator's identity ---------------------------------------------------------------------------- */

/* The unencrypted PEM of KEY in OpenSSL's secure memory; NULL when it cannot be exported. */
static BIO *
key_pem (EVP_PKEY *key)
{
  BIO *bio = BIO_new (BIO_s_secmem ());
  if (bio != NULL && PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL) == 1)
    return bio;
  BIO_free (bio);
  return NULL;
}

/* multipart/form-data with the two files, in wiped memory. Gives. */
static GBytes *
identity_form (const char *boundary, const char *certificate_pem, EVP_PKEY *key, GError **error)
{
  BIO *bio = key_pem (key);
  char *pem = NULL;
  long length = bio != NULL ? BIO_get_mem_data (bio, &pem) : 0;
  if (length <= 0) {
    cr_set_error (error, CR_ERROR_FAILED, "Use a key that may leave its store.",
                  "The signing key of the operator cannot be handed to the provider.");
    BIO_free (bio);
    return NULL;
  }
  char *text = g_strdup_printf (
      "--%s\r\nContent-Disposition: form-data; name=\"SigningCertPemFile\"; filename=\"cert.pem\"\r\n"
      "Content-Type: application/x-pem-file\r\n\r\n%s\r\n"
      "--%s\r\nContent-Disposition: form-data; name=\"SigningKeyPemFile\"; filename=\"key.pem\"\r\n"
      "Content-Type: application/x-pem-file\r\n\r\n%.*s\r\n--%s--\r\n",
      boundary, certificate_pem, boundary, (int) length, pem, boundary);
  GBytes *form = cr_secret_new (text, strlen (text));
  cr_wipe (text, strlen (text));
  g_free (text);
  BIO_free (bio);
  return form;
}

gboolean
provider_configure (ProviderClient *client, CrJob *job, const char *certificate_pem, EVP_PKEY *key,
                    GError **error)
{
  g_autofree char *boundary = cr_random_hex (32);
  g_autoptr (GBytes) form = identity_form (boundary, certificate_pem, key, error);
  if (form == NULL)
    return FALSE;
  g_autofree char *type = g_strdup_printf ("multipart/form-data; boundary=%s", boundary);
  g_autoptr (HttpResponse) response = send_path (client, job, "POST", "configure", type, form,
                                                 HTTP_RETRY_SAFE, error);
  if (response == NULL)
    return FALSE;
  if (is_success (response))
    return TRUE;
  http_error_set (error, "Giving the provider the operator's identity", response);
  return FALSE;
}

json_t *
provider_show (ProviderClient *client, CrJob *job, GError **error)
{
  g_autoptr (HttpResponse) response = send_path (client, job, "GET", "show", NULL, NULL, HTTP_RETRY_SAFE,
                                                 error);
  if (response == NULL)
    return NULL;
  if (is_success (response))
    return http_response_json (response, error);
  http_error_set (error, "GET show", response);
  return NULL;
}
