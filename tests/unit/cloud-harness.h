/* SPDX-License-Identifier: MIT
 * The cloud side of a sandbox for unit tests: identity provider, resource manager and storage on real
 * listeners, called over TLS like any client does.
 */
#pragma once

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "http/http.h"
#include "sandbox/sandbox-private.h"

#include <curl/curl.h>
#include <glib.h>
#include <string.h>

#define CLOUD_CLIENT "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
#define CLOUD_MANAGEMENT "https://management.azure.com/.default"
#define CLOUD_STORAGE "https://storage.azure.com/.default"
#define CLOUD_VAULT "https://vault.azure.net/.default"

/* Parts that these tests do not start; weak, so that the real ones may be linked too. */
gboolean ccf_start (Sandbox *sandbox, GError **error) __attribute__ ((weak));
gboolean provider_network_start (Sandbox *sandbox, GError **error) __attribute__ ((weak));
gboolean agent_start (Sandbox *sandbox, GError **error) __attribute__ ((weak));

gboolean
ccf_start (Sandbox *sandbox, GError **error)
{
  (void) sandbox;
  (void) error;
  return TRUE;
}

gboolean
provider_network_start (Sandbox *sandbox, GError **error)
{
  return ccf_start (sandbox, error);
}

gboolean
agent_start (Sandbox *sandbox, GError **error)
{
  return ccf_start (sandbox, error);
}

typedef struct {
  char *folder;
  GHashTable *settings;
  Sandbox *sandbox;
  HttpClient *http;
} Cloud;

static inline void
cloud_start (Cloud *cloud)
{
  g_autoptr (GError) error = NULL;
  SandboxOptions options = { .state_folder = cloud->folder, .settings = cloud->settings };
  cloud->sandbox = sandbox_new (&options, &error);
  g_assert_no_error (error);
  g_assert_true (idp_start (cloud->sandbox, &error));
  g_assert_true (arm_start (cloud->sandbox, &error));
  g_assert_true (blob_start (cloud->sandbox, &error));
  g_assert_true (maa_start (cloud->sandbox, &error));
  g_assert_true (vault_start (cloud->sandbox, &error));
  g_assert_true (s3_start (cloud->sandbox, &error));
  g_assert_no_error (error);
  cloud->http = http_client_new (sandbox_ca_pem (cloud->sandbox), &error);
  g_assert_no_error (error);
}

static inline void
cloud_stop (Cloud *cloud)
{
  g_clear_pointer (&cloud->http, http_client_unref);
  g_clear_pointer (&cloud->sandbox, sandbox_free);
}

/* NAME and VALUE are one setting, or NULL. */
static inline Cloud *
cloud_open (const char *name, const char *value)
{
  Cloud *cloud = g_new0 (Cloud, 1);
  cloud->folder = g_dir_make_tmp ("cleanroom-cloud-XXXXXX", NULL);
  cloud->settings = g_hash_table_new (g_str_hash, g_str_equal);
  if (name != NULL)
    g_hash_table_insert (cloud->settings, g_strdup (name), g_strdup (value));
  cloud_start (cloud);
  return cloud;
}

static inline void
cloud_close (Cloud *cloud)
{
  cloud_stop (cloud);
  g_assert_true (cr_dir_remove (cloud->folder, NULL));
  GHashTableIter iterator;
  gpointer name, value;
  g_hash_table_iter_init (&iterator, cloud->settings);
  while (g_hash_table_iter_next (&iterator, &name, &value)) {
    g_free (name);
    g_free (value);
  }
  g_hash_table_unref (cloud->settings);
  g_free (cloud->folder);
  g_free (cloud);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cloud, cloud_close)

