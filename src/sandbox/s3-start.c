/* SPDX-License-Identifier: MIT
 * The S3 service: start, the table of operations, and what every call passes through.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_BODY (128u * 1024 * 1024)
#define MAX_OBJECT (G_GUINT64_CONSTANT (5) * 1024 * 1024 * 1024) /* of one request */

static const char *const migrations[] = {
  "CREATE TABLE users (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, secret TEXT NOT NULL);"
  "CREATE TABLE buckets (name TEXT PRIMARY KEY, owner TEXT NOT NULL, created_ms INTEGER NOT NULL);"
  "CREATE TABLE objects (bucket TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, length INTEGER NOT NULL,"
  " etag TEXT NOT NULL, modified_ms INTEGER NOT NULL, type TEXT, PRIMARY KEY (bucket, key)) WITHOUT ROWID;"
  "CREATE TABLE uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, type TEXT,"
  " created_ms INTEGER NOT NULL);"
  "CREATE TABLE parts (upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, length INTEGER NOT NULL,"
  " etag TEXT NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;",
  /* Objects that were uploaded in parts stay in parts; the file of such an object is "". */
  "CREATE TABLE pieces (bucket TEXT NOT NULL, key TEXT NOT NULL, start INTEGER NOT NULL, file TEXT NOT NULL,"
  " length INTEGER NOT NULL, PRIMARY KEY (bucket, key, start)) WITHOUT ROWID;",
  "ALTER TABLE objects ADD COLUMN meta TEXT; ALTER TABLE uploads ADD COLUMN meta TEXT;"
  "ALTER TABLE objects ADD COLUMN crc64 INTEGER; ALTER TABLE parts ADD COLUMN crc64 INTEGER;",
  "ALTER TABLE buckets ADD COLUMN region TEXT NOT NULL DEFAULT '" S3_SERVER_REGION "';",
  /* Of the checksums that the parts of an upload have: "crc64nvme", "FULL_OBJECT"; NULL = none. */
  "ALTER TABLE uploads ADD COLUMN algorithm TEXT; ALTER TABLE uploads ADD COLUMN sum_type TEXT;",
  NULL,
};

typedef enum { LEVEL_SERVICE, LEVEL_BUCKET, LEVEL_OBJECT } Level;

/* First match wins; QUERY is a parameter that must be there, NULL = any. */
static const struct {
  const char *method;
  Level level;
  const char *query;
  void (*handler) (S3ServerCall *call);
} operations[] = {
  { "GET", LEVEL_SERVICE, NULL, s3_server_bucket_list },
  { "GET", LEVEL_BUCKET, "location", s3_server_bucket_location },
  { "GET", LEVEL_BUCKET, "versioning", s3_server_bucket_versioning },
  { "GET", LEVEL_BUCKET, "uploads", s3_server_upload_list },
  { "POST", LEVEL_BUCKET, "delete", s3_server_delete_many },
  { "GET", LEVEL_BUCKET, NULL, s3_server_object_list },
  { "HEAD", LEVEL_BUCKET, NULL, s3_server_bucket_head },
  { "PUT", LEVEL_BUCKET, NULL, s3_server_bucket_put },
  { "DELETE", LEVEL_BUCKET, NULL, s3_server_bucket_delete },
  { "POST", LEVEL_OBJECT, "uploads", s3_server_upload_start },
  { "POST", LEVEL_OBJECT, "uploadId", s3_server_upload_complete },
  { "PUT", LEVEL_OBJECT, "uploadId", s3_server_upload_part },
  { "GET", LEVEL_OBJECT, "uploadId", s3_server_part_list },
  { "GET", LEVEL_OBJECT, "tagging", s3_server_object_tagging },
  { "DELETE", LEVEL_OBJECT, "uploadId", s3_server_upload_abort },
  { "PUT", LEVEL_OBJECT, NULL, s3_server_object_put },
  { "GET", LEVEL_OBJECT, NULL, s3_server_object_get },
  { "HEAD", LEVEL_OBJECT, NULL, s3_server_object_get },
  { "DELETE", LEVEL_OBJECT, NULL, s3_server_object_delete },
};

