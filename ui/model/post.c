/* SPDX-License-Identifier: MIT
 * The mailbox between job threads and the UI thread: calls that were made, jobs that ended, one wake-up.
 */
#include "ui/model/session-private.h"

#include "base/text.h"

#include <string.h>

#define CALLS_WAITING_MAX (2 * UI_CALLS_MAX)

struct UiPost {
  gatomicrefcount references;
  GMutex lock;
  GCond left;
  guint inside;    /* threads that run */
  GSource *source; /* NULL once closed */
  UiPostHandler handler;
  gpointer data;
  gint64 due; /* monotonic, -1 = not armed */
  GQueue calls, ended;
  gboolean called; /* there was a call already */
};

typedef struct {
  GSource source;
  UiPost *post;
} PostSource;

/* The source itself keeps no reference to the post: ui_post_close() destroys it first. */
static gboolean
post_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  (void) callback, (void) data;
  UiPost *post = ((PostSource *) source)->post;
  g_mutex_lock (&post->lock);
  g_source_set_ready_time (source, -1);
  post->due = -1;
  UiPostHandler handler = post->source != NULL ? post->handler : NULL;
  g_mutex_unlock (&post->lock);
  if (handler != NULL)
    handler (post->data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs post_functions = { NULL, NULL, post_dispatch, NULL, NULL, NULL };

UiPost *
ui_post_new (GMainContext *context, UiPostHandler handler, gpointer data)
{
  UiPost *post = g_new0 (UiPost, 1);
  g_atomic_ref_count_init (&post->references);
  g_mutex_init (&post->lock);
  g_cond_init (&post->left);
  post->handler = handler;
  post->data = data;
  post->due = -1;
  g_queue_init (&post->calls);
  g_queue_init (&post->ended);
  post->source = g_source_new (&post_functions, sizeof (PostSource));
  ((PostSource *) post->source)->post = post;
  g_source_set_name (post->source, "cleanroom model");
  g_source_attach (post->source, context);
  return post;
}

UiPost *
ui_post_ref (UiPost *post)
{
  g_atomic_ref_count_inc (&post->references);
  return post;
}

void
ui_post_unref (UiPost *post)
{
  if (post == NULL || !g_atomic_ref_count_dec (&post->references))
    return;
  g_queue_clear_full (&post->calls, (GDestroyNotify) ui_call_unref);
  g_queue_clear_full (&post->ended, (GDestroyNotify) ui_job_unref);
  g_mutex_clear (&post->lock);
  g_cond_clear (&post->left);
  g_free (post);
}

void
ui_post_close (UiPost *post)
{
  g_mutex_lock (&post->lock);
  GSource *source = g_steal_pointer (&post->source);
  g_mutex_unlock (&post->lock);
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
  GQueue ended = ui_post_take_ended (post);
  g_queue_clear_full (&ended, (GDestroyNotify) ui_job_unref);
}

/* With the lock held. */
static void
arm (UiPost *post, guint delay_ms)
{
  gint64 due = g_get_monotonic_time () + (gint64) delay_ms * 1000;
  if (post->source == NULL || (post->due >= 0 && post->due <= due))
    return;
  post->due = due;
  g_source_set_ready_time (post->source, delay_ms == 0 ? 0 : due);
}

void
ui_post_wake (UiPost *post, guint delay_ms)
{
  g_mutex_lock (&post->lock);
  arm (post, delay_ms);
  g_mutex_unlock (&post->lock);
}

gboolean
ui_post_add_call (UiPost *post, UiCall *call)
{
  g_mutex_lock (&post->lock);
  g_queue_push_tail (&post->calls, call);
  UiCall *oldest = post->calls.length > CALLS_WAITING_MAX ? g_queue_pop_head (&post->calls) : NULL;
  gboolean first = !post->called;
  post->called = TRUE;
  arm (post, 20);
  g_mutex_unlock (&post->lock);
  if (oldest != NULL)
    ui_call_unref (oldest);
  return first;
}

static GQueue
take (UiPost *post, GQueue *from)
{
  g_mutex_lock (&post->lock);
  GQueue all = *from;
  g_queue_init (from);
  g_mutex_unlock (&post->lock);
  return all;
}

GQueue
ui_post_take_calls (UiPost *post)
{
  return take (post, &post->calls);
}

GQueue
ui_post_take_ended (UiPost *post)
{
  return take (post, &post->ended);
}

gboolean
ui_post_add_ended (UiPost *post, UiJob *job)
{
  g_mutex_lock (&post->lock);
  gboolean open = post->source != NULL;
  if (open) {
    g_queue_push_tail (&post->ended, ui_job_ref (job));
    arm (post, 0);
  }
  g_mutex_unlock (&post->lock);
  return open;
}

void
ui_post_enter (UiPost *post)
{
  g_mutex_lock (&post->lock);
  post->inside++;
  g_mutex_unlock (&post->lock);
}

void
ui_post_leave (UiPost *post)
{
  g_mutex_lock (&post->lock);
  post->inside--;
  g_cond_broadcast (&post->left);
  g_mutex_unlock (&post->lock);
}

void
ui_post_wait (UiPost *post, guint milliseconds)
{
  gint64 until = g_get_monotonic_time () + (gint64) milliseconds * 1000;
  g_mutex_lock (&post->lock);
  while (post->inside > 0 && g_cond_wait_until (&post->left, &post->lock, until))
    ;
  g_mutex_unlock (&post->lock);
}

GMutex *
ui_post_lock (UiPost *post)
{
  return &post->lock;
}

/* ---- calls ---- */

/* "userdocuments/q1" of ".../app/contracts/c/userdocuments/q1": what tells one call from the next. */
static const char *
short_path (const char *url)
{
  const char *path = strstr (url, "://");
  path = path != NULL ? strchr (path + 3, '/') : NULL;
  if (path == NULL)
    return url;
  const char *cut = strstr (path, "/providers/");
  const char *shown = cut != NULL ? cut + 11 : path + 1;
  const char *contract = strstr (shown, "contracts/");
  const char *below = contract != NULL ? strchr (contract + 10, '/') : NULL;
  return below != NULL ? below + 1 : shown;
}

static void
call_clear (gpointer data)
{
  UiCall *call = data;
  g_free (call->persona);
  g_free (call->method);
  g_free (call->url);
  g_free (call->path);
  g_free (call->problem);
  g_free (call->why);
  g_free (call->az);
}

UiCall *
ui_call_new (const CrCall *from, const char *persona, const char *why, const char *az)
{
  UiCall *call = g_atomic_rc_box_new0 (UiCall);
  call->started_ms = from->started_ms;
  call->persona = cr_text_safe (persona);
  call->method = cr_text_safe (from->method);
  call->url = cr_text_safe (from->url);
  call->path = g_strdup (short_path (call->url));
  call->status = from->status;
  call->elapsed_ms = from->elapsed_ms;
  call->attempt = from->attempt;
  call->bytes_sent = from->bytes_sent;
  call->bytes_received = from->bytes_received;
  call->problem = from->problem != NULL ? cr_text_safe (from->problem) : NULL;
  call->why = cr_text_safe (why);
  call->az = az != NULL ? cr_text_safe (az) : NULL;
  return call;
}

UiCall *
ui_call_ref (UiCall *call)
{
  return g_atomic_rc_box_acquire (call);
}

void
ui_call_unref (UiCall *call)
{
  g_atomic_rc_box_release_full (call, call_clear);
}
