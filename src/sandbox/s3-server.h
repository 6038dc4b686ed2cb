/* SPDX-License-Identifier: MIT
 * The S3 service of the sandbox, inside: users with key pairs, buckets, objects, multipart uploads.
 *
 * Wire format: Amazon S3 REST API 2006-03-01, path style or virtual-hosted (bucket.s3.localhost). Every
 * call is signed (Signature Version 4: header, presigned URL or in pieces) and the signature is verified.
 * The endpoint is that of whatever region a request is signed for: a bucket of another region is refused as
 * there, with the region it lies in. State: DIR/sandbox/s3.db and one file per object below
 * DIR/sandbox/objects.
 */
#pragma once

#include "base/secret.h"
#include "sandbox/blob-private.h"

G_BEGIN_DECLS

#define S3_SERVER_REGION "us-west-1"       /* of buckets that were made when there was no other one */
#define S3_SERVER_FIRST_REGION "us-east-1" /* its endpoint is the one without a region in its name */
#define S3_SERVER_PAGE 1000u
#define S3_SERVER_META 2048u /* bytes of x-amz-meta-* headers of one object */
#define S3_SERVER_SUM "x-amz-checksum-"
#define S3_SERVER_CRC64 "crc64nvme"
#define S3_SERVER_WHOLE "FULL_OBJECT" /* type of a checksum over all of an object that came in parts */
#define S3_SERVER_PARTS "COMPOSITE"   /* over the checksums of its parts */
/* What is computed of everything that arrives: the ETag, and the checksum that the service keeps. */
#define S3_SERVER_SUMS (STORAGE_SUM_MD5 | STORAGE_SUM_CRC64)

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
  const char *user;       /* who signed */
  char *region;           /* what for; owned. NULL = any will do */
  const char *bucket;     /* decoded, NULL at service level */
  const char *key;        /* decoded, NULL above objects */
  StorageUpload *decoded; /* of a body that no sink took; owned */
  GBytes *plain;          /* a body that came in pieces, put together; owned */
  char *type, *meta;      /* what an object that is being stored keeps beside its content; owned */
  guint64 crc64;          /* of that content */
  char *algorithm, *sums; /* the upload's checksums, see s3_server_take_sum_kind; owned */
} S3ServerCall;

/* <Error> with STATUS. */
void s3_server_fail (S3ServerCall *call, guint status, const char *code, const char *message);
void s3_server_broken (S3ServerCall *call, const GError *error);
/* STATUS with XML, which it takes. */
void s3_server_respond_xml (S3ServerCall *call, guint status, GString *xml);
/* Is there a query parameter NAME (with or without value)? */
gboolean s3_server_has_query (const S3ServerCall *call, const char *name);

/* s3-user.c: POST /local/users {"name"}: 201 {"accessKeyId", "secretAccessKey"} once; 409
 * UserAlreadyExists. */
void s3_server_user_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
/* The user and the secret of an access key. FALSE when it is unknown. */
gboolean s3_server_user_find (S3Server *server, const char *id, char **user, CrSecretText *secret);

/* s3-auth.c: who signed this request? A body in pieces is put together. NULL after answering 4xx. Gives. */
char *s3_server_authenticate (S3ServerCall *call);

/* s3-chunked.c: a body in pieces. All borrowed. */
typedef struct {
  const char *date;   /* x-amz-date */
  const char *scope;  /* of the credential, without its id */
  const char *secret; /* of the key */
  gboolean is_signed; /* each piece */
  gboolean has_trailer;
} S3ServerChunking;
/* Put the body together into CALL->plain; SEED is the signature of the request. FALSE after answering. */
gboolean s3_server_unchunk (S3ServerCall *call, const S3ServerChunking *how, const char *seed);

/* s3-sum.c: checksums in headers and trailers (x-amz-checksum-crc32, ...). */
/* Does the request carry others than the one that is computed of everything that arrives? */
gboolean s3_server_has_other_sums (const SandboxRequest *request);
/* The checksum of a whole object, as the service computes it for each. */
void s3_server_respond_crc64 (S3ServerCall *call, guint64 crc64);
/* Those of the headers and of TRAILERS (may be NULL) against BODY; FALSE after answering. */
gboolean s3_server_check_sums (S3ServerCall *call, GBytes *body, GHashTable *trailers);
/* The one that may be in the header against CALL->crc64, which it then answers with. FALSE after refusing. */
gboolean s3_server_check_crc64 (S3ServerCall *call);
/* Which checksums an upload in parts is begun with: "crc64nvme", S3_SERVER_WHOLE; NULL, NULL = none. FALSE
 * after answering. Give. */
