/* SPDX-License-Identifier: MIT
 * The own keyring: decides, locks, starts, stops (key-daemon.h). The D-Bus questions are in key-bus.c.
 */
#include "keys/key-daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "keys/kernel-key-private.h"
#include "keys/key-bus-private.h"

#define SOCKET_PATH_MAX 100 /* of 108 in sockaddr_un, for "/control" and the terminator */
#define LOCK_SECONDS 60
#define START_SECONDS 15
#define STOP_SECONDS 5
#define POLL_MS 50
#define INSTALL_HINT "Install the packages dbus-daemon and gnome-keyring, or log in to a desktop session."
#define LOST_HINT                                                                                                  \
  "If the keys are needed no more, remove the folder \"keyring\" in the state folder and start again; identities " \
  "that were kept in it must then be made anew."

/* Everything about one own keyring. */
typedef struct {
  char *dir;     /* DIR/keyring */
  char *run;     /* folder of the sockets */
  char *address; /* of the bus */
  char *secret;  /* name of the password in the kernel's keyring */
  int lock;
} Place;

static void
place_clear (Place *place)
{
  if (place->lock >= 0)
    close (place->lock);
  g_free (place->dir);
  g_free (place->run);
  g_free (place->address);
  g_free (place->secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static char *
keyring_dir (const char *state_dir)
{
  g_autofree char *absolute = g_canonicalize_filename (state_dir, NULL);
  return g_build_filename (absolute, "keyring", NULL);
}

gboolean
keyring_is_own (const char *state_dir)
{
  g_autofree char *dir = keyring_dir (state_dir);
  return g_file_test (dir, G_FILE_TEST_IS_DIR);
}

/* --- folders --- */

/* A folder that is ours alone. Others must neither read the sockets nor plant something. */
static gboolean
make_private_dir (const char *path, GError **error)
{
  struct stat info;
  if (!cr_dir_make (path, 0700, error))
    return FALSE;
  if (lstat (path, &info) == 0 && S_ISDIR (info.st_mode) && info.st_uid == geteuid ()
      && (info.st_mode & 077) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Make it a folder of yours with permission 0700.",
                "The folder %s is not private, so no keyring is kept there.", path);
  return FALSE;
}

/* Sockets need short paths; a long state folder gets a folder in the run-time or temporary directory
 * instead. */
static char *
socket_dir (const char *dir, const char *digest)
{
  g_autofree char *inside = g_build_filename (dir, "run", NULL);
  if (strlen (inside) + strlen ("/control") <= SOCKET_PATH_MAX)
    return g_steal_pointer (&inside);
  const char *base = g_getenv ("XDG_RUNTIME_DIR");
  if (base == NULL || *base != '/' || strlen (base) > 40)
    base = "/tmp";
  return g_strdup_printf ("%s/cleanroom-%u-%.16s", base, (unsigned) geteuid (), digest);
}

/* One process at a time decides whether daemons run. */
static gboolean
place_lock (Place *place, GError **error)
{
  g_autofree char *path = g_build_filename (place->dir, "lock", NULL);
  place->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (place->lock < 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "The file %s cannot be opened: %s.", path, g_strerror (errno));
    return FALSE;
  }
  gint64 end = g_get_monotonic_time () + (gint64) LOCK_SECONDS * G_USEC_PER_SEC;
  while (flock (place->lock, LOCK_EX | LOCK_NB) != 0) {
    if (g_get_monotonic_time () > end) {
      cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays like this, end the other program.",
                    "Another program is busy with the keyring in %s.", place->dir);
      return FALSE;
    }
    g_usleep (POLL_MS * 1000);
  }
  return TRUE;
}

/* Find and lock the place. The lock comes before any look at the daemons, which another process may be
 * starting. */
