/* SPDX-License-Identifier: MIT
 * Signed calls to S3, and buckets (s3.h).
 */
#include "cloud/s3-private.h"
#include "cloud/store-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"
#include "http/http-error.h"

#include <string.h>

#define MAX_HEADERS 4u
#define SLOW_ATTEMPTS 6u
#define SLOW_FIRST_MS 500u
#define ANSWER_MAX_BYTES (64u * 1024 * 1024)

struct S3Client {
  HttpClient *http;
  char *scheme_host; /* "https://host:port" of a service that is not Amazon's; NULL = Amazon */
  char *host;        /* "host:port"; NULL = Amazon */
  char *base_path;   /* "" or "/prefix" */
  char *region;
  GMutex lock;
  GHashTable *elsewhere; /* bucket -> region, where it is another one; under the lock */
  gint sums;             /* S3Sums; atomic */
  char *id;
  CrSecretText secret, session_token;
};

static void
set_endpoint (S3Client *client, const char *endpoint)
{
  g_autoptr (GUri) uri = g_uri_parse (endpoint, G_URI_FLAGS_ENCODED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  client->base_path = g_strdup ("");
  if (host == NULL || g_str_has_suffix (host, ".amazonaws.com")) {
    char *named = host != NULL ? s3_region_of_host (host) : NULL;
    if (named != NULL) {
      g_free (client->region);
      client->region = named;
    }
    return;
  }
  int port = g_uri_get_port (uri);
  client->host = port > 0 && port != 443 ? g_strdup_printf ("%s:%d", host, port) : g_strdup (host);
  client->scheme_host = g_strdup_printf ("https://%s", client->host);
  g_free (client->base_path);
  client->base_path = g_strdup (g_uri_get_path (uri));
  for (gsize length = strlen (client->base_path); length > 0 && client->base_path[length - 1] == '/';
       length--)
    client->base_path[length - 1] = '\0';
}

S3Client *
s3_client_new (HttpClient *http, const char *endpoint, const char *region, const S3Credentials *credentials)
{
  S3Client *client = g_new0 (S3Client, 1);
  client->http = http;
  client->region = g_strdup (region);
  g_mutex_init (&client->lock);
  client->elsewhere = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  set_endpoint (client, endpoint);
  client->id = g_strdup (credentials->id);
  client->secret = cr_secret_text_new (credentials->secret, -1);
  if (credentials->session_token != NULL)
    client->session_token = cr_secret_text_new (credentials->session_token, -1);
  return client;
}

void
s3_client_free (S3Client *client)
{
  if (client == NULL)
    return;
  g_free (client->scheme_host);
  g_free (client->host);
  g_free (client->base_path);
  g_free (client->region);
  g_mutex_clear (&client->lock);
  g_hash_table_unref (client->elsewhere);
  g_free (client->id);
  cr_secret_text_free (client->secret);
  cr_secret_text_free (client->session_token);
  g_free (client);
}

S3Sums
s3_client_sums (S3Client *client)
{
  return (S3Sums) g_atomic_int_get (&client->sums);
}

void
s3_client_set_sums (S3Client *client, S3Sums sums)
{
  /* What was found lacking once stays so, whoever else just saw it work. */
  if (sums == S3_SUMS_LACKING)
    g_atomic_int_set (&client->sums, sums);
  else
    g_atomic_int_compare_and_exchange (&client->sums, S3_SUMS_UNKNOWN, sums);
}

/* Where BUCKET (NULL = the service) lies, as far as is known. Gives. */
static char *
region_of (S3Client *client, const char *bucket)
{
  g_mutex_lock (&client->lock);
  const char *known = bucket != NULL ? g_hash_table_lookup (client->elsewhere, bucket) : NULL;
  char *region = g_strdup (known != NULL ? known : client->region);
  g_mutex_unlock (&client->lock);
  return region;
}

static void
remember_region (S3Client *client, const char *bucket, const char *region)
{
  g_mutex_lock (&client->lock);
  g_hash_table_replace (client->elsewhere, g_strdup (bucket), g_strdup (region));
  g_mutex_unlock (&client->lock);
}

/* Host and decoded path of CALL; REGION NULL = the host without one. A bucket with dots has no certificate of
 * its own at Amazon. Give. */
static void
address (S3Client *client, const S3Call *call, const char *region, char **host, char **path)
{
  const char *key = call->key != NULL ? call->key : "";
  gboolean virtual_host = client->host == NULL && call->bucket != NULL && strchr (call->bucket, '.') == NULL;
  if (client->host != NULL)
    *host = g_strdup (client->host);
  else
    *host = g_strdup_printf ("%s%ss3%s%s.amazonaws.com", virtual_host ? call->bucket : "",
                             virtual_host ? "." : "", region != NULL ? "." : "",
                             region != NULL ? region : "");
  if (virtual_host || call->bucket == NULL)
    *path = g_strdup_printf ("%s/%s", client->base_path, key);
  else
    *path = g_strdup_printf ("%s/%s%s%s", client->base_path, call->bucket, call->key != NULL ? "/" : "", key);
}

char *
s3_address (S3Client *client, const char *bucket)
{
  g_autofree char *host = NULL, *path = NULL;
  const S3Call call = { .bucket = bucket };
  address (client, &call, NULL, &host, &path);
  return g_strdup_printf ("https://%s%s", host, path);
}

static HttpResponse *
send_once (S3Client *client, CrJob *job, const S3Call *call, const char *region, GError **error)
{
  g_autofree char *host = NULL, *path = NULL;
  address (client, call, region, &host, &path);
  gsize length = 0;
  const void *body = call->body != NULL ? g_bytes_get_data (call->body, &length) : NULL;
  /* An unsigned payload is under TLS all the same: nothing else is ever spoken, see http_send. */
  g_autofree char *digest = call->sha256 != NULL ? g_strdup (call->sha256)
                                                 : cr_sha256_hex (body != NULL ? body : "", length);
  const CloudAwsKey key = { client->id, client->secret, client->session_token };
  const CloudAwsRequest wanted = { .method = call->method,
                                   .host = host,
                                   .path = path,
                                   .query = call->query,
                                   .query_count = call->query_count,
                                   .headers = call->headers,
                                   .header_count = call->header_count,
                                   .payload_sha256 = digest,
                                   .region = region,
                                   .service = "s3",
                                   .when = cr_now_ms () / 1000 };
  g_auto (CloudAwsSignature) signature = { 0 };
  cloud_aws_sign (&wanted, &key, &signature);
  g_autofree char *url = g_strdup_printf ("https://%s%s", host, signature.target);
  const char *headers[8 + 2 * MAX_HEADERS + 1] = { "Authorization", signature.authorization, "x-amz-date",
                                                   signature.date,  "x-amz-content-sha256",  digest };
  guint count = 6;
  for (guint i = 0; i < MIN (call->header_count, MAX_HEADERS); i++) {
    headers[count++] = call->headers[i].name;
    headers[count++] = call->headers[i].value;
  }
  if (client->session_token != NULL) {
    headers[count++] = "x-amz-security-token";
    headers[count++] = client->session_token;
  }
  HttpRequest request = { .method = call->method,
                          .url = url,
                          .content_type = call->content_type,
                          .body = call->body,
                          .source = call->source,
                          .source_data = call->source_data,
                          .source_length = call->source_length,
                          .headers = headers,
                          .retry = call->once ? HTTP_RETRY_NEVER : HTTP_RETRY_SAFE,
                          .total_timeout_ms = call->once ? CLOUD_TRANSFER_TIMEOUT_MS : 0,
                          .max_response = call->max_response != 0 ? call->max_response : ANSWER_MAX_BYTES,
                          .sink = call->sink,
                          .sink_data = call->sink_data,
                          .stay = TRUE }; /* the signature is for this host */
  return http_send (job, client->http, &request, error);
}

/* Where the bucket is known to be, and once more where the answer says that it is. */
static HttpResponse *
send_there (S3Client *client, CrJob *job, const S3Call *call, GError **error)
{
  g_autofree char *region = region_of (client, call->bucket);
  g_autoptr (HttpResponse) response = send_once (client, job, call, region, error);
  g_autofree char *other = response != NULL && call->bucket != NULL ? s3_region_elsewhere (response, region)
                                                                    : NULL;
  if (other == NULL)
    return g_steal_pointer (&response);
  remember_region (client, call->bucket, other);
  return send_once (client, job, call, other, error);
}

HttpResponse *
s3_send (S3Client *client, CrJob *job, const S3Call *call, GError **error)
{
  for (guint attempt = 1, pause_ms = SLOW_FIRST_MS;; attempt++, pause_ms *= 2) {
    g_autoptr (HttpResponse) response = send_there (client, job, call, error);
    if (response == NULL || call->once || (response->status != 503 && response->status != 500)
        || attempt == SLOW_ATTEMPTS)
      return g_steal_pointer (&response);
    cr_job_notice (job, "waiting", _ ("The storage is busy; it is asked again more slowly."));
    if (!cr_job_sleep (job, pause_ms + (guint) g_random_int_range (0, (gint) pause_ms), error))
      return NULL;
  }
}

void
s3_set_error (GError **error, const S3Call *call, const HttpResponse *response)
{
  g_autofree char *what = g_strdup_printf ("%s %s%s%s", call->method,
                                           call->bucket != NULL ? call->bucket : "the list of buckets",
                                           call->key != NULL ? "/" : "", call->key != NULL ? call->key : "");
  http_error_set (error, what, response);
}

/* Completing a multipart upload can fail after the status went out. */
static gboolean
has_error_body (const HttpResponse *response)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (response->body, &length);
  return length > 0 && g_strstr_len (text, (gssize) MIN (length, 512), "<Error>") != NULL;
}

