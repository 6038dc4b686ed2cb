/* SPDX-License-Identifier: MIT
 * The blob service: start, the table of operations, and what every call passes through.
 *
 * A call is checked in this order: path, token, x-ms-version, operation, customer key, account, role.
 */
#include "sandbox/arm-private.h"
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdarg.h>
#include <string.h>

#define MAX_BODY (128u * 1024 * 1024)

typedef enum { LEVEL_SERVICE, LEVEL_CONTAINER, LEVEL_BLOB } Level;
typedef enum { NEEDS_READ, NEEDS_WRITE, NEEDS_CONTROL_READ, NEEDS_CONTROL_WRITE } Needs;

static const struct {
  const char *method;
  Level level;
  const char *restype, *comp; /* "" = must be absent */
  Needs needs;
  void (*handler) (StorageCall *call);
  gboolean takes_key; /* a customer's key may come with it */
} operations[] = {
  { "GET", LEVEL_SERVICE, "service", "properties", NEEDS_CONTROL_READ, storage_service_get, FALSE },
  { "PUT", LEVEL_SERVICE, "service", "properties", NEEDS_CONTROL_WRITE, storage_service_put, FALSE },
  { "GET", LEVEL_SERVICE, "", "list", NEEDS_READ, storage_container_list, FALSE },
  { "PUT", LEVEL_CONTAINER, "container", "", NEEDS_WRITE, storage_container_put, FALSE },
  { "GET", LEVEL_CONTAINER, "container", "", NEEDS_READ, storage_container_get, FALSE },
  { "HEAD", LEVEL_CONTAINER, "container", "", NEEDS_READ, storage_container_get, FALSE },
  { "DELETE", LEVEL_CONTAINER, "container", "", NEEDS_WRITE, storage_container_delete, FALSE },
  { "GET", LEVEL_CONTAINER, "container", "list", NEEDS_READ, storage_blob_list, FALSE },
  { "PUT", LEVEL_BLOB, "", "", NEEDS_WRITE, storage_blob_put, TRUE },
  { "PUT", LEVEL_BLOB, "", "block", NEEDS_WRITE, storage_block_put, TRUE },
  { "PUT", LEVEL_BLOB, "", "blocklist", NEEDS_WRITE, storage_block_commit, TRUE },
  { "GET", LEVEL_BLOB, "", "blocklist", NEEDS_READ, storage_block_list, FALSE },
  { "GET", LEVEL_BLOB, "", "", NEEDS_READ, storage_blob_get, TRUE },
  { "HEAD", LEVEL_BLOB, "", "", NEEDS_READ, storage_blob_get, TRUE },
  { "DELETE", LEVEL_BLOB, "", "", NEEDS_WRITE, storage_blob_delete, FALSE },
};

void
storage_fail (StorageCall *call, guint status, const char *code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *now = cr_iso8601 (cr_now_ms ());
  const char *id = g_hash_table_lookup (call->response->headers, "x-ms-request-id");
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *message = g_strdup_printf ("%s\nRequestId:%s\nTime:%s", valid, id == NULL ? "" : id, now);
  g_autoptr (GString) xml = g_string_new ("<Error>");
  storage_xml_element (xml, "Code", code);
  storage_xml_element (xml, "Message", message);
  g_string_append (xml, "</Error>");
  storage_respond_xml (call, xml);
  call->response->status = status;
  sandbox_respond_header (call->response, "x-ms-error-code", code);
}

void
storage_broken (StorageCall *call, const GError *error)
{
  const char *reason = error != NULL ? error->message : "no reason is known";
  sandbox_log (call->sandbox, "blob: %s", reason);
  storage_fail (call, 500, "InternalError", "The server encountered an internal error: %s", reason);
}

const char *
storage_header (const StorageCall *call, const char *name)
{
  const char *value = sandbox_request_header (call->request, name);
  return value == NULL || *value == '\0' ? NULL : value;
}

