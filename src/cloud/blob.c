/* SPDX-License-Identifier: MIT
 * Azure Blob storage: calls on the account, on containers and on single blobs (blob.h).
 */
#include "cloud/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"
#include "cloud/cloud-private.h"
#include "cloud/store-private.h"
#include "http/http-error.h"

#include <string.h>

#define CONTAINER_WAIT_MS 30000u
#define REFUSAL_MAX_BYTES (64u * 1024)

struct BlobClient {
  HttpClient *http;
  char *endpoint;
  CloudTokenFunc token;
  gpointer data;
  guint wait_every_ms, wait_limit_ms;
  CrSecretText key; /* base64; NULL = no customer-provided key */
  char *key_sha256;
  gint lacks_crc64; /* atomic */
  char *account;    /* of ACCOUNT_KEY */
  GBytes *account_key;
  CrSecretText sas; /* without "?" */
};

BlobClient *
blob_client_new (HttpClient *http, const char *endpoint, CloudTokenFunc token, gpointer data)
{
  BlobClient *client = g_new0 (BlobClient, 1);
  client->http = http;
  client->endpoint = g_strdup (endpoint);
  client->token = token;
  client->data = data;
  client->wait_every_ms = BLOB_ROLE_WAIT_SECONDS * 1000;
  client->wait_limit_ms = BLOB_ROLE_WAIT_LIMIT_SECONDS * 1000;
  return client;
}

void
blob_client_free (BlobClient *client)
{
  if (client == NULL)
    return;
  cr_secret_text_free (client->key);
  g_free (client->key_sha256);
  g_free (client->account);
  g_clear_pointer (&client->account_key, g_bytes_unref);
  cr_secret_text_free (client->sas);
  g_free (client->endpoint);
  g_free (client);
}

void
blob_client_set_key (BlobClient *client, GBytes *key)
{
  cr_secret_text_clear (&client->key);
  g_clear_pointer (&client->key_sha256, g_free);
  if (key == NULL)
    return;
  guint8 digest[32];
  cr_sha256 (g_bytes_get_data (key, NULL), g_bytes_get_size (key), digest);
  char *text = cr_base64_bytes (key);
  client->key = cr_secret_text_new (text, -1);
  cr_wipe (text, strlen (text));
  g_free (text);
  client->key_sha256 = cr_base64 (digest, sizeof digest);
}

void
blob_client_set_account_key (BlobClient *client, const char *account, GBytes *key)
{
  g_clear_pointer (&client->account_key, g_bytes_unref);
  g_free (client->account);
  client->account = g_strdup (account);
  client->account_key = cr_secret_new (g_bytes_get_data (key, NULL), g_bytes_get_size (key));
}

void
blob_client_set_sas (BlobClient *client, const char *query)
{
  cr_secret_text_clear (&client->sas);
  client->sas = cr_secret_text_new (*query == '?' ? query + 1 : query, -1);
}

void
blob_client_set_role_wait (BlobClient *client, guint every_ms, guint limit_ms)
{
  client->wait_every_ms = every_ms;
  client->wait_limit_ms = limit_ms;
}

void
blob_item_free (BlobItem *item)
{
  if (item == NULL)
    return;
  g_free (item->name);
  g_free (item->md5);
  g_free (item->crc64);
  g_free (item->seal);
  g_free (item->etag);
  g_free (item->last_modified);
  g_free (item);
}

/* --- one call ------------------------------------------------------------------------------------------- */

static char *
url_of (BlobClient *client, const BlobCall *call)
{
  GString *path = g_string_new (NULL);
  if (call->container != NULL) {
    g_autofree char *container = cr_percent_encode (call->container, NULL);
    g_string_append (path, container);
  }
  if (call->name != NULL) {
    g_autofree char *name = cr_percent_encode (call->name, "/");
    g_string_append_printf (path, "/%s", name);
  }
  g_autofree char *url = http_url_join (client->endpoint, path->str);
  g_string_free (path, TRUE);
  if (call->query == NULL && client->sas == NULL)
    return g_steal_pointer (&url);
  return g_strdup_printf ("%s?%s%s%s", url, call->query != NULL ? call->query : "",
                          call->query != NULL && client->sas != NULL ? "&" : "",
                          client->sas != NULL ? client->sas : "");
}

char *
blob_error_code (const HttpResponse *response)
{
  const char *header = http_response_header (response, "x-ms-error-code");
  if (header != NULL)
    return g_strdup (header);
  char *code = NULL;
  g_autofree char *message = NULL;
  http_error_parse (response, &code, &message);
  return code;
}

void
blob_set_error (GError **error, const BlobCall *call, const HttpResponse *response)
{
  g_autofree char *what = g_strdup_printf (
      "%s %s%s%s", call->method, call->container != NULL ? call->container : "the storage account",
      call->name != NULL ? "/" : "", call->name != NULL ? call->name : "");
  http_error_set (error, what, response);
}

