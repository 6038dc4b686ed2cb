/* SPDX-License-Identifier: MIT
 * What the clients of this folder share: a call with a bearer token, and waiting between polls.
 */
#pragma once

#include "cloud/token.h"
#include "http/http.h"

G_BEGIN_DECLS

/* How a client signs its calls. All borrowed. */
typedef struct {
  HttpClient *http;
  CloudTokenFunc token; /* NULL = no credential */
  gpointer data;
  const char *scope;
} CloudCaller;

/* http_send with a token; a 401 is answered once with a fresh token. REQUEST->bearer is set meanwhile.
 * Gives. */
HttpResponse *cloud_send (const CloudCaller *caller, CrJob *job, const HttpRequest *request, GError **error);

/* The Retry-After of RESPONSE in milliseconds, FALLBACK_MS when it has none; between 50 ms and 60 s. */
guint cloud_retry_after_ms (const HttpResponse *response, guint fallback_ms);
/* Is URL on the host of BASE? A token must not follow a header to another host. */
gboolean cloud_same_host (const char *base, const char *url);

G_END_DECLS
