/* SPDX-License-Identifier: MIT
 * The S3 service of the sandbox, inside: users with key pairs, buckets, objects, multipart uploads.
 *
 * Wire format: Amazon S3 REST API 2006-03-01, path style. Every call is signed (Signature Version 4) and the
 * signature is verified. One region. State: DIR/sandbox/s3.db and one file per object below DIR/sandbox/objects.
 */
#pragma once

#include "base/secret.h"
#include "sandbox/blob-private.h"

G_BEGIN_DECLS

#define S3_SERVER_REGION "us-west-1"
#define S3_SERVER_PAGE 1000u

typedef struct {
  CrDb *db;
  Storage files; /* only its folder is used */
} S3Server;

/* One call that is being answered; borrowed from the dispatcher. */
typedef struct {
  Sandbox *sandbox;
  S3Server *server;
  const SandboxRequest *request;
  SandboxResponse *response;
  const char *user;   /* who signed */
  const char *bucket; /* decoded, NULL at service level */
  const char *key;    /* decoded, NULL above objects */
} S3ServerCall;

/* <Error> with STATUS. */
void s3_server_fail (S3ServerCall *call, guint status, const char *code, const char *message);
void s3_server_broken (S3ServerCall *call, const GError *error);
/* STATUS with XML, which it takes. */
void s3_server_respond_xml (S3ServerCall *call, guint status, GString *xml);
/* Is there a query parameter NAME (with or without value)? */
gboolean s3_server_has_query (const S3ServerCall *call, const char *name);

/* s3-user.c: POST /local/users {"name"}: 201 {"accessKeyId", "secretAccessKey"} once; 409 UserAlreadyExists. */
void s3_server_user_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
/* The user and the secret of an access key. FALSE when it is unknown. */
gboolean s3_server_user_find (S3Server *server, const char *id, char **user, CrSecretText *secret);

/* s3-auth.c: who signed this request? NULL after answering 403. Gives. */
char *s3_server_authenticate (S3ServerCall *call);

/* s3-bucket.c */
void s3_server_bucket_list (S3ServerCall *call);
void s3_server_bucket_put (S3ServerCall *call);
void s3_server_bucket_head (S3ServerCall *call);
void s3_server_bucket_location (S3ServerCall *call);
void s3_server_bucket_delete (S3ServerCall *call);
/* Does the bucket of CALL exist and belong to its user? FALSE after answering 404 or 403. */
gboolean s3_server_bucket_check (S3ServerCall *call);
/* s3-list.c */
void s3_server_object_list (S3ServerCall *call);

/* s3-object.c */
void s3_server_object_put (S3ServerCall *call);
void s3_server_object_get (S3ServerCall *call);
void s3_server_object_delete (S3ServerCall *call);
/* Put FILE (LENGTH bytes, tag ETAG) under the key of CALL; what it replaces is removed. FALSE after answering. */
gboolean s3_server_object_store (S3ServerCall *call, const char *file, gint64 length, const char *etag,
                                 const char *type);

/* s3-multipart.c */
void s3_server_upload_start (S3ServerCall *call);
void s3_server_upload_part (S3ServerCall *call);
void s3_server_upload_complete (S3ServerCall *call);
void s3_server_upload_abort (S3ServerCall *call);

G_END_DECLS
