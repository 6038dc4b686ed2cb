/* SPDX-License-Identifier: MIT
 * The blob service and the static website of the sandbox, inside.
 *
 * Wire format: Azure Blob service REST, path style: /{account}/{container}/{blob}, or with the account in the
 * name of the host (account.blob.localhost). An account's data is kept
 * under the instance of its resource (arm-private.h), so an account that is removed and made again starts
 * empty.
 */
#pragma once

#include "base/db.h"
#include "sandbox/server.h"

G_BEGIN_DECLS

typedef struct {
  CrDb *db;     /* DIR/sandbox/blob.db: names, properties, which file holds what */
  char *folder; /* DIR/sandbox/blobs: one file per blob or block, named at random */
  GMutex pin_mutex;
  GHashTable *pins;   /* file -> number of readers */
  GHashTable *doomed; /* files that go when their last reader has gone */
} Storage;

/* A piece of a file. */
typedef struct {
  char *file;
  gint64 offset, length; /* of the plain content */
} StoragePart;
StoragePart *storage_part_new (const char *file, gint64 offset, gint64 length); /* gives */
void storage_part_free (gpointer part);

typedef struct StorageContent StorageContent;
typedef struct StorageUpload StorageUpload;

/* One call that is being answered. Texts are borrowed from the dispatcher. */
typedef struct {
  Sandbox *sandbox;
  Storage *storage;
  const SandboxRequest *request;
  SandboxResponse *response;
  const char *account;    /* name */
  const char *account_id; /* resource id */
  const char *instance;
  const char *container; /* decoded, NULL at service level */
  const char *blob;      /* decoded, NULL above blobs */
  GBytes *key;           /* the customer's key of this request, NULL = none */
  char *key_sha256;      /* base64 of its digest; NULL with KEY */
} StorageCall;

/* A committed blob. */
typedef struct {
  char *file; /* "" = it is made of blocks, each a file of its own */
  gint64 length;
  char *etag; /* with its quotes */
  gint64 created_ms, modified_ms;
  char *type, *encoding, *language, *cache, *disposition; /* Content-* as stored, may be NULL */
  char *md5;                                              /* base64, NULL when none is stored */
  char *metadata;                                         /* JSON object text, NULL when none */
  char *key_sha256; /* base64; NULL = not encrypted with a customer's key */
} StorageBlob;
void storage_blob_clear (StorageBlob *blob);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StorageBlob, storage_blob_clear)

/* --- blob-store.c: database and files --- */

Storage *storage_open (const char *folder, GError **error); /* FOLDER is DIR/sandbox; gives */
void storage_close (Storage *storage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Storage, storage_close)
/* Bring the files of PARTS (StoragePart*) to the disk; one that is shorter than it should be is an error.
 * ENCRYPTED ones begin with STORAGE_KEY_PREFIX bytes more. */
gboolean storage_parts_sync (Storage *storage, GPtrArray *parts, gboolean encrypted, GError **error);
/* Bring the blocks of NAME to the disk while other calls go on: what is left to do under the lock is
 * little. */
void storage_blocks_settle (Storage *storage, const char *instance, const char *container, const char *name);
gboolean storage_folder_sync (const char *folder);
/* A transaction for rows that need not survive a power cut before the next ordinary one commits. The end
 * comes after commit or rollback. */
gboolean storage_begin_lazily (CrDb *db, GError **error);
void storage_end_lazily (CrDb *db);
/* FALSE with ERROR about a file that cannot be read or written for REASON (errno). */
gboolean storage_file_error (GError **error, const char *doing, int reason);
gboolean storage_container_exists (Storage *storage, const char *instance, const char *container);
/* FALSE when there is no such blob. */
gboolean storage_blob_read (Storage *storage, const char *instance, const char *container, const char *name,
                            StorageBlob *blob);
/* The columns that storage_blob_fill reads, in order. */
#define STORAGE_BLOB_COLUMNS                                                                                   \
  "file, length, etag, created_ms, modified_ms, type, encoding, language, cache, disposition, md5, metadata, " \
  "key_sha256"
void storage_blob_fill (sqlite3_stmt *statement, int first_column, StorageBlob *blob);
/* Insert or replace the row; the caller holds the transaction. */
gboolean storage_blob_write (Storage *storage, const char *instance, const char *container, const char *name,
                             const StorageBlob *blob, GError **error);
