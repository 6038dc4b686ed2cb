/* SPDX-License-Identifier: MIT
 * Retries, redirects and JSON around single HTTP exchanges (http.h).
 */
#include "http/http-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "http/http-error.h"

#include <stdarg.h>
#include <string.h>

#define PAUSE_MAX_MS 10000u
#define RETRY_AFTER_MAX_S 60

void
http_response_free (HttpResponse *response)
{
  if (response == NULL)
    return;
  g_bytes_unref (response->body);
  g_hash_table_unref (response->headers);
  g_free (response->url);
  g_free (response);
}

const char *
http_response_header (const HttpResponse *response, const char *name)
{
  return g_hash_table_lookup (response->headers, name);
}

char *
http_url_redact (const char *url)
{
  return g_strndup (url, strcspn (url, "?#"));
}

gboolean
http_url_is_loopback (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  return host != NULL
         && (g_str_equal (host, "localhost") || g_str_has_prefix (host, "127.") || g_str_equal (host, "::1"));
}

char *
http_url_join (const char *base, const char *path)
{
  gsize length = strlen (base);
  while (length > 0 && base[length - 1] == '/')
    length--;
  while (*path == '/')
    path++;
  return g_strdup_printf ("%.*s/%s", (int) length, base, path);
}

char *
http_form (const char *first_name, ...)
{
  GString *form = g_string_new (NULL);
  va_list arguments;
  va_start (arguments, first_name);
  for (const char *name = first_name; name != NULL; name = va_arg (arguments, const char *)) {
    const char *value = va_arg (arguments, const char *);
    if (value == NULL)
      continue;
    g_autofree char *encoded_name = cr_percent_encode (name, NULL);
    g_autofree char *encoded_value = cr_percent_encode (value, NULL);
    g_string_append_printf (form, "%s%s=%s", form->len > 0 ? "&" : "", encoded_name, encoded_value);
  }
  va_end (arguments);
  return g_string_free (form, FALSE);
}

/* ---- Retry ---- */

static gboolean
may_repeat (const HttpRequest *request)
{
  if (request->retry == HTTP_RETRY_SAFE)
    return TRUE;
  return request->retry == HTTP_RETRY_AUTO
         && (g_str_equal (request->method, "GET") || g_str_equal (request->method, "HEAD"));
}

static gboolean
status_transient (const HttpRequest *request, guint status)
{
  if (request->retry == HTTP_RETRY_NEVER)
    return FALSE;
  if (status == 429)
    return TRUE;
  if (status == 500 && request->final_500)
    return FALSE;
  return may_repeat (request)
         && (status == 408 || status == 500 || status == 502 || status == 503 || status == 504);
}

static gboolean
failure_transient (const HttpRequest *request, HttpFailure failure)
{
  if (request->retry == HTTP_RETRY_NEVER || failure == HTTP_FAILED_FOR_GOOD
      || failure == HTTP_FAILED_UNTRUSTED)
    return FALSE;
  return failure == HTTP_FAILED_BEFORE_SENDING || may_repeat (request);
}

/* Seconds the server asked for; -1 when it did not. */
static gint64
retry_after (const HttpResponse *response)
{
  const char *text = response != NULL ? http_response_header (response, "retry-after") : NULL;
  if (text == NULL)
    return -1;
  guint64 seconds = 0;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64) seconds;
  time_t when = curl_getdate (text, NULL);
  return when == (time_t) -1 ? -1 : MAX ((gint64) when - cr_now_seconds (), 0);
}

/* FALSE: cancelled, or the server wants a longer pause than a person should wait unasked. */
static gboolean
pause_before_retry (CrJob *job, HttpClient *client, guint attempt, const HttpResponse *response,
                    gboolean *give_up, GError **error)
{
  gint64 asked_s = retry_after (response);
  *give_up = asked_s > RETRY_AFTER_MAX_S;
  if (*give_up)
    return FALSE;
  guint64 pause = (guint64) client->first_pause_ms << MIN (attempt - 1, 10);
  pause = MIN (pause, PAUSE_MAX_MS);
  if (pause > 0)
    pause += (guint64) g_random_int_range (0, (gint32) (pause / 2) + 1);
  if (asked_s >= 0)
    pause = MAX (pause, (guint64) asked_s * 1000);
  return cr_job_sleep (job, (guint) pause, error);
}

/* One attempt, and one more under a new trust anchor where there is one. */
static HttpResponse *
attempt_trusted (CrJob *job, HttpClient *client, const HttpRequest *request, const char *url, guint attempt,
                 HttpFailure *failure, GError **error)
{
  const char *anchor = g_atomic_pointer_get (&client->trust_pem);
  g_autoptr (GError) problem = NULL, refused = NULL;
  HttpResponse *response = http_attempt (job, client, request, url, attempt, failure, &problem);
  if (response == NULL && *failure == HTTP_FAILED_UNTRUSTED
      && http_client_retrust (client, job, anchor, &refused))
    return http_attempt (job, client, request, url, attempt, failure, error);
  if (refused != NULL)
    g_propagate_error (error, g_steal_pointer (&refused));
  else if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return response;
}

