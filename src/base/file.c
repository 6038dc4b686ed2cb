/* SPDX-License-Identifier: MIT
 * Files are old or new, never a mix (file.h).
 */
#include "base/file.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/translate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_errno_error (GError **error, int code, const char *verb, const char *path)
{
  switch (code) {
  case ENOSPC:
  case EDQUOT:
    cr_set_error (error, CR_ERROR_ADMIN, "Make room on the disk, then do this again; nothing was changed.",
                  "Cannot %s %s: the disk is full.", verb, path);
    break;
  case EACCES:
  case EPERM:
  case EROFS:
    cr_set_error (error, CR_ERROR_ADMIN,
                  strcmp (verb, "read") == 0
                      ? N_ ("Check the path and its permissions.")
                      : N_ ("Give yourself write permission there, or choose another folder."),
                  "Cannot %s %s: no permission.", verb, path);
    break;
  case ENOENT:
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "Cannot %s %s: it does not exist.", verb, path);
    break;
  default:
    cr_set_error (error, CR_ERROR_FAILED, NULL, "Cannot %s %s: %s.", verb, path, g_strerror (code));
  }
}

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0) {
    ssize_t n = write (fd, data, length);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      return FALSE;
    }
    data += n;
    length -= (gsize) n;
  }
  return TRUE;
}

static gboolean
sync_folder_of (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  gboolean ok = fsync (fd) == 0 || errno == EINVAL;
  close (fd);
  return ok;
}

