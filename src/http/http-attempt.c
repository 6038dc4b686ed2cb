/* SPDX-License-Identifier: MIT
 * One HTTP exchange over libcurl: limits, cancel, progress, log, and failures in words.
 */
#include "http/http-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define STREAM_BYTES (128u * 1024) /* of a buffer between file and connection */

/* State of the transfer that libcurl's callbacks fill in. */
typedef struct {
  const HttpRequest *request;
  CrJob *job;
  CURL *easy;
  GByteArray *body;
  GHashTable *headers;
  gsize limit;
  guint64 received;
  gboolean too_large;
  gboolean stalled;
  guint idle_ms;
  gint64 last_change_us;
  curl_off_t last_total;
  GError *sink_error; /* of the source as well */
  gboolean sink_used;
  guint64 sent; /* bytes that the source has given */
} Transfer;

static size_t
give_body (char *buffer, size_t size, size_t count, void *user_data)
{
  Transfer *transfer = user_data;
  const HttpRequest *request = transfer->request;
  gsize length = (gsize) MIN (size * count, request->source_length - transfer->sent);
  if (length == 0)
    return 0;
  gssize got = request->source (transfer->sent, buffer, length, request->source_data, &transfer->sink_error);
  if (got <= 0)
    return CURL_READFUNC_ABORT;
  transfer->sent += (guint64) got;
  return (size_t) got;
}

/* libcurl begins anew when a kept connection turns out to be closed. */
static int
seek_body (void *user_data, curl_off_t offset, int origin)
{
  Transfer *transfer = user_data;
  if (origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  transfer->sent = (guint64) offset;
  return CURL_SEEKFUNC_OK;
}

static size_t
take_body (char *data, size_t size, size_t count, void *user_data)
{
  Transfer *transfer = user_data;
  size_t length = size * count;
  if (transfer->received + length > transfer->limit) {
    transfer->too_large = TRUE;
    return 0;
  }
  transfer->received += length;

  long status = 0;
  curl_easy_getinfo (transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if (transfer->request->sink != NULL && status >= 200 && status < 300) {
    transfer->sink_used = TRUE;
    if (!transfer->request->sink (data, length, transfer->request->sink_data, &transfer->sink_error))
      return 0;
    return length;
  }
  g_byte_array_append (transfer->body, (const guint8 *) data, (guint) length);
  return length;
}

static size_t
take_header (char *data, size_t size, size_t count, void *user_data)
{
  Transfer *transfer = user_data;
  size_t length = size * count;
  const char *colon = memchr (data, ':', length);
  if (colon == NULL) {
    /* A status line starts a new header block (100 Continue comes before the real one). */
    if (length >= 5 && memcmp (data, "HTTP/", 5) == 0)
      g_hash_table_remove_all (transfer->headers);
    return length;
  }
  if (g_hash_table_size (transfer->headers) >= HTTP_MAX_HEADERS)
    return length;
  g_autofree char *raw_name = g_strndup (data, (gsize) (colon - data));
  char *value = g_strndup (colon + 1, length - (gsize) (colon + 1 - data));
  g_hash_table_replace (transfer->headers, g_ascii_strdown (raw_name, -1), g_strstrip (value));
  return length;
}

static int
look_at_progress (void *user_data, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
  Transfer *transfer = user_data;
  gint64 now = g_get_monotonic_time ();
  if (down + up != transfer->last_total) {
    transfer->last_total = down + up;
    transfer->last_change_us = now;
    if (transfer->request->phase != NULL) {
      gboolean downloading = down > 0;
      cr_job_progress (transfer->job, transfer->request->phase, (guint64) (downloading ? down : up),
                       (guint64) (downloading ? down_total : up_total));
    }
  } else if (now - transfer->last_change_us > (gint64) transfer->idle_ms * 1000) {
    transfer->stalled = TRUE;
    return 1;
  }
  return transfer->job != NULL && g_cancellable_is_cancelled (cr_job_cancellable (transfer->job));
}

/* libcurl's loop, with the job's cancellable as one more thing that wakes it. As long as bytes pass there is most
 * likely more to do at once. */
static CURLcode
perform (HttpHandle *handle, CrJob *job, const Transfer *transfer)
{
  GPollFD wake = { .fd = -1 };
  gboolean can_wake = job != NULL && g_cancellable_make_pollfd (cr_job_cancellable (job), &wake);
  struct curl_waitfd extra = { .fd = wake.fd, .events = CURL_WAIT_POLLIN };
  CURLcode result = CURLE_FAILED_INIT;

  if (curl_multi_add_handle (handle->multi, handle->easy) == CURLM_OK) {
    int running = 1;
    guint64 before = 0;
    while (curl_multi_perform (handle->multi, &running) == CURLM_OK && running > 0) {
      guint64 passed = transfer->received + transfer->sent;
      if (passed == before)
        curl_multi_poll (handle->multi, &extra, can_wake ? 1 : 0, 250, NULL);
      before = passed;
    }
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read (handle->multi, &left)) != NULL)
      if (message->msg == CURLMSG_DONE)
        result = message->data.result;
    curl_multi_remove_handle (handle->multi, handle->easy);
  }
  if (can_wake)
    g_cancellable_release_fd (cr_job_cancellable (job));
  return result;
}

