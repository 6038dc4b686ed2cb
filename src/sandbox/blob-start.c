/* SPDX-License-Identifier: MIT
 * The blob service: start, the table of operations, and what every call passes through.
 *
 * A call is checked in this order: path, caller, x-ms-version, operation, customer key, account, permission.
 */
#include "sandbox/arm-private.h"
#include "sandbox/blob-auth.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdarg.h>
#include <string.h>

#define MAX_BODY (16u * 1024 * 1024)                       /* of XML */
#define MAX_BLOB (G_GUINT64_CONSTANT (5000) * 1024 * 1024) /* of one request */

typedef enum { NEEDS_READ, NEEDS_WRITE, NEEDS_CONTROL_READ, NEEDS_CONTROL_WRITE } Needs;

static const struct {
  const char *method;
  StorageLevel level;
  const char *restype, *comp; /* "" = must be absent */
  Needs needs;
  const char *letters; /* permissions of a SAS, one of which it needs */
  void (*handler) (StorageCall *call);
  gboolean takes_key; /* a customer's key may come with it */
} operations[] = {
  { "GET", STORAGE_LEVEL_SERVICE, "service", "properties", NEEDS_CONTROL_READ, "r", storage_service_get,
    FALSE },
  { "PUT", STORAGE_LEVEL_SERVICE, "service", "properties", NEEDS_CONTROL_WRITE, "w", storage_service_put,
    FALSE },
  { "GET", STORAGE_LEVEL_SERVICE, "", "list", NEEDS_READ, "l", storage_container_list, FALSE },
  { "PUT", STORAGE_LEVEL_CONTAINER, "container", "", NEEDS_WRITE, "cw", storage_container_put, FALSE },
  { "GET", STORAGE_LEVEL_CONTAINER, "container", "", NEEDS_READ, "r", storage_container_get, FALSE },
  { "HEAD", STORAGE_LEVEL_CONTAINER, "container", "", NEEDS_READ, "r", storage_container_get, FALSE },
  { "DELETE", STORAGE_LEVEL_CONTAINER, "container", "", NEEDS_WRITE, "d", storage_container_delete, FALSE },
  { "GET", STORAGE_LEVEL_CONTAINER, "container", "list", NEEDS_READ, "l", storage_blob_list, FALSE },
  { "PUT", STORAGE_LEVEL_BLOB, "", "", NEEDS_WRITE, "cw", storage_blob_put, TRUE },
  { "PUT", STORAGE_LEVEL_BLOB, "", "metadata", NEEDS_WRITE, "w", storage_metadata_put, TRUE },
  { "GET", STORAGE_LEVEL_BLOB, "", "metadata", NEEDS_READ, "r", storage_metadata_get, TRUE },
  { "HEAD", STORAGE_LEVEL_BLOB, "", "metadata", NEEDS_READ, "r", storage_metadata_get, TRUE },
  { "PUT", STORAGE_LEVEL_BLOB, "", "properties", NEEDS_WRITE, "w", storage_properties_put, FALSE },
  { "PUT", STORAGE_LEVEL_BLOB, "", "block", NEEDS_WRITE, "cw", storage_block_put, TRUE },
  { "PUT", STORAGE_LEVEL_BLOB, "", "blocklist", NEEDS_WRITE, "cw", storage_block_commit, TRUE },
  { "GET", STORAGE_LEVEL_BLOB, "", "blocklist", NEEDS_READ, "r", storage_block_list, FALSE },
  { "GET", STORAGE_LEVEL_BLOB, "", "", NEEDS_READ, "r", storage_blob_get, TRUE },
  { "HEAD", STORAGE_LEVEL_BLOB, "", "", NEEDS_READ, "r", storage_blob_get, TRUE },
  { "DELETE", STORAGE_LEVEL_BLOB, "", "", NEEDS_WRITE, "d", storage_blob_delete, FALSE },
};

void
storage_fail_with (StorageCall *call, guint status, const char *code, const char *element, const char *detail,
                   const char *message)
{
  g_autofree char *now = cr_iso8601 (cr_now_ms ());
  const char *id = g_hash_table_lookup (call->response->headers, "x-ms-request-id");
  g_autofree char *valid = g_utf8_make_valid (message, -1);
  g_autofree char *text = g_strdup_printf ("%s\nRequestId:%s\nTime:%s", valid, id == NULL ? "" : id, now);
  g_autoptr (GString) xml = g_string_new ("<Error>");
  storage_xml_element (xml, "Code", code);
  storage_xml_element (xml, "Message", text);
  if (detail != NULL)
    storage_xml_element (xml, element, detail);
  g_string_append (xml, "</Error>");
  storage_respond_xml (call, xml);
  call->response->status = status;
  sandbox_respond_header (call->response, "x-ms-error-code", code);
}

