/* SPDX-License-Identifier: MIT
 * Containers, and the service properties (the static website switch).
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define WEB_CONTAINER "$web"

static gboolean
container_name_valid (const char *name)
{
  return strcmp (name, WEB_CONTAINER) == 0
         || g_regex_match_simple ("^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", name, G_REGEX_DOLLAR_ENDONLY,
                                  0);
}

static gboolean
insert_container (Storage *storage, const char *instance, const char *name, const char *etag, gint64 now,
                  const char *metadata, gboolean *fresh, GError **error)
{
  cr_db_lock (storage->db);
  gboolean done = cr_db_run (storage->db, error,
                             "INSERT OR IGNORE INTO containers (instance, name, etag, modified_ms,"
                             " metadata) VALUES (?, ?, ?, ?, ?)",
                             "sssis", instance, name, etag, now, metadata);
  *fresh = done && sqlite3_changes (cr_db_handle (storage->db)) > 0;
  cr_db_unlock (storage->db);
  return done;
}

void
storage_container_put (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *metadata = NULL;
  g_autofree char *etag = storage_etag_new ();
  gint64 now = cr_now_ms ();
  gboolean fresh = FALSE;
  if (!container_name_valid (call->container)) {
    storage_fail (call, 400, "InvalidResourceName",
                  "The specified resource name contains invalid characters.");
    return;
  }
  if (storage_header (call, "x-ms-blob-public-access") != NULL) {
    storage_fail (call, 409, "PublicAccessNotPermitted",
                  "Public access is not permitted on this storage account.");
    return;
  }
  if (!storage_take_metadata (call, &metadata))
    return;
  if (!insert_container (call->storage, call->instance, call->container, etag, now, metadata, &fresh, &error))
    storage_broken (call, error);
  else if (!fresh)
    storage_fail (call, 409, "ContainerAlreadyExists", "The specified container already exists.");
  else {
    sandbox_respond_empty (call->response, 201);
    storage_respond_version (call, etag, now);
  }
}

void
storage_container_get (StorageCall *call)
{
  g_autofree char *etag = NULL;
  g_autofree char *metadata = NULL;
  gint64 modified = 0;
  cr_db_lock (call->storage->db);
  sqlite3_stmt *statement =
      cr_db_query (call->storage->db, NULL,
                   "SELECT etag, modified_ms, metadata FROM containers WHERE instance = ?"
                   " AND name = ?",
                   "ss", call->instance, call->container);
  if (statement != NULL && cr_db_step (call->storage->db, statement, NULL)) {
    etag = cr_db_text (statement, 0);
    modified = sqlite3_column_int64 (statement, 1);
    metadata = cr_db_text (statement, 2);
  }
  cr_db_done (statement);
  cr_db_unlock (call->storage->db);
  if (etag == NULL) {
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return;
  }
  sandbox_respond_empty (call->response, 200);
  storage_respond_version (call, etag, modified);
  storage_respond_metadata (call, metadata);
  sandbox_respond_header (call->response, "x-ms-lease-status", "unlocked");
  sandbox_respond_header (call->response, "x-ms-lease-state", "available");
}

void
storage_container_delete (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  Storage *storage = call->storage;
  if (!cr_db_begin (storage->db, &error)) {
    storage_broken (call, error);
    return;
  }
  if (!storage_container_exists (storage, call->instance, call->container)) {
    cr_db_rollback (storage->db);
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return;
  }
  if (storage_remove (storage, call->instance, call->container, NULL, &error))
    sandbox_respond_empty (call->response, 202);
  else
    storage_broken (call, error);
}

void
storage_container_list (StorageCall *call)
{
  g_autofree char *prefix = sandbox_request_query (call->request, "prefix");
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) xml = g_string_new ("<EnumerationResults>");
  storage_xml_element (xml, "Prefix", prefix);
  g_string_append (xml, "<Containers>");
  cr_db_lock (call->storage->db);
  sqlite3_stmt *statement = cr_db_query (call->storage->db, &error,
                                         "SELECT name, etag, modified_ms FROM containers"
                                         " WHERE instance = ? ORDER BY name",
                                         "s", call->instance);
  while (statement != NULL && cr_db_step (call->storage->db, statement, &error)) {
    g_autofree char *name = cr_db_text (statement, 0);
    g_autofree char *etag = cr_db_text (statement, 1);
    g_autofree char *date = cr_http_date (sqlite3_column_int64 (statement, 2));
    if (prefix != NULL && !g_str_has_prefix (name, prefix))
      continue;
    g_string_append (xml, "<Container>");
    storage_xml_element (xml, "Name", name);
    g_string_append (xml, "<Properties>");
    storage_xml_element (xml, "Last-Modified", date);
    storage_xml_element (xml, "Etag", etag);
    g_string_append (xml, "</Properties></Container>");
  }
  cr_db_unlock (call->storage->db);
  if (error != NULL) {
    storage_broken (call, error);
    return;
  }
  g_string_append (xml, "</Containers><NextMarker /></EnumerationResults>");
  storage_respond_xml (call, xml);
}

/* The website part of the service properties. */
typedef struct {
  gboolean enabled, enabled_given;
  char *index_document, *error_document;
  gboolean bad;
} Website;

