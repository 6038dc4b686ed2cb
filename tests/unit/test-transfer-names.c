/* SPDX-License-Identifier: MIT
 * What a transfer takes and what it leaves: names that cannot be, links, containers of another key.
 */
#include "transfer-harness.h"

#include <sys/stat.h>

static World *world;

/* --- names --- */

static void
test_names (void)
{
  static const char *const bad[] = { "new\nline.csv", "back\\slash.csv", "bell\a.csv", "no-utf8-\xff.csv" };
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    put_local (f, "up", "good.csv", 5, 1);
    put_local (f, "up", bad[i], 5, 1);
    g_assert_false (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    g_clear_error (&error);
    g_assert_true (cr_dir_remove (up, NULL));
  }
  g_autoptr (GPtrArray) items = blob_list (f->blob, NULL, f->place, NULL, &error);
  g_assert_cmpuint (items->len, ==, 0);
  /* One that is too long altogether is refused in a line that can be read. */
  g_autofree char *part = g_strnfill (250, 'x');
  g_autofree char *deep = g_strjoin ("/", part, part, part, part, part, NULL);
  put_local (f, "up", deep, 5, 1);
  g_assert_false (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_cmpuint (strlen (error->message), <, 400);
  g_clear_error (&error);

  /* A file that is a folder of others, and names that lead elsewhere. */
  g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);
  g_assert_true (blob_put (f->blob, NULL, f->place, "a", text, NULL, &error));
  g_assert_true (blob_put (f->blob, NULL, f->place, "a/b", text, NULL, &error));
  g_assert_false (transfer_download (f->container, NULL, NULL, down, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (f, "down"), ==, 0);
}

/* --- what does not arrive, and what must not --- */

static void
keep_notice (const char *kind, const char *text, gpointer data)
{
  g_assert_cmpstr (kind, ==, "warning");
  g_string_append (data, text);
}

/* What a link leads to is not uploaded, and the person is told so. */
static void
test_left_out (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrJob) job = cr_job_new ();
  g_autoptr (GString) said = g_string_new (NULL);
  cr_job_on_notice (job, keep_notice, said);
  put_local (f, "up", "a.bin", 10, 1);
  g_autofree char *up = path_of (f, "up", NULL), *link = path_of (f, "up", "\xc3\xbcm\033.bin");
  TransferResult result = { 0 };
  g_assert_true (transfer_upload (f->container, job, NULL, up, NULL, &result, &error));
  g_assert_cmpstr (said->str, ==, "");
  g_assert_cmpuint (result.left_out, ==, 0);
  g_assert_cmpint (symlink ("a.bin", link), ==, 0);
  g_assert_true (transfer_upload (f->container, job, NULL, up, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.files, ==, 1);
  g_assert_cmpuint (result.left_out, ==, 1);
  g_assert_cmpstr (said->str, ==, "\xc3\xbcm\\033.bin is a link or a special file and is not uploaded.");
  g_autofree char *pipe = path_of (f, "up", "pipe");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_string_truncate (said, 0);
  g_assert_true (transfer_upload (f->container, job, NULL, up, NULL, &result, &error));
  g_assert_cmpuint (result.left_out, ==, 2);
  g_assert_true (
      g_str_has_prefix (said->str, "2 links and special files are not uploaded; the first of them"));
}

/* A link that lies in the folder of a download does not lead it out of there. */
static void
test_link_in_target (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "a/b/c.bin", 10, 1);
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  g_autofree char *out = path_of (f, "out", NULL), *link = path_of (f, "down", "a");
  g_assert_true (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_true (cr_dir_make (down, 0700, &error) && cr_dir_make (out, 0700, &error));
  g_assert_cmpint (symlink (out, link), ==, 0);
  g_assert_false (transfer_download (f->container, NULL, NULL, down, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "/down/a is a link"));
  g_assert_cmpint (count_files (f, "out"), ==, 0);
  g_clear_error (&error);
  /* The folder itself may be one: that is where the person wants it. */
  g_autofree char *through = path_of (f, "through", NULL), *came = path_of (f, "out", "a/b/c.bin");
  g_assert_cmpint (symlink (out, through), ==, 0);
  g_assert_true (transfer_download (f->container, NULL, NULL, through, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (came, G_FILE_TEST_IS_REGULAR));
}

/* Files of two keys never get into one container, also when all files seem to be there. */
static void
test_other_key (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) one = key_of (3), two = key_of (4);
  put_local (f, "up", "a.bin", 10, 1);
  g_autofree char *up = path_of (f, "up", NULL);
  blob_client_set_key (f->blob, one);
  g_assert_true (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_no_error (error);
  blob_client_set_key (f->blob, two);
  put_local (f, "up", "b.bin", 10, 2);
  g_assert_false (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_cmpstr (cr_error_remote_code (error), ==, "BlobCustomerSpecifiedEncryptionMismatch");
  g_assert_nonnull (strstr (cr_error_hint (error), "restore that key"));
  g_clear_error (&error);
  g_autoptr (GPtrArray) there = cloud_store_list (f->container, NULL, NULL, &error);
  g_assert_cmpuint (there->len, ==, 1);
  blob_client_set_key (f->blob, one);
  g_assert_true (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_no_error (error);
  /* One that was brought there without a key does not stand in the way. */
  blob_client_set_key (f->blob, NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);
  g_assert_true (blob_put (f->blob, NULL, f->place, "0.bin", text, NULL, &error));
  blob_client_set_key (f->blob, one);
  put_local (f, "up", "c.bin", 10, 2);
  g_assert_true (transfer_upload (f->container, NULL, NULL, up, NULL, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer/names", test_names);
  g_test_add_func ("/transfer/left-out", test_left_out);
  g_test_add_func ("/transfer/link-in-target", test_link_in_target);
  g_test_add_func ("/transfer/other-key", test_other_key);
  world = world_new ();
  int status = g_test_run ();
  world_free (world);
  return status;
}
