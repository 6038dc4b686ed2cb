/* SPDX-License-Identifier: MIT
 * One piece of work on a thread of its own: cancel that is felt at once, limits, progress, the callback.
 *
 * A job that is cancelled (or takes longer than its limit) is reported as ended within UI_CANCEL_MS even when
 * its thread sits in something that cannot be interrupted; what the thread still brings is thrown away.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <glib/gi18n.h>

#define GIVE_BACK_US (50 * 1000) /* at most so often */

struct UiJob {
  gatomicrefcount references;
  CrJob *cr;
  UiPost *post;
  char *title, *persona, *why, *az, *whom;
  UiJobFunc run;
  gpointer input;
  GDestroyNotify free_input;
  GError *error; /* of the thread */
  /* under the lock of the post */
  char *phase;
  gint64 gave_back_us; /* memory, at the beginning of a phase */
  guint64 done, total;
  gboolean moved;
  char *sign_in;
  GPtrArray *lines;
  /* UI thread only */
  UiSession *session; /* NULL = nobody is told */
  UiJobEnd end, gone;
  UiDone tell;
  gpointer tell_data;
  GSource *cancel_timer, *limit_timer;
  gint64 started_ms;
  guint limit_ms;
  gboolean ended, cancelled, timed_out, held;
};

UiJob *
ui_job_ref (UiJob *job)
{
  g_atomic_ref_count_inc (&job->references);
  return job;
}

void
ui_job_unref (UiJob *job)
{
  if (job == NULL || !g_atomic_ref_count_dec (&job->references))
    return;
  if (job->free_input != NULL)
    job->free_input (job->input);
  g_clear_error (&job->error);
  cr_job_unref (job->cr);
  ui_post_unref (job->post);
  g_free (job->title);
  g_free (job->persona);
  g_free (job->why);
  g_free (job->az);
  g_free (job->whom);
  g_free (job->phase);
  g_free (job->sign_in);
  g_ptr_array_unref (job->lines);
  g_free (job);
}

/* ---- on job threads ---- */

static void
on_call (const CrCall *call, gpointer data)
{
  UiJob *job = data;
  /* What the libraries of the network read once to begin with is large. */
  if (ui_post_add_call (job->post, ui_call_new (call, job->persona, job->why, job->az)))
    ui_memory_give_back ();
}

static void
on_progress (const char *phase, guint64 done, guint64 total, gpointer data)
{
  UiJob *job = data;
  gint64 now = g_get_monotonic_time ();
  g_mutex_lock (ui_post_lock (job->post));
  gboolean new_phase = g_strcmp0 (job->phase, phase) != 0;
  if (new_phase) {
    g_free (job->phase);
    job->phase = cr_text_safe (phase);
  }
  /* What the phase before needed is not what this one needs; many small files are phases too. */
  gboolean give_back = new_phase && now - job->gave_back_us > GIVE_BACK_US;
  if (give_back)
    job->gave_back_us = now;
  job->done = done;
  job->total = total;
  job->moved = TRUE;
  g_mutex_unlock (ui_post_lock (job->post));
  ui_post_wake (job->post, 50);
  if (give_back)
    ui_memory_give_back ();
}

static void
on_notice (const char *kind, const char *text, gpointer data)
{
  UiJob *job = data;
  g_mutex_lock (ui_post_lock (job->post));
  if (g_str_equal (kind, "sign-in")) {
    g_free (job->sign_in);
    job->sign_in = g_strdup (text);
  } else {
    g_ptr_array_add (job->lines, cr_text_safe (text));
  }
  g_mutex_unlock (ui_post_lock (job->post));
  ui_post_wake (job->post, 0);
}

static gpointer
job_thread (gpointer data)
{
  UiJob *job = data;
  UiPost *post = ui_post_ref (job->post);
  gboolean reading = job->title == NULL;
  if (!reading)
    ui_memory_give_back ();
  job->run (job, job->input, &job->error);
  ui_post_add_ended (post, job);
  ui_job_unref (job);
  if (!reading)
    ui_memory_give_back ();
  ui_post_leave (post);
  ui_post_unref (post);
  return NULL;
}

/* ---- in the UI thread ---- */

