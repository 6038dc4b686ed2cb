/* SPDX-License-Identifier: MIT
 * The sandbox process: folder and lock, certificate authority, ports, parts, log, environment file.
 */
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/yaml.h"
#include "sandbox/attestation.h"
#include "sandbox/sandbox-pki.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define AUTHORITY_DAYS 3653
#define LEAF_DAYS 397
#define LOG_MAX_BYTES (8 * 1024 * 1024)

typedef struct {
  char *name;
  gpointer value;
  GDestroyNotify destroy;
} Part;

struct Sandbox {
  char *state_folder;
  char *folder;
  GHashTable *settings;
  int lock_fd;
  int log_fd;
  EVP_PKEY *ca_key;
  X509 *ca;
  char *ca_pem;
  char *leaf_chain_pem;
  CrSecretText leaf_key_pem;
  GMutex mutex;         /* guards what follows */
  json_t *ports;        /* endpoints.json: name -> port */
  GHashTable *urls;     /* name -> URL; never removed, so that borrowed texts stay valid */
  GPtrArray *names;     /* of running listeners, in start order */
  GPtrArray *listeners; /* the same order */
  GPtrArray *parts;
};

static void
part_free (gpointer data)
{
  Part *part = data;
  if (part->destroy)
    part->destroy (part->value);
  g_free (part->name);
  g_free (part);
}

static char *
in_folder (Sandbox *sandbox, const char *name)
{
  return g_build_filename (sandbox->folder, name, NULL);
}

static gboolean
take_lock (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = in_folder (sandbox, "lock");
  g_autofree char *pid_path = in_folder (sandbox, "pid");
  sandbox->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (sandbox->lock_fd < 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "cannot open %s: %s", path, g_strerror (errno));
    return FALSE;
  }
  if (flock (sandbox->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    g_autofree char *pid = cr_file_read_text (pid_path, 64, NULL);
    cr_set_error (error, CR_ERROR_ADMIN, "Use the running one, or stop it first.",
                  "another sandbox (process %s) already works in %s", pid ? pid : "unknown", sandbox->folder);
    return FALSE;
  }
  g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
  return cr_file_write (pid_path, pid, -1, 0600, error);
}

static gboolean
open_log (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = in_folder (sandbox, "log");
  GStatBuf info;
  if (g_stat (path, &info) == 0 && info.st_size > LOG_MAX_BYTES) {
    g_autofree char *older = in_folder (sandbox, "log.1");
    if (g_rename (path, older) != 0)
      g_unlink (path);
  }
  sandbox->log_fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (sandbox->log_fd >= 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, NULL, "cannot open %s: %s", path, g_strerror (errno));
  return FALSE;
}

/* The authority stays for the life of the folder: its certificate is in documents of other parties. */
static gboolean
load_authority (Sandbox *sandbox, GError **error)
{
  g_autofree char *key_path = in_folder (sandbox, "ca-key.pem");
  g_autofree char *path = in_folder (sandbox, "ca.pem");
  if (!pki_load (key_path, path, &sandbox->ca_key, &sandbox->ca, error))
    return FALSE;
  if (!sandbox->ca) {
    sandbox->ca_key = cose_key_new (COSE_KEY_P256, error);
    if (!sandbox->ca_key)
      return FALSE;
    sandbox->ca = pki_issue_authority ("Clean room local environment", sandbox->ca_key, AUTHORITY_DAYS,
                                       error);
    if (!sandbox->ca || !pki_save (key_path, path, sandbox->ca_key, sandbox->ca, error))
      return FALSE;
  }
  sandbox->ca_pem = cose_cert_to_pem (sandbox->ca);
  return TRUE;
}

/* The leaf is made anew at every start and lives in memory only. */
static gboolean
make_leaf (Sandbox *sandbox, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, error);
  if (!key)
    return FALSE;
  /* Accounts and buckets may stand in the name of the host, as with the real services. */
  const char *const names[] = { "localhost", "*" SANDBOX_BLOB_DOMAIN, "*" SANDBOX_S3_DOMAIN, NULL };
  g_autoptr (X509) leaf = pki_issue_named ("localhost", names, key, sandbox->ca, sandbox->ca_key, LEAF_DAYS,
                                           error);
  if (!leaf)
    return FALSE;
  g_autofree char *pem = cose_cert_to_pem (leaf);
  sandbox->leaf_chain_pem = g_strconcat (pem, sandbox->ca_pem, NULL);
  sandbox->leaf_key_pem = cose_key_private_pem (key);
  return TRUE;
}