/* Decoded and safe to keep as a name: UTF-8 that XML can hold, no segment that steps upwards. */
static gboolean
name_valid (const char *name)
{
  if (!g_utf8_validate (name, -1, NULL) || g_utf8_strlen (name, -1) > 1024)
    return FALSE;
  g_autofree gunichar *characters = g_utf8_to_ucs4_fast (name, -1, NULL);
  for (const gunichar *c = characters; *c != 0; c++)
    if (*c < 0x20 || *c == 0x7f || (*c & 0xfffe) == 0xfffe || *c == '\\')
      return FALSE;
  g_auto (GStrv) segments = g_strsplit (name, "/", -1);
  for (guint i = 0; segments[i] != NULL; i++)
    if (strcmp (segments[i], ".") == 0 || strcmp (segments[i], "..") == 0)
      return FALSE;
  return TRUE;
}

/* "/account/container/blob/with/slashes" decoded into at most three names; FALSE for anything odd. */
static gboolean
split_path (const char *path, char **account, char **container, char **blob)
{
  g_auto (GStrv) parts = g_strsplit (path + 1, "/", 3);
  guint count = g_strv_length (parts);
  *account = cr_percent_decode (count > 0 ? parts[0] : "", -1);
  *container = count > 1 && *parts[1] != '\0' ? cr_percent_decode (parts[1], -1) : NULL;
  *blob = count > 2 && *parts[2] != '\0' ? cr_percent_decode (parts[2], -1) : NULL;
  if ((*container == NULL && *blob != NULL)
      || strstr (path, "%00") != NULL) /* decoded it would end the name */
    return FALSE;
  return g_regex_match_simple ("^[a-z0-9]{3,24}$", *account, G_REGEX_DOLLAR_ENDONLY, 0)
         && (*container == NULL || (name_valid (*container) && strchr (*container, '/') == NULL))
         && (*blob == NULL || name_valid (*blob));
}

static void
not_signed_in (StorageCall *call, const char *code, const char *message)
{
  storage_fail (call, 401, code, "%s", message);
  g_autofree char *challenge = g_strdup_printf (
      "Bearer authorization_uri=%s/common/oauth2/authorize resource_id=https://storage.azure.com",
      sandbox_url (call->sandbox, "identity"));
  sandbox_respond_header (call->response, "WWW-Authenticate", challenge);
}

static gboolean
check_version (StorageCall *call)
{
  const char *version = storage_header (call, "x-ms-version");
  if (version == NULL)
    storage_fail (call, 400, "MissingRequiredHeader",
                  "An HTTP header that's mandatory for this request is not specified: x-ms-version.");
  else if (!g_regex_match_simple ("^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", version, G_REGEX_DOLLAR_ENDONLY, 0)
           || strcmp (version, "2017-11-09") < 0)
    storage_fail (call, 400, "InvalidHeaderValue",
                  "The value for one of the HTTP headers is not in the correct format: x-ms-version.");
  else {
    sandbox_respond_header (call->response, "x-ms-version", version);
    return TRUE;
  }
  return FALSE;
}

