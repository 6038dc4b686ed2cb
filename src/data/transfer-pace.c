/* SPDX-License-Identifier: MIT
 * The pace of a transfer: how many bytes a second, and how many blocks at a time (transfer-private.h).
 */
#include "data/transfer-private.h"

#include "base/translate.h"

#include <inttypes.h>

#define BURST 8 /* the bucket holds a second's bytes divided by this */
#define WAIT_MAX_MS 100u

/* --- bytes a second: a token bucket --------------------------------------------------------------------- */

void
transfer_bandwidth_init (TransferBandwidth *bandwidth, guint64 rate)
{
  g_mutex_init (&bandwidth->lock);
  bandwidth->rate = rate;
  bandwidth->tokens = 0;
  bandwidth->filled_us = g_get_monotonic_time ();
}

void
transfer_bandwidth_clear (TransferBandwidth *bandwidth)
{
  g_mutex_clear (&bandwidth->lock);
}

gsize
transfer_bandwidth_take (TransferBandwidth *bandwidth, CrJob *job, gsize want, GError **error)
{
  if (bandwidth->rate == 0 || want == 0)
    return want;
  const double most = MAX ((double) bandwidth->rate / BURST, 1.0);
  for (;;) {
    g_mutex_lock (&bandwidth->lock);
    gint64 now = g_get_monotonic_time ();
    bandwidth->tokens += (double) bandwidth->rate * (double) (now - bandwidth->filled_us) / 1e6;
    bandwidth->tokens = MIN (bandwidth->tokens, most);
    bandwidth->filled_us = now;
    gsize granted = bandwidth->tokens >= 1 ? (gsize) MIN ((double) want, bandwidth->tokens) : 0;
    /* Tiny pieces cost more than they move: wait until some have come together. */
    if (granted < want && (double) granted < most / 2)
      granted = 0;
    bandwidth->tokens -= (double) granted;
    g_mutex_unlock (&bandwidth->lock);
    if (granted > 0)
      return granted;
    guint pause_ms = (guint) CLAMP (most * 500.0 / (double) bandwidth->rate, 1.0, (double) WAIT_MAX_MS);
    if (!cr_job_sleep (job, pause_ms, error))
      return 0;
  }
}

/* --- blocks at a time: halved when the service is busy, one more after so many successes ---------------- */

void
transfer_gate_success (TransferGate *gate)
{
  if (gate->limit < gate->most && ++gate->good >= 2 * gate->limit) {
    gate->limit++;
    gate->good = 0;
  }
}

void
transfer_gate_refused (TransferGate *gate, gint64 began_us)
{
  if (began_us < gate->halved_us)
    return;
  gate->limit = MAX (gate->limit / 2, 1);
  gate->good = 0;
  gate->halved_us = g_get_monotonic_time (); /* calls that began before say nothing new */
}

/* --- words ---------------------------------------------------------------------------------------------- */

/* "12 s", "3 min", "2 h". Gives. */
static char *
span_text (guint64 seconds)
{
  if (seconds < 100)
    return g_strdup_printf (_ ("%" PRIu64 " s"), seconds);
  if (seconds < 100 * 60)
    return g_strdup_printf (_ ("%" PRIu64 " min"), (seconds + 30) / 60);
  return g_strdup_printf (_ ("%" PRIu64 " h"), (seconds + 1800) / 3600);
}

char *
transfer_rate_text (guint64 from, guint64 done, guint64 total, gint64 elapsed_ms)
{
  if (elapsed_ms < 500 || done <= from)
    return g_strdup ("");
  double rate = (double) (done - from) * 1000.0 / (double) elapsed_ms;
  g_autofree char *size = g_format_size ((guint64) rate);
  if (total <= done)
    return g_strdup_printf (_ ("%s/s"), size);
  g_autofree char *left = span_text ((guint64) ((double) (total - done) / rate) + 1);
  return g_strdup_printf (_ ("%s/s, %s left"), size, left);
}
