/* SPDX-License-Identifier: MIT
 * Who may call the sandbox's blob service without a token: Shared Key, service and account SAS, what each is
 * refused; what is kept beside the content of a blob.
 */
#include "cloud-harness.h"

#include "base/error.h"
#include "cloud/blob.h"
#include "cloud/sign-private.h"
#include "sandbox/arm-private.h"

typedef struct {
  Cloud *cloud;
  Person *alice;
  char *url; /* of the account */
  char *key; /* base64 */
  GBytes *key_bytes;
  BlobClient *client; /* with the account key */
} Fixture;

static char *
first_key (Fixture *f, const char *account)
{
  g_autofree char *path = g_strconcat (account, "/listKeys", NULL);
  g_autoptr (HttpResponse) response = cloud_arm (f->cloud, "POST", path, f->alice->management, NULL);
  g_assert_cmpuint (response->status, ==, 200);
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  return g_strdup (cr_json_peek_string (json_array_get (json_object_get (answer, "keys"), 0), "value"));
}

static Fixture *
fixture_new (gboolean keys)
{
  Fixture *f = g_new0 (Fixture, 1);
  f->cloud = cloud_open (NULL, NULL);
  f->alice = cloud_signed_in (f->cloud, "alice@northwind.example");
  g_autofree char *account = cloud_account (f->cloud, f->alice, "alice-rg", "datasa1");
  if (keys)
    cloud_arm_expect (f->cloud, "PATCH", account, f->alice->management,
                      "{\"properties\":{\"allowSharedKeyAccess\":true}}", 200, NULL);
  f->url = g_strdup_printf ("%s/datasa1", sandbox_url (f->cloud->sandbox, "blob"));
  f->key = first_key (f, account);
  f->key_bytes = cr_base64_decode (f->key, "key", NULL);
  f->client = blob_client_new (f->cloud->http, f->url, NULL, NULL);
  blob_client_set_account_key (f->client, "datasa1", f->key_bytes);
  return f;
}

static void
fixture_free (Fixture *f)
{
  blob_client_free (f->client);
  cloud_close (f->cloud);
  person_free (f->alice);
  g_bytes_unref (f->key_bytes);
  g_free (f->url);
  g_free (f->key);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static gboolean
put (BlobClient *client, const char *name, const char *text, GError **error)
{
  g_autoptr (GBytes) data = g_bytes_new (text, strlen (text));
  return blob_put (client, NULL, "data", name, data, NULL, error);
}

static void
test_shared_key (void)
{
  g_autoptr (Fixture) f = fixture_new (TRUE);
  g_autoptr (GError) error = NULL;
  g_assert_true (blob_container_create (f->client, NULL, "data", &error));
  g_assert_no_error (error);
  static const char *const names[] = { "a", "with space", "100%25", "a#b?c&d=e+f", "日本/☃", "it's (1)!*" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_true (put (f->client, names[i], names[i], &error));
    g_assert_no_error (error);
    g_autoptr (GBytes) back = blob_get (f->client, NULL, "data", names[i], 100, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), names[i], strlen (names[i]));
  }
  g_autoptr (GPtrArray) all = blob_list (f->client, NULL, "data", "a", &error);
  g_assert_cmpuint (all->len, ==, 2);
  g_autoptr (GBytes) other = g_bytes_new_static ("another key, 16", 15);
  blob_client_set_account_key (f->client, "datasa1", other);
  g_assert_null (blob_list (f->client, NULL, "data", NULL, &error));
  cloud_expect_refused (&error, 403, "AuthenticationFailed");
  blob_client_set_account_key (f->client, "other", f->key_bytes);
  g_assert_null (blob_list (f->client, NULL, "data", NULL, &error));
  cloud_expect_refused (&error, 403, "AuthenticationFailed");
}