static struct curl_slist *
header_list (const HttpRequest *request)
{
  struct curl_slist *list = curl_slist_append (NULL, "Expect:");
  if (request->content_type != NULL) {
    g_autofree char *line = g_strdup_printf ("Content-Type: %s", request->content_type);
    list = curl_slist_append (list, line);
  } else {
    list = curl_slist_append (list, "Content-Type:");
  }
  for (const char *const *pair = request->headers; pair != NULL && pair[0] != NULL; pair += 2) {
    /* "Name;" is libcurl's spelling of a header with an empty value. */
    char *line = *pair[1] != '\0' ? g_strdup_printf ("%s: %s", pair[0], pair[1])
                                  : g_strdup_printf ("%s;", pair[0]);
    list = curl_slist_append (list, line);
    cr_wipe (line, strlen (line));
    g_free (line);
  }
  if (request->bearer != NULL) {
    char *line = g_strdup_printf ("Authorization: Bearer %s", request->bearer);
    list = curl_slist_append (list, line);
    cr_wipe (line, strlen (line));
    g_free (line);
  }
  return list;
}

static void
header_list_free (struct curl_slist *list)
{
  for (struct curl_slist *item = list; item != NULL; item = item->next)
    cr_wipe (item->data, strlen (item->data));
  curl_slist_free_all (list);
}

static gboolean
headers_valid (const HttpRequest *request)
{
  for (const char *const *pair = request->headers; pair != NULL && pair[0] != NULL; pair++)
    if (strpbrk (*pair, "\r\n") != NULL)
      return FALSE;
  return request->bearer == NULL || strpbrk (request->bearer, "\r\n ") == NULL;
}