void
s3_server_respond_xml (S3ServerCall *call, guint status, GString *xml)
{
  g_autofree char *text = g_strconcat ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", xml->str, NULL);
  sandbox_respond_text (call->response, status, "application/xml", text);
  g_string_free (xml, TRUE);
}

void
s3_server_fail (S3ServerCall *call, guint status, const char *code, const char *message)
{
  const char *id = g_hash_table_lookup (call->response->headers, "x-amz-request-id");
  g_autofree char *resource = g_utf8_make_valid (call->request->path, -1);
  GString *xml = g_string_new ("<Error>");
  storage_xml_element (xml, "Code", code);
  storage_xml_element (xml, "Message", message);
  storage_xml_element (xml, "Resource", resource);
  storage_xml_element (xml, "RequestId", id);
  g_string_append (xml, "</Error>");
  s3_server_respond_xml (call, status, xml);
}

void
s3_server_broken (S3ServerCall *call, const GError *error)
{
  const char *reason = error != NULL ? error->message : "no reason is known";
  sandbox_log (call->sandbox, "s3: %s", reason);
  g_autofree char *message = g_strdup_printf ("We encountered an internal error. Please try again. %s",
                                              reason);
  s3_server_fail (call, 500, "InternalError", message);
}

gboolean
s3_server_has_query (const S3ServerCall *call, const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (call->request->query, "&", -1);
  gsize length = strlen (name);
  for (guint i = 0; pairs[i] != NULL; i++)
    if (strncmp (pairs[i], name, length) == 0 && (pairs[i][length] == '=' || pairs[i][length] == '\0'))
      return TRUE;
  return FALSE;
}

/* Parts of buckets and objects that the real service has and this one does not: they must not be taken
 * for the bucket or the object itself. */
static const char *const unknown[] = {
  "accelerate",
  "acl",
  "analytics",
  "attributes",
  "cors",
  "encryption",
  "inventory",
  "legal-hold",
  "lifecycle",
  "logging",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "tagging",
  "torrent",
  "versionId",
  "versions",
  "website",
};

static void
dispatch (S3ServerCall *call)
{
  Level level = call->key != NULL ? LEVEL_OBJECT : call->bucket != NULL ? LEVEL_BUCKET : LEVEL_SERVICE;
  gboolean other = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    other = other || s3_server_has_query (call, unknown[i]);
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (operations[i].level == level && strcmp (operations[i].method, call->request->method) == 0
        && (operations[i].query == NULL ? !other : s3_server_has_query (call, operations[i].query))) {
      operations[i].handler (call);
      return;
    }
  if (other)
    s3_server_fail (call, 501, "NotImplemented",
                    "A header or query you provided implies functionality that is not implemented.");
  else
    s3_server_fail (call, 405, "MethodNotAllowed",
                    "The specified method is not allowed against this resource.");
}

/* "/bucket/key/with/slashes" decoded, or "/key/with/slashes" where the host gave the *BUCKET already; FALSE
 * for what cannot be a name. */