void
storage_fail (StorageCall *call, guint status, const char *code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  storage_fail_with (call, status, code, NULL, NULL, text);
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

/* "/account/container/blob/with/slashes" decoded into at most three names; without the account where *ACCOUNT
 * is given already. FALSE for anything odd. */
static gboolean
split_path (const char *path, char **account, char **container, char **blob)
{
  guint first = *account == NULL ? 1 : 0;
  g_auto (GStrv) parts = g_strsplit (path + 1, "/", 2 + (int) first);
  guint count = g_strv_length (parts);
  if (first > 0)
    *account = cr_percent_decode (count > 0 ? parts[0] : "", -1);
  *container = count > first && *parts[first] != '\0' ? cr_percent_decode (parts[first], -1) : NULL;
  *blob = count > first + 1 && *parts[first + 1] != '\0' ? cr_percent_decode (parts[first + 1], -1) : NULL;
  if ((*container == NULL && *blob != NULL)
      || strstr (path, "%00") != NULL) /* decoded it would end the name */
    return FALSE;
  return manager_account_name_valid (*account)
         && (*container == NULL || (name_valid (*container) && strchr (*container, '/') == NULL))
         && (*blob == NULL || name_valid (*blob));
}

gboolean
storage_version_valid (const char *version)
{
  static const char pattern[] = "20dd-dd-dd";
  for (gsize i = 0; i < sizeof pattern; i++) /* its end is compared as well */
    if (pattern[i] == 'd' ? !g_ascii_isdigit (version[i]) : version[i] != pattern[i])
      return FALSE;
  return version[5] <= '1' && version[8] <= '3';
}

/* VERSION is that of a SAS, for a request that names none itself. */
static gboolean
check_version (StorageCall *call, const char *sas_version)
{
  const char *version = storage_header (call, "x-ms-version");
  if (version == NULL)
    version = sas_version;
  if (version == NULL)
    storage_fail (call, 400, "MissingRequiredHeader",
                  "An HTTP header that's mandatory for this request is not specified: x-ms-version.");
  else if (!storage_version_valid (version) || strcmp (version, "2017-11-09") < 0)
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

/* Do the roles of OID on the account or the container cover NEEDS? */
static gboolean
has_role (StorageCall *call, const char *oid, Needs needs)
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
  StorageLevel level = call->blob != NULL        ? STORAGE_LEVEL_BLOB
                       : call->container != NULL ? STORAGE_LEVEL_CONTAINER
                                                 : STORAGE_LEVEL_SERVICE;
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

/* FALSE after answering 403. */
static gboolean
allowed (StorageCall *call, const StorageCaller *caller, int operation)
{
  if (caller->has_sas)
    return storage_sas_allows (call, &caller->sas, operations[operation].level,
                               operations[operation].letters);
  if (caller->key || has_role (call, caller->oid, operations[operation].needs))
    return TRUE;
  storage_fail (call, 403, "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.");
  return FALSE;
}

/* Caller, version, operation, account, permission; then the handler. */
static void
run_call (StorageCall *call, char **account_id, char **instance)
{
  g_auto (StorageCaller) caller = { 0 };
  if (!storage_authenticate (call, &caller) || !check_version (call, caller.sas.version))
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
  if (!allowed (call, &caller, operation))
    return;
  operations[operation].handler (call);
  if (caller.has_sas && call->response->status < 300)
    storage_sas_respond (call);
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *account = sandbox_request_host_part (request, SANDBOX_BLOB_DOMAIN);
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

/* Blobs and blocks go to the disk while they arrive, encrypted with the customer's key that comes with
 * them. A request that will be refused for its key keeps its body away from the disk. */
static SandboxSink *
receive (Sandbox *sandbox, const SandboxRequest *head)
{
  g_autofree char *account = sandbox_request_host_part (head, SANDBOX_BLOB_DOMAIN);
  g_autofree char *container = NULL, *blob = NULL;
  g_autofree char *comp = sandbox_request_query (head, "comp");
  gboolean block = g_strcmp0 (comp, "block") == 0;
  if (strcmp (head->method, "PUT") != 0 || (!block && comp != NULL && *comp != '\0')
      || !split_path (head->path, &account, &container, &blob) || blob == NULL)
    return NULL;
  g_autoptr (SandboxResponse) unsent = sandbox_response_new ();
  StorageCall call = { .sandbox = sandbox, .request = head, .response = unsent };
  StorageUpload *upload = NULL;
  if (storage_key_take (&call, TRUE)) {
    const Storage *storage = sandbox_part (sandbox, "blob");
    const char *length = storage_header (&call, "content-length");
    /* A blob keeps its MD5; the one of a block is of no use to anybody but its sender, who is told the CRC64
     * where he sent no MD5. */
    gboolean md5 = storage_header (&call, "content-md5") != NULL;
    StorageSums sums =
        (!block || md5 ? STORAGE_SUM_MD5 : 0)
        | ((block && !md5) || storage_header (&call, "x-ms-content-crc64") != NULL ? STORAGE_SUM_CRC64 : 0);
    upload = storage_upload_new (storage->folder, sums, call.key,
                                 length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0);
  }
  storage_key_forget (&call);
  return upload != NULL ? storage_upload_sink (upload) : NULL;
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
  SandboxListenerOptions options = { .name = "blob",
                                     .fallback = answer,
                                     .max_body = MAX_BODY,
                                     .sink = receive,
                                     .max_sink = MAX_BLOB,
                                     .threads = 4 };
  return sandbox_listen (sandbox, &options, error) != NULL && web_start (sandbox, error);
}