static void
website_clear (Website *site)
{
  g_free (site->index_document);
  g_free (site->error_document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Website, website_clear)

static gboolean
document_name_valid (const char *name)
{
  return strlen (name) <= 255 && strstr (name, "..") == NULL && *name != '/';
}

static gboolean
website_leaf (const char *path, const char *text, gpointer data)
{
  Website *site = data;
  if (strcmp (path, "StorageServiceProperties") == 0)
    return TRUE; /* nothing to change */
  if (strcmp (path, "StorageServiceProperties/StaticWebsite/Enabled") == 0) {
    site->enabled = strcmp (text, "true") == 0;
    site->enabled_given = TRUE;
    return site->enabled || strcmp (text, "false") == 0;
  }
  char **target = strcmp (path, "StorageServiceProperties/StaticWebsite/IndexDocument") == 0
                      ? &site->index_document
                  : strcmp (path, "StorageServiceProperties/StaticWebsite/ErrorDocument404Path") == 0
                      ? &site->error_document
                      : NULL;
  if (target == NULL || *target != NULL || !document_name_valid (text))
    return FALSE;
  *target = g_strdup (text);
  return TRUE;
}

void
storage_service_put (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (Website) site = { 0 };
  if (!storage_xml_read (call->request->body, website_leaf, &site)) {
    storage_fail (call, 400, "InvalidXmlDocument",
                  "The XML is not a StorageServiceProperties document that this "
                  "service keeps: only StaticWebsite with Enabled, IndexDocument and ErrorDocument404Path.");
    return;
  }
  if (!site.enabled_given) {
    sandbox_respond_empty (call->response, 202);
    return;
  }
  gboolean fresh = FALSE;
  g_autofree char *etag = storage_etag_new ();
  gboolean done =
      cr_db_run (call->storage->db, &error,
                 "INSERT OR REPLACE INTO services (instance, enabled, index_document, error_document)"
                 " VALUES (?, ?, ?, ?)",
                 "siss", call->instance, (gint64) site.enabled, site.index_document, site.error_document);
  if (done && site.enabled)
    done = insert_container (call->storage, call->instance, WEB_CONTAINER, etag, cr_now_ms (), NULL, &fresh,
                             &error);
  if (done)
    sandbox_respond_empty (call->response, 202);
  else
    storage_broken (call, error);
}

void
storage_service_get (StorageCall *call)
{
  g_autoptr (GString) xml = g_string_new ("<StorageServiceProperties><StaticWebsite>");
  cr_db_lock (call->storage->db);
  sqlite3_stmt *statement = cr_db_query (call->storage->db, NULL,
                                         "SELECT enabled, index_document, error_document FROM services"
                                         " WHERE instance = ?",
                                         "s", call->instance);
  gboolean found = statement != NULL && cr_db_step (call->storage->db, statement, NULL);
  g_autofree char *index_document = found ? cr_db_text (statement, 1) : NULL;
  g_autofree char *error_document = found ? cr_db_text (statement, 2) : NULL;
  gboolean enabled = found && sqlite3_column_int (statement, 0) != 0;
  cr_db_done (statement);
  cr_db_unlock (call->storage->db);
  storage_xml_element (xml, "Enabled", enabled ? "true" : "false");
  if (enabled && index_document != NULL)
    storage_xml_element (xml, "IndexDocument", index_document);
  if (enabled && error_document != NULL)
    storage_xml_element (xml, "ErrorDocument404Path", error_document);
  g_string_append (xml, "</StaticWebsite></StorageServiceProperties>");
  storage_respond_xml (call, xml);
}