static gboolean
split_path (const char *path, char **bucket, char **key)
{
  const char *rest = path + 1;
  if (*bucket == NULL) {
    gsize length = strcspn (rest, "/");
    *bucket = length > 0 ? cr_percent_decode (rest, (gssize) length) : NULL;
    rest += length + (rest[length] == '/');
  }
  *key = *rest != '\0' ? cr_percent_decode (rest, -1) : NULL;
  return strstr (path, "%00") == NULL && (*bucket != NULL || *key == NULL)
         && (*key == NULL || (g_utf8_validate (*key, -1, NULL) && strlen (*key) <= 1024));
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  if (strcmp (request->path, "/local/users") == 0 && strcmp (request->method, "POST") == 0) {
    s3_server_user_post (sandbox, request, response);
    return;
  }
  g_autofree char *id = cr_random_hex (16);
  g_autofree char *bucket = sandbox_request_host_part (request, SANDBOX_S3_DOMAIN), *key = NULL;
  sandbox_respond_header (response, "x-amz-request-id", id);
  gboolean good = split_path (request->path, &bucket, &key);
  S3ServerCall call = {
    .sandbox = sandbox,
    .server = sandbox_part (sandbox, "s3"),
    .request = request,
    .response = response,
    .bucket = bucket,
    .key = key,
  };
  if (!good) {
    s3_server_fail (&call, 400, "InvalidURI", "Couldn't parse the specified URI.");
    return;
  }
  g_autofree char *user = s3_server_authenticate (&call);
  call.user = user;
  if (user != NULL)
    dispatch (&call);
  storage_upload_free (call.decoded);
  g_clear_pointer (&call.plain, g_bytes_unref);
  g_free (call.type);
  g_free (call.meta);
  g_free (call.region);
  g_free (call.algorithm);
  g_free (call.sums);
}

/* Files that no row names: leftovers of calls that were killed. */
static void
remove_orphans (S3Server *server)
{
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sqlite3_stmt *statement = cr_db_query (server->db, NULL,
                                         "SELECT file FROM objects UNION ALL SELECT file FROM parts"
                                         " UNION ALL SELECT file FROM pieces",
                                         "");
  if (statement == NULL)
    return;
  while (cr_db_step (server->db, statement, NULL))
    g_hash_table_add (used, cr_db_text (statement, 0));
  g_autoptr (GDir) folder = g_dir_open (server->files.folder, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (!g_hash_table_contains (used, name)) {
      g_autofree char *path = g_build_filename (server->files.folder, name, NULL);
      g_unlink (path);
    }
}

static void
server_free (gpointer data)
{
  S3Server *server = data;
  cr_db_close (server->db);
  storage_files_clear (&server->files);
  g_free (server);
}

/* Objects and parts go to the disk while they arrive; a checksum that is not computed of everything anyway
 * needs the whole body. */
static SandboxSink *
receive (Sandbox *sandbox, const SandboxRequest *head)
{
  const S3Server *server = sandbox_part (sandbox, "s3");
  g_autofree char *bucket = sandbox_request_host_part (head, SANDBOX_S3_DOMAIN), *key = NULL;
  const char *payload = sandbox_request_header (head, "x-amz-content-sha256");
  const char *length = sandbox_request_header (head, "content-length");
  if (strcmp (head->method, "PUT") != 0 || !split_path (head->path, &bucket, &key) || key == NULL
      || (payload != NULL && g_str_has_prefix (payload, "STREAMING-")) || s3_server_has_other_sums (head)
      || sandbox_request_header (head, "x-amz-copy-source") != NULL)
    return NULL;
  gboolean summed = payload != NULL && strlen (payload) == 64;
  StorageUpload *upload = storage_upload_new (server->files.folder,
                                              S3_SERVER_SUMS | (summed ? STORAGE_SUM_SHA256 : 0), NULL,
                                              length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0);
  return storage_upload_sink (upload);
}

gboolean
s3_start (Sandbox *sandbox, GError **error)
{
  g_autofree char *folder = g_build_filename (sandbox_folder (sandbox), "objects", NULL);
  g_autofree char *path = g_build_filename (sandbox_folder (sandbox), "s3.db", NULL);
  CrDb *db = cr_dir_make (folder, 0700, error) ? cr_db_open (path, migrations, error) : NULL;
  if (db == NULL)
    return FALSE;
  S3Server *server = g_new0 (S3Server, 1);
  server->db = db;
  storage_files_init (&server->files, folder);
  sandbox_set_part (sandbox, "s3", server, server_free);
  remove_orphans (server);
  SandboxListenerOptions options = { .name = "s3",
                                     .fallback = answer,
                                     .max_body = MAX_BODY,
                                     .sink = receive,
                                     .max_sink = MAX_OBJECT,
                                     .threads = 4 };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
