/* SPDX-License-Identifier: MIT
 * Static websites: what lies in $web of accounts that have the website switched on, for everybody, read only.
 */
#include "sandbox/arm-private.h"
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define WEB_CONTAINER "$web"

static void
not_found (StorageCall *call)
{
  sandbox_respond_text (call->response, 404, "text/html; charset=utf-8",
                        "<!DOCTYPE html><html><head><title>WebContentNotFound</title></head><body>"
                        "<h1>The requested content does not exist.</h1></body></html>\n");
  sandbox_respond_header (call->response, "x-ms-error-code", "WebContentNotFound");
}

/* Index and error document of the account; FALSE when its website is off. */
static gboolean
website (StorageCall *call, char **index_document, char **error_document)
{
  CrDb *db = call->storage->db;
  cr_db_lock (db);
  sqlite3_stmt *statement =
      cr_db_query (db, NULL,
                   "SELECT index_document, error_document FROM services WHERE instance = ?"
                   " AND enabled = 1",
                   "s", call->instance);
  gboolean found = statement != NULL && cr_db_step (db, statement, NULL);
  if (found) {
    *index_document = cr_db_text (statement, 0);
    *error_document = cr_db_text (statement, 1);
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  return found;
}

/* Answer with the blob NAME; FALSE when it is not there. */
static gboolean
respond_page (StorageCall *call, const char *name, guint status)
{
  g_autoptr (StorageContent) content = NULL;
  g_auto (StorageBlob) blob = { 0 };
  guint64 first = 0, last = G_MAXUINT64;
  if (status == 200)
    storage_wanted_range (call, &first, &last);
  if (!storage_blob_open (call->storage, call->instance, WEB_CONTAINER, name, first, last, &blob, &content))
    return FALSE;
  /* What was encrypted with a key of the caller's own is for nobody without it, website or not. */
  if (storage_key_fits (call, blob.key_sha256))
    storage_respond_blob (call, &blob, g_steal_pointer (&content), status);
  return TRUE;
}

static void
serve (StorageCall *call, const char *path)
{
  g_autofree char *index_document = NULL;
  g_autofree char *error_document = NULL;
  if (!website (call, &index_document, &error_document)) {
    not_found (call);
    return;
  }
  gboolean folder = *path == '\0' || g_str_has_suffix (path, "/");
  g_autofree char *inside = index_document == NULL ? NULL
                            : folder               ? g_strconcat (path, index_document, NULL)
                                                   : g_strconcat (path, "/", index_document, NULL);
  if ((!folder && respond_page (call, path, 200)) || (inside != NULL && respond_page (call, inside, 200))
      || (error_document != NULL && *error_document != '\0' && respond_page (call, error_document, 404)))
    return;
  not_found (call);
}

/* "/account/path" decoded; FALSE for names that step upwards or are no text. */
static gboolean
split_path (const char *path, char **account, char **rest)
{
  const char *slash = strchr (path + 1, '/');
  *account = slash == NULL ? g_strdup (path + 1) : g_strndup (path + 1, (gsize) (slash - path - 1));
  *rest = cr_percent_decode (slash == NULL ? "" : slash + 1, -1);
  if (!manager_account_name_valid (*account) || !g_utf8_validate (*rest, -1, NULL)
      || strstr (path, "%00") != NULL)
    return FALSE;
  g_auto (GStrv) segments = g_strsplit (*rest, "/", -1);
  return !g_strv_contains ((const char *const *) segments, "..")
         && !g_strv_contains ((const char *const *) segments, ".");
}

static void
answer (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autofree char *account = NULL;
  g_autofree char *path = NULL;
  g_autofree char *account_id = NULL;
  g_autofree char *instance = NULL;
  g_autofree char *id = cr_uuid_new ();
  sandbox_respond_header (response, "x-ms-request-id", id);
  StorageCall call = {
    .sandbox = sandbox, .storage = sandbox_part (sandbox, "blob"), .request = request, .response = response
  };
  if (strcmp (request->method, "GET") != 0 && strcmp (request->method, "HEAD") != 0) {
    storage_fail (&call, 405, "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.");
    sandbox_respond_header (response, "Allow", "GET, HEAD");
    return;
  }
  if (!split_path (request->path, &account, &path)
      || !manager_storage_account (sandbox, account, &account_id, &instance)) {
    not_found (&call);
    return;
  }
  call.account = account;
  call.account_id = account_id;
  call.instance = instance;
  serve (&call, path);
}

gboolean
web_start (Sandbox *sandbox, GError **error)
{
  SandboxListenerOptions options = { .name = "web", .fallback = answer, .max_body = 64 * 1024, .threads = 2 };
  return sandbox_listen (sandbox, &options, error) != NULL;
}
