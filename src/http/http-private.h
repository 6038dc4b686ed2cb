/* SPDX-License-Identifier: MIT
 * Inside of the HTTP client: the pool of libcurl handles and one attempt of one request.
 */
#pragma once

#include "http/http.h"

#include <curl/curl.h>
#include <openssl/x509.h>

G_BEGIN_DECLS

#define HTTP_DEFAULT_MAX_RESPONSE (64u * 1024 * 1024)
#define HTTP_MAX_REDIRECTS 3u
#define HTTP_MAX_HEADERS 256u
#define HTTP_CLOCK_TOLERANCE_S 120

/* A multi handle keeps the connections of its one easy handle and lets a cancel wake the transfer. */
typedef struct {
  CURLM *multi;
  CURL *easy;
} HttpHandle;

struct HttpClient {
  gatomicrefcount references;
  char *trust_pem;     /* NULL = system store */
  gboolean unverified; /* only for http_fetch_unverified() */
  HttpRetrust retrust;
  gpointer retrust_data;
  GMutex retrust_lock;
  GPtrArray *former; /* anchors that transfers under way may still use */
  X509 *certificate;
  EVP_PKEY *key;
  guint connect_ms, idle_ms, total_ms;
  guint attempts, first_pause_ms;
  gint clock_told; /* atomic */
  GMutex lock;
  GQueue idle; /* HttpHandle* */
};

HttpHandle *http_client_borrow_handle (HttpClient *client); /* configured for CLIENT */
/* Ask for a new trust anchor in the place of FORMER; TRUE when there is one now. */
gboolean http_client_retrust (HttpClient *client, CrJob *job, const char *former, GError **error);
void http_client_return_handle (HttpClient *client, HttpHandle *handle, gboolean reusable);

typedef enum {
  HTTP_FAILED_BEFORE_SENDING, /* nothing reached the server */
  HTTP_FAILED_AFTER_SENDING,  /* the server may have acted */
  HTTP_FAILED_FOR_GOOD,       /* another attempt gives the same */
  HTTP_FAILED_UNTRUSTED, /* nothing was sent, because the certificate does not lead to the trust anchor */
} HttpFailure;

/* One exchange without retry or redirect. NULL sets *FAILURE and ERROR. */
HttpResponse *http_attempt (CrJob *job, HttpClient *client, const HttpRequest *request, const char *url,
                            guint attempt, HttpFailure *failure, GError **error);

G_END_DECLS
