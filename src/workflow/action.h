/* SPDX-License-Identifier: MIT
 * What an action sees while a step runs, and the tables of actions and probes.
 *
 * An action is idempotent: it looks at the other side first, uses the identifiers of the journal, and may be
 * killed at any point. It writes files through workflow_call_write, and says what it waits for instead of
 * blocking on another person.
 */
#pragma once

#include "base/job.h"
#include "workflow/context.h"
#include "workflow/journal.h"
#include "workflow/loader.h"

G_BEGIN_DECLS

/* One attempt at one step. Everything is borrowed for the time of the attempt. */
typedef struct WorkflowCall WorkflowCall;

WorkflowContext *workflow_call_context (WorkflowCall *call);
CrJob *workflow_call_job (WorkflowCall *call);
const WorkflowStep *workflow_call_step (WorkflowCall *call);
const WorkflowScenario *workflow_call_scenario (WorkflowCall *call);

/* The checked value of an input; "" when it was left empty. Borrowed. */
const char *workflow_call_input (WorkflowCall *call, const char *name);
gboolean workflow_call_input_yes (WorkflowCall *call, const char *name);

/* The identifier NAME of this step, drawn once (PROPOSED) and then always the same. Gives. */
char *workflow_call_intent (WorkflowCall *call, const char *name, const char *proposed, GError **error);
/* The same with LENGTH hex digits of randomness after PREFIX (may be ""). Gives. */
char *workflow_call_intent_id (WorkflowCall *call, const char *name, const char *prefix, guint length,
                               GError **error);

/* Write DATA (-1 = text) to NAME below the state folder and record it as an artefact. "public/FILE" is
 * written where the persona files say: it may be one of the scenario's. An unchanged file is left as it is.
 * Files in public/ get 0644, others 0600. */
gboolean workflow_call_write (WorkflowCall *call, const char *name, const void *data, gssize length,
                              GError **error);
gboolean workflow_call_write_json (WorkflowCall *call, const char *path, const json_t *value, GError **error);

/* Read the file NAME of the public folder as text, from where the persona files say. CR_ERROR_WAITING naming
 * who makes it when it is not there. Gives. */
char *workflow_call_public (WorkflowCall *call, const char *name, GError **error);

/* The recorded result of another step of the same persona; NULL with *error unset when it is not done.
 * Gives. */
json_t *workflow_call_past (WorkflowCall *call, const char *step, GError **error);

/* Result members; values are copied. */
json_t *workflow_call_result (WorkflowCall *call); /* borrowed object */
void workflow_call_set (WorkflowCall *call, const char *key, const char *value);
/* A line for the person: what has happened. Also shown as progress. */
void workflow_call_say (WorkflowCall *call, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The step cannot be finished yet: PERSONA has to take STEP (ARTEFACT, below the state folder, may be
 * NULL). */
void workflow_call_wait (WorkflowCall *call, const char *persona, const char *step, const char *artefact);
/* There is nothing to show yet: the attempt ends waiting for those after whom the step says more (its soft
 * needs). */
void workflow_call_wait_for_more (WorkflowCall *call);

typedef gboolean (*WorkflowActionFunc) (WorkflowCall *call, GError **error);
/* The present value of a probe ("Accepted"), or NULL with an error. Gives. */
typedef char *(*WorkflowProbeFunc) (WorkflowCall *call, GError **error);

/* A rule over several inputs (name -> text), checked before anything changes. */
typedef gboolean (*WorkflowCheckFunc) (GHashTable *inputs, GError **error);

typedef struct {
  const char *name;
  WorkflowActionFunc run;
  WorkflowCheckFunc check; /* or NULL */
  gboolean renews;         /* doing a finished step again by force is new work with new identifiers */
  gboolean always;         /* only looks: asked for again, it looks again */
} WorkflowActionRecord;

typedef struct {
  const char *name;
  WorkflowProbeFunc read;
} WorkflowProbeRecord;

/* What a person should know before the step runs: an object with "notes" and "datasets" as in
 * workflow_engine_preview(). Reads files only. Gives. */
typedef json_t *(*WorkflowPreviewFunc) (WorkflowCall *call, GError **error);

/* Both tables end with a record whose name is NULL. */
typedef struct {
  const WorkflowActionRecord *actions;
  const WorkflowProbeRecord *probes;
} WorkflowTables;

const WorkflowTables *workflow_tables (void); /* the built-in ones */
/* NULL-terminated lists of names; the list is given, its texts are borrowed. */
const char **workflow_action_names (const WorkflowTables *tables);
const char **workflow_probe_names (const WorkflowTables *tables);
/* NULL when there is nothing to know before the built-in action NAME. */
WorkflowPreviewFunc workflow_action_preview (const char *name);
/* Borrowed; NULL when unknown. */
const WorkflowActionRecord *workflow_tables_action (const WorkflowTables *tables, const char *name);
const WorkflowProbeRecord *workflow_tables_probe (const WorkflowTables *tables, const char *name);

G_END_DECLS