static gboolean
place_open (Place *place, const char *state_dir, GError **error)
{
  place->lock = -1;
  place->dir = keyring_dir (state_dir);
  if (!make_private_dir (place->dir, error) || !place_lock (place, error))
    return FALSE;
  g_autofree char *digest = cr_sha256_hex (place->dir, strlen (place->dir));
  place->secret = g_strdup_printf ("cleanroom:keyring:%s", digest);
  place->run = socket_dir (place->dir, digest);
  g_autofree char *socket = g_build_filename (place->run, "bus", NULL);
  g_autofree char *escaped = g_dbus_address_escape_value (socket);
  place->address = g_strconcat ("unix:path=", escaped, NULL);
  /* The written address wins while its bus runs: the run-time directory may differ from login to login. */
  g_autofree char *bus_file = g_build_filename (place->dir, "bus", NULL);
  g_autofree char *known = cr_file_read_text (bus_file, 4096, NULL);
  if (known != NULL && g_str_has_prefix (known, "unix:path=") && !g_str_equal (known, place->address)
      && key_bus_is_ready (known)) {
    g_free (place->address);
    place->address = g_steal_pointer (&known);
  }
  return TRUE;
}

/* Changing the environment is only safe without threads, and every question to a bus makes some: so the
 * address is set before it is known to work, and only when it changes. */
