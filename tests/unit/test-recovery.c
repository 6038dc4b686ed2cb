/* SPDX-License-Identifier: MIT
 * Disaster recovery inside: shares of a secret, and a ledger secret that only enough of them open again.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"

#include "base/db.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <string.h>

/* Any THRESHOLD shares give the secret, fewer do not. */
static void
test_sharing (void)
{
  for (guint threshold = 1; threshold <= 4; threshold++) {
    CcfShare secret, shares[6], joined;
    ccf_shares_make (threshold, 6, &secret, shares);
    for (guint first = 0; first + threshold <= 6; first++) {
      ccf_shares_join (shares + first, threshold, &joined);
      g_assert_cmpmem (&joined, sizeof joined, &secret, sizeof secret);
    }
    CcfShare mixed[] = { shares[5], shares[0], shares[3], shares[2] };
    ccf_shares_join (mixed, threshold, &joined);
    g_assert_cmpmem (&joined, sizeof joined, &secret, sizeof secret);
    if (threshold > 1) {
      ccf_shares_join (shares, threshold - 1, &joined);
      g_assert_cmpint (memcmp (&joined, &secret, sizeof secret), !=, 0);
    }
  }
}

static void
test_format (void)
{
  CcfShare share = { .index = 3, .limbs = { 1, 0x7ffffffe }, }, back;
  guint8 bytes[SHARE_BYTES];
  ccf_share_write (&share, bytes);
  static const guint8 head[] = { 3, 0, 0, 0, 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0x7f };
  g_assert_cmpint (sizeof bytes, ==, 44);
  g_assert_cmpmem (bytes, sizeof head, head, sizeof head);
  g_assert_true (ccf_share_read (bytes, &back));
  g_assert_cmpmem (&back, sizeof back, &share, sizeof share);
  bytes[8] = 0xff; /* the prime itself is outside the field */
  g_assert_false (ccf_share_read (bytes, &back));
}

/* ---- In a ledger ---- */

typedef struct {
  char *folder;
  Store *store;
  EVP_PKEY *keys[3];
} Fixture;

