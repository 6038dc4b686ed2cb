/* SPDX-License-Identifier: MIT
 * HTTP client objects: trust, client certificate, limits, and the pool of connections (http.h).
 */
#include "http/http-private.h"

#include "base/error.h"
#include "cose/x509.h"
#include "http/curl-on-demand.h"

#include <openssl/ssl.h>
#include <string.h>

#define POOL_MAX 4u /* handles that wait, each with its open connections: after a transfer there are many */

static HttpClient *
client_new (const char *trust_pem)
{
  if (!curl_on_demand ())
    return NULL;

  HttpClient *client = g_new0 (HttpClient, 1);
  g_atomic_ref_count_init (&client->references);
  client->trust_pem = g_strdup (trust_pem);
  client->connect_ms = 10 * 1000;
  client->idle_ms = 60 * 1000;
  client->total_ms = 300 * 1000;
  client->attempts = 4;
  client->first_pause_ms = 200;
  g_mutex_init (&client->lock);
  g_mutex_init (&client->retrust_lock);
  client->former = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&client->idle);
  return client;
}

static HttpClient *
client_or_error (HttpClient *client, GError **error)
{
  if (client == NULL)
    cr_set_error (error, CR_ERROR_ADMIN, "Install libcurl 7.88 or newer with OpenSSL (Debian: libcurl4).",
                  "The HTTP library (libcurl.so.4) is not here or cannot start.");
  return client;
}

void
http_load (void)
{
  curl_on_demand ();
}

HttpClient *
http_client_new (const char *trust_pem, GError **error)
{
  if (trust_pem == NULL) {
    cr_set_error (error, CR_ERROR_BUG, NULL, "An HTTP client without a trust anchor was asked for.");
    return NULL;
  }
  /* libcurl skips what it cannot parse and would then trust nothing: say it here instead. */
  g_autoptr (GPtrArray) anchors = cose_certs_from_pem (trust_pem, -1, "the trust anchor", error);
  if (anchors == NULL)
    return NULL;
  return client_or_error (client_new (trust_pem), error);
}

HttpClient *
http_client_new_system (GError **error)
{
  return client_or_error (client_new (NULL), error);
}

static void
handle_free (HttpHandle *handle)
{
  /* The easy handle first: its connections belong to the multi handle. */
  curl_easy_cleanup (handle->easy);
  curl_multi_cleanup (handle->multi);
  g_free (handle);
}

void
http_client_unref (HttpClient *client)
{
  if (client == NULL || !g_atomic_ref_count_dec (&client->references))
    return;
  HttpHandle *handle;
  while ((handle = g_queue_pop_head (&client->idle)) != NULL)
    handle_free (handle);
  X509_free (client->certificate);
  EVP_PKEY_free (client->key);
  g_free (client->trust_pem);
  g_mutex_clear (&client->lock);
  g_mutex_clear (&client->retrust_lock);
  g_ptr_array_unref (client->former);
  g_free (client);
}

gboolean
http_client_set_certificate (HttpClient *client, const char *certificate_pem, EVP_PKEY *key, GError **error)
{
  g_autoptr (X509) certificate = cose_cert_from_pem (certificate_pem, -1, "the client certificate", error);
  if (certificate == NULL)
    return FALSE;
  if (key == NULL || X509_check_private_key (certificate, key) != 1) {
    cr_set_error (error, CR_ERROR_ADMIN, "Restore both from the same backup, or make a new identity.",
                  "The client certificate and its key do not belong together.");
    return FALSE;
  }
  X509_free (client->certificate);
  EVP_PKEY_free (client->key);
  client->certificate = g_steal_pointer (&certificate);
  EVP_PKEY_up_ref (key);
  client->key = key;
  return TRUE;
}

void
http_client_set_timeouts (HttpClient *client, guint connect_ms, guint idle_ms, guint total_ms)
{
  if (connect_ms != 0)
    client->connect_ms = connect_ms;
  if (idle_ms != 0)
    client->idle_ms = idle_ms;
  if (total_ms != 0)
    client->total_ms = total_ms;
}

void
http_client_set_retries (HttpClient *client, guint attempts, guint first_pause_ms)
{
  client->attempts = MAX (attempts, 1);
  client->first_pause_ms = first_pause_ms;
}

