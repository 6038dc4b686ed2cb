/* SPDX-License-Identifier: MIT
 * A GCancellable that is cancelled after some seconds, for blocking calls that have no time limit themselves.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  GCancellable *cancellable; /* pass this to the call; borrowed */
  GMutex mutex;
  GCond wake;
  gboolean done;
  gint64 end;
  GThread *thread;
} KeyDeadline;

void key_deadline_start (KeyDeadline *deadline, guint seconds);
void key_deadline_stop (KeyDeadline *deadline);

G_END_DECLS
