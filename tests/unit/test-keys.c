/* SPDX-License-Identifier: MIT
 * The key store on a real keyring daemon of its own, the daemon's life, and member identities.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/crypto.h"
#include "keys/key-bus-private.h"
#include "keys/key-daemon.h"
#include "keys/keys.h"
#include "keys/member.h"

static char *state; /* the one state folder of this program */

static KeyAttributes
attributes (const char *kind, const char *name)
{
  return (KeyAttributes){
    .collaboration = "0123456789abcdef", .persona = "operator", .kind = kind, .name = name
  };
}

static KeyStore *
open_store (void)
{
  g_autoptr (GError) error = NULL;
  keyring_ensure (state, TRUE, &error);
  g_assert_no_error (error);
  KeyStore *store = key_store_secret_service_new (&error);
  g_assert_no_error (error);
  return store;
}

static void
kill_pid_file (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (state, "keyring", name, NULL);
  g_autofree char *text = cr_file_read_text (path, 64, &error);
  g_assert_no_error (error);
  int pid = (int) g_ascii_strtoll (text, NULL, 10);
  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
}

/* What a new process finds: a program that has lost its bus has to be started again. */
static void
assert_new_process_reads (const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *self = g_file_read_link ("/proc/self/exe", &error);
  g_autofree char *output = NULL;
  int status = -1;
  char *argv[] = { self, (char *) (gpointer) (gsize) "--read", state, (char *) (gpointer) (gsize) name,
                   NULL };
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpstr (output, ==, expected);
}

static int
read_in_new_process (const char *dir, const char *name)
{
  g_autoptr (GError) error = NULL;
  KeyAttributes at = attributes ("account", name);
  g_autoptr (KeyStore) store = keyring_ensure (dir, TRUE, &error) ? key_store_secret_service_new (&error)
                                                                  : NULL;
  g_auto (CrSecretText) text = store != NULL ? key_store_get_text (store, &at, &error) : NULL;
  g_print ("%s", text != NULL ? text : error->message);
  return text != NULL ? 0 : 1;
}