static void
set_source (CURL *easy, const HttpRequest *request, Transfer *transfer)
{
  curl_easy_setopt (easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt (easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t) request->source_length);
  curl_easy_setopt (easy, CURLOPT_READFUNCTION, give_body);
  curl_easy_setopt (easy, CURLOPT_READDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_SEEKFUNCTION, seek_body);
  curl_easy_setopt (easy, CURLOPT_SEEKDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_UPLOAD_BUFFERSIZE, (long) MIN (request->source_length + 1, STREAM_BYTES));
  curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
set_method (CURL *easy, const HttpRequest *request, Transfer *transfer)
{
  if (request->source != NULL) {
    set_source (easy, request, transfer);
    return;
  }
  gsize length = 0;
  const void *data = request->body != NULL ? g_bytes_get_data (request->body, &length) : NULL;
  gboolean has_body = data != NULL || g_str_equal (request->method, "POST")
                      || g_str_equal (request->method, "PUT") || g_str_equal (request->method, "PATCH");
  if (g_str_equal (request->method, "HEAD")) {
    curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body) {
    curl_easy_setopt (easy, CURLOPT_POST, 1L);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, length > 0 ? data : "");
  } else {
    curl_easy_setopt (easy, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* A line without losses or delay needs no model of one: pacing (BBR) only costs processor time there. Where the
 * kernel has no such choice, its own stays. */
static int
on_loopback_socket (void *user_data, curl_socket_t socket, curlsocktype purpose)
{
  static const char plain[] = "reno";
  (void) user_data;
  (void) purpose;
  (void) !setsockopt (socket, IPPROTO_TCP, TCP_CONGESTION, plain, sizeof plain - 1);
  return CURL_SOCKOPT_OK;
}

/* Loopback never goes through a proxy of the environment either. */
static void
set_loopback (CURL *easy, const char *url)
{
  if (!http_url_is_loopback (url))
    return;
  curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_SOCKOPTFUNCTION, on_loopback_socket);
}

static void
set_options (HttpClient *client, CURL *easy, const HttpRequest *request, const char *url, Transfer *transfer)
{
  guint total = request->total_timeout_ms != 0 ? request->total_timeout_ms : client->total_ms;
  curl_easy_setopt (easy, CURLOPT_URL, url);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) total);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  if (request->sink != NULL)
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, (long) STREAM_BYTES);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt (easy, CURLOPT_XFERINFOFUNCTION, look_at_progress);
  curl_easy_setopt (easy, CURLOPT_XFERINFODATA, transfer);
  set_loopback (easy, url);
}

typedef struct {
  CURLcode code;
  HttpFailure failure;
  CrErrorCode error;
  const char *text;
  const char *hint;
} CurlRecord;

static const CurlRecord curl_records[] = {
  { CURLE_URL_MALFORMAT, HTTP_FAILED_FOR_GOOD, CR_ERROR_INPUT, "the address is not a valid URL",
    "Correct the address in the environment or in the artefact it came from." },
  /* http_send() has seen to https: here it means HTTP/0.9, an answer without a status line. */
  { CURLE_UNSUPPORTED_PROTOCOL, HTTP_FAILED_FOR_GOOD, CR_ERROR_ADMIN, "the answer is not HTTP",
    "Check that the address belongs to the right service." },
  { CURLE_COULDNT_RESOLVE_HOST, HTTP_FAILED_BEFORE_SENDING, CR_ERROR_RETRY, "the host name is unknown",
    "Check the network connection and the spelling of the host, then try again." },
  { CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAILED_BEFORE_SENDING, CR_ERROR_RETRY, "the proxy is unknown",
    "Check the proxy settings of this machine, then try again." },
  { CURLE_COULDNT_CONNECT, HTTP_FAILED_BEFORE_SENDING, CR_ERROR_RETRY, "nobody answers at this address",
    "Check that the service runs ('cleanroom sandbox status' for the local one), then try again." },
  { CURLE_PEER_FAILED_VERIFICATION, HTTP_FAILED_UNTRUSTED, CR_ERROR_ADMIN, "its certificate is not trusted",
    "Another service answers there, or it was set up anew: ask the operator, and fetch the certificate "
    "again." },
  { CURLE_SSL_CACERT_BADFILE, HTTP_FAILED_FOR_GOOD, CR_ERROR_ADMIN, "the trust anchor cannot be read",
    "Fetch the certificate of the service again." },
  { CURLE_SSL_CERTPROBLEM, HTTP_FAILED_FOR_GOOD, CR_ERROR_ADMIN, "the client certificate cannot be used",
    "Check the identity with 'cleanroom keys list'." },
  { CURLE_SSL_CONNECT_ERROR, HTTP_FAILED_BEFORE_SENDING, CR_ERROR_RETRY, "TLS could not be set up",
    "Check that the address belongs to an https service, then try again." },
  { CURLE_PARTIAL_FILE, HTTP_FAILED_AFTER_SENDING, CR_ERROR_RETRY, "the answer was cut off",
    "Try again; if it stays, ask whoever runs the service." },
  { CURLE_GOT_NOTHING, HTTP_FAILED_AFTER_SENDING, CR_ERROR_RETRY,
    "the connection was closed without an answer", "Try again; if it stays, ask whoever runs the service." },
  { CURLE_SEND_ERROR, HTTP_FAILED_AFTER_SENDING, CR_ERROR_RETRY, "the connection was lost while sending",
    "Try again." },
  { CURLE_RECV_ERROR, HTTP_FAILED_AFTER_SENDING, CR_ERROR_RETRY, "the connection was lost", "Try again." },
  { CURLE_WEIRD_SERVER_REPLY, HTTP_FAILED_FOR_GOOD, CR_ERROR_ADMIN, "the answer is not HTTP",
    "Check that the address belongs to the right service." },
};

