/* SPDX-License-Identifier: MIT
 * Client-side encryption: published files, every length around a block, and files that were tampered with.
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "data/cse.h"

#include <glib/gstdio.h>
#include <string.h>

#define BLOCK 16u

static GBytes *
test_key (guint8 first)
{
  guint8 key[DATA_CSE_KEY];
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) (first + i);
  return cr_secret_new (key, sizeof key);
}

static DataCse *
test_cse (guint8 first)
{
  g_autoptr (GBytes) key = test_key (first);
  g_autoptr (GError) error = NULL;
  DataCse *cse = data_cse_new (key, BLOCK, &error);
  g_assert_no_error (error);
  return cse;
}

typedef struct {
  char *folder, *plain, *sealed, *back;
} Files;

static void
files_init (Files *files)
{
  files->folder = g_dir_make_tmp ("cleanroom-cse-XXXXXX", NULL);
  files->plain = g_build_filename (files->folder, "plain", NULL);
  files->sealed = g_build_filename (files->folder, "sealed", NULL);
  files->back = g_build_filename (files->folder, "back", NULL);
}

static void
files_clear (Files *files)
{
  cr_dir_remove (files->folder, NULL);
  g_free (files->folder);
  g_free (files->plain);
  g_free (files->sealed);
  g_free (files->back);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

static void
write_bytes (const char *path, const void *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  cr_file_write (path, length > 0 ? data : "", (gssize) length, 0600, &error);
  g_assert_no_error (error);
}

/* Files that another implementation of the format wrote. */
static void
test_published (void)
{
  static const char *const vectors[][2] = {
    { "hello", "101112131415161718191a1b159bf47a26c93ab3ca75081d0f7969533924f38fefb61a58aff518bddc08f488"
               "000000000000000b" },
    { "0123456789abcdefXY",
      "101112131415161718191a1b4dcfaa257dfc0c84f24c697f6c1d0c353ca3a525755a15be85a9660de329650c"
      "202122232425262728292a2b8a63a6706c981a0e1a7c42cec118f4f93071f66d9a6ec93d209dd9f49d479a05"
      "000000000000000e" },
    { "", "0000000000000000" },
    { "", "" },
  };
  g_autoptr (DataCse) cse = test_cse (0);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++) {
    g_auto (Files) files = { 0 };
    files_init (&files);
    g_autoptr (GBytes) bytes = cr_hex_decode (vectors[i][1], NULL);
    write_bytes (files.sealed, bytes != NULL ? g_bytes_get_data (bytes, NULL) : "",
                 strlen (vectors[i][1]) / 2);
    g_autoptr (GError) error = NULL;
    data_cse_decrypt_file (cse, NULL, files.sealed, files.back, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) back = cr_file_read (files.back, 100, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), vectors[i][0],
                     strlen (vectors[i][0]));
  }
}

static void
test_lengths (void)
{
  g_autoptr (DataCse) cse = test_cse (7);
  for (gsize length = 0; length <= 3 * BLOCK + 1; length++) {
    g_auto (Files) files = { 0 };
    files_init (&files);
    guint8 text[3 * BLOCK + 1];
    for (gsize i = 0; i < length; i++)
      text[i] = (guint8) (i * 7 + length);
    write_bytes (files.plain, text, length);
    g_autoptr (GError) error = NULL;
    data_cse_encrypt_file (cse, NULL, files.plain, files.sealed, &error);
    g_assert_no_error (error);
    GStatBuf status;
    g_assert_cmpint (g_stat (files.sealed, &status), ==, 0);
    g_assert_cmpuint ((guint64) status.st_size, ==, data_cse_size (length, BLOCK));
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
    data_cse_decrypt_file (cse, NULL, files.sealed, files.back, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) back = cr_file_read (files.back, 1000, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), text, length);
  }
}

/* Every single bit of the chunks and of the trailer matters, and nothing is left behind. */
static void
test_tampered (void)
{
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autoptr (DataCse) cse = test_cse (7);
  write_bytes (files.plain, "0123456789abcdefXY", 18);
  g_assert_true (data_cse_encrypt_file (cse, NULL, files.plain, files.sealed, NULL));
  g_autoptr (GBytes) sealed = cr_file_read (files.sealed, 1000, NULL);
  gsize size = g_bytes_get_size (sealed);
  for (gsize bit = 0; bit < size * 8; bit++) {
    g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (sealed, NULL), size);
    changed[bit / 8] ^= (guint8) (1u << (bit % 8));
    write_bytes (files.sealed, changed, size);
    g_autoptr (GError) error = NULL;
    gboolean read = data_cse_decrypt_file (cse, NULL, files.sealed, files.back, &error);
    /* The one thing the format cannot notice: a trailer that hides fewer bytes than were filled in. */
    gboolean fewer = bit / 8 == size - 1 && changed[size - 1] < 14;
    if (fewer) {
      g_assert_true (read);
      g_unlink (files.back);
      continue;
    }
    g_assert_false (read);
    g_assert_true (g_error_matches (error, CR_ERROR, CR_ERROR_INPUT));
    g_assert_false (g_file_test (files.back, G_FILE_TEST_EXISTS));
  }
  g_autoptr (GDir) folder = g_dir_open (files.folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (folder)) != NULL;)
    g_assert_false (g_str_has_prefix (name, "back"));
}

