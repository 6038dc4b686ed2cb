/* SPDX-License-Identifier: MIT
 * Transfers in tests: a sandbox with a container and a bucket, folders with files, and transfers in a process
 * of their own that can be killed.
 */
#pragma once

#include "cloud-harness.h"

#include "base/error.h"
#include "data/transfer.h"
#include "sandbox/arm-private.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define BLOCK (64u * 1024)

/* One sandbox for all tests of the program. */
typedef struct {
  Cloud *cloud;
  Person *alice;
  char *endpoint, *s3_id, *s3_secret;
  guint places; /* given out */
} World;

/* A container and a bucket, and folders here. */
typedef struct {
  World *world;
  Cloud *cloud;
  char *place, *folder, *plans;
  BlobClient *blob;
  S3Client *s3;
  CloudStore *container, *bucket;
} Fixture;

static inline CrSecretText
token_of (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  (void) job, (void) scope, (void) fresh, (void) error;
  return cr_secret_text_new (data, -1);
}

static inline GBytes *
key_of (guint8 first)
{
  guint8 key[32];
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) (first + i);
  return g_bytes_new (key, sizeof key);
}

static inline World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  world->cloud = cloud_open (NULL, NULL);
  world->alice = cloud_signed_in (world->cloud, "alice@northwind.example");
  g_autofree char *account = cloud_account (world->cloud, world->alice, "alice-rg", "datasa1");
  g_free (cloud_role (world->cloud, world->alice->management, account, ARM_ROLE_BLOB_CONTRIBUTOR,
                      world->alice->oid));
  world->endpoint = g_strconcat (sandbox_url (world->cloud->sandbox, "blob"), "/datasa1/", NULL);
  g_autoptr (HttpResponse) response = cloud_send (world->cloud, "POST", "s3", "/local/users", NULL, NULL,
                                                  "application/json", "{\"name\":\"woodgrove\"}");
  g_autoptr (json_t) answer = http_response_json (response, NULL);
  world->s3_id = g_strdup (cr_json_peek_string (answer, "accessKeyId"));
  world->s3_secret = g_strdup (cr_json_peek_string (answer, "secretAccessKey"));
  return world;
}

static inline void
world_free (World *world)
{
  person_free (world->alice);
  cloud_close (world->cloud);
  g_free (world->endpoint);
  g_free (world->s3_id);
  g_free (world->s3_secret);
  g_free (world);
}

static inline Fixture *
fixture_new (World *world)
{
  g_autoptr (GError) error = NULL;
  Fixture *f = g_new0 (Fixture, 1);
  f->world = world;
  f->cloud = world->cloud;
  f->place = g_strdup_printf ("place-%u", ++world->places);
  f->blob = blob_client_new (f->cloud->http, world->endpoint, token_of, world->alice->storage);
  f->container = cloud_store_blob (f->blob, f->place);
  g_assert_true (cloud_store_create (f->container, NULL, &error));
  const S3Credentials credentials = { world->s3_id, world->s3_secret, NULL };
  f->s3 = s3_client_new (f->cloud->http, sandbox_url (f->cloud->sandbox, "s3"), "us-west-1", &credentials);
  f->bucket = cloud_store_s3 (f->s3, f->place);
  g_assert_true (cloud_store_create (f->bucket, NULL, &error));
  g_assert_no_error (error);
  f->folder = g_dir_make_tmp ("cleanroom-transfer-XXXXXX", NULL);
  f->plans = g_build_filename (f->folder, "plans", NULL);
  return f;
}

