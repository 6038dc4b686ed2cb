/* SPDX-License-Identifier: MIT
 * The ledger store: transactions, history, order, a killed writer, the Merkle tree against a naive one.
 */
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/file.h"
#include "cose/receipt.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path;
  Store *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  fixture->folder = g_dir_make_tmp ("store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "ledger.db", NULL);
  fixture->store = store_open (fixture->path, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  store_close (fixture->store);
  g_assert_true (cr_dir_remove (fixture->folder, NULL));
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
reopen (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  store_close (fixture->store);
  fixture->store = store_open (fixture->path, &error);
  g_assert_no_error (error);
}

static gint64
put (Store *store, const char *map, const char *key, const char *value)
{
  gint64 seqno = 0;
  g_autoptr (GError) error = NULL;
  g_assert_true (store_begin (store, &error));
  store_put (store, map, key, value);
  g_assert_true (store_commit (store, &seqno, &error));
  g_assert_no_error (error);
  return seqno;
}

static char *
get (Store *store, const char *map, const char *key)
{
  g_assert_true (store_begin (store, NULL));
  char *value = store_get (store, map, key);
  store_abort (store);
  return value;
}

static void
test_transactions (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  g_assert_cmpint (put (store, "m", "a", "1"), ==, 1);
  g_assert_cmpint (put (store, "m", "b", "2"), ==, 2);
  g_assert_true (store_begin (store, NULL));
  store_put (store, "m", "c", "3");
  g_assert_cmpint (store_next_seqno (store), ==, 3);
  g_assert_cmpint (store_get_seqno (store, "m", "c"), ==, 3);
  store_abort (store);
  g_assert_true (store_begin (store, NULL));
  g_assert_false (store_has (store, "m", "c"));
  g_assert_cmpint (store_get_seqno (store, "m", "a"), ==, 1);
  gint64 seqno = 0;
  g_assert_true (store_commit (store, &seqno, NULL)); /* nothing written: the last one */
  g_assert_cmpint (seqno, ==, 2);
  g_autofree char *txid = store_txid (store, seqno);
  g_assert_cmpstr (txid, ==, "2.2");
}

static void
test_order_and_delete (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  put (store, "m", "z", "1");
  put (store, "m", "a", "2");
  put (store, "m", "z", "3");
  put (store, "other", "q", "4");
  g_assert_true (store_begin (store, NULL));
  g_autoptr (GPtrArray) keys = store_keys (store, "m");
  g_assert_cmpuint (keys->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (keys, 0), ==, "z");
  g_assert_cmpstr (g_ptr_array_index (keys, 1), ==, "a");
  store_delete (store, "m", "absent");
  store_clear (store, "m");
  g_assert_false (store_has (store, "m", "z"));
  g_assert_true (store_has (store, "other", "q"));
  g_assert_true (store_commit (store, NULL, NULL));
}

static void
test_history (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  put (store, "m", "k", "one");
  put (store, "m", "other", "x");
  put (store, "m", "k", "two");
  g_assert_true (store_begin (store, NULL));
  store_delete (store, "m", "k");
  g_assert_true (store_commit (store, NULL, NULL));
  g_autoptr (GPtrArray) all = store_history (store, "m", "k", 1, 100);
  g_assert_cmpuint (all->len, ==, 3);
  const StoreVersion *first = g_ptr_array_index (all, 0), *last = g_ptr_array_index (all, 2);
  g_assert_cmpint (first->seqno, ==, 1);
  g_assert_cmpstr (first->value, ==, "one");
  g_assert_cmpint (last->seqno, ==, 4);
  g_assert_null (last->value);
  g_autoptr (GPtrArray) part = store_history (store, "m", "k", 2, 3);
  g_assert_cmpuint (part->len, ==, 1);
}

static void
test_reopen (Fixture *fixture, gconstpointer data)
{
  (void) data;
  guint8 before[32], after[32];
  for (guint i = 0; i < 21; i++) {
    g_autofree char *key = g_strdup_printf ("k%u", i);
    put (fixture->store, "m", key, "v");
  }
  store_root (fixture->store, before);
  reopen (fixture);
  store_root (fixture->store, after);
  g_assert_cmpmem (before, 32, after, 32);
  g_assert_cmpint (store_last_seqno (fixture->store), ==, 21);
  put (fixture->store, "m", "k21", "v");
  g_assert_cmpint (store_last_seqno (fixture->store), ==, 22);
  g_assert_true (store_reset (fixture->store, NULL));
  g_assert_cmpint (put (fixture->store, "m", "fresh", "v"), ==, 1);
}

/* The child commits pairs and tells each sequence number after its commit; it is killed at some moment. */
static void
write_until_killed (const char *path, int fd)
{
  g_autoptr (Store) store = store_open (path, NULL);
  for (;;) {
    gint64 seqno = 0;
    if (!store_begin (store, NULL))
      _exit (1);
    g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, store_next_seqno (store));
    store_put (store, "m", "left", value);
    store_put (store, "m", "right", value);
    if (!store_commit (store, &seqno, NULL) || write (fd, &seqno, sizeof seqno) != sizeof seqno)
      _exit (1);
  }
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint round = 0; round < 5; round++) {
    g_clear_pointer (&fixture->store, store_close);
    int ends[2];
    g_assert_cmpint (pipe (ends), ==, 0);
    pid_t child = fork ();
    if (child == 0)
      write_until_killed (fixture->path, ends[1]);
    close (ends[1]);
    gint64 told = 0, seqno = 0;
    while (read (ends[0], &seqno, sizeof seqno) == sizeof seqno) {
      told = seqno;
      if (seqno % 7 == (gint64) round)
        kill (child, SIGKILL);
    }
    close (ends[0]);
    waitpid (child, NULL, 0);
    fixture->store = store_open (fixture->path, NULL);
    g_assert_nonnull (fixture->store);
    g_autofree char *left = get (fixture->store, "m", "left");
    g_autofree char *right = get (fixture->store, "m", "right");
    g_assert_cmpstr (left, ==, right);
    g_assert_cmpint (store_last_seqno (fixture->store), >=, told);
    g_assert_cmpint (g_ascii_strtoll (left, NULL, 10), ==, store_last_seqno (fixture->store));
  }
}

