/* SPDX-License-Identifier: MIT
 * Secrets in the kernel's user keyring (kernel-key-private.h).
 */
#include "keys/kernel-key-private.h"

#include <linux/keyctl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECRET_MAX 256
/* Possessor: everything; same user: view, read, search, so that a later login of the user finds it. */
#define PERMISSIONS 0x3f0b0000UL

typedef int KeySerial;

static KeySerial
find_key (const char *name)
{
  return (KeySerial) syscall (SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
}

/* A session need not contain the user keyring; linking it to the process makes its keys changeable from
 * here. */
static void
possess_user_keyring (void)
{
  (void) syscall (SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING);
}

gboolean
kernel_key_put (const char *name, const char *secret)
{
  possess_user_keyring ();
  KeySerial serial = (KeySerial) syscall (SYS_add_key, "user", name, secret, strlen (secret),
                                          KEY_SPEC_USER_KEYRING);
  if (serial < 0)
    return FALSE;
  (void) syscall (SYS_keyctl, KEYCTL_SETPERM, serial, PERMISSIONS);
  /* Only a secret that can be read back counts. */
  g_auto (CrSecretText) stored = kernel_key_get (name);
  return stored != NULL && cr_secret_equal (stored, strlen (stored), secret, strlen (secret));
}

CrSecretText
kernel_key_get (const char *name)
{
  KeySerial serial = find_key (name);
  if (serial < 0)
    return NULL;
  char buffer[SECRET_MAX];
  long length = syscall (SYS_keyctl, KEYCTL_READ, serial, buffer, sizeof buffer);
  CrSecretText text = length > 0 && length <= (long) sizeof buffer ? cr_secret_text_new (buffer, length)
                                                                   : NULL;
  cr_wipe (buffer, sizeof buffer);
  return text;
}

void
kernel_key_remove (const char *name)
{
  possess_user_keyring ();
  KeySerial serial = find_key (name);
  if (serial >= 0)
    (void) syscall (SYS_keyctl, KEYCTL_UNLINK, serial, KEY_SPEC_USER_KEYRING);
}
