/* SPDX-License-Identifier: MIT
 * List Blobs: flat or with a delimiter, in pages.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define MAX_RESULTS 5000

typedef struct {
  char *prefix, *delimiter, *from; /* FROM: the first name of the page, from the marker */
  guint max;
  gboolean with_metadata;
} Query;

static void
query_clear (Query *query)
{
  g_free (query->prefix);
  g_free (query->delimiter);
  g_free (query->from);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Query, query_clear)

static gboolean
bad_parameter (StorageCall *call, const char *name)
{
  storage_fail (call, 400,
                strcmp (name, "maxresults") == 0 ? "OutOfRangeQueryParameterValue"
                                                 : "InvalidQueryParameterValue",
                "Value for one of the query parameters specified in the request URI is invalid: %s.", name);
  return FALSE;
}

static gboolean
parse_query (StorageCall *call, Query *query)
{
  g_autofree char *marker = sandbox_request_query (call->request, "marker");
  g_autofree char *max = sandbox_request_query (call->request, "maxresults");
  g_autofree char *include = sandbox_request_query (call->request, "include");
  query->prefix = sandbox_request_query (call->request, "prefix");
  query->delimiter = sandbox_request_query (call->request, "delimiter");
  query->max = MAX_RESULTS;
  if (query->prefix == NULL)
    query->prefix = g_strdup ("");
  if (!g_utf8_validate (query->prefix, -1, NULL))
    return bad_parameter (call, "prefix");
  if (query->delimiter != NULL && *query->delimiter == '\0')
    g_clear_pointer (&query->delimiter, g_free);
  if (query->delimiter != NULL && !g_utf8_validate (query->delimiter, -1, NULL))
    return bad_parameter (call, "delimiter");
  if (max != NULL && *max != '\0') {
    if (!g_regex_match_simple ("^[0-9]{1,9}$", max, G_REGEX_DOLLAR_ENDONLY, 0)
        || g_ascii_strtoull (max, NULL, 10) == 0)
      return bad_parameter (call, "maxresults");
    query->max = (guint) MIN (g_ascii_strtoull (max, NULL, 10), MAX_RESULTS);
  }
  if (include != NULL && *include != '\0' && strcmp (include, "metadata") != 0)
    return bad_parameter (call, "include");
  query->with_metadata = include != NULL && *include != '\0';
  if (marker == NULL || *marker == '\0') {
    query->from = g_strdup (query->prefix);
    return TRUE;
  }
  g_autoptr (GBytes) name = cr_base64url_decode (marker, -1, "marker", NULL);
  if (name == NULL || !g_utf8_validate_len (g_bytes_get_data (name, NULL), g_bytes_get_size (name), NULL))
    return bad_parameter (call, "marker");
  query->from = g_strndup (g_bytes_get_data (name, NULL), g_bytes_get_size (name));
  return TRUE;
}

static void
add_metadata (GString *xml, const char *metadata)
{
  g_autoptr (json_t) object = metadata == NULL
                                  ? NULL
                                  : cr_json_parse (metadata, strlen (metadata), "stored metadata", NULL);
  const char *key;
  json_t *value;
  g_string_append (xml, "<Metadata>");
  json_object_foreach (object, key, value)
    storage_xml_element (xml, key, json_string_value (value));
  g_string_append (xml, "</Metadata>");
}

static void
add_blob (GString *xml, const char *name, const StorageBlob *blob, gboolean with_metadata)
{
  g_autofree char *modified = cr_http_date (blob->modified_ms);
  g_autofree char *created = cr_http_date (blob->created_ms);
  g_autofree char *length = g_strdup_printf ("%" G_GINT64_FORMAT, blob->length);
  const struct {
    const char *element, *text;
  } properties[] = {
    { "Creation-Time", created },
    { "Last-Modified", modified },
    { "Etag", blob->etag },
    { "Content-Length", length },
    { "Content-Type", blob->type == NULL ? "application/octet-stream" : blob->type },
    { "Content-Encoding", blob->encoding },
    { "Content-Language", blob->language },
    { "Content-MD5", blob->md5 },
    { "Cache-Control", blob->cache },
    { "BlobType", "BlockBlob" },
    { "LeaseStatus", "unlocked" },
    { "LeaseState", "available" },
  };
  g_string_append (xml, "<Blob>");
  storage_xml_element (xml, "Name", name);
  g_string_append (xml, "<Properties>");
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    storage_xml_element (xml, properties[i].element, properties[i].text);
  g_string_append (xml, "</Properties>");
  if (with_metadata)
    add_metadata (xml, blob->metadata);
  g_string_append (xml, "</Blob>");
}