static void
test_refused (void)
{
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autoptr (DataCse) cse = test_cse (7);
  g_autoptr (DataCse) other = test_cse (8);
  write_bytes (files.plain, "hello", 5);
  g_assert_true (data_cse_encrypt_file (cse, NULL, files.plain, files.sealed, NULL));
  g_autoptr (GError) error = NULL;
  g_assert_false (data_cse_decrypt_file (other, NULL, files.sealed, files.back, &error));
  g_assert_nonnull (strstr (error->message, "block 1"));
  g_clear_error (&error);
  write_bytes (files.sealed, "seven..", 7);
  g_assert_false (data_cse_decrypt_file (cse, NULL, files.sealed, files.back, &error));
  g_assert_nonnull (strstr (error->message, "whole number"));
  g_clear_error (&error);
  g_assert_false (data_cse_encrypt_file (cse, NULL, files.folder, files.back, &error));
  g_assert_nonnull (strstr (error->message, "not an ordinary file"));
  g_clear_error (&error);
  g_autoptr (GBytes) short_key = g_bytes_new_static ("short", 5);
  g_assert_null (data_cse_new (short_key, BLOCK, &error));
  g_assert_nonnull (strstr (error->message, "32 bytes"));
  g_assert_false (g_file_test (files.back, G_FILE_TEST_EXISTS));
}

typedef struct {
  CrJob *job;
  guint64 last, stop_at; /* 0 = never */
  guint calls;
} Watch;

static void
watch (const char *phase, guint64 done, guint64 total, gpointer data)
{
  Watch *it = data;
  g_assert_cmpstr (phase, ==, "plain");
  g_assert_cmpuint (done, >=, it->last);
  g_assert_cmpuint (done, <=, total);
  it->last = done;
  it->calls++;
  if (it->stop_at > 0 && done >= it->stop_at)
    g_cancellable_cancel (cr_job_cancellable (it->job));
}

/* A name can be as long as the file system lets it. */
static void
test_long_name (void)
{
  g_auto (Files) files = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (DataCse) cse = test_cse (3);
  files_init (&files);
  g_autofree char *name = g_strnfill (255, 'l');
  g_autofree char *sealed = g_build_filename (files.folder, name, NULL);
  write_bytes (files.plain, "hello", 5);
  g_assert_true (data_cse_encrypt_file (cse, NULL, files.plain, sealed, &error));
  g_assert_true (data_cse_decrypt_file (cse, NULL, sealed, files.back, &error));
  g_assert_no_error (error);
}

/* One large block is no reason to be silent, or deaf. */
static void
test_progress (void)
{
  g_auto (Files) files = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = test_key (0);
  const guint block = 8 * 1024 * 1024;
  g_autoptr (DataCse) cse = data_cse_new (key, block, &error);
  files_init (&files);
  g_autofree guint8 *zeros = g_malloc0 (block);
  write_bytes (files.plain, zeros, block - 5);
  for (guint way = 0; way < 4; way++) {
    g_autoptr (CrJob) job = cr_job_new ();
    Watch it = { .job = job, .stop_at = way % 2 == 0 ? block / 4 : 0 };
    const char *from = way < 2 ? files.plain : files.sealed;
    g_autofree char *same = g_build_filename (files.folder, "in", "plain", NULL);
    if (way == 2) { /* its name is what is said */
      g_autofree char *folder = g_path_get_dirname (same);
      g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
      g_assert_cmpint (g_rename (from, same), ==, 0);
    }
    cr_job_on_progress (job, watch, &it);
    gboolean done = way < 2 ? data_cse_encrypt_file (cse, job, from, files.sealed, &error)
                            : data_cse_decrypt_file (cse, job, same, files.back, &error);
    if (it.stop_at > 0) {
      g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
      g_assert_false (g_file_test (way < 2 ? files.sealed : files.back, G_FILE_TEST_EXISTS));
      g_assert_cmpuint (it.last, <, it.stop_at + 1024 * 1024);
      g_clear_error (&error);
    } else {
      g_assert_no_error (error);
      g_assert_true (done);
      g_assert_cmpuint (it.calls, >=, 16);
      g_assert_cmpuint (it.last, ==, block - 5);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cse/published", test_published);
  g_test_add_func ("/cse/lengths", test_lengths);
  g_test_add_func ("/cse/tampered", test_tampered);
  g_test_add_func ("/cse/refused", test_refused);
  g_test_add_func ("/cse/long-name", test_long_name);
  g_test_add_func ("/cse/progress", test_progress);
  return g_test_run ();
}