/* Root by definition: the left part is the largest power of two below COUNT. */
static void
naive_root (const guint8 *leaves, guint64 count, guint8 root[32])
{
  if (count == 1) {
    memcpy (root, leaves, 32);
    return;
  }
  guint64 left = 1;
  while (left * 2 < count)
    left *= 2;
  guint8 a[32], b[32];
  naive_root (leaves, left, a);
  naive_root (leaves + left * 32, count - left, b);
  guint8 both[64];
  memcpy (both, a, 32);
  memcpy (both + 32, b, 32);
  cr_sha256 (both, sizeof both, root);
}

static void
test_tree (void)
{
  g_autofree guint8 *leaves = g_malloc (200 * 32);
  cr_random_bytes (leaves, 200 * 32);
  Ledger ledger;
  ledger_init (&ledger);
  for (guint64 count = 1; count <= 200; count++) {
    guint8 root[32], expected[32], made[64][32];
    guint level = ledger_append (&ledger, leaves + (count - 1) * 32, made);
    ledger_root (&ledger, root);
    naive_root (leaves, count, expected);
    g_assert_cmpmem (root, 32, expected, 32);
    g_assert_cmpuint (level, ==, (guint) __builtin_ctzll (count));
    naive_root (leaves + (count - ((guint64) 1 << level)) * 32, (guint64) 1 << level, expected);
    g_assert_cmpmem (made[level], 32, expected, 32);
  }
}

/* Leaf of transaction SEQNO, from what a receipt of it would show. */
static void
leaf_of (Store *store, gint64 seqno, guint8 leaf[32])
{
  static const guint8 claims[32];
  g_auto (StoreProof) proof = { 0 };
  g_assert_true (store_proof (store, seqno, seqno, &proof, NULL));
  cose_receipt_leaf (proof.write_set_digest, proof.evidence, claims, leaf);
}

static void
walk (const StoreProof *proof, guint8 hash[32])
{
  for (guint i = 0; i < proof->path->len; i++) {
    const LedgerStep *step = &g_array_index (proof->path, LedgerStep, i);
    if (step->left)
      cose_receipt_node (step->hash, hash, hash);
    else
      cose_receipt_node (hash, step->hash, hash);
  }
}

/* Every proof in trees of many sizes leads to the root by definition; stored subtree roots are used from 256
 * on. */
