/* SPDX-License-Identifier: MIT
 * What travels with every call: cancel, progress and the call log (job.h).
 */
#include "base/job.h"

#include "base/error.h"

#define HELD_MS 100u /* between two looks at whether a held job may go on */

struct CrJob {
  gatomicrefcount references;
  GCancellable *cancellable;
  gint paused; /* atomic */
  GMutex lock; /* handlers may be called from several transfer threads */
  CrCallHandler on_call;
  gpointer call_data;
  CrProgressHandler on_progress;
  gpointer progress_data;
  CrNoticeHandler on_notice;
  gpointer notice_data;
};

CrJob *
cr_job_new (void)
{
  CrJob *job = g_new0 (CrJob, 1);
  g_atomic_ref_count_init (&job->references);
  job->cancellable = g_cancellable_new ();
  g_mutex_init (&job->lock);
  return job;
}

void
cr_job_unref (CrJob *job)
{
  if (job == NULL || !g_atomic_ref_count_dec (&job->references))
    return;
  g_object_unref (job->cancellable);
  g_mutex_clear (&job->lock);
  g_free (job);
}

void
cr_job_on_call (CrJob *job, CrCallHandler handler, gpointer data)
{
  job->on_call = handler;
  job->call_data = data;
}

void
cr_job_on_progress (CrJob *job, CrProgressHandler handler, gpointer data)
{
  job->on_progress = handler;
  job->progress_data = data;
}

void
cr_job_on_notice (CrJob *job, CrNoticeHandler handler, gpointer data)
{
  job->on_notice = handler;
  job->notice_data = data;
}

GCancellable *
cr_job_cancellable (CrJob *job)
{
  return job != NULL ? job->cancellable : NULL;
}

gboolean
cr_job_check (CrJob *job, GError **error)
{
  if (job == NULL || !g_cancellable_is_cancelled (job->cancellable))
    return TRUE;
  cr_set_error (error, CR_ERROR_CANCELLED, "Start it again to go on where it stopped.",
                "Stopped at your request.");
  return FALSE;
}

void
cr_job_pause (CrJob *job, gboolean paused)
{
  g_atomic_int_set (&job->paused, paused);
}

gboolean
cr_job_hold (CrJob *job, GError **error)
{
  while (job != NULL && g_atomic_int_get (&job->paused))
    if (!cr_job_sleep (job, HELD_MS, error))
      return FALSE;
  return cr_job_check (job, error);
}

gboolean
cr_job_sleep (CrJob *job, guint milliseconds, GError **error)
{
  if (job == NULL) {
    if (milliseconds != 0) /* even no time at all costs the timer's slack */
      g_usleep (milliseconds * 1000ul);
    return TRUE;
  }
  if (milliseconds == 0)
    return cr_job_check (job, error);
  GPollFD wake;
  if (g_cancellable_make_pollfd (job->cancellable, &wake)) {
    g_poll (&wake, 1, (gint) milliseconds);
    g_cancellable_release_fd (job->cancellable);
  } else {
    g_usleep (milliseconds * 1000ul);
  }
  return cr_job_check (job, error);
}

void
cr_job_call (CrJob *job, const CrCall *call)
{
  if (job == NULL || job->on_call == NULL)
    return;
  g_mutex_lock (&job->lock);
  job->on_call (call, job->call_data);
  g_mutex_unlock (&job->lock);
}

void
cr_job_progress (CrJob *job, const char *phase, guint64 done, guint64 total)
{
  if (job == NULL || job->on_progress == NULL)
    return;
  g_mutex_lock (&job->lock);
  job->on_progress (phase, done, total, job->progress_data);
  g_mutex_unlock (&job->lock);
}

void
cr_job_notice (CrJob *job, const char *kind, const char *text)
{
  if (job == NULL || job->on_notice == NULL)
    return;
  /* Not under the lock: a notice handler may itself make calls (the demo approves a sign-in code). */
  job->on_notice (kind, text, job->notice_data);
}
