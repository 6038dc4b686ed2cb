/* SPDX-License-Identifier: MIT
 * A body on its way to the disk: summed up, encrypted and written piece by piece, so that memory does not
 * grow with it.
 *
 * Small ones stay in the buffer until somebody wants to keep them.
 */
#include "sandbox/blob-private.h"

#include "base/crc64.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (256u * 1024)

struct StorageUpload {
  SandboxSink sink; /* first, so that one is the other */
  char *folder;
  char *name; /* of the file, NULL = none yet */
  int fd;
  gboolean kept;
  int problem; /* errno of the first write that failed */
  guint64 length;
  guint8 *buffer; /* as it goes to the disk */
  gsize used, room;
  StorageCipher *cipher; /* NULL = nothing is encrypted */
  EVP_MD_CTX *md5, *sha256;
  guint64 crc64;
  StorageSums sums;
};

static EVP_MD_CTX *
digest_new (const EVP_MD *type)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  if (context == NULL || EVP_DigestInit_ex2 (context, type, NULL) != 1)
    g_error ("a digest is not available");
  return context;
}

static char *
path_of (const StorageUpload *upload)
{
  return g_build_filename (upload->folder, upload->name, NULL);
}

/* The file, made by the first byte that leaves the buffer. */
static gboolean
make_file (StorageUpload *upload)
{
  upload->name = cr_random_hex (32);
  g_autofree char *path = path_of (upload);
  if (cr_fault_write ()) {
    errno = ENOSPC;
    return FALSE;
  }
  /* No temporary name is needed: nobody looks at the file before a row names it. */
  upload->fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  return upload->fd >= 0;
}

static void
flush (StorageUpload *upload)
{
  if (upload->problem == 0 && upload->fd < 0 && !make_file (upload))
    upload->problem = errno;
  for (gsize done = 0; upload->problem == 0 && done < upload->used;) {
    gssize written = write (upload->fd, upload->buffer + done, upload->used - done);
    if (written < 0 && errno != EINTR)
      upload->problem = errno;
    done += (gsize) MAX (written, 0);
  }
  upload->used = 0;
}

static void
take (SandboxSink *sink, const guint8 *data, gsize length)
{
  storage_upload_write ((StorageUpload *) (gpointer) sink, data, length);
}

static void
drop (SandboxSink *sink)
{
  storage_upload_free ((StorageUpload *) (gpointer) sink);
}

StorageUpload *
storage_upload_new (const char *folder, StorageSums sums, GBytes *key, guint64 expected)
{
  StorageUpload *upload = g_new0 (StorageUpload, 1);
  upload->sink = (SandboxSink){ take, drop };
  upload->folder = g_strdup (folder);
  upload->fd = -1;
  upload->sums = sums;
  upload->room = (gsize) CLAMP (expected + STORAGE_KEY_PREFIX, 64, BUFFER_BYTES);
  upload->buffer = g_malloc (upload->room);
  if ((sums & STORAGE_SUM_MD5) != 0)
    upload->md5 = digest_new (EVP_md5 ());
  if ((sums & STORAGE_SUM_SHA256) != 0)
    upload->sha256 = digest_new (EVP_sha256 ());
  if (key != NULL) {
    cr_random_bytes (upload->buffer, STORAGE_KEY_PREFIX);
    upload->cipher = storage_cipher_new (key, upload->buffer, 0);
    upload->used = STORAGE_KEY_PREFIX;
  }
  return upload;
}

SandboxSink *
storage_upload_sink (StorageUpload *upload)
{
  return &upload->sink;
}

StorageUpload *
storage_upload_of (const SandboxRequest *request)
{
  return request->sink != NULL && request->sink->write == take ? (StorageUpload *) (gpointer) request->sink
                                                               : NULL;
}

void
storage_upload_free (StorageUpload *upload)
{
  if (upload == NULL)
    return;
  if (upload->fd >= 0)
    close (upload->fd);
  if (upload->name != NULL && !upload->kept) {
    g_autofree char *path = path_of (upload);
    g_unlink (path);
  }
  EVP_MD_CTX_free (upload->md5);
  EVP_MD_CTX_free (upload->sha256);
  storage_cipher_free (upload->cipher);
  g_free (upload->buffer);
  g_free (upload->name);
  g_free (upload->folder);
  g_free (upload);
}

void
storage_upload_write (StorageUpload *upload, const guint8 *data, gsize length)
{
  upload->length += length;
  if ((upload->sums & STORAGE_SUM_CRC64) != 0)
    upload->crc64 = cr_crc64 (upload->crc64, data, length);
  if ((upload->md5 != NULL && EVP_DigestUpdate (upload->md5, data, length) != 1)
      || (upload->sha256 != NULL && EVP_DigestUpdate (upload->sha256, data, length) != 1))
    g_error ("a digest failed");
  while (length > 0) {
    gsize piece = MIN (length, upload->room - upload->used);
    if (upload->cipher != NULL)
      storage_cipher_apply (upload->cipher, data, piece, upload->buffer + upload->used);
    else
      memcpy (upload->buffer + upload->used, data, piece);
    upload->used += piece;
    data += piece;
    length -= piece;
    if (upload->used == upload->room)
      flush (upload);
  }
}

guint64
storage_upload_length (const StorageUpload *upload)
{
  return upload->length;
}

/* What CONTEXT has seen so far; more may follow. */
static gsize
digest_now (const EVP_MD_CTX *context, guint8 digest[EVP_MAX_MD_SIZE])
{
  unsigned int size = 0;
  EVP_MD_CTX *copy = EVP_MD_CTX_new ();
  if (copy == NULL || EVP_MD_CTX_copy_ex (copy, context) != 1
      || EVP_DigestFinal_ex (copy, digest, &size) != 1)
    g_error ("a digest failed");
  EVP_MD_CTX_free (copy);
  return size;
}

void
storage_upload_md5 (const StorageUpload *upload, guint8 digest[16])
{
  guint8 whole[EVP_MAX_MD_SIZE];
  g_assert (upload->md5 != NULL && digest_now (upload->md5, whole) == 16);
  memcpy (digest, whole, 16);
}

char *
storage_upload_sha256_hex (const StorageUpload *upload)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  g_assert (upload->sha256 != NULL);
  return cr_hex (digest, digest_now (upload->sha256, digest));
}

guint64
storage_upload_crc64 (const StorageUpload *upload)
{
  return upload->crc64;
}

char *
storage_upload_keep (StorageUpload *upload, gboolean durable, GError **error)
{
  if (upload->used > 0 || upload->name == NULL)
    flush (upload);
  cr_fault_point ("blob.before-sync");
  if (upload->problem == 0 && durable && (fsync (upload->fd) != 0 || !storage_folder_sync (upload->folder)))
    upload->problem = errno;
  /* One that becomes durable later is on its way to the disk by then. */
  if (upload->problem == 0 && !durable)
    sync_file_range (upload->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  if (upload->fd >= 0 && close (upload->fd) != 0 && upload->problem == 0)
    upload->problem = errno;
  upload->fd = -1;
  if (upload->problem != 0) {
    storage_file_error (error, "write", upload->problem);
    return NULL;
  }
  upload->kept = TRUE;
  return g_strdup (upload->name);
}