static void
test_put_get (void)
{
  g_autoptr (KeyStore) store = open_store ();
  g_autoptr (GError) error = NULL;
  KeyAttributes at = attributes ("token", "round-trip");
  static const guint8 bytes[] = { 0, 1, '\n', '\r', 0xff, 0, '\n' };
  g_autoptr (GBytes) value = g_bytes_new_static (bytes, sizeof bytes);
  g_assert_true (key_store_put (store, &at, value, &error));
  g_assert_no_error (error);
  g_autoptr (GBytes) back = key_store_get (store, &at, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (back, value));
  /* Replaced in place, never twice, although the informational attributes differ. */
  at.fingerprint = "abcd";
  at.created = "2026-01-01T00:00:00Z";
  g_assert_true (key_store_put_text (store, &at, "second value", &error));
  g_auto (CrSecretText) text = key_store_get_text (store, &at, &error);
  g_assert_cmpstr (text, ==, "second value");
  KeyAttributes filter = { .kind = "token" };
  g_autoptr (GPtrArray) list = key_store_list (store, &filter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  const KeyEntry *entry = list->pdata[0];
  g_assert_cmpstr (entry->fingerprint, ==, "abcd");
  g_assert_cmpstr (entry->persona, ==, "operator");
  g_assert_true (key_store_remove (store, &at, &error));
  g_assert_false (key_store_remove (store, &at, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (key_store_get (store, &at, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
test_refused (void)
{
  g_autoptr (KeyStore) store = open_store ();
  g_autofree char *big = g_strnfill (KEY_VALUE_MAX_BYTES + 1, 'x');
  g_autofree char *longname = g_strnfill (129, 'n');
  const struct {
    const char *name, *persona, *fingerprint, *value;
  } cases[] = {
    { "", "operator", NULL, "v" },
    { "a\nb", "operator", NULL, "v" },
    { "a", "", NULL, "v" },
    { "a", "oper\tator", NULL, "v" },
    { "a", NULL, NULL, "v" },
    { NULL, "operator", NULL, "v" },
    { "a", "operator", "x\ny", "v" },
    { "a", "operator", NULL, "" },
    { "a", "operator", NULL, big },
    { longname, "operator", NULL, "v" },
    { "\303\244", "operator", NULL, "v" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    KeyAttributes at = attributes ("token", cases[i].name);
    at.persona = cases[i].persona;
    at.fingerprint = cases[i].fingerprint;
    g_assert_false (key_store_put_text (store, &at, cases[i].value, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  KeyAttributes filter = { .kind = "token" };
  g_autoptr (GPtrArray) list = key_store_list (store, &filter, NULL);
  g_assert_cmpuint (list->len, ==, 0);
}

/* --- a back end that misbehaves --- */

typedef struct {
  char *value;
  const char *answer; /* what get gives instead of VALUE */
} Liar;

static gboolean
liar_put (gpointer self, const KeyAttributes *at, const char *value, GError **error)
{
  Liar *liar = self;
  (void) at, (void) error;
  g_assert_null (strpbrk (value, "\r\n"));
  g_free (liar->value);
  liar->value = g_strdup (value);
  return TRUE;
}

static CrSecretText
liar_get (gpointer self, const KeyAttributes *at, GError **error)
{
  Liar *liar = self;
  (void) at;
  if (liar->answer != NULL && *liar->answer == '\0') {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "gone");
    return NULL;
  }
  return cr_secret_text_new (liar->answer != NULL ? liar->answer : liar->value, -1);
}

static void
test_unfaithful (void)
{
  const KeyStoreBackend backend = { .put = liar_put, .get = liar_get };
  const char *answers[] = { NULL, "", "AAAA", "YWJ\n", "not base64!" };
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (GError) error = NULL;
    Liar liar = { .answer = answers[i] };
    KeyStore *store = key_store_new (&backend, &liar);
    KeyAttributes at = attributes ("token", "a");
    gboolean good = key_store_put_text (store, &at, "line one\nline two\n", &error);
    g_assert_cmpint (good, ==, answers[i] == NULL);
    g_assert_cmpint (error == NULL, ==, answers[i] == NULL);
    g_clear_error (&error);
    g_auto (CrSecretText) text = key_store_get_text (store, &at, &error);
    if (answers[i] == NULL)
      g_assert_cmpstr (text, ==, "line one\nline two\n");
    else
      g_assert_null (i == 2 ? NULL : text);
    key_store_free (store);
    g_free (liar.value);
  }
}

/* --- the daemons --- */

static void
test_killed_daemons (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GError) error = NULL;
    KeyAttributes at = attributes ("account", "kept");
    state = g_strdup (g_getenv ("TEST_KEYS_STATE"));
    g_autoptr (KeyStore) store = open_store ();
    g_assert_true (key_store_put_text (store, &at, "kept over a crash", &error));
    g_assert_no_error (error);
    kill_pid_file ("daemon.pid");
    kill_pid_file ("bus.pid");
    g_usleep (200 * 1000);
    /* An error with a hint, not the end of the program. */
    g_assert_null (key_store_get_text (store, &at, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
    g_assert_nonnull (cr_error_hint (error));
    return;
  }
  g_setenv ("TEST_KEYS_STATE", state, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  assert_new_process_reads ("kept", "kept over a crash");
  /* Only one half is dead. */
  kill_pid_file ("daemon.pid");
  g_usleep (200 * 1000);
  assert_new_process_reads ("kept", "kept over a crash");
  kill_pid_file ("bus.pid");
  g_usleep (200 * 1000);
  assert_new_process_reads ("kept", "kept over a crash");
}

/* A desktop's daemon with its keyring in DIR, on the session bus of this process. */
static GSubprocess *
run_daemon (const char *dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", dir, TRUE);
  GSubprocess *daemon = g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon", "--foreground",
                                                     "--unlock", "--components=secrets",
                                                     "--control-directory", dir, NULL);
  g_assert_no_error (error);
  GOutputStream *input = g_subprocess_get_stdin_pipe (daemon);
  g_assert_true (g_output_stream_write_all (input, "password", 8, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (input, NULL, NULL));
  for (guint i = 0; i < 500 && !key_bus_is_ready (g_getenv ("DBUS_SESSION_BUS_ADDRESS")); i++)
    g_usleep (20 * 1000);
  return daemon;
}

static void
stop_daemon (GSubprocess *daemon)
{
  g_subprocess_force_exit (daemon);
  g_subprocess_wait (daemon, NULL, NULL);
  g_object_unref (daemon);
}

/* A store that is kept open meets another daemon, which knows nothing of its session. */
static void
test_daemon_replaced (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("keyring-XXXXXX", &error);
  g_autoptr (GTestDBus) bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  KeyAttributes first = attributes ("account", "first"), second = attributes ("account", "second");
  GSubprocess *daemon = run_daemon (dir);
  KeyStore *store = key_store_secret_service_new (&error);
  g_assert_no_error (error);
  g_assert_true (key_store_put_text (store, &first, "before", &error));
  stop_daemon (daemon);
  daemon = run_daemon (dir);
  g_auto (CrSecretText) text = key_store_get_text (store, &first, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "before");
  stop_daemon (daemon);
  daemon = run_daemon (dir);
  g_assert_true (key_store_put_text (store, &second, "after", &error));
  g_assert_no_error (error);
  key_store_free (store);
  stop_daemon (daemon);
  g_test_dbus_stop (bus);
  g_assert_true (cr_dir_remove (dir, NULL));
}

static void
test_stop_and_files (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GError) error = NULL;
    KeyAttributes at = attributes ("account", "encrypted");
    state = g_strdup (g_getenv ("TEST_KEYS_STATE"));
    g_autoptr (KeyStore) store = open_store ();
    g_assert_true (key_store_put_text (store, &at, "plain-text-marker-42", &error));
    g_assert_true (keyring_stop (state, &error));
    g_assert_true (keyring_stop (state, &error));
    g_assert_no_error (error);
    return;
  }
  g_setenv ("TEST_KEYS_STATE", state, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  g_autofree char *file = g_build_filename (state, "keyring", "data", "keyrings", "login.keyring", NULL);
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (file, &content, &length, NULL));
  g_assert_null (g_strstr_len (content, (gssize) length, "plain-text-marker"));
  g_assert_null (g_strstr_len (content, (gssize) length, "cGxhaW4tdGV4dC1tYXJrZXIt"));
  assert_new_process_reads ("encrypted", "plain-text-marker-42");
}

/* Several processes at once: one pair of daemons. */
static void
test_race (void)
{
  g_assert_true (keyring_stop (state, NULL));
  g_autoptr (GError) error = NULL;
  g_autofree char *self = g_file_read_link ("/proc/self/exe", &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) children = g_ptr_array_new ();
  for (int i = 0; i < 4; i++) {
    char *argv[] = { self, (char *) (gpointer) (gsize) "--ensure", state, NULL };
    GPid pid;
    g_assert_true (g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error));
    g_ptr_array_add (children, GINT_TO_POINTER (pid));
  }
  for (guint i = 0; i < children->len; i++) {
    int status = -1;
    waitpid (GPOINTER_TO_INT (children->pdata[i]), &status, 0);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  }
  g_autofree char *marker = g_build_filename (state, "keyring", NULL);
  int daemons = 0;
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  for (const char *name; (name = g_dir_read_name (proc)) != NULL;) {
    g_autofree char *path = g_strdup_printf ("/proc/%s/cmdline", name);
    g_autofree char *line = NULL;
    gsize length = 0;
    if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &line, &length, NULL))
      continue;
    if (g_strstr_len (line, (gssize) length, "daemon") != NULL && g_str_has_prefix (line, "gnome-keyring")
        && memmem (line, length, marker, strlen (marker)) != NULL)
      daemons++;
  }
  g_assert_cmpint (daemons, ==, 1);
}

static void
test_no_secret_outside (void)
{
  g_autoptr (KeyStore) store = open_store ();
  g_assert_nonnull (store);
  /* No password in the daemons' arguments or environment: nothing there looks like one. */
  const char *names[] = { "daemon.pid", "bus.pid" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (state, "keyring", names[i], NULL);
    g_autofree char *pid = cr_file_read_text (path, 64, NULL);
    const char *what[] = { "cmdline", "environ" };
    for (guint j = 0; j < G_N_ELEMENTS (what); j++) {
      g_autofree char *file = g_strdup_printf ("/proc/%s/%s", pid, what[j]);
      g_autofree char *content = NULL;
      gsize length = 0;
      if (!g_file_get_contents (file, &content, &length, NULL))
        continue;
      for (gsize k = 0; k < length; k++)
        if (content[k] == '\0')
          content[k] = '\n';
      g_assert_false (g_regex_match_simple ("[0-9a-f]{64}", content, 0, 0));
    }
  }
}

static void
test_without_keyring (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GError) error = NULL;
    g_autofree char *other = g_dir_make_tmp ("cleanroom-none-XXXXXX", NULL);
    g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
    g_unsetenv ("XDG_RUNTIME_DIR");
    g_unsetenv ("DISPLAY");
    g_assert_false (keyring_ensure (other, FALSE, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
    g_assert_nonnull (cr_error_hint (error));
    g_assert_false (keyring_is_own (other));
    g_clear_error (&error);
    g_assert_null (key_store_secret_service_new (&error));
    g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
    g_rmdir (other);
    return;
  }
  g_test_trap_subprocess (NULL, 30 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

/* A locked keyring is an error at once, not a wait for a prompt that nobody sees. */
static void
check_locked (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) store = open_store ();
  KeyAttributes at = attributes ("account", "locked-away");
  g_assert_true (key_store_put_text (store, &at, "x", &error));
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  const char *paths[] = { "/org/freedesktop/secrets/collection/login" };
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
      bus, "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "Lock",
      g_variant_new ("(@ao)", g_variant_new_objv (paths, 1)), NULL, 0, 5000, NULL, &error);
  g_assert_no_error (error);
  gint64 start = g_get_monotonic_time ();
  g_assert_null (key_store_get_text (store, &at, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_assert_nonnull (strstr (error->message, "locked"));
  g_clear_error (&error);
  KeyAttributes fresh = attributes ("account", "not-there");
  g_assert_false (key_store_put_text (store, &fresh, "x", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_false (key_store_remove (store, &at, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
}

static void
test_locked (void)
{
  if (g_test_subprocess ()) {
    state = g_strdup (g_getenv ("TEST_KEYS_STATE"));
    check_locked ();
    return;
  }
  g_setenv ("TEST_KEYS_STATE", state, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  /* The own keyring is unlocked again by starting it anew. */
  assert_new_process_reads ("locked-away", "x");
}

/* --- members --- */

static void
test_member (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) store = open_store ();
  g_assert_null (member_identity_load (store, "c0", "operator", "ccfoperator", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_autoptr (MemberIdentity) made = member_identity_create (store, "c0", "operator", "ccfoperator", TRUE,
                                                            &error);
  g_assert_no_error (error);
  g_assert_null (member_identity_create (store, "c0", "operator", "ccfoperator", TRUE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (MemberIdentity) identity = member_identity_load (store, "c0", "operator", "ccfoperator", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (member_identity_id (identity), ==, member_identity_id (made));
  g_assert_cmpuint (strlen (member_identity_id (identity)), ==, 64);
  g_assert_true (
      g_str_has_prefix (member_identity_certificate_pem (identity), "-----BEGIN CERTIFICATE-----\n"));

  CoseHeader header = { .type = "proposal", .created_at = 1700000000 };
  g_autoptr (GBytes) payload = g_bytes_new_static ("{}", 2);
  g_autoptr (GBytes) message = member_identity_sign (identity, &header, payload, &error);
  g_assert_no_error (error);
  g_autoptr (CoseSign1) parsed = cose_sign1_parse (message, &error);
  g_assert_cmpstr (parsed->kid, ==, member_identity_id (identity));
  g_assert_true (cose_sign1_verify_cert (parsed, member_identity_certificate (identity), &error));

  g_autoptr (EVP_PKEY) recovery = cose_key_from_public_pem (member_identity_encryption_pem (identity), -1,
                                                            "the recovery key", &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) share = cose_oaep_encrypt (recovery, "share bytes", 11, &error);
  g_autoptr (GBytes) opened = member_identity_decrypt_share (identity, share, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), "share bytes", 11);

  gint64 now = cr_now_seconds ();
  g_assert_true (member_identity_check_expiry (identity, now, &error));
  g_assert_cmpint (member_identity_days_left (identity, now), >=, 364);
  g_assert_false (member_identity_check_expiry (identity, now + 366 * 86400, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_cmpint (member_identity_days_left (identity, now + 366 * 86400), <, 0);
}

/* A creation that was interrupted after the first key is taken up again with that key. */
static void
test_member_interrupted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) store = open_store ();
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (GBytes) der = cose_key_private_der (key);
  KeyAttributes at = {
    .collaboration = "c1", .persona = "woodgrove", .kind = KEY_KIND_MEMBER_KEY, .name = "m"
  };
  g_assert_true (key_store_put (store, &at, der, &error));
  g_autoptr (MemberIdentity) identity = member_identity_create (store, "c1", "woodgrove", "m", FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (cose_key_equal (key, member_identity_key (identity)));
  g_assert_null (member_identity_encryption_pem (identity));
  g_autoptr (GBytes) nothing = g_bytes_new_static ("x", 1);
  g_assert_null (member_identity_decrypt_share (identity, nothing, &error));
  g_clear_error (&error);
  /* The key is gone underneath: an error that says so. */
  g_assert_true (key_store_remove (store, &at, &error));
  g_assert_null (member_identity_load (store, "c1", "woodgrove", "m", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);
  g_assert_null (member_identity_create (store, "c1", "woodgrove", "bad name", FALSE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--ensure"))
    return keyring_ensure (argv[2], TRUE, NULL) ? 0 : 1;
  if (argc == 4 && g_str_equal (argv[1], "--read"))
    return read_in_new_process (argv[2], argv[3]);
  g_autofree char *daemon = g_find_program_in_path ("gnome-keyring-daemon");
  g_autofree char *bus = g_find_program_in_path ("dbus-daemon");
  if (daemon == NULL || bus == NULL) {
    g_print ("1..0 # SKIP gnome-keyring-daemon or dbus-daemon is not installed\n");
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  /* Never touch the keyring of the person who runs the tests. */
  g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
  g_unsetenv ("XDG_RUNTIME_DIR");
  g_unsetenv ("DISPLAY");
  g_unsetenv ("WAYLAND_DISPLAY");
  if (!g_test_subprocess ())
    state = g_dir_make_tmp ("cleanroom-keys-XXXXXX", NULL);
  /* A program cannot go back to a restarted bus, so what stops daemons comes first and in processes of its
   * own. */
  g_test_add_func ("/keys/killed-daemons", test_killed_daemons);
  g_test_add_func ("/keys/daemon-replaced", test_daemon_replaced);
  g_test_add_func ("/keys/stop-and-files", test_stop_and_files);
  g_test_add_func ("/keys/race", test_race);
  g_test_add_func ("/keys/locked", test_locked);
  g_test_add_func ("/keys/without-keyring", test_without_keyring);
  g_test_add_func ("/keys/put-get", test_put_get);
  g_test_add_func ("/keys/refused", test_refused);
  g_test_add_func ("/keys/unfaithful", test_unfaithful);
  g_test_add_func ("/keys/no-secret-outside", test_no_secret_outside);
  g_test_add_func ("/keys/member", test_member);
  g_test_add_func ("/keys/member-interrupted", test_member_interrupted);
  int result = g_test_run ();
  if (g_test_subprocess ())
    return result;
  if (keyring_is_own (state) && !keyring_destroy (state, NULL))
    result = 1;
  g_rmdir (state);
  g_free (state);
  return result;
}
