/* SPDX-License-Identifier: MIT
 * Ledger entries: the write set of one transaction as text, one write after the other:
 *
 *   put MAPLENGTH KEYLENGTH VALUELENGTH \n MAP \n KEY \n VALUE \n
 *   delete MAPLENGTH KEYLENGTH \n MAP \n KEY \n
 *   private 64 \n SHA-256 of the encrypted writes to private maps, hex \n
 *
 * (lengths in bytes, without the blanks around the line ends). The write set digest of a receipt is the
 * SHA-256 of this text, so anybody who has the text can check it with sha256sum.
 */
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

static void
append_write (GString *body, const StoreWrite *write)
{
  gsize map = strlen (write->map->name), key = strlen (write->key),
        value = write->value ? strlen (write->value) : 0;
  char head[80];
  if (write->value)
    g_snprintf (head, sizeof head, "put %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\n", map,
                key, value);
  else
    g_snprintf (head, sizeof head, "delete %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\n", map, key);
  g_string_append (body, head);
  g_string_append_len (body, write->map->name, (gssize) map);
  g_string_append_c (body, '\n');
  g_string_append_len (body, write->key, (gssize) key);
  g_string_append_c (body, '\n');
  if (!write->value)
    return;
  g_string_append_len (body, write->value, (gssize) value);
  g_string_append_c (body, '\n');
}

gboolean
store_entry_build (Store *store, GString *body, GBytes **sealed, GError **error)
{
  g_autoptr (GString) hidden = NULL;
  *sealed = NULL;
  for (guint i = 0; i < store->writes->len; i++) {
    const StoreWrite *write = g_ptr_array_index (store->writes, i);
    if (!write->map->is_private)
      append_write (body, write);
    else {
      if (!hidden)
        hidden = g_string_new (NULL);
      append_write (hidden, write);
    }
  }
  if (!hidden)
    return TRUE;
  g_autofree char *text = store_seal (store, hidden->str, error);
  if (!text)
    return FALSE;
  g_autofree char *digest = cr_sha256_hex (text, strlen (text));
  g_string_append_printf (body, "private 64\n%s\n", digest);
  *sealed = g_bytes_new (text, strlen (text));
  return TRUE;
}

/* ---- Reading ---- */

/* A decimal number that ends at STOP; moves *AT behind it. */
static gboolean
read_number (const char **at, const char *end, char stop, gsize *number)
{
  gsize value = 0;
  const char *start = *at;
  while (*at < end && g_ascii_isdigit (**at) && *at - start < 12)
    value = value * 10 + (gsize) (*(*at)++ - '0');
  if (*at == start || *at >= end || **at != stop)
    return FALSE;
  (*at)++;
  *number = value;
  return TRUE;
}

static gboolean
take (const char **at, const char *end, gsize length, const char **text)
{
  if ((gsize) (end - *at) <= length || (*at)[length] != '\n')
    return FALSE;
  *text = *at;
  *at += length + 1;
  return TRUE;
}

static gboolean
is_text (const char *text, gsize length, const char *expected)
{
  return strlen (expected) == length && memcmp (text, expected, length) == 0;
}

/* Look through BODY for a write to MAP and KEY. */
static gboolean
find_write (const char *at, gsize size, const char *map, const char *key, char **value)
{
  const char *end = at + size;
  while (at < end) {
    gboolean put = (gsize) (end - at) > 4 && memcmp (at, "put ", 4) == 0;
    gboolean removal = !put && (gsize) (end - at) > 7 && memcmp (at, "delete ", 7) == 0;
    gsize map_length, key_length, value_length = 0;
    const char *map_text, *key_text, *value_text = NULL;
    if (!put && !removal)
      return FALSE; /* the private rest */
    at += put ? 4 : 7;
    if (!read_number (&at, end, ' ', &map_length) || !read_number (&at, end, put ? ' ' : '\n', &key_length)
        || (put && !read_number (&at, end, '\n', &value_length)) || !take (&at, end, map_length, &map_text)
        || !take (&at, end, key_length, &key_text) || (put && !take (&at, end, value_length, &value_text)))
      return FALSE;
    if (!is_text (map_text, map_length, map) || !is_text (key_text, key_length, key))
      continue;
    *value = put ? g_strndup (value_text, value_length) : NULL;
    return TRUE;
  }
  return FALSE;
}

gboolean
store_entry_find (Store *store, gint64 seqno, StoreMap *map, const char *key, char **value, GError **error)
{
  sqlite3_stmt *row = cr_db_query (store->db, error,
                                   map->is_private ? "SELECT sealed FROM entry WHERE seqno = ?"
                                                   : "SELECT body FROM entry WHERE seqno = ?",
                                   "i", seqno);
  if (!row || !cr_db_step (store->db, row, error))
    return FALSE;
  const char *text = sqlite3_column_blob (row, 0);
  gsize size = (gsize) sqlite3_column_bytes (row, 0);
  gboolean found = FALSE;
  if (text && map->is_private) {
    g_autofree char *sealed = g_strndup (text, size);
    g_autofree char *open = store_unseal (store, sealed, NULL);
    found = open && find_write (open, strlen (open), map->name, key, value);
  } else if (text)
    found = find_write (text, size, map->name, key, value);
  cr_db_done (row);
  return found;
}

GBytes *
store_entry (Store *store, gint64 seqno, GError **error)
{
  GBytes *body = NULL;
  g_rec_mutex_lock (&store->lock);
  sqlite3_stmt *row = cr_db_query (store->db, error, "SELECT body FROM entry WHERE seqno = ?", "i", seqno);
  if (row && cr_db_step (store->db, row, error)) {
    body = cr_db_blob (row, 0);
    cr_db_done (row);
  }
  g_rec_mutex_unlock (&store->lock);
  return body;
}

/* Unpredictable to whoever does not have the ledger, and the same again when it is asked for. */
char *
store_evidence (Store *store, gint64 seqno)
{
  g_autofree char *txid = store_txid (store, seqno);
  g_autofree char *keyed = g_strconcat (store->evidence, txid, NULL);
  g_autofree char *nonce = cr_sha256_hex (keyed, strlen (keyed));
  return g_strdup_printf ("ce:%s:%s", txid, nonce);
}