/* PATH is below the listener NAME ("identity"), or a whole URL with NAME NULL. */
static inline HttpResponse *
cloud_send (Cloud *cloud, const char *method, const char *name, const char *path, const char *bearer,
            const char *const *headers, const char *type, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = g_strconcat (name == NULL ? "" : sandbox_url (cloud->sandbox, name), path, NULL);
  g_autoptr (GBytes) bytes = body == NULL ? NULL : g_bytes_new (body, strlen (body));
  HttpRequest request = { .method = method,
                          .url = url,
                          .bearer = bearer,
                          .headers = headers,
                          .content_type = type,
                          .body = bytes,
                          .retry = HTTP_RETRY_NEVER };
  HttpResponse *response = http_send (NULL, cloud->http, &request, &error);
  g_assert_no_error (error);
  return response;
}

static inline size_t
cloud_ignore (char *data, size_t size, size_t count, void *user_data)
{
  (void) data;
  (void) user_data;
  return size * count;
}

/* The status of a GET whose path goes out exactly as given: usual clients remove ".." before they send. */
static inline long
cloud_raw_get (Cloud *cloud, const char *name, const char *path, const char *bearer)
{
  g_autofree char *url = g_strconcat (sandbox_url (cloud->sandbox, name), path, NULL);
  g_autofree char *pem = g_strdup (sandbox_ca_pem (cloud->sandbox));
  struct curl_blob trust = { .data = pem, .len = strlen (pem), .flags = CURL_BLOB_COPY };
  struct curl_slist *headers = curl_slist_append (NULL, "x-ms-version: 2021-12-02");
  long status = 0;
  CURL *curl = curl_easy_init ();
  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt (curl, CURLOPT_CAINFO_BLOB, &trust);
  curl_easy_setopt (curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, cloud_ignore);
  if (bearer != NULL) {
    curl_easy_setopt (curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt (curl, CURLOPT_XOAUTH2_BEARER, bearer);
  }
  g_assert_cmpint (curl_easy_perform (curl), ==, CURLE_OK);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all (headers);
  curl_easy_cleanup (curl);
  return status;
}

static inline char *
cloud_text (const HttpResponse *response)
{
  return g_strndup (g_bytes_get_data (response->body, NULL), g_bytes_get_size (response->body));
}

/* A form post to the identity provider. */
static inline HttpResponse *
cloud_post (Cloud *cloud, const char *path, const char *form)
{
  return cloud_send (cloud, "POST", "identity", path, NULL, NULL, "application/x-www-form-urlencoded", form);
}

/* The same to the token endpoint; gives the JSON answer and, in STATUS, the code. */
static inline json_t *
cloud_grant (Cloud *cloud, const char *tenant, const char *form, guint *status)
{
  g_autofree char *path = g_strdup_printf ("/%s/oauth2/v2.0/token", tenant);
  g_autoptr (HttpResponse) response = cloud_post (cloud, path, form);
  g_autoptr (GError) error = NULL;
  json_t *answer = http_response_json (response, &error);
  g_assert_no_error (error);
  *status = response->status;
  return answer;
}

typedef struct {
  char *address, *password, *oid, *tid;
  char *management, *storage, *vault; /* access tokens, NULL before cloud_sign_in */
} Person;

static inline void
person_free (Person *person)
{
  g_free (person->address);
  g_free (person->password);
  g_free (person->oid);
  g_free (person->tid);
  g_free (person->management);
  g_free (person->storage);
  g_free (person->vault);
  g_free (person);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Person, person_free)

static inline Person *
cloud_person (Cloud *cloud, const char *address)
{
  g_autofree char *body = g_strdup_printf ("{\"address\":\"%s\"}", address);
  g_autoptr (HttpResponse) response = cloud_send (cloud, "POST", "identity", "/local/accounts", NULL, NULL,
                                                  "application/json", body);
  g_assert_cmpuint (response->status, ==, 201);
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  Person *person = g_new0 (Person, 1);
  person->address = g_strdup (cr_json_peek_string (answer, "address"));
  person->password = g_strdup (cr_json_peek_string (answer, "password"));
  person->oid = g_strdup (cr_json_peek_string (answer, "oid"));
  person->tid = g_strdup (cr_json_peek_string (answer, "tid"));
  return person;
}

/* Begin a device code flow; gives the first answer. */
static inline json_t *
cloud_device_start (Cloud *cloud, const char *scope)
{
  g_autofree char *encoded = cr_percent_encode (scope, NULL);
  g_autofree char *form = g_strdup_printf ("client_id=" CLOUD_CLIENT "&scope=%s", encoded);
  g_autoptr (HttpResponse) response = cloud_post (cloud, "/common/oauth2/v2.0/devicecode", form);
  g_assert_cmpuint (response->status, ==, 200);
  return http_response_json (response, NULL);
}

/* What the person does on the page; the status of the answer. */
static inline guint
cloud_device_page (Cloud *cloud, const json_t *code, const char *address, const char *password,
                   const char *action)
{
  g_autofree char *form = http_form ("user_code", cr_json_peek_string (code, "user_code"), "address", address,
                                     "password", password, "action", action, NULL);
  g_autoptr (HttpResponse) response = cloud_post (cloud, "/device", form);
  return response->status;
}

static inline json_t *
cloud_device_poll (Cloud *cloud, const json_t *code, guint *status)
{
  g_autofree char *form = http_form ("grant_type", "urn:ietf:params:oauth:grant-type:device_code",
                                     "client_id", CLOUD_CLIENT, "device_code",
                                     cr_json_peek_string (code, "device_code"), NULL);
  return cloud_grant (cloud, "common", form, status);
}

static inline json_t *
cloud_refresh (Cloud *cloud, const char *token, const char *scope, guint *status)
{
  g_autofree char *form = http_form ("grant_type", "refresh_token", "client_id", CLOUD_CLIENT,
                                     "refresh_token", token, "scope", scope, NULL);
  return cloud_grant (cloud, "common", form, status);
}

/* The whole sign-in: a token for the resource manager and one for storage. */
static inline void
cloud_sign_in (Cloud *cloud, Person *person)
{
  guint status = 0;
  g_autoptr (json_t) code = cloud_device_start (cloud, CLOUD_MANAGEMENT " openid offline_access");
  g_assert_cmpuint (cloud_device_page (cloud, code, person->address, person->password, "approve"), ==, 200);
  g_autoptr (json_t) first = cloud_device_poll (cloud, code, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) second = cloud_refresh (cloud, cr_json_peek_string (first, "refresh_token"),
                                             CLOUD_STORAGE, &status);
  g_assert_cmpuint (status, ==, 200);
  g_autoptr (json_t) third = cloud_refresh (cloud, cr_json_peek_string (second, "refresh_token"), CLOUD_VAULT,
                                            &status);
  g_assert_cmpuint (status, ==, 200);
  person->vault = g_strdup (cr_json_peek_string (third, "access_token"));
  person->management = g_strdup (cr_json_peek_string (first, "access_token"));
  person->storage = g_strdup (cr_json_peek_string (second, "access_token"));
}

static inline Person *
cloud_signed_in (Cloud *cloud, const char *address)
{
  Person *person = cloud_person (cloud, address);
  cloud_sign_in (cloud, person);
  return person;
}

/* A resource manager call; PATH with its query but without api-version. */
static inline HttpResponse *
cloud_arm (Cloud *cloud, const char *method, const char *path, const char *token, const char *body)
{
  g_autofree char *full = g_strconcat (path, strchr (path, '?') == NULL ? "?" : "&", "api-version=2023-05-01",
                                       NULL);
  return cloud_send (cloud, method, "management", full, token, NULL, "application/json", body);
}

/* The same, for its status and error code alone. CODE NULL = there must be none. */
static inline void
cloud_arm_expect (Cloud *cloud, const char *method, const char *path, const char *token, const char *body,
                  guint status, const char *code)
{
  g_test_message ("%s %s", method, path);
  g_autoptr (HttpResponse) response = cloud_arm (cloud, method, path, token, body);
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  const char *seen = cr_json_peek_string (json_object_get (answer, "error"), "code");
  g_assert_cmpstr (seen, ==, code);
  g_assert_cmpuint (response->status, ==, status);
}

static inline char *
cloud_subscription (Cloud *cloud, const char *token)
{
  g_autoptr (HttpResponse) response = cloud_arm (cloud, "GET", "/subscriptions", token, NULL);
  g_assert_cmpuint (response->status, ==, 200);
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  return g_strdup (
      cr_json_peek_string (json_array_get (json_object_get (answer, "value"), 0), "subscriptionId"));
}

#define CLOUD_ACCOUNT_BODY                                                                                   \
  "{\"location\":\"westus\",\"kind\":\"StorageV2\",\"sku\":{\"name\":\"Standard_LRS\"},"                     \
  "\"properties\":{\"allowSharedKeyAccess\":false}}"

static inline void
cloud_register (Cloud *cloud, const char *subscription, const char *token)
{
  static const char *const namespaces[] = { "Microsoft.Storage", "Microsoft.KeyVault",
                                            "Microsoft.ManagedIdentity" };
  for (guint i = 0; i < G_N_ELEMENTS (namespaces); i++) {
    g_autofree char *path = g_strdup_printf ("/subscriptions/%s/providers/%s/register", subscription,
                                             namespaces[i]);
    cloud_arm_expect (cloud, "POST", path, token, NULL, 200, NULL);
  }
}

/* A group with a storage account, both PERSON's; gives the account's resource id. */
static inline char *
cloud_account (Cloud *cloud, const Person *person, const char *group, const char *account)
{
  g_autofree char *subscription = cloud_subscription (cloud, person->management);
  cloud_register (cloud, subscription, person->management);
  g_autofree char *group_id = g_strdup_printf ("/subscriptions/%s/resourceGroups/%s", subscription, group);
  g_autoptr (HttpResponse) made = cloud_arm (cloud, "PUT", group_id, person->management,
                                             "{\"location\":\"westus\"}");
  g_assert_true (made->status == 201 || made->status == 200);
  char *id = g_strdup_printf ("%s/providers/Microsoft.Storage/storageAccounts/%s", group_id, account);
  cloud_arm_expect (cloud, "PUT", id, person->management, CLOUD_ACCOUNT_BODY, 202, NULL);
  return id;
}

/* Give PRINCIPAL the role on SCOPE; the assignment's resource id. */
static inline char *
cloud_role (Cloud *cloud, const char *token, const char *scope, const char *role, const char *principal)
{
  g_autofree char *guid = cr_uuid_new ();
  char *path = g_strdup_printf ("%s/providers/Microsoft.Authorization/roleAssignments/%s", scope, guid);
  g_autofree char *body = g_strdup_printf ("{\"properties\":{\"roleDefinitionId\":\"/subscriptions/x/"
                                           "providers/Microsoft.Authorization/roleDefinitions/%s\","
                                           "\"principalId\":\"%s\"}}",
                                           role, principal);
  cloud_arm_expect (cloud, "PUT", path, token, body, 201, NULL);
  return path;
}

/* A blob call with x-ms-version and up to two more headers. */
static inline HttpResponse *
cloud_blob (Cloud *cloud, const char *method, const char *path, const char *token, const char *name1,
            const char *value1, const char *body)
{
  const char *headers[] = {
    "x-ms-version", "2021-12-02", "x-ms-blob-type", "BlockBlob", name1, value1, NULL
  };
  return cloud_send (cloud, method, "blob", path, token, headers, body == NULL ? NULL : "text/plain", body);
}

static inline void
cloud_blob_expect (Cloud *cloud, const char *method, const char *path, const char *token, const char *name1,
                   const char *value1, const char *body, guint status, const char *code)
{
  g_test_message ("%s %s", method, path);
  g_autoptr (HttpResponse) response = cloud_blob (cloud, method, path, token, name1, value1, body);
  g_assert_cmpstr (http_response_header (response, "x-ms-error-code"), ==, code);
  g_assert_cmpuint (response->status, ==, status);
}

/* The error of a client's call: what the service answered. Clears it. */
static inline void
cloud_expect_refused (GError **error, guint status, const char *code)
{
  g_assert_cmpstr (cr_error_remote_code (*error), ==, code);
  g_assert_cmpuint (cr_error_http_status (*error), ==, status);
  g_clear_error (error);
}
