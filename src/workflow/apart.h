/* SPDX-License-Identifier: MIT
 * What keeps the scenarios of one state folder apart.
 *
 * A journal and a public folder serve all scenarios of a consortium. Files of one scenario lie in
 * public/SCENARIO/ (loader.h); what a persona remembers about one has the scenario in its name. State folders
 * made before it was so are put in order when they are opened.
 */
#pragma once

#include "workflow/context.h"

G_BEGIN_DECLS

/* The name under which the journal keeps the fact NAME: "run" of the scenario analytics-cpk is
 * "analytics-cpk/run", while "account" is the same for all of them. Gives. */
char *workflow_fact_key (const WorkflowScenario *scenario, const char *name);

/* Make the folder of the scenario's files. Files with names of before (public/NAME) that are this scenario's
 * move there, and the journal follows; those of another scenario stay, and what was overwritten by another
 * scenario counts as gone: the step that makes it writes it again. */
gboolean workflow_adopt_names (WorkflowContext *context, GError **error);

G_END_DECLS
