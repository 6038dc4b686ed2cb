/* SPDX-License-Identifier: MIT
 * Named points at which tests kill the program or make an operation fail.
 *
 * CLEANROOM_FAULT=kill:N      SIGKILL at the N-th point that is passed (1 = first)
 * CLEANROOM_FAULT=kill@NAME:N SIGKILL at the N-th pass of the point NAME
 * CLEANROOM_FAULT=enospc:N    the N-th write through cr_file_write or a transaction fails with "disk full"
 * CLEANROOM_FAULT=count       print the number of points passed to stderr at exit ("fault points: N")
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void cr_fault_point (const char *name);
/* TRUE when this write must fail as on a full disk. */
gboolean cr_fault_write (void);

G_END_DECLS
