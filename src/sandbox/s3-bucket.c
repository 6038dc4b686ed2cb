/* SPDX-License-Identifier: MIT
 * Buckets: list, create, look, location, delete.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "cloud/s3.h"

#include <string.h>

#define NAMESPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

void
s3_server_bucket_list (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  GString *xml = g_string_new ("<ListAllMyBucketsResult" NAMESPACE "><Owner>");
  storage_xml_element (xml, "ID", call->user);
  storage_xml_element (xml, "DisplayName", call->user);
  g_string_append (xml, "</Owner><Buckets>");
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (
      db, NULL, "SELECT name, created_ms FROM buckets WHERE owner = ? ORDER BY name", "s", call->user);
  while (statement != NULL && cr_db_step (db, statement, NULL)) {
    g_autofree char *name = cr_db_text (statement, 0);
    g_autofree char *created = cr_iso8601 (sqlite3_column_int64 (statement, 1));
    g_string_append (xml, "<Bucket>");
    storage_xml_element (xml, "Name", name);
    storage_xml_element (xml, "CreationDate", created);
    g_string_append (xml, "</Bucket>");
  }
  cr_db_done (statement);
  cr_db_unlock (db);
  g_string_append (xml, "</Buckets></ListAllMyBucketsResult>");
  s3_server_respond_xml (call, 200, xml);
}

/* Who owns the bucket of CALL, and where it lies; NULL when it does not exist. Gives. */
static char *
owner_of (S3ServerCall *call, char **region)
{
  CrDb *db = call->server->db;
  *region = NULL;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, NULL, "SELECT owner, region FROM buckets WHERE name = ?", "s",
                                         call->bucket);
  char *owner = statement != NULL && cr_db_step (db, statement, NULL) ? cr_db_text (statement, 0) : NULL;
  if (owner != NULL)
    *region = cr_db_text (statement, 1);
  cr_db_done (statement);
  cr_db_unlock (db);
  return owner;
}

/* The bucket lies in REGION. The endpoint of the first region says so as one signature's trouble, all others
 * name the endpoint to go to, which is this one. */
static void
answer_elsewhere (S3ServerCall *call, const char *region)
{
  gboolean first = strcmp (call->region, S3_SERVER_FIRST_REGION) == 0;
  const char *host = sandbox_request_header (call->request, "host");
  const char *id = g_hash_table_lookup (call->response->headers, "x-amz-request-id");
  g_autofree char *message = first
                                 ? g_strdup_printf ("The authorization header is malformed; the region '%s' "
                                                    "is wrong; expecting '%s'",
                                                    call->region, region)
                                 : g_strdup ("The bucket you are attempting to access must be addressed "
                                             "using the specified endpoint. Please send all future requests "
                                             "to this endpoint.");
  GString *xml = g_string_new ("<Error>");
  storage_xml_element (xml, "Code", first ? "AuthorizationHeaderMalformed" : "PermanentRedirect");
  storage_xml_element (xml, "Message", message);
  if (first)
    storage_xml_element (xml, "Region", region);
  else
    storage_xml_element (xml, "Endpoint", host != NULL ? host : "");
  storage_xml_element (xml, "Bucket", call->bucket);
  storage_xml_element (xml, "RequestId", id);
  g_string_append (xml, "</Error>");
  s3_server_respond_xml (call, first ? 400 : 301, xml);
  sandbox_respond_header (call->response, "x-amz-bucket-region", region);
}

gboolean
s3_server_bucket_check (S3ServerCall *call)
{
  g_autofree char *region = NULL;
  g_autofree char *owner = owner_of (call, &region);
  if (owner == NULL)
    s3_server_fail (call, 404, "NoSuchBucket", "The specified bucket does not exist");
  else if (strcmp (owner, call->user) != 0)
    s3_server_fail (call, 403, "AccessDenied", "Access Denied");
  else if (call->region != NULL && strcmp (region, call->region) != 0)
    answer_elsewhere (call, region);
  else
    return TRUE;
  return FALSE;
}

typedef struct {
  char *region; /* NULL = none was named */
} Constraint;

static gboolean
constraint_leaf (const char *path, const char *text, gpointer data)
{
  Constraint *constraint = data;
  if (strcmp (path, "CreateBucketConfiguration/LocationConstraint") == 0 && constraint->region == NULL)
    constraint->region = g_strdup (text);
  return TRUE;
}

