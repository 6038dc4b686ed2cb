/* SPDX-License-Identifier: MIT
 * What tests of the step engine share: files below a folder, and steps as text.
 */
#pragma once

#include "base/file.h"

/* A step of a persona file that is done when the probe "state" says ok; more lines may follow. */
#define STEP(id, action)                                                                                     \
  "  - id: " id "\n    title: " id " it\n    purpose: p.\n    takes: instant\n"                              \
  "    action: " action "\n    done-when: state in [ok]\n"

static inline void
put (const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_true (cr_dir_make (folder, 0700, NULL));
  g_assert_true (cr_file_write (path, text, -1, 0600, NULL));
}
