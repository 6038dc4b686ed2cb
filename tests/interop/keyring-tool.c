/* SPDX-License-Identifier: MIT
 * The own keyring from a script: keyring-tool start|put|get|stop|destroy DIR. "start" prints the bus address.
 * "put" stores the text "interop value" as a token, "get" prints it.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "keys/key-daemon.h"
#include "keys/keys.h"

static const KeyAttributes entry = { .collaboration = "interop",
                                     .persona = "operator",
                                     .kind = KEY_KIND_TOKEN,
                                     .name = "script",
                                     .algorithm = "text" };

static gboolean
put (GError **error)
{
  g_autoptr (KeyStore) store = key_store_secret_service_new (error);
  return store != NULL && key_store_put_text (store, &entry, "interop value", error);
}

static gboolean
get (GError **error)
{
  g_autoptr (KeyStore) store = key_store_secret_service_new (error);
  g_auto (CrSecretText) text = store != NULL ? key_store_get_text (store, &entry, error) : NULL;
  if (text != NULL)
    puts (text);
  return text != NULL;
}

static gboolean
run (const char *command, const char *dir, GError **error)
{
  if (strcmp (command, "stop") == 0)
    return keyring_stop (dir, error);
  if (strcmp (command, "destroy") == 0)
    return keyring_destroy (dir, error);
  if (!keyring_ensure (dir, TRUE, error))
    return FALSE;
  if (strcmp (command, "put") == 0)
    return put (error);
  if (strcmp (command, "get") == 0)
    return get (error);
  puts (g_getenv ("DBUS_SESSION_BUS_ADDRESS"));
  return strcmp (command, "start") == 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 3) {
    fprintf (stderr, "usage: keyring-tool start|put|get|stop|destroy DIR\n");
    return 2;
  }
  gboolean good = run (argv[1], argv[2], &error);
  if (error != NULL)
    fprintf (stderr, "%s %s\n", error->message, cr_error_hint (error) != NULL ? cr_error_hint (error) : "");
  return good ? 0 : 1;
}