static void
test_proof (Fixture *fixture, gconstpointer data)
{
  (void) data;
  enum { COUNT = 530 };
  g_autofree guint8 *leaves = g_malloc (COUNT * 32);
  for (guint i = 0; i < COUNT; i++)
    put (fixture->store, "public:m", "k", i % 2 ? "odd" : "even");
  for (guint i = 0; i < COUNT; i++)
    leaf_of (fixture->store, i + 1, leaves + i * 32);
  static const guint sizes[] = { 1, 2, 3, 7, 8, 11, 255, 256, 257, 300, 511, 512, 513, COUNT };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint8 expected[32], hash[32];
    naive_root (leaves, sizes[i], expected);
    for (guint seqno = 1; seqno <= sizes[i]; seqno += 1 + sizes[i] / 40) {
      g_auto (StoreProof) proof = { 0 };
      g_assert_true (store_proof (fixture->store, seqno, sizes[i], &proof, NULL));
      memcpy (hash, leaves + (seqno - 1) * 32, 32);
      walk (&proof, hash);
      g_assert_cmpmem (hash, 32, expected, 32);
    }
  }
  guint8 before[32], after[32];
  store_root (fixture->store, before);
  naive_root (leaves, COUNT, after);
  g_assert_cmpmem (before, 32, after, 32);
  reopen (fixture);
  store_root (fixture->store, after);
  g_assert_cmpmem (before, 32, after, 32);
  g_auto (StoreProof) none = { 0 };
  g_assert_false (store_proof (fixture->store, COUNT + 1, COUNT, &none, NULL));
}

/* The entry is the text that the digest in the receipt is taken over. */
static void
test_entry (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  g_assert_true (store_begin (store, NULL));
  store_put (store, "public:m", "key", "some\nvalue");
  store_put (store, "public:m", "gone", "x");
  g_assert_true (store_commit (store, NULL, NULL));
  g_assert_true (store_begin (store, NULL));
  store_put (store, "public:m", "key", "2");
  store_delete (store, "public:m", "gone");
  g_assert_true (store_commit (store, NULL, NULL));
  g_autoptr (GBytes) first = store_entry (store, 1, NULL), second = store_entry (store, 2, NULL);
  static const char first_text[] = "put 8 3 10\npublic:m\nkey\nsome\nvalue\nput 8 4 1\npublic:m\ngone\nx\n";
  static const char second_text[] = "put 8 3 1\npublic:m\nkey\n2\ndelete 8 4\npublic:m\ngone\n";
  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first), first_text,
                   sizeof first_text - 1);
  g_assert_cmpmem (g_bytes_get_data (second, NULL), g_bytes_get_size (second), second_text,
                   sizeof second_text - 1);
  guint8 digest[32];
  cr_sha256 (first_text, sizeof first_text - 1, digest);
  g_auto (StoreProof) proof = { 0 };
  g_assert_true (store_proof (store, 1, 2, &proof, NULL));
  g_assert_cmpmem (proof.write_set_digest, 32, digest, 32);
  g_assert_cmpint (store_write_after (store, "public:m", "key", 1), ==, 2);
  g_assert_cmpint (store_write_after (store, "public:m", "key", 2), ==, 0);
}

/* Private values are not in the database in clear, and are gone with the secret. */
static void
test_private (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  put (fixture->store, "secrets", "k", "the first secret value");
  put (fixture->store, "secrets", "k", "the second secret value");
  g_autoptr (GBytes) entry = store_entry (fixture->store, 2, NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (entry, NULL), g_bytes_get_size (entry));
  g_assert_true (g_str_has_prefix (text, "private 64\n"));
  g_autoptr (GBytes) secret = store_secret (fixture->store);
  g_clear_pointer (&fixture->store, store_close);
  g_autoptr (GBytes) database = cr_file_read (fixture->path, 1 << 24, NULL);
  g_assert_null (memmem (g_bytes_get_data (database, NULL), g_bytes_get_size (database), "secret value", 12));
  fixture->store = store_open (fixture->path, NULL);
  g_autofree char *value = get (fixture->store, "secrets", "k");
  g_assert_cmpstr (value, ==, "the second secret value");
  g_autoptr (GPtrArray) versions = store_history (fixture->store, "secrets", "k", 1, 2);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_cmpstr (((const StoreVersion *) versions->pdata[0])->value, ==, "the first secret value");

  g_assert_true (store_lose_secret (fixture->store, NULL));
  reopen (fixture);
  g_autofree char *lost = get (fixture->store, "secrets", "k");
  g_assert_null (lost);
  g_assert_true (store_begin (fixture->store, NULL));
  store_put (fixture->store, "secrets", "k", "other");
  g_assert_false (store_commit (fixture->store, NULL, &error));
  g_assert_nonnull (strstr (error->message, "secret is lost"));
  g_assert_true (store_restore_secret (fixture->store, secret, NULL));
  g_autofree char *back = get (fixture->store, "secrets", "k");
  g_assert_cmpstr (back, ==, "the second secret value");
}