/* Data that a caller wants encrypted in a way that this service does not know must not be stored without. */
static gboolean
check_encryption (StorageCall *call, gboolean takes_key)
{
  static const char *const names[] = { "x-ms-encryption-scope", "x-ms-copy-source", "x-ms-encryption-key",
                                       "x-ms-encryption-key-sha256", "x-ms-encryption-algorithm" };
  for (guint i = 0; i < (takes_key ? 2 : G_N_ELEMENTS (names)); i++)
    if (sandbox_request_header (call->request, names[i]) != NULL) {
      storage_fail (
          call, 400, "UnsupportedHeader",
          "One of the HTTP headers specified in the request is not supported by this operation: %s. Nothing "
          "was stored or read.",
          names[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
allowed (StorageCall *call, const char *oid, Needs needs)
{
  static const char *const readers[] = { ARM_ROLE_BLOB_READER, ARM_ROLE_BLOB_CONTRIBUTOR, ARM_ROLE_BLOB_OWNER,
                                         NULL };
  static const char *const writers[] = { ARM_ROLE_BLOB_CONTRIBUTOR, ARM_ROLE_BLOB_OWNER, NULL };
  if (needs == NEEDS_CONTROL_READ || needs == NEEDS_CONTROL_WRITE)
    return manager_check_action (call->sandbox, oid, call->account_id,
                                 needs == NEEDS_CONTROL_READ ? ARM_READ : ARM_WRITE);
  g_autofree char *scope = call->container == NULL ? g_strdup (call->account_id)
                                                   : g_strdup_printf ("%s/blobServices/default/containers/%s",
                                                                      call->account_id, call->container);
  return arm_has_role (call->sandbox, oid, scope, needs == NEEDS_READ ? readers : writers);
}

/* The operation that method, level, restype and comp name; -1 after answering. */
static int
find_operation (StorageCall *call)
{
  Level level = call->blob != NULL ? LEVEL_BLOB : call->container != NULL ? LEVEL_CONTAINER : LEVEL_SERVICE;
  g_autofree char *restype = sandbox_request_query (call->request, "restype");
  g_autofree char *comp = sandbox_request_query (call->request, "comp");
  gboolean known = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (operations[i].level == level && strcmp (operations[i].restype, restype == NULL ? "" : restype) == 0
        && strcmp (operations[i].comp, comp == NULL ? "" : comp) == 0) {
      known = TRUE;
      if (strcmp (operations[i].method, call->request->method) == 0)
        return (int) i;
    }
  if (known)
    storage_fail (call, 405, "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.");
  else
    storage_fail (
        call, 400, "InvalidQueryParameterValue",
        "Value for one of the query parameters specified in the request URI is invalid: restype, comp.");
  return -1;
}

/* Token, version, operation, account, role; then the handler. */
static void
run_call (StorageCall *call, char **account_id, char **instance)
{
  const char *token = sandbox_request_bearer (call->request);
  if (token == NULL) {
    not_signed_in (call, "NoAuthenticationInformation",
                   "Server failed to authenticate the request. Please refer to the "
                   "information in the www-authenticate header.");
    return;
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = idp_check_token (call->sandbox, token, "https://storage.azure.com", &error);
  if (claims == NULL) {
    not_signed_in (
        call, "InvalidAuthenticationInfo",
        "Server failed to authenticate the request. Signature, lifetime or audience validation failed.");
    return;
  }
  if (!check_version (call))
    return;
  int operation = find_operation (call);
  if (operation < 0 || !check_encryption (call, operations[operation].takes_key)
      || !storage_key_take (call, operations[operation].needs == NEEDS_WRITE))
    return;
  if (!manager_storage_account (call->sandbox, call->account, account_id, instance)) {
    storage_fail (call, 404, "ResourceNotFound", "The specified account does not exist.");
    return;
  }
  call->account_id = *account_id;
  call->instance = *instance;
  if (allowed (call, cr_json_peek_string (claims, "oid"), operations[operation].needs))
    operations[operation].handler (call);
  else
    storage_fail (call, 403, "AuthorizationPermissionMismatch",
                  "This request is not authorized to perform this operation using this permission.");
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *account = NULL;
  g_autofree char *container = NULL;
  g_autofree char *blob = NULL;
  g_autofree char *account_id = NULL;
  g_autofree char *instance = NULL;
  g_autofree char *id = cr_uuid_new ();
  sandbox_respond_header (response, "x-ms-request-id", id);
  const char *client = sandbox_request_header (request, "x-ms-client-request-id");
  if (client != NULL && strlen (client) <= 1024)
    sandbox_respond_header (response, "x-ms-client-request-id", client);
  gboolean good = split_path (request->path, &account, &container, &blob);
  StorageCall call = {
    .sandbox = sandbox,
    .storage = sandbox_part (sandbox, "blob"),
    .request = request,
    .response = response,
    .account = account,
    .container = container,
    .blob = blob,
  };
  if (good)
    run_call (&call, &account_id, &instance);
  else
    storage_fail (&call, 400, "InvalidUri",
                  "The requested URI does not represent any resource on the server.");
  storage_key_forget (&call);
}

static void
storage_free (gpointer data)
{
  storage_close (data);
}

gboolean
blob_start (Sandbox *sandbox, GError **error)
{
  Storage *storage = storage_open (sandbox_folder (sandbox), error);
  if (storage == NULL)
    return FALSE;
  sandbox_set_part (sandbox, "blob", storage, storage_free);
  SandboxListenerOptions options = { .name = "blob", .fallback = answer, .max_body = MAX_BODY, .threads = 4 };
  return sandbox_listen (sandbox, &options, error) != NULL && web_start (sandbox, error);
}
