/* SPDX-License-Identifier: MIT
 * What is at hand of the past. A node answers reads of ranges and receipts from a cache that it fills from
 * the ledger: whoever asks first is told to come again. Here everything lies in one database; but a client
 * that cannot wait would fail elsewhere, so the first question about a stretch of the ledger is answered
 * the same way.
 */
#include "sandbox/ccf-node.h"

#define STRETCH 10000
#define KEPT_US (G_GINT64_CONSTANT (1800) * G_USEC_PER_SEC)

struct CcfHistorical {
  GMutex lock;
  GHashTable *stretches; /* number -> monotonic end of its stay (gint64*) */
};

CcfHistorical *
ccf_historical_new (void)
{
  CcfHistorical *self = g_new0 (CcfHistorical, 1);
  g_mutex_init (&self->lock);
  self->stretches = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
ccf_historical_free (CcfHistorical *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->stretches);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Is stretch NUMBER at hand? It is from now on. */
static gboolean
touch (CcfHistorical *self, gint64 number, gint64 now)
{
  gint64 *end = g_hash_table_lookup (self->stretches, &number);
  gboolean ready = end && *end > now;
  if (!end) {
    end = g_new0 (gint64, 1);
    g_hash_table_insert (self->stretches, g_memdup2 (&number, sizeof number), end);
  }
  *end = now + KEPT_US;
  return ready;
}

gboolean
ccf_historical_ready (CcfHistorical *self, gint64 from, gint64 to)
{
  gboolean ready = TRUE;
  g_mutex_lock (&self->lock);
  gint64 now = g_get_monotonic_time ();
  for (gint64 number = MAX (from, 0) / STRETCH; number <= to / STRETCH; number++)
    ready = touch (self, number, now) && ready;
  g_mutex_unlock (&self->lock);
  return ready;
}

gboolean
ccf_app_at_hand (Sandbox *sandbox, gint64 from, gint64 to)
{
  return ccf_historical_ready (ccf_node_historical (ccf_node (sandbox)), from, to);
}