/* Files of NAME (NULL = of the whole container; CONTAINER NULL = of the whole account): blobs and blocks.
 * Adds char*. */
void storage_files_of (Storage *storage, const char *instance, const char *container, const char *name,
                       gboolean with_blob, GPtrArray *files);
/* Remove the rows that storage_files_of names, containers included; the caller holds the transaction. */
gboolean storage_rows_remove (Storage *storage, const char *instance, const char *container, const char *name,
                              GError **error);
/* The same, committed, and then the files as well: ends the transaction that the caller began. */
gboolean storage_remove (Storage *storage, const char *instance, const char *container, const char *name,
                         GError **error);
/* A blob and its bytes FIRST to LAST, as far as there are any, also while it is being replaced. FALSE
 * when it is absent. Gives the content, which has no key yet. */
gboolean storage_blob_open (Storage *storage, const char *instance, const char *container, const char *name,
                            guint64 first, guint64 last, StorageBlob *blob, StorageContent **content);
/* Remove every container and blob of the account instance. Thread safe. */
gboolean storage_remove_account (Sandbox *sandbox, const char *instance, GError **error);

/* --- blob-content.c: what readers have open --- */

/* Everything of a Storage but its database. */
void storage_files_init (Storage *storage, const char *folder);
void storage_files_clear (Storage *storage);
/* Remove files that no row names any more, each after its last reader; FILES holds char*. */
void storage_files_remove (Storage *storage, GPtrArray *files);
/* A reader of PARTS (StoragePart*), which it takes; made while no other call can remove them. Gives. */
StorageContent *storage_content_new (Storage *storage, GPtrArray *parts);
void storage_content_set_key (StorageContent *content, GBytes *key);
void storage_content_free (StorageContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StorageContent, storage_content_free)
guint64 storage_content_length (const StorageContent *content);
gssize storage_content_read (gpointer content, guint64 position, char *buffer,
                             gsize size);                                /* a SandboxRead */
GBytes *storage_content_bytes (StorageContent *content, GError **error); /* gives */

/* --- blob-upload.c: bodies that arrive --- */

typedef enum { STORAGE_SUM_MD5 = 1, STORAGE_SUM_CRC64 = 2, STORAGE_SUM_SHA256 = 4 } StorageSums;

/* A body for a file in FOLDER, encrypted with KEY (NULL = not), of which SUMS are wanted. EXPECTED bytes,
 * 0 = not known. Without storage_upload_keep nothing remains. Gives. */
StorageUpload *storage_upload_new (const char *folder, StorageSums sums, GBytes *key, guint64 expected);
void storage_upload_free (StorageUpload *upload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StorageUpload, storage_upload_free)
void storage_upload_write (StorageUpload *upload, const guint8 *data, gsize length);
/* The upload as a sink of the listener, which frees it, and back; NULL when the request has none.
 * Borrowed. */
SandboxSink *storage_upload_sink (StorageUpload *upload);
StorageUpload *storage_upload_of (const SandboxRequest *request);
guint64 storage_upload_length (const StorageUpload *upload);
/* What was asked for in SUMS, of what has arrived. */
void storage_upload_md5 (const StorageUpload *upload, guint8 digest[16]);
char *storage_upload_sha256_hex (const StorageUpload *upload); /* gives */
guint64 storage_upload_crc64 (const StorageUpload *upload);
/* Finish the file and keep it; DURABLE = on the disk when this returns. Gives its name. */
char *storage_upload_keep (StorageUpload *upload, gboolean durable, GError **error);

/* --- blob-start.c: helpers of the handlers --- */

