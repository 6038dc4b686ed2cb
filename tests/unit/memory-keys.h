/* SPDX-License-Identifier: MIT
 * A key store in memory for unit tests.
 */
#pragma once

#include "base/error.h"
#include "keys/keys.h"

#include <string.h>

static inline char *
slot (const KeyAttributes *a)
{
  return g_strjoin ("|", a->collaboration, a->persona, a->kind, a->name, NULL);
}

static inline gboolean
memory_put (gpointer self, const KeyAttributes *attributes, const char *value, GError **error)
{
  (void) error;
  g_hash_table_insert (self, slot (attributes), g_strdup (value));
  return TRUE;
}

static inline CrSecretText
memory_get (gpointer self, const KeyAttributes *attributes, GError **error)
{
  g_autofree char *key = slot (attributes);
  const char *value = g_hash_table_lookup (self, key);
  if (value != NULL)
    return cr_secret_text_new (value, -1);
  cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "no entry");
  return NULL;
}

static inline gboolean
memory_remove (gpointer self, const KeyAttributes *attributes, GError **error)
{
  g_autofree char *key = slot (attributes);
  if (g_hash_table_remove (self, key))
    return TRUE;
  cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "no entry");
  return FALSE;
}

static inline GPtrArray *
memory_list (gpointer self, const KeyAttributes *filter, GError **error)
{
  (void) error;
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) key_entry_free);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, self);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    g_auto (GStrv) parts = g_strsplit (key, "|", 4);
    if ((filter->persona != NULL && strcmp (filter->persona, parts[1]) != 0)
        || (filter->kind != NULL && strcmp (filter->kind, parts[2]) != 0))
      continue;
    KeyEntry *entry = g_new0 (KeyEntry, 1);
    entry->collaboration = g_strdup (parts[0]);
    entry->persona = g_strdup (parts[1]);
    entry->kind = g_strdup (parts[2]);
    entry->name = g_strdup (parts[3]);
    entry->algorithm = g_strdup ("");
    entry->fingerprint = g_strdup ("");
    entry->created = g_strdup ("");
    g_ptr_array_add (entries, entry);
  }
  return entries;
}

static inline void
memory_free (gpointer self)
{
  g_hash_table_unref (self);
}

static inline KeyStore *
memory_keys_new (void)
{
  static const KeyStoreBackend backend = { memory_put, memory_get, memory_remove, memory_list, memory_free };
  return key_store_new (&backend, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free));
}