static const CurlRecord curl_other = { CURLE_OK, HTTP_FAILED_AFTER_SENDING, CR_ERROR_RETRY, NULL,
                                       "Try again." };

/* OpenSSL's word for a certificate whose dates do not fit this machine's clock; it may have been renewed. */
static const CurlRecord curl_clock = {
  CURLE_PEER_FAILED_VERIFICATION, HTTP_FAILED_UNTRUSTED, CR_ERROR_ADMIN,
  "its certificate is not valid at the time this machine's clock shows",
  "Check this machine's clock. If it is right, whoever runs the service has to "
  "renew the certificate."
};

static const CurlRecord *
curl_record (CURL *easy, CURLcode code)
{
  long verified = X509_V_OK;
  curl_easy_getinfo (easy, CURLINFO_SSL_VERIFYRESULT, &verified);
  if (code == curl_clock.code
      && (verified == X509_V_ERR_CERT_NOT_YET_VALID || verified == X509_V_ERR_CERT_HAS_EXPIRED))
    return &curl_clock;
  for (gsize i = 0; i < G_N_ELEMENTS (curl_records); i++)
    if (curl_records[i].code == code)
      return &curl_records[i];
  return &curl_other;
}

static gboolean
was_connecting (CURL *easy)
{
  curl_off_t pretransfer = 0;
  curl_easy_getinfo (easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
  return pretransfer == 0;
}

/* Why there was no answer. Gives the words for the log. */
static char *
explain (Transfer *transfer, CURLcode code, const HttpRequest *request, const char *url, HttpFailure *failure,
         GError **error)
{
  g_autofree char *shown = http_url_redact (url);
  if (transfer->sink_error != NULL) {
    *failure = HTTP_FAILED_FOR_GOOD;
    g_propagate_error (error, g_steal_pointer (&transfer->sink_error));
    return g_strdup ("stopped by the reader");
  }
  if (transfer->too_large) {
    *failure = HTTP_FAILED_FOR_GOOD;
    cr_set_error (error, CR_ERROR_ADMIN, "Check that the address belongs to the right service.",
                  "%s %s: the answer is larger than %zu bytes.", request->method, shown, transfer->limit);
    return g_strdup ("answer too large");
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && !transfer->stalled) {
    *failure = HTTP_FAILED_FOR_GOOD;
    cr_job_check (transfer->job, error);
    return g_strdup ("cancelled");
  }
  if (transfer->stalled || code == CURLE_OPERATION_TIMEDOUT) {
    gboolean connecting = was_connecting (transfer->easy);
    *failure = connecting ? HTTP_FAILED_BEFORE_SENDING : HTTP_FAILED_AFTER_SENDING;
    const char *what = connecting          ? "no connection within the time limit"
                       : transfer->stalled ? "no byte came within the time limit"
                                           : "no complete answer within the time limit";
    cr_set_error (error, CR_ERROR_RETRY, "Check the network connection and the service, then try again.",
                  "%s %s: %s.", request->method, shown, what);
    return g_strdup (what);
  }
  const CurlRecord *record = curl_record (transfer->easy, code);
  const char *text = record->text != NULL ? record->text : curl_easy_strerror (code);
  *failure = transfer->sink_used ? HTTP_FAILED_FOR_GOOD : record->failure;
  cr_set_error (error, record->error, record->hint, "%s %s: %s.", request->method, shown, text);
  return g_strdup (text);
}

static void
report_call (CrJob *job, CURL *easy, const HttpRequest *request, const char *url, guint attempt,
             gint64 started_ms, const char *problem)
{
  g_autofree char *shown = http_url_redact (url);
  long status = 0;
  curl_off_t sent = 0, received = 0, elapsed_us = 0;
  curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo (easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  curl_easy_getinfo (easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
  curl_easy_getinfo (easy, CURLINFO_TOTAL_TIME_T, &elapsed_us);
  CrCall call = {
    .started_ms = started_ms,
    .method = request->method,
    .url = shown,
    .status = problem == NULL ? (guint) status : 0,
    .elapsed_ms = (guint) ((elapsed_us + 500) / 1000),
    .attempt = attempt,
    .bytes_sent = (guint64) sent,
    .bytes_received = (guint64) received,
    .problem = problem,
  };
  cr_job_call (job, &call);
}

static void
check_clock (CrJob *job, HttpClient *client, const HttpResponse *response)
{
  const char *date = http_response_header (response, "date");
  time_t theirs = date != NULL ? curl_getdate (date, NULL) : (time_t) -1;
  if (theirs == (time_t) -1)
    return;
  gint64 difference = cr_now_seconds () - (gint64) theirs;
  if (ABS (difference) <= HTTP_CLOCK_TOLERANCE_S
      || !g_atomic_int_compare_and_exchange (&client->clock_told, 0, 1))
    return;
  g_autofree char *text =
      g_strdup_printf (difference > 0 ? _ ("The clock of this machine is %" PRId64
                                           " minutes ahead of that of %s. Tokens and signatures may be "
                                           "refused: set the clock.")
                                      : _ ("The clock of this machine is %" PRId64
                                           " minutes behind that of %s. Tokens and signatures may be "
                                           "refused: set the clock."),
                       ABS (difference) / 60, response->url);
  cr_job_notice (job, "clock", text);
}

HttpResponse *
http_attempt (CrJob *job, HttpClient *client, const HttpRequest *request, const char *url, guint attempt,
              HttpFailure *failure, GError **error)
{
  *failure = HTTP_FAILED_FOR_GOOD;
  if (!cr_job_check (job, error))
    return NULL;
  if (!headers_valid (request)) {
    cr_set_error (error, CR_ERROR_INPUT, "Sign in again, or correct the value.",
                  "A request header would contain a line break or a space where none may be.");
    return NULL;
  }

  HttpHandle *handle = http_client_borrow_handle (client);
  Transfer transfer = {
    .request = request,
    .job = job,
    .easy = handle->easy,
    .body = g_byte_array_new (),
    .headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .limit = request->max_response != 0 ? request->max_response : HTTP_DEFAULT_MAX_RESPONSE,
    .idle_ms = client->idle_ms,
    .last_change_us = g_get_monotonic_time (),
  };
  struct curl_slist *headers = header_list (request);
  set_method (handle->easy, request, &transfer);
  set_options (client, handle->easy, request, url, &transfer);
  curl_easy_setopt (handle->easy, CURLOPT_HTTPHEADER, headers);

  gint64 started_ms = cr_now_ms ();
  CURLcode code = perform (handle, job, &transfer);
  HttpResponse *response = NULL;
  g_autofree char *problem = NULL;
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo (handle->easy, CURLINFO_RESPONSE_CODE, &status);
    response = g_new0 (HttpResponse, 1);
    response->status = (guint) status;
    response->headers = g_steal_pointer (&transfer.headers);
    response->body = g_byte_array_free_to_bytes (g_steal_pointer (&transfer.body));
    response->url = http_url_redact (url);
    check_clock (job, client, response);
  } else {
    problem = explain (&transfer, code, request, url, failure, error);
  }
  report_call (job, handle->easy, request, url, attempt, started_ms, problem);

  header_list_free (headers);
  g_clear_error (&transfer.sink_error);
  g_clear_pointer (&transfer.headers, g_hash_table_unref);
  if (transfer.body != NULL)
    g_byte_array_unref (transfer.body);
  http_client_return_handle (client, handle, code == CURLE_OK);
  return response;
}