static void
test_views (Fixture *fixture, gconstpointer data)
{
  (void) data;
  put (fixture->store, "public:m", "a", "1");
  g_assert_true (store_start_view (fixture->store, 4, NULL));
  put (fixture->store, "public:m", "a", "2");
  reopen (fixture);
  g_autofree char *first = store_txid (fixture->store, 1), *second = store_txid (fixture->store, 2);
  g_assert_cmpstr (first, ==, "2.1");
  g_assert_cmpstr (second, ==, "4.2");
  g_autoptr (GPtrArray) views = store_views (fixture->store);
  g_assert_cmpuint (views->len, ==, 2);
  g_assert_cmpstr (views->pdata[1], ==, "4.2");
}

/* A map that outgrows the memory kept for it answers the same, before and after. */
static void
test_large_map (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  g_assert_true (store_begin (store, NULL));
  for (guint i = 0; i < 1500; i++) {
    g_autofree char *key = g_strdup_printf ("key-%u", i);
    store_put (store, "public:large", key, key);
  }
  g_assert_true (store_commit (store, NULL, NULL));
  put (store, "public:large", "key-7", "changed");
  for (guint round = 0; round < 2; round++) {
    store = fixture->store;
    g_assert_true (store_begin (store, NULL));
    store_delete (store, "public:large", "key-3");
    store_put (store, "public:large", "key-3", "again"); /* goes to the end */
    g_autofree char *changed = store_get (store, "public:large", "key-7");
    g_assert_cmpstr (changed, ==, "changed");
    g_autoptr (GPtrArray) keys = store_keys (store, "public:large");
    g_assert_cmpuint (keys->len, ==, 1500);
    g_assert_cmpstr (keys->pdata[6], ==, "key-7");
    g_assert_cmpstr (keys->pdata[1499], ==, "key-3");
    store_abort (store);
    reopen (fixture);
  }
}

typedef struct {
  Store *store;
  guint number;
} Writer;

static gpointer
write_many (gpointer data)
{
  Writer *writer = data;
  for (guint i = 0; i < 50; i++) {
    g_autofree char *key = g_strdup_printf ("%u-%u", writer->number, i);
    put (writer->store, "public:m", key, "v");
  }
  return NULL;
}

/* Requests that share commits: each has its own number, nothing is lost, all is on the disk. */
static void
test_together (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Writer writers[6];
  GThread *threads[6];
  for (guint i = 0; i < 6; i++) {
    writers[i] = (Writer){ fixture->store, i };
    threads[i] = g_thread_new ("writer", write_many, &writers[i]);
  }
  for (guint i = 0; i < 6; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (store_last_seqno (fixture->store), ==, 300);
  g_assert_cmpint (store_durable_seqno (fixture->store), ==, 300);
  reopen (fixture);
  g_assert_true (store_begin (fixture->store, NULL));
  g_autoptr (GPtrArray) keys = store_keys (fixture->store, "public:m");
  g_assert_cmpuint (keys->len, ==, 300);
  store_abort (fixture->store);
}

/* A commit that the disk refuses leaves nothing behind, and the store goes on when there is room again. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Store *store = fixture->store;
  guint8 before[32], after[32];
  put (store, "public:m", "a", "1");
  put (store, "public:m", "b", "2");
  store_root (store, before);
  sqlite3 *handle = cr_db_handle (store->db);
  g_assert_cmpint (sqlite3_exec (handle, "PRAGMA max_page_count=1", NULL, NULL, NULL), ==, SQLITE_OK);
  g_autofree char *large = g_strnfill (200000, 'x');
  g_autoptr (GError) error = NULL;
  g_assert_true (store_begin (store, NULL));
  store_put (store, "public:m", "a", "changed");
  store_put (store, "public:m", "large", large);
  g_assert_false (store_commit (store, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (store_last_seqno (store), ==, 2);
  store_root (store, after);
  g_assert_cmpmem (before, 32, after, 32);
  g_autofree char *value = get (store, "public:m", "a");
  g_assert_cmpstr (value, ==, "1");
  g_assert_cmpint (sqlite3_exec (handle, "PRAGMA max_page_count=100000", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (put (store, "public:m", "large", large), ==, 3);
  reopen (fixture);
  g_assert_cmpint (store_last_seqno (fixture->store), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/store/transactions", test_transactions);
  ADD ("/store/order-and-delete", test_order_and_delete);
  ADD ("/store/history", test_history);
  ADD ("/store/reopen", test_reopen);
  ADD ("/store/killed", test_killed);
  ADD ("/store/proof", test_proof);
  ADD ("/store/entry", test_entry);
  ADD ("/store/private", test_private);
  ADD ("/store/views", test_views);
  ADD ("/store/large-map", test_large_map);
  ADD ("/store/together", test_together);
  ADD ("/store/full-disk", test_full_disk);
  g_test_add_func ("/ledger/tree", test_tree);
  return g_test_run ();
}
