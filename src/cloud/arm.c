/* SPDX-License-Identifier: MIT
 * Azure Resource Manager: requests, long operations, subscription, groups, providers (arm.h).
 */
#include "cloud/arm-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "http/http-error.h"

#include <string.h>

#define POLL_DEFAULT_MS 5000u
#define OPERATION_LIMIT_S 900
#define REGISTER_POLL_MS 10000u
#define REGISTER_LIMIT_S 600
#define SUBSCRIPTION_VERSION "2022-12-01"
#define GROUP_VERSION "2021-04-01"

struct ArmClient {
  HttpClient *http;
  char *url;
  char *subscription; /* NULL until known */
  CloudTokenFunc token;
  gpointer data;
};

ArmClient *
arm_client_new (HttpClient *http, const char *management_url, const char *subscription, CloudTokenFunc token,
                gpointer data)
{
  ArmClient *client = g_new0 (ArmClient, 1);
  client->http = http;
  client->url = g_strdup (management_url);
  client->subscription = g_strdup (subscription);
  client->token = token;
  client->data = data;
  return client;
}

void
arm_client_free (ArmClient *client)
{
  if (client == NULL)
    return;
  g_free (client->url);
  g_free (client->subscription);
  g_free (client);
}

/* --- requests ------------------------------------------------------------------------------------------- */

static HttpResponse *
send_url (ArmClient *client, CrJob *job, const char *method, const char *url, const json_t *body,
          GError **error)
{
  const CloudCaller caller = { client->http, client->token, client->data, CLOUD_SCOPE_MANAGEMENT };
  g_autoptr (GBytes) bytes = body != NULL ? cr_json_dump_bytes (body) : NULL;
  /* Every call here names what it makes, so that repeating one changes nothing. */
  HttpRequest request = { .method = method,
                          .url = url,
                          .body = bytes,
                          .content_type = bytes != NULL ? "application/json" : NULL,
                          .retry = HTTP_RETRY_SAFE };
  return cloud_send (&caller, job, &request, error);
}

static char *
url_of (ArmClient *client, const char *id, const char *api_version, const char *query)
{
  g_autofree char *path = cr_percent_encode (id, "/");
  g_autofree char *base = http_url_join (client->url, path);
  return g_strdup_printf ("%s?api-version=%s%s%s", base, api_version, query != NULL ? "&" : "",
                          query != NULL ? query : "");
}

static gboolean
is_success (const HttpResponse *response)
{
  return response->status >= 200 && response->status < 300;
}

json_t *
arm_call (ArmClient *client, CrJob *job, const char *method, const char *id, const char *api_version,
          const char *query, GError **error)
{
  g_autofree char *url = url_of (client, id, api_version, query);
  g_autoptr (HttpResponse) response = send_url (client, job, method, url, NULL, error);
  if (response == NULL)
    return NULL;
  if (is_success (response))
    return http_response_json (response, error);
  g_autofree char *what = g_strdup_printf ("%s %s", method, id);
  http_error_set (error, what, response);
  return NULL;
}

json_t *
arm_get (ArmClient *client, CrJob *job, const char *id, const char *api_version, GError **error)
{
  GError *problem = NULL;
  json_t *value = arm_call (client, job, "GET", id, api_version, NULL, &problem);
  if (value == NULL && cr_error_http_status (problem) == 404
      && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    /* Codes differ from provider to provider; what matters is that it is not there. */
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "%s does not exist.", id);
    g_clear_error (&problem);
    return NULL;
  }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return value;
}

/* --- long operations ------------------------------------------------------------------------------------ */

typedef enum { STATE_RUNNING, STATE_DONE, STATE_FAILED } State;

static State
state_of (const char *text)
{
  if (text == NULL || g_ascii_strcasecmp (text, "Succeeded") == 0)
    return STATE_DONE;
  if (g_ascii_strcasecmp (text, "Failed") == 0 || g_ascii_strcasecmp (text, "Canceled") == 0)
    return STATE_FAILED;
  return STATE_RUNNING;
}

