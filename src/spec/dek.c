/* SPDX-License-Identifier: MIT
 * Keys of datastores: read, made, never made anew (dek.h).
 */
#include "spec/dek.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/translate.h"
#include "data/cse.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096u

static KeyAttributes
attributes_of (const SpecDek *it)
{
  return (KeyAttributes){ .collaboration = it->collaboration,
                          .persona = spec_secretstore_keyring (it->store),
                          .kind = KEY_KIND_DEK,
                          .name = it->name,
                          .algorithm = "AES-256" };
}

static gboolean
is_vault (const SpecDek *it)
{
  return g_strcmp0 (cr_json_peek_string (it->store, "secretStoreType"), SPEC_STORE_FOLDER) != 0;
}

static char *
file_of (const SpecDek *it)
{
  g_autofree char *file = g_strconcat (it->name, ".bin", NULL);
  return g_build_filename (cr_json_peek_string (it->store, "storeProviderUrl"), file, NULL);
}

/* --- reading --- */

/* BYTES (taken, may be NULL), which nobody else has, in secret memory. */
static GBytes *
to_secret (GBytes *bytes)
{
  if (bytes == NULL)
    return NULL;
  gsize length = 0;
  gpointer data = g_bytes_unref_to_data (bytes, &length);
  GBytes *secret = cr_secret_new (data, length);
  cr_wipe (data, length);
  g_free (data);
  return secret;
}

static GBytes *
get_from_file (const SpecDek *it, GError **error)
{
  g_autofree char *path = file_of (it);
  return cr_file_read_secret (path, KEY_FILE_MAX, error);
}

static GBytes *
get_from_vault (const SpecDek *it, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_auto (CrSecretText) text = vault_secret_get (it->vault, it->job, it->name, &problem);
  if (text != NULL) {
    return to_secret (cr_base64_decode (text, "the key in the vault", error));
  }
  if (cr_error_http_status (problem) == 404)
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "The vault has no secret %s.", it->name);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

GBytes *
spec_dek_get (const SpecDek *it, GError **error)
{
  g_autoptr (GBytes) dek = NULL;
  g_autoptr (GError) problem = NULL;
  if (spec_secretstore_keyring (it->store) != NULL) {
    const KeyAttributes attributes = attributes_of (it);
    dek = key_store_get (it->keys, &attributes, &problem);
  } else if (is_vault (it)) {
    dek = get_from_vault (it, &problem);
  } else {
    dek = get_from_file (it, &problem);
  }
  if (dek == NULL) {
    if (g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
      cr_set_error (error, CR_ERROR_NOT_FOUND, "Restore the key from its backup.",
                    "The key of %s is missing. %s", it->name, problem->message);
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (g_bytes_get_size (dek) == DATA_CSE_KEY)
    return g_steal_pointer (&dek);
  cr_set_error (error, CR_ERROR_INPUT, "Restore the key from its backup.",
                "The key of %s has %zu bytes, and %u are expected.", it->name, g_bytes_get_size (dek),
                DATA_CSE_KEY);
  return NULL;
}

/* --- making --- */

/* The file appears whole or not at all, and never takes the place of another. */
static gboolean
put_file (const SpecDek *it, GBytes *dek, GError **error)
{
  g_autofree char *path = file_of (it);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *letters = cr_random_hex (12);
  g_autofree char *draft = g_strdup_printf ("%s/.tmp-%s", folder, letters);
  if (!cr_dir_make (folder, 0700, error)
      || !cr_file_write (draft, g_bytes_get_data (dek, NULL), (gssize) g_bytes_get_size (dek), 0600, error))
    return FALSE;
  gboolean good = link (draft, path) == 0;
  int reason = errno;
  g_unlink (draft);
  if (!good)
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot write the key file %s: %s.", path,
                  g_strerror (reason));
  return good;
}

static gboolean
put (const SpecDek *it, GBytes *dek, GError **error)
{
  if (spec_secretstore_keyring (it->store) != NULL) {
    const KeyAttributes attributes = attributes_of (it);
    return key_store_put (it->keys, &attributes, dek, error);
  }
  if (!is_vault (it))
    return put_file (it, dek, error);
  char *text = cr_base64_bytes (dek);
  gboolean good = vault_secret_put (it->vault, it->job, it->name, text, error);
  cr_wipe (text, strlen (text));
  g_free (text);
  return good;
}

/* A lost key must not be replaced while anything that it encrypted is still there. */
static gboolean
check_empty (const SpecDek *it, CloudStore *place, GError **error)
{
  if (place == NULL)
    return TRUE;
  g_autoptr (GPtrArray) items = cloud_store_list (place, it->job, NULL, error);
  if (items == NULL)
    return FALSE;
  if (items->len == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN,
                "Restore the keyring (or the secret store) from its backup. Without the key the data there "
                "is lost; to start over, delete it there and add it again.",
                spec_secretstore_keyring (it->store) != NULL
                    ? N_ ("The %s holds data, and its key is not in the keyring.")
                    : N_ ("The %s holds data, and its key is not in the secret store."),
                cloud_store_name (place));
  return FALSE;
}

GBytes *
spec_dek_ensure (const SpecDek *it, CloudStore *place, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GBytes) known = spec_dek_get (it, &problem);
  if (known != NULL)
    return g_steal_pointer (&known);
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (!check_empty (it, place, error))
    return NULL;
  guint8 random[DATA_CSE_KEY];
  cr_random_bytes (random, sizeof random);
  g_autoptr (GBytes) dek = cr_secret_new (random, sizeof random);
  cr_wipe (random, sizeof random);
  if (!put (it, dek, error))
    return NULL;
  cr_fault_point ("dek");
  return g_steal_pointer (&dek);
}
