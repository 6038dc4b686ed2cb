/* SPDX-License-Identifier: MIT
 * The key store over any back end: checks, base64, read-back (keys.h).
 */
#include "keys/keys.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/text.h"

#define ATTRIBUTE_MAX 128

struct KeyStore {
  const KeyStoreBackend *backend;
  gpointer self;
  GMutex mutex;
};

KeyStore *
key_store_new (const KeyStoreBackend *backend, gpointer self)
{
  KeyStore *store = g_new0 (KeyStore, 1);
  store->backend = backend;
  store->self = self;
  g_mutex_init (&store->mutex);
  return store;
}

void
key_store_free (KeyStore *store)
{
  if (store == NULL)
    return;
  if (store->backend->free != NULL)
    store->backend->free (store->self);
  g_mutex_clear (&store->mutex);
  g_free (store);
}

void
key_entry_free (KeyEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->collaboration);
  g_free (entry->persona);
  g_free (entry->kind);
  g_free (entry->name);
  g_free (entry->algorithm);
  g_free (entry->fingerprint);
  g_free (entry->created);
  g_free (entry);
}

/* --- checks --- */

/* A newline in a stored text can make a keyring file unreadable, so nothing but printable ASCII goes in. */
static gboolean
is_plain (const char *text)
{
  gsize length = strlen (text);
  if (length == 0 || length > ATTRIBUTE_MAX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (text[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_attributes (const KeyAttributes *attributes, GError **error)
{
  const char *required[] = { attributes->collaboration, attributes->persona, attributes->kind,
                             attributes->name };
  const char *optional[] = { attributes->algorithm, attributes->fingerprint, attributes->created };
  gboolean good = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (required); i++)
    good = good && required[i] != NULL && is_plain (required[i]);
  for (guint i = 0; i < G_N_ELEMENTS (optional); i++)
    good = good && (optional[i] == NULL || is_plain (optional[i]));
  if (!good)
    cr_set_error (
        error, CR_ERROR_INPUT, "Use names of 1 to 128 plain characters.",
        "A key cannot be named like this: a part of the name is empty, too long or not plain text.");
  return good;
}

static gboolean
is_base64_line (const char *value)
{
  gsize length = strlen (value);
  return length > 0 && length % 4 == 0
         && strspn (value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == length;
}

/* The bytes of a stored line, in secret memory. */
static GBytes *
decode_value (const char *value, GError **error)
{
  g_auto (CrSecretText) copy = is_base64_line (value) ? cr_secret_text_new (value, -1) : NULL;
  if (copy == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, "Another program may have changed it: restore it from a backup.",
                  "An entry in the keyring is not in the form in which it was written.");
    return NULL;
  }
  gsize text_length = strlen (copy), length = 0;
  g_base64_decode_inplace (copy, &length);
  GBytes *bytes = cr_secret_new (copy, length);
  /* The decoded bytes may hold a NUL, so the length of the text no longer says how much to wipe. */
  cr_wipe (copy, text_length);
  return bytes;
}

/* --- the operations --- */

static gboolean
write_and_compare (KeyStore *store, const KeyAttributes *attributes, const char *value, GError **error)
{
  if (!store->backend->put (store->self, attributes, value, error))
    return FALSE;
  cr_fault_point ("key-store-written");
  g_auto (CrSecretText) stored = store->backend->get (store->self, attributes, error);
  if (stored == NULL) {
    g_prefix_error (error, "The keyring accepted an entry but does not give it back: ");
    return FALSE;
  }
  if (cr_secret_equal (stored, strlen (stored), value, strlen (value)))
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Check the keyring of this machine before you go on.",
                "The keyring gives back something else than what was stored.");
  return FALSE;
}

gboolean
key_store_put (KeyStore *store, const KeyAttributes *attributes, GBytes *value, GError **error)
{
  gsize length = g_bytes_get_size (value);
  if (!check_attributes (attributes, error))
    return FALSE;
  if (length == 0 || length > KEY_VALUE_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "Only 1 byte to 64 KiB can be kept in the keyring.");
    return FALSE;
  }
  g_auto (CrSecretText) line = cr_base64_bytes (value);
  g_autofree char *now = cr_iso8601_seconds (cr_now_ms ());
  KeyAttributes full = *attributes;
  if (full.created == NULL)
    full.created = now;
  g_mutex_lock (&store->mutex);
  gboolean good = write_and_compare (store, &full, line, error);
  g_mutex_unlock (&store->mutex);
  return good;
}

GBytes *
key_store_get (KeyStore *store, const KeyAttributes *attributes, GError **error)
{
  if (!check_attributes (attributes, error))
    return NULL;
  g_mutex_lock (&store->mutex);
  g_auto (CrSecretText) value = store->backend->get (store->self, attributes, error);
  g_mutex_unlock (&store->mutex);
  return value != NULL ? decode_value (value, error) : NULL;
}

gboolean
key_store_put_text (KeyStore *store, const KeyAttributes *attributes, const char *text, GError **error)
{
  g_autoptr (GBytes) value = cr_secret_new (text, strlen (text));
  return key_store_put (store, attributes, value, error);
}

CrSecretText
key_store_get_text (KeyStore *store, const KeyAttributes *attributes, GError **error)
{
  g_autoptr (GBytes) value = key_store_get (store, attributes, error);
  if (value == NULL)
    return NULL;
  gsize length;
  const char *data = g_bytes_get_data (value, &length);
  if (memchr (data, '\0', length) != NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "An entry in the keyring is not a text.");
    return NULL;
  }
  return cr_secret_text_new (data, (gssize) length);
}

gboolean
key_store_remove (KeyStore *store, const KeyAttributes *attributes, GError **error)
{
  if (!check_attributes (attributes, error))
    return FALSE;
  g_mutex_lock (&store->mutex);
  gboolean good = store->backend->remove (store->self, attributes, error);
  g_mutex_unlock (&store->mutex);
  return good;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const KeyEntry *left = *(const KeyEntry *const *) a, *right = *(const KeyEntry *const *) b;
  int order = strcmp (left->collaboration, right->collaboration);
  if (order == 0)
    order = strcmp (left->persona, right->persona);
  if (order == 0)
    order = strcmp (left->kind, right->kind);
  return order != 0 ? order : strcmp (left->name, right->name);
}

GPtrArray *
key_store_list (KeyStore *store, const KeyAttributes *filter, GError **error)
{
  static const KeyAttributes all = { 0 };
  g_mutex_lock (&store->mutex);
  GPtrArray *entries = store->backend->list (store->self, filter != NULL ? filter : &all, error);
  g_mutex_unlock (&store->mutex);
  if (entries != NULL)
    g_ptr_array_sort (entries, compare_entries);
  return entries;
}
