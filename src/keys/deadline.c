/* SPDX-License-Identifier: MIT
 * A GCancellable with a time limit (deadline-private.h).
 */
#include "keys/deadline-private.h"

#include <string.h>

static gpointer
watch (gpointer data)
{
  KeyDeadline *deadline = data;
  g_mutex_lock (&deadline->mutex);
  while (!deadline->done && g_cond_wait_until (&deadline->wake, &deadline->mutex, deadline->end))
    continue;
  gboolean late = !deadline->done;
  g_mutex_unlock (&deadline->mutex);
  if (late)
    g_cancellable_cancel (deadline->cancellable);
  return NULL;
}

void
key_deadline_start (KeyDeadline *deadline, guint seconds)
{
  memset (deadline, 0, sizeof *deadline);
  g_mutex_init (&deadline->mutex);
  g_cond_init (&deadline->wake);
  deadline->end = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;
  deadline->cancellable = g_cancellable_new ();
  deadline->thread = g_thread_new ("deadline", watch, deadline);
}

void
key_deadline_stop (KeyDeadline *deadline)
{
  g_mutex_lock (&deadline->mutex);
  deadline->done = TRUE;
  g_cond_signal (&deadline->wake);
  g_mutex_unlock (&deadline->mutex);
  g_thread_join (deadline->thread);
  g_object_unref (deadline->cancellable);
  g_mutex_clear (&deadline->mutex);
  g_cond_clear (&deadline->wake);
}