/* Where a new bucket goes. A regional endpoint wants its own region named; the one of the first region makes
 * buckets everywhere, and takes no name for its own. NULL after answering. Gives. */
static char *
wanted_region (S3ServerCall *call)
{
  gboolean first = strcmp (call->region, S3_SERVER_FIRST_REGION) == 0;
  Constraint constraint = { NULL };
  gboolean read = g_bytes_get_size (call->request->body) == 0
                  || storage_xml_read (call->request->body, constraint_leaf, &constraint);
  g_autofree char *region = constraint.region;
  gboolean good = first ? g_strcmp0 (region, S3_SERVER_FIRST_REGION) != 0
                        : g_strcmp0 (region, call->region) == 0;
  if (!read)
    s3_server_fail (
        call, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema");
  else if (!good)
    s3_server_fail (call, 400, first ? "InvalidLocationConstraint" : "IllegalLocationConstraintException",
                    region == NULL
                        ? "The unspecified location constraint is incompatible for the region specific "
                          "endpoint this request was sent to."
                        : "The location constraint is incompatible for the region specific endpoint this "
                          "request was sent to.");
  else
    return region != NULL ? g_steal_pointer (&region) : g_strdup (S3_SERVER_FIRST_REGION);
  return NULL;
}

void
s3_server_bucket_put (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  if (!s3_check_bucket_name (call->bucket, NULL)) {
    s3_server_fail (call, 400, "InvalidBucketName", "The specified bucket is not valid.");
    return;
  }
  g_autofree char *region = wanted_region (call), *there = NULL;
  if (region == NULL)
    return;
  g_autofree char *owner = owner_of (call, &there);
  if (owner != NULL) {
    gboolean own = strcmp (owner, call->user) == 0;
    if (own && strcmp (region, S3_SERVER_FIRST_REGION) == 0 && strcmp (there, region) == 0) {
      sandbox_respond_empty (call->response, 200); /* as it has always been there */
      return;
    }
    s3_server_fail (call, 409, own ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists",
                    own ? "Your previous request to create the named bucket succeeded and you already own it."
                        : "The requested bucket name is not available.");
    return;
  }
  if (!cr_db_run (call->server->db, &error,
                  "INSERT INTO buckets (name, owner, created_ms, region) VALUES (?, ?, ?, ?)", "ssis",
                  call->bucket, call->user, cr_now_ms (), region)) {
    s3_server_broken (call, error);
    return;
  }
  g_autofree char *location = g_strconcat ("/", call->bucket, NULL);
  sandbox_respond_empty (call->response, 200);
  sandbox_respond_header (call->response, "Location", location);
}

void
s3_server_bucket_head (S3ServerCall *call)
{
  if (!s3_server_bucket_check (call))
    return;
  sandbox_respond_empty (call->response, 200);
  sandbox_respond_header (call->response, "x-amz-bucket-region", call->region);
}

void
s3_server_bucket_location (S3ServerCall *call)
{
  /* Asked for anywhere; the first region has no name here. */
  g_autofree char *asked = g_steal_pointer (&call->region), *region = NULL;
  if (!s3_server_bucket_check (call))
    return;
  g_free (owner_of (call, &region));
  gboolean first = g_strcmp0 (region, S3_SERVER_FIRST_REGION) == 0;
  GString *xml = g_string_new ("<LocationConstraint" NAMESPACE ">");
  g_string_append_printf (xml, "%s</LocationConstraint>", first || region == NULL ? "" : region);
  s3_server_respond_xml (call, 200, xml);
}

void
s3_server_bucket_versioning (S3ServerCall *call)
{
  if (s3_server_bucket_check (call)) /* it has never been switched on */
    s3_server_respond_xml (call, 200, g_string_new ("<VersioningConfiguration" NAMESPACE "/>"));
}

void
s3_server_bucket_delete (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = call->server->db;
  if (!s3_server_bucket_check (call))
    return;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, NULL, "SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", "s",
                                         call->bucket);
  gboolean full = statement != NULL && cr_db_step (db, statement, NULL);
  cr_db_done (statement);
  gboolean done = !full && cr_db_run (db, &error, "DELETE FROM buckets WHERE name = ?", "s", call->bucket);
  cr_db_unlock (db);
  if (full)
    s3_server_fail (call, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
  else if (done)
    sandbox_respond_empty (call->response, 204);
  else
    s3_server_broken (call, error);
}
