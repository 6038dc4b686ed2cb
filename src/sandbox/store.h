/* SPDX-License-Identifier: MIT
 * The ledger's key-value store: named maps, one sequence number per writing transaction, history.
 *
 * One transaction per request, under one lock. Writes become visible when store_commit is called, and it
 * returns when they are on the disk; requests that run at the same time share that. Transaction ids are
 * VIEW.SEQNO.
 * Values
 * are text (JSON as a rule). Maps whose names do not begin with "public:" are encrypted.
 */
#pragma once

#include "base/json.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct Store Store;

/* Start a transaction: takes the lock until store_commit or store_abort on the same thread. */
gboolean store_begin (Store *store, GError **error);
/* Commit. When something was written the sequence number grows by one, the ledger leaf is appended and
 * *SEQNO is set to it; otherwise *SEQNO is the last one. */
gboolean store_commit (Store *store, gint64 *seqno, GError **error);
void store_abort (Store *store);
/* The sequence number that this transaction will get if it writes; used where the value must hold its own
 * id. */
gint64 store_next_seqno (Store *store);
gint64 store_last_seqno (Store *store);
char *store_txid (Store *store, gint64 seqno); /* "2.17"; gives */

char *store_get (Store *store, const char *map, const char *key);        /* gives, NULL when absent */
json_t *store_get_json (Store *store, const char *map, const char *key); /* gives, NULL when absent */
gint64 store_get_seqno (Store *store, const char *map, const char *key); /* last write, 0 when absent */
void store_put (Store *store, const char *map, const char *key, const char *value);
void store_put_json (Store *store, const char *map, const char *key, const json_t *value); /* borrows */
void store_delete (Store *store, const char *map, const char *key);
void store_clear (Store *store, const char *map);
gboolean store_has (Store *store, const char *map, const char *key);
/* Keys of MAP in insertion order of their first write. Gives an array of char*. */
GPtrArray *store_keys (Store *store, const char *map);

/* Every write of KEY in MAP with FROM <= seqno <= TO, oldest first; VALUE NULL for a deletion. Gives. */
typedef struct {
  gint64 seqno;
  char *value;
} StoreVersion;
GPtrArray *store_history (Store *store, const char *map, const char *key, gint64 from, gint64 to);

/* Merkle root over all transactions so far, 32 bytes. */
void store_root (Store *store, guint8 root[32]);

G_END_DECLS
