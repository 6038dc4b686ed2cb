/* SPDX-License-Identifier: MIT
 * Which environment is in use, and where its work lies.
 *
 * Decided here and nowhere else, in this order:
 *
 *   1. --env NAME
 *   2. `cleanroom env use NAME` of the state folder (STATE_DIR/environments/current)
 *   3. `environment: NAME` of the settings file ($XDG_CONFIG_HOME/cleanroom/settings.yaml)
 *   4. local
 *
 * "local" is what STATE_DIR/environment.yaml describes; the name in that file is another name for it.
 */
#pragma once

#include "cloud/environment.h"

#include <glib.h>

G_BEGIN_DECLS

#define WORKFLOW_LOCAL CCF_CONSORTIUM_LOCAL

typedef enum {
  WORKFLOW_BY_OPTION,
  WORKFLOW_BY_STATE,
  WORKFLOW_BY_SETTING,
  WORKFLOW_BY_DEFAULT,
} WorkflowChosenBy;

/* All strings owned. */
typedef struct {
  char *state_dir;
  char *name;   /* "local", or of an environment that was added */
  char *folder; /* where its work lies: a state folder to engine and context */
  char *file;   /* its description */
  WorkflowChosenBy by;
} WorkflowPlace;

WorkflowPlace *workflow_place_copy (const WorkflowPlace *place); /* gives */
void workflow_place_free (WorkflowPlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowPlace, workflow_place_free)

/* The place in use; GIVEN is what --env says, or NULL. CR_ERROR_NOT_FOUND when GIVEN or the state folder
 * names one that is not there; CR_ERROR_INPUT with file and line when the settings file does. Gives. */
WorkflowPlace *workflow_place_choose (const char *state_dir, const char *given, GError **error);
gboolean workflow_place_is_local (const WorkflowPlace *place);

/* "local" and the names of those that were added. Gives GPtrArray of char*. */
GPtrArray *workflow_place_names (const char *state_dir);

/* Make NAME the one in use in this state folder. CR_ERROR_NOT_FOUND when it is not there. */
gboolean workflow_place_use (const char *state_dir, const char *name, GError **error);

/* The description of PLACE for others: services, trust, and the ledger as far as it is known; neither who
 * acts here nor anything secret. Gives a text that `cleanroom env add NAME --file` takes. */
char *workflow_place_export (const WorkflowPlace *place, GError **error);

/* What the description of an added environment says about its ledger, as the files that an operator publishes
 * for the others (ccfEndpoint.json, ccf.recovery-agent.json), so that steps which wait for them can be
 * taken. */
gboolean workflow_place_publish (const WorkflowPlace *place, GError **error);

G_END_DECLS
