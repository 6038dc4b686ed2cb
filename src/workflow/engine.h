/* SPDX-License-Identifier: MIT
 * The step engine: what every face (commands, screens) is a view of.
 *
 * The engine lists the steps of a persona with their states, runs one step or a whole scenario, prints the
 * plan, and says what a person waits for. It works on one state folder. Opening one persona never touches the
 * folder or the keyring entries of another. Functions are synchronous and may be called from job threads, one
 * at a time per engine; two processes cannot run steps of the same persona at once.
 */
#pragma once

#include "base/job.h"
#include "workflow/action.h"
#include "workflow/context.h"
#include "workflow/journal.h"
#include "workflow/loader.h"

G_BEGIN_DECLS

typedef struct WorkflowEngine WorkflowEngine;

typedef struct {
  const char *state_dir;        /* NULL = the default one */
  const char *as;               /* workflow_context_set_actor(); NULL = nobody else */
  const char *personas_dir;     /* NULL = the installed one */
  const char *scenario;         /* "analytics-sse" */
  const WorkflowTables *tables; /* NULL = the built-in actions and probes */
  gboolean auto_approve;        /* approve device code sign-ins of a local environment without a person */
  gboolean read_only;           /* refuse every step */
} WorkflowOptions;

WorkflowEngine *workflow_engine_open (const WorkflowOptions *options, GError **error);
void workflow_engine_close (WorkflowEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowEngine, workflow_engine_close)

const WorkflowScenario *workflow_engine_scenario (WorkflowEngine *engine); /* borrowed */
const char *workflow_engine_state_dir (WorkflowEngine *engine);            /* borrowed */

/* Who takes a step of PERSONA right now: "cleanroom (process 4711)", the program and the process that hold
 * its lock. NULL when nobody does. PID (may be NULL) receives the process. Creates nothing. Gives. */
char *workflow_engine_holder (WorkflowEngine *engine, const char *persona, gint64 *pid);

/* A file of the state folder that is written whenever a step of anybody has got on: a face that watches it
 * learns about steps that leave no artefact. */
#define WORKFLOW_BELL ".changed"

/* The context of one persona, opened at first use; for faces that show more than steps. Borrowed. */
WorkflowContext *workflow_engine_context (WorkflowEngine *engine, const char *persona, GError **error);

/* Somebody has to do something first. */
typedef struct {
  char *persona;  /* who; the persona itself for an own step */
  char *step;     /* id, or NULL */
  char *title;    /* title of that step, or NULL */
  char *artefact; /* path below the state folder, or NULL */
} WorkflowWait;

/* One line of a journey. */
typedef struct {
  const WorkflowStep *step; /* borrowed from the scenario */
  guint number;             /* 1 = first */
  WorkflowState state;      /* computed: todo, ready, running (killed in the middle), done, waiting, ... */
  GPtrArray *waits;         /* WorkflowWait; empty unless todo or waiting */
  gboolean stale;           /* it was done, and something that it stands on was done anew since */
  char *note;               /* what to know about it (why it failed, what changed), or NULL */
  WorkflowEntry *entry;     /* the journal's record */
} WorkflowStatus;

/* The journey of PERSONA, without any network call and without creating anything. Gives an array of
 * WorkflowStatus that owns its elements. */
GPtrArray *workflow_engine_list (WorkflowEngine *engine, const char *persona, GError **error);
/* Which of LIST (as above) to take next: what moves the collaboration on before what only shows it, one
 * that failed after the others; what only shows comes last, and not while somebody else has to act. NULL
 * when none can be taken now. Borrowed. */
const WorkflowStatus *workflow_engine_next (GPtrArray *list);
/* It can be taken earlier, but says more when other steps are done (it has a soft need). */
gboolean workflow_step_is_last (const WorkflowStep *step);
/* The same for one step. Gives. */
WorkflowStatus *workflow_engine_status (WorkflowEngine *engine, const char *persona, const char *step,
                                        GError **error);
void workflow_status_free (WorkflowStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowStatus, workflow_status_free)

/* Ask the other side: the value of the step's done-when probe, and whether it means done. Gives. */
char *workflow_engine_probe (WorkflowEngine *engine, CrJob *job, const char *persona, const char *step,
                             gboolean *done, GError **error);

/* The inputs of a step with their defaults filled in: name -> text. Gives. */
GHashTable *workflow_engine_defaults (WorkflowEngine *engine, const char *persona, const char *step,
                                      GError **error);
