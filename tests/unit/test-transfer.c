/* SPDX-License-Identifier: MIT
 * Transfers against the sandbox's stores: everything back as it was, nothing sent twice, kill -9 and cancel
 * in the middle, files that change, content that was damaged, a limit of bandwidth, services that are busy.
 */
#include "transfer-harness.h"

#include "base/crc64.h"
#include "data/cse-private.h"
#include "hostile-server.h"

#include <fcntl.h>
#include <sys/stat.h>

static char *program; /* this one, to run it again */
static World *world;

/* --- sums --- */

static void
test_crc64 (void)
{
  g_assert_cmphex (cr_crc64 (0, "123456789", 9), ==, G_GUINT64_CONSTANT (0xae8b14860a799888));
  g_assert_cmphex (cr_crc64 (0, "", 0), ==, 0);
  g_autofree guint8 *data = g_malloc (4096);
  for (guint i = 0; i < 4096; i++)
    data[i] = (guint8) (i * 7 + i / 256);
  for (guint length = 0; length < 4000; length += 37) {
    /* One byte at a time takes the other way through the code than all at once. */
    guint64 slow = 0;
    for (guint i = 0; i < length; i++)
      slow = cr_crc64 (slow, data + 3 + i, 1);
    g_assert_cmphex (cr_crc64 (0, data + 3, length), ==, slow);
    guint cut = length / 3;
    guint64 joined = cr_crc64_join (cr_crc64 (0, data + 3, cut), cr_crc64 (0, data + 3 + cut, length - cut),
                                    length - cut);
    g_assert_cmphex (joined, ==, slow);
  }
}

/* --- there and back --- */

static const char *const names[] = { "2025-09-01/a.csv",  "2025-09-01/with space & plus+.csv",
                                     "100%/50%41.csv",    "hash#tag?.json",
                                     "ümläut/日本語.txt", "deep/er/and/deeper/x",
                                     "empty.csv" };

static void
make_folder (const Fixture *f, const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put_local (f, folder, names[i], i + 1 < G_N_ELEMENTS (names) ? 10 + 1000 * i : 0, i);
  put_local (f, folder, "one-block.bin", BLOCK, 77);
  put_local (f, folder, "big.bin", 9 * BLOCK + 1234, 78);
}

typedef struct {
  const char *name;
  gboolean bucket, service_key;
  guint cse_block; /* 0 = not encrypted here */
  gsize block;
} WayRow;

static const WayRow ways[] = { { "plain", FALSE, FALSE, 0, BLOCK },
                               { "cpk", FALSE, TRUE, 0, BLOCK },
                               { "cse", FALSE, FALSE, BLOCK / 4, BLOCK },
                               { "cse-large-blocks", FALSE, FALSE, 3 * BLOCK, BLOCK },
                               { "s3", TRUE, FALSE, 0, 0 },
                               { "s3-cse", TRUE, FALSE, BLOCK, 0 } };

