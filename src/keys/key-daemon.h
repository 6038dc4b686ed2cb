/* SPDX-License-Identifier: MIT
 * A keyring for machines that have none: own session bus and own keyring daemon below the state folder.
 *
 * The keyring file is encrypted with a random password that lives only in the kernel's user keyring, so it is
 * usable until the machine is restarted or the user logs out for good. Files: DIR/keyring/ (0700), with bus
 * (address), *.pid, lock. Not for several machines, not a backup.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Call early in main(), before the first thread: it may set DBUS_SESSION_BUS_ADDRESS for this process.
 * Uses the session's Secret Service when it has a keyring (or somebody at a display can be asked to make one)
 * and DIR/keyring does not exist; otherwise starts or re-uses the own daemon, when ALLOW_OWN is TRUE or
 * DIR/keyring exists already. CR_ERROR_ADMIN otherwise.
 * Safe against two processes doing it at once. */
gboolean keyring_ensure (const char *state_dir, gboolean allow_own, GError **error);
/* Stop the own daemons of STATE_DIR; fine when none runs. Entries stay and are there after the next
 * ensure; where the kernel does not keep the password, CR_ERROR_ADMIN instead of losing them. */
gboolean keyring_stop (const char *state_dir, GError **error);
/* TRUE when STATE_DIR has an own keyring (running or not). */
gboolean keyring_is_own (const char *state_dir);
/* Remove the own keyring with everything in it, daemons and the kernel entry included. */
gboolean keyring_destroy (const char *state_dir, GError **error);

G_END_DECLS
