/* SPDX-License-Identifier: MIT
 * Files are old or new, never a mix: temp file, fsync, rename, fsync of the folder.
 */
#pragma once

#include "base/secret.h"

#include <glib.h>

G_BEGIN_DECLS

/* Replace PATH with LENGTH bytes, permission MODE (0600, 0644). -1 = strlen. Errors name the path and
 * say "disk full", "no permission" in words. A leftover temp file of a killed writer is harmless. */
gboolean cr_file_write (const char *path, const void *data, gssize length, guint mode, GError **error);

/* Read at most MAX bytes; a larger file is an error. Gives. CR_ERROR_NOT_FOUND when absent. */
GBytes *cr_file_read (const char *path, gsize max, GError **error);
/* The same as UTF-8 text with one trailing newline removed; invalid UTF-8 or a NUL byte is refused. Gives. */
char *cr_file_read_text (const char *path, gsize max, GError **error);

/* Both for keys, tokens and the like: what is read is in secret memory (base/secret.h) and nowhere else.
 * Give. */
GBytes *cr_file_read_secret (const char *path, gsize max, GError **error);
CrSecretText cr_file_read_secret_text (const char *path, gsize max, GError **error);

/* Make the folder and its parents with MODE; an existing one is left, but must be a folder. */
gboolean cr_dir_make (const char *path, guint mode, GError **error);
/* Remove a folder and everything below it; symbolic links are removed, never followed. Absent is fine. */
gboolean cr_dir_remove (const char *path, GError **error);

G_END_DECLS