gboolean s3_server_take_sum_kind (S3ServerCall *call, char **algorithm, char **type);
/* Does a part carry the checksum that an upload with ALGORITHM (NULL = any or none) and TYPE wants? FALSE
 * after answering. */
gboolean s3_server_check_sum_kind (S3ServerCall *call, const char *algorithm, const char *type);
/* Does CALL, which completes an upload of TYPE, say so, and is its checksum CALL->crc64? FALSE after
 * answering. */
gboolean s3_server_check_whole (S3ServerCall *call, const char *type);

/* s3-headers.c: CALL->type and CALL->meta from the request; FALSE after answering. */
gboolean s3_server_take_headers (S3ServerCall *call);
void s3_server_respond_headers (S3ServerCall *call, const char *meta);

/* s3-bucket.c */
void s3_server_bucket_list (S3ServerCall *call);
void s3_server_bucket_put (S3ServerCall *call);
void s3_server_bucket_head (S3ServerCall *call);
void s3_server_bucket_location (S3ServerCall *call);
void s3_server_bucket_versioning (S3ServerCall *call);
void s3_server_bucket_delete (S3ServerCall *call);
/* Does the bucket of CALL exist, belong to its user, and lie in its region? FALSE after answering 404, 403,
 * 301 or
 * 400. */
gboolean s3_server_bucket_check (S3ServerCall *call);
/* s3-list.c */
void s3_server_object_list (S3ServerCall *call);

/* s3-object.c */
void s3_server_object_put (S3ServerCall *call);
void s3_server_object_get (S3ServerCall *call);
void s3_server_object_delete (S3ServerCall *call);
void s3_server_object_tagging (S3ServerCall *call); /* none can be set */
/* Put PARTS (StoragePart*, on the disk; tag ETAG) with type and headers of CALL under its key; what it
 * replaces is removed. FORGET (may be NULL) is the upload whose parts they were. FALSE after answering. */
gboolean s3_server_object_store (S3ServerCall *call, GPtrArray *parts, const char *etag, const char *forget);
/* One object as it is read. */
typedef struct {
  char *file, *etag, *type, *meta;
  gint64 length, modified_ms;
  gboolean has_crc64; /* older objects have none */
  guint64 crc64;
} S3ServerObject;
void s3_server_object_clear (S3ServerObject *object);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S3ServerObject, s3_server_object_clear)
/* FALSE after answering. */
gboolean s3_server_object_find (S3ServerCall *call, S3ServerObject *object);
/* COUNT bytes of OBJECT from FIRST on; under the lock under which it was found. Gives. */
StorageContent *s3_server_object_open (S3ServerCall *call, const S3ServerObject *object, guint64 first,
                                       guint64 count);
/* Remove the object of CALL, if there is one. */
gboolean s3_server_object_remove (S3ServerCall *call, GError **error);
/* What arrived or is copied, with its MD5; TAG is its ETag. NULL after answering that a checksum does not
 * match or that there is no such source. Borrowed. */
StorageUpload *s3_server_received (S3ServerCall *call, char **tag);

/* s3-copy.c */
gboolean s3_server_is_copy (const S3ServerCall *call);
/* The content that x-amz-copy-source names into CALL->decoded. FALSE after answering. */
gboolean s3_server_copy (S3ServerCall *call);
/* The answer to something stored: an ETag, for copies as XML. */
void s3_server_respond_stored (S3ServerCall *call, const char *etag);

/* s3-multipart.c */
void s3_server_upload_start (S3ServerCall *call);
void s3_server_upload_part (S3ServerCall *call);
void s3_server_upload_complete (S3ServerCall *call);
void s3_server_upload_abort (S3ServerCall *call);
/* The upload that the query names, if it is one of this object; its type, headers and kind of checksums into
 * CALL. NULL after answering. Gives. */
char *s3_server_upload_require (S3ServerCall *call);

/* s3-uploads.c */
void s3_server_upload_list (S3ServerCall *call);
void s3_server_part_list (S3ServerCall *call);
void s3_server_delete_many (S3ServerCall *call);

G_END_DECLS
