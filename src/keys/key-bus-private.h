/* SPDX-License-Identifier: MIT
 * Questions to a session bus: is it there, is there a keyring, is it unlocked.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bus at ADDRESS answers. */
gboolean key_bus_is_alive (const char *address);
/* The bus answers, a Secret Service runs on it, and its default collection is unlocked. */
gboolean key_bus_is_ready (const char *address);
typedef enum {
  KEY_BUS_NONE,    /* no bus, or no Secret Service for it */
  KEY_BUS_EMPTY,   /* a Secret Service could be started, or runs without a default keyring */
  KEY_BUS_PRESENT, /* a Secret Service runs and has a default keyring, locked or not */
} KeyBusKeyring;

/* What the session's own bus offers (DBUS_SESSION_BUS_ADDRESS, else the user bus). Starts nothing. */
KeyBusKeyring key_bus_session_keyring (void);

G_END_DECLS
