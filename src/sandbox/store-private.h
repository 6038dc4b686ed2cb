/* SPDX-License-Identifier: MIT
 * The inside of the ledger store: opening it, its parts, and what only the node itself reads.
 *
 * Tables: map (names), kv (what is there now), hist (in which transactions a key was written before), entry
 * (the ledger: one write set per transaction), node (roots of full subtrees of the Merkle tree), view, meta.
 */
#pragma once

#include "base/db.h"
#include "sandbox/ledger.h"
#include "sandbox/store.h"

G_BEGIN_DECLS

#define STORE_FIRST_VIEW 2
/* Maps whose name does not begin so are private: encrypted with the ledger secret. */
#define STORE_PUBLIC "public:"
#define STORE_SECRET_BYTES 32

/* Open or create the database PATH. The ledger secret lies beside it, in PATH.secret. Gives. */
Store *store_open (const char *path, GError **error);
void store_close (Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_close)

/* Forget everything: the next write is 2.1 of a new ledger with a new secret. */
gboolean store_reset (Store *store, GError **error);

/* The view in which SEQNO was written (or would be written next). */
gint64 store_view_of (Store *store, gint64 seqno);
/* From the next transaction on, the view is VIEW (must be above the last). */
gboolean store_start_view (Store *store, gint64 view, GError **error);
/* "VIEW.FIRST SEQNO" of every view, oldest first. Gives an array of char*. */
GPtrArray *store_views (Store *store);
/* The last transaction that is on the disk. */
gint64 store_durable_seqno (Store *store);

/* As store_commit, but nobody waits: durable only after the next store_flush. For filling a ledger in bulk.
 * */
gboolean store_commit_later (Store *store, gint64 *seqno, GError **error);
gboolean store_flush (Store *store, GError **error);

/* Around everything that one request does, signature checks included: a commit waits a moment for requests
 * that are about to join it. */
void store_enter (Store *store);
void store_leave (Store *store);

/* The ledger secret; a store without one keeps its private maps closed: reading them gives nothing, writing
 * them fails. store_secret gives (wiped on free), NULL when it is lost. */
GBytes *store_secret (Store *store);
gboolean store_lose_secret (Store *store, GError **error);
gboolean store_restore_secret (Store *store, GBytes *secret, GError **error);

/* What a receipt of transaction SEQNO needs. All of it belongs to the caller. */
typedef struct {
  guint8 write_set_digest[LEDGER_HASH];
  char *evidence; /* "ce:2.17:<hex64>" */
  GArray *path;   /* LedgerStep, in the tree over the first COVERED transactions */
} StoreProof;
/* FALSE without ERROR when there is no such transaction or COVERED does not reach it. */
gboolean store_proof (Store *store, gint64 seqno, gint64 covered, StoreProof *proof, GError **error);
void store_proof_clear (StoreProof *proof);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreProof, store_proof_clear)

/* The write set of transaction SEQNO as it was digested (store-entry.c says how it reads); NULL when there is
 * none. Gives. */
GBytes *store_entry (Store *store, gint64 seqno, GError **error);
/* The first transaction after SEQNO that wrote KEY in MAP; 0 when there is none. */
gint64 store_write_after (Store *store, const char *map, const char *key, gint64 seqno);

/* ---- shared by the store's files only ---- */

typedef struct {
  char *key;
  char *value; /* as stored: sealed values in base64 */
  gint64 seqno, row;
  GList link;
} StoreItem;

/* A map, with all its items in memory while it is small. */
typedef struct {
  gint64 id; /* 0: not in the database yet */
  char *name;
  gboolean is_private, loaded, large;
  GHashTable *items; /* key -> StoreItem */
  GQueue order;      /* of StoreItem, oldest first */
  gsize bytes;
} StoreMap;

typedef struct {
  StoreMap *map;
  char *key;
  char *value;    /* NULL = delete */
  gboolean fresh; /* was absent before this write */
} StoreWrite;

/* Transactions that share one commit. */
typedef struct {
  int references;
  gint64 last_seqno;
  gboolean done;
  GError *error;
} StoreBatch;

struct Store {
  CrDb *db;
  char *path;
  GRecMutex lock; /* one request at a time */
  GHashTable *maps;
  gsize cached_bytes;
  Ledger ledger;
  gint64 last_seqno, next_row;
  GArray *views;  /* StoreView */
  char *evidence; /* makes commit evidence unpredictable */
  GBytes *secret;
  GPtrArray *writes; /* StoreWrite of the running transaction, in order */
  GHashTable *index; /* the same, by map and key */
  GError *failure;   /* the first error of the running transaction; its commit fails with it */

  StoreBatch *batch; /* NULL when no SQL transaction is open; under lock */
  int wal;           /* file descriptor that is synced, -1 before the first commit */
  GMutex flush_lock;
  GCond flushed, joined;
  gboolean flushing;
  int busy, waiting;    /* requests under way, and those of them that wait for a commit; under flush_lock */
  gint64 durable_seqno; /* under flush_lock */
  gboolean broken;      /* the disk refused a sync: nothing more is promised; under flush_lock */
};

typedef struct {
  gint64 first_seqno, view;
} StoreView;

/* store-map.c */
StoreMap *store_map (Store *store, const char *name);
void store_map_free (gpointer map);
void store_maps_forget (Store *store); /* drop what is in memory; the database has it all */
/* The item of KEY, borrowed until the next call; NULL when absent. SCRATCH holds items of large maps. */
const StoreItem *store_map_find (Store *store, StoreMap *map, const char *key, StoreItem *scratch,
                                 GError **error);
void store_item_clear (StoreItem *item);
typedef StoreItem StoreItemScratch;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreItemScratch, store_item_clear)
GPtrArray *store_map_keys (Store *store, StoreMap *map, GError **error); /* gives */
gboolean store_map_apply (Store *store, const StoreWrite *write, gint64 seqno, GError **error);

/* store-entry.c */

gboolean store_entry_build (Store *store, GString *body, GBytes **sealed, GError **error);
/* The value that the entry SEQNO wrote to KEY; FALSE when it did not. *VALUE is NULL for a deletion. Gives.
 * */
gboolean store_entry_find (Store *store, gint64 seqno, StoreMap *map, const char *key, char **value,
                           GError **error);
char *store_evidence (Store *store, gint64 seqno); /* gives */

/* store-seal.c: values of private maps. */
char *store_seal (Store *store, const char *value, GError **error);    /* gives base64 */
char *store_unseal (Store *store, const char *sealed, GError **error); /* gives */
gboolean store_load_secret (Store *store, gboolean create, GError **error);

/* store-tree.c */
gboolean store_tree_append (Store *store, Ledger *ledger, const guint8 leaf[LEDGER_HASH], GError **error);
gboolean store_tree_load (Store *store, GError **error);

/* store-commit.c */
gboolean store_batch_open (Store *store, GError **error);  /* under lock */
void store_batch_fail (Store *store, const GError *error); /* under lock: roll back, all waiters fail */
/* Wait until BATCH is on the disk; takes the reference. Without lock. */
gboolean store_batch_wait (Store *store, StoreBatch *batch, GError **error);
/* Commit what is open now, with or without lock. */
gboolean store_flush (Store *store, GError **error);
gboolean store_load_state (Store *store, GError **error);

G_END_DECLS
