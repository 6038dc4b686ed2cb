/* SPDX-License-Identifier: MIT
 * The content of a blob as it is read: pieces of files one after the other, decrypted on the way.
 *
 * A file that is being read is pinned: when its blob is replaced or removed in the meantime, it goes
 * after the last reader.
 */
#include "sandbox/blob-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct StorageContent {
  Storage *storage;
  GPtrArray *parts; /* StoragePart*, in order, of the range alone */
  GBytes *key;      /* NULL = nothing is encrypted */
  guint64 length;
  /* The part that is open: */
  guint part;
  guint64 start; /* where it begins in the range */
  int fd;        /* -1 = none */
  StorageCipher *cipher;
  guint64 next; /* position that the cipher stands at */
};

StoragePart *
storage_part_new (const char *file, gint64 offset, gint64 length)
{
  StoragePart *part = g_new0 (StoragePart, 1);
  part->file = g_strdup (file);
  part->offset = offset;
  part->length = length;
  return part;
}

void
storage_part_free (gpointer data)
{
  StoragePart *part = data;
  g_free (part->file);
  g_free (part);
}

/* --- Files that are in use --- */

void
storage_files_init (Storage *storage, const char *folder)
{
  storage->folder = g_strdup (folder);
  g_mutex_init (&storage->pin_mutex);
  storage->pins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  storage->doomed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
storage_files_clear (Storage *storage)
{
  g_clear_pointer (&storage->pins, g_hash_table_unref);
  g_clear_pointer (&storage->doomed, g_hash_table_unref);
  g_mutex_clear (&storage->pin_mutex);
  g_clear_pointer (&storage->folder, g_free);
}

static void
unlink_file (Storage *storage, const char *file)
{
  g_autofree char *path = g_build_filename (storage->folder, file, NULL);
  g_unlink (path);
}

static void
pin (Storage *storage, GPtrArray *parts)
{
  g_mutex_lock (&storage->pin_mutex);
  for (guint i = 0; i < parts->len; i++) {
    const StoragePart *part = g_ptr_array_index (parts, i);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (storage->pins, part->file));
    g_hash_table_insert (storage->pins, g_strdup (part->file), GUINT_TO_POINTER (count + 1));
  }
  g_mutex_unlock (&storage->pin_mutex);
}

static void
unpin (Storage *storage, GPtrArray *parts)
{
  g_mutex_lock (&storage->pin_mutex);
  for (guint i = 0; i < parts->len; i++) {
    const StoragePart *part = g_ptr_array_index (parts, i);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (storage->pins, part->file));
    if (count > 1) {
      g_hash_table_insert (storage->pins, g_strdup (part->file), GUINT_TO_POINTER (count - 1));
      continue;
    }
    g_hash_table_remove (storage->pins, part->file);
    if (g_hash_table_remove (storage->doomed, part->file))
      unlink_file (storage, part->file);
  }
  g_mutex_unlock (&storage->pin_mutex);
}

void
storage_files_remove (Storage *storage, GPtrArray *files)
{
  g_mutex_lock (&storage->pin_mutex);
  for (guint i = 0; i < files->len; i++) {
    const char *file = g_ptr_array_index (files, i);
    if (g_hash_table_contains (storage->pins, file))
      g_hash_table_add (storage->doomed, g_strdup (file));
    else
      unlink_file (storage, file);
  }
  g_mutex_unlock (&storage->pin_mutex);
}

/* --- Reading --- */

StorageContent *
storage_content_new (Storage *storage, GPtrArray *parts)
{
  StorageContent *content = g_new0 (StorageContent, 1);
  content->storage = storage;
  content->parts = parts;
  content->fd = -1;
  for (guint i = 0; i < parts->len; i++)
    content->length += (guint64) ((const StoragePart *) g_ptr_array_index (parts, i))->length;
  pin (storage, parts);
  return content;
}

void
storage_content_set_key (StorageContent *content, GBytes *key)
{
  content->key = key != NULL ? g_bytes_ref (key) : NULL;
}

guint64
storage_content_length (const StorageContent *content)
{
  return content->length;
}

static void
close_part (StorageContent *content)
{
  g_clear_pointer (&content->cipher, storage_cipher_free);
  if (content->fd >= 0)
    close (content->fd);
  content->fd = -1;
}

void
storage_content_free (StorageContent *content)
{
  if (content == NULL)
    return;
  close_part (content);
  unpin (content->storage, content->parts);
  g_ptr_array_unref (content->parts);
  g_clear_pointer (&content->key, g_bytes_unref);
  g_free (content);
}

/* Open the part that POSITION is in; NULL when it cannot be read. */
static const StoragePart *
open_part (StorageContent *content, guint64 position)
{
  if (position < content->start) {
    close_part (content);
    content->part = 0;
    content->start = 0;
  }
  const StoragePart *part = NULL;
  while (content->part < content->parts->len) {
    part = g_ptr_array_index (content->parts, content->part);
    if (position - content->start < (guint64) part->length)
      break;
    close_part (content);
    content->start += (guint64) part->length;
    content->part++;
  }
  if (content->part == content->parts->len)
    return NULL;
  if (content->fd < 0) {
    g_autofree char *path = g_build_filename (content->storage->folder, part->file, NULL);
    content->fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  return content->fd >= 0 ? part : NULL;
}

/* The cipher at byte OFFSET of the open file, which is POSITION of the range. */
static gboolean
place_cipher (StorageContent *content, guint64 position, guint64 offset)
{
  guint8 iv[STORAGE_KEY_PREFIX];
  if (content->cipher != NULL && content->next == position)
    return TRUE;
  g_clear_pointer (&content->cipher, storage_cipher_free);
  if (pread (content->fd, iv, sizeof iv, 0) != (gssize) sizeof iv)
    return FALSE;
  content->cipher = storage_cipher_new (content->key, iv, offset);
  content->next = position;
  return TRUE;
}

gssize
storage_content_read (gpointer data, guint64 position, char *buffer, gsize size)
{
  StorageContent *content = data;
  const StoragePart *part = open_part (content, position);
  if (part == NULL)
    return -1;
  guint64 inside = position - content->start, offset = (guint64) part->offset + inside;
  if (content->key != NULL && !place_cipher (content, position, offset))
    return -1;
  gsize wanted = (gsize) MIN ((guint64) size, (guint64) part->length - inside);
  gssize got;
  do
    got = pread (content->fd, buffer, wanted,
                 (off_t) (offset + (content->key != NULL ? STORAGE_KEY_PREFIX : 0)));
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return -1; /* the file is shorter than its row says */
  if (content->key != NULL) {
    storage_cipher_apply (content->cipher, (const guint8 *) buffer, (gsize) got, (guint8 *) buffer);
    content->next += (guint64) got;
  }
  return got;
}

GBytes *
storage_content_bytes (StorageContent *content, GError **error)
{
  g_autofree char *buffer = g_malloc (content->length + 1);
  for (guint64 done = 0; done < content->length;) {
    gssize got = storage_content_read (content, done, buffer + done, (gsize) (content->length - done));
    if (got < 0) {
      cr_set_error (error, CR_ERROR_FAILED, NULL, "a blob file has another length than its record");
      return NULL;
    }
    done += (guint64) got;
  }
  gsize length = (gsize) content->length;
  return g_bytes_new_take (g_steal_pointer (&buffer), length);
}