/* Write and sync the temp file; returns 0 or the errno of what failed. */
static int
write_temp (const char *temp, const void *data, gsize length, guint mode)
{
  if (cr_fault_write ())
    return ENOSPC;
  int fd = open (temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0)
    return errno;
  int code = 0;
  if (fchmod (fd, mode) != 0 || !write_all (fd, data, length) || fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  return code;
}

gboolean
cr_file_write (const char *path, const void *data, gssize length, guint mode, GError **error)
{
  gsize size = length < 0 ? strlen (data) : (gsize) length;
  g_autofree char *random = cr_random_hex (12);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *temp = g_strdup_printf ("%s/.tmp-%s", folder, random);

  int code = write_temp (temp, data, size, mode);
  cr_fault_point ("file.before-rename");
  if (code == 0 && rename (temp, path) != 0)
    code = errno;
  if (code != 0) {
    unlink (temp);
    set_errno_error (error, code, "write", path);
    return FALSE;
  }
  cr_fault_point ("file.after-rename");
  if (!sync_folder_of (path)) {
    set_errno_error (error, errno, "write", path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
too_large (const char *path, gsize max, GError **error)
{
  cr_set_error (error, CR_ERROR_INPUT, "Check that this is the right file.",
                "%s is too large: more than %zu bytes.", path, max);
  return FALSE;
}

/* PATH, a regular file, and how long it is; -1 after setting ERROR. */
static int
open_regular (const char *path, gsize *length, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe is refused, not waited for */
  if (fd < 0) {
    set_errno_error (error, errno, "read", path);
    return -1;
  }
  struct stat status;
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode)) {
    close (fd);
    cr_set_error (error, CR_ERROR_INPUT, NULL, "Cannot read %s: it is not a regular file.", path);
    return -1;
  }
  *length = (gsize) status.st_size;
  return fd;
}

/* As much as there is, at most SIZE bytes, to BUFFER; -1 and errno. */
static gssize
read_all (int fd, guint8 *buffer, gsize size)
{
  gsize have = 0;
  while (have < size) {
    ssize_t n = read (fd, buffer + have, size - have);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    have += (gsize) n;
  }
  return (gssize) have;
}

GBytes *
cr_file_read (const char *path, gsize max, GError **error)
{
  gsize length;
  int fd = open_regular (path, &length, error);
  if (fd < 0)
    return NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[64 * 1024];
  gssize n;
  while ((n = read_all (fd, buffer, sizeof buffer)) > 0) {
    if (bytes->len + (gsize) n > max) {
      close (fd);
      too_large (path, max, error);
      return NULL;
    }
    g_byte_array_append (bytes, buffer, (guint) n);
  }
  int code = n < 0 ? errno : 0;
  close (fd);
  if (code != 0) {
    set_errno_error (error, code, "read", path);
    return NULL;
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

GBytes *
cr_file_read_secret (const char *path, gsize max, GError **error)
{
  gsize length;
  int fd = open_regular (path, &length, error);
  if (fd < 0)
    return NULL;
  /* One byte more shows a file that has grown meanwhile. */
  gsize size = MIN (length, max) + 1;
  guint8 *buffer = g_malloc (size);
  gssize n = read_all (fd, buffer, size);
  int code = errno;
  close (fd);
  GBytes *secret = n >= 0 && (gsize) n < size ? cr_secret_new (buffer, (gsize) n) : NULL;
  if (n < 0)
    set_errno_error (error, code, "read", path);
  else if (secret == NULL && size > max)
    too_large (path, max, error);
  else if (secret == NULL)
    cr_set_error (error, CR_ERROR_RETRY, "Wait until nobody writes it, then do it again.",
                  "%s became longer while it was read.", path);
  cr_wipe (buffer, size);
  g_free (buffer);
  return secret;
}

/* The text of BYTES without the last newline; *LENGTH bytes. NULL after setting ERROR. Borrowed. */
static const char *
text_of (GBytes *bytes, const char *path, gsize *length, GError **error)
{
  const char *data = g_bytes_get_data (bytes, length);
  if (!g_utf8_validate_len (data != NULL ? data : "", *length, NULL)) {
    cr_set_error (error, CR_ERROR_INPUT, "Save the file as UTF-8 text.", "%s is not UTF-8 text.", path);
    return NULL;
  }
  if (*length > 0 && data[*length - 1] == '\n')
    *length -= 1;
  return data != NULL ? data : "";
}

char *
cr_file_read_text (const char *path, gsize max, GError **error)
{
  gsize length;
  g_autoptr (GBytes) bytes = cr_file_read (path, max, error);
  const char *text = bytes != NULL ? text_of (bytes, path, &length, error) : NULL;
  return text != NULL ? g_strndup (text, length) : NULL;
}

CrSecretText
cr_file_read_secret_text (const char *path, gsize max, GError **error)
{
  gsize length;
  g_autoptr (GBytes) bytes = cr_file_read_secret (path, max, error);
  const char *text = bytes != NULL ? text_of (bytes, path, &length, error) : NULL;
  return text != NULL ? cr_secret_text_new (text, (gssize) length) : NULL;
}

gboolean
cr_dir_make (const char *path, guint mode, GError **error)
{
  struct stat status;
  if (stat (path, &status) == 0) {
    if (S_ISDIR (status.st_mode))
      return TRUE;
    cr_set_error (error, CR_ERROR_INPUT, "Move that file away or choose another folder.",
                  "Cannot make the folder %s: a file of that name is there.", path);
    return FALSE;
  }
  g_autofree char *parent = g_path_get_dirname (path);
  if (strcmp (parent, path) != 0 && !cr_dir_make (parent, mode, error))
    return FALSE;
  if (cr_fault_write ()) {
    set_errno_error (error, ENOSPC, "make the folder", path);
    return FALSE;
  }
  if (mkdir (path, mode) != 0 && errno != EEXIST) {
    if (errno == ENOENT) /* the parent is there: this place takes no folders */
      cr_set_error (error, CR_ERROR_ADMIN, "Choose another folder.",
                    "Cannot make the folder %s: it is not possible there.", path);
    else
      set_errno_error (error, errno, "make the folder", path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
remove_below (int parent_fd, const char *name, const char *path, GError **error)
{
  struct stat status;
  if (fstatat (parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return TRUE;
    set_errno_error (error, errno, "remove", path);
    return FALSE;
  }
  if (S_ISDIR (status.st_mode)) {
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    const char *entry;
    while (folder != NULL && (entry = g_dir_read_name (folder)) != NULL) {
      g_autofree char *child = g_build_filename (path, entry, NULL);
      if (!remove_below (AT_FDCWD, child, child, error))
        return FALSE;
    }
  }
  if (unlinkat (parent_fd, name, S_ISDIR (status.st_mode) ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT) {
    set_errno_error (error, errno, "remove", path);
    return FALSE;
  }
  return TRUE;
}

gboolean
cr_dir_remove (const char *path, GError **error)
{
  return remove_below (AT_FDCWD, path, path, error);
}