const char *
blob_client_key_digest (const BlobClient *client)
{
  return client->key != NULL ? client->key_sha256 : NULL;
}

gboolean
blob_client_lacks_crc64 (BlobClient *client)
{
  return g_atomic_int_get (&client->lacks_crc64) != 0;
}

void
blob_client_set_lacks_crc64 (BlobClient *client)
{
  g_atomic_int_set (&client->lacks_crc64, 1);
}

const char *
blob_client_endpoint (const BlobClient *client)
{
  return client->endpoint;
}

/* Put Blob, Put Block, Put Block List, Get Blob and its properties; the others refuse a key. */
static gboolean
takes_key (const BlobCall *call)
{
  return call->name != NULL && strcmp (call->method, "DELETE") != 0;
}

static HttpResponse *
send_once (BlobClient *client, CrJob *job, const BlobCall *call, const char *url, GError **error)
{
  const CloudCaller caller = { client->http, client->token, client->data, CLOUD_SCOPE_STORAGE };
  g_autofree char *date = cr_http_date (cr_now_ms ());
  const char *headers[4 + G_N_ELEMENTS (call->headers) + 6 + 2 + 1] = { "x-ms-version", BLOB_SERVICE_VERSION,
                                                                        "x-ms-date", date };
  guint count = 4;
  for (guint i = 0; i < G_N_ELEMENTS (call->headers) && call->headers[i] != NULL; i++)
    headers[count++] = call->headers[i];
  if (client->key != NULL && takes_key (call)) {
    const char *const key[] = { "x-ms-encryption-key",        client->key,
                                "x-ms-encryption-key-sha256", client->key_sha256,
                                "x-ms-encryption-algorithm",  "AES256" };
    for (guint i = 0; i < G_N_ELEMENTS (key); i++)
      headers[count++] = key[i];
  }
  /* Every call here can be repeated: a second one finds or makes the same thing. */
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
                          .max_response = call->max_response,
                          .sink = call->sink,
                          .sink_data = call->sink_data };
  g_autofree char *authorization = client->account_key != NULL
                                       ? blob_sign (client->account, client->account_key, &request)
                                       : NULL;
  headers[count] = authorization != NULL ? "Authorization" : NULL;
  headers[count + 1] = authorization;
  return cloud_send (&caller, job, &request, error);
}

/* How long to wait before CALL is sent again; 0 = RESPONSE is final. Tells the person. */
static guint
pause_for (BlobClient *client, CrJob *job, const HttpResponse *response, guint waited_ms)
{
  if (response->status != 403 && response->status != 409)
    return 0;
  g_autofree char *code = blob_error_code (response);
  gboolean role = g_strcmp0 (code, "AuthorizationPermissionMismatch") == 0;
  gboolean container = g_strcmp0 (code, "ContainerBeingDeleted") == 0;
  if ((!role && !container) || client->token == NULL || waited_ms >= client->wait_limit_ms)
    return 0;
  g_autofree char *text = g_strdup_printf (
      role ? _ ("Waiting until the new role on the storage takes effect: %u s of at most %u s.")
           : _ ("Waiting until the old container is gone: %u s of at most %u s."),
      waited_ms / 1000, client->wait_limit_ms / 1000);
  cr_job_notice (job, "waiting", text);
  return MAX (role ? client->wait_every_ms : MIN (CONTAINER_WAIT_MS, client->wait_limit_ms), 1);
}

HttpResponse *
blob_send (BlobClient *client, CrJob *job, const BlobCall *call, GError **error)
{
  g_autofree char *url = url_of (client, call);
  for (guint waited_ms = 0;;) {
    g_autoptr (HttpResponse) response = send_once (client, job, call, url, error);
    if (response == NULL)
      return NULL;
    guint pause_ms = pause_for (client, job, response, waited_ms);
    if (pause_ms == 0)
      return g_steal_pointer (&response);
    if (!cr_job_sleep (job, pause_ms, error))
      return NULL;
    waited_ms += pause_ms;
  }
}

/* Send and want a 2xx answer, or the refusal ALLOWED (an error code, may be NULL). */
static gboolean
blob_send_expecting (BlobClient *client, CrJob *job, const BlobCall *call, const char *allowed,
                     GError **error)
{
  g_autoptr (HttpResponse) response = blob_send (client, job, call, error);
  if (response == NULL)
    return FALSE;
  if (response->status >= 200 && response->status < 300)
    return TRUE;
  g_autofree char *code = allowed != NULL ? blob_error_code (response) : NULL;
  if (code != NULL && strcmp (code, allowed) == 0)
    return TRUE;
  blob_set_error (error, call, response);
  return FALSE;
}

/* --- account and container ------------------------------------------------------------------------------ */