static void
test_keys_off (void)
{
  g_autoptr (Fixture) f = fixture_new (FALSE);
  g_autoptr (GError) error = NULL;
  g_assert_false (blob_container_create (f->client, NULL, "data", &error));
  cloud_expect_refused (&error, 403, "KeyBasedAuthenticationNotPermitted");
  g_autofree char *url = g_strdup_printf ("%s/nobodysa", sandbox_url (f->cloud->sandbox, "blob"));
  g_autoptr (BlobClient) stranger = blob_client_new (f->cloud->http, url, NULL, NULL);
  blob_client_set_account_key (stranger, "nobodysa", f->key_bytes);
  g_assert_false (blob_container_create (stranger, NULL, "data", &error));
  cloud_expect_refused (&error, 404, "ResourceNotFound");
}

/* A raw call whose parts can be wrong. */
static void
test_forms (void)
{
  g_autoptr (Fixture) f = fixture_new (TRUE);
  static const struct {
    const char *authorization, *date, *code;
  } wrong[] = {
    { "SharedKey datasa1:AAAA", "Thu, 01 Jan 2015 00:00:00 GMT", "AuthenticationFailed" },
    { "SharedKey datasa1:AAAA", "yesterday", "AuthenticationFailed" },
    { "SharedKey datasa1:AAAA", NULL, "AuthenticationFailed" },
    { "SharedKeyLite datasa1:AAAA", NULL, "AuthenticationFailed" },
    { "Basic eDp5", NULL, "AuthenticationFailed" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    const char *headers[] = { "x-ms-version",
                              "2021-12-02",
                              "Authorization",
                              wrong[i].authorization,
                              wrong[i].date != NULL ? "x-ms-date" : NULL,
                              wrong[i].date,
                              NULL };
    g_autoptr (HttpResponse) response = cloud_send (
        f->cloud, "GET", "blob", "/datasa1/data?restype=container&comp=list", NULL, headers, NULL, NULL);
    g_assert_cmpuint (response->status, ==, 403);
    g_assert_cmpstr (http_response_header (response, "x-ms-error-code"), ==, wrong[i].code);
  }
}

/* --- SAS --- */

typedef struct {
  const char *sp, *st, *se, *sip, *spr, *sr, *ss, *srt;
  const char *resource; /* service SAS: "/blob/datasa1/data" */
  const char *more;     /* appended to the query */
} Sas;

static const char *
text_of (const char *text)
{
  return text != NULL ? text : "";
}

static void
add (GString *query, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *encoded = cr_percent_encode (value, NULL);
  g_string_append_printf (query, "&%s=%s", name, encoded);
}

/* The query, signed as the documents say. Gives. */
static char *
sas_query (Fixture *f, const Sas *sas)
{
  g_autofree char *text = sas->srt != NULL
                              ? g_strdup_printf ("datasa1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n2021-06-08\n\n",
                                                 sas->sp, sas->ss, sas->srt, text_of (sas->st), sas->se,
                                                 text_of (sas->sip), text_of (sas->spr))
                              : g_strdup_printf ("%s\n%s\n%s\n%s\n\n%s\n%s\n2021-06-08\n%s\n\n\n\n\n\n\n",
                                                 sas->sp, text_of (sas->st), sas->se, sas->resource,
                                                 text_of (sas->sip), text_of (sas->spr), sas->sr);
  guint8 mac[32];
  cloud_hmac_sha256 (g_bytes_get_data (f->key_bytes, NULL), g_bytes_get_size (f->key_bytes), text,
                     strlen (text), mac);
  g_autofree char *signature = cr_base64 (mac, sizeof mac);
  GString *query = g_string_new ("sv=2021-06-08");
  add (query, "sp", sas->sp);
  add (query, "st", sas->st);
  add (query, "se", sas->se);
  add (query, "sip", sas->sip);
  add (query, "spr", sas->spr);
  add (query, "sr", sas->sr);
  add (query, "ss", sas->ss);
  add (query, "srt", sas->srt);
  add (query, "sig", signature);
  g_string_append (query, text_of (sas->more));
  return g_string_free (query, FALSE);
}

/* METHOD on PATH (with its query) with SAS: status and code. */
static void
try_sas (Fixture *f, const Sas *sas, const char *method, const char *path, guint status, const char *code)
{
  g_autofree char *query = sas_query (f, sas);
  g_autofree char *full = g_strdup_printf ("%s%s%s", path, strchr (path, '?') != NULL ? "&" : "?", query);
  g_test_message ("%s %s sp=%s", method, path, sas->sp);
  gboolean writes = strcmp (method, "PUT") == 0;
  cloud_blob_expect (f->cloud, method, full, NULL, NULL, NULL, writes ? "x" : NULL, status, code);
}

#define LATER "2099-01-01T00:00:00Z"
#define LIST "/datasa1/data?restype=container&comp=list"
#define MISMATCH "AuthorizationPermissionMismatch"

static void
test_sas (void)
{
  g_autoptr (Fixture) f = fixture_new (TRUE);
  g_autoptr (GError) error = NULL;
  g_assert_true (blob_container_create (f->client, NULL, "data", &error));
  g_assert_true (put (f->client, "a", "1", &error));
  const Sas container = { .sp = "rl", .se = LATER, .sr = "c", .resource = "/blob/datasa1/data" };
  try_sas (f, &container, "GET", "/datasa1/data/a", 200, NULL);
  try_sas (f, &container, "HEAD", "/datasa1/data/a", 200, NULL);
  try_sas (f, &container, "GET", LIST, 200, NULL);
  try_sas (f, &container, "PUT", "/datasa1/data/b", 403, MISMATCH);
  try_sas (f, &container, "DELETE", "/datasa1/data/a", 403, MISMATCH);
  try_sas (f, &container, "GET", "/datasa1/other/a", 403, "AuthenticationFailed");
  try_sas (f, &container, "DELETE", "/datasa1/data?restype=container", 403, MISMATCH);
  try_sas (f, &container, "GET", "/datasa1/?comp=list", 403, "AuthenticationFailed");
  const Sas blob = { .sp = "r", .se = LATER, .sr = "b", .resource = "/blob/datasa1/data/a" };
  try_sas (f, &blob, "GET", "/datasa1/data/a", 200, NULL);
  try_sas (f, &blob, "GET", "/datasa1/data/b", 403, "AuthenticationFailed");
  try_sas (f, &blob, "GET", LIST, 403, "AuthenticationFailed");
  const Sas create = { .sp = "c", .se = LATER, .sr = "c", .resource = "/blob/datasa1/data" };
  try_sas (f, &create, "PUT", "/datasa1/data/new", 201, NULL);
  try_sas (f, &create, "PUT", "/datasa1/data/new", 403, "UnauthorizedBlobOverwrite");
  const Sas account = { .sp = "rwl", .se = LATER, .ss = "b", .srt = "o" };
  try_sas (f, &account, "PUT", "/datasa1/data/new", 201, NULL);
  try_sas (f, &account, "GET", LIST, 403, "AuthorizationResourceTypeMismatch");
  const Sas whole = { .sp = "rwdlc", .se = LATER, .ss = "bf", .srt = "sco" };
  try_sas (f, &whole, "GET", "/datasa1/?comp=list", 200, NULL);
  try_sas (f, &whole, "PUT", "/datasa1/more?restype=container", 201, NULL);
  try_sas (f, &whole, "DELETE", "/datasa1/more?restype=container", 202, NULL);
  const Sas file = { .sp = "r", .se = LATER, .ss = "f", .srt = "o" };
  try_sas (f, &file, "GET", "/datasa1/data/a", 403, "AuthorizationServiceMismatch");
}

/* Time, place and protocol; what was changed after it was signed; forms that are not known. */
static void
test_sas_limits (void)
{
  g_autoptr (Fixture) f = fixture_new (TRUE);
  g_assert_true (blob_container_create (f->client, NULL, "data", NULL));
  g_assert_true (put (f->client, "a", "1", NULL));
  static const char failed[] = "AuthenticationFailed";
  static const struct {
    const char *st, *se, *sip, *spr, *more;
    guint status;
    const char *code;
  } cases[] = {
    { "2020-01-01", "2099-01-01", "127.0.0.0-127.0.0.9", "https,http", NULL, 200, NULL },
    { "2020-01-01T00:00Z", LATER, "127.0.0.1", "https", NULL, 200, NULL },
    { NULL, "2020-01-01", NULL, NULL, NULL, 403, failed },
    { "2098-01-01", LATER, NULL, NULL, NULL, 403, failed },
    { NULL, "tomorrow", NULL, NULL, NULL, 403, failed },
    { NULL, "", NULL, NULL, NULL, 403, failed },
    { NULL, LATER, "10.0.0.1-10.0.0.9", NULL, NULL, 403, "AuthorizationSourceIPMismatch" },
    { NULL, LATER, NULL, "http", NULL, 403, failed },
    { NULL, LATER, NULL, NULL, "&si=policy", 403, failed },
    { NULL, LATER, NULL, NULL, "&skoid=x", 403, failed },
    { NULL, LATER, NULL, NULL, "&rsct=text/x", 403, failed },
    { NULL, LATER, NULL, NULL, "&other=1", 200, NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Sas sas = { .sp = "r",
                      .st = cases[i].st,
                      .se = cases[i].se,
                      .sip = cases[i].sip,
                      .spr = cases[i].spr,
                      .sr = "c",
                      .resource = "/blob/datasa1/data",
                      .more = cases[i].more };
    try_sas (f, &sas, "GET", "/datasa1/data/a", cases[i].status, cases[i].code);
  }
}

/* --- beside the content --- */

static void
test_properties (void)
{
  g_autoptr (Fixture) f = fixture_new (TRUE);
  g_assert_true (blob_container_create (f->client, NULL, "data", NULL));
  g_assert_true (put (f->client, "a", "1", NULL));
  const Sas sas = { .sp = "rw", .se = LATER, .ss = "b", .srt = "o" };
  g_autofree char *query = sas_query (f, &sas);
  g_autofree char *metadata = g_strdup_printf ("/datasa1/data/a?comp=metadata&%s", query);
  g_autofree char *properties = g_strdup_printf ("/datasa1/data/a?comp=properties&%s", query);
  g_autofree char *blob = g_strdup_printf ("/datasa1/data/a?%s", query);
  cloud_blob_expect (f->cloud, "PUT", metadata, NULL, "x-ms-meta-mtime", "2001", NULL, 200, NULL);
  cloud_blob_expect (f->cloud, "PUT", properties, NULL, "x-ms-blob-content-type", "text/x", NULL, 200, NULL);
  g_autoptr (HttpResponse) head = cloud_blob (f->cloud, "HEAD", blob, NULL, NULL, NULL, NULL);
  g_assert_cmpstr (http_response_header (head, "x-ms-meta-mtime"), ==, "2001");
  g_assert_cmpstr (http_response_header (head, "content-type"), ==, "text/x");
  g_assert_null (http_response_header (head, "content-md5"));
  g_autoptr (HttpResponse) read = cloud_blob (f->cloud, "GET", metadata, NULL, NULL, NULL, NULL);
  g_assert_cmpstr (http_response_header (read, "x-ms-meta-mtime"), ==, "2001");
  cloud_blob_expect (f->cloud, "PUT", metadata, NULL, "if-match", "\"0x1\"", NULL, 412, "ConditionNotMet");
  cloud_blob_expect (f->cloud, "PUT", metadata, NULL, "x-ms-meta-1", "x", NULL, 400, "InvalidMetadata");
  g_autofree char *absent = g_strdup_printf ("/datasa1/data/b?comp=metadata&%s", query);
  cloud_blob_expect (f->cloud, "PUT", absent, NULL, NULL, NULL, NULL, 404, "BlobNotFound");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/blob-auth/shared-key", test_shared_key);
  g_test_add_func ("/blob-auth/keys-off", test_keys_off);
  g_test_add_func ("/blob-auth/forms", test_forms);
  g_test_add_func ("/blob-auth/sas", test_sas);
  g_test_add_func ("/blob-auth/sas-limits", test_sas_limits);
  g_test_add_func ("/blob-auth/properties", test_properties);
  return g_test_run ();
}