/* The virtual folder that NAME falls into, with its final delimiter; NULL when it is listed itself. Gives. */
static char *
folder_of (const Query *query, const char *name)
{
  if (query->delimiter == NULL)
    return NULL;
  const char *end = strstr (name + strlen (query->prefix), query->delimiter);
  return end == NULL ? NULL : g_strndup (name, (gsize) (end - name) + strlen (query->delimiter));
}

/* The entries of one page. *NEXT is the first name of the next one, NULL at the end. */
static void
add_page (StorageCall *call, const Query *query, GString *xml, char **next, GError **error)
{
  CrDb *db = call->storage->db;
  g_autofree char *folder = NULL;
  guint count = 0;
  sqlite3_stmt *statement = cr_db_query (db, error,
                                         "SELECT name, " STORAGE_BLOB_COLUMNS
                                         " FROM blobs WHERE instance = ? AND container = ?"
                                         " AND name >= ? ORDER BY name",
                                         "sss", call->instance, call->container, query->from);
  while (statement != NULL && cr_db_step (db, statement, error)) {
    g_autofree char *name = cr_db_text (statement, 0);
    if (strcmp (name, query->prefix) > 0 && !g_str_has_prefix (name, query->prefix))
      break; /* names are in byte order: nothing more can come */
    if (!g_str_has_prefix (name, query->prefix) || (folder != NULL && g_str_has_prefix (name, folder)))
      continue;
    if (count++ == query->max) {
      *next = g_steal_pointer (&name);
      break;
    }
    g_autofree char *in = folder_of (query, name);
    if (in != NULL) {
      g_string_append (xml, "<BlobPrefix>");
      storage_xml_element (xml, "Name", in);
      g_string_append (xml, "</BlobPrefix>");
      g_free (folder);
      folder = g_steal_pointer (&in);
      continue;
    }
    g_auto (StorageBlob) blob = { 0 };
    storage_blob_fill (statement, 1, &blob);
    add_blob (xml, name, &blob, query->with_metadata);
  }
  cr_db_done (statement);
}

void
storage_blob_list (StorageCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (Query) query = { 0 };
  if (!parse_query (call, &query))
    return;
  if (!storage_container_exists (call->storage, call->instance, call->container)) {
    storage_fail (call, 404, "ContainerNotFound", "The specified container does not exist.");
    return;
  }
  g_autofree char *endpoint = g_markup_printf_escaped ("%s/%s/", sandbox_url (call->sandbox, "blob"),
                                                       call->account);
  g_autofree char *container = g_markup_escape_text (call->container, -1);
  g_autoptr (GString) xml = g_string_new (NULL);
  g_string_append_printf (xml, "<EnumerationResults ServiceEndpoint=\"%s\" ContainerName=\"%s\">", endpoint,
                          container);
  storage_xml_element (xml, "Prefix", query.prefix);
  g_string_append_printf (xml, "<MaxResults>%u</MaxResults>", query.max);
  if (query.delimiter != NULL)
    storage_xml_element (xml, "Delimiter", query.delimiter);
  g_autofree char *next = NULL;
  g_string_append (xml, "<Blobs>");
  cr_db_lock (call->storage->db);
  add_page (call, &query, xml, &next, &error);
  cr_db_unlock (call->storage->db);
  if (error != NULL) {
    storage_broken (call, error);
    return;
  }
  g_autofree char *marker = next == NULL ? NULL : cr_base64url (next, strlen (next));
  g_string_append (xml, "</Blobs>");
  storage_xml_element (xml, "NextMarker", marker);
  g_string_append (xml, "</EnumerationResults>");
  storage_respond_xml (call, xml);
}