static gboolean
load_ports (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = in_folder (sandbox, "endpoints.json");
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    sandbox->ports = json_object ();
    return TRUE;
  }
  sandbox->ports = cr_json_load (path, error);
  if (sandbox->ports && !json_is_object (sandbox->ports)) {
    cr_set_error (error, CR_ERROR_ADMIN, "Reset the local environment.", "%s is damaged", path);
    return FALSE;
  }
  return sandbox->ports != NULL;
}

static void
copy_settings (Sandbox *sandbox, GHashTable *settings)
{
  GHashTableIter iter;
  gpointer name, value;
  if (!settings)
    return;
  g_hash_table_iter_init (&iter, settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (sandbox->settings, g_strdup (name), g_strdup (value));
}

Sandbox *
sandbox_new (const SandboxOptions *options, GError **error)
{
  g_autoptr (Sandbox) sandbox = g_new0 (Sandbox, 1);
  sandbox->lock_fd = sandbox->log_fd = -1;
  g_mutex_init (&sandbox->mutex);
  sandbox->state_folder = g_canonicalize_filename (options->state_folder, NULL);
  sandbox->folder = g_build_filename (sandbox->state_folder, "sandbox", NULL);
  sandbox->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sandbox->urls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sandbox->names = g_ptr_array_new_with_free_func (g_free);
  sandbox->listeners = g_ptr_array_new ();
  sandbox->parts = g_ptr_array_new_with_free_func (part_free);
  copy_settings (sandbox, options->settings);
  if (!cr_dir_make (sandbox->state_folder, 0700, error) || !cr_dir_make (sandbox->folder, 0700, error)
      || !take_lock (sandbox, error) || !open_log (sandbox, error) || !load_authority (sandbox, error)
      || !make_leaf (sandbox, error) || !load_ports (sandbox, error))
    return NULL;
  if (g_chmod (sandbox->folder, 0700) != 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "cannot protect %s: %s", sandbox->folder, g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&sandbox);
}

/* Newest first. A handler that still runs may add one, so look again after each; names stay, so that
 * running handlers still find URLs. */
static void
stop_listeners (Sandbox *sandbox)
{
  SandboxListener *listener;
  do {
    g_mutex_lock (&sandbox->mutex);
    guint count = sandbox->listeners->len;
    listener = count ? g_ptr_array_steal_index (sandbox->listeners, count - 1) : NULL;
    g_mutex_unlock (&sandbox->mutex);
    sandbox_listener_free (listener);
  } while (listener);
}

void
sandbox_free (Sandbox *sandbox)
{
  if (!sandbox)
    return;
  stop_listeners (sandbox);
  while (sandbox->parts->len)
    g_ptr_array_remove_index (sandbox->parts, sandbox->parts->len - 1);
  g_ptr_array_unref (sandbox->parts);
  g_ptr_array_unref (sandbox->listeners);
  g_ptr_array_unref (sandbox->names);
  g_hash_table_unref (sandbox->urls);
  g_hash_table_unref (sandbox->settings);
  json_decref (sandbox->ports);
  g_clear_pointer (&sandbox->ca_key, EVP_PKEY_free);
  g_clear_pointer (&sandbox->ca, X509_free);
  cr_secret_text_free (sandbox->leaf_key_pem);
  g_free (sandbox->leaf_chain_pem);
  g_free (sandbox->ca_pem);
  if (sandbox->log_fd >= 0)
    close (sandbox->log_fd);
  if (sandbox->lock_fd >= 0)
    close (sandbox->lock_fd);
  g_mutex_clear (&sandbox->mutex);
  g_free (sandbox->folder);
  g_free (sandbox->state_folder);
  g_free (sandbox);
}

gboolean
sandbox_start (Sandbox *sandbox, GError **error)
{
  gboolean (*const parts[]) (Sandbox *,
                             GError **) = { idp_start,   arm_start, blob_start, maa_start,
                                            vault_start, s3_start,  ccf_start,  provider_network_start,
                                            agent_start };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (!parts[i](sandbox, error))
      return FALSE;
  return TRUE;
}

gboolean
sandbox_write_environment (Sandbox *sandbox, GError **error)
{
  static const char *const names[] = { "identity", "management", "provider", "attestation", "s3" };
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (sandbox->folder, error);
  if (!platform)
    return FALSE;
  g_autofree char *root = attestation_root_pem (platform);
  json_t *endpoints = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    cr_json_set_string (endpoints, names[i], sandbox_url (sandbox, names[i]));
  g_autoptr (json_t) environment = json_object ();
  cr_json_set_string (environment, "name", "local");
  cr_json_set_string (environment, "kind", "sandbox");
  cr_json_set_bool (environment, "simulated-attestation", TRUE);
  cr_json_set_string (environment, "subscription", arm_subscription_id (sandbox));
  cr_json_set (environment, "endpoints", endpoints);
  cr_json_set_string (environment, "trust", sandbox->ca_pem);
  cr_json_set_string (environment, "attestation-root", root);
  g_autofree char *text = cr_yaml_dump (environment);
  g_autofree char *path = g_build_filename (sandbox->state_folder, "environment.yaml", NULL);
  return cr_file_write (path, text, -1, 0644, error);
}

guint
sandbox_port_recorded (Sandbox *sandbox, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  gint64 port = cr_json_peek_int (sandbox->ports, name, 0);
  return port > 0 && port < 65536 ? (guint) port : 0;
}

gboolean
sandbox_port_record (Sandbox *sandbox, const char *name, guint port, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  cr_json_set_int (sandbox->ports, name, port);
  g_autofree char *path = in_folder (sandbox, "endpoints.json");
  return cr_json_save (sandbox->ports, path, 0600, error);
}

void
sandbox_add_listener (Sandbox *sandbox, const char *name, SandboxListener *listener)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  g_ptr_array_add (sandbox->names, g_strdup (name));
  g_ptr_array_add (sandbox->listeners, listener);
  if (!g_hash_table_contains (sandbox->urls, name))
    g_hash_table_insert (sandbox->urls, g_strdup (name), g_strdup (sandbox_listener_url (listener)));
}

