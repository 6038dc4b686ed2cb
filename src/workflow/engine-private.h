/* SPDX-License-Identifier: MIT
 * The inside of the step engine.
 */
#pragma once

#include "workflow/engine.h"
#include "workflow/loader-private.h"

G_BEGIN_DECLS

struct WorkflowEngine {
  char *state_dir, *as;
  WorkflowScenario *scenario;
  const WorkflowTables *tables;
  gboolean auto_approve, read_only;
  GHashTable *contexts; /* persona -> WorkflowContext */
};

struct WorkflowCall {
  WorkflowContext *context; /* borrowed */
  const WorkflowStep *step; /* borrowed */
  CrJob *job;               /* borrowed, may be NULL */
  GHashTable *inputs;       /* name -> text, checked; borrowed */
  json_t *result;           /* object */
  json_t *pending;          /* array of {persona, step, artefact?} */
  GPtrArray *artefacts;     /* WorkflowArtefact */
  GPtrArray *happened;      /* char* */
};

/* call.c */
void workflow_call_init (WorkflowCall *call, WorkflowContext *context, const WorkflowStep *step, CrJob *job,
                         GHashTable *inputs);
void workflow_call_clear (WorkflowCall *call);
/* Placeholder values for texts of a step: its inputs, then the context. DATA is a WorkflowCall. */
char *workflow_call_value (const char *name, gpointer data);

/* engine.c */
const WorkflowStep *workflow_engine_find (WorkflowEngine *engine, const char *persona, const char *step,
                                          const WorkflowJourney **journey, GError **error);
/* The context when the persona has been here before; NULL with *error unset otherwise. Creates nothing. */
WorkflowContext *workflow_engine_peek (WorkflowEngine *engine, const char *persona, GError **error);
/* Lock of one persona: a file descriptor to close, -1 and CR_ERROR_RETRY when another program has it. */
int workflow_engine_lock (WorkflowEngine *engine, const char *persona, GError **error);
/* Write into the lock who holds it; said again, it tells watchers that something about the step has
 * changed. */
void workflow_engine_hold (int lock);
/* Give it back; RING: something changed that others may be waiting for. */
void workflow_engine_unlock (WorkflowEngine *engine, int lock, gboolean ring);
gboolean workflow_engine_is_locked (WorkflowEngine *engine, const char *persona);

/* engine-state.c */
void workflow_wait_free (WorkflowWait *wait);
/* Waits of a journal's pending list. Gives. */
GPtrArray *workflow_waits_from_json (WorkflowEngine *engine, const json_t *pending);
gboolean workflow_condition_holds (const WorkflowCondition *condition, const char *value);

/* engine-again.c */
/* {path: digest} of the files that STEP follows, as they are now. Gives. */
json_t *workflow_again_read (WorkflowEngine *engine, const char *persona, const WorkflowStep *step);
/* Keep them: the step was done with these. */
gboolean workflow_again_remember (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step,
                                  const json_t *seen, GError **error);
/* A finished step that stands on something newer becomes ready again, and says why. */
void workflow_again_judge (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step,
                           WorkflowStatus *status);
/* A waiting step: has a file that it follows changed since it was last taken? */
gboolean workflow_again_has_news (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step);
/* After new work: who has to do what again. */
void workflow_again_tell (WorkflowEngine *engine, WorkflowCall *call);

/* engine-input.c */
/* Defaults of STEP for CONTEXT (NULL = as far as the scenario knows). */
GHashTable *workflow_inputs_defaults (WorkflowEngine *engine, WorkflowContext *context, const char *persona,
                                      const WorkflowStep *step);
/* DEFAULTS overlaid by GIVEN (may be NULL); unknown names are CR_ERROR_USAGE. Gives. */
GHashTable *workflow_inputs_merge (const WorkflowStep *step, GHashTable *defaults, GHashTable *given,
                                   GError **error);
/* The same, with every value checked. */
GHashTable *workflow_inputs_check (const WorkflowStep *step, GHashTable *defaults, GHashTable *given,
                                   GError **error);
/* Does TEXT (may be NULL) mean yes? */
gboolean workflow_input_is_yes (const char *text);
/* Without secrets. Gives. */
json_t *workflow_inputs_to_json (const WorkflowStep *step, GHashTable *inputs);

G_END_DECLS
