/* SPDX-License-Identifier: MIT
 * Bytes and strings that must not leak (secret.h).
 */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef struct {
  gsize length;
  guint8 data[];
} SecretBlock;

static void
secret_block_free (gpointer data)
{
  SecretBlock *block = data;
  gsize size = sizeof *block + block->length;
  OPENSSL_cleanse (block, size);
  munlock (block, size);
  g_free (block);
}

GBytes *
cr_secret_new (const void *data, gsize length)
{
  SecretBlock *block = g_malloc0 (sizeof *block + length);
  /* Locking may be refused by a limit; the memory is wiped all the same. */
  (void) mlock (block, sizeof *block + length);
  block->length = length;
  if (length > 0)
    memcpy (block->data, data, length);
  return g_bytes_new_with_free_func (block->data, length, secret_block_free, block);
}

CrSecretText
cr_secret_text_new (const char *text, gssize length)
{
  return text != NULL ? g_strndup (text, length < 0 ? strlen (text) : (gsize) length) : NULL;
}

void
cr_secret_text_free (CrSecretText text)
{
  if (text == NULL)
    return;
  OPENSSL_cleanse (text, strlen (text));
  g_free (text);
}

void
cr_wipe (void *data, gsize length)
{
  OPENSSL_cleanse (data, length);
}

gboolean
cr_secret_equal (const void *a, gsize a_length, const void *b, gsize b_length)
{
  return a_length == b_length && CRYPTO_memcmp (a, b, a_length) == 0;
}

void
cr_process_harden (void)
{
  struct rlimit none = { 0, 0 };
  (void) setrlimit (RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker attaches to its own process */
  (void) prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  (void) umask (077);
}
