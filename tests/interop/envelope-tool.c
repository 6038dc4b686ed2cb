/* SPDX-License-Identifier: MIT
 * What protects data keys and data, from a script that checks it with other programs:
 *
 *   envelope-tool wrap PUBLIC.pem FILE | unwrap KEY.pem FILE       RSA-OAEP, as wrapped keys lie in a vault
 *   envelope-tool kwp-wrap PUBLIC.pem FILE | kwp-unwrap KEY.pem FILE   the same, then AES key wrap
 *   envelope-tool jwk KEY.pem                                      a key as a vault imports it
 *   envelope-tool cpk FILE                                         the digest that goes along with a key
 *   envelope-tool seal KEY-FILE BLOCK FROM TO | open KEY-FILE BLOCK FROM TO      client-side encryption
 *
 * Bytes go to standard output as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "cloud/blob.h"
#include "cose/crypto.h"
#include "cose/jwk-private.h"
#include "cose/x509.h"
#include "data/cse.h"

#define LARGEST 1048576u

static gboolean
print (GBytes *bytes)
{
  gsize length = 0;
  const void *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  return bytes != NULL && fwrite (data, 1, length, stdout) == length && fflush (stdout) == 0;
}

static EVP_PKEY *
read_key (const char *path, gboolean secret, GError **error)
{
  g_autofree char *text = cr_file_read_text (path, LARGEST, error);
  if (text == NULL)
    return NULL;
  return secret ? cose_key_from_private_pem (text, -1, path, error)
                : cose_key_from_public_pem (text, -1, path, error);
}

typedef GBytes *(*Change) (EVP_PKEY *key, const void *data, gsize length, GError **error);

static gboolean
change (Change function, gboolean secret, char **words, GError **error)
{
  g_autoptr (EVP_PKEY) key = read_key (words[0], secret, error);
  g_autoptr (GBytes) from = key != NULL ? cr_file_read (words[1], LARGEST, error) : NULL;
  if (from == NULL)
    return FALSE;
  g_autoptr (GBytes) to = function (key, g_bytes_get_data (from, NULL), g_bytes_get_size (from), error);
  return print (to);
}

static gboolean
show_jwk (const char *path, GError **error)
{
  g_autoptr (EVP_PKEY) key = read_key (path, TRUE, error);
  g_auto (CrSecretText) members = key != NULL ? cose_jwk_private_members (key, error) : NULL;
  if (members != NULL)
    printf ("{\"kty\":\"RSA\",%s}\n", members);
  return members != NULL;
}

static gboolean
show_cpk (const char *path, GError **error)
{
  g_autoptr (GBytes) key = cr_file_read (path, LARGEST, error);
  if (key == NULL)
    return FALSE;
  g_autoptr (BlobClient) client = blob_client_new (NULL, "https://localhost/", NULL, NULL);
  blob_client_set_key (client, key);
  puts (blob_client_key_digest (client));
  return TRUE;
}

static gboolean
convert (gboolean seal, char **words, GError **error)
{
  g_autoptr (GBytes) key = cr_file_read (words[0], LARGEST, error);
  g_autoptr (DataCse) cse = key != NULL ? data_cse_new (key, (guint) strtoul (words[1], NULL, 10), error)
                                        : NULL;
  return cse != NULL
         && (seal ? data_cse_encrypt_file : data_cse_decrypt_file) (cse, NULL, words[2], words[3], error);
}

static gboolean
run (const char *command, char **words, GError **error)
{
  static const struct {
    const char *name;
    Change function;
    gboolean secret;
  } changes[] = { { "wrap", cose_oaep_encrypt, FALSE },
                  { "unwrap", cose_oaep_decrypt, TRUE },
                  { "kwp-wrap", cose_kwp_wrap, FALSE },
                  { "kwp-unwrap", cose_kwp_unwrap, TRUE } };
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    if (strcmp (command, changes[i].name) == 0)
      return change (changes[i].function, changes[i].secret, words, error);
  if (strcmp (command, "jwk") == 0)
    return show_jwk (words[0], error);
  if (strcmp (command, "cpk") == 0)
    return show_cpk (words[0], error);
  return convert (strcmp (command, "seal") == 0, words, error);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    int words;
  } commands[] = { { "wrap", 2 }, { "unwrap", 2 }, { "kwp-wrap", 2 }, { "kwp-unwrap", 2 },
                   { "jwk", 1 },  { "cpk", 1 },    { "seal", 4 },     { "open", 4 } };
  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0 && argc == commands[i].words + 2) {
      g_autoptr (GError) error = NULL;
      if (run (argv[1], argv + 2, &error))
        return 0;
      fprintf (stderr, "%s\n", error != NULL ? error->message : "the output could not be written");
      return 1;
    }
  fprintf (stderr, "usage: see the beginning of envelope-tool.c\n");
  return 2;
}