/* Attempts at one URL. */
static HttpResponse *
send_with_retries (CrJob *job, HttpClient *client, const HttpRequest *request, const char *url,
                   GError **error)
{
  for (guint attempt = 1;; attempt++) {
    HttpFailure failure;
    GError *problem = NULL;
    g_autoptr (HttpResponse) response = attempt_trusted (job, client, request, url, attempt, &failure,
                                                         &problem);
    gboolean again = attempt < client->attempts
                     && (response != NULL ? status_transient (request, response->status)
                                          : failure_transient (request, failure));
    if (!again) {
      if (problem != NULL)
        g_propagate_error (error, problem);
      return g_steal_pointer (&response);
    }
    gboolean give_up = FALSE;
    GError *cancelled = NULL;
    if (pause_before_retry (job, client, attempt, response, &give_up, &cancelled)) {
      g_clear_error (&problem);
      continue;
    }
    if (give_up)
      return g_steal_pointer (&response);
    g_clear_error (&problem);
    g_propagate_error (error, cancelled);
    return NULL;
  }
}

/* ---- Redirects ---- */

static gboolean
same_host (const char *a, const char *b)
{
  g_autoptr (GUri) first = g_uri_parse (a, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GUri) second = g_uri_parse (b, G_URI_FLAGS_ENCODED, NULL);
  return first != NULL && second != NULL && g_strcmp0 (g_uri_get_host (first), g_uri_get_host (second)) == 0
         && g_uri_get_port (first) == g_uri_get_port (second);
}

/* Where to go next. The pinned anchor covers every host that answers under it; with the system store and
 * where the caller says so (STAY) only the same host may see the credentials again. Gives. */
static char *
redirect_target (const char *url, gboolean stay, const HttpResponse *response, GError **error)
{
  const char *location = http_response_header (response, "location");
  g_autofree char *target = location != NULL
                                ? g_uri_resolve_relative (url, location, G_URI_FLAGS_ENCODED, NULL)
                                : NULL;
  if (target == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, "Ask whoever runs the service.",
                  "%s: a redirect that leads nowhere.", response->url);
    return NULL;
  }
  g_autofree char *shown = http_url_redact (target);
  if (!g_str_has_prefix (target, "https://")) {
    cr_set_error (error, CR_ERROR_ADMIN, "Ask whoever runs the service; nothing was sent there.",
                  "%s redirects to %s, which is not https.", response->url, shown);
    return NULL;
  }
  if (stay && !same_host (url, target)) {
    cr_set_error (error, CR_ERROR_ADMIN, "Ask whoever runs the service; nothing was sent there.",
                  "%s redirects to another host: %s.", response->url, shown);
    return NULL;
  }
  return g_steal_pointer (&target);
}

HttpResponse *
http_send (CrJob *job, HttpClient *client, const HttpRequest *request, GError **error)
{
  g_autofree char *url = g_strdup (request->url);
  for (guint redirects = 0;; redirects++) {
    if (!g_str_has_prefix (url, "https://")) {
      g_autofree char *shown = http_url_redact (url);
      cr_set_error (error, CR_ERROR_INPUT,
                    "Correct the address in the environment or in the artefact it came from.",
                    "'%s' is not an https address.", shown);
      return NULL;
    }
    g_autoptr (HttpResponse) response = send_with_retries (job, client, request, url, error);
    if (response == NULL || request->stay || (response->status != 307 && response->status != 308))
      return g_steal_pointer (&response);
    if (redirects == HTTP_MAX_REDIRECTS) {
      cr_set_error (error, CR_ERROR_ADMIN, "Ask whoever runs the service.", "%s: more than %u redirects.",
                    response->url, HTTP_MAX_REDIRECTS);
      return NULL;
    }
    gboolean stay = client->trust_pem == NULL || request->same_host;
    char *target = redirect_target (url, stay, response, error);
    if (target == NULL)
      return NULL;
    g_free (url);
    url = target;
  }
}

/* ---- Answers ---- */

HttpResponse *
http_call (CrJob *job, HttpClient *client, const HttpRequest *request, GError **error)
{
  g_autoptr (HttpResponse) response = http_send (job, client, request, error);
  if (response == NULL)
    return NULL;
  if (response->status >= 200 && response->status < 300)
    return g_steal_pointer (&response);
  g_autofree char *what = g_strdup_printf ("%s %s", request->method, response->url);
  http_error_set (error, what, response);
  return NULL;
}

json_t *
http_response_json (const HttpResponse *response, GError **error)
{
  g_autofree char *what = g_strdup_printf ("the answer of %s", response->url);
  g_autoptr (GError) problem = NULL;
  gsize length = 0;
  const char *text = g_bytes_get_data (response->body, &length);
  json_t *value = cr_json_parse_shown (text, length, what, &problem);
  if (value == NULL)
    cr_set_error (error, CR_ERROR_RETRY,
                  "Try again; if it stays, check that the address belongs to the right service.",
                  "The answer of %s is not valid JSON: %s", response->url, problem->message);
  return value;
}

json_t *
http_call_json (CrJob *job, HttpClient *client, const HttpRequest *request, const json_t *body,
                HttpResponse **response, GError **error)
{
  HttpRequest actual = *request;
  g_autoptr (GBytes) bytes = body != NULL ? cr_json_dump_bytes (body) : NULL;
  actual.body = bytes;
  if (bytes != NULL && actual.content_type == NULL)
    actual.content_type = "application/json";

  g_autoptr (HttpResponse) answer = http_send (job, client, &actual, error);
  json_t *value = NULL;
  if (answer == NULL)
    return NULL;
  if (answer->status < 200 || answer->status >= 300) {
    g_autofree char *what = g_strdup_printf ("%s %s", actual.method, answer->url);
    http_error_set (error, what, answer);
  } else if (g_bytes_get_size (answer->body) == 0) {
    value = json_null ();
  } else {
    value = http_response_json (answer, error);
  }
  if (response != NULL)
    *response = g_steal_pointer (&answer);
  return value;
}