/* Index of a running listener, or -1; call with the lock held. */
static int
find_listener (Sandbox *sandbox, const char *name)
{
  for (guint i = 0; i < sandbox->names->len; i++)
    if (strcmp (g_ptr_array_index (sandbox->names, i), name) == 0)
      return (int) i;
  return -1;
}

void
sandbox_stop_listener (Sandbox *sandbox, const char *name)
{
  SandboxListener *listener = NULL;
  g_mutex_lock (&sandbox->mutex);
  int index = find_listener (sandbox, name);
  if (index >= 0) {
    listener = g_ptr_array_steal_index (sandbox->listeners, (guint) index);
    g_ptr_array_remove_index (sandbox->names, (guint) index);
  }
  g_mutex_unlock (&sandbox->mutex);
  sandbox_listener_free (listener); /* waits for handlers, so not under the lock */
}

const char *
sandbox_url (Sandbox *sandbox, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  return find_listener (sandbox, name) >= 0 ? g_hash_table_lookup (sandbox->urls, name) : NULL;
}

const char *
sandbox_folder (Sandbox *sandbox)
{
  return sandbox->folder;
}

const char *
sandbox_ca_pem (Sandbox *sandbox)
{
  return sandbox->ca_pem;
}

const char *
sandbox_leaf_chain_pem (Sandbox *sandbox)
{
  return sandbox->leaf_chain_pem;
}

const char *
sandbox_leaf_key_pem (Sandbox *sandbox)
{
  return sandbox->leaf_key_pem;
}

void
sandbox_log (Sandbox *sandbox, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *raw = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *text = cr_text_safe (raw);
  g_autofree char *time = cr_iso8601 (cr_now_ms ());
  g_autofree char *line = g_strdup_printf ("%s %s\n", time, text);
  if (sandbox->log_fd >= 0 && write (sandbox->log_fd, line, strlen (line)) < 0)
    return; /* a full disk must not stop the service; its own writes will report it */
}

const char *
sandbox_setting (Sandbox *sandbox, const char *name)
{
  return g_hash_table_lookup (sandbox->settings, name);
}

gpointer
sandbox_part (Sandbox *sandbox, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  for (guint i = 0; i < sandbox->parts->len; i++) {
    Part *part = g_ptr_array_index (sandbox->parts, i);
    if (strcmp (part->name, name) == 0)
      return part->value;
  }
  return NULL;
}

void
sandbox_set_part (Sandbox *sandbox, const char *name, gpointer value, GDestroyNotify destroy)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&sandbox->mutex);
  Part *part = g_new0 (Part, 1);
  part->name = g_strdup (name);
  part->value = value;
  part->destroy = destroy;
  g_ptr_array_add (sandbox->parts, part);
}
