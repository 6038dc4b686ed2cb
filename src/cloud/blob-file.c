/* SPDX-License-Identifier: MIT
 * Files on this side of a transfer: digests, content types, and downloads that are whole or absent.
 */
#include "cloud/blob-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (256u * 1024)
#define DOWNLOAD_ATTEMPTS 3

static void
set_file_error (GError **error, const char *verb, const char *path, int code)
{
  gboolean full = code == ENOSPC || code == EDQUOT;
  cr_set_error (error, CR_ERROR_ADMIN, full ? "Make room on the disk, then do this again." : NULL,
                "Cannot %s %s: %s.", verb, path, full ? "the disk is full" : g_strerror (code));
}

char *
blob_file_md5 (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    set_file_error (error, "read", path, errno);
    return NULL;
  }
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree guint8 *buffer = g_malloc (READ_BYTES);
  ssize_t got;
  while ((got = read (fd, buffer, READ_BYTES)) > 0 || (got < 0 && errno == EINTR))
    if (got > 0)
      g_checksum_update (sum, buffer, got);
  int code = errno;
  close (fd);
  if (got < 0) {
    set_file_error (error, "read", path, code);
    return NULL;
  }
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_get_digest (sum, digest, &length);
  return cr_base64 (digest, length);
}

const char *
blob_content_type (const char *path)
{
  static const struct {
    const char *extension, *type;
  } rows[] = { { ".csv", "text/csv" },
               { ".json", "application/json" },
               { ".html", "text/html" },
               { ".txt", "text/plain" } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_has_suffix (path, rows[i].extension))
      return rows[i].type;
  return "application/octet-stream";
}

/* --- a file being written ------------------------------------------------------------------------------- */

struct BlobFile {
  char *path, *temp;
  int fd;
};

BlobFile *
blob_file_create (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  if (!cr_dir_make (folder, 0700, error))
    return NULL;
  g_autofree char *random = cr_random_hex (12);
  BlobFile *file = g_new0 (BlobFile, 1);
  file->path = g_strdup (path);
  file->temp = g_strdup_printf ("%s/.tmp-%s", folder, random);
  file->fd = open (file->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file->fd >= 0)
    return file;
  set_file_error (error, "write", path, errno);
  blob_file_discard (file);
  return NULL;
}

gboolean
blob_file_append (BlobFile *file, const void *data, gsize length, GError **error)
{
  const guint8 *p = data;
  if (cr_fault_write ()) {
    set_file_error (error, "write", file->path, ENOSPC);
    return FALSE;
  }
  while (length > 0) {
    ssize_t n = write (file->fd, p, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      set_file_error (error, "write", file->path, errno);
      return FALSE;
    }
    p += n;
    length -= (gsize) n;
  }
  return TRUE;
}

void
blob_file_discard (BlobFile *file)
{
  if (file->fd >= 0) {
    close (file->fd);
    g_unlink (file->temp);
  }
  g_free (file->path);
  g_free (file->temp);
  g_free (file);
}

gboolean
blob_file_commit (BlobFile *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  gboolean ok = fsync (file->fd) == 0 && rename (file->temp, file->path) == 0;
  if (ok) {
    int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);
    if (fd >= 0)
      close (fd);
  }
  if (!ok)
    set_file_error (error, "write", file->path, errno);
  blob_file_discard (file);
  return ok;
}

/* --- download ------------------------------------------------------------------------------------------- */

typedef struct {
  BlobFile *file;
  GChecksum *sum;
} Download;

static gboolean
take_bytes (const void *data, gsize length, gpointer user_data, GError **error)
{
  Download *download = user_data;
  g_checksum_update (download->sum, data, (gssize) length);
  return blob_file_append (download->file, data, length, error);
}

static gboolean
check_digest (Download *download, const HttpResponse *response, const char *name, GError **error)
{
  const char *expected = http_response_header (response, "content-md5");
  if (expected == NULL)
    return TRUE;
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_get_digest (download->sum, digest, &length);
  g_autofree char *got = cr_base64 (digest, length);
  if (strcmp (got, expected) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_RETRY, "Download it again; if it stays so, publish the data again.",
                "The content of %s does not match its checksum.", name);
  return FALSE;
}

static gboolean
download_once (BlobClient *client, CrJob *job, const char *container, const char *name, const char *path,
               GError **error)
{
  BlobFile *file = blob_file_create (path, error);
  if (file == NULL)
    return FALSE;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  Download download = { file, sum };
  const BlobCall call = { .method = "GET",
                          .container = container,
                          .name = name,
                          .max_response = G_MAXSIZE,
                          .sink = take_bytes,
                          .sink_data = &download };
  g_autoptr (HttpResponse) response = blob_send (client, job, &call, error);
  gboolean ok = response != NULL;
  if (ok && response->status == 404) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "%s/%s does not exist.", container, name);
    ok = FALSE;
  } else if (ok && (response->status < 200 || response->status >= 300)) {
    blob_set_error (error, &call, response);
    ok = FALSE;
  }
  if (ok && check_digest (&download, response, name, error))
    return blob_file_commit (file, error);
  blob_file_discard (file);
  return FALSE;
}

gboolean
blob_get_to_file (BlobClient *client, CrJob *job, const char *container, const char *name, const char *path,
                  GError **error)
{
  for (guint attempt = 1;; attempt++) {
    GError *problem = NULL;
    if (download_once (client, job, container, name, path, &problem))
      return TRUE;
    /* A transfer that broke off in the middle starts again from an empty file. */
    if (attempt == DOWNLOAD_ATTEMPTS || !g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)) {
      g_propagate_error (error, problem);
      return FALSE;
    }
    g_clear_error (&problem);
    if (!cr_job_sleep (job, 500 * attempt, error))
      return FALSE;
  }
}