HttpResponse *
s3_call (S3Client *client, CrJob *job, const S3Call *call, GError **error)
{
  g_autoptr (HttpResponse) response = s3_send (client, job, call, error);
  if (response == NULL)
    return NULL;
  gboolean good = response->status >= 200 && response->status < 300;
  if (good && (call->sink != NULL || strcmp (call->method, "POST") != 0 || !has_error_body (response)))
    return g_steal_pointer (&response);
  s3_set_error (error, call, response);
  return NULL;
}

/* --- buckets --- */

gboolean
s3_check_bucket_name (const char *name, GError **error)
{
  if (g_regex_match_simple (
          "^(?!.*(\\.\\.|\\.-|-\\.))(?!\\d+\\.\\d+\\.\\d+\\.\\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name,
          G_REGEX_DOLLAR_ENDONLY, 0))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Use 3 to 63 of the characters a-z, 0-9, hyphen and dot.",
                "\"%s\" cannot be the name of a bucket.", name);
  return FALSE;
}

gboolean
s3_check_credentials (const char *id, const char *secret, GError **error)
{
  if (!g_regex_match_simple ("^[A-Z0-9]{16,128}$", id, G_REGEX_DOLLAR_ENDONLY, 0)) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "It has 20 capital letters and digits and starts with AKIA, as a rule.",
                  "This is not an AWS access key id.");
    return FALSE;
  }
  if (!g_regex_match_simple ("^[!-~]{16,128}$", secret, G_REGEX_DOLLAR_ENDONLY, 0)) {
    cr_set_error (error, CR_ERROR_INPUT, "It has 40 characters, as a rule; copy it without spaces.",
                  "This is not an AWS secret access key.");
    return FALSE;
  }
  return TRUE;
}