/* The error body of the service and x-ms-error-code. */
void storage_fail (StorageCall *call, guint status, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* The same with one more element, left out when DETAIL is NULL. */
void storage_fail_with (StorageCall *call, guint status, const char *code, const char *element,
                        const char *detail, const char *message);
/* Answer 500 and log; ERROR is set. */
void storage_broken (StorageCall *call, const GError *error);
gboolean storage_version_valid (const char *version); /* a date of this century: x-ms-version, sv */
const char *storage_header (const StorageCall *call,
                            const char *name); /* borrowed; NULL when absent or empty */
char *storage_etag_new (void);                 /* gives */
/* ETag and Last-Modified of the answer. */
void storage_respond_version (StorageCall *call, const char *etag, gint64 modified_ms);
/* If-Match and If-None-Match against ETAG (NULL = there is nothing). FALSE after answering 304, 404, 409 or
 * 412. */
gboolean storage_check_conditions (StorageCall *call, const char *etag, gboolean reading);
/* x-ms-meta-* of the request as JSON text, NULL when there are none; FALSE after answering 400. */
gboolean storage_take_metadata (StorageCall *call, char **metadata);
void storage_respond_metadata (StorageCall *call, const char *metadata);
/* The range that the request asks for, everything when it asks for none (FALSE) that the service
 * understands. */
gboolean storage_wanted_range (StorageCall *call, guint64 *first, guint64 *last);
/* Whole or part of a blob, 200, 206, 304 or 416; STATUS 404 for error pages. CONTENT, which it takes, is the
 * wanted range, or everything when STATUS is not 200. Headers and body as the service. */
void storage_respond_blob (StorageCall *call, const StorageBlob *blob, StorageContent *content, guint status);

/* --- blob-key.c: customer-provided keys --- */

#define STORAGE_KEY_PREFIX 16 /* bytes before the content of an encrypted file */

/* The key headers of the request into CALL; WRITING asks for the algorithm too. FALSE after answering 400. */
gboolean storage_key_take (StorageCall *call, gboolean writing);
void storage_key_forget (StorageCall *call);
/* Is the key of CALL the one that STORED (base64 digest, NULL = none) was encrypted with? FALSE after
 * answering
 * 409. */
gboolean storage_key_fits (StorageCall *call, const char *stored);
/* What an answer says about encryption. */
void storage_key_respond (StorageCall *call, gboolean writing);
/* The key stream of an encrypted file that starts with IV, from plain byte OFFSET on. */
typedef struct StorageCipher StorageCipher;
StorageCipher *storage_cipher_new (GBytes *key, const guint8 *iv, guint64 offset);
void storage_cipher_free (StorageCipher *cipher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StorageCipher, storage_cipher_free)
/* Encrypt or decrypt; TO may be FROM. */
void storage_cipher_apply (StorageCipher *cipher, const guint8 *from, gsize length, guint8 *to);

/* --- blob-xml.c --- */

/* Called for each element without children, in document order; PATH is "BlockList/Latest". FALSE stops. */
typedef gboolean (*StorageXmlLeaf) (const char *path, const char *text, gpointer data);
/* FALSE for anything but well-formed XML without a document type, at most 8 deep, whose leaves are all
 * accepted. */
gboolean storage_xml_read (GBytes *bytes, StorageXmlLeaf leaf, gpointer data);
/* "<NAME>text</NAME>" with TEXT escaped; NULL or "" gives "<NAME />". */
void storage_xml_element (GString *xml, const char *name, const char *text);
void storage_respond_xml (StorageCall *call, const GString *xml);

/* --- blob-sum.c --- */

/* Content-MD5 and x-ms-content-crc64 of the request against UPLOAD, or its body when that is NULL; FALSE
 * after answering 400. MD5 (may be NULL; then UPLOAD has it) gives the base64 digest. */
gboolean storage_check_sums (StorageCall *call, const StorageUpload *upload, char **md5);
char *storage_md5 (GBytes *bytes); /* base64; gives */

/* --- handlers --- */
void storage_service_get (StorageCall *call);
void storage_service_put (StorageCall *call);
void storage_container_list (StorageCall *call);
void storage_container_put (StorageCall *call);
void storage_container_get (StorageCall *call);
void storage_container_delete (StorageCall *call);
void storage_blob_list (StorageCall *call);
void storage_blob_put (StorageCall *call);
void storage_blob_get (StorageCall *call);
void storage_blob_delete (StorageCall *call);
void storage_metadata_get (StorageCall *call);
void storage_metadata_put (StorageCall *call);
void storage_properties_put (StorageCall *call);
void storage_block_put (StorageCall *call);
void storage_block_commit (StorageCall *call);
void storage_block_list (StorageCall *call);

/* web-start.c: the listener for static websites. */
gboolean web_start (Sandbox *sandbox, GError **error);

G_END_DECLS
