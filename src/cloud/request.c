/* SPDX-License-Identifier: MIT
 * A call with a bearer token (cloud-private.h).
 */
#include "cloud/cloud-private.h"

HttpResponse *
cloud_send (const CloudCaller *caller, CrJob *job, const HttpRequest *request, GError **error)
{
  HttpRequest call = *request;
  call.same_host = TRUE; /* a token is for the service that was asked for */
  if (caller->token == NULL)
    return http_send (job, caller->http, &call, error);
  for (gboolean fresh = FALSE;; fresh = TRUE) {
    g_auto (CrSecretText) token = caller->token (caller->data, job, caller->scope, fresh, error);
    if (token == NULL)
      return NULL;
    call.bearer = token;
    g_autoptr (HttpResponse) response = http_send (job, caller->http, &call, error);
    if (response == NULL || response->status != 401 || fresh)
      return g_steal_pointer (&response);
  }
}

guint
cloud_retry_after_ms (const HttpResponse *response, guint fallback_ms)
{
  const char *text = http_response_header (response, "retry-after");
  guint64 seconds;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, 60, &seconds, NULL))
    return fallback_ms;
  return MAX ((guint) seconds * 1000, 50);
}

gboolean
cloud_same_host (const char *base, const char *url)
{
  g_autoptr (GUri) first = g_uri_parse (base, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GUri) second = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  return first != NULL && second != NULL && g_strcmp0 (g_uri_get_scheme (second), "https") == 0
         && g_strcmp0 (g_uri_get_host (first), g_uri_get_host (second)) == 0
         && g_uri_get_port (first) == g_uri_get_port (second);
}