static void
use_address (const char *address)
{
  if (g_strcmp0 (g_getenv ("DBUS_SESSION_BUS_ADDRESS"), address) != 0)
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

/* --- processes --- */

static void
pid_write (const Place *place, const char *name, GPid pid)
{
  g_autofree char *path = g_build_filename (place->dir, name, NULL);
  g_autofree char *text = g_strdup_printf ("%d\n", (int) pid);
  cr_file_write (path, text, -1, 0600, NULL);
}

/* TRUE when PID is a live process that was started for this place: process numbers are used again. A dead one
 * that nobody has collected has an empty command line. */
static gboolean
pid_is_ours (const Place *place, int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", pid);
  g_autofree char *line = NULL;
  gsize length = 0;
  if (!g_file_get_contents (path, &line, &length, NULL) || length == 0)
    return FALSE;
  for (gsize i = 0; i + 1 < length; i++)
    if (line[i] == '\0')
      line[i] = '\n';
  g_autofree char *below = g_strconcat (place->dir, "/", NULL);
  return strstr (line, below) != NULL || strstr (line, place->run) != NULL;
}

static void
pid_stop (const Place *place, const char *name)
{
  g_autofree char *path = g_build_filename (place->dir, name, NULL);
  g_autofree char *text = cr_file_read_text (path, 64, NULL);
  int pid = text != NULL ? (int) g_ascii_strtoll (text, NULL, 10) : 0;
  for (int signal_number = SIGTERM; pid > 1 && pid_is_ours (place, pid); signal_number = SIGKILL) {
    kill (pid, signal_number);
    for (int i = 0; i < STOP_SECONDS * 1000 / POLL_MS && pid_is_ours (place, pid); i++)
      g_usleep (POLL_MS * 1000);
    if (signal_number == SIGKILL)
      break;
  }
  unlink (path);
}

static void
stop_daemons (const Place *place)
{
  pid_stop (place, "daemon.pid");
  pid_stop (place, "bus.pid");
}

static void
child_setup (gpointer data)
{
  (void) data;
  setsid ();
  umask (077);
}

/* Start ARGV as a daemon that nobody has to wait for; INPUT (may be NULL) becomes its standard input. */
static gboolean
spawn (const Place *place, const char *const *argv, const char *input, const char *pid_name, GError **error)
{
  g_autofree char *data = g_build_filename (place->dir, "data", NULL);
  g_auto (GStrv) environment = NULL;
  const char *path = g_getenv ("PATH");
  environment = g_environ_setenv (environment, "PATH", path != NULL ? path : "/usr/bin:/bin", TRUE);
  environment = g_environ_setenv (environment, "HOME", place->dir, TRUE);
  environment = g_environ_setenv (environment, "XDG_DATA_HOME", data, TRUE);
  environment = g_environ_setenv (environment, "XDG_CONFIG_HOME", data, TRUE);
  environment = g_environ_setenv (environment, "XDG_CACHE_HOME", data, TRUE);
  environment = g_environ_setenv (environment, "XDG_RUNTIME_DIR", place->run, TRUE);
  environment = g_environ_setenv (environment, "DBUS_SESSION_BUS_ADDRESS", place->address, TRUE);
  g_autoptr (GError) problem = NULL;
  GPid pid = 0;
  int standard_input = -1;
  g_auto (GStrv) words = g_strdupv ((char **) (gpointer) (gsize) argv);
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
  if (!g_spawn_async_with_pipes ("/", words, environment, flags, child_setup, NULL, &pid,
                                 input != NULL ? &standard_input : NULL, NULL, NULL, &problem)) {
    cr_set_error (error, CR_ERROR_ADMIN, INSTALL_HINT, "The keyring needs %s, which cannot be started: %s.",
                  argv[0], problem->message);
    return FALSE;
  }
  if (input != NULL) {
    /* Short enough for the pipe's buffer, so this never blocks. */
    gssize written = write (standard_input, input, strlen (input));
    close (standard_input);
    if (written != (gssize) strlen (input)) {
      cr_set_error (error, CR_ERROR_ADMIN, NULL, "The keyring daemon ended before it was unlocked.");
      return FALSE;
    }
  }
  pid_write (place, pid_name, pid);
  return TRUE;
}

/* --- starting --- */

/* A bus that starts nothing on its own: an activated second keyring daemon would use other files. */
static gboolean
start_bus (const Place *place, GError **error)
{
  g_autofree char *config = g_build_filename (place->dir, "bus.conf", NULL);
  g_autofree char *text = g_markup_printf_escaped (
      "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
      " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
      "<busconfig>\n"
      "  <type>session</type>\n"
      "  <keep_umask/>\n"
      "  <listen>%s</listen>\n"
      "  <auth>EXTERNAL</auth>\n"
      "  <policy context=\"default\">\n"
      "    <allow send_destination=\"*\"/>\n"
      "    <allow receive_sender=\"*\"/>\n"
      "    <allow own=\"*\"/>\n"
      "  </policy>\n"
      "</busconfig>\n",
      place->address);
  g_autofree char *socket = g_build_filename (place->run, "bus", NULL);
  g_autofree char *option = g_strconcat ("--config-file=", config, NULL);
  const char *argv[] = { "dbus-daemon", option, "--nofork", "--nopidfile", "--nosyslog", NULL };
  unlink (socket);
  if (!cr_file_write (config, text, -1, 0600, error) || !spawn (place, argv, NULL, "bus.pid", error))
    return FALSE;
  for (int i = 0; i < START_SECONDS * 1000 / POLL_MS; i++) {
    if (key_bus_is_alive (place->address))
      return TRUE;
    g_usleep (POLL_MS * 1000);
  }
  cr_set_error (error, CR_ERROR_ADMIN, INSTALL_HINT, "The session bus of the keyring did not start.");
  return FALSE;
}

/* The password of the keyring file: the one the kernel keeps, or for a new file a new one. */
static CrSecretText
find_password (const Place *place, GError **error)
{
  CrSecretText known = kernel_key_get (place->secret);
  if (known != NULL)
    return known;
  g_autofree char *file = g_build_filename (place->dir, "data", "keyrings", "login.keyring", NULL);
  if (g_file_test (file, G_FILE_TEST_EXISTS)) {
    cr_set_error (
        error, CR_ERROR_ADMIN, LOST_HINT,
        "The keyring in %s cannot be unlocked any more: its password was only in the memory of this machine "
        "and is gone after a restart, or this machine does not permit to keep it.",
        place->dir);
    return NULL;
  }
  CrSecretText fresh = cr_random_hex (64);
  /* When the kernel refuses, the keyring still works as long as its daemon runs. */
  (void) kernel_key_put (place->secret, fresh);
  return fresh;
}

static gboolean
start_keyring (const Place *place, GError **error)
{
  g_auto (CrSecretText) password = find_password (place, error);
  if (password == NULL)
    return FALSE;
  g_autofree char *option = g_strconcat ("--control-directory=", place->run, NULL);
  const char *argv[] = { "gnome-keyring-daemon", "--foreground", "--unlock",
                         "--components=secrets", option,         NULL };
  if (!spawn (place, argv, password, "daemon.pid", error))
    return FALSE;
  for (int i = 0; i < START_SECONDS * 1000 / POLL_MS; i++) {
    if (key_bus_is_ready (place->address))
      return TRUE;
    g_usleep (POLL_MS * 1000);
  }
  cr_set_error (error, CR_ERROR_ADMIN, LOST_HINT,
                "The keyring in %s did not start, or its password does not fit.", place->dir);
  return FALSE;
}

static gboolean
require_program (const char *name, GError **error)
{
  g_autofree char *path = g_find_program_in_path (name);
  if (path == NULL)
    cr_set_error (error, CR_ERROR_ADMIN, INSTALL_HINT,
                  "There is no keyring on this machine, and %s is not installed.", name);
  return path != NULL;
}

static gboolean
start_daemons (Place *place, GError **error)
{
  g_autofree char *data = g_build_filename (place->dir, "data", NULL);
  g_autofree char *bus_file = g_build_filename (place->dir, "bus", NULL);
  /* Whatever is left of an earlier pair goes: half a pair cannot be trusted. */
  stop_daemons (place);
  if (!make_private_dir (data, error) || !make_private_dir (place->run, error) || !start_bus (place, error)
      || !start_keyring (place, error)) {
    stop_daemons (place);
    return FALSE;
  }
  return cr_file_write (bus_file, place->address, -1, 0600, error);
}

static gboolean
ensure_own (const char *state_dir, GError **error)
{
  g_auto (Place) place = { .lock = -1 };
  if (!require_program ("dbus-daemon", error) || !require_program ("gnome-keyring-daemon", error)
      || !place_open (&place, state_dir, error))
    return FALSE;
  use_address (place.address);
  return key_bus_is_ready (place.address) || start_daemons (&place, error);
}

/* --- public --- */

gboolean
keyring_ensure (const char *state_dir, gboolean allow_own, GError **error)
{
  if (!keyring_is_own (state_dir)) {
    KeyBusKeyring found = key_bus_session_keyring ();
    gboolean askable = g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL;
    /* A keyring that would first have to be created or started is of use only where a person can be asked. */
    if (found == KEY_BUS_PRESENT || (found == KEY_BUS_EMPTY && (askable || !allow_own)))
      return TRUE;
    if (!allow_own) {
      cr_set_error (
          error, CR_ERROR_ADMIN,
          "Log in to a desktop session that has a keyring, or let the program keep its own: --own-keyring.",
          "There is no keyring (Secret Service) in this session.");
      return FALSE;
    }
  }
  return ensure_own (state_dir, error);
}

gboolean
keyring_stop (const char *state_dir, GError **error)
{
  if (!keyring_is_own (state_dir))
    return TRUE;
  g_auto (Place) place = { .lock = -1 };
  if (!place_open (&place, state_dir, error))
    return FALSE;
  g_auto (CrSecretText) password = kernel_key_get (place.secret);
  if (password == NULL && key_bus_is_ready (place.address)) {
    cr_set_error (
        error, CR_ERROR_ADMIN, "Leave it running as long as its keys are needed.",
        "The keyring is not stopped: this machine does not keep its password, so that its keys would be "
        "lost.");
    return FALSE;
  }
  stop_daemons (&place);
  return TRUE;
}

gboolean
keyring_destroy (const char *state_dir, GError **error)
{
  if (!keyring_is_own (state_dir))
    return TRUE;
  g_auto (Place) place = { .lock = -1 };
  if (!place_open (&place, state_dir, error))
    return FALSE;
  stop_daemons (&place);
  kernel_key_remove (place.secret);
  return (g_str_has_prefix (place.run, place.dir) || cr_dir_remove (place.run, error))
         && cr_dir_remove (place.dir, error);
}
