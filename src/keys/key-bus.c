/* SPDX-License-Identifier: MIT
 * Questions to a session bus (key-bus-private.h).
 */
#include "keys/key-bus-private.h"

#include <gio/gio.h>
#include <string.h>

#include "keys/deadline-private.h"

#define SERVICE "org.freedesktop.secrets"
#define CONNECT_SECONDS 5
#define CALL_MS 3000

/* A private connection: it may close without ending the program, and leaves no shared one behind. */
static GDBusConnection *
connect_bus (const char *address)
{
  KeyDeadline deadline;
  key_deadline_start (&deadline, CONNECT_SECONDS);
  GDBusConnection *bus = g_dbus_connection_new_for_address_sync (
      address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, deadline.cancellable, NULL);
  key_deadline_stop (&deadline);
  return bus;
}

static void
disconnect_bus (GDBusConnection *bus)
{
  g_dbus_connection_close_sync (bus, NULL, NULL);
  g_object_unref (bus);
}

gboolean
key_bus_is_alive (const char *address)
{
  GDBusConnection *bus = connect_bus (address);
  if (bus == NULL)
    return FALSE;
  disconnect_bus (bus);
  return TRUE;
}

static GVariant *
call (GDBusConnection *bus, const char *name, const char *path, const char *interface, const char *method,
      GVariant *arguments, const char *reply)
{
  /* Never activates: asking must not start a keyring daemon. */
  return g_dbus_connection_call_sync (bus, name, path, interface, method, arguments, G_VARIANT_TYPE (reply),
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS, NULL, NULL);
}

static GVariant *
call_bus (GDBusConnection *bus, const char *method, GVariant *arguments, const char *reply)
{
  return call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
               arguments, reply);
}

static gboolean
has_owner (GDBusConnection *bus)
{
  gboolean owned = FALSE;
  g_autoptr (GVariant) answer = call_bus (bus, "NameHasOwner", g_variant_new ("(s)", SERVICE), "(b)");
  if (answer != NULL)
    g_variant_get (answer, "(b)", &owned);
  return owned;
}

static gboolean
is_activatable (GDBusConnection *bus)
{
  g_autoptr (GVariant) answer = call_bus (bus, "ListActivatableNames", NULL, "(as)");
  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) list = g_variant_get_child_value (answer, 0);
  g_autofree const char **names = g_variant_get_strv (list, NULL);
  return g_strv_contains (names, SERVICE);
}

/* The path of the default collection, or NULL: a new daemon owns its name a moment before its keyring exists,
 * and then "/" is given. Gives. */
static char *
default_collection (GDBusConnection *bus)
{
  g_autoptr (GVariant) alias = call (bus, SERVICE, "/org/freedesktop/secrets",
                                     "org.freedesktop.Secret.Service", "ReadAlias",
                                     g_variant_new ("(s)", "default"), "(o)");
  const char *path = "/";
  if (alias != NULL)
    g_variant_get (alias, "(&o)", &path);
  return strcmp (path, "/") != 0 ? g_strdup (path) : NULL;
}

static gboolean
is_unlocked (GDBusConnection *bus)
{
  g_autofree char *path = default_collection (bus);
  if (path == NULL)
    return FALSE;
  g_autoptr (GVariant) answer = call (bus, SERVICE, path, "org.freedesktop.DBus.Properties", "Get",
                                      g_variant_new ("(ss)", "org.freedesktop.Secret.Collection", "Locked"),
                                      "(v)");
  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) value = NULL;
  g_variant_get (answer, "(v)", &value);
  return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && !g_variant_get_boolean (value);
}

gboolean
key_bus_is_ready (const char *address)
{
  GDBusConnection *bus = connect_bus (address);
  if (bus == NULL)
    return FALSE;
  gboolean ready = has_owner (bus) && is_unlocked (bus);
  disconnect_bus (bus);
  return ready;
}

KeyBusKeyring
key_bus_session_keyring (void)
{
  g_autofree char *address = g_strdup (g_getenv ("DBUS_SESSION_BUS_ADDRESS"));
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  if (address == NULL && runtime != NULL) {
    g_autofree char *socket = g_build_filename (runtime, "bus", NULL);
    g_autofree char *escaped = g_dbus_address_escape_value (socket);
    if (g_file_test (socket, G_FILE_TEST_EXISTS))
      address = g_strconcat ("unix:path=", escaped, NULL);
  }
  GDBusConnection *bus = address != NULL && *address != '\0' ? connect_bus (address) : NULL;
  if (bus == NULL)
    return KEY_BUS_NONE;
  KeyBusKeyring found = is_activatable (bus) ? KEY_BUS_EMPTY : KEY_BUS_NONE;
  if (has_owner (bus)) {
    g_autofree char *collection = default_collection (bus);
    found = collection != NULL ? KEY_BUS_PRESENT : KEY_BUS_EMPTY;
  }
  disconnect_bus (bus);
  return found;
}
