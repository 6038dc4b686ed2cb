/* SPDX-License-Identifier: MIT
 * Giving up what the query process does not need: the network, other programs, other files.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before any thread: no new privileges, own empty network where that is allowed, no sockets, no other
 * programs, limits on files, sizes and time. SECONDS is the wall clock limit of the whole run. */
void room_isolate_process (guint seconds);
/* Before the engine starts threads, after its library is loaded: only READ_FOLDER can be read and only
 * WRITE_FOLDERS (NULL-terminated) written, where the kernel has Landlock. */
void room_isolate_files (const char *read_folder, const char *const *write_folders);

G_END_DECLS