static void
test_there_and_back (gconstpointer data)
{
  const WayRow *row = data;
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = key_of (1);
  if (row->service_key)
    blob_client_set_key (f->blob, key);
  CloudStore *store = row->bucket ? f->bucket : f->container;
  TransferOptions options = { .block = row->block,
                              .plan_folder = f->plans,
                              .verify = TRUE,
                              .cse_key = row->cse_block != 0 ? key : NULL,
                              .cse_block = row->cse_block };
  make_folder (f, "up");
  const guint count = G_N_ELEMENTS (names) + 2;
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  TransferResult result = { 0 };
  g_assert_true (transfer_upload (store, NULL, "in/", up, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.files, ==, count);
  g_assert_cmpuint (result.moved, ==, count);
  g_assert_cmpuint (result.sent, >=, result.bytes);
  g_assert_cmpuint (planned (f), ==, 0);

  /* Again: all of it is there. */
  g_assert_true (transfer_upload (store, NULL, "in/", up, &options, &result, &error));
  g_assert_cmpuint (result.moved, ==, 0);
  g_assert_cmpuint (result.sent, ==, 0);
  put_local (f, "up", names[0], 10, 4711);
  g_assert_true (transfer_upload (store, NULL, "in/", up, &options, &result, &error));
  g_assert_cmpuint (result.moved, ==, 1);

  const guint64 bytes = result.bytes;
  g_assert_true (transfer_download (store, NULL, "in/", down, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.moved, ==, count);
  g_assert_cmpuint (result.bytes, ==, bytes);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    assert_same (f, "up", "down", names[i]);
  assert_same (f, "up", "down", "one-block.bin");
  assert_same (f, "up", "down", "big.bin");
  g_assert_cmpuint (count_files (f, "down"), ==, count_files (f, "up"));
  g_assert_true (transfer_download (store, NULL, "in/", down, &options, &result, &error));
  g_assert_cmpuint (result.moved, ==, 0);
  g_assert_cmpuint (result.bytes, ==, bytes);
  g_assert_cmpuint (planned (f), ==, 0);

  /* One file by its own name. */
  g_autofree char *one = path_of (f, "up", "big.bin"), *alone = path_of (f, "alone", NULL);
  g_assert_true (transfer_upload (store, NULL, "other/name.bin", one, &options, &result, &error));
  g_assert_true (transfer_download (store, NULL, "other/name.bin", alone, &options, &result, &error));
  g_assert_no_error (error);
  g_autofree char *came = path_of (f, "alone", "name.bin");
  g_assert_true (g_file_test (came, G_FILE_TEST_IS_REGULAR));
}

/* A bucket's parts are 5 MiB at least. */
static void
test_parts (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "big.bin", 17 * 1024 * 1024 + 5, 3);
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  const TransferOptions options = { .plan_folder = f->plans };
  TransferResult result = { 0 };
  g_assert_true (transfer_upload (f->bucket, NULL, NULL, up, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_true (transfer_upload (f->bucket, NULL, NULL, up, &options, &result, &error));
  g_assert_cmpuint (result.moved, ==, 0);
  g_assert_true (transfer_download (f->bucket, NULL, NULL, down, &options, &result, &error));
  g_assert_no_error (error);
  assert_same (f, "up", "down", "big.bin");
}

static void stop_after (const char *phase, guint64 done, guint64 total, gpointer data);

typedef struct {
  CrJob *job;
  const char *phase; /* only in phases that begin so; NULL = any */
  guint64 after;     /* bytes */
} Stop;

/* Nonces of the encrypted file NAME, BLOCK bytes each chunk, to SEEN; each is new. */
static void
check_nonces (const Fixture *f, const char *name, gsize block, GHashTable *seen)
{
  g_autofree char *path = path_of (f, "raw", name), *content = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (gsize at = 0; at + block + DATA_CSE_OVERHEAD <= length; at += block + DATA_CSE_OVERHEAD)
    g_assert_true (g_hash_table_add (seen, cr_hex ((const guint8 *) content + at, 12)));
}

/* Encrypted parts of a bucket: what arrived before is kept, what is sealed anew has new nonces, and a file
 * that became another one behind its date is sent whole. */
static void
test_parts_sealed (void)
{
  const gsize mib = 1024 * 1024;
  const guint64 size = 31 * mib + 77;
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = key_of (1);
  g_autoptr (GHashTable) nonces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const TransferOptions options = {
    .block = 5 * mib, .parallel = 1, .plan_folder = f->plans, .cse_key = key, .cse_block = mib
  };
  put_local (f, "up", "big.bin", size, 3);
  g_autofree char *up = path_of (f, "up", NULL), *file = path_of (f, "up", "big.bin");
  g_autofree char *down = path_of (f, "down", NULL), *raw = path_of (f, "raw", NULL);
  for (guint round = 0; round < 2; round++) {
    g_autoptr (CrJob) job = cr_job_new ();
    Stop stop = { job, "upload", 16 * mib };
    cr_job_on_progress (job, stop_after, &stop);
    TransferOptions slowly = options; /* so that it is not done before progress is told */
    slowly.bandwidth = 40 * mib;
    g_assert_false (transfer_upload (f->bucket, job, NULL, up, &slowly, NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
    g_clear_error (&error);
    g_assert_cmpuint (planned (f), >=, 3);
    if (round == 1) { /* other content of the same length, and nothing else tells */
      GStatBuf status;
      g_assert_cmpint (g_stat (file, &status), ==, 0);
      const struct timespec times[2] = { status.st_atim, status.st_mtim };
      int fd = g_open (file, O_WRONLY, 0);
      g_assert_cmpint (pwrite (fd, "changed", 7, 20 * (off_t) mib), ==, 7);
      g_assert_cmpint (futimens (fd, times), ==, 0);
      close (fd);
    }
    TransferResult result = { 0 };
    g_assert_true (transfer_upload (f->bucket, NULL, NULL, up, &options, &result, &error));
    g_assert_no_error (error);
    guint64 stored = data_cse_size (size, (guint) mib), part = 5 * (mib + DATA_CSE_OVERHEAD);
    g_assert_cmpuint (result.resumed / part, >=, round == 0 ? 3 : 0);
    /* Until the cancel is seen some parts more arrive. */
    g_assert_cmpuint (result.resumed, <, round == 0 ? stored : 1);
    g_assert_cmpuint (result.sent, ==, stored - result.resumed);
    g_assert_cmpuint (planned (f), ==, 0);
    g_assert_true (transfer_upload (f->bucket, NULL, NULL, up, &options, &result, &error));
    g_assert_cmpuint (result.moved + result.sent, ==, 0);
    g_assert_true (transfer_download (f->bucket, NULL, NULL, down, &options, &result, &error));
    g_assert_no_error (error);
    assert_same (f, "up", "down", "big.bin");
    g_assert_true (transfer_download (f->bucket, NULL, NULL, raw, NULL, NULL, &error));
    g_assert_no_error (error);
    check_nonces (f, "big.bin", mib, nonces);
    if (round == 0)
      put_local (f, "up", "big.bin", size, 4);
  }
}

/* What is encrypted here is the format that others read. */
static void
test_cse_format (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = key_of (1), other = key_of (2);
  TransferOptions options = { .block = BLOCK, .cse_key = key, .cse_block = 20000 };
  put_local (f, "up", "a.csv", 3 * BLOCK + 17, 5);
  g_autofree char *up = path_of (f, "up", NULL), *raw = path_of (f, "raw", NULL);
  g_assert_true (transfer_upload (f->container, NULL, NULL, up, &options, NULL, &error));
  g_assert_true (transfer_download (f->container, NULL, NULL, raw, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autofree char *sealed = path_of (f, "raw", "a.csv"), *opened = path_of (f, "opened", "a.csv");
  g_autofree char *opened_dir = path_of (f, "opened", NULL);
  g_assert_true (cr_dir_make (opened_dir, 0700, &error));
  g_autoptr (DataCse) cse = data_cse_new (key, 20000, &error);
  g_assert_true (data_cse_decrypt_file (cse, NULL, sealed, opened, &error));
  g_assert_no_error (error);
  assert_same (f, "up", "opened", "a.csv");

  /* And the other way round; with another key nothing appears. */
  g_autofree char *mine = path_of (f, "up", "a.csv");
  g_assert_true (data_cse_encrypt_file (cse, NULL, mine, sealed, &error));
  g_assert_true (transfer_upload (f->container, NULL, "x/", raw, NULL, NULL, &error));
  g_autofree char *down = path_of (f, "down", NULL);
  options.cse_key = other;
  options.first_pause_ms = 1;
  g_assert_false (transfer_download (f->container, NULL, "x/", down, &options, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (f, "down"), ==, 0);
  options.cse_key = key;
  g_assert_true (transfer_download (f->container, NULL, "x/", down, &options, NULL, &error));
  g_assert_no_error (error);
  assert_same (f, "up", "down", "a.csv");
}

/* --- stopped in the middle --- */

static void
stop_after (const char *phase, guint64 done, guint64 total, gpointer data)
{
  Stop *stop = data;
  g_assert_cmpuint (done, <=, total);
  if (done >= stop->after && (stop->phase == NULL || g_str_has_prefix (phase, stop->phase)))
    g_cancellable_cancel (cr_job_cancellable (stop->job));
}

/* Cancelled by the person: the next call sends the rest, and what was under way. */
static void
test_cancel (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  const guint64 size = 60 * BLOCK;
  put_local (f, "up", "big.bin", size, 9);
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  TransferOptions options = { .block = BLOCK, .parallel = 2, .plan_folder = f->plans, .bandwidth = 8000000 };
  for (guint way = 0; way < 2; way++) {
    g_autoptr (CrJob) job = cr_job_new ();
    Stop stop = { job, NULL, size / 3 };
    cr_job_on_progress (job, stop_after, &stop);
    gboolean done = way == 0 ? transfer_upload (f->container, job, NULL, up, &options, NULL, &error)
                             : transfer_download (f->container, job, NULL, down, &options, NULL, &error);
    g_assert_false (done);
    g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
    g_clear_error (&error);
    g_assert_cmpuint (planned (f), >, 1);
    TransferOptions rest = options;
    rest.bandwidth = 0;
    TransferResult result = { 0 };
    done = way == 0 ? transfer_upload (f->container, NULL, NULL, up, &rest, &result, &error)
                    : transfer_download (f->container, NULL, NULL, down, &rest, &result, &error);
    g_assert_no_error (error);
    g_assert_true (done);
    g_assert_cmpuint (result.resumed, >, 0);
    g_assert_cmpuint (result.sent, ==, size - result.resumed);
    g_assert_cmpuint (planned (f), ==, 0);
  }
  assert_same (f, "up", "down", "big.bin");
}

typedef struct {
  const char *name, *key, *fault;
  gboolean up;
} KillRow;

static const KillRow kills[] = {
  { "plain", "0", "kill@block-sent:20", TRUE },      { "cpk", "1", "kill@block-sent:3", TRUE },
  { "cse", "2", "kill@block-sent:39", TRUE },        { "committed", "0", "kill@blocks-committed:1", TRUE },
  { "plain", "0", "kill@block-received:20", FALSE }, { "cse", "2", "kill@block-received:39", FALSE },
  { "received", "0", "kill@file-received:1", FALSE }
};

/* kill -9 at a given moment. */
static void
test_kill (gconstpointer data)
{
  const KillRow *row = data;
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = key_of (7);
  if (*row->key == '1')
    blob_client_set_key (f->blob, key);
  const guint64 size = 40 * BLOCK + 99;
  put_local (f, "up", "big.bin", size, 10);
  TransferOptions options = { .block = BLOCK,
                              .parallel = 4,
                              .plan_folder = f->plans,
                              .cse_key = *row->key == '2' ? key : NULL,
                              .cse_block = BLOCK / 2 };
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  g_autofree char *errors = NULL;
  if (!row->up)
    g_assert_true (transfer_upload (f->container, NULL, "in/", up, &options, NULL, &error));
  int status = run_child (f, program, row->up ? "up" : "down", row->up ? "up" : "down", row->key, row->fault,
                          &errors);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  TransferResult result = { 0 };
  gboolean done = row->up ? transfer_upload (f->container, NULL, "in/", up, &options, &result, &error)
                          : transfer_download (f->container, NULL, "in/", down, &options, &result, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_assert_cmpuint (planned (f), ==, 0);
  guint passed = (guint) atoi (strchr (row->fault, ':') + 1);
  if (passed == 1) {
    g_assert_cmpuint (result.sent, ==, 0); /* all of it is there */
  } else {
    /* Blocks that were written down are not moved again, apart from the end of an encrypted download, whose
     * last chunk is filled up. */
    const guint64 filled = *row->key == '2' ? size + options.cse_block : size;
    g_assert_cmpuint (result.resumed, >=, (passed - 1) * (guint64) BLOCK);
    g_assert_cmpuint (result.sent, <=, filled + size / 100 + 1000 - (passed - 1) * (guint64) BLOCK);
  }
  if (row->up)
    g_assert_true (transfer_download (f->container, NULL, "in/", down, &options, NULL, &error));
  g_assert_no_error (error);
  assert_same (f, "up", "down", "big.bin");
  g_assert_cmpuint (count_files (f, "down"), ==, 1);
}

/* A plan of an earlier content, of another key or whose blocks the service has dropped is not gone on
 * with. */
static void
test_stale_plan (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  TransferOptions options = { .block = BLOCK, .plan_folder = f->plans };
  TransferResult result = { 0 };
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GBytes) key = key_of (3);
    put_local (f, "up", "big.bin", 20 * BLOCK, 20 + i);
    int status = run_child (f, program, "up", "up", "0", "kill@block-sent:9", NULL);
    g_assert_true (WIFSIGNALED (status));
    if (i == 0)
      put_local (f, "up", "big.bin", 20 * BLOCK, 30);
    if (i == 1)
      blob_client_set_key (f->blob, key);
    if (i == 2) { /* an upload of the whole blob drops uncommitted blocks */
      g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);
      g_assert_true (blob_put (f->blob, NULL, f->place, "in/big.bin", text, NULL, &error));
    }
    g_assert_true (transfer_upload (f->container, NULL, "in/", up, &options, &result, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (result.sent, >=, 20 * BLOCK);
    g_assert_true (cr_dir_remove (down, NULL));
    g_assert_true (transfer_download (f->container, NULL, "in/", down, &options, NULL, &error));
    g_assert_no_error (error);
    assert_same (f, "up", "down", "big.bin");
    g_assert_cmpuint (planned (f), ==, 0);
    blob_client_set_key (f->blob, NULL);
    g_assert_true (blob_delete (f->blob, NULL, f->place, "in/big.bin", &error));
  }
}

/* --- held, slowed --- */

typedef struct {
  guint64 rate;
  gint64 began_us;
  guint samples;
} Meter;

/* Never more than the time that passed allows, and what a bucket holds; slower is always right. */
static void
meter (const char *phase, guint64 done, guint64 total, gpointer data)
{
  (void) phase, (void) total;
  Meter *it = data;
  gint64 passed_us = g_get_monotonic_time () - it->began_us;
  g_assert_cmpuint (done, <=, it->rate * (guint64) passed_us / 1000000 + it->rate / 4);
  it->samples++;
}

static void
test_bandwidth (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "a.bin", 10 * BLOCK, 3);
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  for (guint way = 0; way < 2; way++) {
    g_autoptr (CrJob) job = cr_job_new ();
    Meter it = { .rate = 2500000, .began_us = g_get_monotonic_time () };
    cr_job_on_progress (job, meter, &it);
    const TransferOptions options = { .block = BLOCK, .bandwidth = it.rate };
    gboolean done = way == 0 ? transfer_upload (f->container, job, NULL, up, &options, NULL, &error)
                             : transfer_download (f->container, job, NULL, down, &options, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (done);
    g_assert_cmpuint (it.samples, >, 0);
  }
  g_autofree char *rate = transfer_rate_text (0, 50000000, 100000000, 1000);
  g_assert_true (strstr (rate, "/s") != NULL);
  g_autofree char *none = transfer_rate_text (0, 0, 100, 10);
  g_assert_cmpstr (none, ==, "");
}

static gpointer
let_go (gpointer job)
{
  g_usleep (150000);
  cr_job_pause (job, FALSE);
  return NULL;
}

static void
count_progress (const char *phase, guint64 done, guint64 total, gpointer data)
{
  (void) phase, (void) done, (void) total;
  g_atomic_int_inc ((gint *) data);
}

static void
test_pause (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "a.bin", 4 * BLOCK, 3);
  g_autofree char *up = path_of (f, "up", NULL);
  g_autoptr (CrJob) job = cr_job_new ();
  gint shown = 0;
  cr_job_on_progress (job, count_progress, &shown);
  cr_job_pause (job, TRUE);
  GThread *thread = g_thread_new ("let-go", let_go, job);
  const TransferOptions options = { .block = BLOCK };
  g_assert_true (transfer_upload (f->container, job, NULL, up, &options, NULL, &error));
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpint (g_atomic_int_get (&shown), >, 0);
}

/* --- content that is not what it was --- */

static void
touch (const CrCall *call, gpointer data)
{
  if (strstr (call->url, "big.bin") != NULL && strcmp (call->method, "PUT") == 0) {
    g_autofree char *content = g_strnfill (100, 'x');
    FILE *file = fopen (data, "r+");
    g_assert_nonnull (file);
    g_assert_cmpuint (fwrite (content, 1, 100, file), ==, 100);
    g_assert_cmpint (fclose (file), ==, 0);
  }
}

static void
test_changed_file (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "big.bin", 8 * BLOCK, 3);
  g_autofree char *up = path_of (f, "up", NULL), *file = path_of (f, "up", "big.bin");
  g_autoptr (CrJob) job = cr_job_new ();
  cr_job_on_call (job, touch, file);
  const TransferOptions options = { .block = BLOCK, .plan_folder = f->plans };
  g_assert_false (transfer_upload (f->container, job, NULL, up, &options, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_nonnull (cr_error_hint (error));
  g_clear_error (&error);
  g_assert_null (blob_head (f->blob, NULL, f->place, "big.bin", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* Flip one byte of every stored file. */
static void
damage (Fixture *f)
{
  g_autofree char *path = g_build_filename (sandbox_folder (f->cloud->sandbox), "blobs", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    FILE *stream = fopen (file, "r+");
    g_assert_nonnull (stream);
    fseek (stream, 1000, SEEK_SET);
    int byte = fgetc (stream);
    fseek (stream, 1000, SEEK_SET);
    fputc (byte ^ 1, stream);
    fclose (stream);
  }
}

static void
test_damaged (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  g_autofree char *up = path_of (f, "up", NULL), *down = path_of (f, "down", NULL);
  for (guint i = 0; i < 2; i++) {
    TransferOptions options = { .block = BLOCK, .first_pause_ms = 1 };
    put_local (f, "up", i == 0 ? "small.bin" : "big.bin", i == 0 ? BLOCK / 2 : 3 * BLOCK, 3);
    g_assert_true (transfer_upload (f->container, NULL, NULL, up, &options, NULL, &error));
    damage (f);
    options.verify = TRUE;
    g_assert_false (transfer_upload (f->container, NULL, NULL, up, &options, NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
    g_clear_error (&error);
    g_assert_false (transfer_download (f->container, NULL, NULL, down, &options, NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
    g_clear_error (&error);
    g_assert_cmpuint (count_files (f, "down"), ==, 0);
    damage (f); /* the same bit back */
    g_assert_true (transfer_download (f->container, NULL, NULL, down, &options, NULL, &error));
    g_assert_no_error (error);
    g_assert_true (cr_dir_remove (down, NULL));
  }
}

/* The disk fills up: an error in words, and no part of a file. */
static void
test_full_disk (void)
{
  g_autoptr (Fixture) f = fixture_new (world);
  g_autoptr (GError) error = NULL;
  put_local (f, "up", "big.bin", 6 * BLOCK, 3);
  g_autofree char *up = path_of (f, "up", NULL), *errors = NULL;
  const TransferOptions options = { .block = BLOCK };
  g_assert_true (transfer_upload (f->container, NULL, "in/", up, &options, NULL, &error));
  g_assert_no_error (error);
  int status = run_child (f, program, "down", "down", "0", "enospc:5", &errors);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 1);
  g_assert_nonnull (strstr (errors, "disk is full"));
  g_autofree char *file = path_of (f, "down", "big.bin");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
}

/* --- services that are busy, broken or refuse --- */

/* A service that answers as it is told to, and a folder here. */
typedef struct {
  HostileServer *server;
  HttpClient *http;
  char *endpoint;
  Fixture f;
} Service;

static void
service_open (Service *service)
{
  g_autoptr (GError) error = NULL;
  service->server = hostile_server_new ();
  service->http = http_client_new (hostile_server_trust (service->server), &error);
  g_assert_no_error (error);
  service->endpoint = g_strconcat (hostile_server_url (service->server), "/acct", NULL);
  service->f = (Fixture){ .folder = g_dir_make_tmp ("cleanroom-transfer-XXXXXX", NULL) };
}

static void
service_close (Service *service)
{
  g_assert_true (cr_dir_remove (service->f.folder, NULL));
  g_free (service->f.folder);
  g_free (service->endpoint);
  http_client_unref (service->http);
  hostile_server_free (service->server);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Service, service_close)

#define EMPTY_LIST "<?xml version=\"1.0\"?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>"

typedef struct {
  const char *headers, *body;
  guint status, answers; /* bad answers before the good one */
  gboolean good;
  guint calls;
} BusyRow;

static const BusyRow busy[] = {
  { "Retry-After: 0\r\n", "", 503, 3, TRUE, 4 },
  { "", "<Error><Code>ServerBusy</Code><Message>m</Message></Error>", 503, 2, TRUE, 3 },
  { "", "", 429, 2, TRUE, 3 },
  { "", "", 500, 1, TRUE, 2 },
  { "", "", 503, 99, FALSE, 5 },
  { "Retry-After: 3600\r\n", "", 503, 99, FALSE, 1 },
  { "", "<Error><Code>Crc64Mismatch</Code><Message>m</Message></Error>", 400, 1, TRUE, 2 },
  { "", "<Error><Code>FeatureNotSupported</Code><Message>m</Message></Error>", 500, 99, FALSE, 2 },
  { "", "<Error><Code>FeatureNotSupported</Code><Message>m</Message></Error>", 500, 1, TRUE, 2 },
  { "", "", 201, 1, TRUE, 2 }, /* took no note of the sum */
  { "x-ms-content-crc64: AAAAAAAAAAA=\r\n", "", 201, 99, FALSE, 2 },
  { "", "<Error><Code>AuthorizationFailure</Code><Message>m</Message></Error>", 403, 99, FALSE, 1 },
};

/* What a service says of the bytes that it has got. Gives. */
static char *
sum_header (guint64 sum)
{
  g_autofree char *text = cr_crc64_base64_le (sum);
  return g_strdup_printf ("x-ms-content-crc64: %s\r\n", text);
}

static void
test_busy (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Service) service = { 0 };
  service_open (&service);
  HostileServer *server = service.server;
  put_local (&service.f, "up", "a.txt", 100, 1);
  g_autofree char *up = path_of (&service.f, "up", NULL), *path = path_of (&service.f, "up", "a.txt"),
                  *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_autofree char *good = sum_header (cr_crc64 (0, content, 100));
  const TransferOptions options = { .attempts = 5, .first_pause_ms = 1 };
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++) {
    const BusyRow *row = &busy[i];
    g_autoptr (BlobClient) blob = blob_client_new (service.http, service.endpoint, NULL, NULL);
    g_autoptr (CloudStore) store = cloud_store_blob (blob, "c");
    g_test_message ("%u %s%s", row->status, row->headers, row->body);
    hostile_server_forget (server);
    hostile_server_script (server, "GET /acct/c", 200, "Content-Type: application/xml\r\n", EMPTY_LIST);
    for (guint n = 0; n < MIN (row->answers, 5); n++)
      hostile_server_script (server, "PUT /acct/c/a.txt", row->status, row->headers, row->body);
    if (row->good)
      hostile_server_script (server, "PUT /acct/c/a.txt", 201, good, "");
    gboolean done = transfer_upload (store, NULL, NULL, up, &options, NULL, &error);
    g_assert_true (done == row->good);
    g_clear_error (&error);
    g_assert_cmpuint (hostile_server_count (server, "PUT /acct/c/a.txt"), ==, row->calls);
  }
}

/* What the service says it has got of two blocks: "1" and "2" the right sum of each, "x" a wrong one, "-"
 * nothing: then MD5 is tried. The last call is for the list of blocks. */
typedef struct {
  const char *answers;
  gboolean good;
} SumRow;

static const SumRow sums[] = {
  { "12-", TRUE }, { "x12-", TRUE }, { "xx", FALSE }, { "--2-", TRUE }, { "1x2-", TRUE },
};

static void
test_answered_sums (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Service) service = { 0 };
  service_open (&service);
  HostileServer *server = service.server;
  put_local (&service.f, "up", "a.txt", 150, 1);
  g_autofree char *up = path_of (&service.f, "up", NULL), *path = path_of (&service.f, "up", "a.txt"),
                  *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  const guint64 right[] = { cr_crc64 (0, content, 100), cr_crc64 (0, content + 100, 50) };
  const TransferOptions options = { .attempts = 5, .first_pause_ms = 1, .block = 100, .parallel = 1 };
  for (guint i = 0; i < G_N_ELEMENTS (sums); i++) {
    g_autoptr (BlobClient) blob = blob_client_new (service.http, service.endpoint, NULL, NULL);
    g_autoptr (CloudStore) store = cloud_store_blob (blob, "c");
    g_test_message ("%s", sums[i].answers);
    hostile_server_forget (server);
    hostile_server_script (server, "GET /acct/c", 200, "Content-Type: application/xml\r\n", EMPTY_LIST);
    for (const char *answer = sums[i].answers; *answer != '\0'; answer++) {
      g_autofree char *header = sum_header (*answer == 'x' ? 0 : right[*answer == '2']);
      hostile_server_script (server, "PUT /acct/c/a.txt", 201, *answer == '-' ? "" : header, "");
    }
    g_assert_true (transfer_upload (store, NULL, NULL, up, &options, NULL, &error) == sums[i].good);
    if (!sums[i].good)
      g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
    g_clear_error (&error);
    g_assert_cmpuint (hostile_server_count (server, "PUT /acct/c/a.txt"), ==, strlen (sums[i].answers));
  }
}

/* Answers that are not what was asked for. */
static void
test_wrong_answers (void)
{
  static const char list[] = "<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>a.txt</Name>"
                             "<Properties><Content-Length>5</Content-Length><Etag>0x1</Etag></Properties>"
                             "</Blob></Blobs><NextMarker/></EnumerationResults>";
  static const struct {
    const char *headers, *body;
    gboolean good;
  } rows[] = { { "ETag: \"0x1\"\r\n", "hello", TRUE },
               { "ETag: \"0x2\"\r\n", "hello", FALSE },
               { "", "hell", FALSE },
               { "", "hello!", FALSE } };
  g_autoptr (GError) error = NULL;
  g_auto (Service) service = { 0 };
  service_open (&service);
  HostileServer *server = service.server;
  g_autoptr (BlobClient) blob = blob_client_new (service.http, service.endpoint, NULL, NULL);
  g_autoptr (CloudStore) store = cloud_store_blob (blob, "c");
  g_autofree char *down = path_of (&service.f, "down", NULL);
  const TransferOptions options = { .attempts = 2, .first_pause_ms = 1 };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    hostile_server_forget (server);
    hostile_server_script (server, "GET /acct/c", 200, "Content-Type: application/xml\r\n", list);
    hostile_server_script (server, "GET /acct/c/a.txt", 200, rows[i].headers, rows[i].body);
    gboolean done = transfer_download (store, NULL, NULL, down, &options, NULL, &error);
    g_assert_true (done == rows[i].good);
    g_clear_error (&error);
    g_assert_cmpuint (count_files (&service.f, "down"), ==, rows[i].good ? 1 : 0);
    g_assert_true (cr_dir_remove (down, NULL));
  }
}

int
main (int argc, char **argv)
{
  if (argc == 10 && strcmp (argv[1], "--child") == 0)
    return transfer_child (argv + 1);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer/crc64", test_crc64);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    g_autofree char *name = g_strconcat ("/transfer/there-and-back/", ways[i].name, NULL);
    g_test_add_data_func (name, &ways[i], test_there_and_back);
  }
  g_test_add_func ("/transfer/parts", test_parts);
  g_test_add_func ("/transfer/parts-sealed", test_parts_sealed);
  g_test_add_func ("/transfer/cse-format", test_cse_format);
  g_test_add_func ("/transfer/cancel", test_cancel);
  for (guint i = 0; i < G_N_ELEMENTS (kills); i++) {
    g_autofree char *name = g_strdup_printf ("/transfer/kill/%s-%s", kills[i].up ? "up" : "down",
                                             kills[i].name);
    g_test_add_data_func (name, &kills[i], test_kill);
  }
  g_test_add_func ("/transfer/stale-plan", test_stale_plan);
  g_test_add_func ("/transfer/bandwidth", test_bandwidth);
  g_test_add_func ("/transfer/pause", test_pause);
  g_test_add_func ("/transfer/changed-file", test_changed_file);
  g_test_add_func ("/transfer/damaged", test_damaged);
  g_test_add_func ("/transfer/full-disk", test_full_disk);
  g_test_add_func ("/transfer/busy", test_busy);
  g_test_add_func ("/transfer/answered-sums", test_answered_sums);
  g_test_add_func ("/transfer/wrong-answers", test_wrong_answers);
  world = world_new ();
  int status = g_test_run ();
  world_free (world);
  return status;
}
