/* SPDX-License-Identifier: MIT
 * Group commit: requests that end while the disk is busy share one SQL transaction and one sync.
 *
 * A request writes into the open SQL transaction under the store's lock, lets go of the lock, and waits. The
 * first one that waits commits for all: COMMIT under the lock (quick: SQLite only writes to its log, because
 * we run it with synchronous=NORMAL), then the sync of that log without the lock, while others already fill
 * the next batch. No answer leaves before its sync, so what was promised with synchronous=FULL still is.
 */
#include "sandbox/store-private.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define GATHER_US 300 /* about what a sync takes: waiting longer costs more than it saves */

static void
batch_unref (StoreBatch *batch)
{
  if (!g_atomic_int_dec_and_test (&batch->references))
    return;
  g_clear_error (&batch->error);
  g_free (batch);
}

gboolean
store_batch_open (Store *store, GError **error)
{
  if (store->batch)
    return TRUE;
  if (!cr_db_run (store->db, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  store->batch = g_new0 (StoreBatch, 1);
  store->batch->references = 1;
  return TRUE;
}

/* Everybody who waits for BATCH is told. Takes the store's reference. */
static void
finish_batch (Store *store, StoreBatch *batch, const GError *error)
{
  g_mutex_lock (&store->flush_lock);
  batch->done = TRUE;
  if (error)
    batch->error = g_error_copy (error);
  else
    store->durable_seqno = MAX (store->durable_seqno, batch->last_seqno);
  g_cond_broadcast (&store->flushed);
  g_mutex_unlock (&store->flush_lock);
  batch_unref (batch);
}

/* What is in memory goes back to what the database holds. */
static void
roll_back (Store *store)
{
  if (sqlite3_get_autocommit (cr_db_handle (store->db)) == 0)
    sqlite3_exec (cr_db_handle (store->db), "ROLLBACK", NULL, NULL, NULL);
  store_maps_forget (store);
  g_autoptr (GError) problem = NULL;
  if (!store_load_state (store, &problem))
    g_warning ("the ledger cannot be read again: %s", problem->message);
}

void
store_batch_fail (Store *store, const GError *error)
{
  StoreBatch *batch = g_steal_pointer (&store->batch);
  roll_back (store);
  if (batch)
    finish_batch (store, batch, error);
}

static gboolean
commit_sql (Store *store, GError **error)
{
  if (cr_fault_write ()) {
    cr_set_error (error, CR_ERROR_ADMIN, "Make room on the disk.", "cannot write %s: the disk is full",
                  store->path);
    return FALSE;
  }
  cr_fault_point ("db.before-commit");
  gboolean done = cr_db_run (store->db, error, "COMMIT", "");
  cr_fault_point ("db.after-commit");
  return done;
}

/* Under lock, after the first commit has made the log. */
static void
open_log (Store *store)
{
  if (store->wal >= 0)
    return;
  g_autofree char *path = g_strconcat (store->path, "-wal", NULL);
  store->wal = open (path, O_RDONLY | O_CLOEXEC);
}

static gboolean
sync_log (Store *store, GError **error)
{
  if (store->wal >= 0 && fdatasync (store->wal) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, "Look at the disk, then start the local environment again.",
                "the ledger cannot be written to the disk: %s", g_strerror (errno));
  g_mutex_lock (&store->flush_lock);
  store->broken = TRUE;
  g_mutex_unlock (&store->flush_lock);
  return FALSE;
}

gboolean
store_flush (Store *store, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_rec_mutex_lock (&store->lock);
  StoreBatch *batch = g_steal_pointer (&store->batch);
  gboolean done = !batch || commit_sql (store, &problem);
  if (!done)
    roll_back (store);
  else if (batch)
    open_log (store);
  g_rec_mutex_unlock (&store->lock);
  if (!batch)
    return TRUE;
  done = done && sync_log (store, &problem);
  finish_batch (store, batch, problem);
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  return done;
}

void
store_enter (Store *store)
{
  g_mutex_lock (&store->flush_lock);
  store->busy++;
  g_mutex_unlock (&store->flush_lock);
}

void
store_leave (Store *store)
{
  g_mutex_lock (&store->flush_lock);
  store->busy--;
  if (store->flushing)
    g_cond_signal (&store->joined);
  g_mutex_unlock (&store->flush_lock);
}

/* Give the requests that are under way a moment to join. Under flush_lock. */
static void
gather (Store *store)
{
  gint64 end = g_get_monotonic_time () + GATHER_US;
  while (store->busy > store->waiting)
    if (!g_cond_wait_until (&store->joined, &store->flush_lock, end))
      return;
}

gboolean
store_batch_wait (Store *store, StoreBatch *batch, GError **error)
{
  g_mutex_lock (&store->flush_lock);
  store->waiting++;
  if (store->flushing)
    g_cond_signal (&store->joined);
  while (!batch->done) {
    if (store->flushing) {
      g_cond_wait (&store->flushed, &store->flush_lock);
      continue;
    }
    store->flushing = TRUE;
    gather (store);
    g_mutex_unlock (&store->flush_lock);
    store_flush (store, NULL); /* the batch keeps its error */
    g_mutex_lock (&store->flush_lock);
    store->flushing = FALSE;
    g_cond_broadcast (&store->flushed);
  }
  store->waiting--;
  gboolean broken = store->broken;
  g_mutex_unlock (&store->flush_lock);
  GError *problem = batch->error ? g_error_copy (batch->error) : NULL;
  batch_unref (batch);
  if (problem)
    g_propagate_error (error, problem);
  else if (broken)
    cr_set_error (error, CR_ERROR_ADMIN, "Look at the disk, then start the local environment again.",
                  "the disk of the ledger failed");
  return !problem && !broken;
}

gint64
store_durable_seqno (Store *store)
{
  g_mutex_lock (&store->flush_lock);
  gint64 seqno = store->durable_seqno;
  g_mutex_unlock (&store->flush_lock);
  return seqno;
}
