/* SPDX-License-Identifier: MIT
 * Listings of a bucket: ListObjectsV2 and its older form, page after page.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdlib.h>
#include <string.h>

/* What was asked for; owned. */
typedef struct {
  gboolean second; /* list-type=2 */
  gboolean encode; /* keys percent-encoded */
  char *prefix, *delimiter, *start, *token;
  guint most;
} Question;

/* What is found. */
typedef struct {
  GString *xml;
  guint count;
  char *last;        /* last key or common prefix that was written */
  char *last_prefix; /* common prefix that is being passed over */
  gboolean more;
} Page;

static void
question_clear (Question *question)
{
  g_free (question->prefix);
  g_free (question->delimiter);
  g_free (question->start);
  g_free (question->token);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

static char *
query_or_empty (S3ServerCall *call, const char *name)
{
  char *value = sandbox_request_query (call->request, name);
  return value != NULL ? value : g_strdup ("");
}

/* FALSE after answering 400. */
static gboolean
read_question (S3ServerCall *call, Question *question)
{
  g_autofree char *type = query_or_empty (call, "list-type");
  g_autofree char *encoding = query_or_empty (call, "encoding-type");
  g_autofree char *most = query_or_empty (call, "max-keys");
  guint64 number = S3_SERVER_PAGE;
  question->second = strcmp (type, "2") == 0;
  question->encode = strcmp (encoding, "url") == 0;
  question->prefix = query_or_empty (call, "prefix");
  question->delimiter = query_or_empty (call, "delimiter");
  question->token = query_or_empty (call, "continuation-token");
  if (*most != '\0' && !g_ascii_string_to_unsigned (most, 10, 0, G_MAXINT32, &number, NULL)) {
    s3_server_fail (call, 400, "InvalidArgument", "Provided max-keys not an integer or within integer range");
    return FALSE;
  }
  question->most = (guint) MIN (number, S3_SERVER_PAGE);
  if (*question->token == '\0') {
    question->start = query_or_empty (call, question->second ? "start-after" : "marker");
    return TRUE;
  }
  g_autoptr (GBytes) bytes = cr_base64_decode (question->token, "token", NULL);
  if (bytes == NULL) {
    s3_server_fail (call, 400, "InvalidArgument", "The continuation token provided is incorrect");
    return FALSE;
  }
  question->start = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return TRUE;
}

static void
add_text (GString *xml, const Question *question, const char *element, const char *text)
{
  g_autofree char *encoded = question->encode ? cr_percent_encode (text, "/") : g_strdup (text);
  storage_xml_element (xml, element, encoded);
}

static void
add_object (Page *page, const Question *question, sqlite3_stmt *statement, const char *key)
{
  g_autofree char *etag = cr_db_text (statement, 1);
  g_autofree char *size = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) sqlite3_column_int64 (statement, 2));
  g_autofree char *modified = cr_iso8601 (sqlite3_column_int64 (statement, 3));
  g_string_append (page->xml, "<Contents>");
  add_text (page->xml, question, "Key", key);
  storage_xml_element (page->xml, "LastModified", modified);
  storage_xml_element (page->xml, "ETag", etag);
  storage_xml_element (page->xml, "Size", size);
  storage_xml_element (page->xml, "StorageClass", "STANDARD");
  g_string_append (page->xml, "</Contents>");
}

/* The common prefix that KEY belongs to; NULL when it stands for itself. Gives. */
static char *
common_prefix (const Question *question, const char *key)
{
  if (*question->delimiter == '\0')
    return NULL;
  const char *rest = key + strlen (question->prefix);
  const char *found = strstr (rest, question->delimiter);
  return found != NULL ? g_strndup (key, (gsize) (found - key) + strlen (question->delimiter)) : NULL;
}

/* One row. FALSE when the page is full. */
static gboolean
take_row (Page *page, const Question *question, sqlite3_stmt *statement)
{
  g_autofree char *key = cr_db_text (statement, 0);
  g_autofree char *common = common_prefix (question, key);
  if (common != NULL && (g_strcmp0 (common, page->last_prefix) == 0 || strcmp (common, question->start) == 0))
    return TRUE;
  if (page->count >= question->most) {
    page->more = TRUE;
    return FALSE;
  }
  page->count++;
  g_free (page->last);
  page->last = g_strdup (common != NULL ? common : key);
  if (common == NULL) {
    add_object (page, question, statement, key);
    return TRUE;
  }
  g_free (page->last_prefix);
  page->last_prefix = g_strdup (common);
  g_string_append (page->xml, "<CommonPrefixes>");
  add_text (page->xml, question, "Prefix", common);
  g_string_append (page->xml, "</CommonPrefixes>");
  return TRUE;
}

static void
fill_page (S3ServerCall *call, const Question *question, Page *page)
{
  CrDb *db = call->server->db;
  cr_db_lock (db);
  sqlite3_stmt *statement =
      cr_db_query (db, NULL,
                   "SELECT key, etag, length, modified_ms FROM objects WHERE bucket = ? AND key > ?"
                   " AND key >= ? AND substr (key, 1, ?) = ? ORDER BY key",
                   "sssis", call->bucket, question->start, question->prefix,
                   (gint64) g_utf8_strlen (question->prefix, -1), question->prefix);
  while (statement != NULL && cr_db_step (db, statement, NULL))
    if (!take_row (page, question, statement))
      break;
  cr_db_done (statement);
  cr_db_unlock (db);
}

void
s3_server_object_list (S3ServerCall *call)
{
  g_auto (Question) question = { 0 };
  if (!s3_server_bucket_check (call) || !read_question (call, &question))
    return;
  Page page = { .xml = g_string_new (NULL) };
  fill_page (call, &question, &page);
  GString *xml = g_string_new ("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  storage_xml_element (xml, "Name", call->bucket);
  add_text (xml, &question, "Prefix", question.prefix);
  if (*question.delimiter != '\0')
    add_text (xml, &question, "Delimiter", question.delimiter);
  g_string_append_printf (xml, "<MaxKeys>%u</MaxKeys>", question.most);
  if (question.second)
    g_string_append_printf (xml, "<KeyCount>%u</KeyCount>", page.count);
  if (question.encode)
    storage_xml_element (xml, "EncodingType", "url");
  storage_xml_element (xml, "IsTruncated", page.more ? "true" : "false");
  if (page.more && question.second) {
    g_autofree char *token = cr_base64 (page.last, strlen (page.last));
    storage_xml_element (xml, "NextContinuationToken", token);
  } else if (page.more) {
    add_text (xml, &question, "NextMarker", page.last);
  }
  g_string_append (xml, page.xml->str);
  g_string_append (xml, "</ListBucketResult>");
  s3_server_respond_xml (call, 200, xml);
  g_string_free (page.xml, TRUE);
  g_free (page.last);
  g_free (page.last_prefix);
}
