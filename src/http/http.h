/* SPDX-License-Identifier: MIT
 * The one HTTP client: HTTPS with a pinned trust anchor, retries, cancel, progress, a redacted call log.
 *
 * Built on libcurl, HTTP/1.1. A client has exactly one trust anchor and at most one client certificate, keeps
 * connections open and may be used by several threads at once. Only https URLs are taken. Redirects 307 and
 * 308 are followed by hand: https only, under the same anchor, at most three, all headers and the body sent
 * again; any other redirect is an answer like every other.
 *
 * Every attempt is reported through cr_job_call() with the query of the URL removed. Bodies and headers are
 * never logged. A server clock that differs by more than two minutes is told once through cr_job_notice()
 * with the kind "clock".
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "base/secret.h"

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

typedef struct HttpClient HttpClient;

/* Load what the first client would load, so that it is done when nothing else is going on. What is missing is
 * told by the first client. */
void http_load (void);

/* TRUST_PEM: one or more PEM certificates, the only anchors; the system store is not consulted. Gives. */
HttpClient *http_client_new (const char *trust_pem, GError **error);
/* The system trust store, for public services. Gives. */
HttpClient *http_client_new_system (GError **error);
void http_client_unref (HttpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpClient, http_client_unref)

/* The certificate shown to the server on every connection (PEM) and its key. KEY is borrowed and its
 * reference taken; it never leaves OpenSSL. Call before the first request. */
gboolean http_client_set_certificate (HttpClient *client, const char *certificate_pem, EVP_PKEY *key,
                                      GError **error);

/* Milliseconds; 0 keeps the present value. CONNECT: TCP and TLS (10 s). IDLE: no byte in either direction
 * (60 s). TOTAL: one attempt (300 s). Call before the first request. */
void http_client_set_timeouts (HttpClient *client, guint connect_ms, guint idle_ms, guint total_ms);
/* When the server's certificate does not lead to the trust anchor any more, as after the recovery of a
 * ledger: asked for the new anchor, PEM (gives), which it must have proved by other means. NULL = stay with
 * the failure; an error that is CR_ERROR_REFUSED takes its place. The call is then tried once more. DATA
 * must outlive the client. Call before the first request. */
typedef char *(*HttpRetrust) (CrJob *job, gpointer data, GError **error);
void http_client_set_retrust (HttpClient *client, HttpRetrust retrust, gpointer data);
/* ATTEMPTS per call (4) and the pause before the second (200 ms, doubles, jitter added, at most 10 s). */
void http_client_set_retries (HttpClient *client, guint attempts, guint first_pause_ms);

/* When a failed attempt may be repeated. Failures before anything was sent (no connection) and 429 are
 * always repeated, unless NEVER. Retry-After is honoured up to 60 s. */
typedef enum {
  HTTP_RETRY_AUTO, /* GET and HEAD like SAFE, everything else only as above */
  HTTP_RETRY_SAFE, /* the call may be repeated: also lost connections, time-outs, 408, 500, 502, 503, 504 */
  HTTP_RETRY_NEVER,
} HttpRetry;

/* Takes LENGTH bytes of a response body. FALSE and an error stop the call. */
typedef gboolean (*HttpSink) (const void *data, gsize length, gpointer user_data, GError **error);

/* Gives at most LENGTH bytes (at least one) of a request body from OFFSET on; -1 and an error stop the
 * call. */
typedef gssize (*HttpSource) (guint64 offset, void *buffer, gsize length, gpointer user_data, GError **error);

/* All members borrowed for the length of the call. Zero-initialise; METHOD and URL are required. */
typedef struct {
  const char *method;
  const char *url;          /* absolute, https, already percent-encoded */
  const char *content_type; /* NULL = none, or application/json when BODY was made by http_call_json */
  GBytes *body;             /* NULL = none (Content-Length: 0 is sent for POST and PUT) */
  HttpSource source;        /* in the place of BODY: it is asked for while it is sent, again when repeated */
  gpointer source_data;
  guint64 source_length;      /* bytes; more than 0 */
  const char *bearer;         /* sent as "Authorization: Bearer ..."; secret */
  const char *const *headers; /* name, value, name, value, ..., NULL */
  HttpRetry retry;
  gboolean final_500;     /* 500 is the last word: CCF answers so when a handler threw */
  guint total_timeout_ms; /* 0 = the client's */
  gsize max_response;     /* bytes; 0 = 64 MiB; a longer answer is an error */
  HttpSink sink;          /* 2xx bodies go here instead of memory; no retry after its first byte */
  gpointer sink_data;
  const char *phase;  /* report progress under this phrase; NULL = none */
  gboolean same_host; /* a redirect to another host is an error, also under the same anchor */
  gboolean stay;      /* a redirect is an answer like any other */
} HttpRequest;

typedef struct {
  guint status;
  GBytes *body;        /* never NULL */
  GHashTable *headers; /* lower-case name -> value; the last of repeated ones */
  char *url;           /* where the answer came from, query removed */
} HttpResponse;

void http_response_free (HttpResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpResponse, http_response_free)
/* Borrowed, NULL when absent. NAME in lower case. */
const char *http_response_header (const HttpResponse *response, const char *name);
/* The body as JSON, whatever its content type. An HTML or cut body is CR_ERROR_RETRY naming the URL. Gives.
 */
json_t *http_response_json (const HttpResponse *response, GError **error);

/* Send and give the answer, whatever its status. NULL only when there was none: CR_ERROR_RETRY (unreachable,
 * time-out, cut, after all attempts), CR_ERROR_ADMIN (certificate not trusted, answer too large),
 * CR_ERROR_INPUT (bad URL), CR_ERROR_CANCELLED. JOB may be NULL. Gives. */
HttpResponse *http_send (CrJob *job, HttpClient *client, const HttpRequest *request, GError **error);

/* The same, but an answer outside 200..299 becomes an error through http_error_set(). Gives. */
HttpResponse *http_call (CrJob *job, HttpClient *client, const HttpRequest *request, GError **error);

/* Send BODY (NULL = none, borrowed) as JSON and read the JSON answer; an empty 2xx answer gives json null.
 * REQUEST->body is ignored. RESPONSE (may be NULL) gives the whole answer for headers, also on errors. Gives.
 */
json_t *http_call_json (CrJob *job, HttpClient *client, const HttpRequest *request, const json_t *body,
                        HttpResponse **response, GError **error);

/* DANGER: GET without any certificate check. Only for the two reads that establish trust: the service
 * certificate on first use and the attested report of a recovery agent (CCF protocol). The caller proves
 * what it got by other means. At most 1 MiB. Gives. */
HttpResponse *http_fetch_unverified (CrJob *job, const char *url, guint timeout_ms, GError **error);

/* URL without query and fragment. Gives. */
char *http_url_redact (const char *url);
/* application/x-www-form-urlencoded from name, value, ..., NULL; pairs whose value is NULL are left out.
 * Gives. */
char *http_form (const char *first_name, ...) G_GNUC_NULL_TERMINATED;
/* Does URL lead to this machine? */
gboolean http_url_is_loopback (const char *url);
/* BASE + PATH with exactly one slash between them. Gives. */
char *http_url_join (const char *base, const char *path);

G_END_DECLS