static gboolean
take_bucket (const char *path, const char *text, gpointer data)
{
  if (strcmp (path, "ListAllMyBucketsResult/Buckets/Bucket/Name") == 0)
    g_ptr_array_add (data, g_strdup (text));
  return TRUE;
}

GPtrArray *
s3_buckets (S3Client *client, CrJob *job, GError **error)
{
  const S3Call call = { .method = "GET" };
  g_autoptr (HttpResponse) response = s3_call (client, job, &call, error);
  if (response == NULL)
    return NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const CrXml handlers = { .leaf = take_bucket, .data = names };
  return cr_xml_read (response->body, &handlers, error) ? g_steal_pointer (&names) : NULL;
}

/* The answer to making BUCKET; Amazon wants some time between two things about one name. */
static HttpResponse *
send_create (S3Client *client, CrJob *job, const S3Call *call, char **code, GError **error)
{
  for (guint attempt = 1, pause_ms = SLOW_FIRST_MS;; attempt++, pause_ms *= 2) {
    g_autoptr (HttpResponse) response = s3_send (client, job, call, error);
    if (response == NULL)
      return NULL;
    *code = response->status == 409 ? s3_xml_text (response->body, "Error/Code") : NULL;
    if (g_strcmp0 (*code, "OperationAborted") != 0 || attempt == SLOW_ATTEMPTS)
      return g_steal_pointer (&response);
    g_clear_pointer (code, g_free);
    cr_job_notice (job, "waiting", _ ("The storage is busy; it is asked again more slowly."));
    if (!cr_job_sleep (job, pause_ms, error))
      return NULL;
  }
}

gboolean
s3_bucket_create (S3Client *client, CrJob *job, const char *bucket, GError **error)
{
  if (!s3_check_bucket_name (bucket, error))
    return FALSE;
  /* The first region of all takes no name of a region. */
  g_autofree char *xml =
      strcmp (client->region, "us-east-1") == 0
          ? NULL
          : g_strdup_printf ("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                             "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
                             client->region);
  g_autoptr (GBytes) body = xml != NULL ? g_bytes_new (xml, strlen (xml)) : NULL;
  const S3Call call = {
    .method = "PUT", .bucket = bucket, .body = body, .content_type = body != NULL ? "application/xml" : NULL
  };
  g_autofree char *code = NULL;
  g_autoptr (HttpResponse) response = send_create (client, job, &call, &code, error);
  if (response == NULL)
    return FALSE;
  if ((response->status >= 200 && response->status < 300) || g_strcmp0 (code, "BucketAlreadyOwnedByYou") == 0)
    return TRUE;
  s3_set_error (error, &call, response);
  return FALSE;
}
