/* SPDX-License-Identifier: MIT
 * The ground: errors, files, encodings, days, text, YAML, SQLite.
 */
#include "base/clock.h"
#include "base/db.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/yaml.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("cleanroom-test-XXXXXX", NULL);
  g_assert_nonnull (folder);
  return folder;
}

static void
test_error_carries_what_to_do (void)
{
  g_autoptr (GError) error = NULL;
  CrRemote remote = { 403, "CallerNotAuthorized", "User x is not authorized", "id-1" };
  cr_set_remote_error (&error, CR_ERROR_REFUSED, &remote, "Ask for an invitation.", "The ledger refused %s.",
                       "x");
  g_assert_cmpstr (error->message, ==, "The ledger refused x.");
  g_assert_cmpstr (cr_error_hint (error), ==, "Ask for an invitation.");
  g_assert_true (cr_error_is_remote (error, "CallerNotAuthorized"));
  g_assert_cmpuint (cr_error_http_status (error), ==, 403);
  g_assert_cmpint (cr_error_exit_code (error), ==, 5);
  g_autoptr (GError) copy = g_error_copy (error);
  g_assert_cmpstr (cr_error_remote_message (copy), ==, "User x is not authorized");
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, 1, "x");
  g_assert_null (cr_error_hint (foreign));
  g_assert_cmpint (cr_error_exit_code (foreign), ==, 1);
}

/* What was found here has a name, and the other side has said nothing. */
static void
test_error_found_here (void)
{
  g_autoptr (GError) error = NULL;
  cr_set_named_error (NULL, CR_ERROR_INPUT, "Nothing", NULL, "x");
  cr_set_named_error (&error, CR_ERROR_NOT_FOUND, "DataStoreNotFound", "Add it.", "There is no %s.", "x");
  g_autoptr (GError) copy = g_error_copy (error);
  g_assert_cmpstr (copy->message, ==, "There is no x.");
  g_assert_cmpstr (cr_error_reason (copy), ==, "DataStoreNotFound");
  g_assert_false (cr_error_is_remote (copy, "DataStoreNotFound"));
  g_assert_null (cr_error_remote_code (copy));
  g_assert_null (cr_error_remote_message (copy));
  g_assert_cmpuint (cr_error_http_status (copy), ==, 0);
  g_autoptr (GError) told = NULL;
  cr_set_remote_error (&told, CR_ERROR_REFUSED, &(CrRemote){ .code = "Told" }, NULL, "x");
  g_assert_cmpstr (cr_error_reason (told), ==, "Told");
  g_assert_true (cr_error_is_remote (told, "Told"));
  g_assert_null (cr_error_reason (NULL));
}

