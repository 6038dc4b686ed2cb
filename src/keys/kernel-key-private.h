/* SPDX-License-Identifier: MIT
 * One short secret per name in the kernel's user keyring: survives the process, never touches a disk.
 */
#pragma once

#include <glib.h>

#include "base/secret.h"

G_BEGIN_DECLS

/* FALSE when the kernel does not permit it, as in many containers. */
gboolean kernel_key_put (const char *name, const char *secret);
/* NULL when there is none or it may not be read. g_auto(CrSecretText). */
CrSecretText kernel_key_get (const char *name);
void kernel_key_remove (const char *name);

G_END_DECLS
