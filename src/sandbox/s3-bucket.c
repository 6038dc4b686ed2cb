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

/* Who owns the bucket of CALL; NULL when it does not exist. Gives. */
static char *
owner_of (S3ServerCall *call)
{
  CrDb *db = call->server->db;
  cr_db_lock (db);
  sqlite3_stmt *statement = cr_db_query (db, NULL, "SELECT owner FROM buckets WHERE name = ?", "s",
                                         call->bucket);
  char *owner = statement != NULL && cr_db_step (db, statement, NULL) ? cr_db_text (statement, 0) : NULL;
  cr_db_done (statement);
  cr_db_unlock (db);
  return owner;
}

gboolean
s3_server_bucket_check (S3ServerCall *call)
{
  g_autofree char *owner = owner_of (call);
  if (owner == NULL)
    s3_server_fail (call, 404, "NoSuchBucket", "The specified bucket does not exist");
  else if (strcmp (owner, call->user) != 0)
    s3_server_fail (call, 403, "AccessDenied", "Access Denied");
  return g_strcmp0 (owner, call->user) == 0;
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

/* A regional endpoint wants its own region named. FALSE after answering. */
static gboolean
check_constraint (S3ServerCall *call)
{
  Constraint constraint = { NULL };
  gboolean read = g_bytes_get_size (call->request->body) == 0
                  || storage_xml_read (call->request->body, constraint_leaf, &constraint);
  g_autofree char *region = constraint.region;
  if (!read)
    s3_server_fail (
        call, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema");
  else if (g_strcmp0 (region, S3_SERVER_REGION) != 0)
    s3_server_fail (call, 400, "IllegalLocationConstraintException",
                    region == NULL
                        ? "The unspecified location constraint is incompatible for the region specific "
                          "endpoint this request was sent to."
                        : "The location constraint is incompatible for the region specific endpoint this "
                          "request was sent to.");
  return read && g_strcmp0 (region, S3_SERVER_REGION) == 0;
}

void
s3_server_bucket_put (S3ServerCall *call)
{
  g_autoptr (GError) error = NULL;
  if (!s3_check_bucket_name (call->bucket, NULL)) {
    s3_server_fail (call, 400, "InvalidBucketName", "The specified bucket is not valid.");
    return;
  }
  if (!check_constraint (call))
    return;
  g_autofree char *owner = owner_of (call);
  if (owner != NULL) {
    gboolean own = strcmp (owner, call->user) == 0;
    s3_server_fail (call, 409, own ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists",
                    own ? "Your previous request to create the named bucket succeeded and you already own it."
                        : "The requested bucket name is not available.");
    return;
  }
  if (!cr_db_run (call->server->db, &error, "INSERT INTO buckets (name, owner, created_ms) VALUES (?, ?, ?)",
                  "ssi", call->bucket, call->user, cr_now_ms ())) {
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
  sandbox_respond_header (call->response, "x-amz-bucket-region", S3_SERVER_REGION);
}

void
s3_server_bucket_location (S3ServerCall *call)
{
  if (s3_server_bucket_check (call))
    s3_server_respond_xml (
        call, 200,
        g_string_new ("<LocationConstraint" NAMESPACE ">" S3_SERVER_REGION "</LocationConstraint>"));
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