static void
timer_stop (GSource **timer)
{
  if (*timer == NULL)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

static void
end_job (UiJob *job, const GError *error)
{
  if (job->ended)
    return;
  job->ended = TRUE;
  timer_stop (&job->cancel_timer);
  timer_stop (&job->limit_timer);
  if (job->session != NULL)
    ui_sign_in_over (job->session, job);
  if (job->session != NULL && job->end != NULL)
    job->end (job->session, job, job->input, error);
  if (job->session != NULL)
    ui_overview_touch (job->session);
}

/* The thread did not come back in time. */
static gboolean
give_up (gpointer data)
{
  g_autoptr (UiJob) job = ui_job_ref (data);
  g_autoptr (GError) error = NULL;
  if (job->timed_out)
    cr_set_error (&error, CR_ERROR_RETRY, _ ("Try again; see Health for what runs and what does not."),
                  _ ("%s does not answer: nothing came in %u seconds."),
                  job->whom != NULL ? job->whom : _ ("The other side"), job->limit_ms / 1000);
  else
    cr_set_error (&error, CR_ERROR_CANCELLED, _ ("Start it again to go on where it stopped."),
                  _ ("Stopped at your request."));
  timer_stop (&job->cancel_timer);
  end_job (job, error);
  return G_SOURCE_REMOVE;
}

static GSource *
timer_start (UiJob *job, guint milliseconds, GSourceFunc function)
{
  GSource *source = g_timeout_source_new (milliseconds);
  g_source_set_callback (source, function, job, NULL);
  g_source_attach (source, job->session->context);
  return source;
}

static gboolean
limit_passed (gpointer data)
{
  UiJob *job = data;
  timer_stop (&job->limit_timer);
  if (job->ended || job->cancelled)
    return G_SOURCE_REMOVE;
  job->timed_out = TRUE;
  g_cancellable_cancel (cr_job_cancellable (job->cr));
  job->cancel_timer = timer_start (job, 1, give_up);
  return G_SOURCE_REMOVE;
}

UiJob *
ui_job_start (UiSession *session, const UiJobPlan *plan)
{
  UiJob *job = g_new0 (UiJob, 1);
  g_atomic_ref_count_init (&job->references); /* the session's */
  job->cr = cr_job_new ();
  job->post = ui_post_ref (session->post);
  job->title = g_strdup (plan->title);
  job->persona = g_strdup (plan->persona);
  job->why = g_strdup (plan->why != NULL ? plan->why : plan->title);
  job->az = g_strdup (plan->az);
  job->whom = g_strdup (plan->whom);
  job->run = plan->run;
  job->input = plan->input;
  job->free_input = plan->free_input;
  job->lines = g_ptr_array_new_with_free_func (g_free);
  job->session = session;
  job->end = plan->end;
  job->gone = plan->gone;
  job->started_ms = cr_now_ms ();
  job->limit_ms = plan->limit_ms;
  cr_job_on_call (job->cr, on_call, job);
  cr_job_on_progress (job->cr, on_progress, job);
  cr_job_on_notice (job->cr, on_notice, job);
  g_ptr_array_add (session->jobs, job);
  if (plan->limit_ms > 0)
    job->limit_timer = timer_start (job, plan->limit_ms, limit_passed);
  ui_post_enter (job->post);
  ui_job_ref (job); /* the thread's */
  g_autoptr (GThread) thread = g_thread_try_new ("cleanroom job", job_thread, job, &job->error);
  if (thread == NULL) {
    ui_post_add_ended (job->post, job);
    ui_post_leave (job->post);
    ui_job_unref (job);
  }
  if (job->title != NULL)
    ui_overview_touch (session);
  return job;
}

void
ui_job_finish (UiSession *session, UiJob *job)
{
  g_autoptr (UiJob) kept = ui_job_ref (job);
  const GError *error = job->error;
  /* The thread came back between the limit and giving it up: its words are those of a cancel. */
  if (job->timed_out && !job->ended)
    give_up (job);
  end_job (job, error);
  if (job->session != NULL && job->gone != NULL)
    job->gone (job->session, job, job->input, error);
  g_ptr_array_remove (session->jobs, job);
  ui_overview_touch (session);
}

void
ui_job_cancel (UiJob *job)
{
  if (job == NULL || job->ended || job->cancelled || job->session == NULL)
    return;
  job->cancelled = TRUE;
  g_cancellable_cancel (cr_job_cancellable (job->cr));
  job->cancel_timer = timer_start (job, UI_CANCEL_MS, give_up);
}

void
ui_job_hold (UiJob *job, gboolean held)
{
  if (job->ended || job->cancelled)
    return;
  job->held = held;
  cr_job_pause (job->cr, held);
}

gboolean
ui_job_held (const UiJob *job)
{
  return job->held;
}

void
ui_job_detach (UiJob *job)
{
  timer_stop (&job->cancel_timer);
  timer_stop (&job->limit_timer);
  job->session = NULL;
  job->tell = NULL;
  g_cancellable_cancel (cr_job_cancellable (job->cr));
}

gboolean
ui_job_ended (const UiJob *job)
{
  return job->ended;
}

gboolean
ui_job_cancelled (const UiJob *job)
{
  return job->cancelled;
}

const char *
ui_job_title (const UiJob *job)
{
  return job->title != NULL ? job->title : "";
}

const char *
ui_job_whom (const UiJob *job)
{
  return job->whom;
}

const char *
ui_job_persona (const UiJob *job)
{
  return job->persona;
}

gint64
ui_job_started_ms (const UiJob *job)
{
  return job->started_ms;
}

gboolean
ui_job_listed (const UiJob *job)
{
  return job->title != NULL && !job->ended;
}

CrJob *
ui_job_cr (UiJob *job)
{
  return job->cr;
}

gpointer
ui_job_input (UiJob *job)
{
  return job->input;
}

void
ui_job_set_done (UiJob *job, UiDone done, gpointer data)
{
  job->tell = done;
  job->tell_data = data;
}

void
ui_job_forget (UiJob *job, gpointer data)
{
  if (job->tell_data == data)
    job->tell = NULL;
}

void
ui_job_tell (UiJob *job, UiSession *session, const UiResult *result)
{
  UiDone tell = job->tell;
  job->tell = NULL;
  if (tell != NULL)
    tell (session, result, job->tell_data);
}

gboolean
ui_job_progress (UiJob *job, char **phase, guint64 *done, guint64 *total)
{
  g_mutex_lock (ui_post_lock (job->post));
  gboolean moved = job->moved;
  job->moved = FALSE;
  *phase = moved ? g_strdup (job->phase) : NULL;
  *done = job->done;
  *total = job->total;
  g_mutex_unlock (ui_post_lock (job->post));
  return moved;
}

char *
ui_job_take_sign_in (UiJob *job)
{
  g_mutex_lock (ui_post_lock (job->post));
  char *text = g_steal_pointer (&job->sign_in);
  g_mutex_unlock (ui_post_lock (job->post));
  return text;
}

GPtrArray *
ui_job_take_lines (UiJob *job)
{
  g_mutex_lock (ui_post_lock (job->post));
  GPtrArray *lines = job->lines;
  job->lines = g_ptr_array_new_with_free_func (g_free);
  g_mutex_unlock (ui_post_lock (job->post));
  return lines;
}