gboolean
blob_static_website (BlobClient *client, CrJob *job, GError **error)
{
  static const char xml[] =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<StorageServiceProperties><StaticWebsite><Enabled>true</Enabled>"
      "<IndexDocument>index.html</IndexDocument><ErrorDocument404Path>error.html</ErrorDocument404Path>"
      "</StaticWebsite></StorageServiceProperties>";
  g_autoptr (GBytes) body = g_bytes_new_static (xml, sizeof xml - 1);
  const BlobCall call = { .method = "PUT",
                          .query = "restype=service&comp=properties",
                          .body = body,
                          .content_type = "application/xml" };
  return blob_send_expecting (client, job, &call, NULL, error);
}

gboolean
blob_container_create (BlobClient *client, CrJob *job, const char *container, GError **error)
{
  const BlobCall call = { .method = "PUT", .container = container, .query = "restype=container" };
  return blob_send_expecting (client, job, &call, "ContainerAlreadyExists", error);
}

/* --- writing -------------------------------------------------------------------------------------------- */

static char *
md5_text (GBytes *data)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_update (sum, g_bytes_get_data (data, NULL), (gssize) g_bytes_get_size (data));
  g_checksum_get_digest (sum, digest, &length);
  return cr_base64 (digest, length);
}

gboolean
blob_put (BlobClient *client, CrJob *job, const char *container, const char *name, GBytes *data,
          const char *content_type, GError **error)
{
  g_autofree char *md5 = md5_text (data);
  const BlobCall call = { .method = "PUT",
                          .container = container,
                          .name = name,
                          .body = data,
                          .content_type = content_type,
                          .headers = { "x-ms-blob-type", "BlockBlob", "Content-MD5", md5 } };
  return blob_send_expecting (client, job, &call, NULL, error);
}

/* --- reading, removing ---------------------------------------------------------------------------------- */

/* The answer of a GET or HEAD; NULL and CR_ERROR_NOT_FOUND when the blob is absent. */
static HttpResponse *
read_call (BlobClient *client, CrJob *job, const BlobCall *call, GError **error)
{
  g_autoptr (HttpResponse) response = blob_send (client, job, call, error);
  if (response == NULL)
    return NULL;
  if (response->status == 404) {
    g_autofree char *code = blob_error_code (response);
    const CrRemote remote = { .http_status = 404, .code = code };
    cr_set_remote_error (error, CR_ERROR_NOT_FOUND, &remote, NULL, "%s/%s does not exist.", call->container,
                         call->name);
    return NULL;
  }
  if (response->status < 200 || response->status >= 300) {
    blob_set_error (error, call, response);
    return NULL;
  }
  return g_steal_pointer (&response);
}

GBytes *
blob_get (BlobClient *client, CrJob *job, const char *container, const char *name, gsize max, GError **error)
{
  /* The limit of the call also holds for the text of a refusal, which must fit whatever MAX is. */
  const BlobCall call = {
    .method = "GET", .container = container, .name = name, .max_response = MAX (max, REFUSAL_MAX_BYTES)
  };
  g_autoptr (HttpResponse) response = read_call (client, job, &call, error);
  if (response == NULL || g_bytes_get_size (response->body) <= max)
    return response != NULL ? g_bytes_ref (response->body) : NULL;
  cr_set_error (error, CR_ERROR_INPUT, NULL, "%s/%s is larger than %zu bytes.", container, name, max);
  return NULL;
}

BlobItem *
blob_head (BlobClient *client, CrJob *job, const char *container, const char *name, GError **error)
{
  const BlobCall call = { .method = "HEAD", .container = container, .name = name };
  g_autoptr (HttpResponse) response = read_call (client, job, &call, error);
  if (response == NULL)
    return NULL;
  BlobItem *item = g_new0 (BlobItem, 1);
  const char *length = http_response_header (response, "content-length");
  const char *folder = http_response_header (response, "x-ms-meta-hdi_isfolder");
  item->name = g_strdup (name);
  item->length = length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0;
  item->md5 = g_strdup (http_response_header (response, "content-md5"));
  item->crc64 = g_strdup (http_response_header (response, "x-ms-meta-crc64"));
  item->seal = g_strdup (http_response_header (response, "x-ms-meta-seal"));
  item->etag = g_strdup (http_response_header (response, "etag"));
  item->last_modified = g_strdup (http_response_header (response, "last-modified"));
  item->folder = folder != NULL && g_ascii_strcasecmp (folder, "true") == 0;
  return item;
}

gboolean
blob_delete (BlobClient *client, CrJob *job, const char *container, const char *name, GError **error)
{
  const BlobCall call = { .method = "DELETE",
                          .container = container,
                          .name = name,
                          .headers = { "x-ms-delete-snapshots", "include" } };
  return blob_send_expecting (client, job, &call, "BlobNotFound", error);
}
