/* SPDX-License-Identifier: MIT
 * The HTTP client against a server that misbehaves in every way we know.
 */
#include "base/error.h"
#include "cose/x509.h"
#include "hostile-server.h"
#include "http/http.h"

#include <string.h>

static HostileServer *server; /* one for all tests; made in main */

static HttpClient *
new_client (void)
{
  g_autoptr (GError) error = NULL;
  HttpClient *client = http_client_new (hostile_server_trust (server), &error);
  g_assert_no_error (error);
  http_client_set_timeouts (client, 1000, 400, 2000);
  http_client_set_retries (client, 4, 1);
  return client;
}

static HttpResponse *
get (CrJob *job, HttpClient *client, const char *path, HttpRetry retry, GError **error)
{
  g_autofree char *url = g_strconcat (hostile_server_url (server), path, NULL);
  HttpRequest request = { .method = "GET", .url = url, .retry = retry, .max_response = 100000 };
  return http_send (job, client, &request, error);
}

static void
test_good (void)
{
  g_autoptr (HttpClient) client = new_client ();
  guint connections = hostile_server_connections (server);
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (HttpResponse) response = get (NULL, client, "/ok?secret=1", HTTP_RETRY_AUTO, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (response->status, ==, 200);
    g_assert_true (g_str_has_suffix (response->url, "/ok"));
    g_autoptr (json_t) value = http_response_json (response, &error);
    g_assert_true (cr_json_peek_bool (value, "ok", FALSE));
  }
  g_assert_cmpuint (hostile_server_connections (server) - connections, ==, 1);
}

