/* SPDX-License-Identifier: MIT
 * The state folder that all parties of one collaboration on this machine have in common.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* GIVEN made absolute, or $XDG_DATA_HOME/cleanroom, or ~/.local/share/cleanroom. Makes nothing. Gives. */
char *workflow_state_dir (const char *given);
/* The 16 hex digits that keep the keyring entries of two state folders apart
 * (STATE_DIR/collaboration-id); drawn
 * at first use, the folder is made when it is absent. Gives. */
char *workflow_collaboration_id (const char *state_dir, GError **error);
/* Look for the folder NAME of the package's data that holds the file MARKER: installed, beside or above the
 * running program. Gives. */
char *workflow_data_dir (const char *name, const char *marker, GError **error);

G_END_DECLS