static void
put_member (Fixture *fixture, guint i, const char *status, const char *role)
{
  g_autofree char *id = g_strdup_printf ("member-%u", i);
  g_autofree char *pem = cose_key_public_pem (fixture->keys[i]);
  g_autoptr (json_t) info = json_pack ("{ss,ss*}", "status", status, "recovery_role", role);
  store_put_json (fixture->store, MAP_MEMBER_INFO, id, info);
  store_put (fixture->store, MAP_MEMBER_CERTS, id, "certificate");
  store_put (fixture->store, MAP_MEMBER_KEYS, id, pem);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  fixture->folder = g_dir_make_tmp ("recovery-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (fixture->folder, "ledger.db", NULL);
  fixture->store = store_open (path, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    fixture->keys[i] = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_assert_true (store_begin (fixture->store, NULL));
  put_member (fixture, 0, "Active", NULL);
  put_member (fixture, 1, "Active", "Participant");
  put_member (fixture, 2, "Accepted", NULL);
  g_autoptr (json_t) info = json_pack ("{ss}", "status", "Open");
  store_put_json (fixture->store, MAP_SERVICE, THE_KEY, info);
  g_assert_true (store_commit (fixture->store, NULL, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  store_close (fixture->store);
  for (guint i = 0; i < 3; i++)
    EVP_PKEY_free (fixture->keys[i]);
  g_assert_true (cr_dir_remove (fixture->folder, NULL));
  g_free (fixture->folder);
}

static void
issue (Fixture *fixture, guint threshold)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) config = json_pack ("{si}", "recovery_threshold", (int) threshold);
  g_assert_true (store_begin (fixture->store, NULL));
  store_put_json (fixture->store, MAP_CONFIG, THE_KEY, config);
  g_assert_true (ccf_shares_issue (fixture->store, &error));
  g_assert_no_error (error);
  g_assert_true (store_commit (fixture->store, NULL, NULL));
}

/* The share of member I, opened with its key. */
static void
open_share (Fixture *fixture, guint i, CcfShare *share)
{
  g_autofree char *id = g_strdup_printf ("member-%u", i);
  g_assert_true (store_begin (fixture->store, NULL));
  g_autofree char *text = ccf_shares_encrypted (fixture->store, id);
  store_abort (fixture->store);
  g_assert_nonnull (text);
  g_autoptr (GBytes) sealed = cr_base64_decode (text, "the share", NULL);
  g_assert_cmpuint (g_bytes_get_size (sealed), ==, 256);
  g_autoptr (GBytes) bytes = cose_oaep_decrypt (fixture->keys[i], g_bytes_get_data (sealed, NULL), 256, NULL);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, SHARE_BYTES);
  g_assert_true (ccf_share_read (g_bytes_get_data (bytes, NULL), share));
}

static void
test_issue (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GBytes) secret = store_secret (fixture->store);
  CcfShare shares[2], joined;
  issue (fixture, 2);
  open_share (fixture, 0, &shares[0]);
  open_share (fixture, 1, &shares[1]);
  g_assert_true (store_begin (fixture->store, NULL));
  g_autofree char *none = ccf_shares_encrypted (fixture->store, "member-2");
  g_assert_null (none); /* not active */
  ccf_shares_join (shares, 2, &joined);
  g_autoptr (GBytes) opened = ccf_shares_unwrap (fixture->store, &joined, NULL);
  g_assert_true (opened && g_bytes_equal (opened, secret));
  g_autoptr (GError) error = NULL;
  ccf_shares_join (shares, 1, &joined); /* too few */
  g_assert_null (ccf_shares_unwrap (fixture->store, &joined, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  store_abort (fixture->store);
  /* New shares: the old ones are worth nothing. */
  issue (fixture, 2);
  g_assert_true (store_begin (fixture->store, NULL));
  ccf_shares_join (shares, 2, &joined);
  g_assert_null (ccf_shares_unwrap (fixture->store, &joined, NULL));
  store_abort (fixture->store);
}

/* An owner has it all; it does not count towards the threshold. */
static void
test_owner (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CcfShare share;
  g_autoptr (GBytes) secret = store_secret (fixture->store);
  g_assert_true (store_begin (fixture->store, NULL));
  put_member (fixture, 2, "Active", "Owner");
  g_assert_true (store_commit (fixture->store, NULL, NULL));
  issue (fixture, 2);
  open_share (fixture, 2, &share);
  g_assert_cmpuint (share.index, ==, 0);
  g_assert_true (store_begin (fixture->store, NULL));
  g_autoptr (GBytes) opened = ccf_shares_unwrap (fixture->store, &share, NULL);
  g_assert_true (opened && g_bytes_equal (opened, secret));
  store_abort (fixture->store);
}

/* A ledger in the first format is refused with the way on; it is left as it is. */
static void
test_first_format (void)
{
  static const char *const first[] = { "CREATE TABLE kv (map TEXT, key TEXT, value TEXT);"
                                       "CREATE TABLE kv_history (map TEXT);"
                                       "CREATE TABLE tx (seqno INTEGER PRIMARY KEY);",
                                       NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("format-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "ledger.db", NULL);
  CrDb *db = cr_db_open (path, first, &error);
  g_assert_no_error (error);
  cr_db_close (db);
  for (guint i = 0; i < 2; i++) {
    g_assert_null (store_open (path, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
    g_assert_nonnull (strstr (cr_error_hint (error), "sandbox reset"));
    g_clear_error (&error);
  }
  g_assert_true (cr_dir_remove (folder, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recovery/sharing", test_sharing);
  g_test_add_func ("/recovery/format", test_format);
  g_test_add_func ("/recovery/first-format", test_first_format);
  g_test_add ("/recovery/issue", Fixture, NULL, set_up, test_issue, tear_down);
  g_test_add ("/recovery/owner", Fixture, NULL, set_up, test_owner, tear_down);
  return g_test_run ();
}