static inline void
fixture_free (Fixture *f)
{
  cloud_store_free (f->container);
  cloud_store_free (f->bucket);
  blob_client_free (f->blob);
  s3_client_free (f->s3);
  g_assert_true (cr_dir_remove (f->folder, NULL));
  g_free (f->place);
  g_free (f->folder);
  g_free (f->plans);
  g_free (f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* FOLDER/NAME below the fixture's folder. Gives. */
static inline char *
path_of (const Fixture *f, const char *folder, const char *name)
{
  return g_build_filename (f->folder, folder, name, NULL);
}

/* A file of LENGTH bytes that SEED decides. */
static inline void
put_local (const Fixture *f, const char *folder, const char *name, gsize length, guint32 seed)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = path_of (f, folder, name);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree guint8 *content = g_malloc (length + 1);
  for (gsize i = 0; i < length; i++)
    content[i] = (guint8) ((seed = seed * 1664525u + 1013904223u) >> 24);
  g_assert_true (cr_dir_make (dir, 0700, &error));
  g_assert_true (cr_file_write (path, content, (gssize) length, 0600, &error));
  g_assert_no_error (error);
}

static inline void
assert_same (const Fixture *f, const char *folder, const char *other, const char *name)
{
  g_autofree char *one = path_of (f, folder, name), *two = path_of (f, other, name);
  g_autofree char *a = NULL, *b = NULL;
  gsize a_length = 0, b_length = 0;
  g_assert_true (g_file_get_contents (one, &a, &a_length, NULL));
  g_assert_true (g_file_get_contents (two, &b, &b_length, NULL));
  g_assert_cmpuint (a_length, ==, b_length);
  g_assert_true (memcmp (a, b, a_length) == 0);
}

/* Files in FOLDER (not below it), temporary ones included. */
static inline guint
count_files (const Fixture *f, const char *folder)
{
  g_autofree char *path = path_of (f, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;
  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* Rows that the plan has left. */
static inline guint
planned (const Fixture *f)
{
  g_autofree char *path = g_build_filename (f->plans, "transfers.db", NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *rows = NULL;
  guint count = 0;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db,
                                       "SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM blocks)",
                                       -1, &rows, NULL),
                   ==, SQLITE_OK);
  if (sqlite3_step (rows) == SQLITE_ROW)
    count = (guint) sqlite3_column_int (rows, 0);
  sqlite3_finalize (rows);
  sqlite3_close (db);
  return count;
}

/* --- a process of its own --- */

/* What transfer_child is told: "--child" WAY ENDPOINT TOKEN TRUST FOLDER PLANS KEY PLACE. KEY: 0 none, 1 its
 * own key at the service, 2 encrypted here. */
static inline int
transfer_child (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *trust = NULL;
  if (!g_file_get_contents (argv[4], &trust, NULL, NULL))
    return 2;
  g_autoptr (HttpClient) http = http_client_new (trust, &error);
  g_autoptr (BlobClient) blob = blob_client_new (http, argv[2], token_of, argv[3]);
  g_autoptr (CloudStore) store = cloud_store_blob (blob, argv[8]);
  g_autoptr (GBytes) key = key_of (7);
  if (*argv[7] == '1')
    blob_client_set_key (blob, key);
  const TransferOptions options = { .plan_folder = argv[6],
                                    .block = BLOCK,
                                    .parallel = 4,
                                    .cse_key = *argv[7] == '2' ? key : NULL,
                                    .cse_block = BLOCK / 2 };
  gboolean good = *argv[1] == 'u' ? transfer_upload (store, NULL, "in/", argv[5], &options, NULL, &error)
                                  : transfer_download (store, NULL, "in/", argv[5], &options, NULL, &error);
  if (!good)
    fprintf (stderr, "%s\n", error->message);
  return good ? 0 : cr_error_exit_code (error);
}

/* Run the same transfer as a process with CLEANROOM_FAULT=FAULT. Gives its wait status. */
static inline int
run_child (Fixture *f, const char *self, const char *way, const char *folder, const char *key,
           const char *fault, char **errors)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *trust = path_of (f, "trust.pem", NULL);
  g_autofree char *path = path_of (f, folder, NULL);
  g_assert_true (g_file_set_contents (trust, sandbox_ca_pem (f->cloud->sandbox), -1, NULL));
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "CLEANROOM_FAULT", fault, TRUE);
  g_autofree char *joined = g_strjoin ("\n", self, "--child", way, f->world->endpoint,
                                       f->world->alice->storage, trust, path, f->plans, key, f->place, NULL);
  g_auto (GStrv) argv = g_strsplit (joined, "\n", -1);
  int status = 0;
  g_assert_true (g_spawn_sync (NULL, argv, environment, 0, NULL, NULL, NULL, errors, &status, &error));
  g_assert_no_error (error);
  return status;
}