static void
test_request_parts (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autofree char *url = g_strconcat (hostile_server_url (server), "/echo", NULL);
  const char *const headers[] = { "X-Extra", "yes", NULL };
  g_autoptr (json_t) body = json_pack ("{s:i}", "a", 1);
  HttpRequest request = { .method = "PUT", .url = url, .bearer = "token", .headers = headers };
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) answer = http_call_json (NULL, client, &request, body, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (answer, "method"), ==, "PUT");
  g_assert_cmpstr (cr_json_peek_string (answer, "body"), ==, "{\"a\":1}");
  g_assert_cmpstr (cr_json_peek_string (answer, "authorization"), ==, "Bearer token");
  g_assert_cmpstr (cr_json_peek_string (answer, "extra"), ==, "yes");

  HttpRequest injected = { .method = "GET", .url = url, .bearer = "a\r\nX-Evil: 1" };
  g_assert_null (http_send (NULL, client, &injected, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

typedef struct {
  const char *path;
  CrErrorCode code;
  const char *words;
} Bad;

static void
test_bad (void)
{
  static const Bad table[] = {
    { "/silent", CR_ERROR_RETRY, "no byte came" },
    { "/stall", CR_ERROR_RETRY, "no byte came" },
    { "/wrong-length", CR_ERROR_RETRY, "no byte came" },
    { "/cut", CR_ERROR_RETRY, "cut off" },
    { "/close", CR_ERROR_RETRY, "" },
    { "/huge", CR_ERROR_ADMIN, "larger than" },
    { "/garbage", CR_ERROR_ADMIN, "not HTTP" },
    { "/redirect-http", CR_ERROR_ADMIN, "not https" },
    { "/redirect-loop", CR_ERROR_ADMIN, "redirects" },
    { "/redirect-nowhere", CR_ERROR_ADMIN, "leads nowhere" },
  };
  g_autoptr (HttpClient) client = new_client ();
  http_client_set_retries (client, 1, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    gint64 start = g_get_monotonic_time ();
    g_autoptr (HttpResponse) response = get (NULL, client, table[i].path, HTTP_RETRY_AUTO, &error);
    if (response != NULL)
      g_error ("%s: got an answer", table[i].path);
    g_assert_error (error, CR_ERROR, (gint) table[i].code);
    if (strstr (error->message, table[i].words) == NULL || cr_error_hint (error) == NULL)
      g_error ("%s: %s", table[i].path, error->message);
    g_assert_cmpint (g_get_monotonic_time () - start, <, 3 * G_USEC_PER_SEC);
  }
}

/* What comes behind the announced body must not become the next answer. */
static void
test_excess (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpResponse) first = get (NULL, client, "/excess", HTTP_RETRY_AUTO, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (first->body), ==, 2);
  g_autoptr (HttpResponse) second = get (NULL, client, "/ok", HTTP_RETRY_AUTO, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (second->body), ==, strlen ("{\"ok\":true}"));
}

static void
test_trust (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, NULL);
  CoseCertRequest request = { .common_name = "Hostile CA", .ca = TRUE, .path_length = -1, .key = key };
  g_autoptr (X509) other = cose_cert_issue (&request, NULL);
  g_autofree char *pem = cose_cert_to_pem (other);
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpClient) client = http_client_new (pem, &error);
  guint before = hostile_server_requests (server);
  g_assert_null (get (NULL, client, "/ok", HTTP_RETRY_SAFE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);

  g_autoptr (HttpClient) system_client = http_client_new_system (&error);
  g_assert_null (get (NULL, system_client, "/ok", HTTP_RETRY_SAFE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_cmpuint (hostile_server_requests (server), ==, before);

  g_assert_null (http_client_new ("not a certificate", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);

  g_autofree char *url = g_strconcat (hostile_server_url (server), "/ok", NULL);
  g_autoptr (HttpResponse) unverified = http_fetch_unverified (NULL, url, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (unverified->status, ==, 200);

  /* The certificate is for 127.0.0.1, not for this name. */
  g_autoptr (HttpClient) good = new_client ();
  g_autofree char *renamed =
      g_strconcat ("https://localhost:", strrchr (hostile_server_url (server), ':') + 1, "/ok", NULL);
  HttpRequest wrong_name = { .method = "GET", .url = renamed };
  g_assert_null (http_send (NULL, good, &wrong_name, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);

  HttpRequest plain = { .method = "GET", .url = "http://127.0.0.1/" };
  g_assert_null (http_send (NULL, good, &plain, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_client_certificate (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (X509) certificate = cose_cert_new_member ("ccfoperator", key, 0, &error);
  g_assert_no_error (error);
  g_autofree char *pem = cose_cert_to_pem (certificate);
  g_autoptr (HttpClient) client = new_client ();
  g_autoptr (EVP_PKEY) foreign = cose_key_new (COSE_KEY_P384, NULL);
  g_assert_false (http_client_set_certificate (client, pem, foreign, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_true (http_client_set_certificate (client, pem, key, &error));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (HttpResponse) response = get (NULL, client, "/subject", HTTP_RETRY_AUTO, &error);
    g_assert_no_error (error);
    g_autoptr (json_t) value = http_response_json (response, &error);
    g_assert_cmpstr (cr_json_peek_string (value, "subject"), ==, "ccfoperator");
  }
}

typedef struct {
  guint calls, notices;
  char *last_url;
  guint last_attempt;
} Log;

static void
count_call (const CrCall *call, gpointer data)
{
  Log *log = data;
  log->calls++;
  log->last_attempt = call->attempt;
  g_free (log->last_url);
  log->last_url = g_strdup (call->url);
}

static void
count_notice (const char *kind, const char *text, gpointer data)
{
  Log *log = data;
  g_assert_cmpstr (kind, ==, "clock");
  g_assert_nonnull (strstr (text, "clock"));
  log->notices++;
}

static void
test_retry_and_log (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autoptr (CrJob) job = cr_job_new ();
  Log log = { 0 };
  cr_job_on_call (job, count_call, &log);
  cr_job_on_notice (job, count_notice, &log);
  g_autoptr (GError) error = NULL;

  g_autoptr (HttpResponse) busy = get (job, client, "/busy", HTTP_RETRY_AUTO, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (busy->status, ==, 200);
  g_assert_cmpuint (log.calls, ==, 3);
  g_assert_cmpuint (log.last_attempt, ==, 3);

  g_autoptr (HttpResponse) down = get (job, client, "/down", HTTP_RETRY_AUTO, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (down->status, ==, 200);

  log.calls = 0;
  g_autoptr (HttpResponse) later = get (job, client, "/later", HTTP_RETRY_SAFE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (later->status, ==, 503);
  g_assert_cmpuint (log.calls, ==, 1); /* an hour is too long to wait unasked */

  log.calls = 0;
  g_autoptr (HttpResponse) never = get (job, client, "/fail", HTTP_RETRY_NEVER, &error);
  g_assert_cmpuint (never->status, ==, 500);
  g_assert_cmpuint (log.calls, ==, 1);
  log.calls = 0;
  g_autoptr (HttpResponse) always = get (job, client, "/fail", HTTP_RETRY_AUTO, &error);
  g_assert_cmpuint (always->status, ==, 500);
  g_assert_cmpuint (log.calls, ==, 4);

  g_autoptr (HttpResponse) first = get (job, client, "/clock?token=abc", HTTP_RETRY_AUTO, &error);
  g_autoptr (HttpResponse) second = get (job, client, "/clock?token=def", HTTP_RETRY_AUTO, &error);
  g_assert_nonnull (first);
  g_assert_nonnull (second);
  g_assert_cmpuint (log.notices, ==, 1);
  g_assert_null (strchr (log.last_url, '?'));
  g_free (log.last_url);
}

/* A write is not repeated once it may have reached the server. */
static void
test_write_not_repeated (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autofree char *url = g_strconcat (hostile_server_url (server), "/close", NULL);
  HttpRequest request = { .method = "POST", .url = url };
  g_autoptr (GError) error = NULL;
  guint before = hostile_server_requests (server);
  g_assert_null (http_send (NULL, client, &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_cmpuint (hostile_server_requests (server) - before, ==, 1);
  g_clear_error (&error);
  request.retry = HTTP_RETRY_SAFE;
  before = hostile_server_requests (server);
  g_assert_null (http_send (NULL, client, &request, &error));
  g_assert_cmpuint (hostile_server_requests (server) - before, ==, 4);
}

static void
test_redirect (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autofree char *url = g_strconcat (hostile_server_url (server), "/redirect", NULL);
  g_autoptr (json_t) body = json_pack ("[i]", 7);
  HttpRequest request = { .method = "POST", .url = url, .bearer = "token" };
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) answer = http_call_json (NULL, client, &request, body, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (answer, "method"), ==, "POST");
  g_assert_cmpstr (cr_json_peek_string (answer, "body"), ==, "[7]");
  g_assert_cmpstr (cr_json_peek_string (answer, "authorization"), ==, "Bearer token");
}

static void
test_bodies (void)
{
  g_autoptr (HttpClient) client = new_client ();
  http_client_set_retries (client, 1, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *html = g_strconcat (hostile_server_url (server), "/html", NULL);
  HttpRequest request = { .method = "GET", .url = html };
  g_assert_null (http_call_json (NULL, client, &request, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_nonnull (strstr (error->message, "Gateway"));
  g_assert_cmpuint (cr_error_http_status (error), ==, 502);
  g_clear_error (&error);

  g_autofree char *bad = g_strconcat (hostile_server_url (server), "/bad-json", NULL);
  request.url = bad;
  g_assert_null (http_call_json (NULL, client, &request, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_nonnull (strstr (error->message, "not valid JSON"));
}

static void
test_nobody_there (void)
{
  g_autoptr (HttpClient) client = new_client ();
  http_client_set_retries (client, 2, 1);
  HttpRequest request = { .method = "GET", .url = "https://127.0.0.1:9/x?secret=1" };
  g_autoptr (GError) error = NULL;
  g_assert_null (http_send (NULL, client, &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_null (strstr (error->message, "secret"));
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (50000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (HttpClient) client = new_client ();
  http_client_set_timeouts (client, 10000, 10000, 10000);
  g_autoptr (CrJob) job = cr_job_new ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cr_job_cancellable (job));
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_assert_null (get (job, client, "/silent", HTTP_RETRY_AUTO, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_USEC_PER_SEC);
  g_thread_join (thread);
}

static gboolean
refuse_second (const void *data, gsize length, gpointer user_data, GError **error)
{
  (void) data;
  (void) length;
  guint *count = user_data;
  if (++*count < 2)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, NULL, "disk full");
  return FALSE;
}

static void
test_sink (void)
{
  g_autoptr (HttpClient) client = new_client ();
  g_autofree char *url = g_strconcat (hostile_server_url (server), "/huge", NULL);
  guint count = 0;
  HttpRequest request = { .method = "GET", .url = url, .sink = refuse_second, .sink_data = &count };
  g_autoptr (GError) error = NULL;
  guint before = hostile_server_requests (server);
  g_assert_null (http_send (NULL, client, &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_assert_cmpstr (error->message, ==, "disk full");
  g_assert_cmpuint (hostile_server_requests (server) - before, ==, 1);
}

static gpointer
many_calls (gpointer data)
{
  for (guint i = 0; i < 25; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (HttpResponse) response = get (NULL, data, "/ok", HTTP_RETRY_AUTO, &error);
    g_assert_no_error (error);
  }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (HttpClient) client = new_client ();
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("caller", many_calls, client);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_text (void)
{
  g_autofree char *form = http_form ("a b", "1&2", "left", NULL, "c", "=", NULL);
  g_assert_cmpstr (form, ==, "a%20b=1%262&c=%3D");
  g_autofree char *joined = http_url_join ("https://h/x/", "/y");
  g_assert_cmpstr (joined, ==, "https://h/x/y");
  g_autofree char *redacted = http_url_redact ("https://h/x?sig=secret#f");
  g_assert_cmpstr (redacted, ==, "https://h/x");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  server = hostile_server_new ();
  g_test_add_func ("/http/good", test_good);
  g_test_add_func ("/http/request-parts", test_request_parts);
  g_test_add_func ("/http/bad", test_bad);
  g_test_add_func ("/http/excess", test_excess);
  g_test_add_func ("/http/trust", test_trust);
  g_test_add_func ("/http/client-certificate", test_client_certificate);
  g_test_add_func ("/http/retry-and-log", test_retry_and_log);
  g_test_add_func ("/http/write-not-repeated", test_write_not_repeated);
  g_test_add_func ("/http/redirect", test_redirect);
  g_test_add_func ("/http/bodies", test_bodies);
  g_test_add_func ("/http/nobody-there", test_nobody_there);
  g_test_add_func ("/http/cancel", test_cancel);
  g_test_add_func ("/http/sink", test_sink);
  g_test_add_func ("/http/threads", test_threads);
  g_test_add_func ("/http/text", test_text);
  int result = g_test_run ();
  hostile_server_free (server);
  return result;
}