/* The key goes from OpenSSL to OpenSSL: no PEM of it ever exists, and a key that lives in a token works too.
 */
static CURLcode
use_client_certificate (CURL *easy, void *ssl_context, void *data)
{
  (void) easy;
  HttpClient *client = data;
  if (SSL_CTX_use_certificate (ssl_context, client->certificate) != 1
      || SSL_CTX_use_PrivateKey (ssl_context, client->key) != 1)
    return CURLE_SSL_CERTPROBLEM;
  return CURLE_OK;
}

static void
set_trust (HttpClient *client, CURL *easy)
{
  if (client->unverified) {
    curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 0L);
    return;
  }
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 2L);
  char *pem = g_atomic_pointer_get (&client->trust_pem);
  if (pem == NULL)
    return;
  struct curl_blob anchors = { .data = pem, .len = strlen (pem), .flags = CURL_BLOB_NOCOPY };
  curl_easy_setopt (easy, CURLOPT_CAINFO_BLOB, &anchors);
  curl_easy_setopt (easy, CURLOPT_CAPATH, NULL);
}

void
http_client_set_retrust (HttpClient *client, HttpRetrust retrust, gpointer data)
{
  client->retrust = retrust;
  client->retrust_data = data;
}

gboolean
http_client_retrust (HttpClient *client, CrJob *job, const char *former, GError **error)
{
  if (client->retrust == NULL || former == NULL)
    return FALSE;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&client->retrust_lock);
  char *present = g_atomic_pointer_get (&client->trust_pem);
  if (present != former)
    return TRUE; /* another thread has asked */
  g_autoptr (GError) problem = NULL;
  g_autofree char *pem = client->retrust (job, client->retrust_data, &problem);
  g_autoptr (GPtrArray) anchors = pem != NULL ? cose_certs_from_pem (pem, -1, "the trust anchor", NULL)
                                              : NULL;
  if (anchors != NULL && strcmp (pem, former) != 0) {
    g_ptr_array_add (client->former, present);
    g_atomic_pointer_set (&client->trust_pem, g_steal_pointer (&pem));
    return TRUE;
  }
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_REFUSED))
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static HttpHandle *
handle_new (HttpClient *client)
{
  HttpHandle *handle = g_new0 (HttpHandle, 1);
  handle->multi = curl_multi_init ();
  handle->easy = curl_easy_init ();
  if (handle->multi == NULL || handle->easy == NULL)
    g_error ("out of memory");
  (void) client;
  return handle;
}

HttpHandle *
http_client_borrow_handle (HttpClient *client)
{
  g_mutex_lock (&client->lock);
  HttpHandle *handle = g_queue_pop_head (&client->idle);
  g_mutex_unlock (&client->lock);
  if (handle == NULL)
    handle = handle_new (client);

  CURL *easy = handle->easy;
  curl_easy_reset (easy); /* keeps connections and TLS sessions */
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) client->connect_ms);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, "cleanroom/" PACKAGE_VERSION);
  curl_easy_setopt (easy, CURLOPT_TCP_NODELAY, 1L);
  set_trust (client, easy);
  if (client->certificate != NULL) {
    curl_easy_setopt (easy, CURLOPT_SSL_CTX_FUNCTION, use_client_certificate);
    curl_easy_setopt (easy, CURLOPT_SSL_CTX_DATA, client);
  }
  return handle;
}

void
http_client_return_handle (HttpClient *client, HttpHandle *handle, gboolean reusable)
{
  g_mutex_lock (&client->lock);
  gboolean keep = reusable && client->idle.length < POOL_MAX;
  if (keep)
    g_queue_push_head (&client->idle, handle);
  g_mutex_unlock (&client->lock);
  if (!keep)
    handle_free (handle);
}

HttpResponse *
http_fetch_unverified (CrJob *job, const char *url, guint timeout_ms, GError **error)
{
  g_autoptr (HttpClient) client = client_or_error (client_new (NULL), error);
  if (client == NULL)
    return NULL;
  client->unverified = TRUE;
  client->attempts = 1;
  HttpRequest request = { .method = "GET",
                          .url = url,
                          .retry = HTTP_RETRY_NEVER,
                          .total_timeout_ms = timeout_ms,
                          .max_response = 1024 * 1024 };
  return http_send (job, client, &request, error);
}
