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
  g_autofree char *txid = store_txid (seqno);
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
    guint8 root[32], expected[32], state[LEDGER_MAX_STATE];
    ledger_append (&ledger, leaves + (count - 1) * 32);
    ledger_root (&ledger, root);
    naive_root (leaves, count, expected);
    g_assert_cmpmem (root, 32, expected, 32);
    Ledger loaded;
    gsize length = ledger_save (&ledger, state);
    g_assert_true (ledger_load (&loaded, count, state, length));
    ledger_root (&loaded, root);
    g_assert_cmpmem (root, 32, expected, 32);
    g_assert_false (ledger_load (&loaded, count, state, length - 1));
  }
}

static void
test_paths (void)
{
  g_autofree guint8 *leaves = g_malloc (40 * 32);
  cr_random_bytes (leaves, 40 * 32);
  for (guint64 count = 1; count <= 40; count++) {
    guint8 expected[32];
    naive_root (leaves, count, expected);
    for (guint64 index = 0; index < count; index++) {
      guint8 hash[32];
      memcpy (hash, leaves + index * 32, 32);
      g_autoptr (GArray) path = ledger_path (leaves, count, index);
      for (guint i = 0; i < path->len; i++) {
        const LedgerStep *step = &g_array_index (path, LedgerStep, i);
        if (step->left)
          cose_receipt_node (step->hash, hash, hash);
        else
          cose_receipt_node (hash, step->hash, hash);
      }
      g_assert_cmpmem (hash, 32, expected, 32);
    }
  }
}

/* The stored leaves give the root that the store reports. */
static void
test_proof (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 11; i++)
    put (fixture->store, "m", "k", i % 2 ? "odd" : "even");
  guint8 root[32], expected[32], claims[32] = { 0 }, leaf[32];
  g_auto (StoreProof) proof = { 0 };
  g_assert_true (store_proof (fixture->store, 7, &proof, NULL));
  g_assert_true (g_str_has_prefix (proof.evidence, "ce:2.7:"));
  cose_receipt_leaf (proof.write_set_digest, proof.evidence, claims, leaf);
  g_assert_cmpmem (leaf, 32, proof.leaves + 6 * 32, 32);
  naive_root (proof.leaves, proof.count, expected);
  store_root (fixture->store, root);
  g_assert_cmpmem (root, 32, expected, 32);
  g_auto (StoreProof) none = { 0 };
  g_assert_false (store_proof (fixture->store, 12, &none, NULL));
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
  g_test_add_func ("/ledger/tree", test_tree);
  g_test_add_func ("/ledger/paths", test_paths);
  return g_test_run ();
}