static void
set_operation_error (GError **error, const char *id, const char *state, const json_t *body)
{
  const json_t *details = json_object_get (body, "error");
  const CrRemote remote = { .code = cr_json_peek_string (details, "code"),
                            .message = cr_json_peek_string (details, "message") };
  cr_set_remote_error (error, CR_ERROR_FAILED, &remote,
                       "Look at the message of the cloud, then run the step again.",
                       "The cloud reports %s for %s%s%s.", state, id, remote.message != NULL ? ": " : "",
                       remote.message != NULL ? remote.message : "");
}

/* What one poll says. KIND is the header that named the URL, or NULL for the resource itself. */
static State
judge_poll (const HttpResponse *response, const char *kind, const char *id, GError **error)
{
  if (!is_success (response)) {
    http_error_set (error, id, response);
    return STATE_FAILED;
  }
  if (g_strcmp0 (kind, "location") == 0)
    return response->status == 202 ? STATE_RUNNING : STATE_DONE;
  g_autoptr (json_t) body = http_response_json (response, error);
  if (body == NULL)
    return STATE_FAILED;
  const char *text = kind != NULL
                         ? cr_json_peek_string (body, "status")
                         : cr_json_peek_string (json_object_get (body, "properties"), "provisioningState");
  State state = state_of (text);
  if (state == STATE_FAILED)
    set_operation_error (error, id, text, body);
  return state;
}

/* Poll until the work that STARTED began is over. */
static gboolean
wait_operation (ArmClient *client, CrJob *job, const HttpResponse *started, const char *id,
                const char *resource_url, GError **error)
{
  const char *kind = "azure-asyncoperation";
  const char *header = http_response_header (started, kind);
  if (header == NULL) {
    kind = "location";
    header = started->status == 202 ? http_response_header (started, kind) : NULL;
  }
  if (header == NULL)
    kind = NULL;
  if (header != NULL && !cloud_same_host (client->url, header)) {
    cr_set_error (error, CR_ERROR_ADMIN, "Report this: the program does not send its token to other hosts.",
                  "The cloud names a place outside itself for the progress of %s.", id);
    return FALSE;
  }
  g_autofree char *url = g_strdup (header != NULL ? header : resource_url);
  guint pause_ms = cloud_retry_after_ms (started, POLL_DEFAULT_MS);
  gint64 limit_s = cr_now_seconds () + OPERATION_LIMIT_S;
  for (;;) {
    if (!cr_job_sleep (job, pause_ms, error))
      return FALSE;
    g_autoptr (HttpResponse) response = send_url (client, job, "GET", url, NULL, error);
    if (response == NULL)
      return FALSE;
    GError *problem = NULL;
    switch (judge_poll (response, kind, id, &problem)) {
    case STATE_DONE:
      return TRUE;
    case STATE_FAILED:
      g_propagate_error (error, problem);
      return FALSE;
    case STATE_RUNNING:
      break;
    }
    if (cr_now_seconds () > limit_s) {
      cr_set_error (error, CR_ERROR_RETRY, "Run the step again later; it goes on where the cloud is.",
                    "The cloud is still working on %s after %d minutes.", id, OPERATION_LIMIT_S / 60);
      return FALSE;
    }
    pause_ms = cloud_retry_after_ms (response, POLL_DEFAULT_MS);
  }
}

/* The final resource in RESPONSE itself; NULL when the work goes on. */
static json_t *
finished_resource (const HttpResponse *response)
{
  if (response->status == 202 || http_response_header (response, "azure-asyncoperation") != NULL)
    return NULL;
  g_autoptr (json_t) body = http_response_json (response, NULL);
  const char *state = cr_json_peek_string (json_object_get (body, "properties"), "provisioningState");
  return json_is_object (body) && state_of (state) == STATE_DONE ? g_steal_pointer (&body) : NULL;
}

json_t *
arm_put (ArmClient *client, CrJob *job, const char *id, const char *api_version, const json_t *body,
         GError **error)
{
  g_autofree char *url = url_of (client, id, api_version, NULL);
  g_autoptr (HttpResponse) response = send_url (client, job, "PUT", url, body, error);
  if (response == NULL)
    return NULL;
  if (!is_success (response)) {
    g_autofree char *what = g_strdup_printf ("PUT %s", id);
    http_error_set (error, what, response);
    return NULL;
  }
  json_t *finished = finished_resource (response);
  if (finished != NULL)
    return finished;
  return wait_operation (client, job, response, id, url, error)
             ? arm_get (client, job, id, api_version, error)
             : NULL;
}