/* Check INPUTS (name -> text; NULL = none) against the declaration; missing ones get their defaults.
 * Gives the
 * complete set. CR_ERROR_INPUT names the input; CR_ERROR_USAGE for an unknown name. */
GHashTable *workflow_engine_check_inputs (WorkflowEngine *engine, const char *persona, const char *step,
                                          GHashTable *inputs, GError **error);

/* What came of an attempt. */
typedef struct {
  const char *persona; /* borrowed from the scenario */
  const WorkflowStep *step;
  WorkflowState state; /* done, waiting or skipped */
  gboolean already;    /* it was done before; nothing was changed */
  GPtrArray *happened; /* char*: lines for the person */
  char *next;          /* what to do now, a sentence */
  GPtrArray *waits;    /* WorkflowWait */
  json_t *result;      /* object */
  gint64 elapsed_ms;
} WorkflowOutcome;

void workflow_outcome_free (WorkflowOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowOutcome, workflow_outcome_free)

/* Run one step. INPUTS as above. A finished step is not run again unless FORCE, or unless its inputs ask
 * for new work ("renew-when" of the step). Gives. Errors: CR_ERROR_WAITING when needs of others are missing
 * (nothing was changed), CR_ERROR_INPUT for inputs (nothing was changed), CR_ERROR_CANCELLED, and those of
 * the action; the hint is the step's own remedy when it has one. An attempt that ends waiting for somebody
 * is no error: the outcome's state says so. */
WorkflowOutcome *workflow_engine_run (WorkflowEngine *engine, CrJob *job, const char *persona,
                                      const char *step, GHashTable *inputs, gboolean force, GError **error);

/* One step of one persona. */
typedef struct {
  const char *persona; /* borrowed from the scenario */
  const WorkflowStep *step;
} WorkflowTurn;

/* What has to be done again, by anybody, when PERSONA does STEP anew (its inputs say so): an array of
 * WorkflowTurn in an order that works. Gives. */
GPtrArray *workflow_engine_follows (WorkflowEngine *engine, const char *persona, const char *step,
                                    GError **error);

/* What PERSONA should know before STEP runs with INPUTS (as for workflow_engine_run): {"notes":[text],
 * "again":[{"persona","step","title"}],
 * "datasets":[{"dataset","header","readable":[{"name","type","samples"}],"hidden":[...]}]}; an empty object
 * when there is nothing. "datasets": what others will be able to see of the data. No network call, and
 * nothing is changed. CR_ERROR_INPUT when the inputs do not go with the data. Gives. */
json_t *workflow_engine_preview (WorkflowEngine *engine, const char *persona, const char *step,
                                 GHashTable *inputs, GError **error);
/* The same as lines for people. Gives a NULL-terminated list. */
char **workflow_preview_lines (const json_t *preview);
/* The same as a few sentences, with one value of each column; NULL when there is nothing to say. Gives. */
char *workflow_preview_text (const json_t *preview);

/* Faces of an unattended run. Both handlers may be NULL. */
typedef struct {
  /* Before a step. Return a new table with inputs for it (taken), or NULL for the defaults. */
  GHashTable *(*before) (const char *persona, const WorkflowStep *step, gpointer data);
  void (*after) (const WorkflowOutcome *outcome, gpointer data);
  /* The step failed; the run ends after this. PROBLEM is borrowed. */
  void (*failed) (const char *persona, const WorkflowStep *step, const GError *problem, gint64 elapsed_ms,
                  gpointer data);
  gpointer data;
} WorkflowRunHandlers;

/* Every step of every persona in an order that satisfies all needs, optional steps left out. Steps that are
 * done are passed by. CR_ERROR_WAITING when nothing more can be done without somebody else. */
gboolean workflow_engine_run_all (WorkflowEngine *engine, CrJob *job, const WorkflowRunHandlers *handlers,
                                  GError **error);

/* The order of such a run: an array of WorkflowTurn that owns its elements. Gives. */
GPtrArray *workflow_engine_order (WorkflowEngine *engine, gboolean with_optional);

/* The calls a step would make, placeholders filled as far as they are known. Gives a NULL-terminated list. */
char **workflow_engine_plan (WorkflowEngine *engine, const char *persona, const char *step,
                             GHashTable *inputs, GError **error);
/* The command a person would have typed; NULL with *error unset when there is none. Gives. */
char *workflow_engine_az (WorkflowEngine *engine, const char *persona, const char *step, GHashTable *inputs,
                          GError **error);

G_END_DECLS