static void
test_exit_codes (void)
{
  static const struct {
    CrErrorCode code;
    int exit_code;
  } rows[] = { { CR_ERROR_FAILED, 1 },     { CR_ERROR_USAGE, 2 },   { CR_ERROR_SIGN_IN, 3 },
               { CR_ERROR_WAITING, 4 },    { CR_ERROR_REFUSED, 5 }, { CR_ERROR_NOT_FOUND, 6 },
               { CR_ERROR_CANCELLED, 130 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    cr_set_error (&error, rows[i].code, NULL, "x");
    g_assert_cmpint (cr_error_exit_code (error), ==, rows[i].exit_code);
  }
}

static void
test_file_is_old_or_new (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "a", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (cr_file_write (path, "one\n", -1, 0600, &error));
  g_assert_true (cr_file_write (path, "two\n", -1, 0600, &error));
  g_autofree char *text = cr_file_read_text (path, 100, &error);
  g_assert_cmpstr (text, ==, "two");
  struct stat status;
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);

  g_assert_null (cr_file_read (path, 3, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autofree char *absent = g_build_filename (folder, "no", "such", NULL);
  g_assert_false (cr_file_write (absent, "x", 1, 0600, &error));
  g_clear_error (&error);
  g_assert_null (cr_file_read_text (absent, 10, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* Nothing but the file itself is left behind. */
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (entries), ==, "a");
  g_assert_null (g_dir_read_name (entries));
  g_assert_true (cr_dir_remove (folder, &error));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_remove_never_follows_links (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *kept = make_folder ();
  g_autofree char *file = g_build_filename (kept, "keep", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_assert_true (cr_file_write (file, "x", 1, 0600, NULL));
  g_assert_cmpint (symlink (kept, link), ==, 0);
  g_assert_true (cr_dir_remove (folder, NULL));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (cr_dir_remove (kept, NULL));
}

static void
test_file_refuses_bad_text (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "a", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (cr_file_write (path, "a\xff", 2, 0600, NULL));
  g_assert_null (cr_file_read_text (path, 10, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_true (cr_file_write (path, "a\0b", 3, 0600, NULL));
  g_assert_null (cr_file_read_text (path, 10, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_true (cr_dir_remove (folder, NULL));
}

static void
test_base64 (void)
{
  static const char *const good[] = { "", "QQ==", "QUI=", "QUJD", "+/+/" };
  static const char *const bad[] = { "Q", "QQ", "QQ=", "QQ===", "Q=Q=", "QQ==\n", " QQ=", "Q-_=", "QUJDQ" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GBytes) bytes = cr_base64_decode (good[i], "x", NULL);
    g_assert_nonnull (bytes);
    g_autofree char *back = cr_base64_bytes (bytes);
    g_assert_cmpstr (back, ==, good[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cr_base64_decode (bad[i], "x", &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  g_autofree char *url = cr_base64url ("\xfb\xff\xfe", 2);
  g_assert_cmpstr (url, ==, "-_8");
  g_autoptr (GBytes) bytes = cr_base64url_decode ("-_8", -1, "x", NULL);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 2);
  g_assert_null (cr_base64url_decode ("-_8=", -1, "x", NULL));
  g_assert_null (cr_base64url_decode ("+/8", -1, "x", NULL));
}

static void
test_identifiers (void)
{
  g_autofree char *named = cr_uuid_v5 ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com");
  g_assert_cmpstr (named, ==, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  g_autofree char *a = cr_uuid_new ();
  g_autofree char *b = cr_uuid_new ();
  g_assert_cmpuint (strlen (a), ==, 36);
  g_assert_cmpstr (a, !=, b);
  g_autofree char *digest = cr_sha256_hex ("", 0);
  g_assert_cmpstr (digest, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  g_autofree char *encoded = cr_percent_encode ("a b/%\xc3\xa9", "/");
  g_assert_cmpstr (encoded, ==, "a%20b/%25%C3%A9");
  g_autofree char *decoded = cr_percent_decode (encoded, -1);
  g_assert_cmpstr (decoded, ==, "a b/%\xc3\xa9");
}

static void
test_days (void)
{
  static const char *const bad[] = { "",           "2025-9-01",        "2025-02-30", "2025-13-01",
                                     "01-09-2025", "2025-09-01T00:00", "2025/09/01" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cr_day_parse (bad[i], &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  g_autoptr (GDate) day = cr_day_parse ("2024-02-29", NULL);
  g_autofree char *text = cr_day_text (day);
  g_assert_cmpstr (text, ==, "2024-02-29");
  g_assert_true (cr_day_range_check (NULL, "", NULL));
  g_assert_true (cr_day_range_check ("2025-09-01", "2025-09-01", NULL));
  g_assert_false (cr_day_range_check ("2025-09-02", "2025-09-01", NULL));
  g_assert_false (cr_day_range_check ("2025-09-02", NULL, NULL));
  g_autofree char *stamp = cr_iso8601 (1700000000123);
  g_assert_cmpstr (stamp, ==, "2023-11-14T22:13:20.123Z");
  g_autofree char *date = cr_http_date (1767225600000);
  g_assert_cmpstr (date, ==, "Thu, 01 Jan 2026 00:00:00 GMT");
}

static void
test_text_is_made_safe (void)
{
  g_autofree char *escape = cr_text_safe ("a\x1b[31mb\x07\nc\xe2\x80\xae"
                                          "d\xff");
  g_assert_cmpstr (escape, ==,
                   "a\xEF\xBF\xBD[31mb\xEF\xBF\xBD c\xEF\xBF\xBD"
                   "d\xEF\xBF\xBD");
  g_autofree char *lines = cr_text_safe_lines ("a\r\nb\xc2\x9b"
                                               "c");
  g_assert_cmpstr (lines, ==,
                   "a\nb\xEF\xBF\xBD"
                   "c");
  g_assert_cmpint (cr_text_width ("a\xe6\xbc\xa2"
                                  "e\xcc\x81"),
                   ==, 4);
  g_autofree char *fitted = cr_text_fit ("\xe6\xbc\xa2\xe6\xbc\xa2", 4);
  g_assert_cmpstr (fitted, ==, "\xe6\xbc\xa2\xe6\xbc\xa2");
  g_autofree char *cut = cr_text_fit ("\xe6\xbc\xa2\xe6\xbc\xa2", 3);
  g_assert_cmpint (cr_text_width (cut), ==, 3);
}

static void
test_names_and_addresses (void)
{
  static const char *const good[] = { "a@b.com", "first.last@north-wind.example", "x+y@outlook.com" };
  static const char *const bad[] = {
    "",          "a",        "a@",       "@b.com",   "a@b",       "a@b.c",
    "a b@c.com", "a@@b.com", "a@b..com", ".a@b.com", "a@b.com\n", "a@-.com"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (cr_email_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (cr_email_valid (bad[i]));
  g_assert_true (cr_name_valid ("northwind-input-1a"));
  g_assert_false (cr_name_valid ("../x"));
  g_assert_false (cr_name_valid ("a/b"));
  static const char *const names[] = { "start", "status", "stop", NULL };
  g_assert_cmpstr (cr_nearest ("statsu", names), ==, "status");
  g_assert_null (cr_nearest ("completely", names));
}

static void
test_yaml_names_the_line (void)
{
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
    { "", "f:1: the file is empty." },
    { "a: 1\na: 2\n", "f:2: the key 'a' is there twice." },
    { "a: [1\nb: 2\n", "f:2:" },
    { "a: 1\n---\nb: 2\n", "f:2: a second document" },
    { "a: \xff\n", "f:1: not UTF-8 text." },
    { "? [a]\n: 1\n", "f:1: a key must be plain text." },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cr_yaml_parse (rows[i].text, strlen (rows[i].text), "f", &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    if (!g_str_has_prefix (error->message, rows[i].message))
      g_error ("row %" G_GSIZE_FORMAT ": %s", i, error->message);
  }
  static const char *const known[] = { "title", "steps", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrYamlFile) file = cr_yaml_parse ("title: x\nstep: []\n", 17, "f", NULL);
  g_assert_false (cr_yaml_check_keys (cr_yaml_root (file), known, &error));
  g_assert_cmpstr (error->message, ==, "f:2: unknown key 'step', did you mean 'steps'?");
}

static void
test_yaml_bomb_is_refused (void)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
  for (int i = 1; i < 8; i++)
    g_string_append_printf (text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                            i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  g_autoptr (GError) error = NULL;
  g_assert_null (cr_yaml_parse (text->str, text->len, "f", &error));
  g_assert_nonnull (strstr (error->message, "too many values"));
}

/* "<<" as PyYAML reads it. */
static void
test_yaml_merges (void)
{
  static const struct {
    const char *text, *json; /* or the reason */
  } rows[] = {
    { "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", "{\"y\": 3, \"x\": 1}" },
    { "a: &a {x: 1}\nc: &c {x: 2, z: 5}\nb: {<<: [*a, *c], w: 0}\n", "{\"w\": 0, \"x\": 1, \"z\": 5}" },
    { "a: &a {x: 1}\nc: &c {x: 2}\nb: {<<: *a, <<: *c}\n", "{\"x\": 2}" },
    { "a: &a {x: 1, y: [1]}\nc: &c {<<: *a, y: 2}\nb:\n  <<: *c\n", "{\"y\": 2, \"x\": 1}" },
    { "a: &a {x: 1}\nb: {\"<<\": *a}\n", "{\"<<\": {\"x\": 1}}" },
    { "b: {<<: {x: 1}, x: 2}\n", "{\"x\": 2}" },
    { "b: {<<: {x: {q: 1}}, x: {r: 2}}\n", "{\"x\": {\"r\": 2}}" },
    { "b: {<<: []}\n", "{}" },
    { "a: 1\nb:\n  <<: text\n", "f:3: what is merged" },
    { "a: 1\nb:\n  <<:\n  - {x: 1}\n  - [1]\n", "f:5: what is merged" },
    { "a: 1\nb: &b\n  x: *b\n", "f:2: an alias here leads back" },
    { "a: 1\nb: &b\n  <<: *b\n", "f:2: an alias here leads back" },
    { "- 1\n- &b [*b]\n", "f:2: an alias here leads back" },
    { "a: &a {x: 1}\nb: {<<: *a, y: 1, y: 2}\n", "f:2: the key 'y' is there twice" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (CrYamlFile) file = cr_yaml_parse (rows[i].text, strlen (rows[i].text), "f", &error);
    if (*rows[i].json == 'f') {
      g_assert_null (file);
      g_assert_true (g_str_has_prefix (error->message, rows[i].json));
      continue;
    }
    g_assert_no_error (error);
    g_autoptr (json_t) value = cr_yaml_to_json (cr_yaml_get (cr_yaml_root (file), "b"));
    char *text = json_dumps (value, JSON_ENCODE_ANY);
    g_assert_cmpstr (text, ==, rows[i].json);
    free (text);
  }
}

/* Maps that merge each other twice are 2^60 merges of nothing. */
static void
test_yaml_merge_bomb (void)
{
  g_autoptr (GString) text = g_string_new ("m0: &m0 {}\n");
  g_autoptr (GError) error = NULL;
  for (guint i = 1; i < 30; i++)
    g_string_append_printf (text, "m%u: &m%u {<<: [*m%u, *m%u]}\n", i, i, i - 1, i - 1);
  g_assert_null (cr_yaml_parse (text->str, text->len, "f", &error));
  g_assert_nonnull (strstr (error->message, "too many values"));
}

static void
test_yaml_round_trip (void)
{
  const char *source =
      "{\"name\":\"null\",\"n\":12,\"s\":\"12\",\"l\":[true,null,\"a: b\"],\"e\":[],\"m\":\"one\\ntwo\\n\"}";
  g_autoptr (json_t) value = cr_json_parse (source, strlen (source), "x", NULL);
  g_autofree char *text = cr_yaml_dump (value);
  g_autoptr (CrYamlFile) file = cr_yaml_parse (text, strlen (text), "f", NULL);
  g_assert_nonnull (file);
  g_autoptr (json_t) back = cr_yaml_to_json (cr_yaml_root (file));
  g_autofree char *compact = cr_json_dump (back);
  g_assert_cmpstr (compact, ==, source);
}

static void
test_json_limits (void)
{
  static const char *const bad[] = { "", "{", "{\"a\":1,\"a\":2}", "{} x", "[1,]", "\xff" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cr_json_parse (bad[i], strlen (bad[i]), "x", &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  /* A text of C cannot hold a NUL: refused, shown with its escape, or kept. */
  static const char nul[] = "{\"a\\u0000\":\"b\\\\u0000\\u0000\"}", value_only[] = "[\"b\\u0000\"]";
  g_assert_null (cr_json_parse (nul, strlen (nul), "x", NULL));
  g_autoptr (json_t) shown = cr_json_parse_shown (nul, strlen (nul), "x", NULL);
  g_assert_cmpstr (cr_json_peek_string (shown, "a\\u0000"), ==, "b\\u0000\\u0000");
  g_autoptr (json_t) kept = cr_json_parse_kept (value_only, strlen (value_only), "x", NULL);
  g_assert_cmpuint (json_string_length (json_array_get (kept, 0)), ==, 2);
  g_autofree char *again = cr_json_dump (kept);
  g_assert_cmpstr (again, ==, value_only);
  g_autoptr (GString) deep = g_string_new (NULL);
  for (int i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  g_assert_null (cr_json_parse (deep->str, deep->len, "x", NULL));
  const char *bundle = "{\"metadata\":{\"endpoints\":{}},\"modules\":[]}";
  g_autoptr (json_t) empty = cr_json_parse (bundle, strlen (bundle), "x", NULL);
  g_autofree char *canonical = cr_json_dump_canonical (empty);
  g_autofree char *digest = cr_sha256_hex (canonical, strlen (canonical));
  g_assert_cmpuint (strlen (canonical), ==, 60);
  g_assert_cmpstr (digest, ==, "f655aad4dc7e7710aaa4758ad43886bb482cc87b2f0aa3e2f780ada9bcb2b675");
}

/* Memory that a JSON value had is empty when the next one gets it. */
static void
test_json_is_wiped (void)
{
  json_malloc_t allocate = NULL;
  json_free_t release = NULL;
  cr_json_wipe_freed ();
  json_get_alloc_funcs (&allocate, &release);
  guint8 *memory = allocate (200);
  const guintptr place = (guintptr) memory;
  memset (memory, 'S', 200);
  release (memory);
  void *next = malloc (200);
  const volatile guint8 *bytes = next; /* what is in it is what the test is about */
  if ((guintptr) next != place)
    g_test_skip ("the allocator gave another piece");
  for (guint i = 32; i < 200 && (guintptr) next == place; i++) /* before that it keeps its own notes */
    g_assert_cmpuint (bytes[i], ==, 0);
  free (next);
}

static void
test_db (void)
{
  static const char *const v1[] = { "CREATE TABLE t(k TEXT PRIMARY KEY, v BLOB)", NULL };
  static const char *const v2[] = { "CREATE TABLE t(k TEXT PRIMARY KEY, v BLOB)",
                                    "ALTER TABLE t ADD COLUMN n INTEGER", NULL };
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "d.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDb) db = cr_db_open (path, v1, &error);
  g_assert_no_error (error);
  struct stat status;
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (cr_db_begin (db, NULL));
  g_assert_true (cr_db_run (db, NULL, "INSERT INTO t VALUES(?,?)", "ss", "a", "1"));
  g_assert_true (cr_db_commit (db, NULL));
  g_assert_true (cr_db_begin (db, NULL));
  g_assert_true (cr_db_run (db, NULL, "INSERT INTO t VALUES(?,?)", "ss", "b", NULL));
  cr_db_rollback (db);
  g_clear_pointer (&db, cr_db_close);

  db = cr_db_open (path, v2, &error);
  g_assert_no_error (error);
  sqlite3_stmt *rows = cr_db_query (db, NULL, "SELECT k FROM t", "");
  g_assert_true (cr_db_step (db, rows, NULL));
  g_autofree char *key = cr_db_text (rows, 0);
  g_assert_cmpstr (key, ==, "a");
  g_assert_false (cr_db_step (db, rows, NULL));
  g_clear_pointer (&db, cr_db_close);

  g_assert_null (cr_db_open (path, v1, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_assert_nonnull (strstr (error->message, "newer release"));
  g_clear_error (&error);
  g_assert_true (cr_file_write (path, "this is no database at all, not by a long way", -1, 0600, NULL));
  g_assert_null (cr_db_open (path, v1, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_assert_true (cr_dir_remove (folder, NULL));
}

static void
test_secret_bytes (void)
{
  g_autoptr (GBytes) secret = cr_secret_new ("abc", 3);
  g_assert_cmpuint (g_bytes_get_size (secret), ==, 3);
  g_assert_true (cr_secret_equal ("abc", 3, g_bytes_get_data (secret, NULL), 3));
  g_assert_false (cr_secret_equal ("abd", 3, g_bytes_get_data (secret, NULL), 3));
  g_assert_false (cr_secret_equal ("abc", 3, "abcd", 4));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/error/what-to-do", test_error_carries_what_to_do);
  g_test_add_func ("/base/error/error-found-here", test_error_found_here);
  g_test_add_func ("/base/error/exit-codes", test_exit_codes);
  g_test_add_func ("/base/file/old-or-new", test_file_is_old_or_new);
  g_test_add_func ("/base/file/remove-links", test_remove_never_follows_links);
  g_test_add_func ("/base/file/bad-text", test_file_refuses_bad_text);
  g_test_add_func ("/base/encode/base64", test_base64);
  g_test_add_func ("/base/encode/identifiers", test_identifiers);
  g_test_add_func ("/base/clock/days", test_days);
  g_test_add_func ("/base/text/safe", test_text_is_made_safe);
  g_test_add_func ("/base/text/names", test_names_and_addresses);
  g_test_add_func ("/base/yaml/lines", test_yaml_names_the_line);
  g_test_add_func ("/base/yaml/bomb", test_yaml_bomb_is_refused);
  g_test_add_func ("/base/yaml/merges", test_yaml_merges);
  g_test_add_func ("/base/yaml/merge-bomb", test_yaml_merge_bomb);
  g_test_add_func ("/base/yaml/round-trip", test_yaml_round_trip);
  g_test_add_func ("/base/json/limits", test_json_limits);
  g_test_add_func ("/base/json/wiped", test_json_is_wiped);
  g_test_add_func ("/base/db", test_db);
  g_test_add_func ("/base/secret", test_secret_bytes);
  return g_test_run ();
}