/* --- subscription, groups, providers -------------------------------------------------------------------- */

const char *
arm_subscription (ArmClient *client, CrJob *job, GError **error)
{
  if (client->subscription != NULL)
    return client->subscription;
  g_autoptr (json_t) answer = arm_call (client, job, "GET", "/subscriptions", SUBSCRIPTION_VERSION, NULL,
                                        error);
  json_t *list = answer != NULL ? cr_json_get_array (answer, "value", "the list of subscriptions", error)
                                : NULL;
  if (list == NULL)
    return NULL;
  if (json_array_size (list) != 1) {
    cr_set_error (error, CR_ERROR_INPUT, "Name the subscription in the environment.",
                  "This account sees %u subscriptions.", (guint) json_array_size (list));
    return NULL;
  }
  const char *id = cr_json_get_string (json_array_get (list, 0), "subscriptionId",
                                       "the list of subscriptions", error);
  client->subscription = g_strdup (id);
  return client->subscription;
}

json_t *
arm_subscription_get (ArmClient *client, CrJob *job, GError **error)
{
  const char *subscription = arm_subscription (client, job, error);
  if (subscription == NULL)
    return NULL;
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s", subscription);
  return arm_get (client, job, id, SUBSCRIPTION_VERSION, error);
}

/* "/subscriptions/{sub}/resourceGroups/{group}". NULL when the subscription cannot be found. Gives. */
static char *
arm_group_id (ArmClient *client, CrJob *job, const char *group, GError **error)
{
  const char *subscription = arm_subscription (client, job, error);
  return subscription != NULL ? g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", subscription, group)
                              : NULL;
}

char *
arm_resource_id (ArmClient *client, CrJob *job, const char *group, const char *type, const char *name,
                 GError **error)
{
  g_autofree char *group_id = arm_group_id (client, job, group, error);
  return group_id != NULL ? g_strdup_printf ("%s/providers/%s/%s", group_id, type, name) : NULL;
}

json_t *
arm_ensure (ArmClient *client, CrJob *job, const char *id, const char *api_version, const json_t *body,
            GError **error)
{
  GError *problem = NULL;
  json_t *known = arm_get (client, job, id, api_version, &problem);
  if (known != NULL) {
    const char *state = cr_json_peek_string (json_object_get (known, "properties"), "provisioningState");
    if (state_of (state) == STATE_DONE)
      return known;
    /* Half made or failed: the same PUT goes on with it. */
    json_decref (known);
  } else if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_clear_error (&problem);
  return arm_put (client, job, id, api_version, body, error);
}

json_t *
arm_group_ensure (ArmClient *client, CrJob *job, const char *group, const char *location, GError **error)
{
  g_autofree char *id = arm_group_id (client, job, group, error);
  if (id == NULL)
    return NULL;
  g_autoptr (json_t) body = json_pack ("{s:s}", "location", location);
  return arm_ensure (client, job, id, GROUP_VERSION, body, error);
}

gboolean
arm_provider_register (ArmClient *client, CrJob *job, const char *provider, GError **error)
{
  const char *subscription = arm_subscription (client, job, error);
  if (subscription == NULL)
    return FALSE;
  g_autofree char *id = g_strdup_printf ("/subscriptions/%s/providers/%s", subscription, provider);
  g_autofree char *action = g_strconcat (id, "/register", NULL);
  gint64 limit_s = cr_now_seconds () + REGISTER_LIMIT_S;
  gboolean asked = FALSE;
  for (;;) {
    g_autoptr (json_t) now = arm_get (client, job, id, GROUP_VERSION, error);
    if (now == NULL)
      return FALSE;
    if (g_strcmp0 (cr_json_peek_string (now, "registrationState"), "Registered") == 0)
      return TRUE;
    if (cr_now_seconds () > limit_s)
      break;
    if (asked && !cr_job_sleep (job, REGISTER_POLL_MS, error))
      return FALSE;
    if (asked)
      continue;
    g_autoptr (json_t) answer = arm_call (client, job, "POST", action, GROUP_VERSION, NULL, error);
    if (answer == NULL)
      return FALSE;
    asked = TRUE;
  }
  cr_set_error (error, CR_ERROR_RETRY, "Run the step again in a few minutes.",
                "The cloud is still registering %s for the subscription.", provider);
  return FALSE;
}
